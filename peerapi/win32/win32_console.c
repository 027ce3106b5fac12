/* win32_console.c - control handlers, and the console settings that change nothing here.
 *
 * Signals are the program's own until it asks for them with SetConsoleCtrlHandler. From then on a signal handler that
 * only posts a semaphore wakes a thread, and the program's handlers run there, as on Windows, where they may do
 * whatever they like. */
#include "win32.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    int signal;
    DWORD event;
} kinds[] = {
    {SIGINT, CTRL_C_EVENT}, {SIGQUIT, CTRL_BREAK_EVENT}, {SIGTERM, CTRL_CLOSE_EVENT}, {SIGHUP, CTRL_CLOSE_EVENT}};

#define KINDS         ARRAYSIZE(kinds)
#define MOST_HANDLERS 32

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static PHANDLER_ROUTINE handlers[MOST_HANDLERS];
static size_t handler_count;
static struct sigaction before[KINDS]; /* what is put back when the last handler goes */
static BOOL running;                   /* the thread that calls the handlers */
static sem_t arrived;
static int pending[KINDS];

static void on_signal(int signal) {
    int saved = errno;
    for (size_t kind = 0; kind < KINDS; kind++) {
        if (kinds[kind].signal == signal) {
            __atomic_store_n(&pending[kind], 1, __ATOMIC_RELEASE);
            sem_post(&arrived);
        }
    }
    errno = saved;
}

/* The handlers, last registered first, until one has dealt with it. */
static BOOL dealt_with(DWORD event) {
    PHANDLER_ROUTINE called[MOST_HANDLERS];
    pthread_mutex_lock(&mutex);
    size_t count = handler_count;
    memcpy(called, handlers, sizeof called);
    pthread_mutex_unlock(&mutex);
    while (count) {
        if (called[--count](event)) {
            return TRUE;
        }
    }
    return FALSE;
}

static void *console_main(void *unused) {
    for (;;) {
        while (sem_wait(&arrived)) {
        }
        for (size_t kind = 0; kind < KINDS; kind++) {
            if (__atomic_exchange_n(&pending[kind], 0, __ATOMIC_ACQUIRE) && !dealt_with(kinds[kind].event)) {
                /* Nobody wanted it: what would have happened without us happens now. */
                sigaction(kinds[kind].signal, &before[kind], NULL);
                kill(getpid(), kinds[kind].signal);
            }
        }
    }
    return unused;
}

/* With the mutex held. */
static BOOL start(void) {
    pthread_t thread;
    if (!running) {
        sem_init(&arrived, 0, 0);
        running = w32_start_quiet_thread(&thread, console_main, NULL) == 0;
        if (!running) {
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
            return FALSE;
        }
        pthread_detach(thread);
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t kind = 0; kind < KINDS; kind++) {
        sigaction(kinds[kind].signal, &action, &before[kind]);
    }
    return TRUE;
}

static BOOL add(PHANDLER_ROUTINE handler) {
    if (handler_count == MOST_HANDLERS) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    if (handler_count == 0 && !start()) {
        return FALSE;
    }
    handlers[handler_count++] = handler;
    return TRUE;
}

static BOOL take_away(PHANDLER_ROUTINE handler) {
    size_t index = handler_count;
    while (index && handlers[index - 1] != handler) {
        index--;
    }
    if (index == 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    memmove(handlers + index - 1, handlers + index, (handler_count - index) * sizeof *handlers);
    handler_count--;
    for (size_t kind = 0; kind < KINDS && handler_count == 0; kind++) {
        sigaction(kinds[kind].signal, &before[kind], NULL);
    }
    return TRUE;
}

BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL adding) {
    if (!handler) { /* documented: Ctrl+C is ignored, or no longer */
        return signal(SIGINT, adding ? SIG_IGN : SIG_DFL) != SIG_ERR;
    }
    pthread_mutex_lock(&mutex);
    BOOL done = adding ? add(handler) : take_away(handler);
    pthread_mutex_unlock(&mutex);
    return done;
}

/* Modes and code pages of consoles. */
UINT WINAPI GetConsoleCP(VOID) { return CP_UTF8; }
UINT WINAPI GetConsoleOutputCP(VOID) { return CP_UTF8; }

BOOL WINAPI SetConsoleCP(UINT codePage) {
    (void)codePage;
    return TRUE;
}

BOOL WINAPI SetConsoleOutputCP(UINT codePage) {
    (void)codePage;
    return TRUE;
}

BOOL WINAPI SetConsoleTitleA(LPCSTR title) {
    (void)title;
    return TRUE;
}

BOOL WINAPI SetConsoleTitleW(LPCWSTR title) {
    (void)title;
    return TRUE;
}
