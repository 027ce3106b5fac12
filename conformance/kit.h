/* kit.h - facts: one TAP line for each. Nothing here knows of peers; the functions under test are in peers.h.
 *
 * A fact belongs to a family (the section that is running says which), stands on a page of the documentation
 * (`page`) and has a text. These three together name it, so that two runs can be compared: the text never holds
 * what changes from run to run. What no page settles is a guess: `guess` gives the facts that follow a short name,
 * until the next `page`. */
#ifndef CONFORMANCE_KIT_H
#define CONFORMANCE_KIT_H

#include <winsock2.h>

#include <windows.h>

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#ifdef __GNUC__
#ifdef __MINGW32__
#define KIT_FORMAT(text, values) __attribute__((format(ms_printf, text, values)))
#else
#define KIT_FORMAT(text, values) __attribute__((format(printf, text, values)))
#endif
#else
#define KIT_FORMAT(text, values)
#endif

/* Milliseconds after which something that has to come is missing. */
#define PATIENCE 60000

/* A part of a family that runs in a process of its own, so that a crash costs only what is left of it. */
typedef struct section {
    const char *family, *name;
    void (*run)(void);
} SECTION;
extern const SECTION sections[];

/* What a second process does for a section: started by `role_start` with the words given there. It returns its exit
 * code. */
typedef struct role {
    const char *name;
    int (*play)(int count, char **words);
} ROLE;
extern const ROLE roles[];

void page(const char *name);
void guess(const char *slug);

/* Each writes one line and returns whether the fact holds. `gives` adds the name of the code to the text. */
int fact(int holds, const char *format, ...) KIT_FORMAT(2, 3);
int gives(HRESULT got, HRESULT wanted, const char *format, ...) KIT_FORMAT(3, 4);
int counts(ULONGLONG got, ULONGLONG wanted, const char *format, ...) KIT_FORMAT(3, 4);
int reads(PCWSTR got, PCWSTR wanted, const char *format, ...) KIT_FORMAT(3, 4);

/* A remark for people, after the line of a fact. */
void remark(const char *format, ...) KIT_FORMAT(1, 2);

/* Begins a step that might end the process; 0 when an earlier process of this section has done it, or died of it. */
int step(const char *label);

/* The name of a code, as the table has it, or its number. */
const char *code_name(HRESULT code);

/* Zeroed memory that lives as long as the section. */
void *keep(size_t size);
/* A wide copy of ASCII text, kept; a text of so many equal characters. */
PWSTR wide(const char *text);
PWSTR repeated(WCHAR character, size_t count);
/* A name that no other section and no other run has: the word and some digits. */
PWSTR unique(const char *word);
/* The full path of a new file in the current folder. */
PWSTR new_path(const char *word);
int file_exists(PCWSTR path);
void file_write(PCWSTR path, const char *text);
/* The ASCII text of a small file, kept; NULL while there is none or it does not end with a line end. */
char *file_line(PCWSTR path);
void file_remove(PCWSTR path);

ULONGLONG filetime_value(FILETIME time);
FILETIME filetime_of(ULONGLONG value);
/* The UTC clock in units of 100 ns, and units in a second. */
ULONGLONG now(void);
#define SECOND 10000000ULL

/* Starts this program again in a role. NULL when that fails. `role_wait` answers the exit code, (DWORD)-1 after the
 * patience. */
HANDLE role_start(const char *name, const char *words);
DWORD role_wait(HANDLE process);
/* The line that a role writes into a file of the current folder; NULL after the patience. */
char *role_line(PCWSTR path);
void role_say(const char *path, const char *line);

/* For run.c. */
void kit_begin(const char *family, const char *name, const char *state, unsigned first, unsigned skipped);
unsigned kit_end(void);

#endif
