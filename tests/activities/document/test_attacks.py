"""What a member's program may put into a record of a document, and what comes of it: each first without its check."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text

from peerapi.activities.document import _updates, parts, updates
from peerapi.activities.document.parts import Header
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import Malformed
from tests.activities.document import plain
from tests.activities.document.writers import Writer

ANN, CARL = updates.client_of("ann", 3), updates.client_of("carl", 3)


def said_by(client: int, do: Callable[[Doc[Text], Text], object]) -> bytes:
    """What pycrdt makes of it."""
    doc: Doc[Text] = Doc(client_id=client)
    text = doc.get("text", type=Text)
    do(doc, text)
    return doc.get_update()


def accepted(update: bytes, writer: str = "carl") -> SharedText:
    """A reader who has taken it. Raises Malformed."""
    reader = SharedText(updates.client_of("reader", 0))
    reader.take([("a record", parts.decoded(parts.encoded(Header(), update), writer)[1])])
    return reader


def test_what_a_writer_says_is_taken() -> None:
    assert accepted(said_by(CARL, lambda _, text: text.insert(0, "<b>é😀"))).text == "<b>é😀"


def test_nobody_writes_in_another_s_name(monkeypatch: pytest.MonkeyPatch) -> None:
    forged = said_by(ANN, lambda _, text: text.insert(0, "I owe Carl 100"))
    with monkeypatch.context() as unchecked:
        unchecked.setattr(updates, "is_of", lambda client, peer: True)
        reader = accepted(forged)
        assert reader.text == "I owe Carl 100"
        unit = reader.unit_at(0)
        assert unit is not None and unit[0] == ANN
    with pytest.raises(Malformed, match="somebody else's"):
        accepted(forged)


OTHER_CONTENT: dict[str, Callable[[Doc[Text], Text], object]] = {
    "formats": lambda _, text: text.insert(0, "x", {"onclick": "alert(1)"}),
    "embedded values": lambda _, text: text.insert_embed(0, {"svg": "<svg onload=alert(1)>"}),
    "maps": lambda doc, _: doc.get("map", type=Map).update({"a": "b" * 100}),
    "arrays": lambda doc, _: doc.get("array", type=Array).extend([1, 2]),
    "another text": lambda doc, _: doc.get("hidden", type=Text).insert(0, "not seen"),
    "documents in documents": lambda doc, _: doc.get("map", type=Map).update({"doc": Doc()}),
}


@pytest.mark.parametrize("what", OTHER_CONTENT)
def test_nothing_but_text_comes_in(what: str) -> None:
    """pycrdt takes all of these, and keeps and hands on what nobody sees."""
    update = said_by(CARL, OTHER_CONTENT[what])
    unchecked: Doc[Text] = Doc()
    unchecked.apply_update(update)
    assert len(unchecked.get_update()) > 10
    with pytest.raises(Malformed):
        accepted(update)


def test_control_characters_do_not_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    update = said_by(CARL, lambda _, text: text.insert(0, "a\x00\x1b[31m\x07b"))

    def read(data: bytes) -> object:
        sections, removed = plain.read(data)
        return [(one.client, one.begin, one.after, plain.rows(one.items)) for one in sections], removed

    with monkeypatch.context() as unchecked:
        unchecked.setattr(plain, "FORBIDDEN", re.compile("(?!)"))
        unchecked.setattr(_updates, "read", read)
        assert "\x1b" in accepted(update).text
    with pytest.raises(Malformed, match="control"):
        accepted(update)
    assert updates.without_forbidden("a\x00b\r\nc\ud800") == "ab\nc"


def test_an_update_with_a_gap_waits() -> None:
    before = Writer("carl", 3)
    before.type(0, "first")
    before.store()
    ((_, data),) = before.records.values()
    late = updates.written([(CARL, 5, [b"\x04" + updates.ROOT + b"\x01Z"])], [])
    reader = accepted(late)
    assert reader.text == "" and reader.waiting_bytes > 0
    reader.take([("the first", parts.decoded(data, "carl")[1])])
    assert sorted(reader.text) == sorted("firstZ")


def test_what_stands_on_itself_or_on_nothing_waits_outside_pycrdt() -> None:
    name = updates.written([(CARL, 0, [b"x"])], [])[2:10]
    other = updates.written([(updates.client_of("carl", 4), 0, [b"x"])], [])[2:10]
    for data in (
        b"\x01\x01" + name + b"\x00\x84" + name + b"\x05\x01x\x00",  # behind one of its own that comes later
        b"\x01\x01" + name + b"\x00\x84" + name + b"\x00\x01x\x00",  # behind itself
    ):
        with pytest.raises(Malformed, match="comes later"):
            updates.read(data, "carl")
    circle = (
        b"\x02\x01"
        + name
        + b"\x00\x84"
        + other
        + b"\x00\x01x"
        + b"\x01"
        + other
        + b"\x00\x84"
        + name
        + b"\x00\x01y\x00"
    )
    reader = accepted(circle)
    assert reader.text == "" and reader.waiting_bytes > len(circle)
    unchecked: Doc[Text] = Doc()
    unchecked.apply_update(circle)  # without the check it lies in there, and every later update is put together with it
    assert str(unchecked.get("text", type=Text)) == ""


def test_a_record_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = said_by(CARL, lambda _, text: text.insert(0, "x" * (parts.MOST_DATA + 1)))
    with monkeypatch.context() as unchecked:
        unchecked.setattr(parts, "MOST_DATA", 1 << 30)
        assert len(accepted(huge).text) > 64 << 10
    with pytest.raises(Malformed, match="too large"):
        accepted(huge)
    name = updates.written([(CARL, 0, [b"x"])], [])[2:10]
    for length in (b"\xff\xff\xff\xff\x0f", b"\xff\xff\xff\xff\x7f", b"\x80\x80\x80\x80\x80\x80\x01"):
        with pytest.raises(Malformed):  # units without end, as a gap that was removed
            updates.read(b"\x01\x01" + name + b"\x00\x01\x01\x04text" + length + b"\x00", "carl")


HEADERS = [
    "",
    "[]",
    "{}",
    '{"n": -1}',
    '{"n": 1.5}',
    '{"n": true}',
    '{"n": 1, "peer": "ann"}',
    '{"n": 1, "c": [1, 2]}',
    '{"n": 1, "c": [null]}',
    '{"n": 1, "c": [[1], null]}',
    '{"n": 1, "c": [[-1, 0], null]}',
    '{"n": 1, "c": [["ann", 0], null]}',
    '{"n": 1, "w": {"a": "b"}}',
    '{"n": 1, "w": [1]}',
    json.dumps({"n": 1, "w": {str(number): 1 for number in range(99)}}),
    "[" * 900,
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_is_checked(header: str) -> None:
    text = header.encode()
    with pytest.raises(Malformed):
        parts.decoded(b"\x01" + len(text).to_bytes(2, "little") + text + updates.written([], []), "carl")


def test_a_caret_at_no_place_is_none() -> None:
    """pycrdt panics when it is asked for one, which is why it is not."""
    reader = accepted(said_by(CARL, lambda _, text: text.insert(0, "abc")))
    assert reader.index_of((CARL, 2)) == 2
    for unit in ((CARL, 3), (ANN, 0), (0, 0), ((1 << 53) - 1, (1 << 53) - 1)):
        assert reader.index_of(unit) is None
    reader.clocks[ANN] = 1  # without the check
    with pytest.raises(BaseException, match="unwrap"):
        reader.index_of((ANN, 0))


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (lambda: updates.read(data), lambda: parts.decoded(data, "carl")):
        try:
            read()
        except Malformed:
            continue


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_any_change_of_a_sound_update_is_refused_or_harmless(data: st.DataObject) -> None:
    """Those that are read are taken: pycrdt finds nothing wrong with them, and is where it was said to be."""
    writer = Writer("carl", 3)
    for number in range(8):
        writer.type(data.draw(st.integers(0, len(writer.text))), f"{number}😀"[: 1 + number % 2])
        writer.type(0, "", number % 2)
    writer.store()
    ((_, sound),) = writer.records.values()
    update = bytearray(sound[3 + int.from_bytes(sound[1:3], "little") :])
    for _ in range(data.draw(st.integers(1, 4))):
        update[data.draw(st.integers(0, len(update) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = updates.read(bytes(update), "carl")
    except Malformed:
        return
    reader = SharedText(updates.client_of("reader", 0))
    reader.take([("it", found)])
    for section in found.sections:
        assert reader.clocks.get(section.client, 0) <= section.after
    reader.edit(["still "])
    assert reader.text.startswith("still ")
