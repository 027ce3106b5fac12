/* graph_calls.c - good arguments for every PeerGraph function. */
#include "graph.h"

static struct {
    NODE host, guest; /* the host listens; the guest is its neighbor */
    QUEUE queue;
    GUID record;
    ULONGLONG neighbor;
    NODE shut;  /* a graph that is not open */
    NODE other; /* made anew for what closes or changes a graph */
} with;

static void prepare(void) {
    graph_start();
    with.host = node_create("host");
    with.guest = node_join(&with.host, "guest");
    with.queue = queue_of(&with.host, PEER_GRAPH_EVENT_RECORD_CHANGED);
    record_add(&with.host, "a record", L"<attributes><attribute name=\"a\" type=\"string\">x</attribute></attributes>",
               &with.record);
    with.neighbor = node_connection(&with.host, PEER_CONNECTION_NEIGHBOR);
    with.shut = node_create("closed");
    node_close(&with.shut);
}

static HPEERENUM enumeration(void) {
    HPEERENUM made = NULL;
    PeerGraphEnumRecords(with.host.graph, &NOTE_TYPE, NULL, &made);
    return made;
}

static ULONGLONG direct_connection(void) {
    QUEUE here = queue_of(&with.guest, PEER_GRAPH_EVENT_DIRECT_CONNECTION),
          there = queue_of(&with.host, PEER_GRAPH_EVENT_DIRECT_CONNECTION);
    PEER_ADDRESS address = loopback(node_port(&with.host));
    PPEER_GRAPH_EVENT_DATA event;
    ULONGLONG connection = 0;
    PeerGraphOpenDirectConnection(with.guest.graph, with.host.peer, &address, &connection);
    event = queue_next(&there);
    if (event)
        connection = event->connectionChangeData.ullConnectionId;
    PeerGraphFreeData(event);
    queue_close(&here);
    return connection;
}

static PEER_GRAPH_PROPERTIES *good_properties(const FUNCTION *function) {
    PEER_GRAPH_PROPERTIES made = graph_properties(
        function_is(function, "PeerGraphSetProperties") ? with.host.id : unique("new"), wide("new"));
    made.cPresenceMax = (ULONG)-1;
    return kept(&made, sizeof made);
}

static int pointers(const FUNCTION *function, const char *name, ARG *argument) {
    PEER_ADDRESS address = loopback(node_port(&with.host));
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_RECORD_CHANGED, NULL};
    PEER_RECORD record = record_of("new", NULL);
    record.id = with.record;
    record.ftExpiration = filetime_of(now() + 1200 * SECOND);
    if (strcmp(name, "pRecord") == 0)
        argument->pointer = kept(&record, sizeof record);
    if (strcmp(name, "pRecordId") == 0 || strcmp(name, "pRecordIds") == 0)
        argument->pointer = kept(&with.record, sizeof with.record);
    if (strcmp(name, "pAddress") == 0)
        argument->pointer = kept(&address, sizeof address);
    if (strcmp(name, "pGraphProperties") == 0)
        argument->pointer = good_properties(function);
    if (strcmp(name, "pwzDatabaseName") == 0)
        argument->pointer = function_is(function, "PeerGraphCreate") ? unique("database") : with.shut.database;
    if (strcmp(name, "pwzGraphId") == 0)
        argument->pointer = with.shut.id;
    if (strcmp(name, "pwzPeerId") == 0)
        argument->pointer = with.shut.peer;
    if (strcmp(name, "pwzPeerId") == 0 && strstr(function->name, "Connect"))
        argument->pointer = with.host.peer;
    if (strcmp(name, "pEventRegistrations") == 0)
        argument->pointer = kept(&wanted, sizeof wanted);
    if (function_is(function, "PeerGraphImportDatabase"))
        PeerGraphExportDatabase(with.other.graph, argument->pointer);
    if (strcmp(name, "pwzAttributes") == 0)
        argument->pointer = L"about this node";
    if (strcmp(name, "pCount") == 0)
        *(ULONG *)(argument->pointer = keep(sizeof(ULONGLONG))) = 10;
    return 1;
}

static int handles(const FUNCTION *function, const char *name, ARG *argument) {
    if (strcmp(name, "hPeerEnum") == 0)
        argument->pointer = enumeration();
    if (strcmp(name, "hPeerEvent") == 0) {
        argument->pointer = with.queue.events;
        if (function_is(function, "PeerGraphUnregisterEvent"))
            argument->pointer = queue_of(&with.host, PEER_GRAPH_EVENT_RECORD_CHANGED).events;
        else
            record_add(&with.host, "an event", NULL, keep(sizeof(GUID)));
    }
    if (strcmp(name, "hEvent") == 0)
        argument->pointer = with.queue.event;
    if (strcmp(name, "hGraph") == 0) {
        /* Of the two nodes one is a joiner; what ends or changes a graph happens to another one. */
        argument->pointer = with.host.graph;
        if (function_is(function, "PeerGraphConnect") || function_is(function, "PeerGraphListen") ||
            function_is(function, "PeerGraphClose") || function_is(function, "PeerGraphImportDatabase")) {
            with.other = node_create("other");
            if (function_is(function, "PeerGraphImportDatabase")) { /* only who has opened a graph may import */
                node_close(&with.other);
                node_again(&with.other);
            }
            argument->pointer = with.other.graph;
        }
        if (function_is(function, "PeerGraphOpenDirectConnection"))
            argument->pointer = with.guest.graph;
    }
    return argument->pointer != NULL;
}

