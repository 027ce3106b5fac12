/* group_people.c - groups: founding, properties, members, who may do what, what is read when, two processes. */
#include "group.h"

static void founding(PEER_GROUP_PROPERTIES given, HRESULT wanted, const char *what) {
    HGROUP made = NULL;
    PPEER_GROUP_PROPERTIES properties = NULL;
    page("PeerGroupCreate");
    if (gives(PeerGroupCreate(&given, &made), wanted, "%s", what) && SUCCEEDED(wanted)) {
        if (PeerGroupGetProperties(made, &properties) == S_OK)
            PeerGroupDelete(given.pwzCreatorPeerName, properties->pwzGroupPeerName);
        PeerFreeData(properties);
        PeerGroupClose(made);
    }
}

static void properties_to_found(const PERSON *founder) {
    PEER_GROUP_PROPERTIES given = group_properties(founder);
    given.dwSize--;
    founding(given, E_INVALIDARG, "dwSize one less");
    given.dwSize += 2;
    founding(given, E_INVALIDARG, "dwSize one more");
    given = group_properties(founder);
    given.dwFlags = PEER_MEMBER_DATA_OPTIONAL | PEER_DEFER_EXPIRATION;
    founding(given, S_OK, "the flags that have pages");
    given.dwFlags = 0x80;
    founding(given, PEER_E_INVALID_GROUP_PROPERTIES, "a flag that does not exist");
    given = group_properties(founder);
    given.ulPresenceLifetime = 299;
    founding(given, PEER_E_INVALID_GROUP_PROPERTIES, "ulPresenceLifetime 299");
    given.ulPresenceLifetime = 300;
    founding(given, S_OK, "ulPresenceLifetime 300");
    given = group_properties(founder);
    given.ulMemberDataLifetime = 28799;
    founding(given, PEER_E_INVALID_GROUP_PROPERTIES, "ulMemberDataLifetime 28799");
    given.ulMemberDataLifetime = 28800;
    founding(given, S_OK, "ulMemberDataLifetime 28800");
    given = group_properties(founder);
    given.pwzClassifier = repeated(L'c', 149);
    founding(given, S_OK, "a classifier of 149 characters");
    given.pwzClassifier = repeated(L'c', 150);
    founding(given, PEER_E_INVALID_CLASSIFIER, "a classifier of 150 characters");
    given = group_properties(founder);
    given.pwzFriendlyName = repeated(L'f', 255);
    founding(given, S_OK, "a friendly name of 255 characters");
    given.pwzFriendlyName = repeated(L'f', 256);
    founding(given, PEER_E_INVALID_GROUP_PROPERTIES, "a friendly name of 256 characters");
    given = group_properties(founder);
    given.pwzCloud = L"Elsewhere_";
    founding(given, PEER_E_NO_CLOUD, "a cloud that is not there");
    given = group_properties(founder);
    given.pwzGroupPeerName = L"0.given";
    founding(given, PEER_E_INVALID_PEER_NAME, "a name of its own");
    given = group_properties(founder);
    given.pwzCreatorPeerName = L"no name";
    founding(given, PEER_E_INVALID_PEER_NAME, "a creator that is no name");
    given = group_properties(founder);
    given.dwAuthenticationSchemes = PEER_GROUP_PASSWORD_AUTHENTICATION;
    founding(given, PEER_E_PASSWORD_DOES_NOT_MEET_POLICY, "a password that is missing");
    given.pwzGroupPassword = L"";
    founding(given, PEER_E_PASSWORD_DOES_NOT_MEET_POLICY, "an empty password");
    given.pwzGroupPassword = PASSWORD;
    given.groupPasswordRole = MEMBER_ROLE;
    founding(given, S_OK, "a password");
}

