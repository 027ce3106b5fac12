/*
 * What programs have in common whose threads open, use and close handles at once: slots in which a handle lies that
 * another thread may be closing, and what a call may answer.
 *
 * With UNGUARDED the threads also count in plain memory, which ThreadSanitizer has to notice.
 */
#include <windows.h>
#include <p2p.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 6

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

static LONG volatile done, refused;
static int rounds;
#ifdef UNGUARDED
static int calls;
#endif

static PVOID seen(PVOID volatile *slot) { return InterlockedCompareExchangePointer(slot, NULL, NULL); }

static PVOID put(PVOID volatile *slot, PVOID value) { return InterlockedExchangePointer(slot, value); }

static void answered(HRESULT result, int line) {
    switch (result) {
    case S_OK:
    case PEER_S_NO_EVENT_DATA:
        InterlockedIncrement(&done);
        return;
    case E_INVALIDARG: /* the handle is gone */
    case E_HANDLE:
    case PEER_E_INVALID_GRAPH:
    case PEER_E_GRAPH_SHUTTING_DOWN:
    case PEER_E_GRAPH_IN_USE:
    case PEER_E_DUPLICATE_GRAPH:
    case PEER_E_DATABASE_ALREADY_PRESENT:
    case PEER_E_DATABASE_ACCESSDENIED:
    case PEER_E_INVALID_GROUP:
    case PEER_E_GROUP_IN_USE:
    case E_PENDING: /* a search that has found nothing yet */
    case PEER_E_NO_MORE:
    case PEER_E_RECORD_NOT_FOUND:         /* it is another graph's, or deleted */
    case PEER_E_PNRP_DUPLICATE_PEER_NAME: /* another thread has published it */
        InterlockedIncrement(&refused);
        return;
    }
    printf("line %d: %08x\n", line, (unsigned)result);
    exit(1);
}

static inline void wrong(int line) {
    printf("line %d: something else than what was put there\n", line);
    exit(1);
}

#define ANSWERED(call) answered(call, __LINE__)

/* Puts a new handle there, or none, and closes the one that was there before. */
static void end(PVOID volatile *slot, PVOID made, HRESULT(WINAPI *close)(PVOID)) {
    PVOID before = put(slot, made);
    if (before)
        ANSWERED(close(before));
}

/* What a thread does next: one of 24 things, with one of two handles. */
static unsigned draw(unsigned *state, unsigned *which) {
    *state = *state * 1103515245u + 12345;
    *which = *state >> 16 & 1;
    return (*state >> 20) % 24;
}

static unsigned first_state(LPVOID seed) { return (unsigned)(ULONG_PTR)seed * 2654435761u + 12345; }

static PEER_RECORD short_record(void) {
    PEER_RECORD record;
    memset(&record, 0, sizeof record);
    record.dwSize = sizeof record;
    record.type = TYPE;
    record.data.pbData = (PBYTE) "data";
    record.data.cbData = 4;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10; /* more than an hour */
    return record;
}

static void exchange_event(PVOID volatile *slot, BOOL manual) {
    HANDLE before = put(slot, CreateEventW(NULL, manual, FALSE, NULL));
    if (before)
        CloseHandle(before);
}

/* All threads play, each with a number of its own. */
static void play_all(LPTHREAD_START_ROUTINE play) {
    HANDLE threads[THREADS];
    for (ULONG_PTR index = 0; index < THREADS; index++)
        threads[index] = CreateThread(NULL, 0, play, (LPVOID)index, 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    for (unsigned index = 0; index < THREADS; index++)
        CloseHandle(threads[index]);
}
