/* ole2.h - see objbase.h. */
#ifndef PEERAPI_OLE2_H
#define PEERAPI_OLE2_H
#include "objbase.h"
#endif