static void properties_of_a_new_group(PERSON *founder) {
    PPEER_GROUP_PROPERTIES got = NULL;
    PEER_GROUP_PROPERTIES change = group_properties(founder);
    page("PeerGroupGetProperties");
    if (!gives(PeerGroupGetProperties(founder->handle, &got), S_OK, "a group of one's own"))
        return;
    page("PEER_GROUP_PROPERTIES");
    counts(got->dwSize, sizeof *got, "dwSize");
    reads(got->pwzCreatorPeerName, founder->identity, "pwzCreatorPeerName is the founder");
    reads(got->pwzFriendlyName, L"a group", "pwzFriendlyName is what was given");
    fact(got->pwzGroupPeerName && wcslen(got->pwzGroupPeerName) >= 41, "pwzGroupPeerName is a secure name");
    fact(got->pwzCloud && *got->pwzCloud, "pwzCloud names the cloud");
    counts(got->ulPresenceLifetime, 300, "ulPresenceLifetime of a group that asks for none is 300");
    guess("default-member-data");
    counts(got->ulMemberDataLifetime, 315360000, "ulMemberDataLifetime of a group that asks for none is 10 years");
    guess("passwords-are-never-given-out");
    fact(got->pwzGroupPassword == NULL, "the password is not given out");
    PeerFreeData(got);
    page("PeerGroupSetProperties");
    change.dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION | PEER_GROUP_PASSWORD_AUTHENTICATION;
    change.groupPasswordRole = MEMBER_ROLE;
    change.pwzFriendlyName = L"another name";
    change.pwzComment = L"a comment";
    gives(PeerGroupSetProperties(founder->handle, &change), S_OK, "a friendly name and a comment, by the creator");
    got = NULL;
    PeerGroupGetProperties(founder->handle, &got);
    reads(got ? got->pwzFriendlyName : NULL, L"another name", "the friendly name is the new one");
    reads(got ? got->pwzComment : NULL, L"a comment", "the comment is the new one");
    PeerFreeData(got);
    change.pwzClassifier = L"other";
    gives(PeerGroupSetProperties(founder->handle, &change), PEER_E_INVALID_GROUP_PROPERTIES, "another classifier");
}

static void records(PERSON *founder) {
    PEER_RECORD change = record_of("changed", NULL), wrong = record_of("x", NULL);
    PPEER_RECORD got = NULL;
    HPEERENUM all = NULL;
    GUID id, none = NO_RECORD;
    page("PeerGroupAddRecord");
    gives(
        group_add(founder, "first", L"<attributes><attribute name=\"a\" type=\"int\">1</attribute></attributes>", &id),
        S_OK, "a record");
    wrong.pwzAttributes = L"<attributes><wrong/></attributes>";
    gives(PeerGroupAddRecord(founder->handle, &wrong, &none), PEER_E_INVALID_ATTRIBUTES, "attributes that are none");
    wrong = record_of("x", NULL);
    wrong.ftExpiration = filetime_of(now() - SECOND);
    gives(PeerGroupAddRecord(founder->handle, &wrong, &none), E_INVALIDARG, "ftExpiration a second ago");
    wrong = record_of("x", NULL);
    wrong.dwSize--;
    gives(PeerGroupAddRecord(founder->handle, &wrong, &none), E_INVALIDARG, "dwSize one less");
    guess("group-own-types");
    wrong = record_of("x", NULL);
    memset(&wrong.type, 0, sizeof wrong.type);
    wrong.type.Data1 = 0x01000000;
    gives(PeerGroupAddRecord(founder->handle, &wrong, &none), PEER_E_INVALID_RECORD, "the type of memberships");
    page("PeerGroupGetRecord");
    gives(PeerGroupGetRecord(founder->handle, &id, &got), S_OK, "a record");
    if (got) {
        fact(data_is(&got->data, "first"), "data is what was given");
        reads(got->pwzCreatorId, founder->identity, "pwzCreatorId is the identity");
        fact(got->securityData.cbData > 0, "the record has a signature in its securityData");
        counts(got->dwVersion, 1, "dwVersion of a new record is 1");
        PeerFreeData(got);
    }
    none = NO_RECORD;
    got = NULL;
    gives(PeerGroupGetRecord(founder->handle, &none, &got), PEER_E_RECORD_NOT_FOUND, "a record that is not there");
    page("PeerGroupUpdateRecord");
    change.id = id;
    gives(PeerGroupUpdateRecord(founder->handle, &change), E_INVALIDARG, "an expiration before the record's own");
    change.ftExpiration = filetime_of(now() + 1200 * SECOND);
    gives(PeerGroupUpdateRecord(founder->handle, &change), S_OK, "other data");
    PeerGroupGetRecord(founder->handle, &id, &got);
    counts(got ? got->dwVersion : 0, 2, "dwVersion after an update");
    fact(got && data_is(&got->data, "changed"), "the data is the new one");
    PeerFreeData(got);
    change.id = NO_RECORD;
    gives(PeerGroupUpdateRecord(founder->handle, &change), PEER_E_RECORD_NOT_FOUND, "a record that is not there");
    page("PeerGroupEnumRecords");
    gives(PeerGroupEnumRecords(founder->handle, &NOTE_TYPE, &all), S_OK, "a type");
    counts(common_count(all), 1, "one record of a type");
    PeerGroupEnumRecords(founder->handle, &OTHER_TYPE, &all);
    counts(common_count(all), 0, "no record of another type");
    page("PeerGroupSearchRecords");
    gives(PeerGroupSearchRecords(founder->handle,
                                 L"<peersearch><clause attrib=\"a\" type=\"int\">1</clause></peersearch>", &all),
          S_OK, "a clause");
    counts(common_count(all), 1, "one record that matches");
    gives(PeerGroupSearchRecords(founder->handle, L"<wrong/>", &all), PEER_E_INVALID_SEARCH, "no search");
    page("PeerGroupDeleteRecord");
    gives(PeerGroupDeleteRecord(founder->handle, &id), S_OK, "a record");
    gives(PeerGroupDeleteRecord(founder->handle, &id), PEER_E_RECORD_NOT_FOUND, "a second time");
    fact(!group_has(founder, &id), "a deleted record is not found");
}

