/* win32_date.c - dates and times of day as text, in English, which is the only locale. */
#include "win32.h"

#include <stdlib.h>

LCID WINAPI GetUserDefaultLCID(VOID) { return 0x0409; }
LCID WINAPI GetSystemDefaultLCID(VOID) { return 0x0409; }
LANGID WINAPI GetUserDefaultLangID(VOID) { return 0x0409; }
LANGID WINAPI GetSystemDefaultLangID(VOID) { return 0x0409; }

static const WCHAR *const days[] = {L"Sunday",   L"Monday", L"Tuesday", L"Wednesday",
                                    L"Thursday", L"Friday", L"Saturday"};
static const WCHAR *const months[] = {L"January", L"February", L"March",     L"April",   L"May",      L"June",
                                      L"July",    L"August",   L"September", L"October", L"November", L"December"};

/* Text that may not fit: what does not is counted all the same. */
struct target {
    WCHAR *units;
    size_t room, length;
};

static void put(struct target *to, const WCHAR *units, size_t count) {
    for (size_t at = 0; at < count; at++, to->length++) {
        if (to->length < to->room) {
            to->units[to->length] = units[at];
        }
    }
}

static void put_number(struct target *to, unsigned number, unsigned digits) {
    WCHAR reversed[8], units[8];
    unsigned count = 0;
    do {
        reversed[count++] = (WCHAR)('0' + number % 10);
        number /= 10;
    } while (number || count < digits);
    for (unsigned at = 0; at < count; at++) {
        units[at] = reversed[count - 1 - at];
    }
    put(to, units, count);
}

static void put_name(struct target *to, const WCHAR *name, BOOL whole) { put(to, name, whole ? w32_length(name) : 3); }

/* One run of equal letters of a picture of a date. */
static void put_date_part(struct target *to, const SYSTEMTIME *time, WCHAR letter, unsigned count) {
    if (letter == 'd' && count <= 2) {
        put_number(to, time->wDay, count);
    } else if (letter == 'd') {
        put_name(to, days[time->wDayOfWeek], count > 3);
    } else if (letter == 'M' && count <= 2) {
        put_number(to, time->wMonth, count);
    } else if (letter == 'M') {
        put_name(to, months[time->wMonth - 1], count > 3);
    } else if (letter == 'y') {
        put_number(to, count <= 2 ? time->wYear % 100u : time->wYear, count <= 2 ? count : 4);
    } /* g: the only era has no name */
}

#define NO_MINUTES 1u
#define NO_SECONDS 2u
#define NO_MARKER  4u
#define HOURS_24   8u

static void put_time_part(struct target *to, const SYSTEMTIME *time, WCHAR letter, unsigned count, DWORD flags) {
    if (letter == 'H' || (letter == 'h' && flags & HOURS_24)) {
        put_number(to, time->wHour, count > 1 ? 2 : 1);
    } else if (letter == 'h') {
        put_number(to, time->wHour % 12 ? time->wHour % 12u : 12u, count > 1 ? 2 : 1);
    } else if (letter == 'm') {
        put_number(to, time->wMinute, count > 1 ? 2 : 1);
    } else if (letter == 's') {
        put_number(to, time->wSecond, count > 1 ? 2 : 1);
    } else if (letter == 't') {
        put(to, time->wHour < 12 ? L"AM" : L"PM", count > 1 ? 2 : 1);
    }
}

static BOOL is_left_out(WCHAR letter, DWORD flags) {
    return (letter == 't' && flags & NO_MARKER) || (letter == 's' && flags & (NO_SECONDS | NO_MINUTES)) ||
           (letter == 'm' && flags & NO_MINUTES);
}

static BOOL is_one_of(WCHAR unit, const char *letters) { return unit && unit < 0x80 && strchr(letters, unit); }

/* A picture: runs of its letters, text between quotes, and what else there is as it stands. What is left out takes the
 * separators before it along. */
static void put_picture(struct target *to, const WCHAR *picture, const SYSTEMTIME *time, const char *letters,
                        DWORD flags) {
    const WCHAR *pending = NULL; /* where the separators began */
    while (*picture) {
        WCHAR letter = *picture;
        if (is_one_of(letter, letters)) {
            unsigned count = 0;
            for (; picture[count] == letter; count++) {
            }
            if (pending && !is_left_out(letter, flags)) {
                put(to, pending, (size_t)(picture - pending));
            }
            pending = NULL;
            picture += count;
            if (letters[0] == 'd') {
                put_date_part(to, time, letter, count);
            } else if (!is_left_out(letter, flags)) {
                put_time_part(to, time, letter, count, flags);
            }
        } else if (letter == '\'') {
            if (pending) {
                put(to, pending, (size_t)(picture - pending));
                pending = NULL;
            }
            for (picture++; *picture && (*picture != '\'' || picture[1] == '\''); picture++) {
                picture += *picture == '\'';
                put(to, picture, 1);
            }
            picture += *picture != 0;
        } else {
            pending = pending ? pending : picture;
            picture++;
        }
    }
    if (pending) {
        put(to, pending, (size_t)(picture - pending));
    }
}

