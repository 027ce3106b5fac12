"""How a document lies in the graph: each member has records with what they have written, which only they change.

What is being typed is in the last one, which grows with it; when that is large enough another one is begun, and several
of them are folded into one, as the text has them by then: what was removed meanwhile has left a gap in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from peerapi.activities.document import updates
from peerapi.activities.document.shared_text import SharedText, Unit
from peerapi.activities.document.updates import Malformed, Range, Update

MOST_DATA = 64 << 10
"Bytes of a record that is looked at."
MOST_UPDATE = 48 << 10
"Bytes of the update in a record of ours, about."
FULL = 4 << 10
"Bytes from which on another record is begun: each keystroke sends its record anew."
LARGE = 24 << 10
"Bytes from which on a record is not folded again."
FOLDED = 12
"So many that are not large are folded into one."
LOOKED = 50
"After so many records the large ones are looked at: what was removed of them since needs no room."
MOST_HEADER = 1 << 10
MOST_WINDOWS = 16
_FORM = 1
_MOST_SERIAL = 1 << 53
_MOST_RANGES = 3000
_MOST_UNITS = 8 << 10


class Header(NamedTuple):
    """What is said of who writes."""

    serial: int = 0
    "Grows with each record: the highest one's caret counts."
    caret: tuple[Unit | None, Unit | None] | None = None
    "Where the selection began, and where it ends; None where they are nowhere."
    windows: Mapping[str, int] = {}
    "How many changes of each window of theirs are in it."


class Piece(NamedTuple):
    """An update for one record, and what is in it: what was written, and what was removed."""

    update: bytes
    ranges: list[Range]
    deletions: list[Range]


def encoded(header: Header, update: bytes) -> bytes:
    said: dict[str, Any] = {"n": header.serial}
    if header.caret is not None:
        said["c"] = header.caret
    if header.windows:
        said["w"] = dict(header.windows)
    text = json.dumps(said, separators=(",", ":")).encode()
    return bytes([_FORM]) + len(text).to_bytes(2, "little") + text + update


def decoded(data: bytes, writer: str) -> tuple[Header, Update]:
    """What a record of that member says. Raises Malformed."""
    if not 3 <= len(data) <= MOST_DATA or data[0] != _FORM:
        raise Malformed("not of this form, or too large")
    length = int.from_bytes(data[1:3], "little")
    if length > MOST_HEADER:
        raise Malformed("too long a header")
    try:
        said = json.loads(data[3 : 3 + length])
    except (ValueError, RecursionError):
        raise Malformed("no header") from None
    return _header(said), updates.read(data[3 + length :], writer)


def _header(said: Any) -> Header:
    if not isinstance(said, dict) or not said.keys() <= {"n", "c", "w"} or not _is_count(said.get("n"), _MOST_SERIAL):
        raise Malformed("no header")
    caret, windows = said.get("c"), said.get("w", {})
    if caret is not None:
        if not isinstance(caret, list) or len(caret) != 2:
            raise Malformed("no caret")
        caret = (_unit(caret[0]), _unit(caret[1]))
    if (
        not isinstance(windows, dict)
        or len(windows) > MOST_WINDOWS
        or not all(_is_count(one, _MOST_SERIAL) for one in windows.values())
    ):
        raise Malformed("no windows")
    return Header(said["n"], caret, windows)


def _unit(said: Any) -> Unit | None:
    if said is None:
        return None
    if not isinstance(said, list) or len(said) != 2 or not all(_is_count(one, _MOST_SERIAL) for one in said):
        raise Malformed("no place")
    return said[0], said[1]


def _is_count(value: Any, most: int) -> bool:
    return type(value) is int and 0 <= value < most


def packed(text: SharedText, ranges: Iterable[Range], deletions: Sequence[Range]) -> list[Piece]:
    """These ranges and deletions in updates none of which is too large for a record; at least one."""
    found: list[Piece] = []
    sections: list[tuple[int, int, list[bytes]]] = []
    kept: list[Range] = []
    size = 0

    def close(some: Sequence[Range]) -> None:
        nonlocal sections, kept, size
        found.append(Piece(updates.written(sections, some), kept, list(some)))
        sections, kept, size = [], [], 0

    for client, begin, length in updates.united(ranges):
        for first, after, item in text.items(client, begin, begin + length, _MOST_UNITS):
            is_apart = bool(kept) and kept[-1][0] == client and first != kept[-1][1] + kept[-1][2]
            if is_apart or (size and size + len(item) > MOST_UPDATE):
                close(())  # an update has one run of a client
            if sections and sections[-1][0] == client:
                sections[-1][2].append(item)
                kept[-1] = (client, kept[-1][1], after - kept[-1][1])
            else:
                sections.append((client, first, [item]))
                kept.append((client, first, after - first))
            size += len(item) + 1
    united = updates.united(deletions)
    for at in range(0, len(united), _MOST_RANGES):
        if size > MOST_UPDATE // 2:
            close(())
        close(united[at : at + _MOST_RANGES])
    if sections or not found:
        close(())
    return found


class Record(NamedTuple):
    """A record of this member that is not written into any more."""

    id: UUID
    piece: Piece


class OwnParts:
    """What this member has written, in records: whoever has it stores what ``next`` gives, and says so."""

    def __init__(self, text: SharedText) -> None:
        self._text = text
        self._begin = text.clocks.get(text.client, 0)
        "The first clock that is in no finished record."
        self._current: UUID | None = None
        self._finished: list[Record] = []
        self._until_look = 0
        "How many more records until the large ones are looked at again."

    def found(self, id: UUID, update: Update) -> None:
        """A record of an earlier session."""
        ranges = [(one.client, one.begin, one.after - one.begin) for one in update.sections]
        self._finished.append(Record(id, Piece(update.data, ranges, update.deletions)))

    def next(self) -> tuple[UUID | None, Piece]:
        """What has to be stored next of what was typed: the record that it goes into, None for a new one."""
        client, begin = self._text.client, self._begin
        length = self._text.clocks.get(client, 0) - begin
        return self._current, packed(self._text, [(client, begin, length)], self._text.deleted)[0]

    def stored(self, id: UUID, piece: Piece) -> bool:
        """That piece is in that record; whether there is more than that."""
        after = max((begin + length for _, begin, length in piece.ranges), default=self._begin)
        is_more = after < self._text.clocks.get(self._text.client, 0) or len(piece.deletions) < len(
            updates.united(self._text.deleted)
        )
        self._current = id
        if len(piece.update) >= FULL or is_more:
            self._finished.append(Record(id, piece))
            self._current, self._begin = None, after
            self._until_look -= 1
            self._text.deleted = updates.without(self._text.deleted, piece.deletions)
        return is_more

    def to_fold(self) -> tuple[list[UUID], list[Piece]] | None:
        """Records, and what is to be in the first of them instead; the others can go then."""
        some = [one for one in self._finished if len(one.piece.update) < LARGE]
        shrunk = self._shrunk() if self._until_look <= 0 else []
        if len(some) < FOLDED and not shrunk:
            return None
        some += shrunk
        pieces = packed(
            self._text,
            [each for one in some for each in one.piece.ranges],
            [each for one in some for each in one.piece.deletions],
        )
        ids = [one.id for one in some]
        return (ids, pieces) if len(pieces) < len(ids) + len(shrunk) and len(pieces) <= len(ids) else None

    def _shrunk(self) -> list[Record]:
        """Large records most of which was removed since."""
        self._until_look = LOOKED
        found = []
        for one in self._finished:
            if len(one.piece.update) >= LARGE:
                pieces = packed(self._text, one.piece.ranges, one.piece.deletions)
                if 2 * sum(len(piece.update) for piece in pieces) < len(one.piece.update):
                    found.append(one)
        return found

    def folded(self, ids: Sequence[UUID], pieces: Sequence[Piece]) -> None:
        self._finished = [one for one in self._finished if one.id not in ids]
        self._finished += [Record(id, piece) for id, piece in zip(ids, pieces, strict=False)]
