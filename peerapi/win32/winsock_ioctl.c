/* winsock_ioctl.c - WSAIoctl: the order in which addresses are best tried (RFC 6724, section 6), own addresses, and
 * ioctlsocket's codes. */
#include "win32.h"
#include "winsock.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* An address as IPv6 has it, and what its place in the order depends on. */
struct candidate {
    SOCKET_ADDRESS given;
    int place;     /* in the list as it was */
    BOOL usable;   /* there is a way to it */
    BOOL in_scope; /* from an address of the same scope */
    int precedence, scope, common_bits;
};

static void bytes_of(const struct sockaddr *address, unsigned char bytes[16]) {
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (address->sa_family == AF_INET6) {
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    } else {
        memcpy(bytes, mapped, sizeof mapped);
        memcpy(bytes + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    }
}

static int common_bits(const unsigned char *first, const unsigned char *second) {
    int bits = 0;
    while (bits < 128 && !((first[bits / 8] ^ second[bits / 8]) & 0x80 >> bits % 8)) {
        bits++;
    }
    return bits;
}

/* RFC 6724, section 2.1. */
static int precedence_of(const unsigned char *bytes) {
    static const struct {
        unsigned char prefix[16];
        int length, precedence;
    } policies[] = {{{[15] = 1}, 128, 50}, {{[10] = 0xff, [11] = 0xff}, 96, 35},
                    {{[0] = 0}, 96, 1},    {{0x20, 0x02}, 16, 30},
                    {{0x20, 0x01}, 32, 5}, {{0xfc}, 7, 3},
                    {{0xfe, 0xc0}, 10, 1}, {{0x3f, 0xfe}, 16, 1},
                    {{[0] = 0}, 0, 40}};
    size_t index = 0;
    while (common_bits(bytes, policies[index].prefix) < policies[index].length) {
        index++; /* the last one fits all */
    }
    return policies[index].precedence;
}

/* RFC 6724, section 3: 2 link, 5 site, 14 global. */
static int scope_of(const unsigned char *bytes) {
    static const unsigned char loopback[16] = {[15] = 1}, mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (!memcmp(bytes, mapped, sizeof mapped)) {
        return bytes[12] == 127 || (bytes[12] == 169 && bytes[13] == 254) ? 2 : 14;
    }
    if (bytes[0] == 0xff) {
        return bytes[1] & 15;
    }
    return !memcmp(bytes, loopback, 16) || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ? 2
           : bytes[0] == 0xfe && bytes[1] >= 0xc0                                          ? 5
                                                                                           : 14;
}

/* The address from which another would be called. Nothing is sent. */
static BOOL source_of(const SOCKET_ADDRESS *target, struct sockaddr_storage *source, socklen_t *length) {
    int probe = socket(target->lpSockaddr->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    BOOL found = probe >= 0 && connect(probe, target->lpSockaddr, (socklen_t)target->iSockaddrLength) == 0 &&
                 getsockname(probe, (struct sockaddr *)source, length) == 0;
    if (probe >= 0) {
        close(probe);
    }
    return found;
}

static void judge(struct candidate *candidate) {
    struct sockaddr_storage source;
    socklen_t length = sizeof source;
    unsigned char bytes[16], from[16];
    bytes_of(candidate->given.lpSockaddr, bytes);
    candidate->precedence = precedence_of(bytes);
    candidate->scope = scope_of(bytes);
    candidate->usable = source_of(&candidate->given, &source, &length);
    if (candidate->usable) {
        bytes_of((const struct sockaddr *)&source, from);
        candidate->in_scope = scope_of(from) == candidate->scope;
        candidate->common_bits = common_bits(bytes, from);
    }
}

/* Rules 1, 2, 6, 8, 9 and 10; the others are about what a system knows of its own addresses. */
static int better(const void *first, const void *second) {
    const struct candidate *a = first, *b = second;
    if (a->usable != b->usable) {
        return b->usable - a->usable;
    }
    if (a->in_scope != b->in_scope) {
        return b->in_scope - a->in_scope;
    }
    if (a->precedence != b->precedence) {
        return b->precedence - a->precedence;
    }
    if (a->scope != b->scope) {
        return a->scope - b->scope;
    }
    return a->common_bits != b->common_bits ? b->common_bits - a->common_bits : a->place - b->place;
}

#define HEAD offsetof(SOCKET_ADDRESS_LIST, Address)

/* A list with the addresses behind it, all in one block. */
static int give(const struct candidate *candidates, size_t count, void *out, DWORD room, LPDWORD returned) {
    size_t needed = HEAD + count * sizeof(SOCKET_ADDRESS);
    for (size_t index = 0; index < count; index++) {
        needed += ((size_t)candidates[index].given.iSockaddrLength + 7) & ~(size_t)7;
    }
    *returned = (DWORD)needed;
    if (!out || room < needed) {
        return ws_fail(WSAEFAULT);
    }
    SOCKET_ADDRESS_LIST *list = out;
    char *at = (char *)out + HEAD + count * sizeof(SOCKET_ADDRESS);
    list->iAddressCount = (INT)count;
    for (size_t index = 0; index < count; index++) {
        SOCKET_ADDRESS one = candidates[index].given;
        memcpy(at, one.lpSockaddr, (size_t)one.iSockaddrLength);
        list->Address[index].lpSockaddr = (LPSOCKADDR)(void *)at;
        list->Address[index].iSockaddrLength = one.iSockaddrLength;
        at += ((size_t)one.iSockaddrLength + 7) & ~(size_t)7;
    }
    return 0;
}

static BOOL is_address(const SOCKET_ADDRESS *address) {
    const struct sockaddr *one = address->lpSockaddr;
    return one && ((one->sa_family == AF_INET6 && address->iSockaddrLength >= (INT)sizeof(struct sockaddr_in6)) ||
                   (one->sa_family == AF_INET && address->iSockaddrLength >= (INT)sizeof(struct sockaddr_in)));
}

static int sort_addresses(const void *in, DWORD in_bytes, void *out, DWORD out_bytes, LPDWORD returned) {
    const SOCKET_ADDRESS_LIST *list = in;
    if (!in || in_bytes < HEAD || list->iAddressCount < 0 ||
        (in_bytes - HEAD) / sizeof(SOCKET_ADDRESS) < (size_t)list->iAddressCount) {
        return ws_fail(WSAEINVAL);
    }
    size_t count = (size_t)list->iAddressCount;
    struct candidate *candidates = calloc(count + 1, sizeof *candidates);
    int result = candidates ? 0 : ws_fail(WSA_NOT_ENOUGH_MEMORY);
    for (size_t index = 0; result == 0 && index < count; index++) {
        candidates[index].given = list->Address[index];
        candidates[index].place = (int)index;
        if (!is_address(&list->Address[index])) {
            result = ws_fail(WSAEINVAL);
        } else {
            judge(&candidates[index]);
        }
    }
    if (result == 0) {
        qsort(candidates, count, sizeof *candidates, better);
        if (in == out) { /* in its place: the addresses stay where they are */
            SOCKET_ADDRESS_LIST *sorted = out;
            for (size_t index = 0; index < count; index++) {
                sorted->Address[index] = candidates[index].given;
            }
            *returned = in_bytes;
        } else {
            result = give(candidates, count, out, out_bytes, returned);
        }
    }
    free(candidates);
    return result;
}

/* The addresses of this machine of the socket's family. */
static int own_addresses(int descriptor, void *out, DWORD room, LPDWORD returned) {
    struct sockaddr_storage bound;
    socklen_t length = sizeof bound;
    struct ifaddrs *all;
    size_t count = 0;
    if (getsockname(descriptor, (struct sockaddr *)&bound, &length) || getifaddrs(&all)) {
        return ws_fail(ws_error_of(errno));
    }
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        count++;
    }
    struct candidate *found = calloc(count + 1, sizeof *found);
    int result = found ? 0 : ws_fail(WSA_NOT_ENOUGH_MEMORY);
    count = 0;
    for (const struct ifaddrs *one = all; result == 0 && one; one = one->ifa_next) {
        if (one->ifa_addr && one->ifa_addr->sa_family == bound.ss_family) {
            INT bytes = bound.ss_family == AF_INET6 ? (INT)sizeof(struct sockaddr_in6)
                                                    : (INT)sizeof(struct sockaddr_in);
            found[count++].given = (SOCKET_ADDRESS){(LPSOCKADDR)one->ifa_addr, bytes};
        }
    }
    if (result == 0) {
        result = give(found, count, out, room, returned);
    }
    free(found);
    freeifaddrs(all);
    return result;
}

/* The address from which the given one would be called. */
static int routing_interface(const void *in, DWORD in_bytes, void *out, DWORD room, LPDWORD returned) {
    SOCKET_ADDRESS target = {(LPSOCKADDR)(uintptr_t)in, (INT)in_bytes};
    struct sockaddr_storage source;
    socklen_t length = sizeof source;
    if (!in || in_bytes < sizeof(struct sockaddr) || !is_address(&target)) {
        return ws_fail(WSAEINVAL);
    }
    if (!source_of(&target, &source, &length)) {
        return ws_fail(ws_error_of(errno));
    }
    *returned = length;
    if (!out || room < length) {
        return ws_fail(WSAEFAULT);
    }
    memcpy(out, &source, length);
    return 0;
}

static int controlled(int descriptor, DWORD code, void *in, DWORD in_bytes, void *out, DWORD room, LPDWORD returned) {
    int value = 0;
    if (code == FIONREAD) {
        if (!out || room < sizeof(ULONG)) {
            return ws_fail(WSAEFAULT);
        }
        if (ioctl(descriptor, FIONREAD, &value)) {
            return ws_fail(ws_error_of(errno));
        }
        memcpy(out, &value, sizeof value);
        *returned = sizeof value;
        return 0;
    }
    if (!in || in_bytes < sizeof(ULONG)) {
        return ws_fail(WSAEFAULT);
    }
    memcpy(&value, in, sizeof value);
    return ioctl(descriptor, FIONBIO, &value) ? ws_fail(ws_error_of(errno)) : 0;
}

int WSAAPI WSAIoctl(SOCKET s, DWORD code, LPVOID in, DWORD inBytes, LPVOID out, DWORD outBytes, LPDWORD returned,
                    LPWSAOVERLAPPED overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    int descriptor = (int)s, type;
    socklen_t length = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length)) {
        return ws_fail(ws_error_of(errno));
    }
    if (!returned) {
        return ws_fail(WSAEFAULT);
    }
    *returned = 0;
    if (overlapped || routine) {
        return ws_fail(WSAEOPNOTSUPP);
    }
    switch (code) {
    case SIO_ADDRESS_LIST_SORT:
        return sort_addresses(in, inBytes, out, outBytes, returned);
    case SIO_ADDRESS_LIST_QUERY:
        return own_addresses(descriptor, out, outBytes, returned);
    case SIO_ROUTING_INTERFACE_QUERY:
        return routing_interface(in, inBytes, out, outBytes, returned);
    case FIONBIO:
    case FIONREAD:
        return controlled(descriptor, code, in, inBytes, out, outBytes, returned);
    default:
        return ws_fail(WSAEOPNOTSUPP);
    }
}
