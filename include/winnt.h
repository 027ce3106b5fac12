/* winnt.h - access rights, wait results, large integers, memory macros and the Interlocked operations. */
#ifndef PEERAPI_WINNT_H
#define PEERAPI_WINNT_H

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <wctype.h>
#include "peerapi_compiler.h"
#include "minwindef.h"
#include "guiddef.h"

#ifdef __cplusplus
#define C_ASSERT(condition) static_assert(condition, #condition)
#else
#define C_ASSERT(condition) __extension__ _Static_assert(condition, #condition)
#endif

/* Before a pointer to what may lie anywhere. Loads and stores of the machines we know do not mind. */
#define UNALIGNED
#define UNALIGNED64

#define MINCHAR (-0x7f - 1)
#define MAXCHAR 0x7f
#define MAXBYTE 0xff
#define MINSHORT (-0x7fff - 1)
#define MAXSHORT 0x7fff
#define MAXWORD 0xffff
#define MINLONG (-0x7fffffff - 1)
#define MAXLONG 0x7fffffff
#define MAXDWORD 0xffffffffu
#define MAXULONG 0xffffffffu
#define MAXLONGLONG 0x7fffffffffffffffll
#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL ((CHAR)0)

typedef BYTE FCHAR;
typedef DWORD ACCESS_MASK, *PACCESS_MASK;
typedef DWORD LCID, *PLCID;
typedef WORD LANGID;
typedef PVOID PSID;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef DWORD SECURITY_INFORMATION;

