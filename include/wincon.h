/* wincon.h - control handlers; modes, lines and colors of a terminal; code pages, which are UTF-8 both ways whatever is
 * set. */
#ifndef PEERAPI_WINCON_H
#define PEERAPI_WINCON_H

#include "minwinbase.h"

EXTERN_C_START

#define CTRL_C_EVENT 0
#define CTRL_BREAK_EVENT 1
#define CTRL_CLOSE_EVENT 2
#define CTRL_LOGOFF_EVENT 5
#define CTRL_SHUTDOWN_EVENT 6
typedef BOOL (WINAPI *PHANDLER_ROUTINE)(DWORD event);

/* Handlers run on a thread of the library: SIGINT as CTRL_C_EVENT, SIGQUIT as CTRL_BREAK_EVENT, SIGTERM and SIGHUP as
 * CTRL_CLOSE_EVENT. When none answers TRUE, the signal does what it did before. */
WINBASEAPI BOOL WINAPI SetConsoleCtrlHandler(PHANDLER_ROUTINE handler, BOOL adding);
WINBASEAPI UINT WINAPI GetConsoleCP(VOID);
WINBASEAPI UINT WINAPI GetConsoleOutputCP(VOID);
WINBASEAPI BOOL WINAPI SetConsoleCP(UINT codePage);
WINBASEAPI BOOL WINAPI SetConsoleOutputCP(UINT codePage);
WINBASEAPI BOOL WINAPI SetConsoleTitleA(LPCSTR title);
WINBASEAPI BOOL WINAPI SetConsoleTitleW(LPCWSTR title);


typedef struct _COORD {
    SHORT X;
    SHORT Y;
} COORD, *PCOORD;

typedef struct _SMALL_RECT {
    SHORT Left;
    SHORT Top;
    SHORT Right;
    SHORT Bottom;
} SMALL_RECT, *PSMALL_RECT;

typedef struct _CONSOLE_SCREEN_BUFFER_INFO {
    COORD dwSize;
    COORD dwCursorPosition;
    WORD wAttributes;
    SMALL_RECT srWindow;
    COORD dwMaximumWindowSize;
} CONSOLE_SCREEN_BUFFER_INFO, *PCONSOLE_SCREEN_BUFFER_INFO;

#define ENABLE_PROCESSED_INPUT 0x0001
#define ENABLE_LINE_INPUT 0x0002
#define ENABLE_ECHO_INPUT 0x0004
#define ENABLE_PROCESSED_OUTPUT 0x0001
#define ENABLE_WRAP_AT_EOL_OUTPUT 0x0002
#define FOREGROUND_BLUE 0x0001
#define FOREGROUND_GREEN 0x0002
#define FOREGROUND_RED 0x0004
#define FOREGROUND_INTENSITY 0x0008
#define BACKGROUND_BLUE 0x0010
#define BACKGROUND_GREEN 0x0020
#define BACKGROUND_RED 0x0040
#define BACKGROUND_INTENSITY 0x0080

/* Of a terminal; ERROR_INVALID_HANDLE where the stream is something else, as on Windows. Modes are put back when the
 * program ends. Where the cursor is, and which colors are in force, is not known. */
WINBASEAPI BOOL WINAPI GetConsoleMode(HANDLE console, LPDWORD mode);
WINBASEAPI BOOL WINAPI SetConsoleMode(HANDLE console, DWORD mode);
WINBASEAPI BOOL WINAPI FlushConsoleInputBuffer(HANDLE console);
WINBASEAPI BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE console, PCONSOLE_SCREEN_BUFFER_INFO information);
WINBASEAPI BOOL WINAPI SetConsoleTextAttribute(HANDLE console, WORD attributes);
WINBASEAPI BOOL WINAPI SetConsoleCursorPosition(HANDLE console, COORD place);
/* UTF-8, also where the output is a file. A line that is read has CR LF at its end. */
WINBASEAPI BOOL WINAPI WriteConsoleA(HANDLE console, LPCVOID text, DWORD bytes, LPDWORD written, LPVOID reserved);
WINBASEAPI BOOL WINAPI WriteConsoleW(HANDLE console, LPCVOID text, DWORD units, LPDWORD written, LPVOID reserved);
WINBASEAPI BOOL WINAPI ReadConsoleA(HANDLE console, LPVOID to, DWORD bytes, LPDWORD got, LPVOID control);
WINBASEAPI BOOL WINAPI ReadConsoleW(HANDLE console, LPVOID to, DWORD units, LPDWORD got, LPVOID control);

#ifdef UNICODE
#define WriteConsole WriteConsoleW
#define ReadConsole ReadConsoleW
#define SetConsoleTitle SetConsoleTitleW
#else
#define WriteConsole WriteConsoleA
#define ReadConsole ReadConsoleA
#define SetConsoleTitle SetConsoleTitleA
#endif

EXTERN_C_END
#endif
