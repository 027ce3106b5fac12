/* wtypes.h - see objbase.h. */
#ifndef PEERAPI_WTYPES_H
#define PEERAPI_WTYPES_H
#include "objbase.h"
#endif
