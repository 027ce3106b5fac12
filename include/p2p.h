/*
 * p2p.h - the Peer-to-Peer API: graphs, groups, identities, peer names (PNRP) and people near me.
 *
 * Sections: common, graph, group, identity, PNRP, collaboration. A section can be left out with NO_P2P_GRAPH,
 * NO_P2P_GROUP, NO_P2P_IDENTITY, NO_P2P_PNRP or NO_P2P_COLLABORATION.
 *
 * Rules that hold everywhere:
 *  - Functions return an HRESULT; test it with SUCCEEDED()/FAILED(), because several successes are not S_OK.
 *  - Every string is UTF-16 and ends with a zero.
 *  - A pointer that comes back from a function is one block of memory: one call of PeerFreeData (PeerGraphFreeData in
 *    the graph section) on the outer pointer frees all of it. Never free an inner pointer.
 *  - Where a structure begins with dwSize, set it to sizeof the structure before passing it in.
 *  - Times are FILETIME: units of 100 ns since 1601-01-01 UTC. "Peer time" is the clock all members of a graph share.
 *  - A registration (HPEEREVENT) is a queue of its own; its Win32 event only says that the queue is no longer empty.
 *  - A missing or malformed argument gives E_INVALIDARG, exhausted memory E_OUTOFMEMORY, a call before the section's
 *    Startup or after its last Shutdown PEER_E_NOT_INITIALIZED. The comments below name other codes only.
 */
#ifndef PEERAPI_P2P_H
#define PEERAPI_P2P_H

#include "peerapi_compiler.h"
#include "windef.h"
#include "guiddef.h"
#include "winerror.h"
#include "winsock2.h"
#include "ws2tcpip.h"
#include "wincrypt.h"
#include "pnrpdef.h"
#include "pnrpns.h"

/* The two younger sections appeared with Vista. */
#if NTDDI_VERSION < NTDDI_VISTA
#ifndef NO_P2P_PNRP
#define NO_P2P_PNRP
#endif
#ifndef NO_P2P_COLLABORATION
#define NO_P2P_COLLABORATION
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * Common: records, connections, addresses, enumerations
 * --------------------------------------------------------------------------------------------------------------- */

/* A list of items being read, and a queue of events. Both belong to the caller until ended or unregistered. */
typedef PVOID HPEERENUM;
typedef HPEERENUM *PHPEERENUM;
typedef PVOID HPEEREVENT;
typedef HPEEREVENT *PHPEEREVENT;

/* What happened to a record, in a RECORD_CHANGED event or in a question to a security provider. */
typedef enum peer_record_change_type_tag {
    PEER_RECORD_ADDED = 1,
    PEER_RECORD_UPDATED = 2,
    PEER_RECORD_DELETED = 3,
    PEER_RECORD_EXPIRED = 4
} PEER_RECORD_CHANGE_TYPE;

/* What became of a connection. CONNECTION_FAILED is also sent for each step of a referral chain. */
typedef enum peer_connection_status_tag {
    PEER_CONNECTED = 1,
    PEER_DISCONNECTED = 2,
    PEER_CONNECTION_FAILED = 3
} PEER_CONNECTION_STATUS;

/* Kinds of connection, as a bit mask: neighbors flood records, direct connections only carry application data. */
typedef enum peer_connection_flags_tag {
    PEER_CONNECTION_NEIGHBOR = 1,
    PEER_CONNECTION_DIRECT = 2
} PEER_CONNECTION_FLAGS;

/* PEER_RECORD.dwFlags. An AUTOREFRESH record is renewed before it expires; DELETED is set by the system. */
typedef enum peer_record_flags_tag {
    PEER_RECORD_FLAG_AUTOREFRESH = 1,
    PEER_RECORD_FLAG_DELETED = 2
} PEER_RECORD_FLAGS;

/* Answer of a Startup call: the version in use and the newest one supported, low byte major, high byte minor. */
typedef struct peer_version_data_tag {
    WORD wVersion;
    WORD wHighestVersion;
} PEER_VERSION_DATA, *PPEER_VERSION_DATA;

/* Counted bytes. Inside a returned structure pbData points into that structure's own block. */
typedef struct peer_data_tag {
    ULONG cbData;
    PBYTE pbData;
} PEER_DATA, *PPEER_DATA;
typedef const PEER_DATA *PCPEER_DATA;

/*
 * One record of a graph or group. On adding, the caller fills dwSize, type and ftExpiration (peer time, in the future)
 * and what it likes of dwFlags, pwzAttributes and data; id and the three times come from the system. pwzAttributes is
 * attribute XML or NULL.
 */
typedef struct peer_record_tag {
    DWORD dwSize;  /* sizeof(PEER_RECORD) */
    GUID type;  /* application's own kind of record; the kinds of the system are refused */
    GUID id;  /* unique in the graph, made by the system */
    DWORD dwVersion;  /* set by the system, higher with each update */
    DWORD dwFlags;  /* PEER_RECORD_FLAGS */
    PWSTR pwzCreatorId;
    PWSTR pwzModifiedById;
    PWSTR pwzAttributes;
    FILETIME ftCreation;
    FILETIME ftExpiration;  /* after this moment every node drops the record */
    FILETIME ftLastModified;
    PEER_DATA securityData;  /* what the security provider attached */
    PEER_DATA data;  /* the application's bytes */
} PEER_RECORD, *PPEER_RECORD;

/*
 * An IPv6 endpoint. The socket structure is the system's own: sin6_family holds this system's AF_INET6, sin6_port and
 * sin6_addr are in network byte order, sin6_scope_id is an interface index for link-local addresses.
 */
typedef struct peer_address_tag {
    DWORD dwSize;
    SOCKADDR_IN6 sin6;
} PEER_ADDRESS, *PPEER_ADDRESS;
typedef const PEER_ADDRESS *PCPEER_ADDRESS;

/* One open connection, as listed by the EnumConnections calls. */
typedef struct peer_connection_info_tag {
    DWORD dwSize;
    DWORD dwFlags;  /* PEER_CONNECTION_FLAGS */
    ULONGLONG ullConnectionId;
    ULONGLONG ullNodeId;
    PWSTR pwzPeerId;  /* the remote peer */
    PEER_ADDRESS address;  /* the remote end */
} PEER_CONNECTION_INFO;

/* Data sent by the other end of a connection with SendData. type is the sender's own tag. */
typedef struct peer_event_incoming_data_tag {
    DWORD dwSize;
    ULONGLONG ullConnectionId;
    GUID type;
    PEER_DATA data;
} PEER_EVENT_INCOMING_DATA, *PPEER_EVENT_INCOMING_DATA;

/*
 * Which record changed and how. Fetch the content with GetRecord; a deleted or expired record can no longer be
 * fetched.
 */
typedef struct peer_event_record_change_data_tag {
    DWORD dwSize;
    PEER_RECORD_CHANGE_TYPE changeType;
    GUID recordId;
    GUID recordType;
} PEER_EVENT_RECORD_CHANGE_DATA, *PPEER_EVENT_RECORD_CHANGE_DATA;

/*
 * A connection came, went or failed. ullNextConnectionId, when not 0, is the ID of the next attempt after a refusal
 * with a referral. Programs built for systems before Vista see only the first 24 bytes.
 */
typedef struct peer_event_connection_change_data_tag {
    DWORD dwSize;
    PEER_CONNECTION_STATUS status;
    ULONGLONG ullConnectionId;
    ULONGLONG ullNodeId;
#if NTDDI_VERSION >= NTDDI_VISTA
    ULONGLONG ullNextConnectionId;
    HRESULT hrConnectionFailedReason;
#endif
} PEER_EVENT_CONNECTION_CHANGE_DATA, *PPEER_EVENT_CONNECTION_CHANGE_DATA;

/* The records of this type have been synchronized. */
typedef struct peer_event_synchronized_data_tag {
    DWORD dwSize;
    GUID recordType;
} PEER_EVENT_SYNCHRONIZED_DATA, *PPEER_EVENT_SYNCHRONIZED_DATA;

/* The four functions below serve groups, identities, PNRP and collaboration; graphs have twins of their own. */

/* Frees what a function outside the graph section returned. NULL is ignored. */
VOID WINAPI PeerFreeData(_In_opt_ LPCVOID pvData);

/* Number of items in the enumeration. */
HRESULT WINAPI PeerGetItemCount(_In_ HPEERENUM hPeerEnum, _Out_ ULONG *pCount);

/*
 * Fetches up to *pCount items and stores how many came; 0 marks the end. One PeerFreeData on *pppvItems frees the
 * array and the items.
 */
HRESULT WINAPI PeerGetNextItem(
    _In_ HPEERENUM hPeerEnum,
    _Inout_ ULONG *pCount,
    _Outptr_result_buffer_(*pCount) PVOID **pppvItems);

/* Closes an enumeration handle. */
HRESULT WINAPI PeerEndEnumeration(_In_ HPEERENUM hPeerEnum);

/* ------------------------------------------------------------------------------------------------------------------
 * Graph: a database of records shared by its nodes, without any security of its own
 * --------------------------------------------------------------------------------------------------------------- */

#ifndef NO_P2P_GRAPH

/* Version for PeerGraphStartup: 1.0. */
#define PEER_GRAPH_VERSION MAKEWORD(1, 0)

/* An open graph; closed with PeerGraphClose. */
typedef PVOID HGRAPH;
typedef PVOID *PHGRAPH;

/* What a graph reports. Each registration names the types it wants. */
typedef enum peer_graph_event_type_tag {
    PEER_GRAPH_EVENT_STATUS_CHANGED = 1,
    PEER_GRAPH_EVENT_PROPERTY_CHANGED = 2,
    PEER_GRAPH_EVENT_RECORD_CHANGED = 3,
    PEER_GRAPH_EVENT_DIRECT_CONNECTION = 4,
    PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION = 5,
    PEER_GRAPH_EVENT_INCOMING_DATA = 6,
    PEER_GRAPH_EVENT_CONNECTION_REQUIRED = 7,
    PEER_GRAPH_EVENT_NODE_CHANGED = 8,
    PEER_GRAPH_EVENT_SYNCHRONIZED = 9
} PEER_GRAPH_EVENT_TYPE;

/* A node appeared, disappeared or changed its attributes or addresses. Known through presence records only. */
typedef enum peer_node_change_type_tag {
    PEER_NODE_CHANGE_CONNECTED = 1,
    PEER_NODE_CHANGE_DISCONNECTED = 2,
    PEER_NODE_CHANGE_UPDATED = 3
} PEER_NODE_CHANGE_TYPE;

