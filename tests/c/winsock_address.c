/* Addresses as text and back. */
#include "winsock_test.h"

#include <wchar.h>

static const WCHAR *written(int family, const char *plain, DWORD scope, unsigned short port) {
    static WCHAR text[INET6_ADDRSTRLEN];
    DWORD room = INET6_ADDRSTRLEN;
    SOCKADDR_INET address = {0};
    address.si_family = (ADDRESS_FAMILY)family;
    if (family == AF_INET) {
        address.Ipv4.sin_port = htons(port);
        inet_pton(family, plain, &address.Ipv4.sin_addr);
    } else {
        address.Ipv6.sin6_port = htons(port);
        address.Ipv6.sin6_scope_id = scope;
        inet_pton(family, plain, &address.Ipv6.sin6_addr);
    }
    INT result = WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, text, &room);
    return result == 0 && room == wcslen(text) + 1 ? text : L"failed";
}

TEST(addresses_are_written_as_windows_writes_them) {
    WITH_WINSOCK(data);
    static const struct {
        int family;
        const char *plain;
        DWORD scope;
        unsigned short port;
        const WCHAR *text;
    } cases[] = {
        {AF_INET, "1.2.3.4", 0, 0, L"1.2.3.4"},
        {AF_INET, "255.255.255.255", 0, 65535, L"255.255.255.255:65535"},
        {AF_INET6, "::", 0, 0, L"::"},
        {AF_INET6, "::1", 0, 80, L"[::1]:80"},
        {AF_INET6, "fe80::1", 5, 0, L"fe80::1%5"},
        {AF_INET6, "fe80::1", 4294967295u, 3540, L"[fe80::1%4294967295]:3540"},
        {AF_INET6, "2001:DB8:0:0:1:0:0:1", 0, 0, L"2001:db8::1:0:0:1"}, /* the first of two equal gaps */
        {AF_INET6, "2001:db8:0:1:1:1:1:1", 0, 0, L"2001:db8:0:1:1:1:1:1"},
        {AF_INET6, "1:0:0:2:0:0:0:3", 0, 0, L"1:0:0:2::3"},
        {AF_INET6, "1::", 0, 0, L"1::"},
        {AF_INET6, "::ffff:1.2.3.4", 0, 0, L"::ffff:1.2.3.4"},
        {AF_INET6, "::1.2.3.4", 0, 0, L"::1.2.3.4"},
        {AF_INET6, "::ffff:0:1.2.3.4", 0, 0, L"::ffff:0:1.2.3.4"},
        {AF_INET6, "fe80::5efe:1.2.3.4", 3, 0, L"fe80::5efe:1.2.3.4%3"},
        {AF_INET6, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 4294967295u, 65535,
         L"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff%4294967295]:65535"},
    };
    for (size_t index = 0; index < ARRAYSIZE(cases); index++) {
        const WCHAR *text = written(cases[index].family, cases[index].plain, cases[index].scope, cases[index].port);
        CHECK(!wcscmp(text, cases[index].text));
    }
    DONE;
}

static INT read(const WCHAR *text, INT family, SOCKADDR_INET *address) {
    INT room = sizeof *address;
    memset(address, 0xaa, sizeof *address);
    INT result = WSAStringToAddressW((LPWSTR)(UINT_PTR)text, family, NULL, (LPSOCKADDR)address, &room);
    CHECK(result != 0 || room == (INT)(family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6)));
    return result;
}

TEST(ipv4_text_is_read) {
    WITH_WINSOCK(data);
    SOCKADDR_INET address;
    CHECK(read(L"1.2.3.4:80", AF_INET, &address) == 0);
    CHECK(address.si_family == AF_INET && address.Ipv4.sin_port == htons(80) &&
          address.Ipv4.sin_addr.s_addr == htonl(0x01020304));
    CHECK(address.Ipv4.sin_zero[0] == 0);
    CHECK(read(L"1.2.3.4", AF_INET, &address) == 0 && address.Ipv4.sin_port == 0);
    CHECK(read(L"127.1", AF_INET, &address) == 0 &&
          address.Ipv4.sin_addr.s_addr == htonl(0x7f000001)); /* as inet_aton */
    static const WCHAR *const wrong[] = {L"",           L" 1.2.3.4", L"1.2.3.4 ",      L"1.2.3.256",
                                         L"1.2.3.4.5",  L"1.2.3.4:", L"1.2.3.4:65536", L"1.2.3.4:-1",
                                         L"1.2.3.4:8x", L"::1",      L"host",          L"1.2.3.\u0664"};
    for (size_t index = 0; index < ARRAYSIZE(wrong); index++) {
        CHECK_WSA(read(wrong[index], AF_INET, &address), WSAEINVAL);
    }
    DONE;
}

