/* winsock_resolve.c - GetAddrInfoW and its relatives: the system's resolver with wide strings and WSA numbers, and peer
 * host names. */
#include "win32.h"

#include "winsock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

int32_t (*peerapi_pnrp_resolver)(const void *name, void *addresses, uint32_t *count);

/* Absent where these files are tested alone. */
PEERAPI_EXPORT int peerapi_start(void) __attribute__((weak));
extern int peerapi_state __attribute__((weak));
#define READY 2 /* PEERAPI_READY */

int ws_start_name_service(void) { return !peerapi_start || peerapi_start(); }

int ws_name_service_runs(void) { return !&peerapi_state || __atomic_load_n(&peerapi_state, __ATOMIC_ACQUIRE) == READY; }

#define PEER_DOMAIN  ".pnrp.net"
#define WINDOWS_ONLY (AI_NON_AUTHORITATIVE | AI_SECURE | AI_RETURN_PREFERRED_NAMES | AI_FQDN | AI_FILESERVER)

/* The WSA number for an answer of getaddrinfo or getnameinfo. */
static int code_of(int answer) {
    switch (answer) {
    case 0:
        return 0;
    case EAI_AGAIN:
        return WSATRY_AGAIN;
    case EAI_BADFLAGS:
        return WSAEINVAL;
    case EAI_FAIL:
        return WSANO_RECOVERY;
    case EAI_FAMILY:
        return WSAEAFNOSUPPORT;
    case EAI_MEMORY:
        return WSA_NOT_ENOUGH_MEMORY;
    case EAI_SERVICE:
        return WSATYPE_NOT_FOUND;
    case EAI_SOCKTYPE:
        return WSAESOCKTNOSUPPORT;
    case EAI_NODATA:
        return WSANO_DATA;
    case EAI_OVERFLOW:
        return ERROR_INSUFFICIENT_BUFFER;
    case EAI_SYSTEM:
        return ws_error_of(errno);
    default:
        return WSAHOST_NOT_FOUND;
    }
}

/* One node with its address behind it, in one block; the name, where there is one, is a second block. */
static ADDRINFOW *node_of(const struct addrinfo *from, const struct sockaddr *address, size_t length,
                          const char *name) {
    struct {
        ADDRINFOW node;
        struct sockaddr_storage address;
    } *made = calloc(1, sizeof *made);
    if (!made || length > sizeof made->address) {
        free(made);
        return NULL;
    }
    memcpy(&made->address, address, length);
    made->node = (ADDRINFOW){.ai_flags = from->ai_flags,
                             .ai_family = address->sa_family,
                             .ai_socktype = from->ai_socktype,
                             .ai_protocol = from->ai_protocol,
                             .ai_addrlen = length,
                             .ai_addr = (struct sockaddr *)&made->address};
    if (name && !(made->node.ai_canonname = w32_utf16_of(name))) {
        free(made);
        return NULL;
    }
    return &made->node;
}

VOID WSAAPI FreeAddrInfoW(PADDRINFOW list) {
    while (list) {
        PADDRINFOW next = list->ai_next;
        free(list->ai_canonname);
        free(list);
        list = next;
    }
}

/* Adds to the end of a list. Without memory the list is freed. */
static int append(ADDRINFOW **list, ADDRINFOW ***end, ADDRINFOW *node) {
    if (!node) {
        FreeAddrInfoW(*list);
        *list = NULL;
        return WSA_NOT_ENOUGH_MEMORY;
    }
    **end = node;
    *end = &node->ai_next;
    return 0;
}

/* What can be said against hints before anything is looked up. */
static int check_hints(const ADDRINFOW *hints, BOOL has_node) {
    if (hints->ai_addrlen || hints->ai_canonname || hints->ai_addr || hints->ai_next) {
        return WSANO_RECOVERY;
    }
    if (hints->ai_flags & (AI_CANONNAME | AI_FQDN) && !has_node) {
        return WSAEINVAL;
    }
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET && hints->ai_family != AF_INET6) {
        return WSAEAFNOSUPPORT;
    }
    if (hints->ai_socktype && hints->ai_socktype != SOCK_STREAM && hints->ai_socktype != SOCK_DGRAM &&
        hints->ai_socktype != SOCK_RAW) {
        return WSAESOCKTNOSUPPORT;
    }
    return 0;
}

