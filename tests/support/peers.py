"""Peers for tests: graphs of one process, spoken to through the C functions only."""

from __future__ import annotations

import contextlib
import ctypes
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from tests.support import native
from tests.support.native import ENUMS, GUID, Library, code, expect, names, text_at, wide
from tests.support.peer_values import (
    CHAT,
    LOOPBACK,
    SECOND,
    Connection,
    Event,
    Record,
    address,
    now,
    properties_struct,
    record_struct,
    registrations,
)
from tests.support.ports import free_port

OTHER = uuid.UUID("66666666-7777-8888-9999-aaaaaaaaaaaa")
LISTENING = ENUMS["PEER_GRAPH_STATUS_LISTENING"]
HAS_CONNECTIONS = ENUMS["PEER_GRAPH_STATUS_HAS_CONNECTIONS"]
SYNCHRONIZED = ENUMS["PEER_GRAPH_STATUS_SYNCHRONIZED"]
NEIGHBOR = ENUMS["PEER_CONNECTION_NEIGHBOR"]
DIRECT = ENUMS["PEER_CONNECTION_DIRECT"]
STATUS_CHANGED = ENUMS["PEER_GRAPH_EVENT_STATUS_CHANGED"]
PROPERTY_CHANGED = ENUMS["PEER_GRAPH_EVENT_PROPERTY_CHANGED"]
RECORD_CHANGED = ENUMS["PEER_GRAPH_EVENT_RECORD_CHANGED"]
DIRECT_CONNECTION = ENUMS["PEER_GRAPH_EVENT_DIRECT_CONNECTION"]
NEIGHBOR_CONNECTION = ENUMS["PEER_GRAPH_EVENT_NEIGHBOR_CONNECTION"]
SYNCHRONIZED_EVENT = ENUMS["PEER_GRAPH_EVENT_SYNCHRONIZED"]
ADDED, UPDATED = ENUMS["PEER_RECORD_ADDED"], ENUMS["PEER_RECORD_UPDATED"]
DELETED, EXPIRED = ENUMS["PEER_RECORD_DELETED"], ENUMS["PEER_RECORD_EXPIRED"]
CONNECTED, DISCONNECTED = ENUMS["PEER_CONNECTED"], ENUMS["PEER_DISCONNECTED"]
CONNECTION_FAILED = ENUMS["PEER_CONNECTION_FAILED"]
PATIENCE = 120.0
"Seconds after which something that has to come is missing."


class Queue:
    """One event registration with its Win32 event."""

    def __init__(self, peer: Peer, *wanted: int | tuple[int, uuid.UUID], manual: bool = False) -> None:
        self.library = peer.library
        self.event = self.library.CreateEventW(None, int(manual), 0, None)
        assert self.event, "CreateEventW failed"
        handle = ctypes.c_void_p()
        array = registrations(*wanted)
        expect(
            self.library.PeerGraphRegisterEvent(peer.handle, self.event, len(wanted), array, ctypes.byref(handle)),
            "S_OK",
        )
        self.handle = handle.value
        self.seen: list[Event] = []
        "Every event taken so far."

    def next(self) -> Event | None:
        """The next queued event, or None when the queue is empty."""
        pointer = ctypes.c_void_p()
        result = self.library.PeerGraphGetEventData(self.handle, ctypes.byref(pointer))
        if result == code("PEER_S_NO_EVENT_DATA"):
            return None
        expect(result, "S_OK")
        assert pointer.value
        data = native.PEER_GRAPH_EVENT_DATA.from_address(pointer.value)
        event = Event(data.eventType)
        if data.eventType == STATUS_CHANGED:
            event = Event(data.eventType, status=data.dwStatus)
        elif data.eventType == RECORD_CHANGED:
            change = data.recordChangeData
            assert change.dwSize == type(change).SIZE
            event = Event(
                data.eventType,
                change=change.changeType,
                record=change.recordId.value(),
                record_type=change.recordType.value(),
            )
        elif data.eventType in (NEIGHBOR_CONNECTION, DIRECT_CONNECTION):
            link = data.connectionChangeData
            assert link.dwSize == type(link).SIZE
            event = Event(
                data.eventType,
                status=link.status,
                connection=link.ullConnectionId,
                node=link.ullNodeId,
                next_connection=link.ullNextConnectionId,
                reason=link.hrConnectionFailedReason,
            )
        elif data.eventType == SYNCHRONIZED_EVENT:
            assert data.synchronizedData.dwSize == type(data.synchronizedData).SIZE
            event = Event(data.eventType, record_type=data.synchronizedData.recordType.value())
        self.library.PeerGraphFreeData(pointer)
        self.seen.append(event)
        return event

    def drain(self) -> list[Event]:
        """All events queued now."""
        return list(iter(self.next, None))

    def signaled(self, seconds: float = 0) -> bool:
        """Waits for the Win32 event; an auto-reset one is consumed."""
        result = self.library.WaitForSingleObject(self.event, int(seconds * 1000))
        assert result in (native.WAIT_OBJECT_0, native.WAIT_TIMEOUT), f"WaitForSingleObject: {result:#x}"
        return bool(result == native.WAIT_OBJECT_0)

    def wait(self, wanted: Callable[[Event], bool], seconds: float = PATIENCE) -> Event:
        """The first event, from now on, of the wanted kind; the ones before it are only kept in `seen`."""
        end = time.monotonic() + seconds
        while True:
            while (event := self.next()) is not None:
                if wanted(event):
                    return event
            left = end - time.monotonic()
            if left <= 0 or not self.signaled(left):
                last = self.next()
                if last is not None and wanted(last):
                    return last
                raise AssertionError(f"the event did not come within {seconds} s; seen: {self.seen}")

    def close(self) -> None:
        expect(self.library.PeerGraphUnregisterEvent(self.handle), "S_OK")
        assert self.library.CloseHandle(self.event)


