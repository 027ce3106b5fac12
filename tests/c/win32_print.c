/* Printing and scanning with the formats of Windows, into arrays and through streams. */
#define _POSIX_C_SOURCE 200809L
#include "win32_test.h"

#include <errno.h>
#include <io.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

/* What a wide format makes of its arguments. */
#define CHECK_WIDE(expected, ...)                                         \
    do {                                                                  \
        WCHAR room[128];                                                  \
        CHECK(swprintf(room, 128, __VA_ARGS__) == (int)wcslen(expected)); \
        CHECK(!wcscmp(room, expected));                                   \
    } while (0)

#define CHECK_NARROW(expected, ...)                                        \
    do {                                                                   \
        char room[128];                                                    \
        CHECK(sprintf_s(room, 128, __VA_ARGS__) == (int)strlen(expected)); \
        CHECK(!strcmp(room, expected));                                    \
    } while (0)

TEST(strings_in_a_wide_format) {
    CHECK_WIDE(L"wide narrow narrow wide wide", L"%s %S %hs %ls %ws", L"wide", "narrow", "narrow", L"wide", L"wide");
    CHECK_WIDE(L"[  ab][ab  ][a]", L"[%4s][%-4s][%.1s]", L"ab", L"ab", L"ab");
    CHECK_WIDE(L"[\u00e9\u20ac]", L"[%S]", "\xc3\xa9\xe2\x82\xac");
    CHECK_WIDE(L"[ \u00e9][\u00e9]", L"[%*hs][%.*hs]", 2, "\xc3\xa9", 1, "\xc3\xa9\xc3\xa9");
    CHECK_WIDE(L"(null) (null)", L"%s %S", (WCHAR *)NULL, (char *)NULL);
}

TEST(strings_in_a_narrow_format) {
    CHECK_NARROW("narrow wide wide narrow", "%s %S %ls %hs", "narrow", L"wide", L"wide", "narrow");
    CHECK_NARROW("[ \xc3\xa9][\xc3\xa9]", "[%3S][%.3S]", L"\u00e9",
                 L"\u00e9\u00e9"); /* widths count bytes; no half characters */
    CHECK_NARROW("\xf0\x9f\x98\x80", "%ws", L"\U0001F600");
}

TEST(characters) {
    CHECK_WIDE(L"aBc\u20ac", L"%c%C%hc%lc", L'a', 'B', 'c', L'\u20ac');
    CHECK_NARROW("aB\xe2\x82\xac  x", "%c%C%lc%3c", 'a', L'B', L'\u20ac', 'x');
}

TEST(integers) {
    CHECK_WIDE(L"-1 4294967295 ffffffff 37777777777", L"%d %u %x %o", -1, -1, -1, -1);
    CHECK_WIDE(L"-2147483648 18446744073709551615", L"%d %llu", (int)0x80000000u, ~0ull);
    CHECK_WIDE(L"[   42][42   ][00042][+42][ 42][0x2a][0X2A][052]", L"[%5d][%-5d][%05d][%+d][% d][%#x][%#X][%#o]", 42,
               42, 42, 42, 42, 42, 42, 42);
    CHECK_WIDE(L"[  042][][0]", L"[%5.3d][%.0d][%#x]", 42, 0, 0);
    CHECK_WIDE(L"[42   ][   42]", L"[%*d][%*d]", -5, 42, 5, 42);
    CHECK_WIDE(L"-1 255 -2 65535", L"%hhd %hhu %hd %hu", 0xff, 0xff, 0xfffe, 0xffff);
    CHECK_WIDE(L"[   -5][-0005]", L"[%5d][%05d]", -5, -5);
}

TEST(sizes_of_integers_are_those_of_windows) {
    LONGLONG big = 0x123456789abcdefll;
    CHECK_WIDE(L"81985529216486895 123456789abcdef 81985529216486895", L"%I64d %I64x %lld", big, big, big);
    CHECK_WIDE(L"-1 4294967295 ffffffff", L"%ld %lu %lx", (LONG)-1, (DWORD)-1, (HRESULT)-1); /* l means 32 bits */
    CHECK_WIDE(L"7 8 9", L"%I32d %Id %zu", 7, (LONG_PTR)8, (size_t)9);
    CHECK_NARROW("-1 0x8063FFFF 123456789abcdef", "%ld 0x%08lX %I64x", (LONG)-1, (HRESULT)0x8063ffff, big);
}

