/* four_in_a_row: a game for two, without a server and without a referee.
 *
 *     four_in_a_row create <graphId> <peerId> <port> [world]            plays first
 *     four_in_a_row join   <graphId> <peerId> <host> <port> [ownPort]   plays against who has created it, or looks on
 *
 *     1 ... 7          drops a stone into that column
 *     /cheat COLUMN    does so whatever the rules say, as a program that somebody has changed would
 *     /quit
 *
 * A move is a record: its number in the game, and a column. Every node has the whole game, and judges each move itself
 * by the rules, in its security provider: is it this player's turn, has the column room, is the game still on? A move
 * that breaks a rule is refused by every node but that of the cheater, who is left alone with his own board. Players
 * are told apart by the names in their records, which a group's security would prove.
 */
#include "peer_program.h" // how a program comes to a graph, and leaves it

#define COLUMNS 7
#define ROWS    6

static const GUID MOVE = {0x51d7c3a8, 0x6e02, 0x4b9f, {0x9a, 0x14, 0xc8, 0x3f, 0x60, 0x2d, 0x75, 0xbe}};

typedef struct {
    BYTE number; // 0 for the first move of the game
    BYTE column;
} Move;

// The game as this node has it. The provider is called on a thread of the graph, hence the lock.
static CRITICAL_SECTION lock;
static char board[ROWS][COLUMNS]; // 'X' began, 'O', or 0
static int moves;
static BOOL over;
static WCHAR players[2][256];
static BOOL cheating;