static int finish(struct target *to, int units) {
    put(to, L"", 1);
    if (units && to->length > (size_t)units) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    return (int)to->length;
}

/* The time that is meant, with its day of the week. FALSE for one that does not exist. */
static BOOL complete(const SYSTEMTIME *given, SYSTEMTIME *time, BOOL is_date) {
    FILETIME file;
    if (!given) {
        GetLocalTime(time);
        return TRUE;
    }
    *time = *given;
    if (!is_date) { /* the date does not matter, and may be none */
        time->wYear = 2000;
        time->wMonth = time->wDay = 1;
    } else {
        time->wHour = time->wMinute = time->wSecond = time->wMilliseconds = 0;
    }
    return SystemTimeToFileTime(time, &file) && FileTimeToSystemTime(&file, time);
}

static int fail(DWORD error) {
    SetLastError(error);
    return 0;
}

int WINAPI GetDateFormatW(LCID locale, DWORD flags, const SYSTEMTIME *given, LPCWSTR format, LPWSTR to, int units) {
    SYSTEMTIME time;
    struct target target = {to, units > 0 ? (size_t)units : 0, 0};
    (void)locale;
    if (units < 0 || (units && !to)) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    if (flags & ~(DATE_SHORTDATE | DATE_LONGDATE | DATE_YEARMONTH | LOCALE_NOUSEROVERRIDE) ||
        (format && flags & (DATE_SHORTDATE | DATE_LONGDATE | DATE_YEARMONTH))) {
        return fail(ERROR_INVALID_FLAGS);
    }
    if (!complete(given, &time, TRUE)) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    const WCHAR *picture = format                   ? format
                           : flags & DATE_LONGDATE  ? L"dddd, MMMM dd, yyyy"
                           : flags & DATE_YEARMONTH ? L"MMMM, yyyy"
                                                    : L"M/d/yyyy";
    put_picture(&target, picture, &time, "dMyg", 0);
    return finish(&target, units);
}

int WINAPI GetTimeFormatW(LCID locale, DWORD flags, const SYSTEMTIME *given, LPCWSTR format, LPWSTR to, int units) {
    SYSTEMTIME time;
    struct target target = {to, units > 0 ? (size_t)units : 0, 0};
    (void)locale;
    if (units < 0 || (units && !to)) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    if (flags & ~(NO_MINUTES | NO_SECONDS | NO_MARKER | HOURS_24 | LOCALE_NOUSEROVERRIDE)) {
        return fail(ERROR_INVALID_FLAGS);
    }
    if (!complete(given, &time, FALSE)) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    put_picture(&target, format ? format : L"h:mm:ss tt", &time, "hHmst", flags);
    return finish(&target, units);
}

/* The narrow forms, by the wide ones. */
static int narrowed(int (*wide)(LCID, DWORD, const SYSTEMTIME *, LPCWSTR, LPWSTR, int), LCID locale, DWORD flags,
                    const SYSTEMTIME *given, LPCSTR format, LPSTR to, int bytes) {
    WCHAR *picture = format ? w32_utf16_of(format) : NULL;
    int units = bytes < 0 || (bytes && !to) ? fail(ERROR_INVALID_PARAMETER)
                                            : wide(locale, flags, given, picture, NULL, 0);
    WCHAR *text = units ? malloc((size_t)units * sizeof *text) : NULL;
    char *narrow = text && wide(locale, flags, given, picture, text, units) ? w32_utf8_of(text) : NULL;
    int length = narrow ? (int)strlen(narrow) + 1 : 0;
    if (units && !narrow) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else if (bytes && length > bytes) {
        length = fail(ERROR_INSUFFICIENT_BUFFER);
    } else if (bytes && length) {
        memcpy(to, narrow, (size_t)length);
    }
    free(picture);
    free(text);
    free(narrow);
    return length;
}

int WINAPI GetDateFormatA(LCID locale, DWORD flags, const SYSTEMTIME *given, LPCSTR format, LPSTR to, int bytes) {
    return narrowed(GetDateFormatW, locale, flags, given, format, to, bytes);
}
int WINAPI GetTimeFormatA(LCID locale, DWORD flags, const SYSTEMTIME *given, LPCSTR format, LPSTR to, int bytes) {
    return narrowed(GetTimeFormatW, locale, flags, given, format, to, bytes);
}
