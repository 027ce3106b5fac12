/* win32_directory.c - names of files and folders: asked for, made, moved, deleted; the current folder, the user's. */
#include "win32.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "../../include/direct.h"
#include "../../include/io.h"
#include "../../include/shlobj.h"

/* A wide path as a narrow one, or an empty one, which the system refuses. */
#define WITH_NARROW(path, narrow, result, call)        \
    char *narrow = w32_utf8_of((path) ? (path) : L""); \
    result = narrow ? (call) : -1;                     \
    if (!narrow) {                                     \
        errno = ENOMEM;                                \
    }                                                  \
    free(narrow)

static BOOL succeeded(int result) {
    if (result) {
        SetLastError(w32_error_of(errno));
    }
    return result == 0;
}

static const char *given(const char *path) { return path ? path : ""; }

/* What unlink says of a folder is no help. */
static int delete_file(const char *path) {
    struct stat file;
    if (lstat(path, &file) == 0 && S_ISDIR(file.st_mode)) {
        errno = EACCES;
        return -1;
    }
    return unlink(path);
}

static int move_file(const char *from, const char *to) {
    int result = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 1u /* RENAME_NOREPLACE */);
    struct stat file;
    if (result && errno == EINVAL && lstat(to, &file)) { /* a file system that does not know it */
        result = rename(from, to);
    }
    return result;
}

BOOL WINAPI DeleteFileA(LPCSTR name) { return succeeded(delete_file(given(name))); }
BOOL WINAPI RemoveDirectoryA(LPCSTR name) {
    int result = rmdir(given(name));
    if (result && errno == ENOTDIR) {
        SetLastError(ERROR_DIRECTORY);
        return FALSE;
    }
    return succeeded(result);
}
BOOL WINAPI SetCurrentDirectoryA(LPCSTR folder) { return succeeded(chdir(given(folder))); }
BOOL WINAPI MoveFileA(LPCSTR from, LPCSTR to) { return succeeded(move_file(given(from), given(to))); }

static int make_folder(const char *name) {
    int result = mkdir(name, 0777);
    if (result && errno == ENOENT) {
        errno = ENOTDIR; /* the folder that it is to lie in is not there: ERROR_PATH_NOT_FOUND */
    }
    return result;
}

BOOL WINAPI CreateDirectoryA(LPCSTR name, LPSECURITY_ATTRIBUTES attributes) {
    (void)attributes;
    return succeeded(make_folder(given(name)));
}

BOOL WINAPI DeleteFileW(LPCWSTR name) {
    int result;
    WITH_NARROW(name, narrow, result, delete_file(narrow));
    return succeeded(result);
}
BOOL WINAPI RemoveDirectoryW(LPCWSTR name) {
    char *narrow = name ? w32_utf8_of(name) : NULL;
    BOOL removed = RemoveDirectoryA(narrow);
    DWORD error = GetLastError();
    free(narrow);
    SetLastError(error);
    return removed;
}
BOOL WINAPI SetCurrentDirectoryW(LPCWSTR folder) {
    int result;
    WITH_NARROW(folder, narrow, result, chdir(narrow));
    return succeeded(result);
}
BOOL WINAPI CreateDirectoryW(LPCWSTR name, LPSECURITY_ATTRIBUTES attributes) {
    int result;
    (void)attributes;
    WITH_NARROW(name, narrow, result, make_folder(narrow));
    return succeeded(result);
}
BOOL WINAPI MoveFileW(LPCWSTR from, LPCWSTR to) {
    char *source = from ? w32_utf8_of(from) : NULL, *target = to ? w32_utf8_of(to) : NULL;
    BOOL moved = MoveFileA(source, target);
    DWORD error = GetLastError();
    free(source);
    free(target);
    SetLastError(error);
    return moved;
}

