"""The Deferred Record List (MS-PPGRH 3.1.1, 3.1.7.27): records that cannot be judged yet, and have proved nothing.

Anybody can make such records: they are kept because what they wait for may be on its way. So all together have a bound
in bytes and in number, and when it is met, what came through the neighbor that has sent most of them gives way, the
oldest first. It comes again with the next synchronization.
"""

from __future__ import annotations

from collections.abc import Iterator

from peerapi.graphing.security import Received

MAX_DEFERRED = 4096
MAX_DEFERRED_BYTES = 64 << 20
"Bytes of all deferred records, each counted as it is held: the message, and the record in it."


class DeferredRecords:
    """The records that a security provider has deferred (3.1.4.10), by record ID, in order of receipt."""

    def __init__(self) -> None:
        self._source: dict[bytes, str] = {}
        "Peer ID of the neighbor that each has come from."
        self._from: dict[str, dict[bytes, Received]] = {}
        self._sizes: dict[str, int] = {}
        self.size = 0
        "Bytes that are held."

    def __len__(self) -> int:
        return len(self._source)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._source)

    def __contains__(self, record_id: object) -> bool:
        return record_id in self._source

    def add(self, received: Received, source: str) -> int:
        """Keep a record that has come through the neighbor ``source``, in place of an earlier one of its ID; how many
        had to give way."""
        record_id = received.summary.id
        self.pop(record_id)
        self._source[record_id] = source
        self._from.setdefault(source, {})[record_id] = received
        self._count(source, _size(received))
        displaced = 0
        while len(self._source) > MAX_DEFERRED or self.size > MAX_DEFERRED_BYTES:
            most = max(self._sizes, key=lambda each: (self._sizes[each], len(self._from[each])))
            self.pop(next(iter(self._from[most])))
            displaced += 1
        return displaced

    def pop(self, record_id: bytes) -> Received | None:
        """Take a record off the list, if it is there."""
        source = self._source.pop(record_id, None)
        if source is None:
            return None
        received = self._from[source].pop(record_id)
        self._count(source, -_size(received))
        if not self._from[source]:
            del self._from[source], self._sizes[source]
        return received

    def _count(self, source: str, size: int) -> None:
        self._sizes[source] = self._sizes.get(source, 0) + size
        self.size += size


def _size(received: Received) -> int:
    return len(received.message) + len(received.wire)
