/* rpcdce.h - UUIDs: made, compared, spelled. Made ones are random (version 4). */
#ifndef PEERAPI_RPCDCE_H
#define PEERAPI_RPCDCE_H

#include "rpc.h"
#include "winerror.h"

EXTERN_C_START

#ifndef UUID_DEFINED
#define UUID_DEFINED
typedef GUID UUID;
#endif

typedef unsigned char *RPC_CSTR;
typedef WCHAR *RPC_WSTR;
typedef const WCHAR *RPC_CWSTR;

#ifndef RPC_S_OK
#define RPC_S_OK 0
#endif
#ifndef RPC_S_INVALID_ARG
#define RPC_S_INVALID_ARG 87
#endif
#ifndef RPC_S_OUT_OF_MEMORY
#define RPC_S_OUT_OF_MEMORY 14
#endif
#ifndef RPC_S_INVALID_STRING_UUID
#define RPC_S_INVALID_STRING_UUID 1705
#endif

WINBASEAPI RPC_STATUS RPC_ENTRY UuidCreate(UUID *uuid);
WINBASEAPI RPC_STATUS RPC_ENTRY UuidCreateSequential(UUID *uuid);
WINBASEAPI RPC_STATUS RPC_ENTRY UuidCreateNil(UUID *uuid);
/* The string is freed with RpcStringFree. */
WINBASEAPI RPC_STATUS RPC_ENTRY UuidToStringA(const UUID *uuid, RPC_CSTR *text);
WINBASEAPI RPC_STATUS RPC_ENTRY UuidToStringW(const UUID *uuid, RPC_WSTR *text);
/* NULL text gives the nil UUID. */
WINBASEAPI RPC_STATUS RPC_ENTRY UuidFromStringA(RPC_CSTR text, UUID *uuid);
WINBASEAPI RPC_STATUS RPC_ENTRY UuidFromStringW(RPC_WSTR text, UUID *uuid);
WINBASEAPI RPC_STATUS RPC_ENTRY RpcStringFreeA(RPC_CSTR *text);
WINBASEAPI RPC_STATUS RPC_ENTRY RpcStringFreeW(RPC_WSTR *text);
/* A NULL UUID pointer stands for the nil UUID. */
WINBASEAPI int RPC_ENTRY UuidCompare(UUID *first, UUID *second, RPC_STATUS *status);
WINBASEAPI int RPC_ENTRY UuidEqual(UUID *first, UUID *second, RPC_STATUS *status);
WINBASEAPI int RPC_ENTRY UuidIsNil(UUID *uuid, RPC_STATUS *status);
WINBASEAPI unsigned short RPC_ENTRY UuidHash(UUID *uuid, RPC_STATUS *status);

#ifdef UNICODE
#define UuidToString UuidToStringW
#define UuidFromString UuidFromStringW
#define RpcStringFree RpcStringFreeW
#else
#define UuidToString UuidToStringA
#define UuidFromString UuidFromStringA
#define RpcStringFree RpcStringFreeA
#endif

EXTERN_C_END

#if defined(__cplusplus) && !defined(PEERAPI_BUILDING)
/* On Windows RPC_WSTR is unsigned short * in C++; programs that say so find these. */
extern "C++" {
static inline RPC_STATUS UuidToStringW(const UUID *uuid, unsigned short **text) {
    return UuidToStringW(uuid, reinterpret_cast<RPC_WSTR *>(text));
}
static inline RPC_STATUS UuidFromStringW(const unsigned short *text, UUID *uuid) {
    return UuidFromStringW(reinterpret_cast<RPC_WSTR>(const_cast<unsigned short *>(text)), uuid);
}
static inline RPC_STATUS RpcStringFreeW(unsigned short **text) {
    return RpcStringFreeW(reinterpret_cast<RPC_WSTR *>(text));
}
}
#endif

#endif
