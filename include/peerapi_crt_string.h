/* peerapi_crt_string.h - wide and narrow strings. See peerapi_crt.h. */
#ifndef PEERAPI_CRT_STRING_H
#define PEERAPI_CRT_STRING_H

#include "peerapi_crt.h"

PEERAPI_CRT_BEGIN

#ifdef PEERAPI_CRT_OURS

/* Strings. */
PEERAPI_OURS(size_t, wcslen, (const wchar_t *text));
PEERAPI_OURS(size_t, wcsnlen, (const wchar_t *text, size_t limit));
PEERAPI_OURS(wchar_t *, wcscpy, (wchar_t *to, const wchar_t *from));
PEERAPI_OURS(wchar_t *, wcsncpy, (wchar_t *to, const wchar_t *from, size_t count));
PEERAPI_OURS(wchar_t *, wcscat, (wchar_t *to, const wchar_t *from));
PEERAPI_OURS(wchar_t *, wcsncat, (wchar_t *to, const wchar_t *from, size_t count));
PEERAPI_OURS(int, wcscmp, (const wchar_t *first, const wchar_t *second));
PEERAPI_OURS(int, wcsncmp, (const wchar_t *first, const wchar_t *second, size_t count));
PEERAPI_OURS(int, wcscoll, (const wchar_t *first, const wchar_t *second));
PEERAPI_OURS(size_t, wcsxfrm, (wchar_t *to, const wchar_t *from, size_t count));
PEERAPI_OURS(size_t, wcsspn, (const wchar_t *text, const wchar_t *set));
PEERAPI_OURS(size_t, wcscspn, (const wchar_t *text, const wchar_t *set));
PEERAPI_OURS(wchar_t *, wcstok, (wchar_t *text, const wchar_t *delimiters, wchar_t **context));
PEERAPI_OURS(wchar_t *, wmemcpy, (wchar_t *to, const wchar_t *from, size_t count));
PEERAPI_OURS(wchar_t *, wmemmove, (wchar_t *to, const wchar_t *from, size_t count));
PEERAPI_OURS(wchar_t *, wmemset, (wchar_t *to, wchar_t unit, size_t count));
PEERAPI_OURS(int, wmemcmp, (const wchar_t *first, const wchar_t *second, size_t count));
PEERAPI_OURS(wchar_t *, wcsdup, (const wchar_t *text));
#if defined(__cplusplus) && !defined(PEERAPI_BUILDING)
/* In C++ each of these exists for const and for other strings. */
#define PEERAPI_SEARCH(name, parameters, other)                     \
    extern "C++" {                                                  \
    const wchar_t *name(const wchar_t *, other) __asm__("peerapi_" #name); \
    wchar_t *name(wchar_t *, other) __asm__("peerapi_" #name);      \
    }
#define PEERAPI_COUNTED_SEARCH(name)                                                \
    extern "C++" {                                                                  \
    const wchar_t *name(const wchar_t *, wchar_t, size_t) __asm__("peerapi_" #name); \
    wchar_t *name(wchar_t *, wchar_t, size_t) __asm__("peerapi_" #name);            \
    }
#else
#define PEERAPI_SEARCH(name, parameters, other) PEERAPI_OURS(wchar_t *, name, parameters);
#define PEERAPI_COUNTED_SEARCH(name) PEERAPI_OURS(wchar_t *, name, (const wchar_t *text, wchar_t unit, size_t count));
#endif
PEERAPI_SEARCH(wcschr, (const wchar_t *text, wchar_t unit), wchar_t)
PEERAPI_SEARCH(wcsrchr, (const wchar_t *text, wchar_t unit), wchar_t)
PEERAPI_SEARCH(wcspbrk, (const wchar_t *text, const wchar_t *set), const wchar_t *)
PEERAPI_SEARCH(wcsstr, (const wchar_t *text, const wchar_t *part), const wchar_t *)
PEERAPI_COUNTED_SEARCH(wmemchr)
#undef PEERAPI_SEARCH
#undef PEERAPI_COUNTED_SEARCH

#endif

/* Wide strings. The comparisons without case know the letters A-Z, as in the C locale. */
extern int _wcsicmp(const peerapi_wchar *first, const peerapi_wchar *second);
extern int _wcsnicmp(const peerapi_wchar *first, const peerapi_wchar *second, size_t count);
extern peerapi_wchar *_wcsdup(const peerapi_wchar *text);
extern peerapi_wchar *_wcslwr(peerapi_wchar *text);
extern peerapi_wchar *_wcsupr(peerapi_wchar *text);
extern peerapi_wchar *_wcsrev(peerapi_wchar *text);
extern errno_t _wcslwr_s(peerapi_wchar *text, size_t units);
extern errno_t _wcsupr_s(peerapi_wchar *text, size_t units);
extern size_t wcsnlen_s(const peerapi_wchar *text, size_t limit);
extern errno_t wcscpy_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from);
extern errno_t wcscat_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from);
extern errno_t wcsncpy_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from, size_t count);
extern errno_t wcsncat_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from, size_t count);
extern peerapi_wchar *wcstok_s(peerapi_wchar *text, const peerapi_wchar *delimiters, peerapi_wchar **context);
extern errno_t wmemcpy_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from, size_t count);
extern errno_t wmemmove_s(peerapi_wchar *to, size_t units, const peerapi_wchar *from, size_t count);
/* Narrow strings. */
extern int _stricmp(const char *first, const char *second);
extern int _strnicmp(const char *first, const char *second, size_t count);
extern int _memicmp(const void *first, const void *second, size_t count);
extern char *_strdup(const char *text);
extern char *_strlwr(char *text);
extern char *_strupr(char *text);
extern char *_strrev(char *text);
extern size_t strnlen_s(const char *text, size_t limit);
extern errno_t strcpy_s(char *to, size_t bytes, const char *from);
extern errno_t strcat_s(char *to, size_t bytes, const char *from);
extern errno_t strncpy_s(char *to, size_t bytes, const char *from, size_t count);
extern errno_t strncat_s(char *to, size_t bytes, const char *from, size_t count);
extern char *strtok_s(char *text, const char *delimiters, char **context);
extern errno_t strerror_s(char *to, size_t bytes, int error);
extern errno_t memcpy_s(void *to, size_t room, const void *from, size_t count);
extern errno_t memmove_s(void *to, size_t room, const void *from, size_t count);

