/*
 * One member of a group, steered over stdin and stdout, line by line.
 *
 * Each command is answered by one line: "ok ..." or "failed <function> <HRESULT>". KIND is chat or stroke, two types of
 * records; a text has no blanks.
 *
 *   identity NAME FILE            makes an identity, writes its XML; its peer name
 *   create GROUP CLOUD PASSWORD   founds a group that may be joined by password
 *   open GROUP                    by its peer name
 *   invite IDENTITY FILE ROLE     ROLE: member, inviting or admin         password-invitation FILE
 *   join FILE                     password-join FILE PASSWORD
 *   connect                       by the group's name                     call NAME        a member, by its addresses
 *   add KIND TEXT                 its ID       change ID TEXT             delete ID
 *   wait KIND COUNT               until there are so many                 list KIND        the texts
 *   members                       their friendly names                    alone            until no neighbor is left
 *   revoke PEERNAME               refusals                                close
 */
#include "steered.h"

#include <peerapi.h>

#define PATIENCE 120000 /* milliseconds for anything that has to come */

static const GUID KINDS[2] = {{0x11111111, 0x2222, 0x3333, {0x47, 0x47, 0x55, 0x55, 0x55, 0x55, 0x55, 0x01}},
                              {0x11111111, 0x2222, 0x3333, {0x47, 0x47, 0x55, 0x55, 0x55, 0x55, 0x55, 0x02}}};

static HGROUP group;
static HANDLE event;
static HPEEREVENT queue;
static PWSTR identity;
static HRESULT not_connected;

static const GUID *kind(const char *name) { return &KINDS[strcmp(name, "stroke") == 0]; }

static int save(const char *path, const WCHAR *document) {
    FILE *file = fopen(path, "w");
    char *text = narrow(document);
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        return failed("fopen", E_FAIL);
    free(text);
    return 1;
}

static WCHAR *load(const char *path) {
    static char text[200000];
    FILE *file = fopen(path, "r");
    text[file == NULL ? 0 : fread(text, 1, sizeof text - 1, file)] = 0;
    if (file != NULL)
        fclose(file);
    return wide(text);
}

static int opened(void) {
    PEER_GROUP_EVENT_REGISTRATION wanted[4] = {{PEER_GROUP_EVENT_STATUS_CHANGED, NULL},
                                               {PEER_GROUP_EVENT_RECORD_CHANGED, NULL},
                                               {PEER_GROUP_EVENT_CONNECTION_FAILED, NULL},
                                               {PEER_GROUP_EVENT_AUTHENTICATION_FAILED, NULL}};
    event = CreateEventW(NULL, FALSE, FALSE, NULL);
    CALL(PeerGroupRegisterEvent, group, event, 4, wanted, &queue);
    printf("ok\n");
    return 1;
}

/* Takes everything out of the queue. */
static void drain(void) {
    PEER_GROUP_EVENT_DATA *data;
    while (PeerGroupGetEventData(queue, &data) == S_OK) {
        if (data->eventType == PEER_GROUP_EVENT_CONNECTION_FAILED)
            not_connected = data->hrConnectionFailedReason;
        else if (data->eventType == PEER_GROUP_EVENT_AUTHENTICATION_FAILED)
            not_connected = PEER_E_NOT_AUTHORIZED;
        PeerFreeData(data);
    }
}

static int wait_for_status(DWORD set, DWORD clear) {
    for (;;) {
        DWORD status;
        drain();
        CALL(PeerGroupGetStatus, group, &status);
        if ((status & set) == set && !(status & clear)) {
            printf("ok %u\n", (unsigned)status);
            return 1;
        }
        if (not_connected)
            return failed("connection", not_connected);
        if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0)
            return failed("status", (HRESULT)status);
    }
}

static int wait_for_count(const GUID *type, ULONG wanted) {
    for (;;) {
        HPEERENUM records;
        ULONG count;
        drain();
        CALL(PeerGroupEnumRecords, group, type, &records);
        CALL(PeerGetItemCount, records, &count);
        CALL(PeerEndEnumeration, records);
        if (count == wanted) {
            printf("ok %u\n", (unsigned)count);
            return 1;
        }
        if (WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0) {
            printf("failed wait at %u\n", (unsigned)count);
            return 0;
        }
    }
}

