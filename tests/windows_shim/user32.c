/* user32.c - the functions about windows that the samples call, on windows in memory. Pictures, keys and sizes are
 * nothing. */
#include "shim.h"

struct window *foreground;
static struct window main_window;
static WNDPROC main_procedure;
static bool menu_disabled[65536];

static struct window *of(HWND window) { return (struct window *)(void *)window; }
static HWND handle(struct window *window) { return (HWND)(void *)window; }

bool shim_menu_disabled(int id) { return menu_disabled[(WORD)id]; }

/* Windows. */
ATOM WINAPI RegisterClassExW(const WNDCLASSEXW *windowClass) {
    main_procedure = windowClass->lpfnWndProc;
    return 1;
}

HWND WINAPI CreateWindowExW(DWORD extendedStyle, LPCWSTR className, LPCWSTR windowName, DWORD style, int x, int y,
                            int width, int height, HWND parent, HMENU menu, HINSTANCE instance, LPVOID parameter) {
    (void)extendedStyle, (void)className, (void)x, (void)y, (void)width, (void)height, (void)instance, (void)parameter;
    if (parent) {
        struct window *control = shim_control(of(parent), (int)(INT_PTR)menu);
        control->sorted = (style & LBS_SORT) != 0;
        return handle(control);
    }
    main_window.procedure = main_procedure;
    main_window.text = shim_copy(windowName);
    foreground = &main_window;
    CREATESTRUCTW create = {.style = (LONG)style, .lpszName = windowName, .lpszClass = className};
    main_procedure(handle(&main_window), WM_CREATE, 0, (LPARAM)&create);
    shim_show("window", 0, windowName);
    return handle(&main_window);
}

LRESULT WINAPI DefWindowProcW(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    (void)wParam, (void)lParam;
    if (message == WM_CLOSE)
        of(window)->procedure(window, WM_DESTROY, 0, 0);
    return 0;
}

/* A thread that does not own the window is served at once, without the owner's loop. */
LRESULT WINAPI SendMessageW(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    struct window *to = of(window);
    if (to == NULL)
        return 0;
    if (to->procedure)
        return to->procedure(window, message, wParam, lParam);
    if (to->dialog)
        return to->dialog(window, message, wParam, lParam);
    return shim_control_message(to, message, wParam, lParam);
}

HWND WINAPI GetDlgItem(HWND dialog, int id) { return handle(shim_control(of(dialog), id)); }

LRESULT WINAPI SendDlgItemMessageW(HWND dialog, int id, UINT message, WPARAM wParam, LPARAM lParam) {
    return SendMessageW(GetDlgItem(dialog, id), message, wParam, lParam);
}

int WINAPI GetWindowTextW(HWND window, LPWSTR text, int units) {
    return (int)SendMessageW(window, WM_GETTEXT, (WPARAM)units, (LPARAM)text);
}

BOOL WINAPI SetWindowTextW(HWND window, LPCWSTR text) {
    return (BOOL)SendMessageW(window, WM_SETTEXT, 0, (LPARAM)text);
}

UINT WINAPI GetDlgItemTextW(HWND dialog, int id, LPWSTR text, int units) {
    return (UINT)GetWindowTextW(GetDlgItem(dialog, id), text, units);
}

BOOL WINAPI SetDlgItemTextW(HWND dialog, int id, LPCWSTR text) { return SetWindowTextW(GetDlgItem(dialog, id), text); }

BOOL WINAPI EnableWindow(HWND window, BOOL enable) {
    BOOL before = of(window)->disabled;
    of(window)->disabled = !enable;
    return before;
}

HWND WINAPI GetWindow(HWND window, UINT relation) {
    (void)window, (void)relation;
    return handle(foreground);
}

LONG_PTR WINAPI GetWindowLongPtrW(HWND window, int index) {
    unsigned slot = (unsigned)index / sizeof(LONG_PTR);
    return slot < SLOTS ? of(window)->slots[slot] : 0;
}

LONG_PTR WINAPI SetWindowLongPtrW(HWND window, int index, LONG_PTR value) {
    LONG_PTR before = GetWindowLongPtrW(window, index);
    unsigned slot = (unsigned)index / sizeof(LONG_PTR);
    if (slot < SLOTS)
        of(window)->slots[slot] = value;
    return before;
}

/* Messages. */
BOOL WINAPI PostMessageW(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    shim_post(&(MSG){.hwnd = window, .message = message, .wParam = wParam, .lParam = lParam});
    return TRUE;
}

VOID WINAPI PostQuitMessage(int exitCode) { PostMessageW(NULL, WM_QUIT, (WPARAM)exitCode, 0); }

BOOL WINAPI GetMessageW(LPMSG message, HWND window, UINT first, UINT last) {
    (void)window, (void)first, (void)last;
    *message = shim_next();
    return message->message != WM_QUIT;
}

