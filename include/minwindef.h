/* minwindef.h - the basic Win32 types, calling conventions (all empty here) and word macros.
 *
 * WCHAR is 16 bits, UTF-16 in the machine's byte order: wchar_t itself under -fshort-wchar, char16_t where
 * PEERAPI_CHAR16 is defined. */
#ifndef PEERAPI_MINWINDEF_H
#define PEERAPI_MINWINDEF_H

#include "sdkddkver.h"
#include "basetsd.h"
#include "sal.h"
#include "specstrings.h"

#ifndef __x86_64__
#ifndef __aarch64__
#error "peerapi needs a 64-bit little-endian target"
#endif
#endif


/* Calling conventions and compiler words. */
#define WINAPI
#define WINAPIV
#define APIENTRY WINAPI
#define APIPRIVATE
#define CALLBACK
#define PASCAL
#define STDMETHODCALLTYPE
#define STDAPICALLTYPE
#define __stdcall
#define __cdecl
#define __fastcall
#define __thiscall
#define _cdecl
#define _stdcall
#define NTAPI
#define FAR
#define NEAR
#ifndef __forceinline
#define __forceinline static inline __attribute__((always_inline))
#endif
#define FORCEINLINE static inline
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define DECLSPEC_ALIGN(bytes) __attribute__((aligned(bytes)))
#define DECLSPEC_SELECTANY __attribute__((weak))
#define DECLSPEC_IMPORT
#define WINBASEAPI PEERAPI_EXPORT
#define WINADVAPI PEERAPI_EXPORT
#ifndef __int64
#define __int64 long long
#define __int32 int
#define __int16 short
#define __int8 char
#endif

/* __declspec(word): each known word becomes what it means here. */
#ifndef __declspec
#define __declspec(word) PEERAPI_DECLSPEC_##word
#define PEERAPI_DECLSPEC_dllexport __attribute__((visibility("default")))
#define PEERAPI_DECLSPEC_dllimport
#define PEERAPI_DECLSPEC_noreturn __attribute__((noreturn))
#define PEERAPI_DECLSPEC_noinline __attribute__((noinline))
#define PEERAPI_DECLSPEC_nothrow __attribute__((nothrow))
#define PEERAPI_DECLSPEC_selectany __attribute__((weak))
#define PEERAPI_DECLSPEC_thread __thread
#define PEERAPI_DECLSPEC_align(bytes) __attribute__((aligned(bytes)))
#define PEERAPI_DECLSPEC_deprecated
#define PEERAPI_DECLSPEC_novtable
#define PEERAPI_DECLSPEC_restrict
#define PEERAPI_DECLSPEC_noalias
#define PEERAPI_DECLSPEC_uuid(text)
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* Marks what libpeerapi exports. Harmless in a program. */
#ifndef PEERAPI_EXPORT
#define PEERAPI_EXPORT __attribute__((visibility("default")))
#endif

#define CONST const
#ifndef VOID
#define VOID void
#endif
#ifndef IN
#define IN
#endif
#ifndef OUT
#define OUT
#endif
#ifndef OPTIONAL
#define OPTIONAL
#endif
#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef NULL
#define NULL 0
#endif
#define MAX_PATH 260

typedef int BOOL, *PBOOL, *LPBOOL;
typedef unsigned char BYTE, *PBYTE, *LPBYTE;
typedef BYTE BOOLEAN, *PBOOLEAN;
typedef char CHAR, *PCHAR, *LPCH, *PCH;
typedef const char *LPCCH, *PCCH;
typedef signed char CCHAR;
typedef unsigned char UCHAR, *PUCHAR;
typedef short SHORT, *PSHORT;
typedef unsigned short USHORT, *PUSHORT;
typedef unsigned short WORD, *PWORD, *LPWORD;
typedef int INT, *PINT, *LPINT;
typedef unsigned int UINT, *PUINT, *LPUINT;
typedef int LONG, *PLONG, *LPLONG;
typedef unsigned int ULONG, *PULONG;
typedef unsigned int DWORD, *PDWORD, *LPDWORD;
typedef long long LONGLONG, *PLONGLONG;
typedef unsigned long long ULONGLONG, *PULONGLONG;
typedef unsigned long long DWORDLONG, *PDWORDLONG;
typedef float FLOAT, *PFLOAT;
typedef double DOUBLE;
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID, *PCVOID;
typedef int HRESULT;
typedef int NTSTATUS;
typedef int HFILE;

