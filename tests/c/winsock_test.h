/* winsock_test.h - what the socket tests share. */
#ifndef WINSOCK_TEST_H
#define WINSOCK_TEST_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include "win32_test.h"

/* Sockets in use for the length of a test. */
#define WITH_WINSOCK(data) \
    WSADATA data;          \
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0)
#define DONE CHECK(WSACleanup() == 0)

/* A socket call fails, and says why. */
#define CHECK_WSA(call, error)               \
    do {                                     \
        WSASetLastError(0xdead);             \
        CHECK((call) == SOCKET_ERROR);       \
        CHECK(WSAGetLastError() == (error)); \
    } while (0)

#endif
