/* graph_chat: a chat room without a server.
 *
 *     graph_chat create <graphId> <peerId> <port> [world]             opens a room
 *     graph_chat join   <graphId> <peerId> <host> <port> [ownPort]    enters it through any peer that is in it
 *
 * The room is a graph. A line of chat is a record in the graph's database, which every peer holds: adding a record is
 * all there is to "sending", and an event that says "a record was added" is all there is to "receiving". Our own lines
 * come back to us in the same way. Type a line to say it, /who to see your neighbors, /quit to leave. Lines may as well
 * come from a pipe.
 */
#include "peer_program.h" // how a program comes to a graph, and leaves it

// The type of our records. A graph may carry records of many programs; each program looks only for its own types.
static const GUID CHAT_LINE = {0xb6c1f0de, 0x2a53, 0x4c7e, {0x9d, 0x10, 0x5e, 0x0b, 0x7a, 0x44, 0xc3, 0x18}};

static void Say(const char *line) {
    WCHAR text[sizeof typed]; // UTF-16 never has more units than UTF-8 has bytes
    int length = MultiByteToWideChar(CP_UTF8, 0, line, (int)strlen(line), text, sizeof typed);
    if (length == 0)
        return;

    PEER_RECORD record = {0}; // identifier, creator and times are filled in by the graph
    record.dwSize = sizeof record;
    record.type = CHAT_LINE;
    record.ftExpiration = Tomorrow();
    record.data.cbData = (ULONG)length * sizeof(WCHAR);
    record.data.pbData = (PBYTE)text;

    GUID id; // when the call is back, the line is on our disk and on its way
    Check(PeerGraphAddRecord(graph, &record, &id), L"PeerGraphAddRecord");
}

static void ShowLine(const GUID *id) {
    PEER_RECORD *record;
    HRESULT hr = PeerGraphGetRecord(graph, id, &record);
    if (hr == PEER_E_RECORD_NOT_FOUND)
        return; // deleted or expired since the event was queued
    Check(hr, L"PeerGraphGetRecord");
    PWSTR text = (PWSTR)record->data.pbData; // written by somebody else: not terminated, and maybe hostile
    int length = (int)(record->data.cbData / sizeof(WCHAR));
    for (int i = 0; i < length; i++)
        if (text[i] < L' ' || text[i] == 0x7f)
            text[i] = L'?'; // no control characters reach our terminal
    wprintf(L"%ls: %.*ls\n", record->pwzCreatorId, length, text);
    PeerGraphFreeData(record);
}

static void ShowNeighbors(void) {
    HPEERENUM neighbors;
    Check(PeerGraphEnumConnections(graph, PEER_CONNECTION_NEIGHBOR, &neighbors), L"PeerGraphEnumConnections");
    wprintf(L"* neighbors:");
    for (ULONG count = 1; count > 0;) {
        PEER_CONNECTION_INFO **batch;
        count = 10; // in: at most so many; out: so many came, and 0 at the end
        Check(PeerGraphGetNextItem(neighbors, &count, (PVOID **)&batch), L"PeerGraphGetNextItem");
        for (ULONG i = 0; i < count; i++)
            wprintf(L" %ls", batch[i]->pwzPeerId);
        PeerGraphFreeData(batch); // again one call for the array and its items
    }
    wprintf(L"\n");
    Check(PeerGraphEndEnumeration(neighbors), L"PeerGraphEndEnumeration");
}

static void HandleEvents(void) {
    PEER_GRAPH_EVENT_DATA *event;
    while ((event = NextEvent()) != NULL) {
        switch (event->eventType) {
        case PEER_GRAPH_EVENT_RECORD_CHANGED:
            if (event->recordChangeData.changeType == PEER_RECORD_ADDED)
                ShowLine(&event->recordChangeData.recordId);
            break;
        case PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION: // one has come, or gone
            if (event->connectionChangeData.status != PEER_CONNECTION_FAILED)
                ShowNeighbors();
            break;
        default: // STATUS_CHANGED: we ask for the status after every event
            break;
        }
        PeerGraphFreeData(event);
    }
}

int wmain(int argc, wchar_t **argv) {
    if (!Enter(argc, argv, L"chat.db", &CHAT_LINE, 1, "/quit")) {
        fwprintf(stderr, L"graph_chat create <graphId> <peerId> <port> [world]\n"
                         L"graph_chat join <graphId> <peerId> <host> <port> [ownPort]\n");
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
        else if (strcmp(typed, "/who") == 0)
            ShowNeighbors();
        else
            Say(typed);
        SetEvent(lineTaken); // the reader may overwrite the line now
    }
}
