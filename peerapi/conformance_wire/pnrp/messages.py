"""The bytes of MS-PNRP messages (2.2.1, 2.2.2, 2.2.3.4), made and read by hand.

A message is its header and elements, each a FieldID and a Length that counts both; elements begin on a boundary of four
bytes. Numbers are in network byte order.
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
from dataclasses import dataclass

from peerapi.conformance_wire.bench import expect, same

SOLICIT, ADVERTISE, REQUEST, FLOOD = 0x01, 0x02, 0x03, 0x04
INQUIRE, AUTHORITY, ACK, LOOKUP = 0x07, 0x08, 0x09, 0x0B
ACKED, ID, TARGET, VALIDATE, FLAGS = 0x18, 0x30, 0x38, 0x39, 0x40
FLOOD_CONTROLS, SOLICIT_CONTROLS, LOOKUP_CONTROLS = 0x43, 0x44, 0x45
PAYLOAD, ID_ARRAY, CHAIN, CLASSIFIER, HASHED_NONCE, NONCE = 0x5A, 0x60, 0x80, 0x85, 0x92, 0x93
SPLIT, ROUTE, VALIDATE_CPA, REVOKE_CPA, ENDPOINT, ENDPOINTS = 0x98, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E
WANT_CPA, WANT_PAYLOAD, WANT_CHAIN = 0x10, 0x08, 0x04
NOT_FOUND, LEAF = 0x0001, 0x0200
DO_NOT_ACK = 0x0001
ACCEPT_FARTHER = 0x0002
FRAGMENT = 1188
HEADER = struct.Struct(">HHBBBBI")


def new_message_id() -> int:
    return int.from_bytes(os.urandom(4), "big")


def header(
    kind: int, id: int, *, field: int = 0x10, size: int = 12, mark: int = 0x51, major: int = 4, minor: int = 0
) -> bytes:
    """2.2.1."""
    return HEADER.pack(field, size, mark, major, minor, kind, id)


def element(field: int, body: bytes, *, size: int | None = None, pad: bytes = b"\0") -> bytes:
    """One element, padded to four bytes."""
    raw = struct.pack(">HH", field, 4 + len(body) if size is None else size) + body
    return raw + pad * (-len(raw) % 4)


def array(field: int, kind: int, each: int, items: list[bytes]) -> bytes:
    """An array element: NumEntries, ArrayLength, ElementFieldType, EntryLength, entries."""
    body = b"".join(items)
    return element(field, struct.pack(">HHHH", len(items), 8 + len(body), kind, each) + body)


def ids(*several: int) -> bytes:
    return array(ID_ARRAY, ID, 32, [one.to_bytes(32, "big") for one in several])


def endpoint(port: int, host: str = "::1") -> bytes:
    """IPV6_ENDPOINT (2.2.3.6), 18 bytes."""
    return struct.pack(">H", port) + socket.inet_pton(socket.AF_INET6, host)


def endpoints(*several: bytes) -> bytes:
    return array(ENDPOINTS, ENDPOINT, 18, list(several))


def route(id: int, port: int, host: str = "::1", *, major: int = 4, count: int = 1) -> bytes:
    """ROUTE_ENTRY (2.2.3.4)."""
    return id.to_bytes(32, "big") + struct.pack(">BBHBB", major, 0, port, 0, count) + socket.inet_pton(10, host)


def solicit(hashed: bytes, entry: bytes | None = None, type: int | None = None) -> bytes:
    """What follows the header of a SOLICIT (2.2.2.1)."""
    controls = b"" if type is None else element(SOLICIT_CONTROLS, bytes((0, type)))
    return controls + (element(ROUTE, entry) if entry else b"") + element(HASHED_NONCE, hashed)


def request(nonce: bytes, *several: int) -> bytes:
    return element(NONCE, nonce) + ids(*several)


def flood(
    validate: int = 0, *, flags: int = 0, entry: bytes | None = None, revoke: bytes | None = None, seen: bytes = b""
) -> bytes:
    """2.2.2.4; ``seen`` are IPV6_ENDPOINT that have had it."""
    return (
        element(FLOOD_CONTROLS, struct.pack(">HB", flags, 0))
        + element(VALIDATE, validate.to_bytes(32, "big"))
        + (element(REVOKE_CPA, revoke) if revoke else b"")
        + (element(ROUTE, entry) if entry else b"")
        + endpoints(*(seen[at : at + 18] for at in range(0, len(seen), 18)))
    )


def inquire(id: int, flags: int = 0, nonce: bytes | None = None) -> bytes:
    """2.2.2.5."""
    body = element(FLAGS, struct.pack(">H", flags)) + element(VALIDATE, id.to_bytes(32, "big"))
    return body + (element(NONCE, nonce) if nonce is not None else b"")


def lookup(
    target: int,
    validate: int,
    path: bytes,
    *,
    flags: int = ACCEPT_FARTHER,
    precision: int = 0,
    criteria: int = 0,
    reason: int = 0,
    entry: bytes | None = None,
) -> bytes:
    """2.2.2.8."""
    return (
        element(LOOKUP_CONTROLS, struct.pack(">HHBBH", flags, precision, criteria, reason, 0))
        + element(TARGET, target.to_bytes(32, "big"))
        + element(VALIDATE, validate.to_bytes(32, "big"))
        + (element(ROUTE, entry) if entry else b"")
        + endpoints(*(path[at : at + 18] for at in range(0, len(path), 18)))
    )


def acknowledge(acked: int, flags: int | None = None) -> bytes:
    """2.2.2.7."""
    return element(ACKED, struct.pack(">I", acked)) + (
        b"" if flags is None else element(FLAGS, struct.pack(">H", flags))
    )


def authority(acked: int, buffer: bytes, *, size: int | None = None, at: int = 0) -> bytes:
    """One AUTHORITY (2.2.2.6) with a fragment of an AUTHORITY_BUFFER."""
    controls = struct.pack(">HH", len(buffer) if size is None else size, at)
    return element(ACKED, struct.pack(">I", acked)) + element(SPLIT, controls) + buffer


# ---- reading ----


@dataclass(frozen=True)
class Message:
    """A datagram that came: its header and what follows."""

    kind: int
    id: int
    raw: bytes

    @property
    def body(self) -> bytes:
        return self.raw[12:]

    @classmethod
    def read(cls, raw: bytes) -> Message:
        """Raises Deviation: there is no header as 2.2.1 has it."""
        expect(len(raw) >= 12, f"a datagram of {len(raw)} bytes")
        field, size, mark, major, minor, kind, id = HEADER.unpack_from(raw)
        same((field, size, mark, major, minor), (0x10, 12, 0x51, 4, 0), "the header")
        return cls(kind, id, raw)


def elements(raw: bytes) -> list[tuple[int, bytes]]:
    """FieldIDs and bodies, in order. Raises Deviation: a length reaches beyond the end, or padding is not zero."""
    found = []
    at = 0
    while at + 4 <= len(raw):
        field, size = struct.unpack_from(">HH", raw, at)
        expect(4 <= size <= len(raw) - at, f"element 0x{field:04X} of {size} bytes in {len(raw) - at}")
        found.append((field, raw[at + 4 : at + size]))
        behind = at + size + (-size % 4)
        same(raw[at + size : behind].strip(b"\0"), b"", f"the padding behind element 0x{field:04X}")
        at = behind
    return found


def one(raw: bytes, field: int) -> bytes:
    """The body of the one element with a FieldID. Raises Deviation."""
    found = [body for kind, body in elements(raw) if kind == field]
    expect(len(found) == 1, f"{len(found)} elements 0x{field:04X}")
    return found[0]


def acked_id(message: Message) -> int:
    return int.from_bytes(one(message.body[:8], ACKED), "big")


def array_in(body: bytes) -> tuple[int, int, int, int, list[bytes]]:
    """NumEntries, ArrayLength, ElementFieldType, EntryLength, and the entries."""
    number, size, kind, each = struct.unpack_from(">HHHH", body)
    return number, size, kind, each, [body[at : at + each] for at in range(8, len(body), each or 1)]


def fragment_in(message: Message) -> tuple[int, int, bytes]:
    """Size, Offset and Buffer of an AUTHORITY."""
    same(struct.unpack_from(">HH", message.body, 8), (SPLIT, 8), "SPLIT_CONTROLS")
    size, at = struct.unpack_from(">HH", message.body, 12)
    return size, at, message.body[16:]


def sha1(*parts: bytes) -> bytes:
    return hashlib.sha1(b"".join(parts), usedforsecurity=False).digest()


def peer_to_peer_id(name: str) -> int:
    """The upper half of the PNRP IDs of a peer name (3.1.4.4.1); the classifier is hashed as little-endian UTF-16."""
    authority, _, classifier = name.partition(".")
    binary = bytes(20) if authority == "0" else bytes.fromhex(authority)
    hashed = sha1(classifier.encode("utf-16-le"))
    return int.from_bytes(sha1(hashed, binary, hashed, b"PNRP")[:16], "big")
