"""PEER_RECORD (MS-PPGRH 2.2.1.9), 3.1.7.27, frames and FLOODs in the plainest Python: what the C is held against."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

from peerapi.errors import PeerError
from peerapi.graphing.codec import attributes as attribute_xml
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PRESENCE,
    SIGNATURE,
    SIGNATURE_ID,
    Summary,
)
from peerapi.store.database import Row


class Bad(Exception):
    """The bytes are no such record."""


class Fields:
    """Takes fields off the front."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        piece = self.data[self.at : self.at + size]
        require(len(piece) == size)
        self.at += size
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        """A counted string of 2 to 256 units, without its terminator."""
        units = self.number(4)
        require(2 <= units <= 256)
        return sound(self.take(2 * units))


def require(holds: bool) -> None:
    if not holds:
        raise Bad


def sound(raw: bytes) -> bytes:
    try:
        require("\0" not in raw[:-2].decode("utf-16-be") and raw[-2:] == b"\0\0")
    except UnicodeDecodeError:
        raise Bad from None
    return raw[:-2]


def creator_key(raw: bytes) -> bytes:
    digest = hashlib.md5(raw, usedforsecurity=False).digest()
    return bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))


def summary(data: bytes) -> tuple[Summary, bytes]:
    """What the record says, and its Graph ID."""
    fields = Fields(data)
    kind, id_, version = fields.take(16), fields.take(16), fields.number(4)
    fields.take(3)
    flags = fields.number(1)
    require(flags in (0, 2))
    creator = fields.text()
    modified_by = b"" if data[fields.at : fields.at + 4] == bytes(4) else fields.text()
    if not modified_by:
        fields.take(4)
    security_data = fields.take(fields.number(4))
    creation, expiration, modification = fields.number(8), fields.number(8), fields.number(8)
    graph_id = fields.text()
    require(fields.number(2) == 0x0100)
    payload_size = fields.number(4)
    payload_at = fields.at
    fields.take(payload_size)
    units = fields.number(4)
    attributes_at = fields.at
    fields.take(2 * units)
    require(fields.at == len(data))
    require(not (flags and payload_size))
    return (
        Summary(
            kind,
            id_,
            version,
            flags == 2,
            creator_key(creator),
            creation,
            expiration,
            modification,
            payload_size,
            units,
            modified_by,
            security_data,
            creator,
            payload_at,
            attributes_at,
        ),
        graph_id,
    )


def received(data: bytes, graph_id: str, max_record_size: int) -> Summary:
    """A record that follows 3.1.7.27."""
    found, graph = summary(data)
    require(graph == graph_id.encode("utf-16-be"))
    fixed = {GRAPH_INFO: GRAPH_INFO_ID, SIGNATURE: SIGNATURE_ID}.get(found.type)
    require(found.id == fixed if fixed else found.id[:8] == found.creator_key)
    require(found.creation <= found.modification < found.expiration)
    require(found.modification != found.creation or not found.modified_by)
    require(found.payload_size + 2 * found.attributes_length <= (max_record_size or 60 << 20))
    if found.attributes_length:
        try:
            attribute_xml.check_wire(
                data[found.attributes_offset :], found.type in (GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE)
            )
        except PeerError:
            raise Bad from None
    return found


def row(data: bytes, graph_id: str, max_record_size: int) -> Row:
    """The same as the store keeps it."""
    found = received(data, graph_id, max_record_size)
    require(found.expiration < 1 << 63)
    return Row(found.id, found.type, found.version, int(found.deleted), found.modification, found.expiration, data)


# ---- Messages --------------------------------------------------------------------------------------------------------


def framed(message: bytes, size: int) -> bytes:
    """2.2.1.1."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)] or [b""]
    return b"".join(len(piece).to_bytes(2, "big") + piece for piece in pieces)


def flood(record: bytes) -> bytes:
    """2.2.2.11."""
    return (12 + len(record)).to_bytes(4, "big") + bytes.fromhex("10 0b 0000 000c 0000") + record


def split(data: bytes, at: int, max_frame: int, max_message: int) -> tuple[list[bytes], int]:
    """The messages of one whole frame each from ``at`` on, and where they end."""
    found = []
    while at + 10 <= len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        message = data[at + 2 : at + 2 + size]
        if not 8 <= size == len(message) <= min(max_frame, max_message):
            break
        if message[:5] != size.to_bytes(4, "big") + b"\x10":
            break
        found.append(message)
        at += 2 + size
    return found, at


def flood_record(message: bytes) -> bytes:
    """3.1.5.2.10; Reserved of the record is ignored on receipt and zero when it is sent (2.2.1.9)."""
    require(len(message) >= 16)
    offset = int.from_bytes(message[8:10], "big")
    require(12 <= offset <= len(message) - 4)
    record = message[offset:]
    return record[:36] + bytes(3) + record[39:] if len(record) >= 39 else record


def flood_to_forward(message: bytes) -> bytes:
    """2.2.2.11, as a node sends what it has received."""
    return flood(flood_record(message))


def sift(
    messages: Sequence[bytes],
    known: Mapping[bytes, Row],
    now: int,
    make: Callable[[bytes], Row],
    apart: frozenset[bytes],
) -> tuple[int, list[tuple[bytes, bool]], list[Row]]:
    """How many of the messages are FLOODs of records known or new, their acknowledgements, and the new rows."""
    acks: list[tuple[bytes, bool]] = []
    rows: dict[bytes, Row] = {}
    for at, message in enumerate(messages):
        if message[5] != 0x0B:
            return at, acks, list(rows.values())
        record = flood_record(message)
        here = rows.get(record[16:32]) or known.get(record[16:32])
        if here is None:
            try:
                made = make(record)
            except Bad:
                made = None
            if made is None or made.expiration <= now or made.type in apart:
                return at, acks, list(rows.values())
            rows[made.id] = made
        elif here.wire != record or here.expiration <= now:
            return at, acks, list(rows.values())
        acks.append((record[16:32], here is None))
    return len(messages), acks, list(rows.values())
