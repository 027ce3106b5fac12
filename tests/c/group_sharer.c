/*
 * One of several programs of a person in one open group: it adds records until it is told to stop, and knows of every
 * record by its events alone.
 *
 *   group_sharer GROUP PAUSE ACKED     PAUSE: milliseconds between two records
 *
 * "started" is printed when the group is open. Each record that PeerGroupAddRecord has taken is a line in the file
 * ACKED. A line on stdin ends the adding: "stopped N" is printed. After another line it waits until it knows of every
 * record that is there, and prints "knows N"; who does not come to know them within a minute prints "lacks N".
 */
#include <p2p.h>
#include <windows.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(call)                                                 \
    do {                                                            \
        HRESULT result_ = (call);                                   \
        if (FAILED(result_)) {                                      \
            printf("failed %s 0x%08X\n", #call, (unsigned)result_); \
            exit(1);                                                \
        }                                                           \
    } while (0)

enum { ROOM = 1 << 18, PATIENCE = 120000 };

/* Of a line of chat, so that a board in a browser hears it too. */
static const GUID TYPE = {0xB6C1F0DE, 0x2A53, 0x4C7E, {0x9D, 0x10, 0x5E, 0x0B, 0x7A, 0x44, 0xC3, 0x18}};
static GUID known[ROOM]; /* open addressing; zeros are free */
static HGROUP group;
static HANDLE event;
static HPEEREVENT queue;

static GUID *place(const GUID *id) {
    static const GUID none;
    unsigned at;
    memcpy(&at, id->Data4 + 4, sizeof at);
    for (at &= ROOM - 1; memcmp(&known[at], &none, sizeof none) != 0; at = (at + 1) & (ROOM - 1))
        if (memcmp(&known[at], id, sizeof *id) == 0)
            break;
    return &known[at];
}

static void learn(const GUID *id) { *place(id) = *id; }

static void drain(void) {
    PEER_GROUP_EVENT_DATA *data;
    HRESULT result;
    while ((result = PeerGroupGetEventData(queue, &data)) == S_OK) {
        if (data->eventType == PEER_GROUP_EVENT_RECORD_CHANGED)
            learn(&data->recordChangeData.recordId);
        PeerFreeData(data);
    }
    CHECK(result);
}

/* How many records are there that this program does not know of; all of them become known where `take`. */
static ULONG unknown(int take, ULONG *all) {
    HPEERENUM records;
    ULONG lacking = 0;
    *all = 0;
    CHECK(PeerGroupEnumRecords(group, &TYPE, &records));
    for (;;) {
        PEER_RECORD **items;
        ULONG count = 500;
        CHECK(PeerGetNextItem(records, &count, (PVOID **)&items));
        if (count == 0)
            break;
        for (ULONG i = 0; i < count; i++) {
            lacking += memcmp(place(&items[i]->id), &items[i]->id, sizeof(GUID)) != 0;
            if (take)
                learn(&items[i]->id);
        }
        *all += count;
        PeerFreeData(items);
    }
    PeerEndEnumeration(records);
    return lacking;
}

static int told(int milliseconds) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    char line[80];
    return poll(&input, 1, milliseconds) == 1 && read(0, line, sizeof line) >= 0;
}

static void add(FILE *acked, unsigned number) {
    char text[40], wide[80]; /* UTF-16, little-endian */
    PEER_RECORD record = {.dwSize = sizeof record, .type = TYPE};
    GUID id;
    ULARGE_INTEGER time;
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    time.LowPart = now.dwLowDateTime;
    time.HighPart = now.dwHighDateTime;
    time.QuadPart += 864000000000ull;
    record.ftExpiration.dwLowDateTime = time.LowPart;
    record.ftExpiration.dwHighDateTime = time.HighPart;
    int length = snprintf(text, sizeof text, "%d-%u", (int)getpid(), number);
    for (int i = 0; i < length; i++) {
        wide[2 * i] = text[i];
        wide[2 * i + 1] = 0;
    }
    record.data.cbData = 2 * (ULONG)length;
    record.data.pbData = (PBYTE)wide;
    CHECK(PeerGroupAddRecord(group, &record, &id));
    unsigned char bytes[16] = {id.Data1 >> 24, id.Data1 >> 16, id.Data1 >> 8, id.Data1,
                               id.Data2 >> 8,  id.Data2,       id.Data3 >> 8, id.Data3};
    memcpy(bytes + 8, id.Data4, 8);
    for (int i = 0; i < 16; i++)
        fprintf(acked, "%02x", bytes[i]);
    fputc('\n', acked);
    fflush(acked);
}

int main(int count, char **words) {
    PEER_VERSION_DATA version;
    PEER_GROUP_EVENT_REGISTRATION wanted = {PEER_GROUP_EVENT_RECORD_CHANGED, (GUID *)&TYPE};
    WCHAR name[200];
    unsigned number = 0;
    ULONG all;
    if (count != 4)
        return 2;
    FILE *acked = fopen(words[3], "a");
    MultiByteToWideChar(CP_UTF8, 0, words[1], -1, name, 200);
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, &version));
    CHECK(PeerGroupOpen(NULL, name, NULL, &group));
    event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(PeerGroupRegisterEvent(group, event, 1, &wanted, &queue));
    unknown(1, &all);
    printf("started\n");
    fflush(stdout);
    while (!told(atoi(words[2]))) {
        add(acked, number++);
        drain();
    }
    printf("stopped %u\n", number);
    fflush(stdout);
    told(-1);
    for (ULONG lacking;;) {
        drain();
        lacking = unknown(0, &all);
        if (lacking == 0 || WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0) {
            printf("%s %u\n", lacking ? "lacks" : "knows", (unsigned)(lacking ? lacking : all));
            break;
        }
    }
    CHECK(PeerGroupClose(group));
    CHECK(PeerGroupShutdown());
    return 0;
}
