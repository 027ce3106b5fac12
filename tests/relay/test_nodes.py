"""Nodes of this process that reach each other through a relay in another process."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerapi.address import Address
from peerapi.engine.graphs import node as node_module
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node, database_path
from peerapi.engine.network import SCOPE_ANY, SCOPE_GLOBAL, SCOPE_LOOPBACK
from peerapi.engine.reach import calling, sitting
from peerapi.engine.reach.known_words import SEAT_SUFFIX, VARIABLE
from peerapi.engine.runtime import Engine
from peerapi.errors import ConnectionFailed, ConnectionNotAuthenticated, PeerError
from peerapi.graphing.machine import topology
from peerapi.log import set_up
from peerapi.path_kind import PathKind
from peerapi.reach import direct
from peerapi.reach.refusal import Refusal
from peerapi.reach.seat import PREFIX, is_seat
from tests.engine.support import Watcher, draft, info, neighbors, until
from tests.relay.conftest import StartRelay
from tests.relay.process import PATIENCE, RelayProcess

GRAPH = "over a relay"


@pytest.fixture(scope="module")
def engine() -> Engine:
    engine = Engine()
    engine.call(lambda: None)
    return engine


Join = Callable[..., Driver]


class Homes:
    """Nodes that know no other address of each other than seats."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.nodes: list[tuple[Node, Driver]] = []

    def create(self, peer: str = "alice") -> Driver:
        node = Node(self.engine)
        driver = node.create(info(graph_id=GRAPH, creator_id=peer, scope=SCOPE_GLOBAL), "db")
        self.nodes.append((node, driver))
        return driver

    def open(self, peer: str) -> Driver:
        node = Node(self.engine)
        driver = node.open(GRAPH, peer, "db", ())
        self.nodes.append((node, driver))
        return driver

    def node(self, driver: Driver) -> Node:
        return next(node for node, one in self.nodes if one is driver)

    def listen(self, driver: Driver, scope: int = SCOPE_ANY) -> None:
        self.node(driver).listen(driver, scope, 0, 0)

    def close(self) -> None:
        for node, _ in self.nodes:
            node.close_all()


@pytest.fixture
def homes(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Homes]:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    engine.reports.clear()
    calling.refused.clear()
    homes = Homes(engine)
    yield homes
    homes.close()


def seats(driver: Driver) -> list[Address]:
    return driver.read(lambda graph: [one for one in graph.addresses if is_seat(one)])


def seated(driver: Driver, count: int = 1) -> Address:
    until(lambda: len(seats(driver)) == count, f"{count} seats")
    return seats(driver)[0]


def is_here(driver: Driver, record_id: bytes) -> bool:
    try:
        return bool(driver.record(record_id))
    except PeerError:
        return False


def connected(homes: Homes, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch) -> tuple[Driver, Driver]:
    """Alice, who listens, and Bob, who has called her at her seat."""
    monkeypatch.setenv(VARIABLE, relay.word)
    alice, bob = homes.create(), homes.open("bob")
    homes.listen(alice)
    homes.node(bob).connect(bob, seated(alice), None)
    until(lambda: neighbors(alice) == neighbors(bob) == 1, "a link")
    return alice, bob


