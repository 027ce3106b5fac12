/*
 * drt.h - the Distributed Routing Table: keys of 256 bits, each registered by a node, found by any other.
 *
 * Results and events come in buffers of the caller; the functions ending in Size tell how large. Keys are 32 bytes.
 */
#ifndef PEERAPI_DRT_H
#define PEERAPI_DRT_H

#include "peerapi_compiler.h"
#include "windef.h"
#include "winerror.h"
#include "winsock2.h"
#include "ws2tcpip.h"
#include "wincrypt.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limits. Payloads are in bytes, the instance prefix in characters. */
#define DRT_MAX_PAYLOAD_SIZE 5120
#define DRT_MIN_ROUTING_ADDRESSES 1
#define DRT_MAX_ROUTING_ADDRESSES 20
#define DRT_MAX_INSTANCE_PREFIX_LEN 128
/* Scope ID that means the ISATAP interface; flag of a payload that withdraws its key. */
#define DRT_LINK_LOCAL_ISATAP_SCOPEID 0xffffffffu
#define DRT_PAYLOAD_REVOKED 1

/* Result codes. */
#define FACILITY_DRT 98
#define DRT_S_RETRY _HRESULT_TYPEDEF_(0x00621010)  /* A transient condition, try again. */
#define DRT_E_TIMEOUT _HRESULT_TYPEDEF_(0x80621001)  /* The search ran out of time. */
#define DRT_E_INVALID_KEY_SIZE _HRESULT_TYPEDEF_(0x80621002)  /* A key is not 32 bytes. */
#define DRT_E_INVALID_CERT_CHAIN _HRESULT_TYPEDEF_(0x80621004)  /* The certificate chain is not acceptable. */
#define DRT_E_INVALID_MESSAGE _HRESULT_TYPEDEF_(0x80621005)  /* A malformed protocol message was seen. */
#define DRT_E_NO_MORE _HRESULT_TYPEDEF_(0x80621006)  /* No more queued results or events. */
#define DRT_E_INVALID_MAX_ADDRESSES _HRESULT_TYPEDEF_(0x80621007)  /* ulMaxRoutingAddresses is outside 1..20. */
#define DRT_E_SEARCH_IN_PROGRESS _HRESULT_TYPEDEF_(0x80621008)  /* The search is still running; nothing new yet. */
/* The key does not match the one derived from the certificate. */
#define DRT_E_INVALID_KEY _HRESULT_TYPEDEF_(0x80621009)
/* cMaxEndpoints is 0, or above 1 together with any-match-in-range. */
#define DRT_E_INVALID_MAX_ENDPOINTS _HRESULT_TYPEDEF_(0x80621011)
#define DRT_E_INVALID_SEARCH_RANGE _HRESULT_TYPEDEF_(0x80621012)  /* Minimum equals maximum but the target differs. */
#define DRT_E_INVALID_PORT _HRESULT_TYPEDEF_(0x80622000)  /* The port pointer is missing. */
/* The transport handle is missing or incomplete. */
#define DRT_E_INVALID_TRANSPORT_PROVIDER _HRESULT_TYPEDEF_(0x80622001)
/* The security provider is missing or incomplete. */
#define DRT_E_INVALID_SECURITY_PROVIDER _HRESULT_TYPEDEF_(0x80622002)
#define DRT_E_STILL_IN_USE _HRESULT_TYPEDEF_(0x80622003)  /* The object is still referenced. */
/* The bootstrap provider is missing or incomplete. */
#define DRT_E_INVALID_BOOTSTRAP_PROVIDER _HRESULT_TYPEDEF_(0x80622004)
#define DRT_E_INVALID_ADDRESS _HRESULT_TYPEDEF_(0x80622005)  /* An address is not usable. */
/* The scope value is not global, site-local or link-local. */
#define DRT_E_INVALID_SCOPE _HRESULT_TYPEDEF_(0x80622006)
#define DRT_E_TRANSPORT_SHUTTING_DOWN _HRESULT_TYPEDEF_(0x80622007)  /* The transport is going down. */
#define DRT_E_NO_ADDRESSES_AVAILABLE _HRESULT_TYPEDEF_(0x80622008)  /* No local address is available. */
#define DRT_E_DUPLICATE_KEY _HRESULT_TYPEDEF_(0x80622009)  /* The key is already registered on this instance. */
#define DRT_E_TRANSPORTPROVIDER_IN_USE _HRESULT_TYPEDEF_(0x8062200A)  /* The transport is attached elsewhere. */
#define DRT_E_TRANSPORTPROVIDER_NOT_ATTACHED _HRESULT_TYPEDEF_(0x8062200B)  /* The transport is not attached. */
#define DRT_E_SECURITYPROVIDER_IN_USE _HRESULT_TYPEDEF_(0x8062200C)  /* The security provider is attached elsewhere. */
#define DRT_E_SECURITYPROVIDER_NOT_ATTACHED _HRESULT_TYPEDEF_(0x8062200D)  /* The security provider is not attached. */
/* The bootstrap provider is attached elsewhere. */
#define DRT_E_BOOTSTRAPPROVIDER_IN_USE _HRESULT_TYPEDEF_(0x8062200E)
/* The bootstrap provider is not attached. */
#define DRT_E_BOOTSTRAPPROVIDER_NOT_ATTACHED _HRESULT_TYPEDEF_(0x8062200F)
#define DRT_E_TRANSPORT_ALREADY_BOUND _HRESULT_TYPEDEF_(0x80622101)  /* The transport is already bound. */
#define DRT_E_TRANSPORT_NOT_BOUND _HRESULT_TYPEDEF_(0x80622102)  /* The transport is not bound. */
#define DRT_E_TRANSPORT_UNEXPECTED _HRESULT_TYPEDEF_(0x80622103)  /* Unexpected transport failure. */
#define DRT_E_TRANSPORT_INVALID_ARGUMENT _HRESULT_TYPEDEF_(0x80622104)  /* Bad argument to the transport. */
#define DRT_E_TRANSPORT_NO_DEST_ADDRESSES _HRESULT_TYPEDEF_(0x80622105)  /* No destination address to use. */
/* The transport is inside a callback; cannot be deleted now. */
#define DRT_E_TRANSPORT_EXECUTING_CALLBACK _HRESULT_TYPEDEF_(0x80622106)
#define DRT_E_TRANSPORT_ALREADY_EXISTS_FOR_SCOPE _HRESULT_TYPEDEF_(0x80622107)  /* Only one transport per scope. */
#define DRT_E_INVALID_SETTINGS _HRESULT_TYPEDEF_(0x80622108)  /* DRT_SETTINGS missing or dwSize wrong. */
#define DRT_E_INVALID_SEARCH_INFO _HRESULT_TYPEDEF_(0x80622109)  /* DRT_SEARCH_INFO dwSize wrong. */
#define DRT_E_FAULTED _HRESULT_TYPEDEF_(0x8062210A)  /* The instance is in the faulted state. */
#define DRT_E_TRANSPORT_STILL_BOUND _HRESULT_TYPEDEF_(0x8062210B)  /* The transport is still bound. */
#define DRT_E_INSUFFICIENT_BUFFER _HRESULT_TYPEDEF_(0x8062210C)  /* The caller buffer is too small. */
#define DRT_E_INVALID_INSTANCE_PREFIX _HRESULT_TYPEDEF_(0x8062210D)  /* The instance prefix is longer than 128. */
#define DRT_E_INVALID_SECURITY_MODE _HRESULT_TYPEDEF_(0x8062210E)  /* The security mode value is not defined. */
/* Needed algorithms or a local certificate are not available for the mode. */
#define DRT_E_CAPABILITY_MISMATCH _HRESULT_TYPEDEF_(0x8062210F)

