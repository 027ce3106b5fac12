/* wchar.h - the system's header, then all of the wide and the Windows-only C library. */
#ifndef PEERAPI_WCHAR_H
#define PEERAPI_WCHAR_H

/* #include_next is an extension; -Wpedantic says so outside system headers. */
#pragma GCC system_header

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2 && !defined(PEERAPI_BUILDING)
/* The system's declarations of what is ours get another name, so that ours may follow. */
#define wcslen peerapi_system_wcslen
#define wcsnlen peerapi_system_wcsnlen
#define wcscpy peerapi_system_wcscpy
#define wcsncpy peerapi_system_wcsncpy
#define wcscat peerapi_system_wcscat
#define wcsncat peerapi_system_wcsncat
#define wcscmp peerapi_system_wcscmp
#define wcsncmp peerapi_system_wcsncmp
#define wcscoll peerapi_system_wcscoll
#define wcsxfrm peerapi_system_wcsxfrm
#define wcsspn peerapi_system_wcsspn
#define wcscspn peerapi_system_wcscspn
#define wcstok peerapi_system_wcstok
#define wmemcpy peerapi_system_wmemcpy
#define wmemmove peerapi_system_wmemmove
#define wmemset peerapi_system_wmemset
#define wmemcmp peerapi_system_wmemcmp
#define wcsdup peerapi_system_wcsdup
#define wcschr peerapi_system_wcschr
#define wcsrchr peerapi_system_wcsrchr
#define wcspbrk peerapi_system_wcspbrk
#define wcsstr peerapi_system_wcsstr
#define wmemchr peerapi_system_wmemchr
#define wcstol peerapi_system_wcstol
#define wcstoul peerapi_system_wcstoul
#define wcstoll peerapi_system_wcstoll
#define wcstoull peerapi_system_wcstoull
#define wcstod peerapi_system_wcstod
#define wcstof peerapi_system_wcstof
#define wcsftime peerapi_system_wcsftime
#define wprintf peerapi_system_wprintf
#define fwprintf peerapi_system_fwprintf
#define swprintf peerapi_system_swprintf
#define vwprintf peerapi_system_vwprintf
#define vfwprintf peerapi_system_vfwprintf
#define vswprintf peerapi_system_vswprintf
#define wscanf peerapi_system_wscanf
#define fwscanf peerapi_system_fwscanf
#define swscanf peerapi_system_swscanf
#define vwscanf peerapi_system_vwscanf
#define vfwscanf peerapi_system_vfwscanf
#define vswscanf peerapi_system_vswscanf
#define fgetwc peerapi_system_fgetwc
#define getwc peerapi_system_getwc
#define getwchar peerapi_system_getwchar
#define fputwc peerapi_system_fputwc
#define putwc peerapi_system_putwc
#define putwchar peerapi_system_putwchar
#define ungetwc peerapi_system_ungetwc
#define fgetws peerapi_system_fgetws
#define fputws peerapi_system_fputws
#define fwide peerapi_system_fwide
#endif
#include_next <wchar.h>
#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2 && !defined(PEERAPI_BUILDING)
/* Tells libstdc++ that wcschr and its like exist for const and for other strings: ours do. */
#if defined(__cplusplus) && !defined(__CORRECT_ISO_CPP_WCHAR_H_PROTO)
#define __CORRECT_ISO_CPP_WCHAR_H_PROTO
#endif
#undef wcslen
#undef wcsnlen
#undef wcscpy
#undef wcsncpy
#undef wcscat
#undef wcsncat
#undef wcscmp
#undef wcsncmp
#undef wcscoll
#undef wcsxfrm
#undef wcsspn
#undef wcscspn
#undef wcstok
#undef wmemcpy
#undef wmemmove
#undef wmemset
#undef wmemcmp
#undef wcsdup
#undef wcschr
#undef wcsrchr
#undef wcspbrk
#undef wcsstr
#undef wmemchr
#undef wcstol
#undef wcstoul
#undef wcstoll
#undef wcstoull
#undef wcstod
#undef wcstof
#undef wcsftime
#undef wprintf
#undef fwprintf
#undef swprintf
#undef vwprintf
#undef vfwprintf
#undef vswprintf
#undef wscanf
#undef fwscanf
#undef swscanf
#undef vwscanf
#undef vfwscanf
#undef vswscanf
#undef fgetwc
#undef getwc
#undef getwchar
#undef fputwc
#undef putwc
#undef putwchar
#undef ungetwc
#undef fgetws
#undef fputws
#undef fwide
#endif

#include <stdio.h>
#include <wctype.h>
#include "peerapi_crt_stdio.h"
#include "peerapi_crt_stdlib.h"
#include "peerapi_crt_string.h"
#include "peerapi_crt_time.h"

#endif
