/*
 * A security provider of a C program's own: each record carries a sum over its data, which the other side compares.
 *
 * Two graphs of two peers in one process. What is asked of the callbacks: their context, the graph's handle, that they
 * may call the API, that what secure allocates comes back to free once, that a wrong sum is refused and a deferred
 * record comes in later. Prints "ok", or the line of the first thing that is not so.
 */
#include <windows.h>
#include <p2p.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
static const GUID LOG = {0x66666666, 0x7777, 0x8888, {0x99, 0x99, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa}};

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            exit(1);                                       \
        }                                                  \
    } while (0)

struct peer {
    HGRAPH graph;
    HANDLE changed, given_back;
    HPEEREVENT queue;
    atomic_int secured, freed, validated, deferring, lying, closing;
};

static struct peer alice, bob;

static uint32_t sum(const PEER_DATA *data) {
    uint32_t value = 5381;
    for (ULONG i = 0; i < data->cbData; i++)
        value = value * 33 + data->pbData[i];
    return value;
}

/* Whether a call has succeeded. The node's own records are secured, and others' validated, on a thread of the graph. It
 * may be inside a callback while the graph is closed: its calls are then refused, by one code when they had found the
 * graph before that, by another when they come later, by a third after the last shutdown. */
static int succeeded(const struct peer *self, HRESULT result) {
    if (result == S_OK)
        return 1;
    CHECK(self->closing);
    CHECK(result == PEER_E_GRAPH_SHUTTING_DOWN || result == PEER_E_INVALID_GRAPH || result == PEER_E_NOT_INITIALIZED);
    return 0;
}

static ULONG count(struct peer *self, const GUID *type) {
    HPEERENUM records;
    ULONG items = 0;
    if (!succeeded(self, PeerGraphEnumRecords(self->graph, type, NULL, &records)))
        return 0;
    if (succeeded(self, PeerGraphGetItemCount(records, &items)))
        succeeded(self, PeerGraphEndEnumeration(records));
    return items;
}

static HRESULT add(struct peer *self, const GUID *type, const char *text, GUID *id) {
    PEER_RECORD record;
    memset(&record, 0, sizeof record);
    record.dwSize = sizeof record;
    record.type = *type;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10; /* more than an hour */
    record.data.pbData = (PBYTE)text;
    record.data.cbData = (ULONG)strlen(text);
    return PeerGraphAddRecord(self->graph, &record, id);
}

static HRESULT CALLBACK validate(HGRAPH graph, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
    struct peer *self = context;
    uint32_t value;
    CHECK(self == &alice || self == &bob);
    CHECK(graph == self->graph);
    CHECK(record->dwSize == sizeof *record);
    CHECK(change == PEER_RECORD_ADDED || change == PEER_RECORD_UPDATED || change == PEER_RECORD_DELETED);
    self->validated++;
    if (memcmp(&record->type, &TYPE, sizeof TYPE))
        return S_OK;
    if (self->deferring)
        return PEER_E_DEFERRED_VALIDATION;
    if (record->securityData.cbData != sizeof value)
        return PEER_E_INVALID_RECORD;
    memcpy(&value, record->securityData.pbData, sizeof value);
    if (value != sum(&record->data))
        return PEER_E_INVALID_RECORD;
    GUID id;
    count(self, &TYPE);
    succeeded(self, add(self, &LOG, "seen", &id));
    return S_OK;
}

static HRESULT CALLBACK secure(HGRAPH graph, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change,
                               PPEER_DATA *result) {
    struct peer *self = context;
    uint32_t value = sum(&record->data) + (uint32_t)self->lying;
    PEER_DATA *data = malloc(sizeof *data);
    CHECK(graph == self->graph || graph == NULL); /* NULL: inside of PeerGraphCreate */
    CHECK(change == PEER_RECORD_ADDED || change == PEER_RECORD_UPDATED || change == PEER_RECORD_DELETED);
    if (graph != NULL)
        count(self, &TYPE);
    data->cbData = sizeof value;
    data->pbData = malloc(sizeof value);
    memcpy(data->pbData, &value, sizeof value);
    self->secured++;
    *result = data;
    return S_OK;
}

static HRESULT CALLBACK give_back(HGRAPH graph, PVOID context, PPEER_DATA data) {
    struct peer *self = context;
    (void)graph;
    free(data->pbData);
    free(data);
    self->freed++;
    SetEvent(self->given_back);
    return S_OK;
}

static PEER_SECURITY_INTERFACE interface_of(struct peer *self) {
    PEER_SECURITY_INTERFACE made;
    memset(&made, 0, sizeof made);
    made.dwSize = sizeof made;
    made.pvContext = self;
    made.pfnValidateRecord = validate;
    made.pfnSecureRecord = secure;
    made.pfnFreeSecurityData = give_back;
    return made;
}

