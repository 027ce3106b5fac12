/* The bytes of the messages that there are thousands of a second: frames (MS-PPGRH 2.2.1.1), FLOOD (2.2.2.11) and ACK
 * (2.2.2.14).
 *
 * framing.py and record_messages.py say what they mean, and handle by themselves what is rare: messages in several
 * frames that arrive, and bad ones.
 */
#include "_malformed.h"

enum {
    GUID = 16,
    ROW_FIELDS = 7, /* id, type, version, flags, modification, expiration, wire */
    IN_PIECES = 8,  /* flag of a row that has not the record's bytes */
    HEADER = 8,     /* PEER_MESSAGE (2.2.1.2) */
    VERSION = 0x10,
    FLOOD = 0x0b,
    FLOOD_HEAD = 12,
    SMALLEST_FLOOD = 16,
    LARGEST_FRAME = 0xFFFF,
    RECORD_ACK = GUID + 4,
    USEFUL = 1,
    LONG = 1 << 20, /* bytes of a FLOOD above which it takes a path of its own */
};

/* ---- frames, out ---- */

static size_t framed_size(size_t size, size_t frame) { return size + 2 * (size ? (size - 1) / frame + 1 : 1); }

/* A message in two parts as frames of at most `frame` bytes. */
static uint8_t *put_frames(uint8_t *out, const uint8_t *head, size_t head_size, const uint8_t *body, size_t body_size,
                           size_t frame) {
    do {
        size_t left = head_size + body_size, size = left < frame ? left : frame;
        size_t of_head = head_size < size ? head_size : size;
        out = put16(out, (uint32_t)size);
        out = put_bytes(out, head, of_head);
        out = put_bytes(out, body, size - of_head);
        head += of_head;
        head_size -= of_head;
        body += size - of_head;
        body_size -= size - of_head;
    } while (head_size + body_size);
    return out;
}

/* (list or tuple of bytes, frame size): each as a FLOOD when `flood`, else as it is; all of it framed and joined. */
static PyObject *joined(const char *name, PyObject *const *given, Py_ssize_t count, int flood) {
    if (!arguments(name, "si", given, count))
        return NULL;
    long frame = PyLong_AsLong(given[1]);
    if (frame == -1 && PyErr_Occurred())
        return NULL;
    if (frame < 1 || frame > LARGEST_FRAME)
        return PyErr_Format(PyExc_ValueError, "a frame size of %ld", frame);
    size_t head_size = flood ? FLOOD_HEAD : 0, total = 0;
    PyObject **parts = PySequence_Fast_ITEMS(given[0]);
    Py_ssize_t number = PySequence_Fast_GET_SIZE(given[0]);
    for (Py_ssize_t i = 0; i < number; i++) {
        if (!PyBytes_Check(parts[i]))
            return PyErr_Format(PyExc_TypeError, "%s(): a %.100s among the bytes", name, Py_TYPE(parts[i])->tp_name);
        size_t size = head_size + (size_t)PyBytes_GET_SIZE(parts[i]);
        if (size > UINT32_MAX || (flood && size < SMALLEST_FLOOD)) {
            PyErr_SetString(PyExc_ValueError,
                            flood ? "FLOOD without a record, or with one too big" : "a message too big");
            return NULL;
        }
        total += framed_size(size, (size_t)frame);
    }
    PyObject *frames = bytes_of(NULL, total);
    if (!frames)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(frames),
            head[FLOOD_HEAD] = {[4] = VERSION, [5] = FLOOD, [9] = FLOOD_HEAD};
    for (Py_ssize_t i = 0; i < number; i++) {
        size_t size = (size_t)PyBytes_GET_SIZE(parts[i]);
        put32(head, (uint32_t)(head_size + size));
        out = put_frames(out, head, head_size, data_of(parts[i]), size, (size_t)frame);
    }
    return frames;
}

static PyObject *frames(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    return joined("frames", given, count, 0);
}

static PyObject *floods(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    return joined("floods", given, count, 1);
}

