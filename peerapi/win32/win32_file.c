/* win32_file.c - files and pipes: opened, read, written, measured. */
#include "win32.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static BOOL fail(DWORD error) {
    SetLastError(error);
    return FALSE;
}

/* Opening. */

static HANDLE create(const char *name, DWORD access, DWORD disposition, DWORD flags) {
    BOOL reads = (access & (GENERIC_READ | GENERIC_ALL | FILE_READ_DATA)) != 0;
    BOOL appends = (access & (FILE_APPEND_DATA | FILE_WRITE_DATA | GENERIC_WRITE)) == FILE_APPEND_DATA;
    BOOL writes = (access & (GENERIC_WRITE | GENERIC_ALL | FILE_WRITE_DATA | FILE_APPEND_DATA)) != 0;
    static const int how[] = {0, O_CREAT | O_EXCL, O_CREAT | O_TRUNC, 0, O_CREAT, O_TRUNC};
    struct stat before;
    SetLastError(ERROR_INVALID_PARAMETER);
    if (disposition < CREATE_NEW || disposition > TRUNCATE_EXISTING || (disposition == TRUNCATE_EXISTING && !writes)) {
        return INVALID_HANDLE_VALUE;
    }
    if (flags & (FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE)) {
        SetLastError(ERROR_NOT_SUPPORTED);
        return INVALID_HANDLE_VALUE;
    }
    if (!_stricmp(name, "CONIN$") || !_stricmp(name, "CONOUT$") || !_stricmp(name, "CON")) {
        name = "/dev/tty";
    } else if (!_stricmp(name, "NUL")) {
        name = "/dev/null";
    }
    BOOL existed = stat(name, &before) == 0;
    int mode = (writes ? reads ? O_RDWR : O_WRONLY : O_RDONLY) | (appends ? O_APPEND : 0) | O_CLOEXEC | O_NOCTTY;
    int descriptor = existed && S_ISDIR(before.st_mode) ? -1 : open(name, mode | how[disposition], 0666);
    if (descriptor < 0) {
        BOOL directory = existed && S_ISDIR(before.st_mode);
        SetLastError(directory         ? ERROR_ACCESS_DENIED
                     : errno == EEXIST ? ERROR_FILE_EXISTS
                     : errno == ENOENT && disposition != OPEN_EXISTING && disposition != TRUNCATE_EXISTING
                         ? ERROR_PATH_NOT_FOUND
                         : w32_error_of(errno));
        return INVALID_HANDLE_VALUE;
    }
    HANDLE handle = w32_file_handle(descriptor, FALSE, (reads ? GENERIC_READ : 0) | (writes ? GENERIC_WRITE : 0));
    if (handle) {
        BOOL told = existed && (disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS);
        SetLastError(told ? ERROR_ALREADY_EXISTS : ERROR_SUCCESS);
    }
    return handle ? handle : INVALID_HANDLE_VALUE;
}

HANDLE WINAPI CreateFileA(LPCSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
                          DWORD flags, HANDLE like) {
    (void)share;
    (void)attributes;
    (void)like;
    if (!name || !*name) {
        SetLastError(ERROR_PATH_NOT_FOUND);
        return INVALID_HANDLE_VALUE;
    }
    return create(name, access, disposition, flags);
}

HANDLE WINAPI CreateFileW(LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
                          DWORD flags, HANDLE like) {
    char *narrow = name ? w32_utf8_of(name) : NULL;
    HANDLE handle = INVALID_HANDLE_VALUE;
    if (name && !narrow) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    } else {
        handle = CreateFileA(narrow, access, share, attributes, disposition, flags, like);
    }
    free(narrow);
    return handle;
}

BOOL WINAPI CreatePipe(PHANDLE reader, PHANDLE writer, LPSECURITY_ATTRIBUTES attributes, DWORD size) {
    int ends[2];
    (void)attributes;
    (void)size;
    if (!reader || !writer) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    if (pipe2(ends, O_CLOEXEC)) {
        return fail(w32_error_of(errno));
    }
    *reader = w32_file_handle(ends[0], FALSE, GENERIC_READ);
    *writer = *reader ? w32_file_handle(ends[1], FALSE, GENERIC_WRITE) : NULL;
    if (!*reader) {
        close(ends[1]);
    } else if (!*writer) {
        CloseHandle(*reader);
    }
    return *reader && *writer;
}

/* Reading and writing. */

BOOL WINAPI ReadFile(HANDLE handle, LPVOID to, DWORD bytes, LPDWORD got, LPOVERLAPPED place) {
    struct w32_object *object = w32_file_taken(handle, GENERIC_READ);
    struct stat file;
    ssize_t count;
    if (got) {
        *got = 0;
    }
    if (!object) {
        return FALSE;
    }
    do {
        off_t offset = place ? (off_t)((ULONGLONG)place->OffsetHigh << 32 | place->Offset) : 0;
        count = place ? pread(object->as.file.descriptor, to, bytes, offset)
                      : read(object->as.file.descriptor, to, bytes);
    } while (count < 0 && errno == EINTR);
    DWORD error = count < 0 ? w32_error_of(errno) : 0;
    if (count == 0 && bytes && place) {
        error = ERROR_HANDLE_EOF;
    } else if (count == 0 && bytes && fstat(object->as.file.descriptor, &file) == 0 &&
               (S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode))) {
        error = ERROR_BROKEN_PIPE; /* so a pipe's end is told from a file's */
    }
    w32_file_given_back(object);
    if (got && count > 0) {
        *got = (DWORD)count;
    }
    return error ? fail(error) : TRUE;
}

