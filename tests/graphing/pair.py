"""Real machines without a network: bytes are carried by hand, time moves when a test says so.

``Net`` holds the machines and one clock. Every input is a transaction; what the machine then wants is carried out at
once, but bytes wait in the ends of their connection until ``Net.deliver_all`` (or ``deliver``) brings them over. A
``Stranger`` is a far end that a test plays itself, message by message.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, ConnectionType, Message, decode
from peerapi.graphing.graph import Graph, Limits
from peerapi.graphing.link import Link
from peerapi.graphing.machine.synchronization import LOW_WATER
from peerapi.store.database import Database
from tests.graphing.machines import GRAPH, OUTSIDE, End, M, Machine, Stranger

OTHER = bytes(15) + b"\x78"
DEFAULTS = Limits()


def info(**changes: Any) -> GraphInfo:
    values = {
        "scope": 1,
        "defer_expiration": False,
        "graph_id": GRAPH,
        "creator_id": "alice",
        "presence_lifetime": 300,
        "max_presence": 0,
        **changes,
    }
    return GraphInfo(**values)


class Net:
    """Machines, their connections, and the clock."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.elapsed = 0.0
        self.machines: list[Machine] = []
        self.log: list[tuple[str, str, Message]] = []
        "(sender, receiver, message) of all that machines have sent."
        self.holding = False
        "New calls are neither answered nor refused until ``release``."
        self.severed: set[frozenset[Machine]] = set()
        self._held: list[tuple[Machine, Link, Address]] = []
        self._tapped: dict[End, Deframer] = {}
        self._ends: list[End] = []

    # Machines ---------------------------------------------------------------------------------------------------------

    def machine(
        self,
        name: str,
        *,
        node_id: int | None = None,
        database: Database | None = None,
        limits: Limits = DEFAULTS,
        precedence: tuple[bytes, ...] = (),
        skew: float = 0.0,
    ) -> Machine:
        """A machine that is neither created nor opened yet."""
        graph = Graph(
            GRAPH,
            name,
            database or Database.open(":memory:"),
            random=random.Random(self.random.getrandbits(64)),
            precedence=precedence,
            limits=limits,
        )
        if node_id is not None:
            graph.node_id = node_id
        machine = Machine(self, name, len(self.machines) + 1, graph, skew)
        self.machines.append(machine)
        return machine

    def create(self, name: str = "alice", *, properties: dict[str, Any] | None = None, **options: Any) -> Machine:
        """A creator that does not listen yet."""
        machine = self.machine(name, **options)
        machine.do(machine.graph.create, info(creator_id=name, **(properties or {})))
        return machine

    def open(self, name: str, **options: Any) -> Machine:
        machine = self.machine(name, **options)
        machine.do(machine.graph.open)
        return machine

    def join(self, name: str, through: Machine, **options: Any) -> Machine:
        """A synchronized neighbor of another machine; it does not listen yet."""
        machine = self.open(name, **options)
        self.connect(machine, through)
        assert machine.graph.synchronized
        return machine

    # Connections ------------------------------------------------------------------------------------------------------

    def connect(self, caller: Machine, called: Machine, **options: Any) -> int:
        """The application connects; all that follows happens. The called machine listens afterwards."""
        if not called.graph.addresses:
            called.listen()
        connection_id = caller.do(caller.graph.connect, called.address, None, **options)
        self.deliver_all()
        return connection_id

    def dialed(self, caller: Machine, link: Link, target: Address) -> None:
        if self.holding:
            self._held.append((caller, link, target))
            return
        called = next((m for m in self.machines if target in m.graph.addresses), None)
        if called is None or frozenset((caller, called)) in self.severed:
            caller.do(caller.graph.lost, link)
            return
        self._join(End(caller, link), End(called))
        caller.do(caller.graph.dialed, link)

    def release(self) -> None:
        """Let the calls that were held go through."""
        self.holding = False
        held, self._held = self._held, []
        for caller, link, target in held:
            self.dialed(caller, link, target)

    def answer(self, caller: Machine, **fields: Any) -> Stranger:
        """Play the far end of the machine's oldest call that was held."""
        stranger = Stranger(self, **fields)
        _, link, _ = self._held.pop(next(n for n, held in enumerate(self._held) if held[0] is caller))
        self._join(End(caller, link), stranger.end)
        caller.do(caller.graph.dialed, link)
        self.deliver_all()
        return stranger

    def stranger(self, called: Machine, *, direct: bool = False, address: Address = OUTSIDE, **fields: Any) -> Stranger:
        """A call from outside that has sent its AUTH_INFO."""
        stranger = Stranger(self, **fields)
        stranger.address = address
        self._join(End(called), stranger.end)
        kind = ConnectionType.DIRECT if direct else ConnectionType.NEIGHBOR
        stranger.send(AuthInfo(kind, GRAPH, stranger.name))
        return stranger

    def neighbor(self, called: Machine, **fields: Any) -> Stranger:
        """A stranger that has become a neighbor and of whose welcome nothing is left to read."""
        addresses = fields.pop("addresses", ())
        stranger = self.stranger(called, address=addresses[0] if addresses else OUTSIDE, **fields)
        stranger.connect(addresses=addresses)
        assert not stranger.hung_up
        stranger.messages.clear()
        return stranger

    def _join(self, one: End, other: End) -> None:
        one.other, other.other = other, one
        self._ends += (one, other)
        for end in (one, other):
            if isinstance(end.owner, Machine) and end.link is not None:
                self._attach(end.owner, end.link, end)

    def _attach(self, machine: Machine, link: Link, end: End) -> None:
        machine.ends[link] = end
        end.link = link
        link.backlog = lambda: sum(map(len, end.far.inbox))

    def cut(self, one: Machine, other: Machine) -> None:
        """Break the connections of two machines; what is under way is lost."""
        for link, end in list(one.ends.items()):
            if end.far.owner is other:
                far = end.far
                end.inbox.clear()
                far.inbox.clear()
                one.ends.pop(link)
                one.do(one.graph.lost, link)
                if far.link is not None and other.ends.pop(far.link, None) is not None:
                    other.do(other.graph.lost, far.link)

    def sever(self, one: Machine, other: Machine) -> None:
        """Cut, and let no new connection through until ``mend``."""
        self.severed.add(frozenset((one, other)))
        self.cut(one, other)

    def mend(self) -> None:
        self.severed.clear()

    def crash(self, machine: Machine) -> None:
        """The machine dies without a word."""
        self.machines.remove(machine)
        machine.graph.timers.cancel_all()
        for link, end in list(machine.ends.items()):
            machine.ends.pop(link)
            end.far.ended = True
        self.deliver_all()

    # Bytes ------------------------------------------------------------------------------------------------------------

    def note(self, end: End, data: bytes) -> None:
        tap = self._tapped.setdefault(end, Deframer())
        far = end.far.owner
        self.log += [(end.owner.name, far.name, decode(message)) for message in tap.feed(data)]

    def sent(self, kind: type[M], sender: Machine | None = None, receiver: Machine | None = None) -> list[M]:
        """The messages of one class in the log."""
        return [
            message
            for origin, destination, message in self.log
            if isinstance(message, kind)
            and (sender is None or origin == sender.name)
            and (receiver is None or destination == receiver.name)
        ]

    def deliver(self, end: End) -> bool:
        """Bring one piece to an end, or the news that there will be no more."""
        if end.stalled or (end.link is not None and end.link.paused):
            return False
        owner = end.owner
        if isinstance(owner, Stranger):
            if not end.inbox:
                return False
            owner.messages += [decode(message) for message in end.deframer.feed(end.inbox.popleft())]
            return True
        if end.dead:
            return False
        if end.inbox:
            self._hand_over(owner, end, end.inbox.popleft())
            return True
        if end.ended:
            end.ended = False
            if end.link is not None:
                owner.ends.pop(end.link)
                owner.do(owner.graph.lost, end.link)
            return True
        return False

    @staticmethod
    def _hand_over(machine: Machine, end: End, data: bytes) -> None:
        if end.link is None:  # the listener's part
            end.deframer.singly = True
            messages = end.deframer.feed(data)
            if messages:
                auth = decode(messages[0])
                assert isinstance(auth, AuthInfo)
                link = machine.do(machine.graph.accepted, auth, end.far.owner.address._replace(port=9))
                machine.net._attach(machine, link, end)
                machine.do(machine.graph.received, link, end.deframer.rest())
        else:
            machine.do(machine.graph.received, end.link, data)

    def deliver_all(self) -> None:
        """Deliver until nothing is under way. Time stands still."""
        for _ in range(1_000_000):
            self._ends = [end for end in self._ends if not end.dead]
            ends = list(self._ends)
            moved = [self.deliver(end) for end in ends]
            for end in ends:
                link, owner = end.link, end.owner
                if link is not None and link.paused and isinstance(owner, Machine):
                    owner.do(owner.graph.resume, link)
                    moved.append(True)
                if link is not None and link.answering and isinstance(owner, Machine) and link.backlog() < LOW_WATER:
                    owner.do(owner.graph.drained, link)
                    moved.append(True)
            if not any(moved):
                return
        raise AssertionError("the machines never come to rest")

    # Time -------------------------------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time pass: timers fire when they are due, and everything is delivered in between."""
        end = self.elapsed + seconds
        self.deliver_all()
        while True:
            due = [m.graph.timers.next for m in self.machines if m.graph.timers.next is not None]
            following = min(due, default=end + 1)
            if following > end:
                break
            self.elapsed = max(self.elapsed, following)
            for machine in list(self.machines):
                at = machine.graph.timers.next
                if at is not None and at <= self.elapsed:
                    machine.do(machine.graph.tick)
            self.deliver_all()
        self.elapsed = end

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Calls made inside wait until ``release`` or ``answer``."""
        self.holding = True
        yield
        self.holding = False
