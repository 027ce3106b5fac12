/* drt_nodes.c - two nodes of a table in one process: the first publishes a key, the second finds it.
 *
 *     drt_nodes MODE null|derived ours|wrapped [PFX of the first] [PFX of the second] [another PFX]
 *
 * With another PFX the first has the key of that, too, and the second that of the first, each with the certificate as
 * pvKeyContext; then it is the key of the other PFX that is looked for.
 * "wrapped" gives the nodes a security provider of the program's own, which passes everything on to the library's: it
 * takes its time, calls the library again, and fails now and then from when the nodes have met. */
#include <stdio.h>
#include <windows.h>
#include <drt.h>

#define CHECK(call)                                                        \
    do {                                                                   \
        HRESULT hr_ = (call);                                              \
        if (FAILED(hr_)) {                                                 \
            printf("line %d: %s: %08X\n", __LINE__, #call, (unsigned)hr_); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

static LONG asked, failed, freed, given, attached, reentered;
static HDRT nodes[2];
static BOOL failing; /* from when the nodes have met */

struct wrapper {
    DRT_SECURITY_PROVIDER own, *inner;
};

#define INNER(context)     (((struct wrapper *)(context))->inner)
#define FORWARD(name, ...) (INNER(context)->name(INNER(context)->pvContext, __VA_ARGS__))

/* What every question goes through: a pause, a call of the library, and now and then a failure. */
static BOOL Refuses(void) {
    ULONG size;
    LONG number = InterlockedIncrement(&asked);

    Sleep(5);
    for (int i = 0; i < 2; i++)
        if (nodes[i] && SUCCEEDED(DrtGetInstanceNameSize(nodes[i], &size)))
            InterlockedIncrement(&reentered);
    if (!failing || number % 23)
        return FALSE;
    InterlockedIncrement(&failed);
    return TRUE;
}

static HRESULT Attach(const PVOID context) {
    InterlockedIncrement(&attached);
    return INNER(context)->Attach(INNER(context)->pvContext);
}

static void Detach(const PVOID context) {
    InterlockedDecrement(&attached);
    INNER(context)->Detach(INNER(context)->pvContext);
}

static HRESULT RegisterKey(const PVOID context, const DRT_REGISTRATION *registration, PVOID key) {
    return FORWARD(RegisterKey, registration, key);
}

static HRESULT UnregisterKey(const PVOID context, const DRT_DATA *key, PVOID keyContext) {
    return FORWARD(UnregisterKey, key, keyContext);
}

static void Count(const DRT_DATA *data) {
    if (data && data->pb)
        InterlockedIncrement(&given);
}

static HRESULT Validate(const PVOID context, DRT_DATA *proof, DRT_DATA *chain, DRT_DATA *classifier, DRT_DATA *nonce,
                        DRT_DATA *secured, BYTE *major, BYTE *minor, DRT_DATA *key, DRT_DATA *payload,
                        CERT_PUBLIC_KEY_INFO **owner, SOCKET_ADDRESS_LIST **addresses, DWORD *flags) {
    if (Refuses())
        return DRT_E_INVALID_MESSAGE;
    HRESULT hr = FORWARD(ValidateAndUnpackPayload, proof, chain, classifier, nonce, secured, major, minor, key, payload,
                         owner, addresses, flags);
    if (FAILED(hr))
        return hr;
    Count(key);
    Count(payload);
    given += (owner && *owner) + (addresses && *addresses);
    return hr;
}

static HRESULT Secure(const PVOID context, PVOID keyContext, BYTE major, BYTE minor, DWORD flags, const DRT_DATA *key,
                      const DRT_DATA *payload, const SOCKET_ADDRESS_LIST *addresses, const DRT_DATA *nonce,
                      DRT_DATA *proof, DRT_DATA *classifier, DRT_DATA *secured, DRT_DATA *chain) {
    if (Refuses())
        return E_FAIL;
    HRESULT hr = FORWARD(SecureAndPackPayload, keyContext, major, minor, flags, key, payload, addresses, nonce, proof,
                         classifier, secured, chain);
    if (FAILED(hr))
        return hr;
    Count(proof);
    Count(classifier);
    Count(secured);
    Count(chain);
    return hr;
}

static void FreeData(const PVOID context, PVOID data) {
    InterlockedIncrement(&freed);
    FORWARD(FreeData, data);
}

static HRESULT Encrypt(const PVOID context, const DRT_DATA *credential, DWORD count, DRT_DATA *data, DRT_DATA *sealed,
                       DRT_DATA *token) {
    if (Refuses())
        return E_FAIL;
    HRESULT hr = FORWARD(EncryptData, credential, count, data, sealed, token);
    for (DWORD i = 0; SUCCEEDED(hr) && i < count; i++)
        Count(&sealed[i]);
    if (SUCCEEDED(hr))
        Count(token);
    return hr;
}

static HRESULT Decrypt(const PVOID context, DRT_DATA *token, const PVOID keyContext, DWORD count, DRT_DATA *data) {
    return Refuses() ? E_FAIL : FORWARD(DecryptData, token, keyContext, count, data);
}

static HRESULT Credential(const PVOID context, DRT_DATA *credential) {
    HRESULT hr = FORWARD(GetSerializedCredential, credential);
    if (SUCCEEDED(hr))
        Count(credential);
    return hr;
}

static HRESULT ValidateCredential(const PVOID context, DRT_DATA *credential) {
    return FORWARD(ValidateRemoteCredential, credential);
}

static HRESULT Sign(const PVOID context, DWORD count, DRT_DATA *data, DRT_DATA *identifier, DRT_DATA *signature) {
    if (Refuses())
        return E_FAIL;
    HRESULT hr = FORWARD(SignData, count, data, identifier, signature);
    if (SUCCEEDED(hr)) {
        Count(identifier);
        Count(signature);
    }
    return hr;
}

static HRESULT Verify(const PVOID context, DWORD count, DRT_DATA *data, DRT_DATA *credential, DRT_DATA *identifier,
                      DRT_DATA *signature) {
    return Refuses() ? E_FAIL : FORWARD(VerifyData, count, data, credential, identifier, signature);
}

static DRT_SECURITY_PROVIDER *Wrapped(struct wrapper *wrapper, DRT_SECURITY_PROVIDER *inner) {
    wrapper->inner = inner;
    wrapper->own = (DRT_SECURITY_PROVIDER){wrapper, Attach,   Detach,  RegisterKey, UnregisterKey, Validate,
                                           Secure,  FreeData, Encrypt, Decrypt,     Credential,    ValidateCredential,
                                           Sign,    Verify};
    return &wrapper->own;
}

static PCCERT_CONTEXT Load(const char *path, PCCERT_CONTEXT *root) {
    static BYTE file[1 << 16];
    CRYPT_DATA_BLOB pfx = {sizeof file, file};
    FILE *in = fopen(path, "rb");

    memset(file, 0, sizeof file);
    if (!in || !fread(file, 1, sizeof file, in))
        exit(2);
    fclose(in);
    HCERTSTORE store = PFXImportCertStore(&pfx, L"secret", 0);
    *root = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_SUBJECT_STR_W, L"root", NULL);
    return CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_HAS_PRIVATE_KEY, NULL, NULL);
}

/* Whether a search for the key ends with it. */
static BOOL Found(HDRT drt, BYTE *key) {
    DRT_DATA wanted = {32, key};
    HDRT_SEARCH_CONTEXT search;
    HANDLE news = CreateEvent(NULL, TRUE, FALSE, NULL);
    ULONG size;
    HRESULT hr;
    BOOL found = FALSE;

    CHECK(DrtStartSearch(drt, &wanted, NULL, 20000, news, (PVOID)7, &search));
    do {
        WaitForSingleObject(news, INFINITE);
        hr = DrtGetSearchResultSize(search, &size);
        if (SUCCEEDED(hr)) {
            DRT_SEARCH_RESULT *result = malloc(size);
            CHECK(DrtGetSearchResult(search, size, result));
            found = result->type == DRT_MATCH_EXACT && result->pvContext == (PVOID)7 &&
                    result->dwSize == sizeof *result && result->registration.appData.cb == 5 &&
                    !memcmp(result->registration.appData.pb, "value", 5) &&
                    !memcmp(result->registration.key.pb, key, 32);
            free(result);
        }
    } while (SUCCEEDED(hr) || hr == DRT_E_SEARCH_IN_PROGRESS);
    CHECK(DrtEndSearch(search));
    CloseHandle(news);
    return found;
}

int main(int argc, char **argv) {
    static struct wrapper wrappers[2];
    DRT_SETTINGS settings[2] = {{0}};
    DRT_SECURITY_PROVIDER *providers[2];
    USHORT ports[2] = {0, 0};
    BYTE key[32] = "a key of thirty-two bytes, null";
    DRT_DATA data = {32, key};
    DRT_REGISTRATION registration = {data, {5, (BYTE *)"value"}};
    HDRT_REGISTRATION_CONTEXT registered;
    PCCERT_CONTEXT root, local, contexts[2] = {NULL, NULL}; /* of the first, of the other PFX */
    BOOL derived = !strcmp(argv[2], "derived"), wrap = !strcmp(argv[3], "wrapped");
    HANDLE news = CreateEvent(NULL, FALSE, FALSE, NULL);

    if (argc != (derived ? 6 : 4) && !(derived && argc == 7))
        return 2;
    for (int i = 0; i < 2; i++) {
        DRT_SETTINGS *own = &settings[i];
        *own = (DRT_SETTINGS){
            .dwSize = sizeof *own, .cbKey = 32, .bProtocolMajorVersion = 3, .ulMaxRoutingAddresses = 4};
        own->eSecurityMode = (DRT_SECURITY_MODE)atoi(argv[1]);
        own->pwzDrtInstancePrefix = L"test";
        CHECK(DrtCreateIpv6UdpTransport(DRT_GLOBAL_SCOPE, 0, 0, &ports[i], &own->hTransport));
        if (derived) {
            local = Load(argv[4 + i], &root);
            CHECK(DrtCreateDerivedKeySecurityProvider(root, local, &providers[i]));
            if (i == 0) {
                CHECK(DrtCreateDerivedKey(local, &data));
                contexts[0] = local;
            }
        } else {
            CHECK(DrtCreateNullSecurityProvider(&providers[i]));
        }
        own->pSecurityProvider = wrap ? Wrapped(&wrappers[i], providers[i]) : providers[i];
        CHECK(DrtCreateDnsBootstrapResolver(ports[0], L"::1", &own->pBootstrapProvider));
        CHECK(DrtOpen(own, i == 0 ? news : NULL, NULL, &nodes[i]));
    }
    CHECK(DrtRegisterKey(nodes[0], &registration, NULL, &registered));
    if (argc == 7) {
        CHECK(DrtRegisterKey(nodes[1], &registration, (PVOID)contexts[0], &registered));
        contexts[1] = Load(argv[6], &root);
        CHECK(DrtCreateDerivedKey(contexts[1], &data));
        CHECK(DrtRegisterKey(nodes[0], &registration, (PVOID)contexts[1], &registered));
    }
    int searches = 0, found = 0; /* until the two have met; then also with a provider that has failed */
    while (!found && ++searches < 600) {
        found = Found(nodes[1], key);
        Sleep(50);
    }
    failing = wrap;
    for (BOOL again = !wrap; found && !again && ++searches < 600; Sleep(50))
        again = Found(nodes[1], key) && failed;
    printf("%s\n", searches < 600 ? "found" : "not found");
    DrtUnregisterKey(registered);
    for (int i = 0; i < 2; i++)
        DrtClose(nodes[i]);
    for (int i = 0; i < 2; i++) {
        CHECK(DrtDeleteIpv6UdpTransport(settings[i].hTransport));
        DrtDeleteDnsBootstrapResolver(settings[i].pBootstrapProvider);
        (derived ? DrtDeleteDerivedKeySecurityProvider : DrtDeleteNullSecurityProvider)(providers[i]);
    }
    if (wrap) {
        printf("%s\n", failed && reentered ? "asked" : "not asked");
        printf("%s\n", given == freed && given > 5 && !attached ? "all given back" : "not given back");
        if (given != freed)
            printf("%d %d %d %d\n", (int)asked, (int)given, (int)freed, (int)attached);
    }
    return 0;
}
