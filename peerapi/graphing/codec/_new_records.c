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

static void put_id(uint8_t *id, PyObject *creator_key, PyObject *chance) {
    uint64_t folded = get64(data_of(chance)) ^ get64(data_of(chance) + GUID / 2);
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
    put_id(id, given[0], given[1]);
    return bytes_of(id, GUID);
}

static PyObject *new_row(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("new_row", "-bbbbbiibbi", given, count) || !is_row_type(given[0]) || !have_sizes(given[2], given[4]))
        return NULL;
    uint64_t now = PyLong_AsUnsignedLongLong(given[6]), expiration = PyLong_AsUnsignedLongLong(given[7]);
    if (PyErr_Occurred())
        return NULL;
    size_t creator = (size_t)PyBytes_GET_SIZE(given[3]), graph = (size_t)PyBytes_GET_SIZE(given[5]);
    size_t payload = (size_t)PyBytes_GET_SIZE(given[8]), attributes = (size_t)PyBytes_GET_SIZE(given[9]);
    if (PyBytes_GET_SIZE(given[1]) != GUID || payload > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a record's type has 16 bytes, its payload less than 4 GB");
        return NULL;
    }
    PyObject *record = bytes_of(NULL, FIXED_HEAD + creator + 8 + 24 + graph + 6 + payload + attributes);
    if (!record)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(record), *id = out + GUID;
    put_bytes(out, data_of(given[1]), GUID);
    put_id(id, given[2], given[4]);
    out = put32(id + GUID, 1); /* version */
    out = put32(out, 0);       /* reserved, flags */
    out = put_bytes(out, data_of(given[3]), creator);
    out = put64(out, 0); /* nobody has modified it, and no security data */
    out = put64(out, now);
    out = put64(out, expiration);
    out = put64(out, now);
    out = put_bytes(out, data_of(given[5]), graph);
    out = put16(out, PROTOCOL_VERSION);
    out = put32(out, (uint32_t)payload);
    out = put_bytes(out, data_of(given[8]), payload);
    put_bytes(out, data_of(given[9]), attributes);
    Py_INCREF(given[1]);
    Py_INCREF(given[6]);
    Py_INCREF(given[7]);
    Py_INCREF(given[10]);
    PyObject *values[ROW_FIELDS] = {
        bytes_of(id, GUID), given[1], PyLong_FromLong(1), given[10], given[6], given[7], record,
    };
    return filled((PyTypeObject *)given[0], values, ROW_FIELDS);
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

static PyMethodDef METHODS[] = {FUNCTION(new_id), FUNCTION(new_row), FUNCTION(told), {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_new_records", .m_doc = "New records.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__new_records(void) { return with_malformed_message(PyModule_Create(&MODULE)); }
