/* group_chat: a chat among people who were invited. Read graph_chat.c first: a group is a graph with members.
 *
 *     group_chat me     <name> <identityFile>              1. makes an identity, and a file about it that is no secret
 *     group_chat create <name> <group> [cloud]             2. founds a group, or comes back to it, and chats
 *        /invite <identityFile> <invitationFile>           3. typed in the chat: makes the owner of that identity a
 *                                                             member
 *     group_chat join   <name> <invitationFile>            4. enters with the invitation, the first time and later
 *
 * Files go from one person to the other by mail or on a stick. Nobody has to keep them secret: an identity is a public
 * key, and an invitation is worth something only to who has the private half. What has to be safe is that the mail is
 * not changed on the way from a friend to who invites, for whoever invites a stranger's identity has invited a
 * stranger.
 *
 * Nobody else takes part: members prove to each other that a chain of invitations leads from the founder to them, all
 * between them is encrypted, and every line is signed by its author. Members find each other by the group's name,
 * without a server; the cloud says where it is known: the whole Internet unless something else is said, "Loopback_"
 * only on this machine. /who lists the members, /quit leaves.
 */
#include "console.h" // checking, the keyboard, the time

static HGROUP group;
static HPEEREVENT events;
static HANDLE groupReady; // set when the queue behind `events` is not empty any more
static BOOL listening;    // we are in the group, and hold what the others hold

static const GUID CHAT_LINE = {
    0xb6c1f0de, 0x2a53, 0x4c7e, {0x9d, 0x10, 0x5e, 0x0b, 0x7a, 0x44, 0xc3, 0x18}}; // as in graph_chat

// Identities and groups of this user are lists of two names each: the peer name, which is unique and stands for a key,
// and the friendly name, which is for people. Returns the peer name to a friendly one, NULL if there is none.
static PWSTR Find(HPEERENUM list, PCWSTR friendly) {
    PWSTR found = NULL;
    for (ULONG count = 1; count > 0;) {
        PEER_NAME_PAIR **pair;
        count = 1;
        Check(PeerGetNextItem(list, &count, (PVOID **)&pair), L"PeerGetNextItem");
        if (count && !found && wcscmp(pair[0]->pwzFriendlyName, friendly) == 0)
            found = _wcsdup(pair[0]->pwzPeerName);
        PeerFreeData(pair);
    }
    Check(PeerEndEnumeration(list), L"PeerEndEnumeration");
    return found;
}

static PWSTR Identity(PCWSTR name) { // 1. makes a key pair the first time; it stays on this machine
    HPEERENUM list;
    Check(PeerEnumIdentities(&list), L"PeerEnumIdentities");
    PWSTR identity = Find(list, name);
    if (!identity)
        Check(PeerIdentityCreate(NULL, name, 0, &identity), L"PeerIdentityCreate");
    return identity;
}

static void Save(PCWSTR path, PCWSTR document) { // identities and invitations are XML; we need not read it
    FILE *file = _wfopen(path, L"w, ccs=UTF-8");
    if (!file || fputws(document, file) < 0 || fclose(file) != 0)
        Check(E_ACCESSDENIED, path);
    wprintf(L"* written: %ls\n", path);
}

static PWSTR Load(PCWSTR path) {
    enum { MOST = 100000 };
    PWSTR document = calloc(MOST, sizeof(WCHAR));
    FILE *file = _wfopen(path, L"r, ccs=UTF-8");
    if (!file || !document)
        Check(E_INVALIDARG, path);
    for (int length = 0; fgetws(document + length, MOST - length, file); length += (int)wcslen(document + length)) {
    }
    fclose(file);
    return document;
}

static void Create(PWSTR identity, PWSTR friendly, PWSTR cloud) { // 2.
    HPEERENUM list;
    Check(PeerEnumGroups(identity, &list), L"PeerEnumGroups");
    PCWSTR known = Find(list, friendly);
    if (known) { // founded on another day
        Check(PeerGroupOpen(identity, known, cloud, &group), L"PeerGroupOpen");
        return;
    }
    PEER_GROUP_PROPERTIES properties = {0}; // the group gets a key pair of its own, and its name from it
    properties.dwSize = sizeof properties;
    properties.pwzCreatorPeerName = identity;
    properties.pwzFriendlyName = friendly;
    properties.pwzCloud = cloud;
    Check(PeerGroupCreate(&properties, &group), L"PeerGroupCreate");
}

