/* oleauto.h - BSTR, the counted text of Automation, and its truth values. */
#ifndef PEERAPI_OLEAUTO_H
#define PEERAPI_OLEAUTO_H

#include "combaseapi.h"

EXTERN_C_START

typedef OLECHAR *BSTR;
typedef short VARIANT_BOOL;
#define VARIANT_TRUE ((VARIANT_BOOL)-1)
#define VARIANT_FALSE ((VARIANT_BOOL)0)

/* Freed with SysFreeString; the count of units is kept before the first. NULL of NULL, or without memory. */
WINBASEAPI BSTR WINAPI SysAllocString(const OLECHAR *text);
WINBASEAPI BSTR WINAPI SysAllocStringLen(const OLECHAR *text, UINT units);
WINBASEAPI VOID WINAPI SysFreeString(BSTR text);
WINBASEAPI UINT WINAPI SysStringLen(BSTR text);

EXTERN_C_END
#endif
