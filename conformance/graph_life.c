/* graph_life.c - creating, opening, closing and deleting; a graph that is not synchronized yet; times; local nodes. */
#include "graph.h"

static void opening(void) {
    NODE node = node_create("owner"), again = node, other, never;
    PEER_GRAPH_PROPERTIES properties = graph_properties(node.id, node.peer);
    HGRAPH graph = NULL;
    GUID id, types[2];
    page("PeerGraphCreate");
    gives(PeerGraphCreate(&properties, unique("database"), NULL, &graph), PEER_E_DUPLICATE_GRAPH,
          "a graph that is open");
    page("PeerGraphOpen");
    guess("open-twice");
    gives(node_again(&again), PEER_E_DUPLICATE_GRAPH, "a graph that this process has open, the same peer");
    again.database = unique("database");
    gives(node_again(&again), PEER_E_DBNAME_CHANGED, "a graph that this process has open, another database");
    record_add(&node, "stays", NULL, &id);
    node_close(&node);
    page("PeerGraphCreate");
    guess("create-stored");
    gives(PeerGraphCreate(&properties, node.database, NULL, &graph), PEER_E_DUPLICATE_GRAPH, "a graph that is stored");
    page("PeerGraphOpen");
    gives(node_again(&node), S_OK, "a graph that is stored");
    fact(record_has(&node, &id), "records are there after closing and opening");
    fact((node_status(&node) & PEER_GRAPH_STATUS_SYNCHRONIZED) != 0,
         "a graph that was created counts as synchronized when it is opened again");
    fact(!(node_status(&node) & PEER_GRAPH_STATUS_LISTENING),
         "a graph that was listening does not listen when it is opened again");
    gives(PeerGraphOpen(node.id, L"guest", unique("database"), NULL, 0, NULL, &other.graph), PEER_S_GRAPH_DATA_CREATED,
          "a graph that this peer has nothing of");
    PeerGraphClose(other.graph);
    never = node_open(&node, "never");
    node_close(&never);
    guess("data-created-again");
    gives(node_again(&never), PEER_S_GRAPH_DATA_CREATED, "a graph that was never synchronized, again");
    node_close(&never);
    page("PeerGraphOpen");
    types[0] = NOTE_TYPE;
    types[1] = OTHER_TYPE;
    gives(PeerGraphOpen(node.id, L"ordered", unique("database"), NULL, 2, types, &graph), PEER_S_GRAPH_DATA_CREATED,
          "two types in order");
    PeerGraphClose(graph);
    gives(PeerGraphOpen(node.id, L"ordered2", unique("database"), NULL, 0, types, &graph), E_INVALIDARG,
          "a pointer to types and a count of 0");
    gives(PeerGraphOpen(node.id, L"ordered3", unique("database"), NULL, 2, NULL, &graph), E_INVALIDARG,
          "a count of types and no pointer");
    guess("what-may-be-empty");
    gives(PeerGraphOpen(L"", L"peer", unique("database"), NULL, 0, NULL, &graph), E_INVALIDARG, "an empty graph ID");
    gives(PeerGraphOpen(node.id, L"", unique("database"), NULL, 0, NULL, &graph), E_INVALIDARG, "an empty peer ID");
    guess("ids-have-255");
    gives(PeerGraphOpen(node.id, repeated(L'p', 255), unique("database"), NULL, 0, NULL, &graph),
          PEER_S_GRAPH_DATA_CREATED, "a peer ID of 255 characters");
    PeerGraphClose(graph);
    gives(PeerGraphOpen(node.id, repeated(L'p', 256), unique("database"), NULL, 0, NULL, &graph), E_INVALIDARG,
          "a peer ID of 256 characters");
    page("PeerGraphClose");
    gives(node_close(&node), S_OK, "an open graph");
    gives(node_close(&node), PEER_E_INVALID_GRAPH, "a second time");
    again = node;
    again.database = node.database;
    node_again(&again);
    guess("handles-never-twice");
    fact(again.graph != node.graph, "a handle value is not used for the next graph");
    gives(node_close(&node), PEER_E_INVALID_GRAPH, "an old handle of a graph that is open again");
    node_close(&again);
}

static void deleting(void) {
    NODE node = node_create("owner");
    GUID id;
    record_add(&node, "goes", NULL, &id);
    page("PeerGraphDelete");
    gives(PeerGraphDelete(node.id, node.peer, node.database), E_ACCESSDENIED, "an open graph");
    node_close(&node);
    gives(PeerGraphDelete(node.id, node.peer, node.database), S_OK, "a closed graph");
    gives(PeerGraphDelete(node.id, node.peer, node.database), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND),
          "a second time");
    gives(PeerGraphDelete(node.id, L"somebody", node.database), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND),
          "a peer who has nothing");
    guess("what-may-be-empty");
    gives(PeerGraphDelete(L"", node.peer, node.database), E_INVALIDARG, "an empty graph ID");
    gives(PeerGraphDelete(node.id, L"", node.database), E_INVALIDARG, "an empty peer ID");
    gives(PeerGraphDelete(node.id, node.peer, L""), E_INVALIDARG, "an empty database name");
    page("PeerGraphOpen");
    gives(node_again(&node), PEER_S_GRAPH_DATA_CREATED, "a graph that was deleted has nothing of before");
    page("PeerGraphGetRecord");
    fact(!record_has(&node, &id), "records are gone with the graph");
    node_close(&node);
}

