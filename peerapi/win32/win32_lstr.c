/* win32_lstr.c - the lstr functions, comparison by character, names of the machine and the user, environment. */
#include "win32.h"

#include <errno.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wctype.h>

int WINAPI lstrlenA(LPCSTR text) { return text ? (int)strlen(text) : 0; }
int WINAPI lstrlenW(LPCWSTR text) { return text ? (int)w32_length(text) : 0; }

/* Lower case for any character of the basic plane, whatever the program's locale. Without a UTF-8 locale only A-Z are
 * known. */
static locale_t unicode;
static pthread_once_t unicode_once = PTHREAD_ONCE_INIT;

static void find_unicode(void) { unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0); }

static unsigned upper(unsigned unit) {
    if (unit < 0x80) {
        return unit >= 'a' && unit <= 'z' ? unit - 0x20 : unit;
    }
    pthread_once(&unicode_once, find_unicode);
    unsigned changed = unicode ? (unsigned)towupper_l((wint_t)unit, unicode) : unit;
    return changed <= 0xffff ? changed : unit;
}

static int compare_wide(const WCHAR *first, size_t first_length, const WCHAR *second, size_t second_length,
                        BOOL ignore_case) {
    for (size_t index = 0; index < first_length && index < second_length; index++) {
        unsigned a = first[index], b = second[index];
        if (a != b && ignore_case) {
            a = upper(a);
            b = upper(b);
        }
        if (a != b) {
            return a < b ? -1 : 1;
        }
    }
    return (first_length > second_length) - (first_length < second_length);
}

/* NULL comes before every string. Order is by code unit, not by the customs of a language. */
static int compare_strings(LPCWSTR first, LPCWSTR second, BOOL ignore_case) {
    if (!first || !second) {
        return (first != NULL) - (second != NULL);
    }
    return compare_wide(first, w32_length(first), second, w32_length(second), ignore_case);
}

int WINAPI lstrcmpW(LPCWSTR first, LPCWSTR second) { return compare_strings(first, second, FALSE); }
int WINAPI lstrcmpiW(LPCWSTR first, LPCWSTR second) { return compare_strings(first, second, TRUE); }

static int compare_narrow(LPCSTR first, LPCSTR second, BOOL ignore_case) {
    WCHAR *a = first ? w32_utf16_of(first) : NULL;
    WCHAR *b = second ? w32_utf16_of(second) : NULL;
    int order = compare_strings(a, b, ignore_case);
    free(a);
    free(b);
    return order;
}

int WINAPI lstrcmpA(LPCSTR first, LPCSTR second) { return compare_narrow(first, second, FALSE); }
int WINAPI lstrcmpiA(LPCSTR first, LPCSTR second) { return compare_narrow(first, second, TRUE); }

int WINAPI CompareStringOrdinal(LPCWSTR first, int firstLength, LPCWSTR second, int secondLength, BOOL ignoreCase) {
    if (!first || !second || firstLength < -1 || secondLength < -1) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    size_t a = firstLength < 0 ? w32_length(first) : (size_t)firstLength;
    size_t b = secondLength < 0 ? w32_length(second) : (size_t)secondLength;
    return compare_wide(first, a, second, b, ignoreCase) + CSTR_EQUAL;
}

LPSTR WINAPI lstrcpyA(LPSTR to, LPCSTR from) { return to && from ? strcpy(to, from) : NULL; }
LPSTR WINAPI lstrcatA(LPSTR to, LPCSTR from) { return to && from ? strcat(to, from) : NULL; }

LPWSTR WINAPI lstrcpyW(LPWSTR to, LPCWSTR from) {
    return to && from ? memmove(to, from, (w32_length(from) + 1) * sizeof *to) : NULL;
}

LPWSTR WINAPI lstrcatW(LPWSTR to, LPCWSTR from) {
    if (!to || !from) {
        return NULL;
    }
    lstrcpyW(to + w32_length(to), from);
    return to;
}

/* units counts the terminator; longer strings are cut. */
LPSTR WINAPI lstrcpynA(LPSTR to, LPCSTR from, int units) {
    if (!to || !from || units <= 0) {
        return NULL;
    }
    size_t length = strnlen(from, (size_t)units - 1);
    memmove(to, from, length);
    to[length] = 0;
    return to;
}

LPWSTR WINAPI lstrcpynW(LPWSTR to, LPCWSTR from, int units) {
    if (!to || !from || units <= 0) {
        return NULL;
    }
    size_t length = w32_bounded_length(from, (size_t)units - 1);
    memmove(to, from, length * sizeof *to);
    to[length] = 0;
    return to;
}

