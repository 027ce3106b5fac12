/* node: one peer of a measurement. It obeys commands from stdin and answers each with one line of JSON on stdout.
 *
 *     create <graphId> <peerId> <port>        create a graph and listen on ::1
 *     join <graphId> <peerId> <port>          open, connect to that port of ::1, wait until synchronized
 *     open <graphId> <peerId>                 open what is on disk
 *     connect <port>                          connect to that port, wait until there is a neighbor
 *     listen <port>
 *     add <count> <size> <interval us>        one record after the other from this one thread; interval 0: without a pause
 *     addmany <count> <size> <batch>          the same with PeerxGraphAddRecords, so many records in each call
 *     get <count>                             GetRecord of records that were added here, in turn
 *     trivial <count>                         PeerGraphGetItemCount
 *     watch                                   from now on, queue an event for each record
 *     seen <count> <seconds>                  wait until so many records were announced
 *     latency <count> <seconds>               the same, but get each record and compare the stamp in it with the clock
 *     count                                   how many records of ours the database has
 *     neighbors
 *     quit
 *
 * A record's data begin with the moment before it was added (bench.h tells why that may be compared in another process).
 */
#include "bench.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <peerapi.h>

static const GUID BENCH_TYPE = {0x5fd11c7e, 0x0c83, 0x4b0a, {0x91, 0x7e, 0x2f, 0x6a, 0xd0, 0x55, 0x3b, 0x6c}};

#define KEPT 4096                         // identifiers kept for "get"

static HGRAPH     graph;
static HANDLE     recordsReady;
static HPEEREVENT records;
static GUID       kept[KEPT];
static size_t     added;

static void check(HRESULT hr, const char *what)
{
    if (SUCCEEDED(hr)) return;
    fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)hr);
    exit(1);
}

static PWSTR wide(const char *text, WCHAR buffer[128])
{
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, 128) == 0) check(E_INVALIDARG, text);
    return buffer;
}

static void create(const char *graphId, const char *peerId)
{
    WCHAR wideGraph[128], widePeer[128];
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK,
                                        .pwzGraphId = wide(graphId, wideGraph), .pwzCreatorId = wide(peerId, widePeer)};
    check(PeerGraphCreate(&properties, L"bench.db", NULL, &graph), "PeerGraphCreate");
}

static void listen_on(const char *port)
{
    check(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, (WORD)atoi(port)), "PeerGraphListen");
    printf("{}\n");
}

static void open_graph(const char *graphId, const char *peerId)
{
    WCHAR wideGraph[128], widePeer[128];
    check(PeerGraphOpen(wide(graphId, wideGraph), wide(peerId, widePeer), L"bench.db", NULL, 0, NULL, &graph), "PeerGraphOpen");
}

