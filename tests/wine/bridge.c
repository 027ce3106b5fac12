/*
 * What a program of Windows sees of the bridge: its events, its threads inside callbacks, addresses, memory, its end.
 *
 *     bridge NAME     asks for one thing, in the folder where it is run; "ok", or the line of what is not so
 */
#include "graphs.h"

static DWORD slot;
static LONG validated, secured, freed;
static HANDLE blocked, never;

static HPEEREVENT registered(HGRAPH graph, HANDLE event, PEER_GRAPH_EVENT_TYPE type) {
    PEER_GRAPH_EVENT_REGISTRATION wanted = {type, NULL};
    HPEEREVENT queue;
    CHECK(PeerGraphRegisterEvent(graph, event, 1, &wanted, &queue) == S_OK);
    return queue;
}

static USHORT listening(HGRAPH graph) {
    PEER_NODE_INFO *info;
    USHORT port;
    CHECK(PeerGraphListen(graph, PEER_GRAPH_SCOPE_LOOPBACK, 0, 0) == S_OK);
    CHECK(PeerGraphGetNodeInfo(graph, 0, &info) == S_OK);
    CHECK(info->cAddresses > 0);
    CHECK(info->pAddresses[0].sin6.sin6_family == AF_INET6);
    port = info->pAddresses[0].sin6.sin6_port;
    PeerGraphFreeData(info);
    return port;
}

/* ---- events ---- */

static void events(void) {
    HGRAPH graph = opened(NULL, L"anna", TRUE);
    HANDLE automatic = CreateEventW(NULL, FALSE, FALSE, NULL), manual = CreateEventW(NULL, TRUE, FALSE, NULL);
    HPEEREVENT first = registered(graph, automatic, PEER_GRAPH_EVENT_RECORD_CHANGED);
    HPEEREVENT second = registered(graph, manual, PEER_GRAPH_EVENT_RECORD_CHANGED);
    PEER_GRAPH_EVENT_DATA *data;
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    CHECK(add(graph, "one") == S_OK);
    CHECK(WaitForSingleObject(automatic, PATIENCE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObject(manual, PATIENCE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(manual, 0) == WAIT_OBJECT_0);
    CHECK(PeerGraphGetEventData(first, &data) == S_OK);
    CHECK(data->eventType == PEER_GRAPH_EVENT_RECORD_CHANGED);
    PeerGraphFreeData(data);
    CHECK(PeerGraphGetEventData(first, &data) == PEER_S_NO_EVENT_DATA);
    ResetEvent(manual);
    CHECK(PeerGraphUnregisterEvent(second) == S_OK);
    CloseHandle(manual);
    CHECK(add(graph, "two") == S_OK);
    CHECK(WaitForSingleObject(automatic, PATIENCE) == WAIT_OBJECT_0);
    CHECK(PeerGraphClose(graph) == S_OK);
}

/* What may not be set is refused where it is given, not found out later. */
static void handles(void) {
    HGRAPH graph = opened(NULL, L"anna", TRUE);
    PEER_GRAPH_EVENT_REGISTRATION wanted = {PEER_GRAPH_EVENT_RECORD_CHANGED, NULL};
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), semaphore = CreateSemaphoreW(NULL, 0, 1, NULL), weak;
    HPEEREVENT queue;
    HANDLE wrong[] = {
        NULL, semaphore, GetCurrentProcess(), GetCurrentThread(), (HANDLE)0xDEADBEEC, INVALID_HANDLE_VALUE, NULL, NULL};
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &weak, SYNCHRONIZE, FALSE, 0));
    wrong[6] = weak;
    wrong[7] = CreateEventW(NULL, FALSE, FALSE, NULL);
    CloseHandle(wrong[7]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        queue = (HPEEREVENT)1;
        SetLastError(4711);
        CHECK(PeerGraphRegisterEvent(graph, wrong[i], 1, &wanted, &queue) == E_INVALIDARG);
        CHECK(GetLastError() == 4711);
    }
    CHECK(PeerGraphRegisterEvent(graph, event, 1, &wanted, &queue) == S_OK);
    CHECK(PeerGraphClose(graph) == S_OK);
}

/* ---- callbacks ---- */

