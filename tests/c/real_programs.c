/* What programs that were written for Windows do, and rely on; the first argument says which of it. The answer stands on stdout. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <p2p.h>
#include <stdio.h>
#include <string.h>

#define CHECK(call)                                                                                                                        \
    do {                                                                                                                                   \
        HRESULT result_ = (call);                                                                                                          \
        if (FAILED(result_)) {                                                                                                             \
            printf("line %d: %08x\n", __LINE__, (unsigned)result_);                                                                        \
            return 1;                                                                                                                      \
        }                                                                                                                                  \
    } while (0)

static PEER_ADDRESS nobody(void) {
    PEER_ADDRESS address = {.dwSize = sizeof address};
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_addr = in6addr_loopback;
    address.sin6.sin6_port = htons(9);
    return address;
}

/* GraphChat connects without wanting the ID of the connection. */
static int unwanted(void) {
    PEER_ADDRESS address = nobody();
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .pwzGraphId = L"unwanted", .pwzCreatorId = L"alice"};
    PEER_RECORD record = {.dwSize = sizeof record, .type = {1, 2, 3, {4}}, .ftExpiration = {0, 0x7fffffff}};
    HGRAPH graph;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphCreate(&properties, L"a", NULL, &graph));
    CHECK(PeerGraphAddRecord(graph, &record, NULL));
    CHECK(PeerGraphConnect(graph, NULL, &address, NULL));
    CHECK(PeerGraphOpenDirectConnection(graph, L"bob", &address, NULL));
    CHECK(PeerGraphShutdown());
    CHECK(PeerIdentityCreate(NULL, NULL, 0, NULL));
    PWSTR identity, exported;
    CHECK(PeerIdentityGetDefault(&identity));
    CHECK(PeerIdentityExport(identity, L"password", &exported));
    CHECK(PeerIdentityDelete(identity));
    CHECK(PeerIdentityImport(exported, L"password", NULL));
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, NULL));
    HGROUP group;
    PEER_GROUP_PROPERTIES wanted = {.dwSize = sizeof wanted, .dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION};
    CHECK(PeerGroupCreate(&wanted, &group));
    record.ftExpiration.dwHighDateTime = 0;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 9;
    CHECK(PeerGroupAddRecord(group, &record, NULL));
    CHECK(PeerGroupOpenDirectConnection(group, identity, &address, NULL));
    PWSTR configuration;
    CHECK(PeerGroupExportConfig(group, L"password", &configuration));
    CHECK(PeerGroupClose(group));
    CHECK(PeerGroupImportConfig(configuration, L"password", TRUE, NULL, NULL));
    printf("ok\n");
    return 0;
}

/* Programs offer the "NULL identity" to users who have none, and .NET only ever asks for the default. */
static int identity(void) {
    HGROUP group;
    PEER_GROUP_PROPERTIES properties = {.dwSize = sizeof properties, .pwzFriendlyName = L"g", .dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION};
    PWSTR name;
    PPEER_GROUP_PROPERTIES made;
    PEER_VERSION_DATA version;
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, &version));
    CHECK(PeerGroupCreate(&properties, &group));
    CHECK(PeerGroupGetProperties(group, &made));
    CHECK(PeerIdentityGetDefault(&name));
    printf("%d\n%ls\n", wcscmp(made->pwzCreatorPeerName, name), name);
    return 0;
}

/* Several of these start at the same time. */
static int public_part(void) {
    PWSTR xml;
    CHECK(PeerIdentityGetXML(NULL, &xml));
    printf("%ls\n", xml);
    return 0;
}

/* GraphChat creates its graph when it finds nobody by that name; pnrp.c and .NET take it so, too. */
static int resolve(PCWSTR name) {
    ULONG count = 5;
    PEER_PNRP_ENDPOINT_INFO *found = (PEER_PNRP_ENDPOINT_INFO *)16;
    CHECK(PeerPnrpStartup(PNRP_VERSION));
    HRESULT result = PeerPnrpResolve(name, NULL, &count, &found);
    printf("%08x, %u endpoints\n", (unsigned)result, (unsigned)count);
    for (ULONG index = 0; found && index < count; index++) {
        for (ULONG each = 0; each < found[index].cAddresses; each++) {
            WCHAR text[64];
            DWORD room = 64, family = found[index].ppAddresses[each]->sa_family;
            DWORD size = family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
            if (WSAAddressToStringW(found[index].ppAddresses[each], size, NULL, text, &room)) {
                return 1;
            }
            printf("%ls\n", text);
        }
    }
    return FAILED(result);
}

/* pnrp.c asks for addresses in "IPV4 notation"; .NET gives those of both families. */
static int register_both(void) {
    HREGISTRATION handle;
    SOCKADDR_IN four = {.sin_family = AF_INET, .sin_port = htons(80)};
    SOCKADDR_IN6 six = {.sin6_family = AF_INET6, .sin6_port = htons(81), .sin6_addr = in6addr_loopback};
    four.sin_addr.s_addr = htonl(0xC0A80132);
    SOCKADDR *list[] = {(SOCKADDR *)&four, (SOCKADDR *)&six, (SOCKADDR *)&four};
    PEER_PNRP_REGISTRATION_INFO info = {.cAddresses = 3, .ppAddresses = list};
    CHECK(PeerPnrpStartup(PNRP_VERSION));
    CHECK(PeerPnrpRegister(L"0.both", &info, &handle));
    printf("registered\n");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}

/* The same name below pnrp.net, for programs that know nothing of PNRP. */
static int host(void) {
    PWSTR name;
    ADDRINFOW *list;
    CHECK(PeerNameToPeerHostName(L"0.both", &name));
    int code = GetAddrInfoW(name, NULL, NULL, &list);
    for (ADDRINFOW *each = code ? NULL : list; each; each = each->ai_next) {
        printf("%d ", each->ai_family == AF_INET ? 4 : 6);
    }
    printf("%d\n", code);
    return code;
}

int main(int count, char **arguments) {
    WSADATA data;
    const char *what = count > 1 ? arguments[1] : "";
    if (WSAStartup(MAKEWORD(2, 2), &data)) {
        return 2;
    }
    return !strcmp(what, "unwanted")      ? unwanted()
           : !strcmp(what, "identity")    ? identity()
           : !strcmp(what, "public")      ? public_part()
           : !strcmp(what, "nobody")      ? resolve(L"0.nobody-has-this")
           : !strcmp(what, "resolve")     ? resolve(L"0.both")
           : !strcmp(what, "register")    ? register_both()
           : !strcmp(what, "host")        ? host()
                                          : 2;
}
