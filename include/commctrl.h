/* commctrl.h - lists, trees, tabs and bars: types, constants, macros and declarations. The library has none of these
 * functions (winuser.h). */
#ifndef PEERAPI_COMMCTRL_H
#define PEERAPI_COMMCTRL_H

#include "peerapi_compiler.h"
#include "winuser.h"
#include "peerapi_commctrl_constants.h"

EXTERN_C_START

#define WINCOMMCTRLAPI

typedef struct _IMAGELIST *HIMAGELIST;
typedef struct _TREEITEM *HTREEITEM;
typedef int (CALLBACK *PFNLVCOMPARE)(LPARAM first, LPARAM second, LPARAM parameter);

#define WC_LISTVIEWA "SysListView32"
#define WC_LISTVIEWW PEERAPI_W("SysListView32")
#define WC_TREEVIEWA "SysTreeView32"
#define WC_TREEVIEWW PEERAPI_W("SysTreeView32")
#define WC_HEADERA "SysHeader32"
#define WC_HEADERW PEERAPI_W("SysHeader32")
#define WC_TABCONTROLA "SysTabControl32"
#define WC_TABCONTROLW PEERAPI_W("SysTabControl32")
#define STATUSCLASSNAMEA "msctls_statusbar32"
#define STATUSCLASSNAMEW PEERAPI_W("msctls_statusbar32")
#define TOOLBARCLASSNAMEA "ToolbarWindow32"
#define TOOLBARCLASSNAMEW PEERAPI_W("ToolbarWindow32")
#define TOOLTIPS_CLASSA "tooltips_class32"
#define TOOLTIPS_CLASSW PEERAPI_W("tooltips_class32")
#define TRACKBAR_CLASSA "msctls_trackbar32"
#define TRACKBAR_CLASSW PEERAPI_W("msctls_trackbar32")
#define UPDOWN_CLASSA "msctls_updown32"
#define UPDOWN_CLASSW PEERAPI_W("msctls_updown32")
#define PROGRESS_CLASSA "msctls_progress32"
#define PROGRESS_CLASSW PEERAPI_W("msctls_progress32")
#define WC_BUTTONA "Button"
#define WC_BUTTONW PEERAPI_W("Button")
#define WC_STATICA "Static"
#define WC_STATICW PEERAPI_W("Static")
#define WC_EDITA "Edit"
#define WC_EDITW PEERAPI_W("Edit")
#define WC_LISTBOXA "ListBox"
#define WC_LISTBOXW PEERAPI_W("ListBox")
#define WC_COMBOBOXA "ComboBox"
#define WC_COMBOBOXW PEERAPI_W("ComboBox")
#define WC_COMBOBOXEXA "ComboBoxEx32"
#define WC_COMBOBOXEXW PEERAPI_W("ComboBoxEx32")

#define LPSTR_TEXTCALLBACKA ((LPSTR)-1)
#define LPSTR_TEXTCALLBACKW ((LPWSTR)-1)
#define I_IMAGECALLBACK (-1)
#define TVI_ROOT ((HTREEITEM)(LONG_PTR)-0x10000)
#define TVI_FIRST ((HTREEITEM)(LONG_PTR)-0xFFFF)
#define TVI_LAST ((HTREEITEM)(LONG_PTR)-0xFFFE)
#define TVI_SORT ((HTREEITEM)(LONG_PTR)-0xFFFD)
#define INDEXTOSTATEIMAGEMASK(index) ((index) << 12)

typedef struct tagLVCOLUMNA {
    UINT mask;
    int fmt;
    int cx;
    LPSTR pszText;
    int cchTextMax;
    int iSubItem;
    int iImage;
    int iOrder;
    int cxMin;
    int cxDefault;
    int cxIdeal;
} LVCOLUMNA, *LPLVCOLUMNA;

typedef struct tagLVCOLUMNW {
    UINT mask;
    int fmt;
    int cx;
    LPWSTR pszText;
    int cchTextMax;
    int iSubItem;
    int iImage;
    int iOrder;
    int cxMin;
    int cxDefault;
    int cxIdeal;
} LVCOLUMNW, *LPLVCOLUMNW;

