"""A file that comes: which piece is asked of whom, and whether what comes is the file. Without input and output of its
own: whoever drives it carries ``outputs`` out and says when something has come, has been stored, or is overdue.

At any time at most WINDOW pieces of each source are on their way or still to be stored: that bounds the memory, and a
disk or a network that is slow holds the sources back. A source that breaks a rule is let go, and the others are asked
for what it owed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from peerapi.files.content import HASH, Content, count, file_id, length
from peerapi.files.messages import LISTED, Ask, Hashes, Holds, List, Malformed, Message, No, Piece, Reason, Want, decode

WINDOW = 8
"Pieces of one source that are on their way or still to be stored."
PATIENCE = 20.0
"Seconds in which a source that was asked gives something."
_SAID = {
    Reason.NOT_HERE: "does not have the file any more",
    Reason.CHANGED: "has another file there by now",
    Reason.BUSY: "gives to too many others just now",
}


@dataclass(frozen=True, slots=True)
class Send:
    """A message to a source."""

    source: int
    message: Message


@dataclass(frozen=True, slots=True)
class Listed:
    """The hashes of all pieces are known, and are the file's: to be kept, so that the fetch can go on another time."""

    content: Content


@dataclass(frozen=True, slots=True)
class Store:
    """A piece that is the file's. ``Fetch.stored`` is to be called when it is on the disk."""

    source: int
    piece: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """A source is of no use; ``why`` goes on from its name."""

    source: int
    why: str


Output = Send | Listed | Store | Drop


@dataclass(slots=True)
class _Source:
    since: float
    "When it was asked, or has given something, last; counts only while something is awaited."
    holds: bool = False
    listing: bytearray | None = None
    "The hashes that it has told so far, when it was asked for them."
    asked: set[int] = field(default_factory=set)
    storing: int = 0

    @property
    def is_awaited(self) -> bool:
        return not self.holds or self.listing is not None or bool(self.asked)


