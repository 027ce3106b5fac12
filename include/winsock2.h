/*
 * winsock2.h - sockets under their Windows names.
 *
 * The structures (sockaddr, sockaddr_in6, in6_addr, sockaddr_storage, fd_set, linger) are this system's own and lie in
 * memory as they do on Windows, but for fd_set and linger. Numbers behind names (AF_INET6, SO_REUSEADDR, FIONBIO, the
 * AI_ and NI_ flags) are this system's, and u_long has the width of long; use ULONG for 32 bits.
 *
 * SOCKET is as wide as a pointer, as on 64-bit Windows. A socket is a plain descriptor of this system; -1 becomes
 * INVALID_SOCKET. socket, bind, send and so on behave as Winsock documents them, listed at "socket functions" below,
 * and keep errno as the system left it, so code written for either world goes on working. A program that wants the
 * system's functions untouched defines PEERAPI_SYSTEM_SOCKETS before the first #include. Where <sys/socket.h> was
 * included first, lengths stay socklen_t as declared there. In C++ what is called with a SOCKET is ours, and what is
 * called with an int descriptor is the system's.

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
#define WSA_MAXIMUM_WAIT_EVENTS 64
#define WSA_WAIT_FAILED ((DWORD)0xFFFFFFFF)
#define WSA_WAIT_EVENT_0 ((DWORD)0)
#define WSA_WAIT_IO_COMPLETION ((DWORD)0xC0)
#define WSA_WAIT_TIMEOUT ((DWORD)258)
#define WSA_INFINITE 0xFFFFFFFF

/* Flags of WSASocketW. Overlapped calls do not exist here; the flag is accepted. */
#define WSA_FLAG_OVERLAPPED 0x01
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
typedef unsigned int GROUP;

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

/* The same with narrow strings, which are UTF-8 here. The blob's strings are wide in both. */
typedef struct _WSAQuerySetA {
    DWORD dwSize;
    LPSTR lpszServiceInstanceName;
    LPGUID lpServiceClassId;
    LPWSAVERSION lpVersion;
    LPSTR lpszComment;
    DWORD dwNameSpace;
    LPGUID lpNSProviderId;
    LPSTR lpszContext;
    DWORD dwNumberOfProtocols;
    LPAFPROTOCOLS lpafpProtocols;
    LPSTR lpszQueryString;
    DWORD dwNumberOfCsAddrs;
    LPCSADDR_INFO lpcsaBuffer;
    DWORD dwOutputFlags;
    LPBLOB lpBlob;
} WSAQUERYSETA, *PWSAQUERYSETA, *LPWSAQUERYSETA;

#ifdef UNICODE
typedef WSAQUERYSETW WSAQUERYSET;
typedef PWSAQUERYSETW PWSAQUERYSET;
typedef LPWSAQUERYSETW LPWSAQUERYSET;
#else
typedef WSAQUERYSETA WSAQUERYSET;
typedef PWSAQUERYSETA PWSAQUERYSET;
typedef LPWSAQUERYSETA LPWSAQUERYSET;
#endif

/* What WSASetService is to do. */
typedef enum _WSAESETSERVICEOP {
    RNRSERVICE_REGISTER = 0,
    RNRSERVICE_DEREGISTER = 1,
    RNRSERVICE_DELETE = 2
} WSAESETSERVICEOP, *PWSAESETSERVICEOP, *LPWSAESETSERVICEOP;

#ifndef PEERAPI_CDEF

typedef fd_set FD_SET, *PFD_SET, *LPFD_SET;

#define WSAAPI WINAPI
#define MAKEWSAVERSION(major, minor) MAKEWORD(major, minor)

/* Begins use of sockets; returns 0 or a WSA error number. One WSACleanup for each; the last closes nothing. */
PEERAPI_EXPORT int WSAAPI WSAStartup(_In_ WORD wVersionRequested, _Out_ LPWSADATA lpWSAData);
PEERAPI_EXPORT int WSAAPI WSACleanup(void);

/* The calling thread's last socket error, the same number as GetLastError. */
PEERAPI_EXPORT int WSAAPI WSAGetLastError(void);
PEERAPI_EXPORT void WSAAPI WSASetLastError(_In_ int iError);

