/* threadpoollegacyapiset.h - callbacks run by threads of the library when an object is signalled or time is up.
 *
 * Callbacks of one registration never overlap. No lock is held while one runs. */
#ifndef PEERAPI_THREADPOOLLEGACYAPISET_H
#define PEERAPI_THREADPOOLLEGACYAPISET_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI BOOL WINAPI RegisterWaitForSingleObject(PHANDLE newWait, HANDLE object, WAITORTIMERCALLBACK callback,
                                                   PVOID context, ULONG milliseconds, ULONG flags);
/* FALSE with ERROR_IO_PENDING: unregistered, and a callback is still running. */
WINBASEAPI BOOL WINAPI UnregisterWait(HANDLE wait);
/* completionEvent: NULL to return at once, INVALID_HANDLE_VALUE to return after the last callback, else an event to set
 * then. */
WINBASEAPI BOOL WINAPI UnregisterWaitEx(HANDLE wait, HANDLE completionEvent);

typedef PTHREAD_START_ROUTINE LPWORK_ITEM_START_ROUTINE;
WINBASEAPI BOOL WINAPI QueueUserWorkItem(LPTHREAD_START_ROUTINE function, PVOID context, ULONG flags);

EXTERN_C_END
#endif
