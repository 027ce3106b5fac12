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

int bridge_is_event(void *handle);
int bridge_set_event(void *handle);

#endif
