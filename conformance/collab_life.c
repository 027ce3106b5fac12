/* collab_life.c - Me and contacts, signing in, presence, objects, applications and invitations of one person, and
 * their events. A contact comes from the file that CONFORMANCE_CONTACT names, which another user has exported; without
 * it, what needs one is left out. */
#include "collab.h"

static const GUID ITEM = {0x2ad5c7e8, 0x90b1, 0x4f63, {0xb8, 0x27, 0x5d, 0x4e, 0x01, 0x9c, 0x7a, 0xf3}};

/* PEER_COLLAB_OBJECTID_USER_PICTURE, which is in no library that every compiler has. */
static const GUID PICTURE = {0xdd15f41f, 0xfc4e, 0x4922, {0xb0, 0x35, 0x4c, 0x06, 0xa7, 0x54, 0xd0, 0x1d}};

static struct {
    HANDLE event;
    HPEEREVENT events;
} heard;

static void hear(int count, const PEER_COLLAB_EVENT_TYPE *types) {
    PEER_COLLAB_EVENT_REGISTRATION *wanted = keep((size_t)count * sizeof *wanted);
    int i;
    for (i = 0; i < count; i++)
        wanted[i].eventType = types[i];
    heard.event = CreateEventA(NULL, FALSE, FALSE, NULL);
    PeerCollabRegisterEvent(heard.event, (DWORD)count, wanted, &heard.events);
}

static void hear_no_more(void) {
    PeerCollabUnregisterEvent(heard.events);
    CloseHandle(heard.event);
}

/* The next event, which comes within the patience; NULL otherwise. */
static PPEER_COLLAB_EVENT_DATA next(void) {
    PPEER_COLLAB_EVENT_DATA data = NULL;
    while (PeerCollabGetEventData(heard.events, &data) != S_OK)
        if (WaitForSingleObject(heard.event, PATIENCE) != WAIT_OBJECT_0)
            return NULL;
    return data;
}

/* Whether the next event is of this type, and of this change. */
static int is_next(PEER_COLLAB_EVENT_TYPE type, PEER_CHANGE_TYPE change, const char *what) {
    PPEER_COLLAB_EVENT_DATA data = next();
    int holds = data && data->eventType == type;
    if (holds && type == PEER_EVENT_MY_PRESENCE_CHANGED)
        holds = data->presenceChangedData.changeType == change && !data->presenceChangedData.pContact &&
                !data->presenceChangedData.pEndpoint;
    if (holds && type == PEER_EVENT_MY_OBJECT_CHANGED)
        holds = data->objectChangedData.changeType == change && !data->objectChangedData.pContact;
    if (holds && type == PEER_EVENT_MY_APPLICATION_CHANGED)
        holds = data->applicationChangedData.changeType == change;
    if (holds && type == PEER_EVENT_PEOPLE_NEAR_ME_CHANGED)
        holds = data->peopleNearMeChangedData.changeType == change && !data->peopleNearMeChangedData.pPeopleNearMe;
    if (holds && type == PEER_EVENT_WATCHLIST_CHANGED)
        holds = data->watchListChangedData.changeType == change && data->watchListChangedData.pContact;
    fact(holds, "%s", what);
    PeerFreeData(data);
    return holds;
}

static ULONG count_of(HRESULT result, HPEERENUM all) { return FAILED(result) ? (ULONG)-1 : common_count(all); }

static ULONG contacts(void) {
    HPEERENUM all = NULL;
    HRESULT result = PeerCollabEnumContacts(&all);
    return count_of(result, all);
}

static ULONG objects(void) {
    HPEERENUM all = NULL;
    HRESULT result = PeerCollabEnumObjects(NULL, &ITEM, &all);
    return count_of(result, all);
}

/* What the file holds that another user has exported. */
static PWSTR given_contact(void) {
    static char text[32000];
    const char *path = getenv("CONFORMANCE_CONTACT");
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[length] = 0;
    return length ? wide(text) : NULL;
}