#if defined(__SIZEOF_WCHAR_T__) && __SIZEOF_WCHAR_T__ == 2
#define PEERAPI_SHORT_WCHAR 1
typedef wchar_t WCHAR;
#elif !defined(PEERAPI_CHAR16)
#error "L\"...\" has 32 bits a character here, and WCHAR has 16: compile with -fshort-wchar (peerapi config --cflags), \
or define PEERAPI_CHAR16 and write u\"...\""
#include <wchar.h>
typedef wchar_t WCHAR; /* so that the sentence stands alone: each L"..." would be complained of behind it */
#elif defined(__cplusplus) && __cplusplus >= 201103L
typedef char16_t WCHAR;
#else
typedef __CHAR16_TYPE__ WCHAR;
#endif

typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *PWSTR, *LPWSTR, *NWPSTR, *PZZWSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *PCWSTR, *LPCWSTR, *PCZZWSTR;
typedef PWSTR *PPWSTR;
typedef char *PSTR, *LPSTR, *NPSTR, *PZZSTR;
typedef const char *PCSTR, *LPCSTR, *PCZZSTR;
typedef PSTR *PPSTR;

#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, TBYTE, *PTBYTE;
typedef PWSTR PTSTR, LPTSTR, PTCH, LPTCH;
typedef PCWSTR PCTSTR, LPCTSTR, PCTCH, LPCTCH;
#else
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE, *PTBYTE;
typedef PSTR PTSTR, LPTSTR, PTCH, LPTCH;
typedef PCSTR PCTSTR, LPCTSTR, PCTCH, LPCTCH;
#endif

/* PEERAPI_W("x") is a literal of WCHAR in either mode. */
#ifdef PEERAPI_SHORT_WCHAR
#define PEERAPI_W_(text) L##text
#else
#define PEERAPI_W_(text) u##text
#endif
#define PEERAPI_W(text) PEERAPI_W_(text)
#ifdef UNICODE
#define TEXT(text) PEERAPI_W(text)
#else
#define TEXT(text) text
#endif
#define __TEXT(text) TEXT(text)

typedef PVOID HANDLE, *PHANDLE, *LPHANDLE;
#define DECLARE_HANDLE(name)   \
    struct name##__ {          \
        int unused;            \
    };                         \
    typedef struct name##__ *name
DECLARE_HANDLE(HINSTANCE);
DECLARE_HANDLE(HKEY);
typedef HINSTANCE HMODULE;
typedef HANDLE HGLOBAL, HLOCAL;
typedef HKEY *PHKEY;

typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef INT_PTR (WINAPI *FARPROC)(void);
typedef INT_PTR (WINAPI *NEARPROC)(void);
typedef INT_PTR (WINAPI *PROC)(void);
typedef WORD ATOM;

/* 100 nanosecond steps since 1601-01-01 00:00 UTC, in two halves. */
typedef struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
} FILETIME, *PFILETIME, *LPFILETIME;

#define MAKEWORD(low, high) \
    ((WORD)(((BYTE)(((DWORD_PTR)(low)) & 0xff)) | ((WORD)((BYTE)(((DWORD_PTR)(high)) & 0xff))) << 8))
#define MAKELONG(low, high) \
    ((LONG)(((WORD)(((DWORD_PTR)(low)) & 0xffff)) | ((DWORD)((WORD)(((DWORD_PTR)(high)) & 0xffff))) << 16))
#define LOWORD(value) ((WORD)(((DWORD_PTR)(value)) & 0xffff))
#define HIWORD(value) ((WORD)((((DWORD_PTR)(value)) >> 16) & 0xffff))
#define LOBYTE(value) ((BYTE)(((DWORD_PTR)(value)) & 0xff))
#define HIBYTE(value) ((BYTE)((((DWORD_PTR)(value)) >> 8) & 0xff))

#define UNREFERENCED_PARAMETER(parameter) ((void)(parameter))
#define DBG_UNREFERENCED_PARAMETER(parameter) ((void)(parameter))

/* As on Windows, but for C only: in C++ the two would break the standard library. */
#if !defined(NOMINMAX) && !defined(__cplusplus)
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif
#ifndef max
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#endif

#if defined(__cplusplus) && __cplusplus >= 201103L && !defined(_MSC_EXTENSIONS)
/* 10i64 and 10ui64, as Microsoft's compiler writes long numbers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wliteral-suffix"
#pragma GCC diagnostic ignored "-Wuser-defined-literals"
#pragma GCC diagnostic ignored "-Wreserved-user-defined-literal"
extern "C++" {
constexpr long long operator""i64(unsigned long long value) { return static_cast<long long>(value); }
constexpr unsigned long long operator""ui64(unsigned long long value) { return value; }
}
#pragma GCC diagnostic pop
#endif

#endif