/* State of an open graph, as a bit mask. */
typedef enum peer_graph_status_flags_tag {
    PEER_GRAPH_STATUS_LISTENING = 1,
    PEER_GRAPH_STATUS_HAS_CONNECTIONS = 2,
    PEER_GRAPH_STATUS_SYNCHRONIZED = 4
} PEER_GRAPH_STATUS_FLAGS;

/* PEER_GRAPH_PROPERTIES.dwFlags. DEFER_EXPIRATION keeps records alive while the node has no connection. */
typedef enum peer_graph_property_flags_tag {
    PEER_GRAPH_PROPERTY_HEARTBEATS = 1,
    PEER_GRAPH_PROPERTY_DEFER_EXPIRATION = 2
} PEER_GRAPH_PROPERTY_FLAGS;

/* How far a graph reaches. LOOPBACK stays inside this machine. */
typedef enum peer_graph_scope_tag {
    PEER_GRAPH_SCOPE_ANY = 0,
    PEER_GRAPH_SCOPE_GLOBAL = 1,
    PEER_GRAPH_SCOPE_SITELOCAL = 2,
    PEER_GRAPH_SCOPE_LINKLOCAL = 3,
    PEER_GRAPH_SCOPE_LOOPBACK = 4
} PEER_GRAPH_SCOPE;

/*
 * The graph's own description, the same at every node. To create one, pwzGraphId and pwzCreatorId are needed, the rest
 * may be 0 or NULL. Later only the friendly name, the comment and the two presence values can change.
 */
typedef struct peer_graph_properties_tag {
    DWORD dwSize;
    DWORD dwFlags;  /* PEER_GRAPH_PROPERTY_FLAGS */
    DWORD dwScope;  /* PEER_GRAPH_SCOPE */
    DWORD dwMaxRecordSize;  /* bytes of data plus attributes, 1024 to 62914560 (60 MiB); 0 means the latter */
    PWSTR pwzGraphId;
    PWSTR pwzCreatorId;
    PWSTR pwzFriendlyName;
    PWSTR pwzComment;
    ULONG ulPresenceLifetime;  /* seconds, at least 300; 0 means 300 */
    ULONG cPresenceMax;  /* how many nodes publish presence, chosen at random; 0 only if asked, (ULONG)-1 all */
} PEER_GRAPH_PROPERTIES, *PPEER_GRAPH_PROPERTIES;

/* One node of the graph and where it listens. */
typedef struct peer_node_info_tag {
    DWORD dwSize;
    ULONGLONG ullNodeId;
    PWSTR pwzPeerId;
    ULONG cAddresses;
    PPEER_ADDRESS pAddresses;
    PWSTR pwzAttributes;
} PEER_NODE_INFO, *PPEER_NODE_INFO;

/* Payload of a NODE_CHANGED event. */
typedef struct peer_event_node_change_data_tag {
    DWORD dwSize;
    PEER_NODE_CHANGE_TYPE changeType;
    ULONGLONG ullNodeId;
    PWSTR pwzPeerId;
} PEER_EVENT_NODE_CHANGE_DATA, *PPEER_EVENT_NODE_CHANGE_DATA;

/* One line of a registration. pType narrows record events to one record type; NULL takes all. */
typedef struct peer_graph_event_registration_tag {
    PEER_GRAPH_EVENT_TYPE eventType;
    GUID *pType;
} PEER_GRAPH_EVENT_REGISTRATION, *PPEER_GRAPH_EVENT_REGISTRATION;

/*
 * One event. eventType tells which member of the union counts: STATUS_CHANGED dwStatus, INCOMING_DATA incomingData,
 * RECORD_CHANGED recordChangeData, the connection events connectionChangeData, NODE_CHANGED nodeChangeData,
 * SYNCHRONIZED synchronizedData; the others carry nothing.
 */
typedef struct peer_graph_event_data_tag {
    PEER_GRAPH_EVENT_TYPE eventType;
    PEERAPI_NAMELESS union {
        PEER_GRAPH_STATUS_FLAGS dwStatus;
        PEER_EVENT_INCOMING_DATA incomingData;
        PEER_EVENT_RECORD_CHANGE_DATA recordChangeData;
        PEER_EVENT_CONNECTION_CHANGE_DATA connectionChangeData;
        PEER_EVENT_NODE_CHANGE_DATA nodeChangeData;
        PEER_EVENT_SYNCHRONIZED_DATA synchronizedData;
    };
} PEER_GRAPH_EVENT_DATA, *PPEER_GRAPH_EVENT_DATA;

/*
 * A security provider: functions of the application that sign and judge records. They are called by the system on
 * threads of its own and must not call record functions of the same graph.
 */

/*
 * Judges a record that is added here or arrives. S_OK accepts it, PEER_E_DEFERRED_VALIDATION parks it until
 * PeerGraphValidateDeferredRecords, any other failure (PEER_E_INVALID_RECORD) rejects it.
 */
typedef HRESULT (CALLBACK *PFNPEER_VALIDATE_RECORD)(
    _In_ HGRAPH hGraph,
    _In_opt_ PVOID pvContext,
    _In_ PPEER_RECORD pRecord,
    _In_ PEER_RECORD_CHANGE_TYPE changeType);

/*
 * Makes the security data of a record published here. *ppSecurityData stays the provider's until pfnFreeSecurityData
 * takes it back.
 */
typedef HRESULT (CALLBACK *PFNPEER_SECURE_RECORD)(
    _In_ HGRAPH hGraph,
    _In_opt_ PVOID pvContext,
    _In_ PPEER_RECORD pRecord,
    _In_ PEER_RECORD_CHANGE_TYPE changeType,
    _Outptr_ PPEER_DATA *ppSecurityData);

/* Takes back what PFNPEER_SECURE_RECORD returned. */
typedef HRESULT (CALLBACK *PFNPEER_FREE_SECURITY_DATA)(
    _In_ HGRAPH hGraph,
    _In_opt_ PVOID pvContext,
    _In_ PPEER_DATA pSecurityData);

/* A connection failed because the password was wrong. */
typedef HRESULT (CALLBACK *PFNPEER_ON_PASSWORD_AUTH_FAILED)(_In_ HGRAPH hGraph, _In_opt_ PVOID pvContext);

/*
 * A security provider, given when a graph is created or opened; every node has to use the same one. The structure is
 * copied, what pvContext points to is not.
 */
typedef struct peer_security_interface_tag {
    DWORD dwSize;
    PWSTR pwzSspFilename;  /* library with the connection's authentication package, or NULL */
    PWSTR pwzPackageName;  /* name of that package, or NULL */
    ULONG cbSecurityInfo;
    PBYTE pbSecurityInfo;  /* credentials for the package */
    PVOID pvContext;
    PFNPEER_VALIDATE_RECORD pfnValidateRecord;
    PFNPEER_SECURE_RECORD pfnSecureRecord;
    PFNPEER_FREE_SECURITY_DATA pfnFreeSecurityData;
    PFNPEER_ON_PASSWORD_AUTH_FAILED pfnAuthFailed;
} PEER_SECURITY_INTERFACE, *PPEER_SECURITY_INTERFACE;

/*
 * Begins use of the graph functions; counted, one PeerGraphShutdown for each. Ask for PEER_GRAPH_VERSION; pVersionData
 * receives what is there. PEER_E_UNSUPPORTED_VERSION.
 */
HRESULT WINAPI PeerGraphStartup(_In_ WORD wVersionRequested, _Out_ PPEER_VERSION_DATA pVersionData);

/* Ends one Startup. The last one closes every graph, enumeration and registration left. */
HRESULT WINAPI PeerGraphShutdown(void);

/* Frees a block returned by a PeerGraph function, and only such. */
VOID WINAPI PeerGraphFreeData(_In_ PVOID pvData);

/* Number of items when the enumeration was made. Fetching may yield fewer. */
HRESULT WINAPI PeerGraphGetItemCount(_In_ HPEERENUM hPeerEnum, _Out_ ULONG *pCount);

/*
 * Fetches up to *pCount items and stores how many came; 0 marks the end. One PeerGraphFreeData on *pppvItems frees the
 * array and items.
 */
HRESULT WINAPI PeerGraphGetNextItem(
    _In_ HPEERENUM hPeerEnum,
    _Inout_ ULONG *pCount,
    _Outptr_result_buffer_(*pCount) PVOID **pppvItems);

/* Closes an enumeration handle. */
HRESULT WINAPI PeerGraphEndEnumeration(_In_ HPEERENUM hPeerEnum);

/*
 * Makes a new graph and its record database, without any network. pwzDatabaseName is a plain file name. The new graph
 * counts as synchronized; close it with PeerGraphClose. PEER_E_DUPLICATE_GRAPH when this graph ID is in use or stored.
 */
HRESULT WINAPI PeerGraphCreate(
    _In_ PPEER_GRAPH_PROPERTIES pGraphProperties,
    _In_ PCWSTR pwzDatabaseName,
    _In_opt_ PPEER_SECURITY_INTERFACE pSecurityInterface,
    _Out_ HGRAPH *phGraph);

/*
 * Opens a graph this peer knows by its ID, PEER_S_GRAPH_DATA_CREATED when the database had to be made and is still
 * empty: then connect and wait for SYNCHRONIZED before using records. The record types in pRecordTypeSyncPrecedence
 * are fetched first, in that order.
 */
HRESULT WINAPI PeerGraphOpen(
    _In_ PCWSTR pwzGraphId,
    _In_ PCWSTR pwzPeerId,
    _In_ PCWSTR pwzDatabaseName,
    _In_opt_ PPEER_SECURITY_INTERFACE pSecurityInterface,
    _In_ ULONG cRecordTypeSyncPrecedence,
    _In_reads_opt_(cRecordTypeSyncPrecedence) const GUID *pRecordTypeSyncPrecedence,
    _Out_ HGRAPH *phGraph);

/*
 * Accepts connections from other nodes. Scope ID 0 means every interface of the scope, port 0 any free port (see
 * PeerGraphGetNodeInfo). PEER_E_GRAPH_NOT_READY before the first synchronization, PEER_E_UNABLE_TO_LISTEN.
 */
HRESULT WINAPI PeerGraphListen(
    _In_ HGRAPH hGraph,
    _In_opt_ DWORD dwScope,
    _In_opt_ DWORD dwScopeId,
    _In_opt_ WORD wPort);

/*
 * Starts to connect to a node; the result comes as a NEIGHBOR_CONNECTION event with the ID stored in
 * *pullConnectionId. pwzPeerId NULL accepts whichever peer answers there. PEER_E_ALREADY_EXISTS when that node is a
 * neighbor already.
 */