/* Closes a socket; 0 or SOCKET_ERROR. Descriptors that are no sockets are refused with WSAENOTSOCK. */
PEERAPI_EXPORT int WSAAPI closesocket(_In_ SOCKET s);

/* FIONBIO (0: blocking, else not), FIONREAD (bytes waiting), SIOCATMARK. The argument is a u_long, or a 32-bit number.
 */
#ifndef FIONBIO
#define FIONBIO 0x5421
#endif
#ifndef FIONREAD
#define FIONREAD 0x541B
#endif
#ifndef SIOCATMARK
#define SIOCATMARK 0x8905
#endif
PEERAPI_EXPORT int WSAAPI ioctlsocket(_In_ SOCKET s, _In_ long cmd, _Inout_ u_long *argp);
PEERAPI_EXPORT int WSAAPI peerapi_ioctlsocket(_In_ SOCKET s, _In_ long cmd, _Inout_ void *argp, _In_ size_t width);
#ifndef PEERAPI_BUILDING
#define ioctlsocket(s, cmd, argp) peerapi_ioctlsocket(s, cmd, argp, sizeof *(argp))
#endif

/* socket() under its longer name. lpProtocolInfo must be NULL, group 0. */
PEERAPI_EXPORT SOCKET WSAAPI WSASocketW(
    _In_ int af, _In_ int type, _In_ int protocol, _In_opt_ LPVOID lpProtocolInfo, _In_ GROUP g, _In_ DWORD dwFlags);
PEERAPI_EXPORT SOCKET WSAAPI WSASocketA(
    _In_ int af, _In_ int type, _In_ int protocol, _In_opt_ LPVOID lpProtocolInfo, _In_ GROUP g, _In_ DWORD dwFlags);

/* Events of synchapi.h that are reset by hand. */
typedef OVERLAPPED WSAOVERLAPPED, *LPWSAOVERLAPPED;
typedef void(CALLBACK *LPWSAOVERLAPPED_COMPLETION_ROUTINE)(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped,
                                                           DWORD flags);

#define SIO_ROUTING_INTERFACE_QUERY 0xC8000014u
#define SIO_ADDRESS_LIST_QUERY 0x48000016u
#define SIO_ADDRESS_LIST_SORT 0xC8000019u

/* SIO_ADDRESS_LIST_SORT puts a SOCKET_ADDRESS_LIST into the order in which its addresses are best tried, in its place
 * where both buffers are the same. SIO_ADDRESS_LIST_QUERY answers this machine's addresses of the socket's family,
 * SIO_ROUTING_INTERFACE_QUERY the address from which the given one would be called. FIONBIO and FIONREAD are
 * ioctlsocket's. Others, and overlapped calls, are WSAEOPNOTSUPP; a buffer that is too small is WSAEFAULT, and
 * *lpcbBytesReturned says how many bytes are needed. */
PEERAPI_EXPORT int WSAAPI WSAIoctl(_In_ SOCKET s, _In_ DWORD dwIoControlCode, _In_opt_ LPVOID lpvInBuffer,
                                   _In_ DWORD cbInBuffer, _Out_opt_ LPVOID lpvOutBuffer, _In_ DWORD cbOutBuffer,
                                   _Out_ LPDWORD lpcbBytesReturned, _Inout_opt_ LPWSAOVERLAPPED lpOverlapped,
                                   _In_opt_ LPWSAOVERLAPPED_COMPLETION_ROUTINE lpCompletionRoutine);

PEERAPI_EXPORT WSAEVENT WSAAPI WSACreateEvent(void);
PEERAPI_EXPORT BOOL WSAAPI WSASetEvent(_In_ WSAEVENT hEvent);
PEERAPI_EXPORT BOOL WSAAPI WSAResetEvent(_In_ WSAEVENT hEvent);
PEERAPI_EXPORT BOOL WSAAPI WSACloseEvent(_In_ WSAEVENT hEvent);
PEERAPI_EXPORT DWORD WSAAPI WSAWaitForMultipleEvents(
    _In_ DWORD cEvents,
    _In_reads_(cEvents) const WSAEVENT *lphEvents,
    _In_ BOOL fWaitAll,
    _In_ DWORD dwTimeout,
    _In_ BOOL fAlertable);

