/* What programs that were written for Windows do, and rely on; the first argument says which of it. The answer stands
 * on stdout. */
#include <winsock2.h>
#include <ws2tcpip.h>

#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(call)                                                 \
    do {                                                            \
        HRESULT result_ = (call);                                   \
        if (FAILED(result_)) {                                      \
            printf("line %d: %08x\n", __LINE__, (unsigned)result_); \
            return 1;                                               \
        }                                                           \
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
    PEER_GRAPH_PROPERTIES properties = {
        .dwSize = sizeof properties, .pwzGraphId = L"unwanted", .pwzCreatorId = L"alice"};
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
    PEER_GROUP_PROPERTIES properties = {
        .dwSize = sizeof properties, .pwzFriendlyName = L"g", .dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION};
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

/* What does not end well, by what was asked for and in which event. */
static unsigned mistakes;

static void note(int event, const char *call, HRESULT result) {
    if (FAILED(result)) {
        mistakes++;
        printf("%s in event %d: %08x\n", call, event, (unsigned)result);
    }
}

static const GUID chat = {0x11223344, 1, 2, {3}};

static PEER_RECORD line_of_chat(void) {
    static BYTE text[] = "abc";
    PEER_RECORD record = {.dwSize = sizeof record, .type = chat, .data = {sizeof text, text}};
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 9; /* an hour */
    return record;
}

static int stay(void) {
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}

#define LINES 600

/* A graph in which much has been said; the port on stdout. */
static int graph_host(void) {
    HGRAPH graph;
    PPEER_NODE_INFO node;
    PEER_RECORD record = line_of_chat();
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .dwScope = PEER_GRAPH_SCOPE_LOOPBACK,
                                        .pwzGraphId = L"sync",
                                        .pwzCreatorId = L"alice",
                                        .ulPresenceLifetime = 300,
                                        .cPresenceMax = (ULONG)-1};
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphCreate(&properties, L"a", NULL, &graph));
    CHECK(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0));
    for (int index = 0; index < LINES; index++) {
        CHECK(PeerGraphAddRecord(graph, &record, NULL));
    }
    CHECK(PeerGraphGetNodeInfo(graph, 0, &node));
    printf("%d\n", ntohs(node->pAddresses[0].sin6.sin6_port));
    return stay();
}

/* Reads in each event what the event tells of, as GraphChat does; what nobody has told of is refused meanwhile. */
static int graph_member(const char *port) {
    PEER_GRAPH_EVENT_REGISTRATION wanted[] = {{PEER_GRAPH_EVENT_RECORD_CHANGED, NULL},
                                              {PEER_GRAPH_EVENT_NODE_CHANGED, NULL},
                                              {PEER_GRAPH_EVENT_STATUS_CHANGED, NULL},
                                              {PEER_GRAPH_EVENT_PROPERTY_CHANGED, NULL},
                                              {PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION, NULL}};
    PEER_ADDRESS address = nobody();
    HANDLE news = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events;
    HPEERENUM items;
    HGRAPH graph;
    PPEER_GRAPH_EVENT_DATA event;
    PPEER_RECORD record;
    PPEER_NODE_INFO node;
    PPEER_GRAPH_PROPERTIES properties;
    GUID unknown = {1, 2, 3, {4}};
    unsigned records = 0;
    ULONG count;
    DWORD status = 0;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphOpen(L"sync", L"bob", L"b", NULL, 0, NULL, &graph));
    CHECK(PeerGraphRegisterEvent(graph, news, 5, wanted, &events));
    printf("%08x %08x ", (unsigned)PeerGraphGetRecord(graph, &unknown, &record),
           (unsigned)PeerGraphGetProperties(graph, &properties));
    printf("%08x\n", (unsigned)PeerGraphEnumNodes(graph, NULL, &items));
    address.sin6.sin6_port = htons((u_short)atoi(port));
    CHECK(PeerGraphConnect(graph, NULL, &address, NULL));
    while (records < LINES || !(status & PEER_GRAPH_STATUS_SYNCHRONIZED)) {
        if (WaitForSingleObject(news, 120000) != WAIT_OBJECT_0) {
            printf("nothing more after %u records, status %u\n", records, (unsigned)status);
            return 1;
        }
        while (PeerGraphGetEventData(events, &event) == S_OK) {
            switch (event->eventType) {
            case PEER_GRAPH_EVENT_RECORD_CHANGED:
                records++;
                note(event->eventType, "GetRecord",
                     PeerGraphGetRecord(graph, &event->recordChangeData.recordId, &record));
                break;
            case PEER_GRAPH_EVENT_NODE_CHANGED:
                note(event->eventType, "GetNodeInfo",
                     PeerGraphGetNodeInfo(graph, event->nodeChangeData.ullNodeId, &node));
                note(event->eventType, "EnumNodes", PeerGraphEnumNodes(graph, event->nodeChangeData.pwzPeerId, &items));
                note(event->eventType, "GetItemCount", PeerGraphGetItemCount(items, &count));
                note(event->eventType, "nobody", count ? S_OK : E_FAIL);
                break;
            case PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION:
                note(event->eventType, "GetNodeInfo",
                     PeerGraphGetNodeInfo(graph, event->connectionChangeData.ullNodeId, &node));
                break;
            default:
                status = event->eventType == PEER_GRAPH_EVENT_STATUS_CHANGED ? event->dwStatus : status;
                note(event->eventType, "GetProperties", PeerGraphGetProperties(graph, &properties));
            }
            PeerGraphFreeData(event);
        }
    }
    printf("%u mistakes\n", mistakes);
    return 0;
}

