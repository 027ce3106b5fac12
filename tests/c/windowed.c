/* A program with windows: a menu opens a dialog that asks for a name, the name opens a graph, and what is written into
 * it stands in a list. */
#include <p2p.h>
#include <strsafe.h>
#include <windows.h>
#include <windowsx.h>
#include <commctrl.h>
#include <commdlg.h>

enum { MENU_NAME = 10, NAME_DIALOG = 100, NAME, GLOBAL, LOCAL, BROWSE, FILE_NAME, TEXT = 200, SEND, LIST, STATUS };

/* What a list answers with when it fails is negative as an LRESULT too, which is wider than an int. */
_Static_assert((LRESULT)LB_ERR == -1 && (LRESULT)CB_ERR == -1 && (LRESULT)LB_ERRSPACE == -2, "lists");
_Static_assert((LRESULT)CB_ERRSPACE == -2 && LVSCW_AUTOSIZE == -1 && LVSCW_AUTOSIZE_USEHEADER == -2, "columns");
_Static_assert((int)LBN_ERRSPACE == -2 && (int)CBN_ERRSPACE == -1, "notifications");

static const GUID LINE = {0x3f0b1f52, 0x9a3e, 0x4c1d, {0x8e, 0x21, 0x5a, 0x10, 0x7f, 0x6b, 0x2c, 0x44}};
static HWND mainWindow, text, list, status;
static HGRAPH graph;
static HANDLE event, wait;
static HPEEREVENT registration;
static volatile LONG inCallback;

static void CALLBACK on_event(PVOID unused, BOOLEAN timed_out) {
    PEER_GRAPH_EVENT_DATA *data;
    PEER_RECORD *record;
    (void)unused, (void)timed_out;
    inCallback = 1;
    while (PeerGraphGetEventData(registration, &data) == S_OK) {
        if (SUCCEEDED(PeerGraphGetRecord(graph, &data->recordChangeData.recordId, &record))) {
            ListBox_AddString(list, (LPCWSTR)record->data.pbData);
            PeerGraphFreeData(record);
        }
        PeerGraphFreeData(data);
    }
    inCallback = 0;
}

static HRESULT begin(PWSTR name) {
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties, .pwzGraphId = L"windowed", .pwzCreatorId = name};
    PEER_GRAPH_EVENT_REGISTRATION records = {PEER_GRAPH_EVENT_RECORD_CHANGED, (GUID *)&LINE};
    HRESULT result = PeerGraphCreate(&properties, L"windowed", NULL, &graph);
    if (FAILED(result))
        return result;
    event = CreateEvent(NULL, FALSE, FALSE, NULL);
    result = PeerGraphRegisterEvent(graph, event, 1, &records, &registration);
    if (FAILED(result))
        return result;
    return RegisterWaitForSingleObject(&wait, event, on_event, NULL, INFINITE, WT_EXECUTEDEFAULT) ? S_OK : E_FAIL;
}

static void send_line(void) {
    WCHAR line[100];
    GUID id;
    PEER_RECORD record = {.dwSize = sizeof record, .type = LINE};
    if (GetWindowText(text, line, ARRAYSIZE(line)) == 0)
        return;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    *(ULONGLONG *)(void *)&record.ftExpiration += 36000000000ULL;
    record.data.cbData = (ULONG)((wcslen(line) + 1) * sizeof(WCHAR));
    record.data.pbData = (PBYTE)line;
    if (FAILED(PeerGraphAddRecord(graph, &record, &id)))
        MessageBox(mainWindow, L"not written", L"windowed", MB_OK);
    SetWindowText(text, L"");
}

static INT_PTR CALLBACK on_dialog(HWND dialog, UINT message, WPARAM wParam, LPARAM lParam) {
    WCHAR name[50], path[MAX_PATH] = L"";
    OPENFILENAME file = {.lStructSize = sizeof file, .lpstrFile = path, .nMaxFile = ARRAYSIZE(path)};
    (void)lParam;
    if (message == WM_INITDIALOG) {
        SendDlgItemMessage(dialog, GLOBAL, BM_SETCHECK, BST_CHECKED, 0);
        EnableWindow(GetDlgItem(dialog, IDOK), FALSE);
        return TRUE;
    }
    if (message != WM_COMMAND)
        return FALSE;
    switch (LOWORD(wParam)) {
    case NAME:
        EnableWindow(GetDlgItem(dialog, IDOK), GetDlgItemText(dialog, NAME, name, ARRAYSIZE(name)) > 0);
        break;
    case BROWSE:
        if (GetSaveFileName(&file))
            SetDlgItemText(dialog, FILE_NAME, path);
        break;
    case IDOK:
        GetDlgItemText(dialog, NAME, name, ARRAYSIZE(name));
        if (SUCCEEDED(begin(name)))
            SendMessage(status, SB_SETTEXT, SendDlgItemMessage(dialog, LOCAL, BM_GETCHECK, 0, 0) == BST_CHECKED,
                        (LPARAM)name);
        EndDialog(dialog, IDOK);
        break;
    }
    return FALSE;
}

static LRESULT CALLBACK on_message(HWND window, UINT message, WPARAM wParam, LPARAM lParam) {
    switch (message) {
    case WM_CREATE:
        mainWindow = window;
        text = CreateWindow(WC_EDIT, L"", WS_CHILD, 0, 0, 9, 9, window, (HMENU)TEXT, NULL, NULL);
        list = CreateWindow(WC_LISTBOX, L"", WS_CHILD | LBS_SORT, 0, 0, 9, 9, window, (HMENU)LIST, NULL, NULL);
        status = CreateWindow(STATUSCLASSNAME, NULL, WS_CHILD, 0, 0, 9, 9, window, (HMENU)STATUS, NULL, NULL);
        break;
    case WM_DESTROY:
        PostQuitMessage(0);
        break;
    case WM_COMMAND:
        if (inCallback)
            MessageBox(window, L"in the middle of a callback", L"windowed", MB_OK);
        if (LOWORD(wParam) == MENU_NAME)
            DialogBox(NULL, MAKEINTRESOURCE(NAME_DIALOG), window, on_dialog);
        if (LOWORD(wParam) == SEND)
            send_line();
        if (LOWORD(wParam) == LIST && HIWORD(wParam) == LBN_DBLCLK)
            ListBox_DeleteString(list, ListBox_GetCurSel(list));
        break;
    }
    return DefWindowProc(window, message, wParam, lParam);
}

int APIENTRY WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR line, int show) {
    WNDCLASSEX description = {.cbSize = sizeof description, .lpfnWndProc = on_message, .lpszClassName = L"windowed"};
    PEER_VERSION_DATA version;
    MSG message;
    (void)previous, (void)line;
    if (FAILED(PeerGraphStartup(PEER_GRAPH_VERSION, &version)))
        return 1;
    RegisterClassEx(&description);
    CreateWindow(L"windowed", L"windowed", WS_OVERLAPPEDWINDOW, 0, 0, 9, 9, NULL, NULL, instance, NULL);
    ShowWindow(mainWindow, show);
    while (GetMessage(&message, NULL, 0, 0)) {
        TranslateMessage(&message);
        DispatchMessage(&message);
    }
    if (wait)
        UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
    if (registration)
        PeerGraphUnregisterEvent(registration);
    if (graph)
        PeerGraphClose(graph);
    if (event)
        CloseHandle(event);
    return FAILED(PeerGraphShutdown());
}
