/* objbase.h - see combaseapi.h. */
#ifndef PEERAPI_OBJBASE_H
#define PEERAPI_OBJBASE_H

#include "combaseapi.h"
#include "winerror.h"

static const GUID GUID_NULL __attribute__((unused)) = {0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}};
#define CLSID_NULL GUID_NULL
#define IID_NULL GUID_NULL

#endif
