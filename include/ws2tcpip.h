/* ws2tcpip.h - names and addresses: the wide forms of getaddrinfo and getnameinfo. The narrow ones are the system's.
 *
 * The functions declared here are not in the library yet. */
#ifndef PEERAPI_WS2TCPIP_H
#define PEERAPI_WS2TCPIP_H

#include "winsock2.h"
#include "ws2ipdef.h"

#ifndef PEERAPI_CDEF

#ifdef __cplusplus
extern "C" {
#endif

/* One answer of GetAddrInfoW; ai_next leads to the next. Members in the order of Windows, not of this system. */
typedef struct addrinfoW {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    size_t ai_addrlen;
    PWSTR ai_canonname;
    struct sockaddr *ai_addr;
    struct addrinfoW *ai_next;
} ADDRINFOW, *PADDRINFOW;

typedef struct addrinfo ADDRINFOA, *PADDRINFOA;

#ifdef UNICODE
typedef ADDRINFOW ADDRINFOT, *PADDRINFOT;
#define GetAddrInfo GetAddrInfoW
#define FreeAddrInfo FreeAddrInfoW
#define GetNameInfo GetNameInfoW
#else
typedef ADDRINFOA ADDRINFOT, *PADDRINFOT;
#endif

/* ai_flags are those of the system's getaddrinfo; strict C leaves them out there, so name the three common ones. */
#ifndef AI_PASSIVE
#define AI_PASSIVE 0x0001
#define AI_CANONNAME 0x0002
#define AI_NUMERICHOST 0x0004
#endif
#ifndef NI_MAXHOST
#define NI_MAXHOST 1025
#define NI_MAXSERV 32
#endif

/* Resolves a name, peer host names (.pnrp.net) included; 0 or a WSA error number. Free with FreeAddrInfoW. */
INT WSAAPI GetAddrInfoW(
    _In_opt_ PCWSTR pNodeName,
    _In_opt_ PCWSTR pServiceName,
    _In_opt_ const ADDRINFOW *pHints,
    _Outptr_ PADDRINFOW *ppResult);
VOID WSAAPI FreeAddrInfoW(_In_opt_ PADDRINFOW pAddrInfo);

/* The name of an address. Buffer sizes count characters. */
INT WSAAPI GetNameInfoW(
    _In_reads_bytes_(SockaddrLength) const SOCKADDR *pSockaddr,
    _In_ socklen_t SockaddrLength,
    _Out_writes_opt_(NodeBufferSize) PWCHAR pNodeBuffer,
    _In_ DWORD NodeBufferSize,
    _Out_writes_opt_(ServiceBufferSize) PWCHAR pServiceBuffer,
    _In_ DWORD ServiceBufferSize,
    _In_ INT Flags);

/* Plain addresses (no port, no scope) as text and back. */
PCWSTR WSAAPI InetNtopW(
    _In_ INT Family, _In_ const VOID *pAddr, _Out_writes_(StringBufSize) PWSTR pStringBuf, _In_ size_t StringBufSize);
INT WSAAPI InetPtonW(_In_ INT Family, _In_ PCWSTR pszAddrString, _Out_ PVOID pAddrBuf);

#ifdef __cplusplus
}
#endif

#endif /* PEERAPI_CDEF */

#endif