typedef struct tagLVITEMA {
    UINT mask;
    int iItem;
    int iSubItem;
    UINT state;
    UINT stateMask;
    LPSTR pszText;
    int cchTextMax;
    int iImage;
    LPARAM lParam;
    int iIndent;
    int iGroupId;
    UINT cColumns;
    PUINT puColumns;
    int *piColFmt;
    int iGroup;
} LVITEMA, *LPLVITEMA;

typedef struct tagLVITEMW {
    UINT mask;
    int iItem;
    int iSubItem;
    UINT state;
    UINT stateMask;
    LPWSTR pszText;
    int cchTextMax;
    int iImage;
    LPARAM lParam;
    int iIndent;
    int iGroupId;
    UINT cColumns;
    PUINT puColumns;
    int *piColFmt;
    int iGroup;
} LVITEMW, *LPLVITEMW;

typedef struct tagLVFINDINFOA {
    UINT flags;
    LPCSTR psz;
    LPARAM lParam;
    POINT pt;
    UINT vkDirection;
} LVFINDINFOA, *LPFINDINFOA;

typedef struct tagLVFINDINFOW {
    UINT flags;
    LPCWSTR psz;
    LPARAM lParam;
    POINT pt;
    UINT vkDirection;
} LVFINDINFOW, *LPFINDINFOW;

typedef struct tagLVHITTESTINFO {
    POINT pt;
    UINT flags;
    int iItem;
    int iSubItem;
    int iGroup;
} LVHITTESTINFO, *LPLVHITTESTINFO;

typedef struct tagNMLISTVIEW {
    NMHDR hdr;
    int iItem;
    int iSubItem;
    UINT uNewState;
    UINT uOldState;
    UINT uChanged;
    POINT ptAction;
    LPARAM lParam;
} NMLISTVIEW, NM_LISTVIEW, *LPNMLISTVIEW;

typedef struct tagNMITEMACTIVATE {
    NMHDR hdr;
    int iItem;
    int iSubItem;
    UINT uNewState;
    UINT uOldState;
    UINT uChanged;
    POINT ptAction;
    LPARAM lParam;
    UINT uKeyFlags;
} NMITEMACTIVATE, *LPNMITEMACTIVATE;

typedef struct tagLVKEYDOWN {
    NMHDR hdr;
    WORD wVKey;
    UINT flags;
} __attribute__((packed)) NMLVKEYDOWN, *LPNMLVKEYDOWN;

typedef struct tagLVDISPINFOA {
    NMHDR hdr;
    LVITEMA item;
} NMLVDISPINFOA, *LPNMLVDISPINFOA;

typedef struct tagLVDISPINFOW {
    NMHDR hdr;
    LVITEMW item;
} NMLVDISPINFOW, *LPNMLVDISPINFOW;

typedef struct tagTVITEMA {
    UINT mask;
    HTREEITEM hItem;
    UINT state;
    UINT stateMask;
    LPSTR pszText;
    int cchTextMax;
    int iImage;
    int iSelectedImage;
    int cChildren;
    LPARAM lParam;
} TVITEMA, *LPTVITEMA;

typedef struct tagTVITEMW {
    UINT mask;
    HTREEITEM hItem;
    UINT state;
    UINT stateMask;
    LPWSTR pszText;
    int cchTextMax;
    int iImage;
    int iSelectedImage;
    int cChildren;
    LPARAM lParam;
} TVITEMW, *LPTVITEMW;

typedef struct tagTVITEMEXA {
    UINT mask;
    HTREEITEM hItem;
    UINT state;
    UINT stateMask;
    LPSTR pszText;
    int cchTextMax;
    int iImage;
    int iSelectedImage;
    int cChildren;
    LPARAM lParam;
    int iIntegral;
    UINT uStateEx;
    HWND hwnd;
    int iExpandedImage;
    int iReserved;
} TVITEMEXA, *LPTVITEMEXA;

typedef struct tagTVITEMEXW {
    UINT mask;
    HTREEITEM hItem;
    UINT state;
    UINT stateMask;
    LPWSTR pszText;
    int cchTextMax;
    int iImage;
    int iSelectedImage;
    int cChildren;
    LPARAM lParam;
    int iIntegral;
    UINT uStateEx;
    HWND hwnd;
    int iExpandedImage;
    int iReserved;
} TVITEMEXW, *LPTVITEMEXW;

