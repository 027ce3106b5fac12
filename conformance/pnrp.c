/* pnrp.c - peer names: every function with good arguments and with wrong ones; registering, searching, clouds. */
#include "group.h"

static PWSTR name;
static HREGISTRATION registration;
static HANDLE event;

/* A registration needs an address; this one is of the loopback interface. */
static PEER_PNRP_REGISTRATION_INFO info_of(u_short port) {
    PEER_PNRP_REGISTRATION_INFO info;
    SOCKADDR_IN6 *address = keep(sizeof *address);
    SOCKADDR **addresses = keep(sizeof *addresses);
    memset(&info, 0, sizeof info);
    *address = loopback(port).sin6;
    addresses[0] = (SOCKADDR *)address;
    info.cAddresses = 1;
    info.ppAddresses = addresses;
    info.pwzComment = L"a comment";
    return info;
}

static PWSTR unsecured(const char *word) {
    PWSTR classifier = unique(word), made = keep((wcslen(classifier) + 3) * sizeof *made);
    wcscpy(made, L"0.");
    wcscat(made, classifier);
    return made;
}

static void pnrp_start(void) { PeerPnrpStartup(PNRP_VERSION); }

static void prepare(void) {
    PEER_PNRP_REGISTRATION_INFO info = info_of(4711);
    pnrp_start();
    name = unsecured("name");
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    PeerPnrpRegister(name, &info, &registration);
}

static HRESOLUTION search(void) {
    HRESOLUTION made = NULL;
    PeerPnrpStartResolve(name, NULL, 5, event, &made);
    return made;
}

static HREGISTRATION registered(void) {
    PEER_PNRP_REGISTRATION_INFO info = info_of(4712);
    HREGISTRATION made = NULL;
    PeerPnrpRegister(unsecured("another"), &info, &made);
    return made;
}

static int good(const FUNCTION *function, int index, ARG *argument) {
    const char *parameter = function->params[index].name;
    PEER_PNRP_REGISTRATION_INFO info = info_of(4713);
    if (strcmp(parameter, "pcwzPeerName") == 0)
        argument->pointer = function_is(function, "PeerPnrpRegister") ? unsecured("another") : name;
    if (strcmp(parameter, "pwzPeerName") == 0)
        argument->pointer = L"0.chat";
    if (strcmp(parameter, "pwzHostName") == 0)
        argument->pointer = L"chat.pnrp.net";
    if (strcmp(parameter, "pRegistrationInfo") == 0)
        argument->pointer = kept(&info, sizeof info);
    if (strcmp(parameter, "hRegistration") == 0)
        argument->pointer = function_is(function, "PeerPnrpUnregister") ? registered() : registration;
    if (strcmp(parameter, "hEvent") == 0)
        argument->pointer = event;
    if (strcmp(parameter, "hResolve") == 0) {
        argument->pointer = search();
        if (function_is(function, "PeerPnrpGetEndpoint"))
            WaitForSingleObject(event, PATIENCE);
    }
    if (strcmp(parameter, "cMaxEndpoints") == 0)
        argument->number = 5;
    if (strcmp(parameter, "wVersionRequested") == 0)
        argument->number = PNRP_VERSION;
    if (strcmp(parameter, "pcEndpoints") == 0)
        *(ULONG *)(argument->pointer = keep(sizeof(ULONGLONG))) = 1;
    return 1;
}

static void *stale(const FUNCTION *function, int index) {
    void *made;
    if (strcmp(function->params[index].name, "hResolve") == 0) {
        made = search();
        PeerPnrpEndResolve(made);
        return made;
    }
    made = registered();
    PeerPnrpUnregister(made);
    return made;
}

static HRESULT bad(const FUNCTION *function, int index) {
    (void)function;
    (void)index;
    return E_INVALIDARG;
}

static void undo(const FUNCTION *function, const ARG *arguments) {
    int i;
    if (function_is(function, "PeerPnrpStartup"))
        PeerPnrpShutdown();
    if (function_is(function, "PeerPnrpShutdown"))
        pnrp_start();
    for (i = 0; i < function->count; i++) {
        const PARAM *param = &function->params[i];
        if (param->kind == 'B' && arguments[i].pointer)
            PeerFreeData(*(void **)arguments[i].pointer);
        if (strcmp(param->name, "phRegistration") == 0)
            PeerPnrpUnregister(*(void **)arguments[i].pointer);
        if (strcmp(param->name, "phResolve") == 0)
            PeerPnrpEndResolve(*(void **)arguments[i].pointer);
    }
}

static const SUPPLY supply = {functions_pnrp, good, stale, bad, undo};

