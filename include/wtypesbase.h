/* wtypesbase.h - see objbase.h. */
#ifndef PEERAPI_WTYPESBASE_H
#define PEERAPI_WTYPESBASE_H
#include "objbase.h"
#endif
