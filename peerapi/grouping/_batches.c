/* Places in the tree of a batch: their bytes, and the way from a record to a node that is known. batches.py says what
 * they mean; there is one of each for a record, and there are thousands a second.
 */
#include "../graphing/codec/_malformed.h"

enum {
    HASH = 32,
    HEAD = 4, /* leaves, index */
    MOST_LEVELS = 16,
};

static PyObject *sha256; /* hashlib's */

/* ---- bytes ---- */

/* How many hashes lead from a leaf to the root. */
static size_t path_length(uint32_t index, uint32_t leaves) {
    size_t length = 0;
    for (; leaves > 1; length++) {
        uint32_t left = 1;
        while (2 * left < leaves)
            left *= 2;
        if (index < left) {
            leaves = left;
        } else {
            index -= left;
            leaves -= left;
        }
    }
    return length;
}

static PyObject *place_parts(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("place_parts", "bi", given, count))
        return NULL;
    Py_ssize_t from = PyLong_AsSsize_t(given[1]), size = PyBytes_GET_SIZE(given[0]);
    if (from < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "a position before the beginning");
        return NULL;
    }
    if (size < HEAD || from > size - HEAD)
        return malformed("no place in a batch");
    const uint8_t *at = data_of(given[0]) + from;
    uint32_t leaves = get16(at), index = get16(at + 2);
    if (leaves < 2 || index >= leaves)
        return malformed("a place that is not in its batch");
    size_t left = (size_t)(size - from) - HEAD, length = HASH * path_length(index, leaves);
    if (left < length)
        return malformed("a path of a batch that ends too early");
    at += HEAD;
    return Py_BuildValue("(IIy#y#)", leaves, index, at, (Py_ssize_t)length, at + length, (Py_ssize_t)(left - length));
}

/* ---- nodes ---- */

/* The hash of a node, a new reference to bytes of that size. */
static PyObject *node_hash(const uint8_t *left, const uint8_t *right) {
    uint8_t both[1 + 2 * HASH] = {1};
    put_bytes(put_bytes(both + 1, left, HASH), right, HASH);
    PyObject *data = bytes_of(both, sizeof both), *hashed = data ? PyObject_CallOneArg(sha256, data) : NULL;
    PyObject *digest = hashed ? PyObject_CallMethod(hashed, "digest", NULL) : NULL;
    Py_XDECREF(data);
    Py_XDECREF(hashed);
    if (digest && !(PyBytes_Check(digest) && PyBytes_GET_SIZE(digest) == HASH)) {
        PyErr_SetString(PyExc_TypeError, "a hash has 32 bytes");
        Py_CLEAR(digest);
    }
    return digest;
}

/* What is kept of a node: its hash, and the path from there, which is `first` and `rest`. */
static PyObject *kept(const uint8_t *hash, const uint8_t *first, const uint8_t *rest, size_t size) {
    PyObject *path = bytes_of(NULL, HASH + size);
    if (!path)
        return NULL;
    put_bytes(put_bytes((uint8_t *)PyBytes_AS_STRING(path), first, HASH), rest, size);
    return Py_BuildValue("(y#N)", hash, (Py_ssize_t)HASH, path);
}

/* Whether `known`, an entry of the nodes, is this one: 1, 0, or -1 with an exception. */
static int is_node(PyObject *known, PyObject *hash, const uint8_t *path, size_t size) {
    PyObject *its_path = NULL;
    if (!PyTuple_Check(known) || PyTuple_GET_SIZE(known) != 2 || !PyBytes_Check(PyTuple_GET_ITEM(known, 0)) ||
        !PyBytes_Check(its_path = PyTuple_GET_ITEM(known, 1))) {
        PyErr_SetString(PyExc_TypeError, "a node is kept as its hash and the path from it");
        return -1;
    }
    PyObject *its_hash = PyTuple_GET_ITEM(known, 0);
    return PyBytes_GET_SIZE(its_hash) == HASH && memcmp(data_of(its_hash), data_of(hash), HASH) == 0 &&
           (size_t)PyBytes_GET_SIZE(its_path) == size && memcmp(data_of(its_path), path, size) == 0;
}

