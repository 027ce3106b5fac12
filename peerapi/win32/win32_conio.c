/* win32_conio.c - the keyboard and the screen: characters as they are typed, the settings of a terminal, its size.
 *
 * Where the standard input is no terminal, what is typed comes from there, so that a program can be played by a script.
 */
#include "win32.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include "../../include/conio.h"
#include "../../include/peerapi_crt_stdio.h"

static pthread_mutex_t keyboard = PTHREAD_MUTEX_INITIALIZER;

static BOOL is_waiting(int timeout) {
    struct pollfd file = {.fd = STDIN_FILENO, .events = POLLIN};
#ifdef __GLIBC__
    if (stdin->_IO_read_ptr < stdin->_IO_read_end) {
        return TRUE;
    }
#endif
    return poll(&file, 1, timeout) > 0;
}

/* A terminal gives characters at once and shows none while `raw` is in force. Answers whether it is one. */
static BOOL make_raw(struct termios *before) {
    struct termios raw;
    if (tcgetattr(STDIN_FILENO, before)) {
        return FALSE;
    }
    raw = *before;
    raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    return TRUE;
}

int _kbhit(void) {
    struct termios before;
    fflush(stdout);
    pthread_mutex_lock(&keyboard);
    BOOL terminal = make_raw(&before);
    BOOL waiting = is_waiting(0);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    pthread_mutex_unlock(&keyboard);
    return waiting != FALSE;
}

/* One character; the return key is 13, as on Windows. At the end of the input Ctrl+Z, which programs look for. */
static unsigned typed(BOOL wide) {
    struct termios before;
    fflush(stdout);
    pthread_mutex_lock(&keyboard);
    BOOL terminal = make_raw(&before);
    unsigned unit = wide ? peerapi_fgetwc(stdin) : (unsigned)getchar();
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    pthread_mutex_unlock(&keyboard);
    return unit == (unsigned)EOF || unit == WEOF ? 0x1a : unit == '\n' ? '\r' : unit;
}

int _getch(void) { return (int)typed(FALSE); }
unsigned _getwch(void) { return typed(TRUE); }

int _putch(int byte) {
    int result = putchar(byte);
    fflush(stdout);
    return result;
}

unsigned _putwch(WCHAR unit) {
    unsigned result = peerapi_fputwc(unit, stdout);
    fflush(stdout);
    return result;
}

int _getche(void) { return _putch(_getch()); }
unsigned _getwche(void) { return _putwch((WCHAR)_getwch()); }

int _cputs(const char *text) {
    if (!text) {
        errno = EINVAL;
        return -1;
    }
    int result = fputs(text, stdout) < 0;
    fflush(stdout);
    return result;
}

int _cputws(const WCHAR *text) {
    if (!text) {
        errno = EINVAL;
        return -1;
    }
    int result = peerapi_fputws(text, stdout) < 0;
    fflush(stdout);
    return result;
}

int _cprintf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = peerapi_vprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
    return count;
}

int _cwprintf(const WCHAR *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int count = peerapi_vwprintf(format, arguments);
    va_end(arguments);
    fflush(stdout);
    return count;
}

/* Consoles behind handles. */

/* A descriptor of the handle of a file, to be closed; -1 and the last error. */
static int opened(HANDLE handle) {
    int descriptor = -1;
    if (!handle || handle == INVALID_HANDLE_VALUE) {
        SetLastError(ERROR_INVALID_HANDLE);
        return -1;
    }
    return w32_descriptor_copy(handle, &descriptor) ? descriptor : -1;
}

/* The same for a terminal only. */
static int terminal(HANDLE handle) {
    int descriptor = opened(handle);
    if (descriptor >= 0 && !isatty(descriptor)) {
        close(descriptor);
        SetLastError(ERROR_INVALID_HANDLE);
        return -1;
    }
    return descriptor;
}

static struct termios at_first; /* put back when the program ends */

static void put_back(void) { tcsetattr(STDIN_FILENO, TCSANOW, &at_first); }

static void remember(void) {
    if (tcgetattr(STDIN_FILENO, &at_first) == 0) {
        atexit(put_back);
    }
}

static BOOL is_input(HANDLE handle) { return handle == GetStdHandle(STD_INPUT_HANDLE); }

BOOL WINAPI GetConsoleMode(HANDLE console, LPDWORD mode) {
    struct termios settings;
    int descriptor = terminal(console);
    if (descriptor < 0) {
        return FALSE;
    }
    tcgetattr(descriptor, &settings);
    close(descriptor);
    *mode = !is_input(console) ? ENABLE_PROCESSED_OUTPUT | ENABLE_WRAP_AT_EOL_OUTPUT
                               : (settings.c_lflag & ISIG ? ENABLE_PROCESSED_INPUT : 0u) |
                                     (settings.c_lflag & ICANON ? ENABLE_LINE_INPUT : 0u) |
                                     (settings.c_lflag & ECHO ? ENABLE_ECHO_INPUT : 0u);
    return TRUE;
}

BOOL WINAPI SetConsoleMode(HANDLE console, DWORD mode) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct termios settings;
    int descriptor = terminal(console);
    if (descriptor < 0) {
        return FALSE;
    }
    if (is_input(console)) {
        pthread_once(&once, remember);
        tcgetattr(descriptor, &settings);
        settings.c_lflag &= (tcflag_t) ~(ISIG | ICANON | ECHO);
        settings.c_lflag |= (mode & ENABLE_PROCESSED_INPUT ? ISIG : 0u) | (mode & ENABLE_LINE_INPUT ? ICANON : 0u) |
                            (mode & ENABLE_ECHO_INPUT ? ECHO : 0u);
        tcsetattr(descriptor, TCSANOW, &settings);
    }
    close(descriptor);
    return TRUE;
}

