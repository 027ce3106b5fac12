"""What two nodes say to each other about a file, over a direct connection: docs/files.md has the table.

Each message is the data of one PT2PT: version, kind, the file's ID, and what the kind has. Numbers are big-endian.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from peerapi.files.content import HASH, MOST_SIZE, PIECE, count

TYPE = UUID("3e0c5b7a-91d4-4f0e-a852-6d1fc03977d1")
"The data type of these messages."
VERSION = 1
LISTED = PIECE // HASH
"Hashes in one answer, at most."
MOST_PIECES = count(MOST_SIZE)
_HEAD = struct.Struct(">BB32s")
LARGEST_QUESTION = _HEAD.size + 4
"Bytes of a question."
_ANSWERS = 0x80
"The lowest kind of an answer."


class Malformed(ValueError):
    """No message of this protocol."""


class Reason(enum.IntEnum):
    """Why something is not given."""

    NOT_HERE = 1
    CHANGED = 2
    "The file is no longer what it was when it was shared."
    BUSY = 3


@dataclass(frozen=True, slots=True)
class Ask:
    """Whether the other one has that file."""

    KIND: ClassVar[int] = 1
    file: bytes


@dataclass(frozen=True, slots=True)
class List:
    """The hashes of pieces, from one piece on."""

    KIND: ClassVar[int] = 2
    file: bytes
    first: int


@dataclass(frozen=True, slots=True)
class Want:
    """One piece."""

    KIND: ClassVar[int] = 3
    file: bytes
    piece: int


@dataclass(frozen=True, slots=True)
class Holds:
    """The answer to Ask: it is here, whole."""

    KIND: ClassVar[int] = 0x81
    file: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Hashes:
    """The answer to List: as many as there are, and LISTED at most."""

    KIND: ClassVar[int] = 0x82
    file: bytes
    first: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """The answer to Want."""

    KIND: ClassVar[int] = 0x83
    file: bytes
    piece: int
    data: bytes


@dataclass(frozen=True, slots=True)
class No:
    """The answer to any of these: it is not given."""

    KIND: ClassVar[int] = 0x84
    file: bytes
    reason: Reason


Question = Ask | List | Want
Answer = Holds | Hashes | Piece | No
Message = Question | Answer


def encode(message: Message) -> bytes:
    head = _HEAD.pack(VERSION, message.KIND, message.file)
    match message:
        case Ask():
            return head
        case List(_, number) | Want(_, number):
            return head + number.to_bytes(4, "big")
        case Holds(_, size):
            return head + size.to_bytes(8, "big")
        case Hashes(_, number, data) | Piece(_, number, data):
            return b"".join((head, number.to_bytes(4, "big"), data))
        case No(_, reason):
            return head + bytes([reason])


def is_question(data: bytes) -> bool:
    """Whether that is for who serves, sound or not."""
    return len(data) > 1 and data[1] < _ANSWERS


def decode(data: bytes) -> Message:
    """Raises Malformed. What is longer than its kind can be is not looked at."""
    if not _HEAD.size <= len(data) <= _HEAD.size + 4 + PIECE:
        raise Malformed("a message about files has another length")
    version, kind, file = _HEAD.unpack_from(data)
    if version != VERSION:
        raise Malformed(f"version {version} of the messages about files is not known")
    body = data[_HEAD.size :]
    match kind:
        case Ask.KIND:
            _sized(body, 0)
            return Ask(file)
        case List.KIND:
            return List(file, _piece(_sized(body, 4)))
        case Want.KIND:
            return Want(file, _piece(_sized(body, 4)))
        case Holds.KIND:
            size = int.from_bytes(_sized(body, 8), "big")
            if size > MOST_SIZE:
                raise Malformed("no file has that size")
            return Holds(file, size)
        case Hashes.KIND:
            if len(body) <= 4 or (len(body) - 4) % HASH:
                raise Malformed("these are no hashes")
            return Hashes(file, _piece(body[:4]), body[4:])
        case Piece.KIND:
            if len(body) <= 4:
                raise Malformed("a piece has a byte at least")
            return Piece(file, _piece(body[:4]), body[4:])
        case No.KIND:
            try:
                return No(file, Reason(_sized(body, 1)[0]))
            except ValueError:
                raise Malformed("that is no reason") from None
    raise Malformed(f"there is no message about files of kind {kind}")


def _sized(body: bytes, size: int) -> bytes:
    if len(body) != size:
        raise Malformed("a message about files has another length")
    return body


def _piece(number: bytes) -> int:
    found = int.from_bytes(number, "big")
    if found >= MOST_PIECES:
        raise Malformed("no file has so many pieces")
    return found
