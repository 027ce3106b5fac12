/* win32_wstdio.c - wide characters and lines from and to streams, which hold UTF-8 or UTF-16 (win32_stream.h). */
#include "win32_print.h"
#include "win32_stream.h"

#include <errno.h>
#include <stdlib.h>

#define END_OF_FILE 0xFFFFFFFFu /* WEOF */

/* Of a surrogate pair in a stream of UTF-8, per thread: the second half whose first was read, the first whose second is
 * not written. */
static __thread struct {
    FILE *stream;
    WCHAR unit;
} unread, unwritten;

static BOOL is_low(unsigned unit) { return unit >= 0xdc00 && unit <= 0xdfff; }
static BOOL is_high(unsigned unit) { return unit >= 0xd800 && unit <= 0xdbff; }

void w32_forget_halves(FILE *stream) {
    if (unread.stream == stream) {
        unread.stream = NULL;
    }
    if (unwritten.stream == stream) {
        unwritten.stream = NULL;
    }
}

/* Writing. */

static BOOL write_utf8(FILE *stream, const WCHAR *text, size_t length) {
    char stack[768], *bytes = stack;
    WCHAR joined[2];
    size_t used = 0;
    if ((length + 1) * 3 > sizeof stack) {
        bytes = malloc((length + 1) * 3);
        if (!bytes) {
            return FALSE;
        }
    }
    if (unwritten.stream == stream) {
        const WCHAR *pair = joined;
        joined[0] = unwritten.unit;
        joined[1] = text[0];
        unwritten.stream = NULL;
        uint32_t point = w32_next_utf16(&pair, joined + 2);
        used = (size_t)w32_put_utf8(point == W32_MALFORMED ? W32_REPLACEMENT : point, bytes);
        if (pair == joined + 2) {
            text++;
            length--;
        }
    }
    if (length && is_high(text[length - 1])) {
        unwritten.stream = stream;
        unwritten.unit = text[--length];
    }
    for (const WCHAR *end = text + length; text < end;) {
        uint32_t point = w32_next_utf16(&text, end);
        used += (size_t)w32_put_utf8(point == W32_MALFORMED ? W32_REPLACEMENT : point, bytes + used);
    }
    BOOL written = fwrite(bytes, 1, used, stream) == used;
    if (bytes != stack) {
        free(bytes);
    }
    return written;
}

static BOOL write_piece(FILE *stream, struct w32_stream_mode mode, const WCHAR *text, size_t length) {
    if (length == 0) {
        return TRUE;
    }
    return w32_holds_utf16(mode) ? fwrite(text, sizeof *text, length, stream) == length
                                 : write_utf8(stream, text, length);
}

BOOL w32_write_wide(FILE *stream, const WCHAR *text, size_t length) {
    struct w32_stream_mode mode = w32_stream_mode(stream);
    if (!mode.crlf) {
        return write_piece(stream, mode, text, length);
    }
    static const WCHAR line_end[] = {'\r', '\n'};
    BOOL good = TRUE;
    flockfile(stream);
    for (size_t line; good && length; text += line, length -= line) {
        for (line = 0; line < length && text[line] != '\n'; line++) {
        }
        good = write_piece(stream, mode, text, line);
        if (good && line < length) {
            good = write_piece(stream, mode, line_end, 2);
            line++;
        }
    }
    funlockfile(stream);
    return good;
}

/* Reading. */

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

/* One unit of UTF-16 as it stands in the file; half a unit at its end is the end. */
static unsigned read_unit(FILE *stream) {
    int low = getc(stream), high = low == EOF ? EOF : getc(stream);
    return high == EOF ? END_OF_FILE : (unsigned)high << 8 | (unsigned)low;
}

static BOOL unread_unit(unsigned unit, FILE *stream) {
    return ungetc((int)(unit >> 8 & 0xff), stream) != EOF && ungetc((int)(unit & 0xff), stream) != EOF;
}

/* The next unit, without a look at line ends. */
static unsigned next_unit(FILE *stream, struct w32_stream_mode mode) {
    WCHAR units[2];
    if (w32_holds_utf16(mode)) {
        return read_unit(stream);
    }
    if (unread.stream == stream) {
        unread.stream = NULL;
        return unread.unit;
    }
    uint32_t point = read_point(stream);
    if (point != END_OF_FILE && w32_put_utf16(point, units) == 2) {
        unread.stream = stream;
        unread.unit = units[1];
        return units[0];
    }
    return point;
}