/* The same in a group: its invitation on stdout. */
static int group_host(void) {
    HGROUP group;
    PWSTR identity, invitation;
    PEER_RECORD record = line_of_chat();
    PEER_GROUP_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .pwzCloud = L"Loopback_",
                                        .pwzFriendlyName = L"group",
                                        .dwAuthenticationSchemes = PEER_GROUP_PASSWORD_AUTHENTICATION,
                                        .pwzGroupPassword = L"password",
                                        .groupPasswordRole = PEER_GROUP_ROLE_MEMBER};
    CHECK(PeerIdentityCreate(L"host", L"host", 0, &identity));
    properties.pwzCreatorPeerName = identity;
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, NULL));
    CHECK(PeerGroupCreate(&properties, &group));
    CHECK(PeerGroupConnect(group));
    for (int index = 0; index < LINES; index++) {
        CHECK(PeerGroupAddRecord(group, &record, NULL));
    }
    CHECK(PeerGroupCreatePasswordInvitation(group, &invitation));
    printf("%ls\n", invitation);
    return stay();
}

static int group_member(const char *invitation) {
    PEER_GROUP_EVENT_REGISTRATION wanted[] = {{PEER_GROUP_EVENT_RECORD_CHANGED, NULL},
                                              {PEER_GROUP_EVENT_MEMBER_CHANGED, NULL},
                                              {PEER_GROUP_EVENT_STATUS_CHANGED, NULL},
                                              {PEER_GROUP_EVENT_PROPERTY_CHANGED, NULL}};
    static WCHAR wide[8192];
    HANDLE news = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events;
    HPEERENUM items;
    HGROUP group;
    PWSTR identity;
    PPEER_GROUP_EVENT_DATA event;
    PPEER_RECORD record;
    PPEER_GROUP_PROPERTIES properties;
    unsigned records = 0, others = 0;
    ULONG count;
    DWORD status = 0;
    MultiByteToWideChar(CP_UTF8, 0, invitation, -1, wide, 8192);
    CHECK(PeerIdentityCreate(L"member", L"member", 0, &identity));
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, NULL));
    CHECK(PeerGroupPasswordJoin(identity, wide, L"password", NULL, &group));
    CHECK(PeerGroupRegisterEvent(group, news, 4, wanted, &events));
    CHECK(PeerGroupConnect(group));
    while (records < LINES || !(status & PEER_GROUP_STATUS_HAS_CONNECTIONS) || !others) {
        if (WaitForSingleObject(news, 120000) != WAIT_OBJECT_0) {
            printf("nothing more after %u records, status %u\n", records, (unsigned)status);
            return 1;
        }
        while (PeerGroupGetEventData(events, &event) == S_OK) {
            switch (event->eventType) {
            case PEER_GROUP_EVENT_RECORD_CHANGED:
                records++;
                note(event->eventType, "GetRecord",
                     PeerGroupGetRecord(group, &event->recordChangeData.recordId, &record));
                break;
            case PEER_GROUP_EVENT_MEMBER_CHANGED:
                others += wcscmp(event->memberChangeData.pwzIdentity, identity) != 0;
                note(event->eventType, "EnumMembers",
                     PeerGroupEnumMembers(group, 0, event->memberChangeData.pwzIdentity, &items));
                note(event->eventType, "GetItemCount", PeerGetItemCount(items, &count));
                note(event->eventType, "nobody", count ? S_OK : E_FAIL);
                if (event->memberChangeData.changeType == PEER_MEMBER_CONNECTED &&
                    !wcscmp(event->memberChangeData.pwzIdentity, identity)) {
                    note(event->eventType, "connected with itself", E_FAIL);
                }
                break;
            default:
                status = event->eventType == PEER_GROUP_EVENT_STATUS_CHANGED ? event->dwStatus : status;
                note(event->eventType, "GetProperties", PeerGroupGetProperties(group, &properties));
            }
            PeerFreeData(event);
        }
    }
    printf("%u mistakes\n", mistakes);
    return stay();
}

