/* graph_enumerations.c - enumerations are snapshots: how many there are, how they are taken, and when their handles
 * end. */
#include "graph.h"

static HPEERENUM of_type(const NODE *node, const GUID *type, PCWSTR peer) {
    HPEERENUM made = NULL;
    PeerGraphEnumRecords(node->graph, type, peer, &made);
    return made;
}

static void taking(const NODE *node) {
    HPEERENUM all = of_type(node, &NOTE_TYPE, NULL);
    PPEER_RECORD *items = NULL;
    ULONG count = 0, i, taken = 0;
    page("PeerGraphGetItemCount");
    PeerGraphGetItemCount(all, &count);
    counts(count, 10, "all items are counted");
    page("PeerGraphGetNextItem");
    for (i = 1; i <= 3; i++) {
        count = i;
        gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "%lu of ten", (unsigned long)i);
        counts(count, i, "as many as were wanted: %lu", (unsigned long)i);
        fact(items && items[0] && items[i - 1]->dwSize == sizeof(PEER_RECORD), "%lu pointers to records",
             (unsigned long)i);
        PeerGraphFreeData(items);
        taken += count;
    }
    page("PeerGraphGetItemCount");
    PeerGraphGetItemCount(all, &count);
    guess("item-count");
    counts(count, 10, "items that were taken count, too");
    page("PeerGraphGetNextItem");
    count = 100;
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "more than there are");
    counts(count, 10 - taken, "the rest comes when more is wanted");
    PeerGraphFreeData(items);
    count = 5;
    items = (PPEER_RECORD *)output();
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "at the end");
    counts(count, 0, "0 items at the end");
    guess("item-count");
    fact(items == NULL, "no array at the end");
    page("PeerGraphGetNextItem");
    count = 1;
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "after the end");
    counts(count, 0, "0 items after the end");
    page("PeerGraphEndEnumeration");
    gives(PeerGraphEndEnumeration(all), S_OK, "an enumeration that was taken");
    gives(PeerGraphEndEnumeration(all), E_INVALIDARG, "an enumeration that has ended");
    page("PeerGraphGetNextItem");
    all = of_type(node, &NOTE_TYPE, NULL);
    count = 0;
    guess("what-may-be-empty");
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "0 wanted");
    counts(count, 0, "0 wanted, 0 given");
    PeerGraphEndEnumeration(all);
}

static void choosing(const NODE *node) {
    HPEERENUM made = NULL;
    PEER_RECORD record = record_of("other", NULL);
    GUID id;
    record.type = OTHER_TYPE;
    record.pwzCreatorId = wide("somebody");
    PeerGraphAddRecord(node->graph, &record, &id);
    page("PeerGraphEnumRecords");
    counts(enum_count(of_type(node, &NOTE_TYPE, NULL)), 10, "the records of a type");
    counts(enum_count(of_type(node, &OTHER_TYPE, NULL)), 1, "the record of another type");
    counts(enum_count(of_type(node, &NO_RECORD, NULL)), 0, "a type that no record has");
    counts(enum_count(of_type(node, NULL, node->peer)), 10, "the records of a creator");
    counts(enum_count(of_type(node, &OTHER_TYPE, node->peer)), 0, "a type and a creator, both have to be right");
    guess("what-may-be-empty");
    gives(PeerGraphEnumRecords(node->graph, NULL, L"", &made), S_OK, "an empty creator");
    counts(enum_count(made), 0, "an empty creator has no records");
    page("PeerGraphEnumRecords");
    counts(enum_count(of_type(node, NULL, L"nobody")), 0, "a creator who has made none");
    guess("graph-own-records-hidden");
    counts(enum_count(of_type(node, NULL, NULL)), 11, "without a type, the graph's own records are left out");
    counts(enum_count(of_type(node, &GRAPH_INFO_TYPE, NULL)), 1,
           "asked for by type, the graph's own records are there");
}

static void snapshots(const NODE *node) {
    HPEERENUM all = of_type(node, &NOTE_TYPE, NULL);
    PPEER_RECORD *items = NULL;
    GUID added, gone;
    ULONG count = 100;
    record_add(node, "later", NULL, &added);
    page("PeerGraphEnumRecords");
    PeerGraphGetItemCount(all, &count);
    counts(count, 10, "a record that comes later is not in it");
    PeerGraphEndEnumeration(all);
    all = of_type(node, &NOTE_TYPE, NULL);
    count = 100;
    gone = added;
    PeerGraphDeleteRecord(node->graph, &gone, FALSE);
    PeerGraphGetNextItem(all, &count, (PVOID **)&items);
    guess("item-count");
    counts(count, 10, "a record that is deleted later is left out when it is its turn");
    PeerGraphFreeData(items);
    PeerGraphEndEnumeration(all);
}

/* What was given out stays, whatever becomes of where it came from. */
static void lifetimes(NODE *node) {
    GUID id;
    PPEER_RECORD got;
    PPEER_GRAPH_PROPERTIES properties = NULL;
    HPEERENUM all;
    ULONG count = 3;
    PPEER_RECORD *items = NULL;
    record_add(node, "stays", NULL, &id);
    got = record_get(node, &id);
    all = of_type(node, &NOTE_TYPE, NULL);
    PeerGraphGetNextItem(all, &count, (PVOID **)&items);
    PeerGraphGetProperties(node->graph, &properties);
    PeerGraphDeleteRecord(node->graph, &id, FALSE);
    page("PeerGraphFreeData");
    fact(data_is(&got->data, "stays"), "a record that was given out is whole after its deletion");
    PeerGraphEndEnumeration(all);
    fact(count == 3 && items[2]->dwSize == sizeof(PEER_RECORD), "items are whole after the end of their enumeration");
    all = of_type(node, &NOTE_TYPE, NULL);
    node_close(node);
    fact(data_is(&got->data, "stays"), "a record that was given out is whole after the graph is closed");
    reads(properties->pwzGraphId, node->id, "properties that were given out are whole after the graph is closed");
    PeerGraphFreeData(got);
    PeerGraphFreeData(items);
    PeerGraphFreeData(properties);
    guess("close-ends-the-graph-only");
    items = (PPEER_RECORD *)output();
    count = 5;
    gives(PeerGraphGetNextItem(all, &count, (PVOID **)&items), S_OK, "an enumeration of a closed graph is at its end");
    counts(count, 0, "an enumeration of a closed graph has no more items");
    gives(PeerGraphEndEnumeration(all), S_OK, "an enumeration of a closed graph is there to be ended");
    guess("free-null");
    PeerGraphFreeData(NULL);
    fact(1, "NULL can be freed");
}

void graph_enumerations(void) {
    NODE node;
    GUID id;
    int i;
    graph_start();
    node = node_create("writer");
    page("PeerGraphEnumRecords");
    guess("empty-results");
    counts(enum_count(of_type(&node, NULL, NULL)), 0, "a new graph has no records");
    for (i = 0; i < 10; i++)
        record_add(&node, "one", NULL, &id);
    taking(&node);
    choosing(&node);
    snapshots(&node);
    lifetimes(&node);
}
