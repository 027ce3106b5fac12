/* call_cost: what a call costs, as a program of this system and as one of Windows; compiled for both.
 *
 *     call_cost ROUNDS        one line of JSON: microseconds a call, the best of so many rounds each */
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 500

static double now(void) {
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return (double)count.QuadPart * 1e6 / (double)frequency.QuadPart;
}

static void check(HRESULT result, int line) {
    if (SUCCEEDED(result))
        return;
    fprintf(stderr, "call_cost.c:%d: 0x%08X\n", line, (unsigned)result);
    exit(1);
}

#define CHECK(call) check(call, __LINE__)
#define BEST(best, rounds, calls, body)                 \
    for (int round = 0; round < rounds; round++) {      \
        double begun = now();                           \
        for (int at = 0; at < calls; at++) {            \
            body;                                       \
        }                                               \
        double took = (now() - begun) / calls;          \
        best = round == 0 || took < best ? took : best; \
    }

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 100;
    double counted = 0, taken = 0, added = 0;
    PEER_VERSION_DATA version;
    PEER_GRAPH_PROPERTIES properties;
    PEER_RECORD record, *found;
    HGRAPH graph;
    HPEERENUM records;
    ULONG count;
    GUID id;
    BYTE data[200] = {1};

    memset(&properties, 0, sizeof properties);
    properties.dwSize = sizeof properties;
    properties.pwzGraphId = L"cost";
    properties.pwzCreatorId = L"anna";
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version));
    CHECK(PeerGraphCreate(&properties, L"cost", NULL, &graph));
    memset(&record, 0, sizeof record);
    record.dwSize = sizeof record;
    record.type.Data1 = 7;
    record.data.cbData = sizeof data;
    record.data.pbData = data;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10;
    CHECK(PeerGraphAddRecord(graph, &record, &id));
    CHECK(PeerGraphEnumRecords(graph, NULL, NULL, &records));
    BEST(counted, rounds, CALLS, CHECK(PeerGraphGetItemCount(records, &count)))
    BEST(taken, rounds, CALLS, CHECK(PeerGraphGetRecord(graph, &id, &found)); PeerGraphFreeData(found))
    BEST(added, rounds, 10, CHECK(PeerGraphAddRecord(graph, &record, &id)))
    printf("{\"count\": %.4f, \"get\": %.4f, \"add\": %.4f}\n", counted, taken, added);
    CHECK(PeerGraphClose(graph));
    CHECK(PeerGraphShutdown());
    return 0;
}
