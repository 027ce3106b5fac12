/* graph_events.c - events of one node: which come, in which order, through which registration, and when queues end. */
#include "graph.h"

/* Whether the next event is about this record and says this. */
static int next_is(const QUEUE *queue, const GUID *id, PEER_RECORD_CHANGE_TYPE change) {
    PPEER_GRAPH_EVENT_DATA event = queue_next(queue);
    int is;
    if (!event)
        return 0;
    is = event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED && event->recordChangeData.changeType == change &&
         guid_is(&event->recordChangeData.recordId, id);
    PeerGraphFreeData(event);
    return is;
}

static void of_records(const NODE *node) {
    QUEUE queue = queue_of(node, PEER_GRAPH_EVENT_RECORD_CHANGED);
    PPEER_GRAPH_EVENT_DATA event;
    PEER_RECORD change = record_of("changed", NULL);
    GUID first, second;
    page("PeerGraphGetEventData");
    event = (PPEER_GRAPH_EVENT_DATA)output();
    gives(PeerGraphGetEventData(queue.events, &event), PEER_S_NO_EVENT_DATA, "nothing has happened");
    guess("outputs-of-a-failed-call");
    fact(event == NULL, "nothing is given when nothing has happened");
    page("PeerGraphRegisterEvent");
    counts(WaitForSingleObject(queue.event, 0), WAIT_TIMEOUT, "the event is not set when nothing has happened");
    record_add(node, "first", NULL, &first);
    counts(WaitForSingleObject(queue.event, PATIENCE), WAIT_OBJECT_0, "the event is set when a record was added");
    page("PEER_EVENT_RECORD_CHANGE_DATA");
    event = queue_take(&queue);
    if (!fact(event != NULL, "an event for a record of one's own, before PeerGraphAddRecord is forgotten"))
        return;
    counts(event->eventType, PEER_GRAPH_EVENT_RECORD_CHANGED, "eventType is RECORD_CHANGED");
    counts(event->recordChangeData.dwSize, sizeof event->recordChangeData, "dwSize");
    counts(event->recordChangeData.changeType, PEER_RECORD_ADDED, "changeType is PEER_RECORD_ADDED");
    fact(guid_is(&event->recordChangeData.recordId, &first), "recordId is the record's");
    fact(guid_is(&event->recordChangeData.recordType, &NOTE_TYPE), "recordType is the record's");
    PeerGraphFreeData(event);
    page("PEER_GRAPH_EVENT_DATA");
    record_add(node, "second", NULL, &second);
    change.id = first;
    change.ftExpiration = filetime_of(now() + 1200 * SECOND);
    PeerGraphUpdateRecord(node->graph, &change);
    PeerGraphDeleteRecord(node->graph, &second, FALSE);
    PeerGraphDeleteRecord(node->graph, &first, TRUE);
    fact(next_is(&queue, &second, PEER_RECORD_ADDED), "events come in the order of what was done: added");
    fact(next_is(&queue, &first, PEER_RECORD_UPDATED), "events come in the order of what was done: updated");
    fact(next_is(&queue, &second, PEER_RECORD_DELETED), "events come in the order of what was done: deleted");
    fact(next_is(&queue, &first, PEER_RECORD_DELETED), "a record deleted locally is told as deleted");
    change.id = first;
    PeerGraphUpdateRecord(node->graph, &change);
    fact(queue_take(&queue) == NULL, "what has failed tells nothing");
    change.dwSize = 0;
    queue_close(&queue);
}

/* A record that ends by itself; the event may take its time. */
static void of_expiration(const NODE *node) {
    QUEUE queue = queue_of(node, PEER_GRAPH_EVENT_RECORD_CHANGED);
    PEER_RECORD record = record_of("brief", NULL);
    GUID id;
    record.ftExpiration = filetime_of(now() + 2 * SECOND);
    page("PEER_EVENT_RECORD_CHANGE_DATA");
    if (PeerGraphAddRecord(node->graph, &record, &id) == S_OK) {
        fact(next_is(&queue, &id, PEER_RECORD_ADDED), "a record that ends soon is told as added");
        fact(next_is(&queue, &id, PEER_RECORD_EXPIRED), "and as expired when it has ended");
        fact(!record_has(node, &id), "who hears that a record has expired does not find it any more");
    }
    queue_close(&queue);
}

