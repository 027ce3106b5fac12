/* The bytes of PEER_RECORD (MS-PPGRH 2.2.1.9), for the paths on which there are thousands a second; records.py draws
 * the layout and says what it means.
 *
 * One walk over the bytes finds where each field lies, and every length is held against what is left before it is
 * believed. What is made of it (a Summary, a row) takes only what its receiver needs. What is not about bytes stays in
 * Python: what a Peer ID means, and the XML of attributes.
 */
#include "_malformed.h"
#include "_rows.h"

enum {
    FIXED_HEAD = 40,      /* up to the Creator ID Length */
    SMALLEST_RECORD = 90, /* 3.1.7.27 */
    DELETED = 0x02,
    PROTOCOL_VERSION = 0x0100,
    SMALLEST_ID = 2, /* UTF-16 units with the terminator */
    LARGEST_ID = 256,
    SUMMARY_FIELDS = 15,
};

static const uint64_t LARGEST_RECORD = 62914560;   /* what 0 means in Max Record Size */
static const uint8_t GRAPH_TYPE[GUID] = {0, 0, 1}; /* 00000100-...: Graph Info; the third byte tells the others */
static const uint8_t FIXED_IDS[3][GUID] = {
    [1] = {0x6c, 0x79, 0x67, 0x68, 0x77, 0x32, 0x40, 0x6b, 0xbc, 0x6e, 0x5e, 0x9c, 0x0d, 0x86, 0x45, 0x80},
    [2] = {0x4c, 0x51, 0x5c, 0x94, 0x42, 0x52, 0x49, 0x4f, 0x84, 0x40, 0x34, 0xcc, 0x79, 0x76, 0x9c, 0x81},
};

/* From records.py, by `use`. */
static PyTypeObject *summary_type;
static PyObject *learn;            /* gives the key of a Peer ID that `known_ids` does not have, and puts it there */
static PyObject *check_attributes; /* raises MalformedMessage */

static PyObject *known_ids;          /* Peer ID as it travels -> its key */
static PyObject *last_id, *last_key; /* the one that was asked for last: records of one creator come together */

typedef struct {
    size_t at, size;
} Span;

typedef struct {
    const uint8_t *bytes;
    uint32_t version, attributes_units;
    int deleted;
    Span creator, modifier, security, payload, attributes; /* strings with their terminators */
    uint64_t creation, expiration, modification;
    PyObject *key; /* of the creator; a new reference */
} Layout;

/* ---- Peer IDs ---- */

/* Whether the units are UTF-16 whose only zero is the last. */
static int sound_text(const uint8_t *at, uint32_t units) {
    int low_follows = 0;
    for (uint32_t i = 0; i < units; i++, at += 2) {
        uint32_t unit = get16(at);
        if ((unit == 0) != (i + 1 == units) || (unit >> 10 == 0x37) != low_follows)
            return 0;
        low_follows = unit >> 10 == 0x36;
    }
    return units > 0;
}

/* The key of a Peer ID, a new reference; NULL with MalformedMessage when it is no proper string. */
static PyObject *key_of(const uint8_t *at, size_t size) {
    if (last_id && (size_t)PyBytes_GET_SIZE(last_id) == size && memcmp(data_of(last_id), at, size) == 0) {
        Py_INCREF(last_key);
        return last_key;
    }
    PyObject *raw = bytes_of(at, size), *key = NULL;
    if (raw) {
        key = PyDict_GetItemWithError(known_ids, raw);
        if (key)
            Py_INCREF(key);
        else if (!PyErr_Occurred())
            key = PyObject_CallOneArg(learn, raw);
    }
    if (key && !(PyBytes_Check(key) && PyBytes_GET_SIZE(key) == GUID / 2)) {
        PyErr_SetString(PyExc_TypeError, "the key of a Peer ID has 8 bytes");
        Py_CLEAR(key);
    }
    if (!key) {
        Py_XDECREF(raw);
        return NULL;
    }
    Py_INCREF(key);
    PyObject *old_id = last_id, *old_key = last_key;
    last_id = raw;
    last_key = key;
    Py_XDECREF(old_id);
    Py_XDECREF(old_key);
    return key;
}

/* ---- the walk ---- */

