/* drt_person.c - one node of a table, told by lines of standard input what to do. Certificates, where there are any, it
 * makes itself: a root in the folder, one for the node, and one for each key.
 *
 *     drt_person null|derived FOLDER dns PORT | pnrp NAME        PORT 0: the own one, for the first node
 *
 *     register TEXT     a key with this text: "registered KEY"
 *     find KEY          until somebody has it: "found TEXT"
 */
#include <stdio.h>
#include <windows.h>
#include <drt.h>
#include <p2p.h>
#include <peerapi.h>

/* Says what has gone wrong, in the words of the library where it has any. */
static void Complain(int line, const char *call, HRESULT hr) {
    PWSTR text = NULL;

    printf("line %d: %s: %08X", line, call, (unsigned)hr);
    if (SUCCEEDED(PeerxGetLastErrorText(&text)))
        wprintf(L": %s", text);
    printf("\n");
    exit(1);
}

#define CHECK(call)                         \
    do {                                    \
        HRESULT hr_ = (call);               \
        if (FAILED(hr_))                    \
            Complain(__LINE__, #call, hr_); \
    } while (0)
#define TRUTH(call)                                             \
    do {                                                        \
        if (!(call))                                            \
            Complain(__LINE__, #call, (HRESULT)GetLastError()); \
    } while (0)

#define ENCODING (X509_ASN_ENCODING | PKCS_7_ASN_ENCODING)
#define SECRET   L"a password"

static const char *folder;

/* A container with a new key pair; its name. */
static HCRYPTPROV NewKeys(WCHAR *name) {
    UUID uuid;
    RPC_WSTR text;
    HCRYPTPROV keys;
    HCRYPTKEY key;

    TRUTH(UuidCreate(&uuid) == RPC_S_OK && UuidToStringW(&uuid, &text) == RPC_S_OK);
    for (int i = 0; i <= 36; i++)
        name[i] = text[i];
    RpcStringFreeW(&text);
    TRUTH(CryptAcquireContextW(&keys, name, NULL, PROV_RSA_AES, CRYPT_SILENT | CRYPT_NEWKEYSET));
    TRUTH(!CryptGetUserKey(keys, AT_KEYEXCHANGE, &key) && GetLastError() == (DWORD)NTE_NO_KEY);
    TRUTH(CryptGenKey(keys, AT_KEYEXCHANGE, 1024u << 16 | CRYPT_EXPORTABLE, &key));
    TRUTH(CryptDestroyKey(key));
    return keys;
}

static DWORD EncodedName(const WCHAR *text, BYTE *name, DWORD size) {
    CERT_RDN_ATTR attribute = {(LPSTR)szOID_COMMON_NAME, CERT_RDN_UNICODE_STRING, {0, (BYTE *)text}};
    CERT_RDN part = {1, &attribute};
    CERT_NAME_INFO whole = {1, &part};

    attribute.Value.cbData = (DWORD)(lstrlenW(text) * sizeof *text);
    TRUTH(CryptEncodeObject(ENCODING, X509_NAME, &whole, name, &size));
    return size;
}

/* A certificate of a new key pair, signed with the keys of an issuer, or with itself, in a store of its own. */
static PCCERT_CONTEXT Make(const WCHAR *subject, const WCHAR *issuer, HCRYPTPROV signer, PCCERT_CONTEXT beside) {
    static BYTE names[2][512], encoded[8192];
    static union {
        CERT_PUBLIC_KEY_INFO info;
        BYTE bytes[2048];
    } public;
    BYTE serial[16];
    WCHAR container[64];
    CERT_INFO info = {.dwVersion = CERT_V3, .SignatureAlgorithm = {(LPSTR)szOID_RSA_SHA1RSA, {0, NULL}}};
    CRYPT_KEY_PROV_INFO bound = {
        .pwszContainerName = container, .dwProvType = PROV_RSA_AES, .dwKeySpec = AT_KEYEXCHANGE};
    DWORD size = sizeof public;
    ULONGLONG time;
    HCRYPTPROV keys = NewKeys(container);
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_MEMORY, 0, 0, CERT_STORE_CREATE_NEW_FLAG, NULL);
    PCCERT_CONTEXT made, kept;

    TRUTH(CryptExportPublicKeyInfo(keys, AT_KEYEXCHANGE, ENCODING, &public.info, &size));
    info.SubjectPublicKeyInfo = public.info;
    TRUTH(UuidCreate((UUID *)serial) == RPC_S_OK);
    info.SerialNumber = (CRYPT_INTEGER_BLOB){sizeof serial, serial};
    info.Subject = (CERT_NAME_BLOB){EncodedName(subject, names[0], sizeof names[0]), names[0]};
    info.Issuer = (CERT_NAME_BLOB){EncodedName(issuer, names[1], sizeof names[1]), names[1]};
    GetSystemTimeAsFileTime((FILETIME *)&time);
    time -= 864000000000;
    memcpy(&info.NotBefore, &time, sizeof time);
    time += 3650 * 864000000000ull;
    memcpy(&info.NotAfter, &time, sizeof time);
    size = sizeof encoded;
    TRUTH(CryptSignAndEncodeCertificate(signer ? signer : keys, AT_KEYEXCHANGE, ENCODING, X509_CERT_TO_BE_SIGNED, &info,
                                        &info.SignatureAlgorithm, NULL, encoded, &size));
    made = CertCreateCertificateContext(ENCODING, encoded, size);
    TRUTH(made);
    TRUTH(CertSetCertificateContextProperty(made, CERT_KEY_PROV_INFO_PROP_ID, 0, &bound));
    TRUTH(CertAddCertificateContextToStore(store, made, CERT_STORE_ADD_NEW, &kept));
    if (beside)
        TRUTH(CertAddCertificateContextToStore(store, beside, CERT_STORE_ADD_NEW, NULL));
    CertFreeCertificateContext(made);
    CertCloseStore(store, 0);
    TRUTH(CryptReleaseContext(keys, 0));
    TRUTH(CryptAcquireContextW(&keys, container, NULL, PROV_RSA_AES, CRYPT_DELETEKEYSET)); /* the context has the key */
    return kept;
}

/* The root of all: out of the folder, or a new one that is put there. Its keys sign the others' certificates. */
static PCCERT_CONTEXT Root(HCRYPTPROV *keys) {
    static BYTE file[1 << 16];
    CRYPT_DATA_BLOB pfx = {sizeof file, file};
    char path[4096];
    DWORD spec;
    BOOL free;
    PCCERT_CONTEXT root;

    snprintf(path, sizeof path, "%s/root.pfx", folder);
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        PCCERT_CONTEXT made = Make(L"Root", L"Root", 0, NULL);
        TRUTH(PFXExportCertStore(made->hCertStore, &pfx, SECRET, EXPORT_PRIVATE_KEYS));
        CertFreeCertificateContext(made);
        stream = fopen(path, "wb");
        TRUTH(stream && fwrite(file, pfx.cbData, 1, stream) == 1 && !fclose(stream));
        return Root(keys);
    }
    TRUTH(fread(file, 1, sizeof file, stream) && !fclose(stream));
    pfx.cbData = sizeof file;
    HCERTSTORE store = PFXImportCertStore(&pfx, SECRET, CRYPT_EXPORTABLE);
    TRUTH(store);
    root = CertEnumCertificatesInStore(store, NULL);
    TRUTH(root);
    CertCloseStore(store, 0);
    TRUTH(CryptAcquireCertificatePrivateKey(root, CRYPT_ACQUIRE_SILENT_FLAG | CRYPT_ACQUIRE_COMPARE_KEY_FLAG, NULL,
                                            keys, &spec, &free));
    TRUTH(spec == AT_KEYEXCHANGE && free && CryptContextAddRef(*keys, NULL, 0) && CryptReleaseContext(*keys, 0));
    return root;
}