LRESULT WINAPI DispatchMessageW(const MSG *message) {
    return SendMessageW(message->hwnd, message->message, message->wParam, message->lParam);
}

/* Dialogs: a modal one has a loop of its own. */
INT_PTR WINAPI DialogBoxParamW(HINSTANCE instance, LPCWSTR resource, HWND parent, DLGPROC function, LPARAM parameter) {
    (void)instance, (void)parent;
    struct window *before = foreground, *dialog = calloc(1, sizeof *dialog);
    if (dialog == NULL)
        abort();
    dialog->dialog = function;
    dialog->id = (int)(INT_PTR)resource;
    function(handle(dialog), WM_INITDIALOG, 0, parameter);
    foreground = dialog;
    shim_show("dialog", dialog->id, NULL);
    while (!dialog->ended) {
        MSG message = shim_next();
        if (message.message == WM_QUIT) {
            PostQuitMessage((int)message.wParam);
            break;
        }
        DispatchMessageW(&message);
    }
    function(handle(dialog), WM_DESTROY, 0, 0);
    foreground = before;
    shim_show("closed", dialog->id, NULL);
    return dialog->result; /* The window stays: a handle may still be in somebody's hand. */
}

BOOL WINAPI EndDialog(HWND dialog, INT_PTR result) {
    of(dialog)->ended = true;
    of(dialog)->result = result;
    return TRUE;
}

/* Every message box is read and confirmed at once. */
int WINAPI MessageBoxW(HWND owner, LPCWSTR text, LPCWSTR caption, UINT type) {
    (void)owner, (void)caption;
    shim_show("box", (long)(type & MB_TYPEMASK), text);
    return (type & MB_TYPEMASK) == MB_YESNO || (type & MB_TYPEMASK) == MB_YESNOCANCEL ? IDYES : IDOK;
}

BOOL WINAPI EnableMenuItem(HMENU menu, UINT item, UINT flags) {
    (void)menu;
    menu_disabled[(WORD)item] = (flags & (MF_GRAYED | MF_DISABLED)) != 0;
    return TRUE;
}

/* What has no effect here. */
int WINAPI LoadStringW(HINSTANCE instance, UINT id, LPWSTR text, int units) {
    (void)instance;
    char narrow[32];
    snprintf(narrow, sizeof narrow, "string %u", id);
    return MultiByteToWideChar(CP_UTF8, 0, narrow, -1, text, units) - 1;
}

VOID WINAPI InitCommonControls(VOID) {}
HACCEL WINAPI LoadAcceleratorsW(HINSTANCE instance, LPCWSTR name) { return (void)instance, (void)name, NULL; }
HCURSOR WINAPI LoadCursorW(HINSTANCE instance, LPCWSTR name) { return (void)instance, (void)name, NULL; }
HICON WINAPI LoadIconW(HINSTANCE instance, LPCWSTR name) { return (void)instance, (void)name, NULL; }
HCURSOR WINAPI SetCursor(HCURSOR cursor) { return cursor; }
HMENU WINAPI GetMenu(HWND window) { return (HMENU)(void *)window; }
HWND WINAPI SetFocus(HWND window) { return window; }
HWND WINAPI GetFocus(VOID) { return handle(foreground); }
SHORT WINAPI GetKeyState(int key) { return (void)key, (SHORT)0; }
BOOL WINAPI ShowWindow(HWND window, int command) { return (void)window, (void)command, FALSE; }
BOOL WINAPI UpdateWindow(HWND window) { return (void)window, TRUE; }
BOOL WINAPI IsChild(HWND parent, HWND window) { return window && of(window)->parent == of(parent); }
BOOL WINAPI TranslateMessage(const MSG *message) { return (void)message, FALSE; }
int WINAPI TranslateAcceleratorW(HWND window, HACCEL table, LPMSG message) {
    return (void)window, (void)table, (void)message, 0;
}
HBRUSH WINAPI GetSysColorBrush(int index) { return (void)index, NULL; }
HGDIOBJ WINAPI GetStockObject(int index) { return (void)index, NULL; }
HFONT WINAPI CreateFontIndirectW(const LOGFONTW *font) { return (void)font, NULL; }
HDWP WINAPI BeginDeferWindowPos(int windows) { return (void)windows, NULL; }
BOOL WINAPI EndDeferWindowPos(HDWP positions) { return (void)positions, TRUE; }

HDWP WINAPI DeferWindowPos(HDWP positions, HWND window, HWND after, int x, int y, int width, int height, UINT flags) {
    return (void)window, (void)after, (void)x, (void)y, (void)width, (void)height, (void)flags, positions;
}

BOOL WINAPI GetWindowRect(HWND window, LPRECT rectangle) {
    *rectangle = (RECT){0};
    return window != NULL;
}

BOOL WINAPI SystemParametersInfoW(UINT action, UINT parameter, PVOID value, UINT flags) {
    return (void)action, (void)parameter, (void)value, (void)flags, TRUE;
}
