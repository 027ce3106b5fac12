"""Forged sources that want all places where a node waits for something: its own questions and those of others go on.
Each attack is first shown to work without its check."""

from __future__ import annotations

import hashlib

import pytest

from peerapi.address import Address
from peerapi.pnrp.messages import Ack, Flood, Inquire, Lookup, Solicit, encode
from peerapi.pnrp.outputs import Failure, Resolved
from peerapi.ring import intake, probes
from peerapi.ring.exchange import MOST_PENDING
from peerapi.ring.refusal import Refusal
from peerapi.ring.route_entry import RouteEntry
from tests.pnrp.bench import Bench, Peer, of_kind, only, sent

UNBOUNDED = 1 << 20


def solicited_by_many() -> Bench:
    """A node that knows somebody, and has had a SOLICIT from each of 1100 networks within a second: 40 KB."""
    bench = Bench()
    bench.meet(Peer(10))
    for number in range(MOST_PENDING + 76):
        solicit = Solicit(number, hashlib.sha1(b"x").digest())
        bench.put(solicit, Address.parse(f"fd00:{number + 1:x}::5", 6000))
    return bench


def test_probes_of_forged_sources_leave_room_for_what_this_node_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(probes, "MOST_PROBES", UNBOUNDED)
        bench = solicited_by_many()
        bench.cloud.at(bench.now).resolve(Peer(10).name)
        (resolved,) = bench.outputs()
        assert isinstance(resolved, Resolved)
        assert resolved.failure is Failure.UNREACHABLE, "harmless even without the check"
    bench = solicited_by_many()
    assert len(bench.cloud.probes) <= probes.MOST_PROBES
    bench.cloud.at(bench.now).resolve(Peer(10).name)
    only(sent(bench.outputs()), Lookup, Peer(10).address)
    bench.pass_time(60)
    assert len(bench.cloud.probes) == 0


def test_who_proves_its_address_among_forged_sources_is_answered() -> None:
    bench = solicited_by_many()
    honest = Address.parse("fd00:ffff::1", 7000)
    question = Inquire(1, bench.id, cpa=True)
    probe = only(bench.put(question, honest), Flood, honest)
    for number in range(probes.MOST_PROBES - 1):
        bench.put(Inquire(number, bench.id, cpa=True), Address.parse(f"fd00:{number + 1:x}::6", 6000))
    assert bench.put(Ack(2, probe.message_id, False), honest), "the answer to what was held"


def asked_about(bench: Bench, peer: Peer, source: Address) -> bool:
    return bool(of_kind(bench.put(Flood(5, 0, peer.route, no_ack=True), source), Inquire, peer.address))


def told_by(sources: list[Address]) -> Bench:
    """A node that was told of four entries by each of these, none of which answers."""
    bench = Bench()
    for number, source in enumerate(sources):
        for one in range(4):
            route = Peer(1000 + 4 * number + one).route
            bench.put(encode(Flood(number, 0, route, no_ack=True)), source)
    return bench


ONE_NETWORK = [Address.parse("fd00:9::66", 6000 + number) for number in range(40)]
FORGED = [Address.parse(f"fd00:{number + 1:x}::66", 6000) for number in range(40)]


@pytest.mark.parametrize(
    ("sources", "checks"),
    [(ONE_NETWORK, ("PER_PARTY", "MOST_UNPROVED", "MOST_TOLD")), (FORGED, ("MOST_UNPROVED", "MOST_TOLD"))],
    ids=["ports of one machine", "forged networks"],
)
def test_entries_that_lead_nowhere_leave_room_for_those_of_others(
    monkeypatch: pytest.MonkeyPatch, sources: list[Address], checks: tuple[str, ...]
) -> None:
    honest, fresh = Address.parse("fd00:ffff::1", 7000), Peer(50, Address.parse("fd00:fffe::1", 7001))
    with monkeypatch.context() as patch:
        for check in checks:
            patch.setattr(intake, check, UNBOUNDED)
        bench = told_by(sources)
        bench.prove(honest)
        assert not asked_about(bench, fresh, honest), "harmless even without the check"
    bench = told_by(sources)
    assert bench.refused(Refusal.BUSY) >= 160 - 48
    bench.prove(honest)
    assert asked_about(bench, fresh, honest)
    bench.pass_time(10)
    assert len(bench.cloud.intake) == 0
    assert asked_about(bench, Peer(51), ONE_NETWORK[0]), "everybody has room again"


def test_what_a_node_wants_to_know_itself_has_places_of_its_own() -> None:
    """A LOOKUP was answered by a node that belongs into the leaf set: its CPA is asked for."""
    bench = Bench()
    proved = [Address.parse(f"fd00:{number + 1:x}::66", 6000) for number in range(40)]
    for source in proved:
        bench.prove(source)
    for number in range(160):
        route = Peer(1000 + number).route
        bench.put(Flood(number, 0, route, no_ack=True), proved[number % len(proved)])
    assert len(bench.cloud.intake) == intake.MOST_TOLD
    own = Peer(50, Address.parse("fd00:fffe::1", 7001))
    bench.cloud.intake.confirmed(RouteEntry(own.id, own.address.port, (own.address.ip,)))
    only(sent(bench.outputs()), Inquire, own.address)