static void with_contact(PWSTR xml) {
    static const PEER_COLLAB_EVENT_TYPE watched = PEER_EVENT_WATCHLIST_CHANGED;
    PPEER_CONTACT contact = NULL, again = NULL;
    PWSTR exported = NULL;
    ULONG before = contacts();
    page("PeerCollabParseContact");
    if (!gives(PeerCollabParseContact(xml, &contact), S_OK, "the contact XML of another user"))
        return;
    counts(contacts(), before, "stores nothing");
    PeerCollabDeleteContact(contact->pwzPeerName);
    PeerFreeData(contact);
    hear(1, &watched);
    page("PeerCollabAddContact");
    gives(PeerCollabAddContact(xml, &contact), S_OK, "the contact XML of another user");
    counts(contacts(), before + 1, "the contact is one of all");
    page("PEER_CONTACT");
    guess("new-contact");
    counts((ULONGLONG)contact->fWatch, FALSE, "a new contact is not watched");
    counts(contact->WatcherPermissions, PEER_WATCH_BLOCKED, "a new contact may not watch");
    fact(contact->credentials.cbData > 0 && contact->credentials.pbData, "credentials are there");
    page("PeerCollabAddContact");
    guess("contact-twice");
    gives(PeerCollabAddContact(xml, NULL), PEER_E_ALREADY_EXISTS, "a contact that is there");
    page("PeerCollabExportContact");
    gives(PeerCollabExportContact(contact->pwzPeerName, &exported), S_OK, "of a contact");
    gives(PeerCollabParseContact(exported, &again), S_OK, "can be parsed again");
    reads(again ? again->pwzPeerName : NULL, contact->pwzPeerName, "keeps the name");
    PeerFreeData(exported);
    PeerFreeData(again);
    page("PeerCollabUpdateContact");
    contact->fWatch = TRUE;
    contact->WatcherPermissions = PEER_WATCH_ALLOWED;
    contact->pwzNickName = L"another nickname";
    gives(PeerCollabUpdateContact(contact), S_OK, "watching, permission, nickname");
    is_next(PEER_EVENT_WATCHLIST_CHANGED, PEER_CHANGE_ADDED, "WATCHLIST_CHANGED tells that the contact is watched");
    gives(PeerCollabGetContact(contact->pwzPeerName, &again), S_OK, "the contact is found");
    reads(again->pwzNickName, L"another nickname", "the nickname has changed");
    counts(again->WatcherPermissions, PEER_WATCH_ALLOWED, "the permission has changed");
    PeerFreeData(again);
    page("PeerCollabDeleteContact");
    gives(PeerCollabDeleteContact(contact->pwzPeerName), S_OK, "a contact");
    is_next(PEER_EVENT_WATCHLIST_CHANGED, PEER_CHANGE_DELETED, "WATCHLIST_CHANGED tells that it has gone");
    counts(contacts(), before, "it is no contact any more");
    guess("contact-not-found");
    gives(PeerCollabDeleteContact(contact->pwzPeerName), PEER_E_CONTACT_NOT_FOUND, "a contact that is none");
    PeerFreeData(contact);
    hear_no_more();
}

