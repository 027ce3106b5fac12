/* invite: a program that people can be invited to.
 *
 *     invite register <file>        has this program started, with that file, when an invitation is accepted
 *     invite send <message>         invites the first person near by, and prints the answer
 *     invite launched <file>        what is started: writes who has invited, and with which words, into the file
 *
 * The other side must have registered the same program. Its user is asked (here: `peerapi collab invitations`), and
 * says yes or no. Nothing of the invitation is in the command line of what starts: PeerCollabGetAppLaunchInfo gives it.
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

// By this ID the programs of all who use it know each other.
static const GUID INVITE = {0x6f2a1c5e, 0x97b4, 0x4d0b, {0x8a, 0x31, 0x52, 0xe6, 0x0d, 0x7c, 0x19, 0xf4}};

static void Check(HRESULT hr, const WCHAR *what) {
    if (SUCCEEDED(hr))
        return;
    fwprintf(stderr, L"%ls failed: 0x%08x\n", what, (unsigned)hr);
    exit(1);
}

static void Register(const WCHAR *file) {
    WCHAR program[1024], arguments[1100];
    GetModuleFileNameW(NULL, program, 1024);
    swprintf_s(arguments, 1100, L"launched \"%ls\"", file); // split as Windows splits it, by no shell
    PEER_APPLICATION_REGISTRATION_INFO info = {0};
    info.application.id = INVITE;
    info.application.pwzDescription = L"The sample that invites";
    info.pwzApplicationToLaunch = program;
    info.pwzApplicationArguments = arguments;
    info.dwPublicationScope = PEER_PUBLICATION_SCOPE_ALL;
    PeerCollabUnregisterApplication(&INVITE, PEER_APPLICATION_CURRENT_USER); // an older one, if there is any
    Check(PeerCollabRegisterApplication(&info, PEER_APPLICATION_CURRENT_USER), L"PeerCollabRegisterApplication");
    Check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), L"PeerCollabSignin"); // stays when this program has ended
}

static void Send(WCHAR *message) {
    static const WCHAR *const ANSWER[] = {L"no", L"yes", L"no answer", L"it cannot be started there"};
    HANDLE changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    PEER_COLLAB_EVENT_REGISTRATION people = {PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, NULL};
    HPEEREVENT queue;
    Check(PeerCollabRegisterEvent(changed, 1, &people, &queue), L"PeerCollabRegisterEvent");
    Check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), L"PeerCollabSignin");

    PPEER_PEOPLE_NEAR_ME *found = NULL;
    for (ULONG count = 0; count == 0;) {
        HPEERENUM list;
        Check(PeerCollabEnumPeopleNearMe(&list), L"PeerCollabEnumPeopleNearMe");
        count = 1;
        Check(PeerGetNextItem(list, &count, (PVOID **)&found), L"PeerGetNextItem");
        PeerEndEnumeration(list);
        if (count == 0)
            WaitForSingleObject(changed, INFINITE);
    }

    PEER_INVITATION invitation = {0};
    PPEER_INVITATION_RESPONSE response;
    invitation.applicationId = INVITE;
    invitation.pwzMessage = message;
    wprintf(L"inviting %ls\n", found[0]->pwzNickName);
    // Waits up to five minutes; PeerCollabAsyncInviteEndpoint does not. A contact would be invited by
    // PeerCollabInviteContact, and nobody else could answer.
    Check(PeerCollabInviteEndpoint(&found[0]->endpoint, &invitation, &response), L"PeerCollabInviteEndpoint");
    wprintf(L"%ls\n", ANSWER[response->action & 3]);
    PeerFreeData(response);
    PeerFreeData(found);
    Check(PeerCollabUnregisterEvent(queue), L"PeerCollabUnregisterEvent");
}

static void Launched(const WCHAR *path) {
    PPEER_APP_LAUNCH_INFO info;
    FILE *file;
    Check(PeerCollabGetAppLaunchInfo(&info), L"PeerCollabGetAppLaunchInfo"); // PEER_E_NOT_FOUND when started by hand
    if (_wfopen_s(&file, path, L"w, ccs=UTF-8") != 0 || file == NULL)
        Check(E_ACCESSDENIED, path);
    // Words of somebody else: shown, and never executed.
    fwprintf(file, L"%ls: %ls\n", info->pContact ? info->pContact->pwzNickName : L"a stranger",
             info->pInvitation->pwzMessage);
    fclose(file);
    PeerFreeData(info);
}

int wmain(int argc, WCHAR **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    Check(PeerCollabStartup(PEER_COLLAB_VERSION), L"PeerCollabStartup");
    if (argc == 3 && wcscmp(argv[1], L"register") == 0)
        Register(argv[2]);
    else if (argc == 3 && wcscmp(argv[1], L"send") == 0)
        Send(argv[2]);
    else if (argc == 3 && wcscmp(argv[1], L"launched") == 0)
        Launched(argv[2]);
    else {
        fwprintf(stderr, L"usage: invite register <file> | send <message> | launched <file>\n");
        return 2;
    }
    Check(PeerCollabShutdown(), L"PeerCollabShutdown");
    return 0;
}
