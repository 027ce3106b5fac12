/* Updates of a text as Yjs encodes them (updates.py says what may be in one): read and checked, and which of their
 * items can be in a text. Somebody who joins reads as many items as there were keys pressed.
 */
#include "_updates.h"

enum {
    DELETED = 1,    /* a kind of content: a gap */
    LEAST_ITEM = 8, /* bytes: of one that is a gap and has nothing beside it */
    SEEN = 16,
};

static const uint64_t MOST_CLOCK = (uint64_t)1 << 31;

/* A unit that is named; client 0 for one of the same client, which has to be an earlier one. */
static int unit(Reader *reader, const uint8_t *own, uint64_t clock, uint64_t *client, uint32_t *found) {
    const uint8_t *name = reader->data + reader->at;
    uint64_t named;
    if (reader->size - reader->at <= CLIENT)
        return bad(CUT_OFF);
    reader->at += CLIENT;
    if (!number(reader, &named))
        return 0;
    if (!memcmp(name, own, CLIENT))
        return named < clock ? 1 : bad("beside what comes later");
    if (named >= MOST_CLOCK)
        return bad("no clock");
    *found = (uint32_t)named;
    return client_in(name, client);
}

/* ---- text ---- */

static int is_forbidden(Py_UCS4 letter) {
    return (letter < ' ' && letter != '\t' && letter != '\n') || letter == 0x7F || letter == 0xFFFE || letter == 0xFFFF;
}

/* How many UTF-16 units so many bytes at hand are. */
static int units(const uint8_t *text, size_t size, uint64_t *length) {
    int forbidden = 0;
    size_t at = 0;
    for (; at < size && text[at] < 128; at++)
        forbidden |= is_forbidden(text[at]);
    *length = size;
    if (at < size) {
        PyObject *decoded = PyUnicode_DecodeUTF8((const char *)text, (Py_ssize_t)size, NULL);
        if (!decoded) {
            if (PyErr_ExceptionMatches(PyExc_UnicodeDecodeError))
                PyErr_Clear();
            return bad(CUT_OFF);
        }
        Py_ssize_t count = PyUnicode_GET_LENGTH(decoded);
        *length = (uint64_t)count;
        for (Py_ssize_t i = 0; i < count; i++) {
            Py_UCS4 letter = PyUnicode_READ_CHAR(decoded, i);
            forbidden |= is_forbidden(letter);
            *length += letter > 0xFFFF;
        }
        Py_DECREF(decoded);
    }
    return forbidden ? bad("control characters") : 1;
}

/* ---- items ---- */

static int content(Reader *reader, int kind, uint64_t clock, uint64_t *length) {
    uint64_t size;
    if (!number(reader, &size))
        return 0;
    if (kind == STRING) {
        if (reader->size - reader->at < size)
            return bad(CUT_OFF);
        if (!units(reader->data + reader->at, size, length))
            return 0;
        reader->at += size;
    } else if (kind == DELETED)
        *length = size;
    else
        return bad("no text");
    return *length && clock <= MOST_CLOCK && *length <= MOST_CLOCK - clock ? 1 : bad("no length");
}

static int item(Reader *reader, const uint8_t *own, uint64_t clock, Row *row) {
    uint64_t length;
    size_t start = reader->at;
    if (start >= reader->size)
        return bad(CUT_OFF);
    int info = reader->data[reader->at++];
    *row = (Row){.start = (uint32_t)start};
    if (info & ORIGIN && !unit(reader, own, clock, &row->left, &row->left_clock))
        return 0;
    if (info & RIGHT && !unit(reader, own, clock, &row->right, &row->right_clock))
        return 0;
    if (!(info & (ORIGIN | RIGHT))) {
        if (reader->size - reader->at < sizeof ROOT || memcmp(reader->data + reader->at, ROOT, sizeof ROOT))
            return bad("no text of this document");
        reader->at += sizeof ROOT;
    }
    if (!content(reader, info & KIND, clock, &length))
        return 0;
    row->clock = (uint32_t)clock;
    row->after = (uint32_t)(clock + length);
    row->end = (uint32_t)reader->at;
    return 1;
}

