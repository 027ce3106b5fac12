/*
 * One node of a graph, steered over stdin and stdout, line by line.
 *
 * Each command is answered by one line: "ok ..." or "failed <function> <HRESULT>". Only `burst` and `steady` say more:
 * a line "added <record id>" after every PeerGraphAddRecord that returned S_OK, written before the next call, so that
 * whoever reads knows what has to survive a kill.
 *
 *   create GRAPH PEER DATABASE [SCOPE [PRESENCE]]         open GRAPH PEER DATABASE
 *   listen PORT [SCOPE INTERFACE]      connect PORT [ADDRESS INTERFACE]         synchronized
 *   add COUNT SIZE TAG                 update COUNT       delete COUNT          burst SIZE TAG
 *   wait COUNT                         gone               dump PATH             ids PATH         close
 *   steady MILLISECONDS SIZE TAG       rest               friends PORT ...      neighbors
 *
 * `steady` adds in a thread of its own until `rest`. `friends` has a thread see to it that the node has a neighbor: as
 * long as there is none, it tries one of those ports after the other, as programs do that know where their graph began.
 */
#include "steered.h"

#include <arpa/inet.h>

static const GUID CHAT = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

#define PATIENCE 120000 /* milliseconds for anything that has to come */

static HGRAPH graph;
static HANDLE event;
static HPEEREVENT queue;
static GUID *own; /* what this process added */
static size_t own_count;
static HANDLE adder, stop_adding;
static unsigned pace, steady_size, steadily;
static char steady_tag[32];
static HANDLE keeper, stop_keeping;
static unsigned friend_ports[16], friend_count;

/* One call for the whole text: threads share stdout. */
static void print_guid(FILE *to, const char *before, const GUID *id, const char *after) {
    fprintf(to, "%s%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x%s", before, (unsigned)id->Data1, id->Data2,
            id->Data3, id->Data4[0], id->Data4[1], id->Data4[2], id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6],
            id->Data4[7], after);
}

static int opened(void) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[3];
    memset(wanted, 0, sizeof wanted);
    wanted[0].eventType = PEER_GRAPH_EVENT_STATUS_CHANGED;
    wanted[1].eventType = PEER_GRAPH_EVENT_RECORD_CHANGED;
    wanted[1].pType = (GUID *)&CHAT;
    wanted[2].eventType = PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION;
    event = CreateEvent(NULL, FALSE, FALSE, NULL);
    CALL(PeerGraphRegisterEvent, graph, event, 3, wanted, &queue);
    return 1;
}

/* Takes everything out of the queue; gives the number of records that appeared. */
static ULONG drained(void) {
    PEER_GRAPH_EVENT_DATA *data;
    ULONG added = 0;
    while (PeerGraphGetEventData(queue, &data) == S_OK) {
        if (data->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED &&
            data->recordChangeData.changeType == PEER_RECORD_ADDED)
            added++;
        PeerGraphFreeData(data);
    }
    return added;
}

static int count_records(ULONG *count) {
    HPEERENUM records;
    CALL(PeerGraphEnumRecords, graph, &CHAT, NULL, &records);
    CALL(PeerGraphGetItemCount, records, count);
    CALL(PeerGraphEndEnumeration, records);
    return 1;
}

static int wait_for_count(ULONG wanted) {
    ULONG count = 0, news = 0;
    for (;;) {
        if (news + count >= wanted || count == 0) { /* events only tell when it is worth counting again */
            if (!count_records(&count))
                return 0;
            news = 0;
            if (count >= wanted)
                break;
        }
        news += drained();
        if (news + count >= wanted)
            continue;
        if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0)
            break;
    }
    printf(count >= wanted ? "ok %u\n" : "failed wait at %u\n", (unsigned)count);
    return 1;
}

static int wait_for_status(DWORD set, DWORD clear) {
    for (;;) {
        DWORD status;
        CALL(PeerGraphGetStatus, graph, &status);
        if ((status & set) == set && !(status & clear)) {
            printf("ok %u\n", (unsigned)status);
            return 1;
        }
        drained();
        CALL(PeerGraphGetStatus, graph, &status);
        if ((status & set) == set && !(status & clear))
            continue;
        if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0)
            return failed("status", (HRESULT)status);
    }
}

