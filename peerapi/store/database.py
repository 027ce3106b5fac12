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
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from peerapi.errors import (
    DatabaseAccessDenied,
    DatabaseInitializationFailed,
    DiskFull,
    InvalidDatabase,
    PeerError,
    Unexpected,
)

SCHEMA_VERSION = 1
DELETED = 1
"Flag of a row: the record is a tombstone."
AUTOREFRESH = 2
"Flag of a row: this node renews the record before it expires; never on the wire (reading A13)."
INTERNAL = 4
"Flag of a row: the record's type is reserved for the graph or its security."
TAIL = 2048
"Rows without an entry in ``lookup``, at most (and those of one transaction)."

_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL,
    type BLOB NOT NULL,
    version INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    modification INTEGER NOT NULL,
    expiration INTEGER NOT NULL,
    wire BLOB NOT NULL);
CREATE TABLE lookup (
    seq INTEGER PRIMARY KEY,
    low INTEGER NOT NULL,
    id BLOB NOT NULL,
    type BLOB NOT NULL,
    flags INTEGER NOT NULL,
    expiration INTEGER NOT NULL);
CREATE INDEX lookup_by_low ON lookup (low);
CREATE INDEX lookup_by_type ON lookup (type);
CREATE INDEX lookup_by_expiration ON lookup (expiration);
CREATE INDEX lookup_to_refresh ON lookup (expiration) WHERE flags & 3 = 2;
CREATE TABLE attributes (record INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value NOT NULL);
CREATE INDEX attributes_by_value ON attributes (name, type, value, record);
CREATE INDEX attributes_by_record ON attributes (record);
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
_EXPORTED = {
    statement.strip()
    for statement in _SCHEMA.split(";")
    if statement.startswith(("\nCREATE TABLE records", "\nCREATE TABLE facts"))
}
"What an import reads. A view or a computed column of that name could keep it busy for ever."
_COLUMNS = "records.id, records.type, version, records.flags, modification, records.expiration, wire"
_FROM_LOOKUP = f"SELECT {_COLUMNS} FROM lookup JOIN records USING (seq)"
_INSERT = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_FOLD = "INSERT INTO lookup VALUES (?, ?, ?, ?, ?, ?)"
_BY_ID = " WHERE low = ? AND lookup.id = ?"


