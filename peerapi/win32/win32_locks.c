/* win32_locks.c - locks in the program's own memory: critical sections, slim locks, condition variables, one-time
 * initialisation. */
#include "win32.h"

#include <limits.h>
#include <string.h>

C_ASSERT(sizeof(CRITICAL_SECTION) >= sizeof(pthread_mutex_t));
C_ASSERT(sizeof(SRWLOCK) >= sizeof(pthread_rwlock_t));

static pthread_mutex_t *mutex_of(LPCRITICAL_SECTION section) { return (pthread_mutex_t *)(void *)section; }
/* All zeros is how the system's lock starts as well, so SRWLOCK_INIT needs no call. */
static pthread_rwlock_t *lock_of(PSRWLOCK lock) { return (pthread_rwlock_t *)(void *)lock; }

VOID WINAPI InitializeCriticalSection(LPCRITICAL_SECTION section) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(mutex_of(section), &attributes);
    pthread_mutexattr_destroy(&attributes);
}

BOOL WINAPI InitializeCriticalSectionAndSpinCount(LPCRITICAL_SECTION section, DWORD spinCount) {
    (void)spinCount;
    InitializeCriticalSection(section);
    return TRUE;
}

BOOL WINAPI InitializeCriticalSectionEx(LPCRITICAL_SECTION section, DWORD spinCount, DWORD flags) {
    (void)flags;
    return InitializeCriticalSectionAndSpinCount(section, spinCount);
}

DWORD WINAPI SetCriticalSectionSpinCount(LPCRITICAL_SECTION section, DWORD spinCount) {
    (void)section;
    (void)spinCount;
    return 0;
}

VOID WINAPI EnterCriticalSection(LPCRITICAL_SECTION section) { pthread_mutex_lock(mutex_of(section)); }
BOOL WINAPI TryEnterCriticalSection(LPCRITICAL_SECTION section) {
    return pthread_mutex_trylock(mutex_of(section)) == 0;
}
VOID WINAPI LeaveCriticalSection(LPCRITICAL_SECTION section) { pthread_mutex_unlock(mutex_of(section)); }
VOID WINAPI DeleteCriticalSection(LPCRITICAL_SECTION section) { pthread_mutex_destroy(mutex_of(section)); }

VOID WINAPI InitializeSRWLock(PSRWLOCK lock) { pthread_rwlock_init(lock_of(lock), NULL); }
VOID WINAPI AcquireSRWLockExclusive(PSRWLOCK lock) { pthread_rwlock_wrlock(lock_of(lock)); }
VOID WINAPI AcquireSRWLockShared(PSRWLOCK lock) { pthread_rwlock_rdlock(lock_of(lock)); }
BOOLEAN WINAPI TryAcquireSRWLockExclusive(PSRWLOCK lock) { return pthread_rwlock_trywrlock(lock_of(lock)) == 0; }
BOOLEAN WINAPI TryAcquireSRWLockShared(PSRWLOCK lock) { return pthread_rwlock_tryrdlock(lock_of(lock)) == 0; }
VOID WINAPI ReleaseSRWLockExclusive(PSRWLOCK lock) { pthread_rwlock_unlock(lock_of(lock)); }
VOID WINAPI ReleaseSRWLockShared(PSRWLOCK lock) { pthread_rwlock_unlock(lock_of(lock)); }

/* A condition variable is a count of wakes. A sleeper notes it while it still holds the lock and sleeps only as long as
 * it has not changed, so no wake after that is lost. */

VOID WINAPI InitializeConditionVariable(PCONDITION_VARIABLE condition) { memset(condition, 0, sizeof *condition); }

static int *wakes_of(PCONDITION_VARIABLE condition) { return (int *)&condition->opaque[0]; }

static BOOL sleep_until_changed(int *wakes, int before, DWORD milliseconds) {
    struct timespec time;
    const struct timespec *deadline = w32_deadline(milliseconds, &time);
    while (__atomic_load_n(wakes, __ATOMIC_ACQUIRE) == before) {
        w32_futex_wait(wakes, before, deadline);
        if (w32_is_past(deadline)) {
            return __atomic_load_n(wakes, __ATOMIC_ACQUIRE) != before;
        }
    }
    return TRUE;
}

BOOL WINAPI SleepConditionVariableCS(PCONDITION_VARIABLE condition, PCRITICAL_SECTION section, DWORD milliseconds) {
    int before = __atomic_load_n(wakes_of(condition), __ATOMIC_ACQUIRE);
    LeaveCriticalSection(section);
    BOOL woken = sleep_until_changed(wakes_of(condition), before, milliseconds);
    EnterCriticalSection(section);
    if (!woken) {
        SetLastError(ERROR_TIMEOUT);
    }
    return woken;
}

BOOL WINAPI SleepConditionVariableSRW(PCONDITION_VARIABLE condition, PSRWLOCK lock, DWORD milliseconds, ULONG flags) {
    int before = __atomic_load_n(wakes_of(condition), __ATOMIC_ACQUIRE);
    ReleaseSRWLockExclusive(lock);
    BOOL woken = sleep_until_changed(wakes_of(condition), before, milliseconds);
    if (flags & CONDITION_VARIABLE_LOCKMODE_SHARED) {
        AcquireSRWLockShared(lock);
    } else {
        AcquireSRWLockExclusive(lock);
    }
    if (!woken) {
        SetLastError(ERROR_TIMEOUT);
    }
    return woken;
}

static void wake(PCONDITION_VARIABLE condition, int threads) {
    __atomic_add_fetch(wakes_of(condition), 1, __ATOMIC_RELEASE);
    w32_futex_wake(wakes_of(condition), threads);
}

VOID WINAPI WakeConditionVariable(PCONDITION_VARIABLE condition) { wake(condition, 1); }
VOID WINAPI WakeAllConditionVariable(PCONDITION_VARIABLE condition) { wake(condition, INT_MAX); }

/* One-time initialisation. */
enum { NOT_STARTED, RUNNING, FINISHED };

VOID WINAPI InitOnceInitialize(PINIT_ONCE initOnce) { memset(initOnce, 0, sizeof *initOnce); }

BOOL WINAPI InitOnceExecuteOnce(PINIT_ONCE initOnce, PINIT_ONCE_FN function, PVOID parameter, LPVOID *context) {
    int *state = (int *)&initOnce->opaque[0];
    for (;;) {
        int seen = NOT_STARTED;
        if (__atomic_compare_exchange_n(state, &seen, RUNNING, FALSE, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
            PVOID made = NULL;
            BOOL succeeded = function(initOnce, parameter, &made);
            initOnce->context = made;
            __atomic_store_n(state, succeeded ? FINISHED : NOT_STARTED, __ATOMIC_RELEASE);
            w32_futex_wake(state, INT_MAX);
            if (!succeeded) {
                return FALSE;
            }
            seen = FINISHED;
        }
        if (seen == FINISHED) {
            if (context) {
                *context = initOnce->context;
            }
            return TRUE;
        }
        w32_futex_wait(state, RUNNING, NULL);
    }
}
