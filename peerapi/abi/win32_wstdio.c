/* win32_wstdio.c - wide characters and lines from and to streams, which hold UTF-8; files by wide names. */
#include "win32_print.h"

#include <errno.h>
#include <stdlib.h>

#define END_OF_FILE 0xFFFFFFFFu /* WEOF */

/* The second half of a surrogate pair whose first half has been read from this stream, per thread. */
static __thread struct {
    FILE *stream;
    WCHAR low;
} left_over;

static BOOL is_low(unsigned unit) { return unit >= 0xdc00 && unit <= 0xdfff; }
static BOOL is_high(unsigned unit) { return unit >= 0xd800 && unit <= 0xdbff; }

/* One character, or U+FFFD for malformed bytes; the bytes that do not belong to it are put back. */
static uint32_t read_point(FILE *stream) {
    char bytes[4];
    const char *at = bytes;
    int first = getc(stream);
    if (first == EOF) {
        return END_OF_FILE;
    }
    int wanted = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1;
    int have = 1;
    bytes[0] = (char)first;
    while (have < wanted) {
        int next = getc(stream);
        if (next < 0x80 || next > 0xbf) { /* EOF is negative */
            if (next != EOF) {
                ungetc(next, stream);
            }
            break;
        }
        bytes[have++] = (char)next;
    }
    uint32_t point = w32_next_utf8(&at, bytes + have);
    while (bytes + have > at) {
        ungetc((unsigned char)bytes[--have], stream);
    }
    return point == W32_MALFORMED ? W32_REPLACEMENT : point;
}

unsigned peerapi_fgetwc(FILE *stream) {
    WCHAR units[2];
    if (left_over.stream == stream) {
        left_over.stream = NULL;
        return left_over.low;
    }
    flockfile(stream);
    uint32_t point = read_point(stream);
    funlockfile(stream);
    if (point != END_OF_FILE && w32_put_utf16(point, units) == 2) {
        left_over.stream = stream;
        left_over.low = units[1];
        return units[0];
    }
    return point;
}

unsigned peerapi_getwc(FILE *stream) { return peerapi_fgetwc(stream); }
unsigned peerapi_getwchar(void) { return peerapi_fgetwc(stdin); }

unsigned peerapi_ungetwc(unsigned unit, FILE *stream) {
    char bytes[4];
    if (unit == END_OF_FILE || (is_high(unit) && left_over.stream != stream)) {
        return END_OF_FILE;
    }
    if (is_low(unit)) {
        left_over.stream = stream;
        left_over.low = (WCHAR)unit;
        return unit;
    }
    uint32_t point = (WCHAR)unit;
    if (is_high(unit)) {
        point = 0x10000 + ((unit - 0xd800) << 10 | (left_over.low - 0xdc00u));
        left_over.stream = NULL;
    }
    for (int count = w32_put_utf8(point, bytes); count;) {
        if (ungetc((unsigned char)bytes[--count], stream) == EOF) {
            return END_OF_FILE;
        }
    }
    return unit;
}

unsigned peerapi_fputwc(WCHAR unit, FILE *stream) { return w32_write_wide(stream, &unit, 1) ? unit : END_OF_FILE; }
unsigned peerapi_putwc(WCHAR unit, FILE *stream) { return peerapi_fputwc(unit, stream); }
unsigned peerapi_putwchar(WCHAR unit) { return peerapi_fputwc(unit, stdout); }

WCHAR *peerapi_fgetws(WCHAR *to, int units, FILE *stream) {
    int have = 0;
    if (!to || units <= 0 || !stream) {
        errno = EINVAL;
        return NULL;
    }
    while (have < units - 1) {
        unsigned unit = peerapi_fgetwc(stream);
        if (unit == END_OF_FILE) {
            break;
        }
        to[have++] = (WCHAR)unit;
        if (unit == '\n') {
            break;
        }
    }
    if (have == 0 && units > 1) {
        return NULL;
    }
    to[have] = 0;
    return to;
}

int peerapi_fputws(const WCHAR *text, FILE *stream) { return w32_write_wide(stream, text, w32_length(text)) ? 0 : EOF; }

int _putws(const WCHAR *text) {
    flockfile(stdout);
    int result = peerapi_fputws(text, stdout) == 0 && putc('\n', stdout) != EOF ? 0 : EOF;
    funlockfile(stdout);
    return result;
}

/* Streams have no orientation here: every one takes both kinds of calls. */
int peerapi_fwide(FILE *stream, int mode) {
    (void)stream;
    return mode;
}

/* A line without its end; empty with ERANGE when it does not fit, and then the rest of the line is gone too. */

WCHAR *_getws_s(WCHAR *to, size_t units) {
    size_t have = 0;
    BOOL any = FALSE, fits = TRUE;
    if (!to || !units) {
        errno = EINVAL;
        return NULL;
    }
    for (unsigned unit; (unit = peerapi_fgetwc(stdin)) != END_OF_FILE;) {
        any = TRUE;
        if (unit == '\n') {
            break;
        }
        fits = fits && have + 1 < units;
        if (fits) {
            to[have++] = (WCHAR)unit;
        }
    }
    to[fits ? have : 0] = 0;
    if (!fits) {
        errno = ERANGE;
    }
    return any && fits ? to : NULL;
}

char *gets_s(char *to, size_t bytes) {
    size_t have = 0;
    BOOL any = FALSE, fits = TRUE;
    if (!to || !bytes) {
        errno = EINVAL;
        return NULL;
    }
    for (int byte; (byte = getchar()) != EOF;) {
        any = TRUE;
        if (byte == '\n') {
            break;
        }
        fits = fits && have + 1 < bytes;
        if (fits) {
            to[have++] = (char)byte;
        }
    }
    to[fits ? have : 0] = 0;
    if (!fits) {
        errno = ERANGE;
    }
    return any && fits ? to : NULL;
}

/* Files. The mode may end in ", ccs=UTF-8" and contain t or b, which say nothing new here. */

errno_t fopen_s(FILE **stream, const char *path, const char *mode) {
    char plain[8];
    size_t used = 0;
    if (!stream) {
        return errno = EINVAL;
    }
    *stream = NULL;
    if (!path || !mode) {
        return errno = EINVAL;
    }
    for (; *mode && *mode != ',' && used < sizeof plain - 1; mode++) {
        if (*mode != 't' && *mode != ' ') {
            plain[used++] = *mode;
        }
    }
    plain[used] = 0;
    *stream = fopen(path, plain);
    return *stream ? 0 : errno;
}

errno_t _wfopen_s(FILE **stream, const WCHAR *path, const WCHAR *mode) {
    char *narrow_path = path ? w32_utf8_of(path) : NULL;
    char *narrow_mode = mode ? w32_utf8_of(mode) : NULL;
    errno_t error = fopen_s(stream, narrow_path, narrow_mode);
    free(narrow_path);
    free(narrow_mode);
    return errno = error;
}

FILE *_wfopen(const WCHAR *path, const WCHAR *mode) {
    FILE *stream;
    return _wfopen_s(&stream, path, mode) ? NULL : stream;
}
