/* The socket functions as Windows programs call them. */
#define _POSIX_C_SOURCE 200809L
#include "winsock_test.h"

#include <errno.h>

/* A socket bound to a free port of ::1. */
static SOCKET bound(int type, SOCKADDR_IN6 *address) {
    SOCKET s = socket(AF_INET6, type, 0);
    int length = sizeof *address;
    *address = (SOCKADDR_IN6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    CHECK(s != INVALID_SOCKET);
    CHECK(bind(s, (SOCKADDR *)address, sizeof *address) == 0);
    CHECK(getsockname(s, (SOCKADDR *)address, &length) == 0 && length == sizeof *address);
    return s;
}

static void not_blocking(SOCKET s) {
    u_long on = 1;
    CHECK(ioctlsocket(s, FIONBIO, &on) == 0);
}

/* Two connected stream sockets. */
static void pair(SOCKET *first, SOCKET *second) {
    SOCKADDR_IN6 address, other;
    int length = sizeof other;
    SOCKET listener = bound(SOCK_STREAM, &address);
    CHECK(listen(listener, SOMAXCONN) == 0);
    *first = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    CHECK(connect(*first, (SOCKADDR *)&address, sizeof address) == 0);
    *second = accept(listener, (SOCKADDR *)&other, &length);
    CHECK(*second != INVALID_SOCKET && length == sizeof other && other.sin6_family == AF_INET6);
    CHECK(closesocket(listener) == 0);
}

TEST(a_stream_carries_bytes) {
    SOCKET first, second;
    char buffer[16];
    u_long waiting = ~0ul;
    BOOL on = TRUE;
    pair(&first, &second);
    CHECK(setsockopt(first, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on) == 0);
    CHECK(send(first, "hello", 5, 0) == 5);
    CHECK(recv(second, buffer, sizeof buffer, MSG_PEEK) == 5);
    CHECK(ioctlsocket(second, FIONREAD, &waiting) == 0 && waiting == 5);
    CHECK(recv(second, buffer, sizeof buffer, 0) == 5 && !memcmp(buffer, "hello", 5));
    CHECK(shutdown(first, SD_SEND) == 0 && recv(second, buffer, sizeof buffer, 0) == 0);
    CHECK_WSA(send(first, "x", 1, 0), WSAESHUTDOWN);
    CHECK(closesocket(first) == 0 && closesocket(second) == 0);
}

TEST(a_datagram_that_does_not_fit_is_cut_and_reported) {
    SOCKADDR_IN6 address, from;
    char buffer[4];
    int length = sizeof from;
    SOCKET s = bound(SOCK_DGRAM, &address);
    CHECK(sendto(s, "longer", 6, 0, (SOCKADDR *)&address, sizeof address) == 6);
    CHECK_WSA(recvfrom(s, buffer, sizeof buffer, 0, (SOCKADDR *)&from, &length), WSAEMSGSIZE);
    CHECK(errno == EMSGSIZE && !memcmp(buffer, "long", 4) && length == sizeof from &&
          from.sin6_port == address.sin6_port);
    CHECK(sendto(s, "", 0, 0, (SOCKADDR *)&address, sizeof address) == 0 && recvfrom(s, buffer, 4, 0, NULL, NULL) == 0);
    CHECK(closesocket(s) == 0);
}

TEST(a_socket_that_may_not_wait_says_so) {
    SOCKADDR_IN6 address;
    char byte;
    SOCKET s = bound(SOCK_DGRAM, &address);
    not_blocking(s);
    CHECK_WSA(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK(errno == EAGAIN && GetLastError() == WSAEWOULDBLOCK);
    CHECK(closesocket(s) == 0);
}

TEST(a_time_limit_counts_milliseconds) {
    SOCKADDR_IN6 address;
    DWORD limit = 30, read = 0;
    int length = sizeof read;
    char byte;
    SOCKET s = bound(SOCK_DGRAM, &address);
    CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit) == 0);
    CHECK(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&read, &length) == 0 && read >= 30 && read < 50 &&
          length == 4);
    CHECK_WSA(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    CHECK_WSA(recv(s, &byte, 1, MSG_DONTWAIT), WSAEWOULDBLOCK);
    CHECK(closesocket(s) == 0);
}

TEST(a_refused_connection) {
    SOCKADDR_IN6 address;
    SOCKET owner = bound(SOCK_STREAM, &address); /* bound, but nobody listens */
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK_WSA(connect(s, (SOCKADDR *)&address, sizeof address), WSAECONNREFUSED);
    CHECK(errno == ECONNREFUSED);
    CHECK(closesocket(s) == 0 && closesocket(owner) == 0);
}

