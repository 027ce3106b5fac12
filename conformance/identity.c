/* identity.c - identities: every function with good arguments and without; names, exports, enumerations. */
#include "group.h"

static PERSON person;
static PWSTR exported;

static int good(const FUNCTION *function, int index, ARG *argument) {
    const char *name = function->params[index].name;
    if (strcmp(name, "pwzIdentity") == 0)
        argument->pointer = function_is(function, "PeerIdentityDelete") ? person_new("to be deleted").identity
                                                                        : person.identity;
    if (strcmp(name, "pwzClassifier") == 0)
        argument->pointer = L"conformance";
    if (strcmp(name, "pwzFriendlyName") == 0)
        argument->pointer = L"somebody";
    if (strcmp(name, "pwzPassword") == 0)
        argument->pointer = PASSWORD;
    if (strcmp(name, "pwzImportXML") == 0) {
        PeerIdentityDelete(person.identity);
        argument->pointer = exported;
    }
    return 1;
}

static void *stale(const FUNCTION *function, int index) {
    (void)function;
    (void)index;
    return NULL;
}

static HRESULT bad(const FUNCTION *function, int index) {
    (void)function;
    (void)index;
    return E_INVALIDARG;
}

static void undo(const FUNCTION *function, const ARG *arguments) {
    int last = function->count - 1;
    void *made = arguments[last].pointer && function->params[last].kind != 'p' ? *(void **)arguments[last].pointer
                                                                               : NULL;
    if (function->params[last].kind == 'B' && made) {
        if (function_is(function, "PeerIdentityCreate"))
            PeerIdentityDelete(made);
        PeerFreeData(made);
    }
    if (strcmp(function->params[last].name, "phPeerEnum") == 0)
        PeerEndEnumeration(made);
}

static const SUPPLY supply = {functions_identity, good, stale, bad, undo};

static void prepare(void) {
    person = person_new("somebody");
    PeerIdentityExport(person.identity, PASSWORD, &exported);
}

void identity_calls(void) {
    prepare();
    calls_succeed(&supply);
    people_leave();
}

void identity_pointers(void) {
    prepare();
    calls_without_pointers(&supply);
    people_leave();
}

/* ---- Names ---- */

static void peer_name(PCWSTR identity, PCWSTR classifier, HRESULT wanted, const char *what) {
    PWSTR made = NULL;
    page("PeerCreatePeerName");
    gives(PeerCreatePeerName(identity, classifier, &made), wanted, "%s", what);
    guess("outputs-of-a-failed-call");
    if (FAILED(wanted))
        fact(made == NULL, "no name for %s", what);
    PeerFreeData(made);
}

static void host_names(void) {
    static const struct {
        PCWSTR peer, host;
    } pairs[] = {{L"0.chat", L"chat.pnrp.net"}, {L"0.Chat", L"Chat.pnrp.net"}, {L"0.a-b", L"a-b.pnrp.net"}};
    PWSTR made = NULL, back = NULL;
    size_t i;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        page("PeerNameToPeerHostName");
        gives(PeerNameToPeerHostName(pairs[i].peer, &made), S_OK, "an unsecured name, %lu", (unsigned long)i);
        page("PeerHostNameToPeerName");
        gives(PeerHostNameToPeerName(made, &back), S_OK, "what PeerNameToPeerHostName has made, %lu", (unsigned long)i);
        reads(back, pairs[i].peer, "there and back, %lu", (unsigned long)i);
        PeerFreeData(made);
        PeerFreeData(back);
        made = back = NULL;
    }
    page("PeerNameToPeerHostName");
    gives(PeerNameToPeerHostName(person.identity, &made), S_OK, "a secure name");
    fact(made && wcslen(made) > 9 && wcscmp(made + wcslen(made) - 9, L".pnrp.net") == 0,
         "a host name ends with .pnrp.net");
    page("PeerHostNameToPeerName");
    gives(PeerHostNameToPeerName(made, &back), S_OK, "the host name of a secure name");
    reads(back, person.identity, "a secure name there and back");
    PeerFreeData(made);
    PeerFreeData(back);
    guess("what-may-be-empty");
    gives(PeerHostNameToPeerName(L"", &back), PEER_E_INVALID_PEER_HOST_NAME, "an empty name");
    guess("malformed-names");
    gives(PeerHostNameToPeerName(L"chat.example.org", &back), PEER_E_INVALID_PEER_HOST_NAME,
          "a name of another domain");
    gives(PeerHostNameToPeerName(L"pnrp.net", &back), PEER_E_INVALID_PEER_HOST_NAME, "the domain alone");
    page("PeerNameToPeerHostName");
    guess("what-may-be-empty");
    gives(PeerNameToPeerHostName(L"", &made), PEER_E_CANNOT_CONVERT_PEER_NAME, "an empty name");
    guess("malformed-names");
    gives(PeerNameToPeerHostName(L"no name", &made), PEER_E_CANNOT_CONVERT_PEER_NAME, "a name without an authority");
}

