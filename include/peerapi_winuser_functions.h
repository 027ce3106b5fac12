/* peerapi_winuser_functions.h - the functions about windows, declared. Part of winuser.h. */
#ifndef PEERAPI_WINUSER_FUNCTIONS_H
#define PEERAPI_WINUSER_FUNCTIONS_H

#include "peerapi_winuser_types.h"

EXTERN_C_START

/* Classes and windows. */
WINUSERAPI ATOM WINAPI RegisterClassA(const WNDCLASSA *windowClass);
WINUSERAPI ATOM WINAPI RegisterClassW(const WNDCLASSW *windowClass);
WINUSERAPI ATOM WINAPI RegisterClassExA(const WNDCLASSEXA *windowClass);
WINUSERAPI ATOM WINAPI RegisterClassExW(const WNDCLASSEXW *windowClass);
WINUSERAPI BOOL WINAPI UnregisterClassA(LPCSTR className, HINSTANCE instance);
WINUSERAPI BOOL WINAPI UnregisterClassW(LPCWSTR className, HINSTANCE instance);
WINUSERAPI BOOL WINAPI GetClassInfoA(HINSTANCE instance, LPCSTR className, WNDCLASSA *windowClass);
WINUSERAPI BOOL WINAPI GetClassInfoW(HINSTANCE instance, LPCWSTR className, WNDCLASSW *windowClass);
WINUSERAPI BOOL WINAPI GetClassInfoExA(HINSTANCE instance, LPCSTR className, WNDCLASSEXA *windowClass);
WINUSERAPI BOOL WINAPI GetClassInfoExW(HINSTANCE instance, LPCWSTR className, WNDCLASSEXW *windowClass);
WINUSERAPI int WINAPI GetClassNameA(HWND window, LPSTR className, int units);
WINUSERAPI int WINAPI GetClassNameW(HWND window, LPWSTR className, int units);
WINUSERAPI HWND WINAPI CreateWindowExA(DWORD extendedStyle, LPCSTR className, LPCSTR windowName, DWORD style, int x,
                                       int y, int width, int height, HWND parent, HMENU menu, HINSTANCE instance,
                                       LPVOID parameter);
WINUSERAPI HWND WINAPI CreateWindowExW(DWORD extendedStyle, LPCWSTR className, LPCWSTR windowName, DWORD style, int x,
                                       int y, int width, int height, HWND parent, HMENU menu, HINSTANCE instance,
                                       LPVOID parameter);
WINUSERAPI BOOL WINAPI DestroyWindow(HWND window);
WINUSERAPI BOOL WINAPI ShowWindow(HWND window, int command);
WINUSERAPI BOOL WINAPI UpdateWindow(HWND window);
WINUSERAPI BOOL WINAPI MoveWindow(HWND window, int x, int y, int width, int height, BOOL repaint);
WINUSERAPI BOOL WINAPI SetWindowPos(HWND window, HWND after, int x, int y, int width, int height, UINT flags);
WINUSERAPI HDWP WINAPI BeginDeferWindowPos(int windows);
WINUSERAPI HDWP WINAPI DeferWindowPos(HDWP positions, HWND window, HWND after, int x, int y, int width, int height,
                                      UINT flags);
