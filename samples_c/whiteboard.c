/* whiteboard: several people draw on the same pages. Read graph_chat.c first; this is what comes on top of it.
 *
 *     whiteboard <file.svg> create <graphId> <peerId> <port>
 *     whiteboard <file.svg> join   <graphId> <peerId> <host> <port> [ownPort]
 *     whiteboard <file.svg> register <peerId>      from now on people near by can invite you to their boards
 *     whiteboard <file.svg> invited  <peerId>      what is started when you have said yes to one of them
 *
 * A page is a record, a stroke of the pen is a record, a text is a record, and erasing is deleting a record, or drawing
 * in the colour of the paper. `peerapi whiteboard` shows the same board in a web browser.
 * The graph's database IS the board: this program keeps no second copy that could differ from it. When anything has
 * changed it reads all records and writes the board anew, as a picture for any web browser: the same picture, byte for
 * byte, on every peer.
 *
 *     page <name>            turn to that page, or begin it
 *     pen <colour> <width>   take another pen: red, navy, #ffcc00 ...
 *     stroke x,y x,y ...     draw a line through these points (0,0 is the upper left corner; 800,600 the lower right)
 *     wipe x,y x,y ...       the same in the colour of the paper
 *     text x,y <words>       write there, in the colour of the pen and ten times as high as it is wide
 *     list                   number all strokes and texts
 *     erase <n>              take number n away, whoever drew it
 *     invite                 invite everybody near by who has registered the board
 *     quit
 */
#include "peer_program.h"
#include "invited.h"
#include <ctype.h>
#include <stddef.h>

#define PAPER  "white"
#define WIDTH  800
#define HEIGHT 600

static const GUID TYPES[] = {
    {0x3e0c5b7a, 0x91d4, 0x4f0e, {0xa8, 0x52, 0x6d, 0x1f, 0xc0, 0x39, 0x77, 0xb1}},
    {0x3e0c5b7a, 0x91d4, 0x4f0e, {0xa8, 0x52, 0x6d, 0x1f, 0xc0, 0x39, 0x77, 0xb2}},
    {0x3e0c5b7a, 0x91d4, 0x4f0e, {0xa8, 0x52, 0x6d, 0x1f, 0xc0, 0x39, 0x77, 0xb3}},
};
static const GUID *const PAGE_TYPE = &TYPES[0], *const STROKE_TYPE = &TYPES[1], *const TEXT_TYPE = &TYPES[2];

typedef struct {
    SHORT x, y;
} DOT;

// The payload of a record, as it travels: fields of fixed size and no pointers. Only the used part of the array at the
// end is sent.
typedef struct {
    CHAR name[256];
} PAGE; // UTF-8
typedef struct {
    GUID page;
    CHAR colour[16];
    USHORT width, count;
    DOT dots[500];
} STROKE; // page: the identifier of its record
typedef struct {
    GUID page;
    CHAR colour[16];
    USHORT size;
    DOT at;
    CHAR words[2000];
} TEXT; // UTF-8, lines; at: where the first begins

typedef struct {    // a record of one of the three types, read back and found to be sound
    GUID id, order; // order: its own identifier, or that of the erased record which it stands for
    const GUID *type;
    ULONGLONG created;
    WCHAR author[32];
    union {
        PAGE page;
        STROKE stroke;
        TEXT text;
    } data; // strokes and texts begin with the same two fields
} ITEM;

static GUID currentPage; // all zero: none yet
static STROKE pen = {.colour = "black", .width = 3};

static void Add(const GUID *type, void *data, size_t size, GUID *id) {
    PEER_RECORD record = {0};
    record.dwSize = sizeof record;
    record.type = *type;
    record.ftExpiration = Tomorrow();
    record.data.cbData = (ULONG)size;
    record.data.pbData = data;
    Check(PeerGraphAddRecord(graph, &record, id), L"PeerGraphAddRecord");
}

// Any peer can put any bytes into a record. Nothing is drawn, or even looked at further, before it has passed here.
static BOOL AreWords(const CHAR *words, ULONG size, ULONG room,
                     ULONG lines) { // UTF-8, and nothing that XML cannot hold
    ULONG ends = 0;
    if (size == 0 || size >= room)
        return FALSE;
    for (ULONG i = 0; i < size; i++)
        if (words[i] == '\n')
            ends++;
        else if (iscntrl((unsigned char)words[i]))
            return FALSE;
    if (ends >= lines || ends == size)
        return FALSE;
    if (strstr(words, "\xEF\xBF\xBE") || strstr(words, "\xEF\xBF\xBF"))
        return FALSE;
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, words, (int)size, NULL, 0) > 0;
}

