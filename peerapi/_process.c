/* What must not outlive this process in a child of fork, and locks that belong to an open file; process.py and store/ownership.py say
 * what for. A child of fork, also one of C code that knows nothing of Python, closes the descriptors that were registered, before
 * fork returns in it.
 */
#include "_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
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

static void before_fork(void)
{
    pthread_mutex_lock(&guard);
}

static void after_fork_in_parent(void)
{
    pthread_mutex_unlock(&guard);
}

static void after_fork_in_child(void)
{
    int kept = errno;
    struct stat info;
    for (size_t i = 0; i < count; i++)
        if (fstat(registered[i].number, &info) == 0 && info.st_dev == registered[i].device && info.st_ino == registered[i].inode)
            close(registered[i].number);
    count = 0;
    errno = kept;
    pthread_mutex_unlock(&guard);
}

static void drop(int number)
{
    for (size_t i = 0; i < count; i++)
        if (registered[i].number == number)
            registered[i--] = registered[--count];
}

static int number_of(PyObject *value)
{
    long number = PyLong_AsLong(value);
    if (PyErr_Occurred())
        return -1;
    if (number < 0 || number > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "no descriptor");
        return -1;
    }
    return (int)number;
}

static PyObject *close_in_child(PyObject *self, PyObject *value)
{
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

static PyObject *keep_in_child(PyObject *self, PyObject *value)
{
    (void)self;
    int number = number_of(value);
    if (number < 0)
        return NULL;
    pthread_mutex_lock(&guard);
    drop(number);
    pthread_mutex_unlock(&guard);
    Py_RETURN_NONE;
}

static PyObject *is_file(PyObject *self, PyObject *const *given, Py_ssize_t size)
{
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

static PyObject *never_free(PyObject *self, PyObject *object)
{
    (void)self;
    Py_INCREF(object);
    Py_RETURN_NONE;
}

/* ---- locks of an open file (F_OFD_SETLK) ---- */

enum { STEP = 5 }; /* milliseconds between two tries */

/* Where the kernel, or what stands in for it in a sandbox, has no such locks (EINVAL), those of flock are of an open file, too. */
static int try_lock(int number)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int bad = fcntl(number, F_OFD_SETLK, &whole);
    return bad && errno == EINVAL ? flock(number, LOCK_EX | LOCK_NB) : bad;
}

static int ask_lock(int number, int *locked)
{
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

static PyObject *lock(PyObject *self, PyObject *const *given, Py_ssize_t size)
{
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
        Py_BEGIN_ALLOW_THREADS
        nanosleep(&pause, NULL);
        Py_END_ALLOW_THREADS
    }
}

static PyObject *is_locked(PyObject *self, PyObject *value)
{
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
    {"never_free", never_free, METH_O, DOC},
    {"lock", (PyCFunction)(void (*)(void))lock, METH_FASTCALL, DOC},
    {"is_locked", is_locked, METH_O, DOC},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, .m_name = "_process", .m_doc = "Descriptors and fork; locks.", .m_size = -1, .m_methods = METHODS,
};

PyMODINIT_FUNC PyInit__process(void)
{
    int error = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return PyModule_Create(&MODULE);
}