/*
 * Name space functions: 0 or SOCKET_ERROR; WSA_E_NO_MORE ends a lookup, WSASERVICE_NOT_FOUND says that nobody serves
 * the name space. When the buffer of ...Next is too small, WSAEFAULT, the length needed, and the same result next time.
 */
PEERAPI_EXPORT INT WSAAPI WSASetServiceW(
    _In_ LPWSAQUERYSETW lpqsRegInfo, _In_ WSAESETSERVICEOP essoperation, _In_ DWORD dwControlFlags);
PEERAPI_EXPORT INT WSAAPI WSASetServiceA(
    _In_ LPWSAQUERYSETA lpqsRegInfo, _In_ WSAESETSERVICEOP essoperation, _In_ DWORD dwControlFlags);
PEERAPI_EXPORT INT WSAAPI WSALookupServiceBeginW(
    _In_ LPWSAQUERYSETW lpqsRestrictions, _In_ DWORD dwControlFlags, _Out_ LPHANDLE lphLookup);
PEERAPI_EXPORT INT WSAAPI WSALookupServiceBeginA(
    _In_ LPWSAQUERYSETA lpqsRestrictions, _In_ DWORD dwControlFlags, _Out_ LPHANDLE lphLookup);
PEERAPI_EXPORT INT WSAAPI WSALookupServiceNextW(
    _In_ HANDLE hLookup,
    _In_ DWORD dwControlFlags,
    _Inout_ LPDWORD lpdwBufferLength,
    _Out_writes_bytes_to_opt_(*lpdwBufferLength, *lpdwBufferLength) LPWSAQUERYSETW lpqsResults);
PEERAPI_EXPORT INT WSAAPI WSALookupServiceNextA(
    _In_ HANDLE hLookup,
    _In_ DWORD dwControlFlags,
    _Inout_ LPDWORD lpdwBufferLength,
    _Out_writes_bytes_to_opt_(*lpdwBufferLength, *lpdwBufferLength) LPWSAQUERYSETA lpqsResults);
PEERAPI_EXPORT INT WSAAPI WSALookupServiceEnd(_In_ HANDLE hLookup);

/* How a lookup tells of news. */
typedef enum _WSACOMPLETIONTYPE {
    NSP_NOTIFY_IMMEDIATELY = 0,
    NSP_NOTIFY_HWND,
    NSP_NOTIFY_EVENT,
    NSP_NOTIFY_PORT,
    NSP_NOTIFY_APC
} WSACOMPLETIONTYPE, *PWSACOMPLETIONTYPE, *LPWSACOMPLETIONTYPE;

typedef struct _WSACOMPLETION {
    WSACOMPLETIONTYPE Type;
    union {
        struct {
            HWND hWnd;
            UINT uMsg;
            WPARAM context;
        } WindowMessage;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
        } Event;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
            LPWSAOVERLAPPED_COMPLETION_ROUTINE lpfnCompletionProc;
        } Apc;
        struct {
            LPWSAOVERLAPPED lpOverlapped;
            HANDLE hPort;
            ULONG_PTR Key;
        } Port;
    } Parameters;
} WSACOMPLETION, *PWSACOMPLETION, *LPWSACOMPLETION;

#define SIO_NSP_NOTIFY_CHANGE 0x88000019

/*
 * SIO_NSP_NOTIFY_CHANGE: sets hEvent of an NSP_NOTIFY_EVENT once, when WSALookupServiceNext would not wait any longer,
 * or the lookup ends, and fails with WSA_IO_PENDING, which means that this will be. Without lpCompletion, and with
 * NSP_NOTIFY_IMMEDIATELY, it answers at once: 0 when there is news, else WSAEWOULDBLOCK. Windows, ports and APCs, and
 * other codes, are WSAEOPNOTSUPP.
 */
