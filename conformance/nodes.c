/* nodes.c - graphs of this process, as peers.h has them. */
#include "peers.h"

const GUID NOTE_TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
const GUID OTHER_TYPE = {0x66666666, 0x7777, 0x8888, {0x99, 0x99, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};
const GUID NO_RECORD = {0xdeadbeef, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
const GUID GRAPH_INFO_TYPE = {0x00000100, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
const GUID PRESENCE_TYPE = {0x00000400, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
const GUID GRAPH_INFO_ID = {0x6c796768, 0x7732, 0x406b, {0xbc, 0x6e, 0x5e, 0x9c, 0x0d, 0x86, 0x45, 0x80}};

int guid_is(const GUID *one, const GUID *other) { return memcmp(one, other, sizeof *one) == 0; }

void graph_start(void) {
    PEER_VERSION_DATA version;
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
}

void graph_stop(void) { PeerGraphShutdown(); }

PEER_GRAPH_PROPERTIES graph_properties(PWSTR id, PWSTR creator) {
    PEER_GRAPH_PROPERTIES made;
    memset(&made, 0, sizeof made);
    made.dwSize = sizeof made;
    made.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    made.pwzGraphId = id;
    made.pwzCreatorId = creator;
    return made;
}

NODE node_named(const char *peer) {
    NODE node;
    node.graph = NULL;
    node.id = unique("graph");
    node.peer = wide(peer);
    node.database = unique("database");
    return node;
}

NODE node_create(const char *peer) {
    NODE node = node_named(peer);
    PEER_GRAPH_PROPERTIES properties = graph_properties(node.id, node.peer);
    properties.cPresenceMax = (ULONG)-1;
    if (FAILED(PeerGraphCreate(&properties, node.database, NULL, &node.graph)))
        node.graph = NULL;
    return node;
}

NODE node_open(const NODE *graph, const char *peer) {
    NODE node = node_named(peer);
    node.id = graph->id;
    node_again(&node);
    return node;
}

HRESULT node_again(NODE *node) {
    HRESULT result = PeerGraphOpen(node->id, node->peer, node->database, NULL, 0, NULL, &node->graph);
    if (FAILED(result))
        node->graph = NULL;
    return result;
}

HRESULT node_close(NODE *node) { return PeerGraphClose(node->graph); }

HRESULT node_listen(NODE *node) { return PeerGraphListen(node->graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0); }

DWORD node_status(const NODE *node) {
    DWORD status = 0;
    return FAILED(PeerGraphGetStatus(node->graph, &status)) ? 0 : status;
}

int node_wait(const NODE *node, DWORD bits) {
    QUEUE queue = queue_of(node, PEER_GRAPH_EVENT_STATUS_CHANGED);
    PPEER_GRAPH_EVENT_DATA event;
    while ((node_status(node) & bits) != bits) {
        event = queue_next(&queue);
        if (!event)
            break;
        PeerGraphFreeData(event);
    }
    queue_close(&queue);
    return (node_status(node) & bits) == bits;
}

u_short node_port(const NODE *node) {
    PPEER_NODE_INFO info = NULL;
    u_short port = 0;
    if (FAILED(PeerGraphGetNodeInfo(node->graph, 0, &info)))
        return 0;
    if (info->cAddresses)
        port = ntohs(info->pAddresses[0].sin6.sin6_port);
    PeerGraphFreeData(info);
    return port;
}

PEER_ADDRESS loopback(u_short port) {
    PEER_ADDRESS address;
    memset(&address, 0, sizeof address);
    address.dwSize = sizeof address;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons(port);
    address.sin6.sin6_addr.u.Byte[15] = 1;
    return address;
}

HRESULT node_connect(const NODE *node, const NODE *to, ULONGLONG *connection) {
    PEER_ADDRESS address = loopback(node_port(to));
    return PeerGraphConnect(node->graph, NULL, &address, connection);
}

NODE node_join(NODE *host, const char *peer) {
    NODE guest = node_open(host, peer);
    ULONGLONG connection;
    if (!(node_status(host) & PEER_GRAPH_STATUS_LISTENING))
        node_listen(host);
    node_connect(&guest, host, &connection);
    node_wait(&guest, PEER_GRAPH_STATUS_SYNCHRONIZED | PEER_GRAPH_STATUS_HAS_CONNECTIONS);
    node_wait(host, PEER_GRAPH_STATUS_HAS_CONNECTIONS);
    return guest;
}

ULONGLONG node_connection(const NODE *node, DWORD flags) {
    HPEERENUM enumeration;
    PEER_CONNECTION_INFO **items = NULL;
    ULONG count = 1;
    ULONGLONG found = 0;
    if (FAILED(PeerGraphEnumConnections(node->graph, flags, &enumeration)))
        return 0;
    if (PeerGraphGetNextItem(enumeration, &count, (PVOID **)&items) == S_OK && count)
        found = items[0]->ullConnectionId;
    if (items)
        PeerGraphFreeData(items);
    PeerGraphEndEnumeration(enumeration);
    return found;
}

QUEUE queue_open(const NODE *node, int count, const PEER_GRAPH_EVENT_TYPE *types) {
    QUEUE queue;
    PEER_GRAPH_EVENT_REGISTRATION wanted[10];
    int i;
    for (i = 0; i < count && i < 10; i++) {
        wanted[i].eventType = types[i];
        wanted[i].pType = NULL;
    }
    queue.events = NULL;
    queue.event = CreateEventA(NULL, FALSE, FALSE, NULL);
    PeerGraphRegisterEvent(node->graph, queue.event, (ULONG)count, wanted, &queue.events);
    return queue;
}

QUEUE queue_of(const NODE *node, PEER_GRAPH_EVENT_TYPE type) { return queue_open(node, 1, &type); }

PPEER_GRAPH_EVENT_DATA queue_take(const QUEUE *queue) {
    PPEER_GRAPH_EVENT_DATA event = NULL;
    return PeerGraphGetEventData(queue->events, &event) == S_OK ? event : NULL;
}

PPEER_GRAPH_EVENT_DATA queue_next(const QUEUE *queue) {
    PPEER_GRAPH_EVENT_DATA event = queue_take(queue);
    /* Where nothing could be registered nothing ever comes. */
    while (!event && queue->events && WaitForSingleObject(queue->event, PATIENCE) == WAIT_OBJECT_0)
        event = queue_take(queue);
    return event;
}

PPEER_GRAPH_EVENT_DATA queue_next_of(const QUEUE *queue, PEER_GRAPH_EVENT_TYPE type) {
    PPEER_GRAPH_EVENT_DATA event = queue_next(queue);
    while (event && event->eventType != type) {
        PeerGraphFreeData(event);
        event = queue_next(queue);
    }
    return event;
}

void queue_drain(const QUEUE *queue) {
    PPEER_GRAPH_EVENT_DATA event;
    while ((event = queue_take(queue)) != NULL)
        PeerGraphFreeData(event);
}

HRESULT queue_close(QUEUE *queue) {
    HRESULT result = PeerGraphUnregisterEvent(queue->events);
    CloseHandle(queue->event);
    return result;
}

PEER_RECORD record_of(const char *data, PCWSTR attributes) {
    PEER_RECORD record;
    memset(&record, 0, sizeof record);
    record.dwSize = sizeof record;
    record.type = NOTE_TYPE;
    record.ftExpiration = filetime_of(now() + 600 * SECOND);
    record.pwzAttributes = (PWSTR)attributes;
    if (data) {
        record.data.cbData = (ULONG)strlen(data);
        record.data.pbData = (PBYTE)data;
    }
    return record;
}

HRESULT record_add(const NODE *node, const char *data, PCWSTR attributes, GUID *id) {
    PEER_RECORD record = record_of(data, attributes);
    return PeerGraphAddRecord(node->graph, &record, id);
}

PPEER_RECORD record_get(const NODE *node, const GUID *id) {
    PPEER_RECORD record = NULL;
    return PeerGraphGetRecord(node->graph, id, &record) == S_OK ? record : NULL;
}

int record_has(const NODE *node, const GUID *id) {
    PPEER_RECORD record = record_get(node, id);
    if (record)
        PeerGraphFreeData(record);
    return record != NULL;
}

int record_wait(const NODE *node, const GUID *id) {
    QUEUE queue = queue_of(node, PEER_GRAPH_EVENT_RECORD_CHANGED);
    PPEER_GRAPH_EVENT_DATA event;
    int has;
    while (!(has = record_has(node, id)) && (event = queue_next(&queue)) != NULL)
        PeerGraphFreeData(event);
    queue_close(&queue);
    return has;
}

int data_is(const PEER_DATA *data, const char *text) {
    return data->cbData == strlen(text) && (data->cbData == 0 || memcmp(data->pbData, text, data->cbData) == 0);
}

ULONG enum_count(HPEERENUM enumeration) {
    ULONG count = (ULONG)-1;
    if (PeerGraphGetItemCount(enumeration, &count) != S_OK)
        count = (ULONG)-1;
    PeerGraphEndEnumeration(enumeration);
    return count;
}

HRESULT search_code(const NODE *node, PCWSTR criteria) {
    HPEERENUM enumeration = NULL;
    HRESULT result = PeerGraphSearchRecords(node->graph, criteria, &enumeration);
    if (SUCCEEDED(result))
        PeerGraphEndEnumeration(enumeration);
    return result;
}

ULONG search_count(const NODE *node, PCWSTR criteria) {
    HPEERENUM enumeration = NULL;
    if (FAILED(PeerGraphSearchRecords(node->graph, criteria, &enumeration)))
        return (ULONG)-1;
    return enum_count(enumeration);
}
