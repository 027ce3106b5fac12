/* Enumerations of records: PeerGraphGetItemCount and PeerGraphGetNextItem without the interpreter.
 *
 * `RecordCursor(ids, table)` is a snapshot of IDs, 16 bytes each, and how far it was taken; whoever takes of it, C or
 * Python, takes from here, so no two get the same item. C hands out the next items when the graph's table of records
 * has all of them. A record that was deleted meanwhile, one that may be over, one that has left the table, too many or
 * too long ones at once: these are Python's, which then reads ahead into the table.
 */
#define PY_SSIZE_T_CLEAN
#include "reading.h"

#include <stdint.h>
#include <string.h>

#include <p2p.h>

enum { MOST_BYTES = 256 << 10 }; /* of records at once: so long the lock is held for a copy */

typedef struct {
    PyObject_HEAD PyObject *ids; /* bytes */
    PyObject *table;             /* a RecordTable, or NULL: the records are not in this process */
    size_t at;                   /* bytes of `ids` that were taken */
} RecordCursor;

static PyTypeObject RecordCursorType;

static size_t size_of(const RecordCursor *cursor) { return (size_t)PyBytes_GET_SIZE(cursor->ids); }

/* ---- for Python ---- */

/* The next IDs, at most as many as the argument says; they are taken when `taken`. */
static PyObject *next_ids(RecordCursor *cursor, PyObject *value, int taken) {
    size_t count = PyLong_AsSize_t(value);
    if (count == (size_t)-1 && PyErr_Occurred())
        return NULL;
    pthread_mutex_lock(&peerapi_reading);
    size_t from = cursor->at, rest = (size_of(cursor) - from) / 16;
    size_t size = 16 * (count < rest ? count : rest);
    if (taken)
        cursor->at += size;
    pthread_mutex_unlock(&peerapi_reading);
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(cursor->ids) + from, (Py_ssize_t)size);
}

/* take(count): the next IDs, which nobody else takes */
static PyObject *cursor_take(PyObject *self, PyObject *count) { return next_ids((RecordCursor *)self, count, 1); }

/* coming(count): the next IDs, which stay there */
static PyObject *cursor_coming(PyObject *self, PyObject *count) { return next_ids((RecordCursor *)self, count, 0); }

/* end(): there are no more items */
static PyObject *cursor_end(PyObject *self, PyObject *none) {
    (void)none;
    pthread_mutex_lock(&peerapi_reading);
    ((RecordCursor *)self)->at = size_of((RecordCursor *)self);
    pthread_mutex_unlock(&peerapi_reading);
    Py_RETURN_NONE;
}

static Py_ssize_t cursor_length(PyObject *self) { return PyBytes_GET_SIZE(((RecordCursor *)self)->ids) / 16; }

static PyObject *cursor_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    PyObject *ids, *table;
    (void)keywords;
    if (!PyArg_ParseTuple(args, "SO:RecordCursor", &ids, &table))
        return NULL;
    if (PyBytes_GET_SIZE(ids) % 16 || (table != Py_None && !peerapi_is_table(table))) {
        PyErr_SetString(PyExc_TypeError, "IDs of 16 bytes each are wanted, and a RecordTable or None");
        return NULL;
    }
    RecordCursor *cursor = (RecordCursor *)type->tp_alloc(type, 0);
    if (cursor) {
        Py_INCREF(ids);
        cursor->ids = ids;
        if (table != Py_None) {
            Py_INCREF(table);
            cursor->table = table;
        }
    }
    return (PyObject *)cursor;
}

static void cursor_dealloc(PyObject *self) {
    Py_XDECREF(((RecordCursor *)self)->ids);
    Py_XDECREF(((RecordCursor *)self)->table);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef CURSOR_METHODS[] = {
    {"take", cursor_take, METH_O, NULL},
    {"coming", cursor_coming, METH_O, NULL},
    {"end", cursor_end, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods CURSOR_SEQUENCE = {.sq_length = cursor_length};

static PyTypeObject RecordCursorType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_peerapi_native.RecordCursor",
    .tp_basicsize = sizeof(RecordCursor),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = cursor_new,
    .tp_dealloc = cursor_dealloc,
    .tp_methods = CURSOR_METHODS,
    .tp_as_sequence = &CURSOR_SEQUENCE,
};

int peerapi_add_cursors(PyObject *module) { return PyModule_AddType(module, &RecordCursorType); }

/* ---- for the caller ---- */

int32_t peerapi_count_items(int family, void *handle, void *count) {
    ULONG items = 0;
    if (!count)
        return PEERAPI_ASK_PYTHON;
    pthread_mutex_lock(&peerapi_reading);
    const RecordCursor *cursor = (RecordCursor *)peerapi_behind(family, (uintptr_t)handle, &RecordCursorType);
    if (cursor)
        items = (ULONG)(size_of(cursor) / 16);
    pthread_mutex_unlock(&peerapi_reading);
    if (!cursor)
        return PEERAPI_ASK_PYTHON;
    memcpy(count, &items, sizeof items);
    return S_OK;
}

/* With the lock: a block with so many next items, or NULL. */
static void *next_items(const RecordCursor *cursor, size_t count) {
    struct peerapi_row rows[PEERAPI_MOST_ITEMS];
    const uint8_t *ids = (const uint8_t *)PyBytes_AS_STRING(cursor->ids) + cursor->at;
    int64_t now = peerapi_utc();
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (!peerapi_find_row(cursor->table, ids + 16 * i, now, &rows[i]))
            return NULL;
        bytes += rows[i].size;
    }
    return bytes <= MOST_BYTES ? peerapi_record_items(rows, count) : NULL;
}

int32_t peerapi_next_items(int family, void *handle, void *count, void *to) {
    void *block = NULL;
    ULONG wanted;
    int32_t answer = PEERAPI_ASK_PYTHON;
    if (!count || !to)
        return answer;
    memcpy(&wanted, count, sizeof wanted);
    pthread_mutex_lock(&peerapi_reading);
    RecordCursor *cursor = (RecordCursor *)peerapi_behind(family, (uintptr_t)handle, &RecordCursorType);
    if (cursor) {
        size_t rest = (size_of(cursor) - cursor->at) / 16;
        if (wanted > rest)
            wanted = (ULONG)rest;
        if (!wanted) {
            answer = S_OK; /* the end, or nothing is wanted */
        } else if (wanted <= PEERAPI_MOST_ITEMS && cursor->table && (block = next_items(cursor, wanted))) {
            cursor->at += 16 * (size_t)wanted;
            answer = S_OK;
        }
    }
    pthread_mutex_unlock(&peerapi_reading);
    if (answer == S_OK) {
        memcpy(to, &block, sizeof block);
        memcpy(count, &wanted, sizeof wanted);
    }
    return answer;
}
