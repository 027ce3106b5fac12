"""What a file is, whatever it is called: its size and the hashes of its pieces, and one hash of them all, its ID."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

PIECE = 128 << 10
"Bytes of each piece but the last one."
MOST_SIZE = 32 << 30
"Bytes of a file: the hashes of its pieces are 8 MiB then."
HASH = 32
"Bytes of a hash: SHA-256."
_PURPOSE = b"peerapi file 1\0"
"Begins what is hashed to an ID, so that nothing else has the same one."


def count(size: int) -> int:
    """How many pieces a file of that size has."""
    return -(-size // PIECE)


def length(size: int, piece: int) -> int:
    """Bytes of one piece of a file of that size."""
    return min(PIECE, size - piece * PIECE)


def digest(data: bytes) -> bytes:
    """The hash of a piece."""
    return hashlib.sha256(data).digest()


def file_id(size: int, hashes: bytes) -> bytes:
    """The ID of a file with these hashes of its pieces, one after the other."""
    return hashlib.sha256(_PURPOSE + size.to_bytes(8, "big") + hashes).digest()


class Content(NamedTuple):
    """A file's size, and the hashes of its pieces."""

    size: int
    hashes: bytes

    @property
    def id(self) -> bytes:
        return file_id(self.size, self.hashes)

    def has(self, piece: int, data: bytes) -> bool:
        """Whether that is this piece."""
        return digest(data) == self.hashes[piece * HASH : (piece + 1) * HASH]


class Hashing:
    """Finds what a file is as its bytes come, in any portions."""

    def __init__(self) -> None:
        self.size = 0
        self._hashes = bytearray()
        self._piece = hashlib.sha256()

    def feed(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            taken = view[: PIECE - self.size % PIECE]
            self._piece.update(taken)
            self.size += len(taken)
            view = view[len(taken) :]
            if self.size % PIECE == 0:
                self._end_piece()

    def end(self) -> Content:
        """Of all that was fed."""
        if self.size % PIECE:
            self._end_piece()
        return Content(self.size, bytes(self._hashes))

    def _end_piece(self) -> None:
        self._hashes += self._piece.digest()
        self._piece = hashlib.sha256()
