/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerGroupAddRecord(const ARG *a) { return PeerGroupAddRecord((HGROUP)a[0].pointer, (PPEER_RECORD)a[1].pointer, (GUID *)a[2].pointer); }
static const PARAM params_PeerGroupAddRecord[] = {{"hGroup", 'h', 0}, {"pRecord", 'p', 0}, {"pRecordId", 's', 2}};

static HRESULT call_PeerGroupClose(const ARG *a) { return PeerGroupClose((HGROUP)a[0].pointer); }
static const PARAM params_PeerGroupClose[] = {{"hGroup", 'h', 0}};

static HRESULT call_PeerGroupCloseDirectConnection(const ARG *a) { return PeerGroupCloseDirectConnection((HGROUP)a[0].pointer, (ULONGLONG)a[1].number); }
static const PARAM params_PeerGroupCloseDirectConnection[] = {{"hGroup", 'h', 0}, {"ullConnectionId", 'n', 0}};

static HRESULT call_PeerGroupConnect(const ARG *a) { return PeerGroupConnect((HGROUP)a[0].pointer); }
static const PARAM params_PeerGroupConnect[] = {{"hGroup", 'h', 0}};

static HRESULT call_PeerGroupConnectByAddress(const ARG *a) { return PeerGroupConnectByAddress((HGROUP)a[0].pointer, (ULONG)a[1].number, (PPEER_ADDRESS)a[2].pointer); }
static const PARAM params_PeerGroupConnectByAddress[] = {{"hGroup", 'h', 0}, {"cAddresses", 'n', 0}, {"pAddresses", 'p', 0}};

static HRESULT call_PeerGroupCreate(const ARG *a) { return PeerGroupCreate((PPEER_GROUP_PROPERTIES)a[0].pointer, (HGROUP *)a[1].pointer); }
static const PARAM params_PeerGroupCreate[] = {{"pProperties", 'p', 0}, {"phGroup", 'H', 0}};