static int attributes_of(const char *name, DWORD *attributes) {
    struct stat file;
    const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
    if (stat(name, &file)) {
        return -1;
    }
    *attributes = (S_ISDIR(file.st_mode) ? FILE_ATTRIBUTE_DIRECTORY : 0u) |
                  (access(name, W_OK) && !S_ISDIR(file.st_mode) ? FILE_ATTRIBUTE_READONLY : 0u) |
                  (last[0] == '.' && last[1] && strcmp(last, "..") ? FILE_ATTRIBUTE_HIDDEN : 0u);
    *attributes = *attributes ? *attributes : FILE_ATTRIBUTE_NORMAL;
    return 0;
}

DWORD WINAPI GetFileAttributesA(LPCSTR name) {
    DWORD attributes = INVALID_FILE_ATTRIBUTES;
    succeeded(attributes_of(given(name), &attributes));
    return attributes;
}

DWORD WINAPI GetFileAttributesW(LPCWSTR name) {
    DWORD attributes = INVALID_FILE_ATTRIBUTES;
    int result;
    WITH_NARROW(name, narrow, result, attributes_of(narrow, &attributes));
    succeeded(result);
    return attributes;
}

static DWORD give_current(DWORD size, LPSTR narrow, LPWSTR wide) {
    char *folder = getcwd(NULL, 0);
    DWORD length = folder ? w32_give_path(folder, narrow, wide, narrow || wide ? size : 0) : 0;
    if (!folder) {
        SetLastError(w32_error_of(errno));
    }
    free(folder);
    return length;
}

DWORD WINAPI GetCurrentDirectoryA(DWORD size, LPSTR folder) {
    char none[1];
    return give_current(folder ? size : 0, folder ? folder : none, NULL);
}
DWORD WINAPI GetCurrentDirectoryW(DWORD size, LPWSTR folder) { return give_current(size, NULL, folder); }

/* The C run-time's. */

int _wremove(const WCHAR *path) {
    int result;
    WITH_NARROW(path, narrow, result, delete_file(narrow));
    return result;
}
int _wunlink(const WCHAR *path) { return _wremove(path); }
int _unlink(const char *path) { return delete_file(given(path)); }

int _wrename(const WCHAR *from, const WCHAR *to) {
    char *source = from ? w32_utf8_of(from) : NULL, *target = to ? w32_utf8_of(to) : NULL;
    int result = move_file(given(source), given(target)), error = errno;
    free(source);
    free(target);
    errno = error;
    return result;
}

/* 0 existence, 2 writing, 4 reading, 6 both; there is nothing that asks whether a file can be run. */
static int check_access(const char *path, int mode) {
    if (mode & ~6) {
        errno = EINVAL;
        return -1;
    }
    return access(path, mode);
}

int _access(const char *path, int mode) { return check_access(given(path), mode); }
errno_t _access_s(const char *path, int mode) { return _access(path, mode) ? errno : 0; }
int _waccess(const WCHAR *path, int mode) {
    int result;
    WITH_NARROW(path, narrow, result, check_access(narrow, mode));
    return result;
}
errno_t _waccess_s(const WCHAR *path, int mode) { return _waccess(path, mode) ? errno : 0; }

int _mkdir(const char *path) { return mkdir(given(path), 0777); }
int _rmdir(const char *path) { return rmdir(given(path)); }
int _chdir(const char *path) { return chdir(given(path)); }
int _wmkdir(const WCHAR *path) {
    int result;
    WITH_NARROW(path, narrow, result, mkdir(narrow, 0777));
    return result;
}
int _wrmdir(const WCHAR *path) {
    int result;
    WITH_NARROW(path, narrow, result, rmdir(narrow));
    return result;
}
int _wchdir(const WCHAR *path) {
    int result;
    WITH_NARROW(path, narrow, result, chdir(narrow));
    return result;
}

char *_getcwd(char *to, int bytes) { return getcwd(to, bytes > 0 ? (size_t)bytes : 0); }

