/* winsock_start.c - WSAStartup, errors, events: what needs no socket. */
#include "win32.h"

#include "winsock.h"

#include <errno.h>
#include <string.h>

#define VERSION MAKEWORD(2, 2)

static int started; /* WSAStartup calls without their WSACleanup */
static int peers;   /* the same of PeerCollabStartup and its like, which start Winsock for themselves */

/* The version spoken with a program that asks for this one. */
static WORD agreed(WORD wanted) {
    switch (LOBYTE(wanted)) {
    case 1:
        return HIBYTE(wanted) ? MAKEWORD(1, 1) : MAKEWORD(1, 0);
    case 2:
        return HIBYTE(wanted) < 2 ? wanted : VERSION;
    default:
        return VERSION;
    }
}

int WSAAPI WSAStartup(WORD wanted, LPWSADATA data) {
    if (!data) {
        return WSAEFAULT;
    }
    *data = (WSADATA){.wVersion = agreed(wanted), .wHighVersion = VERSION};
    strcpy(data->szDescription, "WinSock 2.0");
    strcpy(data->szSystemStatus, "Running");
    if (LOBYTE(data->wVersion) == 1) { /* version 2 has no such limits */
        data->iMaxSockets = 32767;
        data->iMaxUdpDg = 65467;
    }
    if (!LOBYTE(wanted)) {
        return WSAVERNOTSUPPORTED;
    }
    __atomic_add_fetch(&started, 1, __ATOMIC_RELAXED);
    return 0;
}

int WSAAPI WSACleanup(void) {
    int count = __atomic_load_n(&started, __ATOMIC_RELAXED);
    do {
        if (count == 0) {
            return ws_fail(WSANOTINITIALISED);
        }
    } while (!__atomic_compare_exchange_n(&started, &count, count - 1, FALSE, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    if (count == 1 && peerapi_name_space.cleanup && ws_name_service_runs()) {
        peerapi_name_space.cleanup();
    }
    return 0;
}

void ws_peers(int change) { __atomic_add_fetch(&peers, change, __ATOMIC_RELAXED); }

BOOL ws_started(void) {
    if (__atomic_load_n(&started, __ATOMIC_RELAXED) || __atomic_load_n(&peers, __ATOMIC_RELAXED)) {
        return TRUE;
    }
    ws_fail(WSANOTINITIALISED);
    return FALSE;
}

int WSAAPI WSAGetLastError(void) { return (int)GetLastError(); }
void WSAAPI WSASetLastError(int error) { SetLastError((DWORD)error); }

int ws_fail(int error) {
    SetLastError((DWORD)error);
    return SOCKET_ERROR;
}

int ws_error_of(int error) {
    static const struct {
        int system, winsock;
    } pairs[] = {
        {0, 0},
        {EINTR, WSAEINTR},
        {EBADF, WSAENOTSOCK}, /* Windows tells no difference */
        {ENOTSOCK, WSAENOTSOCK},
        {EACCES, WSAEACCES},
        {EPERM, WSAEACCES},
        {EFAULT, WSAEFAULT},
        {EINVAL, WSAEINVAL},
        {EMFILE, WSAEMFILE},
        {ENFILE, WSAEMFILE},
        {EAGAIN, WSAEWOULDBLOCK},
        {EINPROGRESS, WSAEINPROGRESS},
        {EALREADY, WSAEALREADY},
        {EDESTADDRREQ, WSAEDESTADDRREQ},
        {EMSGSIZE, WSAEMSGSIZE},
        {EPROTOTYPE, WSAEPROTOTYPE},
        {ENOPROTOOPT, WSAENOPROTOOPT},
        {EPROTONOSUPPORT, WSAEPROTONOSUPPORT},
        {ESOCKTNOSUPPORT, WSAESOCKTNOSUPPORT},
        {EOPNOTSUPP, WSAEOPNOTSUPP},
        {EPFNOSUPPORT, WSAEPFNOSUPPORT},
        {EAFNOSUPPORT, WSAEAFNOSUPPORT},
        {EADDRINUSE, WSAEADDRINUSE},
        {EADDRNOTAVAIL, WSAEADDRNOTAVAIL},
        {ENETDOWN, WSAENETDOWN},
        {ENETUNREACH, WSAENETUNREACH},
        {ENETRESET, WSAENETRESET},
        {ECONNABORTED, WSAECONNABORTED},
        {ECONNRESET, WSAECONNRESET},
        {ENOMEM, WSAENOBUFS},
        {ENOBUFS, WSAENOBUFS},
        {EISCONN, WSAEISCONN},
        {ENOTCONN, WSAENOTCONN},
        {EPIPE, WSAESHUTDOWN},
        {ESHUTDOWN, WSAESHUTDOWN},
        {ETOOMANYREFS, WSAETOOMANYREFS},
        {ETIMEDOUT, WSAETIMEDOUT},
        {ECONNREFUSED, WSAECONNREFUSED},
        {ELOOP, WSAELOOP},
        {ENAMETOOLONG, WSAENAMETOOLONG},
        {EHOSTDOWN, WSAEHOSTDOWN},
        {EHOSTUNREACH, WSAEHOSTUNREACH},
        {ENOTEMPTY, WSAENOTEMPTY},
        {EUSERS, WSAEUSERS},
        {EDQUOT, WSAEDQUOT},
        {ESTALE, WSAESTALE},
        {EREMOTE, WSAEREMOTE},
        {ECANCELED, WSAECANCELLED},
    };
    for (size_t index = 0; index < ARRAYSIZE(pairs); index++) {
        if (pairs[index].system == error) {
            return pairs[index].winsock;
        }
    }
    return WSASYSCALLFAILURE;
}

/* Events. */

WSAEVENT WSAAPI WSACreateEvent(void) { return CreateEventW(NULL, TRUE, FALSE, NULL); }
BOOL WSAAPI WSASetEvent(WSAEVENT event) { return SetEvent(event); }
BOOL WSAAPI WSAResetEvent(WSAEVENT event) { return ResetEvent(event); }
BOOL WSAAPI WSACloseEvent(WSAEVENT event) { return CloseHandle(event); }

DWORD WSAAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events, BOOL all, DWORD milliseconds,
                                      BOOL alertable) {
    return WaitForMultipleObjectsEx(count, events, all, milliseconds, alertable);
}
