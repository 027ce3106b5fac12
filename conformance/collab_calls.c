/* collab_calls.c - every PeerCollab function with good arguments and with wrong ones. There is nobody else: what needs
 * another person is asked with an endpoint where nobody is, and with wrong arguments only. */
#include "collab.h"

static const GUID OBJECT = {0x7c9d1b52, 0x33aa, 0x4e0f, {0x91, 0x5e, 0x10, 0x2f, 0x6b, 0x88, 0x43, 0x71}};
static const GUID APPLICATION = {0x51f0c2d9, 0x8e16, 0x4b7a, {0xa4, 0x0d, 0x77, 0x19, 0xc3, 0x5a, 0xe2, 0x06}};

static struct {
    HANDLE event;
    HPEEREVENT events;
    PWSTR xml; /* of oneself: it can be parsed, and not be added */
} with;

static PEER_OBJECT an_object(void) {
    PEER_OBJECT object;
    memset(&object, 0, sizeof object);
    object.id = OBJECT;
    object.data.cbData = 4;
    object.data.pbData = kept("data", 4);
    object.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    return object;
}

static PEER_APPLICATION_REGISTRATION_INFO an_application(const GUID *id) {
    PEER_APPLICATION_REGISTRATION_INFO info;
    PWSTR program = keep(600 * sizeof *program);
    memset(&info, 0, sizeof info);
    GetModuleFileNameW(NULL, program, 600);
    info.application.id = *id;
    info.application.pwzDescription = L"conformance";
    info.pwzApplicationToLaunch = program;
    info.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    return info;
}

static PEER_ENDPOINT nobody(void) {
    PEER_ENDPOINT endpoint;
    endpoint.address = loopback(9);
    endpoint.pwzEndpointName = L"nobody";
    return endpoint;
}

static HPEEREVENT a_registration(void) {
    PEER_COLLAB_EVENT_REGISTRATION wanted = {PEER_EVENT_MY_PRESENCE_CHANGED, NULL};
    HPEEREVENT made = NULL;
    PeerCollabRegisterEvent(with.event, 1, &wanted, &made);
    return made;
}

static HANDLE an_invitation(void) {
    PEER_INVITATION invitation;
    PEER_ENDPOINT endpoint = nobody();
    HANDLE made = NULL;
    memset(&invitation, 0, sizeof invitation);
    invitation.applicationId = APPLICATION;
    PeerCollabAsyncInviteEndpoint(&endpoint, &invitation, NULL, &made);
    return made;
}

static void prepare(void) {
    PEER_APPLICATION_REGISTRATION_INFO info = an_application(&APPLICATION);
    PEER_OBJECT object = an_object();
    PeerCollabStartup(PEER_COLLAB_VERSION);
    PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
    PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER);
    PeerCollabSetObject(&object);
    PeerCollabExportContact(NULL, &with.xml);
    with.event = CreateEventA(NULL, FALSE, FALSE, NULL);
    with.events = a_registration();
}

static void leave(void) {
    PeerFreeData(with.xml);
    PeerCollabUnregisterEvent(with.events);
    PeerCollabDeleteObject(&OBJECT);
    PeerCollabUnregisterApplication(&APPLICATION, PEER_APPLICATION_CURRENT_USER);
    PeerCollabSignout(PEER_SIGNIN_ALL);
    PeerCollabShutdown();
}

/* Those that answer S_OK only when there is another person, or an invitation has come. */
static int needs_others(const FUNCTION *function) {
    return strstr(function->name, "Invit") != NULL || function_is(function, "PeerCollabCloseHandle") ||
           function_is(function, "PeerCollabGetAppLaunchInfo") || function_is(function, "PeerCollabAddContact") ||
           function_is(function, "PeerCollabDeleteContact") || strstr(function->name, "EndpointData") != NULL;
}

static void presence_for(const FUNCTION *function, ARG *argument) {
    PEER_PRESENCE_INFO info;
    (void)function;
    info.status = PEER_PRESENCE_BUSY;
    info.pwzDescriptiveText = L"busy";
    argument->pointer = kept(&info, sizeof info);
    PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
}

static void *me(void) {
    PPEER_CONTACT contact = NULL;
    PeerCollabGetContact(NULL, &contact);
    return contact;
}

