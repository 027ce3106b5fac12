/* win32_scanf.c - scanf formats with the meaning they have on Windows, over text or a stream, wide or narrow. */
#include "win32_print.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define NOTHING (-1) /* no further unit */

struct source {
    BOOL is_wide;
    FILE *stream; /* NULL: text */
    const WCHAR *wide;
    const unsigned char *narrow;
    long long taken;
};

enum size { PLAIN, CHAR_SIZE, SHORT_SIZE, LONG_SIZE, WIDE_SIZE, QUAD_SIZE, LONG_DOUBLE_SIZE };

struct spec {
    BOOL discard, checked; /* checked: string conversions are followed by the size of their room */
    long long width;
    enum size size;
    int conversion;
};

struct arguments {
    va_list list;
};

static int next(struct source *source) {
    long long unit;
    if (source->stream) {
        unit = source->is_wide ? (int)peerapi_fgetwc(source->stream) : getc(source->stream);
    } else {
        unit = source->is_wide ? *source->wide : *source->narrow;
        if (unit == 0) {
            return NOTHING;
        }
        source->wide += source->is_wide != 0;
        source->narrow += source->is_wide == 0;
    }
    source->taken += unit >= 0;
    return unit < 0 ? NOTHING : (int)unit;
}

static void back(struct source *source, int unit) {
    if (unit == NOTHING) {
        return;
    }
    source->taken--;
    if (!source->stream) {
        source->wide -= source->is_wide != 0;
        source->narrow -= source->is_wide == 0;
    } else if (source->is_wide) {
        peerapi_ungetwc((unsigned)unit, source->stream);
    } else {
        ungetc(unit, source->stream);
    }
}

static BOOL is_blank(int unit) { return unit == ' ' || (unit >= '\t' && unit <= '\r'); }

static void skip_blanks(struct source *source) {
    int unit;
    do {
        unit = next(source);
    } while (is_blank(unit));
    back(source, unit);
}

/* The next unit if the width still allows one and it is one of these; else 0 and it stays. */
static int take_one_of(struct source *source, struct spec *spec, const char *set) {
    int unit = spec->width > 0 ? next(source) : NOTHING;
    if (unit > 0 && unit < 0x80 && strchr(set, unit)) {
        spec->width--;
        return unit;
    }
    back(source, unit);
    return 0;
}

/* Numbers. The text of one is gathered in ASCII; longer ones than any that mean something fail to match. */
struct number {
    char text[400];
    size_t length;
};

static BOOL gather(struct source *source, struct spec *spec, struct number *number, const char *set, BOOL repeatedly) {
    BOOL any = FALSE;
    int unit;
    while (number->length < sizeof number->text - 1 && (unit = take_one_of(source, spec, set)) != 0) {
        number->text[number->length++] = (char)unit;
        any = TRUE;
        if (!repeatedly) {
            break;
        }
    }
    number->text[number->length] = 0;
    return any;
}

static BOOL scan_integer(struct source *source, struct spec *spec, struct arguments *arguments) {
    struct number number = {.length = 0};
    int base = spec->conversion == 'o'                                                         ? 8
               : spec->conversion == 'x' || spec->conversion == 'X' || spec->conversion == 'p' ? 16
                                                                                               : 10;
    BOOL any = FALSE;
    if (spec->width == 0) {
        spec->width = INT64_MAX;
    }
    gather(source, spec, &number, "+-", FALSE);
    if (spec->conversion == 'i' || base == 16) {
        any = gather(source, spec, &number, "0", FALSE);
        if (any && gather(source, spec, &number, "xX", FALSE)) {
            base = 16;
            any = FALSE;
        } else if (any && spec->conversion == 'i') {
            base = 8;
        }
    }
    const char *digits = base == 8 ? "01234567" : base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
    if (!gather(source, spec, &number, digits, TRUE) && !any) {
        return FALSE;
    }
    if (spec->discard) {
        return TRUE;
    }
    unsigned long long value = number.text[0] == '-' ? (unsigned long long)strtoll(number.text, NULL, base)
                                                     : strtoull(number.text, NULL, base);
    void *to = va_arg(arguments->list, void *);
    if (spec->conversion == 'p' || spec->size == QUAD_SIZE) {
        *(unsigned long long *)to = value;
    } else if (spec->size == SHORT_SIZE) {
        *(unsigned short *)to = (unsigned short)value;
    } else if (spec->size == CHAR_SIZE) {
        *(unsigned char *)to = (unsigned char)value;
    } else {
        *(unsigned *)to = (unsigned)value;
    }
    return TRUE;
}

