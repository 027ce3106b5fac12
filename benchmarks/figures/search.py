"""Finding records by their attributes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator

from benchmarks.bench import Bench, BenchmarkFailed, Row, free_port

OWNERS = 1000


def searches(bench: Bench) -> Iterator[Row]:
    """PeerGraphSearchRecords over many records, each result taken to its last record."""
    count = bench.count(100_000)
    owners = min(OWNERS, count)
    times = min(50, owners)
    each = count // owners
    with bench.node("search") as node:
        node.ask("create", "search", "a", free_port())
        node.ask("addnamed", count, owners)
        first = node.ask("search", "number", 0, 1)  # what is new gets into the index when it is first looked for
        one = node.ask("search", "number", 7, times)
        many = node.ask("search", "owner", 0, times)
        none = node.ask("search", "number", count, times)
    if [first["found"], one["found"], many["found"], none["found"]] != [1, times, each * times, 0]:
        raise BenchmarkFailed(f"search: {one}, {many}, {none} of {count} records, {each} an owner")
    limit = _table(bench, count, owners, times)
    name = "SQLite, an indexed column, from Python"
    what = f"search over {count:,} records"
    yield Row(f"{what}, one found, median", one["p50_us"], "us", limit, name, "< 10 ms", one["p50_us"] < 10_000)
    yield Row(f"{what}, {each} found, median", many["p50_us"], "us", aim="< 50 ms", met=many["p50_us"] < 50_000)
    yield Row(f"{what}, none found, median", none["p50_us"], "us", limit, name)
    yield Row(f"{what}, the first after adding", first["p50_us"], "us")


def _table(bench: Bench, count: int, owners: int, times: int) -> float:
    """The same question to a plain table; median in microseconds."""
    path = bench.folder / "search.sqlite"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE TABLE record (number INTEGER, owner TEXT, data BLOB)")
    database.execute("BEGIN")
    rows = ((number, f"person {number % owners}", b"x" * 400) for number in range(count))
    database.executemany("INSERT INTO record VALUES (?, ?, ?)", rows)
    database.execute("CREATE INDEX by_number ON record (number)")
    database.execute("COMMIT")
    taken = []
    for number in range(times):
        begun = time.perf_counter_ns()
        database.execute("SELECT data FROM record WHERE number = ?", (number,)).fetchall()
        taken.append(time.perf_counter_ns() - begun)
    database.close()
    path.unlink()
    return sorted(taken)[times // 2] / 1000
