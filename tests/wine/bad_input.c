/*
 * Calls functions of graphs with whatever it is told to, good or bad, and says what they answer.
 *
 *     FUNCTION VALUE...     a line of stdin; the HRESULT, in hexadecimal digits, is the answer
 *     state                 the graph's status, its records, whether its properties are as they were
 *
 * A VALUE is a number (0x...), a text in the hexadecimal digits of its UTF-16 units (text:0041), or the name of
 * something that this program has made: see `named`.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph_functions.h" /* FUNCTIONS(X), with X(name) for each, written by the test */

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            fflush(stdout);                                \
            ExitProcess(1);                                \
        }                                                  \
    } while (0)
#define MOST_VALUES 9

/* Each argument of these functions has one register or one place of the stack, whatever its type. */
typedef HRESULT(WINAPI *any_function)(ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR,
                                      ULONG_PTR, ULONG_PTR);
static const struct {
    const char *name;
    void *function;
} ALL[] = {
#define X(name) {#name, (void *)name},
    FUNCTIONS(X)
#undef X
};

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
static HGRAPH graph;
static HANDLE event;
static HPEEREVENT queue;
static GUID id;

static HGRAPH created(const WCHAR *name) {
    PEER_GRAPH_PROPERTIES properties = {sizeof properties};
    HGRAPH made;
    properties.pwzGraphId = (PWSTR)name;
    properties.pwzCreatorId = L"alice";
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    CHECK(PeerGraphCreate(&properties, L"db", NULL, &made) == S_OK);
    return made;
}

static HPEERENUM enumeration(HGRAPH of) {
    HPEERENUM made;
    CHECK(PeerGraphEnumRecords(of, &TYPE, NULL, &made) == S_OK);
    return made;
}

static HPEEREVENT registered(HGRAPH with) {
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_RECORD_CHANGED, NULL};
    HPEEREVENT made;
    CHECK(PeerGraphRegisterEvent(with, event, 1, &wanted, &made) == S_OK);
    return made;
}

static PEER_RECORD *record(void) {
    static BYTE data[] = "record";
    PEER_RECORD *made = calloc(1, sizeof *made);
    made->dwSize = sizeof *made;
    made->type = TYPE;
    made->id = id;
    GetSystemTimeAsFileTime(&made->ftExpiration);
    made->ftExpiration.dwHighDateTime += 10;
    made->data.cbData = sizeof data;
    made->data.pbData = data;
    return made;
}

static PEER_GRAPH_PROPERTIES *properties(void) {
    static unsigned number;
    PEER_GRAPH_PROPERTIES *made = calloc(1, sizeof *made);
    WCHAR *name = calloc(20, sizeof *name);
    unsigned digits = ++number;
    memcpy(name, L"graph", 5 * sizeof *name);
    for (int at = 12; at >= 5; at--, digits /= 10)
        name[at] = (WCHAR)(L'0' + digits % 10);
    made->dwSize = sizeof *made;
    made->pwzGraphId = name;
    made->pwzCreatorId = L"creator";
    return made;
}

static PEER_GRAPH_EVENT_REGISTRATION *registrations(const char *types) {
    PEER_GRAPH_EVENT_REGISTRATION *made = calloc(4, sizeof *made);
    for (int at = 0; at < 4 && *types; at++, types += *types == ',')
        made[at].eventType = (PEER_GRAPH_EVENT_TYPE)strtoul(types, (char **)&types, 0);
    return made;
}

static ULONG_PTR closed(const char *kind) {
    HGRAPH of = created(L"closed");
    HPEERENUM items = enumeration(of);
    HPEEREVENT events = registered(of);
    HANDLE handle = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(PeerGraphEndEnumeration(items) == S_OK);
    CHECK(PeerGraphUnregisterEvent(events) == S_OK);
    CHECK(PeerGraphClose(of) == S_OK);
    CHECK(PeerGraphDelete(L"closed", L"alice", L"db") == S_OK);
    CloseHandle(handle);
    return !strcmp(kind, "HGRAPH")       ? (ULONG_PTR)of
           : !strcmp(kind, "HPEERENUM")  ? (ULONG_PTR)items
           : !strcmp(kind, "HPEEREVENT") ? (ULONG_PTR)events
                                         : (ULONG_PTR)handle;
}

static PEER_ADDRESS *address(void) {
    PEER_ADDRESS *made = calloc(1, sizeof *made);
    made->dwSize = sizeof *made;
    made->sin6.sin6_family = AF_INET6;
    made->sin6.sin6_port = htons(9);
    made->sin6.sin6_addr.s6_addr[15] = 1;
    return made;
}

