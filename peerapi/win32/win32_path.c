/* win32_path.c - files and folders that have a name of their own: the program's, a module's, the system's, the one for
 * temporary files. */
#include "win32.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

UINT w32_give_path(const char *path, LPSTR narrow, LPWSTR wide, UINT size) {
    WCHAR *converted = wide || !narrow ? w32_utf16_of(path) : NULL;
    if ((wide || !narrow) && !converted) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    size_t length = converted ? w32_length(converted) : strlen(path);
    BOOL fits = length < size && (wide || narrow);
    if (fits && wide) {
        memcpy(wide, converted, (length + 1) * sizeof *wide);
    } else if (fits) {
        memcpy(narrow, path, length + 1);
    }
    free(converted);
    return (UINT)(fits ? length : length + 1);
}

UINT WINAPI GetWindowsDirectoryA(LPSTR folder, UINT size) {
    return w32_give_path("/usr", folder, NULL, folder ? size : 0);
}
UINT WINAPI GetWindowsDirectoryW(LPWSTR folder, UINT size) {
    return w32_give_path("/usr", NULL, folder, folder ? size : 0);
}
UINT WINAPI GetSystemDirectoryA(LPSTR folder, UINT size) {
    return w32_give_path("/usr/bin", folder, NULL, folder ? size : 0);
}
UINT WINAPI GetSystemDirectoryW(LPWSTR folder, UINT size) {
    return w32_give_path("/usr/bin", NULL, folder, folder ? size : 0);
}

static UINT give_temporary(LPSTR narrow, LPWSTR wide, UINT size) {
    const char *named = secure_getenv("TMPDIR");
    const char *folder = named && *named ? named : "/tmp";
    size_t length = strlen(folder);
    char *path = malloc(length + 2);
    if (!path) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    memcpy(path, folder, length + 1);
    if (path[length - 1] != '/') {
        memcpy(path + length, "/", 2);
    }
    UINT given = w32_give_path(path, narrow, wide, size);
    free(path);
    return given;
}

DWORD WINAPI GetTempPathA(DWORD size, LPSTR folder) { return give_temporary(folder, NULL, folder ? size : 0); }
DWORD WINAPI GetTempPathW(DWORD size, LPWSTR folder) { return give_temporary(NULL, folder, folder ? size : 0); }

/* Modules. */

static const char found_here; /* lies in the library */

/* Gives a malloc'd path; NULL, and sets the last error. */
static char *module_path(HMODULE module) {
    char path[4096];
    Dl_info found;
    SetLastError(ERROR_SUCCESS);
    if (module && module != GetModuleHandleA(NULL)) {
        if (module != GetModuleHandleA("p2p") || !dladdr(&found_here, &found) || !found.dli_fname) {
            SetLastError(ERROR_MOD_NOT_FOUND);
            return NULL;
        }
        return realpath(found.dli_fname, NULL);
    }
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0) {
        SetLastError(ERROR_FILE_NOT_FOUND);
        return NULL;
    }
    path[length] = 0;
    return strdup(path);
}

static DWORD give_module(HMODULE module, LPSTR narrow, LPWSTR wide, DWORD size) {
    char *path = module_path(module);
    WCHAR *converted = path && wide ? w32_utf16_of(path) : NULL;
    DWORD given = 0;
    if (!path || (wide && !converted)) {
        SetLastError(GetLastError() ? GetLastError() : ERROR_NOT_ENOUGH_MEMORY);
    } else if (size == 0 || (!narrow && !wide)) {
        SetLastError(size ? ERROR_INVALID_PARAMETER : ERROR_INSUFFICIENT_BUFFER);
    } else {
        size_t length = wide ? w32_length(converted) : strlen(path), kept = length < size ? length : size - 1;
        if (wide) {
            memcpy(wide, converted, kept * sizeof *wide);
            wide[kept] = 0;
        } else {
            memcpy(narrow, path, kept);
            narrow[kept] = 0;
        }
        given = (DWORD)(length < size ? length : size);
        if (length >= size) {
            SetLastError(ERROR_INSUFFICIENT_BUFFER);
        }
    }
    free(converted);
    free(path);
    return given;
}

DWORD WINAPI GetModuleFileNameA(HMODULE module, LPSTR name, DWORD size) {
    return give_module(module, name, NULL, size);
}
DWORD WINAPI GetModuleFileNameW(HMODULE module, LPWSTR name, DWORD size) {
    return give_module(module, NULL, name, size);
}