/* Whoever runs this is a thread of Wine: it has an ID, slots, a handler of exceptions, and may wait and call back. */
static void is_windows_thread(HGRAPH graph) {
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    DWORD before = GetTickCount();
    CHECK(GetCurrentThreadId() != 0);
    CHECK(TlsSetValue(slot, event));
    CHECK(TlsGetValue(slot) == event);
    SetLastError(before);
    CHECK(GetLastError() == before);
    CHECK(WaitForSingleObject(event, 1) == WAIT_TIMEOUT);
    if (graph) {
        PEER_GRAPH_PROPERTIES *properties;
        HRESULT result = PeerGraphGetProperties(graph, &properties);
        if (result == S_OK)
            PeerGraphFreeData(properties);
    }
    CloseHandle(event);
}

static HRESULT CALLBACK validate(HGRAPH graph, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
    CHECK(context == &slot && record->dwSize == sizeof *record && change >= PEER_RECORD_ADDED);
    is_windows_thread(graph);
    if (!memcmp(&record->type, &TYPE, sizeof TYPE)) {
        CHECK(record->securityData.cbData == 4 && !memcmp(record->securityData.pbData, "mark", 4));
        InterlockedIncrement(&validated);
    }
    return S_OK;
}

static HRESULT CALLBACK secure(HGRAPH graph, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change,
                               PPEER_DATA *result) {
    CHECK(context == &slot && record && change >= PEER_RECORD_ADDED);
    is_windows_thread(graph);
    *result = HeapAlloc(GetProcessHeap(), 0, sizeof **result); /* a heap that this system's free() does not know */
    (*result)->cbData = 4;
    (*result)->pbData = (PBYTE) "mark";
    InterlockedIncrement(&secured);
    return S_OK;
}

static HRESULT CALLBACK give_back(HGRAPH graph, PVOID context, PPEER_DATA data) {
    CHECK(context == &slot && (graph || !graph));
    CHECK(HeapFree(GetProcessHeap(), 0, data));
    InterlockedIncrement(&freed);
    return S_OK;
}

static PEER_SECURITY_INTERFACE provider(void) {
    PEER_SECURITY_INTERFACE made = {sizeof made};
    made.pvContext = &slot;
    made.pfnValidateRecord = validate;
    made.pfnSecureRecord = secure;
    made.pfnFreeSecurityData = give_back;
    return made;
}

static void connected(HGRAPH graph, USHORT port) {
    PEER_ADDRESS address = {sizeof address};
    ULONGLONG id;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT queue = registered(graph, event, PEER_GRAPH_EVENT_STATUS_CHANGED);
    DWORD status = 0;
    address.sin6.sin6_family = AF_INET6;
    address.sin6.sin6_port = port;
    address.sin6.sin6_addr.s6_addr[15] = 1;
    CHECK(PeerGraphConnect(graph, NULL, &address, &id) == S_OK);
    while (PeerGraphGetStatus(graph, &status) == S_OK && !(status & PEER_GRAPH_STATUS_SYNCHRONIZED)) {
        PEER_GRAPH_EVENT_DATA *data;
        CHECK(WaitForSingleObject(event, PATIENCE) == WAIT_OBJECT_0);
        while (PeerGraphGetEventData(queue, &data) == S_OK)
            PeerGraphFreeData(data);
    }
    CHECK(PeerGraphUnregisterEvent(queue) == S_OK);
    CloseHandle(event);
}

static void callbacks(void) {
    PEER_SECURITY_INTERFACE security = provider();
    HGRAPH anna = opened(&security, L"anna", TRUE), ben = opened(&security, L"ben", FALSE);
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    slot = TlsAlloc();
    connected(ben, listening(anna));
    registered(ben, event, PEER_GRAPH_EVENT_RECORD_CHANGED);
    for (int i = 0; i < 100; i++)
        CHECK(add(anna, "from anna") == S_OK);
    while (InterlockedAdd(&validated, 0) < 100)
        WaitForSingleObject(event, 100);
    CHECK(PeerGraphClose(ben) == S_OK);
    CHECK(PeerGraphClose(anna) == S_OK);
    CHECK(secured >= 100 && freed == secured);
}

