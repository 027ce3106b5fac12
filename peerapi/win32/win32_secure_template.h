/* win32_secure_template.h - the ..._s string functions for one kind of unit. Included by win32_secure.c once with UNIT
 * as char and once as WCHAR; NAME(strpart, widepart) picks the function's name. No include guard, therefore.
 *
 * All follow one rule: on any error the destination becomes empty, if there is one, and errno equals the result. */

static size_t NAME(narrow_length, wide_length)(const UNIT *text, size_t limit) {
    size_t length = 0;
    while (length < limit && text[length]) {
        length++;
    }
    return length;
}

/* Appends at most count units of a string at an offset into an array. */
static errno_t NAME(narrow_append, wide_append)(UNIT *to, size_t room, size_t at, const UNIT *from, size_t count) {
    BOOL truncate = count == _TRUNCATE;
    if (!to || !room) {
        return errno = EINVAL;
    }
    if (!from && count) {
        to[0] = 0;
        return errno = EINVAL;
    }
    size_t free_units = room - at; /* at < room */
    size_t length = count ? NAME(narrow_length, wide_length)(from, count < free_units ? count : free_units) : 0;
    if (length < free_units) {
        memmove(to + at, from ? from : to, length * sizeof *to);
        to[at + length] = 0;
        return 0;
    }
    if (truncate) {
        memmove(to + at, from, (free_units - 1) * sizeof *to);
        to[room - 1] = 0;
        return STRUNCATE;
    }
    to[0] = 0;
    return errno = ERANGE;
}

static errno_t NAME(narrow_concatenate, wide_concatenate)(UNIT *to, size_t room, const UNIT *from, size_t count) {
    size_t at = to ? NAME(narrow_length, wide_length)(to, room) : 0;
    if (to && room && at == room) { /* not terminated */
        to[0] = 0;
        return errno = EINVAL;
    }
    return NAME(narrow_append, wide_append)(to, room, at, from, count);
}

errno_t NAME(strcpy_s, wcscpy_s)(UNIT *to, size_t room, const UNIT *from) {
    return NAME(narrow_append, wide_append)(to, room, 0, from, (size_t)-2);
}

errno_t NAME(strncpy_s, wcsncpy_s)(UNIT *to, size_t room, const UNIT *from, size_t count) {
    if (!to && !room && !count) {
        return 0;
    }
    return NAME(narrow_append, wide_append)(to, room, 0, from, count);
}

errno_t NAME(strcat_s, wcscat_s)(UNIT *to, size_t room, const UNIT *from) {
    return NAME(narrow_concatenate, wide_concatenate)(to, room, from, (size_t)-2);
}

errno_t NAME(strncat_s, wcsncat_s)(UNIT *to, size_t room, const UNIT *from, size_t count) {
    if (!to && !room && !count) {
        return 0;
    }
    return NAME(narrow_concatenate, wide_concatenate)(to, room, from, count);
}

size_t NAME(strnlen_s, wcsnlen_s)(const UNIT *text, size_t limit) {
    return text ? NAME(narrow_length, wide_length)(text, limit) : 0;
}

UNIT *NAME(strtok_s, wcstok_s)(UNIT *text, const UNIT *delimiters, UNIT **context) {
    if (!delimiters || !context || (!text && !*context)) {
        errno = EINVAL;
        return NULL;
    }
    return NAME(strtok_r, peerapi_wcstok)(text, delimiters, context);
}

static UNIT NAME(narrow_lower, wide_lower)(UNIT unit) {
    return unit >= 'A' && unit <= 'Z' ? (UNIT)(unit | 0x20) : unit;
}
static UNIT NAME(narrow_upper, wide_upper)(UNIT unit) {
    return unit >= 'a' && unit <= 'z' ? (UNIT)(unit & ~0x20) : unit;
}

int NAME(_strnicmp, _wcsnicmp)(const UNIT *first, const UNIT *second, size_t count) {
    if (count && (!first || !second)) {
        errno = EINVAL;
        return INT_MAX;
    }
    for (size_t index = 0; index < count; index++) {
        UNIT a = NAME(narrow_lower, wide_lower)(first[index]), b = NAME(narrow_lower, wide_lower)(second[index]);
        if (a != b) {
            return (BITS)a < (BITS)b ? -1 : 1;
        }
        if (!a) {
            break;
        }
    }
    return 0;
}

int NAME(_stricmp, _wcsicmp)(const UNIT *first, const UNIT *second) {
    return NAME(_strnicmp, _wcsnicmp)(first, second, SIZE_MAX);
}

UNIT *NAME(_strlwr, _wcslwr)(UNIT *text) {
    for (UNIT *at = text; *at; at++) {
        *at = NAME(narrow_lower, wide_lower)(*at);
    }
    return text;
}

UNIT *NAME(_strupr, _wcsupr)(UNIT *text) {
    for (UNIT *at = text; *at; at++) {
        *at = NAME(narrow_upper, wide_upper)(*at);
    }
    return text;
}

UNIT *NAME(_strrev, _wcsrev)(UNIT *text) {
    size_t length = NAME(narrow_length, wide_length)(text, SIZE_MAX);
    for (size_t index = 0; index < length / 2; index++) {
        UNIT unit = text[index];
        text[index] = text[length - 1 - index];
        text[length - 1 - index] = unit;
    }
    return text;
}
