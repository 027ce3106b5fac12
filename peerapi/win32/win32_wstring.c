/* win32_wstring.c - the standard wide string functions over 16-bit units. */
#include "win32.h"

#include <stdlib.h>
#include "../../include/peerapi_crt_string.h"

size_t peerapi_wcslen(const WCHAR *text) { return w32_length(text); }
size_t peerapi_wcsnlen(const WCHAR *text, size_t limit) { return w32_bounded_length(text, limit); }

WCHAR *peerapi_wmemcpy(WCHAR *to, const WCHAR *from, size_t count) { return memcpy(to, from, count * sizeof *to); }
WCHAR *peerapi_wmemmove(WCHAR *to, const WCHAR *from, size_t count) { return memmove(to, from, count * sizeof *to); }

WCHAR *peerapi_wmemset(WCHAR *to, WCHAR unit, size_t count) {
    for (size_t index = 0; index < count; index++) {
        to[index] = unit;
    }
    return to;
}

int peerapi_wmemcmp(const WCHAR *first, const WCHAR *second, size_t count) {
    for (size_t index = 0; index < count; index++) {
        if (first[index] != second[index]) {
            return first[index] < second[index] ? -1 : 1;
        }
    }
    return 0;
}

WCHAR *peerapi_wmemchr(const WCHAR *text, WCHAR unit, size_t count) {
    for (size_t index = 0; index < count; index++) {
        if (text[index] == unit) {
            return (WCHAR *)(uintptr_t)(text + index);
        }
    }
    return NULL;
}

WCHAR *peerapi_wcscpy(WCHAR *to, const WCHAR *from) { return memcpy(to, from, (w32_length(from) + 1) * sizeof *to); }

WCHAR *peerapi_wcsncpy(WCHAR *to, const WCHAR *from, size_t count) {
    size_t length = w32_bounded_length(from, count);
    memcpy(to, from, length * sizeof *to);
    memset(to + length, 0, (count - length) * sizeof *to);
    return to;
}

WCHAR *peerapi_wcscat(WCHAR *to, const WCHAR *from) {
    peerapi_wcscpy(to + w32_length(to), from);
    return to;
}

WCHAR *peerapi_wcsncat(WCHAR *to, const WCHAR *from, size_t count) {
    size_t before = w32_length(to), length = w32_bounded_length(from, count);
    memcpy(to + before, from, length * sizeof *to);
    to[before + length] = 0;
    return to;
}

int peerapi_wcsncmp(const WCHAR *first, const WCHAR *second, size_t count) {
    for (size_t index = 0; index < count; index++) {
        if (first[index] != second[index]) {
            return first[index] < second[index] ? -1 : 1;
        }
        if (!first[index]) {
            break;
        }
    }
    return 0;
}

int peerapi_wcscmp(const WCHAR *first, const WCHAR *second) { return peerapi_wcsncmp(first, second, SIZE_MAX); }
int peerapi_wcscoll(const WCHAR *first, const WCHAR *second) { return peerapi_wcscmp(first, second); }

size_t peerapi_wcsxfrm(WCHAR *to, const WCHAR *from, size_t count) {
    size_t length = w32_length(from);
    if (length < count) {
        memcpy(to, from, (length + 1) * sizeof *to);
    }
    return length;
}

WCHAR *peerapi_wcschr(const WCHAR *text, WCHAR unit) { return peerapi_wmemchr(text, unit, w32_length(text) + 1); }

WCHAR *peerapi_wcsrchr(const WCHAR *text, WCHAR unit) {
    for (const WCHAR *at = text + w32_length(text);; at--) {
        if (*at == unit) {
            return (WCHAR *)(uintptr_t)at;
        }
        if (at == text) {
            return NULL;
        }
    }
}

static size_t span(const WCHAR *text, const WCHAR *set, BOOL inside) {
    size_t set_length = w32_length(set), length = 0;
    while (text[length] && (peerapi_wmemchr(set, text[length], set_length) != NULL) == (inside != 0)) {
        length++;
    }
    return length;
}

size_t peerapi_wcsspn(const WCHAR *text, const WCHAR *set) { return span(text, set, TRUE); }
size_t peerapi_wcscspn(const WCHAR *text, const WCHAR *set) { return span(text, set, FALSE); }

WCHAR *peerapi_wcspbrk(const WCHAR *text, const WCHAR *set) {
    text += span(text, set, FALSE);
    return *text ? (WCHAR *)(uintptr_t)text : NULL;
}

WCHAR *peerapi_wcsstr(const WCHAR *text, const WCHAR *part) {
    size_t length = w32_length(part);
    for (;; text++) {
        if (!peerapi_wcsncmp(text, part, length)) {
            return (WCHAR *)(uintptr_t)text;
        }
        if (!*text) {
            return NULL;
        }
    }
}

WCHAR *peerapi_wcstok(WCHAR *text, const WCHAR *delimiters, WCHAR **context) {
    text = text ? text : *context;
    if (!text) {
        return NULL;
    }
    text += span(text, delimiters, TRUE);
    WCHAR *end = text + span(text, delimiters, FALSE);
    *context = *end ? end + 1 : end;
    *end = 0;
    return *text ? text : NULL;
}

WCHAR *peerapi_wcsdup(const WCHAR *text) {
    size_t bytes = (w32_length(text) + 1) * sizeof *text;
    WCHAR *copy = malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

WCHAR *_wcsdup(const WCHAR *text) { return text ? peerapi_wcsdup(text) : NULL; }
