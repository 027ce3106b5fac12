/* graph_records.c - records: what is overwritten, what versions are, what an update keeps, what deleted means. */
#include "graph.h"

static HRESULT add(const NODE *node, PEER_RECORD *record) {
    GUID id;
    return PeerGraphAddRecord(node->graph, record, &id);
}

static void fields_of_a_new_record(const NODE *node) {
    PEER_RECORD given = record_of("content", NULL);
    PPEER_RECORD got;
    ULONGLONG before = now(), after;
    GUID id;
    given.id = NO_RECORD;
    given.dwVersion = 77;
    given.ftCreation = given.ftLastModified = filetime_of(12345);
    page("PeerGraphAddRecord");
    gives(PeerGraphAddRecord(node->graph, &given, &id), S_OK, "a record with an ID, a version and times of its own");
    after = now();
    fact(!guid_is(&id, &NO_RECORD), "the ID is made by the graph, not the one given");
    got = record_get(node, &id);
    if (!fact(got != NULL, "PeerGraphGetRecord gives the record"))
        return;
    fact(filetime_value(got->ftCreation) + SECOND >= before && filetime_value(got->ftCreation) <= after + SECOND,
         "ftCreation is when it was added");
    counts(filetime_value(got->ftExpiration), filetime_value(given.ftExpiration), "ftExpiration is what was given");
    reads(got->pwzCreatorId, node->peer, "pwzCreatorId NULL is the peer ID");
    page("PEER_RECORD");
    counts(got->dwSize, sizeof(PEER_RECORD), "dwSize of a record that is given out");
    fact(guid_is(&got->type, &NOTE_TYPE), "type is what was given");
    fact(guid_is(&got->id, &id), "id is the one that PeerGraphAddRecord told");
    counts(got->dwVersion, 1, "dwVersion of a new record is 1");
    counts(got->dwFlags, 0, "dwFlags are 0");
    counts(filetime_value(got->ftLastModified), filetime_value(got->ftCreation),
           "ftLastModified of a new record is ftCreation");
    counts(got->securityData.cbData, 0, "without a security provider there is no securityData");
    fact(data_is(&got->data, "content"), "data is what was given");
    fact(got->pwzAttributes == NULL, "pwzAttributes NULL comes back as NULL");
    guess("modifier-is-creator");
    reads(got->pwzModifiedById, node->peer, "pwzModifiedById of who never modified is the creator");
    PeerGraphFreeData(got);
}

static void wrong_new_records(const NODE *node) {
    PEER_RECORD record;
    ULONG size;
    page("PeerGraphAddRecord");
    for (size = 0; size < 3; size++) {
        record = record_of("x", NULL);
        record.dwSize = size == 0 ? 0 : size == 1 ? sizeof record - 1 : sizeof record + 1;
        gives(add(node, &record), E_INVALIDARG, "dwSize %s", size == 0 ? "0" : size == 1 ? "one less" : "one more");
    }
    record = record_of("x", NULL);
    record.ftExpiration = filetime_of(0);
    gives(add(node, &record), E_INVALIDARG, "ftExpiration 0");
    record.ftExpiration = filetime_of(now() - SECOND);
    gives(add(node, &record), E_INVALIDARG, "ftExpiration a second ago");
    record.ftExpiration = filetime_of(now() + 60 * SECOND);
    gives(add(node, &record), S_OK, "ftExpiration in a minute");
    guess("latest-expiration");
    record.ftExpiration = filetime_of(0x7FFFFFFFFFFFFFFFULL);
    gives(add(node, &record), S_OK, "ftExpiration 2^63 - 1");
    record.ftExpiration = filetime_of(0x8000000000000000ULL);
    gives(add(node, &record), E_INVALIDARG, "ftExpiration 2^63");
    page("PeerGraphAddRecord");
    record = record_of(NULL, NULL);
    gives(add(node, &record), S_OK, "no data");
    record = record_of(NULL, NULL);
    record.data.cbData = 5;
    gives(add(node, &record), E_INVALIDARG, "a count of data and a NULL pointer");
    guess("record-flags");
    record = record_of("x", NULL);
    record.dwFlags = PEER_RECORD_FLAG_AUTOREFRESH;
    gives(add(node, &record), S_OK, "PEER_RECORD_FLAG_AUTOREFRESH");
    record.dwFlags = PEER_RECORD_FLAG_DELETED;
    gives(add(node, &record), E_INVALIDARG, "PEER_RECORD_FLAG_DELETED");
    for (record.dwFlags = 4; record.dwFlags; record.dwFlags <<= 7)
        gives(add(node, &record), E_INVALIDARG, "dwFlags 0x%lX", (unsigned long)record.dwFlags);
    guess("graph-own-types");
    for (size = 1; size <= 4; size++) {
        record = record_of("x", NULL);
        record.type = GRAPH_INFO_TYPE;
        record.type.Data1 = size << 8;
        gives(add(node, &record), E_INVALIDARG, "a type of the graph's own, 0x%lX", (unsigned long)size << 8);
    }
    guess("group-types-in-graphs");
    record.type.Data1 = 0x01000000;
    gives(add(node, &record), S_OK, "the type of a group's memberships, in a plain graph");
    guess("ids-of-creators");
    record = record_of("x", NULL);
    record.pwzCreatorId = wide("somebody");
    gives(add(node, &record), S_OK, "a creator of its own");
    record.pwzCreatorId = repeated(L'c', 255);
    gives(add(node, &record), S_OK, "a creator of 255 characters");
    record.pwzCreatorId = repeated(L'c', 256);
    gives(add(node, &record), E_INVALIDARG, "a creator of 256 characters");
    record.pwzCreatorId = wide("");
    gives(add(node, &record), E_INVALIDARG, "an empty creator");
    guess("strings");
    record = record_of("x", L"<attributes/>\xD800");
    fact(add(node, &record) != S_OK, "half a surrogate pair in the attributes is refused");
}

