/* commdlg.h - the dialogs for files, colors and fonts: types, constants and declarations. The library has none of these
 * functions (winuser.h). */
#ifndef PEERAPI_COMMDLG_H
#define PEERAPI_COMMDLG_H

#include "winuser.h"

EXTERN_C_START

#define WINCOMMDLGAPI

/* Flags of the file dialogs. */
#define OFN_SHAREWARN 0x0000
#define OFN_EX_NOPLACESBAR 0x0001
#define OFN_READONLY 0x0001
#define OFN_SHARENOWARN 0x0001
#define OFN_OVERWRITEPROMPT 0x0002
#define OFN_SHAREFALLTHROUGH 0x0002
#define OFN_HIDEREADONLY 0x0004
#define OFN_NOCHANGEDIR 0x0008
#define OFN_SHOWHELP 0x0010
#define OFN_ENABLEHOOK 0x0020
#define OFN_ENABLETEMPLATE 0x0040
#define OFN_ENABLETEMPLATEHANDLE 0x0080
#define OFN_NOVALIDATE 0x0100
#define OFN_ALLOWMULTISELECT 0x0200
#define OFN_EXTENSIONDIFFERENT 0x0400
#define OFN_PATHMUSTEXIST 0x0800
#define OFN_FILEMUSTEXIST 0x1000
#define OFN_CREATEPROMPT 0x2000
#define OFN_SHAREAWARE 0x4000
#define OFN_NOREADONLYRETURN 0x8000
#define OFN_NOTESTFILECREATE 0x00010000
#define OFN_NONETWORKBUTTON 0x00020000
#define OFN_NOLONGNAMES 0x00040000
#define OFN_EXPLORER 0x00080000
#define OFN_NODEREFERENCELINKS 0x00100000
#define OFN_LONGNAMES 0x00200000
#define OFN_ENABLEINCLUDENOTIFY 0x00400000
#define OFN_ENABLESIZING 0x00800000
#define OFN_DONTADDTORECENT 0x02000000
#define OFN_FORCESHOWHIDDEN 0x10000000

/* Flags of the other dialogs. */
#define CC_RGBINIT 0x0001
#define CC_FULLOPEN 0x0002
#define CC_PREVENTFULLOPEN 0x0004
#define CC_SHOWHELP 0x0008
#define CC_SOLIDCOLOR 0x0080
#define CC_ANYCOLOR 0x0100
#define CF_SCREENFONTS 0x0001
#define CF_INITTOLOGFONTSTRUCT 0x0040
#define CF_EFFECTS 0x0100
#define CF_FORCEFONTEXIST 0x00010000
#define CF_NOVERTFONTS 0x01000000
#define FR_DOWN 0x0001
#define FR_WHOLEWORD 0x0002
#define FR_FINDNEXT 0x0008
#define FR_REPLACE 0x0010
#define FR_REPLACEALL 0x0020
#define FR_DIALOGTERM 0x0040
#define FR_SHOWHELP 0x0080
#define FR_ENABLEHOOK 0x0100
#define FR_ENABLETEMPLATE 0x0200
#define FR_NOUPDOWN 0x0400
#define FR_NOMATCHCASE 0x0800
#define FR_NOWHOLEWORD 0x1000
#define FR_ENABLETEMPLATEHANDLE 0x2000
#define FR_HIDEUPDOWN 0x4000
#define FR_HIDEMATCHCASE 0x8000
#define FR_HIDEWHOLEWORD 0x00010000

/* What went wrong. */
#define CDERR_GENERALCODES 0x0000
#define CDERR_STRUCTSIZE 0x0001
#define CDERR_INITIALIZATION 0x0002
#define CDERR_NOTEMPLATE 0x0003
#define CDERR_NOHINSTANCE 0x0004
#define CDERR_LOADSTRFAILURE 0x0005
#define CDERR_FINDRESFAILURE 0x0006
#define CDERR_LOADRESFAILURE 0x0007
#define CDERR_LOCKRESFAILURE 0x0008
#define CDERR_MEMALLOCFAILURE 0x0009
#define CDERR_MEMLOCKFAILURE 0x000A
#define CDERR_NOHOOK 0x000B
#define CDERR_REGISTERMSGFAIL 0x000C
#define CDERR_DIALOGFAILURE 0xFFFF
#define FNERR_FILENAMECODES 0x3000
#define FNERR_SUBCLASSFAILURE 0x3001
#define FNERR_INVALIDFILENAME 0x3002
#define FNERR_BUFFERTOOSMALL 0x3003