HRESULT WINAPI PeerGraphConnect(
    _In_ HGRAPH hGraph,
    _In_opt_ PCWSTR pwzPeerId,
    _In_ PPEER_ADDRESS pAddress,
    _Out_ ULONGLONG *pullConnectionId);

/* Leaves the graph: drops its connections and ends the handle. */
HRESULT WINAPI PeerGraphClose(_In_ HGRAPH hGraph);

/* Removes the stored data of a graph that is not open. E_ACCESSDENIED, wrapped Win32 file errors. */
HRESULT WINAPI PeerGraphDelete(_In_ PCWSTR pwzGraphId, _In_ PCWSTR pwzPeerId, _In_ PCWSTR pwzDatabaseName);

/* Stores PEER_GRAPH_STATUS_FLAGS in *pdwStatus. */
HRESULT WINAPI PeerGraphGetStatus(_In_ HGRAPH hGraph, _Out_ DWORD *pdwStatus);

/* Returns the graph's properties. PEER_E_GRAPH_NOT_READY before the first synchronization. */
HRESULT WINAPI PeerGraphGetProperties(_In_ HGRAPH hGraph, _Outptr_ PPEER_GRAPH_PROPERTIES *ppGraphProperties);

/*
 * Publishes a new friendly name, comment and presence values; other fields are ignored. E_ACCESSDENIED for anyone but
 * the creator.
 */
HRESULT WINAPI PeerGraphSetProperties(_In_ HGRAPH hGraph, _In_ PPEER_GRAPH_PROPERTIES pGraphProperties);

/*
 * Opens an event queue. hEvent is set whenever the queue fills; read with PeerGraphGetEventData until
 * PEER_S_NO_EVENT_DATA.
 */
HRESULT WINAPI PeerGraphRegisterEvent(
    _In_ HGRAPH hGraph,
    _In_ HANDLE hEvent,
    _In_ ULONG cEventRegistrations,
    _In_reads_(cEventRegistrations) PEER_GRAPH_EVENT_REGISTRATION *pEventRegistrations,
    _Out_ HPEEREVENT *phPeerEvent);

/* Closes an event queue. Close the Win32 event only afterwards. */
HRESULT WINAPI PeerGraphUnregisterEvent(_In_ HPEEREVENT hPeerEvent);

/* Takes the oldest event off the queue. PEER_S_NO_EVENT_DATA when there is none; nothing is returned then. */
HRESULT WINAPI PeerGraphGetEventData(_In_ HPEEREVENT hPeerEvent, _Outptr_ PPEER_GRAPH_EVENT_DATA *ppEventData);

/* Fetches one record by its ID. PEER_E_RECORD_NOT_FOUND, also for deleted and expired ones. */
HRESULT WINAPI PeerGraphGetRecord(_In_ HGRAPH hGraph, _In_ const GUID *pRecordId, _Outptr_ PPEER_RECORD *ppRecord);

/*
 * Adds a record and floods it; its new ID is stored in *pRecordId. Creator and modifier default to the peer ID of the
 * graph handle. PEER_E_GRAPH_NOT_READY, PEER_E_INVALID_ATTRIBUTES, PEER_E_MAX_RECORD_SIZE_EXCEEDED, E_ACCESSDENIED.
 */
HRESULT WINAPI PeerGraphAddRecord(_In_ HGRAPH hGraph, _In_ PPEER_RECORD pRecord, _Out_ GUID *pRecordId);

/* Publishes a new version of an existing record: data, attributes, and a later expiration. PEER_E_RECORD_NOT_FOUND. */
HRESULT WINAPI PeerGraphUpdateRecord(_In_ HGRAPH hGraph, _In_ PPEER_RECORD pRecord);

/*
 * Deletes a record everywhere (fLocal FALSE), or only this node's copy (TRUE), which a later synchronization may bring
 * back.
 */
HRESULT WINAPI PeerGraphDeleteRecord(_In_ HGRAPH hGraph, _In_ const GUID *pRecordId, _In_ BOOL fLocal);

/* Lists the records of a type and of a creator; NULL means any. Items are PEER_RECORD. */
HRESULT WINAPI PeerGraphEnumRecords(
    _In_ HGRAPH hGraph,
    _In_opt_ const GUID *pRecordType,
    _In_opt_ PCWSTR pwzPeerId,
    _Out_ HPEERENUM *phPeerEnum);

/* Lists the records whose attributes match the search XML. PEER_E_INVALID_SEARCH. Items are PEER_RECORD. */
HRESULT WINAPI PeerGraphSearchRecords(_In_ HGRAPH hGraph, _In_ PCWSTR pwzCriteria, _Out_ HPEERENUM *phPeerEnum);

/* Writes the record database to a file, replacing it. Wrapped Win32 file errors. */
HRESULT WINAPI PeerGraphExportDatabase(_In_ HGRAPH hGraph, _In_ PCWSTR pwzFilePath);

/*
 * Reads records from such a file, of the same graph and peer (PEER_E_INVALID_DATABASE), before listening or connecting
 * (PEER_E_GRAPH_IN_USE).
 */
HRESULT WINAPI PeerGraphImportDatabase(_In_ HGRAPH hGraph, _In_ PCWSTR pwzFilePath);

/* Asks the security provider again about parked records; cRecordIds 0 means about all of them. */
HRESULT WINAPI PeerGraphValidateDeferredRecords(
    _In_ HGRAPH hGraph,
    _In_ ULONG cRecordIds,
    _In_reads_(cRecordIds) const GUID *pRecordIds);

/* Opens a connection for application data only. Its ID may be used once a DIRECT_CONNECTION event says it stands. */
HRESULT WINAPI PeerGraphOpenDirectConnection(
    _In_ HGRAPH hGraph,
    _In_ PCWSTR pwzPeerId,
    _In_ PPEER_ADDRESS pAddress,
    _Out_ ULONGLONG *pullConnectionId);

/* Sends bytes over a neighbor or direct connection. PEER_E_CONNECTION_NOT_FOUND. */
HRESULT WINAPI PeerGraphSendData(
    _In_ HGRAPH hGraph,
    _In_ ULONGLONG ullConnectionId,
    _In_ const GUID *pType,
    _In_ ULONG cbData,
    _In_reads_bytes_(cbData) PVOID pvData);

/* Closes a direct connection. PEER_E_CONNECTION_NOT_FOUND. */
HRESULT WINAPI PeerGraphCloseDirectConnection(_In_ HGRAPH hGraph, _In_ ULONGLONG ullConnectionId);

/* Lists connections; dwFlags says which kinds (PEER_CONNECTION_FLAGS). Items are PEER_CONNECTION_INFO. */
HRESULT WINAPI PeerGraphEnumConnections(_In_ HGRAPH hGraph, _In_ DWORD dwFlags, _Out_ HPEERENUM *phPeerEnum);

/* Lists nodes that publish presence, of one peer or (NULL) of all. Items are PEER_NODE_INFO. */
HRESULT WINAPI PeerGraphEnumNodes(_In_ HGRAPH hGraph, _In_opt_ PCWSTR pwzPeerId, _Out_ HPEERENUM *phPeerEnum);

/* TRUE makes this node publish its presence always, FALSE leaves it to the graph's rule. */
HRESULT WINAPI PeerGraphSetPresence(_In_ HGRAPH hGraph, _In_ BOOL fPresent);

/* Describes a node; 0 is this one, with the addresses it listens on. PEER_E_NODE_NOT_FOUND. */
HRESULT WINAPI PeerGraphGetNodeInfo(_In_ HGRAPH hGraph, _In_ ULONGLONG ullNodeId, _Outptr_ PPEER_NODE_INFO *ppNodeInfo);

/* Sets the free text that this node publishes about itself; NULL removes it. */
HRESULT WINAPI PeerGraphSetNodeAttributes(_In_ HGRAPH hGraph, _In_ PCWSTR pwzAttributes);

/* Turns peer time into this machine's UTC clock. */
HRESULT WINAPI PeerGraphPeerTimeToUniversalTime(
    _In_ HGRAPH hGraph,
    _In_ FILETIME *pftPeerTime,
    _Out_ FILETIME *pftUniversalTime);

/* Turns this machine's UTC clock into peer time. */
HRESULT WINAPI PeerGraphUniversalTimeToPeerTime(
    _In_ HGRAPH hGraph,
    _In_ FILETIME *pftUniversalTime,
    _Out_ FILETIME *pftPeerTime);

#endif /* NO_P2P_GRAPH */

/* ------------------------------------------------------------------------------------------------------------------
 * Shared by groups and identities
 * --------------------------------------------------------------------------------------------------------------- */

#if !defined(NO_P2P_GROUP) || !defined(NO_P2P_IDENTITY)

/* A peer name with the name people read. */
typedef struct peer_name_pair_tag {
    DWORD dwSize;
    PWSTR pwzPeerName;
    PWSTR pwzFriendlyName;
} PEER_NAME_PAIR, *PPEER_NAME_PAIR;

#endif

/* ------------------------------------------------------------------------------------------------------------------
 * Group: a graph with members, certificates and roles
 * --------------------------------------------------------------------------------------------------------------- */

#ifndef NO_P2P_GROUP

/* Version for PeerGroupStartup: 1.1, or 1.0 before Vista. */
#if NTDDI_VERSION >= NTDDI_VISTA
#define PEER_GROUP_VERSION MAKEWORD(1, 1)
#else
#define PEER_GROUP_VERSION MAKEWORD(1, 0)
#endif

/* An open group; closed with PeerGroupClose. */
typedef PVOID HGROUP;
typedef PVOID *PHGROUP;

/* A role is named by a GUID, one of the three below. */
typedef GUID PEER_ROLE_ID;

/* May invite, publish and change the group itself. */
DEFINE_GUID(PEER_GROUP_ROLE_ADMIN, 0x04387127, 0xaa56, 0x450a, 0x8c, 0xe5, 0x4f, 0x56, 0x5c, 0x67, 0x90, 0xf4);
/* May read and publish records. */
DEFINE_GUID(PEER_GROUP_ROLE_MEMBER, 0xf12dc4c7, 0x0857, 0x4ca0, 0x93, 0xfc, 0xb1, 0xbb, 0x19, 0xa3, 0xd8, 0xc2);
#if NTDDI_VERSION >= NTDDI_VISTA
/* A member who may also invite others. */
DEFINE_GUID(PEER_GROUP_ROLE_INVITING_MEMBER, 0x4370fd89, 0xdc18, 0x4cfb,
            0x8d, 0xbf, 0x98, 0x53, 0xa8, 0xa9, 0xf9, 0x05);
