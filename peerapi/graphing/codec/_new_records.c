/* New records: their IDs (MS-PPGRH 3.1.7.2) and their bytes (2.2.1.9). What records.encode_record writes of any record,
 * this does of one that begins, for whoever adds thousands a second.
 */
#include "_rows.h"

enum {
    FIXED_HEAD = 40, /* up to the Creator ID Length */
    PROTOCOL_VERSION = 0x0100,
    DELETED = 1, /* flags of a row */
    INTERNAL = 4,
    EVENT_FIELDS = 3, /* change, record ID, record type */
};

static PyObject *no_attributes; /* as a record carries them: a length of zero */

static void put_id(uint8_t *id, PyObject *creator_key, const uint8_t *chance) {
    uint64_t folded = get64(chance) ^ get64(chance + GUID / 2);
    put64(put_bytes(id, data_of(creator_key), GUID / 2), folded);
}

static int have_sizes(PyObject *creator_key, PyObject *chance) {
    int good = PyBytes_GET_SIZE(creator_key) == GUID / 2 && PyBytes_GET_SIZE(chance) == GUID;
    if (!good)
        PyErr_SetString(PyExc_ValueError, "a creator's key has 8 bytes, a random value 16");
    return good;
}

static PyObject *new_id(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    uint8_t id[GUID];
    (void)self;
    if (!arguments("new_id", "bb", given, count) || !have_sizes(given[0], given[1]))
        return NULL;
    put_id(id, given[0], data_of(given[1]));
    return bytes_of(id, GUID);
}

/* What a new record is made of: bytes but for the times and the flags of its row, all borrowed. */
typedef struct {
    PyObject *row_type, *type, *creator_key, *creator;
    const uint8_t *chance;
    PyObject *graph, *now, *expiration, *payload, *attributes, *flags;
} New;

static PyObject *row_of(const New *new) {
    uint64_t now = PyLong_AsUnsignedLongLong(new->now), expiration = PyLong_AsUnsignedLongLong(new->expiration);
    if (PyErr_Occurred())
        return NULL;
    size_t creator = (size_t)PyBytes_GET_SIZE(new->creator), graph = (size_t)PyBytes_GET_SIZE(new->graph);
    size_t payload = (size_t)PyBytes_GET_SIZE(new->payload), attributes = (size_t)PyBytes_GET_SIZE(new->attributes);
    if (PyBytes_GET_SIZE(new->type) != GUID || payload > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a record's type has 16 bytes, its payload less than 4 GB");
        return NULL;
    }
    PyObject *record = bytes_of(NULL, FIXED_HEAD + creator + 8 + 24 + graph + 6 + payload + attributes);
    if (!record)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(record), *id = out + GUID;
    put_bytes(out, data_of(new->type), GUID);
    put_id(id, new->creator_key, new->chance);
    out = put32(id + GUID, 1); /* version */
    out = put32(out, 0);       /* reserved, flags */
    out = put_bytes(out, data_of(new->creator), creator);
    out = put64(out, 0); /* nobody has modified it, and no security data */
    out = put64(out, now);
    out = put64(out, expiration);
    out = put64(out, now);
    out = put_bytes(out, data_of(new->graph), graph);
    out = put16(out, PROTOCOL_VERSION);
    out = put32(out, (uint32_t)payload);
    out = put_bytes(out, data_of(new->payload), payload);
    put_bytes(out, data_of(new->attributes), attributes);
    PyObject *values[ROW_FIELDS] = {
        bytes_of(id, GUID),
        Py_NewRef(new->type),
        PyLong_FromLong(1),
        Py_NewRef(new->flags),
        Py_NewRef(new->now),
        Py_NewRef(new->expiration),
        record,
    };
    return filled((PyTypeObject *)new->row_type, values, ROW_FIELDS);
}

static PyObject *new_row(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("new_row", "-bbbbbiibbi", given, count) || !is_row_type(given[0]) || !have_sizes(given[2], given[4]))
        return NULL;
    return row_of(&(New){given[0], given[1], given[2], given[3], data_of(given[4]), given[5], given[6], given[7],
                         given[8], given[9], given[10]});
}

/* ---- many that are as nearly all are ---- */

