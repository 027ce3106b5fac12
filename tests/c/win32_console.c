/* Dates as text; a keyboard that is a pipe. A terminal is played by tests/test_console.py. */
#define _GNU_SOURCE
#include "win32_test.h"

#include <conio.h>
#include <unistd.h>
#include <wchar.h>

static const SYSTEMTIME MOMENT = {2009, 7, 0, 5, 13, 4, 9, 0}; /* a Sunday, whatever is said */

static const WCHAR *date(DWORD flags, const WCHAR *format) {
    static WCHAR text[64];
    text[0] = 0;
    GetDateFormatW(LOCALE_USER_DEFAULT, flags, &MOMENT, format, text, 64);
    return text;
}

static const WCHAR *hour(DWORD flags, const WCHAR *format) {
    static WCHAR text[64];
    text[0] = 0;
    GetTimeFormatW(LOCALE_USER_DEFAULT, flags, &MOMENT, format, text, 64);
    return text;
}

TEST(dates_and_times_as_text) {
    char narrow[32];
    CHECK(!wcscmp(date(0, NULL), L"7/5/2009") && !wcscmp(date(DATE_LONGDATE, NULL), L"Sunday, July 05, 2009"));
    CHECK(!wcscmp(date(DATE_YEARMONTH, NULL), L"July, 2009"));
    CHECK(!wcscmp(date(0, L"ddd d dd dddd MMM MM yy yyyy'd''d'"), L"Sun 5 05 Sunday Jul 07 09 2009d'd"));
    CHECK(!wcscmp(hour(0, NULL), L"1:04:09 PM") && !wcscmp(hour(TIME_NOSECONDS, NULL), L"1:04 PM"));
    CHECK(!wcscmp(hour(TIME_NOMINUTESORSECONDS | TIME_NOTIMEMARKER, NULL), L"1"));
    CHECK(!wcscmp(hour(TIME_FORCE24HOURFORMAT | TIME_NOTIMEMARKER, NULL), L"13:04:09"));
    CHECK(!wcscmp(hour(0, L"HH'h'mm t"), L"13h04 P"));
    CHECK(GetDateFormatW(0, 0, &MOMENT, NULL, NULL, 0) == 9 && GetTimeFormatW(0, 0, NULL, L"HH", NULL, 0) == 3);
    CHECK(GetDateFormatA(0, 0, &MOMENT, "yyyy-MM-dd", narrow, 32) == 11 && !strcmp(narrow, "2009-07-05"));
    CHECK_FAILS(GetDateFormatA(0, 0, &MOMENT, NULL, narrow, 3), 0, ERROR_INSUFFICIENT_BUFFER);
    SYSTEMTIME none = MOMENT;
    none.wMonth = 13;
    CHECK_FAILS(GetDateFormatA(0, 0, &none, NULL, narrow, 32), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(GetDateFormatA(0, DATE_LONGDATE, &MOMENT, "d", narrow, 32), 0, ERROR_INVALID_FLAGS);
    CHECK_FAILS(GetTimeFormatA(0, 0x100, &MOMENT, NULL, narrow, 32), 0, ERROR_INVALID_FLAGS);
    CHECK_FAILS(GetTimeFormatA(0, 0, &MOMENT, NULL, NULL, 3), 0, ERROR_INVALID_PARAMETER);
    CHECK(GetUserDefaultLCID() == 0x409);
}

TEST(a_keyboard_that_is_a_pipe) {
    int ends[2], before = dup(0);
    WCHAR line[8] = L"";
    DWORD got = 0;
    CHECK(pipe(ends) == 0 && dup2(ends[0], 0) == 0 && close(ends[0]) == 0);
    CHECK(!_kbhit() && WaitForSingleObject(GetStdHandle(STD_INPUT_HANDLE), 0) == WAIT_TIMEOUT);
    CHECK(write(ends[1], "a\n\xe2\x82\xacline\n", 10) == 10 && _kbhit() && _getch() == 'a');
    CHECK(_kbhit() && WaitForSingleObject(GetStdHandle(STD_INPUT_HANDLE), 0) == WAIT_OBJECT_0); /* read ahead */
    CHECK(_getch() == '\r' && _getwch() == 0x20ac);
    CHECK(ReadConsoleW(GetStdHandle(STD_INPUT_HANDLE), line, 8, &got, NULL) && got == 6 && !wcscmp(line, L"line\r\n"));
    CHECK(!_kbhit() && close(ends[1]) == 0 && _kbhit() && _getch() == 26); /* the end */
    DWORD mode;
    CHECK_FAILS(GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(GetConsoleMode(NULL, &mode), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(SetConsoleTextAttribute(NULL, 1), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(ReadConsoleW(NULL, line, 8, &got, NULL), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(ReadConsoleW(GetStdHandle(STD_INPUT_HANDLE), NULL, 8, &got, NULL), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(WriteConsoleW(NULL, L"x", 1, &got, NULL), FALSE, ERROR_INVALID_HANDLE);
    CHECK(dup2(before, 0) == 0 && close(before) == 0);
    clearerr(stdin);
}
