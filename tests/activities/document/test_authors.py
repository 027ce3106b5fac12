"""Who wrote what: each letter is its writer's, wherever the letters of others stand."""

from __future__ import annotations

import random

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.activities.document import authors, shared_text, updates
from peerapi.activities.document.authors import Authors, Written
from tests.activities.document.test_merging import LETTERS, STEPS
from tests.activities.document.writers import Writer

NAMES = ("ann", "ben", "carl")


def told(known: Authors, *members: str) -> Written | None:
    known.note(members)
    return trio.run(known.written)


def passages(text: str, found: Written | None) -> list[tuple[str, str]]:
    """Whose each run of the text is."""
    assert found is not None and sum(length for length, _ in found.runs) == len(text)
    whose, at = [], 0
    for length, number in found.runs:
        whose.append((found.members[number] if number >= 0 else "", text[at : at + length]))
        at += length
    return whose


def test_a_passage_is_whose_it_is_also_in_the_midst_of_another_s() -> None:
    ann, ben = Writer("ann"), Writer("ben")
    ann.type(0, "one 🥚 three")
    ann.store()
    ben.take(ann)
    ben.type(4, "zwei é ")
    ben.store()
    ann.take(ben)
    known = Authors(ann.shared)
    found = told(known, "ann", "ben")
    assert passages(ann.text, found) == [("ann", "one "), ("ben", "zwei é "), ("ann", "🥚 three")]
    assert found is not None and found.counts == [11, 7]
    ann.type(2, "", 4)
    ann.type(len(ann.text), "!")
    found = told(known, "ann", "ben")
    assert passages(ann.text, found) == [("ann", "on"), ("ben", "ei é "), ("ann", "🥚 three!")]


@settings(max_examples=40)
@given(STEPS, st.randoms())
def test_it_is_as_the_units_of_the_text_say(steps: list[tuple[int, str, int]], chance: random.Random) -> None:
    writers = [Writer(name) for name in NAMES]
    known = Authors(writers[0].shared)
    clients = {writer.shared.client: writer.name for writer in writers}
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
            text = writers[0].text
            whose = [name for name, words in passages(text, told(known, *NAMES)) for _ in words]
            units = [writers[0].shared.unit_at(index) for index in range(len(text))]
            assert whose == [clients[unit[0]] for unit in units if unit is not None]


def in_turn() -> Writer:
    """Ann's copy of what Ann and Ben have written in turn."""
    ann, ben = Writer("ann"), Writer("ben")
    for number in range(4):
        ann.type(len(ann.text), f"a{number}")
        ann.store()
        ben.take(ann)
        ben.type(len(ben.text), f"b{number}")
        ben.store()
        ann.take(ben)
    return ann


def test_who_is_not_known_is_nobody_and_so_is_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    ann = in_turn()
    assert passages(ann.text, told(Authors(ann.shared), "ben"))[:2] == [("", "a0"), ("ben", "b0")]
    monkeypatch.setattr(authors, "MOST_RUNS", 2)
    assert passages(ann.text, told(Authors(ann.shared), "ann", "ben")) == [("ann", "a0"), ("", "b0a1b1a2b2a3b3")]


def test_attack_text_that_takes_long_to_merge_is_nobody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be merged a second time, for whoever asks."""
    ann = in_turn()
    assert told(Authors(ann.shared), "ann", "ben") is not None
    monkeypatch.setattr(shared_text, "MOST_SPENT", -1.0)
    assert told(Authors(ann.shared), "ann", "ben") is None


def test_a_sign_in_the_place_of_each_unit_and_a_gap_stays_one() -> None:
    gap, letters = b"\x01" + updates.ROOT + b"\x02", b"\x04" + updates.ROOT + b"\x05" + "🥚b".encode()
    data = updates.written([(updates.client_of("ann", 0), 0, [gap, letters])], [])
    (section,) = updates.read(data, "ann").sections
    with_signs = updates.written(
        [(section.client, 0, [updates.with_letters(data, one, "Ā") for one in section.items])], []
    )
    (other,) = updates.read(with_signs).sections
    assert [(one.clock, one.after) for one in other.items] == [(one.clock, one.after) for one in section.items]
    assert [updates.content(with_signs, one) for one in other.items] == [None, "ĀĀĀ"]
