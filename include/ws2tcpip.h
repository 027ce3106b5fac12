/* ws2tcpip.h - names and addresses: the wide forms of getaddrinfo and getnameinfo. The narrow ones are the system's,
 * which answer this system's EAI_ numbers, know no peer names and leave WSAGetLastError() alone; gai_strerrorA takes
 * those too. */
#ifndef PEERAPI_WS2TCPIP_H
#define PEERAPI_WS2TCPIP_H

#include "winsock2.h"
#include "ws2ipdef.h"

#ifndef PEERAPI_CDEF

#ifdef __cplusplus
extern "C" {
#endif

/* Strict C makes the system leave these out. */
#if defined(__GLIBC__) && !defined(__USE_XOPEN2K)
struct addrinfo {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    socklen_t ai_addrlen;
    struct sockaddr *ai_addr;
    char *ai_canonname;
    struct addrinfo *ai_next;
};
#define AI_PASSIVE 0x0001
#define AI_CANONNAME 0x0002
#define AI_NUMERICHOST 0x0004
#define AI_V4MAPPED 0x0008
#define AI_ALL 0x0010
#define AI_ADDRCONFIG 0x0020
#define AI_NUMERICSERV 0x0400
#define EAI_BADFLAGS -1
#define EAI_NONAME -2
#define EAI_AGAIN -3
#define EAI_FAIL -4
#define EAI_FAMILY -6
#define EAI_SOCKTYPE -7
#define EAI_SERVICE -8
#define EAI_MEMORY -10
#define NI_NUMERICHOST 1
#define NI_NUMERICSERV 2
#define NI_NOFQDN 4
#define NI_NAMEREQD 8
#define NI_DGRAM 16
extern int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result);
extern void freeaddrinfo(struct addrinfo *list);
extern int getnameinfo(const struct sockaddr *address, socklen_t length, char *host, socklen_t hostRoom, char *service,
                       socklen_t serviceRoom, int flags);
#endif

/* Flags that only Windows has. AI_FQDN asks for the canonical name; the others change nothing. */
#define AI_NON_AUTHORITATIVE 0x04000
#define AI_SECURE 0x08000
#define AI_RETURN_PREFERRED_NAMES 0x10000
#define AI_FQDN 0x20000
#define AI_FILESERVER 0x40000

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
#define GetAddrInfo getaddrinfo
#define FreeAddrInfo freeaddrinfo
#define GetNameInfo getnameinfo
#endif
#define GetAddrInfoA getaddrinfo
#define FreeAddrInfoA freeaddrinfo
#define GetNameInfoA getnameinfo

#ifndef NI_MAXHOST
#define NI_MAXHOST 1025
#define NI_MAXSERV 32
#endif

/*
 * Resolves a name, peer host names (.pnrp.net) included; 0 or a WSA error number. Free with FreeAddrInfoW. Without
 * hints, and where neither type nor protocol is asked for, there is one answer for each address, with neither of them.
 * The port of a peer name's answer is the registered one unless a service is given.
 */
PEERAPI_EXPORT INT WSAAPI GetAddrInfoW(
    _In_opt_ PCWSTR pNodeName,
    _In_opt_ PCWSTR pServiceName,
    _In_opt_ const ADDRINFOW *pHints,
    _Outptr_ PADDRINFOW *ppResult);
PEERAPI_EXPORT VOID WSAAPI FreeAddrInfoW(_In_opt_ PADDRINFOW pAddrInfo);

/* The name of an address. Buffer sizes count characters; one that is too small answers ERROR_INSUFFICIENT_BUFFER. */
PEERAPI_EXPORT INT WSAAPI GetNameInfoW(
    _In_reads_bytes_(SockaddrLength) const SOCKADDR *pSockaddr,
    _In_ socklen_t SockaddrLength,
    _Out_writes_opt_(NodeBufferSize) PWCHAR pNodeBuffer,
    _In_ DWORD NodeBufferSize,
    _Out_writes_opt_(ServiceBufferSize) PWCHAR pServiceBuffer,
    _In_ DWORD ServiceBufferSize,
    _In_ INT Flags);

/* Plain addresses (no port, no scope) as text and back. InetPtonW: 1; 0 for text that is no address; -1 and the last
 * error. */
PEERAPI_EXPORT PCWSTR WSAAPI InetNtopW(
    _In_ INT Family, _In_ const VOID *pAddr, _Out_writes_(StringBufSize) PWSTR pStringBuf, _In_ size_t StringBufSize);
PEERAPI_EXPORT INT WSAAPI InetPtonW(_In_ INT Family, _In_ PCWSTR pszAddrString, _Out_ PVOID pAddrBuf);
#define InetPtonA inet_pton
#define InetNtopA inet_ntop

/* The sentence for a WSA error number or an EAI_ number of this system; the thread's own, until its next call. */
PEERAPI_EXPORT char *WSAAPI gai_strerrorA(_In_ int ecode);
PEERAPI_EXPORT WCHAR *WSAAPI gai_strerrorW(_In_ int ecode);

#ifdef UNICODE
#define InetPton InetPtonW
#define InetNtop InetNtopW
#else
#define InetPton InetPtonA
#define InetNtop InetNtopA
#endif
#if defined(UNICODE)
#define gai_strerror gai_strerrorW
#elif !defined(PEERAPI_BUILDING)
#define gai_strerror gai_strerrorA
#endif

#ifdef __cplusplus
}
#endif

#endif /* PEERAPI_CDEF */

#endif
