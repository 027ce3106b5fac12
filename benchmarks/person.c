/* person: one program of one user who is signed in near me. It obeys commands, and answers each with a line of JSON:
 *
 *     signin                       the first call that needs a host, which starts one
 *     calls <count>                calls that the host answers
 *     meet                         wait for somebody near by, and watch them
 *     show <count> <interval us>   change the own presence so many times; the text says when
 *     seen <count>                 wait for so many changes there, and say how long each was on its way
 *     quit
 */
#include "bench.h"

#include <stdbool.h>
#include <winsock2.h>
#include <windows.h>
#include <p2p.h>

static HANDLE signal_;
static HPEEREVENT queue;

static void check(HRESULT hr, const char *what) {
    if (FAILED(hr)) {
        fprintf(stderr, "%s: 0x%08x\n", what, (unsigned)hr);
        exit(1);
    }
}

static PEER_COLLAB_EVENT_DATA *next_event(void) {
    PEER_COLLAB_EVENT_DATA *event;
    while (PeerCollabGetEventData(queue, &event) != S_OK)
        WaitForSingleObject(signal_, INFINITE); // whoever drives us has a time limit, and kills
    return event;
}

static void sign_in(void) {
    PEER_COLLAB_EVENT_REGISTRATION kinds[] = {{PEER_EVENT_PEOPLE_NEAR_ME_CHANGED, NULL},
                                              {PEER_EVENT_ENDPOINT_PRESENCE_CHANGED, NULL},
                                              {PEER_EVENT_REQUEST_STATUS_CHANGED, NULL}};
    signal_ = CreateEventW(NULL, FALSE, FALSE, NULL);
    check(PeerCollabStartup(PEER_COLLAB_VERSION), "PeerCollabStartup");
    int64_t begun = now_ns();
    check(PeerCollabRegisterEvent(signal_, 3, kinds, &queue), "PeerCollabRegisterEvent"); // here the host starts
    int64_t ready = now_ns();
    check(PeerCollabSignin(NULL, PEER_SIGNIN_NEAR_ME), "PeerCollabSignin");
    printf("{\"ready_ms\": %.2f, \"signed_in_ms\": %.2f}\n", (double)(ready - begun) / 1e6,
           (double)(now_ns() - begun) / 1e6);
}

static void calls(size_t count) {
    int64_t *times = allocate(count, sizeof *times);
    for (size_t i = 0; i < count; i++) {
        PEER_PRESENCE_INFO *presence;
        int64_t begun = now_ns();
        check(PeerCollabGetPresenceInfo(NULL, &presence), "PeerCollabGetPresenceInfo");
        times[i] = now_ns() - begun;
        PeerFreeData(presence);
    }
    sort_ns(times, count);
    printf("{\"p50_us\": %.1f, \"p99_us\": %.1f}\n", percentile_us(times, count, 50), percentile_us(times, count, 99));
    free(times);
}

static void meet(void) {
    for (bool watched = false, heard = false; !heard;) {
        PEER_COLLAB_EVENT_DATA *event = next_event();
        if (event->eventType == PEER_EVENT_PEOPLE_NEAR_ME_CHANGED && !watched) {
            const PEER_PEOPLE_NEAR_ME *person = event->peopleNearMeChangedData.pPeopleNearMe;
            if (person != NULL) {
                check(PeerCollabSubscribeEndpointData(&person->endpoint), "PeerCollabSubscribeEndpointData");
                watched = true;
            }
        } else if (event->eventType == PEER_EVENT_REQUEST_STATUS_CHANGED) {
            check(event->requestStatusChangedData.hrChange, "watching");
            heard = true;
        }
        PeerFreeData(event);
    }
    printf("{}\n");
}

static void show(size_t count, int64_t interval_us) {
    int64_t due = now_ns();
    for (size_t i = 0; i < count; i++, due += interval_us * 1000) {
        WCHAR text[32];
        char digits[32];
        sleep_until(due);
        snprintf(digits, sizeof digits, "%lld", (long long)now_ns());
        MultiByteToWideChar(CP_UTF8, 0, digits, -1, text, 32);
        PEER_PRESENCE_INFO presence = {PEER_PRESENCE_BUSY, text};
        check(PeerCollabSetPresenceInfo(&presence), "PeerCollabSetPresenceInfo");
    }
    printf("{}\n");
}

static void seen(size_t count) {
    int64_t *times = allocate(count, sizeof *times);
    for (size_t i = 0; i < count;) {
        PEER_COLLAB_EVENT_DATA *event = next_event();
        int64_t now = now_ns();
        if (event->eventType == PEER_EVENT_ENDPOINT_PRESENCE_CHANGED) {
            const WCHAR *text = event->presenceChangedData.pPresenceInfo->pwzDescriptiveText;
            int64_t shown = 0;
            for (; text != NULL && *text != 0; text++)
                shown = shown * 10 + (*text - '0');
            if (shown != 0)
                times[i++] = now - shown;
        }
        PeerFreeData(event);
    }
    sort_ns(times, count);
    printf("{\"p50_us\": %.1f, \"p99_us\": %.1f}\n", percentile_us(times, count, 50), percentile_us(times, count, 99));
    free(times);
}

int main(void) {
    char line[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char command[16] = "";
        long long first = 0, second = 0;
        sscanf(line, "%15s %lld %lld", command, &first, &second);
        if (strcmp(command, "signin") == 0)
            sign_in();
        else if (strcmp(command, "calls") == 0)
            calls((size_t)first);
        else if (strcmp(command, "meet") == 0)
            meet();
        else if (strcmp(command, "show") == 0)
            show((size_t)first, second);
        else if (strcmp(command, "seen") == 0)
            seen((size_t)first);
        else
            break;
    }
    check(PeerCollabSignout(PEER_SIGNIN_ALL), "PeerCollabSignout");
    check(PeerCollabShutdown(), "PeerCollabShutdown");
    return 0;
}
