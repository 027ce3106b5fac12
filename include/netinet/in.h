/* netinet/in.h - the system's header, in which the members of in6_addr get the names they have on Windows: u.Byte and
 * u.Word. The macros stay, for the system's own macros go on using its names. */
#pragma GCC system_header
#ifndef PEERAPI_NETINET_IN_H
#define PEERAPI_NETINET_IN_H
#define __in6_u u
#define __u6_addr8 Byte
#define __u6_addr16 Word
#endif
#if defined(PEERAPI_S_UN) && !defined(PEERAPI_NETINET_IN_ADDR)
/* With PEERAPI_S_UN in_addr has S_un.S_addr beside s_addr; compilers then want more braces around its values. The field
 * of no bits stands where the system has its only member. */
#define PEERAPI_NETINET_IN_ADDR
#define s_addr                    \
    : 0;                          \
    union {                       \
        in_addr_t s_addr;         \
        struct {                  \
            in_addr_t S_addr;     \
        } S_un;                   \
    }
#include_next <netinet/in.h>
#undef s_addr
#else
#include_next <netinet/in.h>
#endif
