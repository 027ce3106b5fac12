/*
 * winsock2.h - sockets under their Windows names.
 *
 * The structures (sockaddr, sockaddr_in6, in6_addr, sockaddr_storage) and the functions socket, bind, send, htons and
 * so on are this system's own: the structures lie in memory as they do on Windows. Address families are this system's
 * numbers (AF_INET6 is 10 on Linux), and u_long has the width of long; use ULONG for 32 bits.
 *
 * The functions declared here (WSAStartup and so on) are not in the library yet.
 *
 * SOCKET is as wide as a pointer, as on 64-bit Windows; the system's int descriptors convert both ways, and -1 becomes
 * INVALID_SOCKET.
 */
#ifndef PEERAPI_WINSOCK2_H
#define PEERAPI_WINSOCK2_H

#define _WINSOCK2API_
#ifndef _WINSOCKAPI_
#define _WINSOCKAPI_
#endif

#include "peerapi_compiler.h"
#include "windef.h"
#include "guiddef.h"
#include "winerror.h"
#include "ws2def.h"
#ifndef PEERAPI_CDEF
#include "windows.h"
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef UINT_PTR SOCKET;
#define INVALID_SOCKET ((SOCKET)(~(UINT_PTR)0))
#define SOCKET_ERROR (-1)

#define SD_RECEIVE 0
#define SD_SEND 1
#define SD_BOTH 2

#define WSADESCRIPTION_LEN 256
#define WSASYS_STATUS_LEN 128

/* What WSAStartup answers; members in the order of 64-bit Windows. */
typedef struct WSAData {
    WORD wVersion;
    WORD wHighVersion;
    unsigned short iMaxSockets;
    unsigned short iMaxUdpDg;
    char *lpVendorInfo;
    char szDescription[WSADESCRIPTION_LEN + 1];
    char szSystemStatus[WSASYS_STATUS_LEN + 1];
} WSADATA, *LPWSADATA;

typedef HANDLE WSAEVENT, *LPWSAEVENT;
#define WSA_INVALID_EVENT ((WSAEVENT)NULL)

/* Result codes that are Win32 error numbers under a second name. */
#define WSA_IO_PENDING ERROR_IO_PENDING
#define WSA_IO_INCOMPLETE ERROR_IO_INCOMPLETE
#define WSA_INVALID_HANDLE ERROR_INVALID_HANDLE
#define WSA_INVALID_PARAMETER ERROR_INVALID_PARAMETER
#define WSA_NOT_ENOUGH_MEMORY ERROR_NOT_ENOUGH_MEMORY
#define WSA_OPERATION_ABORTED ERROR_OPERATION_ABORTED

/* Counted bytes, as Winsock counts them. */
typedef struct _WSABUF {
    ULONG len;
    char *buf;
} WSABUF, *LPWSABUF;

/*
 * Name spaces: PNRP is one. WSASetService publishes, WSALookupServiceBegin / Next / End resolve.
 */
#define NS_ALL 0
#define NS_DNS 12
#define NS_NLA 15
#define NS_EMAIL 37
#define NS_PNRPNAME 38
#define NS_PNRPCLOUD 39

#define SERVICE_MULTIPLE 0x00000001

/* What a query wants back, and how to look. */
#define LUP_DEEP 0x0001
#define LUP_CONTAINERS 0x0002
#define LUP_NOCONTAINERS 0x0004
#define LUP_NEAREST 0x0008
#define LUP_RETURN_NAME 0x0010
#define LUP_RETURN_TYPE 0x0020
#define LUP_RETURN_VERSION 0x0040
#define LUP_RETURN_COMMENT 0x0080
#define LUP_RETURN_ADDR 0x0100
#define LUP_RETURN_BLOB 0x0200
#define LUP_RETURN_ALIASES 0x0400
#define LUP_RETURN_QUERY_STRING 0x0800
#define LUP_RETURN_ALL 0x0FF0
#define LUP_FLUSHCACHE 0x1000
#define LUP_FLUSHPREVIOUS 0x2000
#define LUP_NON_AUTHORITATIVE 0x4000
#define LUP_RES_SERVICE 0x8000

/* dwOutputFlags of a result. */
#define RESULT_IS_ALIAS 0x0001
#define RESULT_IS_ADDED 0x0010
#define RESULT_IS_CHANGED 0x0020
#define RESULT_IS_DELETED 0x0040

typedef struct _AFPROTOCOLS {
    INT iAddressFamily;
    INT iProtocol;
} AFPROTOCOLS, *PAFPROTOCOLS, *LPAFPROTOCOLS;

typedef enum _WSAEcomparator {
    COMP_EQUAL = 0,
    COMP_NOTLESS = 1
} WSAECOMPARATOR, *PWSAECOMPARATOR, *LPWSAECOMPARATOR;