static HRESULT add_one(size_t size, const char *tag, unsigned number, GUID *id) {
    char *data = malloc(size + 100);
    PEER_RECORD record;
    memset(&record, 0, sizeof record);
    memset(data, '.', size + 100);
    int used = snprintf(data, size + 100, "%s %u ", tag, number);
    data[used] = '.';
    record.dwSize = sizeof record;
    record.type = CHAT;
    record.ftExpiration = in_one_day();
    record.data.pbData = (PBYTE)data;
    record.data.cbData = (ULONG)(size > (size_t)used ? size : (size_t)used);
    if (number % 10 == 0)
        record.pwzAttributes = wide(
            "<attributes><attribute name=\"tenth\" type=\"string\">yes</attribute></attributes>");
    HRESULT result = PeerGraphAddRecord(graph, &record, id);
    free(record.pwzAttributes);
    free(data);
    return result;
}

static int add(unsigned count, size_t size, const char *tag) {
    own = realloc(own, (own_count + count) * sizeof *own);
    for (unsigned i = 0; i < count; i++) {
        HRESULT result = add_one(size, tag, i, &own[own_count]);
        if (FAILED(result))
            return failed("PeerGraphAddRecord", result);
        own_count++;
    }
    printf("ok %u\n", count);
    return 1;
}

static int burst(size_t size, const char *tag) {
    for (unsigned i = 0;; i++) {
        GUID id;
        HRESULT result = add_one(size, tag, i, &id);
        if (result != S_OK)
            return failed("PeerGraphAddRecord", result);
        print_guid(stdout, "added ", &id, "\n");
        fflush(stdout);
    }
}

static DWORD WINAPI add_steadily(void *unused) {
    (void)unused;
    while (WaitForSingleObject(stop_adding, pace) == WAIT_TIMEOUT) {
        GUID id;
        HRESULT result = add_one(steady_size, steady_tag, steadily, &id);
        if (result != S_OK) {
            failed("PeerGraphAddRecord", result);
            break;
        }
        steadily++;
        print_guid(stdout, "added ", &id, "\n");
        fflush(stdout);
    }
    return 0;
}

static int rest(void) {
    if (adder == NULL)
        return failed("rest", E_FAIL);
    SetEvent(stop_adding);
    WaitForSingleObject(adder, INFINITE);
    CloseHandle(adder);
    CloseHandle(stop_adding);
    adder = NULL;
    printf("ok %u\n", steadily);
    return 1;
}

static int update(unsigned count) {
    for (unsigned i = 0; i < count && i < own_count; i++) {
        PEER_RECORD *record;
        CALL(PeerGraphGetRecord, graph, &own[i], &record);
        PEER_RECORD changed = *record;
        changed.data.pbData = (PBYTE) "changed";
        changed.data.cbData = 7;
        HRESULT result = PeerGraphUpdateRecord(graph, &changed);
        PeerGraphFreeData(record);
        if (FAILED(result))
            return failed("PeerGraphUpdateRecord", result);
    }
    printf("ok\n");
    return 1;
}

static int delete_last(unsigned count) {
    for (unsigned i = 0; i < count && own_count > 0; i++)
        CALL(PeerGraphDeleteRecord, graph, &own[--own_count], FALSE);
    printf("ok\n");
    return 1;
}

static void print_text(FILE *to, const char *name, const WCHAR *text) {
    fprintf(to, " %s=", name);
    for (; text && *text; text++)
        fprintf(to, "%04x", *text);
}

static void print_time(FILE *to, const char *name, const FILETIME *time) {
    fprintf(to, " %s=%08x%08x", name, (unsigned)time->dwHighDateTime, (unsigned)time->dwLowDateTime);
}

static void print_bytes(FILE *to, const char *name, const PEER_DATA *data) {
    fprintf(to, " %s=", name);
    for (ULONG i = 0; i < data->cbData; i++)
        fprintf(to, "%02x", data->pbData[i]);
}

