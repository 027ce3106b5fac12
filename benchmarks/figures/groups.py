"""What it costs that nobody else can read: groups beside plain graphs, in one run."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Node, Row, member_pair, pair
from benchmarks.figures.flood import INTERVAL_US
from benchmarks.figures.many import BATCH

PLAIN = "the plain graph, same run"


def _two(bench: Bench, stack: ExitStack, name: str, *, group: bool) -> tuple[Node, Node]:
    """Two neighbors; the second is told of records."""
    program = "group_node" if group else "node"
    ports = {"PEERAPI_PNRP_PORT": str(random.randrange(20_000, 32_000, 16))}
    b = stack.enter_context(bench.node(f"{name}_b", program, **ports))
    a = stack.enter_context(bench.node(f"{name}_a", program, **ports))
    (member_pair if group else pair)(bench, name, a, b)
    b.ask("watch")
    return a, b


def _latency(bench: Bench, name: str, count: int, *, group: bool) -> tuple[float, float]:
    """p50 and p99 of add -> event -> GetRecord, us."""
    with ExitStack() as stack:
        a, b = _two(bench, stack, name, group=group)
        b.send("latency", count, 60)
        a.send("add", count, RECORD_SIZE, INTERVAL_US)
        a.answer()
        seen = b.answer()
    if seen["count"] != count:
        raise BenchmarkFailed(f"{name}: {seen['count']} of {count} records arrived")
    return seen["p50_us"], seen["p99_us"]


def _throughput(bench: Bench, name: str, count: int, *, group: bool, batch: int = 0) -> float:
    """Records a second, from the first add until the neighbor has been told of the last; ``batch``: so many in each
    call of AddRecords."""
    with ExitStack() as stack:
        a, b = _two(bench, stack, name, group=group)
        b.send("seen", count, 100)
        a.send(*(("addmany", count, RECORD_SIZE, batch) if batch else ("add", count, RECORD_SIZE, 0)))
        added, seen = a.answer(), b.answer()
    if seen["count"] != count:
        raise BenchmarkFailed(f"{name}: {seen['count']} of {count} records were announced")
    return count / ((seen["ended_ns"] - added["begun_ns"]) / 1e9)


def group_flood(bench: Bench) -> Iterator[Row]:
    """The same two measurements as ``flood``, in a group, with those of a plain graph before and after."""
    count = bench.count(2_000)
    plain = [_latency(bench, "plain_before", count, group=False)]
    p50, p99 = _latency(bench, "members", count, group=True)
    plain.append(_latency(bench, "plain_after", count, group=False))
    yield Row("group flood: add -> event -> GetRecord, p50", p50, "us", statistics.mean(one for one, _ in plain), PLAIN)
    yield Row("group flood: add -> event -> GetRecord, p99", p99, "us", statistics.mean(one for _, one in plain), PLAIN)

    count = bench.count(10_000)
    rates = [_throughput(bench, "graph_before", count, group=False)]
    value = _throughput(bench, "group", count, group=True)
    rates.append(_throughput(bench, "graph_after", count, group=False))
    limit = statistics.mean(rates)
    yield Row("group, A to B, sustained", value, "/s", limit, PLAIN, ">= 0.5 x", value >= 0.5 * limit)
    verifications = 1e6 / _bare_verification(bench.count(4_000))
    yield Row(
        "the same as a stream of signatures", value, "/s", verifications, "bare P-256 verifications, one processor"
    )

    count = bench.count(30_000)
    rates = [_throughput(bench, "graph_many_before", count, group=False, batch=BATCH)]
    value = _throughput(bench, "group_many", count, group=True, batch=BATCH)
    rates.append(_throughput(bench, "graph_many_after", count, group=False, batch=BATCH))
    limit = statistics.mean(rates)
    yield Row("group, A to B, by AddRecords", value, "/s", limit, PLAIN, ">= 0.4 x", value >= 0.4 * limit)


def _median_us(call: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(count):
        before = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - before)
    return statistics.median(times) / 1e3


def _bare_verification(count: int) -> float:
    """Microseconds; one for each record is what a group cannot do without."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key

    key, scheme, data = generate_private_key(SECP256R1()), ECDSA(hashes.SHA256()), os.urandom(2 * RECORD_SIZE)
    signature, public = key.sign(data, scheme), key.public_key()
    return _median_us(lambda: public.verify(signature, data, scheme), count)


def signatures(bench: Bench) -> Iterator[Row]:
    """What a record of 200 B costs to sign and to judge; against the bare signature of the same kind."""
    from dataclasses import replace

    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    from benchmarks.club import Club
    from peerapi.graphing.events import RecordChange
    from peerapi.graphing.security import Validity
    from peerapi.grouping import signatures

    club = Club()
    here, there = club.founder(), club.member("b")
    there.met(here.chain)  # type: ignore[arg-type]
    key = here.credential.key.private
    data = os.urandom(RECORD_SIZE)
    signature = key.sign(data, ECDSA(hashes.SHA256()))
    count = bench.count(4_000)
    record = club.record(here, os.urandom(RECORD_SIZE))

    bare_sign = _median_us(lambda: key.sign(data, ECDSA(hashes.SHA256())), count)
    sign = _median_us(lambda: here.secure(record, RecordChange.ADDED), count)
    public = key.public_key()
    bare_verify = _median_us(lambda: public.verify(signature, data, ECDSA(hashes.SHA256())), count)
    signed = replace(record, security_data=here.secure(record, RecordChange.ADDED))

    def judge() -> None:
        signatures._good.clear()  # as if it came for the first time
        if there.validate(signed, RecordChange.ADDED) is not Validity.VALID:
            raise BenchmarkFailed("a good record was refused")

    verify = _median_us(judge, count)
    yield Row("group: signing a record (200 B)", sign, "us", bare_sign, "a bare P-256 signature")
    yield Row("group: judging a record (200 B)", verify, "us", bare_verify, "a bare P-256 verification")


def handshakes(bench: Bench) -> Iterator[Row]:
    """Whole handshakes of Group Connect, both ends on one processor; against bare TLS 1.3 with a certificate each."""
    from benchmarks.club import Club, bare_tls, group_connect

    club = Club()
    a, b = club.founder(), club.member("b")
    count = bench.count(1_000)
    limit = 1e6 / _median_us(lambda: bare_tls(a.credential, b.credential), count)
    value = 1e6 / _median_us(lambda: group_connect(b, a), count)
    yield Row("group: handshakes, both ends on one processor", value, "/s", limit, "bare TLS 1.3, both ends likewise")
