/* ws2ipdef.h - IPv6 names. SOCKADDR_IN6 is the system's structure; it has sin6_scope_id but no sin6_scope_struct. */
#ifndef PEERAPI_WS2IPDEF_H
#define PEERAPI_WS2IPDEF_H

#include "ws2def.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct in6_addr in6_addr;
#define in_addr6 in6_addr
typedef struct in6_addr IN6_ADDR, *PIN6_ADDR, *LPIN6_ADDR;
typedef struct sockaddr_in6 SOCKADDR_IN6, *PSOCKADDR_IN6, *LPSOCKADDR_IN6;
typedef SOCKADDR_IN6 SOCKADDR_IN6_LH, *PSOCKADDR_IN6_LH;

/* Room for either kind of address. */
typedef union _SOCKADDR_INET {
    SOCKADDR_IN Ipv4;
    SOCKADDR_IN6 Ipv6;
    ADDRESS_FAMILY si_family;
} SOCKADDR_INET, *PSOCKADDR_INET;

#ifdef __cplusplus
}
#endif

#endif