/* Where an application's draft (draft.Draft) has what. */
enum { TYPE, ID, FLAGS, CREATOR, MODIFIER, ATTRIBUTES, EXPIRATION, DATA, DRAFT_FIELDS };

typedef struct {
    PyObject *row_type, *drafts, *rows, *chance, *creator_key, *creator, *graph, *now;
    PyObject *last_time, *apart, *most; /* what a draft is held against */
} Run;

/* The row of a draft that gives a type, data and an expiration time, and nothing that has to be looked into: 1 with it,
 * 0 when it is for others to look at, -1 with an exception. */
static int plain_row(const Run *run, PyObject *draft, const uint8_t *chance, Py_ssize_t most, PyObject **row) {
    if (!PyTuple_Check(draft) || PyTuple_GET_SIZE(draft) != DRAFT_FIELDS) {
        PyErr_SetString(PyExc_TypeError, "a draft of eight fields is wanted");
        return -1;
    }
    PyObject *const *field = &PyTuple_GET_ITEM(draft, 0);
    if (!PyBytes_Check(field[TYPE]) || PyBytes_GET_SIZE(field[TYPE]) != GUID || !PyLong_CheckExact(field[FLAGS]) ||
        Py_SIZE(field[FLAGS]) != 0 || field[CREATOR] != Py_None || field[ATTRIBUTES] != Py_None ||
        !PyBytes_Check(field[DATA]) || PyBytes_GET_SIZE(field[DATA]) > most || !PyLong_CheckExact(field[EXPIRATION]))
        return 0;
    int good = PySet_Contains(run->apart, field[TYPE]);
    good = good < 0 ? -1 : !good;
    if (good > 0)
        good = PyObject_RichCompareBool(field[EXPIRATION], run->now, Py_GT);
    if (good > 0)
        good = PyObject_RichCompareBool(field[EXPIRATION], run->last_time, Py_LE);
    if (good > 0 &&
        !(*row = row_of(&(New){run->row_type, field[TYPE], run->creator_key, run->creator, chance, run->graph, run->now,
                               field[EXPIRATION], field[DATA], no_attributes, field[FLAGS]})))
        good = -1;
    return good;
}

static PyObject *new_rows(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Run run;
    (void)self;
    if (!arguments("new_rows", "-slbbbbiiti", given, count) || !is_row_type(given[0]))
        return NULL;
    memcpy(&run, given, sizeof run);
    Py_ssize_t most = PyLong_AsSsize_t(run.most), at = PyList_GET_SIZE(run.rows);
    if (PyErr_Occurred())
        return NULL;
    if (PyBytes_GET_SIZE(run.creator_key) != GUID / 2 ||
        PyBytes_GET_SIZE(run.chance) / GUID < PySequence_Fast_GET_SIZE(run.drafts)) {
        PyErr_SetString(PyExc_ValueError, "a creator's key has 8 bytes, and each draft has 16 random ones");
        return NULL;
    }
    for (; at < PySequence_Fast_GET_SIZE(run.drafts); at++) {
        PyObject *row = NULL, *draft = PySequence_Fast_GET_ITEM(run.drafts, at);
        int good = plain_row(&run, draft, data_of(run.chance) + GUID * at, most, &row);
        if (good == 0)
            break;
        int bad = good < 0 || PyList_Append(run.rows, row) < 0;
        Py_XDECREF(row);
        if (bad)
            return NULL;
    }
    Py_RETURN_NONE;
}

/* ---- what the application is told of them ---- */

/* The event of a row; NULL with an exception when it is no row. */
static PyObject *event_of(PyTypeObject *type, PyObject *change, PyObject *row) {
    Py_INCREF(change);
    PyObject *values[EVENT_FIELDS] = {change, Py_NewRef(PyTuple_GET_ITEM(row, 0)), Py_NewRef(PyTuple_GET_ITEM(row, 1))};
    return filled(type, values, EVENT_FIELDS);
}

