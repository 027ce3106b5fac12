/* graph_limits.c - lengths and numbers at both edges, and what 0 stands for. */
#include "graph.h"

static HRESULT create(PEER_GRAPH_PROPERTIES *properties, HGRAPH *graph) {
    return PeerGraphCreate(properties, unique("database"), NULL, graph);
}

/* Creates and closes. */
static HRESULT creating(PEER_GRAPH_PROPERTIES *properties) {
    HGRAPH graph = NULL;
    HRESULT result = create(properties, &graph);
    if (SUCCEEDED(result))
        PeerGraphClose(graph);
    return result;
}

static PEER_GRAPH_PROPERTIES fresh(void) { return graph_properties(unique("graph"), wide("creator")); }

/* An ID of exactly so many characters that is not in use. */
static PWSTR long_id(size_t count) {
    PWSTR id = repeated(L'g', count), own = unique("");
    size_t i;
    for (i = 0; own[i] && i < count; i++)
        id[i] = own[i];
    return id;
}

static void names(void) {
    PEER_GRAPH_PROPERTIES made = fresh();
    static const struct {
        const char *name;
        size_t offset;
        size_t most;
    } texts[] = {
        {"pwzFriendlyName", offsetof(PEER_GRAPH_PROPERTIES, pwzFriendlyName), 255},
        {"pwzComment", offsetof(PEER_GRAPH_PROPERTIES, pwzComment), 511},
        {"pwzCreatorId", offsetof(PEER_GRAPH_PROPERTIES, pwzCreatorId), 255},
    };
    size_t i;
    page("PEER_GRAPH_PROPERTIES");
    made.pwzGraphId = long_id(1);
    made.pwzGraphId[0] = (WCHAR)(0x4E00 + now() % 0x5000);
    gives(creating(&made), S_OK, "pwzGraphId of 1 character");
    made.pwzGraphId = long_id(255);
    gives(creating(&made), S_OK, "pwzGraphId of 255 characters");
    made.pwzGraphId = long_id(256);
    gives(creating(&made), E_INVALIDARG, "pwzGraphId of 256 characters");
    made.pwzGraphId = wide("");
    gives(creating(&made), E_INVALIDARG, "an empty pwzGraphId");
    made.pwzGraphId = NULL;
    gives(creating(&made), E_INVALIDARG, "pwzGraphId NULL");
    for (i = 0; i < 3; i++) {
        PWSTR *field;
        made = fresh();
        field = (PWSTR *)((char *)&made + texts[i].offset);
        *field = repeated(L'n', 1);
        gives(creating(&made), S_OK, "%s of 1 character", texts[i].name);
        made.pwzGraphId = unique("graph");
        *field = repeated(L'n', texts[i].most);
        gives(creating(&made), S_OK, "%s of %u characters", texts[i].name, (unsigned)texts[i].most);
        made.pwzGraphId = unique("graph");
        *field = repeated(L'n', texts[i].most + 1);
        gives(creating(&made), E_INVALIDARG, "%s of %u characters", texts[i].name, (unsigned)texts[i].most + 1);
    }
    made = fresh();
    made.pwzCreatorId = NULL;
    gives(creating(&made), E_INVALIDARG, "pwzCreatorId NULL");
    made.pwzCreatorId = wide("");
    gives(creating(&made), E_INVALIDARG, "an empty pwzCreatorId");
    guess("strings");
    made = fresh();
    made.pwzFriendlyName = L"half \xD800";
    gives(creating(&made), E_INVALIDARG, "pwzFriendlyName with half a surrogate pair");
}