static BOOL scan_float(struct source *source, struct spec *spec, struct arguments *arguments) {
    struct number number = {.length = 0};
    if (spec->width == 0) {
        spec->width = INT64_MAX;
    }
    gather(source, spec, &number, "+-", FALSE);
    BOOL digits = gather(source, spec, &number, "0123456789", TRUE);
    if (gather(source, spec, &number, ".", FALSE)) {
        digits |= gather(source, spec, &number, "0123456789", TRUE);
    }
    if (!digits) {
        return FALSE;
    }
    if (gather(source, spec, &number, "eE", FALSE)) {
        gather(source, spec, &number, "+-", FALSE);
        gather(source, spec, &number, "0123456789", TRUE);
    }
    if (spec->discard) {
        return TRUE;
    }
    void *to = va_arg(arguments->list, void *);
    if (spec->size == LONG_DOUBLE_SIZE) {
        *(long double *)to = strtold(number.text, NULL);
    } else if (spec->size == LONG_SIZE) {
        *(double *)to = strtod(number.text, NULL);
    } else {
        *(float *)to = strtof(number.text, NULL);
    }
    return TRUE;
}

/* Strings. */

/* A set like [a-z] or [^]x], as it stands in the format: from the unit after the bracket up to the closing one. */
struct set {
    const struct source *format;
    const void *start;
    size_t length;
    BOOL inverted;
};

static unsigned set_unit(const struct set *set, size_t index) {
    return set->format->is_wide ? ((const WCHAR *)set->start)[index] : ((const unsigned char *)set->start)[index];
}

static BOOL is_in_set(const struct set *set, unsigned unit) {
    for (size_t index = 0; index < set->length; index++) {
        unsigned low = set_unit(set, index), high = low;
        if (index + 2 < set->length && set_unit(set, index + 1) == '-') {
            high = set_unit(set, index + 2);
            index += 2;
        }
        if (unit >= low && unit <= high) {
            return !set->inverted;
        }
    }
    return set->inverted;
}

static BOOL belongs(const struct spec *spec, const struct set *set, int unit) {
    if (unit == NOTHING) {
        return FALSE;
    }
    if (set) {
        return is_in_set(set, (unsigned)unit);
    }
    return (spec->conversion | 0x20) == 'c' || !is_blank(unit);
}

static BOOL takes_wide(const struct source *source, const struct spec *spec) {
    if (spec->size == SHORT_SIZE || spec->size == LONG_SIZE || spec->size == WIDE_SIZE) {
        return spec->size != SHORT_SIZE;
    }
    return (spec->conversion == 'S' || spec->conversion == 'C') ? !source->is_wide : source->is_wide;
}

/* Where the units go: room counts those still free. */
struct target {
    BOOL is_wide;
    WCHAR *wide;
    char *narrow;
    unsigned long long room;
};

static BOOL store(struct target *target, const void *units, unsigned count) {
    if (count > target->room) {
        return FALSE;
    }
    target->room -= count;
    if (target->is_wide) {
        memcpy(target->wide, units, count * sizeof(WCHAR));
        target->wide += count;
    } else {
        memcpy(target->narrow, units, count);
        target->narrow += count;
    }
    return TRUE;
}

