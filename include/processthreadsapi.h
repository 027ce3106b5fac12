/* processthreadsapi.h - processes; threads, their identifiers and their local storage. */
#ifndef PEERAPI_PROCESSTHREADSAPI_H
#define PEERAPI_PROCESSTHREADSAPI_H

#include "minwinbase.h"

EXTERN_C_START

#define DEBUG_PROCESS 0x00000001
#define DETACHED_PROCESS 0x00000008
#define CREATE_NEW_CONSOLE 0x00000010
#define NORMAL_PRIORITY_CLASS 0x00000020
#define CREATE_NEW_PROCESS_GROUP 0x00000200
#define CREATE_UNICODE_ENVIRONMENT 0x00000400
#define CREATE_NO_WINDOW 0x08000000
#define STARTF_USESHOWWINDOW 0x00000001
#define STARTF_USESTDHANDLES 0x00000100

typedef struct _PROCESS_INFORMATION {
    HANDLE hProcess;
    HANDLE hThread;
    DWORD dwProcessId;
    DWORD dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;

typedef struct _STARTUPINFOA {
    DWORD cb;
    LPSTR lpReserved;
    LPSTR lpDesktop;
    LPSTR lpTitle;
    DWORD dwX;
    DWORD dwY;
    DWORD dwXSize;
    DWORD dwYSize;
    DWORD dwXCountChars;
    DWORD dwYCountChars;
    DWORD dwFillAttribute;
    DWORD dwFlags;
    WORD wShowWindow;
    WORD cbReserved2;
    LPBYTE lpReserved2;
    HANDLE hStdInput;
    HANDLE hStdOutput;
    HANDLE hStdError;
} STARTUPINFOA, *LPSTARTUPINFOA;

typedef struct _STARTUPINFOW {
    DWORD cb;
    LPWSTR lpReserved;
    LPWSTR lpDesktop;
    LPWSTR lpTitle;
    DWORD dwX;
    DWORD dwY;
    DWORD dwXSize;
    DWORD dwYSize;
    DWORD dwXCountChars;
    DWORD dwYCountChars;
    DWORD dwFillAttribute;
    DWORD dwFlags;
    WORD wShowWindow;
    WORD cbReserved2;
    LPBYTE lpReserved2;
    HANDLE hStdInput;
    HANDLE hStdOutput;
    HANDLE hStdError;
} STARTUPINFOW, *LPSTARTUPINFOW;

/* Starts a program of this system. The command line is cut into arguments as the C run-time of Windows does it;
 * application NULL means its first argument, looked for in PATH. The process has this one's terminal and standard
 * streams, or those of the startup information (STARTF_USESTDHANDLES: handles of files and pipes), and with
 * inheritHandles FALSE no other descriptors of ours; handles mean nothing to it in either case. Consoles are not made
 * (CREATE_NEW_CONSOLE is accepted); the suspended start is ERROR_NOT_SUPPORTED. environment is a list of strings that
 * ends with an empty one. Both handles stand for the process and are closed by the caller. */
WINBASEAPI BOOL WINAPI CreateProcessA(LPCSTR application, LPSTR commandLine, LPSECURITY_ATTRIBUTES processAttributes,
                                      LPSECURITY_ATTRIBUTES threadAttributes, BOOL inheritHandles, DWORD creationFlags,
                                      LPVOID environment, LPCSTR folder, LPSTARTUPINFOA startup,
                                      LPPROCESS_INFORMATION information);
WINBASEAPI BOOL WINAPI CreateProcessW(LPCWSTR application, LPWSTR commandLine, LPSECURITY_ATTRIBUTES processAttributes,
                                      LPSECURITY_ATTRIBUTES threadAttributes, BOOL inheritHandles, DWORD creationFlags,
                                      LPVOID environment, LPCWSTR folder, LPSTARTUPINFOW startup,
                                      LPPROCESS_INFORMATION information);
/* A handle to a process that runs. ERROR_INVALID_PARAMETER when there is none with this identifier. */
WINBASEAPI HANDLE WINAPI OpenProcess(DWORD desiredAccess, BOOL inheritHandle, DWORD processId);
/* STILL_ACTIVE while it runs. Exit codes have 8 bits on this system: main's -1 is 255 to others. Of a process that was
 * ended by TerminateProcess of this one it is the code given there; of one that this one did not start it is not known,
 * and 0 once it has ended. */
WINBASEAPI BOOL WINAPI GetExitCodeProcess(HANDLE process, LPDWORD exitCode);
WINBASEAPI BOOL WINAPI TerminateProcess(HANDLE process, UINT exitCode);
WINBASEAPI DWORD WINAPI GetProcessId(HANDLE process);
/* The program's file; *size counts units, with the terminator going in and without it coming out. */
WINBASEAPI BOOL WINAPI QueryFullProcessImageNameA(HANDLE process, DWORD flags, LPSTR name, LPDWORD size);
WINBASEAPI BOOL WINAPI QueryFullProcessImageNameW(HANDLE process, DWORD flags, LPWSTR name, LPDWORD size);
/* cb and the title, which is the command line; nothing else is known. */
WINBASEAPI VOID WINAPI GetStartupInfoA(LPSTARTUPINFOA startup);
WINBASEAPI VOID WINAPI GetStartupInfoW(LPSTARTUPINFOW startup);


#define CREATE_SUSPENDED 0x00000004
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x00010000
#ifndef STILL_ACTIVE
#define STILL_ACTIVE STATUS_PENDING
#endif
#define TLS_OUT_OF_INDEXES ((DWORD)0xFFFFFFFFu)
#define TLS_MINIMUM_AVAILABLE 64
#define THREAD_PRIORITY_LOWEST (-2)
#define THREAD_PRIORITY_BELOW_NORMAL (-1)
#define THREAD_PRIORITY_NORMAL 0
#define THREAD_PRIORITY_ABOVE_NORMAL 1
#define THREAD_PRIORITY_HIGHEST 2

WINBASEAPI HANDLE WINAPI CreateThread(LPSECURITY_ATTRIBUTES attributes, SIZE_T stackSize, LPTHREAD_START_ROUTINE start,
                                      LPVOID parameter, DWORD creationFlags, LPDWORD threadId);
WINBASEAPI VOID WINAPI ExitThread(DWORD exitCode) DECLSPEC_NORETURN;
WINBASEAPI BOOL WINAPI GetExitCodeThread(HANDLE thread, LPDWORD exitCode);
WINBASEAPI DWORD WINAPI ResumeThread(HANDLE thread);
WINBASEAPI DWORD WINAPI GetThreadId(HANDLE thread);
WINBASEAPI BOOL WINAPI SetThreadPriority(HANDLE thread, int priority);
WINBASEAPI BOOL WINAPI SwitchToThread(VOID);
WINBASEAPI HANDLE WINAPI GetCurrentThread(VOID);
WINBASEAPI DWORD WINAPI GetCurrentThreadId(VOID);
WINBASEAPI HANDLE WINAPI GetCurrentProcess(VOID);
WINBASEAPI DWORD WINAPI GetCurrentProcessId(VOID);
WINBASEAPI VOID WINAPI ExitProcess(UINT exitCode) DECLSPEC_NORETURN;

WINBASEAPI DWORD WINAPI TlsAlloc(VOID);
WINBASEAPI LPVOID WINAPI TlsGetValue(DWORD index);
WINBASEAPI BOOL WINAPI TlsSetValue(DWORD index, LPVOID value);
WINBASEAPI BOOL WINAPI TlsFree(DWORD index);

#ifdef UNICODE
#define STARTUPINFO STARTUPINFOW
#define LPSTARTUPINFO LPSTARTUPINFOW
#define CreateProcess CreateProcessW
#define QueryFullProcessImageName QueryFullProcessImageNameW
#define GetStartupInfo GetStartupInfoW
#else
#define STARTUPINFO STARTUPINFOA
#define LPSTARTUPINFO LPSTARTUPINFOA
#define CreateProcess CreateProcessA
#define QueryFullProcessImageName QueryFullProcessImageNameA
#define GetStartupInfo GetStartupInfoA
#endif

EXTERN_C_END
#endif
