"""Noticing that a database file is not as this library left it, and keeping what is left of it aside.

SQLite notices when its own structure is broken, not when a byte of a record has changed. So every row carries a
checksum, which is looked at when the row is read. An opening looks at the facts, at whether all rows are there, and
at the structure and the rows that were written since the database was last closed; all of a small file, of one that
has turned out to be damaged, and whenever somebody wants to know (`peerapi doctor --deep`). Measured here: 0.2 s for
all of 100,000 records, 12 s for a million.

What is damaged is renamed to ``<file>.damaged-<n>``, its logs to ``<file>.damaged-<n>-wal`` and ``-log``, so that
SQLite's own tools find what is theirs.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import peerapi.private as private
from peerapi.store import id_runs, pieces
from peerapi.store._rows import row_checksum
from peerapi.store.schema import CLOSED, FOLDED, SUFFIXES, low_half

EMPTY = "an empty file"
_MAGIC = b"SQLite format 3\0"
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_WAL_HEADER, _FRAME_HEADER = struct.Struct(">IIIIII"), struct.Struct(">IIII")
ROW_CHECKSUM = "row_checksum(low, seq, id, type, version, flags, modification, expiration, wire)"
"In SQL, on a connection that was taught. NULL when ``low`` is not that of the ID."


def fact_checksum(name: str, value: str | int | bytes) -> int:
    """CRC-32 over a fact."""
    return zlib.crc32(repr((name, value)).encode())


def header_complaint(path: Path) -> str | None:
    """What can be said of a file before SQLite sees it. SQLite takes an empty file for a new database, and one whose
    format number is damaged for one that may only be read."""
    with path.open("rb") as file:
        header = file.read(100)
    if header[:16] != _MAGIC or len(header) < 100:
        return "not a database" if header else EMPTY
    if not (1 <= header[18] <= 2 and 1 <= header[19] <= 2):
        return "a damaged header"
    return None


def is_cut(path: Path) -> bool:
    """Whether a file that was closed has fewer pages than it says (the size of a page is at 16, their number at 28)."""
    with path.open("rb") as file:
        header = file.read(100)
        page = int.from_bytes(header[16:18], "big")
        return file.seek(0, 2) < (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")


class Trust(NamedTuple):
    """What was looked through of a database when it was closed, and has not been written since."""

    upto: int
    "The number of a change: rows up to there have been. 0: none."
    untouched: bool
    "Nothing at all was written since."


NONE = Trust(0, False)


def trust(connection: sqlite3.Connection) -> Trust:
    """What a database says of itself. Raises sqlite3.Error."""
    found = connection.execute("SELECT value, checksum FROM facts WHERE name = ?", (CLOSED,)).fetchone()
    if not found or fact_checksum(CLOSED, found[0]) != found[1]:
        return NONE
    word, _, number = str(found[0]).partition(" ")
    return Trust(int(number), word == "closed") if number.isdigit() else NONE


def complaint(connection: sqlite3.Connection, trust: Trust = NONE) -> str | None:
    """What is wrong with an open database of this library's schema, or None. Raises sqlite3.Error."""
    if not trust.untouched:
        check = "quick_check" if trust.upto else "integrity_check"
        found = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
        if found != "ok":
            return str(found)
    teach(connection)
    since = f"seq > {trust.upto}"
    query = f"SELECT count(*) FROM records WHERE {since} AND checksum IS NOT {ROW_CHECKSUM}"
    (bad,) = connection.execute(query).fetchone()
    if bad:
        return f"{bad} records do not have their checksums"
    (bad,) = connection.execute(
        "SELECT count(*) FROM facts WHERE checksum IS NOT fact_checksum(name, value)"
    ).fetchone()
    if bad:
        return f"{bad} facts do not have their checksums"
    _, rows = folded(connection)
    if not trust.upto:
        problem = pieces.complaint(connection)
        if problem is not None:
            return problem
        (found,) = connection.execute("SELECT count(*) FROM records").fetchone()
        if found != rows:
            return f"it has {found} records, and had {rows}"
    return id_runs.complaint(connection, rows, connection.execute(f"SELECT seq, id FROM records WHERE {since}"))


def folded(connection: sqlite3.Connection) -> tuple[int, int]:
    """What a database says of itself: the number of the last entry of its journal that is in it, and how many records
    it has. Raises sqlite3.Error."""
    found = connection.execute("SELECT value FROM facts WHERE name = ?", (FOLDED,)).fetchone()
    try:
        number, rows = map(int, str(found[0]).split())
    except (TypeError, ValueError):
        return 0, -1
    return number, rows


def teach(connection: sqlite3.Connection) -> None:
    """Give a connection the checksums as functions; they are NULL for values of a type that this library never
    writes."""
    checksums: dict[str, Callable[..., int | None]] = {
        "row_checksum": _matching_checksum,
        "old_row_checksum": row_checksum,
        "fact_checksum": fact_checksum,
    }
    for name, checksum in checksums.items():
        connection.create_function(name, -1, _forgiving(checksum), deterministic=True)


def _matching_checksum(low: int, seq: int, id: bytes, *rest: Any) -> int | None:
    return row_checksum(seq, id, *rest) if low == low_half(id) else None


def _forgiving(checksum: Callable[..., int | None]) -> Callable[..., int | None]:

    def checked(*values: object) -> int | None:
        with contextlib.suppress(struct.error, TypeError, OverflowError):
            return checksum(*values)
        return None

    return checked


def last_commit(path: Path) -> int:
    """The number of the last frame in a database's log that ends a transaction which had been committed for certain; 0
    without any.

    Every frame carries the two salts of the log's header; those of an earlier use of the log carry others. The very
    last frame proves nothing: its header is written before its page, and the process may have been killed in between.
    """
    try:
        with Path(f"{path}-wal").open("rb") as file:
            magic, _, page, _, *salts = _WAL_HEADER.unpack(file.read(24))
            if magic not in _WAL_MAGIC or not 512 <= page <= 65536:
                return 0
            file.seek(0, 2)
            frames = (file.tell() - 32) // (24 + page)
            last = ended = 0
            for number in range(frames):
                file.seek(32 + number * (24 + page))
                _, size, *found = _FRAME_HEADER.unpack(file.read(16))
                if found != salts:
                    break
                last = ended
                if size:
                    ended = number + 1
            return last
    except (OSError, struct.error):
        return 0


def set_aside(path: Path, *, keep: bool = False) -> Path:
    """Rename the database file and its logs, or with ``keep`` copy them; where the file went."""
    number = 1
    while Path(f"{path}.damaged-{number}").exists():
        number += 1
    aside = Path(f"{path}.damaged-{number}")
    for suffix in SUFFIXES:
        if Path(f"{path}{suffix}").exists():
            if keep:
                private.make_file(f"{aside}{suffix}")
                shutil.copyfile(f"{path}{suffix}", f"{aside}{suffix}")
            else:
                Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
    return aside


def those_aside(path: Path) -> Iterator[Path]:
    """The damaged files that lie beside a database."""
    yield from path.parent.glob(f"{_literal(path.name)}.damaged-*")


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
