"""Several write at once, in any order and with any parts missing for a while: in the end all have the same, and nothing
that was typed is lost."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.activities.document import parts
from tests.activities.document.long import letters
from tests.activities.document.writers import Writer

LETTERS = "abc déñ\n😀🥚"
STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["type", "remove", "store", "take", "undo"]), st.integers(0, 99)),
    max_size=60,
)


def all_together(writers: Sequence[Writer]) -> str:
    """The text, when everybody has everything."""
    for writer in writers:
        writer.store()
    for writer in writers:
        writer.take(*(one for one in writers if one is not writer))
    (text,) = {writer.text for writer in writers}
    assert all(writer.shared.waiting_bytes == 0 for writer in writers)
    late = Writer("late")
    late.take(*writers)
    assert late.text == text
    return text


@settings(deadline=None, max_examples=50)
@given(STEPS, st.randoms())
def test_whatever_they_do_they_come_to_the_same(steps: list[tuple[int, str, int]], chance: random.Random) -> None:
    writers = [Writer(name) for name in ("ann", "ben", "carl")]
    for who, what, where in steps:
        writer = writers[who]
        at = where % (len(writer.text) + 1)
        if what == "type":
            writer.type(at, chance.choice(LETTERS) * chance.randrange(1, 4))
        elif what == "remove":
            writer.type(at, "", min(3, len(writer.text) - at))
        elif what == "store":
            writer.store()
        elif what == "take":
            writer.take(writers[where % 3])
        else:
            writer.shared.undo()
    all_together(writers)


def test_what_stands_on_something_that_is_not_there_waits_for_it() -> None:
    ann, ben, carl = Writer("ann"), Writer("ben"), Writer("carl")
    ann.type(0, "Hello")
    ann.store()
    ben.take(ann)
    ben.type(5, " world")
    ben.type(0, "", 1)
    ben.store()
    carl.take(ben)
    assert carl.text == "" and carl.shared.waiting_bytes > 0
    carl.take(ann)
    assert carl.text == "ello world" and carl.shared.waiting_bytes == 0


def test_records_that_stand_on_one_another_are_not_in_each_others_way() -> None:
    """Each has typed behind what the other has typed, over and over, into one record each."""
    ann, ben = Writer("ann"), Writer("ben")
    for number in range(20):
        ann.type(len(ann.text), f"a{number} ")
        ann.store()
        ben.take(ann)
        ben.type(len(ben.text), f"b{number} ")
        ben.store()
        ann.take(ben)
    assert (len(ann.records), len(ben.records)) == (1, 1)
    assert all_together([ann, ben]) == "".join(f"a{number} b{number} " for number in range(20))


def test_undoing_takes_back_ones_own_alone() -> None:
    ann, ben = Writer("ann"), Writer("ben")
    ann.type(0, "mine ")
    ann.store()
    ben.take(ann)
    ben.type(5, "theirs")
    ben.store()
    ann.take(ben)
    assert ann.shared.undo() and ann.text == "theirs"
    assert not ann.shared.undo() and ann.text == "theirs"
    assert ann.shared.redo() and ann.text == "mine theirs"
    assert all_together([ann, ben]) == "mine theirs"


def test_a_place_goes_with_the_text_around_it() -> None:
    ann = Writer("ann")
    ann.type(0, "one 🥚 two")
    unit = ann.shared.unit_at(6)
    ann.type(0, "é😀")
    assert unit is not None and ann.shared.index_of(unit) == 8
    ann.type(7, "", 3)
    assert ann.shared.index_of(unit) == 7
    assert ann.shared.unit_at(len(ann.text)) is None and ann.shared.index_of(None) == len(ann.text)
    assert ann.shared.index_of((unit[0], 99)) is None and ann.shared.index_of((7, 0)) is None


@settings(max_examples=60)
@given(STEPS, st.randoms())
def test_the_unit_at_each_place_is_the_one_that_stands_there(
    steps: list[tuple[int, str, int]], chance: random.Random
) -> None:
    """Also where the letters are alike, of one byte and of more."""
    ann, ben = writers = [Writer("ann"), Writer("ben")]
    for who, what, where in steps:
        writer = writers[who % 2]
        at = where % (len(writer.text) + 1)
        if what == "remove":
            writer.type(at, "", min(2, len(writer.text) - at))
        elif what == "undo":
            writer.shared.undo()
        elif what == "take":
            writer.store()
            writers[who % 2 - 1].take(writer)
        else:
            writer.type(at, "".join(chance.choices("aaé😀", k=chance.randrange(1, 9))))
    all_together(writers)
    there = letters(ann.shared.encoded())
    for index, letter in enumerate(ann.text):
        unit = ann.shared.unit_at(index)
        assert unit is not None and there[unit] == letter and ann.shared.index_of(unit) == index
        assert ben.shared.unit_at(index) == unit


def test_what_is_very_long_becomes_several_records_and_much_typing_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "FULL", 256)
    ann = Writer("ann")
    ann.type(0, "🥚é\n" * 40_000)
    ann.store()
    assert len(ann.records) > 4
    ann.type(3, "", 119_990)
    ann.store()
    assert all_together([ann]) == ann.text and len(ann.text) == 10
    ann = ann.again()  # undoing ends with the session, and what was removed goes
    ann.store()
    assert len(ann.records) < 4 and ann.size() < 1000
    chance = random.Random(1)
    for _ in range(500):
        ann.type(chance.randrange(len(ann.text) + 1), chance.choice("abc"))
    before = len(ann.records)
    for _ in range(3 * parts.FOLDED):
        for _ in range(25):
            ann.type(chance.randrange(len(ann.text) + 1), chance.choice("abc"))
            if chance.random() < 0.3:
                ann.type(chance.randrange(len(ann.text)), "", 1)
        ann.store()
    assert len(ann.records) <= before + parts.FOLDED
    all_together([ann])
    assert ann.size() < 2 * len(ann.shared.encoded())


def test_the_next_session_goes_on_with_what_the_last_one_has_left() -> None:
    ann = Writer("ann")
    ann.type(0, "first")
    ann.store()
    again = ann.again()
    again.type(5, " and second")
    again.store()
    assert len(again.records) == 2
    for number in range(2, 2 + parts.FOLDED):
        again = again.again()
        again.type(len(again.text), f" {number}")
        again.store()
    assert len(again.records) < 4
    assert all_together([again]) == "first and second " + " ".join(str(number) for number in range(2, 2 + parts.FOLDED))
