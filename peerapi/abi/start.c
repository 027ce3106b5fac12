/* Starts Python inside any process, once, and never stops it again.
 *
 * Compiled without -fshort-wchar: Python's configuration speaks in 32-bit wchar_t.
 *
 * Three facts shape this file:
 *  - The process may be Python already (ctypes, cffi). Then its interpreter is used, whatever its environment, as long
 *    as the version is the one the library was compiled for.
 *  - Otherwise the interpreter is looked for in a fixed order that knows nothing of PATH, the current folder or PYTHON*
 *    variables: PEERAPI_PYTHON, the environment the library is installed in, the one it was built with, the base of
 *    that one.
 *  - Nothing here may print more than one line, and nothing may abort: a program that loses its peer-to-peer part goes
 *    on.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "native.h"
#include "peerapi_build.h" /* made by build_ffi.py: where the interpreter and its packages were at build time */
#include "reading.h"
#include "start.h"

#define STRING(x)  #x
#define TEXT_OF(x) STRING(x)
#define VERSION    TEXT_OF(PY_MAJOR_VERSION) "." TEXT_OF(PY_MINOR_VERSION)

PyMODINIT_FUNC PyInit__peerapi(void); /* the cffi module: cdefs, constants, and the way into Python */

int peerapi_state = PEERAPI_COLD;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER; /* never held while Python runs */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t starter;
static int inside_python; /* the process was Python before we came */

static char library[PATH_MAX];    /* this library, symbolic links resolved */
static char package[PATH_MAX];    /* the folder `peerapi` it belongs to */
static char executable[PATH_MAX]; /* the Python that was chosen */
static char reason[2048];

/* ---- failing ---- */

static void say(const char *line) {
    /* Not stdio: the program may have put stderr into wide mode, and then fprintf prints nothing. */
    char text[sizeof reason + 2];
    int length = snprintf(text, sizeof text, "%s\n", line);
    ssize_t written = write(STDERR_FILENO, text, (size_t)length);
    (void)written;
}

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...) {
    char what[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    for (char *c = what; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    snprintf(reason, sizeof reason, "peerapi: cannot start: Python %.300s, library %.300s: %s",
             *executable ? executable : "(none)", *library ? library : "(unknown)", what);
    return 0;
}

/* The pending Python exception as "Type: message", without a traceback. */
static int fail_python(const char *doing) {
    PyObject *type = NULL, *value = NULL, *trace = NULL, *text = NULL;
    const char *name = "error", *message = NULL;
    PyErr_Fetch(&type, &value, &trace);
    if (type && PyType_Check(type))
        name = ((PyTypeObject *)type)->tp_name;
    if (value)
        text = PyObject_Str(value);
    if (text)
        message = PyUnicode_AsUTF8(text);
    fail("%s: %s: %s", doing, name, message ? message : "");
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return 0;
}

/* ---- finding the interpreter ---- */

static int exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0;
}

static int runnable(const char *path) {
    struct stat info;
    return path[0] == '/' && stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
           faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0; /* not by the real user, as access does */
}

/* Cuts the last component off; 0 when there is none left. */
static int cut(char *path) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path)
        return 0;
    *slash = 0;
    return 1;
}

/* When the library is loaded, because a relative path means something else after the first chdir. */
__attribute__((constructor)) static void remember_library(void) {
    Dl_info info;
    if (dladdr((void *)&peerapi_state, &info) && info.dli_fname && !realpath(info.dli_fname, library))
        *library = 0;
}

static int locate_package(void) {
    if (!*library)
        return fail("the dynamic loader does not say where this library is");
    strcpy(package, library); /* <package>/lib/libpeerapi.so */
    if (!cut(package) || !cut(package))
        return fail("it is not in a peerapi package");
    return 1;
}

