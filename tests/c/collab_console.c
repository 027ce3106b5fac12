/* CollabConsole - a console program around the PeerCollab functions, as a Windows programmer of 2009 writes it. It
 * knows nothing of this library: C or C++, with or without UNICODE, in Visual C++ as well.
 *
 *   CollabConsole                 a menu; a second instance of the program shows what happens, as long as the menu runs
 *   CollabConsole /events         that instance
 *   CollabConsole /invited FILE   what starts when an invitation is accepted */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <tlhelp32.h>
#include <strsafe.h>
#include <conio.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <tchar.h>

#ifdef _MSC_VER
#pragma comment(lib, "p2p.lib")
#pragma comment(lib, "ws2_32.lib")
#endif

#define SAFE_FREE_DATA(p) \
    if ((p) != NULL) {    \
        PeerFreeData(p);  \
        (p) = NULL;       \
    }

static const GUID APPLICATION_ID = {0x3c5d2e10, 0x7a41, 0x4f0c, {0x9d, 0x02, 0x61, 0xb7, 0x3e, 0x55, 0x08, 0xaf}};
static const WCHAR *const g_rgStatus[] = {L"Offline", L"Out to lunch", L"Away",         L"Be right back",
                                          L"Idle",    L"Busy",         L"On the phone", L"Online"};

/* The text of a code: those of this facility are in p2p.dll, the others in the system. */
static void PrintError(const WCHAR *wzWhat, HRESULT hr) {
    LPTSTR pszText = NULL;
    HMODULE hModule = NULL;
    DWORD dwFlags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_IGNORE_INSERTS;
    wprintf(L"%s failed. HRESULT=0x%08x\n", wzWhat, hr);
    if (HRESULT_FACILITY(hr) == FACILITY_P2P) {
        hModule = LoadLibraryEx(TEXT("p2p.dll"), NULL, LOAD_LIBRARY_AS_DATAFILE);
        dwFlags |= FORMAT_MESSAGE_FROM_HMODULE;
    } else {
        dwFlags |= FORMAT_MESSAGE_FROM_SYSTEM;
        hr = HRESULT_FACILITY(hr) == FACILITY_WIN32 ? HRESULT_CODE(hr) : hr;
    }
    if (FormatMessage(dwFlags, hModule, (DWORD)hr, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPTSTR)&pszText, 0,
                      NULL) > 0) {
        _tprintf(TEXT("  %s"), pszText);
        LocalFree(pszText);
    }
    if (hModule != NULL)
        FreeLibrary(hModule);
}

static void PrintEndpoint(const PEER_ENDPOINT *pEndpoint) {
    TCHAR szAddress[INET6_ADDRSTRLEN + 20];
    DWORD cch = _countof(szAddress);
    SOCKADDR_IN6 sin6;
    INT cb = sizeof(sin6);
    if (WSAAddressToString((LPSOCKADDR)&pEndpoint->address.sin6, sizeof(SOCKADDR_IN6), NULL, szAddress, &cch) != 0)
        wprintf(L"  (no address: %d)\n", WSAGetLastError());
    else if (WSAStringToAddress(szAddress, AF_INET6, NULL, (LPSOCKADDR)&sin6, &cb) != 0 ||
             memcmp(&sin6.sin6_addr, &pEndpoint->address.sin6.sin6_addr, sizeof(sin6.sin6_addr)) != 0 ||
             sin6.sin6_port != pEndpoint->address.sin6.sin6_port)
        wprintf(L"  (another address)\n");
    else
        _tprintf(TEXT("  at %s\n"), szAddress);
}

/* The parent of this process: the instance with the menu. */
static HANDLE OpenParent(void) {
    PROCESSENTRY32 pe;
    DWORD dwParent = 0;
    HANDLE hSnapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (hSnapshot == INVALID_HANDLE_VALUE)
        return NULL;
    pe.dwSize = sizeof(pe);
    if (Process32First(hSnapshot, &pe)) {
        do {
            if (pe.th32ProcessID == GetCurrentProcessId())
                dwParent = pe.th32ParentProcessID;
        } while (Process32Next(hSnapshot, &pe));
    }
    CloseHandle(hSnapshot);
    return OpenProcess(SYNCHRONIZE, FALSE, dwParent);
}

