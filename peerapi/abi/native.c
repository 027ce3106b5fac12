/* `_peerapi_native`: the caller's memory, read and written by address.
 *
 * Every address that arrives from C is a plain int in Python. cffi could read and write through it, but a cast and an
 * item access cost 150-300 ns, and each call of a C function through cffi gives the GIL away and has to win it back
 * from the engine thread. These functions take 30-50 ns and keep the GIL. That is all they are for; what the bytes mean
 * is described in the modules of kinds.
 *
 * An address of 0 where something is wanted, text that is not UTF-16 or does not end, and a wrong dwSize raise the
 * class that kinds.py gave to `bind` (InvalidArgument). Other addresses cannot be checked.
 */
#define PY_SSIZE_T_CLEAN
#include "native.h"
#include "program_system.h"
#include "reading.h"
#include "start.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef uint16_t __attribute__((aligned(1), may_alias)) unit_t; /* callers' strings need not be aligned */

static PyObject *invalid_argument; /* exception class */

static PyObject *refuse(const char *what) {
    PyErr_SetString(invalid_argument ? invalid_argument : PyExc_ValueError, what);
    return NULL;
}

static int wrong_count(Py_ssize_t given, Py_ssize_t wanted) {
    if (given == wanted)
        return 0;
    PyErr_Format(PyExc_TypeError, "%zd arguments wanted, %zd given", wanted, given);
    return 1;
}

/* Reads an argument as an int; when it is none, *bad is set. */
static uint64_t number(PyObject *value, int *bad) {
    uint64_t result = PyLong_AsUnsignedLongLong(value);
    if (result == UINT64_MAX && PyErr_Occurred())
        *bad = 1;
    return result;
}

#define ADDRESS(value) ((char *)(uintptr_t)(value))

static PyObject *bind(PyObject *self, PyObject *error_class) {
    (void)self;
    Py_INCREF(error_class);
    Py_XSETREF(invalid_argument, error_class);
    Py_RETURN_NONE;
}

/* text(address, limit) -> str: UTF-16 up to its zero, which must come within `limit` units. */
static PyObject *text(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    int bad = 0;
    if (wrong_count(count, 2))
        return NULL;
    const unit_t *units = (const unit_t *)ADDRESS(number(args[0], &bad));
    Py_ssize_t limit = (Py_ssize_t)number(args[1], &bad), length = 0;
    if (bad)
        return NULL;
    if (!units)
        return refuse("a string is wanted, not NULL");
    unsigned seen = 0;
    int surrogates = 0;
    for (; units[length]; length++) {
        if (length == limit)
            return refuse("a string is longer than any limit");
        seen |= units[length];
        surrogates |= (units[length] & 0xF800) == 0xD800;
    }
    if (surrogates) {
        PyObject *result = PyUnicode_DecodeUTF16((const char *)units, length * 2, "strict", &(int){-1});
        if (!result && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
            PyErr_Clear();
            return refuse("a string is not UTF-16");
        }
        return result;
    }
    if (seen < 0x80) {
        PyObject *result = PyUnicode_New(length, 127);
        if (result) {
            Py_UCS1 *to = PyUnicode_1BYTE_DATA(result);
            for (Py_ssize_t i = 0; i < length; i++)
                to[i] = (Py_UCS1)units[i];
        }
        return result;
    }
    return PyUnicode_FromKindAndData(PyUnicode_2BYTE_KIND, (const void *)units, length);
}

/* wide(str) -> bytes: UTF-16 with a zero at its end. */
static PyObject *wide(PyObject *self, PyObject *value) {
    (void)self;
    if (!PyUnicode_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "str wanted");
        return NULL;
    }
    if (PyUnicode_READY(value))
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(value), extra = 0;
    int kind = PyUnicode_KIND(value);
    const void *from = PyUnicode_DATA(value);
    for (Py_ssize_t i = 0; i < length && kind != PyUnicode_1BYTE_KIND; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, from, i);
        if (c >> 11 == 0x1B) {
            PyErr_SetString(PyExc_ValueError, "a surrogate half in a string");
            return NULL;
        }
        extra += c > 0xFFFF;
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, (length + extra + 1) * 2);
    if (!result)
        return NULL;
    unit_t *to = (unit_t *)PyBytes_AS_STRING(result);
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, from, i);
        if (c > 0xFFFF) {
            *to++ = (uint16_t)(0xD800 | (c - 0x10000) >> 10);
            c = 0xDC00 | (c & 0x3FF);
        }
        *to++ = (uint16_t)c;
    }
    *to = 0;
    return result;
}