/* GraphChat lists itself by hand, and takes an update of node 0 for a new address of its own. */
static int own_node(void) {
    HGRAPH graph;
    HPEEREVENT events;
    PPEER_GRAPH_EVENT_DATA event;
    PPEER_NODE_INFO node;
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_NODE_CHANGED, NULL};
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .dwScope = PEER_GRAPH_SCOPE_LOOPBACK,
                                        .pwzGraphId = L"own",
                                        .pwzCreatorId = L"alice",
                                        .ulPresenceLifetime = 300,
                                        .cPresenceMax = (ULONG)-1};
    HANDLE news = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, NULL));
    CHECK(PeerGraphCreate(&properties, L"a", NULL, &graph));
    CHECK(PeerGraphRegisterEvent(graph, news, 1, &wanted, &events));
    CHECK(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0));
    CHECK(PeerGraphSetNodeAttributes(graph, L"<attributes/>"));
    if (WaitForSingleObject(news, 120000) != WAIT_OBJECT_0) {
        return 1;
    }
    while (PeerGraphGetEventData(events, &event) == S_OK) {
        CHECK(PeerGraphGetNodeInfo(graph, event->nodeChangeData.ullNodeId, &node));
        printf("change %d of %ls, node %llu, %ls\n", event->nodeChangeData.changeType, event->nodeChangeData.pwzPeerId,
               (unsigned long long)event->nodeChangeData.ullNodeId, node->pwzAttributes);
    }
    return 0;
}

int main(int count, char **arguments) {
    WSADATA data;
    const char *what = count > 1 ? arguments[1] : "";
    if (WSAStartup(MAKEWORD(2, 2), &data)) {
        return 2;
    }
    return !strcmp(what, "unwanted")     ? unwanted()
           : !strcmp(what, "identity")   ? identity()
           : !strcmp(what, "public")     ? public_part()
           : !strcmp(what, "nobody")     ? resolve(L"0.nobody-has-this")
           : !strcmp(what, "resolve")    ? resolve(L"0.both")
           : !strcmp(what, "register")   ? register_both()
           : !strcmp(what, "host")       ? host()
           : !strcmp(what, "own-node")   ? own_node()
           : !strcmp(what, "graph-host") ? graph_host()
           : !strcmp(what, "group-host") ? group_host()
           : count < 3                   ? 2
           : !strcmp(what, "graph")      ? graph_member(arguments[2])
           : !strcmp(what, "group")      ? group_member(arguments[2])
                                         : 2;
}
