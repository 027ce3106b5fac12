/* shim.h - windows that exist in memory only: what the parts of the shim know of each other. */
#ifndef SHIM_H
#define SHIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>
#include <commctrl.h>
#include <commdlg.h>

enum { SLOTS = 4, SCRIPT_LINE = 0xC0F0 };

struct item {
    WCHAR *text;
    LPARAM data;
};

/* A main window has a WNDPROC, a dialog a DLGPROC, a control neither: it is an edit, a button, a list and a combo box
 * in one. */
struct window {
    struct window *parent, *next;
    WNDPROC procedure;
    DLGPROC dialog;
    int id, count, selected;
    WCHAR *text;
    struct item *items;
    LRESULT checked;
    bool disabled, sorted, ended;
    INT_PTR result;
    LONG_PTR slots[SLOTS];
};

/* The window that the user can reach: the innermost dialog, else the main window. */
extern struct window *foreground;

/* One line of what a user would see: the kind, a number, a text. */
void shim_show(const char *kind, long number, LPCWSTR text);
struct window *shim_control(struct window *parent, int id);
WCHAR *shim_wide(const char *text);
WCHAR *shim_copy(LPCWSTR text);
LRESULT shim_control_message(struct window *control, UINT message, WPARAM wParam, LPARAM lParam);

/* The queue of the one thread that has windows. shim_next waits for a message; lines of the script are carried out in
 * it. */
void shim_post(const MSG *message);
MSG shim_next(void);
void shim_perform(char *line);
bool shim_menu_disabled(int id);

/* The thread that has windows gives its turn away while it waits for a message. */
void shim_begin_turn(void);
void shim_end_turn(void);

#endif
