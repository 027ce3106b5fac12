"""A graph most of whose nodes are at home behind routers, with relays of which one dies."""

from __future__ import annotations

import pytest

from peerapi.graphing.codec.messages import Connect
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.path_kind import PathKind
from tests.simulation.homes_scenario import run
from tests.simulation.homes_world import HomesWorld
from tests.support.homes import Kind


@pytest.mark.parametrize("seed", range(3))
def test_a_graph_among_homes_loses_a_relay_and_stays_one(seed: int) -> None:
    report, homes = run(40, seed)
    assert not report.failures, f"\n{report}"
    kinds = {one.kind for one in homes._hosts_of.values()}
    assert kinds == {Kind.PUBLIC, Kind.CONE, Kind.SYMMETRIC, Kind.CARRIER, Kind.CLOSED}
    assert homes.paths.keys() >= {PathKind.RELAYED, PathKind.REVERSED, PathKind.PUNCHED}


def test_a_seed_repeats_exactly() -> None:
    first, second = (run(15, 7) for _ in range(2))
    assert (first[0].steps, first[0].virtual, first[1].paths) == (second[0].steps, second[0].virtual, second[1].paths)


def test_without_relays_nobody_at_home_is_called() -> None:
    world = HomesWorld(3, at_home=1.0)
    founder = world.create()
    other = world.join(founder)
    assert world.run_until(lambda: bool(other.graph.addresses), 300) is not None
    for relay in world.relays:
        world.kill(relay)
    third = world.join(other)
    assert world.host_of(other).kind is not Kind.PUBLIC
    assert world.run_until(lambda: bool(third.graph.neighbors), 300) is not None, "the founder is still called directly"
    assert [link.node_id for link in third.graph.neighbors] == [founder.graph.node_id]


def test_links_through_a_relay_end_with_it_and_others_stay() -> None:
    world = HomesWorld(5, at_home=1.0)
    founder = world.create()
    for _ in range(12):
        world.run(1.0)
        world.join(world.random.choice([one for one in world.living if one.graph.addresses]))
    world.run(300.0)
    assert world.whole()
    assert any(wire.open for relay in world.relays for wire in relay.sessions)
    for relay in world.relays:
        world.kill(relay)
    world.run(1.0)
    assert founder.graph.neighbors
    assert not any(wire.open for relay in world.relays for wire in relay.sessions)


LIMIT = 35.0
"Seconds after the end of a relay within which those whom it has lost are linked again."


def parted(seed: int, *, silent: bool = False) -> tuple[int, int]:
    """How many pairs have lost their link with one of two relays, and how many are linked again after LIMIT, or could
    not because one of the two has all the neighbors that it may have. No record says where a node is. ``silent``: nodes
    notice the relay's end only after 30 seconds."""
    world = HomesWorld(seed, relays=2, at_home=1.0, max_presence=0, helpful=False)
    world.create()
    for _ in range(12):
        world.run(2.0)
        world.join(world.random.choice([one for one in world.living if one.graph.addresses]))
    world.run(60.0)
    assert world.whole()
    dying = world.relays[0]
    pairs = {frozenset((wire.node, wire.far.node)) for wire in dying.sessions if wire.open}
    if silent:
        dying.alive = False
        world.run(30.0)
    world.kill(dying)
    world.run(LIMIT - 30.0 if silent else LIMIT)
    edges = world.edges()
    back = 0
    for one, other in map(tuple, pairs):
        full = any(len(node.graph.neighbors) >= node.graph.limits.maximum for node in (one, other))
        back += other in edges[one] or full
    return len(pairs), back


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_of_two_relays_one_dies_and_all_links_are_back_without_presence(seed: int, silent: bool) -> None:
    lost, back = parted(seed, silent=silent)
    assert lost == back > 3


def test_without_being_told_of_the_other_seats_they_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    send = Graph.send_message

    def untold(graph: Graph, link: Link, message: object) -> None:
        if not (isinstance(message, Connect) and message.update):
            send(graph, link, message)

    monkeypatch.setattr(Graph, "send_message", untold)
    lost, back = map(sum, zip(*(parted(seed) for seed in range(3)), strict=True))
    assert back < lost
