/* What must not outlive this process in a child of fork, locks that belong to an open file, and descriptors that the
 * program may close although they are not its own; process.py, store/ownership.py and store/journal.py say what for. A
 * child of fork, also one of C code that knows nothing of Python, closes the descriptors that were registered, before
 * fork returns in it.
 */
#include "_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- descriptors that a child closes ---- */

/* The file is named too: somebody may have closed the number behind our back, and it may be another file's by now. */
typedef struct {
    int number;
    dev_t device;
    ino_t inode;
} Descriptor;

static Descriptor *registered;
static size_t count, room;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static void before_fork(void) { pthread_mutex_lock(&guard); }

static void after_fork_in_parent(void) { pthread_mutex_unlock(&guard); }

static void after_fork_in_child(void) {
    int kept = errno;
    struct stat info;
    for (size_t i = 0; i < count; i++)
        if (fstat(registered[i].number, &info) == 0 && info.st_dev == registered[i].device &&
            info.st_ino == registered[i].inode)
            close(registered[i].number);
    count = 0;
    errno = kept;
    pthread_mutex_unlock(&guard);
}

static void drop(int number) {
    for (size_t i = 0; i < count; i++)
        if (registered[i].number == number)
            registered[i--] = registered[--count];
}

static int number_of(PyObject *value) {
    long number = PyLong_AsLong(value);
    if (PyErr_Occurred())
        return -1;
    if (number < 0 || number > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no descriptor");
        return -1;
    }
    return (int)number;
}

static PyObject *close_in_child(PyObject *self, PyObject *value) {
    (void)self;
    int number = number_of(value), bad = 0;
    struct stat info;
    if (number < 0)
        return NULL;
    if (fstat(number, &info))
        return PyErr_SetFromErrno(PyExc_OSError);
    pthread_mutex_lock(&guard);
    drop(number);
    if (count == room) {
        Descriptor *more = realloc(registered, (room + 64) * sizeof *more);
        if (more) {
            registered = more;
            room += 64;
        } else {
            bad = 1;
        }
    }
    if (!bad)
        registered[count++] = (Descriptor){number, info.st_dev, info.st_ino};
    pthread_mutex_unlock(&guard);
    if (bad)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *keep_in_child(PyObject *self, PyObject *value) {
    (void)self;
    int number = number_of(value);
    if (number < 0)
        return NULL;
    pthread_mutex_lock(&guard);
    drop(number);
    pthread_mutex_unlock(&guard);
    Py_RETURN_NONE;
}

static PyObject *is_file(PyObject *self, PyObject *const *given, Py_ssize_t size) {
    (void)self;
    if (size != 3) {
        PyErr_SetString(PyExc_TypeError, "is_file: a descriptor, a device and an inode are wanted");
        return NULL;
    }
    int number = number_of(given[0]);
    unsigned long long device = number < 0 ? 0 : PyLong_AsUnsignedLongLong(given[1]);
    unsigned long long inode = PyErr_Occurred() ? 0 : PyLong_AsUnsignedLongLong(given[2]);
    struct stat info;
    if (PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(fstat(number, &info) == 0 && info.st_dev == device && info.st_ino == inode);
}

/* ---- an open file that no closing of descriptors ends ---- */

/* The mapping has the open file in use, and with it the file's lock, for as long as it stands: nobody can close a
 * mapping by a number. No child of fork gets it, however it is made; the guard keeps fork out of the moment before that
 * is so. */
static PyObject *hold(PyObject *self, PyObject *value) {
    (void)self;
    int number = number_of(value), bad;
    if (PyErr_Occurred())
        return NULL;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    pthread_mutex_lock(&guard);
    void *mapping = mmap(NULL, size, PROT_NONE, MAP_PRIVATE, number, 0);
    bad = mapping == MAP_FAILED;
    if (!bad && madvise(mapping, size, MADV_DONTFORK)) {
        int kept = errno;
        munmap(mapping, size);
        errno = kept;
        bad = 1;
    }
    pthread_mutex_unlock(&guard);
    return bad ? PyErr_SetFromErrno(PyExc_OSError) : PyLong_FromVoidPtr(mapping);
}

static PyObject *release(PyObject *self, PyObject *value) {
    (void)self;
    void *mapping = PyLong_AsVoidPtr(value);
    if (PyErr_Occurred())
        return NULL;
    if (munmap(mapping, (size_t)sysconf(_SC_PAGESIZE)))
        return PyErr_SetFromErrno(PyExc_OSError);
    Py_RETURN_NONE;
}

/* ---- an open file that is known by its position ---- */

/* pread and pwrite leave the position alone, so it can be a sign that no other open file has, not even one of the same
 * file. To ask for it costs half of what fstat does. Any file system that has files of 4 GiB has such a position. */
static PyObject *mark(PyObject *self, PyObject *value) {
    (void)self;
    int number = number_of(value);
    uint32_t random;
    if (PyErr_Occurred())
        return NULL;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return PyErr_SetFromErrno(PyExc_OSError);
    off_t position = (off_t)0x80000000 + random % 0x7FFFFFFF;
    if (lseek(number, position, SEEK_SET) != position)
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyLong_FromLongLong(position);
}

static int has_mark(int number, off_t position) { return lseek(number, 0, SEEK_CUR) == position; }

static PyObject *is_marked(PyObject *self, PyObject *const *given, Py_ssize_t size) {
    (void)self;
    if (size != 2) {
        PyErr_SetString(PyExc_TypeError, "is_marked: a descriptor and its mark are wanted");
        return NULL;
    }
    int number = number_of(given[0]);
    off_t position = PyErr_Occurred() ? 0 : (off_t)PyLong_AsLongLong(given[1]);
    if (PyErr_Occurred())
        return NULL;
    return PyBool_FromLong(has_mark(number, position));
}

static PyObject *write_marked(PyObject *self, PyObject *const *given, Py_ssize_t size) {
    (void)self;
    if (size != 4 || !PyBytes_Check(given[2])) {
        PyErr_SetString(PyExc_TypeError, "write_marked: a descriptor, its mark, bytes and where they go are wanted");
        return NULL;
    }
    int number = number_of(given[0]), marked = 0;
    off_t position = PyErr_Occurred() ? 0 : (off_t)PyLong_AsLongLong(given[1]);
    off_t at = PyErr_Occurred() ? 0 : (off_t)PyLong_AsLongLong(given[3]);
    if (PyErr_Occurred())
        return NULL;
    const char *data = PyBytes_AS_STRING(given[2]);
    size_t left = (size_t)PyBytes_GET_SIZE(given[2]);
    ssize_t written = 0;
    Py_BEGIN_ALLOW_THREADS do {
        marked = has_mark(number, position);
        written = marked ? pwrite(number, data, left, at) : 0;
        if (written > 0) { /* less than all of it when there is no more room, most likely: the next try tells */
            data += written;
            left -= (size_t)written;
            at += written;
        }
    }
    while (marked && left && (written >= 0 || errno == EINTR))
        ;
    Py_END_ALLOW_THREADS if (written < 0) return PyErr_SetFromErrno(PyExc_OSError);
    return PyBool_FromLong(marked);
}

static PyObject *never_free(PyObject *self, PyObject *object) {
    (void)self;
    Py_INCREF(object);
    Py_RETURN_NONE;
}

/* ---- locks of an open file (F_OFD_SETLK) ---- */

enum { STEP = 5 }; /* milliseconds between two tries */

/* Where the kernel, or what stands in for it in a sandbox, has no such locks (EINVAL), those of flock are of an open
 * file, too. */
static int try_lock(int number) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int bad = fcntl(number, F_OFD_SETLK, &whole);
    return bad && errno == EINVAL ? flock(number, LOCK_EX | LOCK_NB) : bad;
}

static int ask_lock(int number, int *locked) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int bad = fcntl(number, F_OFD_GETLK, &whole);
    *locked = whole.l_type != F_UNLCK;
    if (bad && errno == EINVAL) {
        bad = flock(number, LOCK_SH | LOCK_NB);
        *locked = bad && errno == EWOULDBLOCK;
        bad = bad && !*locked;
        if (!bad && !*locked)
            flock(number, LOCK_UN);
    }
    return bad;
}