/* ---- frames, in ---- */

static PyObject *split(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("split", "bilii", given, count))
        return NULL;
    Py_ssize_t position = PyLong_AsSsize_t(given[1]);
    Py_ssize_t max_frame = PyLong_AsSsize_t(given[3]), max_message = PyLong_AsSsize_t(given[4]);
    if (PyErr_Occurred())
        return NULL;
    const uint8_t *data = data_of(given[0]);
    Py_ssize_t end = PyBytes_GET_SIZE(given[0]), most = max_frame < max_message ? max_frame : max_message;
    if (position < 0) {
        PyErr_SetString(PyExc_ValueError, "a position before the beginning");
        return NULL;
    }
    while (end - position >= 2 + HEADER) {
        const uint8_t *at = data + position;
        Py_ssize_t size = (Py_ssize_t)get16(at);
        if (size != (Py_ssize_t)get32(at + 2) || at[6] != VERSION || size < HEADER || size > most ||
            size > end - position - 2)
            break;
        PyObject *message = bytes_of(at + 2, (size_t)size);
        int bad = !message || PyList_Append(given[2], message) < 0;
        Py_XDECREF(message);
        if (bad)
            return NULL;
        position += 2 + size;
    }
    return PyLong_FromSsize_t(position);
}

/* ---- FLOOD ---- */

/* Where the record in a FLOOD begins; 0 when 3.1.5.2.10 does not let it through. */
static Py_ssize_t record_offset(PyObject *message) {
    const uint8_t *data = data_of(message);
    Py_ssize_t size = PyBytes_GET_SIZE(message), offset = size >= SMALLEST_FLOOD ? (Py_ssize_t)get16(data + 8) : 0;
    if (offset >= FLOOD_HEAD && offset <= size - (SMALLEST_FLOOD - FLOOD_HEAD))
        return offset;
    malformed("FLOOD without a record or with a Record Offset outside");
    return 0;
}

/* Where Reserved of a PEER_RECORD begins, and how many bytes it has (2.2.1.9): ignored by who receives it, zero when it
 * is sent. */
#define RECORD_RESERVED      36
#define RECORD_RESERVED_SIZE 3

static int has_reserved(const uint8_t *record, size_t size) {
    static const uint8_t zero[RECORD_RESERVED_SIZE];
    return size >= RECORD_RESERVED + sizeof zero && memcmp(record + RECORD_RESERVED, zero, sizeof zero) != 0;
}

/* The record of a FLOOD as it is kept. A new reference. */
static PyObject *to_keep(const uint8_t *record, size_t size) {
    PyObject *wire = bytes_of(record, size);
    if (wire && has_reserved(record, size))
        memset(PyBytes_AS_STRING(wire) + RECORD_RESERVED, 0, RECORD_RESERVED_SIZE);
    return wire;
}

static PyObject *flood_record(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("flood_record", "b", given, count))
        return NULL;
    Py_ssize_t offset = record_offset(given[0]);
    return offset ? to_keep(data_of(given[0]) + offset, (size_t)(PyBytes_GET_SIZE(given[0]) - offset)) : NULL;
}

/* A FLOOD as this node sends it on (2.2.2.11): its reserved fields zero, nothing between them and the record. A new
 * reference. */
static PyObject *to_forward(PyObject *message, Py_ssize_t offset) {
    const uint8_t *data = data_of(message);
    size_t size = (size_t)(PyBytes_GET_SIZE(message) - offset);
    uint8_t head[FLOOD_HEAD] = {[4] = VERSION, [5] = FLOOD, [9] = FLOOD_HEAD};
    put32(head, (uint32_t)(FLOOD_HEAD + size));
    int reserved = has_reserved(data + offset, size);
    if (!reserved && memcmp(data, head, sizeof head) == 0)
        return Py_NewRef(message);
    PyObject *flood = bytes_of(NULL, FLOOD_HEAD + size);
    if (flood)
        put_bytes(put_bytes((uint8_t *)PyBytes_AS_STRING(flood), head, sizeof head), data + offset, size);
    if (flood && reserved)
        memset(PyBytes_AS_STRING(flood) + FLOOD_HEAD + RECORD_RESERVED, 0, RECORD_RESERVED_SIZE);
    return flood;
}