/* read(address, size) -> bytes */
static PyObject *read_bytes(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    int bad = 0;
    if (wrong_count(count, 2))
        return NULL;
    const char *from = ADDRESS(number(args[0], &bad));
    uint64_t size = number(args[1], &bad);
    if (bad)
        return NULL;
    if (!from && size)
        return refuse("data is wanted, not NULL");
    return PyBytes_FromStringAndSize(from, (Py_ssize_t)size);
}

/* sized(address, size) -> bytes of a struct whose first field, dwSize, must be `size`. Nothing beyond dwSize is touched
 * otherwise. */
static PyObject *read_sized(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    int bad = 0;
    uint32_t said;
    if (wrong_count(count, 2))
        return NULL;
    const char *from = ADDRESS(number(args[0], &bad));
    uint64_t size = number(args[1], &bad);
    if (bad)
        return NULL;
    if (!from)
        return refuse("a struct is wanted, not NULL");
    memcpy(&said, from, sizeof said);
    if (said != size)
        return refuse("dwSize is not the size of the struct");
    return PyBytes_FromStringAndSize(from, (Py_ssize_t)size);
}

/* guid(address) -> 16 bytes in network order */
static PyObject *read_guid(PyObject *self, PyObject *value) {
    (void)self;
    int bad = 0;
    const char *from = ADDRESS(number(value, &bad));
    if (bad)
        return NULL;
    if (!from)
        return refuse("a GUID is wanted, not NULL");
    PyObject *result = PyBytes_FromStringAndSize(NULL, 16);
    if (result)
        peerapi_turn_guid(PyBytes_AS_STRING(result), from);
    return result;
}

static int is_guid(PyObject *value) {
    if (PyBytes_Check(value) && PyBytes_GET_SIZE(value) == 16)
        return 1;
    PyErr_SetString(PyExc_TypeError, "a GUID is 16 bytes");
    return 0;
}

/* swap(guid) -> the same GUID in the other order */
static PyObject *swap_guid(PyObject *self, PyObject *value) {
    (void)self;
    if (!is_guid(value))
        return NULL;
    PyObject *result = PyBytes_FromStringAndSize(NULL, 16);
    if (result)
        peerapi_turn_guid(PyBytes_AS_STRING(result), PyBytes_AS_STRING(value));
    return result;
}

/* put_guid(address, guid) */
static PyObject *put_guid(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    int bad = 0;
    if (wrong_count(count, 2))
        return NULL;
    char *to = ADDRESS(number(args[0], &bad));
    if (bad || !is_guid(args[1]))
        return NULL;
    peerapi_turn_guid(to, PyBytes_AS_STRING(args[1]));
    Py_RETURN_NONE;
}

static PyObject *put(PyObject *const *args, Py_ssize_t count, size_t size) {
    int bad = 0;
    if (wrong_count(count, 2))
        return NULL;
    char *to = ADDRESS(number(args[0], &bad));
    uint64_t value = number(args[1], &bad);
    if (bad)
        return NULL;
    if (size < 8 && value >> (size * 8)) {
        PyErr_Format(PyExc_OverflowError, "%llu does not fit %zu bytes", (unsigned long long)value, size);
        return NULL;
    }
    memcpy(to, &value, size); /* little-endian, checked by build_trampolines.py */
    Py_RETURN_NONE;
}

/* put16(address, value), put32, put64 */
static PyObject *put16(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    return put(args, count, 2);
}

static PyObject *put32(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    return put(args, count, 4);
}

static PyObject *put64(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    return put(args, count, 8);
}

/* write(address, bytes): into memory that the caller has to be large enough */
static PyObject *write_bytes(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    int bad = 0;
    if (wrong_count(count, 2))
        return NULL;
    char *to = ADDRESS(number(args[0], &bad));
    if (bad)
        return NULL;
    if (!PyBytes_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "bytes wanted");
        return NULL;
    }
    memcpy(to, PyBytes_AS_STRING(args[1]), (size_t)PyBytes_GET_SIZE(args[1]));
    Py_RETURN_NONE;
}

/* block(data, pointers) -> address of ONE malloc block holding `data`.
 * `pointers` are the offsets of the pointers in it; each holds the offset of what it points to, 0 for NULL, and becomes
 * an address. */
