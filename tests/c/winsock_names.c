/* Start, errors, events; GetAddrInfoW and its relatives. */
#include "winsock_test.h"

#include <wchar.h>

#include "../../peerapi/win32/winsock.h"

TEST(versions_are_agreed_on) {
    static const struct {
        WORD wanted, given;
    } cases[] = {{MAKEWORD(1, 0), MAKEWORD(1, 0)}, {MAKEWORD(1, 1), MAKEWORD(1, 1)}, {MAKEWORD(1, 9), MAKEWORD(1, 1)},
                 {MAKEWORD(2, 0), MAKEWORD(2, 0)}, {MAKEWORD(2, 1), MAKEWORD(2, 1)}, {MAKEWORD(2, 2), MAKEWORD(2, 2)},
                 {MAKEWORD(2, 3), MAKEWORD(2, 2)}, {MAKEWORD(3, 0), MAKEWORD(2, 2)}};
    for (size_t index = 0; index < ARRAYSIZE(cases); index++) {
        WSADATA data;
        memset(&data, 0xaa, sizeof data);
        CHECK(WSAStartup(cases[index].wanted, &data) == 0);
        CHECK(data.wVersion == cases[index].given && data.wHighVersion == MAKEWORD(2, 2));
        CHECK(strlen(data.szDescription) > 0 && !strcmp(data.szSystemStatus, "Running"));
        CHECK((data.iMaxSockets != 0) == (LOBYTE(data.wVersion) == 1));
        CHECK(WSACleanup() == 0);
    }
    WSADATA data;
    CHECK(WSAStartup(MAKEWORD(0, 9), &data) == WSAVERNOTSUPPORTED && WSAStartup(MAKEWORD(2, 2), NULL) == WSAEFAULT);
}

TEST(starts_are_counted) {
    WITH_WINSOCK(first);
    WITH_WINSOCK(second);
    DONE;
    DONE;
    CHECK_WSA(WSACleanup(), WSANOTINITIALISED);
}

static DWORD WINAPI other_thread(LPVOID unused) {
    (void)unused;
    WSASetLastError(1);
    return (DWORD)WSAGetLastError();
}

TEST(each_thread_has_its_last_error) {
    DWORD code = 0;
    WSASetLastError(WSAEINTR);
    HANDLE thread = START(other_thread, NULL);
    CHECK(WaitForSingleObject(thread, 120000) == WAIT_OBJECT_0 && GetExitCodeThread(thread, &code) && code == 1);
    CHECK(CloseHandle(thread));
    CHECK(WSAGetLastError() == WSAEINTR && GetLastError() == WSAEINTR);
}

TEST(events_are_those_of_windows) {
    WSAEVENT events[2] = {WSACreateEvent(), WSACreateEvent()};
    CHECK(events[0] != WSA_INVALID_EVENT && events[1] != WSA_INVALID_EVENT);
    CHECK(WSAWaitForMultipleEvents(2, events, FALSE, 0, FALSE) == WSA_WAIT_TIMEOUT);
    CHECK(WSASetEvent(events[1]) &&
          WSAWaitForMultipleEvents(2, events, FALSE, WSA_INFINITE, FALSE) == WSA_WAIT_EVENT_0 + 1);
    CHECK(WaitForSingleObject(events[1], 0) == WAIT_OBJECT_0); /* stays set */
    CHECK(WSAResetEvent(events[1]) && WSAWaitForMultipleEvents(1, events + 1, TRUE, 0, FALSE) == WSA_WAIT_TIMEOUT);
    CHECK(WSACloseEvent(events[0]) && WSACloseEvent(events[1]));
    CHECK_FAILS(WSASetEvent(events[0]), FALSE, WSA_INVALID_HANDLE);
    CHECK_FAILS(WSAWaitForMultipleEvents(1, events, TRUE, 0, FALSE), WSA_WAIT_FAILED, WSA_INVALID_HANDLE);
}

/* Whether `count` answers came, all of this port; frees them. */
static BOOL are(ADDRINFOW *list, int count, unsigned short port) {
    for (ADDRINFOW *each = list; each; each = each->ai_next, count--) {
        SOCKADDR_INET *address = (SOCKADDR_INET *)(void *)each->ai_addr;
        BOOL four = each->ai_family == AF_INET;
        if (address->si_family != each->ai_family ||
            each->ai_addrlen != (four ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6)) ||
            (four ? address->Ipv4.sin_port : address->Ipv6.sin6_port) != htons(port)) {
            count = -1000;
        }
    }
    FreeAddrInfoW(list);
    return count == 0;
}

