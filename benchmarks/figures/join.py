"""A newcomer, and what a node weighs."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Row, free_port
from benchmarks.yardsticks import sqlite_bulk


def first_sync(bench: Bench) -> Iterator[Row]:
    """From PeerGraphConnect until the joiner is synchronized and has all records on disk."""
    count = bench.count(100_000)
    bulk = sqlite_bulk(bench, count)
    with bench.node("sync_b") as b, bench.node("sync_a") as a:
        port = free_port()
        a.ask("create", "sync", "a", port)
        empty = a.memory_mb()
        a.ask("add", count, RECORD_SIZE, 0)
        full = a.memory_mb()
        value = b.ask("join", "sync", "b", port)["seconds"]
        stored = b.ask("count")["count"]
        joined = b.memory_mb()
        gave = a.memory_mb()
    if stored != count:
        raise BenchmarkFailed(f"first sync: the joiner has {stored} of {count} records")

    what = f"{count:,} records"
    yield Row(f"a joiner's first sync, {what}", value, "s", bulk.copy, "copying the SQLite file", "< 3 s", value < 3)
    yield Row("the same", value, "s", bulk.insert, "one-transaction insert of the same rows")
    yield Row("memory of a node, no records", empty, "MB")
    yield Row(f"memory after adding {what}", full, "MB")
    yield Row("memory of the joiner after its sync", joined, "MB")
    yield Row("memory of the giver after that sync", gave, "MB")
