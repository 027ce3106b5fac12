"""The records of a presentation, and what they mean together, without input and output of its own.

Of the type ``PAGES``, which the group's security reserves in that graph for who has begun it: a part of the picture of
a page (a byte 1, the ID of the pages, page, part, how many parts, in the first one the text of the page, then bytes),
or JSON: ``{"deck": ID, "pages": count, "name": ..., "n": number}`` begins one, ``{"at": page, "n": number}`` leads to a
page, ``{"answered": ID}`` is about a question. Numbers grow, and the greatest counts.

Of the type ``HANDS``, of any member, JSON: ``{"hand": true or false, "n": number}`` and ``{"ask": words}``.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from peerapi import Record
from peerapi.activities import pictures
from peerapi.activities.rendering import MOST_PAGES, MOST_PICTURE, MOST_TEXT, Page
from peerapi.pages.requests import is_id
from peerapi.pages.words import is_words

PAGES = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d2")
HANDS = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d3")
MOST_RECORD = 60 << 10
"Bytes of a record."
MOST_WORDS = 500
"Bytes of a question, and of a name."
MOST_QUESTIONS = 50
"Of one member."
MOST_NUMBER = 1 << 53
_PART = struct.Struct("<B16sHBB")
_LENGTH = struct.Struct("<H")
_ROOM = MOST_RECORD - _PART.size - _LENGTH.size
MOST_PARTS = -(-(MOST_PICTURE + 4 * MOST_TEXT) // _ROOM)


@dataclass
class Shown:
    """A page as far as it is here."""

    parts: dict[int, memoryview] = field(default_factory=dict)
    count: int = 0
    text: str = ""

    @property
    def picture(self) -> bytes | None:
        """None while something of it is missing, or when it is no picture that is shown."""
        if not self.is_sound:
            return None
        return b"".join(self.parts[one] for one in range(self.count))

    @property
    def is_sound(self) -> bool:
        if not self.count or len(self.parts) < self.count:
            return False
        size = sum(map(len, self.parts.values()))
        return size <= MOST_PICTURE and pictures.size_of(bytes(self.parts[0][: pictures.HEAD]), size) is not None


@dataclass
class Deck:
    """The pages of one PDF."""

    id: UUID
    name: str
    count: int
    pages: dict[int, Shown] = field(default_factory=dict)


@dataclass
class Question:
    """What somebody asks."""

    id: UUID
    by: str
    words: str
    answered: bool = False


@dataclass
class Show:
    """The presentation as it stands."""

    decks: dict[UUID, Deck] = field(default_factory=dict)
    deck: Deck | None = None
    "The one that is shown."
    at: int = 0
    "The page at which the presenter is."
    hands: list[str] = field(default_factory=list)
    "Who has raised one, those who did so first at the beginning."
    questions: list[Question] = field(default_factory=list)
    refused: int = 0
    number: int = 0
    "The greatest that was used."


# ---- to say it -------------------------------------------------------------------------------------------------------


def beginning(deck: UUID, pages: int, name: str, number: int) -> bytes:
    return _json(deck=str(deck), pages=pages, name=name, n=number)


def leading(page: int, number: int) -> bytes:
    return _json(at=page, n=number)


def answered(question: UUID) -> bytes:
    return _json(answered=str(question))


def hand(raised: bool, number: int) -> bytes:
    return _json(hand=raised, n=number)


def asking(words: str) -> bytes:
    return _json(ask=words)


def parts(deck: UUID, number: int, page: Page) -> Iterator[bytes]:
    """The records of one page."""
    text = page.text.encode()
    first = _LENGTH.pack(len(text)) + text
    room = _ROOM - len(first)
    cut = [page.picture[:room], *(page.picture[at : at + _ROOM] for at in range(room, len(page.picture), _ROOM))]
    for place, data in enumerate(cut):
        yield _PART.pack(1, deck.bytes, number, place, len(cut)) + (first if place == 0 else b"") + data


def _json(**said: Any) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


# ---- to read it ------------------------------------------------------------------------------------------------------


def standing(presenter: str, records: Sequence[Record]) -> Show:
    """What all of them mean; whatever is unsound, or not for its maker to say, is refused and counted."""
    show = Show()
    led: dict[str, Any] = {}
    begun: dict[str, Any] = {}
    hands: dict[str, tuple[int, bool, int]] = {}
    done: set[str] = set()
    waiting: list[Record] = []
    asked: dict[str, int] = {}
    for place, record in enumerate(records):
        if not is_theirs(presenter, record):
            show.refused += 1
            continue
        if record.type == PAGES and record.data[:1] == b"\x01":
            waiting.append(record)
            continue
        said = _read(record) or {}
        match said:
            case {"deck": deck}:
                show.decks.setdefault(UUID(deck), Deck(UUID(deck), said["name"], said["pages"]))
                begun = max(begun, said, key=_n)
            case {"at": _}:
                led = max(led, said, key=_n)
            case {"answered": question}:
                done.add(question)
            case {"hand": raised}:
                before = hands.get(record.creator, (-1, False, place))
                if said["n"] > before[0]:
                    since = before[2] if before[1] and raised else place
                    hands[record.creator] = said["n"], raised, since
            case {"ask": words} if asked.get(record.creator, 0) < MOST_QUESTIONS:
                asked[record.creator] = asked.get(record.creator, 0) + 1
                show.questions.append(Question(record.id, record.creator, words))
            case _:
                show.refused += 1
    for record in waiting:
        show.refused += not _put(show.decks, record.data)
    if begun:
        show.deck = show.decks[UUID(begun["deck"])]
        for page in show.deck.pages.values():
            show.refused += bool(page.count) and len(page.parts) == page.count and not page.is_sound
        if _n(led) > _n(begun):  # of an earlier one it says nothing about this one
            show.at = min(led["at"], show.deck.count - 1)
    show.number = max(_n(begun), _n(led))
    up = [(since, peer) for peer, (_, raised, since) in hands.items() if raised]
    show.hands = [peer for _, peer in sorted(up)]
    for one in show.questions:
        one.answered = str(one.id) in done
    return show


def is_theirs(presenter: str, record: Record) -> bool:
    """Whether its maker may say such a thing. The group's security has been asked before, on receipt."""
    if record.type == PAGES:
        return record.creator == presenter
    return record.type == HANDS


