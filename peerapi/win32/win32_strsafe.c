/* win32_strsafe.c - strsafe.h, for char and for WCHAR. */
#include "win32_print.h"

#include "../../include/strsafe.h"

#define ALL_FLAGS                                                                                                 \
    (0xff | STRSAFE_IGNORE_NULLS | STRSAFE_FILL_BEHIND_NULL | STRSAFE_FILL_ON_FAILURE | STRSAFE_NULL_ON_FAILURE | \
     STRSAFE_NO_TRUNCATION)

#define UNIT       char
#define MEMBER     narrow
#define NAME(stem) stem##A
#define NEXT_INPUT getchar
#include "win32_strsafe_template.h"
#undef UNIT
#undef MEMBER
#undef NAME
#undef NEXT_INPUT

#define UNIT       WCHAR
#define MEMBER     wide
#define NAME(stem) stem##W
#define NEXT_INPUT (int)peerapi_getwchar
#include "win32_strsafe_template.h"
