"""Records of MS-PPGRH as bytes, written by hand."""

from __future__ import annotations

import hashlib
import os
import struct
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

GRAPH_INFO = uuid.UUID("00000100-0000-0000-0000-000000000000")
GRAPH_INFO_ID = uuid.UUID("6c796768-7732-406b-bc6e-5e9c0d864580")


# --- records --------------------------------------------------------------------------------------------------------


def counted(value: str | None) -> bytes:
    """Length in UTF-16 units including the zero, then the string; None is length 0 and nothing."""
    if value is None:
        return struct.pack(">I", 0)
    raw = value.encode("utf-16-be") + b"\0\0"
    return struct.pack(">I", len(raw) // 2) + raw


def high_half(creator: str) -> bytes:
    """The upper 64 bits of the IDs of a creator's records (3.1.7.2, reading A4)."""
    digest = hashlib.md5(creator.encode("utf-16-be")).digest()
    return bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))


def record_id(creator: str) -> uuid.UUID:
    return uuid.UUID(bytes=high_half(creator) + os.urandom(8))


class Cursor:
    """Reads a record from the front."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, size: int) -> bytes:
        assert self.at + size <= len(self.raw), "the record is cut short"
        self.at += size
        return self.raw[self.at - size : self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def counted(self) -> str | None:
        length = self.number(4)
        if length == 0:
            return None
        raw = self.take(2 * length)
        assert raw[-2:] == b"\0\0", "a counted string ends in zero"
        return raw[:-2].decode("utf-16-be")


@dataclass
class WireRecord:
    """PEER_RECORD (2.2.1.9)."""

    type: uuid.UUID
    graph: str
    creator: str
    created: int
    expires: int
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    version: int = 1
    flags: int = 0
    modified_by: str | None = None
    security: bytes = b""
    modified: int = 0
    protocol: int = 0x0100
    payload: bytes = b""
    attributes: str | None = None

    def encode(self) -> bytes:
        return b"".join(
            [
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
            ]
        )

    @classmethod
    def decode(cls, raw: bytes) -> WireRecord:
        cursor = Cursor(raw)
        made = cls(
            type=uuid.UUID(bytes=cursor.take(16)),
            id=uuid.UUID(bytes=cursor.take(16)),
            version=cursor.number(4),
            flags=cursor.number(4),
            creator=cursor.counted() or "",
            modified_by=cursor.counted(),
            security=cursor.take(cursor.number(4)),
            created=cursor.number(8),
            expires=cursor.number(8),
            modified=cursor.number(8),
            graph=cursor.counted() or "",
            protocol=cursor.number(2),
            payload=cursor.take(cursor.number(4)),
            attributes=cursor.counted(),
        )
        assert cursor.at == len(raw), "bytes after the record"
        return made

    def changed(self, **fields: Any) -> WireRecord:
        return replace(self, **fields)


def new_record(
    graph: str, creator: str, type: uuid.UUID, at: int, payload: bytes = b"wire", **fields: Any
) -> WireRecord:
    """A valid first version: made at ``at`` (peer time), valid for ten minutes."""
    made = WireRecord(
        type,
        graph,
        creator,
        created=at,
        modified=at,
        expires=at + 6_000_000_000,
        payload=payload,
        id=record_id(creator),
    )
    return made.changed(**fields)


def graph_info(
    graph: str, creator: str, at: int, friendly: str | None = None, comment: str | None = None
) -> WireRecord:
    """The record of 2.2.3.1, with loopback scope and no presence."""
    tail = b"".join(
        [counted(graph), counted(creator), counted(friendly), counted(comment), struct.pack(">III", 300, 0, 0)]
    )
    payload = struct.pack(">III", 12 + len(tail), 0, 4) + tail
    return new_record(graph, creator, GRAPH_INFO, at, payload, id=GRAPH_INFO_ID, expires=at + 3_000_000_000)
