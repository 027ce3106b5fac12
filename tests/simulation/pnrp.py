"""Clouds of some sizes grow, resolve, lose 30 % of their nodes at once and recover: one table row per run.

``make simulate-names`` (``python -m tests.simulation.pnrp``) writes the table of docs/pnrp.md and the picture beside
it, for 10 to 5,000 nodes, in a quarter of an hour; ``--nodes 100 --seeds 2`` is quick. The simulated time after the
loss is one hour (``--after`` seconds), looked at every five minutes until all is well again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from tests.simulation.pnrp_picture import draw
from tests.simulation.pnrp_world import World

HEADER = (
    "| nodes | seed | resolved | mean hops | most hops | cache | leaf sets whole | datagrams/node to join "
    "| datagrams/node/min idle | resolved right after 30 % left | good again after | resolved then |\n"
    + "| ---: " * 12
    + "|"
)
FOLDER = Path(__file__).parents[2] / "build" / "simulation"
SIZES = {10: 3, 100: 3, 1000: 2, 5000: 1}
"Nodes, and with how many seeds."
LONGEST_GROWTH = 1000.0
"Simulated seconds in which a cloud is complete: large ones grow faster than by two nodes a second."


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

    def __str__(self) -> str:
        recovery = "not" if self.recovery is None else f"{self.recovery / 60:.0f} min"
        return (
            f"| {self.nodes} | {self.seed} | {self.resolved:.1%} | {self.mean_hops:.2f} | {self.most_hops} "
            f"| {self.cache:.1f} | {self.whole:.1%} | {self.join_cost:.0f} | {self.idle_cost:.1f} "
            f"| {self.resolved_after_loss:.1%} | {recovery} | {self.resolved_at_last:.1%} |"
        )

    @property
    def is_good(self) -> bool:
        """What is promised of a cloud: it resolves, and has recovered within the simulated hour."""
        return self.resolved > 0.99 and self.recovery is not None and self.resolved_at_last > 0.99


def run(nodes: int, seed: int, *, after: float = 3600.0, resolves: int = 200) -> Row:
    world = World(seed)
    world.grow(nodes, spacing=min(0.5, LONGEST_GROWTH / nodes))
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
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.pnrp", description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="*", default=list(SIZES), help="sizes (default: %(default)s)")
    parser.add_argument("--seeds", type=int, help="how many for each size; fewer for large ones by default")
    parser.add_argument("--after", type=float, default=3600.0, help="simulated seconds to recover in")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where table and picture go (default: %(default)s)")
    options = parser.parse_args()
    rows = []
    print(HEADER, flush=True)
    for nodes in sorted(options.nodes):
        for seed in range(1, (options.seeds or SIZES.get(nodes, 1)) + 1):
            rows.append(run(nodes, seed, after=options.after))
            print(rows[-1], flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    table, picture = options.out / "pnrp.md", options.out / "pnrp-hops.svg"
    table.write_text("\n".join([HEADER, *map(str, rows)]) + "\n", encoding="utf-8")
    picture.write_text(draw([(row.nodes, round(row.mean_hops, 2)) for row in rows]), encoding="utf-8")
    print(f"\nthe table      {table}\nthe picture    {picture}")
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
