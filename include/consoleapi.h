/* consoleapi.h - see wincon.h. */
#ifndef PEERAPI_CONSOLEAPI_H
#define PEERAPI_CONSOLEAPI_H
#include "wincon.h"
#endif
