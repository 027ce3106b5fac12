"""What C reads without the interpreter is what Python would have answered, after whatever has happened before.

Python's own functions are the reference: each question is put to the exported function, which asks C first, and to the
wrapper of the Python function, and both have to give the same code and the same block. Two registrations, one that C
reads from and one that it does not, have to tell the same events in the same order.
"""

from __future__ import annotations

import ctypes
import os
import random
import subprocess
import sys
import sysconfig
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import build_ffi
from fuzz.mutation import damaged
from fuzz.seeds import SEEDS
from peerapi.abi import exports, handles
from peerapi.abi.exports import Success
from peerapi.api.graph_events import EventQueue
from peerapi.engine.graphs.driver import Driver, Registration
from peerapi.errors import PEER_S_NO_EVENT_DATA
from peerapi.graphing.clock import LAST_TIME
from peerapi.graphing.codec.records import Record as WireRecord
from peerapi.graphing.codec.records import decode_record, encode_record, record_id, summarize
from peerapi.graphing.events import EventType, RecordChange, RecordChanged, StatusChanged
from peerapi.graphing.security import Received
from peerapi.moment import SECOND
from peerapi.store.database import Row
from tests.support import native, strategies
from tests.support.groups import EVENT_DATA as GROUP_EVENT_DATA
from tests.support.groups import Club
from tests.support.native import GUID, Library
from tests.support.peers import CHAT, OTHER, Peer, Peers, Record, now, record_struct

HOUR = 3600 * SECOND
TYPES = (CHAT, OTHER)
assert strategies  # its profile


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


HAPPENINGS = (
    "register", "unregister", "add", "add", "add_many", "update", "update", "delete", "received", "received",
    "time_passes", "timers", "taken_back", "not_ready", "deferring", "folded",
)  # fmt: skip
histories = st.lists(st.sampled_from(HAPPENINGS), min_size=5, max_size=25)


def play(space: Space, history: list[str]) -> None:
    try:
        space.register()
        for what in history:
            getattr(space, what)()
            space.compare()
            space.compare_events()
    finally:
        space.end()


