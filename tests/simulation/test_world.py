"""What a graph of many machines does, one behaviour a test, each from its seed."""

from pathlib import Path

import pytest

from peerapi.graphing.graph import Limits
from peerapi.graphing.machine.flooding import HIGH_WATER
from peerapi.moment import SECOND
from tests.simulation.node import EPOCH, HOUR, TYPE
from tests.simulation.world import World


def grown(nodes: int, seed: int = 1, **options: object) -> World:
    """A graph whose nodes all listen and hold the same records."""
    world = World(seed, **options)  # type: ignore[arg-type]
    world.create()
    for _ in range(nodes - 1):
        world.run(0.3)
        world.join(world.random.choice([node for node in world.living if node.graph.addresses]))
    assert world.run_until(lambda: world.whole() and all(n.graph.addresses for n in world.living), 300) is not None
    world.run(60)
    return world


def healed(world: World) -> bool:
    return world.whole() and world.databases_equal()


def test_a_seed_repeats_exactly() -> None:
    runs = []
    for _ in range(2):
        world = grown(8, seed=5, skew=30.0)
        world.living[3].add_record(b"x")
        world.run(500)
        edges = {node.name: [other.name for other in others] for node, others in world.edges().items()}
        runs.append((world.steps, edges, [node.bytes_sent for node in world.nodes], world.living[0].payloads()))
    assert runs[0] == runs[1]


def test_different_seeds_live_differently() -> None:
    assert grown(8, seed=1).steps != grown(8, seed=2).steps


def test_a_record_reaches_every_node_once() -> None:
    world = grown(20)
    added = [node.add_record(node.name.encode()) for node in world.living]
    world.run(5)
    assert world.databases_equal()
    assert all(node.seen[record] == 1 for node in world.living for record in added)


def test_nobody_has_more_neighbors_than_the_maximum() -> None:
    world = grown(30, limits=Limits(2, 3, 4))
    world.run(1200)
    assert max(node.most_neighbors for node in world.nodes) <= 4
    assert world.whole()


def test_neighbor_counts_settle_between_minimum_and_maximum() -> None:
    world = grown(30)
    world.run(3 * HOUR)
    counts = [len(node.graph.neighbors) for node in world.living]
    assert all(2 <= count <= 7 for count in counts)
    assert sum(counts) / len(counts) < 4, "surplus connections are dropped one by one"


def test_a_graph_lost_nodes_and_is_one_again_without_any_help() -> None:
    world = grown(40, helpful=False)
    for victim in world.random.sample(world.living, 12):
        victim.crash()
    record = world.living[0].add_record(b"afterwards")
    assert world.run_until(lambda: healed(world), 600) is not None
    assert all(record in node.payloads() for node in world.living)


def test_two_islands_join_again_without_any_help() -> None:
    world = grown(20, helpful=False)
    left, right = world.living[:8], world.living[8:]
    world.partition(left, right)
    world.run(400)
    ours, theirs = left[0].add_record(b"ours"), right[0].add_record(b"theirs")
    world.run(200)
    assert theirs not in left[3].payloads()
    assert len(world.components()) == 2
    world.heal()
    assert world.run_until(lambda: healed(world), 900) is not None
    assert {ours, theirs} <= world.living[0].payloads().keys()


def test_an_application_that_knows_a_way_mends_a_long_partition() -> None:  # 3.1.7.15
    world = grown(12)
    world.partition(world.living[:5], world.living[5:])
    world.run(2 * HOUR)
    assert len(world.components()) == 2
    world.heal()
    assert world.run_until(lambda: healed(world), 900) is not None


@pytest.mark.parametrize("on_disk", [False, True])
def test_a_restarted_node_has_what_it_added_and_gets_what_it_missed(tmp_path: Path, on_disk: bool) -> None:
    world = grown(6, folder=tmp_path if on_disk else None)
    victim = world.living[3]
    promised = [victim.add_record(b"%d" % n) for n in range(50)]
    victim.crash()
    missed = world.living[0].add_record(b"missed")
    world.run(100)
    again = world.restart(victim, world.living[0])
    assert set(promised) <= again.payloads().keys()
    assert world.run_until(lambda: healed(world), 300) is not None
    assert {missed, *promised} <= world.living[1].payloads().keys()


