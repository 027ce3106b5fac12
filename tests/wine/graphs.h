/* graphs.h: what the programs of this folder share: a check, and a graph of this machine. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            fflush(stdout);                                \
            ExitProcess(1);                                \
        }                                                  \
    } while (0)
#define PATIENCE 120000

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};

static inline HGRAPH opened(PPEER_SECURITY_INTERFACE security, const WCHAR *peer, BOOL create) {
    PEER_GRAPH_PROPERTIES properties = {sizeof properties};
    HGRAPH graph;
    properties.pwzGraphId = L"bridge";
    properties.pwzCreatorId = (PWSTR)peer;
    properties.dwScope = PEER_GRAPH_SCOPE_LOOPBACK;
    if (create)
        CHECK(PeerGraphCreate(&properties, peer, security, &graph) == S_OK);
    else
        CHECK(SUCCEEDED(PeerGraphOpen(L"bridge", peer, peer, security, 0, NULL, &graph)));
    return graph;
}

static inline HRESULT add(HGRAPH graph, const char *text) {
    PEER_RECORD record = {sizeof record};
    GUID id;
    record.type = TYPE;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10;
    record.data.cbData = (ULONG)strlen(text);
    record.data.pbData = (PBYTE)text;
    return PeerGraphAddRecord(graph, &record, &id);
}
