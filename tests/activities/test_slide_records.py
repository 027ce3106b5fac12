"""What records of a presentation mean, whoever has made them, and which of them are refused."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi import Group, Record
from peerapi.activities import running as running_module
from peerapi.activities import slide_records
from peerapi.activities.activity import Begun
from peerapi.activities.rendering import MOST_PAGES, Page
from peerapi.activities.running import Running
from peerapi.activities.slide_records import HANDS, MOST_QUESTIONS, MOST_RECORD, PAGES, standing
from peerapi.activities.slides import Presentation
from peerapi.pages.requests import Refused
from tests.activities.test_four_in_a_row import move
from tests.activities.test_rendering import bomb, small

BEGUN = Begun(UUID(int=1), Presentation.kind, "activity", "ann")
DECK, OTHER = UUID(int=7 << 64), UUID(int=8 << 64)
SHOW = Presentation()


def said(by: str, data: bytes | dict[str, Any], kind: UUID = PAGES, at: int = 0) -> Record:
    encoded = data if isinstance(data, bytes) else json.dumps(data).encode()
    number = UUID(int=hash((by, encoded, at)) & ((1 << 128) - 1))
    return replace(move(by, at=at), id=number, type=kind, data=encoded)


def deck(*texts: str, id: UUID = DECK, number: int = 1, by: str = "ann", picture: bytes | None = None) -> list[Record]:
    """The records of a PDF whose pages have these texts."""
    found = [said(by, slide_records.beginning(id, len(texts), "talk.pdf", number))]
    for page, text in enumerate(texts):
        parts = slide_records.parts(id, page, Page(picture or small(), text))
        found += [said(by, part, at=page + 1) for part in parts]
    return found


def view(*records: Record) -> Any:
    return SHOW.view(BEGUN, records)


def test_pages_come_and_the_presenter_leads() -> None:
    pages = deck("one", "two", "three")
    found = view(*pages, said("ann", slide_records.leading(2, 2)), said("ann", slide_records.leading(1, 3)))
    assert (found["deck"]["pages"], found["deck"]["ready"], found["at"], found["refused"]) == (3, "111", 1, 0)
    assert view(*pages[:2])["deck"]["ready"] == "100"
    assert view(*pages[1:])["deck"] is None and view(*pages[1:])["refused"] == 0
    one = standing("ann", pages).decks[DECK].pages[1]
    assert (one.picture, one.text) == (small(), "two")


def test_the_last_pdf_is_shown_from_its_first_page() -> None:
    lead = said("ann", slide_records.leading(1, 2))
    found = view(*deck("one", "two"), lead, *deck("three", id=OTHER, number=3))
    assert (found["deck"]["id"], found["at"]) == (str(OTHER), 0)


def test_a_long_page_is_in_several_records_of_bounded_size() -> None:
    picture = small((1600, 1200))
    filled = bytearray(picture)  # as long as pages are at most, and still of that form
    more = 200_000 - len(picture)
    filled[4:8] = (len(picture) + more - 8).to_bytes(4, "little")
    filled[16:20] = (len(picture) + more - 20).to_bytes(4, "little")
    filled += bytes(more)
    records = deck("x" * 2000, picture=bytes(filled))
    assert len(records) == 5 and all(len(one.data) <= MOST_RECORD for one in records)
    shown = standing("ann", records).decks[DECK].pages[0]
    assert shown.picture == bytes(filled) and shown.text == "x" * 2000
    assert view(*records[:-1])["deck"]["ready"] == "0"


def test_hands_and_questions_are_anybody_s() -> None:
    def hand(by: str, raised: bool, number: int, at: int) -> Record:
        return said(by, slide_records.hand(raised, number), HANDS, at)

    up = [hand("ben", True, 1, 1), hand("carl", True, 1, 2)]
    assert view(*up)["hands"] == ["ben", "carl"]
    assert view(*up, hand("ben", False, 2, 3))["hands"] == ["carl"]
    assert view(*up, hand("ben", False, 2, 3), hand("ben", True, 3, 4))["hands"] == ["carl", "ben"]
    question = said("ben", slide_records.asking("Why <b>?"), HANDS, 5)
    (one,) = view(question)["questions"]
    assert (one["by"], one["words"], one["answered"]) == ("ben", "Why <b>?", False)
    assert view(question, said("ann", slide_records.answered(question.id)))["questions"][0]["answered"]


# ---- what is not for its maker to say -------------------------------------------------------------------------------

CHEATS = {
    "a page": deck("owned", id=OTHER, number=9, by="ben"),
    "a page among the presenter's": [said("ben", next(iter(slide_records.parts(DECK, 1, Page(small(), "owned")))))],
    "leading": [said("ben", slide_records.leading(1, 9))],
    "an answer": [said("ben", slide_records.answered(UUID(int=5)))],
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_what_a_member_adds_is_refused_and_counted_and_counts_without_the_check(
    cheat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = replace(said("carl", slide_records.asking("Why?"), HANDS), id=UUID(int=5))
    fair = [*deck("one", "two")[:2], question]
    before = view(*fair)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(slide_records, "is_theirs", lambda presenter, record: True)
        assert view(*fair, *CHEATS[cheat]) != before
    assert view(*fair, *CHEATS[cheat]) == {**before, "refused": len(CHEATS[cheat])}


def test_pages_under_the_type_of_hands_are_none() -> None:
    records = [replace(one, type=HANDS) for one in deck("owned", by="ben")]
    assert view(*records) == {**view(), "refused": 2}
    assert view(said("ann", slide_records.hand(True, 1), PAGES)) == {**view(), "refused": 1}


@pytest.mark.parametrize("hostile", [b"<svg onload='alert(1)'/>" + bytes(30), bomb(16383, 16383)], ids=["svg", "bomb"])
def test_a_hostile_picture_would_be_shown_and_is_refused(hostile: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    records = deck("one", picture=hostile)
    with monkeypatch.context() as unchecked:
        unchecked.setattr(slide_records.pictures, "size_of", lambda head, length: (1, 1))
        assert standing("ann", records).decks[DECK].pages[0].picture == hostile
    assert standing("ann", records).decks[DECK].pages[0].picture is None
    assert (view(*records)["deck"]["ready"], view(*records)["refused"]) == ("0", 1)


UNSOUND: list[bytes | dict[str, Any]] = [
    b"",
    b"\x01",
    b"\x01" + bytes(18),
    b"\x01" + DECK.bytes + b"\x00\x00\x05\x05rest",
    b"\x01" + DECK.bytes + b"\x00\x00\x00\xffrest",
    b"\x01" + DECK.bytes + b"\xff\xff\x00\x01rest",
    b"\x01" + DECK.bytes + b"\x00\x00\x00\x01",
    b"[" * 900,
    b"[]",
    b"{}",
    {"deck": "x", "pages": 1, "name": "x", "n": 1},
    {"deck": str(OTHER), "pages": MOST_PAGES + 1, "name": "x", "n": 1},
    {"deck": str(OTHER), "pages": 0, "name": "x", "n": 1},
    {"deck": str(OTHER), "pages": True, "name": "x", "n": 1},
    {"deck": str(OTHER), "pages": 1, "name": "x" * 600, "n": 1},
    {"deck": str(OTHER), "pages": 1, "name": "\x1b", "n": 1},
    {"deck": str(OTHER), "pages": 1, "name": "x", "n": 1 << 60},
    {"deck": str(OTHER), "pages": 1, "name": "x", "n": 1, "more": 1},
    {"at": -1, "n": 9},
    {"at": 1.0, "n": 9},
    {"at": 1, "n": "9"},
    {"at": [1], "n": 9},
    {"answered": 5},
    {"answered": "../x"},
    {"hand": True, "n": 1},
    {"ask": "x"},
]


@pytest.mark.parametrize("data", UNSOUND, ids=str)
def test_what_is_unsound_is_passed_over_and_counted(data: Any) -> None:
    fair = deck("one", "two")
    assert view(*fair, said("ann", data, at=99)) == {**view(*fair), "refused": 1}


def test_of_one_member_so_many_questions_are_taken() -> None:
    many = [said("ben", slide_records.asking("Why?"), HANDS, at) for at in range(MOST_QUESTIONS + 3)]
    assert (len(view(*many)["questions"]), view(*many)["refused"]) == (MOST_QUESTIONS, 3)
    with pytest.raises(Refused, match="already"):
        SHOW.data(BEGUN, many, "ben", "ask", {"words": "Why?"})
    assert SHOW.data(BEGUN, many, "carl", "ask", {"words": "Why?"}) == slide_records.asking("Why?")


def test_requests() -> None:
    assert SHOW.data(BEGUN, [], "ben", "hand", {"raised": True}) == slide_records.hand(True, 1)
    up = said("ben", slide_records.hand(True, 5), HANDS)
    assert SHOW.data(BEGUN, [up], "ben", "hand", {"raised": False}) == slide_records.hand(False, 6)
    assert SHOW.language.read('{"do": "lead", "page": 5}') == ("lead", {"page": 5})
    for words in ('{"do": "lead", "page": -1}', '{"do": "lead", "page": 200}', '{"do": "answered", "question": "x"}'):
        with pytest.raises(Refused):
            SHOW.language.read(words)
    with pytest.raises(Refused, match="leads"):
        SHOW.data(BEGUN, [], "ben", "lead", {"page": 1})
    assert SHOW.reserved(BEGUN) == {PAGES: "ann"}


@settings(max_examples=50)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.integers(1, 9), st.randoms())
def test_the_order_in_which_records_come_does_not_matter(texts: list[str], number: int, chance: random.Random) -> None:
    records = deck(*(one.replace("\ud800", "") for one in texts), number=number)
    records.append(said("ann", slide_records.leading(len(texts) - 1, number + 1)))
    mixed = list(records)
    chance.shuffle(mixed)
    assert view(*mixed) == view(*records)
    assert view(*mixed)["deck"]["ready"] == "1" * len(texts)


@given(st.binary(max_size=200), st.sampled_from([PAGES, HANDS]))
def test_whatever_a_record_is_the_rest_stands(data: bytes, kind: UUID) -> None:
    fair = deck("one")
    assert view(*fair, said("eve", data, kind))["deck"] == view(*fair)["deck"]


# ---- room ------------------------------------------------------------------------------------------------------------


def running() -> Running:
    """The presentation at a node that is not open yet."""
    return Running(BEGUN, SHOW, cast(Group, None), dict, here=True, online=False)


def test_pages_have_more_room_than_what_anybody_else_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_module, "MOST_DATA", 1000)
    pages = deck(*"abcdefghij", picture=small((200, 100)))
    others = deck(*"abcdefghij", by="eve", picture=small((200, 100)))
    node = running()
    taken = [node._take(one) for one in [*others, *pages]]
    assert sum(map(len, (one.data for one in pages))) > 1000
    assert all(taken[len(others) :]) and not all(taken[: len(others)])
    assert SHOW.view(BEGUN, node.records())["deck"]["ready"] == "1" * 10
