/* console.h: what the samples need that has nothing to do with peers: an end when a call fails, lines from the
 * keyboard, a time. */
#include <winsock2.h> // before windows.h, as always
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static char typed[4000]; // a line of UTF-8: the reader's until lineReady is set, then main's until lineTaken is
static HANDLE lineReady, lineTaken;

// Every call that can fail goes through here. A failed sample says which call it was, and ends.
static void Check(HRESULT hr, PCWSTR what) {
    if (SUCCEEDED(hr))
        return; // PEER_S_... codes are successes too
    WCHAR reason[256] = L"";
    FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)hr, 0, reason, 256, NULL);
    fwprintf(stderr, L"%ls failed: 0x%08x %ls\n", what, (unsigned)hr, reason);
    exit(1);
}

static inline void CheckWin32(BOOL succeeded, PCWSTR what) {
    if (!succeeded)
        Check(HRESULT_FROM_WIN32(GetLastError()), what);
}

// A thread of its own blocks in fgets, so that main can wait for the keyboard and for the graph at once.
static DWORD WINAPI ReadLines(void *atTheEnd) {
    for (BOOL more = TRUE; more;) {
        more = fgets(typed, sizeof typed, stdin) != NULL;
        if (!more)
            strcpy(typed, (const char *)atTheEnd);
        typed[strcspn(typed, "\r\n")] = 0;
        SetEvent(lineReady);
        WaitForSingleObject(lineTaken, INFINITE);
    }
    return 0;
}

static void StartReading(const char *atTheEnd) { // what the end of the input shall stand for
    lineReady = CreateEventW(NULL, FALSE, FALSE, NULL);
    lineTaken = CreateEventW(NULL, FALSE, FALSE, NULL);
    CheckWin32(lineReady && lineTaken, L"CreateEvent");
    CheckWin32(CreateThread(NULL, 0, ReadLines, (void *)atTheEnd, 0, NULL) != NULL, L"CreateThread");
}

// A record always has an end. Ours live for a day, in units of 100 ns. (Peer time may differ from this clock by some
// minutes.)
static inline FILETIME Tomorrow(void) {
    FILETIME now;
    ULARGE_INTEGER time;
    GetSystemTimeAsFileTime(&now);
    time.LowPart = now.dwLowDateTime;
    time.HighPart = now.dwHighDateTime;
    time.QuadPart += 24ull * 3600 * 10000000;
    now.dwLowDateTime = time.LowPart;
    now.dwHighDateTime = time.HighPart;
    return now;
}
