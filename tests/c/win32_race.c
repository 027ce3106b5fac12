/* Threads racing. ROUNDS says how often. */
#include "win32_test.h"

#ifndef ROUNDS
#define ROUNDS 1000
#endif

/* Two threads throw one auto-reset event back and forth. What is written before SetEvent is seen after the wait. */
static HANDLE ping, pong;
static int ball;

static DWORD WINAPI return_ball(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    for (int round = 0; round < ROUNDS; round++) {
        WaitForSingleObject(ping, INFINITE);
        CHECK(ball == 2 * round + 1);
        ball++;
        SetEvent(pong);
    }
    return 0;
}

TEST(ping_pong_loses_nothing) {
    ping = CreateEventW(NULL, FALSE, FALSE, NULL);
    pong = CreateEventW(NULL, FALSE, FALSE, NULL);
    ball = 0;
    HANDLE thread = START(return_ball, NULL);
    for (int round = 0; round < ROUNDS; round++) {
        ball++;
        SetEvent(ping);
        WaitForSingleObject(pong, INFINITE);
        CHECK(ball == 2 * round + 2);
    }
    JOIN(thread);
    CloseHandle(ping);
    CloseHandle(pong);
}

/* Four threads race for one event; every set lets exactly one through. */
static HANDLE prize, taken, over;
static LONG winners;

static DWORD WINAPI race(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    HANDLE handles[2] = {over, prize};
    while (WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1) {
        InterlockedIncrement(&winners);
        SetEvent(taken);
    }
    return 0;
}

TEST(one_set_wakes_exactly_one) {
    HANDLE threads[4];
    prize = CreateEventW(NULL, FALSE, FALSE, NULL);
    taken = CreateEventW(NULL, FALSE, FALSE, NULL);
    over = CreateEventW(NULL, TRUE, FALSE, NULL);
    winners = 0;
    for (int index = 0; index < 4; index++) {
        threads[index] = START(race, NULL);
    }
    for (LONG round = 1; round <= ROUNDS; round++) {
        SetEvent(prize);
        CHECK(WaitForSingleObject(taken, 120000) == WAIT_OBJECT_0);
        CHECK(InterlockedAdd(&winners, 0) == round);
        CHECK(WaitForSingleObject(prize, 0) == WAIT_TIMEOUT);
    }
    SetEvent(over);
    CHECK(WaitForMultipleObjects(4, threads, TRUE, 120000) == WAIT_OBJECT_0);
    for (int index = 0; index < 4; index++) {
        CloseHandle(threads[index]);
    }
    CloseHandle(prize);
    CloseHandle(taken);
    CloseHandle(over);
}

/* Waits whose time runs out while the event is being set: what was taken is reported, what was not is still there. */
static LONG taken_in_time;

static DWORD WINAPI wait_briefly(LPVOID event) {
    for (int round = 0; round < ROUNDS / 4; round++) {
        if (WaitForSingleObject((HANDLE)event, 1) == WAIT_OBJECT_0) {
            InterlockedIncrement(&taken_in_time);
        }
    }
    return 0;
}

TEST(a_timeout_racing_with_a_set_loses_no_count) {
    HANDLE semaphore = CreateSemaphoreW(NULL, 0, 0x7fffffff, NULL), threads[2];
    LONG posted = 0, left = 0;
    taken_in_time = 0;
    threads[0] = START(wait_briefly, semaphore);
    threads[1] = START(wait_briefly, semaphore);
    while (WaitForMultipleObjects(2, threads, TRUE, 1) == WAIT_TIMEOUT) {
        CHECK(ReleaseSemaphore(semaphore, 1, NULL));
        posted++;
    }
    while (WaitForSingleObject(semaphore, 0) == WAIT_OBJECT_0) {
        left++;
    }
    CHECK(posted == left + taken_in_time);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    CloseHandle(semaphore);
}

/* A mutex protects plain memory. */
static HANDLE mutex;
static int guarded;

static DWORD WINAPI count_under_mutex(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    for (int round = 0; round < ROUNDS; round++) {
        WaitForSingleObject(mutex, INFINITE);
        guarded++;
        ReleaseMutex(mutex);
    }
    return 0;
}