void pnrp_calls(void) {
    prepare();
    pnrp_start(); /* one for PeerPnrpShutdown */
    calls_succeed(&supply);
}

void pnrp_pointers(void) {
    prepare();
    calls_without_pointers(&supply);
}

void pnrp_handles(void) {
    prepare();
    calls_with_bad_handles(&supply);
}

void pnrp_startups(void) {
    int i;
    calls_uninitialized(functions_pnrp, "PeerPnrpStartup", "before the first Startup");
    page("PeerPnrpStartup");
    gives(PeerPnrpStartup(PNRP_VERSION), S_OK, "version 2.0");
    for (i = 3; i <= 255; i += 11)
        gives(PeerPnrpStartup((WORD)MAKEWORD(i, 0)), PEER_E_UNSUPPORTED_VERSION, "version %d.0", i);
    gives(PeerPnrpStartup(MAKEWORD(1, 0)), PEER_E_UNSUPPORTED_VERSION, "version 1.0");
    guess("startup-major-version");
    gives(PeerPnrpStartup(MAKEWORD(2, 1)), S_OK, "version 2.1, whose minor version is not looked at");
    page("PeerPnrpShutdown");
    gives(PeerPnrpShutdown(), S_OK, "the second of two Startups is undone");
    gives(PeerPnrpShutdown(), S_OK, "the last Startup is undone");
    gives(PeerPnrpShutdown(), PEER_E_NOT_INITIALIZED, "one Shutdown too many");
    calls_uninitialized(functions_pnrp, "PeerPnrpStartup", "after the last Shutdown");
}

/* ---- Behavior ---- */

static void try_register(PCWSTR given, const PEER_PNRP_REGISTRATION_INFO *wanted, HRESULT code, const char *what) {
    PEER_PNRP_REGISTRATION_INFO info = *wanted;
    HREGISTRATION made = NULL;
    if (gives(PeerPnrpRegister(given, &info, &made), code, "%s", what) && SUCCEEDED(code))
        PeerPnrpUnregister(made);
}

static void registering(void) {
    PEER_PNRP_REGISTRATION_INFO info = info_of(4711);
    HREGISTRATION twice = NULL;
    BYTE *payload = keep(5000);
    page("PeerPnrpRegister");
    try_register(unsecured("plain"), &info, S_OK, "one address");
    info.cAddresses = PEER_PNRP_AUTO_ADDRESSES;
    info.ppAddresses = NULL;
    info.wPort = 4711;
    try_register(unsecured("automatic"), &info, S_OK, "automatic addresses");
    info = info_of(4711);
    info.payload.pbData = payload;
    info.payload.cbData = 4096;
    try_register(unsecured("payload"), &info, S_OK, "a payload of 4096 bytes");
    info.payload.cbData = 4097;
    try_register(unsecured("payload"), &info, E_INVALIDARG, "a payload of 4097 bytes");
    info = info_of(4711);
    info.pwzComment = repeated(L'c', 39);
    try_register(unsecured("comment"), &info, S_OK, "a comment of 39 characters");
    guess("comments-have-39");
    info.pwzComment = repeated(L'c', 40);
    try_register(unsecured("comment"), &info, E_INVALIDARG, "a comment of 40 characters");
    info.pwzComment = NULL;
    try_register(unsecured("comment"), &info, S_OK, "no comment");
    guess("registration-needs-something");
    info.cAddresses = 0;
    info.ppAddresses = NULL;
    try_register(unsecured("nothing"), &info, E_INVALIDARG, "neither an address nor a payload");
    info = info_of(4711);
    info.ppAddresses = NULL;
    try_register(unsecured("nowhere"), &info, E_INVALIDARG, "a count of addresses and no pointer");
    page("PeerPnrpRegister");
    info = info_of(4711);
    try_register(L"no name", &info, E_INVALIDARG, "a name without an authority");
    try_register(L"zz.chat", &info, E_INVALIDARG, "an authority that is no number");
    guess("what-may-be-empty");
    try_register(L"", &info, E_INVALIDARG, "an empty name");
    guess("no-such-cloud");
    info.pwzCloudName = L"Elsewhere_";
    try_register(unsecured("cloud"), &info, PEER_E_NO_CLOUD, "a cloud that is not there");
    info = info_of(4711);
    guess("secure-names-need-an-identity");
    try_register(L"abababababababababababababababababababab.chat", &info, PEER_E_IDENTITY_NOT_FOUND,
                 "a secure name of somebody else");
    guess("the-same-name-twice");
    gives(PeerPnrpRegister(name, &info, &twice), PEER_E_PNRP_DUPLICATE_PEER_NAME, "a name that this process has");
    page("PeerPnrpUpdateRegistration");
    info.pwzComment = L"another";
    gives(PeerPnrpUpdateRegistration(registration, &info), S_OK, "another comment");
    guess("updates-keep-the-count");
    info.cAddresses = PEER_PNRP_AUTO_ADDRESSES;
    info.ppAddresses = NULL;
    gives(PeerPnrpUpdateRegistration(registration, &info), E_INVALIDARG, "another number of addresses");
}

