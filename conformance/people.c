/* people.c - identities of this user and their groups, as peers.h has them. */
#include "peers.h"

const GUID ADMINISTRATOR = {0x04387127, 0xaa56, 0x450a, {0x8c, 0xe5, 0x4f, 0x56, 0x5c, 0x67, 0x90, 0xf4}};
const GUID MEMBER_ROLE = {0xf12dc4c7, 0x0857, 0x4ca0, {0x93, 0xfc, 0xb1, 0xbb, 0x19, 0xa3, 0xd8, 0xc2}};

#define CROWD 400
static PWSTR identities[CROWD], groups[CROWD][2];
static int identity_count, group_count;

void group_start(void) {
    PEER_VERSION_DATA version;
    PeerGroupStartup(PEER_GROUP_VERSION, &version);
}

void group_stop(void) { PeerGroupShutdown(); }

static PWSTR kept_text(PWSTR given) {
    PWSTR made;
    if (!given)
        return NULL;
    made = keep((wcslen(given) + 1) * sizeof *made);
    wcscpy(made, given);
    PeerFreeData(given);
    return made;
}

void person_remember(PWSTR identity) {
    if (identity && identity_count < CROWD)
        identities[identity_count++] = identity;
}

static void remember_group(PERSON *person) {
    PPEER_GROUP_PROPERTIES properties = NULL;
    if (!person->group && PeerGroupGetProperties(person->handle, &properties) == S_OK && properties) {
        person->group = keep((wcslen(properties->pwzGroupPeerName) + 1) * sizeof(WCHAR));
        wcscpy(person->group, properties->pwzGroupPeerName);
        PeerFreeData(properties);
    }
    if (person->group && group_count < CROWD) {
        groups[group_count][0] = person->identity;
        groups[group_count++][1] = person->group;
    }
}

PERSON person_new(const char *name) {
    PERSON person;
    PWSTR made = NULL;
    memset(&person, 0, sizeof person);
    if (SUCCEEDED(PeerIdentityCreate(L"conformance", wide(name), 0, &made)))
        person.identity = kept_text(made);
    person_remember(person.identity);
    return person;
}

void people_leave(void) {
    while (group_count-- > 0)
        PeerGroupDelete(groups[group_count][0], groups[group_count][1]);
    while (identity_count-- > 0)
        PeerIdentityDelete(identities[identity_count]);
    group_count = identity_count = 0;
}

PEER_GROUP_PROPERTIES group_properties(const PERSON *creator) {
    PEER_GROUP_PROPERTIES made;
    memset(&made, 0, sizeof made);
    made.dwSize = sizeof made;
    made.pwzCreatorPeerName = creator->identity;
    made.pwzFriendlyName = L"a group";
    return made;
}

HRESULT person_create(PERSON *person, const PEER_GROUP_PROPERTIES *properties) {
    PEER_GROUP_PROPERTIES given = *properties;
    HRESULT result = PeerGroupCreate(&given, &person->handle);
    if (SUCCEEDED(result))
        remember_group(person);
    return result;
}

PERSON person_founder(const char *name, int connected, int by_password) {
    PERSON person = person_new(name);
    PEER_GROUP_PROPERTIES properties = group_properties(&person);
    if (by_password) {
        properties.dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION | PEER_GROUP_PASSWORD_AUTHENTICATION;
        properties.pwzGroupPassword = PASSWORD;
        properties.groupPasswordRole = MEMBER_ROLE;
    }
    person_create(&person, &properties);
    if (connected) {
        PeerGroupConnect(person.handle);
        person_wait(&person, PEER_GROUP_STATUS_LISTENING);
    }
    return person;
}

HRESULT person_close(PERSON *person) {
    HRESULT result = PeerGroupClose(person->handle);
    return result;
}

PWSTR person_xml(const PERSON *person) {
    PWSTR xml = NULL;
    return FAILED(PeerIdentityGetXML(person->identity, &xml)) ? NULL : kept_text(xml);
}

HRESULT person_invite(const PERSON *person, const PERSON *guest, const GUID *role, PWSTR *invitation) {
    PWSTR made = NULL;
    HRESULT result = PeerGroupCreateInvitation(person->handle, person_xml(guest), NULL, role ? 1 : 0, role, &made);
    *invitation = SUCCEEDED(result) ? kept_text(made) : NULL;
    return result;
}

