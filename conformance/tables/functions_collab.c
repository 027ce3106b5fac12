/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerCollabAddContact(const ARG *a) { return PeerCollabAddContact((PCWSTR)a[0].pointer, (PPEER_CONTACT *)a[1].pointer); }
static const PARAM params_PeerCollabAddContact[] = {{"pwzContactData", 'p', 0}, {"ppContact", 'B', 1}};

static HRESULT call_PeerCollabAsyncInviteContact(const ARG *a) { return PeerCollabAsyncInviteContact((PCPEER_CONTACT)a[0].pointer, (PCPEER_ENDPOINT)a[1].pointer, (PCPEER_INVITATION)a[2].pointer, (HANDLE)a[3].pointer, (HANDLE *)a[4].pointer); }
static const PARAM params_PeerCollabAsyncInviteContact[] = {{"pcContact", 'p', 1}, {"pcEndpoint", 'p', 0}, {"pcInvitation", 'p', 0}, {"hEvent", 'h', 1}, {"phInvitation", 'H', 1}};

static HRESULT call_PeerCollabAsyncInviteEndpoint(const ARG *a) { return PeerCollabAsyncInviteEndpoint((PCPEER_ENDPOINT)a[0].pointer, (PCPEER_INVITATION)a[1].pointer, (HANDLE)a[2].pointer, (HANDLE *)a[3].pointer); }
static const PARAM params_PeerCollabAsyncInviteEndpoint[] = {{"pcEndpoint", 'p', 0}, {"pcInvitation", 'p', 0}, {"hEvent", 'h', 1}, {"phInvitation", 'H', 1}};

static HRESULT call_PeerCollabCancelInvitation(const ARG *a) { return PeerCollabCancelInvitation((HANDLE)a[0].pointer); }
static const PARAM params_PeerCollabCancelInvitation[] = {{"hInvitation", 'h', 0}};

static HRESULT call_PeerCollabCloseHandle(const ARG *a) { return PeerCollabCloseHandle((HANDLE)a[0].pointer); }
static const PARAM params_PeerCollabCloseHandle[] = {{"hInvitation", 'h', 0}};

static HRESULT call_PeerCollabDeleteContact(const ARG *a) { return PeerCollabDeleteContact((PCWSTR)a[0].pointer); }
static const PARAM params_PeerCollabDeleteContact[] = {{"pwzPeerName", 'p', 0}};

static HRESULT call_PeerCollabDeleteEndpointData(const ARG *a) { return PeerCollabDeleteEndpointData((PCPEER_ENDPOINT)a[0].pointer); }
static const PARAM params_PeerCollabDeleteEndpointData[] = {{"pcEndpoint", 'p', 0}};

static HRESULT call_PeerCollabDeleteObject(const ARG *a) { return PeerCollabDeleteObject((const GUID *)a[0].pointer); }
static const PARAM params_PeerCollabDeleteObject[] = {{"pObjectId", 'p', 0}};

