/* common.h: what both samples need and what has little to do with peers: stopping on an error, lines from the keyboard as a HANDLE,
 * an hour to expire at, an address from its text.
 */
#include <winsock2.h>                     // before windows.h, as always
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

// Every call that can fail goes through here. A failed sample says which call it was, and ends.
static void Check(HRESULT hr, PCWSTR what)
{
    if (SUCCEEDED(hr)) return;            // PEER_S_... codes are successes too
    WCHAR reason[256] = L"";
    FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, (DWORD)hr, 0, reason, 256, NULL);
    fwprintf(stderr, L"%ls failed: 0x%08x %ls\n", what, (unsigned)hr, reason);
    exit(1);
}

static void CheckWin32(BOOL succeeded, PCWSTR what)
{
    if (!succeeded) Check(HRESULT_FROM_WIN32(GetLastError()), what);
}

// One line of UTF-8 from the keyboard or a pipe. It is the reader's until lineReady is set, and main's until lineTaken is set.
static char   typed[4000];
static HANDLE lineReady, lineTaken;

// A thread of its own blocks in fgets, so that main can wait for the keyboard and for the graph at once.
static DWORD WINAPI ReadLines(void *atTheEnd)
{
    for (BOOL more = TRUE; more;) {
        more = fgets(typed, sizeof typed, stdin) != NULL;
        if (!more) strcpy(typed, (const char *)atTheEnd);
        typed[strcspn(typed, "\r\n")] = 0;
        SetEvent(lineReady);
        WaitForSingleObject(lineTaken, INFINITE);
    }
    return 0;
}

static void StartReadingLines(const char *atTheEnd)              // what to say when the keyboard is closed
{
    lineReady = CreateEventW(NULL, FALSE, FALSE, NULL);          // auto-reset: a wait that succeeds resets it
    lineTaken = CreateEventW(NULL, FALSE, FALSE, NULL);
    CheckWin32(lineReady && lineTaken, L"CreateEvent");
    CheckWin32(CreateThread(NULL, 0, ReadLines, (void *)atTheEnd, 0, NULL) != NULL, L"CreateThread");
}

// A record always has an end. Ours live for a day, counted in units of 100 ns. Peer time may differ from this clock by some
// minutes, which does not matter here.
static FILETIME Tomorrow(void)
{
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

static PEER_ADDRESS AddressOf(PCWSTR host, PCWSTR port)          // graphs speak IPv6 only: "::1" is this machine
{
    PEER_ADDRESS address = {0};
    char narrow[64] = "";
    WideCharToMultiByte(CP_UTF8, 0, host, -1, narrow, sizeof narrow, NULL, NULL);
    address.dwSize = sizeof address;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = htons((WORD)_wtoi(port));
    if (inet_pton(AF_INET6, narrow, &address.sin6.sin6_addr) != 1) Check(E_INVALIDARG, L"reading the IPv6 address");
    return address;
}
