"""Which records a database holds, and under which numbers: an index in memory that is kept on disk in runs.

An index of SQLite over record IDs, which are random (MS-PPGRH 3.1.7.2), is written all over by every folding: at a
million records it costs five times what the records themselves cost. So each folding appends a run of entries to
``runs``, and opening a database reads all runs into an ``IdIndex`` (``_id_index.c``), some 14 bytes a record::

    | record ID (16) | number * 2, and 1 more when the record has gone (8) | ...

Big-endian. Nearly every record that a neighbor offers for the first time is new, and to learn that costs nothing here.
Entries of what has gone are left out, a little at a time, when they have become as many as the others.

Measured here: 24 bytes a record on disk, and 0.15 s to read those of a million.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator

from peerapi.store._id_index import ENTRY, IdIndex
from peerapi.store.schema import Row, low_half

RUN = 1920
"Bytes of a run to which no more is appended, so that to append little writes one page of the file."
SPARE = 20_000
"Entries of what has gone that are not worth a look."
_APPEND = "INSERT OR REPLACE INTO runs VALUES (?, ?, ?)"
Where = Callable[[bytes], tuple[str, tuple[object, ...]]]
"The condition under which a row of ``records`` is that of a record ID, and its values."


def stored(connection: sqlite3.Connection) -> Iterator[bytes]:
    """The runs of a database in their order. Raises sqlite3.Error, and ValueError for what is damaged."""
    for checksum, data in connection.execute("SELECT checksum, data FROM runs ORDER BY number"):
        if not isinstance(data, bytes) or zlib.crc32(data) != checksum:
            raise ValueError("a run of record IDs does not have its checksum")
        yield data


def read(connection: sqlite3.Connection) -> IdIndex:
    """The index of a database. Raises as ``stored``."""
    index = IdIndex()
    for data in stored(connection):
        index.load(data)
    return index


def where(connection: sqlite3.Connection) -> Where:
    """For single records of a database that may be one of an earlier schema. Raises as ``stored``."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
        return lambda record_id: ("low = ? AND id = ?", (low_half(record_id), record_id))
    index = read(connection)

    def condition(record_id: bytes) -> tuple[str, tuple[object, ...]]:
        return f"seq IN ({', '.join(map(str, index.find(record_id) or ()))}) AND id = ?", (record_id,)

    return condition


def fill(connection: sqlite3.Connection) -> None:
    """Make the runs of a database that has none, inside of a transaction. Raises sqlite3.Error."""
    runs = IdRuns(connection)
    cursor = connection.execute("SELECT seq, id FROM records ORDER BY seq")
    while numbered := cursor.fetchmany(2048):
        runs.add([(seq, Row(id_, b"", 0, 0, 0, 0, b"")) for seq, id_ in numbered])
        runs.write()


class IdRuns:
    """The index of one open database and its runs. Changes are made in the caller's transaction of SQLite."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Raises sqlite3.Error, ValueError."""
        self._execute = connection.execute
        self._index = IdIndex()
        self.find = self._index.find
        self._entries = self._number = 0
        self._last = b""
        for data in stored(connection):
            self._index.load(data)
            self._entries += len(data) // ENTRY
            self._last = data
        (self._number,) = self._execute("SELECT coalesce(max(number), 0) FROM runs").fetchone()
        self._tidied = self._end = 0
        "The entries of what has gone are being left out of the runs up to one, and were up to another."
        self._new: list[bytes] = []
        "Of the transaction, not written yet."
        self._undo: list[bytes] = []
        "Of the transaction, all."
        self._before = self._entries, self._number, self._last, self._tidied, self._end

    def __len__(self) -> int:
        return len(self._index)

    def add(self, rows: list[tuple[int, Row]]) -> None:
        """Records are stored now under these numbers."""
        self._note(self._index.add(rows))

    def remove(self, record_id: bytes, number: int) -> None:
        """A record is no longer stored under its number."""
        self._note(self._index.remove(record_id, number))

    def _note(self, run: bytes) -> None:
        self._new.append(run)
        self._undo.append(run)

    def write(self) -> None:
        """Before the transaction is committed: have its entries stored. Raises sqlite3.Error."""
        if not self._new:
            return
        added = b"".join(self._new)
        self._entries += len(added) // ENTRY
        if not self._number or len(self._last) >= RUN:
            self._number, self._last = self._number + 1, b""
        self._last += added
        self._store(self._number, self._last)
        self._new.clear()
        if self._entries > 2 * len(self._index) + SPARE:
            self._tidy()

    def _store(self, number: int, data: bytes) -> None:
        self._execute(_APPEND, (number, zlib.crc32(data), data))

    def _tidy(self) -> None:
        """Make one of the next two runs, with what still counts in them.

        An entry which says that something has gone goes too: what it is about is named before it, and was left out by
        then, since only runs that were there at the beginning are gone through.
        """
        if not self._tidied:
            self._end = self._number
        query = "SELECT number, data FROM runs WHERE number > ? AND number < ? ORDER BY number LIMIT 2"
        found = self._execute(query, (self._tidied, self._end)).fetchall()
        if not found:
            self._tidied = 0
            return
        before = b"".join([data for _, data in found])
        kept = self._index.current(before)
        self._entries -= (len(before) - len(kept)) // ENTRY
        self._tidied = found[-1][0]
        for number, _ in found:
            self._execute("DELETE FROM runs WHERE number = ?", (number,))
        if kept:
            self._store(self._tidied, kept)

    def forget_undo(self) -> None:
        """The transaction has ended well."""
        self._undo.clear()
        self._before = self._entries, self._number, self._last, self._tidied, self._end

    def take_back(self) -> None:
        """The transaction was taken back."""
        self._index.take_back(b"".join(self._undo))
        self._new.clear()
        self._undo.clear()
        self._entries, self._number, self._last, self._tidied, self._end = self._before


def complaint(connection: sqlite3.Connection, rows: int, records: Iterable[tuple[object, object]]) -> str | None:
    """What is wrong with the runs of a database of so many rows, of which (seq, id) of some are ``records``."""
    try:
        index = read(connection)
        if len(index) != rows:
            return "runs of record IDs are missing"
        if not all(isinstance(id_, bytes) and seq in (index.find(id_) or ()) for seq, id_ in records):
            return "a record is not in the runs of record IDs"
    except (ValueError, TypeError) as error:
        return str(error)
    return None
