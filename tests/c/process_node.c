/* A program with a graph under load, to which things are done that processes do; tests/process/histories.py says which
 * and when.
 *
 * process_node FIRST ACKED: opens the graph, adds records numbered from FIRST on, and notes in the file ACKED each
 * number whose adding was acknowledged. A line on stdin is something to do; the answer is "done", or what went wrong.
 * process_node check ACKED: how many of the numbers in ACKED are missing from the graph.
 * process_node rival: what opening the graph says.
 */
#include <windows.h>
#include <p2p.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static HGRAPH graph;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER; /* held by who adds, and by who closes */
static unsigned long long number;
static int acked;

static HRESULT open_graph(void) {
    PEER_GRAPH_PROPERTIES garden = {.dwSize = sizeof garden, .dwScope = PEER_GRAPH_SCOPE_LOOPBACK};
    garden.pwzGraphId = L"garden";
    garden.pwzCreatorId = L"alice";
    HRESULT result = PeerGraphCreate(&garden, L"db", NULL, &graph);
    return result == PEER_E_DUPLICATE_GRAPH ? PeerGraphOpen(L"garden", L"alice", L"db", NULL, 0, NULL, &graph) : result;
}

static int add(void) {
    PEER_RECORD record = {.dwSize = sizeof record, .type = {0x1001}, .ftExpiration = {0, 1 << 30}};
    GUID id;
    record.data.cbData = sizeof number;
    record.data.pbData = (PBYTE)&number;
    /* Under a limit of file sizes it is not noted, and nobody asks for it. */
    int noted = SUCCEEDED(PeerGraphAddRecord(graph, &record, &id)) && write(acked, &number, sizeof number) > 0;
    number++;
    return noted;
}

static void *load(void *nothing) {
    for (unsigned burst = 1;; burst = burst * 5 % 47) {
        pthread_mutex_lock(&guard);
        for (unsigned i = 0; i < burst; i++)
            add(); /* what fails is not acknowledged */
        pthread_mutex_unlock(&guard);
        usleep(500);
    }
    return nothing;
}

/* ---- what is done to the process ---- */

static int in_child(int how) {
    PEER_VERSION_DATA version;
    ULONG status = 0;
    if (PeerGraphGetStatus(graph, &status) != E_UNEXPECTED || PeerGraphClose(graph) != E_UNEXPECTED)
        return 1;
    if (PeerGraphStartup(PEER_GRAPH_VERSION, &version) != E_UNEXPECTED || PeerGraphShutdown() != E_UNEXPECTED)
        return 2;
    if (how == 'c')
        for (int i = 3; i < 1024; i++)
            close(i);
    if (how == 'l') /* it outlives its parent, until whoever made us all ends the group */
        for (;;)
            pause();
    return 0;
}

static const char *forked(int how) {
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        exit(in_child(how));
    if (child < 0 || how == 'l')
        return child < 0 ? "no fork" : "done";
    waitpid(child, &status, 0);
    return status ? "the child was not refused" : "done";
}

static const char *executed(int with_vfork) {
    int status = 0;
    pid_t child = with_vfork ? vfork() : fork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(127);
    }
    waitpid(child, &status, 0);
    return status ? "no exec" : "done";
}

/* Each descriptor gets a second number, which is closed again: a lock of POSIX ends with that. */
static const char *duplicated(void) {
    for (int i = 3; i < 256; i++) {
        int twin = dup(i);
        if (twin >= 0)
            close(twin);
    }
    return "done";
}

static void read_all(const char *folder) {
    char path[4096], buffer[4096];
    DIR *entries = opendir(folder);
    struct dirent *entry;
    while (entries && (entry = readdir(entries))) {
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
            read_all(path);
        } else {
            int file = open(path, O_RDWR);
            while (file >= 0 && read(file, buffer, sizeof buffer) > 0)
                ;
            close(file);
        }
    }
    if (entries)
        closedir(entries);
}

static const char *limited(int what) {
    struct rlimit before, now;
    getrlimit(what, &before);
    now = before;
    now.rlim_cur = what == RLIMIT_NOFILE ? 3 : 1;
    setrlimit(what, &now);
    HRESULT result = PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
    usleep(3000);
    setrlimit(what, &before);
    if (FAILED(result) && result != PEER_E_ALREADY_LISTENING) {
        result = PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0);
        if (FAILED(result) && result != PEER_E_ALREADY_LISTENING) {
            static char said[64];
            snprintf(said, sizeof said, "it does not listen afterwards: %08X", (unsigned)result);
            return said;
        }
    }
    return "done";
}

