/* win32_guid.c - GUIDs made, printed and read, by COM's names and by those of RPC; COM's initialisation. */
#include "win32.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include "../../include/objbase.h"
#include "../../include/rpc.h"

#define SPELLED 36 /* digits and dashes */

static BOOL random_guid(GUID *guid) {
    size_t filled = 0;
    while (filled < sizeof *guid) {
        ssize_t more = getrandom((char *)guid + filled, sizeof *guid - filled, 0);
        if (more < 0 && errno != EINTR) {
            return FALSE;
        }
        filled += more > 0 ? (size_t)more : 0;
    }
    guid->Data3 = (unsigned short)((guid->Data3 & 0x0fff) | 0x4000); /* RFC 9562: version 4, variant 10 */
    guid->Data4[0] = (unsigned char)((guid->Data4[0] & 0x3f) | 0x80);
    return TRUE;
}

/* The 16 bytes in the order in which they are printed. */
static void to_printed_order(const GUID *guid, BYTE bytes[16]) {
    for (int index = 0; index < 4; index++) {
        bytes[index] = (BYTE)(guid->Data1 >> (24 - 8 * index));
    }
    bytes[4] = HIBYTE(guid->Data2);
    bytes[5] = LOBYTE(guid->Data2);
    bytes[6] = HIBYTE(guid->Data3);
    bytes[7] = LOBYTE(guid->Data3);
    memcpy(bytes + 8, guid->Data4, 8);
}

static BOOL is_dash(int index) { return index == 8 || index == 13 || index == 18 || index == 23; }

static void spell(const GUID *guid, const char *digits, char text[SPELLED + 1]) {
    BYTE bytes[16];
    int nibble = 0;
    to_printed_order(guid, bytes);
    for (int index = 0; index < SPELLED; index++) {
        if (is_dash(index)) {
            text[index] = '-';
        } else {
            text[index] = digits[bytes[nibble / 2] >> (nibble % 2 ? 0 : 4) & 15];
            nibble++;
        }
    }
    text[SPELLED] = 0;
}

static int digit_value(unsigned unit) {
    if (unit >= '0' && unit <= '9') {
        return (int)unit - '0';
    }
    unit |= 0x20;
    return unit >= 'a' && unit <= 'f' ? (int)unit - 'a' + 10 : -1;
}

/* Reads exactly 36 units; looks at none after the first wrong one. */
static BOOL read_guid(const WCHAR *text, GUID *guid) {
    BYTE bytes[16] = {0};
    int nibble = 0;
    for (int index = 0; index < SPELLED; index++) {
        int value = digit_value(text[index]);
        if (is_dash(index) ? text[index] != '-' : value < 0) {
            return FALSE;
        }
        if (!is_dash(index)) {
            bytes[nibble / 2] = (BYTE)(bytes[nibble / 2] << 4 | value);
            nibble++;
        }
    }
    guid->Data1 = (unsigned)bytes[0] << 24 | (unsigned)bytes[1] << 16 | (unsigned)bytes[2] << 8 | bytes[3];
    guid->Data2 = MAKEWORD(bytes[5], bytes[4]);
    guid->Data3 = MAKEWORD(bytes[7], bytes[6]);
    memcpy(guid->Data4, bytes + 8, 8);
    return TRUE;
}

/* COM. */

HRESULT WINAPI CoCreateGuid(GUID *guid) {
    if (!guid) {
        return E_INVALIDARG;
    }
    return random_guid(guid) ? S_OK : E_FAIL;
}

int WINAPI StringFromGUID2(REFGUID guid, LPOLESTR text, int units) {
    char spelled[SPELLED + 1];
    if (!guid || !text || units < SPELLED + 3) {
        return 0;
    }
    spell(guid, "0123456789ABCDEF", spelled);
    text[0] = '{';
    for (int index = 0; index < SPELLED; index++) {
        text[index + 1] = (WCHAR)spelled[index];
    }
    text[SPELLED + 1] = '}';
    text[SPELLED + 2] = 0;
    return SPELLED + 3;
}

HRESULT WINAPI StringFromCLSID(REFCLSID clsid, LPOLESTR *text) {
    if (!clsid || !text) {
        return E_INVALIDARG;
    }
    *text = CoTaskMemAlloc((SPELLED + 3) * sizeof **text);
    if (!*text) {
        return E_OUTOFMEMORY;
    }
    StringFromGUID2(clsid, *text, SPELLED + 3);
    return S_OK;
}

HRESULT WINAPI StringFromIID(REFIID iid, LPOLESTR *text) { return StringFromCLSID(iid, text); }

static HRESULT from_braced(LPCOLESTR text, GUID *guid, HRESULT malformed) {
    if (!guid) {
        return E_INVALIDARG;
    }
    memset(guid, 0, sizeof *guid);
    if (!text) {
        return S_OK;
    }
    GUID read;
    if (w32_bounded_length(text, SPELLED + 3) != SPELLED + 2 || text[0] != '{' || !read_guid(text + 1, &read) ||
        text[SPELLED + 1] != '}') {
        return malformed;
    }
    *guid = read;
    return S_OK;
}

