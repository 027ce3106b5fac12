/* wingdi.h - colors, fonts and drawing: types, constants and declarations. The library has none of these functions
 * (winuser.h). */
#ifndef PEERAPI_WINGDI_H
#define PEERAPI_WINGDI_H

#include "windef.h"

EXTERN_C_START

#define WINGDIAPI

#define RGB(red, green, blue) ((COLORREF)((BYTE)(red) | (WORD)((BYTE)(green)) << 8 | (DWORD)((BYTE)(blue)) << 16))
#define GetRValue(color) ((BYTE)(color))
#define GetGValue(color) ((BYTE)((WORD)(color) >> 8))
#define GetBValue(color) ((BYTE)((color) >> 16))
#define CLR_INVALID 0xFFFFFFFFu
#define HGDI_ERROR ((HANDLE)(LONG_PTR)0xFFFFFFFFl)
#define LF_FACESIZE 32

/* Stock objects. */
#define ANSI_FIXED_FONT 11
#define ANSI_VAR_FONT 12
#define BLACK_BRUSH 4
#define BLACK_PEN 7
#define DC_BRUSH 18
#define DC_PEN 19
#define DEFAULT_PALETTE 15
#define DEFAULT_GUI_FONT 17
#define DEVICE_DEFAULT_FONT 14
#define DKGRAY_BRUSH 3
#define GRAY_BRUSH 2
#define HOLLOW_BRUSH 5
#define LTGRAY_BRUSH 1
#define NULL_BRUSH 5
#define NULL_PEN 8
#define OEM_FIXED_FONT 10
#define SYSTEM_FONT 13
#define SYSTEM_FIXED_FONT 16
#define WHITE_BRUSH 0
#define WHITE_PEN 6

/* Fonts. */
#define ANSI_CHARSET 0
#define ANTIALIASED_QUALITY 4
#define ARABIC_CHARSET 178
#define BALTIC_CHARSET 186
#define CFM_CHARSET 134217728
#define CHINESEBIG5_CHARSET 136
#define CLEARTYPE_QUALITY 5
#define CLIP_DEFAULT_PRECIS 0
#define CLIP_CHARACTER_PRECIS 1
#define CLIP_STROKE_PRECIS 2
#define DEFAULT_PITCH 0
#define DEFAULT_QUALITY 0
#define DEFAULT_CHARSET 1
#define DRAFT_QUALITY 1
#define EASTEUROPE_CHARSET 238
#define FF_DONTCARE 0
#define FF_ROMAN 16
#define FF_SWISS 32
#define FF_MODERN 48
#define FF_SCRIPT 64
#define FF_DECORATIVE 80
#define FIXED_PITCH 1
#define FW_DONTCARE 0
#define FW_THIN 100
#define FW_EXTRALIGHT 200
#define FW_ULTRALIGHT 200
#define FW_LIGHT 300
#define FW_NORMAL 400
#define FW_REGULAR 400
#define FW_MEDIUM 500
#define FW_DEMIBOLD 600
#define FW_SEMIBOLD 600
#define FW_BOLD 700
#define FW_EXTRABOLD 800
#define FW_ULTRABOLD 800
#define FW_BLACK 900
#define FW_HEAVY 900
#define GB2312_CHARSET 134
#define GREEK_CHARSET 161
#define HANGEUL_CHARSET 129
#define HANGUL_CHARSET 129
#define HEBREW_CHARSET 177
#define JOHAB_CHARSET 130
#define MAC_CHARSET 77
#define OEM_CHARSET 255
#define OUT_DEFAULT_PRECIS 0
#define OUT_STRING_PRECIS 1
#define OUT_CHARACTER_PRECIS 2
#define OUT_STROKE_PRECIS 3
#define OUT_TT_PRECIS 4
#define OUT_DEVICE_PRECIS 5
#define OUT_RASTER_PRECIS 6
#define OUT_TT_ONLY_PRECIS 7
#define OUT_OUTLINE_PRECIS 8
#define OUT_SCREEN_OUTLINE_PRECIS 9
#define OUT_PS_ONLY_PRECIS 10
#define PROOF_QUALITY 2
#define RUSSIAN_CHARSET 204
#define SHIFTJIS_CHARSET 128
#define SYMBOL_CHARSET 2
#define THAI_CHARSET 222
#define TURKISH_CHARSET 162
#define VARIABLE_PITCH 2
#define VIETNAMESE_CHARSET 163

