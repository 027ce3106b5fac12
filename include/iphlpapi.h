/* iphlpapi.h - interfaces by number and name: if_nametoindex and if_indextoname are the system's. */
#ifndef PEERAPI_IPHLPAPI_H
#define PEERAPI_IPHLPAPI_H

#include "winsock2.h"
#include "ws2ipdef.h"
#include <net/if.h>

typedef ULONG NET_IFINDEX, *PNET_IFINDEX, IF_INDEX;

#endif
