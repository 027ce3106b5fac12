"""Many records at once, many nodes at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Node, Row, free_port, pair
from benchmarks.others import rates_beside, redis_stream
from benchmarks.relay import relay
from benchmarks.yardsticks import sqlite_bulk

BATCH = 1000
NODES = 8
DIFFERENT = 100
PATIENCE = 60
"Seconds in which two nodes become equal."


def add_many(bench: Bench) -> Iterator[Row]:
    """PeerxGraphAddRecords: many records, one transaction. First alone, then with a neighbor that takes all in."""
    count = bench.count(100_000)
    bulk = sqlite_bulk(bench, count)
    limit, name = count / bulk.insert, "SQLite, all rows in one transaction, from Python"
    with bench.node("many_alone") as node:
        node.ask("create", "many", "a", free_port())
        value = count / node.ask("addmany", count, RECORD_SIZE, BATCH)["seconds"]
    aim = ">= 40,000 /s"
    yield Row(f"PeerxGraphAddRecords, {BATCH:,} a call, no neighbor", value, "/s", limit, name, aim, value >= 40_000)


def burst(bench: Bench) -> Iterator[Row]:
    """As many records as fast as they can be added, until the neighbor has announced the last; memory meanwhile."""
    count = bench.count(100_000)
    bulk = sqlite_bulk(bench, count)
    with bench.node("burst_b") as b, bench.node("burst_a") as a:
        pair(bench, "burst", a, b)
        b.ask("watch")
        b.send("seen", count, 100)
        with Watch(a, b) as watch:
            a.send("addmany", count, RECORD_SIZE, BATCH)
            added, seen = a.answer(), b.answer()
        stored = b.ask("count")["count"]
    if seen["count"] != count or stored != count:
        raise BenchmarkFailed(f"burst: {seen['count']} of {count} records were announced, {stored} are stored")
    value = count / ((seen["ended_ns"] - added["begun_ns"]) / 1e9)
    limit, name = count / bulk.insert, "SQLite, all rows in one transaction, from Python"
    yield Row(f"A to B, a burst of {count:,} by AddRecords", value, "/s", limit, name, ">= 40,000 /s", value >= 40_000)
    yield from rates_beside("A to B, AddRecords", value, 1.5, redis_stream(bench, count, batch=BATCH), None)
    raw = count * RECORD_SIZE / 1e6
    for who, most in zip(("publisher", "receiver"), watch.most, strict=True):
        yield Row(f"most memory during the burst, {who}", most, "MB", raw, "the records' data", "< 90 MB", most < 90)


class Watch:
    """The most memory that nodes had in between, looked at every few milliseconds."""

    def __init__(self, *nodes: Node) -> None:
        self._nodes = nodes
        self.most = [node.memory_mb() for node in nodes]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.most = [max(m, node.memory_mb()) for m, node in zip(self.most, self._nodes, strict=True)]

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def eight_nodes(bench: Bench) -> Iterator[Row]:
    """Each of eight adds with one commit a record, and all relay; until every one has announced every record."""
    each = bench.count(4_000)
    total = NODES * each
    with ExitStack() as stack:
        nodes = [stack.enter_context(bench.node(f"eight_{n}")) for n in range(NODES)]
        ports = [free_port() for _ in nodes]
        nodes[0].ask("create", "eight", "p0", ports[0])
        for n, node in enumerate(nodes[1:], 1):
            node.ask("join", "eight", f"p{n}", ports[n // 2])
            node.ask("listen", ports[n])
        links = sum(node.ask("neighbors")["count"] for node in nodes) / 2
        for node in nodes:
            node.ask("watch")
        for node in nodes:
            node.send("addmany", each, RECORD_SIZE, 100)
        begun = min(node.answer()["begun_ns"] for node in nodes)
        for node in nodes:
            node.send("seen", total, 100)
        seen = [node.answer() for node in nodes]
        stored = {node.ask("count")["count"] for node in nodes}
    if stored != {total} or any(one["count"] != total for one in seen):
        raise BenchmarkFailed(f"eight nodes: {[one['count'] for one in seen]} of {total} announced, {stored} stored")
    value = total / ((max(one["ended_ns"] for one in seen) - begun) / 1e9)
    yield Row(f"{NODES} relaying nodes, all have all", value, "/s", aim=">= 8,000 /s", met=value >= 8_000)
    yield Row("connections between them", links, "")
    stream = redis_stream(bench, total, batch=100, writers=NODES, readers=NODES)
    yield from rates_beside(f"{NODES} nodes, all have all", value, 0.8, stream, None)


def hash_sync(bench: Bench) -> Iterator[Row]:
    """A node returns after both sides have gone on without each other; bytes of both directions, counted by a relay."""
    count, different = bench.count(100_000), max(2, bench.count(DIFFERENT))
    with bench.node("hash_a") as a:
        port = free_port()
        a.ask("create", "hash", "a", port)
        a.ask("addmany", count, RECORD_SIZE, BATCH)
        with relay(port) as counter:
            with bench.node("hash_b") as b:
                b.ask("join", "hash", "b", counter.port)
                whole = counter.bytes
            half = different // 2
            a.ask("addmany", half, RECORD_SIZE, half)
            with bench.node("hash_b") as b:
                b.ask("open", "hash", "b")
                b.ask("addmany", different - half, RECORD_SIZE, half)
                for node in (a, b):
                    node.ask("watch")
                before, begun = counter.bytes, time.perf_counter()
                a.send("seen", different - half, PATIENCE)
                b.ask("connect", counter.port)
                b.send("seen", half, PATIENCE)
                for node in (a, b):
                    node.answer()
                seconds = time.perf_counter() - begun
                for node in (a, b):
                    if node.ask("count")["count"] != count + different:
                        raise BenchmarkFailed(f"hash sync: the two are not equal after {PATIENCE} s")
                moved = counter.bytes - before
    share = 100 * moved / whole
    what = f"{count:,} records each, {different} different"
    yield Row(f"sync of a returning node, {what}", moved / 1e6, "MB", whole / 1e6, "full sync")
    yield Row("the same, of a full sync's bytes", share, "%", aim="< 5 %", met=share < 5)
    yield Row("the same, until both are equal", seconds, "s")