#endif

/* What a group reports. 7 and 9 are not in use. */
typedef enum peer_group_event_type_tag {
    PEER_GROUP_EVENT_STATUS_CHANGED = 1,
    PEER_GROUP_EVENT_PROPERTY_CHANGED = 2,
    PEER_GROUP_EVENT_RECORD_CHANGED = 3,
    PEER_GROUP_EVENT_DIRECT_CONNECTION = 4,
    PEER_GROUP_EVENT_NEIGHBOR_CONNECTION = 5,
    PEER_GROUP_EVENT_INCOMING_DATA = 6,
    PEER_GROUP_EVENT_MEMBER_CHANGED = 8,
    PEER_GROUP_EVENT_CONNECTION_FAILED = 10,
    PEER_GROUP_EVENT_AUTHENTICATION_FAILED = 11
} PEER_GROUP_EVENT_TYPE;

/* State of an open group, as a bit mask. */
typedef enum peer_group_status_tag {
    PEER_GROUP_STATUS_LISTENING = 1,
    PEER_GROUP_STATUS_HAS_CONNECTIONS = 2
} PEER_GROUP_STATUS;

/* PEER_GROUP_PROPERTIES.dwFlags. */
typedef enum peer_group_property_flags_tag {
    PEER_MEMBER_DATA_OPTIONAL = 1,
    PEER_DISABLE_PRESENCE = 2,
    PEER_DEFER_EXPIRATION = 4
} PEER_GROUP_PROPERTY_FLAGS;

/* How members prove themselves: with a membership certificate (GMC) or the group's password. A bit mask. */
typedef enum peer_group_authentication_scheme_tag {
    PEER_GROUP_GMC_AUTHENTICATION = 1,
    PEER_GROUP_PASSWORD_AUTHENTICATION = 2
} PEER_GROUP_AUTHENTICATION_SCHEME;

/* PEER_MEMBER.dwFlags: the member is online. */
typedef enum peer_member_flags_tag {
    PEER_MEMBER_PRESENT = 1
} PEER_MEMBER_FLAGS;

/* What happened to a member. */
typedef enum peer_member_change_type_tag {
    PEER_MEMBER_CONNECTED = 1,
    PEER_MEMBER_DISCONNECTED = 2,
    PEER_MEMBER_UPDATED = 3,
    PEER_MEMBER_JOINED = 4,
    PEER_MEMBER_LEFT = 5
} PEER_MEMBER_CHANGE_TYPE;

/* For PeerGroupIssueCredentials: publish the new credentials inside the group instead of returning them. */
typedef enum peer_issue_credential_flags_tag {
    PEER_GROUP_STORE_CREDENTIALS = 1
} PEER_GROUP_ISSUE_CREDENTIAL_FLAGS;

/* What a membership certificate says. */
typedef struct peer_credential_info_tag {
    DWORD dwSize;
    DWORD dwFlags;
    PWSTR pwzFriendlyName;
    CERT_PUBLIC_KEY_INFO *pPublicKey;  /* the subject's key */
    PWSTR pwzIssuerPeerName;
    PWSTR pwzIssuerFriendlyName;
    FILETIME ftValidityStart;
    FILETIME ftValidityEnd;
    ULONG cRoles;  /* number of GUIDs at pRoles */
    PEER_ROLE_ID *pRoles;
} PEER_CREDENTIAL_INFO, *PPEER_CREDENTIAL_INFO;

/* One member. pCredentialInfo and the addresses are there when the member has published them. */
typedef struct peer_member_tag {
    DWORD dwSize;
    DWORD dwFlags;  /* PEER_MEMBER_FLAGS */
    PWSTR pwzIdentity;  /* peer name */
    PWSTR pwzAttributes;
    ULONGLONG ullNodeId;
    ULONG cAddresses;
    PEER_ADDRESS *pAddresses;
    PEER_CREDENTIAL_INFO *pCredentialInfo;
} PEER_MEMBER, *PPEER_MEMBER;

/* What an invitation says, unpacked. authScheme is missing for programs built for systems before Vista. */
typedef struct peer_invitation_info_tag {
    DWORD dwSize;
    DWORD dwFlags;
    PWSTR pwzCloudName;
    DWORD dwScope;  /* PNRP_SCOPE */
    DWORD dwCloudFlags;  /* PNRP_CLOUD_FLAGS */
    PWSTR pwzGroupPeerName;
    PWSTR pwzIssuerPeerName;
    PWSTR pwzSubjectPeerName;
    PWSTR pwzGroupFriendlyName;
    PWSTR pwzIssuerFriendlyName;
    PWSTR pwzSubjectFriendlyName;
    FILETIME ftValidityStart;
    FILETIME ftValidityEnd;
    ULONG cRoles;
    PEER_ROLE_ID *pRoles;
    ULONG cClassifiers;
    PWSTR *ppwzClassifiers;
    CERT_PUBLIC_KEY_INFO *pSubjectPublicKey;
#if NTDDI_VERSION >= NTDDI_VISTA
    PEER_GROUP_AUTHENTICATION_SCHEME authScheme;
#endif
} PEER_INVITATION_INFO, *PPEER_INVITATION_INFO;

/*
 * The group's own description. To create one, set pwzCreatorPeerName and leave pwzGroupPeerName NULL: it is made from
 * the key. Programs built for systems before Vista know only the first 64 bytes.
 */
typedef struct peer_group_properties_tag {
    DWORD dwSize;
    DWORD dwFlags;  /* PEER_GROUP_PROPERTY_FLAGS */
    PWSTR pwzCloud;
    PWSTR pwzClassifier;
    PWSTR pwzGroupPeerName;
    PWSTR pwzCreatorPeerName;
    PWSTR pwzFriendlyName;
    PWSTR pwzComment;
    ULONG ulMemberDataLifetime;  /* seconds, from 28800 (8 hours); 0 means as long as possible */
    ULONG ulPresenceLifetime;  /* seconds, at least 300 */
#if NTDDI_VERSION >= NTDDI_VISTA
    DWORD dwAuthenticationSchemes;  /* PEER_GROUP_AUTHENTICATION_SCHEME; 0 for certificates only */
    PWSTR pwzGroupPassword;
    PEER_ROLE_ID groupPasswordRole;  /* role of those who join with the password */
#endif
} PEER_GROUP_PROPERTIES, *PPEER_GROUP_PROPERTIES;

/* Payload of a MEMBER_CHANGED event. */
typedef struct peer_event_member_change_data_tag {
    DWORD dwSize;
    PEER_MEMBER_CHANGE_TYPE changeType;
    PWSTR pwzIdentity;
} PEER_EVENT_MEMBER_CHANGE_DATA, *PPEER_EVENT_MEMBER_CHANGE_DATA;

/* One line of a registration. pType narrows record events to one record type; NULL takes all. */
typedef struct peer_group_event_registration_tag {
    PEER_GROUP_EVENT_TYPE eventType;
    GUID *pType;
} PEER_GROUP_EVENT_REGISTRATION, *PPEER_GROUP_EVENT_REGISTRATION;

/* One event. eventType tells which member of the union counts; CONNECTION_FAILED uses hrConnectionFailedReason. */
typedef struct peer_group_event_data_tag {
    PEER_GROUP_EVENT_TYPE eventType;
    PEERAPI_NAMELESS union {
        PEER_GROUP_STATUS dwStatus;
        PEER_EVENT_INCOMING_DATA incomingData;
        PEER_EVENT_RECORD_CHANGE_DATA recordChangeData;
        PEER_EVENT_CONNECTION_CHANGE_DATA connectionChangeData;
        PEER_EVENT_MEMBER_CHANGE_DATA memberChangeData;
        HRESULT hrConnectionFailedReason;
    };
} PEER_GROUP_EVENT_DATA, *PPEER_GROUP_EVENT_DATA;

/*
 * Begins use of the group functions; one PeerGroupShutdown for each. Ask for PEER_GROUP_VERSION.
 * PEER_E_UNSUPPORTED_VERSION, PEER_E_IPV6_NOT_INSTALLED.
 */
HRESULT WINAPI PeerGroupStartup(_In_ WORD wVersionRequested, _Out_ PPEER_VERSION_DATA pVersionData);

/* Ends one Startup. */
HRESULT WINAPI PeerGroupShutdown(void);

/*
 * Founds a group owned by an identity of this user. Connect it at once, so that invited members find someone.
 * PEER_E_INVALID_CLASSIFIER, PEER_E_NO_CLOUD, PEER_E_PASSWORD_DOES_NOT_MEET_POLICY, PEER_E_NO_KEY_ACCESS.
 */
HRESULT WINAPI PeerGroupCreate(_In_ PPEER_GROUP_PROPERTIES pProperties, _Out_ HGROUP *phGroup);

/* Opens a group this identity belongs to, offline. pwzCloud NULL takes the stored cloud. */
HRESULT WINAPI PeerGroupOpen(
    _In_ PCWSTR pwzIdentity,
    _In_ PCWSTR pwzGroupPeerName,
    _In_opt_ PCWSTR pwzCloud,
    _Out_ HGROUP *phGroup);

/* Accepts an invitation and opens the group, offline. PEER_E_INVITATION_NOT_TRUSTED, PEER_E_INVALID_TIME_PERIOD. */
HRESULT WINAPI PeerGroupJoin(
    _In_ PCWSTR pwzIdentity,
    _In_ PCWSTR pwzInvitation,
    _In_opt_ PCWSTR pwzCloud,
    _Out_ HGROUP *phGroup);

#if NTDDI_VERSION >= NTDDI_VISTA
/* Accepts a password invitation. PEER_S_ALREADY_A_MEMBER when done before, PEER_E_INVITATION_NOT_TRUSTED. */
HRESULT WINAPI PeerGroupPasswordJoin(
    _In_ PCWSTR pwzIdentity,
    _In_ PCWSTR pwzInvitation,
    _In_ PCWSTR pwzPassword,
    _In_opt_ PCWSTR pwzCloud,
    _Out_ HGROUP *phGroup);
#endif

/* Finds members through PNRP, connects and listens. The outcome comes as an event; there is no timeout of its own. */
HRESULT WINAPI PeerGroupConnect(_In_ HGROUP hGroup);

#if NTDDI_VERSION >= NTDDI_VISTA
/* Connects to members at known addresses instead of looking them up. */
HRESULT WINAPI PeerGroupConnectByAddress(
    _In_ HGROUP hGroup,
    _In_ ULONG cAddresses,
    _In_reads_(cAddresses) PPEER_ADDRESS pAddresses);