/* The rows of so many items; NULL with an exception. */
static PyObject *items(Reader *reader, uint64_t count, const uint8_t *own, uint64_t clock) {
    uint64_t room = (reader->size - reader->at) / LEAST_ITEM; /* more of them cannot be there */
    PyObject *rows = bytes_of(NULL, sizeof(Row) * (count < room ? count : room));
    Row *row = rows ? (Row *)PyBytes_AS_STRING(rows) : NULL;
    for (uint64_t i = 0; row && i < count; i++) {
        int good = i < room ? item(reader, own, clock, row) : bad(CUT_OFF);
        if (good)
            clock = row++->after;
        else {
            row = NULL;
            Py_CLEAR(rows);
        }
    }
    return rows;
}

/* A tuple of client, first clock, the clock behind the last unit, and rows. */
static PyObject *section(Reader *reader) {
    uint64_t count, client, clock;
    if (!number(reader, &count))
        return NULL;
    if (!count || count > reader->size) {
        bad("no items");
        return NULL;
    }
    const uint8_t *own = reader->data + reader->at;
    if (!client_at(reader, &client) || !number(reader, &clock))
        return NULL;
    PyObject *rows = items(reader, count, own, clock);
    if (!rows)
        return NULL;
    const Row *last = (const Row *)PyBytes_AS_STRING(rows) + count - 1;
    return Py_BuildValue("KKKN", (unsigned long long)client, (unsigned long long)clock, (unsigned long long)last->after,
                         rows);
}

/* Appends to a list of ranges (client, first clock, length) those of one client. */
static int ranges(Reader *reader, PyObject *found) {
    uint64_t client, count, clock, length;
    if (!client_at(reader, &client) || !number(reader, &count))
        return 0;
    for (; count; count--) {
        if (!number(reader, &clock) || !number(reader, &length))
            return 0;
        if (!length || clock > MOST_CLOCK || length > MOST_CLOCK - clock)
            return bad("no length");
        PyObject *range = Py_BuildValue("KKK", (unsigned long long)client, (unsigned long long)clock,
                                        (unsigned long long)length);
        int good = range && PyList_Append(found, range) == 0;
        Py_XDECREF(range);
        if (!good)
            return 0;
    }
    return 1;
}

static int all_of(Reader *reader, PyObject *sections, PyObject *removed) {
    uint64_t count;
    if (!number(reader, &count))
        return 0;
    for (; count; count--) {
        PyObject *one = section(reader);
        int good = one && PyList_Append(sections, one) == 0;
        Py_XDECREF(one);
        if (!good)
            return 0;
    }
    if (!number(reader, &count))
        return 0;
    for (; count; count--)
        if (!ranges(reader, removed))
            return 0;
    return reader->at == reader->size ? 1 : bad("too long");
}

/* ---- for Python ---- */

static PyObject *read_all(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("read", "b", given, count))
        return NULL;
    Reader reader = {data_of(given[0]), (size_t)PyBytes_GET_SIZE(given[0]), 0};
    if (reader.size > UINT32_MAX) {
        bad("too long");
        return NULL;
    }
    PyObject *sections = PyList_New(0), *removed = PyList_New(0), *found = NULL;
    if (sections && removed && all_of(&reader, sections, removed))
        found = PyTuple_Pack(2, sections, removed);
    Py_XDECREF(sections);
    Py_XDECREF(removed);
    return found;
}

/* Clients whose units were asked for lately, and how many of them are there. */
typedef struct {
    PyObject *clocks;
    struct {
        uint64_t client, count;
    } seen[SEEN];
} Known;

