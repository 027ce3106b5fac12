/* win32_stream.h - what a stream holds: UTF-8, or UTF-16 as it is. */
#ifndef PEERAPI_WIN32_STREAM_H
#define PEERAPI_WIN32_STREAM_H

#include "win32.h"

#include <stdio.h>

/* The translation modes of Windows (_O_TEXT, ...), by what they mean for wide characters. */
enum w32_translation {
    W32_TEXT,         /* UTF-8; the lines are left alone. What every stream is that says nothing else. */
    W32_BINARY,       /* UTF-16, as it is */
    W32_UNICODE_UTF8, /* opened with ccs=, or set by _setmode */
    W32_UNICODE_UTF16
};

struct w32_stream_mode {
    enum w32_translation translation;
    BOOL crlf; /* lines end with CR LF outside and with LF inside: files opened with ccs= */
};

/* How wide characters of this stream are written as bytes. */
struct w32_stream_mode w32_stream_mode(FILE *stream);
/* Notes it for the file behind a stream; a stream that is W32_TEXT is forgotten. FALSE and errno without memory. */
BOOL w32_set_stream_mode(FILE *stream, struct w32_stream_mode mode);
/* The halves of surrogate pairs that wait for this stream in the calling thread are gone (win32_wstdio.c). */
void w32_forget_halves(FILE *stream);

static inline BOOL w32_holds_utf16(struct w32_stream_mode mode) {
    return mode.translation == W32_BINARY || mode.translation == W32_UNICODE_UTF16;
}

#endif