WCHAR *_wgetcwd(WCHAR *to, int units) {
    char *folder = getcwd(NULL, 0);
    WCHAR *wide = folder ? w32_utf16_of(folder) : NULL;
    size_t length = wide ? w32_length(wide) : 0;
    free(folder);
    if (!to || !wide) {
        return wide; /* the caller's, to be freed */
    }
    if (units <= 0 || length >= (size_t)units) {
        free(wide);
        errno = ERANGE;
        return NULL;
    }
    memcpy(to, wide, (length + 1) * sizeof *to);
    free(wide);
    return to;
}

/* The user's folders. */

/* Where the XDG base directories say, else below the home folder. Writes at most MAX_PATH bytes. */
static HRESULT folder_of(int folder, char *to) {
    static const struct {
        int folder;
        const char *variable, *below;
    } known[] = {
        {CSIDL_PROFILE, NULL, ""},
        {CSIDL_PERSONAL, "XDG_DOCUMENTS_DIR", "Documents"},
        {CSIDL_DESKTOPDIRECTORY, "XDG_DESKTOP_DIR", "Desktop"},
        {CSIDL_DESKTOP, "XDG_DESKTOP_DIR", "Desktop"},
        {CSIDL_APPDATA, "XDG_CONFIG_HOME", ".config"},
        {CSIDL_LOCAL_APPDATA, "XDG_DATA_HOME", ".local/share"},
        {CSIDL_COMMON_APPDATA, NULL, "/var/lib"},
        {CSIDL_WINDOWS, NULL, "/usr"},
        {CSIDL_SYSTEM, NULL, "/usr/bin"},
    };
    char fields[4096];
    struct passwd entry, *found = NULL;
    const char *home = secure_getenv("HOME");
    if (!home || *home != '/') {
        home = getpwuid_r(geteuid(), &entry, fields, sizeof fields, &found) == 0 && found ? found->pw_dir : "/";
    }
    for (size_t at = 0; at < ARRAYSIZE(known); at++) {
        if (known[at].folder != folder) {
            continue;
        }
        const char *named = known[at].variable ? secure_getenv(known[at].variable) : NULL;
        int length = named && *named == '/'    ? snprintf(to, MAX_PATH, "%s", named)
                     : *known[at].below == '/' ? snprintf(to, MAX_PATH, "%s", known[at].below)
                     : *known[at].below        ? snprintf(to, MAX_PATH, "%s/%s", home, known[at].below)
                                               : snprintf(to, MAX_PATH, "%s", home);
        return length < MAX_PATH ? S_OK : HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE);
    }
    return E_INVALIDARG;
}

static HRESULT make_all(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0777);
        *slash = '/';
    }
    return mkdir(path, 0777) && errno != EEXIST ? HRESULT_FROM_WIN32(w32_error_of(errno)) : S_OK;
}

HRESULT WINAPI SHGetFolderPathA(HWND window, int folder, HANDLE token, DWORD flags, LPSTR path) {
    struct stat file;
    (void)window;
    (void)token;
    if (!path || flags > SHGFP_TYPE_DEFAULT) {
        return E_INVALIDARG;
    }
    path[0] = 0;
    HRESULT hr = folder_of(folder & ~CSIDL_FLAG_MASK, path);
    if (SUCCEEDED(hr) && folder & CSIDL_FLAG_CREATE) {
        hr = make_all(path);
    } else if (SUCCEEDED(hr) && !(folder & CSIDL_FLAG_DONT_VERIFY) && stat(path, &file)) {
        hr = S_FALSE; /* a folder that does not exist */
    }
    if (hr != S_OK) {
        path[0] = 0;
    }
    return hr;
}

HRESULT WINAPI SHGetFolderPathW(HWND window, int folder, HANDLE token, DWORD flags, LPWSTR path) {
    char narrow[MAX_PATH];
    if (!path) {
        return E_INVALIDARG;
    }
    path[0] = 0;
    HRESULT hr = SHGetFolderPathA(window, folder, token, flags, narrow);
    if (hr == S_OK && !w32_give_path(narrow, NULL, path, MAX_PATH)) {
        hr = E_OUTOFMEMORY;
    }
    return hr;
}
