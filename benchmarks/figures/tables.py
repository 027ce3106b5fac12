"""A Distributed Routing Table of processes of this machine: searches a second, and how long one takes."""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Iterator

from benchmarks.bench import Bench, BenchmarkFailed, Row
from tests.drt.kills import Table

PROCESSES, QUICK = 40, 6
EACH = 20
"Searches of each process, one after the other; the processes search at the same time."
KADEMLIA = "the package kademlia, half of it from what it keeps itself"
PATIENCE = 60.0
"Seconds until all have met."


def tables(bench: Bench) -> Iterator[Row]:
    """Exact searches for keys of other processes, 40 in all; the same with the package kademlia, if it is installed."""
    rate, p50 = _measure(bench, "tests.drt.table_node")
    other_rate, other_p50 = None, None
    if importlib.util.find_spec("kademlia") is not None:
        other_rate, other_p50 = _measure(bench, "benchmarks.kademlia_node")
    name = KADEMLIA if other_rate else ""
    yield Row("table: searches a second, all at once", rate, "/s", other_rate, name)
    yield Row("table: one of these searches, p50", p50, "ms", other_p50, name)


def _measure(bench: Bench, module: str) -> tuple[float, float]:
    """Searches a second, and milliseconds of the one in the middle."""
    table = Table(QUICK if bench.quick else PROCESSES, module=module)
    try:
        end = time.monotonic() + PATIENCE
        while table.searches(2).share < 1.0:
            if time.monotonic() > end:
                raise BenchmarkFailed(f"{module}: keys are not found")
        began = time.monotonic()
        result = table.searches(2 if bench.quick else EACH)
        seconds = time.monotonic() - began
    finally:
        table.close()
    return result.found / seconds, statistics.median(result.seconds) * 1000
