/* fileapi.h - of the file functions, those about file times, and the folder for temporary files. */
#ifndef PEERAPI_FILEAPI_H
#define PEERAPI_FILEAPI_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI LONG WINAPI CompareFileTime(const FILETIME *first, const FILETIME *second);
/* By the time zone's offset of today, as on Windows, not by that of the given moment. */
WINBASEAPI BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *fileTime, LPFILETIME localFileTime);
WINBASEAPI BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *localFileTime, LPFILETIME fileTime);

/* TMPDIR, else /tmp, with a / at the end; answers as GetWindowsDirectory does. */
WINBASEAPI DWORD WINAPI GetTempPathA(DWORD size, LPSTR folder);
WINBASEAPI DWORD WINAPI GetTempPathW(DWORD size, LPWSTR folder);

#ifdef UNICODE
#define GetTempPath GetTempPathW
#else
#define GetTempPath GetTempPathA
#endif

EXTERN_C_END
#endif
