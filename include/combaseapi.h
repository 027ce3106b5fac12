/* combaseapi.h - COM's memory, GUID strings, initialisation, which here only succeeds, and the one class there is
 * (netfw.h). */
#ifndef PEERAPI_COMBASEAPI_H
#define PEERAPI_COMBASEAPI_H

#include <stdlib.h>
#include "windef.h"

EXTERN_C_START

typedef WCHAR OLECHAR;
typedef OLECHAR *LPOLESTR;
typedef const OLECHAR *LPCOLESTR;
#define OLESTR(text) PEERAPI_W(text)

typedef enum tagCOINIT {
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_MULTITHREADED = 0x0,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDAPI EXTERN_C HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C type STDAPICALLTYPE

/* S_OK the first time on a thread, S_FALSE after that; RPC_E_CHANGED_MODE when the thread has the other model. */
WINBASEAPI HRESULT WINAPI CoInitialize(LPVOID reserved);
WINBASEAPI HRESULT WINAPI CoInitializeEx(LPVOID reserved, DWORD model);
WINBASEAPI VOID WINAPI CoUninitialize(VOID);

WINBASEAPI LPVOID WINAPI CoTaskMemAlloc(SIZE_T bytes);
WINBASEAPI LPVOID WINAPI CoTaskMemRealloc(LPVOID block, SIZE_T bytes);
WINBASEAPI VOID WINAPI CoTaskMemFree(LPVOID block);

WINBASEAPI HRESULT WINAPI CoCreateGuid(GUID *guid);
/* Writes {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}; answers 39, the units with the terminator, or 0 when they do not fit.
 */
WINBASEAPI int WINAPI StringFromGUID2(REFGUID guid, LPOLESTR text, int units);
WINBASEAPI HRESULT WINAPI StringFromCLSID(REFCLSID clsid, LPOLESTR *text);
WINBASEAPI HRESULT WINAPI StringFromIID(REFIID iid, LPOLESTR *text);
WINBASEAPI HRESULT WINAPI CLSIDFromString(LPCOLESTR text, LPCLSID clsid);
WINBASEAPI HRESULT WINAPI IIDFromString(LPCOLESTR text, LPIID iid);

typedef LONG DISPID;
#define CLSCTX_INPROC_SERVER 0x1
#define CLSCTX_INPROC_HANDLER 0x2
#define CLSCTX_LOCAL_SERVER 0x4
#define CLSCTX_ALL 0x17

#ifndef __cplusplus
typedef struct IUnknown IUnknown;
#else
struct IUnknown {
    virtual HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void **object) = 0;
    virtual ULONG STDMETHODCALLTYPE AddRef() = 0;
    virtual ULONG STDMETHODCALLTYPE Release() = 0;
};

/* Its four functions answer E_NOTIMPL here: objects are called by their own. */
struct IDispatch : public IUnknown {
    virtual HRESULT STDMETHODCALLTYPE GetTypeInfoCount(UINT *count) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetTypeInfo(UINT number, LCID locale, void **info) = 0;
    virtual HRESULT STDMETHODCALLTYPE GetIDsOfNames(
        REFIID iid, LPOLESTR *names, UINT count, LCID locale, DISPID *ids) = 0;
    virtual HRESULT STDMETHODCALLTYPE Invoke(
        DISPID id, REFIID iid, LCID locale, WORD flags, void *parameters, void *result, void *error, UINT *at) = 0;
};
#endif
typedef IUnknown *LPUNKNOWN;

/* REGDB_E_CLASSNOTREG for all but NetFwMgr. */
WINBASEAPI HRESULT WINAPI CoCreateInstance(REFCLSID clsid, LPUNKNOWN outer, DWORD context, REFIID iid, LPVOID *object);

EXTERN_C_END

#if defined(__cplusplus) && !defined(_MSC_EXTENSIONS)
/* __uuidof of Microsoft's compiler, for the types that have a PEERAPI_UUID. */
extern "C++" {
template <typename T> struct peerapi_uuid;
}
#define __uuidof(type) (peerapi_uuid<type>::value())
#define PEERAPI_UUID(type, first, second, third, ...)                            \
    extern "C++" {                                                               \
    template <> struct peerapi_uuid<type> {                                      \
        static const GUID &value() {                                             \
            static const GUID guid = {first, second, third, {__VA_ARGS__}};      \
            return guid;                                                         \
        }                                                                        \
    };                                                                           \
    }
#else
#define PEERAPI_UUID(type, ...)
#endif
#endif
