"""Deferred records of a group, by what they wait for: somebody's membership, or the group's properties."""

from __future__ import annotations

MAX_WAITING = 4096
"Records that are waited for; the graph keeps as many (``graphing.machine.deferred.MAX_DEFERRED``)."


class Awaited:
    """IDs of records; what has been waited for longest gives way."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[bytes]] = {}

    def wait(self, awaited: str, record_id: bytes) -> None:
        """A record was deferred until something comes."""
        self._waiting.setdefault(awaited, set()).add(record_id)
        if sum(map(len, self._waiting.values())) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def came(self, awaited: str) -> tuple[bytes, ...]:
        """The records that have waited for it, and do so no longer."""
        return tuple(self._waiting.pop(awaited, ()))

    def clear(self) -> None:
        self._waiting.clear()
