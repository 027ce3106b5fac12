"""Records that count as they were first, of which one member has so many at most: comments and versions are such."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from peerapi import Record
from peerapi.activities.document.updates import Malformed


class FirstForms:
    """Those of all members that are looked at: of one member so many, and so many bytes in them, at most."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._known: dict[UUID, tuple[str, int]] = {}
        "Record -> its creator, and its bytes."
        self.counts: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        "Member -> how many there are, and bytes in them."

    def is_new(self, record: Record) -> bool:
        """Whether it is to be looked at: what its creator does later to one that is known is not asked. Raises
        Malformed."""
        if record.id in self._known:
            return False
        by = record.creator
        if record.version != 1 or record.modified_by != by:
            raise Malformed("changed since")
        if self.counts[by] >= self._most or self.sizes[by] + len(record.data) > self._most_bytes:
            raise Malformed("too much of one member")
        return True

    def add(self, record: Record) -> None:
        """A new one that is sound."""
        by, size = self._known[record.id] = record.creator, len(record.data)
        self.counts[by] += 1
        self.sizes[by] += size

    def remove(self, id: UUID) -> bool:
        """It was deleted; whether it was known."""
        if id not in self._known:
            return False
        by, size = self._known.pop(id)
        self.counts[by] -= 1
        self.sizes[by] -= size
        return True

    def size(self, id: UUID) -> int:
        """Bytes of one that is known."""
        return self._known[id][1]
