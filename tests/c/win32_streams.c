/* What wide characters are in a file: UTF-16 as it is in binary mode, UTF-8 in text mode, and what ccs= and a byte
 * order mark say. */
#define _POSIX_C_SOURCE 200809L
#include "win32_test.h"

#include <errno.h>
#include <io.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

static char folder[64];

static const char *name_of(const char *name) {
    static char path[96];
    if (!*folder) {
        strcpy_s(folder, sizeof folder, "/tmp/peerapi-streams-XXXXXX");
        CHECK(mkdtemp(folder) != NULL);
    }
    sprintf_s(path, sizeof path, "%s/%s", folder, name);
    return path;
}

__attribute__((destructor)) static void clean(void) {
    if (*folder) {
        remove(name_of("f"));
        rmdir(folder);
    }
}

static FILE *opened(const WCHAR *mode) {
    WCHAR path[96];
    FILE *stream = NULL;
    swprintf(path, 96, L"%S", name_of("f"));
    CHECK(_wfopen_s(&stream, path, mode) == 0 && stream);
    return stream;
}

static void put(const void *bytes, size_t length) {
    FILE *stream = fopen(name_of("f"), "wb");
    CHECK(stream && fwrite(bytes, 1, length, stream) == length && fclose(stream) == 0);
}

/* Whether the file consists of these bytes. */
static BOOL holds(const void *bytes, size_t length) {
    char found[256];
    FILE *stream = fopen(name_of("f"), "rb");
    size_t have = stream ? fread(found, 1, sizeof found, stream) : 0;
    CHECK(stream && fclose(stream) == 0);
    if (have != length || memcmp(found, bytes, length)) {
        for (size_t at = 0; at < have; at++) {
            fprintf(stderr, "%02x ", (unsigned char)found[at]);
        }
        fprintf(stderr, "is in the file\n");
        return FALSE;
    }
    return TRUE;
}
#define HOLDS(bytes) holds((bytes), sizeof(bytes) - 1)
#define PUT(bytes)   put((bytes), sizeof(bytes) - 1)

TEST(binary_streams_hold_utf16_as_it_is) {
    WCHAR back[16] = {0};
    FILE *stream = opened(L"wb");
    CHECK(fputws(L"<\u20ac>\n", stream) == 0 && fputwc(L'x', stream) == L'x' &&
          fwprintf(stream, L"%d\U0001F600", 7) == 3);
    CHECK(fclose(stream) == 0);
    CHECK(HOLDS("<\0\xac\x20>\0\n\0x\0"
                "7\0\x3d\xd8\x00\xde"));
    stream = opened(L"rb");
    CHECK(fread(back, sizeof *back, 3, stream) == 3 && !wcscmp(back, L"<\u20ac>"));
    CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"\n"));
    CHECK(fgetwc(stream) == L'x' && ungetwc(L'\u20ac', stream) == L'\u20ac' && fgetwc(stream) == L'\u20ac');
    CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"7\U0001F600"));
    CHECK(fgetwc(stream) == WEOF && feof(stream) && fclose(stream) == 0);
}

TEST(binary_streams_in_other_ways) {
    WCHAR back[16] = {0}, word[16];
    int number = 0;
    FILE *stream = opened(L"w+b");
    CHECK(fputws(L"one 42", stream) == 0);
    rewind(stream);
    CHECK(fwscanf(stream, L"%15ls %d", word, &number) == 2 && !wcscmp(word, L"one") && number == 42);
    CHECK(fseek(stream, 2, SEEK_SET) == 0 && fgetws(back, 16, stream) && !wcscmp(back, L"ne 42") &&
          ftell(stream) == 12);
    CHECK(fclose(stream) == 0);
    stream = opened(L"ab");
    CHECK(fputws(L"!", stream) == 0 && fclose(stream) == 0 &&
          HOLDS("o\0n\0e\0 \0"
                "4\0"
                "2\0!\0"));
    stream = fopen(name_of("f"), "rb"); /* by a narrow name it is the same */
    CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"one 42!") && fclose(stream) == 0);
    stream = tmpfile();
    CHECK(stream && fputws(L"ab", stream) == 0 && ftell(stream) == 4 && fclose(stream) == 0);
    PUT("a\0b");
    stream = opened(L"rb");
    CHECK(fgetwc(stream) == 'a' && fgetwc(stream) == WEOF && fclose(stream) == 0); /* half a unit is none */
}

TEST(text_streams_hold_utf8_and_leave_lines_alone) {
    WCHAR back[16];
    FILE *stream = opened(L"w");
    CHECK(fputws(L"\u20ac\n", stream) == 0 && fclose(stream) == 0 && HOLDS("\xe2\x82\xac\n"));
    PUT("\xef\xbb\xbf"
        "a\r\n");
    stream = opened(L"rt");
    CHECK(fgetws(back, 16, stream) &&
          !wcscmp(back, L"\ufeff"
                        L"a\r\n") &&
          fclose(stream) == 0);
}