/* Moves `at` behind `size` bytes that start there, if they and 4 bytes more are left. */
static int step(size_t *at, uint64_t size, size_t end) {
    if (end - *at < 4 || size > end - *at - 4)
        return 0;
    *at += size;
    return 1;
}

#define ENDS "the record ends within its fields"

/* Fills `layout`. `graph_id`: what the record's has to be, length included, or NULL for any. 0 with an exception set.
 */
static int walk(Layout *layout, PyObject *data, PyObject *graph_id) {
    const uint8_t *bytes = data_of(data);
    size_t end = (size_t)PyBytes_GET_SIZE(data), at = FIXED_HEAD + 4;
    const char *bad = ENDS;

    memset(layout, 0, sizeof *layout);
    layout->bytes = bytes;
    if (end < FIXED_HEAD + 4)
        goto failed;
    layout->version = get32(bytes + 32);
    layout->deleted = bytes[39] == DELETED;
    bad = "record flags";
    if (bytes[39] & ~DELETED)
        goto failed;

    uint32_t units = get32(bytes + FIXED_HEAD);
    bad = "Creator ID Length";
    if (units < SMALLEST_ID || units > LARGEST_ID)
        goto failed;
    layout->creator = (Span){at, 2 * units};
    bad = ENDS;
    if (!step(&at, 2 * units, end))
        goto failed;

    units = get32(bytes + at);
    at += 4;
    if (units) {
        bad = "Last Modified By ID Length";
        if (units < SMALLEST_ID || units > LARGEST_ID)
            goto failed;
        layout->modifier = (Span){at, 2 * units};
    }
    bad = ENDS;
    if (!step(&at, 2 * units, end))
        goto failed;

    uint32_t length = get32(bytes + at);
    at += 4;
    layout->security = (Span){at, length};
    if (!step(&at, length, end) || end - at < 24 + 4)
        goto failed;
    layout->creation = get64(bytes + at);
    layout->expiration = get64(bytes + at + 8);
    layout->modification = get64(bytes + at + 16);
    at += 24;

    if (graph_id) {
        size_t size = (size_t)PyBytes_GET_SIZE(graph_id);
        bad = "another Graph ID";
        if (size > end - at || memcmp(bytes + at, data_of(graph_id), size) != 0)
            goto failed;
        at += size;
    } else {
        units = get32(bytes + at);
        at += 4;
        bad = "Graph ID";
        if (units < SMALLEST_ID || units > LARGEST_ID || 2 * units > end - at || !sound_text(bytes + at, units))
            goto failed;
        at += 2 * units;
    }

    bad = ENDS;
    if (end - at < 6)
        goto failed;
    bad = "Protocol Version";
    if (get16(bytes + at) != PROTOCOL_VERSION)
        goto failed;
    length = get32(bytes + at + 2);
    at += 6;
    layout->payload = (Span){at, length};
    bad = ENDS;
    if (!step(&at, length, end))
        goto failed;
    layout->attributes_units = get32(bytes + at);
    at += 4;
    layout->attributes = (Span){at, end - at};
    bad = "bytes behind the record, or too few of them";
    if (2 * (uint64_t)layout->attributes_units != end - at)
        goto failed;
    bad = "a deleted record with a payload";
    if (layout->deleted && layout->payload.size)
        goto failed;

    /* Last, because only here Python may run. */
    if (layout->modifier.size) {
        PyObject *key = key_of(bytes + layout->modifier.at, layout->modifier.size);
        if (!key)
            return 0;
        Py_DECREF(key);
    }
    layout->key = key_of(bytes + layout->creator.at, layout->creator.size);
    return layout->key != NULL;

failed:
    malformed(bad);
    return 0;
}

