/* winsock.c - peer names through WSASetService and the WSALookupService functions. */
#include "group.h"

#include <pnrpns.h>
#include <ws2tcpip.h>

static const GUID NAME_V1 = {0xc2239ce5, 0x00c0, 0x4fbf, {0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a}};
static const GUID NAME_V2 = {0xc2239ce7, 0x00c0, 0x4fbf, {0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a}};
static const GUID CLOUD = {0xc2239ce6, 0x00c0, 0x4fbf, {0xba, 0xd6, 0x18, 0x13, 0x93, 0x85, 0xa4, 0x9a}};

/* 0 or the number of the error. */
static int error_of(INT result) { return result == 0 ? 0 : WSAGetLastError(); }

/* The code is 0 or an error of Winsock; its name is in the text, since no HRESULT has it. */
static int answers(int got, int wanted, const char *code, const char *what) {
    if (fact(got == wanted, "%s: %s", what, code))
        return 1;
    remark("gave %d", got);
    return 0;
}

static int register_name(PWSTR name, PWSTR cloud, u_short port, const char *payload, WSAESETSERVICEOP operation) {
    SOCKADDR_IN6 address;
    CSADDR_INFO at;
    PNRPINFO_V2 info;
    BLOB blob;
    WSAQUERYSETW query;
    memset(&at, 0, sizeof at);
    memset(&info, 0, sizeof info);
    memset(&query, 0, sizeof query);
    address = loopback(port).sin6;
    at.iProtocol = IPPROTO_TCP;
    at.iSocketType = SOCK_STREAM;
    at.LocalAddr.iSockaddrLength = sizeof address;
    at.LocalAddr.lpSockaddr = (LPSOCKADDR)&address;
    info.dwSize = sizeof info;
    info.dwLifetime = 3600;
    if (payload) {
        info.enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_BINARY;
        info.blobPayload.cbSize = (ULONG)strlen(payload);
        info.blobPayload.pBlobData = (BYTE *)payload;
    }
    blob.cbSize = sizeof info;
    blob.pBlobData = (BYTE *)&info;
    query.dwSize = sizeof query;
    query.dwNameSpace = NS_PNRPNAME;
    query.lpServiceClassId = (LPGUID)&NAME_V2;
    query.lpszServiceInstanceName = name;
    query.lpszContext = cloud;
    query.lpszComment = L"comment";
    query.dwNumberOfCsAddrs = operation == RNRSERVICE_REGISTER && port ? 1 : 0;
    query.lpcsaBuffer = &at;
    query.lpBlob = &blob;
    return error_of(WSASetServiceW(&query, operation, 0));
}

static int begin_name(PWSTR name, PWSTR cloud, int criteria, DWORD timeout, const GUID *version, HANDLE *lookup) {
    PNRPINFO_V1 first;
    PNRPINFO_V2 second;
    BLOB blob;
    WSAQUERYSETW query;
    memset(&first, 0, sizeof first);
    memset(&second, 0, sizeof second);
    memset(&query, 0, sizeof query);
    first.dwSize = sizeof first;
    second.dwSize = sizeof second;
    first.nMaxResolve = second.nMaxResolve = 1;
    first.dwTimeout = second.dwTimeout = timeout;
    first.enResolveCriteria = second.enResolveCriteria = (PNRP_RESOLVE_CRITERIA)criteria;
    blob.cbSize = version == &NAME_V1 ? sizeof first : sizeof second;
    blob.pBlobData = version == &NAME_V1 ? (BYTE *)&first : (BYTE *)&second;
    query.dwSize = sizeof query;
    query.dwNameSpace = NS_PNRPNAME;
    query.lpServiceClassId = (LPGUID)version;
    query.lpszServiceInstanceName = name;
    query.lpszContext = cloud;
    query.lpBlob = &blob;
    return error_of(WSALookupServiceBeginW(&query, LUP_RETURN_ALL, lookup));
}

/* The next result in kept memory. */
static int next_result(HANDLE lookup, WSAQUERYSETW **found) {
    DWORD size = 0;
    int error = error_of(WSALookupServiceNextW(lookup, 0, &size, NULL));
    if (error != WSAEFAULT)
        return error;
    *found = keep(size);
    return error_of(WSALookupServiceNextW(lookup, 0, &size, *found));
}

static PWSTR unsecured(const char *word) {
    PWSTR classifier = unique(word), made = keep((wcslen(classifier) + 3) * sizeof *made);
    wcscpy(made, L"0.");
    wcscat(made, classifier);
    return made;
}

