/* UTF-8 and UTF-16, messages, lstr functions, names of machine and user. */
#define _POSIX_C_SOURCE 200809L
#include "win32_test.h"

#include <stdlib.h>
#include <wchar.h>

static int to_wide(const char *text, int length, DWORD flags, WCHAR *to, int units) {
    return MultiByteToWideChar(CP_UTF8, flags, text, length, to, units);
}

static int to_narrow(const WCHAR *text, int length, DWORD flags, char *to, int bytes) {
    return WideCharToMultiByte(CP_UTF8, flags, text, length, to, bytes, NULL, NULL);
}

TEST(text_of_every_length_becomes_wide) {
    WCHAR wide[16];
    CHECK(to_wide("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", -1, MB_ERR_INVALID_CHARS, wide, 16) == 6);
    CHECK(!memcmp(wide, L"a\u00e9\u20ac\U0001F600", 12));
    CHECK(to_wide("abc", 2, 0, wide, 16) == 2 && wide[1] == 'b'); /* no terminator is added to counted text */
    CHECK(to_wide("a\0b", 3, 0, wide, 16) == 3 && wide[2] == 'b');
    CHECK(to_wide("", -1, 0, wide, 16) == 1 && wide[0] == 0);
}

TEST(wide_text_becomes_narrow) {
    char narrow[16];
    CHECK(to_narrow(L"a\u00e9\u20ac\U0001F600", -1, WC_ERR_INVALID_CHARS, narrow, 16) == 11);
    CHECK(!strcmp(narrow, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
    CHECK(to_narrow(L"xyz", 2, 0, narrow, 16) == 2);
}

TEST(asking_for_the_length) {
    CHECK(to_wide("\xf0\x9f\x98\x80!", -1, 0, NULL, 0) == 4 && to_wide("\xf0\x9f\x98\x80!", 5, 0, NULL, 0) == 3);
    CHECK(to_narrow(L"\U0001F600!", -1, 0, NULL, 0) == 6);
}

TEST(a_buffer_too_small_is_an_error) {
    WCHAR wide[4];
    char narrow[4];
    CHECK_FAILS(to_wide("abcd", -1, 0, wide, 4), 0, ERROR_INSUFFICIENT_BUFFER);
    CHECK(to_wide("abcd", 4, 0, wide, 4) == 4);
    CHECK_FAILS(to_wide("abc\xf0\x9f\x98\x80", 7, 0, wide, 4), 0,
                ERROR_INSUFFICIENT_BUFFER); /* half a pair would fit */
    CHECK_FAILS(to_narrow(L"ab\u20ac", 3, 0, narrow, 4), 0, ERROR_INSUFFICIENT_BUFFER);
    CHECK(to_narrow(L"a\u20ac", 2, 0, narrow, 4) == 4);
}

TEST(malformed_utf8_becomes_replacement_characters) {
    static const struct {
        const char *bytes;
        const WCHAR *units;
    } cases[] = {
        {"\x80", L"\ufffd"},
        {"\xff\xfe", L"\ufffd\ufffd"},
        {"\xc0\xaf", L"\ufffd\ufffd"},                     /* overlong */
        {"\xe0\x9f\xbf", L"\ufffd\ufffd\ufffd"},           /* overlong */
        {"\xed\xa0\x80", L"\ufffd\ufffd\ufffd"},           /* a surrogate */
        {"\xf4\x90\x80\x80", L"\ufffd\ufffd\ufffd\ufffd"}, /* above U+10FFFF */
        {"\xe2\x82"
         "A",
         L"\ufffd"
         L"A"}, /* cut short: one for the piece */
        {"\xf0\x9f\x98", L"\ufffd"},
        {"\xf0\x9f\xe2\x82\xac", L"\ufffd\u20ac"},
    };
    for (size_t index = 0; index < ARRAYSIZE(cases); index++) {
        WCHAR wide[8];
        int units = to_wide(cases[index].bytes, -1, 0, wide, 8);
        CHECK(units == (int)wcslen(cases[index].units) + 1 && !wcscmp(wide, cases[index].units));
        CHECK_FAILS(to_wide(cases[index].bytes, -1, MB_ERR_INVALID_CHARS, wide, 8), 0, ERROR_NO_UNICODE_TRANSLATION);
    }
}

TEST(lone_surrogates_become_replacement_characters) {
    static const WCHAR high[] = {0xd83d, 'a', 0}, low[] = {0xde00, 0}, swapped[] = {0xde00, 0xd83d, 0};
    char narrow[16];
    CHECK(to_narrow(high, -1, 0, narrow, 16) == 5 && !strcmp(narrow, "\xef\xbf\xbd"
                                                                     "a"));
    CHECK(to_narrow(low, -1, 0, narrow, 16) == 4 && to_narrow(swapped, -1, 0, narrow, 16) == 7);
    CHECK_FAILS(to_narrow(high, -1, WC_ERR_INVALID_CHARS, narrow, 16), 0, ERROR_NO_UNICODE_TRANSLATION);
    CHECK_FAILS(to_narrow(high, 1, WC_ERR_INVALID_CHARS, narrow, 16), 0, ERROR_NO_UNICODE_TRANSLATION);
}

TEST(wrong_conversion_arguments_are_refused) {
    WCHAR wide[4];
    char narrow[4];
    BOOL used = TRUE;
    CHECK_FAILS(to_wide(NULL, -1, 0, wide, 4), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(to_wide("a", 0, 0, wide, 4), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(to_wide("a", 1, 0, NULL, 4), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(to_wide("a", 1, 0, wide, -1), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(to_wide((char *)wide, 1, 0, wide, 4), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(to_wide("a", 1, MB_PRECOMPOSED, wide, 4), 0, ERROR_INVALID_FLAGS);
    CHECK_FAILS(MultiByteToWideChar(1252, 0, "a", 1, wide, 4), 0, ERROR_INVALID_PARAMETER);
    CHECK(MultiByteToWideChar(CP_ACP, MB_PRECOMPOSED, "a", 1, wide, 4) == 1);
    CHECK_FAILS(to_narrow(L"a", 1, WC_NO_BEST_FIT_CHARS, narrow, 4), 0, ERROR_INVALID_FLAGS);
    CHECK_FAILS(WideCharToMultiByte(CP_UTF8, 0, L"a", 1, narrow, 4, "?", NULL), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(WideCharToMultiByte(CP_UTF8, 0, L"a", 1, narrow, 4, NULL, &used), 0, ERROR_INVALID_PARAMETER);
    CHECK(WideCharToMultiByte(CP_ACP, 0, L"a", 1, narrow, 4, "?", &used) == 1 && used == FALSE);
    CHECK(GetACP() == CP_UTF8 && GetOEMCP() == CP_UTF8);
}

TEST(every_character_survives_there_and_back) {
    for (unsigned point = 1; point < 0x110000; point += point < 0x3000 ? 1 : 251) {
        char narrow[4], again[4];
        WCHAR wide[2];
        if (point >= 0xd800 && point <= 0xdfff) {
            continue;
        }
        int bytes = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        narrow[0] = (char)(bytes == 1 ? point : (0xf00u >> bytes) | point >> 6 * (bytes - 1));
        for (int index = 1; index < bytes; index++) {
            narrow[index] = (char)(0x80 | (point >> 6 * (bytes - 1 - index) & 0x3f));
        }
        int units = to_wide(narrow, bytes, MB_ERR_INVALID_CHARS, wide, 2);
        CHECK(units == (point < 0x10000 ? 1 : 2));
        CHECK(to_narrow(wide, units, WC_ERR_INVALID_CHARS, again, 4) == bytes && !memcmp(narrow, again, (size_t)bytes));
    }
}

/* Messages. */

TEST(a_message_for_a_peer_error) {
    WCHAR *text = NULL;
    DWORD length = FormatMessageW(
        FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
        (DWORD)PEER_E_INVALID_GRAPH, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPWSTR)&text, 0, NULL);
    CHECK(length > 10 && text && wcslen(text) == length && !wcscmp(text + length - 3, L".\r\n"));
    LocalFree(text);
}

TEST(a_wrapped_win32_error_has_its_message) {
    char plain[200], wrapped[200];
    DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM;
    CHECK(FormatMessageA(flags, NULL, ERROR_TIMEOUT, 0, plain, sizeof plain, NULL) == strlen(plain));
    CHECK(FormatMessageA(flags, NULL, (DWORD)HRESULT_FROM_WIN32(ERROR_TIMEOUT), 0, wrapped, sizeof wrapped, NULL) > 0);
    CHECK(!strcmp(plain, wrapped));
}

TEST(a_message_on_one_line) {
    char text[200];
    DWORD flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_MAX_WIDTH_MASK;
    CHECK(FormatMessageA(flags, NULL, ERROR_ACCESS_DENIED, 0, text, sizeof text, NULL) > 0);
    CHECK(!strchr(text, '\n') && !strchr(text, '\r') && !strcmp(text + strlen(text) - 2, ". "));
}

TEST(message_failures) {
    char text[8], *made = text;
    CHECK_FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 0x12345678, 0, text, 8, NULL), 0,
                ERROR_MR_MID_NOT_FOUND);
    CHECK_FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_ALLOCATE_BUFFER, NULL, 0x12345678, 0,
                               (LPSTR)&made, 0, NULL),
                0, ERROR_MR_MID_NOT_FOUND);
    CHECK(made == NULL);
    CHECK_FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_TIMEOUT, 0, text, 8, NULL), 0,
                ERROR_INSUFFICIENT_BUFFER);
    CHECK_FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_TIMEOUT, 0, NULL, 8, NULL), 0,
                ERROR_INVALID_PARAMETER);
    CHECK_FAILS(FormatMessageA(0, NULL, ERROR_TIMEOUT, 0, text, 8, NULL), 0, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(FormatMessageA(FORMAT_MESSAGE_FROM_STRING, "%1", 0, 0, text, 8, NULL), 0, ERROR_INVALID_PARAMETER);
}

