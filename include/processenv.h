/* processenv.h - what a process was started with: its command line, environment, folder and streams. */
#ifndef PEERAPI_PROCESSENV_H
#define PEERAPI_PROCESSENV_H

#include "minwinbase.h"

EXTERN_C_START

#define STD_INPUT_HANDLE ((DWORD)-10)
#define STD_OUTPUT_HANDLE ((DWORD)-11)
#define STD_ERROR_HANDLE ((DWORD)-12)

/* The arguments, quoted where the C run-time of Windows needs quotes to read them so again. */
WINBASEAPI LPSTR WINAPI GetCommandLineA(VOID);
WINBASEAPI LPWSTR WINAPI GetCommandLineW(VOID);

/* The stream's handle; NULL when the process has none, INVALID_HANDLE_VALUE for another number. It can be waited for:
 * it is signalled while there is something to read, or the end. Closing it leaves the stream open. */
WINBASEAPI HANDLE WINAPI GetStdHandle(DWORD stream);
/* For GetStdHandle and processes that are started; stdin, stdout and stderr stay what they are. */
WINBASEAPI BOOL WINAPI SetStdHandle(DWORD stream, HANDLE handle);

/* The length without the terminator; with it when the buffer is too small; 0 and ERROR_ENVVAR_NOT_FOUND when the
 * variable is not set. */
WINBASEAPI DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR buffer, DWORD size);
WINBASEAPI DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR buffer, DWORD size);
/* NULL as the value deletes the variable. Changes are those of setenv: no other thread may read meanwhile. */
WINBASEAPI BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value);
WINBASEAPI BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value);
/* %NAME% becomes the variable's value where it is set. Answers the units that are needed with the terminator. */
WINBASEAPI DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR text, LPSTR buffer, DWORD size);
WINBASEAPI DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR text, LPWSTR buffer, DWORD size);
/* All variables, NAME=VALUE with a terminator each and one more at the end; freed with FreeEnvironmentStrings. */
WINBASEAPI LPWCH WINAPI GetEnvironmentStringsW(VOID);
WINBASEAPI BOOL WINAPI FreeEnvironmentStringsW(LPWCH block);

WINBASEAPI DWORD WINAPI GetCurrentDirectoryA(DWORD size, LPSTR folder);
WINBASEAPI DWORD WINAPI GetCurrentDirectoryW(DWORD size, LPWSTR folder);
WINBASEAPI BOOL WINAPI SetCurrentDirectoryA(LPCSTR folder);
WINBASEAPI BOOL WINAPI SetCurrentDirectoryW(LPCWSTR folder);

#ifdef UNICODE
#define GetCommandLine GetCommandLineW
#define GetEnvironmentVariable GetEnvironmentVariableW
#define SetEnvironmentVariable SetEnvironmentVariableW
#define ExpandEnvironmentStrings ExpandEnvironmentStringsW
#define GetEnvironmentStrings GetEnvironmentStringsW
#define FreeEnvironmentStrings FreeEnvironmentStringsW
#define GetCurrentDirectory GetCurrentDirectoryW
#define SetCurrentDirectory SetCurrentDirectoryW
#else
#define GetCommandLine GetCommandLineA
#define GetEnvironmentVariable GetEnvironmentVariableA
#define SetEnvironmentVariable SetEnvironmentVariableA
#define ExpandEnvironmentStrings ExpandEnvironmentStringsA
#define GetCurrentDirectory GetCurrentDirectoryA
#define SetCurrentDirectory SetCurrentDirectoryA
#endif

EXTERN_C_END
#endif
