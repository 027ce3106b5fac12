/* windowsx.h - macros that name what a message carries and what a control is told. */
#ifndef PEERAPI_WINDOWSX_H
#define PEERAPI_WINDOWSX_H

#include "winuser.h"

#define GET_X_LPARAM(lParam) ((int)(short)LOWORD(lParam))
#define GET_Y_LPARAM(lParam) ((int)(short)HIWORD(lParam))
#define GET_WM_COMMAND_ID(wParam, lParam) LOWORD(wParam)
#define GET_WM_COMMAND_HWND(wParam, lParam) ((HWND)(lParam))
#define GET_WM_COMMAND_CMD(wParam, lParam) HIWORD(wParam)

#define GetWindowInstance(window) ((HINSTANCE)GetWindowLongPtr((window), GWLP_HINSTANCE))
#define GetWindowStyle(window) ((DWORD)GetWindowLong((window), GWL_STYLE))
#define GetWindowExStyle(window) ((DWORD)GetWindowLong((window), GWL_EXSTYLE))
#define GetWindowID(window) GetDlgCtrlID(window)
#define SetWindowRedraw(window, redraw) ((void)SendMessage((window), WM_SETREDRAW, (WPARAM)(BOOL)(redraw), 0))
#define SubclassWindow(window, function) \
    ((WNDPROC)SetWindowLongPtr((window), GWLP_WNDPROC, (LPARAM)(WNDPROC)(function)))
#define SetWindowFont(window, font, redraw) \
    ((void)SendMessage((window), WM_SETFONT, (WPARAM)(HFONT)(font), (LPARAM)(DWORD)(BOOL)(redraw)))
#define GetWindowFont(window) ((HFONT)SendMessage((window), WM_GETFONT, 0, 0))
#define SetDlgMsgResult(window, message, result)                                                              \
    ((message) == WM_CTLCOLORMSGBOX || (message) == WM_CTLCOLOREDIT || (message) == WM_CTLCOLORLISTBOX ||     \
             (message) == WM_CTLCOLORBTN || (message) == WM_CTLCOLORDLG || (message) == WM_CTLCOLORSCROLLBAR || \
             (message) == WM_CTLCOLORSTATIC || (message) == WM_COMPAREITEM || (message) == WM_VKEYTOITEM ||   \
             (message) == WM_CHARTOITEM || (message) == WM_QUERYDRAGICON || (message) == WM_INITDIALOG        \
         ? (BOOL)(result)                                                                                     \
         : (SetWindowLongPtr((window), DWLP_MSGRESULT, (LPARAM)(LRESULT)(result)), TRUE))

#define DeleteFont(font) DeleteObject((HGDIOBJ)(HFONT)(font))
#define DeletePen(pen) DeleteObject((HGDIOBJ)(HPEN)(pen))
#define DeleteBrush(brush) DeleteObject((HGDIOBJ)(HBRUSH)(brush))
#define DeleteBitmap(bitmap) DeleteObject((HGDIOBJ)(HBITMAP)(bitmap))
#define GetStockFont(index) ((HFONT)GetStockObject(index))
#define GetStockBrush(index) ((HBRUSH)GetStockObject(index))
#define GetStockPen(index) ((HPEN)GetStockObject(index))
#define SelectFont(dc, font) ((HFONT)SelectObject((dc), (HGDIOBJ)(HFONT)(font)))
#define SelectPen(dc, pen) ((HPEN)SelectObject((dc), (HGDIOBJ)(HPEN)(pen)))
#define SelectBrush(dc, brush) ((HBRUSH)SelectObject((dc), (HGDIOBJ)(HBRUSH)(brush)))
#define SelectBitmap(dc, bitmap) ((HBITMAP)SelectObject((dc), (HGDIOBJ)(HBITMAP)(bitmap)))

/* case WM_COMMAND: return HANDLE_WM_COMMAND(window, wParam, lParam, OnCommand); */
#define HANDLE_MSG(window, message, function) \
    case (message):                           \
        return HANDLE_##message((window), (wParam), (lParam), (function))
