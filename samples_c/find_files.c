/* find_files: finds files on the machines of all who are there, and fetches them, without a server.
 *
 *     find_files create <graphId> <peerId> <port> [world]
 *     find_files join   <graphId> <peerId> <host> <port> [ownPort]
 *
 *     share PATH         lets others find a file
 *     find PATTERN       asks all nodes; * and ? stand for any characters
 *     get N PATH         fetches the Nth file that was found, to where it shall lie here
 *     /quit
 *
 * What a file is called is in a record that is only local (PEERX_RECORD_LOCAL): nobody else has a copy, so a million
 * files weigh nothing in the graph. A search asks all nodes (PeerxGraphSearchNodes), and who has something tells it.
 * The file comes over a direct connection between the two. Functions with an x are this library's, not of Windows.
 */
#include "peer_program.h" // how a program comes to a graph, and leaves it
#include <peerapi.h>

#define MOST_FOUND 100
static const GUID FILE_RECORD = {0x2f9d4e61, 0x7c38, 0x4a05, {0xb1, 0x6e, 0xd4, 0x20, 0x8b, 0x93, 0x5a, 0xc7}};
static const GUID WANTED = {0x2f9d4e62, 0x7c38, 0x4a05, {0xb1, 0x6e, 0xd4, 0x20, 0x8b, 0x93, 0x5a, 0xc7}};
static const GUID CONTENT = {0x2f9d4e63, 0x7c38, 0x4a05, {0xb1, 0x6e, 0xd4, 0x20, 0x8b, 0x93, 0x5a, 0xc7}};

static struct FoundFile {
    ULONGLONG node;
    GUID record;
    WCHAR peer[256], name[256];
} found[MOST_FOUND];
static int foundCount;
static HPEEREVENT transfers;            // its events set the event of peer_program.h
static ULONGLONG fetching;              // the direct connection over which a file comes, or 0
static const struct FoundFile *fetched; // which one
static FILE *target;

// Names come from others, so they are letters, digits, points and the like, and nothing that a terminal obeys.
static void Plain(PCWSTR from, WCHAR *to) {
    int length = 0;
    for (; from[length] && length < 200; length++)
        to[length] = iswalnum(from[length]) || (wcschr(L" .-_", from[length]) && length > 0) ? from[length] : L'_';
    to[length] = 0;
}

static void Share(const char *path) {
    WCHAR wide[sizeof typed], name[256], attributes[600];
    const char *last = strrchr(path, '/');
    MultiByteToWideChar(CP_UTF8, 0, last ? last + 1 : path, -1, wide, sizeof typed);
    Plain(wide, name);
    swprintf(attributes, 600, L"<attributes><attribute name=\"name\" type=\"string\">%ls</attribute></attributes>",
             name);
    PEER_RECORD record = {.dwSize = sizeof record, .type = FILE_RECORD, .dwFlags = PEERX_RECORD_LOCAL};
    GUID id;
    record.ftExpiration = Tomorrow();
    record.pwzAttributes = attributes; // what is searched
    record.data.cbData = (ULONG)strlen(path) + 1;
    record.data.pbData = (PBYTE)path; // where it lies here
    Check(PeerGraphAddRecord(graph, &record, &id), L"PeerGraphAddRecord");
    wprintf(L"* shared %ls\n", name);
}

static void Remember(const PEERX_SEARCH_ANSWER *answer) {
    for (ULONG i = 0; i < answer->cRecords && foundCount < MOST_FOUND; i++) {
        PCWSTR begin = wcschr(answer->pRecords[i].pwzAttributes, L'>'), end; // <attributes><attribute ...>NAME<
        if (begin == NULL || (begin = wcschr(begin + 1, L'>')) == NULL || (end = wcschr(begin, L'<')) == NULL ||
            wcslen(answer->pwzPeerId) >= 256)
            continue;
        struct FoundFile *one = &found[foundCount++];
        Plain(begin + 1, one->name);
        one->name[end - begin - 1 < 200 ? end - begin - 1 : 200] = 0;
        wcscpy(one->peer, answer->pwzPeerId);
        one->node = answer->ullNodeId;
        one->record = answer->pRecords[i].id;
        wprintf(L"%d. %ls, of %ls\n", foundCount, one->name, one->peer);
    }
}

static void Find(const char *pattern) {
    WCHAR wide[sizeof typed], criteria[sizeof typed + 200];
    HPEERXSEARCH search;
    PEERX_SEARCH_ANSWER *answer;
    PEERX_SEARCH_OPTIONS options = {sizeof options, PEERX_SEARCH_LOCAL_RECORDS, 0, 0, 0}; // the rest as usual
    static HANDLE news;
    news = news ? news : CreateEventW(NULL, FALSE, FALSE, NULL);
    MultiByteToWideChar(CP_UTF8, 0, pattern, -1, wide, sizeof typed);
    swprintf(criteria, sizeof criteria / sizeof *criteria,
             L"<peersearch><clause attrib=\"name\" type=\"string\" compare=\"equal\">%ls</clause></peersearch>", wide);
    foundCount = 0;
    if (FAILED(PeerxGraphSearchNodes(graph, criteria, &options, news, &search))) {
        wprintf(L"* that is no pattern\n");
        return;
    }
    HRESULT hr; // the answers come one by one, in any order
    while ((hr = PeerxSearchGetAnswer(search, &answer)) != PEER_E_NO_MORE) {
        if (hr == E_PENDING) {
            WaitForSingleObject(news, INFINITE);
            continue;
        }
        Check(hr, L"PeerxSearchGetAnswer");
        if (answer->type == PEERX_SEARCH_ABSENT)
            wprintf(L"* %ls has not answered\n", answer->pwzPeerId);
        else
            Remember(answer);
        PeerFreeData(answer);
    }
    wprintf(L"* %d found\n", foundCount);
    Check(PeerxSearchEnd(search), L"PeerxSearchEnd");
}

