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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import build_ffi
from fuzz.mutation import damaged
from fuzz.seeds import SEEDS
from peerapi.abi import handles
from peerapi.engine.graphs.driver import Driver
from peerapi.graphing.events import EventType, RecordChange, RecordChanged, StatusChanged
from peerapi.moment import LAST_TIME
from peerapi.store.database import Row
from tests.api.reading import Space
from tests.support import strategies
from tests.support.groups import Club
from tests.support.native import Library
from tests.support.peers import Peer, Peers

assert strategies  # its profile


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
        "peerapi/api/record_block.c",
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
