/* Made by tools/conformance_tables.py from the facts; do not edit. */

#include "tables.h"

static HRESULT call_PeerEndEnumeration(const ARG *a) { return PeerEndEnumeration((HPEERENUM)a[0].pointer); }
static const PARAM params_PeerEndEnumeration[] = {{"hPeerEnum", 'h', 0}};

static HRESULT call_PeerGetItemCount(const ARG *a) { return PeerGetItemCount((HPEERENUM)a[0].pointer, (ULONG *)a[1].pointer); }
static const PARAM params_PeerGetItemCount[] = {{"hPeerEnum", 'h', 0}, {"pCount", 's', 0}};

static HRESULT call_PeerGetNextItem(const ARG *a) { return PeerGetNextItem((HPEERENUM)a[0].pointer, (ULONG *)a[1].pointer, (PVOID **)a[2].pointer); }
static const PARAM params_PeerGetNextItem[] = {{"hPeerEnum", 'h', 0}, {"pCount", 'c', 0}, {"pppvItems", 'B', 0}};

const FUNCTION functions_common[] = {
    {"PeerEndEnumeration", call_PeerEndEnumeration, 1, params_PeerEndEnumeration, NULL, 0,
     "S_OK E_INVALIDARG"},
    {"PeerGetItemCount", call_PeerGetItemCount, 2, params_PeerGetItemCount, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {"PeerGetNextItem", call_PeerGetNextItem, 3, params_PeerGetNextItem, NULL, 0,
     "S_OK E_INVALIDARG E_OUTOFMEMORY"},
    {NULL, NULL, 0, NULL, NULL, 0, NULL},
};
