/* win32_test.h - a test is a function TEST(name); the program runs all that are linked into it and prints "ok name" for
 * each. */
#ifndef WIN32_TEST_H
#define WIN32_TEST_H

#include <stdio.h>
#include <string.h>
#include <windows.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

extern struct test *all_tests;
extern int failures; /* of the test that runs */

#define TEST(name)                                                   \
    static void name(void);                                          \
    __attribute__((constructor)) static void register_##name(void) { \
        static struct test test = {#name, name, NULL};               \
        test.next = all_tests;                                       \
        all_tests = &test;                                           \
    }                                                                \
    static void name(void)

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            __atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);             \
        }                                                                   \
    } while (0)

/* The call fails, and says why. */
#define CHECK_FAILS(call, failure, error)        \
    do {                                         \
        SetLastError(0xdead);                    \
        CHECK((call) == (failure));              \
        CHECK(GetLastError() == (DWORD)(error)); \
    } while (0)

/* Runs a function on a new thread; wait for the handle and close it with JOIN. */
#define START(function, argument) CreateThread(NULL, 0, (function), (argument), 0, NULL)
#define JOIN(thread)                                                   \
    do {                                                               \
        CHECK(WaitForSingleObject((thread), 120000) == WAIT_OBJECT_0); \
        CHECK(CloseHandle(thread));                                    \
    } while (0)

#endif
