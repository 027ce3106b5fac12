/* kit.c - facts, their lines, and what is kept for the length of a section. */
#include "kit.h"

#include "tables/tables.h"

#include <stdarg.h>

static struct {
    const char *family, *section, *page, *guess;
    unsigned number, steps, skipped, failed;
    FILE *state;
} kit;

/* How far this process has come, for the one that started it: the last number, the steps begun, and the last step. */
static void note(const char *label) {
    if (kit.state) {
        rewind(kit.state);
        fprintf(kit.state, "%u %u %s\n", kit.number, kit.steps, label);
        fflush(kit.state);
    }
}

void kit_begin(const char *family, const char *name, const char *state, unsigned first, unsigned skipped) {
    kit.family = family;
    kit.section = name;
    kit.page = name;
    kit.number = first;
    kit.skipped = skipped;
    kit.state = fopen(state, "w");
    note("(start)");
}

unsigned kit_end(void) {
    note("(end)");
    if (kit.state)
        fclose(kit.state);
    return kit.failed;
}

void page(const char *name) {
    kit.page = name;
    kit.guess = NULL;
}

void guess(const char *slug) { kit.guess = slug; }

int step(const char *label) {
    if (++kit.steps <= kit.skipped)
        return 0;
    note(label);
    return 1;
}

void remark(const char *format, ...) {
    va_list values;
    va_start(values, format);
    printf("#   ");
    vprintf(format, values);
    printf("\n");
    va_end(values);
    fflush(stdout);
}

static int line(int holds, const char *text, const char *ending, const char *guessed) {
    kit.number++;
    if (!holds)
        kit.failed++;
    printf("%s %u - %s | %s | %s%s", holds ? "ok" : "not ok", kit.number, kit.family, kit.page, text, ending);
    if (guessed)
        printf(" # guess %s", guessed);
    printf("\n");
    fflush(stdout);
    note(text);
    return holds;
}

#define TEXT_OF(text, format)                          \
    do {                                               \
        va_list values_;                               \
        va_start(values_, format);                     \
        vsnprintf(text, sizeof text, format, values_); \
        va_end(values_);                               \
    } while (0)

int fact(int holds, const char *format, ...) {
    char text[300];
    TEXT_OF(text, format);
    return line(holds, text, "", kit.guess);
}

/* Whether a code stands in the list of a function's page; 1 for pages that are not of a function. */
static int is_listed(const char *wanted) {
    const FUNCTION *function = function_named(kit.page);
    const char *found;
    size_t length = strlen(wanted);
    if (!function)
        return 1;
    for (found = strstr(function->codes, wanted); found; found = strstr(found + 1, wanted))
        if ((found == function->codes || found[-1] == ' ') && (found[length] == ' ' || found[length] == 0))
            return 1;
    return 0;
}

int gives(HRESULT got, HRESULT wanted, const char *format, ...) {
    char text[300], ending[80];
    const char *guessed = kit.guess;
    TEXT_OF(text, format);
    snprintf(ending, sizeof ending, ": %s", code_name(wanted));
    if (!guessed && !is_listed(code_name(wanted)))
        guessed = "code-not-on-page";
    if (line(got == wanted, text, ending, guessed))
        return 1;
    remark("gave %s (0x%08lX)", code_name(got), (unsigned long)got & 0xFFFFFFFFul);
    return 0;
}

int counts(ULONGLONG got, ULONGLONG wanted, const char *format, ...) {
    char text[300];
    TEXT_OF(text, format);
    if (line(got == wanted, text, "", kit.guess))
        return 1;
    remark("is 0x%lX%08lX, not 0x%lX%08lX", (unsigned long)(got >> 32), (unsigned long)(got & 0xFFFFFFFFu),
           (unsigned long)(wanted >> 32), (unsigned long)(wanted & 0xFFFFFFFFu));
    return 0;
}

/* ASCII for remarks; other characters as their numbers. */
static void show(PCWSTR text, char *into, size_t size) {
    size_t used = 0;
    if (!text) {
        snprintf(into, size, "NULL");
        return;
    }
    into[0] = 0;
    for (; *text && used + 8 < size; text++)
        used += (size_t)snprintf(into + used, size - used, *text >= 32 && *text < 127 ? "%c" : "\\u%04x",
                                 (unsigned)*text);
}

int reads(PCWSTR got, PCWSTR wanted, const char *format, ...) {
    char text[300], is[200], should[200];
    TEXT_OF(text, format);
    if (line(got && wanted ? wcscmp(got, wanted) == 0 : got == wanted, text, "", kit.guess))
        return 1;
    show(got, is, sizeof is);
    show(wanted, should, sizeof should);
    remark("is \"%s\", not \"%s\"", is, should);
    return 0;
}

const char *code_name(HRESULT code) {
    static char numbers[4][16];
    static int next;
    int i;
    for (i = 0; code_names[i].name; i++)
        if (code_names[i].code == code)
            return code_names[i].name;
    next = (next + 1) % 4;
    snprintf(numbers[next], sizeof numbers[next], "0x%08lX", (unsigned long)code & 0xFFFFFFFFul);
    return numbers[next];
}

/* Kept until the process ends: a section is a process. */
void *keep(size_t size) {
    void *block = calloc(1, size);
    if (!block) {
        fprintf(stderr, "no memory\n");
        exit(3);
    }
    return block;
}

PWSTR wide(const char *text) {
    size_t i, length = strlen(text);
    PWSTR made = keep((length + 1) * sizeof *made);
    for (i = 0; i < length; i++)
        made[i] = (WCHAR)(unsigned char)text[i];
    return made;
}

PWSTR repeated(WCHAR character, size_t count) {
    size_t i;
    PWSTR made = keep((count + 1) * sizeof *made);
    for (i = 0; i < count; i++)
        made[i] = character;
    return made;
}

static const char *unique_text(const char *word) {
    static unsigned made;
    char *text = keep(strlen(word) + 48);
    sprintf(text, "%s-%lx-%lx-%x", word, (unsigned long)GetCurrentProcessId(), (unsigned long)(now() & 0xFFFFFFFu),
            ++made);
    return text;
}

PWSTR unique(const char *word) { return wide(unique_text(word)); }

ULONGLONG filetime_value(FILETIME time) { return (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime; }

FILETIME filetime_of(ULONGLONG value) {
    FILETIME time;
    time.dwLowDateTime = (DWORD)(value & 0xFFFFFFFFu);
    time.dwHighDateTime = (DWORD)(value >> 32);
    return time;
}

ULONGLONG now(void) {
    FILETIME time;
    GetSystemTimeAsFileTime(&time);
    return filetime_value(time);
}
