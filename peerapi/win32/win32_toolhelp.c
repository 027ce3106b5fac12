/* win32_toolhelp.c - a list of the processes of this machine, read from /proc at one moment. */
#include "win32.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include "../../include/tlhelp32.h"

struct w32_snapshot {
    size_t count, next;
    struct {
        DWORD id, parent, threads;
        char name[MAX_PATH];
    } *entries;
};

void w32_snapshot_free(struct w32_snapshot *list) {
    if (list) {
        free(list->entries);
        free(list);
    }
}

#define CUT 15 /* bytes of a name in /proc/PID/stat, which has no more */

/* A name that may have been cut, as the program was called: where that begins with the name, it is the whole of it. */
static void complete(const char *id, char *name, size_t room) {
    char path[64], called[4096];
    snprintf(path, sizeof path, "/proc/%s/cmdline", id);
    FILE *stream = strlen(name) == CUT ? fopen(path, "re") : NULL;
    size_t length = stream ? fread(called, 1, sizeof called - 1, stream) : 0;
    if (stream) {
        fclose(stream);
    }
    called[length] = 0;
    const char *slash = strrchr(called, '/'), *whole = slash ? slash + 1 : called;
    if (!strncmp(whole, name, strlen(name)) && strlen(whole) < room) {
        strcpy(name, whole);
    }
}

/* The numbers of one process; FALSE when it is gone. The name may hold any character, so what follows is looked for
 * from its end. */
static BOOL read_process(const char *id, DWORD *parent, DWORD *threads, char *name, size_t room) {
    char path[64], line[1024];
    unsigned seen_parent, seen_threads;
    snprintf(path, sizeof path, "/proc/%s/stat", id);
    FILE *stream = fopen(path, "re");
    size_t length = stream ? fread(line, 1, sizeof line - 1, stream) : 0;
    if (stream) {
        fclose(stream);
    }
    line[length] = 0;
    char *begin = strchr(line, '('), *end = strrchr(line, ')');
    if (!begin || !end ||
        sscanf(end + 1, " %*c %u %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %u", &seen_parent,
               &seen_threads) != 2) {
        return FALSE;
    }
    size_t kept = (size_t)(end - begin - 1);
    kept = kept < room ? kept : room - 1;
    memcpy(name, begin + 1, kept);
    name[kept] = 0;
    complete(id, name, room);
    *parent = seen_parent;
    *threads = seen_threads;
    return TRUE;
}

static BOOL fill(struct w32_snapshot *list, DIR *folder) {
    size_t room = 0;
    for (struct dirent *file; (file = readdir(folder)) != NULL;) {
        char *end;
        unsigned long id = strtoul(file->d_name, &end, 10);
        if (*end || !id) {
            continue;
        }
        if (list->count == room) {
            room = room ? room * 2 : 128;
            void *larger = realloc(list->entries, room * sizeof *list->entries);
            if (!larger) {
                return FALSE;
            }
            list->entries = larger;
        }
        list->entries[list->count].id = (DWORD)id;
        list->count += read_process(file->d_name, &list->entries[list->count].parent,
                                    &list->entries[list->count].threads, list->entries[list->count].name,
                                    sizeof list->entries->name)
                           ? 1
                           : 0;
    }
    return TRUE;
}

HANDLE WINAPI CreateToolhelp32Snapshot(DWORD flags, DWORD processId) {
    (void)processId; /* is about modules and heaps */
    HANDLE handle = NULL;
    if (!(flags & TH32CS_SNAPPROCESS)) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return (HANDLE)(LONG_PTR)-1;
    }
    struct w32_snapshot *list = calloc(1, sizeof *list);
    struct w32_object *object = w32_object_new(W32_SNAPSHOT);
    DIR *folder = opendir("/proc");
    BOOL filled = list && object && folder && fill(list, folder);
    if (folder) {
        closedir(folder);
    }
    if (filled) {
        object->as.snapshot.list = list;
        w32_lock();
        handle = w32_handle_new(object, GENERIC_ALL);
        w32_unlock();
    }
    if (!handle) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        w32_snapshot_free(list);
        free(object);
        return (HANDLE)(LONG_PTR)-1;
    }
    return handle;
}

/* The next entry, copied out. FALSE and the last error. */
static BOOL step(HANDLE snapshot, BOOL first, LPPROCESSENTRY32 entry) {
    BOOL given = FALSE;
    w32_lock();
    struct w32_object *object = w32_handle_object(snapshot, W32_SNAPSHOT, 0);
    struct w32_snapshot *list = object ? object->as.snapshot.list : NULL;
    if (list) {
        list->next = first ? 0 : list->next;
        given = list->next < list->count;
        if (given) {
            memset(entry, 0, sizeof *entry);
            entry->dwSize = sizeof *entry;
            entry->th32ProcessID = list->entries[list->next].id;
            entry->th32ParentProcessID = list->entries[list->next].parent;
            entry->cntThreads = list->entries[list->next].threads;
            entry->pcPriClassBase = 8; /* normal */
            strcpy(entry->szExeFile, list->entries[list->next].name);
            list->next++;
        } else {
            SetLastError(ERROR_NO_MORE_FILES);
        }
    }
    w32_unlock();
    return given;
}

static BOOL is_whole(DWORD have, size_t wanted) {
    if (have < wanted) {
        SetLastError(ERROR_INVALID_PARAMETER);
    }
    return have >= wanted;
}

static BOOL step_wide(HANDLE snapshot, BOOL first, LPPROCESSENTRY32W entry) {
    PROCESSENTRY32 narrow;
    if (!is_whole(entry ? entry->dwSize : 0, sizeof *entry) || !step(snapshot, first, &narrow)) {
        return FALSE;
    }
    WCHAR *name = w32_utf16_of(narrow.szExeFile);
    memset(entry, 0, sizeof *entry);
    entry->dwSize = sizeof *entry;
    entry->th32ProcessID = narrow.th32ProcessID;
    entry->th32ParentProcessID = narrow.th32ParentProcessID;
    entry->cntThreads = narrow.cntThreads;
    entry->pcPriClassBase = narrow.pcPriClassBase;
    if (name) {
        memcpy(entry->szExeFile, name, (w32_length(name) + 1) * sizeof *name);
    }
    free(name);
    return TRUE;
}

BOOL WINAPI Process32FirstW(HANDLE snapshot, LPPROCESSENTRY32W entry) { return step_wide(snapshot, TRUE, entry); }
BOOL WINAPI Process32NextW(HANDLE snapshot, LPPROCESSENTRY32W entry) { return step_wide(snapshot, FALSE, entry); }

BOOL WINAPI Process32First(HANDLE snapshot, LPPROCESSENTRY32 entry) {
    return is_whole(entry ? entry->dwSize : 0, sizeof *entry) && step(snapshot, TRUE, entry);
}

BOOL WINAPI Process32Next(HANDLE snapshot, LPPROCESSENTRY32 entry) {
    return is_whole(entry ? entry->dwSize : 0, sizeof *entry) && step(snapshot, FALSE, entry);
}
