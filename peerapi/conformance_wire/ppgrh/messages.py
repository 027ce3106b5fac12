"""The bytes of MS-PPGRH messages (2.2.1.1 to 2.2.2.14), made and read by hand. All numbers are big-endian (2.2).

Each maker takes what a well-formed message needs; whoever wants another one gives the field itself. Record types and
IDs travel in the order of their printed digits.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from peerapi.conformance_wire.bench import expect, same

AUTH_INFO, CONNECT, WELCOME, REFUSE, DISCONNECT = 1, 2, 3, 4, 5
SOLICIT_NEW, SOLICIT_TIME, SOLICIT_HASH, ADVERTISE, REQUEST = 6, 7, 8, 9, 10
FLOOD, SYNC_END, PT2PT, ACK = 11, 12, 13, 14
NAMES = {
    AUTH_INFO: "AUTH_INFO",
    CONNECT: "CONNECT",
    WELCOME: "WELCOME",
    REFUSE: "REFUSE",
    DISCONNECT: "DISCONNECT",
    SOLICIT_NEW: "SOLICIT_NEW",
    SOLICIT_TIME: "SOLICIT_TIME",
    SOLICIT_HASH: "SOLICIT_HASH",
    ADVERTISE: "ADVERTISE",
    REQUEST: "REQUEST",
    FLOOD: "FLOOD",
    SYNC_END: "SYNC_END",
    PT2PT: "PT2PT",
    ACK: "ACK",
}
VERSION = 0x10
FAMILY = 0x17
DEFAULT_FRAME, LARGEST_FRAME = 16_379, 32_768
NEIGHBOR, DIRECT = 1, 2
UPDATE_BIT, DIRECT_BIT, NEIGHBOR_LIST_BIT = 0x08, 0x04, 0x01
BUSY, ALREADY_CONNECTED, DUPLICATE_CONNECTION, DIRECT_DISALLOWED = 1, 2, 3, 4
LEAVING, LEAST_USEFUL, APP_DISCONNECT = 1, 2, 3
PING = UUID("0ccbb0d2-be41-4bd6-914b-058ec5dcce64")
HEADER = struct.Struct(">IBBH")


def message(kind: int, body: bytes, *, size: int | None = None, version: int = VERSION, reserved: int = 0) -> bytes:
    """PEER_MESSAGE (2.2.1.2) and what follows it; ``size`` may lie."""
    return HEADER.pack(8 + len(body) if size is None else size, version, kind, reserved) + body


def text(value: str) -> bytes:
    """A string of a message: UTF-8 and a zero."""
    return value.encode() + b"\0"


def endpoint(port: int, host: str = "::1", family: int = FAMILY) -> bytes:
    """PEER_IN6_ADDRESS (2.2.1.3), 20 bytes."""
    return struct.pack(">HH", family, port) + socket.inet_pton(socket.AF_INET6, host)


def auth_info(
    graph: str,
    source: str,
    destination: str | None = None,
    *,
    kind: int = NEIGHBOR,
    offsets: tuple[int, int, int] | None = None,
    reserved: int = 0,
) -> bytes:
    """2.2.2.1. Without a destination its offset is the size of the message."""
    strings = [text(graph), text(source), b"" if destination is None else text(destination)]
    first = 16
    second = first + len(strings[0])
    third = second + len(strings[1])
    return message(
        AUTH_INFO, struct.pack(">BBHHH", kind, reserved, *(offsets or (first, second, third))) + b"".join(strings)
    )


def connect(
    node: int,
    addresses: bytes = b"",
    *,
    flags: int = 0,
    count: int | None = None,
    at: int = 24,
    name_at: int | None = None,
    reserved: int = 0,
    name: bytes = b"",
) -> bytes:
    """2.2.2.2; ``addresses`` are PEER_IN6_ADDRESS."""
    number = len(addresses) // 20 if count is None else count
    end = 24 + len(addresses) if name_at is None else name_at
    return message(CONNECT, struct.pack(">BBHHHQ", flags, number, at, end, reserved, node) + addresses + name)


def welcome(
    node: int,
    peer_time: int,
    peer: str,
    addresses: bytes = b"",
    *,
    count: int | None = None,
    at: int | None = None,
    peer_at: int | None = None,
    name_at: int | None = None,
    reserved: int = 0,
) -> bytes:
    """2.2.2.3."""
    number = len(addresses) // 20 if count is None else count
    first = (32 if addresses else 0) if at is None else at
    second = 32 + len(addresses) if peer_at is None else peer_at
    third = 32 + len(addresses) + len(text(peer)) if name_at is None else name_at
    head = struct.pack(">QQBBHHH", node, peer_time, number, reserved, first, second, third)
    return message(WELCOME, head + addresses + text(peer))


def refuse(code: int, addresses: bytes = b"", *, count: int | None = None, at: int | None = None) -> bytes:
    """2.2.2.4."""
    number = len(addresses) // 20 if count is None else count
    first = (12 if addresses else 0) if at is None else at
    return message(REFUSE, struct.pack(">BBH", code, number, first) + addresses)


def disconnect(reason: int = LEAVING, addresses: bytes = b"", *, count: int | None = None, at: int = 12) -> bytes:
    """2.2.2.5."""
    number = len(addresses) // 20 if count is None else count
    return message(DISCONNECT, struct.pack(">BBH", reason, number, at) + addresses)


def _types(include: Iterable[UUID], exclude: Iterable[UUID]) -> tuple[int, int, bytes]:
    inside, outside = list(include), list(exclude)
    return len(inside), len(outside), b"".join(one.bytes for one in inside + outside)


def solicit_new(include: Iterable[UUID] = (), exclude: Iterable[UUID] = ()) -> bytes:
    """2.2.2.6."""
    inside, outside, types = _types(include, exclude)
    return message(SOLICIT_NEW, struct.pack(">BBH", inside, outside, 12) + types)


def solicit_time(since: int, include: Iterable[UUID] = (), exclude: Iterable[UUID] = ()) -> bytes:
    """2.2.2.7."""
    inside, outside, types = _types(include, exclude)
    return message(SOLICIT_TIME, struct.pack(">BBHQ", inside, outside, 20, since) + types)


Bound = tuple[int, UUID]
"""Modification time and record ID."""


def hash_entry(digest: bytes, upper: Bound) -> bytes:
    """HASH_INFO_ENTRY (2.2.1.7), 40 bytes."""
    return digest + struct.pack(">Q", upper[0]) + upper[1].bytes


def solicit_hash(entries: bytes, *, reserved: int = 0) -> bytes:
    """2.2.2.8; ``entries`` are HASH_INFO_ENTRY."""
    return message(SOLICIT_HASH, struct.pack(">BBHIHH", 0, 0, 20, len(entries) // 40, 20, reserved) + entries)


def boundary(low: Bound, high: Bound, count: int) -> bytes:
    """HASH_ENTRY_BOUNDARY (2.2.1.8), 52 bytes."""
    return (
        struct.pack(">Q", low[0]) + low[1].bytes + struct.pack(">Q", high[0]) + high[1].bytes + struct.pack(">I", count)
    )


def abstract(id: UUID, version: int) -> bytes:
    """RECORD_ABSTRACT (2.2.1.6), 20 bytes."""
    return id.bytes + struct.pack(">I", version)


def advertise(boundaries: bytes, abstracts: bytes) -> bytes:
    """2.2.2.9."""
    counts = struct.pack(">II", len(boundaries) // 52, len(abstracts) // 20)
    return message(ADVERTISE, counts + struct.pack(">HHI", 24, 0, 24 + len(boundaries)) + boundaries + abstracts)


def request(abstracts: bytes) -> bytes:
    """2.2.2.10."""
    return message(REQUEST, struct.pack(">II", len(abstracts) // 20, 16) + abstracts)


def flood(record: bytes, *, at: int = 12, reserved: int = 0) -> bytes:
    """2.2.2.11."""
    return message(FLOOD, struct.pack(">HH", at, reserved) + record)


def sync_end(flags: int = 1, *, reserved2: int = 0, reserved3: int = 0) -> bytes:
    """2.2.2.12; the lowest bit is Final."""
    return message(SYNC_END, struct.pack(">BBH", flags, reserved2, reserved3))


def point_to_point(type: UUID, payload: bytes = b"", *, at: int = 28, reserved: int = 0) -> bytes:
    """2.2.2.13."""
    return message(PT2PT, struct.pack(">HH", at, reserved) + type.bytes + payload)


def ack(ids: Iterable[tuple[UUID, int]]) -> bytes:
    """2.2.2.14; each record ID with its 32 bits, the lowest of which is Useful."""
    array = b"".join(id.bytes + struct.pack(">I", bits) for id, bits in ids)
    return message(ACK, struct.pack(">HH", len(array) // 20, 12) + array)


def framed(raw: bytes, size: int = DEFAULT_FRAME) -> bytes:
    """One message as frames (2.2.1.1); Frame Size does not count its own two bytes."""
    pieces = [raw[at : at + size] for at in range(0, len(raw), size)]
    return b"".join(struct.pack(">H", len(piece)) + piece for piece in pieces)


def one_frame(raw: bytes) -> bytes:
    return struct.pack(">H", len(raw)) + raw


# ---- reading ----


def kind_of(raw: bytes) -> int:
    return raw[5]


def name_of(raw: bytes) -> str:
    return NAMES.get(kind_of(raw), f"message {kind_of(raw)}")


def string_at(raw: bytes, at: int) -> str:
    """The string at an offset. Raises Deviation: it has no end within the message."""
    end = raw.find(b"\0", at)
    expect(0 <= at <= len(raw) and end >= 0, f"no string with a zero behind it at {at}")
    return raw[at:end].decode()


def endpoints_at(raw: bytes, count: int, at: int) -> list[tuple[str, int]]:
    """PEER_IN6_ADDRESS array as (address, port). Raises Deviation."""
    expect(at + 20 * count <= len(raw), f"{count} addresses at {at} in {len(raw)} bytes")
    found = []
    for place in range(at, at + 20 * count, 20):
        family, port = struct.unpack_from(">HH", raw, place)
        same(family, FAMILY, "Protocol Family")
        found.append((socket.inet_ntop(socket.AF_INET6, raw[place + 4 : place + 20]), port))
    return found


@dataclass(frozen=True)
class Welcome:
    """The fields of a WELCOME."""

    node: int
    peer_time: int
    count: int
    at: int
    peer_at: int
    name_at: int

    @classmethod
    def read(cls, raw: bytes) -> Welcome:
        node, peer_time, count, _, at, peer_at, name_at = struct.unpack_from(">QQBBHHH", raw, 8)
        return cls(node, peer_time, count, at, peer_at, name_at)


def referrals(raw: bytes) -> tuple[int, list[tuple[str, int]]]:
    """Code or reason, and addresses, of a REFUSE or DISCONNECT."""
    code, count, at = struct.unpack_from(">BBH", raw, 8)
    return code, endpoints_at(raw, count, at) if count else []


def acks_in(raw: bytes) -> dict[UUID, int]:
    """Record IDs of an ACK with their 32 bits. Raises Deviation."""
    count, at = struct.unpack_from(">HH", raw, 8)
    expect(at + 20 * count <= len(raw), f"{count} ACKs at {at} in {len(raw)} bytes")
    return {
        UUID(bytes=raw[place : place + 16]): int.from_bytes(raw[place + 16 : place + 20], "big")
        for place in range(at, at + 20 * count, 20)
    }


def record_in(raw: bytes) -> bytes:
    """The record data of a FLOOD."""
    return raw[int.from_bytes(raw[8:10], "big") :]


def is_final(raw: bytes) -> bool:
    return bool(raw[8] & 1)


def types_in(raw: bytes) -> tuple[list[UUID], list[UUID]]:
    """The included and excluded record types of a SOLICIT_*."""
    inside, outside, at = raw[8], raw[9], int.from_bytes(raw[10:12], "big")
    expect(at + 16 * (inside + outside) <= len(raw), "the record types reach beyond the message")
    found = [UUID(bytes=raw[place : place + 16]) for place in range(at, at + 16 * (inside + outside), 16)]
    return found[:inside], found[inside:]
