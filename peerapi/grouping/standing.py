"""Which of the group's own records stand in the database, by the same rules as there (``graphing.conflict``).

All that a node knows by records follows from those that stand: a record teaches when it takes its place, and what it
has taught goes with it. So a node knows after a restart what it knew before, and whoever sends an old version again
teaches nothing.
"""

from __future__ import annotations

from peerapi.graphing.codec.records import Summary
from peerapi.graphing.conflict import Verdict, resolve
from peerapi.moment import LAST_TIME


class StandingRecords:
    """Record ID -> what decides about the next version of the record."""

    def __init__(self) -> None:
        self._records: dict[bytes, Summary] = {}

    def take(self, received: Summary, horizon: int = LAST_TIME) -> bool:
        """A valid record has come; whether it stands now, and did not before. ``horizon``: the latest modification time
        that is believed."""
        stored = self._records.get(received.id)
        if stored is not None and resolve(received, stored, horizon=horizon) is not Verdict.NEW:
            return False
        self.put(received)
        return True

    def put(self, record: Summary) -> None:
        """This version stands, whatever stood before: this node has made it, or the database holds it."""
        self._records[record.id] = record

    def remove(self, record_id: bytes) -> bool:
        """Forget a record; whether it stood."""
        return self._records.pop(record_id, None) is not None

    def clear(self) -> None:
        self._records.clear()