static PyObject *make_block(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (wrong_count(count, 2))
        return NULL;
    if (!PyBytes_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "bytes wanted");
        return NULL;
    }
    PyObject *pointers = PySequence_Fast(args[1], "offsets wanted");
    if (!pointers)
        return NULL;
    uint64_t size = (uint64_t)PyBytes_GET_SIZE(args[0]);
    char *memory = malloc(size ? size : 1);
    if (!memory) {
        Py_DECREF(pointers);
        return PyErr_NoMemory();
    }
    memcpy(memory, PyBytes_AS_STRING(args[0]), size);
    Py_ssize_t amount = PySequence_Fast_GET_SIZE(pointers);
    for (Py_ssize_t i = 0; i < amount; i++) {
        int bad = 0;
        uint64_t at = number(PySequence_Fast_GET_ITEM(pointers, i), &bad), to = 0;
        if (!bad && at + 8 <= size)
            memcpy(&to, memory + at, sizeof to);
        if (bad || at + 8 > size || to > size) {
            free(memory);
            Py_DECREF(pointers);
            return bad ? NULL
                       : PyErr_Format(PyExc_ValueError, "a pointer at %llu leaves the block", (unsigned long long)at);
        }
        if (to) {
            to += (uintptr_t)memory;
            memcpy(memory + at, &to, sizeof to);
        }
    }
    Py_DECREF(pointers);
    return PyLong_FromUnsignedLongLong((uintptr_t)memory);
}

/* free(address): a block that did not reach the caller */
static PyObject *free_block(PyObject *self, PyObject *value) {
    (void)self;
    int bad = 0;
    char *memory = ADDRESS(number(value, &bad));
    if (bad)
        return NULL;
    free(memory);
    Py_RETURN_NONE;
}

/* set_event(HANDLE) -> bool. Never waits, so the GIL stays. */
static PyObject *set_event(PyObject *self, PyObject *value) {
    (void)self;
    int bad = 0;
    char *handle = ADDRESS(number(value, &bad));
    if (bad)
        return NULL;
    return PyBool_FromLong(peerapi_program_system.set_event(handle));
}

/* is_event(HANDLE) -> bool: an open event that may be set. */
static PyObject *is_event(PyObject *self, PyObject *value) {
    (void)self;
    int bad = 0;
    char *handle = ADDRESS(number(value, &bad));
    if (bad)
        return NULL;
    return PyBool_FromLong(peerapi_program_system.is_event(handle));
}

/* ipv6_family() -> int: AF_INET6 as the program has it. */
static PyObject *ipv6_family(PyObject *self, PyObject *none) {
    (void)self;
    (void)none;
    return PyLong_FromLong(peerapi_program_system.ipv6);
}

static PyObject *forked(PyObject *self, PyObject *none) {
    (void)self;
    (void)none;
    peerapi_forked();
    Py_RETURN_NONE;
}

static PyMethodDef METHODS[] = {
    {"bind", bind, METH_O, NULL},
    {"text", (PyCFunction)(void (*)(void))text, METH_FASTCALL, NULL},
    {"wide", wide, METH_O, NULL},
    {"read", (PyCFunction)(void (*)(void))read_bytes, METH_FASTCALL, NULL},
    {"sized", (PyCFunction)(void (*)(void))read_sized, METH_FASTCALL, NULL},
    {"guid", read_guid, METH_O, NULL},
    {"swap", swap_guid, METH_O, NULL},
    {"put_guid", (PyCFunction)(void (*)(void))put_guid, METH_FASTCALL, NULL},
    {"put16", (PyCFunction)(void (*)(void))put16, METH_FASTCALL, NULL},
    {"put32", (PyCFunction)(void (*)(void))put32, METH_FASTCALL, NULL},
    {"put64", (PyCFunction)(void (*)(void))put64, METH_FASTCALL, NULL},
    {"write", (PyCFunction)(void (*)(void))write_bytes, METH_FASTCALL, NULL},
    {"block", (PyCFunction)(void (*)(void))make_block, METH_FASTCALL, NULL},
    {"free", free_block, METH_O, NULL},
    {"set_event", set_event, METH_O, NULL},
    {"is_event", is_event, METH_O, NULL},
    {"ipv6_family", ipv6_family, METH_NOARGS, NULL},
    {"forked", forked, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "_peerapi_native", NULL, -1, METHODS, NULL, NULL, NULL, NULL};

PyObject *peerapi_native_module(void) {
    PyObject *module = PyModule_Create(&MODULE);
    if (module && peerapi_add_reading(module) < 0)
        Py_CLEAR(module);
    return module;
}