HRESULT WINAPI CLSIDFromString(LPCOLESTR text, LPCLSID clsid) { return from_braced(text, clsid, CO_E_CLASSSTRING); }
HRESULT WINAPI IIDFromString(LPCOLESTR text, LPIID iid) { return from_braced(text, iid, CO_E_IIDSTRING); }

static __thread DWORD initialisations;
static __thread DWORD apartment;

HRESULT WINAPI CoInitializeEx(LPVOID reserved, DWORD model) {
    if (reserved) {
        return E_INVALIDARG;
    }
    if (initialisations && apartment != (model & COINIT_APARTMENTTHREADED)) {
        return RPC_E_CHANGED_MODE;
    }
    apartment = model & COINIT_APARTMENTTHREADED;
    return initialisations++ ? S_FALSE : S_OK;
}

HRESULT WINAPI CoInitialize(LPVOID reserved) { return CoInitializeEx(reserved, COINIT_APARTMENTTHREADED); }

VOID WINAPI CoUninitialize(VOID) {
    if (initialisations) {
        initialisations--;
    }
}

/* RPC. */

RPC_STATUS RPC_ENTRY UuidCreate(UUID *uuid) {
    if (!uuid) {
        return RPC_S_INVALID_ARG;
    }
    return random_guid(uuid) ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS RPC_ENTRY UuidCreateSequential(UUID *uuid) { return UuidCreate(uuid); }

RPC_STATUS RPC_ENTRY UuidCreateNil(UUID *uuid) {
    if (!uuid) {
        return RPC_S_INVALID_ARG;
    }
    memset(uuid, 0, sizeof *uuid);
    return RPC_S_OK;
}

static const UUID nil;

RPC_STATUS RPC_ENTRY UuidToStringA(const UUID *uuid, RPC_CSTR *text) {
    if (!text) {
        return RPC_S_INVALID_ARG;
    }
    *text = malloc(SPELLED + 1);
    if (!*text) {
        return RPC_S_OUT_OF_MEMORY;
    }
    spell(uuid ? uuid : &nil, "0123456789abcdef", (char *)*text);
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY UuidToStringW(const UUID *uuid, RPC_WSTR *text) {
    char spelled[SPELLED + 1];
    if (!text) {
        return RPC_S_INVALID_ARG;
    }
    spell(uuid ? uuid : &nil, "0123456789abcdef", spelled);
    *text = w32_utf16_of(spelled);
    return *text ? RPC_S_OK : RPC_S_OUT_OF_MEMORY;
}

RPC_STATUS RPC_ENTRY UuidFromStringW(RPC_WSTR text, UUID *uuid) {
    GUID read = nil;
    if (!uuid) {
        return RPC_S_INVALID_ARG;
    }
    if (text && (w32_bounded_length(text, SPELLED + 1) != SPELLED || !read_guid(text, &read))) {
        return RPC_S_INVALID_STRING_UUID;
    }
    *uuid = read;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY UuidFromStringA(RPC_CSTR text, UUID *uuid) {
    WCHAR wide[SPELLED + 2];
    int length = 0;
    if (!text) {
        return UuidFromStringW(NULL, uuid);
    }
    while (length <= SPELLED && text[length]) {
        wide[length] = text[length];
        length++;
    }
    wide[length] = 0;
    return UuidFromStringW(wide, uuid);
}

RPC_STATUS RPC_ENTRY RpcStringFreeA(RPC_CSTR *text) {
    if (!text) {
        return RPC_S_INVALID_ARG;
    }
    free(*text);
    *text = NULL;
    return RPC_S_OK;
}

RPC_STATUS RPC_ENTRY RpcStringFreeW(RPC_WSTR *text) {
    if (!text) {
        return RPC_S_INVALID_ARG;
    }
    free(*text);
    *text = NULL;
    return RPC_S_OK;
}

static void succeed(RPC_STATUS *status) {
    if (status) {
        *status = RPC_S_OK;
    }
}

/* The order in which GUIDs are printed, not that of their bytes in memory. */
int RPC_ENTRY UuidCompare(UUID *first, UUID *second, RPC_STATUS *status) {
    BYTE a[16], b[16];
    to_printed_order(first ? first : &nil, a);
    to_printed_order(second ? second : &nil, b);
    succeed(status);
    int order = memcmp(a, b, sizeof a);
    return (order > 0) - (order < 0);
}

int RPC_ENTRY UuidEqual(UUID *first, UUID *second, RPC_STATUS *status) {
    return UuidCompare(first, second, status) == 0;
}
int RPC_ENTRY UuidIsNil(UUID *uuid, RPC_STATUS *status) { return UuidCompare(uuid, NULL, status) == 0; }

unsigned short RPC_ENTRY UuidHash(UUID *uuid, RPC_STATUS *status) {
    BYTE bytes[16];
    unsigned sum = 0;
    to_printed_order(uuid ? uuid : &nil, bytes);
    for (int index = 0; index < 16; index++) {
        sum = sum * 31 + bytes[index];
    }
    succeed(status);
    return (unsigned short)(sum ^ sum >> 16);
}
