"""Several write one document at random, of whom some are offline for a while and some are killed again and again: in
the end it is the same everywhere, and nothing is lost.

    python -m tests.activities.document.long --keys 100000

Each is a process on this machine (``member``). What is said at the end: what the document takes on disk and how long
it takes until somebody who joins has it, beside what pycrdt alone takes for the same in memory: for the update that
says all of it, and for the history, an update for each key. Time is of the processor, for others use the machine, too.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from pycrdt import Doc, Text

from peerapi.activities.document import updates
from peerapi.activities.document.waiting import Waiting
from peerapi.store.catalog import SUFFIX, SUFFIXES
from samples_c.processes import Program
from tests.activities.document.member import JOURNAL, digest
from tests.support.ports import free_range

PATIENCE = 120.0
"Seconds in which there is something new of a writer."
NAMES = ("Ann", "Ben", "Carl", "Dora", "Emil", "Fay", "Gil", "Hana")
MOST_RATIO = 3.0
Unit = tuple[int, int]
"Client and clock of a letter."


class Typing(Program):
    """The process of one writer, of which there is one after the other."""

    def __init__(self, folder: Path, name: str, how: Sequence[str], *more: str) -> None:
        """``how`` it types, and what else its program is told."""
        self.person, self.folder, self.how = name, folder, how
        self.said = ""
        "What it has said last that the text is."
        self.told: queue.SimpleQueue[Typing] = queue.SimpleQueue()
        "Gets itself whenever it says so."
        command = [sys.executable, "-m", "tests.activities.document.member", "--name", name, *how]
        super().__init__([*command, *more], folder, self._hear)
        self.word = self.wait_for("here", PATIENCE).split()[1]

    def _hear(self, line: str) -> None:
        if line.startswith("text"):
            self.said = line
            self.told.put(self)

    def ask(self, *words: object) -> None:
        self.tell(" ".join(map(str, words)))

    def does(self, *words: object) -> None:
        """As soon as it has done that."""
        self.ask(*words)
        self.wait_for(f"done {words[0]}", PATIENCE)

    def stores(self, keys: int) -> int:
        """As soon as it has stored so many more, or all that it was told to type: how many it has."""
        found = 0
        while found < keys:
            line = self.wait_for(lambda line: line.startswith(("stored", "done type")), PATIENCE)
            if line == "done type":
                break
            found += int(line.split()[1])
        return found

    def killed(self) -> Typing:
        """The next process, after this one was killed."""
        self.process.kill()
        self.process.wait()
        self.stop()
        found = Typing(self.folder, self.person, self.how)
        found.does("open")
        return found


class Journal(NamedTuple):
    """What one writer has pressed: those keys of which the document has said that they are stored, and the others,
    after which the process was killed."""

    typed: dict[Unit, str]
    removed: set[Unit]
    perhaps_typed: dict[Unit, str]
    perhaps_removed: set[Unit]


def journal(path: Path) -> Journal:
    found = Journal({}, set(), {}, set())
    typed: dict[Unit, str] = {}
    removed: set[Unit] = set()
    for line in [*path.read_text(encoding="utf-8").splitlines(), "life"]:
        what, *numbers = line.split()
        if what == "+":
            client, clock, letter = map(int, numbers)
            typed[client, clock] = chr(letter)
        elif what == "-":
            client, clock = map(int, numbers)
            removed.add((client, clock))
        else:
            (found.typed if what == "stored" else found.perhaps_typed).update(typed)
            (found.removed if what == "stored" else found.perhaps_removed).update(removed)
            typed, removed = {}, set()
    return found


def letters(state: bytes) -> dict[Unit, str | None]:
    """The letters in an update: None for those that were removed."""
    found: dict[Unit, str | None] = {}
    update = updates.read(state)
    for section in update.sections:
        for item in section.items:
            content = updates.content(update.data, item)
            clock = item.clock
            for letter in [None] * (item.after - clock) if content is None else content:
                found[section.client, clock] = letter
                clock += 1 if letter is None or ord(letter) < 0x10000 else 2
    return found


def lost(state: bytes, journals: Iterable[Journal]) -> list[str]:
    """What is not as the journals say, of all that is in the document or should be."""
    there = letters(state)
    typed: dict[Unit, str] = {}
    removed: set[Unit] = set()
    perhaps_typed: dict[Unit, str] = {}
    perhaps_removed: set[Unit] = set()
    for one in journals:
        typed |= one.typed
        removed |= one.removed
        perhaps_typed |= one.perhaps_typed
        perhaps_removed |= one.perhaps_removed
    found = []
    for unit, letter in typed.items():
        if unit not in there:
            found.append(f"{unit} {letter!r} is not there")
        elif there[unit] is None and unit not in removed | perhaps_removed:
            found.append(f"{unit} {letter!r} was removed by nobody")
        elif there[unit] not in (None, letter):
            found.append(f"{unit} {letter!r} is {there[unit]!r}")
    found += [f"{unit} was removed and is there" for unit in removed if there.get(unit) is not None]
    known = typed | perhaps_typed
    found += [f"{unit} {there[unit]!r} was typed by nobody" for unit in there if there[unit] and unit not in known]
    return found


def disk(folder: Path, graph: str) -> int:
    """Bytes of the database of a graph in somebody's data folder, with what lies beside it."""
    found = 0
    for label in (folder / "graphs").glob("*/label"):
        if label.read_text(encoding="ascii").splitlines()[0] == graph:
            paths = label.parent.glob(f"*{SUFFIX}")
            files = (Path(f"{path}{suffix}") for path in paths for suffix in SUFFIXES)
            found += sum(file.stat().st_size for file in files if file.exists())
    assert found
    return found


