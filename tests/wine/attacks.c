/*
 * What programs of Windows do that nobody would ask them to.
 *
 *     attacks NAME     "ok", or the line of what is not so
 *
 * Compiled with MODULE it is a DLL, whose DllMain uses graphs.
 */
#include "graphs.h"

#ifdef MODULE

static HGRAPH graph;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID process_ends) {
    PEER_VERSION_DATA version;
    (void)instance;
    if (reason == DLL_PROCESS_ATTACH) {
        CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
        graph = opened(NULL, L"module", TRUE);
        CHECK(add(graph, "from DllMain") == S_OK);
    } else if (reason == DLL_PROCESS_DETACH && !process_ends) {
        CHECK(add(graph, "given back") == S_OK);
        CHECK(PeerGraphClose(graph) == S_OK);
        CHECK(PeerGraphShutdown() == S_OK);
    } else if (reason == DLL_PROCESS_DETACH) {
        HRESULT added = add(graph, "too late"), closed = PeerGraphClose(graph), ended = PeerGraphShutdown();
        printf("%08lx %08lx %08lx\n", added, closed, ended);
        fflush(stdout);
    }
    return TRUE;
}

#else

static HGRAPH common;

static void start(void) {
    PEER_VERSION_DATA version;
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
}

static void said(void) {
    printf("ok\n");
    fflush(stdout);
}

/* ---- the first call, by many threads at once ---- */

static DWORD WINAPI first_call(void *event) {
    PEER_VERSION_DATA version;
    WaitForSingleObject(event, INFINITE);
    return (DWORD)PeerGraphStartup(PEER_GRAPH_VERSION, &version);
}

static void first(void) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL), threads[16];
    for (int at = 0; at < 16; at++)
        threads[at] = CreateThread(NULL, 0, first_call, event, 0, NULL);
    SetEvent(event);
    CHECK(WaitForMultipleObjects(16, threads, TRUE, PATIENCE) == WAIT_OBJECT_0);
    for (int at = 0; at < 16; at++) {
        DWORD code = 1;
        CHECK(GetExitCodeThread(threads[at], &code) && code == S_OK);
        CHECK(PeerGraphShutdown() == S_OK);
    }
    CHECK(PeerGraphShutdown() == PEER_E_NOT_INITIALIZED);
    said();
}

/* ---- memory ---- */

/* The last bytes before a page that may not be touched: nothing beyond them is read. */
static void *at_the_end(const void *bytes, size_t size) {
    BYTE *pages = VirtualAlloc(NULL, 0x20000, MEM_RESERVE, PAGE_NOACCESS);
    CHECK(pages && VirtualAlloc(pages, 0x10000, MEM_COMMIT, PAGE_READWRITE));
    return memcpy(pages + 0x10000 - size, bytes, size);
}

static void odd(void) {
    static const BYTE data[] = "data";
    BYTE *at = at_the_end(data, sizeof data);
    BYTE room[sizeof(PEER_RECORD) + sizeof(GUID) + 2];
    PEER_RECORD record = {sizeof record}, *found;
    PEER_GRAPH_PROPERTIES properties = {sizeof properties};
    PEER_SECURITY_INTERFACE security = {8};
    GUID id;
    HGRAPH graph;
    start();
    properties.pwzGraphId = at_the_end(L"odd", 4 * sizeof(WCHAR));
    properties.pwzCreatorId = at_the_end(L"anna", 5 * sizeof(WCHAR));
    CHECK(PeerGraphCreate(at_the_end(&properties, sizeof properties), at_the_end(L"db", 3 * sizeof(WCHAR)),
                          at_the_end(&security, 8), &graph) == E_INVALIDARG);
    CHECK(PeerGraphCreate(at_the_end(&properties, sizeof properties), at_the_end(L"db", 3 * sizeof(WCHAR)), NULL,
                          &graph) == S_OK);
    record.type = TYPE;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10;
    record.data.cbData = sizeof data;
    record.data.pbData = at;
    memcpy(room + 1, &record, sizeof record); /* an odd address */
    CHECK(PeerGraphAddRecord(graph, (PEER_RECORD *)(void *)(room + 1), (GUID *)(void *)(room + 1 + sizeof record)) ==
          S_OK);
    CHECK(PeerGraphAddRecord(graph, at_the_end(&record, sizeof record), &id) == S_OK);
    CHECK(PeerGraphGetRecord(graph, (GUID *)(void *)(room + 1 + sizeof record), &found) == S_OK);
    CHECK(found->data.cbData == sizeof data && !memcmp(found->data.pbData, data, sizeof data));
    PeerGraphFreeData(found);
    CHECK(PeerGraphClose(graph) == S_OK);
    said();
}