TEST(ipv6_text_is_read) {
    WITH_WINSOCK(data);
    static const struct {
        const WCHAR *text;
        DWORD scope;
        unsigned short port;
    } right[] = {{L"fe80::1", 0, 0},
                 {L"fe80::1%5", 5, 0},
                 {L"[fe80::1]", 0, 0},
                 {L"[fe80::1]:80", 0, 80},
                 {L"[fe80::1%5]:65535", 5, 65535},
                 {L"[fe80::1%4294967295]:0x50", 4294967295u, 80},
                 {L"FE80:0:0:0:0:0:0:1%lo", 1, 0}};
    static const unsigned char expected[16] = {0xfe, 0x80, [15] = 1};
    SOCKADDR_INET address;
    for (size_t index = 0; index < ARRAYSIZE(right); index++) {
        CHECK(read(right[index].text, AF_INET6, &address) == 0);
        CHECK(address.si_family == AF_INET6 && address.Ipv6.sin6_flowinfo == 0 &&
              !memcmp(&address.Ipv6.sin6_addr, expected, 16));
        CHECK(address.Ipv6.sin6_scope_id == right[index].scope && address.Ipv6.sin6_port == htons(right[index].port));
    }
    static const WCHAR *const wrong[] = {L"",
                                         L"[",
                                         L"[]",
                                         L"[::1",
                                         L"::1]",
                                         L"[::1]80",
                                         L"[::1]:",
                                         L"[::1]:65536",
                                         L"::1%",
                                         L"::1%5x",
                                         L"::1%4294967296",
                                         L"::1%no-such-interface",
                                         L"[[::1]]",
                                         L"1.2.3.4",
                                         L":::",
                                         L"::1 ",
                                         L"::g"};
    for (size_t index = 0; index < ARRAYSIZE(wrong); index++) {
        CHECK_WSA(read(wrong[index], AF_INET6, &address), WSAEINVAL);
    }
    DONE;
}

TEST(every_written_address_is_read_again) {
    WITH_WINSOCK(data);
    unsigned state = 1;
    for (int round = 0; round < 500; round++) {
        SOCKADDR_INET address = {0}, again;
        unsigned char *bytes = (unsigned char *)&address.Ipv6.sin6_addr;
        for (int index = 0; index < 16; index += 2) {
            state = state * 1103515245 + 12345;
            if (state >> 30) { /* a quarter of the words is zero */
                bytes[index] = (unsigned char)(state >> 16);
                bytes[index + 1] = (unsigned char)(state >> 24 & 15);
            }
        }
        address.Ipv6.sin6_family = AF_INET6;
        address.Ipv6.sin6_port = htons((unsigned short)(round % 3));
        address.Ipv6.sin6_scope_id = (ULONG)(round % 4);
        WCHAR text[INET6_ADDRSTRLEN];
        DWORD room = INET6_ADDRSTRLEN;
        CHECK(WSAAddressToStringW((LPSOCKADDR)&address, sizeof(SOCKADDR_IN6), NULL, text, &room) == 0);
        CHECK(read(text, AF_INET6, &again) == 0 && !memcmp(&again, &address, sizeof(SOCKADDR_IN6)));
    }
    DONE;
}

TEST(a_buffer_too_small_for_text_learns_the_length) {
    WITH_WINSOCK(data);
    SOCKADDR_IN address = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr = {htonl(0x01020304)}};
    WCHAR text[16] = {'x'};
    DWORD room = 10;
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, text, &room), WSAEFAULT);
    CHECK(room == 11 && text[0] == 'x');
    CHECK(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, text, &room) == 0 && room == 11);
    CHECK(!wcscmp(text, L"1.2.3.4:80"));
    DONE;
}