static PyObject *flood_to_forward(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("flood_to_forward", "b", given, count))
        return NULL;
    Py_ssize_t offset = record_offset(given[0]);
    return offset ? to_forward(given[0], offset) : NULL;
}

/* Whether `row` (a store Row: expiration and wire bytes are its last two) holds just these bytes and outlives `now`, or
 * is the expiration time of one that does. */
static int stands(PyObject *row, const uint8_t *wire, Py_ssize_t size, PyObject *now) {
    if (PyLong_Check(row))
        return PyObject_RichCompareBool(row, now, Py_GT);
    if (!PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_FIELDS)
        return 0;
    PyObject *stored = PyTuple_GET_ITEM(row, 6);
    if (!PyBytes_Check(stored) || PyBytes_GET_SIZE(stored) != size || memcmp(data_of(stored), wire, (size_t)size) != 0)
        return 0;
    return PyObject_RichCompareBool(PyTuple_GET_ITEM(row, 5), now, Py_GT);
}

static int acknowledge(PyObject *acks, PyObject *id, PyObject *useful) {
    PyObject *ack = PyTuple_Pack(2, id, useful);
    if (ack)
        PyObject_GC_UnTrack(ack); /* no cycle can go through it, and there are thousands */
    int bad = !ack || PyList_Append(acks, ack) < 0;
    Py_XDECREF(ack);
    return bad ? -1 : 1;
}

typedef struct {
    PyObject *messages, *at, *fresh, *recent, *stored, *same, *get, *now, *make, *apart; /* what is asked */
    PyObject *acks, *rows, *taken;                                                       /* what is filled */
} Batch;

/* The row of a number and a row, when it has the record's bytes; borrowed. NULL, without an exception, when not. */
static PyObject *whole_row(PyObject *numbered) {
    PyObject *row = PyTuple_Check(numbered) && PyTuple_GET_SIZE(numbered) == 2 ? PyTuple_GET_ITEM(numbered, 1) : NULL;
    if (!row || !PyTuple_Check(row) || PyTuple_GET_SIZE(row) != ROW_FIELDS || !PyLong_Check(PyTuple_GET_ITEM(row, 3)))
        return NULL;
    long flags = PyLong_AsLong(PyTuple_GET_ITEM(row, 3));
    if (PyErr_Occurred())
        PyErr_Clear(); /* `get` says it */
    return flags & IN_PIECES ? NULL : row;
}

/* The row with this ID: one of `fresh` or `recent`, or what `get` answers, which may be None. It is not asked where
 * nothing can be, which is so with nearly all, nor when `same` knows the record in just these bytes: then the answer is
 * its expiration time. A new reference. */
static PyObject *find(PyObject *id, const uint8_t *record, Py_ssize_t size, const Batch *batch) {
    PyObject *row = PyDict_GetItemWithError(batch->fresh, id);
    if (row || PyErr_Occurred())
        return Py_XNewRef(row);
    if (PyBytes_GET_SIZE(id) != GUID) /* of a record that ends within its ID: nothing has it */
        Py_RETURN_NONE;
    PyObject *recent = PyDict_GetItemWithError(batch->recent, id);
    if (!recent && PyErr_Occurred())
        return NULL;
    if (recent) {
        row = whole_row(recent);
        return row ? Py_NewRef(row) : PyObject_CallOneArg(batch->get, id);
    }
    PyObject *numbers = PyObject_CallOneArg(batch->stored, id);
    if (!numbers || numbers == Py_None)
        return numbers;
    PyObject *wire = bytes_of(record, (size_t)size);
    PyObject *asked[] = {numbers, wire}, *until = wire ? PyObject_Vectorcall(batch->same, asked, 2, NULL) : NULL;
    Py_XDECREF(wire);
    Py_DECREF(numbers);
    if (until != Py_None)
        return until;
    Py_DECREF(until);
    return PyObject_CallOneArg(batch->get, id);
}

