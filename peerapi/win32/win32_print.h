/* win32_print.h - the formatter behind every printing function. */
#ifndef PEERAPI_WIN32_PRINT_H
#define PEERAPI_WIN32_PRINT_H

#include "win32.h"

#include <stdarg.h>
#include "../../include/peerapi_crt_stdio.h"

/* Where formatted text goes: an array of WCHAR or of char. length counts all that was produced, also what found no
 * room. Nothing is terminated. */
struct w32_sink {
    BOOL is_wide;
    BOOL native_long; /* "l" before an integer conversion means the platform's long, not 32 bits */
    WCHAR *wide;
    char *narrow;
    size_t capacity, length;
    BOOL failed; /* %n, or a float that could not be formatted */
};

void w32_format(struct w32_sink *sink, const void *format, va_list arguments);
/* Formats into malloc'd memory when that is needed, else into the given array; NULL without memory, or when it failed.
 */
WCHAR *w32_format_wide(WCHAR *room, size_t units, size_t *length, const WCHAR *format, va_list arguments);
char *w32_format_narrow(char *room, size_t bytes, size_t *length, BOOL native_long, const char *format,
                        va_list arguments);
/* Writes units to a stream in its encoding (win32_wstdio.c); of UTF-8 it keeps the first half of a surrogate pair until
 * the second comes. */
BOOL w32_write_wide(FILE *stream, const WCHAR *text, size_t length);

#endif
