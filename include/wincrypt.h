/*
 * wincrypt.h - certificates, stores of them, and keys: as much as programs of the Distributed Routing Table need.
 *
 * Key containers hold RSA keys and lie in the user's data folder; there is nothing of the machine's, so
 * CRYPT_MACHINE_KEYSET means the user's as well. Stores lie in memory: opened empty, from PKCS #7 or from a PFX, and
 * saved as PKCS #7 or PFX. The private key of a PFX is bound to its certificate's context, and to contexts made of
 * that one. Functions that fail say why by GetLastError.
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

/* Kinds of providers: both are the same here. */
#define PROV_RSA_FULL 1
#define PROV_RSA_AES 24

/* How a container is acquired: none (CRYPT_VERIFYCONTEXT), a new one, or one that is deleted. */
#define CRYPT_VERIFYCONTEXT 0xF0000000
#define CRYPT_NEWKEYSET 0x00000008
#define CRYPT_DELETEKEYSET 0x00000010
#define CRYPT_SILENT 0x00000040

/* Algorithms of keys, besides AT_KEYEXCHANGE and AT_SIGNATURE. */
typedef unsigned int ALG_ID;
#define CALG_RSA_KEYX 0x0000a400
#define CALG_RSA_SIGN 0x00002400

/* What CryptGetProvParam tells. */
#define PP_NAME 4
#define PP_CONTAINER 6
#define PP_PROVTYPE 16
#define PP_UNIQUE_CONTAINER 36

/* Flags of CryptAcquireCertificatePrivateKey. */
#define CRYPT_ACQUIRE_CACHE_FLAG 0x00000001
#define CRYPT_ACQUIRE_USE_PROV_INFO_FLAG 0x00000002
#define CRYPT_ACQUIRE_COMPARE_KEY_FLAG 0x00000004
#define CRYPT_ACQUIRE_SILENT_FLAG 0x00000040

typedef ULONG_PTR HCRYPTPROV_OR_NCRYPT_KEY_HANDLE;

/* A container: of a name, or the user's own without one. NTE_BAD_KEYSET: it is not there, NTE_EXISTS,
 * NTE_PROV_TYPE_NOT_DEF, NTE_BAD_FLAGS. With CRYPT_DELETEKEYSET there is nothing to release. */
BOOL WINAPI CryptAcquireContextW(
    _Out_ HCRYPTPROV *phProv, _In_opt_ LPCWSTR szContainer, _In_opt_ LPCWSTR szProvider, _In_ DWORD dwProvType,
    _In_ DWORD dwFlags);
BOOL WINAPI CryptAcquireContextA(
    _Out_ HCRYPTPROV *phProv, _In_opt_ LPCSTR szContainer, _In_opt_ LPCSTR szProvider, _In_ DWORD dwProvType,
    _In_ DWORD dwFlags);
BOOL WINAPI CryptContextAddRef(_In_ HCRYPTPROV hProv, _In_opt_ DWORD *pdwReserved, _In_ DWORD dwFlags);

/* Closes a container, or what PeerIdentityGetCryptKey opened; dwFlags is 0. ERROR_INVALID_HANDLE, NTE_BAD_FLAGS. */
BOOL WINAPI CryptReleaseContext(_In_ HCRYPTPROV hProv, _In_ DWORD dwFlags);

/* With pbData NULL the size is told. ERROR_MORE_DATA, NTE_BAD_TYPE. */
BOOL WINAPI CryptGetProvParam(
    _In_ HCRYPTPROV hProv, _In_ DWORD dwParam, _Out_opt_ BYTE *pbData, _Inout_ DWORD *pdwDataLen, _In_ DWORD dwFlags);

/* Key pairs: a new one, of as many bits as the upper half of dwFlags says (2,048 without, 1,024 at least), or the one
 * that is there. NTE_BAD_ALGID, NTE_BAD_FLAGS, NTE_NO_KEY. CryptDestroyKey gives back the handle only. */
