/* win32.h - what the win32_*.c files share. Nothing here is seen by programs.
 *
 * One mutex, w32_lock, guards the handle table, every object's state and every list of waiters. It is held for a few
 * dozen instructions and never while a thread sleeps, a system call runs or foreign code is called. A sleeping thread
 * is woken by whoever decides its wait: that thread takes the objects on the sleeper's behalf, writes the result,
 * releases the lock and only then wakes it, so the sleeper needs no lock to return. */
#ifndef PEERAPI_WIN32_H
#define PEERAPI_WIN32_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
/* The headers then declare our C functions under their exported names and leave the system's alone. */
#define PEERAPI_BUILDING 1

#include <pthread.h>
#include <sys/types.h>
#include <stdint.h>
#include <time.h>
#include "../../include/windows.h"

enum w32_kind {
    W32_EVENT = 1,
    W32_MUTEX = 2,
    W32_SEMAPHORE = 4,
    W32_THREAD = 8,
    W32_PROCESS = 16,
    W32_REGISTRATION = 32,
    W32_SNAPSHOT = 64,
    W32_FILE = 128
};
#define W32_WAITABLE (W32_EVENT | W32_MUTEX | W32_SEMAPHORE | W32_THREAD | W32_PROCESS | W32_FILE)

struct w32_object;
struct w32_waiter;
struct w32_snapshot;

/* One object that one thread waits for. */
struct w32_link {
    struct w32_waiter *waiter;
    struct w32_object *object;
    struct w32_link *previous, *next; /* in the object's list, oldest first */
};

/* What this library knows of a thread. Lives in the thread's local storage. */
struct w32_thread {
    struct w32_object *owned;  /* mutexes, chained through next_owned */
    struct w32_object *object; /* the thread as an object, once someone asked for one */
    DWORD id;
    BOOL watched; /* w32_thread_leaves will be called when the thread ends */
};

struct w32_waiter {
    struct w32_thread *thread;
    struct w32_link *links;
    unsigned count;
    BOOL all;
    BOOL decided; /* under the lock: result is final and no link is in a list */
    DWORD result;
    int done; /* futex: 1 once the waiter may return */
    struct w32_waiter *next_woken;
};

struct w32_registration {
    struct w32_object *target;
    WAITORTIMERCALLBACK callback;
    PVOID context;
    DWORD milliseconds;
    BOOL once;
    BOOL cancelled;
    BOOL running; /* inside the callback */
    struct w32_waiter *waiter;
    struct w32_object *completion; /* event to set at the end, or NULL */
    pthread_t worker;
};

struct w32_object {
    enum w32_kind kind;
    unsigned references; /* handles, links and threads */
    unsigned handles;
    struct w32_link *first, *last;
    WCHAR *name;
    struct w32_object *next_named;
    union {
        struct {
            BOOL manual, set;
        } event;
        struct {
            struct w32_thread *owner;
            struct w32_object *next_owned;
            unsigned depth;
            BOOL abandoned;
        } mutex;
        struct {
            LONG count, maximum;
        } semaphore;
        struct {
            LPTHREAD_START_ROUTINE start;
            PVOID parameter;
            DWORD id, code;
            BOOL ended;
            int suspended; /* futex */
        } thread;
        struct {
            pid_t id; /* 0: this one */
            BOOL child, ended;
            DWORD code;
            BOOL terminated; /* by TerminateProcess, with the code asked for */
            DWORD asked;
            struct w32_object *next_running;
        } process;
        struct {
            int descriptor;
            BOOL borrowed; /* one of the process's three streams: not closed with the handle */
            BOOL ready;    /* there was something to read when it was looked at last */
            BOOL watched;  /* a thread waits for something to read */
        } file;
        struct {
            struct w32_snapshot *list;
        } snapshot;
        struct w32_registration registration;
    } as;
};

/* win32_handles.c */
extern pthread_mutex_t w32_mutex;
static inline void w32_lock(void) { pthread_mutex_lock(&w32_mutex); }
static inline void w32_unlock(void) { pthread_mutex_unlock(&w32_mutex); }
/* A new object with no reference yet, zeroed. NULL and ERROR_NOT_ENOUGH_MEMORY when there is no memory. */
struct w32_object *w32_object_new(enum w32_kind kind);
/* All of the following are called with the lock held. */
void w32_object_release(struct w32_object *object);
/* NULL and the last error when the table is full; the object is then left as it was. */
HANDLE w32_handle_new(struct w32_object *object, DWORD access);
/* The object behind a handle of one of these kinds with these rights, else NULL and the last error. */
struct w32_object *w32_handle_object(HANDLE handle, unsigned kinds, DWORD access);
BOOL w32_handle_close(HANDLE handle, unsigned kinds);
struct w32_object *w32_named_object(const WCHAR *name);
/* Takes the malloc'd name over. */
void w32_name_object(struct w32_object *object, WCHAR *name);

