/* graph_search.c - searching: which queries are refused, and what the others find among seven records. */
#include "graph.h"

#define CLAUSE(name, type, compare, value) \
    L"<clause attrib=\"" name L"\" type=\"" type L"\" compare=\"" compare L"\">" value L"</clause>"
#define QUERY(inside)                   L"<peersearch>" inside L"</peersearch>"
#define ASK(name, type, compare, value) QUERY(CLAUSE(name, type, compare, value))
#define HAS(name, type, value)          L"<attribute name=\"" name L"\" type=\"" type L"\">" value L"</attribute>"

static const PCWSTR library[] = {
    L"<attributes>" HAS(L"title", L"string", L"Dune") HAS(L"year", L"int", L"1965")
        HAS(L"read", L"date", L"2001-05-17") L"</attributes>",
    L"<attributes>" HAS(L"title", L"string", L"Emma") HAS(L"year", L"int", L"1815")
        HAS(L"read", L"date", L"1999-01-01T12:30Z") L"</attributes>",
    L"<attributes>" HAS(L"title", L"string", L"emma") HAS(L"year", L"string", L"1815") L"</attributes>",
    L"<attributes>" HAS(L"title", L"string", L"Duel * of?") HAS(L"year", L"int", L"0009")
        HAS(L"read", L"date", L"2001") L"</attributes>",
    L"<attributes>" HAS(L"title", L"string", L"one") HAS(L"title", L"string", L"two")
        HAS(L"year", L"int", L"123456789012345678901234567890") L"</attributes>",
    L"<attributes>" HAS(L"read", L"date", L"2001-05-17T00:00:00+02:00") L"</attributes>",
    NULL,
};

typedef struct question {
    const char *text;
    PCWSTR query;
    ULONG found;
    const char *guess;
} QUESTION;

