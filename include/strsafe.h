/* strsafe.h - string functions that know the size of their destination, terminate it always, and answer a HRESULT.
 *
 * The Cch functions count units, the Cb functions bytes, in sizes, counts and what remains. A text that does not fit is
 * cut and answers STRSAFE_E_INSUFFICIENT_BUFFER. The Ex functions also tell where the text ends and how much room is
 * left, its terminator included. The printing functions take the formats of the wide C library as peerapi_crt.h
 * describes it. */
#ifndef PEERAPI_STRSAFE_H
#define PEERAPI_STRSAFE_H

#include <stdarg.h>
#include "windef.h"
#include "winerror.h"

EXTERN_C_START

#define STRSAFE_MAX_CCH 2147483647
#define STRSAFE_MAX_LENGTH (STRSAFE_MAX_CCH - 1)
#define STRSAFE_UNICODE_STRING_MAX_CCH 32767

#ifndef STRSAFE_E_INSUFFICIENT_BUFFER
#define STRSAFE_E_INSUFFICIENT_BUFFER ((HRESULT)0x8007007A)
#define STRSAFE_E_INVALID_PARAMETER ((HRESULT)0x80070057)
#define STRSAFE_E_END_OF_FILE ((HRESULT)0x80070026)
#endif

#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_FILL_BYTE(value) ((DWORD)(((value) & 0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(value) ((DWORD)(((value) & 0x000000FF) | STRSAFE_FILL_ON_FAILURE))

