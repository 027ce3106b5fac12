"""Records that have had their time (MS-PPGRH 3.1.6.7, 3.1.7.18-3.1.7.21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.graphing.clock import SECOND
from peerapi.graphing.codec.records import GRAPH_INFO, is_reserved
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.publication import EXPIRATION_SLACK
from peerapi.store.database import DELETED

if TYPE_CHECKING:
    from peerapi.graphing.graph import Graph

MIN_EXPIRATION_DELAY = 15.0
MAX_EXPIRATION_DELAY = 24 * 3600.0


class Expiration:
    """The Record Expiration Timer and what it does."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._expire_at = 0
        "Peer time for which the timer is set; 0: not set."

    def expires(self, expiration: int) -> None:
        """A record with this expiration time is in the database now (3.1.7.3, 3.1.7.10)."""
        if not self._expire_at or expiration + EXPIRATION_SLACK < self._expire_at:
            self._schedule(max(0.0, (expiration - self._graph.peer_time) / SECOND))

    def soon(self) -> None:
        self._schedule(0.0)

    def _schedule(self, delay: float) -> None:
        delay = min(delay, MAX_EXPIRATION_DELAY)
        self._expire_at = self._graph.peer_time + int(delay * SECOND)
        self._graph.timers.set("expiration", self._graph.now.elapsed + delay, self._expire)

    def _expire(self) -> None:
        self._expire_at = 0
        if self._graph.defers_expiration:
            return
        for row in self._graph.database.expired(self._graph.peer_time):
            if row.type == GRAPH_INFO and not row.flags & DELETED:
                continue  # The graph's properties outlive a night in which nobody is there to renew them.
            self._graph.database.remove(row.id)
            self._graph.security_records.gone(row)
            if is_reserved(row.type):
                self._graph.topology.expired(row)
            elif not row.flags & DELETED:
                self._graph.record_changed(RecordChange.EXPIRED, row.id, row.type)
        following = self._graph.database.next_expiration(GRAPH_INFO)
        delay = MAX_EXPIRATION_DELAY if following is None else (following - self._graph.peer_time) / SECOND
        self._schedule(max(delay, MIN_EXPIRATION_DELAY))
