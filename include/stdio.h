/* stdio.h - the system's header, then printing and scanning for programs written for Windows. */
#ifndef PEERAPI_STDIO_H
#define PEERAPI_STDIO_H

/* #include_next is an extension; -Wpedantic says so outside system headers. */
#pragma GCC system_header

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2 && !defined(PEERAPI_BUILDING)
/* The system's declarations of what is ours get another name, so that ours may follow. */
#define fclose peerapi_system_fclose
#define fdopen peerapi_system_fdopen
#define fopen peerapi_system_fopen
#define fread peerapi_system_fread
#define freopen peerapi_system_freopen
#define fwrite peerapi_system_fwrite
#define tmpfile peerapi_system_tmpfile
#define fprintf peerapi_system_fprintf
#define printf peerapi_system_printf
#define snprintf peerapi_system_snprintf
#define sprintf peerapi_system_sprintf
#define vfprintf peerapi_system_vfprintf
#define vprintf peerapi_system_vprintf
#define vsnprintf peerapi_system_vsnprintf
#define vsprintf peerapi_system_vsprintf
#endif
#include_next <stdio.h>
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2 && !defined(PEERAPI_BUILDING)
#undef fclose
#undef fdopen
#undef fopen
#undef fread
#undef freopen
#undef fwrite
#undef tmpfile
#undef fprintf
#undef printf
#undef snprintf
#undef sprintf
#undef vfprintf
#undef vprintf
#undef vsnprintf
#undef vsprintf
#endif

#include "peerapi_crt_stdio.h"

#endif
