/* win32_scan.h - what the two parts of scanf share: the text that is scanned, and one conversion. */
#ifndef PEERAPI_WIN32_SCAN_H
#define PEERAPI_WIN32_SCAN_H

#include "win32_print.h"

#define NOTHING (-1) /* no further unit */

struct source {
    BOOL is_wide;
    FILE *stream; /* NULL: text */
    const WCHAR *wide;
    const unsigned char *narrow;
    long long taken;
};

enum size { PLAIN, CHAR_SIZE, SHORT_SIZE, LONG_SIZE, WIDE_SIZE, QUAD_SIZE, LONG_DOUBLE_SIZE };

struct spec {
    BOOL discard, checked; /* checked: string conversions are followed by the size of their room */
    long long width;
    enum size size;
    int conversion;
};

struct arguments {
    va_list list;
};

/* A set like [a-z] or [^]x], as it stands in the format: from the unit after the bracket up to the closing one. */
struct set {
    const struct source *format;
    const void *start;
    size_t length;
    BOOL inverted;
};

/* The next unit of the text, or NOTHING; and the unit put back, where there was one. */
int w32_scan_next(struct source *source);
void w32_scan_back(struct source *source, int unit);
BOOL w32_scan_is_blank(int unit);
void w32_scan_skip_blanks(struct source *source);

/* One conversion each: FALSE where the text does not match, or does not fit. */
BOOL w32_scan_integer(struct source *source, struct spec *spec, struct arguments *arguments);
BOOL w32_scan_float(struct source *source, struct spec *spec, struct arguments *arguments);
BOOL w32_scan_string(struct source *source, struct spec *spec, const struct set *set, struct arguments *arguments);

#endif