/* A node, its key, a search, the transport it uses. */
typedef PVOID HDRT;
typedef PVOID HDRT_REGISTRATION_CONTEXT;
typedef PVOID HDRT_SEARCH_CONTEXT;
typedef PVOID HDRT_TRANSPORT;
typedef PVOID DRT_BOOTSTRAP_RESOLVE_CONTEXT;

/* How far a table reaches. */
typedef enum drt_scope_tag {
    DRT_GLOBAL_SCOPE = 1,
    DRT_SITE_LOCAL_SCOPE = 2,
    DRT_LINK_LOCAL_SCOPE = 3
} DRT_SCOPE;

/* State of a node: in the table, alone, without a network, or broken. */
typedef enum drt_status_tag {
    DRT_ACTIVE = 0,
    DRT_ALONE = 1,
    DRT_NO_NETWORK = 10,
    DRT_FAULTED = 20
} DRT_STATUS;

/* How a result relates to the key looked for. INTERMEDIATE: a node on the way, in iterative searches. */
typedef enum drt_match_type_tag {
    DRT_MATCH_EXACT = 0,
    DRT_MATCH_NEAR = 1,
    DRT_MATCH_INTERMEDIATE = 2
} DRT_MATCH_TYPE;

/* A key next to one of ours came or went. */
typedef enum drt_leafset_key_change_type_tag {
    DRT_LEAFSET_KEY_ADDED = 0,
    DRT_LEAFSET_KEY_DELETED = 1
} DRT_LEAFSET_KEY_CHANGE_TYPE;

