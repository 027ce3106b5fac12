"""Keeping a board's graph in touch: it listens, calls those it knows of, and calls again when it is alone."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable

import trio

from peerapi import Address, Graph, NeighborChange, Node, PeerError, Scope, Status, StatusChange, errors
from peerapi.whiteboard.invitation import MOST_ADDRESSES

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
"Seconds between two attempts to find somebody; each pause is twice the one before."
CALL_TIMEOUT = 10.0
_PORTS = range(20_000, 32_000)
"Below those that systems give away by themselves."


def usual_port(graph_id: str, peer: str) -> int:
    """The same one every time, so that an invitation holds after a restart."""
    digest = hashlib.sha256(f"{graph_id}\0{peer}".encode()).digest()
    return _PORTS[int.from_bytes(digest[:8], "big") % len(_PORTS)]


class Links:
    """One graph's, as long as ``keep`` runs."""

    def __init__(self, graph: Graph, known: Iterable[Address], scope: Scope, port: int | None) -> None:
        """``port``: of this node; None for the usual one, or another when that is taken."""
        self._graph = graph
        self._known = list(known)
        self._scope = scope
        self._port = port

    async def keep(self, changed: Callable[[], None]) -> None:
        """``changed`` is called after every change of status or neighbors."""
        pause = FIRST_PAUSE
        with self._graph.events(StatusChange, NeighborChange) as news:
            while True:
                if Status.SYNCHRONIZED in self._graph.status and not self._graph.addresses:
                    await self._listen()
                changed()
                if self._alone:
                    await self._call_somebody()
                    changed()
                with trio.move_on_after(pause if self._alone else math.inf) as patience:
                    if await anext(news, None) is None:
                        return
                pause = min(2 * pause, LONGEST_PAUSE) if patience.cancelled_caught else FIRST_PAUSE

    @property
    def _alone(self) -> bool:
        return not any(not one.direct for one in self._graph.connections())

    async def _listen(self) -> None:
        wanted = usual_port(self._graph.graph_id, self._graph.peer) if self._port is None else self._port
        try:
            await self._graph.listen(wanted, scope=self._scope)
        except errors.UnableToListen:
            if self._port:
                raise
            await self._graph.listen(0, scope=self._scope)

    async def _call_somebody(self) -> None:
        own = set(self._graph.addresses)
        for address in self._known:
            if address in own:
                continue
            with trio.move_on_after(CALL_TIMEOUT):
                try:
                    await self._graph.connect(address)
                    return
                except (PeerError, OSError):  # nobody there now: the next one, and later all of them again
                    continue


def present(graph: Graph) -> list[Node]:
    """The nodes that tell of themselves; none are known before the first synchronization."""
    try:
        return graph.nodes()
    except (errors.GraphNotReady, errors.GraphShuttingDown):
        return []


def reachable(graph: Graph) -> list[Address]:
    """Where somebody who is invited may call: here, or at the other nodes."""
    found = dict.fromkeys(graph.addresses)
    for node in present(graph):
        found |= dict.fromkeys(node.addresses)
    return list(found)[:MOST_ADDRESSES]
