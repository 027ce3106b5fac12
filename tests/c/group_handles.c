/*
 * The same as peer_handles.c with handles of groups, of names that are published and of searches.
 *
 *     group_handles ROUNDS
 */
#include "handle_race.h"

static PVOID volatile groups[2], members[2], records[2], registrations[2], events[2], names[2], searches[2];
static PWSTR identity, group_names[2];
static PCWSTR const PUBLISHED[2] = {L"0.one", L"0.two"};
static WCHAR cloud[] = L"Loopback_";

static void open_group(unsigned which) {
    HGROUP group = NULL;
    HRESULT result = PeerGroupOpen(identity, group_names[which], cloud, &group);
    ANSWERED(result);
    if (result == S_OK)
        end(&groups[which], group, PeerGroupClose);
}

static void get(HGROUP group, const GUID *id) {
    PEER_RECORD *record = NULL;
    HRESULT result = PeerGroupGetRecord(group, id, &record);
    ANSWERED(result);
    if (result == S_OK)
        PeerFreeData(record);
}

static void add(HGROUP group) {
    PEER_RECORD record = short_record();
    GUID id;
    HRESULT result = PeerGroupAddRecord(group, &record, &id);
    ANSWERED(result);
    if (result == S_OK)
        get(group, &id);
}

static void begin_enumeration(HGROUP group, unsigned which) {
    HPEERENUM made = NULL;
    HRESULT result = which ? PeerGroupEnumRecords(group, &TYPE, &made) : PeerGroupEnumMembers(group, 0, NULL, &made);
    ANSWERED(result);
    if (result == S_OK)
        end(which ? &records[which] : &members[which], made, PeerEndEnumeration);
}

static void next_items(HPEERENUM enumeration) {
    ULONG count = 5;
    PVOID *items = NULL;
    HRESULT result = PeerGetNextItem(enumeration, &count, &items);
    ANSWERED(result);
    if (result == S_OK && items)
        PeerFreeData(items);
}

static void register_for_events(HGROUP group, unsigned which) {
    PEER_GROUP_EVENT_REGISTRATION wanted = {PEER_GROUP_EVENT_RECORD_CHANGED, NULL};
    HPEEREVENT made = NULL;
    HRESULT result = PeerGroupRegisterEvent(group, seen(&events[which]), 1, &wanted, &made);
    ANSWERED(result);
    if (result == S_OK)
        end(&registrations[which], made, PeerGroupUnregisterEvent);
}

static void take_event(HPEEREVENT registration, HGROUP group) {
    PPEER_GROUP_EVENT_DATA data = NULL;
    HRESULT result = PeerGroupGetEventData(registration, &data);
    ANSWERED(result);
    if (result == S_OK) {
        if (data->eventType == PEER_GROUP_EVENT_RECORD_CHANGED)
            get(group, &data->recordChangeData.recordId);
        PeerFreeData(data);
    }
}

static void publish(unsigned which) {
    PEER_PNRP_REGISTRATION_INFO info;
    HREGISTRATION made = NULL;
    memset(&info, 0, sizeof info);
    info.pwzCloudName = cloud;
    info.cAddresses = PEER_PNRP_AUTO_ADDRESSES;
    info.wPort = 4000;
    HRESULT result = PeerPnrpRegister(PUBLISHED[which], &info, &made);
    ANSWERED(result);
    if (result == S_OK)
        end(&names[which], made, PeerPnrpUnregister);
}

static void search(unsigned which) {
    HRESOLUTION made = NULL;
    HRESULT result = PeerPnrpStartResolve(PUBLISHED[which], cloud, 1, seen(&events[which]), &made);
    ANSWERED(result);
    if (result == S_OK)
        end(&searches[which], made, PeerPnrpEndResolve);
}

static void take_endpoint(HRESOLUTION searched) {
    PPEER_PNRP_ENDPOINT_INFO found = NULL;
    HRESULT result = PeerPnrpGetEndpoint(searched, &found);
    ANSWERED(result);
    if (result == S_OK)
        PeerFreeData(found);
}

static DWORD WINAPI play(LPVOID seed) {
    unsigned which, state = first_state(seed);
    for (int round = 0; round < rounds; round++) {
        unsigned next = draw(&state, &which);
        PVOID group = seen(&groups[which]);
        switch (next) {
        case 0:
            end(&groups[which], NULL, PeerGroupClose);
            break;
        case 1:
            open_group(which);
            break;
        case 2:
            begin_enumeration(group, which);
            break;
        case 3:
            next_items(seen(which ? &records[which] : &members[which]));
            break;
        case 4:
            end(which ? &records[which] : &members[which], NULL, PeerEndEnumeration);
            break;
        case 5:
            register_for_events(group, which);
            break;
        case 6:
            take_event(seen(&registrations[which]), group);
            break;
        case 7:
            ANSWERED(PeerGroupUnregisterEvent(seen(&registrations[which])));
            break;
        case 8:
            exchange_event(&events[which], which);
            break;
        case 9:
            publish(which);
            break;
        case 10:
            ANSWERED(PeerPnrpUnregister(seen(&names[which])));
            break;
        case 11:
            search(which);
            break;
        case 12:
            take_endpoint(seen(&searches[which]));
            break;
        case 13:
            ANSWERED(PeerPnrpEndResolve(seen(&searches[which])));
            break;
        default:
            if (!group)
                open_group(which);
            else
                add(group);
        }
    }
    return 0;
}

static void found(unsigned which) {
    PEER_GROUP_PROPERTIES wanted, *made;
    HGROUP group = NULL;
    memset(&wanted, 0, sizeof wanted);
    wanted.dwSize = sizeof wanted;
    wanted.pwzCreatorPeerName = identity;
    wanted.pwzCloud = cloud;
    ANSWERED(PeerGroupCreate(&wanted, &group));
    ANSWERED(PeerGroupGetProperties(group, &made));
    group_names[which] = made->pwzGroupPeerName; /* kept as long as the program runs */
    put(&groups[which], group);
    exchange_event(&events[which], which);
}

int main(int argc, char **argv) {
    PEER_VERSION_DATA version;
    rounds = argc == 2 ? atoi(argv[1]) : 100;
    ANSWERED(PeerGroupStartup(PEER_GROUP_VERSION, &version));
    ANSWERED(PeerPnrpStartup(PNRP_VERSION));
    ANSWERED(PeerIdentityCreate(NULL, L"me", 0, &identity));
    found(0);
    found(1);
    play_all(play);
    for (unsigned which = 0; which < 2; which++) {
        end(&groups[which], NULL, PeerGroupClose);
        CloseHandle(put(&events[which], NULL));
    }
    HRESULT named = PeerPnrpShutdown(), grouped = PeerGroupShutdown();
    printf("%ld done, %ld refused, %08x\n", (long)done, (long)refused, (unsigned)(named | grouped));
    return done < THREADS * rounds / 8 || named != S_OK || grouped != S_OK;
}
