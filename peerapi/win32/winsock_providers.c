/* winsock_providers.c - WSAEnumNameSpaceProviders: which name spaces are served here. */
#include "win32.h"

#include "winsock.h"
#include "../../include/pnrpns.h"

#include <string.h>

static const struct {
    const GUID *provider;
    DWORD name_space;
    const char *identifier; /* ASCII */
} providers[] = {
    {&NS_PROVIDER_PNRPNAME, NS_PNRPNAME, "PNRP names"},
    {&NS_PROVIDER_PNRPCLOUD, NS_PNRPCLOUD, "PNRP clouds"},
};

/* The structures, then the texts they point to. Both forms of the structure have the same members in the same places.
 */
static INT enumerate(LPDWORD room, WSANAMESPACE_INFOW *to, size_t unit) {
    size_t needed = ARRAYSIZE(providers) * sizeof *to;
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    if (!room) {
        return ws_fail(WSAEFAULT);
    }
    for (size_t index = 0; index < ARRAYSIZE(providers); index++) {
        needed += (strlen(providers[index].identifier) + 1) * unit;
    }
    if (!to || *room < needed) {
        *room = (DWORD)needed;
        return ws_fail(WSAEFAULT);
    }
    char *text = (char *)(to + ARRAYSIZE(providers));
    for (size_t index = 0; index < ARRAYSIZE(providers); index++) {
        const char *identifier = providers[index].identifier;
        size_t length = strlen(identifier) + 1;
        to[index] = (WSANAMESPACE_INFOW){*providers[index].provider, providers[index].name_space, TRUE, 0,
                                         (LPWSTR)(void *)text};
        for (size_t at = 0; at < length; at++, text += unit) {
            if (unit == sizeof(WCHAR)) {
                *(WCHAR *)(void *)text = (WCHAR)identifier[at];
            } else {
                *text = identifier[at];
            }
        }
    }
    return ARRAYSIZE(providers);
}

INT WSAAPI WSAEnumNameSpaceProvidersW(LPDWORD room, LPWSANAMESPACE_INFOW to) {
    return enumerate(room, to, sizeof(WCHAR));
}

INT WSAAPI WSAEnumNameSpaceProvidersA(LPDWORD room, LPWSANAMESPACE_INFOA to) {
    return enumerate(room, (WSANAMESPACE_INFOW *)(void *)to, sizeof(char));
}
