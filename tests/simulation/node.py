"""A node of the simulated world: its machine, its database and its connections."""

from __future__ import annotations

import shutil
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import ConnectionRequired, Event, RecordChange, RecordChanged
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import Dial, Hangup, Notify, NotifyChanges, Send
from peerapi.moment import SECOND, Moment
from peerapi.store.schema import SUFFIXES

if TYPE_CHECKING:
    from tests.simulation.world import World


EPOCH = 134_000_000_000_000_000
"Where virtual time starts, as a FILETIME (in 2025)."

TYPE = bytes(15) + b"\x77"
"The application record type that scenarios use."

HOUR = 3600.0
PORT = 1000
NEVER = float("inf")


@dataclass(eq=False)
class Wire:
    """One side of a pretended TCP connection."""

    node: Node
    link: Link | None = None
    other: Wire | None = None
    deframer: Deframer = field(default_factory=Deframer)
    open: bool = True
    relayed: bool = False
    arrival: float = 0.0
    "When the last piece sent so far arrives: pieces never overtake."
    waiting: int = 0
    "Bytes sent from this side that have not arrived: the backlog that the machine sees."

    @property
    def far(self) -> Wire:
        assert self.other is not None
        return self.other


class Node:
    """A machine, its address, and what it has told its application."""

    def __init__(self, world: World, name: str, graph: Graph, skew: float, path: Path | None = None) -> None:
        self.world = world
        self.name = name
        self.graph = graph
        self.skew = skew
        self.path = path
        self.address = Address((0xFD00 << 112 | world.next_host()).to_bytes(16, "big"), PORT)
        self.others: list[Address] = []
        "Further addresses at which it is called."
        self.events: deque[Event] = deque(maxlen=world.remembered_events)
        self.seen: Counter[bytes] = Counter()
        "How often this run of the node was told of each record as added."
        self.alive = True
        self.since = world.now
        "When this run began."
        self.wires: dict[Link, Wire] = {}
        self.alarm = NEVER
        self.bytes_sent = 0
        self.most_neighbors = 0
        self.rate = NEVER
        "Bytes per second that it reads from each connection."

    def __repr__(self) -> str:
        return f"<{self.name}>"

    @property
    def moment(self) -> Moment:
        elapsed = self.world.now
        return Moment(EPOCH + int((elapsed + self.skew) * SECOND), elapsed)

    @property
    def peer_time(self) -> int:
        return self.graph.clock.peer_time(self.moment.utc)

    def do(self, work: Callable[..., object], *args: object) -> object:
        """One input: transaction, then outputs."""
        if not self.alive:
            return None
        database = self.graph.database
        database.begin()
        self.graph.at(self.moment)
        result = work(*args)
        database.commit()
        self._carry_out()
        return result

    def add_record(self, payload: bytes, lifetime: float = 24 * HOUR, type: bytes = TYPE) -> bytes:
        expiration = self.peer_time + int(lifetime * SECOND)
        added = self.do(self.graph.add_record, Draft(type=type, data=payload, expiration=expiration))
        assert isinstance(added, bytes)
        return added

    def update_record(self, record_id: bytes, payload: bytes) -> None:
        self.do(self.graph.update_record, Draft(id=record_id, data=payload))

    def delete_record(self, record_id: bytes) -> None:
        self.do(self.graph.delete_record, record_id)

    def listen(self) -> None:
        self.do(self.graph.listening, (self.address, *self.others))

    def connect(self, other: Node) -> None:
        if other is not self and not self.graph.referrals.connected_to(other.address):
            self.do(self.graph.connect, other.address, None)

    def crash(self) -> None:
        """Die without a word; connections break as seen from outside. What was committed is all that is left."""
        self.alive = False
        self.world.gone(self)
        for wire in list(self.wires.values()):
            self.world.fall_silent(wire)
        self.wires.clear()
        if self.path is not None:
            left = self.path.with_name(f"{self.path.name}.left")
            for suffix in SUFFIXES:
                if Path(f"{self.path}{suffix}").exists():
                    shutil.copyfile(f"{self.path}{suffix}", f"{left}{suffix}")
            self.graph.database.close()
            for file in self.path.parent.glob(f"{self.path.name}*"):
                if not file.name.startswith(left.name):
                    file.unlink()
            for suffix in SUFFIXES:
                if Path(f"{left}{suffix}").exists():
                    Path(f"{left}{suffix}").rename(f"{self.path}{suffix}")

    def leave(self) -> None:
        """Close as an application does."""
        self.do(self.graph.close)
        self.alive = False
        self.world.gone(self)
        if self.path is not None:
            self.graph.database.close()

    def payloads(self) -> dict[bytes, bytes]:
        """The application's live records: wire bytes by ID."""
        now = self.peer_time
        return {row.id: row.wire for row in self.graph.database.of_type(TYPE) if row.expiration > now}

    def _carry_out(self) -> None:
        graph = self.graph
        outputs, graph.outputs = graph.outputs, []
        for output in outputs:
            match output:
                case Send(link, data):
                    wire = self.wires.get(link)
                    if wire is not None:
                        self.bytes_sent += len(data)
                        self.world.transmit(wire, bytes(data))
                case Notify(event):
                    self._told(event)
                case NotifyChanges(events):
                    for each in events:
                        self._told(each)
                case Dial(link, address):
                    self.world.dial(self, link, address)
                case Hangup(link):
                    gone = self.wires.pop(link, None)
                    if gone is not None:
                        self.world.finish(gone)
        if len(graph.neighbors) > self.most_neighbors:
            self.most_neighbors = len(graph.neighbors)
        self._set_alarm()

    def _told(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, RecordChanged):
            if event.change is RecordChange.ADDED:
                self.seen[event.record_id] += 1
        elif isinstance(event, ConnectionRequired):
            self.world.asked_to_connect(self)

    def _set_alarm(self) -> None:
        following = self.graph.timers.next
        if following is not None and following < self.alarm:
            self.alarm = following
            self.world.at(following, self._ring)

    def _ring(self) -> None:
        if self.alive and self.alarm <= self.world.now:
            self.alarm = NEVER
            following = self.graph.timers.next
            if following is not None and following <= self.world.now:
                self.do(self.graph.tick)
            else:
                self._set_alarm()