BOOL WINAPI CryptGenKey(_In_ HCRYPTPROV hProv, _In_ ALG_ID Algid, _In_ DWORD dwFlags, _Out_ HCRYPTKEY *phKey);
BOOL WINAPI CryptGetUserKey(_In_ HCRYPTPROV hProv, _In_ DWORD dwKeySpec, _Out_ HCRYPTKEY *phUserKey);
BOOL WINAPI CryptDestroyKey(_In_ HCRYPTKEY hKey);

/* The public key, with what it points to behind it. NTE_NO_KEY, ERROR_MORE_DATA. */
BOOL WINAPI CryptExportPublicKeyInfo(
    _In_ HCRYPTPROV hCryptProv, _In_ DWORD dwKeySpec, _In_ DWORD dwCertEncodingType,
    _Out_opt_ CERT_PUBLIC_KEY_INFO *pInfo, _Inout_ DWORD *pcbInfo);

/* The private key of a certificate, to be released by the caller. CRYPT_E_NO_KEY_PROPERTY. */
BOOL WINAPI CryptAcquireCertificatePrivateKey(
    _In_ PCCERT_CONTEXT pCert, _In_ DWORD dwFlags, _In_opt_ void *pvReserved,
    _Out_ HCRYPTPROV_OR_NCRYPT_KEY_HANDLE *phCryptProvOrNCryptKey, _Out_opt_ DWORD *pdwKeySpec,
    _Out_opt_ BOOL *pfCallerFreeProvOrNCryptKey);

/* Kinds of values in names; text of 16-bit units, in bytes, for the last two. */
#define CERT_RDN_PRINTABLE_STRING 4
#define CERT_RDN_TELETEX_STRING 5
#define CERT_RDN_IA5_STRING 7
#define CERT_RDN_UNICODE_STRING 12
#define CERT_RDN_UTF8_STRING 13

typedef struct _CERT_RDN_ATTR {
    LPSTR pszObjId;
    DWORD dwValueType;
    CRYPT_DATA_BLOB Value;
} CERT_RDN_ATTR, *PCERT_RDN_ATTR;

typedef struct _CERT_RDN {
    DWORD cRDNAttr;
    PCERT_RDN_ATTR rgRDNAttr;
} CERT_RDN, *PCERT_RDN;

/* The name of who a certificate is for. */
typedef struct _CERT_NAME_INFO {
    DWORD cRDN;
    PCERT_RDN rgRDN;
} CERT_NAME_INFO, *PCERT_NAME_INFO;

/* Whether that one may sign certificates: a member of a table makes no members. */
typedef struct _CERT_BASIC_CONSTRAINTS2_INFO {
    BOOL fCA;
    BOOL fPathLenConstraint;
    DWORD dwPathLenConstraint;
} CERT_BASIC_CONSTRAINTS2_INFO, *PCERT_BASIC_CONSTRAINTS2_INFO;

typedef struct _CERT_EXTENSIONS {
    DWORD cExtension;
    PCERT_EXTENSION rgExtension;
} CERT_EXTENSIONS, *PCERT_EXTENSIONS;

typedef struct _CRYPT_KEY_PROV_PARAM {
    DWORD dwParam;
    BYTE *pbData;
    DWORD cbData;
    DWORD dwFlags;
} CRYPT_KEY_PROV_PARAM, *PCRYPT_KEY_PROV_PARAM;

/* Which key of which container. */
typedef struct _CRYPT_KEY_PROV_INFO {
    LPWSTR pwszContainerName;
    LPWSTR pwszProvName;
    DWORD dwProvType;
    DWORD dwFlags;
    DWORD cProvParam;
    PCRYPT_KEY_PROV_PARAM rgProvParam;
    DWORD dwKeySpec;
} CRYPT_KEY_PROV_INFO, *PCRYPT_KEY_PROV_INFO;

/* Structures that are encoded: a number in place of a name. */
#define X509_CERT_TO_BE_SIGNED ((LPCSTR)2)
#define X509_NAME ((LPCSTR)7)
#define X509_BASIC_CONSTRAINTS2 ((LPCSTR)15)
#define szOID_BASIC_CONSTRAINTS2 "2.5.29.19"

