/* graph_pairs.c - two nodes: what a newcomer sees and in which order, what may be read when, and how connections
 * end. */
#include "graph.h"

static PPEER_GRAPH_EVENT_DATA first_of(const QUEUE *queue, PEER_GRAPH_EVENT_TYPE type, unsigned *before) {
    PPEER_GRAPH_EVENT_DATA event = queue_next(queue);
    for (*before = 0; event && event->eventType != type; event = queue_next(queue)) {
        ++*before;
        PeerGraphFreeData(event);
    }
    return event;
}

static void joining(void) {
    static const PEER_GRAPH_EVENT_TYPE types[] = {PEER_GRAPH_EVENT_STATUS_CHANGED, PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION,
                                                  PEER_GRAPH_EVENT_RECORD_CHANGED, PEER_GRAPH_EVENT_NODE_CHANGED,
                                                  PEER_GRAPH_EVENT_SYNCHRONIZED};
    NODE host = node_create("host"), guest;
    QUEUE queue, there;
    PPEER_GRAPH_EVENT_DATA event;
    PPEER_GRAPH_PROPERTIES properties = NULL;
    ULONGLONG connection = 0;
    GUID id, type = NOTE_TYPE;
    unsigned before = 0, records = 0, readable = 0, nodes = 0, named = 0, synchronized = 0;
    int ready = 0;
    for (before = 0; before < 20; before++)
        record_add(&host, "before", NULL, &id);
    node_listen(&host);
    guest = node_named("guest");
    guest.id = host.id;
    PeerGraphOpen(guest.id, guest.peer, guest.database, NULL, 1, &type, &guest.graph);
    queue = queue_open(&guest, 5, types);
    there = queue_of(&host, PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION);
    page("PeerGraphConnect");
    gives(node_connect(&guest, &host, &connection), S_OK, "a node that listens");
    fact(connection != 0, "a connection has an ID that is not 0");
    event = first_of(&queue, PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, &before);
    page("PEER_EVENT_CONNECTION_CHANGE_DATA");
    guess("first-connection-at-once");
    counts(before, 0, "NEIGHBOR_CONNECTION is the first event of a newcomer");
    page("PEER_EVENT_CONNECTION_CHANGE_DATA");
    if (event) {
        counts(event->connectionChangeData.dwSize, sizeof event->connectionChangeData, "dwSize");
        counts(event->connectionChangeData.status, PEER_CONNECTED, "status of a connection that stands");
        counts(event->connectionChangeData.ullConnectionId, connection,
               "ullConnectionId is what PeerGraphConnect has told");
        fact(event->connectionChangeData.ullNodeId != 0, "ullNodeId names the other node");
        counts(event->connectionChangeData.ullNextConnectionId, 0, "no next connection");
        PeerGraphFreeData(event);
    }
    while (!ready && (event = queue_next(&queue)) != NULL) {
        if (event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED) {
            records++;
            readable += (unsigned)record_has(&guest, &event->recordChangeData.recordId);
        }
        if (event->eventType == PEER_GRAPH_EVENT_NODE_CHANGED) {
            PPEER_NODE_INFO info = NULL;
            nodes++;
            named += PeerGraphGetNodeInfo(guest.graph, event->nodeChangeData.ullNodeId, &info) == S_OK;
            if (info)
                PeerGraphFreeData(info);
        }
        if (event->eventType == PEER_GRAPH_EVENT_SYNCHRONIZED) {
            synchronized++;
            page("PEER_EVENT_SYNCHRONIZED_DATA");
            counts(event->synchronizedData.dwSize, sizeof event->synchronizedData, "dwSize");
            fact(guid_is(&event->synchronizedData.recordType, &type), "recordType is one that PeerGraphOpen has named");
            guess("synchronized-events");
            counts(records, 20, "all records of the type have been told before");
        }
        if (event->eventType == PEER_GRAPH_EVENT_STATUS_CHANGED &&
            (event->dwStatus & PEER_GRAPH_STATUS_HAS_CONNECTIONS) && !properties) {
            page("PeerGraphGetProperties");
            guess("has-connections-with-properties");
            gives(PeerGraphGetProperties(guest.graph, &properties), S_OK, "when STATUS_CHANGED says HAS_CONNECTIONS");
        }
        ready = event->eventType == PEER_GRAPH_EVENT_STATUS_CHANGED &&
                (event->dwStatus & PEER_GRAPH_STATUS_SYNCHRONIZED);
        PeerGraphFreeData(event);
    }
    page("PEER_GRAPH_EVENT_DATA");
    fact(ready, "STATUS_CHANGED says SYNCHRONIZED");
    guess("synchronized-events");
    counts(synchronized, 1, "SYNCHRONIZED comes once for the type named in PeerGraphOpen");
    counts(records, 20, "RECORD_CHANGED comes for each record of a first synchronization");
    guess("what-an-event-tells-can-be-read");
    counts(readable, records, "each record can be read in its event");
    counts(named, nodes, "each node can be asked for in its event");
    page("PeerGraphGetProperties");
    if (properties) {
        reads(properties->pwzGraphId, host.id, "pwzGraphId at a newcomer");
        reads(properties->pwzCreatorId, host.peer, "pwzCreatorId at a newcomer is the creator's");
        PeerGraphFreeData(properties);
    }
    event = queue_next(&there);
    page("PEER_EVENT_CONNECTION_CHANGE_DATA");
    if (fact(event && event->connectionChangeData.status == PEER_CONNECTED, "who is called hears of it, too"))
        PeerGraphFreeData(event);
    page("PeerGraphConnect");
    gives(node_connect(&guest, &host, &connection), PEER_E_ALREADY_EXISTS, "a neighbor");
    page("PeerGraphAddRecord");
    gives(record_add(&guest, "from the guest", NULL, &id), S_OK, "by a newcomer, once synchronized");
    fact(record_wait(&host, &id), "a record arrives at the other node");
    queue_close(&queue);
    page("PeerGraphClose");
    node_close(&guest);
    event = queue_next(&there);
    if (event) {
        counts(event->connectionChangeData.status, PEER_DISCONNECTED, "who stays hears DISCONNECTED");
        PeerGraphFreeData(event);
    }
    queue_close(&there);
    page("PeerGraphOpen");
    gives(node_again(&guest), S_OK, "a graph that was synchronized once");
    fact((node_status(&guest) & PEER_GRAPH_STATUS_SYNCHRONIZED) != 0, "is ready at once");
    fact(record_has(&guest, &id), "records that came from others are there");
    node_close(&guest);
    node_close(&host);
}

