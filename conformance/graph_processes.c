/* graph_processes.c - a graph of two and of three processes. */
#include "graph.h"

static int as_guest(int count, char **words) {
    NODE host, guest;
    PEER_ADDRESS address;
    ULONGLONG connection;
    GUID id;
    char line[80];
    if (count != 4)
        return 2;
    graph_start();
    host = node_named("host");
    host.id = wide(words[0]);
    guest = node_open(&host, words[2]);
    address = loopback((u_short)atoi(words[1]));
    if (PeerGraphConnect(guest.graph, NULL, &address, &connection) != S_OK)
        return 3;
    if (!node_wait(&guest, PEER_GRAPH_STATUS_SYNCHRONIZED))
        return 4;
    if (record_add(&guest, words[2], NULL, &id) != S_OK)
        return 5;
    sprintf(
        line, "%lu",
        (unsigned long)search_count(&guest, L"<peersearch><clause attrib=\"a\" type=\"int\">1</clause></peersearch>"));
    role_say(words[3], line);
    if (!node_wait(&guest, PEER_GRAPH_STATUS_SYNCHRONIZED))
        return 6;
    for (connection = 0; connection < 600 && node_connection(&guest, PEER_CONNECTION_NEIGHBOR); connection++)
        Sleep(100); /* until the host has gone */
    return connection < 600 ? 0 : 7;
}

int graph_guest(int count, char **words) { return as_guest(count, words); }

static void ascii(PCWSTR text, char *into) {
    while ((*into++ = (char)*text++) != 0) {
    }
}

static PWSTR begin(const NODE *host, const char *peer, HANDLE *process) {
    char id[300], path[300], words[900];
    PWSTR told = unique("told");
    ascii(host->id, id);
    ascii(told, path);
    sprintf(words, "%s %u %s %s", id, (unsigned)node_port(host), peer, path);
    *process = role_start("guest", words);
    return told;
}

/* The record that a guest has published arrives; its data is the name of the peer. */
static int arrives(const QUEUE *queue, const NODE *host, const char *first, const char *second) {
    PPEER_GRAPH_EVENT_DATA event = queue_next(queue);
    PPEER_RECORD record;
    int right;
    if (!event)
        return 0;
    record = record_get(host, &event->recordChangeData.recordId);
    right = record && (data_is(&record->data, first) || (second && data_is(&record->data, second)));
    PeerGraphFreeData(record);
    PeerGraphFreeData(event);
    return right;
}

void graph_processes(void) {
    NODE host;
    QUEUE queue;
    HANDLE first, second;
    PWSTR one, two;
    char *line;
    GUID id;
    graph_start();
    host = node_create("host");
    record_add(&host, "a record", L"<attributes><attribute name=\"a\" type=\"int\">1</attribute></attributes>", &id);
    node_listen(&host);
    queue = queue_of(&host, PEER_GRAPH_EVENT_RECORD_CHANGED);
    page("PeerGraphConnect");
    one = begin(&host, "one", &first);
    line = role_line(one);
    fact(line != NULL, "another process joins the graph");
    counts(line ? (ULONGLONG)atoi(line) : 0, 1, "another process finds the record of this one");
    page("PeerGraphAddRecord");
    fact(arrives(&queue, &host, "one", NULL), "a record of another process arrives");
    page("PeerGraphConnect");
    two = begin(&host, "two", &second);
    line = role_line(two);
    fact(line != NULL, "a third process joins the graph");
    counts(line ? (ULONGLONG)atoi(line) : 0, 1, "a third process finds the record of the first");
    page("PeerGraphAddRecord");
    fact(arrives(&queue, &host, "two", "one"), "a record of a third process arrives");
    page("PeerGraphOpen");
    gives(PeerGraphOpen(host.id, host.peer, host.database, NULL, 0, NULL, &host.graph), PEER_E_DUPLICATE_GRAPH,
          "a graph that this process and others have open");
    page("PeerGraphShutdown");
    queue_close(&queue);
    gives(PeerGraphShutdown(), S_OK, "with two other processes connected");
    page("PeerGraphClose");
    counts(role_wait(first), 0, "the second process sees that the first has gone");
    counts(role_wait(second), 0, "the third process sees that the first has gone");
    file_remove(one);
    file_remove(two);
}