/* The row that `make` gives for a new record; NULL when there is none, with an exception unless it is only malformed
 * or `make` leaves it to others. */
static PyObject *made(const Batch *batch, PyObject *wire) {
    PyObject *row = PyObject_CallOneArg(batch->make, wire);
    if (!row && PyErr_ExceptionMatches(malformed_message))
        PyErr_Clear(); /* whoever looks at it next finds it again */
    if (row == Py_None)
        Py_CLEAR(row);
    if (row && !(PyTuple_Check(row) && PyTuple_GET_SIZE(row) == ROW_FIELDS)) {
        PyErr_SetString(PyExc_TypeError, "a row has seven fields");
        Py_CLEAR(row);
    }
    return row;
}

/* A record that is not here: 1 when it was taken, 0 when it is for others to look at, -1 with an exception. */
static int take(const Batch *batch, PyObject *message, Py_ssize_t offset, PyObject *id, PyObject *wire) {
    PyObject *row = made(batch, wire);
    if (!row)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *onward = NULL;
    int good = PyObject_RichCompareBool(PyTuple_GET_ITEM(row, 5), batch->now, Py_GT);
    if (good > 0) {
        good = PySet_Contains(batch->apart, PyTuple_GET_ITEM(row, 1));
        good = good < 0 ? -1 : !good;
    }
    if (good > 0 && (!(onward = to_forward(message, offset)) || PyDict_SetItem(batch->fresh, id, row) < 0 ||
                     PyList_Append(batch->rows, row) < 0 || PyList_Append(batch->taken, onward) < 0 ||
                     acknowledge(batch->acks, id, Py_True) < 0))
        good = -1;
    Py_XDECREF(onward);
    Py_DECREF(row);
    return good;
}

/* One FLOOD: 1 when it is done with, 0 with `answer` for Python, -1 with an exception. */
static int sift_one(const Batch *batch, Py_ssize_t at, PyObject *message, PyObject **answer) {
    Py_ssize_t offset = record_offset(message), size = PyBytes_GET_SIZE(message) - offset;
    if (!offset)
        return -1;
    const uint8_t *record = data_of(message) + offset;
    Py_ssize_t behind = size < GUID ? 0 : size - GUID; /* a record too short for an ID is refused further on */
    PyObject *id = bytes_of(record + (size - behind), (size_t)(behind < GUID ? behind : GUID)), *wire = NULL;
    if (id && has_reserved(record, (size_t)size)) {
        if (!(wire = to_keep(record, (size_t)size))) {
            Py_DECREF(id);
            return -1;
        }
        record = data_of(wire);
    }
    PyObject *row = id ? find(id, record, size, batch) : NULL;
    int done = row ? stands(row, record, size, batch->now) : -1;
    if (done == 0 && PyLong_Check(row)) { /* it has expired */
        Py_SETREF(row, PyObject_CallOneArg(batch->get, id));
        if (!row)
            done = -1;
    }
    if (done > 0)
        done = acknowledge(batch->acks, id, Py_False);
    else if (done == 0 && !wire && !(wire = bytes_of(record, (size_t)size)))
        done = -1;
    if (done == 0 && row == Py_None && batch->make != Py_None)
        done = take(batch, message, offset, id, wire);
    if (done == 0 && !(*answer = Py_BuildValue("(nOO)", at, wire, row)))
        done = -1;
    Py_XDECREF(wire);
    Py_XDECREF(row);
    Py_XDECREF(id);
    return done;
}

