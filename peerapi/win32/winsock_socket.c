/* winsock_socket.c - the socket functions. Each is the system's own, then what Windows does differently (listed in
 * winsock2.h).
 *
 * errno is always what the system's function left, whatever is asked afterwards to find the right WSA number. */
#include "win32.h"

#include "winsock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

static int descriptor(SOCKET s) { return s <= INT_MAX ? (int)s : -1; }

/* Sets the last error, keeps errno. */
static int failed(int error) {
    int kept = errno;
    SetLastError((DWORD)error);
    errno = kept;
    return SOCKET_ERROR;
}

static int answered(int result) { return result < 0 ? failed(ws_error_of(errno)) : result; }

static BOOL is_blocking(int s) {
    int flags = fcntl(s, F_GETFL);
    return flags >= 0 && !(flags & O_NONBLOCK);
}

/* Whether a stream socket is no longer connected: its other side has reset it. */
static BOOL is_torn(int s) {
    struct sockaddr_storage other;
    socklen_t length = sizeof other;
    return getpeername(s, (struct sockaddr *)&other, &length) != 0 && errno == ENOTCONN;
}

/* The WSA number for errno after a call on s that can wait: a time limit (SO_RCVTIMEO) that has passed looks like a
 * socket that does not block, and a reset connection like one that was shut down. */
static int waiting_failure(int s, int flags) {
    int error = errno, code = ws_error_of(error);
    if (error == EAGAIN && !(flags & MSG_DONTWAIT) && is_blocking(s)) {
        code = WSAETIMEDOUT;
    } else if (error == EPIPE && is_torn(s)) {
        code = WSAECONNRESET;
    }
    errno = error;
    return failed(code);
}

/* Making and ending. */

SOCKET peerapi_socket(int family, int type, int protocol) {
    int s = socket(family, type, protocol);
    if (s < 0) {
        failed(ws_error_of(errno));
        return INVALID_SOCKET;
    }
    if (family == AF_INET6) { /* a server binds the same port for IPv4, on another socket */
        int kept = errno;
        setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &(int){1}, sizeof(int));
        errno = kept;
    }
    return (SOCKET)s;
}

SOCKET WSAAPI WSASocketW(int family, int type, int protocol, LPVOID info, GROUP group, DWORD flags) {
    if (info || group || flags & ~(DWORD)(WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT)) {
        failed(WSAEINVAL);
        return INVALID_SOCKET;
    }
    return peerapi_socket(family, flags & WSA_FLAG_NO_HANDLE_INHERIT ? type | SOCK_CLOEXEC : type, protocol);
}

SOCKET WSAAPI WSASocketA(int family, int type, int protocol, LPVOID info, GROUP group, DWORD flags) {
    return WSASocketW(family, type, protocol, info, group, flags);
}

int WSAAPI closesocket(SOCKET s) {
    int type, fd = descriptor(s);
    socklen_t length = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
        return failed(ws_error_of(errno)); /* a file is not to be closed by mistake */
    }
    close(fd); /* whatever it answers, the descriptor is gone */
    return 0;
}

int peerapi_shutdown(SOCKET s, int how) { return answered(shutdown(descriptor(s), how)); }
int peerapi_bind(SOCKET s, const struct sockaddr *address, socklen_t length) {
    return answered(bind(descriptor(s), address, length));
}
int peerapi_listen(SOCKET s, int backlog) { return answered(listen(descriptor(s), backlog)); }

SOCKET peerapi_accept(SOCKET s, struct sockaddr *address, void *length) {
    int fd = descriptor(s), flags = fcntl(fd, F_GETFL);
    int accepted = accept4(fd, address, length, flags >= 0 && flags & O_NONBLOCK ? SOCK_NONBLOCK : 0);
    if (accepted < 0) {
        waiting_failure(fd, 0);
        return INVALID_SOCKET;
    }
    return (SOCKET)accepted;
}

int peerapi_connect(SOCKET s, const struct sockaddr *address, socklen_t length) {
    int fd = descriptor(s);
    if (connect(fd, address, length) == 0) {
        return 0;
    }
    if (errno == EINPROGRESS) {
        BOOL blocking = is_blocking(fd); /* then SO_SNDTIMEO has ended it */
        errno = EINPROGRESS;
        return failed(blocking ? WSAETIMEDOUT : WSAEWOULDBLOCK);
    }
    return failed(ws_error_of(errno));
}

/* Sending and receiving. */

ssize_t peerapi_send(SOCKET s, const void *bytes, size_t count, int flags) {
    return peerapi_sendto(s, bytes, count, flags, NULL, 0);
}

ssize_t peerapi_sendto(SOCKET s, const void *bytes, size_t count, int flags, const struct sockaddr *address,
                       socklen_t length) {
    int fd = descriptor(s);
    ssize_t sent = sendto(fd, bytes, count, flags | MSG_NOSIGNAL, address, length);
    return sent < 0 ? waiting_failure(fd, flags) : sent;
}

ssize_t peerapi_recv(SOCKET s, void *bytes, size_t room, int flags) {
    return peerapi_recvfrom(s, bytes, room, flags, NULL, NULL);
}

ssize_t peerapi_recvfrom(SOCKET s, void *bytes, size_t room, int flags, struct sockaddr *address, void *length) {
    int fd = descriptor(s);
    socklen_t *addressLength = length;
    struct iovec piece = {bytes, room};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    if (address && addressLength) {
        message.msg_name = address;
        message.msg_namelen = *addressLength;
    }
    ssize_t received = recvmsg(fd, &message, flags);
    if (received < 0) {
        return errno == ECONNREFUSED ? failed(WSAECONNRESET)
                                     : waiting_failure(fd, flags); /* the former: nobody took a datagram of ours */
    }
    if (message.msg_name && message.msg_namelen) { /* on a stream there is none, and Windows leaves the length alone */
        *addressLength = message.msg_namelen;
    }
    if (message.msg_flags & MSG_TRUNC && !(flags & MSG_TRUNC)) {
        errno = EMSGSIZE;
        return failed(WSAEMSGSIZE);
    }
    return received;
}