static WCHAR *text(const char *digits) {
    size_t length = strlen(digits) / 4;
    WCHAR *made = calloc(length + 1, sizeof *made);
    for (size_t at = 0; at < length; at++) {
        char unit[5] = {digits[4 * at], digits[4 * at + 1], digits[4 * at + 2], digits[4 * at + 3], 0};
        made[at] = (WCHAR)strtoul(unit, NULL, 16);
    }
    return made;
}

/* What is made here is not freed: there is little of it. */
static ULONG_PTR named(const char *word) {
    ULONG_PTR *room = calloc(64, sizeof *room);
    if (!strncmp(word, "0x", 2))
        return (ULONG_PTR)strtoull(word, NULL, 16);
    if (!strncmp(word, "text:", 5))
        return (ULONG_PTR)text(word + 5);
    if (!strncmp(word, "long:", 5)) {
        size_t length = strtoul(word + 5, NULL, 10);
        WCHAR *made = calloc(length + 1, sizeof *made);
        for (size_t at = 0; at < length; at++)
            made[at] = L'n';
        return (ULONG_PTR)made;
    }
    if (!strncmp(word, "closed:", 7))
        return closed(word + 7);
    if (!strncmp(word, "events:", 7))
        return (ULONG_PTR)registrations(word + 7);
    if (!strcmp(word, "graph"))
        return (ULONG_PTR)graph;
    if (!strcmp(word, "enumeration"))
        return (ULONG_PTR)enumeration(graph);
    if (!strcmp(word, "queue"))
        return (ULONG_PTR)queue;
    if (!strcmp(word, "event"))
        return (ULONG_PTR)event;
    if (!strcmp(word, "record"))
        return (ULONG_PTR)record();
    if (!strcmp(word, "properties"))
        return (ULONG_PTR)properties();
    if (!strcmp(word, "address"))
        return (ULONG_PTR)address();
    if (!strcmp(word, "id"))
        return (ULONG_PTR)&id;
    if (!strcmp(word, "type"))
        return (ULONG_PTR)&TYPE;
    if (!strcmp(word, "now")) {
        GetSystemTimeAsFileTime((FILETIME *)room);
        return (ULONG_PTR)room;
    }
    CHECK(!strcmp(word, "room"));
    room[0] = 10; /* an output, and a count */
    return (ULONG_PTR)room;
}

static void state(void) {
    PEER_GRAPH_PROPERTIES *now;
    HPEERENUM items = enumeration(graph);
    ULONG count;
    DWORD status;
    CHECK(PeerGraphGetStatus(graph, &status) == S_OK);
    CHECK(PeerGraphGetItemCount(items, &count) == S_OK);
    CHECK(PeerGraphEndEnumeration(items) == S_OK);
    CHECK(PeerGraphGetProperties(graph, &now) == S_OK);
    printf("%lu %lu %lu %d\n", (unsigned long)status, (unsigned long)count, (unsigned long)now->dwMaxRecordSize,
           now->pwzFriendlyName == NULL);
    PeerGraphFreeData(now);
}

int main(void) {
    static char line[20000];
    PEER_VERSION_DATA version;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
    graph = created(L"bad input");
    event = CreateEventW(NULL, FALSE, FALSE, NULL);
    queue = registered(graph);
    CHECK(PeerGraphAddRecord(graph, record(), &id) == S_OK);
    while (fgets(line, sizeof line, stdin)) {
        ULONG_PTR values[MOST_VALUES] = {0};
        const char *name = strtok(line, " \r\n");
        void *function = NULL;
        int count = 0;
        for (char *word; (word = strtok(NULL, " \r\n")); count++) {
            CHECK(count < MOST_VALUES);
            values[count] = named(word);
        }
        for (size_t at = 0; at < sizeof ALL / sizeof *ALL; at++)
            if (!strcmp(ALL[at].name, name))
                function = ALL[at].function;
        if (!strcmp(name, "state"))
            state();
        else {
            CHECK(function);
            printf("%08lx\n",
                   (unsigned long)((any_function)function)(values[0], values[1], values[2], values[3], values[4],
                                                           values[5], values[6], values[7], values[8]));
        }
        fflush(stdout);
    }
    CHECK(PeerGraphClose(graph) == S_OK);
    CHECK(PeerGraphShutdown() == S_OK);
    return 0;
}
