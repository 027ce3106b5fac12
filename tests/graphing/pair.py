"""Real machines without a network: bytes are carried by hand, time moves when a test says so.

``Net`` holds the machines and one clock. Every input is a transaction; what the machine then wants is carried out at
once, but bytes wait in the ends of their connection until ``Net.deliver_all`` (or ``deliver``) brings them over. A
``Stranger`` is a far end that a test plays itself, message by message.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, Message, decode, encode
from peerapi.graphing.codec.records import Record, decode_record
from peerapi.graphing.codec.records import record_id as new_id
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus, Event, RecordChanged
from peerapi.graphing.graph import Graph, Limits
from peerapi.graphing.link import Link
from peerapi.graphing.machine.synchronization import LOW_WATER
from peerapi.graphing.outputs import Dial, Hangup, Judge, Notify, Send
from peerapi.moment import SECOND, Moment
from peerapi.store.database import Database

EPOCH = 134_000_000_000_000_000
"Where a test's clock starts, as a FILETIME."
GRAPH = "a graph"
CHAT = bytes(15) + b"\x77"
OTHER = bytes(15) + b"\x78"
HOUR = 3600 * SECOND
DEFAULTS = Limits()

M = TypeVar("M")


def address(number: int) -> Address:
    """The address of the machine with this number."""
    return Address((0xFD00 << 112 | number).to_bytes(16, "big"), 1000 + number)


OUTSIDE = address(9)
"From where strangers call who listen nowhere."


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


@dataclass(eq=False)
class End:
    """One end of a connection. What the other side sent waits in ``inbox``."""

    owner: Machine | Stranger
    link: Link | None = None
    other: End | None = None
    inbox: deque[bytes] = field(default_factory=deque)
    deframer: Deframer = field(default_factory=Deframer)
    ended: bool = False
    "The other side has closed; told after the inbox is empty."
    stalled: bool = False
    "Its owner does not read."

    @property
    def dead(self) -> bool:
        """Its owner, a machine, has let go of it."""
        return self.link is not None and isinstance(self.owner, Machine) and self.owner.ends.get(self.link) is not self

    @property
    def far(self) -> End:
        assert self.other is not None
        return self.other


class Machine:
    """A graph machine, what it told its application, and the ends of its connections."""

    def __init__(self, net: Net, name: str, number: int, graph: Graph, skew: float) -> None:
        self.net = net
        self.name = name
        self.graph = graph
        self.address = address(number)
        self.skew = skew
        self.events: list[Event] = []
        self.dials: list[Address] = []
        self.to_validate: list[Judge] = []
        "What a foreign security provider was asked."
        self.ends: dict[Link, End] = {}
        self.bytes_sent = 0

    @property
    def moment(self) -> Moment:
        return Moment(EPOCH + int((self.net.elapsed + self.skew) * SECOND), self.net.elapsed)

    @property
    def peer_time(self) -> int:
        return self.graph.clock.peer_time(self.moment.utc)

    def do(self, work: Callable[..., M], *args: Any, **kwargs: Any) -> M:
        """One input as the driver gives it."""
        database = self.graph.database
        database.begin()
        try:
            self.graph.at(self.moment)
            result = work(*args, **kwargs)
            database.commit()
        except BaseException:
            database.rollback()
            self.graph.discard()
            raise
        self._carry_out()
        return result

    # What tests say often ---------------------------------------------------------------------------------------------

    def listen(self, *addresses: Address) -> None:
        self.do(self.graph.listening, addresses or (self.address,))

    def add(self, data: bytes = b"data", *, type: bytes = CHAT, lifetime: float = 3600.0, **fields: Any) -> bytes:
        expiration = self.peer_time + int(lifetime * SECOND)
        return self.do(self.graph.add_record, Draft(type=type, data=data, expiration=expiration, **fields))

    def update(self, record_id: bytes, **fields: Any) -> None:
        self.do(self.graph.update_record, Draft(id=record_id, **fields))

    def delete(self, record_id: bytes, **options: Any) -> None:
        self.do(self.graph.delete_record, record_id, **options)

    def record(self, record_id: bytes) -> Record | None:
        """The record in the database, tombstones included."""
        wire = self.graph.database.wire(record_id)
        return None if wire is None else decode_record(wire)

    def records(self, type: bytes = CHAT) -> dict[bytes, bytes]:
        """Wire bytes by ID, tombstones included."""
        return {row.id: row.wire for row in self.graph.database.of_type(type, live=False)}

    def link(self, other: Machine) -> Link:
        """The one link to another machine."""
        (found,) = [link for link in self.graph.links.values() if self.ends[link].far.owner is other]
        return found

    def tries(self) -> list[Link]:
        """Outgoing links that do not stand yet."""
        return [link for link in self.graph.links.values() if link.outgoing and not link.connected]

    def heard(self, kind: type[M]) -> list[M]:
        """The events of one class so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def changes(self, record_id: bytes) -> list[RecordChanged]:
        return [event for event in self.heard(RecordChanged) if event.record_id == record_id]

    def connections(self) -> list[tuple[ConnectionStatus, int]]:
        return [(event.status, event.connection_id) for event in self.heard(ConnectionChanged)]

    def timer(self, key: object) -> float | None:
        """Seconds until a timer fires; None when it is not set."""
        at = self.graph.timers.at(key)  # type: ignore[arg-type]
        return None if at is None else at - self.net.elapsed

    # Outputs ----------------------------------------------------------------------------------------------------------

    def _carry_out(self) -> None:
        outputs, self.graph.outputs = self.graph.outputs, []
        for output in outputs:
            match output:
                case Send(link, data):
                    end = self.ends.get(link)
                    if end is not None:
                        self.bytes_sent += len(data)
                        self.net.note(end, bytes(data))
                        end.far.inbox.append(bytes(data))
                case Notify(event):
                    self.events.append(event)
                case Judge():
                    self.to_validate.append(output)
                case Dial(link, target):
                    self.dials.append(target)
                    self.net.dialed(self, link, target)
                case Hangup(link):
                    end = self.ends.pop(link, None)
                    if end is not None:
                        end.far.ended = True


