/* win32_handles.c - the handle table: numbers that stand for objects.
 *
 * A handle is generation << 26 | index << 2. Closing a handle raises the generation of its slot, and slots are reused
 * in the order in which they were freed, so a stale handle finds nothing for at least 2^31 reuses of the one slot. A
 * handle is never dereferenced. */
#include "win32.h"

#include <stdlib.h>
#include <unistd.h>

#define INDEX_BITS      24
#define GENERATION_MASK 0x7fffffffu
#define NO_SLOT         0xffffffffu

struct slot {
    struct w32_object *object; /* NULL when free */
    uint32_t generation;
    DWORD access;
    uint32_t next_free;
};

pthread_mutex_t w32_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct slot *slots;
static uint32_t slot_count;
static uint32_t free_first = NO_SLOT, free_last = NO_SLOT;
static struct w32_object *named;

struct w32_object *w32_object_new(enum w32_kind kind) {
    struct w32_object *object = calloc(1, sizeof *object);
    if (!object) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    object->kind = kind;
    return object;
}

static __thread int released = -1; /* the descriptor of a file whose object has gone */

void w32_object_release(struct w32_object *object) {
    if (--object->references == 0) {
        free(object->name);
        if (object->kind == W32_FILE && !object->as.file.borrowed) {
            released = object->as.file.descriptor;
        }
        if (object->kind == W32_SNAPSHOT) {
            w32_snapshot_free(object->as.snapshot.list);
        }
        free(object);
    }
}

void w32_close_released(void) {
    if (released >= 0) {
        close(released);
        released = -1;
    }
}

static BOOL grow(void) {
    uint32_t count = slot_count ? slot_count * 2 : 64;
    struct slot *larger = count <= 1u << INDEX_BITS ? realloc(slots, count * sizeof *slots) : NULL;
    if (!larger) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    slots = larger;
    for (uint32_t index = slot_count; index < count; index++) {
        slots[index] = (struct slot){NULL, 1, 0, index + 1 < count ? index + 1 : NO_SLOT};
    }
    free_first = slot_count; /* only called when the free list is empty */
    free_last = count - 1;
    slot_count = count;
    return TRUE;
}

HANDLE w32_handle_new(struct w32_object *object, DWORD access) {
    if (free_first == NO_SLOT && !grow()) {
        return NULL;
    }
    uint32_t index = free_first;
    struct slot *slot = &slots[index];
    free_first = slot->next_free;
    if (free_first == NO_SLOT) {
        free_last = NO_SLOT;
    }
    slot->object = object;
    slot->access = access;
    object->references++;
    object->handles++;
    return (HANDLE)((uintptr_t)slot->generation << (INDEX_BITS + 2) | (uintptr_t)index << 2);
}

static struct slot *find(HANDLE handle, unsigned kinds) {
    uintptr_t value = (uintptr_t)handle;
    uint32_t index = value >> 2 & ((1u << INDEX_BITS) - 1);
    if ((value & 3) == 0 && index < slot_count) {
        struct slot *slot = &slots[index];
        if (slot->object && slot->generation == value >> (INDEX_BITS + 2) && slot->object->kind & kinds) {
            return slot;
        }
    }
    SetLastError(ERROR_INVALID_HANDLE);
    return NULL;
}

struct w32_object *w32_handle_object(HANDLE handle, unsigned kinds, DWORD access) {
    struct slot *slot = find(handle, kinds);
    if (slot && access & ~slot->access) {
        SetLastError(ERROR_ACCESS_DENIED);
        return NULL;
    }
    return slot ? slot->object : NULL;
}

static void forget_name(struct w32_object *object) {
    for (struct w32_object **place = &named; *place; place = &(*place)->next_named) {
        if (*place == object) {
            *place = object->next_named;
            return;
        }
    }
}

static void close_slot(struct slot *slot) {
    struct w32_object *object = slot->object;
    uint32_t index = (uint32_t)(slot - slots);
    slot->object = NULL;
    slot->generation = slot->generation == GENERATION_MASK ? 1 : slot->generation + 1;
    slot->next_free = NO_SLOT;
    if (free_last == NO_SLOT) {
        free_first = index;
    } else {
        slots[free_last].next_free = index;
    }
    free_last = index;
    if (--object->handles == 0 && object->name) {
        forget_name(object);
    }
    w32_object_release(object);
}

BOOL w32_handle_close(HANDLE handle, unsigned kinds) {
    struct slot *slot = find(handle, kinds);
    if (slot) {
        close_slot(slot);
    }
    return slot != NULL;
}

static BOOL is_pseudo(HANDLE handle) { return handle == GetCurrentProcess() || handle == GetCurrentThread(); }

BOOL WINAPI CloseHandle(HANDLE handle) {
    if (is_pseudo(handle)) {
        return TRUE; /* documented to have no effect */
    }
    w32_lock();
    BOOL closed = w32_handle_close(handle, W32_WAITABLE | W32_SNAPSHOT);
    w32_unlock();
    w32_close_released();
    return closed;
}

static BOOL is_this_process(HANDLE handle) {
    struct w32_object *object = handle == GetCurrentProcess() ? NULL : w32_handle_object(handle, W32_PROCESS, 0);
    return handle == GetCurrentProcess() || (object && object->as.process.id == 0);
}

/* The object and rights to duplicate. */
static struct w32_object *duplicated(HANDLE source, DWORD *access) {
    if (source == GetCurrentThread()) {
        *access = THREAD_ALL_ACCESS;
        return w32_thread_object();
    }
    if (source == GetCurrentProcess()) {
        *access = PROCESS_ALL_ACCESS;
        return w32_object_new(W32_PROCESS);
    }
    struct slot *slot = find(source, W32_WAITABLE);
    *access = slot ? slot->access : 0;
    return slot ? slot->object : NULL;
}

BOOL WINAPI DuplicateHandle(HANDLE sourceProcess, HANDLE source, HANDLE targetProcess, LPHANDLE target,
                            DWORD desiredAccess, BOOL inheritHandle, DWORD options) {
    (void)inheritHandle;
    HANDLE made = NULL;
    DWORD access;
    w32_lock();
    struct w32_object *object = NULL;
    if (is_this_process(sourceProcess) && is_this_process(targetProcess)) {
        object = duplicated(source, &access);
    }
    if (object) {
        object->references++; /* a process object has no other yet */
        if (!(options & DUPLICATE_SAME_ACCESS)) {
            access = desiredAccess & (MAXIMUM_ALLOWED | GENERIC_ALL) ? access : desiredAccess;
        }
        made = w32_handle_new(object, access);
        if (made && options & DUPLICATE_CLOSE_SOURCE && !is_pseudo(source)) {
            w32_handle_close(source, W32_WAITABLE);
        }
        if (made && !target) {
            w32_handle_close(made, W32_WAITABLE);
        }
        w32_object_release(object);
    }
    w32_unlock();
    if (made && target) {
        *target = made;
    }
    return made != NULL;
}

/* Names. Called with the lock held. */

struct w32_object *w32_named_object(const WCHAR *name) {
    for (struct w32_object *object = named; object; object = object->next_named) {
        size_t length = w32_length(name);
        if (w32_length(object->name) == length && !memcmp(object->name, name, length * sizeof *name)) {
            return object;
        }
    }
    return NULL;
}

void w32_name_object(struct w32_object *object, WCHAR *name) {
    object->name = name;
    object->next_named = named;
    named = object;
}
