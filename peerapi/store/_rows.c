/* Rows on their way to the disk: entries of the journal, and what SQLite gets when the memtable is folded; journal.py
 * draws the layout of an entry, damage.py says what the checksum of a row is for.
 */
#include "../_bytes.h"
#include "_crc32.h"

enum {
    GUID = 16,
    ROW_FIELDS = 7, /* id, type, version, flags, modification, expiration, wire */
    ENTRY_HEADER = 20,
    CHANGE_HEAD = 1 + 4 * 8 + 4 + 2 * GUID,
    TABLE_FIELDS = 10,
};

/* ---- rows ---- */

typedef struct {
    PyObject *id, *type, *wire; /* borrowed */
    int64_t version, flags, modification, expiration;
} Fields;

static int is_guid(PyObject *value) { return PyBytes_Check(value) && PyBytes_GET_SIZE(value) == GUID; }

/* From the seven values of a row. 0 with TypeError or OverflowError. */
static int read_fields(Fields *fields, PyObject *const *values) {
    fields->id = values[0];
    fields->type = values[1];
    fields->version = PyLong_AsLongLong(values[2]);
    fields->flags = PyLong_AsLongLong(values[3]);
    fields->modification = PyLong_AsLongLong(values[4]);
    fields->expiration = PyLong_AsLongLong(values[5]);
    fields->wire = values[6];
    if (PyErr_Occurred())
        return 0;
    if (is_guid(fields->id) && is_guid(fields->type) && PyBytes_Check(fields->wire))
        return 1;
    PyErr_SetString(PyExc_TypeError, "a row has an ID and a type of 16 bytes each, and bytes of a record");
    return 0;
}

static int read_row(Fields *fields, PyObject *row) {
    if (PyTuple_Check(row) && PyTuple_GET_SIZE(row) == ROW_FIELDS)
        return read_fields(fields, &PyTuple_GET_ITEM(row, 0));
    PyErr_SetString(PyExc_TypeError, "a row of seven fields is wanted");
    return 0;
}

static uint32_t checksum_of(int64_t seq, const Fields *fields) {
    uint8_t head[5 * 8 + 2 * GUID], *end = put64(head, (uint64_t)seq);
    end = put64(put64(end, (uint64_t)fields->version), (uint64_t)fields->flags);
    end = put64(put64(end, (uint64_t)fields->modification), (uint64_t)fields->expiration);
    end = put_bytes(put_bytes(end, data_of(fields->id), GUID), data_of(fields->type), GUID);
    uint32_t crc = crc32(0, head, (size_t)(end - head));
    return crc32(crc, data_of(fields->wire), (size_t)PyBytes_GET_SIZE(fields->wire));
}

static PyObject *row_checksum(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Fields fields;
    (void)self;
    if (!arguments("row_checksum", "--------", given, count))
        return NULL;
    int64_t seq = PyLong_AsLongLong(given[0]);
    if (PyErr_Occurred() || !read_fields(&fields, given + 1))
        return NULL;
    return PyLong_FromUnsignedLong(checksum_of(seq, &fields));
}

/* ---- for the journal ---- */

static uint8_t *put_change(uint8_t *out, long kind, const Fields *fields) {
    size_t size = (size_t)PyBytes_GET_SIZE(fields->wire);
    *out++ = (uint8_t)kind;
    out = put64(put64(out, (uint64_t)fields->version), (uint64_t)fields->flags);
    out = put64(put64(out, (uint64_t)fields->modification), (uint64_t)fields->expiration);
    out = put32(out, (uint32_t)size);
    out = put_bytes(put_bytes(out, data_of(fields->id), GUID), data_of(fields->type), GUID);
    return put_bytes(out, data_of(fields->wire), size);
}

static PyObject *change(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Fields fields;
    (void)self;
    if (!arguments("change", "i-", given, count))
        return NULL;
    long kind = PyLong_AsLong(given[0]);
    if (PyErr_Occurred() || !read_row(&fields, given[1]))
        return NULL;
    size_t size = (size_t)PyBytes_GET_SIZE(fields.wire);
    if (kind < 0 || kind > UINT8_MAX || size > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no such kind of change, or a record too big");
        return NULL;
    }
    PyObject *made = bytes_of(NULL, CHANGE_HEAD + size);
    if (made)
        put_change((uint8_t *)PyBytes_AS_STRING(made), kind, &fields);
    return made;
}

static PyObject *changes(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Fields fields;
    (void)self;
    if (!arguments("changes", "ili", given, count))
        return NULL;
    long kind = PyLong_AsLong(given[0]), longest = PyErr_Occurred() ? -1 : PyLong_AsLong(given[2]);
    if (PyErr_Occurred())
        return NULL;
    if (kind < 0 || kind > UINT8_MAX || longest < 0 || longest > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no such kind of change, or no such size");
        return NULL;
    }
    size_t size = 0;
    Py_ssize_t rows = PyList_GET_SIZE(given[1]);
    for (Py_ssize_t i = 0; i < rows; i++) {
        if (!read_row(&fields, PyList_GET_ITEM(given[1], i)))
            return NULL;
        if (PyBytes_GET_SIZE(fields.wire) > longest)
            Py_RETURN_NONE;
        size += CHANGE_HEAD + (size_t)PyBytes_GET_SIZE(fields.wire);
    }
    PyObject *made = bytes_of(NULL, size);
    uint8_t *out = made ? (uint8_t *)PyBytes_AS_STRING(made) : NULL;
    for (Py_ssize_t i = 0; made && i < rows; i++)
        if (!read_row(&fields, PyList_GET_ITEM(given[1], i)))
            Py_CLEAR(made);
        else
            out = put_change(out, kind, &fields);
    return made;
}