@pytest.fixture
def peers(library: Path) -> Iterator[Peers]:
    made = Peers(Library(library))
    made.start()
    yield made
    made.close_all()
    assert made.shutdown() == 0


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often Python was asked for a record."""
    counted: Counter[str] = Counter()
    record = Driver.record

    def counting(self: Driver, record_id: bytes) -> Any:
        counted["record"] += 1
        return record(self, record_id)

    monkeypatch.setattr(Driver, "record", counting)
    monkeypatch.setattr(Driver, "start", lambda self: None)  # time stands still but where a history says otherwise
    return counted


def driver_of(peer: Peer) -> Driver:
    driver: Driver = handles.GRAPHS.get(peer.handle)
    return driver


def test_a_graph_read_in_c_is_the_graph_read_in_python(peers: Peers, asked: Counter[str]) -> None:
    @settings(max_examples=40)
    @given(histories, st.integers(0, 1 << 32))
    def whatever(history: list[str], seed: int) -> None:
        peer = peers.create(name=uuid.uuid4().hex)
        space = Space(peers.library, "Graph", peer.handle, driver_of(peer), seed)
        space.asked = asked
        play(space, history)
        peer.close()
        space.compare()  # a closed handle

    whatever()
    assert asked["read in C"] > 300, asked
    assert asked["record"] > 300, asked


def test_a_group_read_in_c_is_the_group_read_in_python(club: Club, asked: Counter[str]) -> None:
    member = club.member("ann")

    @settings(max_examples=12)
    @given(histories, st.integers(0, 1 << 32))
    def whatever(history: list[str], seed: int) -> None:
        member.create_only()
        handle = member.handle
        space = Space(member.library, "Group", handle, handles.GROUPS.get(handle).driver, seed)
        space.asked = asked
        play(space, history)
        member.close()
        space.compare()

    whatever()
    assert asked["read in C"] > 50, asked
    assert asked["record"] > 50, asked


def test_what_a_neighbor_has_sent_is_read_in_c(peers: Peers, asked: Counter[str]) -> None:
    alice, bob = peers.pair()
    with bob.queue(EventType.RECORD_CHANGED) as queue:
        ids = [alice.add(bytes([number]) * 200) for number in range(100)]
        for number, id in enumerate(ids):
            assert queue.wait(lambda event: event.record is not None).record == id
            assert bob.get(id).data == bytes([number]) * 200
        assert asked["record"] == 0
        alice.update(ids[0], b"changed")
        assert queue.wait(lambda event: True).change == 2
        assert bob.get(ids[0]).data == b"changed"
        assert bob.get(ids[0]) == alice.get(ids[0])
        alice.delete(ids[1])
        assert queue.wait(lambda event: True).change == 3
        assert not bob.has(ids[1])


# ---- memory ----------------------------------------------------------------------------------------------------------


def exercise(native: Any, library: Any) -> None:
    """Tables and rings through all that can happen to them, with records that are whole and records that are not."""
    chance = random.Random(5)
    wires = [*SEEDS["record"](), *damaged(SEEDS["record"](), 200), bytes(70_000)]
    free = ctypes.CDLL(None).free
    for handle in range(1, 40):
        table, ring, ids = (
            native.RecordTable(),
            native.EventRing(RecordChanged),
            [chance.randbytes(16) for _ in range(90)],
        )
        native.publish(2 * handle, table, "graph")
        native.publish(2 * handle + 1, ring, "group")
        table.tell(0, True)
        for _ in range(300):
            rows = [
                Row(
                    chance.choice(ids),
                    bytes(16),
                    1,
                    chance.choice([0, 0, 2, 1, 4, 8]),
                    0,
                    LAST_TIME,
                    chance.choice(wires),
                )
                for _ in range(chance.randrange(4))
            ]
            table.put_many(rows)
            if chance.random() < 0.3:
                table.drop(chance.choice(ids))
            chance.choice([table.commit, table.commit, table.commit, table.rollback])()
            if rows:
                table.keep(rows[0])
            ring.extend([RecordChanged(RecordChange.ADDED, row.id, row.type) for row in rows])
            ring.append(StatusChanged(1))
            for name, place, args in (
                ("record", 2 * handle, (chance.choice(ids),)),
                ("event", 2 * handle + 1, ()),
            ):
                out = ctypes.c_void_p()
                family = 1 if name == "record" else 2
                getattr(library, f"peerapi_read_{name}")(family, ctypes.c_void_p(place), *args, ctypes.byref(out))
                free(out)
            if chance.random() < 0.5 and len(ring):
                ring.popleft()
        chance.choice([table.close, ring.clear, bool])()
        if chance.random() < 0.5:
            native.withdraw(2 * handle)
            native.withdraw(2 * handle + 1)


SANITIZED = """
import ctypes, sys
sys.path.insert(1, sys.argv[1])
import reading_module
from tests.api import test_reading
test_reading.exercise(reading_module, ctypes.CDLL(reading_module.__file__))
print("done")
"""


def test_nothing_is_read_or_written_outside(tmp_path: Path) -> None:
    """Both sanitizers watch; every object is an allocation of its own, so that they see where one ends."""
    target = tmp_path / "reading_module.so"
    folders = [*build_ffi.C_FOLDERS, build_ffi.ROOT / "include"]
    sources = [
        "tests/c/reading_module.c",
        "peerapi/abi/reading.c",
        "peerapi/api/record_table.c",
        "peerapi/api/event_ring.c",
    ]
    options = ["-shared", "-fPIC", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    options += ["-std=gnu11", "-DPEERAPI_CHAR16", *(f"-I{folder}" for folder in folders)]
    options += [f"-I{sysconfig.get_paths()['include']}", "-o", str(target)]
    subprocess.run(["gcc", *options, *sources], check=True, timeout=120, cwd=build_ffi.ROOT)
    found = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": found.stdout.strip(), "PYTHONMALLOC": "malloc"}
    environment["ASAN_OPTIONS"] = "detect_leaks=0"  # of Python itself there are many
    command = [sys.executable, "-c", SANITIZED, str(tmp_path)]
    done = subprocess.run(
        command, cwd=build_ffi.ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