/* Another name each time: the one it has already is an error. */
static PWSTR a_name(void) {
    static int count;
    char name[40];
    sprintf(name, "conformance %d", count++);
    return wide(name);
}

static int pointers(const FUNCTION *function, const char *name, ARG *argument) {
    static const GUID another = {0x0b6e9f31, 0x1d57, 0x4c88, {0x8f, 0x6a, 0x3a, 0x94, 0x7b, 0xd0, 0x55, 0xc2}};
    PEER_COLLAB_EVENT_REGISTRATION wanted = {PEER_EVENT_MY_PRESENCE_CHANGED, NULL};
    PEER_APPLICATION_REGISTRATION_INFO info = an_application(&another);
    PEER_OBJECT object = an_object();
    PEER_ENDPOINT endpoint = nobody();
    PEER_INVITATION invitation;
    memset(&invitation, 0, sizeof invitation);
    invitation.applicationId = APPLICATION;
    if (strcmp(name, "pwzContactData") == 0)
        argument->pointer = with.xml;
    if (strcmp(name, "pwzEndpointName") == 0)
        argument->pointer = a_name();
    if (strcmp(name, "pwzPeerName") == 0)
        argument->pointer = function_is(function, "PeerCollabDeleteContact") ? L"0.nobody" : NULL;
    if (strcmp(name, "pObjectId") == 0)
        argument->pointer = kept(&OBJECT, sizeof OBJECT);
    if (strcmp(name, "pApplicationId") == 0)
        argument->pointer = kept(&APPLICATION, sizeof APPLICATION);
    if (strcmp(name, "pcApplication") == 0)
        argument->pointer = kept(&info, sizeof info);
    if (strcmp(name, "pcObject") == 0)
        argument->pointer = kept(&object, sizeof object);
    if (strcmp(name, "pcEndpoint") == 0 && (strstr(function->name, "Invit") || strstr(function->name, "EndpointData")))
        argument->pointer = kept(&endpoint, sizeof endpoint);
    if (strcmp(name, "pcInvitation") == 0)
        argument->pointer = kept(&invitation, sizeof invitation);
    if (strcmp(name, "pcPresenceInfo") == 0)
        presence_for(function, argument);
    if (strcmp(name, "pEventRegistrations") == 0)
        argument->pointer = kept(&wanted, sizeof wanted);
    if (strcmp(name, "pContact") == 0)
        argument->pointer = me();
    return 1;
}

static int good(const FUNCTION *function, int index, ARG *argument) {
    const char *name = function->params[index].name;
    if (strcmp(name, "hEvent") == 0)
        argument->pointer = with.event;
    if (strcmp(name, "hPeerEvent") == 0) {
        PEER_PRESENCE_INFO info = {PEER_PRESENCE_AWAY, NULL};
        argument->pointer = function_is(function, "PeerCollabUnregisterEvent") ? a_registration() : with.events;
        PeerCollabSetPresenceInfo(&info); /* an event, for who asks for one */
    }
    if (strcmp(name, "hInvitation") == 0)
        argument->pointer = an_invitation();
    if (function->params[index].kind == 'p')
        return pointers(function, name, argument);
    if (strcmp(name, "cEventRegistration") == 0)
        argument->number = 1;
    if (strcmp(name, "dwSigninOptions") == 0)
        argument->number = PEER_SIGNIN_NEAR_ME;
    if (strcmp(name, "registrationType") == 0)
        argument->number = PEER_APPLICATION_CURRENT_USER;
    if (strcmp(name, "wVersionRequested") == 0)
        argument->number = PEER_COLLAB_VERSION;
    return 1;
}

/* The functions that invite a contact have a code of their own for NULL, and of oneself there is no contact to add. */
static int needs_a_contact(const FUNCTION *function) {
    return strstr(function->name, "InviteContact") != NULL || function_is(function, "PeerCollabAddContact");
}

/* An invitation may go without an event. */
static int needs_no_event(const FUNCTION *function) { return strstr(function->name, "AsyncInvite") != NULL; }

#define MOST 64

/* The functions without some, kept. */
static const FUNCTION *all_but(int (*is_left_out)(const FUNCTION *function)) {
    FUNCTION *kept_ones = keep(MOST * sizeof *kept_ones);
    const FUNCTION *function;
    int count = 0;
    for (function = functions_collab; function->name && count < MOST - 1; function++)
        if (!is_left_out(function))
            kept_ones[count++] = *function;
    return kept_ones;
}

