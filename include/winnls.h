/* winnls.h - code pages; dates and times as text. */
#ifndef PEERAPI_WINNLS_H
#define PEERAPI_WINNLS_H

#include "minwinbase.h"
#include "stringapiset.h"

EXTERN_C_START

#define LOCALE_NOUSEROVERRIDE 0x80000000u
#define DATE_SHORTDATE 0x00000001
#define DATE_LONGDATE 0x00000002
#define DATE_YEARMONTH 0x00000008
#define TIME_NOMINUTESORSECONDS 0x00000001
#define TIME_NOSECONDS 0x00000002
#define TIME_NOTIMEMARKER 0x00000004
#define TIME_FORCE24HOURFORMAT 0x00000008

WINBASEAPI UINT WINAPI GetACP(VOID);
WINBASEAPI UINT WINAPI GetOEMCP(VOID);

/* English of the United States, whatever the locale. Pictures are Windows': d to dddd, M to MMMM, y to yyyy; h, H, m,
 * s, t; text between quotes. NULL as the time means now. Answers the units with the terminator, also when units is 0.
 */
WINBASEAPI LCID WINAPI GetUserDefaultLCID(VOID);
WINBASEAPI LCID WINAPI GetSystemDefaultLCID(VOID);
WINBASEAPI LANGID WINAPI GetUserDefaultLangID(VOID);
WINBASEAPI LANGID WINAPI GetSystemDefaultLangID(VOID);
WINBASEAPI int WINAPI GetDateFormatA(LCID locale, DWORD flags, const SYSTEMTIME *time, LPCSTR format, LPSTR to,
                                     int bytes);
WINBASEAPI int WINAPI GetDateFormatW(LCID locale, DWORD flags, const SYSTEMTIME *time, LPCWSTR format, LPWSTR to,
                                     int units);
WINBASEAPI int WINAPI GetTimeFormatA(LCID locale, DWORD flags, const SYSTEMTIME *time, LPCSTR format, LPSTR to,
                                     int bytes);
WINBASEAPI int WINAPI GetTimeFormatW(LCID locale, DWORD flags, const SYSTEMTIME *time, LPCWSTR format, LPWSTR to,
                                     int units);

#ifdef UNICODE
#define GetDateFormat GetDateFormatW
#define GetTimeFormat GetTimeFormatW
#else
#define GetDateFormat GetDateFormatA
#define GetTimeFormat GetTimeFormatA
#endif

EXTERN_C_END
#endif
