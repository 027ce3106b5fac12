/* wincon.h - control handlers; console code pages, which are UTF-8 both ways whatever is set. */
#ifndef PEERAPI_WINCON_H
#define PEERAPI_WINCON_H

#include "minwinbase.h"

EXTERN_C_START

#define CTRL_C_EVENT 0
#define CTRL_BREAK_EVENT 1
#define CTRL_CLOSE_EVENT 2
#define CTRL_LOGOFF_EVENT 5
#define CTRL_SHUTDOWN_EVENT 6
typedef BOOL (WINAPI *PHANDLER_ROUTINE)(DWORD event);

/* Handlers run on a thread of the library: SIGINT as CTRL_C_EVENT, SIGQUIT as CTRL_BREAK_EVENT, SIGTERM and SIGHUP as
 * CTRL_CLOSE_EVENT. When none answers TRUE, the signal does what it did before. */
WINBASEAPI BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL adding);
WINBASEAPI UINT WINAPI GetConsoleCP(VOID);
WINBASEAPI UINT WINAPI GetConsoleOutputCP(VOID);
WINBASEAPI BOOL WINAPI SetConsoleCP(UINT codePage);
WINBASEAPI BOOL WINAPI SetConsoleOutputCP(UINT codePage);
WINBASEAPI BOOL WINAPI SetConsoleTitleA(LPCSTR title);
WINBASEAPI BOOL WINAPI SetConsoleTitleW(LPCWSTR title);

#ifdef UNICODE
#define SetConsoleTitle SetConsoleTitleW
#else
#define SetConsoleTitle SetConsoleTitleA
#endif

EXTERN_C_END
#endif
