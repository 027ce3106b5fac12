/*
 * bridge.h - what the parts of the bridge share: an unmodified Windows program under Wine calls p2p.dll, which calls
 * libpeerapi of this system in the same process.
 *
 * Two worlds meet in one DLL, and each keeps its own headers: build_wine.py writes the functions from include/, which
 * are compiled as C of this system; wine_side.c is compiled with Wine's headers.
 */
#ifndef PEERAPI_BRIDGE_H
#define PEERAPI_BRIDGE_H

#include <stddef.h>

/* How many calls of the program this thread is in. Such a thread is one of Wine's, and may run the program's code. */
extern __thread int bridge_depth __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Around a call of libpeerapi. A program may want floating-point exceptions, which the code of this system does not
 * expect: they wait until it has its thread back. */
#define BRIDGE_QUIET 0x1F80u
static inline unsigned bridge_enter(void) {
    unsigned control = __builtin_ia32_stmxcsr();
    if ((control & BRIDGE_QUIET) != BRIDGE_QUIET)
        __builtin_ia32_ldmxcsr(control | BRIDGE_QUIET);
    bridge_depth++;
    return control;
}

static inline void bridge_leave(unsigned control) {
    bridge_depth--;
    if ((control & BRIDGE_QUIET) != BRIDGE_QUIET)
        __builtin_ia32_ldmxcsr(control);
}

/* Whether ExitProcess has ended the other threads, wherever they were: some of them may have been inside libpeerapi. */
int bridge_is_ending(void);

/* Variables of the program's environment that are libpeerapi's: Wine has two environments, and a program, or a shell of
 * Windows, sets those of the other. */
void bridge_take_environment(void);

/* Loads libpeerapi and finds its functions, once. 0: it cannot be had, and why stands on stderr. */
int bridge_load(void);

/* A function of libpeerapi, and where its address belongs: a list that ends with NULL. */
struct bridge_function {
    const char *name;
    void **place;
};
extern const struct bridge_function bridge_functions[];

/* Runs a function on a thread that Wine knows, and waits for it: on this one if it is such, else on one of our own. */
void bridge_on_wine(void (*run)(void *), void *argument);

/* A copy of these bytes that stays for ever, the same one for the same bytes. NULL: out of memory. */
void *bridge_keep(const void *bytes, size_t size);

/* Structures of functions that the program was given: its copy, and the library's. `made` is malloc's. */
void *bridge_given(void *native, void *made, size_t size);
void *bridge_native_of(const void *given, int unchanged);
void bridge_forget(void *given);

/* Starts the first of the threads on which the program's functions run. */
int bridge_start_threads(void);

/* Functions of Winsock that run in place of Wine's: a list that ends with NULL. */
struct bridge_replacement {
    const char *name;
    void (*function)(void);
};
extern const struct bridge_replacement bridge_replacements[];
void bridge_take_name_space(void);
int bridge_winsock_is_started(void);
void bridge_set_last_error(unsigned error);

int bridge_is_event(void *handle);
int bridge_set_event(void *handle);

#endif
