/* graph_chat: a chat room without a server.
 *
 *     graph_chat create <graphId> <peerId> <port>                     opens a room and waits for others on that port of ::1
 *     graph_chat join   <graphId> <peerId> <host> <port> [ownPort]    enters a room through any peer that is in it
 *
 * The room is a graph. A line of chat is a record in the graph's database, which every peer holds: adding a record is all there
 * is to "sending", and an event that says "a record was added" is all there is to "receiving". Our own lines come back to us in
 * the same way. Type a line to say it, /who to see your neighbors, /quit to leave. Lines may as well come from a pipe.
 */
#include "common.h"

// The type of our records. A graph may carry records of many programs; each program looks only for its own types.
static const GUID CHAT_LINE = {0xb6c1f0de, 0x2a53, 0x4c7e, {0x9d, 0x10, 0x5e, 0x0b, 0x7a, 0x44, 0xc3, 0x18}};

static HGRAPH graph;
static BOOL   listening;

static void OpenRoom(BOOL creating, PWSTR graphId, PWSTR peerId)
{
    PEER_GRAPH_PROPERTIES properties = {0};
    properties.dwSize = sizeof properties;
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;              // this machine only; GLOBAL is the wide world
    properties.pwzGraphId = graphId;
    properties.pwzCreatorId = peerId;

    HRESULT hr = PEER_E_DUPLICATE_GRAPH;                         // what a creator is told who made the room on another day: its
    if (creating)                                                // records are still on disk, and it opens them as joiners do
        hr = PeerGraphCreate(&properties, L"chat.db", NULL, &graph);
    if (hr == PEER_E_DUPLICATE_GRAPH)
        hr = PeerGraphOpen(graphId, peerId, L"chat.db", NULL, 0, NULL, &graph);
    Check(hr, creating ? L"PeerGraphCreate" : L"PeerGraphOpen");
}

static HPEEREVENT RegisterForEvents(HANDLE set)
{
    PEER_GRAPH_EVENT_REGISTRATION wanted[] = {
        {PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&CHAT_LINE},   // of this type only
        {PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, NULL},
        {PEER_GRAPH_EVENT_STATUS_CHANGED, NULL},
    };
    HPEEREVENT events;
    Check(PeerGraphRegisterEvent(graph, set, 3, wanted, &events), L"PeerGraphRegisterEvent");
    return events;
}

// A creator is synchronized at once, a joiner when it holds what the others hold. Only then may it listen, and speak.
static void ListenOnceSynchronized(WORD port)
{
    DWORD status;
    Check(PeerGraphGetStatus(graph, &status), L"PeerGraphGetStatus");
    if (listening || !(status & PEER_GRAPH_STATUS_SYNCHRONIZED)) return;

    Check(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, port), L"PeerGraphListen");
    PEER_NODE_INFO *self;
    if (port == 0 && SUCCEEDED(PeerGraphGetNodeInfo(graph, 0, &self))) {        // 0 asked for any free port: which one is it?
        if (self->cAddresses > 0) port = ntohs(self->pAddresses[0].sin6.sin6_port);
        PeerGraphFreeData(self);
    }
    wprintf(L"* synchronized, listening on port %u\n", port);
    listening = TRUE;
}

static void Say(const char *line)
{
    WCHAR text[sizeof typed];                                    // UTF-16 never has more units than UTF-8 has bytes
    int length = MultiByteToWideChar(CP_UTF8, 0, line, (int)strlen(line), text, sizeof typed);
    if (length == 0) return;

    PEER_RECORD record = {0};                                    // identifier, creator and times are filled in by the graph
    record.dwSize = sizeof record;
    record.type = CHAT_LINE;
    record.ftExpiration = Tomorrow();
    record.data.cbData = (ULONG)length * sizeof(WCHAR);
    record.data.pbData = (PBYTE)text;

    GUID id;                                                     // when the call is back, the line is on our disk and on its way
    Check(PeerGraphAddRecord(graph, &record, &id), L"PeerGraphAddRecord");
}

static void ShowLine(const GUID *id)
{
    PEER_RECORD *record;
    HRESULT hr = PeerGraphGetRecord(graph, id, &record);
    if (hr == PEER_E_RECORD_NOT_FOUND) return;                   // deleted or expired since the event was queued
    Check(hr, L"PeerGraphGetRecord");
    PWSTR text = (PWSTR)record->data.pbData;                     // written by somebody else: not terminated, and maybe hostile
    int length = (int)(record->data.cbData / sizeof(WCHAR));
    for (int i = 0; i < length; i++)
        if (text[i] < L' ' || text[i] == 0x7f) text[i] = L'?';   // no control characters reach our terminal
    wprintf(L"%ls: %.*ls\n", record->pwzCreatorId, length, text);
    PeerGraphFreeData(record);                                   // one call frees the record and all that it points to
}