PEERAPI_EXPORT INT WSAAPI WSANSPIoctl(
    _In_ HANDLE hLookup,
    _In_ DWORD dwControlCode,
    _In_reads_bytes_opt_(cbInBuffer) LPVOID lpvInBuffer,
    _In_ DWORD cbInBuffer,
    _Out_writes_bytes_opt_(cbOutBuffer) LPVOID lpvOutBuffer,
    _In_ DWORD cbOutBuffer,
    _Out_opt_ LPDWORD lpcbBytesReturned,
    _In_opt_ LPWSACOMPLETION lpCompletion);

/* A provider of a name space. */
typedef struct _WSANAMESPACE_INFOA {
    GUID NSProviderId;
    DWORD dwNameSpace;
    BOOL fActive;
    DWORD dwVersion;
    LPSTR lpszIdentifier;
} WSANAMESPACE_INFOA, *PWSANAMESPACE_INFOA, *LPWSANAMESPACE_INFOA;

typedef struct _WSANAMESPACE_INFOW {
    GUID NSProviderId;
    DWORD dwNameSpace;
    BOOL fActive;
    DWORD dwVersion;
    LPWSTR lpszIdentifier;
} WSANAMESPACE_INFOW, *PWSANAMESPACE_INFOW, *LPWSANAMESPACE_INFOW;

/* The name spaces served here, and how many: those of PNRP. SOCKET_ERROR, WSAEFAULT and the length needed when the
 * buffer is too small. */
PEERAPI_EXPORT INT WSAAPI WSAEnumNameSpaceProvidersW(_Inout_ LPDWORD lpdwBufferLength,
                                                     _Out_writes_bytes_to_opt_(*lpdwBufferLength, *lpdwBufferLength)
                                                         LPWSANAMESPACE_INFOW lpnspBuffer);
PEERAPI_EXPORT INT WSAAPI WSAEnumNameSpaceProvidersA(_Inout_ LPDWORD lpdwBufferLength,
                                                     _Out_writes_bytes_to_opt_(*lpdwBufferLength, *lpdwBufferLength)
                                                         LPWSANAMESPACE_INFOA lpnspBuffer);

/* Addresses as text and back, with port and scope. Lengths count characters with the terminating zero. */
PEERAPI_EXPORT INT WSAAPI WSAStringToAddressW(
    _In_ LPWSTR AddressString,
    _In_ INT AddressFamily,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_bytes_to_(*lpAddressLength, *lpAddressLength) LPSOCKADDR lpAddress,
    _Inout_ LPINT lpAddressLength);
PEERAPI_EXPORT INT WSAAPI WSAStringToAddressA(
    _In_ LPSTR AddressString,
    _In_ INT AddressFamily,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_bytes_to_(*lpAddressLength, *lpAddressLength) LPSOCKADDR lpAddress,
    _Inout_ LPINT lpAddressLength);
PEERAPI_EXPORT INT WSAAPI WSAAddressToStringW(
    _In_reads_bytes_(dwAddressLength) LPSOCKADDR lpsaAddress,
    _In_ DWORD dwAddressLength,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_to_(*lpdwAddressStringLength, *lpdwAddressStringLength) LPWSTR lpszAddressString,
    _Inout_ LPDWORD lpdwAddressStringLength);
PEERAPI_EXPORT INT WSAAPI WSAAddressToStringA(
    _In_reads_bytes_(dwAddressLength) LPSOCKADDR lpsaAddress,
    _In_ DWORD dwAddressLength,
    _In_opt_ LPVOID lpProtocolInfo,
    _Out_writes_to_(*lpdwAddressStringLength, *lpdwAddressStringLength) LPSTR lpszAddressString,
    _Inout_ LPDWORD lpdwAddressStringLength);