static void updating(const NODE *node) {
    PEER_RECORD change;
    PPEER_RECORD got, before;
    GUID id;
    ULONG version;
    record_add(node, "first", L"<attributes><attribute name=\"a\" type=\"int\">1</attribute></attributes>", &id);
    before = record_get(node, &id);
    page("PeerGraphUpdateRecord");
    change = record_of("second", NULL);
    change.id = id;
    change.ftExpiration = filetime_of(filetime_value(before->ftExpiration) + 60 * SECOND);
    for (version = 2; version <= 6; version++) {
        gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "update to version %lu", (unsigned long)version);
        got = record_get(node, &id);
        counts(got->dwVersion, version, "dwVersion %lu after the update", (unsigned long)version);
        PeerGraphFreeData(got);
    }
    got = record_get(node, &id);
    fact(data_is(&got->data, "second"), "the data is the new one");
    counts(filetime_value(got->ftCreation), filetime_value(before->ftCreation), "ftCreation stays");
    fact(filetime_value(got->ftLastModified) >= filetime_value(before->ftLastModified),
         "ftLastModified does not go back");
    counts(filetime_value(got->ftExpiration), filetime_value(change.ftExpiration), "ftExpiration is the new one");
    reads(got->pwzCreatorId, node->peer, "the creator stays");
    guess("update-keeps");
    fact(got->pwzAttributes && wcsstr(got->pwzAttributes, L"\"a\"") != NULL, "pwzAttributes NULL keeps the attributes");
    change.data.pbData = NULL;
    change.data.cbData = 0;
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "no data pointer");
    PeerGraphFreeData(got);
    got = record_get(node, &id);
    fact(data_is(&got->data, "second"), "no data pointer keeps the data");
    change.data.pbData = (PBYTE) "";
    PeerGraphFreeData(got);
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "a data pointer and a count of 0");
    got = record_get(node, &id);
    counts(got->data.cbData, 0, "a data pointer and a count of 0 clear the data");
    PeerGraphFreeData(got);
    change.pwzAttributes = L"<attributes/>";
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "attributes without an attribute");
    got = record_get(node, &id);
    fact(!got->pwzAttributes || !wcsstr(got->pwzAttributes, L"\"a\""), "attributes without an attribute clear them");
    PeerGraphFreeData(got);
    change.ftExpiration = filetime_of(0);
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "an expiration of 0");
    got = record_get(node, &id);
    fact(filetime_value(got->ftExpiration) > now(), "an expiration of 0 keeps what was there");
    change.type = OTHER_TYPE;
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "another type, which is not looked at");
    page("PeerGraphUpdateRecord");
    change.ftExpiration = got->ftExpiration;
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "the same expiration");
    change.ftExpiration = filetime_of(filetime_value(got->ftExpiration) - 1);
    gives(PeerGraphUpdateRecord(node->graph, &change), E_INVALIDARG, "an expiration 100 ns earlier");
    PeerGraphFreeData(got);
    change = record_of("x", NULL);
    change.id = NO_RECORD;
    gives(PeerGraphUpdateRecord(node->graph, &change), PEER_E_RECORD_NOT_FOUND, "an ID that no record has");
    change.id = id;
    change.ftExpiration = filetime_of(now() + 5000 * SECOND);
    change.dwSize = 0;
    gives(PeerGraphUpdateRecord(node->graph, &change), E_INVALIDARG, "dwSize 0");
    change.dwSize = sizeof change;
    change.pwzAttributes = L"<attributes>";
    gives(PeerGraphUpdateRecord(node->graph, &change), PEER_E_INVALID_ATTRIBUTES, "attributes that are no XML");
    guess("record-flags");
    change = record_of("x", NULL);
    change.id = id;
    change.ftExpiration = filetime_of(now() + 5000 * SECOND);
    change.dwFlags = PEER_RECORD_FLAG_AUTOREFRESH;
    gives(PeerGraphUpdateRecord(node->graph, &change), S_OK, "PEER_RECORD_FLAG_AUTOREFRESH on update");
    change.dwFlags = PEER_RECORD_FLAG_DELETED;
    gives(PeerGraphUpdateRecord(node->graph, &change), E_INVALIDARG, "PEER_RECORD_FLAG_DELETED on update");
    guess("graph-own-types");
    change.dwFlags = 0;
    change.id = GRAPH_INFO_ID;
    gives(PeerGraphUpdateRecord(node->graph, &change), E_INVALIDARG, "the graph's own record");
    PeerGraphFreeData(before);
}

