/* key_value: a table of names and values without a server.
 *
 *     key_value [own port] [port of any node that is there already]
 *
 *     put NAME VALUE     publishes a value under a name, from this program, until it ends
 *     get NAME           finds it, whoever has it
 *     near NAME          the three nearest keys of the whole table
 *     quit
 *
 * Every program is a node of a Distributed Routing Table. A node answers for its own keys and knows some others'; with
 * each question one comes nearer to who has the key, so of a thousand nodes about three are asked. Nobody has a list of
 * all. Here any name may be published by anybody (the null security provider); where that is not wanted, keys belong to
 * certificates: DrtCreateDerivedKeySecurityProvider.
 */
#include "console.h"
#include <drt.h>

#define KEY_SIZE       32
#define MOST_PUBLISHED 100

static HDRT drt;
static HDRT_REGISTRATION_CONTEXT published[MOST_PUBLISHED];
static int publishedCount;

// Where a name lies among the 2^256 keys: any function will do that all programs have in common and that spreads well.
static void KeyOf(const char *name, BYTE key[KEY_SIZE]) {
    for (int part = 0; part < KEY_SIZE; part += 8) {
        ULONGLONG hash = 14695981039346656037ull + part; // FNV-1a, and a finish that mixes
        for (const char *c = name; *c; c++)
            hash = (hash ^ (BYTE)*c) * 1099511628211ull;
        hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdull;
        hash ^= hash >> 33;
        memcpy(key + part, &hash, 8);
    }
}

static void Put(const char *name, const char *value) {
    char both[DRT_MAX_PAYLOAD_SIZE]; // the name as well, since a key does not say what it stands for
    BYTE key[KEY_SIZE];
    if (publishedCount == MOST_PUBLISHED)
        return;
    KeyOf(name, key);
    int size = snprintf(both, sizeof both, "%s = %s", name, value);
    DRT_REGISTRATION registration = {{KEY_SIZE, key}, {(ULONG)size, (BYTE *)both}};
    HRESULT hr = DrtRegisterKey(drt, &registration, NULL, &published[publishedCount]);
    if (hr == DRT_E_DUPLICATE_KEY) {
        wprintf(L"%hs is here already\n", name);
        return;
    }
    Check(hr, L"DrtRegisterKey");
    publishedCount++;
    wprintf(L"published %hs\n", name);
}

static void ShowResult(HDRT_SEARCH_CONTEXT search) {
    ULONG size;
    Check(DrtGetSearchResultSize(search, &size), L"DrtGetSearchResultSize");
    DRT_SEARCH_RESULT *result = malloc(size); // key and data lie behind the structure, in the same block
    Check(DrtGetSearchResult(search, size, result), L"DrtGetSearchResult");
    wprintf(L"%ls: ", result->type == DRT_MATCH_EXACT ? L"found" : L"near");
    for (ULONG i = 0; i < result->registration.appData.cb; i++) { // written by somebody else, and maybe hostile
        BYTE byte = result->registration.appData.pb[i];
        wprintf(byte >= ' ' && byte < 0x7f ? L"%c" : L"\\x%02x", byte);
    }
    wprintf(L"\n");
    free(result);
}

static void ShowPath(HDRT_SEARCH_CONTEXT search) {
    ULONG size;
    Check(DrtGetSearchPathSize(search, &size), L"DrtGetSearchPathSize");
    DRT_ADDRESS_LIST *path = malloc(size);
    Check(DrtGetSearchPath(search, size, path), L"DrtGetSearchPath");
    wprintf(L"%u nodes were asked\n", (unsigned)path->AddressCount);
    free(path);
}

static void Find(const char *name, DRT_SEARCH_INFO *info) {
    BYTE key[KEY_SIZE];
    DRT_DATA wanted = {KEY_SIZE, key};
    HDRT_SEARCH_CONTEXT search;
    HANDLE news = CreateEvent(NULL, TRUE, FALSE, NULL);
    BOOL found = FALSE;

    KeyOf(name, key);
    Check(DrtStartSearch(drt, &wanted, info, 10000, news, NULL, &search), L"DrtStartSearch");
    for (;;) { // the event is set as long as there is something to take, the end included
        ULONG size;
        WaitForSingleObject(news, INFINITE);
        HRESULT hr = DrtGetSearchResultSize(search, &size);
        if (hr == DRT_E_SEARCH_IN_PROGRESS)
            continue;
        if (FAILED(hr)) { // DRT_E_NO_MORE, DRT_E_TIMEOUT
            if (!found)
                wprintf(L"nobody has %hs\n", name);
            break;
        }
        ShowResult(search);
        found = TRUE;
    }
    ShowPath(search);
    Check(DrtEndSearch(search), L"DrtEndSearch");
    CloseHandle(news);
}