static void numbers(void) {
    static const struct {
        const char *name;
        size_t offset;
        DWORD value;
        int good;
        const char *guess;
    } fields[] = {
        {"dwMaxRecordSize", offsetof(PEER_GRAPH_PROPERTIES, dwMaxRecordSize), 1023, 0, NULL},
        {"dwMaxRecordSize", offsetof(PEER_GRAPH_PROPERTIES, dwMaxRecordSize), 1024, 1, NULL},
        {"dwMaxRecordSize", offsetof(PEER_GRAPH_PROPERTIES, dwMaxRecordSize), 62914560, 1, NULL},
        {"dwMaxRecordSize", offsetof(PEER_GRAPH_PROPERTIES, dwMaxRecordSize), 62914561, 0, NULL},
        {"dwMaxRecordSize", offsetof(PEER_GRAPH_PROPERTIES, dwMaxRecordSize), 1, 0, NULL},
        {"ulPresenceLifetime", offsetof(PEER_GRAPH_PROPERTIES, ulPresenceLifetime), 1, 0, "presence-lifetime"},
        {"ulPresenceLifetime", offsetof(PEER_GRAPH_PROPERTIES, ulPresenceLifetime), 299, 0, "presence-lifetime"},
        {"ulPresenceLifetime", offsetof(PEER_GRAPH_PROPERTIES, ulPresenceLifetime), 300, 1, NULL},
        {"ulPresenceLifetime", offsetof(PEER_GRAPH_PROPERTIES, ulPresenceLifetime), 301, 1, NULL},
        {"cPresenceMax", offsetof(PEER_GRAPH_PROPERTIES, cPresenceMax), 0, 1, NULL},
        {"cPresenceMax", offsetof(PEER_GRAPH_PROPERTIES, cPresenceMax), 1, 1, NULL},
        {"cPresenceMax", offsetof(PEER_GRAPH_PROPERTIES, cPresenceMax), 0xFFFFFFFF, 1, NULL},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 0, 1, "graph-scopes"},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 1, 1, NULL},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 2, 1, NULL},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 3, 1, NULL},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 4, 1, "graph-scopes"},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 5, 0, NULL},
        {"dwScope", offsetof(PEER_GRAPH_PROPERTIES, dwScope), 99, 0, NULL},
        {"dwFlags", offsetof(PEER_GRAPH_PROPERTIES, dwFlags), 2, 1, NULL},
        {"dwFlags", offsetof(PEER_GRAPH_PROPERTIES, dwFlags), 1, 1, "graph-flags"},
        {"dwFlags", offsetof(PEER_GRAPH_PROPERTIES, dwFlags), 3, 1, "graph-flags"},
        {"dwFlags", offsetof(PEER_GRAPH_PROPERTIES, dwFlags), 4, 0, "graph-flags"},
        {"dwFlags", offsetof(PEER_GRAPH_PROPERTIES, dwFlags), 0x80000000, 0, "graph-flags"},
        {"dwSize", offsetof(PEER_GRAPH_PROPERTIES, dwSize), 0, 0, NULL},
        {"dwSize", offsetof(PEER_GRAPH_PROPERTIES, dwSize), sizeof(PEER_GRAPH_PROPERTIES) - 1, 0, NULL},
        {"dwSize", offsetof(PEER_GRAPH_PROPERTIES, dwSize), sizeof(PEER_GRAPH_PROPERTIES) + 1, 0, NULL},
    };
    size_t i;
    for (i = 0; i < sizeof fields / sizeof *fields; i++) {
        PEER_GRAPH_PROPERTIES made = fresh();
        *(DWORD *)((char *)&made + fields[i].offset) = fields[i].value;
        page("PEER_GRAPH_PROPERTIES");
        if (fields[i].guess)
            guess(fields[i].guess);
        gives(creating(&made), fields[i].good ? S_OK : E_INVALIDARG, "%s %lu", fields[i].name,
              (unsigned long)fields[i].value);
    }
}

static void databases(void) {
    static const struct {
        PCWSTR name;
        const char *text;
    } bad[] = {
        {L"", "empty"},
        {L"a\\b", "with a backslash"},
        {L"a/b", "with a slash"},
        {L"a:b", "with a colon"},
        {L"a*b", "with an asterisk"},
        {L"a?b", "with ?"},
        {L"a<b", "with <"},
        {L"a>b", "with >"},
        {L"a|b", "with |"},
        {L"a\"b", "with a quotation mark"},
        {L"..", "two points"},
        {L".", "one point"},
        {L"a\x01", "with a control character"},
    };
    size_t i;
    HGRAPH graph;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        PEER_GRAPH_PROPERTIES made = fresh();
        page("PeerGraphCreate");
        gives(PeerGraphCreate(&made, bad[i].name, NULL, &graph), E_INVALIDARG, "pwzDatabaseName %s", bad[i].text);
        page("PeerGraphOpen");
        gives(PeerGraphOpen(made.pwzGraphId, L"peer", bad[i].name, NULL, 0, NULL, &graph), E_INVALIDARG,
              "pwzDatabaseName %s", bad[i].text);
    }
}

/* Sizes around the limit of a graph: data and attributes count together. */
static void sizes(void) {
    static const PCWSTR attributes =
        L"<attributes><attribute name=\"a\" type=\"string\">0123456789</attribute></attributes>";
    PEER_GRAPH_PROPERTIES made = fresh();
    char *data = keep(2000);
    HGRAPH graph;
    PEER_RECORD record;
    GUID id;
    ULONG size;
    made.dwMaxRecordSize = 1024;
    if (create(&made, &graph) != S_OK)
        return;
    memset(data, 'x', 1999);
    page("PeerGraphAddRecord");
    for (size = 1023; size <= 1025; size++) {
        record = record_of(data, NULL);
        record.data.cbData = size;
        if (size == 1024)
            guess("largest-record");
        gives(PeerGraphAddRecord(graph, &record, &id), size <= 1024 ? S_OK : PEER_E_MAX_RECORD_SIZE_EXCEEDED,
              "%lu bytes where 1024 are the limit", (unsigned long)size);
        page("PeerGraphAddRecord");
    }
    record = record_of(data, attributes);
    record.data.cbData = 1020;
    gives(PeerGraphAddRecord(graph, &record, &id), PEER_E_MAX_RECORD_SIZE_EXCEEDED, "1020 bytes and attributes");
    record.data.cbData = 500;
    gives(PeerGraphAddRecord(graph, &record, &id), S_OK, "500 bytes and attributes");
    page("PeerGraphUpdateRecord");
    record.id = id;
    record.pwzAttributes = NULL;
    record.data.cbData = 1020;
    guess("update-keeps");
    gives(PeerGraphUpdateRecord(graph, &record), PEER_E_MAX_RECORD_SIZE_EXCEEDED,
          "1020 bytes, and attributes that are kept");
    PeerGraphClose(graph);
}