#endif

/* Closes the handle. The last handle of a group on this machine takes its connections along. */
HRESULT WINAPI PeerGroupClose(_In_ HGROUP hGroup);

/* Removes the group's local data and certificate; all its handles end. PEER_E_NOT_FOUND, E_ACCESSDENIED. */
HRESULT WINAPI PeerGroupDelete(_In_ PCWSTR pwzIdentity, _In_ PCWSTR pwzGroupPeerName);

/*
 * Makes an invitation for one identity (its PeerIdentityGetXML text) with the given roles, none above one's own.
 * pftExpiration is UTC; NULL means as long as one's own membership. PEER_E_NOT_AUTHORIZED, PEER_E_CHAIN_TOO_LONG.
 */
HRESULT WINAPI PeerGroupCreateInvitation(
    _In_ HGROUP hGroup,
    _In_ PCWSTR pwzIdentityInfo,
    _In_opt_ FILETIME *pftExpiration,
    _In_ ULONG cRoles,
    _In_reads_opt_(cRoles) const GUID *pRoles,
    _Outptr_ PWSTR *ppwzInvitation);

#if NTDDI_VERSION >= NTDDI_VISTA
/* Makes an invitation for whoever knows the group's password. PEER_E_NOT_AUTHORIZED. */
HRESULT WINAPI PeerGroupCreatePasswordInvitation(_In_ HGROUP hGroup, _Outptr_ PWSTR *ppwzInvitation);
#endif

/* Unpacks an invitation without using it. PEER_E_INVITATION_NOT_TRUSTED, PEER_E_UNSUPPORTED_VERSION. */
HRESULT WINAPI PeerGroupParseInvitation(_In_ PCWSTR pwzInvitation, _Outptr_ PPEER_INVITATION_INFO *ppInvitationInfo);

/* Stores PEER_GROUP_STATUS in *pdwStatus. */
HRESULT WINAPI PeerGroupGetStatus(_In_ HGROUP hGroup, _Out_ DWORD *pdwStatus);

/* Returns the group's properties. PEER_E_GROUP_NOT_READY before the first synchronization. */
HRESULT WINAPI PeerGroupGetProperties(_In_ HGROUP hGroup, _Outptr_ PPEER_GROUP_PROPERTIES *ppProperties);

/*
 * Publishes changed properties; names, classifier and cloud cannot change. PEER_E_NOT_AUTHORIZED,
 * PEER_E_INVALID_GROUP_PROPERTIES.
 */
HRESULT WINAPI PeerGroupSetProperties(_In_ HGROUP hGroup, _In_ PPEER_GROUP_PROPERTIES pProperties);

/* Lists all members, those present (PEER_MEMBER_PRESENT), or the one named. Items are PEER_MEMBER. */
HRESULT WINAPI PeerGroupEnumMembers(
    _In_ HGROUP hGroup,
    _In_ DWORD dwFlags,
    _In_opt_ PCWSTR pwzIdentity,
    _Out_ HPEERENUM *phPeerEnum);

/* Opens a connection to one member for application data. A refusal comes as an event. PEER_E_CONNECT_SELF. */
HRESULT WINAPI PeerGroupOpenDirectConnection(
    _In_ HGROUP hGroup,
    _In_ PCWSTR pwzIdentity,
    _In_ PPEER_ADDRESS pAddress,
    _Out_ ULONGLONG *pullConnectionId);

/* Closes a direct connection. PEER_E_CONNECTION_NOT_FOUND. */
HRESULT WINAPI PeerGroupCloseDirectConnection(_In_ HGROUP hGroup, _In_ ULONGLONG ullConnectionId);

/* Lists connections; dwFlags says which kinds. Items are PEER_CONNECTION_INFO. */
HRESULT WINAPI PeerGroupEnumConnections(_In_ HGROUP hGroup, _In_ DWORD dwFlags, _Out_ HPEERENUM *phPeerEnum);

/* Sends bytes over a neighbor or direct connection. PEER_E_CONNECTION_NOT_FOUND. */
HRESULT WINAPI PeerGroupSendData(
    _In_ HGROUP hGroup,
    _In_ ULONGLONG ullConnectionId,
    _In_ const GUID *pType,
    _In_ ULONG cbData,
    _In_reads_bytes_(cbData) PVOID pvData);

/* Opens an event queue; read with PeerGroupGetEventData until PEER_S_NO_EVENT_DATA. */
HRESULT WINAPI PeerGroupRegisterEvent(
    _In_ HGROUP hGroup,
    _In_ HANDLE hEvent,
    _In_ DWORD cEventRegistration,
    _In_reads_(cEventRegistration) PEER_GROUP_EVENT_REGISTRATION *pEventRegistrations,
    _Out_ HPEEREVENT *phPeerEvent);

/* Closes an event queue. Close the Win32 event only afterwards. */
HRESULT WINAPI PeerGroupUnregisterEvent(_In_ HPEEREVENT hPeerEvent);

/* Takes the oldest event off the queue. PEER_S_NO_EVENT_DATA when there is none. */
HRESULT WINAPI PeerGroupGetEventData(_In_ HPEEREVENT hPeerEvent, _Outptr_ PPEER_GROUP_EVENT_DATA *ppEventData);

/* Fetches one record by its ID. PEER_E_RECORD_NOT_FOUND. */
HRESULT WINAPI PeerGroupGetRecord(_In_ HGROUP hGroup, _In_ const GUID *pRecordId, _Outptr_ PPEER_RECORD *ppRecord);

/*
 * Publishes a record in the group; the system signs it. PEER_E_NOT_AUTHORIZED, PEER_E_INVALID_ATTRIBUTES,
 * PEER_E_MAX_RECORD_SIZE_EXCEEDED, PEER_E_GROUP_NOT_READY.
 */
HRESULT WINAPI PeerGroupAddRecord(_In_ HGROUP hGroup, _In_ PPEER_RECORD pRecord, _Out_ GUID *pRecordId);

/* Publishes new data, attributes or expiration of a record. PEER_E_NOT_AUTHORIZED, PEER_E_RECORD_NOT_FOUND. */
HRESULT WINAPI PeerGroupUpdateRecord(_In_ HGROUP hGroup, _In_ PPEER_RECORD pRecord);

/* Deletes a record everywhere. PEER_E_NOT_AUTHORIZED, PEER_E_RECORD_NOT_FOUND. */
HRESULT WINAPI PeerGroupDeleteRecord(_In_ HGROUP hGroup, _In_ const GUID *pRecordId);

/* Lists the records of a type; NULL means any. Items are PEER_RECORD. */
HRESULT WINAPI PeerGroupEnumRecords(_In_ HGROUP hGroup, _In_opt_ const GUID *pRecordType, _Out_ HPEERENUM *phPeerEnum);

/* Lists the records whose attributes match the search XML. PEER_E_INVALID_SEARCH. Items are PEER_RECORD. */
HRESULT WINAPI PeerGroupSearchRecords(_In_ HGROUP hGroup, _In_ PCWSTR pwzCriteria, _Out_ HPEERENUM *phPeerEnum);

/* Writes the record database to a file (absolute path), replacing it. */
HRESULT WINAPI PeerGroupExportDatabase(_In_ HGROUP hGroup, _In_ PCWSTR pwzFilePath);

/* Reads records from such a file, before the group is connected (PEER_E_GROUP_IN_USE). */
HRESULT WINAPI PeerGroupImportDatabase(_In_ HGROUP hGroup, _In_ PCWSTR pwzFilePath);

/*
 * Renews or changes a member's certificate. With PEER_GROUP_STORE_CREDENTIALS it is published, else returned as an
 * invitation.
 */
HRESULT WINAPI PeerGroupIssueCredentials(
    _In_ HGROUP hGroup,
    _In_ PCWSTR pwzSubjectIdentity,
    _In_opt_ PEER_CREDENTIAL_INFO *pCredentialInfo,
    _In_ DWORD dwFlags,
    _Outptr_opt_ PWSTR *ppwzInvitation);

/* Returns the membership as XML for another machine, its key protected by the password. */
HRESULT WINAPI PeerGroupExportConfig(_In_ HGROUP hGroup, _In_ PCWSTR pwzPassword, _Outptr_ PWSTR *ppwzXML);

/* Takes over such an XML and returns the identity and group names. PEER_E_ALREADY_EXISTS unless fOverwrite. */
HRESULT WINAPI PeerGroupImportConfig(
    _In_ PCWSTR pwzXML,
    _In_ PCWSTR pwzPassword,
    _In_ BOOL fOverwrite,
    _Outptr_ PWSTR *ppwzIdentity,
    _Outptr_ PWSTR *ppwzGroup);

/* Turns peer time into this machine's UTC clock. */
HRESULT WINAPI PeerGroupPeerTimeToUniversalTime(
    _In_ HGROUP hGroup,
    _In_ FILETIME *pftPeerTime,
    _Out_ FILETIME *pftUniversalTime);

/* Turns this machine's UTC clock into peer time. */
HRESULT WINAPI PeerGroupUniversalTimeToPeerTime(
    _In_ HGROUP hGroup,
    _In_ FILETIME *pftUniversalTime,
    _Out_ FILETIME *pftPeerTime);

#if NTDDI_VERSION >= NTDDI_WIN7
/*
 * Goes on with a password authentication that was waiting for the application. Windows 7 and later; no public page
 * describes it.
 */
HRESULT WINAPI PeerGroupResumePasswordAuthentication(_In_ HGROUP hGroup, _In_ HPEEREVENT hPeerEventHandle);
#endif

#endif /* NO_P2P_GROUP */

/* ------------------------------------------------------------------------------------------------------------------
 * Identity: key pairs of this user, and the peer names made from them. No Startup is needed.
 * --------------------------------------------------------------------------------------------------------------- */

#ifndef NO_P2P_IDENTITY

/*
 * Makes an identity and stores it. Classifier and friendly name may be NULL; hCryptProv 0 makes a new key pair.
 * PEER_E_TOO_MANY_IDENTITIES, PEER_E_ALREADY_EXISTS, PEER_E_NO_KEY_ACCESS.
 */
HRESULT WINAPI PeerIdentityCreate(
    _In_opt_ PCWSTR pwzClassifier,
    _In_opt_ PCWSTR pwzFriendlyName,
    _In_opt_ HCRYPTPROV hCryptProv,
    _Outptr_ PWSTR *ppwzIdentity);

/* Destroys an identity with its key. PEER_E_GROUPS_EXIST while it still has groups. */
HRESULT WINAPI PeerIdentityDelete(_In_ PCWSTR pwzIdentity);

