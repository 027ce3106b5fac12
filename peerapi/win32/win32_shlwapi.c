/* win32_shlwapi.c - strings and paths by the names of shlwapi.h. */
#include "win32.h"

#include <stdlib.h>
#include <sys/stat.h>
#include "../../include/peerapi_crt_stdlib.h"
#include "../../include/peerapi_crt_string.h"
#include "../../include/shlwapi.h"

/* Strings. A NULL one is less than every other. */

static int compared(LPCWSTR first, LPCWSTR second, int units, BOOL fold) {
    if (!first || !second) {
        return (first != NULL) - (second != NULL);
    }
    if (units < 0) {
        return fold ? _wcsicmp(first, second) : peerapi_wcscmp(first, second);
    }
    return fold ? _wcsnicmp(first, second, (size_t)units) : peerapi_wcsncmp(first, second, (size_t)units);
}

int WINAPI StrCmpW(LPCWSTR first, LPCWSTR second) { return compared(first, second, -1, FALSE); }
int WINAPI StrCmpIW(LPCWSTR first, LPCWSTR second) { return compared(first, second, -1, TRUE); }
int WINAPI StrCmpNW(LPCWSTR first, LPCWSTR second, int units) {
    return compared(first, second, units < 0 ? 0 : units, FALSE);
}
int WINAPI StrCmpNIW(LPCWSTR first, LPCWSTR second, int units) {
    return compared(first, second, units < 0 ? 0 : units, TRUE);
}

static LPWSTR mutable(LPCWSTR text) { return (LPWSTR)(uintptr_t)text; }

LPWSTR WINAPI StrChrW(LPCWSTR text, WCHAR unit) { return text && unit ? peerapi_wcschr(text, unit) : NULL; }

LPWSTR WINAPI StrRChrW(LPCWSTR text, LPCWSTR end, WCHAR unit) {
    LPCWSTR found = NULL;
    for (LPCWSTR at = text; at && at != end && *at; at++) {
        found = *at == unit ? at : found;
    }
    return mutable(found);
}

static LPWSTR part_of(LPCWSTR text, LPCWSTR part, BOOL fold) {
    size_t length = part ? w32_length(part) : 0;
    for (LPCWSTR at = text; at && length && *at; at++) {
        if (compared(at, part, (int)length, fold) == 0) {
            return mutable(at);
        }
    }
    return NULL;
}

LPWSTR WINAPI StrStrW(LPCWSTR text, LPCWSTR part) { return part_of(text, part, FALSE); }
LPWSTR WINAPI StrStrIW(LPCWSTR text, LPCWSTR part) { return part_of(text, part, TRUE); }

LPWSTR WINAPI StrDupW(LPCWSTR text) {
    size_t bytes = text ? (w32_length(text) + 1) * sizeof *text : 0;
    LPWSTR copy = text ? LocalAlloc(LMEM_FIXED, bytes) : NULL;
    if (copy) {
        memcpy(copy, text, bytes);
    }
    return copy;
}

int WINAPI StrToIntW(LPCWSTR text) { return text ? _wtoi(text) : 0; }

/* Paths. */

static BOOL is_separator(WCHAR unit) { return unit == '/' || unit == '\\'; }

static BOOL status(LPCWSTR path, struct stat *file) {
    char *narrow = path ? w32_utf8_of(path) : NULL;
    BOOL exists = narrow && stat(narrow, file) == 0;
    free(narrow);
    if (!exists) {
        SetLastError(ERROR_FILE_NOT_FOUND);
    }
    return exists;
}

BOOL WINAPI PathFileExistsW(LPCWSTR path) {
    struct stat file;
    return status(path, &file);
}

BOOL WINAPI PathIsDirectoryW(LPCWSTR path) {
    struct stat file;
    return status(path, &file) && S_ISDIR(file.st_mode);
}

BOOL WINAPI PathIsRelativeW(LPCWSTR path) { return !path || !is_separator(*path); }

LPWSTR WINAPI PathFindFileNameW(LPCWSTR path) {
    LPCWSTR name = path;
    for (LPCWSTR at = path; at && *at; at++) {
        if (is_separator(*at) && at[1] && !is_separator(at[1])) {
            name = at + 1;
        }
    }
    return mutable(name);
}

/* Finds the dot of the file's extension, or the end of the path. */
LPWSTR WINAPI PathFindExtensionW(LPCWSTR path) {
    LPCWSTR dot = NULL, at = path;
    for (; at && *at; at++) {
        dot = *at == '.' ? at : is_separator(*at) || *at == ' ' ? NULL : dot;
    }
    return mutable(dot ? dot : at);
}

VOID WINAPI PathStripPathW(LPWSTR path) {
    LPWSTR name = PathFindFileNameW(path);
    if (path && name != path) {
        memmove(path, name, (w32_length(name) + 1) * sizeof *path);
    }
}

BOOL WINAPI PathRemoveFileSpecW(LPWSTR path) {
    LPWSTR end = path;
    for (LPWSTR at = path; at && *at; at++) {
        end = is_separator(*at) ? at : end;
    }
    if (!path || !*end) {
        return FALSE;
    }
    end += end == path && is_separator(*path); /* the root stays */
    BOOL removed = *end != 0;
    *end = 0;
    return removed;
}

VOID WINAPI PathRemoveExtensionW(LPWSTR path) {
    if (path) {
        *PathFindExtensionW(path) = 0;
    }
}

LPWSTR WINAPI PathCombineW(LPWSTR to, LPCWSTR folder, LPCWSTR file) {
    WCHAR path[MAX_PATH];
    size_t length = 0, more = file ? w32_length(file) : 0;
    if (!to) {
        return NULL;
    }
    if (folder && (!file || PathIsRelativeW(file))) {
        length = w32_length(folder);
    }
    if (length + more + 2 > MAX_PATH || (!folder && !file)) {
        *to = 0;
        return NULL;
    }
    if (length) {
        memcpy(path, folder, length * sizeof *path);
    }
    if (length && more && !is_separator(path[length - 1])) {
        path[length++] = '/';
    }
    if (more) {
        memcpy(path + length, file, more * sizeof *path);
    }
    path[length + more] = 0;
    memcpy(to, path, (length + more + 1) * sizeof *path);
    return to;
}

BOOL WINAPI PathAppendW(LPWSTR path, LPCWSTR more) {
    while (more && is_separator(*more)) {
        more++;
    }
    return path && more && PathCombineW(path, path, more) != NULL;
}