BOOL WINAPI FlushConsoleInputBuffer(HANDLE console) {
    int descriptor = terminal(console);
    if (descriptor < 0) {
        return FALSE;
    }
    tcflush(descriptor, TCIFLUSH);
    close(descriptor);
    return TRUE;
}

/* Written as UTF-8, wherever it goes. */
BOOL WINAPI WriteConsoleA(HANDLE console, LPCVOID text, DWORD bytes, LPDWORD written, LPVOID reserved) {
    DWORD done = 0;
    (void)reserved;
    BOOL whole = WriteFile(console, text, bytes, &done, NULL);
    if (written) {
        *written = done;
    }
    return whole;
}

BOOL WINAPI WriteConsoleW(HANDLE console, LPCVOID text, DWORD units, LPDWORD written, LPVOID reserved) {
    char *narrow = malloc((size_t)units * 3 + 1);
    DWORD bytes = 0;
    (void)reserved;
    if (written) {
        *written = 0;
    }
    if (!narrow || (!text && units)) {
        free(narrow);
        SetLastError(narrow ? ERROR_INVALID_PARAMETER : ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    for (const WCHAR *at = text, *end = at + units; at < end;) {
        uint32_t point = w32_next_utf16(&at, end);
        bytes += (DWORD)w32_put_utf8(point == W32_MALFORMED ? W32_REPLACEMENT : point, narrow + bytes);
    }
    BOOL whole = WriteFile(console, narrow, bytes, NULL, NULL);
    free(narrow);
    if (written && whole) {
        *written = units;
    }
    return whole;
}

/* A line, with CR LF at its end, or as much of it as there is room for. */
static BOOL read_line(HANDLE console, WCHAR *wide, char *narrow, DWORD room, LPDWORD got) {
    DWORD have = 0;
    if (!got || (!wide && !narrow)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    *got = 0;
    if (!is_input(console)) {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    fflush(stdout);
    while (have < room) {
        unsigned unit = wide ? peerapi_fgetwc(stdin) : (unsigned)getchar();
        BOOL ends = unit == '\n';
        if (unit == (unsigned)EOF || unit == WEOF) {
            break;
        }
        if (ends && have + 1 < room) {
            wide ? (void)(wide[have++] = '\r') : (void)(narrow[have++] = '\r');
        }
        wide ? (void)(wide[have++] = (WCHAR)unit) : (void)(narrow[have++] = (char)unit);
        if (ends) {
            break;
        }
    }
    *got = have;
    return TRUE;
}

BOOL WINAPI ReadConsoleA(HANDLE console, LPVOID to, DWORD bytes, LPDWORD got, LPVOID control) {
    (void)control;
    return read_line(console, NULL, to, bytes, got);
}
BOOL WINAPI ReadConsoleW(HANDLE console, LPVOID to, DWORD units, LPDWORD got, LPVOID control) {
    (void)control;
    return read_line(console, to, NULL, units, got);
}

BOOL WINAPI GetConsoleScreenBufferInfo(HANDLE console, PCONSOLE_SCREEN_BUFFER_INFO information) {
    struct winsize size = {0};
    int descriptor = terminal(console);
    if (descriptor < 0) {
        return FALSE;
    }
    if (ioctl(descriptor, TIOCGWINSZ, &size) || !size.ws_col) {
        size.ws_col = 80;
        size.ws_row = 25;
    }
    close(descriptor);
    memset(information, 0, sizeof *information);
    information->dwSize = information->dwMaximumWindowSize = (COORD){(SHORT)size.ws_col, (SHORT)size.ws_row};
    information->wAttributes = FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE;
    information->srWindow.Right = (SHORT)(size.ws_col - 1);
    information->srWindow.Bottom = (SHORT)(size.ws_row - 1);
    return TRUE;
}

static BOOL send(HANDLE console, const char *sequence) {
    int descriptor = terminal(console);
    if (descriptor < 0) {
        return FALSE;
    }
    close(descriptor);
    return WriteFile(console, sequence, (DWORD)strlen(sequence), NULL, NULL);
}

/* Colors are counted in the other direction: blue is 1 there and 4 here. */
static int color(WORD attributes) {
    return (attributes & FOREGROUND_RED ? 1 : 0) | (attributes & FOREGROUND_GREEN ? 2 : 0) |
           (attributes & FOREGROUND_BLUE ? 4 : 0);
}

BOOL WINAPI SetConsoleTextAttribute(HANDLE console, WORD attributes) {
    char sequence[40];
    snprintf(sequence, sizeof sequence, "\033[0;%d;%dm",
             (attributes & FOREGROUND_INTENSITY ? 90 : 30) + color(attributes),
             (attributes & BACKGROUND_INTENSITY ? 100 : 40) + color((WORD)(attributes >> 4)));
    BOOL plain = attributes == (FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE);
    return send(console, plain ? "\033[0m" : sequence);
}

BOOL WINAPI SetConsoleCursorPosition(HANDLE console, COORD place) {
    char sequence[40];
    if (place.X < 0 || place.Y < 0) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    snprintf(sequence, sizeof sequence, "\033[%d;%dH", place.Y + 1, place.X + 1);
    return send(console, sequence);
}