/* What 3.1.7.27 asks beyond the layout. 0 with an exception set, and the layout let go. */
static int follow_rules(Layout *layout, uint64_t max_record_size) {
    const uint8_t *bytes = layout->bytes;
    int of_graph = bytes[2] >= 1 && bytes[2] <= 4 && memcmp(bytes, GRAPH_TYPE, 2) == 0 &&
                   memcmp(bytes + 3, GRAPH_TYPE + 3, GUID - 3) == 0;
    int kind = of_graph ? bytes[2] : 0;
    uint64_t size = layout->payload.size + 2 * (uint64_t)layout->attributes_units; /* reading A36 */
    const char *bad;

    bad = "the Record ID is not one of its creator's, or not the fixed one of its type";
    if (kind == 1 || kind == 2 ? memcmp(bytes + GUID, FIXED_IDS[kind], GUID) != 0 /* reading A7 */
                               : memcmp(bytes + GUID, data_of(layout->key), GUID / 2) != 0)
        goto failed;
    bad = "Expiration Time not after Last Modification Time";
    if (layout->expiration <= layout->modification)
        goto failed;
    bad = "Last Modification Time before Creation Time";
    if (layout->modification < layout->creation)
        goto failed;
    bad = "Last Modified By ID in a record that was never modified";
    if (layout->modification == layout->creation && layout->modifier.size)
        goto failed;
    bad = "a record too big";
    if (size > (max_record_size ? max_record_size : LARGEST_RECORD))
        goto failed;
    if (layout->attributes_units) {
        PyObject *xml = bytes_of(bytes + layout->attributes.at, layout->attributes.size), *answer = NULL;
        if (xml) {
            answer = PyObject_CallFunctionObjArgs(check_attributes, xml, of_graph ? Py_True : Py_False, NULL);
            Py_DECREF(xml);
        }
        if (!answer)
            goto out;
        Py_DECREF(answer);
    }
    return 1;

failed:
    malformed(bad);
out:
    Py_CLEAR(layout->key);
    return 0;
}

/* The same, from the arguments (data, graph ID, max record size). */
static int received(Layout *layout, PyObject *data, PyObject *graph_id, PyObject *max_record_size) {
    uint64_t most = PyLong_AsUnsignedLongLong(max_record_size);
    if (most == (uint64_t)-1 && PyErr_Occurred())
        return 0;
    if (PyBytes_GET_SIZE(data) < SMALLEST_RECORD) {
        malformed("a record of less than 90 bytes");
        return 0;
    }
    return walk(layout, data, graph_id) && follow_rules(layout, most);
}

/* ---- what is made of it ---- */

static PyObject *raw_text(const Layout *layout, Span text) {
    return bytes_of(layout->bytes + text.at, text.size ? text.size - 2 : 0);
}

static PyObject *summary_of(const Layout *layout) {
    const uint8_t *bytes = layout->bytes;
    PyObject *values[SUMMARY_FIELDS] = {
        bytes_of(bytes, GUID),
        bytes_of(bytes + GUID, GUID),
        PyLong_FromUnsignedLong(layout->version),
        PyBool_FromLong(layout->deleted),
        layout->key,
        PyLong_FromUnsignedLongLong(layout->creation),
        PyLong_FromUnsignedLongLong(layout->expiration),
        PyLong_FromUnsignedLongLong(layout->modification),
        PyLong_FromSize_t(layout->payload.size),
        PyLong_FromUnsignedLong(layout->attributes_units),
        raw_text(layout, layout->modifier),
        bytes_of(bytes + layout->security.at, layout->security.size),
        raw_text(layout, layout->creator),
        PyLong_FromSize_t(layout->payload.at),
        PyLong_FromSize_t(layout->attributes.at),
    };
    return filled(summary_type, values, SUMMARY_FIELDS);
}

static PyObject *summarize(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Layout layout;
    (void)self;
    if (!arguments("summarize", "b", given, count) || !walk(&layout, given[0], NULL))
        return NULL;
    return summary_of(&layout);
}

static PyObject *validate_received(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Layout layout;
    (void)self;
    if (!arguments("validate_received", "bbi", given, count) || !received(&layout, given[0], given[1], given[2]))
        return NULL;
    return summary_of(&layout);
}

static PyObject *received_row(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Layout layout;
    (void)self;
    if (!arguments("received_row", "-bib", given, count) || !is_row_type(given[0]) ||
        !received(&layout, given[3], given[1], given[2]))
        return NULL;
    Py_DECREF(layout.key);
    if (layout.expiration > INT64_MAX)
        return malformed("a time that is none");
    Py_INCREF(given[3]);
    PyObject *values[ROW_FIELDS] = {
        bytes_of(layout.bytes + GUID, GUID),
        bytes_of(layout.bytes, GUID),
        PyLong_FromUnsignedLong(layout.version),
        PyLong_FromLong(layout.deleted), /* the flag that a row has for it is 1, too */
        PyLong_FromUnsignedLongLong(layout.modification),
        PyLong_FromUnsignedLongLong(layout.expiration),
        given[3],
    };
    return filled((PyTypeObject *)given[0], values, ROW_FIELDS);
}

