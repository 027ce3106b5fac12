/* The events of one registration, oldest first: changes of records as numbers and IDs, which C hands out without the
 * interpreter; the few others as Python's own values, which Python takes.
 *
 * `EventRing(RecordChanged)` is used as a deque of which only `extend`, `append`, `popleft`, `clear` and the length are
 * wanted; `registrations.Bounded` decides what comes in.
 */
#define PY_SSIZE_T_CLEAN
#include "reading.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <p2p.h>

enum { SMALLEST = 16, KEPT = 1024 };

struct event {
    PyObject *other; /* NULL: a record has changed */
    uint32_t change;
    uint8_t record_id[16], record_type[16]; /* in network order */
};

typedef struct {
    PyObject_HEAD PyTypeObject *record_changed; /* the NamedTuple of a changed record */
    struct event *events;
    size_t room, first, count; /* room is a power of 2, or 0 */
    char missing;              /* behind the last event some were dropped, and Python has not said so yet */
} EventRing;

static PyTypeObject EventRingType;

/* ---- with the lock ---- */

static struct event *at(EventRing *ring, size_t index) {
    return &ring->events[(ring->first + index) & (ring->room - 1)];
}

static int make_room(EventRing *ring, size_t more) {
    size_t wanted = ring->room ? ring->room : SMALLEST;
    while (wanted < ring->count + more)
        wanted *= 2;
    if (wanted == ring->room)
        return 1;
    struct event *fresh = malloc(wanted * sizeof *fresh);
    if (!fresh)
        return 0;
    for (size_t i = 0; i < ring->count; i++)
        fresh[i] = *at(ring, i);
    free(ring->events);
    ring->events = fresh;
    ring->room = wanted;
    ring->first = 0;
    return 1;
}

static void take_first(EventRing *ring) {
    ring->first = (ring->first + 1) & (ring->room - 1);
    ring->count--;
    if (!ring->count && ring->room > KEPT) { /* it was long once */
        free(ring->events);
        ring->events = NULL;
        ring->room = ring->first = 0;
    }
}

/* ---- for Python ---- */

static const uint8_t *guid_in(PyObject *event, Py_ssize_t field) {
    PyObject *value = PyTuple_GET_ITEM(event, field);
    return PyBytes_Check(value) && PyBytes_GET_SIZE(value) == 16 ? (const uint8_t *)PyBytes_AS_STRING(value) : NULL;
}

/* 0 with an exception set when it is a changed record that is none. */
static int read_event(const EventRing *ring, PyObject *from, struct event *to) {
    if (Py_TYPE(from) != ring->record_changed) {
        to->other = from;
        return 1;
    }
    const uint8_t *record_id = guid_in(from, 1), *record_type = guid_in(from, 2);
    unsigned long change = PyLong_AsUnsignedLong(PyTuple_GET_ITEM(from, 0));
    if (!record_id || !record_type || change > UINT32_MAX) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a changed record is a number and two GUIDs");
        return 0;
    }
    to->other = NULL;
    to->change = (uint32_t)change;
    memcpy(to->record_id, record_id, 16);
    memcpy(to->record_type, record_type, 16);
    return 1;
}

