/* The one exception that bad bytes raise. */
#ifndef PEERAPI_GRAPHING_MALFORMED_H
#define PEERAPI_GRAPHING_MALFORMED_H

#include "../../_bytes.h"

static PyObject *malformed_message; /* wire.MalformedMessage */

static inline PyObject *malformed(const char *reason) {
    PyErr_SetString(malformed_message, reason);
    return NULL;
}

/* `module` with the exception at hand; NULL, and `module` gone, when that fails. */
static inline PyObject *with_malformed_message(PyObject *module) {
    PyObject *wire = module ? PyImport_ImportModule("peerapi.graphing.codec.wire") : NULL;
    if (wire) {
        malformed_message = PyObject_GetAttrString(wire, "MalformedMessage");
        Py_DECREF(wire);
    }
    if (!wire || !malformed_message)
        Py_CLEAR(module);
    return module;
}

#endif
