/*
 * wincrypt.h - certificates, stores of them, and keys: as much as programs of the Distributed Routing Table need.
 *
 * Stores lie in memory: opened empty, from PKCS #7 or from a PFX, and saved as PKCS #7 or PFX. The private key of a PFX
 * is bound to its certificate's context, and to contexts made of that one.
 * Functions that fail say why by GetLastError.
 */
#ifndef PEERAPI_WINCRYPT_H
#define PEERAPI_WINCRYPT_H

#include "windef.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A key container. */
typedef ULONG_PTR HCRYPTPROV;
typedef HCRYPTPROV *PHCRYPTPROV;
typedef ULONG_PTR HCRYPTKEY;
typedef ULONG_PTR HCRYPTHASH;

/* Encodings. */
#define X509_ASN_ENCODING 0x00000001
#define PKCS_7_ASN_ENCODING 0x00010000

#define X509_NDR_ENCODING 0x00000002

/* The key pair for exchange, and the one for signatures. */
#define AT_KEYEXCHANGE 1
#define AT_SIGNATURE 2

/* Object identifiers of the RSA keys and signatures that peer certificates carry. */
#define szOID_RSA_RSA "1.2.840.113549.1.1.1"
#define szOID_RSA_SHA1RSA "1.2.840.113549.1.1.5"
#define szOID_RSA_SHA256RSA "1.2.840.113549.1.1.11"
#define szOID_ECC_PUBLIC_KEY "1.2.840.10045.2.1"
#define szOID_ECDSA_SHA256 "1.2.840.10045.4.3.2"
#define szOID_COMMON_NAME "2.5.4.3"

/* Counted bytes, under the names of what they mean. */
typedef struct _CRYPTOAPI_BLOB {
    DWORD cbData;
    BYTE *pbData;
} CRYPT_INTEGER_BLOB, *PCRYPT_INTEGER_BLOB, CRYPT_OBJID_BLOB, *PCRYPT_OBJID_BLOB, CRYPT_DATA_BLOB, *PCRYPT_DATA_BLOB,
    CRYPT_HASH_BLOB, *PCRYPT_HASH_BLOB, CERT_NAME_BLOB, *PCERT_NAME_BLOB, CERT_BLOB, *PCERT_BLOB,
    DATA_BLOB, *PDATA_BLOB;

/* Counted bits: the last byte leaves cUnusedBits of its lowest bits unused. */
typedef struct _CRYPT_BIT_BLOB {
    DWORD cbData;
    BYTE *pbData;
    DWORD cUnusedBits;
} CRYPT_BIT_BLOB, *PCRYPT_BIT_BLOB;

typedef struct _CRYPT_ALGORITHM_IDENTIFIER {
    LPSTR pszObjId;
    CRYPT_OBJID_BLOB Parameters;
} CRYPT_ALGORITHM_IDENTIFIER, *PCRYPT_ALGORITHM_IDENTIFIER;

/* A public key with its algorithm. */
typedef struct _CERT_PUBLIC_KEY_INFO {
    CRYPT_ALGORITHM_IDENTIFIER Algorithm;
    CRYPT_BIT_BLOB PublicKey;
} CERT_PUBLIC_KEY_INFO, *PCERT_PUBLIC_KEY_INFO;

typedef struct _CERT_EXTENSION {
    LPSTR pszObjId;
    BOOL fCritical;
    CRYPT_OBJID_BLOB Value;
} CERT_EXTENSION, *PCERT_EXTENSION;
typedef const CERT_EXTENSION *PCCERT_EXTENSION;

/* A certificate, unpacked. */
typedef struct _CERT_INFO {
    DWORD dwVersion;
    CRYPT_INTEGER_BLOB SerialNumber;
    CRYPT_ALGORITHM_IDENTIFIER SignatureAlgorithm;
    CERT_NAME_BLOB Issuer;
    FILETIME NotBefore;
    FILETIME NotAfter;
    CERT_NAME_BLOB Subject;
    CERT_PUBLIC_KEY_INFO SubjectPublicKeyInfo;
    CRYPT_BIT_BLOB IssuerUniqueId;
    CRYPT_BIT_BLOB SubjectUniqueId;
    DWORD cExtension;
    PCERT_EXTENSION rgExtension;
} CERT_INFO, *PCERT_INFO;

typedef void *HCERTSTORE;

/* A certificate, packed and unpacked, and the store it came from. */
typedef struct _CERT_CONTEXT {
    DWORD dwCertEncodingType;
    BYTE *pbCertEncoded;
    DWORD cbCertEncoded;
    PCERT_INFO pCertInfo;
    HCERTSTORE hCertStore;
} CERT_CONTEXT, *PCERT_CONTEXT;
typedef const CERT_CONTEXT *PCCERT_CONTEXT;

