/* timezoneapi.h - FILETIME (100 ns since 1601-01-01 UTC) to calendar time and back. */
#ifndef PEERAPI_TIMEZONEAPI_H
#define PEERAPI_TIMEZONEAPI_H

#include "minwinbase.h"

EXTERN_C_START

/* ERROR_INVALID_PARAMETER for a FILETIME at or above 2^63, or a calendar time that does not exist. */
WINBASEAPI BOOL WINAPI FileTimeToSystemTime(const FILETIME *fileTime, LPSYSTEMTIME systemTime);
WINBASEAPI BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *systemTime, LPFILETIME fileTime);

EXTERN_C_END
#endif
