/* String functions: wide, with sizes, without case; numbers; strsafe.h. */
#include "win32_test.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <strsafe.h>
#include <time.h>
#include <wchar.h>

TEST(copying_and_joining) {
    WCHAR room[8];
    CHECK(wcscpy(room, L"abc") == room && wcscat(room, L"de") == room && !wcscmp(room, L"abcde"));
    CHECK(wcsncpy(room, L"xy", 4) == room && room[2] == 0 && room[3] == 0 && room[4] == 'e');
    CHECK(wcsncat(room, L"1234", 2) == room && !wcscmp(room, L"xy12"));
    CHECK(wcslen(L"\U0001F600") == 2 && wcsnlen(L"abc", 2) == 2 && wcsnlen(L"abc", 9) == 3);
    WCHAR *copy = _wcsdup(L"copy");
    CHECK(!wcscmp(copy, L"copy") && _wcsdup(NULL) == NULL);
    free(copy);
}

TEST(comparing) {
    CHECK(wcscmp(L"a", L"b") < 0 && wcscmp(L"ab", L"a") > 0 && wcscmp(L"", L"") == 0 && wcscmp(L"\uffff", L"a") > 0);
    CHECK(wcsncmp(L"abc", L"abd", 2) == 0 && wcsncmp(L"abc", L"abd", 3) < 0 && wcsncmp(L"a", L"a", 99) == 0);
    CHECK(_wcsicmp(L"AbC", L"aBc") == 0 && _wcsicmp(L"a", L"B") < 0 && _wcsnicmp(L"ABx", L"aby", 2) == 0);
    CHECK(_stricmp("AbC", "aBc") == 0 && _strnicmp("ABx", "aby", 2) == 0 && _stricmp("a", "\xff") < 0);
    CHECK(_wcsicmp(NULL, L"a") == INT_MAX && wmemcmp(L"ab", L"ac", 2) < 0 && _memicmp("AB", "ab", 2) == 0);
}

TEST(searching) {
    const WCHAR *text = L"one two";
    CHECK(wcschr(text, L'o') == text && wcsrchr(text, L'o') == text + 6 && wcschr(text, L'z') == NULL &&
          wcschr(text, 0) == text + 7);
    CHECK(wcsstr(text, L"two") == text + 4 && wcsstr(text, L"") == text && wcsstr(text, L"twos") == NULL);
    CHECK(wcspbrk(text, L"tw") == text + 4 && wcspbrk(text, L"z") == NULL && wcsspn(text, L"eno") == 3 &&
          wcscspn(text, L" ") == 3);
    CHECK(wmemchr(text, L't', 4) == NULL && wmemchr(text, L't', 5) == text + 4 && wcsrchr(text, 0) == text + 7);
}

TEST(tokens) {
    WCHAR text[] = L",a,,bc;d", *context = NULL;
    CHECK(!wcscmp(wcstok(text, L",;", &context), L"a") && !wcscmp(wcstok_s(NULL, L",;", &context), L"bc"));
    CHECK(!wcscmp(wcstok_s(NULL, L",", &context), L"d") && wcstok_s(NULL, L",", &context) == NULL);
    char narrow[] = "x y", *rest = NULL;
    CHECK(!strcmp(strtok_s(narrow, " ", &rest), "x") && !strcmp(strtok_s(NULL, " ", &rest), "y") &&
          strtok_s(NULL, " ", &rest) == NULL);
    CHECK(strtok_s(NULL, " ", NULL) == NULL);
}

TEST(copying_with_a_size) {
    WCHAR room[4] = L"xxx";
    CHECK(wcscpy_s(room, 4, L"abc") == 0 && !wcscmp(room, L"abc"));
    CHECK(wcscpy_s(room, 4, L"abcd") == ERANGE && room[0] == 0);
    CHECK(wcscpy_s(NULL, 4, L"a") == EINVAL && wcscpy_s(room, 0, L"a") == EINVAL && wcscpy_s(room, 4, NULL) == EINVAL);
    CHECK(wcsncpy_s(room, 4, L"abcdef", 3) == 0 && !wcscmp(room, L"abc"));
    CHECK(wcsncpy_s(room, 4, L"abcdef", 4) == ERANGE && room[0] == 0);
    CHECK(wcsncpy_s(room, 4, L"abcdef", _TRUNCATE) == STRUNCATE && !wcscmp(room, L"abc"));
    CHECK(wcsncpy_s(room, 4, L"ab", _TRUNCATE) == 0 && wcsncpy_s(NULL, 0, NULL, 0) == 0);
    char narrow[4];
    CHECK(strcpy_s(narrow, 4, "abc") == 0 && strcpy_s(narrow, 4, "abcd") == ERANGE && narrow[0] == 0);
    CHECK(strncpy_s(narrow, 4, "abcdef", _TRUNCATE) == STRUNCATE && !strcmp(narrow, "abc"));
    CHECK(strnlen_s(NULL, 5) == 0 && wcsnlen_s(L"abc", 2) == 2 && strnlen_s("abc", 5) == 3);
}

