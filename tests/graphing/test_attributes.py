"""Record attributes, MS-PPGRH 2.2.3.5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidAttributes, PeerError, TooManyAttributes
from peerapi.graphing.codec import attributes, dates, strict_xml
from peerapi.graphing.codec.attributes import Attribute, check, parse
from tests.support import facts

RULES = facts.load("records_and_xml.json")["record_attributes_xml"]

EXAMPLE = """
<attributes>
  <attribute name="Owner" type="string">Scott</attribute>
  <attribute name="Birthday" type="date">1972-04-04</attribute>
  <attribute name="Priority" type="int">1</attribute>
</attributes>
"""


def one(name: str = "a", type: str = "string", value: str = "v") -> str:
    return f'<attributes><attribute name="{name}" type="{type}">{value}</attribute></attributes>'


def refused(xml: str) -> None:
    with pytest.raises(InvalidAttributes):
        check(xml)
    with pytest.raises(InvalidAttributes):
        parse(xml, internal=False)


def test_the_published_example_is_understood() -> None:
    check(EXAMPLE)
    assert parse(EXAMPLE) == (
        Attribute("Owner", "string", "Scott"),
        Attribute("Birthday", "date", "1972-04-04"),
        Attribute("Priority", "int", "1"),
    )


@pytest.mark.parametrize("xml", ["<attributes/>", "<attributes></attributes>", "<attributes>\r\n\t </attributes>"])
def test_no_attribute_at_all_is_accepted(xml: str) -> None:
    check(xml)
    assert parse(xml) == ()


def test_names_need_not_be_unique() -> None:
    xml = one("keyword", value="x").replace(
        "</attributes>", '<attribute name="keyword" type="string">y</attribute></attributes>'
    )
    assert [found.value for found in parse(xml)] == ["x", "y"]


@pytest.mark.parametrize(
    "value", ["", " two words ", "&lt;&amp;&gt;&quot;&apos;", "&#65;&#x42;", "<![CDATA[<b>]]>", "\U0001f600"]
)
def test_a_string_may_hold_any_text(value: str) -> None:
    check(one(value=value))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40))
def test_text_comes_out_as_it_went_in(value: str) -> None:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    check(one(value=escaped))
    assert parse(one(value=escaped)) == (Attribute("a", "string", value),)


@pytest.mark.parametrize(
    "xml",
    [
        '<?xml version="1.0"?>' + one(),
        '<?xml version="1.0" encoding="utf-8" standalone="yes"?>' + one(),
        '<?xml version="1.0" encoding="UTF-16"?>' + one(),
        "<!-- a comment -->" + one(value="<!-- another -->v"),
        one().replace("<attributes>", '<attributes xmlns:xs="http://www.w3.org/2001/XMLSchema">'),
    ],
)
def test_what_xml_allows_around_the_data_is_accepted(xml: str) -> None:
    check(xml)
    assert parse(xml) == (Attribute("a", "string", "v"),)


# ---- The schema ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "a b", "a-b", "a_b", "ä", "\uff11", "x" * 41, "a:b"])
def test_a_name_is_up_to_40_ascii_letters_and_digits(name: str) -> None:
    refused(one(name))
    check(one("x" * RULES["name_rules"]["max_chars"]))
    check(one("0aZ"))


@pytest.mark.parametrize("name", RULES["reserved_names"])
def test_reserved_names_are_refused_in_an_applications_record(name: str) -> None:
    refused(one(name))
    check(one(name), internal=True)


def test_the_reserved_names_are_the_published_ones() -> None:
    assert frozenset(RULES["reserved_names"]) == attributes.RESERVED_NAMES


@pytest.mark.parametrize("type", ["", "String", "number", "int "])
def test_a_type_is_string_int_or_date(type: str) -> None:
    refused(one(type=type))


@pytest.mark.parametrize("value", ["", "-1", "+1", "1.0", " 1", "1 ", "0x1", "\uff11"])
def test_an_int_is_all_digits(value: str) -> None:
    refused(one(type="int", value=value))
    check(one(type="int", value="007"))
    check(one(type="int", value="9" * 100))


@pytest.mark.parametrize(
    "value",
    [
        "1972",
        "1972-04",
        "1972-04-04",
        "2024-02-29",
        "1972-04-04T10:20Z",
        "1972-04-04T10:20:30+01:00",
        "1972-04-04T10:20:30.25-07:30",
    ],
)
def test_dates_of_the_w3c_note_are_accepted(value: str) -> None:
    check(one(type="date", value=value))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "72-04-04",
        "04/04/1972",
        "1972-13",
        "1972-00",
        "1972-02-30",
        "2023-02-29",
        "1972-04-04T",
        "1972-04-04T24:00Z",
        "1972-04-04T10:60Z",
        "1972-04-04T10",
        "1972-04-04 10:20",
        "1972-04-04T10:20:60Z",
        "1972-04-04T10:20+24:00",
        "0000",
        "1972T10:20Z",
        "1972-04-04Z",
        " 1972",
    ],
)
def test_other_dates_are_refused(value: str) -> None:
    refused(one(type="date", value=value))


@pytest.mark.parametrize(
    "xml",
    [
        "",
        " ",
        "text",
        "<attributes>",
        one() + one(),
        one() + "x",
        "<Attributes/>",
        "<attribute name='a' type='string'>v</attribute>",
        "<attributes x='1'/>",
        "<attributes>text</attributes>",
        "<attributes><other/></attributes>",
        "<attributes><attribute name='a'>v</attribute></attributes>",
        "<attributes><attribute type='string'>v</attribute></attributes>",
        "<attributes><attribute name='a' type='string' more='x'>v</attribute></attributes>",
        "<attributes><attribute name='a' name='b' type='string'>v</attribute></attributes>",
        one(value="<b>bold</b>"),
        one(value="&nbsp;"),
        one(value="\x01"),
        one(value="&#0;"),
        one(value="\ud800"),
        one(value="a & b"),
        one().replace("</attribute>", "</Attribute>"),
    ],
)
def test_what_the_schema_does_not_name_is_refused(xml: str) -> None:
    refused(xml)


# ---- Hostile documents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prologue",
    [
        "<!DOCTYPE attributes>",
        '<!DOCTYPE attributes [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE attributes SYSTEM "file:///etc/passwd">',
        "<?xml-stylesheet href='x'?>",
    ],
)
def test_doctypes_and_processing_instructions_are_refused(prologue: str) -> None:
    refused(prologue + one())
    refused(prologue + one(value="&b;"))


def test_an_instruction_inside_the_document_is_refused() -> None:
    refused(one(value="<?php echo 1 ?>"))


def test_attack_an_element_of_namespace_declarations_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few megabytes of them held up a graph for seconds. They are refused before anything is kept of them."""
    kept: list[int] = []
    start = strict_xml._Reading.start

    def counted(self: strict_xml._Reading, element: str, values: dict[str, str]) -> None:
        kept.append(len(values))
        start(self, element, values)

    monkeypatch.setattr(strict_xml._Reading, "start", counted)

    def document(declarations: int) -> str:
        names = " ".join(f'xmlns:n{number}=""' for number in range(declarations))
        return f"<attributes {names}></attributes>"

    with monkeypatch.context() as patch:
        patch.setattr(strict_xml, "MAX_DECLARATIONS", 1 << 30)
        assert parse(document(50_000)) == ()
        assert kept == [50_000], "harmless even without the check"
    kept.clear()
    refused(document(50_000))
    assert kept == []
    assert parse(document(strict_xml.MAX_DECLARATIONS)) == ()
    refused(document(strict_xml.MAX_DECLARATIONS + 1))