/* Stores what was gathered in the source's encoding. */
static BOOL store_all(struct target *target, const struct source *source, const void *from, size_t count) {
    const WCHAR *wide = from, *wide_end = wide + count;
    const char *narrow = from, *narrow_end = narrow + count;
    BOOL fits = TRUE;
    while (fits && (source->is_wide ? wide < wide_end : narrow < narrow_end)) {
        WCHAR units[2];
        char bytes[4];
        if (source->is_wide && target->is_wide) {
            fits = store(target, wide++, 1);
            continue;
        }
        if (!source->is_wide && !target->is_wide) {
            fits = store(target, narrow++, 1);
            continue;
        }
        uint32_t point = source->is_wide ? w32_next_utf16(&wide, wide_end) : w32_next_utf8(&narrow, narrow_end);
        point = point == W32_MALFORMED ? W32_REPLACEMENT : point;
        fits = target->is_wide ? store(target, units, (unsigned)w32_put_utf16(point, units))
                               : store(target, bytes, (unsigned)w32_put_utf8(point, bytes));
    }
    return fits;
}

static BOOL scan_string(struct source *source, struct spec *spec, const struct set *set, struct arguments *arguments) {
    BOOL single = (spec->conversion | 0x20) == 'c' && !set;
    size_t unit_size = source->is_wide ? sizeof(WCHAR) : 1, count = 0, capacity = 0;
    unsigned char *gathered = NULL;
    if (spec->width == 0) {
        spec->width = single ? 1 : INT64_MAX;
    }
    while (spec->width-- > 0) {
        int unit = next(source);
        if (!belongs(spec, set, unit)) {
            back(source, unit);
            break;
        }
        if (spec->discard) {
            count++;
            continue;
        }
        if (count == capacity) {
            capacity = capacity ? capacity * 2 : 64;
            unsigned char *larger = realloc(gathered, capacity * unit_size);
            if (!larger) {
                free(gathered);
                return FALSE;
            }
            gathered = larger;
        }
        if (source->is_wide) {
            ((WCHAR *)(void *)gathered)[count++] = (WCHAR)unit;
        } else {
            gathered[count++] = (unsigned char)unit;
        }
    }
    if (count == 0 || spec->discard) {
        free(gathered);
        return count != 0;
    }
    void *to = va_arg(arguments->list, void *);
    struct target target = {takes_wide(source, spec), to, to, UINT64_MAX};
    if (spec->checked) {
        target.room = va_arg(arguments->list, unsigned);
    }
    BOOL ended = single, had_room = target.room > 0;
    target.room -= !ended && had_room; /* for the terminator */
    BOOL fits = had_room && store_all(&target, source, gathered, count);
    free(gathered);
    if (!fits && had_room) {
        target.wide = to;
        target.narrow = to;
        ended = FALSE;
    }
    if (had_room && !ended) {
        if (target.is_wide) {
            *target.wide = 0;
        } else {
            *target.narrow = 0;
        }
    }
    return fits;
}

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
        return scan_integer(source, spec, arguments);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        return scan_float(source, spec, arguments);
    case 's':
    case 'S':
    case 'c':
    case 'C':
        return scan_string(source, spec, NULL, arguments);
    case '[':
        set = read_set(format);
        spec->conversion = 's';
        return scan_string(source, spec, &set, arguments);
    case 'n':
        *counts = FALSE;
        if (!spec->discard) {
            *va_arg(arguments->list, int *) = (int)source->taken;
        }
        return TRUE;
    default: {
        int unit = next(source);
        *counts = FALSE;
        if (unit != spec->conversion) {
            back(source, unit);
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
        if (is_blank(expected)) {
            skip_blanks(source);
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
            int unit = next(source);
            matched = unit == expected;
            if (!matched) {
                back(source, unit);
                began = began || unit != NOTHING;
            }
            continue;
        }
        if (spec.conversion != '[' && spec.conversion != 'n' && (spec.conversion | 0x20) != 'c') {
            skip_blanks(source);
        }
        int first = next(source);
        back(source, first);
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