static const QUESTION questions[] = {
    {"a string equals", ASK(L"title", L"string", L"equal", L"Dune"), 1, NULL},
    {"a string that nobody has", ASK(L"title", L"string", L"equal", L"Ulysses"), 0, NULL},
    {"a string in another case", ASK(L"title", L"string", L"equal", L"EMMA"), 0, "search-case"},
    {"a string in the right case", ASK(L"title", L"string", L"equal", L"emma"), 1, "search-case"},
    {"compare left out means equal", QUERY(L"<clause attrib=\"title\" type=\"string\">Dune</clause>"), 1,
     "search-compare-default"},
    {"an asterisk at the end", ASK(L"title", L"string", L"equal", L"Du*"), 2, NULL},
    {"an asterisk at the beginning", ASK(L"title", L"string", L"equal", L"*mma"), 2, NULL},
    {"an asterisk alone", ASK(L"title", L"string", L"equal", L"*"), 5, NULL},
    {"an asterisk stands for nothing, too", ASK(L"title", L"string", L"equal", L"Dune*"), 1, NULL},
    {"a question mark is one character", ASK(L"title", L"string", L"equal", L"?mma"), 2, NULL},
    {"a question mark is not none", ASK(L"title", L"string", L"equal", L"Dune?"), 0, NULL},
    {"an asterisk that is meant", ASK(L"title", L"string", L"equal", L"Duel \\* of\\?"), 1, NULL},
    {"an escaped asterisk is no wildcard", ASK(L"title", L"string", L"equal", L"Du\\*"), 0, NULL},
    {"not equal", ASK(L"title", L"string", L"notequal", L"Dune"), 4, "search-missing"},
    {"not equal with a wildcard", ASK(L"title", L"string", L"notequal", L"Du*"), 3, "search-wildcards"},
    {"not equal, where one of two values differs", ASK(L"title", L"string", L"notequal", L"one"), 5, "search-several"},
    {"either of two values", ASK(L"title", L"string", L"equal", L"two"), 1, "search-several"},
    {"a string greater", ASK(L"title", L"string", L"greater", L"Emma"), 2, "search-case"},
    {"a string less", ASK(L"title", L"string", L"less", L"Emma"), 2, "search-case"},
    {"a string greater or equal", ASK(L"title", L"string", L"greaterorequal", L"Emma"), 3, "search-case"},
    {"a string less or equal", ASK(L"title", L"string", L"lessorequal", L"Emma"), 3, "search-case"},
    {"an int equals", ASK(L"year", L"int", L"equal", L"1965"), 1, NULL},
    {"an int equals whatever its zeros", ASK(L"year", L"int", L"equal", L"9"), 1, "search-int"},
    {"an int greater", ASK(L"year", L"int", L"greater", L"1815"), 2, NULL},
    {"an int greater or equal", ASK(L"year", L"int", L"greaterorequal", L"1815"), 3, NULL},
    {"an int less", ASK(L"year", L"int", L"less", L"1815"), 1, NULL},
    {"an int less or equal", ASK(L"year", L"int", L"lessorequal", L"1815"), 2, NULL},
    {"an int not equal", ASK(L"year", L"int", L"notequal", L"1815"), 3, "search-missing"},
    {"an int of 30 digits", ASK(L"year", L"int", L"equal", L"123456789012345678901234567890"), 1, "search-int"},
    {"a string where an int is", ASK(L"year", L"string", L"equal", L"1965"), 0, "search-types"},
    {"a string where a string is", ASK(L"year", L"string", L"equal", L"1815"), 1, NULL},
    {"a date equals as a day", ASK(L"read", L"date", L"equal", L"2001-05-17"), 1, "search-dates"},
    {"a date equals as a month", ASK(L"read", L"date", L"equal", L"2001-05"), 2, "search-dates"},
    {"a date equals as a year", ASK(L"read", L"date", L"equal", L"2001"), 3, "search-dates"},
    {"a date greater than a year", ASK(L"read", L"date", L"greater", L"2000"), 3, "search-dates"},
    {"a date less than a year", ASK(L"read", L"date", L"less", L"2000"), 1, "search-dates"},
    {"a date to the minute", ASK(L"read", L"date", L"equal", L"1999-01-01T12:30Z"), 1, NULL},
    {"a date to the minute in another zone", ASK(L"read", L"date", L"equal", L"1999-01-01T13:30+01:00"), 1, NULL},
    {"an attribute that no record has", ASK(L"color", L"string", L"equal", L"*"), 0, NULL},
    {"an attribute that no record has, not equal", ASK(L"color", L"string", L"notequal", L"red"), 0, "search-missing"},
    {"and",
     QUERY(L"<and>" CLAUSE(L"title", L"string", L"equal", L"Du*")
               CLAUSE(L"year", L"int", L"greater", L"1900") L"</and>"),
     1, NULL},
    {"and of what excludes each other",
     QUERY(L"<and>" CLAUSE(L"title", L"string", L"equal", L"Dune")
               CLAUSE(L"title", L"string", L"equal", L"Emma") L"</and>"),
     0, NULL},
    {"or",
     QUERY(L"<or>" CLAUSE(L"title", L"string", L"equal", L"Dune")
               CLAUSE(L"title", L"string", L"equal", L"Emma") L"</or>"),
     2, NULL},
    {"or of one", QUERY(L"<or>" CLAUSE(L"title", L"string", L"equal", L"Dune") L"</or>"), 1, NULL},
    {"and in or",
     QUERY(L"<or><and>" CLAUSE(L"title", L"string", L"equal", L"D*") CLAUSE(
         L"year", L"int", L"less", L"10") L"</and>" CLAUSE(L"title", L"string", L"equal", L"one") L"</or>"),
     2, NULL},
    {"or in and",
     QUERY(L"<and><or>" CLAUSE(L"title", L"string", L"equal", L"Dune") CLAUSE(
         L"title", L"string", L"equal", L"Emma") L"</or>" CLAUSE(L"year", L"int", L"greater", L"1900") L"</and>"),
     1, NULL},
    {"peercreatorid", ASK(L"peercreatorid", L"string", L"equal", L"writer"), 7, NULL},
    {"peercreatorid of nobody", ASK(L"peercreatorid", L"string", L"equal", L"stranger"), 0, NULL},
    {"peerrecordtype", ASK(L"peerrecordtype", L"string", L"equal", L"11111111-2222-3333-4444-555555555555"), 7,
     "search-guids"},
    {"peerrecordtype in braces", ASK(L"peerrecordtype", L"string", L"equal", L"{11111111-2222-3333-4444-555555555555}"),
     7, "search-guids"},
    {"peerlastmodifiedby of records that nobody has modified",
     ASK(L"peerlastmodifiedby", L"string", L"equal", L"writer"), 0, "search-unmodified"},
    {"peercreationtime", ASK(L"peercreationtime", L"date", L"greater", L"2000"), 7, "search-peer-time"},
    {"peerlastmodificationtime", ASK(L"peerlastmodificationtime", L"date", L"less", L"2000"), 0, "search-peer-time"},
};

typedef struct refusal {
    const char *text;
    PCWSTR query;
    HRESULT code;
    const char *guess;
} REFUSAL;