TEST(a_stream_that_follows_another_in_its_place_has_its_own_mode) {
    for (int round = 0; round < 3; round++) {
        FILE *stream = opened(L"wb");
        CHECK(fputws(L"a", stream) == 0 && fclose(stream) == 0 && HOLDS("a\0"));
        stream = opened(L"w");
        CHECK(fputws(L"a", stream) == 0 && fclose(stream) == 0 && HOLDS("a"));
        stream = opened(L"wb");
        CHECK(freopen(name_of("f"), "w", stream) == stream && fputws(L"b", stream) == 0 && fclose(stream) == 0 &&
              HOLDS("b"));
    }
}

TEST(new_files_with_ccs_begin_with_a_mark_and_end_lines_with_cr_lf) {
    static const struct {
        const WCHAR *mode;
        const char *bytes;
        size_t length;
    } cases[] = {
        {L"w, ccs=UTF-8", "\xef\xbb\xbf\xe2\x82\xac\r\n", 8}, {L"wt+,ccs=utf-8", "\xef\xbb\xbf\xe2\x82\xac\r\n", 8},
        {L"w, ccs=UTF-16LE", "\xff\xfe\xac\x20\r\0\n\0", 8},  {L"w, ccs=UNICODE", "\xff\xfe\xac\x20\r\0\n\0", 8},
        {L"a, ccs=UNICODE", "\xff\xfe\xac\x20\r\0\n\0", 8},   {L"a+ , ccs = UTF-8 ", "\xef\xbb\xbf\xe2\x82\xac\r\n", 8},
    };
    for (size_t at = 0; at < ARRAYSIZE(cases); at++) {
        remove(name_of("f"));
        FILE *stream = opened(cases[at].mode);
        CHECK(fputws(L"\u20ac\n", stream) == 0 && fclose(stream) == 0 && holds(cases[at].bytes, cases[at].length));
    }
}

TEST(the_mark_of_a_file_says_more_than_ccs) {
    static const WCHAR *const modes[] = {L"r, ccs=UTF-8",     L"r, ccs=UTF-16LE",  L"r, ccs=UNICODE",
                                         L"r+, ccs=UTF-16LE", L"a+, ccs=UTF-16LE", L"rt, ccs=UNICODE"};
    WCHAR back[16];
    for (size_t at = 0; at < ARRAYSIZE(modes); at++) {
        PUT("\xef\xbb\xbf\xe2\x82\xac\r\nb");
        FILE *stream = opened(modes[at]);
        CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"\u20ac\n") && fgetwc(stream) == 'b' &&
              fgetwc(stream) == WEOF);
        CHECK(fclose(stream) == 0);
        PUT("\xff\xfe\xac\x20\r\0\n\0b\0");
        stream = opened(modes[at]);
        CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"\u20ac\n") && fgetwc(stream) == 'b' &&
              fgetwc(stream) == WEOF);
        CHECK(fclose(stream) == 0);
    }
    PUT("\xff\xfe"
        "a\0");
    FILE *stream = opened(L"a, ccs=UTF-8"); /* what is appended is encoded as the rest */
    CHECK(fputws(L"b\n", stream) == 0 && fclose(stream) == 0 &&
          HOLDS("\xff\xfe"
                "a\0b\0\r\0\n\0"));
    PUT("\xfe\xff\0a");
    CHECK((stream = fopen(name_of("f"), "r, ccs=UNICODE")) == NULL && errno == EINVAL);
}

TEST(files_without_a_mark_are_what_ccs_says) {
    WCHAR back[16];
    PUT("\xe2\x82\xac");
    FILE *stream = opened(L"r, ccs=UTF-8");
    CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"\u20ac") && fclose(stream) == 0);
    PUT("\xac\x20\r\0x\0\xef\0");
    stream = opened(L"r, ccs=UTF-16LE");
    CHECK(fgetws(back, 16, stream) && !wcscmp(back, L"\u20ac\rx\u00ef") && fclose(stream) == 0); /* CR alone stays */
    stream = opened(L"a, ccs=UTF-16LE");
    CHECK(fputws(L"y", stream) == 0 && fclose(stream) == 0 && HOLDS("\xac\x20\r\0x\0\xef\0y\0"));
    PUT("");
    stream = opened(L"r, ccs=UTF-8");
    CHECK(fgetwc(stream) == WEOF && fclose(stream) == 0 && HOLDS(""));
    PUT("\xef\xbb");
    stream = opened(L"r, ccs=UTF-8");
    CHECK(fgetwc(stream) == 0xfffd && fgetwc(stream) == WEOF && fclose(stream) == 0);
}