/* Drawing. */
#define BI_RGB 0
#define BITSPIXEL 12
#define BLACKNESS 66
#define DIB_RGB_COLORS 0
#define HORZRES 8
#define LOGPIXELSX 88
#define LOGPIXELSY 90
#define MM_TEXT 1
#define OPAQUE 2
#define PATCOPY 15728673
#define PS_SOLID 0
#define PS_DASH 1
#define PS_DOT 2
#define PS_NULL 5
#define SRCAND 8913094
#define SRCCOPY 13369376
#define SRCPAINT 15597702
#define TA_LEFT 0
#define TA_TOP 0
#define TA_RIGHT 2
#define TA_CENTER 6
#define TA_BOTTOM 8
#define TA_BASELINE 24
#define TRANSPARENT 1
#define VERTRES 10
#define WHITENESS 16711778

typedef struct tagLOGFONTA {
    LONG lfHeight;
    LONG lfWidth;
    LONG lfEscapement;
    LONG lfOrientation;
    LONG lfWeight;
    BYTE lfItalic;
    BYTE lfUnderline;
    BYTE lfStrikeOut;
    BYTE lfCharSet;
    BYTE lfOutPrecision;
    BYTE lfClipPrecision;
    BYTE lfQuality;
    BYTE lfPitchAndFamily;
    CHAR lfFaceName[LF_FACESIZE];
} LOGFONTA, *PLOGFONTA, *LPLOGFONTA;

typedef struct tagLOGFONTW {
    LONG lfHeight;
    LONG lfWidth;
    LONG lfEscapement;
    LONG lfOrientation;
    LONG lfWeight;
    BYTE lfItalic;
    BYTE lfUnderline;
    BYTE lfStrikeOut;
    BYTE lfCharSet;
    BYTE lfOutPrecision;
    BYTE lfClipPrecision;
    BYTE lfQuality;
    BYTE lfPitchAndFamily;
    WCHAR lfFaceName[LF_FACESIZE];
} LOGFONTW, *PLOGFONTW, *LPLOGFONTW;

typedef struct tagTEXTMETRICA {
    LONG tmHeight;
    LONG tmAscent;
    LONG tmDescent;
    LONG tmInternalLeading;
    LONG tmExternalLeading;
    LONG tmAveCharWidth;
    LONG tmMaxCharWidth;
    LONG tmWeight;
    LONG tmOverhang;
    LONG tmDigitizedAspectX;
    LONG tmDigitizedAspectY;
    BYTE tmFirstChar;
    BYTE tmLastChar;
    BYTE tmDefaultChar;
    BYTE tmBreakChar;
    BYTE tmItalic;
    BYTE tmUnderlined;
    BYTE tmStruckOut;
    BYTE tmPitchAndFamily;
    BYTE tmCharSet;
} TEXTMETRICA, *PTEXTMETRICA, *LPTEXTMETRICA;

typedef struct tagTEXTMETRICW {
    LONG tmHeight;
    LONG tmAscent;
    LONG tmDescent;
    LONG tmInternalLeading;
    LONG tmExternalLeading;
    LONG tmAveCharWidth;
    LONG tmMaxCharWidth;
    LONG tmWeight;
    LONG tmOverhang;
    LONG tmDigitizedAspectX;
    LONG tmDigitizedAspectY;
    WCHAR tmFirstChar;
    WCHAR tmLastChar;
    WCHAR tmDefaultChar;
    WCHAR tmBreakChar;
    BYTE tmItalic;
    BYTE tmUnderlined;
    BYTE tmStruckOut;
    BYTE tmPitchAndFamily;
    BYTE tmCharSet;
} TEXTMETRICW, *PTEXTMETRICW, *LPTEXTMETRICW;

typedef struct tagBITMAP {
    LONG bmType;
    LONG bmWidth;
    LONG bmHeight;
    LONG bmWidthBytes;
    WORD bmPlanes;
    WORD bmBitsPixel;
    LPVOID bmBits;
} BITMAP, *PBITMAP, *NPBITMAP, *LPBITMAP;

WINGDIAPI HGDIOBJ WINAPI GetStockObject(int index);
WINGDIAPI HGDIOBJ WINAPI SelectObject(HDC dc, HGDIOBJ object);
WINGDIAPI BOOL WINAPI DeleteObject(HGDIOBJ object);
WINGDIAPI int WINAPI GetObjectA(HANDLE object, int bytes, LPVOID buffer);
WINGDIAPI int WINAPI GetObjectW(HANDLE object, int bytes, LPVOID buffer);
WINGDIAPI HDC WINAPI CreateCompatibleDC(HDC dc);
WINGDIAPI BOOL WINAPI DeleteDC(HDC dc);
WINGDIAPI HBITMAP WINAPI CreateCompatibleBitmap(HDC dc, int width, int height);
WINGDIAPI BOOL WINAPI BitBlt(HDC to, int x, int y, int width, int height, HDC from, int fromX, int fromY,
                             DWORD operation);
