/* A program before a terminal: keys as they are typed, a line without echo, what the screen is like. Played by
 * tests/test_terminal.py. */
#include <windows.h>
#include <conio.h>
#include <stdio.h>

int main(void) {
    HANDLE input = GetStdHandle(STD_INPUT_HANDLE), output = GetStdHandle(STD_OUTPUT_HANDLE), event;
    CONSOLE_SCREEN_BUFFER_INFO screen;
    char line[32] = "";
    DWORD mode, got;
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    HANDLE both[] = {event, input};
    _cprintf("press\n");
    while (!_kbhit()) {
        Sleep(1);
    }
    int first = _getch(), second = _getch();
    _cprintf("key %d, then %d\n", first, second);
    GetConsoleMode(input, &mode);
    SetConsoleMode(input, mode & ~ENABLE_ECHO_INPUT);
    _cprintf("password, mode %lu:", mode);
    DWORD which = WaitForMultipleObjects(2, both, FALSE, INFINITE);
    ReadConsoleA(input, line, sizeof line - 1, &got, NULL);
    SetConsoleMode(input, mode);
    GetConsoleScreenBufferInfo(output, &screen);
    _cprintf("%lu %lu %d columns\n", which, got, screen.dwSize.X);
    SetConsoleTextAttribute(output, FOREGROUND_RED | FOREGROUND_INTENSITY);
    WriteConsoleW(output, L"\u20ac", 1, &got, NULL);
    SetConsoleTextAttribute(output, FOREGROUND_RED | FOREGROUND_GREEN | FOREGROUND_BLUE);
    return 0;
}