// Waits until the status has all of `wanted`; says how long that took.
static void connect_to(const char *port, DWORD wanted)
{
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events;
    PEER_GRAPH_EVENT_REGISTRATION kinds[] = {{PEER_GRAPH_EVENT_STATUS_CHANGED, NULL}, {PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, NULL}};
    check(PeerGraphRegisterEvent(graph, ready, 2, kinds, &events), "PeerGraphRegisterEvent");

    PEER_ADDRESS address = {.dwSize = sizeof address};
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((WORD)atoi(port));
    address.sin6.sin6_addr.s6_addr[15] = 1;
    ULONGLONG connection;
    int64_t begun = now_ns();
    check(PeerGraphConnect(graph, NULL, &address, &connection), "PeerGraphConnect");
    for (DWORD status = 0;;) {
        check(PeerGraphGetStatus(graph, &status), "PeerGraphGetStatus");
        if ((status & wanted) == wanted) break;
        WaitForSingleObject(ready, INFINITE);                    // whoever drives us has a time limit, and kills
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

static PEER_RECORD bench_record(char *data, size_t size)
{
    PEER_RECORD record = {.dwSize = sizeof record, .type = BENCH_TYPE};
    ULARGE_INTEGER expires;                                      // in a day
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    expires.LowPart = now.dwLowDateTime;
    expires.HighPart = now.dwHighDateTime;
    expires.QuadPart += 24ull * 3600 * 10000000;
    record.ftExpiration.dwLowDateTime = expires.LowPart;
    record.ftExpiration.dwHighDateTime = expires.HighPart;
    record.data.cbData = (ULONG)size;
    record.data.pbData = (PBYTE)data;
    return record;
}

static void add(size_t count, size_t size, int64_t interval)
{
    char *data = allocate(size, 1);
    int64_t *times = allocate(count, sizeof *times);
    memset(data, 'x', size);

    PEER_RECORD record = bench_record(data, size);
    int64_t begun = now_ns();
    for (size_t i = 0; i < count; i++) {
        if (interval) sleep_until(begun + (int64_t)i * interval);
        int64_t before = now_ns();
        memcpy(data, &before, sizeof before);
        check(PeerGraphAddRecord(graph, &record, &kept[added++ % KEPT]), "PeerGraphAddRecord");
        times[i] = now_ns() - before;
    }
    int64_t ended = now_ns();
    sort_ns(times, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f, \"begun_ns\": %lld, \"seconds\": %.6f}\n", percentile_us(times, count, 50),
           percentile_us(times, count, 99), (long long)begun, (double)(ended - begun) / 1e9);
    free(times);
    free(data);
}

// `batch` records in each call and transaction. Times are those of calls.
static void add_many(size_t count, size_t size, size_t batch)
{
    PEER_RECORD *batched = allocate(batch, sizeof *batched);
    PEER_RECORD **pointers = allocate(batch, sizeof *pointers);
    GUID *ids = allocate(batch, sizeof *ids);
    char *data = allocate(batch, size);
    memset(data, 'x', batch * size);
    for (size_t i = 0; i < batch; i++) {
        batched[i] = bench_record(data + i * size, size);
        pointers[i] = &batched[i];
    }
    int64_t begun = now_ns();
    for (size_t done = 0; done < count;) {
        size_t some = count - done < batch ? count - done : batch;
        int64_t before = now_ns();
        for (size_t i = 0; i < some; i++) memcpy(data + i * size, &before, sizeof before);
        check(PeerxGraphAddRecords(graph, (ULONG)some, pointers, ids), "PeerxGraphAddRecords");
        for (size_t i = 0; i < some; i++) kept[added++ % KEPT] = ids[i];
        done += some;
    }
    printf("{\"begun_ns\": %lld, \"seconds\": %.6f}\n", (long long)begun, (double)(now_ns() - begun) / 1e9);
    free(batched);
    free(pointers);
    free(ids);
    free(data);
}

static void get(size_t count)
{
    size_t known = added < KEPT ? added : KEPT;
    int64_t *times = allocate(count, sizeof *times);
    if (known == 0) check(E_FAIL, "get: nothing was added");
    for (size_t i = 0; i < count; i++) {
        PEER_RECORD *record;
        int64_t before = now_ns();
        check(PeerGraphGetRecord(graph, &kept[i % known], &record), "PeerGraphGetRecord");
        PeerGraphFreeData(record);
        times[i] = now_ns() - before;
    }
    sort_ns(times, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f}\n", percentile_us(times, count, 50), percentile_us(times, count, 99));
    free(times);
}

static HPEERENUM enumerate(ULONG *count)
{
    HPEERENUM all;
    check(PeerGraphEnumRecords(graph, &BENCH_TYPE, NULL, &all), "PeerGraphEnumRecords");
    check(PeerGraphGetItemCount(all, count), "PeerGraphGetItemCount");
    return all;
}

static void trivial(size_t count)
{
    ULONG items;
    HPEERENUM all = enumerate(&items);
    int64_t begun = now_ns();
    for (size_t i = 0; i < count; i++) check(PeerGraphGetItemCount(all, &items), "PeerGraphGetItemCount");
    printf("{\"mean_us\": %.4f}\n", (double)(now_ns() - begun) / 1e3 / (double)count);
    check(PeerGraphEndEnumeration(all), "PeerGraphEndEnumeration");
}

static void watch(void)
{
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&BENCH_TYPE};
    recordsReady = CreateEventW(NULL, FALSE, FALSE, NULL);
    check(PeerGraphRegisterEvent(graph, recordsReady, 1, &wanted, &records), "PeerGraphRegisterEvent");
    printf("{}\n");
}

// Takes events until `count` records were announced or `seconds` have passed. With `times`, each record is fetched and dated.
static size_t take(size_t count, double seconds, int64_t *times)
{
    size_t seen = 0;
    for (int64_t deadline = now_ns() + (int64_t)(seconds * 1e9); seen < count;) {
        PEER_GRAPH_EVENT_DATA *event;
        HRESULT hr = PeerGraphGetEventData(records, &event);
        check(hr, "PeerGraphGetEventData");
        if (hr == PEER_S_NO_EVENT_DATA) {
            int64_t left = (deadline - now_ns()) / 1000000;
            if (left <= 0) break;
            WaitForSingleObject(recordsReady, (DWORD)left);
            continue;
        }
        if (event->recordChangeData.changeType == PEER_RECORD_ADDED) {
            if (times) {
                PEER_RECORD *record;
                int64_t sent;
                check(PeerGraphGetRecord(graph, &event->recordChangeData.recordId, &record), "PeerGraphGetRecord");
                memcpy(&sent, record->data.pbData, sizeof sent);
                times[seen] = now_ns() - sent;
                PeerGraphFreeData(record);
            }
            seen++;
        }
        PeerGraphFreeData(event);
    }
    return seen;
}

static void seen(size_t count, double seconds)
{
    size_t got = take(count, seconds, NULL);
    printf("{\"count\": %zu, \"ended_ns\": %lld}\n", got, (long long)now_ns());
}

static void latency(size_t count, double seconds)
{
    int64_t *times = allocate(count, sizeof *times);
    size_t got = take(count, seconds, times);
    sort_ns(times, got);
    printf("{\"count\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", got, percentile_us(times, got, 50), percentile_us(times, got, 99));
    free(times);
}

static void count_records(void)
{
    ULONG count;
    check(PeerGraphEndEnumeration(enumerate(&count)), "PeerGraphEndEnumeration");
    printf("{\"count\": %u}\n", count);
}

static void count_neighbors(void)
{
    ULONG count;
    HPEERENUM all;
    check(PeerGraphEnumConnections(graph, PEER_CONNECTION_NEIGHBOR, &all), "PeerGraphEnumConnections");
    check(PeerGraphGetItemCount(all, &count), "PeerGraphGetItemCount");
    check(PeerGraphEndEnumeration(all), "PeerGraphEndEnumeration");
    printf("{\"count\": %u}\n", count);
}

int main(void)
{
    char line[256], verb[16], a[64], b[64], c[64];
    PEER_VERSION_DATA version;
    check(PeerGraphStartup(PEER_GRAPH_VERSION, &version), "PeerGraphStartup");
    while (fgets(line, sizeof line, stdin)) {
        *verb = *a = *b = *c = 0;
        sscanf(line, "%15s %63s %63s %63s", verb, a, b, c);
        if (strcmp(verb, "quit") == 0)             break;
        else if (strcmp(verb, "create") == 0)      create(a, b), listen_on(c);
        else if (strcmp(verb, "join") == 0)        open_graph(a, b), connect_to(c, PEER_GRAPH_STATUS_SYNCHRONIZED);
        else if (strcmp(verb, "open") == 0)        open_graph(a, b), printf("{}\n");
        else if (strcmp(verb, "connect") == 0)     connect_to(a, PEER_GRAPH_STATUS_HAS_CONNECTIONS);
        else if (strcmp(verb, "listen") == 0)      listen_on(a);
        else if (strcmp(verb, "add") == 0)         add(strtoul(a, NULL, 10), strtoul(b, NULL, 10), atoll(c) * 1000);
        else if (strcmp(verb, "addmany") == 0)     add_many(strtoul(a, NULL, 10), strtoul(b, NULL, 10), strtoul(c, NULL, 10));
        else if (strcmp(verb, "get") == 0)         get(strtoul(a, NULL, 10));
        else if (strcmp(verb, "trivial") == 0)     trivial(strtoul(a, NULL, 10));
        else if (strcmp(verb, "watch") == 0)       watch();
        else if (strcmp(verb, "seen") == 0)        seen(strtoul(a, NULL, 10), atof(b));
        else if (strcmp(verb, "latency") == 0)     latency(strtoul(a, NULL, 10), atof(b));
        else if (strcmp(verb, "count") == 0)       count_records();
        else if (strcmp(verb, "neighbors") == 0)   count_neighbors();
        else                                       check(E_NOTIMPL, verb);
        fflush(stdout);
    }
    if (records) check(PeerGraphUnregisterEvent(records), "PeerGraphUnregisterEvent");
    if (graph) check(PeerGraphClose(graph), "PeerGraphClose");
    check(PeerGraphShutdown(), "PeerGraphShutdown");
    return 0;
}