WINGDIAPI int WINAPI GetDeviceCaps(HDC dc, int index);
WINGDIAPI HBRUSH WINAPI CreateSolidBrush(COLORREF color);
WINGDIAPI HPEN WINAPI CreatePen(int style, int width, COLORREF color);
WINGDIAPI HFONT WINAPI CreateFontA(int height, int width, int escapement, int orientation, int weight, DWORD italic,
                                   DWORD underline, DWORD strikeOut, DWORD charSet, DWORD outPrecision,
                                   DWORD clipPrecision, DWORD quality, DWORD pitchAndFamily, LPCSTR face);
WINGDIAPI HFONT WINAPI CreateFontW(int height, int width, int escapement, int orientation, int weight, DWORD italic,
                                   DWORD underline, DWORD strikeOut, DWORD charSet, DWORD outPrecision,
                                   DWORD clipPrecision, DWORD quality, DWORD pitchAndFamily, LPCWSTR face);
WINGDIAPI HFONT WINAPI CreateFontIndirectA(const LOGFONTA *font);
WINGDIAPI HFONT WINAPI CreateFontIndirectW(const LOGFONTW *font);
WINGDIAPI HRGN WINAPI CreateRectRgn(int left, int top, int right, int bottom);
WINGDIAPI int WINAPI SetBkMode(HDC dc, int mode);
WINGDIAPI COLORREF WINAPI SetBkColor(HDC dc, COLORREF color);
WINGDIAPI COLORREF WINAPI SetTextColor(HDC dc, COLORREF color);
WINGDIAPI UINT WINAPI SetTextAlign(HDC dc, UINT mode);
WINGDIAPI BOOL WINAPI TextOutA(HDC dc, int x, int y, LPCSTR text, int units);
WINGDIAPI BOOL WINAPI TextOutW(HDC dc, int x, int y, LPCWSTR text, int units);
WINGDIAPI BOOL WINAPI GetTextExtentPoint32A(HDC dc, LPCSTR text, int units, LPSIZE size);
WINGDIAPI BOOL WINAPI GetTextExtentPoint32W(HDC dc, LPCWSTR text, int units, LPSIZE size);
WINGDIAPI BOOL WINAPI GetTextMetricsA(HDC dc, TEXTMETRICA *metrics);
WINGDIAPI BOOL WINAPI GetTextMetricsW(HDC dc, TEXTMETRICW *metrics);
WINGDIAPI BOOL WINAPI MoveToEx(HDC dc, int x, int y, LPPOINT before);
WINGDIAPI BOOL WINAPI LineTo(HDC dc, int x, int y);
WINGDIAPI BOOL WINAPI Rectangle(HDC dc, int left, int top, int right, int bottom);
WINGDIAPI BOOL WINAPI Ellipse(HDC dc, int left, int top, int right, int bottom);
WINGDIAPI BOOL WINAPI Polyline(HDC dc, const POINT *points, int count);

#ifdef UNICODE
#define GetObject GetObjectW
#define CreateFont CreateFontW
#define CreateFontIndirect CreateFontIndirectW
#define TextOut TextOutW
#define GetTextExtentPoint32 GetTextExtentPoint32W
#define GetTextMetrics GetTextMetricsW
#define LOGFONT LOGFONTW
#define PLOGFONT PLOGFONTW
#define LPLOGFONT LPLOGFONTW
#define TEXTMETRIC TEXTMETRICW
#define PTEXTMETRIC PTEXTMETRICW
#define LPTEXTMETRIC LPTEXTMETRICW
#else
#define GetObject GetObjectA
#define CreateFont CreateFontA
#define CreateFontIndirect CreateFontIndirectA
#define TextOut TextOutA
#define GetTextExtentPoint32 GetTextExtentPoint32A
#define GetTextMetrics GetTextMetricsA
#define LOGFONT LOGFONTA
#define PLOGFONT PLOGFONTA
#define LPLOGFONT LPLOGFONTA
#define TEXTMETRIC TEXTMETRICA
#define PTEXTMETRIC PTEXTMETRICA
#define LPTEXTMETRIC LPTEXTMETRICA
#endif

EXTERN_C_END
#endif
