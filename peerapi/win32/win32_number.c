/* win32_number.c - numbers read from and written as text; whole strings turned from one encoding into the other. */
#include "win32_print.h"

#include <errno.h>
#include <stdlib.h>
#include "../../include/peerapi_crt_stdlib.h"
#include "../../include/peerapi_crt_string.h"
#include "../../include/peerapi_crt_time.h"

/* Reading: the text that may belong to a number is copied as ASCII, and the system reads that. Numbers longer than the
 * room are cut, which changes none that fits its type, leading zeros apart. */
struct ascii {
    char text[512];
    size_t skipped; /* blanks before it */
};

static void to_ascii(struct ascii *ascii, const WCHAR *text) {
    size_t length = 0;
    const WCHAR *at = text;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r')) {
        at++;
    }
    ascii->skipped = (size_t)(at - text);
    while (length < sizeof ascii->text - 1 && at[length] > ' ' && at[length] < 0x7f) {
        ascii->text[length] = (char)at[length];
        length++;
    }
    ascii->text[length] = 0;
}

#define READ(type, call)                                                                                     \
    struct ascii ascii;                                                                                      \
    char *stop;                                                                                              \
    to_ascii(&ascii, text);                                                                                  \
    type value = call;                                                                                       \
    if (end) {                                                                                               \
        *end = (WCHAR *)(uintptr_t)(stop == ascii.text ? text : text + ascii.skipped + (stop - ascii.text)); \
    }                                                                                                        \
    return value

long peerapi_wcstol(const WCHAR *text, WCHAR **end, int base) { READ(long, strtol(ascii.text, &stop, base)); }
unsigned long peerapi_wcstoul(const WCHAR *text, WCHAR **end, int base) {
    READ(unsigned long, strtoul(ascii.text, &stop, base));
}
long long peerapi_wcstoll(const WCHAR *text, WCHAR **end, int base) {
    READ(long long, strtoll(ascii.text, &stop, base));
}

unsigned long long peerapi_wcstoull(const WCHAR *text, WCHAR **end, int base) {
    READ(unsigned long long, strtoull(ascii.text, &stop, base));
}

double peerapi_wcstod(const WCHAR *text, WCHAR **end) { READ(double, strtod(ascii.text, &stop)); }
float peerapi_wcstof(const WCHAR *text, WCHAR **end) { READ(float, strtof(ascii.text, &stop)); }

int64_t _wcstoi64(const WCHAR *text, WCHAR **end, int base) { return peerapi_wcstoll(text, end, base); }
uint64_t _wcstoui64(const WCHAR *text, WCHAR **end, int base) { return peerapi_wcstoull(text, end, base); }
int64_t _strtoi64(const char *text, char **end, int base) { return strtoll(text, end, base); }
uint64_t _strtoui64(const char *text, char **end, int base) { return strtoull(text, end, base); }

long long _wtoll(const WCHAR *text) {
    if (!text) {
        errno = EINVAL;
        return 0;
    }
    return peerapi_wcstoll(text, NULL, 10);
}

int64_t _wtoi64(const WCHAR *text) { return _wtoll(text); }
long _wtol(const WCHAR *text) { return (long)_wtoll(text); }
double _wtof(const WCHAR *text) { return text ? peerapi_wcstod(text, NULL) : 0; }
int64_t _atoi64(const char *text) { return text ? strtoll(text, NULL, 10) : 0; }

int _wtoi(const WCHAR *text) {
    long long value = _wtoll(text);
    if (value < INT_MIN || value > INT_MAX) {
        errno = ERANGE;
    }
    return value < INT_MIN ? INT_MIN : value > INT_MAX ? INT_MAX : (int)value;
}

/* Writing: digits backwards into a room that holds any number in any radix. A sign is written only in radix 10. */
#define LONGEST 66

static const char *spell(unsigned long long value, BOOL negative, int radix, char room[LONGEST]) {
    char *at = room + LONGEST - 1;
    *at = 0;
    do {
        *--at = "0123456789abcdefghijklmnopqrstuvwxyz"[value % (unsigned)radix];
        value /= (unsigned)radix;
    } while (value);
    if (negative) {
        *--at = '-';
    }
    return at;
}

