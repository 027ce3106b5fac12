/* win32_thread.c - threads, identifiers, last error, local storage. */
#include "win32.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../include/process.h"

/* As on Windows; callbacks of programs written for it expect no more, and only touched pages cost memory. */
#define DEFAULT_STACK (1024 * 1024)

static __thread DWORD last_error;
static __thread struct w32_thread this_thread;
static pthread_key_t leaving_key;
static pthread_once_t leaving_once = PTHREAD_ONCE_INIT;

DWORD WINAPI GetLastError(VOID) { return last_error; }
VOID WINAPI SetLastError(DWORD error) { last_error = error; }

/* Runs on a thread that ends, however it ends: its mutexes become abandoned, its handles signalled. */
static void leave(void *argument) {
    struct w32_thread *thread = argument;
    struct w32_waiter *woken = NULL;
    thread->watched = FALSE; /* a later destructor of this thread may call us again */
    w32_lock();
    while (thread->owned) {
        thread->owned->as.mutex.abandoned = TRUE;
        w32_disown(thread->owned, &woken);
    }
    struct w32_object *object = thread->object;
    thread->object = NULL;
    if (object) {
        object->as.thread.ended = TRUE;
        w32_signalled(object, &woken);
        w32_object_release(object);
    }
    w32_unlock();
    w32_wake(woken);
}

static void make_key(void) { pthread_key_create(&leaving_key, leave); }

/* Identifiers are ours: unique in this process, never 0, multiples of 4 as on Windows. */
static DWORD new_id(void) {
    static DWORD last;
    return __atomic_add_fetch(&last, 4, __ATOMIC_RELAXED);
}

struct w32_thread *w32_this_thread(void) {
    if (!this_thread.watched) {
        pthread_once(&leaving_once, make_key);
        this_thread.watched = pthread_setspecific(leaving_key, &this_thread) == 0;
        if (!this_thread.id) {
            this_thread.id = new_id();
        }
    }
    return &this_thread;
}

struct w32_object *w32_thread_object(void) {
    struct w32_thread *thread = w32_this_thread();
    if (!thread->object) {
        thread->object = w32_object_new(W32_THREAD);
        if (thread->object) {
            thread->object->as.thread.id = thread->id;
            thread->object->as.thread.code = STILL_ACTIVE;
            thread->object->references = 1;
        }
    }
    return thread->object;
}

HANDLE WINAPI GetCurrentThread(VOID) { return (HANDLE)(LONG_PTR)-2; }
HANDLE WINAPI GetCurrentProcess(VOID) { return (HANDLE)(LONG_PTR)-1; }
DWORD WINAPI GetCurrentThreadId(VOID) { return w32_this_thread()->id; }
DWORD WINAPI GetCurrentProcessId(VOID) { return (DWORD)getpid(); }
VOID WINAPI ExitProcess(UINT exitCode) { exit((int)exitCode); }

