/* specstrings.h - the annotations of sal.h under the name older programs include. */
#ifndef PEERAPI_SPECSTRINGS_H
#define PEERAPI_SPECSTRINGS_H
#include "sal.h"
#endif
