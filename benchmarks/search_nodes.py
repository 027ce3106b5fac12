"""A search of all nodes over processes: all matches of all, how long it takes, and who is named when one is killed and
one is silent.

    python -m benchmarks.search_nodes --nodes 8 --records 10000 --searches 200

Each process is a node with as many local records of its own; MATCHES of each match one search.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

MODULE = sys.executable, "-m", "benchmarks.search_nodes"
FILE = UUID(int=0x19F11E)
MATCHES = 3
"Records of each node with the same name."
TIMEOUT = 30.0
"Seconds in which everybody answers who is there, on a busy machine too."
IN_VAIN = 2.0
"Seconds after which a search gives up who does not."


# ---- one node ----


async def node(name: str, port: str, records: int) -> None:
    """Makes the graph, or joins it at a port; answers lines of JSON on its standard input."""
    import trio

    import peerapi
    from peerapi import Draft, where

    opening = peerapi.open_graph("files", name) if port else peerapi.create_graph("files", name)
    async with opening as graph:
        if port:
            await graph.connect("::1", int(port))
            await graph.wait_synchronized()
        (address, *_) = await graph.listen()
        for at in range(0, records, 500):
            await graph.add_many(
                Draft(FILE, f"{name} {n}", {"name": f"file {n // MATCHES}"}, local=True)
                for n in range(at, min(records, at + 500))
            )
        print(json.dumps({"port": address.port}), flush=True)
        async for line in trio.lowlevel.FdStream(os.dup(0)):
            for word in line.decode().split():
                asked = json.loads(word)
                begun = time.perf_counter()
                answers = graph.search_nodes(where("name", "==", f"file {asked['file']}"), timeout=asked["timeout"])
                found = {one.peer: sorted(record.text for record in one.records) async for one in answers}
                took = time.perf_counter() - begun
                absent = [one.peer for one in answers.absent]
                known = sorted({one.peer for one in graph.nodes()})
                print(json.dumps({"found": found, "absent": absent, "took": took, "known": known}), flush=True)


# ---- all of them ----


class Nodes:
    """The processes, each with a folder of its own."""

    def __init__(self, folder: Path, count: int, records: int) -> None:
        self.records = records
        self.names = [f"node{n}" for n in range(count)]
        self.processes: dict[str, subprocess.Popen[str]] = {}
        port = ""
        for name in self.names:
            process = self.processes[name] = subprocess.Popen(
                [*MODULE, "--node", name, "--port", port, "--records", str(records)],
                env=os.environ | {"PEERAPI_HOME": str(folder / name)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            port = port or str(self._line(process)["port"])
        for name in self.names[1:]:
            self._line(self.processes[name])

    @staticmethod
    def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("a node has ended")
        return json.loads(line)  # type: ignore[no-any-return]

    def search(self, name: str, file: int, timeout: float = TIMEOUT) -> dict[str, Any]:
        """What one node hears when it asks all for a file."""
        process = self.processes[name]
        assert process.stdin
        process.stdin.write(json.dumps({"file": file, "timeout": timeout}, separators=(",", ":")) + "\n")
        process.stdin.flush()
        return self._line(process)

    def expected(self, file: int, *without: str) -> dict[str, list[str]]:
        """What each node has of a file."""
        numbers = range(file * MATCHES, min(self.records, (file + 1) * MATCHES))
        return {name: sorted(f"{name} {n}" for n in numbers) for name in self.names if name not in without}

    def until_all_are_known(self) -> None:
        """Every node knows every other one."""
        for name in self.names:
            while self.search(name, 0)["known"] != sorted(self.names):
                time.sleep(0.05)

    def end(self) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


@contextlib.contextmanager
def nodes(folder: Path, count: int, records: int) -> Iterator[Nodes]:
    started = Nodes(folder, count, records)
    try:
        started.until_all_are_known()
        yield started
    finally:
        started.end()


def complete(started: Nodes, searches: int) -> list[float]:
    """Every search brings all matches of all; how long each took, in seconds."""
    took = []
    for number in range(searches):
        name, file = started.names[number % len(started.names)], number * 7 % max(1, started.records // MATCHES)
        heard = started.search(name, file)
        if heard["found"] != started.expected(file) or heard["absent"]:
            raise AssertionError(f"{name} heard {heard} of file {file}")
        took.append(heard["took"])
    return sorted(took)


def with_two_gone(started: Nodes) -> None:
    """One is killed and one is silent: the rest answers, and these two are named."""
    killed, silent = started.names[-2:]
    started.processes[killed].kill()
    started.processes[killed].wait()
    started.processes[silent].send_signal(signal.SIGSTOP)
    seconds, deadline = IN_VAIN, time.monotonic() + 120
    while True:
        heard = started.search(started.names[0], 1, seconds)
        if heard["found"] == started.expected(1, killed, silent) and set(heard["absent"]) == {killed, silent}:
            return
        # What went through one of the two may be lost the first time, and the graph mends itself; others may be busy.
        if time.monotonic() > deadline:
            raise AssertionError(f"heard {heard}")
        seconds = min(2 * seconds, TIMEOUT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--nodes", type=int, default=8)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--node")
    parser.add_argument("--port", default="")
    given = parser.parse_args()
    if given.node:
        import trio

        trio.run(node, given.node, given.port, given.records)
        return 0
    with tempfile.TemporaryDirectory() as folder, nodes(Path(folder), given.nodes, given.records) as started:
        took = complete(started, given.searches)
        with_two_gone(started)
    middle, late = took[len(took) // 2] * 1000, took[len(took) * 99 // 100] * 1000
    print(f"{given.searches} searches over {given.nodes} nodes of {given.records:,} local records: all matches of all;")
    print(f"p50 {middle:.1f} ms, p99 {late:.1f} ms. One killed, one silent: the rest answered, and both were named.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