void identity_names(void) {
    PWSTR made = NULL;
    size_t i, length;
    person = person_new("somebody");
    page("PeerIdentityCreate");
    length = person.identity ? wcslen(person.identity) : 0;
    counts(length, 40 + 1 + wcslen(L"conformance"), "an identity is an authority, a point and the classifier");
    for (i = 0; i < 40 && i < length; i++)
        if (!wcschr(L"0123456789abcdef", person.identity[i]))
            break;
    counts(i, 40, "an authority is 40 hexadecimal digits");
    fact(length > 41 && person.identity[40] == L'.' && wcscmp(person.identity + 41, L"conformance") == 0,
         "the classifier stands behind the point");
    page("PeerCreatePeerName");
    gives(PeerCreatePeerName(person.identity, L"other", &made), S_OK, "another classifier");
    fact(made && wcsncmp(made, person.identity, 41) == 0, "the authority stays");
    reads(made ? made + 41 : NULL, L"other", "the classifier is the new one");
    PeerFreeData(made);
    gives(PeerCreatePeerName(NULL, L"other", &made), S_OK, "no identity");
    reads(made, L"0.other", "no identity makes an unsecured name");
    PeerFreeData(made);
    gives(PeerCreatePeerName(person.identity, NULL, &made), S_OK, "no classifier");
    fact(made && wcsncmp(made, person.identity, 40) == 0, "the authority stays without a classifier");
    PeerFreeData(made);
    peer_name(NULL, NULL, E_INVALIDARG, "neither identity nor classifier");
    peer_name(NULL, repeated(L'c', 149), S_OK, "a classifier of 149 characters");
    peer_name(NULL, repeated(L'c', 150), E_INVALIDARG, "a classifier of 150 characters");
    peer_name(L"no name", L"x", E_INVALIDARG, "an identity that is none");
    peer_name(L"zz.x", L"x", E_INVALIDARG, "an authority that is none");
    peer_name(L"", L"x", E_INVALIDARG, "an empty identity");
    host_names();
    people_leave();
}

/* ---- Identities ---- */

/* Whether this identity is listed, and with which friendly name. */
static int listed(PCWSTR identity, PCWSTR friendly) {
    HPEERENUM all = NULL;
    PPEER_NAME_PAIR *items = NULL;
    ULONG count = 1;
    int found = 0;
    if (PeerEnumIdentities(&all) != S_OK)
        return 0;
    while (PeerGetNextItem(all, &count, (PVOID **)&items) == S_OK && count == 1) {
        if (wcscmp(items[0]->pwzPeerName, identity) == 0)
            found = !friendly || (items[0]->pwzFriendlyName && wcscmp(items[0]->pwzFriendlyName, friendly) == 0);
        PeerFreeData(items);
    }
    PeerEndEnumeration(all);
    return found;
}