static int ShowEvents(void) {
    HPEEREVENT hPeerEvent = NULL;
    PEER_COLLAB_EVENT_REGISTRATION rgWanted[2];
    HANDLE rgHandles[2];
    PEER_COLLAB_EVENT_DATA *pData;
    HRESULT hr;
    ZeroMemory(rgWanted, sizeof(rgWanted));
    rgWanted[0].eventType = PEER_EVENT_MY_PRESENCE_CHANGED;
    rgWanted[1].eventType = PEER_EVENT_PEOPLE_NEAR_ME_CHANGED;
    rgHandles[0] = CreateEvent(NULL, FALSE, FALSE, NULL);
    rgHandles[1] = OpenParent();
    if (rgHandles[0] == NULL || rgHandles[1] == NULL)
        return 3;
    hr = PeerCollabRegisterEvent(rgHandles[0], 2, rgWanted, &hPeerEvent);
    if (FAILED(hr)) {
        PrintError(L"PeerCollabRegisterEvent", hr);
        return 4;
    }
    wprintf(L"[events] watching\n");
    while (WaitForMultipleObjects(2, rgHandles, FALSE, INFINITE) == WAIT_OBJECT_0) {
        while (PeerCollabGetEventData(hPeerEvent, &pData) == S_OK) {
            if (pData->eventType == PEER_EVENT_MY_PRESENCE_CHANGED)
                wprintf(L"[events] I am %s\n", g_rgStatus[pData->presenceChangedData.pPresenceInfo->status]);
            else if (pData->peopleNearMeChangedData.pPeopleNearMe != NULL)
                wprintf(L"[events] near: %s\n", pData->peopleNearMeChangedData.pPeopleNearMe->pwzNickName);
            PeerFreeData(pData);
        }
    }
    PeerCollabUnregisterEvent(hPeerEvent);
    CloseHandle(rgHandles[0]);
    CloseHandle(rgHandles[1]);
    wprintf(L"[events] the menu has gone\n");
    return 0;
}

static int Invited(const TCHAR *szFile) {
    PEER_APP_LAUNCH_INFO *pInfo = NULL;
    WCHAR wzFile[MAX_PATH], wzLine[300];
    FILE *pFile = NULL;
    HRESULT hr = PeerCollabGetAppLaunchInfo(&pInfo);
    if (FAILED(hr)) {
        PrintError(L"PeerCollabGetAppLaunchInfo", hr);
        return 1;
    }
#ifdef UNICODE
    StringCchCopyW(wzFile, _countof(wzFile), szFile);
#else
    MultiByteToWideChar(CP_ACP, 0, szFile, -1, wzFile, _countof(wzFile));
#endif
    StringCchPrintfW(wzLine, _countof(wzLine), L"%s: %s\n",
                     pInfo->pContact ? pInfo->pContact->pwzNickName : L"stranger", pInfo->pInvitation->pwzMessage);
    if (_wfopen_s(&pFile, wzFile, L"w, ccs=UNICODE") != 0)
        return 2;
    fputws(wzLine, pFile);
    fclose(pFile);
    PeerFreeData(pInfo);
    return 0;
}

static void SetPresence(void) {
    PEER_PRESENCE_INFO info;
    WCHAR wzText[64];
    int nStatus = -1;
    HRESULT hr;
    wprintf(L"Status [0-7] and one word: ");
    if (wscanf_s(L"%d %s", &nStatus, wzText, (unsigned)_countof(wzText)) != 2 || nStatus < 0 || nStatus > 7) {
        wprintf(L"That is no status.\n");
        return;
    }
    while (getwchar() != L'\n')
        ;
    info.status = (PEER_PRESENCE_STATUS)nStatus;
    info.pwzDescriptiveText = wzText;
    hr = PeerCollabSetPresenceInfo(&info);
    if (FAILED(hr))
        PrintError(L"PeerCollabSetPresenceInfo", hr);
}