/* An interface that is wrong is refused as anywhere; one of another size is not read further than that. */
static void interfaces(void) {
    PEER_GRAPH_PROPERTIES properties = {sizeof properties};
    PEER_SECURITY_INTERFACE security = provider();
    HGRAPH graph;
    properties.pwzGraphId = L"bridge";
    properties.pwzCreatorId = L"anna";
    security.pfnSecureRecord = NULL;
    CHECK(PeerGraphCreate(&properties, L"anna", &security, &graph) == E_INVALIDARG);
    security = provider();
    security.dwSize = 8;
    CHECK(PeerGraphCreate(&properties, L"anna", &security, &graph) == E_INVALIDARG);
    security = provider();
    security.pwzPackageName = L"no such package";
    CHECK(PeerGraphCreate(&properties, L"anna", &security, &graph) == E_INVALIDARG);
    memset(&security, 0, sizeof security);
    security.dwSize = sizeof security;
    CHECK(PeerGraphCreate(&properties, L"anna", &security, &graph) == S_OK);
    CHECK(PeerGraphClose(graph) == S_OK);
}

/* ---- threads, and the end ---- */

static DWORD WINAPI small(void *graph) { return add(graph, "from a small stack") == S_OK; }

static void stacks(void) {
    HGRAPH graph = opened(NULL, L"anna", TRUE);
    for (int i = 0; i < 50; i++) {
        DWORD code = 0;
        HANDLE thread = CreateThread(NULL, 0x10000, small, graph, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
        CHECK(WaitForSingleObject(thread, PATIENCE) == WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(thread, &code) && code == 1);
        CloseHandle(thread);
    }
    CHECK(PeerGraphClose(graph) == S_OK);
}

/* The DLL stays while its threads do, however often a program gives it back. */
static void unloading(void) {
    HMODULE library = LoadLibraryW(L"p2pgraph.dll");
    HRESULT(WINAPI * startup)(WORD, PPEER_VERSION_DATA);
    PEER_VERSION_DATA version;
    CHECK(library);
    startup = (void *)GetProcAddress(library, "PeerGraphStartup");
    CHECK(startup && startup(PEER_GRAPH_VERSION, &version) == S_OK);
    for (int i = 0; i < 5; i++)
        FreeLibrary(library);
    CHECK(GetModuleHandleW(L"p2p.dll"));
    CHECK(PeerGraphShutdown() == S_OK);
}

static HRESULT CALLBACK block(HGRAPH graph, PVOID context, PPEER_RECORD record, PEER_RECORD_CHANGE_TYPE change) {
    if (memcmp(&record->type, &TYPE, sizeof TYPE))
        return S_OK;
    SetEvent(blocked);
    WaitForSingleObject(never, INFINITE);
    return S_OK;
}

/* The process ends although a callback never comes back, and graphs are open. */
static void ending(void) {
    PEER_SECURITY_INTERFACE security = provider();
    HGRAPH anna = opened(&security, L"anna", TRUE), ben;
    blocked = CreateEventW(NULL, FALSE, FALSE, NULL);
    never = CreateEventW(NULL, FALSE, FALSE, NULL);
    slot = TlsAlloc();
    security.pfnValidateRecord = block;
    ben = opened(&security, L"ben", FALSE);
    connected(ben, listening(anna));
    CHECK(add(anna, "blocks") == S_OK);
    CHECK(WaitForSingleObject(blocked, PATIENCE) == WAIT_OBJECT_0);
    printf("ok\n");
    fflush(stdout);
    ExitProcess(7);
}

int main(int count, char **words) {
    static const struct {
        const char *name;
        void (*run)(void);
    } ASKED[] = {{"events", events}, {"handles", handles},     {"callbacks", callbacks}, {"interfaces", interfaces},
                 {"stacks", stacks}, {"unloading", unloading}, {"ending", ending}};
    PEER_VERSION_DATA version;
    WSADATA winsock;
    CHECK(count == 2);
    CHECK(WSAStartup(MAKEWORD(2, 2), &winsock) == 0);
    CHECK(PeerGraphStartup(PEER_GRAPH_VERSION, &version) == S_OK);
    CHECK(version.wVersion == PEER_GRAPH_VERSION);
    for (size_t i = 0; i < sizeof ASKED / sizeof *ASKED; i++)
        if (!strcmp(ASKED[i].name, words[1])) {
            ASKED[i].run();
            CHECK(PeerGraphShutdown() == S_OK);
            printf("ok\n");
            return 0;
        }
    return 2;
}
