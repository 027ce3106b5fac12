/* winnls.h - code pages. */
#ifndef PEERAPI_WINNLS_H
#define PEERAPI_WINNLS_H

#include "stringapiset.h"

EXTERN_C_START

WINBASEAPI UINT WINAPI GetACP(VOID);
WINBASEAPI UINT WINAPI GetOEMCP(VOID);

EXTERN_C_END
#endif
