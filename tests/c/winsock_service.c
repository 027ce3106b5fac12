/* The name space functions, over a name service made up here. */
#include "winsock_test.h"

#include <stdlib.h>
#include <wchar.h>

#include <pnrpns.h>

#include "../../peerapi/win32/winsock.h"

static struct {
    WCHAR name[32], context[32];
    uint32_t flags;
    int operation, results, ended, cleaned;
    uint64_t event;
} seen;

static int32_t set_service(const void *query, int32_t operation, uint32_t flags) {
    wcscpy(seen.name, ((const WSAQUERYSETW *)query)->lpszServiceInstanceName);
    seen.operation = operation;
    seen.flags = flags;
    return flags == 7 ? WSA_PNRP_CLOUD_NOT_FOUND : 0;
}

static int32_t begin(const void *restrictions, uint32_t flags, uint64_t *lookup) {
    const WSAQUERYSETW *query = restrictions;
    wcscpy(seen.name, query->lpszServiceInstanceName);
    wcscpy(seen.context, query->lpszContext ? query->lpszContext : L"");
    seen.flags = flags;
    *lookup = 42;
    return 0;
}

/* As the engine does: one block with all that it points to. */
static int32_t next(uint64_t lookup, uint32_t flags, void **result) {
    struct {
        WSAQUERYSETW set;
        PNRPINFO_V2 info;
        BLOB blob;
        CSADDR_INFO addresses[2];
        SOCKADDR_IN6 address;
        AFPROTOCOLS protocol;
        GUID service;
        WCHAR name[16], comment[16], payload[8];
    } *block;
    (void)flags;
    CHECK(lookup == 42);
    if (seen.results == 0) {
        return WSA_E_NO_MORE;
    }
    seen.results--;
    block = calloc(1, sizeof *block);
    wcscpy(block->name, L"0.n\u00e4me");
    wcscpy(block->comment, L"comment");
    wcscpy(block->payload, L"pay");
    block->address = (SOCKADDR_IN6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)seen.results)};
    block->addresses[0].RemoteAddr = (SOCKET_ADDRESS){(LPSOCKADDR)&block->address, sizeof block->address};
    block->addresses[1].RemoteAddr = block->addresses[0].RemoteAddr;
    block->info = (PNRPINFO_V2){.dwSize = sizeof block->info,
                                .lpwszIdentity = block->comment,
                                .saHint = block->addresses[0].RemoteAddr,
                                .enExtendedPayloadType = PNRP_EXTENDED_PAYLOAD_TYPE_STRING,
                                .pwszPayload = block->payload};
    block->blob = (BLOB){sizeof block->info, (BYTE *)&block->info};
    block->set = (WSAQUERYSETW){.lpszServiceInstanceName = block->name,
                                .lpszComment = block->comment,
                                .dwNameSpace = NS_PNRPNAME,
                                .lpServiceClassId = &block->service,
                                .dwNumberOfProtocols = 1,
                                .lpafpProtocols = &block->protocol,
                                .dwNumberOfCsAddrs = 2,
                                .lpcsaBuffer = block->addresses,
                                .lpBlob = &block->blob};
    *result = block;
    return 0;
}

static int32_t notify(uint64_t lookup, uint64_t event) {
    CHECK(lookup == 42);
    seen.event = event;
    return event ? WSA_IO_PENDING : seen.results ? 0 : WSAEWOULDBLOCK;
}

static int32_t end(uint64_t lookup) {
    CHECK(lookup == 42);
    seen.ended++;
    return 0;
}

static int32_t cleanup(void) {
    seen.cleaned++;
    return 0;
}

static void serve(int results) {
    memset(&seen, 0, sizeof seen);
    seen.results = results;
    peerapi_name_space = (struct peerapi_name_space){set_service, begin, next, notify, end, cleanup};
}

static void stop(void) { memset(&peerapi_name_space, 0, sizeof peerapi_name_space); }

static WCHAR name[] = L"0.n\u00e4me", cloud[] = L"Global_";

static WSAQUERYSETW query(void) {
    return (WSAQUERYSETW){.dwSize = sizeof(WSAQUERYSETW),
                          .dwNameSpace = NS_PNRPNAME,
                          .lpszServiceInstanceName = name,
                          .lpszContext = cloud};
}

