/* win32_format.c - printf formats with the meaning they have on Windows, for wide and for narrow output.
 *
 * The two differ in what plain %s and %c take: what the format itself is made of. %S and %C take the other kind; h, l
 * and w say which. Widths and precisions count units of the output. */
#include "win32_print.h"

#include <stdlib.h>

enum size { PLAIN, CHAR_SIZE, SHORT_SIZE, LONG_SIZE, WIDE_SIZE, QUAD_SIZE, LONG_DOUBLE_SIZE };

struct spec {
    BOOL left, plus, space, alternate, zero;
    int width;
    int precision; /* -1: none given */
    enum size size;
    unsigned conversion;
};

/* va_list is an array type; inside a structure it can be passed by address without surprises. */
struct arguments {
    va_list list;
};

static void put(struct w32_sink *sink, unsigned unit) {
    if (sink->length < sink->capacity) {
        if (sink->is_wide) {
            sink->wide[sink->length] = (WCHAR)unit;
        } else {
            sink->narrow[sink->length] = (char)unit;
        }
    }
    sink->length++;
}

static void pad(struct w32_sink *sink, unsigned unit, long long count) {
    for (; count > 0; count--) {
        put(sink, unit);
    }
}

static void put_ascii(struct w32_sink *sink, const char *text, size_t length) {
    for (size_t index = 0; index < length; index++) {
        put(sink, (unsigned char)text[index]);
    }
}

/* Numbers. */

static unsigned long long unsigned_argument(const struct w32_sink *sink, const struct spec *spec,
                                            struct arguments *arguments) {
    switch (spec->size) {
    case QUAD_SIZE:
        return va_arg(arguments->list, unsigned long long);
    case LONG_SIZE:
        return sink->native_long ? va_arg(arguments->list, unsigned long) : va_arg(arguments->list, unsigned);
    case SHORT_SIZE:
        return (unsigned short)va_arg(arguments->list, unsigned);
    case CHAR_SIZE:
        return (unsigned char)va_arg(arguments->list, unsigned);
    default:
        return va_arg(arguments->list, unsigned);
    }
}

static long long signed_argument(const struct w32_sink *sink, const struct spec *spec, struct arguments *arguments) {
    unsigned long long value = unsigned_argument(sink, spec, arguments);
    switch (spec->size) {
    case QUAD_SIZE:
        return (long long)value;
    case LONG_SIZE:
        return sink->native_long ? (long long)value : (int)value;
    case SHORT_SIZE:
        return (short)value;
    case CHAR_SIZE:
        return (signed char)value;
    default:
        return (int)value;
    }
}

static void put_integer(struct w32_sink *sink, const struct spec *spec, unsigned long long value, const char *sign) {
    char digits[64];
    int count = 0;
    unsigned base = spec->conversion == 'o' ? 8 : (spec->conversion | 0x20) == 'x' ? 16 : 10;
    const char *alphabet = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = spec->alternate && base == 16 && value ? (spec->conversion == 'X' ? "0X" : "0x") : sign;
    for (; value; value /= base) {
        digits[count++] = alphabet[value % base];
    }
    int wanted = spec->precision < 0 ? 1 : spec->precision;
    if (spec->alternate && base == 8 && wanted <= count) {
        wanted = count + 1;
    }
    long long zeros = wanted > count ? wanted - count : 0;
    long long blanks = spec->width - (zeros + count + (long long)strlen(prefix));
    if (spec->zero && !spec->left && spec->precision < 0 && blanks > 0) {
        zeros += blanks;
        blanks = 0;
    }
    pad(sink, ' ', spec->left ? 0 : blanks);
    put_ascii(sink, prefix, strlen(prefix));
    pad(sink, '0', zeros);
    while (count) {
        put(sink, (unsigned char)digits[--count]);
    }
    pad(sink, ' ', spec->left ? blanks : 0);
}