def test_a_whole_graph_restarts_from_its_files(tmp_path: Path) -> None:
    world = grown(4, folder=tmp_path)
    kept = world.living[2].add_record(b"kept")
    world.run(5)
    for node in list(world.living):
        node.crash()
    first = world.restart(world.nodes[0], world.nodes[0])
    first.listen()
    for dead in world.nodes[1:4]:
        world.restart(dead, first)
    assert world.run_until(lambda: healed(world), 300) is not None
    assert all(kept in node.payloads() for node in world.living)


def test_clocks_that_differ_come_to_one_peer_time() -> None:
    world = grown(12, skew=600.0)
    skews = [node.skew for node in world.living]
    assert max(skews) - min(skews) > 300
    times = [node.peer_time for node in world.living]
    assert max(times) - min(times) < 2 * SECOND


def test_records_expire_everywhere_although_clocks_differ() -> None:
    world = grown(10, skew=600.0)
    record = world.living[0].add_record(b"short", lifetime=60)
    world.run(5)
    assert all(record in node.payloads() for node in world.living)
    world.run(120)
    assert all(not node.graph.database.of_type(TYPE) for node in world.living)


def test_a_slow_reader_costs_its_neighbors_bounded_memory() -> None:
    world = grown(5)
    slow = world.living[4]
    slow.rate = 50_000.0
    most = 0
    for n in range(60):
        world.living[0].add_record(bytes([n]) * 200_000)
        world.run(0.1)
        most = max(most, *(wire.waiting for node in world.living for wire in node.wires.values()))
    assert HIGH_WATER < most < HIGH_WATER + 2_000_000
    assert len(world.living[1].payloads()) == 60, "the others have everything"
    slow.rate = float("inf")
    assert world.run_until(world.databases_equal, 600) is not None
    assert all(count == 1 for count in slow.seen.values())


def test_a_joiner_during_a_storm_of_records_misses_nothing() -> None:
    world = grown(5)
    for n in range(200):
        world.random.choice(world.living[:5]).add_record(b"%d" % n)
        world.run(0.02)
        if n == 60:
            world.join(world.living[2])
    assert world.run_until(lambda: healed(world), 60) is not None
    joiner = world.living[5]
    assert len(joiner.payloads()) == 200
    assert all(joiner.seen[record] == 1 for record in joiner.payloads())


def test_connections_that_break_all_the_time_lose_no_record() -> None:
    world = grown(10)
    world.break_connections(every=1.0, until=world.now + 100)
    for n in range(100):
        world.random.choice(world.living).add_record(b"%d" % n)
        world.run(1)
    assert world.run_until(lambda: healed(world), 600) is not None
    assert len(world.living[0].payloads()) == 100


def test_the_graph_keeps_its_properties_when_its_creator_dies() -> None:
    world = grown(6)
    world.living[0].crash()
    world.run(HOUR)
    late = world.join(world.living[0])
    world.run(30)
    assert late.graph.info is not None
    assert late.graph.info.creator_id == "node 0"


def test_the_signature_is_the_lowest_node_of_those_alive() -> None:
    world = grown(10)
    for _ in range(3):
        world.run(400)
        lowest = min(world.living, key=lambda node: node.graph.node_id)
        assert {node.graph.topology.signature for node in world.living} == {lowest.graph.node_id}
        lowest.crash()


def test_an_idle_graph_says_little() -> None:
    world = grown(20)
    world.run(600)
    before = sum(node.bytes_sent for node in world.living)
    world.run(HOUR)
    assert (sum(node.bytes_sent for node in world.living) - before) / 20 / HOUR < 50, "bytes a second and node"


def test_virtual_time_is_file_time() -> None:
    world = World(1)
    node = world.create()
    world.run(10)
    assert node.moment.utc == EPOCH + 10 * SECOND
