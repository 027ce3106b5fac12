/* win32_stream.c - which streams hold UTF-16, and _setmode.
 *
 * The system's FILE has no room for it, so it is noted here by file descriptor, with the file that was open there: a
 * note whose file is not the one that is open now is out of date. That covers streams which something else closed. */
#include "win32_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../include/io.h"

struct note {
    struct w32_stream_mode mode;
    int reported; /* the mode that _setmode answers, or 0 where nothing is noted */
    dev_t device;
    ino_t inode;
};

static pthread_mutex_t notes_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct note *notes; /* by descriptor */
static int notes_length;
static int notes_used; /* read without the mutex: most programs never have one */

static const int reported_modes[] = {
    [W32_TEXT] = _O_TEXT, [W32_BINARY] = _O_BINARY, [W32_UNICODE_UTF8] = _O_U8TEXT, [W32_UNICODE_UTF16] = _O_U16TEXT};

/* With the mutex held: the note of the file that is open at this descriptor, or NULL. */
static struct note *noted(int descriptor) {
    struct stat file;
    struct note *note = descriptor >= 0 && descriptor < notes_length ? &notes[descriptor] : NULL;
    if (!note || !note->reported || fstat(descriptor, &file)) {
        return NULL;
    }
    if (file.st_dev != note->device || file.st_ino != note->inode) {
        note->reported = 0;
        __atomic_sub_fetch(&notes_used, 1, __ATOMIC_RELEASE);
        return NULL;
    }
    return note;
}

struct w32_stream_mode w32_stream_mode(FILE *stream) {
    struct w32_stream_mode mode = {W32_TEXT, FALSE};
    if (__atomic_load_n(&notes_used, __ATOMIC_ACQUIRE) == 0) {
        return mode;
    }
    int error = errno, descriptor = fileno(stream);
    pthread_mutex_lock(&notes_mutex);
    struct note *note = noted(descriptor);
    if (note) {
        mode = note->mode;
    }
    pthread_mutex_unlock(&notes_mutex);
    errno = error;
    return mode;
}

/* With the mutex held. */
static BOOL make_room(int descriptor) {
    if (descriptor < notes_length) {
        return TRUE;
    }
    int length = descriptor + 16;
    struct note *grown = realloc(notes, (size_t)length * sizeof *grown);
    if (!grown) {
        return FALSE;
    }
    memset(grown + notes_length, 0, (size_t)(length - notes_length) * sizeof *grown);
    notes = grown;
    notes_length = length;
    return TRUE;
}

static BOOL set_mode(int descriptor, struct w32_stream_mode mode, int reported) {
    struct stat file;
    BOOL kept = TRUE;
    pthread_mutex_lock(&notes_mutex);
    if (descriptor >= 0 && descriptor < notes_length && notes[descriptor].reported) {
        notes[descriptor].reported = 0;
        __atomic_sub_fetch(&notes_used, 1, __ATOMIC_RELEASE);
    }
    if (reported != _O_TEXT) {
        kept = fstat(descriptor, &file) == 0 && make_room(descriptor);
        if (kept) {
            notes[descriptor] = (struct note){mode, reported, file.st_dev, file.st_ino};
            __atomic_add_fetch(&notes_used, 1, __ATOMIC_RELEASE);
        }
    }
    pthread_mutex_unlock(&notes_mutex);
    return kept;
}

BOOL w32_set_stream_mode(FILE *stream, struct w32_stream_mode mode) {
    int descriptor = fileno(stream);
    return descriptor < 0 || set_mode(descriptor, mode, reported_modes[mode.translation]);
}

int _setmode(int descriptor, int wanted) {
    struct w32_stream_mode mode = {W32_TEXT, FALSE};
    struct stat file;
    switch (wanted) {
    case _O_TEXT:
        break;
    case _O_BINARY:
        mode.translation = W32_BINARY;
        break;
    case _O_U8TEXT:
        mode.translation = W32_UNICODE_UTF8;
        break;
    case _O_WTEXT:
    case _O_U16TEXT:
        mode.translation = W32_UNICODE_UTF16;
        break;
    default:
        errno = EINVAL;
        return -1;
    }
    if (fstat(descriptor, &file)) {
        return -1;
    }
    pthread_mutex_lock(&notes_mutex);
    struct note *note = noted(descriptor);
    int before = note ? note->reported : _O_TEXT;
    pthread_mutex_unlock(&notes_mutex);
    if (isatty(descriptor)) {
        mode.translation = W32_TEXT; /* a console shows characters, whatever their encoding: ours wants UTF-8 */
    }
    return set_mode(descriptor, mode, wanted == _O_WTEXT ? _O_U16TEXT : wanted) ? before : -1;
}
