"""A cloud of N nodes grows, resolves, loses 30 % of its nodes at once and recovers: one table row per run.

``python -m tests.simulation.pnrp --nodes 1000 --seed 1``; with ``--header`` the table's head is printed before the
row. The simulated time after the loss is one hour (``--after`` seconds), looked at every five minutes until all is
well again.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

from tests.simulation.pnrp_world import World

HEADER = (
    "| nodes | seed | resolved | mean hops | most hops | cache | leaf sets whole | datagrams/node to join "
    "| datagrams/node/min idle | resolved right after 30 % left | good again after | resolved then | wall |\n"
    + "| ---: " * 13
    + "|"
)


class Row(NamedTuple):
    """What one run has shown."""

    nodes: int
    seed: int
    resolved: float
    mean_hops: float
    most_hops: int
    cache: float
    whole: float
    join_cost: float
    idle_cost: float
    resolved_after_loss: float
    recovery: float | None
    "Seconds until more than 99 % resolve and nine in ten leaf sets are whole; None: not within the time."
    resolved_at_last: float
    wall: float

    def __str__(self) -> str:
        recovery = "not" if self.recovery is None else f"{self.recovery / 60:.0f} min"
        return (
            f"| {self.nodes} | {self.seed} | {self.resolved:.1%} | {self.mean_hops:.2f} | {self.most_hops} "
            f"| {self.cache:.1f} | {self.whole:.1%} | {self.join_cost:.0f} | {self.idle_cost:.1f} "
            f"| {self.resolved_after_loss:.1%} | {recovery} | {self.resolved_at_last:.1%} | {self.wall:.0f} s |"
        )


def run(nodes: int, seed: int, *, after: float = 3600.0, resolves: int = 200, spacing: float = 0.5) -> Row:
    began = time.perf_counter()
    world = World(seed)
    world.grow(nodes, spacing=spacing)
    join_cost = world.datagrams / nodes
    world.run(60.0)
    before = world.datagrams
    world.run(60.0)
    idle_cost = (world.datagrams - before) / nodes
    score = world.resolve_some(resolves)
    whole = world.leaf_sets_are_whole()
    cache = sum(len(node.cloud.cache) for node in world.nodes) / nodes
    for node in world.random.sample(world.nodes, round(0.3 * nodes)):
        node.alive = False
    lost_at = world.now
    shaken = last = world.resolve_some(resolves)
    recovery = None
    while world.now - lost_at < after and recovery is None:
        world.run(240.0)
        last = world.resolve_some(resolves)
        if last.success > 0.99 and world.leaf_sets_are_whole() >= 0.9:
            recovery = world.now - lost_at
    return Row(
        nodes=nodes,
        seed=seed,
        resolved=score.success,
        mean_hops=score.mean_hops,
        most_hops=max(score.hops, default=0),
        cache=cache,
        whole=whole,
        join_cost=join_cost,
        idle_cost=idle_cost,
        resolved_after_loss=shaken.success,
        recovery=recovery,
        resolved_at_last=last.success,
        wall=time.perf_counter() - began,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="simulate a PNRP cloud")
    parser.add_argument("--nodes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--after", type=float, default=3600.0, help="simulated seconds to recover in")
    parser.add_argument("--spacing", type=float, default=0.5, help="seconds between two joins")
    parser.add_argument("--header", action="store_true")
    options = parser.parse_args()
    if options.header:
        print(HEADER)
    print(run(options.nodes, options.seed, after=options.after, spacing=options.spacing))


if __name__ == "__main__":
    main()
