"""Fields of a message from the front, for the judges of every protocol."""

from __future__ import annotations

from typing import Literal

from peerapi.conformance_wire.bench import expect


class Reader:
    """Takes fields from the front; ``order`` is that of a number's bytes. Raises Deviation where the bytes end."""

    def __init__(self, raw: bytes, order: Literal["little", "big"] = "little") -> None:
        self.raw = raw
        self.order = order
        self.at = 0

    def take(self, size: int) -> bytes:
        expect(self.at + size <= len(self.raw), f"{len(self.raw)} bytes end within a field of {size} at {self.at}")
        self.at += size
        return self.raw[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), self.order)

    @property
    def left(self) -> int:
        return len(self.raw) - self.at