typedef union _LARGE_INTEGER {
    PEERAPI_NAMELESS struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    PEERAPI_NAMELESS struct {
        DWORD LowPart;
        DWORD HighPart;
    };
    struct {
        DWORD LowPart;
        DWORD HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                            \
    extern "C++" {                                                                                  \
    inline constexpr type operator|(type a, type b) { return (type)((int)a | (int)b); }             \
    inline constexpr type operator&(type a, type b) { return (type)((int)a & (int)b); }             \
    inline constexpr type operator^(type a, type b) { return (type)((int)a ^ (int)b); }             \
    inline constexpr type operator~(type a) { return (type)~(int)a; }                               \
    inline type &operator|=(type &a, type b) { return a = a | b; }                                  \
    inline type &operator&=(type &a, type b) { return a = a & b; }                                  \
    inline type &operator^=(type &a, type b) { return a = a ^ b; }                                  \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

/* Access rights. */
#define DELETE 0x00010000
#define READ_CONTROL 0x00020000
#define WRITE_DAC 0x00040000
#define WRITE_OWNER 0x00080000
#define SYNCHRONIZE 0x00100000
#define STANDARD_RIGHTS_REQUIRED 0x000F0000
#define STANDARD_RIGHTS_ALL 0x001F0000
#define SPECIFIC_RIGHTS_ALL 0x0000FFFF
#define MAXIMUM_ALLOWED 0x02000000
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000
#define GENERIC_EXECUTE 0x20000000
#define GENERIC_ALL 0x10000000
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define MUTANT_QUERY_STATE 0x0001
#define MUTEX_MODIFY_STATE MUTANT_QUERY_STATE
#define MUTEX_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x1)
#define SEMAPHORE_MODIFY_STATE 0x0002
#define SEMAPHORE_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)
#define THREAD_TERMINATE 0x0001
#define THREAD_SUSPEND_RESUME 0x0002
#define THREAD_QUERY_INFORMATION 0x0040
#define THREAD_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define PROCESS_TERMINATE 0x0001
#define PROCESS_QUERY_INFORMATION 0x0400
#define PROCESS_QUERY_LIMITED_INFORMATION 0x1000
#define PROCESS_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define DUPLICATE_CLOSE_SOURCE 0x00000001
#define DUPLICATE_SAME_ACCESS 0x00000002

/* What a wait answers. */
#define STATUS_WAIT_0 ((DWORD)0x00000000)
#define STATUS_ABANDONED_WAIT_0 ((DWORD)0x00000080)
#define STATUS_USER_APC ((DWORD)0x000000C0)
#define STATUS_TIMEOUT ((DWORD)0x00000102)
#define STATUS_PENDING ((DWORD)0x00000103)
#define MAXIMUM_WAIT_OBJECTS 64
#define MAXIMUM_SUSPEND_COUNT MAXCHAR

/* How a registered wait or a queued work item is to run. */
#define WT_EXECUTEDEFAULT 0x00000000
#define WT_EXECUTEINIOTHREAD 0x00000001
#define WT_EXECUTEINUITHREAD 0x00000002
#define WT_EXECUTEINWAITTHREAD 0x00000004
#define WT_EXECUTEONLYONCE 0x00000008
#define WT_EXECUTELONGFUNCTION 0x00000010
#define WT_EXECUTEINTIMERTHREAD 0x00000020
#define WT_EXECUTEINPERSISTENTTHREAD 0x00000080
#define WT_TRANSFER_IMPERSONATION 0x00000100
typedef VOID (NTAPI *WAITORTIMERCALLBACKFUNC)(PVOID, BOOLEAN);
typedef VOID (NTAPI *WORKERCALLBACKFUNC)(PVOID);

#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY 0x00000008
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010

#define DLL_PROCESS_DETACH 0
#define DLL_PROCESS_ATTACH 1
#define DLL_THREAD_ATTACH 2
#define DLL_THREAD_DETACH 3

/* Languages. Messages exist in one language; the identifiers are accepted and not looked at. */
#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))
#define PRIMARYLANGID(language) ((WORD)(language) & 0x3ff)
#define SUBLANGID(language) ((WORD)(language) >> 10)
#define MAKELCID(language, sort) ((DWORD)((((DWORD)((WORD)(sort))) << 16) | ((DWORD)((WORD)(language)))))
#define LANG_NEUTRAL 0x00
#define LANG_INVARIANT 0x7f
#define LANG_ENGLISH 0x09
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define SUBLANG_SYS_DEFAULT 0x02
#define SUBLANG_ENGLISH_US 0x01
#define SORT_DEFAULT 0x0
#define LANG_SYSTEM_DEFAULT MAKELANGID(LANG_NEUTRAL, SUBLANG_SYS_DEFAULT)
#define LANG_USER_DEFAULT MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT)
#define LOCALE_SYSTEM_DEFAULT MAKELCID(LANG_SYSTEM_DEFAULT, SORT_DEFAULT)
#define LOCALE_USER_DEFAULT MAKELCID(LANG_USER_DEFAULT, SORT_DEFAULT)
#define LOCALE_INVARIANT MAKELCID(MAKELANGID(LANG_INVARIANT, SUBLANG_NEUTRAL), SORT_DEFAULT)

/* Memory and structures. */
#define RtlEqualMemory(first, second, length) (!memcmp((first), (second), (length)))
#define RtlMoveMemory(to, from, length) memmove((to), (from), (length))
#define RtlCopyMemory(to, from, length) memcpy((to), (from), (length))
#define RtlFillMemory(to, length, value) memset((to), (value), (length))
#define RtlZeroMemory(to, length) memset((to), 0, (length))
#define RTL_NUMBER_OF(array) (sizeof(array) / sizeof((array)[0]))
#ifndef ARRAYSIZE
#define ARRAYSIZE(array) RTL_NUMBER_OF(array)
#endif
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UFIELD_OFFSET(type, field) ((DWORD)offsetof(type, field))
#define RTL_FIELD_SIZE(type, field) (sizeof(((type *)0)->field))
#define RTL_SIZEOF_THROUGH_FIELD(type, field) (offsetof(type, field) + RTL_FIELD_SIZE(type, field))
#define CONTAINING_RECORD(address, type, field) ((type *)((char *)(address)-offsetof(type, field)))

static inline PVOID RtlSecureZeroMemory(PVOID to, SIZE_T length) {
    memset(to, 0, length);
    __asm__ __volatile__("" : : "r"(to) : "memory"); /* keeps the compiler from dropping the memset */
    return to;
}

#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#if defined(__x86_64__)
#define YieldProcessor() __builtin_ia32_pause()
#else
#define YieldProcessor() __asm__ __volatile__("yield")
#endif

/* Interlocked operations: full barriers, all of them. Add, Increment and Decrement answer the new value, the others the
 * old one. */
#define PEERAPI_INTERLOCKED(suffix, type)                                                                    \
    static inline type InterlockedIncrement##suffix(type volatile *target) {                                 \
        return __atomic_add_fetch(target, 1, __ATOMIC_SEQ_CST);                                              \
    }                                                                                                        \
    static inline type InterlockedDecrement##suffix(type volatile *target) {                                 \
        return __atomic_sub_fetch(target, 1, __ATOMIC_SEQ_CST);                                              \
    }                                                                                                        \
    static inline type InterlockedAdd##suffix(type volatile *target, type value) {                           \
        return __atomic_add_fetch(target, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                        \
    static inline type InterlockedExchange##suffix(type volatile *target, type value) {                      \
        return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);                                         \
    }                                                                                                        \
    static inline type InterlockedExchangeAdd##suffix(type volatile *target, type value) {                   \
        return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                        \
    static inline type InterlockedAnd##suffix(type volatile *target, type value) {                           \
        return __atomic_fetch_and(target, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                        \
    static inline type InterlockedOr##suffix(type volatile *target, type value) {                            \
        return __atomic_fetch_or(target, value, __ATOMIC_SEQ_CST);                                           \
    }                                                                                                        \
    static inline type InterlockedXor##suffix(type volatile *target, type value) {                           \
        return __atomic_fetch_xor(target, value, __ATOMIC_SEQ_CST);                                          \
    }                                                                                                        \
    static inline type InterlockedCompareExchange##suffix(type volatile *target, type value, type expected) { \
        __atomic_compare_exchange_n(target, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);        \
        return expected;                                                                                     \
    }
PEERAPI_INTERLOCKED(, LONG)
PEERAPI_INTERLOCKED(64, LONG64)
PEERAPI_INTERLOCKED(16, SHORT)
#undef PEERAPI_INTERLOCKED

static inline PVOID InterlockedExchangePointer(PVOID volatile *target, PVOID value) {
    return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}
static inline PVOID InterlockedCompareExchangePointer(PVOID volatile *target, PVOID value, PVOID expected) {
    __atomic_compare_exchange_n(target, &expected, value, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return expected;
}
#define InterlockedIncrementAcquire InterlockedIncrement
#define InterlockedIncrementRelease InterlockedIncrement
#define InterlockedDecrementAcquire InterlockedDecrement
#define InterlockedDecrementRelease InterlockedDecrement
#define InterlockedCompareExchangeAcquire InterlockedCompareExchange
#define InterlockedCompareExchangeRelease InterlockedCompareExchange

#endif