typedef UINT_PTR (CALLBACK *LPOFNHOOKPROC)(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);
typedef UINT_PTR (CALLBACK *LPCCHOOKPROC)(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);
typedef UINT_PTR (CALLBACK *LPCFHOOKPROC)(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);
typedef UINT_PTR (CALLBACK *LPFRHOOKPROC)(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam);

typedef struct tagOFNA {
    DWORD lStructSize;
    HWND hwndOwner;
    HINSTANCE hInstance;
    LPCSTR lpstrFilter;
    LPSTR lpstrCustomFilter;
    DWORD nMaxCustFilter;
    DWORD nFilterIndex;
    LPSTR lpstrFile;
    DWORD nMaxFile;
    LPSTR lpstrFileTitle;
    DWORD nMaxFileTitle;
    LPCSTR lpstrInitialDir;
    LPCSTR lpstrTitle;
    DWORD Flags;
    WORD nFileOffset;
    WORD nFileExtension;
    LPCSTR lpstrDefExt;
    LPARAM lCustData;
    LPOFNHOOKPROC lpfnHook;
    LPCSTR lpTemplateName;
    void *pvReserved;
    DWORD dwReserved;
    DWORD FlagsEx;
} OPENFILENAMEA, *LPOPENFILENAMEA;

typedef struct tagOFNW {
    DWORD lStructSize;
    HWND hwndOwner;
    HINSTANCE hInstance;
    LPCWSTR lpstrFilter;
    LPWSTR lpstrCustomFilter;
    DWORD nMaxCustFilter;
    DWORD nFilterIndex;
    LPWSTR lpstrFile;
    DWORD nMaxFile;
    LPWSTR lpstrFileTitle;
    DWORD nMaxFileTitle;
    LPCWSTR lpstrInitialDir;
    LPCWSTR lpstrTitle;
    DWORD Flags;
    WORD nFileOffset;
    WORD nFileExtension;
    LPCWSTR lpstrDefExt;
    LPARAM lCustData;
    LPOFNHOOKPROC lpfnHook;
    LPCWSTR lpTemplateName;
    void *pvReserved;
    DWORD dwReserved;
    DWORD FlagsEx;
} OPENFILENAMEW, *LPOPENFILENAMEW;

typedef struct tagCHOOSECOLORA {
    DWORD lStructSize;
    HWND hwndOwner;
    HWND hInstance;
    COLORREF rgbResult;
    COLORREF *lpCustColors;
    DWORD Flags;
    LPARAM lCustData;
    LPCCHOOKPROC lpfnHook;
    LPCSTR lpTemplateName;
} CHOOSECOLORA, *LPCHOOSECOLORA;

typedef struct tagCHOOSECOLORW {
    DWORD lStructSize;
    HWND hwndOwner;
    HWND hInstance;
    COLORREF rgbResult;
    COLORREF *lpCustColors;
    DWORD Flags;
    LPARAM lCustData;
    LPCCHOOKPROC lpfnHook;
    LPCWSTR lpTemplateName;
} CHOOSECOLORW, *LPCHOOSECOLORW;

typedef struct tagCHOOSEFONTA {
    DWORD lStructSize;
    HWND hwndOwner;
    HDC hDC;
    LPLOGFONTA lpLogFont;
    INT iPointSize;
    DWORD Flags;
    COLORREF rgbColors;
    LPARAM lCustData;
    LPCFHOOKPROC lpfnHook;
    LPCSTR lpTemplateName;
    HINSTANCE hInstance;
    LPSTR lpszStyle;
    WORD nFontType;
    WORD ___MISSING_ALIGNMENT__;
    INT nSizeMin;
    INT nSizeMax;
} CHOOSEFONTA, *LPCHOOSEFONTA;

typedef struct tagCHOOSEFONTW {
    DWORD lStructSize;
    HWND hwndOwner;
    HDC hDC;
    LPLOGFONTW lpLogFont;
    INT iPointSize;
    DWORD Flags;
    COLORREF rgbColors;
    LPARAM lCustData;
    LPCFHOOKPROC lpfnHook;
    LPCWSTR lpTemplateName;
    HINSTANCE hInstance;
    LPWSTR lpszStyle;
    WORD nFontType;
    WORD ___MISSING_ALIGNMENT__;
    INT nSizeMin;
    INT nSizeMax;
} CHOOSEFONTW, *LPCHOOSEFONTW;