static void registering(PWSTR name) {
    page("WSASetService");
    answers(register_name(name, NULL, 4711, "payload", RNRSERVICE_REGISTER), 0, "0", "a name with an address");
    answers(register_name(NULL, NULL, 4711, NULL, RNRSERVICE_REGISTER), WSAEINVAL, "WSAEINVAL", "no name");
    answers(register_name(L"nonsense", NULL, 4711, NULL, RNRSERVICE_REGISTER), WSAEINVAL, "WSAEINVAL",
            "a name without an authority");
    guess("registration-needs-something");
    answers(register_name(unsecured("nothing"), NULL, 0, NULL, RNRSERVICE_REGISTER), WSAEINVAL, "WSAEINVAL",
            "neither an address nor a payload");
    guess("deregister");
    answers(register_name(name, NULL, 4711, NULL, RNRSERVICE_DEREGISTER), WSAEOPNOTSUPP, "WSAEOPNOTSUPP",
            "RNRSERVICE_DEREGISTER");
    guess("delete-what-is-not-there");
    answers(register_name(unsecured("nobody"), NULL, 4711, NULL, RNRSERVICE_DELETE), WSASERVICE_NOT_FOUND,
            "WSASERVICE_NOT_FOUND", "deleting what is not registered");
}

static void finding(PWSTR name) {
    HANDLE lookup = NULL;
    WSAQUERYSETW *found = NULL;
    const PNRPINFO_V2 *info;
    DWORD size;
    page("WSALookupServiceBegin");
    answers(begin_name(name, NULL, PNRP_RESOLVE_CRITERIA_ANY_PEER_NAME, 30, &NAME_V2, &lookup), 0, "0", "a name");
    page("WSALookupServiceNext");
    size = 0;
    answers(error_of(WSALookupServiceNextW(lookup, 0, &size, NULL)), WSAEFAULT, "WSAEFAULT", "no room");
    fact(size > sizeof(WSAQUERYSETW), "it tells how much room a result needs");
    answers(next_result(lookup, &found), 0, "0", "with room");
    if (found) {
        const SOCKADDR_IN6 *at = NULL;
        page("WSAQUERYSET");
        counts(found->dwSize, sizeof *found, "dwSize");
        reads(found->lpszServiceInstanceName, name, "lpszServiceInstanceName");
        fact(found->lpszContext && *found->lpszContext, "lpszContext is the cloud");
        reads(found->lpszComment, L"comment", "lpszComment");
        counts(found->dwNumberOfCsAddrs, 1, "dwNumberOfCsAddrs");
        if (found->dwNumberOfCsAddrs)
            at = (const SOCKADDR_IN6 *)(const void *)found->lpcsaBuffer[0].RemoteAddr.lpSockaddr;
        counts(at ? at->sin6_family : 0, AF_INET6, "the family of RemoteAddr");
        counts(at ? ntohs(at->sin6_port) : 0, 4711, "the port of RemoteAddr, in network byte order");
        info = found->lpBlob ? (const PNRPINFO_V2 *)(const void *)found->lpBlob->pBlobData : NULL;
        page("PNRPINFO_V2");
        if (fact(info != NULL, "there is one for a query of the second version")) {
            counts(info->enExtendedPayloadType, PNRP_EXTENDED_PAYLOAD_TYPE_BINARY, "enExtendedPayloadType of bytes");
            fact(info->blobPayload.cbSize == 7 && memcmp(info->blobPayload.pBlobData, "payload", 7) == 0,
                 "blobPayload is what was registered");
        }
    }
    page("WSALookupServiceNext");
    answers(next_result(lookup, &found), WSA_E_NO_MORE, "WSA_E_NO_MORE", "at the end");
    page("WSALookupServiceEnd");
    answers(error_of(WSALookupServiceEnd(lookup)), 0, "0", "a lookup");
    fact(WSALookupServiceEnd(lookup) != 0, "a second time fails");
    page("PNRPINFO_V1");
    found = NULL;
    begin_name(name, NULL, PNRP_RESOLVE_CRITERIA_ANY_PEER_NAME, 30, &NAME_V1, &lookup);
    answers(next_result(lookup, &found), 0, "0", "a query of the first version");
    guess("no-blob-in-the-first-version");
    fact(found && !found->lpBlob, "a query of the first version gets no blob");
    WSALookupServiceEnd(lookup);
}

