/* tlhelp32.h - a list of the processes of this machine, taken at one moment. Closed with CloseHandle. */
#ifndef PEERAPI_TLHELP32_H
#define PEERAPI_TLHELP32_H

#include "windef.h"
#include "winnt.h"

EXTERN_C_START

#define TH32CS_SNAPHEAPLIST 0x00000001
#define TH32CS_SNAPPROCESS 0x00000002
#define TH32CS_SNAPTHREAD 0x00000004
#define TH32CS_SNAPMODULE 0x00000008
#define TH32CS_SNAPALL (TH32CS_SNAPHEAPLIST | TH32CS_SNAPPROCESS | TH32CS_SNAPTHREAD | TH32CS_SNAPMODULE)

typedef struct tagPROCESSENTRY32W {
    DWORD dwSize;
    DWORD cntUsage;
    DWORD th32ProcessID;
    ULONG_PTR th32DefaultHeapID;
    DWORD th32ModuleID;
    DWORD cntThreads;
    DWORD th32ParentProcessID;
    LONG pcPriClassBase;
    DWORD dwFlags;
    WCHAR szExeFile[MAX_PATH];
} PROCESSENTRY32W, *PPROCESSENTRY32W, *LPPROCESSENTRY32W;

typedef struct tagPROCESSENTRY32 {
    DWORD dwSize;
    DWORD cntUsage;
    DWORD th32ProcessID;
    ULONG_PTR th32DefaultHeapID;
    DWORD th32ModuleID;
    DWORD cntThreads;
    DWORD th32ParentProcessID;
    LONG pcPriClassBase;
    DWORD dwFlags;
    CHAR szExeFile[MAX_PATH];
} PROCESSENTRY32, *PPROCESSENTRY32, *LPPROCESSENTRY32;

/* INVALID_HANDLE_VALUE on failure; flags without TH32CS_SNAPPROCESS are ERROR_INVALID_PARAMETER: only processes are
 * listed. */
WINBASEAPI HANDLE WINAPI CreateToolhelp32Snapshot(DWORD flags, DWORD processId);
/* FALSE and ERROR_NO_MORE_FILES at the end; ERROR_INVALID_PARAMETER when dwSize is not the size of the structure. */
WINBASEAPI BOOL WINAPI Process32FirstW(HANDLE snapshot, LPPROCESSENTRY32W entry);
WINBASEAPI BOOL WINAPI Process32NextW(HANDLE snapshot, LPPROCESSENTRY32W entry);
WINBASEAPI BOOL WINAPI Process32First(HANDLE snapshot, LPPROCESSENTRY32 entry);
WINBASEAPI BOOL WINAPI Process32Next(HANDLE snapshot, LPPROCESSENTRY32 entry);

#ifdef UNICODE
#define Process32First Process32FirstW
#define Process32Next Process32NextW
#define PROCESSENTRY32 PROCESSENTRY32W
#define PPROCESSENTRY32 PPROCESSENTRY32W
#define LPPROCESSENTRY32 LPPROCESSENTRY32W
#endif

EXTERN_C_END
#endif
