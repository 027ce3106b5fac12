/* mstcpip.h - small helpers around addresses. */
#ifndef PEERAPI_MSTCPIP_H
#define PEERAPI_MSTCPIP_H

#include "winsock2.h"
#include "ws2tcpip.h"

/* Each fills or asks a whole socket address; the setters leave the port 0. */
static inline VOID IN6ADDR_SETANY(PSOCKADDR_IN6 address) {
    SOCKADDR_IN6 any = {AF_INET6, 0, 0, IN6ADDR_ANY_INIT, 0};
    *address = any;
}
static inline VOID IN6ADDR_SETLOOPBACK(PSOCKADDR_IN6 address) {
    SOCKADDR_IN6 loopback = {AF_INET6, 0, 0, IN6ADDR_LOOPBACK_INIT, 0};
    *address = loopback;
}
static inline BOOLEAN IN6ADDR_ISANY(const SOCKADDR_IN6 *address) {
    return (BOOLEAN)(__builtin_memcmp(&address->sin6_addr, &in6addr_any, sizeof in6addr_any) == 0);
}
static inline BOOLEAN IN6ADDR_ISLOOPBACK(const SOCKADDR_IN6 *address) {
    return (BOOLEAN)(__builtin_memcmp(&address->sin6_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0);
}
static inline BOOLEAN IN6_ADDR_EQUAL(const IN6_ADDR *first, const IN6_ADDR *second) {
    return (BOOLEAN)(__builtin_memcmp(first, second, sizeof *first) == 0);
}
static inline BOOLEAN IN4_IS_ADDR_LOOPBACK(const IN_ADDR *address) {
    return (BOOLEAN)(ntohl(address->s_addr) >> 24 == 127);
}
/* 10/8, 172.16/12, 192.168/16. */
static inline BOOLEAN IN4_IS_ADDR_RFC1918(const IN_ADDR *address) {
    DWORD number = ntohl(address->s_addr);
    return (BOOLEAN)(number >> 24 == 10 || number >> 20 == 0xAC1 || number >> 16 == 0xC0A8);
}

#endif
