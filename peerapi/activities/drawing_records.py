"""The records of a drawing-and-guessing game as values: each is JSON, and what is not exactly so is none.

``after`` names the record that a turn follows: the end of a round, or a turn that was given on; empty at the beginning.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from peerapi import Record
from peerapi.pages.requests import Sort, a_line, a_number, is_id, matching, several

MOST_RECORD = 16 << 10
"Bytes of a record."
MOST_PLAYERS = 32
MOST_HEARD = 300
"Guesses of one round that count."
MOST_WORDS = 60
"Bytes of a guess."
COLORS = 8
WIDTHS = 3
WIDE, HIGH = 1000, 750
"The paper, in the numbers of a stroke."
MOST_DOTS = 128
"Of one record: a longer stroke is in several."
MOST_NUMBER = 1 << 31


class Play(NamedTuple):
    """Its maker wants to draw, too."""


class Begin(NamedTuple):
    """A round: of its word there is only the commitment. ``votes``: those by which the turn before was given on."""

    commitment: str
    after: str
    votes: tuple[str, ...] = ()


class End(NamedTuple):
    """A round is over: its word, the guesses in the order in which they were heard, and the first that was right with
    who has made it, or both empty. ``players``: those before, and who has come since."""

    round: str
    word: str
    salt: str
    heard: tuple[str, ...]
    right: str
    by: str
    players: tuple[str, ...]


class Pass(NamedTuple):
    """Its maker does not draw now."""

    after: str
    players: tuple[str, ...]


class Skip(NamedTuple):
    """A vote that whoever has the turn after that record, or draws in that round, is not there."""

    after: str


class Stroke(NamedTuple):
    """``dots``: x, y, x, y ..."""

    round: str
    number: int
    color: int
    width: int
    dots: tuple[int, ...]


class Clear(NamedTuple):
    """What was drawn before that number is gone."""

    round: str
    number: int


class Guess(NamedTuple):
    round: str
    words: str


Said = Play | Begin | End | Pass | Skip | Stroke | Clear | Guess
Move = Begin | End | Pass
"What follows another one."

_a_round = is_id
_ids = several(is_id, 0, MOST_HEARD)
_a_peer = a_line(200)
_a_number = a_number(0, MOST_NUMBER)
_FORMS: Mapping[str, tuple[Callable[..., Said], Mapping[str, Sort]]] = {
    "play": (Play, {}),
    "begin": (
        Begin,
        {
            "commitment": matching(re.compile("[0-9a-f]{64}", re.ASCII)),
            "after": lambda value: value == "" or is_id(value),
            "votes": several(is_id, 0, MOST_PLAYERS),
        },
    ),
    "end": (
        End,
        {
            "round": _a_round,
            "word": a_line(MOST_WORDS),
            "salt": matching(re.compile("[0-9a-f]{32}", re.ASCII)),
            "heard": _ids,
            "right": lambda value: value == "" or is_id(value),
            "by": lambda value: value == "" or _a_peer(value),
            "players": several(_a_peer, 1, MOST_PLAYERS),
        },
    ),
    "pass": (
        Pass,
        {"after": lambda value: value == "" or is_id(value), "players": several(_a_peer, 1, MOST_PLAYERS)},
    ),
    "skip": (Skip, {"after": lambda value: value == "" or is_id(value)}),
    "stroke": (
        Stroke,
        {
            "round": _a_round,
            "number": _a_number,
            "color": a_number(0, COLORS - 1),
            "width": a_number(1, WIDTHS),
            "dots": several(a_number(0, WIDE), 2, 2 * MOST_DOTS),
        },
    ),
    "clear": (Clear, {"round": _a_round, "number": _a_number}),
    "guess": (Guess, {"round": _a_round, "words": a_line(MOST_WORDS)}),
}
_NAMES = {form: name for name, (form, _) in _FORMS.items()}


class One(NamedTuple):
    """A record that is sound, and what it says."""

    id: str
    by: str
    said: Said


def encoded(said: Said) -> bytes:
    return json.dumps({"is": _NAMES[type(said)], **said._asdict()}, separators=(",", ":")).encode()


@functools.lru_cache(8192)  # the rules look at all records whenever one comes
def decoded(data: bytes) -> Said | None:
    """None when it is unsound."""
    try:
        fields: Any = json.loads(data) if len(data) <= MOST_RECORD else None
    except (ValueError, RecursionError):
        return None
    name = fields.pop("is", None) if isinstance(fields, dict) else None
    if not isinstance(name, str) or name not in _FORMS:
        return None
    form, sorts = _FORMS[name]
    if fields.keys() != sorts.keys() or not all(sorts[field](value) for field, value in fields.items()):
        return None
    if name == "stroke" and (len(fields["dots"]) % 2 or max(fields["dots"][1::2]) > HIGH):
        return None
    return form(**{key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()})


def read(records: Sequence[Record]) -> tuple[list[One], int]:
    """What all of them say, in their order, and how many are unsound."""
    found = []
    for record in records:
        said = decoded(record.data)
        if said is not None:
            found.append(One(str(UUID(int=record.id.int)), record.creator, said))
    return found, len(records) - len(found)