TEST(a_connect_that_does_not_wait_fails_in_the_third_set) {
    SOCKADDR_IN6 address;
    FD_SET write, except;
    int error = 0, length = sizeof error;
    TIMEVAL limit = {20, 0};
    SOCKET owner = bound(SOCK_STREAM, &address), s = socket(AF_INET6, SOCK_STREAM, 0);
    not_blocking(s);
    CHECK(connect(s, (SOCKADDR *)&address, sizeof address) == SOCKET_ERROR);
    if (WSAGetLastError() == WSAEWOULDBLOCK) { /* on one machine the refusal may be there at once */
        FD_ZERO(&write);
        FD_ZERO(&except);
        FD_SET(s, &write);
        FD_SET(s, &except);
        CHECK(select(0, NULL, &write, &except, &limit) == 1 && FD_ISSET(s, &except) && !FD_ISSET(s, &write));
        CHECK(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &length) == 0 && error == WSAECONNREFUSED);
    } else {
        CHECK(WSAGetLastError() == WSAECONNREFUSED);
    }
    CHECK(closesocket(s) == 0 && closesocket(owner) == 0);
}

TEST(select_needs_no_count) {
    SOCKET first, second;
    FD_SET read, write, except;
    TIMEVAL limit = {20, 0}, none = {0, 0};
    pair(&first, &second);
    FD_ZERO(&read);
    FD_SET(second, &read);
    CHECK(select(0, &read, NULL, NULL, &none) == 0 && !FD_ISSET(second, &read));
    CHECK(send(first, "x", 1, 0) == 1);
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    FD_SET(second, &read);
    FD_SET(second, &write);
    FD_SET(second, &except);
    CHECK(select(0, &read, &write, &except, &limit) == 2);
    CHECK(FD_ISSET(second, &read) && FD_ISSET(second, &write) && !FD_ISSET(second, &except));
    CHECK(closesocket(first) == 0);
    FD_ZERO(&read);
    FD_SET(first, &read);
    CHECK_WSA(select(0, &read, NULL, NULL, &none), WSAENOTSOCK);
    CHECK(closesocket(second) == 0);
}

TEST(sending_to_a_reset_connection_raises_no_signal) {
    SOCKET first, second;
    LINGER abort = {1, 0};
    int sent, tries = 0;
    pair(&first, &second);
    CHECK(setsockopt(second, SOL_SOCKET, SO_LINGER, (const char *)&abort, sizeof abort) == 0 &&
          closesocket(second) == 0);
    do {
        sent = send(first, "x", 1, 0);
    } while (sent == 1 && tries++ < 1000);
    CHECK(sent == SOCKET_ERROR && WSAGetLastError() == WSAECONNRESET);
    CHECK_WSA(send(first, "x", 1, 0), WSAECONNRESET);
    CHECK(closesocket(first) == 0);
}