class Fetch:
    """One file. Times are seconds of any clock that only goes on."""

    def __init__(self, file: bytes, size: int, content: Content | None = None, have: bytes = b"") -> None:
        """``content`` and ``have`` are of an earlier fetch: the hashes, and a byte for each piece, 1 where the piece
        was read again and is the file's."""
        self.outputs: list[Output] = []
        self._file = file
        self._size = size
        self._sources: dict[int, _Source] = {}
        self._content = content
        if size == 0 and file_id(0, b"") == file:
            self._content = Content(0, b"")
        self._have = bytearray(have) if content is not None and have else bytearray(count(size))
        self.left = len(self._have) - sum(self._have)
        "Pieces that are not stored yet."
        self._next = 0
        self._returned: set[int] = set()
        "Pieces that were asked of a source which has gone."

    @property
    def done(self) -> bool:
        """Whether every piece is stored."""
        return self._content is not None and not self.left

    @property
    def bytes_left(self) -> int:
        """As far as pieces are stored."""
        if not self.left:
            return 0
        last = len(self._have) - 1
        full = self.left - (not self._have[last])
        return full * length(self._size, 0) + (0 if self._have[last] else length(self._size, last))

    @property
    def deadline(self) -> float | None:
        """When ``late`` is to be called."""
        awaited = [one.since for one in self._sources.values() if one.is_awaited]
        return min(awaited) + PATIENCE if awaited else None

    # ---- inputs ----

    def came(self, source: int, now: float) -> None:
        """There is a connection to somebody who may have the file."""
        self._sources[source] = _Source(now)
        self.outputs.append(Send(source, Ask(self._file)))

    def gone(self, source: int, now: float) -> None:
        """That connection has ended."""
        found = self._sources.pop(source, None)
        if found is not None:
            self._returned |= found.asked
            self._go_on(now)

    def received(self, source: int, data: bytes, now: float) -> None:
        """A message of a source; of one that was let go it is passed over."""
        found = self._sources.get(source)
        if found is None:
            return
        why = self._taken(source, found, data)
        if why:
            self._drop(source, why)
        else:
            found.since = now
        self._go_on(now)

    def stored(self, source: int, piece: int, now: float) -> None:
        """A piece is on the disk."""
        self._have[piece] = 1
        self.left -= 1
        found = self._sources.get(source)
        if found is not None:
            found.storing -= 1
        self._go_on(now)

    def late(self, now: float) -> None:
        """Let those go who have given nothing for too long."""
        for number, one in list(self._sources.items()):
            if one.is_awaited and one.since + PATIENCE <= now:
                self._drop(number, "does not answer any more")
        self._go_on(now)

    # ---- what comes ----

    def _taken(self, number: int, source: _Source, data: bytes) -> str:
        """Take a message; why it cannot be taken, empty when it can."""
        try:
            message = decode(data)
        except Malformed as error:
            return f"says what nobody understands ({error})"
        if message.file != self._file:
            return "speaks of another file"
        match message:
            case Holds(_, size):
                return self._held(source, size)
            case No(_, reason):
                return _SAID[reason]
            case Hashes(_, first, hashes):
                return self._listed(number, source, first, hashes)
            case Piece(_, piece, content):
                return self._piece(number, source, piece, content)
        return "asks where it should answer"

    def _held(self, source: _Source, size: int) -> str:
        if source.holds:
            return "says twice that it has the file"
        if size != self._size:
            return "has a file of another size than was said"
        source.holds = True
        return ""

    def _listed(self, number: int, source: _Source, first: int, hashes: bytes) -> str:
        told = source.listing
        if told is None or first * HASH != len(told) or len(hashes) != HASH * min(LISTED, len(self._have) - first):
            return "tells hashes that nobody has asked for"
        told += hashes
        if len(told) < HASH * len(self._have):
            self.outputs.append(Send(number, List(self._file, len(told) // HASH)))
            return ""
        source.listing = None
        content = Content(self._size, bytes(told))
        if not self._is_whole(content):
            return "has told hashes that are not the file's"
        self._content = content
        self.outputs.append(Listed(content))
        return ""

    def _is_whole(self, content: Content) -> bool:
        return content.id == self._file

    def _piece(self, number: int, source: _Source, piece: int, data: bytes) -> str:
        if piece not in source.asked:
            return "sends what nobody has asked for"
        if len(data) != length(self._size, piece):
            return "has sent a piece of another length"
        if not self._is_right(piece, data):
            return "has sent a piece that is not the file's"
        source.asked.remove(piece)
        source.storing += 1
        self.outputs.append(Store(number, piece, data))
        return ""

    def _is_right(self, piece: int, data: bytes) -> bool:
        return self._content is not None and self._content.has(piece, data)

    # ---- what is asked ----

    def _go_on(self, now: float) -> None:
        """Ask for what can be asked for."""
        holders = {number: one for number, one in self._sources.items() if one.holds}
        if self._content is None:
            if holders and all(one.listing is None for one in holders.values()):
                number, lister = next(iter(holders.items()))
                lister.since, lister.listing = now, bytearray()
                self.outputs.append(Send(number, List(self._file, 0)))
            return
        for number, one in holders.items():
            while len(one.asked) + one.storing < WINDOW and (piece := self._wanted()) is not None:
                if not one.asked:
                    one.since = now
                one.asked.add(piece)
                self.outputs.append(Send(number, Want(self._file, piece)))

    def _wanted(self) -> int | None:
        """The next piece that is neither here nor on its way."""
        if self._returned:
            return self._returned.pop()
        while self._next < len(self._have):
            self._next += 1
            if not self._have[self._next - 1]:
                return self._next - 1
        return None

    def _drop(self, number: int, why: str) -> None:
        found = self._sources.pop(number)
        self._returned |= found.asked
        self.outputs.append(Drop(number, why))
