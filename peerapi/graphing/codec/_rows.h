/* NamedTuples made in C: the row of the store that a record becomes (schema.Row), and the Summary of a record. */
#ifndef PEERAPI_GRAPHING_ROWS_H
#define PEERAPI_GRAPHING_ROWS_H

#include "_malformed.h"

enum {
    GUID = 16,
    ROW_FIELDS = 7, /* id, type, version, flags, modification, expiration, wire */
};

static PyObject *last_row_type; /* known to be a NamedTuple like a row of the store */

/* An instance of a NamedTuple with these values, whose references it takes; NULL if one of them is NULL. */
static inline PyObject *filled(PyTypeObject *type, PyObject **values, Py_ssize_t count) {
    PyObject *made = NULL;
    int whole = 1;
    for (Py_ssize_t i = 0; i < count; i++)
        whole &= values[i] != NULL;
    if (whole)
        made = type->tp_alloc(type, count);
    for (Py_ssize_t i = 0; i < count; i++)
        if (made)
            PyTuple_SET_ITEM(made, i, values[i]);
        else
            Py_XDECREF(values[i]);
    if (made)
        PyObject_GC_UnTrack(made); /* bytes and numbers: no cycle can go through it */
    return made;
}

/* Whether the type is a NamedTuple of so many fields: its instances are tuples and nothing more. */
static inline int is_named_tuple(PyObject *type, Py_ssize_t fields) {
    PyObject *names = NULL;
    int good = PyType_Check(type) && PyType_IsSubtype((PyTypeObject *)type, &PyTuple_Type) &&
               ((PyTypeObject *)type)->tp_basicsize == PyTuple_Type.tp_basicsize &&
               (names = PyObject_GetAttrString(type, "_fields")) && PyTuple_Check(names) &&
               PyTuple_GET_SIZE(names) == fields;
    Py_XDECREF(names);
    if (!good && !PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "a NamedTuple of %zd fields is wanted", fields);
    return good;
}

/* Whether `type` can be that of rows. It is the same one always, but who calls does not have to know that. */
static inline int is_row_type(PyObject *type) {
    if (type != last_row_type) {
        if (!is_named_tuple(type, ROW_FIELDS))
            return 0;
        Py_INCREF(type);
        Py_XSETREF(last_row_type, type);
    }
    return 1;
}

#endif
