/* PNRP through the name space functions, as programs for Windows XP and later use it; it compiles there, too. Reads
 * commands, one a line, words separated by blanks, "-" for NULL, and answers each with one line: "ok ..." or the WSA
 * error number.
 *
 *   identity CLASSIFIER                            a new identity; its name is also a secure peer name
 *   register NAME CLOUD IDENTITY PORT PAYLOAD      at ::1; PAYLOAD is text, or L"text" for a string
 *   delete NAME CLOUD        deregister NAME CLOUD
 *   resolve NAME CLOUD CRITERIA MOST VERSION       all that is found, as "name cloud address protocol comment payload;"
 *   next NAME CLOUD MILLISECONDS                   one result, ended by another thread after that time
 *   notify NAME CLOUD        the same when an event says so; without waiting
 *   changes NAME             what changes of the clouds when a name is registered, told by an event
 *   wcf NAME CLOUD           asked as WCF asks, with the local addresses of what is found; providers
 *   clouds SCOPE             address HOST SERVICE
 *   startup                  cleanup
 *   pnrp                    peer NAME              PeerPnrpStartup and Shutdown; PeerPnrpStartup and Register */
#define UNICODE
#define _UNICODE
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <initguid.h>
#include <p2p.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static WCHAR words[8][512];

static WCHAR *Word(int number) { return words[number][0] == '-' && !words[number][1] ? NULL : words[number]; }

static void PrintWide(const WCHAR *text) {
    char narrow[2048];
    if (text == NULL)
        printf("- ");
    else if (WideCharToMultiByte(CP_UTF8, 0, text, -1, narrow, sizeof(narrow), NULL, NULL))
        printf("%s ", narrow);
}

static void PrintAddress(LPSOCKADDR address, INT length) {
    WCHAR text[80];
    DWORD size = ARRAYSIZE(text);
    if (WSAAddressToStringW(address, (DWORD)length, NULL, text, &size) == 0)
        PrintWide(text);
}

static int Error(void) { return WSAGetLastError(); }

static int Identity(void) {
    PWSTR name;
    HRESULT hr = PeerIdentityCreate(words[1], NULL, 0, &name);
    if (FAILED(hr))
        return (int)hr;
    PrintWide(name);
    PeerFreeData(name);
    return 0;
}

static int SetService(WSAESETSERVICEOP operation) {
    char bytes[512];
    SOCKADDR_IN6 address = {0};
    CSADDR_INFO info = {0};
    PNRPINFO pnrp = {0};
    BLOB blob = {sizeof(pnrp), (BYTE *)&pnrp};
    WSAQUERYSET query = {0};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons((u_short)wcstoul(words[4], NULL, 10));
    info.iProtocol = IPPROTO_TCP;
    info.iSocketType = SOCK_STREAM;
    info.LocalAddr.iSockaddrLength = sizeof(address);
    info.LocalAddr.lpSockaddr = (LPSOCKADDR)&address;
    pnrp.dwSize = sizeof(pnrp);
    pnrp.dwLifetime = 60 * 60 * 8;
    if (operation == RNRSERVICE_REGISTER) {
        WCHAR *payload = Word(5);
        pnrp.lpwszIdentity = Word(3);
        if (payload && wcsncmp(payload, L"L\"", 2) == 0) {
            pnrp.enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_STRING;
            pnrp.pwszPayload = payload + 2;
            payload[wcslen(payload) - 1] = 0;
        } else if (payload) {
            pnrp.enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_BINARY;
            pnrp.blobPayload.cbSize = (ULONG)WideCharToMultiByte(CP_UTF8, 0, payload, -1, bytes, sizeof(bytes), NULL,
                                                                 NULL) -
                                      1;
            pnrp.blobPayload.pBlobData = (BYTE *)bytes;
        }
        query.dwNumberOfCsAddrs = address.sin6_port ? 1 : 0;
        query.lpcsaBuffer = &info;
        query.lpszComment = (LPWSTR)L"comment";
    }
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_PNRPNAME;
    query.lpServiceClassId = (LPGUID)&SVCID_PNRPNAME;
    query.lpszServiceInstanceName = Word(1);
    query.lpszContext = Word(2);
    query.lpBlob = &blob;
    return WSASetService(&query, operation, 0) == 0 ? 0 : Error();
}

