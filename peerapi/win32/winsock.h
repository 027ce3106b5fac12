/* winsock.h - what the winsock_*.c files share, and where the engine plugs in its name service.
 *
 * The first part needs no other header and no 16-bit wchar_t, so that the file which speaks Python can read it alone.
 */
#ifndef PEERAPI_WINSOCK_H
#define PEERAPI_WINSOCK_H

#include <stdint.h>

/* The name spaces NS_PNRPNAME and NS_PNRPCLOUD. Every function may be called from any thread, several at once, and
 * answers 0 or a WSA error number, which becomes the caller's last error. Structures are those of winsock2.h and
 * pnrpns.h (a WSAQUERYSETW each), checked only as far as told. A member that is NULL answers WSASERVICE_NOT_FOUND. */
struct peerapi_name_space {
    /* WSASetServiceW: `query` has a right dwSize and name space; the operation is one of WSAESETSERVICEOP. */
    int32_t (*set_service)(const void *query, int32_t operation, uint32_t flags);
    /* WSALookupServiceBeginW: stores a number of its own choosing that stands for the lookup. `restrictions` is valid
     * during the call. */
    int32_t (*begin)(const void *restrictions, uint32_t flags, uint64_t *lookup);
    /* The next result, or WSA_E_NO_MORE; waits. *result becomes one block from malloc, which is freed here: a
     * WSAQUERYSETW whose pointers lead into the block. Copying it to the caller's buffer, and keeping it while that is
     * too small, is done here. */
    int32_t (*next)(uint64_t lookup, uint32_t flags, void **result);
    /* WSANSPIoctl: sets an event (a HANDLE) once, when `next` would not wait or the lookup ends, and answers
     * WSA_IO_PENDING. Without an event: 0 or WSAEWOULDBLOCK, as it is now. */
    int32_t (*notify)(uint64_t lookup, uint64_t event);
    /* Ends the lookup, once. A `next` that waits in another thread then answers WSA_E_CANCELLED. */
    int32_t (*end)(uint64_t lookup);
    /* The last WSACleanup: names are withdrawn, lookups ended. NULL: there is nothing to do. */
    int32_t (*cleanup)(void);
};
extern struct peerapi_name_space peerapi_name_space;

/* GetAddrInfoW of a name that ends in .pnrp.net: `name` is zero-terminated UTF-16; `addresses` has room for *count
 * SOCKADDR_IN6, of which *count become valid, ports included, IPv4 in its mapped form. 0 or a WSA error number. NULL:
 * WSAHOST_NOT_FOUND. */
extern int32_t (*peerapi_pnrp_resolver)(const void *name, void *addresses, uint32_t *count);
#define PEERAPI_PNRP_ADDRESSES 32 /* room that is given */

/* One more family of the peer functions is started, or one less: as on Windows, that starts Winsock too. */
void ws_peers(int change);

/* Starts the engine, which sets the above. 0: it cannot run, or runs in another process than this one, and nothing of
 * the above may be called. Does nothing where the library is built without it. */
int ws_start_name_service(void);

/* The same for what has been started before, or not at all. */
int ws_name_service_runs(void);

#ifdef PEERAPI_BUILDING
#include "../../include/winsock2.h"
#include "../../include/ws2tcpip.h"

/* winsock_start.c */
int ws_error_of(int error); /* errno value to WSA number */
/* Sets the last error; answers SOCKET_ERROR. */
int ws_fail(int error);
/* Whether WSAStartup was called; else the last error is set. */
BOOL ws_started(void);

/* winsock_address.c: text of an address, with its zero; `port` and `scope` are left out when 0. Answers the length
 * without it. */
#define WS_ADDRESS_TEXT 72
int ws_address_text(int family, const void *bytes, uint32_t scope, unsigned port, char *to);
/* Narrow copy of at most room - 1 ASCII characters; FALSE when the text is longer or has others. */
BOOL ws_ascii_of(const WCHAR *text, char *to, size_t room);

/* winsock_query_set.c: copies a result with all it points to, or measures it where `to` is NULL; the answer is the
 * size. The narrow form has the same members in the same places. */
size_t ws_pack_query_set(const WSAQUERYSETW *from, char *to, BOOL narrow);
#endif

#endif
