/* libloaderapi.h - modules by name. The libraries of Windows that this one stands for are always loaded; there are no
 * others.
 *
 * Programs ask for p2p.dll to look up messages in it: FormatMessage with FORMAT_MESSAGE_FROM_HMODULE finds them
 * whatever the module. */
#ifndef PEERAPI_LIBLOADERAPI_H
#define PEERAPI_LIBLOADERAPI_H

#include "minwinbase.h"

EXTERN_C_START

#define DONT_RESOLVE_DLL_REFERENCES 0x00000001
#define LOAD_LIBRARY_AS_DATAFILE 0x00000002
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800

/* NULL and ERROR_MOD_NOT_FOUND for a name that is none of ours; NULL as the name means the program. */
WINBASEAPI HMODULE WINAPI GetModuleHandleA(LPCSTR name);
WINBASEAPI HMODULE WINAPI GetModuleHandleW(LPCWSTR name);
WINBASEAPI HMODULE WINAPI LoadLibraryA(LPCSTR name);
WINBASEAPI HMODULE WINAPI LoadLibraryW(LPCWSTR name);
WINBASEAPI HMODULE WINAPI LoadLibraryExA(LPCSTR name, HANDLE file, DWORD flags);
WINBASEAPI HMODULE WINAPI LoadLibraryExW(LPCWSTR name, HANDLE file, DWORD flags);
WINBASEAPI BOOL WINAPI FreeLibrary(HMODULE module);
/* The file of a module; NULL means the program's. Answers the units without the terminator. What does not fit is cut
 * and terminated: size and ERROR_INSUFFICIENT_BUFFER. */
WINBASEAPI DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR name, DWORD size);
WINBASEAPI DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR name, DWORD size);
/* NULL and ERROR_PROC_NOT_FOUND for a function that does not exist. */
WINBASEAPI FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name);

#ifdef UNICODE
#define GetModuleHandle GetModuleHandleW
#define LoadLibrary LoadLibraryW
#define LoadLibraryEx LoadLibraryExW
#define GetModuleFileName GetModuleFileNameW
#else
#define GetModuleHandle GetModuleHandleA
#define LoadLibrary LoadLibraryA
#define LoadLibraryEx LoadLibraryExA
#define GetModuleFileName GetModuleFileNameA
#endif

EXTERN_C_END
#endif
