/* Work that no signal handler of Python's may come between; signals.py says why.
 *
 * Python calls its handlers on the main thread between any two of its instructions, and they may raise there. So for
 * the time of such a piece of work the main thread's handlers are others that only take note of the signal. Afterwards
 * the host's handlers are what they were, and are called for what has been noted. The C side of signals, wake-up
 * descriptors included, works all the while.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <signal.h>
#include <stddef.h>

typedef struct {
    PyObject_HEAD PyObject *function;
    vectorcallfunc call;
} Deferred;

static PyObject *set_handler, *get_handler, *note; /* signal.signal, signal.getsignal, noting */
static PyObject *numbers[NSIG];                    /* those that a handler can be set for */
static unsigned long main_thread;
static int busy;
static char noted[NSIG];

static PyObject *noting(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    long number = count == 2 ? PyLong_AsLong(given[0]) : 0;
    if (number > 0 && number < NSIG)
        noted[number] = 1;
    PyErr_Clear();
    Py_RETURN_NONE;
}

/* Python calls the handlers of signals that are pending when one is set, so this may raise what they raise. */
static int set(int number, PyObject *handler) {
    PyObject *given[] = {numbers[number], handler};
    PyObject *before = PyObject_Vectorcall(set_handler, given, 2, NULL);
    Py_XDECREF(before);
    return before != NULL;
}

typedef struct {
    PyObject *handlers[NSIG]; /* owned; NULL: the signal is not Python's */
    char restarts[NSIG];      /* system calls go on after this signal (siginterrupt) */
} Suspended;

static int suspend(Suspended *kept) {
    for (int number = 1; number < NSIG; number++) {
        kept->handlers[number] = NULL;
        if (!numbers[number])
            continue;
        PyObject *handler = PyObject_CallOneArg(get_handler, numbers[number]);
        if (!handler || !PyCallable_Check(handler)) {
            PyErr_Clear();
            Py_XDECREF(handler);
            continue;
        }
        struct sigaction action;
        kept->restarts[number] = sigaction(number, NULL, &action) == 0 && action.sa_flags & SA_RESTART;
        if (!set(number, note)) {
            Py_DECREF(handler);
            while (++number < NSIG)
                kept->handlers[number] = NULL;
            return 0;
        }
        kept->handlers[number] = handler;
    }
    return 1;
}

/* What has just been raised takes the place of a result, and has what was raised before it as its context. */
static void outranked(PyObject **result, PyObject **raised) {
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    if (trace)
        PyException_SetTraceback(value, trace);
    if (*raised)
        PyException_SetContext(value, *raised); /* takes the reference */
    *raised = value;
    Py_CLEAR(*result);
    Py_XDECREF(type);
    Py_XDECREF(trace);
}

static PyObject *resume(Suspended *kept, PyObject *result) {
    PyObject *raised = NULL;
    if (!result)
        outranked(&result, &raised);
    for (int number = 1; number < NSIG; number++) {
        if (!kept->handlers[number])
            continue;
        while (!set(number, kept->handlers[number]))
            outranked(&result, &raised);
        struct sigaction action;
        if (kept->restarts[number] && sigaction(number, NULL, &action) == 0) {
            action.sa_flags |= SA_RESTART;
            sigaction(number, &action, NULL);
        }
    }
    busy = 0;
    int stopped = 0;
    for (int number = 1; number < NSIG; number++) {
        if (kept->handlers[number] && noted[number]) {
            noted[number] = 0;
            if (stopped) {
                PyErr_SetInterruptEx(
                    number); /* as Python does it: its turn comes when the exception of the first is handled */
            } else {
                PyObject *frame = (PyObject *)PyEval_GetFrame();
                PyObject *given[] = {numbers[number], frame ? frame : Py_None};
                PyObject *answer = PyObject_Vectorcall(kept->handlers[number], given, 2, NULL);
                stopped = !answer;
                if (!answer)
                    outranked(&result, &raised);
                Py_XDECREF(answer);
            }
        }
        Py_XDECREF(kept->handlers[number]);
    }
    if (raised) {
        PyErr_SetObject((PyObject *)Py_TYPE(raised), raised);
        Py_DECREF(raised);
    }
    return result;
}

