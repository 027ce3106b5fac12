/* win32_module.c - modules: the libraries of Windows this one stands for, found by name. */
#include "win32.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <strings.h>

/* Handles of modules: neither is an address. */
#define OURSELVES ((HMODULE)(uintptr_t)0x00400000)
#define PROGRAM   ((HMODULE)(uintptr_t)0x00100000)

static const char *const names[] = {"p2p",     "p2pgraph", "p2pcollab", "drt",     "kernel32", "kernelbase",
                                    "ntdll",   "user32",   "advapi32",  "ole32",   "rpcrt4",   "ws2_32",
                                    "mswsock", "crypt32",  "shell32",   "shlwapi", "msvcrt",   "iphlpapi"};

/* What follows the last separator: a library of ours is what it is called, in whatever folder of Windows. */
static const char *without_folder(const char *name) {
    const char *slash = strrchr(name, '/'), *backslash = strrchr(name, '\\');
    const char *last = !slash || (backslash && backslash > slash) ? backslash : slash;
    return last ? last + 1 : name;
}

HMODULE WINAPI GetModuleHandleA(LPCSTR name) {
    if (!name) {
        return PROGRAM;
    }
    name = without_folder(name);
    size_t length = strlen(name);
    if (length > 4 && !strcasecmp(name + length - 4, ".dll")) {
        length -= 4;
    }
    for (size_t index = 0; index < ARRAYSIZE(names); index++) {
        if (strlen(names[index]) == length && !strncasecmp(name, names[index], length)) {
            return OURSELVES;
        }
    }
    SetLastError(ERROR_MOD_NOT_FOUND);
    return NULL;
}

HMODULE WINAPI GetModuleHandleW(LPCWSTR name) {
    char *narrow = name ? w32_utf8_of(name) : NULL;
    HMODULE module = NULL;
    if (name && !narrow) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        module = GetModuleHandleA(narrow);
    }
    free(narrow);
    return module;
}

static BOOL is_name(BOOL given) {
    if (!given) {
        SetLastError(ERROR_INVALID_PARAMETER);
    }
    return given;
}

HMODULE WINAPI LoadLibraryA(LPCSTR name) { return is_name(name != NULL) ? GetModuleHandleA(name) : NULL; }
HMODULE WINAPI LoadLibraryW(LPCWSTR name) { return is_name(name != NULL) ? GetModuleHandleW(name) : NULL; }

HMODULE WINAPI LoadLibraryExA(LPCSTR name, HANDLE file, DWORD flags) {
    (void)file;
    (void)flags;
    return LoadLibraryA(name);
}

HMODULE WINAPI LoadLibraryExW(LPCWSTR name, HANDLE file, DWORD flags) {
    (void)file;
    (void)flags;
    return LoadLibraryW(name);
}

static BOOL is_module(HMODULE module) {
    BOOL known = module == OURSELVES || module == PROGRAM;
    if (!known) {
        SetLastError(ERROR_INVALID_HANDLE);
    }
    return known;
}

BOOL WINAPI FreeLibrary(HMODULE module) { return is_module(module); }

FARPROC WINAPI GetProcAddress(HMODULE module, LPCSTR name) {
    if (!is_module(module)) {
        return NULL;
    }
    void *found = name ? dlsym(RTLD_DEFAULT, name) : NULL;
    if (!found) {
        SetLastError(ERROR_PROC_NOT_FOUND);
    }
    return (FARPROC)(uintptr_t)found;
}