void collab_contacts(void) {
    PPEER_CONTACT me = NULL, parsed = NULL;
    PWSTR xml = NULL, given = given_contact();
    PeerCollabStartup(PEER_COLLAB_VERSION);
    page("PeerCollabGetContact");
    gives(PeerCollabGetContact(NULL, &me), S_OK, "NULL means Me");
    fact(me->pwzPeerName && wcslen(me->pwzPeerName) > 2, "Me has a peer name");
    guess("contact-not-found");
    gives(PeerCollabGetContact(L"0.nobody", &parsed), PEER_E_CONTACT_NOT_FOUND, "a name that is no contact's");
    page("PeerCollabExportContact");
    gives(PeerCollabExportContact(NULL, &xml), S_OK, "NULL means Me");
    page("PeerCollabQueryContactData");
    PeerFreeData(xml);
    gives(PeerCollabQueryContactData(NULL, &xml), S_OK, "NULL means Me");
    page("PeerCollabParseContact");
    gives(PeerCollabParseContact(xml, &parsed), S_OK, "the contact XML of Me");
    reads(parsed->pwzPeerName, me->pwzPeerName, "the peer name is that of Me");
    reads(parsed->pwzNickName, me->pwzNickName, "the nickname is that of Me");
    PeerFreeData(parsed);
    gives(PeerCollabParseContact(L"<no/>", &parsed), E_INVALIDARG, "what is no contact");
    gives(PeerCollabParseContact(L"", &parsed), E_INVALIDARG, "an empty text");
    page("PeerCollabAddContact");
    gives(PeerCollabAddContact(NULL, NULL), E_INVALIDARG, "NULL for pwzContactData");
    gives(PeerCollabAddContact(L"<no/>", NULL), E_INVALIDARG, "what is no contact");
    guess("me-is-no-contact");
    gives(PeerCollabAddContact(xml, NULL), E_INVALIDARG, "Me");
    page("PeerCollabDeleteContact");
    guess("me-is-no-contact");
    gives(PeerCollabDeleteContact(me->pwzPeerName), E_INVALIDARG, "Me");
    PeerFreeData(me);
    PeerFreeData(xml);
    if (given)
        with_contact(given);
    PeerCollabShutdown();
}