TEST(joining_with_a_size) {
    WCHAR room[6] = L"ab", unterminated[2] = {'x', 'y'};
    CHECK(wcscat_s(room, 6, L"cd") == 0 && !wcscmp(room, L"abcd"));
    CHECK(wcsncat_s(room, 6, L"efgh", _TRUNCATE) == STRUNCATE && !wcscmp(room, L"abcde"));
    CHECK(wcscat_s(room, 6, L"f") == ERANGE && room[0] == 0);
    CHECK(wcscat_s(unterminated, 2, L"") == EINVAL && unterminated[0] == 0);
    char narrow[4] = "a";
    CHECK(strcat_s(narrow, 4, "bc") == 0 && strcat_s(narrow, 4, "d") == ERANGE && narrow[0] == 0 &&
          strncat_s(narrow, 4, "xyz", 2) == 0);
}

TEST(changing_case) {
    WCHAR wide[] = L"aB\u00c9";
    char narrow[] = "aB";
    CHECK(!wcscmp(_wcsupr(wide), L"AB\u00c9") && !wcscmp(_wcslwr(wide), L"ab\u00c9") &&
          !wcscmp(_wcsrev(wide), L"\u00c9ba"));
    CHECK(!strcmp(_strupr(narrow), "AB") && !strcmp(_strlwr(narrow), "ab") && !strcmp(_strrev(narrow), "ba"));
    CHECK(_wcsupr_s(wide, 4) == 0 && _wcslwr_s(wide, 3) == EINVAL && wide[0] == 0 && _wcslwr_s(NULL, 3) == EINVAL);
}

TEST(memory_with_a_size) {
    char room[4] = {1, 2, 3, 4};
    WCHAR wide[2];
    CHECK(memcpy_s(room, 4, "ab", 2) == 0 && room[0] == 'a' && room[2] == 3);
    CHECK(memcpy_s(room, 4, "abcde", 5) == ERANGE && room[0] == 0 && room[3] == 0);
    CHECK(memcpy_s(NULL, 4, "a", 1) == EINVAL && memmove_s(room, 4, NULL, 1) == EINVAL &&
          memcpy_s(NULL, 0, NULL, 0) == 0);
    CHECK(wmemcpy_s(wide, 2, L"ab", 2) == 0 && wmemcpy_s(wide, 2, L"abc", 3) == ERANGE);
}

TEST(numbers_from_wide_text) {
    WCHAR *end;
    const WCHAR *text = L"  -42x";
    CHECK(_wtoi(L"123") == 123 && _wtoi(L" -5 ") == -5 && _wtoi(L"x") == 0 && _wtoi(L"99999999999") == INT_MAX &&
          _wtoi(NULL) == 0);
    CHECK(_wtoi64(L"-9223372036854775808") == INT64_MIN && _wtol(L"7") == 7 && _wtof(L"2.5") == 2.5 &&
          _atoi64("5000000000") == 5000000000);
    CHECK(wcstol(text, &end, 10) == -42 && end == text + 5 && wcstoul(L"ff", NULL, 16) == 255 &&
          wcstol(L"0x1f", NULL, 0) == 31);
    CHECK(wcstol(text + 5, &end, 10) == 0 && end == text + 5);
    CHECK(wcstoull(L"18446744073709551615", NULL, 10) == ULLONG_MAX && wcstod(L"1e3z", &end) == 1000.0 && *end == 'z');
    CHECK(_wcstoi64(L"-7", NULL, 10) == -7 && _wcstoui64(L"7", NULL, 10) == 7 && wcstof(L"0.5", NULL) == 0.5f);
}

TEST(numbers_to_text) {
    WCHAR wide[70];
    char narrow[70];
    CHECK(!wcscmp(_itow(-42, wide, 10), L"-42") && !wcscmp(_itow(-1, wide, 16), L"ffffffff") &&
          !wcscmp(_itow(5, wide, 2), L"101"));
    CHECK(!wcscmp(_i64tow(INT64_MIN, wide, 10), L"-9223372036854775808") &&
          !wcscmp(_ui64tow(UINT64_MAX, wide, 36), L"3w5e11264sgsf"));
    CHECK(_itow_s(12345, wide, 5, 10) == ERANGE && wide[0] == 0 && _itow_s(1234, wide, 5, 10) == 0 &&
          _itow_s(1, wide, 5, 1) == EINVAL);
    CHECK(!strcmp(_itoa(INT_MIN, narrow, 10), "-2147483648") && !strcmp(_ultoa(7, narrow, 8), "7") &&
          _itoa_s(10, narrow, 2, 10) == ERANGE);
    CHECK(!strcmp(_i64toa(-1, narrow, 10), "-1") && !wcscmp(_ultow(0, wide, 10), L"0") &&
          _i64toa_s(9, narrow, 2, 10) == 0);
}

