"""Payloads of the board's records: what is written is read again, and nothing unsound is ever drawn."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.whiteboard.marks import (
    CHAT_LINE,
    PAGE,
    STROKE,
    TEXT,
    TYPES,
    ChatLine,
    Page,
    Stroke,
    Text,
    decode,
    is_words,
)
from peerapi.whiteboard.picture import svg

ID = UUID("00112233-4455-6677-8899-aabbccddeeff")
GUID = bytes.fromhex("33221100554477668899aabbccddeeff")
RED = b"red".ljust(16, b"\0")
coordinates = st.integers(-(1 << 15), (1 << 15) - 1)
dots = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=500).map(tuple)
colours = st.from_regex(r"[A-Za-z0-9#]{1,15}", fullmatch=True).filter(str.isascii)
words = st.text(min_size=1, max_size=60).filter(lambda text: is_words(text, 399))


@given(st.builds(Stroke, st.uuids(), colours, st.integers(1, 300), dots))
def test_a_stroke_is_read_as_it_was_written(stroke: Stroke) -> None:
    assert decode(STROKE, stroke.encode()) == stroke


@given(st.builds(Text, st.uuids(), colours, st.integers(1, 300), st.tuples(coordinates, coordinates), words))
def test_a_text_is_read_as_it_was_written(text: Text) -> None:
    assert decode(TEXT, text.encode()) == text


@given(words.filter(lambda text: is_words(text, 63)))
def test_a_page_and_a_line_of_chat_are_read_as_they_were_written(text: str) -> None:
    assert decode(PAGE, Page(text).encode()) == Page(text)
    assert decode(CHAT_LINE, ChatLine(text).encode()) == ChatLine(text)


def test_the_bytes_are_those_of_the_c_structs() -> None:
    stroke = Stroke(ID, "red", 6, ((1, -2), (300, 4)))
    assert stroke.encode() == GUID + RED + bytes.fromhex("0600 0200 0100 feff 2c01 0400")
    text = Text(ID, "red", 32, (-1, 2), "Grüße")
    assert text.encode() == GUID + RED + bytes.fromhex("2000 ffff 0200") + "Grüße".encode()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (PAGE, b""),
        (PAGE, b"a" * 256),
        (PAGE, b"two\nlines"),
        (PAGE, b"\xff"),
        (PAGE, "\uffff".encode()),
        (STROKE, b""),
        (STROKE, GUID + RED + b"\1\0\0\0"),
        (STROKE, GUID + RED + b"\1\0\2\0" + bytes(4)),
        (STROKE, GUID + RED + b"\1\0\1\0" + bytes(5)),
        (STROKE, GUID + RED + b"\0\0\1\0" + bytes(4)),
        (STROKE, GUID + RED + b"\x2d\1\1\0" + bytes(4)),
        (STROKE, GUID + RED + b"\1\0\xf5\1" + bytes(4 * 501)),
        (STROKE, GUID + bytes(16) + b"\1\0\1\0" + bytes(4)),
        (STROKE, GUID + b"url(x)".ljust(16, b"\0") + b"\1\0\1\0" + bytes(4)),
        (STROKE, GUID + b"a" * 16 + b"\1\0\1\0" + bytes(4)),
        (TEXT, GUID + RED + b"\1\0" + bytes(4)),
        (TEXT, GUID + RED + b"\1\0" + bytes(4) + b"a" * 2000),
        (TEXT, GUID + RED + b"\1\0" + bytes(4) + b"a\0"),
        (TEXT, GUID + RED + b"\0\0" + bytes(4) + b"a"),
    ],
)
def test_what_is_unsound_is_not_there(kind: UUID, data: bytes) -> None:
    assert decode(kind, data) is None


@given(st.sampled_from(TYPES), st.binary(max_size=300))
def test_any_bytes_are_something_sound_or_nothing(kind: UUID, data: bytes) -> None:
    found = decode(kind, data)
    assert found is None or decode(kind, found.encode()) == found


def test_control_characters_in_the_chat_are_question_marks() -> None:
    assert decode(CHAT_LINE, "a\x1b[2Jb\n".encode("utf-16-le")) == ChatLine("a?[2Jb?")
    assert decode(CHAT_LINE, b"a\0\xff") == ChatLine("a\ufffd")


def test_markup_stays_words_in_the_picture() -> None:
    page = uuid4()
    drawn = svg([(page, "<b>")], [Text(page, "red", 20, (1, 2), "</text><script>'\"&")])
    assert "<title>&#60;b&#62;</title>" in drawn
    assert "&#60;/text&#62;&#60;script&#62;&#39;&#34;&#38;</text>" in drawn
