"""A raw speaker of MS-PPGRH for tests: bytes written by hand, independent of ``peerapi.graphing``.

Everything is big-endian (2.2). Strings inside messages are UTF-8 with a zero; strings inside records are counted UTF-16
with a zero, big-endian (reading A2). GUIDs travel in the order of their printed digits (A3).
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from tests.wire.wire_records import GRAPH_INFO, WireRecord

AUTH_INFO, CONNECT, WELCOME, REFUSE, DISCONNECT = 1, 2, 3, 4, 5
SOLICIT_NEW, SOLICIT_TIME, SOLICIT_HASH, ADVERTISE, REQUEST = 6, 7, 8, 9, 10
FLOOD, SYNC_END, PT2PT, ACK = 11, 12, 13, 14
NEIGHBOR_TYPE, DIRECT_TYPE = 1, 2
UPDATE, DIRECT, NEIGHBOR_LIST = 0x08, 0x04, 0x01
BUSY, ALREADY_CONNECTED, DUPLICATE_CONNECTION, DIRECT_DISALLOWED = 1, 2, 3, 4

LEAVING = 1

SIGNATURE = uuid.UUID("00000200-0000-0000-0000-000000000000")
CONTACT = uuid.UUID("00000300-0000-0000-0000-000000000000")
PRESENCE = uuid.UUID("00000400-0000-0000-0000-000000000000")
SIGNATURE_ID = uuid.UUID("4c515c94-4252-494f-8440-34cc79769c81")
PING = uuid.UUID("0ccbb0d2-be41-4bd6-914b-058ec5dcce64")
MAX_FRAME = 16_379
VERSION = 0x10
PATIENCE = 120.0


# --- messages -------------------------------------------------------------------------------------------------------


def message(kind: int, body: bytes, *, size: int | None = None, version: int = VERSION) -> bytes:
    """The common header (2.2.1.2) and the rest; ``size`` lies about the length."""
    return struct.pack(">IBBH", 8 + len(body) if size is None else size, version, kind, 0) + body


def text(value: str) -> bytes:
    return value.encode() + b"\0"


def auth_info(
    graph: str,
    source: str,
    destination: str | None = None,
    kind: int = NEIGHBOR_TYPE,
    offsets: tuple[int, int, int] | None = None,
) -> bytes:
    """2.2.2.1: connection type, three offsets, three strings. Without a destination its offset is the message size."""
    strings = [text(graph), text(source)] + ([] if destination is None else [text(destination)])
    first = 16
    second = first + len(strings[0])
    third = second + len(strings[1])
    return message(AUTH_INFO, struct.pack(">BBHHH", kind, 0, *(offsets or (first, second, third))) + b"".join(strings))


def endpoint(port: int, ip: str = "::1", family: int = 0x17) -> bytes:
    """PEER_IN6_ADDRESS (2.2.1.3)."""
    return struct.pack(">HH", family, port) + socket.inet_pton(socket.AF_INET6, ip)


def connect(node: int, ports: Iterable[int] = (), flags: int = 0, name: str | None = None) -> bytes:
    """2.2.2.2."""
    addresses = b"".join(map(endpoint, ports))
    end = 24 + len(addresses)
    tail = b"" if name is None else text(name)
    return message(CONNECT, struct.pack(">BBHHHQ", flags, len(addresses) // 20, 24, end, 0, node) + addresses + tail)


def welcome(node: int, peer_time: int, peer: str, ports: Iterable[int] = ()) -> bytes:
    """2.2.2.3."""
    addresses = b"".join(map(endpoint, ports))
    at = 32 + len(addresses)
    name = text(peer)
    return message(
        WELCOME,
        struct.pack(">QQBBHHH", node, peer_time, len(addresses) // 20, 0, 32 if addresses else 0, at, at + len(name))
        + addresses
        + name,
    )


def refuse(error: int, ports: Iterable[int] = ()) -> bytes:
    """2.2.2.4."""
    addresses = b"".join(map(endpoint, ports))
    return message(REFUSE, struct.pack(">BBH", error, len(addresses) // 20, 12 if addresses else 0) + addresses)


def disconnect(reason: int = LEAVING, ports: Iterable[int] = ()) -> bytes:
    """2.2.2.5."""
    addresses = b"".join(map(endpoint, ports))
    return message(DISCONNECT, struct.pack(">BBH", reason, len(addresses) // 20, 12) + addresses)


def solicit_new(include: Iterable[uuid.UUID] = (), exclude: Iterable[uuid.UUID] = ()) -> bytes:
    """2.2.2.6."""
    inside, outside = list(include), list(exclude)
    types = b"".join(guid.bytes for guid in inside + outside)
    return message(SOLICIT_NEW, struct.pack(">BBH", len(inside), len(outside), 12) + types)


def solicit_time(since: int, include: Iterable[uuid.UUID] = (), exclude: Iterable[uuid.UUID] = ()) -> bytes:
    """2.2.2.7."""
    inside, outside = list(include), list(exclude)
    types = b"".join(guid.bytes for guid in inside + outside)
    return message(SOLICIT_TIME, struct.pack(">BBHQ", len(inside), len(outside), 20, since) + types)


def solicit_hash(entries: Iterable[tuple[bytes, int, uuid.UUID]]) -> bytes:
    """2.2.2.8; entries are (MD5, modification time, record ID of the upper bound)."""
    array = b"".join(digest + struct.pack(">Q", at) + id.bytes for digest, at, id in entries)
    return message(SOLICIT_HASH, struct.pack(">BBHIHH", 0, 0, 20, len(array) // 40, 20, 0) + array)


def abstract(id: uuid.UUID, version: int) -> bytes:
    """RECORD_ABSTRACT (2.2.1.6)."""
    return id.bytes + struct.pack(">I", version)


Bound = tuple[int, uuid.UUID]


def advertise(ranges: Iterable[tuple[Bound, Bound, int]], known: Iterable[tuple[uuid.UUID, int]]) -> bytes:
    """2.2.2.9; ranges are (lower bound, upper bound, number of records), bounds are (modification time, record ID)."""
    boundaries = b"".join(
        struct.pack(">Q", low[0]) + low[1].bytes + struct.pack(">Q", high[0]) + high[1].bytes + struct.pack(">I", count)
        for low, high, count in ranges
    )
    abstracts = b"".join(abstract(id, version) for id, version in known)
    counts = struct.pack(">II", len(boundaries) // 52, len(abstracts) // 20)
    return message(ADVERTISE, counts + struct.pack(">HHI", 24, 0, 24 + len(boundaries)) + boundaries + abstracts)


def request(wanted: Iterable[tuple[uuid.UUID, int]]) -> bytes:
    """2.2.2.10."""
    array = b"".join(abstract(id, version) for id, version in wanted)
    return message(REQUEST, struct.pack(">II", len(array) // 20, 16) + array)


def flood(record: bytes, offset: int = 12) -> bytes:
    """2.2.2.11."""
    return message(FLOOD, struct.pack(">HH", offset, 0) + record)


def sync_end(final: bool = True) -> bytes:
    """2.2.2.12."""
    return message(SYNC_END, struct.pack(">BBH", int(final), 0, 0))


def point_to_point(type: uuid.UUID, payload: bytes = b"", offset: int = 28) -> bytes:
    """2.2.2.13."""
    return message(PT2PT, struct.pack(">HH", offset, 0) + type.bytes + payload)


def ack(ids: Iterable[tuple[uuid.UUID, bool]]) -> bytes:
    """2.2.2.14."""
    array = b"".join(id.bytes + struct.pack(">I", int(useful)) for id, useful in ids)
    return message(ACK, struct.pack(">HH", len(array) // 20, 12) + array)


def kind_of(raw: bytes) -> int:
    return raw[5]


def string_at(raw: bytes, offset: int) -> str:
    return raw[offset : raw.index(b"\0", offset)].decode()


def ports_in(raw: bytes, count: int, offset: int) -> list[tuple[str, int]]:
    """The PEER_IN6_ADDRESS array of a message as (address, port)."""
    found = []
    for index in range(count):
        at = offset + 20 * index
        family, port = struct.unpack_from(">HH", raw, at)
        assert family == 0x17
        found.append((socket.inet_ntop(socket.AF_INET6, raw[at + 4 : at + 20]), port))
    assert offset + 20 * count <= len(raw)
    return found


@dataclass(frozen=True)
class Welcome:
    node: int
    peer_time: int
    addresses: list[tuple[str, int]]
    peer: str

    @classmethod
    def parse(cls, raw: bytes) -> Welcome:
        node, peer_time, count, zero, at, peer, name = struct.unpack_from(">QQBBHHH", raw, 8)
        assert zero == 0
        if count == 0:
            assert at in (0, 32), f"address offset {at}"
        assert peer >= count * 20 + at and peer < name <= len(raw)
        return cls(node, peer_time, ports_in(raw, count, at), string_at(raw, peer))


def parse_refuse(raw: bytes) -> tuple[int, list[tuple[str, int]]]:
    """Error code and referrals of a REFUSE, or reason and referrals of a DISCONNECT."""
    error, count, at = struct.unpack_from(">BBH", raw, 8)
    return error, ports_in(raw, count, at)


def parse_ack(raw: bytes) -> dict[uuid.UUID, bool]:
    count, at = struct.unpack_from(">HH", raw, 8)
    assert at + 20 * count == len(raw), "an ACK is as long as its array"
    found = {}
    for index in range(count):
        flags = struct.unpack_from(">I", raw, at + 20 * index + 16)[0]
        assert flags in (0, 1)
        found[uuid.UUID(bytes=raw[at + 20 * index : at + 20 * index + 16])] = bool(flags)
    return found


def parse_flood(raw: bytes) -> WireRecord:
    at, zero = struct.unpack_from(">HH", raw, 8)
    assert zero == 0
    return WireRecord.decode(raw[at:])


def is_final(raw: bytes) -> bool:
    return bool(raw[8] & 1)


# --- connections ----------------------------------------------------------------------------------------------------


def framed(raw: bytes, limit: int = MAX_FRAME) -> bytes:
    """One message as frames (2.2.1.1, reading A1: the size does not count itself)."""
    pieces = [raw[at : at + limit] for at in range(0, len(raw), limit)]
    return b"".join(struct.pack(">H", len(piece)) + piece for piece in pieces)


class Ended(Exception):
    """The other side closed the connection."""


class Link:
    """One TCP connection to a node; either side may have opened it."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.waiting: list[bytes] = []

    @classmethod
    def to(cls, port: int) -> Link:
        return cls(socket.create_connection(("::1", port), timeout=PATIENCE))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def raw(self, data: bytes) -> None:
        """Bytes as they are. A connection that the node has ended already swallows them."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def send(self, *messages: bytes, frame: int = MAX_FRAME) -> None:
        self.raw(b"".join(framed(one, frame) for one in messages))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            try:
                some = self.socket.recv(size - len(found))
            except (ConnectionResetError, BrokenPipeError) as problem:
                raise Ended from problem
            if not some:
                raise Ended
            found += some
        return found

    def receive(self, seconds: float = PATIENCE) -> bytes:
        """The next message; checks its framing and header."""
        self.socket.settimeout(seconds)
        raw = b""
        while True:
            size = int.from_bytes(self._exactly(2), "big")
            assert 1 <= size <= 32_768, f"frame of {size} bytes"
            raw += self._exactly(size)
            if len(raw) >= 8:
                total, version, kind, zero = struct.unpack_from(">IBBH", raw)
                assert version == VERSION and 1 <= kind <= 14 and zero == 0, raw[:8].hex()
                assert len(raw) <= total, "frames hold more than the message"
                if len(raw) == total:
                    return raw

    def expect(self, kind: int, wanted: Callable[[bytes], bool] = lambda raw: True, seconds: float = PATIENCE) -> bytes:
        """The next message of a kind, skipping others; those are kept in `waiting`."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            assert left > 0, f"no message of type {kind}; came: {[kind_of(raw) for raw in self.waiting]}"
            try:
                raw = self.receive(left)
            except TimeoutError:
                continue
            except Ended:
                came = [kind_of(raw) for raw in self.waiting]
                raise AssertionError(f"the connection ended before a message of type {kind}; came: {came}") from None
            if kind_of(raw) == kind and wanted(raw):
                return raw
            self.waiting.append(raw)

    def expect_end(self, seconds: float = PATIENCE) -> list[bytes]:
        """The node closes the connection; gives the messages that it still sent before."""
        found: list[bytes] = []
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            assert left > 0, f"the connection stays open; came: {[kind_of(raw) for raw in found]}"
            try:
                found.append(self.receive(left))
            except TimeoutError:
                continue
            except Ended:
                return found

    # conversations

    def authenticate(self, graph: str, source: str, **fields: Any) -> None:
        self.send(auth_info(graph, source, **fields))

    def join(self, graph: str, source: str, node: int, **fields: Any) -> Welcome:
        """AUTH_INFO, CONNECT, WELCOME."""
        self.authenticate(graph, source)
        self.send(connect(node, **fields))
        return Welcome.parse(self.expect(WELCOME))

    def collect(self, solicit: bytes) -> list[WireRecord]:
        """Sends a SOLICIT_* and gives the records that come before the final SYNC_END; acknowledges them."""
        self.send(solicit)
        before = len(self.waiting)
        self.expect(SYNC_END, is_final)
        floods = [parse_flood(raw) for raw in self.waiting[before:] if kind_of(raw) == FLOOD]
        if floods:
            self.send(ack((record.id, True) for record in floods))
        return floods

    def alive(self) -> None:
        """The link still serves: a solicitation is answered."""
        self.collect(solicit_new([GRAPH_INFO]))