TEST(whole_strings_change_encoding) {
    WCHAR wide[4];
    char narrow[8];
    size_t converted = 0;
    CHECK(mbstowcs(NULL, "\xf0\x9f\x98\x80!", 0) == 3 && mbstowcs(wide, "\xf0\x9f\x98\x80!", 4) == 3 && wide[2] == '!');
    CHECK(wcstombs(NULL, L"\u20ac", 0) == 3 && wcstombs(narrow, L"\u20ac", 8) == 3 && !strcmp(narrow, "\xe2\x82\xac"));
    CHECK(mbstowcs(wide, "\xff", 4) == (size_t)-1 && errno == EILSEQ && mbstowcs(wide, "a\xf0\x9f\x98\x80", 2) == 1);
    CHECK(mbstowcs_s(&converted, wide, 4, "abc", _TRUNCATE) == 0 && converted == 4 && !wcscmp(wide, L"abc"));
    CHECK(mbstowcs_s(&converted, wide, 4, "abcd", _TRUNCATE) == STRUNCATE && converted == 4 && !wcscmp(wide, L"abc"));
    CHECK(mbstowcs_s(&converted, wide, 4, "abcd", 4) == ERANGE && wide[0] == 0);
    CHECK(mbstowcs_s(&converted, NULL, 0, "abcd", 0) == 0 && converted == 5);
    CHECK(wcstombs_s(&converted, narrow, 8, L"\u20ac\u20ac", _TRUNCATE) == 0 && converted == 7);
    CHECK(wcstombs_s(&converted, narrow, 6, L"\u20ac\u20ac", _TRUNCATE) == STRUNCATE && converted == 4);
    CHECK(wcstombs_s(NULL, NULL, 3, L"x", 1) == EINVAL && mbstowcs_s(NULL, wide, 0, "x", _TRUNCATE) == EINVAL);
    CHECK(mbtowc(wide, "\xe2\x82\xac", 3) == 3 && wide[0] == 0x20ac && wctomb(narrow, 0x20ac) == 3 &&
          mbtowc(wide, "\xe2\x82", 2) == -1);
}

TEST(times_with_sizes) {
    time_t zero = 0, negative = -1;
    struct tm split;
    char narrow[32];
    WCHAR wide[32];
    CHECK(gmtime_s(&split, &zero) == 0 && split.tm_year == 70 && localtime_s(&split, &zero) == 0);
    CHECK(gmtime_s(&split, &negative) == EINVAL && split.tm_mday == -1 && gmtime_s(NULL, &zero) == EINVAL);
    gmtime_s(&split, &zero);
    CHECK(asctime_s(narrow, 32, &split) == 0 && !strcmp(narrow, "Thu Jan  1 00:00:00 1970\n") &&
          asctime_s(narrow, 20, &split) == EINVAL);
    CHECK(wcsftime(wide, 32, L"\u20ac%Y-%m-%d", &split) == 11 && !wcscmp(wide, L"\u20ac1970-01-01") &&
          wcsftime(wide, 5, L"%Y-%m", &split) == 0);
    CHECK(ctime_s(narrow, 32, &zero) == 0 && strerror_s(narrow, 5, ENOENT) == 0 && strlen(narrow) == 4);
}

/* strsafe.h */

TEST(strsafe_copies_and_cuts) {
    WCHAR room[4];
    char narrow[4];
    CHECK(StringCchCopyW(room, 4, L"abc") == S_OK && !wcscmp(room, L"abc"));
    CHECK(StringCchCopyW(room, 4, L"abcd") == STRSAFE_E_INSUFFICIENT_BUFFER && !wcscmp(room, L"abc"));
    CHECK(StringCbCopyW(room, 7, L"xyz") == STRSAFE_E_INSUFFICIENT_BUFFER &&
          !wcscmp(room, L"xy")); /* an odd byte is no unit */
    CHECK(StringCchCopyA(narrow, 4, "abcd") == STRSAFE_E_INSUFFICIENT_BUFFER &&
          StringCbCopyA(narrow, 4, "abc") == S_OK);
    CHECK(StringCchCopyNW(room, 4, L"abcdef", 2) == S_OK && !wcscmp(room, L"ab"));
    CHECK(StringCbCopyNW(room, 8, L"abcdef", 6) == S_OK && !wcscmp(room, L"abc"));
    CHECK(StringCchCopyW(room, 0, L"a") == STRSAFE_E_INVALID_PARAMETER);
    CHECK(StringCchCopyW(room, (size_t)STRSAFE_MAX_CCH + 1, L"a") == STRSAFE_E_INVALID_PARAMETER);
}