TEST(whole_elements_of_a_file_with_ccs_are_wide) {
    WCHAR back[16] = {0};
    FILE *stream = opened(L"w+, ccs=UTF-8");
    CHECK(fwrite(L"\u20ac\n", sizeof(WCHAR), 2, stream) == 2 && fflush(stream) == 0);
    CHECK(HOLDS("\xef\xbb\xbf\xe2\x82\xac\r\n"));
    CHECK(fseek(stream, 3, SEEK_SET) == 0 && fread(back, sizeof(WCHAR), 16, stream) == 2 && !wcscmp(back, L"\u20ac\n"));
    errno = 0;
    CHECK(fwrite("abc", 1, 3, stream) == 0 && errno == EINVAL);
    CHECK(fclose(stream) == 0);
}

TEST(files_for_both_are_read_and_written_in_turn) {
    WCHAR back[16];
    FILE *stream = opened(L"w+, ccs=UTF-16LE");
    CHECK(fputws(L"ab\n", stream) == 0 && ftell(stream) == 10);
    rewind(stream);
    CHECK(fgetwc(stream) == 0xfeff && fgetws(back, 16, stream) &&
          !wcscmp(back, L"ab\n")); /* the mark is a character like others then */
    CHECK(fseek(stream, 0, SEEK_CUR) == 0 && fputws(L"c", stream) == 0 && fclose(stream) == 0);
    CHECK(HOLDS("\xff\xfe"
                "a\0b\0\r\0\n\0c\0"));
    stream = opened(L"r+, ccs=UTF-16LE");
    CHECK(fputws(L"x", stream) == 0 && fclose(stream) == 0 && HOLDS("\xff\xfex\0b\0\r\0\n\0c\0"));
}

TEST(modes_that_mean_nothing_are_refused) {
    static const char *const modes[] = {
        "", "b", "tr", "rbt", "r, ccs=UTF-7", "r, ccs", "r,", "rq", "r, ccs=UTF-8 x", "w, ccs=UTF-16"};
    PUT("kept");
    for (size_t at = 0; at < ARRAYSIZE(modes); at++) {
        FILE *stream;
        errno = 0;
        CHECK(fopen(name_of("f"), modes[at]) == NULL && errno == EINVAL);
        CHECK(fopen_s(&stream, name_of("f"), modes[at]) == EINVAL && stream == NULL);
    }
    CHECK(HOLDS("kept"));
    static const char *const others[] = {"rc", "rbS", "rtR", "r+bn", "rN", "re", "rm"};
    for (size_t at = 0; at < ARRAYSIZE(others); at++) {
        FILE *stream = fopen(name_of("f"), others[at]);
        CHECK(stream && fclose(stream) == 0);
    }
}

TEST(setmode_changes_a_descriptors_wide_characters) {
    int both[2];
    WCHAR back[16];
    char bytes[16];
    CHECK(pipe(both) == 0);
    FILE *in = fdopen(both[0], "r"), *out = fdopen(both[1], "w");
    CHECK(_setmode(both[1], _O_U16TEXT) == _O_TEXT && _setmode(both[1], _O_BINARY) == _O_U16TEXT &&
          _setmode(both[1], _O_WTEXT) == _O_BINARY);
    CHECK(fputws(L"a\n", out) == 0 && fflush(out) == 0 && read(both[0], bytes, sizeof bytes) == 4 &&
          !memcmp(bytes, "a\0\n\0", 4));
    CHECK(_setmode(both[0], _O_U16TEXT) == _O_TEXT);
    CHECK(fputws(L"\u20ac\n", out) == 0 && fflush(out) == 0 && fgetws(back, 16, in) && !wcscmp(back, L"\u20ac\n"));
    CHECK(_setmode(both[1], _O_U8TEXT) == _O_U16TEXT);
    CHECK(fputws(L"\u20ac\n", out) == 0 && fflush(out) == 0 && read(both[0], bytes, sizeof bytes) == 4);
    CHECK(_setmode(both[1], _O_TEXT) == _O_U8TEXT && fclose(out) == 0 && fclose(in) == 0);
    errno = 0;
    CHECK(_setmode(both[1], _O_TEXT) == -1 && errno == EBADF);
    CHECK(_setmode(1, 5) == -1 && errno == EINVAL);
}

TEST(a_pipe_is_not_read_further_than_its_mark) {
    int both[2];
    CHECK(pipe(both) == 0 && write(both[1], "a", 1) == 1);
    FILE *in = fdopen(both[0], "r, ccs=UTF-8"); /* must not wait for a second byte */
    CHECK(in && fgetwc(in) == 'a');
    close(both[1]);
    CHECK(fgetwc(in) == WEOF && fclose(in) == 0);
}

TEST(a_stream_that_something_else_closed_leaves_no_mode_behind) {
    FILE *stream = opened(L"wb");
    int descriptor = _fileno(stream), both[2];
    CHECK(close(descriptor) == 0 && pipe(both) == 0 && (both[0] == descriptor || both[1] == descriptor));
    CHECK(_setmode(both[0], _O_TEXT) == _O_TEXT && _setmode(both[1], _O_TEXT) == _O_TEXT);
    close(both[0] == descriptor ? both[1] : both[0]);
    fclose(stream);
}