static void ShowNeighbors(void)
{
    HPEERENUM neighbors;
    Check(PeerGraphEnumConnections(graph, PEER_CONNECTION_NEIGHBOR, &neighbors), L"PeerGraphEnumConnections");
    wprintf(L"* neighbors:");
    for (ULONG count = 1; count > 0;) {
        PEER_CONNECTION_INFO **batch;
        count = 10;                                              // in: at most so many; out: so many came, and 0 at the end
        Check(PeerGraphGetNextItem(neighbors, &count, (PVOID **)&batch), L"PeerGraphGetNextItem");
        for (ULONG i = 0; i < count; i++) wprintf(L" %ls", batch[i]->pwzPeerId);
        PeerGraphFreeData(batch);                                // again one call for the array and its items
    }
    wprintf(L"\n");
    Check(PeerGraphEndEnumeration(neighbors), L"PeerGraphEndEnumeration");
}

static void HandleEvents(HPEEREVENT events)
{
    PEER_GRAPH_EVENT_DATA *event;
    HRESULT hr;
    while ((hr = PeerGraphGetEventData(events, &event)) == S_OK) {
        switch (event->eventType) {
        case PEER_GRAPH_EVENT_RECORD_CHANGED:
            if (event->recordChangeData.changeType == PEER_RECORD_ADDED) ShowLine(&event->recordChangeData.recordId);
            break;
        case PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION:
            if (event->connectionChangeData.status != PEER_CONNECTION_FAILED)
                ShowNeighbors();
            else if (!listening && event->connectionChangeData.ullNextConnectionId == 0)       // and nothing else is being tried
                Check(event->connectionChangeData.hrConnectionFailedReason, L"joining");
            break;
        default:                                                 // STATUS_CHANGED: main asks for the status after every event
            break;
        }
        PeerGraphFreeData(event);
    }
    Check(hr, L"PeerGraphGetEventData");                         // PEER_S_NO_EVENT_DATA: the queue is empty
}

int wmain(int argc, wchar_t **argv)
{
    BOOL creating = argc == 5 && wcscmp(argv[1], L"create") == 0;
    BOOL joining = (argc == 6 || argc == 7) && wcscmp(argv[1], L"join") == 0;
    if (!creating && !joining) {
        fwprintf(stderr, L"graph_chat create <graphId> <peerId> <port>\n"
                         L"graph_chat join <graphId> <peerId> <host> <port> [ownPort]\n");
        return 2;
    }
    PEER_VERSION_DATA version;
    Check(PeerGraphStartup(PEER_GRAPH_VERSION, &version), L"PeerGraphStartup");
    OpenRoom(creating, argv[2], argv[3]);

    HANDLE graphReady = CreateEventW(NULL, FALSE, FALSE, NULL);  // the graph sets it when the queue of events is not empty any more
    CheckWin32(graphReady != NULL, L"CreateEvent");
    HPEEREVENT events = RegisterForEvents(graphReady);

    if (joining) {                                               // after the registration, which would miss the outcome otherwise
        PEER_ADDRESS address = AddressOf(argv[4], argv[5]);
        ULONGLONG connection;                                    // this only starts to connect: the outcome is an event
        Check(PeerGraphConnect(graph, NULL, &address, &connection), L"PeerGraphConnect");
    }

    StartReadingLines("/quit");
    HANDLE both[] = {graphReady, lineReady};
    for (;;) {
        ListenOnceSynchronized(creating || argc == 7 ? (WORD)_wtoi(argv[argc - 1]) : 0);
        fflush(stdout);                                          // somebody may be reading us through a pipe

        DWORD which = WaitForMultipleObjects(listening ? 2 : 1, both, FALSE, INFINITE);
        CheckWin32(which != WAIT_FAILED, L"WaitForMultipleObjects");
        if (which == WAIT_OBJECT_0) {
            HandleEvents(events);
            continue;
        }
        if (strcmp(typed, "/quit") == 0)     break;
        else if (strcmp(typed, "/who") == 0) ShowNeighbors();
        else                                 Say(typed);
        SetEvent(lineTaken);                                     // the reader may overwrite the line now
    }
    Check(PeerGraphUnregisterEvent(events), L"PeerGraphUnregisterEvent");
    Check(PeerGraphClose(graph), L"PeerGraphClose");             // says goodbye to the neighbors; the database stays on disk
    Check(PeerGraphShutdown(), L"PeerGraphShutdown");
    CloseHandle(graphReady);
    return 0;
}