static void watch(struct peer *self) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[2];
    memset(wanted, 0, sizeof wanted);
    wanted[0].eventType = PEER_GRAPH_EVENT_STATUS_CHANGED;
    wanted[1].eventType = PEER_GRAPH_EVENT_RECORD_CHANGED;
    self->changed = CreateEvent(NULL, FALSE, FALSE, NULL);
    CHECK(PeerGraphRegisterEvent(self->graph, self->changed, 2, wanted, &self->queue) == S_OK);
}

static void wait_for_record(struct peer *self, const GUID *id) {
    PEER_RECORD *record;
    while (PeerGraphGetRecord(self->graph, id, &record) != S_OK)
        CHECK(WaitForSingleObject(self->changed, 120000) == WAIT_OBJECT_0);
    PeerGraphFreeData(record);
}

static int has(struct peer *self, const GUID *id) {
    PEER_RECORD *record;
    if (PeerGraphGetRecord(self->graph, id, &record) != S_OK)
        return 0;
    PeerGraphFreeData(record);
    return 1;
}

static void close_graph(struct peer *self) {
    self->closing = 1;
    CHECK(PeerGraphClose(self->graph) == S_OK);
    while (self->secured != self->freed) /* a thread of the graph may still be at it */
        CHECK(WaitForSingleObject(self->given_back, 120000) == WAIT_OBJECT_0);
}

/* Listens on the first port that is free. */
static unsigned listen_somewhere(HGRAPH graph) {
    unsigned port = 20000 + GetCurrentProcessId() % 9000;
    while (PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, (WORD)port) != S_OK)
        CHECK(++port < 30000);
    return port;
}

int main(void) {
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties;
    PEER_SECURITY_INTERFACE hers = interface_of(&alice), his = interface_of(&bob);
    PEER_ADDRESS address;
    ULONGLONG connection;
    DWORD status = 0;
    GUID id, lie, late;

    alice.given_back = CreateEvent(NULL, FALSE, FALSE, NULL);
    bob.given_back = CreateEvent(NULL, FALSE, FALSE, NULL);
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
    memset(&properties, 0, sizeof properties);
    properties.dwSize = sizeof properties;
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    properties.pwzGraphId = (PWSTR)L"secured";
    properties.pwzCreatorId = (PWSTR)L"alice";
    CHECK(PeerGraphCreate(&properties, L"db", &hers, &alice.graph) == S_OK);
    CHECK(alice.secured == 1);
    CHECK(PeerGraphOpen(L"secured", L"bob", L"db", &his, 0, NULL, &bob.graph) == PEER_S_GRAPH_DATA_CREATED);
    memset(&hers, 0xAA, sizeof hers); /* it is the library's copy that counts */
    memset(&his, 0xAA, sizeof his);
    watch(&alice);
    watch(&bob);

    memset(&address, 0, sizeof address);
    address.dwSize = sizeof address;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((uint16_t)listen_somewhere(alice.graph));
    address.sin6.sin6_addr.s6_addr[15] = 1;
    CHECK(PeerGraphConnect(bob.graph, NULL, &address, &connection) == S_OK);
    while (!(status & PEER_GRAPH_STATUS_SYNCHRONIZED)) {
        CHECK(PeerGraphGetStatus(bob.graph, &status) == S_OK);
        if (!(status & PEER_GRAPH_STATUS_SYNCHRONIZED))
            CHECK(WaitForSingleObject(bob.changed, 120000) == WAIT_OBJECT_0);
    }

    CHECK(add(&alice, &TYPE, "true", &id) == S_OK);
    wait_for_record(&bob, &id);
    CHECK(count(&bob, &LOG) == 1);

    alice.lying = 1;
    CHECK(add(&alice, &TYPE, "a lie", &lie) == S_OK);
    alice.lying = 0;
    CHECK(add(&alice, &TYPE, "true again", &id) == S_OK);
    wait_for_record(&bob, &id);
    CHECK(!has(&bob, &lie));

    bob.deferring = 1;
    CHECK(add(&alice, &TYPE, "late", &late) == S_OK);
    CHECK(add(&alice, &LOG, "a mark", &id) == S_OK);
    wait_for_record(&bob, &id);
    CHECK(!has(&bob, &late));
    bob.deferring = 0;
    CHECK(PeerGraphValidateDeferredRecords(bob.graph, 1, &late) == S_OK);
    wait_for_record(&bob, &late);

    CHECK(PeerGraphUnregisterEvent(alice.queue) == S_OK);
    CHECK(PeerGraphUnregisterEvent(bob.queue) == S_OK);
    close_graph(&bob);
    close_graph(&alice);
    CHECK(PeerGraphShutdown() == S_OK);
    CHECK(CloseHandle(alice.changed) && CloseHandle(bob.changed));
    CHECK(alice.secured > 3 && bob.secured > 2);
    CHECK(bob.validated > 3);
    puts("ok");
    return 0;
}
