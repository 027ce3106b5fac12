/* Security identifiers, and whose the process is. */
#include <unistd.h>
#include "win32_test.h"

static BOOL belongs(WELL_KNOWN_SID_TYPE kind) {
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL member = 7;
    CHECK(CreateWellKnownSid(kind, NULL, sid, &size) && IsValidSid(sid) && GetLengthSid(sid) == size);
    CHECK(CheckTokenMembership(NULL, sid, &member));
    return member;
}

TEST(a_process_is_its_user_s_and_nobody_s_service) {
    CHECK(belongs(WinWorldSid) && belongs(WinAuthenticatedUserSid) && belongs(WinInteractiveSid));
    CHECK(belongs(WinBuiltinUsersSid) && !belongs(WinNullSid));
    CHECK(!belongs(WinLocalSystemSid) && !belongs(WinLocalServiceSid) && !belongs(WinNetworkServiceSid));
    CHECK(belongs(WinBuiltinAdministratorsSid) == !geteuid());
}

TEST(a_sid_wants_room) {
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = 0;
    CHECK_FAILS(CreateWellKnownSid(WinWorldSid, NULL, NULL, &size), FALSE, ERROR_INSUFFICIENT_BUFFER);
    CHECK(size == 12);
    CHECK_FAILS(CreateWellKnownSid((WELL_KNOWN_SID_TYPE)99, NULL, sid, &size), FALSE, ERROR_INVALID_PARAMETER);
    CHECK_FAILS(CreateWellKnownSid(WinWorldSid, NULL, sid, NULL), FALSE, ERROR_INVALID_PARAMETER);
}

TEST(a_token_tells_its_user) {
    union {
        TOKEN_USER user;
        BYTE bytes[128];
    } room;
    HANDLE token;
    DWORD size = 0;
    BOOL member = FALSE;
    CHECK_FAILS(GetTokenInformation(NULL, TokenUser, NULL, 0, &size), FALSE, ERROR_INSUFFICIENT_BUFFER);
    CHECK(size <= sizeof room && GetTokenInformation(NULL, TokenUser, &room, size, &size));
    CHECK(CheckTokenMembership(NULL, room.user.User.Sid, &member) && member);
    CHECK(EqualSid(room.user.User.Sid, room.user.User.Sid));
    CHECK_FAILS(GetWindowsAccountDomainSid(room.user.User.Sid, NULL, &size), FALSE, ERROR_NON_ACCOUNT_SID);
    CHECK_FAILS(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token), FALSE, ERROR_NO_TOKEN);
    CHECK_FAILS(CheckTokenMembership(NULL, NULL, &member), FALSE, ERROR_INVALID_SID);
}
