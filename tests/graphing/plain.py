"""PEER_RECORD (MS-PPGRH 2.2.1.9) and 3.1.7.27 in the plainest Python: what the C of ``_records`` is held against."""

from __future__ import annotations

import hashlib

from peerapi.errors import PeerError
from peerapi.graphing import attributes as attribute_xml
from peerapi.graphing.records import CONTACT, GRAPH_INFO, GRAPH_INFO_ID, PRESENCE, SIGNATURE, SIGNATURE_ID, Summary


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