static int resolve_ordinary(const char *node, const char *service, const struct addrinfo *hints, ADDRINFOW **list) {
    char own[256];
    struct addrinfo asked = *hints, *found;
    BOOL any_type = !asked.ai_socktype && !asked.ai_protocol &&
                    (!service || strspn(service, "0123456789") == strlen(service));
    if (any_type) {
        asked.ai_socktype = SOCK_STREAM; /* so that each address comes once */
    }
    asked.ai_flags = (asked.ai_flags & ~WINDOWS_ONLY) | (asked.ai_flags & AI_FQDN ? AI_CANONNAME : 0);
    if (node && !*node) { /* this machine */
        if (gethostname(own, sizeof own) != 0) {
            return WSANO_RECOVERY;
        }
        node = own;
    }
    int code = code_of(getaddrinfo(node, service, &asked, &found));
    if (code) {
        return code;
    }
    ADDRINFOW **end = list;
    for (struct addrinfo *each = found; each && !code; each = each->ai_next) {
        if (any_type) {
            each->ai_socktype = each->ai_protocol = 0;
        }
        code = append(list, &end, node_of(each, each->ai_addr, each->ai_addrlen, each->ai_canonname));
    }
    freeaddrinfo(found);
    return code;
}

/* Peer host names. */

static BOOL is_peer_name(const char *node) {
    size_t length = strlen(node), domain = strlen(PEER_DOMAIN);
    if (length && node[length - 1] == '.') {
        length--;
    }
    return length > domain && !strncasecmp(node + length - domain, PEER_DOMAIN, domain);
}

/* The port that a service stands for, in network order; 0 without one. */
static int port_of(const char *service, const struct addrinfo *hints, in_port_t *port) {
    struct addrinfo asked = {.ai_family = AF_INET6, .ai_socktype = hints->ai_socktype}, *found;
    asked.ai_flags = hints->ai_flags & AI_NUMERICSERV;
    *port = 0;
    if (!service) {
        return 0;
    }
    int code = code_of(getaddrinfo(NULL, service, &asked, &found));
    if (!code) {
        *port = ((const struct sockaddr_in6 *)found->ai_addr)->sin6_port;
        freeaddrinfo(found);
    }
    return code;
}

static ADDRINFOW *peer_node(const struct sockaddr_in6 *six, const struct addrinfo *hints, const char *name) {
    if (!IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        return node_of(hints, (const struct sockaddr *)six, sizeof *six, name);
    }
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = six->sin6_port};
    memcpy(&four.sin_addr, six->sin6_addr.s6_addr + 12, sizeof four.sin_addr);
    return node_of(hints, (const struct sockaddr *)&four, sizeof four, name);
}

static int resolve_peer(const WCHAR *wide, const char *node, const char *service, const struct addrinfo *hints,
                        ADDRINFOW **list) {
    struct sockaddr_in6 addresses[PEERAPI_PNRP_ADDRESSES] = {0};
    uint32_t count = ARRAYSIZE(addresses);
    in_port_t port;
    if (hints->ai_flags & AI_NUMERICHOST) {
        return WSAHOST_NOT_FOUND;
    }
    int code = port_of(service, hints, &port);
    if (code) {
        return code;
    }
    if (!ws_start_name_service()) {
        return WSASYSNOTREADY;
    }
    int32_t (*resolver)(const void *, void *, uint32_t *) = __atomic_load_n(&peerapi_pnrp_resolver, __ATOMIC_ACQUIRE);
    code = resolver ? resolver(wide, addresses, &count) : WSAHOST_NOT_FOUND;
    ADDRINFOW **end = list;
    for (uint32_t index = 0; !code && index < count && index < ARRAYSIZE(addresses); index++) {
        struct sockaddr_in6 *six = &addresses[index];
        int family = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) ? AF_INET : AF_INET6;
        if (hints->ai_family == AF_UNSPEC || hints->ai_family == family) {
            six->sin6_family = AF_INET6;
            six->sin6_port = service ? port : six->sin6_port;
            BOOL named = !*list && hints->ai_flags & (AI_CANONNAME | AI_FQDN);
            code = append(list, &end, peer_node(six, hints, named ? node : NULL));
        }
    }
    return code || *list ? code : WSANO_DATA;
}

