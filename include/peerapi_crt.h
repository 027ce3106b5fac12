/* peerapi_crt.h - the C library as programs written for Windows know it: wide strings of 16-bit units, wide printing,
 * and the functions with a size (..._s). The declarations are in peerapi_crt_*.h, which string.h, stdio.h, stdlib.h and
 * time.h bring; wchar.h brings all.
 *
 * Names that the system's C library also has (wcslen, wprintf, ...) are ours only where wchar_t is 16 bits wide
 * (-fshort-wchar), because there the system's would read 32-bit characters. The program's own calls then go to symbols
 * called peerapi_wcslen and so on; nothing else in the process is affected. Names that only Windows has exist in both
 * modes, with WCHAR characters.
 *
 * Where they differ from Windows: text streams hold UTF-8, and lines that end with LF; a ..._s function that is misused
 * stores an empty string and answers an error instead of ending the program; wcstol and its like answer the long of
 * this platform. In wide printing and scanning, and in the ..._s functions, "l" before an integer conversion means 32
 * bits, as LONG and DWORD have. */
#ifndef PEERAPI_CRT_H
#define PEERAPI_CRT_H

#include <stddef.h>
#include <stdint.h>
#include <wctype.h>

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
#define PEERAPI_CRT_OURS 1
typedef wchar_t peerapi_wchar;
#elif defined(__cplusplus) && __cplusplus >= 201103L
typedef char16_t peerapi_wchar;
#else
typedef __CHAR16_TYPE__ peerapi_wchar;
#endif

#ifndef WEOF
#define WEOF 0xffffffffu
#endif

typedef int errno_t;
typedef size_t rsize_t;
#define _TRUNCATE ((size_t)-1)
#define STRUNCATE 80
#define _countof(array) (sizeof(array) / sizeof((array)[0]))

#ifdef __cplusplus
#define PEERAPI_CRT_BEGIN extern "C" { _Pragma("GCC visibility push(default)")
#define PEERAPI_CRT_END _Pragma("GCC visibility pop") }
#else
#define PEERAPI_CRT_BEGIN _Pragma("GCC visibility push(default)")
#define PEERAPI_CRT_END _Pragma("GCC visibility pop")
#endif

/* PEERAPI_OURS(result, name, parameters): a function whose name the system's library has too. Inside the library it is
 * the function peerapi_name; in a program it is the name itself, bound to that symbol. */
#ifdef PEERAPI_BUILDING
#define PEERAPI_OURS(result, name, parameters) extern result peerapi_##name parameters
#else
#define PEERAPI_OURS(result, name, parameters) extern result name parameters __asm__("peerapi_" #name)
#endif

#endif