/* A pipe that nobody reads is an error, and no signal. */
static ssize_t write_quietly(int descriptor, const void *from, size_t bytes, const off_t *offset) {
    sigset_t pipe_signal, before, waiting;
    struct timespec none = {0, 0};
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&waiting);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t count = offset ? pwrite(descriptor, from, bytes, *offset) : write(descriptor, from, bytes);
    int error = errno;
    if (count < 0 && error == EPIPE && !sigismember(&waiting, SIGPIPE)) {
        sigtimedwait(&pipe_signal, NULL, &none);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return count;
}

BOOL WINAPI WriteFile(HANDLE handle, LPCVOID from, DWORD bytes, LPDWORD done, LPOVERLAPPED place) {
    struct w32_object *object = w32_file_taken(handle, GENERIC_WRITE);
    off_t offset = place ? (off_t)((ULONGLONG)place->OffsetHigh << 32 | place->Offset) : 0;
    DWORD written = 0, error = 0;
    if (done) {
        *done = 0;
    }
    if (!object) {
        return FALSE;
    }
    int descriptor = object->as.file.descriptor;
    if (descriptor == STDOUT_FILENO || descriptor == STDERR_FILENO) {
        fflush(descriptor == STDOUT_FILENO ? stdout : stderr); /* what was printed before comes before */
    }
    while (written < bytes && !error) {
        ssize_t count = write_quietly(descriptor, (const char *)from + written, bytes - written,
                                      place ? &offset : NULL);
        error = count < 0 && errno != EINTR ? w32_error_of(errno) : 0;
        written += count > 0 ? (DWORD)count : 0;
        offset += count > 0 ? count : 0;
    }
    w32_file_given_back(object);
    if (done) {
        *done = written;
    }
    return error ? fail(error) : TRUE;
}

/* Sizes and places. */

BOOL WINAPI GetFileSizeEx(HANDLE handle, PLARGE_INTEGER size) {
    struct w32_object *object = size ? w32_file_taken(handle, 0) : NULL;
    struct stat file;
    if (!object) {
        return size ? FALSE : fail(ERROR_INVALID_PARAMETER);
    }
    BOOL known = fstat(object->as.file.descriptor, &file) == 0 && S_ISREG(file.st_mode);
    w32_file_given_back(object);
    if (known) {
        size->QuadPart = file.st_size;
    }
    return known ? TRUE : fail(ERROR_INVALID_FUNCTION);
}

DWORD WINAPI GetFileSize(HANDLE handle, LPDWORD high) {
    LARGE_INTEGER size;
    if (!GetFileSizeEx(handle, &size)) {
        return INVALID_FILE_SIZE;
    }
    if (high) {
        *high = (DWORD)size.HighPart;
    }
    SetLastError(ERROR_SUCCESS); /* a size may look like the failure */
    return size.LowPart;
}

BOOL WINAPI SetFilePointerEx(HANDLE handle, LARGE_INTEGER distance, PLARGE_INTEGER place, DWORD method) {
    struct w32_object *object = method <= FILE_END ? w32_file_taken(handle, 0) : NULL;
    if (!object) {
        return method <= FILE_END ? FALSE : fail(ERROR_INVALID_PARAMETER);
    }
    off_t found = lseek(object->as.file.descriptor, distance.QuadPart, (int)method);
    DWORD error = found >= 0 ? 0 : errno == EINVAL ? ERROR_NEGATIVE_SEEK : w32_error_of(errno);
    w32_file_given_back(object);
    if (place && !error) {
        place->QuadPart = found;
    }
    return error ? fail(error) : TRUE;
}

DWORD WINAPI SetFilePointer(HANDLE handle, LONG low, PLONG high, DWORD method) {
    LARGE_INTEGER distance = {.QuadPart = low}, place;
    if (high) {
        distance.u.LowPart = (DWORD)low;
        distance.u.HighPart = *high;
    }
    if (!SetFilePointerEx(handle, distance, &place, method)) {
        return INVALID_SET_FILE_POINTER;
    }
    if (high) {
        *high = place.HighPart;
    } else if (place.HighPart) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_SET_FILE_POINTER;
    }
    SetLastError(ERROR_SUCCESS);
    return place.LowPart;
}

BOOL WINAPI SetEndOfFile(HANDLE handle) {
    struct w32_object *object = w32_file_taken(handle, GENERIC_WRITE);
    if (!object) {
        return FALSE;
    }
    off_t place = lseek(object->as.file.descriptor, 0, SEEK_CUR);
    DWORD error = place < 0 || ftruncate(object->as.file.descriptor, place) ? w32_error_of(errno) : 0;
    w32_file_given_back(object);
    return error ? fail(error) : TRUE;
}

BOOL WINAPI FlushFileBuffers(HANDLE handle) {
    struct w32_object *object = w32_file_taken(handle, 0);
    if (!object) {
        return FALSE;
    }
    DWORD error = fsync(object->as.file.descriptor) && errno != EINVAL && errno != EROFS ? w32_error_of(errno) : 0;
    w32_file_given_back(object);
    return error ? fail(error) : TRUE;
}

DWORD WINAPI GetFileType(HANDLE handle) {
    struct w32_object *object = w32_file_taken(handle, 0);
    struct stat file;
    if (!object) {
        return FILE_TYPE_UNKNOWN;
    }
    BOOL known = fstat(object->as.file.descriptor, &file) == 0;
    w32_file_given_back(object);
    SetLastError(ERROR_SUCCESS);
    return !known                                             ? FILE_TYPE_UNKNOWN
           : S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode) ? FILE_TYPE_PIPE
           : S_ISCHR(file.st_mode)                            ? FILE_TYPE_CHAR
                                                              : FILE_TYPE_DISK;
}
