/* node.h: what node.c (a graph) and group_node.c (a group) have in common: the measured calls. Both families of
 * functions are the same in this but for their names. A record's data begin with the moment before it was added
 * (bench.h tells why that may be compared in another process).
 *
 *     add <count> <size> <interval us>        one record after the other from this one thread; interval 0: no pause
 *     addmany <count> <size> <batch>          add with PeerxGraphAddRecords or PeerxGroupAddRecords, so many in a call
 *     get <count>                             GetRecord of records that were added here, in turn
 *     trivial <count>                         GetItemCount
 *     watch                                   from now on, queue an event for each record
 *     seen <count> <seconds>                  wait until so many records were announced
 *     latency <count> <seconds>               the same, but get each record and compare the stamp in it with the clock
 *     count                                   how many records of ours the database has
 *     neighbors
 *     quit
 */
#include "bench.h"

#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <peerapi.h>

static const GUID BENCH_TYPE = {0x5fd11c7e, 0x0c83, 0x4b0a, {0x91, 0x7e, 0x2f, 0x6a, 0xd0, 0x55, 0x3b, 0x6c}};

#define KEPT 4096 // identifiers kept for "get"

#ifdef OF_GROUP
#define PEER(name)  PeerGroup##name
#define PEERX(name) PeerxGroup##name
#define EVENT(name) PEER_GROUP_EVENT_##name
#define ANY(name)   Peer##name
typedef HGROUP SPACE;
typedef PEER_GROUP_EVENT_REGISTRATION REGISTRATION;
typedef PEER_GROUP_EVENT_DATA EVENT_DATA;
#define ENUM_RECORDS(all) PeerGroupEnumRecords(space, &BENCH_TYPE, all)
#else
#define PEER(name)        PeerGraph##name
#define PEERX(name)       PeerxGraph##name
#define EVENT(name)       PEER_GRAPH_EVENT_##name
#define ANY(name)         PeerGraph##name
typedef HGRAPH SPACE;
typedef PEER_GRAPH_EVENT_REGISTRATION REGISTRATION;
typedef PEER_GRAPH_EVENT_DATA EVENT_DATA;
#define ENUM_RECORDS(all) PeerGraphEnumRecords(space, &BENCH_TYPE, NULL, all)
#endif

static SPACE space; // the graph, or the group
static HANDLE recordsReady;
static HPEEREVENT records;
static GUID kept[KEPT];
static size_t added;

static void check(HRESULT hr, const char *what) {
    if (SUCCEEDED(hr))
        return;
    fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)hr);
    exit(1);
}

static PWSTR wide_in(const char *text, WCHAR *buffer, int room) {
    if (MultiByteToWideChar(CP_UTF8, 0, text, -1, buffer, room) == 0)
        check(E_INVALIDARG, text);
    return buffer;
}

static PWSTR wide(const char *text, WCHAR buffer[128]) { return wide_in(text, buffer, 128); }

