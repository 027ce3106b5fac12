/* processes.c - files of the current folder, and this program once more in another role. */
#include "kit.h"

#ifdef _WIN32
#include <direct.h>
#define current_folder _getcwd
#define SEPARATOR      "\\"
#else
char *getcwd(char *folder,
             size_t size); /* of the C library's neighborhood: these headers have no GetCurrentDirectory */
#define current_folder(folder, size) getcwd(folder, (size_t)(size))
#define SEPARATOR                    "/"
#endif

static void narrow(PCWSTR text, char *into, size_t size) {
    size_t i = 0;
    for (; text[i] && i + 1 < size; i++)
        into[i] = (char)text[i];
    into[i] = 0;
}

PWSTR new_path(const char *word) {
    char folder[600], path[700], name[80];
    narrow(unique(word), name, sizeof name);
    if (!current_folder(folder, sizeof folder))
        folder[0] = 0;
    snprintf(path, sizeof path, "%s" SEPARATOR "%s", folder, name);
    return wide(path);
}

int file_exists(PCWSTR path) {
    char name[700];
    FILE *file;
    narrow(path, name, sizeof name);
    file = fopen(name, "rb");
    if (!file)
        return 0;
    fclose(file);
    return 1;
}

void file_write(PCWSTR path, const char *text) {
    char name[700];
    FILE *file;
    narrow(path, name, sizeof name);
    file = fopen(name, "wb");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

void file_remove(PCWSTR path) {
    char name[700];
    narrow(path, name, sizeof name);
    remove(name);
}

char *file_line(PCWSTR path) {
    char name[700], text[4000];
    size_t length;
    FILE *file;
    char *line;
    narrow(path, name, sizeof name);
    file = fopen(name, "rb");
    if (!file)
        return NULL;
    length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    if (length == 0 || text[length - 1] != '\n')
        return NULL;
    text[length - 1] = 0;
    line = keep(length);
    memcpy(line, text, length);
    return line;
}

void role_say(const char *path, const char *line) {
    FILE *file = fopen(path, "wb");
    if (file) {
        fprintf(file, "%s\n", line);
        fclose(file);
    }
}

char *role_line(PCWSTR path) {
    ULONGLONG deadline = now() + PATIENCE / 1000 * SECOND;
    char *line = file_line(path);
    for (; !line && now() < deadline; line = file_line(path))
        Sleep(10); /* on the file that the other process writes */
    return line;
}

HANDLE role_start(const char *name, const char *words) {
    char program[600], command[1500];
    STARTUPINFOA startup;
    PROCESS_INFORMATION made;
    memset(&startup, 0, sizeof startup);
    startup.cb = sizeof startup;
    if (!GetModuleFileNameA(NULL, program, sizeof program))
        return NULL;
    snprintf(command, sizeof command, "\"%s\" --role %s %s", program, name, words);
    fflush(stdout);
    if (!CreateProcessA(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made))
        return NULL;
    CloseHandle(made.hThread);
    return made.hProcess;
}

DWORD role_wait(HANDLE process) {
    DWORD code = (DWORD)-1;
    if (process && WaitForSingleObject(process, PATIENCE) == WAIT_OBJECT_0)
        GetExitCodeProcess(process, &code);
    if (process && code == (DWORD)-1)
        TerminateProcess(process, 9);
    if (process)
        CloseHandle(process);
    return code;
}