static BOOL IsSound(const GUID *type, const PEER_DATA *bytes, ITEM *item) {
    ULONG size = bytes->cbData;
    memset(&item->data, 0, sizeof item->data);
    if (size == 0 || size > sizeof item->data)
        return FALSE;
    memcpy(&item->data, bytes->pbData, size);

    const STROKE *stroke = &item->data.stroke;
    const TEXT *text = &item->data.text;
    if (IsEqualGUID(type, PAGE_TYPE))
        return AreWords(item->data.page.name, size, sizeof(PAGE), 1);
    const char *c = stroke->colour;
    while (isalnum((unsigned char)*c) || *c == '#')
        if (++c == stroke->colour + sizeof stroke->colour)
            return FALSE;
    if (c == stroke->colour || *c != 0 || stroke->width == 0 || stroke->width > 300)
        return FALSE; // or text->size
    if (IsEqualGUID(type, TEXT_TYPE))
        return size > offsetof(TEXT, words) &&
               AreWords(text->words, size - offsetof(TEXT, words), sizeof text->words, 50);
    return size > offsetof(STROKE, dots) && size == offsetof(STROKE, dots) + stroke->count * sizeof(DOT);
}

// What was erased and is there again is another record. Its attribute "order" has the place that it had: 20 digits of
// the time, and the 32 hexadecimal ones of the identifier's bytes.
static void ReadOrder(PCWSTR attributes, ITEM *item) {
    static const WCHAR DIGITS[] = L"0123456789abcdef";
    PCWSTR name = attributes ? wcsstr(attributes, L"\"order\"") : NULL, value = name ? wcschr(name, L'>') : NULL;
    ULONGLONG created = 0;
    BYTE id[sizeof(GUID)] = {0};
    if (value == NULL || wcscspn(++value, L"<") != 52)
        return;
    for (int i = 0; i < 52; i++) {
        PCWSTR digit = wcschr(DIGITS, value[i]);
        if (digit == NULL || (i < 20 && digit - DIGITS > 9))
            return;
        if (i < 20)
            created = 10 * created + (ULONGLONG)(digit - DIGITS);
        else
            id[(i - 20) / 2] = (BYTE)(id[(i - 20) / 2] << 4 | (digit - DIGITS));
    }
    item->created = created;
    memcpy(&item->order, id, sizeof id);
}

// All peers must draw in the same order, or a stroke hides another here and is hidden there. Time of creation and
// identifier are part of the record, so they are the same everywhere; the order of arrival is not.
static int Compare(const void *left, const void *right) {
    const ITEM *a = left, *b = right;
    if (a->created != b->created)
        return a->created < b->created ? -1 : 1;
    return memcmp(&a->order, &b->order, sizeof a->order);
}

static ITEM *ReadAll(const GUID *types, ULONG typeCount, ULONG *found) { // the caller frees
    ITEM *items = NULL;
    *found = 0;
    for (ULONG t = 0; t < typeCount; t++) {
        HPEERENUM records;
        ULONG total, end;
        Check(PeerGraphEnumRecords(graph, &types[t], NULL, &records), L"PeerGraphEnumRecords");
        Check(PeerGraphGetItemCount(records, &total), L"PeerGraphGetItemCount");
        end = *found + total;
        items = realloc(items, (end + 1) * sizeof *items);
        if (items == NULL)
            Check(E_OUTOFMEMORY, L"realloc");

        for (ULONG count = 1; count > 0;) {
            PEER_RECORD **batch;
            count = 100;
            Check(PeerGraphGetNextItem(records, &count, (PVOID **)&batch), L"PeerGraphGetNextItem");
            for (ULONG i = 0; i < count && *found < end; i++) {
                ITEM *item = &items[*found];
                item->id = item->order = batch[i]->id;
                item->type = &types[t];
                item->created = (ULONGLONG)batch[i]->ftCreation.dwHighDateTime << 32 |
                                batch[i]->ftCreation.dwLowDateTime;
                ReadOrder(batch[i]->pwzAttributes, item);
                wcsncpy(item->author, batch[i]->pwzCreatorId, 31);
                item->author[31] = 0;
                if (IsSound(item->type, &batch[i]->data, item))
                    ++*found;
            }
            PeerGraphFreeData(batch);
        }
        Check(PeerGraphEndEnumeration(records), L"PeerGraphEndEnumeration");
    }
    qsort(items, *found, sizeof *items, Compare);
    return items;
}

static const CHAR *WriteWords(FILE *svg,
                              const CHAR *words) { // so that they stay words, whatever characters they are made of
    for (; *words && *words != '\n'; words++)
        if (strchr("<>&'\"", *words))
            fprintf(svg, "&#%d;", *words);
        else
            fputc(*words, svg);
    return *words ? words + 1 : NULL; // the next line
}

