"""What a database's journal holds, in memory: the latest records, and which rows of SQLite they leave behind."""

from __future__ import annotations

from collections.abc import Sequence

from peerapi.store._rows import number
from peerapi.store.schema import Row

_Step = tuple[Sequence[bytes], tuple[int, Row] | None, bool]
"""How a change is taken back: the IDs of new records; or the ID of one, what the memtable had of it before, and whether
the change said that a row of SQLite is gone."""


class Memtable:
    """The records changed since SQLite was told, in the order of their changes.

    Within a transaction each change can be taken back; ``forget_undo`` ends it.
    """

    def __init__(self) -> None:
        self.rows: dict[bytes, tuple[int, Row]] = {}
        "Number of change and record, by record ID."
        self.gone: set[bytes] = set()
        "IDs whose rows in SQLite, if there are any, are replaced or removed."
        self.size = 0
        "Bytes of the records."
        self._steps: list[_Step] = []
        self._kept: tuple[dict[bytes, tuple[int, Row]], set[bytes], int, int] | None = None

    def __len__(self) -> int:
        return len(self.rows) + len(self.gone)

    def add(self, seq: int, row: Row) -> None:
        """A record whose ID is not in the database."""
        self.rows[row.id] = (seq, row)
        self.size += len(row.wire)
        self._steps.append(((row.id,), None, False))

    def add_many(self, first: int, rows: list[Row]) -> None:
        """Records whose IDs are not in the database, with numbers from ``first`` on."""
        self._steps.append(([row[0] for row in rows], None, False))
        self.size += number(self.rows, first, rows)

    def drop(self, record_id: bytes) -> None:
        """A record is no longer what it was, wherever it is."""
        before = self.rows.pop(record_id, None)
        left = record_id not in self.gone
        self.gone.add(record_id)
        if before is not None:
            self.size -= len(before[1].wire)
        self._steps.append(((record_id,), before, left))

    def forget_undo(self) -> None:
        """The transaction has ended well."""
        self._steps.clear()
        self._kept = None

    def hand_over(self) -> tuple[dict[bytes, tuple[int, Row]], set[bytes]]:
        """All of it, for SQLite; it comes back if the transaction is taken back."""
        rows, gone = self.rows, self.gone
        if self._kept is None:
            self._kept = (rows, gone, self.size, len(self._steps))
        self.rows, self.gone, self.size = {}, set(), 0
        return rows, gone

    def take_back(self) -> None:
        """Forget the changes of the transaction."""
        if self._kept is not None:
            self.rows, self.gone, self.size, steps = self._kept
            del self._steps[steps:]
            self._kept = None
        disordered = False
        for ids, before, left in reversed(self._steps):
            for record_id in ids:
                now = self.rows.pop(record_id, None)
                if now is not None:
                    self.size -= len(now[1].wire)
            if before is not None:
                self.rows[ids[0]] = before
                self.size += len(before[1].wire)
                disordered = True
            if left:
                self.gone.discard(ids[0])
        self._steps.clear()
        if disordered:
            self.rows = dict(sorted(self.rows.items(), key=lambda item: item[1][0]))