static void ExportMe(void) {
    WCHAR wzPath[MAX_PATH];
    PWSTR pwzXml = NULL;
    FILE *pFile = NULL;
    HRESULT hr = PeerCollabExportContact(NULL, &pwzXml);
    wprintf(L"File: ");
    if (FAILED(hr))
        PrintError(L"PeerCollabExportContact", hr);
    else if (_getws_s(wzPath, _countof(wzPath)) == NULL || _wfopen_s(&pFile, wzPath, L"wt, ccs=UTF-8") != 0)
        wprintf(L"That file cannot be written.\n");
    else {
        fputws(pwzXml, pFile);
        fclose(pFile);
        wprintf(L"Exported.\n");
    }
    SAFE_FREE_DATA(pwzXml);
}

static void AddContact(void) {
    static WCHAR wzXml[16384];
    WCHAR wzPath[MAX_PATH], wzLine[512];
    PEER_CONTACT *pContact = NULL;
    FILE *pFile = NULL;
    HRESULT hr;
    wzXml[0] = L'\0';
    wprintf(L"File: ");
    if (_getws_s(wzPath, _countof(wzPath)) == NULL || _waccess_s(wzPath, 4) != 0 ||
        _wfopen_s(&pFile, wzPath, L"rt, ccs=UTF-8") != 0) {
        wprintf(L"That file cannot be read.\n");
        return;
    }
    while (fgetws(wzLine, _countof(wzLine), pFile) != NULL)
        wcscat_s(wzXml, _countof(wzXml), wzLine);
    fclose(pFile);
    hr = PeerCollabAddContact(wzXml, &pContact);
    if (FAILED(hr))
        PrintError(L"PeerCollabAddContact", hr);
    else
        wprintf(L"Added %s.\n", pContact->pwzNickName);
    SAFE_FREE_DATA(pContact);
}

static void PeopleNearMe(BOOL fInvite) {
    HPEERENUM hEnum = NULL;
    ULONG i, cItems = 0;
    PEER_PEOPLE_NEAR_ME **ppPeople = NULL;
    HRESULT hr = PeerCollabEnumPeopleNearMe(&hEnum);
    if (SUCCEEDED(hr))
        hr = PeerGetItemCount(hEnum, &cItems);
    if (SUCCEEDED(hr))
        hr = PeerGetNextItem(hEnum, &cItems, (PVOID **)&ppPeople);
    for (i = 0; SUCCEEDED(hr) && i < cItems; i++) {
        wprintf(L"%lu) %s\n", i + 1, ppPeople[i]->pwzNickName);
        PrintEndpoint(&ppPeople[i]->endpoint);
    }
    if (SUCCEEDED(hr) && fInvite && cItems > 0) {
        PEER_INVITATION invitation;
        PEER_INVITATION_RESPONSE *pResponse = NULL;
        WCHAR wzMessage[100];
        ZeroMemory(&invitation, sizeof(invitation));
        wprintf(L"Message: ");
        _getws_s(wzMessage, _countof(wzMessage));
        invitation.applicationId = APPLICATION_ID;
        invitation.pwzMessage = wzMessage;
        hr = PeerCollabInviteEndpoint(&ppPeople[0]->endpoint, &invitation, &pResponse);
        if (SUCCEEDED(hr))
            wprintf(L"The answer is %s.\n", pResponse->action == PEER_INVITATION_RESPONSE_ACCEPTED ? L"yes" : L"no");
        SAFE_FREE_DATA(pResponse);
    }
    if (FAILED(hr))
        PrintError(L"People near me", hr);
    SAFE_FREE_DATA(ppPeople);
    if (hEnum != NULL)
        PeerEndEnumeration(hEnum);
}

