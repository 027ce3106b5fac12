/*
 * ws2def.h - socket addresses: the system's structures under their Windows names, and lists of them.
 *
 * With PEERAPI_CDEF, where no system header can be read, the same structures are spelled out as Linux defines them.
 */
#ifndef PEERAPI_WS2DEF_H
#define PEERAPI_WS2DEF_H

#include "windef.h"

#ifdef PEERAPI_CDEF

struct sockaddr {
    unsigned short sa_family;
    char sa_data[14];
};
struct in_addr {
    unsigned int s_addr;
};
struct sockaddr_in {
    unsigned short sin_family;
    unsigned short sin_port;
    struct in_addr sin_addr;
    unsigned char sin_zero[8];
};
struct in6_addr {
    union {
        unsigned char __u6_addr8[16];
        unsigned short __u6_addr16[8];
        unsigned int __u6_addr32[4];
    } __in6_u;
};
struct sockaddr_in6 {
    unsigned short sin6_family;
    unsigned short sin6_port;
    unsigned int sin6_flowinfo;
    struct in6_addr sin6_addr;
    unsigned int sin6_scope_id;
};
struct sockaddr_storage {
    unsigned short ss_family;
    char __ss_padding[118];
    unsigned long __ss_align;
};

#else

#include <sys/types.h>
#include <sys/select.h>

/*
 * C has no overloading, so where nobody has read <sys/socket.h> yet its functions are read here under other names and
 * winsock2.h declares them with the types of Windows. Else they keep their types (and C++ keeps them always).
 */
#if !defined(__cplusplus) && !defined(_SYS_SOCKET_H) && !defined(PEERAPI_BUILDING) && !defined(PEERAPI_SYSTEM_SOCKETS)
#define PEERAPI_SOCKET_NAMES_FREE
#define socket peerapi_hidden_socket
#define bind peerapi_hidden_bind
#define listen peerapi_hidden_listen
#define accept peerapi_hidden_accept
#define connect peerapi_hidden_connect
#define shutdown peerapi_hidden_shutdown
#define send peerapi_hidden_send
#define sendto peerapi_hidden_sendto
#define recv peerapi_hidden_recv
#define recvfrom peerapi_hidden_recvfrom
#define getsockopt peerapi_hidden_getsockopt
#define setsockopt peerapi_hidden_setsockopt
#define getsockname peerapi_hidden_getsockname
#define getpeername peerapi_hidden_getpeername
#endif
#include <sys/socket.h>
#ifdef PEERAPI_SOCKET_NAMES_FREE
#undef socket
#undef bind
#undef listen
#undef accept
#undef connect
#undef shutdown
#undef send
#undef sendto
#undef recv
#undef recvfrom
#undef getsockopt
#undef setsockopt
#undef getsockname
#undef getpeername
#endif
#include <netinet/in.h>
#include <arpa/inet.h>
#include <netdb.h>

/* The BSD names, where the chosen C standard makes the system leave them out. */
#ifndef __u_char_defined
#define __u_char_defined
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
#endif

/* Room for an address as text, which on Windows counts port and scope too. */
#undef INET_ADDRSTRLEN
#define INET_ADDRSTRLEN 22
#undef INET6_ADDRSTRLEN
#define INET6_ADDRSTRLEN 65

/* Options whose names the system keeps elsewhere or does not have. */
#ifndef TCP_NODELAY
#define TCP_NODELAY 1
#endif
#define SO_EXCLUSIVEADDRUSE ((int)(~SO_REUSEADDR))
#define SO_DONTLINGER ((int)(~SO_LINGER))

#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned short ADDRESS_FAMILY;

typedef struct sockaddr SOCKADDR, *PSOCKADDR, *LPSOCKADDR;
typedef struct sockaddr_in SOCKADDR_IN, *PSOCKADDR_IN, *LPSOCKADDR_IN;
typedef struct sockaddr_storage SOCKADDR_STORAGE, *PSOCKADDR_STORAGE, *LPSOCKADDR_STORAGE;
typedef struct in_addr IN_ADDR, *PIN_ADDR, *LPIN_ADDR;
#ifndef PEERAPI_CDEF
typedef struct linger LINGER, *PLINGER, *LPLINGER;
typedef struct timeval TIMEVAL, *PTIMEVAL, *LPTIMEVAL;
typedef struct hostent HOSTENT, *PHOSTENT, *LPHOSTENT;
typedef struct servent SERVENT, *PSERVENT, *LPSERVENT;
typedef struct protoent PROTOENT, *PPROTOENT, *LPPROTOENT;
#endif

/* An address with its length in bytes. */
typedef struct _SOCKET_ADDRESS {
    LPSOCKADDR lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS, *PSOCKET_ADDRESS, *LPSOCKET_ADDRESS;

/* iAddressCount addresses; the array really is that long. */
typedef struct _SOCKET_ADDRESS_LIST {
    INT iAddressCount;
    SOCKET_ADDRESS Address[1];
} SOCKET_ADDRESS_LIST, *PSOCKET_ADDRESS_LIST, *LPSOCKET_ADDRESS_LIST;
/* Bytes of a list of so many. */
#define SIZEOF_SOCKET_ADDRESS_LIST(count) (offsetof(SOCKET_ADDRESS_LIST, Address) + (count) * sizeof(SOCKET_ADDRESS))

/* Where a service is, as name space queries answer. */
typedef struct _CSADDR_INFO {
    SOCKET_ADDRESS LocalAddr;
    SOCKET_ADDRESS RemoteAddr;
    INT iSocketType;
    INT iProtocol;
} CSADDR_INFO, *PCSADDR_INFO, *LPCSADDR_INFO;

#ifdef __cplusplus
}
#endif

#endif
