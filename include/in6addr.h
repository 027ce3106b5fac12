/* in6addr.h - IPv6 addresses: in6_addr, its members u.Byte and u.Word (in network byte order), and its older name. */
#ifndef PEERAPI_IN6ADDR_H
#define PEERAPI_IN6ADDR_H

#include "ws2ipdef.h"

#endif