/* Whether the application hears of a row: 1, 0, or -1 with an exception. */
static int is_told(PyObject *row, PyObject *apart) {
    if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_FIELDS || !PyBytes_Check(PyTuple_GET_ITEM(row, 0)) ||
        !PyBytes_Check(PyTuple_GET_ITEM(row, 1))) {
        PyErr_SetString(PyExc_TypeError, "a row of the store is wanted");
        return -1;
    }
    long flags = PyLong_AsLong(PyTuple_GET_ITEM(row, 3));
    if (PyErr_Occurred())
        return -1;
    if (flags & (DELETED | INTERNAL))
        return 0;
    int found = PySet_GET_SIZE(apart) ? PySet_Contains(apart, PyTuple_GET_ITEM(row, 1)) : 0;
    return found < 0 ? -1 : !found;
}

/* The record of such a row with Security Data, or NULL with an exception. */
static PyObject *secured(PyObject *record, PyObject *data) {
    const uint8_t *bytes = data_of(record);
    size_t size = (size_t)PyBytes_GET_SIZE(record), more = (size_t)PyBytes_GET_SIZE(data), at = FIXED_HEAD + 4;
    if (size >= at)
        at += 2 * (size_t)get32(bytes + FIXED_HEAD) + 4; /* the creator; nobody has modified it */
    if (at < FIXED_HEAD + 8 || size < 4 || at > size - 4 || get32(bytes + at - 4) || get32(bytes + at) ||
        more > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no new record without Security Data, or too much of them");
        return NULL;
    }
    PyObject *whole = bytes_of(NULL, size + more);
    if (whole) {
        uint8_t *out = put32(put_bytes((uint8_t *)PyBytes_AS_STRING(whole), bytes, at), (uint32_t)more);
        put_bytes(put_bytes(out, data_of(data), more), bytes + at + 4, size - at - 4);
    }
    return whole;
}

static PyObject *secured_rows(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("secured_rows", "-ll", given, count) || !is_row_type(given[0]))
        return NULL;
    Py_ssize_t number = PyList_GET_SIZE(given[1]);
    if (PyList_GET_SIZE(given[2]) != number)
        return PyErr_Format(PyExc_ValueError, "each row has Security Data of its own");
    PyObject *rows = PyList_New(number);
    for (Py_ssize_t i = 0; rows && i < number; i++) {
        PyObject *row = PyList_GET_ITEM(given[1], i), *data = PyList_GET_ITEM(given[2], i), *made = NULL;
        if (PyTuple_Check(row) && PyTuple_GET_SIZE(row) == ROW_FIELDS &&
            PyBytes_Check(PyTuple_GET_ITEM(row, ROW_FIELDS - 1)) && PyBytes_Check(data)) {
            PyObject *values[ROW_FIELDS];
            for (int at = 0; at < ROW_FIELDS - 1; at++)
                values[at] = Py_NewRef(PyTuple_GET_ITEM(row, at));
            values[ROW_FIELDS - 1] = secured(PyTuple_GET_ITEM(row, ROW_FIELDS - 1), data);
            made = filled((PyTypeObject *)given[0], values, ROW_FIELDS);
        } else {
            PyErr_SetString(PyExc_TypeError, "rows of records with all their bytes are wanted, and Security Data");
        }
        if (made)
            PyList_SET_ITEM(rows, i, made);
        else
            Py_CLEAR(rows);
    }
    return rows;
}

static PyObject *told(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("told", "-ilt", given, count) || !is_named_tuple(given[0], EVENT_FIELDS))
        return NULL;
    PyObject *events = PyList_New(0);
    for (Py_ssize_t i = 0; events && i < PyList_GET_SIZE(given[2]); i++) {
        PyObject *row = PyList_GET_ITEM(given[2], i), *event = NULL;
        int wanted = is_told(row, given[3]);
        if (wanted > 0 && (event = event_of((PyTypeObject *)given[0], given[1], row)))
            wanted = PyList_Append(events, event) < 0 ? -1 : 0;
        Py_XDECREF(event);
        if (wanted)
            Py_CLEAR(events);
    }
    return events;
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "See _new_records.pyi."}

static PyMethodDef METHODS[] = {FUNCTION(new_id),       FUNCTION(new_row), FUNCTION(new_rows),
                                FUNCTION(secured_rows), FUNCTION(told),    {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_new_records", .m_doc = "New records.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__new_records(void) {
    if (!no_attributes && !(no_attributes = bytes_of("\0\0\0", 4)))
        return NULL;
    return with_malformed_message(PyModule_Create(&MODULE));
}