static void connections(void) {
    NODE host = node_create("host"), guest = node_join(&host, "guest"), away = node_create("away");
    HPEERENUM all = NULL;
    PEER_CONNECTION_INFO **items = NULL;
    ULONG count = 5;
    ULONGLONG connection = 0;
    PEER_ADDRESS address = loopback(node_port(&host));
    QUEUE queue;
    PPEER_GRAPH_EVENT_DATA event;
    page("PEER_CONNECTION_INFO");
    PeerGraphEnumConnections(guest.graph, PEER_CONNECTION_NEIGHBOR, &all);
    PeerGraphGetNextItem(all, &count, (PVOID **)&items);
    counts(count, 1, "a newcomer has one neighbor");
    if (count) {
        counts(items[0]->dwSize, sizeof(PEER_CONNECTION_INFO), "dwSize");
        counts(items[0]->dwFlags, PEER_CONNECTION_NEIGHBOR, "dwFlags");
        reads(items[0]->pwzPeerId, host.peer, "pwzPeerId of the neighbor");
        counts(items[0]->address.dwSize, sizeof(PEER_ADDRESS), "dwSize of the address");
        counts(ntohs(items[0]->address.sin6.sin6_port), node_port(&host),
               "the port that was called, in network byte order");
        counts(items[0]->address.sin6.sin6_family, AF_INET6, "the family of the address");
        PeerGraphFreeData(items);
    }
    PeerGraphEndEnumeration(all);
    page("PeerGraphEnumConnections");
    PeerGraphEnumConnections(guest.graph, PEER_CONNECTION_DIRECT, &all);
    counts(enum_count(all), 0, "no direct connections");
    PeerGraphEnumConnections(guest.graph, PEER_CONNECTION_DIRECT | PEER_CONNECTION_NEIGHBOR, &all);
    counts(enum_count(all), 1, "both kinds");
    guess("enum-connections-flags");
    gives(PeerGraphEnumConnections(guest.graph, 0, &all), E_INVALIDARG, "no flag");
    gives(PeerGraphEnumConnections(guest.graph, 4, &all), E_INVALIDARG, "a flag that does not exist");
    gives(PeerGraphEnumConnections(guest.graph, 5, &all), E_INVALIDARG,
          "a flag that does not exist, beside one that does");
    page("PeerGraphConnect");
    guess("connect-self");
    gives(PeerGraphConnect(host.graph, NULL, &address, &connection), PEER_E_CONNECT_SELF, "an address of its own");
    page("PeerGraphConnect");
    address.dwSize = 0;
    gives(PeerGraphConnect(away.graph, NULL, &address, &connection), E_INVALIDARG, "dwSize of the address 0");
    address = loopback(0);
    guess("connect-self");
    gives(PeerGraphConnect(away.graph, NULL, &address, &connection), E_INVALIDARG, "port 0");
    address = loopback(9);
    address.sin6.sin6_addr.u.Byte[15] = 0;
    gives(PeerGraphConnect(away.graph, NULL, &address, &connection), E_INVALIDARG, "the unspecified address");
    page("PeerGraphConnect");
    address = loopback(9);
    address.sin6.sin6_family = AF_INET;
    gives(PeerGraphConnect(away.graph, NULL, &address, &connection), E_INVALIDARG, "an address of another family");
    guess("ids-have-255");
    address = loopback(9);
    gives(PeerGraphConnect(away.graph, repeated(L'p', 256), &address, &connection), E_INVALIDARG,
          "a peer ID of 256 characters");
    queue = queue_of(&away, PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION);
    page("PeerGraphConnect");
    address = loopback(node_port(&host));
    gives(PeerGraphConnect(away.graph, NULL, &address, &connection), S_OK,
          "a node of another graph, as nobody knows yet");
    event = queue_next(&queue);
    page("PEER_EVENT_CONNECTION_CHANGE_DATA");
    if (event) {
        counts(event->connectionChangeData.status, PEER_CONNECTION_FAILED,
               "status when the other node has another graph");
        counts(event->connectionChangeData.ullConnectionId, connection, "ullConnectionId of what has failed");
        PeerGraphFreeData(event);
    }
    queue_close(&queue);
    page("PeerGraphCloseDirectConnection");
    guess("close-direct-neighbor");
    gives(PeerGraphCloseDirectConnection(guest.graph, node_connection(&guest, PEER_CONNECTION_NEIGHBOR)),
          PEER_E_CONNECTION_NOT_FOUND, "the connection of a neighbor");
    page("PeerGraphCloseDirectConnection");
    gives(PeerGraphCloseDirectConnection(guest.graph, 0), PEER_E_CONNECTION_NOT_FOUND, "connection 0");
    gives(PeerGraphCloseDirectConnection(guest.graph, 0x123456789ULL), PEER_E_CONNECTION_NOT_FOUND,
          "a connection that is not there");
    node_close(&guest);
    node_close(&host);
    node_close(&away);
}

