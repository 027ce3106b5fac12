/* Threads, registered waits, locks in the program's memory. */
#include <process.h>
#include "win32_test.h"

static DWORD WINAPI exit_with(LPVOID argument) { return (DWORD)(ULONG_PTR)argument; }

TEST(a_thread_s_handle_is_signalled_when_it_ends) {
    DWORD id = 0, code = 0;
    HANDLE thread = CreateThread(NULL, 0, exit_with, (LPVOID)42, 0, &id);
    CHECK(thread && id && GetThreadId(thread) == id);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code) && code == 42);
    CHECK_FAILS(GetExitCodeThread(thread, NULL), FALSE, ERROR_INVALID_PARAMETER);
    CloseHandle(thread);
    CHECK_FAILS(CreateThread(NULL, 0, NULL, NULL, 0, NULL), NULL, ERROR_INVALID_PARAMETER);
}

static DWORD WINAPI own_id(LPVOID argument) {
    *(DWORD *)argument = GetCurrentThreadId();
    ExitThread(7);
}

TEST(a_suspended_thread_starts_when_resumed) {
    DWORD id = 0, inside = 0, code = 0;
    HANDLE thread = CreateThread(NULL, 65536, own_id, &inside, CREATE_SUSPENDED, &id);
    CHECK(WaitForSingleObject(thread, 5) == WAIT_TIMEOUT);
    CHECK(GetExitCodeThread(thread, &code) && code == STILL_ACTIVE);
    CHECK(ResumeThread(thread) == 1);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(inside == id && id != GetCurrentThreadId());
    CHECK(GetExitCodeThread(thread, &code) && code == 7);
    CHECK(ResumeThread(thread) == 0);
    CloseHandle(thread);
}

TEST(a_thread_may_run_on_without_handles) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE thread = START((LPTHREAD_START_ROUTINE)SetEvent, event);
    CloseHandle(thread);
    CHECK(WaitForSingleObject(event, 120000) == WAIT_OBJECT_0);
    CloseHandle(event);
}

struct exchange {
    HANDLE thread, ready, leave;
};

static DWORD WINAPI publish_itself(LPVOID argument) {
    struct exchange *exchange = argument;
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &exchange->thread, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(GetThreadId(exchange->thread) == GetCurrentThreadId() &&
          GetThreadId(GetCurrentThread()) == GetCurrentThreadId());
    SetEvent(exchange->ready);
    WaitForSingleObject(exchange->leave, INFINITE);
    return 3;
}

TEST(a_thread_can_hand_out_a_handle_of_itself) {
    DWORD code = 0;
    struct exchange exchange = {NULL, CreateEventW(NULL, TRUE, FALSE, NULL), CreateEventW(NULL, TRUE, FALSE, NULL)};
    CloseHandle(START(publish_itself, &exchange));
    CHECK(WaitForSingleObject(exchange.ready, 120000) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(exchange.thread, 0) == WAIT_TIMEOUT);
    SetEvent(exchange.leave);
    CHECK(WaitForSingleObject(exchange.thread, 120000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(exchange.thread, &code) && code == 3);
    CloseHandle(exchange.thread);
    CloseHandle(exchange.ready);
    CloseHandle(exchange.leave);
}

static unsigned __stdcall crt_thread(void *argument) {
    InterlockedIncrement((LONG *)argument);
    _endthreadex(9);
}

static void __cdecl plain_thread(void *argument) { SetEvent((HANDLE)argument); }

TEST(threads_by_the_c_run_time_s_names) {
    LONG ran = 0;
    unsigned id = 0;
    DWORD code = 0;
    HANDLE thread = (HANDLE)_beginthreadex(NULL, 0, crt_thread, &ran, 0, &id);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(ran == 1 && id && GetExitCodeThread(thread, &code) && code == 9);
    CloseHandle(thread);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(_beginthread(plain_thread, 0, event) != (uintptr_t)-1);
    CHECK(WaitForSingleObject(event, 120000) == WAIT_OBJECT_0);
    CHECK(_beginthread(NULL, 0, NULL) == (uintptr_t)-1);
    CloseHandle(event);
}

static DWORD tls;

static DWORD WINAPI look_at_tls(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    CHECK(TlsGetValue(tls) == NULL && GetLastError() == ERROR_SUCCESS);
    return TlsSetValue(tls, &tls);
}

TEST(thread_local_storage) {
    int mine;
    tls = TlsAlloc();
    CHECK(tls != TLS_OUT_OF_INDEXES && TlsSetValue(tls, &mine));
    HANDLE thread = START(look_at_tls, NULL);
    JOIN(thread);
    CHECK(TlsGetValue(tls) == &mine);
    CHECK(TlsFree(tls));
    CHECK_FAILS(TlsFree(tls), FALSE, ERROR_INVALID_PARAMETER);
}

/* Registered waits. */

struct calls {
    LONG signalled, timed_out;
    HANDLE called, wait, proceed;
    BOOL unregister;
};

static VOID CALLBACK count_call(PVOID argument, BOOLEAN timed_out) {
    struct calls *calls = argument;
    InterlockedIncrement(timed_out ? &calls->timed_out : &calls->signalled);
    if (calls->unregister) {
        CHECK_FAILS(UnregisterWaitEx(calls->wait, INVALID_HANDLE_VALUE), FALSE, ERROR_IO_PENDING);
    }
    HANDLE proceed = calls->proceed;
    SetEvent(calls->called);
    if (proceed) {
        WaitForSingleObject(proceed, INFINITE);
    }
}

TEST(a_registered_wait_calls_back_each_time) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, INFINITE, WT_EXECUTEDEFAULT));
    for (int round = 0; round < 10; round++) {
        CHECK(SetEvent(event));
        CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    }
    CHECK(UnregisterWaitEx(calls.wait, INVALID_HANDLE_VALUE));
    CHECK(calls.signalled == 10 && calls.timed_out == 0);
    CHECK(SetEvent(event));
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0); /* nobody takes it any more */
    CHECK_FAILS(UnregisterWait(calls.wait), FALSE, ERROR_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(calls.called);
}