static DWORD fill(WCHAR *to, DWORD size, const WCHAR *from, ...) {
    va_list arguments;
    va_start(arguments, from);
    DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_STRING, from, 0, 0, to, size, &arguments);
    va_end(arguments);
    return length;
}

TEST(inserts_of_a_message) {
    WCHAR text[100];
    CHECK(fill(text, 100, L"%2 before %1, %3!5d!|%3!-5d!|%4!S!%%%!%n%0cut", L"one", L"two", 42, "narrow") > 0);
    CHECK(!wcscmp(text, L"two before one,    42|42   |narrow%!\r\n"));
    CHECK(fill(text, 100, L"%1!*.*s!.", 6, 2, L"abc") == 7 && !wcscmp(text, L"    ab."));
    CHECK(fill(text, 5, L"%1", L"abcd") == 4 && fill(text, 4, L"%1", L"abcd") == 0);
}

TEST(inserts_from_an_array) {
    char text[100];
    DWORD_PTR values[2] = {(DWORD_PTR) "\xc3\xa9", 0xff};
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%1 is %2!04x!", 0, 0, text,
                         sizeof text, (va_list *)values) == 10);
    CHECK(!strcmp(text, "\xc3\xa9 is 00ff"));
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_IGNORE_INSERTS, "%1 stays%n", 0, 0, text,
                         sizeof text, NULL) > 0);
    CHECK(!strcmp(text, "%1 stays\r\n"));
}

