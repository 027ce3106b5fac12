/* peerapi_crt_time.h - calendar times. See peerapi_crt.h. */
#ifndef PEERAPI_CRT_TIME_H
#define PEERAPI_CRT_TIME_H

#include "peerapi_crt.h"
#include <time.h>

PEERAPI_CRT_BEGIN

#ifdef PEERAPI_CRT_OURS

PEERAPI_OURS(size_t, wcsftime, (wchar_t *to, size_t limit, const wchar_t *format, const struct tm *time));

#endif

/* Times; mind the order of the parameters. */
extern errno_t localtime_s(struct tm *to, const time_t *time);
extern errno_t gmtime_s(struct tm *to, const time_t *time);
extern errno_t ctime_s(char *to, size_t bytes, const time_t *time);
extern errno_t asctime_s(char *to, size_t bytes, const struct tm *time);

PEERAPI_CRT_END

#endif
