"""Relayed against direct in the same run: python -m tests.relay.figures

Two nodes of this process, and a relay in another one. The time of one record from AddRecord here to the database there,
and the rate of many; how many bytes of sessions the relay carries with a second of a processor; its memory.
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
from tests.relay.process import RelayProcess, session

ONE_BY_ONE, MANY = 300, 20_000
CARRIED, PORTION = 256 << 20, 1 << 16
"Bytes of one session, and what of it is sent at once."


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


def carried(relay: RelayProcess, *, tls: bool) -> float:
    """Megabytes of a session that the relay carries with a second of a processor."""
    control, caller, callee = session(relay, tls=tls)
    before = relay.computed

    def send() -> None:
        for _ in range(CARRIED // PORTION):
            caller.send(bytes(PORTION))

    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(CARRIED // PORTION):
        callee.read(PORTION)
    sender.join()
    used = relay.computed - before
    for one in (caller, callee, control):
        one.close()
    return CARRIED / 1e6 / used


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
        of_tls, plain = (carried(relay, tls=tls) for tls in (True, False))
        print(f"relay: {of_tls:.0f} MB/s of one processor with TLS legs, {plain:.0f} with plain ones")
        print(f"relay: {relay.memory / 1e6:.0f} MB of memory")
        relay.kill()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