class Peer:
    """One open graph of one peer."""

    def __init__(self, library: Library, handle: int, graph: str, id: str, database: str) -> None:
        self.library, self.handle = library, handle
        self.graph, self.id, self.database = graph, id, database
        self.port = 0
        self.open = True

    # graph

    def status(self) -> int:
        status = ctypes.c_uint32(0xDEADBEEF)
        expect(self.library.PeerGraphGetStatus(self.handle, ctypes.byref(status)), "S_OK")
        return status.value

    def listen(self, port: int = 0) -> int:
        self.port = port or free_port()
        expect(self.library.PeerGraphListen(self.handle, LOOPBACK, 0, self.port), "S_OK")
        return self.port

    def connect(self, port: int, peer_id: str | None = None) -> int:
        """Starts a connection to ::1; gives its connection ID. The outcome comes as an event."""
        connection = ctypes.c_uint64(0)
        result = self.library.PeerGraphConnect(
            self.handle, wide(peer_id), ctypes.byref(address(port)), ctypes.byref(connection)
        )
        expect(result, "S_OK")
        return connection.value

    def close(self) -> None:
        expect(self.library.PeerGraphClose(self.handle), "S_OK")
        self.open = False

    def properties(self) -> dict[str, Any]:
        pointer = ctypes.c_void_p()
        expect(self.library.PeerGraphGetProperties(self.handle, ctypes.byref(pointer)), "S_OK")
        assert pointer.value
        struct = native.PEER_GRAPH_PROPERTIES.from_address(pointer.value)
        found = {}
        for name, _ in native.PEER_GRAPH_PROPERTIES._fields_:
            value = getattr(struct, name)
            found[name] = text_at(value) if name.startswith("pwz") else value
        self.library.PeerGraphFreeData(pointer)
        return found

    # records

    def try_add(self, struct: Any) -> int:
        return int(self.library.PeerGraphAddRecord(self.handle, ctypes.byref(struct), ctypes.byref(GUID())))

    def add(self, data: bytes = b"hello", **fields: Any) -> uuid.UUID:
        id = GUID()
        struct = record_struct(data, **fields)
        expect(self.library.PeerGraphAddRecord(self.handle, ctypes.byref(struct), ctypes.byref(id)), "S_OK")
        return id.value()

    def add_short(self, data: bytes = b"short", **fields: Any) -> tuple[uuid.UUID, int]:
        """A record with the shortest life that the call itself does not outlast; its ID, and when it expires."""
        for tenths in (5, 20, 80, 320):
            id, expires = GUID(), now() + tenths * SECOND // 10
            struct = record_struct(data, expires=expires, **fields)
            result = self.library.PeerGraphAddRecord(self.handle, ctypes.byref(struct), ctypes.byref(id))
            if result == 0:
                return id.value(), expires
            assert now() >= expires, native.names(result)
        raise AssertionError("adding a record takes half a minute")

    def try_get(self, id: uuid.UUID) -> Record | int:
        """PeerGraphGetRecord: the record, or the HRESULT."""
        pointer = ctypes.c_void_p()
        result = self.library.PeerGraphGetRecord(self.handle, ctypes.byref(GUID.of(id)), ctypes.byref(pointer))
        if result != 0:
            return int(result)
        assert pointer.value
        record = Record.copied(native.PEER_RECORD.from_address(pointer.value))
        self.library.PeerGraphFreeData(pointer)
        return record

    def get(self, id: uuid.UUID) -> Record:
        found = self.try_get(id)
        assert isinstance(found, Record), f"PeerGraphGetRecord: {names(found)}"
        return found

    def has(self, id: uuid.UUID) -> bool:
        found = self.try_get(id)
        if isinstance(found, Record):
            return True
        expect(found, "PEER_E_RECORD_NOT_FOUND")
        return False

    def try_update(self, id: uuid.UUID, struct: Any) -> int:
        struct.id = GUID.of(id)
        return int(self.library.PeerGraphUpdateRecord(self.handle, ctypes.byref(struct)))

    def update(self, id: uuid.UUID, data: bytes, **fields: Any) -> None:
        """Replaces data and, where given, attributes and expiration; the old expiration stays otherwise."""
        old = self.get(id)
        fields.setdefault("expires", old.expires)
        fields.setdefault("attributes", old.attributes)
        expect(self.try_update(id, record_struct(data, type=old.type, **fields)), "S_OK")

    def try_delete(self, id: uuid.UUID, local: bool = False) -> int:
        return int(self.library.PeerGraphDeleteRecord(self.handle, ctypes.byref(GUID.of(id)), int(local)))

    def delete(self, id: uuid.UUID) -> None:
        expect(self.try_delete(id), "S_OK")

    # enumerations

    def enumeration(self, type: uuid.UUID | None = CHAT, creator: str | None = None) -> int:
        handle = ctypes.c_void_p()
        guid = None if type is None else ctypes.byref(GUID.of(type))
        expect(
            self.library.PeerGraphEnumRecords(self.handle, guid, wide(creator), ctypes.byref(handle)),
            "S_OK",
        )
        assert handle.value
        return handle.value

    @contextlib.contextmanager
    def next_items(self, enumeration: int, most: int) -> Iterator[list[int]]:
        """Addresses of the next items, which live until the block ends."""
        count = ctypes.c_uint32(most)
        items = ctypes.c_void_p()
        expect(
            self.library.PeerGraphGetNextItem(enumeration, ctypes.byref(count), ctypes.byref(items)),
            "S_OK",
        )
        assert count.value <= most
        assert items.value or not count.value
        yield [pointer or 0 for pointer in (ctypes.c_void_p * count.value).from_address(items.value or 0)]
        if items.value:
            self.library.PeerGraphFreeData(items)

    def next_records(self, enumeration: int, most: int) -> list[Record]:
        with self.next_items(enumeration, most) as pointers:
            return [Record.copied(native.PEER_RECORD.from_address(pointer)) for pointer in pointers]

    def count(self, enumeration: int) -> int:
        count = ctypes.c_uint32(0xDEADBEEF)
        expect(self.library.PeerGraphGetItemCount(enumeration, ctypes.byref(count)), "S_OK")
        return count.value

    def end(self, enumeration: int) -> None:
        expect(self.library.PeerGraphEndEnumeration(enumeration), "S_OK")

    def records(self, type: uuid.UUID | None = CHAT, creator: str | None = None, chunk: int = 50) -> list[Record]:
        """A snapshot, in the order of the enumeration."""
        enumeration = self.enumeration(type, creator)
        found: list[Record] = []
        while some := self.next_records(enumeration, chunk):
            found += some
        self.end(enumeration)
        return found

    def sorted_records(self, type: uuid.UUID | None = CHAT) -> list[Record]:
        return sorted(self.records(type), key=lambda record: record.id)

    def connections(self, flags: int = NEIGHBOR) -> list[Connection]:
        handle = ctypes.c_void_p()
        expect(self.library.PeerGraphEnumConnections(self.handle, flags, ctypes.byref(handle)), "S_OK")
        assert handle.value
        found: list[Connection] = []
        more = True
        while more:
            with self.next_items(handle.value, 10) as pointers:
                more = bool(pointers)
                found += [Connection.copied(native.PEER_CONNECTION_INFO.from_address(each)) for each in pointers]
        self.end(handle.value)
        return found

    # events

    @contextlib.contextmanager
    def queue(self, *wanted: int | tuple[int, uuid.UUID], manual: bool = False) -> Iterator[Queue]:
        made = Queue(self, *wanted, manual=manual)
        try:
            yield made
        finally:
            made.close()

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE, what: str = "") -> Any:
        """Waits, woken by this graph's events, until the condition is true; gives its value."""
        with self.queue(STATUS_CHANGED, RECORD_CHANGED, NEIGHBOR_CONNECTION, PROPERTY_CHANGED) as queue:
            end = time.monotonic() + seconds
            while not (value := condition()):
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{what or 'the condition'} did not come true; events: {queue.seen}")
                queue.drain() or queue.signaled(min(left, 1.0))
            return value

    def until_status(self, flags: int) -> None:
        self.until(lambda: self.status() & flags == flags, what=f"status {flags}")

    def until_count(self, count: int, type: uuid.UUID = CHAT) -> None:
        def enough() -> bool:
            enumeration = self.enumeration(type)
            found = self.count(enumeration)
            self.end(enumeration)
            return found >= count

        self.until(enough, what=f"{count} records")


