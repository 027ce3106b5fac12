/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerHostNameToPeerName(const ARG *a) { return PeerHostNameToPeerName((PCWSTR)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerHostNameToPeerName[] = {{"pwzHostName", 'p', 0}, {"ppwzPeerName", 'B', 0}};

static HRESULT call_PeerNameToPeerHostName(const ARG *a) { return PeerNameToPeerHostName((PCWSTR)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerNameToPeerHostName[] = {{"pwzPeerName", 'p', 0}, {"ppwzHostName", 'B', 0}};

static HRESULT call_PeerPnrpEndResolve(const ARG *a) { return PeerPnrpEndResolve((HRESOLUTION)a[0].pointer); }
static const PARAM params_PeerPnrpEndResolve[] = {{"hResolve", 'h', 0}};

static HRESULT call_PeerPnrpGetCloudInfo(const ARG *a) { return PeerPnrpGetCloudInfo((ULONG *)a[0].pointer, (PPEER_PNRP_CLOUD_INFO *)a[1].pointer); }
static const PARAM params_PeerPnrpGetCloudInfo[] = {{"pcNumClouds", 's', 0}, {"ppCloudInfo", 'B', 0}};

static HRESULT call_PeerPnrpGetEndpoint(const ARG *a) { return PeerPnrpGetEndpoint((HRESOLUTION)a[0].pointer, (PPEER_PNRP_ENDPOINT_INFO *)a[1].pointer); }
static const PARAM params_PeerPnrpGetEndpoint[] = {{"hResolve", 'h', 0}, {"ppEndpoint", 'B', 0}};

static HRESULT call_PeerPnrpRegister(const ARG *a) { return PeerPnrpRegister((PCWSTR)a[0].pointer, (PPEER_PNRP_REGISTRATION_INFO)a[1].pointer, (HREGISTRATION *)a[2].pointer); }
static const PARAM params_PeerPnrpRegister[] = {{"pcwzPeerName", 'p', 0}, {"pRegistrationInfo", 'p', 1}, {"phRegistration", 'H', 0}};

static HRESULT call_PeerPnrpResolve(const ARG *a) { return PeerPnrpResolve((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (ULONG *)a[2].pointer, (PPEER_PNRP_ENDPOINT_INFO *)a[3].pointer); }
static const PARAM params_PeerPnrpResolve[] = {{"pcwzPeerName", 'p', 0}, {"pcwzCloudName", 'p', 1}, {"pcEndpoints", 'c', 0}, {"ppEndpoints", 'B', 0}};

static HRESULT call_PeerPnrpShutdown(const ARG *a) { (void)a; return PeerPnrpShutdown(); }

static HRESULT call_PeerPnrpStartResolve(const ARG *a) { return PeerPnrpStartResolve((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (ULONG)a[2].number, (HANDLE)a[3].pointer, (HRESOLUTION *)a[4].pointer); }
static const PARAM params_PeerPnrpStartResolve[] = {{"pcwzPeerName", 'p', 0}, {"pcwzCloudName", 'p', 1}, {"cMaxEndpoints", 'n', 1}, {"hEvent", 'h', 0}, {"phResolve", 'H', 0}};

static HRESULT call_PeerPnrpStartup(const ARG *a) { return PeerPnrpStartup((WORD)a[0].number); }
static const PARAM params_PeerPnrpStartup[] = {{"wVersionRequested", 'n', 0}};

static HRESULT call_PeerPnrpUnregister(const ARG *a) { return PeerPnrpUnregister((HREGISTRATION)a[0].pointer); }
static const PARAM params_PeerPnrpUnregister[] = {{"hRegistration", 'h', 0}};

static HRESULT call_PeerPnrpUpdateRegistration(const ARG *a) { return PeerPnrpUpdateRegistration((HREGISTRATION)a[0].pointer, (PPEER_PNRP_REGISTRATION_INFO)a[1].pointer); }
static const PARAM params_PeerPnrpUpdateRegistration[] = {{"hRegistration", 'h', 0}, {"pRegistrationInfo", 'p', 0}};

const FUNCTION functions_pnrp[] = {
    {"PeerHostNameToPeerName", call_PeerHostNameToPeerName, 2, params_PeerHostNameToPeerName, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerNameToPeerHostName", call_PeerNameToPeerHostName, 2, params_PeerNameToPeerHostName, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpEndResolve", call_PeerPnrpEndResolve, 1, params_PeerPnrpEndResolve, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpGetCloudInfo", call_PeerPnrpGetCloudInfo, 2, params_PeerPnrpGetCloudInfo, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpGetEndpoint", call_PeerPnrpGetEndpoint, 2, params_PeerPnrpGetEndpoint, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_MORE"},
    {"PeerPnrpRegister", call_PeerPnrpRegister, 3, params_PeerPnrpRegister, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_IDENTITY_NOT_FOUND"},
    {"PeerPnrpResolve", call_PeerPnrpResolve, 4, params_PeerPnrpResolve, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpShutdown", call_PeerPnrpShutdown, 0, NULL, "PeerPnrpStartup", 1,
     "S_OK PEER_E_NOT_INITIALIZED E_OUTOFMEMORY"},
    {"PeerPnrpStartResolve", call_PeerPnrpStartResolve, 5, params_PeerPnrpStartResolve, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpStartup", call_PeerPnrpStartup, 1, params_PeerPnrpStartup, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_UNSUPPORTED_VERSION PEER_E_SERVICE_NOT_AVAILABLE"},
    {"PeerPnrpUnregister", call_PeerPnrpUnregister, 1, params_PeerPnrpUnregister, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerPnrpUpdateRegistration", call_PeerPnrpUpdateRegistration, 2, params_PeerPnrpUpdateRegistration, "PeerPnrpStartup", 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
