/*
 * Handles of graphs, enumerations, registrations and events, opened, used and closed by many threads at once.
 *
 * Each thread draws what it does next; what it does it with is whatever another thread has put there, which a third one
 * may be closing. Every call has to answer, and nothing but success or what is documented of a handle that is gone.
 *
 *     peer_handles ROUNDS
 *
 * With UNGUARDED the threads also count in plain memory, which ThreadSanitizer has to notice.
 */
#include "handle_race.h"

#define GRAPHS 2

static PCWSTR const NAMES[GRAPHS] = {L"one", L"two"};

static PVOID volatile graphs[GRAPHS], enumerations[2], registrations[2], events[2];

static void open_graph(unsigned which) {
    HGRAPH graph = NULL;
    HRESULT result = PeerGraphOpen(NAMES[which], L"me", L"db", NULL, 0, NULL, &graph);
    ANSWERED(result);
    if (result == S_OK)
        end(&graphs[which], graph, PeerGraphClose);
}

static void get(HGRAPH graph, const GUID *id) {
    PEER_RECORD *record = NULL;
    HRESULT result = PeerGraphGetRecord(graph, id, &record);
    ANSWERED(result);
    if (result == S_OK) {
        if (record->data.cbData != 4 || memcmp(record->data.pbData, "data", 4) != 0)
            wrong(__LINE__);
        PeerGraphFreeData(record);
    }
}

static void add(HGRAPH graph) {
    PEER_RECORD record = short_record();
    GUID id;
    HRESULT result = PeerGraphAddRecord(graph, &record, &id);
    ANSWERED(result);
    if (result == S_OK) {
        get(graph, &id);
        if (id.Data4[7] & 1)
            ANSWERED(PeerGraphDeleteRecord(graph, &id, FALSE));
        get(graph, &id);
    }
}

static void begin_enumeration(HGRAPH graph, unsigned which) {
    HPEERENUM made = NULL;
    HRESULT result = PeerGraphEnumRecords(graph, &TYPE, NULL, &made);
    ANSWERED(result);
    if (result == S_OK)
        end(&enumerations[which], made, PeerGraphEndEnumeration);
}

static void next_items(HPEERENUM enumeration) {
    ULONG count = 5;
    PVOID *items = NULL;
    HRESULT result = PeerGraphGetNextItem(enumeration, &count, &items);
    ANSWERED(result);
    if (result == S_OK && items)
        PeerGraphFreeData(items);
}

static void register_for_events(HGRAPH graph, unsigned which) {
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_RECORD_CHANGED, NULL};
    HPEEREVENT made = NULL;
    HRESULT result = PeerGraphRegisterEvent(graph, seen(&events[which]), 1, &wanted, &made);
    ANSWERED(result);
    if (result == S_OK)
        end(&registrations[which], made, PeerGraphUnregisterEvent);
}

static void take_event(HPEEREVENT registration, HGRAPH graph) {
    PPEER_GRAPH_EVENT_DATA data = NULL;
    HRESULT result = PeerGraphGetEventData(registration, &data);
    ANSWERED(result);
    if (result == S_OK) {
        if (data->eventType != PEER_GRAPH_EVENT_RECORD_CHANGED)
            wrong(__LINE__);
        get(graph, &data->recordChangeData.recordId);
        PeerGraphFreeData(data);
    }
}

static DWORD WINAPI play(LPVOID seed) {
    unsigned which, state = first_state(seed);
    for (int round = 0; round < rounds; round++) {
        unsigned next = draw(&state, &which);
        PVOID graph = seen(&graphs[which]);
        ULONG count;
#ifdef UNGUARDED
        calls++;
#endif
        switch (next) {
        case 0:
            end(&graphs[which], NULL, PeerGraphClose);
            break;
        case 1:
            open_graph(which);
            break;
        case 2:
            begin_enumeration(graph, which);
            break;
        case 3:
            next_items(seen(&enumerations[which]));
            break;
        case 4:
            ANSWERED(PeerGraphGetItemCount(seen(&enumerations[which]), &count));
            break;
        case 5:
            ANSWERED(PeerGraphEndEnumeration(seen(&enumerations[which])));
            break;
        case 6:
            register_for_events(graph, which);
            break;
        case 7:
            take_event(seen(&registrations[which]), graph);
            break;
        case 8:
            ANSWERED(PeerGraphUnregisterEvent(seen(&registrations[which])));
            break;
        case 9:
            exchange_event(&events[which], which);
            break;
        case 10:
            SetEvent(seen(&events[which]));
            break;
        case 11:
            WaitForSingleObject(seen(&events[which]), 0);
            break;
        case 12:
        case 13:
        case 14:
            add(graph);
            break;
        default:
            if (!graph)
                open_graph(which);
            else if (state >> 30)
                begin_enumeration(graph, which);
            else
                register_for_events(graph, which);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    PEER_VERSION_DATA version;
    rounds = argc == 2 ? atoi(argv[1]) : 100;
    ANSWERED(PeerGraphStartup(PEER_GRAPH_VERSION, &version));
    for (unsigned which = 0; which < GRAPHS; which++) {
        PEER_GRAPH_PROPERTIES properties;
        HGRAPH graph = NULL;
        memset(&properties, 0, sizeof properties);
        properties.dwSize = sizeof properties;
        properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
        properties.pwzGraphId = (PWSTR)NAMES[which];
        properties.pwzCreatorId = (PWSTR)L"me";
        HRESULT result = PeerGraphCreate(&properties, L"db", NULL, &graph);
        if (result != S_OK) {
            printf("no graph: %08x\n", (unsigned)result);
            return 1;
        }
        put(&graphs[which], graph);
        exchange_event(&events[which], which);
    }
    play_all(play);
    for (unsigned which = 0; which < 2; which++) {
        end(&graphs[which], NULL, PeerGraphClose);
        CloseHandle(put(&events[which], NULL));
    }
    HRESULT result = PeerGraphShutdown();
    printf("%ld done, %ld refused, %08x\n", (long)done, (long)refused, (unsigned)result);
    return done < THREADS * rounds / 8 || result != S_OK;
}
