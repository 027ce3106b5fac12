/* Whether the engine behind the exported functions can be called. See start.c. */
#ifndef PEERAPI_START_H
#define PEERAPI_START_H

#define PEERAPI_EXPORT __attribute__((visibility("default")))

enum { PEERAPI_COLD, PEERAPI_STARTING, PEERAPI_READY, PEERAPI_BROKEN, PEERAPI_FORKED };

extern int peerapi_state;

/* Brings the engine up, once, from any thread, with or without the GIL. 1: callable; 0: it cannot start, and why stands
 * on stderr. */
PEERAPI_EXPORT int peerapi_start(void);

/* In a child of fork: no call can be answered any more. */
void peerapi_forked(void);

/* Why the engine cannot start, or "". Valid for the life of the process. */
PEERAPI_EXPORT const char *peerapi_start_error(void);

/* The Python that a program which is not Python itself would get, or "". For `peerapi doctor`; one thread at a time. */
PEERAPI_EXPORT const char *peerapi_interpreter(void);

/* What every trampoline asks first: one load once the engine runs. */
static inline int peerapi_ready(void) {
    return __builtin_expect(__atomic_load_n(&peerapi_state, __ATOMIC_ACQUIRE) == PEERAPI_READY, 1) || peerapi_start();
}

#endif