static void opening(PERSON *founder) {
    HGROUP second = NULL;
    PERSON again = *founder;
    HPEERENUM all = NULL;
    page("PeerGroupGetStatus");
    counts(person_status(founder), 0, "a group that is not connected");
    page("PeerEnumGroups");
    gives(PeerEnumGroups(founder->identity, &all), S_OK, "an identity with a group");
    counts(common_count(all), 1, "one group of an identity");
    page("PeerIdentityDelete");
    gives(PeerIdentityDelete(founder->identity), PEER_E_GROUPS_EXIST, "an identity with a group");
    page("PeerGroupOpen");
    gives(PeerGroupOpen(founder->identity, founder->group, NULL, &second), S_OK, "a group that is open");
    guess("handles-never-twice");
    fact(second != founder->handle, "the second handle is another one");
    page("PeerGroupClose");
    gives(PeerGroupClose(second), S_OK, "one of two handles");
    page("PeerGroupGetStatus");
    gives(PeerGroupGetStatus(second, (DWORD *)output()), PEER_E_INVALID_GROUP, "the handle that was closed");
    gives(PeerGroupGetStatus(founder->handle, (DWORD *)output()), S_OK, "the other handle");
    person_close(founder);
    page("PeerGroupOpen");
    gives(PeerGroupOpen(again.identity, again.group, NULL, &again.handle), S_OK, "a group that was closed");
    gives(PeerGroupOpen(again.identity, again.group, L"Elsewhere_", &second), PEER_E_NO_CLOUD,
          "a cloud that is not there");
    guess("groups-that-are-not-there");
    gives(PeerGroupOpen(again.identity, again.identity, NULL, &second), PEER_E_NOT_FOUND, "a group that is not there");
    gives(PeerGroupOpen(L"", again.group, NULL, &second), PEER_E_NOT_FOUND, "an empty identity");
    page("PeerGroupDelete");
    gives(PeerGroupDelete(again.identity, again.identity), PEER_E_NOT_FOUND, "a group that is not there");
    gives(PeerGroupDelete(again.identity, again.group), S_OK, "a group");
    guess("deleting-ends-handles");
    gives(PeerGroupClose(again.handle), PEER_E_INVALID_GROUP, "a handle of a deleted group");
    page("PeerGroupDelete");
    gives(PeerGroupDelete(again.identity, again.group), PEER_E_NOT_FOUND, "a second time");
}

void group_founding(void) {
    PERSON founder;
    group_start();
    founder = person_founder("founder", 0, 1);
    properties_to_found(&founder);
    properties_of_a_new_group(&founder);
    records(&founder);
    opening(&founder);
    people_leave();
}

/* ---- Several members ---- */

