/* string.h - the system's header, then strings for programs written for Windows. */
#ifndef PEERAPI_STRING_H
#define PEERAPI_STRING_H

/* #include_next is an extension; -Wpedantic says so outside system headers. */
#pragma GCC system_header

#include_next <string.h>

#include "peerapi_crt_string.h"

#endif
