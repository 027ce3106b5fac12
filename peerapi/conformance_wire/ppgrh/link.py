"""A connection to the node, in either direction, and what the facts say to it."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

from peerapi.conformance_wire.bench import Bench, Deviation, expect, same
from peerapi.conformance_wire.ppgrh import messages
from peerapi.conformance_wire.ppgrh.messages import (
    ACK,
    FLOOD,
    REFUSE,
    REQUEST,
    SOLICIT_NEW,
    SOLICIT_TIME,
    SYNC_END,
    WELCOME,
)
from peerapi.conformance_wire.ppgrh.records import CONTACT, GRAPH_INFO, PRESENCE, SIGNATURE, Record

ME = "wire conformance"
"The peer ID under which the kit appears."


def of_the_graph(raw: bytes) -> bool:
    """Whether this is a FLOOD of one of the graph's own records: the node may publish them at any time."""
    if messages.kind_of(raw) != FLOOD:
        return False
    return messages.record_in(raw)[:16] in {one.bytes for one in (GRAPH_INFO, SIGNATURE, CONTACT, PRESENCE)}


class Ended(Exception):
    """The node has closed the connection."""


class Link:
    """One TCP connection."""

    def __init__(self, connection: socket.socket, bench: Bench) -> None:
        self.socket = connection
        self.bench = bench
        self.skipped: list[bytes] = []
        "Messages that were read while another one was waited for."
        self.frames: list[int] = []
        "The sizes of all frames that came."
        self.welcome = b""
        self.node = 0
        "What this side has said is its node ID."
        self.over = False

    @classmethod
    def to(cls, bench: Bench) -> Link:
        """A new connection to the node; nothing has been said."""
        target = bench.target
        return cls(socket.create_connection((target.host, target.port), timeout=bench.patience), bench)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """Leaves politely and waits until the node has let go, so that the next link finds a place."""
        if not self.over and self.welcome:
            with contextlib.suppress(Deviation, OSError):
                self.send(messages.disconnect())
                self.expect_end()
        self.socket.close()

    # ---- bytes ----

    def raw(self, data: bytes) -> None:
        """Bytes as they are. A connection that has been ended already swallows them."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def send(self, *several: bytes, frame: int = messages.DEFAULT_FRAME) -> None:
        self.raw(b"".join(messages.framed(one, frame) for one in several))

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            try:
                some = self.socket.recv(size - len(found))
            except (ConnectionResetError, BrokenPipeError) as problem:
                self.over = True
                raise Ended from problem
            if not some:
                self.over = True
                raise Ended
            found += some
        return found

    def receive(self, seconds: float) -> bytes:
        """The next whole message. Raises Ended, TimeoutError, Deviation."""
        self.socket.settimeout(max(seconds, 0.001))
        raw = b""
        while True:
            size = int.from_bytes(self._exactly(2), "big")
            self.frames.append(size)
            expect(1 <= size <= messages.LARGEST_FRAME, f"a frame of {size} bytes")
            raw += self._exactly(size)
            if len(raw) >= 8:
                total = int.from_bytes(raw[:4], "big")
                expect(len(raw) <= total, f"frames with {len(raw)} bytes of a message of {total}")
                if len(raw) == total:
                    return raw

    def expect(self, kind: int, wanted: Callable[[bytes], bool] = lambda raw: True) -> bytes:
        """The next message of a kind; others are kept. Raises Deviation: it does not come."""
        end = time.monotonic() + self.bench.patience
        came: list[str] = []
        while True:
            left = end - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                raw = self.receive(left)
            except TimeoutError:
                raise Deviation(f"no {messages.NAMES[kind]}; came: {came}") from None
            except Ended:
                raise Deviation(f"the connection ended before {messages.NAMES[kind]}; came: {came}") from None
            if messages.kind_of(raw) == kind and wanted(raw):
                return raw
            came.append(messages.name_of(raw))
            self.skipped.append(raw)

    def expect_end(self) -> list[bytes]:
        """What still came before the node closed the connection. Raises Deviation: it does not close it."""
        end = time.monotonic() + self.bench.patience
        found: list[bytes] = []
        while True:
            left = end - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError
                found.append(self.receive(left))
            except TimeoutError:
                came = [messages.name_of(raw) for raw in found]
                raise Deviation(f"the connection is not ended; came: {came}") from None
            except Ended:
                return [raw for raw in found if not of_the_graph(raw)]

    # ---- conversations ----

    def introduce(self, kind: int = messages.NEIGHBOR) -> None:
        """A well-formed AUTH_INFO."""
        self.send(messages.auth_info(self.bench.target.graph, ME, kind=kind))

    def joined(self, *, flags: int = 0, addresses: bytes = b"", node: int | None = None) -> Self:
        """AUTH_INFO, CONNECT and WELCOME: the link is in the CONNECTED state."""
        self.introduce()
        self.node = random.getrandbits(64) | 1 if node is None else node
        self.send(messages.connect(self.node, addresses, flags=flags))
        self.welcome = self.expect(WELCOME)
        return self

    @property
    def peer_time(self) -> int:
        """That of the node when it answered."""
        return messages.Welcome.read(self.welcome).peer_time

    def probe(self) -> list[bytes]:
        """Asks for records of a type that nobody uses; what came before the answer. Raises Deviation: the link does
        not serve any longer."""
        before = len(self.skipped)
        self.send(messages.solicit_new([uuid4()]))
        self.expect(SYNC_END, messages.is_final)
        return [raw for raw in self.skipped[before:] if not of_the_graph(raw)]

    def collect(self, solicit: bytes) -> list[Record]:
        """The records that come for a SOLICIT_*, until the final SYNC_END; they are acknowledged."""
        before = len(self.skipped)
        self.send(solicit)
        self.expect(SYNC_END, messages.is_final)
        told = [raw for raw in self.skipped[before:] if messages.kind_of(raw) == FLOOD]
        if messages.kind_of(solicit) not in (SOLICIT_NEW, SOLICIT_TIME) or messages.types_in(solicit)[0]:
            wanted = messages.types_in(solicit)[0] if messages.kind_of(solicit) != REQUEST else []
            told = [raw for raw in told if not of_the_graph(raw) or Record.read(messages.record_in(raw)).type in wanted]
        records = list({one.id: one for one in (Record.read(messages.record_in(raw)) for raw in told)}.values())
        if records:
            self.send(messages.ack((record.id, 1) for record in records))
        return records

    def flood(self, *records: Record | bytes) -> None:
        self.send(*(messages.flood(one if isinstance(one, bytes) else one.encode()) for one in records))

    def acked(self, *records: Record) -> dict[UUID, int]:
        """The bits of the ACKs for all of these. Raises Deviation."""
        found: dict[UUID, int] = {}
        while not {record.id for record in records} <= set(found):
            found.update(messages.acks_in(self.expect(ACK)))
        return found

    def stored(self, record: Record) -> Record | None:
        """What the node holds under the record's ID, as it tells to who asks for the type."""
        found = [one for one in self.collect(messages.solicit_new([record.type])) if one.id == record.id]
        return found[0] if found else None


