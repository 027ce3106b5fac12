/* win32_secure.c - string functions only Windows has, wide and narrow: those with a size, those without case. */
#include "win32.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include "../../include/peerapi_crt_string.h"
#include "../../include/peerapi_crt_time.h"

#define UNIT                    char
#define BITS                    unsigned char
#define NAME(strpart, widepart) strpart
#include "win32_secure_template.h"
#undef UNIT
#undef BITS
#undef NAME

#define UNIT                    WCHAR
#define BITS                    WCHAR
#define NAME(strpart, widepart) widepart
#include "win32_secure_template.h"

char *_strdup(const char *text) { return text ? strdup(text) : NULL; }

int _memicmp(const void *first, const void *second, size_t count) {
    const unsigned char *a = first, *b = second;
    for (size_t index = 0; index < count; index++) {
        int difference = (unsigned char)narrow_lower((char)a[index]) - (unsigned char)narrow_lower((char)b[index]);
        if (difference) {
            return difference;
        }
    }
    return 0;
}

static errno_t change_case(WCHAR *text, size_t units, WCHAR *(*change)(WCHAR *)) {
    if (!text) {
        return errno = EINVAL;
    }
    if (wide_length(text, units) == units) {
        if (units) {
            text[0] = 0;
        }
        return errno = EINVAL;
    }
    change(text);
    return 0;
}

errno_t _wcslwr_s(WCHAR *text, size_t units) { return change_case(text, units, _wcslwr); }
errno_t _wcsupr_s(WCHAR *text, size_t units) { return change_case(text, units, _wcsupr); }

/* Memory: on error the whole destination is zeroed. */
static errno_t move(void *to, size_t room, const void *from, size_t bytes) {
    if (bytes == 0) {
        return 0;
    }
    if (!to) {
        return errno = EINVAL;
    }
    if (!from || bytes > room) {
        memset(to, 0, room);
        return errno = from ? ERANGE : EINVAL;
    }
    memmove(to, from, bytes);
    return 0;
}

errno_t memcpy_s(void *to, size_t room, const void *from, size_t count) { return move(to, room, from, count); }
errno_t memmove_s(void *to, size_t room, const void *from, size_t count) { return move(to, room, from, count); }

errno_t wmemcpy_s(WCHAR *to, size_t units, const WCHAR *from, size_t count) {
    return count > SIZE_MAX / sizeof *to ? move(to, units * sizeof *to, from, SIZE_MAX)
                                         : move(to, units * sizeof *to, from, count * sizeof *to);
}

errno_t wmemmove_s(WCHAR *to, size_t units, const WCHAR *from, size_t count) {
    return wmemcpy_s(to, units, from, count);
}

errno_t strerror_s(char *to, size_t bytes, int error) {
    char room[128];
    if (!to || !bytes) {
        return errno = EINVAL;
    }
    errno_t result = strncpy_s(to, bytes, strerror_r(error, room, sizeof room), _TRUNCATE);
    return result == STRUNCATE ? 0 : result;
}

/* Times. */

static errno_t split(struct tm *to, const time_t *time, struct tm *(*function)(const time_t *, struct tm *)) {
    if (!to || !time || *time < 0 || !function(time, to)) {
        if (to) {
            memset(to, 0xff, sizeof *to); /* documented: every member is -1 then */
        }
        return errno = EINVAL;
    }
    return 0;
}

errno_t localtime_s(struct tm *to, const time_t *time) { return split(to, time, localtime_r); }
errno_t gmtime_s(struct tm *to, const time_t *time) { return split(to, time, gmtime_r); }

errno_t asctime_s(char *to, size_t bytes, const struct tm *time) {
    char room[64];
    if (to && bytes) {
        to[0] = 0;
    }
    if (!to || bytes < 26 || !time || !asctime_r(time, room)) {
        return errno = EINVAL;
    }
    return strcpy_s(to, bytes, room);
}

errno_t ctime_s(char *to, size_t bytes, const time_t *time) {
    struct tm split_time;
    if (to && bytes) {
        to[0] = 0;
    }
    errno_t error = localtime_s(&split_time, time);
    return error ? error : asctime_s(to, bytes, &split_time);
}