void graph_limits(void) {
    graph_start();
    names();
    numbers();
    databases();
    sizes();
}

static void defaults_of_properties(void) {
    PEER_GRAPH_PROPERTIES made = fresh();
    PPEER_GRAPH_PROPERTIES got = NULL;
    HGRAPH graph;
    if (create(&made, &graph) != S_OK)
        return;
    page("PEER_GRAPH_PROPERTIES");
    gives(PeerGraphGetProperties(graph, &got), S_OK, "properties of a graph that was created with the least");
    counts(got->dwSize, sizeof *got, "dwSize of what is given out");
    counts(got->dwFlags, 0, "dwFlags are 0 by default");
    counts(got->dwScope, PEER_GRAPH_SCOPE_LOOPBACK, "dwScope is what was given");
    reads(got->pwzGraphId, made.pwzGraphId, "pwzGraphId is what was given");
    reads(got->pwzCreatorId, made.pwzCreatorId, "pwzCreatorId is what was given");
    counts(got->cPresenceMax, 0, "cPresenceMax 0 stays 0");
    guess("properties-that-count");
    counts(got->dwMaxRecordSize, 62914560, "dwMaxRecordSize 0 comes back as 62914560");
    counts(got->ulPresenceLifetime, 300, "ulPresenceLifetime 0 comes back as 300");
    fact(!got->pwzFriendlyName || !*got->pwzFriendlyName, "without a friendly name there is none");
    fact(!got->pwzComment || !*got->pwzComment, "without a comment there is none");
    PeerGraphFreeData(got);
    PeerGraphClose(graph);
}

static void changing_properties(void) {
    PEER_GRAPH_PROPERTIES made = fresh(), change = fresh();
    PPEER_GRAPH_PROPERTIES got = NULL;
    HGRAPH graph;
    QUEUE queue;
    NODE node = node_named("creator");
    PPEER_GRAPH_EVENT_DATA event;
    made.pwzFriendlyName = wide("before");
    made.pwzComment = wide("a comment");
    made.ulPresenceLifetime = 600;
    made.cPresenceMax = 5;
    if (create(&made, &graph) != S_OK)
        return;
    node.graph = graph;
    queue = queue_of(&node, PEER_GRAPH_EVENT_PROPERTY_CHANGED);
    change.pwzFriendlyName = wide("after");
    change.pwzGraphId = wide("another");
    change.pwzCreatorId = wide("another");
    change.dwScope = PEER_GRAPH_SCOPE_GLOBAL;
    change.dwMaxRecordSize = 5000;
    change.cPresenceMax = 7;
    page("PeerGraphSetProperties");
    gives(PeerGraphSetProperties(graph, &change), S_OK, "other values for every field");
    PeerGraphGetProperties(graph, &got);
    reads(got->pwzFriendlyName, L"after", "pwzFriendlyName changes");
    counts(got->cPresenceMax, 7, "cPresenceMax changes");
    reads(got->pwzGraphId, made.pwzGraphId, "pwzGraphId is not looked at");
    reads(got->pwzCreatorId, made.pwzCreatorId, "pwzCreatorId is not looked at");
    counts(got->dwScope, PEER_GRAPH_SCOPE_LOOPBACK, "dwScope is not looked at");
    counts(got->dwMaxRecordSize, 62914560, "dwMaxRecordSize is not looked at");
    guess("set-properties-all-four");
    fact(!got->pwzComment || !*got->pwzComment, "pwzComment NULL removes it");
    counts(got->ulPresenceLifetime, 300, "ulPresenceLifetime 0 is 300 again");
    PeerGraphFreeData(got);
    event = queue_next(&queue);
    page("PEER_GRAPH_EVENT_DATA");
    fact(event && event->eventType == PEER_GRAPH_EVENT_PROPERTY_CHANGED,
         "PROPERTY_CHANGED comes for a change of one's own");
    if (event)
        PeerGraphFreeData(event);
    page("PeerGraphSetProperties");
    change.dwSize = 0;
    gives(PeerGraphSetProperties(graph, &change), E_INVALIDARG, "dwSize 0");
    change.dwSize = sizeof change;
    change.pwzFriendlyName = repeated(L'x', 256);
    gives(PeerGraphSetProperties(graph, &change), E_INVALIDARG, "pwzFriendlyName of 256 characters");
    change.pwzFriendlyName = NULL;
    change.pwzComment = repeated(L'x', 512);
    gives(PeerGraphSetProperties(graph, &change), E_INVALIDARG, "pwzComment of 512 characters");
    change.pwzComment = NULL;
    guess("presence-lifetime");
    change.ulPresenceLifetime = 299;
    gives(PeerGraphSetProperties(graph, &change), E_INVALIDARG, "ulPresenceLifetime 299");
    queue_close(&queue);
    PeerGraphClose(graph);
}

void graph_properties_section(void) {
    graph_start();
    defaults_of_properties();
    changing_properties();
}