typedef struct tagTVINSERTSTRUCTA {
    HTREEITEM hParent;
    HTREEITEM hInsertAfter;
    PEERAPI_NAMELESS union {
        TVITEMEXA itemex;
        TVITEMA item;
    };
} TVINSERTSTRUCTA, *LPTVINSERTSTRUCTA;

typedef struct tagTVINSERTSTRUCTW {
    HTREEITEM hParent;
    HTREEITEM hInsertAfter;
    PEERAPI_NAMELESS union {
        TVITEMEXW itemex;
        TVITEMW item;
    };
} TVINSERTSTRUCTW, *LPTVINSERTSTRUCTW;

typedef struct tagNMTREEVIEWA {
    NMHDR hdr;
    UINT action;
    TVITEMA itemOld;
    TVITEMA itemNew;
    POINT ptDrag;
} NMTREEVIEWA, *LPNMTREEVIEWA;

typedef struct tagNMTREEVIEWW {
    NMHDR hdr;
    UINT action;
    TVITEMW itemOld;
    TVITEMW itemNew;
    POINT ptDrag;
} NMTREEVIEWW, *LPNMTREEVIEWW;

typedef struct tagTCITEMA {
    UINT mask;
    DWORD dwState;
    DWORD dwStateMask;
    LPSTR pszText;
    int cchTextMax;
    int iImage;
    LPARAM lParam;
} TCITEMA, *LPTCITEMA;

typedef struct tagTCITEMW {
    UINT mask;
    DWORD dwState;
    DWORD dwStateMask;
    LPWSTR pszText;
    int cchTextMax;
    int iImage;
    LPARAM lParam;
} TCITEMW, *LPTCITEMW;

typedef struct tagINITCOMMONCONTROLSEX {
    DWORD dwSize;
    DWORD dwICC;
} INITCOMMONCONTROLSEX, *LPINITCOMMONCONTROLSEX;

WINCOMMCTRLAPI void WINAPI InitCommonControls(void);
WINCOMMCTRLAPI BOOL WINAPI InitCommonControlsEx(const INITCOMMONCONTROLSEX *controls);
WINCOMMCTRLAPI HWND WINAPI CreateStatusWindowA(LONG style, LPCSTR text, HWND parent, UINT id);
WINCOMMCTRLAPI HWND WINAPI CreateStatusWindowW(LONG style, LPCWSTR text, HWND parent, UINT id);
WINCOMMCTRLAPI HIMAGELIST WINAPI ImageList_Create(int width, int height, UINT flags, int count, int grow);
WINCOMMCTRLAPI BOOL WINAPI ImageList_Destroy(HIMAGELIST images);
WINCOMMCTRLAPI int WINAPI ImageList_Add(HIMAGELIST images, HBITMAP image, HBITMAP mask);
WINCOMMCTRLAPI int WINAPI ImageList_ReplaceIcon(HIMAGELIST images, int index, HICON icon);

#define ListView_GetItemCount(list) ((int)SendMessage((list), LVM_GETITEMCOUNT, 0, 0))
#define ListView_DeleteItem(list, item) ((BOOL)SendMessage((list), LVM_DELETEITEM, (WPARAM)(item), 0))
#define ListView_DeleteAllItems(list) ((BOOL)SendMessage((list), LVM_DELETEALLITEMS, 0, 0))
#define ListView_InsertItem(list, item) ((int)SendMessage((list), LVM_INSERTITEM, 0, (LPARAM)(item)))
#define ListView_GetItem(list, item) ((BOOL)SendMessage((list), LVM_GETITEM, 0, (LPARAM)(item)))
#define ListView_SetItem(list, item) ((BOOL)SendMessage((list), LVM_SETITEM, 0, (LPARAM)(item)))
#define ListView_GetNextItem(list, item, flags) \
    ((int)SendMessage((list), LVM_GETNEXTITEM, (WPARAM)(int)(item), MAKELPARAM((flags), 0)))