static const REFUSAL refusals[] = {
    {"no XML", L"title", PEER_E_INVALID_SEARCH, NULL},
    {"an empty string", L"", PEER_E_INVALID_SEARCH, "what-may-be-empty"},
    {"another root", L"<search/>", PEER_E_INVALID_SEARCH, NULL},
    {"a root in capitals", L"<PeerSearch>" CLAUSE(L"a", L"string", L"equal", L"x") L"</PeerSearch>",
     PEER_E_INVALID_SEARCH, NULL},
    {"an empty root", QUERY(L""), PEER_E_INVALID_SEARCH, NULL},
    {"two clauses in the root", QUERY(CLAUSE(L"a", L"string", L"equal", L"x") CLAUSE(L"b", L"string", L"equal", L"x")),
     PEER_E_INVALID_SEARCH, "search-errors"},
    {"an empty and", QUERY(L"<and></and>"), PEER_E_INVALID_SEARCH, NULL},
    {"an empty or", QUERY(L"<or/>"), PEER_E_INVALID_SEARCH, NULL},
    {"an element that is not known", QUERY(L"<not/>"), PEER_E_INVALID_SEARCH, NULL},
    {"a clause without attrib", QUERY(L"<clause type=\"string\">x</clause>"), PEER_E_INVALID_SEARCH, NULL},
    {"a clause without type", QUERY(L"<clause attrib=\"a\">x</clause>"), PEER_E_INVALID_SEARCH, "search-mandatory"},
    {"a type that does not exist", ASK(L"a", L"float", L"equal", L"1"), PEER_E_INVALID_SEARCH, NULL},
    {"a comparison that does not exist", ASK(L"a", L"string", L"like", L"x"), PEER_E_INVALID_SEARCH, NULL},
    {"an element in a clause", ASK(L"a", L"string", L"equal", L"<b/>"), PEER_E_INVALID_SEARCH, NULL},
    {"an int clause with a word", ASK(L"a", L"int", L"equal", L"one"), PEER_E_INVALID_SEARCH, NULL},
    {"an int clause with a minus sign", ASK(L"a", L"int", L"equal", L"-1"), PEER_E_INVALID_SEARCH, NULL},
    {"an int clause with a wildcard", ASK(L"a", L"int", L"equal", L"1*"), PEER_E_INVALID_SEARCH, "search-wildcards"},
    {"a date clause with a word", ASK(L"a", L"date", L"equal", L"today"), PEER_E_INVALID_SEARCH, NULL},
    {"a date clause with a wildcard", ASK(L"a", L"date", L"equal", L"200*"), PEER_E_INVALID_SEARCH, "search-wildcards"},
    {"a backslash before a letter", ASK(L"a", L"string", L"equal", L"\\x"), E_INVALIDARG, NULL},
    {"a backslash at the end", ASK(L"a", L"string", L"equal", L"x\\"), E_INVALIDARG, NULL},
    {"a backslash in an int clause", ASK(L"a", L"int", L"equal", L"1\\2"), E_INVALIDARG, "search-errors"},
    {"a name of an attribute with a hyphen", ASK(L"a-b", L"string", L"equal", L"x"), PEER_E_INVALID_SEARCH,
     "attribute-names"},
    {"a root that is not closed", L"<peersearch>", PEER_E_INVALID_SEARCH, NULL},
    {"two backslashes", ASK(L"a", L"string", L"equal", L"\\\\"), S_OK, NULL},
    {"an empty string clause", ASK(L"a", L"string", L"equal", L""), S_OK, NULL},
    {"declarations of name spaces",
     L"<peersearch xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">" CLAUSE(L"a", L"string", L"equal",
                                                                          L"x") L"</peersearch>",
     S_OK, NULL},
    {"spaces and lines between", L"<peersearch>\n " CLAUSE(L"a", L"string", L"equal", L"x") L"\r\n</peersearch>", S_OK,
     NULL},
};

static PWSTR nested(int levels) {
    char *text = keep((size_t)levels * 11 + 200);
    int i;
    strcpy(text, "<peersearch>");
    for (i = 0; i < levels; i++)
        strcat(text, "<and>");
    strcat(text, "<clause attrib=\"title\" type=\"string\">Dune</clause>");
    for (i = 0; i < levels; i++)
        strcat(text, "</and>");
    strcat(text, "</peersearch>");
    return wide(text);
}

static PWSTR clauses(int count) {
    static const char one[] = "<clause attrib=\"title\" type=\"string\">Dune</clause>";
    char *text = keep((size_t)count * sizeof one + 64);
    int i;
    strcpy(text, "<peersearch><or>");
    for (i = 0; i < count; i++)
        strcpy(text + 16 + (size_t)i * (sizeof one - 1), one);
    strcat(text, "</or></peersearch>");
    return wide(text);
}

void graph_search(void) {
    NODE node;
    GUID id;
    size_t i;
    graph_start();
    node = node_create("writer");
    for (i = 0; i < sizeof library / sizeof *library; i++)
        record_add(&node, "a book", library[i], &id);
    for (i = 0; i < sizeof questions / sizeof *questions; i++) {
        page("PeerGraphSearchRecords");
        if (questions[i].guess)
            guess(questions[i].guess);
        counts(search_count(&node, questions[i].query), questions[i].found, "finds %lu: %s",
               (unsigned long)questions[i].found, questions[i].text);
    }
    for (i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        page("PeerGraphSearchRecords");
        if (refusals[i].guess)
            guess(refusals[i].guess);
        gives(search_code(&node, refusals[i].query), refusals[i].code, "a query: %s", refusals[i].text);
    }
    guess("search-limits");
    gives(search_code(&node, clauses(1024)), S_OK, "1024 clauses");
    gives(search_code(&node, clauses(1025)), PEER_E_INVALID_SEARCH, "1025 clauses");
    gives(search_code(&node, nested(100)), S_OK, "100 levels");
    gives(search_code(&node, nested(200)), PEER_E_INVALID_SEARCH, "200 levels");
}
