"""What the Python API gives and takes: UUID for GUID, datetime (UTC) for FILETIME, bytes and str for PEER_DATA."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from peerapi.address import Address
from peerapi.api.structs import ConnectionInfo, NodeInfo, RecordValue
from peerapi.api.structs import Properties as PropertiesStruct
from peerapi.graphing.draft import Draft as EngineDraft
from peerapi.graphing.events import ConnectionStatus as ConnectionState
from peerapi.graphing.events import NodeChange as NodeChangeKind
from peerapi.graphing.events import RecordChange as ChangeKind
from peerapi.graphing.events import Status
from peerapi.graphing.machine import new_records
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.moment import LAST_TIME, SECOND
from peerapi.path_kind import PathKind as PathKind
from peerapi.python import arguments
from peerapi.python.arguments import InvalidValue
from peerapi.python.attributes import Attributes, Value, from_xml, to_xml

__all__ = [
    "Address",
    "ChangeKind",
    "Connection",
    "ConnectionState",
    "Draft",
    "Node",
    "NodeChangeKind",
    "Properties",
    "Record",
    "Scope",
    "Status",
]

LIFETIME = timedelta(days=30)
"How long a record lives when nothing is said of it."
EVERY_NODE = 0xFFFFFFFF
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Scope(enum.IntEnum):
    """PEER_GRAPH_SCOPE: how far a graph reaches."""

    GLOBAL = 1
    SITE = 2
    LINK = 3
    LOOPBACK = 4


@dataclass(frozen=True, slots=True)
class Record:
    """One record, as it was when it was read. Times are UTC."""

    type: UUID
    id: UUID
    version: int
    "1 when it was made, one more with every update."
    creator: str
    "The peer who made it."
    modified_by: str
    "The peer who changed it last; its creator when nobody did."
    created: datetime
    modified: datetime
    expires: datetime
    data: bytes
    attributes: Mapping[str, Value | tuple[Value, ...]]
    autorefresh: bool
    "This node renews it before it expires."
    security_data: bytes = field(repr=False)
    local: bool = False
    "It is in the database of its node alone, and told to those who search all nodes."
    peer_time: int = field(default=0, repr=False)
    """``created`` by the graph's own clock (FILETIME units): on every node the same number, to the last digit. Who
    sorts by this and ``id.bytes_le`` has the order that every other node has."""

    @property
    def text(self) -> str:
        """The data as UTF-8. Raises UnicodeDecodeError: anybody can put any bytes into a record."""
        return self.data.decode()


@dataclass(frozen=True, slots=True)
class Draft:
    """A record to be added by ``Graph.add_many``; the fields are the parameters of ``Graph.add``."""

    type: UUID
    data: bytes | str = b""
    attributes: Attributes | None = None
    expires: datetime | timedelta | None = None
    autorefresh: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the graph that tells of itself (presence), or the own one."""

    id: int
    peer: str
    addresses: tuple[Address, ...]
    attributes: str | None
    "Free text of its application."


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection that stands."""

    id: int
    node: int
    peer: str
    address: Address
    direct: bool
    "Made for data between two nodes; otherwise a neighbor, through whom records travel."
    path: PathKind = PathKind.DIRECT
    "By which way it goes: through a relay, or without one."


@dataclass(frozen=True, slots=True)
class Properties:
    """What all nodes of a graph know of it."""

    graph_id: str
    creator: str
    friendly_name: str | None
    comment: str | None
    scope: Scope
    max_record_size: int
    "Bytes of data and attributes."
    presence_lifetime: timedelta
    max_presence: int | None
    "How many nodes tell of themselves; 0: only those whose program asks for it; None: every one."
    defer_expiration: bool
    "Nothing expires while a node is alone."


# ---- from and to the engine's terms ----


def filetime(moment: datetime) -> int:
    """A moment in FILETIME units; without a zone it is UTC. Raises InvalidArgument before 1601."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    found = (moment - _FILETIME_EPOCH) // timedelta(microseconds=1) * (SECOND // 1_000_000)
    if found < 0:
        raise InvalidValue("No FILETIME is before 1601.")
    return found


def moment(filetime: int) -> datetime:
    """UTC; the latest datetime for what lies behind it."""
    try:
        return _FILETIME_EPOCH + timedelta(microseconds=filetime // (SECOND // 1_000_000))
    except OverflowError:
        return _LAST


def units(length: timedelta) -> int:
    """A length of time in FILETIME units."""
    return length // timedelta(microseconds=1) * (SECOND // 1_000_000)


def draft(wanted: Draft, now: int, delta: int) -> EngineDraft:
    """What the engine is given. ``now`` is UTC in FILETIME units, ``delta`` what peer time is behind it."""
    return EngineDraft(
        type=arguments.uuid("type", wanted.type).bytes,
        flags=new_records.FLAG_AUTOREFRESH * bool(wanted.autorefresh) | new_records.FLAG_LOCAL * bool(wanted.local),
        attributes=to_xml(wanted.attributes),
        expiration=expiration(LIFETIME if wanted.expires is None else wanted.expires, now, delta),
        data=arguments.data("data", wanted.data),
    )


def expiration(expires: datetime | timedelta, now: int, delta: int) -> int:
    """Peer time in FILETIME units; what no clock reaches is as late as can be. Raises TypeError, InvalidValue."""
    if isinstance(expires, timedelta):
        when = now + units(expires)
    elif isinstance(expires, datetime):
        when = filetime(expires)
    else:
        raise TypeError(f"expires is a datetime.datetime or a datetime.timedelta, not {expires!r}")
    return min(max(0, when - delta), LAST_TIME)


def record(value: RecordValue, delta: int) -> Record:
    """``delta`` is what peer time is behind UTC, in FILETIME units."""
    kind, record_id, version, flags, creator, modified_by, xml, creation, expiration, modification, proof, data = value
    created = moment(creation + delta)
    return Record(
        _type(kind),
        UUID(bytes=record_id),
        version,
        creator,
        modified_by,
        created,
        created if modification == creation else moment(modification + delta),
        moment(expiration + delta),
        data,
        from_xml(xml) if xml else {},
        flags & new_records.FLAG_AUTOREFRESH != 0,
        proof,
        flags & new_records.FLAG_LOCAL != 0,
        creation,
    )


@lru_cache(1024)
def _type(raw: bytes) -> UUID:
    """Many records have one type."""
    return UUID(bytes=raw)


def node(info: NodeInfo | NodeEntry) -> Node:
    return Node(info.node_id, info.peer_id, info.addresses, info.attributes)


def connection(info: ConnectionInfo, paths: Mapping[int, PathKind]) -> Connection:
    path = paths.get(info.id, PathKind.DIRECT)  # what has ended meanwhile goes no way
    return Connection(info.id, info.node_id, info.peer_id, info.address, info.flags != 1, path)


def properties(found: PropertiesStruct) -> Properties:
    return Properties(
        graph_id=found.graph_id,
        creator=found.creator_id,
        friendly_name=found.friendly_name,
        comment=found.comment,
        scope=Scope(found.scope),
        max_record_size=found.max_record_size,
        presence_lifetime=timedelta(seconds=found.presence_lifetime),
        max_presence=None if found.max_presence == EVERY_NODE else found.max_presence,
        defer_expiration=bool(found.flags & 2),
    )