HRESULT person_join(PERSON *person, PCWSTR invitation) {
    HRESULT result = PeerGroupJoin(person->identity, invitation, NULL, &person->handle);
    PPEER_INVITATION_INFO info = NULL;
    if (FAILED(result))
        return result;
    if (PeerGroupParseInvitation(invitation, &info) == S_OK) {
        person->group = keep((wcslen(info->pwzGroupPeerName) + 1) * sizeof(WCHAR));
        wcscpy(person->group, info->pwzGroupPeerName);
        PeerFreeData(info);
    }
    remember_group(person);
    return result;
}

DWORD person_status(const PERSON *person) {
    DWORD status = 0;
    return FAILED(PeerGroupGetStatus(person->handle, &status)) ? 0 : status;
}

HPEEREVENT group_events(const PERSON *person, HANDLE event, int count, const PEER_GROUP_EVENT_TYPE *types) {
    PEER_GROUP_EVENT_REGISTRATION wanted[10];
    HPEEREVENT made = NULL;
    int i;
    for (i = 0; i < count && i < 10; i++) {
        wanted[i].eventType = types[i];
        wanted[i].pType = NULL;
    }
    PeerGroupRegisterEvent(person->handle, event, (DWORD)count, wanted, &made);
    return made;
}

/* Whatever comes next; NULL after the patience. */
static PPEER_GROUP_EVENT_DATA group_any(HPEEREVENT events, HANDLE event) {
    PPEER_GROUP_EVENT_DATA data = NULL;
    while (PeerGroupGetEventData(events, &data) != S_OK || !data)
        if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0)
            return NULL;
    return data;
}

PPEER_GROUP_EVENT_DATA group_next(HPEEREVENT events, HANDLE event, PEER_GROUP_EVENT_TYPE type) {
    PPEER_GROUP_EVENT_DATA data = group_any(events, event);
    while (data && data->eventType != type) {
        PeerFreeData(data);
        data = group_any(events, event);
    }
    return data;
}

int person_wait(const PERSON *person, DWORD bits) {
    PEER_GROUP_EVENT_TYPE type = PEER_GROUP_EVENT_STATUS_CHANGED;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events = group_events(person, event, 1, &type);
    while ((person_status(person) & bits) != bits) {
        PPEER_GROUP_EVENT_DATA data = group_any(events, event);
        if (!data)
            break;
        PeerFreeData(data);
    }
    PeerGroupUnregisterEvent(events);
    CloseHandle(event);
    return (person_status(person) & bits) == bits;
}

/* Of the member with this identity, as another member or the member itself knows it; 0 when it is not present. */
u_short person_port(const PERSON *person) {
    HPEERENUM all = NULL;
    PPEER_MEMBER *items = NULL;
    ULONG count = 1;
    u_short port = 0;
    if (FAILED(PeerGroupEnumMembers(person->handle, 0, person->identity, &all)))
        return 0;
    if (PeerGetNextItem(all, &count, (PVOID **)&items) == S_OK && count && items[0]->cAddresses)
        port = ntohs(items[0]->pAddresses[0].sin6.sin6_port);
    PeerFreeData(items);
    PeerEndEnumeration(all);
    return port;
}

PERSON person_member(PERSON *founder, const char *name, const GUID *role) {
    PERSON person = person_new(name);
    PWSTR invitation;
    PEER_ADDRESS address = loopback(person_port(founder));
    person_invite(founder, &person, role, &invitation);
    person_join(&person, invitation);
    PeerGroupConnectByAddress(person.handle, 1, &address);
    person_wait(&person, PEER_GROUP_STATUS_HAS_CONNECTIONS);
    return person;
}

HRESULT group_add(const PERSON *person, const char *data, PCWSTR attributes, GUID *id) {
    PEER_RECORD record = record_of(data, attributes);
    return PeerGroupAddRecord(person->handle, &record, id);
}

int group_has(const PERSON *person, const GUID *id) {
    PPEER_RECORD record = NULL;
    int has = PeerGroupGetRecord(person->handle, id, &record) == S_OK;
    PeerFreeData(record);
    return has;
}

int group_wait(const PERSON *person, const GUID *id) {
    PEER_GROUP_EVENT_TYPE type = PEER_GROUP_EVENT_RECORD_CHANGED;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events = group_events(person, event, 1, &type);
    PPEER_GROUP_EVENT_DATA data;
    int has;
    while (!(has = group_has(person, id)) && (data = group_any(events, event)) != NULL)
        PeerFreeData(data);
    PeerGroupUnregisterEvent(events);
    CloseHandle(event);
    return has;
}

ULONG common_count(HPEERENUM enumeration) {
    ULONG count = (ULONG)-1;
    if (PeerGetItemCount(enumeration, &count) != S_OK)
        count = (ULONG)-1;
    PeerEndEnumeration(enumeration);
    return count;
}
