"""A whole graph in one process on virtual time: the real machines over a pretended network.

Everything is drawn from one seeded generator, so a run repeats exactly. Latency, lost connections, partitions, crashes
and clock skew are the world's doing; the machines are those of ``peerapi.graphing`` over in-memory databases.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from peerapi.address import Address
from peerapi.graphing.clock import SECOND, Moment
from peerapi.graphing.events import Event
from peerapi.graphing.framing import Deframer
from peerapi.graphing.graph import Graph, Limits
from peerapi.graphing.internal_records import GraphInfo
from peerapi.graphing.link import Link
from peerapi.graphing.messages import AuthInfo, decode
from peerapi.graphing.outputs import Dial, Hangup, Notify, Send
from peerapi.graphing.publication import Draft
from peerapi.store.database import Database

EPOCH = 134_000_000_000_000_000
"Where virtual time starts, as a FILETIME (in 2025)."
TYPE = bytes(15) + b"\x77"
"The application record type that scenarios use."
HOUR = 3600.0
PORT = 1000


@dataclass(eq=False)
class Wire:
    """One side of a pretended TCP connection."""

    node: Node
    link: Link | None = None
    other: Wire | None = None
    deframer: Deframer = field(default_factory=Deframer)
    open: bool = True
    arrival: float = 0.0
    "When the last piece sent so far arrives: pieces never overtake."


class Node:
    """A machine, its address, and what it has told its application."""

    def __init__(self, world: World, name: str, graph: Graph, skew: float) -> None:
        self.world = world
        self.name = name
        self.graph = graph
        self.skew = skew
        self.address = Address((0xFD00 << 112 | world.next_host()).to_bytes(16, "big"), PORT)
        self.events: list[Event] = []
        self.alive = True
        self.wires: dict[Link, Wire] = {}
        self.alarm = float("inf")
        self.bytes_sent = 0

    @property
    def moment(self) -> Moment:
        elapsed = self.world.now
        return Moment(EPOCH + int((elapsed + self.skew) * SECOND), elapsed)

    def do(self, work: Callable[..., object], *args: object) -> object:
        """One input: transaction, then outputs."""
        if not self.alive:
            return None
        database = self.graph.database
        database.begin()
        result = work(*args, self.moment)
        database.commit()
        self._carry_out()
        return result

    def add_record(self, payload: bytes, lifetime: float = 24 * HOUR, type: bytes = TYPE) -> bytes:
        expiration = self.graph.clock.peer_time(self.moment.utc) + int(lifetime * SECOND)
        added = self.do(self.graph.add_record, Draft(type=type, data=payload, expiration=expiration))
        assert isinstance(added, bytes)
        return added

    def listen(self) -> None:
        self.do(self.graph.listening, (self.address,))

    def connect(self, other: Node) -> None:
        self.do(self.graph.connect, other.address, None)

    def crash(self) -> None:
        """Die without a word; connections break as seen from outside."""
        self.alive = False
        for wire in list(self.wires.values()):
            self.world.cut(wire)
        self.wires.clear()

    def leave(self) -> None:
        self.do(self.graph.close)
        self.alive = False

    def payloads(self) -> list[bytes]:
        return sorted(row.wire for row in self.graph.database.of_type(TYPE))

    def _carry_out(self) -> None:
        outputs, self.graph.outputs = self.graph.outputs, []
        for output in outputs:
            match output:
                case Send(link, data):
                    wire = self.wires.get(link)
                    if wire is not None:
                        self.bytes_sent += len(data)
                        self.world.transmit(wire, data)
                case Notify(event):
                    self.events.append(event)
                case Dial(link, address):
                    self.world.dial(self, link, address)
                case Hangup(link):
                    gone = self.wires.pop(link, None)
                    if gone is not None:
                        self.world.finish(gone)
        following = self.graph.timers.next
        if following is not None and following < self.alarm:
            self.alarm = following
            self.world.at(following, self._ring)

    def _ring(self) -> None:
        if self.alarm <= self.world.now:
            self.alarm = float("inf")
            self.do(self.graph.tick)
            following = self.graph.timers.next
            if following is not None and following < self.alarm:
                self.alarm = following
                self.world.at(following, self._ring)


class World:
    """Virtual time, the network, and the nodes in it."""

    def __init__(
        self,
        seed: int,
        *,
        latency: tuple[float, float] = (0.01, 0.08),
        skew: float = 0.0,
        dial_loss: float = 0.0,
        limits: Limits = Limits(),
        max_presence: int = 0,
    ) -> None:
        self.random = random.Random(seed)
        self.now = 0.0
        self.nodes: list[Node] = []
        self._latency = latency
        self._skew = skew
        self._dial_loss = dial_loss
        self._limits = limits
        self._max_presence = max_presence
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0
        self._hosts = 0
        self._islands: dict[Node, int] = {}

    def next_host(self) -> int:
        self._hosts += 1
        return self._hosts

    # Nodes ------------------------------------------------------------------------------------------------------------

    def _machine(self, name: str, database: Database) -> Graph:
        return Graph(
            "simulated", name, database, random=random.Random(self.random.getrandbits(64)), limits=self._limits
        )

    def create(self, **properties: int) -> Node:
        """The creator, listening."""
        graph = self._machine("node 0", Database.open(":memory:"))
        node = Node(self, "node 0", graph, 0.0)
        info = GraphInfo(
            scope=1,
            defer_expiration=False,
            graph_id="simulated",
            creator_id="node 0",
            friendly_name=None,
            comment=None,
            presence_lifetime=300,
            max_presence=self._max_presence,
            max_record_size=0,
        )
        node.do(graph.create, info)
        self.nodes.append(node)
        node.listen()
        return node

    def join(self, through: Node, database: Database | None = None, name: str | None = None) -> Node:
        """A further node, connecting through another; it listens as soon as it is synchronized."""
        name = name or f"node {self._hosts}"
        graph = self._machine(name, database or Database.open(":memory:"))
        node = Node(self, name, graph, self.random.uniform(-self._skew, self._skew))
        node.do(graph.open)
        self.nodes.append(node)
        node.connect(through)
        self._listen_when_ready(node)
        return node

    def _listen_when_ready(self, node: Node) -> None:
        if not node.alive or node.graph.addresses:
            return
        if node.graph.synchronized:
            node.listen()
            return
        if not node.graph.links:
            others = [other for other in self.nodes if other.alive and other.graph.addresses and other is not node]
            if others:
                node.connect(self.random.choice(others))
        self.at(self.now + 0.5, lambda: self._listen_when_ready(node))

    @property
    def living(self) -> list[Node]:
        return [node for node in self.nodes if node.alive]

    # The network ------------------------------------------------------------------------------------------------------

    def partition(self, *islands: Iterable[Node]) -> None:
        """Only nodes of one island reach each other from now on; standing connections between islands break."""
        self._islands = {node: n for n, island in enumerate(islands) for node in island}
        for node in self.living:
            for wire in list(node.wires.values()):
                if wire.other is not None and not self._reach(node, wire.other.node):
                    self.cut(wire)

    def heal(self) -> None:
        self._islands = {}

    def _reach(self, one: Node, other: Node) -> bool:
        return self._islands.get(one, 0) == self._islands.get(other, 0)

    def _delay(self) -> float:
        return self.random.uniform(*self._latency)

    def dial(self, node: Node, link: Link, address: Address) -> None:
        target = next((n for n in self.living if n.address == address and n.graph.addresses), None)
        lost = self.random.random() < self._dial_loss
        if target is None or lost or not self._reach(node, target):
            self.at(self.now + self._delay(), lambda: node.do(node.graph.lost, link))
            return
        near, far = Wire(node, link), Wire(target)
        near.other, far.other = far, near

        def connected() -> None:
            if node.alive and not link.over:
                node.wires[link] = near
                node.do(node.graph.dialed, link)

        self.at(self.now + self._delay(), connected)

    def transmit(self, wire: Wire, data: bytes) -> None:
        far = wire.other
        assert far is not None
        if wire.open:
            wire.arrival = max(wire.arrival, self.now + self._delay())
            self.at(wire.arrival, lambda: self._deliver(far, data))

    def _deliver(self, wire: Wire, data: bytes) -> None:
        node = wire.node
        if not wire.open or not node.alive:
            return
        if wire.link is not None:
            node.do(node.graph.received, wire.link, data)
            return
        messages = wire.deframer.feed(data)
        if messages:
            auth = decode(messages[0])
            assert isinstance(auth, AuthInfo)
            far = wire.other
            assert far is not None
            wire.link = node.do(node.graph.accepted, auth, far.node.address)  # type: ignore[assignment]
            assert wire.link is not None
            wire.link.deframer = wire.deframer
            node.wires[wire.link] = wire
            node.do(node.graph.messages, wire.link, messages[1:])

    def finish(self, wire: Wire) -> None:
        """Orderly end: the other side sees it after all that was sent."""
        far = wire.other
        assert far is not None
        self.at(max(wire.arrival, self.now + self._delay()), lambda: self._break(far))

    def cut(self, wire: Wire) -> None:
        """Sudden end, seen by both sides at their time."""
        far = wire.other
        assert far is not None
        wire.open = False
        for side in (wire, far):
            self.at(self.now + self._delay(), lambda side=side: self._break(side))

    def _break(self, wire: Wire) -> None:
        wire.open = False
        if wire.link is not None and wire.node.alive and wire.node.wires.pop(wire.link, None) is not None:
            wire.node.do(wire.node.graph.lost, wire.link)

    # Time -------------------------------------------------------------------------------------------------------------

    def at(self, when: float, work: Callable[[], object]) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, work))

    def run(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        self.run_until(lambda: False, seconds)

    def run_until(self, done: Callable[[], bool], limit: float) -> float:
        """Run until ``done`` or for ``limit`` seconds; returns the seconds that passed."""
        start, end = self.now, self.now + limit
        while self._heap and self._heap[0][0] <= end:
            self.now, _, work = heapq.heappop(self._heap)
            work()
            if done():
                return self.now - start
        if not done():
            self.now = end
        return self.now - start

    # Questions --------------------------------------------------------------------------------------------------------

    def databases_equal(self) -> bool:
        """Whether all living nodes hold the same application records, byte for byte."""
        first, *others = [node.payloads() for node in self.living]
        return all(other == first for other in others)

    def components(self) -> int:
        """In how many pieces the graph is, by the neighbor lists of the living."""
        unseen = set(self.living)
        by_id = {node.graph.node_id: node for node in unseen}
        pieces = 0
        while unseen:
            pieces += 1
            reached = [unseen.pop()]
            while reached:
                node = reached.pop()
                for link in node.graph.neighbors:
                    other = by_id.get(link.node_id)
                    if other in unseen:
                        unseen.discard(other)
                        reached.append(other)
        return pieces
