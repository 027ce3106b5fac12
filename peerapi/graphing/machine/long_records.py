"""Long records on their way out of the database: read piece by piece, in turns between which others are let in.

Nothing is sent before all of a record is here, so what is sent is a whole message whatever becomes of the record. It is
in memory once, however many links get it.
"""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakValueDictionary

from peerapi.store.database import Database, Long


class LongRecord:
    """The bytes of a long record, in pieces."""

    __slots__ = ("__weakref__", "_pieces", "_size", "outline")

    def __init__(self, outline: Long) -> None:
        self.outline = outline
        self._pieces: list[bytes] = []
        self._size = 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    @property
    def complete(self) -> bool:
        return self._size == self.outline.size

    def read_on(self, database: Database) -> bool:
        """Read the next piece; False when the record is no longer what it was."""
        if not self.complete:
            piece = database.piece(self.outline, len(self._pieces))
            if piece is None:
                return False
            self._pieces.append(piece)
            self._size += len(piece)
        return True


class LongRecords:
    """The long records of a node that are being read, or sent."""

    def __init__(self) -> None:
        self._records: WeakValueDictionary[int, LongRecord] = WeakValueDictionary()

    def open(self, outline: Long) -> LongRecord:
        record = self._records.get(outline.first)
        if record is None:
            record = self._records[outline.first] = LongRecord(outline)
        return record
