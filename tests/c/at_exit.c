/* Threads wait, run callbacks and set events while the process exits. */
#include <stdlib.h>
#include <windows.h>

static HANDLE event, mutex;

static VOID CALLBACK callback(PVOID context, BOOLEAN timed_out) {
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(timed_out);
    SetEvent(event);
}

static DWORD WINAPI work(LPVOID unused) {
    UNREFERENCED_PARAMETER(unused);
    while (WaitForSingleObject(event, 1) != WAIT_FAILED) {
        WaitForSingleObject(mutex, INFINITE);
        CloseHandle(CreateEventW(NULL, FALSE, FALSE, NULL));
        ReleaseMutex(mutex);
    }
    return 0;
}

static void late(void) {
    SetEvent(event);
    CloseHandle(CreateEventW(NULL, FALSE, FALSE, NULL));
}

int main(void) {
    HANDLE wait;
    atexit(late);
    event = CreateEventW(NULL, FALSE, FALSE, NULL);
    mutex = CreateMutexW(NULL, FALSE, NULL);
    RegisterWaitForSingleObject(&wait, event, callback, NULL, 1, WT_EXECUTEDEFAULT);
    for (int index = 0; index < 3; index++) {
        CreateThread(NULL, 0, work, NULL, 0, NULL);
    }
    WaitForSingleObject(event, INFINITE);
    return 7;
}
