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
 * Adds cRecords records in one transaction: all of them or, when any is refused, none. ppRecords points to that many
 * pointers, each record filled as for PeerGraphAddRecord; pRecordIds receives as many IDs in the same order. The code
 * of the first refused record is returned, and pRecordIds is left as it was.
 */
HRESULT WINAPI PeerxGraphAddRecords(
    _In_ HGRAPH hGraph,
    _In_ ULONG cRecords,
    _In_reads_(cRecords) PPEER_RECORD *ppRecords,
    _Out_writes_(cRecords) GUID *pRecordIds);

/* ------------------------------------------------------------------------------------------------------------------
 * Key pairs. Here a HCRYPTPROV holds one key pair, public and private half, and nothing else: there is no key container
 * behind it and no other CryptoAPI function takes it. It comes from PeerIdentityGetCryptKey or from the functions below,
 * can be given to PeerIdentityCreate, stays good when the identity is deleted, and is closed with PeerxCryptKeyRelease
 * or CryptReleaseContext (wincrypt.h), which are the same. E_HANDLE for a handle that is not live.
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

#ifdef __cplusplus
}
#endif

#endif
