/* win32_environment.c - the variables of the process, by the names of the system and of the C run-time. */
#include "win32.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../include/peerapi_crt_stdlib.h"

extern char **environ;

/* Gives text away as GetEnvironmentVariable does: the units without the terminator, or the room that is needed. */
static DWORD give(const char *text, LPSTR narrow, LPWSTR wide, DWORD size, BOOL count_end) {
    UINT given = w32_give_path(text, narrow, wide, (UINT)(narrow || wide ? size : 0));
    return given && given < size && count_end ? given + 1 : given;
}

/* The program's own question: what it makes of the answer is its business, where it has more rights than who started
 * it, too. */
static const char *asked(const char *name) { return name ? getenv(name) : NULL; }

static const char *value_of(LPCSTR name) {
    const char *value = asked(name);
    SetLastError(value ? ERROR_SUCCESS : ERROR_ENVVAR_NOT_FOUND);
    return value;
}

DWORD WINAPI GetEnvironmentVariableA(LPCSTR name, LPSTR buffer, DWORD size) {
    const char *value = value_of(name);
    return !value ? 0 : buffer ? give(value, buffer, NULL, size, FALSE) : (DWORD)strlen(value) + 1;
}

DWORD WINAPI GetEnvironmentVariableW(LPCWSTR name, LPWSTR buffer, DWORD size) {
    char *narrow = name ? w32_utf8_of(name) : NULL;
    const char *value = value_of(narrow);
    free(narrow);
    return value ? give(value, NULL, buffer, size, FALSE) : 0;
}

BOOL WINAPI SetEnvironmentVariableA(LPCSTR name, LPCSTR value) {
    if (!name || !*name || strchr(name, '=')) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (!value && !asked(name)) {
        SetLastError(ERROR_ENVVAR_NOT_FOUND);
        return FALSE;
    }
    if (value ? setenv(name, value, 1) : unsetenv(name)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    return TRUE;
}

BOOL WINAPI SetEnvironmentVariableW(LPCWSTR name, LPCWSTR value) {
    char *narrow = name ? w32_utf8_of(name) : NULL, *text = value ? w32_utf8_of(value) : NULL;
    BOOL done = FALSE;
    if ((name && !narrow) || (value && !text)) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        done = SetEnvironmentVariableA(narrow, text);
    }
    free(narrow);
    free(text);
    return done;
}

/* The text with its variables replaced, malloc'd; NULL without memory. */
static char *expanded(const char *text) {
    char *result = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&result, &size);
    while (to && *text) {
        const char *end = *text == '%' ? strchr(text + 1, '%') : NULL;
        char *name = end && end > text + 1 ? strndup(text + 1, (size_t)(end - text - 1)) : NULL;
        const char *value = asked(name);
        if (value) {
            fputs(value, to);
            text = end + 1;
        } else {
            putc(*text++, to);
        }
        free(name);
    }
    return to && fclose(to) == 0 ? result : NULL;
}

static DWORD expand(const char *text, LPSTR narrow, LPWSTR wide, DWORD size) {
    char *whole = text ? expanded(text) : NULL;
    DWORD given = whole ? give(whole, narrow, wide, size, TRUE) : 0;
    if (!whole) {
        SetLastError(text ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INVALID_PARAMETER);
    }
    free(whole);
    return given;
}

DWORD WINAPI ExpandEnvironmentStringsA(LPCSTR text, LPSTR buffer, DWORD size) {
    char none[1];
    return expand(text, buffer ? buffer : none, NULL, buffer ? size : 0);
}

DWORD WINAPI ExpandEnvironmentStringsW(LPCWSTR text, LPWSTR buffer, DWORD size) {
    char *narrow = text ? w32_utf8_of(text) : NULL;
    DWORD given = expand(narrow, NULL, buffer, size);
    free(narrow);
    return given;
}

LPWCH WINAPI GetEnvironmentStringsW(VOID) {
    size_t units = 1;
    for (char **one = environ; one && *one; one++) {
        units += strlen(*one) + 1;
    }
    WCHAR *block = malloc((units + 1) * sizeof *block), *to = block;
    for (char **one = environ; block && one && *one; one++) {
        for (const char *at = *one, *end = at + strlen(at); at < end;) {
            uint32_t point = w32_next_utf8(&at, end);
            to += w32_put_utf16(point == W32_MALFORMED ? W32_REPLACEMENT : point, to);
        }
        *to++ = 0;
    }
    if (!block) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    to[0] = 0;
    to[to == block] = 0; /* an empty block has two terminators as well */
    return block;
}

BOOL WINAPI FreeEnvironmentStringsW(LPWCH block) {
    free(block);
    return TRUE;
}

/* The C run-time's. A variable that is not set is no error: its length is 0, its copy NULL. */

WCHAR *_wgetenv(const WCHAR *name) {
    static __thread WCHAR *last; /* until this thread asks again */
    char *narrow = name ? w32_utf8_of(name) : NULL;
    const char *value = asked(narrow);
    free(narrow);
    free(last);
    last = value ? w32_utf16_of(value) : NULL;
    return last;
}

errno_t getenv_s(size_t *needed, char *to, size_t bytes, const char *name) {
    if (!needed || !name || (!to && bytes)) {
        return errno = EINVAL;
    }
    const char *value = asked(name);
    *needed = value ? strlen(value) + 1 : 0;
    if (bytes) {
        to[0] = 0;
    }
    if (value && bytes && *needed > bytes) {
        return errno = ERANGE;
    }
    if (value && bytes) {
        memcpy(to, value, *needed);
    }
    return 0;
}

errno_t _wgetenv_s(size_t *needed, WCHAR *to, size_t units, const WCHAR *name) {
    if (!needed || !name || (!to && units)) {
        return errno = EINVAL;
    }
    const WCHAR *value = _wgetenv(name);
    *needed = value ? w32_length(value) + 1 : 0;
    if (units) {
        to[0] = 0;
    }
    if (value && units && *needed > units) {
        return errno = ERANGE;
    }
    if (value && units) {
        memcpy(to, value, *needed * sizeof *to);
    }
    return 0;
}

errno_t _dupenv_s(char **copy, size_t *units, const char *name) {
    if (!copy || !name) {
        return errno = EINVAL;
    }
    const char *value = asked(name);
    *copy = value ? strdup(value) : NULL;
    if (units) {
        *units = *copy ? strlen(value) + 1 : 0;
    }
    return value && !*copy ? (errno = ENOMEM) : 0;
}

errno_t _wdupenv_s(WCHAR **copy, size_t *units, const WCHAR *name) {
    if (!copy || !name) {
        return errno = EINVAL;
    }
    char *narrow = w32_utf8_of(name);
    const char *value = asked(narrow);
    *copy = value ? w32_utf16_of(value) : NULL;
    free(narrow);
    if (units) {
        *units = *copy ? w32_length(*copy) + 1 : 0;
    }
    return !narrow || (value && !*copy) ? (errno = ENOMEM) : 0;
}