static HRESULT call_PeerCollabEnumApplicationRegistrationInfo(const ARG *a) { return PeerCollabEnumApplicationRegistrationInfo((PEER_APPLICATION_REGISTRATION_TYPE)a[0].number, (HPEERENUM *)a[1].pointer); }
static const PARAM params_PeerCollabEnumApplicationRegistrationInfo[] = {{"registrationType", 'n', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabEnumApplications(const ARG *a) { return PeerCollabEnumApplications((PCPEER_ENDPOINT)a[0].pointer, (const GUID *)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerCollabEnumApplications[] = {{"pcEndpoint", 'p', 1}, {"pApplicationId", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabEnumContacts(const ARG *a) { return PeerCollabEnumContacts((HPEERENUM *)a[0].pointer); }
static const PARAM params_PeerCollabEnumContacts[] = {{"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabEnumEndpoints(const ARG *a) { return PeerCollabEnumEndpoints((PCPEER_CONTACT)a[0].pointer, (HPEERENUM *)a[1].pointer); }
static const PARAM params_PeerCollabEnumEndpoints[] = {{"pcContact", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabEnumObjects(const ARG *a) { return PeerCollabEnumObjects((PCPEER_ENDPOINT)a[0].pointer, (const GUID *)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerCollabEnumObjects[] = {{"pcEndpoint", 'p', 1}, {"pObjectId", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabEnumPeopleNearMe(const ARG *a) { return PeerCollabEnumPeopleNearMe((HPEERENUM *)a[0].pointer); }
static const PARAM params_PeerCollabEnumPeopleNearMe[] = {{"phPeerEnum", 'H', 0}};

static HRESULT call_PeerCollabExportContact(const ARG *a) { return PeerCollabExportContact((PCWSTR)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerCollabExportContact[] = {{"pwzPeerName", 'p', 1}, {"ppwzContactData", 'B', 0}};

static HRESULT call_PeerCollabGetAppLaunchInfo(const ARG *a) { return PeerCollabGetAppLaunchInfo((PPEER_APP_LAUNCH_INFO *)a[0].pointer); }
static const PARAM params_PeerCollabGetAppLaunchInfo[] = {{"ppLaunchInfo", 'B', 0}};

static HRESULT call_PeerCollabGetApplicationRegistrationInfo(const ARG *a) { return PeerCollabGetApplicationRegistrationInfo((const GUID *)a[0].pointer, (PEER_APPLICATION_REGISTRATION_TYPE)a[1].number, (PPEER_APPLICATION_REGISTRATION_INFO *)a[2].pointer); }
static const PARAM params_PeerCollabGetApplicationRegistrationInfo[] = {{"pApplicationId", 'p', 0}, {"registrationType", 'n', 0}, {"ppApplication", 'B', 0}};

static HRESULT call_PeerCollabGetContact(const ARG *a) { return PeerCollabGetContact((PCWSTR)a[0].pointer, (PPEER_CONTACT *)a[1].pointer); }
static const PARAM params_PeerCollabGetContact[] = {{"pwzPeerName", 'p', 1}, {"ppContact", 'B', 0}};

static HRESULT call_PeerCollabGetEndpointName(const ARG *a) { return PeerCollabGetEndpointName((PWSTR *)a[0].pointer); }
static const PARAM params_PeerCollabGetEndpointName[] = {{"ppwzEndpointName", 'B', 0}};

static HRESULT call_PeerCollabGetEventData(const ARG *a) { return PeerCollabGetEventData((HPEEREVENT)a[0].pointer, (PPEER_COLLAB_EVENT_DATA *)a[1].pointer); }
static const PARAM params_PeerCollabGetEventData[] = {{"hPeerEvent", 'h', 0}, {"ppEventData", 'B', 0}};

static HRESULT call_PeerCollabGetInvitationResponse(const ARG *a) { return PeerCollabGetInvitationResponse((HANDLE)a[0].pointer, (PPEER_INVITATION_RESPONSE *)a[1].pointer); }
static const PARAM params_PeerCollabGetInvitationResponse[] = {{"hInvitation", 'h', 0}, {"ppInvitationResponse", 'B', 0}};

static HRESULT call_PeerCollabGetPresenceInfo(const ARG *a) { return PeerCollabGetPresenceInfo((PCPEER_ENDPOINT)a[0].pointer, (PPEER_PRESENCE_INFO *)a[1].pointer); }
static const PARAM params_PeerCollabGetPresenceInfo[] = {{"pcEndpoint", 'p', 1}, {"ppPresenceInfo", 'B', 0}};

static HRESULT call_PeerCollabGetSigninOptions(const ARG *a) { return PeerCollabGetSigninOptions((DWORD *)a[0].pointer); }
static const PARAM params_PeerCollabGetSigninOptions[] = {{"pdwSigninOptions", 's', 0}};

static HRESULT call_PeerCollabInviteContact(const ARG *a) { return PeerCollabInviteContact((PCPEER_CONTACT)a[0].pointer, (PCPEER_ENDPOINT)a[1].pointer, (PCPEER_INVITATION)a[2].pointer, (PPEER_INVITATION_RESPONSE *)a[3].pointer); }
static const PARAM params_PeerCollabInviteContact[] = {{"pcContact", 'p', 1}, {"pcEndpoint", 'p', 0}, {"pcInvitation", 'p', 0}, {"ppResponse", 'B', 0}};

static HRESULT call_PeerCollabInviteEndpoint(const ARG *a) { return PeerCollabInviteEndpoint((PCPEER_ENDPOINT)a[0].pointer, (PCPEER_INVITATION)a[1].pointer, (PPEER_INVITATION_RESPONSE *)a[2].pointer); }
static const PARAM params_PeerCollabInviteEndpoint[] = {{"pcEndpoint", 'p', 0}, {"pcInvitation", 'p', 0}, {"ppResponse", 'B', 0}};

static HRESULT call_PeerCollabParseContact(const ARG *a) { return PeerCollabParseContact((PCWSTR)a[0].pointer, (PPEER_CONTACT *)a[1].pointer); }
static const PARAM params_PeerCollabParseContact[] = {{"pwzContactData", 'p', 0}, {"ppContact", 'B', 0}};

static HRESULT call_PeerCollabQueryContactData(const ARG *a) { return PeerCollabQueryContactData((PCPEER_ENDPOINT)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerCollabQueryContactData[] = {{"pcEndpoint", 'p', 1}, {"ppwzContactData", 'B', 0}};

static HRESULT call_PeerCollabRefreshEndpointData(const ARG *a) { return PeerCollabRefreshEndpointData((PCPEER_ENDPOINT)a[0].pointer); }
static const PARAM params_PeerCollabRefreshEndpointData[] = {{"pcEndpoint", 'p', 0}};

static HRESULT call_PeerCollabRegisterApplication(const ARG *a) { return PeerCollabRegisterApplication((PCPEER_APPLICATION_REGISTRATION_INFO)a[0].pointer, (PEER_APPLICATION_REGISTRATION_TYPE)a[1].number); }
static const PARAM params_PeerCollabRegisterApplication[] = {{"pcApplication", 'p', 0}, {"registrationType", 'n', 0}};

static HRESULT call_PeerCollabRegisterEvent(const ARG *a) { return PeerCollabRegisterEvent((HANDLE)a[0].pointer, (DWORD)a[1].number, (PEER_COLLAB_EVENT_REGISTRATION *)a[2].pointer, (HPEEREVENT *)a[3].pointer); }
static const PARAM params_PeerCollabRegisterEvent[] = {{"hEvent", 'h', 0}, {"cEventRegistration", 'n', 0}, {"pEventRegistrations", 'p', 0}, {"phPeerEvent", 'H', 0}};

static HRESULT call_PeerCollabSetEndpointName(const ARG *a) { return PeerCollabSetEndpointName((PCWSTR)a[0].pointer); }
static const PARAM params_PeerCollabSetEndpointName[] = {{"pwzEndpointName", 'p', 0}};

static HRESULT call_PeerCollabSetObject(const ARG *a) { return PeerCollabSetObject((PCPEER_OBJECT)a[0].pointer); }
static const PARAM params_PeerCollabSetObject[] = {{"pcObject", 'p', 0}};

static HRESULT call_PeerCollabSetPresenceInfo(const ARG *a) { return PeerCollabSetPresenceInfo((PCPEER_PRESENCE_INFO)a[0].pointer); }
static const PARAM params_PeerCollabSetPresenceInfo[] = {{"pcPresenceInfo", 'p', 0}};

static HRESULT call_PeerCollabShutdown(const ARG *a) { (void)a; return PeerCollabShutdown(); }

static HRESULT call_PeerCollabSignin(const ARG *a) { return PeerCollabSignin((HWND)a[0].number, (DWORD)a[1].number); }
static const PARAM params_PeerCollabSignin[] = {{"hwndParent", 'n', 1}, {"dwSigninOptions", 'n', 0}};

static HRESULT call_PeerCollabSignout(const ARG *a) { return PeerCollabSignout((DWORD)a[0].number); }
static const PARAM params_PeerCollabSignout[] = {{"dwSigninOptions", 'n', 0}};

static HRESULT call_PeerCollabStartup(const ARG *a) { return PeerCollabStartup((WORD)a[0].number); }
static const PARAM params_PeerCollabStartup[] = {{"wVersionRequested", 'n', 0}};

static HRESULT call_PeerCollabSubscribeEndpointData(const ARG *a) { return PeerCollabSubscribeEndpointData((PCPEER_ENDPOINT)a[0].pointer); }
static const PARAM params_PeerCollabSubscribeEndpointData[] = {{"pcEndpoint", 'p', 0}};

static HRESULT call_PeerCollabUnregisterApplication(const ARG *a) { return PeerCollabUnregisterApplication((const GUID *)a[0].pointer, (PEER_APPLICATION_REGISTRATION_TYPE)a[1].number); }
static const PARAM params_PeerCollabUnregisterApplication[] = {{"pApplicationId", 'p', 0}, {"registrationType", 'n', 0}};

static HRESULT call_PeerCollabUnregisterEvent(const ARG *a) { return PeerCollabUnregisterEvent((HPEEREVENT)a[0].pointer); }
static const PARAM params_PeerCollabUnregisterEvent[] = {{"hPeerEvent", 'h', 0}};

static HRESULT call_PeerCollabUnsubscribeEndpointData(const ARG *a) { return PeerCollabUnsubscribeEndpointData((PCPEER_ENDPOINT)a[0].pointer); }
static const PARAM params_PeerCollabUnsubscribeEndpointData[] = {{"pcEndpoint", 'p', 0}};

static HRESULT call_PeerCollabUpdateContact(const ARG *a) { return PeerCollabUpdateContact((PCPEER_CONTACT)a[0].pointer); }
static const PARAM params_PeerCollabUpdateContact[] = {{"pContact", 'p', 0}};

const FUNCTION functions_collab[] = {
    {"PeerCollabAddContact", call_PeerCollabAddContact, 2, params_PeerCollabAddContact, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabAsyncInviteContact", call_PeerCollabAsyncInviteContact, 5, params_PeerCollabAsyncInviteContact, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG E_NOTIMPL PEER_E_NOT_INITIALIZED"},
    {"PeerCollabAsyncInviteEndpoint", call_PeerCollabAsyncInviteEndpoint, 4, params_PeerCollabAsyncInviteEndpoint, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabCancelInvitation", call_PeerCollabCancelInvitation, 1, params_PeerCollabCancelInvitation, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED E_HANDLE"},
    {"PeerCollabCloseHandle", call_PeerCollabCloseHandle, 1, params_PeerCollabCloseHandle, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_HANDLE"},
    {"PeerCollabDeleteContact", call_PeerCollabDeleteContact, 1, params_PeerCollabDeleteContact, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabDeleteEndpointData", call_PeerCollabDeleteEndpointData, 1, params_PeerCollabDeleteEndpointData, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabDeleteObject", call_PeerCollabDeleteObject, 1, params_PeerCollabDeleteObject, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabEnumApplicationRegistrationInfo", call_PeerCollabEnumApplicationRegistrationInfo, 2, params_PeerCollabEnumApplicationRegistrationInfo, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabEnumApplications", call_PeerCollabEnumApplications, 3, params_PeerCollabEnumApplications, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabEnumContacts", call_PeerCollabEnumContacts, 1, params_PeerCollabEnumContacts, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabEnumEndpoints", call_PeerCollabEnumEndpoints, 2, params_PeerCollabEnumEndpoints, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabEnumObjects", call_PeerCollabEnumObjects, 3, params_PeerCollabEnumObjects, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabEnumPeopleNearMe", call_PeerCollabEnumPeopleNearMe, 1, params_PeerCollabEnumPeopleNearMe, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabExportContact", call_PeerCollabExportContact, 2, params_PeerCollabExportContact, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabGetAppLaunchInfo", call_PeerCollabGetAppLaunchInfo, 1, params_PeerCollabGetAppLaunchInfo, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_FOUND"},
    {"PeerCollabGetApplicationRegistrationInfo", call_PeerCollabGetApplicationRegistrationInfo, 3, params_PeerCollabGetApplicationRegistrationInfo, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_FOUND"},
    {"PeerCollabGetContact", call_PeerCollabGetContact, 2, params_PeerCollabGetContact, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabGetEndpointName", call_PeerCollabGetEndpointName, 1, params_PeerCollabGetEndpointName, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabGetEventData", call_PeerCollabGetEventData, 2, params_PeerCollabGetEventData, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_S_NO_EVENT_DATA"},
    {"PeerCollabGetInvitationResponse", call_PeerCollabGetInvitationResponse, 2, params_PeerCollabGetInvitationResponse, "PeerCollabStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NOT_FOUND PEER_E_INVITE_CANCELED PEER_E_INVITE_RESPONSE_NOT_AVAILABLE PEER_E_CONNECTION_FAILED"},
    {"PeerCollabGetPresenceInfo", call_PeerCollabGetPresenceInfo, 2, params_PeerCollabGetPresenceInfo, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_FOUND"},
    {"PeerCollabGetSigninOptions", call_PeerCollabGetSigninOptions, 1, params_PeerCollabGetSigninOptions, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabInviteContact", call_PeerCollabInviteContact, 4, params_PeerCollabInviteContact, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_TIMEOUT"},
    {"PeerCollabInviteEndpoint", call_PeerCollabInviteEndpoint, 3, params_PeerCollabInviteEndpoint, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_TIMEOUT"},
    {"PeerCollabParseContact", call_PeerCollabParseContact, 2, params_PeerCollabParseContact, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabQueryContactData", call_PeerCollabQueryContactData, 2, params_PeerCollabQueryContactData, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_FOUND"},
    {"PeerCollabRefreshEndpointData", call_PeerCollabRefreshEndpointData, 1, params_PeerCollabRefreshEndpointData, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabRegisterApplication", call_PeerCollabRegisterApplication, 2, params_PeerCollabRegisterApplication, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabRegisterEvent", call_PeerCollabRegisterEvent, 4, params_PeerCollabRegisterEvent, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_SERVICE_NOT_AVAILABLE PEER_E_NOT_INITIALIZED"},
    {"PeerCollabSetEndpointName", call_PeerCollabSetEndpointName, 1, params_PeerCollabSetEndpointName, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabSetObject", call_PeerCollabSetObject, 1, params_PeerCollabSetObject, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabSetPresenceInfo", call_PeerCollabSetPresenceInfo, 1, params_PeerCollabSetPresenceInfo, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_NOT_SIGNED_IN"},
    {"PeerCollabShutdown", call_PeerCollabShutdown, 0, NULL, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY PEER_E_NOT_INITIALIZED"},
    {"PeerCollabSignin", call_PeerCollabSignin, 2, params_PeerCollabSignin, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED PEER_E_SERVICE_NOT_AVAILABLE PEER_S_NO_CONNECTIVITY"},
    {"PeerCollabSignout", call_PeerCollabSignout, 1, params_PeerCollabSignout, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabStartup", call_PeerCollabStartup, 1, params_PeerCollabStartup, NULL, 0,
     "S_OK E_OUTOFMEMORY PEER_E_UNSUPPORTED_VERSION"},
    {"PeerCollabSubscribeEndpointData", call_PeerCollabSubscribeEndpointData, 1, params_PeerCollabSubscribeEndpointData, "PeerCollabStartup", 1,
     "S_OK PEER_S_SUBSCRIPTION_EXISTS E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabUnregisterApplication", call_PeerCollabUnregisterApplication, 2, params_PeerCollabUnregisterApplication, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_FOUND"},
    {"PeerCollabUnregisterEvent", call_PeerCollabUnregisterEvent, 1, params_PeerCollabUnregisterEvent, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {"PeerCollabUnsubscribeEndpointData", call_PeerCollabUnsubscribeEndpointData, 1, params_PeerCollabUnsubscribeEndpointData, "PeerCollabStartup", 1,
     "S_OK E_OUTOFMEMORY E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerCollabUpdateContact", call_PeerCollabUpdateContact, 1, params_PeerCollabUpdateContact, "PeerCollabStartup", 0,
     "S_OK E_OUTOFMEMORY E_INVALIDARG"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
