/* win32_time.c - clocks and calendar. A FILETIME counts 100 ns since 1601-01-01 00:00 UTC. */
#include "win32.h"

#define TICKS_PER_SECOND     10000000ll
#define SECONDS_1601_TO_1970 11644473600ll
#define TICKS_PER_DAY        (86400 * TICKS_PER_SECOND)

static FILETIME from_ticks(ULONGLONG ticks) { return (FILETIME){(DWORD)ticks, (DWORD)(ticks >> 32)}; }
static ULONGLONG to_ticks(const FILETIME *time) { return (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime; }

static FILETIME now(void) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return from_ticks((ULONGLONG)((time.tv_sec + SECONDS_1601_TO_1970) * TICKS_PER_SECOND + time.tv_nsec / 100));
}

/* Days are counted in a calendar whose years begin in March, so that a leap day is the last of its year. Day 0 is
 * 1601-01-01. */
#define DAYS_TO_1601_01_01 584694ll /* from 0000-03-01 */

static LONGLONG days_before(int year, int month, int day) {
    int shifted = month <= 2 ? year - 1 : year;
    LONGLONG within = (153 * (month + (month <= 2 ? 9 : -3)) + 2) / 5 + day - 1;
    return 365ll * shifted + shifted / 4 - shifted / 100 + shifted / 400 + within - DAYS_TO_1601_01_01;
}

static void calendar(LONGLONG days, SYSTEMTIME *time) {
    LONGLONG total = days + DAYS_TO_1601_01_01;
    LONGLONG era = total / 146097, in_era = total % 146097;
    LONGLONG year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    LONGLONG in_year = in_era - (365 * year + year / 4 - year / 100);
    LONGLONG month = (5 * in_year + 2) / 153; /* 0 is March */
    time->wDay = (WORD)(in_year - (153 * month + 2) / 5 + 1);
    time->wMonth = (WORD)(month < 10 ? month + 3 : month - 9);
    time->wYear = (WORD)(year + 400 * era + (time->wMonth <= 2));
    time->wDayOfWeek = (WORD)((days + 1) % 7); /* 1601-01-01 was a Monday */
}

BOOL WINAPI FileTimeToSystemTime(const FILETIME *fileTime, LPSYSTEMTIME systemTime) {
    if (!fileTime || !systemTime || fileTime->dwHighDateTime & 0x80000000u) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    LONGLONG ticks = (LONGLONG)to_ticks(fileTime);
    LONGLONG milliseconds = ticks % TICKS_PER_DAY / 10000;
    calendar(ticks / TICKS_PER_DAY, systemTime);
    systemTime->wHour = (WORD)(milliseconds / 3600000);
    systemTime->wMinute = (WORD)(milliseconds / 60000 % 60);
    systemTime->wSecond = (WORD)(milliseconds / 1000 % 60);
    systemTime->wMilliseconds = (WORD)(milliseconds % 1000);
    return TRUE;
}

static BOOL is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

static BOOL exists(const SYSTEMTIME *time) {
    static const BYTE lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return time->wYear >= 1601 && time->wYear <= 30827 && time->wMonth >= 1 && time->wMonth <= 12 && time->wDay >= 1 &&
           time->wDay <= lengths[time->wMonth - 1] + (time->wMonth == 2 && is_leap(time->wYear)) && time->wHour < 24 &&
           time->wMinute < 60 && time->wSecond < 60 && time->wMilliseconds < 1000;
}

BOOL WINAPI SystemTimeToFileTime(const SYSTEMTIME *systemTime, LPFILETIME fileTime) {
    if (!systemTime || !fileTime || !exists(systemTime)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    LONGLONG seconds = systemTime->wHour * 3600ll + systemTime->wMinute * 60 + systemTime->wSecond;
    ULONGLONG ticks = (ULONGLONG)days_before(systemTime->wYear, systemTime->wMonth, systemTime->wDay) * TICKS_PER_DAY +
                      (ULONGLONG)(seconds * TICKS_PER_SECOND + systemTime->wMilliseconds * 10000ll);
    if (ticks >> 63) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *fileTime = from_ticks(ticks);
    return TRUE;
}

LONG WINAPI CompareFileTime(const FILETIME *first, const FILETIME *second) {
    ULONGLONG a = to_ticks(first), b = to_ticks(second);
    return (a > b) - (a < b);
}

/* How far local clocks are ahead of UTC at this moment. */
static LONGLONG offset(void) {
    struct tm local;
    time_t seconds = time(NULL);
    return localtime_r(&seconds, &local) ? local.tm_gmtoff * TICKS_PER_SECOND : 0;
}

static BOOL shifted(const FILETIME *from, LPFILETIME to, LONGLONG by) {
    if (!from || !to) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    LONGLONG ticks;
    if (__builtin_add_overflow((LONGLONG)to_ticks(from), by, &ticks) || ticks < 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *to = from_ticks((ULONGLONG)ticks);
    return TRUE;
}

BOOL WINAPI FileTimeToLocalFileTime(const FILETIME *fileTime, LPFILETIME localFileTime) {
    return shifted(fileTime, localFileTime, offset());
}

BOOL WINAPI LocalFileTimeToFileTime(const FILETIME *localFileTime, LPFILETIME fileTime) {
    return shifted(localFileTime, fileTime, -offset());
}

VOID WINAPI GetSystemTimeAsFileTime(LPFILETIME time) { *time = now(); }
VOID WINAPI GetSystemTimePreciseAsFileTime(LPFILETIME time) { *time = now(); }

VOID WINAPI GetSystemTime(LPSYSTEMTIME time) {
    FILETIME current = now();
    FileTimeToSystemTime(&current, time);
}

VOID WINAPI GetLocalTime(LPSYSTEMTIME time) {
    FILETIME current = now();
    FileTimeToLocalFileTime(&current, &current);
    FileTimeToSystemTime(&current, time);
}

static ULONGLONG monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (ULONGLONG)time.tv_sec * 1000000000ull + (ULONGLONG)time.tv_nsec;
}

ULONGLONG WINAPI GetTickCount64(VOID) { return monotonic() / 1000000; }
DWORD WINAPI GetTickCount(VOID) { return (DWORD)GetTickCount64(); }

BOOL WINAPI QueryPerformanceCounter(LARGE_INTEGER *count) {
    count->QuadPart = (LONGLONG)monotonic();
    return TRUE;
}

BOOL WINAPI QueryPerformanceFrequency(LARGE_INTEGER *frequency) {
    frequency->QuadPart = 1000000000;
    return TRUE;
}
