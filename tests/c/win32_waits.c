/* Waiting: events, mutexes, semaphores, threads; one, any, all; timeouts. */
#include "win32_test.h"

/* A thread that waits and says with what result. */
struct waiting {
    HANDLE handles[3];
    DWORD count, milliseconds, result;
    BOOL all;
};

static DWORD WINAPI wait_for_it(LPVOID argument) {
    struct waiting *waiting = argument;
    waiting->result = WaitForMultipleObjects(waiting->count, waiting->handles, waiting->all, waiting->milliseconds);
    return waiting->result;
}

TEST(an_auto_reset_event_is_reset_by_the_wait) {
    HANDLE event = CreateEventW(NULL, FALSE, TRUE, NULL);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(event) && SetEvent(event));
    CHECK(WaitForSingleObject(event, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObjectEx(event, 0, TRUE) == WAIT_TIMEOUT);
    CloseHandle(event);
}

TEST(a_manual_reset_event_stays_set) {
    HANDLE event = CreateEventExW(NULL, NULL, CREATE_EVENT_MANUAL_RESET | CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(ResetEvent(event));
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CloseHandle(event);
    CHECK_FAILS(CreateEventExW(NULL, NULL, 4, EVENT_ALL_ACCESS), NULL, ERROR_INVALID_PARAMETER);
}

TEST(set_wakes_a_sleeping_thread) {
    struct waiting waiting = {.count = 1, .milliseconds = INFINITE};
    waiting.handles[0] = CreateEventW(NULL, FALSE, FALSE, NULL);
    HANDLE thread = START(wait_for_it, &waiting);
    CHECK(SetEvent(waiting.handles[0]));
    JOIN(thread);
    CHECK(waiting.result == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(waiting.handles[0], 0) == WAIT_TIMEOUT);
    CloseHandle(waiting.handles[0]);
}

TEST(a_manual_reset_event_wakes_all) {
    struct waiting waiting[8];
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), threads[8];
    for (int index = 0; index < 8; index++) {
        waiting[index] = (struct waiting){.handles = {event}, .count = 1, .milliseconds = INFINITE};
        threads[index] = START(wait_for_it, &waiting[index]);
    }
    CHECK(SetEvent(event));
    CHECK(WaitForMultipleObjects(8, threads, TRUE, 120000) == WAIT_OBJECT_0);
    for (int index = 0; index < 8; index++) {
        CHECK(waiting[index].result == WAIT_OBJECT_0);
        CloseHandle(threads[index]);
    }
    CloseHandle(event);
}

TEST(a_timeout_ends_a_wait_and_not_before_its_time) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    ULONGLONG before = GetTickCount64();
    CHECK(WaitForSingleObject(event, 30) == WAIT_TIMEOUT);
    CHECK(GetTickCount64() - before >= 29);
    CHECK(SetEvent(event)); /* nothing of the wait is left in the event */
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CloseHandle(event);
}

TEST(sleep_lasts_as_long_as_asked) {
    ULONGLONG before = GetTickCount64();
    Sleep(20);
    CHECK(SleepEx(5, TRUE) == 0);
    Sleep(0);
    CHECK(GetTickCount64() - before >= 24);
}