static PyObject *sift(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("sift", "siddoooiotlll", given, count))
        return NULL;
    Batch batch;
    memcpy(&batch, given, sizeof batch);
    Py_ssize_t at = PyLong_AsSsize_t(batch.at);
    if (at < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "a position before the beginning");
        return NULL;
    }
    for (; at < PySequence_Fast_GET_SIZE(batch.messages); at++) {
        PyObject *message = PySequence_Fast_GET_ITEM(batch.messages, at), *answer = NULL;
        if (!PyBytes_Check(message) || PyBytes_GET_SIZE(message) < HEADER || data_of(message)[5] != FLOOD ||
            PyBytes_GET_SIZE(message) > LONG)
            break;
        Py_INCREF(message); /* `get` and `make` may do anything */
        int done = sift_one(&batch, at, message, &answer);
        Py_DECREF(message);
        if (done <= 0)
            return answer;
    }
    return Py_BuildValue("(nOO)", at, Py_None, Py_None);
}

/* ---- ACK ---- */

static PyObject *pack_acks(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("pack_acks", "s", given, count))
        return NULL;
    Py_ssize_t number = PySequence_Fast_GET_SIZE(given[0]);
    PyObject **acks = PySequence_Fast_ITEMS(given[0]);
    PyObject *array = bytes_of(NULL, (size_t)number * RECORD_ACK);
    if (!array)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(array);
    for (Py_ssize_t i = 0; i < number; i++) {
        PyObject *id = PyTuple_Check(acks[i]) && PyTuple_GET_SIZE(acks[i]) == 2 ? PyTuple_GET_ITEM(acks[i], 0) : NULL;
        if (!id || !PyBytes_Check(id) || PyBytes_GET_SIZE(id) != GUID) {
            Py_DECREF(array);
            return PyErr_Format(PyExc_ValueError, "an ACK is a record ID of 16 bytes and whether it was useful");
        }
        out = put_bytes(out, data_of(id), GUID);
        out = put32(out, PyTuple_GET_ITEM(acks[i], 1) == Py_True ? USEFUL : 0);
    }
    return array;
}

static PyObject *weigh(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("weigh", "fsiff", given, count))
        return NULL;
    double weight = PyFloat_AsDouble(given[0]), decay = PyFloat_AsDouble(given[3]), gain = PyFloat_AsDouble(given[4]);
    Py_ssize_t start = PyLong_AsSsize_t(given[2]), number = PySequence_Fast_GET_SIZE(given[1]);
    if (PyErr_Occurred())
        return NULL;
    for (Py_ssize_t i = start < 0 ? 0 : start; i < number; i++) {
        PyObject *ack = PySequence_Fast_GET_ITEM(given[1], i);
        if (!PyTuple_Check(ack) || PyTuple_GET_SIZE(ack) != 2)
            return PyErr_Format(PyExc_TypeError, "weigh(): an ACK is a tuple of two");
        weight = weight * decay + (PyTuple_GET_ITEM(ack, 1) == Py_True ? gain : 0);
    }
    return PyFloat_FromDouble(weight);
}

static PyObject *weigh_array(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("weigh_array", "fbff", given, count))
        return NULL;
    double weight = PyFloat_AsDouble(given[0]), decay = PyFloat_AsDouble(given[2]), gain = PyFloat_AsDouble(given[3]);
    if (PyErr_Occurred())
        return NULL;
    const uint8_t *array = data_of(given[1]);
    for (Py_ssize_t at = 0; at + RECORD_ACK <= PyBytes_GET_SIZE(given[1]); at += RECORD_ACK)
        weight = weight * decay + (get32(array + at + GUID) & USEFUL ? gain : 0);
    return PyFloat_FromDouble(weight);
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "See _messages.pyi."}

static PyMethodDef METHODS[] = {
    FUNCTION(frames), FUNCTION(floods),    FUNCTION(split), FUNCTION(flood_record), FUNCTION(flood_to_forward),
    FUNCTION(sift),   FUNCTION(pack_acks), FUNCTION(weigh), FUNCTION(weigh_array),  {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_messages", .m_doc = "The bytes of messages.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__messages(void) {
    PyObject *module = PyModule_Create(&MODULE);
    if (module && PyModule_AddIntConstant(module, "LONG", LONG) < 0)
        Py_CLEAR(module);
    return with_malformed_message(module);
}
