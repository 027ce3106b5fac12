/* combaseapi.h - COM's memory, GUID strings and initialisation, which here only succeeds. */
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

EXTERN_C_END
#endif
