"""Which records a database may hold, answered without asking it.

Nearly every record that a neighbor offers for the first time is new, and to learn that from an index costs ten times
what this costs. A *no* is certain; a *yes* is right most of the time, and the database is asked then.
"""

from __future__ import annotations

from collections.abc import Iterable

SPARSE = 16
"Bits for each record; one *yes* in so many is wrong when the table is full."
SMALLEST = 1 << 12


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
        for low in lows:
            self.add(low)

    @property
    def full(self) -> bool:
        """A larger table would be right more often."""
        return self.room < 0

    def add(self, low: int) -> None:
        self.bits[(low & self.mask) >> 3] |= 1 << (low & 7)
        self.room -= 1

    def __contains__(self, low: int) -> bool:
        return self.bits[(low & self.mask) >> 3] >> (low & 7) & 1 == 1
