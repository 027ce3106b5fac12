/* win32_scanf.c - scanf formats with the meaning they have on Windows. */
#include "win32_scan.h"

#include <errno.h>

/* Formats. A format is read through the same structure as text. */

static int look(const struct source *format, int ahead) {
    for (int index = 0; index < ahead; index++) {
        if (!(format->is_wide ? format->wide[index] : format->narrow[index])) {
            return 0;
        }
    }
    return format->is_wide ? format->wide[ahead] : format->narrow[ahead];
}

static void skip(struct source *format, size_t units) {
    format->wide += format->is_wide ? units : 0;
    format->narrow += format->is_wide ? 0 : units;
}

static void read_size(struct source *format, struct spec *spec) {
    int first = look(format, 0), second = look(format, 1), third = look(format, 2);
    if (first == 'h') {
        spec->size = second == 'h' ? CHAR_SIZE : SHORT_SIZE;
        skip(format, second == 'h' ? 2 : 1);
    } else if (first == 'l') {
        spec->size = second == 'l' ? QUAD_SIZE : LONG_SIZE;
        skip(format, second == 'l' ? 2 : 1);
    } else if (first == 'I' && second == '3' && third == '2') {
        skip(format, 3);
    } else if (first == 'I') {
        spec->size = QUAD_SIZE;
        skip(format, second == '6' && third == '4' ? 3 : 1);
    } else if (first == 'j' || first == 'z' || first == 't') {
        spec->size = QUAD_SIZE;
        skip(format, 1);
    } else if (first == 'w' || first == 'L') {
        spec->size = first == 'w' ? WIDE_SIZE : LONG_DOUBLE_SIZE;
        skip(format, 1);
    }
}

static struct set read_set(struct source *format) {
    struct set set = {.format = format};
    if (look(format, 0) == '^') {
        set.inverted = TRUE;
        skip(format, 1);
    }
    set.start = format->is_wide ? (const void *)format->wide : (const void *)format->narrow;
    while (look(format, 0) && (look(format, 0) != ']' || set.length == 0)) {
        set.length++;
        skip(format, 1);
    }
    skip(format, look(format, 0) == ']');
    return set;
}

/* One conversion. TRUE when it matched; *counts tells whether it is one of those the result counts. */
static BOOL convert(struct source *source, struct source *format, struct spec *spec, struct arguments *arguments,
                    BOOL *counts) {
    struct set set;
    *counts = !spec->discard;
    switch (spec->conversion) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
    case 'p':
        return w32_scan_integer(source, spec, arguments);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return w32_scan_float(source, spec, arguments);
    case 's':
    case 'S':
    case 'c':
    case 'C':
        return w32_scan_string(source, spec, NULL, arguments);
    case '[':
        set = read_set(format);
        spec->conversion = 's';
        return w32_scan_string(source, spec, &set, arguments);
    case 'n':
        *counts = FALSE;
        if (!spec->discard) {
            *va_arg(arguments->list, int *) = (int)source->taken;
        }
        return TRUE;
    default: {
        int unit = w32_scan_next(source);
        *counts = FALSE;
        if (unit != spec->conversion) {
            w32_scan_back(source, unit);
        }
        return unit == spec->conversion;
    }
    }
}

