/* Where a database's records are, by their IDs: an index in memory, read from runs on disk (id_runs.py draws them).
 *
 * An entry is eight bytes: 24 bits of a hash of the ID, and the record's number. So a look-up may name numbers of other
 * records too, once in some millions; whoever asks compares the ID of the row. What it does not name is not there. The
 * entries are divided among parts, each a table of its own with open addressing: one that grows is soon done.
 */
#include "../_bytes.h"

#include <stdlib.h>
#include <sys/random.h>

enum {
    GUID = 16,
    ENTRY = GUID + 8, /* of a run: the ID, the number twice, and 1 more when the record has gone */
    PARTS = 256,
    SMALLEST = 8,
    TAG_BITS = 24,
    MOST_FOUND = 64, /* numbers of one answer: that many records are never equal in 32 bits of a secret hash */
};

#define LAST_NUMBER (((uint64_t)1 << (64 - TAG_BITS)) - 1)

typedef struct {
    uint64_t *slots; /* tag above, number below; 0: free */
    uint32_t size, used;
} Part;

typedef struct {
    PyObject_HEAD Part parts[PARTS];
    Py_ssize_t count;
} IdIndex;

static uint64_t secret[4]; /* whoever makes record IDs does not choose their places */

static uint32_t hash_of(const uint8_t *id) {
    uint64_t mixed = (get64(id) ^ secret[0]) * (secret[1] | 1) + (get64(id + 8) ^ secret[2]) * (secret[3] | 1);
    return (uint32_t)(mixed >> 32);
}

static Part *part_of(IdIndex *index, uint32_t hash) { return &index->parts[hash >> TAG_BITS]; }

static uint64_t slot_of(uint32_t hash, uint64_t number) { return (uint64_t)hash << (64 - TAG_BITS) | number; }

static uint32_t home(const Part *part, uint64_t slot) { return (uint32_t)(slot >> (64 - TAG_BITS)) & (part->size - 1); }

static void place(Part *part, uint64_t slot) {
    uint32_t at = home(part, slot);
    while (part->slots[at])
        at = (at + 1) & (part->size - 1);
    part->slots[at] = slot;
}

/* 0 when there is no memory for it. */
static int grow(Part *part) {
    Part larger = {.size = part->size ? 2 * part->size : SMALLEST, .used = part->used};
    larger.slots = calloc(larger.size, sizeof *larger.slots);
    if (!larger.slots)
        return 0;
    for (uint32_t i = 0; i < part->size; i++)
        if (part->slots[i])
            place(&larger, part->slots[i]);
    free(part->slots);
    *part = larger;
    return 1;
}

static uint64_t *find_slot(const Part *part, uint64_t slot) {
    if (part->size)
        for (uint32_t at = home(part, slot); part->slots[at]; at = (at + 1) & (part->size - 1))
            if (part->slots[at] == slot)
                return &part->slots[at];
    return NULL;
}

static int add_one(IdIndex *index, const uint8_t *id, uint64_t number) {
    uint32_t hash = hash_of(id);
    Part *part = part_of(index, hash);
    uint64_t slot = slot_of(hash, number);
    if (find_slot(part, slot))
        return 1;
    if (4 * ((uint64_t)part->used + 1) > 3 * (uint64_t)part->size && !grow(part)) {
        PyErr_NoMemory();
        return 0;
    }
    place(part, slot);
    part->used++;
    index->count++;
    return 1;
}

/* What stands behind the removed one moves up, as far as it may. */
static int remove_one(IdIndex *index, const uint8_t *id, uint64_t number) {
    uint32_t hash = hash_of(id);
    Part *part = part_of(index, hash);
    uint64_t *gone = find_slot(part, slot_of(hash, number));
    if (!gone)
        return 0;
    uint32_t mask = part->size - 1, hole = (uint32_t)(gone - part->slots);
    for (uint32_t at = (hole + 1) & mask; part->slots[at]; at = (at + 1) & mask)
        if (((at - home(part, part->slots[at])) & mask) >= ((at - hole) & mask)) {
            part->slots[hole] = part->slots[at];
            hole = at;
        }
    part->slots[hole] = 0;
    part->used--;
    index->count--;
    return 1;
}

