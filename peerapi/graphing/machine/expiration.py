"""Records that have had their time (MS-PPGRH 3.1.6.7, 3.1.7.18-3.1.7.21)."""

from __future__ import annotations

from peerapi.graphing.codec.records import GRAPH_INFO, is_reserved
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.ports import InternalRecords
from peerapi.graphing.machine.security_records import SecurityRecords
from peerapi.graphing.state import GraphState
from peerapi.moment import SECOND
from peerapi.store.database import DELETED

EXPIRATION_SLACK = 15 * SECOND
"A record that expires this much earlier than the timer is set for moves it."
MIN_EXPIRATION_DELAY = 15.0
MAX_EXPIRATION_DELAY = 24 * 3600.0


class Expiration:
    """The Record Expiration Timer and what it does."""

    def __init__(self, state: GraphState, security_records: SecurityRecords, internal_records: InternalRecords) -> None:
        self._state = state
        self._security_records = security_records
        self._internal_records = internal_records
        self._expire_at = 0
        "Peer time for which the timer is set; 0: not set."

    def expires(self, expiration: int) -> None:
        """A record with this expiration time is in the database now (3.1.7.3, 3.1.7.10)."""
        if not self._expire_at or expiration + EXPIRATION_SLACK < self._expire_at:
            self._schedule(max(0.0, (expiration - self._state.peer_time) / SECOND))

    def soon(self) -> None:
        self._schedule(0.0)

    def _schedule(self, delay: float) -> None:
        delay = min(delay, MAX_EXPIRATION_DELAY)
        self._expire_at = self._state.peer_time + int(delay * SECOND)
        self._state.timers.set("expiration", self._state.now.elapsed + delay, self._expire)

    def _expire(self) -> None:
        self._expire_at = 0
        if self._state.defers_expiration:
            return
        for row in self._state.database.expired(self._state.peer_time):
            if row.type == GRAPH_INFO and not row.flags & DELETED:
                continue  # The graph's properties outlive a night in which nobody is there to renew them.
            self._state.database.remove(row.id)
            self._security_records.gone(row)
            if is_reserved(row.type):
                self._internal_records.internal_record_expired(row)
            elif not row.flags & DELETED:
                self._state.record_changed(RecordChange.EXPIRED, row.id, row.type)
        self._state.tidy()
        following = self._state.database.next_expiration(GRAPH_INFO)
        delay = MAX_EXPIRATION_DELAY if following is None else (following - self._state.peer_time) / SECOND
        self._schedule(max(delay, MIN_EXPIRATION_DELAY))