class Peers:
    """The peers of one scenario: unique names, one library, everything closed at the end."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.unique = uuid.uuid4().hex[:12]
        self.made: list[Peer] = []

    def start(self) -> int:
        version = native.PEER_VERSION_DATA()
        expect(self.library.PeerGraphStartup(1, ctypes.byref(version)), "S_OK")
        return int(version.wVersion)

    def shutdown(self) -> int:
        return int(self.library.PeerGraphShutdown())

    def graph_id(self, name: str = "graph") -> str:
        return f"{name}-{self.unique}"

    def try_create(self, properties: Any, database: str | None) -> tuple[int, int]:
        """HRESULT and handle."""
        handle = ctypes.c_void_p()
        result = self.library.PeerGraphCreate(
            None if properties is None else ctypes.byref(properties), wide(database), None, ctypes.byref(handle)
        )
        return int(result), handle.value or 0

    def create(self, id: str = "alice", name: str = "graph", database: str | None = None, **fields: Any) -> Peer:
        graph = self.graph_id(name)
        database = database or f"{graph}.{id}"
        result, handle = self.try_create(properties_struct(graph, id, **fields), database)
        expect(result, "S_OK")
        peer = Peer(self.library, handle, graph, id, database)
        self.made.append(peer)
        return peer

    def try_open(
        self,
        graph: str | None,
        id: str | None,
        database: str | None,
        precedence: list[uuid.UUID] | None = None,
    ) -> tuple[int, int]:
        """HRESULT and handle."""
        handle = ctypes.c_void_p()
        types = (GUID * len(precedence))(*map(GUID.of, precedence)) if precedence else None
        result = self.library.PeerGraphOpen(
            wide(graph), wide(id), wide(database), None, len(precedence or []), types, ctypes.byref(handle)
        )
        return int(result), handle.value or 0

    def open(
        self,
        id: str = "bob",
        name: str = "graph",
        database: str | None = None,
        precedence: list[uuid.UUID] | None = None,
        expected: str = "PEER_S_GRAPH_DATA_CREATED",
    ) -> Peer:
        graph = self.graph_id(name)
        database = database or f"{graph}.{id}"
        result, handle = self.try_open(graph, id, database, precedence)
        expect(result, expected)
        peer = Peer(self.library, handle, graph, id, database)
        self.made.append(peer)
        return peer

    def reopen(self, peer: Peer) -> Peer:
        """Opens again what was closed; it has to be there."""
        result, handle = self.try_open(peer.graph, peer.id, peer.database)
        expect(result, "S_OK")
        again = Peer(self.library, handle, peer.graph, peer.id, peer.database)
        self.made.append(again)
        return again

    def join(self, host: Peer, id: str = "bob", **fields: Any) -> Peer:
        """A new peer of the host's graph, connected and synchronized."""
        joiner = self.open(id, **fields)
        joiner.connect(host.port or host.listen())
        joiner.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
        return joiner

    def pair(self, **fields: Any) -> tuple[Peer, Peer]:
        """Alice, who made the graph, and Bob, who joined it; both know that they are connected."""
        alice = self.create("alice", **fields)
        bob = self.join(alice)
        alice.until_status(HAS_CONNECTIONS)
        return alice, bob

    def close_all(self) -> None:
        for peer in self.made:
            if peer.open:
                peer.close()
