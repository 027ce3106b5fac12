/* What the C modules share: big-endian numbers, and arguments. */
#ifndef PEERAPI_BYTES_H
#define PEERAPI_BYTES_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

static inline uint32_t get16(const uint8_t *at) { return (uint32_t)at[0] << 8 | at[1]; }

static inline uint32_t get32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t get64(const uint8_t *at) { return (uint64_t)get32(at) << 32 | get32(at + 4); }

static inline uint8_t *put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
    return at + 2;
}

static inline uint8_t *put32(uint8_t *at, uint32_t value) { return put16(put16(at, value >> 16), value); }

static inline uint8_t *put64(uint8_t *at, uint64_t value) {
    return put32(put32(at, (uint32_t)(value >> 32)), (uint32_t)value);
}

static inline uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

static inline const uint8_t *data_of(PyObject *bytes) { return (const uint8_t *)PyBytes_AS_STRING(bytes); }

static inline PyObject *bytes_of(const void *from, size_t size) {
    return PyBytes_FromStringAndSize(from, (Py_ssize_t)size);
}

/* Whether an argument is what its letter says: b bytes, l list, s list or tuple, d dict, t frozenset; other letters:
 * anything. */
static inline int is_kind(PyObject *given, char kind) {
    switch (kind) {
    case 'b':
        return PyBytes_Check(given);
    case 'l':
        return PyList_Check(given);
    case 's':
        return PyList_Check(given) || PyTuple_Check(given);
    case 'd':
        return PyDict_Check(given);
    case 't':
        return PyFrozenSet_Check(given);
    default:
        return 1;
    }
}

/* `kinds` has a letter for each argument. 0 with TypeError when they are others. */
static inline int arguments(const char *name, const char *kinds, PyObject *const *given, Py_ssize_t count) {
    if (count != (Py_ssize_t)strlen(kinds)) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zu arguments, not %zd", name, strlen(kinds), count);
        return 0;
    }
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_kind(given[i], kinds[i])) {
            PyErr_Format(PyExc_TypeError, "%s(): argument %zd is a %.100s", name, i + 1, Py_TYPE(given[i])->tp_name);
            return 0;
        }
    return 1;
}

#endif
