/* peerapi_crt_stdio.h - printing and scanning. See peerapi_crt.h. */
#ifndef PEERAPI_CRT_STDIO_H
#define PEERAPI_CRT_STDIO_H

#include "peerapi_crt.h"
#include <stdarg.h>
#include <stdio.h>

PEERAPI_CRT_BEGIN

#ifdef PEERAPI_CRT_OURS

/* Streams. Wide and narrow calls may be mixed on one stream. */
PEERAPI_OURS(int, wprintf, (const wchar_t *format, ...));
PEERAPI_OURS(int, fwprintf, (FILE *stream, const wchar_t *format, ...));
PEERAPI_OURS(int, swprintf, (wchar_t *to, size_t units, const wchar_t *format, ...));
PEERAPI_OURS(int, vwprintf, (const wchar_t *format, va_list arguments));
PEERAPI_OURS(int, vfwprintf, (FILE *stream, const wchar_t *format, va_list arguments));
PEERAPI_OURS(int, vswprintf, (wchar_t *to, size_t units, const wchar_t *format, va_list arguments));
PEERAPI_OURS(int, wscanf, (const wchar_t *format, ...));
PEERAPI_OURS(int, fwscanf, (FILE *stream, const wchar_t *format, ...));
PEERAPI_OURS(int, swscanf, (const wchar_t *text, const wchar_t *format, ...));
PEERAPI_OURS(int, vwscanf, (const wchar_t *format, va_list arguments));
PEERAPI_OURS(int, vfwscanf, (FILE *stream, const wchar_t *format, va_list arguments));
PEERAPI_OURS(int, vswscanf, (const wchar_t *text, const wchar_t *format, va_list arguments));
PEERAPI_OURS(unsigned, fgetwc, (FILE *stream));
PEERAPI_OURS(unsigned, getwc, (FILE *stream));
PEERAPI_OURS(unsigned, getwchar, (void));
PEERAPI_OURS(unsigned, fputwc, (wchar_t unit, FILE *stream));
PEERAPI_OURS(unsigned, putwc, (wchar_t unit, FILE *stream));
PEERAPI_OURS(unsigned, putwchar, (wchar_t unit));
PEERAPI_OURS(unsigned, ungetwc, (unsigned unit, FILE *stream));
PEERAPI_OURS(wchar_t *, fgetws, (wchar_t *to, int units, FILE *stream));
PEERAPI_OURS(int, fputws, (const wchar_t *text, FILE *stream));
PEERAPI_OURS(int, fwide, (FILE *stream, int mode));

/* What a stream's wide characters are, its mode says when it is opened: UTF-8; UTF-16 as it is with "b"; with ",
 * ccs=UTF-8", "UTF-16LE" or "UNICODE" what the file's byte order mark says, else that encoding, with a mark written at
 * the head of a new file. A file opened with ccs= has lines that end with CR LF, and fread and fwrite move wide
 * characters there. */
PEERAPI_OURS(FILE *, fopen, (const char *path, const char *mode));
PEERAPI_OURS(FILE *, fdopen, (int descriptor, const char *mode));
PEERAPI_OURS(FILE *, freopen, (const char *path, const char *mode, FILE *stream));
PEERAPI_OURS(FILE *, tmpfile, (void));
PEERAPI_OURS(int, fclose, (FILE *stream));
PEERAPI_OURS(size_t, fread, (void *to, size_t size, size_t count, FILE *stream));
PEERAPI_OURS(size_t, fwrite, (const void *from, size_t size, size_t count, FILE *stream));

/* The system's own narrow printing, which also learns the conversions of Windows for wide arguments (%S, %ls, %ws, %lc)
 * and I64. */
#define PEERAPI_PRINTF(which, first) __attribute__((__format__(__printf__, which, first)))
PEERAPI_OURS(int, printf, (const char *format, ...)) PEERAPI_PRINTF(1, 2);
PEERAPI_OURS(int, fprintf, (FILE *stream, const char *format, ...)) PEERAPI_PRINTF(2, 3);
PEERAPI_OURS(int, sprintf, (char *to, const char *format, ...)) PEERAPI_PRINTF(2, 3);
PEERAPI_OURS(int, snprintf, (char *to, size_t bytes, const char *format, ...)) PEERAPI_PRINTF(3, 4);
PEERAPI_OURS(int, vprintf, (const char *format, va_list arguments)) PEERAPI_PRINTF(1, 0);
PEERAPI_OURS(int, vfprintf, (FILE *stream, const char *format, va_list arguments)) PEERAPI_PRINTF(2, 0);
PEERAPI_OURS(int, vsprintf, (char *to, const char *format, va_list arguments)) PEERAPI_PRINTF(2, 0);
PEERAPI_OURS(int, vsnprintf, (char *to, size_t bytes, const char *format, va_list arguments)) PEERAPI_PRINTF(3, 0);

#endif

