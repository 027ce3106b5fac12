/* A program compiled without -fshort-wchar: WCHAR is char16_t, u"..." is its literal, and wchar_t functions stay the
 * system's. */
#define UNICODE
#include <stdio.h>
#include <wchar.h>
#include <stdlib.h>
#include <string.h>
#include <strsafe.h>
#include <windows.h>
#include <objbase.h>
#include <rpc.h>

static int failures;

#define CHECK(condition)                                       \
    do {                                                       \
        if (!(condition)) {                                    \
            fprintf(stderr, "%d: %s\n", __LINE__, #condition); \
            failures++;                                        \
        }                                                      \
    } while (0)

int main(void) {
    WCHAR room[64], *copy = NULL;
    char narrow[64];
    wchar_t system[8];
    CHECK(sizeof(WCHAR) == 2 && sizeof(wchar_t) == 4);
    CHECK(lstrlenW(u"\u00e9\U0001F600") == 3);
    CHECK(StringCchPrintfW(room, 64, u"%s|%S|%d", u"wide", "narrow", 7) == S_OK &&
          lstrcmpW(room, u"wide|narrow|7") == 0);
    CHECK(swprintf_s(room, 64, u"%08lX", (DWORD)E_FAIL) == 8 && lstrcmp(room, TEXT("80004005")) == 0);
    CHECK(wcscpy_s(room, 64, u"a") == 0 && wcscat_s(room, 64, u"b") == 0 && _wcsicmp(room, u"AB") == 0);
    CHECK(_wtoi(u"-12") == -12 && (copy = _wcsdup(u"c")) != NULL && copy[0] == 'c');
    free(copy);
    CHECK(WideCharToMultiByte(CP_UTF8, 0, u"\u20ac", -1, narrow, 64, NULL, NULL) == 4 &&
          !strcmp(narrow, "\xe2\x82\xac"));
    CHECK(sprintf_s(narrow, 64, "%S", u"\u00e9") == 2);
    CHECK(swprintf(system, 8, L"%ls", L"four") == 4 && wcslen(system) == 4 && wcscmp(system, L"four") == 0);
    CHECK(snprintf(narrow, 64, "%ls", L"abc") == 3 && !strcmp(narrow, "abc")); /* the system's own meaning */
    HANDLE event = CreateEvent(NULL, FALSE, TRUE, TEXT("named"));
    CHECK(event && WaitForSingleObject(event, 0) == WAIT_OBJECT_0 && CloseHandle(event));
    CHECK(FormatMessage(FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_SUCCESS, 0, room, 64, NULL) > 0);
    puts(failures ? "FAILED" : "ok");
    return failures != 0;
}