/* What a node reports. */
typedef enum drt_event_type_tag {
    DRT_EVENT_STATUS_CHANGED = 0,
    DRT_EVENT_LEAFSET_KEY_CHANGED = 1,
    DRT_EVENT_REGISTRATION_STATE_CHANGED = 2
} DRT_EVENT_TYPE;

/* What is protected: the resolving only, membership too, or also the payload by encryption. */
typedef enum drt_security_mode_tag {
    DRT_SECURE_RESOLVE = 0,
    DRT_SECURE_MEMBERSHIP = 1,
    DRT_SECURE_CONFIDENTIALPAYLOAD = 2
} DRT_SECURITY_MODE;

/* Trouble with a registered key. */
typedef enum _DRT_REGISTRATION_STATE {
    DRT_REGISTRATION_STATE_UNRESOLVEABLE = 1
} DRT_REGISTRATION_STATE, *PDRT_REGISTRATION_STATE;

/* What a node on a search path answered, as a bit mask. */
typedef enum _DRT_ADDRESS_FLAGS {
    DRT_ADDRESS_FLAG_ACCEPTED = 1,
    DRT_ADDRESS_FLAG_REJECTED = 2,
    DRT_ADDRESS_FLAG_UNREACHABLE = 4,
    DRT_ADDRESS_FLAG_LOOP = 8,
    DRT_ADDRESS_FLAG_TOO_BUSY = 16,
    DRT_ADDRESS_FLAG_BAD_VALIDATE_ID = 32,
    DRT_ADDRESS_FLAG_SUSPECT_UNREGISTERED_ID = 64,
    DRT_ADDRESS_FLAG_INQUIRE = 128
} DRT_ADDRESS_FLAGS, *PDRT_ADDRESS_FLAGS;

/* Counted bytes. */
typedef struct drt_data_tag {
    ULONG cb;
    BYTE *pb;
} DRT_DATA, *PDRT_DATA;
typedef const DRT_DATA *PCDRT_DATA;

/* A key and what is published under it. */
typedef struct drt_registration_tag {
    DRT_DATA key;
    DRT_DATA appData;
} DRT_REGISTRATION, *PDRT_REGISTRATION;
typedef const DRT_REGISTRATION *PCDRT_REGISTRATION;

/* Brings addresses found by a bootstrap provider. fFatalError ends that search. */
typedef VOID (CALLBACK *DRT_BOOTSTRAP_RESOLVE_CALLBACK)(
    _In_ HRESULT hr,
    _In_ PVOID pvContext,
    _In_ SOCKET_ADDRESS_LIST *pAddresses,
    _In_ BOOL fFatalError);

