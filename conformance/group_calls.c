/* group_calls.c - good arguments for every PeerGroup function. */
#include "group.h"

static struct {
    PERSON host, guest; /* the host listens; the guest is its neighbor */
    HANDLE event;
    HPEEREVENT events;
    GUID record;
    ULONGLONG neighbor;
    PERSON shut;  /* a group that is not open */
    PERSON other; /* made anew for what closes or changes a group */
    PERSON stranger;
    PWSTR invitation, by_password, xml;
} with;

static const PEER_GROUP_EVENT_TYPE RECORDS = PEER_GROUP_EVENT_RECORD_CHANGED;

static ULONGLONG connection(const PERSON *person, DWORD flags) {
    HPEERENUM all = NULL;
    PEER_CONNECTION_INFO **items = NULL;
    ULONG count = 1;
    ULONGLONG found = 0;
    if (FAILED(PeerGroupEnumConnections(person->handle, flags, &all)))
        return 0;
    if (PeerGetNextItem(all, &count, (PVOID **)&items) == S_OK && count)
        found = items[0]->ullConnectionId;
    PeerFreeData(items);
    PeerEndEnumeration(all);
    return found;
}

/* A closed group of the default identity, which is what NULL stands for in several functions. */
static void make_shut(void) {
    PEER_GROUP_PROPERTIES properties;
    memset(&with.shut, 0, sizeof with.shut);
    with.shut.identity = with.stranger.identity;
    properties = group_properties(&with.shut);
    person_create(&with.shut, &properties);
}

static void prepare(void) {
    group_start();
    PeerIdentityGetDefault(&with.stranger.identity); /* before the others, so that it is none of them */
    with.host = person_founder("host", 1, 1);
    with.guest = person_member(&with.host, "guest", &MEMBER_ROLE);
    with.event = CreateEventA(NULL, FALSE, FALSE, NULL);
    with.events = group_events(&with.host, with.event, 1, &RECORDS);
    group_add(&with.host, "a record", NULL, &with.record);
    with.neighbor = connection(&with.host, PEER_CONNECTION_NEIGHBOR);
    make_shut();
    PeerGroupExportConfig(with.shut.handle, PASSWORD, &with.xml);
    person_close(&with.shut);
    person_invite(&with.host, &with.stranger, &MEMBER_ROLE, &with.invitation);
    PeerGroupCreatePasswordInvitation(with.host.handle, &with.by_password);
}

static ULONGLONG direct_connection(void) {
    PEER_GROUP_EVENT_TYPE type = PEER_GROUP_EVENT_DIRECT_CONNECTION;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HPEEREVENT there = group_events(&with.guest, with.event, 1, &type);
    HPEEREVENT here = group_events(&with.host, event, 1, &type);
    PEER_ADDRESS address = loopback(person_port(&with.guest));
    ULONGLONG made = 0;
    PeerGroupOpenDirectConnection(with.host.handle, with.guest.identity, &address, &made);
    PeerFreeData(group_next(here, event, type));
    PeerGroupUnregisterEvent(here);
    PeerGroupUnregisterEvent(there);
    CloseHandle(event);
    return made;
}

static void *good_properties(const FUNCTION *function) {
    PEER_GROUP_PROPERTIES made = group_properties(&with.host);
    if (function_is(function, "PeerGroupSetProperties")) {
        made.dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION | PEER_GROUP_PASSWORD_AUTHENTICATION;
        made.groupPasswordRole = MEMBER_ROLE;
    }
    return kept(&made, sizeof made);
}

static void *identity_for(const FUNCTION *function) {
    if (function_is(function, "PeerGroupOpen") || function_is(function, "PeerGroupDelete"))
        return with.shut.identity;
    if (function_is(function, "PeerGroupOpenDirectConnection"))
        return with.guest.identity;
    if (function_is(function, "PeerGroupEnumMembers"))
        return with.host.identity;
    return with.stranger.identity;
}

