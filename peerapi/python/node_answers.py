"""What the nodes of a graph answer to a search: one after the other, as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from peerapi.api.graph_records import record_value
from peerapi.api.structs import RecordValue
from peerapi.engine.graphs.node_searches import NodeSearch
from peerapi.graphing.search_events import NodeAnswered
from peerapi.python import hosts
from peerapi.python.values import Record

Begin = Callable[[Callable[[], object]], NodeSearch]


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """One node's answer to a search of all nodes."""

    node: int
    peer: str
    "Who answers; in a group that is proved."
    records: tuple[Record, ...]
    "Copies of what matches there; what changed last comes first."
    more: bool
    "The node has, or might have, more than it was asked for or may send."


@dataclass(frozen=True, slots=True)
class AbsentNode:
    """A node that has not answered in time."""

    node: int
    peer: str


class NodeAnswers:
    """An asynchronous iterator over the answers of the nodes, from ``Graph.search_nodes``.

    The nodes are asked when it is first iterated. It ends when all have answered or the time is over; ``absent`` then
    has those that did not answer. ``aclose``, or leaving it as a context, ends the search at once.
    """

    def __init__(self, begin: Begin, made: Callable[[RecordValue], Record]) -> None:
        self._begin = begin
        self._made = made
        self._search: NodeSearch | None = None
        self._parking: hosts.Parking | None = None
        self.absent: tuple[AbsentNode, ...] = ()
        "Nodes of the graph that have not answered; complete at the end."

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> NodeAnswer:
        """Raises GraphNotReady, InvalidSearch, ... at the first, StopAsyncIteration at the end."""
        host = hosts.current()
        await host.checkpoint()
        if self._search is None:
            self._search = await host.in_thread(lambda: self._begin(self._wake), NodeSearch.cancel)
        while True:
            try:
                found = self._search.take()
            except IndexError:
                raise StopAsyncIteration from None
            if isinstance(found, NodeAnswered):
                records = tuple(self._made(record_value(row)) for row in found.rows)
                return NodeAnswer(found.node_id, found.peer_id, records, found.more)
            if found is not None:
                self.absent += (AbsentNode(found.node_id, found.peer_id),)
                continue
            await self._news(host, self._search)

    def _wake(self) -> None:
        parking = self._parking
        if parking is not None:
            parking.wake()

    async def _news(self, host: hosts.Host, search: NodeSearch) -> None:
        if self._parking is not None:
            raise RuntimeError("another task reads these answers already")
        parking = host.parking()
        try:
            self._parking = parking
            if not search.has_news:  # whatever came before the line above has told nobody
                await parking.wait()
        finally:
            self._parking = None

    async def aclose(self) -> None:
        """End the search; a task that waits for an answer comes to its end."""
        search = self._search
        if search is not None:
            await hosts.current().to_the_end(search.cancel)
            self._wake()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