static int numbers(const FUNCTION *function, const char *name, ARG *argument) {
    if (strcmp(name, "dwScope") == 0)
        argument->number = PEER_GRAPH_SCOPE_LOOPBACK;
    if (strcmp(name, "dwFlags") == 0)
        argument->number = PEER_CONNECTION_NEIGHBOR;
    if (strcmp(name, "cEventRegistrations") == 0 || strcmp(name, "cRecordIds") == 0)
        argument->number = 1;
    if (strcmp(name, "wVersionRequested") == 0)
        argument->number = PEER_GRAPH_VERSION;
    if (strcmp(name, "fPresent") == 0)
        argument->number = TRUE;
    if (strcmp(name, "ullConnectionId") == 0)
        argument->number = function_is(function, "PeerGraphCloseDirectConnection") ? direct_connection()
                                                                                   : with.neighbor;
    return 1;
}

static int good(const FUNCTION *function, int index, ARG *argument) {
    const PARAM *param = &function->params[index];
    common_argument(param->name, argument);
    if (param->kind == 'n')
        return numbers(function, param->name, argument);
    if (param->kind == 'h')
        return handles(function, param->name, argument);
    return pointers(function, param->name, argument);
}

static void *stale(const FUNCTION *function, int index) {
    const char *name = function->params[index].name;
    HPEERENUM made;
    QUEUE queue;
    if (strcmp(name, "hPeerEnum") == 0) {
        made = enumeration();
        PeerGraphEndEnumeration(made);
        return made;
    }
    if (strcmp(name, "hPeerEvent") == 0) {
        queue = queue_of(&with.host, PEER_GRAPH_EVENT_RECORD_CHANGED);
        queue_close(&queue);
        return queue.events;
    }
    return with.shut.graph;
}

static HRESULT bad(const FUNCTION *function, int index) {
    return strcmp(function->params[index].name, "hGraph") == 0 ? PEER_E_INVALID_GRAPH : E_INVALIDARG;
}

static void undo(const FUNCTION *function, const ARG *arguments) {
    int last = function->count - 1;
    char kind = last < 0 ? 0 : function->params[last].kind;
    void *made = kind == 'B' || kind == 'H' ? *(void **)arguments[last].pointer : NULL;
    if (function_is(function, "PeerGraphStartup"))
        PeerGraphShutdown();
    if (function_is(function, "PeerGraphShutdown"))
        graph_start();
    if (function_is(function, "PeerGraphCreate") || function_is(function, "PeerGraphOpen"))
        PeerGraphClose(made);
    if (function_is(function, "PeerGraphDelete")) {
        with.shut = node_create("closed");
        node_close(&with.shut);
    }
    if (function_is(function, "PeerGraphRegisterEvent"))
        PeerGraphUnregisterEvent(made);
    if (kind == 'B')
        PeerGraphFreeData(made);
    if (kind == 'H' && strcmp(function->params[last].name, "phPeerEnum") == 0)
        PeerGraphEndEnumeration(made);
    if (function_is(function, "PeerGraphDeleteRecord"))
        record_add(&with.host, "a record", NULL, &with.record);
}

static const SUPPLY supply = {functions_graph, good, stale, bad, undo};

void graph_calls(void) {
    prepare();
    graph_start(); /* one for PeerGraphShutdown */
    calls_succeed(&supply);
}

void graph_pointers(void) {
    prepare();
    calls_without_pointers(&supply);
}

void graph_handles(void) {
    prepare();
    calls_with_bad_handles(&supply);
}

void graph_startups(void) {
    PEER_VERSION_DATA version;
    NODE node;
    int i;
    calls_uninitialized(functions_graph, "PeerGraphStartup", "before the first Startup");
    page("PeerGraphStartup");
    memset(&version, 0x5A, sizeof version);
    gives(PeerGraphStartup(PEER_GRAPH_VERSION, &version), S_OK, "version 1.0");
    counts(version.wVersion, PEER_GRAPH_VERSION, "wVersion is 1.0");
    fact(version.wHighestVersion >= PEER_GRAPH_VERSION, "wHighestVersion is 1.0 or later");
    for (i = 2; i <= 255; i += 11)
        gives(PeerGraphStartup(MAKEWORD(i, 0), &version), PEER_E_UNSUPPORTED_VERSION, "version %d.0", i);
    gives(PeerGraphStartup(MAKEWORD(0, 1), &version), PEER_E_UNSUPPORTED_VERSION, "version 0.1");
    guess("startup-major-version");
    gives(PeerGraphStartup(MAKEWORD(1, 1), &version), S_OK, "version 1.1, whose minor version is not looked at");
    page("PeerGraphShutdown");
    node = node_create("counted");
    gives(PeerGraphShutdown(), S_OK, "the second of two Startups is undone");
    fact(node_status(&node) != 0, "a graph lives on while one Startup is left");
    gives(PeerGraphShutdown(), S_OK, "the last Startup is undone");
    gives(PeerGraphShutdown(), PEER_E_NOT_INITIALIZED, "one Shutdown too many");
    calls_uninitialized(functions_graph, "PeerGraphStartup", "after the last Shutdown");
    page("PeerGraphShutdown");
    graph_start();
    gives(PeerGraphClose(node.graph), PEER_E_INVALID_GRAPH, "a graph of an earlier Startup, to PeerGraphClose");
    gives(node_again(&node), S_OK, "what the last Shutdown has closed opens again");
    graph_stop();
}
