"""Characters of two units: a member's program names one of the halves, and the text is the same everywhere, whatever
comes first; nobody's program ends. Each first without its check."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from peerapi.activities.document import updates
from peerapi.activities.document.halves import Halves
from peerapi.activities.document.shared_text import SharedText
from peerapi.activities.document.updates import ROOT, Malformed, Range
from tests.activities.document.reading import number

ANN, EVE = updates.client_of("ann", 3), updates.client_of("eve", 3)
TEXT = "a🥚b"
"Of Ann's: the units 1 and 2 are one character."
Unit = tuple[int, int]


def item(text: str, left: Unit | None = None, right: Unit | None = None) -> bytes:
    info = 4 | (0x80 if left else 0) | (0x40 if right else 0)
    named = b"".join(number(one[0]) + number(one[1]) for one in (left, right) if one)
    return bytes([info]) + named + (b"" if named else ROOT) + number(len(text.encode())) + text.encode()


def said(client: int, clock: int = 0, items: Sequence[bytes] = (), removed: Sequence[Range] = ()) -> bytes:
    return updates.written([(client, clock, items)], removed)


def read_in(order: Sequence[tuple[str, bytes]]) -> str:
    """The text of who takes that in this order. What a document does with it is done: places are looked for, and what
    is there is read by the next one."""
    shared = SharedText(updates.client_of("me", 0))
    for key, (writer, data) in enumerate(order):
        shared.take([(key, updates.read(data, writer))])
    for place in range(len(shared.text)):
        assert shared.index_of(shared.unit_at(place)) == place
    assert list(shared.items(ANN, 0, 99, 4)) or ANN not in shared.clocks
    other = SharedText(updates.client_of("other", 0))
    other.take([("all", updates.read(shared.encoded()))])
    assert other.text == shared.text
    return shared.text


def texts(*of_eve: bytes) -> set[str]:
    """What those see who take what Ann and Eve have said, in any order."""
    every = [("ann", said(ANN, 0, [item(TEXT)])), *(("eve", data) for data in of_eve)]
    return {read_in(order) for order in itertools.permutations(every)}


ATTACKS = {
    "the first half is removed": ([said(EVE, removed=[(ANN, 1, 1)])], "ab"),
    "the second half is removed": ([said(EVE, removed=[(ANN, 2, 1)])], "ab"),
    "each half is removed by itself": ([said(EVE, removed=[(ANN, 2, 2)]), said(EVE, removed=[(ANN, 0, 2)])], ""),
    "text behind the first half": ([said(EVE, 0, [item("X", (ANN, 1))])], "a🥚bX"),
    "text before the second half": ([said(EVE, 0, [item("X", (ANN, 0), (ANN, 2))])], "aX🥚b"),
    "text between the halves": ([said(EVE, 0, [item("X", (ANN, 1), (ANN, 2))])], None),
    "text in one's own character": ([said(EVE, 0, [item("é🥚", (ANN, 3)), item("X", (EVE, 1), (ANN, 3))])], None),
    "a gap behind the first half": ([said(EVE, 0, [b"\x81" + number(ANN) + b"\x01\x05"])], TEXT),
    "text there, and the half removed": ([said(EVE, 0, [item("X", (ANN, 1))], [(ANN, 2, 1)])], "abX"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_attack_a_half_of_a_character_is_named(attack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of_eve, wanted = ATTACKS[attack]
    found = texts(*of_eve)
    assert len(found) == 1 and "\ufffd" not in "".join(found)
    if wanted is not None:
        assert found == {wanted}


def test_without_the_check_a_program_ends_or_sees_another_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Halves, "learn", lambda *more: None)
    with pytest.raises(Malformed, match="no length"):
        texts(said(EVE, removed=[(ANN, 2, 1)]))
    with pytest.raises(AssertionError):
        texts(said(EVE, 0, [item("X", (ANN, 0), (ANN, 2))]))


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [("a🥚", "ab🥚", "a🥚\ufffd"), ("a", "🥚b", "a\ufffdb"), ("🥚", "a🥚c", "🥚\ufffdc")],
)
def test_attack_two_texts_under_the_same_clocks(
    first: str, second: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there already is passed over, and may end within a character: so much of it counts as it has units."""
    order = [("eve", said(EVE, 0, [item(first)])), ("eve", said(EVE, 0, [item(second)]))]
    assert read_in(order) == wanted
    assert read_in([*order, ("ann", said(ANN, 0, [item("X", (EVE, 0))], [(EVE, 1, 1)]))]) in (
        wanted[:1] + "X" + wanted[2:],
        "X" + wanted[1:],
    )


def test_one_s_own_characters_are_whole_also_when_they_were_undone() -> None:
    me = updates.client_of("me", 0)
    shared = SharedText(me)
    shared.edit(["a🥚"])
    shared.edit([1, -1], apart=True)
    shared.undo()
    assert shared.text == "a🥚"
    for clock in range(shared.clocks[me]):
        eve = said(EVE, clock, [item("X", (me, clock))], [(me, clock, 1)] if clock == shared.clocks[me] - 1 else [])
        shared.take([(clock, updates.read(eve, "eve"))])
    assert "\ufffd" not in shared.text and "🥚" not in shared.text
    assert SharedText(me).text == ""
    other = SharedText(updates.client_of("other", 0))
    other.take([("all", updates.read(shared.encoded()))])
    assert other.text == shared.text
