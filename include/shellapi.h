/* shellapi.h - of the shell's functions, the one that cuts command lines. */
#ifndef PEERAPI_SHELLAPI_H
#define PEERAPI_SHELLAPI_H

#include "windef.h"
#include "winnt.h"

EXTERN_C_START

/* The arguments, as the C run-time of Windows cuts a line; the first knows no backslashes. Of an empty line it is the
 * program's path. One block, freed with LocalFree; NULL and the last error. */
WINBASEAPI LPWSTR *WINAPI CommandLineToArgvW(LPCWSTR line, int *count);

EXTERN_C_END
#endif