/* Returns the default peer name of this user. */
HRESULT WINAPI PeerIdentityGetDefault(_Outptr_ PWSTR *ppwzPeerName);

/*
 * Returns the public part of an identity as XML; hand it unchanged to whoever invites. NULL means the default
 * identity.
 */
HRESULT WINAPI PeerIdentityGetXML(_In_opt_ PCWSTR pwzIdentity, _Outptr_ PWSTR *ppwzIdentityXML);

/* Returns the whole identity as XML, its key protected by the password. */
HRESULT WINAPI PeerIdentityExport(_In_opt_ PCWSTR pwzIdentity, _In_ PCWSTR pwzPassword, _Outptr_ PWSTR *ppwzExportXML);

/*
 * Takes over an exported identity and returns its peer name. PEER_E_ALREADY_EXISTS; E_INVALIDARG for a wrong password.
 */
HRESULT WINAPI PeerIdentityImport(_In_ PCWSTR pwzImportXML, _In_ PCWSTR pwzPassword, _Outptr_ PWSTR *ppwzIdentity);

/* Returns the name people read. */
HRESULT WINAPI PeerIdentityGetFriendlyName(_In_opt_ PCWSTR pwzIdentity, _Outptr_ PWSTR *ppwzFriendlyName);

/* Sets the name people read; NULL or empty goes back to the peer name. */
HRESULT WINAPI PeerIdentitySetFriendlyName(_In_opt_ PCWSTR pwzIdentity, _In_ PCWSTR pwzFriendlyName);

/*
 * Opens the identity's key pair; peerapi.h says what can be done with it here. Close it with CryptReleaseContext
 * (wincrypt.h).
 */
HRESULT WINAPI PeerIdentityGetCryptKey(_In_opt_ PCWSTR pwzIdentity, _Out_ HCRYPTPROV *phCryptProv);

/* Lists the identities of this user. Items are PEER_NAME_PAIR. */
HRESULT WINAPI PeerEnumIdentities(_Out_ HPEERENUM *phPeerEnum);

/* Lists the groups an identity belongs to. Items are PEER_NAME_PAIR. */
HRESULT WINAPI PeerEnumGroups(_In_ PCWSTR pwzIdentity, _Out_ HPEERENUM *phPeerEnum);

/*
 * Joins an identity's authority and a classifier to a peer name; identity NULL makes an unsecured name. Both NULL is
 * an error.
 */
HRESULT WINAPI PeerCreatePeerName(
    _In_opt_ PCWSTR pwzIdentity,
    _In_opt_ PCWSTR pwzClassifier,
    _Outptr_ PWSTR *ppwzPeerName);

#endif /* NO_P2P_IDENTITY */

/* ------------------------------------------------------------------------------------------------------------------
 * PNRP: publishing a peer name with addresses, and finding it
 * --------------------------------------------------------------------------------------------------------------- */

#ifndef NO_P2P_PNRP

/* Version for PeerPnrpStartup: 2.0. */
#define PNRP_VERSION MAKEWORD(2, 0)

/* As a cloud name: every link-local cloud. As an address count: keep the addresses up to date automatically. */
#define PEER_PNRP_ALL_LINK_CLOUDS \
    PEERAPI_WIDE("PEER_PNRP_ALL_LINKS", \
                 'P', 'E', 'E', 'R', '_', 'P', 'N', 'R', 'P', '_', 'A', 'L', 'L', '_', 'L', 'I', 'N', 'K', 'S')
#define PEER_PNRP_AUTO_ADDRESSES ((ULONG)(-1))

/* A published name, and a search under way. */
typedef PVOID HREGISTRATION;
typedef PVOID HRESOLUTION;

/* One place where a peer name was found. */
typedef struct peer_pnrp_endpoint_info_tag {
    PWSTR pwzPeerName;
    ULONG cAddresses;
    SOCKADDR **ppAddresses;
    PWSTR pwzComment;
    PEER_DATA payload;
} PEER_PNRP_ENDPOINT_INFO, *PPEER_PNRP_ENDPOINT_INFO;

/* One cloud this machine takes part in. */
typedef struct peer_pnrp_cloud_info_tag {
    PWSTR pwzCloudName;
    PNRP_SCOPE dwScope;
    DWORD dwScopeId;
} PEER_PNRP_CLOUD_INFO, *PPEER_PNRP_CLOUD_INFO;

/*
 * How to publish a name. ppAddresses is an array of cAddresses pointers, or NULL with PEER_PNRP_AUTO_ADDRESSES and
 * wPort.
 */
typedef struct peer_pnrp_registration_info_tag {
    PWSTR pwzCloudName;  /* NULL for all clouds */
    PWSTR pwzPublishingIdentity;  /* identity that owns the name; NULL for unsecured names */
    ULONG cAddresses;
    SOCKADDR **ppAddresses;
    WORD wPort;  /* in host byte order */
    PWSTR pwzComment;
    PEER_DATA payload;  /* up to 4096 bytes */
} PEER_PNRP_REGISTRATION_INFO, *PPEER_PNRP_REGISTRATION_INFO;

/*
 * Begins use of the PNRP functions; one PeerPnrpShutdown for each. PEER_E_UNSUPPORTED_VERSION,
 * PEER_E_SERVICE_NOT_AVAILABLE.
 */
HRESULT WINAPI PeerPnrpStartup(_In_ WORD wVersionRequested);

/* Ends one Startup. */
HRESULT WINAPI PeerPnrpShutdown(void);

/* Publishes a peer name. pRegistrationInfo NULL means all clouds and automatic addresses. PEER_E_IDENTITY_NOT_FOUND. */
HRESULT WINAPI PeerPnrpRegister(
    _In_ PCWSTR pcwzPeerName,
    _In_opt_ PPEER_PNRP_REGISTRATION_INFO pRegistrationInfo,
    _Out_ HREGISTRATION *phRegistration);

/* Changes a published name's addresses, comment or payload, not its cloud or address count. */
HRESULT WINAPI PeerPnrpUpdateRegistration(
    _In_ HREGISTRATION hRegistration,
    _In_ PPEER_PNRP_REGISTRATION_INFO pRegistrationInfo);

/* Withdraws a published name. */
HRESULT WINAPI PeerPnrpUnregister(_In_ HREGISTRATION hRegistration);

/* Finds a peer name and waits. *pcEndpoints: most wanted, then found; *ppEndpoints is an array in one block. */
HRESULT WINAPI PeerPnrpResolve(
    _In_ PCWSTR pcwzPeerName,
    _In_opt_ PCWSTR pcwzCloudName,
    _Inout_ ULONG *pcEndpoints,
    _Outptr_result_buffer_(*pcEndpoints) PPEER_PNRP_ENDPOINT_INFO *ppEndpoints);

/*
 * Finds a peer name in the background; hEvent is set for each endpoint and at the end. Close with PeerPnrpEndResolve.
 */
HRESULT WINAPI PeerPnrpStartResolve(
    _In_ PCWSTR pcwzPeerName,
    _In_opt_ PCWSTR pcwzCloudName,
    _In_opt_ ULONG cMaxEndpoints,
    _In_ HANDLE hEvent,
    _Out_ HRESOLUTION *phResolve);

/* Lists the clouds; *ppCloudInfo is an array in one block. */
HRESULT WINAPI PeerPnrpGetCloudInfo(
    _Out_ ULONG *pcNumClouds,
    _Outptr_result_buffer_(*pcNumClouds) PPEER_PNRP_CLOUD_INFO *ppCloudInfo);

/* Takes the next endpoint found by a running search. PEER_E_NO_MORE when there will be no other. */
HRESULT WINAPI PeerPnrpGetEndpoint(_In_ HRESOLUTION hResolve, _Outptr_ PPEER_PNRP_ENDPOINT_INFO *ppEndpoint);

/* Ends a search. */
HRESULT WINAPI PeerPnrpEndResolve(_In_ HRESOLUTION hResolve);

#endif /* NO_P2P_PNRP */

#if NTDDI_VERSION >= NTDDI_VISTA

/* Peer names as DNS-like host names, for functions that only know host names. */

/* Encodes a peer name as a host name ending in .pnrp.net. PEER_E_CANNOT_CONVERT_PEER_NAME. */
HRESULT WINAPI PeerNameToPeerHostName(_In_ PCWSTR pwzPeerName, _Outptr_ PWSTR *ppwzHostName);

/* Decodes such a host name. PEER_E_INVALID_PEER_HOST_NAME. */
HRESULT WINAPI PeerHostNameToPeerName(_In_ PCWSTR pwzHostName, _Outptr_ PWSTR *ppwzPeerName);

#endif

/* ------------------------------------------------------------------------------------------------------------------
 * Collaboration: contacts, presence, people near me, invitations to applications
 * --------------------------------------------------------------------------------------------------------------- */

#ifndef NO_P2P_COLLABORATION

/* Version for PeerCollabStartup: 1.0. */
#define PEER_COLLAB_VERSION MAKEWORD(1, 0)

/* Object ID of the user's picture. */
DEFINE_GUID(PEER_COLLAB_OBJECTID_USER_PICTURE, 0xdd15f41f, 0xfc4e, 0x4922,
            0xb0, 0x35, 0x4c, 0x06, 0xa7, 0x54, 0xd0, 0x1d);

/* Where to be visible: on the local subnet, to contacts anywhere, or both. */
typedef enum peer_signin_flags_tag {
    PEER_SIGNIN_NONE = 0,
    PEER_SIGNIN_NEAR_ME = 1,
    PEER_SIGNIN_INTERNET = 2,
    PEER_SIGNIN_ALL = 3
} PEER_SIGNIN_FLAGS;

/* Whether a contact may watch this user. */
typedef enum peer_watch_permission_tag {
    PEER_WATCH_BLOCKED = 0,
    PEER_WATCH_ALLOWED = 1
} PEER_WATCH_PERMISSION;

/* Where an object or application is visible. */
typedef enum peer_publication_scope_tag {
    PEER_PUBLICATION_SCOPE_NONE = 0,
    PEER_PUBLICATION_SCOPE_NEAR_ME = 1,
    PEER_PUBLICATION_SCOPE_INTERNET = 2,
    PEER_PUBLICATION_SCOPE_ALL = 3
} PEER_PUBLICATION_SCOPE;

