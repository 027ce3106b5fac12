"""The journal of a database: what was committed and SQLite does not have yet.

To append a few hundred bytes to a file costs a tenth of what a transaction of SQLite costs, and they are as safe: they
outlive the process once they are written, and usually a power failure. So every change goes here first, and to SQLite
together with many others (``store.database``); then the journal begins anew.

::

    | length of the body (4) | number (8) | CRC-32 of the body (4) | CRC-32 of these 16 bytes (4) | body ... |

Big-endian. One entry is one transaction, and its body is a run of changes::

    | kind (1) | version (8) | flags (8) | modification (8) | expiration (8) |
    | length (4) | ID (16) | type (16) | wire ... |

Numbers are consecutive and begin at random when the database is made. SQLite keeps the number of the last entry that
it has: entries up to there are old, and a journal that does not go on from there belongs to another database.
"""

from __future__ import annotations

import contextlib
import errno
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from peerapi._process import is_marked, mark, write_marked
from peerapi.errors import (
    NO_ROOM,
    DatabaseAccessDenied,
    DatabaseInitializationFailed,
    DiskFull,
    PeerError,
    os_sentence,
)
from peerapi.store._rows import change, entry
from peerapi.store.schema import SUFFIXES, Row

__all__ = ["ADD", "PUT", "REMOVE", "SUFFIX", "Change", "Found", "Journal", "change", "changes", "failure", "read"]

SUFFIX = SUFFIXES[2]
ADD, PUT, REMOVE = 1, 2, 3
"Kinds of changes: a record that is new; one that may take the place of another; none any longer."
_HEADER = struct.Struct(">IQI")
_CHECKSUM = struct.Struct(">I")
_HEADER_SIZE = _HEADER.size + _CHECKSUM.size
_CHANGE = struct.Struct(">BqqqqI16s16s")
_NO_ROOM = ("ENOSPC", "EDQUOT", "EFBIG")


class Change(NamedTuple):
    """One change of a record."""

    kind: int
    row: Row
    "The record's row; of a removed record only the ID counts."


def changes(body: bytes) -> Iterator[Change]:
    """The changes in a body. ValueError when they are none."""
    position = 0
    while position < len(body):
        if position + _CHANGE.size > len(body):
            raise ValueError("half a change")
        kind, version, flags, modification, expiration, size, id_, type_ = _CHANGE.unpack_from(body, position)
        position += _CHANGE.size
        wire = body[position : position + size]
        position += size
        if not ADD <= kind <= REMOVE or len(wire) != size:
            raise ValueError("no change")
        yield Change(kind, Row(id_, type_, version, flags, modification, expiration, wire))


class Journal:
    """An open journal, or one in name only for a database in memory.

    A program that closes a descriptor which is not its own, and then opens a file, may get the journal's number for it.
    So nothing is written before the descriptor is known to be still of the journal, by the open file's mark; if it is
    not, it is opened again.
    """

    def __init__(self, path: Path | None, number: int, end: int = 0) -> None:
        """Go on behind ``end``, where entry ``number`` ends. Raises OSError."""
        self.number = number
        "The number of the last entry."
        self._path = path
        self._end = end
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mark = 0
        if self._file is not None:
            self._identity = os.fstat(self._file)
            self._mark = mark(self._file)
            os.ftruncate(self._file, end)

    def append(self, changes: list[bytes]) -> None:
        """Write an entry; it is there, whole, when this returns. Raises DiskFull, DatabaseInitializationFailed,
        DatabaseAccessDenied, and then it is not there."""
        if self._file is not None:
            made = entry(self.number + 1, changes)
            try:
                while not write_marked(self._file, self._mark, made, self._end):
                    self._open_again()
            except OSError as error:
                if is_marked(self._file, self._mark):
                    with contextlib.suppress(OSError):
                        os.ftruncate(self._file, self._end)
                raise failure(error) from error
            self._end += len(made)
        self.number += 1

    def restart(self) -> None:
        """SQLite has all of it. Should the file stay as it is, it is known to be old by its numbers."""
        if self._file is not None and self._end:
            with contextlib.suppress(OSError):
                if not is_marked(self._file, self._mark):
                    self._open_again()
                os.ftruncate(self._file, 0)
                self._end = 0

    def _open_again(self) -> None:
        """Raises OSError: the journal is not there any longer."""
        assert self._path is not None
        file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if not os.path.samestat(os.fstat(file), self._identity):
                raise PermissionError(errno.EACCES, "The program has closed the journal; another file is in its place.")
            self._mark = mark(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def close(self) -> None:
        """Let go of the file; an empty one is taken away."""
        if self._file is not None and self._path is not None:
            if is_marked(self._file, self._mark):
                os.close(self._file)
            self._file = None
            if not self._end:
                with contextlib.suppress(OSError):
                    self._path.unlink()


class Found(NamedTuple):
    """What a journal has that SQLite has not."""

    bodies: list[bytes]
    number: int
    "The number of the last entry, or of the last one that SQLite has."
    end: int
    "Bytes of the file that are entries; behind them nothing, the beginning of one that was never committed, or damage."
    problem: str | None
    "What is wrong with the file, when it is damaged."


def read(path: Path, folded: int) -> Found:
    """Read a journal; ``folded`` is the number of the last entry that SQLite has. Raises OSError.

    An entry that the end of the file cuts off was being written when the process was killed. Everything else that is
    not as it was written is damage, and what lies behind it is lost.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
    bodies: list[bytes] = []
    position, last, problem = 0, None, None
    while position + _HEADER_SIZE <= len(data):
        size, number, checksum = _HEADER.unpack_from(data, position)
        head = data[position : position + _HEADER.size]
        if _CHECKSUM.unpack_from(data, position + _HEADER.size) != (zlib.crc32(head),):
            problem = "its journal is damaged"
            break
        if position + _HEADER_SIZE + size > len(data):
            break
        body = data[position + _HEADER_SIZE : position + _HEADER_SIZE + size]
        if zlib.crc32(body) != checksum:
            problem = "its journal is damaged"
            break
        if number > folded + 1 if last is None else number != last + 1:
            problem = "its journal is of another database"
            break
        last = number
        if number > folded:
            bodies.append(body)
        position += _HEADER_SIZE + size
    if last is not None and last < folded and problem is None:
        problem = "its journal is of another database"
    if not bodies:  # all of it is old
        position = 0
    return Found(bodies, max(folded, last or folded), position, problem)


def failure(error: OSError) -> PeerError:
    """The documented failure that stands for one of the journal's file."""
    if error.errno in [getattr(errno, name) for name in _NO_ROOM]:
        return DiskFull(NO_ROOM)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DatabaseAccessDenied(os_sentence(error))
    return DatabaseInitializationFailed(os_sentence(error))