static void Join(PCWSTR identity, PCWSTR path) { // 4.
    PWSTR invitation = Load(path);
    PEER_INVITATION_INFO *info;
    Check(PeerGroupParseInvitation(invitation, &info), L"PeerGroupParseInvitation");
    wprintf(L"* %ls, invited by %ls\n", info->pwzGroupFriendlyName, info->pwzIssuerFriendlyName);

    HRESULT hr = PeerGroupOpen(identity, info->pwzGroupPeerName, NULL, &group);
    if (hr == PEER_E_NOT_FOUND)
        hr = PeerGroupJoin(identity, invitation, NULL, &group); // the first time
    Check(hr, L"joining");
    PeerFreeData(info);
    free(invitation);
}

static void Connect(void) {
    PEER_GROUP_EVENT_REGISTRATION wanted[] = {
        {PEER_GROUP_EVENT_STATUS_CHANGED, NULL},
        {PEER_GROUP_EVENT_RECORD_CHANGED, (GUID *)&CHAT_LINE},
        {PEER_GROUP_EVENT_MEMBER_CHANGED, NULL},
        {PEER_GROUP_EVENT_CONNECTION_FAILED, NULL},
    };
    groupReady = CreateEventW(NULL, FALSE, FALSE, NULL); // auto-reset: a wait that succeeds resets it
    CheckWin32(groupReady != NULL, L"CreateEvent");
    Check(PeerGroupRegisterEvent(group, groupReady, 4, wanted, &events), L"PeerGroupRegisterEvent");
    Check(PeerGroupConnect(group), L"PeerGroupConnect"); // founders, too: somebody has to be the first to listen
}

static void Invite(char *arguments) { // 3. typed are two names of files
    WCHAR line[sizeof typed], *rest, *theirs, *ours;
    MultiByteToWideChar(CP_UTF8, 0, arguments, -1, line, sizeof typed);
    theirs = wcstok_s(line, L" ", &rest);
    ours = wcstok_s(NULL, L" ", &rest);
    if (!ours) {
        wprintf(L"* /invite <identityFile> <invitationFile>\n");
        return;
    }
    PWSTR identity = Load(theirs), invitation;
    PEER_ROLE_ID role = PEER_GROUP_ROLE_MEMBER; // an ADMIN could invite others and delete their lines
    HRESULT hr = PeerGroupCreateInvitation(group, identity, NULL, 1, &role, &invitation);
    free(identity);
    if (hr == PEER_E_NOT_AUTHORIZED) {
        wprintf(L"* only administrators invite\n");
        return;
    }
    Check(hr, L"PeerGroupCreateInvitation");
    Save(ours, invitation);
    PeerFreeData(invitation);
}

// Whoever was invited was invited under a name, and the invitation is signed: nobody can call himself what he likes.
static PCWSTR Name(const PEER_MEMBER *member) {
    return member->pCredentialInfo ? member->pCredentialInfo->pwzFriendlyName : member->pwzIdentity;
}

static void PrintMembers(PCWSTR identity, PCWSTR before, PCWSTR after) { // one, or all for NULL
    HPEERENUM members;
    PEER_MEMBER **member;
    ULONG count = 1000; // in: at most so many; out: so many are there
    Check(PeerGroupEnumMembers(group, 0, identity, &members), L"PeerGroupEnumMembers");
    Check(PeerGetNextItem(members, &count, (PVOID **)&member), L"PeerGetNextItem");
    for (ULONG i = 0; i < count; i++)
        wprintf(L"%ls%ls%ls", before, Name(member[i]), after);
    PeerFreeData(member);
    Check(PeerEndEnumeration(members), L"PeerEndEnumeration");
}

static void Say(const char *line) {
    WCHAR text[sizeof typed]; // UTF-16 never has more units than UTF-8 has bytes
    int length = MultiByteToWideChar(CP_UTF8, 0, line, (int)strlen(line), text, sizeof typed);
    if (length == 0)
        return;
    PEER_RECORD record = {0}; // the group fills in the rest, and signs it in our name
    record.dwSize = sizeof record;
    record.type = CHAT_LINE;
    record.ftExpiration = Tomorrow();
    record.data.cbData = (ULONG)length * sizeof(WCHAR);
    record.data.pbData = (PBYTE)text;
    GUID id;
    Check(PeerGroupAddRecord(group, &record, &id), L"PeerGroupAddRecord");
}