static void PrintResult(const WSAQUERYSET *found) {
    DWORD i;
    const PNRPINFO_V2 *info = found->lpBlob ? (const PNRPINFO_V2 *)(const void *)found->lpBlob->pBlobData : NULL;
    PrintWide(found->lpszServiceInstanceName);
    PrintWide(found->lpszContext);
    for (i = 0; i < found->dwNumberOfCsAddrs; i++) {
        const CSADDR_INFO *each = &found->lpcsaBuffer[i];
        PrintAddress(each->RemoteAddr.lpSockaddr, each->RemoteAddr.iSockaddrLength);
        printf("%d/%d ", each->iProtocol, each->iSocketType);
    }
    PrintWide(found->lpszComment);
    if (info == NULL)
        printf("no-blob");
    else if (info->enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_BINARY)
        printf("%.*s", (int)info->blobPayload.cbSize, (const char *)info->blobPayload.pBlobData);
    else if (info->enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_STRING) {
        printf("L");
        PrintWide(info->pwszPayload);
    }
    printf("; ");
}

/* The next result in a block of its own, or NULL and the error. */
static WSAQUERYSET *Next(HANDLE lookup, int *error) {
    DWORD size = 0;
    WSAQUERYSET *found = NULL;
    *error = WSALookupServiceNext(lookup, 0, &size, NULL) == 0 ? 0 : Error();
    if (*error == WSAEFAULT) {
        found = malloc(size);
        *error = WSALookupServiceNext(lookup, 0, &size, found) == 0 ? 0 : Error();
    }
    if (*error) {
        free(found);
        found = NULL;
    }
    return found;
}

static int Begin(HANDLE *lookup, int criteria, int most, const GUID *version) {
    PNRPINFO_V1 first = {0};
    PNRPINFO_V2 second = {0};
    BLOB blob;
    WSAQUERYSET query = {0};
    BOOL old = version == &SVCID_PNRPNAME_V1;
    first.dwSize = sizeof(first);
    second.dwSize = sizeof(second);
    first.nMaxResolve = second.nMaxResolve = (DWORD)most;
    first.dwTimeout = second.dwTimeout = 30;
    first.enResolveCriteria = second.enResolveCriteria = (PNRP_RESOLVE_CRITERIA)criteria;
    blob.cbSize = old ? sizeof(first) : sizeof(second);
    blob.pBlobData = old ? (BYTE *)&first : (BYTE *)&second;
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_PNRPNAME;
    query.lpServiceClassId = (LPGUID)version;
    query.lpszServiceInstanceName = Word(1);
    query.lpszContext = Word(2);
    query.lpBlob = criteria == 0 && most == 0 ? NULL : &blob;
    return WSALookupServiceBegin(&query, LUP_RETURN_ALL, lookup) == 0 ? 0 : Error();
}

static int Resolve(void) {
    HANDLE lookup;
    WSAQUERYSET *found;
    int error = Begin(&lookup, (int)wcstol(words[3], NULL, 10), (int)wcstol(words[4], NULL, 10),
                      words[5][0] == '1' ? &SVCID_PNRPNAME_V1 : &SVCID_PNRPNAME_V2);
    if (error)
        return error;
    while ((found = Next(lookup, &error)) != NULL) {
        PrintResult(found);
        free(found);
    }
    if (WSALookupServiceEnd(lookup) != 0)
        return Error();
    return error == WSA_E_NO_MORE ? 0 : error;
}

static unsigned __stdcall EndLater(void *lookup) {
    Sleep((DWORD)wcstoul(words[3], NULL, 10));
    WSALookupServiceEnd(lookup);
    return 0;
}

static int NextEnded(void) {
    HANDLE lookup, thread;
    DWORD size = 0;
    int error = Begin(&lookup, 0, 0, &SVCID_PNRPNAME_V2);
    if (error)
        return error;
    thread = (HANDLE)_beginthreadex(NULL, 0, EndLater, lookup, 0, NULL);
    error = WSALookupServiceNext(lookup, 0, &size, NULL) == 0 ? 0 : Error();
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    return error;
}

/* Has an event set when there is news, and waits for that. */
static int WaitForNews(HANDLE lookup) {
    WSAOVERLAPPED overlapped = {0};
    WSACOMPLETION completion;
    int error;
    ZeroMemory(&completion, sizeof(completion));
    overlapped.hEvent = WSACreateEvent();
    completion.Type = NSP_NOTIFY_EVENT;
    completion.Parameters.Event.lpOverlapped = &overlapped;
    error = WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion) == 0 ? 0 : Error();
    if (error == WSA_IO_PENDING)
        error = WaitForSingleObject(overlapped.hEvent, 120000) == WAIT_OBJECT_0 ? 0 : -2;
    WSACloseEvent(overlapped.hEvent);
    return error;
}

