"""Rows that SQLite has got and memory still has: what one neighbor has sent, the others send soon after."""

from __future__ import annotations

from peerapi.store.schema import Row

BYTES = 4 << 20
"Wire bytes of all rows that are kept, at most."
ROWS = 2048
"Rows of one part, at most."
PARTS = 2


class RowCache:
    """The latest rows, in parts that are given up as a whole, the oldest first."""

    def __init__(self) -> None:
        self.parts: list[dict[bytes, Row]] = []
        "By record ID; the latest part first."
        self._sizes: list[int] = []

    def keep(self, rows: dict[bytes, Row], size: int) -> None:
        """Rows that SQLite has got, and the bytes of their records."""
        if self.parts and len(self.parts[0]) + len(rows) <= ROWS:
            self.parts[0].update(rows)
            self._sizes[0] += size
        else:
            self.parts.insert(0, rows)
            self._sizes.insert(0, size)
        while self.parts and (sum(self._sizes) > BYTES or len(self.parts) > PARTS):
            self.parts.pop()
            self._sizes.pop()

    def drop(self, record_id: bytes) -> None:
        """A row is no longer as it was."""
        for part in self.parts:
            part.pop(record_id, None)

    def clear(self) -> None:
        """What SQLite has got was taken back."""
        self.parts.clear()
        self._sizes.clear()
