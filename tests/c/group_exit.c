/*
 * A process that ends while groups are open and busy: two members over ::1, one of whom publishes on a thread of its
 * own.
 *
 *   group_exit return | exit | shutdown
 */
#include <windows.h>
#include <p2p.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const GUID TYPE = {0x11111111, 0x2222, 0x3333, {0x44, 0x44, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55}};
static HGROUP mine, theirs;

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            exit(1);                                       \
        }                                                  \
    } while (0)

static DWORD WINAPI publish(LPVOID unused) {
    PEER_RECORD record;
    GUID id;
    UNREFERENCED_PARAMETER(unused);
    memset(&record, 0, sizeof record);
    record.dwSize = sizeof record;
    record.type = TYPE;
    GetSystemTimeAsFileTime(&record.ftExpiration);
    record.ftExpiration.dwHighDateTime += 10; /* more than an hour */
    while (SUCCEEDED(PeerGroupAddRecord(mine, &record, &id)))
        ;
    return 0;
}

static void wait_for(HGROUP group, DWORD wanted) {
    DWORD status = 0;
    for (int tries = 0; (status & wanted) != wanted; tries++) {
        CHECK(tries < 12000);
        Sleep(10);
        CHECK(PeerGroupGetStatus(group, &status) == S_OK);
    }
}

int main(int argc, char **argv) {
    PEER_VERSION_DATA version;
    PEER_GROUP_PROPERTIES properties;
    PEER_MEMBER **members;
    PWSTR creator, joiner, info, invitation;
    HPEERENUM enumeration;
    ULONG count = 1;
    CHECK(argc == 2);
    CHECK(PeerGroupStartup(PEER_GROUP_VERSION, &version) == S_OK);
    CHECK(PeerIdentityCreate(NULL, L"creator", 0, &creator) == S_OK);
    CHECK(PeerIdentityCreate(NULL, L"joiner", 0, &joiner) == S_OK);
    memset(&properties, 0, sizeof properties);
    properties.dwSize = sizeof properties;
    properties.pwzCreatorPeerName = creator;
    CHECK(PeerGroupCreate(&properties, &mine) == S_OK);
    CHECK(PeerGroupConnect(mine) == S_OK);
    wait_for(mine, PEER_GROUP_STATUS_LISTENING);
    CHECK(PeerIdentityGetXML(joiner, &info) == S_OK);
    CHECK(PeerGroupCreateInvitation(mine, info, NULL, 1, &PEER_GROUP_ROLE_MEMBER, &invitation) == S_OK);
    CHECK(PeerGroupJoin(joiner, invitation, NULL, &theirs) == S_OK);
    CHECK(PeerGroupEnumMembers(mine, 0, creator, &enumeration) == S_OK);
    CHECK(PeerGetNextItem(enumeration, &count, (PVOID **)&members) == S_OK && count == 1);
    CHECK(PeerGroupConnectByAddress(theirs, members[0]->cAddresses, members[0]->pAddresses) == S_OK);
    PeerFreeData(members);
    CHECK(PeerEndEnumeration(enumeration) == S_OK);
    wait_for(theirs, PEER_GROUP_STATUS_LISTENING | PEER_GROUP_STATUS_HAS_CONNECTIONS);
    CHECK(CreateThread(NULL, 0, publish, NULL, 0, NULL) != NULL);
    Sleep(50);
    PeerFreeData(creator);
    PeerFreeData(joiner);
    PeerFreeData(info);
    PeerFreeData(invitation);
    if (strcmp(argv[1], "shutdown") == 0)
        CHECK(PeerGroupShutdown() == S_OK);
    if (strcmp(argv[1], "exit") == 0)
        exit(7);
    return 7;
}