static void ShowLine(const GUID *id) {
    PEER_RECORD *record;
    HRESULT hr = PeerGroupGetRecord(group, id, &record);
    if (hr == PEER_E_RECORD_NOT_FOUND)
        return; // deleted or expired since the event was queued
    Check(hr, L"PeerGroupGetRecord");
    PWSTR text = (PWSTR)record->data.pbData; // by a member, and maybe hostile all the same
    int length = (int)(record->data.cbData / sizeof(WCHAR));
    for (int i = 0; i < length; i++)
        if (text[i] < L' ' || text[i] == 0x7f)
            text[i] = L'?';
    PrintMembers(record->pwzCreatorId, L"", L": ");
    wprintf(L"%.*ls\n", length, text);
    PeerFreeData(record);
}

static void HandleEvents(void) {
    PEER_GROUP_EVENT_DATA *event;
    HRESULT hr;
    while (Check(hr = PeerGroupGetEventData(events, &event), L"PeerGroupGetEventData"), hr != PEER_S_NO_EVENT_DATA) {
        switch (event->eventType) {
        case PEER_GROUP_EVENT_STATUS_CHANGED:
            if (!listening && event->dwStatus & PEER_GROUP_STATUS_LISTENING)
                wprintf(L"* in the group\n");
            listening |= event->dwStatus & PEER_GROUP_STATUS_LISTENING;
            break;
        case PEER_GROUP_EVENT_RECORD_CHANGED:
            if (event->recordChangeData.changeType == PEER_RECORD_ADDED)
                ShowLine(&event->recordChangeData.recordId);
            break;
        case PEER_GROUP_EVENT_MEMBER_CHANGED:
            if (event->memberChangeData.changeType == PEER_MEMBER_JOINED)
                PrintMembers(event->memberChangeData.pwzIdentity, L"* new member: ", L"\n");
            break;
        default: // CONNECTION_FAILED: nobody is there, or nobody lets us in
            Check(event->hrConnectionFailedReason, L"connecting");
        }
        PeerFreeData(event);
    }
}

int wmain(int argc, wchar_t **argv) {
    PEER_VERSION_DATA version;
    Check(PeerGroupStartup(PEER_GROUP_VERSION, &version), L"PeerGroupStartup");
    PWSTR identity = argc >= 4 ? Identity(argv[2]) : NULL;
    if (argc == 4 && wcscmp(argv[1], L"me") == 0) {
        PWSTR document;
        Check(PeerIdentityGetXML(identity, &document), L"PeerIdentityGetXML"); // the public half only
        Save(argv[3], document);
        PeerFreeData(document);
        return 0;
    }
    if ((argc == 4 || argc == 5) && wcscmp(argv[1], L"create") == 0)
        Create(identity, argv[3], argv[4]); // argv ends with a NULL: no cloud is the default one
    else if (argc == 4 && wcscmp(argv[1], L"join") == 0)
        Join(identity, argv[3]);
    else {
        fwprintf(stderr, L"group_chat me     <name> <identityFile>\n"
                         L"group_chat create <name> <group> [cloud]\n"
                         L"group_chat join   <name> <invitationFile>\n");
        return 2;
    }
    Connect();
    StartReading("/quit");
    for (;;) {
        HANDLE both[] = {groupReady, lineReady};
        fflush(stdout); // somebody may be reading us through a pipe
        if (WaitForMultipleObjects(listening ? 2 : 1, both, FALSE, INFINITE) == WAIT_OBJECT_0) {
            HandleEvents();
            continue;
        }
        if (strcmp(typed, "/quit") == 0)
            break;
        else if (strncmp(typed, "/invite ", 8) == 0)
            Invite(typed + 8);
        else if (strcmp(typed, "/who") == 0)
            PrintMembers(NULL, L"* member: ", L"\n");
        else
            Say(typed);
        SetEvent(lineTaken); // the reader may overwrite the line now
    }
    Check(PeerGroupUnregisterEvent(events), L"PeerGroupUnregisterEvent");
    CloseHandle(groupReady);
    Check(PeerGroupClose(group), L"PeerGroupClose"); // the group goes on without us, and we may come back
    return PeerGroupShutdown() == S_OK ? 0 : 1;
}
