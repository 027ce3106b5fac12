/* slides: one shows, all others look on, and nobody else can add a slide.
 *
 *     slides create <graphId> <peerId> <port> [world]            shows: every line that is typed is a slide
 *     slides join   <graphId> <peerId> <host> <port> [ownPort]   looks on
 *
 *     /cheat TEXT      adds a slide although this node must not, as a program that somebody has changed would
 *     /quit
 *
 * A graph has no owner: whoever is in it may add records. Who wants it otherwise gives a security provider, which every
 * node has to have. It is asked twice: when a record is about to leave this node (Secure), and when one comes from
 * another (Validate). The second question is the one that counts. Somebody may change his own program so that it adds
 * what it likes; but all others refuse it, do not show it and do not pass it on.
 *
 * Here a record is good if the creator of the graph has made it, by the name that it carries. In a graph under a
 * group's security (PeerxGroupGetSecurityInterface) such names are signed; in a plain graph one has to trust who is let
 * in.
 */
#include "peer_program.h" // how a program comes to a graph, and leaves it

static const GUID SLIDE = {0x8e6f2d14, 0x90b3, 0x4c5a, {0x8b, 0x27, 0x3d, 0xe1, 0x55, 0x0c, 0x94, 0x6f}};

static BOOL cheating; // read by Secure, which is called inside of PeerGraphAddRecord

// Whether the creator of the graph has made the record. Everything in a record was written by somebody else.
static BOOL OfTheCreator(HGRAPH asked, const PEER_RECORD *record) {
    PEER_GRAPH_PROPERTIES *properties;
    if (FAILED(PeerGraphGetProperties(asked, &properties)))
        return FALSE;
    BOOL good = record->pwzCreatorId && wcscmp(record->pwzCreatorId, properties->pwzCreatorId) == 0 &&
                (record->pwzModifiedById == NULL || wcscmp(record->pwzModifiedById, properties->pwzCreatorId) == 0);
    PeerGraphFreeData(properties);
    return good;
}

// A record of this node wants to go out. The graph's own records, such as who is here, are of other types: anybody has
// them.
static HRESULT CALLBACK Secure(HGRAPH asked, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change,
                               PPEER_DATA *securityData) {
    static PEER_DATA nothing; // what would be a signature
    (void)context, (void)change;
    if (IsEqualGUID(&record->type, &SLIDE) && !cheating && !OfTheCreator(asked, record))
        return E_ACCESSDENIED; // which PeerGraphAddRecord returns
    *securityData = &nothing;
    return S_OK;
}

static HRESULT CALLBACK FreeSecurityData(HGRAPH asked, PVOID context, PPEER_DATA securityData) {
    (void)asked, (void)context, (void)securityData; // it is not on the heap
    return S_OK;
}

// A record has come from another node. Called on a thread of the graph, so that a slow provider holds up nobody else.
static HRESULT CALLBACK Validate(HGRAPH asked, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
    (void)context, (void)change;
    if (!IsEqualGUID(&record->type, &SLIDE) || OfTheCreator(asked, record))
        return S_OK;
    wprintf(L"* refused a slide of %ls\n", record->pwzCreatorId ? record->pwzCreatorId : L"nobody");
    fflush(stdout);
    return PEER_E_INVALID_RECORD;
}

static PEER_SECURITY_INTERFACE provider = {
    .dwSize = sizeof provider,
    .pfnValidateRecord = Validate,
    .pfnSecureRecord = Secure,
    .pfnFreeSecurityData = FreeSecurityData,
};

static void Add(const char *text) {
    PEER_RECORD record = {0};
    GUID id;
    record.dwSize = sizeof record;
    record.type = SLIDE;
    record.ftExpiration = Tomorrow();
    record.data.cbData = (ULONG)strlen(text);
    record.data.pbData = (PBYTE)text;
    HRESULT hr = PeerGraphAddRecord(graph, &record, &id);
    if (hr == E_ACCESSDENIED)
        wprintf(L"* only who has made the graph adds slides\n");
    else
        Check(hr, L"PeerGraphAddRecord");
}

static void ShowSlide(const GUID *id) {
    PEER_RECORD *record;
    HRESULT hr = PeerGraphGetRecord(graph, id, &record);
    if (hr == PEER_E_RECORD_NOT_FOUND)
        return;
    Check(hr, L"PeerGraphGetRecord");
    char text[sizeof typed];
    int length = record->data.cbData < sizeof text ? (int)record->data.cbData : (int)sizeof text - 1;
    const BYTE *said = record->data.pbData; // no control characters of others reach our terminal
    for (int at = 0; at < length; at++)
        text[at] = said[at] < ' ' || said[at] == 0x7f ? '?' : (char)said[at];
    text[length] = 0;
    WCHAR wide[sizeof typed];
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, sizeof typed);
    wprintf(L"[ %ls ]\n", wide);
    PeerGraphFreeData(record);
}

static void HandleEvents(void) {
    PEER_GRAPH_EVENT_DATA *event;
    while ((event = NextEvent()) != NULL) {
        if (event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED &&
            event->recordChangeData.changeType == PEER_RECORD_ADDED)
            ShowSlide(&event->recordChangeData.recordId);
        PeerGraphFreeData(event);
    }
}

int wmain(int argc, wchar_t **argv) {
    security = &provider; // which peer_program.h gives to PeerGraphCreate and PeerGraphOpen
    if (!Enter(argc, argv, L"slides.db", &SLIDE, 1, "/quit")) {
        fwprintf(stderr, L"slides create <graphId> <peerId> <port> [world]\n"
                         L"slides join <graphId> <peerId> <host> <port> [ownPort]\n");
        return 2;
    }
    for (;;) {
        ListenOnceSynchronized();
        if (!WaitForLine()) {
            HandleEvents();
            continue;
        }
        if (strcmp(typed, "/quit") == 0)
            return Leave();
        cheating = strncmp(typed, "/cheat ", 7) == 0;
        Add(cheating ? typed + 7 : typed);
        cheating = FALSE;
        SetEvent(lineTaken); // the reader may overwrite the line now
    }
}