static PyObject *call(PyObject *self, PyObject *const *given, size_t count, PyObject *names) {
    PyObject *function = ((Deferred *)self)->function;
    if (busy || PyThread_get_thread_ident() != main_thread)
        return PyObject_Vectorcall(function, given, count, names);
    Suspended kept;
    busy = 1;
    return resume(&kept, suspend(&kept) ? PyObject_Vectorcall(function, given, count, names) : NULL);
}

/* ---- the type ---- */

static PyObject *make(PyTypeObject *type, PyObject *given, PyObject *names) {
    PyObject *function;
    if (!PyArg_ParseTuple(given, "O:deferred", &function) ||
        (names && PyDict_GET_SIZE(names) && (PyErr_BadArgument(), 1)))
        return NULL;
    Deferred *made = (Deferred *)type->tp_alloc(type, 0);
    if (!made)
        return NULL;
    made->function = Py_NewRef(function);
    made->call = call;
    return (PyObject *)made;
}

static int traverse(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(((Deferred *)self)->function);
    return 0;
}

static int clear(PyObject *self) {
    Py_CLEAR(((Deferred *)self)->function);
    return 0;
}

static void destroy(PyObject *self) {
    PyObject_GC_UnTrack(self);
    clear(self);
    Py_TYPE(self)->tp_free(self);
}

static PyObject *bind(PyObject *self, PyObject *object, PyObject *type) {
    (void)type;
    return object && object != Py_None ? PyMethod_New(self, object) : Py_NewRef(self);
}

/* Its name, its text and the rest are those of the function. */
static PyObject *attribute(PyObject *self, PyObject *name) {
    PyObject *found = PyObject_GenericGetAttr(self, name);
    if (!found && PyErr_ExceptionMatches(PyExc_AttributeError)) {
        PyErr_Clear();
        found = PyObject_GetAttr(((Deferred *)self)->function, name);
    }
    return found;
}

static PyObject *text(PyObject *self, void *name) { return PyObject_GetAttrString(((Deferred *)self)->function, name); }

static PyGetSetDef TEXTS[] = {
    {"__doc__", text, NULL, NULL, "__doc__"},
    {"__module__", text, NULL, NULL, "__module__"},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef MEMBERS[] = {
    {"__wrapped__", T_OBJECT_EX, offsetof(Deferred, function), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject TYPE = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "peerapi._signals.deferred",
    .tp_basicsize = sizeof(Deferred),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR,
    .tp_new = make,
    .tp_dealloc = destroy,
    .tp_traverse = traverse,
    .tp_clear = clear,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Deferred, call),
    .tp_descr_get = bind,
    .tp_getattro = attribute,
    .tp_members = MEMBERS,
    .tp_getset = TEXTS,
};

static PyMethodDef NOTING = {"note", (PyCFunction)(void (*)(void))noting, METH_FASTCALL, NULL};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_signals",
    .m_doc = "Work that no signal handler comes between.",
    .m_size = -1,
};

static int prepare(void) {
    PyObject *signals = PyImport_ImportModule("_signal"), *threading = PyImport_ImportModule("threading"),
             *thread = NULL;
    if (signals && threading) {
        set_handler = PyObject_GetAttrString(signals, "signal");
        get_handler = PyObject_GetAttrString(signals, "getsignal");
        note = PyCFunction_New(&NOTING, NULL);
        thread = PyObject_CallMethod(threading, "main_thread", NULL);
    }
    PyObject *ident = thread ? PyObject_GetAttrString(thread, "ident") : NULL;
    if (ident)
        main_thread = PyLong_AsUnsignedLong(ident);
    for (int number = 1; number < NSIG && !PyErr_Occurred(); number++)
        if (number != SIGKILL && number != SIGSTOP && (number < 32 || number >= SIGRTMIN))
            numbers[number] = PyLong_FromLong(number);
    Py_XDECREF(ident);
    Py_XDECREF(thread);
    Py_XDECREF(threading);
    Py_XDECREF(signals);
    return PyErr_Occurred() ? -1 : 0;
}

PyMODINIT_FUNC PyInit__signals(void) {
    if (prepare() || PyType_Ready(&TYPE))
        return NULL;
    PyObject *module = PyModule_Create(&MODULE);
    if (module && PyModule_AddObjectRef(module, "deferred", (PyObject *)&TYPE))
        Py_CLEAR(module);
    return module;
}