#define HANDLE_WM_COMMAND(window, wParam, lParam, function) \
    ((function)((window), (int)(LOWORD(wParam)), (HWND)(lParam), (UINT)HIWORD(wParam)), 0)
#define HANDLE_WM_CREATE(window, wParam, lParam, function) \
    ((function)((window), (LPCREATESTRUCT)(lParam)) ? (LRESULT)0 : (LRESULT)-1)
#define HANDLE_WM_DESTROY(window, wParam, lParam, function) ((function)((window)), 0)
#define HANDLE_WM_CLOSE(window, wParam, lParam, function) ((function)((window)), 0)
#define HANDLE_WM_QUIT(window, wParam, lParam, function) ((function)((window), (int)(wParam)), 0)
#define HANDLE_WM_PAINT(window, wParam, lParam, function) ((function)((window)), 0)
#define HANDLE_WM_SIZE(window, wParam, lParam, function) \
    ((function)((window), (UINT)(wParam), (int)(short)LOWORD(lParam), (int)(short)HIWORD(lParam)), 0)
#define HANDLE_WM_MOVE(window, wParam, lParam, function) \
    ((function)((window), (int)(short)LOWORD(lParam), (int)(short)HIWORD(lParam)), 0)
#define HANDLE_WM_ACTIVATE(window, wParam, lParam, function) \
    ((function)((window), (UINT)LOWORD(wParam), (HWND)(lParam), (BOOL)HIWORD(wParam)), 0)
#define HANDLE_WM_SETFOCUS(window, wParam, lParam, function) ((function)((window), (HWND)(wParam)), 0)
#define HANDLE_WM_KILLFOCUS(window, wParam, lParam, function) ((function)((window), (HWND)(wParam)), 0)
#define HANDLE_WM_ENABLE(window, wParam, lParam, function) ((function)((window), (BOOL)(wParam)), 0)
#define HANDLE_WM_SHOWWINDOW(window, wParam, lParam, function) ((function)((window), (BOOL)(wParam), (UINT)(lParam)), 0)
#define HANDLE_WM_ERASEBKGND(window, wParam, lParam, function) \
    ((LRESULT)(DWORD)(BOOL)(function)((window), (HDC)(wParam)))
#define HANDLE_WM_INITDIALOG(window, wParam, lParam, function) \
    ((LRESULT)(DWORD)(UINT)(BOOL)(function)((window), (HWND)(wParam), lParam))
#define HANDLE_WM_KEYDOWN(window, wParam, lParam, function) \
    ((function)((window), (UINT)(wParam), TRUE, (int)(short)LOWORD(lParam), (UINT)HIWORD(lParam)), 0)
#define HANDLE_WM_KEYUP(window, wParam, lParam, function) \
    ((function)((window), (UINT)(wParam), FALSE, (int)(short)LOWORD(lParam), (UINT)HIWORD(lParam)), 0)
#define HANDLE_WM_CHAR(window, wParam, lParam, function) \
    ((function)((window), (TCHAR)(wParam), (int)(short)LOWORD(lParam)), 0)
