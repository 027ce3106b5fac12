"""The DER reader and writer."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader

SECOND = 10_000_000
NAMES = [der.UTF8_STRING, der.UNIVERSAL_STRING]


@given(st.integers())
def test_an_integer_comes_back(value: int) -> None:
    assert Reader(der.integer(value)).integer() == value


@given(st.binary(max_size=70_000))
def test_bytes_come_back(value: bytes) -> None:
    reader = Reader(der.octets(value) + der.bits(value))
    assert reader.take(der.OCTET_STRING) == value
    assert reader.bits() == value
    reader.finish()


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 1 << 40), max_size=6))
def test_an_oid_comes_back(first: int, second: int, rest: list[int]) -> None:
    dotted = ".".join(map(str, (first, second, *rest)))
    assert Reader(der.oid(dotted)).oid() == dotted


@pytest.mark.parametrize("tag", NAMES)
@given(value=st.text(st.characters(exclude_categories=("Cs",))))
def test_a_text_comes_back(tag: int, value: str) -> None:
    assert Reader(der.text(tag, value)).text(tag) == value


@given(st.integers(0, 265_046_774_399), st.integers(0, SECOND - 1))
def test_a_time_comes_back_without_fractions(seconds: int, fraction: int) -> None:
    assert Reader(der.time(seconds * SECOND + fraction)).time() == seconds * SECOND


@pytest.mark.parametrize(
    ("time", "written"),
    [(134_000_000_000_000_000, b"\x17\r250818141320Z"), (2_650_467_743_990_000_000, b"\x18\x0f99991231235959Z")],
)
def test_a_time_is_written_as_rfc_5280_says(time: int, written: bytes) -> None:
    assert der.time(time) == written


NOT_DER = {
    "nothing": b"",
    "only a tag": b"\x04",
    "the end is missing": b"\x04\x02a",
    "an indefinite length": b"\x04\x80a\0\0",
    "a long length for a short value": b"\x04\x81\x01a",
    "a length with a zero in front": b"\x04\x82\x00\x80" + bytes(128),
    "a length of five bytes": b"\x04\x85\0\0\0\0\x01a",
    "a length that ends early": b"\x04\x82\x01",
    "another tag": b"\x05\x00",
}


@pytest.mark.parametrize("data", NOT_DER.values(), ids=NOT_DER.keys())
def test_a_value_that_is_not_der_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(data).take(der.OCTET_STRING)


@pytest.mark.parametrize("data", [b"\x02\x00", b"\x02\x02\x00\x7f", b"\x02\x02\xff\x80"])
def test_an_integer_has_one_form(data: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(data).integer()


@pytest.mark.parametrize("data", [b"\x06\x00", b"\x06\x01\x80", b"\x06\x02\x80\x01", b"\x06\x02\x2a\x86"])
def test_an_oid_has_one_form(data: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(data).oid()


@pytest.mark.parametrize("data", [b"\x01\x01\x01", b"\x01\x00", b"\x01\x02\xff\xff"])
def test_a_boolean_has_one_form(data: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(data).boolean()


@pytest.mark.parametrize(
    "data",
    [
        b"\x17\x0b2508181413Z",
        b"\x17\x0d250818141320+",
        b"\x17\x0d251318141320Z",
        b"\x18\x0f99990231235959Z",
        b"\x18\x0f99991231235960Z",
        b"\x18\x0f15991231235959A",
        b"\x17\x0d25081814132 Z",
        b"\x04\x0d250818141320Z",
    ],
)
def test_what_is_no_time_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(data).time()


def test_bits_end_with_a_byte() -> None:
    for data in (b"\x03\x00", b"\x03\x02\x01\x80"):
        with pytest.raises(Malformed):
            Reader(data).bits()


def test_a_string_is_of_a_type_that_was_asked_for() -> None:
    with pytest.raises(Malformed):
        Reader(der.text(der.UTF8_STRING, "x")).text(der.UNIVERSAL_STRING)
    with pytest.raises(Malformed):
        Reader(der.octets(b"x")).text()
    with pytest.raises(Malformed):
        Reader(b"\x0c\x01\xff").text()


def test_an_inner_value_does_not_reach_beyond_its_outer_one() -> None:
    inner = Reader(b"\x30\x03\x04\x02a" + b"bcd").inside(der.SEQUENCE)
    with pytest.raises(Malformed):
        inner.take(der.OCTET_STRING)


def test_what_is_left_over_is_noticed() -> None:
    with pytest.raises(Malformed):
        Reader(b"\0").finish()


@given(st.binary(max_size=30), st.sampled_from(["integer", "oid", "bits", "boolean", "text", "time", "whole"]))
def test_any_bytes_are_read_or_malformed(data: bytes, what: str) -> None:
    with contextlib.suppress(Malformed):
        getattr(Reader(data), what)()
