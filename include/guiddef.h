/* guiddef.h - the GUID structure (its first three members in the machine's byte order, as on Windows),
 * comparison, and DEFINE_GUID, which defines the value where INITGUID is set and declares it elsewhere. */
#ifndef PEERAPI_GUIDDEF_H
#define PEERAPI_GUIDDEF_H

#include <string.h>

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    unsigned int Data1;
    unsigned short Data2;
    unsigned short Data3;
    unsigned char Data4[8];
} GUID;
#endif

typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID, *LPIID;
typedef GUID CLSID, *LPCLSID;
typedef GUID FMTID, *LPFMTID;

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
#define REFFMTID const FMTID &
static inline int IsEqualGUID(REFGUID first, REFGUID second) { return !memcmp(&first, &second, sizeof(GUID)); }
static inline int InlineIsEqualGUID(REFGUID first, REFGUID second) { return !memcmp(&first, &second, sizeof(GUID)); }
static inline bool operator==(REFGUID first, REFGUID second) { return IsEqualGUID(first, second) != 0; }
static inline bool operator!=(REFGUID first, REFGUID second) { return IsEqualGUID(first, second) == 0; }
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const CLSID *
#define REFFMTID const FMTID *
#define IsEqualGUID(first, second) (!memcmp((first), (second), sizeof(GUID)))
#define InlineIsEqualGUID(first, second) IsEqualGUID(first, second)
#endif
#define IsEqualIID(first, second) IsEqualGUID(first, second)
#define IsEqualCLSID(first, second) IsEqualGUID(first, second)

#ifdef __cplusplus
#define PEERAPI_GUID_EXTERN extern "C"
#else
#define PEERAPI_GUID_EXTERN extern
#endif

#endif /* PEERAPI_GUIDDEF_H */

/* Outside the guard: a second inclusion after initguid.h must turn declarations into definitions. The
 * definitions are weak so that two source files which both set INITGUID still link. */
#undef DEFINE_GUID
#ifdef INITGUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)              \
    PEERAPI_GUID_EXTERN const GUID name __attribute__((weak));                    \
    const GUID name = {(l), (w1), (w2), {(b1), (b2), (b3), (b4), (b5), (b6), (b7), (b8)}}
#else
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) PEERAPI_GUID_EXTERN const GUID name
#endif
