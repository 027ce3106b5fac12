"""What single calls cost, on the caller's thread."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.bench import RECORD_SIZE, Bench, Row, free_port, pair
from benchmarks.yardsticks import sqlite_one_row_commits

ONE_ROW = "SQLite, one row and one commit, from Python"


def calls_alone(bench: Bench) -> Iterator[Row]:
    """A node without neighbors."""
    with bench.node("alone") as node:
        node.ask("create", "alone", "a", free_port())
        added = node.ask("add", bench.count(5_000), RECORD_SIZE, 0)
        value = node.ask("trivial", bench.count(500_000))["mean_us"]
        yield Row("trivial call (PeerGraphGetItemCount), mean", value, "us", aim="< 1.5 us", met=value < 1.5)
        got = node.ask("get", bench.count(20_000))
        value = got["p50_us"]
        yield Row("GetRecord and FreeData, median", value, "us", aim="< 30 us", met=value < 30)
        yield Row("GetRecord and FreeData, p99", got["p99_us"], "us")
    commit = sqlite_one_row_commits(bench, bench.count(20_000))
    yield Row("AddRecord (200 B), no neighbor, median", added["p50_us"], "us", commit.p50_us, ONE_ROW)
    yield Row("AddRecord (200 B), no neighbor, p99", added["p99_us"], "us", commit.p99_us, ONE_ROW)


def calls_with_neighbor(bench: Bench) -> Iterator[Row]:
    """Adding without a pause while one neighbor takes everything in: both nodes share the processors."""
    with bench.node("calls_b") as b, bench.node("calls_a") as a:
        pair(bench, "calls", a, b)
        added = a.ask("add", bench.count(5_000), RECORD_SIZE, 0)
    commit = sqlite_one_row_commits(bench, bench.count(20_000))
    value = added["p50_us"]
    yield Row("AddRecord (200 B), one neighbor, median", value, "us", commit.p50_us, ONE_ROW, "< 100 us", value < 100)
    yield Row("AddRecord (200 B), one neighbor, p99", added["p99_us"], "us", commit.p99_us, ONE_ROW)