static void wrong_queries(PWSTR name) {
    HANDLE lookup = NULL;
    WSAQUERYSETW *found = NULL, query;
    page("WSALookupServiceBegin");
    answers(begin_name(L"nonsense", NULL, 0, 0, &NAME_V2, &lookup), WSAEINVAL, "WSAEINVAL",
            "a name without an authority");
    answers(begin_name(NULL, NULL, 0, 0, &NAME_V2, &lookup), WSAEINVAL, "WSAEINVAL", "no name");
    answers(begin_name(name, NULL, 7, 0, &NAME_V2, &lookup), WSAEINVAL, "WSAEINVAL", "criteria that do not exist");
    guess("longest-timeout");
    answers(begin_name(name, NULL, 0, 601, &NAME_V2, &lookup), WSAEINVAL, "WSAEINVAL", "a timeout of 601 seconds");
    answers(begin_name(name, NULL, 0, 600, &NAME_V2, &lookup), 0, "0", "a timeout of 600 seconds");
    WSALookupServiceEnd(lookup);
    guess("service-class-of-another");
    answers(begin_name(name, NULL, 0, 0, &NOTE_TYPE, &lookup), WSASERVICE_NOT_FOUND, "WSASERVICE_NOT_FOUND",
            "a service class of nobody");
    memset(&query, 0, sizeof query);
    query.dwSize = sizeof query;
    query.dwNameSpace = NS_PNRPNAME;
    query.lpszServiceInstanceName = name;
    guess("service-class-of-another");
    answers(error_of(WSALookupServiceBeginW(&query, LUP_RETURN_ALL, &lookup)), WSAEINVAL, "WSAEINVAL",
            "no service class");
    page("PNRP_RESOLVE_CRITERIA");
    begin_name(name, NULL, PNRP_RESOLVE_CRITERIA_NON_CURRENT_PROCESS_PEER_NAME, 30, &NAME_V2, &lookup);
    answers(next_result(lookup, &found), WSA_E_NO_MORE, "WSA_E_NO_MORE", "of other processes: a name of this one");
    WSALookupServiceEnd(lookup);
    guess("default-criteria");
    begin_name(name, NULL, PNRP_RESOLVE_CRITERIA_DEFAULT, 30, &NAME_V2, &lookup);
    answers(next_result(lookup, &found), WSA_E_NO_MORE, "WSA_E_NO_MORE", "the default: a name of this process");
    WSALookupServiceEnd(lookup);
}

static void clouds(void) {
    PNRPCLOUDINFO info;
    BLOB blob;
    WSAQUERYSETW query, *found = NULL;
    HANDLE lookup = NULL;
    memset(&info, 0, sizeof info);
    memset(&query, 0, sizeof query);
    info.dwSize = sizeof info;
    info.Cloud.Scope = PNRP_SCOPE_ANY;
    blob.cbSize = sizeof info;
    blob.pBlobData = (BYTE *)&info;
    query.dwSize = sizeof query;
    query.dwNameSpace = NS_PNRPCLOUD;
    query.lpServiceClassId = (LPGUID)&CLOUD;
    query.lpBlob = &blob;
    page("PNRPCLOUDINFO");
    answers(error_of(WSALookupServiceBeginW(&query, LUP_RETURN_NAME | LUP_RETURN_BLOB, &lookup)), 0, "0", "any scope");
    answers(next_result(lookup, &found), 0, "0", "a cloud");
    if (found) {
        const PNRPCLOUDINFO *cloud = found->lpBlob ? (const PNRPCLOUDINFO *)(const void *)found->lpBlob->pBlobData
                                                   : NULL;
        fact(found->lpszServiceInstanceName && *found->lpszServiceInstanceName, "a cloud has a name");
        if (fact(cloud != NULL, "a cloud has a blob"))
            counts(cloud->dwSize, sizeof *cloud, "dwSize");
    }
    WSALookupServiceEnd(lookup);
    info.Cloud.Scope = (PNRP_SCOPE)4;
    answers(error_of(WSALookupServiceBeginW(&query, LUP_RETURN_NAME | LUP_RETURN_BLOB, &lookup)), WSAEINVAL,
            "WSAEINVAL", "a scope that does not exist");
}

void winsock_lookups(void) {
    WSADATA data;
    PWSTR name = unsecured("name");
    WSAStartup(MAKEWORD(2, 2), &data);
    registering(name);
    finding(name);
    wrong_queries(name);
    page("WSASetService");
    answers(register_name(name, NULL, 4711, NULL, RNRSERVICE_DELETE), 0, "0", "deleting a name that is registered");
    guess("delete-what-is-not-there");
    answers(register_name(name, NULL, 4711, NULL, RNRSERVICE_DELETE), WSASERVICE_NOT_FOUND, "WSASERVICE_NOT_FOUND",
            "deleting a second time");
    clouds();
    WSACleanup();
}
