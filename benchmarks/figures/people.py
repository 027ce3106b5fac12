"""The host of a user: how soon it is there, what a call through it costs, how soon others see a change, its memory."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bench import Bench, BenchmarkFailed, Node, Row
from benchmarks.yardsticks import python_process_ms
from peerapi.host.near_me import FIRST_PORT, PORTS

MOST_MB, READY_MS, CALL_US, CHANGE_MS = 40, 500, 150, 50
FIRST_OF_OURS = FIRST_PORT + 2 * PORTS
"Of ports for people near by, so that nobody of this machine is met."
INTERVAL_US = 20_000
PATIENCE = 60.0


def people(bench: Bench) -> Iterator[Row]:
    """Two users of this machine, near by; each is a home folder with a host and one program in C."""
    with _person(bench, "ann") as ann, _person(bench, "ben") as ben:
        ready = ann.ask("signin")["ready_ms"]
        limit = python_process_ms("import trio", 1 if bench.quick else 5)
        imported = "python -c 'import trio'"
        yield Row(
            "host: ready, started by a program", ready, "ms", limit, imported, f"< {READY_MS} ms", ready < READY_MS
        )
        ben.ask("signin")
        ann.ask("meet")
        call = ann.ask("calls", bench.count(10_000))
        value = call["p50_us"]
        yield Row("call through the host, p50", value, "us", aim=f"< {CALL_US} us", met=value < CALL_US)
        yield Row("call through the host, p99", call["p99_us"], "us")
        count = bench.count(1_000)
        ann.send("seen", count)
        ben.ask("show", count, INTERVAL_US)
        change = ann.answer()
        value = change["p50_us"] / 1000
        yield Row(
            "presence: change here -> event there, p50", value, "ms", aim=f"< {CHANGE_MS} ms", met=value < CHANGE_MS
        )
        yield Row("presence: change here -> event there, p99", change["p99_us"] / 1000, "ms")
        memory = _memory_mb(bench.folder / "ann", "Pss")
        yield Row("memory of a host, its share of libraries", memory, "MB", aim=f"< {MOST_MB} MB", met=memory < MOST_MB)
        yield Row("memory of a host, libraries and all", _memory_mb(bench.folder / "ann", "Rss"), "MB")


@contextmanager
def _person(bench: Bench, name: str) -> Iterator[Node]:
    """A program of one user, whose host ends with it."""
    home = bench.folder / name
    try:
        with bench.node(name, "person", PEERAPI_COLLAB_PORT=str(FIRST_OF_OURS)) as person:
            yield person
    finally:
        _end_host(home)


def _host(home: Path) -> int:
    return int(json.loads((home / "collab" / "host.json").read_text())["process"])


def _end_host(home: Path) -> None:
    try:
        process = _host(home)
        os.kill(process, signal.SIGTERM)
    except (OSError, ValueError):
        return
    end = time.monotonic() + PATIENCE
    while (home / "collab" / "host.json").exists():
        if time.monotonic() > end:
            raise BenchmarkFailed(f"the host of {home.name} does not end")
        time.sleep(0.01)


def _memory_mb(home: Path, kind: str) -> float:
    """Memory, in MB of 1,000,000 bytes. ``Pss``: pages that several processes use are shared out among them."""
    for line in Path(f"/proc/{_host(home)}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise BenchmarkFailed("no memory figure for a host")