/* What people see of each other. */
typedef enum peer_presence_status_tag {
    PEER_PRESENCE_OFFLINE = 0,
    PEER_PRESENCE_OUT_TO_LUNCH = 1,
    PEER_PRESENCE_AWAY = 2,
    PEER_PRESENCE_BE_RIGHT_BACK = 3,
    PEER_PRESENCE_IDLE = 4,
    PEER_PRESENCE_BUSY = 5,
    PEER_PRESENCE_ON_THE_PHONE = 6,
    PEER_PRESENCE_ONLINE = 7
} PEER_PRESENCE_STATUS;

/* What happened to the thing an event speaks of. */
typedef enum peer_change_type_tag {
    PEER_CHANGE_ADDED = 0,
    PEER_CHANGE_DELETED = 1,
    PEER_CHANGE_UPDATED = 2
} PEER_CHANGE_TYPE;

/* What the collaboration section reports. */
typedef enum peer_collab_event_type_tag {
    PEER_EVENT_WATCHLIST_CHANGED = 1,
    PEER_EVENT_ENDPOINT_CHANGED = 2,
    PEER_EVENT_ENDPOINT_PRESENCE_CHANGED = 3,
    PEER_EVENT_ENDPOINT_APPLICATION_CHANGED = 4,
    PEER_EVENT_ENDPOINT_OBJECT_CHANGED = 5,
    PEER_EVENT_MY_ENDPOINT_CHANGED = 6,
    PEER_EVENT_MY_PRESENCE_CHANGED = 7,
    PEER_EVENT_MY_APPLICATION_CHANGED = 8,
    PEER_EVENT_MY_OBJECT_CHANGED = 9,
    PEER_EVENT_PEOPLE_NEAR_ME_CHANGED = 10,
    PEER_EVENT_REQUEST_STATUS_CHANGED = 11
} PEER_COLLAB_EVENT_TYPE;

/* How an invitation was answered. */
typedef enum peer_invitation_response_type_tag {
    PEER_INVITATION_RESPONSE_DECLINED = 0,
    PEER_INVITATION_RESPONSE_ACCEPTED = 1,
    PEER_INVITATION_RESPONSE_EXPIRED = 2,
    PEER_INVITATION_RESPONSE_ERROR = 3
} PEER_INVITATION_RESPONSE_TYPE;

/* Whether an application is registered for this user or for all of this machine. */
typedef enum peer_application_registration_type_tag {
    PEER_APPLICATION_CURRENT_USER = 0,
    PEER_APPLICATION_ALL_USERS = 1
} PEER_APPLICATION_REGISTRATION_TYPE;

/* An application that can be invited to. */
typedef struct peer_application_tag {
    GUID id;
    PEER_DATA data;
    PWSTR pwzDescription;  /* up to 255 characters */
} PEER_APPLICATION, *PPEER_APPLICATION;
typedef const PEER_APPLICATION *PCPEER_APPLICATION;

/* A small piece of data (below 16 KB) visible to contacts. */
typedef struct peer_object_tag {
    GUID id;
    PEER_DATA data;
    DWORD dwPublicationScope;  /* PEER_PUBLICATION_SCOPE */
} PEER_OBJECT, *PPEER_OBJECT;
typedef const PEER_OBJECT *PCPEER_OBJECT;

/* A person in this user's contact list. */
typedef struct peer_contact_tag {
    PWSTR pwzPeerName;
    PWSTR pwzNickName;
    PWSTR pwzDisplayName;
    PWSTR pwzEmailAddress;
    BOOL fWatch;  /* receive events about this contact */
    PEER_WATCH_PERMISSION WatcherPermissions;
    PEER_DATA credentials;  /* the contact's certificate, opaque */
} PEER_CONTACT, *PPEER_CONTACT;
typedef const PEER_CONTACT *PCPEER_CONTACT;

/* One place where a person is signed in. */
typedef struct peer_endpoint_tag {
    PEER_ADDRESS address;
    PWSTR pwzEndpointName;
} PEER_ENDPOINT, *PPEER_ENDPOINT;
typedef const PEER_ENDPOINT *PCPEER_ENDPOINT;

/* A person signed in on the same subnet. */
typedef struct peer_people_near_me_tag {
    PWSTR pwzNickName;
    PEER_ENDPOINT endpoint;
    GUID id;
} PEER_PEOPLE_NEAR_ME, *PPEER_PEOPLE_NEAR_ME;
typedef const PEER_PEOPLE_NEAR_ME *PCPEER_PEOPLE_NEAR_ME;
typedef PPEER_PEOPLE_NEAR_ME *PPPEER_PEOPLE_NEAR_ME;

/* A person's presence. */
typedef struct peer_presence_info_tag {
    PEER_PRESENCE_STATUS status;
    PWSTR pwzDescriptiveText;  /* up to 255 characters, or NULL */
} PEER_PRESENCE_INFO, *PPEER_PRESENCE_INFO;
typedef const PEER_PRESENCE_INFO *PCPEER_PRESENCE_INFO;

/* How to start an application when an invitation to it is accepted. */
typedef struct peer_application_registration_info_tag {
    PEER_APPLICATION application;
    PWSTR pwzApplicationToLaunch;
    PWSTR pwzApplicationArguments;
    DWORD dwPublicationScope;
} PEER_APPLICATION_REGISTRATION_INFO, *PPEER_APPLICATION_REGISTRATION_INFO;
typedef const PEER_APPLICATION_REGISTRATION_INFO *PCPEER_APPLICATION_REGISTRATION_INFO;

/* An invitation to an application. */
typedef struct peer_invitation_tag {
    GUID applicationId;
    PEER_DATA applicationData;  /* the application's own bytes */
    PWSTR pwzMessage;
} PEER_INVITATION, *PPEER_INVITATION;
typedef const PEER_INVITATION *PCPEER_INVITATION;

/* The answer to an invitation. */
typedef struct peer_invitation_response_tag {
    PEER_INVITATION_RESPONSE_TYPE action;
    PWSTR pwzMessage;
    HRESULT hrExtendedInfo;
} PEER_INVITATION_RESPONSE, *PPEER_INVITATION_RESPONSE;
typedef const PEER_INVITATION_RESPONSE *PCPEER_INVITATION_RESPONSE;

/* Who invited, for a program started by an accepted invitation. */
typedef struct peer_app_launch_info_tag {
    PPEER_CONTACT pContact;
    PPEER_ENDPOINT pEndpoint;
    PPEER_INVITATION pInvitation;
} PEER_APP_LAUNCH_INFO, *PPEER_APP_LAUNCH_INFO;
typedef const PEER_APP_LAUNCH_INFO *PCPEER_APP_LAUNCH_INFO;

/* One line of a registration. pInstance narrows application and object events to one ID; NULL takes all. */
typedef struct peer_collab_event_registration_tag {
    PEER_COLLAB_EVENT_TYPE eventType;
    GUID *pInstance;
} PEER_COLLAB_EVENT_REGISTRATION, *PPEER_COLLAB_EVENT_REGISTRATION;

/* A contact was added to, removed from or changed in the watch list. */
typedef struct peer_event_watchlist_changed_data_tag {
    PPEER_CONTACT pContact;
    PEER_CHANGE_TYPE changeType;
} PEER_EVENT_WATCHLIST_CHANGED_DATA, *PPEER_EVENT_WATCHLIST_CHANGED_DATA;

/* Presence of an endpoint. For MY_PRESENCE_CHANGED contact and endpoint are NULL. */
typedef struct peer_event_presence_changed_data_tag {
    PPEER_CONTACT pContact;
    PPEER_ENDPOINT pEndpoint;
    PEER_CHANGE_TYPE changeType;
    PPEER_PRESENCE_INFO pPresenceInfo;
} PEER_EVENT_PRESENCE_CHANGED_DATA, *PPEER_EVENT_PRESENCE_CHANGED_DATA;

/* An application at an endpoint. */
typedef struct peer_event_application_changed_data_tag {
    PPEER_CONTACT pContact;
    PPEER_ENDPOINT pEndpoint;
    PEER_CHANGE_TYPE changeType;
    PPEER_APPLICATION pApplication;
} PEER_EVENT_APPLICATION_CHANGED_DATA, *PPEER_EVENT_APPLICATION_CHANGED_DATA;

/* An object at an endpoint. */
typedef struct peer_event_object_changed_data_tag {
    PPEER_CONTACT pContact;
    PPEER_ENDPOINT pEndpoint;
    PEER_CHANGE_TYPE changeType;
    PPEER_OBJECT pObject;
} PEER_EVENT_OBJECT_CHANGED_DATA, *PPEER_EVENT_OBJECT_CHANGED_DATA;

/* An endpoint's own data changed, its name for instance. */
typedef struct peer_event_endpoint_changed_data_tag {
    PPEER_CONTACT pContact;
    PPEER_ENDPOINT pEndpoint;
} PEER_EVENT_ENDPOINT_CHANGED_DATA, *PPEER_EVENT_ENDPOINT_CHANGED_DATA;

/* Someone on the subnet. NULL for this user's own sign-in or sign-out. */
typedef struct peer_event_people_near_me_changed_data_tag {
    PEER_CHANGE_TYPE changeType;
    PPEER_PEOPLE_NEAR_ME pPeopleNearMe;
} PEER_EVENT_PEOPLE_NEAR_ME_CHANGED_DATA, *PPEER_EVENT_PEOPLE_NEAR_ME_CHANGED_DATA;

/* Outcome of a request such as PeerCollabRefreshEndpointData. */
typedef struct peer_event_request_status_changed_data_tag {
    PPEER_ENDPOINT pEndpoint;
    HRESULT hrChange;
} PEER_EVENT_REQUEST_STATUS_CHANGED_DATA, *PPEER_EVENT_REQUEST_STATUS_CHANGED_DATA;

/* One event. eventType tells which member of the union counts. */
typedef struct peer_collab_event_data_tag {
    PEER_COLLAB_EVENT_TYPE eventType;
    PEERAPI_NAMELESS union {
        PEER_EVENT_WATCHLIST_CHANGED_DATA watchListChangedData;
        PEER_EVENT_PRESENCE_CHANGED_DATA presenceChangedData;
        PEER_EVENT_APPLICATION_CHANGED_DATA applicationChangedData;
        PEER_EVENT_OBJECT_CHANGED_DATA objectChangedData;
        PEER_EVENT_ENDPOINT_CHANGED_DATA endpointChangedData;
        PEER_EVENT_PEOPLE_NEAR_ME_CHANGED_DATA peopleNearMeChangedData;
        PEER_EVENT_REQUEST_STATUS_CHANGED_DATA requestStatusChangedData;
    };
} PEER_COLLAB_EVENT_DATA, *PPEER_COLLAB_EVENT_DATA;

