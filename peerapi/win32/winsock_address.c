/* winsock_address.c - addresses as text and back, in the forms that Windows writes and reads. */
#include "win32.h"

#include "winsock.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writing. */

static int put_ipv4(const unsigned char *bytes, char *to) {
    return sprintf(to, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* Whether the last two words of an address are written as an IPv4 address: mapped (::ffff:a.b.c.d), translated
 * (::ffff:0:a.b.c.d), compatible (::a.b.c.d) and ISATAP addresses (...:5efe:a.b.c.d). */
static BOOL ends_in_ipv4(const unsigned *words) {
    BOOL zeros = !(words[0] | words[1] | words[2] | words[3]);
    return (zeros && !words[4] && (words[5] == 0xffff || (!words[5] && words[6]))) ||
           (zeros && words[4] == 0xffff && !words[5]) || ((words[4] == 0 || words[4] == 0x200) && words[5] == 0x5efe);
}

static int put_ipv6(const unsigned char *bytes, char *to) {
    unsigned words[8];
    int count = 8, gap = -1, gapLength = 1; /* a single zero is no gap */
    char *at = to;
    for (int index = 0; index < 8; index++) {
        words[index] = (unsigned)bytes[2 * index] << 8 | bytes[2 * index + 1];
    }
    if (ends_in_ipv4(words)) {
        count = 6;
    }
    for (int index = 0; index < count; index++) {
        int length = 0;
        while (index + length < count && !words[index + length]) {
            length++;
        }
        if (length > gapLength) {
            gap = index;
            gapLength = length;
        }
        index += length;
    }
    for (int index = 0; index < count; index++) {
        if (index == gap) {
            at += sprintf(at, "::");
            index += gapLength - 1;
        } else {
            at += sprintf(at, "%s%x", index && at[-1] != ':' ? ":" : "", words[index]);
        }
    }
    if (count == 6) {
        if (at[-1] != ':') {
            *at++ = ':';
        }
        at += put_ipv4(bytes + 12, at);
    }
    return (int)(at - to);
}

int ws_address_text(int family, const void *bytes, uint32_t scope, unsigned port, char *to) {
    char *at = to;
    if (family == AF_INET) {
        at += put_ipv4(bytes, at);
        at += port ? sprintf(at, ":%u", port) : 0;
        return (int)(at - to);
    }
    if (port) {
        *at++ = '[';
    }
    at += put_ipv6(bytes, at);
    at += scope ? sprintf(at, "%%%u", scope) : 0;
    at += port ? sprintf(at, "]:%u", port) : 0;
    *at = 0;
    return (int)(at - to);
}

/* The text of a socket address; 0 or a WSA error number. */
static int text_of(const struct sockaddr *address, DWORD size, char *to, DWORD *length) {
    struct sockaddr_in6 six;
    struct sockaddr_in four;
    if (!address || size < sizeof address->sa_family) {
        return WSAEFAULT;
    }
    sa_family_t family;
    memcpy(&family, address, sizeof family);
    if (family == AF_INET && size >= sizeof four) {
        memcpy(&four, address, sizeof four);
        *length = (DWORD)ws_address_text(family, &four.sin_addr, 0, ntohs(four.sin_port), to) + 1;
    } else if (family == AF_INET6 && size >= sizeof six) {
        memcpy(&six, address, sizeof six);
        *length = (DWORD)ws_address_text(family, &six.sin6_addr, six.sin6_scope_id, ntohs(six.sin6_port), to) + 1;
    } else {
        return family == AF_INET || family == AF_INET6 ? WSAEFAULT : WSAEINVAL;
    }
    return 0;
}

/* Writes `count` units of ASCII, its zero included, where they fit in *room; *room becomes the count in either case. */
#define DELIVER(to, room)                                   \
    BOOL fits = *(room) >= count;                           \
    for (DWORD index = 0; fits && index < count; index++) { \
        (to)[index] = (unsigned char)text[index];           \
    }                                                       \
    *(room) = count;                                        \
    return fits ? 0 : ws_fail(WSAEFAULT)

#define ADDRESS_TO_STRING(to, room)                                                \
    char text[WS_ADDRESS_TEXT];                                                    \
    DWORD count = 0;                                                               \
    (void)info;                                                                    \
    if (!ws_started()) {                                                           \
        return SOCKET_ERROR;                                                       \
    }                                                                              \
    int error = (to) && (room) ? text_of(address, size, text, &count) : WSAEFAULT; \
    if (error) {                                                                   \
        return ws_fail(error);                                                     \
    }                                                                              \
    DELIVER(to, room)

INT WSAAPI WSAAddressToStringW(LPSOCKADDR address, DWORD size, LPVOID info, LPWSTR to, LPDWORD room) {
    ADDRESS_TO_STRING(to, room);
}
INT WSAAPI WSAAddressToStringA(LPSOCKADDR address, DWORD size, LPVOID info, LPSTR to, LPDWORD room) {
    ADDRESS_TO_STRING((unsigned char *)to, room);
}

PCWSTR WSAAPI InetNtopW(INT family, const VOID *bytes, PWSTR to, size_t room) {
    char text[WS_ADDRESS_TEXT];
    if (family != AF_INET && family != AF_INET6) {
        ws_fail(WSAEAFNOSUPPORT);
        return NULL;
    }
    int length = bytes && to ? ws_address_text(family, bytes, 0, 0, text) : 0;
    if (!length || (size_t)length >= room) {
        ws_fail(ERROR_INVALID_PARAMETER);
        return NULL;
    }
    for (int index = 0; index <= length; index++) {
        to[index] = (unsigned char)text[index];
    }
    return to;
}

/* Reading. */

BOOL ws_ascii_of(const WCHAR *text, char *to, size_t room) {
    size_t length = w32_bounded_length(text, room);
    if (length == room) {
        return FALSE;
    }
    for (size_t index = 0; index <= length; index++) {
        if (text[index] > 0x7f) {
            return FALSE;
        }
        to[index] = (char)text[index];
    }
    return TRUE;
}

/* A number without sign or spaces, in C's notation when `any_base`, up to `most`. */
static BOOL read_number(const char *text, BOOL any_base, unsigned long long most, unsigned long long *value) {
    char *end;
    if (*text < '0' || *text > '9') {
        return FALSE;
    }
    errno = 0;
    *value = strtoull(text, &end, any_base ? 0 : 10);
    return !*end && !errno && *value <= most;
}

/* a.b.c.d or one of the shorter forms of old, with an optional port. Takes the text apart. */
static BOOL read_ipv4(char *text, struct sockaddr_in *address) {
    unsigned long long port = 0;
    char *colon = strchr(text, ':');
    if (colon) {
        *colon = 0;
        if (!read_number(colon + 1, TRUE, 0xffff, &port)) {
            return FALSE;
        }
    }
    if (strspn(text, "0123456789abcdefABCDEFxX.") != strlen(text) || !inet_aton(text, &address->sin_addr)) {
        return FALSE;
    }
    address->sin_port = htons((uint16_t)port);
    return TRUE;
}

/* An address, address%scope, or either in brackets with an optional :port behind. A scope is a number or, here, an
 * interface's name. */
static BOOL read_ipv6(char *text, struct sockaddr_in6 *address) {
    unsigned long long port = 0, scope = 0;
    if (*text == '[') {
        char *end = strchr(++text, ']');
        if (!end || (end[1] && (end[1] != ':' || !read_number(end + 2, TRUE, 0xffff, &port)))) {
            return FALSE;
        }
        *end = 0;
    }
    char *percent = strchr(text, '%');
    if (percent) {
        *percent++ = 0;
        if (!read_number(percent, FALSE, UINT32_MAX, &scope)) {
            scope = *percent < '0' || *percent > '9' ? if_nametoindex(percent) : 0;
            if (!scope) {
                return FALSE;
            }
        }
    }
    address->sin6_port = htons((uint16_t)port);
    address->sin6_scope_id = (uint32_t)scope;
    return inet_pton(AF_INET6, text, &address->sin6_addr) == 1;
}

/* `text` is NULL when the caller's was not ASCII or too long to be an address. */
static INT string_to_address(BOOL given, char *text, INT family, struct sockaddr *to, INT *room) {
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
    } address;
    int kept = errno;
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    if (!to || !room) {
        return ws_fail(WSAEFAULT);
    }
    if (!given || (family != AF_INET && family != AF_INET6)) {
        return ws_fail(WSAEINVAL);
    }
    INT size = family == AF_INET ? sizeof address.four : sizeof address.six;
    if (*room < size) {
        *room = size;
        return ws_fail(WSAEFAULT);
    }
    memset(&address, 0, sizeof address);
    address.any.sa_family = (sa_family_t)family;
    BOOL read = text && (family == AF_INET ? read_ipv4(text, &address.four) : read_ipv6(text, &address.six));
    errno = kept;
    if (!read) {
        return ws_fail(WSAEINVAL);
    }
    memcpy(to, &address, (size_t)size);
    *room = size;
    return 0;
}

#define LONGEST_TEXT 128 /* an interface's name may be longer than a number */

INT WSAAPI WSAStringToAddressW(LPWSTR string, INT family, LPVOID info, LPSOCKADDR address, LPINT room) {
    char text[LONGEST_TEXT];
    (void)info;
    BOOL ascii = string && ws_ascii_of(string, text, sizeof text);
    return string_to_address(string != NULL, ascii ? text : NULL, family, address, room);
}

INT WSAAPI WSAStringToAddressA(LPSTR string, INT family, LPVOID info, LPSOCKADDR address, LPINT room) {
    char text[LONGEST_TEXT];
    (void)info;
    BOOL fits = string && strlen(string) < sizeof text;
    if (fits) {
        strcpy(text, string);
    }
    return string_to_address(string != NULL, fits ? text : NULL, family, address, room);
}

INT WSAAPI InetPtonW(INT family, PCWSTR string, PVOID bytes) {
    char text[LONGEST_TEXT];
    if (family != AF_INET && family != AF_INET6) {
        return ws_fail(WSAEAFNOSUPPORT);
    }
    if (!string || !bytes) {
        return ws_fail(WSAEFAULT);
    }
    return ws_ascii_of(string, text, sizeof text) && inet_pton(family, text, bytes) == 1;
}
