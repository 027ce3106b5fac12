/* winsock_service.c - the name space functions: handles of lookups. What is found comes from the functions in
 * peerapi_name_space. */
#include "win32.h"

#include "program_system.h"
#include "winsock.h"
#include "../../include/pnrpns.h"

#include <stdlib.h>
#include <string.h>

struct peerapi_name_space peerapi_name_space;

/* Whether this is about one of the two name spaces: by its name, or for NS_ALL by its service class. 0 or a WSA error
 * number. */
static int check_served(const WSAQUERYSETW *query) {
    const GUID *class = query->lpServiceClassId;
    BOOL ours = query->dwNameSpace == NS_PNRPNAME || query->dwNameSpace == NS_PNRPCLOUD;
    if (query->dwNameSpace == NS_ALL && class) {
        ours = IsEqualGUID(class, &SVCID_PNRPCLOUD) || IsEqualGUID(class, &SVCID_PNRPNAME_V1) ||
               IsEqualGUID(class, &SVCID_PNRPNAME_V2);
    }
    return !ours ? WSASERVICE_NOT_FOUND : ws_start_name_service() ? 0 : WSASYSNOTREADY;
}

/* Lookups. A handle is the address of one of these, good while it is in the list. */

struct result {
    void *block; /* from the name service */
    struct result *next;
};

struct lookup {
    uint64_t number; /* the name service's own */
    unsigned references;
    struct result *kept; /* results whose buffer was too small, oldest first */
    struct lookup *next;
};

static pthread_mutex_t lookups_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lookup *lookups;

static void free_result(struct result *result) {
    if (result) {
        free(result->block);
        free(result);
    }
}

/* The place in the list that holds this handle, or NULL. With the mutex held. */
static struct lookup **place_of(HANDLE handle) {
    for (struct lookup **place = &lookups; *place; place = &(*place)->next) {
        if (*place == handle) {
            return place;
        }
    }
    return NULL;
}

/* With the mutex held. */
static void release(struct lookup *lookup) {
    if (--lookup->references == 0) {
        while (lookup->kept) {
            struct result *result = lookup->kept;
            lookup->kept = result->next;
            free_result(result);
        }
        free(lookup);
    }
}

/* 0 or a WSA error number, as all that follow. */
static int begin(const WSAQUERYSETW *restrictions, DWORD flags, HANDLE *handle) {
    int error = check_served(restrictions);
    if (error || !peerapi_name_space.begin) {
        return error ? error : WSASERVICE_NOT_FOUND;
    }
    struct lookup *lookup = calloc(1, sizeof *lookup);
    if (!lookup) {
        return WSA_NOT_ENOUGH_MEMORY;
    }
    error = peerapi_name_space.begin(restrictions, flags, &lookup->number);
    if (error) {
        free(lookup);
        return error;
    }
    lookup->references = 1;
    pthread_mutex_lock(&lookups_mutex);
    lookup->next = lookups;
    lookups = lookup;
    pthread_mutex_unlock(&lookups_mutex);
    *handle = lookup;
    return 0;
}

/* Takes a result that was kept because it did not fit, else the service's next. */
static int take(struct lookup *lookup, DWORD flags, struct result **taken) {
    pthread_mutex_lock(&lookups_mutex);
    struct result *result = lookup->kept;
    if (result) {
        lookup->kept = result->next;
    }
    pthread_mutex_unlock(&lookups_mutex);
    if (result && flags & LUP_FLUSHPREVIOUS) {
        free_result(result);
        result = NULL;
    }
    if (!result) {
        result = calloc(1, sizeof *result);
        if (!result) {
            return WSA_NOT_ENOUGH_MEMORY;
        }
        int error = peerapi_name_space.next && ws_name_service_runs()
                        ? peerapi_name_space.next(lookup->number, flags, &result->block)
                        : WSASERVICE_NOT_FOUND;
        if (error) {
            free_result(result);
            return error;
        }
    }
    *taken = result;
    return 0;
}

