/*
 * peerapi.h - functions of this library that p2p.h does not have. Their names begin with Peerx; programs that use them
 * are not portable to Windows.
 */
#ifndef PEERAPI_PEERAPI_H
#define PEERAPI_PEERAPI_H

#include "p2p.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Returns why the last call that failed in this thread did so: a sentence in English with the function's name, the
 * code's name and value, and the parameter or field that was wrong, where one was; empty when none has failed. For
 * people and logs: its words may change. A call that succeeds leaves it as it is. Needs no Startup, and works also when
 * nothing else does because the library cannot start. Free it with PeerFreeData. E_INVALIDARG, E_OUTOFMEMORY.
 */
HRESULT WINAPI PeerxGetLastErrorText(_Outptr_ PWSTR *ppwzText);

/*
 * Adds cRecords records in one transaction: all of them or, when any is refused, none. ppRecords points to that many
 * pointers, each record filled as for PeerGraphAddRecord; pRecordIds receives as many IDs in the same order. The code
 * of the first refused record is returned, and pRecordIds is left as it was.
 */
HRESULT WINAPI PeerxGraphAddRecords(
    _In_ HGRAPH hGraph,
    _In_ ULONG cRecords,
    _In_reads_(cRecords) PPEER_RECORD *ppRecords,
    _Out_writes_(cRecords) GUID *pRecordIds);

/*
 * PEER_RECORD.dwFlags, when a record is added: it stays in this peer's own database. No other node is sent it, now or
 * when databases are compared; it is in none of their hashes, and deleting it leaves nothing anywhere. Otherwise it is
 * a record like any other: it can be read, enumerated, searched, changed and deleted here, is told by events, expires,
 * is exported with the database, and is there again when the graph is opened again. Other nodes learn of it when they
 * search all nodes and it matches. PeerGraphGetRecord shows the flag; no record gets or loses it later (E_INVALIDARG).
 */
#define PEERX_RECORD_LOCAL 0x20000000

/* ------------------------------------------------------------------------------------------------------------------
 * Searches of all nodes
 *
 * PeerGraphSearchRecords looks into this peer's own database. These functions ask every node of a graph or group, each
 * of which answers from what it holds, records that are only local (PEERX_RECORD_LOCAL) included.
 * --------------------------------------------------------------------------------------------------------------- */

typedef PVOID HPEERXSEARCH, *PHPEERXSEARCH;

/* PEERX_SEARCH_OPTIONS.dwFlags: records that all nodes have are not wanted. */
#define PEERX_SEARCH_LOCAL_RECORDS 1

/* PEERX_SEARCH_ANSWER.dwFlags: the node has, or might have, more than it was asked for or may send. */
#define PEERX_SEARCH_MORE 1

/* What a search may bring. A member that is 0 has its default. */
typedef struct peerx_search_options_tag {
    DWORD dwSize; /* sizeof(PEERX_SEARCH_OPTIONS) */
    DWORD dwFlags; /* PEERX_SEARCH_LOCAL_RECORDS or 0 */
    ULONG cMaxRecords; /* of one node: 1 to 1000; 100 */
    ULONG cbMaxRecords; /* bytes of the records of one node, as they travel: up to 524288; 262144 */
    ULONG ulTimeout; /* milliseconds, up to 60000; 5000 */
} PEERX_SEARCH_OPTIONS, *PPEERX_SEARCH_OPTIONS;
typedef const PEERX_SEARCH_OPTIONS *PCPEERX_SEARCH_OPTIONS;

/* Whether a node has answered. */
typedef enum peerx_search_answer_type_tag {
    PEERX_SEARCH_ANSWERED = 1,
    PEERX_SEARCH_ABSENT = 2 /* a node of the graph that has not answered in time */
} PEERX_SEARCH_ANSWER_TYPE;

/* What came of one node. Of several records that which changed last comes first. */
typedef struct peerx_search_answer_tag {
    DWORD dwSize;
    PEERX_SEARCH_ANSWER_TYPE type;
    DWORD dwFlags; /* PEERX_SEARCH_MORE or 0 */
    ULONGLONG ullNodeId;
    PWSTR pwzPeerId; /* in a group proved by the answer's signature; in a graph what the node says */
    ULONG cRecords;
    PPEER_RECORD pRecords; /* copies, one after the other; NULL when there are none */
} PEERX_SEARCH_ANSWER, *PPEERX_SEARCH_ANSWER;

