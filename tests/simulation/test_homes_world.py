"""A graph most of whose nodes are at home behind routers, with relays of which one dies."""

from __future__ import annotations

import pytest

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
