/* interlockedapi.h - the Interlocked operations are inline functions of winnt.h. */
#ifndef PEERAPI_INTERLOCKEDAPI_H
#define PEERAPI_INTERLOCKEDAPI_H
#include "winnt.h"
#endif
