/* key_containers.c - containers, their keys, names and certificates of wincrypt.h, and how each call fails.
 *
 *     key_containers first|second       the second run finds what the first has left */
#include <stdio.h>
#include <windows.h>
#include <wincrypt.h>

static int wrong;

#define EXPECT(truth)                                                                              \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            printf("line %d: %s (last error %08X)\n", __LINE__, #truth, (unsigned)GetLastError()); \
            wrong = 1;                                                                             \
        }                                                                                          \
    } while (0)
#define FAILS(call, code) EXPECT(!(call) && GetLastError() == (DWORD)(code))

#define ENCODING (X509_ASN_ENCODING | PKCS_7_ASN_ENCODING)

static void Containers(void) {
    HCRYPTPROV provider, other;
    HCRYPTKEY key;
    DWORD size = 0, kind;
    char name[64];

    FAILS(CryptAcquireContextW(&provider, L"none", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    EXPECT(!provider);
    FAILS(CryptAcquireContextW(&provider, L"none", NULL, 99, 0), NTE_PROV_TYPE_NOT_DEF);
    FAILS(CryptAcquireContextW(NULL, L"none", NULL, PROV_RSA_AES, 0), ERROR_INVALID_PARAMETER);
    FAILS(CryptAcquireContextW(&provider, L"none", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET), NTE_BAD_KEYSET);
    FAILS(CryptAcquireContextW(&provider, L"none", NULL, PROV_RSA_AES, CRYPT_VERIFYCONTEXT), NTE_BAD_FLAGS);
    EXPECT(CryptAcquireContextW(&provider, L"mine", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET));
    FAILS(CryptAcquireContextW(&other, L"mine", NULL, PROV_RSA_AES, CRYPT_NEWKEYSET), NTE_EXISTS);
    FAILS(CryptGetUserKey(provider, AT_SIGNATURE, &key), NTE_NO_KEY);
    FAILS(CryptGenKey(provider, 7, 0, &key), NTE_BAD_ALGID);
    FAILS(CryptGenKey(provider, AT_SIGNATURE, 512 << 16, &key), NTE_BAD_FLAGS);
    FAILS(CryptGenKey(0, AT_SIGNATURE, 0, &key), ERROR_INVALID_HANDLE);
    EXPECT(CryptGenKey(provider, AT_SIGNATURE, 1024 << 16, &key));
    EXPECT(CryptDestroyKey(key));
    FAILS(CryptDestroyKey(key), ERROR_INVALID_HANDLE);
    FAILS(CryptGetProvParam(provider, 1, NULL, &size, 0), NTE_BAD_TYPE);
    EXPECT(CryptGetProvParam(provider, PP_CONTAINER, NULL, &size, 0) && size == sizeof "mine");
    size = 2;
    FAILS(CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)name, &size, 0), ERROR_MORE_DATA);
    EXPECT(size == sizeof "mine" && CryptGetProvParam(provider, PP_CONTAINER, (BYTE *)name, &size, 0));
    EXPECT(!strcmp(name, "mine"));
    size = sizeof kind;
    EXPECT(CryptGetProvParam(provider, PP_PROVTYPE, (BYTE *)&kind, &size, 0) && kind == PROV_RSA_AES);
    EXPECT(CryptContextAddRef(provider, NULL, 0) && CryptReleaseContext(provider, 0));
    FAILS(CryptReleaseContext(provider, 1), NTE_BAD_FLAGS);
    EXPECT(CryptReleaseContext(provider, 0));
    FAILS(CryptReleaseContext(provider, 0), ERROR_INVALID_HANDLE);
    FAILS(CryptContextAddRef(provider, NULL, 0), ERROR_INVALID_HANDLE);
    EXPECT(CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT));
    FAILS(CryptGetUserKey(provider, AT_KEYEXCHANGE, &key), NTE_NO_KEY);
    EXPECT(CryptReleaseContext(provider, 0));
}

