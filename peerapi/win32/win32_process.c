/* win32_process.c - processes as objects: started, opened, waited for, ended. One thread waits for each that has a
 * handle. */
#include "win32.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A block of strings as a list; NULL without memory. */
static char **listed(const char *block) {
    size_t count = 0;
    for (const char *at = block; *at; at += strlen(at) + 1) {
        count++;
    }
    char **list = malloc((count + 1) * sizeof *list);
    for (size_t index = 0; list && index < count; index++, block += strlen(block) + 1) {
        list[index] = (char *)(uintptr_t)block;
    }
    if (list) {
        list[count] = NULL;
    }
    return list;
}

/* Processes with a handle that have not ended, chained through next_running; w32_lock guards it. */
static struct w32_object *running;

static void forget(struct w32_object *object) {
    struct w32_object **place = &running;
    while (*place != object) {
        place = &(*place)->as.process.next_running;
    }
    *place = object->as.process.next_running;
}

/* A process has ended: whoever waits for it goes on. Whoever has ended it here has also said with which code. */
static void ended(struct w32_object *object, DWORD code, BOOL may_be_killed) {
    struct w32_waiter *woken = NULL;
    w32_lock();
    forget(object);
    object->as.process.code = may_be_killed && object->as.process.terminated ? object->as.process.asked : code;
    object->as.process.ended = TRUE;
    w32_signalled(object, &woken);
    w32_object_release(object);
    w32_unlock();
    w32_wake(woken);
}

/* The program itself may have waited for its children: then the code is not known. */
static void *watch_child(void *argument) {
    struct w32_object *object = argument;
    siginfo_t information = {0};
    int result;
    while ((result = waitid(P_PID, (id_t)object->as.process.id, &information, WEXITED)) < 0 && errno == EINTR) {
    }
    DWORD code = result < 0                          ? 0
                 : information.si_code == CLD_EXITED ? (DWORD)information.si_status
                                                     : 128u + (DWORD)information.si_status;
    ended(object, code, result < 0 || (information.si_code != CLD_EXITED && information.si_status == SIGKILL));
    return NULL;
}

struct watched {
    struct w32_object *object;
    int descriptor;
};

static void *watch_other(void *argument) {
    struct watched *watched = argument;
    struct pollfd file = {.fd = watched->descriptor, .events = POLLIN};
    while (poll(&file, 1, -1) < 0 && errno == EINTR) {
    }
    close(watched->descriptor);
    ended(watched->object, 0, TRUE);
    free(watched);
    return NULL;
}