static int next(HANDLE handle, DWORD flags, DWORD *room, void *to, BOOL narrow) {
    struct result *result = NULL;
    pthread_mutex_lock(&lookups_mutex);
    struct lookup **place = place_of(handle), *lookup = place ? *place : NULL;
    if (lookup) {
        lookup->references++;
    }
    pthread_mutex_unlock(&lookups_mutex);
    if (!lookup) {
        return WSA_INVALID_HANDLE;
    }
    int error = take(lookup, flags, &result);
    BOOL keep = FALSE;
    if (!error) {
        size_t size = ws_pack_query_set(result->block, NULL, narrow);
        keep = !to || *room < size;
        if (keep) {
            *room = (DWORD)size;
            error = WSAEFAULT;
        } else {
            ws_pack_query_set(result->block, to, narrow);
        }
    }
    pthread_mutex_lock(&lookups_mutex);
    if (keep) {
        result->next = lookup->kept;
        lookup->kept = result;
        result = NULL;
    }
    release(lookup);
    pthread_mutex_unlock(&lookups_mutex);
    free_result(result);
    return error;
}

/* A result that is kept is news; else the name service knows. */
static int notify(HANDLE handle, HANDLE event) {
    pthread_mutex_lock(&lookups_mutex);
    struct lookup **place = place_of(handle), *lookup = place ? *place : NULL;
    BOOL kept = lookup && lookup->kept;
    uint64_t number = lookup ? lookup->number : 0;
    pthread_mutex_unlock(&lookups_mutex);
    if (!lookup) {
        return WSA_INVALID_HANDLE;
    }
    if (kept) {
        return !event ? 0 : peerapi_program_system.set_event(event) ? WSA_IO_PENDING : WSAEINVAL;
    }
    BOOL served = peerapi_name_space.notify && ws_name_service_runs();
    return served ? peerapi_name_space.notify(number, (uint64_t)(uintptr_t)event) : WSASERVICE_NOT_FOUND;
}

static int control(HANDLE handle, DWORD code, const WSACOMPLETION *completion) {
    if (code != SIO_NSP_NOTIFY_CHANGE) {
        return WSAEOPNOTSUPP;
    }
    if (!completion || completion->Type == NSP_NOTIFY_IMMEDIATELY) {
        return notify(handle, NULL);
    }
    if (completion->Type != NSP_NOTIFY_EVENT) {
        return completion->Type > NSP_NOTIFY_IMMEDIATELY && completion->Type <= NSP_NOTIFY_APC ? WSAEOPNOTSUPP
                                                                                               : WSAEINVAL;
    }
    const WSAOVERLAPPED *overlapped = completion->Parameters.Event.lpOverlapped;
    if (!overlapped)
        return WSAEFAULT;
    return peerapi_program_system.is_event(overlapped->hEvent) ? notify(handle, overlapped->hEvent) : WSAEINVAL;
}

INT WSAAPI WSANSPIoctl(HANDLE handle, DWORD code, LPVOID in, DWORD inSize, LPVOID out, DWORD outSize, LPDWORD returned,
                       LPWSACOMPLETION completion) {
    (void)in, (void)inSize, (void)out, (void)outSize; /* no code has any */
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    if (returned) {
        *returned = 0;
    }
    int error = control(handle, code, completion);
    return error ? ws_fail(error) : 0;
}

INT WSAAPI WSALookupServiceEnd(HANDLE handle) {
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    pthread_mutex_lock(&lookups_mutex);
    struct lookup **place = place_of(handle), *lookup = place ? *place : NULL;
    if (lookup) {
        *place = lookup->next; /* our reference is the list's */
    }
    pthread_mutex_unlock(&lookups_mutex);
    if (!lookup) {
        return ws_fail(WSA_INVALID_HANDLE);
    }
    int error = peerapi_name_space.end && ws_name_service_runs() ? peerapi_name_space.end(lookup->number)
                                                                 : WSASERVICE_NOT_FOUND;
    pthread_mutex_lock(&lookups_mutex);
    release(lookup);
    pthread_mutex_unlock(&lookups_mutex);
    return error ? ws_fail(error) : 0;
}

/* The entry points. */

static INT answer(int error) { return error ? ws_fail(error) : 0; }

/* Narrow queries become wide ones, which look the same but for their strings. */
struct widened {
    WSAQUERYSETW set;
    WCHAR *texts[4];
};