TEST(an_accepted_socket_waits_as_its_listener_does) {
    SOCKADDR_IN6 address;
    char byte;
    SOCKET listener = bound(SOCK_STREAM, &address), s = socket(AF_INET6, SOCK_STREAM, 0);
    not_blocking(listener);
    CHECK(listen(listener, 1) == 0);
    WSASetLastError(0);
    SOCKET accepted = accept(listener, NULL, NULL);
    CHECK(accepted == INVALID_SOCKET && WSAGetLastError() == WSAEWOULDBLOCK);
    CHECK(connect(s, (SOCKADDR *)&address, sizeof address) == 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_WSA(recv(accepted, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK(closesocket(s) == 0 && closesocket(accepted) == 0 && closesocket(listener) == 0);
}

TEST(one_port_serves_both_families) {
    SOCKADDR_IN6 six = {.sin6_family = AF_INET6};
    SOCKADDR_IN four = {.sin_family = AF_INET};
    int length = sizeof six, only = 0, size = sizeof only;
    SOCKET first = socket(AF_INET6, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(getsockopt(first, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, &size) == 0 && only == 1);
    CHECK(bind(first, (SOCKADDR *)&six, sizeof six) == 0 && getsockname(first, (SOCKADDR *)&six, &length) == 0);
    four.sin_port = six.sin6_port;
    CHECK(bind(second, (SOCKADDR *)&four, sizeof four) == 0);
    CHECK_WSA(bind(second, (SOCKADDR *)&four, sizeof four), WSAEINVAL);
    CHECK(closesocket(first) == 0 && closesocket(second) == 0);
}

TEST(options_only_windows_has) {
    SOCKADDR_IN6 address;
    BOOL on = TRUE;
    LINGER linger = {1, 5};
    int length = sizeof linger;
    SOCKET s = bound(SOCK_STREAM, &address), other = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(setsockopt(other, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&on, sizeof on) == 0);
    CHECK_WSA(bind(other, (SOCKADDR *)&address, sizeof address), WSAEADDRINUSE);
    CHECK(setsockopt(s, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof linger) == 0);
    CHECK(setsockopt(s, SOL_SOCKET, SO_DONTLINGER, (const char *)&on, sizeof on) == 0);
    CHECK(getsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, &length) == 0 && linger.l_onoff == 0);
    CHECK(closesocket(s) == 0 && closesocket(other) == 0);
}

TEST(what_is_no_socket_is_refused) {
    char byte;
    u_long on = 1;
    SOCKADDR_IN6 address = {.sin6_family = AF_INET6};
    int length = sizeof address;
    CHECK_WSA(closesocket(INVALID_SOCKET), WSAENOTSOCK);
    CHECK_WSA(closesocket((SOCKET)0x100000000ull), WSAENOTSOCK); /* would be descriptor 0, cut to 32 bits */
    FILE *file = fopen("/dev/null", "r");
    CHECK_WSA(closesocket((SOCKET)fileno(file)), WSAENOTSOCK);
    CHECK(fgetc(file) == EOF && !ferror(file)); /* still open */
    CHECK_WSA(recv((SOCKET)fileno(file), &byte, 1, 0), WSAENOTSOCK);
    CHECK_WSA(ioctlsocket((SOCKET)fileno(file), FIONREAD, &on), WSAENOTSOCK);
    fclose(file);
    CHECK_WSA(listen(INVALID_SOCKET, 1), WSAENOTSOCK);
    CHECK_WSA(getpeername(INVALID_SOCKET, (SOCKADDR *)&address, &length), WSAENOTSOCK);
    CHECK_WSA(shutdown(INVALID_SOCKET, SD_BOTH), WSAENOTSOCK);
}

TEST(ways_to_call_a_socket_wrongly) {
    SOCKADDR_IN6 address;
    char byte, name[2];
    int length = sizeof address;
    DWORD narrow = 0;
    WSASetLastError(0);
    SOCKET s = socket(12345, SOCK_STREAM, 0);
    CHECK(s == INVALID_SOCKET && WSAGetLastError() == WSAEAFNOSUPPORT);
    CHECK(WSASocketW(AF_INET, SOCK_STREAM, 0, &byte, 0, 0) == INVALID_SOCKET && WSAGetLastError() == WSAEINVAL);
    s = WSASocketW(AF_INET6, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    CHECK_WSA(getpeername(s, (SOCKADDR *)&address, &length), WSAENOTCONN);
    CHECK_WSA(recv(s, &byte, 1, 0), WSAENOTCONN);
    CHECK_WSA(ioctlsocket(s, 0x7777, &narrow), WSAEOPNOTSUPP);
    CHECK_WSA(setsockopt(s, SOL_SOCKET, 0x7777, &length, sizeof length), WSAENOPROTOOPT);
    CHECK(ioctlsocket(s, FIONBIO, &narrow) == 0); /* a 32-bit number does, too */
    CHECK_WSA(gethostname(name, 1), WSAEFAULT);
    CHECK(closesocket(s) == 0);
    s = bound(SOCK_DGRAM, &address);
    CHECK_WSA(listen(s, 1), WSAEOPNOTSUPP);
    CHECK(closesocket(s) == 0);
}

TEST(success_leaves_the_last_error_alone) {
    SOCKADDR_IN6 address;
    WSASetLastError(4711);
    SOCKET s = bound(SOCK_DGRAM, &address);
    CHECK(closesocket(s) == 0 && WSAGetLastError() == 4711);
}

TEST(machine_names_the_old_way) {
    char name[256];
    CHECK(gethostname(name, sizeof name) == 0 && name[0]);
    HOSTENT *host = gethostbyname("127.0.0.1");
    CHECK(host && host->h_addrtype == AF_INET && host->h_length == 4 && !memcmp(host->h_addr_list[0], "\x7f\0\0\1", 4));
}
