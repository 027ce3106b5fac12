"""A whole graph in one process on virtual time: the real machines over a pretended network.

Everything is drawn from one seeded generator, so a run repeats exactly. Latency, lost connections, partitions, crashes,
slow readers and clock skew are the world's doing; the machines are those of ``peerapi.graphing`` over real databases,
in memory or (``folder``) in files.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from peerapi.address import Address
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, decode
from peerapi.graphing.graph import Graph, Limits
from peerapi.graphing.link import Link
from peerapi.graphing.machine.synchronization import LOW_WATER
from peerapi.store.database import Database
from tests.simulation.node import Node, Wire

DEFAULTS = Limits()


class World:
    """Virtual time, the network, and the nodes in it.

    ``latency`` is drawn for each piece, ``skew`` for each node's clock (seconds, both ways), ``dial_loss`` is the
    chance that a call does not get through, ``silence`` how long (seconds) it takes at most until neighbors notice that
    a node has died. ``helpful`` applications answer CONNECTION_REQUIRED by calling a node they know from elsewhere.
    """

    def __init__(
        self,
        seed: int,
        *,
        latency: tuple[float, float] = (0.01, 0.08),
        skew: float = 0.0,
        dial_loss: float = 0.0,
        silence: float = 0.0,
        limits: Limits = DEFAULTS,
        folder: Path | None = None,
        helpful: bool = True,
        remembered_events: int | None = None,
        **properties: Any,
    ) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.nodes: list[Node] = []
        self.living: list[Node] = []
        self.remembered_events = remembered_events
        self.steps = 0
        self._latency = latency
        self._skew = skew
        self._dial_loss = dial_loss
        self._silence = silence
        self._limits = limits
        self._folder = folder
        self._helpful = helpful
        self._properties = properties
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._hosts = 0
        self._by_address: dict[Address, Node] = {}
        self._islands: dict[Node, int] = {}

    def next_host(self) -> int:
        self._hosts += 1
        return self._hosts

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _node(self, name: str, path: Path | None, skew: float, database: Database | None = None) -> Node:
        generator = random.Random(self.random.getrandbits(64))
        database = database or Database.open(path or ":memory:")
        graph = Graph("simulated", name, database, random=generator, limits=self._limits)
        return Node(self, name, graph, skew, path)

    def _appear(self, node: Node) -> None:
        self.nodes.append(node)
        self.living.append(node)
        self._by_address[node.address] = node

    def gone(self, node: Node) -> None:
        """The node is no longer among the living."""
        self.living.remove(node)
        del self._by_address[node.address]

    def _path(self, name: str) -> Path | None:
        return None if self._folder is None else self._folder / f"{name}.peergraph"

    def create(self) -> Node:
        """The creator, listening."""
        name = "node 0"
        node = self._node(name, self._path(name), 0.0)
        values: dict[str, Any] = {
            "scope": 1,
            "defer_expiration": False,
            "graph_id": "simulated",
            "creator_id": name,
            "presence_lifetime": 300,
            **self._properties,
        }
        node.do(node.graph.create, GraphInfo(**values))
        self._appear(node)
        node.listen()
        return node

    def join(self, through: Node, name: str | None = None) -> Node:
        """A further node, connecting through another; it listens as soon as it is synchronized."""
        name = name or f"node {self._hosts}"
        node = self._node(name, self._path(name), self.random.uniform(-self._skew, self._skew))
        return self._open(node, through)

    def restart(self, dead: Node, through: Node) -> Node:
        """A later run of a node that has died or left, over what it left behind."""
        assert not dead.alive
        if dead.path is None:
            database = dead.graph.database
            database.created = False  # as an opening from disk finds it
            node = self._node(dead.name, None, dead.skew, database)
        else:
            node = self._node(dead.name, dead.path, dead.skew)
            assert not node.graph.database.created
        return self._open(node, through)

    def _open(self, node: Node, through: Node) -> Node:
        node.do(node.graph.open)
        self._appear(node)
        node.connect(through)
        self._listen_when_ready(node)
        return node

    def _listen_when_ready(self, node: Node) -> None:
        """What an application does: listen once synchronized, and look for another way in while there is none."""
        if not node.alive or node.graph.addresses:
            return
        if node.graph.synchronized:
            node.listen()
            return
        if not node.graph.links:
            self.asked_to_connect(node)
        self.at(self.now + 0.5, lambda: self._listen_when_ready(node))

    def asked_to_connect(self, node: Node) -> None:
        if self._helpful or not node.graph.synchronized:
            others = [other for other in self.living if other is not node and other.graph.addresses]
            if others:
                other = self.random.choice(others)
                self.at(self.now, lambda: node.connect(other))

    # The network ------------------------------------------------------------------------------------------------------

    def partition(self, *islands: Iterable[Node]) -> None:
        """Only nodes of one island reach each other from now on; standing connections between islands break."""
        self._islands = {node: n for n, island in enumerate(islands) for node in island}
        for node in list(self.living):
            for wire in list(node.wires.values()):
                if not self._reach(node, wire.far.node):
                    self.cut(wire)

    def heal(self) -> None:
        self._islands = {}

    def _reach(self, one: Node, other: Node) -> bool:
        return self._islands.get(one, 0) == self._islands.get(other, 0)

    def _delay(self) -> float:
        return self.random.uniform(*self._latency)

    def dial(self, node: Node, link: Link, address: Address) -> None:
        target = self._by_address.get(address)
        lost = self.random.random() < self._dial_loss
        if target is None or lost or not target.graph.addresses or not self._reach(node, target):
            self.at(self.now + self._delay(), lambda: node.do(node.graph.lost, link))
            return
        near, far = Wire(node, link), Wire(target)
        near.other, far.other = far, near

        def connected() -> None:
            if node.alive and not link.over:
                self._attach(near)
                node.do(node.graph.dialed, link)

        self.at(self.now + self._delay(), connected)

    @staticmethod
    def _attach(wire: Wire) -> None:
        assert wire.link is not None
        wire.node.wires[wire.link] = wire
        wire.link.backlog = lambda: wire.waiting

    def transmit(self, wire: Wire, data: bytes) -> None:
        if wire.open:
            wire.waiting += len(data)
            wire.arrival = max(wire.arrival, self.now + self._delay()) + len(data) / wire.far.node.rate
            self.at(wire.arrival, lambda: self._deliver(wire, data))

    def _deliver(self, sender: Wire, data: bytes) -> None:
        wire = sender.far
        node = wire.node
        sender.waiting -= len(data)
        if not wire.open or not node.alive:
            return
        if wire.link is not None:
            if wire.link in node.wires:
                node.do(node.graph.received, wire.link, data)
                while wire.link.paused:
                    node.do(node.graph.resume, wire.link)
                self._pump(wire)
        else:
            wire.deframer.singly = True
            messages = wire.deframer.feed(data)
            if messages:
                auth = decode(messages[0])
                assert isinstance(auth, AuthInfo)
                link = node.do(node.graph.accepted, auth, self.seen(sender.node))
                assert isinstance(link, Link)
                wire.link = link
                self._attach(wire)
                node.do(node.graph.received, link, wire.deframer.rest())
                self._pump(wire)
        self._pump(sender)

    def _pump(self, wire: Wire) -> None:
        """The transport of a link has room: the machine may have more for it."""
        link, node = wire.link, wire.node
        while link is not None and node.alive and link.answering and wire.waiting < LOW_WATER and link in node.wires:
            node.do(node.graph.drained, link)

    def seen(self, node: Node) -> Address:
        """From where a node's calls come."""
        return node.address

    def finish(self, wire: Wire) -> None:
        """Orderly end: the other side sees it after all that was sent."""
        self.at(max(wire.arrival, self.now + self._delay()), lambda: self._break(wire.far))

    def cut(self, wire: Wire) -> None:
        """Sudden end, seen by both sides at their time."""
        wire.open = wire.far.open = False
        for side in (wire, wire.far):
            self.at(self.now + self._delay(), lambda side=side: self._break(side))

    def fall_silent(self, wire: Wire) -> None:
        """A side has died: nothing comes from it any more, and the other notices some time later."""
        far = wire.far
        wire.open = False
        self.at(self.now + self._delay() + self.random.uniform(0.0, self._silence), lambda: self._break(far))

    def _break(self, wire: Wire) -> None:
        wire.open = False
        if wire.link is not None and wire.node.alive and wire.node.wires.pop(wire.link, None) is not None:
            wire.node.do(wire.node.graph.lost, wire.link, 0, wire.relayed)

    def break_connections(self, every: float, until: float) -> None:
        """Cut a random connection now and then, ``every`` so many seconds on average."""

        def strike() -> None:
            if self.now < until:
                wires = [wire for node in self.living for wire in node.wires.values()]
                if wires:
                    self.cut(self.random.choice(wires))
                self.at(self.now + self.random.expovariate(1 / every), strike)

        self.at(self.now + self.random.expovariate(1 / every), strike)

    # Time -------------------------------------------------------------------------------------------------------------

    def at(self, when: float, work: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, work))

    def run(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        end = self.now + seconds
        heap = self._heap
        while heap and heap[0][0] <= end:
            self.now, _, work = heapq.heappop(heap)
            self.steps += 1
            work()
        self.now = end

    def run_until(self, done: Callable[[], bool], limit: float, every: float = 1.0) -> float | None:
        """Run until ``done``, asked ``every`` so many seconds; the seconds that passed, or None at the limit."""
        start = self.now
        while not done():
            if self.now - start >= limit:
                return None
            self.run(every)
        return self.now - start

    # Questions --------------------------------------------------------------------------------------------------------

    def databases_equal(self) -> bool:
        """Whether all living nodes hold the same application records, byte for byte."""
        first, *others = [node.payloads() for node in self.living]
        return all(other == first for other in others)

    def differing(self) -> list[Node]:
        """Living nodes whose records are not those of the first."""
        first = self.living[0].payloads()
        return [node for node in self.living if node.payloads() != first]

    def edges(self) -> dict[Node, list[Node]]:
        """Who is whose neighbor; a link counts when both ends know it."""
        by_id = {node.graph.node_id: node for node in self.living}
        lists = {node: [by_id.get(link.node_id) for link in node.graph.neighbors] for node in self.living}
        known = {node: set(others) for node, others in lists.items()}
        return {
            node: [other for other in others if other is not None and node in known[other]]
            for node, others in lists.items()
        }

    def components(self) -> list[list[Node]]:
        """The pieces in which the graph is, the largest first."""
        edges = self.edges()
        unseen = dict.fromkeys(self.living)
        pieces = []
        while unseen:
            first = next(iter(unseen))
            piece = list(distances(edges, first))
            pieces.append(piece)
            for node in piece:
                del unseen[node]
        return sorted(pieces, key=len, reverse=True)

    def whole(self) -> bool:
        """One component, every node in it ready."""
        return all(node.graph.synchronized for node in self.living) and len(self.components()) == 1

    def diameter(self) -> int:
        """The longest of all shortest ways within the largest component."""
        edges = self.edges()
        return max(max(distances(edges, node).values()) for node in self.components()[0])


def distances(edges: dict[Node, list[Node]], start: Node) -> dict[Node, int]:
    """How many hops every node that can be reached is away."""
    found = {start: 0}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for other in edges[node]:
            if other not in found:
                found[other] = found[node] + 1
                queue.append(other)
    return found