static PyObject *lock(PyObject *self, PyObject *const *given, Py_ssize_t size) {
    (void)self;
    if (size != 2) {
        PyErr_SetString(PyExc_TypeError, "lock: a descriptor and milliseconds are wanted");
        return NULL;
    }
    int number = number_of(given[0]);
    long patience = number < 0 ? -1 : PyLong_AsLong(given[1]);
    if (PyErr_Occurred())
        return NULL;
    for (;; patience -= STEP) {
        if (try_lock(number) == 0)
            Py_RETURN_TRUE;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return PyErr_SetFromErrno(PyExc_OSError);
        if (patience <= 0)
            Py_RETURN_FALSE;
        struct timespec pause = {.tv_nsec = STEP * 1000000};
        Py_BEGIN_ALLOW_THREADS nanosleep(&pause, NULL);
        Py_END_ALLOW_THREADS
    }
}

static PyObject *is_locked(PyObject *self, PyObject *value) {
    (void)self;
    int number = number_of(value), locked;
    if (number < 0)
        return NULL;
    if (ask_lock(number, &locked))
        return PyErr_SetFromErrno(PyExc_OSError);
    return PyBool_FromLong(locked);
}

#define DOC "See _process.pyi."

static PyMethodDef METHODS[] = {
    {"close_in_child", close_in_child, METH_O, DOC},
    {"keep_in_child", keep_in_child, METH_O, DOC},
    {"is_file", (PyCFunction)(void (*)(void))is_file, METH_FASTCALL, DOC},
    {"hold", hold, METH_O, DOC},
    {"release", release, METH_O, DOC},
    {"mark", mark, METH_O, DOC},
    {"is_marked", (PyCFunction)(void (*)(void))is_marked, METH_FASTCALL, DOC},
    {"write_marked", (PyCFunction)(void (*)(void))write_marked, METH_FASTCALL, DOC},
    {"never_free", never_free, METH_O, DOC},
    {"lock", (PyCFunction)(void (*)(void))lock, METH_FASTCALL, DOC},
    {"is_locked", is_locked, METH_O, DOC},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_process", .m_doc = "Descriptors and fork; locks.",
    .m_size = -1,          .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__process(void) {
    int error = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyModule_Create(&MODULE);
}
