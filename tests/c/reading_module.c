/* What C reads without Python, as a module by itself: test_reading.py compiles it with sanitizers. */
#include "reading.h"

static struct PyModuleDef MODULE = {PyModuleDef_HEAD_INIT, .m_name = "reading_module", .m_size = -1};

PyMODINIT_FUNC PyInit_reading_module(void) {
    PyObject *module = PyModule_Create(&MODULE);
    if (module && peerapi_add_reading(module) < 0)
        Py_CLEAR(module);
    return module;
}