/* Before the first synchronization. */
static void not_ready(void) {
    NODE node = node_named("newcomer");
    PEER_RECORD record = record_of("x", NULL);
    PEER_GRAPH_PROPERTIES properties = graph_properties(node.id, node.peer);
    PPEER_RECORD got = NULL;
    PPEER_GRAPH_PROPERTIES told = NULL;
    PPEER_NODE_INFO info = NULL;
    HPEERENUM all = NULL;
    FILETIME time = filetime_of(now());
    GUID id;
    PWSTR path = new_path("export");
    node_again(&node);
    page("PeerGraphGetStatus");
    counts(node_status(&node), 0, "a graph that was opened and knows nobody");
    page("PeerGraphAddRecord");
    gives(PeerGraphAddRecord(node.graph, &record, &id), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphUpdateRecord");
    gives(PeerGraphUpdateRecord(node.graph, &record), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphDeleteRecord");
    gives(PeerGraphDeleteRecord(node.graph, &NO_RECORD, FALSE), PEER_E_GRAPH_NOT_READY,
          "before the first synchronization");
    page("PeerGraphGetRecord");
    gives(PeerGraphGetRecord(node.graph, &NO_RECORD, &got), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphGetProperties");
    gives(PeerGraphGetProperties(node.graph, &told), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphListen");
    gives(node_listen(&node), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphSetProperties");
    guess("set-properties-all-four");
    gives(PeerGraphSetProperties(node.graph, &properties), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphEnumNodes");
    guess("enum-nodes-not-ready");
    gives(PeerGraphEnumNodes(node.graph, NULL, &all), PEER_E_GRAPH_NOT_READY, "before the first synchronization");
    page("PeerGraphEnumRecords");
    guess("enum-before-synchronization");
    gives(PeerGraphEnumRecords(node.graph, NULL, NULL, &all), S_OK, "before the first synchronization");
    counts(enum_count(all), 0, "nothing is there before the first synchronization");
    page("PeerGraphSearchRecords");
    guess("enum-before-synchronization");
    counts(search_count(&node, L"<peersearch><clause attrib=\"a\" type=\"string\">*</clause></peersearch>"), 0,
           "finds nothing before the first synchronization");
    page("PeerGraphGetNodeInfo");
    gives(PeerGraphGetNodeInfo(node.graph, 0, &info), S_OK, "the local node, before the first synchronization");
    PeerGraphFreeData(info);
    page("PeerGraphPeerTimeToUniversalTime");
    gives(PeerGraphPeerTimeToUniversalTime(node.graph, &time, &time), S_OK, "before the first synchronization");
    page("PeerGraphExportDatabase");
    gives(PeerGraphExportDatabase(node.graph, path), S_OK, "before the first synchronization");
    node_close(&node);
}

static void local_node(void) {
    NODE node = node_create("local");
    PPEER_NODE_INFO info = NULL;
    HPEERENUM all = NULL;
    PPEER_NODE_INFO *items = NULL;
    ULONG count = 5;
    ULONGLONG id;
    page("PeerGraphGetStatus");
    counts(node_status(&node), PEER_GRAPH_STATUS_SYNCHRONIZED, "a graph that was created");
    page("PEER_NODE_INFO");
    PeerGraphGetNodeInfo(node.graph, 0, &info);
    counts(info->dwSize, sizeof *info, "dwSize");
    reads(info->pwzPeerId, L"local", "pwzPeerId of the local node");
    fact(info->ullNodeId != 0, "the local node has an ID");
    counts(info->cAddresses, 0, "no addresses before PeerGraphListen");
    fact(!info->pwzAttributes || !*info->pwzAttributes, "no attributes at first");
    id = info->ullNodeId;
    PeerGraphFreeData(info);
    PeerGraphSetNodeAttributes(node.graph, L"about me");
    PeerGraphGetNodeInfo(node.graph, 0, &info);
    reads(info->pwzAttributes, L"about me", "attributes that were set");
    counts(info->ullNodeId, id, "the ID stays");
    PeerGraphFreeData(info);
    PeerGraphSetNodeAttributes(node.graph, NULL);
    PeerGraphGetNodeInfo(node.graph, 0, &info);
    fact(!info->pwzAttributes || !*info->pwzAttributes, "attributes set to NULL are gone");
    PeerGraphFreeData(info);
    page("PeerGraphListen");
    gives(PeerGraphListen(node.graph, 99, 0, 0), E_INVALIDARG, "a scope that does not exist");
    gives(PeerGraphListen(node.graph, PEER_GRAPH_SCOPE_LINKLOCAL, 0, 0), E_INVALIDARG,
          "link-local with a scope ID of 0");
    gives(PeerGraphListen(node.graph, PEER_GRAPH_SCOPE_SITELOCAL, 0, 0), E_INVALIDARG,
          "site-local with a scope ID of 0");
    gives(node_listen(&node), S_OK, "a free port");
    guess("listen-twice");
    gives(node_listen(&node), PEER_E_ALREADY_LISTENING, "a second time");
    page("PeerGraphGetStatus");
    counts(node_status(&node), PEER_GRAPH_STATUS_SYNCHRONIZED | PEER_GRAPH_STATUS_LISTENING, "a graph that listens");
    page("PEER_NODE_INFO");
    PeerGraphGetNodeInfo(node.graph, 0, &info);
    fact(info->cAddresses >= 1, "an address after PeerGraphListen");
    if (info->cAddresses) {
        counts(info->pAddresses[0].dwSize, sizeof(PEER_ADDRESS), "dwSize of an address");
        counts(info->pAddresses[0].sin6.sin6_family, AF_INET6, "family of an address");
        fact(info->pAddresses[0].sin6.sin6_port != 0, "a port that is not 0");
        fact(info->pAddresses[0].sin6.sin6_addr.u.Byte[15] == 1, "the loopback address, in network byte order");
    }
    PeerGraphFreeData(info);
    page("PeerGraphEnumNodes");
    gives(PeerGraphSetPresence(node.graph, TRUE), S_OK, "after PeerGraphSetPresence");
    PeerGraphEnumNodes(node.graph, L"local", &all);
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "nodes of the local peer");
    counts(count, 1, "the local node publishes its presence");
    if (count)
        counts(items[0]->ullNodeId, id, "the local node by its ID");
    PeerGraphFreeData(items);
    PeerGraphEndEnumeration(all);
    PeerGraphEnumNodes(node.graph, L"nobody", &all);
    counts(enum_count(all), 0, "a peer who is not there");
    page("PeerGraphGetNodeInfo");
    gives(PeerGraphGetNodeInfo(node.graph, 0x123456789ULL, &info), PEER_E_NODE_NOT_FOUND, "a node that is not there");
    gives(PeerGraphGetNodeInfo(node.graph, id, &info), S_OK, "the local node by its ID");
    PeerGraphFreeData(info);
    node_close(&node);
}

static void chosen_port(void) {
    NODE node = node_create("local"), second = node_create("second");
    u_short port = (u_short)(10000 + now() / 10 % 20000);
    HRESULT result = E_FAIL;
    int tries;
    for (tries = 0; tries < 50 && result != S_OK; tries++)
        result = PeerGraphListen(node.graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, ++port);
    page("PeerGraphListen");
    gives(result, S_OK, "a port that is chosen and free");
    counts(node_port(&node), port, "the node's address has the port that was chosen, in network byte order");
    gives(PeerGraphListen(second.graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, port), S_OK,
          "the same port for a second graph of this process");
    counts(node_port(&second), port, "both have the same port");
    node_close(&node);
    node_close(&second);
}

static void clocks(void) {
    static const struct {
        ULONGLONG value;
        int good;
    } times[] = {{1, 1}, {0x01D00000AAAAAAAAULL, 1}, {0x8000000000000000ULL, 0}, {0xFFFFFFFFFFFFFFFFULL, 0}};
    NODE node = node_create("clock");
    FILETIME from = filetime_of(now()), to, back;
    size_t i;
    page("PeerGraphUniversalTimeToPeerTime");
    gives(PeerGraphUniversalTimeToPeerTime(node.graph, &from, &to), S_OK, "the time now");
    counts(filetime_value(to), filetime_value(from), "peer time of a graph of its own is universal time");
    page("PeerGraphPeerTimeToUniversalTime");
    gives(PeerGraphPeerTimeToUniversalTime(node.graph, &to, &back), S_OK, "the time now");
    counts(filetime_value(back), filetime_value(from), "there and back is the same");
    for (i = 0; i < 4; i++) {
        from = filetime_of(times[i].value);
        page("PeerGraphUniversalTimeToPeerTime");
        guess("times-in-range");
        gives(PeerGraphUniversalTimeToPeerTime(node.graph, &from, &to), times[i].good ? S_OK : E_INVALIDARG,
              "the time 0x%08lX%08lX", (unsigned long)(times[i].value >> 32),
              (unsigned long)(times[i].value & 0xFFFFFFFFu));
        page("PeerGraphPeerTimeToUniversalTime");
        guess("times-in-range");
        gives(PeerGraphPeerTimeToUniversalTime(node.graph, &from, &to), times[i].good ? S_OK : E_INVALIDARG,
              "the time 0x%08lX%08lX", (unsigned long)(times[i].value >> 32),
              (unsigned long)(times[i].value & 0xFFFFFFFFu));
    }
    node_close(&node);
}

void graph_life(void) {
    graph_start();
    opening();
    deleting();
    not_ready();
    local_node();
    chosen_port();
    clocks();
}