def own_number(records: Sequence[Record], me: str) -> int:
    """The greatest that this member's hand has said."""
    said = [_read(one) for one in records if one.creator == me and one.type == HANDS]
    return max((one["n"] for one in said if one and "hand" in one), default=0)


def _n(said: dict[str, Any]) -> int:
    return int(said.get("n", -1))


def _put(decks: dict[UUID, Deck], data: bytes) -> bool:
    """A part of a page; False when it is none. Of pages whose beginning is not here yet nothing is known."""
    if len(data) < _PART.size or len(data) > MOST_RECORD:
        return False
    _, id, number, place, count = _PART.unpack_from(data)
    deck = decks.get(UUID(bytes=id))
    if deck is None:
        return True
    if number >= deck.count or not place < count <= MOST_PARTS:
        return False
    text, rest = "", memoryview(data)[_PART.size :]
    if place == 0:
        if len(rest) < _LENGTH.size:
            return False
        (length,) = _LENGTH.unpack_from(rest)
        text = bytes(rest[_LENGTH.size : _LENGTH.size + length]).decode(errors="replace")[:MOST_TEXT]
        rest = rest[_LENGTH.size + length :]
    page = deck.pages.setdefault(number, Shown())
    if page.count not in (0, count) or place in page.parts:
        return False
    page.count, page.text = count, page.text or text
    page.parts[place] = rest
    return True


def _read(record: Record) -> dict[str, Any] | None:
    """What a record of JSON says, None when it is unsound."""
    try:
        said: Any = json.loads(record.data) if len(record.data) <= 4 * MOST_WORDS else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    match record.type, said:
        case _, {"deck": deck, "pages": pages, "name": str(name), "n": n} if len(said) == 4 and record.type == PAGES:
            is_sound = is_id(deck) and _within(pages, 1, MOST_PAGES) and is_words(name, MOST_WORDS)
            return said if is_sound and _within(n, 0, MOST_NUMBER) else None
        case _, {"at": page, "n": n} if len(said) == 2 and record.type == PAGES:
            return said if _within(page, 0, MOST_PAGES - 1) and _within(n, 0, MOST_NUMBER) else None
        case _, {"answered": question} if len(said) == 1 and record.type == PAGES:
            return said if is_id(question) else None
        case _, {"hand": bool(), "n": n} if len(said) == 2 and record.type == HANDS:
            return said if _within(n, 0, MOST_NUMBER) else None
        case _, {"ask": str(words)} if len(said) == 1 and record.type == HANDS:
            return said if is_words(words, MOST_WORDS) else None
    return None


def _within(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most