/* Versions of certificates. */
#define CERT_V1 0
#define CERT_V2 1
#define CERT_V3 2

/* How CertStrToName reads its text. */
#define CERT_SIMPLE_NAME_STR 1
#define CERT_OID_NAME_STR 2
#define CERT_X500_NAME_STR 3
#define CERT_NAME_STR_REVERSE_FLAG 0x02000000

#define CERT_KEY_PROV_INFO_PROP_ID 2 /* CRYPT_KEY_PROV_INFO */

/* DER of X509_NAME and X509_BASIC_CONSTRAINTS2; with pbEncoded NULL the size is told. ERROR_MORE_DATA,
 * ERROR_FILE_NOT_FOUND: a structure that is not known here. */
BOOL WINAPI CryptEncodeObject(
    _In_ DWORD dwCertEncodingType, _In_ LPCSTR lpszStructType, _In_ const void *pvStructInfo, _Out_opt_ BYTE *pbEncoded,
    _Inout_ DWORD *pcbEncoded);

/* A name of text such as CN=a node, O="Ours, Ltd.". CRYPT_E_INVALID_X500_STRING, ERROR_MORE_DATA. */
BOOL WINAPI CertStrToNameW(
    _In_ DWORD dwCertEncodingType, _In_ LPCWSTR pszX500, _In_ DWORD dwStrType, _In_opt_ void *pvReserved,
    _Out_opt_ BYTE *pbEncoded, _Inout_ DWORD *pcbEncoded, _Out_opt_ LPCWSTR *ppszError);

/* A certificate of a CERT_INFO (X509_CERT_TO_BE_SIGNED), signed with SHA-1 or SHA-2. Serial numbers become positive.
 * NTE_BAD_ALGID, NTE_NO_KEY, ERROR_MORE_DATA. */
BOOL WINAPI CryptSignAndEncodeCertificate(
    _In_ HCRYPTPROV_OR_NCRYPT_KEY_HANDLE hCryptProvOrNCryptKey, _In_ DWORD dwKeySpec, _In_ DWORD dwCertEncodingType,
    _In_ LPCSTR lpszStructType, _In_ const void *pvStructInfo, _In_ CRYPT_ALGORITHM_IDENTIFIER *pSignatureAlgorithm,
    _In_opt_ const void *pvHashAuxInfo, _Out_opt_ BYTE *pbEncoded, _Inout_ DWORD *pcbEncoded);

/* A certificate of a key for itself, bound to its context: the key of a provider, of the container that pKeyProvInfo
 * names, or a new one. SHA-256 and a year from now, unless something else is said. */
PCCERT_CONTEXT WINAPI CertCreateSelfSignCertificate(
    _In_opt_ HCRYPTPROV_OR_NCRYPT_KEY_HANDLE hCryptProvOrNCryptKey, _In_ CERT_NAME_BLOB *pSubjectIssuerBlob,
    _In_ DWORD dwFlags, _In_opt_ CRYPT_KEY_PROV_INFO *pKeyProvInfo,
    _In_opt_ CRYPT_ALGORITHM_IDENTIFIER *pSignatureAlgorithm, _In_opt_ SYSTEMTIME *pStartTime,
    _In_opt_ SYSTEMTIME *pEndTime, _In_opt_ CERT_EXTENSIONS *pExtensions);

/* Binds the key that a CRYPT_KEY_PROV_INFO names (CERT_KEY_PROV_INFO_PROP_ID); NULL takes it away. NTE_BAD_KEYSET,
 * NTE_NO_KEY, E_INVALIDARG. */
BOOL WINAPI CertSetCertificateContextProperty(
    _In_ PCCERT_CONTEXT pCertContext, _In_ DWORD dwPropId, _In_ DWORD dwFlags, _In_opt_ const void *pvData);

#ifdef UNICODE
#define CryptAcquireContext CryptAcquireContextW
#define CertStrToName CertStrToNameW
#else
#define CryptAcquireContext CryptAcquireContextA
#endif

#ifdef __cplusplus
}
#endif

#endif
