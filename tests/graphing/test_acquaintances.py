"""A node that comes back calls those it knew: ``peerapi.graphing.machine.acquaintances``."""

from __future__ import annotations

import pytest

from peerapi.address import Address
from peerapi.graphing.link import Link
from peerapi.graphing.machine.acquaintances import MOST
from tests.graphing.pair import Net
from tests.simulation.node import Node
from tests.simulation.world import World

MINUTE = 60.0


def graph_of_six(seed: int, max_presence: int) -> tuple[World, list[Node]]:
    """Applications that never connect a node a second time."""
    world = World(seed, helpful=False, max_presence=max_presence)
    first = world.create()
    for _ in range(5):
        world.join(first)
    assert world.run_until(world.whole, 3 * MINUTE) is not None
    world.run(3 * MINUTE)
    return world, list(world.living)


@pytest.mark.parametrize("max_presence", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("seed", range(5))
def test_two_that_return_to_each_other_find_the_others(seed: int, max_presence: int) -> None:
    """They have a neighbor each, and nothing in the protocol tells them of the rest of the graph."""
    world, nodes = graph_of_six(seed, max_presence)
    gone = nodes[1:3]
    for node in gone:
        node.crash()
    world.run(2 * MINUTE)
    one = world.restart(gone[0], through=gone[1])  # that one is dead still
    world.restart(gone[1], through=one)
    assert world.run_until(world.whole, 2 * MINUTE) is not None


def test_three_that_return_to_each_other_find_the_others() -> None:
    """Each has two neighbors, which is enough for the protocol's minimum."""
    world, nodes = graph_of_six(3, 0)
    gone = nodes[1:4]
    for node in gone:
        node.crash()
    world.run(2 * MINUTE)
    one = world.restart(gone[0], through=gone[1])
    two = world.restart(gone[1], through=one)
    three = world.restart(gone[2], through=one)
    world.run(2)
    three.connect(two)
    assert world.run_until(world.whole, 2 * MINUTE) is not None


def test_a_node_that_returns_has_listened_before_it_calls() -> None:
    """The application's own call comes first: nothing is called in the first seconds."""
    world, nodes = graph_of_six(4, 0)
    gone = nodes[2]
    gone.crash()
    again = world.restart(gone, through=gone)
    world.run(4)
    assert again.graph.addresses
    assert not again.graph.neighbors


def test_the_latest_are_remembered() -> None:
    net = Net()
    machine = net.create()
    met = [Address(bytes(15) + bytes([n]), 1000 + n) for n in range(2, MOST + 12)]

    def meet() -> None:
        for address in met:
            machine.graph.acquaintances.met(Link(1, outgoing=True, remote=address, addresses=(address,)))

    machine.do(meet)
    machine.graph.acquaintances.load()
    called = set()
    while (address := machine.graph.acquaintances.next()) is not None:
        called.add(address)
    assert called == set(met[10:])