static void friendly_names(void) {
    PWSTR name = NULL;
    page("PeerIdentityGetFriendlyName");
    gives(PeerIdentityGetFriendlyName(person.identity, &name), S_OK, "an identity");
    reads(name, L"somebody", "the name is what PeerIdentityCreate was given");
    PeerFreeData(name);
    page("PeerIdentitySetFriendlyName");
    gives(PeerIdentitySetFriendlyName(person.identity, L"another"), S_OK, "another name");
    PeerIdentityGetFriendlyName(person.identity, &name);
    reads(name, L"another", "the name is the new one");
    PeerFreeData(name);
    fact(listed(person.identity, L"another"), "PeerEnumIdentities tells the new name");
    gives(PeerIdentitySetFriendlyName(person.identity, NULL), S_OK, "no name");
    PeerIdentityGetFriendlyName(person.identity, &name);
    reads(name, person.identity, "no name makes it the peer name");
    PeerFreeData(name);
    gives(PeerIdentitySetFriendlyName(person.identity, repeated(L'f', 255)), S_OK, "a name of 255 characters");
    gives(PeerIdentitySetFriendlyName(person.identity, repeated(L'f', 256)), E_INVALIDARG, "a name of 256 characters");
    PeerIdentityGetFriendlyName(person.identity, &name);
    counts(name ? wcslen(name) : 0, 255, "a name that was refused changes nothing");
    PeerFreeData(name);
}

static void of_nobody(PCWSTR nobody) {
    PWSTR text = NULL;
    HPEERENUM all = NULL;
    HCRYPTPROV key = 0;
    page("PeerIdentityDelete");
    gives(PeerIdentityDelete(nobody), PEER_E_NOT_FOUND, "an identity that was deleted");
    page("PeerIdentityGetFriendlyName");
    gives(PeerIdentityGetFriendlyName(nobody, &text), PEER_E_NOT_FOUND, "an identity that was deleted");
    page("PeerIdentitySetFriendlyName");
    gives(PeerIdentitySetFriendlyName(nobody, L"x"), PEER_E_NOT_FOUND, "an identity that was deleted");
    page("PeerIdentityGetCryptKey");
    gives(PeerIdentityGetCryptKey(nobody, &key), PEER_E_NOT_FOUND, "an identity that was deleted");
    page("PeerIdentityGetXML");
    gives(PeerIdentityGetXML(nobody, &text), E_HANDLE, "an identity that was deleted");
    page("PeerIdentityExport");
    gives(PeerIdentityExport(nobody, PASSWORD, &text), PEER_E_NOT_FOUND, "an identity that was deleted");
    page("PeerEnumGroups");
    gives(PeerEnumGroups(nobody, &all), PEER_E_NOT_FOUND, "an identity that was deleted");
}

static void exporting(void) {
    PWSTR xml = NULL, again = NULL, first = NULL, second = NULL;
    page("PeerIdentityGetXML");
    gives(PeerIdentityGetXML(person.identity, &first), S_OK, "an identity");
    fact(first && wcsstr(first, L"<PEERIDENTITYINFO") != NULL, "the root is PEERIDENTITYINFO");
    page("PeerIdentityExport");
    gives(PeerIdentityExport(person.identity, PASSWORD, &xml), S_OK, "an identity");
    fact(xml && wcsstr(xml, L"PEERIDENTITYEXPORT") != NULL, "the root is PEERIDENTITYEXPORT");
    page("PeerIdentityImport");
    gives(PeerIdentityImport(xml, PASSWORD, &again), PEER_E_ALREADY_EXISTS, "an identity that is there");
    page("PeerIdentityDelete");
    gives(PeerIdentityDelete(person.identity), S_OK, "an identity without groups");
    fact(!listed(person.identity, NULL), "a deleted identity is not listed");
    of_nobody(person.identity);
    page("PeerIdentityImport");
    gives(PeerIdentityImport(xml, L"wrong", &again), E_INVALIDARG, "a wrong password");
    gives(PeerIdentityImport(L"<PEERIDENTITYEXPORT/>", PASSWORD, &again), E_INVALIDARG, "an export without anything");
    gives(PeerIdentityImport(L"no XML", PASSWORD, &again), E_INVALIDARG, "no XML");
    gives(PeerIdentityImport(xml, PASSWORD, &again), S_OK, "an identity that was deleted");
    reads(again, person.identity, "the name is the one that was exported");
    fact(listed(person.identity, NULL), "an imported identity is listed");
    page("PeerIdentityGetXML");
    PeerIdentityGetXML(person.identity, &second);
    fact(first && second && wcslen(first) == wcslen(second), "an imported identity has an XML of the same length");
    PeerFreeData(first);
    PeerFreeData(second);
    PeerFreeData(xml);
    PeerFreeData(again);
}

