/* errhandlingapi.h - the calling thread's last-error code. */
#ifndef PEERAPI_ERRHANDLINGAPI_H
#define PEERAPI_ERRHANDLINGAPI_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI DWORD WINAPI GetLastError(VOID);
WINBASEAPI VOID WINAPI SetLastError(DWORD error);

EXTERN_C_END
#endif