/* extend(list): all or none */
static PyObject *ring_extend(PyObject *self, PyObject *list) {
    EventRing *ring = (EventRing *)self;
    if (!PyList_Check(list)) {
        PyErr_SetString(PyExc_TypeError, "a list of events is wanted");
        return NULL;
    }
    size_t count = (size_t)PyList_GET_SIZE(list);
    struct event few[64], *read = count <= 64 ? few : malloc(count * sizeof *read);
    if (!read)
        return PyErr_NoMemory();
    int good = 1;
    for (size_t i = 0; i < count && good; i++)
        good = read_event(ring, PyList_GET_ITEM(list, (Py_ssize_t)i), &read[i]);
    if (good) {
        for (size_t i = 0; i < count; i++)
            Py_XINCREF(read[i].other);
        pthread_mutex_lock(&peerapi_reading);
        good = make_room(ring, count);
        for (size_t i = 0; i < count && good; i++)
            *at(ring, ring->count++) = read[i];
        pthread_mutex_unlock(&peerapi_reading);
        if (!good) {
            for (size_t i = 0; i < count; i++)
                Py_XDECREF(read[i].other);
            PyErr_NoMemory();
        }
    }
    if (read != few)
        free(read);
    if (!good)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *ring_append(PyObject *self, PyObject *event) {
    PyObject *list = PyList_New(1);
    if (!list)
        return NULL;
    Py_INCREF(event);
    PyList_SET_ITEM(list, 0, event);
    PyObject *answer = ring_extend(self, list);
    Py_DECREF(list);
    return answer;
}

static PyObject *ring_popleft(PyObject *self, PyObject *none) {
    EventRing *ring = (EventRing *)self;
    struct event first;
    (void)none;
    pthread_mutex_lock(&peerapi_reading);
    int found = ring->count > 0;
    if (found) {
        first = *at(ring, 0);
        take_first(ring);
    }
    pthread_mutex_unlock(&peerapi_reading);
    if (!found) {
        PyErr_SetString(PyExc_IndexError, "there are no events");
        return NULL;
    }
    if (first.other)
        return first.other;
    return PyObject_CallFunction((PyObject *)ring->record_changed, "Iy#y#", first.change, first.record_id,
                                 (Py_ssize_t)16, first.record_type, (Py_ssize_t)16);
}

static PyObject *ring_clear(PyObject *self, PyObject *none) {
    EventRing *ring = (EventRing *)self;
    (void)none;
    pthread_mutex_lock(&peerapi_reading);
    struct event *events = ring->events;
    size_t first = ring->first, count = ring->count, room = ring->room;
    ring->events = NULL;
    ring->room = ring->first = ring->count = 0;
    pthread_mutex_unlock(&peerapi_reading);
    for (size_t i = 0; i < count; i++)
        Py_XDECREF(events[(first + i) & (room - 1)].other);
    free(events);
    Py_RETURN_NONE;
}

static Py_ssize_t ring_length(PyObject *self) {
    pthread_mutex_lock(&peerapi_reading);
    size_t count = ((EventRing *)self)->count;
    pthread_mutex_unlock(&peerapi_reading);
    return (Py_ssize_t)count;
}

static PyObject *ring_missing(PyObject *self, void *unused) {
    (void)unused;
    pthread_mutex_lock(&peerapi_reading);
    char missing = ((EventRing *)self)->missing;
    pthread_mutex_unlock(&peerapi_reading);
    return PyBool_FromLong(missing);
}

static int ring_set_missing(PyObject *self, PyObject *value, void *unused) {
    int missing = value ? PyObject_IsTrue(value) : -1;
    (void)unused;
    if (missing < 0) {
        if (!value)
            PyErr_SetString(PyExc_TypeError, "`missing` is True or False");
        return -1;
    }
    pthread_mutex_lock(&peerapi_reading);
    ((EventRing *)self)->missing = (char)missing;
    pthread_mutex_unlock(&peerapi_reading);
    return 0;
}

static PyObject *ring_new(PyTypeObject *type, PyObject *args, PyObject *keywords) {
    PyObject *record_changed;
    (void)keywords;
    if (!PyArg_ParseTuple(args, "O!:EventRing", &PyType_Type, &record_changed))
        return NULL;
    if (!PyType_IsSubtype((PyTypeObject *)record_changed, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "the NamedTuple of a changed record is wanted");
        return NULL;
    }
    EventRing *ring = (EventRing *)type->tp_alloc(type, 0);
    if (ring) {
        Py_INCREF(record_changed);
        ring->record_changed = (PyTypeObject *)record_changed;
    }
    return (PyObject *)ring;
}

static void ring_dealloc(PyObject *self) {
    EventRing *ring = (EventRing *)self;
    Py_XDECREF(ring_clear(self, NULL));
    Py_XDECREF(ring->record_changed);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef RING_METHODS[] = {
    {"extend", ring_extend, METH_O, NULL},
    {"append", ring_append, METH_O, NULL},
    {"popleft", ring_popleft, METH_NOARGS, NULL},
    {"clear", ring_clear, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef RING_FIELDS[] = {
    {"missing", ring_missing, ring_set_missing, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PySequenceMethods RING_SEQUENCE = {.sq_length = ring_length};

static PyTypeObject EventRingType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_peerapi_native.EventRing",
    .tp_basicsize = sizeof(EventRing),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = ring_new,
    .tp_dealloc = ring_dealloc,
    .tp_methods = RING_METHODS,
    .tp_getset = RING_FIELDS,
    .tp_as_sequence = &RING_SEQUENCE,
};

int peerapi_add_events(PyObject *module) { return PyModule_AddType(module, &EventRingType); }

/* ---- for the caller ---- */

static void describe(PEER_EVENT_RECORD_CHANGE_DATA *to, const struct event *event) {
    to->dwSize = sizeof *to;
    to->changeType = (PEER_RECORD_CHANGE_TYPE)event->change;
    peerapi_turn_guid(&to->recordId, event->record_id);
    peerapi_turn_guid(&to->recordType, event->record_type);
}

int32_t peerapi_read_event(int family, void *handle, void *to) {
    size_t size = family == PEERAPI_GRAPH ? sizeof(PEER_GRAPH_EVENT_DATA) : sizeof(PEER_GROUP_EVENT_DATA);
    void *block = NULL;
    int32_t answer = PEERAPI_ASK_PYTHON;
    struct event first = {0};
    if (!to)
        return answer;
    pthread_mutex_lock(&peerapi_reading);
    EventRing *ring = (EventRing *)peerapi_behind(family, (uintptr_t)handle, &EventRingType);
    if (ring && !ring->count && !ring->missing)
        answer = PEER_S_NO_EVENT_DATA;
    else if (ring && ring->count && !at(ring, 0)->other && (block = calloc(1, size))) {
        first = *at(ring, 0);
        take_first(ring);
        answer = S_OK;
    }
    pthread_mutex_unlock(&peerapi_reading);
    if (answer == PEERAPI_ASK_PYTHON)
        return answer;
    if (block && family == PEERAPI_GRAPH) {
        ((PEER_GRAPH_EVENT_DATA *)block)->eventType = PEER_GRAPH_EVENT_RECORD_CHANGED;
        describe(&((PEER_GRAPH_EVENT_DATA *)block)->recordChangeData, &first);
    } else if (block) {
        ((PEER_GROUP_EVENT_DATA *)block)->eventType = PEER_GROUP_EVENT_RECORD_CHANGED;
        describe(&((PEER_GROUP_EVENT_DATA *)block)->recordChangeData, &first);
    }
    memcpy(to, &block, sizeof block);
    return answer;
}
