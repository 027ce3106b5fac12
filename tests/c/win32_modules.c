/* Modules, and control handlers. */
#define _POSIX_C_SOURCE 200809L
#include "win32_test.h"

#include <signal.h>
#include <unistd.h>

TEST(the_libraries_of_windows_are_loaded) {
    HMODULE module = LoadLibraryW(L"P2P.dll");
    char text[200];
    CHECK(module != NULL && GetModuleHandleA("p2pgraph") == module &&
          LoadLibraryExA("kernel32.dll", NULL, 0) == module);
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_HMODULE, module, (DWORD)PEER_E_INVALID_GRAPH, 0, text, sizeof text, NULL) >
          0);
    CHECK(FreeLibrary(module) && GetModuleHandleW(NULL) != NULL);
    CHECK_FAILS(LoadLibraryA("missing.dll"), NULL, ERROR_MOD_NOT_FOUND);
    CHECK_FAILS(LoadLibraryA(NULL), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(FreeLibrary(NULL), FALSE, ERROR_INVALID_HANDLE);
}

TEST(functions_of_a_module) {
    HMODULE module = GetModuleHandleA("kernel32");
    CHECK(GetProcAddress(module, "strlen") != NULL); /* what the process has at all */
    CHECK_FAILS(GetProcAddress(module, "NoSuchFunction"), NULL, ERROR_PROC_NOT_FOUND);
    CHECK_FAILS(GetProcAddress(NULL, "strlen"), NULL, ERROR_INVALID_HANDLE);
}

static HANDLE stopped;
static DWORD last_event;
static LONG passed_on;

static BOOL WINAPI stop(DWORD event) {
    last_event = event;
    return SetEvent(stopped);
}

static BOOL WINAPI pass_on(DWORD event) {
    UNREFERENCED_PARAMETER(event);
    InterlockedIncrement(&passed_on);
    return FALSE;
}

static int before;

static void count_before(int number) {
    UNREFERENCED_PARAMETER(number);
    before++;
}

TEST(signals_reach_control_handlers) {
    struct sigaction mine = {.sa_handler = count_before}, now;
    stopped = CreateEventW(NULL, FALSE, FALSE, NULL);
    sigaction(SIGINT, &mine, NULL);
    CHECK(SetConsoleCtrlHandler(stop, TRUE) && SetConsoleCtrlHandler(pass_on, TRUE));
    kill(getpid(), SIGINT);
    CHECK(WaitForSingleObject(stopped, 120000) == WAIT_OBJECT_0 && last_event == CTRL_C_EVENT);
    CHECK(InterlockedAdd(&passed_on, 0) == 1);
    kill(getpid(), SIGTERM);
    CHECK(WaitForSingleObject(stopped, 120000) == WAIT_OBJECT_0 && last_event == CTRL_CLOSE_EVENT);
    CHECK(SetConsoleCtrlHandler(pass_on, FALSE) && SetConsoleCtrlHandler(stop, FALSE));
    CHECK_FAILS(SetConsoleCtrlHandler(stop, FALSE), FALSE, ERROR_INVALID_PARAMETER);
    sigaction(SIGINT, NULL, &now);
    CHECK(now.sa_handler == count_before); /* as it was */
    kill(getpid(), SIGINT);
    CHECK(before == 1);
    signal(SIGINT, SIG_DFL);
    CloseHandle(stopped);
}