/* ---- arguments ---- */

static int is_id(PyObject *value) {
    if (PyBytes_Check(value) && PyBytes_GET_SIZE(value) == GUID)
        return 1;
    PyErr_SetString(PyExc_TypeError, "a record ID is 16 bytes");
    return 0;
}

/* 0 with an exception: no record has that number. */
static uint64_t number_in(PyObject *value) {
    uint64_t number = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred() && (number == 0 || number > LAST_NUMBER))
        PyErr_SetString(PyExc_ValueError, "no number of a record");
    return PyErr_Occurred() ? 0 : number;
}

static const uint8_t *run_in(PyObject *value, Py_ssize_t *entries) {
    if (!PyBytes_Check(value) || PyBytes_GET_SIZE(value) % ENTRY) {
        PyErr_SetString(PyExc_ValueError, "no run of entries");
        return NULL;
    }
    *entries = PyBytes_GET_SIZE(value) / ENTRY;
    return data_of(value);
}

/* ---- for Python ---- */

static PyObject *index_add(PyObject *self, PyObject *rows) {
    if (!PyList_Check(rows))
        return PyErr_Format(PyExc_TypeError, "a list of numbered rows is wanted");
    Py_ssize_t count = PyList_GET_SIZE(rows);
    PyObject *run = bytes_of(NULL, (size_t)count * ENTRY);
    uint8_t *out = run ? (uint8_t *)PyBytes_AS_STRING(run) : NULL;
    for (Py_ssize_t i = 0; run && i < count; i++) {
        PyObject *each = PyList_GET_ITEM(rows, i);
        PyObject *row = PyTuple_Check(each) && PyTuple_GET_SIZE(each) == 2 ? PyTuple_GET_ITEM(each, 1) : NULL;
        if (!row || !PyTuple_Check(row) || PyTuple_GET_SIZE(row) == 0) {
            PyErr_SetString(PyExc_TypeError, "a number and a row are wanted");
            Py_CLEAR(run);
            break;
        }
        uint64_t number = is_id(PyTuple_GET_ITEM(row, 0)) ? number_in(PyTuple_GET_ITEM(each, 0)) : 0;
        const uint8_t *id = number ? data_of(PyTuple_GET_ITEM(row, 0)) : NULL;
        if (!id || !add_one((IdIndex *)self, id, number)) {
            Py_CLEAR(run);
            break;
        }
        out = put64(put_bytes(out, id, GUID), number << 1);
    }
    return run;
}

static PyObject *index_remove(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    if (count != 2)
        return PyErr_Format(PyExc_TypeError, "an ID and a number are wanted");
    uint64_t number = is_id(given[0]) ? number_in(given[1]) : 0;
    if (!number)
        return NULL;
    if (!remove_one((IdIndex *)self, data_of(given[0]), number))
        return PyErr_Format(PyExc_KeyError, "there is no such entry");
    PyObject *run = bytes_of(NULL, ENTRY);
    if (run)
        put64(put_bytes((uint8_t *)PyBytes_AS_STRING(run), data_of(given[0]), GUID), number << 1 | 1);
    return run;
}

static PyObject *index_find(PyObject *self, PyObject *id) {
    if (!is_id(id))
        return NULL;
    uint32_t hash = hash_of(data_of(id));
    const Part *part = part_of((IdIndex *)self, hash);
    uint64_t tag = slot_of(hash, 0), found[MOST_FOUND];
    int count = 0;
    if (part->size)
        for (uint32_t at = home(part, tag); part->slots[at] && count < MOST_FOUND; at = (at + 1) & (part->size - 1))
            if ((part->slots[at] & ~LAST_NUMBER) == tag)
                found[count++] = part->slots[at] & LAST_NUMBER;
    if (!count)
        Py_RETURN_NONE;
    PyObject *numbers = PyTuple_New(count);
    for (int i = 0; numbers && i < count; i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(found[i]);
        if (!number)
            Py_CLEAR(numbers);
        else
            PyTuple_SET_ITEM(numbers, i, number);
    }
    return numbers;
}

