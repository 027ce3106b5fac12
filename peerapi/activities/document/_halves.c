/* Which items of an update have characters of two UTF-16 units, and which name half of such a character (halves.py says
 * what for). Their update was read and checked (_updates.c).
 */
#include "_updates.h"

/* A sound item of an update, of which its row says where it is. */
typedef struct {
    uint64_t clients[2]; /* of the units beside which it was inserted, left and right; 0 where there is none */
    uint32_t clocks[2];
    const uint8_t *text; /* NULL for a gap */
    size_t size;
} Item;

static int item_of(const uint8_t *data, size_t size, const Row *row, Item *found) {
    static const int BESIDE[] = {ORIGIN, RIGHT};
    uint64_t length;
    *found = (Item){.text = NULL};
    if (row->start >= row->end || row->end > size)
        return bad("rows of another update");
    Reader reader = {data, row->end, row->start};
    int info = data[reader.at++];
    for (int side = 0; side < 2; side++)
        if (info & BESIDE[side]) {
            if (!client_at(&reader, &found->clients[side]) || !number(&reader, &length))
                return 0;
            found->clocks[side] = (uint32_t)length;
        }
    if (!(info & (ORIGIN | RIGHT)))
        reader.at += sizeof ROOT;
    if ((info & KIND) != STRING)
        return 1;
    if (!number(&reader, &length))
        return 0;
    if (reader.at + length != row->end)
        return bad("rows of another update");
    found->text = data + reader.at;
    found->size = (size_t)length;
    return 1;
}

/* What `second_halves` and `between` are asked about: items of a section. */
typedef struct {
    const uint8_t *data;
    size_t size;
    const Row *row, *behind;
} Some;

static int some_of(const char *name, const char *kinds, PyObject *const *given, Py_ssize_t count, Some *some) {
    if (!arguments(name, kinds, given, count))
        return 0;
    Py_ssize_t size = PyBytes_GET_SIZE(given[1]), total = size / (Py_ssize_t)sizeof(Row);
    Py_ssize_t first = PyLong_AsSsize_t(given[2]), behind = PyErr_Occurred() ? 0 : PyLong_AsSsize_t(given[3]);
    if (PyErr_Occurred())
        return 0;
    if (size % (Py_ssize_t)sizeof(Row) || first < 0 || behind < first || total < behind)
        return bad("rows, and the indices of some, are wanted");
    const Row *rows = (const Row *)data_of(given[1]);
    *some = (Some){data_of(given[0]), (size_t)PyBytes_GET_SIZE(given[0]), rows + first, rows + behind};
    return 1;
}

static int append(PyObject *list, uint64_t value) {
    PyObject *number = PyLong_FromUnsignedLongLong(value);
    int good = number && PyList_Append(list, number) == 0;
    Py_XDECREF(number);
    return good;
}

static PyObject *second_halves(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    Some some;
    Item item;
    if (!some_of("second_halves", "bb---", given, count, &some))
        return NULL;
    uint64_t begin = PyLong_AsUnsignedLongLong(given[4]);
    PyObject *found = PyErr_Occurred() ? NULL : PyList_New(0);
    for (const Row *row = some.row; found && row < some.behind; row++) {
        uint64_t clock = row->clock;
        int good = item_of(some.data, some.size, row, &item);
        for (size_t at = 0; good && item.text && at < item.size; at++) {
            uint8_t byte = item.text[at];
            if (byte >= 0xF0 && ++clock > begin) /* the first byte of four: the character is two units */
                good = append(found, clock);
            clock += byte < 0x80 || byte >= 0xC0;
        }
        if (!good)
            Py_CLEAR(found);
    }
    return found;
}

/* Whether a unit is one of those in an array of clocks in their order: 1, 0, or -1 with an exception. */
static int is_in(PyObject *clocks, uint64_t clock) {
    Py_buffer view;
    if (PyObject_GetBuffer(clocks, &view, PyBUF_CONTIG_RO) < 0)
        return -1;
    const uint32_t *known = view.buf;
    if (view.itemsize != sizeof *known) {
        PyErr_Format(PyExc_TypeError, "a %.100s is no array of unsigned ints", Py_TYPE(clocks)->tp_name);
        PyBuffer_Release(&view);
        return -1;
    }
    size_t low = 0, high = (size_t)view.len / sizeof *known;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (known[middle] < clock)
            low = middle + 1;
        else
            high = middle;
    }
    int found = low < (size_t)view.len / sizeof *known && known[low] == clock;
    PyBuffer_Release(&view);
    return found;
}

static int is_second(PyObject *seconds, uint64_t client, uint64_t clock) {
    PyObject *name = client ? PyLong_FromUnsignedLongLong(client) : NULL;
    PyObject *clocks = name ? PyDict_GetItemWithError(seconds, name) : NULL;
    Py_XDECREF(name);
    return PyErr_Occurred() ? -1 : clocks ? is_in(clocks, clock) : 0;
}

static PyObject *between(PyObject *self, PyObject *const *given, Py_ssize_t count) {
    (void)self;
    Some some;
    Item item;
    if (!some_of("between", "bb--d", given, count, &some))
        return NULL;
    PyObject *found = PyList_New(0);
    const Row *rows = (const Row *)data_of(given[1]);
    for (const Row *row = some.row; found && row < some.behind; row++) {
        int is = item_of(some.data, some.size, row, &item) ? 0 : -1;
        if (!is)
            is = is_second(given[4], item.clients[0], (uint64_t)item.clocks[0] + 1);
        if (!is)
            is = is_second(given[4], item.clients[1], item.clocks[1]);
        if (is < 0 || (is && !append(found, (uint64_t)(row - rows))))
            Py_CLEAR(found);
    }
    return found;
}

#define FUNCTION(name, function) {name, (PyCFunction)(void (*)(void))function, METH_FASTCALL, "See _halves.pyi."}

static PyMethodDef METHODS[] = {
    FUNCTION("second_halves", second_halves), FUNCTION("between", between), {NULL, NULL, 0, NULL}};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_halves", .m_doc = "Characters of two units.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__halves(void) { return PyModule_Create(&MODULE); }
