/* wincon.h - console code pages: UTF-8 both ways, and setting one changes nothing. */
#ifndef PEERAPI_WINCON_H
#define PEERAPI_WINCON_H

#include "minwinbase.h"

EXTERN_C_START

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