/* Where a store comes from: a number in place of a name. */
#define CERT_STORE_PROV_MSG ((LPCSTR)1)
#define CERT_STORE_PROV_MEMORY ((LPCSTR)2)
#define CERT_STORE_PROV_PKCS7 ((LPCSTR)5)
#define CERT_STORE_PROV_SERIALIZED ((LPCSTR)6)
#define CERT_STORE_PROV_SYSTEM_W ((LPCSTR)10)
#define CERT_STORE_PROV_SYSTEM CERT_STORE_PROV_SYSTEM_W
#define sz_CERT_STORE_PROV_MEMORY "Memory"
#define sz_CERT_STORE_PROV_PKCS7 "PKCS7"
#define CERT_STORE_NO_CRYPT_RELEASE_FLAG 0x00000001
#define CERT_STORE_DEFER_CLOSE_UNTIL_LAST_FREE_FLAG 0x00000004
#define CERT_STORE_CREATE_NEW_FLAG 0x00002000
#define CERT_STORE_OPEN_EXISTING_FLAG 0x00004000
#define CERT_STORE_READONLY_FLAG 0x00008000

/* How a store is closed. */
#define CERT_CLOSE_STORE_FORCE_FLAG 0x00000001
#define CERT_CLOSE_STORE_CHECK_FLAG 0x00000002

/* What a certificate that is there already means to one that is added. */
#define CERT_STORE_ADD_NEW 1
#define CERT_STORE_ADD_USE_EXISTING 2
#define CERT_STORE_ADD_REPLACE_EXISTING 3
#define CERT_STORE_ADD_ALWAYS 4
#define CERT_STORE_ADD_REPLACE_EXISTING_INHERIT_PROPERTIES 5

/* What CertFindCertificateInStore looks for; pvFindPara is said behind. */
#define CERT_FIND_ANY 0  /* NULL */
#define CERT_FIND_SHA1_HASH 0x00010000  /* CRYPT_HASH_BLOB */
#define CERT_FIND_HASH CERT_FIND_SHA1_HASH
#define CERT_FIND_SUBJECT_NAME 0x00020007  /* CERT_NAME_BLOB */
#define CERT_FIND_ISSUER_NAME 0x00020004  /* CERT_NAME_BLOB */
#define CERT_FIND_PUBLIC_KEY 0x00060000  /* CERT_PUBLIC_KEY_INFO */
#define CERT_FIND_SUBJECT_STR_A 0x00070007  /* LPCSTR: a part of the subject, in any case */
#define CERT_FIND_SUBJECT_STR_W 0x00080007  /* LPCWSTR */
#define CERT_FIND_SUBJECT_STR CERT_FIND_SUBJECT_STR_W
#define CERT_FIND_ISSUER_STR_A 0x00070004
#define CERT_FIND_ISSUER_STR_W 0x00080004
#define CERT_FIND_ISSUER_STR CERT_FIND_ISSUER_STR_W
#define CERT_FIND_SUBJECT_CERT 0x000B0000  /* CERT_INFO: issuer and serial number */
#define CERT_FIND_ISSUER_OF 0x000C0000  /* CERT_CONTEXT */
#define CERT_FIND_EXISTING 0x000D0000  /* CERT_CONTEXT */
#define CERT_FIND_HAS_PRIVATE_KEY 0x00150000  /* NULL */

/* What CertSaveStore writes, and where to. */
#define CERT_STORE_SAVE_AS_PKCS7 2
#define CERT_STORE_SAVE_TO_MEMORY 2  /* CRYPT_DATA_BLOB: with pbData NULL the size is told */

/* Flags of PFXImportCertStore and PFXExportCertStore. */
#define CRYPT_EXPORTABLE 0x00000001
#define CRYPT_USER_PROTECTED 0x00000002
#define CRYPT_MACHINE_KEYSET 0x00000020
#define CRYPT_USER_KEYSET 0x00001000
#define PKCS12_NO_PERSIST_KEY 0x00008000
#define REPORT_NO_PRIVATE_KEY 0x0001
#define REPORT_NOT_ABLE_TO_EXPORT_PRIVATE_KEY 0x0002
#define EXPORT_PRIVATE_KEYS 0x0004

typedef ULONG_PTR HCRYPTPROV_LEGACY;

