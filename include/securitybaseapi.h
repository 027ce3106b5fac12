/* securitybaseapi.h - security identifiers, and whose this process is: as much as programs ask before they choose where
 * their keys lie. There is one token, the process's; its user is S-1-22-1-UID. Nobody is a service of Windows. */
#ifndef PEERAPI_SECURITYBASEAPI_H
#define PEERAPI_SECURITYBASEAPI_H

#include "windef.h"
#include "winnt.h"

EXTERN_C_START

typedef struct _SID_IDENTIFIER_AUTHORITY {
    BYTE Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

typedef struct _SID {
    BYTE Revision;
    BYTE SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    DWORD SubAuthority[1];
} SID, *PISID;

#define SID_REVISION 1
#define SID_MAX_SUB_AUTHORITIES 15
#define SECURITY_MAX_SID_SIZE 68

typedef struct _SID_AND_ATTRIBUTES {
    PSID Sid;
    DWORD Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

typedef struct _TOKEN_USER {
    SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;

typedef enum _TOKEN_INFORMATION_CLASS { TokenUser = 1 } TOKEN_INFORMATION_CLASS;

/* Those that CreateWellKnownSid knows. */
typedef enum {
    WinNullSid = 0,
    WinWorldSid = 1,
    WinInteractiveSid = 13,
    WinAuthenticatedUserSid = 17,
    WinLocalSystemSid = 22,
    WinLocalServiceSid = 23,
    WinNetworkServiceSid = 24,
    WinBuiltinAdministratorsSid = 26,
    WinBuiltinUsersSid = 27
} WELL_KNOWN_SID_TYPE;

#define TOKEN_QUERY 0x0008

/* *size tells the room, and then what is needed. ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER: another one. */
WINBASEAPI BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE kind, PSID domain, PSID sid, DWORD *size);
/* Nobody belongs to a domain: ERROR_NON_ACCOUNT_SID. */
WINBASEAPI BOOL WINAPI GetWindowsAccountDomainSid(PSID sid, PSID domain, DWORD *size);
/* The token may be NULL. All are World, Interactive, authenticated users and users; root is an administrator. */
WINBASEAPI BOOL WINAPI CheckTokenMembership(HANDLE token, PSID sid, PBOOL member);
/* TokenUser, whatever the token. ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER. */
WINBASEAPI BOOL WINAPI GetTokenInformation(
    HANDLE token, TOKEN_INFORMATION_CLASS kind, LPVOID to, DWORD room, PDWORD size);
/* Threads have no token of their own: ERROR_NO_TOKEN. */
WINBASEAPI BOOL WINAPI OpenThreadToken(HANDLE thread, DWORD access, BOOL asSelf, PHANDLE token);
WINBASEAPI BOOL WINAPI EqualSid(PSID first, PSID second);
WINBASEAPI BOOL WINAPI IsValidSid(PSID sid);
WINBASEAPI DWORD WINAPI GetLengthSid(PSID sid);

EXTERN_C_END
#endif
