/* Handles: what is not one, what no longer is one, copies, rights. */
#include "win32_test.h"

TEST(garbage_is_no_handle) {
    static const ULONG_PTR garbage[] = {
        0, 1, 2, 3, 4, 8, 0x1234, 0xdeadbeef, 0x4000000, 0x7fffffffffffffff, 0x8000000000000000};
    int local = 0;
    for (size_t index = 0; index < ARRAYSIZE(garbage) + 1; index++) {
        HANDLE handle = index < ARRAYSIZE(garbage) ? (HANDLE)garbage[index] : (HANDLE)&local;
        CHECK_FAILS(SetEvent(handle), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(ResetEvent(handle), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(ReleaseMutex(handle), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(ReleaseSemaphore(handle, 1, NULL), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(CloseHandle(handle), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(WaitForSingleObject(handle, INFINITE), WAIT_FAILED, ERROR_INVALID_HANDLE);
        CHECK_FAILS(WaitForMultipleObjects(1, &handle, FALSE, INFINITE), WAIT_FAILED, ERROR_INVALID_HANDLE);
        CHECK_FAILS(UnregisterWait(handle), FALSE, ERROR_INVALID_HANDLE);
        CHECK_FAILS(GetThreadId(handle), 0, ERROR_INVALID_HANDLE);
        CHECK_FAILS(ResumeThread(handle), (DWORD)-1, ERROR_INVALID_HANDLE);
    }
}

TEST(a_closed_handle_is_invalid_even_when_its_slot_is_used_again) {
    HANDLE closed = CreateEventW(NULL, TRUE, TRUE, NULL);
    CHECK(CloseHandle(closed));
    CHECK_FAILS(CloseHandle(closed), FALSE, ERROR_INVALID_HANDLE);
    for (int round = 0; round < 1000; round++) {
        HANDLE other = CreateEventW(NULL, TRUE, TRUE, NULL);
        CHECK(other != closed);
        CHECK_FAILS(SetEvent(closed), FALSE, ERROR_INVALID_HANDLE);
        CHECK(CloseHandle(other));
    }
    CHECK_FAILS(WaitForSingleObject(closed, 0), WAIT_FAILED, ERROR_INVALID_HANDLE);
}

TEST(handles_are_multiples_of_four_and_differ) {
    HANDLE handles[500];
    for (int index = 0; index < 500; index++) {
        handles[index] = CreateEventA(NULL, FALSE, FALSE, NULL);
        CHECK(handles[index] && (ULONG_PTR)handles[index] % 4 == 0);
        CHECK(index == 0 || handles[index] != handles[index - 1]);
    }
    CHECK(SetEvent(handles[499]));
    CHECK(WaitForSingleObject(handles[498], 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(handles[499], 0) == WAIT_OBJECT_0);
    for (int index = 0; index < 500; index++) {
        CHECK(CloseHandle(handles[index]));
    }
}

TEST(a_handle_of_another_kind_is_invalid) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), mutex = CreateMutexW(NULL, FALSE, NULL);
    CHECK_FAILS(SetEvent(mutex), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(ReleaseMutex(event), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(ReleaseSemaphore(event, 1, NULL), FALSE, ERROR_INVALID_HANDLE);
    CHECK_FAILS(GetExitCodeThread(event, NULL), FALSE, ERROR_INVALID_HANDLE);
    CloseHandle(event);
    CloseHandle(mutex);
}

TEST(a_duplicate_outlives_the_original) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), copy = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(copy && copy != event);
    CHECK(SetEvent(copy));
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(event));
    CHECK(WaitForSingleObject(copy, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(copy));
}

TEST(duplicating_may_close_the_source) {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL), copy = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &copy, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK_FAILS(SetEvent(event), FALSE, ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(copy));
}

TEST(duplicating_wants_this_process_on_both_sides) {
    HANDLE event = CreateEventW(NULL, TRUE, TRUE, NULL), copy = NULL, process = NULL;
    CHECK_FAILS(DuplicateHandle(event, event, GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS), FALSE,
                ERROR_INVALID_HANDLE);
    CHECK_FAILS(DuplicateHandle(GetCurrentProcess(), event, NULL, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS), FALSE,
                ERROR_INVALID_HANDLE);
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentProcess(), GetCurrentProcess(), &process, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(DuplicateHandle(process, event, process, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(WaitForSingleObject(process, 0) == WAIT_TIMEOUT);
    CloseHandle(process);
    CloseHandle(copy);
    CloseHandle(event);
}

TEST(a_handle_without_the_right_is_denied) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), waiter = NULL, setter = NULL;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &waiter, SYNCHRONIZE, FALSE, 0));
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &setter, EVENT_MODIFY_STATE, FALSE, 0));
    CHECK_FAILS(SetEvent(waiter), FALSE, ERROR_ACCESS_DENIED);
    CHECK_FAILS(WaitForSingleObject(setter, 0), WAIT_FAILED, ERROR_ACCESS_DENIED);
    CHECK(SetEvent(setter));
    CHECK(WaitForSingleObject(waiter, 0) == WAIT_OBJECT_0);
    CloseHandle(event);
    CloseHandle(waiter);
    CloseHandle(setter);
}

