"""Whole clouds on virtual time. Larger ones are run by hand: ``make simulate-names``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.simulation.pnrp import HEADER, run
from tests.simulation.pnrp_picture import draw, fit
from tests.simulation.pnrp_world import World

pytestmark = pytest.mark.long(minutes=1.5)


@pytest.mark.parametrize(("nodes", "seed"), [(10, 1), (10, 2), (100, 1)])
def test_a_cloud_resolves_loses_a_third_and_recovers(nodes: int, seed: int) -> None:
    row = run(nodes, seed, resolves=100)
    assert row.is_good, row
    assert row.mean_hops < 3, row


def test_hops_grow_like_the_logarithm_of_the_nodes() -> None:
    """1,000 and 5,000 nodes are in the table of docs/pnrp.md, which ``make simulate-names`` measures."""
    means = []
    for nodes in (20, 300):
        world = World(11)
        world.grow(nodes, spacing=0.05)
        score = world.resolve_some(100)
        assert score.success > 0.99, (world.seed, nodes)
        means.append(score.mean_hops)
    assert means[1] - means[0] < 1.5, "fifteen times the nodes, one hop more"


DOCS = Path(__file__).parents[2] / "docs"


def documented() -> list[list[str]]:
    """The rows of the table in docs/pnrp.md."""
    table = (DOCS / "pnrp.md").read_text(encoding="utf-8").partition(HEADER)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]


def test_the_measured_clouds_keep_what_is_promised() -> None:
    rows = documented()
    assert {int(row[0]) for row in rows} == {10, 100, 1000, 5000}
    for row in rows:
        resolved, recovery, at_last = row[2], row[10], row[11]
        assert float(resolved.rstrip("%")) > 99 and float(at_last.rstrip("%")) > 99, row
        minutes = re.fullmatch(r"(\d+) min", recovery)
        assert minutes and int(minutes[1]) <= 60, row


def test_the_picture_is_the_one_of_the_table() -> None:
    points = [(int(row[0]), float(row[3])) for row in documented()]
    assert (DOCS / "pnrp-hops.svg").read_text(encoding="utf-8") == draw(points)
    assert 0 < fit(points).slope < 1, "less than one hop more for each factor of ten"


def test_the_documented_run_of_the_smallest_cloud_repeats() -> None:
    first = next(row for row in documented() if row[:2] == ["10", "1"])
    again = [cell.strip() for cell in str(run(10, 1)).strip("|").split("|")]
    assert again == first


def test_a_run_repeats_exactly() -> None:
    counts = []
    for _ in range(2):
        world = World(5, loss=0.05)
        world.grow(15)
        world.run(60)
        counts.append(world.datagrams)
    assert counts[0] == counts[1]


def test_a_lossy_network_is_survived() -> None:
    world = World(6, loss=0.05)
    world.grow(50)
    world.run(300)
    assert world.resolve_some(100).success > 0.97, world.seed


def test_nodes_that_leave_politely_are_forgotten_at_once() -> None:
    world = World(7)
    world.grow(40)
    world.run(120)
    leaving = world.nodes[10:20]
    gone = {node.cloud.registrations.ids[0] for node in leaving}
    for node in leaving:
        node.leave()
        world.run(0.5)
    world.run(10)
    leaves = [entry.route.id for node in world.living for entry in node.cloud.cache.leaves()]
    assert len([id for id in leaves if id in gone]) <= len(leaves) * 0.05
    assert world.resolve_some(50).success > 0.98


def test_a_cloud_that_was_split_grows_together_again() -> None:
    world = World(3)
    world.grow(40)
    world.run(100)
    for number, node in enumerate(world.nodes):
        world.side[node] = number % 2
    world.run(900)
    assert world.resolve_some(50).success < 0.9, "there is a split"
    world.side.clear()
    for _ in range(20):
        world.run(120)
        if world.leaf_sets_are_whole() > 0.9:
            break
    assert world.leaf_sets_are_whole() > 0.9
    assert world.resolve_some(50).success > 0.99
    assert sum(node.cloud.maintenance.splits_seen for node in world.nodes) > 0


def test_names_come_and_go_and_come_back() -> None:
    world = World(8)
    world.grow(20)
    world.run(60)
    publisher, asker = world.nodes[4], world.nodes[15]
    (registration,) = publisher.cloud.registrations
    publisher.cloud.at(publisher.moment).unregister(registration.handle)
    publisher.carry_out()
    world.run(5)
    first = asker.resolve(publisher.name)
    world.run(31)
    publisher.register()
    world.run(5)
    second = asker.resolve(publisher.name)
    world.run(31)
    before, after = asker.result(first), asker.result(second)
    assert before is not None
    assert after is not None
    assert before.found == ()
    assert len(after.found) == 1


def test_a_node_with_many_names_is_found_by_each() -> None:
    world = World(9)
    world.grow(30)
    many = world.nodes[5]
    names = []
    for number in range(20):
        name = many.name._replace(classifier=f"name {number}")
        many.cloud.at(many.moment).register(name, signer=many.signer, payload=b"of %d" % many.number)
        many.carry_out()
        names.append(name)
        world.run(1)
    world.run(30)
    handles = [(asker, asker.resolve(name)) for asker, name in zip(world.nodes[10:30], names, strict=True)]
    world.run(31)
    results = [asker.result(handle) for asker, handle in handles]
    assert all(result is not None and result.found for result in results)