static void not_signed_in(void) {
    PEER_PRESENCE_INFO presence = {PEER_PRESENCE_ONLINE, NULL};
    PEER_OBJECT object;
    DWORD options = 0;
    HPEERENUM all = NULL;
    PWSTR name = NULL;
    memset(&object, 0, sizeof object);
    object.id = ITEM;
    object.data.cbData = 1;
    object.data.pbData = (PBYTE) "x";
    object.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    page("PeerCollabGetSigninOptions");
    gives(PeerCollabGetSigninOptions(&options), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabSetPresenceInfo");
    gives(PeerCollabSetPresenceInfo(&presence), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabSetObject");
    gives(PeerCollabSetObject(&object), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabDeleteObject");
    gives(PeerCollabDeleteObject(&ITEM), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabEnumPeopleNearMe");
    gives(PeerCollabEnumPeopleNearMe(&all), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabGetEndpointName");
    gives(PeerCollabGetEndpointName(&name), PEER_E_NOT_SIGNED_IN, "before signing in");
    page("PeerCollabSetEndpointName");
    gives(PeerCollabSetEndpointName(L"x"), PEER_E_NOT_SIGNED_IN, "before signing in");
}

void collab_signing(void) {
    static const PEER_COLLAB_EVENT_TYPE types[] = {PEER_EVENT_MY_ENDPOINT_CHANGED, PEER_EVENT_MY_PRESENCE_CHANGED,
                                                   PEER_EVENT_PEOPLE_NEAR_ME_CHANGED};
    PEER_PRESENCE_INFO wanted = {PEER_PRESENCE_OUT_TO_LUNCH, L"back at two"};
    PPEER_PRESENCE_INFO presence = NULL;
    PPEER_COLLAB_EVENT_DATA data = NULL;
    PWSTR name = NULL, changed = NULL;
    DWORD options = 0;
    PeerCollabStartup(PEER_COLLAB_VERSION);
    PeerCollabSignout(PEER_SIGNIN_ALL);
    not_signed_in();
    hear(3, types);
    page("PeerCollabGetEventData");
    gives(PeerCollabGetEventData(heard.events, &data), PEER_S_NO_EVENT_DATA, "before anything has happened");
    fact(data == NULL, "and there is no data");
    page("PeerCollabSignin");
    gives(PeerCollabSignin(NULL, PEER_SIGNIN_NONE), E_INVALIDARG, "PEER_SIGNIN_NONE");
    gives(PeerCollabSignin(NULL, 8), E_INVALIDARG, "a flag that does not exist");
    gives(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), S_OK, "near me");
    guess("events-of-signing-in");
    is_next(PEER_EVENT_MY_ENDPOINT_CHANGED, PEER_CHANGE_ADDED, "MY_ENDPOINT_CHANGED comes first");
    is_next(PEER_EVENT_MY_PRESENCE_CHANGED, PEER_CHANGE_ADDED, "then MY_PRESENCE_CHANGED, of nobody else");
    is_next(PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, PEER_CHANGE_ADDED, "then PEOPLE_NEAR_ME_CHANGED, with nobody");
    page("PeerCollabGetSigninOptions");
    gives(PeerCollabGetSigninOptions(&options), S_OK, "when signed in");
    counts(options, PEER_SIGNIN_NEAR_ME, "near me");
    page("PeerCollabGetPresenceInfo");
    gives(PeerCollabGetPresenceInfo(NULL, &presence), S_OK, "NULL means oneself");
    guess("first-presence");
    counts(presence->status, PEER_PRESENCE_ONLINE, "the first presence is online");
    PeerFreeData(presence);
    page("PeerCollabSetPresenceInfo");
    gives(PeerCollabSetPresenceInfo(&wanted), S_OK, "status and text");
    is_next(PEER_EVENT_MY_PRESENCE_CHANGED, PEER_CHANGE_UPDATED, "MY_PRESENCE_CHANGED tells it");
    PeerCollabGetPresenceInfo(NULL, &presence);
    counts(presence->status, PEER_PRESENCE_OUT_TO_LUNCH, "the status is kept");
    reads(presence->pwzDescriptiveText, L"back at two", "the text is kept");
    PeerFreeData(presence);
    wanted.status = (PEER_PRESENCE_STATUS)99;
    gives(PeerCollabSetPresenceInfo(&wanted), E_INVALIDARG, "a status that does not exist");
    page("PeerCollabSetEndpointName");
    PeerCollabGetEndpointName(&name);
    gives(PeerCollabSetEndpointName(repeated(L'x', 256)), E_INVALIDARG, "256 characters");
    gives(PeerCollabSetEndpointName(repeated(L'x', 255)), S_OK, "255 characters");
    guess("endpoint-name-again");
    gives(PeerCollabSetEndpointName(repeated(L'x', 255)), E_INVALIDARG, "the name it has already");
    page("PeerCollabGetEndpointName");
    PeerCollabGetEndpointName(&changed);
    reads(changed, repeated(L'x', 255), "the name that was set");
    PeerCollabSetEndpointName(name);
    PeerFreeData(name);
    PeerFreeData(changed);
    PeerCollabUnregisterEvent(heard.events);
    CloseHandle(heard.event);
    hear(3, types);
    page("PeerCollabSignout");
    gives(PeerCollabSignout(PEER_SIGNIN_ALL), S_OK, "of everything");
    guess("events-of-signing-in");
    is_next(PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, PEER_CHANGE_DELETED, "PEOPLE_NEAR_ME_CHANGED comes first");
    is_next(PEER_EVENT_MY_PRESENCE_CHANGED, PEER_CHANGE_DELETED, "then MY_PRESENCE_CHANGED");
    is_next(PEER_EVENT_MY_ENDPOINT_CHANGED, PEER_CHANGE_DELETED, "then MY_ENDPOINT_CHANGED");
    page("PeerCollabGetSigninOptions");
    gives(PeerCollabGetSigninOptions(&options), PEER_E_NOT_SIGNED_IN, "after signing out");
    hear_no_more();
    PeerCollabShutdown();
}

static HRESULT set_object(size_t size) {
    PEER_OBJECT object;
    memset(&object, 0, sizeof object);
    object.id = ITEM;
    object.data.cbData = (ULONG)size;
    object.data.pbData = size ? keep(size) : NULL;
    object.dwPublicationScope = PEER_PUBLICATION_SCOPE_NEAR_ME;
    return PeerCollabSetObject(&object);
}

void collab_objects(void) {
    static const PEER_COLLAB_EVENT_TYPE type = PEER_EVENT_MY_OBJECT_CHANGED;
    PeerCollabStartup(PEER_COLLAB_VERSION);
    PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
    hear(1, &type);
    page("PeerCollabSetObject");
    gives(set_object(0), E_INVALIDARG, "no data");
    gives(set_object(1), S_OK, "one byte");
    is_next(PEER_EVENT_MY_OBJECT_CHANGED, PEER_CHANGE_ADDED, "MY_OBJECT_CHANGED tells that it is new");
    gives(set_object(16383), S_OK, "16,383 bytes, in the place of the other");
    is_next(PEER_EVENT_MY_OBJECT_CHANGED, PEER_CHANGE_UPDATED, "MY_OBJECT_CHANGED tells that it has changed");
    guess("largest-object");
    gives(set_object(16384), S_OK, "16,384 bytes");
    PeerFreeData(next());
    gives(set_object(16385), E_INVALIDARG, "16,385 bytes");
    page("PeerCollabEnumObjects");
    counts(objects(), 1, "one's own, by its ID");
    page("PeerCollabDeleteObject");
    gives(PeerCollabDeleteObject(&ITEM), S_OK, "an object");
    is_next(PEER_EVENT_MY_OBJECT_CHANGED, PEER_CHANGE_DELETED, "MY_OBJECT_CHANGED tells that it has gone");
    counts(objects(), 0, "there is none any more");
    gives(PeerCollabDeleteObject(&ITEM), E_INVALIDARG, "an object that is not there");
    guess("picture-cannot-be-deleted");
    gives(PeerCollabDeleteObject(&PICTURE), E_INVALIDARG, "the picture of the user");
    hear_no_more();
    PeerCollabSignout(PEER_SIGNIN_ALL);
    PeerCollabShutdown();
}

void collab_applications(void) {
    static const PEER_COLLAB_EVENT_TYPE type = PEER_EVENT_MY_APPLICATION_CHANGED;
    PEER_APPLICATION_REGISTRATION_INFO info;
    PPEER_APPLICATION_REGISTRATION_INFO found = NULL;
    PPEER_APP_LAUNCH_INFO launch = NULL;
    WCHAR program[600];
    HPEERENUM all = NULL;
    memset(&info, 0, sizeof info);
    GetModuleFileNameW(NULL, program, 600);
    info.application.id = ITEM;
    info.application.pwzDescription = L"conformance";
    info.pwzApplicationToLaunch = program;
    info.pwzApplicationArguments = L"--no such";
    info.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    PeerCollabStartup(PEER_COLLAB_VERSION);
    hear(1, &type);
    page("PeerCollabGetApplicationRegistrationInfo");
    gives(PeerCollabGetApplicationRegistrationInfo(&ITEM, PEER_APPLICATION_CURRENT_USER, &found), PEER_E_NOT_FOUND,
          "an application that is not registered");
    page("PeerCollabUnregisterApplication");
    gives(PeerCollabUnregisterApplication(&ITEM, PEER_APPLICATION_CURRENT_USER), PEER_E_NOT_FOUND,
          "an application that is not registered");
    page("PeerCollabRegisterApplication");
    gives(PeerCollabRegisterApplication(&info, (PEER_APPLICATION_REGISTRATION_TYPE)7), E_INVALIDARG,
          "a type that does not exist");
    gives(PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER), S_OK, "for this user");
    is_next(PEER_EVENT_MY_APPLICATION_CHANGED, PEER_CHANGE_ADDED, "MY_APPLICATION_CHANGED tells it");
    guess("application-twice");
    gives(PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER), PEER_E_ALREADY_EXISTS, "once more");
    page("PeerCollabGetApplicationRegistrationInfo");
    gives(PeerCollabGetApplicationRegistrationInfo(&ITEM, PEER_APPLICATION_CURRENT_USER, &found), S_OK,
          "the application");
    reads(found->pwzApplicationToLaunch, program, "pwzApplicationToLaunch");
    reads(found->pwzApplicationArguments, L"--no such", "pwzApplicationArguments");
    reads(found->application.pwzDescription, L"conformance", "pwzDescription");
    PeerFreeData(found);
    page("PeerCollabEnumApplicationRegistrationInfo");
    gives(PeerCollabEnumApplicationRegistrationInfo(PEER_APPLICATION_CURRENT_USER, &all), S_OK, "of this user");
    fact(common_count(all) >= 1, "the application is among them");
    gives(PeerCollabEnumApplicationRegistrationInfo((PEER_APPLICATION_REGISTRATION_TYPE)7, &all), E_INVALIDARG,
          "a type that does not exist");
    page("PeerCollabUnregisterApplication");
    gives(PeerCollabUnregisterApplication(&ITEM, PEER_APPLICATION_CURRENT_USER), S_OK, "the application");
    is_next(PEER_EVENT_MY_APPLICATION_CHANGED, PEER_CHANGE_DELETED, "MY_APPLICATION_CHANGED tells it");
    page("PeerCollabGetAppLaunchInfo");
    gives(PeerCollabGetAppLaunchInfo(&launch), PEER_E_NOT_FOUND, "a program that no invitation has started");
    hear_no_more();
    PeerCollabShutdown();
}

void collab_invitations(void) {
    PEER_INVITATION invitation;
    PPEER_INVITATION_RESPONSE response = NULL;
    PEER_ENDPOINT endpoint;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), sent = NULL;
    memset(&invitation, 0, sizeof invitation);
    invitation.applicationId = ITEM;
    endpoint.address = loopback(9); /* nobody is there */
    endpoint.pwzEndpointName = L"nobody";
    PeerCollabStartup(PEER_COLLAB_VERSION);
    PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
    page("PeerCollabAsyncInviteContact");
    gives(PeerCollabAsyncInviteContact(NULL, &endpoint, NULL, event, &sent), E_INVALIDARG, "NULL for pcInvitation");
    gives(PeerCollabAsyncInviteContact(NULL, NULL, &invitation, event, &sent), E_NOTIMPL, "NULL for pcEndpoint");
    page("PeerCollabInviteContact");
    gives(PeerCollabInviteContact(NULL, NULL, &invitation, &response), E_INVALIDARG, "NULL for pcEndpoint");
    gives(PeerCollabInviteContact(NULL, &endpoint, NULL, &response), E_INVALIDARG, "NULL for pcInvitation");
    page("PeerCollabAsyncInviteEndpoint");
    gives(PeerCollabAsyncInviteEndpoint(&endpoint, &invitation, event, &sent), S_OK, "an endpoint where nobody is");
    fact(WaitForSingleObject(event, PATIENCE) == WAIT_OBJECT_0, "the event is set when it has come to an end");
    page("PeerCollabGetInvitationResponse");
    guess("nobody-at-the-endpoint");
    gives(PeerCollabGetInvitationResponse(sent, &response), PEER_E_NOT_FOUND, "of an endpoint where nobody is");
    gives(PeerCollabGetInvitationResponse(sent, &response), PEER_E_NOT_FOUND, "once more");
    page("PeerCollabCloseHandle");
    gives(PeerCollabCloseHandle(sent), S_OK, "an invitation");
    gives(PeerCollabCloseHandle(sent), E_HANDLE, "an invitation that is closed");
    page("PeerCollabInviteEndpoint");
    guess("nobody-at-the-endpoint");
    gives(PeerCollabInviteEndpoint(&endpoint, &invitation, &response), PEER_E_NOT_FOUND, "an endpoint where nobody is");
    fact(response == NULL, "and there is no response");
    PeerCollabSignout(PEER_SIGNIN_ALL);
    PeerCollabShutdown();
    CloseHandle(event);
}
