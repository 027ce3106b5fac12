"""Relayed against direct in the same run: python -m tests.relay.figures

Two nodes of this process, and a relay in another one. The time of one record from AddRecord here to the database there,
and the rate of many; the relay's own rate and memory.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node
from peerapi.engine.network import SCOPE_GLOBAL
from peerapi.engine.reach.known_words import VARIABLE
from peerapi.engine.runtime import Engine
from tests.engine.support import draft, info, neighbors, until
from tests.relay.process import RelayProcess

ONE_BY_ONE, MANY = 300, 20_000


def pair(engine: Engine, graph: str, *, relayed: bool) -> tuple[Driver, Driver]:
    """Two nodes with a link, direct or through the relay."""
    one, other = Node(engine), Node(engine)
    alice = one.create(info(graph_id=graph, creator_id="alice", scope=SCOPE_GLOBAL), "db")
    one.listen(alice, SCOPE_GLOBAL, 0, 0)
    bob = other.open(graph, "bob", "db", ())
    until(lambda: any(bool(a.relay) for a in alice.graph.addresses), "a seat")
    address = next(a for a in alice.graph.addresses if bool(a.relay) == relayed)
    other.connect(bob, address, None)
    until(lambda: neighbors(alice) == neighbors(bob) == 1, "a link")
    until(lambda: bob.graph.synchronized, "the first synchronization")
    return alice, bob


def count(driver: Driver) -> int:
    return driver.graph.database.last_seq


def latency(alice: Driver, bob: Driver) -> float:
    """Median milliseconds of one record after the other."""
    times = []
    for _ in range(ONE_BY_ONE):
        before, began = count(bob), time.perf_counter()
        alice.add_record(draft(bytes(200)))
        while count(bob) == before:
            threading.Event().wait(0.00005)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def rate(alice: Driver, bob: Driver) -> float:
    """Records a second, 200 bytes each, until the last one is there."""
    before, began = count(bob), time.perf_counter()
    for _ in range(MANY // 100):
        alice.add_records([draft(bytes(200)) for _ in range(100)])
    until(lambda: count(bob) >= before + MANY, "all records")
    return MANY / (time.perf_counter() - began)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        relay = RelayProcess(Path(folder) / "relay", ("--month=100G", "--rate=1G"))
        os.environ["PEERAPI_HOME"] = str(Path(folder) / "home")
        os.environ[VARIABLE] = relay.word
        engine = Engine()
        direct, relayed = pair(engine, "direct", relayed=False), pair(engine, "relayed", relayed=True)
        for turn in range(3):
            times = [latency(*one) for one in (direct, relayed)]
            rates = [rate(*one) for one in (direct, relayed)]
            print(
                f"{turn}: p50 {times[0]:.2f} ms direct, {times[1]:.2f} relayed, {times[1] / times[0]:.2f} x; "
                f"{rates[0]:,.0f} records/s direct, {rates[1]:,.0f} relayed, {rates[1] / rates[0]:.2f} x",
                flush=True,
            )
        print(f"relay: {relay.memory / 1e6:.0f} MB")
        relay.kill()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
