"""Eight processes on one graph, of which any three are killed again and again while all add records.

The short form runs always. ``PEERAPI_CHAOS_ROUNDS=12 PEERAPI_CHAOS_RECORDS=300`` is the whole of it: three killed in
each of twelve rounds, in which each node adds three hundred records. ``PEERAPI_CHAOS_SEED`` chooses who is killed and
when they return; a failure says which it was.
"""

from __future__ import annotations

import os
import queue
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.journey import Node, program
from tests.support.ports import free_port

pytestmark = pytest.mark.long(minutes=2)

ROUNDS = int(os.environ.get("PEERAPI_CHAOS_ROUNDS", "3"))
RECORDS = int(os.environ.get("PEERAPI_CHAOS_RECORDS", "40"))
"What each node adds in a round, after those killed have come back."
SEED = int(os.environ.get("PEERAPI_CHAOS_SEED", "1"))
MEMBERS = 8
KILLED = 3
PACE = 25
"Milliseconds between two records of one node."
PATIENCE = 150
"Seconds in which everybody has everything at last."
GRAPH = "chaos"
LOOPBACK = 4
EVERYONE = 0xFFFFFFFF


class Member(Node):
    """A node that adds all the time; what was reported as added is kept apart from answers, over all its lives."""

    def __init__(self, program: Path, home: Path, name: str) -> None:
        self.acknowledged: set[str] = set()
        self.more = threading.Condition()
        super().__init__(program, home, name)

    def _read(self, process: subprocess.Popen[bytes], lines: queue.Queue[str]) -> None:  # type: ignore[override]
        assert process.stdout
        for raw in process.stdout:
            line = raw.decode()
            if line.startswith("added ") and line.endswith("\n"):
                with self.more:
                    self.acknowledged.add(line.split()[1])
                    self.more.notify()
            elif line.endswith("\n"):
                lines.put(line.rstrip("\n"))

    def adds_again(self, count: int) -> bool:
        """Whether ``count`` more records are added."""
        with self.more:
            wanted = len(self.acknowledged) + count
            return self.more.wait_for(lambda: len(self.acknowledged) >= wanted, PATIENCE)

    def rejoin(self, friends: list[int], life: int) -> None:
        """Start again from what is on disk. Nobody tells it where to connect but the ports it knows."""
        self.start()
        assert self.ask(f"open {GRAPH} {self.name} db") == "existing"
        self.ask(f"listen {self.port}")
        self.ask("friends " + " ".join(str(port) for port in friends))
        self.ask(f"steady {PACE} 200 {self.name}-{life}")


def shape(members: list[Member]) -> str:
    """Who is connected to whom and has how many records."""
    return "; ".join(f"{m.name} ({len(m.ids())}): {m.ask('neighbors')}" for m in members)


@pytest.fixture
def members(compile_c: Callable[..., Path], tmp_path: Path) -> Iterator[list[Member]]:
    """Eight nodes that listen and are synchronized."""
    made = [Member(program(compile_c), tmp_path / f"node{n}", f"node{n}") for n in range(MEMBERS)]
    try:
        first, *others = made
        first.port = free_port()
        first.ask(f"create {GRAPH} {first.name} db {LOOPBACK} {EVERYONE}")
        first.ask(f"listen {first.port}")
        for member in others:
            member.port = free_port()
            assert member.ask(f"open {GRAPH} {member.name} db") == "new"
            member.ask(f"connect {first.port}")
            member.ask("synchronized")
            member.ask(f"listen {member.port}")
        yield made
    finally:
        for member in made:
            member.abandon()


def test_killing_three_of_eight_again_and_again_loses_nothing(members: list[Member]) -> None:
    chance = random.Random(SEED)
    ports = [member.port for member in members]
    for member in members:
        member.ask(f"steady {PACE} 200 {member.name}")
    kills = 0
    for life in range(1, ROUNDS + 1):
        victims = chance.sample(members, KILLED)
        survivors = [member for member in members if member not in victims]
        for victim in victims:
            victim.kill()
            kills += 1
        for survivor in survivors:
            assert survivor.adds_again(2), f"{survivor.name} stopped adding; seed {SEED}"
        for victim in victims:
            friends = [port for port in ports if port != victim.port]
            chance.shuffle(friends)
            victim.rejoin(friends, life)
        for member in members:
            assert member.adds_again(RECORDS), f"{member.name} stopped adding; seed {SEED}"
    for member in members:
        member.ask("rest")

    everything = set[str]().union(*(member.ids() for member in members))
    acknowledged = set[str]().union(*(member.acknowledged for member in members))
    assert not acknowledged - everything, f"{len(acknowledged - everything)} acknowledged records are lost; seed {SEED}"
    healing = time.monotonic()
    for member in members:
        member.tell(f"wait {len(everything)}")
    late = [member.name for member in members if not member.lines.get(timeout=PATIENCE).startswith("ok")]
    assert not late, f"{', '.join(late)} do not get everything; {shape(members)}; seed {SEED}"
    print(f"{len(everything)} records, {kills} kills, equal {time.monotonic() - healing:.1f} s after the last record")
    first, *others = [member.dump() for member in members]
    assert len(first) == len(everything)
    for member, dump in zip(members[1:], others, strict=True):
        assert dump == first, f"{member.name} differs; seed {SEED}"
    for member in members:
        member.stop()
