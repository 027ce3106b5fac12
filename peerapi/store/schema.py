"""What a database file holds, and how rows and failures look from outside (``store.database`` says why it is so)."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from peerapi.errors import (
    NO_ROOM,
    DatabaseAccessDenied,
    DatabaseInitializationFailed,
    DiskFull,
    InvalidDatabase,
    PeerError,
    Unexpected,
)

SCHEMA_VERSION = 5
VERSION_MARK = SCHEMA_VERSION * 0x10001
"What the file says: the number twice, so that a damaged number is not taken for another version."
SUFFIXES = ("", "-wal", "-log")
"The files of a database that is open, or was when its process was killed: SQLite's two, and the journal."
DELETED = 1
"Flag of a row: the record is a tombstone."
AUTOREFRESH = 2
"Flag of a row: this node renews the record before it expires; never on the wire (reading A13)."
INTERNAL = 4
"Flag of a row: the record's type is reserved for the graph or its security."
IN_PIECES = 8
"Flag of a row in ``records`` alone: the record is long, and its wire bytes are in ``pieces`` (``store.pieces``)."
LOCAL = 16
"Flag of a row: the record is this database's alone: no other node is ever sent it, except as an answer to a search."
LONG = 1 << 20
"Wire bytes above which a record is kept in pieces, and read and written piece by piece where others wait."
_SCHEMA = """
CREATE TABLE records (
    seq INTEGER PRIMARY KEY,
    low INTEGER NOT NULL,
    id BLOB NOT NULL,
    type BLOB NOT NULL,
    version INTEGER NOT NULL,
    flags INTEGER NOT NULL,
    modification INTEGER NOT NULL,
    expiration INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    wire BLOB NOT NULL);
CREATE INDEX records_by_type ON records (type);
CREATE INDEX records_by_expiration ON records (expiration);
CREATE INDEX records_to_refresh ON records (expiration) WHERE flags & 3 = 2;
CREATE TABLE attributes (record INTEGER NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, value NOT NULL);
CREATE INDEX attributes_by_value ON attributes (name, type, value, record);
CREATE INDEX attributes_by_record ON attributes (record);
CREATE TABLE pieces (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE runs (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value, checksum INTEGER NOT NULL) WITHOUT ROWID;
"""
STATEMENTS = [statement.strip() for statement in _SCHEMA.split(";") if statement.strip()]
_READ_BY_IMPORT = ("CREATE TABLE records", "CREATE TABLE pieces", "CREATE TABLE facts")
EXPORTED = {statement for statement in STATEMENTS if statement.startswith(_READ_BY_IMPORT)}
"What an import reads. A view or a computed column of that name could keep it busy for ever."
FOLDED = "folded"
"Name of a fact of the store itself: the number of the last journal entry in ``records``, and how many rows that has."
LAST = "last"
"Name of another one: the number of the latest change, where records that had late ones have been removed."
CLOSED = "closed"
"""Name of a fact of the store itself: the number of the last change when the database was closed, after a word that
says whether it is still as it was then."""
PROOF = "proof "
"How the names of facts begin that prove a record, whose ID follows; there may be many."
COLUMNS = "id, type, version, flags, modification, expiration, wire"
SELECT = f"SELECT {COLUMNS}, seq, checksum FROM records"
"What ``lookup.outlined`` takes."
FIELDS = 10
"Of a row in ``records``."
_MARKS = f"({', '.join('?' * FIELDS)})"
INSERT = f"INSERT INTO records VALUES {_MARKS}"
AT_ONCE = 64
INSERT_MANY = f"INSERT INTO records VALUES {', '.join([_MARKS] * AT_ONCE)}"
"So many rows in one statement cost a tenth less than one by one, and the interpreter's lock is given away once."
SET_FACT = "INSERT OR REPLACE INTO facts VALUES (?, ?, ?)"
BY_ID = " WHERE seq = ? AND id = ?"


class Long(NamedTuple):
    """A long record without its wire bytes: they are read piece by piece (``Database.piece``)."""

    id: bytes
    type: bytes
    version: int
    flags: int
    modification: int
    expiration: int
    first: int
    "Number of its first piece; no other record has it, nor another version of this one."
    size: int
    "Of the wire bytes."

    @property
    def deleted(self) -> bool:
        return bool(self.flags & DELETED)


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


def low_half(record_id: bytes) -> int:
    """The random half of a record ID as SQLite's kind of integer: an index over it has half the size of one over the
    ID."""
    return int.from_bytes(record_id[8:], "big", signed=True)


def error_code(error: Exception) -> int:
    """SQLite's primary result code. Python's own complaint about text that is no UTF-8, be it in SQLite's message, has
    none; such text was not written by this library."""
    own = sqlite3.SQLITE_CORRUPT if isinstance(error, (sqlite3.OperationalError, UnicodeDecodeError)) else 0
    code: int = getattr(error, "sqlite_errorcode", own)
    return code & 0xFF


def translated(error: Exception) -> PeerError:
    """The documented failure that stands for an error of SQLite."""
    code = error_code(error)
    text = str(error)
    if code == sqlite3.SQLITE_FULL:
        return DiskFull(NO_ROOM)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return DatabaseAccessDenied(text)
    if code == sqlite3.SQLITE_CANTOPEN:
        return DatabaseAccessDenied(text)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return InvalidDatabase(text)
    if code == sqlite3.SQLITE_IOERR:
        return DatabaseInitializationFailed(text)
    return Unexpected(text)
