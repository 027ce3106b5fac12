/* turns.c - callbacks and the user take turns. Sent messages arrive one by one, so a callback that adds a line to a
 * list and then gives it data, or that empties a list and fills it again, shows a half of it in between. Nobody's hand
 * is that fast, but a script is. */
#include "shim.h"

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

struct registered {
    WAITORTIMERCALLBACK callback;
    PVOID context;
};

void shim_begin_turn(void) { pthread_mutex_lock(&turn); }
void shim_end_turn(void) { pthread_mutex_unlock(&turn); }

static VOID CALLBACK in_turn(PVOID context, BOOLEAN timedOut) {
    const struct registered *registered = context;
    shim_begin_turn();
    registered->callback(registered->context, timedOut);
    shim_end_turn();
}

/* The linker leads the program's calls here (--wrap) and names the library's function __real_. */
BOOL WINAPI __real_RegisterWaitForSingleObject(PHANDLE newWait, HANDLE object, WAITORTIMERCALLBACK callback,
                                               PVOID context, ULONG milliseconds, ULONG flags);
BOOL WINAPI __real_UnregisterWaitEx(HANDLE wait, HANDLE completionEvent);

BOOL WINAPI __wrap_RegisterWaitForSingleObject(PHANDLE newWait, HANDLE object, WAITORTIMERCALLBACK callback,
                                               PVOID context, ULONG milliseconds, ULONG flags) {
    struct registered *registered = malloc(
        sizeof *registered); /* kept: the last callback may be running still when a wait ends */
    if (registered == NULL)
        abort();
    *registered = (struct registered){callback, context};
    return __real_RegisterWaitForSingleObject(newWait, object, in_turn, registered, milliseconds, flags);
}

/* Who waits here for the last callback lets it have its turn. */
BOOL WINAPI __wrap_UnregisterWaitEx(HANDLE wait, HANDLE completionEvent) {
    shim_end_turn();
    BOOL ended = __real_UnregisterWaitEx(wait, completionEvent);
    shim_begin_turn();
    return ended;
}
