"""The record database of one graph and one peer: a SQLite file in WAL mode with a journal beside it, or ``":memory:"``
for tests and simulation.

Every stored record keeps its wire bytes (PEER_RECORD, MS-PPGRH 2.2.1.9) and the few columns that decisions need.
``seq`` is a local counter: every change of a record gives it the next number, so "all that changed after n" is one
range of the primary key. This is what lets a slow neighbor be served from disk instead of from a queue in memory.

The file belongs to one process at a time (``store.ownership``): a second opener gets
PEER_E_DATABASE_ACCESSDENIED. A committed record survives the death of the process (``kill -9``), not always a power
failure: only checkpoints wait for the disk (``store.checkpoints``).

An object is not locked by itself: its graph's lock guards it. It may be used from any thread under that lock.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from peerapi.errors import InvalidDatabase, PeerError
from peerapi.moment import LAST_TIME
from peerapi.store import opening
from peerapi.store._rows import changes
from peerapi.store.damage import fact_checksum
from peerapi.store.journal import ADD, PUT, REMOVE, change
from peerapi.store.lookup import Lookup
from peerapi.store.opening import Files
from peerapi.store.pieces import PIECE, outline, size_of
from peerapi.store.schema import (
    AUTOREFRESH,
    DELETED,
    INTERNAL,
    LOCAL,
    LONG,
    PROOF,
    SCHEMA_VERSION,
    SELECT,
    SET_FACT,
    SUFFIXES,
    Long,
    Row,
    error_code,
    translated,
)
from peerapi.store.transactions import MEMTABLE_ROWS
from peerapi.store.usage import SHARES, Usage

__all__ = [
    "AUTOREFRESH",
    "DELETED",
    "INTERNAL",
    "LOCAL",
    "MEMTABLE_ROWS",
    "PIECE",
    "PROOF",
    "SCHEMA_VERSION",
    "Abstract",
    "Database",
    "Long",
    "Row",
    "translated",
]

STEPS = 1000
"Steps of SQLite after which a search for somebody else is looked at."
_ABSTRACTS = "SELECT seq, id, type, version, modification, expiration, flags FROM records"


class Abstract(NamedTuple):
    """What is compared of a record, without the record."""

    seq: int
    "The number of the record's last change."
    id: bytes
    type: bytes
    version: int
    modification: int
    expiration: int
    flags: int


class Database(Lookup):
    """Records and a few named facts about them, with explicit transactions. A change outside of one is its own."""

    @classmethod
    def open(cls, path: str | Path, *, create: bool = True, thoroughly: bool = False) -> Database:
        """Open the file, or make it when ``create``. Raises what ``opening.open_file`` raises."""

        def make(files: Files, bodies: Iterable[bytes], created: bool) -> Database:
            try:
                database = cls(files, created=created)
                database.recover(bodies)
            except ValueError as error:
                raise InvalidDatabase(f"Its journal makes no sense: {error}") from error
            return database

        return opening.open_file(path, make, create=create, thoroughly=thoroughly)

    # Records ----------------------------------------------------------------------------------------------------------

    def add(self, row: Row) -> None:
        """Insert a record whose ID is not present."""
        if not self._open:
            self._alone(self.add, row)
            return
        if self.mirror is not None:
            self.mirror.put(row)
        if len(row.wire) > LONG:
            row = self.put_away(self.last_seq + 1, row)
        self._changes.append(change(ADD, row))
        self.last_seq += 1
        self._memtable.add(self.last_seq, row)
        if self.usage is not None:
            self.usage.add(row)

    def add_many(self, rows: list[Row]) -> None:
        """Insert records whose IDs are not present."""
        if not self._open:
            self._alone(self.add_many, rows)
            return
        made = changes(ADD, rows, LONG)
        if made is None:
            for row in rows:
                self.add(row)
            return
        if self.mirror is not None:
            self.mirror.put_many(rows)
        self._changes.append(made)
        self._memtable.add_many(self.last_seq + 1, rows)
        self.last_seq += len(rows)
        if self.usage is not None:
            self.usage.add_many(rows)

    def put(self, row: Row) -> None:
        """Insert a record, or replace the one with its ID."""
        if not self._open:
            self._alone(self.put, row)
            return
        before = self.outline(row.id)
        if before is None:
            self.add(row)
            return
        if self.mirror is not None:
            self.mirror.put(row)
        if len(row.wire) > LONG:
            row = self.put_away(self.last_seq + 1, row)
        self._changes.append(change(PUT, row))
        self.drop(before)
        self.last_seq += 1
        self._memtable.add(self.last_seq, row)
        if self.usage is not None:
            self.usage.drop(before)
            self.usage.add(row)

    def remove(self, record_id: bytes) -> None:
        """Remove a record, if it is there."""
        if not self._open:
            self._alone(self.remove, record_id)
            return
        row = self.outline(record_id)
        if row is not None:
            if self.mirror is not None:
                self.mirror.drop(record_id)
            self._changes.append(change(REMOVE, Row(*row[:6], b"")))
            self.drop(row)
            if self.usage is not None:
                self.usage.drop(row)

    def remove_types(self, types: tuple[bytes, ...]) -> None:
        """Remove all records of some types."""
        marks = ",".join("?" * len(types))
        for (record_id,) in self._all(f"SELECT id FROM records WHERE type IN ({marks})", types):
            self.remove(record_id)

    def count_usage(self) -> Usage:
        """What each creator has, kept up to date from now on. Not inside of a transaction.

        The sums that the last closing has left are used once: whoever ends without closing has them counted anew.
        """
        try:
            self._fold_now()
        except sqlite3.Error as error:
            raise self.failed(error) from error
        kept = self.fact(SHARES)
        if isinstance(kept, bytes) and kept:
            self.set_fact(SHARES, b"")
            self.usage = Usage.kept(kept, self.last_seq, self._rows)
        if self.usage is None:
            query = "SELECT substr(id, 1, 8), count(*), sum(length(wire)) FROM records WHERE flags & 24 = 0 GROUP BY 1"
            self.usage = Usage(self._all(query))
            for columns in self._all(f"{SELECT} WHERE flags & 8"):
                self.usage.add(Row._make(columns[:-2]))
            self.usage.forget_undo()
        return self.usage

    def close(self) -> None:
        """Let go of the file. A transaction that is open is lost."""
        self.rollback()
        self._fold_alone()
        if self.usage is not None and not self._memtable:
            with contextlib.suppress(PeerError):  # it is counted then
                self.set_fact(SHARES, self.usage.keep(self.last_seq, self._rows))
        super().close()

    def count(self) -> int:
        """How many rows there are, tombstones and internal records included."""
        n: int = self._all("SELECT count(*) FROM records")[0][0]
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
        query = f"SELECT id FROM records WHERE {' AND '.join(where)} ORDER BY seq"
        return self._joined(query, values)

    def types(self, now: int | None) -> dict[bytes, int]:
        """How many live application records there are of each type; ``now`` as for ``ids``."""
        which, values = ("", ()) if now is None else (" AND expiration > ?", (now,))
        query = f"SELECT type, count(*) FROM records WHERE flags & 5 = 0{which} GROUP BY type"
        return dict(self._all(query, values))

    def one_of_each_creator(self) -> list[bytes]:
        """The ID of a live application record of each creator (3.1.7.2: the first half says whose it is)."""
        query = "SELECT min(id) FROM records WHERE flags & 5 = 0 GROUP BY substr(id, 1, 8)"
        return [row[0] for row in self._all(query)]

    def ids_from(self, start: bytes, most: int) -> list[bytes]:
        """The IDs of live application records that begin with some bytes; at most so many."""
        query = "SELECT id FROM records WHERE flags & 5 = 0 AND id BETWEEN ? AND ? LIMIT ?"
        return [row[0] for row in self._all(query, (start.ljust(16, b"\0"), start.ljust(16, b"\xff"), most))]

    def search(self, condition: str, parameters: Sequence[object], now: int | None) -> Iterator[Row]:
        """Live application records for which a condition over ``records`` and ``attributes`` holds."""
        query = f"{SELECT} WHERE flags & 5 = 0 AND ({condition})"
        if now is not None:
            query += " AND expiration > ?"
            parameters = (*parameters, now)
        cursor = self._find(query + " ORDER BY seq", parameters)
        try:
            for found in cursor:
                yield self.whole(self.outlined(found))
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def search_some(
        self, condition: str, parameters: Sequence[object], now: int | None, most: int, effort: int
    ) -> tuple[list[Row | Long], bool, int]:
        """``search`` for somebody else: what changed last first, at most ``most`` records, and as many as are found in
        ``effort`` steps of SQLite's machine; whether that were all, and the steps it took. Long records are not read.
        """
        query = f"{SELECT} WHERE flags & 5 = 0 AND ({condition})"
        if now is not None:
            query += " AND expiration > ?"
            parameters = (*parameters, now)
        self._all("SELECT 1")  # the memtable is folded, which is nobody's effort
        spent = 0

        def step() -> bool:
            nonlocal spent
            spent += STEPS
            return spent > effort

        found: list[Row | Long] = []
        self._connection.set_progress_handler(step, STEPS)
        try:
            for columns in self._execute(f"{query} ORDER BY seq DESC LIMIT ?", (*parameters, most)):
                found.append(self.outlined(columns))
        except sqlite3.Error as error:
            if error_code(error) != sqlite3.SQLITE_INTERRUPT:
                raise self.failed(error) from error
            return found, False, spent
        finally:
            self._connection.set_progress_handler(None, 0)
        return found, len(found) < most, spent

    def announce(self, path: Path) -> None:
        """Say at which socket other programs reach this process (``store.ownership``). Raises OSError."""
        if self._files.ownership is not None:
            self._files.ownership.announce(path)

    def listens(self, places: Sequence[str]) -> None:
        """Say at which addresses other nodes reach this process (``store.ownership``). Raises OSError."""
        if self._files.ownership is not None:
            self._files.ownership.listens(places)

    def is_at(self, path: str) -> bool:
        """Whether a path leads to one of the files of this database, also by another name of the file."""
        own = self._files.ownership
        if own is not None:
            for suffix in SUFFIXES:
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samefile(f"{own.path}{suffix}", path):
                        return True
        return False

    def export(self, path: str) -> None:
        """Write a compact copy to a file that does not exist yet. Not inside of a transaction."""
        try:
            self._find("SELECT 1")
            with self.log.patient():
                self._execute("VACUUM INTO ?", (path,))
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def changed(
        self, after: int, upto: int, rows: int, size: int, type: bytes | None = None
    ) -> tuple[list[tuple[int, Row]], bool]:
        """The same as ``outlines``, with the bytes of long records."""
        found, more = self.outlines(after, upto, rows, size, type)
        return [(seq, self.whole(row)) for seq, row in found], more

    def outlines(
        self, after: int, upto: int, rows: int, size: int, type: bytes | None = None
    ) -> tuple[list[tuple[int, Row | Long]], bool]:
        """Records (of ``type``) whose last change lies in (after, upto], in the order of change, and whether there are
        more.

        At most ``rows`` of them, and no further one once their wire bytes exceed ``size``. Of long ones the bytes are
        not read.
        """
        if type is None and not self._memtable.gone:
            cursor = self._numbered(after, upto, rows)
        else:
            which = "" if type is None else "type = ? AND "
            query = f"{SELECT} WHERE {which}seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
            values = (after, upto, rows) if type is None else (type, after, upto, rows)
            cursor = ((columns[-2], self.outlined(columns)) for columns in self._find(query, values))
        found: list[tuple[int, Row | Long]] = []
        try:
            for each in cursor:
                found.append(each)
                size -= size_of(each[1])
                if size <= 0 or len(found) == rows:
                    return found, True
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return found, False

    def _numbered(self, after: int, upto: int, rows: int) -> Iterator[tuple[int, Row | Long]]:
        """Records by the number of their last change: those of SQLite, then the memtable. A neighbor that is served
        while others are added does not cause a folding each time."""
        query = f"{SELECT} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        for columns in self._execute(query, (after, upto, rows)):
            yield columns[-2], self.outlined(columns)
        for seq, row in self._memtable.rows.values():
            if after < seq <= upto:
                yield seq, outline(row)

    def behind_older(self, after: int, upto: int, since: int, numbers: int) -> int:
        """The number of a change, at most ``upto`` and ``numbers`` behind ``after``, up to which no record was modified
        at ``since`` or later; no record is read."""
        try:
            folded = self._execute("SELECT max(seq) FROM records").fetchone()[0] or 0  # the memtable's came later
            query = "SELECT seq FROM records WHERE seq > ? AND seq <= ? AND modification >= ? ORDER BY seq LIMIT 1"
            end = min(after + numbers, upto, folded)
            found = self._execute(query, (after, end, min(since, LAST_TIME))).fetchone()
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return found[0] - 1 if found else max(after, end)

    def of_type(self, type: bytes, *, live: bool = True) -> list[Row]:
        """All records of a type; ``live`` leaves out tombstones."""
        query = f"{SELECT} WHERE type = ?" + (" AND flags & 1 = 0" if live else "")
        return [self.whole(self.outlined(row)) for row in self._all(query, (type,))]

    def expired(self, now: int) -> list[Row | Long]:
        """Records whose expiration time is not later than ``now`` (reading A20)."""
        return [self.outlined(row) for row in self._all(f"{SELECT} WHERE expiration <= ?", (now,))]

    def next_expiration(self, besides: bytes) -> int | None:
        """When the first record expires that is not of the type ``besides``."""
        query = "SELECT expiration FROM records WHERE type <> ? ORDER BY expiration LIMIT 1"
        found = self._all(query, (besides,))
        return found[0][0] if found else None

    def refreshing(self, until: int) -> list[Row]:
        """Live records marked for auto-refresh that expire at ``until`` or before (3.1.7.22)."""
        rows = self._all(f"{SELECT} WHERE expiration <= ? AND flags & 3 = 2", (until,))
        return [self.whole(self.outlined(row)) for row in rows]

    def next_refresh(self) -> int | None:
        """When the first record marked for auto-refresh expires."""
        found: int | None = self._all("SELECT min(expiration) FROM records WHERE flags & 3 = 2")[0][0]
        return found

    def abstracts(self, after: int, upto: int, rows: int) -> list[Abstract]:
        """What a comparison needs of records whose last change lies in (after, upto], in the order of change; at most
        ``rows`` of them. The records themselves are not read (3.1.7.31)."""
        query, values = f"{_ABSTRACTS} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", (after, upto, rows)
        if self._memtable.gone:
            return list(map(Abstract._make, self._all(query, values)))
        try:
            found = list(map(Abstract._make, self._execute(query, values)))
        except sqlite3.Error as error:
            raise self.failed(error) from error
        if len(found) < rows:
            late = (each for each in self._memtable.rows.items() if after < each[1][0] <= upto)
            for id_, (seq, row) in islice(late, rows - len(found)):
                found.append(Abstract(seq, id_, row.type, row.version, row.modification, row.expiration, row.flags))
        return found

    # Facts ------------------------------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | int | bytes | None:
        try:
            found = self._execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return found[0] if found else None

    def set_fact(self, name: str, value: str | int | bytes) -> None:
        if not self._open:
            self._alone(self.set_fact, name, value)
            return
        try:
            self._begin_sqlite()
            self._execute(SET_FACT, (name, value, fact_checksum(name, value)))
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def drop_fact(self, name: str) -> None:
        if not self._open:
            self._alone(self.drop_fact, name)
            return
        try:
            self._begin_sqlite()
            self._execute("DELETE FROM facts WHERE name = ?", (name,))
        except sqlite3.Error as error:
            raise self.failed(error) from error
