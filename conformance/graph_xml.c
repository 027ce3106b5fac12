/* graph_xml.c - the attributes of records: what is accepted, and with which code the rest is refused. */
#include "graph.h"

typedef struct document {
    const char *text;
    PCWSTR xml;
    int good;
    const char *guess;
} DOCUMENT;

#define ONE(type, value) L"<attributes><attribute name=\"a\" type=\"" type L"\">" value L"</attribute></attributes>"

static const DOCUMENT documents[] = {
    {"one string", ONE(L"string", L"x"), 1, NULL},
    {"one empty string", ONE(L"string", L""), 1, NULL},
    {"a string of several words", ONE(L"string", L" several  words "), 1, NULL},
    {"a string with five entities", ONE(L"string", L"&amp;&lt;&gt;&quot;&apos;"), 1, NULL},
    {"a string with characters by number", ONE(L"string", L"&#65;&#x42;"), 1, NULL},
    {"a string in CDATA", ONE(L"string", L"<![CDATA[<x>]]>"), 1, "attribute-xml"},
    {"a comment in a value", ONE(L"string", L"x<!-- y -->z"), 1, "attribute-xml"},
    {"an int", ONE(L"int", L"42"), 1, NULL},
    {"an int 0", ONE(L"int", L"0"), 1, NULL},
    {"an int with leading zeros", ONE(L"int", L"007"), 1, NULL},
    {"an int of 40 digits", ONE(L"int", L"1234567890123456789012345678901234567890"), 1, "attribute-int"},
    {"an int with a minus sign", ONE(L"int", L"-1"), 0, NULL},
    {"an int with a plus sign", ONE(L"int", L"+1"), 0, "attribute-int"},
    {"an int with a point", ONE(L"int", L"1.5"), 0, NULL},
    {"an int in hexadecimal", ONE(L"int", L"0x10"), 0, NULL},
    {"an int that is empty", ONE(L"int", L""), 0, NULL},
    {"an int that is a word", ONE(L"int", L"one"), 0, NULL},
    {"an int with space around it", ONE(L"int", L" 1 "), 0, "attribute-int"},
    {"an int in Arabic digits", ONE(L"int", L"\x0661"), 0, "attribute-int"},
    {"a date: a year", ONE(L"date", L"2004"), 1, NULL},
    {"a date: a month", ONE(L"date", L"2004-02"), 1, NULL},
    {"a date: a day", ONE(L"date", L"2004-02-29"), 1, NULL},
    {"a date: to the minute, UTC", ONE(L"date", L"2004-02-29T23:59Z"), 1, NULL},
    {"a date: to the second, with an offset", ONE(L"date", L"2004-02-29T23:59:59+01:00"), 1, NULL},
    {"a date: with a fraction", ONE(L"date", L"2004-02-29T23:59:59.25Z"), 1, NULL},
    {"a date: without a zone", ONE(L"date", L"2004-02-29T23:59:59"), 1, "attribute-date"},
    {"a date: with a comma", ONE(L"date", L"2004-02-29T23:59:59,25Z"), 1, "attribute-date"},
    {"a date: the 30th of February", ONE(L"date", L"2004-02-30"), 0, NULL},
    {"a date: month 13", ONE(L"date", L"2004-13"), 0, NULL},
    {"a date: month 0", ONE(L"date", L"2004-00"), 0, NULL},
    {"a date: hour 24", ONE(L"date", L"2004-02-28T24:00Z"), 0, "attribute-date"},
    {"a date: a leap second", ONE(L"date", L"2004-12-31T23:59:60Z"), 0, "attribute-date"},
    {"a date: year 0", ONE(L"date", L"0000"), 0, "attribute-date"},
    {"a date: a word", ONE(L"date", L"today"), 0, NULL},
    {"a date: empty", ONE(L"date", L""), 0, NULL},
    {"a date: in American order", ONE(L"date", L"02/29/2004"), 0, NULL},
    {"a type that does not exist", ONE(L"float", L"1"), 0, NULL},
    {"a type in capitals", ONE(L"STRING", L"x"), 0, NULL},
    {"an empty type", ONE(L"", L"x"), 0, NULL},
    {"no type", L"<attributes><attribute name=\"a\">x</attribute></attributes>", 0, NULL},
    {"no name", L"<attributes><attribute type=\"string\">x</attribute></attributes>", 0, NULL},
    {"an empty name", L"<attributes><attribute name=\"\" type=\"string\">x</attribute></attributes>", 0, NULL},
    {"a third XML attribute",
     L"<attributes><attribute name=\"a\" type=\"string\" more=\"1\">x</attribute></attributes>", 0, NULL},
    {"name before type or after it", L"<attributes><attribute type=\"string\" name=\"a\">x</attribute></attributes>", 1,
     NULL},
    {"apostrophes instead of quotation marks",
     L"<attributes><attribute name='a' type='string'>x</attribute></attributes>", 1, NULL},
    {"an element that closes itself", L"<attributes><attribute name=\"a\" type=\"string\"/></attributes>", 1, NULL},
    {"two of one name",
     L"<attributes><attribute name=\"a\" type=\"string\">x</attribute><attribute name=\"a\" "
     L"type=\"int\">1</attribute></attributes>",
     1, NULL},
    {"no attribute at all", L"<attributes></attributes>", 1, "no-attribute-at-all"},
    {"no attribute at all, closed by itself", L"<attributes/>", 1, "no-attribute-at-all"},
    {"spaces and lines between",
     L"<attributes>\r\n  <attribute name=\"a\" type=\"string\">x</attribute>\n</attributes>", 1, NULL},
    {"an XML declaration", L"<?xml version=\"1.0\"?><attributes/>", 1, "attribute-xml"},
    {"a declaration that names another encoding", L"<?xml version=\"1.0\" encoding=\"utf-8\"?><attributes/>", 1,
     "attribute-xml"},
    {"a document type", L"<!DOCTYPE attributes><attributes/>", 0, "attribute-xml"},
    {"a processing instruction", L"<attributes><?x y?></attributes>", 0, "attribute-xml"},
    {"text between elements", L"<attributes>x</attributes>", 0, NULL},
    {"an element in a value", ONE(L"string", L"<b/>"), 0, NULL},
    {"a declaration of a name space", L"<attributes xmlns:xs=\"urn:x\"/>", 1, "attribute-xml"},
    {"another root", L"<attribute name=\"a\" type=\"string\">x</attribute>", 0, NULL},
    {"a root in capitals", L"<Attributes/>", 0, NULL},
    {"another child", L"<attributes><property/></attributes>", 0, NULL},
    {"an XML attribute at the root", L"<attributes a=\"1\"/>", 0, NULL},
    {"two roots", L"<attributes/><attributes/>", 0, NULL},
    {"a root that is not closed", L"<attributes>", 0, NULL},
    {"a wrong closing tag", L"<attributes></attribute>", 0, NULL},
    {"no XML at all", L"attributes", 0, NULL},
    {"an empty string", L"", 0, "empty-attributes"},
    {"an entity that is not known", ONE(L"string", L"&nbsp;"), 0, NULL},
    {"a bare ampersand", ONE(L"string", L"a & b"), 0, NULL},
    {"a bare less-than sign", ONE(L"string", L"a < b"), 0, NULL},
    {"a name with a hyphen", L"<attributes><attribute name=\"a-b\" type=\"string\">x</attribute></attributes>", 0,
     "attribute-names"},
    {"a name with an underscore", L"<attributes><attribute name=\"a_b\" type=\"string\">x</attribute></attributes>", 0,
     "attribute-names"},
    {"a name with a space", L"<attributes><attribute name=\"a b\" type=\"string\">x</attribute></attributes>", 0, NULL},
    {"a name with an umlaut", L"<attributes><attribute name=\"\x00e4\" type=\"string\">x</attribute></attributes>", 0,
     "attribute-names"},
    {"a name of digits", L"<attributes><attribute name=\"0815\" type=\"string\">x</attribute></attributes>", 1, NULL},
    {"a reserved name in other case",
     L"<attributes><attribute name=\"PeerRecordId\" type=\"string\">x</attribute></attributes>", 1, "attribute-names"},
};