/* Closes the descriptor of a file that the last release on this thread was the end of. To be called without the lock,
 * by whoever may have given up the last reference to a file. */
void w32_close_released(void);

/* win32_objects.c */
/* Both with the lock held. A thread holds a reference to each mutex it owns, so an owned mutex outlives its handles. */
void w32_own(struct w32_thread *thread, struct w32_object *mutex);
void w32_disown(struct w32_object *mutex, struct w32_waiter **woken);
/* Whether a handle is an open event that may be set; for callers that keep event handles (the engine). */
BOOL w32_is_event(HANDLE handle);

/* win32_wait.c */
/* With the lock held: gives a newly signalled object to its waiters, oldest first; the woken are added to the list. */
void w32_signalled(struct w32_object *object, struct w32_waiter **woken);
/* With the lock held: ends a sleeping wait with this result. */
void w32_decide(struct w32_waiter *waiter, DWORD result, struct w32_waiter **woken);
/* To be called without the lock. */
void w32_wake(struct w32_waiter *woken);
/* Waits for objects already named in waiter->links. Called with the lock held, returns without it. *sleeping, if given,
 * is the waiter while it sleeps (under the lock). */
DWORD w32_wait(struct w32_waiter *waiter, DWORD milliseconds, struct w32_waiter **sleeping);
void w32_futex_wait(int *word, int expected, const struct timespec *deadline);
void w32_futex_wake(int *word, int threads);
/* The monotonic time at which a wait of so many milliseconds ends; NULL for INFINITE. */
const struct timespec *w32_deadline(DWORD milliseconds, struct timespec *deadline);
BOOL w32_is_past(const struct timespec *deadline);

/* win32_thread.c */
struct w32_thread *w32_this_thread(void);
/* The calling thread as an object, with the lock held; NULL and the last error without memory. */
struct w32_object *w32_thread_object(void);
/* Starts a thread with all signals blocked; 0 or an errno value. */
int w32_start_quiet_thread(pthread_t *thread, void *(*function)(void *), void *argument);

/* win32_text.c: UTF-8 and UTF-16, one character at a time. Both advance *text, never past end (which they may not be
 * at), and answer a code point or, for malformed input, W32_MALFORMED after skipping the shortest sensible piece. */
#define W32_MALFORMED   0xFFFFFFFFu
#define W32_REPLACEMENT 0xFFFDu
uint32_t w32_next_utf8(const char **text, const char *end);
uint32_t w32_next_utf16(const WCHAR **text, const WCHAR *end);
/* Units written: 1-4, 1-2. */
int w32_put_utf8(uint32_t point, char *to);
int w32_put_utf16(uint32_t point, WCHAR *to);
size_t w32_length(const WCHAR *text);
size_t w32_bounded_length(const WCHAR *text, size_t limit);
/* malloc'd copies in the other encoding; malformed parts become U+FFFD. NULL without memory. */
char *w32_utf8_of(const WCHAR *text);
WCHAR *w32_utf16_of(const char *text);

/* win32_command_line.c: a command line as arguments, one malloc'd block; NULL without memory. */
char **w32_cut(const char *line);

/* win32_stream_handle.c */
/* A handle to a file, which has the descriptor from then on, also when it fails; a borrowed one stays open. NULL and
 * the last error. */
HANDLE w32_file_handle(int descriptor, BOOL borrowed, DWORD access);
/* The object of a file, kept until it is given back; NULL and the last error. */
struct w32_object *w32_file_taken(HANDLE handle, DWORD access);
void w32_file_given_back(struct w32_object *object);
/* A copy of the descriptor behind the handle of a file, above 2 and closed by exec; /dev/null for
 * INVALID_HANDLE_VALUE. FALSE and the last error. */
BOOL w32_descriptor_copy(HANDLE handle, int *descriptor);
/* What SetStdHandle has put in the place of a standard stream, or NULL. */
HANDLE w32_replaced_stream(int number);
/* Looks whether there is something to read at those of the handles that are files, and has a thread wait for it where
 * there is nothing. To be called before a wait, without the lock; costs nothing while there are no handles of files. */
void w32_look_at_files(DWORD count, const HANDLE *handles);
/* The error that stands for an errno value of the functions about files. */
DWORD w32_error_of(int error);

/* win32_toolhelp.c */
void w32_snapshot_free(struct w32_snapshot *list);

/* win32_path.c: copies a UTF-8 string out as the functions about folders do: the units without the terminator, or the
 * room needed. */
UINT w32_give_path(const char *path, LPSTR narrow, LPWSTR wide, UINT size);

/* win32_messages.c */
const char *w32_message(DWORD code); /* UTF-8 sentence without a line end, or NULL */

#endif
