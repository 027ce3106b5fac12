/* Calls the functions that the P2PSdk pages give whole. They are compiled from the pages themselves; here are their
 * signatures. */
#include <p2p.h>
#include <stdio.h>

HRESULT PnrpRegister(PWSTR identity, PWSTR name, PWSTR cloud, SOCKADDR_IN6 *address);
HRESULT PnrpResolve(PWSTR name, PWSTR cloud, SOCKADDR_IN6 *address);
HRESULT PnrpUnregister(PWSTR identity, PWSTR name, PWSTR cloud);
DWORD PrintLinkLocalClouds(void);
ULONGLONG CreateDirectConnection(HGRAPH graph, PCWSTR id);

#define CHECK(call)                                         \
    do {                                                    \
        HRESULT result_ = (call);                           \
        if (FAILED(result_)) {                              \
            printf("%s: %08x\n", #call, (unsigned)result_); \
            return 1;                                       \
        }                                                   \
    } while (0)

static PEER_ADDRESS loopback(u_short port) {
    PEER_ADDRESS address = {.dwSize = sizeof address, .sin6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
    address.sin6.sin6_addr = in6addr_loopback;
    return address;
}

/* Until a line comes, or standard input ends. */
static void stay(void) {
    int letter;
    fflush(stdout);
    do
        letter = getchar();
    while (letter != EOF && letter != '\n');
}

static int name_host(PWSTR identity, PWSTR name) {
    PEER_ADDRESS address = loopback(4711);
    CHECK(PnrpRegister(identity, name, NULL, &address.sin6));
    puts("registered");
    stay();
    CHECK(PnrpUnregister(identity, name, NULL));
    puts("unregistered");
    stay();
    return 0;
}

static int name_guest(PWSTR name) {
    SOCKADDR_IN6 found = {0};
    char text[INET6_ADDRSTRLEN];
    HRESULT result = PnrpResolve(name, NULL, &found);
    printf("%08x [%s]:%d\n", (unsigned)result, inet_ntop(AF_INET6, &found.sin6_addr, text, sizeof text),
           ntohs(found.sin6_port));
    return 0;
}

/* Direct connections are accepted by who has registered for events of them. */
static int graph_host(void) {
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_DIRECT_CONNECTION, NULL};
    HPEEREVENT events;
    HGRAPH graph;
    PPEER_NODE_INFO node;
    PEER_GRAPH_PROPERTIES properties = {
        .dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK, .pwzGraphId = L"page"};
    properties.pwzCreatorId = L"host";
    properties.cPresenceMax = (ULONG)-1;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphCreate(&properties, L"host", NULL, &graph));
    CHECK(PeerGraphRegisterEvent(graph, CreateEventW(NULL, FALSE, FALSE, NULL), 1, &wanted, &events));
    CHECK(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0));
    CHECK(PeerGraphGetNodeInfo(graph, 0, &node));
    printf("%d\n", ntohs(node->pAddresses[0].sin6.sin6_port));
    PeerGraphFreeData(node);
    stay();
    return 0;
}

/* The direct connection of the page, once its other end is known to be there; it is announced when it stands. */
static int graph_guest(u_short port) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[] = {{PEER_GRAPH_EVENT_NODE_CHANGED, NULL},
                                              {PEER_GRAPH_EVENT_DIRECT_CONNECTION, NULL}};
    PEER_ADDRESS address = loopback(port);
    HANDLE news = CreateEventW(NULL, FALSE, FALSE, NULL);
    PPEER_GRAPH_EVENT_DATA event;
    ULONGLONG connection = 0;
    HPEEREVENT events;
    HGRAPH graph;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphOpen(L"page", L"guest", L"guest", NULL, 0, NULL, &graph));
    CHECK(PeerGraphRegisterEvent(graph, news, 2, wanted, &events));
    CHECK(PeerGraphConnect(graph, NULL, &address, NULL));
    while (WaitForSingleObject(news, 120000) == WAIT_OBJECT_0)
        while (PeerGraphGetEventData(events, &event) == S_OK) {
            if (event->eventType == PEER_GRAPH_EVENT_NODE_CHANGED && connection == 0)
                connection = CreateDirectConnection(graph, L"host");
            if (event->eventType == PEER_GRAPH_EVENT_DIRECT_CONNECTION) {
                const PEER_EVENT_CONNECTION_CHANGE_DATA *change = &event->connectionChangeData;
                printf("%s %s\n", change->status == PEER_CONNECTED ? "connected" : "failed",
                       change->ullConnectionId == connection ? "ours" : "other");
                return 0;
            }
            PeerGraphFreeData(event);
        }
    puts("nothing more");
    return 1;
}

int wmain(int count, wchar_t **words) {
    WSADATA winsock;
    PWSTR identity = NULL;
    if (count < 2 || WSAStartup(MAKEWORD(2, 2), &winsock))
        return 2;
    if (wcscmp(words[1], L"clouds") == 0)
        return (int)PrintLinkLocalClouds();
    if (wcscmp(words[1], L"graph-host") == 0)
        return graph_host();
    if (count < 3)
        return 2;
    if (wcscmp(words[1], L"graph-guest") == 0)
        return graph_guest((u_short)_wtoi(words[2]));
    if (wcscmp(words[1], L"resolve") == 0)
        return name_guest(words[2]);
    CHECK(PeerIdentityCreate(L"page", L"page", 0, &identity));
    return name_host(identity, words[2]);
}
