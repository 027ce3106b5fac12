/* win32_stream_handle.c - descriptors behind handles: the three streams of the process, and waiting for what comes. */
#include "win32.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

DWORD w32_error_of(int error) {
    switch (error) {
    case ENOENT:
        return ERROR_FILE_NOT_FOUND;
    case ENOTDIR:
    case ELOOP:
        return ERROR_PATH_NOT_FOUND;
    case EEXIST:
        return ERROR_ALREADY_EXISTS;
    case ENOTEMPTY:
        return ERROR_DIR_NOT_EMPTY;
    case EACCES:
    case EPERM:
    case EISDIR:
    case EROFS:
    case EBADF: /* not open for this */
        return ERROR_ACCESS_DENIED;
    case ENAMETOOLONG:
        return ERROR_FILENAME_EXCED_RANGE;
    case EXDEV:
        return ERROR_NOT_SAME_DEVICE;
    case EMFILE:
    case ENFILE:
        return ERROR_TOO_MANY_OPEN_FILES;
    case ENOSPC:
    case EDQUOT:
        return ERROR_DISK_FULL;
    case EBUSY:
    case ETXTBSY:
        return ERROR_SHARING_VIOLATION;
    case EPIPE:
        return ERROR_NO_DATA;
    case ESPIPE:
        return ERROR_INVALID_FUNCTION;
    case EFAULT:
        return ERROR_NOACCESS;
    case ENOMEM:
    case EAGAIN:
        return ERROR_NOT_ENOUGH_MEMORY;
    case EINVAL:
        return ERROR_INVALID_PARAMETER;
    default:
        return ERROR_GEN_FAILURE;
    }
}

static BOOL fail(DWORD error) {
    SetLastError(error);
    return FALSE;
}

/* Handles. */

static BOOL used; /* handles of files exist; never back to FALSE */

HANDLE w32_file_handle(int descriptor, BOOL borrowed, DWORD access) {
    struct w32_object *object = w32_object_new(W32_FILE);
    HANDLE handle = NULL;
    if (object) {
        object->as.file.descriptor = descriptor;
        object->as.file.borrowed = borrowed;
        __atomic_store_n(&used, TRUE, __ATOMIC_RELAXED);
        w32_lock();
        handle = w32_handle_new(object, access | SYNCHRONIZE);
        w32_unlock();
    }
    if (!handle) {
        free(object);
        if (!borrowed) {
            close(descriptor);
        }
    }
    return handle;
}

struct w32_object *w32_file_taken(HANDLE handle, DWORD access) {
    w32_lock();
    struct w32_object *object = w32_handle_object(handle, W32_FILE, access);
    if (object) {
        object->references++;
    }
    w32_unlock();
    return object;
}

void w32_file_given_back(struct w32_object *object) {
    w32_lock();
    w32_object_release(object);
    w32_unlock();
    w32_close_released();
}

BOOL w32_descriptor_copy(HANDLE handle, int *descriptor) {
    struct w32_object *object = handle == INVALID_HANDLE_VALUE ? NULL : w32_file_taken(handle, 0);
    if (!object && handle != INVALID_HANDLE_VALUE) {
        return FALSE;
    }
    int null = object ? -1 : open("/dev/null", O_RDWR | O_CLOEXEC);
    *descriptor = fcntl(object ? object->as.file.descriptor : null, F_DUPFD_CLOEXEC, 3);
    DWORD error = *descriptor < 0 ? w32_error_of(errno) : 0;
    if (object) {
        w32_file_given_back(object);
    } else if (null >= 0) {
        close(null);
    }
    return error ? fail(error) : TRUE;
}

/* The process's streams. */

static HANDLE streams[3];
static BOOL replaced[3];
static pthread_mutex_t streams_lock = PTHREAD_MUTEX_INITIALIZER;

/* STD_INPUT_HANDLE is -10, STD_OUTPUT_HANDLE -11, STD_ERROR_HANDLE -12. */
static int number_of(DWORD stream) {
    DWORD number = STD_INPUT_HANDLE - stream;
    return number < 3 ? (int)number : -1;
}

HANDLE WINAPI GetStdHandle(DWORD stream) {
    int number = number_of(stream);
    HANDLE handle = INVALID_HANDLE_VALUE;
    if (number < 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return INVALID_HANDLE_VALUE;
    }
    pthread_mutex_lock(&streams_lock);
    if (!streams[number] && !replaced[number] && fcntl(number, F_GETFD) >= 0) {
        streams[number] = w32_file_handle(number, TRUE, GENERIC_READ | GENERIC_WRITE);
    }
    handle = streams[number];
    pthread_mutex_unlock(&streams_lock);
    return handle; /* NULL: the process has none */
}

BOOL WINAPI SetStdHandle(DWORD stream, HANDLE handle) {
    int number = number_of(stream);
    if (number < 0) {
        return fail(ERROR_INVALID_PARAMETER);
    }
    pthread_mutex_lock(&streams_lock);
    replaced[number] = replaced[number] || handle != streams[number];
    streams[number] = handle;
    pthread_mutex_unlock(&streams_lock);
    return TRUE;
}

HANDLE w32_replaced_stream(int number) {
    pthread_mutex_lock(&streams_lock);
    HANDLE handle = replaced[number] ? streams[number] : NULL;
    pthread_mutex_unlock(&streams_lock);
    return handle;
}

/* Waiting: a file is signalled while there is something to read, or its end. */

/* What the C library has read ahead of the program counts, too. */
static BOOL is_readable(int descriptor) {
    struct pollfd file = {.fd = descriptor, .events = POLLIN};
#ifdef __GLIBC__
    if (descriptor == STDIN_FILENO && stdin->_IO_read_ptr < stdin->_IO_read_end) {
        return TRUE;
    }
#endif
    return poll(&file, 1, 0) > 0;
}

static void *watch(void *argument) {
    struct w32_object *object = argument;
    struct w32_waiter *woken = NULL;
    struct pollfd file = {.fd = object->as.file.descriptor, .events = POLLIN};
    while (poll(&file, 1, -1) < 0 && errno == EINTR) {
    }
    w32_lock();
    object->as.file.watched = FALSE;
    object->as.file.ready = TRUE;
    w32_signalled(object, &woken);
    w32_object_release(object);
    w32_unlock();
    w32_close_released();
    w32_wake(woken);
    return NULL;
}

static void look_at(HANDLE handle) {
    pthread_t thread;
    DWORD before = GetLastError();
    struct w32_object *object = w32_file_taken(handle, 0);
    SetLastError(before);
    if (!object) {
        return; /* of another kind */
    }
    BOOL ready = is_readable(object->as.file.descriptor);
    w32_lock();
    BOOL starts = !ready && !object->as.file.watched;
    object->as.file.ready = ready;
    object->as.file.watched = object->as.file.watched || starts;
    object->references += starts != FALSE; /* the watching thread's */
    w32_unlock();
    if (starts && w32_start_quiet_thread(&thread, watch, object) == 0) {
        pthread_detach(thread);
    } else if (starts) {
        w32_lock();
        object->as.file.watched = FALSE;
        w32_object_release(object);
        w32_unlock();
    }
    w32_file_given_back(object);
}

void w32_look_at_files(DWORD count, const HANDLE *handles) {
    for (DWORD index = 0; __atomic_load_n(&used, __ATOMIC_RELAXED) && index < count; index++) {
        look_at(handles[index]);
    }
}