#ifdef UNICODE
#define WSASocket WSASocketW
#define WSASetService WSASetServiceW
#define WSALookupServiceBegin WSALookupServiceBeginW
#define WSALookupServiceNext WSALookupServiceNextW
#define WSAEnumNameSpaceProviders WSAEnumNameSpaceProvidersW
typedef WSANAMESPACE_INFOW WSANAMESPACE_INFO, *PWSANAMESPACE_INFO, *LPWSANAMESPACE_INFO;
#define WSAStringToAddress WSAStringToAddressW
#define WSAAddressToString WSAAddressToStringW
#else
#define WSASocket WSASocketA
#define WSASetService WSASetServiceA
#define WSALookupServiceBegin WSALookupServiceBeginA
#define WSALookupServiceNext WSALookupServiceNextA
#define WSAEnumNameSpaceProviders WSAEnumNameSpaceProvidersA
typedef WSANAMESPACE_INFOA WSANAMESPACE_INFO, *PWSANAMESPACE_INFO, *LPWSANAMESPACE_INFO;
#define WSAStringToAddress WSAStringToAddressA
#define WSAAddressToString WSAAddressToStringA
#endif

/* ------------------------------------------------------------------------------------------------------------------
 * The socket functions, as the library has them. What differs from the system's own:
 * - a failure sets WSAGetLastError() as Windows does; a timeout is WSAETIMEDOUT, a connect in progress WSAEWOULDBLOCK;
 * - socket(AF_INET6) makes a socket for IPv6 only, until IPV6_V6ONLY is turned off;
 * - accept answers a socket that blocks or not as the listening one does;
 * - sending to a closed connection raises no signal; a datagram that was cut short is received with WSAEMSGSIZE;
 * - select finds the highest socket itself, and tells of a failed connect in the third set;
 * - SO_ERROR answers a WSA number; SO_RCVTIMEO and SO_SNDTIMEO take milliseconds when four bytes are given.
 * WSAStartup need not have been called.
 * --------------------------------------------------------------------------------------------------------------- */
#if defined(PEERAPI_BUILDING) || !(defined(__GLIBC__) || defined(__SOCKADDR_ARG)) /* with _GNU_SOURCE a type there */
#define PEERAPI_SOCKADDR struct sockaddr *
#define PEERAPI_CONST_SOCKADDR const struct sockaddr *
#else
#define PEERAPI_SOCKADDR __SOCKADDR_ARG
#define PEERAPI_CONST_SOCKADDR __CONST_SOCKADDR_ARG
#endif

#if defined(PEERAPI_SOCKET_NAMES_FREE)
#define PEERAPI_SOCKET_CALL(result, name, parameters) PEERAPI_EXPORT result name parameters __asm__("peerapi_" #name)
#else
#define PEERAPI_SOCKET_CALL(result, name, parameters) PEERAPI_EXPORT result peerapi_##name parameters
#endif
/* In C a new socket is an int, which compares rightly both with -1 and, once it is a SOCKET, with INVALID_SOCKET. */
#ifdef PEERAPI_BUILDING
#define PEERAPI_BYTES ssize_t
#else
#define PEERAPI_BYTES int
#endif
#ifdef PEERAPI_SOCKET_NAMES_FREE
#define PEERAPI_NEW_SOCKET int
#else
#define PEERAPI_NEW_SOCKET SOCKET
#endif

/* A length that is read and written is an int on Windows and a socklen_t here: void * takes both. */
PEERAPI_SOCKET_CALL(PEERAPI_NEW_SOCKET, socket, (int family, int type, int protocol));
PEERAPI_SOCKET_CALL(int, bind, (SOCKET s, PEERAPI_CONST_SOCKADDR address, socklen_t length));
PEERAPI_SOCKET_CALL(int, listen, (SOCKET s, int backlog));
PEERAPI_SOCKET_CALL(PEERAPI_NEW_SOCKET, accept, (SOCKET s, PEERAPI_SOCKADDR address, void *length));
PEERAPI_SOCKET_CALL(int, connect, (SOCKET s, PEERAPI_CONST_SOCKADDR address, socklen_t length));
PEERAPI_SOCKET_CALL(int, shutdown, (SOCKET s, int how));
PEERAPI_SOCKET_CALL(PEERAPI_BYTES, send, (SOCKET s, const void *bytes, size_t count, int flags));
PEERAPI_SOCKET_CALL(PEERAPI_BYTES, sendto, (SOCKET s, const void *bytes, size_t count, int flags,
                                            PEERAPI_CONST_SOCKADDR address, socklen_t length));