TEST(floats) {
    CHECK_WIDE(L"3.14 -1.500000e+10 1e-05 inf", L"%.2f %e %g %f", 3.14159, -1.5e10, 1e-5, __builtin_inf());
    CHECK_WIDE(L"[    2.50][2.50    ][0002.500]", L"[%8.2f][%-*.2f][%08.3f]", 2.5, 8, 2.5, 2.5);
    CHECK_WIDE(L"1.25", L"%.2Lf", (long double)1.25);
    WCHAR room[400];
    CHECK(swprintf(room, 400, L"%f", 1e300) == 308);
}

TEST(pointers_have_sixteen_digits) { CHECK_WIDE(L"00000000DEADBEEF", L"%p", (void *)0xdeadbeefull); }

TEST(what_is_no_conversion_stays) {
    CHECK_WIDE(L"100% y", L"100%% %y");
    CHECK_WIDE(L"end", L"end%");
}

TEST(writing_through_a_format_is_refused) {
    WCHAR room[8];
    int written = 99;
    CHECK(swprintf_s(room, 8, L"a%n", &written) == -1 && written == 99 && room[0] == 0);
}

TEST(arrays_that_are_too_small) {
    WCHAR room[4] = L"xxx";
    CHECK(swprintf(room, 4, L"%s", L"abcd") == -1 && !wcscmp(room, L"abc"));
    errno = 0;
    CHECK(swprintf_s(room, 4, L"%s", L"abcd") == -1 && room[0] == 0 && errno == ERANGE);
    CHECK(swprintf_s(room, 4, L"%s", L"abc") == 3);
    CHECK(_snwprintf_s(room, 4, _TRUNCATE, L"%s", L"abcd") == -1 && !wcscmp(room, L"abc"));
    CHECK(_snwprintf_s(room, 4, 2, L"%s", L"abcd") == -1 && !wcscmp(room, L"ab"));
    CHECK(_snwprintf_s(room, 4, 5, L"%s", L"abcd") == -1 && room[0] == 0);
    wmemcpy(room, L"xxx", 4);
    CHECK(_snwprintf(room, 3, L"%s", L"abc") == 3 && room[3] == 0 && room[2] == 'c'); /* fits without its terminator */
    CHECK(_snwprintf(room, 2, L"%s", L"abc") == -1 && room[2] == 'c');
    CHECK(_scwprintf(L"%d-%s", 123, L"abc") == 7 && _scprintf("%S", L"\u20ac") == 3);
    CHECK(swprintf_s(NULL, 4, L"x") == -1 && swprintf_s(room, 0, L"x") == -1);
    char narrow[4];
    CHECK(sprintf_s(narrow, 4, "%s", "abcd") == -1 && narrow[0] == 0);
    CHECK(_snprintf_s(narrow, 4, _TRUNCATE, "%s", "abcd") == -1 && !strcmp(narrow, "abc"));
    CHECK(_snprintf(narrow, 4, "%s", "abcd") == 4 && narrow[3] == 'd');
}

TEST(the_system_s_printf_learns_wide_strings) {
    char room[64];
    CHECK(snprintf(room, 64, "%ls %S %d %ld", L"\u00e9t\u00e9", (WCHAR *)L"x", 1, 5000000000l) == 20);
    CHECK(!strcmp(room, "\xc3\xa9t\xc3\xa9 x 1 5000000000"));
    CHECK(snprintf(room, 64, "%s %ld %5.1f%%", "plain", 5000000000l, 2.5) == 23 &&
          !strcmp(room, "plain 5000000000   2.5%"));
    CHECK(sprintf(room, "%lc", (wint_t)L'\u20ac') == 3 && snprintf(NULL, 0, "%ls", L"ab") == 2);
    CHECK(snprintf(room, 3, "%ls", L"abcd") == 4 && !strcmp(room, "ab"));
}

/* Streams. */

static FILE *text_file(void) {
    FILE *stream = tmpfile();
    CHECK(stream && _setmode(_fileno(stream), _O_TEXT) == _O_BINARY);
    return stream;
}

static FILE *with_content(const char *text) {
    FILE *stream = text_file();
    fputs(text, stream);
    rewind(stream);
    return stream;
}