def seconds(do: Callable[[], object]) -> float:
    """Of the processor, in the mean of some times."""
    took = []
    for _ in range(5):
        begin = time.process_time()
        do()
        took.append(time.process_time() - begin)
    return statistics.median(took)


def merged(some: Iterable[bytes]) -> str:
    """The text that pycrdt makes of these updates."""
    doc: Doc[Text] = Doc()
    text = doc.get("text", type=Text)
    for update in some:
        doc.apply_update(update)
    return str(text)


def key_by_key(state: bytes) -> list[bytes]:
    """The same history as one update for each key, in an order in which each stands on what is there."""
    update = updates.read(state)
    units = [
        (one.client, one.begin, [unit for item in one.items for _, _, unit in _units(update.data, item, one.client)])
        for one in update.sections
    ]
    waiting = Waiting()
    waiting.add("all", updates.read(updates.written(units, [])))
    clocks: dict[int, int] = {}
    found = []
    while (ready := waiting.next(clocks, 1)) is not None:
        found.append(updates.run(ready.client, ready.begin, ready.size, ready.items))
        clocks[ready.client] = ready.after
        waiting.there(ready.client, ready.after)
    for client, clock, length in update.deletions:
        found += [updates.written([], [(client, clock + one, 1)]) for one in range(length)]
    return found


def _units(data: bytes, item: updates.Item, client: int) -> Iterator[tuple[int, int, bytes]]:
    """An item in pieces of one letter each."""
    text = updates.content(data, item)
    at = item.clock
    for letter in text if text is not None else " " * (item.after - item.clock):
        after = at + len(letter.encode("utf-16-le")) // 2
        yield from updates.slices(data, item, client, at, after, after - at)
        at = after