static void ShowEvent(void) {
    ULONG size;
    HRESULT hr = DrtGetEventDataSize(drt, &size);
    if (hr == DRT_E_NO_MORE)
        return;
    Check(hr, L"DrtGetEventDataSize");
    DRT_EVENT_DATA *event = malloc(size);
    Check(DrtGetEventData(drt, size, event), L"DrtGetEventData");
    if (event->type == DRT_EVENT_STATUS_CHANGED) {
        DRT_STATUS status = event->statusChange.status;
        wprintf(status == DRT_ACTIVE  ? L"others are there\n"
                : status == DRT_ALONE ? L"nobody else is there yet\n"
                                      : L"no network\n");
    } else if (event->type == DRT_EVENT_LEAFSET_KEY_CHANGED) {
        wprintf(event->leafsetKeyChange.change == DRT_LEAFSET_KEY_ADDED ? L"a neighbor has come\n"
                                                                        : L"a neighbor has gone\n");
    }
    free(event);
}

static BOOL Obey(char *line) { // FALSE: it is over
    char *verb = strtok(line, " "), *name = strtok(NULL, " "), *value = strtok(NULL, "");
    if (!verb)
        return TRUE;
    if (strcmp(verb, "put") == 0 && value)
        Put(name, value);
    else if (strcmp(verb, "get") == 0 && name)
        Find(name, NULL);
    else if (strcmp(verb, "near") == 0 && name) {
        DRT_SEARCH_INFO info = {.dwSize = sizeof info, .cMaxEndpoints = 3, .fAllowCurrentInstanceMatch = TRUE};
        Find(name, &info);
    } else if (strcmp(verb, "quit") == 0)
        return FALSE;
    else
        wprintf(L"put NAME VALUE, get NAME, near NAME, quit\n");
    return TRUE;
}

int main(int argc, char **argv) {
    USHORT port = argc > 1 ? (USHORT)atoi(argv[1]) : 0; // 0: any
    DRT_SETTINGS settings = {.dwSize = sizeof settings, .cbKey = KEY_SIZE, .bProtocolMajorVersion = 1};
    HANDLE news = CreateEvent(NULL, FALSE, FALSE, NULL);

    setvbuf(stdout, NULL, _IOLBF, 0);
    settings.ulMaxRoutingAddresses = 4;
    settings.eSecurityMode = DRT_SECURE_RESOLVE;
    Check(DrtCreateIpv6UdpTransport(DRT_GLOBAL_SCOPE, 0, 0, &port, &settings.hTransport), L"DrtCreateIpv6UdpTransport");
    Check(DrtCreateNullSecurityProvider(&settings.pSecurityProvider), L"DrtCreateNullSecurityProvider");
    // Who is first knows nobody, and asks itself.
    USHORT other = argc > 2 ? (USHORT)atoi(argv[2]) : port;
    Check(DrtCreateDnsBootstrapResolver(other, L"localhost", &settings.pBootstrapProvider),
          L"DrtCreateDnsBootstrapResolver");
    Check(DrtOpen(&settings, news, NULL, &drt), L"DrtOpen");
    wprintf(L"port %u\n", port);

    StartReading("quit");
    for (BOOL more = TRUE; more;) {
        HANDLE waited[] = {lineReady, news};
        if (WaitForMultipleObjects(2, waited, FALSE, INFINITE) == WAIT_OBJECT_0) {
            more = Obey(typed);
            SetEvent(lineTaken);
        } else {
            ShowEvent(); // one at a time: the event is set again while there are more
        }
    }

    DrtClose(drt); // withdraws what was published
    DrtDeleteDnsBootstrapResolver(settings.pBootstrapProvider);
    DrtDeleteNullSecurityProvider(settings.pSecurityProvider);
    Check(DrtDeleteIpv6UdpTransport(settings.hTransport), L"DrtDeleteIpv6UdpTransport");
    return 0;
}
