"""Machines in memory, and strangers whom a test plays, with the ends of their connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from peerapi.address import Address
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.messages import Connect, Message, encode
from peerapi.graphing.codec.records import Record, decode_record
from peerapi.graphing.codec.records import record_id as new_id
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import ConnectionChanged, ConnectionStatus, Event, RecordChanged
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.outputs import Dial, Hangup, Judge, JudgeFound, Notify, NotifyChanges, SearchNews, Send
from peerapi.moment import SECOND, Moment

if TYPE_CHECKING:
    from tests.graphing.pair import Net


EPOCH = 134_000_000_000_000_000
"Where a test's clock starts, as a FILETIME."

GRAPH = "a graph"
CHAT = bytes(15) + b"\x77"
HOUR = 3600 * SECOND
M = TypeVar("M")


def address(number: int) -> Address:
    """The address of the machine with this number."""
    return Address((0xFD00 << 112 | number).to_bytes(16, "big"), 1000 + number)


OUTSIDE = address(9)
"From where strangers call who listen nowhere."


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
        self.search_news: list[SearchNews] = []
        self.found_to_validate: list[JudgeFound] = []
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
                case NotifyChanges(events):
                    self.events += events
                case Judge():
                    self.to_validate.append(output)
                case SearchNews():
                    self.search_news.append(output)
                case JudgeFound():
                    self.found_to_validate.append(output)
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