class Listener:
    """A listening socket in place of a node."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("::1", 0), family=socket.AF_INET6)
        self.socket.settimeout(PATIENCE)
        self.port = int(self.socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def accept(self) -> Link:
        return Link(self.socket.accept()[0])

    def forget_callers(self) -> None:
        """Hang up on whoever has called and was not accepted: a node that lost its neighbor calls again by itself."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.accept()[0].close()
        except BlockingIOError:
            self.socket.settimeout(PATIENCE)


@dataclass(frozen=True)
class AuthInfo:
    kind: int
    graph: str
    source: str
    destination: str | None

    @classmethod
    def parse(cls, raw: bytes) -> AuthInfo:
        kind, zero, graph, source, destination = struct.unpack_from(">BBHHH", raw, 8)
        assert zero == 0 and graph < source < destination <= len(raw)
        last = None if destination == len(raw) else string_at(raw, destination)
        return cls(kind, string_at(raw, graph), string_at(raw, source), last)


@dataclass(frozen=True)
class Connect:
    flags: int
    addresses: list[tuple[str, int]]
    node: int

    @classmethod
    def parse(cls, raw: bytes) -> Connect:
        flags, count, at, name, zero, node = struct.unpack_from(">BBHHHQ", raw, 8)
        assert zero == 0 and flags & ~(UPDATE | DIRECT | NEIGHBOR_LIST) == 0
        assert count * 20 + at <= name <= len(raw)
        return cls(flags, ports_in(raw, count, at) if count else [], node)
