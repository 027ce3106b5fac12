/* What the C modules share that read updates of a text: numbers, clients, and the rows that items are kept as. */
#ifndef PEERAPI_ACTIVITIES_DOCUMENT_UPDATES_H
#define PEERAPI_ACTIVITIES_DOCUMENT_UPDATES_H

#include "../../_bytes.h"

enum {
    CLIENT = 8, /* bytes of a client: its highest bit is set */
    STRING = 4, /* a kind of content: text; others are gaps */
    KIND = 0x3F,
    ORIGIN = 0x80,
    RIGHT = 0x40,
    LAST_SHIFT = 28,
};

static const uint64_t FIRST_CLIENT = (uint64_t)1 << 52;
static const uint8_t ROOT[] = {1, 4, 't', 'e', 'x', 't'};
static const char CUT_OFF[] = "cut off, or not Unicode";

/* An item: updates.ROW says the same. No client has the number 0, which says that there is no unit. */
typedef struct {
    uint32_t clock, after, start, end;
    uint64_t left, right;
    uint32_t left_clock, right_clock;
} Row;

_Static_assert(sizeof(Row) == 40, "as updates.ROW");

typedef struct {
    const uint8_t *data;
    size_t size, at;
} Reader;

/* 0, and an exception: what is read is no update. */
static inline int bad(const char *why) {
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, why);
    return 0;
}

static inline int number(Reader *reader, uint64_t *found) {
    *found = 0;
    for (int shift = 0; shift <= LAST_SHIFT; shift += 7) {
        if (reader->at >= reader->size)
            return bad(CUT_OFF);
        uint8_t byte = reader->data[reader->at++];
        *found |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return 1;
    }
    return bad("no number");
}

static inline int client_in(const uint8_t *name, uint64_t *client) {
    int good = name[CLIENT - 1] < 128;
    *client = 0;
    for (int i = 0; i < CLIENT; i++) {
        good &= i == CLIENT - 1 || name[i] >= 128;
        *client |= (uint64_t)(name[i] & 127) << 7 * i;
    }
    return good && *client >= FIRST_CLIENT && *client < 2 * FIRST_CLIENT ? 1 : bad("no client");
}

static inline int client_at(Reader *reader, uint64_t *client) {
    if (reader->size - reader->at < CLIENT)
        return bad("no client");
    reader->at += CLIENT;
    return client_in(reader->data + reader->at - CLIENT, client);
}

#endif