static void fill(PEER_RECORD *record, const char *text) {
    record->data.pbData = (PBYTE)text;
    record->data.cbData = (ULONG)strlen(text);
}

static int add(const GUID *type, const char *text) {
    PEER_RECORD record = {0};
    GUID id;
    WCHAR shown[40];
    record.dwSize = sizeof record;
    record.type = *type;
    record.ftExpiration = in_one_day();
    fill(&record, text);
    CALL(PeerGroupAddRecord, group, &record, &id);
    StringFromGUID2(&id, shown, 40);
    printf("ok %s\n", narrow(shown));
    return 1;
}

static int change(const GUID *id, const char *text) {
    PEER_RECORD *record;
    CALL(PeerGroupGetRecord, group, id, &record);
    PEER_RECORD changed = *record;
    fill(&changed, text);
    HRESULT result = PeerGroupUpdateRecord(group, &changed);
    PeerFreeData(record);
    if (FAILED(result))
        return failed("PeerGroupUpdateRecord", result);
    printf("ok\n");
    return 1;
}

static int list(const GUID *type) {
    HPEERENUM records;
    PEER_RECORD **items;
    ULONG count = 1000;
    CALL(PeerGroupEnumRecords, group, type, &records);
    CALL(PeerGetNextItem, records, &count, (PVOID **)&items);
    printf("ok");
    for (ULONG i = 0; i < count; i++)
        printf(" %.*s", (int)items[i]->data.cbData, (const char *)items[i]->data.pbData);
    printf("\n");
    PeerFreeData(items);
    CALL(PeerEndEnumeration, records);
    return 1;
}

static int members(void) {
    HPEERENUM all;
    PEER_MEMBER **items;
    ULONG count = 1000;
    CALL(PeerGroupEnumMembers, group, 0, NULL, &all);
    CALL(PeerGetNextItem, all, &count, (PVOID **)&items);
    printf("ok");
    for (ULONG i = 0; i < count; i++)
        printf(" %s", items[i]->pCredentialInfo ? narrow(items[i]->pCredentialInfo->pwzFriendlyName) : "?");
    printf("\n");
    PeerFreeData(items);
    CALL(PeerEndEnumeration, all);
    return 1;
}

/* Connects to the member of that friendly name, at the addresses that it has published. */
static int call(const char *name) {
    HPEERENUM all;
    PEER_MEMBER **items;
    ULONG count = 1000;
    HRESULT result = PEER_E_NOT_FOUND;
    CALL(PeerGroupEnumMembers, group, PEER_MEMBER_PRESENT, NULL, &all);
    CALL(PeerGetNextItem, all, &count, (PVOID **)&items);
    not_connected = S_OK;
    for (ULONG i = 0; i < count; i++)
        if (items[i]->pCredentialInfo && wcscmp(items[i]->pCredentialInfo->pwzFriendlyName, wide(name)) == 0)
            result = PeerGroupConnectByAddress(group, items[i]->cAddresses, items[i]->pAddresses);
    PeerFreeData(items);
    CALL(PeerEndEnumeration, all);
    return FAILED(result) ? failed("call", result) : wait_for_status(PEER_GROUP_STATUS_HAS_CONNECTIONS, 0);
}

static int invite(const char *theirs, const char *file, const char *role_name) {
    PEER_ROLE_ID role = strcmp(role_name, "admin") == 0      ? PEER_GROUP_ROLE_ADMIN
                        : strcmp(role_name, "inviting") == 0 ? PEER_GROUP_ROLE_INVITING_MEMBER
                                                             : PEER_GROUP_ROLE_MEMBER;
    PWSTR invitation;
    CALL(PeerGroupCreateInvitation, group, load(theirs), NULL, 1, &role, &invitation);
    if (save(file, invitation))
        printf("ok\n");
    PeerFreeData(invitation);
    return 1;
}

