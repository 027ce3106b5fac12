/* rpc.h - of remote procedure calls, the UUID functions. */
#ifndef PEERAPI_RPC_H
#define PEERAPI_RPC_H

#include "windef.h"

#define RPC_ENTRY WINAPI
#define __RPC_FAR
#define __RPC_USER WINAPI
typedef LONG RPC_STATUS;

#include "rpcdce.h"

#endif