static HRESULT adding(const NODE *node, PCWSTR attributes) {
    GUID id;
    return record_add(node, "x", attributes, &id);
}

static void reserved(const NODE *node) {
    static const char *const names[] = {"peerrecordid",     "peerrecordtype",           "peercreatorid",
                                        "peercreationtime", "peerlastmodificationtime", "peerlastmodifiedby"};
    size_t i;
    char text[200];
    for (i = 0; i < 6; i++) {
        sprintf(text, "<attributes><attribute name=\"%s\" type=\"string\">x</attribute></attributes>", names[i]);
        gives(adding(node, wide(text)), PEER_E_INVALID_ATTRIBUTES, "the reserved name %s", names[i]);
    }
}

static void lengths(const NODE *node) {
    char text[200];
    size_t length;
    for (length = 39; length <= 41; length++) {
        char name[64];
        memset(name, 'n', length);
        name[length] = 0;
        sprintf(text, "<attributes><attribute name=\"%s\" type=\"string\">x</attribute></attributes>", name);
        gives(adding(node, wide(text)), length <= 40 ? S_OK : PEER_E_INVALID_ATTRIBUTES, "a name of %u characters",
              (unsigned)length);
    }
}

static void many(const NODE *node) {
    static const char one[] = "<attribute name=\"a\" type=\"int\">1</attribute>";
    int count, i;
    for (count = 1023; count <= 1025; count++) {
        char *text = keep((size_t)count * sizeof one + 64);
        strcpy(text, "<attributes>");
        for (i = 0; i < count; i++)
            strcpy(text + 12 + (size_t)i * (sizeof one - 1), one);
        strcat(text, "</attributes>");
        guess("attribute-count");
        gives(adding(node, wide(text)), count <= 1024 ? S_OK : PEER_E_TOO_MANY_ATTRIBUTES, "%d attributes", count);
    }
}

