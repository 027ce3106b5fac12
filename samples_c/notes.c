/* notes: a document that several people write at once, without a server.
 *
 *     notes create <graphId> <peerId> <port> [world]
 *     notes join   <graphId> <peerId> <host> <port> [ownPort]
 *
 *     write TEXT       a new paragraph at the end
 *     edit N TEXT      another text for paragraph N
 *     drop N           paragraph N is no longer wanted
 *     show             the document as it is here
 *     quit
 *
 * A paragraph is a record. Whoever changes it makes its next version, and every node keeps the version with the
 * highest number. Two people who change one paragraph at the same time, or while they are cut off from each other, make
 * the same number; then the same one of the two wins everywhere, whatever arrives first. So all have the same document
 * in the end, without anybody who decides. What has lost is gone: a text that many type into letter by letter needs
 * more than that.
 */
#include "peer_program.h" // how a program comes to a graph, and leaves it

#define MOST_PARAGRAPHS 500

static const GUID PARAGRAPH = {0x3b0c7a52, 0x5f1e, 0x4d2b, {0xa4, 0x6d, 0x91, 0xc0, 0x2e, 0x77, 0xf8, 0x1a}};

static PEER_RECORD *paragraphs[MOST_PARAGRAPHS];
static int paragraphCount;

static int Earlier(const void *one, const void *other) { // the order of writing, which a change does not change
    const PEER_RECORD *a = *(PEER_RECORD *const *)one, *b = *(PEER_RECORD *const *)other;
    LONG order = CompareFileTime(&a->ftCreation, &b->ftCreation);
    return order ? (int)order : memcmp(&a->id, &b->id, sizeof a->id);
}

static void Read(void) {
    HPEERENUM found;
    PEER_RECORD **batch;
    while (paragraphCount > 0)
        PeerGraphFreeData(paragraphs[--paragraphCount]);
    Check(PeerGraphEnumRecords(graph, &PARAGRAPH, NULL, &found), L"PeerGraphEnumRecords");
    for (ULONG count = 1; count > 0 && paragraphCount < MOST_PARAGRAPHS;) {
        count = 1; // one at a time, so that each is a block of its own
        Check(PeerGraphGetNextItem(found, &count, (PVOID **)&batch), L"PeerGraphGetNextItem");
        if (count > 0 && SUCCEEDED(PeerGraphGetRecord(graph, &batch[0]->id, &paragraphs[paragraphCount])))
            paragraphCount++;
        PeerGraphFreeData(batch);
    }
    Check(PeerGraphEndEnumeration(found), L"PeerGraphEndEnumeration");
    qsort(paragraphs, (size_t)paragraphCount, sizeof paragraphs[0], Earlier);
}

static void Show(void) {
    Read();
    for (int i = 0; i < paragraphCount; i++) {
        PEER_RECORD *one = paragraphs[i];
        char text[sizeof typed];
        int length = one->data.cbData < sizeof text ? (int)one->data.cbData : (int)sizeof text - 1;
        for (int at = 0; at < length; at++) // written by somebody else: no control characters reach our terminal
            text[at] = one->data.pbData[at] < ' ' || one->data.pbData[at] == 0x7f ? '?' : (char)one->data.pbData[at];
        text[length] = 0;
        WCHAR wide[sizeof typed];
        MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, sizeof typed);
        wprintf(L"%d. %ls  (version %u, by %ls)\n", i + 1, wide, one->dwVersion, one->pwzModifiedById);
    }
    wprintf(L"* %d paragraphs\n", paragraphCount);
}

static void Fill(PEER_RECORD *record, const char *text) {
    memset(record, 0, sizeof *record);
    record->dwSize = sizeof *record;
    record->type = PARAGRAPH;
    record->ftExpiration = Tomorrow();
    record->data.cbData = (ULONG)strlen(text);
    record->data.pbData = (PBYTE)text;
}

static void Write(const char *text) {
    PEER_RECORD record;
    GUID id;
    Fill(&record, text);
    Check(PeerGraphAddRecord(graph, &record, &id), L"PeerGraphAddRecord");
}

static PEER_RECORD *Paragraph(const char *number) { // NULL: there is none
    Read();
    int index = atoi(number);
    return index >= 1 && index <= paragraphCount ? paragraphs[index - 1] : NULL;
}

static void Edit(const char *number) {
    const char *text = strchr(number, ' ');
    PEER_RECORD *known = Paragraph(number), changed;
    if (known == NULL || text == NULL) {
        wprintf(L"edit N TEXT, with the number of a paragraph\n");
        return;
    }
    Fill(&changed, text + 1);
    changed.id = known->id;                     // the record that is meant; its version is counted on by the graph
    changed.ftExpiration = known->ftExpiration; // a change may make a record last longer, never shorter
    HRESULT hr = PeerGraphUpdateRecord(graph, &changed);
    if (hr != PEER_E_RECORD_NOT_FOUND) // somebody has dropped it at this moment
        Check(hr, L"PeerGraphUpdateRecord");
}

static void Drop(const char *number) {
    PEER_RECORD *known = Paragraph(number);
    if (known == NULL)
        return;
    // A deleted record leaves a version without data behind, so that an older one from somewhere else does not come
    // back.
    HRESULT hr = PeerGraphDeleteRecord(graph, &known->id, FALSE);
    if (hr != PEER_E_RECORD_NOT_FOUND)
        Check(hr, L"PeerGraphDeleteRecord");
}

static void HandleEvents(void) {
    PEER_GRAPH_EVENT_DATA *event;
    BOOL changed = FALSE;
    while ((event = NextEvent()) != NULL) {
        changed |= event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED;
        PeerGraphFreeData(event);
    }
    if (changed && listening)
        Show();
}

int wmain(int argc, wchar_t **argv) {
    if (!Enter(argc, argv, L"notes.db", &PARAGRAPH, 1, "quit")) {
        fwprintf(stderr, L"notes create <graphId> <peerId> <port> [world]\n"
                         L"notes join <graphId> <peerId> <host> <port> [ownPort]\n");
        return 2;
    }
    for (;;) {
        ListenOnceSynchronized();
        if (!WaitForLine()) {
            HandleEvents();
            continue;
        }
        if (strcmp(typed, "quit") == 0)
            return Leave();
        else if (strncmp(typed, "write ", 6) == 0)
            Write(typed + 6);
        else if (strncmp(typed, "edit ", 5) == 0)
            Edit(typed + 5);
        else if (strncmp(typed, "drop ", 5) == 0)
            Drop(typed + 5);
        else
            Show();
        SetEvent(lineTaken); // the reader may overwrite the line now
    }
}
