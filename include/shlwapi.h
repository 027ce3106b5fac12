/* shlwapi.h - strings and paths. Both \ and / part a path; comparisons without case know the letters A-Z. */
#ifndef PEERAPI_SHLWAPI_H
#define PEERAPI_SHLWAPI_H

#include "windef.h"

EXTERN_C_START

WINBASEAPI int WINAPI StrCmpW(LPCWSTR first, LPCWSTR second);
WINBASEAPI int WINAPI StrCmpIW(LPCWSTR first, LPCWSTR second);
WINBASEAPI int WINAPI StrCmpNW(LPCWSTR first, LPCWSTR second, int units);
WINBASEAPI int WINAPI StrCmpNIW(LPCWSTR first, LPCWSTR second, int units);
WINBASEAPI LPWSTR WINAPI StrChrW(LPCWSTR text, WCHAR unit);
WINBASEAPI LPWSTR WINAPI StrRChrW(LPCWSTR text, LPCWSTR end, WCHAR unit);
WINBASEAPI LPWSTR WINAPI StrStrW(LPCWSTR text, LPCWSTR part);
WINBASEAPI LPWSTR WINAPI StrStrIW(LPCWSTR text, LPCWSTR part);
/* Freed with LocalFree. */
WINBASEAPI LPWSTR WINAPI StrDupW(LPCWSTR text);
WINBASEAPI int WINAPI StrToIntW(LPCWSTR text);

/* Buffers for paths hold MAX_PATH units. */
WINBASEAPI BOOL WINAPI PathFileExistsW(LPCWSTR path);
WINBASEAPI BOOL WINAPI PathIsDirectoryW(LPCWSTR path);
WINBASEAPI BOOL WINAPI PathIsRelativeW(LPCWSTR path);
WINBASEAPI LPWSTR WINAPI PathFindFileNameW(LPCWSTR path);
WINBASEAPI LPWSTR WINAPI PathFindExtensionW(LPCWSTR path);
WINBASEAPI VOID WINAPI PathStripPathW(LPWSTR path);
WINBASEAPI BOOL WINAPI PathRemoveFileSpecW(LPWSTR path);
WINBASEAPI VOID WINAPI PathRemoveExtensionW(LPWSTR path);
/* Parts the two with /, as this platform's paths are. */
WINBASEAPI BOOL WINAPI PathAppendW(LPWSTR path, LPCWSTR more);
WINBASEAPI LPWSTR WINAPI PathCombineW(LPWSTR to, LPCWSTR folder, LPCWSTR file);

#ifdef UNICODE
#define StrCmp StrCmpW
#define StrCmpI StrCmpIW
#define StrCmpN StrCmpNW
#define StrCmpNI StrCmpNIW
#define StrChr StrChrW
#define StrRChr StrRChrW
#define StrStr StrStrW
#define StrStrI StrStrIW
#define StrDup StrDupW
#define StrToInt StrToIntW
#define PathFileExists PathFileExistsW
#define PathIsDirectory PathIsDirectoryW
#define PathIsRelative PathIsRelativeW
#define PathFindFileName PathFindFileNameW
#define PathFindExtension PathFindExtensionW
#define PathStripPath PathStripPathW
#define PathRemoveFileSpec PathRemoveFileSpecW
#define PathRemoveExtension PathRemoveExtensionW
#define PathAppend PathAppendW
#define PathCombine PathCombineW
#endif

EXTERN_C_END
#endif
