/* certificates.c - stores and contexts of certificates as a program for Windows uses them: its PFX is the argument. */
#include <stdio.h>
#include <windows.h>
#include <wincrypt.h>

#define CHECK(condition)                                                                               \
    do {                                                                                               \
        if (!(condition)) {                                                                            \
            printf("line %d: %s (last error %08X)\n", __LINE__, #condition, (unsigned)GetLastError()); \
            return 1;                                                                                  \
        }                                                                                              \
    } while (0)

static BYTE file[1 << 16]; /* longer than what is in it, as programs have it */

int main(int argc, char **argv) {
    CRYPT_DATA_BLOB pfx = {sizeof file, file}, out = {0, NULL}, wrong;
    HCERTSTORE store, other, again;
    PCCERT_CONTEXT found, copy, twin, added = NULL;
    WCHAR password[] = L"secret";
    FILE *in = argc > 1 ? fopen(argv[1], "rb") : NULL;
    int count = 0;

    CHECK(in && fread(file, 1, sizeof file, in) > 100);
    fclose(in);

    CHECK(!PFXImportCertStore(&pfx, L"wrong", 0) && GetLastError() == ERROR_INVALID_PASSWORD);
    wrong = (CRYPT_DATA_BLOB){4, (BYTE *)"none"};
    CHECK(!PFXImportCertStore(&wrong, L"secret", 0) && GetLastError() == (DWORD)CRYPT_E_BAD_ENCODE);
    store = PFXImportCertStore(&pfx, password, CRYPT_EXPORTABLE);
    CHECK(store);

    for (found = NULL; (found = CertEnumCertificatesInStore(store, found)); count++)
        printf("%u bytes, version %u, key %s of %u bytes, %u extensions\n", (unsigned)found->cbCertEncoded,
               (unsigned)found->pCertInfo->dwVersion, found->pCertInfo->SubjectPublicKeyInfo.Algorithm.pszObjId,
               (unsigned)found->pCertInfo->SubjectPublicKeyInfo.PublicKey.cbData,
               (unsigned)found->pCertInfo->cExtension);
    CHECK(count == 2 && GetLastError() == (DWORD)CRYPT_E_NOT_FOUND);

    found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_HAS_PRIVATE_KEY, NULL, NULL);
    CHECK(found && found->hCertStore == store && found->dwCertEncodingType == X509_ASN_ENCODING);
    twin = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, L"NODE", NULL);
    CHECK(twin == found && CertFreeCertificateContext(twin));
    twin = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_ISSUER_STR_A, "root", NULL);
    CHECK(twin && CertFreeCertificateContext(twin));
    twin = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_ISSUER_OF, found, NULL);
    CHECK(twin && twin != found);
    copy = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_NAME, &twin->pCertInfo->Subject,
                                      NULL);
    CHECK(copy == twin && CertFreeCertificateContext(copy));
    copy = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_PUBLIC_KEY,
                                      &twin->pCertInfo->SubjectPublicKeyInfo, NULL);
    CHECK(copy == twin && CertFreeCertificateContext(copy));
    copy = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_CERT, twin->pCertInfo, NULL);
    CHECK(copy == twin && CertFreeCertificateContext(copy));
    CHECK(CertDuplicateCertificateContext(twin) == twin && CertFreeCertificateContext(twin));
    CHECK(!CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, L"nobody", NULL));
    CHECK(GetLastError() == (DWORD)CRYPT_E_NOT_FOUND);
    CHECK(!CertFindCertificateInStore(store, 0, 0, 0x12345678, NULL, NULL) &&
          GetLastError() == ERROR_INVALID_PARAMETER);

    copy = CertCreateCertificateContext(X509_ASN_ENCODING, twin->pbCertEncoded, twin->cbCertEncoded);
    CHECK(copy && copy != twin && !copy->hCertStore && CertFreeCertificateContext(twin));
    CHECK(!CertCreateCertificateContext(X509_ASN_ENCODING, (const BYTE *)"none", 4));
    CHECK(GetLastError() == (DWORD)CRYPT_E_BAD_ENCODE);
    CHECK(CertDuplicateCertificateContext(copy) == copy && CertFreeCertificateContext(copy));
    CHECK(!CertDuplicateCertificateContext(NULL) && CertFreeCertificateContext(NULL));

    other = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    CHECK(other && !CertEnumCertificatesInStore(other, NULL));
    CHECK(CertAddCertificateContextToStore(other, found, CERT_STORE_ADD_NEW, &added) && added->hCertStore == other);
    CHECK(!CertAddCertificateContextToStore(other, found, CERT_STORE_ADD_NEW, NULL));
    CHECK(GetLastError() == (DWORD)CRYPT_E_EXISTS);
    CHECK(CertAddCertificateContextToStore(other, found, CERT_STORE_ADD_USE_EXISTING, &twin) && twin == added);
    CHECK(CertFreeCertificateContext(twin));
    CHECK(CertAddEncodedCertificateToStore(other, X509_ASN_ENCODING, copy->pbCertEncoded, copy->cbCertEncoded,
                                           CERT_STORE_ADD_REPLACE_EXISTING, NULL));
    twin = CertFindCertificateInStore(other, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, copy, NULL);
    CHECK(twin && CertDeleteCertificateFromStore(twin));
    CHECK(!CertFindCertificateInStore(other, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, copy, NULL));
    CHECK(CertAddCertificateContextToStore(other, copy, CERT_STORE_ADD_ALWAYS, NULL));

    CHECK(CertSaveStore(other, X509_ASN_ENCODING, CERT_STORE_SAVE_AS_PKCS7, CERT_STORE_SAVE_TO_MEMORY, &out, 0));
    CHECK(out.cbData > 100);
    out.pbData = malloc(out.cbData);
    out.cbData--;
    CHECK(!CertSaveStore(other, X509_ASN_ENCODING, CERT_STORE_SAVE_AS_PKCS7, CERT_STORE_SAVE_TO_MEMORY, &out, 0));
    CHECK(GetLastError() == ERROR_MORE_DATA);
    CHECK(CertSaveStore(other, X509_ASN_ENCODING, CERT_STORE_SAVE_AS_PKCS7, CERT_STORE_SAVE_TO_MEMORY, &out, 0));
    again = CertOpenStore(CERT_STORE_PROV_PKCS7, X509_ASN_ENCODING, 0, 0, &out);
    CHECK(again);
    for (count = 0, twin = NULL; (twin = CertEnumCertificatesInStore(again, twin)); count++)
        ;
    CHECK(count == 2 && CertCloseStore(again, CERT_CLOSE_STORE_CHECK_FLAG));
    CHECK(!CertOpenStore(CERT_STORE_PROV_SYSTEM, 0, 0, 0, L"MY") && GetLastError() == ERROR_FILE_NOT_FOUND);
    again = CertOpenStore(sz_CERT_STORE_PROV_MEMORY, 0, 0, 0, NULL);
    CHECK(again && CertCloseStore(again, 0) && !CertCloseStore(again, 0) && GetLastError() == ERROR_INVALID_HANDLE);
    free(out.pbData);

    out = (CRYPT_DATA_BLOB){0, NULL};
    CHECK(PFXExportCertStore(other, &out, L"other", EXPORT_PRIVATE_KEYS) && out.cbData > 500);
    out.pbData = malloc(out.cbData += 100);
    CHECK(PFXExportCertStoreEx(other, &out, L"other", NULL, EXPORT_PRIVATE_KEYS));
    again = PFXImportCertStore(&out, L"other", 0);
    CHECK(again);
    twin = CertFindCertificateInStore(again, X509_ASN_ENCODING, 0, CERT_FIND_HAS_PRIVATE_KEY, NULL, NULL);
    CHECK(twin && twin->cbCertEncoded == found->cbCertEncoded);
    CHECK(CertFreeCertificateContext(twin) && CertCloseStore(again, CERT_CLOSE_STORE_CHECK_FLAG));
    free(out.pbData);

    /* A context keeps what it needs: its store may be closed before. */
    CHECK(!CertCloseStore(other, CERT_CLOSE_STORE_CHECK_FLAG) && GetLastError() == (DWORD)CRYPT_E_PENDING_CLOSE);
    CHECK(CertCloseStore(store, 0) && found->cbCertEncoded && CertFreeCertificateContext(added));
    CHECK(CertFreeCertificateContext(found) && !CertFreeCertificateContext(found));
    CHECK(GetLastError() == ERROR_INVALID_PARAMETER && CertFreeCertificateContext(copy) && CertCloseStore(NULL, 0));
    CHECK(!CertEnumCertificatesInStore(store, NULL) && GetLastError() == ERROR_INVALID_HANDLE);
    printf("good\n");
    return 0;
}
