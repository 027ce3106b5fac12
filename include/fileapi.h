/* fileapi.h - of the file functions, those that compare and shift file times. */
#ifndef PEERAPI_FILEAPI_H
#define PEERAPI_FILEAPI_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI LONG WINAPI CompareFileTime(const FILETIME *first, const FILETIME *second);
/* By the time zone's offset of today, as on Windows, not by that of the given moment. */
WINBASEAPI BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *fileTime, LPFILETIME localFileTime);
WINBASEAPI BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *localFileTime, LPFILETIME fileTime);

EXTERN_C_END
#endif