static void Get(const char *words) {
    const char *path = strchr(words, ' ');
    int number = atoi(words);
    PEER_NODE_INFO *node;
    if (number < 1 || number > foundCount || path == NULL || fetching)
        return;
    fetched = &found[number - 1];
    target = fopen(path + 1, "wb");
    CheckWin32(target != NULL, L"writing the file");
    if (FAILED(PeerGraphGetNodeInfo(graph, fetched->node, &node)))
        return;               // it has gone
    if (node->cAddresses > 0) // what comes of it is an event
        Check(PeerGraphOpenDirectConnection(graph, fetched->peer, &node->pAddresses[0], &fetching), L"connecting");
    PeerGraphFreeData(node);
}

// Somebody wants a file of ours: only what a record of ours names is given, whatever is asked for.
static void Give(ULONGLONG connection, const PEER_DATA *wanted) {
    static char piece[64 << 10];
    PEER_RECORD *record;
    if (wanted->cbData != sizeof(GUID) || FAILED(PeerGraphGetRecord(graph, (GUID *)wanted->pbData, &record)))
        return;
    if (IsEqualGUID(&record->type, &FILE_RECORD) && record->dwFlags & PEERX_RECORD_LOCAL) {
        FILE *file = fopen((const char *)record->data.pbData, "rb");
        ULONG size;
        do { // a piece of nothing is the end
            size = file ? (ULONG)fread(piece, 1, sizeof piece, file) : 0;
            PeerGraphSendData(graph, connection, &CONTENT, size, piece);
        } while (size > 0);
        if (file)
            fclose(file);
    }
    PeerGraphFreeData(record);
}

static void Take(const PEER_DATA *piece) {
    fwrite(piece->pbData, 1, piece->cbData, target);
    if (piece->cbData > 0)
        return;
    fclose(target);
    PeerGraphCloseDirectConnection(graph, fetching);
    fetching = 0;
    wprintf(L"* fetched %ls\n", fetched->name);
}

static void HandleTransfers(void) {
    PEER_GRAPH_EVENT_DATA *event;
    while (PeerGraphGetEventData(transfers, &event) == S_OK) {
        const PEER_EVENT_INCOMING_DATA *data = &event->incomingData;
        const PEER_EVENT_CONNECTION_CHANGE_DATA *change = &event->connectionChangeData;
        if (event->eventType == PEER_GRAPH_EVENT_INCOMING_DATA && IsEqualGUID(&data->type, &WANTED))
            Give(data->ullConnectionId, &data->data);
        else if (event->eventType == PEER_GRAPH_EVENT_INCOMING_DATA && data->ullConnectionId == fetching)
            Take(&data->data);
        else if (event->eventType == PEER_GRAPH_EVENT_DIRECT_CONNECTION && change->ullConnectionId == fetching)
            if (change->status != PEER_CONNECTED ||
                FAILED(PeerGraphSendData(graph, fetching, &WANTED, sizeof(GUID), (PVOID)&fetched->record)))
                fetching = 0;
        PeerGraphFreeData(event);
    }
}

int wmain(int argc, wchar_t **argv) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[2] = {{PEER_GRAPH_EVENT_INCOMING_DATA, NULL},
                                               {PEER_GRAPH_EVENT_DIRECT_CONNECTION, NULL}};
    if (!Enter(argc, argv, L"files.db", &FILE_RECORD, 1, "/quit")) {
        fwprintf(stderr, L"find_files create ... | join ..., see above\n");
        return 2;
    }
    Check(PeerGraphRegisterEvent(graph, graphReady, 2, wanted, &transfers), L"PeerGraphRegisterEvent");
    for (;;) {
        ListenOnceSynchronized();
        if (!WaitForLine()) {
            for (PEER_GRAPH_EVENT_DATA *event; (event = NextEvent()) != NULL;)
                PeerGraphFreeData(event);
            HandleTransfers();
            continue;
        }
        if (strcmp(typed, "/quit") == 0)
            return Leave();
        else if (strncmp(typed, "share ", 6) == 0)
            Share(typed + 6);
        else if (strncmp(typed, "find ", 5) == 0)
            Find(typed + 5);
        else if (strncmp(typed, "get ", 4) == 0)
            Get(typed + 4);
        SetEvent(lineTaken);
    }
}
