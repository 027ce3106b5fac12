/* The side of this system: libpeerapi, loaded at the first call, and what is remembered of structures of functions. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bridge.h"
#include "program_system.h"

__thread int bridge_depth;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

/* ---- loading ---- */

static int failed(const char *what) {
    char line[1024];
    int length = snprintf(line, sizeof line, "peerapi: the bridge for Wine cannot start: %.900s\n", what);
    ssize_t written = write(STDERR_FILENO, line, (size_t)length);
    (void)written;
    return 0;
}

static int load(void) {
    bridge_take_environment();
    const char *named = getenv("PEERAPI_LIBRARY");
    void *library = dlopen(named && *named ? named : PEERAPI_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return failed(dlerror());
    void (*use)(const struct peerapi_program_system *);
    *(void **)&use = dlsym(library, "peerapi_use_system");
    if (!use)
        return failed("libpeerapi is older than the bridge; build both again");
    static const struct peerapi_program_system SYSTEM = {bridge_is_event, bridge_set_event, 23};
    use(&SYSTEM);
    if (!bridge_start_threads())
        return failed("there is no thread to be had");
    for (const struct bridge_function *one = bridge_functions; one->name; one++)
        __atomic_store_n(one->place, dlsym(library, one->name), __ATOMIC_RELEASE);
    return 1;
}

int bridge_load(void) {
    static int tried, loaded;
    pthread_mutex_lock(&guard);
    if (!tried) {
        loaded = load();
        tried = 1;
    }
    pthread_mutex_unlock(&guard);
    return loaded;
}

/* ---- what is kept ---- */

struct kept {
    struct kept *next;
    size_t size;
    _Alignas(16) unsigned char bytes[];
};
static struct kept *all_kept;

void *bridge_keep(const void *bytes, size_t size) {
    pthread_mutex_lock(&guard);
    struct kept *found = all_kept;
    while (found && (found->size != size || memcmp(found->bytes, bytes, size) != 0))
        found = found->next;
    if (!found && (found = malloc(sizeof *found + size))) {
        found->size = size;
        memcpy(found->bytes, bytes, size);
        found->next = all_kept;
        all_kept = found;
    }
    pthread_mutex_unlock(&guard);
    return found ? found->bytes : NULL;
}

struct given {
    struct given *next;
    void *native, *made;
    size_t size;
    void *as_given; /* what the copy held: a program may have put functions of its own into it */
};
static struct given *all_given;

/* The program's copy is remembered beside the library's structure. */
void *bridge_given(void *native, void *made, size_t size) {
    struct given *given = malloc(sizeof *given);
    void *as_given = malloc(size);
    if (!given || !as_given) {
        free(given);
        free(as_given);
        free(made);
        return NULL;
    }
    memcpy(as_given, made, size);
    *given = (struct given){NULL, native, made, size, as_given};
    pthread_mutex_lock(&guard);
    given->next = all_given;
    all_given = given;
    pthread_mutex_unlock(&guard);
    return made;
}

/* The library's structure behind a copy of the program's; NULL when there is none, or, where it has to be as it was
 * given, the program has put something else into it. */
void *bridge_native_of(const void *made, int unchanged) {
    pthread_mutex_lock(&guard);
    struct given *given = all_given;
    while (given && given->made != made)
        given = given->next;
    if (given && unchanged && memcmp(given->made, given->as_given, given->size) != 0)
        given = NULL;
    void *native = given ? given->native : NULL;
    pthread_mutex_unlock(&guard);
    return native;
}

void bridge_forget(void *made) {
    pthread_mutex_lock(&guard);
    struct given **place = &all_given;
    while (*place && (*place)->made != made)
        place = &(*place)->next;
    struct given *gone = *place;
    if (gone)
        *place = gone->next;
    pthread_mutex_unlock(&guard);
    if (gone) {
        free(gone->made);
        free(gone->as_given);
        free(gone);
    }
}
