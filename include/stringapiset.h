/* stringapiset.h - UTF-8 to UTF-16 and back. CP_ACP and its like mean UTF-8. */
#ifndef PEERAPI_STRINGAPISET_H
#define PEERAPI_STRINGAPISET_H

#include "minwinbase.h"

EXTERN_C_START

#define CP_ACP 0
#define CP_OEMCP 1
#define CP_MACCP 2
#define CP_THREAD_ACP 3
#define CP_SYMBOL 42
#define CP_UTF7 65000
#define CP_UTF8 65001
#define MB_PRECOMPOSED 0x00000001
#define MB_COMPOSITE 0x00000002
#define MB_USEGLYPHCHARS 0x00000004
#define MB_ERR_INVALID_CHARS 0x00000008
#define WC_DISCARDNS 0x00000010
#define WC_SEPCHARS 0x00000020
#define WC_DEFAULTCHAR 0x00000040
#define WC_ERR_INVALID_CHARS 0x00000080
#define WC_COMPOSITECHECK 0x00000200
#define WC_NO_BEST_FIT_CHARS 0x00000400
#define CSTR_LESS_THAN 1
#define CSTR_EQUAL 2
#define CSTR_GREATER_THAN 3

/* Lengths in units of the string they belong to; -1 means up to and with the terminator. An output length of 0 asks for
 * the length needed. 0 is failure: ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_FLAGS, ERROR_INVALID_PARAMETER or
 * ERROR_NO_UNICODE_TRANSLATION. Without the _ERR_INVALID_CHARS flag malformed input becomes U+FFFD. */
WINBASEAPI int WINAPI MultiByteToWideChar(UINT codePage, DWORD flags, LPCSTR narrow, int narrowLength, LPWSTR wide,
                                          int wideLength);
WINBASEAPI int WINAPI WideCharToMultiByte(UINT codePage, DWORD flags, LPCWSTR wide, int wideLength, LPSTR narrow,
                                          int narrowLength, LPCSTR defaultChar, LPBOOL usedDefaultChar);
WINBASEAPI int WINAPI CompareStringOrdinal(LPCWSTR first, int firstLength, LPCWSTR second, int secondLength,
                                           BOOL ignoreCase);

EXTERN_C_END
#endif