/* One line a record with every field of it. Sorting is left to the reader. */
static int dump(const char *path, BOOL only_ids) {
    HPEERENUM records;
    FILE *to = fopen(path, "w");
    unsigned total = 0;
    if (to == NULL)
        return failed("fopen", E_FAIL);
    CALL(PeerGraphEnumRecords, graph, &CHAT, NULL, &records);
    for (;;) {
        ULONG count = 200;
        PEER_RECORD **items;
        CALL(PeerGraphGetNextItem, records, &count, (PVOID **)&items);
        if (count == 0)
            break;
        for (ULONG i = 0; i < count; i++, total++) {
            const PEER_RECORD *record = items[i];
            print_guid(to, "", &record->id, "");
            if (!only_ids) {
                print_guid(to, " type=", &record->type, "");
                fprintf(to, " version=%u flags=%u", (unsigned)record->dwVersion, (unsigned)record->dwFlags);
                print_text(to, "creator", record->pwzCreatorId);
                print_text(to, "modifier", record->pwzModifiedById);
                print_text(to, "attributes", record->pwzAttributes);
                print_time(to, "created", &record->ftCreation);
                print_time(to, "expires", &record->ftExpiration);
                print_time(to, "modified", &record->ftLastModified);
                print_bytes(to, "security", &record->securityData);
                print_bytes(to, "data", &record->data);
            }
            fputc('\n', to);
        }
        PeerGraphFreeData(items);
    }
    CALL(PeerGraphEndEnumeration, records);
    fclose(to);
    printf("ok %u\n", total);
    return 1;
}

static HRESULT connect_to(const char *ip, unsigned scope, unsigned port) {
    PEER_ADDRESS address;
    ULONGLONG connection;
    memset(&address, 0, sizeof address);
    address.dwSize = sizeof address;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((uint16_t)port);
    address.sin6.sin6_scope_id = scope;
    if (inet_pton(AF_INET6, ip, &address.sin6.sin6_addr) != 1)
        return E_INVALIDARG;
    return PeerGraphConnect(graph, NULL, &address, &connection);
}

static DWORD WINAPI keep_company(void *unused) {
    (void)unused;
    unsigned next = 0;
    while (WaitForSingleObject(stop_keeping, 300) == WAIT_TIMEOUT) {
        DWORD status;
        if (PeerGraphGetStatus(graph, &status) == S_OK && !(status & PEER_GRAPH_STATUS_HAS_CONNECTIONS))
            connect_to("::1", 0, friend_ports[next++ % friend_count]); /* who is not there will be tried again */
    }
    return 0;
}

/* The peer IDs at the other ends, as ASCII. */
static int neighbors(void) {
    HPEERENUM all;
    ULONG count;
    PEER_CONNECTION_INFO **items;
    char answer[1024] = "";
    size_t used = 0;
    CALL(PeerGraphEnumConnections, graph, PEER_CONNECTION_NEIGHBOR, &all);
    CALL(PeerGraphGetItemCount, all, &count);
    CALL(PeerGraphGetNextItem, all, &count, (PVOID **)&items);
    for (ULONG i = 0; i < count; i++) {
        if (used < sizeof answer - 1)
            answer[used++] = ' ';
        for (const WCHAR *text = items[i]->pwzPeerId; text && *text && used < sizeof answer - 1; text++)
            answer[used++] = (char)*text;
    }
    PeerGraphFreeData(items);
    CALL(PeerGraphEndEnumeration, all);
    printf("ok%.*s\n", (int)used, answer);
    return 1;
}

