/* direct.h - folders by the C run-time's names. 0, or -1 and errno. */
#ifndef PEERAPI_DIRECT_H
#define PEERAPI_DIRECT_H

#include "peerapi_crt.h"

PEERAPI_CRT_BEGIN

extern int _mkdir(const char *path);
extern int _rmdir(const char *path);
extern int _chdir(const char *path);
extern int _wmkdir(const peerapi_wchar *path);
extern int _wrmdir(const peerapi_wchar *path);
extern int _wchdir(const peerapi_wchar *path);
/* With NULL the result is the caller's, freed with free. */
extern char *_getcwd(char *to, int bytes);
extern peerapi_wchar *_wgetcwd(peerapi_wchar *to, int units);

PEERAPI_CRT_END

#endif