/* An empty string is a name that nobody has. */
static void empty(void) {
    PWSTR text = NULL;
    HPEERENUM all = NULL;
    HCRYPTPROV key = 0;
    static const char *const what = "an empty identity";
    page("PeerIdentityDelete");
    guess("what-may-be-empty");
    gives(PeerIdentityDelete(L""), PEER_E_NOT_FOUND, "%s", what);
    page("PeerIdentityExport");
    guess("what-may-be-empty");
    gives(PeerIdentityExport(L"", PASSWORD, &text), PEER_E_NOT_FOUND, "%s", what);
    gives(PeerIdentityExport(person.identity, L"", &text), E_INVALIDARG, "an empty password");
    page("PeerIdentityImport");
    guess("what-may-be-empty");
    gives(PeerIdentityImport(L"", PASSWORD, &text), E_INVALIDARG, "an empty export");
    page("PeerIdentityGetCryptKey");
    guess("what-may-be-empty");
    gives(PeerIdentityGetCryptKey(L"", &key), PEER_E_NOT_FOUND, "%s", what);
    page("PeerIdentityGetFriendlyName");
    guess("what-may-be-empty");
    gives(PeerIdentityGetFriendlyName(L"", &text), PEER_E_NOT_FOUND, "%s", what);
    page("PeerIdentitySetFriendlyName");
    guess("what-may-be-empty");
    gives(PeerIdentitySetFriendlyName(L"", L"x"), PEER_E_NOT_FOUND, "%s", what);
    gives(PeerIdentitySetFriendlyName(person.identity, L""), S_OK, "an empty name");
    page("PeerIdentityGetXML");
    guess("what-may-be-empty");
    gives(PeerIdentityGetXML(L"", &text), E_HANDLE, "%s", what);
    page("PeerEnumGroups");
    guess("what-may-be-empty");
    gives(PeerEnumGroups(L"", &all), PEER_E_NOT_FOUND, "%s", what);
    page("PeerIdentityCreate");
    guess("what-may-be-empty");
    gives(PeerIdentityCreate(L"", L"", 0, &text), S_OK, "an empty classifier and an empty name");
    if (text)
        PeerIdentityDelete(text);
    PeerFreeData(text);
}

void identity_people(void) {
    PWSTR first = NULL, second = NULL, none = NULL;
    person = person_new("somebody");
    page("PeerEnumIdentities");
    fact(listed(person.identity, L"somebody"), "a new identity is listed with its friendly name");
    page("PeerIdentityCreate");
    gives(PeerIdentityCreate(repeated(L'c', 149), L"x", 0, &first), S_OK, "a classifier of 149 characters");
    gives(PeerIdentityCreate(repeated(L'c', 150), L"x", 0, &none), E_INVALIDARG, "a classifier of 150 characters");
    gives(PeerIdentityCreate(L"x", repeated(L'f', 255), 0, &second), S_OK, "a friendly name of 255 characters");
    gives(PeerIdentityCreate(L"x", repeated(L'f', 256), 0, &none), E_INVALIDARG, "a friendly name of 256 characters");
    fact(first && second && wcsncmp(first, second, 40) != 0, "two identities have two authorities");
    PeerIdentityDelete(first);
    PeerIdentityDelete(second);
    PeerFreeData(first);
    PeerFreeData(second);
    page("PeerIdentityGetDefault");
    guess("default-identity");
    gives(PeerIdentityGetDefault(&first), S_OK, "with or without an identity before");
    gives(PeerIdentityGetDefault(&second), S_OK, "a second time");
    reads(second, first, "the default identity stays");
    fact(first && listed(first, NULL), "the default identity is listed");
    PeerFreeData(first);
    PeerFreeData(second);
    friendly_names();
    exporting();
    empty();
    people_leave();
}

