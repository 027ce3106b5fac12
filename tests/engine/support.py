"""What the engine's tests share: watchers that wait for events, and a caller that speaks the protocol over TCP."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from peerapi.engine.graphs.driver import Driver, Registration
from peerapi.engine.runtime import moment
from peerapi.graphing.codec.framing import Deframer, frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, Flood, Message, Welcome, decode, encode
from peerapi.graphing.codec.records import Record, decode_record, encode_record, record_id
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import Event, EventType
from peerapi.moment import SECOND
from peerapi.store.database import Database

GRAPH = "a graph"
CHAT = bytes(15) + b"\x77"
LOOPBACK = 4
"PEER_GRAPH_SCOPE_LOOPBACK."
PATIENCE = 120.0
"Seconds after which a test that waits has failed."

M = TypeVar("M")


def info(**changes: Any) -> GraphInfo:
    values = {"scope": LOOPBACK, "defer_expiration": False, "graph_id": GRAPH, "creator_id": "alice", **changes}
    return GraphInfo(**values)


def draft(data: bytes = b"data", **fields: Any) -> Draft:
    return Draft(**{"type": CHAT, "data": data, "expiration": moment().utc + 3600 * SECOND, **fields})


def until(condition: Callable[[], object], what: str = "what was waited for") -> None:
    """Wait for something that nobody tells: give up the processor again and again, for PATIENCE at most."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen"
        threading.Event().wait(0.002)


class Watcher:
    """A registration whose events can be waited for."""

    def __init__(self, driver: Driver, *types: EventType, only: frozenset[bytes] | None = None) -> None:
        self._changed = threading.Condition()
        self.events: list[Event] = []
        self.signals = 0
        self.registration = Registration(dict.fromkeys(types or tuple(EventType), only), self._signal)
        driver.register(self.registration)

    def _signal(self) -> None:
        with self._changed:
            self.signals += 1
            while self.registration.queue:
                self.events.append(self.registration.queue.popleft())
            self._changed.notify_all()

    def until(self, condition: Callable[[list[Event]], object]) -> list[Event]:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.events), PATIENCE), self.events
            return list(self.events)

    def heard(self, kind: type[M]) -> list[M]:
        with self._changed:
            return [event for event in self.events if isinstance(event, kind)]


class Caller:
    """Somebody who calls a listening node over TCP."""

    def __init__(self, port: int, name: str = "caller", node_id: int = 7) -> None:
        self.name = name
        self.node_id = node_id
        self.socket = socket.create_connection(("::1", port), timeout=PATIENCE)
        self.deframer = Deframer()
        self.messages: list[Message] = []

    def send(self, *messages: Message) -> None:
        self.socket.sendall(b"".join(frame(encode(message)) for message in messages))

    def introduce(self, graph_id: str = GRAPH, destination: str | None = None, *, direct: bool = False) -> None:
        kind = ConnectionType.DIRECT if direct else ConnectionType.NEIGHBOR
        self.send(AuthInfo(kind, graph_id, self.name, destination))

    def join(self) -> Caller:
        """Become a neighbor."""
        self.introduce()
        self.send(Connect(self.node_id))
        self.wait_for(Welcome)
        return self

    def more(self) -> bool:
        """Read once; False at the end of the connection."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionError:
            return False
        self.messages += [decode(message) for message in self.deframer.feed(data)] if data else []
        return bool(data)

    def wait_for(self, kind: type[M], condition: Callable[[M], object] = lambda _: True) -> M:
        """The first message of a class that fulfils a condition; those before it of that class are forgotten."""
        while True:
            for message in list(self.messages):
                if isinstance(message, kind):
                    self.messages.remove(message)
                    if condition(message):
                        return message
            assert self.more(), f"the connection ended before a {kind.__name__}"

    def floods(self, count: int) -> list[Record]:
        """The next records of the application's type."""
        found: list[Record] = []
        while len(found) < count:
            record = decode_record(self.wait_for(Flood).record)
            if record.type == CHAT:
                found.append(record)
        return found

    def ended(self) -> bool:
        """Whether the node has closed the connection; what came before is kept."""
        while self.more():
            pass
        return True

    def readable(self, seconds: float) -> bool:
        """Whether anything comes within that time."""
        self.socket.settimeout(seconds)
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except TimeoutError:
            return False
        finally:
            self.socket.settimeout(PATIENCE)

    def record(self, **fields: Any) -> Record:
        now = moment().utc
        values = {
            "type": CHAT,
            "id": record_id(self.name, random.randbytes(16)),
            "version": 1,
            "creator_id": self.name,
            "creation": now,
            "expiration": now + 3600 * SECOND,
            "modification": now,
            "graph_id": GRAPH,
            "payload": b"of a caller",
            **fields,
        }
        return Record(**values)

    def flood(self, *records: Record) -> None:
        self.send(*(Flood(encode_record(record)) for record in records))

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Watched(Database):
    """A database whose commits can be watched and made to fail."""

    before_commit: Callable[[], None] = staticmethod(lambda: None)

    def commit(self) -> None:
        type(self).before_commit()
        super().commit()


def watched(monkeypatch: Any) -> type[Watched]:
    """Have nodes open databases of a class of this test's own."""

    class Own(Watched):
        pass

    monkeypatch.setattr("peerapi.engine.graphs.node.Database", Own)
    return Own


def neighbors(driver: Driver) -> int:
    return driver.read(lambda graph: len(graph.neighbors))
