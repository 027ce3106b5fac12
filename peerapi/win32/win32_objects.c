/* win32_objects.c - events, mutexes and semaphores: making, opening, signalling. */
#include "win32.h"

#include <stdlib.h>

/* The name without "Local\" or "Global\", malloc'd. FALSE and the last error when it is no name. */
static BOOL clean_name(const WCHAR *name, WCHAR **clean) {
    static const char *const prefixes[] = {"Local\\", "Global\\"};
    *clean = NULL;
    if (!name || !*name) {
        return TRUE;
    }
    for (size_t which = 0; which < ARRAYSIZE(prefixes); which++) {
        size_t index = 0;
        while (prefixes[which][index] && name[index] == (WCHAR)prefixes[which][index]) {
            index++;
        }
        if (!prefixes[which][index]) {
            name += index;
            break;
        }
    }
    size_t length = w32_length(name);
    if (length > MAX_PATH) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return FALSE;
    }
    for (size_t index = 0; index < length; index++) {
        if (name[index] == '\\') {
            SetLastError(ERROR_PATH_NOT_FOUND);
            return FALSE;
        }
    }
    *clean = malloc((length + 1) * sizeof **clean);
    if (!*clean) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    memcpy(*clean, name, (length + 1) * sizeof **clean);
    return TRUE;
}

/* A handle to the object of this name, if there is one of the same kind; else to the given new one, which is freed in
 * every other case. */
static HANDLE create(struct w32_object *object, const WCHAR *name, DWORD access) {
    WCHAR *clean;
    if (!object || !clean_name(name, &clean)) {
        free(object);
        return NULL;
    }
    HANDLE handle = NULL;
    w32_lock();
    struct w32_object *existing = clean ? w32_named_object(clean) : NULL;
    if (existing && existing->kind != object->kind) {
        SetLastError(ERROR_INVALID_HANDLE);
    } else {
        handle = w32_handle_new(existing ? existing : object, access);
        if (handle) {
            SetLastError(existing ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
        }
    }
    if (handle && !existing) {
        if (clean) {
            w32_name_object(object, clean);
        }
        if (object->kind == W32_MUTEX && object->as.mutex.owner) {
            w32_own(object->as.mutex.owner, object);
        }
        object = NULL;
        clean = NULL;
    }
    w32_unlock();
    free(object);
    free(clean);
    return handle;
}

static HANDLE open_named(enum w32_kind kind, DWORD access, DWORD all, const WCHAR *name) {
    WCHAR *clean;
    HANDLE handle = NULL;
    if (!name) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    if (!clean_name(name, &clean)) {
        return NULL;
    }
    w32_lock();
    struct w32_object *object = clean ? w32_named_object(clean) : NULL;
    if (!object) {
        SetLastError(clean ? ERROR_FILE_NOT_FOUND : ERROR_INVALID_NAME);
    } else if (object->kind != kind) {
        SetLastError(ERROR_INVALID_HANDLE);
    } else {
        handle = w32_handle_new(object, access & (MAXIMUM_ALLOWED | GENERIC_ALL) ? all : access);
    }
    w32_unlock();
    free(clean);
    return handle;
}

/* Each ...A function turns its name into UTF-16 and calls the ...W one. */
#define WITH_WIDE_NAME(call)                        \
    HANDLE handle = NULL;                           \
    WCHAR *wide = name ? w32_utf16_of(name) : NULL; \
    if (name && !wide) {                            \
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);      \
    } else {                                        \
        handle = call;                              \
    }                                               \
    DWORD error = GetLastError();                   \
    free(wide);                                     \
    SetLastError(error);                            \
    return handle

/* Events. */

static HANDLE create_event(BOOL manual, BOOL set, LPCWSTR name, DWORD access) {
    struct w32_object *object = w32_object_new(W32_EVENT);
    if (object) {
        object->as.event.manual = manual != FALSE;
        object->as.event.set = set != FALSE;
    }
    return create(object, name, access & (MAXIMUM_ALLOWED | GENERIC_ALL) ? EVENT_ALL_ACCESS : access);
}

