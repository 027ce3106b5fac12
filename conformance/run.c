/* run.c - the program: runs sections, each in a process of its own, and writes TAP.
 *
 *     conformance [--list] [FAMILY | FAMILY.SECTION ...]       everything when nothing is named
 */
#include "kit.h"

#define LONGEST 300000 /* milliseconds of one section */
#define LIVES   60     /* processes of one section, when each dies at another step */

static int is_wanted(const SECTION *section, int count, char **words) {
    char full[80];
    int i, named = 0;
    snprintf(full, sizeof full, "%s.%s", section->family, section->name);
    for (i = 1; i < count; i++) {
        if (words[i][0] == '-')
            continue;
        named = 1;
        if (strcmp(words[i], section->family) == 0 || strcmp(words[i], full) == 0)
            return 1;
    }
    return !named;
}

/* One process of a section; the exit code, or STILL_ACTIVE when it had to be ended. */
static DWORD run_process(const char *program, const SECTION *section, const char *state, unsigned first,
                         unsigned skipped) {
    char command[1500];
    DWORD code = 1;
    STARTUPINFOA startup;
    PROCESS_INFORMATION made;
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    snprintf(command, sizeof command, "\"%s\" --section %s.%s %s %u %u", program, section->family, section->name, state,
             first, skipped);
    fflush(stdout);
    if (!CreateProcessA(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made)) {
        printf("# %s cannot be started again: error %lu\n", program, (unsigned long)GetLastError());
        return 1;
    }
    CloseHandle(made.hThread);
    if (WaitForSingleObject(made.hProcess, LONGEST) == WAIT_OBJECT_0) {
        GetExitCodeProcess(made.hProcess, &code);
    } else {
        TerminateProcess(made.hProcess, 9);
        code = STILL_ACTIVE;
    }
    CloseHandle(made.hProcess);
    return code;
}

/* All of a section; the number of the last line. */
static unsigned run_section(const char *program, const SECTION *section, unsigned number) {
    unsigned skipped = 0, lives;
    char state[40], label[320];
    sprintf(state, "conformance-%lx.state", (unsigned long)GetCurrentProcessId());
    for (lives = 0; lives < LIVES; lives++) {
        unsigned steps = skipped;
        DWORD code = run_process(program, section, state, number, skipped);
        FILE *file = fopen(state, "r");
        label[0] = 0;
        if (file) {
            if (fscanf(file, "%u %u %299[^\n]", &number, &steps, label) < 2)
                steps = skipped;
            fclose(file);
        }
        if (code <= 1 && strcmp(label, "(end)") == 0)
            break;
        number++;
        printf("not ok %u - %s | %s | ended before its end\n#   exit code 0x%lX, after: %s\n", number, section->family,
               section->name, (unsigned long)code, label);
        if (steps <= skipped)
            break;
        skipped = steps;
    }
    remove(state);
    return number;
}

static int run_here(const char *full, const char *state, unsigned first, unsigned skipped) {
    const SECTION *section;
    char name[80];
    for (section = sections; section->family; section++) {
        snprintf(name, sizeof name, "%s.%s", section->family, section->name);
        if (strcmp(name, full) == 0) {
            kit_begin(section->family, section->name, state, first, skipped);
            section->run();
            return kit_end() != 0;
        }
    }
    return 2;
}

static int play(const char *name, int count, char **words) {
    const ROLE *role;
    for (role = roles; role->name; role++)
        if (strcmp(role->name, name) == 0)
            return role->play(count, words);
    return 2;
}

int main(int count, char **words) {
    char program[600];
    unsigned number = 0, wanted = 0;
    const SECTION *section;
    if (count == 6 && strcmp(words[1], "--section") == 0)
        return run_here(words[2], words[3], (unsigned)atoi(words[4]), (unsigned)atoi(words[5]));
    if (count >= 3 && strcmp(words[1], "--role") == 0)
        return play(words[2], count - 3, words + 3);
    if (!GetModuleFileNameA(NULL, program, sizeof program))
        return 2;
    if (count < 2 || strcmp(words[1], "--list") != 0)
        printf("TAP version 13\n");
    for (section = sections; section->family; section++) {
        if (!is_wanted(section, count, words))
            continue;
        wanted++;
        if (count >= 2 && strcmp(words[1], "--list") == 0)
            printf("%s.%s\n", section->family, section->name);
        else
            number = run_section(program, section, number);
    }
    if (count < 2 || strcmp(words[1], "--list") != 0)
        printf("1..%u\n", number);
    if (!wanted)
        fprintf(stderr, "there is no such family or section; --list shows them\n");
    return wanted ? 0 : 2;
}
