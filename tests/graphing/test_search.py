"""Search queries: the published format, and the decisions of docs/decisions.md, "Search"."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidArgument, InvalidSearch, PeerError
from peerapi.graphing.codec import search
from peerapi.graphing.codec.attributes import Attribute
from peerapi.graphing.codec.records import encode_record, summarize
from peerapi.graphing.codec.search import And, Clause, Compare, Or
from peerapi.graphing.codec.search_xml import parse
from tests.graphing.clauses import COMPARES, RECORD, RESERVED, asked, clause, searched
from tests.support import facts

RULES = facts.load("records_and_xml.json")["search_query_xml"]


def found(inner: str, *values: str, type: str = "string", reserved: Mapping[str, search.Key] | None = None) -> bool:
    return searched(inner).matches([Attribute("a", type, value) for value in values], reserved or {})


def refused(xml: str) -> None:
    with pytest.raises(InvalidSearch):
        parse(xml)


# ---- The schema ------------------------------------------------------------------------------------------------------


def test_a_tree_of_all_elements_is_understood() -> None:
    tree = parse(
        "<?xml version='1.0' encoding='utf-16'?>"
        "<peersearch xmlns:xs='http://www.w3.org/2001/XMLSchema'><!-- who --> <or>"
        f"<and>{clause('x')}{clause('1', 'greater', 'int')}</and>{clause('2000', 'less', 'date', 'b')}"
        "</or></peersearch>"
    )
    assert isinstance(tree, Or)
    first, second = tree.parts
    assert isinstance(first, And) and isinstance(second, Clause)
    assert [part.type for part in first.parts if isinstance(part, Clause)] == ["string", "int"]
    assert (second.attrib, second.type, second.compare) == ("b", "date", Compare.LESS)


def test_the_comparisons_are_the_published_ones() -> None:
    assert [compare.value for compare in Compare] == COMPARES
    assert all(name in RULES["clause"]["xml_attributes"]["compare"] for name in COMPARES)


def test_compare_is_equal_when_it_is_not_given() -> None:
    assert found("<clause attrib='a' type='string'>x</clause>", "x")
    assert not found("<clause attrib='a' type='string'>x</clause>", "y")


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no xml",
        "<peersearch/>",
        "<peersearch></peersearch>",
        f"<search>{clause('x')}</search>",
        clause("x"),
        f"<peersearch>{clause('x')}{clause('y')}</peersearch>",
        f"<peersearch>text{clause('x')}</peersearch>",
        f"<peersearch a='1'>{clause('x')}</peersearch>",
        "<peersearch><and/></peersearch>",
        "<peersearch><or></or></peersearch>",
        f"<peersearch><and>{clause('x')}<or/></and></peersearch>",
        f"<peersearch><not>{clause('x')}</not></peersearch>",
        f"<peersearch><and x='1'>{clause('x')}</and></peersearch>",
        f"<peersearch><peersearch>{clause('x')}</peersearch></peersearch>",
        "<peersearch><clause type='string' compare='equal'>x</clause></peersearch>",
        "<peersearch><clause attrib='a' compare='equal'>x</clause></peersearch>",
        "<peersearch><clause attrib='a' type='string' compare='equal' more='1'>x</clause></peersearch>",
        "<peersearch><clause attrib='a' type='string'><b/>x</clause></peersearch>",
        f"<peersearch>{clause('x', compare='like')}</peersearch>",
        f"<peersearch>{clause('x', compare='EQUAL')}</peersearch>",
        f"<peersearch>{clause('x', type='text')}</peersearch>",
        f"<peersearch>{clause('x', attrib='')}</peersearch>",
        f"<peersearch>{clause('x', attrib='a b')}</peersearch>",
        f"<peersearch>{clause('x', attrib='a' * 41)}</peersearch>",
        f"<peersearch>{clause('one', type='int')}</peersearch>",
        f"<peersearch>{clause('-1', type='int')}</peersearch>",
        f"<peersearch>{clause('', type='int')}</peersearch>",
        f"<peersearch>{clause('1*', type='int')}</peersearch>",
        f"<peersearch>{clause('yesterday', type='date')}</peersearch>",
        f"<peersearch>{clause('2000-*', type='date')}</peersearch>",
    ],
)
def test_what_the_schema_does_not_allow_is_an_invalid_search(xml: str) -> None:
    refused(xml)


@pytest.mark.parametrize("content", ["\\", "a\\b", "x\\", "\\\\\\", "\\n", "\\ *"])
@pytest.mark.parametrize("compare", ["equal", "less"])
def test_a_bad_escape_is_an_invalid_argument(content: str, compare: str) -> None:
    with pytest.raises(InvalidArgument):
        searched(clause(content, compare))


@pytest.mark.parametrize(
    "prologue", ["<!DOCTYPE peersearch>", "<!DOCTYPE peersearch [<!ENTITY a 'b'>]>", "<?xml-stylesheet href='x'?>"]
)
def test_doctypes_and_processing_instructions_are_refused(prologue: str) -> None:
    refused(f"{prologue}<peersearch>{clause('x')}</peersearch>")


def test_nesting_ends_where_it_would_hurt() -> None:
    def nested(depth: int) -> str:
        return f"<peersearch>{'<and>' * depth}{clause('x')}{'</and>' * depth}</peersearch>"

    assert parse(nested(100)).matches([Attribute("a", "string", "x")], {})
    refused(nested(100_000))


def test_1024_clauses_pass_and_one_more_does_not() -> None:
    assert found(f"<or>{clause('y') * 1023}{clause('x')}</or>", "x")
    with pytest.raises(InvalidSearch):
        searched(f"<or>{clause('y') * 1025}</or>")


@given(st.text(max_size=60) | st.text("<>/peersearch and or clause attrib=type'\"&;\\*?", max_size=80))
def test_any_text_is_a_query_or_refused(xml: str) -> None:
    for document in (xml, f"<peersearch>{xml}</peersearch>", f"<peersearch>{clause(xml.strip(chr(0)))}</peersearch>"):
        try:
            query = parse(document)
        except PeerError:
            continue
        assert query.matches([], {}) is False


# ---- Comparing -------------------------------------------------------------------------------------------------------


def satisfied(content: str, value: str, type: str) -> list[str]:
    return [compare for compare in COMPARES if found(clause(content, compare, type), value, type=type)]


BELOW = ["notequal", "less", "lessorequal"]
SAME = ["equal", "greaterorequal", "lessorequal"]
ABOVE = ["notequal", "greater", "greaterorequal"]


@pytest.mark.parametrize(
    ("value", "outcome"),
    [("ab", SAME), ("aa", BELOW), ("a", BELOW), ("abc", ABOVE), ("b", ABOVE), ("AB", BELOW), ("é", ABOVE), ("", BELOW)],
)
def test_strings_compare_character_by_character_case_included(value: str, outcome: list[str]) -> None:
    assert satisfied("ab", value, "string") == outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("10", SAME),
        ("010", SAME),
        ("9", BELOW),
        ("0", BELOW),
        ("11", ABOVE),
        ("9" * 60, ABOVE),
        ("000000000002", BELOW),
    ],
)
def test_ints_compare_as_numbers_of_any_length(value: str, outcome: list[str]) -> None:
    assert satisfied("10", value, "int") == outcome


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ("2000-02", SAME),
        ("2000-02-01", SAME),
        ("2000-02-29T23:59:59.9Z", SAME),
        ("2000-01-31", BELOW),
        ("2000-03", ABOVE),
        ("2000-02-01T00:30+01:00", BELOW),
        ("2000-02-29T23:30-01:00", ABOVE),
    ],
)
def test_a_date_clause_is_as_wide_as_it_is_precise(value: str, outcome: list[str]) -> None:
    assert satisfied("2000-02", value, "date") == outcome


def test_white_space_around_ints_and_dates_is_not_part_of_them_but_of_strings_it_is() -> None:
    assert found(clause(" 5\n", type="int"), "5", type="int")
    assert found(clause(" 2000 ", type="date"), "2000", type="date")
    assert not found(clause(" x "), "x")


def test_a_clause_about_an_attribute_that_the_record_lacks_is_never_satisfied() -> None:
    for compare in COMPARES:
        assert not searched(clause("x", compare, attrib="b")).matches([Attribute("a", "string", "y")], {})


def test_one_of_several_values_is_enough() -> None:
    assert found(clause("x"), "y", "x")
    assert found(clause("x", "notequal"), "x", "y")
    assert not found(clause("x", "notequal"), "x", "x")


def test_an_attribute_of_another_type_is_another_attribute() -> None:
    assert not found(clause("5", type="string"), "5", type="int")
    assert not found(clause("5", "notequal", type="string"), "6", type="int")


def test_attribute_names_compare_with_case() -> None:
    assert not searched(clause("x", attrib="A")).matches([Attribute("a", "string", "x")], {})


def test_and_wants_all_and_or_wants_one() -> None:
    yes, no = clause("x"), clause("y")
    assert [found(f"<and>{a}{b}</and>", "x") for a in (yes, no) for b in (yes, no)] == [True, False, False, False]
    assert [found(f"<or>{a}{b}</or>", "x") for a in (yes, no) for b in (yes, no)] == [True, True, True, False]


# ---- Wildcards -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*", ["", "x", "a\nb"], []),
        ("?", ["x", "*", "\U0001f600"], ["", "xy"]),
        ("a*", ["a", "abc"], ["", "ba", "A"]),
        ("*a", ["a", "ba"], ["ab"]),
        ("a*a", ["aa", "aba", "aaaa"], ["a", "ab"]),
        ("*ab*ba*", ["abba", "xabxbax"], ["aba", "baab"]),
        ("a?c", ["abc", "a?c"], ["ac", "abbc"]),
        ("a??*", ["abc", "abcd"], ["ab"]),
        ("**", ["", "x"], []),
        ("\\*", ["*"], ["", "x", "\\*"]),
        ("\\?", ["?"], ["x"]),
        ("\\\\", ["\\"], ["\\\\"]),
        ("\\\\*", ["\\", "\\x"], ["x"]),
        ("\\**", ["*", "*x"], ["x*"]),
        ("[a]*", ["[a]", "[a]x"], ["a", "ax"]),
        ("[!a]?", ["[!a]x"], ["bx"]),
        (".*", [".", ".x"], ["x"]),
    ],
)
def test_wildcards_stand_for_characters_and_escapes_for_themselves(pattern: str, yes: list[str], no: list[str]) -> None:
    for value in yes + no:
        assert found(clause(pattern), value) is (value in yes), value
        assert found(clause(pattern, "notequal"), value) is (value in no), value
        assert asked(clause(pattern), [Attribute("a", "string", value)]) is (value in yes), value


@pytest.mark.parametrize("compare", ["greater", "less", "greaterorequal", "lessorequal"])
def test_wildcards_are_plain_characters_when_order_is_asked(compare: str) -> None:
    assert found(clause("a*", compare), "a*") is compare.endswith("orequal")
    assert found(clause("a\\*", compare), "a*") is compare.endswith("orequal")


def test_many_wildcards_do_not_take_for_ever() -> None:
    # A matcher that went back would need longer than anybody waits.
    assert not found(clause("*a" * 200 + "b"), "a" * 20_000)
    assert not asked(clause("*a" * 200 + "b"), [Attribute("a", "string", "a" * 20_000)])


@pytest.mark.parametrize(
    ("attrib", "type", "content"),
    [
        ("peercreatorid", "string", "0.Ann"),
        ("peercreatorid", "string", "0.*"),
        ("peerlastmodifiedby", "string", "0.Bob"),
        ("peercreationtime", "date", "2026-03"),
        ("peerlastmodificationtime", "date", "2026-04-01"),
        ("peerrecordid", "string", "01234567-89ab-cdef-0123-456789abcdef"),
        ("peerrecordid", "string", "{01234567-89AB-CDEF-0123-456789ABCDEF}"),
        ("peerrecordid", "string", "{01234567-*}"),
        ("peerrecordtype", "string", "AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE"),
    ],
)
def test_reserved_names_speak_of_the_records_own_fields(attrib: str, type: str, content: str) -> None:
    for compare, expected in (("equal", True), ("notequal", False)):
        inner = clause(content, compare, type, attrib)
        assert searched(inner).matches([], RESERVED) is expected
        assert asked(inner, [], RESERVED) is expected


def test_there_is_a_field_for_every_reserved_name() -> None:
    names = facts.load("records_and_xml.json")["record_attributes_xml"]["reserved_names"]
    assert sorted(RESERVED) == sorted(names)


def test_a_record_never_updated_has_no_last_modifier() -> None:
    plain = search.reserved_of(summarize(encode_record(replace(RECORD, modified_by=None))))
    inner = clause("*", attrib="peerlastmodifiedby")
    assert not searched(inner).matches([], plain)
    assert not asked(inner, [], plain)


def test_a_reserved_name_of_another_type_is_never_satisfied() -> None:
    for inner in (clause("5", "notequal", "int", "peercreatorid"), clause("*", attrib="peercreationtime")):
        assert not searched(inner).matches([], RESERVED)
        assert not asked(inner, [], RESERVED)


def test_attributes_cannot_pretend_to_be_a_records_own_fields() -> None:
    fake = [Attribute("peercreatorid", "string", "0.Eve")]
    assert not searched(clause("0.Eve", attrib="peercreatorid")).matches(fake, RESERVED)
    assert not searched(clause("0.Eve", attrib="peercreatorid")).matches(fake, {})