static int scan(struct source *source, const void *format_text, BOOL checked, va_list list) {
    struct source format = {.is_wide = source->is_wide, .wide = format_text, .narrow = format_text};
    struct arguments arguments;
    int assigned = 0;
    BOOL matched = TRUE, began = FALSE;
    va_copy(arguments.list, list);
    while (matched && look(&format, 0)) {
        int expected = look(&format, 0);
        skip(&format, 1);
        if (w32_scan_is_blank(expected)) {
            w32_scan_skip_blanks(source);
            continue;
        }
        struct spec spec = {.checked = checked, .conversion = expected};
        if (expected == '%') {
            if (look(&format, 0) == '*') {
                spec.discard = TRUE;
                skip(&format, 1);
            }
            for (; look(&format, 0) >= '0' && look(&format, 0) <= '9'; skip(&format, 1)) {
                spec.width = spec.width < 100000000 ? spec.width * 10 + look(&format, 0) - '0' : spec.width;
            }
            read_size(&format, &spec);
            spec.conversion = look(&format, 0);
            skip(&format, spec.conversion != 0);
        }
        BOOL counts = FALSE;
        if (expected != '%') {
            int unit = w32_scan_next(source);
            matched = unit == expected;
            if (!matched) {
                w32_scan_back(source, unit);
                began = began || unit != NOTHING;
            }
            continue;
        }
        if (spec.conversion != '[' && spec.conversion != 'n' && (spec.conversion | 0x20) != 'c') {
            w32_scan_skip_blanks(source);
        }
        int first = w32_scan_next(source);
        w32_scan_back(source, first);
        began = began || first != NOTHING;
        matched = (first != NOTHING || spec.conversion == 'n') && convert(source, &format, &spec, &arguments, &counts);
        assigned += matched && counts;
    }
    va_end(arguments.list);
    return assigned || began || matched ? assigned : EOF;
}

static int scan_text(BOOL is_wide, const void *text, const void *format, BOOL checked, va_list arguments) {
    if (!text || !format) {
        errno = EINVAL;
        return EOF;
    }
    struct source source = {.is_wide = is_wide, .wide = text, .narrow = text};
    return scan(&source, format, checked, arguments);
}

static int scan_stream(BOOL is_wide, FILE *stream, const void *format, BOOL checked, va_list arguments) {
    if (!stream || !format) {
        errno = EINVAL;
        return EOF;
    }
    struct source source = {.is_wide = is_wide, .stream = stream};
    flockfile(stream);
    int assigned = scan(&source, format, checked, arguments);
    funlockfile(stream);
    return assigned;
}

int peerapi_vswscanf(const WCHAR *text, const WCHAR *format, va_list arguments) {
    return scan_text(TRUE, text, format, FALSE, arguments);
}

int peerapi_vfwscanf(FILE *stream, const WCHAR *format, va_list arguments) {
    return scan_stream(TRUE, stream, format, FALSE, arguments);
}

int peerapi_vwscanf(const WCHAR *format, va_list arguments) {
    return scan_stream(TRUE, stdin, format, FALSE, arguments);
}

#define COLLECTED(call)          \
    va_list arguments;           \
    va_start(arguments, format); \
    int result = call;           \
    va_end(arguments);           \
    return result

int peerapi_wscanf(const WCHAR *format, ...) { COLLECTED(scan_stream(TRUE, stdin, format, FALSE, arguments)); }
int peerapi_fwscanf(FILE *stream, const WCHAR *format, ...) {
    COLLECTED(scan_stream(TRUE, stream, format, FALSE, arguments));
}
int peerapi_swscanf(const WCHAR *text, const WCHAR *format, ...) {
    COLLECTED(scan_text(TRUE, text, format, FALSE, arguments));
}
int wscanf_s(const WCHAR *format, ...) { COLLECTED(scan_stream(TRUE, stdin, format, TRUE, arguments)); }
int fwscanf_s(FILE *stream, const WCHAR *format, ...) { COLLECTED(scan_stream(TRUE, stream, format, TRUE, arguments)); }
int swscanf_s(const WCHAR *text, const WCHAR *format, ...) {
    COLLECTED(scan_text(TRUE, text, format, TRUE, arguments));
}
int scanf_s(const char *format, ...) { COLLECTED(scan_stream(FALSE, stdin, format, TRUE, arguments)); }
int fscanf_s(FILE *stream, const char *format, ...) { COLLECTED(scan_stream(FALSE, stream, format, TRUE, arguments)); }
int sscanf_s(const char *text, const char *format, ...) { COLLECTED(scan_text(FALSE, text, format, TRUE, arguments)); }
