"""Tables of some sizes grow, are searched, lose 30 % of their nodes at once and recover; then their network loses 30 %
of all datagrams while nodes come and go, is divided, and heals: one row in each of two tables per run.

``make simulate-drt`` (``python -m tests.simulation.drt``) writes the tables of docs/drt.md and the picture beside them,
for 10, 100 and 1,000 nodes, and for 10,000 that are put there whole (``World.stand``): to let so many grow, ``--nodes
10000``, takes an hour or more of a processor. Every key that is left is looked for when the table has recovered, at
most 1,000 of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from tests.simulation.drt_world import World
from tests.simulation.pnrp_picture import draw

HEADER = (
    "| nodes | seed | found | mean hops | most hops | cache | leaf sets true | datagrams/node to join "
    "| datagrams/node/min idle | found right after 30 % left | good again after | every key then |\n"
    + "| ---: " * 12
    + "|"
)
TROUBLES = (
    "| nodes | seed | found, 3 of 10 datagrams lost | mean hops then | leaf sets true then | datagrams/node/min then "
    "| leaf sets true when divided | good after it is whole | datagrams/node until then | every key then |\n"
    + "| ---: " * 10
    + "|"
)
STANDING = (
    "| nodes | seed | found | mean hops | most hops | cache | found, 3 of 10 datagrams lost | mean hops then "
    "| found, 30 % of the nodes gone | mean hops then |\n" + "| ---: " * 10 + "|"
)
FOLDER = Path(__file__).parents[2] / "build" / "simulation"
SIZES = {10: 3, 100: 2, 1000: 1}
"Nodes, and with how many seeds."
STANDING_SIZES = [100, 1000, 10_000]
LONGEST_GROWTH = 500.0
"Simulated seconds in which a table is complete: large ones grow faster than by two nodes a second."
MOST_KEYS = 1000
LOSS = 0.3
"Of the datagrams, in the second part."
RESTLESS = 3
"Minutes of loss, in each of which one node of twenty goes without a word and another one comes."
DIVIDED = 300.0
"Seconds for which the network is in two parts."


class Row(NamedTuple):
    """What one run has shown."""

    nodes: int
    seed: int
    found: float
    mean_hops: float
    most_hops: int
    cache: float
    true: float
    join_cost: float
    idle_cost: float
    found_after_loss: float
    recovery: float | None
    "Seconds until more than 99 % are found and nine in ten leaf sets are as the events tell them; None: never."
    found_at_last: float

    def __str__(self) -> str:
        return (
            f"| {self.nodes} | {self.seed} | {self.found:.1%} | {self.mean_hops:.2f} | {self.most_hops} "
            f"| {self.cache:.1f} | {self.true:.1%} | {self.join_cost:.0f} | {self.idle_cost:.1f} "
            f"| {self.found_after_loss:.1%} | {_minutes(self.recovery)} | {self.found_at_last:.1%} |"
        )

    @property
    def is_good(self) -> bool:
        """What is promised of a table: keys are found, and all of them when it has recovered."""
        return self.found > 0.99 and self.recovery is not None and self.found_at_last == 1.0


class Trouble(NamedTuple):
    """What a run has shown of a network that loses datagrams, and falls apart."""

    nodes: int
    seed: int
    found: float
    mean_hops: float
    true: float
    cost: float
    true_divided: float
    healing: float | None
    "Seconds as for a recovery."
    healing_cost: float
    found_at_last: float

    def __str__(self) -> str:
        return (
            f"| {self.nodes} | {self.seed} | {self.found:.1%} | {self.mean_hops:.2f} | {self.true:.1%} "
            f"| {self.cost:.0f} | {self.true_divided:.1%} | {_minutes(self.healing)} | {self.healing_cost:.0f} "
            f"| {self.found_at_last:.1%} |"
        )

    @property
    def is_good(self) -> bool:
        return self.found > 0.95 and self.healing is not None and self.found_at_last == 1.0


def _minutes(seconds: float | None) -> str:
    return "not" if seconds is None else f"{seconds / 60:.0f} min"


def run(world: World, nodes: int, seed: int, *, after: float, searches: int) -> Row:
    world.grow(nodes, spacing=min(0.5, LONGEST_GROWTH / nodes))
    join_cost = world.datagrams / nodes
    world.run(60.0)
    before = world.datagrams
    world.run(60.0)
    idle_cost = (world.datagrams - before) / nodes
    score = world.exact_searches(searches)
    true = world.leaf_sets_are_true()
    cache = sum(len(machine.node.cache) for machine in world.machines) / nodes
    for machine in world.random.sample(world.machines, round(0.3 * nodes)):
        machine.alive = False
    lost_at = world.now
    shaken = world.exact_searches(searches)
    recovery = None
    while world.now - lost_at < after and recovery is None:
        world.run(240.0)
        if _is_good(world, searches):
            recovery = world.now - lost_at
    return Row(
        nodes=nodes,
        seed=seed,
        found=score.success,
        mean_hops=score.mean_hops,
        most_hops=max(score.hops, default=0),
        cache=cache,
        true=true,
        join_cost=join_cost,
        idle_cost=idle_cost,
        found_after_loss=shaken.success,
        recovery=recovery,
        found_at_last=world.every_key(MOST_KEYS).success,
    )


def trouble(world: World, nodes: int, seed: int, *, after: float, searches: int) -> Trouble:
    """``world`` has a table that stands."""
    world.loss = LOSS
    count = len(world.living)
    before = world.datagrams
    for _ in range(RESTLESS):
        before = world.datagrams
        going = max(1, round(count / 20))
        for machine in world.random.sample(world.living[3:], going):
            machine.alive = False
        world.grow(going, spacing=50.0 / max(going, 1))
    cost = (world.datagrams - before) / count
    score, true = world.exact_searches(searches), world.leaf_sets_are_true()
    world.loss = 0.0
    for machine in world.living:
        world.side[machine] = world.random.randrange(2)
    world.run(DIVIDED)
    true_divided = world.leaf_sets_are_true()
    world.side.clear()
    whole_at, before = world.now, world.datagrams
    healing = None
    while world.now - whole_at < after and healing is None:
        world.run(60.0)
        if _is_good(world, searches):
            healing = world.now - whole_at
    return Trouble(
        nodes=nodes,
        seed=seed,
        found=score.success,
        mean_hops=score.mean_hops,
        true=true,
        cost=cost,
        true_divided=true_divided,
        healing=healing,
        healing_cost=(world.datagrams - before) / len(world.living),
        found_at_last=world.every_key(MOST_KEYS).success,
    )


class Standing(NamedTuple):
    """What a run has shown of a table that was put there whole."""

    nodes: int
    seed: int
    found: float
    mean_hops: float
    most_hops: int
    cache: float
    found_with_loss: float
    hops_with_loss: float
    found_after_loss: float
    hops_after_loss: float

    def __str__(self) -> str:
        return (
            f"| {self.nodes} | {self.seed} | {self.found:.1%} | {self.mean_hops:.2f} | {self.most_hops} "
            f"| {self.cache:.1f} | {self.found_with_loss:.1%} | {self.hops_with_loss:.2f} "
            f"| {self.found_after_loss:.1%} | {self.hops_after_loss:.2f} |"
        )

    @property
    def is_good(self) -> bool:
        return self.found == 1.0 and self.found_with_loss > 0.9 and self.found_after_loss > 0.95


def standing(nodes: int, seed: int, *, searches: int) -> Standing:
    world = World(seed)
    world.stand(nodes)
    cache = sum(len(machine.node.cache) for machine in world.machines) / nodes
    score = world.exact_searches(searches)
    world.loss = LOSS
    lossy = world.exact_searches(searches)
    world.loss = 0.0
    for machine in world.random.sample(world.machines, round(0.3 * nodes)):
        machine.alive = False
    shaken = world.exact_searches(searches)
    return Standing(
        nodes=nodes,
        seed=seed,
        found=score.success,
        mean_hops=score.mean_hops,
        most_hops=max(score.hops, default=0),
        cache=cache,
        found_with_loss=lossy.success,
        hops_with_loss=lossy.mean_hops,
        found_after_loss=shaken.success,
        hops_after_loss=shaken.mean_hops,
    )


def _is_good(world: World, searches: int) -> bool:
    """Leaf sets cost no simulated time to look at, searches do."""
    return world.leaf_sets_are_true() >= 0.9 and world.exact_searches(searches).success > 0.99


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.drt", description=__doc__.partition("\n")[0])
    parser.add_argument("--nodes", type=int, nargs="*", default=list(SIZES), help="sizes (default: %(default)s)")
    parser.add_argument(
        "--standing", type=int, nargs="*", default=STANDING_SIZES, help="sizes of those put there whole"
    )
    parser.add_argument("--seeds", type=int, help="how many for each size; fewer for large ones by default")
    parser.add_argument("--after", type=float, default=3600.0, help="simulated seconds to recover in")
    parser.add_argument("--searches", type=int, default=200, help="searches of a look (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where tables and picture go (default: %(default)s)")
    options = parser.parse_args()
    rows: list[Row] = []
    troubles: list[Trouble] = []
    print(f"{HEADER}\n\n{TROUBLES}\n", flush=True)
    for nodes in sorted(options.nodes):
        for seed in range(1, (options.seeds or SIZES.get(nodes, 1)) + 1):
            world = World(seed)
            rows.append(run(world, nodes, seed, after=options.after, searches=options.searches))
            print(rows[-1], flush=True)
            troubles.append(trouble(world, nodes, seed, after=options.after, searches=options.searches))
            print(troubles[-1], flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    table, picture = options.out / "drt.md", options.out / "drt-hops.svg"
    print(STANDING, flush=True)
    whole: list[Standing] = []
    for nodes in sorted(options.standing):
        whole.append(standing(nodes, 1, searches=options.searches))
        print(whole[-1], flush=True)
    lines = [HEADER, *map(str, rows), "", TROUBLES, *map(str, troubles), "", STANDING, *map(str, whole)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    points = [(row.nodes, round(row.mean_hops, 2)) for row in (*rows, *whole)]
    picture.write_text(draw(sorted(points)), encoding="utf-8")
    print(f"\nthe tables     {table}\nthe picture    {picture}")
    return 0 if all(row.is_good for row in (*rows, *troubles, *whole)) else 1


if __name__ == "__main__":
    sys.exit(main())
