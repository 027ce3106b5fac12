"""The fourteen messages of MS-PPGRH 2.2.2 as values. Their bytes are the business of ``messages``.

Record types, record IDs and hashes are 16 bytes in network order, node IDs unsigned 64-bit numbers, times peer time in
FILETIME units.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from peerapi.address import Address


class MessageType(enum.IntEnum):
    """Message Type of 2.2.1.2. 0 is no type (reading A24)."""

    AUTH_INFO = 0x01
    CONNECT = 0x02
    WELCOME = 0x03
    REFUSE = 0x04
    DISCONNECT = 0x05
    SOLICIT_NEW = 0x06
    SOLICIT_TIME = 0x07
    SOLICIT_HASH = 0x08
    ADVERTISE = 0x09
    REQUEST = 0x0A
    FLOOD = 0x0B
    SYNC_END = 0x0C
    PT2PT = 0x0D
    ACK = 0x0E


class ConnectionType(enum.IntEnum):
    """What a connection is opened for (2.2.2.1)."""

    NEIGHBOR = 0x01
    DIRECT = 0x02


class RefuseCode(enum.IntEnum):
    """Why a CONNECT is refused (2.2.2.4)."""

    BUSY = 0x01
    ALREADY_CONNECTED = 0x02
    DUPLICATE_CONNECTION = 0x03
    DIRECT_CONNECTION_DISALLOWED = 0x04


class DisconnectReason(enum.IntEnum):
    """Why a connection is ended (2.2.2.5)."""

    LEAVING = 0x01
    LEAST_USEFUL = 0x02
    APP_DISCONNECT = 0x03


class HashInfo(NamedTuple):
    """HASH_INFO_ENTRY (2.2.1.7): one range of the sender's database, described by its upper bound (reading A15)."""

    hash: bytes
    "16 bytes: MD5 of the RECORD_ABSTRACTs of the range."
    modification_time: int
    record_id: bytes


class HashBoundary(NamedTuple):
    """HASH_ENTRY_BOUNDARY (2.2.1.8): one range whose hashes differed, and how many of the abstracts belong to it."""

    time_lower: int
    id_lower: bytes
    time_upper: int
    id_upper: bytes
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody calls here


Abstract = tuple[bytes, int]
"RECORD_ABSTRACT (2.2.1.6): record ID and version."


@dataclass(frozen=True, slots=True)
class AuthInfo:
    """AUTH_INFO (2.2.2.1, 3.1.5.1.1): the first message on a connection, always in the clear."""

    connection_type: ConnectionType
    graph_id: str
    source_peer_id: str
    destination_peer_id: str | None = None
    "Whom the caller means to reach; None is anyone in the graph."


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT (2.2.2.2, 3.1.5.2.1): asks for a connection, or tells that the sender has begun to listen."""

    node_id: int
    addresses: tuple[Address, ...] = ()
    "Where the sender listens; empty when it does not."
    update: bool = False
    direct: bool = False
    neighbor_list: bool = False
    "The sender wants referrals."
    friendly_name: str | None = None


@dataclass(frozen=True, slots=True)
class Welcome:
    """WELCOME (2.2.2.3, 3.1.5.2.2): accepts a CONNECT."""

    node_id: int
    peer_time: int
    addresses: tuple[Address, ...] = ()
    "Referrals."
    peer_id: str = ""
    friendly_name: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """REFUSE (2.2.2.4, 3.1.5.2.3)."""

    code: RefuseCode
    addresses: tuple[Address, ...] = ()
    "Referrals."


@dataclass(frozen=True, slots=True)
class Disconnect:
    """DISCONNECT (2.2.2.5, 3.1.5.2.4)."""

    reason: DisconnectReason
    addresses: tuple[Address, ...] = ()
    "Referrals."


@dataclass(frozen=True, slots=True)
class SolicitNew:
    """SOLICIT_NEW (2.2.2.6, 3.1.5.2.5): asks for all records; at most one of the two lists is not empty."""

    include: tuple[bytes, ...] = ()
    "No type, or one."
    exclude: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class SolicitTime:
    """SOLICIT_TIME (2.2.2.7, 3.1.5.2.6): asks for the records modified at ``modification_time`` or later."""

    modification_time: int
    include: tuple[bytes, ...] = ()
    "No type, or one."
    exclude: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class SolicitHash:
    """SOLICIT_HASH (2.2.2.8, 3.1.5.2.7): hashes of the sender's database, range by range."""

    include: tuple[bytes, ...] = ()
    exclude: tuple[bytes, ...] = ()
    entries: tuple[HashInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Advertise:
    """ADVERTISE (2.2.2.9, 3.1.5.2.8): the ranges that differ, and what the sender has in them."""

    boundaries: tuple[HashBoundary, ...] = ()
    abstracts: tuple[Abstract, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """REQUEST (2.2.2.10, 3.1.5.2.9): records to be flooded. May be empty (reading A18)."""

    abstracts: tuple[Abstract, ...] = ()


@dataclass(frozen=True, slots=True)
class Flood:
    """FLOOD (2.2.2.11, 3.1.5.2.10): one record travels to a neighbor."""

    record: bytes
    "PEER_RECORD as it came, not yet validated."


@dataclass(frozen=True, slots=True)
class SyncEnd:
    """SYNC_END (2.2.2.12, 3.1.5.2.11)."""

    final: bool = True
    "The last of its phase; others are tolerated (reading A14)."


@dataclass(frozen=True, slots=True)
class PointToPoint:
    """PT2PT (2.2.2.13, 3.1.5.2.13): an application's data, or a Ping (2.2.4.1)."""

    data_type: bytes
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Ack:
    """ACK (2.2.2.14, 3.1.5.2.12): pairs of a record ID and whether its FLOOD was useful."""

    acks: tuple[tuple[bytes, bool], ...]


Message = (
    AuthInfo
    | Connect
    | Welcome
    | Refuse
    | Disconnect
    | SolicitNew
    | SolicitTime
    | SolicitHash
    | Advertise
    | Request
    | Flood
    | SyncEnd
    | PointToPoint
    | Ack
)