PEERAPI_CRT_END

#ifdef __cplusplus
/* In C++ the size of an array need not be written. */
extern "C++" {
template <size_t N> inline errno_t wcscpy_s(peerapi_wchar (&to)[N], const peerapi_wchar *from) {
    return wcscpy_s(to, N, from);
}
template <size_t N> inline errno_t wcscat_s(peerapi_wchar (&to)[N], const peerapi_wchar *from) {
    return wcscat_s(to, N, from);
}
template <size_t N> inline errno_t wcsncpy_s(peerapi_wchar (&to)[N], const peerapi_wchar *from, size_t count) {
    return wcsncpy_s(to, N, from, count);
}
template <size_t N> inline errno_t wcsncat_s(peerapi_wchar (&to)[N], const peerapi_wchar *from, size_t count) {
    return wcsncat_s(to, N, from, count);
}
template <size_t N> inline errno_t strcpy_s(char (&to)[N], const char *from) { return strcpy_s(to, N, from); }
template <size_t N> inline errno_t strcat_s(char (&to)[N], const char *from) { return strcat_s(to, N, from); }
template <size_t N> inline errno_t strncpy_s(char (&to)[N], const char *from, size_t count) {
    return strncpy_s(to, N, from, count);
}
template <size_t N> inline errno_t strncat_s(char (&to)[N], const char *from, size_t count) {
    return strncat_s(to, N, from, count);
}
}
#endif

#endif
