"""What an application reads of a graph without a turn under the graph's lock: its latest records, as C has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from peerapi.graphing.graph import Graph
from peerapi.store.database import Row
from peerapi.store.transactions import Mirror


class Readable(Mirror, Protocol):
    """Records that can be read by any thread at any time: as ``Driver.record`` would answer, or not at all
    (api/record_table.c)."""

    def tell(self, delta: int, readable: bool, /) -> None:
        """How far peer time is behind UTC, and whether the application may have every record that it can be told
        of."""

    def keep(self, row: Row, /) -> None:
        """A record that was asked for, and may be again."""

    def close(self) -> None:
        """Nothing can be read any more."""


class Reading:
    """Keeps a ``Readable`` as the graph is, once there is one. Whoever calls has the graph's lock."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.readable: Readable | None = None
        "The one that follows the graph."

    def begin(self, make: Callable[[], Readable]) -> Readable:
        """The one that follows the graph, made at the first time."""
        if self.readable is None:
            self.readable = self._graph.database.mirror = make()
            self.tell()
        return self.readable

    def tell(self) -> None:
        """An input is over, or the registrations are others. What may be read is what ``GraphState.live_record``
        gives: before the first synchronization only what the application is told of."""
        if self.readable is not None:
            graph = self._graph
            self.readable.tell(graph.clock.delta, graph.synchronized or graph.watched)

    def keep(self, row: Row) -> Row:
        """A record that was asked for."""
        if self.readable is not None:
            self.readable.keep(row)
        return row

    def end(self) -> None:
        """The graph is closed."""
        if self.readable is not None:
            self.readable.close()