void graph_xml(void) {
    NODE node;
    size_t i;
    GUID id;
    PPEER_RECORD got;
    graph_start();
    node = node_create("writer");
    for (i = 0; i < sizeof documents / sizeof *documents; i++) {
        const DOCUMENT *one = &documents[i];
        page("PeerGraphAddRecord");
        if (one->guess)
            guess(one->guess);
        gives(adding(&node, one->xml), one->good ? S_OK : PEER_E_INVALID_ATTRIBUTES, "attributes: %s", one->text);
    }
    page("PeerGraphAddRecord");
    reserved(&node);
    lengths(&node);
    many(&node);
    page("PEER_RECORD");
    record_add(&node, "x", ONE(L"string", L"as it was \x00e4 \x20ac"), &id);
    got = record_get(&node, &id);
    reads(got->pwzAttributes, ONE(L"string", L"as it was \x00e4 \x20ac"), "pwzAttributes comes back as it was given");
    PeerGraphFreeData(got);
    page("PeerGraphSetNodeAttributes");
    gives(PeerGraphSetNodeAttributes(node.graph, L"<any> text"), S_OK, "text that is no XML");
    guess("node-attributes-length");
    gives(PeerGraphSetNodeAttributes(node.graph, repeated(L'x', 32768)), S_OK, "32768 characters");
    gives(PeerGraphSetNodeAttributes(node.graph, repeated(L'x', 32769)), E_INVALIDARG, "32769 characters");
    guess("strings");
    gives(PeerGraphSetNodeAttributes(node.graph, L"half \xD800"), E_INVALIDARG, "half a surrogate pair");
    page("PeerGraphSetNodeAttributes");
    gives(PeerGraphSetNodeAttributes(node.graph, NULL), S_OK, "NULL");
    gives(PeerGraphSetNodeAttributes(node.graph, L""), S_OK, "an empty text");
}