static void *stale(const FUNCTION *function, int index) {
    void *made;
    if (strcmp(function->params[index].name, "hInvitation") == 0) {
        made = an_invitation();
        PeerCollabCloseHandle(made);
        return made;
    }
    made = a_registration();
    PeerCollabUnregisterEvent(made);
    return made;
}

static HRESULT bad(const FUNCTION *function, int index) {
    if (strcmp(function->params[index].name, "hInvitation") == 0 &&
        !function_is(function, "PeerCollabGetInvitationResponse"))
        return E_HANDLE;
    return E_INVALIDARG;
}

static void undo(const FUNCTION *function, const ARG *arguments) {
    int i;
    if (function_is(function, "PeerCollabStartup"))
        PeerCollabShutdown();
    if (function_is(function, "PeerCollabShutdown"))
        PeerCollabStartup(PEER_COLLAB_VERSION);
    if (function_is(function, "PeerCollabSignout") || function_is(function, "PeerCollabDeleteObject")) {
        PEER_OBJECT object = an_object();
        PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME);
        PeerCollabSetObject(&object);
    }
    if (function_is(function, "PeerCollabUnregisterApplication")) {
        PEER_APPLICATION_REGISTRATION_INFO info = an_application(&APPLICATION);
        PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER);
    }
    if (function_is(function, "PeerCollabRegisterApplication")) {
        const PEER_APPLICATION_REGISTRATION_INFO *info = arguments[0].pointer;
        PeerCollabUnregisterApplication(&info->application.id, PEER_APPLICATION_CURRENT_USER);
    }
    for (i = 0; i < function->count; i++) {
        char kind = function->params[i].kind;
        void *made = (kind == 'B' || kind == 'H') && arguments[i].pointer ? *(void **)arguments[i].pointer : NULL;
        if (kind == 'B')
            PeerFreeData(made);
        if (strcmp(function->params[i].name, "phPeerEnum") == 0)
            PeerEndEnumeration(made);
        if (strcmp(function->params[i].name, "phPeerEvent") == 0)
            PeerCollabUnregisterEvent(made);
        if (strcmp(function->params[i].name, "phInvitation") == 0 && made)
            PeerCollabCloseHandle(made);
    }
}

static SUPPLY supply_without(int (*is_left_out)(const FUNCTION *function)) {
    SUPPLY supply = {NULL, good, stale, bad, undo};
    supply.functions = all_but(is_left_out);
    return supply;
}

void collab_calls(void) {
    SUPPLY supply = supply_without(needs_others);
    prepare();
    PeerCollabStartup(PEER_COLLAB_VERSION); /* one for PeerCollabShutdown */
    calls_succeed(&supply);
    leave();
}

void collab_pointers(void) {
    SUPPLY supply = supply_without(needs_a_contact);
    prepare();
    calls_without_pointers(&supply);
    leave();
}

void collab_handles(void) {
    SUPPLY supply = supply_without(needs_no_event);
    prepare();
    calls_with_bad_handles(&supply);
    leave();
}

void collab_startups(void) {
    int i;
    calls_uninitialized(functions_collab, "PeerCollabStartup", "before the first Startup");
    page("PeerCollabStartup");
    gives(PeerCollabStartup(PEER_COLLAB_VERSION), S_OK, "version 1.0");
    for (i = 2; i <= 255; i += 11)
        gives(PeerCollabStartup((WORD)MAKEWORD(i, 0)), PEER_E_UNSUPPORTED_VERSION, "version %d.0", i);
    guess("startup-major-version");
    gives(PeerCollabStartup(MAKEWORD(1, 1)), S_OK, "version 1.1, whose minor version is not looked at");
    page("PeerCollabShutdown");
    gives(PeerCollabShutdown(), S_OK, "the second of two Startups is undone");
    gives(PeerCollabShutdown(), S_OK, "the last Startup is undone");
    gives(PeerCollabShutdown(), PEER_E_NOT_INITIALIZED, "one Shutdown too many");
    calls_uninitialized(functions_collab, "PeerCollabStartup", "after the last Shutdown");
}