INT WSAAPI GetAddrInfoW(PCWSTR node, PCWSTR service, const ADDRINFOW *hints, PADDRINFOW *result) {
    if (!result) {
        return WSAEFAULT; /* no place to store the list */
    }
    *result = NULL;
    if (!ws_started()) {
        return WSANOTINITIALISED;
    }
    int code = !node && !service ? WSAHOST_NOT_FOUND : hints ? check_hints(hints, node != NULL) : 0;
    if (!code) {
        struct addrinfo plain = {0};
        if (hints) {
            plain = (struct addrinfo){.ai_flags = hints->ai_flags,
                                      .ai_family = hints->ai_family,
                                      .ai_socktype = hints->ai_socktype,
                                      .ai_protocol = hints->ai_protocol};
        }
        char *narrow = node ? w32_utf8_of(node) : NULL, *narrowService = service ? w32_utf8_of(service) : NULL;
        if ((node && !narrow) || (service && !narrowService)) {
            code = WSA_NOT_ENOUGH_MEMORY;
        } else if (narrow && is_peer_name(narrow)) {
            code = resolve_peer(node, narrow, narrowService, &plain, result);
        } else {
            code = resolve_ordinary(narrow, narrowService, &plain, result);
        }
        free(narrow);
        free(narrowService);
    }
    SetLastError((DWORD)code);
    return code;
}

/* Stores a name in a buffer of `room` characters. */
static int deliver(const char *name, WCHAR *to, DWORD room) {
    WCHAR *wide = w32_utf16_of(name);
    if (!wide) {
        return WSA_NOT_ENOUGH_MEMORY;
    }
    size_t units = w32_length(wide) + 1;
    if (units <= room) {
        memcpy(to, wide, units * sizeof *to);
    }
    free(wide);
    return units <= room ? 0 : ERROR_INSUFFICIENT_BUFFER;
}

INT WSAAPI GetNameInfoW(const SOCKADDR *address, socklen_t length, PWCHAR node, DWORD nodeRoom, PWCHAR service,
                        DWORD serviceRoom, INT flags) {
    char narrowNode[NI_MAXHOST], narrowService[NI_MAXSERV];
    BOOL wantsNode = node && nodeRoom, wantsService = service && serviceRoom;
    if (!ws_started()) {
        return WSANOTINITIALISED;
    }
    int code = !address ? WSAEFAULT : !wantsNode && !wantsService ? WSAHOST_NOT_FOUND : 0;
    if (!code && length < (address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in))) {
        code = WSAEFAULT;
    }
    if (!code) {
        code = code_of(getnameinfo(address, length, wantsNode ? narrowNode : NULL, wantsNode ? sizeof narrowNode : 0,
                                   wantsService ? narrowService : NULL, wantsService ? sizeof narrowService : 0,
                                   flags));
    }
    if (!code && wantsNode) {
        code = deliver(narrowNode, node, nodeRoom);
    }
    if (!code && wantsService) {
        code = deliver(narrowService, service, serviceRoom);
    }
    SetLastError((DWORD)code);
    return code;
}

/* Errors as sentences. */

#define LONGEST_SENTENCE 256

char *WSAAPI gai_strerrorA(int code) {
    static __thread char sentence[LONGEST_SENTENCE];
    const char *known = code < 0 ? gai_strerror(code) : w32_message((DWORD)code);
    snprintf(sentence, sizeof sentence, "%s", known ? known : "Unknown error.");
    return sentence;
}

WCHAR *WSAAPI gai_strerrorW(int code) {
    static __thread WCHAR sentence[LONGEST_SENTENCE];
    const char *narrow = gai_strerrorA(code);
    size_t length = 0;
    for (const char *end = narrow + strlen(narrow); narrow < end && length < LONGEST_SENTENCE - 2;) {
        uint32_t point = w32_next_utf8(&narrow, end);
        length += (size_t)w32_put_utf16(point == W32_MALFORMED ? W32_REPLACEMENT : point, sentence + length);
    }
    sentence[length] = 0;
    return sentence;
}