TEST(wrong_arguments_for_text_are_refused) {
    WITH_WINSOCK(data);
    SOCKADDR_IN6 address = {.sin6_family = AF_INET6};
    WCHAR text[80];
    DWORD room = 80;
    CHECK_WSA(WSAAddressToStringW(NULL, sizeof address, NULL, text, &room), WSAEFAULT);
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, NULL, &room), WSAEFAULT);
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, text, NULL), WSAEFAULT);
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address - 1, NULL, text, &room), WSAEFAULT);
    address.sin6_family = 0x1234;
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, text, &room), WSAEINVAL);
    DONE;
}

TEST(wrong_arguments_for_an_address_are_refused) {
    WITH_WINSOCK(data);
    static WCHAR text[] = L"::1";
    SOCKADDR_IN6 address;
    INT room = sizeof address - 1;
    CHECK_WSA(WSAStringToAddressW(text, AF_INET6, NULL, (LPSOCKADDR)&address, &room), WSAEFAULT);
    CHECK(room == sizeof address);
    CHECK_WSA(WSAStringToAddressW(NULL, AF_INET6, NULL, (LPSOCKADDR)&address, &room), WSAEINVAL);
    CHECK_WSA(WSAStringToAddressW(text, AF_UNIX, NULL, (LPSOCKADDR)&address, &room), WSAEINVAL);
    CHECK_WSA(WSAStringToAddressW(text, AF_INET6, NULL, NULL, &room), WSAEFAULT);
    CHECK_WSA(WSAStringToAddressW(text, AF_INET6, NULL, (LPSOCKADDR)&address, NULL), WSAEFAULT);
    static WCHAR endless[4000];
    wmemset(endless, L'1', ARRAYSIZE(endless) - 1);
    CHECK_WSA(WSAStringToAddressW(endless, AF_INET6, NULL, (LPSOCKADDR)&address, &room), WSAEINVAL);
    DONE;
}

TEST(narrow_text_does_the_same) {
    WITH_WINSOCK(data);
    static char text[] = "[fe80::1%2]:80";
    char again[64];
    DWORD length = sizeof again;
    SOCKADDR_IN6 address;
    INT room = sizeof address;
    CHECK(WSAStringToAddressA(text, AF_INET6, NULL, (LPSOCKADDR)&address, &room) == 0);
    CHECK(WSAAddressToStringA((LPSOCKADDR)&address, sizeof address, NULL, again, &length) == 0);
    CHECK(!strcmp(again, text) && length == sizeof text);
    DONE;
}

TEST(text_functions_want_winsock_started) {
    static WCHAR text[] = L"::1";
    WCHAR again[64];
    DWORD length = 64;
    SOCKADDR_IN6 address = {.sin6_family = AF_INET6};
    INT room = sizeof address;
    CHECK_WSA(WSAStringToAddressW(text, AF_INET6, NULL, (LPSOCKADDR)&address, &room), WSANOTINITIALISED);
    CHECK_WSA(WSAAddressToStringW((LPSOCKADDR)&address, sizeof address, NULL, again, &length), WSANOTINITIALISED);
}

TEST(plain_addresses) {
    IN6_ADDR six;
    IN_ADDR four;
    WCHAR text[INET6_ADDRSTRLEN];
    CHECK(InetPtonW(AF_INET6, L"fe80::5efe:1.2.3.4", &six) == 1);
    CHECK(InetNtopW(AF_INET6, &six, text, 19) == text && !wcscmp(text, L"fe80::5efe:1.2.3.4"));
    CHECK(InetPtonW(AF_INET, L"1.2.3.4", &four) == 1 && InetNtopW(AF_INET, &four, text, 8) == text &&
          !wcscmp(text, L"1.2.3.4"));
    CHECK(InetPtonW(AF_INET, L"127.1", &four) == 0 && InetPtonW(AF_INET6, L"::1%1", &six) == 0);
    CHECK(InetPtonW(AF_INET6, L"[::1]", &six) == 0 && InetPtonW(AF_INET, L"1.2.3.4:5", &four) == 0);
    CHECK_WSA(InetPtonW(AF_UNIX, L"::1", &six), WSAEAFNOSUPPORT);
    CHECK_WSA(InetPtonW(AF_INET6, NULL, &six), WSAEFAULT);
    CHECK_FAILS(InetNtopW(AF_UNIX, &six, text, 64), NULL, WSAEAFNOSUPPORT);
    CHECK_FAILS(InetNtopW(AF_INET, &four, text, 7), NULL, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(InetNtopW(AF_INET, &four, NULL, 64), NULL, ERROR_INVALID_PARAMETER);
}