static int Poll(HANDLE lookup) {
    return WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, NULL) == 0 ? 0 : Error();
}

static int Notify(void) {
    HANDLE lookup;
    WSAQUERYSET *found;
    int error = Begin(&lookup, PNRP_RESOLVE_CRITERIA_ANY_PEER_NAME, 1, &SVCID_PNRPNAME_V2);
    if (error == 0)
        error = WaitForNews(lookup);
    if (error == 0)
        error = Poll(lookup);
    if (error)
        return error;
    found = Next(lookup, &error);
    if (found != NULL)
        PrintResult(found);
    free(found);
    WSALookupServiceEnd(lookup);
    return error;
}

static int BeginClouds(HANDLE *lookup, int scope) {
    PNRPCLOUDINFO info = {0};
    BLOB blob = {sizeof(info), (BYTE *)&info};
    WSAQUERYSET query = {0};
    info.dwSize = sizeof(info);
    info.Cloud.Scope = (PNRP_SCOPE)scope;
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_PNRPCLOUD;
    query.lpServiceClassId = (LPGUID)&SVCID_PNRPCLOUD;
    query.lpBlob = &blob;
    return WSALookupServiceBegin(&query, LUP_RETURN_NAME | LUP_RETURN_BLOB, lookup) == 0 ? 0 : Error();
}

static int Changes(void) {
    HANDLE lookup;
    WSAQUERYSET *found;
    int error = BeginClouds(&lookup, PNRP_SCOPE_ANY), quiet;
    if (error)
        return error;
    while ((found = Next(lookup, &error)) != NULL)
        free(found);
    if (error != WSA_E_NO_MORE)
        return error;
    quiet = Poll(lookup);
    if (quiet != WSAEWOULDBLOCK)
        return quiet ? quiet : -3;
    wcscpy(words[4], L"4711");
    words[2][0] = words[3][0] = words[5][0] = '-';
    error = SetService(RNRSERVICE_REGISTER);
    if (error == 0)
        error = WaitForNews(lookup);
    if (error == 0)
        found = Next(lookup, &error);
    if (error == 0) {
        PrintWide(found->lpszServiceInstanceName);
        printf("%lu ", (unsigned long)found->dwOutputFlags);
        free(found);
    }
    WSALookupServiceEnd(lookup);
    return error;
}

/* A place for addresses behind the query, but none; a hint that is none; the local halves of what is found. */
static int Wcf(void) {
    struct {
        WSAQUERYSET query;
        CSADDR_INFO addresses[1];
    } memory = {0};
    PNRPINFO_V1 info = {0};
    BLOB blob = {sizeof(info), (BYTE *)&info};
    HANDLE lookup;
    DWORD size = sizeof(WSAQUERYSET) + 400;
    WSAQUERYSET *found = malloc(size);
    DWORD i;
    int error;
    info.dwSize = sizeof(info);
    info.nMaxResolve = 1;
    info.dwTimeout = 30;
    info.enResolveCriteria = PNRP_RESOLVE_CRITERIA_NEAREST_NON_CURRENT_PROCESS_PEER_NAME;
    info.dwFlags = PNRPINFO_HINT;
    memory.query.dwSize = sizeof(memory.query);
    memory.query.dwNameSpace = NS_PNRPNAME;
    memory.query.lpNSProviderId = (LPGUID)&NS_PROVIDER_PNRPNAME;
    memory.query.lpServiceClassId = (LPGUID)&SVCID_PNRPNAME_V1;
    memory.query.lpszServiceInstanceName = Word(1);
    memory.query.lpszContext = Word(2);
    memory.query.lpcsaBuffer = memory.addresses;
    memory.query.lpBlob = &blob;
    if (WSALookupServiceBegin(&memory.query, LUP_RETURN_ALL, &lookup) != 0)
        return Error();
    error = WSALookupServiceNext(lookup, 0, &size, found) == 0 ? 0 : Error();
    for (i = 0; error == 0 && i < found->dwNumberOfCsAddrs; i++)
        PrintAddress(found->lpcsaBuffer[i].LocalAddr.lpSockaddr, found->lpcsaBuffer[i].LocalAddr.iSockaddrLength);
    free(found);
    WSALookupServiceEnd(lookup);
    return error;
}

