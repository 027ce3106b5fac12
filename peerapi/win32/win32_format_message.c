/* win32_format_message.c - FormatMessage: a message or a given text, its inserts filled in.
 *
 * Text is put together as UTF-16; FormatMessageA turns the result into UTF-8. */
#include "win32_print.h"

#include <stdlib.h>

#define MOST_INSERTS 99

/* A growing text. */
struct text {
    WCHAR *units;
    size_t length, room;
    BOOL failed; /* no memory */
};

static void put(struct text *text, const WCHAR *units, size_t count) {
    if (text->length + count + 1 > text->room) {
        size_t room = (text->length + count + 1) * 2;
        WCHAR *larger = realloc(text->units, room * sizeof *larger);
        if (!larger) {
            text->failed = TRUE;
            return;
        }
        text->units = larger;
        text->room = room;
    }
    memcpy(text->units + text->length, units, count * sizeof *units);
    text->length += count;
    text->units[text->length] = 0;
}

static void put_unit(struct text *text, WCHAR unit) { put(text, &unit, 1); }

static void put_line_end(struct text *text, BOOL one_line) {
    static const WCHAR line_end[] = {'\r', '\n'};
    if (one_line) {
        put_unit(text, ' ');
    } else {
        put(text, line_end, 2);
    }
}

/* Arguments are fetched one after another, so the n-th needs those before it; all are 64 bits wide in memory. */
struct inserts {
    const DWORD_PTR *array; /* or NULL */
    va_list *list;
    BOOL wide; /* strings are wide unless a format says otherwise */
    DWORD_PTR values[MOST_INSERTS + 3];
    unsigned known;
};

static DWORD_PTR insert(struct inserts *inserts, unsigned number) {
    if (inserts->array) {
        return inserts->array[number - 1];
    }
    while (inserts->known < number) {
        inserts->values[inserts->known++] = inserts->list ? va_arg(*inserts->list, DWORD_PTR) : 0;
    }
    return inserts->values[number - 1];
}

/* Formats one value by a printf format made of ASCII, whose "*"s take the values before it. */
static void put_formatted(struct text *text, const WCHAR *format, ...) {
    WCHAR room[256];
    size_t length = 0;
    va_list arguments;
    va_start(arguments, format);
    WCHAR *formatted = w32_format_wide(room, ARRAYSIZE(room), &length, format, arguments);
    va_end(arguments);
    if (formatted) {
        put(text, formatted, length);
    }
    if (formatted != room) {
        free(formatted);
    }
}

/* %n, %n!format!. Answers what follows it; NULL when the number has no argument. */
static const WCHAR *put_insert(struct text *text, const WCHAR *at, struct inserts *inserts) {
    WCHAR format[40];
    size_t length = 0;
    unsigned number = 0, stars = 0;
    for (int digits = 0; digits < 2 && *at >= '0' && *at <= '9'; digits++) {
        number = number * 10 + (*at++ - '0');
    }
    if (!inserts->array && !inserts->list) {
        return NULL;
    }
    format[length++] = '%';
    if (*at == '!') {
        for (at++; *at && *at != '!'; at++) {
            stars += *at == '*';
            if (length < ARRAYSIZE(format) - 2) {
                format[length++] = *at;
            }
        }
        at += *at == '!';
    } else {
        format[length++] = 's';
    }
    WCHAR conversion = format[length - 1];
    BOOL sized = length > 2 && (format[length - 2] == 'h' || format[length - 2] == 'l' || format[length - 2] == 'w');
    if (!inserts->wide && !sized &&
        (conversion == 's' || conversion == 'c' || conversion == 'S' || conversion == 'C')) {
        /* For FormatMessageA the plain conversions are the narrow ones; our formatter writes wide text. */
        format[length - 1] = conversion == 's' ? 'S' : conversion == 'S' ? 's' : conversion == 'c' ? 'C' : 'c';
    }
    format[length] = 0;
    DWORD_PTR first = insert(inserts, number);
    DWORD_PTR second = stars > 0 ? insert(inserts, number + 1) : 0;
    DWORD_PTR third = stars > 1 ? insert(inserts, number + 2) : 0;
    put_formatted(text, format, first, second, third);
    return at;
}

static BOOL is_digit(WCHAR unit) { return unit >= '0' && unit <= '9'; }

