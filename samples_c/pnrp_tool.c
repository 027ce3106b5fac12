/* pnrp_tool: names without a server.
 *
 *     pnrp_tool clouds                                     lists the clouds of this machine
 *     pnrp_tool register <peerName | new:classifier> <port> [payload]
 *                                                          publishes a name until a line (or the end) of input comes
 *     pnrp_tool resolve <peerName> [most]                  finds a name and waits for it
 *     pnrp_tool search <peerName> [most]                   the same, without waiting inside a call
 *
 * A peer name is authority.classifier. Under "0.chat" anybody may publish; the authority of a secure name is the hash
 * of a public key, and only who has the key can publish under it: "new:chat" makes such a key, an identity, and prints
 * its name. Where a name leads to, its addresses and its payload, is signed and comes from the publisher itself.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static void Check(HRESULT hr, const WCHAR *what) {
    if (SUCCEEDED(hr))
        return;
    fwprintf(stderr, L"%ls failed: 0x%08x\n", what, (unsigned)hr);
    exit(1); // the names of a process that ends are not answered for any more
}

static void ListClouds(void) {
    ULONG count;
    PEER_PNRP_CLOUD_INFO *clouds; // an array in one block
    Check(PeerPnrpGetCloudInfo(&count, &clouds), L"PeerPnrpGetCloudInfo");
    for (ULONG i = 0; i < count; i++)
        wprintf(L"%ls scope %u interface %u\n", clouds[i].pwzCloudName, (unsigned)clouds[i].dwScope,
                (unsigned)clouds[i].dwScopeId);
    PeerFreeData(clouds);
}

static void Show(const PEER_PNRP_ENDPOINT_INFO *found) {
    wprintf(L"%ls", found->pwzPeerName);
    for (ULONG i = 0; i < found->cAddresses; i++) {
        WCHAR text[INET6_ADDRSTRLEN + 32];
        DWORD size = sizeof text / sizeof text[0];
        if (WSAAddressToStringW(found->ppAddresses[i], sizeof(SOCKADDR_IN6), NULL, text, &size) == 0)
            wprintf(L" %ls", text);
    }
    if (found->pwzComment)
        wprintf(L" (%ls)", found->pwzComment);
    if (found->payload.cbData) {
        wprintf(L" \"");
        for (ULONG i = 0; i < found->payload.cbData;
             i++) { // written by somebody else: not terminated, and maybe hostile
            BYTE byte = found->payload.pbData[i];
            wprintf(byte >= ' ' && byte < 0x7f ? L"%c" : L"\\x%02x", byte);
        }
        wprintf(L"\"");
    }
    wprintf(L"\n");
}

static void Register(PCWSTR name, WORD port, const WCHAR *payload) {
    PWSTR made = NULL;
    if (wcsncmp(name, L"new:", 4) == 0) {
        Check(PeerIdentityCreate(name + 4, L"pnrp_tool", 0, &made), L"PeerIdentityCreate");
        name = made;
    }
    char bytes[512];
    int size = 0;
    if (payload)
        size = WideCharToMultiByte(CP_UTF8, 0, payload, (int)wcslen(payload), bytes, sizeof bytes, NULL, NULL);

    PEER_PNRP_REGISTRATION_INFO info = {0};     // no cloud named: all of them
    info.cAddresses = PEER_PNRP_AUTO_ADDRESSES; // this machine's addresses, also when they change
    info.wPort = port;
    info.pwzComment = L"pnrp_tool";
    info.payload.cbData = (ULONG)size;
    info.payload.pbData = (PBYTE)bytes;

    HREGISTRATION registration;
    Check(PeerPnrpRegister(name, &info, &registration), L"PeerPnrpRegister");
    wprintf(L"registered %ls\n", name);
    fflush(stdout);
    while (getchar() != '\n' && !feof(stdin)) {
    } // others ask this very process for the name, so it has to stay
    Check(PeerPnrpUnregister(registration), L"PeerPnrpUnregister");
    PeerFreeData(made);
}

static void Resolve(PCWSTR name, ULONG most) {
    PEER_PNRP_ENDPOINT_INFO *found;
    Check(PeerPnrpResolve(name, NULL, &most, &found), L"PeerPnrpResolve");
    if (most == 0)
        wprintf(L"nobody has that name\n"); // which is an answer, not a failure
    for (ULONG i = 0; i < most; i++)
        Show(&found[i]);
    PeerFreeData(found);
}

static void Search(PCWSTR name, ULONG most) {
    HANDLE news = CreateEventW(NULL, FALSE, FALSE, NULL);
    HRESOLUTION search;
    Check(PeerPnrpStartResolve(name, NULL, most, news, &search), L"PeerPnrpStartResolve");
    for (;;) {
        WaitForSingleObject(news, INFINITE); // a real program has other things to wait for, too
        PEER_PNRP_ENDPOINT_INFO *found;
        HRESULT hr = PeerPnrpGetEndpoint(search, &found);
        if (hr == PEER_E_NO_MORE)
            break;
        Check(hr, L"PeerPnrpGetEndpoint");
        Show(found);
        PeerFreeData(found);
    }
    Check(PeerPnrpEndResolve(search), L"PeerPnrpEndResolve");
    CloseHandle(news);
}

int wmain(int count, WCHAR **words) {
    const WCHAR *command = count > 1 ? words[1] : L"";
    ULONG most = count > 3 ? (ULONG)wcstoul(words[3], NULL, 10) : 10;
    WSADATA winsock;
    if (WSAStartup(MAKEWORD(2, 2), &winsock) != 0)
        return 1;
    Check(PeerPnrpStartup(PNRP_VERSION), L"PeerPnrpStartup");
    if (wcscmp(command, L"clouds") == 0 && count == 2)
        ListClouds();
    else if (wcscmp(command, L"register") == 0 && count >= 4)
        Register(words[2], (WORD)most, count > 4 ? words[4] : NULL);
    else if (wcscmp(command, L"resolve") == 0 && count >= 3)
        Resolve(words[2], most);
    else if (wcscmp(command, L"search") == 0 && count >= 3)
        Search(words[2], most);
    else {
        fwprintf(stderr,
                 L"pnrp_tool clouds | register <peerName> <port> [payload] | resolve <peerName> | search <peerName>\n");
        return 2;
    }
    Check(PeerPnrpShutdown(), L"PeerPnrpShutdown");
    WSACleanup();
    return 0;
}