static int command(char **words, int count) {
    const char *what = words[0];
    if (!strcmp(what, "create") && count >= 4) {
        PEER_GRAPH_PROPERTIES properties;
        memset(&properties, 0, sizeof properties);
        properties.dwSize = sizeof properties;
        properties.dwScope = count > 4 ? (DWORD)atoi(words[4]) : PEER_GRAPH_SCOPE_LOOPBACK;
        properties.cPresenceMax = count > 5 ? (ULONG)strtoul(words[5], NULL, 0) : 0;
        properties.pwzGraphId = wide(words[1]);
        properties.pwzCreatorId = wide(words[2]);
        CALL(PeerGraphCreate, &properties, wide(words[3]), NULL, &graph);
        if (opened())
            printf("ok\n");
    } else if (!strcmp(what, "open") && count == 4) {
        HRESULT result = PeerGraphOpen(wide(words[1]), wide(words[2]), wide(words[3]), NULL, 0, NULL, &graph);
        if (FAILED(result))
            return failed("PeerGraphOpen", result);
        if (opened())
            printf(result == PEER_S_GRAPH_DATA_CREATED ? "ok new\n" : "ok existing\n");
    } else if (!strcmp(what, "listen") && (count == 2 || count == 4)) {
        DWORD scope = count == 4 ? (DWORD)atoi(words[2]) : PEER_GRAPH_SCOPE_LOOPBACK;
        CALL(PeerGraphListen, graph, scope, count == 4 ? (DWORD)atoi(words[3]) : 0, (WORD)atoi(words[1]));
        printf("ok\n");
    } else if (!strcmp(what, "connect") && (count == 2 || count == 4)) {
        const char *ip = count == 4 ? words[2] : "::1";
        CALL(connect_to, ip, count == 4 ? (unsigned)atoi(words[3]) : 0, (unsigned)atoi(words[1]));
        printf("ok\n");
    } else if (!strcmp(what, "synchronized")) {
        return wait_for_status(PEER_GRAPH_STATUS_SYNCHRONIZED | PEER_GRAPH_STATUS_HAS_CONNECTIONS, 0);
    } else if (!strcmp(what, "gone")) {
        return wait_for_status(0, PEER_GRAPH_STATUS_HAS_CONNECTIONS);
    } else if (!strcmp(what, "add") && count == 4) {
        return add((unsigned)atoi(words[1]), (size_t)atoi(words[2]), words[3]);
    } else if (!strcmp(what, "burst") && count == 3) {
        return burst((size_t)atoi(words[1]), words[2]);
    } else if (!strcmp(what, "steady") && count == 4 && adder == NULL) {
        pace = (unsigned)atoi(words[1]);
        steady_size = (unsigned)atoi(words[2]);
        snprintf(steady_tag, sizeof steady_tag, "%s", words[3]);
        stop_adding = CreateEvent(NULL, TRUE, FALSE, NULL);
        adder = CreateThread(NULL, 0, add_steadily, NULL, 0, NULL);
        printf("ok\n");
    } else if (!strcmp(what, "rest")) {
        return rest();
    } else if (!strcmp(what, "friends") && count > 1 && keeper == NULL) {
        for (int i = 1; i < count; i++)
            friend_ports[friend_count++] = (unsigned)atoi(words[i]);
        stop_keeping = CreateEvent(NULL, TRUE, FALSE, NULL);
        keeper = CreateThread(NULL, 0, keep_company, NULL, 0, NULL);
        printf("ok\n");
    } else if (!strcmp(what, "neighbors")) {
        return neighbors();
    } else if (!strcmp(what, "update") && count == 2) {
        return update((unsigned)atoi(words[1]));
    } else if (!strcmp(what, "delete") && count == 2) {
        return delete_last((unsigned)atoi(words[1]));
    } else if (!strcmp(what, "wait") && count == 2) {
        return wait_for_count((ULONG)atoi(words[1]));
    } else if (!strcmp(what, "dump") && count == 2) {
        return dump(words[1], FALSE);
    } else if (!strcmp(what, "ids") && count == 2) {
        return dump(words[1], TRUE);
    } else if (!strcmp(what, "close")) {
        if (keeper != NULL) {
            SetEvent(stop_keeping);
            WaitForSingleObject(keeper, INFINITE);
            CloseHandle(keeper);
            CloseHandle(stop_keeping);
        }
        CALL(PeerGraphUnregisterEvent, queue);
        CloseHandle(event);
        CALL(PeerGraphClose, graph);
        printf("ok\n");
    } else {
        printf("failed command %s\n", what);
    }
    return 1;
}

int main(void) {
    int result = steer(PeerGraphStartup, PEER_GRAPH_VERSION, PeerGraphShutdown);
    free(own);
    return result;
}
