"""One graph whose records and events are asked for in C and in Python, and everything that may happen to it."""

from __future__ import annotations

import ctypes
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from peerapi.abi import exports
from peerapi.abi.exports import Success
from peerapi.api.graph_events import EventQueue
from peerapi.engine.graphs.driver import Driver, Registration
from peerapi.errors import PEER_S_NO_EVENT_DATA
from peerapi.graphing.codec.records import Record as WireRecord
from peerapi.graphing.codec.records import decode_record, encode_record, record_id, summarize
from peerapi.graphing.events import EventType
from peerapi.graphing.security import Received
from peerapi.moment import SECOND
from tests.support import native
from tests.support.groups import EVENT_DATA as GROUP_EVENT_DATA
from tests.support.native import GUID, Library
from tests.support.peers import CHAT, OTHER, Record, now, record_struct

HOUR = 3600 * SECOND
TYPES = (CHAT, OTHER)


class Stored(Exception):
    """Raised within an input, which is taken back then."""


def parts(address: int, texts: tuple[str, ...], data: tuple[str, ...], kind: Any) -> tuple[bytes, list[int]]:
    """A block as it is, but for its address: the bytes of the struct without pointers, and where these lead."""
    struct = kind.from_buffer_copy(ctypes.string_at(address, kind.SIZE))
    leads = []
    for name in texts:
        pointer = getattr(struct, name)
        leads.append(pointer and pointer - address)
        setattr(struct, name, 0)
    for name in data:
        pointer = getattr(struct, name).pbData
        leads.append(pointer and pointer - address)
        getattr(struct, name).pbData = 0
    return bytes(struct), leads


