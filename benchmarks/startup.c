/* startup: what a program pays before it holds its first graph. Prints one line of JSON, times in milliseconds.
 *
 *     startup <graphId> <peerId>
 */
#include "bench.h"

#include <winsock2.h>
#include <windows.h>
#include <p2p.h>

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    int64_t begun = now_ns();
    PEER_VERSION_DATA version;
    HRESULT hr = PeerGraphStartup(PEER_GRAPH_VERSION, &version); // the first call: here the engine starts
    int64_t started = now_ns();

    WCHAR graphId[64], peerId[64];
    MultiByteToWideChar(CP_UTF8, 0, argv[1], -1, graphId, 64);
    MultiByteToWideChar(CP_UTF8, 0, argv[2], -1, peerId, 64);
    PEER_GRAPH_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .dwScope = PEER_GRAPH_SCOPE_LOOPBACK,
                                        .pwzGraphId = graphId,
                                        .pwzCreatorId = peerId};
    HGRAPH graph = NULL;
    if (SUCCEEDED(hr))
        hr = PeerGraphCreate(&properties, L"startup.db", NULL, &graph);
    int64_t created = now_ns();
    if (FAILED(hr)) {
        fprintf(stderr, "startup: 0x%08x\n", (unsigned)hr);
        return 1;
    }
    printf("{\"first_call_ms\": %.2f, \"created_ms\": %.2f}\n", (double)(started - begun) / 1e6,
           (double)(created - begun) / 1e6);
    PeerGraphClose(graph);
    PeerGraphShutdown();
    return 0;
}