/* Begins use of the collaboration functions; counted. Ask for PEER_COLLAB_VERSION. PEER_E_UNSUPPORTED_VERSION. */
HRESULT WINAPI PeerCollabStartup(_In_ WORD wVersionRequested);

/* Ends one Startup. */
HRESULT WINAPI PeerCollabShutdown(void);

/*
 * Makes this user visible (PEER_SIGNIN_FLAGS). PEER_S_NO_CONNECTIVITY when no IPv6 address is there yet,
 * PEER_E_SERVICE_NOT_AVAILABLE.
 */
HRESULT WINAPI PeerCollabSignin(_In_opt_ HWND hwndParent, _In_ DWORD dwSigninOptions);

/* Ends visibility for the given scopes. */
HRESULT WINAPI PeerCollabSignout(_In_ DWORD dwSigninOptions);

/* Stores the PEER_SIGNIN_FLAGS in force. PEER_E_NOT_SIGNED_IN. */
HRESULT WINAPI PeerCollabGetSigninOptions(_Out_ DWORD *pdwSigninOptions);

/*
 * Invites a contact at an endpoint and returns at once; hEvent is set when the answer is there
 * (PeerCollabGetInvitationResponse).
 */
HRESULT WINAPI PeerCollabAsyncInviteContact(
    _In_opt_ PCPEER_CONTACT pcContact,
    _In_ PCPEER_ENDPOINT pcEndpoint,
    _In_ PCPEER_INVITATION pcInvitation,
    _In_opt_ HANDLE hEvent,
    _Out_opt_ HANDLE *phInvitation);

/* Returns the answer. PEER_E_INVITE_CANCELLED, PEER_E_INVITE_RESPONSE_NOT_AVAILABLE, PEER_E_CONNECTION_FAILED. */
HRESULT WINAPI PeerCollabGetInvitationResponse(
    _In_ HANDLE hInvitation,
    _Outptr_ PPEER_INVITATION_RESPONSE *ppInvitationResponse);

/* Withdraws an invitation that has not been answered; the handle must still be closed. E_HANDLE. */
HRESULT WINAPI PeerCollabCancelInvitation(_In_ HANDLE hInvitation);

/* Closes an invitation handle. E_HANDLE. */
HRESULT WINAPI PeerCollabCloseHandle(_In_ HANDLE hInvitation);

/* Invites a contact and waits for the answer, up to five minutes. PEER_E_TIMEOUT. */
HRESULT WINAPI PeerCollabInviteContact(
    _In_opt_ PCPEER_CONTACT pcContact,
    _In_ PCPEER_ENDPOINT pcEndpoint,
    _In_ PCPEER_INVITATION pcInvitation,
    _Outptr_ PPEER_INVITATION_RESPONSE *ppResponse);

/* Invites whoever is at an endpoint and returns at once. */
HRESULT WINAPI PeerCollabAsyncInviteEndpoint(
    _In_ PCPEER_ENDPOINT pcEndpoint,
    _In_ PCPEER_INVITATION pcInvitation,
    _In_opt_ HANDLE hEvent,
    _Out_opt_ HANDLE *phInvitation);

/* Invites whoever is at an endpoint and waits for the answer. PEER_E_TIMEOUT. */
HRESULT WINAPI PeerCollabInviteEndpoint(
    _In_ PCPEER_ENDPOINT pcEndpoint,
    _In_ PCPEER_INVITATION pcInvitation,
    _Outptr_ PPEER_INVITATION_RESPONSE *ppResponse);

/* Tells a program started by an invitation who invited. PEER_E_NOT_FOUND. */
HRESULT WINAPI PeerCollabGetAppLaunchInfo(_Outptr_ PPEER_APP_LAUNCH_INFO *ppLaunchInfo);

/* Registers a program that invitations can start; for all users this needs rights. */
HRESULT WINAPI PeerCollabRegisterApplication(
    _In_ PCPEER_APPLICATION_REGISTRATION_INFO pcApplication,
    _In_ PEER_APPLICATION_REGISTRATION_TYPE registrationType);

/* Undoes a registration. PEER_E_NOT_FOUND. */
HRESULT WINAPI PeerCollabUnregisterApplication(
    _In_ const GUID *pApplicationId,
    _In_ PEER_APPLICATION_REGISTRATION_TYPE registrationType);

/* Returns one registration. PEER_E_NOT_FOUND. */
HRESULT WINAPI PeerCollabGetApplicationRegistrationInfo(
    _In_ const GUID *pApplicationId,
    _In_ PEER_APPLICATION_REGISTRATION_TYPE registrationType,
    _Outptr_ PPEER_APPLICATION_REGISTRATION_INFO *ppApplication);

/* Lists registrations. Items are PEER_APPLICATION_REGISTRATION_INFO. */
HRESULT WINAPI PeerCollabEnumApplicationRegistrationInfo(
    _In_ PEER_APPLICATION_REGISTRATION_TYPE registrationType,
    _Out_ HPEERENUM *phPeerEnum);

/* Returns the presence of an endpoint, or one's own (NULL). PEER_E_NOT_FOUND. */
HRESULT WINAPI PeerCollabGetPresenceInfo(
    _In_opt_ PCPEER_ENDPOINT pcEndpoint,
    _Outptr_ PPEER_PRESENCE_INFO *ppPresenceInfo);

/* Lists applications of an endpoint, or one's own (NULL). Items are PEER_APPLICATION. */
HRESULT WINAPI PeerCollabEnumApplications(
    _In_opt_ PCPEER_ENDPOINT pcEndpoint,
    _In_opt_ const GUID *pApplicationId,
    _Out_ HPEERENUM *phPeerEnum);

/* Lists objects of an endpoint, or one's own (NULL). Items are PEER_OBJECT. */
HRESULT WINAPI PeerCollabEnumObjects(
    _In_opt_ PCPEER_ENDPOINT pcEndpoint,
    _In_opt_ const GUID *pObjectId,
    _Out_ HPEERENUM *phPeerEnum);

/* Lists where a contact is signed in. Items are PEER_ENDPOINT. */
HRESULT WINAPI PeerCollabEnumEndpoints(_In_opt_ PCPEER_CONTACT pcContact, _Out_ HPEERENUM *phPeerEnum);

/* Fetches an endpoint's data once; the outcome comes as an event within 30 seconds. */
HRESULT WINAPI PeerCollabRefreshEndpointData(_In_ PCPEER_ENDPOINT pcEndpoint);

/* Drops what was fetched. */
HRESULT WINAPI PeerCollabDeleteEndpointData(_In_ PCPEER_ENDPOINT pcEndpoint);

/* Returns the contact XML of an endpoint, or one's own (NULL). PEER_E_NOT_FOUND. */
HRESULT WINAPI PeerCollabQueryContactData(_In_opt_ PCPEER_ENDPOINT pcEndpoint, _Outptr_ PWSTR *ppwzContactData);

/* Keeps an endpoint's data up to date; counted. PEER_S_SUBSCRIPTION_EXISTS when it already was. */
HRESULT WINAPI PeerCollabSubscribeEndpointData(_In_ const PCPEER_ENDPOINT pcEndpoint);

/* Undoes one subscription. */
HRESULT WINAPI PeerCollabUnsubscribeEndpointData(_In_ const PCPEER_ENDPOINT pcEndpoint);

/* Publishes one's presence. PEER_E_NOT_SIGNED_IN. */
HRESULT WINAPI PeerCollabSetPresenceInfo(_In_ PCPEER_PRESENCE_INFO pcPresenceInfo);

/* Returns the name of this endpoint. */
HRESULT WINAPI PeerCollabGetEndpointName(_Outptr_ PWSTR *ppwzEndpointName);

/* Sets the name of this endpoint, up to 255 characters. */
HRESULT WINAPI PeerCollabSetEndpointName(_In_ PCWSTR pwzEndpointName);

/* Publishes or replaces an object. */
HRESULT WINAPI PeerCollabSetObject(_In_ PCPEER_OBJECT pcObject);

/* Withdraws an object. */
HRESULT WINAPI PeerCollabDeleteObject(_In_ const GUID *pObjectId);

/* Opens an event queue; read with PeerCollabGetEventData until PEER_S_NO_EVENT_DATA. */
HRESULT WINAPI PeerCollabRegisterEvent(
    _In_ HANDLE hEvent,
    _In_ DWORD cEventRegistration,
    _In_reads_(cEventRegistration) PEER_COLLAB_EVENT_REGISTRATION *pEventRegistrations,
    _Out_ HPEEREVENT *phPeerEvent);

/* Takes the oldest event off the queue. PEER_S_NO_EVENT_DATA when there is none. */
HRESULT WINAPI PeerCollabGetEventData(_In_ HPEEREVENT hPeerEvent, _Outptr_ PPEER_COLLAB_EVENT_DATA *ppEventData);

/* Closes an event queue. */
HRESULT WINAPI PeerCollabUnregisterEvent(_In_ HPEEREVENT hPeerEvent);

/* Lists people on the subnet. Items are PEER_PEOPLE_NEAR_ME. */
HRESULT WINAPI PeerCollabEnumPeopleNearMe(_Out_ HPEERENUM *phPeerEnum);

/* Adds a contact from contact XML; ppContact may be NULL. */
HRESULT WINAPI PeerCollabAddContact(_In_ PCWSTR pwzContactData, _Outptr_opt_ PPEER_CONTACT *ppContact);

/* Removes a contact. */
HRESULT WINAPI PeerCollabDeleteContact(_In_ PCWSTR pwzPeerName);

/* Returns a contact, or one's own (NULL). */
HRESULT WINAPI PeerCollabGetContact(_In_opt_ PCWSTR pwzPeerName, _Outptr_ PPEER_CONTACT *ppContact);

/* Changes a contact. */
HRESULT WINAPI PeerCollabUpdateContact(_In_ PCPEER_CONTACT pContact);

/* Lists contacts, without oneself. Items are PEER_CONTACT. */
HRESULT WINAPI PeerCollabEnumContacts(_Out_ HPEERENUM *phPeerEnum);

/* Returns a contact, or one's own (NULL), as contact XML. */
HRESULT WINAPI PeerCollabExportContact(_In_opt_ PCWSTR pwzPeerName, _Outptr_ PWSTR *ppwzContactData);

/* Unpacks contact XML without storing it. */
HRESULT WINAPI PeerCollabParseContact(_In_ PCWSTR pwzContactData, _Outptr_ PPEER_CONTACT *ppContact);

#endif /* NO_P2P_COLLABORATION */

#ifdef __cplusplus
}
#endif

#endif /* PEERAPI_P2P_H */
