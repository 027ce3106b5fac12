/* io.h - file descriptors by the names of Windows, and the translation modes of their streams. */
#ifndef PEERAPI_IO_H
#define PEERAPI_IO_H

#include <stdio.h>
#include <unistd.h>

#include "peerapi_crt.h"

#define _O_TEXT 0x4000
#define _O_BINARY 0x8000
#define _O_WTEXT 0x10000
#define _O_U16TEXT 0x20000
#define _O_U8TEXT 0x40000

#define _isatty(descriptor) isatty(descriptor)

PEERAPI_CRT_BEGIN

/* Wide characters of the descriptor's stream become UTF-8 (_O_TEXT, _O_U8TEXT) or UTF-16 (_O_BINARY, _O_U16TEXT,
 * _O_WTEXT); line ends stay what they are, and a terminal gets UTF-8 always. Answers the mode before, which is _O_TEXT
 * at first, or -1 and errno. */
extern int _setmode(int descriptor, int mode);

/* 0 when the file is there (mode 0) and may be written to (2), read (4); else -1 and errno, or the error itself. */
extern int _access(const char *path, int mode);
extern int _waccess(const peerapi_wchar *path, int mode);
extern errno_t _access_s(const char *path, int mode);
extern errno_t _waccess_s(const peerapi_wchar *path, int mode);
extern int _unlink(const char *path);
extern int _wunlink(const peerapi_wchar *path);

PEERAPI_CRT_END

#endif