TEST(name_spaces_without_a_service) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    HANDLE lookup;
    CHECK_WSA(WSALookupServiceBeginW(&set, LUP_RETURN_ALL, &lookup), WSASERVICE_NOT_FOUND);
    CHECK_WSA(WSASetServiceW(&set, RNRSERVICE_REGISTER, 0), WSASERVICE_NOT_FOUND);
    set.dwNameSpace = NS_PNRPCLOUD;
    CHECK_WSA(WSALookupServiceBeginW(&set, LUP_RETURN_ALL, &lookup), WSASERVICE_NOT_FOUND);
    serve(0);
    set.dwNameSpace = NS_DNS;
    CHECK_WSA(WSALookupServiceBeginW(&set, LUP_RETURN_ALL, &lookup), WSASERVICE_NOT_FOUND);
    stop();
    DONE;
}

TEST(wrong_lookups_are_refused) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    HANDLE lookup;
    DWORD room = 0;
    serve(0);
    CHECK_WSA(WSALookupServiceBeginW(NULL, 0, &lookup), WSAEFAULT);
    CHECK_WSA(WSALookupServiceBeginW(&set, 0, NULL), WSAEFAULT);
    CHECK_WSA(WSASetServiceW(NULL, RNRSERVICE_REGISTER, 0), WSAEFAULT);
    CHECK_WSA(WSASetServiceW(&set, (WSAESETSERVICEOP)3, 0), WSAEINVAL);
    CHECK_WSA(WSALookupServiceNextW(&set, 0, NULL, NULL), WSAEFAULT);
    CHECK_WSA(WSALookupServiceNextW(&set, 0, &room, NULL), WSA_INVALID_HANDLE);
    CHECK_WSA(WSALookupServiceEnd(NULL), WSA_INVALID_HANDLE);
    set.dwSize--;
    CHECK_WSA(WSALookupServiceBeginW(&set, 0, &lookup), WSAEINVAL);
    DONE;
    CHECK_WSA(WSALookupServiceBeginW(&set, 0, &lookup), WSANOTINITIALISED);
    CHECK_WSA(WSALookupServiceEnd(NULL), WSANOTINITIALISED);
    stop();
}

static BOOL lies_in(const void *pointer, const void *buffer, size_t size) {
    return (const char *)pointer >= (const char *)buffer && (const char *)pointer < (const char *)buffer + size;
}

TEST(a_result_is_laid_out_in_the_callers_buffer) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    HANDLE lookup;
    DWORD room = 0;
    serve(2);
    CHECK(WSALookupServiceBeginW(&set, LUP_RETURN_ALL, &lookup) == 0);
    CHECK(!wcscmp(seen.name, name) && !wcscmp(seen.context, cloud) && seen.flags == LUP_RETURN_ALL);
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, NULL), WSAEFAULT);
    DWORD needed = room;
    WSAQUERYSETW *found = malloc(needed);
    room = needed - 1;
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, found), WSAEFAULT);
    CHECK(room == needed && seen.results == 1); /* the same result waits */
    CHECK(WSALookupServiceNextW(lookup, 0, &room, found) == 0);
    CHECK(found->dwSize == sizeof *found && !wcscmp(found->lpszServiceInstanceName, name) &&
          !wcscmp(found->lpszComment, L"comment"));
    CHECK(found->lpszContext == NULL && found->lpVersion == NULL && lies_in(found->lpServiceClassId, found, needed));
    CHECK(found->dwNumberOfCsAddrs == 2 && lies_in(found->lpcsaBuffer, found, needed));
    CHECK(lies_in(found->lpcsaBuffer[1].RemoteAddr.lpSockaddr, found, needed) &&
          !found->lpcsaBuffer[1].LocalAddr.lpSockaddr);
    CHECK(((SOCKADDR_IN6 *)(void *)found->lpcsaBuffer[1].RemoteAddr.lpSockaddr)->sin6_port == htons(1));
    PNRPINFO_V2 *info = (PNRPINFO_V2 *)(void *)found->lpBlob->pBlobData;
    CHECK(lies_in(info, found, needed) && lies_in(info->lpwszIdentity, found, needed) &&
          !wcscmp(info->lpwszIdentity, L"comment"));
    CHECK(lies_in(info->saHint.lpSockaddr, found, needed) && lies_in(info->pwszPayload, found, needed));
    CHECK(!wcscmp(info->pwszPayload, L"pay"));
    CHECK(WSALookupServiceNextW(lookup, 0, &room, found) == 0 && seen.results == 0);
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, found), WSA_E_NO_MORE);
    CHECK(WSALookupServiceEnd(lookup) == 0 && seen.ended == 1);
    CHECK_WSA(WSALookupServiceEnd(lookup), WSA_INVALID_HANDLE);
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, found), WSA_INVALID_HANDLE);
    free(found);
    stop();
    DONE;
}

