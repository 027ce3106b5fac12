/* process.h - threads by the C run-time's names. */
#ifndef PEERAPI_PROCESS_H
#define PEERAPI_PROCESS_H

#include <unistd.h>
#include "minwindef.h"

#define _getpid() ((int)getpid())

EXTERN_C_START

typedef unsigned (__stdcall *_beginthreadex_proc_type)(void *);
typedef void (__cdecl *_beginthread_proc_type)(void *);

/* The handle of the new thread, to be closed by the caller; 0 and errno on failure. */
WINBASEAPI uintptr_t _beginthreadex(void *security, unsigned stackSize, _beginthreadex_proc_type start, void *argument,
                                    unsigned flags, unsigned *threadId);
/* The handle closes itself when the thread ends; (uintptr_t)-1 and errno on failure. */
WINBASEAPI uintptr_t _beginthread(_beginthread_proc_type start, unsigned stackSize, void *argument);
WINBASEAPI void _endthreadex(unsigned exitCode) DECLSPEC_NORETURN;
WINBASEAPI void _endthread(void) DECLSPEC_NORETURN;

EXTERN_C_END
#endif