static int command(char **words, int count) {
    const char *what = words[0];
    GUID id = {0};
    if (count > 1 && words[1][0] == '{')
        CALL(CLSIDFromString, wide(words[1]), &id);
    if (!strcmp(what, "identity") && count == 3) {
        PWSTR xml;
        CALL(PeerIdentityCreate, NULL, wide(words[1]), 0, &identity);
        CALL(PeerIdentityGetXML, identity, &xml);
        if (save(words[2], xml))
            printf("ok %s\n", narrow(identity));
        PeerFreeData(xml);
    } else if (!strcmp(what, "create") && count == 4) {
        PEER_GROUP_PROPERTIES properties = {0};
        properties.dwSize = sizeof properties;
        properties.pwzCreatorPeerName = identity;
        properties.pwzFriendlyName = wide(words[1]);
        properties.pwzCloud = wide(words[2]);
        properties.dwAuthenticationSchemes = PEER_GROUP_GMC_AUTHENTICATION | PEER_GROUP_PASSWORD_AUTHENTICATION;
        properties.pwzGroupPassword = wide(words[3]);
        properties.groupPasswordRole = PEER_GROUP_ROLE_MEMBER;
        CALL(PeerGroupCreate, &properties, &group);
        return opened();
    } else if (!strcmp(what, "open") && count == 2) {
        CALL(PeerGroupOpen, identity, wide(words[1]), NULL, &group);
        return opened();
    } else if (!strcmp(what, "invite") && count == 4) {
        return invite(words[1], words[2], words[3]);
    } else if (!strcmp(what, "password-invitation") && count == 2) {
        PWSTR invitation;
        CALL(PeerGroupCreatePasswordInvitation, group, &invitation);
        if (save(words[1], invitation))
            printf("ok\n");
        PeerFreeData(invitation);
    } else if (!strcmp(what, "join") && count == 2) {
        CALL(PeerGroupJoin, identity, load(words[1]), NULL, &group);
        return opened();
    } else if (!strcmp(what, "password-join") && count == 3) {
        CALL(PeerGroupPasswordJoin, identity, load(words[1]), wide(words[2]), NULL, &group);
        return opened();
    } else if (!strcmp(what, "connect")) {
        not_connected = S_OK;
        CALL(PeerGroupConnect, group);
        return wait_for_status(PEER_GROUP_STATUS_LISTENING, 0);
    } else if (!strcmp(what, "call") && count == 2) {
        return call(words[1]);
    } else if (!strcmp(what, "alone")) {
        return wait_for_status(0, PEER_GROUP_STATUS_HAS_CONNECTIONS);
    } else if (!strcmp(what, "add") && count == 3) {
        return add(kind(words[1]), words[2]);
    } else if (!strcmp(what, "change") && count == 3) {
        return change(&id, words[2]);
    } else if (!strcmp(what, "delete") && count == 2) {
        CALL(PeerGroupDeleteRecord, group, &id);
        printf("ok\n");
    } else if (!strcmp(what, "wait") && count == 3) {
        return wait_for_count(kind(words[1]), (ULONG)atoi(words[2]));
    } else if (!strcmp(what, "list") && count == 2) {
        return list(kind(words[1]));
    } else if (!strcmp(what, "members")) {
        return members();
    } else if (!strcmp(what, "revoke") && count == 2) {
        CALL(PeerxGroupRevokeMember, group, wide(words[1]), NULL, &id);
        printf("ok\n");
    } else if (!strcmp(what, "refusals")) {
        PWSTR refusals;
        CALL(PeerxGroupGetRefusals, group, &refusals);
        char *text = narrow(refusals);
        for (char *end = text; (end = strchr(end, '\n')) != NULL;)
            *end = ';';
        printf("ok %s\n", text);
        PeerFreeData(refusals);
    } else if (!strcmp(what, "close")) {
        CALL(PeerGroupUnregisterEvent, queue);
        CloseHandle(event);
        CALL(PeerGroupClose, group);
        printf("ok\n");
    } else {
        printf("failed command %s\n", what);
    }
    return 1;
}

int main(void) { return steer(PeerGroupStartup, PEER_GROUP_VERSION, PeerGroupShutdown); }
