/* win32_firewall.c - the firewall of netfw.h, which is off, and BSTR. Its objects are constants: nobody owns them. */
#include <stdlib.h>
#include <string.h>

#include "win32.h"

#include "../../include/objbase.h"
#include "../../include/netfw.h"

struct object {
    const void *const *functions;
};

#define FUNCTION(name) (const void *)(name)

static ULONG counted(void *self) {
    (void)self;
    return 1;
}

static HRESULT queried(void *self, REFIID iid, void **object) {
    (void)iid; /* each object has one interface, and those below it */
    if (!object) {
        return E_POINTER;
    }
    *object = self;
    return S_OK;
}

static HRESULT not_there(void) { return E_NOTIMPL; }

static HRESULT no_list(void *self, void **list) {
    (void)self;
    if (!list) {
        return E_POINTER;
    }
    *list = NULL;
    return E_NOTIMPL;
}

static HRESULT is_false(void *self, VARIANT_BOOL *truth) {
    (void)self;
    if (!truth) {
        return E_POINTER;
    }
    *truth = VARIANT_FALSE;
    return S_OK;
}

static HRESULT stays_false(void *self, VARIANT_BOOL truth) {
    (void)self;
    return truth == VARIANT_FALSE ? S_OK : E_ACCESSDENIED;
}

static HRESULT kind(void *self, NET_FW_PROFILE_TYPE *type) {
    (void)self;
    if (!type) {
        return E_POINTER;
    }
    *type = NET_FW_PROFILE_STANDARD;
    return S_OK;
}

#define DISPATCH                                                                                       \
    FUNCTION(queried), FUNCTION(counted), FUNCTION(counted), FUNCTION(not_there), FUNCTION(not_there), \
        FUNCTION(not_there), FUNCTION(not_there)

static const void *const profile_functions[] = {
    DISPATCH,           FUNCTION(kind),        FUNCTION(is_false), FUNCTION(stays_false),
    FUNCTION(is_false), FUNCTION(stays_false), FUNCTION(is_false), FUNCTION(stays_false),
    FUNCTION(no_list),  FUNCTION(no_list)};
static const struct object profile = {profile_functions};

static HRESULT current_profile(void *self, const void **found) {
    (void)self;
    if (!found) {
        return E_POINTER;
    }
    *found = &profile;
    return S_OK;
}

static HRESULT profile_of_kind(void *self, NET_FW_PROFILE_TYPE type, const void **found) {
    (void)type;
    return current_profile(self, found);
}

static const void *const policy_functions[] = {DISPATCH, FUNCTION(current_profile), FUNCTION(profile_of_kind)};
static const struct object policy = {policy_functions};

static HRESULT local_policy(void *self, const void **found) {
    (void)self;
    if (!found) {
        return E_POINTER;
    }
    *found = &policy;
    return S_OK;
}

static HRESULT nothing(void *self) {
    (void)self;
    return S_OK;
}

static const void *const manager_functions[] = {DISPATCH, FUNCTION(local_policy), FUNCTION(kind), FUNCTION(nothing)};
static const struct object manager = {manager_functions};

static const GUID manager_class = {0x304ce942, 0x6e39, 0x40d8, {0x94, 0x3a, 0xb9, 0x13, 0xc4, 0x0c, 0x9c, 0xd4}};

HRESULT WINAPI CoCreateInstance(REFCLSID clsid, LPUNKNOWN outer, DWORD context, REFIID iid, LPVOID *object) {
    (void)context;
    (void)iid;
    if (!object) {
        return E_POINTER;
    }
    *object = NULL;
    if (!clsid || memcmp(clsid, &manager_class, sizeof *clsid)) {
        return REGDB_E_CLASSNOTREG;
    }
    if (outer) {
        return CLASS_E_NOAGGREGATION;
    }
    *object = (void *)(UINT_PTR)&manager;
    return S_OK;
}

/* BSTR. */

BSTR WINAPI SysAllocStringLen(const OLECHAR *text, UINT units) {
    UINT bytes = units * (UINT)sizeof(OLECHAR);
    if (units > 0x3FFFFFF0) {
        return NULL;
    }
    UINT *block = calloc(1, sizeof *block + bytes + sizeof(OLECHAR));
    if (!block) {
        return NULL;
    }
    *block = bytes;
    if (text) {
        memcpy(block + 1, text, bytes);
    }
    return (BSTR)(block + 1);
}

BSTR WINAPI SysAllocString(const OLECHAR *text) {
    UINT units = 0;
    while (text && text[units]) {
        units++;
    }
    return text ? SysAllocStringLen(text, units) : NULL;
}

VOID WINAPI SysFreeString(BSTR text) {
    if (text) {
        free((UINT *)(void *)text - 1);
    }
}

UINT WINAPI SysStringLen(BSTR text) { return text ? ((UINT *)(void *)text)[-1] / (UINT)sizeof(OLECHAR) : 0; }