TEST(a_result_nobody_fetched_is_dropped) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    HANDLE lookup;
    DWORD room = 0;
    serve(2);
    CHECK(WSALookupServiceBeginW(&set, 0, &lookup) == 0);
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, NULL), WSAEFAULT);
    CHECK_WSA(WSALookupServiceNextW(lookup, LUP_FLUSHPREVIOUS, &room, NULL), WSAEFAULT);
    CHECK(seen.results == 0);
    CHECK(WSALookupServiceEnd(lookup) == 0); /* the second goes with the lookup */
    stop();
    DONE;
}

TEST(a_lookup_tells_of_news) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    HANDLE lookup;
    DWORD room = 0, returned = 7;
    WSAOVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
    WSACOMPLETION completion = {.Type = NSP_NOTIFY_IMMEDIATELY};
    serve(0);
    CHECK(WSALookupServiceBeginW(&set, 0, &lookup) == 0);
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, &returned, NULL), WSAEWOULDBLOCK);
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSAEWOULDBLOCK);
    CHECK(returned == 0);
    completion = (WSACOMPLETION){.Type = NSP_NOTIFY_EVENT, .Parameters.Event.lpOverlapped = &overlapped};
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSA_IO_PENDING);
    CHECK(seen.event == (uint64_t)(uintptr_t)overlapped.hEvent);
    seen.results = 1;
    CHECK(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, NULL) == 0);
    CHECK_WSA(WSALookupServiceNextW(lookup, 0, &room, NULL), WSAEFAULT);
    CHECK(seen.results == 0 &&
          WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, NULL) == 0); /* it is kept */
    CHECK(WSAWaitForMultipleEvents(1, &overlapped.hEvent, FALSE, 0, FALSE) == WSA_WAIT_TIMEOUT);
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSA_IO_PENDING);
    CHECK(WSAWaitForMultipleEvents(1, &overlapped.hEvent, FALSE, 0, FALSE) == WSA_WAIT_EVENT_0);
    CHECK_WSA(WSANSPIoctl(lookup, 7, NULL, 0, NULL, 0, NULL, NULL), WSAEOPNOTSUPP);
    CHECK_WSA(WSANSPIoctl(&set, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, NULL), WSA_INVALID_HANDLE);
    completion.Parameters.Event.lpOverlapped = NULL;
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSAEFAULT);
    completion.Parameters.Event.lpOverlapped = &overlapped;
    CHECK(WSACloseEvent(overlapped.hEvent));
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSAEINVAL);
    completion.Type = NSP_NOTIFY_HWND;
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSAEOPNOTSUPP);
    completion.Type = (WSACOMPLETIONTYPE)(NSP_NOTIFY_APC + 1);
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, &completion), WSAEINVAL);
    CHECK(WSALookupServiceEnd(lookup) == 0);
    stop();
    DONE;
    CHECK_WSA(WSANSPIoctl(lookup, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, NULL, NULL), WSANOTINITIALISED);
}