static PyObject *index_load(PyObject *self, PyObject *run) {
    Py_ssize_t entries;
    const uint8_t *at = run_in(run, &entries);
    if (!at)
        return NULL;
    for (; entries; entries--, at += ENTRY) {
        uint64_t number = get64(at + GUID) >> 1;
        if (number == 0 || number > LAST_NUMBER) {
            PyErr_SetString(PyExc_ValueError, "an entry with no number of a record");
            return NULL;
        }
        if (at[ENTRY - 1] & 1)
            remove_one((IdIndex *)self, at, number);
        else if (!add_one((IdIndex *)self, at, number))
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *index_take_back(PyObject *self, PyObject *run) {
    Py_ssize_t entries;
    const uint8_t *first = run_in(run, &entries);
    if (!first)
        return NULL;
    while (entries--) {
        const uint8_t *at = first + entries * ENTRY;
        uint64_t number = get64(at + GUID) >> 1;
        if (!(at[ENTRY - 1] & 1))
            remove_one((IdIndex *)self, at, number);
        else if (!add_one((IdIndex *)self, at, number))
            return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *index_current(PyObject *self, PyObject *run) {
    Py_ssize_t entries;
    const uint8_t *at = run_in(run, &entries);
    PyObject *kept = at ? bytes_of(NULL, (size_t)entries * ENTRY) : NULL;
    if (!kept)
        return NULL;
    uint8_t *first = (uint8_t *)PyBytes_AS_STRING(kept), *out = first;
    for (; entries; entries--, at += ENTRY) {
        uint32_t hash = hash_of(at);
        uint64_t number = get64(at + GUID) >> 1;
        if (!(at[ENTRY - 1] & 1) && find_slot(part_of((IdIndex *)self, hash), slot_of(hash, number)))
            out = put_bytes(out, at, ENTRY);
    }
    _PyBytes_Resize(&kept, out - first); /* NULL with MemoryError when there is none */
    return kept;
}

static Py_ssize_t index_length(PyObject *self) { return ((IdIndex *)self)->count; }

static PyObject *index_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    (void)keywords;
    return PyArg_ParseTuple(args, ":IdIndex") ? type->tp_alloc(type, 0) : NULL;
}

static void index_dealloc(PyObject *self) {
    for (int i = 0; i < PARTS; i++)
        free(((IdIndex *)self)->parts[i].slots);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef METHODS[] = {
    {"add", index_add, METH_O, "See _id_index.pyi."},
    {"remove", (PyCFunction)(void (*)(void))index_remove, METH_FASTCALL, "See _id_index.pyi."},
    {"find", index_find, METH_O, "See _id_index.pyi."},
    {"load", index_load, METH_O, "See _id_index.pyi."},
    {"take_back", index_take_back, METH_O, "See _id_index.pyi."},
    {"current", index_current, METH_O, "See _id_index.pyi."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods SEQUENCE = {.sq_length = index_length};

static PyTypeObject TYPE = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "peerapi.store._id_index.IdIndex",
    .tp_basicsize = sizeof(IdIndex),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = index_new,
    .tp_dealloc = index_dealloc,
    .tp_methods = METHODS,
    .tp_as_sequence = &SEQUENCE,
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_id_index",
    .m_doc = "Where records are, by their IDs.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__id_index(void) {
    if (getrandom(secret, sizeof secret, GRND_NONBLOCK) != sizeof secret)
        secret[0] = (uintptr_t)&MODULE; /* long before the system has any randomness */
    if (PyType_Ready(&TYPE))
        return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module && (PyModule_AddIntConstant(module, "ENTRY", ENTRY) < 0 || PyModule_AddType(module, &TYPE) < 0))
        Py_CLEAR(module);
    return module;
}
