/* The side of Wine: its threads, on which the program's functions run, and its events. Compiled with Wine's headers.
 *
 * A thread of libpeerapi is none of Wine's: it has no TEB, so it may neither run the program's code nor ask Wine for
 * anything. What it wants done is put in line, and done by a thread that Wine has made. There is always one that waits
 * while others are in the program's code, so that what the program does there may lead to further calls. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winbase.h>
#include <winnls.h>
#include <winternl.h>

#include "bridge.h"

#define MAX_VALUE 4096
#define MOST_IDLE 4 /* threads that wait for work when there is none */

struct work {
    void (*run)(void *);
    void *argument;
    struct work *next;
    int done;
    pthread_cond_t finished;
};

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static struct work *first, **last = &first;
static HANDLE *signalled; /* events that are to be set, each once */
static size_t signals, room;
static int idle; /* threads that wait, or are about to */

static DWORD WINAPI worker(void *none);

/* With the guard held; given back meanwhile, for a new thread may begin while this call is on its way. */
static int add_worker(void) {
    idle++;
    pthread_mutex_unlock(&guard);
    HANDLE thread = CreateThread(NULL, 0, worker, NULL, 0, NULL);
    if (thread)
        CloseHandle(thread);
    pthread_mutex_lock(&guard);
    if (!thread)
        idle--;
    return thread != NULL;
}

static void set_events(void) {
    while (signals) {
        HANDLE event = signalled[--signals];
        pthread_mutex_unlock(&guard);
        NtSetEvent(event, NULL);
        pthread_mutex_lock(&guard);
    }
}

static DWORD WINAPI worker(void *none) {
    (void)none;
    bridge_depth = 1;
    pthread_mutex_lock(&guard);
    while (idle <= MOST_IDLE) {
        while (!first && !signals)
            pthread_cond_wait(&wanted, &guard);
        set_events();
        struct work *work = first;
        if (!work)
            continue;
        first = work->next;
        if (!first)
            last = &first;
        if (--idle == 0)
            add_worker();
        pthread_mutex_unlock(&guard);
        work->run(work->argument);
        pthread_mutex_lock(&guard);
        work->done = 1;
        pthread_cond_signal(&work->finished);
        idle++;
    }
    idle--;
    pthread_mutex_unlock(&guard);
    return 0;
}

int bridge_start_threads(void) {
    pthread_mutex_lock(&guard);
    int started = add_worker();
    pthread_mutex_unlock(&guard);
    return started;
}

void bridge_on_wine(void (*run)(void *), void *argument) {
    if (bridge_depth) {
        run(argument);
        return;
    }
    struct work work = {run, argument, NULL, 0, PTHREAD_COND_INITIALIZER};
    pthread_mutex_lock(&guard);
    *last = &work;
    last = &work.next;
    pthread_cond_signal(&wanted);
    while (!work.done)
        pthread_cond_wait(&work.finished, &guard);
    pthread_mutex_unlock(&guard);
    pthread_cond_destroy(&work.finished);
}

/* ---- events ---- */

struct question {
    HANDLE event;
    int answer;
};

static void ask_event(void *argument) {
    struct question *question = argument;
    OBJECT_BASIC_INFORMATION rights;
    EVENT_BASIC_INFORMATION state;
    HANDLE copy = NULL; /* which may be asked for its state, as the program's own handle perhaps may not */
    if (NtQueryObject(question->event, ObjectBasicInformation, &rights, sizeof rights, NULL) ||
        !(rights.GrantedAccess & EVENT_MODIFY_STATE))
        return;
    if (NtDuplicateObject(GetCurrentProcess(), question->event, GetCurrentProcess(), &copy, EVENT_QUERY_STATE, 0, 0))
        return;
    question->answer = !NtQueryEvent(copy, EventBasicInformation, &state, sizeof state, NULL);
    NtClose(copy);
}

/* Pseudo-handles, such as that of the process, are none of an event. */
int bridge_is_event(void *handle) {
    struct question question = {handle, 0};
    if (handle && (LONG_PTR)handle > 0)
        bridge_on_wine(ask_event, &question);
    return question.answer;
}

int bridge_set_event(void *handle) {
    if (bridge_depth)
        return !NtSetEvent(handle, NULL);
    pthread_mutex_lock(&guard);
    size_t at = 0;
    while (at < signals && signalled[at] != handle)
        at++;
    if (at == signals && at == room) {
        HANDLE *larger = realloc(signalled, (room * 2 + 16) * sizeof *signalled);
        if (larger) {
            signalled = larger;
            room = room * 2 + 16;
        }
    }
    int taken = at < room;
    if (at == signals && taken)
        signalled[signals++] = handle;
    pthread_cond_signal(&wanted);
    pthread_mutex_unlock(&guard);
    return taken;
}

/* ---- the process ---- */

int bridge_is_ending(void) { return RtlDllShutdownInProgress(); }

char *CDECL wine_get_unix_file_name(LPCWSTR path); /* of kernel32; from the process's heap */

/* A value that this system's environment has already is left as it is there, byte by byte. */
static void take_variable(const char *name, const WCHAR *value) {
    const char *here = getenv(name);
    WCHAR same[MAX_VALUE];
    char text[MAX_VALUE * 3], *path = NULL;
    int length = here ? MultiByteToWideChar(CP_UNIXCP, 0, here, -1, same, MAX_VALUE) : 0;
    if (length && length == lstrlenW(value) + 1 && !memcmp(same, value, (size_t)length * sizeof *same))
        return;
    if (value[0] && value[1] == ':' && (value[2] == '\\' || value[2] == '/'))
        path = wine_get_unix_file_name(value);
    if (path || WideCharToMultiByte(CP_UTF8, 0, value, -1, text, sizeof text, NULL, NULL))
        setenv(name, path ? path : text, 1);
    HeapFree(GetProcessHeap(), 0, path);
}

void bridge_take_environment(void) {
    static const char OURS[] = "PEERAPI_";
    WCHAR *all = GetEnvironmentStringsW();
    for (const WCHAR *one = all; one && *one; one += lstrlenW(one) + 1) {
        char name[64];
        size_t length = 0;
        while (length < sizeof name - 1 && one[length] && one[length] != '=' && one[length] < 128) {
            name[length] = (char)one[length];
            length++;
        }
        name[length] = 0;
        if (one[length] == '=' && !strncmp(name, OURS, sizeof OURS - 1))
            take_variable(name, one + length + 1);
    }
    FreeEnvironmentStringsW(all);
}

/* ---- the DLL ---- */

/* Threads of libpeerapi stay until the process ends, so its callers' code has to. */
static void stay(void) {
    const DWORD flags = GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS;
    HMODULE module;
    GetModuleHandleExW(flags, (LPCWSTR)worker, &module);
}

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) {
        DisableThreadLibraryCalls(instance);
        stay();
        bridge_take_name_space();
    }
    return TRUE;
}
