/* winbase.h - gathers the small API headers and adds messages, local memory and lstr functions. */
#ifndef PEERAPI_WINBASE_H
#define PEERAPI_WINBASE_H

#include <stdarg.h>
#include "minwinbase.h"
#include "errhandlingapi.h"
#include "fileapi.h"
#include "handleapi.h"
#include "heapapi.h"
#include "interlockedapi.h"
#include "libloaderapi.h"
#include "processenv.h"
#include "processthreadsapi.h"
#include "profileapi.h"
#include "synchapi.h"
#include "sysinfoapi.h"
#include "threadpoollegacyapiset.h"
#include "timezoneapi.h"

EXTERN_C_START

/* FormatMessage knows one English sentence for each code of winerror.h. A HRESULT made of a Win32 code finds that
 * code's. */
#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x00000100
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x00000200
#define FORMAT_MESSAGE_FROM_STRING 0x00000400
#define FORMAT_MESSAGE_FROM_HMODULE 0x00000800
#define FORMAT_MESSAGE_FROM_SYSTEM 0x00001000
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x00002000
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x000000FF

WINBASEAPI DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD messageId, DWORD languageId, LPSTR buffer,
                                       DWORD size, va_list *arguments);
WINBASEAPI DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD messageId, DWORD languageId, LPWSTR buffer,
                                       DWORD size, va_list *arguments);

#define LMEM_FIXED 0x0000
#define LMEM_MOVEABLE 0x0002
#define LMEM_ZEROINIT 0x0040
#define LHND (LMEM_MOVEABLE | LMEM_ZEROINIT)
#define LPTR (LMEM_FIXED | LMEM_ZEROINIT)
#define GMEM_FIXED 0x0000
#define GMEM_MOVEABLE 0x0002
#define GMEM_ZEROINIT 0x0040
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)

/* Movable memory does not move: its handle is its address. */
WINBASEAPI HLOCAL WINAPI LocalAlloc(UINT flags, SIZE_T bytes);
WINBASEAPI HLOCAL WINAPI LocalReAlloc(HLOCAL memory, SIZE_T bytes, UINT flags);
WINBASEAPI HLOCAL WINAPI LocalFree(HLOCAL memory);
WINBASEAPI LPVOID WINAPI LocalLock(HLOCAL memory);
WINBASEAPI BOOL WINAPI LocalUnlock(HLOCAL memory);
WINBASEAPI SIZE_T WINAPI LocalSize(HLOCAL memory);
WINBASEAPI HGLOBAL WINAPI GlobalAlloc(UINT flags, SIZE_T bytes);
WINBASEAPI HGLOBAL WINAPI GlobalReAlloc(HGLOBAL memory, SIZE_T bytes, UINT flags);
WINBASEAPI HGLOBAL WINAPI GlobalFree(HGLOBAL memory);
WINBASEAPI LPVOID WINAPI GlobalLock(HGLOBAL memory);
WINBASEAPI BOOL WINAPI GlobalUnlock(HGLOBAL memory);
WINBASEAPI SIZE_T WINAPI GlobalSize(HGLOBAL memory);

WINBASEAPI int WINAPI lstrlenA(LPCSTR text);
WINBASEAPI int WINAPI lstrlenW(LPCWSTR text);
WINBASEAPI int WINAPI lstrcmpA(LPCSTR first, LPCSTR second);
WINBASEAPI int WINAPI lstrcmpW(LPCWSTR first, LPCWSTR second);
WINBASEAPI int WINAPI lstrcmpiA(LPCSTR first, LPCSTR second);
WINBASEAPI int WINAPI lstrcmpiW(LPCWSTR first, LPCWSTR second);
WINBASEAPI LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from);
WINBASEAPI LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from);
WINBASEAPI LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int units);
WINBASEAPI LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int units);
WINBASEAPI LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from);
WINBASEAPI LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from);

/* An existing file of the new name is ERROR_ALREADY_EXISTS. */
WINBASEAPI BOOL WINAPI MoveFileA(LPCSTR from, LPCSTR to);
WINBASEAPI BOOL WINAPI MoveFileW(LPCWSTR from, LPCWSTR to);
/* Both ends are closed by the caller; size is no more than a wish. */
WINBASEAPI BOOL WINAPI CreatePipe(PHANDLE reader, PHANDLE writer, LPSECURITY_ATTRIBUTES attributes, DWORD size);

#define MAX_COMPUTERNAME_LENGTH 15
#define UNLEN 256

/* *size counts units; with the terminator going in and on ERROR_BUFFER_OVERFLOW or ERROR_INSUFFICIENT_BUFFER,
 * GetComputerName answers it without. */
WINBASEAPI BOOL WINAPI GetComputerNameA(LPSTR buffer, LPDWORD size);
WINBASEAPI BOOL WINAPI GetComputerNameW(LPWSTR buffer, LPDWORD size);
typedef enum _COMPUTER_NAME_FORMAT {
    ComputerNameNetBIOS,
    ComputerNameDnsHostname,
    ComputerNameDnsDomain,
    ComputerNameDnsFullyQualified,
    ComputerNamePhysicalNetBIOS,
    ComputerNamePhysicalDnsHostname,
    ComputerNamePhysicalDnsDomain,
    ComputerNamePhysicalDnsFullyQualified,
    ComputerNameMax
} COMPUTER_NAME_FORMAT;
/* The name of this machine, or its parts before and behind the first point. ERROR_MORE_DATA. */
WINBASEAPI BOOL WINAPI GetComputerNameExA(COMPUTER_NAME_FORMAT format, LPSTR buffer, LPDWORD size);
WINBASEAPI BOOL WINAPI GetComputerNameExW(COMPUTER_NAME_FORMAT format, LPWSTR buffer, LPDWORD size);
WINADVAPI BOOL WINAPI GetUserNameA(LPSTR buffer, LPDWORD size);
WINADVAPI BOOL WINAPI GetUserNameW(LPWSTR buffer, LPDWORD size);
WINBASEAPI VOID WINAPI OutputDebugStringA(LPCSTR text);
WINBASEAPI VOID WINAPI OutputDebugStringW(LPCWSTR text);

#ifdef UNICODE
#define FormatMessage FormatMessageW
#define lstrlen lstrlenW
#define lstrcmp lstrcmpW
#define lstrcmpi lstrcmpiW
#define lstrcpy lstrcpyW
#define lstrcpyn lstrcpynW
#define lstrcat lstrcatW
#define GetComputerName GetComputerNameW
#define GetComputerNameEx GetComputerNameExW
#define MoveFile MoveFileW
#define GetUserName GetUserNameW
#define OutputDebugString OutputDebugStringW
#else
#define FormatMessage FormatMessageA
#define lstrlen lstrlenA
#define lstrcmp lstrcmpA
#define lstrcmpi lstrcmpiA
#define lstrcpy lstrcpyA
#define lstrcpyn lstrcpynA
#define lstrcat lstrcatA
#define GetComputerName GetComputerNameA
#define GetComputerNameEx GetComputerNameExA
#define MoveFile MoveFileA
#define GetUserName GetUserNameA
#define OutputDebugString OutputDebugStringA
#endif

EXTERN_C_END
#endif
