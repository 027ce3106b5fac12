/* group_node: one member of a group. It obeys the commands of node.h, and
 *
 *     identity <file>                         make an identity and a file about it
 *     found <group>                           make a group, be the first to listen
 *     invite <identity file> <file>
 *     enter <file>                            join, connect, wait until all records are here and somebody else is
 *
 * Nothing but loopback: the group's cloud is Loopback_.
 */
#define OF_GROUP
#include "node.h"

static PWSTR self;

static void save(const char *path, PCWSTR document) {
    FILE *file = fopen(path, "w");
    if (!file)
        check(E_FAIL, path);
    for (; *document; document++)
        fputc(*document, file); // base64 and names of ours: all of it is ASCII
    fclose(file);
}

static PWSTR load(const char *path) {
    static WCHAR document[100000];
    FILE *file = fopen(path, "r");
    if (!file)
        check(E_FAIL, path);
    size_t length = 0;
    for (int next; (next = fgetc(file)) != EOF && length < 99999;)
        document[length++] = (WCHAR)next;
    document[length] = 0;
    fclose(file);
    return document;
}

static void identity(const char *path) {
    PWSTR document;
    check(PeerIdentityCreate(NULL, L"bench", 0, &self), "PeerIdentityCreate");
    check(PeerIdentityGetXML(self, &document), "PeerIdentityGetXML");
    save(path, document);
    PeerFreeData(document);
    printf("{}\n");
}

static void connect_and_wait(DWORD wanted) {
    HANDLE ready = CreateEventW(NULL, FALSE, FALSE, NULL);
    HPEEREVENT events;
    REGISTRATION kinds[] = {{EVENT(STATUS_CHANGED), NULL}, {EVENT(CONNECTION_FAILED), NULL}};
    check(PeerGroupRegisterEvent(space, ready, 2, kinds, &events), "PeerGroupRegisterEvent");
    int64_t begun = now_ns();
    check(PeerGroupConnect(space), "PeerGroupConnect");
    for (DWORD status = 0;;) {
        check(PeerGroupGetStatus(space, &status), "PeerGroupGetStatus");
        if ((status & wanted) == wanted)
            break;
        WaitForSingleObject(ready, INFINITE); // whoever drives us has a time limit, and kills
        EVENT_DATA *event;
        while (PeerGroupGetEventData(events, &event) == S_OK) {
            if (event->eventType == EVENT(CONNECTION_FAILED))
                check(event->hrConnectionFailedReason, "joining");
            PeerFreeData(event);
        }
    }
    int64_t reached = now_ns();
    check(PeerGroupUnregisterEvent(events), "PeerGroupUnregisterEvent");
    CloseHandle(ready);
    printf("{\"seconds\": %.6f}\n", (double)(reached - begun) / 1e9);
}

static void found(const char *name) {
    WCHAR friendly[128], cloud[] = L"Loopback_";
    PEER_GROUP_PROPERTIES properties = {.dwSize = sizeof properties,
                                        .pwzCreatorPeerName = self,
                                        .pwzCloud = cloud,
                                        .pwzFriendlyName = wide(name, friendly)};
    check(PeerGroupCreate(&properties, &space), "PeerGroupCreate");
    connect_and_wait(PEER_GROUP_STATUS_LISTENING);
}

static void invite(const char *theirs, const char *path) {
    PEER_ROLE_ID role = PEER_GROUP_ROLE_MEMBER;
    PWSTR invitation;
    check(PeerGroupCreateInvitation(space, load(theirs), NULL, 1, &role, &invitation), "PeerGroupCreateInvitation");
    save(path, invitation);
    PeerFreeData(invitation);
    printf("{}\n");
}

static void enter(const char *path) {
    check(PeerGroupJoin(self, load(path), NULL, &space), "PeerGroupJoin");
    connect_and_wait(PEER_GROUP_STATUS_LISTENING | PEER_GROUP_STATUS_HAS_CONNECTIONS);
}

static BOOL obey(const char *verb, const char *a, const char *b, const char *c) {
    (void)c;
    if (strcmp(verb, "identity") == 0)
        identity(a);
    else if (strcmp(verb, "found") == 0)
        found(a);
    else if (strcmp(verb, "invite") == 0)
        invite(a, b);
    else if (strcmp(verb, "enter") == 0)
        enter(a);
    else
        return FALSE;
    return TRUE;
}

int main(void) {
    PEER_VERSION_DATA version;
    check(PeerGroupStartup(PEER_GROUP_VERSION, &version), "PeerGroupStartup");
    return run();
}