TEST(a_mutex_excludes) {
    HANDLE threads[3];
    mutex = CreateMutexW(NULL, FALSE, NULL);
    guarded = 0;
    for (int index = 0; index < 3; index++) {
        threads[index] = START(count_under_mutex, NULL);
    }
    for (int index = 0; index < 3; index++) {
        JOIN(threads[index]);
    }
    CHECK(guarded == 3 * ROUNDS);
    CloseHandle(mutex);
}

/* Dining: each thread waits for two of three auto-reset events at once and puts them back. Taking them one by one would
 * deadlock. */
static HANDLE forks[3];
static LONG meals;

static DWORD WINAPI dine(LPVOID argument) {
    int seat = (int)(ULONG_PTR)argument;
    HANDLE mine[2] = {forks[seat], forks[(seat + 1) % 3]};
    for (int round = 0; round < ROUNDS / 4; round++) {
        CHECK(WaitForMultipleObjects(2, mine, TRUE, 120000) == WAIT_OBJECT_0);
        InterlockedIncrement(&meals);
        SetEvent(mine[1]);
        SetEvent(mine[0]);
    }
    return 0;
}

TEST(waiting_for_all_is_atomic) {
    HANDLE threads[3];
    meals = 0;
    for (int seat = 0; seat < 3; seat++) {
        forks[seat] = CreateEventW(NULL, FALSE, TRUE, NULL);
    }
    for (int seat = 0; seat < 3; seat++) {
        threads[seat] = START(dine, (LPVOID)(ULONG_PTR)seat);
    }
    for (int seat = 0; seat < 3; seat++) {
        JOIN(threads[seat]);
    }
    CHECK(meals == 3 * (ROUNDS / 4));
    for (int seat = 0; seat < 3; seat++) {
        CHECK(WaitForSingleObject(forks[seat], 0) == WAIT_OBJECT_0);
        CloseHandle(forks[seat]);
    }
}

/* Handles opened and closed by some threads while others use them. */
static HANDLE volatile shared;

static DWORD WINAPI open_and_close(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    for (int round = 0; round < ROUNDS; round++) {
        HANDLE mine = CreateEventW(NULL, round & 1, FALSE, NULL);
        HANDLE before = InterlockedExchangePointer((PVOID volatile *)&shared, mine);
        if (before) {
            CHECK(CloseHandle(before));
        }
    }
    return 0;
}

static DWORD WINAPI use_shared(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    for (int round = 0; round < ROUNDS; round++) {
        HANDLE handle = InterlockedCompareExchangePointer((PVOID volatile *)&shared, NULL, NULL);
        if (!SetEvent(handle)) {
            CHECK(GetLastError() == ERROR_INVALID_HANDLE);
        }
        DWORD result = WaitForSingleObject(handle, 0);
        CHECK(result == WAIT_OBJECT_0 || result == WAIT_TIMEOUT ||
              (result == WAIT_FAILED && GetLastError() == ERROR_INVALID_HANDLE));
    }
    return 0;
}

TEST(closing_while_others_use_a_handle) {
    HANDLE threads[4] = {START(open_and_close, NULL), START(open_and_close, NULL), START(use_shared, NULL),
                         START(use_shared, NULL)};
    for (int index = 0; index < 4; index++) {
        JOIN(threads[index]);
    }
    CHECK(CloseHandle(shared));
    shared = NULL;
}

/* Registering and unregistering while the event is being set. */
static VOID CALLBACK count_callback(PVOID context, BOOLEAN timed_out) {
    UNREFERENCED_PARAMETER(timed_out);
    ++*(int *)context; /* the last callback is over before UnregisterWaitEx returns */
}

TEST(unregistering_waits_for_the_last_callback) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (int round = 0; round < ROUNDS / 20; round++) {
        int calls = 0;
        HANDLE wait = NULL;
        CHECK(RegisterWaitForSingleObject(&wait, event, count_callback, &calls, INFINITE, WT_EXECUTEONLYONCE));
        SetEvent(event);
        CHECK(UnregisterWaitEx(wait, INVALID_HANDLE_VALUE));
        CHECK(calls == 0 || calls == 1);
        ResetEvent(event);
    }
    CloseHandle(event);
}