static void WriteMark(FILE *svg, const ITEM *mark) {
    const STROKE *stroke = &mark->data.stroke;
    const TEXT *text = &mark->data.text;
    if (mark->type == TEXT_TYPE) {
        fprintf(svg, "<text x='%d' y='%d' font-size='%u' font-family='sans-serif' fill='%s'>", text->at.x, text->at.y,
                text->size, text->colour);
        int line = 1;
        for (const CHAR *next = WriteWords(svg, text->words); next != NULL; line++) {
            fprintf(svg, "<tspan x='%d' y='%d'>", text->at.x, text->at.y + 125 * text->size * line / 100);
            next = WriteWords(svg, next);
            fprintf(svg, "</tspan>");
        }
        fprintf(svg, "</text>\n");
        return;
    }
    fprintf(svg, "<polyline stroke='%s' stroke-width='%u' points='", stroke->colour, stroke->width);
    for (ULONG d = 0; d < stroke->count; d++)
        fprintf(svg, "%d,%d ", stroke->dots[d].x, stroke->dots[d].y);
    fprintf(svg, "%d,%d'/>\n", stroke->dots[stroke->count - 1].x, stroke->dots[stroke->count - 1].y);
} // the last dot twice: so a single dot is seen, as a round one

static void WritePicture(PCWSTR file) {
    ULONG pageCount, markCount;
    ITEM *pages = ReadAll(PAGE_TYPE, 1, &pageCount), *marks = ReadAll(STROKE_TYPE, 2, &markCount); // strokes and texts
    FILE *svg = _wfopen(file, L"wb");
    if (svg == NULL)
        Check(HRESULT_FROM_WIN32(ERROR_OPEN_FAILED), file);

    fprintf(svg,
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' fill='none' stroke-linecap='round' "
            "stroke-linejoin='round'>\n",
            WIDTH, HEIGHT * (int)(pageCount ? pageCount : 1));
    for (ULONG p = 0; p < pageCount; p++) { // one page below the other
        fprintf(svg, "<svg y='%d' width='%d' height='%d'>\n", HEIGHT * (int)p, WIDTH, HEIGHT);
        fprintf(svg, "<title>");
        WriteWords(svg, pages[p].data.page.name);
        fprintf(svg, "</title><rect width='100%%' height='100%%' fill='" PAPER "'/>\n");
        for (ULONG m = 0; m < markCount; m++)
            if (IsEqualGUID(&marks[m].data.stroke.page, &pages[p].id))
                WriteMark(svg, &marks[m]);
        fprintf(svg, "</svg>\n");
    }
    fprintf(svg, "</svg>\n");
    fclose(svg);
    wprintf(L"* board: %u pages, %u strokes\n", pageCount, markCount);
    free(pages);
    free(marks);
}

static void TurnToPage(const char *name) {
    ULONG count;
    PAGE page = {""};
    ITEM *pages = ReadAll(PAGE_TYPE, 1, &count), *known = pages;
    while (known < pages + count && strcmp(known->data.page.name, name) != 0)
        known++;
    if (known < pages + count) // somebody has begun it before us
        currentPage = known->id;
    else if (*name && strlen(name) < sizeof page.name)
        Add(PAGE_TYPE, strcpy(page.name, name), strlen(name), &currentPage);
    free(pages);
}

static void Draw(const char *points, const char *colour) {
    STROKE stroke = pen;
    int x, y, used;
    stroke.page = currentPage;
    strcpy(stroke.colour, colour);
    for (; stroke.count < 500 && sscanf(points, "%d ,%d%n", &x, &y, &used) == 2; points += used)
        stroke.dots[stroke.count++] = (DOT){(SHORT)x, (SHORT)y};
    GUID none = {0}, id;
    if (IsEqualGUID(&currentPage, &none) || stroke.count == 0)
        wprintf(L"* nothing drawn: a page is needed, and points as x,y\n");
    else
        Add(STROKE_TYPE, &stroke, offsetof(STROKE, dots) + stroke.count * sizeof(DOT), &id);
}

static void Write(const char *line) {
    TEXT text = {.page = currentPage, .size = (USHORT)min(10 * pen.width, 300)};
    int x, y, used = 0;
    GUID none = {0}, id;
    strcpy(text.colour, pen.colour);
    if (sscanf(line, "%d ,%d %n", &x, &y, &used) == 2 && used > 0) {
        text.at = (DOT){(SHORT)x, (SHORT)y};
        strncpy(text.words, line + used, sizeof text.words - 1);
    }
    ULONG size = (ULONG)strlen(text.words);
    if (IsEqualGUID(&currentPage, &none) || !AreWords(text.words, size, sizeof text.words, 50))
        wprintf(L"* nothing written: a page is needed, a place as x,y and words\n");
    else
        Add(TEXT_TYPE, &text, offsetof(TEXT, words) + size, &id);
}

