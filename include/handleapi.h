/* handleapi.h - closing and duplicating handles. A HANDLE is a number that means something to this process only; a
 * wrong one gives ERROR_INVALID_HANDLE. */
#ifndef PEERAPI_HANDLEAPI_H
#define PEERAPI_HANDLEAPI_H

#include "minwinbase.h"

EXTERN_C_START

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)

WINBASEAPI BOOL WINAPI CloseHandle(HANDLE handle);
/* Both processes must be this one. */
WINBASEAPI BOOL WINAPI DuplicateHandle(HANDLE sourceProcess, HANDLE source, HANDLE targetProcess, LPHANDLE target,
                                       DWORD desiredAccess, BOOL inheritHandle, DWORD options);

EXTERN_C_END
#endif
