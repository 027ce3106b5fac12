/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerGraphAddRecord(const ARG *a) { return PeerGraphAddRecord((HGRAPH)a[0].pointer, (PPEER_RECORD)a[1].pointer, (GUID *)a[2].pointer); }
static const PARAM params_PeerGraphAddRecord[] = {{"hGraph", 'h', 0}, {"pRecord", 'p', 0}, {"pRecordId", 's', 2}};

static HRESULT call_PeerGraphClose(const ARG *a) { return PeerGraphClose((HGRAPH)a[0].pointer); }
static const PARAM params_PeerGraphClose[] = {{"hGraph", 'h', 0}};

static HRESULT call_PeerGraphCloseDirectConnection(const ARG *a) { return PeerGraphCloseDirectConnection((HGRAPH)a[0].pointer, (ULONGLONG)a[1].number); }
static const PARAM params_PeerGraphCloseDirectConnection[] = {{"hGraph", 'h', 0}, {"ullConnectionId", 'n', 0}};

static HRESULT call_PeerGraphConnect(const ARG *a) { return PeerGraphConnect((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer, (PPEER_ADDRESS)a[2].pointer, (ULONGLONG *)a[3].pointer); }
static const PARAM params_PeerGraphConnect[] = {{"hGraph", 'h', 0}, {"pwzPeerId", 'p', 1}, {"pAddress", 'p', 0}, {"pullConnectionId", 's', 2}};

static HRESULT call_PeerGraphCreate(const ARG *a) { return PeerGraphCreate((PPEER_GRAPH_PROPERTIES)a[0].pointer, (PCWSTR)a[1].pointer, (PPEER_SECURITY_INTERFACE)a[2].pointer, (HGRAPH *)a[3].pointer); }
static const PARAM params_PeerGraphCreate[] = {{"pGraphProperties", 'p', 0}, {"pwzDatabaseName", 'p', 0}, {"pSecurityInterface", 'p', 1}, {"phGraph", 'H', 0}};

static HRESULT call_PeerGraphDelete(const ARG *a) { return PeerGraphDelete((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PCWSTR)a[2].pointer); }
static const PARAM params_PeerGraphDelete[] = {{"pwzGraphId", 'p', 0}, {"pwzPeerId", 'p', 0}, {"pwzDatabaseName", 'p', 0}};

static HRESULT call_PeerGraphDeleteRecord(const ARG *a) { return PeerGraphDeleteRecord((HGRAPH)a[0].pointer, (const GUID *)a[1].pointer, (BOOL)a[2].number); }
static const PARAM params_PeerGraphDeleteRecord[] = {{"hGraph", 'h', 0}, {"pRecordId", 'p', 0}, {"fLocal", 'n', 0}};

static HRESULT call_PeerGraphEndEnumeration(const ARG *a) { return PeerGraphEndEnumeration((HPEERENUM)a[0].pointer); }
static const PARAM params_PeerGraphEndEnumeration[] = {{"hPeerEnum", 'h', 0}};

static HRESULT call_PeerGraphEnumConnections(const ARG *a) { return PeerGraphEnumConnections((HGRAPH)a[0].pointer, (DWORD)a[1].number, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGraphEnumConnections[] = {{"hGraph", 'h', 0}, {"dwFlags", 'n', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGraphEnumNodes(const ARG *a) { return PeerGraphEnumNodes((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGraphEnumNodes[] = {{"hGraph", 'h', 0}, {"pwzPeerId", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGraphEnumRecords(const ARG *a) { return PeerGraphEnumRecords((HGRAPH)a[0].pointer, (const GUID *)a[1].pointer, (PCWSTR)a[2].pointer, (HPEERENUM *)a[3].pointer); }
static const PARAM params_PeerGraphEnumRecords[] = {{"hGraph", 'h', 0}, {"pRecordType", 'p', 1}, {"pwzPeerId", 'p', 1}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGraphExportDatabase(const ARG *a) { return PeerGraphExportDatabase((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGraphExportDatabase[] = {{"hGraph", 'h', 0}, {"pwzFilePath", 'p', 0}};

static HRESULT call_PeerGraphGetEventData(const ARG *a) { return PeerGraphGetEventData((HPEEREVENT)a[0].pointer, (PPEER_GRAPH_EVENT_DATA *)a[1].pointer); }
static const PARAM params_PeerGraphGetEventData[] = {{"hPeerEvent", 'h', 0}, {"ppEventData", 'B', 0}};

static HRESULT call_PeerGraphGetItemCount(const ARG *a) { return PeerGraphGetItemCount((HPEERENUM)a[0].pointer, (ULONG *)a[1].pointer); }
static const PARAM params_PeerGraphGetItemCount[] = {{"hPeerEnum", 'h', 0}, {"pCount", 's', 0}};

static HRESULT call_PeerGraphGetNextItem(const ARG *a) { return PeerGraphGetNextItem((HPEERENUM)a[0].pointer, (ULONG *)a[1].pointer, (PVOID **)a[2].pointer); }
static const PARAM params_PeerGraphGetNextItem[] = {{"hPeerEnum", 'h', 0}, {"pCount", 'c', 0}, {"pppvItems", 'B', 0}};

static HRESULT call_PeerGraphGetNodeInfo(const ARG *a) { return PeerGraphGetNodeInfo((HGRAPH)a[0].pointer, (ULONGLONG)a[1].number, (PPEER_NODE_INFO *)a[2].pointer); }
static const PARAM params_PeerGraphGetNodeInfo[] = {{"hGraph", 'h', 0}, {"ullNodeId", 'n', 0}, {"ppNodeInfo", 'B', 0}};

static HRESULT call_PeerGraphGetProperties(const ARG *a) { return PeerGraphGetProperties((HGRAPH)a[0].pointer, (PPEER_GRAPH_PROPERTIES *)a[1].pointer); }
static const PARAM params_PeerGraphGetProperties[] = {{"hGraph", 'h', 0}, {"ppGraphProperties", 'B', 0}};

static HRESULT call_PeerGraphGetRecord(const ARG *a) { return PeerGraphGetRecord((HGRAPH)a[0].pointer, (const GUID *)a[1].pointer, (PPEER_RECORD *)a[2].pointer); }
static const PARAM params_PeerGraphGetRecord[] = {{"hGraph", 'h', 0}, {"pRecordId", 'p', 0}, {"ppRecord", 'B', 0}};

static HRESULT call_PeerGraphGetStatus(const ARG *a) { return PeerGraphGetStatus((HGRAPH)a[0].pointer, (DWORD *)a[1].pointer); }
static const PARAM params_PeerGraphGetStatus[] = {{"hGraph", 'h', 0}, {"pdwStatus", 's', 0}};

static HRESULT call_PeerGraphImportDatabase(const ARG *a) { return PeerGraphImportDatabase((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGraphImportDatabase[] = {{"hGraph", 'h', 0}, {"pwzFilePath", 'p', 0}};

static HRESULT call_PeerGraphListen(const ARG *a) { return PeerGraphListen((HGRAPH)a[0].pointer, (DWORD)a[1].number, (DWORD)a[2].number, (WORD)a[3].number); }
static const PARAM params_PeerGraphListen[] = {{"hGraph", 'h', 0}, {"dwScope", 'n', 1}, {"dwScopeId", 'n', 1}, {"wPort", 'n', 1}};

static HRESULT call_PeerGraphOpen(const ARG *a) { return PeerGraphOpen((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PCWSTR)a[2].pointer, (PPEER_SECURITY_INTERFACE)a[3].pointer, (ULONG)a[4].number, (const GUID *)a[5].pointer, (HGRAPH *)a[6].pointer); }
static const PARAM params_PeerGraphOpen[] = {{"pwzGraphId", 'p', 0}, {"pwzPeerId", 'p', 0}, {"pwzDatabaseName", 'p', 0}, {"pSecurityInterface", 'p', 1}, {"cRecordTypeSyncPrecedence", 'n', 0}, {"pRecordTypeSyncPrecedence", 'p', 1}, {"phGraph", 'H', 0}};

static HRESULT call_PeerGraphOpenDirectConnection(const ARG *a) { return PeerGraphOpenDirectConnection((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer, (PPEER_ADDRESS)a[2].pointer, (ULONGLONG *)a[3].pointer); }
static const PARAM params_PeerGraphOpenDirectConnection[] = {{"hGraph", 'h', 0}, {"pwzPeerId", 'p', 0}, {"pAddress", 'p', 0}, {"pullConnectionId", 's', 2}};

static HRESULT call_PeerGraphPeerTimeToUniversalTime(const ARG *a) { return PeerGraphPeerTimeToUniversalTime((HGRAPH)a[0].pointer, (FILETIME *)a[1].pointer, (FILETIME *)a[2].pointer); }
static const PARAM params_PeerGraphPeerTimeToUniversalTime[] = {{"hGraph", 'h', 0}, {"pftPeerTime", 'p', 0}, {"pftUniversalTime", 's', 0}};

static HRESULT call_PeerGraphRegisterEvent(const ARG *a) { return PeerGraphRegisterEvent((HGRAPH)a[0].pointer, (HANDLE)a[1].pointer, (ULONG)a[2].number, (PEER_GRAPH_EVENT_REGISTRATION *)a[3].pointer, (HPEEREVENT *)a[4].pointer); }
static const PARAM params_PeerGraphRegisterEvent[] = {{"hGraph", 'h', 0}, {"hEvent", 'h', 0}, {"cEventRegistrations", 'n', 0}, {"pEventRegistrations", 'p', 0}, {"phPeerEvent", 'H', 0}};

static HRESULT call_PeerGraphSearchRecords(const ARG *a) { return PeerGraphSearchRecords((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer, (HPEERENUM *)a[2].pointer); }
static const PARAM params_PeerGraphSearchRecords[] = {{"hGraph", 'h', 0}, {"pwzCriteria", 'p', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerGraphSendData(const ARG *a) { return PeerGraphSendData((HGRAPH)a[0].pointer, (ULONGLONG)a[1].number, (const GUID *)a[2].pointer, (ULONG)a[3].number, (PVOID)a[4].pointer); }
static const PARAM params_PeerGraphSendData[] = {{"hGraph", 'h', 0}, {"ullConnectionId", 'n', 0}, {"pType", 'p', 0}, {"cbData", 'n', 0}, {"pvData", 'p', 0}};

static HRESULT call_PeerGraphSetNodeAttributes(const ARG *a) { return PeerGraphSetNodeAttributes((HGRAPH)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerGraphSetNodeAttributes[] = {{"hGraph", 'h', 0}, {"pwzAttributes", 'p', 2}};

static HRESULT call_PeerGraphSetPresence(const ARG *a) { return PeerGraphSetPresence((HGRAPH)a[0].pointer, (BOOL)a[1].number); }
static const PARAM params_PeerGraphSetPresence[] = {{"hGraph", 'h', 0}, {"fPresent", 'n', 0}};

static HRESULT call_PeerGraphSetProperties(const ARG *a) { return PeerGraphSetProperties((HGRAPH)a[0].pointer, (PPEER_GRAPH_PROPERTIES)a[1].pointer); }
static const PARAM params_PeerGraphSetProperties[] = {{"hGraph", 'h', 0}, {"pGraphProperties", 'p', 0}};

static HRESULT call_PeerGraphShutdown(const ARG *a) { (void)a; return PeerGraphShutdown(); }

static HRESULT call_PeerGraphStartup(const ARG *a) { return PeerGraphStartup((WORD)a[0].number, (PPEER_VERSION_DATA)a[1].pointer); }
static const PARAM params_PeerGraphStartup[] = {{"wVersionRequested", 'n', 0}, {"pVersionData", 's', 2}};

static HRESULT call_PeerGraphUniversalTimeToPeerTime(const ARG *a) { return PeerGraphUniversalTimeToPeerTime((HGRAPH)a[0].pointer, (FILETIME *)a[1].pointer, (FILETIME *)a[2].pointer); }
static const PARAM params_PeerGraphUniversalTimeToPeerTime[] = {{"hGraph", 'h', 0}, {"pftUniversalTime", 'p', 0}, {"pftPeerTime", 's', 0}};

static HRESULT call_PeerGraphUnregisterEvent(const ARG *a) { return PeerGraphUnregisterEvent((HPEEREVENT)a[0].pointer); }
static const PARAM params_PeerGraphUnregisterEvent[] = {{"hPeerEvent", 'h', 0}};

static HRESULT call_PeerGraphUpdateRecord(const ARG *a) { return PeerGraphUpdateRecord((HGRAPH)a[0].pointer, (PPEER_RECORD)a[1].pointer); }
static const PARAM params_PeerGraphUpdateRecord[] = {{"hGraph", 'h', 0}, {"pRecord", 'p', 0}};

static HRESULT call_PeerGraphValidateDeferredRecords(const ARG *a) { return PeerGraphValidateDeferredRecords((HGRAPH)a[0].pointer, (ULONG)a[1].number, (const GUID *)a[2].pointer); }
static const PARAM params_PeerGraphValidateDeferredRecords[] = {{"hGraph", 'h', 0}, {"cRecordIds", 'n', 0}, {"pRecordIds", 'p', 0}};

const FUNCTION functions_graph[] = {
    {"PeerGraphAddRecord", call_PeerGraphAddRecord, 3, params_PeerGraphAddRecord, "PeerGraphStartup", 1,
     "S_OK E_ACCESSDENIED E_INVALIDARG E_OUTOFMEMORY PEER_E_GRAPH_NOT_READY PEER_E_GRAPH_SHUTTING_DOWN PEER_E_INVALID_ATTRIBUTES PEER_E_INVALID_GRAPH PEER_E_MAX_RECORD_SIZE_EXCEEDED PEER_E_NOT_INITIALIZED"},
    {"PeerGraphClose", call_PeerGraphClose, 1, params_PeerGraphClose, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphCloseDirectConnection", call_PeerGraphCloseDirectConnection, 2, params_PeerGraphCloseDirectConnection, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_CONNECTION_NOT_FOUND PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphConnect", call_PeerGraphConnect, 4, params_PeerGraphConnect, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_ALREADY_EXISTS PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphCreate", call_PeerGraphCreate, 4, params_PeerGraphCreate, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_DUPLICATE_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphDelete", call_PeerGraphDelete, 3, params_PeerGraphDelete, "PeerGraphStartup", 1,
     "S_OK E_ACCESSDENIED E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerGraphDeleteRecord", call_PeerGraphDeleteRecord, 3, params_PeerGraphDeleteRecord, "PeerGraphStartup", 1,
     "S_OK E_ACCESSDENIED PEER_E_GRAPH_NOT_READY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED PEER_E_RECORD_NOT_FOUND"},
    {"PeerGraphEndEnumeration", call_PeerGraphEndEnumeration, 1, params_PeerGraphEndEnumeration, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerGraphEnumConnections", call_PeerGraphEnumConnections, 3, params_PeerGraphEnumConnections, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphEnumNodes", call_PeerGraphEnumNodes, 3, params_PeerGraphEnumNodes, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED PEER_E_NOT_READY PEER_E_PRESENCE_DISABLED"},
    {"PeerGraphEnumRecords", call_PeerGraphEnumRecords, 4, params_PeerGraphEnumRecords, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphExportDatabase", call_PeerGraphExportDatabase, 2, params_PeerGraphExportDatabase, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphGetEventData", call_PeerGraphGetEventData, 2, params_PeerGraphGetEventData, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_S_NO_EVENT_DATA PEER_E_NOT_INITIALIZED"},
    {"PeerGraphGetItemCount", call_PeerGraphGetItemCount, 2, params_PeerGraphGetItemCount, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NOT_INITIALIZED"},
    {"PeerGraphGetNextItem", call_PeerGraphGetNextItem, 3, params_PeerGraphGetNextItem, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NOT_INITIALIZED"},
    {"PeerGraphGetNodeInfo", call_PeerGraphGetNodeInfo, 3, params_PeerGraphGetNodeInfo, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED PEER_E_NODE_NOT_FOUND"},
    {"PeerGraphGetProperties", call_PeerGraphGetProperties, 2, params_PeerGraphGetProperties, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GRAPH_NOT_READY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphGetRecord", call_PeerGraphGetRecord, 3, params_PeerGraphGetRecord, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_GRAPH_NOT_READY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED PEER_E_RECORD_NOT_FOUND"},
    {"PeerGraphGetStatus", call_PeerGraphGetStatus, 2, params_PeerGraphGetStatus, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphImportDatabase", call_PeerGraphImportDatabase, 2, params_PeerGraphImportDatabase, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_GRAPH_IN_USE PEER_E_INVALID_DATABASE PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphListen", call_PeerGraphListen, 4, params_PeerGraphListen, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_GRAPH_NOT_READY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphOpen", call_PeerGraphOpen, 7, params_PeerGraphOpen, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_S_GRAPH_DATA_CREATED PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphOpenDirectConnection", call_PeerGraphOpenDirectConnection, 4, params_PeerGraphOpenDirectConnection, "PeerGraphStartup", 1,
     "S_OK PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphPeerTimeToUniversalTime", call_PeerGraphPeerTimeToUniversalTime, 3, params_PeerGraphPeerTimeToUniversalTime, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphRegisterEvent", call_PeerGraphRegisterEvent, 5, params_PeerGraphRegisterEvent, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphSearchRecords", call_PeerGraphSearchRecords, 3, params_PeerGraphSearchRecords, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_INVALID_SEARCH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphSendData", call_PeerGraphSendData, 5, params_PeerGraphSendData, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_CONNECTION_NOT_FOUND PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphSetNodeAttributes", call_PeerGraphSetNodeAttributes, 2, params_PeerGraphSetNodeAttributes, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphSetPresence", call_PeerGraphSetPresence, 2, params_PeerGraphSetPresence, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphSetProperties", call_PeerGraphSetProperties, 2, params_PeerGraphSetProperties, "PeerGraphStartup", 1,
     "S_OK E_ACCESSDENIED E_INVALIDARG PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphShutdown", call_PeerGraphShutdown, 0, NULL, "PeerGraphStartup", 1,
     "S_OK PEER_E_NOT_INITIALIZED"},
    {"PeerGraphStartup", call_PeerGraphStartup, 2, params_PeerGraphStartup, NULL, 0,
     "S_OK E_OUTOFMEMORY PEER_E_UNSUPPORTED_VERSION"},
    {"PeerGraphUniversalTimeToPeerTime", call_PeerGraphUniversalTimeToPeerTime, 3, params_PeerGraphUniversalTimeToPeerTime, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {"PeerGraphUnregisterEvent", call_PeerGraphUnregisterEvent, 1, params_PeerGraphUnregisterEvent, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_NOT_INITIALIZED"},
    {"PeerGraphUpdateRecord", call_PeerGraphUpdateRecord, 2, params_PeerGraphUpdateRecord, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG PEER_E_GRAPH_NOT_READY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED PEER_E_RECORD_NOT_FOUND"},
    {"PeerGraphValidateDeferredRecords", call_PeerGraphValidateDeferredRecords, 3, params_PeerGraphValidateDeferredRecords, "PeerGraphStartup", 1,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_INVALID_GRAPH PEER_E_NOT_INITIALIZED"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
