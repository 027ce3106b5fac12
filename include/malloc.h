/* malloc.h - the system's header, then stack memory by the name of Windows. */
#ifndef PEERAPI_MALLOC_H
#define PEERAPI_MALLOC_H

#pragma GCC system_header

#include_next <malloc.h>

#define _alloca(bytes) __builtin_alloca(bytes)

#endif
