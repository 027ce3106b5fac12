"""The structs of the graphing section of p2p.h, described once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from peerapi.abi.fields import CField, Maker, Number
from peerapi.abi.layout import (
    FILETIME,
    GUID,
    HRESULT,
    OPTIONAL_GUID_POINTER,
    OPTIONAL_WSTR,
    UINT16,
    UINT32,
    UINT64,
    WSTR,
    Array,
    Blob,
    Inline,
    SockaddrIn6,
    Struct,
    TaggedUnion,
)
from peerapi.address import Address
from peerapi.errors import RecordTooBig
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import EventType, RecordChanged

RECORD_LIMIT = 62_914_560
"Largest record data: 60 MB (MS-PPGRH 2.2.3.1)."


class GivenBlob(Blob):
    """PEER_DATA that may be left out: a NULL pointer is None, so that it can be told from empty data."""

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        value = super().read(maker, struct_fields, field, base)
        count, pointer = (slot.name for slot in maker.slots[-2:])
        refusal = "    raise InvalidArgument('a count, but the pointer is NULL')"
        maker.before += [f"if {count} and not {pointer}:", refusal]
        return f"({value} if {pointer} else None)"


class VersionData(NamedTuple):
    version: int
    highest: int


class Properties(NamedTuple):
    flags: int
    scope: int
    max_record_size: int
    graph_id: str
    creator_id: str
    friendly_name: str | None
    comment: str | None
    presence_lifetime: int
    max_presence: int


class ChangeableProperties(NamedTuple):
    """What PeerGraphSetProperties takes; every other field is ignored."""

    friendly_name: str | None
    comment: str | None
    presence_lifetime: int
    max_presence: int


class RecordValue(NamedTuple):
    """A record as the application sees it."""

    type: bytes
    id: bytes
    version: int
    flags: int
    creator_id: str
    modified_by: str
    attributes: str | None
    creation: int
    expiration: int
    modification: int
    security_data: bytes
    data: bytes


class ConnectionInfo(NamedTuple):
    flags: int
    id: int
    node_id: int
    peer_id: str
    address: Address


class NodeInfo(NamedTuple):
    node_id: int
    peer_id: str
    addresses: tuple[Address, ...]
    attributes: str | None


class EventWanted(NamedTuple):
    type: int
    record_type: bytes | None


class ConnectionChangeData(NamedTuple):
    status: int
    id: int
    node_id: int
    next_id: int
    reason: int


class IncomingDataData(NamedTuple):
    id: int
    type: bytes
    data: bytes


class NodeChangeData(NamedTuple):
    change: int
    node_id: int
    peer_id: str


VERSION_DATA = Struct(
    "PEER_VERSION_DATA", VersionData, ("wVersion", "version", UINT16), ("wHighestVersion", "highest", UINT16)
)

PROPERTIES = Struct(
    "PEER_GRAPH_PROPERTIES",
    Properties,
    ("dwFlags", "flags", UINT32),
    ("dwScope", "scope", UINT32),
    ("dwMaxRecordSize", "max_record_size", UINT32),
    ("pwzGraphId", "graph_id", WSTR),
    ("pwzCreatorId", "creator_id", WSTR),
    ("pwzFriendlyName", "friendly_name", OPTIONAL_WSTR),
    ("pwzComment", "comment", OPTIONAL_WSTR),
    ("ulPresenceLifetime", "presence_lifetime", UINT32),
    ("cPresenceMax", "max_presence", UINT32),
)

CHANGEABLE_PROPERTIES = Struct(
    "PEER_GRAPH_PROPERTIES",
    ChangeableProperties,
    ("pwzFriendlyName", "friendly_name", OPTIONAL_WSTR),
    ("pwzComment", "comment", OPTIONAL_WSTR),
    ("ulPresenceLifetime", "presence_lifetime", UINT32),
    ("cPresenceMax", "max_presence", UINT32),
)

DRAFT = Struct(
    "PEER_RECORD",
    Draft,
    ("type", "type", GUID),
    ("id", "id", GUID),
    ("dwFlags", "flags", UINT32),
    ("pwzCreatorId", "creator_id", OPTIONAL_WSTR),
    ("pwzModifiedById", "modified_by", OPTIONAL_WSTR),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
    ("ftExpiration", "expiration", FILETIME),
    ("data", "data", GivenBlob(RECORD_LIMIT, RecordTooBig)),
)
"A record on its way in: what the application may say."

RECORD = Struct(
    "PEER_RECORD",
    RecordValue,
    ("type", "type", GUID),
    ("id", "id", GUID),
    ("dwVersion", "version", UINT32),
    ("dwFlags", "flags", UINT32),
    ("pwzCreatorId", "creator_id", WSTR),
    ("pwzModifiedById", "modified_by", WSTR),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
    ("ftCreation", "creation", FILETIME),
    ("ftExpiration", "expiration", FILETIME),
    ("ftLastModified", "modification", FILETIME),
    ("securityData", "security_data", Blob()),
    ("data", "data", Blob()),
)

ADDRESS: Struct[Address] = Struct("PEER_ADDRESS", None, ("sin6", "sin6", SockaddrIn6(Address)))

CONNECTION_INFO = Struct(
    "PEER_CONNECTION_INFO",
    ConnectionInfo,
    ("dwFlags", "flags", UINT32),
    ("ullConnectionId", "id", UINT64),
    ("ullNodeId", "node_id", UINT64),
    ("pwzPeerId", "peer_id", WSTR),
    ("address", "address", Inline(ADDRESS)),
)

NODE_INFO = Struct(
    "PEER_NODE_INFO",
    NodeInfo,
    ("ullNodeId", "node_id", UINT64),
    ("pwzPeerId", "peer_id", WSTR),
    ("cAddresses", "addresses", Array("pAddresses", ADDRESS)),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
)


def event_registration(name: str) -> Struct[EventWanted]:
    """One line of a registration, of a graph or of a group."""
    return Struct(name, EventWanted, ("eventType", "type", UINT32), ("pType", "record_type", OPTIONAL_GUID_POINTER))


EVENT_WANTED = event_registration("PEER_GRAPH_EVENT_REGISTRATION")

_CONNECTION_CHANGE = Struct(
    "PEER_EVENT_CONNECTION_CHANGE_DATA",
    ConnectionChangeData,
    ("status", "status", UINT32),
    ("ullConnectionId", "id", UINT64),
    ("ullNodeId", "node_id", UINT64),
    ("ullNextConnectionId", "next_id", UINT64),
    ("hrConnectionFailedReason", "reason", HRESULT),
)

EVENT_CASES: dict[int, tuple[str, Struct[Any] | Number]] = {
    EventType.STATUS_CHANGED: ("dwStatus", UINT32),
    EventType.RECORD_CHANGED: (
        "recordChangeData",
        Struct(
            "PEER_EVENT_RECORD_CHANGE_DATA",
            RecordChanged,
            ("changeType", "change", UINT32),
            ("recordId", "record_id", GUID),
            ("recordType", "record_type", GUID),
        ),
    ),
    EventType.DIRECT_CONNECTION: ("connectionChangeData", _CONNECTION_CHANGE),
    EventType.NEIGHBOR_CONNECTION: ("connectionChangeData", _CONNECTION_CHANGE),
    EventType.INCOMING_DATA: (
        "incomingData",
        Struct(
            "PEER_EVENT_INCOMING_DATA",
            IncomingDataData,
            ("ullConnectionId", "id", UINT64),
            ("type", "type", GUID),
            ("data", "data", Blob()),
        ),
    ),
}
"What events of graphs and groups have in common; their numbers are the same."

EVENT_DATA = TaggedUnion(
    "PEER_GRAPH_EVENT_DATA",
    "eventType",
    {
        **EVENT_CASES,
        EventType.NODE_CHANGED: (
            "nodeChangeData",
            Struct(
                "PEER_EVENT_NODE_CHANGE_DATA",
                NodeChangeData,
                ("changeType", "change", UINT32),
                ("ullNodeId", "node_id", UINT64),
                ("pwzPeerId", "peer_id", WSTR),
            ),
        ),
        EventType.SYNCHRONIZED: (
            "synchronizedData",
            Struct[bytes]("PEER_EVENT_SYNCHRONIZED_DATA", None, ("recordType", "type", GUID)),
        ),
    },
)