/* A handle to a process, and a thread that waits for its end. NULL and the last error. */
static HANDLE handle_of(struct w32_object *object, DWORD access, void *(*watch)(void *), void *argument) {
    pthread_t thread;
    object->references = 1; /* the watching thread's */
    w32_lock();
    HANDLE handle = w32_handle_new(object, access);
    if (handle) {
        object->as.process.next_running = running;
        running = object;
    }
    w32_unlock();
    int error = handle ? w32_start_quiet_thread(&thread, watch, argument) : ENOMEM;
    if (error) {
        w32_lock();
        if (handle) {
            forget(object);
            w32_handle_close(handle, W32_PROCESS);
        }
        w32_object_release(object);
        w32_unlock();
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    pthread_detach(thread);
    return handle;
}

static DWORD error_of(int error) {
    return error == ENOEXEC || error == ELIBBAD ? ERROR_BAD_FORMAT : w32_error_of(error);
}

/* How a process is started: its streams (-1: ours) and whether it may have other descriptors of ours. */
struct surroundings {
    const char *folder;
    BOOL new_group, inherits;
    int streams[3];
};

/* The descriptors behind three handles, as copies above 2, so that they may take each other's places. FALSE and the
 * last error. */
static BOOL take_streams(struct surroundings *surroundings, HANDLE *handles) {
    for (int at = 0; at < 3; at++) {
        surroundings->streams[at] = -1;
    }
    for (int at = 0; at < 3; at++) {
        if (handles[at] && !w32_descriptor_copy(handles[at], &surroundings->streams[at])) {
            return FALSE;
        }
    }
    return TRUE;
}

static void close_streams(struct surroundings *surroundings) {
    for (int at = 0; at < 3; at++) {
        if (surroundings->streams[at] >= 0) {
            close(surroundings->streams[at]);
        }
    }
}

static int prepare(posix_spawn_file_actions_t *actions, const struct surroundings *surroundings) {
    int error = surroundings->folder ? posix_spawn_file_actions_addchdir_np(actions, surroundings->folder) : 0;
    for (int at = 0; !error && at < 3; at++) {
        if (surroundings->streams[at] >= 0) {
            error = posix_spawn_file_actions_adddup2(actions, surroundings->streams[at], at);
        }
    }
#if __GLIBC_PREREQ(2, 34)
    if (!error && !surroundings->inherits) {
        error = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    }
#endif
    return error;
}

static int spawn(pid_t *id, const char *program, char **arguments, char **variables,
                 const struct surroundings *surroundings) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             (short)(POSIX_SPAWN_SETSIGMASK | (surroundings->new_group ? POSIX_SPAWN_SETPGROUP : 0)));
    int error = prepare(&actions, surroundings);
    if (!error) {
        error = strchr(program, '/') ? posix_spawn(id, program, &actions, &attributes, arguments, variables)
                                     : posix_spawnp(id, program, &actions, &attributes, arguments, variables);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static BOOL start(const char *application, const char *line, DWORD flags, const char *environment,
                  struct surroundings *surroundings, LPPROCESS_INFORMATION information) {
    static const DWORD known = CREATE_NEW_CONSOLE | DETACHED_PROCESS | NORMAL_PRIORITY_CLASS |
                               CREATE_NEW_PROCESS_GROUP | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW;
    pid_t id;
    if ((!application && (!line || !line[strspn(line, " \t")])) || !information) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (flags & ~known) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return FALSE;
    }
    char *quoted = line ? NULL : malloc(strlen(application) + 3);
    if (quoted) {
        sprintf(quoted, "\"%s\"", application);
    }
    char **arguments = line || quoted ? w32_cut(line ? line : quoted) : NULL;
    char **variables = environment ? listed(environment) : environ;
    struct w32_object *object = arguments && variables ? w32_object_new(W32_PROCESS) : NULL;
    HANDLE process = NULL, thread = NULL;
    if (!object) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        surroundings->new_group = (flags & (CREATE_NEW_PROCESS_GROUP | DETACHED_PROCESS)) != 0;
        int error = spawn(&id, application ? application : arguments[0], arguments, variables, surroundings);
        if (error) {
            free(object);
            SetLastError(error_of(error));
        } else {
            object->as.process.id = id;
            object->as.process.child = TRUE;
            object->as.process.code = STILL_ACTIVE;
            process = handle_of(object, PROCESS_ALL_ACCESS, watch_child, object);
            w32_lock();
            thread = process ? w32_handle_new(w32_handle_object(process, W32_PROCESS, 0), SYNCHRONIZE) : NULL;
            w32_unlock();
        }
    }
    free(quoted);
    free(arguments);
    if (environment) {
        free(variables);
    }
    if (process) {
        *information = (PROCESS_INFORMATION){process, thread, (DWORD)id, (DWORD)id};
    }
    return process != NULL;
}

/* The streams that the caller names, else those that SetStdHandle has put in place of this process's. */
static BOOL start_with(const char *application, const char *line, BOOL inherit, DWORD flags, const char *environment,
                       const char *folder, BOOL named, HANDLE input, HANDLE output, HANDLE error,
                       LPPROCESS_INFORMATION information) {
    struct surroundings surroundings = {.folder = folder, .inherits = inherit};
    HANDLE handles[] = {input, output, error};
    for (int at = 0; at < 3; at++) {
        handles[at] = !named ? w32_replaced_stream(at) : handles[at] ? handles[at] : INVALID_HANDLE_VALUE;
    }
    BOOL started = take_streams(&surroundings, handles) &&
                   start(application, line, flags, environment, &surroundings, information);
    DWORD code = GetLastError();
    close_streams(&surroundings);
    SetLastError(code);
    return started;
}