def connected(bench: Bench, *, flags: int = 0, addresses: bytes = b"") -> Link:
    """A link in the CONNECTED state; ``with`` it."""
    link = Link.to(bench)
    try:
        return link.joined(flags=flags, addresses=addresses)
    except BaseException:
        link.socket.close()
        raise


def refused(bench: Bench, connect: bytes, kind: int = messages.NEIGHBOR) -> bytes:
    """The REFUSE that answers a CONNECT; the node ends the connection then. Raises Deviation."""
    with Link.to(bench) as link:
        link.introduce(kind)
        link.send(connect)
        raw = link.expect(REFUSE)
        same(link.expect_end(), [], "what follows")
        return raw


def ends(link: Link, *several: bytes) -> None:
    """The node ends the connection upon these, and says at most DISCONNECT."""
    link.send(*several)
    for raw in link.expect_end():
        expect(messages.kind_of(raw) in (messages.DISCONNECT, messages.PT2PT), f"{messages.name_of(raw)} comes first")


class Listener:
    """A listening socket in place of a node, on a port of its own."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.socket = socket.create_server((bench.target.host, 0), family=socket.AF_INET6)
        self.socket.settimeout(bench.patience)
        self.port = int(self.socket.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def accept(self) -> Link:
        """The next call. Raises Deviation: nobody calls."""
        try:
            return Link(self.socket.accept()[0], self.bench)
        except TimeoutError:
            raise Deviation("the node does not call") from None

    @property
    def endpoint(self) -> bytes:
        return messages.endpoint(self.port, self.bench.target.host)


def reset(link: Link) -> None:
    """Ends a connection without a word, so that the other side notices at once."""
    with contextlib.suppress(OSError):
        link.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    link.over = True
    link.socket.close()