TEST(a_registered_wait_may_be_for_once) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL), ended = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, INFINITE, WT_EXECUTEONLYONCE));
    CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    UnregisterWaitEx(calls.wait, ended);
    CHECK(WaitForSingleObject(ended, 120000) == WAIT_OBJECT_0);
    CHECK(calls.signalled == 1);
    CloseHandle(event);
    CloseHandle(ended);
    CloseHandle(calls.called);
}

TEST(a_registered_wait_reports_timeouts) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, 1, WT_EXECUTEDEFAULT));
    for (int round = 0; round < 3; round++) {
        CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    }
    CHECK(UnregisterWaitEx(calls.wait, INVALID_HANDLE_VALUE));
    CHECK(calls.timed_out >= 3 && calls.signalled == 0);
    CloseHandle(event);
    CloseHandle(calls.called);
}

TEST(a_callback_may_unregister_its_own_wait) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL), .unregister = TRUE};
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    CHECK(calls.signalled == 1);
    CHECK_FAILS(UnregisterWait(calls.wait), FALSE, ERROR_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(calls.called);
}

TEST(unregistering_during_a_callback_is_pending_and_then_complete) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL),
                          .proceed = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL), ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    CHECK_FAILS(UnregisterWaitEx(calls.wait, ended), FALSE, ERROR_IO_PENDING);
    CHECK(WaitForSingleObject(ended, 5) == WAIT_TIMEOUT);
    SetEvent(calls.proceed);
    CHECK(WaitForSingleObject(ended, 120000) == WAIT_OBJECT_0);
    CHECK(calls.signalled == 1);
    CloseHandle(event);
    CloseHandle(ended);
    CloseHandle(calls.called);
    CloseHandle(calls.proceed);
}

static DWORD WINAPI unregister_and_wait(LPVOID wait) { return UnregisterWaitEx(wait, INVALID_HANDLE_VALUE); }

TEST(unregistering_may_wait_for_the_callback_to_end) {
    struct calls calls = {.called = CreateEventW(NULL, FALSE, FALSE, NULL),
                          .proceed = CreateEventW(NULL, FALSE, FALSE, NULL)};
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    DWORD result = 0;
    CHECK(RegisterWaitForSingleObject(&calls.wait, event, count_call, &calls, INFINITE, WT_EXECUTEDEFAULT));
    CHECK(WaitForSingleObject(calls.called, 120000) == WAIT_OBJECT_0);
    HANDLE thread = START(unregister_and_wait, calls.wait);
    CHECK(WaitForSingleObject(thread, 20) == WAIT_TIMEOUT);
    SetEvent(calls.proceed);
    CHECK(WaitForSingleObject(thread, 120000) == WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &result) && result == TRUE && calls.signalled == 1);
    CloseHandle(thread);
    CloseHandle(event);
    CloseHandle(calls.called);
    CloseHandle(calls.proceed);
}

