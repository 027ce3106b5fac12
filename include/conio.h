/* conio.h - the keyboard and the screen. Where the standard input is no terminal, what is typed comes from there. */
#ifndef PEERAPI_CONIO_H
#define PEERAPI_CONIO_H

#include "peerapi_crt.h"

PEERAPI_CRT_BEGIN

/* Whether a character has been typed that nobody has read. */
extern int _kbhit(void);
/* A character as soon as it is typed, and not shown; the return key is 13, the end of the input 26 (Ctrl+Z). */
extern int _getch(void);
extern unsigned _getwch(void);
extern int _getche(void);
extern unsigned _getwche(void);
extern int _putch(int byte);
extern unsigned _putwch(peerapi_wchar unit);
extern int _cputs(const char *text);
extern int _cputws(const peerapi_wchar *text);
extern int _cprintf(const char *format, ...);
extern int _cwprintf(const peerapi_wchar *format, ...);

PEERAPI_CRT_END

#endif
