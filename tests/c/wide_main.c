/* A program with wmain: its arguments arrive as UTF-16, what it prints leaves as UTF-8. tests/test_win32.py looks at
 * the output. */
#include <stdio.h>
#include <tchar.h>
#include <windows.h>

int _tmain(int argc, _TCHAR **argv) {
    for (int index = 1; index < argc; index++) {
        _tprintf(_T("%s %d\n"), argv[index], (int)_tcslen(argv[index]));
    }
    WCHAR line[32];
    while (fgetws(line, 32, stdin)) {
        wprintf(L"<%s", line);
    }
    _putws(L">");
    printf("%S %s\n", L"\u00fc", "narrow");
    return argc;
}