/* The certificates and keys of a PFX as a store. ERROR_INVALID_PASSWORD, CRYPT_E_BAD_ENCODE. */
HCERTSTORE WINAPI PFXImportCertStore(_In_ CRYPT_DATA_BLOB *pPFX, _In_ LPCWSTR szPassword, _In_ DWORD dwFlags);

/* A store as a PFX; with pbData NULL its size is told. ERROR_MORE_DATA. */
BOOL WINAPI PFXExportCertStore(
    _In_ HCERTSTORE hStore, _Inout_ CRYPT_DATA_BLOB *pPFX, _In_ LPCWSTR szPassword, _In_ DWORD dwFlags);
BOOL WINAPI PFXExportCertStoreEx(
    _In_ HCERTSTORE hStore, _Inout_ CRYPT_DATA_BLOB *pPFX, _In_ LPCWSTR szPassword, _In_opt_ void *pvPara,
    _In_ DWORD dwFlags);

/* A store: empty with CERT_STORE_PROV_MEMORY, the certificates of a CRYPT_DATA_BLOB with CERT_STORE_PROV_PKCS7. Stores
 * of the system and files are not there: ERROR_FILE_NOT_FOUND. */
HCERTSTORE WINAPI CertOpenStore(
    _In_ LPCSTR lpszStoreProvider, _In_ DWORD dwEncodingType, _In_opt_ HCRYPTPROV_LEGACY hCryptProv,
    _In_ DWORD dwFlags, _In_opt_ const void *pvPara);

/* Contexts that a program still has stay good. CRYPT_E_PENDING_CLOSE with CERT_CLOSE_STORE_CHECK_FLAG, if there are. */
BOOL WINAPI CertCloseStore(_In_opt_ HCERTSTORE hCertStore, _In_ DWORD dwFlags);

/* PKCS #7 into memory. ERROR_MORE_DATA; others than that: E_NOTIMPL. */
BOOL WINAPI CertSaveStore(
    _In_ HCERTSTORE hCertStore, _In_ DWORD dwEncodingType, _In_ DWORD dwSaveAs, _In_ DWORD dwSaveTo,
    _Inout_ void *pvSaveToPara, _In_ DWORD dwFlags);

/* The next one after pPrevCertContext, which is given back. NULL and CRYPT_E_NOT_FOUND at the end. */
PCCERT_CONTEXT WINAPI CertEnumCertificatesInStore(_In_ HCERTSTORE hCertStore, _In_opt_ PCCERT_CONTEXT pPrevCertContext);
PCCERT_CONTEXT WINAPI CertFindCertificateInStore(
    _In_ HCERTSTORE hCertStore, _In_ DWORD dwCertEncodingType, _In_ DWORD dwFindFlags, _In_ DWORD dwFindType,
    _In_opt_ const void *pvFindPara, _In_opt_ PCCERT_CONTEXT pPrevCertContext);

/* Contexts: made of a certificate's bytes, counted. CRYPT_E_BAD_ENCODE. */
PCCERT_CONTEXT WINAPI CertCreateCertificateContext(
    _In_ DWORD dwCertEncodingType, _In_ const BYTE *pbCertEncoded, _In_ DWORD cbCertEncoded);
PCCERT_CONTEXT WINAPI CertDuplicateCertificateContext(_In_opt_ PCCERT_CONTEXT pCertContext);
BOOL WINAPI CertFreeCertificateContext(_In_opt_ PCCERT_CONTEXT pCertContext);

/* Copies into stores, and out of them; a key goes along. CRYPT_E_EXISTS. */
BOOL WINAPI CertAddCertificateContextToStore(
    _In_opt_ HCERTSTORE hCertStore, _In_ PCCERT_CONTEXT pCertContext, _In_ DWORD dwAddDisposition,
    _Out_opt_ PCCERT_CONTEXT *ppStoreContext);
BOOL WINAPI CertAddEncodedCertificateToStore(
    _In_opt_ HCERTSTORE hCertStore, _In_ DWORD dwCertEncodingType, _In_ const BYTE *pbCertEncoded,
    _In_ DWORD cbCertEncoded, _In_ DWORD dwAddDisposition, _Out_opt_ PCCERT_CONTEXT *ppCertContext);
BOOL WINAPI CertDeleteCertificateFromStore(_In_ PCCERT_CONTEXT pCertContext);

#ifndef PEERAPI_CDEF

/* Closes what PeerIdentityGetCryptKey opened; dwFlags is 0. ERROR_INVALID_HANDLE, NTE_BAD_FLAGS. */
BOOL WINAPI CryptReleaseContext(_In_ HCRYPTPROV hProv, _In_ DWORD dwFlags);

#endif

#ifdef __cplusplus
}
#endif

#endif