static int pointers(const FUNCTION *function, const char *name, ARG *argument) {
    FILETIME expiration = filetime_of(now() + 3600 * SECOND);
    PEER_ADDRESS address = loopback(
        person_port(function_is(function, "PeerGroupOpenDirectConnection") ? &with.guest : &with.host));
    PEER_GROUP_EVENT_REGISTRATION wanted = {PEER_GROUP_EVENT_RECORD_CHANGED, NULL};
    PEER_RECORD record = record_of("new", NULL);
    record.id = with.record;
    record.ftExpiration = filetime_of(now() + 1200 * SECOND);
    if (strcmp(name, "pftExpiration") == 0)
        argument->pointer = kept(&expiration, sizeof expiration);
    if (strcmp(name, "pRecord") == 0)
        argument->pointer = kept(&record, sizeof record);
    if (strcmp(name, "pRecordId") == 0)
        argument->pointer = kept(&with.record, sizeof with.record);
    if (strcmp(name, "pAddress") == 0 || strcmp(name, "pAddresses") == 0)
        argument->pointer = kept(&address, sizeof address);
    if (strcmp(name, "pProperties") == 0)
        argument->pointer = good_properties(function);
    if (strcmp(name, "pwzIdentity") == 0)
        argument->pointer = identity_for(function);
    if (strcmp(name, "pwzSubjectIdentity") == 0)
        argument->pointer = with.guest.identity;
    if (strcmp(name, "pwzIdentityInfo") == 0)
        argument->pointer = person_xml(&with.stranger);
    if (strcmp(name, "pRoles") == 0)
        argument->pointer = kept(&MEMBER_ROLE, sizeof MEMBER_ROLE);
    if (strcmp(name, "pwzGroupPeerName") == 0)
        argument->pointer = with.shut.group;
    if (strcmp(name, "pwzInvitation") == 0)
        argument->pointer = function_is(function, "PeerGroupPasswordJoin") ? with.by_password : with.invitation;
    if (strcmp(name, "pwzPassword") == 0)
        argument->pointer = PASSWORD;
    if (strcmp(name, "pwzXML") == 0)
        argument->pointer = with.xml;
    if (strcmp(name, "pEventRegistrations") == 0)
        argument->pointer = kept(&wanted, sizeof wanted);
    if (function_is(function, "PeerGroupImportDatabase"))
        PeerGroupExportDatabase(with.other.handle, argument->pointer);
    return 1;
}

static int is_alone(const FUNCTION *function) {
    return function_is(function, "PeerGroupClose") || function_is(function, "PeerGroupConnect") ||
           function_is(function, "PeerGroupImportDatabase");
}

static int handles(const FUNCTION *function, const char *name, ARG *argument) {
    if (strcmp(name, "hPeerEvent") == 0) {
        argument->pointer = with.events;
        if (function_is(function, "PeerGroupUnregisterEvent"))
            argument->pointer = group_events(&with.host, with.event, 1, &RECORDS);
        else
            group_add(&with.host, "an event", NULL, keep(sizeof(GUID)));
    }
    if (strcmp(name, "hPeerEventHandle") == 0)
        argument->pointer = with.events;
    if (strcmp(name, "hEvent") == 0)
        argument->pointer = with.event;
    if (strcmp(name, "hGroup") == 0) {
        argument->pointer = with.host.handle;
        if (is_alone(function)) {
            with.other.handle = NULL;
            PeerGroupOpen(with.shut.identity, with.shut.group, NULL, &with.other.handle);
            argument->pointer = with.other.handle;
        }
        if (function_is(function, "PeerGroupConnectByAddress"))
            argument->pointer = with.guest.handle;
    }
    return argument->pointer != NULL;
}

static int numbers(const FUNCTION *function, const char *name, ARG *argument) {
    if (strcmp(name, "dwFlags") == 0)
        argument->number = function_is(function, "PeerGroupEnumConnections") ? PEER_CONNECTION_NEIGHBOR : 0;
    if (strcmp(name, "cEventRegistration") == 0 || strcmp(name, "cAddresses") == 0)
        argument->number = 1;
    if (strcmp(name, "wVersionRequested") == 0)
        argument->number = PEER_GROUP_VERSION;
    if (strcmp(name, "fOverwrite") == 0)
        argument->number = TRUE;
    if (strcmp(name, "ullConnectionId") == 0)
        argument->number = function_is(function, "PeerGroupCloseDirectConnection") ? direct_connection()
                                                                                   : with.neighbor;
    return 1;
}

