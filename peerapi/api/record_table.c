/* The latest records of one graph, as the application may have them: PeerGraphGetRecord without the interpreter.
 *
 * A row comes in with the transaction that stores it, before anybody is told of it, and leaves with the one that
 * changes or removes it (`store.transactions.Mirror`). What is here is the row's own bytes object; the caller's
 * PEER_RECORD is made of it when it is asked for. Only what answers S_OK is here: deleted, internal and large records,
 * and those that have left to make room, are Python's, and so is a record whose time may be over.
 */
#define PY_SSIZE_T_CLEAN
#include "reading.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <p2p.h>

enum {
    ROW_FIELDS = 7,  /* id, type, version, flags, modification, expiration, wire */
    AUTOREFRESH = 2, /* flag of a row; one with any other is not kept */
    SMALLEST = 64,
    MOST_ROWS = 8192,
    MOST_BYTES = 4 << 20,
    LARGEST = 64 << 10, /* of a record: so long the lock is held for a copy */
};

struct slot {
    uint8_t id[16];
    PyObject *wire; /* NULL: it has left */
    int64_t expiration;
    int32_t flags;
    int32_t next; /* in its bucket, or -1 */
};

typedef struct {
    PyObject_HEAD struct slot *slots; /* a ring in the order in which they came */
    int32_t *buckets;
    uint32_t room, first, count; /* room is a power of 2, or 0 */
    size_t bytes;
    int64_t delta; /* peer time is that much behind this machine's UTC */
    char readable; /* the application may have what it has been told of */
    char closed;
    PyObject **staged; /* rows and IDs of the transaction at hand */
    size_t staged_count, staged_room;
} RecordTable;

static PyTypeObject RecordTableType;

/* ---- with the lock ---- */

static uint64_t secret[4]; /* whoever makes record IDs does not choose their buckets */

static int32_t *bucket(const RecordTable *table, const uint8_t *id) {
    uint64_t high, low;
    memcpy(&high, id, 8);
    memcpy(&low, id + 8, 8);
    uint64_t mixed = (high ^ secret[0]) * (secret[1] | 1) + (low ^ secret[2]) * (secret[3] | 1);
    return &table->buckets[(mixed >> 32) & (table->room - 1)];
}

static struct slot *find(const RecordTable *table, const uint8_t *id) {
    if (table->room)
        for (int32_t at = *bucket(table, id); at >= 0; at = table->slots[at].next)
            if (memcmp(table->slots[at].id, id, 16) == 0)
                return &table->slots[at];
    return NULL;
}

static void remove_slot(RecordTable *table, struct slot *gone) {
    int32_t number = (int32_t)(gone - table->slots), *link = bucket(table, gone->id);
    while (*link != number)
        link = &table->slots[*link].next;
    *link = gone->next;
    table->bytes -= (size_t)PyBytes_GET_SIZE(gone->wire);
    Py_CLEAR(gone->wire); /* bytes: nothing runs */
}

static void remove_first(RecordTable *table) {
    if (table->slots[table->first].wire)
        remove_slot(table, &table->slots[table->first]);
    table->first = (table->first + 1) & (table->room - 1);
    table->count--;
}

static void link_slot(RecordTable *table, int32_t number) {
    int32_t *link = bucket(table, table->slots[number].id);
    table->slots[number].next = *link;
    *link = number;
}

static void clear(RecordTable *table) {
    while (table->count)
        remove_first(table);
    free(table->slots);
    free(table->buckets);
    table->slots = NULL;
    table->buckets = NULL;
    table->room = table->first = 0;
}

static int grow(RecordTable *table) {
    uint32_t room = table->room ? 2 * table->room : SMALLEST, count = 0;
    struct slot *slots = malloc(room * sizeof *slots);
    int32_t *buckets = malloc(room * sizeof *buckets);
    if (!slots || !buckets) {
        free(slots);
        free(buckets);
        return 0;
    }
    for (uint32_t i = 0; i < table->count; i++) {
        const struct slot *from = &table->slots[(table->first + i) & (table->room - 1)];
        if (from->wire)
            slots[count++] = *from;
    }
    free(table->slots);
    free(table->buckets);
    memset(buckets, 0xFF, room * sizeof *buckets); /* -1 */
    table->slots = slots;
    table->buckets = buckets;
    table->room = room;
    table->first = 0;
    table->count = count;
    for (uint32_t i = 0; i < count; i++)
        link_slot(table, (int32_t)i);
    return 1;
}

static void insert(RecordTable *table, const uint8_t *id, PyObject *wire, int64_t expiration, int32_t flags) {
    size_t size = (size_t)PyBytes_GET_SIZE(wire);
    if (table->count == table->room && table->room < MOST_ROWS && !grow(table)) {
        clear(table); /* out of memory: Python has all of them */
        return;
    }
    while (table->count && (table->count == table->room || table->bytes + size > MOST_BYTES))
        remove_first(table);
    uint32_t number = (table->first + table->count++) & (table->room - 1);
    struct slot *slot = &table->slots[number];
    memcpy(slot->id, id, 16);
    Py_INCREF(wire);
    slot->wire = wire;
    slot->expiration = expiration;
    slot->flags = flags;
    table->bytes += size;
    link_slot(table, (int32_t)number);
}

