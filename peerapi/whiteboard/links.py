"""Keeping a board's graph in touch: it listens, calls those it knows of, and calls again when it is alone."""

from __future__ import annotations

import contextlib
import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

import trio

from peerapi import Address, ChangesLost, Graph, Group, NeighborChange, PeerError, Scope, StatusChange, errors
from peerapi.whiteboard.graphs import AnyGraph, is_ready

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
"Seconds between two attempts to find somebody; each pause is twice the one before."
CALL_TIMEOUT = 10.0
_PORTS = range(20_000, 32_000)
"Below those that systems give away by themselves."


def usual_port(board: str, peer: str) -> int:
    """The same one every time, so that an invitation holds after a restart."""
    digest = hashlib.sha256(f"{board}\0{peer}".encode()).digest()
    return _PORTS[int.from_bytes(digest[:8], "big") % len(_PORTS)]


class Links(ABC):
    """Of one graph or group, as long as ``keep`` runs."""

    def __init__(self, graph: AnyGraph, known: Iterable[Address]) -> None:
        self._linked = graph
        self._known = list(known)

    async def keep(self, changed: Callable[[], None]) -> None:
        """``changed`` is called after every change of status or neighbors."""
        pause = FIRST_PAUSE
        with self._linked.events(StatusChange, NeighborChange) as news:
            while True:
                if is_ready(self._linked):
                    await self.listen()
                changed()
                if self._alone:
                    await self._call_somebody()
                    changed()
                with trio.move_on_after(pause if self._alone else math.inf) as patience:
                    with contextlib.suppress(ChangesLost):
                        if await anext(news, None) is None:
                            return
                pause = min(2 * pause, LONGEST_PAUSE) if patience.cancelled_caught else FIRST_PAUSE

    @abstractmethod
    async def listen(self) -> None:
        """Be found by others, if that is not so already."""

    @abstractmethod
    async def call(self, address: Address) -> None:
        """Become the neighbor of a node. Raises PeerError."""

    @property
    def _alone(self) -> bool:
        return not any(not one.direct for one in self._linked.connections())

    async def _call_somebody(self) -> None:
        """One who answers; the search ends with the first."""
        own = set(self._linked.addresses)
        for address in self._known:
            if address in own:
                continue
            with trio.move_on_after(CALL_TIMEOUT):
                try:
                    await self.call(address)
                    return
                except (PeerError, OSError):  # nobody there now: the next one, and later all of them again
                    continue


class GraphLinks(Links):
    """A graph listens where it is told to."""

    def __init__(self, graph: Graph, known: Iterable[Address], scope: Scope, port: int | None) -> None:
        """``port``: of this node; None for the usual one, or another when that is taken."""
        super().__init__(graph, known)
        self._graph = graph
        self._scope = scope
        self._port = port

    async def listen(self) -> None:
        if self._graph.addresses:
            return
        wanted = usual_port(self._graph.graph_id, self._graph.peer) if self._port is None else self._port
        try:
            await self._graph.listen(wanted, scope=self._scope)
        except errors.UnableToListen:
            if self._port:
                raise
            await self._graph.listen(0, scope=self._scope)

    async def call(self, address: Address) -> None:
        await self._graph.connect(address)


class GroupLinks(Links):
    """A group finds its members by name, too, where names are published (PNRP)."""

    def __init__(self, group: Group, known: Iterable[Address], port: int | None) -> None:
        super().__init__(group, known)
        self._group = group
        self._named = False
        group.prefer_port(usual_port(group.name, group.identity) if port is None else port)

    async def listen(self) -> None:
        if self._named:
            return
        self._named = True
        await self._find()

    async def _find(self) -> None:
        with trio.move_on_after(CALL_TIMEOUT), contextlib.suppress(PeerError):  # nobody yet: it goes on looking itself
            await self._group.connect()

    async def call(self, address: Address) -> None:
        await self._group.connect(address)

    async def _call_somebody(self) -> None:
        if self._known or is_ready(self._group):
            await super()._call_somebody()
        else:
            await self._find()