static void read_back(FILE *stream, char *room, size_t bytes) {
    rewind(stream);
    room[fread(room, 1, bytes - 1, stream)] = 0;
    fclose(stream);
}

TEST(wide_printing_writes_utf8) {
    char room[200];
    FILE *stream = text_file();
    CHECK(fwprintf(stream, L"%s|%d\n", L"\u00e9\u20ac\U0001F600", 5) == 7); /* units of UTF-16 */
    CHECK(fprintf(stream, "%s", "narrow ") == 7);
    CHECK(fputws(L"\u00fc\n", stream) >= 0);
    CHECK(fputwc(L'\u20ac', stream) == 0x20ac);
    CHECK(fputwc(0xd83d, stream) == 0xd83d && fputwc(0xde00, stream) == 0xde00); /* one character in two calls */
    CHECK(fputwc(0xd83d, stream) == 0xd83d && fputws(L"!", stream) >= 0);        /* half a character */
    read_back(stream, room, sizeof room);
    CHECK(!strcmp(
        room, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|5\nnarrow \xc3\xbc\n\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd!"));
}

TEST(long_texts_are_written_whole) {
    WCHAR *text = malloc(5001 * sizeof *text);
    char *room = malloc(20000);
    FILE *stream = text_file();
    wmemset(text, 0x20ac, 5000);
    text[5000] = 0;
    CHECK(fwprintf(stream, L"<%s>", text) == 5002);
    CHECK(fprintf(stream, "%ls", text) == 15000);
    rewind(stream);
    CHECK(fread(room, 1, 20000, stream) == 20000 && fread(room, 1, 20000, stream) == 10002);
    fclose(stream);
    free(text);
    free(room);
}

TEST(wide_lines_are_read_from_utf8) {
    WCHAR line[8];
    FILE *stream = with_content("\xc3\xa9t\xc3\xa9\n\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80 long\nlast");
    CHECK(fgetws(line, 8, stream) == line && !wcscmp(line, L"\u00e9t\u00e9\n"));
    CHECK(fgetws(line, 6, stream) == line && wcslen(line) == 5); /* ends inside a surrogate pair */
    CHECK(fgetws(line, 8, stream) == line && line[0] == 0xde00 && !wcscmp(line + 1, L" long\n"));
    CHECK(fgetws(line, 8, stream) == line && !wcscmp(line, L"last"));
    CHECK(fgetws(line, 8, stream) == NULL);
    fclose(stream);
}

TEST(characters_are_read_and_put_back) {
    FILE *stream = with_content("a\xe2\x82\xac\xff\xf0\x9f\x98\x80z");
    CHECK(fgetwc(stream) == 'a' && fgetwc(stream) == 0x20ac);
    CHECK(ungetwc(0x20ac, stream) == 0x20ac && fgetwc(stream) == 0x20ac);
    CHECK(fgetwc(stream) == 0xfffd); /* not UTF-8 */
    CHECK(fgetwc(stream) == 0xd83d && fgetwc(stream) == 0xde00 && fgetwc(stream) == 'z');
    CHECK(ungetwc(0xde00, stream) == 0xde00 && ungetwc(0xd83d, stream) == 0xd83d);
    CHECK(fgetwc(stream) == 0xd83d && fgetwc(stream) == 0xde00);
    CHECK(fgetwc(stream) == WEOF && ungetwc(WEOF, stream) == WEOF);
    fclose(stream);
}

TEST(malformed_input_does_not_swallow_what_follows) {
    FILE *stream = with_content("\xe2\x82"
                                "A\xf0\x9f\nB\xed\xa0\x80"
                                "C");
    static const WCHAR expected[] = {0xfffd, 'A', 0xfffd, '\n', 'B', 0xfffd, 0xfffd, 0xfffd, 'C'};
    for (size_t index = 0; index < ARRAYSIZE(expected); index++) {
        CHECK(fgetwc(stream) == expected[index]);
    }
    CHECK(fgetwc(stream) == WEOF);
    fclose(stream);
}

TEST(files_by_wide_names) {
    FILE *stream = NULL;
    WCHAR path[] = L"/tmp/peerapi-\u00e9-XXXXXXXX";
    swprintf_s(path, ARRAYSIZE(path), L"/tmp/peerapi-\u00e9-%d", (int)getpid());
    CHECK(_wfopen_s(&stream, path, L"w, ccs=UTF-8") == 0 && stream);
    if (stream) {
        fputws(L"x", stream);
        fclose(stream);
    }
    stream = _wfopen(path, L"rt, ccs=UTF-8");
    CHECK(stream && fgetwc(stream) == 'x');
    if (stream) {
        fclose(stream);
    }
    char narrow[64];
    CHECK(wcstombs(narrow, path, 64) < 64 && unlink(narrow) == 0);
    CHECK(_wfopen(path, L"r") == NULL && _wfopen_s(&stream, path, L"r") == ENOENT && stream == NULL);
    CHECK(fopen_s(NULL, "x", "r") == EINVAL && fopen_s(&stream, NULL, "r") == EINVAL);
}

/* Scanning. */

TEST(scanning_numbers) {
    int a = 0, b = 0;
    unsigned c = 0;
    LONG d = 0;
    LONGLONG e = 0;
    float f = 0;
    double g = 0;
    short h = 0;
    CHECK(swscanf(L" 12,-3 ff 2147483647 -5000000000 1.5 -2.5e2 7", L"%d,%i %x %ld %I64d %f %lf %hd", &a, &b, &c, &d,
                  &e, &f, &g, &h) == 8);
    CHECK(a == 12 && b == -3 && c == 0xff && d == 2147483647 && e == -5000000000ll && f == 1.5f && g == -250.0 &&
          h == 7);
    CHECK(swscanf(L"0x1F 017 0", L"%i %i %i", &a, &b, &c) == 3 && a == 31 && b == 15 && c == 0);
    CHECK(swscanf(L"12345", L"%2d%3d", &a, &b) == 2 && a == 12 && b == 345);
    CHECK(swscanf(L"1 x", L"%d %d", &a, &b) == 1 && swscanf(L"x", L"%d", &a) == 0 && swscanf(L"", L"%d", &a) == EOF);
    CHECK(swscanf(L"5%", L"%d%%%n", &a, &b) == 1 && b == 2);
}

TEST(scanning_strings) {
    WCHAR wide[8], rest[8];
    char narrow[8];
    CHECK(swscanf(L"\u00e9t\u00e9 abc", L"%s %hs", wide, narrow) == 2 && !wcscmp(wide, L"\u00e9t\u00e9") &&
          !strcmp(narrow, "abc"));
    CHECK(swscanf(L"key=value", L"%[^=]=%[a-z]", wide, rest) == 2 && !wcscmp(wide, L"key") && !wcscmp(rest, L"value"));
    CHECK(swscanf(L"ab]c", L"%[]ab]%c", wide, rest) == 2 && !wcscmp(wide, L"ab]") && rest[0] == 'c');
    CHECK(swscanf(L"skip this", L"%*s %2s", wide) == 1 && !wcscmp(wide, L"th"));
}

TEST(scanning_into_arrays_of_known_size) {
    WCHAR wide[4];
    char narrow[4];
    int number = 0;
    CHECK(swscanf_s(L"abc 5", L"%s %d", wide, 4u, &number) == 2 && number == 5);
    CHECK(swscanf_s(L"abcd 5", L"%s %d", wide, 4u, &number) == 0 && wide[0] == 0);
    CHECK(sscanf_s("abc 6", "%s %d", narrow, 4u, &number) == 2 && number == 6 && !strcmp(narrow, "abc"));
    CHECK(sscanf_s("abcd", "%s", narrow, 4u) == 0 && narrow[0] == 0);
    CHECK(sscanf_s("\xe2\x82\xac", "%S", wide, 4u) == 1 && wide[0] == 0x20ac);
    CHECK(sscanf_s("xyz", "%2c", narrow, 2u) == 1 && narrow[0] == 'x' && narrow[1] == 'y');
}

TEST(scanning_a_stream_leaves_the_rest) {
    int number = 0;
    WCHAR word[8];
    FILE *stream = with_content("42 \xc3\xa9t\xc3\xa9;rest");
    CHECK(fwscanf(stream, L"%d %[^;]", &number, word) == 2 && number == 42 && !wcscmp(word, L"\u00e9t\u00e9"));
    CHECK(fgetwc(stream) == ';' && fgetwc(stream) == 'r');
    fclose(stream);
    stream = with_content("");
    CHECK(fwscanf(stream, L"%d", &number) == EOF);
    fclose(stream);
}
