/* chat_window: a chat room with a window, as programs for this API were written for Windows.
 *
 *     chat_window create <graphId> <peerId> <port>
 *     chat_window join   <graphId> <peerId> <host> <port>
 *
 *     x86_64-w64-mingw32-gcc -municode -mwindows chat_window.c -o chat_window.exe -lp2pgraph -lws2_32
 *     peerapi wine chat_window.exe join garden ben ::1 4001
 *
 * Enter says the line, Ctrl+N lists the neighbors, Ctrl+Q leaves. The lines are those of samples_c/graph_chat.c and of
 * the board in a browser, which may be in the same graph. One thread waits for both at once: messages of the window,
 * and the event that the graph sets. What the window shows goes to the standard output, too. */
#ifndef UNICODE
#define UNICODE
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PEER_E_RECORD_NOT_FOUND /* in the SDK's winerror.h, and not in that of mingw-w64 */
#define PEER_E_RECORD_NOT_FOUND ((HRESULT)0x80630301)
#endif

enum { LINES = 1, TYPED, SAY, NEIGHBORS, LEAVE };

static const GUID CHAT_LINE = {0xb6c1f0de, 0x2a53, 0x4c7e, {0x9d, 0x10, 0x5e, 0x0b, 0x7a, 0x44, 0xc3, 0x18}};
static HGRAPH graph;
static HPEEREVENT events;
static HANDLE graphReady;
static HWND window, list, edit;
static WORD ownPort;
static BOOL listening;

static void Fail(const WCHAR *doing, HRESULT hr) {
    WCHAR text[200];
    swprintf(text, ARRAYSIZE(text), L"%ls: 0x%08X", doing, (unsigned)hr);
    fwprintf(stderr, L"%ls\n", text);
    MessageBoxW(window, text, L"chat_window", MB_ICONERROR);
    ExitProcess(1);
}

static void Check(const WCHAR *doing, HRESULT hr) {
    if (FAILED(hr))
        Fail(doing, hr);
}

static void Show(const WCHAR *line) {
    char narrow[4096];
    LRESULT index = SendMessageW(list, LB_ADDSTRING, 0, (LPARAM)line);
    SendMessageW(list, LB_SETTOPINDEX, (WPARAM)index, 0);
    if (WideCharToMultiByte(CP_UTF8, 0, line, -1, narrow, sizeof narrow, NULL, NULL) > 0) {
        puts(narrow);
        fflush(stdout);
    }
}

/* ---- the graph ---- */

static void Say(void) {
    WCHAR text[500];
    int length = GetWindowTextW(edit, text, ARRAYSIZE(text));
    PEER_RECORD record = {0};
    GUID id;
    if (length == 0 || !listening)
        return;
    record.dwSize = sizeof record;
    record.type = CHAT_LINE;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 201; /* about a day */
    record.data.cbData = (ULONG)length * sizeof(WCHAR);
    record.data.pbData = (PBYTE)text;
    Check(L"PeerGraphAddRecord", PeerGraphAddRecord(graph, &record, &id));
    SetWindowTextW(edit, L"");
}

static void ShowLine(const GUID *id) {
    PEER_RECORD *record;
    WCHAR line[700];
    HRESULT hr = PeerGraphGetRecord(graph, id, &record);
    if (hr == PEER_E_RECORD_NOT_FOUND)
        return;
    Check(L"PeerGraphGetRecord", hr);
    const WCHAR *text = (const WCHAR *)record->data.pbData;
    int length = (int)(record->data.cbData / sizeof(WCHAR));
    swprintf(line, ARRAYSIZE(line), L"%.100ls: %.*ls", record->pwzCreatorId, min(length, 500), text);
    for (WCHAR *c = line; *c; c++)
        if (*c < L' ')
            *c = L'?';
    PeerGraphFreeData(record);
    Show(line);
}