/* <prefix>/lib/pythonX.Y/site-packages/peerapi -> <prefix>/bin/pythonX.Y */
static int executable_of_prefix(void) {
    char prefix[PATH_MAX];
    strcpy(prefix, package);
    if (!cut(prefix))
        return 0;
    const char *folder = strrchr(prefix, '/');
    if (!folder || (strcmp(folder, "/site-packages") && strcmp(folder, "/dist-packages")))
        return 0;
    if (!cut(prefix) || !(folder = strrchr(prefix, '/')) ||
        strncmp(folder, "/python" VERSION, strlen("/python" VERSION)))
        return 0;
    if (!cut(prefix) || !cut(prefix))
        return 0;
    static const char *const NAMES[] = {"python" VERSION, "python3", "python"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        int length = snprintf(executable, sizeof executable, "%.4000s/bin/%s", prefix, NAMES[i]);
        if (length > 0 && (size_t)length < sizeof executable && runnable(executable))
            return 1;
    }
    *executable = 0;
    return 0;
}

static int choose_executable(void) {
    const char *wanted = secure_getenv("PEERAPI_PYTHON"); /* a setuid program runs no code of who starts it */
    if (wanted && *wanted) {
        snprintf(executable, sizeof executable, "%s", wanted);
        return runnable(executable) || fail("PEERAPI_PYTHON does not name a program by its full path");
    }
    if (executable_of_prefix())
        return 1;
    static const char *const BAKED[] = {PEERAPI_EXECUTABLE, PEERAPI_BASE_EXECUTABLE};
    for (size_t i = 0; i < sizeof BAKED / sizeof *BAKED; i++) {
        snprintf(executable, sizeof executable, "%s", BAKED[i]);
        if (runnable(executable))
            return 1;
    }
    snprintf(executable, sizeof executable, "%s", PEERAPI_EXECUTABLE);
    return fail("it is gone; reinstall peerapi, or set PEERAPI_PYTHON to a Python " VERSION);
}

/* Python answers a missing standard library with a screenful on stderr; so look before asking it. */
static int check_standard_library(void) {
    char base[PATH_MAX], probe[PATH_MAX + 64], line[PATH_MAX];
    snprintf(base, sizeof base, "%s", executable);
    cut(base);
    snprintf(probe, sizeof probe, "%s/../pyvenv.cfg", base);
    FILE *config = fopen(probe, "re");
    if (config) {
        while (fgets(line, sizeof line, config)) {
            char *value = strchr(line, '=');
            if (strncmp(line, "home", 4) == 0 && value) {
                value += 1 + strspn(value + 1, " \t");
                value[strcspn(value, "\r\n")] = 0;
                snprintf(base, sizeof base, "%s", value);
            }
        }
        fclose(config);
    } else {
        char real[PATH_MAX];
        if (realpath(executable, real)) {
            strcpy(base, real);
            cut(base);
        }
    }
    snprintf(probe, sizeof probe, "%s/../lib/python" VERSION "/os.py", base);
    return exists(probe) || exists(PEERAPI_STDLIB "/os.py") ||
           fail("its standard library (lib/python" VERSION ") is not there");
}

/* ---- starting ---- */

/* Extension modules expect libpython's symbols in the global scope; a dlopen(RTLD_LOCAL) of us brought it in as a local
 * one. */
static void make_python_global(void) {
    Dl_info info;
    if (dladdr((void *)&Py_IsInitialized, &info) && info.dli_fname)
        dlopen(info.dli_fname, RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD);
}

/* A program that runs its tests under LeakSanitizer: the interpreter is never taken down, which its author cannot mend.
 * What is allocated while it starts is no leak; what the program itself leaks is still reported. */
static void *leak_checker(const char *function) { return dlsym(RTLD_DEFAULT, function); }