/* lstr functions and comparisons. */

TEST(lstr_functions) {
    WCHAR wide[8];
    char narrow[8];
    CHECK(lstrlenW(L"abc") == 3 && lstrlenW(NULL) == 0 && lstrlenA("ab") == 2 && lstrlenA(NULL) == 0);
    CHECK(lstrcpynW(wide, L"abcdef", 4) == wide && !wcscmp(wide, L"abc") && lstrcatW(wide, L"de") == wide &&
          !wcscmp(wide, L"abcde"));
    CHECK(lstrcpynA(narrow, "abcdef", 4) == narrow && !strcmp(lstrcatA(narrow, "x"), "abcx"));
    CHECK(lstrcpyW(wide, L"q") == wide && lstrcpyA(narrow, "q") == narrow && lstrcpyW(NULL, L"") == NULL);
    CHECK(lstrcmpW(L"a", L"b") < 0 && lstrcmpW(L"b", L"a") > 0 && lstrcmpW(L"a", L"a") == 0 && lstrcmpW(NULL, L"") < 0);
    CHECK(lstrcmpiW(L"\u00c4Z", L"\u00e4z") == 0 && lstrcmpiA("\xc3\x84", "\xc3\xa4") == 0 && lstrcmpA("a", "A") != 0);
}

TEST(ordinal_comparison) {
    CHECK(CompareStringOrdinal(L"abc", -1, L"abd", 2, FALSE) == CSTR_GREATER_THAN);
    CHECK(CompareStringOrdinal(L"ABC", -1, L"abc", 3, TRUE) == CSTR_EQUAL &&
          CompareStringOrdinal(L"a", 1, L"b", 1, FALSE) == CSTR_LESS_THAN);
    CHECK_FAILS(CompareStringOrdinal(NULL, 0, L"b", 1, FALSE), 0, ERROR_INVALID_PARAMETER);
}

