/* inaddr.h - IPv4 addresses. */
#ifndef PEERAPI_INADDR_H
#define PEERAPI_INADDR_H

#include "ws2def.h"

#endif
