"""Processes of a table on this machine, some of which are killed again and again: are the keys of the others found?

``make table-kills`` (``python -m tests.drt.kills``): 40 processes, ten killed with SIGKILL in each round and as many
begun anew. Two seconds after each kill every process looks for keys of others that are alive.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
GRACE = 2.0
"Seconds between a kill and the searches that count."


class Process:
    """A node in a process of its own."""

    def __init__(self, ports: list[int], module: str) -> None:
        command = [sys.executable, "-m", module, ",".join(map(str, ports))]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        self.port = 0
        self.key = ""

    def ready(self) -> None:
        """Wait until it has joined."""
        assert self._child.stdout is not None
        port, self.key = self._child.stdout.readline().split()
        self.port = int(port)

    def find(self, keys: list[str]) -> list[float | None]:
        """Seconds of each search; None: not found."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        print("find", *keys, file=self._child.stdin, flush=True)
        return [None if one == "-" else float(one) for one in self._child.stdout.readline().split()]

    def kill(self) -> None:
        self._child.kill()
        for pipe in (self._child.stdin, self._child.stdout):
            assert pipe is not None
            pipe.close()
        self._child.wait()


class Round(NamedTuple):
    """What came of the searches after one kill."""

    searches: int
    found: int
    seconds: list[float]
    "Of those found."

    @property
    def share(self) -> float:
        return self.found / self.searches


class Table:
    """Processes that are alive."""

    def __init__(self, count: int, seed: int = 1, module: str = "tests.drt.table_node") -> None:
        """``module``: what a process runs."""
        self._random = random.Random(seed)
        self._module = module
        self.alive: list[Process] = []
        self.grow(count)

    def grow(self, count: int) -> None:
        """They begin with three who are there; the first ones come one by one."""
        fresh: list[Process] = []
        for _ in range(count):
            ports = [one.port for one in self._random.sample(self.alive, min(3, len(self.alive)))]
            process = Process(ports, self._module)
            if len(self.alive) < 3:
                process.ready()
                self.alive.append(process)
            else:
                fresh.append(process)
        for process in fresh:
            process.ready()
        self.alive += fresh

    def searches(self, each: int) -> Round:
        """Every process looks for ``each`` keys of others, all at the same time."""
        wanted = [
            [one.key for one in self._random.sample([other for other in self.alive if other is not asker], each)]
            for asker in self.alive
        ]
        with ThreadPoolExecutor(len(self.alive)) as pool:
            answers = list(pool.map(Process.find, self.alive, wanted))
        taken = [one for answer in answers for one in answer]
        found = [one for one in taken if one is not None]
        return Round(len(taken), len(found), found)

    def kill(self, count: int) -> None:
        for process in self._random.sample(self.alive, count):
            process.kill()
            self.alive.remove(process)

    def close(self) -> None:
        self.kill(len(self.alive))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drt.kills", description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, default=40)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--each", type=int, default=5, help="searches of each process and round")
    options = parser.parse_args()
    table = Table(options.nodes)
    rounds: list[Round] = []
    try:
        time.sleep(GRACE)
        began = time.monotonic()
        quiet = table.searches(options.each)
        seconds = time.monotonic() - began
        print(
            f"{options.nodes} processes, none killed: {quiet.share:.1%} of {quiet.searches} found, "
            f"{quiet.found / seconds:.0f} searches/s, median {statistics.median(quiet.seconds) * 1000:.1f} ms",
            flush=True,
        )
        for number in range(options.rounds):
            table.kill(options.kills)
            time.sleep(GRACE)
            rounds.append(table.searches(options.each))
            one = rounds[-1]
            print(
                f"round {number + 1}: {one.share:.1%} of {one.searches} found, "
                f"median {statistics.median(one.seconds) * 1000:.1f} ms",
                flush=True,
            )
            table.grow(options.kills)
    finally:
        table.close()
    found, searches = sum(one.found for one in rounds), sum(one.searches for one in rounds)
    print(f"in all {found} of {searches}: {found / searches:.2%}")
    return 0 if found >= 0.99 * searches else 1


if __name__ == "__main__":
    sys.exit(main())
