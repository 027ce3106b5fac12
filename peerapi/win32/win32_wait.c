/* win32_wait.c - waiting: for one object, for any or for all of several. */
#include "win32.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

void w32_futex_wait(int *word, int expected, const struct timespec *deadline) {
    /* The BITSET form takes an absolute time, of the monotonic clock. */
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    errno = saved;
}

void w32_futex_wake(int *word, int threads) {
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, threads, NULL, NULL, 0);
    errno = saved;
}

const struct timespec *w32_deadline(DWORD milliseconds, struct timespec *deadline) {
    if (milliseconds == INFINITE) {
        return NULL;
    }
    clock_gettime(CLOCK_MONOTONIC, deadline);
    deadline->tv_sec += milliseconds / 1000;
    deadline->tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (deadline->tv_nsec >= 1000000000) {
        deadline->tv_sec++;
        deadline->tv_nsec -= 1000000000;
    }
    return deadline;
}

BOOL w32_is_past(const struct timespec *deadline) {
    struct timespec now;
    if (!deadline) {
        return FALSE;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec != deadline->tv_sec ? now.tv_sec > deadline->tv_sec : now.tv_nsec >= deadline->tv_nsec;
}

/* Everything from here to w32_wake runs with the lock held. */

static BOOL is_signalled(const struct w32_object *object, const struct w32_thread *thread) {
    switch (object->kind) {
    case W32_EVENT:
        return object->as.event.set;
    case W32_MUTEX:
        return !object->as.mutex.owner || object->as.mutex.owner == thread;
    case W32_SEMAPHORE:
        return object->as.semaphore.count > 0;
    case W32_THREAD:
        return object->as.thread.ended;
    case W32_PROCESS:
        return object->as.process.ended; /* never this one */
    case W32_FILE:
        return object->as.file.ready;
    default:
        return FALSE;
    }
}

/* What a satisfied wait does to the object. Answers whether it was an abandoned mutex. */
static BOOL take(struct w32_object *object, struct w32_thread *thread) {
    BOOL abandoned = FALSE;
    switch (object->kind) {
    case W32_EVENT:
        object->as.event.set = object->as.event.manual;
        break;
    case W32_MUTEX:
        abandoned = object->as.mutex.abandoned;
        object->as.mutex.abandoned = FALSE;
        if (object->as.mutex.depth++ == 0) {
            w32_own(thread, object);
        }
        break;
    case W32_SEMAPHORE:
        object->as.semaphore.count--;
        break;
    default:
        break;
    }
    return abandoned;
}

static BOOL try_any(struct w32_waiter *waiter) {
    for (unsigned index = 0; index < waiter->count; index++) {
        struct w32_object *object = waiter->links[index].object;
        if (is_signalled(object, waiter->thread)) {
            waiter->result = (take(object, waiter->thread) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + index;
            return TRUE;
        }
    }
    return FALSE;
}

static BOOL try_all(struct w32_waiter *waiter) {
    for (unsigned index = 0; index < waiter->count; index++) {
        if (!is_signalled(waiter->links[index].object, waiter->thread)) {
            return FALSE;
        }
    }
    waiter->result = WAIT_OBJECT_0;
    for (unsigned index = 0; index < waiter->count; index++) {
        if (take(waiter->links[index].object, waiter->thread)) {
            waiter->result = WAIT_ABANDONED_0 + index;
        }
    }
    return TRUE;
}

static BOOL try_wait(struct w32_waiter *waiter) { return waiter->all ? try_all(waiter) : try_any(waiter); }

static void enlist(struct w32_waiter *waiter) {
    for (unsigned index = 0; index < waiter->count; index++) {
        struct w32_link *link = &waiter->links[index];
        struct w32_object *object = link->object;
        link->waiter = waiter;
        link->previous = object->last;
        link->next = NULL;
        *(object->last ? &object->last->next : &object->first) = link;
        object->last = link;
        object->references++;
    }
}

static void delist(struct w32_waiter *waiter) {
    for (unsigned index = 0; index < waiter->count; index++) {
        struct w32_link *link = &waiter->links[index];
        struct w32_object *object = link->object;
        *(link->previous ? &link->previous->next : &object->first) = link->next;
        *(link->next ? &link->next->previous : &object->last) = link->previous;
        w32_object_release(object);
    }
}

static void finish(struct w32_waiter *waiter, struct w32_waiter **woken) {
    delist(waiter);
    waiter->decided = TRUE;
    while (*woken) {
        woken = &(*woken)->next_woken;
    }
    waiter->next_woken = NULL;
    *woken = waiter;
}

void w32_decide(struct w32_waiter *waiter, DWORD result, struct w32_waiter **woken) {
    waiter->result = result;
    finish(waiter, woken);
}

void w32_signalled(struct w32_object *object, struct w32_waiter **woken) {
    struct w32_link *link = object->first;
    while (link) {
        if (try_wait(link->waiter)) {
            /* The waiter may have had several links in this list, so no neighbor of this one can be trusted. */
            finish(link->waiter, woken);
            link = object->first;
        } else {
            link = link->next; /* it waits for all, and the others are not there yet */
        }
        if (!link || !is_signalled(object, link->waiter->thread)) {
            break;
        }
    }
}

void w32_wake(struct w32_waiter *woken) {
    while (woken) {
        struct w32_waiter *next = woken->next_woken;
        int *done = &woken->done;
        __atomic_store_n(done, 1, __ATOMIC_RELEASE);
        /* From here on the waiter may be gone. Waking an address where nobody sleeps any more does no harm. */
        w32_futex_wake(done, 1);
        woken = next;
    }
}

DWORD w32_wait(struct w32_waiter *waiter, DWORD milliseconds, struct w32_waiter **sleeping) {
    struct timespec time;
    if (try_wait(waiter)) {
        w32_unlock();
        return waiter->result;
    }
    if (milliseconds == 0) {
        w32_unlock();
        return WAIT_TIMEOUT;
    }
    enlist(waiter);
    if (sleeping) {
        *sleeping = waiter;
    }
    w32_unlock();
    const struct timespec *deadline = w32_deadline(milliseconds, &time);
    while (!__atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE)) {
        w32_futex_wait(&waiter->done, 0, deadline);
        if (!w32_is_past(deadline)) {
            continue;
        }
        w32_lock();
        if (!waiter->decided) {
            delist(waiter);
            w32_unlock();
            return WAIT_TIMEOUT;
        }
        w32_unlock();
        deadline = NULL; /* somebody is about to wake us: what was taken for us must be returned */
    }
    return waiter->result;
}

DWORD WINAPI WaitForSingleObject(HANDLE handle, DWORD milliseconds) {
    struct w32_link link;
    struct w32_waiter waiter = {.thread = w32_this_thread(), .links = &link, .count = 1};
    if (handle == GetCurrentProcess() || handle == GetCurrentThread()) {
        Sleep(milliseconds); /* neither ends while it waits for itself */
        return WAIT_TIMEOUT;
    }
    w32_look_at_files(1, &handle);
    w32_lock();
    link.object = w32_handle_object(handle, W32_WAITABLE, SYNCHRONIZE);
    if (!link.object) {
        w32_unlock();
        return WAIT_FAILED;
    }
    return w32_wait(&waiter, milliseconds, NULL);
}

static BOOL has_duplicates(const struct w32_link *links, DWORD count) {
    for (DWORD index = 1; index < count; index++) {
        for (DWORD other = 0; other < index; other++) {
            if (links[index].object == links[other].object) {
                return TRUE;
            }
        }
    }
    return FALSE;
}

DWORD WINAPI WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL waitAll, DWORD milliseconds) {
    struct w32_link links[MAXIMUM_WAIT_OBJECTS];
    struct w32_waiter waiter = {.thread = w32_this_thread(), .links = links, .count = count, .all = waitAll != FALSE};
    if (count == 0 || count > MAXIMUM_WAIT_OBJECTS || !handles) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    w32_look_at_files(count, handles);
    w32_lock();
    for (DWORD index = 0; index < count; index++) {
        links[index].object = w32_handle_object(handles[index], W32_WAITABLE, SYNCHRONIZE);
        if (!links[index].object) {
            w32_unlock();
            return WAIT_FAILED;
        }
    }
    if (waitAll && has_duplicates(links, count)) {
        w32_unlock();
        SetLastError(ERROR_INVALID_PARAMETER);
        return WAIT_FAILED;
    }
    return w32_wait(&waiter, milliseconds, NULL);
}

DWORD WINAPI WaitForSingleObjectEx(HANDLE handle, DWORD milliseconds, BOOL alertable) {
    (void)alertable;
    return WaitForSingleObject(handle, milliseconds);
}

DWORD WINAPI WaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, BOOL waitAll, DWORD milliseconds,
                                      BOOL alertable) {
    (void)alertable;
    return WaitForMultipleObjects(count, handles, waitAll, milliseconds);
}

VOID WINAPI Sleep(DWORD milliseconds) {
    struct timespec time;
    if (milliseconds == 0) {
        sched_yield();
        return;
    }
    const struct timespec *deadline = w32_deadline(milliseconds, &time);
    int never = 0;
    do {
        w32_futex_wait(&never, 0, deadline);
    } while (!w32_is_past(deadline));
}

DWORD WINAPI SleepEx(DWORD milliseconds, BOOL alertable) {
    (void)alertable;
    Sleep(milliseconds);
    return 0;
}
