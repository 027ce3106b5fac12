/*
 * pnrpns.h - PNRP as a Winsock name space: WSASetService publishes, WSALookupServiceBegin and Next resolve.
 *
 * The blob of a WSAQUERYSET is one of the structures below. PNRP_USE_V1_API selects the form without extended payload;
 * programs for systems before Vista get it without asking.
 */
#ifndef PEERAPI_PNRPNS_H
#define PEERAPI_PNRPNS_H

#include "peerapi_compiler.h"
#include "windef.h"
#include "guiddef.h"
#include "winsock2.h"
#include "pnrpdef.h"

#if !defined(PNRP_USE_V1_API) && !defined(PNRP_USE_V2_API)
#if _WIN32_WINNT >= 0x0600
#define PNRP_USE_V2_API
#else
#define PNRP_USE_V1_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Name spaces: names, and the clouds they live in. */
#ifndef NS_PNRPNAME
#define NS_PNRPNAME 38
#endif
#ifndef NS_PNRPCLOUD
#define NS_PNRPCLOUD 39
#endif

/* The providers of the two name spaces, and the service classes of their queries. */
DEFINE_GUID(NS_PROVIDER_PNRPNAME, 0x03fe89cd, 0x766d, 0x4976, 0xb9, 0xc1, 0xbb, 0x9b, 0xc4, 0x2c, 0x7b, 0x4d);
DEFINE_GUID(NS_PROVIDER_PNRPCLOUD, 0x03fe89ce, 0x766d, 0x4976, 0xb9, 0xc1, 0xbb, 0x9b, 0xc4, 0x2c, 0x7b, 0x4d);
DEFINE_GUID(SVCID_PNRPCLOUD, 0xc2239ce6, 0x00c0, 0x4fbf, 0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a);
DEFINE_GUID(SVCID_PNRPNAME_V1, 0xc2239ce5, 0x00c0, 0x4fbf, 0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a);
DEFINE_GUID(SVCID_PNRPNAME_V2, 0xc2239ce7, 0x00c0, 0x4fbf, 0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a);
#ifdef PNRP_USE_V1_API
#define SVCID_PNRPNAME SVCID_PNRPNAME_V1
#else
#define SVCID_PNRPNAME SVCID_PNRPNAME_V2
#endif

/* dwFlags: saHint is filled in. */
#define PNRPINFO_HINT 0x00000001

/* What to publish or look for. */
typedef struct _PNRPINFO_V1 {
    DWORD dwSize;
    LPWSTR lpwszIdentity;  /* identity that publishes */
    DWORD nMaxResolve;  /* most results wanted */
    DWORD dwTimeout;  /* seconds */
    DWORD dwLifetime;  /* seconds */
    PNRP_RESOLVE_CRITERIA enResolveCriteria;
    DWORD dwFlags;  /* PNRPINFO_HINT or 0 */
    SOCKET_ADDRESS saHint;
    PNRP_REGISTERED_ID_STATE enNameState;
} PNRPINFO_V1, *PPNRPINFO_V1;

/* The same with an extended payload; enExtendedPayloadType tells which member of the union counts. */
typedef struct _PNRPINFO_V2 {
    DWORD dwSize;
    LPWSTR lpwszIdentity;  /* identity that publishes */
    DWORD nMaxResolve;  /* most results wanted */
    DWORD dwTimeout;  /* seconds */
    DWORD dwLifetime;  /* seconds */
    PNRP_RESOLVE_CRITERIA enResolveCriteria;
    DWORD dwFlags;  /* PNRPINFO_HINT or 0 */
    SOCKET_ADDRESS saHint;
    PNRP_REGISTERED_ID_STATE enNameState;
    PNRP_EXTENDED_PAYLOAD_TYPE enExtendedPayloadType;
    PEERAPI_NAMELESS union {
        BLOB blobPayload;
        PWSTR pwszPayload;
    };
} PNRPINFO_V2, *PPNRPINFO_V2;

#ifdef PNRP_USE_V1_API
typedef PNRPINFO_V1 PNRPINFO;
typedef PPNRPINFO_V1 PPNRPINFO;
#else
typedef PNRPINFO_V2 PNRPINFO;
typedef PPNRPINFO_V2 PPNRPINFO;
#endif

/* One cloud, as listed by a query in NS_PNRPCLOUD. */
typedef struct _PNRPCLOUDINFO {
    DWORD dwSize;
    PNRP_CLOUD_ID Cloud;
    PNRP_CLOUD_STATE enCloudState;
    PNRP_CLOUD_FLAGS enCloudFlags;
} PNRPCLOUDINFO, *PPNRPCLOUDINFO;

#ifdef __cplusplus
}
#endif

#endif