static int initialize(void) {
    PyPreConfig before;
    PyConfig config;
    PyStatus status;

    PyPreConfig_InitIsolatedConfig(&before); /* leaves the locale alone */
    if (leak_checker("__lsan_disable"))
        before.allocator = PYMEM_ALLOCATOR_MALLOC; /* of which LeakSanitizer knows what leads where */
    before.utf8_mode = 1;                          /* and therefore file names are UTF-8, whatever the locale */
    status = Py_PreInitialize(&before);
    if (PyStatus_Exception(status))
        return fail("%s", status.err_msg ? status.err_msg : "no pre-initialization");

    PyConfig_InitIsolatedConfig(&config); /* no PYTHON* variables, no signal handlers, no user site */
    config.pathconfig_warnings = 0;
    status = PyConfig_SetBytesString(&config, &config.program_name, executable);
    if (!PyStatus_Exception(status))
        status = PyConfig_SetBytesString(&config, &config.executable, executable);
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        return fail("%s", status.err_msg ? status.err_msg : "no initialization");
    return 1;
}

/* Runs with the GIL. The search path is only ever extended at its end, so that in a process which is Python nothing of
 * its own is hidden by ours; `peerapi` itself always comes from the folder this library lies in. */
static const char BOOT[] =
    "def boot(package, places, module, own):\n"
    "    import sys\n"
    "    from os.path import dirname, isdir, realpath\n"
    "    home = dirname(package)\n"
    "    sys.path += [place for place in [home, *places] if place not in sys.path and isdir(place)]\n"
    "    if 'peerapi' not in sys.modules:\n"
    "        sys.path.insert(0, home)\n"
    "        try:\n"
    "            import peerapi\n"
    "        finally:\n"
    "            sys.path.remove(home)\n"
    "    found = realpath(sys.modules['peerapi'].__path__[0])\n"
    "    if found != package:\n"
    "        raise ImportError('this process already uses the peerapi of ' + found)\n"
    "    module()\n"
    "    from peerapi.abi import embedding\n"
    "    embedding.start(bool(own))\n";

static PyObject *make_modules(PyObject *self, PyObject *none) {
    (void)self;
    (void)none;
    PyObject *native = peerapi_native_module();
    if (!native)
        return NULL;
    int bad = PyDict_SetItemString(PyImport_GetModuleDict(), "_peerapi_native", native);
    Py_DECREF(native);
    if (bad)
        return NULL;
    PyObject *module = PyInit__peerapi();
    if (!module)
        return NULL;
    bad = PyDict_SetItemString(PyImport_GetModuleDict(), "_peerapi", module);
    Py_DECREF(module);
    if (bad)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef MAKE_MODULES = {"module", make_modules, METH_NOARGS, NULL};

static int boot(void) {
    int good = 0;
    PyObject *space = PyDict_New(), *ran = NULL, *places = NULL, *maker = NULL, *answer = NULL;
    if (space && PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins()) == 0)
        ran = PyRun_String(BOOT, Py_file_input, space, space);
    if (ran)
        places = Py_BuildValue("[ss]", PEERAPI_PURELIB, PEERAPI_PLATLIB);
    if (places)
        maker = PyCFunction_New(&MAKE_MODULES, NULL);
    if (maker)
        answer = PyObject_CallFunction(PyDict_GetItemString(space, "boot"), "sOOi", package, places, maker,
                                       !inside_python);
    if (answer)
        good = 1;
    else
        fail_python("loading the engine");
    Py_XDECREF(answer);
    Py_XDECREF(maker);
    Py_XDECREF(places);
    Py_XDECREF(ran);
    Py_XDECREF(space);
    return good;
}

/* The first import of this module takes SIGINT, whatever the configuration said. Everything that imports `signal` later
 * finds it imported, so once is enough. */
static int leave_ctrl_c_alone(void) {
    struct sigaction theirs;
    sigaction(SIGINT, NULL, &theirs);
    PyObject *module = PyImport_ImportModule("_signal");
    sigaction(SIGINT, &theirs, NULL);
    Py_XDECREF(module);
    return module ? 1 : fail_python("preparing signals");
}