#define ListView_FindItem(list, item, what) \
    ((int)SendMessage((list), LVM_FINDITEM, (WPARAM)(int)(item), (LPARAM)(what)))
#define ListView_EnsureVisible(list, item, partly) \
    ((BOOL)SendMessage((list), LVM_ENSUREVISIBLE, (WPARAM)(int)(item), MAKELPARAM((partly), 0)))
#define ListView_InsertColumn(list, column, what) \
    ((int)SendMessage((list), LVM_INSERTCOLUMN, (WPARAM)(int)(column), (LPARAM)(what)))
#define ListView_DeleteColumn(list, column) ((BOOL)SendMessage((list), LVM_DELETECOLUMN, (WPARAM)(int)(column), 0))
#define ListView_GetColumnWidth(list, column) ((int)SendMessage((list), LVM_GETCOLUMNWIDTH, (WPARAM)(int)(column), 0))
#define ListView_SetColumnWidth(list, column, width) \
    ((BOOL)SendMessage((list), LVM_SETCOLUMNWIDTH, (WPARAM)(int)(column), MAKELPARAM((width), 0)))
#define ListView_GetSelectedCount(list) ((UINT)SendMessage((list), LVM_GETSELECTEDCOUNT, 0, 0))
#define ListView_GetSelectionMark(list) ((int)SendMessage((list), LVM_GETSELECTIONMARK, 0, 0))
#define ListView_SetItemCount(list, count) ((void)SendMessage((list), LVM_SETITEMCOUNT, (WPARAM)(count), 0))
#define ListView_SortItems(list, function, parameter) \
    ((BOOL)SendMessage((list), LVM_SORTITEMS, (WPARAM)(parameter), (LPARAM)(function)))
#define ListView_SetImageList(list, images, which) \
    ((HIMAGELIST)SendMessage((list), LVM_SETIMAGELIST, (WPARAM)(which), (LPARAM)(images)))
#define ListView_SetBkColor(list, color) ((BOOL)SendMessage((list), LVM_SETBKCOLOR, 0, (LPARAM)(color)))
#define ListView_SetTextColor(list, color) ((BOOL)SendMessage((list), LVM_SETTEXTCOLOR, 0, (LPARAM)(color)))
#define ListView_SetExtendedListViewStyle(list, style) \
    ((DWORD)SendMessage((list), LVM_SETEXTENDEDLISTVIEWSTYLE, 0, (LPARAM)(style)))
#define ListView_SetExtendedListViewStyleEx(list, mask, style) \
    ((DWORD)SendMessage((list), LVM_SETEXTENDEDLISTVIEWSTYLE, (WPARAM)(mask), (LPARAM)(style)))
#define TreeView_InsertItem(tree, item) ((HTREEITEM)SendMessage((tree), TVM_INSERTITEM, 0, (LPARAM)(item)))
#define TreeView_DeleteItem(tree, item) ((BOOL)SendMessage((tree), TVM_DELETEITEM, 0, (LPARAM)(item)))
#define TreeView_DeleteAllItems(tree) ((BOOL)SendMessage((tree), TVM_DELETEITEM, 0, (LPARAM)(TVI_ROOT)))
#define TreeView_Expand(tree, item, how) ((BOOL)SendMessage((tree), TVM_EXPAND, (WPARAM)(how), (LPARAM)(item)))
#define TreeView_GetItem(tree, item) ((BOOL)SendMessage((tree), TVM_GETITEM, 0, (LPARAM)(item)))
#define TreeView_SetItem(tree, item) ((BOOL)SendMessage((tree), TVM_SETITEM, 0, (LPARAM)(item)))
#define TreeView_GetNextItem(tree, item, relation) \
    ((HTREEITEM)SendMessage((tree), TVM_GETNEXTITEM, (WPARAM)(relation), (LPARAM)(item)))
#define TreeView_Select(tree, item, how) ((BOOL)SendMessage((tree), TVM_SELECTITEM, (WPARAM)(how), (LPARAM)(item)))