TEST(wait_any_answers_the_lowest_signalled_index) {
    HANDLE handles[3];
    for (int index = 0; index < 3; index++) {
        handles[index] = CreateEventW(NULL, FALSE, index > 0, NULL);
    }
    CHECK(WaitForMultipleObjects(3, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1);
    CHECK(WaitForMultipleObjects(3, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 2);
    CHECK(WaitForMultipleObjectsEx(3, handles, FALSE, 0, FALSE) == WAIT_TIMEOUT);
    for (int index = 0; index < 3; index++) {
        CloseHandle(handles[index]);
    }
}

TEST(wait_all_takes_all_or_nothing) {
    HANDLE handles[2] = {CreateEventW(NULL, FALSE, TRUE, NULL), CreateEventW(NULL, FALSE, FALSE, NULL)};
    CHECK(WaitForMultipleObjects(2, handles, TRUE, 5) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(handles[0], 0) == WAIT_OBJECT_0); /* still there */
    SetEvent(handles[0]);
    SetEvent(handles[1]);
    CHECK(WaitForMultipleObjects(2, handles, TRUE, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(handles[0], 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(handles[1], 0) == WAIT_TIMEOUT);
    CloseHandle(handles[0]);
    CloseHandle(handles[1]);
}

TEST(a_sleeping_wait_all_does_not_keep_an_event_from_others) {
    HANDLE first = CreateEventW(NULL, FALSE, FALSE, NULL), second = CreateEventW(NULL, FALSE, FALSE, NULL);
    struct waiting all = {.handles = {first, second}, .count = 2, .all = TRUE, .milliseconds = INFINITE};
    struct waiting one = {.handles = {first}, .count = 1, .milliseconds = INFINITE};
    HANDLE all_thread = START(wait_for_it, &all), one_thread = START(wait_for_it, &one);
    SetEvent(first);
    JOIN(one_thread); /* it gets the event, though the other may have come first */
    CHECK(WaitForSingleObject(all_thread, 0) == WAIT_TIMEOUT);
    SetEvent(second);
    CHECK(WaitForSingleObject(all_thread, 0) == WAIT_TIMEOUT);
    SetEvent(first);
    JOIN(all_thread);
    CHECK(all.result == WAIT_OBJECT_0);
    CloseHandle(first);
    CloseHandle(second);
}

TEST(bad_wait_arguments_are_refused) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), handles[MAXIMUM_WAIT_OBJECTS + 1];
    for (int index = 0; index <= MAXIMUM_WAIT_OBJECTS; index++) {
        handles[index] = event;
    }
    CHECK_FAILS(WaitForMultipleObjects(0, handles, FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS + 1, handles, FALSE, 0), WAIT_FAILED,
                ERROR_INVALID_PARAMETER);
    CHECK_FAILS(WaitForMultipleObjects(1, NULL, FALSE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(WaitForMultipleObjects(2, handles, TRUE, 0), WAIT_FAILED, ERROR_INVALID_PARAMETER); /* the same twice */
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, handles, FALSE, 0) == WAIT_TIMEOUT); /* allowed for any */
    handles[1] = NULL;
    CHECK_FAILS(WaitForMultipleObjects(2, handles, FALSE, INFINITE), WAIT_FAILED, ERROR_INVALID_HANDLE);
    CloseHandle(event);
}

TEST(the_same_event_several_times_in_a_sleeping_wait_any) {
    for (BOOL manual = FALSE; manual <= TRUE; manual++) {
        HANDLE event = CreateEventW(NULL, manual, FALSE, NULL);
        struct waiting waiting = {.handles = {event, event, event}, .count = 3, .milliseconds = INFINITE};
        HANDLE thread = START(wait_for_it, &waiting);
        CHECK(WaitForSingleObject(thread, 20) == WAIT_TIMEOUT);
        SetEvent(event);
        JOIN(thread);
        CHECK(waiting.result == WAIT_OBJECT_0);
        CloseHandle(event);
    }
}

TEST(closing_a_handle_leaves_its_waiters_alone) {
    DWORD result = WAIT_FAILED; /* so ends a thread that was not asleep yet: the next one has more time */
    for (DWORD pause = 20; result == WAIT_FAILED && pause < 20000; pause *= 4) {
        HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), other = CreateEventW(NULL, FALSE, FALSE, NULL);
        struct waiting waiting = {.handles = {event, other}, .count = 2, .milliseconds = INFINITE};
        HANDLE thread = START(wait_for_it, &waiting);
        CHECK(WaitForSingleObject(thread, pause) == WAIT_TIMEOUT);
        CHECK(CloseHandle(event));
        CHECK_FAILS(SetEvent(event), FALSE, ERROR_INVALID_HANDLE);
        CHECK(SetEvent(other));
        JOIN(thread);
        result = waiting.result;
        CloseHandle(other);
    }
    CHECK(result == WAIT_OBJECT_0 + 1);
}

TEST(pulse_wakes_who_waits_and_leaves_the_event_reset) {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL);
    CHECK(PulseEvent(event));
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    struct waiting waiting = {.handles = {event}, .count = 1, .milliseconds = INFINITE};
    HANDLE thread = START(wait_for_it, &waiting);
    while (WaitForSingleObject(thread, 1) == WAIT_TIMEOUT) {
        PulseEvent(event); /* one pulse is lost on a thread that does not wait yet */
    }
    JOIN(thread);
    CHECK(waiting.result == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(event, 0) == WAIT_TIMEOUT);
    CloseHandle(event);
}