static void endpoint_is(const PEER_PNRP_ENDPOINT_INFO *found, const char *way) {
    const SOCKADDR_IN6 *address = found->cAddresses ? (const SOCKADDR_IN6 *)found->ppAddresses[0] : NULL;
    page("PEER_PNRP_ENDPOINT_INFO");
    reads(found->pwzPeerName, name, "pwzPeerName, by %s", way);
    counts(found->cAddresses, 1, "cAddresses, by %s", way);
    counts(address ? address->sin6_family : 0, AF_INET6, "the family of the address, by %s", way);
    counts(address ? ntohs(address->sin6_port) : 0, 4711, "the port in network byte order, by %s", way);
    reads(found->pwzComment, L"another", "pwzComment, by %s", way);
    counts(found->payload.cbData, 0, "no payload, by %s", way);
}

static void finding(void) {
    PPEER_PNRP_ENDPOINT_INFO found = NULL;
    PPEER_PNRP_CLOUD_INFO clouds = NULL;
    HRESOLUTION running = NULL;
    ULONG count = 1;
    HRESULT result;
    page("PeerPnrpResolve");
    guess("names-of-the-own-process-are-found");
    gives(PeerPnrpResolve(name, NULL, &count, &found), S_OK, "a name that this process has registered");
    counts(count, 1, "one endpoint");
    if (count)
        endpoint_is(found, "PeerPnrpResolve");
    PeerFreeData(found);
    found = NULL;
    count = 0;
    page("PeerPnrpResolve");
    guess("what-may-be-empty");
    gives(PeerPnrpResolve(name, NULL, &count, &found), E_INVALIDARG, "a count of 0");
    count = 1;
    gives(PeerPnrpResolve(L"", NULL, &count, &found), E_INVALIDARG, "an empty name");
    guess("no-such-cloud");
    gives(PeerPnrpResolve(name, L"Elsewhere_", &count, &found), PEER_E_NO_CLOUD, "a cloud that is not there");
    guess("nothing-found-is-a-success");
    count = 1;
    gives(PeerPnrpResolve(unsecured("nobody"), NULL, &count, &found), S_OK, "a name that nobody has");
    counts(count, 0, "no endpoints of a name that nobody has");
    fact(found == NULL, "NULL for a name that nobody has");
    page("PeerPnrpStartResolve");
    gives(PeerPnrpStartResolve(name, NULL, 5, event, &running), S_OK, "a name that this process has registered");
    counts(WaitForSingleObject(event, PATIENCE), WAIT_OBJECT_0, "the event is set for an endpoint");
    page("PeerPnrpGetEndpoint");
    gives(PeerPnrpGetEndpoint(running, &found), S_OK, "after the event");
    if (found)
        endpoint_is(found, "PeerPnrpGetEndpoint");
    PeerFreeData(found);
    page("PeerPnrpGetEndpoint");
    result = E_PENDING;
    while (result == E_PENDING && WaitForSingleObject(event, PATIENCE) == WAIT_OBJECT_0)
        result = PeerPnrpGetEndpoint(running, &found);
    gives(result, PEER_E_NO_MORE, "at the end of a search");
    page("PeerPnrpEndResolve");
    gives(PeerPnrpEndResolve(running), S_OK, "a search");
    gives(PeerPnrpEndResolve(running), E_INVALIDARG, "a second time");
    page("PeerPnrpGetCloudInfo");
    count = 0;
    gives(PeerPnrpGetCloudInfo(&count, &clouds), S_OK, "after the Startup");
    fact(count >= 1, "there is a cloud");
    if (count)
        fact(clouds[0].pwzCloudName && *clouds[0].pwzCloudName, "a cloud has a name");
    PeerFreeData(clouds);
    page("PeerPnrpUnregister");
    gives(PeerPnrpUnregister(registration), S_OK, "a registration");
    gives(PeerPnrpUnregister(registration), E_INVALIDARG, "a second time");
    page("PeerPnrpResolve");
    guess("nothing-found-is-a-success");
    count = 1;
    gives(PeerPnrpResolve(name, NULL, &count, &found), S_OK, "a name that was withdrawn");
    counts(count, 0, "no endpoints of a name that was withdrawn");
}

void pnrp_names(void) {
    prepare();
    registering();
    finding();
    PeerPnrpShutdown();
}