void common_enumerations(void) {
    HPEERENUM all = NULL;
    PPEER_NAME_PAIR *items = NULL;
    ULONG count, total = 0, wanted;
    PERSON people[3];
    people[0] = person_new("one");
    people[1] = person_new("two");
    people[2] = person_new("three");
    page("PeerGetItemCount");
    PeerEnumIdentities(&all);
    gives(PeerGetItemCount(all, &total), S_OK, "an enumeration of identities");
    fact(total >= 3, "it counts all identities");
    gives(PeerGetItemCount(NULL, &count), E_INVALIDARG, "a NULL handle");
    gives(PeerGetItemCount(all, NULL), E_INVALIDARG, "no count");
    page("PeerGetNextItem");
    count = 1;
    gives(PeerGetNextItem(NULL, &count, (PVOID **)&items), E_INVALIDARG, "a NULL handle");
    gives(PeerGetNextItem(all, NULL, (PVOID **)&items), E_INVALIDARG, "no count");
    gives(PeerGetNextItem(all, &count, NULL), E_INVALIDARG, "no items");
    for (wanted = 1; wanted <= 2; wanted++) {
        count = wanted;
        gives(PeerGetNextItem(all, &count, (PVOID **)&items), S_OK, "%lu items", (unsigned long)wanted);
        counts(count, wanted, "%lu items come", (unsigned long)wanted);
        if (count) {
            page("PEER_NAME_PAIR");
            counts(items[0]->dwSize, sizeof(PEER_NAME_PAIR), "dwSize, of %lu", (unsigned long)wanted);
            fact(items[0]->pwzPeerName != NULL, "pwzPeerName is there, of %lu", (unsigned long)wanted);
            page("PeerGetNextItem");
        }
        PeerFreeData(items);
        items = NULL;
    }
    count = total + 100;
    gives(PeerGetNextItem(all, &count, (PVOID **)&items), S_OK, "more than are left");
    counts(count, total - 3, "what is left comes");
    PeerFreeData(items);
    items = NULL;
    count = 5;
    gives(PeerGetNextItem(all, &count, (PVOID **)&items), S_OK, "at the end");
    counts(count, 0, "the count is 0 at the end");
    guess("nothing-is-null");
    fact(items == NULL, "the array is NULL at the end");
    page("PeerGetItemCount");
    guess("count-of-all-items");
    gives(PeerGetItemCount(all, &count), S_OK, "at the end");
    counts(count, total, "it counts what was taken, too");
    page("PeerEndEnumeration");
    gives(PeerEndEnumeration(all), S_OK, "an enumeration");
    gives(PeerEndEnumeration(all), E_INVALIDARG, "a second time");
    gives(PeerEndEnumeration(NULL), E_INVALIDARG, "a NULL handle");
    page("PeerGetNextItem");
    gives(PeerGetNextItem(all, &count, (PVOID **)&items), E_INVALIDARG, "an enumeration that has ended");
    page("PeerGetItemCount");
    gives(PeerGetItemCount(all, &count), E_INVALIDARG, "an enumeration that has ended");
    page("PeerEnumGroups");
    gives(PeerEnumGroups(people[0].identity, &all), S_OK, "an identity without groups");
    counts(common_count(all), 0, "an identity without groups has none");
    page("PeerFreeData");
    PeerFreeData(NULL);
    fact(1, "NULL does nothing");
    people_leave();
}
