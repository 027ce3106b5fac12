/* sysinfoapi.h - clocks. Ticks are milliseconds since the machine started. */
#ifndef PEERAPI_SYSINFOAPI_H
#define PEERAPI_SYSINFOAPI_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI VOID WINAPI GetSystemTime(LPSYSTEMTIME time);
WINBASEAPI VOID WINAPI GetLocalTime(LPSYSTEMTIME time);
WINBASEAPI VOID WINAPI GetSystemTimeAsFileTime(LPFILETIME time);
WINBASEAPI VOID WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time);
WINBASEAPI DWORD WINAPI GetTickCount(VOID);
WINBASEAPI ULONGLONG WINAPI GetTickCount64(VOID);

EXTERN_C_END
#endif
