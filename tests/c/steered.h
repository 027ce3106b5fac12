/* steered.h: what programs share that are steered over stdin and stdout, line by line. A command is answered by one
 * line, "ok ..." or "failed <function> <HRESULT>". */
#include <windows.h>
#include <p2p.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int command(char **words, int count); /* of the program; there is at least one word */

static inline int failed(const char *function, HRESULT result) {
    printf("failed %s 0x%08X\n", function, (unsigned)result);
    return 0;
}

#define CALL(function, ...)                      \
    do {                                         \
        HRESULT result_ = function(__VA_ARGS__); \
        if (FAILED(result_))                     \
            return failed(#function, result_);   \
    } while (0)

/* Texts are UTF-8 outside. What these make is seldom freed: there is little of it. */
static inline WCHAR *wide(const char *text) {
    int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *made = malloc((size_t)length * sizeof(WCHAR));
    MultiByteToWideChar(CP_UTF8, 0, text, -1, made, length);
    return made;
}

static inline char *narrow(const WCHAR *text) {
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *made = malloc((size_t)length);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, made, length, NULL, NULL);
    return made;
}

static inline FILETIME in_one_day(void) {
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    ULONGLONG value = ((ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime) + 864000000000ull;
    time.dwLowDateTime = (DWORD)value;
    time.dwHighDateTime = (DWORD)(value >> 32);
    return time;
}

/* Obeys until stdin ends; what main returns. */
static inline int steer(HRESULT(WINAPI *startup)(WORD, PEER_VERSION_DATA *), WORD version,
                        HRESULT(WINAPI *shutdown)(void)) {
    static char line[4096];
    PEER_VERSION_DATA answered;
    HRESULT result = startup(version, &answered);
    if (FAILED(result)) {
        failed("Startup", result);
        return 1;
    }
    while (fgets(line, sizeof line, stdin)) {
        char *words[16] = {0};
        int count = 0;
        for (char *word = strtok(line, " \n"); word && count < 16; word = strtok(NULL, " \n"))
            words[count++] = word;
        if (count > 0)
            command(words, count);
        fflush(stdout);
    }
    return shutdown() == S_OK ? 0 : 1;
}