static const uint8_t *bytes_in(PyObject *row, Py_ssize_t field) {
    return (const uint8_t *)PyBytes_AS_STRING(PyTuple_GET_ITEM(row, field));
}

/* A row that was stored takes the place of the one before it, if it is one to keep. */
static void store(RecordTable *table, PyObject *row) {
    PyObject *wire = PyTuple_GET_ITEM(row, 6);
    struct slot *before = find(table, bytes_in(row, 0));
    if (before)
        remove_slot(table, before);
    int64_t flags = PyLong_AsLongLong(PyTuple_GET_ITEM(row, 3));
    if (!(flags & ~AUTOREFRESH) && PyBytes_GET_SIZE(wire) <= LARGEST)
        insert(table, bytes_in(row, 0), wire, PyLong_AsLongLong(PyTuple_GET_ITEM(row, 5)), (int32_t)flags);
}

/* ---- for Python ---- */

static int is_guid(PyObject *value) { return PyBytes_Check(value) && PyBytes_GET_SIZE(value) == 16; }

static int is_row(PyObject *row) {
    if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_FIELDS || !is_guid(PyTuple_GET_ITEM(row, 0)) ||
        !PyLong_Check(PyTuple_GET_ITEM(row, 3)) || !PyLong_Check(PyTuple_GET_ITEM(row, 5)) ||
        !PyBytes_Check(PyTuple_GET_ITEM(row, 6))) {
        PyErr_SetString(PyExc_TypeError, "a row of the store is wanted");
        return 0;
    }
    return (PyLong_AsLongLong(PyTuple_GET_ITEM(row, 3)) != -1 || !PyErr_Occurred()) &&
           (PyLong_AsLongLong(PyTuple_GET_ITEM(row, 5)) != -1 || !PyErr_Occurred());
}

static int stage(RecordTable *table, PyObject *change) {
    if (table->staged_count == table->staged_room) {
        size_t room = table->staged_room ? 2 * table->staged_room : 16;
        PyObject **staged = realloc(table->staged, room * sizeof *staged);
        if (!staged) {
            PyErr_NoMemory();
            return 0;
        }
        table->staged = staged;
        table->staged_room = room;
    }
    Py_INCREF(change);
    table->staged[table->staged_count++] = change;
    return 1;
}

/* put(row): the transaction at hand stores it */
static PyObject *table_put(PyObject *self, PyObject *row) {
    if (!is_row(row) || !stage((RecordTable *)self, row))
        return NULL;
    Py_RETURN_NONE;
}

/* put_many(list of rows) */
static PyObject *table_put_many(PyObject *self, PyObject *rows) {
    if (!PyList_Check(rows)) {
        PyErr_SetString(PyExc_TypeError, "a list of rows is wanted");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++)
        if (!is_row(PyList_GET_ITEM(rows, i)) || !stage((RecordTable *)self, PyList_GET_ITEM(rows, i)))
            return NULL;
    Py_RETURN_NONE;
}

/* drop(id): the transaction at hand removes the record */
static PyObject *table_drop(PyObject *self, PyObject *record_id) {
    if (!is_guid(record_id)) {
        PyErr_SetString(PyExc_TypeError, "a record ID is 16 bytes");
        return NULL;
    }
    if (!stage((RecordTable *)self, record_id))
        return NULL;
    Py_RETURN_NONE;
}

static void let_go_of_staged(RecordTable *table) {
    PyObject **staged = table->staged;
    size_t count = table->staged_count, room = table->staged_room;
    table->staged = NULL;
    table->staged_count = table->staged_room = 0;
    for (size_t i = 0; i < count; i++)
        Py_DECREF(staged[i]);
    if (room > SMALLEST || table->staged) {
        free(staged);
    } else {
        table->staged = staged;
        table->staged_room = room;
    }
}

/* commit(): the changes are stored, and can be read from now on. Cannot fail. */
static PyObject *table_commit(PyObject *self, PyObject *none) {
    RecordTable *table = (RecordTable *)self;
    (void)none;
    if (table->staged_count) {
        pthread_mutex_lock(&peerapi_reading);
        for (size_t i = 0; i < table->staged_count && !table->closed; i++) {
            PyObject *change = table->staged[i];
            struct slot *before;
            if (!PyBytes_Check(change))
                store(table, change);
            else if ((before = find(table, (const uint8_t *)PyBytes_AS_STRING(change))))
                remove_slot(table, before);
        }
        pthread_mutex_unlock(&peerapi_reading);
        let_go_of_staged(table);
    }
    Py_RETURN_NONE;
}