TEST(closing_a_pseudo_handle_does_nothing) {
    CHECK(CloseHandle(GetCurrentProcess()));
    CHECK(CloseHandle(GetCurrentThread()));
    CHECK(WaitForSingleObject(GetCurrentThread(), 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(GetCurrentProcess(), 1) == WAIT_TIMEOUT);
}

static DWORD WINAPI set_last_error(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    CHECK(GetLastError() == 0);
    SetLastError(5);
    return GetLastError();
}

TEST(the_last_error_belongs_to_its_thread) {
    DWORD code = 0;
    SetLastError(77);
    HANDLE thread = START(set_last_error, NULL);
    CHECK(WaitForSingleObject(thread, INFINITE) == WAIT_OBJECT_0);
    CHECK(GetLastError() == 77);
    CHECK(GetExitCodeThread(thread, &code) && code == 5);
    CloseHandle(thread);
}

TEST(names_find_the_same_event) {
    HANDLE first = CreateEventW(NULL, TRUE, FALSE, PEERAPI_W("one"));
    CHECK(GetLastError() == ERROR_SUCCESS);
    HANDLE second = CreateEventA(NULL, FALSE, TRUE, "Local\\one");
    CHECK(GetLastError() == ERROR_ALREADY_EXISTS && second && second != first);
    HANDLE third = OpenEventW(SYNCHRONIZE, FALSE, PEERAPI_W("one"));
    CHECK(third != NULL);
    CHECK(WaitForSingleObject(third, 0) == WAIT_TIMEOUT); /* the second call's initial state is ignored */
    CHECK(SetEvent(second));
    CHECK(WaitForSingleObject(third, 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(first, 0) == WAIT_OBJECT_0); /* still manual reset */
    CHECK_FAILS(SetEvent(third), FALSE, ERROR_ACCESS_DENIED);
    CloseHandle(first);
    CloseHandle(second);
    CloseHandle(third);
    CHECK_FAILS(OpenEventA(SYNCHRONIZE, FALSE, "one"), NULL, ERROR_FILE_NOT_FOUND);
}

TEST(names_are_shared_by_all_kinds_and_case_counts) {
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, "name");
    CHECK_FAILS(CreateMutexA(NULL, FALSE, "name"), NULL, ERROR_INVALID_HANDLE);
    CHECK_FAILS(CreateSemaphoreA(NULL, 0, 1, "name"), NULL, ERROR_INVALID_HANDLE);
    CHECK_FAILS(OpenMutexA(SYNCHRONIZE, FALSE, "name"), NULL, ERROR_INVALID_HANDLE);
    CHECK_FAILS(OpenEventA(SYNCHRONIZE, FALSE, "NAME"), NULL, ERROR_FILE_NOT_FOUND);
    CloseHandle(event);
}

TEST(names_are_limited) {
    char name[MAX_PATH + 2];
    memset(name, 'n', sizeof name);
    name[MAX_PATH + 1] = 0;
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, name), NULL, ERROR_FILENAME_EXCED_RANGE);
    CHECK_FAILS(CreateEventA(NULL, TRUE, FALSE, "back\\slash"), NULL, ERROR_PATH_NOT_FOUND);
    CHECK_FAILS(OpenEventA(SYNCHRONIZE, FALSE, NULL), NULL, ERROR_INVALID_PARAMETER);
    name[MAX_PATH] = 0;
    HANDLE longest = CreateEventA(NULL, TRUE, FALSE, name);
    CHECK(longest != NULL);
    CloseHandle(longest);
    HANDLE first = CreateEventA(NULL, TRUE, FALSE, ""), second = CreateEventA(NULL, TRUE, FALSE, "");
    CHECK(first && second && GetLastError() == ERROR_SUCCESS); /* an empty name is none */
    CloseHandle(first);
    CloseHandle(second);
}
