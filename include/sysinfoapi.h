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

/* The folder that stands for Windows' own: /usr, and /usr/bin with its programs. Answers the units without the
 * terminator, or the room that is needed with it. */
WINBASEAPI UINT WINAPI GetWindowsDirectoryA(LPSTR folder, UINT size);
WINBASEAPI UINT WINAPI GetWindowsDirectoryW(LPWSTR folder, UINT size);
WINBASEAPI UINT WINAPI GetSystemDirectoryA(LPSTR folder, UINT size);
WINBASEAPI UINT WINAPI GetSystemDirectoryW(LPWSTR folder, UINT size);

#ifdef UNICODE
#define GetWindowsDirectory GetWindowsDirectoryW
#define GetSystemDirectory GetSystemDirectoryW
#else
#define GetWindowsDirectory GetWindowsDirectoryA
#define GetSystemDirectory GetSystemDirectoryA
#endif

EXTERN_C_END
#endif
