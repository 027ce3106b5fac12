"""The bytes of a picture file as records: pieces, each named by whose file it is, by the file's hash and by a number.

The hash and the length are in each piece, so there is no saying of the pieces of one file that they are those of
another, and a piece is looked at alone: it has a place among so many, or is none.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from peerapi.pages.words import is_words

PIECE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977b5")
"Type of the records."
PIECE_BYTES = 63 << 10
"""Of each piece but the last. So many of base64 need no filling, and a stroke that comes behind one on its way does not
wait for long."""
MOST_BYTES = 60 << 20
"Of a file."
MAKER_BYTES = 512
"Of the name of a peer."
_HEAD = struct.Struct("<32sIH")


@dataclass(frozen=True, slots=True)
class ImageFile:
    """A picture file that a member has given. Two who give the same have given two."""

    maker: str
    length: int
    sha256: bytes

    @property
    def is_sound(self) -> bool:
        return 0 < self.length <= MOST_BYTES and is_words(self.maker, MAKER_BYTES)

    @property
    def count(self) -> int:
        """How many pieces it has."""
        return -(-self.length // PIECE_BYTES)

    @property
    def key(self) -> str:
        """What a page calls it: 32 hexadecimal digits."""
        name = b"%d %s %s" % (self.length, self.sha256, self.maker.encode())
        return hashlib.sha256(name).hexdigest()[:32]

    def size_of(self, number: int) -> int:
        """Bytes of that piece."""
        return min(PIECE_BYTES, self.length - number * PIECE_BYTES)


class Piece(NamedTuple):
    """A part of a file."""

    file: ImageFile
    number: int
    data: bytes


def pieces(file: ImageFile, data: bytes) -> Iterator[Piece]:
    """All of them, in their order."""
    for number in range(file.count):
        begin = number * PIECE_BYTES
        yield Piece(file, number, data[begin : begin + PIECE_BYTES])


def encode_piece(piece: Piece) -> bytes:
    """The data of its record."""
    return _HEAD.pack(piece.file.sha256, piece.file.length, piece.number) + piece.data


def decode_piece(creator: str, data: bytes) -> Piece | None:
    """The piece that a record of that creator holds; None when it is none."""
    if len(data) < _HEAD.size:
        return None
    sha256, length, number = _HEAD.unpack_from(data)
    file = ImageFile(creator, length, sha256)
    if not file.is_sound or number >= file.count or len(data) - _HEAD.size != file.size_of(number):
        return None
    return Piece(file, number, data[_HEAD.size :])