static unsigned unget_unit(unsigned unit, FILE *stream, struct w32_stream_mode mode);

static unsigned get_unit(FILE *stream, struct w32_stream_mode mode) {
    flockfile(stream);
    unsigned unit = next_unit(stream, mode);
    if (unit == '\r' && mode.crlf) {
        unsigned next = next_unit(stream, mode);
        if (next == '\n') {
            unit = next;
        } else {
            unget_unit(next, stream, mode);
        }
    }
    funlockfile(stream);
    return unit;
}

unsigned peerapi_fgetwc(FILE *stream) { return get_unit(stream, w32_stream_mode(stream)); }
unsigned peerapi_getwc(FILE *stream) { return peerapi_fgetwc(stream); }
unsigned peerapi_getwchar(void) { return peerapi_fgetwc(stdin); }

static unsigned unget_unit(unsigned unit, FILE *stream, struct w32_stream_mode mode) {
    char bytes[4];
    if (unit == END_OF_FILE) {
        return END_OF_FILE;
    }
    if (w32_holds_utf16(mode)) {
        return unread_unit(unit, stream) ? unit : END_OF_FILE;
    }
    if (is_high(unit) && unread.stream != stream) {
        return END_OF_FILE;
    }
    if (is_low(unit)) {
        unread.stream = stream;
        unread.unit = (WCHAR)unit;
        return unit;
    }
    uint32_t point = (WCHAR)unit;
    if (is_high(unit)) {
        point = 0x10000 + ((unit - 0xd800) << 10 | (unread.unit - 0xdc00u));
        unread.stream = NULL;
    }
    for (int count = w32_put_utf8(point, bytes); count;) {
        if (ungetc((unsigned char)bytes[--count], stream) == EOF) {
            return END_OF_FILE;
        }
    }
    return unit;
}

unsigned peerapi_ungetwc(unsigned unit, FILE *stream) { return unget_unit(unit, stream, w32_stream_mode(stream)); }

unsigned peerapi_fputwc(WCHAR unit, FILE *stream) { return w32_write_wide(stream, &unit, 1) ? unit : END_OF_FILE; }
unsigned peerapi_putwc(WCHAR unit, FILE *stream) { return peerapi_fputwc(unit, stream); }
unsigned peerapi_putwchar(WCHAR unit) { return peerapi_fputwc(unit, stdout); }

WCHAR *peerapi_fgetws(WCHAR *to, int units, FILE *stream) {
    int have = 0;
    if (!to || units <= 0 || !stream) {
        errno = EINVAL;
        return NULL;
    }
    struct w32_stream_mode mode = w32_stream_mode(stream);
    while (have < units - 1) {
        unsigned unit = get_unit(stream, mode);
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
    static const WCHAR line_end = '\n';
    flockfile(stdout);
    int result = peerapi_fputws(text, stdout) == 0 && w32_write_wide(stdout, &line_end, 1) ? 0 : EOF;
    funlockfile(stdout);
    return result;
}

/* Whole elements. In a file opened with ccs= they are wide characters, whatever the file's encoding, as on Windows. */

static BOOL is_unicode(struct w32_stream_mode mode) { return mode.crlf; }

size_t peerapi_fread(void *to, size_t size, size_t count, FILE *stream) {
    struct w32_stream_mode mode = w32_stream_mode(stream);
    WCHAR *units = to;
    size_t wanted = size * count / sizeof *units, have = 0;
    if (!is_unicode(mode)) {
        return fread(to, size, count, stream);
    }
    if (size && (count > (size_t)-1 / size || size * count % sizeof *units)) {
        errno = EINVAL;
        return 0;
    }
    for (unsigned unit; have < wanted && (unit = get_unit(stream, mode)) != END_OF_FILE;) {
        units[have++] = (WCHAR)unit;
    }
    return size ? have * sizeof *units / size : 0;
}

size_t peerapi_fwrite(const void *from, size_t size, size_t count, FILE *stream) {
    if (!is_unicode(w32_stream_mode(stream))) {
        return fwrite(from, size, count, stream);
    }
    if (size && (count > (size_t)-1 / size || size * count % sizeof(WCHAR))) {
        errno = EINVAL;
        return 0;
    }
    return w32_write_wide(stream, from, size * count / sizeof(WCHAR)) ? count : 0;
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