static BOOL Won(char stone) { // four in any of four directions from any place
    static const int steps[][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
    for (int at = 0; at < ROWS * COLUMNS; at++)
        for (int way = 0; way < 4; way++) {
            int row = at / COLUMNS, column = at % COLUMNS, length = 0;
            while (row >= 0 && row < ROWS && column >= 0 && column < COLUMNS && board[row][column] == stone) {
                length++;
                row += steps[way][0];
                column += steps[way][1];
            }
            if (length >= 4)
                return TRUE;
        }
    return FALSE;
}

static void ShowBoard(void) {
    for (int row = ROWS - 1; row >= 0; row--) {
        WCHAR line[COLUMNS + 1] = {0};
        for (int column = 0; column < COLUMNS; column++)
            line[column] = board[row][column] ? (WCHAR)board[row][column] : L'.';
        wprintf(L"|%ls|\n", line);
    }
    if (over)
        wprintf(L"* %ls has won\n", players[(moves - 1) % 2]);
    else
        wprintf(L"* move %d: the turn of %ls\n", moves + 1, players[moves % 2][0] ? players[moves % 2] : L"anybody");
    fflush(stdout);
}

// Judges a move by the rules, and makes it. S_OK; too early: the moves before it have not come yet; or against the
// rules.
static HRESULT Play(HGRAPH asked, const PEER_RECORD *record, PEER_RECORD_CHANGE_TYPE change) {
    const Move *move = (const Move *)record->data.pbData;
    PEER_GRAPH_PROPERTIES *properties;
    HRESULT verdict = PEER_E_INVALID_RECORD;
    if (change != PEER_RECORD_ADDED || record->data.cbData != sizeof *move || move->column >= COLUMNS)
        return verdict; // a move stands: it is not changed and not taken back
    if (record->pwzCreatorId == NULL || wcslen(record->pwzCreatorId) >= 256)
        return verdict;
    if (FAILED(PeerGraphGetProperties(asked, &properties))) // who has created the graph plays first
        return PEER_E_DEFERRED_VALIDATION;
    EnterCriticalSection(&lock);
    int row = 0, player = move->number % 2;
    while (row < ROWS && board[row][move->column])
        row++;
    BOOL first = wcscmp(record->pwzCreatorId, properties->pwzCreatorId) == 0;
    BOOL seated = players[player][0] == 0 || wcscmp(players[player], record->pwzCreatorId) == 0;
    if (move->number > moves)
        verdict = PEER_E_DEFERRED_VALIDATION;
    else if (move->number == moves && !over && row < ROWS && seated && first == (player == 0)) {
        verdict = S_OK;
        wcscpy(players[player], record->pwzCreatorId); // whoever makes the second move is the second player
        board[row][move->column] = player == 0 ? 'X' : 'O';
        moves++;
        over = Won(player == 0 ? 'X' : 'O');
        ShowBoard();
    }
    LeaveCriticalSection(&lock);
    PeerGraphFreeData(properties);
    return verdict;
}

static HRESULT CALLBACK Validate(HGRAPH asked, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
    (void)context;
    if (!IsEqualGUID(&record->type, &MOVE))
        return S_OK; // of the graph itself
    HRESULT verdict = Play(asked, record, change);
    if (verdict == PEER_E_INVALID_RECORD) {
        wprintf(L"* refused a move of %ls\n", record->pwzCreatorId ? record->pwzCreatorId : L"nobody");
        fflush(stdout);
    }
    return verdict;
}

// Our own move is judged in the same way before it leaves; who cheats, leaves that out.
static HRESULT CALLBACK Secure(HGRAPH asked, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change,
                               PPEER_DATA *securityData) {
    static PEER_DATA nothing;
    (void)context;
    if (IsEqualGUID(&record->type, &MOVE) && !cheating && FAILED(Play(asked, record, change)))
        return E_ACCESSDENIED;
    *securityData = &nothing;
    return S_OK;
}

static HRESULT CALLBACK FreeSecurityData(HGRAPH asked, PVOID context, PPEER_DATA securityData) {
    (void)asked, (void)context, (void)securityData;
    return S_OK;
}

static PEER_SECURITY_INTERFACE provider = {
    .dwSize = sizeof provider,
    .pfnValidateRecord = Validate,
    .pfnSecureRecord = Secure,
    .pfnFreeSecurityData = FreeSecurityData,
};

static void Drop(int column) {
    Move move = {(BYTE)moves, (BYTE)(column - 1)};
    PEER_RECORD record = {0};
    GUID id;
    record.dwSize = sizeof record;
    record.type = MOVE;
    record.ftExpiration = Tomorrow();
    record.data.cbData = sizeof move;
    record.data.pbData = (PBYTE)&move;
    HRESULT hr = PeerGraphAddRecord(graph, &record, &id);
    if (hr == E_ACCESSDENIED)
        wprintf(L"* that is no move now\n");
    else
        Check(hr, L"PeerGraphAddRecord");
}

static void HandleEvents(void) {
    PEER_GRAPH_EVENT_DATA *event;
    while ((event = NextEvent()) != NULL) {
        if (event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED) // what came too early may have its turn now
            Check(PeerGraphValidateDeferredRecords(graph, 0, NULL), L"PeerGraphValidateDeferredRecords");
        PeerGraphFreeData(event);
    }
}

int wmain(int argc, wchar_t **argv) {
    InitializeCriticalSection(&lock);
    security = &provider; // which peer_program.h gives to PeerGraphCreate and PeerGraphOpen
    if (!Enter(argc, argv, L"four.db", &MOVE, 1, "/quit")) {
        fwprintf(stderr, L"four_in_a_row create <graphId> <peerId> <port> [world]\n"
                         L"four_in_a_row join <graphId> <peerId> <host> <port> [ownPort]\n");
        return 2;
    }
    for (;;) {
        ListenOnceSynchronized();
        if (!WaitForLine()) {
            HandleEvents();
            continue;
        }
        cheating = strncmp(typed, "/cheat ", 7) == 0;
        int column = atoi(cheating ? typed + 7 : typed);
        if (strcmp(typed, "/quit") == 0)
            return Leave();
        else if (column >= 1 && column <= COLUMNS)
            Drop(column);
        SetEvent(lineTaken); // the reader may overwrite the line now
    }
}