class Scenario:
    """Writers at one document."""

    def __init__(self, folder: Path, writers: int, how: Sequence[str], seed: int) -> None:
        self.chance = random.Random(seed)
        self.kills = self.partitions = 0
        self.writers: list[Typing] = []
        for name in NAMES[:writers]:
            begin = ["--join", self.writers[0].word] if self.writers else ["--new"]
            self.writers.append(Typing(folder / name, name, how, *begin))
            self.writers[-1].does("open" if len(self.writers) > 1 else "begin")

    def round(self, keys: int) -> None:
        """Each types so many; a third of them are offline meanwhile, and another third are killed."""
        chance, some = self.chance, max(1, len(self.writers) // 3)
        chosen = chance.sample(range(len(self.writers)), 2 * some)
        alone, killed = chosen[:some], chosen[some:]
        for one in alone:
            self.writers[one].does("offline")
            self.partitions += 1
        for writer in self.writers:
            writer.ask("type", keys, chance.getrandbits(32))
        for one in killed:
            stored = self.writers[one].stores(chance.randrange(keys))
            self.writers[one] = self.writers[one].killed()
            self.kills += 1
            self.writers[one].ask("type", max(1, keys - stored), chance.getrandbits(32))
        for writer in self.writers:
            writer.stores(sys.maxsize)
        for one in alone:
            self.writers[one].does("online")

    def settle(self) -> str:
        """As soon as all have the same text: its digest."""
        news: queue.SimpleQueue[Typing] = queue.SimpleQueue()
        for writer in self.writers:
            writer.told = news
            writer.ask("watch")
        while True:
            news.get(timeout=PATIENCE)
            said = {writer.said for writer in self.writers}
            if len(said) == 1 and "" not in said:
                return said.pop().split()[1]

    def end(self) -> None:
        for writer in self.writers:
            writer.leave("end", PATIENCE)


def measured(
    folder: Path, keys: int, writers: int = 6, rounds: int = 4, how: Sequence[str] = (), seed: int = 1
) -> dict[str, Any]:
    """What was found, of so many keys."""
    begin = time.monotonic()
    with ExitStack() as stack:
        scenario = Scenario(folder, writers, how, seed)
        stack.callback(lambda: [writer.stop() for writer in scenario.writers])
        for _ in range(rounds):
            scenario.round(-(-keys // (rounds * writers)))
        wanted = scenario.settle()
        typed = time.monotonic() - begin
        late = Typing(folder / "late", "Late", how, "--join", scenario.writers[0].word)
        scenario.writers.append(late)
        late.ask("join", wanted)
        joined, cpu = map(float, late.wait_for("joined", PATIENCE).split()[1:])
        dumps = []
        for writer in scenario.writers:
            writer.ask("dump", writer.folder / "dump")
            writer.wait_for("dumped", PATIENCE)
            dumps.append(json.loads((writer.folder / "dump").read_text(encoding="utf-8")))
        scenario.end()
    found = dumps[-1]
    state = bytes.fromhex(found["state"])
    pieces = [bytes.fromhex(one) for one in found["updates"]]
    journals = [journal(folder / name / JOURNAL) for name in NAMES[:writers]]
    sizes = [disk(writer.folder, found["graph"]) for writer in scenario.writers]
    history = key_by_key(state)
    assert merged(history) == found["text"]
    alone = seconds(lambda: merged(history))
    return {
        "keys": sum(len(one.typed) + len(one.removed) for one in journals),
        "seconds": round(typed, 1),
        "kills": scenario.kills,
        "partitions": scenario.partitions,
        "characters": len(found["text"]),
        "same": len({one["text"] for one in dumps} | {merged([state])}) == 1 and digest(found["text"]) == wanted,
        "lost": lost(state, journals)[:10],
        "refused": sum(one["refused"] for one in dumps),
        "records": len(pieces),
        "records_bytes": found["bytes"],
        "disk_bytes": max(sizes),
        "late_disk_bytes": sizes[-1],
        "pycrdt_bytes": len(state),
        "disk_ratio": round(max(sizes) / len(state), 2),
        "join_seconds": round(joined, 3),
        "join_cpu_seconds": round(cpu, 3),
        "pycrdt_cpu_seconds": round(alone, 3),
        "pycrdt_cpu_seconds_of_records": round(seconds(lambda: merged(pieces)), 3),
        "pycrdt_cpu_seconds_of_one_update": round(seconds(lambda: merged([state])), 3),
        "join_ratio": round(cpu / alone, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.activities.document.long")
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=6, choices=range(3, len(NAMES) + 1))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--run", type=int, default=1, help="keys at one place, in the mean")
    parser.add_argument("--together", type=int, default=200, help="keys that are stored together, at most")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["PEERAPI_MAP"] = "0"
    os.environ["PEERAPI_PNRP_PORT"] = str(free_range())
    how = ["--run", str(options.run), "--together", str(options.together)]
    with tempfile.TemporaryDirectory() as folder:
        report = measured(Path(folder), options.keys, options.writers, options.rounds, how, options.seed)
    print(json.dumps(report))
    is_small = max(report["disk_ratio"], report["join_ratio"]) <= MOST_RATIO
    return 0 if report["same"] and not report["lost"] and not report["refused"] and is_small else 1


if __name__ == "__main__":
    sys.exit(main())