#define NAMED(startup)                                                                              \
    (startup) && (startup)->dwFlags &STARTF_USESTDHANDLES, (startup) ? (startup)->hStdInput : NULL, \
        (startup) ? (startup)->hStdOutput : NULL, (startup) ? (startup)->hStdError : NULL

BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR commandLine, LPSECURITY_ATTRIBUTES processAttributes,
                           LPSECURITY_ATTRIBUTES threadAttributes, BOOL inheritHandles, DWORD creationFlags,
                           LPVOID environment, LPCSTR folder, LPSTARTUPINFOA startup,
                           LPPROCESS_INFORMATION information) {
    (void)processAttributes;
    (void)threadAttributes;
    return start_with(application, commandLine, inheritHandles, creationFlags, environment, folder, NAMED(startup),
                      information);
}

/* A block of wide strings as a block of UTF-8. */
static char *narrow_block(const WCHAR *block) {
    size_t units = 0, used = 0;
    while (block[units]) {
        units += w32_length(block + units) + 1;
    }
    char *narrow = malloc(units * 3 + 2);
    for (size_t at = 0; narrow && at < units; at += w32_length(block + at) + 1) {
        char *one = w32_utf8_of(block + at);
        if (!one) {
            free(narrow);
            return NULL;
        }
        memcpy(narrow + used, one, strlen(one) + 1);
        used += strlen(one) + 1;
        free(one);
    }
    if (narrow) {
        narrow[used] = narrow[used + 1] = 0;
    }
    return narrow;
}

BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR commandLine, LPSECURITY_ATTRIBUTES processAttributes,
                           LPSECURITY_ATTRIBUTES threadAttributes, BOOL inheritHandles, DWORD creationFlags,
                           LPVOID environment, LPCWSTR folder, LPSTARTUPINFOW startup,
                           LPPROCESS_INFORMATION information) {
    (void)processAttributes;
    (void)threadAttributes;
    BOOL wide = (creationFlags & CREATE_UNICODE_ENVIRONMENT) != 0;
    char *program = application ? w32_utf8_of(application) : NULL,
         *line = commandLine ? w32_utf8_of(commandLine) : NULL;
    char *where = folder ? w32_utf8_of(folder) : NULL,
         *variables = environment && wide ? narrow_block(environment) : NULL;
    BOOL started = FALSE;
    if ((application && !program) || (commandLine && !line) || (folder && !where) ||
        (environment && wide && !variables)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        started = start_with(program, line, inheritHandles, creationFlags, wide ? variables : environment, where,
                             NAMED(startup), information);
    }
    free(program);
    free(line);
    free(where);
    free(variables);
    return started;
}

/* A handle to a child that has a handle already: it stands for the same object, which will know the exit code. */
static HANDLE open_child(pid_t id, DWORD access) {
    HANDLE handle = NULL;
    w32_lock();
    for (struct w32_object *object = running; object && !handle; object = object->as.process.next_running) {
        if (object->as.process.child && object->as.process.id == id) {
            handle = w32_handle_new(object, access);
        }
    }
    w32_unlock();
    return handle;
}

