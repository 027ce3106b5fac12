"""PEER_RECORD (2.2.1.9) and the payloads of the graph's own records (2.2.3), made and read by hand."""

from __future__ import annotations

import hashlib
import os
import struct
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from peerapi.conformance_wire.bench import expect
from peerapi.conformance_wire.reader import Reader

GRAPH_INFO = UUID("00000100-0000-0000-0000-000000000000")
SIGNATURE = UUID("00000200-0000-0000-0000-000000000000")
CONTACT = UUID("00000300-0000-0000-0000-000000000000")
PRESENCE = UUID("00000400-0000-0000-0000-000000000000")
GRAPH_INFO_ID = UUID("6c796768-7732-406b-bc6e-5e9c0d864580")
SIGNATURE_ID = UUID("4c515c94-4252-494f-8440-34cc79769c81")
SECOND = 10_000_000
"Peer time counts 100 nanoseconds."
DELETED = 0x02


def counted(value: str | None) -> bytes:
    """Length in UTF-16 units with the zero, then the string; None is a length of 0 and no string."""
    if value is None:
        return struct.pack(">I", 0)
    raw = value.encode("utf-16-be") + b"\0\0"
    return struct.pack(">I", len(raw) // 2) + raw


def creator_half(creator: str) -> bytes:
    """The high 64 bits of the IDs of a creator's records (3.1.7.2)."""
    digest = hashlib.md5(creator.encode("utf-16-be"), usedforsecurity=False).digest()
    return bytes(one ^ other for one, other in zip(digest[:8], digest[8:], strict=True))


def new_id(creator: str) -> UUID:
    return UUID(bytes=creator_half(creator) + os.urandom(8))


class Cursor(Reader):
    """Takes big-endian fields, GUIDs and strings from the front. Raises Deviation where the bytes end."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw, "big")

    def guid(self) -> UUID:
        return UUID(bytes=self.take(16))

    def counted(self) -> str | None:
        length = self.number(4)
        if not length:
            return None
        raw = self.take(2 * length)
        expect(raw[-2:] == b"\0\0", "a string without its zero")
        return raw[:-2].decode("utf-16-be")


@dataclass(frozen=True)
class Record:
    """PEER_RECORD. ``flags`` are the four bytes of Reserved and the bits behind it."""

    type: UUID
    graph: str
    creator: str
    created: int
    expires: int
    modified: int
    id: UUID = field(default_factory=lambda: UUID(int=0))
    version: int = 1
    flags: int = 0
    modified_by: str | None = None
    security: bytes = b""
    protocol: int = 0x0100
    payload: bytes = b""
    attributes: str | None = None

    def but(self, **fields: Any) -> Record:
        return replace(self, **fields)

    def encode(self) -> bytes:
        return b"".join(
            (
                self.type.bytes,
                self.id.bytes,
                struct.pack(">II", self.version, self.flags),
                counted(self.creator),
                counted(self.modified_by),
                struct.pack(">I", len(self.security)),
                self.security,
                struct.pack(">QQQ", self.created, self.expires, self.modified),
                counted(self.graph),
                struct.pack(">HI", self.protocol, len(self.payload)),
                self.payload,
                counted(self.attributes),
            )
        )

    @classmethod
    def read(cls, raw: bytes) -> Record:
        """Raises Deviation: fields are cut short, or something lies behind them."""
        cursor = Cursor(raw)
        fields: dict[str, Any] = {
            "type": cursor.guid(),
            "id": cursor.guid(),
            "version": cursor.number(4),
            "flags": cursor.number(4),
            "creator": cursor.counted() or "",
            "modified_by": cursor.counted(),
            "security": cursor.take(cursor.number(4)),
            "created": cursor.number(8),
            "expires": cursor.number(8),
            "modified": cursor.number(8),
            "graph": cursor.counted() or "",
            "protocol": cursor.number(2),
            "payload": cursor.take(cursor.number(4)),
            "attributes": cursor.counted(),
        }
        expect(cursor.left == 0, f"{cursor.left} bytes behind the record")
        return cls(**fields)


def new_record(graph: str, creator: str, type: UUID, at: int, payload: bytes = b"wire", **fields: Any) -> Record:
    """A first version, made at ``at`` (peer time), valid for an hour."""
    made = Record(type, graph, creator, at, at + 3600 * SECOND, at, id=new_id(creator), payload=payload)
    return made.but(**fields)


def changed(record: Record, by: str, seconds: int = 1, **fields: Any) -> Record:
    """The next version of a record, by somebody, so many seconds after the last."""
    made = record.but(
        version=record.version + 1, modified_by=by, modified=record.modified + seconds * SECOND, payload=b"changed"
    )
    return made.but(**fields)


def deleted(record: Record, by: str) -> Record:
    """The deletion of a record (3.1.7.9)."""
    return changed(record, by, flags=DELETED, payload=b"", attributes=None)


def graph_info(graph: str, creator: str, at: int) -> Record:
    """A graph info record (2.2.3.1): all presence published, records of up to 60 MB."""
    tail = b"".join((counted(graph), counted(creator), counted(None), counted(None), struct.pack(">III", 300, 0, 0)))
    payload = struct.pack(">III", 12 + len(tail), 0, 1) + tail
    made = new_record(graph, creator, GRAPH_INFO, at, payload)
    return made.but(id=GRAPH_INFO_ID, expires=at + 300 * SECOND)