/* ---- processors ---- */

/* A program that wants division by zero and the like to be exceptions does so for its threads, ours included. */
static void exceptions(void) {
    unsigned now = __builtin_ia32_stmxcsr() & ~0x1F80u;
    __builtin_ia32_ldmxcsr(now);
    start();
    common = opened(NULL, L"anna", TRUE);
    for (int at = 0; at < 20; at++)
        CHECK(add(common, "whatever is not exact is an exception") == S_OK);
    CHECK(PeerGraphListen(common, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0) == S_OK);
    CHECK((__builtin_ia32_stmxcsr() & 0x1F80u) == 0);
    CHECK(PeerGraphClose(common) == S_OK);
    CHECK((__builtin_ia32_stmxcsr() & 0x1F80u) == 0);
    said();
}

static void WINAPI on_a_fiber(void *main_fiber) {
    CHECK(add(common, "from a fiber") == S_OK);
    SwitchToFiber(main_fiber);
}

static void fibers(void) {
    void *here = ConvertThreadToFiber(NULL);
    start();
    common = opened(NULL, L"anna", TRUE);
    for (int at = 0; at < 20; at++) {
        void *there = CreateFiber(0, on_a_fiber, here);
        CHECK(there);
        SwitchToFiber(there);
        DeleteFiber(there);
    }
    CHECK(PeerGraphClose(common) == S_OK);
    said();
}

/* ---- the environment ---- */

static void environment(void) {
    CHECK(SetEnvironmentVariableW(L"PEERAPI_HOME", _wgetenv(L"ELSEWHERE")));
    start();
    common = opened(NULL, L"anna", TRUE);
    CHECK(PeerGraphClose(common) == S_OK);
    said();
}

/* ---- the end ---- */

static DWORD WINAPI add_for_ever(void *event) {
    SetEvent(event);
    while (add(common, "again and again") == S_OK)
        ;
    return 0;
}

/* Threads are ended inside of calls; then the DLL asks for more. */
static void ending(void) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CHECK(LoadLibraryW(L"module.dll"));
    start();
    common = opened(NULL, L"anna", TRUE);
    for (int at = 0; at < 4; at++) {
        CreateThread(NULL, 0, add_for_ever, event, 0, NULL);
        CHECK(WaitForSingleObject(event, PATIENCE) == WAIT_OBJECT_0);
    }
    for (int at = 0; at < 20; at++)
        CHECK(add(common, "in between") == S_OK);
    said();
    ExitProcess(3);
}

static void given_back(void) {
    for (int at = 0; at < 2; at++) {
        HMODULE module = LoadLibraryW(L"module.dll");
        CHECK(module && FreeLibrary(module) && !GetModuleHandleW(L"module.dll"));
        CHECK(DeleteFileW(L"nothing") == FALSE);
        start();
        CHECK(PeerGraphDelete(L"bridge", L"module", L"module") == S_OK);
        CHECK(PeerGraphShutdown() == S_OK);
    }
    said();
}

int main(int count, char **words) {
    static const struct {
        const char *name;
        void (*run)(void);
    } ASKED[] = {{"first", first},   {"odd", odd},       {"exceptions", exceptions}, {"environment", environment},
                 {"ending", ending}, {"fibers", fibers}, {"given-back", given_back}};
    CHECK(count == 2);
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++)
        if (!strcmp(ASKED[i].name, words[1])) {
            ASKED[i].run();
            return 0;
        }
    return 2;
}

#endif