TEST(numbers_are_addresses) {
    WITH_WINSOCK(data);
    ADDRINFOW hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM}, *list = NULL;
    CHECK(GetAddrInfoW(L"::1", L"80", &hints, &list) == 0 && list->ai_family == AF_INET6 &&
          list->ai_socktype == SOCK_STREAM);
    CHECK(are(list, 1, 80));
    CHECK(GetAddrInfoW(L"127.0.0.1", NULL, NULL, &list) == 0 && list->ai_socktype == 0 && list->ai_protocol == 0);
    CHECK(are(list, 1, 0));
    CHECK(GetAddrInfoW(L"fe80::1%1", L"1", NULL, &list) == 0);
    CHECK(((SOCKADDR_IN6 *)(void *)list->ai_addr)->sin6_scope_id == 1);
    CHECK(are(list, 1, 1));
    DONE;
}

TEST(localhost_is_found) {
    WITH_WINSOCK(data);
    ADDRINFOW hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME}, *list = NULL;
    CHECK(GetAddrInfoW(L"localhost", L"7", &hints, &list) == 0);
    CHECK(list && list->ai_canonname && wcslen(list->ai_canonname) > 0);
    CHECK(list && ((SOCKADDR_IN *)(void *)list->ai_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    FreeAddrInfoW(list);
    hints.ai_flags = AI_PASSIVE;
    CHECK(GetAddrInfoW(NULL, L"7", &hints, &list) == 0 &&
          ((SOCKADDR_IN *)(void *)list->ai_addr)->sin_addr.s_addr == INADDR_ANY);
    CHECK(are(list, 1, 7));
    DONE;
}

#define CHECK_NAME(node, service, hints, code)                                   \
    do {                                                                         \
        ADDRINFOW *result = (ADDRINFOW *)&data;                                  \
        CHECK(GetAddrInfoW(node, service, hints, &result) == (code) && !result); \
        CHECK(WSAGetLastError() == (code));                                      \
    } while (0)

TEST(wrong_questions_are_refused) {
    WITH_WINSOCK(data);
    ADDRINFOW numeric = {.ai_flags = AI_NUMERICHOST}, family = {.ai_family = 77}, type = {.ai_socktype = 77},
              canonical = {.ai_flags = AI_CANONNAME}, filled = {.ai_addrlen = 1},
              six = {.ai_family = AF_INET6, .ai_flags = AI_NUMERICHOST};
    CHECK_NAME(NULL, NULL, NULL, WSAHOST_NOT_FOUND);
    CHECK_NAME(L"no number", NULL, &numeric, WSAHOST_NOT_FOUND);
    CHECK_NAME(L"127.0.0.1", NULL, &six, WSAHOST_NOT_FOUND);
    CHECK_NAME(L"::1", NULL, &family, WSAEAFNOSUPPORT);
    CHECK_NAME(L"::1", NULL, &type, WSAESOCKTNOSUPPORT);
    CHECK_NAME(NULL, L"1", &canonical, WSAEINVAL);
    CHECK_NAME(L"::1", NULL, &filled, WSANO_RECOVERY);
    CHECK_NAME(L"::1", L"no-such-service", NULL, WSATYPE_NOT_FOUND);
    CHECK(GetAddrInfoW(L"::1", NULL, NULL, NULL) == WSAEFAULT);
    FreeAddrInfoW(NULL);
    DONE;
    CHECK_NAME(L"::1", NULL, NULL, WSANOTINITIALISED);
}

TEST(addresses_have_names) {
    WITH_WINSOCK(data);
    SOCKADDR_IN6 address = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const SOCKADDR *any = (const SOCKADDR *)&address;
    WCHAR node[NI_MAXHOST], service[NI_MAXSERV];
    CHECK(GetNameInfoW(any, sizeof address, node, NI_MAXHOST, service, NI_MAXSERV, NI_NUMERICHOST | NI_NUMERICSERV) ==
          0);
    CHECK(!wcscmp(node, L"::1") && !wcscmp(service, L"80"));
    CHECK(GetNameInfoW(any, sizeof address, node, 4, NULL, 0, NI_NUMERICHOST) == 0);
    CHECK(GetNameInfoW(any, sizeof address, node, 3, NULL, 0, NI_NUMERICHOST) == ERROR_INSUFFICIENT_BUFFER);
    CHECK(WSAGetLastError() == ERROR_INSUFFICIENT_BUFFER);
    CHECK(GetNameInfoW(NULL, 0, node, 3, NULL, 0, 0) == WSAEFAULT);
    CHECK(GetNameInfoW(any, sizeof(SOCKADDR_IN), node, 4, NULL, 0, NI_NUMERICHOST) == WSAEFAULT);
    CHECK(GetNameInfoW(any, sizeof address, NULL, 0, NULL, 0, 0) == WSAHOST_NOT_FOUND);
    DONE;
}

TEST(errors_have_sentences) {
    CHECK(!strcmp(gai_strerrorA(WSAHOST_NOT_FOUND), "The host is not known."));
    CHECK(!wcscmp(gai_strerrorW(WSAHOST_NOT_FOUND), L"The host is not known."));
    CHECK(!strcmp(gai_strerrorA(12345678), "Unknown error."));
    CHECK(strlen(gai_strerrorA(EAI_FAMILY)) > 0 &&
          strcmp(gai_strerrorA(EAI_FAMILY), "Unknown error.") != 0); /* the system's */
}

/* Peer host names. */

static WCHAR asked[64];

static int32_t resolve(const void *name, void *addresses, uint32_t *count) {
    SOCKADDR_IN6 *list = addresses;
    wcsncpy(asked, name, 63);
    CHECK(*count == PEERAPI_PNRP_ADDRESSES);
    inet_pton(AF_INET6, "2001:db8::1", &list[0].sin6_addr);
    inet_pton(AF_INET6, "::ffff:10.0.0.1", &list[1].sin6_addr);
    list[0].sin6_port = htons(1000);
    list[1].sin6_port = htons(1001);
    *count = 2;
    return 0;
}

static int32_t overloaded(const void *name, void *addresses, uint32_t *count) {
    (void)name;
    (void)addresses;
    *count = 0;
    return WSATRY_AGAIN;
}

TEST(peer_names_are_unknown_without_a_resolver) {
    WITH_WINSOCK(data);
    CHECK_NAME(L"p12.pnrp.net", NULL, NULL, WSAHOST_NOT_FOUND);
    DONE;
}

TEST(peer_names_go_to_the_resolver) {
    WITH_WINSOCK(data);
    ADDRINFOW hints = {.ai_flags = AI_CANONNAME, .ai_socktype = SOCK_STREAM}, *list = NULL;
    peerapi_pnrp_resolver = resolve;
    CHECK(GetAddrInfoW(L"P12.Pnrp.NET.", NULL, &hints, &list) == 0 && !wcscmp(asked, L"P12.Pnrp.NET."));
    CHECK(list && list->ai_family == AF_INET6 && ((SOCKADDR_IN6 *)(void *)list->ai_addr)->sin6_port == htons(1000));
    CHECK(list->ai_canonname && !wcscmp(list->ai_canonname, L"P12.Pnrp.NET."));
    CHECK(list->ai_next && list->ai_next->ai_family == AF_INET && list->ai_next->ai_socktype == SOCK_STREAM);
    CHECK(((SOCKADDR_IN *)(void *)list->ai_next->ai_addr)->sin_addr.s_addr == htonl(0x0a000001));
    FreeAddrInfoW(list);
    CHECK(GetAddrInfoW(L"p12.pnrp.net", L"80", NULL, &list) == 0 &&
          are(list, 2, 80)); /* a service wins over the registered port */
    hints = (ADDRINFOW){.ai_family = AF_INET};
    CHECK(GetAddrInfoW(L"p12.pnrp.net", NULL, &hints, &list) == 0 && are(list, 1, 1001));
    hints.ai_flags = AI_NUMERICHOST;
    CHECK_NAME(L"p12.pnrp.net", NULL, &hints, WSAHOST_NOT_FOUND);
    CHECK_NAME(L"p12.pnrp.net", L"no-such-service", NULL, WSATYPE_NOT_FOUND);
    asked[0] = 0;
    CHECK_NAME(L".pnrp.net", NULL, &hints, WSAHOST_NOT_FOUND); /* no name before the domain */
    CHECK(!asked[0]);
    peerapi_pnrp_resolver = overloaded;
    CHECK_NAME(L"p12.pnrp.net", NULL, NULL, WSATRY_AGAIN);
    peerapi_pnrp_resolver = NULL;
    DONE;
}