class Row(NamedTuple):
    """One stored record: decisive columns and wire bytes. Times are peer time in FILETIME units."""

    id: bytes
    type: bytes
    version: int
    flags: int
    modification: int
    expiration: int
    wire: bytes

    @property
    def deleted(self) -> bool:
        return bool(self.flags & DELETED)


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
        self._last_seq = 0
        self._load_tail()

    def _load_tail(self) -> None:
        folded = self._execute("SELECT coalesce(max(seq), 0) FROM lookup").fetchone()[0]
        rows = self._execute(f"SELECT seq, {_COLUMNS} FROM records WHERE seq > ? ORDER BY seq", (folded,))
        self._tail = {row[1]: (row[0], Row._make(row[1:])) for row in rows}
        self._last_seq = max(folded, *(seq for seq, _ in self._tail.values())) if self._tail else folded

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True) -> Database:
        """Open the file, or make it when ``create``.

        Raises DatabaseAccessDenied (locked by another process, no permission), InvalidDatabase (damaged, foreign),
        DatabaseInitializationFailed (missing although not ``create``), DiskFull.
        """
        if not create and not Path(path).exists():
            raise DatabaseInitializationFailed("There is no such database file.")
        try:
            connection = sqlite3.connect(str(path), timeout=0.2, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise translated(error) from error
        try:
            connection.executescript(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-4000;"
            )
            connection.execute("BEGIN EXCLUSIVE")
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            created = version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
            if created:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            connection.execute("COMMIT")
            if not created and version != SCHEMA_VERSION:
                raise InvalidDatabase(f"The database has schema {version}, this library knows {SCHEMA_VERSION}.")
            return cls(connection, created=created)
        except sqlite3.Error as error:
            connection.close()
            raise translated(error) from error
        except BaseException:
            connection.close()
            raise

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
                self._execute(_INSERT, (seq, *row))
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
            self._execute(_INSERT, (seq, *row))

    def _fold(self) -> None:
        """Give every row of the tail its entry in ``lookup``."""
        if self._unwritten is not None:
            self._settle()
        if self._tail:
            entries = [
                (seq, _low(row.id), row.id, row.type, row.flags, row.expiration) for seq, row in self._tail.values()
            ]
            self._connection.executemany(_FOLD, entries)
            if self.describe is not None:
                attributes = [(seq, *entry) for seq, row in self._tail.values() for entry in self.describe(row)]
                if attributes:
                    self._connection.executemany("INSERT INTO attributes VALUES (?, ?, ?, ?)", attributes)
            self._tail.clear()

    def _fold_alone(self) -> None:
        """Fold in a transaction of its own. The records are safe without it, so a failure (a full disk) waits for the
        next."""
        try:
            self._execute("BEGIN")
            self._fold()
            self._execute("COMMIT")
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._execute("ROLLBACK")
            self._load_tail()

    def _find(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """A query over ``lookup``; the tail is folded first."""
        try:
            if self._open:
                self._settle()
                self._fold()
            elif self._tail:
                self._execute("BEGIN")
                self._fold()
                self._execute("COMMIT")
            return self._execute(query, values)
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
            self._write(_INSERT, (seq, *row))
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
            self._connection.executemany(_INSERT, [(seq, *row) for seq, row in numbered])
        except sqlite3.Error as error:
            raise translated(error) from error
        self._tail.update((row.id, (seq, row)) for seq, row in numbered)
        self._last_seq += len(rows)

    def get(self, record_id: bytes) -> Row | None:
        """One record with its columns."""
        recent = self._tail.get(record_id)
        if recent is not None:
            return recent[1]
        found = self._execute(_FROM_LOOKUP + _BY_ID, (_low(record_id), record_id)).fetchone()
        return Row._make(found) if found else None

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
        found = self._execute("SELECT seq FROM lookup" + _BY_ID, (_low(record_id), record_id)).fetchone()
        if found:
            self._write("DELETE FROM records WHERE seq = ?", found)
            self._write("DELETE FROM lookup WHERE seq = ?", found)
            self._write("DELETE FROM attributes WHERE record = ?", found)

    def remove_types(self, types: tuple[bytes, ...]) -> None:
        """Remove all records of some types."""
        marks = ",".join("?" * len(types))
        for (record_id,) in self._find(f"SELECT id FROM lookup WHERE type IN ({marks})", types).fetchall():
            self._drop(record_id)

    def count(self) -> int:
        """How many rows there are, tombstones and internal records included."""
        n: int = self._find("SELECT count(*) FROM lookup").fetchone()[0]
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
        return b"".join([row[0] for row in self._find(query, values)])

    def search(self, condition: str, parameters: Sequence[object], now: int | None) -> Iterator[Row]:
        """Live application records for which a condition over ``lookup``, ``records`` and ``attributes`` holds."""
        query = f"{_FROM_LOOKUP} WHERE lookup.flags & 5 = 0 AND ({condition})"
        if now is not None:
            query += " AND lookup.expiration > ?"
            parameters = (*parameters, now)
        return map(Row._make, self._find(query + " ORDER BY lookup.seq", parameters))

    def export(self, path: str) -> None:
        """Write a compact copy to a file that does not exist yet. Not inside of a transaction."""
        try:
            self._find("SELECT 1")
            self._execute("VACUUM INTO ?", (path,))
        except sqlite3.Error as error:
            raise translated(error) from error

    @staticmethod
    def foreign(path: str) -> tuple[dict[str, object], Iterator[tuple[object, object]]]:
        """The facts of a database file that may hold anything, and (flags, wire) of its records. Raises
        InvalidDatabase.

        The iterator raises it too: damage may lie deep.
        """
        try:
            connection = sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                raise InvalidDatabase("The file is not a database of this library, or of another version.")
            tables = connection.execute("SELECT sql FROM sqlite_master WHERE name IN ('records', 'facts')").fetchall()
            if {sql for (sql,) in tables} != _EXPORTED:
                raise InvalidDatabase("The tables are not those of this library.")
            facts = dict(connection.execute("SELECT name, value FROM facts LIMIT 100"))
        except (sqlite3.Error, ValueError) as error:
            raise InvalidDatabase(str(error)) from error

        def rows() -> Iterator[tuple[object, object]]:
            try:
                yield from connection.execute("SELECT flags, wire FROM records ORDER BY seq")
            except sqlite3.Error as error:
                raise InvalidDatabase(str(error)) from error
            finally:
                connection.close()

        return facts, rows()

    def changed(
        self, after: int, upto: int, rows: int, size: int, type: bytes | None = None
    ) -> tuple[list[tuple[int, Row]], bool]:
        """Records (of ``type``) whose last change lies in (after, upto], in the order of change, and whether there are
        more.

        At most ``rows`` of them, and no further one once their wire bytes exceed ``size``.
        """
        if type is None:
            self._settle()
            query = f"SELECT seq, {_COLUMNS} FROM records WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
            cursor = self._execute(query, (after, upto, rows))
        else:
            query = (
                f"SELECT seq, {_COLUMNS} FROM lookup JOIN records USING (seq)"
                " WHERE lookup.type = ? AND lookup.seq > ? AND lookup.seq <= ? ORDER BY lookup.seq LIMIT ?"
            )
            cursor = self._find(query, (type, after, upto, rows))
        found: list[tuple[int, Row]] = []
        for seq, *columns in cursor:
            row = Row._make(columns)
            if not isinstance(row.wire, bytes):
                raise InvalidDatabase("A record without its bytes.")
            found.append((seq, row))
            size -= len(row.wire)
            if size <= 0:
                cursor.close()
                return found, True
        return found, len(found) == rows

    def of_type(self, type: bytes, *, live: bool = True) -> list[Row]:
        """All records of a type; ``live`` leaves out tombstones."""
        query = f"{_FROM_LOOKUP} WHERE lookup.type = ?" + (" AND lookup.flags & 1 = 0" if live else "")
        return [Row._make(row) for row in self._find(query, (type,))]

    def expired(self, now: int) -> list[Row]:
        """Records whose expiration time is not later than ``now`` (reading A20)."""
        return [Row._make(row) for row in self._find(f"{_FROM_LOOKUP} WHERE lookup.expiration <= ?", (now,))]

    def next_expiration(self, besides: bytes) -> int | None:
        """When the first record expires that is not of the type ``besides``."""
        query = "SELECT expiration FROM lookup WHERE type <> ? ORDER BY expiration LIMIT 1"
        found = self._find(query, (besides,)).fetchone()
        return found[0] if found else None

    def refreshing(self, until: int) -> list[Row]:
        """Live records marked for auto-refresh that expire at ``until`` or before (3.1.7.22)."""
        query = f"{_FROM_LOOKUP} WHERE lookup.expiration <= ? AND lookup.flags & 3 = 2"
        return [Row._make(row) for row in self._find(query, (until,))]

    def next_refresh(self) -> int | None:
        """When the first record marked for auto-refresh expires."""
        found: int | None = self._find("SELECT min(expiration) FROM lookup WHERE flags & 3 = 2").fetchone()[0]
        return found

    def abstracts(self) -> list[tuple[int, bytes, int, int]]:
        """(modification, id, version, expiration) of every record, sorted by (modification, id) for 3.1.7.31."""
        self._settle()
        return self._execute("SELECT modification, id, version, expiration FROM records ORDER BY 1, 2").fetchall()

    def types(self) -> dict[bytes, bytes]:
        """The type of every record, by ID."""
        return dict(self._find("SELECT id, type FROM lookup"))

    # Facts ------------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | int | bytes | None:
        found = self._execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_fact(self, name: str, value: str | int | bytes) -> None:
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _low(record_id: bytes) -> int:
    """The random half of a record ID as SQLite's kind of integer: an index over it has half the size of one over the
    ID."""
    return int.from_bytes(record_id[8:], "big", signed=True)


def translated(error: sqlite3.Error) -> PeerError:
    """The documented failure that stands for an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    text = str(error)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(text)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return DatabaseAccessDenied(text)
    if code == sqlite3.SQLITE_CANTOPEN:
        return DatabaseAccessDenied(text)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return InvalidDatabase(text)
    if code == sqlite3.SQLITE_IOERR:
        return DatabaseInitializationFailed(text)
    return Unexpected(text)
