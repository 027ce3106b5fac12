/*
 * PeerxGraphAddRecords from C.
 *
 *   add COUNT    makes a graph, adds that many records in one call, says so, and waits to be killed
 *   count        opens the graph, compares every record with what was added, and says how many there are
 */
#include <windows.h>
#include <p2p.h>
#include <peerapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            exit(1);                                       \
        }                                                  \
    } while (0)

static void add(ULONG count) {
    PEER_GRAPH_PROPERTIES properties;
    HGRAPH graph;
    FILETIME soon;
    PEER_RECORD *records = calloc(count, sizeof *records);
    PPEER_RECORD *pointers = calloc(count, sizeof *pointers);
    ULONG *numbers = calloc(count, sizeof *numbers);
    GUID *ids = calloc(count, sizeof *ids);
    memset(&properties, 0, sizeof properties);
    properties.dwSize = sizeof properties;
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    properties.pwzGraphId = (PWSTR)L"many";
    properties.pwzCreatorId = (PWSTR)L"adder";
    CHECK(PeerGraphCreate(&properties, L"db", NULL, &graph) == S_OK);
    GetSystemTimeAsFileTime(&soon);
    soon.dwHighDateTime += 10; /* more than an hour */
    for (ULONG i = 0; i < count; i++) {
        numbers[i] = i;
        records[i].dwSize = sizeof *records;
        records[i].type = TYPE;
        records[i].ftExpiration = soon;
        records[i].data.cbData = sizeof *numbers;
        records[i].data.pbData = (PBYTE)&numbers[i];
        pointers[i] = &records[i];
    }
    CHECK(PeerxGraphAddRecords(graph, count, pointers, ids) == S_OK);
    printf("added %u\n", (unsigned)count);
    fflush(stdout);
    for (;;)
        pause();
}

static void count_all(void) {
    HGRAPH graph;
    HPEERENUM records;
    ULONG total = 0, piece;
    PEER_RECORD **items;
    CHECK(PeerGraphOpen(L"many", L"adder", L"db", NULL, 0, NULL, &graph) == S_OK);
    CHECK(PeerGraphEnumRecords(graph, &TYPE, NULL, &records) == S_OK);
    for (;;) {
        piece = 1000;
        CHECK(PeerGraphGetNextItem(records, &piece, (PVOID **)&items) == S_OK);
        if (piece == 0)
            break;
        for (ULONG i = 0; i < piece; i++, total++) {
            ULONG number;
            CHECK(items[i]->data.cbData == sizeof number);
            memcpy(&number, items[i]->data.pbData, sizeof number);
            CHECK(number == total);
        }
        PeerGraphFreeData(items);
    }
    CHECK(PeerGraphEndEnumeration(records) == S_OK);
    CHECK(PeerGraphClose(graph) == S_OK);
    CHECK(PeerGraphShutdown() == S_OK);
    printf("count %u\n", (unsigned)total);
}

int main(int argc, char **argv) {
    PEER_VERSION_DATA version;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
    if (argc == 3 && !strcmp(argv[1], "add"))
        add((ULONG)atoi(argv[2]));
    else
        count_all();
    return 0;
}