/* Moves sockets whose connect failed from the second set to the third, where Windows reports them. Bits of `watched`
 * are those the program asked about in its third set. */
static void report_failed_connects(int count, const fd_set *watched, fd_set *write, fd_set *except) {
    for (int fd = 0; fd < count; fd++) {
        if (FD_ISSET(fd, watched) && FD_ISSET(fd, write) && !FD_ISSET(fd, except)) {
            struct pollfd state = {.fd = fd};
            if (poll(&state, 1, 0) == 1 && state.revents & POLLERR && is_torn(fd)) {
                FD_CLR(fd, write);
                FD_SET(fd, except);
            }
        }
    }
}

static BOOL is_in(const fd_set *set, int fd) { return set && FD_ISSET(fd, set); }

int peerapi_select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout) {
    fd_set watched;
    int highest = read || write || except ? FD_SETSIZE : 0;
    while (highest > 0 && !is_in(read, highest - 1) && !is_in(write, highest - 1) && !is_in(except, highest - 1)) {
        highest--;
    }
    if (except) {
        watched = *except;
    }
    int ready = select(count > highest ? count : highest, read, write, except, timeout);
    if (ready > 0 && write && except) {
        int kept = errno;
        report_failed_connects(highest, &watched, write, except);
        errno = kept;
    }
    return answered(ready);
}

/* Asking and setting. */

static BOOL is_time_limit(int level, int option) {
    return level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO);
}

int peerapi_getsockopt(SOCKET s, int level, int option, void *value, void *length) {
    int fd = descriptor(s);
    socklen_t *room = length;
    if (is_time_limit(level, option) && value && room && *room == sizeof(DWORD)) {
        struct timeval limit;
        socklen_t size = sizeof limit;
        int result = answered(getsockopt(fd, level, option, &limit, &size));
        if (result == 0) {
            *(DWORD *)value = (DWORD)(limit.tv_sec * 1000 + limit.tv_usec / 1000);
        }
        return result;
    }
    int result = answered(getsockopt(fd, level, option, value, room));
    if (result == 0 && level == SOL_SOCKET && option == SO_ERROR && *room == sizeof(int)) {
        *(int *)value = ws_error_of(*(int *)value);
    }
    return result;
}

int peerapi_setsockopt(SOCKET s, int level, int option, const void *value, socklen_t length) {
    int fd = descriptor(s);
    if (is_time_limit(level, option) && value && length == sizeof(DWORD)) {
        DWORD milliseconds = *(const DWORD *)value;
        struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
        return answered(setsockopt(fd, level, option, &limit, sizeof limit));
    }
    if (level == SOL_SOCKET &&
        option == SO_EXCLUSIVEADDRUSE) { /* nobody can take an address here, unless both sides allow it */
        return value && length >= sizeof(int) && *(const int *)value
                   ? answered(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){0}, sizeof(int)))
                   : 0;
    }
    if (level == SOL_SOCKET && option == SO_DONTLINGER) {
        struct linger linger = {.l_onoff = value && length >= sizeof(int) && !*(const int *)value};
        return answered(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    }
    return answered(setsockopt(fd, level, option, value, length));
}

int peerapi_getsockname(SOCKET s, struct sockaddr *address, void *length) {
    return answered(getsockname(descriptor(s), address, length));
}

int peerapi_getpeername(SOCKET s, struct sockaddr *address, void *length) {
    return answered(getpeername(descriptor(s), address, length));
}

int peerapi_ioctlsocket(SOCKET s, long command, void *argument, size_t width) {
    int fd = descriptor(s), value = 0;
    if (!argument || width < sizeof value) {
        return failed(WSAEFAULT);
    }
    if (command != (long)FIONBIO && command != (long)FIONREAD && command != (long)SIOCATMARK) {
        return failed(WSAEOPNOTSUPP);
    }
    memcpy(&value, argument, sizeof value); /* the low half of a wider number: machines are little-endian here */
    value = command == (long)FIONBIO ? value != 0 : 0;
    int result = ioctl(fd, (unsigned long)command, &value);
    if (result == 0 && command != (long)FIONBIO) {
        memset(argument, 0, width);
        memcpy(argument, &value, sizeof value);
    }
    return result < 0 && errno == ENOTTY ? failed(WSAENOTSOCK) : answered(result);
}

int WSAAPI ioctlsocket(SOCKET s, long command, u_long *argument) {
    return peerapi_ioctlsocket(s, command, argument, sizeof *argument);
}

/* Names of machines, the old way. */

int peerapi_gethostname(char *name, size_t room) {
    if (!name) {
        errno = EFAULT;
        return failed(WSAEFAULT);
    }
    int result = gethostname(name, room);
    return result < 0 && errno == ENAMETOOLONG ? failed(WSAEFAULT) : answered(result);
}

struct hostent *peerapi_gethostbyname(const char *name) {
    char own[256];
    if (!name || !*name) { /* this machine */
        if (peerapi_gethostname(own, sizeof own) != 0) {
            return NULL;
        }
        name = own;
    }
    struct hostent *found = gethostbyname(name);
    if (!found) {
        failed(h_errno == TRY_AGAIN     ? WSATRY_AGAIN
               : h_errno == NO_RECOVERY ? WSANO_RECOVERY
               : h_errno == NO_DATA     ? WSANO_DATA
                                        : WSAHOST_NOT_FOUND);
    }
    return found;
}