static void ShowNeighbors(void) {
    HPEERENUM neighbors;
    WCHAR line[700] = L"* neighbors:";
    Check(L"PeerGraphEnumConnections", PeerGraphEnumConnections(graph, PEER_CONNECTION_NEIGHBOR, &neighbors));
    for (ULONG count = 1; count > 0;) {
        PEER_CONNECTION_INFO **batch;
        count = 10;
        Check(L"PeerGraphGetNextItem", PeerGraphGetNextItem(neighbors, &count, (PVOID **)&batch));
        for (ULONG i = 0; i < count; i++)
            if (wcslen(line) + wcslen(batch[i]->pwzPeerId) + 2 < ARRAYSIZE(line))
                wcscat(wcscat(line, L" "), batch[i]->pwzPeerId);
        PeerGraphFreeData(batch);
    }
    PeerGraphEndEnumeration(neighbors);
    Show(line);
}

static void ListenOnceSynchronized(void) {
    DWORD status;
    PEER_NODE_INFO *self;
    WCHAR line[100];
    Check(L"PeerGraphGetStatus", PeerGraphGetStatus(graph, &status));
    if (listening || !(status & PEER_GRAPH_STATUS_SYNCHRONIZED))
        return;
    Check(L"PeerGraphListen", PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, ownPort));
    Check(L"PeerGraphGetNodeInfo", PeerGraphGetNodeInfo(graph, 0, &self));
    if (self->cAddresses > 0)
        ownPort = ntohs(self->pAddresses[0].sin6.sin6_port);
    PeerGraphFreeData(self);
    listening = TRUE;
    swprintf(line, ARRAYSIZE(line), L"* synchronized, listening on port %u", ownPort);
    Show(line);
}

static void HandleEvents(void) {
    PEER_GRAPH_EVENT_DATA *event;
    HRESULT hr;
    while ((hr = PeerGraphGetEventData(events, &event)) == S_OK) {
        if (event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED &&
            event->recordChangeData.changeType == PEER_RECORD_ADDED)
            ShowLine(&event->recordChangeData.recordId);
        else if (event->eventType == PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION)
            ShowNeighbors();
        PeerGraphFreeData(event);
    }
    Check(L"PeerGraphGetEventData", hr);
    ListenOnceSynchronized();
}

static BOOL Enter(int argc, WCHAR **argv) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[3] = {{PEER_GRAPH_EVENT_STATUS_CHANGED, NULL},
                                               {PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, NULL},
                                               {PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&CHAT_LINE}};
    PEER_VERSION_DATA version;
    BOOL creating = argc == 5 && !wcscmp(argv[1], L"create"), joining = argc == 6 && !wcscmp(argv[1], L"join");
    if (!creating && !joining)
        return FALSE;
    Check(L"PeerGraphStartup", PeerGraphStartup(PEER_GRAPH_VERSION, &version));
    if (creating) {
        PEER_GRAPH_PROPERTIES properties = {0};
        properties.dwSize = sizeof properties;
        properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
        properties.pwzGraphId = argv[2];
        properties.pwzCreatorId = argv[3];
        ownPort = (WORD)_wtoi(argv[4]);
        Check(L"PeerGraphCreate", PeerGraphCreate(&properties, L"window.db", NULL, &graph));
    } else
        Check(L"PeerGraphOpen", PeerGraphOpen(argv[2], argv[3], L"window.db", NULL, 0, NULL, &graph));
    graphReady = CreateEventW(NULL, FALSE, FALSE, NULL);
    Check(L"PeerGraphRegisterEvent", PeerGraphRegisterEvent(graph, graphReady, 3, wanted, &events));
    if (joining) {
        PEER_ADDRESS address = {0};
        ULONGLONG connection;
        WSADATA winsock;
        INT size = sizeof address.sin6;
        WSAStartup(MAKEWORD(2, 2), &winsock);
        address.dwSize = sizeof address;
        if (WSAStringToAddressW(argv[4], AF_INET6, NULL, (SOCKADDR *)&address.sin6, &size) != 0)
            Fail(L"reading the address", E_INVALIDARG);
        address.sin6.sin6_port = htons((WORD)_wtoi(argv[5]));
        Check(L"PeerGraphConnect", PeerGraphConnect(graph, NULL, &address, &connection));
    }
    return TRUE;
}

