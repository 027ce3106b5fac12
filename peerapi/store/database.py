"""The record database of one graph and one peer: a SQLite file in WAL mode, or ``":memory:"`` for tests and simulation.

Every stored record keeps its wire bytes (PEER_RECORD, MS-PPGRH 2.2.1.9) and the few columns that decisions need. ``seq`` is a
local counter: every change of a record gives it the next number, so "all that changed after n" is one range of the primary
key. This is what lets a slow neighbor be served from disk instead of from a queue in memory.

The file belongs to one process at a time (``locking_mode=EXCLUSIVE``): a second opener gets PEER_E_DATABASE_ACCESSDENIED.
``synchronous=NORMAL``: a committed record survives the death of the process (``kill -9``), not always a power failure.

An object is not locked by itself: its graph's lock guards it. It may be used from any thread under that lock.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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

_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    type BLOB NOT NULL,
    version INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    modification INTEGER NOT NULL,
    expiration INTEGER NOT NULL,
    wire BLOB NOT NULL);
CREATE INDEX records_by_type ON records (type);
CREATE INDEX records_by_expiration ON records (expiration);
CREATE INDEX records_to_refresh ON records (expiration) WHERE flags & 3 = 2;
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""
_INSERT = "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_REPLACE = "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_WIRE = "SELECT wire FROM records WHERE id = ?"
_ROW = "SELECT id, type, version, flags, modification, expiration, wire FROM records WHERE id = ?"


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
        self._in_transaction = False
        self._last_seq: int = self._execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0]

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
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-4000;"
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
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    # Transactions -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a transaction unless one is open."""
        if not self._in_transaction:
            self._execute("BEGIN")
            self._in_transaction = True

    def commit(self) -> None:
        """Make everything since ``begin`` durable. Raises PeerError and rolls back when that fails."""
        if self._in_transaction:
            try:
                self._execute("COMMIT")
            except sqlite3.Error as error:
                self.rollback()
                raise translated(error) from error
            self._in_transaction = False

    def rollback(self) -> None:
        if self._in_transaction:
            self._in_transaction = False
            with contextlib.suppress(sqlite3.Error):
                self._execute("ROLLBACK")
            self._last_seq = self._execute("SELECT coalesce(max(seq), 0) FROM records").fetchone()[0]

    # Records ----------------------------------------------------------------------------------------------------------

    @property
    def last_seq(self) -> int:
        """The number of the latest change; 0 in an empty database."""
        return self._last_seq

    def add(self, row: Row) -> None:
        """Insert a record whose ID is not present."""
        try:
            self._execute(_INSERT, (self._last_seq + 1, *row))
        except sqlite3.Error as error:
            raise translated(error) from error
        self._last_seq += 1

    def put(self, row: Row) -> None:
        """Insert a record, or replace the one with its ID."""
        try:
            self._execute(_REPLACE, (self._last_seq + 1, *row))
        except sqlite3.Error as error:
            raise translated(error) from error
        self._last_seq += 1

    def add_many(self, rows: list[Row]) -> None:
        """Insert records whose IDs are not present."""
        seq = self._last_seq
        try:
            self._connection.executemany(_INSERT, [(seq + n, *row) for n, row in enumerate(rows, 1)])
        except sqlite3.Error as error:
            raise translated(error) from error
        self._last_seq = seq + len(rows)

    def wire(self, record_id: bytes) -> bytes | None:
        """The wire bytes of a record, or None."""
        found = self._execute(_WIRE, (record_id,)).fetchone()
        return found[0] if found else None

    def get(self, record_id: bytes) -> Row | None:
        found = self._execute(_ROW, (record_id,)).fetchone()
        return Row._make(found) if found else None

    def remove(self, record_id: bytes) -> None:
        try:
            self._execute("DELETE FROM records WHERE id = ?", (record_id,))
        except sqlite3.Error as error:
            raise translated(error) from error

    def remove_types(self, types: tuple[bytes, ...]) -> None:
        marks = ",".join("?" * len(types))
        self._execute(f"DELETE FROM records WHERE type IN ({marks})", types)

    def count(self) -> int:
        """How many rows there are, tombstones and internal records included."""
        n: int = self._execute("SELECT count(*) FROM records").fetchone()[0]
        return n

    def ids(self, *, type: bytes | None, creator_key: bytes | None, now: int | None) -> bytes:
        """The IDs (16 bytes each, joined) of live records in the order in which they came.

        ``creator_key`` is the first half of the IDs wanted (3.1.7.2); ``now`` leaves out what has expired by then. Without
        ``type`` the internal records are left out.
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
        query = f"SELECT id FROM records WHERE {' AND '.join(where)} ORDER BY seq"
        return b"".join(row[0] for row in self._execute(query, values))

    def changed(self, after: int, upto: int, limit: int, type: bytes | None = None) -> list[tuple[int, Row]]:
        """At most ``limit`` records (of ``type``) whose last change lies in (after, upto], in the order of change."""
        query = "SELECT seq, id, type, version, flags, modification, expiration, wire FROM records"
        if type is None:
            found = self._execute(query + " WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", (after, upto, limit))
        else:
            query += " WHERE type = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
            found = self._execute(query, (type, after, upto, limit))
        return [(row[0], Row._make(row[1:])) for row in found]

    def of_type(self, type: bytes, *, live: bool = True) -> list[Row]:
        """All records of a type; ``live`` leaves out tombstones."""
        query = "SELECT id, type, version, flags, modification, expiration, wire FROM records WHERE type = ?"
        rows = map(Row._make, self._execute(query + (" AND flags & 1 = 0" if live else ""), (type,)))
        return list(rows)

    def expired(self, now: int) -> list[Row]:
        """Records whose expiration time is not later than ``now`` (reading A20)."""
        query = "SELECT id, type, version, flags, modification, expiration, wire FROM records WHERE expiration <= ?"
        return [Row._make(row) for row in self._execute(query, (now,))]

    def next_expiration(self, besides: bytes) -> int | None:
        """When the first record expires that is not of the type ``besides``."""
        query = "SELECT expiration FROM records WHERE type <> ? ORDER BY expiration LIMIT 1"
        found = self._execute(query, (besides,)).fetchone()
        return found[0] if found else None

    def refreshing(self, until: int) -> list[Row]:
        """Live records marked for auto-refresh that expire at ``until`` or before (3.1.7.22)."""
        query = (
            "SELECT id, type, version, flags, modification, expiration, wire FROM records"
            " WHERE expiration <= ? AND flags & 3 = 2"
        )
        return [Row._make(row) for row in self._execute(query, (until,))]

    def next_refresh(self) -> int | None:
        """When the first record marked for auto-refresh expires."""
        found: int | None = self._execute("SELECT min(expiration) FROM records WHERE flags & 3 = 2").fetchone()[0]
        return found

    def abstracts(self) -> Iterator[tuple[int, bytes, int, int]]:
        """(modification, id, version, expiration) of every record, sorted by (modification, id) for 3.1.7.31."""
        query = "SELECT modification, id, version, expiration FROM records ORDER BY modification, id"
        return iter(self._execute(query))

    def types(self) -> dict[bytes, bytes]:
        """The type of every record, by ID."""
        return dict(self._execute("SELECT id, type FROM records"))

    # Facts ------------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | int | bytes | None:
        found = self._execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return found[0] if found else None

    def set_fact(self, name: str, value: str | int | bytes) -> None:
        try:
            self._execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
        except sqlite3.Error as error:
            raise translated(error) from error


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
