"""What a graph tells its application (PEER_GRAPH_EVENT_DATA): values without a trace of C."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple


class EventType(enum.IntEnum):
    """PEER_GRAPH_EVENT_TYPE."""

    STATUS_CHANGED = 1
    PROPERTY_CHANGED = 2
    RECORD_CHANGED = 3
    DIRECT_CONNECTION = 4
    NEIGHBOR_CONNECTION = 5
    INCOMING_DATA = 6
    CONNECTION_REQUIRED = 7
    NODE_CHANGED = 8
    SYNCHRONIZED = 9


class Status(enum.IntFlag):
    """PEER_GRAPH_STATUS_FLAGS."""

    LISTENING = 1
    HAS_CONNECTIONS = 2
    SYNCHRONIZED = 4


class RecordChange(enum.IntEnum):
    """PEER_RECORD_CHANGE_TYPE."""

    ADDED = 1
    UPDATED = 2
    DELETED = 3
    EXPIRED = 4


class ConnectionStatus(enum.IntEnum):
    """PEER_CONNECTION_STATUS."""

    CONNECTED = 1
    DISCONNECTED = 2
    FAILED = 3


class NodeChange(enum.IntEnum):
    """PEER_NODE_CHANGE_TYPE."""

    CONNECTED = 1
    DISCONNECTED = 2
    UPDATED = 3


@dataclass(frozen=True, slots=True)
class StatusChanged:
    status: int
    type = EventType.STATUS_CHANGED


@dataclass(frozen=True, slots=True)
class PropertyChanged:
    """The graph's properties are others now."""

    type = EventType.PROPERTY_CHANGED


class RecordChanged(NamedTuple):
    """A record came, changed, was deleted or expired. A tuple: there are many, and nothing is made faster."""

    change: RecordChange
    record_id: bytes
    record_type: bytes

    @property
    def type(self) -> EventType:
        return EventType.RECORD_CHANGED


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """A neighbor or direct connection stands, ended, or could not be made.

    ``next_connection_id`` is not 0 when another try follows a failure; ``reason`` is the HRESULT of a failure, else 0.
    """

    direct: bool
    status: ConnectionStatus
    connection_id: int
    node_id: int = 0
    next_connection_id: int = 0
    reason: int = 0

    @property
    def type(self) -> EventType:
        return EventType.DIRECT_CONNECTION if self.direct else EventType.NEIGHBOR_CONNECTION


@dataclass(frozen=True, slots=True)
class IncomingData:
    connection_id: int
    data_type: bytes
    data: bytes
    type = EventType.INCOMING_DATA


@dataclass(frozen=True, slots=True)
class ConnectionRequired:
    """The graph asks the application to connect it to another node (3.1.7.15)."""

    type = EventType.CONNECTION_REQUIRED


@dataclass(frozen=True, slots=True)
class NodeChanged:
    change: NodeChange
    node_id: int
    peer_id: str
    type = EventType.NODE_CHANGED


@dataclass(frozen=True, slots=True)
class Synchronized:
    """Records of this type, which the application named in its precedence list, have been synchronized."""

    record_type: bytes
    type = EventType.SYNCHRONIZED


Event = (
    StatusChanged
    | PropertyChanged
    | RecordChanged
    | ConnectionChanged
    | IncomingData
    | ConnectionRequired
    | NodeChanged
    | Synchronized
)
