/* win32_fopen.c - opening and closing streams with the modes of Windows: b and t, ccs= and its byte order marks, wide
 * names. */
#include "win32_print.h"
#include "win32_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

struct open_mode {
    char plain[8]; /* as the system's fopen takes it */
    BOOL unicode;  /* ccs= was given */
    struct w32_stream_mode stream;
};

static BOOL parse_encoding(const char *text, struct open_mode *mode) {
    text += strspn(text, " ");
    if (strncasecmp(text, "ccs", 3)) {
        return FALSE;
    }
    text += 3;
    text += strspn(text, " ");
    if (*text++ != '=') {
        return FALSE;
    }
    text += strspn(text, " ");
    size_t length = strcspn(text, " ");
    if (text[length + strspn(text + length, " ")]) {
        return FALSE;
    }
    mode->unicode = mode->stream.crlf = TRUE;
    if (length == 5 && !strncasecmp(text, "UTF-8", length)) {
        mode->stream.translation = W32_UNICODE_UTF8;
    } else if ((length == 8 && !strncasecmp(text, "UTF-16LE", length)) ||
               (length == 7 && !strncasecmp(text, "UNICODE", length))) {
        mode->stream.translation = W32_UNICODE_UTF16;
    } else {
        return FALSE;
    }
    return TRUE;
}

/* c, n, S, R, T and D are advice about caching and temporary files, which the system does not take. */
static BOOL parse_mode(const char *text, struct open_mode *mode) {
    size_t used = 0;
    BOOL text_mode = FALSE, binary = FALSE;
    memset(mode, 0, sizeof *mode);
    text += strspn(text, " ");
    if (!*text || !strchr("rwa", *text)) {
        return FALSE;
    }
    for (mode->plain[used++] = *text++; *text && *text != ','; text++) {
        char letter = *text == 'N' ? 'e' : *text;
        if (*text == 'b') {
            binary = TRUE;
        } else if (*text == 't') {
            text_mode = TRUE;
        } else if (strchr("+xeN", *text)) {
            if (used < sizeof mode->plain - 1 && !strchr(mode->plain, letter)) {
                mode->plain[used++] = letter;
            }
        } else if (!strchr(" cnSRTDm", *text)) {
            return FALSE;
        }
    }
    if (binary && text_mode) {
        return FALSE;
    }
    if (*text == ',') {
        return parse_encoding(text + 1, mode);
    }
    mode->stream.translation = binary ? W32_BINARY : W32_TEXT;
    return TRUE;
}

/* What the first bytes of a file say. Answers the length of the mark, 0 without one, -1 for an encoding there is no
 * ccs= for. */
static int encoding_of_mark(const unsigned char *bytes, size_t count, struct w32_stream_mode *mode) {
    if (count >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf) {
        mode->translation = W32_UNICODE_UTF8;
        return 3;
    }
    if (count >= 2 && bytes[0] == 0xff && bytes[1] == 0xfe) {
        mode->translation = W32_UNICODE_UTF16;
        return 2;
    }
    return count >= 2 && bytes[0] == 0xfe && bytes[1] == 0xff ? -1 : 0;
}

/* A stream that is to be read: the mark is skipped where there is one. FALSE when the file is in another encoding. */
static BOOL read_mark(FILE *stream, struct w32_stream_mode *mode) {
    static const unsigned char first_bytes[] = {0xef, 0xfe, 0xff};
    unsigned char bytes[3];
    size_t count = 0;
    for (int byte; count < sizeof bytes && (byte = getc(stream)) != EOF;) {
        bytes[count++] = (unsigned char)byte;
        if (!memchr(first_bytes, bytes[0], sizeof first_bytes) || (count == 2 && bytes[0] != 0xef)) {
            break; /* no more than must be, for a pipe may have no more yet */
        }
    }
    int length = encoding_of_mark(bytes, count, mode);
    for (size_t at = count; length >= 0 && at > (size_t)length; at--) {
        ungetc(bytes[at - 1], stream);
    }
    if (length >= 0 && count == (size_t)length) {
        clearerr(stream); /* the end of a file that is empty so far */
    }
    return length >= 0;
}

/* The same for a stream that is only written to: its file is looked at through a descriptor of its own. */
static BOOL look_at_mark(FILE *stream, struct w32_stream_mode *mode) {
    unsigned char bytes[3];
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(stream));
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t count = descriptor < 0 ? 0 : read(descriptor, bytes, sizeof bytes);
    if (descriptor >= 0) {
        close(descriptor);
    }
    return count <= 0 || encoding_of_mark(bytes, (size_t)count, mode) >= 0;
}

static BOOL is_empty_file(FILE *stream) {
    struct stat file;
    return fstat(fileno(stream), &file) == 0 && S_ISREG(file.st_mode) && file.st_size == 0;
}

static BOOL write_mark(FILE *stream, struct w32_stream_mode mode) {
    size_t length = mode.translation == W32_UNICODE_UTF8 ? 3 : 2;
    return fwrite(length == 3 ? "\xef\xbb\xbf" : "\xff\xfe", 1, length, stream) == length && fflush(stream) == 0;
}

/* Finds out how a file opened with ccs= is encoded, or marks a new one. A pipe or terminal is only read, never marked.
 */
