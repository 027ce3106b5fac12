/* profileapi.h - the high resolution counter: nanoseconds of the monotonic clock. */
#ifndef PEERAPI_PROFILEAPI_H
#define PEERAPI_PROFILEAPI_H

#include "minwinbase.h"

EXTERN_C_START

WINBASEAPI BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count);
WINBASEAPI BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency);

EXTERN_C_END
#endif