static void invitations(PERSON *founder) {
    PERSON guest = person_new("guest"), other = person_new("other");
    PPEER_INVITATION_INFO info = NULL;
    PPEER_GROUP_PROPERTIES properties = NULL;
    PPEER_RECORD got = NULL;
    PWSTR invitation = NULL, none = NULL;
    FILETIME time = filetime_of(now() - SECOND);
    HGROUP handle = NULL;
    GUID id = NO_RECORD;
    page("PeerGroupCreateInvitation");
    gives(person_invite(founder, &guest, &MEMBER_ROLE, &invitation), S_OK, "the role of a member");
    gives(PeerGroupCreateInvitation(founder->handle, person_xml(&guest), NULL, 1, &NOTE_TYPE, &none), E_INVALIDARG,
          "a role that does not exist");
    gives(PeerGroupCreateInvitation(founder->handle, L"<wrong/>", NULL, 0, NULL, &none), E_INVALIDARG, "no identity");
    gives(PeerGroupCreateInvitation(founder->handle, person_xml(&guest), &time, 0, NULL, &none), E_INVALIDARG,
          "an expiration a second ago");
    page("PeerGroupParseInvitation");
    gives(PeerGroupParseInvitation(L"<wrong/>", &info), PEER_E_INVITATION_NOT_TRUSTED, "no invitation");
    if (gives(PeerGroupParseInvitation(invitation, &info), S_OK, "an invitation")) {
        page("PEER_INVITATION_INFO");
        counts(info->dwSize, sizeof *info, "dwSize");
        reads(info->pwzGroupPeerName, founder->group, "pwzGroupPeerName");
        reads(info->pwzIssuerPeerName, founder->identity, "pwzIssuerPeerName");
        reads(info->pwzSubjectPeerName, guest.identity, "pwzSubjectPeerName");
        reads(info->pwzSubjectFriendlyName, L"guest", "pwzSubjectFriendlyName");
        counts(info->cRoles, 1, "cRoles");
        fact(info->cRoles && guid_is(&info->pRoles[0], &MEMBER_ROLE), "the role is what was given");
        counts(info->authScheme, PEER_GROUP_GMC_AUTHENTICATION, "authScheme");
        fact(filetime_value(info->ftValidityEnd) > now(), "ftValidityEnd is in the future");
        PeerFreeData(info);
    }
    page("PeerGroupJoin");
    gives(PeerGroupJoin(other.identity, invitation, NULL, &handle), PEER_E_INVITATION_NOT_TRUSTED,
          "an invitation of somebody else");
    gives(PeerGroupJoin(L"no name", invitation, NULL, &handle), PEER_E_INVALID_PEER_NAME,
          "an identity that is no name");
    gives(PeerGroupJoin(guest.identity, L"<wrong/>", NULL, &handle), PEER_E_INVITATION_NOT_TRUSTED, "no invitation");
    gives(PeerGroupJoin(guest.identity, invitation, L"Elsewhere_", &handle), PEER_E_NO_CLOUD,
          "a cloud that is not there");
    gives(person_join(&guest, invitation), S_OK, "an invitation");
    guess("join-what-is-open");
    gives(PeerGroupJoin(guest.identity, invitation, NULL, &handle), PEER_E_GROUP_IN_USE, "a group that is open");
    page("PeerGroupGetProperties");
    gives(PeerGroupGetProperties(guest.handle, &properties), PEER_E_GROUP_NOT_READY,
          "before the first synchronization");
    page("PeerGroupAddRecord");
    gives(group_add(&guest, "x", NULL, &id), PEER_E_GROUP_NOT_READY, "before the first synchronization");
    page("PeerGroupGetRecord");
    gives(PeerGroupGetRecord(guest.handle, &id, &got), PEER_E_GROUP_NOT_READY, "before the first synchronization");
    page("PeerGroupDeleteRecord");
    gives(PeerGroupDeleteRecord(guest.handle, &id), PEER_E_GROUP_NOT_READY, "before the first synchronization");
    person_close(&guest);
}

static ULONG members(const PERSON *person, DWORD flags, PCWSTR identity) {
    HPEERENUM all = NULL;
    if (FAILED(PeerGroupEnumMembers(person->handle, flags, identity, &all)))
        return (ULONG)-1;
    return common_count(all);
}