static void Leave(void) {
    Check(L"PeerGraphUnregisterEvent", PeerGraphUnregisterEvent(events));
    CloseHandle(graphReady);
    Check(L"PeerGraphClose", PeerGraphClose(graph));
    Check(L"PeerGraphShutdown", PeerGraphShutdown());
}

/* ---- the window ---- */

static LRESULT CALLBACK WindowProc(HWND here, UINT message, WPARAM first, LPARAM second) {
    switch (message) {
    case WM_CREATE:
        list = CreateWindowW(L"LISTBOX", NULL, WS_CHILD | WS_VISIBLE | WS_VSCROLL | WS_BORDER | LBS_NOINTEGRALHEIGHT, 0,
                             0, 0, 0, here, (HMENU)LINES, NULL, NULL);
        edit = CreateWindowW(L"EDIT", NULL, WS_CHILD | WS_VISIBLE | WS_BORDER | ES_AUTOHSCROLL, 0, 0, 0, 0, here,
                             (HMENU)TYPED, NULL, NULL);
        return 0;
    case WM_SIZE:
        MoveWindow(list, 6, 6, LOWORD(second) - 12, HIWORD(second) - 44, TRUE);
        MoveWindow(edit, 6, HIWORD(second) - 32, LOWORD(second) - 12, 26, TRUE);
        return 0;
    case WM_SETFOCUS:
        SetFocus(edit);
        return 0;
    case WM_COMMAND:
        if (LOWORD(first) == SAY)
            Say();
        else if (LOWORD(first) == NEIGHBORS)
            ShowNeighbors();
        else if (LOWORD(first) == LEAVE)
            DestroyWindow(here);
        return 0;
    case WM_DESTROY:
        PostQuitMessage(0);
        return 0;
    default:
        return DefWindowProcW(here, message, first, second);
    }
}

static BOOL HandleMessages(HACCEL keys) {
    MSG message;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
        if (message.message == WM_QUIT)
            return FALSE;
        if (!TranslateAcceleratorW(window, keys, &message)) {
            TranslateMessage(&message);
            DispatchMessageW(&message);
        }
    }
    return TRUE;
}

int wmain(int argc, WCHAR **argv) {
    ACCEL shortcuts[] = {
        {FVIRTKEY, VK_RETURN, SAY}, {FVIRTKEY | FCONTROL, 'N', NEIGHBORS}, {FVIRTKEY | FCONTROL, 'Q', LEAVE}};
    WNDCLASSW class = {0};
    HACCEL keys = CreateAcceleratorTableW(shortcuts, ARRAYSIZE(shortcuts));
    WCHAR title[200];
    class.lpfnWndProc = WindowProc;
    class.hInstance = GetModuleHandleW(NULL);
    class.hCursor = LoadCursorW(NULL, (LPCWSTR)IDC_ARROW);
    class.hbrBackground = (HBRUSH)(COLOR_BTNFACE + 1);
    class.lpszClassName = L"chat_window";
    RegisterClassW(&class);
    if (!Enter(argc, argv)) {
        fwprintf(stderr, L"chat_window create <graphId> <peerId> <port>\n"
                         L"chat_window join <graphId> <peerId> <host> <port>\n");
        return 2;
    }
    swprintf(title, ARRAYSIZE(title), L"%.80ls in %.80ls", argv[3], argv[2]);
    window = CreateWindowW(class.lpszClassName, title, WS_OVERLAPPEDWINDOW | WS_VISIBLE, 40, 40, 520, 340, NULL, NULL,
                           class.hInstance, NULL);
    if (!window)
        Fail(L"CreateWindow", HRESULT_FROM_WIN32(GetLastError()));
    ListenOnceSynchronized();
    for (;;) {
        DWORD which = MsgWaitForMultipleObjects(1, &graphReady, FALSE, INFINITE, QS_ALLINPUT);
        if (which == WAIT_OBJECT_0)
            HandleEvents();
        else if (!HandleMessages(keys))
            break;
    }
    Leave();
    return 0;
}