TEST(providers_of_name_spaces_are_listed) {
    union {
        WSANAMESPACE_INFOW wide[16];
        WSANAMESPACE_INFOA narrow[16];
    } found;
    DWORD room = 0;
    CHECK_WSA(WSAEnumNameSpaceProvidersW(&room, found.wide), WSANOTINITIALISED);
    WITH_WINSOCK(data);
    CHECK_WSA(WSAEnumNameSpaceProvidersW(&room, NULL), WSAEFAULT);
    DWORD needed = room--;
    CHECK(needed > 2 * sizeof(WSANAMESPACE_INFOW));
    CHECK_WSA(WSAEnumNameSpaceProvidersW(&room, found.wide), WSAEFAULT);
    CHECK(room == needed && WSAEnumNameSpaceProvidersW(&room, found.wide) == 2);
    CHECK(IsEqualGUID(&found.wide[0].NSProviderId, &NS_PROVIDER_PNRPNAME) && found.wide[0].dwNameSpace == NS_PNRPNAME);
    CHECK(IsEqualGUID(&found.wide[1].NSProviderId, &NS_PROVIDER_PNRPCLOUD) && found.wide[1].fActive);
    CHECK(!wcscmp(found.wide[1].lpszIdentifier, L"PNRP clouds") &&
          lies_in(found.wide[1].lpszIdentifier, &found, needed));
    CHECK(WSAEnumNameSpaceProvidersA(&room, found.narrow) == 2 &&
          !strcmp(found.narrow[0].lpszIdentifier, "PNRP names"));
    CHECK_WSA(WSAEnumNameSpaceProvidersA(NULL, found.narrow), WSAEFAULT);
    DONE;
}

TEST(narrow_lookups_speak_utf8) {
    WITH_WINSOCK(data);
    static char narrow[] = "0.n\xc3\xa4me";
    WSAQUERYSETA set = {.dwSize = sizeof set, .dwNameSpace = NS_PNRPNAME, .lpszServiceInstanceName = narrow};
    HANDLE lookup;
    DWORD room = 4096;
    union {
        WSAQUERYSETA set;
        char bytes[4096];
    } found;
    serve(1);
    CHECK(WSALookupServiceBeginA(&set, LUP_RETURN_NAME, &lookup) == 0 && !wcscmp(seen.name, name) && !seen.context[0]);
    CHECK(WSALookupServiceNextA(lookup, 0, &room, &found.set) == 0 &&
          !strcmp(found.set.lpszServiceInstanceName, narrow));
    CHECK(!wcscmp(((PNRPINFO_V2 *)(void *)found.set.lpBlob->pBlobData)->pwszPayload, L"pay"));
    CHECK(WSALookupServiceEnd(lookup) == 0);
    CHECK(WSASetServiceA(&set, RNRSERVICE_DELETE, 0) == 0 && seen.operation == RNRSERVICE_DELETE &&
          !wcscmp(seen.name, name));
    stop();
    DONE;
}

TEST(services_are_registered) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    serve(0);
    CHECK(WSASetServiceW(&set, RNRSERVICE_REGISTER, SERVICE_MULTIPLE) == 0 && seen.flags == SERVICE_MULTIPLE);
    CHECK(seen.operation == RNRSERVICE_REGISTER && !wcscmp(seen.name, name));
    CHECK_WSA(WSASetServiceW(&set, RNRSERVICE_REGISTER, 7), WSA_PNRP_CLOUD_NOT_FOUND);
    stop();
    DONE;
}

TEST(the_last_cleanup_ends_the_service) {
    WITH_WINSOCK(data);
    WSADATA again;
    serve(0);
    CHECK(WSAStartup(MAKEWORD(2, 2), &again) == 0 && WSACleanup() == 0 && seen.cleaned == 0);
    DONE;
    CHECK(seen.cleaned == 1);
    CHECK_WSA(WSACleanup(), WSANOTINITIALISED);
    CHECK(seen.cleaned == 1);
    stop();
}

TEST(all_name_spaces_are_asked_by_service_class) {
    WITH_WINSOCK(data);
    WSAQUERYSETW set = query();
    GUID class = SVCID_PNRPNAME_V2, other = {1, 2, 3, {4}};
    HANDLE lookup;
    serve(0);
    set.dwNameSpace = NS_ALL;
    CHECK_WSA(WSALookupServiceBeginW(&set, 0, &lookup), WSASERVICE_NOT_FOUND);
    set.lpServiceClassId = &other;
    CHECK_WSA(WSALookupServiceBeginW(&set, 0, &lookup), WSASERVICE_NOT_FOUND);
    set.lpServiceClassId = &class;
    CHECK(WSALookupServiceBeginW(&set, 0, &lookup) == 0 && WSALookupServiceEnd(lookup) == 0);
    CHECK(WSASetServiceW(&set, RNRSERVICE_REGISTER, 0) == 0);
    stop();
    DONE;
}