static void RegisterMyself(void) {
    PEER_APPLICATION_REGISTRATION_INFO info;
    WCHAR wzProgram[MAX_PATH], wzFile[MAX_PATH], wzArguments[MAX_PATH + 20], wzDescription[] = L"CollabConsole";
    HRESULT hr;
    ZeroMemory(&info, sizeof(info));
    wprintf(L"File: ");
    if (_getws_s(wzFile, _countof(wzFile)) == NULL || GetModuleFileNameW(NULL, wzProgram, MAX_PATH) == 0)
        return;
    swprintf_s(wzArguments, _countof(wzArguments), L"/invited \"%s\"", wzFile);
    info.application.id = APPLICATION_ID;
    info.application.pwzDescription = wzDescription;
    info.pwzApplicationToLaunch = wzProgram;
    info.pwzApplicationArguments = wzArguments;
    info.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    hr = PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER);
    if (FAILED(hr))
        PrintError(L"PeerCollabRegisterApplication", hr);
    else
        wprintf(L"Registered.\n");
}

static BOOL StartSecondInstance(PROCESS_INFORMATION *pInfo) {
    TCHAR szProgram[MAX_PATH], szLine[MAX_PATH + 20];
    STARTUPINFO si;
    ZeroMemory(&si, sizeof(si));
    si.cb = sizeof(si);
    if (GetModuleFileName(NULL, szProgram, MAX_PATH) == 0)
        return FALSE;
    StringCchPrintf(szLine, _countof(szLine), TEXT("\"%s\" /events"), szProgram);
    return CreateProcess(szProgram, szLine, NULL, NULL, FALSE, CREATE_NEW_CONSOLE, NULL, NULL, &si, pInfo);
}

static void Menu(void) {
    WCHAR wzChoice[10];
    HRESULT hr;
    for (;;) {
        wprintf(L"1 sign in, 2 sign out, 3 presence, 4 export, 5 add, 6 near me, 7 register, 8 invite, q quit\n> ");
        if (_getws_s(wzChoice, _countof(wzChoice)) == NULL) {
            if (feof(stdin))
                return;
            wprintf(L"That is too long.\n");
            continue;
        }
        if (_wcsicmp(wzChoice, L"q") == 0)
            return;
        hr = S_OK;
        switch (_wtoi(wzChoice)) {
        case 1:
            hr = PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
            break;
        case 2:
            hr = PeerCollabSignout(PEER_SIGNIN_ALL);
            break;
        case 3:
            SetPresence();
            break;
        case 4:
            ExportMe();
            break;
        case 5:
            AddContact();
            break;
        case 6:
            PeopleNearMe(FALSE);
            break;
        case 7:
            RegisterMyself();
            break;
        case 8:
            PeopleNearMe(TRUE);
            break;
        default:
            wprintf(L"There is no %s.\n", wzChoice);
            break;
        }
        if (FAILED(hr))
            PrintError(L"That", hr);
    }
}

int __cdecl _tmain(int argc, TCHAR *argv[]) {
    PROCESS_INFORMATION pi;
    DWORD dwCode = 0;
    int nResult = 0;
    HRESULT hr = PeerCollabStartup(PEER_COLLAB_VERSION);
    setvbuf(stdout, NULL, _IONBF, 0);
    if (FAILED(hr)) {
        PrintError(L"PeerCollabStartup", hr);
        return 1;
    }
    if (argc == 2 && _tcscmp(argv[1], TEXT("/events")) == 0) {
        nResult = ShowEvents();
    } else if (argc == 3 && _tcscmp(argv[1], TEXT("/invited")) == 0) {
        nResult = Invited(argv[2]);
    } else if (!StartSecondInstance(&pi)) {
        PrintError(L"CreateProcess", HRESULT_FROM_WIN32(GetLastError()));
        nResult = 1;
    } else {
        CloseHandle(pi.hThread);
        Menu();
        if (!GetExitCodeProcess(pi.hProcess, &dwCode) || dwCode != STILL_ACTIVE)
            nResult = 1;
        CloseHandle(pi.hProcess);
    }
    PeerCollabShutdown();
    return nResult;
}