static void Names(void) {
    static const BYTE printable[] = {0x30, 0x0F, 0x31, 0x0D, 0x30, 0x0B, 6, 3, 0x55, 4, 3, 0x13, 4, 'n', 'o', 'd', 'e'};
    static const BYTE unicode[] = {0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x1E, 2, 0, 'n'};
    static const BYTE authority[] = {0x30, 6, 1, 1, 0xFF, 2, 1, 3};
    BYTE encoded[256];
    DWORD size = 0;
    LPCWSTR where;
    WCHAR text[] = L"n";
    CERT_RDN_ATTR attribute = {(LPSTR)szOID_COMMON_NAME, CERT_RDN_UNICODE_STRING, {2, (BYTE *)text}};
    CERT_RDN part = {1, &attribute};
    CERT_NAME_INFO whole = {1, &part};
    CERT_BASIC_CONSTRAINTS2_INFO constraints = {TRUE, TRUE, 3};

    EXPECT(CertStrToNameW(ENCODING, L"CN=node", CERT_X500_NAME_STR, NULL, NULL, &size, NULL) &&
           size == sizeof printable);
    size = 3;
    FAILS(CertStrToNameW(ENCODING, L"CN=node", CERT_X500_NAME_STR, NULL, encoded, &size, NULL), ERROR_MORE_DATA);
    EXPECT(CertStrToNameW(ENCODING, L"CN=node", CERT_X500_NAME_STR, NULL, encoded, &size, &where) && !where);
    EXPECT(size == sizeof printable && !memcmp(encoded, printable, size));
    FAILS(CertStrToNameW(ENCODING, L"node", CERT_X500_NAME_STR, NULL, encoded, &size, &where),
          CRYPT_E_INVALID_X500_STRING);
    EXPECT(where && *where == 'n');
    size = sizeof encoded;
    EXPECT(CryptEncodeObject(ENCODING, X509_NAME, &whole, encoded, &size));
    EXPECT(size == sizeof unicode && !memcmp(encoded, unicode, size));
    attribute.dwValueType = 99;
    FAILS(CryptEncodeObject(ENCODING, X509_NAME, &whole, encoded, &size), ERROR_INVALID_PARAMETER);
    FAILS(CryptEncodeObject(ENCODING, (LPCSTR)99, &whole, encoded, &size), ERROR_FILE_NOT_FOUND);
    size = sizeof encoded;
    EXPECT(CryptEncodeObject(ENCODING, X509_BASIC_CONSTRAINTS2, &constraints, encoded, &size));
    EXPECT(size == sizeof authority && !memcmp(encoded, authority, size));
}

