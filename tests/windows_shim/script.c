/* script.c - the user: lines from standard input are what a hand on the keyboard and the mouse would do. README.md has
 * the words. */
#include "shim.h"

struct entry {
    struct entry *next;
    MSG message;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct entry *first, **last = &first;
static WCHAR *chosen_path;

int APIENTRY WinMain(HINSTANCE instance, HINSTANCE previous, LPSTR commandLine, int show);

void shim_post(const MSG *message) {
    struct entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        abort();
    *entry = (struct entry){.message = *message};
    pthread_mutex_lock(&lock);
    *last = entry;
    last = &entry->next;
    pthread_cond_signal(&arrived);
    pthread_mutex_unlock(&lock);
}

MSG shim_next(void) {
    shim_end_turn();
    pthread_mutex_lock(&lock);
    while (first == NULL)
        pthread_cond_wait(&arrived, &lock);
    struct entry *entry = first;
    first = entry->next;
    if (first == NULL)
        last = &first;
    pthread_mutex_unlock(&lock);
    shim_begin_turn();
    MSG message = entry->message;
    free(entry);
    if (message.message == SCRIPT_LINE) {
        shim_perform((char *)message.lParam);
        free((char *)message.lParam);
        message = (MSG){.message = WM_NULL};
    }
    return message;
}

static void notify(struct window *control, WORD what) {
    SendMessageW((HWND)(void *)foreground, WM_COMMAND, MAKEWPARAM(control->id, what), (LPARAM)control);
}

static void click(int id) {
    struct window *control = shim_control(foreground, id);
    if (control->disabled || shim_menu_disabled(id))
        shim_show("refused", id, NULL);
    else
        notify(control, BN_CLICKED);
}

static void type(struct window *control, const char *what) {
    if (control->disabled) {
        shim_show("refused", control->id, NULL);
        return;
    }
    free(control->text);
    control->text = shim_wide(what);
    notify(control, EN_CHANGE);
}

static void mark(struct window *control, char *others) {
    SendMessageW((HWND)(void *)control, BM_SETCHECK, BST_CHECKED, 0);
    for (char *word = strtok(others, " "); word; word = strtok(NULL, " "))
        SendMessageW((HWND)(void *)shim_control(foreground, atoi(word)), BM_SETCHECK, BST_UNCHECKED, 0);
    notify(control, BN_CLICKED);
}

static bool choose(struct window *control, const char *what) {
    WCHAR *text = shim_wide(what);
    LRESULT at = SendMessageW((HWND)(void *)control, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM)text);
    if (at < 0)
        shim_show("missing", control->id, text);
    else {
        SendMessageW((HWND)(void *)control, LB_SETCURSEL, (WPARAM)at, 0);
        notify(control, LBN_SELCHANGE);
    }
    free(text);
    return at >= 0;
}

void shim_perform(char *line) {
    char *number = line + strcspn(line, " ");
    if (*number)
        *number++ = 0;
    char *rest = number + strcspn(number, " ");
    if (*rest)
        *rest++ = 0;
    int id = atoi(number);
    if (strcmp(line, "click") == 0)
        click(id);
    else if (strcmp(line, "type") == 0)
        type(shim_control(foreground, id), rest);
    else if (strcmp(line, "mark") == 0)
        mark(shim_control(foreground, id), rest);
    else if (strcmp(line, "choose") == 0)
        choose(shim_control(foreground, id), rest);
    else if (strcmp(line, "open") == 0) {
        if (choose(shim_control(foreground, id), rest))
            notify(shim_control(foreground, id), LBN_DBLCLK);
    } else if (strcmp(line, "path") == 0) {
        free(chosen_path);
        chosen_path = shim_wide(rest);
    } else {
        fprintf(stderr, "a script has no word %s\n", line);
        exit(2);
    }
}

/* The dialog of files is answered with the last path that the script has named. */
static BOOL answer_path(LPOPENFILENAMEW dialog) {
    if (chosen_path == NULL || wcslen(chosen_path) >= dialog->nMaxFile)
        return FALSE;
    wcscpy(dialog->lpstrFile, chosen_path);
    return TRUE;
}

BOOL WINAPI GetOpenFileNameW(LPOPENFILENAMEW dialog) { return answer_path(dialog); }
BOOL WINAPI GetSaveFileNameW(LPOPENFILENAMEW dialog) { return answer_path(dialog); }

static void *read_script(void *unused) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        line[strcspn(line, "\r\n")] = 0;
        char *copy = strdup(line);
        if (copy == NULL)
            abort();
        shim_post(&(MSG){.message = SCRIPT_LINE, .lParam = (LPARAM)copy});
    }
    free(line);
    shim_post(&(MSG){.message = WM_QUIT});
    return unused;
}

int main(void) {
    char no_arguments[] = "";
    pthread_t reader;
    if (pthread_create(&reader, NULL, read_script, NULL))
        return 1;
    pthread_detach(reader);
    shim_begin_turn();
    return WinMain(NULL, NULL, no_arguments, SW_SHOW);
}
