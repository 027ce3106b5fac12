"""Finding one record, and the pieces of a long one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from peerapi.errors import InvalidDatabase
from peerapi.store._rows import row_checksum
from peerapi.store.pieces import outline
from peerapi.store.schema import BY_ID, IN_PIECES, SELECT, Long, Row
from peerapi.store.transactions import Transactions


class Lookup(Transactions):
    """The questions about single records that ``Database`` answers, over its transactions."""

    @property
    def recent(self) -> dict[bytes, tuple[int, Row]]:
        """The records that SQLite does not have yet, by ID."""
        return self._memtable.rows

    def outlined(self, columns: Sequence[Any]) -> Row | Long:
        """A row of ``records``, in the columns of SELECT, as others see it. Raises InvalidDatabase when it is not as it
        was written: not every opening looks at each row."""
        *fields, seq, checksum = columns
        row = Row._make(fields)
        try:
            whole = row_checksum(seq, *row) == checksum
        except (TypeError, OverflowError):
            whole = False
        if not whole:
            self._suspect = True
            raise InvalidDatabase(f"Record {seq} of the database does not have its checksum.")
        return row if not row[3] & IN_PIECES else outline(row)

    def put_away(self, seq: int, row: Row) -> Row:
        """The row of a long record, whose bytes are in pieces then; the transaction is one of SQLite."""
        try:
            self._begin_sqlite()
            if self.describe is not None:
                self._attributes += self.describe([(seq, row)])
            return self._pieces.put_away(row)
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def drop(self, row: Row | Long) -> None:
        """A record is no longer what it was. A long one goes from SQLite at once, so that its pieces can be removed."""
        latest = self._memtable.rows.get(row.id)
        if latest is not None and latest[1].flags & IN_PIECES:
            self._pieces.gone(latest[1])
            self._attributes = [each for each in self._attributes if each[0] != latest[0]]
        elif isinstance(row, Long):
            try:
                self._begin_sqlite()
                self._remove_row(row.id)
            except sqlite3.Error as error:
                raise self.failed(error) from error
        self._memtable.drop(row.id)
        self._row_cache.drop(row.id)
        for number in self._ids.find(row.id) or ():
            self._fingerprints.drop(number)

    def get(self, record_id: bytes) -> Row | None:
        """One record with its columns."""
        found = self.outline(record_id)
        return self.whole(found) if isinstance(found, Long) else found

    def whole(self, row: Row | Long) -> Row:
        """A record with its bytes."""
        try:
            return self._pieces.whole(row)
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def piece(self, record: Long, at: int) -> bytes | None:
        """The piece with index ``at`` of a long record's bytes, PIECE bytes each but the last; None when the record is
        no longer what it was."""
        found = self.outline(record.id)
        if not isinstance(found, Long) or found.first != record.first:
            return None
        try:
            return self._pieces.read(record.first + at)
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def write_ahead(self, wire: bytes) -> bool:
        """Write the next piece of a long record, which may be added soon; whether there are more to write.

        When they are all written, to add the record costs as little as to add a short one: it is known by its very
        bytes object, until ``forget_ahead``.
        """
        try:
            self._begin_sqlite()
            return self._pieces.lay(wire)
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def forget_ahead(self, wire: bytes) -> None:
        """Nobody is going to add the record, or it was added."""
        self._pieces.leave(wire)

    def sweep(self) -> None:
        """Remove one piece that no record needs."""
        try:
            self._begin_sqlite()
            self._pieces.sweep()
        except sqlite3.Error as error:
            raise self.failed(error) from error

    def outline(self, record_id: bytes) -> Row | Long | None:
        """One record with its columns; of a long one not the bytes."""
        latest = self._memtable.rows.get(record_id)
        if latest is not None:
            return latest[1] if not latest[1][3] & IN_PIECES else outline(latest[1])
        numbers = self._ids.find(record_id)
        if numbers is None:  # so it is with every record that is new
            return None
        for part in self._row_cache.parts:
            row = part.get(record_id)
            if row is not None:
                return row if not row[3] & IN_PIECES else outline(row)
        if record_id in self._memtable.gone:
            return None
        try:
            for number in numbers:
                found = self._execute(SELECT + BY_ID, (number, record_id)).fetchone()
                if found:
                    return self.outlined(found)
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return None

    def wire(self, record_id: bytes) -> bytes | None:
        """The wire bytes of a record, or None."""
        row = self.get(record_id)
        return row.wire if row else None

    def standing(self, record_id: bytes) -> tuple[int, int] | None:
        """Version and expiration time of one record, which may be long and is not read."""
        latest = self._memtable.rows.get(record_id)
        if latest is not None:
            return latest[1].version, latest[1].expiration
        if record_id in self._memtable.gone:
            return None
        try:
            for number in self._ids.find(record_id) or ():
                query = f"SELECT version, expiration FROM records{BY_ID}"
                found: tuple[int, int] | None = self._execute(query, (number, record_id)).fetchone()
                if found:
                    return found
        except sqlite3.Error as error:
            raise self.failed(error) from error
        return None
