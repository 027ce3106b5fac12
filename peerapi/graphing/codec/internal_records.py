"""Payloads of the graph's own records (MS-PPGRH 2.2.3.1 to 2.2.3.4): graph info, signature, contact, presence.

Each class has ``encode()``, which raises ``ValueError`` for values the layout or its rules refuse, and
``decode(data)``, which raises ``MalformedMessage`` for any bytes that are not exactly one such payload.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from peerapi.address import Address
from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO, ID_UNITS, MAX_RECORD_SIZE, PRESENCE, SIGNATURE, Record
from peerapi.graphing.codec.wire import (
    U32,
    U64,
    MalformedMessage,
    Reader,
    encode_peer_address,
    encode_text,
    number,
)

SCOPES = range(1, 5)
"""PEER_GRAPH_SCOPE_GLOBAL, SITELOCAL, LINKLOCAL (2.2.3.1) and LOOPBACK, which only the header knows."""

DEFAULT_PRESENCE_LIFETIME = 300
"Seconds; the meaning of 0, and the smallest other value."

SMALLEST_MAX_RECORD_SIZE = 1024
"Bytes; Max Record Size is 0 or from here to ``records.MAX_RECORD_SIZE``."

PUBLISH_FOR_ALL = 0xFFFFFFFF
"Max Presence Records: every node publishes its presence."

MAX_ADDRESSES = 255
"Addresses of a node: as many as its CONNECT can name (2.2.2.2)."

_FRIENDLY_NAME_UNITS = 256
_COMMENT_UNITS = 512
_ATTRIBUTES_UNITS = MAX_RECORD_SIZE // 2  # no limit is printed, but all of it lies in a record's payload
_DEFER_EXPIRATION = 0x00000002  # bit 62 of the drawing; bit 63 below it is without meaning

_GRAPH_INFO_HEAD = struct.Struct(">III")  # Size, flags, Scope
_GRAPH_INFO_TAIL = struct.Struct(">III")  # Presence Lifetime, Max Presence Records, Max Record Size
_CONTACT_HEAD = struct.Struct(">QQ")  # Signature, Node ID


@dataclass(frozen=True, slots=True)
class GraphInfo:
    """Graph Info Record (2.2.3.1): how the graph is configured."""

    scope: int
    defer_expiration: bool
    graph_id: str
    creator_id: str
    friendly_name: str | None = None
    comment: str | None = None
    presence_lifetime: int = 0
    "Seconds; 0 means 300."
    max_presence: int = 0
    "How many nodes publish their presence: 0 only those whose application asks, 0xFFFFFFFF all."
    max_record_size: int = 0
    "Bytes of payload and attributes; 0 means 60 MB."

    @property
    def effective_presence_lifetime(self) -> int:
        """Seconds, with 0 replaced by what it means."""
        return self.presence_lifetime or DEFAULT_PRESENCE_LIFETIME

    @property
    def effective_max_record_size(self) -> int:
        """Bytes, with 0 replaced by what it means."""
        return self.max_record_size or MAX_RECORD_SIZE

    def encode(self) -> bytes:
        complaint = self._complaint()
        if complaint:
            raise ValueError(complaint)
        body = b"".join(
            (
                encode_text(self.graph_id, *ID_UNITS, "Graph ID"),
                encode_text(self.creator_id, *ID_UNITS, "Creator ID"),
                encode_text(self.friendly_name, 0, _FRIENDLY_NAME_UNITS, "Friendly Name"),
                encode_text(self.comment, 0, _COMMENT_UNITS, "Comment"),
                number(_GRAPH_INFO_TAIL, self.presence_lifetime, self.max_presence, self.max_record_size),
            )
        )
        size = _GRAPH_INFO_HEAD.size + len(body)  # Size counts itself: reading A8
        return number(_GRAPH_INFO_HEAD, size, _DEFER_EXPIRATION * self.defer_expiration, self.scope) + body

    @classmethod
    def decode(cls, data: bytes) -> GraphInfo:
        reader = Reader(data)
        size, flags, scope = reader.u32(), reader.u32(), reader.u32()
        if size != len(data):
            raise MalformedMessage(f"Graph Info of Size {size} in {len(data)} bytes")
        info = cls(
            scope,
            bool(flags & _DEFER_EXPIRATION),
            reader.text(*ID_UNITS, "Graph ID") or "",
            reader.text(*ID_UNITS, "Creator ID") or "",
            reader.text(0, _FRIENDLY_NAME_UNITS, "Friendly Name"),
            reader.text(0, _COMMENT_UNITS, "Comment"),
            reader.u32(),
            reader.u32(),
            reader.u32(),
        )
        reader.end()
        complaint = info._complaint()
        if complaint:
            raise MalformedMessage(complaint)
        return info

    def _complaint(self) -> str | None:
        """What 2.2.3.1 has against the numbers, if anything."""
        if self.scope not in SCOPES:
            return f"Scope {self.scope}"
        if self.presence_lifetime and self.presence_lifetime < DEFAULT_PRESENCE_LIFETIME:
            return f"Presence Lifetime {self.presence_lifetime}"
        if self.max_record_size and not SMALLEST_MAX_RECORD_SIZE <= self.max_record_size <= MAX_RECORD_SIZE:
            return f"Max Record Size {self.max_record_size}"
        return None


@dataclass(frozen=True, slots=True)
class SignaturePayload:
    """Signature Record (2.2.3.2): the node ID of whoever publishes it."""

    signature: int

    def encode(self) -> bytes:
        return number(U64, self.signature)

    @classmethod
    def decode(cls, data: bytes) -> SignaturePayload:
        reader = Reader(data)
        payload = cls(reader.u64())
        reader.end()
        return payload


@dataclass(frozen=True, slots=True)
class ContactPayload:
    """Contact Record (2.2.3.3): where a contact of the graph listens."""

    signature: int
    "Signature of the graph when this was published."
    node_id: int
    addresses: tuple[Address, ...] = ()

    def encode(self) -> bytes:
        return number(_CONTACT_HEAD, self.signature, self.node_id) + _encode_addresses(self.addresses)

    @classmethod
    def decode(cls, data: bytes) -> ContactPayload:
        reader = Reader(data)
        payload = cls(reader.u64(), reader.u64(), _decode_addresses(reader))
        reader.end()
        return payload


@dataclass(frozen=True, slots=True)
class PresencePayload:
    """Presence Record (2.2.3.4): a node that wants to be seen."""

    node_id: int
    attributes: str | None = None
    "Free text of the application (PeerGraphSetNodeAttributes), not attribute XML."
    addresses: tuple[Address, ...] = ()

    def encode(self) -> bytes:
        attributes = encode_text(self.attributes, 0, _ATTRIBUTES_UNITS, "Attributes")
        return number(U64, self.node_id) + attributes + _encode_addresses(self.addresses)

    @classmethod
    def decode(cls, data: bytes) -> PresencePayload:
        reader = Reader(data)
        payload = cls(reader.u64(), reader.text(0, _ATTRIBUTES_UNITS, "Attributes"), _decode_addresses(reader))
        reader.end()
        return payload


def _encode_addresses(addresses: tuple[Address, ...]) -> bytes:
    return number(U32, len(addresses)) + b"".join([encode_peer_address(address) for address in addresses])


def _decode_addresses(reader: Reader) -> tuple[Address, ...]:
    count = reader.u32()
    if count > MAX_ADDRESSES:
        raise MalformedMessage(f"{count} addresses of a node")
    return tuple([reader.peer_address() for _ in range(count)])


def check_internal(record: Record, graph_id: str) -> None:
    """A received record of the graph's own types has to say what such a record says, or it is dropped.

    The texts check the envelope only (3.1.7.27). But a graph info record is what every node works by: one that is
    deleted, does not parse or speaks of another graph would take the properties away from all. Raises MalformedMessage.
    """
    if record.type == GRAPH_INFO:
        if record.deleted:
            raise MalformedMessage("a deleted graph info record")
        if GraphInfo.decode(record.payload).graph_id != graph_id:
            raise MalformedMessage("the properties of another graph")
    elif not record.deleted:
        _PAYLOADS[record.type].decode(record.payload)


_PAYLOADS: dict[bytes, type[SignaturePayload | ContactPayload | PresencePayload]] = {
    SIGNATURE: SignaturePayload,
    CONTACT: ContactPayload,
    PRESENCE: PresencePayload,
}
