/* contacts: who is there.
 *
 *     contacts export <file>           writes who I am, for others to add; no secret is in it
 *     contacts watch [<file> ...]      signs in near me, adds the contacts of these files, and prints what they and
 *                                      others near by are doing, until a line (or the end) of input comes
 *
 * A contact is a key, and so a peer name that nobody else can have. Who is near by calls itself whatever it likes; who
 * it is, is known when its data have come over a connection on which that key was proved. What a contact may see of us
 * is our choice (WatcherPermissions).
 */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <p2p.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

static const WCHAR *const STATUS[] = {L"offline", L"out to lunch", L"away",         L"back soon",
                                      L"idle",    L"busy",         L"on the phone", L"online"};

static void Check(HRESULT hr, const WCHAR *what) {
    if (SUCCEEDED(hr))
        return; // PEER_S_SUBSCRIPTION_EXISTS is a success too
    fwprintf(stderr, L"%ls failed: 0x%08x\n", what, (unsigned)hr);
    exit(1);
}

static void Export(const WCHAR *path) {
    PWSTR xml;
    FILE *file;
    Check(PeerCollabExportContact(NULL, &xml), L"PeerCollabExportContact"); // NULL: myself
    if (_wfopen_s(&file, path, L"w") != 0 || file == NULL)
        Check(E_ACCESSDENIED, path);
    fputws(xml, file); // plain ASCII, whatever is in the names
    fclose(file);
    PeerFreeData(xml);
}

static void Add(const WCHAR *path) {
    static WCHAR xml[32768];
    PPEER_CONTACT contact;
    FILE *file;
    size_t length = 0;
    if (_wfopen_s(&file, path, L"r") != 0 || file == NULL)
        Check(HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), path);
    for (wint_t c; (c = fgetwc(file)) != WEOF && length < 32767;)
        xml[length++] = (WCHAR)c;
    fclose(file);
    xml[length] = 0;
    HRESULT hr = PeerCollabAddContact(xml, NULL);
    if (hr != PEER_E_ALREADY_EXISTS)
        Check(hr, L"PeerCollabAddContact");
    Check(PeerCollabParseContact(xml, &contact), L"PeerCollabParseContact"); // stores nothing
    contact->fWatch = TRUE;                                                  // we want to hear of this person,
    contact->WatcherPermissions = PEER_WATCH_ALLOWED;                        // who may hear of us
    Check(PeerCollabUpdateContact(contact), L"PeerCollabUpdateContact");
    PeerFreeData(contact);
}

// Have what somebody shows kept up to date; each change comes as an event. The same endpoint may be asked for again.
static void Watch(const PEER_PEOPLE_NEAR_ME *person) {
    wprintf(L"near: %ls at %ls\n", person->pwzNickName, person->endpoint.pwzEndpointName);
    Check(PeerCollabSubscribeEndpointData(&person->endpoint), L"PeerCollabSubscribeEndpointData");
}

static void WatchAll(void) {
    HPEERENUM people;
    ULONG count = 1000;
    PPEER_PEOPLE_NEAR_ME *found; // an array of pointers, in one block with what they point to
    Check(PeerCollabEnumPeopleNearMe(&people), L"PeerCollabEnumPeopleNearMe");
    Check(PeerGetNextItem(people, &count, (PVOID **)&found), L"PeerGetNextItem");
    for (ULONG i = 0; i < count; i++)
        Watch(found[i]);
    PeerFreeData(found);
    PeerEndEnumeration(people);
}

static void Show(const PEER_COLLAB_EVENT_DATA *event) {
    if (event->eventType == PEER_EVENT_ENDPOINT_PRESENCE_CHANGED) {
        const PEER_EVENT_PRESENCE_CHANGED_DATA *data = &event->presenceChangedData;
        const WCHAR *who = data->pContact ? data->pContact->pwzNickName : L"a stranger";
        const WCHAR *text = data->pPresenceInfo->pwzDescriptiveText;
        wprintf(L"%ls is %ls%ls%ls\n", who, STATUS[data->pPresenceInfo->status & 7], text ? L": " : L"",
                text ? text : L"");
    } else if (event->eventType == PEER_EVENT_PEOPLE_NEAR_ME_CHANGED) {
        const PEER_EVENT_PEOPLE_NEAR_ME_CHANGED_DATA *data = &event->peopleNearMeChangedData;
        if (data->pPeopleNearMe == NULL)
            wprintf(L"I am signed %ls\n", data->changeType == PEER_CHANGE_ADDED ? L"in" : L"out");
        else if (data->changeType == PEER_CHANGE_ADDED)
            Watch(data->pPeopleNearMe);
        else if (data->changeType == PEER_CHANGE_DELETED)
            wprintf(L"gone: %ls\n", data->pPeopleNearMe->pwzNickName);
    }
}

static DWORD WINAPI WaitForLine(void *typed) {
    getwchar();
    SetEvent((HANDLE)typed);
    return 0;
}

int wmain(int argc, WCHAR **argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    Check(PeerCollabStartup(PEER_COLLAB_VERSION), L"PeerCollabStartup");
    if (argc == 3 && wcscmp(argv[1], L"export") == 0) {
        Export(argv[2]);
        Check(PeerCollabShutdown(), L"PeerCollabShutdown");
        return 0;
    }
    if (argc < 2 || wcscmp(argv[1], L"watch") != 0) {
        fwprintf(stderr, L"usage: contacts export <file> | watch [<file> ...]\n");
        return 2;
    }
    for (int i = 2; i < argc; i++)
        Add(argv[i]);

    // First the registration, then the sign-in: so nobody comes unseen.
    HANDLE events[2] = {CreateEventW(NULL, FALSE, FALSE, NULL), CreateEventW(NULL, FALSE, FALSE, NULL)};
    PEER_COLLAB_EVENT_REGISTRATION wanted[] = {{PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, NULL},
                                               {PEER_EVENT_ENDPOINT_PRESENCE_CHANGED, NULL}};
    HPEEREVENT queue;
    Check(PeerCollabRegisterEvent(events[0], 2, wanted, &queue), L"PeerCollabRegisterEvent");
    Check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), L"PeerCollabSignin");
    WatchAll();
    CreateThread(NULL, 0, WaitForLine, events[1], 0, NULL);

    while (WaitForMultipleObjects(2, events, FALSE, INFINITE) == WAIT_OBJECT_0) {
        PPEER_COLLAB_EVENT_DATA event; // several may wait behind one signal
        while (PeerCollabGetEventData(queue, &event) == S_OK) {
            Show(event);
            PeerFreeData(event);
        }
    }
    Check(PeerCollabUnregisterEvent(queue), L"PeerCollabUnregisterEvent");
    Check(PeerCollabSignout(PEER_SIGNIN_NEAR_ME), L"PeerCollabSignout");
    Check(PeerCollabShutdown(), L"PeerCollabShutdown");
    return 0;
}
