/* invited.h: how people near by come to a board. Read invite.c first.
 *
 * Whoever has registered the board can be invited to one. The program is started when its user has said yes, and gets
 * the way to the graph as data of the invitation: <graphId>@[<address>]:<port>. `peerapi whiteboard` uses the same ID
 * and the same words.
 */
static const GUID BOARD = {0x3e0c5b7a, 0x91d4, 0x4f0e, {0xa8, 0x52, 0x6d, 0x1f, 0xc0, 0x39, 0x77, 0xb0}};

// Have this program started, with that file and under that name, when an invitation is accepted.
static void RegisterBoard(PCWSTR file, PCWSTR peerId) {
    WCHAR program[1024], arguments[1400];
    GetModuleFileNameW(NULL, program, 1024);
    swprintf_s(arguments, 1400, L"\"%ls\" invited \"%ls\"", file, peerId);
    PEER_APPLICATION_REGISTRATION_INFO info = {0};
    info.application.id = BOARD;
    info.application.pwzDescription = L"Whiteboard";
    info.pwzApplicationToLaunch = program;
    info.pwzApplicationArguments = arguments;
    info.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    Check(PeerCollabStartup(PEER_COLLAB_VERSION), L"PeerCollabStartup");
    PeerCollabUnregisterApplication(&BOARD, PEER_APPLICATION_CURRENT_USER); // an older one, if there is any
    Check(PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER), L"PeerCollabRegisterApplication");
    Check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), L"PeerCollabSignin"); // stays when this program has ended
    Check(PeerCollabShutdown(), L"PeerCollabShutdown");
}

// Where the invitation leads. It comes from somebody else: what is not as it should be is not used.
static void ReadInvitation(WCHAR *graphId, WCHAR *host, WCHAR *port) { // 256, 64 and 8 characters
    PPEER_APP_LAUNCH_INFO info;
    char words[512] = "", fields[3][256] = {"", "", ""};
    Check(PeerCollabStartup(PEER_COLLAB_VERSION), L"PeerCollabStartup");
    Check(PeerCollabGetAppLaunchInfo(&info), L"PeerCollabGetAppLaunchInfo"); // PEER_E_NOT_FOUND when started by hand
    PEER_DATA *data = &info->pInvitation->applicationData;
    memcpy(words, data->pbData, min(data->cbData, sizeof words - 1));
    PeerFreeData(info);
    Check(PeerCollabShutdown(), L"PeerCollabShutdown");
    if (sscanf(words, "%255[^@]@[%63[0-9a-fA-F:.]]:%5[0-9]", fields[0], fields[1], fields[2]) != 3)
        Check(E_INVALIDARG, L"reading the invitation");
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, fields[0], -1, graphId, 256);
    MultiByteToWideChar(CP_UTF8, 0, fields[1], -1, host, 64);
    MultiByteToWideChar(CP_UTF8, 0, fields[2], -1, port, 8);
}

// Invite everybody near by; each says yes or no on their own, and comes in.
static void InviteEverybody(PCWSTR graphId, const SOCKADDR_IN6 *own) {
    static BOOL signedIn;
    HPEERENUM people;
    PPEER_PEOPLE_NEAR_ME *found;
    ULONG count = 1000;
    char host[64] = "", data[512], name[256] = "";
    if (!signedIn)
        Check(PeerCollabStartup(PEER_COLLAB_VERSION), L"PeerCollabStartup");
    signedIn = TRUE;
    Check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), L"PeerCollabSignin");
    inet_ntop(AF_INET6, &own->sin6_addr, host, sizeof host);
    WideCharToMultiByte(CP_UTF8, 0, graphId, -1, name, sizeof name, NULL, NULL);
    PEER_INVITATION invitation = {.applicationId = BOARD, .pwzMessage = L"Draw with me"};
    invitation.applicationData.pbData = (PBYTE)data;
    invitation.applicationData.cbData = (ULONG)snprintf(data, sizeof data, "%s@[%s]:%u", name, host,
                                                        ntohs(own->sin6_port));

    Check(PeerCollabEnumPeopleNearMe(&people), L"PeerCollabEnumPeopleNearMe");
    Check(PeerGetNextItem(people, &count, (PVOID **)&found), L"PeerGetNextItem");
    for (ULONG i = 0; i < count; i++) {
        HANDLE handle; // to be closed when nobody is to come any more: so, at the end of this program
        if (SUCCEEDED(PeerCollabAsyncInviteEndpoint(&found[i]->endpoint, &invitation, NULL, &handle)))
            wprintf(L"* invited %ls\n", found[i]->pwzNickName);
    }
    if (count == 0)
        wprintf(L"* nobody is near by\n");
    PeerFreeData(found);
    PeerEndEnumeration(people);
}