/*
 * Begins a search of all nodes. pwzCriteria is XML as for PeerGraphSearchRecords, of at most 16384 bytes of UTF-8;
 * pOptions may be NULL. hEvent is set when there is an answer to take, and at the end: when all nodes that are known,
 * or that others have passed the question on to, have answered, or the time is over. This node's own answer is among
 * them. The handle is closed with PeerxSearchEnd, or when the last PeerGraphShutdown comes.
 *
 * PEER_E_GRAPH_NOT_READY, PEER_E_INVALID_SEARCH, E_INVALIDARG (an option out of its range, an escape that is none, no
 * event), HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_QUOTA) when 64 searches of the graph are under way.
 */
HRESULT WINAPI PeerxGraphSearchNodes(
    _In_ HGRAPH hGraph,
    _In_ PCWSTR pwzCriteria,
    _In_opt_ PCPEERX_SEARCH_OPTIONS pOptions,
    _In_ HANDLE hEvent,
    _Out_ HPEERXSEARCH *phSearch);

/*
 * The same in a group, within its security: only members ask and are answered, each answer is signed by the member who
 * gives it, and a record is given only if its creator has signed it or gives it itself. Codes as
 * PeerxGraphSearchNodes; PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED for who is no member any more.
 */
HRESULT WINAPI PeerxGroupSearchNodes(
    _In_ HGROUP hGroup,
    _In_ PCWSTR pwzCriteria,
    _In_opt_ PCPEERX_SEARCH_OPTIONS pOptions,
    _In_ HANDLE hEvent,
    _Out_ HPEERXSEARCH *phSearch);

/*
 * Takes the next answer, in one block. Free it with PeerFreeData. E_PENDING when there may be one later, PEER_E_NO_MORE
 * at the end, E_INVALIDARG. The nodes that have not answered come last, as PEERX_SEARCH_ABSENT.
 */
HRESULT WINAPI PeerxSearchGetAnswer(_In_ HPEERXSEARCH hSearch, _Outptr_ PPEERX_SEARCH_ANSWER *ppAnswer);

/* Ends a search and closes the handle; the event is not touched any more. E_INVALIDARG. */
HRESULT WINAPI PeerxSearchEnd(_In_ HPEERXSEARCH hSearch);

/* ------------------------------------------------------------------------------------------------------------------
 * Key pairs. Here a HCRYPTPROV holds one key pair, public and private half, and nothing else: there is no key container
 * behind it and no other CryptoAPI function takes it. It comes from PeerIdentityGetCryptKey or from the functions
 * below, can be given to PeerIdentityCreate, stays good when the identity is deleted, and is closed with
 * PeerxCryptKeyRelease or CryptReleaseContext (wincrypt.h), which are the same. E_HANDLE for a handle that is not live.
 * --------------------------------------------------------------------------------------------------------------- */

/*
 * Kinds of keys. P-256 and Ed25519 sign in the modern way, with SHA-256; P-256 is what PeerIdentityCreate makes by
 * itself. RSA keys sign as [MS-PPSEC] publishes it, PKCS #1 v1.5 with SHA-1, for graphs shared with Windows.
 */
typedef enum peerx_key_algorithm_tag {
    PEERX_KEY_P256 = 1,
    PEERX_KEY_ED25519 = 2,
    PEERX_KEY_RSA = 3
} PEERX_KEY_ALGORITHM;

/* The halves of a pair. */
typedef enum peerx_key_part_tag {
    PEERX_KEY_PUBLIC = 1, /* DER SubjectPublicKeyInfo: what a peer name is the SHA-1 of */
    PEERX_KEY_PRIVATE = 2 /* DER PrivateKeyInfo (PKCS #8), not encrypted */
} PEERX_KEY_PART;

/*
 * Makes a key pair that is stored nowhere. cBits is for RSA, 1024 to 8192 and a multiple of 8, or 0 for 2048; it is 0
 * for the others. [MS-PNRP] knows RSA keys of 1024 bits only.
 */
