/* win32_registered.c - callbacks on signalled objects: RegisterWaitForSingleObject and its end, and queued work.
 *
 * Each registration has a thread of its own, so a callback that takes long, or waits, holds up no other. The thread is
 * joined by the blocking form of UnregisterWaitEx and detached by the others; exactly one caller gets there, since
 * ending a registration closes its handle under the lock. */
#include "win32.h"

#include <stdlib.h>

/* One wait of the registration's thread. FALSE when it was cancelled. Called and left with the lock held. */
static BOOL wait_once(struct w32_registration *registration, DWORD *result) {
    struct w32_link link = {.object = registration->target};
    struct w32_waiter waiter = {.thread = w32_this_thread(), .links = &link, .count = 1};
    if (!registration->cancelled) {
        *result = w32_wait(&waiter, registration->milliseconds, &registration->waiter);
        w32_lock();
        registration->waiter = NULL;
    }
    return !registration->cancelled;
}

static void *registration_main(void *argument) {
    struct w32_object *object = argument;
    struct w32_registration *registration = &object->as.registration;
    struct w32_waiter *woken = NULL;
    DWORD result;
    w32_lock();
    registration->worker = pthread_self(); /* our creator notes it too, but perhaps not before a callback asks */
    while (wait_once(registration, &result)) {
        registration->running = TRUE;
        w32_unlock();
        registration->callback(registration->context, result == WAIT_TIMEOUT);
        w32_lock();
        registration->running = FALSE;
        if (registration->once) {
            break;
        }
    }
    if (registration->completion) {
        registration->completion->as.event.set = TRUE;
        w32_signalled(registration->completion, &woken);
        w32_object_release(registration->completion);
        registration->completion = NULL;
    }
    w32_object_release(registration->target);
    registration->target = NULL;
    w32_object_release(object);
    w32_unlock();
    w32_wake(woken);
    return NULL;
}

BOOL WINAPI RegisterWaitForSingleObject(PHANDLE newWait, HANDLE object, WAITORTIMERCALLBACK callback, PVOID context,
                                        ULONG milliseconds, ULONG flags) {
    if (!newWait || !callback) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    struct w32_object *made = w32_object_new(W32_REGISTRATION);
    if (!made) {
        return FALSE;
    }
    w32_lock();
    struct w32_object *target = w32_handle_object(object, W32_WAITABLE, SYNCHRONIZE);
    HANDLE handle = target ? w32_handle_new(made, 0) : NULL;
    if (!handle) {
        w32_unlock();
        free(made);
        return FALSE;
    }
    made->references += 2; /* the thread's, and ours until we return */
    target->references++;
    made->as.registration = (struct w32_registration){.target = target,
                                                      .callback = callback,
                                                      .context = context,
                                                      .milliseconds = milliseconds,
                                                      .once = (flags & WT_EXECUTEONLYONCE) != 0};
    w32_unlock();
    *newWait = handle; /* before the first callback can look at it */
    pthread_t worker;
    BOOL started = w32_start_quiet_thread(&worker, registration_main, made) == 0;
    w32_lock();
    if (started) {
        made->as.registration.worker = worker;
    } else {
        *newWait = NULL;
        w32_handle_close(handle, W32_REGISTRATION);
        w32_object_release(target);
        w32_object_release(made);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    w32_object_release(made);
    w32_unlock();
    return started;
}

BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE completionEvent) {
    struct w32_waiter *woken = NULL;
    BOOL blocking = completionEvent == INVALID_HANDLE_VALUE;
    w32_lock();
    struct w32_object *object = w32_handle_object(wait, W32_REGISTRATION, 0);
    struct w32_object *completion = NULL;
    if (object && completionEvent && !blocking) {
        completion = w32_handle_object(completionEvent, W32_EVENT, EVENT_MODIFY_STATE);
    }
    if (!object || (completionEvent && !blocking && !completion)) {
        w32_unlock();
        return FALSE;
    }
    struct w32_registration *registration = &object->as.registration;
    pthread_t worker = registration->worker;
    BOOL myself = pthread_equal(worker, pthread_self()); /* called by the callback: waiting for it would never end */
    BOOL running = registration->running;
    registration->cancelled = TRUE;
    if (registration->waiter && !registration->waiter->decided) {
        w32_decide(registration->waiter, WAIT_IO_COMPLETION, &woken);
    }
    if (completion && registration->target) {
        completion->references++;
        registration->completion = completion; /* set by the thread on its way out */
    } else if (completion) {
        completion->as.event.set = TRUE; /* it has run its one callback and left */
        w32_signalled(completion, &woken);
    }
    w32_handle_close(wait, W32_REGISTRATION);
    w32_unlock();
    w32_wake(woken);
    if (blocking && !myself) {
        pthread_join(worker, NULL);
        return TRUE;
    }
    pthread_detach(worker);
    if (running) {
        SetLastError(ERROR_IO_PENDING);
    }
    return !running;
}

BOOL WINAPI UnregisterWait(HANDLE wait) { return UnregisterWaitEx(wait, NULL); }

/* Queued work: each item runs on a thread of its own. */

struct work {
    LPTHREAD_START_ROUTINE function;
    PVOID context;
};

static void *work_main(void *argument) {
    struct work work = *(struct work *)argument;
    free(argument);
    work.function(work.context);
    return NULL;
}

BOOL WINAPI QueueUserWorkItem(LPTHREAD_START_ROUTINE function, PVOID context, ULONG flags) {
    (void)flags;
    pthread_t thread;
    if (!function) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    struct work *work = malloc(sizeof *work);
    if (!work) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    *work = (struct work){function, context};
    if (w32_start_quiet_thread(&thread, work_main, work)) {
        free(work);
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    pthread_detach(thread);
    return TRUE;
}
