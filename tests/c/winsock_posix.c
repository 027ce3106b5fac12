/* A program for this system that uses the peer functions and the system's own socket headers: it compiles as it would
 * without them, and errno still tells. SYSTEM_FIRST: its headers come before ours. */
#define _GNU_SOURCE
#ifdef SYSTEM_FIRST
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#include <p2p.h>
#ifndef SYSTEM_FIRST
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#endif
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

/* Members may be called as the functions are. */
static const struct {
    int (*accept)(int), (*send)(int), (*socket)(int);
} names = {0};

int main(void) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t length = sizeof address;
    char buffer[8], host[256];
    int s, on = 1;
    if ((s = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0)) < 0 || names.accept || names.send || names.socket)
        return 1;
    if (setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
        return 2;
    if (bind(s, (struct sockaddr *)&address, sizeof address) < 0)
        return 3;
    if (getsockname(s, (struct sockaddr *)&address, &length) < 0)
        return 4;
    ssize_t got = recv(s, buffer, sizeof buffer, 0);
    if (got != -1 || errno != EAGAIN || GetLastError() != EXPECTED)
        return 5;
    if (sendto(s, "hello", 5, 0, (struct sockaddr *)&address, length) != 5)
        return 6;
    if (recvfrom(s, buffer, sizeof buffer, 0, NULL, NULL) != 5 || memcmp(buffer, "hello", 5))
        return 7;
    if (gethostname(host, sizeof host) != 0 || connect(s, (struct sockaddr *)&address, length) != 0)
        return 8;
    if (send(s, "again", 5, 0) != 5 || read(s, buffer, sizeof buffer) != 5)
        return 9;
    if (listen(s, 1) != -1 || errno != EOPNOTSUPP || accept(s, NULL, NULL) != -1)
        return 10;
    if (close(s) != 0 || shutdown(s, SHUT_RDWR) != -1 || errno != EBADF)
        return 11;
    puts("ok");
    return 0;
}
