/* Raw memory for Python: see native.c. */
#ifndef PEERAPI_NATIVE_H
#define PEERAPI_NATIVE_H

#include <Python.h>

PyObject *peerapi_native_module(void); /* a new reference, or NULL with an exception set */

#endif
