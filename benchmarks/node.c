/* node: one peer of a measurement, in a graph. It obeys the commands of node.h, and
 *
 *     create <graphId> <peerId> <port>        create a graph and listen on ::1
 *     join <graphId> <peerId> <port>          open, connect to that port of ::1, wait until synchronized
 *     open <graphId> <peerId>                 open what is on disk
 *     connect <port>                          connect to that port, wait until there is a neighbor
 *     listen <port>
 *     addnamed <count> <owners>               records with attributes: a running number, and an owner in turn
 *     search <what> <value> <times>           search them: what is number, owner (finds all records of one) or none
 */
#include "node.h"

static void create(const char *graphId, const char *peerId) {
    WCHAR wideGraph[128], widePeer[128];
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .dwScope = PEER_GRAPH_SCOPE_LOOPBACK,
                                        .pwzGraphId = wide(graphId, wideGraph),
                                        .pwzCreatorId = wide(peerId, widePeer)};
    check(PeerGraphCreate(&properties, L"bench.db", NULL, &space), "PeerGraphCreate");
}

static void listen_on(const char *port) {
    check(PeerGraphListen(space, PEER_GRAPH_SCOPE_LOOPBACK, 0, (WORD)atoi(port)), "PeerGraphListen");
    printf("{}\n");
}

static void open_graph(const char *graphId, const char *peerId) {
    WCHAR wideGraph[128], widePeer[128];
    check(PeerGraphOpen(wide(graphId, wideGraph), wide(peerId, widePeer), L"bench.db", NULL, 0, NULL, &space),
          "PeerGraphOpen");
}

// Waits until the status has all of `wanted`; says how long that took.
static void connect_to(const char *port, DWORD wanted) {
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events;
    PEER_GRAPH_EVENT_REGISTRATION kinds[] = {{PEER_GRAPH_EVENT_STATUS_CHANGED, NULL},
                                             {PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, NULL}};
    check(PeerGraphRegisterEvent(space, ready, 2, kinds, &events), "PeerGraphRegisterEvent");

    PEER_ADDRESS address = {.dwSize = sizeof address};
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((WORD)atoi(port));
    address.sin6.sin6_addr.s6_addr[15] = 1;
    ULONGLONG connection;
    int64_t begun = now_ns();
    check(PeerGraphConnect(space, NULL, &address, &connection), "PeerGraphConnect");
    for (DWORD status = 0;;) {
        check(PeerGraphGetStatus(space, &status), "PeerGraphGetStatus");
        if ((status & wanted) == wanted)
            break;
        WaitForSingleObject(ready, INFINITE); // whoever drives us has a time limit, and kills
        PEER_GRAPH_EVENT_DATA *event;
        while (PeerGraphGetEventData(events, &event) == S_OK) {
            if (event->eventType == PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION &&
                event->connectionChangeData.status == PEER_CONNECTION_FAILED)
                check(event->connectionChangeData.hrConnectionFailedReason, "joining");
            PeerGraphFreeData(event);
        }
    }
    int64_t reached = now_ns();
    check(PeerGraphUnregisterEvent(events), "PeerGraphUnregisterEvent");
    CloseHandle(ready);
    printf("{\"seconds\": %.6f}\n", (double)(reached - begun) / 1e9);
}

static void add_named(size_t count, size_t owners) {
    enum { BATCH = 1000 };
    static WCHAR texts[BATCH][256];
    static PEER_RECORD batched[BATCH], *pointers[BATCH];
    static GUID ids[BATCH];
    for (size_t done = 0; done < count;) {
        size_t some = count - done < BATCH ? count - done : BATCH;
        for (size_t i = 0; i < some; i++, done++) {
            char text[256];
            snprintf(text, sizeof text,
                     "<attributes><attribute name=\"number\" type=\"int\">%zu</attribute>"
                     "<attribute name=\"owner\" type=\"string\">person %zu</attribute></attributes>",
                     done, done % owners);
            batched[i] = bench_record(NULL, 0);
            batched[i].pwzAttributes = wide_in(text, texts[i], 256);
            pointers[i] = &batched[i];
        }
        check(PeerxGraphAddRecords(space, (ULONG)some, pointers, ids), "PeerxGraphAddRecords");
    }
    printf("{}\n");
}

// Each search is taken to its last record.
static void search(const char *what, size_t value, size_t times) {
    BOOL number = strcmp(what, "number") == 0;
    size_t found = 0;
    int64_t *taken = allocate(times, sizeof *taken);
    for (size_t i = 0; i < times; i++) {
        char text[256];
        WCHAR criteria[256];
        snprintf(text, sizeof text,
                 "<peersearch><clause attrib=\"%s\" type=\"%s\" compare=\"equal\">%s%zu</clause></peersearch>", what,
                 number ? "int" : "string", number ? "" : "person ", value + i);
        int64_t begun = now_ns();
        HPEERENUM results;
        check(PeerGraphSearchRecords(space, wide_in(text, criteria, 256), &results), "PeerGraphSearchRecords");
        for (;;) {
            ULONG some = 1000;
            PEER_RECORD **items;
            check(PeerGetNextItem(results, &some, (PVOID **)&items), "PeerGetNextItem");
            if (some == 0)
                break;
            found += some;
            PeerFreeData(items);
        }
        PeerEndEnumeration(results);
        taken[i] = now_ns() - begun;
    }
    sort_ns(taken, times);
    printf("{\"found\": %zu, \"p50_us\": %.2f}\n", found, percentile_us(taken, times, 50));
    free(taken);
}

static BOOL obey(const char *verb, const char *a, const char *b, const char *c) {
    if (strcmp(verb, "create") == 0)
        create(a, b), listen_on(c);
    else if (strcmp(verb, "join") == 0)
        open_graph(a, b), connect_to(c, PEER_GRAPH_STATUS_SYNCHRONIZED);
    else if (strcmp(verb, "open") == 0)
        open_graph(a, b), printf("{}\n");
    else if (strcmp(verb, "connect") == 0)
        connect_to(a, PEER_GRAPH_STATUS_HAS_CONNECTIONS);
    else if (strcmp(verb, "listen") == 0)
        listen_on(a);
    else if (strcmp(verb, "addnamed") == 0)
        add_named(strtoul(a, NULL, 10), strtoul(b, NULL, 10));
    else if (strcmp(verb, "search") == 0)
        search(a, strtoul(b, NULL, 10), strtoul(c, NULL, 10));
    else
        return FALSE;
    return TRUE;
}

int main(void) {
    PEER_VERSION_DATA version;
    check(PeerGraphStartup(PEER_GRAPH_VERSION, &version), "PeerGraphStartup");
    return run();
}