/* Whether a unit is there: 1, 0, or -1 with an exception. */
static int is_there(Known *known, uint64_t client, uint32_t clock) {
    size_t place = (client ^ client >> 12) % SEEN;
    if (known->seen[place].client != client) {
        PyObject *name = PyLong_FromUnsignedLongLong(client);
        PyObject *count = name ? PyDict_GetItemWithError(known->clocks, name) : NULL;
        Py_XDECREF(name);
        known->seen[place].client = client;
        known->seen[place].count = count ? PyLong_AsUnsignedLongLong(count) : 0;
        if (PyErr_Occurred())
            return -1;
    }
    return clock < known->seen[place].count;
}

/* Whether a unit is missing: 1 with its client and how many of its units there have to be, 0, or -1 with an exception.
 */
static int lacks(Known *known, uint64_t client, uint32_t clock, uint64_t missing[2]) {
    int there = client ? is_there(known, client, clock) : 1;
    if (there == 0) {
        missing[0] = client;
        missing[1] = (uint64_t)clock + 1;
    }
    return there < 0 ? -1 : !there;
}

static PyObject *ready(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("ready", "b---d-", given, count))
        return NULL;
    const Row *rows = (const Row *)data_of(given[0]);
    Py_ssize_t total = PyBytes_GET_SIZE(given[0]) / (Py_ssize_t)sizeof(Row), first = PyLong_AsSsize_t(given[1]);
    uint64_t client = PyErr_Occurred() ? 0 : PyLong_AsUnsignedLongLong(given[2]);
    uint64_t there = PyErr_Occurred() ? 0 : PyLong_AsUnsignedLongLong(given[3]);
    Py_ssize_t most = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(given[5]);
    if (PyErr_Occurred())
        return NULL;
    if (first < 0 || PyBytes_GET_SIZE(given[0]) % (Py_ssize_t)sizeof(Row)) {
        PyErr_SetString(PyExc_ValueError, "rows, and the index of one, are wanted");
        return NULL;
    }
    Known known = {.clocks = given[4]};
    uint64_t missing[2] = {0, 0};
    while (first < total && rows[first].after <= there)
        first++;
    Py_ssize_t behind = first;
    int lacking = 0;
    for (; behind < total && behind - first < most; behind++) {
        const Row *row = rows + behind;
        if (row->clock > there) {
            missing[0] = client;
            missing[1] = row->clock;
            break;
        }
        if ((lacking = lacks(&known, row->left, row->left_clock, missing)) == 0)
            lacking = lacks(&known, row->right, row->right_clock, missing);
        if (lacking)
            break;
        there = row->after;
    }
    if (lacking < 0)
        return NULL;
    if (!missing[0])
        return Py_BuildValue("nnO", first, behind, Py_None);
    return Py_BuildValue("nn(KK)", first, behind, (unsigned long long)missing[0], (unsigned long long)missing[1]);
}

static PyObject *around(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("around", "b-", given, count))
        return NULL;
    const Row *rows = (const Row *)data_of(given[0]);
    size_t total = (size_t)PyBytes_GET_SIZE(given[0]) / sizeof(Row);
    uint64_t clock = PyLong_AsUnsignedLongLong(given[1]);
    PyObject *found = PyErr_Occurred() ? NULL : PyList_New(0);
    for (size_t i = 0; found && i < total && rows[i].clock <= clock; i++)
        if (clock - rows[i].clock < rows[i].end - rows[i].start) {
            PyObject *index = PyLong_FromSize_t(i);
            if (!index || PyList_Append(found, index) < 0)
                Py_CLEAR(found);
            Py_XDECREF(index);
        }
    return found;
}

#define FUNCTION(name, function) {name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, "See _updates.pyi."}

static PyMethodDef METHODS[] = {
    FUNCTION("read", read_all), FUNCTION("ready", ready), FUNCTION("around", around), {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_updates", .m_doc = "Updates of a text.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__updates(void) { return PyModule_Create(&MODULE); }
