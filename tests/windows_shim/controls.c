/* controls.c - controls in memory: texts, lists, marks, and one line of output for each change that a user would see.
 */
#include "shim.h"

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static struct window *controls;

void shim_show(const char *kind, long number, LPCWSTR text) {
    char narrow[16384];
    if (!WideCharToMultiByte(CP_UTF8, 0, text ? text : L"", -1, narrow, sizeof narrow, NULL, NULL))
        strcpy(narrow, "(too long)");
    pthread_mutex_lock(&lock);
    printf("%s %ld ", kind, number);
    for (const char *at = narrow; *at; at++)
        if (*at == '\n')
            fputs(at[1] ? " | " : "", stdout);
        else if (*at != '\r')
            putchar(*at);
    putchar('\n');
    fflush(stdout);
    pthread_mutex_unlock(&lock);
}

WCHAR *shim_copy(LPCWSTR text) {
    size_t bytes = ((text ? wcslen(text) : 0) + 1) * sizeof(WCHAR);
    WCHAR *copy = malloc(bytes);
    if (copy == NULL)
        abort();
    return memcpy(copy, text ? text : L"", bytes);
}

WCHAR *shim_wide(const char *text) {
    int units = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    WCHAR *wide = malloc((size_t)units * sizeof(WCHAR));
    if (wide == NULL)
        abort();
    MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, units);
    return wide;
}

/* A control is there from the moment somebody names it: resources are not read. */
struct window *shim_control(struct window *parent, int id) {
    pthread_mutex_lock(&lock);
    struct window *found = controls;
    while (found && (found->parent != parent || found->id != id))
        found = found->next;
    if (found == NULL) {
        found = calloc(1, sizeof *found);
        if (found == NULL)
            abort();
        *found = (struct window){.parent = parent, .next = controls, .id = id, .selected = -1, .text = shim_copy(L"")};
        controls = found;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static LRESULT copy_out(LPCWSTR text, WPARAM units, LPARAM buffer) {
    if (units == 0)
        return 0;
    size_t length = wcslen(text);
    if (length >= units)
        length = units - 1;
    memcpy((void *)buffer, text, length * sizeof(WCHAR));
    ((WCHAR *)buffer)[length] = 0;
    return (LRESULT)length;
}

static void append(struct window *control, LPCWSTR text) {
    size_t before = wcslen(control->text), more = wcslen(text);
    control->text = realloc(control->text, (before + more + 1) * sizeof(WCHAR));
    if (control->text == NULL)
        abort();
    memcpy(control->text + before, text, (more + 1) * sizeof(WCHAR));
    shim_show("append", control->id, text);
}

static LRESULT add_item(struct window *control, LPCWSTR text) {
    int at = control->count;
    if (control->sorted)
        for (at = 0; at < control->count && wcscmp(control->items[at].text, text) <= 0;)
            at++;
    control->items = realloc(control->items, (size_t)(control->count + 1) * sizeof *control->items);
    if (control->items == NULL)
        abort();
    memmove(control->items + at + 1, control->items + at, (size_t)(control->count++ - at) * sizeof *control->items);
    control->items[at] = (struct item){.text = shim_copy(text)};
    if (control->selected >= at)
        control->selected++;
    shim_show("item", control->id, text);
    return at;
}

static LRESULT delete_item(struct window *control, int at) {
    if (at < 0 || at >= control->count)
        return LB_ERR;
    shim_show("gone", control->id, control->items[at].text);
    free(control->items[at].text);
    memmove(control->items + at, control->items + at + 1, (size_t)(--control->count - at) * sizeof *control->items);
    if (control->selected == at)
        control->selected = -1;
    else if (control->selected > at)
        control->selected--;
    return control->count;
}

static LRESULT find_item(const struct window *control, LPCWSTR text) {
    for (int at = 0; at < control->count; at++)
        if (wcscmp(control->items[at].text, text) == 0)
            return at;
    return LB_ERR;
}

static LRESULT item_message(struct window *control, UINT message, WPARAM wParam, LPARAM lParam) {
    int at = (int)wParam;
    bool there = at >= 0 && at < control->count;
    switch (message) {
    case LB_GETTEXT:
    case CB_GETLBTEXT:
        return there ? copy_out(control->items[at].text, SIZE_MAX, lParam) : LB_ERR;
    case LB_GETTEXTLEN:
    case CB_GETLBTEXTLEN:
        return there ? (LRESULT)wcslen(control->items[at].text) : LB_ERR;
    case LB_GETITEMDATA:
    case CB_GETITEMDATA:
        return there ? control->items[at].data : LB_ERR;
    case LB_SETITEMDATA:
    case CB_SETITEMDATA:
        if (there)
            control->items[at].data = lParam;
        return there ? 0 : LB_ERR;
    case LB_SETCURSEL:
    case CB_SETCURSEL:
        control->selected = there ? at : -1;
        return control->selected;
    case LB_DELETESTRING:
    case CB_DELETESTRING:
        return delete_item(control, at);
    default:
        return 0;
    }
}

static LRESULT answer(struct window *control, UINT message, WPARAM wParam, LPARAM lParam) {
    switch (message) {
    case WM_SETTEXT:
        free(control->text);
        control->text = shim_copy((LPCWSTR)lParam);
        shim_show("text", control->id, control->text);
        return TRUE;
    case WM_GETTEXT:
        return copy_out(control->text, wParam, lParam);
    case WM_GETTEXTLENGTH:
        return (LRESULT)wcslen(control->text);
    case EM_REPLACESEL: /* The selection is always the end of the text. */
        append(control, (LPCWSTR)lParam);
        return 0;
    case BM_SETCHECK:
        control->checked = (LRESULT)wParam;
        return 0;
    case BM_GETCHECK:
        return control->checked;
    case SB_SETTEXT:
        shim_show("status", (long)(wParam & 0xFF), (LPCWSTR)lParam);
        return TRUE;
    case LB_ADDSTRING:
    case CB_ADDSTRING:
        return add_item(control, (LPCWSTR)lParam);
    case LB_FINDSTRINGEXACT:
    case CB_FINDSTRINGEXACT:
        return find_item(control, (LPCWSTR)lParam);
    case LB_GETCOUNT:
    case CB_GETCOUNT:
        return control->count;
    case LB_GETCURSEL:
    case CB_GETCURSEL:
        return control->selected;
    case LB_RESETCONTENT:
    case CB_RESETCONTENT:
        while (control->count)
            delete_item(control, control->count - 1);
        return 0;
    default:
        return item_message(control, message, wParam, lParam);
    }
}

LRESULT shim_control_message(struct window *control, UINT message, WPARAM wParam, LPARAM lParam) {
    pthread_mutex_lock(&lock);
    LRESULT result = answer(control, message, wParam, lParam);
    pthread_mutex_unlock(&lock);
    return result;
}