#define HANDLE_WM_MOUSEMOVE(window, wParam, lParam, function) \
    ((function)((window), GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_LBUTTONDOWN(window, wParam, lParam, function) \
    ((function)((window), FALSE, GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_LBUTTONDBLCLK(window, wParam, lParam, function) \
    ((function)((window), TRUE, GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_LBUTTONUP(window, wParam, lParam, function) \
    ((function)((window), GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_RBUTTONDOWN(window, wParam, lParam, function) \
    ((function)((window), FALSE, GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_RBUTTONUP(window, wParam, lParam, function) \
    ((function)((window), GET_X_LPARAM(lParam), GET_Y_LPARAM(lParam), (UINT)(wParam)), 0)
#define HANDLE_WM_TIMER(window, wParam, lParam, function) ((function)((window), (UINT)(wParam)), 0)
#define HANDLE_WM_HSCROLL(window, wParam, lParam, function) \
    ((function)((window), (HWND)(lParam), (UINT)LOWORD(wParam), (int)(short)HIWORD(wParam)), 0)
#define HANDLE_WM_VSCROLL(window, wParam, lParam, function) \
    ((function)((window), (HWND)(lParam), (UINT)LOWORD(wParam), (int)(short)HIWORD(wParam)), 0)
#define HANDLE_WM_GETMINMAXINFO(window, wParam, lParam, function) ((function)((window), (LPMINMAXINFO)(lParam)), 0)
#define HANDLE_WM_DRAWITEM(window, wParam, lParam, function) ((function)((window), (const DRAWITEMSTRUCT *)(lParam)), 0)
#define HANDLE_WM_MEASUREITEM(window, wParam, lParam, function) ((function)((window), (MEASUREITEMSTRUCT *)(lParam)), 0)
#define HANDLE_WM_SYSCOMMAND(window, wParam, lParam, function) \
    ((function)((window), (UINT)(wParam), (int)(short)LOWORD(lParam), (int)(short)HIWORD(lParam)), 0)
#define HANDLE_WM_INITMENU(window, wParam, lParam, function) ((function)((window), (HMENU)(wParam)), 0)
#define HANDLE_WM_INITMENUPOPUP(window, wParam, lParam, function) \
    ((function)((window), (HMENU)(wParam), (UINT)LOWORD(lParam), (BOOL)HIWORD(lParam)), 0)
#define HANDLE_WM_CONTEXTMENU(window, wParam, lParam, function) \
    ((function)((window), (HWND)(wParam), (UINT)GET_X_LPARAM(lParam), (UINT)GET_Y_LPARAM(lParam)), 0)
#define HANDLE_WM_NOTIFY(window, wParam, lParam, function) \
    ((LRESULT)(function)((window), (int)(wParam), (NMHDR *)(lParam)))
#define HANDLE_WM_SETFONT(window, wParam, lParam, function) ((function)((window), (HFONT)(wParam), (BOOL)(lParam)), 0)
#define HANDLE_WM_QUERYENDSESSION(window, wParam, lParam, function) ((LRESULT)(DWORD)(BOOL)(function)((window)))
#define HANDLE_WM_ENDSESSION(window, wParam, lParam, function) ((function)((window), (BOOL)(wParam)), 0)
#define FORWARD_WM_COMMAND(window, id, control, code, function) \
    (void)(function)((window), WM_COMMAND, MAKEWPARAM((UINT)(id), (UINT)(code)), (LPARAM)(HWND)(control))

/* Controls. */
#define Edit_Enable(control, enable) EnableWindow((control), (enable))
#define Edit_GetText(control, text, units) GetWindowText((control), (text), (units))
#define Edit_SetText(control, text) SetWindowText((control), (text))
#define Edit_GetTextLength(control) ((int)SendMessage((control), WM_GETTEXTLENGTH, 0, 0))
#define Edit_LimitText(control, units) ((void)SendMessage((control), EM_LIMITTEXT, (WPARAM)(units), 0))
#define Edit_GetLineCount(control) ((int)SendMessage((control), EM_GETLINECOUNT, 0, 0))
#define Edit_GetSel(control) ((DWORD)SendMessage((control), EM_GETSEL, 0, 0))
#define Edit_SetSel(control, first, end) ((void)SendMessage((control), EM_SETSEL, (WPARAM)(first), (LPARAM)(end)))
#define Edit_ReplaceSel(control, text) ((void)SendMessage((control), EM_REPLACESEL, 0, (LPARAM)(text)))
#define Edit_GetModify(control) ((BOOL)SendMessage((control), EM_GETMODIFY, 0, 0))
#define Edit_SetModify(control, modified) ((void)SendMessage((control), EM_SETMODIFY, (WPARAM)(modified), 0))
#define Edit_SetReadOnly(control, readOnly) ((BOOL)SendMessage((control), EM_SETREADONLY, (WPARAM)(readOnly), 0))
#define Edit_ScrollCaret(control) ((BOOL)SendMessage((control), EM_SCROLLCARET, 0, 0))
#define Edit_LineFromChar(control, index) ((int)SendMessage((control), EM_LINEFROMCHAR, (WPARAM)(index), 0))
#define Edit_LineIndex(control, line) ((int)SendMessage((control), EM_LINEINDEX, (WPARAM)(line), 0))
#define Edit_Undo(control) ((BOOL)SendMessage((control), EM_UNDO, 0, 0))
#define Button_Enable(control, enable) EnableWindow((control), (enable))
#define Button_GetText(control, text, units) GetWindowText((control), (text), (units))
#define Button_SetText(control, text) SetWindowText((control), (text))
#define Button_GetCheck(control) ((int)SendMessage((control), BM_GETCHECK, 0, 0))
#define Button_SetCheck(control, state) ((void)SendMessage((control), BM_SETCHECK, (WPARAM)(state), 0))
#define Button_GetState(control) ((int)SendMessage((control), BM_GETSTATE, 0, 0))
#define Button_SetState(control, state) ((UINT)SendMessage((control), BM_SETSTATE, (WPARAM)(state), 0))
#define Button_SetStyle(control, style, redraw) \
    ((void)SendMessage((control), BM_SETSTYLE, (WPARAM)(style), MAKELPARAM(((redraw) ? TRUE : FALSE), 0)))
#define Static_Enable(control, enable) EnableWindow((control), (enable))
#define Static_GetText(control, text, units) GetWindowText((control), (text), (units))
#define Static_SetText(control, text) SetWindowText((control), (text))
#define Static_SetIcon(control, icon) ((HICON)SendMessage((control), STM_SETICON, (WPARAM)(icon), 0))
#define Static_GetIcon(control) ((HICON)SendMessage((control), STM_GETICON, 0, 0))
#define ListBox_Enable(control, enable) EnableWindow((control), (enable))
#define ListBox_ResetContent(control) ((BOOL)SendMessage((control), LB_RESETCONTENT, 0, 0))
#define ListBox_AddString(control, text) ((int)SendMessage((control), LB_ADDSTRING, 0, (LPARAM)(text)))
#define ListBox_InsertString(control, index, text) \
    ((int)SendMessage((control), LB_INSERTSTRING, (WPARAM)(index), (LPARAM)(text)))
#define ListBox_AddItemData(control, data) ((int)SendMessage((control), LB_ADDSTRING, 0, (LPARAM)(data)))
#define ListBox_DeleteString(control, index) ((int)SendMessage((control), LB_DELETESTRING, (WPARAM)(index), 0))
#define ListBox_GetTextLen(control, index) ((int)SendMessage((control), LB_GETTEXTLEN, (WPARAM)(index), 0))
#define ListBox_GetText(control, index, text) ((int)SendMessage((control), LB_GETTEXT, (WPARAM)(index), (LPARAM)(text)))
#define ListBox_GetItemData(control, index) ((LRESULT)SendMessage((control), LB_GETITEMDATA, (WPARAM)(index), 0))
#define ListBox_SetItemData(control, index, data) \
    ((int)SendMessage((control), LB_SETITEMDATA, (WPARAM)(index), (LPARAM)(data)))
#define ListBox_FindString(control, before, text) \
    ((int)SendMessage((control), LB_FINDSTRING, (WPARAM)(before), (LPARAM)(text)))
#define ListBox_FindStringExact(control, before, text) \
    ((int)SendMessage((control), LB_FINDSTRINGEXACT, (WPARAM)(before), (LPARAM)(text)))
#define ListBox_SelectString(control, before, text) \
    ((int)SendMessage((control), LB_SELECTSTRING, (WPARAM)(before), (LPARAM)(text)))
#define ListBox_SetSel(control, select, index) \
    ((int)SendMessage((control), LB_SETSEL, (WPARAM)(select), (LPARAM)(index)))
#define ListBox_GetSel(control, index) ((int)SendMessage((control), LB_GETSEL, (WPARAM)(index), 0))
#define ListBox_GetCurSel(control) ((int)SendMessage((control), LB_GETCURSEL, 0, 0))
#define ListBox_SetCurSel(control, index) ((int)SendMessage((control), LB_SETCURSEL, (WPARAM)(index), 0))
#define ListBox_GetCount(control) ((int)SendMessage((control), LB_GETCOUNT, 0, 0))
#define ListBox_GetSelCount(control) ((int)SendMessage((control), LB_GETSELCOUNT, 0, 0))
#define ListBox_GetSelItems(control, count, items) \
    ((int)SendMessage((control), LB_GETSELITEMS, (WPARAM)(count), (LPARAM)(items)))
#define ListBox_GetTopIndex(control) ((int)SendMessage((control), LB_GETTOPINDEX, 0, 0))
#define ListBox_SetTopIndex(control, index) ((int)SendMessage((control), LB_SETTOPINDEX, (WPARAM)(index), 0))
#define ComboBox_Enable(control, enable) EnableWindow((control), (enable))
#define ComboBox_GetText(control, text, units) GetWindowText((control), (text), (units))
#define ComboBox_SetText(control, text) SetWindowText((control), (text))
#define ComboBox_ResetContent(control) ((int)SendMessage((control), CB_RESETCONTENT, 0, 0))
#define ComboBox_AddString(control, text) ((int)SendMessage((control), CB_ADDSTRING, 0, (LPARAM)(text)))
#define ComboBox_InsertString(control, index, text) \
    ((int)SendMessage((control), CB_INSERTSTRING, (WPARAM)(index), (LPARAM)(text)))
#define ComboBox_AddItemData(control, data) ((int)SendMessage((control), CB_ADDSTRING, 0, (LPARAM)(data)))
#define ComboBox_DeleteString(control, index) ((int)SendMessage((control), CB_DELETESTRING, (WPARAM)(index), 0))
#define ComboBox_GetLBTextLen(control, index) ((int)SendMessage((control), CB_GETLBTEXTLEN, (WPARAM)(index), 0))
#define ComboBox_GetLBText(control, index, text) \
    ((int)SendMessage((control), CB_GETLBTEXT, (WPARAM)(index), (LPARAM)(text)))
#define ComboBox_GetItemData(control, index) ((LRESULT)SendMessage((control), CB_GETITEMDATA, (WPARAM)(index), 0))
#define ComboBox_SetItemData(control, index, data) \
    ((int)SendMessage((control), CB_SETITEMDATA, (WPARAM)(index), (LPARAM)(data)))
#define ComboBox_FindString(control, before, text) \
    ((int)SendMessage((control), CB_FINDSTRING, (WPARAM)(before), (LPARAM)(text)))
#define ComboBox_FindStringExact(control, before, text) \
    ((int)SendMessage((control), CB_FINDSTRINGEXACT, (WPARAM)(before), (LPARAM)(text)))
#define ComboBox_SelectString(control, before, text) \
    ((int)SendMessage((control), CB_SELECTSTRING, (WPARAM)(before), (LPARAM)(text)))
#define ComboBox_GetCurSel(control) ((int)SendMessage((control), CB_GETCURSEL, 0, 0))
#define ComboBox_SetCurSel(control, index) ((int)SendMessage((control), CB_SETCURSEL, (WPARAM)(index), 0))
#define ComboBox_GetCount(control) ((int)SendMessage((control), CB_GETCOUNT, 0, 0))
#define ComboBox_LimitText(control, units) ((int)SendMessage((control), CB_LIMITTEXT, (WPARAM)(units), 0))
#define ComboBox_ShowDropdown(control, show) ((BOOL)SendMessage((control), CB_SHOWDROPDOWN, (WPARAM)(show), 0))

#endif