void peerapi_forked(void) {
    /* Our threads, and whoever held the GIL, did not come along: a call would wait for ever. */
    static const pthread_mutex_t fresh_guard = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_cond_t fresh_changed = PTHREAD_COND_INITIALIZER;
    guard = fresh_guard;
    changed = fresh_changed;
    peerapi_reading_forked();
    if (peerapi_state != PEERAPI_COLD && peerapi_state != PEERAPI_BROKEN)
        __atomic_store_n(&peerapi_state, PEERAPI_FORKED, __ATOMIC_RELEASE);
}

static int start(void) {
    if (!locate_package())
        return 0;
    if (inside_python) {
        snprintf(executable, sizeof executable, "(this process, %.*s)", (int)strcspn(Py_GetVersion(), " "),
                 Py_GetVersion());
        if (strncmp(Py_GetVersion(), VERSION ".", strlen(VERSION ".")) != 0)
            return fail("the library was built for Python " VERSION);
        PyGILState_STATE state = PyGILState_Ensure();
        int good = boot();
        PyGILState_Release(state);
        return good;
    }
    if (!choose_executable() || !check_standard_library())
        return 0;
    make_python_global();
    void (*pass_over)(void) = (void (*)(void))leak_checker("__lsan_disable");
    void (*look_again)(void) = (void (*)(void))leak_checker("__lsan_enable");
    if (pass_over && look_again)
        pass_over();
    int begun = initialize(), good = begun && leave_ctrl_c_alone() && boot();
    if (pass_over && look_again)
        look_again();
    if (!begun)
        return 0;
    PyEval_SaveThread();                        /* also when it failed: this thread must not keep the GIL */
    pthread_atfork(NULL, NULL, peerapi_forked); /* a process that is Python tells us itself */
    return good;
}

int peerapi_start(void) {
    PyThreadState *held = NULL;
    pthread_mutex_lock(&guard);
    if (peerapi_state == PEERAPI_STARTING && !pthread_equal(starter, pthread_self())) {
        /* The thread that starts needs the GIL; whoever waits for it must not keep it. */
        if (inside_python && PyGILState_Check())
            held = PyEval_SaveThread();
        while (peerapi_state == PEERAPI_STARTING)
            pthread_cond_wait(&changed, &guard);
    } else if (peerapi_state == PEERAPI_COLD) {
        starter = pthread_self();
        inside_python = Py_IsInitialized();
        __atomic_store_n(&peerapi_state, PEERAPI_STARTING, __ATOMIC_RELEASE);
        pthread_mutex_unlock(&guard);
        int good = start();
        if (!good)
            say(reason);
        pthread_mutex_lock(&guard);
        __atomic_store_n(&peerapi_state, good ? PEERAPI_READY : PEERAPI_BROKEN, __ATOMIC_RELEASE);
        pthread_cond_broadcast(&changed);
    }
    if (peerapi_state == PEERAPI_FORKED) {
        fail("the process forked after its first call; make the first call in the child instead");
        say(reason);
        __atomic_store_n(&peerapi_state, PEERAPI_BROKEN, __ATOMIC_RELEASE);
    }
    int good = peerapi_state ==
               PEERAPI_READY; /* still "starting": the engine's own start called us, and cannot be helped */
    pthread_mutex_unlock(&guard);
    if (held)
        PyEval_RestoreThread(held);
    return good;
}

const char *peerapi_start_error(void) {
    switch (__atomic_load_n(&peerapi_state, __ATOMIC_ACQUIRE)) {
    case PEERAPI_BROKEN:
        return reason;
    case PEERAPI_FORKED:
        return "peerapi: this process was forked from one that uses the library: begin it by exec, or fork before the "
               "first call";
    default:
        return "";
    }
}

const char *peerapi_interpreter(void) {
    static char found[PATH_MAX];
    char kept[PATH_MAX];
    strcpy(kept, executable);
    strcpy(found, locate_package() && choose_executable() && check_standard_library() ? executable : "");
    strcpy(executable, kept);
    return found;
}