def test_records_go_both_ways_over_a_relay(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = connected(homes, start_relay(), monkeypatch)
    until(lambda: bob.read(lambda graph: graph.synchronized), "the first synchronization")
    there = alice.add_record(draft(b"from alice"))
    back = bob.add_record(draft(b"from bob"))
    long = bob.add_record(draft(os.urandom(3 << 20)))
    until(lambda: is_here(bob, there) and is_here(alice, back) and is_here(alice, long), "the records")
    assert not calling.refused


def test_a_seat_is_the_first_of_a_node_s_addresses_and_told_to_neighbors(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = connected(homes, start_relay(), monkeypatch)
    address = alice.read(lambda graph: graph.addresses)[0]
    assert is_seat(address)
    assert address.ip[:8] == PREFIX + bytes((127, 0, 0, 1))
    (link,) = bob.connections()
    assert link.addresses[0] == address


def test_a_seat_stays_the_same_and_its_key_is_the_owner_s_alone(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, start_relay().word)
    alice = homes.create()
    homes.listen(alice)
    before = seated(alice)
    homes.node(alice).close(alice)
    again = homes.open("alice")
    homes.listen(again)
    assert seated(again) == before
    path = database_path(GRAPH, "alice", "db")
    key = Path(f"{path}{SEAT_SUFFIX}")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    again.export(str(tmp_path / "copy"))
    assert b"BEGIN" not in (tmp_path / "copy").read_bytes()
    assert key.read_text(encoding="ascii")[10:60].encode() not in (tmp_path / "copy").read_bytes()
    homes.node(again).close(again)
    homes.node(again).delete(GRAPH, "alice", "db")
    assert not key.exists()


def test_who_has_listened_has_a_seat_already(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PeerGraphGetNodeInfo comes next in many programs, and what it says goes into invitations."""
    monkeypatch.setattr(node_module, "SEAT_PATIENCE", PATIENCE)  # 3 s may be little on a busy machine
    monkeypatch.setenv(VARIABLE, start_relay().word)
    alice = homes.create()
    homes.listen(alice)
    assert len(seats(alice)) == 1


def test_a_loopback_graph_takes_no_seat_and_who_does_not_listen_neither(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    alice = homes.create()
    homes.listen(alice, SCOPE_LOOPBACK)
    assert alice.addresses is not None
    assert alice.addresses.sitting is None
    bob = homes.create("bob")
    assert bob.addresses is None


def test_without_a_relay_nothing_is_sent_anywhere(homes: Homes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")
    alice = homes.create()
    homes.listen(alice)
    assert alice.addresses.sitting is None
    assert seats(alice) == []


def test_a_relay_that_dies_ends_the_link_and_brings_it_back(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "MAINTENANCE_ALONE", 2.0)
    monkeypatch.setattr(topology, "SEEK", (0.5, 1.0))
    relay = start_relay()
    alice, bob = connected(homes, relay, monkeypatch)
    address = seated(alice)
    until(lambda: bob.read(lambda graph: graph.synchronized), "the first synchronization")
    relay.process.send_signal(signal.SIGKILL)
    relay.process.wait(120)
    until(lambda: neighbors(alice) == neighbors(bob) == 0, "the end of the link")
    lost = alice.add_record(draft(b"meanwhile"))
    start_relay(f"--port={relay.port}")
    until(lambda: neighbors(alice) == 1, "the link again")
    until(lambda: is_here(bob, lost), "what was added meanwhile")
    assert seats(alice) == [address]


def test_with_two_relays_a_graph_has_two_seats_and_one_may_die(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = start_relay(), start_relay(home="second")
    monkeypatch.setenv(VARIABLE, f"{first.word},{second.word}")
    alice, bob = homes.create(), homes.open("bob")
    homes.listen(alice)
    seated(alice, 2)
    by_first = next(one for one in seats(alice) if one.port == first.port)
    homes.node(bob).connect(bob, by_first, None)
    until(lambda: neighbors(bob) == neighbors(alice) == 1, "a link")
    until(lambda: bob.read(lambda graph: graph.synchronized), "the first synchronization")
    first.kill()
    lost = alice.add_record(draft(b"meanwhile"))
    until(lambda: is_here(bob, lost), "a link through the other relay, and what was added meanwhile")


def test_a_call_to_nobody_fails_as_any_other(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    alice, bob = homes.create(), homes.open("bob")
    homes.listen(alice)
    address = seated(alice)
    homes.node(alice).close(alice)
    watcher = Watcher(bob)
    for where in (address, address._replace(port=1), address._replace(ip=PREFIX + bytes((127, 0, 0, 9)) + bytes(8))):
        seen = len(watcher.events)
        homes.node(bob).connect(bob, where, None)
        watcher.until(lambda events, seen=seen: len(events) > seen)  # type: ignore[misc]
    assert neighbors(bob) == 0
    assert calling.refused[Refusal.ABSENT] == 1


def test_attack_an_address_that_sends_a_node_to_a_service_of_its_own_machine(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody names a seat at 127.0.0.1, where something else listens; the relay here stands for that."""
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, "")
    bob = homes.create("bob")
    victim = Address(PREFIX + bytes((127, 0, 0, 1)) + bytes(8), relay.port)
    with monkeypatch.context() as patch:
        patch.setattr("peerapi.reach.seat.RelayEndpoint.is_public", True)
        homes.node(bob).connect(bob, victim, None)
        until(lambda: calling.refused[Refusal.ABSENT] == 1, "a call that comes there")
    homes.node(bob).connect(bob, victim, None)
    until(lambda: calling.refused[Refusal.LEG] == 1, "a call that is not made")
    assert calling.refused == {Refusal.ABSENT: 1, Refusal.LEG: 1}


def test_nodes_of_one_network_that_have_met_at_a_relay_go_on_without_it(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link survives the relay, and each end knows by which way it goes."""
    monkeypatch.setenv(calling.RELAY_ONLY, "0")
    monkeypatch.setattr("peerapi.reach.candidates.may_dial", lambda *_: True)  # this machine may have no other network
    for name in ("WINDOW", "SHORTEST_WINDOW", "PROVING"):  # a way that is there is found, however much else is done
        monkeypatch.setattr(direct, name, PATIENCE)
    monkeypatch.setattr(calling, "PATIENCE", PATIENCE)
    relay = start_relay()
    alice, bob = connected(homes, relay, monkeypatch)
    ways = [set(one.paths().values()) for one in (alice, bob)]
    assert ways[0] == ways[1] != {PathKind.RELAYED}
    until(lambda: bob.read(lambda graph: graph.synchronized), "the first synchronization")
    relay.kill()
    there = alice.add_record(draft(b"from alice"))
    back = bob.add_record(draft(os.urandom(3 << 20)))
    until(lambda: is_here(bob, there) and is_here(alice, back), "the records")
    assert neighbors(alice) == neighbors(bob) == 1


def test_a_flood_of_calls_is_not_a_flood_of_searches(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(calling.RELAY_ONLY, "0")
    monkeypatch.setattr("peerapi.reach.candidates.may_dial", lambda *_: True)
    monkeypatch.setattr(sitting, "MOST_SEARCHES", 0)
    alice, bob = connected(homes, start_relay(), monkeypatch)
    assert [set(one.paths().values()) for one in (alice, bob)] == [{PathKind.RELAYED}] * 2


def test_a_program_is_told_why_a_call_through_a_relay_has_failed(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody there is PEER_E_CONNECTION_FAILED; who answers with another key has not proved to be the one called."""
    relay = start_relay()
    monkeypatch.setenv(VARIABLE, relay.word)
    alice, bob = homes.create(), homes.open("bob")
    homes.listen(alice)
    address = seated(alice)
    watcher = Watcher(bob)

    def failed(where: Address) -> tuple[int, str]:
        seen = len(watcher.events)
        number = homes.node(bob).connect(bob, where, None)

        def own(events: list[Any]) -> list[Any]:
            return [one for one in events[seen:] if getattr(one, "connection_id", 0) == number]

        (event,) = own(watcher.until(own))
        return event.reason, bob.why(number)

    absent = address._replace(ip=address.ip[:8] + bytes(8))
    assert failed(absent) == (ConnectionFailed.hresult, "the relay says: nobody has that seat")
    nowhere = address._replace(port=1)
    code, sentence = failed(nowhere)
    assert (code, sentence) == (ConnectionFailed.hresult, "127.0.0.1:1 is no place for a relay that others may name")
    monkeypatch.setattr("peerapi.reach.seat.proves", lambda *_: False)
    code, sentence = failed(address)
    assert code == ConnectionNotAuthenticated.hresult
    assert sentence == Refusal.CALLEE.value


def test_a_graph_for_which_the_pass_has_no_seat_says_so_and_gets_one_that_is_given_back(
    homes: Homes, start_relay: StartRelay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program with more graphs than its pass has seats is called at some of them only."""
    monkeypatch.setenv(VARIABLE, start_relay("--seats=1").word)
    monkeypatch.setenv("PEERAPI_LOG", f"warning:{tmp_path / 'log'}")
    set_up()
    alice, bob = homes.create(), homes.create("bob")
    homes.listen(alice)
    seated(alice)
    homes.listen(bob)
    until(lambda: Refusal.SEATS.value in (tmp_path / "log").read_text(), "what the log says of it")
    assert not seats(bob)
    homes.node(alice).stop_listening(alice)
    seated(bob)
    monkeypatch.delenv("PEERAPI_LOG")
    set_up()
