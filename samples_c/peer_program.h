/* peer_program.h: the frame of graph_chat and whiteboard, and of most programs of this kind. Read this first, then
 * graph_chat.c.
 *
 *     create <graphId> <peerId> <port> [world]              make a graph; others find it on that port of ::1, or of
 *                                                           all addresses of this machine
 *     join   <graphId> <peerId> <host> <port> [ownPort]     enter a graph through any peer that is in it
 *
 * The life of a graph in a program: start up, create or open, register for events, connect, wait until synchronized,
 * listen, do what you came for, close, shut down. Port 0 means any free port.
 */
#include "console.h" // checking, the keyboard, the time

static HGRAPH graph;
static HPEEREVENT events;
static PEER_SECURITY_INTERFACE *security; // of the program, which judges records; NULL: anybody may add any
static HANDLE graphReady;                 // set when the queue behind `events` is not empty any more
static WORD ownPort;
static DWORD scope = PEER_GRAPH_SCOPE_LOOPBACK; // this machine only; GLOBAL is the wide world
static BOOL listening;                          // and therefore synchronized

static void OpenGraph(BOOL creating, PWSTR graphId, PWSTR peerId, PCWSTR database) {
    PEER_GRAPH_PROPERTIES properties = {0};
    properties.dwSize = sizeof properties;
    properties.dwScope = scope;
    properties.pwzGraphId = graphId;
    properties.pwzCreatorId = peerId;

    HRESULT hr = PEER_E_DUPLICATE_GRAPH; // what a creator is told who made the graph on another day: its
    if (creating)                        // records are still on disk, and it opens them as joiners do
        hr = PeerGraphCreate(&properties, database, security, &graph);
    if (hr == PEER_E_DUPLICATE_GRAPH)
        hr = PeerGraphOpen(graphId, peerId, database, security, 0, NULL, &graph);
    Check(hr, creating ? L"PeerGraphCreate" : L"PeerGraphOpen");
}

static void RegisterForEvents(const GUID *types, ULONG count) { // changes of records of these types; neighbors; status
    PEER_GRAPH_EVENT_REGISTRATION wanted[8] = {{0}};
    wanted[0].eventType = PEER_GRAPH_EVENT_STATUS_CHANGED;
    wanted[1].eventType = PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION;
    for (ULONG i = 0; i < count; i++) {
        wanted[2 + i].eventType = PEER_GRAPH_EVENT_RECORD_CHANGED;
        wanted[2 + i].pType = (GUID *)&types[i];
    }
    graphReady = CreateEventW(NULL, FALSE, FALSE, NULL); // auto-reset: a wait that succeeds resets it
    CheckWin32(graphReady != NULL, L"CreateEvent");
    Check(PeerGraphRegisterEvent(graph, graphReady, 2 + count, wanted, &events), L"PeerGraphRegisterEvent");
}

static void ConnectTo(PCWSTR host, PCWSTR port) {
    PEER_ADDRESS address = {0}; // of IPv6: "::1" is this machine, and 192.0.2.1 is written ::ffff:192.0.2.1
    char narrow[64] = "", mapped[72] = "::ffff:";
    WideCharToMultiByte(CP_UTF8, 0, host, -1, narrow, sizeof narrow, NULL, NULL);
    address.dwSize = sizeof address;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((WORD)_wtoi(port));
    strcat(mapped, narrow);
    if (inet_pton(AF_INET6, strchr(narrow, ':') ? narrow : mapped, &address.sin6.sin6_addr) != 1)
        Check(E_INVALIDARG, L"reading the address");

    ULONGLONG connection; // this only starts to connect: the outcome is an event
    Check(PeerGraphConnect(graph, NULL, &address, &connection), L"PeerGraphConnect");
}

