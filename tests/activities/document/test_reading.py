"""Updates as C reads them: just as plain Python does, whatever the bytes, and nothing leaks."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.mutation import damaged
from peerapi.activities.document import _halves, _updates
from peerapi.activities.document.updates import MOST_CLOCK, ROOT, ROW
from tests.activities.document.reading import CLIENTS, agrees, exercise, halves_agree, number, ready_agrees, sound
from tests.support import strategies as ours
from tests.support.leaks import leaked

CLOCKS = (0, 1, 2, 127, 128, 300, MOST_CLOCK - 1, MOST_CLOCK, (1 << 32) - 1, 1 << 32, 1 << 36)
WORDS = ("x", "~", " ", "\t\n", "é", "🥚e", "\x7f", "\x80", "a\x1b", "\r", "\ufffe", "\uffffé", "", "word " * 30)

LETTER = b"\x84" + number(CLIENTS[0]) + b"\x04\x01x"
"An item."

clients = st.sampled_from(CLIENTS) | st.sampled_from((0, 1, 1 << 51, (1 << 53) - 1, 1 << 53, (1 << 56) - 1))
clocks = st.sampled_from(CLOCKS) | st.integers(0, 200)
named = st.tuples(clients.map(number), clocks.map(number)).map(b"".join)
texts = (
    (st.sampled_from(WORDS) | st.text(max_size=9)).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.sampled_from((b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\xff"))
)  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> bytes:
    """One that is sound or nearly so."""
    info = draw(st.sampled_from((4, 4, 4, 4, 1, 1, 0, 5, 0x24))) | draw(st.sampled_from((0, 0x40, 0x80, 0xC0)))
    beside = b"".join(draw(named) for flag in (0x40, 0x80) if info & flag)
    root = b"" if beside else draw(st.sampled_from((ROOT, ROOT, ROOT, b"\x01\x04test", b"")))
    text = draw(texts)
    content = number(len(text)) + text if info & 4 else number(draw(clocks))
    return bytes([info]) + beside + root + content


@st.composite
def some(draw: st.DrawFn) -> bytes:
    """An update that is sound or nearly so."""
    sections = draw(st.lists(st.tuples(clients, clocks, st.lists(items(), max_size=4)), max_size=3))
    removed = draw(st.lists(st.tuples(clients, st.lists(st.tuples(clocks, clocks), max_size=3)), max_size=3))
    out = [number(len(sections))]
    for client, clock, found in sections:
        out += [number(len(found)), number(client), number(clock), *found]
    out.append(number(len(removed)))
    for client, ranges in removed:
        out += [number(client), number(len(ranges)), *(number(one) for each in ranges for one in each)]
    return b"".join(out)


@given(st.binary(max_size=80) | some() | ours.mutated(some()))
def test_any_update_is_read_as_plain_python_reads_it(data: bytes) -> None:
    agrees(data)


@given(st.randoms(use_true_random=False))
def test_a_sound_update_is_read_and_so_is_one_with_accidents(chance: random.Random) -> None:
    data = sound(chance)
    assert agrees(data) is not None
    ready_agrees(data, chance)
    halves_agree(data, chance)
    for one in damaged([data], 20, chance.randrange(1 << 30)):
        ready_agrees(one, chance)
        halves_agree(one, chance)


def test_each_of_the_things_that_may_be_wrong_is_found_by_both() -> None:
    """Where the first byte is the least that is wrong, and where it is the most that is right."""
    ann = number(CLIENTS[0])

    def one(item: bytes, clock: int = 0) -> bytes:
        return b"\x01\x01" + ann + number(clock) + item + b"\x00"

    letter = b"\x04" + ROOT + b"\x01x"
    gap = b"\x01" + ROOT
    right = [
        one(letter),
        one(letter, MOST_CLOCK - 1),
        one(gap + number(MOST_CLOCK)),
        one(b"\x84" + ann + b"\x04\x01x", 5),
        one(b"\x84" + number(CLIENTS[1]) + number(MOST_CLOCK - 1) + b"\x01x"),
        one(b"\x04" + ROOT + b"\x81\x00x"),  # a number in more bytes than it needs
    ]
    wrong = [
        b"",
        b"\x00",
        one(letter) + b"\x00",
        one(letter)[:-1],
        one(letter, MOST_CLOCK),
        one(letter, 1 << 34),
        one(gap + number(MOST_CLOCK + 1)),
        one(gap + b"\x00"),
        one(b"\x04" + ROOT + b"\x00"),
        one(b"\x84" + ann + b"\x05\x01x", 5),
        one(b"\x84" + number(CLIENTS[1]) + number(MOST_CLOCK) + b"\x01x"),
        one(b"\x04" + ROOT + b"\x81\x80\x80\x80\x80\x00x"),
        one(b"\x05" + ROOT + b"\x01x"),
        one(b"\x24" + ROOT + b"\x01x"),
        b"\x01" + number(300) + ann + b"\x00" + letter + b"\x00",
        b"\x01\x00" + ann + b"\x00\x00",
        b"\x00\x01" + ann + b"\x01\x00\x00",
        b"\x00\x01" + ann + b"\x01" + number(MOST_CLOCK) + b"\x01",
    ]
    for data in right:
        assert agrees(data) is not None, data
        for at in range(len(data)):
            assert agrees(data[:at]) is None
    for data in wrong:
        assert agrees(data) is None, data


@pytest.mark.parametrize(
    "call",
    [
        lambda: _updates.read("text"),
        lambda: _updates.read(bytearray(9)),
        lambda: _updates.read(),
        lambda: _updates.around([], 0),
        lambda: _updates.around(b"", -1),
        lambda: _updates.ready(b"1", 0, 1, 0, {}, 1),
        lambda: _updates.ready(bytes(ROW.size), -1, 1, 0, {}, 1),
        lambda: _updates.ready(bytes(ROW.size), 0, -1, 0, {}, 1),
        lambda: _updates.ready(bytes(ROW.size), 0, 1, "0", {}, 1),
        lambda: _updates.ready(bytes(ROW.size), 0, 1, 0, [], 1),
        lambda: _updates.ready(ROW.pack(0, 1, 0, 0, 7, 0, 0, 0), 0, 1, 0, {7: "x"}, 1),
        lambda: _updates.ready(ROW.pack(0, 1, 0, 0, 7, 0, 0, 0), 0, 1, 0, {7: -1}, 1),
        lambda: _halves.second_halves(b"", ROW.pack(0, 1, 0, 9, 0, 0, 0, 0), 0, 1, 0),
        lambda: _halves.second_halves(b"\x04\x01\x04text\x09x", ROW.pack(0, 1, 0, 8, 0, 0, 0, 0), 0, 1, 0),
        lambda: _halves.second_halves(b"\x04\x01\x04t", ROW.pack(0, 1, 0, 4, 0, 0, 0, 0), 0, 1, 0),
        lambda: _halves.second_halves(b"\x84", ROW.pack(0, 1, 0, 1, 0, 0, 0, 0), 0, 1, 0),
        lambda: _halves.second_halves(b"", b"1", 0, 0, 0),
        lambda: _halves.second_halves(b"", b"", 0, 1, 0),
        lambda: _halves.second_halves(b"", b"", 0, 0, -1),
        lambda: _halves.between(b"", bytes(ROW.size), 1, 0, {}),
        lambda: _halves.between(b"", bytes(ROW.size), -1, 0, {}),
        lambda: _halves.between(b"", b"", 0, 0, []),
        lambda: _halves.between(LETTER, ROW.pack(0, 1, 0, len(LETTER), 0, 0, 0, 0), 0, 1, {CLIENTS[0]: b"1234"}),
        lambda: _halves.between(LETTER, ROW.pack(0, 1, 0, len(LETTER), 0, 0, 0, 0), 0, 1, {CLIENTS[0]: None}),
    ],
)
def test_wrong_arguments_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        call()


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15