/* rollback(): nothing has changed */
static PyObject *table_rollback(PyObject *self, PyObject *none) {
    (void)none;
    let_go_of_staged((RecordTable *)self);
    Py_RETURN_NONE;
}

/* keep(row): it was read, and may be read again; outside of a transaction */
static PyObject *table_keep(PyObject *self, PyObject *row) {
    RecordTable *table = (RecordTable *)self;
    if (!is_row(row))
        return NULL;
    pthread_mutex_lock(&peerapi_reading);
    if (!table->closed && !table->staged_count && !find(table, bytes_in(row, 0)))
        store(table, row);
    pthread_mutex_unlock(&peerapi_reading);
    Py_RETURN_NONE;
}

/* tell(delta, readable): how the graph stands now */
static PyObject *table_tell(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    RecordTable *table = (RecordTable *)self;
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "2 arguments wanted, %zd given", count);
    int64_t delta = PyLong_AsLongLong(args[0]);
    int readable = PyErr_Occurred() ? -1 : PyObject_IsTrue(args[1]);
    if (readable < 0)
        return NULL;
    if (delta != table->delta || readable != table->readable) { /* written here alone, by one thread at a time */
        pthread_mutex_lock(&peerapi_reading);
        table->delta = delta;
        table->readable = (char)readable;
        pthread_mutex_unlock(&peerapi_reading);
    }
    Py_RETURN_NONE;
}

/* close(): the graph is closed, and nothing can be read any more */
static PyObject *table_close(PyObject *self, PyObject *none) {
    RecordTable *table = (RecordTable *)self;
    (void)none;
    pthread_mutex_lock(&peerapi_reading);
    table->closed = 1;
    clear(table);
    pthread_mutex_unlock(&peerapi_reading);
    Py_RETURN_NONE;
}

static Py_ssize_t table_length(PyObject *self) {
    RecordTable *table = (RecordTable *)self;
    Py_ssize_t live = 0;
    pthread_mutex_lock(&peerapi_reading);
    for (uint32_t i = 0; i < table->count; i++)
        live += table->slots[(table->first + i) & (table->room - 1)].wire != NULL;
    pthread_mutex_unlock(&peerapi_reading);
    return live;
}

static PyObject *table_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    (void)keywords;
    return PyArg_ParseTuple(args, ":RecordTable") ? type->tp_alloc(type, 0) : NULL;
}

static void table_dealloc(PyObject *self) {
    Py_XDECREF(table_close(self, NULL));
    let_go_of_staged((RecordTable *)self);
    free(((RecordTable *)self)->staged);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef TABLE_METHODS[] = {
    {"put", table_put, METH_O, NULL},
    {"put_many", table_put_many, METH_O, NULL},
    {"drop", table_drop, METH_O, NULL},
    {"commit", table_commit, METH_NOARGS, NULL},
    {"rollback", table_rollback, METH_NOARGS, NULL},
    {"keep", table_keep, METH_O, NULL},
    {"tell", (PyCFunction)(void (*)(void))table_tell, METH_FASTCALL, NULL},
    {"close", table_close, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods TABLE_SEQUENCE = {.sq_length = table_length};

static PyTypeObject RecordTableType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_peerapi_native.RecordTable",
    .tp_basicsize = sizeof(RecordTable),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = table_new,
    .tp_dealloc = table_dealloc,
    .tp_methods = TABLE_METHODS,
    .tp_as_sequence = &TABLE_SEQUENCE,
};

int peerapi_add_records(PyObject *module) {
    if (getrandom(secret, sizeof secret, GRND_NONBLOCK) != sizeof secret)
        secret[0] = (uintptr_t)module; /* long before the system has any randomness */
    return PyModule_AddType(module, &RecordTableType);
}

/* ---- for the caller ---- */

/* As `engine.runtime.moment` has it. */
static int64_t utc(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return 116444736000000000 + (int64_t)now.tv_sec * 10000000 + now.tv_nsec / 100;
}

int32_t peerapi_read_record(int family, void *handle, const void *record_id, void *to) {
    void *block = NULL;
    uint8_t id[16];
    if (!record_id || !to)
        return PEERAPI_ASK_PYTHON;
    peerapi_turn_guid(id, record_id);
    pthread_mutex_lock(&peerapi_reading);
    const RecordTable *table = (RecordTable *)peerapi_behind(family, (uintptr_t)handle, &RecordTableType);
    const struct slot *slot = table && table->readable ? find(table, id) : NULL;
    if (slot && slot->expiration > utc() - table->delta)
        block = peerapi_record_block((const uint8_t *)PyBytes_AS_STRING(slot->wire),
                                     (size_t)PyBytes_GET_SIZE(slot->wire), (slot->flags & AUTOREFRESH) != 0);
    pthread_mutex_unlock(&peerapi_reading);
    if (!block)
        return PEERAPI_ASK_PYTHON;
    memcpy(to, &block, sizeof block);
    return S_OK;
}
