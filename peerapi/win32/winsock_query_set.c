/* winsock_query_set.c - a result of a lookup, laid out in one block as the caller gets it, wide or narrow. */
#include "win32.h"

#include "winsock.h"
#include "../../include/pnrpns.h"

#include <stdlib.h>
#include <string.h>

/* Results. One pass measures, with no buffer; a second writes. Everything is aligned to eight bytes. */

struct packing {
    char *to; /* or NULL */
    size_t used;
    BOOL narrow;
};

/* Room for so many bytes, filled from `from`; NULL when measuring. */
static void *pack(struct packing *packing, const void *from, size_t size) {
    char *place = packing->to ? packing->to + packing->used : NULL;
    packing->used += (size + 7) & ~(size_t)7;
    if (place) {
        memcpy(place, from, size);
    }
    return place;
}

static WCHAR *pack_wide(struct packing *packing, const WCHAR *text) {
    return text ? pack(packing, text, (w32_length(text) + 1) * sizeof *text) : NULL;
}

/* A string in the encoding of the result. Without memory it is left out. */
static WCHAR *pack_text(struct packing *packing, const WCHAR *text) {
    if (!text || !packing->narrow) {
        return pack_wide(packing, text);
    }
    char *narrow = w32_utf8_of(text);
    void *place = narrow ? pack(packing, narrow, strlen(narrow) + 1) : NULL;
    free(narrow);
    return place;
}

static void *pack_some(struct packing *packing, const void *from, size_t size) {
    return from ? pack(packing, from, size) : NULL;
}

static SOCKET_ADDRESS packed_address(struct packing *packing, SOCKET_ADDRESS address) {
    address.lpSockaddr = pack_some(packing, address.lpSockaddr, (size_t)address.iSockaddrLength);
    return address;
}

static CSADDR_INFO *pack_addresses(struct packing *packing, const CSADDR_INFO *from, DWORD count) {
    CSADDR_INFO *place = count ? pack_some(packing, from, count * sizeof *from) : NULL;
    for (DWORD index = 0; from && index < count; index++) {
        CSADDR_INFO info = from[index];
        info.LocalAddr = packed_address(packing, info.LocalAddr);
        info.RemoteAddr = packed_address(packing, info.RemoteAddr);
        if (place) {
            place[index] = info;
        }
    }
    return place;
}

/* The blob of a name: both forms of PNRPINFO begin alike. */
static void *pack_name_info(struct packing *packing, const BYTE *from, DWORD size) {
    PNRPINFO_V2 info = {0};
    memcpy(&info, from, size);
    void *place = pack(packing, from, size);
    info.lpwszIdentity = pack_wide(packing, info.lpwszIdentity);
    info.saHint = packed_address(packing, info.saHint);
    if (info.enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_BINARY) {
        info.blobPayload.pBlobData = pack_some(packing, info.blobPayload.pBlobData, info.blobPayload.cbSize);
    } else if (info.enExtendedPayloadType == PNRP_EXTENDED_PAYLOAD_TYPE_STRING) {
        info.pwszPayload = pack_wide(packing, info.pwszPayload);
    }
    if (place) {
        memcpy(place, &info, size);
    }
    return place;
}

static BLOB *pack_blob(struct packing *packing, const BLOB *from, DWORD name_space) {
    if (!from) {
        return NULL;
    }
    DWORD size = from->cbSize;
    BLOB *place = pack(packing, from, sizeof *from);
    BOOL info = name_space == NS_PNRPNAME && (size == sizeof(PNRPINFO_V1) || size == sizeof(PNRPINFO_V2)) &&
                from->pBlobData;
    void *data = info ? pack_name_info(packing, from->pBlobData, size) : pack_some(packing, from->pBlobData, size);
    if (place) {
        place->pBlobData = data;
    }
    return place;
}

size_t ws_pack_query_set(const WSAQUERYSETW *from, char *to, BOOL narrow) {
    struct packing packing = {to, 0, narrow};
    WSAQUERYSETW set = *from, *place = pack(&packing, from, sizeof *from);
    set.dwSize = sizeof set;
    set.lpszServiceInstanceName = pack_text(&packing, from->lpszServiceInstanceName);
    set.lpServiceClassId = pack_some(&packing, from->lpServiceClassId, sizeof(GUID));
    set.lpVersion = pack_some(&packing, from->lpVersion, sizeof(WSAVERSION));
    set.lpszComment = pack_text(&packing, from->lpszComment);
    set.lpNSProviderId = pack_some(&packing, from->lpNSProviderId, sizeof(GUID));
    set.lpszContext = pack_text(&packing, from->lpszContext);
    set.lpafpProtocols = pack_some(&packing, from->lpafpProtocols, from->dwNumberOfProtocols * sizeof(AFPROTOCOLS));
    set.lpszQueryString = pack_text(&packing, from->lpszQueryString);
    set.lpcsaBuffer = pack_addresses(&packing, from->lpcsaBuffer, from->dwNumberOfCsAddrs);
    set.lpBlob = pack_blob(&packing, from->lpBlob, from->dwNameSpace);
    if (place) {
        *place = set;
    }
    return packing.used;
}
