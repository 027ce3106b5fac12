"""Transactions of a record database over its two stores, the journal and SQLite.

A transaction that only changes records is one entry of the journal (``store.journal``), which is all that it needs to
be durable; the records stay in memory too (``store.memtable``). SQLite gets them, with all indexes, for many
transactions at once ("folding"), at the latest before a question that only SQLite can answer. A transaction that does
more than change records, or one with very many bytes, is one of SQLite, and whatever the memtable has goes with it.
After a crash the memtable is read again from the journal.

Measured here: 2 us for an entry of the journal and 5 us for a row's share of a folding of 1,024, against 15 us for a
transaction of SQLite without any index. With a million records it is the same, since nothing that is indexed on disk is
random (``store.id_runs``).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import peerapi.process as process
from peerapi.errors import DatabaseAccessDenied, InvalidDatabase, PeerError
from peerapi.store._fingerprints import Fingerprints
from peerapi.store._rows import fields
from peerapi.store.checkpoints import Log
from peerapi.store.damage import fact_checksum
from peerapi.store.id_runs import IdRuns
from peerapi.store.journal import ADD, REMOVE, changes
from peerapi.store.memtable import Memtable
from peerapi.store.opening import Files
from peerapi.store.pieces import Pieces
from peerapi.store.row_cache import RowCache
from peerapi.store.schema import (
    AT_ONCE,
    BY_ID,
    CLOSED,
    COLUMNS,
    FIELDS,
    FOLDED,
    IN_PIECES,
    INSERT,
    INSERT_MANY,
    LAST,
    SET_FACT,
    Row,
    error_code,
    translated,
)
from peerapi.store.usage import Usage

MEMTABLE_ROWS = 1024
"""Records that SQLite does not have yet, at most (and those of one transaction). Callers wait for a folding: this many
take 5 ms."""
MEMTABLE_BYTES = 4 << 20
"Bytes of the records that SQLite does not have yet, at most."
PIECE = 8 * AT_ONCE
"Rows handed to SQLite at a time."
LARGE = 1 << 20
"A transaction with more bytes goes to SQLite without a stay in the journal."
MANY = 512
"""So does one with as many changes: they would be folded at once or with the next of its kind, and half a thousand pay
for what a transaction of SQLite costs by itself."""


_LAST_SEQ = """SELECT max(coalesce((SELECT max(seq) FROM records), 0),
 coalesce((SELECT value FROM facts WHERE name = ?), 0))"""
"The numbers of changes never begin again: a program that comes over from another process knows by them what it missed."
_WITHOUT_BYTES = COLUMNS.replace("wire", f"CASE WHEN flags & {IN_PIECES} THEN wire ELSE x'' END")
"Columns of a row of which only the place of its bytes is wanted."
Attributes = list[tuple[int, str, str, str | int]]
Describe = Callable[[Sequence[tuple[int, Row]]], Attributes]
"""Gives the attributes of numbered rows, for ``Database.search``: the row's number, then the attribute's name, type and
key."""


class Mirror(Protocol):
    """Somebody who follows which records there are, and is told within each transaction; ``rollback`` takes that back.

    ``commit`` comes when the changes are durable, and raises nothing.
    """

    def put(self, row: Row, /) -> None: ...
    def put_many(self, rows: list[Row], /) -> None: ...
    def drop(self, record_id: bytes, /) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Transactions:
    """What ``Database`` builds on."""

    def __init__(self, files: Files, *, created: bool) -> None:
        """Raises sqlite3.Error, ValueError."""
        self._files = files
        self._connection = files.connection
        self._execute = files.connection.execute
        self._journal = files.journal
        self.log = Log(files.connection, None if files.ownership is None else files.ownership.path)
        "SQLite's own."
        self._loosely_owned = None if files.ownership is None or files.ownership.safe else files.ownership
        "Has to be asked before anything is written."
        self.created = created
        "True when the file was made by this opening."
        self.describe: Describe | None = None
        self.usage: Usage | None = None
        "What each creator has, once somebody wants to know (``Database.count_usage``)."
        self.mirror: Mirror | None = None
        self._open = False
        "A transaction was begun by the caller."
        self._begun = False
        "SQLite has been told of it."
        self._memtable = Memtable()
        self._pieces = Pieces(files.connection)
        self.litter = self._pieces.litter
        "Pieces that no record needs any longer, if there are any (``sweep``)."
        self._attributes: Attributes = []
        "Of long records of the transaction, which are at hand when they are added only."
        self._changes: list[bytes] = []
        "Of the transaction, for the journal."
        self._row_cache = RowCache()
        self._fingerprints = Fingerprints()
        self.same = self._fingerprints.find
        """The expiration time of a record that SQLite has in just these bytes under one of the numbers that ``numbers``
        has given; None: ask ``outline``."""
        self.last_seq: int = self._execute(_LAST_SEQ, (LAST,)).fetchone()[0]
        "The number of the latest change; 0 in an empty database."
        self._seq_before = self.last_seq
        self._ids = IdRuns(files.connection)
        "Where SQLite has its rows."
        self.numbers = self._ids.find
        "None for an ID that neither SQLite nor ``recent`` has: ``outline`` need not be asked."
        self._rows = len(self._ids)
        "How many SQLite has."
        self._rows_before = self._rows
        self.removed: list[Row] = []
        "What the journal says that was removed, without bytes; nothing else tells of it after a crash."
        self._marked_open = False
        "SQLite has been told that the database is no longer as it was closed."
        self._suspect = False
        "Something was found damaged: the next opening looks at everything."
        process.tell(self)

    def recover(self, bodies: Iterable[bytes]) -> None:
        """Take in what the journal has and SQLite has not. ValueError when it makes no sense."""
        for body in bodies:
            for kind, row in changes(body):
                if kind == REMOVE:
                    self.removed.append(row)
                if kind != ADD:
                    self._memtable.drop(row.id)
                if kind != REMOVE:
                    self.last_seq += 1
                    self._memtable.add(self.last_seq, row)
        self._memtable.forget_undo()

    def close(self) -> None:
        """Let go of the file. A transaction that is open is lost."""
        self.rollback()
        self._fold_alone()
        with contextlib.suppress(sqlite3.Error, DatabaseAccessDenied):
            self._mark_closed()
        with contextlib.suppress(sqlite3.Error):
            self.log.leave()
        self._files.close()

    def forked(self) -> None:
        """In a child of fork: to close the connection would write its parent's files."""
        process.never_free(self)

    # Transactions -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a transaction unless one is open."""
        if not self._open:
            self._open = True
            self._seq_before = self.last_seq

    def commit(self) -> None:
        """Make everything since ``begin`` durable. Raises PeerError and rolls back when that fails."""
        try:
            if self._changes and not self._begun:
                if self._loosely_owned is not None:
                    self._loosely_owned.require()
                size = len(self._changes[0]) if len(self._changes) == 1 else sum(map(len, self._changes))
                if size <= LARGE and self.last_seq - self._seq_before < MANY:
                    self._journal.append(self._changes)
                else:
                    self._begin_sqlite()
            if self._begun:
                self._fold()
                self._commit_sqlite()
        except sqlite3.Error as error:
            self.rollback()
            raise self.failed(error) from error
        except BaseException:
            self.rollback()
            raise
        self._open = False
        self._changes.clear()
        self._memtable.forget_undo()
        if self.mirror is not None:
            self.mirror.commit()
        if self.usage is not None:
            self.usage.forget_undo()
        memtable = self._memtable
        if len(memtable.rows) + len(memtable.gone) > MEMTABLE_ROWS or memtable.size > MEMTABLE_BYTES:
            self._fold_alone()

    def rollback(self) -> None:
        """Forget everything since ``begin``."""
        if self._open:
            self._open = False
            self.last_seq = self._seq_before
            if self.usage is not None:
                self.usage.take_back()
        if self.mirror is not None:
            self.mirror.rollback()
        self._changes.clear()
        self._roll_back_sqlite()

    def _alone(self, work: Callable[..., None], *args: object) -> None:
        """A change that is a transaction of its own."""
        self.begin()
        try:
            work(*args)
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def _begin_sqlite(self) -> None:
        """Have SQLite take part in the transaction: all of it will go there, and nothing to the journal. Raises
        DatabaseAccessDenied."""
        if not self._begun:
            if self._loosely_owned is not None:
                self._loosely_owned.require()
            self._execute("BEGIN")
            self._begun = True
            self._rows_before = self._rows
            if not self._marked_open:
                self._mark("open")
                self._marked_open = True

    def _mark(self, word: str) -> None:
        """Have SQLite say, in its transaction, whether the database is as it was when it was closed, and up to which
        change that was looked through. Raises sqlite3.Error."""
        if word == "open":
            found = self._execute("SELECT value FROM facts WHERE name = ?", (CLOSED,)).fetchone()
            number = str(found[0]).rpartition(" ")[2] if found else "0"
        else:
            number = str(self.last_seq)
        mark = f"{word} {number}"
        self._execute(SET_FACT, (CLOSED, mark, fact_checksum(CLOSED, mark)))

    def _mark_closed(self) -> None:
        """Nothing is written any more: the next opening need not look at everything. Raises sqlite3.Error,
        DatabaseAccessDenied, and then it does."""
        if self._suspect:
            self._begin_sqlite()
            self._execute("DELETE FROM facts WHERE name = ?", (CLOSED,))
            self._commit_sqlite()
        elif self._marked_open and not self._memtable:
            self._begin_sqlite()
            self._mark("closed")
            self._commit_sqlite()

    def failed(self, error: sqlite3.Error) -> PeerError:
        """The documented failure for an error of SQLite; damage is remembered."""
        failure = translated(error)
        self._suspect = self._suspect or isinstance(failure, InvalidDatabase)
        return failure

    def _commit_sqlite(self) -> None:
        """End SQLite's part. Raises sqlite3.Error."""
        self._ids.write()
        self._execute("COMMIT")
        self._begun = False
        self._ids.forget_undo()
        self._attributes.clear()
        self.log.committed(much=self._pieces.written)
        self._pieces.forget_undo()
        self._journal.restart()

    def _roll_back_sqlite(self) -> None:
        """Take SQLite's part back, and the memtable's."""
        if self._begun:
            self._begun = False
            self._rows = self._rows_before
            self._row_cache.clear()
            self._fingerprints.clear()
            self._attributes.clear()
            self._marked_open = False
            self._ids.take_back()
            self._pieces.take_back()
            with contextlib.suppress(sqlite3.Error):
                self._execute("ROLLBACK")
        self._memtable.take_back()

    # Folding ----------------------------------------------------------------------------------------------------------

    def _fold(self) -> None:
        """Give SQLite, in its transaction, all that the memtable has. Raises sqlite3.Error."""
        if not self._memtable:
            return
        size = self._memtable.size
        rows, gone = self._memtable.hand_over()
        for record_id in gone:
            self._remove_row(record_id)
        numbered = list(rows.values())
        for at in range(0, len(numbered), PIECE):  # each field is copied on its way
            self._insert(fields(numbered[at : at + PIECE]))
        self._ids.add(numbered)
        if self.describe is not None:
            attributes = self._attributes + self.describe([each for each in numbered if not each[1].flags & IN_PIECES])
            if attributes:
                self._connection.executemany("INSERT INTO attributes VALUES (?, ?, ?, ?)", attributes)
        self._rows += len(rows)
        self._row_cache.keep({id_: row for id_, (_, row) in rows.items()}, size)
        self._fingerprints.keep(numbered)
        if gone:
            self._execute(SET_FACT, (LAST, self.last_seq, fact_checksum(LAST, self.last_seq)))
        folded = f"{self._journal.number} {self._rows}"
        self._execute(SET_FACT, (FOLDED, folded, fact_checksum(FOLDED, folded)))

    def _insert(self, values: list[int | bytearray]) -> None:
        """Insert rows, whose fields stand one after the other."""
        step = AT_ONCE * FIELDS
        whole = len(values) // step * step
        if whole:
            self._connection.executemany(INSERT_MANY, [values[at : at + step] for at in range(0, whole, step)])
        if whole < len(values):
            rest = [values[at : at + FIELDS] for at in range(whole, len(values), FIELDS)]
            self._connection.executemany(INSERT, rest)

    def _remove_row(self, record_id: bytes) -> None:
        for number in self._ids.find(record_id) or ():
            found = self._execute(f"SELECT seq, {_WITHOUT_BYTES} FROM records{BY_ID}", (number, record_id)).fetchone()
            if found:
                seq, *columns = found
                self._ids.remove(record_id, seq)
                self._pieces.gone(Row._make(columns))
                self._execute("DELETE FROM records WHERE seq = ?", (seq,))
                self._execute("DELETE FROM attributes WHERE record = ?", (seq,))
                self._rows -= 1

    def _fold_alone(self) -> None:
        """The records are safe without it, so a failure (a full disk) waits for the next."""
        with contextlib.suppress(sqlite3.Error, DatabaseAccessDenied):
            self._fold_now()

    def _fold_now(self) -> None:
        """Fold in a transaction of its own. Raises sqlite3.Error, and nothing has changed then."""
        if self._memtable:
            try:
                self._begin_sqlite()
                self._fold()
                self._commit_sqlite()
            except BaseException:
                self._roll_back_sqlite()
                raise
            self._memtable.forget_undo()

    def _find(self, query: str, values: Sequence[object] = ()) -> Iterable[Any]:
        """The rows of a query over all records; the memtable is folded first."""
        try:
            if self._open and self._memtable:
                self._begin_sqlite()
                self._fold()
            else:
                self._fold_now()
            return self._execute(query, values)
        except sqlite3.Error as error:
            if not self._open and error_code(error) == sqlite3.SQLITE_FULL:
                return self._find_without_room(query, values)
            raise self.failed(error) from error

    def _find_without_room(self, query: str, values: Sequence[object]) -> list[Any]:
        """On a full disk nothing can be folded, but what is there can be found: fold in memory, and take it back."""
        try:
            self._execute("PRAGMA cache_spill=OFF")
            try:
                self._begin_sqlite()
                self._fold()
                return self._execute(query, values).fetchall()
            finally:
                self._roll_back_sqlite()
                self._execute("PRAGMA cache_spill=ON")
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def _all(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        """All rows of a query over all records."""
        try:
            return list(self._find(query, values))
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def _joined(self, query: str, values: Sequence[object] = ()) -> bytes:
        """The bytes that the rows of a query have, one behind the other: an object for each of a million records would
        leave holes in the memory."""
        found = bytearray()
        try:
            for (piece,) in self._find(query, values):
                found += piece
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return bytes(found)