/* A signed value; bits is what it looks like without its sign in the width of its type. */
static const char *spell_signed(long long value, unsigned long long bits, int radix, char room[LONGEST]) {
    BOOL negative = value < 0 && radix == 10;
    return spell(negative ? 0 - (unsigned long long)value : bits, negative, radix, room);
}

static errno_t give_wide(WCHAR *to, size_t units, int radix, const char *digits) {
    if (!to || !units) {
        return errno = EINVAL;
    }
    to[0] = 0;
    if (radix < 2 || radix > 36) {
        return errno = EINVAL;
    }
    size_t length = strlen(digits);
    if (length >= units) {
        return errno = ERANGE;
    }
    for (size_t index = 0; index <= length; index++) {
        to[index] = (WCHAR)digits[index];
    }
    return 0;
}

static errno_t give_narrow(char *to, size_t bytes, int radix, const char *digits) {
    if (to && bytes && (radix < 2 || radix > 36)) {
        to[0] = 0;
        return errno = EINVAL;
    }
    return strcpy_s(to, bytes, digits);
}

static int usable(int radix) { return radix < 2 || radix > 36 ? 10 : radix; }

/* For one type: its name's stem, the type, and the text of a value of it. */
#define WRITERS(stem, type, text)                                            \
    errno_t _##stem##tow_s(type value, WCHAR *to, size_t units, int radix) { \
        char room[LONGEST];                                                  \
        return give_wide(to, units, radix, text);                            \
    }                                                                        \
    WCHAR *_##stem##tow(type value, WCHAR *to, int radix) {                  \
        _##stem##tow_s(value, to, LONGEST, radix);                           \
        return to;                                                           \
    }                                                                        \
    char *_##stem##toa(type value, char *to, int radix) {                    \
        char room[LONGEST];                                                  \
        give_narrow(to, LONGEST, radix, text);                               \
        return to;                                                           \
    }
WRITERS(i, int, spell_signed(value, (unsigned)value, usable(radix), room))
WRITERS(l, long, spell_signed(value, (unsigned long)value, usable(radix), room))
WRITERS(ul, unsigned long, spell(value, FALSE, usable(radix), room))
WRITERS(i64, long long, spell_signed(value, (unsigned long long)value, usable(radix), room))
WRITERS(ui64, unsigned long long, spell(value, FALSE, usable(radix), room))

errno_t _itoa_s(int value, char *to, size_t bytes, int radix) {
    char room[LONGEST];
    return give_narrow(to, bytes, radix, spell_signed(value, (unsigned)value, usable(radix), room));
}

errno_t _i64toa_s(long long value, char *to, size_t bytes, int radix) {
    char room[LONGEST];
    return give_narrow(to, bytes, radix, spell_signed(value, (unsigned long long)value, usable(radix), room));
}

errno_t _ui64toa_s(unsigned long long value, char *to, size_t bytes, int radix) {
    char room[LONGEST];
    return give_narrow(to, bytes, radix, spell(value, FALSE, usable(radix), room));
}

/* Encodings. Units stored, without the terminator, which is stored where there is room; (size_t)-1 and EILSEQ for
 * malformed text. */

size_t peerapi_mbstowcs(WCHAR *to, const char *from, size_t count) {
    const char *end = from + strlen(from);
    size_t stored = 0;
    while (from < end) {
        WCHAR units[2];
        uint32_t point = w32_next_utf8(&from, end);
        if (point == W32_MALFORMED) {
            errno = EILSEQ;
            return (size_t)-1;
        }
        size_t more = (size_t)w32_put_utf16(point, units);
        if (to && stored + more > count) {
            return stored;
        }
        if (to) {
            memcpy(to + stored, units, more * sizeof *to);
        }
        stored += more;
    }
    if (to && stored < count) {
        to[stored] = 0;
    }
    return stored;
}

