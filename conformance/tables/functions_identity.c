/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerCreatePeerName(const ARG *a) { return PeerCreatePeerName((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PWSTR *)a[2].pointer); }
static const PARAM params_PeerCreatePeerName[] = {{"pwzIdentity", 'p', 1}, {"pwzClassifier", 'p', 1}, {"ppwzPeerName", 'B', 0}};

static HRESULT call_PeerEnumGroups(const ARG *a) { return PeerEnumGroups((PCWSTR)a[0].pointer, (HPEERENUM *)a[1].pointer); }
static const PARAM params_PeerEnumGroups[] = {{"pwzIdentity", 'p', 0}, {"phPeerEnum", 'H', 0}};

static HRESULT call_PeerEnumIdentities(const ARG *a) { return PeerEnumIdentities((HPEERENUM *)a[0].pointer); }
static const PARAM params_PeerEnumIdentities[] = {{"phPeerEnum", 'H', 0}};

static HRESULT call_PeerIdentityCreate(const ARG *a) { return PeerIdentityCreate((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (HCRYPTPROV)a[2].number, (PWSTR *)a[3].pointer); }
static const PARAM params_PeerIdentityCreate[] = {{"pwzClassifier", 'p', 1}, {"pwzFriendlyName", 'p', 1}, {"hCryptProv", 'n', 1}, {"ppwzIdentity", 'B', 2}};

static HRESULT call_PeerIdentityDelete(const ARG *a) { return PeerIdentityDelete((PCWSTR)a[0].pointer); }
static const PARAM params_PeerIdentityDelete[] = {{"pwzIdentity", 'p', 0}};

static HRESULT call_PeerIdentityExport(const ARG *a) { return PeerIdentityExport((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PWSTR *)a[2].pointer); }
static const PARAM params_PeerIdentityExport[] = {{"pwzIdentity", 'p', 1}, {"pwzPassword", 'p', 0}, {"ppwzExportXML", 'B', 0}};

static HRESULT call_PeerIdentityGetCryptKey(const ARG *a) { return PeerIdentityGetCryptKey((PCWSTR)a[0].pointer, (HCRYPTPROV *)a[1].pointer); }
static const PARAM params_PeerIdentityGetCryptKey[] = {{"pwzIdentity", 'p', 1}, {"phCryptProv", 'H', 0}};

static HRESULT call_PeerIdentityGetDefault(const ARG *a) { return PeerIdentityGetDefault((PWSTR *)a[0].pointer); }
static const PARAM params_PeerIdentityGetDefault[] = {{"ppwzPeerName", 'B', 0}};

static HRESULT call_PeerIdentityGetFriendlyName(const ARG *a) { return PeerIdentityGetFriendlyName((PCWSTR)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerIdentityGetFriendlyName[] = {{"pwzIdentity", 'p', 1}, {"ppwzFriendlyName", 'B', 0}};

static HRESULT call_PeerIdentityGetXML(const ARG *a) { return PeerIdentityGetXML((PCWSTR)a[0].pointer, (PWSTR *)a[1].pointer); }
static const PARAM params_PeerIdentityGetXML[] = {{"pwzIdentity", 'p', 1}, {"ppwzIdentityXML", 'B', 0}};

static HRESULT call_PeerIdentityImport(const ARG *a) { return PeerIdentityImport((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer, (PWSTR *)a[2].pointer); }
static const PARAM params_PeerIdentityImport[] = {{"pwzImportXML", 'p', 0}, {"pwzPassword", 'p', 0}, {"ppwzIdentity", 'B', 2}};

static HRESULT call_PeerIdentitySetFriendlyName(const ARG *a) { return PeerIdentitySetFriendlyName((PCWSTR)a[0].pointer, (PCWSTR)a[1].pointer); }
static const PARAM params_PeerIdentitySetFriendlyName[] = {{"pwzIdentity", 'p', 1}, {"pwzFriendlyName", 'p', 2}};

const FUNCTION functions_identity[] = {
    {"PeerCreatePeerName", call_PeerCreatePeerName, 3, params_PeerCreatePeerName, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerEnumGroups", call_PeerEnumGroups, 2, params_PeerEnumGroups, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NOT_FOUND"},
    {"PeerEnumIdentities", call_PeerEnumIdentities, 1, params_PeerEnumIdentities, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerIdentityCreate", call_PeerIdentityCreate, 4, params_PeerIdentityCreate, NULL, 0,
     "S_OK HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE) E_INVALIDARG E_OUTOFMEMORY PEER_E_ALREADY_EXISTS PEER_E_NO_KEY_ACCESS PEER_E_TOO_MANY_IDENTITIES"},
    {"PeerIdentityDelete", call_PeerIdentityDelete, 1, params_PeerIdentityDelete, NULL, 0,
     "S_OK E_INVALIDARG PEER_E_GROUPS_EXIST PEER_E_NOT_FOUND"},
    {"PeerIdentityExport", call_PeerIdentityExport, 3, params_PeerIdentityExport, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_KEY_ACCESS PEER_E_NOT_FOUND"},
    {"PeerIdentityGetCryptKey", call_PeerIdentityGetCryptKey, 2, params_PeerIdentityGetCryptKey, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_KEY_ACCESS PEER_E_NOT_FOUND"},
    {"PeerIdentityGetDefault", call_PeerIdentityGetDefault, 1, params_PeerIdentityGetDefault, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NOT_FOUND"},
    {"PeerIdentityGetFriendlyName", call_PeerIdentityGetFriendlyName, 2, params_PeerIdentityGetFriendlyName, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_KEY_ACCESS PEER_E_NOT_FOUND"},
    {"PeerIdentityGetXML", call_PeerIdentityGetXML, 2, params_PeerIdentityGetXML, NULL, 0,
     "S_OK E_HANDLE E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerIdentityImport", call_PeerIdentityImport, 3, params_PeerIdentityImport, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_ALREADY_EXISTS PEER_E_NO_KEY_ACCESS"},
    {"PeerIdentitySetFriendlyName", call_PeerIdentitySetFriendlyName, 2, params_PeerIdentitySetFriendlyName, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY PEER_E_NO_KEY_ACCESS PEER_E_NOT_FOUND"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