/* The record with Security Data, which it did not have; see _records.pyi. */
static PyObject *with_security(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Layout layout;
    (void)self;
    if (!arguments("with_security", "bb", given, count) || !walk(&layout, given[0], NULL))
        return NULL;
    Py_DECREF(layout.key);
    size_t at = layout.security.at, size = (size_t)PyBytes_GET_SIZE(given[0]);
    size_t more = (size_t)PyBytes_GET_SIZE(given[1]);
    if (layout.security.size || more > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a record that has Security Data already, or too much of them");
        return NULL;
    }
    PyObject *whole = bytes_of(NULL, size + more);
    if (whole) {
        uint8_t *out = put_bytes((uint8_t *)PyBytes_AS_STRING(whole), layout.bytes, at - 4);
        out = put32(out, (uint32_t)more);
        out = put_bytes(out, data_of(given[1]), more);
        put_bytes(out, layout.bytes + at, size - at);
    }
    return whole;
}

/* What a signature of its creator's covers of a record that was neither changed nor deleted; see _records.pyi. */
static PyObject *signed_by_creator(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    Layout layout;
    (void)self;
    if (!arguments("signed_by_creator", "bbii", given, count))
        return NULL;
    size_t from = PyLong_AsSize_t(given[2]), to = PyErr_Occurred() ? 0 : PyLong_AsSize_t(given[3]);
    if (PyErr_Occurred() || !walk(&layout, given[0], NULL))
        return NULL;
    Py_DECREF(layout.key);
    if (layout.deleted || layout.modifier.size || from > to || to > layout.security.size)
        Py_RETURN_NONE;
    static const uint8_t nothing[4];
    size_t size = (size_t)PyBytes_GET_SIZE(given[0]), behind = layout.security.at + layout.security.size;
    size_t head = (size_t)PyBytes_GET_SIZE(given[1]);
    PyObject *covered = bytes_of(NULL, head + (to - from) + size - layout.security.size);
    if (covered) {
        uint8_t *out = (uint8_t *)PyBytes_AS_STRING(covered);
        out = put_bytes(out, data_of(given[1]), head);
        out = put_bytes(out, layout.bytes + layout.security.at + from, to - from);
        out = put_bytes(out, layout.bytes, layout.security.at - sizeof nothing);
        out = put_bytes(out, nothing, sizeof nothing);
        put_bytes(out, layout.bytes + behind, size - behind);
    }
    PyObject *creator = raw_text(&layout, layout.creator);
    PyObject *security = bytes_of(layout.bytes + layout.security.at, layout.security.size), *found = NULL;
    if (covered && creator && security)
        found = PyTuple_Pack(3, creator, security, covered);
    Py_XDECREF(covered);
    Py_XDECREF(creator);
    Py_XDECREF(security);
    return found;
}

static PyObject *use(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    if (!arguments("use", "---", given, count) || !is_named_tuple(given[0], SUMMARY_FIELDS))
        return NULL;
    Py_INCREF(given[0]);
    Py_INCREF(given[1]);
    Py_INCREF(given[2]);
    Py_XSETREF(summary_type, (PyTypeObject *)given[0]);
    Py_XSETREF(learn, given[1]);
    Py_XSETREF(check_attributes, given[2]);
    Py_RETURN_NONE;
}

#define FUNCTION(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "See _records.pyi."}

static PyMethodDef METHODS[] = {
    FUNCTION(use),          FUNCTION(summarize),         FUNCTION(validate_received),
    FUNCTION(received_row), FUNCTION(signed_by_creator), FUNCTION(with_security),
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_records", .m_doc = "The bytes of records.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__records(void) {
    PyObject *module = with_malformed_message(PyModule_Create(&MODULE));
    if (module && !known_ids)
        known_ids = PyDict_New();
    if (module && (!known_ids || PyModule_AddObjectRef(module, "known_ids", known_ids) < 0))
        Py_CLEAR(module);
    return module;
}