static int start_thread(pthread_t *thread, size_t stack, BOOL detached, void *(*function)(void *), void *argument) {
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error) {
        return error;
    }
    stack = (stack < DEFAULT_STACK ? DEFAULT_STACK : stack) + 0xffff;
    pthread_attr_setstacksize(&attributes, stack & ~(size_t)0xffff);
    pthread_attr_setdetachstate(&attributes, detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE);
    error = pthread_create(thread, &attributes, function, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

int w32_start_quiet_thread(pthread_t *thread, void *(*function)(void *), void *argument) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all,
                    &before); /* the new thread inherits it: signals stay the program's own business */
    int error = start_thread(thread, DEFAULT_STACK, FALSE, function, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void *thread_main(void *argument) {
    struct w32_object *object = argument;
    this_thread.object = object; /* with the reference CreateThread took for us */
    this_thread.id = object->as.thread.id;
    w32_this_thread();
    while (__atomic_load_n(&object->as.thread.suspended, __ATOMIC_ACQUIRE)) {
        w32_futex_wait(&object->as.thread.suspended, 1, NULL);
    }
    ExitThread(object->as.thread.start(object->as.thread.parameter));
}

HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stackSize, LPTHREAD_START_ROUTINE start,
                           LPVOID parameter, DWORD creationFlags, LPDWORD threadId) {
    (void)attributes;
    pthread_t thread;
    if (!start || creationFlags & ~(DWORD)(CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct w32_object *object = w32_object_new(W32_THREAD);
    if (!object) {
        return NULL;
    }
    DWORD id = new_id();
    object->as.thread.start = start;
    object->as.thread.parameter = parameter;
    object->as.thread.id = id;
    object->as.thread.code = STILL_ACTIVE;
    object->as.thread.suspended = (creationFlags & CREATE_SUSPENDED) != 0;
    object->references = 1;
    w32_lock();
    HANDLE handle = w32_handle_new(object, THREAD_ALL_ACCESS);
    w32_unlock();
    int error = handle ? start_thread(&thread, stackSize, TRUE, thread_main, object) : ENOMEM;
    if (error) {
        w32_lock();
        if (handle) {
            w32_handle_close(handle, W32_THREAD);
        }
        w32_object_release(object);
        w32_unlock();
        SetLastError(error == EAGAIN ? ERROR_MAX_THRDS_REACHED : ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    if (threadId) {
        *threadId = id;
    }
    return handle;
}

VOID WINAPI ExitThread(DWORD exitCode) {
    w32_lock();
    if (this_thread.object) {
        this_thread.object->as.thread.code = exitCode;
    }
    w32_unlock();
    pthread_exit(NULL);
}

/* The thread object behind a handle, pseudo handle included. With the lock held. */
static struct w32_object *thread_of(HANDLE handle, DWORD access) {
    return handle == GetCurrentThread() ? w32_thread_object() : w32_handle_object(handle, W32_THREAD, access);
}

BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exitCode) {
    w32_lock();
    struct w32_object *object = thread_of(thread, THREAD_QUERY_INFORMATION);
    /* The code is known before the thread is gone; until then the answer is STILL_ACTIVE. */
    DWORD code = object && object->as.thread.ended ? object->as.thread.code : STILL_ACTIVE;
    w32_unlock();
    if (object && !exitCode) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (object) {
        *exitCode = code;
    }
    return object != NULL;
}

DWORD WINAPI GetThreadId(HANDLE thread) {
    w32_lock();
    struct w32_object *object = thread_of(thread, THREAD_QUERY_INFORMATION);
    DWORD id = object ? object->as.thread.id : 0;
    w32_unlock();
    return id;
}

/* Starts a thread that was created suspended; nothing else ever suspends one. Answers how often it had been suspended.
 */
DWORD WINAPI ResumeThread(HANDLE thread) {
    DWORD before = 0xFFFFFFFFu;
    w32_lock();
    struct w32_object *object = thread_of(thread, THREAD_SUSPEND_RESUME);
    if (object) {
        before = (DWORD)__atomic_exchange_n(&object->as.thread.suspended, 0, __ATOMIC_RELEASE);
        if (before) {
            w32_futex_wake(&object->as.thread.suspended, 1);
        }
    }
    w32_unlock();
    return before;
}

BOOL WINAPI SetThreadPriority(HANDLE thread, int priority) {
    (void)priority; /* the system's scheduler needs no advice */
    return GetThreadId(thread) != 0;
}

BOOL WINAPI SwitchToThread(VOID) { return sched_yield() == 0; }

/* By the C run-time's names. */

uintptr_t _beginthreadex(void *security, unsigned stackSize, _beginthreadex_proc_type start, void *argument,
                         unsigned flags, unsigned *threadId) {
    HANDLE handle = CreateThread(security, stackSize, start, argument, flags, threadId);
    if (!handle) {
        errno = GetLastError() == ERROR_INVALID_PARAMETER ? EINVAL : EAGAIN;
    }
    return (uintptr_t)handle;
}

void _endthreadex(unsigned exitCode) { ExitThread(exitCode); }
void _endthread(void) { ExitThread(0); }

struct plain_start {
    _beginthread_proc_type function;
    void *argument;
};

static DWORD WINAPI plain_main(LPVOID argument) {
    struct plain_start start = *(struct plain_start *)argument;
    free(argument);
    start.function(start.argument);
    return 0;
}

uintptr_t _beginthread(_beginthread_proc_type start, unsigned stackSize, void *argument) {
    struct plain_start *plain = start ? malloc(sizeof *plain) : NULL;
    HANDLE handle = NULL;
    if (plain) {
        *plain = (struct plain_start){start, argument};
        handle = CreateThread(NULL, stackSize, plain_main, plain, 0, NULL);
    }
    if (!handle) {
        free(plain);
        errno = start ? EAGAIN : EINVAL;
        return (uintptr_t)-1;
    }
    CloseHandle(handle); /* the value stays good for nothing but comparing, as after the end of the thread on Windows */
    return (uintptr_t)handle;
}

/* Thread local storage: an index is a key of the system. */

DWORD WINAPI TlsAlloc(VOID) {
    pthread_key_t key;
    if (pthread_key_create(&key, NULL)) {
        SetLastError(ERROR_NO_MORE_ITEMS);
        return TLS_OUT_OF_INDEXES;
    }
    return (DWORD)key;
}

LPVOID WINAPI TlsGetValue(DWORD index) {
    SetLastError(ERROR_SUCCESS); /* documented: NULL may be the value, so success must be told apart */
    return pthread_getspecific((pthread_key_t)index);
}

BOOL WINAPI TlsSetValue(DWORD index, LPVOID value) {
    int error = pthread_setspecific((pthread_key_t)index, value);
    if (error) {
        SetLastError(error == ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
    }
    return error == 0;
}

BOOL WINAPI TlsFree(DWORD index) {
    if (pthread_key_delete((pthread_key_t)index)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    return TRUE;
}
