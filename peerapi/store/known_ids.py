"""Which records a database may hold, answered without asking it.

Nearly every record that a neighbor offers for the first time is new, and to learn that from an index costs ten times
what this costs. A *no* is certain; a *yes* is right most of the time, and the database is asked then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

SPARSE = 16
"Bits for each record; one *yes* in so many is wrong when the table is full."
SMALLEST = 1 << 12
SLICE = 2048
"IDs read at a time while a table is made: a fraction of a millisecond, where those of a million records take 0.4 s."
_FIRST = "SELECT low FROM records ORDER BY low LIMIT ?"
_NEXT = "SELECT low FROM records WHERE low > ? ORDER BY low LIMIT ?"


class KnownIds:
    """A table of bits, indexed by the low bits of record IDs, which are random (MS-PPGRH 3.1.7.2).

    Whoever makes IDs with equal low bits slows down nothing but the look at these. What is removed from the database
    keeps its bit until the table is made anew.
    """

    __slots__ = ("bits", "mask", "room")

    def __init__(self, lows: Iterable[int], count: int) -> None:
        """``lows``: the low halves of ``count`` IDs."""
        size = SMALLEST
        while size < 2 * SPARSE * count:
            size *= 2
        self.mask = size - 1
        self.bits = bytearray(size // 8)
        self.room = size // SPARSE
        self.add_many(lows)

    @classmethod
    def not_read(cls) -> KnownIds:
        """The table of a database whose IDs were not read yet: it may hold any record. It is full."""
        table = cls((), 0)
        table.bits = bytearray(b"\xff" * len(table.bits))
        table.room = -1
        return table

    @property
    def full(self) -> bool:
        """Whether the table holds so many that a larger one would be right more often."""
        return self.room < 0

    def add(self, low: int) -> None:
        self.bits[(low & self.mask) >> 3] |= 1 << (low & 7)
        self.room -= 1

    def add_many(self, lows: Iterable[int]) -> None:
        """Add the IDs of many records."""
        for low in lows:
            self.add(low)

    def __contains__(self, low: int) -> bool:
        return self.bits[(low & self.mask) >> 3] >> (low & 7) & 1 == 1


class Growth:
    """A larger table on its way: the IDs in the database are read a slice at a time, and others are served in between.

    What comes to the database meanwhile, or leaves it, has to be added to the table as well: a removal may be taken
    back.
    """

    def __init__(self, count: int) -> None:
        """``count``: how many records the database has."""
        self.table = KnownIds((), count)
        self._after: int | None = None

    def step(self, execute: Callable[..., Any]) -> bool:
        """Read the next slice; whether the table is complete. Raises sqlite3.Error."""
        rows = execute(_FIRST, (SLICE,)) if self._after is None else execute(_NEXT, (self._after, SLICE))
        lows = [low for (low,) in rows]
        self.table.add_many(lows)
        if len(lows) < SLICE:
            return True
        self._after = lows[-1]
        return False