def test_1024_attributes_pass_and_one_more_is_too_many() -> None:
    element = '<attribute name="a" type="int">1</attribute>'
    check(f"<attributes>{element * 1024}</attributes>")
    with pytest.raises(TooManyAttributes):
        check(f"<attributes>{element * 1025}</attributes>")


def test_a_document_of_a_million_open_elements_is_refused_at_the_second() -> None:
    refused("<attributes>" * 1_000_000)
    refused('<attributes><attribute name="a" type="string">' + "<x>" * 1_000_000)


def test_a_value_of_a_megabyte_passes() -> None:
    check(one(value="x" * 1_000_000))


@given(st.text(max_size=60) | st.text("<>/attributes name=type'\"&;#!?[]-", max_size=80))
def test_any_text_passes_or_is_refused(xml: str) -> None:
    try:
        check(xml)
    except PeerError:
        return
    assert isinstance(parse(xml), tuple)


# ---- Remembering -----------------------------------------------------------------------------------------------------


def test_what_was_refused_is_refused_again_and_what_passed_passes_again() -> None:
    for _ in range(3):
        check(one(value="remember"))
        refused(one("remember it"))


def test_remembering_keeps_the_two_kinds_of_record_apart() -> None:
    check(one("peerrecordid"), internal=True)
    refused(one("peerrecordid"))


def test_large_documents_are_not_kept() -> None:
    before = attributes._remembered.cache_info().currsize
    check(one(value="y" * 4096))
    assert attributes._remembered.cache_info().currsize == before


def test_the_memory_is_bounded() -> None:
    assert attributes._remembered.cache_info().maxsize == 1024


# ---- Dates as moments ------------------------------------------------------------------------------------------------

DAY = 864_000_000_000


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1601", 0),
        ("1601-01-02", DAY),
        ("1600-12-31", -DAY),
        ("1601-01-01T00:00:00.0000001Z", 1),
        ("1601-01-01T01:00+01:00", 0),
        ("1601-01-01T00:00-01:30", 54_000_000_000),
        ("1970-01-01T00:00:00Z", 116_444_736_000_000_000),
        ("1970-01-01T00:00", 116_444_736_000_000_000),
        ("1601-01-01T00:00:01,5Z", 15_000_000),
        ("1601-01-01T00:00:00.00000019Z", 1),
    ],
)
def test_a_date_is_a_moment_in_filetime_units(text: str, moment: int) -> None:
    assert dates.parse(text) == moment
