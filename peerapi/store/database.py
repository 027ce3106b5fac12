"""The record database of one graph and one peer: a SQLite file in WAL mode, or ``":memory:"`` for tests and simulation.

Every stored record keeps its wire bytes (PEER_RECORD, MS-PPGRH 2.2.1.9) and the few columns that decisions need.
``seq`` is a local counter: every change of a record gives it the next number, so "all that changed after n" is one
range of the primary key. This is what lets a slow neighbor be served from disk instead of from a queue in memory.

Writing one record costs one row in one table, which is all that a commit needs to be durable. What makes records
findable (``lookup`` with its indexes) is written for many rows at once: until then their IDs are kept in memory
(``_tail``), and after a crash the tail is read again from the rows that have no entry in ``lookup``. Measured here: 9
us for the row and 4 us for its share of the lookup, against 34 us with all indexes maintained in each commit.

The file belongs to one process at a time (``locking_mode=EXCLUSIVE``): a second opener gets
PEER_E_DATABASE_ACCESSDENIED. ``synchronous=NORMAL``: a committed record survives the death of the process (``kill
-9``), not always a power failure.

An object is not locked by itself: its graph's lock guards it. It may be used from any thread under that lock.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from peerapi.store import opening
from peerapi.store.damage import fact_checksum, row_checksum
from peerapi.store.known import KnownIds
from peerapi.store.schema import (
    AUTOREFRESH,
    BY_ID,
    COLUMNS,
    DELETED,
    FOLD,
    FROM_LOOKUP,
    INSERT,
    INTERNAL,
    SCHEMA_VERSION,
    Row,
    error_code,
    low_half,
    translated,
)

__all__ = ["AUTOREFRESH", "DELETED", "INTERNAL", "SCHEMA_VERSION", "TAIL", "Database", "Row", "translated"]

TAIL = 2048
"Rows without an entry in ``lookup``, at most (and those of one transaction)."
RECENT = 4 << 20
"Bytes of rows that stay in memory after they got their entry."


class Database:
    """Records and a few named facts about them, with explicit transactions."""

    def __init__(self, connection: sqlite3.Connection, *, created: bool) -> None:
        self._connection = connection
        self._execute = connection.execute
        self.created = created
        "True when the file was made by this opening."
        self.describe: Callable[[Row], Sequence[tuple[str, str, str | int]]] | None = None
        "Gives name, type and key of each attribute of a record, for ``search``."
        self._open = False
        "A transaction was begun by the caller."
        self._begun = False
        "SQLite has been told of it."
        self._unwritten: tuple[int, Row] | None = None
        "The only change of the transaction so far; written by its commit as one statement."
        self._tail: dict[bytes, tuple[int, Row]] = {}
        self._recent: dict[bytes, Row] = {}
        "The rows folded last: what one neighbor has sent, the others send soon after."
        self._last_seq = 0
        self._known: KnownIds | None = None
        "The rows of ``lookup``; made when the first record is looked for there."
        self._load_tail()

    def _load_tail(self) -> None:
        """Raises sqlite3.Error."""
        self._recent = {}
        folded = self._execute("SELECT coalesce(max(seq), 0) FROM lookup").fetchone()[0]
        rows = self._execute(f"SELECT seq, {COLUMNS} FROM records WHERE seq > ? ORDER BY seq", (folded,))
        self._tail = {row[1]: (row[0], Row._make(row[1:])) for row in rows}
        self._last_seq = max(folded, *(seq for seq, _ in self._tail.values())) if self._tail else folded

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True) -> Database:
        """Open the file, or make it when ``create``. Raises what ``opening.open_file`` raises."""
        return opening.open_file(path, lambda connection, new: cls(connection, created=new), create=create)

    def close(self) -> None:
        """Let go of the file. A transaction that is open is lost."""
        self.rollback()
        self._fold_alone()
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    # Transactions -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a transaction unless one is open."""
        self._open = True

    def commit(self) -> None:
        """Make everything since ``begin`` durable. Raises PeerError and rolls back when that fails."""
        try:
            if self._unwritten is not None:
                seq, row = self._unwritten
                self._execute(INSERT, (seq, *row, row_checksum(seq, *row)))
                self._unwritten = None
            elif self._begun:
                self._execute("COMMIT")
                self._begun = False
        except sqlite3.Error as error:
            self.rollback()
            raise translated(error) from error
        self._open = False
        if len(self._tail) > TAIL:
            self._fold_alone()

    def rollback(self) -> None:
        """Forget everything since ``begin``."""
        changed = self._begun or self._unwritten is not None
        self._open = False
        self._unwritten = None
        if self._begun:
            self._begun = False
            with contextlib.suppress(sqlite3.Error):
                self._execute("ROLLBACK")
        if changed:
            with contextlib.suppress(sqlite3.Error):  # whatever reads next finds the same trouble, and tells
                self._load_tail()

    def _write(self, statement: str, values: Sequence[object] = ()) -> None:
        """A statement that changes the database, inside of the open transaction."""
        try:
            self._settle()
            self._execute(statement, values)
        except sqlite3.Error as error:
            raise translated(error) from error

    def _settle(self) -> None:
        """Tell SQLite of the transaction, and of the change that waited for its end."""
        if self._open and not self._begun:
            self._execute("BEGIN")
            self._begun = True
        if self._unwritten is not None:
            (seq, row), self._unwritten = self._unwritten, None
            self._execute(INSERT, (seq, *row, row_checksum(seq, *row)))

    def _fold(self) -> None:
        """Give every row of the tail its entry in ``lookup``."""
        if self._unwritten is not None:
            self._settle()
        if self._tail:
            entries = [
                (seq, low_half(row.id), row.id, row.type, row.flags, row.expiration) for seq, row in self._tail.values()
            ]
            self._connection.executemany(FOLD, entries)
            if self._known is not None:
                for entry in entries:
                    self._known.add(entry[1])
            if self.describe is not None:
                attributes = [(seq, *entry) for seq, row in self._tail.values() for entry in self.describe(row)]
                if attributes:
                    self._connection.executemany("INSERT INTO attributes VALUES (?, ?, ?, ?)", attributes)
            small = sum(len(row.wire) for _, row in self._tail.values()) < RECENT
            self._recent = {id_: row for id_, (_, row) in self._tail.items()} if small else {}
            self._tail.clear()

    def _fold_alone(self) -> None:
        """The records are safe without it, so a failure (a full disk) waits for the next."""
        with contextlib.suppress(sqlite3.Error):
            self._fold_now()

    def _find(self, query: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """The rows of a query over ``lookup``; the tail is folded first."""
        try:
            if self._open:
                self._settle()
                self._fold()
            elif self._tail:
                self._fold_now()
            return self._execute(query, values)
        except sqlite3.Error as error:
            if not self._open and error_code(error) == sqlite3.SQLITE_FULL:
                return self._find_without_room(query, values)
            raise translated(error) from error

    def _fold_now(self) -> None:
        """Fold in a transaction of its own. Raises sqlite3.Error, and nothing has changed then."""
        try:
            self._execute("BEGIN")
            self._fold()
            self._execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._execute("ROLLBACK")
            with contextlib.suppress(sqlite3.Error):
                self._load_tail()
            raise

    def _find_without_room(self, query: str, values: Sequence[object]) -> list[Any]:
        """On a full disk nothing can be folded, but what is there can be found: fold in memory, and take it back."""
        try:
            self._execute("PRAGMA cache_spill=OFF")
            self._execute("BEGIN")
            try:
                self._fold()
                return self._execute(query, values).fetchall()
            finally:
                self._execute("ROLLBACK")
                self._execute("PRAGMA cache_spill=ON")
                self._load_tail()
        except sqlite3.Error as error:
            raise translated(error) from error

    def _all(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query over ``lookup``."""
        try:
            return list(self._find(query, values))
        except sqlite3.Error as error:
            raise translated(error) from error

    def _one(self, query: str, values: Sequence[object]) -> Any:
        """The first row of a query, or None; the tail is left alone."""
        try:
            return self._execute(query, values).fetchone()
        except sqlite3.Error as error:
            raise translated(error) from error

    # Records ----------------------------------------------------------------------------------------------------------

    @property
    def last_seq(self) -> int:
        """The number of the latest change; 0 in an empty database."""
        return self._last_seq

    def add(self, row: Row) -> None:
        """Insert a record whose ID is not present."""
        seq = self._last_seq + 1
        if self._open and not self._begun and self._unwritten is None:
            self._unwritten = (seq, row)
        else:
            self._write(INSERT, (seq, *row, row_checksum(seq, *row)))
        self._tail[row.id] = (seq, row)
        self._last_seq = seq

    def put(self, row: Row) -> None:
        """Insert a record, or replace the one with its ID."""
        self._drop(row.id)
        self.add(row)

    def add_many(self, rows: list[Row]) -> None:
        """Insert records whose IDs are not present."""
        numbered = list(enumerate(rows, self._last_seq + 1))
        try:
            self._settle()
            self._connection.executemany(INSERT, [(seq, *row, row_checksum(seq, *row)) for seq, row in numbered])
        except sqlite3.Error as error:
            raise translated(error) from error
        self._tail.update((row.id, (seq, row)) for seq, row in numbered)
        self._last_seq += len(rows)

    def get(self, record_id: bytes) -> Row | None:
        """One record with its columns."""
        recent = self._tail.get(record_id)
        if recent is not None:
            return recent[1]
        if record_id in self._recent:
            return self._recent[record_id]
        low = low_half(record_id)
        try:
            if low not in self._lookup():
                return None
            found = self._execute(FROM_LOOKUP + BY_ID, (low, record_id)).fetchone()
        except sqlite3.Error as error:
            raise translated(error) from error
        return Row._make(found) if found else None

    def _lookup(self) -> KnownIds:
        """What ``lookup`` may hold. Raises sqlite3.Error."""
        if self._known is None or self._known.full:
            (count,) = self._execute("SELECT count(*) FROM lookup").fetchone()
            self._known = KnownIds((low for (low,) in self._execute("SELECT low FROM lookup")), count)
        return self._known

    def wire(self, record_id: bytes) -> bytes | None:
        """The wire bytes of a record, or None."""
        row = self.get(record_id)
        return row.wire if row else None

    def remove(self, record_id: bytes) -> None:
        """Remove a record, if it is there."""
        self._drop(record_id)

    def _drop(self, record_id: bytes) -> None:
        recent = self._tail.get(record_id)
        if recent is not None:
            self._write("DELETE FROM records WHERE seq = ?", (recent[0],))
            del self._tail[record_id]
            return
        self._recent.pop(record_id, None)
        low = low_half(record_id)
        try:
            if low not in self._lookup():
                return
            found = self._execute("SELECT seq FROM lookup" + BY_ID, (low, record_id)).fetchone()
        except sqlite3.Error as error:
            raise translated(error) from error
        if found:
            self._write("DELETE FROM records WHERE seq = ?", found)
            self._write("DELETE FROM lookup WHERE seq = ?", found)
            self._write("DELETE FROM attributes WHERE record = ?", found)

    def remove_types(self, types: tuple[bytes, ...]) -> None:
        """Remove all records of some types."""
        marks = ",".join("?" * len(types))
        for (record_id,) in self._all(f"SELECT id FROM lookup WHERE type IN ({marks})", types):
            self._drop(record_id)

    def count(self) -> int:
        """How many rows there are, tombstones and internal records included."""
        n: int = self._all("SELECT count(*) FROM lookup")[0][0]
        return n

    def ids(self, *, type: bytes | None, creator_key: bytes | None, now: int | None) -> bytes:
        """The IDs (16 bytes each, joined) of live records in the order in which they came.

        ``creator_key`` is the first half of the IDs wanted (3.1.7.2); ``now`` leaves out what has expired by then.
        Without ``type`` the internal records are left out.
        """
        where, values = ["flags & 1 = 0"], list[bytes | int]()
        if type is None:
            where.append("flags & 4 = 0")
        else:
            where.append("type = ?")
            values.append(type)
        if creator_key is not None:
            where.append("id BETWEEN ? AND ?")
            values += [creator_key + bytes(8), creator_key + b"\xff" * 8]
        if now is not None:
            where.append("expiration > ?")
            values.append(now)
        query = f"SELECT id FROM lookup WHERE {' AND '.join(where)} ORDER BY seq"
        return b"".join([row[0] for row in self._all(query, values)])

    def search(self, condition: str, parameters: Sequence[object], now: int | None) -> Iterator[Row]:
        """Live application records for which a condition over ``lookup``, ``records`` and ``attributes`` holds."""
        query = f"{FROM_LOOKUP} WHERE lookup.flags & 5 = 0 AND ({condition})"
        if now is not None:
            query += " AND lookup.expiration > ?"
            parameters = (*parameters, now)
        cursor = self._find(query + " ORDER BY lookup.seq", parameters)
        try:
            for found in cursor:
                yield Row._make(found)
        except sqlite3.Error as error:
            raise translated(error) from error

    def export(self, path: str) -> None:
        """Write a compact copy to a file that does not exist yet. Not inside of a transaction."""
        try:
            self._find("SELECT 1")
            self._execute("VACUUM INTO ?", (path,))
        except sqlite3.Error as error:
            raise translated(error) from error

    def changed(
        self, after: int, upto: int, rows: int, size: int, type: bytes | None = None
    ) -> tuple[list[tuple[int, Row]], bool]:
        """Records (of ``type``) whose last change lies in (after, upto], in the order of change, and whether there are
        more.

        At most ``rows`` of them, and no further one once their wire bytes exceed ``size``.
        """
        found: list[tuple[int, Row]] = []
        try:
            if type is None:
                self._settle()
                query = f"SELECT seq, {COLUMNS} FROM records WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
                cursor: Iterable[Any] = self._execute(query, (after, upto, rows))
            else:
                query = (
                    f"SELECT seq, {COLUMNS} FROM lookup JOIN records USING (seq)"
                    " WHERE lookup.type = ? AND lookup.seq > ? AND lookup.seq <= ? ORDER BY lookup.seq LIMIT ?"
                )
                cursor = self._find(query, (type, after, upto, rows))
            for seq, *columns in cursor:
                row = Row._make(columns)
                found.append((seq, row))
                size -= len(row.wire)
                if size <= 0:
                    return found, True
        except sqlite3.Error as error:
            raise translated(error) from error
        return found, len(found) == rows

    def of_type(self, type: bytes, *, live: bool = True) -> list[Row]:
        """All records of a type; ``live`` leaves out tombstones."""
        query = f"{FROM_LOOKUP} WHERE lookup.type = ?" + (" AND lookup.flags & 1 = 0" if live else "")
        return [Row._make(row) for row in self._all(query, (type,))]

    def expired(self, now: int) -> list[Row]:
        """Records whose expiration time is not later than ``now`` (reading A20)."""
        return [Row._make(row) for row in self._all(f"{FROM_LOOKUP} WHERE lookup.expiration <= ?", (now,))]

    def next_expiration(self, besides: bytes) -> int | None:
        """When the first record expires that is not of the type ``besides``."""
        query = "SELECT expiration FROM lookup WHERE type <> ? ORDER BY expiration LIMIT 1"
        found = self._all(query, (besides,))
        return found[0][0] if found else None

    def refreshing(self, until: int) -> list[Row]:
        """Live records marked for auto-refresh that expire at ``until`` or before (3.1.7.22)."""
        query = f"{FROM_LOOKUP} WHERE lookup.expiration <= ? AND lookup.flags & 3 = 2"
        return [Row._make(row) for row in self._all(query, (until,))]

    def next_refresh(self) -> int | None:
        """When the first record marked for auto-refresh expires."""
        found: int | None = self._all("SELECT min(expiration) FROM lookup WHERE flags & 3 = 2")[0][0]
        return found

    def abstracts(self) -> list[tuple[int, bytes, int, int]]:
        """(modification, id, version, expiration) of every record, sorted by (modification, id) for 3.1.7.31."""
        try:
            self._settle()
            return self._execute("SELECT modification, id, version, expiration FROM records ORDER BY 1, 2").fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    def types(self) -> dict[bytes, bytes]:
        """The type of every record, by ID."""
        return dict(self._all("SELECT id, type FROM lookup"))

    # Facts ------------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | int | bytes | None:
        found = self._one("SELECT value FROM facts WHERE name = ?", (name,))
        return found[0] if found else None

    def set_fact(self, name: str, value: str | int | bytes) -> None:
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (name, value, fact_checksum(name, value)))