TEST(names_of_machine_and_user) {
    char narrow[300];
    WCHAR wide[300];
    DWORD size = sizeof narrow, needed = 0;
    CHECK(GetComputerNameA(narrow, &size) && size == strlen(narrow));
    size = 300;
    CHECK(GetComputerNameW(wide, &size) && size == wcslen(wide));
    CHECK_FAILS(GetComputerNameW(NULL, &needed), FALSE, ERROR_BUFFER_OVERFLOW);
    for (int format = 0; format < ComputerNameMax; format++) {
        DWORD room = 256, none = 0;
        CHECK(GetComputerNameExA((COMPUTER_NAME_FORMAT)format, narrow, &room) && room == strlen(narrow));
        room = 256;
        CHECK(GetComputerNameExW((COMPUTER_NAME_FORMAT)format, wide, &room) && room == wcslen(wide));
        CHECK_FAILS(GetComputerNameExW((COMPUTER_NAME_FORMAT)format, NULL, &none), FALSE, ERROR_MORE_DATA);
        CHECK(none == room + 1);
    }
    CHECK_FAILS(GetComputerNameExW(ComputerNameMax, wide, &needed), FALSE, ERROR_INVALID_PARAMETER);
    CHECK(needed == size + 1);
    size = 300;
    CHECK(GetUserNameW(wide, &size) && size == wcslen(wide) + 1);
    needed = 0;
    CHECK_FAILS(GetUserNameA(NULL, &needed), FALSE, ERROR_INSUFFICIENT_BUFFER);
}

TEST(environment_variables) {
    char narrow[8];
    WCHAR wide[8];
    setenv("PEERAPI_TEST", "\xc3\xa9tat", 1);
    CHECK(GetEnvironmentVariableA("PEERAPI_TEST", narrow, 8) == 5 && !strcmp(narrow, "\xc3\xa9tat"));
    CHECK(GetEnvironmentVariableW(L"PEERAPI_TEST", wide, 8) == 4 && !wcscmp(wide, L"\u00e9tat"));
    CHECK(GetEnvironmentVariableW(L"PEERAPI_TEST", wide, 4) == 5); /* with the terminator, which did not fit */
    unsetenv("PEERAPI_TEST");
    CHECK_FAILS(GetEnvironmentVariableA("PEERAPI_TEST", narrow, 8), 0, ERROR_ENVVAR_NOT_FOUND);
}