static void nothing(int signal) { (void)signal; }

static const char *alarmed(int restarting) {
    struct sigaction action = {.sa_handler = nothing, .sa_flags = restarting ? SA_RESTART : 0};
    struct itimerval often = {{0, 200}, {0, 200}}, never = {{0, 0}, {0, 0}};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    usleep(20000);
    usleep(20000);
    setitimer(ITIMER_REAL, &never, NULL);
    return "done";
}

static const char *reopened(void) {
    pthread_mutex_lock(&guard);
    HRESULT closed = PeerGraphClose(graph), opened = open_graph();
    pthread_mutex_unlock(&guard);
    return FAILED(closed) ? "not closed" : FAILED(opened) ? "not opened again" : "done";
}

static const char *own_file(const char *path, int exporting) {
    WCHAR wide[1024];
    for (int i = 0; i < 1024 && (wide[i] = (WCHAR)path[i]); i++) /* the path of a test is ASCII */
        ;
    HRESULT result = exporting ? PeerGraphExportDatabase(graph, wide) : PeerGraphImportDatabase(graph, wide);
    return result == HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION) ? "done" : "not refused";
}

static const char *perform(char *line) {
    char *word = strtok(line, " \n"), *rest = strtok(NULL, "\n");
    if (!strcmp(word, "fork"))
        return forked(*rest);
    if (!strcmp(word, "exec"))
        return executed(*rest == 'v');
    if (!strcmp(word, "dup"))
        return duplicated();
    if (!strcmp(word, "read"))
        return read_all(rest), "done";
    if (!strcmp(word, "chdir"))
        return chdir(rest) ? "no such folder" : "done";
    if (!strcmp(word, "limit"))
        return limited(*rest == 'f' ? RLIMIT_FSIZE : RLIMIT_NOFILE);
    if (!strcmp(word, "alarm"))
        return alarmed(*rest == 'r');
    if (!strcmp(word, "reopen"))
        return reopened();
    if (!strcmp(word, "export") || !strcmp(word, "import"))
        return own_file(rest, *word == 'e');
    return "unknown";
}

/* ---- afterwards ---- */

static int check(void) {
    HPEERENUM records;
    ULONG some = 256;
    PEER_RECORD **found;
    unsigned long long wanted;
    size_t room = 1 << 20, missing = 0, all = 0;
    char *there = calloc(room, 1);
    HRESULT result = open_graph();
    if (FAILED(result) || FAILED(PeerGraphEnumRecords(graph, NULL, NULL, &records)))
        return printf("cannot be opened: %08X\n", (unsigned)result), 1;
    while (SUCCEEDED(PeerGraphGetNextItem(records, &some, (PVOID **)&found)) && some) {
        for (ULONG i = 0; i < some; i++) {
            memcpy(&wanted, found[i]->data.pbData, sizeof wanted);
            if (wanted < room)
                there[wanted] = 1;
        }
        PeerGraphFreeData(found);
        some = 256;
    }
    for (; read(acked, &wanted, sizeof wanted) == sizeof wanted; all++)
        missing += wanted >= room || !there[wanted];
    printf("%zu of %zu missing\n", missing, all);
    return 0;
}

int main(int argc, char **argv) {
    PEER_VERSION_DATA version;
    char line[4096];
    pthread_t thread;
    PeerGraphStartup(PEER_GRAPH_VERSION, &version);
    if (argc > 2)
        acked = open(argv[2], O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (!strcmp(argv[1], "check"))
        return check();
    HRESULT result = open_graph();
    if (!strcmp(argv[1], "rival"))
        return printf("%08X\n", (unsigned)result), 0;
    signal(SIGXFSZ, SIG_IGN);
    number = strtoull(argv[1], NULL, 10);
    printf("%s\n", FAILED(result) ? "not opened" : "open");
    fflush(stdout);
    pthread_create(&thread, NULL, load, NULL);
    while (fgets(line, sizeof line, stdin)) {
        printf("%s\n", perform(line));
        fflush(stdout);
    }
    return 0;
}