static void together(PERSON *founder) {
    static const PEER_GROUP_EVENT_TYPE types[] = {PEER_GROUP_EVENT_RECORD_CHANGED, PEER_GROUP_EVENT_MEMBER_CHANGED};
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events = group_events(founder, event, 2, types);
    PERSON member = person_member(founder, "member", &MEMBER_ROLE);
    PEER_GROUP_PROPERTIES change = group_properties(&member);
    PEER_RECORD record = record_of("changed", NULL);
    PPEER_GROUP_EVENT_DATA data = group_next(events, event, PEER_GROUP_EVENT_MEMBER_CHANGED);
    HPEERENUM all = NULL;
    PPEER_MEMBER *items = NULL;
    PWSTR none = NULL, path = new_path("export");
    ULONG count = 1;
    GUID mine, yours;
    page("PEER_EVENT_MEMBER_CHANGE_DATA");
    if (fact(data != NULL, "MEMBER_CHANGED comes for a new member")) {
        counts(data->memberChangeData.dwSize, sizeof data->memberChangeData, "dwSize");
        counts(data->memberChangeData.changeType, PEER_MEMBER_JOINED, "PEER_MEMBER_JOINED comes first");
        reads(data->memberChangeData.pwzIdentity, member.identity, "pwzIdentity is the new member");
        PeerFreeData(data);
    }
    page("PeerGroupGetStatus");
    counts(person_status(&member) & PEER_GROUP_STATUS_HAS_CONNECTIONS, PEER_GROUP_STATUS_HAS_CONNECTIONS,
           "a member that is connected");
    page("PeerGroupEnumMembers");
    counts(members(&member, 0, NULL), 2, "all members, for the new one");
    counts(members(founder, 0, NULL), 2, "all members, for the founder");
    counts(members(founder, 0, member.identity), 1, "one member by its name");
    counts(members(founder, 0, L"0.nobody"), 0, "a member that is none");
    gives(PeerGroupEnumMembers(founder->handle, 0, member.identity, &all), S_OK, "a member");
    PeerGetNextItem(all, &count, (PVOID **)&items);
    if (count == 1) {
        page("PEER_MEMBER");
        counts(items[0]->dwSize, sizeof **items, "dwSize");
        reads(items[0]->pwzIdentity, member.identity, "pwzIdentity");
        if (fact(items[0]->pCredentialInfo != NULL, "pCredentialInfo is there")) {
            page("PEER_CREDENTIAL_INFO");
            counts(items[0]->pCredentialInfo->dwSize, sizeof(PEER_CREDENTIAL_INFO), "dwSize");
            reads(items[0]->pCredentialInfo->pwzFriendlyName, L"member", "pwzFriendlyName");
            reads(items[0]->pCredentialInfo->pwzIssuerPeerName, founder->identity, "pwzIssuerPeerName");
            counts(items[0]->pCredentialInfo->cRoles, 1, "cRoles");
        }
    }
    PeerFreeData(items);
    PeerEndEnumeration(all);
    page("PeerGroupAddRecord");
    gives(group_add(&member, "of the member", NULL, &mine), S_OK, "by a member");
    fact(group_wait(founder, &mine), "a record of a member arrives at the founder");
    data = group_next(events, event, PEER_GROUP_EVENT_RECORD_CHANGED);
    fact(data && guid_is(&data->recordChangeData.recordId, &mine), "and its event comes");
    PeerFreeData(data);
    group_add(founder, "of the founder", NULL, &yours);
    fact(group_wait(&member, &yours), "a record of the founder arrives at the member");
    record.id = yours;
    record.ftExpiration = filetime_of(now() + 1200 * SECOND);
    page("PeerGroupUpdateRecord");
    gives(PeerGroupUpdateRecord(member.handle, &record), PEER_E_NOT_AUTHORIZED, "a record of the founder, by a member");
    page("PeerGroupDeleteRecord");
    gives(PeerGroupDeleteRecord(member.handle, &yours), PEER_E_NOT_AUTHORIZED, "a record of the founder, by a member");
    gives(PeerGroupDeleteRecord(founder->handle, &mine), S_OK, "a record of a member, by an administrator");
    page("PeerGroupSetProperties");
    change.dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION;
    gives(PeerGroupSetProperties(member.handle, &change), PEER_E_NOT_AUTHORIZED, "by a member");
    page("PeerGroupCreateInvitation");
    gives(PeerGroupCreateInvitation(member.handle, person_xml(founder), NULL, 1, &MEMBER_ROLE, &none),
          PEER_E_NOT_AUTHORIZED, "by a member");
    page("PeerGroupImportDatabase");
    PeerGroupExportDatabase(member.handle, path);
    gives(PeerGroupImportDatabase(member.handle, path), PEER_E_GROUP_IN_USE, "a group that is connected");
    page("PeerGroupSendData");
    gives(PeerGroupSendData(member.handle, 0x123456789ULL, &NOTE_TYPE, 1, "x"), PEER_E_CONNECTION_NOT_FOUND,
          "a connection that is not there");
    page("PeerGroupCloseDirectConnection");
    gives(PeerGroupCloseDirectConnection(member.handle, 0x123456789ULL), PEER_E_CONNECTION_NOT_FOUND,
          "a connection that is not there");
    PeerGroupUnregisterEvent(events);
    person_close(&member);
    CloseHandle(event);
}

void group_members(void) {
    PERSON founder;
    group_start();
    founder = person_founder("founder", 1, 0);
    invitations(&founder);
    together(&founder);
    people_leave();
}
