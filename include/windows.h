/* windows.h - the Win32 subset that programs around the Peer-to-Peer API use.
 *
 * Unlike on Windows this never brings in the old sockets header, so winsock2.h may come before or after it. */
#ifndef PEERAPI_WINDOWS_H
#define PEERAPI_WINDOWS_H

#if defined(_UNICODE) && !defined(UNICODE)
#define UNICODE
#endif

#include <stdarg.h>
#include "windef.h"
#include "winnt.h"
#include "winbase.h"
#include "winerror.h"
#include "securitybaseapi.h"
#include "winnls.h"
#include "wincon.h"
#include "winuser.h"
#ifndef WIN32_LEAN_AND_MEAN
#include "rpc.h"
#include "objbase.h"
#endif

#endif
