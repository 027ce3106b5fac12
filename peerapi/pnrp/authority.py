"""AUTHORITY_BUFFER (MS-PNRP 2.2.2.6.1): the logical message that AUTHORITY messages carry in pieces of 1188 bytes.

A buffer begins on a 4-byte boundary of each message it travels in, so its padding may be counted from its own start.
"""

from __future__ import annotations

import struct

from peerapi.pnrp.messages import VERSION, encode
from peerapi.ring.authority import LARGEST_BUFFER, Answer, pieces
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.wire import ELEMENT, LARGEST_ENTRY_COUNT, FieldId, MalformedMessage, Reader, array, pack, variable

_FLAGS = struct.Struct(">HHH2x")
_LEAF_SET, _BUSY, _NOT_FOUND = 0x0200, 0x0008, 0x0001


class AuthorityBuffer(Answer):
    """The same with its bytes."""

    def encode(self) -> bytes:
        """ValueError: above 37,348 bytes."""
        flags = (
            (_LEAF_SET if self.leaf_set else 0) | (_BUSY if self.busy else 0) | (_NOT_FOUND if self.not_found else 0)
        )
        parts = [_FLAGS.pack(FieldId.FLAGS_FIELD, 6, flags)]
        if self.chain is not None:
            parts.append(variable(FieldId.CERT_CHAIN, self.chain))
        if self.classifier is not None:
            raw = self.classifier.encode("utf-16-be")
            classifier = array(FieldId.CLASSIFIER, FieldId.WCHAR, 2, len(raw) // 2, raw)
            parts.append(classifier + bytes(-len(classifier) % 4))
        if self.payload is not None:
            parts.append(variable(FieldId.EXTENDED_PAYLOAD, self.payload))
        if self.route is not None:
            parts.append(variable(FieldId.ROUTING_ENTRY, self.route.encode(VERSION, "big")))
        if self.cpa is not None:
            parts.append(pack(ELEMENT, FieldId.VALIDATE_CPA, 4 + len(self.cpa)) + self.cpa)  # the last: no padding
        data = b"".join(parts)
        if len(data) > LARGEST_BUFFER:
            raise ValueError(f"AUTHORITY_BUFFER of {len(data)} bytes")
        return data

    @classmethod
    def decode(cls, data: bytes) -> AuthorityBuffer:
        reader = Reader(data)
        field, length, flags = reader.unpack(_FLAGS)
        if field != FieldId.FLAGS_FIELD or length != 6:
            raise MalformedMessage("AUTHORITY_BUFFER without flags")
        chain = reader.variable(FieldId.CERT_CHAIN) if reader.next_is(FieldId.CERT_CHAIN) else None
        classifier = None
        if reader.next_is(FieldId.CLASSIFIER):
            raw = reader.array(FieldId.CLASSIFIER, FieldId.WCHAR, 2, 0, LARGEST_ENTRY_COUNT)
            reader.align()
            try:
                classifier = raw.decode("utf-16-be")
            except UnicodeDecodeError as error:
                raise MalformedMessage("classifier is not UTF-16") from error
        payload = reader.variable(FieldId.EXTENDED_PAYLOAD) if reader.next_is(FieldId.EXTENDED_PAYLOAD) else None
        route = None
        if reader.next_is(FieldId.ROUTING_ENTRY):
            route = RouteEntry.decode(reader.variable(FieldId.ROUTING_ENTRY), VERSION, "big")
        cpa = reader.variable(FieldId.VALIDATE_CPA) if reader.next_is(FieldId.VALIDATE_CPA) else None
        reader.end()
        return cls(
            bool(flags & _NOT_FOUND),
            bool(flags & _LEAF_SET),
            bool(flags & _BUSY),
            chain,
            classifier,
            payload,
            route,
            cpa,
        )


def fragments(buffer: bytes, message_id: int, acked: int) -> list[bytes]:
    """The AUTHORITY datagrams of a buffer, all with the same header (3.2.5.10)."""
    return [encode(piece) for piece in pieces(buffer, message_id, acked)]