static void Certificates(void) {
    HCRYPTPROV provider;
    BYTE name[64], other[64], constraints[] = {0x30, 3, 1, 1, 0xFF};
    CERT_NAME_BLOB subject = {sizeof name, name}, none = {sizeof other, other};
    CERT_EXTENSION extension = {(LPSTR)szOID_BASIC_CONSTRAINTS2, TRUE, {sizeof constraints, constraints}};
    CERT_EXTENSIONS extensions = {1, &extension};
    SYSTEMTIME begin = {2020, 1, 0, 2, 3, 4, 5, 0}, end = {2060, 1, 0, 2, 3, 4, 5, 0},
               never = {2020, 13, 0, 1, 0, 0, 0, 0};
    CRYPT_ALGORITHM_IDENTIFIER unknown = {(LPSTR) "1.2.3", {0, NULL}};
    CRYPT_KEY_PROV_INFO mine = {(LPWSTR)L"mine", NULL, PROV_RSA_AES, 0, 0, NULL, AT_SIGNATURE};
    CRYPT_KEY_PROV_INFO nobody = {(LPWSTR)L"nobody", NULL, PROV_RSA_AES, 0, 0, NULL, AT_SIGNATURE};
    PCCERT_CONTEXT made, fresh, copy;
    DWORD spec;
    BOOL caller;
    SYSTEMTIME read;

    EXPECT(CertStrToNameW(ENCODING, L"CN=me, O=\"Ours, Ltd.\"", CERT_X500_NAME_STR, NULL, name, &subject.cbData, NULL));
    EXPECT(CertStrToNameW(ENCODING, L"CN=other", CERT_X500_NAME_STR, NULL, other, &none.cbData, NULL));
    EXPECT(CryptAcquireContextW(&provider, L"mine", NULL, PROV_RSA_AES, 0));
    FAILS(CertCreateSelfSignCertificate(provider, NULL, 0, NULL, NULL, NULL, NULL, NULL), ERROR_INVALID_PARAMETER);
    FAILS(CertCreateSelfSignCertificate(provider, &subject, 0, NULL, &unknown, NULL, NULL, NULL), NTE_BAD_ALGID);
    FAILS(CertCreateSelfSignCertificate(provider, &subject, 0, NULL, NULL, &never, NULL, NULL),
          ERROR_INVALID_PARAMETER);
    FAILS(CertCreateSelfSignCertificate(0, &subject, 0, &nobody, NULL, NULL, NULL, NULL), NTE_BAD_KEYSET);
    made = CertCreateSelfSignCertificate(provider, &subject, 0, NULL, NULL, &begin, &end, &extensions);
    EXPECT(made && made->pCertInfo->cExtension == 1 && made->pCertInfo->rgExtension[0].fCritical);
    EXPECT(made->pCertInfo->Subject.cbData == subject.cbData &&
           !memcmp(made->pCertInfo->Issuer.pbData, name, subject.cbData));
    EXPECT(FileTimeToSystemTime(&made->pCertInfo->NotAfter, &read) && read.wYear == 2060 && read.wSecond == 5);
    EXPECT(!strcmp(made->pCertInfo->SignatureAlgorithm.pszObjId, szOID_RSA_SHA256RSA));
    fresh = CertCreateSelfSignCertificate(0, &none, 0, &mine, NULL, NULL, NULL, NULL); /* of the same key */
    EXPECT(fresh && fresh->pCertInfo->SubjectPublicKeyInfo.PublicKey.cbData ==
                        made->pCertInfo->SubjectPublicKeyInfo.PublicKey.cbData);
    copy = CertCreateCertificateContext(ENCODING, made->pbCertEncoded, made->cbCertEncoded);
    FAILS(CryptAcquireCertificatePrivateKey(copy, 0, NULL, &provider, &spec, &caller), CRYPT_E_NO_KEY_PROPERTY);
    FAILS(CertSetCertificateContextProperty(copy, 99, 0, &mine), ERROR_INVALID_PARAMETER);
    FAILS(CertSetCertificateContextProperty(copy, CERT_KEY_PROV_INFO_PROP_ID, 0, &nobody), NTE_BAD_KEYSET);
    EXPECT(CertSetCertificateContextProperty(copy, CERT_KEY_PROV_INFO_PROP_ID, 0, &mine));
    EXPECT(CryptAcquireCertificatePrivateKey(copy, 0, NULL, &provider, &spec, &caller) && caller);
    EXPECT(spec == AT_KEYEXCHANGE && CryptReleaseContext(provider, 0));
    EXPECT(CertSetCertificateContextProperty(copy, CERT_KEY_PROV_INFO_PROP_ID, 0, NULL));
    FAILS(CryptAcquireCertificatePrivateKey(copy, 0, NULL, &provider, NULL, NULL), CRYPT_E_NO_KEY_PROPERTY);
    CertFreeCertificateContext(fresh);
    fresh = CertCreateSelfSignCertificate(0, &none, 0, NULL, NULL, NULL, NULL, NULL); /* of a key of its own */
    EXPECT(fresh);
    FAILS(CertSetCertificateContextProperty(fresh, CERT_KEY_PROV_INFO_PROP_ID, 0, &mine), ERROR_INVALID_PARAMETER);
    CertFreeCertificateContext(fresh);
    CertFreeCertificateContext(copy);
    CertFreeCertificateContext(made);
}

int main(int argc, char **argv) {
    HCRYPTPROV provider;
    HCRYPTKEY key;

    if (argc != 2)
        return 2;
    if (!strcmp(argv[1], "first")) {
        Containers();
        Names();
        Certificates();
    } else {
        EXPECT(CryptAcquireContextA(&provider, "mine", NULL, PROV_RSA_AES, CRYPT_SILENT));
        EXPECT(CryptGetUserKey(provider, AT_SIGNATURE, &key) && CryptDestroyKey(key) &&
               CryptReleaseContext(provider, 0));
        EXPECT(CryptAcquireContextA(&provider, "mine", NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET) && !provider);
        FAILS(CryptAcquireContextA(&provider, "mine", NULL, PROV_RSA_AES, 0), NTE_BAD_KEYSET);
    }
    puts(wrong ? "wrong" : "good");
    return wrong;
}
