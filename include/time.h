/* time.h - the system's header, then the ..._s functions of Windows. */
#ifndef PEERAPI_TIME_H
#define PEERAPI_TIME_H

/* #include_next is an extension; -Wpedantic says so outside system headers. */
#pragma GCC system_header

#include_next <time.h>

#include "peerapi_crt_time.h"

#endif
