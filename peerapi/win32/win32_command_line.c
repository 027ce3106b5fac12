/* win32_command_line.c - command lines: cut into arguments, and this process's own, put together again. */
#include "win32.h"

#include <stdio.h>
#include <stdlib.h>
#include "../../include/shellapi.h"

/* The command line, cut as the C run-time of Windows does: spaces and tabs part arguments; quotes hold them together,
 * and two inside quotes are one; backslashes mean themselves, but before a quote each two are one and an odd one makes
 * the quote a character. The program's name knows only quotes. Strings and list are one malloc'd block. */
char **w32_cut(const char *line) {
    size_t length = strlen(line);
    char **list = malloc((length / 2 + 2) * sizeof *list + length + 2);
    if (!list) {
        return NULL;
    }
    char *to = (char *)(list + length / 2 + 2);
    size_t count = 0;
    while (*(line += strspn(line, " \t"))) {
        BOOL quoted = FALSE;
        list[count++] = to;
        while (*line && (quoted || !strchr(" \t", *line))) {
            size_t slashes = count > 1 ? strspn(line, "\\") : 0;
            if (slashes) {
                BOOL before_quote = line[slashes] == '"';
                size_t kept = before_quote ? slashes / 2 : slashes;
                memset(to, '\\', kept);
                to += kept;
                line += slashes;
                if (before_quote && slashes % 2) {
                    *to++ = *line++;
                }
            } else if (*line != '"') {
                *to++ = *line++;
            } else if (quoted && line[1] == '"' && count > 1) {
                *to++ = '"';
                line += 2;
            } else {
                quoted = !quoted;
                line++;
            }
        }
        *to++ = 0;
    }
    list[count] = NULL;
    return list;
}

/* This process's command line. */

/* One argument, quoted so that the C run-time of Windows reads it as it is. */
static void put_argument(FILE *line, const char *argument, BOOL is_program) {
    if (*argument && !argument[strcspn(argument, " \t\"")]) {
        fputs(argument, line);
        return;
    }
    putc('"', line);
    for (const char *at = argument; *at;) {
        size_t slashes = is_program ? 0 : strspn(at, "\\");
        BOOL doubled = slashes && (at[slashes] == '"' || !at[slashes]);
        for (size_t count = doubled ? 2 * slashes : slashes; count; count--) {
            putc('\\', line);
        }
        at += slashes;
        if (*at == '"' && !is_program) {
            fputs("\\\"", line);
            at++;
        } else if (*at && !slashes) {
            putc(*at++, line);
        }
    }
    putc('"', line);
}

static char *own_narrow;
static WCHAR *own_wide;

static void read_own(void) {
    char *words = NULL, *argument = NULL;
    size_t room = 0, size = 0;
    FILE *file = fopen("/proc/self/cmdline", "re"), *line = open_memstream(&words, &size);
    for (BOOL first = TRUE; file && line && getdelim(&argument, &room, 0, file) > 0; first = FALSE) {
        if (!first) {
            putc(' ', line);
        }
        put_argument(line, argument, first);
    }
    if (file) {
        fclose(file);
    }
    if (line) {
        fclose(line);
    }
    free(argument);
    own_narrow = words;
    own_wide = words ? w32_utf16_of(words) : NULL;
}

static void know_own(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_own);
}

LPSTR WINAPI GetCommandLineA(VOID) {
    static char none[1];
    know_own();
    return own_narrow ? own_narrow : none;
}

LPWSTR WINAPI GetCommandLineW(VOID) {
    static WCHAR none[1];
    know_own();
    return own_wide ? own_wide : none;
}

/* Wide copies of the strings of a list, in one block for LocalFree. NULL without memory. */
static LPWSTR *widened(char **list, int *count) {
    size_t units = 0;
    for (*count = 0; list[*count]; ++*count) {
        units += strlen(list[*count]) + 1; /* at most as many units as bytes */
    }
    LPWSTR *wide = LocalAlloc(LMEM_FIXED, ((size_t)*count + 1) * sizeof *wide + units * sizeof **wide);
    WCHAR *to = wide ? (WCHAR *)(wide + *count + 1) : NULL;
    for (int index = 0; wide && index < *count; index++) {
        wide[index] = to;
        for (const char *at = list[index], *end = at + strlen(at); at < end;) {
            uint32_t point = w32_next_utf8(&at, end);
            to += w32_put_utf16(point == W32_MALFORMED ? W32_REPLACEMENT : point, to);
        }
        *to++ = 0;
    }
    if (wide) {
        wide[*count] = NULL;
    }
    return wide;
}

LPWSTR *WINAPI CommandLineToArgvW(LPCWSTR line, int *count) {
    char program[4096];
    LPWSTR *wide = NULL;
    if (!line || !count) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    *count = 0;
    char *narrow = w32_utf8_of(line), **list = narrow ? w32_cut(narrow) : NULL;
    if (list && !list[0]) { /* of an empty line the only argument is the program */
        char *own[] = {program, NULL};
        wide = GetModuleFileNameA(NULL, program, sizeof program) ? widened(own, count) : NULL;
    } else if (list) {
        wide = widened(list, count);
    }
    free(list);
    free(narrow);
    if (!wide) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    return wide;
}

/* How this process was started is not known: as by a double click, with this system's three streams. */
VOID WINAPI GetStartupInfoA(LPSTARTUPINFOA startup) {
    static char none[1];
    memset(startup, 0, sizeof *startup);
    startup->cb = sizeof *startup;
    startup->lpReserved = startup->lpDesktop = none;
    startup->lpTitle = GetCommandLineA();
    startup->wShowWindow = 1; /* SW_SHOWNORMAL */
}

VOID WINAPI GetStartupInfoW(LPSTARTUPINFOW startup) {
    static WCHAR none[1];
    memset(startup, 0, sizeof *startup);
    startup->cb = sizeof *startup;
    startup->lpReserved = startup->lpDesktop = none;
    startup->lpTitle = GetCommandLineW();
    startup->wShowWindow = 1;
}
