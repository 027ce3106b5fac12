/* stdlib.h - the system's header, then numbers for programs written for Windows. */
#ifndef PEERAPI_STDLIB_H
#define PEERAPI_STDLIB_H

/* #include_next is an extension; -Wpedantic says so outside system headers. */
#pragma GCC system_header

#include_next <stdlib.h>

#include "peerapi_crt_stdlib.h"

#endif
