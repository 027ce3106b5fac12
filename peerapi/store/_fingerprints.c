/* Which bytes the latest rows of SQLite have: a record that comes once more, long after the first time, is known by
 * them and not read from the file.
 *
 * A number is that of one change and never comes again, so an entry stays right as long as its row is there. It is a
 * hash of 64 bits under a key of the process, Python's own of bytes: nobody makes another record with the same one.
 */
#include "../_bytes.h"

#include <stdlib.h>

enum {
    ROW_FIELDS = 7, /* id, type, version, flags, modification, expiration, wire */
    IN_PIECES = 8,  /* flag of a row that has not the record's bytes */
    ENTRIES = 1 << 15,
};

typedef struct {
    uint64_t number; /* 0: free */
    Py_hash_t hash;
    int64_t expiration;
} Entry;

typedef struct {
    PyObject_HEAD Entry *entries; /* NULL as long as there are none; touched little by little */
} Fingerprints;

static Entry *entry_of(const Fingerprints *prints, uint64_t number) { return &prints->entries[number % ENTRIES]; }

/* 0 with an exception: no record has that number. */
static uint64_t number_in(PyObject *value) {
    uint64_t number = PyLong_AsUnsignedLongLong(value);
    if (!PyErr_Occurred() && number == 0)
        PyErr_SetString(PyExc_ValueError, "no number of a record");
    return PyErr_Occurred() ? 0 : number;
}

/* 0 with an exception when it is no numbered row. */
static int keep_one(Fingerprints *prints, PyObject *each) {
    PyObject *row = PyTuple_Check(each) && PyTuple_GET_SIZE(each) == 2 ? PyTuple_GET_ITEM(each, 1) : NULL;
    if (!row || !PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_FIELDS ||
        !PyBytes_Check(PyTuple_GET_ITEM(row, 6))) {
        PyErr_SetString(PyExc_TypeError, "a number and a row are wanted");
        return 0;
    }
    uint64_t number = number_in(PyTuple_GET_ITEM(each, 0));
    int64_t flags = number ? PyLong_AsLongLong(PyTuple_GET_ITEM(row, 3)) : 0;
    int64_t expiration = PyErr_Occurred() ? 0 : PyLong_AsLongLong(PyTuple_GET_ITEM(row, 5));
    Py_hash_t hash = PyErr_Occurred() ? -1 : PyObject_Hash(PyTuple_GET_ITEM(row, 6));
    if (hash == -1)
        return 0;
    *entry_of(prints, number) = flags & IN_PIECES ? (Entry){0} : (Entry){number, hash, expiration};
    return 1;
}

static PyObject *prints_keep(PyObject *self, PyObject *rows) {
    Fingerprints *prints = (Fingerprints *)self;
    if (!PyList_Check(rows))
        return PyErr_Format(PyExc_TypeError, "a list of numbered rows is wanted");
    if (!prints->entries && !(prints->entries = calloc(ENTRIES, sizeof *prints->entries)))
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(rows); i++)
        if (!keep_one(prints, PyList_GET_ITEM(rows, i)))
            return NULL;
    Py_RETURN_NONE;
}

static PyObject *prints_find(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    const Fingerprints *prints = (Fingerprints *)self;
    if (!arguments("find", "-b", given, count))
        return NULL;
    if (!PyTuple_Check(given[0]))
        return PyErr_Format(PyExc_TypeError, "a tuple of numbers is wanted");
    for (Py_ssize_t i = 0; prints->entries && i < PyTuple_GET_SIZE(given[0]); i++) {
        uint64_t number = number_in(PyTuple_GET_ITEM(given[0], i));
        if (!number)
            return NULL;
        const Entry *entry = entry_of(prints, number);
        if (entry->number == number && entry->hash == PyObject_Hash(given[1]))
            return PyLong_FromLongLong(entry->expiration);
    }
    Py_RETURN_NONE;
}

static PyObject *prints_drop(PyObject *self, PyObject *value) {
    const Fingerprints *prints = (Fingerprints *)self;
    uint64_t number = number_in(value);
    if (!number)
        return NULL;
    if (prints->entries && entry_of(prints, number)->number == number)
        *entry_of(prints, number) = (Entry){0};
    Py_RETURN_NONE;
}

static PyObject *prints_clear(PyObject *self, PyObject *none) {
    (void)none;
    free(((Fingerprints *)self)->entries);
    ((Fingerprints *)self)->entries = NULL;
    Py_RETURN_NONE;
}

static PyObject *prints_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    (void)keywords;
    return PyArg_ParseTuple(args, ":Fingerprints") ? type->tp_alloc(type, 0) : NULL;
}

static void prints_dealloc(PyObject *self) {
    free(((Fingerprints *)self)->entries);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef METHODS[] = {
    {"keep", prints_keep, METH_O, "See _fingerprints.pyi."},
    {"find", (PyCFunction)(void (*)(void))prints_find, METH_FASTCALL, "See _fingerprints.pyi."},
    {"drop", prints_drop, METH_O, "See _fingerprints.pyi."},
    {"clear", prints_clear, METH_NOARGS, "See _fingerprints.pyi."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject TYPE = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "peerapi.store._fingerprints.Fingerprints",
    .tp_basicsize = sizeof(Fingerprints),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = prints_new,
    .tp_dealloc = prints_dealloc,
    .tp_methods = METHODS,
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_fingerprints",
    .m_doc = "Which bytes the latest rows have.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__fingerprints(void) {
    if (PyType_Ready(&TYPE))
        return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module && (PyModule_AddIntConstant(module, "ENTRIES", ENTRIES) < 0 || PyModule_AddType(module, &TYPE) < 0))
        Py_CLEAR(module);
    return module;
}