typedef struct _WSAVersion {
    DWORD dwVersion;
    WSAECOMPARATOR ecHow;
} WSAVERSION, *PWSAVERSION, *LPWSAVERSION;

/* A query or a result. dwSize is sizeof the structure; of the rest a query fills what its flags speak of, others 0. */
typedef struct _WSAQuerySetW {
    DWORD dwSize;
    LPWSTR lpszServiceInstanceName;
    LPGUID lpServiceClassId;
    LPWSAVERSION lpVersion;
    LPWSTR lpszComment;
    DWORD dwNameSpace;  /* NS_ */
    LPGUID lpNSProviderId;
    LPWSTR lpszContext;  /* PNRP: the cloud name */
    DWORD dwNumberOfProtocols;
    LPAFPROTOCOLS lpafpProtocols;
    LPWSTR lpszQueryString;
    DWORD dwNumberOfCsAddrs;
    LPCSADDR_INFO lpcsaBuffer;
    DWORD dwOutputFlags;
    LPBLOB lpBlob;  /* PNRP: PNRPINFO or PNRPCLOUDINFO */
} WSAQUERYSETW, *PWSAQUERYSETW, *LPWSAQUERYSETW;

#ifdef UNICODE
typedef WSAQUERYSETW WSAQUERYSET;
typedef PWSAQUERYSETW PWSAQUERYSET;
typedef LPWSAQUERYSETW LPWSAQUERYSET;
#endif

/* What WSASetService is to do. */
typedef enum _WSAESETSERVICEOP {
    RNRSERVICE_REGISTER = 0,
    RNRSERVICE_DEREGISTER = 1,
    RNRSERVICE_DELETE = 2
} WSAESETSERVICEOP, *PWSAESETSERVICEOP, *LPWSAESETSERVICEOP;

#ifndef PEERAPI_CDEF

#define WSAAPI WINAPI
#define MAKEWSAVERSION(major, minor) MAKEWORD(major, minor)

/* Begins use of sockets; returns 0 or a WSA error number. One WSACleanup for each. */
int WSAAPI WSAStartup(_In_ WORD wVersionRequested, _Out_ LPWSADATA lpWSAData);
int WSAAPI WSACleanup(void);

/* The calling thread's last socket error, the same number as GetLastError. */
int WSAAPI WSAGetLastError(void);
void WSAAPI WSASetLastError(_In_ int iError);

/* Closes a socket; 0 or SOCKET_ERROR. */
int WSAAPI closesocket(_In_ SOCKET s);

/* Name space functions: 0 or SOCKET_ERROR; WSA_E_NO_MORE ends a lookup. */
INT WSAAPI WSASetServiceW(
    _In_ LPWSAQUERYSETW lpqsRegInfo, _In_ WSAESETSERVICEOP essoperation, _In_ DWORD dwControlFlags);
INT WSAAPI WSALookupServiceBeginW(
    _In_ LPWSAQUERYSETW lpqsRestrictions, _In_ DWORD dwControlFlags, _Out_ LPHANDLE lphLookup);
INT WSAAPI WSALookupServiceNextW(
    _In_ HANDLE hLookup,
    _In_ DWORD dwControlFlags,
    _Inout_ LPDWORD lpdwBufferLength,
    _Out_writes_bytes_to_opt_(*lpdwBufferLength, *lpdwBufferLength) LPWSAQUERYSETW lpqsResults);
INT WSAAPI WSALookupServiceEnd(_In_ HANDLE hLookup);

#ifdef UNICODE
#define WSASetService WSASetServiceW
#define WSALookupServiceBegin WSALookupServiceBeginW
#define WSALookupServiceNext WSALookupServiceNextW
#endif

/* Addresses as text and back, with port and scope. Lengths count characters with the terminating zero. */
INT WSAAPI WSAStringToAddressW(
    _In_ LPWSTR AddressString,
    _In_ INT AddressFamily,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_bytes_to_(*lpAddressLength, *lpAddressLength) LPSOCKADDR lpAddress,
    _Inout_ LPINT lpAddressLength);
INT WSAAPI WSAAddressToStringW(
    _In_reads_bytes_(dwAddressLength) LPSOCKADDR lpsaAddress,
    _In_ DWORD dwAddressLength,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_to_(*lpdwAddressStringLength, *lpdwAddressStringLength) LPWSTR lpszAddressString,
    _Inout_ LPDWORD lpdwAddressStringLength);
#ifdef UNICODE
#define WSAStringToAddress WSAStringToAddressW
#define WSAAddressToString WSAAddressToStringW
#endif

#endif /* PEERAPI_CDEF */

#ifdef __cplusplus
}
#endif

#endif