static BOOL Found(HDRT node, BYTE *key) {
    DRT_DATA wanted = {32, key};
    HDRT_SEARCH_CONTEXT search;
    HANDLE news = CreateEvent(NULL, TRUE, FALSE, NULL);
    ULONG size;
    HRESULT hr;
    BOOL found = FALSE;

    CHECK(DrtStartSearch(node, &wanted, NULL, 5000, news, NULL, &search));
    do {
        WaitForSingleObject(news, INFINITE);
        hr = DrtGetSearchResultSize(search, &size);
        if (SUCCEEDED(hr)) {
            DRT_SEARCH_RESULT *result = malloc(size);
            CHECK(DrtGetSearchResult(search, size, result));
            printf("found %.*s\n", (int)result->registration.appData.cb, (char *)result->registration.appData.pb);
            free(result);
            found = TRUE;
        }
    } while (SUCCEEDED(hr) || hr == DRT_E_SEARCH_IN_PROGRESS);
    CHECK(DrtEndSearch(search));
    CloseHandle(news);
    return found;
}

int main(int argc, char **argv) {
    DRT_SETTINGS settings = {
        .dwSize = sizeof settings, .cbKey = 32, .bProtocolMajorVersion = 6, .ulMaxRoutingAddresses = 4};
    BOOL derived = argc == 5 && !strcmp(argv[1], "derived"), pnrp = argc == 5 && !strcmp(argv[3], "pnrp");
    USHORT port = 0;
    HDRT node;
    HCRYPTPROV authority = 0;
    PCCERT_CONTEXT root = NULL, local = NULL;
    char line[1024], *word;
    WCHAR name[256];

    if (argc != 5)
        return 2;
    folder = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    settings.eSecurityMode = DRT_SECURE_CONFIDENTIALPAYLOAD;
    settings.pwzDrtInstancePrefix = L"person";
    CHECK(DrtCreateIpv6UdpTransport(DRT_GLOBAL_SCOPE, 0, 300, &port, &settings.hTransport));
    if (derived) {
        root = Root(&authority);
        local = Make(L"Local", L"Root", authority, root);
        CHECK(DrtCreateDerivedKeySecurityProvider(root, local, &settings.pSecurityProvider));
    } else {
        CHECK(DrtCreateNullSecurityProvider(&settings.pSecurityProvider));
    }
    if (pnrp) {
        MultiByteToWideChar(CP_ACP, 0, argv[4], -1, name, 256);
        CHECK(DrtCreatePnrpBootstrapResolver(TRUE, name, L"Loopback_", NULL, &settings.pBootstrapProvider));
    } else {
        USHORT first = (USHORT)atoi(argv[4]);
        CHECK(DrtCreateDnsBootstrapResolver(first ? first : port, L"localhost", &settings.pBootstrapProvider));
    }
    CHECK(DrtOpen(&settings, NULL, NULL, &node));
    printf("port %u\n", port);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        word = strchr(line, ' ');
        if (!word)
            break;
        *word++ = 0;
        BYTE key[32] = {0};
        if (!strcmp(line, "register")) {
            DRT_REGISTRATION registration = {{32, key}, {(ULONG)strlen(word), (BYTE *)word}};
            HDRT_REGISTRATION_CONTEXT registered;
            PCCERT_CONTEXT own = NULL;
            if (derived) {
                own = Make(L"Key", L"Root", authority, root);
                CHECK(DrtCreateDerivedKey(own, &registration.key));
            } else {
                memcpy(key, word, min(sizeof key, strlen(word)));
            }
            CHECK(DrtRegisterKey(node, &registration, (PVOID)own, &registered));
            CertFreeCertificateContext(own);
            printf("registered ");
            for (int i = 0; i < 32; i++)
                printf("%02x", key[i]);
            printf("\n");
        } else {
            for (int i = 0; i < 32; i++) {
                unsigned int byte = 0;
                sscanf(word + 2 * i, "%2x", &byte);
                key[i] = (BYTE)byte;
            }
            while (!Found(node, key))
                Sleep(50); /* until the nodes have met */
        }
    }
    DrtClose(node);
    CHECK(DrtDeleteIpv6UdpTransport(settings.hTransport));
    (pnrp ? DrtDeletePnrpBootstrapResolver : DrtDeleteDnsBootstrapResolver)(settings.pBootstrapProvider);
    (derived ? DrtDeleteDerivedKeySecurityProvider : DrtDeleteNullSecurityProvider)(settings.pSecurityProvider);
    CertFreeCertificateContext(root);
    CertFreeCertificateContext(local);
    if (authority)
        TRUTH(CryptReleaseContext(authority, 0));
    puts("good");
    return 0;
}