static BOOL widen(const WSAQUERYSETA *from, struct widened *to) {
    const char *texts[] = {from->lpszServiceInstanceName, from->lpszComment, from->lpszContext, from->lpszQueryString};
    BOOL complete = TRUE;
    for (size_t index = 0; index < ARRAYSIZE(texts); index++) {
        to->texts[index] = texts[index] ? w32_utf16_of(texts[index]) : NULL;
        complete = complete && (!texts[index] || to->texts[index]);
    }
    to->set = (WSAQUERYSETW){.dwSize = sizeof to->set,
                             .lpszServiceInstanceName = to->texts[0],
                             .lpServiceClassId = from->lpServiceClassId,
                             .lpVersion = from->lpVersion,
                             .lpszComment = to->texts[1],
                             .dwNameSpace = from->dwNameSpace,
                             .lpNSProviderId = from->lpNSProviderId,
                             .lpszContext = to->texts[2],
                             .dwNumberOfProtocols = from->dwNumberOfProtocols,
                             .lpafpProtocols = from->lpafpProtocols,
                             .lpszQueryString = to->texts[3],
                             .dwNumberOfCsAddrs = from->dwNumberOfCsAddrs,
                             .lpcsaBuffer = from->lpcsaBuffer,
                             .dwOutputFlags = from->dwOutputFlags,
                             .lpBlob = from->lpBlob};
    return complete;
}

static void free_widened(struct widened *set) {
    for (size_t index = 0; index < ARRAYSIZE(set->texts); index++) {
        free(set->texts[index]);
    }
}

/* Nothing but the size is looked at before it is known to be right. */
static int check(const void *set, const void *other) {
    if (!set || !other) {
        return WSAEFAULT;
    }
    return *(const DWORD *)set == sizeof(WSAQUERYSETW) ? 0 : WSAEINVAL;
}

static int set_service(const WSAQUERYSETW *query, WSAESETSERVICEOP operation, DWORD flags) {
    int error = check_served(query);
    if (error || !peerapi_name_space.set_service) {
        return error ? error : WSASERVICE_NOT_FOUND;
    }
    return peerapi_name_space.set_service(query, (int32_t)operation, flags);
}

static int check_operation(const void *query, WSAESETSERVICEOP operation) {
    int error = check(query, query);
    return error || (operation >= RNRSERVICE_REGISTER && operation <= RNRSERVICE_DELETE) ? error : WSAEINVAL;
}

INT WSAAPI WSASetServiceW(LPWSAQUERYSETW query, WSAESETSERVICEOP operation, DWORD flags) {
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    int error = check_operation(query, operation);
    return answer(error ? error : set_service(query, operation, flags));
}

INT WSAAPI WSASetServiceA(LPWSAQUERYSETA query, WSAESETSERVICEOP operation, DWORD flags) {
    struct widened wide;
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    int error = check_operation(query, operation);
    if (!error) {
        error = widen(query, &wide) ? set_service(&wide.set, operation, flags) : WSA_NOT_ENOUGH_MEMORY;
        free_widened(&wide);
    }
    return answer(error);
}

INT WSAAPI WSALookupServiceBeginW(LPWSAQUERYSETW restrictions, DWORD flags, LPHANDLE handle) {
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    int error = check(restrictions, handle);
    return answer(error ? error : begin(restrictions, flags, handle));
}

INT WSAAPI WSALookupServiceBeginA(LPWSAQUERYSETA restrictions, DWORD flags, LPHANDLE handle) {
    struct widened wide;
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    int error = check(restrictions, handle);
    if (!error) {
        error = widen(restrictions, &wide) ? begin(&wide.set, flags, handle) : WSA_NOT_ENOUGH_MEMORY;
        free_widened(&wide);
    }
    return answer(error);
}

INT WSAAPI WSALookupServiceNextW(HANDLE handle, DWORD flags, LPDWORD room, LPWSAQUERYSETW results) {
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    return answer(room ? next(handle, flags, room, results, FALSE) : WSAEFAULT);
}

INT WSAAPI WSALookupServiceNextA(HANDLE handle, DWORD flags, LPDWORD room, LPWSAQUERYSETA results) {
    if (!ws_started()) {
        return SOCKET_ERROR;
    }
    return answer(room ? next(handle, flags, room, results, TRUE) : WSAEFAULT);
}