static PEER_RECORD bench_record(char *data, size_t size) {
    PEER_RECORD record = {.dwSize = sizeof record, .type = BENCH_TYPE};
    ULARGE_INTEGER expires; // in a day
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

static void add(size_t count, size_t size, int64_t interval) {
    char *data = allocate(size, 1);
    int64_t *times = allocate(count, sizeof *times);
    memset(data, 'x', size);

    PEER_RECORD record = bench_record(data, size);
    int64_t begun = now_ns();
    for (size_t i = 0; i < count; i++) {
        if (interval)
            sleep_until(begun + (int64_t)i * interval);
        int64_t before = now_ns();
        memcpy(data, &before, sizeof before);
        check(PEER(AddRecord)(space, &record, &kept[added++ % KEPT]), "AddRecord");
        times[i] = now_ns() - before;
    }
    int64_t ended = now_ns();
    sort_ns(times, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f, \"begun_ns\": %lld, \"seconds\": %.6f}\n",
           percentile_us(times, count, 50), percentile_us(times, count, 99), (long long)begun,
           (double)(ended - begun) / 1e9);
    free(times);
    free(data);
}

static void get(size_t count) {
    size_t known = added < KEPT ? added : KEPT;
    int64_t *times = allocate(count, sizeof *times);
    if (known == 0)
        check(E_FAIL, "get: nothing was added");
    for (size_t i = 0; i < count; i++) {
        PEER_RECORD *record;
        int64_t before = now_ns();
        check(PEER(GetRecord)(space, &kept[i % known], &record), "GetRecord");
        ANY(FreeData)(record);
        times[i] = now_ns() - before;
    }
    sort_ns(times, count);
    printf("{\"p50_us\": %.2f, \"p99_us\": %.2f}\n", percentile_us(times, count, 50), percentile_us(times, count, 99));
    free(times);
}

static HPEERENUM enumerate(ULONG *count) {
    HPEERENUM all;
    check(ENUM_RECORDS(&all), "EnumRecords");
    check(ANY(GetItemCount)(all, count), "GetItemCount");
    return all;
}

static void trivial(size_t count) {
    ULONG items;
    HPEERENUM all = enumerate(&items);
    int64_t begun = now_ns();
    for (size_t i = 0; i < count; i++)
        check(ANY(GetItemCount)(all, &items), "GetItemCount");
    printf("{\"mean_us\": %.4f}\n", (double)(now_ns() - begun) / 1e3 / (double)count);
    check(ANY(EndEnumeration)(all), "EndEnumeration");
}

static void watch(void) {
    REGISTRATION wanted = {EVENT(RECORD_CHANGED), (GUID *)&BENCH_TYPE};
    recordsReady = CreateEventW(NULL, FALSE, FALSE, NULL);
    check(PEER(RegisterEvent)(space, recordsReady, 1, &wanted, &records), "RegisterEvent");
    printf("{}\n");
}

// Takes events until `count` records were announced or `seconds` have passed. With `times`, each record is fetched and
// dated.
static size_t take(size_t count, double seconds, int64_t *times) {
    size_t seen = 0;
    for (int64_t deadline = now_ns() + (int64_t)(seconds * 1e9); seen < count;) {
        EVENT_DATA *event;
        HRESULT hr = PEER(GetEventData)(records, &event);
        check(hr, "GetEventData");
        if (hr == PEER_S_NO_EVENT_DATA) {
            int64_t left = (deadline - now_ns()) / 1000000;
            if (left <= 0)
                break;
            WaitForSingleObject(recordsReady, (DWORD)left);
            continue;
        }
        if (event->recordChangeData.changeType == PEER_RECORD_ADDED) {
            if (times) {
                PEER_RECORD *record;
                int64_t sent;
                check(PEER(GetRecord)(space, &event->recordChangeData.recordId, &record), "GetRecord");
                memcpy(&sent, record->data.pbData, sizeof sent);
                times[seen] = now_ns() - sent;
                ANY(FreeData)(record);
            }
            seen++;
        }
        ANY(FreeData)(event);
    }
    return seen;
}

static void seen(size_t count, double seconds) {
    size_t got = take(count, seconds, NULL);
    printf("{\"count\": %zu, \"ended_ns\": %lld}\n", got, (long long)now_ns());
}

static void latency(size_t count, double seconds) {
    int64_t *times = allocate(count, sizeof *times);
    size_t got = take(count, seconds, times);
    sort_ns(times, got);
    printf("{\"count\": %zu, \"p50_us\": %.2f, \"p99_us\": %.2f}\n", got, percentile_us(times, got, 50),
           percentile_us(times, got, 99));
    free(times);
}

static void count_records(void) {
    ULONG count;
    check(ANY(EndEnumeration)(enumerate(&count)), "EndEnumeration");
    printf("{\"count\": %u}\n", count);
}

// `batch` records in each call and transaction. Times are those of calls.
static void add_many(size_t count, size_t size, size_t batch) {
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
        for (size_t i = 0; i < some; i++)
            memcpy(data + i * size, &before, sizeof before);
        check(PEERX(AddRecords)(space, (ULONG)some, pointers, ids), "AddRecords");
        for (size_t i = 0; i < some; i++)
            kept[added++ % KEPT] = ids[i];
        done += some;
    }
    printf("{\"begun_ns\": %lld, \"seconds\": %.6f}\n", (long long)begun, (double)(now_ns() - begun) / 1e9);
    free(batched);
    free(pointers);
    free(ids);
    free(data);
}

static void count_neighbors(void) {
    ULONG count;
    HPEERENUM all;
    check(PEER(EnumConnections)(space, PEER_CONNECTION_NEIGHBOR, &all), "EnumConnections");
    check(ANY(GetItemCount)(all, &count), "GetItemCount");
    check(ANY(EndEnumeration)(all), "EndEnumeration");
    printf("{\"count\": %u}\n", count);
}

static BOOL obey(const char *verb, const char *a, const char *b, const char *c); // what is not the same

// Commands from stdin; each is answered with one line of JSON on stdout.
static int run(void) {
    char line[1024], verb[16], a[300], b[300], c[300];
    while (fgets(line, sizeof line, stdin)) {
        *verb = *a = *b = *c = 0;
        sscanf(line, "%15s %299s %299s %299s", verb, a, b, c);
        if (strcmp(verb, "quit") == 0)
            break;
        else if (strcmp(verb, "add") == 0)
            add(strtoul(a, NULL, 10), strtoul(b, NULL, 10), atoll(c) * 1000);
        else if (strcmp(verb, "addmany") == 0)
            add_many(strtoul(a, NULL, 10), strtoul(b, NULL, 10), strtoul(c, NULL, 10));
        else if (strcmp(verb, "get") == 0)
            get(strtoul(a, NULL, 10));
        else if (strcmp(verb, "trivial") == 0)
            trivial(strtoul(a, NULL, 10));
        else if (strcmp(verb, "watch") == 0)
            watch();
        else if (strcmp(verb, "seen") == 0)
            seen(strtoul(a, NULL, 10), atof(b));
        else if (strcmp(verb, "latency") == 0)
            latency(strtoul(a, NULL, 10), atof(b));
        else if (strcmp(verb, "count") == 0)
            count_records();
        else if (strcmp(verb, "neighbors") == 0)
            count_neighbors();
        else if (!obey(verb, a, b, c))
            check(E_NOTIMPL, verb);
        fflush(stdout);
    }
    if (records)
        check(PEER(UnregisterEvent)(records), "UnregisterEvent");
    if (space)
        check(PEER(Close)(space), "Close");
    check(PEER(Shutdown)(), "Shutdown");
    return 0;
}