PEERAPI_SOCKET_CALL(PEERAPI_BYTES, recv, (SOCKET s, void *bytes, size_t room, int flags));
PEERAPI_SOCKET_CALL(PEERAPI_BYTES, recvfrom, (SOCKET s, void *bytes, size_t room, int flags, PEERAPI_SOCKADDR address,
                                              void *length));
PEERAPI_SOCKET_CALL(int, getsockopt, (SOCKET s, int level, int option, void *value, void *length));
PEERAPI_SOCKET_CALL(int, setsockopt, (SOCKET s, int level, int option, const void *value, socklen_t length));
PEERAPI_SOCKET_CALL(int, getsockname, (SOCKET s, PEERAPI_SOCKADDR address, void *length));
PEERAPI_SOCKET_CALL(int, getpeername, (SOCKET s, PEERAPI_SOCKADDR address, void *length));

/* PEERAPI_RELABEL(result, name, parameters, nothrow): a function that keeps the system's type but is ours. */
#ifdef __cplusplus
#define PEERAPI_RELABEL(result, name, parameters, nothrow) \
    extern result name parameters nothrow __asm__("peerapi_" #name)
#else
#define PEERAPI_RELABEL(result, name, parameters, nothrow) \
    extern result name parameters __asm__("peerapi_" #name) nothrow
#endif
#ifndef __THROW
#define __THROW
#endif

#ifdef PEERAPI_BUILDING
PEERAPI_EXPORT int peerapi_gethostname(char *name, size_t room);
PEERAPI_EXPORT struct hostent *peerapi_gethostbyname(const char *name);
PEERAPI_EXPORT int peerapi_select(int count, fd_set *read, fd_set *write, fd_set *except, struct timeval *timeout);
#elif defined(PEERAPI_SYSTEM_SOCKETS)
extern int gethostname(char *name, size_t room) __THROW;
#else
#if !defined(_UNISTD_H) || !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL == 0 /* else an inline function */
PEERAPI_RELABEL(int, gethostname, (char *name, size_t room), __THROW);
#endif
PEERAPI_RELABEL(struct hostent *, gethostbyname, (const char *name), );
PEERAPI_RELABEL(int, select, (int count, fd_set *__restrict read, fd_set *__restrict write, fd_set *__restrict except,
                              struct timeval *__restrict timeout), );
#endif

#if !defined(PEERAPI_BUILDING) && !defined(PEERAPI_SYSTEM_SOCKETS) && !defined(PEERAPI_SOCKET_NAMES_FREE)
PEERAPI_RELABEL(int, socket, (int family, int type, int protocol), __THROW);
#ifndef __cplusplus
/* <sys/socket.h> came first: its types stay. */
PEERAPI_RELABEL(int, bind, (int s, PEERAPI_CONST_SOCKADDR address, socklen_t length), __THROW);
PEERAPI_RELABEL(int, listen, (int s, int backlog), __THROW);
PEERAPI_RELABEL(int, accept, (int s, PEERAPI_SOCKADDR address, socklen_t *__restrict length), );
PEERAPI_RELABEL(int, connect, (int s, PEERAPI_CONST_SOCKADDR address, socklen_t length), );
PEERAPI_RELABEL(int, shutdown, (int s, int how), __THROW);
PEERAPI_RELABEL(ssize_t, send, (int s, const void *bytes, size_t count, int flags), );
PEERAPI_RELABEL(ssize_t, sendto, (int s, const void *bytes, size_t count, int flags, PEERAPI_CONST_SOCKADDR address,
                                  socklen_t length), );
PEERAPI_RELABEL(int, getsockopt, (int s, int level, int option, void *__restrict value, socklen_t *__restrict length),
                __THROW);
PEERAPI_RELABEL(int, setsockopt, (int s, int level, int option, const void *value, socklen_t length), __THROW);
PEERAPI_RELABEL(int, getsockname, (int s, PEERAPI_SOCKADDR address, socklen_t *__restrict length), __THROW);
PEERAPI_RELABEL(int, getpeername, (int s, PEERAPI_SOCKADDR address, socklen_t *__restrict length), __THROW);
#if defined(__USE_FORTIFY_LEVEL) && __USE_FORTIFY_LEVEL > 0
/* These two are inline functions there, which no new name reaches. */
#define recv peerapi_recv
#define recvfrom peerapi_recvfrom
#else
PEERAPI_RELABEL(ssize_t, recv, (int s, void *bytes, size_t room, int flags), );
PEERAPI_RELABEL(ssize_t, recvfrom, (int s, void *__restrict bytes, size_t room, int flags, PEERAPI_SOCKADDR address,
                                    socklen_t *__restrict length), );
#endif
#endif
#endif

#undef PEERAPI_SOCKET_CALL
#undef PEERAPI_RELABEL
#undef PEERAPI_BYTES
#undef PEERAPI_NEW_SOCKET

#endif /* PEERAPI_CDEF */

#ifdef __cplusplus
}
#endif

#if defined(__cplusplus) && !defined(PEERAPI_SYSTEM_SOCKETS)
/* What is called with a SOCKET is ours. Lengths may be int or socklen_t; NULL has no type, so it has a function too. */
extern "C++" {
namespace peerapi_winsock {
template <class Socket, class Result> struct only {};
template <class Result> struct only<SOCKET, Result> {
    typedef Result type;
};
typedef decltype(nullptr) none;
}

template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type bind(S s, const sockaddr *address, Size length) {
    return peerapi_bind(s, address, static_cast<socklen_t>(length));
}
template <class S> inline typename peerapi_winsock::only<S, int>::type listen(S s, int backlog) {
    return peerapi_listen(s, backlog);
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, SOCKET>::type accept(S s, sockaddr *address, Size *length) {
    return peerapi_accept(s, address, length);
}
template <class S>
inline typename peerapi_winsock::only<S, SOCKET>::type accept(S s, sockaddr *address, peerapi_winsock::none) {
    return peerapi_accept(s, address, nullptr);
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type connect(S s, const sockaddr *address, Size length) {
    return peerapi_connect(s, address, static_cast<socklen_t>(length));
}
template <class S> inline typename peerapi_winsock::only<S, int>::type shutdown(S s, int how) {
    return peerapi_shutdown(s, how);
}
template <class S, class N>
inline typename peerapi_winsock::only<S, int>::type send(S s, const void *bytes, N count, int flags) {
    return peerapi_send(s, bytes, static_cast<size_t>(count), flags);
}
template <class S, class N, class Size>
inline typename peerapi_winsock::only<S, int>::type sendto(
    S s, const void *bytes, N count, int flags, const sockaddr *address, Size length) {
    return peerapi_sendto(s, bytes, static_cast<size_t>(count), flags, address, static_cast<socklen_t>(length));
}
template <class S, class N>
inline typename peerapi_winsock::only<S, int>::type recv(S s, void *bytes, N room, int flags) {
    return peerapi_recv(s, bytes, static_cast<size_t>(room), flags);
}
template <class S, class N, class Size>
inline typename peerapi_winsock::only<S, int>::type recvfrom(
    S s, void *bytes, N room, int flags, sockaddr *address, Size *length) {
    return peerapi_recvfrom(s, bytes, static_cast<size_t>(room), flags, address, length);
}
template <class S, class N>
inline typename peerapi_winsock::only<S, int>::type recvfrom(
    S s, void *bytes, N room, int flags, sockaddr *address, peerapi_winsock::none) {
    return peerapi_recvfrom(s, bytes, static_cast<size_t>(room), flags, address, nullptr);
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type getsockopt(S s, int level, int option, void *value, Size *length) {
    return peerapi_getsockopt(s, level, option, value, length);
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type setsockopt(S s, int level, int option, const void *value,
                                                               Size length) {
    return peerapi_setsockopt(s, level, option, value, static_cast<socklen_t>(length));
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type getsockname(S s, sockaddr *address, Size *length) {
    return peerapi_getsockname(s, address, length);
}
template <class S, class Size>
inline typename peerapi_winsock::only<S, int>::type getpeername(S s, sockaddr *address, Size *length) {
    return peerapi_getpeername(s, address, length);
}
}
#endif

#endif
