"""Keeping a board's graph in touch: it listens, calls those it knows of, and calls again when it is alone."""

from __future__ import annotations

import contextlib
import hashlib
import random
import socket
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import trio

from peerapi import (
    Address,
    ChangesLost,
    Graph,
    Group,
    NeighborChange,
    PeerError,
    Scope,
    StatusChange,
    errors,
)
from peerapi.whiteboard.graphs import CLOSED, AnyGraph, is_ready
from peerapi.whiteboard.reasons import ClosedAtOnce

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"Seconds between two rounds of calls by a board that is alone; each pause is about twice the one before."
JITTER = 0.25
"By this part of itself a pause is longer or shorter at random: boards cut off together do not call together."
CALLED_AT_ONCE = 8
"Addresses that one round calls; the next round goes on behind them."
CALL_TIMEOUT = 10.0
"Seconds for a round of calls, and one more for each address: they are called a second apart."
_PORTS = range(20_000, 32_000)
"Ports below those that systems give away by themselves."


def usual_port(board: str, peer: str) -> int:
    """The same one every time, so that an invitation holds after a restart."""
    digest = hashlib.sha256(f"{board}\0{peer}".encode()).digest()
    return _PORTS[int.from_bytes(digest[:8], "big") % len(_PORTS)]


class Pauses:
    """The lengths of the pauses of somebody who calls in vain, in seconds."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = FIRST_PAUSE

    def next(self) -> float:
        """The next pause: each about twice the one before, up to the longest."""
        pause = self._next
        self._next = min(2 * pause, LONGEST_PAUSE)
        return pause * self._chance.uniform(1 - JITTER, 1 + JITTER)

    def reset(self) -> None:
        """Somebody was reached: who is lost now is called at once."""
        self._next = FIRST_PAUSE


class Links(ABC):
    """The connections of one graph or group, as long as ``keep`` runs."""

    def __init__(self, graph: AnyGraph, known: Iterable[Address]) -> None:
        self._linked = graph
        self._known = deque(dict.fromkeys(known))
        self._learned: set[Address] = set()
        self._pauses = Pauses(random.Random())
        self.calls = 0
        "How many calls were made so far."
        self.failure: PeerError | OSError | ClosedAtOnce | None = None
        "Why the last call did not lead to anybody."
        self.since: float | None = None
        "Since when nobody is connected, in seconds of trio's clock; None while somebody is."
        self._is_alone = trio.Event()

    def learn(self, addresses: Iterable[Address]) -> None:
        """Also call these when this node is alone, and no longer those that it has learned before and are not among
        them. New ones are called soon, but half of a round is always of those that have waited: who says all the while
        that they are elsewhere keeps nobody else from being called."""
        given = dict.fromkeys(addresses)
        kept = [one for one in self._known if one in given or one not in self._learned]
        new = [one for one in given if one not in set(kept)]
        self._learned.update(new)
        self._learned.intersection_update(given)
        soon = CALLED_AT_ONCE // 2
        self._known = deque([*new[:soon], *kept, *new[soon:]])

    async def keep(self, changed: Callable[[], None]) -> None:
        """``changed`` is called after every change of status or neighbors. Calls are made by the clock: neither a
        call's own failure nor any other event brings the next one forward."""
        with self._linked.events(StatusChange, NeighborChange) as news:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._call_while_alone, changed)
                while True:
                    if is_ready(self._linked):
                        await self.listen()
                    self._note_company()
                    changed()
                    with contextlib.suppress(ChangesLost):
                        if await anext(news, None) is None:
                            break
                nursery.cancel_scope.cancel()

    @abstractmethod
    async def listen(self) -> None:
        """Be found by others, if that is not so already."""

    @abstractmethod
    async def call(self, addresses: Sequence[Address]) -> None:
        """Become the neighbor of a node that answers at one of them. Raises PeerError."""

    @property
    def alone(self) -> bool:
        try:
            return all(one.direct for one in self._linked.connections())
        except CLOSED:  # just now: its last news may still be read
            return True

    def _note_company(self) -> None:
        if not self.alone:
            self.since, self.failure = None, None
            self._is_alone = trio.Event()
            self._pauses.reset()
        elif self.since is None:
            self.since = trio.current_time()
            self._is_alone.set()

    async def _call_while_alone(self, changed: Callable[[], None]) -> None:
        while True:
            await self._is_alone.wait()
            await self._call_somebody()
            self._note_company()
            changed()
            if self.alone:
                await trio.sleep(self._pauses.next())

    async def _call_somebody(self) -> None:
        """One who answers: the graph calls the next few a second apart, and the first is enough."""
        own = {(one.ip, one.port) for one in self._linked.addresses}
        others = [one for one in self._known if (one.ip, one.port) not in own][:CALLED_AT_ONCE]
        self.calls += len(others)
        if others and await self._reached(others):
            near = {(one.address.ip, one.address.port) for one in self._linked.connections()}
            ahead = [one for one in others if (one.ip, one.port) in near]  # called first the next time
            self._known = deque(dict.fromkeys([*ahead, *self._known]))
        else:
            self._known = deque([one for one in self._known if one not in others] + others)

    async def _reached(self, addresses: Sequence[Address]) -> bool:
        with trio.move_on_after(CALL_TIMEOUT + len(addresses)):
            try:
                await self.call(addresses)
            except (PeerError, OSError, ClosedAtOnce) as error:  # others later, and then these again
                self.failure = error
                return False
            return True
        return False


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

    async def call(self, addresses: Sequence[Address]) -> None:
        try:
            await self._graph.connect(addresses)
        except errors.ConnectionFailed as error:
            if await _somebody_listens(addresses):
                raise ClosedAtOnce from error
            raise


async def _somebody_listens(addresses: Iterable[Address]) -> bool:
    """Whether a connection can be made to one of them at all."""
    found = False

    async def look(address: Address) -> None:
        nonlocal found
        with contextlib.suppress(OSError), trio.socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            await probe.connect(address.sockaddr)
            found = True
            nursery.cancel_scope.cancel()

    async with trio.open_nursery() as nursery:
        for address in addresses:
            nursery.start_soon(look, address)
    return found


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
        """Go online by the group's name; the group itself goes on looking, with pauses of its own."""
        self.calls += 1
        with trio.move_on_after(CALL_TIMEOUT), contextlib.suppress(PeerError):
            await self._group.connect()

    async def call(self, addresses: Sequence[Address]) -> None:
        await self._group.connect(addresses)

    async def _call_somebody(self) -> None:
        if self._known or is_ready(self._group):
            await super()._call_somebody()
        else:
            await self._find()