/* Wide printing. _snwprintf adds no terminator when the text just fits and answers -1 when it does not. */
extern int wprintf_s(const peerapi_wchar *format, ...);
extern int fwprintf_s(FILE *stream, const peerapi_wchar *format, ...);
extern int vwprintf_s(const peerapi_wchar *format, va_list arguments);
extern int vfwprintf_s(FILE *stream, const peerapi_wchar *format, va_list arguments);
extern int swprintf_s(peerapi_wchar *to, size_t units, const peerapi_wchar *format, ...);
extern int vswprintf_s(peerapi_wchar *to, size_t units, const peerapi_wchar *format, va_list arguments);
extern int _snwprintf(peerapi_wchar *to, size_t count, const peerapi_wchar *format, ...);
extern int _vsnwprintf(peerapi_wchar *to, size_t count, const peerapi_wchar *format, va_list arguments);
extern int _snwprintf_s(peerapi_wchar *to, size_t units, size_t count, const peerapi_wchar *format, ...);
extern int _vsnwprintf_s(peerapi_wchar *to, size_t units, size_t count, const peerapi_wchar *format, va_list arguments);
extern int _swprintf(peerapi_wchar *to, const peerapi_wchar *format, ...);
extern int _scwprintf(const peerapi_wchar *format, ...);
extern int _vscwprintf(const peerapi_wchar *format, va_list arguments);
extern int _putws(const peerapi_wchar *text);
extern peerapi_wchar *_getws_s(peerapi_wchar *to, size_t units);

/* Narrow printing. */
extern int printf_s(const char *format, ...);
extern int fprintf_s(FILE *stream, const char *format, ...);
extern int vprintf_s(const char *format, va_list arguments);
extern int vfprintf_s(FILE *stream, const char *format, va_list arguments);
extern int sprintf_s(char *to, size_t bytes, const char *format, ...);
extern int vsprintf_s(char *to, size_t bytes, const char *format, va_list arguments);
extern int _snprintf(char *to, size_t count, const char *format, ...);
extern int _vsnprintf(char *to, size_t count, const char *format, va_list arguments);
extern int _snprintf_s(char *to, size_t bytes, size_t count, const char *format, ...);
extern int _vsnprintf_s(char *to, size_t bytes, size_t count, const char *format, va_list arguments);
extern int _scprintf(const char *format, ...);
extern int _vscprintf(const char *format, va_list arguments);
extern char *gets_s(char *to, size_t bytes);

/* Scanning. After the pointer for %s, %c and %[ the ..._s functions take an unsigned: the units it has room for. */
extern int wscanf_s(const peerapi_wchar *format, ...);
extern int fwscanf_s(FILE *stream, const peerapi_wchar *format, ...);
extern int swscanf_s(const peerapi_wchar *text, const peerapi_wchar *format, ...);
extern int scanf_s(const char *format, ...);
extern int fscanf_s(FILE *stream, const char *format, ...);
extern int sscanf_s(const char *text, const char *format, ...);

/* Files by wide names. */
extern int _fileno(FILE *stream);
extern FILE *_wfopen(const peerapi_wchar *path, const peerapi_wchar *mode);
extern errno_t _wfopen_s(FILE **stream, const peerapi_wchar *path, const peerapi_wchar *mode);
extern errno_t fopen_s(FILE **stream, const char *path, const char *mode);
extern FILE *_wfreopen(const peerapi_wchar *path, const peerapi_wchar *mode, FILE *stream);
extern errno_t _wfreopen_s(FILE **stream, const peerapi_wchar *path, const peerapi_wchar *mode, FILE *old);
extern errno_t freopen_s(FILE **stream, const char *path, const char *mode, FILE *old);
extern FILE *_wfdopen(int descriptor, const peerapi_wchar *mode);
extern FILE *_fdopen(int descriptor, const char *mode);
extern errno_t tmpfile_s(FILE **stream);
extern int _wremove(const peerapi_wchar *path);
/* A file of the new name is EEXIST. */
extern int _wrename(const peerapi_wchar *from, const peerapi_wchar *to);
extern FILE *_wfsopen(const peerapi_wchar *path, const peerapi_wchar *mode, int share);
extern FILE *_fsopen(const char *path, const char *mode, int share);

PEERAPI_CRT_END

#ifdef __cplusplus
/* In C++ the size of an array need not be written. */
extern "C++" {
template <size_t N> inline int vswprintf_s(peerapi_wchar (&to)[N], const peerapi_wchar *format, va_list arguments) {
    return vswprintf_s(to, N, format, arguments);
}
template <size_t N> inline int vsprintf_s(char (&to)[N], const char *format, va_list arguments) {
    return vsprintf_s(to, N, format, arguments);
}
template <size_t N> inline int swprintf_s(peerapi_wchar (&to)[N], const peerapi_wchar *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int units = vswprintf_s(to, N, format, arguments);
    va_end(arguments);
    return units;
}
template <size_t N> inline int sprintf_s(char (&to)[N], const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsprintf_s(to, N, format, arguments);
    va_end(arguments);
    return bytes;
}
template <size_t N> inline int _snwprintf_s(peerapi_wchar (&to)[N], size_t count, const peerapi_wchar *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int units = _vsnwprintf_s(to, N, count, format, arguments);
    va_end(arguments);
    return units;
}
template <size_t N> inline int _snprintf_s(char (&to)[N], size_t count, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int bytes = _vsnprintf_s(to, N, count, format, arguments);
    va_end(arguments);
    return bytes;
}
}
#endif

#endif