/* Builds the text. FALSE when an insert has no argument. */
static BOOL build(struct text *text, const WCHAR *at, DWORD flags, struct inserts *inserts) {
    BOOL ignore = (flags & FORMAT_MESSAGE_IGNORE_INSERTS) != 0;
    BOOL one_line = (flags & FORMAT_MESSAGE_MAX_WIDTH_MASK) == FORMAT_MESSAGE_MAX_WIDTH_MASK;
    while (*at) {
        if (one_line && (*at == '\r' || *at == '\n')) {
            at += *at == '\r' && at[1] == '\n' ? 2 : 1;
            put_line_end(text, TRUE);
        } else if (*at != '%' || !at[1]) {
            put_unit(text, *at++);
        } else if (at[1] == '0') {
            break; /* ends the text, without a line end */
        } else if (is_digit(at[1]) && ignore) {
            put_unit(text, *at++);
        } else if (is_digit(at[1])) {
            at = put_insert(text, at + 1, inserts);
            if (!at) {
                return FALSE;
            }
        } else if (at[1] == 'n') {
            put_line_end(text, FALSE);
            at += 2;
        } else {
            put_unit(text, at[1] == 'r' ? '\r' : at[1] == 't' ? '\t' : at[1]);
            at += 2;
        }
    }
    return TRUE;
}

/* The text to work on, malloc'd; NULL and the last error. */
static WCHAR *source_text(DWORD flags, LPCVOID source, DWORD messageId, BOOL wide) {
    if (flags & FORMAT_MESSAGE_FROM_STRING) {
        WCHAR *copy = NULL;
        if (source && wide) {
            size_t bytes = (w32_length(source) + 1) * sizeof *copy;
            copy = malloc(bytes);
            copy = copy ? memcpy(copy, source, bytes) : NULL;
        } else if (source) {
            copy = w32_utf16_of(source);
        }
        if (!copy) {
            SetLastError(source ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
        }
        return copy;
    }
    if (!(flags & (FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_FROM_HMODULE))) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    const char *message = w32_message(messageId);
    if (!message) {
        SetLastError(ERROR_MR_MID_NOT_FOUND);
        return NULL;
    }
    WCHAR *copy = NULL;
    size_t length = strlen(message);
    char *line = malloc(length + 3);
    if (line) {
        memcpy(line, message, length);
        memcpy(line + length, "\r\n", 3); /* every message of the system ends with its line */
        copy = w32_utf16_of(line);
        free(line);
    }
    if (!copy) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    return copy;
}

static BOOL format(struct text *text, DWORD flags, LPCVOID source, DWORD messageId, va_list *arguments, BOOL wide) {
    struct inserts inserts = {.wide = wide};
    if (flags & FORMAT_MESSAGE_ARGUMENT_ARRAY) {
        inserts.array = (const DWORD_PTR *)(const void *)arguments;
    } else {
        inserts.list = arguments;
    }
    WCHAR *from = source_text(flags, source, messageId, wide);
    if (!from) {
        return FALSE;
    }
    BOOL built = build(text, from, flags, &inserts);
    free(from);
    if (!built) {
        SetLastError(ERROR_INVALID_PARAMETER);
    } else if (text->failed) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    return built && !text->failed;
}

/* Hands the result over: into the caller's buffer of size units, or in memory for LocalFree whose address goes there.
 */
static DWORD deliver(const void *units, size_t length, size_t unit, DWORD flags, void *buffer, DWORD size) {
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
        size_t wanted = length + 1 > size ? length + 1 : size;
        void *memory = LocalAlloc(LMEM_ZEROINIT, wanted * unit);
        if (memory) {
            memcpy(memory, units, length * unit);
        }
        *(void **)buffer = memory;
        return memory ? (DWORD)length : 0;
    }
    if (length >= size) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return 0;
    }
    memcpy(buffer, units, length * unit);
    memset((char *)buffer + length * unit, 0, unit);
    return (DWORD)length;
}

static DWORD format_message(DWORD flags, LPCVOID source, DWORD messageId, void *buffer, DWORD size, va_list *arguments,
                            BOOL wide) {
    struct text text = {.units = NULL};
    DWORD length = 0;
    if (!buffer) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return 0;
    }
    if (flags & FORMAT_MESSAGE_ALLOCATE_BUFFER) {
        *(void **)buffer = NULL;
    }
    if (format(&text, flags, source, messageId, arguments, wide)) {
        if (text.length == 0) {
            SetLastError(ERROR_SUCCESS);
        } else if (wide) {
            length = deliver(text.units, text.length, sizeof *text.units, flags, buffer, size);
        } else {
            char *narrow = w32_utf8_of(text.units);
            if (narrow) {
                length = deliver(narrow, strlen(narrow), 1, flags, buffer, size);
            } else {
                SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            }
            free(narrow);
        }
    }
    free(text.units);
    return length;
}

DWORD WINAPI FormatMessageW(DWORD flags, LPCVOID source, DWORD messageId, DWORD languageId, LPWSTR buffer, DWORD size,
                            va_list *arguments) {
    (void)languageId;
    return format_message(flags, source, messageId, buffer, size, arguments, TRUE);
}

DWORD WINAPI FormatMessageA(DWORD flags, LPCVOID source, DWORD messageId, DWORD languageId, LPSTR buffer, DWORD size,
                            va_list *arguments) {
    (void)languageId;
    return format_message(flags, source, messageId, buffer, size, arguments, FALSE);
}
