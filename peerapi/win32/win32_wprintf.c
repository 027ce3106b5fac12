/* win32_wprintf.c - the printing functions: what is formatted goes to a stream, into an array, or is only measured. */
#include "win32_print.h"

#include <errno.h>
#include <stdlib.h>

/* Streams. */

int peerapi_vfwprintf(FILE *stream, const WCHAR *format, va_list arguments) {
    WCHAR room[512];
    size_t length;
    if (!stream || !format) {
        errno = EINVAL;
        return -1;
    }
    WCHAR *text = w32_format_wide(room, ARRAYSIZE(room), &length, format, arguments);
    if (!text || length > INT_MAX) {
        errno = text ? EOVERFLOW : EINVAL;
        return -1;
    }
    BOOL written = w32_write_wide(stream, text, length);
    if (text != room) {
        free(text);
    }
    return written ? (int)length : -1;
}

static int print_narrow(FILE *stream, BOOL native_long, const char *format, va_list arguments) {
    char room[1024];
    size_t length;
    if (!stream || !format) {
        errno = EINVAL;
        return -1;
    }
    char *text = w32_format_narrow(room, sizeof room, &length, native_long, format, arguments);
    if (!text || length > INT_MAX) {
        errno = text ? EOVERFLOW : EINVAL;
        return -1;
    }
    BOOL written = fwrite(text, 1, length, stream) == length;
    if (text != room) {
        free(text);
    }
    return written ? (int)length : -1;
}

/* Arrays. Each answers the length of the whole text and stores what fits in capacity units, never a terminator; -1 for
 * a bad format. */

static long long into_wide(WCHAR *to, size_t capacity, const WCHAR *format, va_list arguments) {
    struct w32_sink sink = {.is_wide = TRUE, .wide = to, .capacity = capacity};
    w32_format(&sink, format, arguments);
    return sink.failed ? -1 : (long long)sink.length;
}

static long long into_narrow(char *to, size_t capacity, BOOL native_long, const char *format, va_list arguments) {
    struct w32_sink sink = {.native_long = native_long, .narrow = to, .capacity = capacity};
    w32_format(&sink, format, arguments);
    return sink.failed ? -1 : (long long)sink.length;
}

static int failed(int error) {
    errno = error;
    return -1;
}

/* swprintf: -1 when it does not fit, and what fits is terminated. */
int peerapi_vswprintf(WCHAR *to, size_t units, const WCHAR *format, va_list arguments) {
    if (!format || (!to && units)) {
        return failed(EINVAL);
    }
    long long length = into_wide(to, units, format, arguments);
    if (units) {
        to[length < 0 ? 0 : (size_t)length < units ? (size_t)length : units - 1] = 0;
    }
    return length < 0 ? failed(EINVAL) : (size_t)length >= units || length > INT_MAX ? failed(ERANGE) : (int)length;
}

int _vsnwprintf(WCHAR *to, size_t count, const WCHAR *format, va_list arguments) {
    if (!format || (!to && count)) {
        return failed(EINVAL);
    }
    long long length = into_wide(to, count, format, arguments);
    if (length >= 0 && (size_t)length < count) {
        to[length] = 0;
    }
    return length < 0 || length > INT_MAX || (size_t)length > count ? -1 : (int)length;
}

int _vsnprintf(char *to, size_t count, const char *format, va_list arguments) {
    if (!format || (!to && count)) {
        return failed(EINVAL);
    }
    long long length = into_narrow(to, count, FALSE, format, arguments);
    if (length >= 0 && (size_t)length < count) {
        to[length] = 0;
    }
    return length < 0 || length > INT_MAX || (size_t)length > count ? -1 : (int)length;
}

/* The ..._s forms: at most count units are wanted. More than that is cut and answers -1; when the array cannot even
 * hold those, the result is empty, unless count is _TRUNCATE, which means as many as the array holds. */

static int settled(size_t room, size_t count, long long length, size_t *end) {
    BOOL truncate = count == _TRUNCATE;
    size_t wanted = truncate ? room - 1 : count;
    *end = 0;
    if (length < 0) {
        return failed(EINVAL);
    }
    if ((size_t)length <= wanted && (size_t)length < room) {
        *end = (size_t)length;
        return (int)length;
    }
    if (wanted < room) {
        *end = wanted;
        return -1;
    }
    return failed(ERANGE);
}

int _vsnwprintf_s(WCHAR *to, size_t units, size_t count, const WCHAR *format, va_list arguments) {
    size_t end;
    if (!to || !units || !format) {
        return failed(EINVAL);
    }
    int result = settled(units, count, into_wide(to, units - 1, format, arguments), &end);
    to[end] = 0;
    return result;
}

int _vsnprintf_s(char *to, size_t bytes, size_t count, const char *format, va_list arguments) {
    size_t end;
    if (!to || !bytes || !format) {
        return failed(EINVAL);
    }
    int result = settled(bytes, count, into_narrow(to, bytes - 1, FALSE, format, arguments), &end);
    to[end] = 0;
    return result;
}

int vswprintf_s(WCHAR *to, size_t units, const WCHAR *format, va_list arguments) {
    return _vsnwprintf_s(to, units, (size_t)-2, format,
                         arguments); /* wants more than there can be: it fits or it fails */
}

int vsprintf_s(char *to, size_t bytes, const char *format, va_list arguments) {
    return _vsnprintf_s(to, bytes, (size_t)-2, format, arguments);
}

int _vscwprintf(const WCHAR *format, va_list arguments) {
    long long length = format ? into_wide(NULL, 0, format, arguments) : -1;
    return length < 0 || length > INT_MAX ? failed(EINVAL) : (int)length;
}

