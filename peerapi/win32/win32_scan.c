/* win32_scan.c - the values that scanf finds in a text or a stream, wide or narrow: numbers and strings. */
#include "win32_scan.h"

#include <stdlib.h>

int w32_scan_next(struct source *source) {
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

void w32_scan_back(struct source *source, int unit) {
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

BOOL w32_scan_is_blank(int unit) { return unit == ' ' || (unit >= '\t' && unit <= '\r'); }

void w32_scan_skip_blanks(struct source *source) {
    int unit;
    do {
        unit = w32_scan_next(source);
    } while (w32_scan_is_blank(unit));
    w32_scan_back(source, unit);
}

/* The next unit if the width still allows one and it is one of these; else 0 and it stays. */
static int take_one_of(struct source *source, struct spec *spec, const char *set) {
    int unit = spec->width > 0 ? w32_scan_next(source) : NOTHING;
    if (unit > 0 && unit < 0x80 && strchr(set, unit)) {
        spec->width--;
        return unit;
    }
    w32_scan_back(source, unit);
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

BOOL w32_scan_integer(struct source *source, struct spec *spec, struct arguments *arguments) {
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

BOOL w32_scan_float(struct source *source, struct spec *spec, struct arguments *arguments) {
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
    return (spec->conversion | 0x20) == 'c' || !w32_scan_is_blank(unit);
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

BOOL w32_scan_string(struct source *source, struct spec *spec, const struct set *set, struct arguments *arguments) {
    BOOL single = (spec->conversion | 0x20) == 'c' && !set;
    size_t unit_size = source->is_wide ? sizeof(WCHAR) : 1, count = 0, capacity = 0;
    unsigned char *gathered = NULL;
    if (spec->width == 0) {
        spec->width = single ? 1 : INT64_MAX;
    }
    while (spec->width-- > 0) {
        int unit = w32_scan_next(source);
        if (!belongs(spec, set, unit)) {
            w32_scan_back(source, unit);
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
