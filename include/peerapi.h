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
