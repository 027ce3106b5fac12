/* peerapi_crt_stdlib.h - numbers and encodings. See peerapi_crt.h. */
#ifndef PEERAPI_CRT_STDLIB_H
#define PEERAPI_CRT_STDLIB_H

#include "peerapi_crt.h"

PEERAPI_CRT_BEGIN

#ifdef PEERAPI_CRT_OURS

PEERAPI_OURS(long, wcstol, (const wchar_t *text, wchar_t **end, int base));
PEERAPI_OURS(unsigned long, wcstoul, (const wchar_t *text, wchar_t **end, int base));
PEERAPI_OURS(long long, wcstoll, (const wchar_t *text, wchar_t **end, int base));
PEERAPI_OURS(unsigned long long, wcstoull, (const wchar_t *text, wchar_t **end, int base));
PEERAPI_OURS(double, wcstod, (const wchar_t *text, wchar_t **end));
PEERAPI_OURS(float, wcstof, (const wchar_t *text, wchar_t **end));

#endif

/* UTF-8 to wide and back. A NULL destination asks for the length. mbtowc answers -1 for a character that needs two
 * units. */
extern size_t peerapi_mbstowcs(peerapi_wchar *to, const char *from, size_t count);
extern size_t peerapi_wcstombs(char *to, const peerapi_wchar *from, size_t count);
extern int peerapi_mbtowc(peerapi_wchar *to, const char *from, size_t count);
extern int peerapi_wctomb(char *to, peerapi_wchar unit);

#define _MAX_PATH 260

/* Variables of the environment. What is not set is no error: the length is 0, the copy NULL. _wgetenv's result lasts
 * until the thread asks again; copies are freed with free. */
extern peerapi_wchar *_wgetenv(const peerapi_wchar *name);
extern errno_t getenv_s(size_t *needed, char *to, size_t bytes, const char *name);
extern errno_t _wgetenv_s(size_t *needed, peerapi_wchar *to, size_t units, const peerapi_wchar *name);
extern errno_t _dupenv_s(char **copy, size_t *units, const char *name);
extern errno_t _wdupenv_s(peerapi_wchar **copy, size_t *units, const peerapi_wchar *name);

extern errno_t mbstowcs_s(size_t *converted, peerapi_wchar *to, size_t units, const char *from, size_t count);
extern errno_t wcstombs_s(size_t *converted, char *to, size_t bytes, const peerapi_wchar *from, size_t count);

/* Wide numbers. */
extern int _wtoi(const peerapi_wchar *text);
extern long _wtol(const peerapi_wchar *text);
extern long long _wtoll(const peerapi_wchar *text);
extern int64_t _wtoi64(const peerapi_wchar *text);
extern double _wtof(const peerapi_wchar *text);
extern int64_t _wcstoi64(const peerapi_wchar *text, peerapi_wchar **end, int base);
extern uint64_t _wcstoui64(const peerapi_wchar *text, peerapi_wchar **end, int base);
extern peerapi_wchar *_itow(int value, peerapi_wchar *to, int radix);
extern peerapi_wchar *_ltow(long value, peerapi_wchar *to, int radix);
extern peerapi_wchar *_ultow(unsigned long value, peerapi_wchar *to, int radix);
extern peerapi_wchar *_i64tow(long long value, peerapi_wchar *to, int radix);
extern peerapi_wchar *_ui64tow(unsigned long long value, peerapi_wchar *to, int radix);
extern errno_t _itow_s(int value, peerapi_wchar *to, size_t units, int radix);
extern errno_t _ltow_s(long value, peerapi_wchar *to, size_t units, int radix);
extern errno_t _ultow_s(unsigned long value, peerapi_wchar *to, size_t units, int radix);
extern errno_t _i64tow_s(long long value, peerapi_wchar *to, size_t units, int radix);
extern errno_t _ui64tow_s(unsigned long long value, peerapi_wchar *to, size_t units, int radix);

/* Narrow numbers. */
extern int64_t _atoi64(const char *text);
extern int64_t _strtoi64(const char *text, char **end, int base);
extern uint64_t _strtoui64(const char *text, char **end, int base);
extern char *_itoa(int value, char *to, int radix);
extern char *_ltoa(long value, char *to, int radix);
extern char *_ultoa(unsigned long value, char *to, int radix);
extern char *_i64toa(long long value, char *to, int radix);
extern char *_ui64toa(unsigned long long value, char *to, int radix);
extern errno_t _itoa_s(int value, char *to, size_t bytes, int radix);
extern errno_t _i64toa_s(long long value, char *to, size_t bytes, int radix);
extern errno_t _ui64toa_s(unsigned long long value, char *to, size_t bytes, int radix);

PEERAPI_CRT_END

/* Macros, because the system's header may have made its own inline already. */
#ifdef PEERAPI_CRT_OURS
#define mbstowcs peerapi_mbstowcs
#define wcstombs peerapi_wcstombs
#define mbtowc peerapi_mbtowc
#define wctomb peerapi_wctomb
#ifdef __cplusplus
namespace std {
using ::peerapi_mbstowcs;
using ::peerapi_mbtowc;
using ::peerapi_wcstombs;
using ::peerapi_wctomb;
}
#endif
#endif

#ifdef __cplusplus
/* In C++ the size of an array need not be written. */
extern "C++" {
template <size_t N> inline errno_t _itow_s(int value, peerapi_wchar (&to)[N], int radix) {
    return _itow_s(value, to, N, radix);
}
template <size_t N> inline errno_t _itoa_s(int value, char (&to)[N], int radix) { return _itoa_s(value, to, N, radix); }
}
#endif

#endif