/* Cch, A. */
WINBASEAPI HRESULT WINAPI StringCchCopyA(LPSTR to, size_t units, LPCSTR from);
WINBASEAPI HRESULT WINAPI StringCchCopyExA(LPSTR to, size_t units, LPCSTR from, LPSTR *end, size_t *remaining,
                                           DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCopyNA(LPSTR to, size_t units, LPCSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCchCopyNExA(LPSTR to, size_t units, LPCSTR from, size_t count, LPSTR *end,
                                            size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCatA(LPSTR to, size_t units, LPCSTR from);
WINBASEAPI HRESULT WINAPI StringCchCatExA(LPSTR to, size_t units, LPCSTR from, LPSTR *end, size_t *remaining,
                                          DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCatNA(LPSTR to, size_t units, LPCSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCchCatNExA(LPSTR to, size_t units, LPCSTR from, size_t count, LPSTR *end,
                                           size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPIV StringCchPrintfA(LPSTR to, size_t units, LPCSTR format, ...);
WINBASEAPI HRESULT WINAPIV StringCchPrintfExA(LPSTR to, size_t units, LPSTR *end, size_t *remaining, DWORD flags,
                                              LPCSTR format, ...);
WINBASEAPI HRESULT WINAPI StringCchVPrintfA(LPSTR to, size_t units, LPCSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCchVPrintfExA(LPSTR to, size_t units, LPSTR *end, size_t *remaining, DWORD flags,
                                              LPCSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCchLengthA(LPCSTR text, size_t limit, size_t *length);
WINBASEAPI HRESULT WINAPI StringCchGetsA(LPSTR to, size_t units);
WINBASEAPI HRESULT WINAPI StringCchGetsExA(LPSTR to, size_t units, LPSTR *end, size_t *remaining, DWORD flags);

/* Cb, A. */
WINBASEAPI HRESULT WINAPI StringCbCopyA(LPSTR to, size_t bytes, LPCSTR from);
WINBASEAPI HRESULT WINAPI StringCbCopyExA(LPSTR to, size_t bytes, LPCSTR from, LPSTR *end, size_t *remaining,
                                          DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCopyNA(LPSTR to, size_t bytes, LPCSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCbCopyNExA(LPSTR to, size_t bytes, LPCSTR from, size_t count, LPSTR *end,
                                           size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCatA(LPSTR to, size_t bytes, LPCSTR from);
WINBASEAPI HRESULT WINAPI StringCbCatExA(LPSTR to, size_t bytes, LPCSTR from, LPSTR *end, size_t *remaining,
                                         DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCatNA(LPSTR to, size_t bytes, LPCSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCbCatNExA(LPSTR to, size_t bytes, LPCSTR from, size_t count, LPSTR *end,
                                          size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPIV StringCbPrintfA(LPSTR to, size_t bytes, LPCSTR format, ...);
WINBASEAPI HRESULT WINAPIV StringCbPrintfExA(LPSTR to, size_t bytes, LPSTR *end, size_t *remaining, DWORD flags,
                                             LPCSTR format, ...);
WINBASEAPI HRESULT WINAPI StringCbVPrintfA(LPSTR to, size_t bytes, LPCSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCbVPrintfExA(LPSTR to, size_t bytes, LPSTR *end, size_t *remaining, DWORD flags,
                                             LPCSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCbLengthA(LPCSTR text, size_t limit, size_t *length);
WINBASEAPI HRESULT WINAPI StringCbGetsA(LPSTR to, size_t bytes);
WINBASEAPI HRESULT WINAPI StringCbGetsExA(LPSTR to, size_t bytes, LPSTR *end, size_t *remaining, DWORD flags);

/* Cch, W. */
WINBASEAPI HRESULT WINAPI StringCchCopyW(LPWSTR to, size_t units, LPCWSTR from);
WINBASEAPI HRESULT WINAPI StringCchCopyExW(LPWSTR to, size_t units, LPCWSTR from, LPWSTR *end, size_t *remaining,
                                           DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCopyNW(LPWSTR to, size_t units, LPCWSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCchCopyNExW(LPWSTR to, size_t units, LPCWSTR from, size_t count, LPWSTR *end,
                                            size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCatW(LPWSTR to, size_t units, LPCWSTR from);
WINBASEAPI HRESULT WINAPI StringCchCatExW(LPWSTR to, size_t units, LPCWSTR from, LPWSTR *end, size_t *remaining,
                                          DWORD flags);
WINBASEAPI HRESULT WINAPI StringCchCatNW(LPWSTR to, size_t units, LPCWSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCchCatNExW(LPWSTR to, size_t units, LPCWSTR from, size_t count, LPWSTR *end,
                                           size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPIV StringCchPrintfW(LPWSTR to, size_t units, LPCWSTR format, ...);
WINBASEAPI HRESULT WINAPIV StringCchPrintfExW(LPWSTR to, size_t units, LPWSTR *end, size_t *remaining, DWORD flags,
                                              LPCWSTR format, ...);
WINBASEAPI HRESULT WINAPI StringCchVPrintfW(LPWSTR to, size_t units, LPCWSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCchVPrintfExW(LPWSTR to, size_t units, LPWSTR *end, size_t *remaining, DWORD flags,
                                              LPCWSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCchLengthW(LPCWSTR text, size_t limit, size_t *length);
WINBASEAPI HRESULT WINAPI StringCchGetsW(LPWSTR to, size_t units);
WINBASEAPI HRESULT WINAPI StringCchGetsExW(LPWSTR to, size_t units, LPWSTR *end, size_t *remaining, DWORD flags);

/* Cb, W. */
WINBASEAPI HRESULT WINAPI StringCbCopyW(LPWSTR to, size_t bytes, LPCWSTR from);
WINBASEAPI HRESULT WINAPI StringCbCopyExW(LPWSTR to, size_t bytes, LPCWSTR from, LPWSTR *end, size_t *remaining,
                                          DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCopyNW(LPWSTR to, size_t bytes, LPCWSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCbCopyNExW(LPWSTR to, size_t bytes, LPCWSTR from, size_t count, LPWSTR *end,
                                           size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCatW(LPWSTR to, size_t bytes, LPCWSTR from);
WINBASEAPI HRESULT WINAPI StringCbCatExW(LPWSTR to, size_t bytes, LPCWSTR from, LPWSTR *end, size_t *remaining,
                                         DWORD flags);
WINBASEAPI HRESULT WINAPI StringCbCatNW(LPWSTR to, size_t bytes, LPCWSTR from, size_t count);
WINBASEAPI HRESULT WINAPI StringCbCatNExW(LPWSTR to, size_t bytes, LPCWSTR from, size_t count, LPWSTR *end,
                                          size_t *remaining, DWORD flags);
WINBASEAPI HRESULT WINAPIV StringCbPrintfW(LPWSTR to, size_t bytes, LPCWSTR format, ...);
WINBASEAPI HRESULT WINAPIV StringCbPrintfExW(LPWSTR to, size_t bytes, LPWSTR *end, size_t *remaining, DWORD flags,
                                             LPCWSTR format, ...);
WINBASEAPI HRESULT WINAPI StringCbVPrintfW(LPWSTR to, size_t bytes, LPCWSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCbVPrintfExW(LPWSTR to, size_t bytes, LPWSTR *end, size_t *remaining, DWORD flags,
                                             LPCWSTR format, va_list arguments);
WINBASEAPI HRESULT WINAPI StringCbLengthW(LPCWSTR text, size_t limit, size_t *length);
WINBASEAPI HRESULT WINAPI StringCbGetsW(LPWSTR to, size_t bytes);
WINBASEAPI HRESULT WINAPI StringCbGetsExW(LPWSTR to, size_t bytes, LPWSTR *end, size_t *remaining, DWORD flags);

#ifdef UNICODE
#define StringCchCopy StringCchCopyW
#define StringCchCopyEx StringCchCopyExW
#define StringCchCopyN StringCchCopyNW
#define StringCchCopyNEx StringCchCopyNExW
#define StringCchCat StringCchCatW
#define StringCchCatEx StringCchCatExW
#define StringCchCatN StringCchCatNW
#define StringCchCatNEx StringCchCatNExW
#define StringCchPrintf StringCchPrintfW
#define StringCchPrintfEx StringCchPrintfExW
#define StringCchVPrintf StringCchVPrintfW
#define StringCchVPrintfEx StringCchVPrintfExW
#define StringCchLength StringCchLengthW
#define StringCchGets StringCchGetsW
#define StringCchGetsEx StringCchGetsExW
#define StringCbCopy StringCbCopyW
#define StringCbCopyEx StringCbCopyExW
#define StringCbCopyN StringCbCopyNW
#define StringCbCopyNEx StringCbCopyNExW
#define StringCbCat StringCbCatW
#define StringCbCatEx StringCbCatExW
#define StringCbCatN StringCbCatNW
#define StringCbCatNEx StringCbCatNExW
#define StringCbPrintf StringCbPrintfW
#define StringCbPrintfEx StringCbPrintfExW
#define StringCbVPrintf StringCbVPrintfW
#define StringCbVPrintfEx StringCbVPrintfExW
#define StringCbLength StringCbLengthW
#define StringCbGets StringCbGetsW
#define StringCbGetsEx StringCbGetsExW
#else
#define StringCchCopy StringCchCopyA
#define StringCchCopyEx StringCchCopyExA
#define StringCchCopyN StringCchCopyNA
#define StringCchCopyNEx StringCchCopyNExA
#define StringCchCat StringCchCatA
#define StringCchCatEx StringCchCatExA
#define StringCchCatN StringCchCatNA
#define StringCchCatNEx StringCchCatNExA
#define StringCchPrintf StringCchPrintfA
#define StringCchPrintfEx StringCchPrintfExA
#define StringCchVPrintf StringCchVPrintfA
#define StringCchVPrintfEx StringCchVPrintfExA
#define StringCchLength StringCchLengthA
#define StringCchGets StringCchGetsA
#define StringCchGetsEx StringCchGetsExA
#define StringCbCopy StringCbCopyA
#define StringCbCopyEx StringCbCopyExA
#define StringCbCopyN StringCbCopyNA
#define StringCbCopyNEx StringCbCopyNExA
#define StringCbCat StringCbCatA
#define StringCbCatEx StringCbCatExA
#define StringCbCatN StringCbCatNA
#define StringCbCatNEx StringCbCatNExA
#define StringCbPrintf StringCbPrintfA
#define StringCbPrintfEx StringCbPrintfExA
#define StringCbVPrintf StringCbVPrintfA
#define StringCbVPrintfEx StringCbVPrintfExA
#define StringCbLength StringCbLengthA
#define StringCbGets StringCbGetsA
#define StringCbGetsEx StringCbGetsExA
#endif

EXTERN_C_END
#endif