static void deleting(const NODE *node) {
    GUID id, local;
    PPEER_RECORD got = (PPEER_RECORD)output();
    HPEERENUM all;
    PEER_RECORD change = record_of("x", NULL);
    record_add(node, "to delete", NULL, &id);
    record_add(node, "to forget", NULL, &local);
    page("PeerGraphDeleteRecord");
    gives(PeerGraphDeleteRecord(node->graph, &id, FALSE), S_OK, "everywhere");
    gives(PeerGraphDeleteRecord(node->graph, &id, FALSE), PEER_E_RECORD_NOT_FOUND, "a second time");
    gives(PeerGraphDeleteRecord(node->graph, &local, TRUE), S_OK, "the local copy only");
    gives(PeerGraphDeleteRecord(node->graph, &local, TRUE), PEER_E_RECORD_NOT_FOUND, "the local copy a second time");
    gives(PeerGraphDeleteRecord(node->graph, &NO_RECORD, TRUE), PEER_E_RECORD_NOT_FOUND,
          "an ID that no record has, locally");
    gives(PeerGraphDeleteRecord(node->graph, &GRAPH_INFO_ID, FALSE), E_ACCESSDENIED,
          "the record of the graph's properties");
    guess("graph-own-types");
    gives(PeerGraphDeleteRecord(node->graph, &GRAPH_INFO_ID, TRUE), E_ACCESSDENIED,
          "the record of the graph's properties, locally");
    page("PeerGraphGetRecord");
    gives(PeerGraphGetRecord(node->graph, &id, &got), PEER_E_RECORD_NOT_FOUND, "a deleted record");
    gives(PeerGraphGetRecord(node->graph, &local, &got), PEER_E_RECORD_NOT_FOUND, "a record deleted locally");
    page("PeerGraphUpdateRecord");
    change.id = id;
    gives(PeerGraphUpdateRecord(node->graph, &change), PEER_E_RECORD_NOT_FOUND, "a deleted record");
    page("PeerGraphEnumRecords");
    PeerGraphEnumRecords(node->graph, &NOTE_TYPE, NULL, &all);
    counts(enum_count(all), 0, "a deleted record is in no enumeration");
}

/* A record that ends while it is looked at. */
static void expiring(const NODE *node) {
    PEER_RECORD record = record_of("brief", NULL);
    PPEER_RECORD got = NULL;
    GUID id;
    HPEERENUM all;
    ULONGLONG end = now() + SECOND;
    record.type = OTHER_TYPE;
    record.ftExpiration = filetime_of(end);
    page("PEER_RECORD");
    if (PeerGraphAddRecord(node->graph, &record, &id) != S_OK && now() < end)
        fact(0, "a record of a second is added");
    while (now() <= end)
        Sleep((DWORD)((end - now()) / 10000 + 1)); /* until the moment that the record names */
    guess("expired-at-once");
    gives(PeerGraphGetRecord(node->graph, &id, &got), PEER_E_RECORD_NOT_FOUND, "an expired record, from its moment on");
    PeerGraphEnumRecords(node->graph, &OTHER_TYPE, NULL, &all);
    counts(enum_count(all), 0, "an expired record is in no enumeration");
}

void graph_records(void) {
    NODE node;
    graph_start();
    node = node_create("writer");
    deleting(&node);
    fields_of_a_new_record(&node);
    wrong_new_records(&node);
    updating(&node);
    expiring(&node);
}
