"""What a graph of a million records is like, beside one of 100,000 (``make bench-million``; an argument says how many).

For each: adding with PeerxGraphAddRecords, a joiner's first sync, opening what was closed, a record of long ago, memory
and files. Ratios of the larger to the smaller graph are the figures, and those of processor time mean something on a
busy machine, too. Some minutes, and 1.5 GB of disk.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Node, free_port

SMALL, MILLION = 100_000, 1_000_000
AT_ONCE = 1000
"Records of one call."
PATIENCE = 1800.0
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Spent:
    """Seconds, and processor seconds of the nodes concerned."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s, {self.cpu:8.2f} s of processor time"


def used(*nodes: Node) -> float:
    """Processor seconds of nodes until now."""
    fields = [Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split() for node in nodes]
    return sum(int(one[11]) + int(one[12]) for one in fields) / _TICK


def spent(work: Callable[[], object], *nodes: Node) -> Spent:
    wall, cpu = time.monotonic(), used(*nodes)
    work()
    return Spent(time.monotonic() - wall, used(*nodes) - cpu)


def asked(node: Node, *command: object) -> Callable[[], object]:
    def ask() -> object:
        node.send(*command)
        return node.answer(PATIENCE)

    return ask


@contextmanager
def opened(bench: Bench, name: str, graph: str) -> Iterator[tuple[Node, Spent]]:
    """A node of its own process that has opened what was closed, and what that took, with the start
    of the library."""
    with bench.node(name) as node:
        yield node, spent(asked(node, "open", graph, name), node)


def figures(bench: Bench, count: int) -> dict[str, Spent]:
    """Each with its name; memory and files are printed."""
    found: dict[str, Spent] = {}
    a, b = f"a{count}", f"b{count}"
    with bench.node(b) as joiner, bench.node(a) as giver:
        port = free_port()
        giver.ask("create", "million", a, port)
        found["adding"] = spent(asked(giver, "addmany", count, RECORD_SIZE, AT_ONCE), giver)
        print(f"{count:>9,}  memory after adding {giver.memory_mb():.0f} MB", flush=True)
        found["first sync"] = spent(asked(joiner, "join", "million", b, port), giver, joiner)
        stored = joiner.ask("count")["count"]
        print(f"{count:>9,}  memory of the joiner {joiner.memory_mb():.0f} MB, of the giver {giver.memory_mb():.0f} MB")
    if stored != count:
        raise BenchmarkFailed(f"the joiner has {stored} of {count} records")
    size = sum(file.stat().st_size for file in (bench.folder / b).rglob("*") if file.is_file())
    with opened(bench, a, "million") as (node, found["opening"]):
        print(f"{count:>9,}  memory after opening {node.memory_mb():.0f} MB, files {size / 1e6:.0f} MB", flush=True)
    return found


def main(most: int) -> None:
    with tempfile.TemporaryDirectory(prefix="million.", dir=os.environ.get("TMPDIR")) as folder:
        bench = Bench(Path(folder))
        small, large = figures(bench, min(SMALL, most)), figures(bench, most)
    print(f"{'':12} {min(SMALL, most):>24,} {most:>35,}")
    for name, before in small.items():
        after = large[name]
        wall, cpu = after.wall / (before.wall or 1), after.cpu / (before.cpu or 1)
        print(f"{name:12} {before} {after}   {wall:.1f} x, processor {cpu:.1f} x", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MILLION)