static PyObject *entry(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("entry", "il", given, count))
        return NULL;
    uint64_t number = PyLong_AsUnsignedLongLong(given[0]);
    if (PyErr_Occurred())
        return NULL;
    size_t size = 0;
    Py_ssize_t parts = PyList_GET_SIZE(given[1]);
    for (Py_ssize_t i = 0; i < parts; i++) {
        PyObject *part = PyList_GET_ITEM(given[1], i);
        if (!PyBytes_Check(part)) {
            PyErr_SetString(PyExc_TypeError, "changes are bytes");
            return NULL;
        }
        size += (size_t)PyBytes_GET_SIZE(part);
    }
    PyObject *made = size <= UINT32_MAX ? bytes_of(NULL, ENTRY_HEADER + size)
                                        : PyErr_Format(PyExc_ValueError, "an entry too big");
    if (!made)
        return NULL;
    uint8_t *head = (uint8_t *)PyBytes_AS_STRING(made), *body = head + ENTRY_HEADER, *out = body;
    for (Py_ssize_t i = 0; i < parts; i++) {
        PyObject *part = PyList_GET_ITEM(given[1], i);
        out = put_bytes(out, data_of(part), (size_t)PyBytes_GET_SIZE(part));
    }
    out = put32(put64(put32(head, (uint32_t)size), number), crc32(0, body, size));
    put32(out, crc32(0, head, (size_t)(out - head)));
    return made;
}

/* ---- for the memtable ---- */

/* The pair of a number and a row. A new reference. */
static PyObject *numbered_row(Py_ssize_t number, PyObject *row) {
    PyObject *seq = PyLong_FromSsize_t(number), *pair = seq ? PyTuple_Pack(2, seq, row) : NULL;
    Py_XDECREF(seq);
    if (pair && !PyObject_GC_IsTracked(row))
        PyObject_GC_UnTrack(pair); /* no cycle can go through it, and there are thousands */
    return pair;
}

static PyObject *number(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Fields fields;
    (void)self;
    if (!arguments("number", "dil", given, count))
        return NULL;
    Py_ssize_t first = PyLong_AsSsize_t(given[1]), size = 0;
    if (PyErr_Occurred())
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(given[2]); i++) {
        PyObject *row = PyList_GET_ITEM(given[2], i);
        PyObject *pair = read_row(&fields, row) ? numbered_row(first + i, row) : NULL;
        int bad = !pair || PyDict_SetItem(given[0], fields.id, pair) < 0;
        Py_XDECREF(pair);
        if (bad)
            return NULL;
        size += PyBytes_GET_SIZE(fields.wire);
    }
    return PyLong_FromSsize_t(size);
}

/* ---- for SQLite ---- */

/* A bytearray: sqlite3 looks for an adapter of every bytes object, in vain, and that costs more than a copy. */
static PyObject *blob(PyObject *bytes) {
    return PyByteArray_FromStringAndSize(PyBytes_AS_STRING(bytes), PyBytes_GET_SIZE(bytes));
}

/* Fills the ten fields of a numbered row. 0 with an exception. */
static int put_row(PyObject *list, Py_ssize_t at, PyObject *numbered) {
    Fields fields;
    if (!PyTuple_Check(numbered) || PyTuple_GET_SIZE(numbered) != 2) {
        PyErr_SetString(PyExc_TypeError, "a number and a row are wanted");
        return 0;
    }
    PyObject *seq = PyTuple_GET_ITEM(numbered, 0), *row = PyTuple_GET_ITEM(numbered, 1);
    int64_t number = PyLong_AsLongLong(seq);
    if (PyErr_Occurred() || !read_row(&fields, row))
        return 0;
    Py_INCREF(seq);
    PyList_SET_ITEM(list, at++, seq);
    PyList_SET_ITEM(list, at++, PyLong_FromLongLong((int64_t)get64(data_of(fields.id) + GUID / 2)));
    PyList_SET_ITEM(list, at++, blob(fields.id));
    PyList_SET_ITEM(list, at++, blob(fields.type));
    for (int field = 2; field < 6; field++) {
        Py_INCREF(PyTuple_GET_ITEM(row, field));
        PyList_SET_ITEM(list, at++, PyTuple_GET_ITEM(row, field));
    }
    PyList_SET_ITEM(list, at++, PyLong_FromUnsignedLong(checksum_of(number, &fields)));
    PyList_SET_ITEM(list, at++, blob(fields.wire));
    return !PyErr_Occurred();
}

static PyObject *fields(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("fields", "l", given, count))
        return NULL;
    Py_ssize_t rows = PyList_GET_SIZE(given[0]);
    PyObject *list = PyList_New(rows * TABLE_FIELDS);
    for (Py_ssize_t i = 0; list && i < rows; i++)
        if (!put_row(list, i * TABLE_FIELDS, PyList_GET_ITEM(given[0], i)))
            Py_CLEAR(list);
    return list;
}

static PyObject *checksums_by_processor(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("checksums_by_processor", "-", given, count))
        return NULL;
    int wanted = PyObject_IsTrue(given[0]);
    if (wanted < 0)
        return NULL;
    crc_by_processor = wanted && crc_can_fold();
    return PyBool_FromLong(crc_by_processor);
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "See _rows.pyi."}

static PyMethodDef METHODS[] = {
    FUNCTION(row_checksum),
    FUNCTION(change),
    FUNCTION(changes),
    FUNCTION(entry),
    FUNCTION(number),
    FUNCTION(fields),
    FUNCTION(checksums_by_processor),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_rows",    .m_doc = "Rows on their way to the disk.",
    .m_size = -1,          .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__rows(void) {
    prepare_crc();
    return PyModule_Create(&MODULE);
}