/* Functions that sign, check and encrypt for a node. pvContext is their first argument. */
typedef struct drt_security_provider_tag {
    PVOID pvContext;
    HRESULT (*Attach)(const PVOID);
    void (*Detach)(const PVOID);
    HRESULT (*RegisterKey)(const PVOID, const DRT_REGISTRATION *, PVOID);
    HRESULT (*UnregisterKey)(const PVOID, const DRT_DATA *, PVOID);
    HRESULT (*ValidateAndUnpackPayload)(
        const PVOID, DRT_DATA *, DRT_DATA *, DRT_DATA *, DRT_DATA *, DRT_DATA *, BYTE *, BYTE *, DRT_DATA *,
        DRT_DATA *, CERT_PUBLIC_KEY_INFO **, SOCKET_ADDRESS_LIST **, DWORD *);
    HRESULT (*SecureAndPackPayload)(
        const PVOID, PVOID, BYTE, BYTE, DWORD, const DRT_DATA *, const DRT_DATA *, const SOCKET_ADDRESS_LIST *,
        const DRT_DATA *, DRT_DATA *, DRT_DATA *, DRT_DATA *, DRT_DATA *);
    void (*FreeData)(const PVOID, PVOID);
    HRESULT (*EncryptData)(const PVOID, const DRT_DATA *, DWORD, DRT_DATA *, DRT_DATA *, DRT_DATA *);
    HRESULT (*DecryptData)(const PVOID, DRT_DATA *, const PVOID, DWORD, DRT_DATA *);
    HRESULT (*GetSerializedCredential)(const PVOID, DRT_DATA *);
    HRESULT (*ValidateRemoteCredential)(const PVOID, DRT_DATA *);
    HRESULT (*SignData)(const PVOID, DWORD, DRT_DATA *, DRT_DATA *, DRT_DATA *);
    HRESULT (*VerifyData)(const PVOID, DWORD, DRT_DATA *, DRT_DATA *, DRT_DATA *, DRT_DATA *);
} DRT_SECURITY_PROVIDER, *PDRT_SECURITY_PROVIDER;
typedef const DRT_SECURITY_PROVIDER *PCDRT_SECURITY_PROVIDER;

/* Functions that find first nodes to talk to. pvContext is their first argument. */
typedef struct drt_bootstrap_provider_tag {
    PVOID pvContext;
    HRESULT (*Attach)(const PVOID);
    void (*Detach)(const PVOID);
    HRESULT (*InitResolve)(const PVOID, BOOL, ULONG, ULONG, DRT_BOOTSTRAP_RESOLVE_CONTEXT *, BOOL *);
    HRESULT (*IssueResolve)(
        const PVOID, const PVOID, DRT_BOOTSTRAP_RESOLVE_CALLBACK, DRT_BOOTSTRAP_RESOLVE_CONTEXT, BOOL *);
    void (*EndResolve)(const PVOID, DRT_BOOTSTRAP_RESOLVE_CONTEXT);
    HRESULT (*Register)(const PVOID, const SOCKET_ADDRESS_LIST *);
    void (*Unregister)(const PVOID);
} DRT_BOOTSTRAP_PROVIDER, *PDRT_BOOTSTRAP_PROVIDER;
typedef const DRT_BOOTSTRAP_PROVIDER *PCDRT_BOOTSTRAP_PROVIDER;

/* How to open a node. */
typedef struct drt_settings_tag {
    DWORD dwSize;
    ULONG cbKey;  /* 32 */
    BYTE bProtocolMajorVersion;
    BYTE bProtocolMinorVersion;
    ULONG ulMaxRoutingAddresses;
    PWSTR pwzDrtInstancePrefix;
    HDRT_TRANSPORT hTransport;
    DRT_SECURITY_PROVIDER *pSecurityProvider;
    DRT_BOOTSTRAP_PROVIDER *pBootstrapProvider;
    DRT_SECURITY_MODE eSecurityMode;
} DRT_SETTINGS, *PDRT_SETTINGS;
typedef const DRT_SETTINGS *PCDRT_SETTINGS;

/* How to search: for one key, or for a range between two. */
typedef struct drt_search_info_tag {
    DWORD dwSize;
    BOOL fIterative;
    BOOL fAllowCurrentInstanceMatch;
    BOOL fAnyMatchInRange;
    ULONG cMaxEndpoints;
    DRT_DATA *pMaximumKey;
    DRT_DATA *pMinimumKey;
} DRT_SEARCH_INFO, *PDRT_SEARCH_INFO;
typedef const DRT_SEARCH_INFO *PCDRT_SEARCH_INFO;

/* One node on a search path. */
typedef struct _DRT_ADDRESS {
    SOCKADDR_STORAGE socketAddress;
    ULONG flags;  /* DRT_ADDRESS_FLAGS */
    LONG nearness;
    ULONG latency;  /* milliseconds */
} DRT_ADDRESS, *PDRT_ADDRESS;

/* AddressCount nodes; the array really is that long. */
typedef struct _DRT_ADDRESS_LIST {
    ULONG AddressCount;
    DRT_ADDRESS AddressList[1];
} DRT_ADDRESS_LIST, *PDRT_ADDRESS_LIST;
typedef const DRT_ADDRESS_LIST *PCDRT_ADDRESS_LIST;

