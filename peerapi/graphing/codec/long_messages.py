"""Long messages: they are cut into frames (MS-PPGRH 2.2.1.1) while they are sent, a piece at a time.

The parts of a message are kept as they are and shared by all links that get it, so that to queue one costs nothing,
however long it is. What leaves is, byte for byte, what ``framing.frame`` makes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from peerapi.graphing.codec._messages import LONG as LONG
from peerapi.graphing.codec.framing import LARGEST_FRAME_SIZE
from peerapi.graphing.codec.record_messages import flood_head

PIECE = 256 << 10
"Bytes that are framed at a time, and one frame more at most."
_FRAME_SIZE = struct.Struct(">H")


class LongMessage:
    """One message: its beginning, and the parts of the rest, which are not copied. Its length is that of its
    frames."""

    __slots__ = ("_frame_size", "_head", "_rest", "_size")

    def __init__(self, head: bytes, rest: Iterable[bytes], frame_size: int) -> None:
        """``rest`` can be gone through again and again. ValueError: no frame size, or no message."""
        self._head = head
        self._rest = rest
        self._frame_size = frame_size
        self._size = len(head) + sum(map(len, rest))
        if not 1 <= frame_size <= LARGEST_FRAME_SIZE:
            raise ValueError(f"frame size {frame_size} is outside 1..{LARGEST_FRAME_SIZE}")
        if not self._size:
            raise ValueError("a message without bytes")

    def __len__(self) -> int:
        return self._size + _FRAME_SIZE.size * -(-self._size // self._frame_size)

    def __bytes__(self) -> bytes:
        return b"".join(self.pieces())

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """Its frames, in order, so many at a time that they have ``size`` bytes or just above."""
        left, rest, parts = self._size, memoryview(self._head), iter(self._rest)
        piece: list[bytes | memoryview] = []
        have = 0
        while left:
            room = min(left, self._frame_size)
            left -= room
            piece.append(_FRAME_SIZE.pack(room))
            have += _FRAME_SIZE.size + room
            while room:
                if not rest:
                    rest = memoryview(next(parts))
                    continue
                piece.append(rest[:room])
                taken = len(piece[-1])
                rest = rest[taken:]
                room -= taken
            if have >= size or not left:
                yield b"".join(piece)
                piece.clear()
                have = 0


def long_flood(record: Iterable[bytes], frame_size: int) -> LongMessage:
    """A FLOOD (2.2.2.11) with a record in parts."""
    return LongMessage(flood_head(sum(map(len, record))), record, frame_size)