#define ListView_SetItemState(list, item, value, valueMask)                          \
    do {                                                                            \
        LVITEM peerapi_item = {0};                                                  \
        peerapi_item.state = (value);                                               \
        peerapi_item.stateMask = (valueMask);                                       \
        SendMessage((list), LVM_SETITEMSTATE, (WPARAM)(item), (LPARAM)&peerapi_item); \
    } while (0)
#define ListView_GetItemState(list, item, mask) \
    ((UINT)SendMessage((list), LVM_GETITEMSTATE, (WPARAM)(item), (LPARAM)(mask)))
#define ListView_SetItemText(list, item, column, text)                              \
    do {                                                                            \
        LVITEM peerapi_item = {0};                                                  \
        peerapi_item.iSubItem = (column);                                           \
        peerapi_item.pszText = (text);                                              \
        SendMessage((list), LVM_SETITEMTEXT, (WPARAM)(item), (LPARAM)&peerapi_item);  \
    } while (0)
#define ListView_GetItemText(list, item, column, text, units)                       \
    do {                                                                            \
        LVITEM peerapi_item = {0};                                                  \
        peerapi_item.iSubItem = (column);                                           \
        peerapi_item.cchTextMax = (units);                                          \
        peerapi_item.pszText = (text);                                              \
        SendMessage((list), LVM_GETITEMTEXT, (WPARAM)(item), (LPARAM)&peerapi_item);  \
    } while (0)
#define TreeView_GetSelection(tree) TreeView_GetNextItem(tree, NULL, TVGN_CARET)
#define TreeView_GetChild(tree, item) TreeView_GetNextItem(tree, item, TVGN_CHILD)
#define TreeView_GetNextSibling(tree, item) TreeView_GetNextItem(tree, item, TVGN_NEXT)
#define TreeView_GetParent(tree, item) TreeView_GetNextItem(tree, item, TVGN_PARENT)
#define TreeView_GetRoot(tree) TreeView_GetNextItem(tree, NULL, TVGN_ROOT)
#define TreeView_SelectItem(tree, item) TreeView_Select(tree, item, TVGN_CARET)
#define TabCtrl_GetCurSel(tabs) ((int)SendMessage((tabs), TCM_GETCURSEL, 0, 0))
#define TabCtrl_SetCurSel(tabs, index) ((int)SendMessage((tabs), TCM_SETCURSEL, (WPARAM)(index), 0))
#define TabCtrl_InsertItem(tabs, index, item) \
    ((int)SendMessage((tabs), TCM_INSERTITEM, (WPARAM)(int)(index), (LPARAM)(item)))