/* One result. */
typedef struct drt_search_result_tag {
    DWORD dwSize;
    DRT_MATCH_TYPE type;
    PVOID pvContext;  /* as given to DrtStartSearch */
    DRT_REGISTRATION registration;
} DRT_SEARCH_RESULT, *PDRT_SEARCH_RESULT;
typedef const DRT_SEARCH_RESULT *PCDRT_SEARCH_RESULT;

/* One event. type tells which member of the union counts. */
typedef struct drt_event_data_tag {
    DRT_EVENT_TYPE type;
    HRESULT hr;
    PVOID pvContext;
    PEERAPI_NAMELESS union {
        struct {
            DRT_LEAFSET_KEY_CHANGE_TYPE change;
            DRT_DATA localKey;
            DRT_DATA remoteKey;
        } leafsetKeyChange;
        struct {
            DRT_REGISTRATION_STATE state;
            DRT_DATA localKey;
        } registrationStateChange;
        struct {
            DRT_STATUS status;
            struct {
                ULONG cntAddress;
                PSOCKADDR_STORAGE pAddresses;
            } bootstrapAddresses;
        } statusChange;
    };
} DRT_EVENT_DATA, *PDRT_EVENT_DATA;
typedef const DRT_EVENT_DATA *PCDRT_EVENT_DATA;

/* Bootstraps through a peer name; with fPublish also publishes itself under it. */
HRESULT WINAPI DrtCreatePnrpBootstrapResolver(
    _In_ BOOL fPublish,
    _In_ PCWSTR pwzPeerName,
    _In_opt_ PCWSTR pwzCloudName,
    _In_opt_ PCWSTR pwzPublishingIdentity,
    _Outptr_ DRT_BOOTSTRAP_PROVIDER **ppResolver);

/* Destroys such a provider. */
VOID WINAPI DrtDeletePnrpBootstrapResolver(_In_ DRT_BOOTSTRAP_PROVIDER *pResolver);

/* Bootstraps from a known host and port. */
HRESULT WINAPI DrtCreateDnsBootstrapResolver(
    _In_ USHORT port,
    _In_ PCWSTR pwszAddress,
    _Outptr_ DRT_BOOTSTRAP_PROVIDER **ppModule);

/* Destroys such a provider. */
VOID WINAPI DrtDeleteDnsBootstrapResolver(_In_ DRT_BOOTSTRAP_PROVIDER *pResolver);

/* Makes a transport; *pwPort 0 takes any port and receives it. DRT_E_INVALID_PORT, DRT_E_INVALID_SCOPE. */
HRESULT WINAPI DrtCreateIpv6UdpTransport(
    _In_ DRT_SCOPE scope,
    _In_ ULONG dwScopeId,
    _In_ ULONG dwLocalityThreshold,
    _Inout_ USHORT *pwPort,
    _Out_ HDRT_TRANSPORT *phTransport);

/* Destroys a transport. DRT_E_TRANSPORT_STILL_BOUND, DRT_E_TRANSPORT_EXECUTING_CALLBACK. */
HRESULT WINAPI DrtDeleteIpv6UdpTransport(_In_ HDRT_TRANSPORT hTransport);

/* Makes a provider that derives keys from certificates. DRT_E_INVALID_CERT_CHAIN. */
HRESULT WINAPI DrtCreateDerivedKeySecurityProvider(
    _In_ PCCERT_CONTEXT pRootCert,
    _In_opt_ PCCERT_CONTEXT pLocalCert,
    _Outptr_ DRT_SECURITY_PROVIDER **ppSecurityProvider);

/* Derives the key of a certificate into a buffer of the caller. */
HRESULT WINAPI DrtCreateDerivedKey(_In_ PCCERT_CONTEXT pLocalCert, _Out_ DRT_DATA *pKey);

/* Destroys such a provider. */
VOID WINAPI DrtDeleteDerivedKeySecurityProvider(_In_ DRT_SECURITY_PROVIDER *pSecurityProvider);

/* Makes a provider that protects nothing. */
HRESULT WINAPI DrtCreateNullSecurityProvider(_Outptr_ DRT_SECURITY_PROVIDER **ppSecurityProvider);

/* Destroys such a provider. */
VOID WINAPI DrtDeleteNullSecurityProvider(_In_ DRT_SECURITY_PROVIDER *pSecurityProvider);

