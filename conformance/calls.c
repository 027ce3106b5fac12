/* calls.c - every function of a table, called with good arguments and with one of them wrong: the code, and what
 * the outputs hold. */
#include "peers.h"

#define MOST 8

/* A pattern for outputs that no function would give. */
#define UNTOUCHED 0x5A5AA5A5A5A55A5AULL

int function_is(const FUNCTION *function, const char *name) { return strcmp(function->name, name) == 0; }

const FUNCTION *function_named(const char *name) {
    const FUNCTION *tables[6];
    int i;
    tables[0] = functions_graph;
    tables[1] = functions_group;
    tables[2] = functions_identity;
    tables[3] = functions_pnrp;
    tables[4] = functions_common;
    tables[5] = functions_collab;
    for (i = 0; i < 6; i++) {
        const FUNCTION *function;
        for (function = tables[i]; function->name; function++)
            if (strcmp(function->name, name) == 0)
                return function;
    }
    return NULL;
}

void *output(void) {
    ULONGLONG *room = keep(8 * sizeof *room);
    int i;
    for (i = 0; i < 8; i++)
        room[i] = UNTOUCHED;
    return room;
}

void *kept(const void *value, size_t size) { return memcpy(keep(size), value, size); }

void common_argument(const char *name, ARG *argument) {
    FILETIME time = filetime_of(now());
    if (strcmp(name, "pRecordType") == 0 || strcmp(name, "pType") == 0)
        argument->pointer = kept(&NOTE_TYPE, sizeof NOTE_TYPE);
    if (strcmp(name, "pwzCriteria") == 0)
        argument->pointer = L"<peersearch><clause attrib=\"a\" type=\"string\">x</clause></peersearch>";
    if (strcmp(name, "pwzFilePath") == 0)
        argument->pointer = new_path("export");
    if (strncmp(name, "pft", 3) == 0)
        argument->pointer = kept(&time, sizeof time);
    if (strcmp(name, "pvData") == 0)
        argument->pointer = kept("data", 4);
    if (strcmp(name, "cbData") == 0)
        argument->number = 4;
}

static int is_output(char kind) { return kind == 'B' || kind == 'H' || kind == 's'; }

/* Good arguments for one call; 0 when there are none. */
static int arguments(const SUPPLY *supply, const FUNCTION *function, ARG *made) {
    int i;
    for (i = 0; i < function->count; i++) {
        made[i].number = 0;
        if (is_output(function->params[i].kind))
            made[i].pointer = output();
        else if (!supply->good(function, i, &made[i]))
            return 0;
    }
    return 1;
}

static int is_guess(const FUNCTION *function, int index) { return function->params[index].optional == 2; }

/* What the outputs hold after a call that has failed. That is nowhere on a page, but for one sentence about
 * PeerIdentityCreate. */
static void check_outputs(const FUNCTION *function, const ARG *made, const char *after) {
    int i;
    page(function->name);
    guess("outputs-of-a-failed-call");
    for (i = 0; i < function->count; i++) {
        const PARAM *param = &function->params[i];
        if (!made[i].pointer || !is_output(param->kind))
            continue;
        if (param->kind == 'B')
            fact(*(void **)made[i].pointer == NULL, "%s is NULL after %s", param->name, after);
        else
            fact(*(ULONGLONG *)made[i].pointer == UNTOUCHED, "%s is left alone after %s", param->name, after);
    }
    page(function->name);
}

void calls_succeed(const SUPPLY *supply) {
    const FUNCTION *function;
    ARG made[MOST];
    for (function = supply->functions; function->name; function++) {
        HRESULT result;
        if (!step(function->name) || !arguments(supply, function, made))
            continue;
        page(function->name);
        result = function->call(made);
        if (gives(result, S_OK, "good arguments"))
            supply->undo(function, made);
    }
}

void calls_without_pointers(const SUPPLY *supply) {
    const FUNCTION *function;
    ARG made[MOST];
    for (function = supply->functions; function->name; function++) {
        int i;
        for (i = 0; i < function->count; i++) {
            const PARAM *param = &function->params[i];
            char after[80];
            HRESULT result;
            if (param->kind == 'h' || param->kind == 'n' || !step(function->name) || !arguments(supply, function, made))
                continue;
            page(function->name);
            if (made[i].pointer == NULL)
                continue; /* the good arguments leave it out already */
            made[i].pointer = NULL;
            if (is_guess(function, i))
                guess("what-may-be-null");
            result = function->call(made);
            if (param->optional) {
                fact(SUCCEEDED(result), "NULL for %s succeeds", param->name);
                if (SUCCEEDED(result))
                    supply->undo(function, made);
                else
                    remark("gave %s", code_name(result));
                continue;
            }
            gives(result, E_INVALIDARG, "NULL for %s", param->name);
            snprintf(after, sizeof after, "NULL for %s", param->name);
            check_outputs(function, made, after);
        }
    }
}

static void try_handle(const SUPPLY *supply, const FUNCTION *function, int index, void *handle, const char *what) {
    ARG made[MOST];
    char after[80];
    if (!step(function->name) || !arguments(supply, function, made))
        return;
    made[index].pointer = handle;
    page(function->name);
    snprintf(after, sizeof after, "%s %s", what, function->params[index].name);
    gives(function->call(made), supply->bad(function, index), "%s %s", what, function->params[index].name);
    check_outputs(function, made, after);
}

void calls_with_bad_handles(const SUPPLY *supply) {
    const FUNCTION *function;
    for (function = supply->functions; function->name; function++) {
        int i;
        for (i = 0; i < function->count; i++) {
            if (function->params[i].kind != 'h' || strcmp(function->params[i].name, "hPeerEventHandle") == 0)
                continue;
            try_handle(supply, function, i, NULL, "a NULL");
            if (strcmp(function->params[i].name, "hEvent") == 0)
                continue; /* what is no event at all is the system's business */
            try_handle(supply, function, i, supply->stale(function, i), "a closed");
        }
    }
}

/* A number where a handle should be, and memory with zeros where a pointer is wanted: nothing of it is looked at. */
void calls_uninitialized(const FUNCTION *functions, const char *startup, const char *when) {
    const FUNCTION *function;
    ARG made[MOST];
    for (function = functions; function->name; function++) {
        int i;
        if (!function->startup || strcmp(function->startup, startup) != 0 || !step(function->name))
            continue;
        for (i = 0; i < function->count; i++) {
            char kind = function->params[i].kind;
            made[i].number = 1;
            if (is_output(kind))
                made[i].pointer = output();
            else if (kind == 'p' || kind == 'c')
                made[i].pointer = keep(512);
            else if (kind == 'h')
                made[i].pointer = (void *)(ULONG_PTR)0x1234;
        }
        page(function->name);
        if (!function->is_enforced)
            guess("startup-needed");
        gives(function->call(made), PEER_E_NOT_INITIALIZED, "%s", when);
    }
}