typedef struct {
    PyObject *keys[2 * MOST_LEVELS], *values[2 * MOST_LEVELS];
    int count;
} Met;

/* Takes the reference to `value`; 0 with an exception when it is NULL. */
static int meet(Met *met, uint32_t index, uint32_t last, PyObject *value) {
    PyObject *key = value ? Py_BuildValue("(II)", index, last) : NULL;
    if (!key) {
        Py_XDECREF(value);
        return 0;
    }
    met->keys[met->count] = key;
    met->values[met->count++] = value;
    return 1;
}

/* The way from a leaf to the first node that is known: 1, 0 when there is none, -1 with an exception. */
static int go_up(PyObject *nodes, uint32_t index, uint32_t last, PyObject *path, PyObject *leaf, Met *met) {
    const uint8_t *at = data_of(path);
    size_t left = (size_t)PyBytes_GET_SIZE(path);
    PyObject *hash = Py_NewRef(leaf);
    int answer = -1;
    for (;;) {
        while (index == last && index && !(index & 1)) {
            index >>= 1;
            last >>= 1;
        }
        PyObject *key = Py_BuildValue("(II)", index, last);
        PyObject *known = key ? PyDict_GetItemWithError(nodes, key) : NULL; /* borrowed */
        Py_XDECREF(key);
        if (known)
            answer = is_node(known, hash, at, left);
        else if (!PyErr_Occurred() && (!last || left < HASH || met->count == 2 * MOST_LEVELS))
            answer = 0;
        else if (!PyErr_Occurred()) {
            const uint8_t *other = at, *own = data_of(hash);
            at += HASH;
            left -= HASH;
            PyObject *above = NULL;
            if (meet(met, index, last, kept(own, other, at, left)) &&
                meet(met, index ^ 1, last, kept(other, own, at, left)))
                above = index & 1 ? node_hash(other, own) : node_hash(own, other);
            if (above) {
                Py_SETREF(hash, above);
                index >>= 1;
                last >>= 1;
                continue;
            }
        }
        break;
    }
    Py_DECREF(hash);
    return answer;
}

static PyObject *lead_on(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Met met = {.count = 0};
    (void)self;
    if (!arguments("lead_on", "diibb", given, count))
        return NULL;
    long leaves = PyLong_AsLong(given[1]), index = PyErr_Occurred() ? -1 : PyLong_AsLong(given[2]);
    if (PyErr_Occurred())
        return NULL;
    if (leaves < 1 || leaves > 0xFFFF || index < 0 || index >= leaves || PyBytes_GET_SIZE(given[4]) != HASH) {
        PyErr_SetString(PyExc_ValueError, "a leaf is a hash of 32 bytes, and has a place among up to 65,535");
        return NULL;
    }
    int answer = go_up(given[0], (uint32_t)index, (uint32_t)leaves - 1, given[3], given[4], &met);
    for (int i = 0; i < met.count; i++) {
        if (answer > 0 && PyDict_SetItem(given[0], met.keys[i], met.values[i]) < 0)
            answer = -1;
        Py_DECREF(met.keys[i]);
        Py_DECREF(met.values[i]);
    }
    return answer < 0 ? NULL : PyBool_FromLong(answer);
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "See _batches.pyi."}

static PyMethodDef METHODS[] = {FUNCTION(place_parts), FUNCTION(lead_on), {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_batches", .m_doc = "Places in a batch.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__batches(void) {
    PyObject *hashlib = sha256 ? NULL : PyImport_ImportModule("hashlib");
    if (hashlib)
        sha256 = PyObject_GetAttrString(hashlib, "sha256");
    Py_XDECREF(hashlib);
    return sha256 ? with_malformed_message(PyModule_Create(&MODULE)) : NULL;
}
