"""Records on their way from one program to another."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Row, pair
from benchmarks.others import rates_beside, redis_stream, times_beside, zmq_pair
from benchmarks.yardsticks import ping_pong, sqlite_one_row_commits

INTERVAL_US = 2_000
"Between two records, and between two pings. Processors fall asleep in between, for both alike."


def flood_latency(bench: Bench) -> Iterator[Row]:
    """AddRecord here -> event there -> GetRecord there; against a ping-pong of the same size and pace."""
    count = bench.count(2_000)
    before = ping_pong(bench, count, INTERVAL_US)
    with bench.node("flood_b") as b, bench.node("flood_a") as a:
        pair(bench, "flood", a, b)
        b.ask("watch")
        b.send("latency", count, 60)
        a.send("add", count, RECORD_SIZE, INTERVAL_US)
        a.answer()
        seen = b.answer()
    if seen["count"] != count:
        raise BenchmarkFailed(f"flood: {seen['count']} of {count} records arrived")
    after = ping_pong(bench, count, INTERVAL_US)
    p50, p99 = (before.p50_us + after.p50_us) / 2, (before.p99_us + after.p99_us) / 2
    bare = "bare TCP ping-pong, there and back"

    value = seen["p50_us"]
    yield Row("flood: add -> event -> GetRecord, p50", value, "us", p50, f"{bare}, p50", "< 1 ms", value < 1000)
    yield Row("flood p50 in paced ping-pongs", value / p50, "x", aim="< 12 x", met=value / p50 < 12)
    yield Row("flood: add -> event -> GetRecord, p99", seen["p99_us"], "us", p99, f"{bare}, p99")
    redis, zmq = (measured(count, interval_us=INTERVAL_US) for measured in (partial(redis_stream, bench), zmq_pair))
    yield from times_beside("flood p50", value, 1.0, redis, zmq)


def sustained(bench: Bench) -> Iterator[Row]:
    """One caller thread adds, one commit each, until the neighbor has announced them all."""
    count = bench.count(20_000)
    commits = [sqlite_one_row_commits(bench, count).rate]
    with bench.node("sustained_b") as b, bench.node("sustained_a") as a:
        pair(bench, "sustained", a, b)
        b.ask("watch")
        b.send("seen", count, 100)
        a.send("add", count, RECORD_SIZE, 0)
        added, seen = a.answer(), b.answer()
        stored = b.ask("count")["count"]
    if seen["count"] != count or stored != count:
        raise BenchmarkFailed(f"sustained: {seen['count']} of {count} records were announced, {stored} are stored")
    commits.append(sqlite_one_row_commits(bench, count).rate)
    limit = statistics.mean(commits)

    value = count / ((seen["ended_ns"] - added["begun_ns"]) / 1e9)
    name = "SQLite, one-row commits, from Python"
    yield Row(
        "A to B, one commit per add, sustained", value, "/s", limit, name, ">= 0.5 x SQLite", value >= 0.5 * limit
    )
    yield Row("the adding alone, meanwhile", count / added["seconds"], "/s", limit, name)
    yield from rates_beside("A to B, sustained", value, 1.0, redis_stream(bench, count), zmq_pair(count))