class Stranger:
    """The far end of a connection, played by the test."""

    def __init__(self, net: Net, name: str = "stranger", node_id: int = 0x5747A, graph_id: str = GRAPH) -> None:
        self.net = net
        self.name = name
        self.node_id = node_id
        self.graph_id = graph_id
        self.address = OUTSIDE
        "From where it calls."
        self.end = End(self)
        self.messages: list[Message] = []
        "What has come, in order."

    @property
    def hung_up(self) -> bool:
        """The machine has ended the connection."""
        return self.end.ended

    def send(self, *messages: Message) -> None:
        self.send_bytes(b"".join(frame(encode(message)) for message in messages))

    def send_bytes(self, data: bytes) -> None:
        self.end.far.inbox.append(data)
        self.net.deliver_all()

    def connect(self, **fields: Any) -> None:
        """CONNECT, and what follows."""
        self.send(Connect(node_id=self.node_id, **fields))

    def close(self) -> None:
        """Let go of the socket."""
        self.end.far.ended = True
        self.net.deliver_all()

    def take(self, kind: type[M]) -> list[M]:
        """The messages of one class that have come, which are forgotten."""
        found = [message for message in self.messages if isinstance(message, kind)]
        self.messages = [message for message in self.messages if not isinstance(message, kind)]
        return found

    def record(self, creator: str | None = None, **fields: Any) -> Record:
        """A record of this stranger's that any machine accepts."""
        now = EPOCH + int(self.net.elapsed * SECOND)
        creator = creator or self.name
        values: dict[str, Any] = {
            "type": CHAT,
            "id": new_id(creator, self.net.random.randbytes(16)),
            "version": 1,
            "creator_id": creator,
            "creation": now,
            "expiration": now + HOUR,
            "modification": now,
            "graph_id": self.graph_id,
            "payload": b"of a stranger",
        }
        return Record(**{**values, **fields})


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