HANDLE WINAPI CreateEventW(LPSECURITY_ATTRIBUTES attributes, BOOL manualReset, BOOL initialState, LPCWSTR name) {
    (void)attributes;
    return create_event(manualReset, initialState, name, EVENT_ALL_ACCESS);
}

HANDLE WINAPI CreateEventA(LPSECURITY_ATTRIBUTES attributes, BOOL manualReset, BOOL initialState, LPCSTR name) {
    WITH_WIDE_NAME(CreateEventW(attributes, manualReset, initialState, wide));
}

HANDLE WINAPI CreateEventExW(LPSECURITY_ATTRIBUTES attributes, LPCWSTR name, DWORD flags, DWORD access) {
    (void)attributes;
    if (flags & ~(DWORD)(CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    return create_event((flags & CREATE_EVENT_MANUAL_RESET) != 0, (flags & CREATE_EVENT_INITIAL_SET) != 0, name,
                        access);
}

HANDLE WINAPI CreateEventExA(LPSECURITY_ATTRIBUTES attributes, LPCSTR name, DWORD flags, DWORD access) {
    WITH_WIDE_NAME(CreateEventExW(attributes, wide, flags, access));
}

HANDLE WINAPI OpenEventW(DWORD access, BOOL inheritHandle, LPCWSTR name) {
    (void)inheritHandle;
    return open_named(W32_EVENT, access, EVENT_ALL_ACCESS, name);
}

HANDLE WINAPI OpenEventA(DWORD access, BOOL inheritHandle, LPCSTR name) {
    WITH_WIDE_NAME(OpenEventW(access, inheritHandle, wide));
}

BOOL w32_is_event(HANDLE handle) {
    w32_lock();
    BOOL is = w32_handle_object(handle, W32_EVENT, EVENT_MODIFY_STATE) != NULL;
    w32_unlock();
    return is;
}

enum event_change { SET, RESET, PULSE };

static BOOL change_event(HANDLE event, enum event_change change) {
    struct w32_waiter *woken = NULL;
    w32_lock();
    struct w32_object *object = w32_handle_object(event, W32_EVENT, EVENT_MODIFY_STATE);
    if (object) {
        object->as.event.set = change != RESET;
        if (change != RESET) {
            w32_signalled(object, &woken);
        }
        if (change == PULSE) {
            object->as.event.set = FALSE;
        }
    }
    w32_unlock();
    w32_wake(woken);
    return object != NULL;
}

BOOL WINAPI SetEvent(HANDLE event) { return change_event(event, SET); }
BOOL WINAPI ResetEvent(HANDLE event) { return change_event(event, RESET); }
BOOL WINAPI PulseEvent(HANDLE event) { return change_event(event, PULSE); }

/* Mutexes. */

HANDLE WINAPI CreateMutexW(LPSECURITY_ATTRIBUTES attributes, BOOL initialOwner, LPCWSTR name) {
    (void)attributes;
    struct w32_object *object = w32_object_new(W32_MUTEX);
    if (object && initialOwner) {
        object->as.mutex.owner = w32_this_thread();
        object->as.mutex.depth = 1;
    }
    return create(object, name, MUTEX_ALL_ACCESS);
}

HANDLE WINAPI CreateMutexA(LPSECURITY_ATTRIBUTES attributes, BOOL initialOwner, LPCSTR name) {
    WITH_WIDE_NAME(CreateMutexW(attributes, initialOwner, wide));
}

HANDLE WINAPI OpenMutexW(DWORD access, BOOL inheritHandle, LPCWSTR name) {
    (void)inheritHandle;
    return open_named(W32_MUTEX, access, MUTEX_ALL_ACCESS, name);
}

HANDLE WINAPI OpenMutexA(DWORD access, BOOL inheritHandle, LPCSTR name) {
    WITH_WIDE_NAME(OpenMutexW(access, inheritHandle, wide));
}

void w32_own(struct w32_thread *thread, struct w32_object *mutex) {
    mutex->as.mutex.owner = thread;
    mutex->as.mutex.next_owned = thread->owned;
    thread->owned = mutex;
    mutex->references++;
}

void w32_disown(struct w32_object *mutex, struct w32_waiter **woken) {
    struct w32_thread *thread = mutex->as.mutex.owner;
    for (struct w32_object **place = &thread->owned; *place; place = &(*place)->as.mutex.next_owned) {
        if (*place == mutex) {
            *place = mutex->as.mutex.next_owned;
            break;
        }
    }
    mutex->as.mutex.owner = NULL;
    mutex->as.mutex.depth = 0;
    w32_signalled(mutex, woken);
    w32_object_release(mutex);
}

BOOL WINAPI ReleaseMutex(HANDLE mutex) {
    struct w32_waiter *woken = NULL;
    struct w32_thread *thread = w32_this_thread();
    w32_lock();
    struct w32_object *object = w32_handle_object(mutex, W32_MUTEX, 0);
    BOOL mine = object && object->as.mutex.owner == thread;
    if (object && !mine) {
        SetLastError(ERROR_NOT_OWNER);
    }
    if (mine && --object->as.mutex.depth == 0) {
        w32_disown(object, &woken);
    }
    w32_unlock();
    w32_wake(woken);
    return mine;
}

/* Semaphores. */

HANDLE WINAPI CreateSemaphoreW(LPSECURITY_ATTRIBUTES attributes, LONG initialCount, LONG maximumCount, LPCWSTR name) {
    (void)attributes;
    if (maximumCount <= 0 || initialCount < 0 || initialCount > maximumCount) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    struct w32_object *object = w32_object_new(W32_SEMAPHORE);
    if (object) {
        object->as.semaphore.count = initialCount;
        object->as.semaphore.maximum = maximumCount;
    }
    return create(object, name, SEMAPHORE_ALL_ACCESS);
}

HANDLE WINAPI CreateSemaphoreA(LPSECURITY_ATTRIBUTES attributes, LONG initialCount, LONG maximumCount, LPCSTR name) {
    WITH_WIDE_NAME(CreateSemaphoreW(attributes, initialCount, maximumCount, wide));
}

HANDLE WINAPI OpenSemaphoreW(DWORD access, BOOL inheritHandle, LPCWSTR name) {
    (void)inheritHandle;
    return open_named(W32_SEMAPHORE, access, SEMAPHORE_ALL_ACCESS, name);
}

HANDLE WINAPI OpenSemaphoreA(DWORD access, BOOL inheritHandle, LPCSTR name) {
    WITH_WIDE_NAME(OpenSemaphoreW(access, inheritHandle, wide));
}

BOOL WINAPI ReleaseSemaphore(HANDLE semaphore, LONG releaseCount, LPLONG previousCount) {
    struct w32_waiter *woken = NULL;
    BOOL released = FALSE;
    w32_lock();
    struct w32_object *object = w32_handle_object(semaphore, W32_SEMAPHORE, SEMAPHORE_MODIFY_STATE);
    if (object && releaseCount <= 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
    } else if (object && releaseCount > object->as.semaphore.maximum - object->as.semaphore.count) {
        SetLastError(ERROR_TOO_MANY_POSTS);
    } else if (object) {
        if (previousCount) {
            *previousCount = object->as.semaphore.count;
        }
        object->as.semaphore.count += releaseCount;
        w32_signalled(object, &woken);
        released = TRUE;
    }
    w32_unlock();
    w32_wake(woken);
    return released;
}

/* The object is signalled, then the wait begins; another thread may run in between. */
DWORD WINAPI SignalObjectAndWait(HANDLE toSignal, HANDLE toWaitOn, DWORD milliseconds, BOOL alertable) {
    w32_lock();
    struct w32_object *object = w32_handle_object(toSignal, W32_EVENT | W32_MUTEX | W32_SEMAPHORE, 0);
    enum w32_kind kind = object ? object->kind : W32_PROCESS;
    BOOL valid = object && w32_handle_object(toWaitOn, W32_WAITABLE, SYNCHRONIZE);
    w32_unlock();
    BOOL signalled = valid && (kind == W32_EVENT   ? SetEvent(toSignal)
                               : kind == W32_MUTEX ? ReleaseMutex(toSignal)
                                                   : ReleaseSemaphore(toSignal, 1, NULL));
    return signalled ? WaitForSingleObjectEx(toWaitOn, milliseconds, alertable) : WAIT_FAILED;
}