static void presence(void) {
    NODE host = node_create("host"), guest;
    QUEUE queue;
    PPEER_GRAPH_EVENT_DATA event;
    PPEER_NODE_INFO info = NULL;
    ULONGLONG node = 0;
    node_listen(&host);
    queue = queue_of(&host, PEER_GRAPH_EVENT_NODE_CHANGED);
    guest = node_join(&host, "guest");
    PeerGraphListen(guest.graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
    PeerGraphSetNodeAttributes(guest.graph, L"the guest");
    PeerGraphSetPresence(guest.graph, TRUE);
    page("PEER_EVENT_NODE_CHANGE_DATA");
    do {
        event = queue_next(&queue);
        if (event && event->nodeChangeData.changeType == PEER_NODE_CHANGE_CONNECTED)
            node = event->nodeChangeData.ullNodeId;
        if (event && node) {
            counts(event->nodeChangeData.dwSize, sizeof event->nodeChangeData, "dwSize");
            reads(event->nodeChangeData.pwzPeerId, guest.peer, "pwzPeerId of a node that is new");
        }
        if (event)
            PeerGraphFreeData(event);
    } while (event && !node);
    fact(node != 0, "PEER_NODE_CHANGE_CONNECTED comes for a node that publishes its presence");
    gives(PeerGraphGetNodeInfo(host.graph, node, &info), S_OK, "PeerGraphGetNodeInfo of the node that the event names");
    if (info) {
        reads(info->pwzPeerId, guest.peer, "and it is the guest");
        PeerGraphFreeData(info);
    }
    PeerGraphSetNodeAttributes(guest.graph, L"changed");
    do {
        event = queue_next(&queue);
        info = NULL;
        if (event && PeerGraphGetNodeInfo(host.graph, node, &info) == S_OK && info->pwzAttributes &&
            wcscmp(info->pwzAttributes, L"changed") == 0) {
            counts(event->nodeChangeData.changeType, PEER_NODE_CHANGE_UPDATED,
                   "PEER_NODE_CHANGE_UPDATED comes for other attributes");
            node = 0;
        }
        if (info)
            PeerGraphFreeData(info);
        if (event)
            PeerGraphFreeData(event);
    } while (event && node);
    node_close(&guest);
    event = queue_next(&queue);
    while (event && event->nodeChangeData.changeType != PEER_NODE_CHANGE_DISCONNECTED) {
        PeerGraphFreeData(event);
        event = queue_next(&queue);
    }
    fact(event != NULL, "PEER_NODE_CHANGE_DISCONNECTED comes when the node is closed");
    PeerGraphFreeData(event);
    queue_close(&queue);
    node_close(&host);
}

void graph_pairs(void) {
    graph_start();
    joining();
    connections();
    presence();
}
