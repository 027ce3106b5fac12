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

/* The command line, cut as the C run-time of Windows does: spaces and tabs part arguments; quotes hold them together,
 * and two inside quotes are one; backslashes mean themselves, but before a quote each two are one and an odd one makes
 * the quote a character. The program's name knows only quotes. Strings and list are one malloc'd block. */
static char **cut(const char *line) {
    size_t length = strlen(line);
    char **list = malloc((length / 2 + 2) * sizeof *list + length + 2);
    if (!list) {
        return NULL;
    }
    char *to = (char *)(list + length / 2 + 2);
    size_t count = 0;
    while (*(line += strspn(line, " \t"))) {
        BOOL quoted = FALSE;
        list[count++] = to;
        while (*line && (quoted || !strchr(" \t", *line))) {
            size_t slashes = count > 1 ? strspn(line, "\\") : 0;
            if (slashes) {
                BOOL before_quote = line[slashes] == '"';
                size_t kept = before_quote ? slashes / 2 : slashes;
                memset(to, '\\', kept);
                to += kept;
                line += slashes;
                if (before_quote && slashes % 2) {
                    *to++ = *line++;
                }
            } else if (*line != '"') {
                *to++ = *line++;
            } else if (quoted && line[1] == '"' && count > 1) {
                *to++ = '"';
                line += 2;
            } else {
                quoted = !quoted;
                line++;
            }
        }
        *to++ = 0;
    }
    list[count] = NULL;
    return list;
}

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

/* A process has ended: whoever waits for it goes on. */
static void ended(struct w32_object *object, DWORD code) {
    struct w32_waiter *woken = NULL;
    w32_lock();
    object->as.process.code = code;
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
    ended(object, code);
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
    ended(watched->object, 0);
    free(watched);
    return NULL;
}

/* A handle to a process, and a thread that waits for its end. NULL and the last error. */
static HANDLE handle_of(struct w32_object *object, DWORD access, void *(*watch)(void *), void *argument) {
    pthread_t thread;
    object->references = 1; /* the watching thread's */
    w32_lock();
    HANDLE handle = w32_handle_new(object, access);
    w32_unlock();
    int error = handle ? w32_start_quiet_thread(&thread, watch, argument) : ENOMEM;
    if (error) {
        w32_lock();
        if (handle) {
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
    switch (error) {
    case ENOENT:
        return ERROR_FILE_NOT_FOUND;
    case ENOTDIR:
        return ERROR_PATH_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERROR_ACCESS_DENIED;
    case ENOMEM:
    case EAGAIN:
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return ERROR_BAD_FORMAT;
    }
}

static int spawn(pid_t *id, const char *program, char **arguments, char **variables, const char *folder,
                 BOOL new_group) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, (short)(POSIX_SPAWN_SETSIGMASK | (new_group ? POSIX_SPAWN_SETPGROUP : 0)));
    int error = folder ? posix_spawn_file_actions_addchdir_np(&actions, folder) : 0;
    if (!error) {
        error = strchr(program, '/') ? posix_spawn(id, program, &actions, &attributes, arguments, variables)
                                     : posix_spawnp(id, program, &actions, &attributes, arguments, variables);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static BOOL start(const char *application, const char *line, DWORD flags, const char *environment, const char *folder,
                  LPPROCESS_INFORMATION information) {
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
    char **arguments = line || quoted ? cut(line ? line : quoted) : NULL;
    char **variables = environment ? listed(environment) : environ;
    struct w32_object *object = arguments && variables ? w32_object_new(W32_PROCESS) : NULL;
    HANDLE process = NULL, thread = NULL;
    if (!object) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        BOOL new_group = (flags & (CREATE_NEW_PROCESS_GROUP | DETACHED_PROCESS)) != 0;
        int error = spawn(&id, application ? application : arguments[0], arguments, variables, folder, new_group);
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

static BOOL takes_streams(DWORD startup_flags) {
    if (startup_flags & STARTF_USESTDHANDLES) {
        SetLastError(ERROR_NOT_SUPPORTED);
    }
    return (startup_flags & STARTF_USESTDHANDLES) == 0;
}

BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR commandLine, LPSECURITY_ATTRIBUTES processAttributes,
                           LPSECURITY_ATTRIBUTES threadAttributes, BOOL inheritHandles, DWORD creationFlags,
                           LPVOID environment, LPCSTR folder, LPSTARTUPINFOA startup,
                           LPPROCESS_INFORMATION information) {
    (void)processAttributes;
    (void)threadAttributes;
    (void)inheritHandles;
    return takes_streams(startup ? startup->dwFlags : 0) &&
           start(application, commandLine, creationFlags, environment, folder, information);
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
    (void)inheritHandles;
    BOOL wide = (creationFlags & CREATE_UNICODE_ENVIRONMENT) != 0;
    char *program = application ? w32_utf8_of(application) : NULL,
         *line = commandLine ? w32_utf8_of(commandLine) : NULL;
    char *where = folder ? w32_utf8_of(folder) : NULL,
         *variables = environment && wide ? narrow_block(environment) : NULL;
    BOOL started = FALSE;
    if ((application && !program) || (commandLine && !line) || (folder && !where) ||
        (environment && wide && !variables)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else if (takes_streams(startup ? startup->dwFlags : 0)) {
        started = start(program, line, creationFlags, wide ? variables : environment, where, information);
    }
    free(program);
    free(line);
    free(where);
    free(variables);
    return started;
}

HANDLE WINAPI OpenProcess(DWORD desiredAccess, BOOL inheritHandle, DWORD processId) {
    (void)inheritHandle;
    HANDLE handle = NULL;
    if (processId == (DWORD)getpid()) {
        DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &handle, desiredAccess, FALSE,
                        0);
        return handle;
    }
    int descriptor = processId ? (int)syscall(SYS_pidfd_open, (pid_t)processId, 0) : -1;
    struct watched *watched = descriptor < 0 ? NULL : malloc(sizeof *watched);
    struct w32_object *object = watched ? w32_object_new(W32_PROCESS) : NULL;
    if (object) {
        object->as.process.id = (pid_t)processId;
        object->as.process.code = STILL_ACTIVE;
        *watched = (struct watched){object, descriptor};
        handle = handle_of(object, desiredAccess & MAXIMUM_ALLOWED ? PROCESS_ALL_ACCESS : desiredAccess, watch_other,
                           watched);
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

/* Another process cannot be told its exit code: it is 128 and the signal's number, as shells say it. */
BOOL WINAPI TerminateProcess(HANDLE process, UINT exitCode) {
    if (process == GetCurrentProcess()) {
        _exit((int)exitCode);
    }
    w32_lock();
    struct w32_object *object = found(process, PROCESS_TERMINATE);
    pid_t id = object ? object->as.process.id : 0;
    BOOL over = object && object->as.process.ended;
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