TEST(bad_registrations_are_refused) {
    HANDLE wait = NULL, event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK_FAILS(RegisterWaitForSingleObject(&wait, NULL, count_call, NULL, 0, 0), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(RegisterWaitForSingleObject(NULL, event, count_call, NULL, 0, 0), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(RegisterWaitForSingleObject(&wait, event, NULL, NULL, 0, 0), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(UnregisterWait(event), FALSE, ERROR_INVALID_HANDLE);
    CHECK(RegisterWaitForSingleObject(&wait, event, count_call, NULL, INFINITE, 0));
    CHECK_FAILS(CloseHandle(wait), FALSE, ERROR_INVALID_HANDLE); /* only UnregisterWait ends it */
    CHECK_FAILS(WaitForSingleObject(wait, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
    CHECK_FAILS(UnregisterWaitEx(wait, wait), FALSE, ERROR_INVALID_HANDLE); /* no event; the registration stays */
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
    CloseHandle(event);
}

TEST(closing_the_object_of_a_registered_wait_does_no_harm) {
    HANDLE wait = NULL, event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(RegisterWaitForSingleObject(&wait, event, count_call, NULL, INFINITE, 0));
    CHECK(CloseHandle(event));
    CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
}

TEST(queued_work_runs) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(QueueUserWorkItem((LPTHREAD_START_ROUTINE)SetEvent, event, WT_EXECUTELONGFUNCTION));
    CHECK(WaitForSingleObject(event, 120000) == WAIT_OBJECT_0);
    CHECK_FAILS(QueueUserWorkItem(NULL, NULL, 0), FALSE, ERROR_INVALID_PARAMETER);
    CloseHandle(event);
}

/* Locks in the program's memory. */

static CRITICAL_SECTION section;
static BOOL entered;

static DWORD WINAPI try_section(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    entered = TryEnterCriticalSection(&section);
    if (entered) {
        LeaveCriticalSection(&section);
    }
    return 0;
}

static BOOL another_thread_can_enter(void) {
    HANDLE thread = START(try_section, NULL);
    JOIN(thread);
    return entered;
}

TEST(a_critical_section_is_recursive) {
    CHECK(InitializeCriticalSectionAndSpinCount(&section, 4000));
    EnterCriticalSection(&section);
    CHECK(TryEnterCriticalSection(&section));
    LeaveCriticalSection(&section);
    CHECK(!another_thread_can_enter());
    LeaveCriticalSection(&section);
    CHECK(another_thread_can_enter());
    DeleteCriticalSection(&section);
}

TEST(a_slim_lock_is_shared_or_exclusive) {
    static SRWLOCK lock = SRWLOCK_INIT;
    AcquireSRWLockShared(&lock);
    CHECK(TryAcquireSRWLockShared(&lock) && !TryAcquireSRWLockExclusive(&lock));
    ReleaseSRWLockShared(&lock);
    ReleaseSRWLockShared(&lock);
    AcquireSRWLockExclusive(&lock);
    CHECK(!TryAcquireSRWLockShared(&lock));
    ReleaseSRWLockExclusive(&lock);
}

static SRWLOCK gate_lock = SRWLOCK_INIT;
static CONDITION_VARIABLE gate = CONDITION_VARIABLE_INIT;
static BOOL gate_open;

static DWORD WINAPI pass_gate(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    AcquireSRWLockShared(&gate_lock);
    while (!gate_open) {
        SleepConditionVariableSRW(&gate, &gate_lock, INFINITE, CONDITION_VARIABLE_LOCKMODE_SHARED);
    }
    ReleaseSRWLockShared(&gate_lock);
    return 0;
}

TEST(a_condition_variable_wakes_its_sleepers) {
    HANDLE threads[4];
    for (int index = 0; index < 4; index++) {
        threads[index] = START(pass_gate, NULL);
    }
    AcquireSRWLockExclusive(&gate_lock);
    gate_open = TRUE;
    ReleaseSRWLockExclusive(&gate_lock);
    WakeAllConditionVariable(&gate);
    for (int index = 0; index < 4; index++) {
        JOIN(threads[index]);
    }
    InitializeCriticalSection(&section);
    EnterCriticalSection(&section);
    CHECK_FAILS(SleepConditionVariableCS(&gate, &section, 1), FALSE, ERROR_TIMEOUT);
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
}

static LONG initialisations;

static BOOL CALLBACK initialise(PINIT_ONCE once, PVOID parameter, PVOID *context) {
    UNREFERENCED_PARAMETER(once);
    *context = parameter;
    return InterlockedIncrement(&initialisations) > 1; /* fails the first time */
}

TEST(one_time_initialisation_happens_once) {
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    PVOID context = NULL;
    CHECK(!InitOnceExecuteOnce(&once, initialise, &once, NULL));
    CHECK(InitOnceExecuteOnce(&once, initialise, &once, &context) && context == &once);
    CHECK(InitOnceExecuteOnce(&once, initialise, NULL, &context) && context == &once);
    CHECK(initialisations == 2);
}

TEST(interlocked_operations) {
    LONG value = 5;
    LONG64 wide = 1;
    PVOID pointer = NULL;
    CHECK(InterlockedIncrement(&value) == 6 && InterlockedDecrement(&value) == 5);
    CHECK(InterlockedExchange(&value, 8) == 5 && InterlockedExchangeAdd(&value, 2) == 8 &&
          InterlockedAdd(&value, 1) == 11);
    CHECK(InterlockedCompareExchange(&value, 1, 12) == 11 && InterlockedCompareExchange(&value, 1, 11) == 11 &&
          value == 1);
    CHECK(InterlockedOr(&value, 6) == 1 && InterlockedAnd(&value, 3) == 7 && InterlockedXor(&value, 1) == 3 &&
          value == 2);
    CHECK(InterlockedAdd64(&wide, 0x100000000ll) == 0x100000001ll);
    CHECK(InterlockedCompareExchangePointer(&pointer, &value, NULL) == NULL &&
          InterlockedExchangePointer(&pointer, NULL) == &value);
}
