// Sockets in C++17: what is called with a SOCKET is Winsock, what is called with an int is the system's.
#include <functional>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mstcpip.h>
#include <iphlpapi.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

static int failures;

#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) {                                            \
            std::fprintf(stderr, "%d: %s\n", __LINE__, #condition);    \
            failures++;                                                \
        }                                                              \
    } while (0)

struct Names { // members may be called as the functions are
    int send(int value) { return value; }
    int accept() { return 2; }
};

int main() {
    WSADATA data;
    SOCKADDR_IN6 address, from;
    char buffer[8];
    int length = sizeof address;
    socklen_t systemLength = sizeof from;
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
    IN6ADDR_SETLOOPBACK(&address);
    CHECK(IN6ADDR_ISLOOPBACK(&address) && !IN6ADDR_ISANY(&address));
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    u_long on = 1;
    CHECK(s != INVALID_SOCKET && ioctlsocket(s, FIONBIO, &on) == 0);
    CHECK(bind(s, reinterpret_cast<SOCKADDR *>(&address), sizeof address) == 0);
    CHECK(getsockname(s, reinterpret_cast<SOCKADDR *>(&address), &length) == 0);
    CHECK(recv(s, buffer, sizeof buffer, 0) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK && errno == EAGAIN);
    CHECK(sendto(s, "hello", 5, 0, reinterpret_cast<SOCKADDR *>(&address), length) == 5);
    CHECK(recvfrom(s, buffer, sizeof buffer, 0, reinterpret_cast<SOCKADDR *>(&from), &systemLength) == 5);
    CHECK(from.sin6_port == address.sin6_port && std::memcmp(buffer, "hello", 5) == 0);
    CHECK(recvfrom(s, buffer, sizeof buffer, 0, nullptr, nullptr) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK);
    FD_SET set;
    timeval none = {0, 0};
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK(select(0, &set, nullptr, nullptr, &none) == 0 && !FD_ISSET(s, &set));
    CHECK(accept(s, NULL, NULL) == INVALID_SOCKET && WSAGetLastError() == WSAEOPNOTSUPP);
    CHECK(accept(s, nullptr, nullptr) == INVALID_SOCKET && listen(s, 1) == SOCKET_ERROR && shutdown(s, SD_BOTH) == SOCKET_ERROR);
    DWORD limit = 100;
    CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, reinterpret_cast<const char *>(&limit), sizeof limit) == 0);
    length = sizeof limit;
    CHECK(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, reinterpret_cast<char *>(&limit), &length) == 0 && limit == 100);
    int descriptor = static_cast<int>(s);
    WSASetLastError(0);
    CHECK(::recv(descriptor, buffer, sizeof buffer, MSG_DONTWAIT) == -1 && errno == EAGAIN && WSAGetLastError() == 0);
    WCHAR text[INET6_ADDRSTRLEN];
    CHECK(InetNtopW(AF_INET6, &address.sin6_addr, text, INET6_ADDRSTRLEN) == text && text[2] == '1' && text[3] == 0);
    auto bound = std::bind(&Names::send, Names(), 7);
    CHECK(bound() == 7 && Names().accept() == 2);
    CHECK(closesocket(s) == 0 && closesocket(s) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    CHECK(WSACleanup() == 0);
    std::puts(failures ? "FAILED" : "ok");
    return failures != 0;
}