TEST(a_mutex_counts_its_owner_s_waits) {
    HANDLE mutex = CreateMutexW(NULL, TRUE, NULL);
    struct waiting other = {.handles = {mutex}, .count = 1, .milliseconds = 5};
    CHECK(WaitForSingleObject(mutex, INFINITE) == WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex));
    HANDLE thread = START(wait_for_it, &other);
    JOIN(thread);
    CHECK(other.result == WAIT_TIMEOUT); /* once more to release */
    CHECK(ReleaseMutex(mutex));
    CHECK_FAILS(ReleaseMutex(mutex), FALSE, ERROR_NOT_OWNER);
    CloseHandle(mutex);
}

TEST(a_mutex_goes_to_the_thread_that_waits) {
    HANDLE mutex = CreateMutexW(NULL, TRUE, NULL);
    struct waiting other = {.handles = {mutex}, .count = 1, .milliseconds = INFINITE};
    HANDLE thread = START(wait_for_it, &other);
    CHECK(ReleaseMutex(mutex));
    JOIN(thread);
    CHECK(other.result == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_ABANDONED); /* it ended without releasing */
    CHECK(WaitForSingleObject(mutex, 0) == WAIT_OBJECT_0);
    CHECK(ReleaseMutex(mutex) && ReleaseMutex(mutex));
    CloseHandle(mutex);
}

TEST(an_abandoned_mutex_wakes_who_waits_for_it) {
    HANDLE mutex = CreateMutexW(NULL, FALSE, NULL), event = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct waiting first = {.handles = {mutex}, .count = 1, .milliseconds = INFINITE};
    HANDLE thread = START(wait_for_it, &first);
    JOIN(thread);
    struct waiting second = {.handles = {event, mutex}, .count = 2, .milliseconds = INFINITE};
    thread = START(wait_for_it, &second);
    JOIN(thread);
    CHECK(second.result == WAIT_ABANDONED_0 + 1);
    SetEvent(event);
    HANDLE both[2] = {event, mutex};
    CHECK(WaitForMultipleObjects(2, both, TRUE, INFINITE) == WAIT_ABANDONED_0 + 1);
    CHECK(ReleaseMutex(mutex));
    CloseHandle(mutex);
    CloseHandle(event);
}

TEST(an_owned_mutex_may_be_closed) {
    HANDLE mutex = CreateMutexA(NULL, TRUE, "kept"), again;
    CHECK(CloseHandle(mutex));
    again = CreateMutexA(NULL, FALSE, "kept");
    CHECK(GetLastError() == ERROR_SUCCESS); /* the name went with the last handle */
    CloseHandle(again);
}

static DWORD WINAPI own_and_close(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    return CloseHandle(CreateMutexW(NULL, TRUE, NULL));
}

TEST(a_thread_may_end_owning_a_mutex_nobody_knows) {
    HANDLE thread = START(own_and_close, NULL);
    JOIN(thread);
}

TEST(a_semaphore_lets_as_many_through_as_it_counts) {
    LONG before = -1;
    HANDLE semaphore = CreateSemaphoreW(NULL, 2, 3, NULL);
    CHECK(WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(semaphore, 0) == WAIT_TIMEOUT);
    CHECK(ReleaseSemaphore(semaphore, 2, &before) && before == 0);
    CHECK_FAILS(ReleaseSemaphore(semaphore, 2, &before), FALSE, ERROR_TOO_MANY_POSTS);
    CHECK(ReleaseSemaphore(semaphore, 1, &before) && before == 2);
    CHECK_FAILS(ReleaseSemaphore(semaphore, 0, NULL), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(ReleaseSemaphore(semaphore, 0x7fffffff, NULL), FALSE, ERROR_TOO_MANY_POSTS);
    CloseHandle(semaphore);
    CHECK_FAILS(CreateSemaphoreW(NULL, 2, 1, NULL), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateSemaphoreW(NULL, -1, 1, NULL), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateSemaphoreW(NULL, 0, 0, NULL), NULL, ERROR_INVALID_PARAMETER);
}

TEST(signal_and_wait) {
    HANDLE first = CreateEventW(NULL, FALSE, FALSE, NULL), second = CreateEventW(NULL, FALSE, TRUE, NULL);
    CHECK(SignalObjectAndWait(first, second, INFINITE, FALSE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(first, 0) == WAIT_OBJECT_0);
    CHECK(SignalObjectAndWait(first, second, 0, FALSE) == WAIT_TIMEOUT);
    CHECK_FAILS(SignalObjectAndWait(first, NULL, 0, FALSE), WAIT_FAILED, ERROR_INVALID_HANDLE);
    CloseHandle(first);
    CloseHandle(second);
}
