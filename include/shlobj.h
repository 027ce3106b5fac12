/* shlobj.h - of the shell's functions, the one that names the user's folders. */
#ifndef PEERAPI_SHLOBJ_H
#define PEERAPI_SHLOBJ_H

#include "windef.h"
#include "winnt.h"
#include "shellapi.h"

EXTERN_C_START

#define CSIDL_DESKTOP 0x0000
#define CSIDL_PERSONAL 0x0005
#define CSIDL_MYDOCUMENTS CSIDL_PERSONAL
#define CSIDL_DESKTOPDIRECTORY 0x0010
#define CSIDL_APPDATA 0x001a
#define CSIDL_LOCAL_APPDATA 0x001c
#define CSIDL_COMMON_APPDATA 0x0023
#define CSIDL_WINDOWS 0x0024
#define CSIDL_SYSTEM 0x0025
#define CSIDL_PROFILE 0x0028
#define CSIDL_FLAG_CREATE 0x8000
#define CSIDL_FLAG_DONT_VERIFY 0x4000
#define CSIDL_FLAG_MASK 0xFF00
#define SHGFP_TYPE_CURRENT 0
#define SHGFP_TYPE_DEFAULT 1

/* The folder, as the XDG base directories and the home folder have it; the buffer holds MAX_PATH units. S_FALSE and an
 * empty path when it does not exist and is not to be made, E_INVALIDARG for one that is not known. */
WINBASEAPI HRESULT WINAPI SHGetFolderPathA(HWND window, int folder, HANDLE token, DWORD flags, LPSTR path);
WINBASEAPI HRESULT WINAPI SHGetFolderPathW(HWND window, int folder, HANDLE token, DWORD flags, LPWSTR path);

#ifdef UNICODE
#define SHGetFolderPath SHGetFolderPathW
#else
#define SHGetFolderPath SHGetFolderPathA
#endif

EXTERN_C_END
#endif