// All that comes before the work. FALSE: these are not the arguments shown above.
static BOOL Enter(int argc, wchar_t **argv, PCWSTR database, const GUID *types, ULONG typeCount, const char *atTheEnd) {
    BOOL wide = argc == 6 && wcscmp(argv[5], L"world") == 0;
    BOOL creating = (argc == 5 || wide) && wcscmp(argv[1], L"create") == 0;
    BOOL joining = (argc == 6 || argc == 7) && wcscmp(argv[1], L"join") == 0;
    if (!creating && !joining)
        return FALSE;
    ownPort = creating ? (WORD)_wtoi(argv[4]) : argc == 7 ? (WORD)_wtoi(argv[6]) : 0;
    if (creating && wide)
        scope = PEER_GRAPH_SCOPE_GLOBAL;

    PEER_VERSION_DATA version;
    Check(PeerGraphStartup(PEER_GRAPH_VERSION, &version), L"PeerGraphStartup");
    OpenGraph(creating, argv[2], argv[3], database);
    RegisterForEvents(types, typeCount);
    if (joining)
        ConnectTo(argv[4], argv[5]); // after the registration, which would miss the outcome otherwise

    StartReading(atTheEnd);
    return TRUE;
}

// A creator is synchronized at once, a joiner when it holds what the others hold. Only then may it listen, and touch
// records.
static void ListenOnceSynchronized(void) {
    DWORD status;
    Check(PeerGraphGetStatus(graph, &status), L"PeerGraphGetStatus");
    if (listening || !(status & PEER_GRAPH_STATUS_SYNCHRONIZED))
        return;

    PEER_GRAPH_PROPERTIES *properties; // whoever joins listens as widely as the graph reaches
    Check(PeerGraphGetProperties(graph, &properties), L"PeerGraphGetProperties");
    scope = properties->dwScope;
    PeerGraphFreeData(properties);
    Check(PeerGraphListen(graph, scope, 0, ownPort), L"PeerGraphListen");
    listening = TRUE;
    PEER_NODE_INFO *self; // if ownPort was 0, only the graph knows which port it is now
    Check(PeerGraphGetNodeInfo(graph, 0, &self), L"PeerGraphGetNodeInfo");
    if (self->cAddresses > 0)
        ownPort = ntohs(self->pAddresses[0].sin6.sin6_port);
    PeerGraphFreeData(self); // one call frees the structure and all that it points to
    wprintf(L"* synchronized, listening on port %u\n", ownPort);
}

// Waits until the graph has events (FALSE) or a line was typed (TRUE), which has to be given back with
// SetEvent(lineTaken).
static BOOL WaitForLine(void) {
    HANDLE both[] = {graphReady, lineReady};
    fflush(stdout); // somebody may be reading us through a pipe
    DWORD which = WaitForMultipleObjects(listening ? 2 : 1, both, FALSE, INFINITE); // no lines before we may speak
    CheckWin32(which != WAIT_FAILED, L"WaitForMultipleObjects");
    return which == WAIT_OBJECT_0 + 1;
}

static PEER_GRAPH_EVENT_DATA *NextEvent(void) { // NULL: none left. The caller frees.
    PEER_GRAPH_EVENT_DATA *event = NULL;
    HRESULT hr = PeerGraphGetEventData(events, &event);
    Check(hr, L"PeerGraphGetEventData");
    if (hr == PEER_S_NO_EVENT_DATA)
        return NULL;
    if (event->eventType == PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION &&
        event->connectionChangeData.status == PEER_CONNECTION_FAILED)
        if (!listening && event->connectionChangeData.ullNextConnectionId == 0) // and nothing else is being tried
            Check(event->connectionChangeData.hrConnectionFailedReason, L"joining");
    return event;
}

static int Leave(void) {
    Check(PeerGraphUnregisterEvent(events), L"PeerGraphUnregisterEvent");
    CloseHandle(graphReady);
    Check(PeerGraphClose(graph), L"PeerGraphClose"); // says goodbye to the neighbors; the database stays on disk
    Check(PeerGraphShutdown(), L"PeerGraphShutdown");
    return 0;
}