static int good(const FUNCTION *function, int index, ARG *argument) {
    const PARAM *param = &function->params[index];
    common_argument(param->name, argument);
    if (param->kind == 'n')
        return numbers(function, param->name, argument);
    if (param->kind == 'h')
        return handles(function, param->name, argument);
    return pointers(function, param->name, argument);
}

static void *stale(const FUNCTION *function, int index) {
    HPEEREVENT ended;
    HGROUP closed = NULL;
    if (strcmp(function->params[index].name, "hPeerEvent") == 0) {
        ended = group_events(&with.host, with.event, 1, &RECORDS);
        PeerGroupUnregisterEvent(ended);
        return ended;
    }
    PeerGroupOpen(with.shut.identity, with.shut.group, NULL, &closed);
    PeerGroupClose(closed);
    return closed;
}

static HRESULT bad(const FUNCTION *function, int index) {
    return strcmp(function->params[index].name, "hGroup") == 0 ? PEER_E_INVALID_GROUP : E_INVALIDARG;
}

static void undo(const FUNCTION *function, const ARG *arguments) {
    int i;
    if (function_is(function, "PeerGroupStartup"))
        PeerGroupShutdown();
    if (function_is(function, "PeerGroupShutdown"))
        group_start();
    if (function_is(function, "PeerGroupDelete")) {
        make_shut();
        person_close(&with.shut);
    }
    if (is_alone(function) && !function_is(function, "PeerGroupClose"))
        person_close(&with.other);
    if (function_is(function, "PeerGroupDeleteRecord"))
        group_add(&with.host, "a record", NULL, &with.record);
    for (i = 0; i < function->count; i++) {
        char kind = function->params[i].kind;
        void *made = (kind == 'B' || kind == 'H') && arguments[i].pointer ? *(void **)arguments[i].pointer : NULL;
        if (kind == 'B')
            PeerFreeData(made);
        if (strcmp(function->params[i].name, "phPeerEnum") == 0)
            PeerEndEnumeration(made);
        if (strcmp(function->params[i].name, "phPeerEvent") == 0)
            PeerGroupUnregisterEvent(made);
        if (strcmp(function->params[i].name, "phGroup") == 0) {
            PPEER_GROUP_PROPERTIES properties = NULL;
            if (function_is(function, "PeerGroupCreate") && PeerGroupGetProperties(made, &properties) == S_OK) {
                PeerGroupDelete(with.host.identity, properties->pwzGroupPeerName);
                PeerFreeData(properties);
            }
            PeerGroupClose(made);
            if (strstr(function->name, "Join") && arguments[0].pointer)
                PeerGroupDelete(with.stranger.identity, with.host.group);
        }
    }
}

static const SUPPLY supply = {functions_group, good, stale, bad, undo};

void group_calls(void) {
    prepare();
    group_start(); /* one for PeerGroupShutdown */
    calls_succeed(&supply);
    people_leave();
}

void group_pointers(void) {
    prepare();
    calls_without_pointers(&supply);
    people_leave();
}

void group_handles(void) {
    prepare();
    calls_with_bad_handles(&supply);
    people_leave();
}

void group_startups(void) {
    PEER_VERSION_DATA version;
    int i;
    calls_uninitialized(functions_group, "PeerGroupStartup", "before the first Startup");
    page("PeerGroupStartup");
    gives(PeerGroupStartup(PEER_GROUP_VERSION, &version), S_OK, "version 1.1");
    fact(version.wHighestVersion >= MAKEWORD(1, 0), "wHighestVersion is 1.0 or later");
    for (i = 2; i <= 255; i += 11)
        gives(PeerGroupStartup((WORD)MAKEWORD(i, 0), &version), PEER_E_UNSUPPORTED_VERSION, "version %d.0", i);
    gives(PeerGroupStartup(MAKEWORD(0, 1), &version), PEER_E_UNSUPPORTED_VERSION, "version 0.1");
    gives(PeerGroupStartup(MAKEWORD(1, 0), &version), S_OK, "version 1.0");
    page("PeerGroupShutdown");
    gives(PeerGroupShutdown(), S_OK, "the second of two Startups is undone");
    gives(PeerGroupShutdown(), S_OK, "the last Startup is undone");
    guess("startup-needed");
    gives(PeerGroupShutdown(), PEER_E_NOT_INITIALIZED, "one Shutdown too many");
    calls_uninitialized(functions_group, "PeerGroupStartup", "after the last Shutdown");
}
