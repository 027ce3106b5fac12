/* peerapi_compiler.h - what the other headers need to know about the compiler, and nothing else. */
#ifndef PEERAPI_COMPILER_H
#define PEERAPI_COMPILER_H

#include "sdkddkver.h"

/* Before a nameless struct or union inside another: standard since C11, an extension in C99 and partly in C++. */
#ifdef PEERAPI_CDEF
#define PEERAPI_NAMELESS
#else
#define PEERAPI_NAMELESS __extension__
#endif

/*
 * A constant string of WCHAR, given twice: as text, and as its characters. The text is used where the compiler can
 * write 16-bit literals: under -fshort-wchar, in C++ and from C11 on. C99 has none, so there the characters make a
 * compound literal.
 */
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
#define PEERAPI_WIDE(text, ...) L##text
#elif defined(__cplusplus) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L)
#define PEERAPI_WIDE(text, ...) u##text
#else
#define PEERAPI_WIDE(text, ...) ((const WCHAR[]){__VA_ARGS__, 0})
#endif

#endif
