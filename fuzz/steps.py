"""Sequences out of bytes: each twenty of them are one step, which takes from them what it has to choose.

Blocks of one size let a fuzzer cut, repeat and exchange steps without changing what the others mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

SIZE = 20
MOST = 64
"Steps of one input, at most: what needs more is rare, and each costs time."

T = TypeVar("T")


class Step:
    """The choices of one step, one byte each; zeros when there are no more."""

    def __init__(self, block: bytes) -> None:
        self._left = list(reversed(block))

    def byte(self) -> int:
        return self._left.pop() if self._left else 0

    def pick(self, among: Sequence[T]) -> T:
        return among[self.byte() % len(among)]

    def seldom(self) -> bool:
        """True for one byte in sixteen, never for zero."""
        return self.byte() % 16 == 15

    def rest(self) -> bytes:
        left = bytes(reversed(self._left))
        self._left.clear()
        return left

    def scarred(self, data: bytes) -> bytes:
        """The same bytes, or with one to three that are others."""
        if not data or not self.seldom():
            return data
        scars = bytearray(data)
        for _ in range(1 + self.byte() % 3):
            place = (self.byte() << 8 | self.byte()) % len(scars)
            scars[place] = self.byte()
        return bytes(scars)


def steps(data: bytes) -> Iterator[Step]:
    for at in range(0, min(len(data), MOST * SIZE), SIZE):
        yield Step(data[at : at + SIZE])


def script(*blocks: Sequence[int]) -> bytes:
    """An input whose steps begin with these bytes."""
    return b"".join(bytes(block).ljust(SIZE, b"\0") for block in blocks)