HRESULT WINAPI PeerxCryptKeyCreate(
    _In_ PEERX_KEY_ALGORITHM algorithm,
    _In_opt_ ULONG cBits,
    _Out_ HCRYPTPROV *phCryptProv);

/* Takes a private key of the caller: DER PrivateKeyInfo without encryption, of one of the kinds above. */
HRESULT WINAPI PeerxCryptKeyImport(
    _In_ ULONG cbKey,
    _In_reads_bytes_(cbKey) const BYTE *pbKey,
    _Out_ HCRYPTPROV *phCryptProv);

/* Returns one half of a key pair in one block. Free it with PeerFreeData; wipe a private key before. */
HRESULT WINAPI PeerxCryptKeyExport(_In_ HCRYPTPROV hCryptProv, _In_ PEERX_KEY_PART part, _Outptr_ PPEER_DATA *ppKey);

/* Closes the handle. */
HRESULT WINAPI PeerxCryptKeyRelease(_In_ HCRYPTPROV hCryptProv);

/* ------------------------------------------------------------------------------------------------------------------
 * Groups
 * --------------------------------------------------------------------------------------------------------------- */

/*
 * PEER_GROUP_PROPERTIES.dwFlags, for PeerGroupCreate: a group in the published formats (RSA, SHA-1), which Windows
 * understands, instead of the modern ones. The creator's identity needs an RSA key then, and so does every member's. A
 * group keeps its profile; PeerGroupGetProperties shows it by this flag.
 */
#define PEERX_GROUP_MS_PPSEC 0x40000000

/*
 * Adds cRecords records to the group in one transaction, as PeerxGraphAddRecords does to a graph: all of them or, when
 * any is refused, none. One signature stands for up to 32 of them, in groups that this version or a later one has made;
 * each record still proves itself alone. Codes as PeerGroupAddRecord; pRecordIds is left as it was after a failure.
 */
HRESULT WINAPI PeerxGroupAddRecords(
    _In_ HGROUP hGroup,
    _In_ ULONG cRecords,
    _In_reads_(cRecords) PPEER_RECORD *ppRecords,
    _Out_writes_(cRecords) GUID *pRecordIds);

/*
 * Takes the membership of pwzIdentity away, at once and everywhere: its connections end, it cannot connect any more,
 * and records that it makes from now on are refused. Those whose membership comes from it go with it. Administrators
 * revoke members and administrators farther from the creator than themselves; the creator, everybody.
 *
 * pwzReason may be NULL: a text for people. *pRecordId is the record that tells all members; it is taken back by
 * deleting that record. PEER_E_NOT_FOUND (no such member), PEER_E_NOT_AUTHORIZED, PEER_E_GROUP_NOT_READY, E_INVALIDARG.
 */
HRESULT WINAPI PeerxGroupRevokeMember(
    _In_ HGROUP hGroup,
    _In_ PCWSTR pwzIdentity,
    _In_opt_ PCWSTR pwzReason,
    _Out_ GUID *pRecordId);

/*
 * Returns what puts a graph under this group's security: hand it to PeerGraphCreate or PeerGraphOpen while the group is
 * open, and only members connect to that graph and publish in it. The graph's creator ID or peer ID is the identity
 * that has the group open. Free it with PeerFreeData. Not for ms-ppsec groups.
 *
 * In the structure, pbSecurityInfo and cbSecurityInfo may be set before it is handed in: a line of UTF-8 for each
 * type of records that is reserved for one member, with the GUID in small letters, a blank and the member's peer name.
 * This node then refuses records of that type which anybody else has made or changed, and PeerGraphAddRecord is
 * PEER_E_NOT_AUTHORIZED for anybody else. Every node has to be told the same.
 */
HRESULT WINAPI PeerxGroupGetSecurityInterface(_In_ HGROUP hGroup, _Outptr_ PPEER_SECURITY_INTERFACE *ppSecurity);

/*
 * Returns how many connections and records were refused since the group was opened, and why: a line of text for each
 * reason, such as "REVOKED 2: was revoked"; empty when there were none. Free it with PeerFreeData.
 */
HRESULT WINAPI PeerxGroupGetRefusals(_In_ HGROUP hGroup, _Outptr_ PWSTR *ppwzRefusals);

#ifdef __cplusplus
}
#endif

#endif
