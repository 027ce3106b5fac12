/* io.h - file descriptors by the names of Windows, and the translation modes, of which there is only one here: UTF-8, untouched. */
#ifndef PEERAPI_IO_H
#define PEERAPI_IO_H

#include <stdio.h>
#include <unistd.h>

#define _O_TEXT 0x4000
#define _O_BINARY 0x8000
#define _O_WTEXT 0x10000
#define _O_U16TEXT 0x20000
#define _O_U8TEXT 0x40000

#define _fileno(stream) fileno(stream)
#define _isatty(descriptor) isatty(descriptor)

/* Accepted and without effect; the mode before is always _O_U8TEXT. */
static inline int _setmode(int descriptor, int mode) {
    (void)descriptor;
    (void)mode;
    return _O_U8TEXT;
}

#endif