#ifdef UNICODE
#define CreateStatusWindow CreateStatusWindowW
#define WC_LISTVIEW WC_LISTVIEWW
#define WC_TREEVIEW WC_TREEVIEWW
#define WC_HEADER WC_HEADERW
#define WC_TABCONTROL WC_TABCONTROLW
#define STATUSCLASSNAME STATUSCLASSNAMEW
#define TOOLBARCLASSNAME TOOLBARCLASSNAMEW
#define TOOLTIPS_CLASS TOOLTIPS_CLASSW
#define TRACKBAR_CLASS TRACKBAR_CLASSW
#define UPDOWN_CLASS UPDOWN_CLASSW
#define PROGRESS_CLASS PROGRESS_CLASSW
#define WC_BUTTON WC_BUTTONW
#define WC_STATIC WC_STATICW
#define WC_EDIT WC_EDITW
#define WC_LISTBOX WC_LISTBOXW
#define WC_COMBOBOX WC_COMBOBOXW
#define WC_COMBOBOXEX WC_COMBOBOXEXW
#define LVM_GETITEM LVM_GETITEMW
#define LVM_SETITEM LVM_SETITEMW
#define LVM_INSERTITEM LVM_INSERTITEMW
#define LVM_FINDITEM LVM_FINDITEMW
#define LVM_GETSTRINGWIDTH LVM_GETSTRINGWIDTHW
#define LVM_EDITLABEL LVM_EDITLABELW
#define LVM_GETCOLUMN LVM_GETCOLUMNW
#define LVM_SETCOLUMN LVM_SETCOLUMNW
#define LVM_INSERTCOLUMN LVM_INSERTCOLUMNW
#define LVM_GETITEMTEXT LVM_GETITEMTEXTW
#define LVM_SETITEMTEXT LVM_SETITEMTEXTW
#define LVN_BEGINLABELEDIT LVN_BEGINLABELEDITW
#define LVN_ENDLABELEDIT LVN_ENDLABELEDITW
#define LVN_GETDISPINFO LVN_GETDISPINFOW
#define LVN_SETDISPINFO LVN_SETDISPINFOW
#define TVM_INSERTITEM TVM_INSERTITEMW
#define TVM_GETITEM TVM_GETITEMW
#define TVM_SETITEM TVM_SETITEMW
#define TVM_EDITLABEL TVM_EDITLABELW
#define TVN_SELCHANGING TVN_SELCHANGINGW
#define TVN_SELCHANGED TVN_SELCHANGEDW
#define TVN_GETDISPINFO TVN_GETDISPINFOW
#define TVN_ITEMEXPANDING TVN_ITEMEXPANDINGW
#define TVN_ITEMEXPANDED TVN_ITEMEXPANDEDW
#define TVN_BEGINDRAG TVN_BEGINDRAGW
#define TVN_BEGINLABELEDIT TVN_BEGINLABELEDITW
#define TVN_ENDLABELEDIT TVN_ENDLABELEDITW
#define TVN_DELETEITEM TVN_DELETEITEMW
#define SB_SETTEXT SB_SETTEXTW
#define SB_GETTEXT SB_GETTEXTW
#define SB_GETTEXTLENGTH SB_GETTEXTLENGTHW
#define TCM_GETITEM TCM_GETITEMW
#define TCM_SETITEM TCM_SETITEMW
#define TCM_INSERTITEM TCM_INSERTITEMW
#define TB_INSERTBUTTON TB_INSERTBUTTONW
#define TB_ADDBUTTONS TB_ADDBUTTONSW
#define TTM_ADDTOOL TTM_ADDTOOLW
#define TTM_DELTOOL TTM_DELTOOLW
#define TTM_UPDATETIPTEXT TTM_UPDATETIPTEXTW
#define LPSTR_TEXTCALLBACK LPSTR_TEXTCALLBACKW
#define LVCOLUMN LVCOLUMNW
#define LPLVCOLUMN LPLVCOLUMNW
#define LVITEM LVITEMW
#define LPLVITEM LPLVITEMW
#define LVFINDINFO LVFINDINFOW
#define LPFINDINFO LPFINDINFOW
#define NMLVDISPINFO NMLVDISPINFOW
#define LPNMLVDISPINFO LPNMLVDISPINFOW
#define TVITEM TVITEMW
#define LPTVITEM LPTVITEMW
#define TVITEMEX TVITEMEXW
#define LPTVITEMEX LPTVITEMEXW
#define TVINSERTSTRUCT TVINSERTSTRUCTW
#define LPTVINSERTSTRUCT LPTVINSERTSTRUCTW
#define NMTREEVIEW NMTREEVIEWW
#define LPNMTREEVIEW LPNMTREEVIEWW
#define TCITEM TCITEMW
#define LPTCITEM LPTCITEMW
#else
#define CreateStatusWindow CreateStatusWindowA
#define WC_LISTVIEW WC_LISTVIEWA
#define WC_TREEVIEW WC_TREEVIEWA
#define WC_HEADER WC_HEADERA
#define WC_TABCONTROL WC_TABCONTROLA
#define STATUSCLASSNAME STATUSCLASSNAMEA
#define TOOLBARCLASSNAME TOOLBARCLASSNAMEA
#define TOOLTIPS_CLASS TOOLTIPS_CLASSA
#define TRACKBAR_CLASS TRACKBAR_CLASSA
#define UPDOWN_CLASS UPDOWN_CLASSA
#define PROGRESS_CLASS PROGRESS_CLASSA
#define WC_BUTTON WC_BUTTONA
#define WC_STATIC WC_STATICA
#define WC_EDIT WC_EDITA
#define WC_LISTBOX WC_LISTBOXA
#define WC_COMBOBOX WC_COMBOBOXA
#define WC_COMBOBOXEX WC_COMBOBOXEXA
#define LVM_GETITEM LVM_GETITEMA
#define LVM_SETITEM LVM_SETITEMA
#define LVM_INSERTITEM LVM_INSERTITEMA
#define LVM_FINDITEM LVM_FINDITEMA
#define LVM_GETSTRINGWIDTH LVM_GETSTRINGWIDTHA
#define LVM_EDITLABEL LVM_EDITLABELA
#define LVM_GETCOLUMN LVM_GETCOLUMNA
#define LVM_SETCOLUMN LVM_SETCOLUMNA
#define LVM_INSERTCOLUMN LVM_INSERTCOLUMNA
#define LVM_GETITEMTEXT LVM_GETITEMTEXTA
#define LVM_SETITEMTEXT LVM_SETITEMTEXTA
#define LVN_BEGINLABELEDIT LVN_BEGINLABELEDITA
#define LVN_ENDLABELEDIT LVN_ENDLABELEDITA
#define LVN_GETDISPINFO LVN_GETDISPINFOA
#define LVN_SETDISPINFO LVN_SETDISPINFOA
#define TVM_INSERTITEM TVM_INSERTITEMA
#define TVM_GETITEM TVM_GETITEMA
#define TVM_SETITEM TVM_SETITEMA
#define TVM_EDITLABEL TVM_EDITLABELA
#define TVN_SELCHANGING TVN_SELCHANGINGA
#define TVN_SELCHANGED TVN_SELCHANGEDA
#define TVN_GETDISPINFO TVN_GETDISPINFOA
#define TVN_ITEMEXPANDING TVN_ITEMEXPANDINGA
#define TVN_ITEMEXPANDED TVN_ITEMEXPANDEDA
#define TVN_BEGINDRAG TVN_BEGINDRAGA
#define TVN_BEGINLABELEDIT TVN_BEGINLABELEDITA
#define TVN_ENDLABELEDIT TVN_ENDLABELEDITA
#define TVN_DELETEITEM TVN_DELETEITEMA
#define SB_SETTEXT SB_SETTEXTA
#define SB_GETTEXT SB_GETTEXTA
#define SB_GETTEXTLENGTH SB_GETTEXTLENGTHA
#define TCM_GETITEM TCM_GETITEMA
#define TCM_SETITEM TCM_SETITEMA
#define TCM_INSERTITEM TCM_INSERTITEMA
#define TB_INSERTBUTTON TB_INSERTBUTTONA
#define TB_ADDBUTTONS TB_ADDBUTTONSA
#define TTM_ADDTOOL TTM_ADDTOOLA
#define TTM_DELTOOL TTM_DELTOOLA
#define TTM_UPDATETIPTEXT TTM_UPDATETIPTEXTA
#define LPSTR_TEXTCALLBACK LPSTR_TEXTCALLBACKA
#define LVCOLUMN LVCOLUMNA
#define LPLVCOLUMN LPLVCOLUMNA
#define LVITEM LVITEMA
#define LPLVITEM LPLVITEMA
#define LVFINDINFO LVFINDINFOA
#define LPFINDINFO LPFINDINFOA
#define NMLVDISPINFO NMLVDISPINFOA
#define LPNMLVDISPINFO LPNMLVDISPINFOA
#define TVITEM TVITEMA
#define LPTVITEM LPTVITEMA
#define TVITEMEX TVITEMEXA
#define LPTVITEMEX LPTVITEMEXA
#define TVINSERTSTRUCT TVINSERTSTRUCTA
#define LPTVINSERTSTRUCT LPTVINSERTSTRUCTA
#define NMTREEVIEW NMTREEVIEWA
#define LPNMTREEVIEW LPNMTREEVIEWA
#define TCITEM TCITEMA
#define LPTCITEM LPTCITEMA
#endif

/* Older names of the same. */
#define LV_ITEM LVITEM
#define LV_COLUMN LVCOLUMN
#define LV_FINDINFO LVFINDINFO
#define LV_DISPINFO NMLVDISPINFO
#define TV_ITEM TVITEM
#define TV_INSERTSTRUCT TVINSERTSTRUCT
#define TC_ITEM TCITEM

EXTERN_C_END
#endif
