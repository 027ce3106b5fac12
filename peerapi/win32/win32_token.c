/* win32_token.c - security identifiers, and whose this process is. */
#include <string.h>
#include <unistd.h>

#include "win32.h"

#include "../../include/securitybaseapi.h"

#define HEAD 8 /* bytes of a SID before its sub-authorities */

struct well_known {
    WELL_KNOWN_SID_TYPE kind;
    BYTE authority, count;
    DWORD parts[2];
    BOOL everybody;
};

static const struct well_known known[] = {
    {WinNullSid, 0, 1, {0, 0}, FALSE},
    {WinWorldSid, 1, 1, {0, 0}, TRUE},
    {WinInteractiveSid, 5, 1, {4, 0}, TRUE},
    {WinAuthenticatedUserSid, 5, 1, {11, 0}, TRUE},
    {WinLocalSystemSid, 5, 1, {18, 0}, FALSE},
    {WinLocalServiceSid, 5, 1, {19, 0}, FALSE},
    {WinNetworkServiceSid, 5, 1, {20, 0}, FALSE},
    {WinBuiltinAdministratorsSid, 5, 2, {32, 544}, FALSE},
    {WinBuiltinUsersSid, 5, 2, {32, 545}, TRUE},
};

static DWORD made(BYTE *sid, BYTE authority, const DWORD *parts, BYTE count) {
    memset(sid, 0, HEAD);
    sid[0] = SID_REVISION;
    sid[1] = count;
    sid[7] = authority;
    memcpy(sid + HEAD, parts, count * sizeof *parts);
    return HEAD + count * (DWORD)sizeof *parts;
}

static DWORD of_user(BYTE *sid) {
    DWORD parts[] = {1, (DWORD)geteuid()};
    return made(sid, 22, parts, 2);
}

static BOOL fails(DWORD error) {
    SetLastError(error);
    return FALSE;
}

BOOL WINAPI IsValidSid(PSID sid) {
    const BYTE *bytes = sid;
    return sid && bytes[0] == SID_REVISION && bytes[1] <= SID_MAX_SUB_AUTHORITIES;
}

DWORD WINAPI GetLengthSid(PSID sid) {
    return IsValidSid(sid) ? HEAD + ((const BYTE *)sid)[1] * (DWORD)sizeof(DWORD) : 0;
}

BOOL WINAPI EqualSid(PSID first, PSID second) {
    DWORD size = GetLengthSid(first);
    return size && size == GetLengthSid(second) && !memcmp(first, second, size);
}

BOOL WINAPI CreateWellKnownSid(WELL_KNOWN_SID_TYPE kind, PSID domain, PSID sid, DWORD *size) {
    (void)domain; /* none of those that are known is a domain's */
    for (size_t i = 0; size && i < sizeof known / sizeof *known; i++) {
        if (known[i].kind != kind) {
            continue;
        }
        DWORD room = *size;
        *size = HEAD + known[i].count * (DWORD)sizeof(DWORD);
        if (!sid || room < *size) {
            return fails(ERROR_INSUFFICIENT_BUFFER);
        }
        made(sid, known[i].authority, known[i].parts, known[i].count);
        return TRUE;
    }
    return fails(ERROR_INVALID_PARAMETER);
}

BOOL WINAPI GetWindowsAccountDomainSid(PSID sid, PSID domain, DWORD *size) {
    (void)domain;
    (void)size;
    return fails(IsValidSid(sid) ? ERROR_NON_ACCOUNT_SID : ERROR_INVALID_SID);
}

BOOL WINAPI CheckTokenMembership(HANDLE token, PSID sid, PBOOL member) {
    BYTE own[SECURITY_MAX_SID_SIZE];

    (void)token;
    if (!member || !IsValidSid(sid)) {
        return fails(member ? ERROR_INVALID_SID : ERROR_INVALID_PARAMETER);
    }
    of_user(own);
    *member = EqualSid(own, sid);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        made(own, known[i].authority, known[i].parts, known[i].count);
        if (EqualSid(own, sid)) {
            *member = known[i].everybody || (known[i].kind == WinBuiltinAdministratorsSid && !geteuid());
        }
    }
    return TRUE;
}

BOOL WINAPI GetTokenInformation(HANDLE token, TOKEN_INFORMATION_CLASS kind, LPVOID to, DWORD room, PDWORD size) {
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD length = of_user(sid), whole = (DWORD)sizeof(TOKEN_USER) + length;

    (void)token;
    if (kind != TokenUser || !size) {
        return fails(ERROR_INVALID_PARAMETER);
    }
    *size = whole;
    if (!to || room < whole) {
        return fails(ERROR_INSUFFICIENT_BUFFER);
    }
    TOKEN_USER *user = to;
    user->User.Sid = user + 1;
    user->User.Attributes = 0;
    memcpy(user + 1, sid, length);
    return TRUE;
}

BOOL WINAPI OpenThreadToken(HANDLE thread, DWORD access, BOOL asSelf, PHANDLE token) {
    (void)thread;
    (void)access;
    (void)asSelf;
    if (token) {
        *token = NULL;
    }
    return fails(ERROR_NO_TOKEN);
}
