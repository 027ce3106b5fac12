/* netinet/in.h - the system's header, in which the members of in6_addr get the names they have on Windows: u.Byte and
 * u.Word. The macros stay, for the system's own macros go on using its names. */
#pragma GCC system_header
#ifndef PEERAPI_NETINET_IN_H
#define PEERAPI_NETINET_IN_H
#define __in6_u u
#define __u6_addr8 Byte
#define __u6_addr16 Word
#endif
#include_next <netinet/in.h>