static HRESULT call_PeerGroupCreateInvitation(const ARG *a) { return PeerGroupCreateInvitation((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer, (FILETIME *)a[2].pointer, (ULONG)a[3].number, (const GUID *)a[4].pointer, (PWSTR *)a[5].pointer); }
static const PARAM params_PeerGroupCreateInvitation[] = {{"hGroup", 'h', 0}, {"pwzIdentityInfo", 'p', 0}, {"pftExpiration", 'p', 1}, {"cRoles", 'n', 0}, {"pRoles", 'p', 1}, {"ppwzInvitation", 'B', 0}};

static HRESULT call_PeerGroupCreatePasswordInvitation(const ARG *a) { return PeerGroupCreatePasswordInvitation((HGROUP)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerGroupCreatePasswordInvitation[] = {{"hGroup", 'h', 0}, {"ppwzInvitation", 'B', 0}};

static HRESULT call_PeerGroupDelete(const ARG *a) { return PeerGroupDelete((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGroupDelete[] = {{"pwzIdentity", 'p', 2}, {"pwzGroupPeerName", 'p', 0}};

static HRESULT call_PeerGroupDeleteRecord(const ARG *a) { return PeerGroupDeleteRecord((HGROUP)a[0].pointer, (const GUID *)a[1].pointer); }
static const PARAM params_PeerGroupDeleteRecord[] = {{"hGroup", 'h', 0}, {"pRecordId", 'p', 0}};

static HRESULT call_PeerGroupEnumConnections(const ARG *a) { return PeerGroupEnumConnections((HGROUP)a[0].pointer, (DWORD)a[1].number, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGroupEnumConnections[] = {{"hGroup", 'h', 0}, {"dwFlags", 'n', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGroupEnumMembers(const ARG *a) { return PeerGroupEnumMembers((HGROUP)a[0].pointer, (DWORD)a[1].number, (PCWSTR)a[2].pointer, (HPEERENUM *)a[3].pointer); }
static const PARAM params_PeerGroupEnumMembers[] = {{"hGroup", 'h', 0}, {"dwFlags", 'n', 0}, {"pwzIdentity", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGroupEnumRecords(const ARG *a) { return PeerGroupEnumRecords((HGROUP)a[0].pointer, (const GUID *)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGroupEnumRecords[] = {{"hGroup", 'h', 0}, {"pRecordType", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGroupExportConfig(const ARG *a) { return PeerGroupExportConfig((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer, (PWSTR *)a[2].pointer); }
static const PARAM params_PeerGroupExportConfig[] = {{"hGroup", 'h', 0}, {"pwzPassword", 'p', 0}, {"ppwzXML", 'B', 0}};

static HRESULT call_PeerGroupExportDatabase(const ARG *a) { return PeerGroupExportDatabase((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGroupExportDatabase[] = {{"hGroup", 'h', 0}, {"pwzFilePath", 'p', 0}};

static HRESULT call_PeerGroupGetEventData(const ARG *a) { return PeerGroupGetEventData((HPEEREVENT)a[0].pointer, (PPEER_GROUP_EVENT_DATA *)a[1].pointer); }
static const PARAM params_PeerGroupGetEventData[] = {{"hPeerEvent", 'h', 0}, {"ppEventData", 'B', 0}};

static HRESULT call_PeerGroupGetProperties(const ARG *a) { return PeerGroupGetProperties((HGROUP)a[0].pointer, (PPEER_GROUP_PROPERTIES *)a[1].pointer); }
static const PARAM params_PeerGroupGetProperties[] = {{"hGroup", 'h', 0}, {"ppProperties", 'B', 0}};

static HRESULT call_PeerGroupGetRecord(const ARG *a) { return PeerGroupGetRecord((HGROUP)a[0].pointer, (const GUID *)a[1].pointer, (PPEER_RECORD *)a[2].pointer); }
static const PARAM params_PeerGroupGetRecord[] = {{"hGroup", 'h', 0}, {"pRecordId", 'p', 0}, {"ppRecord", 'B', 0}};

static HRESULT call_PeerGroupGetStatus(const ARG *a) { return PeerGroupGetStatus((HGROUP)a[0].pointer, (DWORD *)a[1].pointer); }
static const PARAM params_PeerGroupGetStatus[] = {{"hGroup", 'h', 0}, {"pdwStatus", 's', 0}};

static HRESULT call_PeerGroupImportConfig(const ARG *a) { return PeerGroupImportConfig((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (BOOL)a[2].number, (PWSTR *)a[3].pointer, (PWSTR *)a[4].pointer); }
static const PARAM params_PeerGroupImportConfig[] = {{"pwzXML", 'p', 0}, {"pwzPassword", 'p', 0}, {"fOverwrite", 'n', 0}, {"ppwzIdentity", 'B', 2}, {"ppwzGroup", 'B', 2}};

static HRESULT call_PeerGroupImportDatabase(const ARG *a) { return PeerGroupImportDatabase((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGroupImportDatabase[] = {{"hGroup", 'h', 0}, {"pwzFilePath", 'p', 0}};

static HRESULT call_PeerGroupIssueCredentials(const ARG *a) { return PeerGroupIssueCredentials((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer, (PEER_CREDENTIAL_INFO *)a[2].pointer, (DWORD)a[3].number, (PWSTR *)a[4].pointer); }
static const PARAM params_PeerGroupIssueCredentials[] = {{"hGroup", 'h', 0}, {"pwzSubjectIdentity", 'p', 0}, {"pCredentialInfo", 'p', 1}, {"dwFlags", 'n', 0}, {"ppwzInvitation", 'B', 1}};

static HRESULT call_PeerGroupJoin(const ARG *a) { return PeerGroupJoin((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PCWSTR)a[2].pointer, (HGROUP *)a[3].pointer); }
static const PARAM params_PeerGroupJoin[] = {{"pwzIdentity", 'p', 2}, {"pwzInvitation", 'p', 0}, {"pwzCloud", 'p', 1}, {"phGroup", 'H', 0}};

static HRESULT call_PeerGroupOpen(const ARG *a) { return PeerGroupOpen((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PCWSTR)a[2].pointer, (HGROUP *)a[3].pointer); }
static const PARAM params_PeerGroupOpen[] = {{"pwzIdentity", 'p', 2}, {"pwzGroupPeerName", 'p', 0}, {"pwzCloud", 'p', 1}, {"phGroup", 'H', 0}};

static HRESULT call_PeerGroupOpenDirectConnection(const ARG *a) { return PeerGroupOpenDirectConnection((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer, (PPEER_ADDRESS)a[2].pointer, (ULONGLONG *)a[3].pointer); }
static const PARAM params_PeerGroupOpenDirectConnection[] = {{"hGroup", 'h', 0}, {"pwzIdentity", 'p', 0}, {"pAddress", 'p', 0}, {"pullConnectionId", 's', 2}};

static HRESULT call_PeerGroupParseInvitation(const ARG *a) { return PeerGroupParseInvitation((PCWSTR)a[0].pointer, (PPEER_INVITATION_INFO *)a[1].pointer); }
static const PARAM params_PeerGroupParseInvitation[] = {{"pwzInvitation", 'p', 0}, {"ppInvitationInfo", 'B', 0}};

static HRESULT call_PeerGroupPasswordJoin(const ARG *a) { return PeerGroupPasswordJoin((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PCWSTR)a[2].pointer, (PCWSTR)a[3].pointer, (HGROUP *)a[4].pointer); }
static const PARAM params_PeerGroupPasswordJoin[] = {{"pwzIdentity", 'p', 2}, {"pwzInvitation", 'p', 0}, {"pwzPassword", 'p', 0}, {"pwzCloud", 'p', 1}, {"phGroup", 'H', 0}};

static HRESULT call_PeerGroupPeerTimeToUniversalTime(const ARG *a) { return PeerGroupPeerTimeToUniversalTime((HGROUP)a[0].pointer, (FILETIME *)a[1].pointer, (FILETIME *)a[2].pointer); }
static const PARAM params_PeerGroupPeerTimeToUniversalTime[] = {{"hGroup", 'h', 0}, {"pftPeerTime", 'p', 0}, {"pftUniversalTime", 's', 0}};

static HRESULT call_PeerGroupRegisterEvent(const ARG *a) { return PeerGroupRegisterEvent((HGROUP)a[0].pointer, (HANDLE)a[1].pointer, (DWORD)a[2].number, (PEER_GROUP_EVENT_REGISTRATION *)a[3].pointer, (HPEEREVENT *)a[4].pointer); }
static const PARAM params_PeerGroupRegisterEvent[] = {{"hGroup", 'h', 0}, {"hEvent", 'h', 0}, {"cEventRegistration", 'n', 0}, {"pEventRegistrations", 'p', 0}, {"phPeerEvent", 'H', 0}};

static HRESULT call_PeerGroupResumePasswordAuthentication(const ARG *a) { return PeerGroupResumePasswordAuthentication((HGROUP)a[0].pointer, (HPEEREVENT)a[1].pointer); }
static const PARAM params_PeerGroupResumePasswordAuthentication[] = {{"hGroup", 'h', 0}, {"hPeerEventHandle", 'h', 0}};

static HRESULT call_PeerGroupSearchRecords(const ARG *a) { return PeerGroupSearchRecords((HGROUP)a[0].pointer, (PCWSTR)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGroupSearchRecords[] = {{"hGroup", 'h', 0}, {"pwzCriteria", 'p', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGroupSendData(const ARG *a) { return PeerGroupSendData((HGROUP)a[0].pointer, (ULONGLONG)a[1].number, (const GUID *)a[2].pointer, (ULONG)a[3].number, (PVOID)a[4].pointer); }
static const PARAM params_PeerGroupSendData[] = {{"hGroup", 'h', 0}, {"ullConnectionId", 'n', 0}, {"pType", 'p', 0}, {"cbData", 'n', 0}, {"pvData", 'p', 0}};

static HRESULT call_PeerGroupSetProperties(const ARG *a) { return PeerGroupSetProperties((HGROUP)a[0].pointer, (PPEER_GROUP_PROPERTIES)a[1].pointer); }
static const PARAM params_PeerGroupSetProperties[] = {{"hGroup", 'h', 0}, {"pProperties", 'p', 0}};

static HRESULT call_PeerGroupShutdown(const ARG *a) { (void)a; return PeerGroupShutdown(); }

static HRESULT call_PeerGroupStartup(const ARG *a) { return PeerGroupStartup((WORD)a[0].number, (PPEER_VERSION_DATA)a[1].pointer); }
static const PARAM params_PeerGroupStartup[] = {{"wVersionRequested", 'n', 0}, {"pVersionData", 's', 2}};

static HRESULT call_PeerGroupUniversalTimeToPeerTime(const ARG *a) { return PeerGroupUniversalTimeToPeerTime((HGROUP)a[0].pointer, (FILETIME *)a[1].pointer, (FILETIME *)a[2].pointer); }
static const PARAM params_PeerGroupUniversalTimeToPeerTime[] = {{"hGroup", 'h', 0}, {"pftUniversalTime", 'p', 0}, {"pftPeerTime", 's', 0}};

static HRESULT call_PeerGroupUnregisterEvent(const ARG *a) { return PeerGroupUnregisterEvent((HPEEREVENT)a[0].pointer); }
static const PARAM params_PeerGroupUnregisterEvent[] = {{"hPeerEvent", 'h', 0}};

static HRESULT call_PeerGroupUpdateRecord(const ARG *a) { return PeerGroupUpdateRecord((HGROUP)a[0].pointer, (PPEER_RECORD)a[1].pointer); }
static const PARAM params_PeerGroupUpdateRecord[] = {{"hGroup", 'h', 0}, {"pRecord", 'p', 0}};

const FUNCTION functions_group[] = {
    {"PeerGroupAddRecord", call_PeerGroupAddRecord, 3, params_PeerGroupAddRecord, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_INVALID_ATTRIBUTES PEER_E_INVALID_GROUP PEER_E_INVALID_PEER_NAME PEER_E_INVALID_RECORD PEER_E_MAX_RECORD_SIZE_EXCEEDED PEER_E_NOT_AUTHORIZED"},
    {"PeerGroupClose", call_PeerGroupClose, 1, params_PeerGroupClose, "PeerGroupStartup", 0,
     "S_OK PEER_E_INVALID_GROUP"},
    {"PeerGroupCloseDirectConnection", call_PeerGroupCloseDirectConnection, 2, params_PeerGroupCloseDirectConnection, "PeerGroupStartup", 0,
     "S_OK PEER_E_CONNECTION_NOT_FOUND PEER_E_INVALID_GROUP"},
    {"PeerGroupConnect", call_PeerGroupConnect, 1, params_PeerGroupConnect, "PeerGroupStartup", 0,
     "S_OK PEER_E_INVALID_GROUP"},
    {"PeerGroupConnectByAddress", call_PeerGroupConnectByAddress, 3, params_PeerGroupConnectByAddress, "PeerGroupStartup", 0,
     "S_OK PEER_E_INVALID_GROUP"},
    {"PeerGroupCreate", call_PeerGroupCreate, 2, params_PeerGroupCreate, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_CLOUD_NAME_AMBIGUOUS PEER_E_INVALID_CLASSIFIER PEER_E_INVALID_PEER_NAME PEER_E_INVALID_PROPERTIES PEER_E_NO_CLOUD PEER_E_NO_KEY_ACCESS PEER_E_PASSWORD_DOES_NOT_MEET_POLICY HRESULT_FROM_WIN32(ERROR_DELETE_PENDING)"},
    {"PeerGroupCreateInvitation", call_PeerGroupCreateInvitation, 6, params_PeerGroupCreateInvitation, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_CHAIN_TOO_LONG PEER_E_IDENTITY_DELETED PEER_E_NOT_AUTHORIZED PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupCreatePasswordInvitation", call_PeerGroupCreatePasswordInvitation, 2, params_PeerGroupCreatePasswordInvitation, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_CHAIN_TOO_LONG PEER_E_IDENTITY_DELETED PEER_E_NOT_AUTHORIZED PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupDelete", call_PeerGroupDelete, 2, params_PeerGroupDelete, "PeerGroupStartup", 0,
     "S_OK E_ACCESSDENIED E_INVALIDARG PEER_E_NOT_FOUND PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupDeleteRecord", call_PeerGroupDeleteRecord, 2, params_PeerGroupDeleteRecord, "PeerGroupStartup", 0,
     "S_OK PEER_E_GROUP_NOT_READY PEER_E_INVALID_GROUP PEER_E_NOT_AUTHORIZED PEER_E_RECORD_NOT_FOUND"},
    {"PeerGroupEnumConnections", call_PeerGroupEnumConnections, 3, params_PeerGroupEnumConnections, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GROUP"},
    {"PeerGroupEnumMembers", call_PeerGroupEnumMembers, 4, params_PeerGroupEnumMembers, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GROUP"},
    {"PeerGroupEnumRecords", call_PeerGroupEnumRecords, 3, params_PeerGroupEnumRecords, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GROUP"},
    {"PeerGroupExportConfig", call_PeerGroupExportConfig, 3, params_PeerGroupExportConfig, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupExportDatabase", call_PeerGroupExportDatabase, 2, params_PeerGroupExportDatabase, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerGroupGetEventData", call_PeerGroupGetEventData, 2, params_PeerGroupGetEventData, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG PEER_S_NO_EVENT_DATA"},
    {"PeerGroupGetProperties", call_PeerGroupGetProperties, 2, params_PeerGroupGetProperties, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_INVALID_GROUP"},
    {"PeerGroupGetRecord", call_PeerGroupGetRecord, 3, params_PeerGroupGetRecord, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_INVALID_GROUP PEER_E_RECORD_NOT_FOUND"},
    {"PeerGroupGetStatus", call_PeerGroupGetStatus, 2, params_PeerGroupGetStatus, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GROUP"},
    {"PeerGroupImportConfig", call_PeerGroupImportConfig, 5, params_PeerGroupImportConfig, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_ALREADY_EXISTS"},
    {"PeerGroupImportDatabase", call_PeerGroupImportDatabase, 2, params_PeerGroupImportDatabase, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG PEER_E_GROUP_IN_USE PEER_E_INVALID_GROUP"},
    {"PeerGroupIssueCredentials", call_PeerGroupIssueCredentials, 5, params_PeerGroupIssueCredentials, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_IDENTITY_DELETED PEER_E_IDENTITY_NOT_FOUND PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupJoin", call_PeerGroupJoin, 4, params_PeerGroupJoin, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_CLOUD_NAME_AMBIGUOUS PEER_E_INVALID_PEER_NAME PEER_E_INVALID_TIME_PERIOD PEER_E_INVITATION_NOT_TRUSTED PEER_E_NO_CLOUD PEER_E_UNSUPPORTED_VERSION PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupOpen", call_PeerGroupOpen, 4, params_PeerGroupOpen, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_CLOUD_NAME_AMBIGUOUS PEER_E_NO_CLOUD PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupOpenDirectConnection", call_PeerGroupOpenDirectConnection, 4, params_PeerGroupOpenDirectConnection, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_CONNECT_SELF PEER_E_NO_KEY_ACCESS"},
    {"PeerGroupParseInvitation", call_PeerGroupParseInvitation, 2, params_PeerGroupParseInvitation, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVITATION_NOT_TRUSTED PEER_E_UNSUPPORTED_VERSION"},
    {"PeerGroupPasswordJoin", call_PeerGroupPasswordJoin, 5, params_PeerGroupPasswordJoin, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_CLOUD_NAME_AMBIGUOUS PEER_E_INVALID_PEER_NAME PEER_E_INVITATION_NOT_TRUSTED PEER_E_NO_CLOUD PEER_E_UNSUPPORTED_VERSION PEER_E_NO_KEY_ACCESS PEER_S_ALREADY_A_MEMBER"},
    {"PeerGroupPeerTimeToUniversalTime", call_PeerGroupPeerTimeToUniversalTime, 3, params_PeerGroupPeerTimeToUniversalTime, "PeerGroupStartup", 1,
     "S_OK E_INVALIDARG PEER_E_GROUP_NOT_READY PEER_E_NOT_INITIALIZED"},
    {"PeerGroupRegisterEvent", call_PeerGroupRegisterEvent, 5, params_PeerGroupRegisterEvent, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GROUP"},
    {"PeerGroupResumePasswordAuthentication", call_PeerGroupResumePasswordAuthentication, 2, params_PeerGroupResumePasswordAuthentication, "PeerGroupStartup", 0,
     "S_OK"},
    {"PeerGroupSearchRecords", call_PeerGroupSearchRecords, 3, params_PeerGroupSearchRecords, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_SEARCH"},
    {"PeerGroupSendData", call_PeerGroupSendData, 5, params_PeerGroupSendData, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG PEER_E_CONNECTION_NOT_FOUND"},
    {"PeerGroupSetProperties", call_PeerGroupSetProperties, 2, params_PeerGroupSetProperties, "PeerGroupStartup", 0,
     "S_OK E_OUTOFMEMORY PEER_E_GROUP_NOT_READY PEER_E_INVALID_GROUP PEER_E_INVALID_GROUP_PROPERTIES PEER_E_NOT_AUTHORIZED PEER_E_PASSWORD_DOES_NOT_MEET_POLICY"},
    {"PeerGroupShutdown", call_PeerGroupShutdown, 0, NULL, "PeerGroupStartup", 0,
     "S_OK E_UNEXPECTED"},
    {"PeerGroupStartup", call_PeerGroupStartup, 2, params_PeerGroupStartup, NULL, 0,
     "S_OK HRESULT_FROM_WIN32(ERROR_SERVICE_DEPENDENCY_FAIL) E_OUTOFMEMORY PEER_E_IPV6_NOT_INSTALLED PEER_E_UNSUPPORTED_VERSION"},
    {"PeerGroupUniversalTimeToPeerTime", call_PeerGroupUniversalTimeToPeerTime, 3, params_PeerGroupUniversalTimeToPeerTime, "PeerGroupStartup", 1,
     "S_OK E_INVALIDARG PEER_E_GROUP_NOT_READY PEER_E_NOT_INITIALIZED"},
    {"PeerGroupUnregisterEvent", call_PeerGroupUnregisterEvent, 1, params_PeerGroupUnregisterEvent, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG"},
    {"PeerGroupUpdateRecord", call_PeerGroupUpdateRecord, 2, params_PeerGroupUpdateRecord, "PeerGroupStartup", 0,
     "S_OK E_INVALIDARG PEER_E_GROUP_NOT_READY PEER_E_INVALID_GROUP PEER_E_NOT_AUTHORIZED PEER_E_RECORD_NOT_FOUND"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