int _vscprintf(const char *format, va_list arguments) {
    long long length = format ? into_narrow(NULL, 0, FALSE, format, arguments) : -1;
    return length < 0 || length > INT_MAX ? failed(EINVAL) : (int)length;
}

/* The system's narrow functions, for programs with a 16-bit wchar_t. A format that needs nothing of ours is the
 * system's to print. */

static BOOL needs_us(const char *format) {
    while (format && (format = strchr(format, '%')) != NULL) {
        format++;
        format += strspn(format, "-+ #0'");
        format += strspn(format, "0123456789*.$");
        BOOL sized = strchr("lwh", *format) && *format;
        if (*format == 'I') {
            return TRUE;
        }
        format += strspn(format, "lwhjztqL");
        if (*format == 'S' || *format == 'C' || (sized && (*format == 's' || *format == 'c'))) {
            return TRUE;
        }
        format += *format != 0;
    }
    return FALSE;
}

int peerapi_vfprintf(FILE *stream, const char *format, va_list arguments) {
    return needs_us(format) ? print_narrow(stream, TRUE, format, arguments) : vfprintf(stream, format, arguments);
}

int peerapi_vsnprintf(char *to, size_t bytes, const char *format, va_list arguments) {
    if (!needs_us(format)) {
        return vsnprintf(to, bytes, format, arguments);
    }
    long long length = into_narrow(to, bytes ? bytes - 1 : 0, TRUE, format, arguments);
    if (bytes) {
        to[length < 0 ? 0 : (size_t)length < bytes ? (size_t)length : bytes - 1] = 0;
    }
    return length < 0 || length > INT_MAX ? failed(EINVAL) : (int)length;
}

int peerapi_vsprintf(char *to, const char *format, va_list arguments) {
    return peerapi_vsnprintf(to, INT_MAX, format, arguments);
}

int peerapi_vprintf(const char *format, va_list arguments) { return peerapi_vfprintf(stdout, format, arguments); }

int peerapi_vwprintf(const WCHAR *format, va_list arguments) { return peerapi_vfwprintf(stdout, format, arguments); }
int vfwprintf_s(FILE *stream, const WCHAR *format, va_list arguments) {
    return peerapi_vfwprintf(stream, format, arguments);
}
int vwprintf_s(const WCHAR *format, va_list arguments) { return peerapi_vfwprintf(stdout, format, arguments); }
int vfprintf_s(FILE *stream, const char *format, va_list arguments) {
    return print_narrow(stream, FALSE, format, arguments);
}
int vprintf_s(const char *format, va_list arguments) { return print_narrow(stdout, FALSE, format, arguments); }

/* The forms with "...": each collects its arguments and calls the one with a va_list. */
#define COLLECTED(call)          \
    va_list arguments;           \
    va_start(arguments, format); \
    int result = call;           \
    va_end(arguments);           \
    return result

int peerapi_wprintf(const WCHAR *format, ...) { COLLECTED(peerapi_vfwprintf(stdout, format, arguments)); }
int peerapi_fwprintf(FILE *stream, const WCHAR *format, ...) {
    COLLECTED(peerapi_vfwprintf(stream, format, arguments));
}
int wprintf_s(const WCHAR *format, ...) { COLLECTED(peerapi_vfwprintf(stdout, format, arguments)); }
int fwprintf_s(FILE *stream, const WCHAR *format, ...) { COLLECTED(peerapi_vfwprintf(stream, format, arguments)); }

int peerapi_swprintf(WCHAR *to, size_t units, const WCHAR *format, ...) {
    COLLECTED(peerapi_vswprintf(to, units, format, arguments));
}

int _swprintf(WCHAR *to, const WCHAR *format, ...) { COLLECTED(peerapi_vswprintf(to, INT_MAX, format, arguments)); }
int swprintf_s(WCHAR *to, size_t units, const WCHAR *format, ...) {
    COLLECTED(vswprintf_s(to, units, format, arguments));
}
int _snwprintf(WCHAR *to, size_t count, const WCHAR *format, ...) {
    COLLECTED(_vsnwprintf(to, count, format, arguments));
}

int _snwprintf_s(WCHAR *to, size_t units, size_t count, const WCHAR *format, ...) {
    COLLECTED(_vsnwprintf_s(to, units, count, format, arguments));
}

int _scwprintf(const WCHAR *format, ...) { COLLECTED(_vscwprintf(format, arguments)); }

int printf_s(const char *format, ...) { COLLECTED(print_narrow(stdout, FALSE, format, arguments)); }
int fprintf_s(FILE *stream, const char *format, ...) { COLLECTED(print_narrow(stream, FALSE, format, arguments)); }
int sprintf_s(char *to, size_t bytes, const char *format, ...) { COLLECTED(vsprintf_s(to, bytes, format, arguments)); }
int _snprintf(char *to, size_t count, const char *format, ...) { COLLECTED(_vsnprintf(to, count, format, arguments)); }

int _snprintf_s(char *to, size_t bytes, size_t count, const char *format, ...) {
    COLLECTED(_vsnprintf_s(to, bytes, count, format, arguments));
}

int _scprintf(const char *format, ...) { COLLECTED(_vscprintf(format, arguments)); }

int peerapi_printf(const char *format, ...) { COLLECTED(peerapi_vfprintf(stdout, format, arguments)); }
int peerapi_fprintf(FILE *stream, const char *format, ...) { COLLECTED(peerapi_vfprintf(stream, format, arguments)); }
int peerapi_sprintf(char *to, const char *format, ...) { COLLECTED(peerapi_vsprintf(to, format, arguments)); }

int peerapi_snprintf(char *to, size_t bytes, const char *format, ...) {
    COLLECTED(peerapi_vsnprintf(to, bytes, format, arguments));
}