TEST(strsafe_joins_and_cuts) {
    WCHAR room[6] = L"ab", unterminated[2] = {'x', 'y'};
    CHECK(StringCchCatW(room, 6, L"cd") == S_OK && !wcscmp(room, L"abcd"));
    CHECK(StringCchCatW(room, 6, L"efg") == STRSAFE_E_INSUFFICIENT_BUFFER && !wcscmp(room, L"abcde"));
    room[1] = 0;
    CHECK(StringCchCatNW(room, 6, L"xyz", 2) == S_OK && !wcscmp(room, L"axy") &&
          StringCbCatNW(room, 12, L"123", 2) == S_OK && !wcscmp(room, L"axy1"));
    CHECK(StringCchCatW(unterminated, 2, L"a") == STRSAFE_E_INVALID_PARAMETER);
    char narrow[8] = "n";
    CHECK(StringCbCatA(narrow, 8, "m") == S_OK && StringCchCatNA(narrow, 8, "opq", 1) == S_OK &&
          !strcmp(narrow, "nmo"));
}

TEST(strsafe_prints) {
    WCHAR room[16], *end = NULL;
    size_t left = 0;
    char narrow[17];
    CHECK(StringCchPrintfW(room, 16, L"%s-%S-%lu", L"a", "b", (DWORD)5) == S_OK && !wcscmp(room, L"a-b-5"));
    CHECK(StringCbPrintfW(room, 8, L"%d", 123456) == STRSAFE_E_INSUFFICIENT_BUFFER && !wcscmp(room, L"123"));
    CHECK(StringCchPrintfExW(room, 16, &end, &left, 0, L"%x", 0xabc) == S_OK && end == room + 3 && left == 13);
    CHECK(StringCbPrintfExW(room, 32, &end, &left, 0, L"%x", 0xabc) == S_OK && left == 26);
    CHECK(StringCchPrintfA(narrow, 17, "%S %I64d", L"\u00e9", 1ll << 40) == S_OK &&
          !strcmp(narrow, "\xc3\xa9 1099511627776"));
}

TEST(strsafe_measures) {
    size_t length = 99;
    CHECK(StringCchLengthW(L"abc", 4, &length) == S_OK && length == 3 && StringCbLengthW(L"abc", 8, &length) == S_OK &&
          length == 6);
    CHECK(StringCchLengthW(L"abc", 3, &length) == STRSAFE_E_INVALID_PARAMETER && length == 0);
    CHECK(StringCchLengthW(NULL, 3, &length) == STRSAFE_E_INVALID_PARAMETER && StringCchLengthA("ab", 3, NULL) == S_OK);
}

TEST(strsafe_fills_and_clears_as_told) {
    char room[8];
    char *end = NULL;
    size_t left = 0;
    CHECK(StringCchCopyExA(room, 8, "abc", &end, &left, STRSAFE_FILL_BYTE('#')) == S_OK &&
          !memcmp(room, "abc\0####", 8));
    CHECK(end == room + 3 && left == 5);
    CHECK(StringCchCopyExA(room, 4, "abcdef", &end, &left, STRSAFE_NULL_ON_FAILURE) == STRSAFE_E_INSUFFICIENT_BUFFER &&
          room[0] == 0);
    CHECK(end == room && left == 4);
    CHECK(StringCchCopyExA(room, 4, "abcdef", NULL, NULL, STRSAFE_FAILURE_BYTE('x')) == STRSAFE_E_INSUFFICIENT_BUFFER &&
          !strcmp(room, "xxx"));
    CHECK(StringCchCopyExA(room, 4, "abcdef", &end, &left, 0) == STRSAFE_E_INSUFFICIENT_BUFFER && end == room + 3 &&
          left == 1);
    memcpy(room, "ab", 3);
    CHECK(StringCchCatExA(room, 4, "cdef", NULL, NULL, STRSAFE_NO_TRUNCATION) == STRSAFE_E_INSUFFICIENT_BUFFER &&
          !strcmp(room, "ab"));
    CHECK(StringCchCopyExA(room, 8, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS) == S_OK && room[0] == 0);
    CHECK(StringCchCopyExA(NULL, 0, NULL, NULL, NULL, STRSAFE_IGNORE_NULLS) == S_OK);
    CHECK(StringCchCopyExA(room, 8, "a", NULL, NULL, 0x10000) == STRSAFE_E_INVALID_PARAMETER);
}