HANDLE WINAPI OpenProcess(DWORD desiredAccess, BOOL inheritHandle, DWORD processId) {
    (void)inheritHandle;
    DWORD access = desiredAccess & MAXIMUM_ALLOWED ? PROCESS_ALL_ACCESS : desiredAccess;
    HANDLE handle = NULL;
    if (processId == (DWORD)getpid()) {
        DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &handle, desiredAccess, FALSE,
                        0);
        return handle;
    }
    handle = processId ? open_child((pid_t)processId, access) : NULL;
    if (handle) {
        return handle;
    }
    int descriptor = processId ? (int)syscall(SYS_pidfd_open, (pid_t)processId, 0) : -1;
    struct watched *watched = descriptor < 0 ? NULL : malloc(sizeof *watched);
    struct w32_object *object = watched ? w32_object_new(W32_PROCESS) : NULL;
    if (object) {
        object->as.process.id = (pid_t)processId;
        object->as.process.code = STILL_ACTIVE;
        *watched = (struct watched){object, descriptor};
        handle = handle_of(object, access, watch_other, watched);
    } else {
        SetLastError(descriptor < 0 ? ERROR_INVALID_PARAMETER : ERROR_NOT_ENOUGH_MEMORY);
    }
    if (!handle) {
        free(watched);
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
    return handle;
}

/* With the lock held: the object, or NULL and the last error. */
static struct w32_object *found(HANDLE process, DWORD access) {
    return w32_handle_object(process, W32_PROCESS, access);
}

BOOL WINAPI GetExitCodeProcess(HANDLE process, LPDWORD exitCode) {
    if (!exitCode) {
        SetLastError(ERROR_NOACCESS);
        return FALSE;
    }
    if (process == GetCurrentProcess()) {
        *exitCode = STILL_ACTIVE;
        return TRUE;
    }
    w32_lock();
    struct w32_object *object = found(process, 0);
    if (object) {
        *exitCode = object->as.process.id ? object->as.process.code : STILL_ACTIVE;
    }
    w32_unlock();
    return object != NULL;
}

DWORD WINAPI GetProcessId(HANDLE process) {
    if (process == GetCurrentProcess()) {
        return GetCurrentProcessId();
    }
    w32_lock();
    struct w32_object *object = found(process, 0);
    DWORD id = !object ? 0 : object->as.process.id ? (DWORD)object->as.process.id : GetCurrentProcessId();
    w32_unlock();
    return id;
}

/* Another process cannot be told its exit code: this one remembers it. */
BOOL WINAPI TerminateProcess(HANDLE process, UINT exitCode) {
    if (process == GetCurrentProcess()) {
        _exit((int)exitCode);
    }
    w32_lock();
    struct w32_object *object = found(process, PROCESS_TERMINATE);
    pid_t id = object ? object->as.process.id : 0;
    BOOL over = object && object->as.process.ended;
    if (object && id && !over && !object->as.process.terminated) {
        object->as.process.terminated = TRUE;
        object->as.process.asked = exitCode;
    }
    w32_unlock();
    if (!object) {
        return FALSE;
    }
    if (id == 0) {
        _exit((int)exitCode);
    }
    if (over || kill(id, SIGKILL)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    return TRUE;
}

static BOOL give_image(HANDLE process, DWORD flags, LPSTR narrow, LPWSTR wide, LPDWORD size) {
    char link[40], path[4096];
    DWORD id = GetProcessId(process);
    if (!id || flags > 1 || !size || (!narrow && !wide)) {
        SetLastError(id ? ERROR_INVALID_PARAMETER : ERROR_INVALID_HANDLE);
        return FALSE;
    }
    snprintf(link, sizeof link, "/proc/%u/exe", (unsigned)id);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        SetLastError(errno == ENOENT ? ERROR_GEN_FAILURE : ERROR_ACCESS_DENIED); /* a process that has ended */
        return FALSE;
    }
    path[length] = 0;
    UINT given = w32_give_path(path, narrow, wide, *size);
    if (!given || given >= *size) {
        SetLastError(given ? ERROR_INSUFFICIENT_BUFFER : ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    *size = given;
    return TRUE;
}

BOOL WINAPI QueryFullProcessImageNameA(HANDLE process, DWORD flags, LPSTR name, LPDWORD size) {
    return give_image(process, flags, name, NULL, size);
}
BOOL WINAPI QueryFullProcessImageNameW(HANDLE process, DWORD flags, LPWSTR name, LPDWORD size) {
    return give_image(process, flags, NULL, name, size);
}