/* Opens a node with its three providers and begins to bootstrap; hEvent is set for events. */
HRESULT WINAPI DrtOpen(
    _In_ const DRT_SETTINGS *pSettings,
    _In_opt_ HANDLE hEvent,
    _In_opt_ const PVOID pvContext,
    _Out_ HDRT *phDrt);

/* Closes a node and withdraws its keys. */
VOID WINAPI DrtClose(_In_ HDRT hDrt);

/* Size of the next event. DRT_E_NO_MORE when there is none. */
HRESULT WINAPI DrtGetEventDataSize(_In_ HDRT hDrt, _Out_ ULONG *pulEventDataLen);

/* Takes the next event. DRT_E_INSUFFICIENT_BUFFER, DRT_E_NO_MORE. */
HRESULT WINAPI DrtGetEventData(
    _In_ HDRT hDrt,
    _In_ ULONG ulEventDataLen,
    _Out_writes_bytes_(ulEventDataLen) DRT_EVENT_DATA *pEventData);

/* Registers a key. DRT_E_DUPLICATE_KEY, DRT_E_INVALID_KEY_SIZE, DRT_E_INVALID_KEY. */
HRESULT WINAPI DrtRegisterKey(
    _In_ HDRT hDrt,
    _In_ DRT_REGISTRATION *pRegistration,
    _In_opt_ PVOID pvKeyContext,
    _Out_ HDRT_REGISTRATION_CONTEXT *phKeyRegistration);

/* Replaces what is published under a key. */
HRESULT WINAPI DrtUpdateKey(_In_ HDRT_REGISTRATION_CONTEXT hKeyRegistration, _In_ DRT_DATA *pAppData);

/* Withdraws a key. */
VOID WINAPI DrtUnregisterKey(_In_ HDRT_REGISTRATION_CONTEXT hKeyRegistration);

/* Begins a search; hEvent is set for results. timeout is in milliseconds. DRT_E_INVALID_SEARCH_RANGE. */
HRESULT WINAPI DrtStartSearch(
    _In_ HDRT hDrt,
    _In_ DRT_DATA *pKey,
    _In_opt_ const DRT_SEARCH_INFO *pInfo,
    _In_ ULONG timeout,
    _In_ HANDLE hEvent,
    _In_opt_ const PVOID pvContext,
    _Out_ HDRT_SEARCH_CONTEXT *hSearchContext);

/* Lets an iterative search go one step on. */
HRESULT WINAPI DrtContinueSearch(_In_ HDRT_SEARCH_CONTEXT hSearchContext);

/* Size of the next result. DRT_E_SEARCH_IN_PROGRESS, DRT_E_NO_MORE, DRT_E_TIMEOUT. */
HRESULT WINAPI DrtGetSearchResultSize(_In_ HDRT_SEARCH_CONTEXT hSearchContext, _Out_ ULONG *pulSearchResultSize);

/* Takes the next result. */
HRESULT WINAPI DrtGetSearchResult(
    _In_ HDRT_SEARCH_CONTEXT hSearchContext,
    _Inout_ ULONG ulSearchResultSize,
    _Out_writes_bytes_(ulSearchResultSize) DRT_SEARCH_RESULT *pSearchResult);

/* Size of the path so far. */
HRESULT WINAPI DrtGetSearchPathSize(_In_ HDRT_SEARCH_CONTEXT hSearchContext, _Out_ ULONG *pulSearchPathSize);

/* The nodes asked so far. */
HRESULT WINAPI DrtGetSearchPath(
    _In_ HDRT_SEARCH_CONTEXT hSearchContext,
    _Inout_ ULONG ulSearchPathSize,
    _Out_writes_bytes_(ulSearchPathSize) DRT_ADDRESS_LIST *pSearchPath);

/* Ends a search. */
HRESULT WINAPI DrtEndSearch(_In_ HDRT_SEARCH_CONTEXT hSearchContext);

/* Size of the node's instance name, in bytes. */
HRESULT WINAPI DrtGetInstanceNameSize(_In_ HDRT hDrt, _Out_ ULONG *pulcbInstanceNameSize);

/* The node's instance name. */
HRESULT WINAPI DrtGetInstanceName(
    _In_ HDRT hDrt,
    _In_ ULONG ulcbInstanceNameSize,
    _Out_writes_bytes_(ulcbInstanceNameSize) PWSTR pwzDrtInstanceName);

#ifdef __cplusplus
}
#endif

#endif