typedef struct tagFINDREPLACEA {
    DWORD lStructSize;
    HWND hwndOwner;
    HINSTANCE hInstance;
    DWORD Flags;
    LPSTR lpstrFindWhat;
    LPSTR lpstrReplaceWith;
    WORD wFindWhatLen;
    WORD wReplaceWithLen;
    LPARAM lCustData;
    LPFRHOOKPROC lpfnHook;
    LPCSTR lpTemplateName;
} FINDREPLACEA, *LPFINDREPLACEA;

typedef struct tagFINDREPLACEW {
    DWORD lStructSize;
    HWND hwndOwner;
    HINSTANCE hInstance;
    DWORD Flags;
    LPWSTR lpstrFindWhat;
    LPWSTR lpstrReplaceWith;
    WORD wFindWhatLen;
    WORD wReplaceWithLen;
    LPARAM lCustData;
    LPFRHOOKPROC lpfnHook;
    LPCWSTR lpTemplateName;
} FINDREPLACEW, *LPFINDREPLACEW;

WINCOMMDLGAPI BOOL WINAPI GetOpenFileNameA(LPOPENFILENAMEA dialog);
WINCOMMDLGAPI BOOL WINAPI GetOpenFileNameW(LPOPENFILENAMEW dialog);
WINCOMMDLGAPI BOOL WINAPI GetSaveFileNameA(LPOPENFILENAMEA dialog);
WINCOMMDLGAPI BOOL WINAPI GetSaveFileNameW(LPOPENFILENAMEW dialog);
WINCOMMDLGAPI short WINAPI GetFileTitleA(LPCSTR path, LPSTR title, WORD units);
WINCOMMDLGAPI short WINAPI GetFileTitleW(LPCWSTR path, LPWSTR title, WORD units);
WINCOMMDLGAPI BOOL WINAPI ChooseColorA(LPCHOOSECOLORA dialog);
WINCOMMDLGAPI BOOL WINAPI ChooseColorW(LPCHOOSECOLORW dialog);
WINCOMMDLGAPI BOOL WINAPI ChooseFontA(LPCHOOSEFONTA dialog);
WINCOMMDLGAPI BOOL WINAPI ChooseFontW(LPCHOOSEFONTW dialog);
WINCOMMDLGAPI HWND WINAPI FindTextA(LPFINDREPLACEA dialog);
WINCOMMDLGAPI HWND WINAPI FindTextW(LPFINDREPLACEW dialog);
WINCOMMDLGAPI HWND WINAPI ReplaceTextA(LPFINDREPLACEA dialog);
WINCOMMDLGAPI HWND WINAPI ReplaceTextW(LPFINDREPLACEW dialog);
WINCOMMDLGAPI DWORD WINAPI CommDlgExtendedError(VOID);

#ifdef UNICODE
#define GetOpenFileName GetOpenFileNameW
#define GetSaveFileName GetSaveFileNameW
#define GetFileTitle GetFileTitleW
#define ChooseColor ChooseColorW
#define ChooseFont ChooseFontW
#define FindText FindTextW
#define ReplaceText ReplaceTextW
#define OPENFILENAME OPENFILENAMEW
#define LPOPENFILENAME LPOPENFILENAMEW
#define CHOOSECOLOR CHOOSECOLORW
#define LPCHOOSECOLOR LPCHOOSECOLORW
#define CHOOSEFONT CHOOSEFONTW
#define LPCHOOSEFONT LPCHOOSEFONTW
#define FINDREPLACE FINDREPLACEW
#define LPFINDREPLACE LPFINDREPLACEW
#else
#define GetOpenFileName GetOpenFileNameA
#define GetSaveFileName GetSaveFileNameA
#define GetFileTitle GetFileTitleA
#define ChooseColor ChooseColorA
#define ChooseFont ChooseFontA
#define FindText FindTextA
#define ReplaceText ReplaceTextA
#define OPENFILENAME OPENFILENAMEA
#define LPOPENFILENAME LPOPENFILENAMEA
#define CHOOSECOLOR CHOOSECOLORA
#define LPCHOOSECOLOR LPCHOOSECOLORA
#define CHOOSEFONT CHOOSEFONTA
#define LPCHOOSEFONT LPCHOOSEFONTA
#define FINDREPLACE FINDREPLACEA
#define LPFINDREPLACE LPFINDREPLACEA
#endif

EXTERN_C_END
#endif
