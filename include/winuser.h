/* winuser.h - windows, messages, menus and dialogs: types, constants and declarations, so that the portable half of a
 * program with windows compiles. The library has none of these functions; whoever links such a program brings them. */
#ifndef PEERAPI_WINUSER_H
#define PEERAPI_WINUSER_H

#include "peerapi_winuser_types.h"
#include "peerapi_winuser_functions.h"

EXTERN_C_START

#define CreateWindowA(className, windowName, style, x, y, width, height, parent, menu, instance, parameter) \
    CreateWindowExA(0, className, windowName, style, x, y, width, height, parent, menu, instance, parameter)
#define CreateWindowW(className, windowName, style, x, y, width, height, parent, menu, instance, parameter) \
    CreateWindowExW(0, className, windowName, style, x, y, width, height, parent, menu, instance, parameter)
#define DialogBoxA(instance, resource, parent, function) DialogBoxParamA(instance, resource, parent, function, 0)
#define DialogBoxW(instance, resource, parent, function) DialogBoxParamW(instance, resource, parent, function, 0)
#define CreateDialogA(instance, resource, parent, function) CreateDialogParamA(instance, resource, parent, function, 0)
#define CreateDialogW(instance, resource, parent, function) CreateDialogParamW(instance, resource, parent, function, 0)

/* Where a program with windows begins. */
int WINAPI WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR commandLine, int show);
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, LPWSTR commandLine, int show);

#ifdef UNICODE
#define CreateWindow CreateWindowW
#define DialogBox DialogBoxW
#define CreateDialog CreateDialogW
#else
#define CreateWindow CreateWindowA
#define DialogBox DialogBoxA
#define CreateDialog CreateDialogA
#endif

EXTERN_C_END
#endif