class Space:
    """A graph or a group with its two registrations, and what Python is asked meanwhile."""

    def __init__(self, library: Library, family: str, handle: int, driver: Driver, seed: int) -> None:
        self.library, self.family, self.handle, self.driver = library, family, handle, driver
        self.random = random.Random(seed)
        self.ids: list[uuid.UUID] = []
        self.queues: list[tuple[int, int, Registration]] = []
        self.asked: Counter[str] = Counter()
        self.reference = {
            name: exports.wrap(exports.REGISTRY[name], exports.prototypes()[name][1])
            for name in (f"Peer{family}GetRecord", f"Peer{family}GetEventData")
        }

    # Questions --------------------------------------------------------------------------------------------------------

    def ask(self, which: Callable[..., int], handle: int | None, id: uuid.UUID | None) -> tuple[int, Any]:
        """The code, and what the block says."""
        out = ctypes.c_void_p(0)
        guid = None if id is None else GUID.of(id)
        result = which(handle or 0, 0 if guid is None else ctypes.addressof(guid), ctypes.addressof(out))
        if not out.value:
            return result & 0xFFFFFFFF, None
        found = Record.copied(native.PEER_RECORD.from_address(out.value))
        strings = ("pwzCreatorId", "pwzModifiedById", "pwzAttributes")
        block = parts(out.value, strings, ("securityData", "data"), native.PEER_RECORD)
        self.library.PeerGraphFreeData(out)
        return result & 0xFFFFFFFF, (found, block)

    def compare(self) -> None:
        """Every record that there ever was, read both ways."""
        exported = getattr(self.library, f"Peer{self.family}GetRecord")
        reference = self.reference[f"Peer{self.family}GetRecord"]
        for id in [*self.ids, uuid.UUID(int=0)]:
            asked = self.asked["record"]
            in_c = self.ask(exported, self.handle, id)
            self.asked["read in C"] += self.asked["record"] == asked
            assert in_c == self.ask(reference, self.handle, id), id

    def compare_events(self) -> None:
        """What both kinds of registrations tell."""
        exported = getattr(self.library, f"Peer{self.family}GetEventData")
        reference = exports.REGISTRY[f"Peer{self.family}GetEventData"].function
        kind = native.PEER_GRAPH_EVENT_DATA if self.family == "Graph" else GROUP_EVENT_DATA
        for handle, _, registration in self.queues:
            told = []
            while True:
                out = ctypes.c_void_p(0)
                if exported(handle, ctypes.byref(out)) == PEER_S_NO_EVENT_DATA:
                    assert out.value is None
                    break
                data = kind.from_address(out.value or 0)
                change = data.recordChangeData
                assert data.eventType != EventType.RECORD_CHANGED or change.dwSize == type(change).SIZE
                of_record = (change.changeType, change.recordId.value().bytes, change.recordType.value().bytes)
                told.append((data.eventType, of_record if data.eventType == EventType.RECORD_CHANGED else None))
                self.library.PeerGraphFreeData(out)
            wanted = []
            while type(event := reference(EventQueue(self.driver, registration, None))) is not Success:
                wanted.append((event[0], tuple(event[1]) if event[0] == EventType.RECORD_CHANGED else None))
            assert told == wanted

    # What happens -----------------------------------------------------------------------------------------------------

    def register(self) -> None:
        types: dict[Any, frozenset[bytes] | None] = {
            EventType.RECORD_CHANGED: self.random.choice([None, frozenset({CHAT.bytes}), frozenset({bytes(16)})])
        }
        if self.random.random() < 0.5:
            types[EventType.PROPERTY_CHANGED] = None
        name = "PEER_GRAPH_EVENT_REGISTRATION" if self.family == "Graph" else "PEER_GROUP_EVENT_REGISTRATION"
        wanted, kept = [], []
        for type_, only in types.items():
            for guid in only or (None,):
                line = native.structure(name)()
                line.eventType = type_
                if guid is not None:
                    kept.append(GUID.of(uuid.UUID(bytes=guid)))
                    line.pType = ctypes.addressof(kept[-1])
                wanted.append(line)
        event, out = self.library.CreateEventW(None, 0, 0, None), ctypes.c_void_p()
        array = (native.structure(name) * len(wanted))(*wanted)
        call = getattr(self.library, f"Peer{self.family}RegisterEvent")
        assert call(self.handle, event, len(wanted), array, ctypes.byref(out)) == 0
        registration = Registration(types, bool)
        self.driver.register(registration)
        self.queues.append((out.value or 0, event, registration))

    def unregister(self) -> None:
        if self.queues:
            handle, event, registration = self.queues.pop(self.random.randrange(len(self.queues)))
            assert getattr(self.library, f"Peer{self.family}UnregisterEvent")(handle) == 0
            self.driver.unregister(registration)
            out = ctypes.c_void_p(1)
            closed = getattr(self.library, f"Peer{self.family}GetEventData")(handle, ctypes.byref(out))
            assert (closed, out.value) == (native.code("E_INVALIDARG"), None)
            self.library.CloseHandle(event)

    def struct(self) -> Any:
        text = self.random.choice([b"", b"x", "grün \U0001f600".encode(), bytes(200), bytes(70_000)])
        attributes = '<attributes><attribute name="a" type="string">ä\U0001f600</attribute></attributes>'
        made = record_struct(
            text,
            self.random.choice(TYPES),
            attributes=self.random.choice([None, attributes]),
            expires=now() + self.random.choice([2, 4, 8]) * HOUR,
        )
        made.dwFlags = self.random.choice([0, native.ENUMS["PEER_RECORD_FLAG_AUTOREFRESH"]])
        return made

    def add(self) -> None:
        id, struct = GUID(), self.struct()
        call = getattr(self.library, f"Peer{self.family}AddRecord")
        if call(self.handle, ctypes.byref(struct), ctypes.byref(id)) == 0:
            self.ids.append(id.value())

    def add_many(self) -> None:
        if self.family == "Graph":
            made = [self.struct() for _ in range(3)]
            pointers, found = (ctypes.c_void_p * 3)(*map(ctypes.addressof, made)), (GUID * 3)()
            call = self.library.loaded.PeerxGraphAddRecords
            if call(ctypes.c_void_p(self.handle), 3, pointers, found) == 0:
                self.ids += [each.value() for each in found]

    def some(self) -> uuid.UUID:
        return self.random.choice(self.ids) if self.ids else uuid.UUID(int=1)

    def update(self) -> None:
        struct = self.struct()
        struct.id = GUID.of(self.some())
        struct.ftExpiration = native.FILETIME.of(0)
        row = self.driver.graph.database.get(struct.id.value().bytes)
        if row is not None:
            struct.type = GUID.of(uuid.UUID(bytes=row.type))
        getattr(self.library, f"Peer{self.family}UpdateRecord")(self.handle, ctypes.byref(struct))

    def delete(self) -> None:
        guid = ctypes.byref(GUID.of(self.some()))
        if self.family == "Graph":
            self.library.PeerGraphDeleteRecord(self.handle, guid, self.random.randrange(2))
        else:
            self.library.PeerGroupDeleteRecord(self.handle, guid)

    def received(self) -> None:
        """Somebody else's record, or their version of one that is here, judged to be valid."""
        self.driver.input(self._received)

    def _received(self) -> None:
        graph = self.driver.graph
        time = graph.peer_time
        row = graph.database.get(self.some().bytes)
        if row is None or self.random.random() < 0.4:
            id = record_id("stranger", self.random.randbytes(16))
            record = WireRecord(
                self.random.choice(TYPES).bytes,
                id,
                1,
                "stranger",
                time,
                time + 3 * HOUR,
                time,
                graph.graph_id,
                b"theirs",
            )
            self.ids.append(uuid.UUID(bytes=id))
        else:
            record = decode_record(row.wire)
            newer = self.random.choice([-1, 0, 1])
            later = record.modification + newer
            record = replace(record, version=max(1, record.version + newer), modification=later, modified_by="stranger")
            if self.random.random() < 0.3:
                record = replace(record, deleted=True, payload=b"", attributes=None)
            elif self.random.random() < 0.3:
                record = replace(record, type=self.random.choice(TYPES).bytes)
        wire = encode_record(record)
        graph.flooding.accept(None, Received(b"", wire, summarize(wire), None))
        graph.flooding.finish(None)

    def time_passes(self) -> None:
        """Peer time goes on, and the timers find out later."""

        def later() -> None:
            self.driver.graph.clock.delta -= self.random.choice([-1, 1, 2, 3]) * HOUR

        self.driver.input(later)

    def timers(self) -> None:
        """Everything that waits is due."""
        graph = self.driver.graph
        self.driver.input(lambda: graph.at(graph.now._replace(elapsed=graph.now.elapsed + 1e6)).tick())

    def taken_back(self) -> None:
        """A change that fails half-way."""

        def half() -> None:
            for _ in range(3):
                self._received()
                self.ids = self.ids[:count]
            for row in map(self.driver.graph.database.get, [id.bytes for id in self.ids[:2]]):
                if row is not None:
                    self.driver.graph.database.remove(row.id)
            raise Stored

        count = len(self.ids)
        with pytest.raises(Stored):
            self.driver.input(half)

    def not_ready(self) -> None:
        """The first synchronization begins or ends."""

        def change() -> None:
            self.driver.graph.synchronized = not self.driver.graph.synchronized

        self.driver.input(change)

    def deferring(self) -> None:
        """Whether nothing expires while nobody is connected."""

        def change() -> None:
            graph = self.driver.graph
            if graph.info is not None:
                graph.info = replace(graph.info, defer_expiration=not graph.info.defer_expiration)

        self.driver.input(change)

    def folded(self) -> None:
        """What was in memory is in SQLite, and asked for again."""
        self.driver.read(lambda graph: graph.database.count())

    def end(self) -> None:
        while self.queues:
            self.unregister()
