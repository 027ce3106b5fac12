/* wmain.c - the main of programs that define wmain instead. In a library of its own, so that it is linked only where
 * main is missing.
 *
 * A wmain written in C++ has a mangled name, one for each of the usual ways to declare it. */
#define PEERAPI_BUILDING 1
#include <stdio.h>
#include <stdlib.h>
#include "../../include/windows.h"

typedef int (*wide_main)(int, WCHAR **, WCHAR **);

extern int wmain(int, WCHAR **, WCHAR **) __attribute__((weak));
extern int wmain_cxx(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPw") __attribute__((weak));
extern int wmain_cxx_const(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPKw") __attribute__((weak));
extern int wmain_cxx_environment(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPwS0_") __attribute__((weak));
extern int wmain_cxx_none(int, WCHAR **, WCHAR **) __asm__("_Z5wmainv") __attribute__((weak));
extern int wmain_cxx_char16(int, WCHAR **, WCHAR **) __asm__("_Z5wmainiPPDs") __attribute__((weak));

static wide_main find(void) {
    const wide_main candidates[] = {wmain,          wmain_cxx,       wmain_cxx_const, wmain_cxx_environment,
                                    wmain_cxx_none, wmain_cxx_char16};
    for (size_t index = 0; index < ARRAYSIZE(candidates); index++) {
        if (candidates[index]) {
            return candidates[index];
        }
    }
    return NULL;
}

/* The strings of a NULL-terminated list as UTF-16, in memory that lives as long as the program. */
static WCHAR **widened(char **list) {
    size_t count = 0;
    while (list && list[count]) {
        count++;
    }
    WCHAR **wide = calloc(count + 1, sizeof *wide);
    for (size_t index = 0; wide && index < count; index++) {
        int units = MultiByteToWideChar(CP_UTF8, 0, list[index], -1, NULL, 0);
        wide[index] = calloc((size_t)units, sizeof **wide);
        if (!wide[index]) {
            return NULL;
        }
        MultiByteToWideChar(CP_UTF8, 0, list[index], -1, wide[index], units);
    }
    return wide;
}

int main(int argc, char **argv, char **environment) {
    wide_main start = find();
    WCHAR **arguments = widened(argv), **variables = widened(environment);
    if (!start || !arguments || !variables) {
        fputs(start ? "wmain: not enough memory for the arguments\n" : "the program has neither main nor wmain\n",
              stderr);
        return 127;
    }
    return start(argc, arguments, variables);
}