WINUSERAPI BOOL WINAPI EndDeferWindowPos(HDWP positions);
WINUSERAPI BOOL WINAPI IsWindow(HWND window);
WINUSERAPI BOOL WINAPI IsWindowVisible(HWND window);
WINUSERAPI BOOL WINAPI IsWindowEnabled(HWND window);
WINUSERAPI BOOL WINAPI IsIconic(HWND window);
WINUSERAPI BOOL WINAPI IsZoomed(HWND window);
WINUSERAPI BOOL WINAPI IsChild(HWND parent, HWND window);
WINUSERAPI BOOL WINAPI EnableWindow(HWND window, BOOL enable);
WINUSERAPI HWND WINAPI GetParent(HWND window);
WINUSERAPI HWND WINAPI SetParent(HWND window, HWND parent);
WINUSERAPI HWND WINAPI GetWindow(HWND window, UINT relation);
WINUSERAPI HWND WINAPI GetDesktopWindow(VOID);
WINUSERAPI HWND WINAPI GetForegroundWindow(VOID);
WINUSERAPI BOOL WINAPI SetForegroundWindow(HWND window);
WINUSERAPI HWND WINAPI GetActiveWindow(VOID);
WINUSERAPI HWND WINAPI SetActiveWindow(HWND window);
WINUSERAPI HWND WINAPI FindWindowA(LPCSTR className, LPCSTR windowName);
WINUSERAPI HWND WINAPI FindWindowW(LPCWSTR className, LPCWSTR windowName);
WINUSERAPI BOOL WINAPI EnumWindows(WNDENUMPROC function, LPARAM parameter);
WINUSERAPI BOOL WINAPI EnumChildWindows(HWND parent, WNDENUMPROC function, LPARAM parameter);
WINUSERAPI DWORD WINAPI GetWindowThreadProcessId(HWND window, LPDWORD processId);
WINUSERAPI int WINAPI GetWindowTextA(HWND window, LPSTR text, int units);
WINUSERAPI int WINAPI GetWindowTextW(HWND window, LPWSTR text, int units);
WINUSERAPI int WINAPI GetWindowTextLengthA(HWND window);
WINUSERAPI int WINAPI GetWindowTextLengthW(HWND window);
WINUSERAPI BOOL WINAPI SetWindowTextA(HWND window, LPCSTR text);
WINUSERAPI BOOL WINAPI SetWindowTextW(HWND window, LPCWSTR text);
WINUSERAPI LONG WINAPI GetWindowLongA(HWND window, int index);
WINUSERAPI LONG WINAPI GetWindowLongW(HWND window, int index);
WINUSERAPI LONG WINAPI SetWindowLongA(HWND window, int index, LONG value);
WINUSERAPI LONG WINAPI SetWindowLongW(HWND window, int index, LONG value);
WINUSERAPI LONG_PTR WINAPI GetWindowLongPtrA(HWND window, int index);
WINUSERAPI LONG_PTR WINAPI GetWindowLongPtrW(HWND window, int index);
WINUSERAPI LONG_PTR WINAPI SetWindowLongPtrA(HWND window, int index, LONG_PTR value);
WINUSERAPI LONG_PTR WINAPI SetWindowLongPtrW(HWND window, int index, LONG_PTR value);
WINUSERAPI ULONG_PTR WINAPI GetClassLongPtrA(HWND window, int index);
WINUSERAPI ULONG_PTR WINAPI GetClassLongPtrW(HWND window, int index);
WINUSERAPI ULONG_PTR WINAPI SetClassLongPtrA(HWND window, int index, LONG_PTR value);
WINUSERAPI ULONG_PTR WINAPI SetClassLongPtrW(HWND window, int index, LONG_PTR value);
WINUSERAPI LRESULT WINAPI DefWindowProcA(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI DefWindowProcW(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI CallWindowProcA(WNDPROC previous, HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI CallWindowProcW(WNDPROC previous, HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI BOOL WINAPI GetClientRect(HWND window, LPRECT rectangle);
WINUSERAPI BOOL WINAPI GetWindowRect(HWND window, LPRECT rectangle);
WINUSERAPI BOOL WINAPI AdjustWindowRect(LPRECT rectangle, DWORD style, BOOL menu);
WINUSERAPI BOOL WINAPI AdjustWindowRectEx(LPRECT rectangle, DWORD style, BOOL menu, DWORD extendedStyle);
WINUSERAPI BOOL WINAPI ClientToScreen(HWND window, LPPOINT point);
WINUSERAPI BOOL WINAPI ScreenToClient(HWND window, LPPOINT point);
WINUSERAPI int WINAPI MapWindowPoints(HWND from, HWND to, LPPOINT points, UINT count);

/* Messages. */
WINUSERAPI BOOL WINAPI GetMessageA(LPMSG message, HWND window, UINT first, UINT last);
WINUSERAPI BOOL WINAPI GetMessageW(LPMSG message, HWND window, UINT first, UINT last);
WINUSERAPI BOOL WINAPI PeekMessageA(LPMSG message, HWND window, UINT first, UINT last, UINT remove);
WINUSERAPI BOOL WINAPI PeekMessageW(LPMSG message, HWND window, UINT first, UINT last, UINT remove);
WINUSERAPI BOOL WINAPI TranslateMessage(const MSG *message);
WINUSERAPI LRESULT WINAPI DispatchMessageA(const MSG *message);
WINUSERAPI LRESULT WINAPI DispatchMessageW(const MSG *message);
WINUSERAPI LRESULT WINAPI SendMessageA(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI SendMessageW(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI SendMessageTimeoutA(HWND window, UINT message, WPARAM wParam, LPARAM lParam, UINT flags,
                                              UINT milliseconds, PDWORD_PTR result);
WINUSERAPI LRESULT WINAPI SendMessageTimeoutW(HWND window, UINT message, WPARAM wParam, LPARAM lParam, UINT flags,
                                              UINT milliseconds, PDWORD_PTR result);
WINUSERAPI BOOL WINAPI PostMessageA(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI BOOL WINAPI PostMessageW(HWND window, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI BOOL WINAPI PostThreadMessageA(DWORD threadId, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI BOOL WINAPI PostThreadMessageW(DWORD threadId, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI VOID WINAPI PostQuitMessage(int exitCode);
WINUSERAPI UINT WINAPI RegisterWindowMessageA(LPCSTR name);
WINUSERAPI UINT WINAPI RegisterWindowMessageW(LPCWSTR name);
WINUSERAPI BOOL WINAPI WaitMessage(VOID);
WINUSERAPI DWORD WINAPI MsgWaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD milliseconds,
                                                  DWORD wakeMask);
WINUSERAPI DWORD WINAPI MsgWaitForMultipleObjectsEx(DWORD count, const HANDLE *handles, DWORD milliseconds,
                                                    DWORD wakeMask, DWORD flags);
WINUSERAPI UINT_PTR WINAPI SetTimer(HWND window, UINT_PTR id, UINT milliseconds, TIMERPROC function);
WINUSERAPI BOOL WINAPI KillTimer(HWND window, UINT_PTR id);

/* Dialogs and their controls. */
WINUSERAPI INT_PTR WINAPI DialogBoxParamA(HINSTANCE instance, LPCSTR resource, HWND parent, DLGPROC function,
                                          LPARAM parameter);
WINUSERAPI INT_PTR WINAPI DialogBoxParamW(HINSTANCE instance, LPCWSTR resource, HWND parent, DLGPROC function,
                                          LPARAM parameter);
WINUSERAPI HWND WINAPI CreateDialogParamA(HINSTANCE instance, LPCSTR resource, HWND parent, DLGPROC function,
                                          LPARAM parameter);
WINUSERAPI HWND WINAPI CreateDialogParamW(HINSTANCE instance, LPCWSTR resource, HWND parent, DLGPROC function,
                                          LPARAM parameter);
WINUSERAPI BOOL WINAPI EndDialog(HWND dialog, INT_PTR result);
WINUSERAPI BOOL WINAPI IsDialogMessageA(HWND dialog, LPMSG message);
WINUSERAPI BOOL WINAPI IsDialogMessageW(HWND dialog, LPMSG message);
WINUSERAPI HWND WINAPI GetDlgItem(HWND dialog, int id);
WINUSERAPI int WINAPI GetDlgCtrlID(HWND control);
WINUSERAPI UINT WINAPI GetDlgItemTextA(HWND dialog, int id, LPSTR text, int units);
WINUSERAPI UINT WINAPI GetDlgItemTextW(HWND dialog, int id, LPWSTR text, int units);
WINUSERAPI BOOL WINAPI SetDlgItemTextA(HWND dialog, int id, LPCSTR text);
WINUSERAPI BOOL WINAPI SetDlgItemTextW(HWND dialog, int id, LPCWSTR text);
WINUSERAPI UINT WINAPI GetDlgItemInt(HWND dialog, int id, BOOL *translated, BOOL isSigned);
WINUSERAPI BOOL WINAPI SetDlgItemInt(HWND dialog, int id, UINT value, BOOL isSigned);
WINUSERAPI LRESULT WINAPI SendDlgItemMessageA(HWND dialog, int id, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI SendDlgItemMessageW(HWND dialog, int id, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI BOOL WINAPI CheckDlgButton(HWND dialog, int id, UINT state);
WINUSERAPI BOOL WINAPI CheckRadioButton(HWND dialog, int first, int last, int checked);
WINUSERAPI UINT WINAPI IsDlgButtonChecked(HWND dialog, int id);
WINUSERAPI HWND WINAPI GetNextDlgTabItem(HWND dialog, HWND control, BOOL previous);
WINUSERAPI LRESULT WINAPI DefDlgProcA(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI LRESULT WINAPI DefDlgProcW(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);
WINUSERAPI int WINAPI MessageBoxA(HWND owner, LPCSTR text, LPCSTR caption, UINT type);
WINUSERAPI int WINAPI MessageBoxW(HWND owner, LPCWSTR text, LPCWSTR caption, UINT type);
WINUSERAPI BOOL WINAPI MessageBeep(UINT type);

/* Menus and keys. */
WINUSERAPI HMENU WINAPI LoadMenuA(HINSTANCE instance, LPCSTR name);
WINUSERAPI HMENU WINAPI LoadMenuW(HINSTANCE instance, LPCWSTR name);
WINUSERAPI HMENU WINAPI GetMenu(HWND window);
WINUSERAPI BOOL WINAPI SetMenu(HWND window, HMENU menu);
WINUSERAPI HMENU WINAPI GetSystemMenu(HWND window, BOOL revert);
WINUSERAPI HMENU WINAPI GetSubMenu(HMENU menu, int position);
WINUSERAPI HMENU WINAPI CreateMenu(VOID);
WINUSERAPI HMENU WINAPI CreatePopupMenu(VOID);
WINUSERAPI BOOL WINAPI DestroyMenu(HMENU menu);
WINUSERAPI int WINAPI GetMenuItemCount(HMENU menu);
WINUSERAPI BOOL WINAPI AppendMenuA(HMENU menu, UINT flags, UINT_PTR id, LPCSTR text);
WINUSERAPI BOOL WINAPI AppendMenuW(HMENU menu, UINT flags, UINT_PTR id, LPCWSTR text);
WINUSERAPI BOOL WINAPI InsertMenuA(HMENU menu, UINT position, UINT flags, UINT_PTR id, LPCSTR text);
WINUSERAPI BOOL WINAPI InsertMenuW(HMENU menu, UINT position, UINT flags, UINT_PTR id, LPCWSTR text);
WINUSERAPI BOOL WINAPI ModifyMenuA(HMENU menu, UINT position, UINT flags, UINT_PTR id, LPCSTR text);
WINUSERAPI BOOL WINAPI ModifyMenuW(HMENU menu, UINT position, UINT flags, UINT_PTR id, LPCWSTR text);
WINUSERAPI BOOL WINAPI DeleteMenu(HMENU menu, UINT position, UINT flags);
WINUSERAPI BOOL WINAPI EnableMenuItem(HMENU menu, UINT id, UINT flags);
WINUSERAPI DWORD WINAPI CheckMenuItem(HMENU menu, UINT id, UINT flags);
WINUSERAPI BOOL WINAPI DrawMenuBar(HWND window);
WINUSERAPI BOOL WINAPI TrackPopupMenu(HMENU menu, UINT flags, int x, int y, int reserved, HWND window,
                                      const RECT *rectangle);
WINUSERAPI HACCEL WINAPI LoadAcceleratorsA(HINSTANCE instance, LPCSTR name);
WINUSERAPI HACCEL WINAPI LoadAcceleratorsW(HINSTANCE instance, LPCWSTR name);
WINUSERAPI int WINAPI TranslateAcceleratorA(HWND window, HACCEL table, LPMSG message);
WINUSERAPI int WINAPI TranslateAcceleratorW(HWND window, HACCEL table, LPMSG message);
WINUSERAPI SHORT WINAPI GetKeyState(int key);
WINUSERAPI SHORT WINAPI GetAsyncKeyState(int key);
WINUSERAPI HWND WINAPI GetFocus(VOID);
WINUSERAPI HWND WINAPI SetFocus(HWND window);
WINUSERAPI HWND WINAPI GetCapture(VOID);
WINUSERAPI HWND WINAPI SetCapture(HWND window);
WINUSERAPI BOOL WINAPI ReleaseCapture(VOID);

/* Resources, drawing, the system. */
WINUSERAPI int WINAPI LoadStringA(HINSTANCE instance, UINT id, LPSTR text, int units);
WINUSERAPI int WINAPI LoadStringW(HINSTANCE instance, UINT id, LPWSTR text, int units);
WINUSERAPI HICON WINAPI LoadIconA(HINSTANCE instance, LPCSTR name);
WINUSERAPI HICON WINAPI LoadIconW(HINSTANCE instance, LPCWSTR name);
WINUSERAPI HCURSOR WINAPI LoadCursorA(HINSTANCE instance, LPCSTR name);
WINUSERAPI HCURSOR WINAPI LoadCursorW(HINSTANCE instance, LPCWSTR name);
WINUSERAPI HANDLE WINAPI LoadImageA(HINSTANCE instance, LPCSTR name, UINT type, int width, int height, UINT flags);
WINUSERAPI HANDLE WINAPI LoadImageW(HINSTANCE instance, LPCWSTR name, UINT type, int width, int height, UINT flags);
WINUSERAPI HBITMAP WINAPI LoadBitmapA(HINSTANCE instance, LPCSTR name);
WINUSERAPI HBITMAP WINAPI LoadBitmapW(HINSTANCE instance, LPCWSTR name);
WINUSERAPI BOOL WINAPI DestroyIcon(HICON icon);
WINUSERAPI HCURSOR WINAPI SetCursor(HCURSOR cursor);
WINUSERAPI int WINAPI ShowCursor(BOOL show);
WINUSERAPI BOOL WINAPI GetCursorPos(LPPOINT point);
WINUSERAPI BOOL WINAPI SetCursorPos(int x, int y);
WINUSERAPI HDC WINAPI GetDC(HWND window);
WINUSERAPI HDC WINAPI GetWindowDC(HWND window);
WINUSERAPI int WINAPI ReleaseDC(HWND window, HDC dc);
WINUSERAPI HDC WINAPI BeginPaint(HWND window, LPPAINTSTRUCT paint);
WINUSERAPI BOOL WINAPI EndPaint(HWND window, const PAINTSTRUCT *paint);
WINUSERAPI BOOL WINAPI InvalidateRect(HWND window, const RECT *rectangle, BOOL erase);
WINUSERAPI BOOL WINAPI ValidateRect(HWND window, const RECT *rectangle);
WINUSERAPI BOOL WINAPI RedrawWindow(HWND window, const RECT *rectangle, HRGN region, UINT flags);
WINUSERAPI int WINAPI FillRect(HDC dc, const RECT *rectangle, HBRUSH brush);
WINUSERAPI int WINAPI FrameRect(HDC dc, const RECT *rectangle, HBRUSH brush);
WINUSERAPI int WINAPI DrawTextA(HDC dc, LPCSTR text, int units, LPRECT rectangle, UINT format);
WINUSERAPI int WINAPI DrawTextW(HDC dc, LPCWSTR text, int units, LPRECT rectangle, UINT format);
WINUSERAPI BOOL WINAPI DrawIcon(HDC dc, int x, int y, HICON icon);
WINUSERAPI HBRUSH WINAPI GetSysColorBrush(int index);
WINUSERAPI DWORD WINAPI GetSysColor(int index);
WINUSERAPI int WINAPI GetSystemMetrics(int index);
WINUSERAPI BOOL WINAPI SystemParametersInfoA(UINT action, UINT parameter, PVOID value, UINT flags);
WINUSERAPI BOOL WINAPI SystemParametersInfoW(UINT action, UINT parameter, PVOID value, UINT flags);
WINUSERAPI BOOL WINAPI SetRect(LPRECT rectangle, int left, int top, int right, int bottom);
WINUSERAPI BOOL WINAPI SetRectEmpty(LPRECT rectangle);
WINUSERAPI BOOL WINAPI CopyRect(LPRECT to, const RECT *from);
WINUSERAPI BOOL WINAPI InflateRect(LPRECT rectangle, int dx, int dy);
WINUSERAPI BOOL WINAPI OffsetRect(LPRECT rectangle, int dx, int dy);
WINUSERAPI BOOL WINAPI IsRectEmpty(const RECT *rectangle);
WINUSERAPI BOOL WINAPI PtInRect(const RECT *rectangle, POINT point);
WINUSERAPI int WINAPI SetScrollInfo(HWND window, int bar, const SCROLLINFO *info, BOOL redraw);
WINUSERAPI BOOL WINAPI GetScrollInfo(HWND window, int bar, LPSCROLLINFO info);
WINUSERAPI int WINAPI SetScrollPos(HWND window, int bar, int position, BOOL redraw);
WINUSERAPI BOOL WINAPI SetScrollRange(HWND window, int bar, int minimum, int maximum, BOOL redraw);
WINUSERAPI BOOL WINAPI OpenClipboard(HWND owner);
WINUSERAPI BOOL WINAPI CloseClipboard(VOID);
WINUSERAPI BOOL WINAPI EmptyClipboard(VOID);
WINUSERAPI HANDLE WINAPI GetClipboardData(UINT format);
WINUSERAPI HANDLE WINAPI SetClipboardData(UINT format, HANDLE memory);
WINUSERAPI BOOL WINAPI FlashWindow(HWND window, BOOL invert);

#ifdef UNICODE
#define RegisterClass RegisterClassW
#define RegisterClassEx RegisterClassExW
#define UnregisterClass UnregisterClassW
#define GetClassInfo GetClassInfoW
#define GetClassInfoEx GetClassInfoExW
#define GetClassName GetClassNameW
#define CreateWindowEx CreateWindowExW
#define FindWindow FindWindowW
#define GetWindowText GetWindowTextW
#define GetWindowTextLength GetWindowTextLengthW
#define SetWindowText SetWindowTextW
#define GetWindowLong GetWindowLongW
#define SetWindowLong SetWindowLongW
#define GetWindowLongPtr GetWindowLongPtrW
#define SetWindowLongPtr SetWindowLongPtrW
#define GetClassLongPtr GetClassLongPtrW
#define SetClassLongPtr SetClassLongPtrW
#define DefWindowProc DefWindowProcW
#define CallWindowProc CallWindowProcW
#define GetMessage GetMessageW
#define PeekMessage PeekMessageW
#define DispatchMessage DispatchMessageW
#define SendMessage SendMessageW
#define SendMessageTimeout SendMessageTimeoutW
#define PostMessage PostMessageW
#define PostThreadMessage PostThreadMessageW
#define RegisterWindowMessage RegisterWindowMessageW
#define DialogBoxParam DialogBoxParamW
#define CreateDialogParam CreateDialogParamW
#define IsDialogMessage IsDialogMessageW
#define GetDlgItemText GetDlgItemTextW
#define SetDlgItemText SetDlgItemTextW
#define SendDlgItemMessage SendDlgItemMessageW
#define DefDlgProc DefDlgProcW
#define MessageBox MessageBoxW
#define LoadMenu LoadMenuW
#define AppendMenu AppendMenuW
#define InsertMenu InsertMenuW
#define ModifyMenu ModifyMenuW
#define LoadAccelerators LoadAcceleratorsW
#define TranslateAccelerator TranslateAcceleratorW
#define LoadString LoadStringW
#define LoadIcon LoadIconW
#define LoadCursor LoadCursorW
#define LoadImage LoadImageW
#define LoadBitmap LoadBitmapW
#define DrawText DrawTextW
#define SystemParametersInfo SystemParametersInfoW
#else
#define RegisterClass RegisterClassA
#define RegisterClassEx RegisterClassExA
#define UnregisterClass UnregisterClassA
#define GetClassInfo GetClassInfoA
#define GetClassInfoEx GetClassInfoExA
#define GetClassName GetClassNameA
#define CreateWindowEx CreateWindowExA
#define FindWindow FindWindowA
#define GetWindowText GetWindowTextA
#define GetWindowTextLength GetWindowTextLengthA
#define SetWindowText SetWindowTextA
#define GetWindowLong GetWindowLongA
#define SetWindowLong SetWindowLongA
#define GetWindowLongPtr GetWindowLongPtrA
#define SetWindowLongPtr SetWindowLongPtrA
#define GetClassLongPtr GetClassLongPtrA
#define SetClassLongPtr SetClassLongPtrA
#define DefWindowProc DefWindowProcA
#define CallWindowProc CallWindowProcA
#define GetMessage GetMessageA
#define PeekMessage PeekMessageA
#define DispatchMessage DispatchMessageA
#define SendMessage SendMessageA
#define SendMessageTimeout SendMessageTimeoutA
#define PostMessage PostMessageA
#define PostThreadMessage PostThreadMessageA
#define RegisterWindowMessage RegisterWindowMessageA
#define DialogBoxParam DialogBoxParamA
#define CreateDialogParam CreateDialogParamA
#define IsDialogMessage IsDialogMessageA
#define GetDlgItemText GetDlgItemTextA
#define SetDlgItemText SetDlgItemTextA
#define SendDlgItemMessage SendDlgItemMessageA
#define DefDlgProc DefDlgProcA
#define MessageBox MessageBoxA
#define LoadMenu LoadMenuA
#define AppendMenu AppendMenuA
#define InsertMenu InsertMenuA
#define ModifyMenu ModifyMenuA
#define LoadAccelerators LoadAcceleratorsA
#define TranslateAccelerator TranslateAcceleratorA
#define LoadString LoadStringA
#define LoadIcon LoadIconA
#define LoadCursor LoadCursorA
#define LoadImage LoadImageA
#define LoadBitmap LoadBitmapA
#define DrawText DrawTextA
#define SystemParametersInfo SystemParametersInfoA
#endif

EXTERN_C_END
#endif