/* Names. Each gives its text to one of these two, which fill a buffer or say how long one is needed. */

static BOOL give_narrow(const char *text, LPSTR buffer, LPDWORD size, DWORD error, DWORD counted) {
    DWORD needed = (DWORD)strlen(text) + 1;
    if (!size || *size < needed || !buffer) {
        if (size) {
            *size = needed;
        }
        SetLastError(size ? error : ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    memcpy(buffer, text, needed);
    *size = needed - 1 + counted;
    return TRUE;
}

static BOOL give_wide(const char *text, LPWSTR buffer, LPDWORD size, DWORD error, DWORD counted) {
    WCHAR *wide = w32_utf16_of(text);
    BOOL given = FALSE;
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    DWORD needed = (DWORD)w32_length(wide) + 1;
    if (size && *size >= needed && buffer) {
        memcpy(buffer, wide, needed * sizeof *wide);
        given = TRUE;
    } else {
        SetLastError(size ? error : ERROR_INVALID_PARAMETER);
    }
    if (size) {
        *size = given ? needed - 1 + counted : needed;
    }
    free(wide);
    return given;
}

static void machine_name(char *room, size_t bytes) {
    if (gethostname(room, bytes)) {
        room[0] = 0;
    }
    room[bytes - 1] = 0;
}

BOOL WINAPI GetComputerNameA(LPSTR buffer, LPDWORD size) {
    char name[256];
    machine_name(name, sizeof name);
    return give_narrow(name, buffer, size, ERROR_BUFFER_OVERFLOW, 0);
}

BOOL WINAPI GetComputerNameW(LPWSTR buffer, LPDWORD size) {
    char name[256];
    machine_name(name, sizeof name);
    return give_wide(name, buffer, size, ERROR_BUFFER_OVERFLOW, 0);
}

/* The whole name, or its part before or behind the first point. */
static BOOL part_of_name(COMPUTER_NAME_FORMAT format, char *room, size_t bytes) {
    unsigned kind = (unsigned)format % ComputerNamePhysicalNetBIOS;
    if ((unsigned)format >= ComputerNameMax) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    machine_name(room, bytes);
    char *point = strchr(room, '.');
    if (kind == ComputerNameDnsDomain) {
        memmove(room, point ? point + 1 : "", point ? strlen(point) : 1);
    } else if (point && kind != ComputerNameDnsFullyQualified) {
        *point = 0;
    }
    return TRUE;
}

BOOL WINAPI GetComputerNameExA(COMPUTER_NAME_FORMAT format, LPSTR buffer, LPDWORD size) {
    char name[256];
    return part_of_name(format, name, sizeof name) && give_narrow(name, buffer, size, ERROR_MORE_DATA, 0);
}

BOOL WINAPI GetComputerNameExW(COMPUTER_NAME_FORMAT format, LPWSTR buffer, LPDWORD size) {
    char name[256];
    return part_of_name(format, name, sizeof name) && give_wide(name, buffer, size, ERROR_MORE_DATA, 0);
}

static void user_name(char *room, size_t bytes) {
    char fields[4096];
    struct passwd entry, *found = NULL;
    if (getpwuid_r(geteuid(), &entry, fields, sizeof fields, &found) == 0 && found) {
        snprintf(room, bytes, "%s", found->pw_name);
    } else {
        snprintf(room, bytes, "%u", (unsigned)geteuid());
    }
}

BOOL WINAPI GetUserNameA(LPSTR buffer, LPDWORD size) {
    char name[256];
    user_name(name, sizeof name);
    return give_narrow(name, buffer, size, ERROR_INSUFFICIENT_BUFFER, 1);
}

BOOL WINAPI GetUserNameW(LPWSTR buffer, LPDWORD size) {
    char name[256];
    user_name(name, sizeof name);
    return give_wide(name, buffer, size, ERROR_INSUFFICIENT_BUFFER, 1);
}

/* There is no debugger to listen; a program that wants to see the text sets PEERAPI_DEBUG_OUTPUT. */
VOID WINAPI OutputDebugStringA(LPCSTR text) {
    if (text && secure_getenv("PEERAPI_DEBUG_OUTPUT")) {
        fputs(text, stderr);
    }
}

VOID WINAPI OutputDebugStringW(LPCWSTR text) {
    char *narrow = text ? w32_utf8_of(text) : NULL;
    OutputDebugStringA(narrow);
    free(narrow);
}
