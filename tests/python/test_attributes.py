"""Record attributes as mappings: whatever goes in comes out again."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import InvalidAttributes
from peerapi.python.attributes import from_xml, to_xml

NOT_XML = [chr(n) for n in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)]
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters=NOT_XML))
VALUES = st.one_of(TEXTS, st.integers(0, 10**30), st.datetimes(timezones=st.just(UTC)))
NAMES = st.text("abcXYZ019", min_size=1, max_size=40)


@given(st.dictionaries(NAMES, st.one_of(VALUES, st.lists(VALUES, min_size=2, max_size=4).map(tuple)), max_size=8))
def test_attributes_come_back_as_they_went(attributes: dict[str, Any]) -> None:
    assert from_xml(to_xml(attributes)) == attributes


@given(st.dates())
def test_a_day_comes_back_as_its_first_moment(day: date) -> None:
    assert from_xml(to_xml({"Day": day})) == {"Day": datetime(day.year, day.month, day.day, tzinfo=UTC)}


def test_nothing_is_no_document_and_an_empty_mapping_is_one() -> None:
    assert to_xml(None) is None
    assert from_xml(None) == {}
    assert to_xml({}) == "<attributes></attributes>"


def test_a_number_that_is_too_long_for_python_stays_a_text() -> None:
    digits = "9" * 5000
    xml = f'<attributes><attribute name="n" type="int">{digits}</attribute></attributes>'
    assert from_xml(xml) == {"n": digits}


@pytest.mark.parametrize("value", ["\x00", "\x1f", "\ud800", "\uffff", -1, 1.0, None, b"", True, [], ("a", None)])
def test_what_no_attribute_can_be_is_refused(value: Any) -> None:
    with pytest.raises(InvalidAttributes):
        to_xml({"n": value})


@pytest.mark.parametrize("name", ["", "a b", "ä", "x" * 41, "peercreatorid", 'a"b'])
def test_names_have_letters_and_digits(name: str) -> None:
    with pytest.raises(InvalidAttributes):
        to_xml({name: "x"})
