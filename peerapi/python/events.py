"""What happens in a graph, as values (PEER_GRAPH_EVENT_DATA): each class is one type of event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from peerapi.engine.graphs.registrations import AnyEvent
from peerapi.errors import PeerError, by_hresult
from peerapi.graphing import events as machine
from peerapi.graphing.events import EventType
from peerapi.grouping import events as grouping
from peerapi.grouping.events import GroupEventType
from peerapi.grouping.events import MemberChange as MemberChangeKind
from peerapi.python.values import ChangeKind, ConnectionState, NodeChangeKind, Record, Status


class RecordFinder(Protocol):
    """Whoever can say what has become of a record that an event tells of."""

    async def find(self, record_id: UUID) -> Record | None: ...


@dataclass(frozen=True, slots=True)
class Change:
    """A record came, changed, was deleted or expired."""

    kind: ChangeKind
    id: UUID
    type: UUID
    _graph: RecordFinder = field(repr=False, compare=False)

    async def record(self) -> Record | None:
        """The record as it is now; None when there is none any more."""
        return await self._graph.find(self.id)


@dataclass(frozen=True, slots=True)
class StatusChange:
    status: Status


@dataclass(frozen=True, slots=True)
class PropertiesChange:
    """The graph's properties are others now."""


@dataclass(frozen=True, slots=True)
class ConnectionChange:
    """A connection stands, has ended, or could not be made."""

    state: ConnectionState
    connection: int
    node: int
    next_connection: int
    "After a failure: the connection that is tried instead, to a node that was named; 0: none."
    error: PeerError | None


@dataclass(frozen=True, slots=True)
class NeighborChange(ConnectionChange):
    """A ConnectionChange of a neighbor, through whom records travel."""


@dataclass(frozen=True, slots=True)
class DirectChange(ConnectionChange):
    """A ConnectionChange of a direct connection. Other nodes may make one as long as somebody listens for these."""


@dataclass(frozen=True, slots=True)
class Message:
    """Data from another node; not a record, and kept nowhere."""

    connection: int
    type: UUID
    data: bytes

    @property
    def text(self) -> str:
        """The data as UTF-8. Raises UnicodeDecodeError."""
        return self.data.decode()


@dataclass(frozen=True, slots=True)
class ConnectionRequired:
    """The graph has found no neighbor by itself and asks for ``Graph.connect``."""


@dataclass(frozen=True, slots=True)
class NodeChange:
    """Another node has begun or ceased to tell of itself, or a node tells something else."""

    kind: NodeChangeKind
    node: int
    "The ID of the node; 0 for this one."
    peer: str


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member of a group is here, is gone, has joined, has another membership, or has none any longer."""

    kind: MemberChangeKind
    member: str
    "The peer name of the member."


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """Nobody of the group could be connected."""

    error: PeerError


@dataclass(frozen=True, slots=True)
class PasswordRefused:
    """The password of the group was not accepted."""


@dataclass(frozen=True, slots=True)
class TypeSynchronized:
    """All records of a type that was named in ``precedence`` are here."""

    type: UUID


Event = (
    Change
    | StatusChange
    | PropertiesChange
    | NeighborChange
    | DirectChange
    | Message
    | ConnectionRequired
    | NodeChange
    | TypeSynchronized
)
GroupEvent = (
    Change
    | StatusChange
    | PropertiesChange
    | NeighborChange
    | DirectChange
    | Message
    | MemberChange
    | ConnectFailed
    | PasswordRefused
)
TYPES: dict[type, int] = {
    StatusChange: EventType.STATUS_CHANGED,
    PropertiesChange: EventType.PROPERTY_CHANGED,
    Change: EventType.RECORD_CHANGED,
    DirectChange: EventType.DIRECT_CONNECTION,
    NeighborChange: EventType.NEIGHBOR_CONNECTION,
    Message: EventType.INCOMING_DATA,
    ConnectionRequired: EventType.CONNECTION_REQUIRED,
    NodeChange: EventType.NODE_CHANGED,
    TypeSynchronized: EventType.SYNCHRONIZED,
}
GROUP_TYPES: dict[type, int] = {
    **{kind: number for kind, number in TYPES.items() if number <= EventType.INCOMING_DATA},
    MemberChange: GroupEventType.MEMBER_CHANGED,
    ConnectFailed: GroupEventType.CONNECTION_FAILED,
    PasswordRefused: GroupEventType.AUTHENTICATION_FAILED,
}


def failure(hresult: int) -> PeerError | None:
    """The exception that stands for an HRESULT; None for a success."""
    if not hresult & 0x80000000:
        return None
    known = by_hresult(hresult)
    if known is not None:
        return known()
    error = PeerError(f"HRESULT 0x{hresult & 0xFFFFFFFF:08X}")
    error.hresult = hresult & 0xFFFFFFFF
    return error


def converted(event: AnyEvent, graph: RecordFinder) -> Event | GroupEvent:
    """The engine's event in the terms of this module."""
    match event:
        case machine.RecordChanged(change, record_id, record_type):
            return Change(change, UUID(bytes=record_id), UUID(bytes=record_type), graph)
        case machine.StatusChanged(status):
            return StatusChange(Status(status))
        case machine.ConnectionChanged():
            kind = DirectChange if event.direct else NeighborChange
            return kind(
                event.status, event.connection_id, event.node_id, event.next_connection_id, failure(event.reason)
            )
        case machine.IncomingData(connection_id, data_type, data):
            return Message(connection_id, UUID(bytes=data_type), data)
        case machine.NodeChanged(change, node_id, peer_id):
            return NodeChange(change, node_id, peer_id)
        case machine.Synchronized(record_type):
            return TypeSynchronized(UUID(bytes=record_type))
        case machine.ConnectionRequired():
            return ConnectionRequired()
        case machine.PropertyChanged():
            return PropertiesChange()
        case grouping.MemberEvent(change, name):
            return MemberChange(change, name)
        case grouping.GroupConnectionFailed(reason):
            return ConnectFailed(failure(reason) or PeerError())
        case grouping.AuthenticationFailed():
            return PasswordRefused()
    raise AssertionError(f"an event of no known type: {event!r}")
