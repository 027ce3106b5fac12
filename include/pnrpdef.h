/* pnrpdef.h - words of the Peer Name Resolution Protocol that both its interfaces (pnrpns.h and p2p.h) use. */
#ifndef PEERAPI_PNRPDEF_H
#define PEERAPI_PNRPDEF_H

#include "peerapi_compiler.h"
#include "windef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A name has at most this many addresses, and this many bytes of extended payload. */
#define PNRP_MAX_ENDPOINT_ADDRESSES 10
#define PNRP_MAX_EXTENDED_PAYLOAD_BYTES 0x1000

/* Names of the scopes as they appear in cloud names. */
#define WSZ_SCOPE_GLOBAL PEERAPI_WIDE("GLOBAL", 'G', 'L', 'O', 'B', 'A', 'L')
#define WSZ_SCOPE_SITELOCAL PEERAPI_WIDE("SITELOCAL", 'S', 'I', 'T', 'E', 'L', 'O', 'C', 'A', 'L')
#define WSZ_SCOPE_LINKLOCAL PEERAPI_WIDE("LINKLOCAL", 'L', 'I', 'N', 'K', 'L', 'O', 'C', 'A', 'L')

/* How far a cloud reaches. */
typedef enum _PNRP_SCOPE {
    PNRP_SCOPE_ANY = 0,
    PNRP_GLOBAL_SCOPE = 1,
    PNRP_SITE_LOCAL_SCOPE = 2,
    PNRP_LINK_LOCAL_SCOPE = 3
} PNRP_SCOPE, *PPNRP_SCOPE;

/* State of a cloud at this node. ALONE: running, but nobody else has been found. */
typedef enum _PNRP_CLOUD_STATE {
    PNRP_CLOUD_STATE_VIRTUAL = 0,
    PNRP_CLOUD_STATE_SYNCHRONISING = 1,
    PNRP_CLOUD_STATE_ACTIVE = 2,
    PNRP_CLOUD_STATE_DEAD = 3,
    PNRP_CLOUD_STATE_DISABLED = 4,
    PNRP_CLOUD_STATE_NO_NET = 5,
    PNRP_CLOUD_STATE_ALONE = 6
} PNRP_CLOUD_STATE;

/* Properties of a cloud: known on this machine only, good for resolving only, or with full part in it. */
typedef enum _PNRP_CLOUD_FLAGS {
    PNRP_CLOUD_NO_FLAGS = 0,
    PNRP_CLOUD_NAME_LOCAL = 1,
    PNRP_CLOUD_RESOLVE_ONLY = 2,
    PNRP_CLOUD_FULL_PARTICIPANT = 4
} PNRP_CLOUD_FLAGS;

/* Whether a published name is in order. */
typedef enum _PNRP_REGISTERED_ID_STATE {
    PNRP_REGISTERED_ID_STATE_OK = 1,
    PNRP_REGISTERED_ID_STATE_PROBLEM = 2
} PNRP_REGISTERED_ID_STATE;

/*
 * Which registrations of a name a search accepts: any, not this process's own, or not this machine's own; NEAREST
 * prefers close ones.
 */
typedef enum _PNRP_RESOLVE_CRITERIA {
    PNRP_RESOLVE_CRITERIA_DEFAULT = 0,
    PNRP_RESOLVE_CRITERIA_REMOTE_PEER_NAME = 1,
    PNRP_RESOLVE_CRITERIA_NEAREST_REMOTE_PEER_NAME = 2,
    PNRP_RESOLVE_CRITERIA_NON_CURRENT_PROCESS_PEER_NAME = 3,
    PNRP_RESOLVE_CRITERIA_NEAREST_NON_CURRENT_PROCESS_PEER_NAME = 4,
    PNRP_RESOLVE_CRITERIA_ANY_PEER_NAME = 5,
    PNRP_RESOLVE_CRITERIA_NEAREST_PEER_NAME = 6
} PNRP_RESOLVE_CRITERIA;

/* What the payload of a name holds. */
typedef enum _PNRP_EXTENDED_PAYLOAD_TYPE {
    PNRP_EXTENDED_PAYLOAD_TYPE_NONE = 0,
    PNRP_EXTENDED_PAYLOAD_TYPE_BINARY = 1,
    PNRP_EXTENDED_PAYLOAD_TYPE_STRING = 2
} PNRP_EXTENDED_PAYLOAD_TYPE, *PPNRP_EXTENDED_PAYLOAD_TYPE;

/* Names one cloud. */
typedef struct _PNRP_CLOUD_ID {
    INT AddressFamily;  /* AF_INET6 */
    PNRP_SCOPE Scope;
    ULONG ScopeId;  /* interface or site; 0 for the global cloud */
} PNRP_CLOUD_ID, *PPNRP_CLOUD_ID;

#ifdef __cplusplus
}
#endif

#endif