/* How WCF learns that there is PNRP: a provider, and a registration without anything that is refused as wrong. */
static int Providers(void) {
    WSANAMESPACE_INFO found[16];
    DWORD size = sizeof(found);
    WSAQUERYSET query = {0};
    INT count = WSAEnumNameSpaceProviders(&size, found), i;
    for (i = 0; i < count; i++)
        printf("%lu ", (unsigned long)found[i].dwNameSpace);
    query.dwSize = sizeof(query);
    query.lpNSProviderId = (LPGUID)&NS_PROVIDER_PNRPNAME;
    query.lpServiceClassId = (LPGUID)&SVCID_PNRPNAME_V1;
    return WSASetService(&query, RNRSERVICE_REGISTER, 0) == 0 ? 0 : Error();
}

static int Clouds(void) {
    WSAQUERYSET *found;
    HANDLE lookup;
    int error = BeginClouds(&lookup, (int)wcstol(words[1], NULL, 10));
    if (error)
        return error;
    while ((found = Next(lookup, &error)) != NULL) {
        const PNRPCLOUDINFO *cloud = (const PNRPCLOUDINFO *)(const void *)found->lpBlob->pBlobData;
        PrintWide(found->lpszServiceInstanceName);
        printf("%d %lu %d %d; ", (int)cloud->Cloud.Scope, (unsigned long)cloud->Cloud.ScopeId, (int)cloud->enCloudState,
               (int)cloud->enCloudFlags);
        free(found);
    }
    WSALookupServiceEnd(lookup);
    return error == WSA_E_NO_MORE ? 0 : error;
}

static int Address(void) {
    ADDRINFOW hints, *list = NULL, *each;
    int error;
    ZeroMemory(&hints, sizeof(hints));
    hints.ai_socktype = SOCK_STREAM;
    error = GetAddrInfoW(words[1], Word(2), &hints, &list);
    for (each = list; each != NULL; each = each->ai_next)
        PrintAddress(each->ai_addr, (INT)each->ai_addrlen);
    if (list != NULL)
        FreeAddrInfoW(list);
    return error;
}

static int Peer(void) {
    HREGISTRATION registration;
    return FAILED(PeerPnrpStartup(PNRP_VERSION)) || FAILED(PeerPnrpRegister(words[1], NULL, &registration));
}

static int Do(const WCHAR *command) {
    WSADATA data;
    if (wcscmp(command, L"startup") == 0)
        return WSAStartup(MAKEWORD(2, 2), &data);
    if (wcscmp(command, L"cleanup") == 0)
        return WSACleanup() == 0 ? 0 : Error();
    if (wcscmp(command, L"pnrp") == 0)
        return FAILED(PeerPnrpStartup(PNRP_VERSION)) || FAILED(PeerPnrpShutdown());
    if (wcscmp(command, L"peer") == 0)
        return Peer();
    if (wcscmp(command, L"identity") == 0)
        return Identity();
    if (wcscmp(command, L"register") == 0)
        return SetService(RNRSERVICE_REGISTER);
    if (wcscmp(command, L"delete") == 0)
        return SetService(RNRSERVICE_DELETE);
    if (wcscmp(command, L"deregister") == 0)
        return SetService(RNRSERVICE_DEREGISTER);
    if (wcscmp(command, L"resolve") == 0)
        return Resolve();
    if (wcscmp(command, L"next") == 0)
        return NextEnded();
    if (wcscmp(command, L"notify") == 0)
        return Notify();
    if (wcscmp(command, L"changes") == 0)
        return Changes();
    if (wcscmp(command, L"wcf") == 0)
        return Wcf();
    if (wcscmp(command, L"providers") == 0)
        return Providers();
    if (wcscmp(command, L"clouds") == 0)
        return Clouds();
    if (wcscmp(command, L"address") == 0)
        return Address();
    return -1;
}

int main(void) {
    char line[2048];
    while (fgets(line, sizeof(line), stdin)) {
        int count = 0, error;
        char *word;
        ZeroMemory(words, sizeof(words));
        for (word = strtok(line, " \n"); word && count < 8; word = strtok(NULL, " \n"))
            MultiByteToWideChar(CP_UTF8, 0, word, -1, words[count++], 512);
        error = Do(words[0]);
        printf(error ? "failed %d\n" : "ok\n", error);
        fflush(stdout);
    }
    return 0;
}
