/* win32_text.c - UTF-8 and UTF-16: the two conversion functions of Windows, and what other files build on. */
#include "win32.h"

#include <stdlib.h>
#include <string.h>

size_t w32_bounded_length(const WCHAR *text, size_t limit) {
    size_t length = 0;
    while (length < limit && text[length]) {
        length++;
    }
    return length;
}

size_t w32_length(const WCHAR *text) { return w32_bounded_length(text, SIZE_MAX); }

/* Malformed UTF-8 is cut as the Unicode standard recommends (3.9, "substitution of maximal subparts"): a started
 * sequence up to the byte that cannot continue it counts as one piece. */
uint32_t w32_next_utf8(const char **text, const char *end) {
    const unsigned char *from = (const unsigned char *)*text;
    const unsigned char *limit = (const unsigned char *)end;
    unsigned first = *from++;
    unsigned low = 0x80, high = 0xbf; /* what the second byte may be */
    int following;
    uint32_t point;
    if (first < 0x80) {
        *text += 1;
        return first;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        following = 1;
        point = first & 0x1f;
    } else if (first >= 0xe0 && first <= 0xef) {
        following = 2;
        point = first & 0x0f;
        low = first == 0xe0 ? 0xa0 : low;   /* else it would be overlong */
        high = first == 0xed ? 0x9f : high; /* else a surrogate */
    } else if (first >= 0xf0 && first <= 0xf4) {
        following = 3;
        point = first & 0x07;
        low = first == 0xf0 ? 0x90 : low;
        high = first == 0xf4 ? 0x8f : high; /* else beyond U+10FFFF */
    } else {
        *text += 1;
        return W32_MALFORMED;
    }
    for (; following; following--) {
        if (from == limit || *from < low || *from > high) {
            *text = (const char *)from;
            return W32_MALFORMED;
        }
        point = point << 6 | (*from++ & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    *text = (const char *)from;
    return point;
}

uint32_t w32_next_utf16(const WCHAR **text, const WCHAR *end) {
    uint32_t unit = *(*text)++;
    if (unit < 0xd800 || unit > 0xdfff) {
        return unit;
    }
    if (unit > 0xdbff || *text == end || **text < 0xdc00 || **text > 0xdfff) {
        return W32_MALFORMED;
    }
    return 0x10000 + ((unit - 0xd800) << 10 | (uint32_t)(*(*text)++ - 0xdc00));
}

int w32_put_utf8(uint32_t point, char *to) {
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6);
        to[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xe0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 0x3f));
        to[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 0x3f));
    to[2] = (char)(0x80 | (point >> 6 & 0x3f));
    to[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

int w32_put_utf16(uint32_t point, WCHAR *to) {
    if (point < 0x10000) {
        to[0] = (WCHAR)point;
        return 1;
    }
    to[0] = (WCHAR)(0xd800 + ((point - 0x10000) >> 10));
    to[1] = (WCHAR)(0xdc00 + ((point - 0x10000) & 0x3ff));
    return 2;
}

static int fail(DWORD error) {
    SetLastError(error);
    return 0;
}

static BOOL is_known(UINT codePage) { return codePage <= CP_THREAD_ACP || codePage == CP_UTF8; }

/* Both conversions look at their parameters in this order. */
static DWORD checked(UINT codePage, DWORD flags, DWORD allowed, BOOL well_formed) {
    if (!well_formed || !is_known(codePage)) {
        return ERROR_INVALID_PARAMETER;
    }
    return flags & ~allowed ? ERROR_INVALID_FLAGS : ERROR_SUCCESS;
}

int WINAPI MultiByteToWideChar(UINT codePage, DWORD flags, LPCSTR narrow, int narrowLength, LPWSTR wide,
                               int wideLength) {
    DWORD allowed = MB_ERR_INVALID_CHARS;
    if (codePage != CP_UTF8) {
        allowed |= MB_PRECOMPOSED | MB_COMPOSITE | MB_USEGLYPHCHARS; /* mean nothing here, but programs pass them */
    }
    DWORD error = checked(codePage, flags, allowed,
                          narrow && narrowLength && wideLength >= 0 && (wide || !wideLength) &&
                              (const void *)narrow != wide);
    if (error) {
        return fail(error);
    }
    const char *end = narrow + (narrowLength < 0 ? strlen(narrow) + 1 : (size_t)narrowLength);
    size_t written = 0;
    while (narrow < end) {
        WCHAR units[2];
        uint32_t point = w32_next_utf8(&narrow, end);
        if (point == W32_MALFORMED && flags & MB_ERR_INVALID_CHARS) {
            return fail(ERROR_NO_UNICODE_TRANSLATION);
        }
        int count = w32_put_utf16(point == W32_MALFORMED ? W32_REPLACEMENT : point, units);
        if (wideLength) {
            if (written + (size_t)count > (size_t)wideLength) {
                return fail(ERROR_INSUFFICIENT_BUFFER);
            }
            memcpy(wide + written, units, (size_t)count * sizeof *wide);
        }
        written += (size_t)count;
    }
    return written > INT_MAX ? fail(ERROR_INVALID_PARAMETER) : (int)written;
}

int WINAPI WideCharToMultiByte(UINT codePage, DWORD flags, LPCWSTR wide, int wideLength, LPSTR narrow, int narrowLength,
                               LPCSTR defaultChar, LPBOOL usedDefaultChar) {
    DWORD allowed = WC_ERR_INVALID_CHARS;
    BOOL extras = defaultChar || usedDefaultChar;
    if (codePage != CP_UTF8) {
        allowed |= WC_DISCARDNS | WC_SEPCHARS | WC_DEFAULTCHAR | WC_COMPOSITECHECK | WC_NO_BEST_FIT_CHARS;
        extras = FALSE; /* every character has a UTF-8 form, so the default one is never needed */
    }
    DWORD error = checked(codePage, flags, allowed,
                          wide && wideLength && narrowLength >= 0 && (narrow || !narrowLength) && !extras &&
                              (const void *)wide != narrow);
    if (error) {
        return fail(error);
    }
    const WCHAR *end = wide + (wideLength < 0 ? w32_length(wide) + 1 : (size_t)wideLength);
    size_t written = 0;
    while (wide < end) {
        char bytes[4];
        uint32_t point = w32_next_utf16(&wide, end);
        if (point == W32_MALFORMED && flags & WC_ERR_INVALID_CHARS) {
            return fail(ERROR_NO_UNICODE_TRANSLATION);
        }
        int count = w32_put_utf8(point == W32_MALFORMED ? W32_REPLACEMENT : point, bytes);
        if (narrowLength) {
            if (written + (size_t)count > (size_t)narrowLength) {
                return fail(ERROR_INSUFFICIENT_BUFFER);
            }
            memcpy(narrow + written, bytes, (size_t)count);
        }
        written += (size_t)count;
    }
    if (usedDefaultChar) {
        *usedDefaultChar = FALSE;
    }
    return written > INT_MAX ? fail(ERROR_INVALID_PARAMETER) : (int)written;
}

char *w32_utf8_of(const WCHAR *text) {
    const WCHAR *end = text + w32_length(text);
    char *narrow = malloc((size_t)(end - text) * 3 + 1); /* a unit never needs more than three bytes */
    if (narrow) {
        char *to = narrow;
        while (text < end) {
            uint32_t point = w32_next_utf16(&text, end);
            to += w32_put_utf8(point == W32_MALFORMED ? W32_REPLACEMENT : point, to);
        }
        *to = 0;
    }
    return narrow;
}

WCHAR *w32_utf16_of(const char *text) {
    const char *end = text + strlen(text);
    WCHAR *wide = malloc(((size_t)(end - text) + 1) * sizeof *wide);
    if (wide) {
        WCHAR *to = wide;
        while (text < end) {
            uint32_t point = w32_next_utf8(&text, end);
            to += w32_put_utf16(point == W32_MALFORMED ? W32_REPLACEMENT : point, to);
        }
        *to = 0;
    }
    return wide;
}

UINT WINAPI GetACP(VOID) { return CP_UTF8; }
UINT WINAPI GetOEMCP(VOID) { return CP_UTF8; }