static void ListOrErase(ULONG erased) { // 0: erase nothing, list
    ULONG count;
    ITEM *marks = ReadAll(STROKE_TYPE, 2, &count);
    for (ULONG i = 0; i < count && erased == 0; i++)
        if (marks[i].type == TEXT_TYPE)
            wprintf(L"%u. %ls: %hs %u, \"%hs\"\n", i + 1, marks[i].author, marks[i].data.text.colour,
                    marks[i].data.text.size, marks[i].data.text.words);
        else
            wprintf(L"%u. %ls: %hs %u, %u points\n", i + 1, marks[i].author, marks[i].data.stroke.colour,
                    marks[i].data.stroke.width, marks[i].data.stroke.count);
    if (erased > 0 && erased <= count) {
        HRESULT hr = PeerGraphDeleteRecord(graph, &marks[erased - 1].id, FALSE); // FALSE: everywhere, not only here
        if (hr != PEER_E_RECORD_NOT_FOUND)
            Check(hr, L"PeerGraphDeleteRecord"); // another peer was faster
    }
    free(marks);
}

static void Invite(PCWSTR graphId) { // to where this peer listens
    PEER_NODE_INFO *self;
    Check(PeerGraphGetNodeInfo(graph, 0, &self), L"PeerGraphGetNodeInfo");
    if (self->cAddresses > 0)
        InviteEverybody(graphId, &self->pAddresses[0].sin6);
    PeerGraphFreeData(self);
}

static BOOL Obey(char *line, PCWSTR graphId) { // FALSE when it is time to go
    char *rest = line + strcspn(line, " ");
    if (*rest)
        *rest++ = 0;
    unsigned width;
    char colour[16];
    if (strcmp(line, "quit") == 0)
        return FALSE;
    else if (strcmp(line, "page") == 0)
        TurnToPage(rest);
    else if (strcmp(line, "stroke") == 0)
        Draw(rest, pen.colour);
    else if (strcmp(line, "wipe") == 0)
        Draw(rest, PAPER);
    else if (strcmp(line, "text") == 0)
        Write(rest);
    else if (strcmp(line, "invite") == 0)
        Invite(graphId);
    else if (strcmp(line, "list") == 0)
        ListOrErase(0);
    else if (strcmp(line, "erase") == 0)
        ListOrErase((ULONG)strtoul(rest, NULL, 10));
    else if (strcmp(line, "pen") == 0 && sscanf(rest, "%15s %u", colour, &width) == 2 && width > 0 && width <= 300) {
        strcpy(pen.colour, colour);
        pen.width = (USHORT)width;
    } else if (*line)
        wprintf(L"* page, pen, stroke, wipe, text, list, erase, invite or quit?\n");
    return TRUE;
}

int wmain(int argc, wchar_t **argv) {
    WCHAR graphId[256] = L"", host[64] = L"", port[8] = L"";
    WCHAR *joining[] = {argv[0], L"join", graphId, argc == 4 ? argv[3] : L"", host, port};
    if (argc == 4 && wcscmp(argv[2], L"register") == 0) {
        RegisterBoard(argv[1], argv[3]);
        return 0;
    }
    BOOL invited = argc == 4 && wcscmp(argv[2], L"invited") == 0;
    if (invited)
        ReadInvitation(graphId, host, port);
    if (argc < 2 || !Enter(invited ? 6 : argc - 1, invited ? joining : argv + 1, L"whiteboard.db", TYPES, 3,
                           invited ? "" : "quit")) { // who is invited has no keyboard here, and stays to look
        fwprintf(stderr, L"whiteboard <file.svg> create <graphId> <peerId> <port> [world]\n"
                         L"whiteboard <file.svg> join <graphId> <peerId> <host> <port> [ownPort]\n"
                         L"whiteboard <file.svg> register | invited <peerId>\n");
        return 2;
    }
    for (BOOL changed = TRUE, more = TRUE; more;) { // changed: what was on disk already has to be drawn too
        ListenOnceSynchronized();
        if (changed && listening) {
            WritePicture(argv[1]);
            changed = FALSE;
        }
        if (WaitForLine()) {
            more = Obey(typed, invited ? graphId : argv[3]);
            SetEvent(lineTaken);
        } else { // however many changes are queued: one new picture
            PEER_GRAPH_EVENT_DATA *event;
            while ((event = NextEvent()) != NULL) {
                changed |= event->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED;
                PeerGraphFreeData(event);
            }
        }
    }
    return Leave();
}
