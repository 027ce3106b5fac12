"""AUTHORITY_BUFFER (MS-PNRP 2.2.2.6.1): the logical message that AUTHORITY messages carry in pieces of 1188 bytes.

A buffer begins on a 4-byte boundary of each message it travels in, so its padding may be counted from its own start.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from typing import NamedTuple

from peerapi.address import Address
from peerapi.pnrp.messages import FRAGMENT_SIZE, LARGEST_BUFFER, Authority, encode
from peerapi.pnrp.route_entry import RouteEntry
from peerapi.pnrp.wire import ELEMENT, LARGEST_ENTRY_COUNT, FieldId, MalformedMessage, Reader, array, pack, variable

_FLAGS = struct.Struct(">HHH2x")
_LEAF_SET, _BUSY, _NOT_FOUND = 0x0200, 0x0008, 0x0001


class AuthorityBuffer(NamedTuple):
    """What one node says about a PNRP ID."""

    not_found: bool = False
    "N: the requested Validate PNRP ID is not registered at the sender."
    leaf_set: bool = False
    "L: the sender does not know the target, which would be in its leaf set."
    busy: bool = False
    "B: the sender cannot handle a LOOKUP now."
    chain: bytes | None = None
    "A certificate chain (2.2.3.5), not yet validated."
    classifier: str | None = None
    payload: bytes | None = None
    "EXTENDED_PAYLOAD bytes, not yet validated."
    route: RouteEntry | None = None
    cpa: bytes | None = None
    "Encoded CPA bytes, not yet validated."

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
            parts.append(variable(FieldId.ROUTING_ENTRY, self.route.encode()))
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
            route = RouteEntry.decode(reader.variable(FieldId.ROUTING_ENTRY))
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
    size = len(buffer)
    return [
        encode(Authority(message_id, acked, size, offset, buffer[offset : offset + FRAGMENT_SIZE]))
        for offset in range(0, size, FRAGMENT_SIZE)
    ]


MOST_ANSWERS = 2
"Buffers that answer one message, kept at a time."


class Reassembly:
    """The Reassembly List (3.1.1): buffers of which some fragments have come.

    Only fragments that answer a pending message get here, and ``most`` buffers at a time are kept. The oldest gives
    way; before that the older of two that answer one message (our first try, and our second), so no node makes us
    forget what others have begun to say.
    """

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._parts: OrderedDict[tuple[bytes, int, int], tuple[int, int, dict[int, bytes]]] = OrderedDict()
        "By source and Message ID: Size, Acked Message ID and the fragments by offset."

    def __len__(self) -> int:
        return len(self._parts)

    def add(self, message: Authority, source: Address) -> bytes | None:
        """The whole buffer once its last fragment is there. MalformedMessage: fragments do not fit together, and are
        given up."""
        if message.size <= FRAGMENT_SIZE:
            return message.fragment
        key = (source.ip, source.port, message.message_id)
        standing = self._parts.get(key)
        if standing is None:
            same = [k for k, (_, acked, _) in self._parts.items() if acked == message.acked and k[:2] == key[:2]]
            if len(same) >= MOST_ANSWERS:
                del self._parts[same[0]]
            while len(self._parts) >= self._most:
                self._parts.popitem(last=False)
            standing = self._parts[key] = (message.size, message.acked, {})
        size, acked, parts = standing
        if size != message.size or acked != message.acked:
            del self._parts[key]
            raise MalformedMessage(f"AUTHORITY fragments of sizes {size} and {message.size}")
        parts[message.offset] = message.fragment
        if len(parts) < -(-size // FRAGMENT_SIZE):
            return None
        del self._parts[key]
        return b"".join(parts[offset] for offset in sorted(parts))

    def forget(self, acked: int) -> None:
        """Give up what has come in answer to that message (3.1.6.3)."""
        for key in [key for key, (_, standing, _) in self._parts.items() if standing == acked]:
            del self._parts[key]