size_t peerapi_wcstombs(char *to, const WCHAR *from, size_t count) {
    const WCHAR *end = from + w32_length(from);
    size_t stored = 0;
    while (from < end) {
        char bytes[4];
        uint32_t point = w32_next_utf16(&from, end);
        if (point == W32_MALFORMED) {
            errno = EILSEQ;
            return (size_t)-1;
        }
        size_t more = (size_t)w32_put_utf8(point, bytes);
        if (to && stored + more > count) {
            return stored;
        }
        if (to) {
            memcpy(to + stored, bytes, more);
        }
        stored += more;
    }
    if (to && stored < count) {
        to[stored] = 0;
    }
    return stored;
}

int peerapi_mbtowc(WCHAR *to, const char *from, size_t count) {
    if (!from) {
        return 0; /* no shift states */
    }
    const char *at = from;
    uint32_t point = count ? w32_next_utf8(&at, from + count) : W32_MALFORMED;
    if (point > 0xffff) { /* malformed included */
        errno = EILSEQ;
        return -1;
    }
    if (to) {
        *to = (WCHAR)point;
    }
    return point ? (int)(at - from) : 0;
}

int peerapi_wctomb(char *to, WCHAR unit) {
    if (!to) {
        return 0;
    }
    if (unit >= 0xd800 && unit <= 0xdfff) {
        errno = EILSEQ;
        return -1;
    }
    return w32_put_utf8(unit, to);
}

/* The ..._s forms: at most count units are converted; *converted counts the terminator too. */

errno_t mbstowcs_s(size_t *converted, WCHAR *to, size_t units, const char *from, size_t count) {
    size_t length = from ? peerapi_mbstowcs(NULL, from, 0) : (size_t)-1;
    errno_t error = from ? EILSEQ : EINVAL;
    if (converted) {
        *converted = 0;
    }
    if (to && units) {
        to[0] = 0;
    }
    if (length == (size_t)-1 || !to != !units) {
        return errno = length == (size_t)-1 ? error : EINVAL;
    }
    size_t wanted = length < count ? length : count;
    if (to && wanted >= units && count != _TRUNCATE) {
        return errno = ERANGE;
    }
    if (to) {
        wanted = wanted < units ? wanted : units - 1;
        wanted = peerapi_mbstowcs(to, from, wanted);
        to[wanted] = 0;
    }
    if (converted) {
        *converted = (to ? wanted : length) + 1;
    }
    return to && wanted < length && count == _TRUNCATE ? STRUNCATE : 0;
}

errno_t wcstombs_s(size_t *converted, char *to, size_t bytes, const WCHAR *from, size_t count) {
    size_t length = from ? peerapi_wcstombs(NULL, from, 0) : (size_t)-1;
    errno_t error = from ? EILSEQ : EINVAL;
    if (converted) {
        *converted = 0;
    }
    if (to && bytes) {
        to[0] = 0;
    }
    if (length == (size_t)-1 || !to != !bytes) {
        return errno = length == (size_t)-1 ? error : EINVAL;
    }
    size_t wanted = length < count ? length : count;
    if (to && wanted >= bytes && count != _TRUNCATE) {
        return errno = ERANGE;
    }
    if (to) {
        wanted = wanted < bytes ? wanted : bytes - 1;
        wanted = peerapi_wcstombs(to, from, wanted);
        to[wanted] = 0;
    }
    if (converted) {
        *converted = (to ? wanted : length) + 1;
    }
    return to && wanted < length && count == _TRUNCATE ? STRUNCATE : 0;
}

size_t peerapi_wcsftime(WCHAR *to, size_t limit, const WCHAR *format, const struct tm *time) {
    char *narrow_format = w32_utf8_of(format);
    char *text = malloc(limit * 4 + 1); /* a byte more tells an empty result from one that is too long */
    size_t stored = 0;
    if (narrow_format && text) {
        stored = strftime(text, limit * 4 + 1, narrow_format, time);
        text[stored] = 0;
        size_t length = stored ? peerapi_mbstowcs(NULL, text, 0) : 0;
        stored = length < limit ? peerapi_mbstowcs(to, text, limit) : 0;
    }
    free(narrow_format);
    free(text);
    return stored == (size_t)-1 ? 0 : stored;
}