static BOOL choose_encoding(FILE *stream, struct open_mode *mode) {
    BOOL updates = strchr(mode->plain, '+') != NULL, only_reads = mode->plain[0] == 'r' && !updates;
    if (!only_reads && is_empty_file(stream)) {
        return write_mark(stream, mode->stream);
    }
    if (!only_reads && !updates) {
        return mode->plain[0] != 'a' || look_at_mark(stream, &mode->stream);
    }
    if (!read_mark(stream, &mode->stream)) {
        return FALSE;
    }
    if (updates) {
        fseek(stream, 0, SEEK_CUR); /* so that either may follow, reading or writing */
    }
    return TRUE;
}

/* Takes the stream over: it is ready, or closed. */
static FILE *make_ready(FILE *stream, struct open_mode *mode) {
    if (!stream) {
        return NULL;
    }
    w32_forget_halves(stream);
    errno = 0;
    if ((mode->unicode && !choose_encoding(stream, mode)) || !w32_set_stream_mode(stream, mode->stream)) {
        int error = errno ? errno : EINVAL;
        fclose(stream);
        errno = error;
        return NULL;
    }
    return stream;
}

FILE *peerapi_fopen(const char *path, const char *text) {
    struct open_mode mode;
    if (!path || !text || !parse_mode(text, &mode)) {
        errno = EINVAL;
        return NULL;
    }
    return make_ready(fopen(path, mode.plain), &mode);
}

FILE *peerapi_fdopen(int descriptor, const char *text) {
    struct open_mode mode;
    if (!text || !parse_mode(text, &mode)) {
        errno = EINVAL;
        return NULL;
    }
    return make_ready(fdopen(descriptor, mode.plain), &mode);
}

FILE *peerapi_freopen(const char *path, const char *text, FILE *stream) {
    struct open_mode mode;
    if (!text || !stream || !parse_mode(text, &mode)) {
        errno = EINVAL;
        return NULL;
    }
    return make_ready(freopen(path, mode.plain, stream), &mode);
}

/* A temporary file is read and written in binary mode, as on Windows. */
FILE *peerapi_tmpfile(void) {
    struct open_mode mode = {.plain = "w+", .stream = {W32_BINARY, FALSE}};
    return make_ready(tmpfile(), &mode);
}

int peerapi_fclose(FILE *stream) {
    static const struct w32_stream_mode plain = {W32_TEXT, FALSE};
    w32_forget_halves(stream);
    w32_set_stream_mode(stream, plain);
    return fclose(stream);
}

/* The same functions by their other names, and with wide ones for files. */

int _fileno(FILE *stream) { return fileno(stream); }

FILE *_fdopen(int descriptor, const char *mode) { return peerapi_fdopen(descriptor, mode); }

errno_t fopen_s(FILE **stream, const char *path, const char *mode) {
    if (!stream) {
        return errno = EINVAL;
    }
    *stream = peerapi_fopen(path, mode);
    return *stream ? 0 : errno;
}

errno_t freopen_s(FILE **stream, const char *path, const char *mode, FILE *old) {
    if (!stream) {
        return errno = EINVAL;
    }
    *stream = peerapi_freopen(path, mode, old);
    return *stream ? 0 : errno;
}

errno_t tmpfile_s(FILE **stream) {
    if (!stream) {
        return errno = EINVAL;
    }
    *stream = peerapi_tmpfile();
    return *stream ? 0 : errno;
}

errno_t _wfopen_s(FILE **stream, const WCHAR *path, const WCHAR *mode) {
    char *narrow_path = path ? w32_utf8_of(path) : NULL;
    char *narrow_mode = mode ? w32_utf8_of(mode) : NULL;
    errno_t error = fopen_s(stream, narrow_path, narrow_mode);
    free(narrow_path);
    free(narrow_mode);
    return errno = error;
}

FILE *_wfopen(const WCHAR *path, const WCHAR *mode) {
    FILE *stream;
    return _wfopen_s(&stream, path, mode) ? NULL : stream;
}

errno_t _wfreopen_s(FILE **stream, const WCHAR *path, const WCHAR *mode, FILE *old) {
    char *narrow_path = path ? w32_utf8_of(path) : NULL;
    char *narrow_mode = mode ? w32_utf8_of(mode) : NULL;
    errno_t error = freopen_s(stream, narrow_path, narrow_mode, old);
    free(narrow_path);
    free(narrow_mode);
    return errno = error;
}

FILE *_wfreopen(const WCHAR *path, const WCHAR *mode, FILE *old) {
    FILE *stream;
    return _wfreopen_s(&stream, path, mode, old) ? NULL : stream;
}

FILE *_wfdopen(int descriptor, const WCHAR *mode) {
    char *narrow = mode ? w32_utf8_of(mode) : NULL;
    FILE *stream = peerapi_fdopen(descriptor, narrow);
    int error = errno;
    free(narrow);
    errno = error;
    return stream;
}

/* The share flags of _fsopen are those of Windows' locks, which no other program here would heed. */
FILE *_fsopen(const char *path, const char *mode, int share) {
    (void)share;
    return peerapi_fopen(path, mode);
}

FILE *_wfsopen(const WCHAR *path, const WCHAR *mode, int share) {
    (void)share;
    return _wfopen(path, mode);
}