static void registrations(const NODE *node) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[2] = {{PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&NOTE_TYPE},
                                               {PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&OTHER_TYPE}};
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    QUEUE one, both, status;
    HPEEREVENT none = NULL;
    PEER_RECORD other = record_of("other", NULL);
    GUID id, note;
    DWORD type;
    one.event = both.event = event;
    page("PeerGraphRegisterEvent");
    gives(PeerGraphRegisterEvent(node->graph, event, 1, wanted, &one.events), S_OK,
          "RECORD_CHANGED for one type of records");
    guess("registrations-add-up");
    gives(PeerGraphRegisterEvent(node->graph, event, 2, wanted, &both.events), S_OK,
          "RECORD_CHANGED twice, for two types");
    page("PeerGraphRegisterEvent");
    fact(one.events != both.events, "each registration has a handle of its own");
    status = queue_of(node, PEER_GRAPH_EVENT_STATUS_CHANGED);
    other.type = OTHER_TYPE;
    PeerGraphAddRecord(node->graph, &other, &id);
    record_add(node, "note", NULL, &note);
    fact(next_is(&one, &note, PEER_RECORD_ADDED), "a registration for one type tells of that type only");
    fact(queue_take(&one) == NULL, "and of nothing else");
    guess("registrations-add-up");
    fact(next_is(&both, &id, PEER_RECORD_ADDED), "a registration for two types tells of the first");
    fact(next_is(&both, &note, PEER_RECORD_ADDED), "a registration for two types tells of the second");
    page("PeerGraphRegisterEvent");
    fact(queue_take(&status) == NULL, "a registration for STATUS_CHANGED tells nothing of records");
    guess("event-types");
    for (type = 0; type <= 12; type++) {
        wanted[0].eventType = (PEER_GRAPH_EVENT_TYPE)type;
        wanted[0].pType = NULL;
        if (type >= 1 && type <= 9)
            page("PeerGraphRegisterEvent");
        gives(PeerGraphRegisterEvent(node->graph, event, 1, wanted, &none),
              type >= 1 && type <= 9 ? S_OK : E_INVALIDARG, "event type %lu", (unsigned long)type);
        if (type >= 1 && type <= 9)
            PeerGraphUnregisterEvent(none);
        guess("event-types");
    }
    guess("what-may-be-empty");
    gives(PeerGraphRegisterEvent(node->graph, event, 0, wanted, &none), E_INVALIDARG, "no registration");
    PeerGraphUnregisterEvent(one.events);
    PeerGraphUnregisterEvent(both.events);
    queue_close(&status);
    CloseHandle(event);
}

static void endings(void) {
    NODE node = node_create("ending");
    QUEUE queue = queue_of(&node, PEER_GRAPH_EVENT_RECORD_CHANGED), late;
    PPEER_GRAPH_EVENT_DATA event, kept;
    GUID id;
    record_add(&node, "one", NULL, &id);
    late = queue_of(&node, PEER_GRAPH_EVENT_RECORD_CHANGED);
    page("PeerGraphRegisterEvent");
    fact(queue_take(&late) == NULL, "what was before a registration is not told");
    record_add(&node, "two", NULL, &id);
    kept = queue_next(&late);
    page("PeerGraphUnregisterEvent");
    gives(PeerGraphUnregisterEvent(late.events), S_OK, "a registration with nothing left");
    gives(PeerGraphUnregisterEvent(late.events), E_INVALIDARG, "a second time");
    page("PeerGraphGetEventData");
    event = (PPEER_GRAPH_EVENT_DATA)output();
    gives(PeerGraphGetEventData(late.events, &event), E_INVALIDARG, "a registration that has ended");
    page("PeerGraphFreeData");
    fact(kept && guid_is(&kept->recordChangeData.recordId, &id),
         "an event that was given out is whole after the end of its registration");
    PeerGraphFreeData(kept);
    page("PeerGraphClose");
    gives(node_close(&node), S_OK, "a graph with a registration");
    guess("close-ends-the-graph-only");
    event = queue_take(&queue);
    fact(event != NULL, "what was told before the graph was closed can be read: the first");
    PeerGraphFreeData(event);
    event = queue_take(&queue);
    fact(event != NULL, "what was told before the graph was closed can be read: the second");
    PeerGraphFreeData(event);
    gives(PeerGraphGetEventData(queue.events, &event), PEER_S_NO_EVENT_DATA, "then there is nothing more");
    gives(queue_close(&queue), S_OK, "PeerGraphUnregisterEvent after PeerGraphClose");
    CloseHandle(late.event);
}

void graph_events(void) {
    NODE node;
    graph_start();
    node = node_create("watcher");
    of_records(&node);
    registrations(&node);
    endings();
}

void graph_expiration(void) {
    NODE node;
    graph_start();
    node = node_create("watcher");
    of_expiration(&node);
}
