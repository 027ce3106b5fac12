/* Objects that C finds behind a handle by itself.
 *
 * A program that is told of a thousand records a second and reads each of them needs nothing of the interpreter for it,
 * and would wait for its lock while the engine is at work. So Python gives some handles a second object, one that is
 * written in C, and puts there whatever can be read. Python decides; what C finds it may hand out as it is; whatever it
 * does not find, a wrong handle among them, it leaves to Python.
 *
 * One lock guards handles and objects. A handle that is closed is withdrawn under it, so no call that begins later
 * finds it, and none that has found it is still at work.
 */
#define PY_SSIZE_T_CLEAN
#include "reading.h"

#include <stdlib.h>
#include <string.h>

pthread_mutex_t peerapi_reading = PTHREAD_MUTEX_INITIALIZER;

struct entry {
    uint64_t handle; /* 0: free */
    PyObject *object;
    int family;
};

/* Open addressing; at least half of it is free. */
static struct entry *entries;
static size_t room, live;

static size_t place(uint64_t handle) { return (size_t)(handle * 0x9E3779B97F4A7C15u >> 32) & (room - 1); }

static struct entry *find(uint64_t handle) {
    if (!room || !handle)
        return NULL;
    for (size_t at = place(handle); entries[at].handle; at = (at + 1) & (room - 1))
        if (entries[at].handle == handle)
            return &entries[at];
    return NULL;
}

static void put(struct entry added) {
    size_t at = place(added.handle);
    while (entries[at].handle)
        at = (at + 1) & (room - 1);
    entries[at] = added;
}

static int grow(void) {
    struct entry *before = entries;
    size_t more = room ? 2 * room : 16;
    struct entry *fresh = calloc(more, sizeof *fresh);
    if (!fresh)
        return 0;
    size_t all = room;
    entries = fresh;
    room = more;
    for (size_t i = 0; i < all; i++)
        if (before[i].handle)
            put(before[i]);
    free(before);
    return 1;
}

/* What stands behind the removed one moves up, as far as it may. */
static void take_out(struct entry *gone) {
    size_t hole = (size_t)(gone - entries), mask = room - 1;
    for (size_t at = (hole + 1) & mask; entries[at].handle; at = (at + 1) & mask)
        if (((at - place(entries[at].handle)) & mask) >= ((at - hole) & mask)) {
            entries[hole] = entries[at];
            hole = at;
        }
    entries[hole].handle = 0;
    live--;
}

PyObject *peerapi_behind(int family, uint64_t handle, const PyTypeObject *type) {
    struct entry *found = find(handle);
    return found && found->family == family && Py_TYPE(found->object) == type ? found->object : NULL;
}

/* publish(handle, object, family): from now on C finds the object. */
static PyObject *publish(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3)
        return PyErr_Format(PyExc_TypeError, "3 arguments wanted, %zd given", count);
    uint64_t handle = PyLong_AsUnsignedLongLong(args[0]);
    const char *name = PyErr_Occurred() ? NULL : PyUnicode_AsUTF8(args[2]);
    if (!name)
        return NULL;
    int family = strcmp(name, "graph") == 0 ? PEERAPI_GRAPH : strcmp(name, "group") == 0 ? PEERAPI_GROUP : 0;
    if (!family || !handle) {
        PyErr_SetString(PyExc_ValueError, "no handle of a graph or a group");
        return NULL;
    }
    PyObject *before = NULL;
    Py_INCREF(args[1]);
    pthread_mutex_lock(&peerapi_reading);
    struct entry *known = find(handle);
    int good = known || 2 * (live + 1) <= room || grow();
    if (known) {
        before = known->object;
        known->object = args[1];
        known->family = family;
    } else if (good) {
        put((struct entry){handle, args[1], family});
        live++;
    }
    pthread_mutex_unlock(&peerapi_reading);
    Py_XDECREF(before);
    if (!good) {
        Py_DECREF(args[1]);
        return PyErr_NoMemory();
    }
    Py_RETURN_NONE;
}

/* withdraw(handle): nobody finds anything there any more, and nobody is still reading from it. */
static PyObject *withdraw(PyObject *self, PyObject *value) {
    (void)self;
    PyObject *before = NULL;
    uint64_t handle = PyLong_AsUnsignedLongLong(value);
    if (PyErr_Occurred())
        return NULL;
    pthread_mutex_lock(&peerapi_reading);
    struct entry *known = find(handle);
    if (known) {
        before = known->object;
        take_out(known);
    }
    pthread_mutex_unlock(&peerapi_reading);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

void peerapi_reading_forked(void) {
    static const pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
    peerapi_reading = fresh;
}

static PyMethodDef METHODS[] = {
    {"publish", (PyCFunction)(void (*)(void))publish, METH_FASTCALL, NULL},
    {"withdraw", withdraw, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

int peerapi_add_reading(PyObject *module) {
    return PyModule_AddFunctions(module, METHODS) < 0 || peerapi_add_records(module) < 0 ||
                   peerapi_add_events(module) < 0
               ? -1
               : 0;
}