static void put_signed(struct w32_sink *sink, const struct spec *spec, struct arguments *arguments) {
    long long value = signed_argument(sink, spec, arguments);
    const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->space ? " " : "";
    put_integer(sink, spec, value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value, sign);
}

static void put_pointer(struct w32_sink *sink, const struct spec *spec, struct arguments *arguments) {
    struct spec hexadecimal = {.left = spec->left, .width = spec->width, .precision = 16, .conversion = 'X'};
    put_integer(sink, &hexadecimal, (uintptr_t)va_arg(arguments->list, void *), "");
}

/* The system formats floats; its result is ASCII and takes flags, width and precision as they are. */
static void put_float(struct w32_sink *sink, const struct spec *spec, struct arguments *arguments) {
    char format[16], stack[128], *text = stack;
    snprintf(format, sizeof format, "%%%s%s%s%s%s*.*%s%c", spec->left ? "-" : "", spec->plus ? "+" : "",
             spec->space ? " " : "", spec->alternate ? "#" : "", spec->zero ? "0" : "",
             spec->size == LONG_DOUBLE_SIZE ? "L" : "", (char)spec->conversion);
    long double extended = 0;
    double value = 0;
    if (spec->size == LONG_DOUBLE_SIZE) {
        extended = va_arg(arguments->list, long double);
    } else {
        value = va_arg(arguments->list, double);
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define FORMAT(to, room)                                                                                 \
    (spec->size == LONG_DOUBLE_SIZE ? snprintf(to, room, format, spec->width, spec->precision, extended) \
                                    : snprintf(to, room, format, spec->width, spec->precision, value))
    int length = FORMAT(stack, sizeof stack);
    if (length >= (int)sizeof stack) {
        text = malloc((size_t)length + 1);
        length = text ? FORMAT(text, (size_t)length + 1) : -1;
    }
#undef FORMAT
#pragma GCC diagnostic pop
    if (length < 0) {
        sink->failed = TRUE;
    } else {
        put_ascii(sink, text, (size_t)length);
    }
    if (text != stack) {
        free(text);
    }
}

/* Strings. A zero ends every string here, and neither decoder looks past one, so no end need be known beforehand. */
#define NO_END UINTPTR_MAX

/* Units the sink would get from a string of the other encoding, at most limit and no part of a character. With a sink
 * it gets them. */
static long long convert(struct w32_sink *sink, BOOL to_wide, const void *text, long long limit, BOOL really) {
    const char *narrow = text;
    const WCHAR *wide = text;
    long long total = 0;
    while (to_wide ? *narrow != 0 : *wide != 0) {
        WCHAR units[2];
        char bytes[4];
        uint32_t point = to_wide ? w32_next_utf8(&narrow, (const char *)NO_END)
                                 : w32_next_utf16(&wide, (const WCHAR *)NO_END);
        point = point == W32_MALFORMED ? W32_REPLACEMENT : point;
        int count = to_wide ? w32_put_utf16(point, units) : w32_put_utf8(point, bytes);
        if (total + count > limit) {
            break;
        }
        total += count;
        for (int index = 0; really && index < count; index++) {
            put(sink, to_wide ? units[index] : (unsigned char)bytes[index]);
        }
    }
    return total;
}

static void put_string(struct w32_sink *sink, const struct spec *spec, const void *text, BOOL is_wide) {
    static const WCHAR wide_null[] = {'(', 'n', 'u', 'l', 'l', ')', 0};
    if (!text) {
        text = is_wide ? (const void *)wide_null : "(null)";
    }
    long long limit = spec->precision < 0 ? INT64_MAX : spec->precision;
    long long length;
    if (is_wide != sink->is_wide) {
        length = convert(sink, sink->is_wide, text, limit, FALSE);
    } else {
        length = (long long)(is_wide ? w32_bounded_length(text, (size_t)limit) : strnlen(text, (size_t)limit));
    }
    pad(sink, spec->zero && !spec->left ? '0' : ' ', spec->left ? 0 : spec->width - length);
    if (is_wide != sink->is_wide) {
        convert(sink, sink->is_wide, text, limit, TRUE);
    } else {
        for (long long index = 0; index < length; index++) {
            put(sink, is_wide ? ((const WCHAR *)text)[index] : ((const unsigned char *)text)[index]);
        }
    }
    pad(sink, ' ', spec->left ? spec->width - length : 0);
}

static void put_character(struct w32_sink *sink, const struct spec *spec, unsigned unit, BOOL is_wide) {
    long long blanks = spec->width - 1ll;
    char bytes[4];
    int count = 1;
    if (is_wide && !sink->is_wide) {
        count = w32_put_utf8(unit >= 0xd800 && unit <= 0xdfff ? W32_REPLACEMENT : (WCHAR)unit, bytes);
        blanks = spec->width - (long long)count;
    }
    pad(sink, ' ', spec->left ? 0 : blanks);
    if (is_wide && !sink->is_wide) {
        put_ascii(sink, bytes, (size_t)count);
    } else if (!is_wide && sink->is_wide) {
        put(sink, (unsigned char)unit < 0x80 ? (unsigned char)unit : W32_REPLACEMENT);
    } else {
        put(sink, unit);
    }
    pad(sink, ' ', spec->left ? blanks : 0);
}

/* h means narrow, l and w mean wide; else lower case takes the sink's own kind and upper case the other. */
static BOOL takes_wide(const struct w32_sink *sink, const struct spec *spec) {
    if (spec->size == SHORT_SIZE || spec->size == LONG_SIZE || spec->size == WIDE_SIZE) {
        return spec->size != SHORT_SIZE;
    }
    return (spec->conversion == 's' || spec->conversion == 'c') == (sink->is_wide != 0);
}

static void put_argument(struct w32_sink *sink, const struct spec *spec, struct arguments *arguments) {
    switch (spec->conversion) {
    case 'd':
    case 'i':
        put_signed(sink, spec, arguments);
        break;
    case 'u':
    case 'o':
    case 'x':
    case 'X':
        put_integer(sink, spec, unsigned_argument(sink, spec, arguments), "");
        break;
    case 'p':
        put_pointer(sink, spec, arguments);
        break;
    case 's':
    case 'S':
        put_string(sink, spec, va_arg(arguments->list, const void *), takes_wide(sink, spec));
        break;
    case 'c':
    case 'C':
        put_character(sink, spec, va_arg(arguments->list, unsigned), takes_wide(sink, spec));
        break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case 'a':
    case 'A':
        put_float(sink, spec, arguments);
        break;
    case 'n': /* disabled on Windows too: it writes to memory a format has no business with */
        (void)va_arg(arguments->list, void *);
        sink->failed = TRUE;
        break;
    default:
        put(sink, spec->conversion); /* %% and what is no conversion at all */
        break;
    }
}

/* Formats. */

struct cursor {
    BOOL is_wide;
    const WCHAR *wide;
    const unsigned char *narrow;
};

static unsigned look(const struct cursor *at, int ahead) {
    for (int index = 0; index < ahead; index++) {
        if (!(at->is_wide ? at->wide[index] : at->narrow[index])) {
            return 0;
        }
    }
    return at->is_wide ? at->wide[ahead] : at->narrow[ahead];
}

static void skip(struct cursor *at, int units) {
    at->wide += at->is_wide ? units : 0;
    at->narrow += at->is_wide ? 0 : units;
}

static void read_flags(struct cursor *at, struct spec *spec) {
    for (;; skip(at, 1)) {
        switch (look(at, 0)) {
        case '-':
            spec->left = TRUE;
            break;
        case '+':
            spec->plus = TRUE;
            break;
        case ' ':
            spec->space = TRUE;
            break;
        case '#':
            spec->alternate = TRUE;
            break;
        case '0':
            spec->zero = TRUE;
            break;
        default:
            return;
        }
    }
}

static int read_number(struct cursor *at, struct arguments *arguments) {
    if (look(at, 0) == '*') {
        skip(at, 1);
        return va_arg(arguments->list, int);
    }
    long long number = 0;
    for (; look(at, 0) >= '0' && look(at, 0) <= '9'; skip(at, 1)) {
        number = number * 10 + (look(at, 0) - '0');
        number = number > INT_MAX ? INT_MAX : number;
    }
    return (int)number;
}

static void read_size(struct cursor *at, struct spec *spec) {
    unsigned first = look(at, 0), second = look(at, 1), third = look(at, 2);
    int units = 1;
    if (first == 'h') {
        spec->size = second == 'h' ? CHAR_SIZE : SHORT_SIZE;
        units = second == 'h' ? 2 : 1;
    } else if (first == 'l') {
        spec->size = second == 'l' ? QUAD_SIZE : LONG_SIZE;
        units = second == 'l' ? 2 : 1;
    } else if (first == 'I' && second == '3' && third == '2') {
        spec->size = PLAIN;
        units = 3;
    } else if (first == 'I') {
        spec->size = QUAD_SIZE;
        units = second == '6' && third == '4' ? 3 : 1;
    } else if (first == 'j' || first == 'z' || first == 't') {
        spec->size = QUAD_SIZE;
    } else if (first == 'w') {
        spec->size = WIDE_SIZE;
    } else if (first == 'L') {
        spec->size = LONG_DOUBLE_SIZE;
    } else {
        units = 0;
    }
    skip(at, units);
}

void w32_format(struct w32_sink *sink, const void *format, va_list list) {
    struct cursor at = {sink->is_wide, format, format};
    struct arguments arguments;
    va_copy(arguments.list, list);
    for (unsigned unit; (unit = look(&at, 0)) != 0;) {
        skip(&at, 1);
        if (unit != '%') {
            put(sink, unit);
            continue;
        }
        struct spec spec = {.precision = -1};
        read_flags(&at, &spec);
        spec.width = read_number(&at, &arguments);
        if (spec.width < 0) {
            spec.left = TRUE;
            spec.width = spec.width == INT_MIN ? INT_MAX : -spec.width;
        }
        if (look(&at, 0) == '.') {
            skip(&at, 1);
            spec.precision = read_number(&at, &arguments);
        }
        read_size(&at, &spec);
        spec.conversion = look(&at, 0);
        if (!spec.conversion) {
            break;
        }
        skip(&at, 1);
        put_argument(sink, &spec, &arguments);
    }
    va_end(arguments.list);
}

WCHAR *w32_format_wide(WCHAR *room, size_t units, size_t *length, const WCHAR *format, va_list arguments) {
    struct w32_sink sink = {.is_wide = TRUE, .wide = room, .capacity = units};
    w32_format(&sink, format, arguments);
    if (sink.length > units && !sink.failed) {
        struct w32_sink larger = {
            .is_wide = TRUE, .wide = malloc(sink.length * sizeof(WCHAR)), .capacity = sink.length};
        if (!larger.wide) {
            return NULL;
        }
        w32_format(&larger, format, arguments);
        if (larger.failed) {
            free(larger.wide);
        }
        sink = larger;
    }
    *length = sink.length;
    return sink.failed ? NULL : sink.wide;
}

char *w32_format_narrow(char *room, size_t bytes, size_t *length, BOOL native_long, const char *format,
                        va_list arguments) {
    struct w32_sink sink = {.native_long = native_long, .narrow = room, .capacity = bytes};
    w32_format(&sink, format, arguments);
    if (sink.length > bytes && !sink.failed) {
        struct w32_sink larger = {.native_long = native_long, .narrow = malloc(sink.length), .capacity = sink.length};
        if (!larger.narrow) {
            return NULL;
        }
        w32_format(&larger, format, arguments);
        if (larger.failed) {
            free(larger.narrow);
        }
        sink = larger;
    }
    *length = sink.length;
    return sink.failed ? NULL : sink.narrow;
}
