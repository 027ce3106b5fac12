"""A life of a graph from one seed: it grows, talks, gets into trouble, heals; then questions are asked.

``run(nodes, seed)`` is all of it. What kinds of trouble come is drawn from the seed, so that many small seeds cover
many combinations; whoever sees one fail replays it with ``python -m tests.simulation --nodes N --seed S``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from peerapi.graphing.machine.referrals import LONGEST_AVOID
from tests.simulation.node import Node
from tests.simulation.world import World

KINDS = ("partition", "murder", "restart", "breaks", "slow readers", "churn")
SILENCE = 30.0
"Seconds until the last neighbor has noticed that a node died, as the engine's keepalive probes do."
HEAL_LIMIT = 1800.0
"Seconds within which every graph has to be one again, with equal databases."


@dataclass
class Sample:
    """The graph at one moment."""

    at: float
    living: int
    components: int
    neighbors: float
    "Mean count."


@dataclass
class Shape:
    """Who was connected with whom at one moment, by node name."""

    at: float
    title: str
    edges: dict[str, list[str]]


@dataclass
class Report:
    """What came out."""

    nodes: int
    seed: int
    trouble: tuple[str, ...] = ()
    failures: list[str] = field(default_factory=list)
    equal: bool = False
    components: int = 0
    neighbors: Counter[int] = field(default_factory=Counter)
    most_neighbors: int = 0
    diameter: int = 0
    records: int = 0
    bytes_per_record: float = 0.0
    "Sent by one node for one record while nothing was wrong, all messages included."
    spread: float = 0.0
    "Seconds until all had the last record of the talk."
    healing: float | None = None
    "Seconds from the end of the trouble until one component with equal databases."
    virtual: float = 0.0
    wall: float = 0.0
    steps: int = 0
    samples: list[Sample] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    @property
    def command(self) -> str:
        return f"python -m tests.simulation --nodes {self.nodes} --seed {self.seed}"

    def __str__(self) -> str:
        counts = ", ".join(f"{count} x {n}" for n, count in sorted(self.neighbors.items()))
        healed = "never" if self.healing is None else f"{self.healing:.0f} s after the trouble ended"
        lines = [
            f"nodes {self.nodes}, seed {self.seed}; trouble: {', '.join(self.trouble) or 'none'}",
            f"all databases equal    {'yes' if self.equal else 'NO'} ({self.records} records)",
            f"components             {self.components}",
            f"neighbors              {counts} (never more than {self.most_neighbors})",
            f"diameter               {self.diameter}",
            f"bytes/record/node      {self.bytes_per_record:.0f}",
            f"last record everywhere {self.spread:.2f} s",
            f"healed                 {healed}",
            f"virtual time           {self.virtual:.0f} s in {self.steps} steps, wall time {self.wall:.1f} s",
        ]
        lines += [f"FAILED: {failure}" for failure in self.failures]
        if self.failures:
            lines.append(f"replay: {self.command}")
        return "\n".join(lines)


class Scenario:
    """One run, phase by phase."""

    def __init__(
        self, nodes: int, seed: int, *, folder: Path | None = None, trouble: tuple[str, ...] | None = None
    ) -> None:
        self.report = Report(nodes, seed)
        self.world = World(
            seed,
            skew=120.0,
            dial_loss=0.05,
            silence=SILENCE,
            folder=folder,
            remembered_events=50,
            max_presence=min(nodes, 20),
        )
        self.random = self.world.random
        drawn = self.random.sample(KINDS, self.random.randint(1, 3))
        self.report.trouble = tuple(drawn) if trouble is None else trouble
        self.made: dict[bytes, Node] = {}
        "Records whose adding returned, and who added them."
        self.deleted: set[bytes] = set()
        self.dead: list[Node] = []
        self._sampled = 0.0

    def run(self) -> Report:
        report, world = self.report, self.world
        started = time.perf_counter()
        self._grow()
        self._talk()
        for kind in self.report.trouble:
            self.picture(f"before: {kind}")
            getattr(self, "_" + kind.replace(" ", "_"))()
            self.picture(f"after: {kind}")
        self._heal()
        self.picture("healed")
        self._ask()
        report.virtual, report.steps = world.now, world.steps
        report.wall = time.perf_counter() - started
        return report

    # Phases -----------------------------------------------------------------------------------------------------------

    def _grow(self) -> None:
        world = self.world
        world.create()
        pause = min(1.0, 60.0 / self.report.nodes + 0.2)
        for _ in range(self.report.nodes - 1):
            self.watch(self.random.uniform(0.0, 2 * pause))
            world.join(self._anyone())
        if self.until(self._settled, 300.0) is None:
            self.fail("the graph did not grow together")
        self.watch(300.0)

    def _settled(self) -> bool:
        return self.world.whole() and all(node.graph.addresses for node in self.world.living)

    def _talk(self) -> None:
        world, report = self.world, self.report
        before = sum(node.bytes_sent for node in world.nodes)
        count = max(20, report.nodes // 10)
        for _ in range(count):
            self.watch(self.random.expovariate(10.0))
            self._say()
        spread = self.until(world.databases_equal, 120.0, every=0.05)
        report.spread = 0.0 if spread is None else spread
        if spread is None:
            self.fail(f"after the talk {len(world.differing())} databases differed")
        report.bytes_per_record = (sum(node.bytes_sent for node in world.nodes) - before) / count / report.nodes

    def _heal(self) -> None:
        """Everybody who shall be there is; how long until nobody notices any more."""
        self._say()
        self.report.healing = self.until(self._healed, HEAL_LIMIT, every=5.0)
        if self.report.healing is None:
            self.fail(f"not healed after {HEAL_LIMIT:.0f} s")
        self.watch(LONGEST_AVOID + 60.0)  # who did not answer before is called again by then

    def _healed(self) -> bool:
        return self._settled() and self.world.databases_equal()

    # Trouble ----------------------------------------------------------------------------------------------------------

    def _partition(self) -> None:
        """Two islands for ten minutes; both go on adding, changing and deleting."""
        world = self.world
        people = self.random.sample(world.living, len(world.living))
        border = self.random.randint(1, max(1, len(people) // 2))
        world.partition(people[:border], people[border:])
        for _ in range(20):
            self._say()
            self._change()
            self.watch(30.0)
        world.heal()

    def _murder(self) -> None:
        """A third dies at once."""
        for victim in self.random.sample(self.world.living, max(1, len(self.world.living) * 3 // 10)):
            self._kill(victim)
        self.watch(5.0)

    def _restart(self) -> None:
        """Some die while all talk, and come back over the database they left."""
        for _ in range(3):
            victim = self.random.choice(self.world.living)
            self._say(victim)
            self._kill(victim)
            for _ in range(3):
                self._say()
                self.watch(self.random.uniform(0.0, 60.0))
            self._revive()
            self.watch(self.random.uniform(0.0, 30.0))

    def _breaks(self) -> None:
        """Connections break all the time."""
        world = self.world
        world.break_connections(every=20.0 / len(world.living) + 0.2, until=world.now + 120.0)
        for _ in range(12):
            self._say()
            self._change()
            self.watch(10.0)

    def _slow_readers(self) -> None:
        """A few read slower than the graph talks; in small graphs so much that their neighbors stop queueing."""
        world = self.world
        slow = self.random.sample(world.living, max(1, len(world.living) // 10))
        for node in slow:
            node.rate = 200_000.0
        size = min(200_000, 2_500_000 // len(world.living))
        for _ in range(60):
            self._say(size=size)
            self.watch(0.1)
        for node in slow:
            node.rate = float("inf")

    def _churn(self) -> None:
        """Nodes come and go in good order."""
        for _ in range(max(3, self.report.nodes // 20)):
            if len(self.world.living) > 2:
                leaver = self.random.choice(self.world.living)
                leaver.leave()
                self.dead.append(leaver)
            self._say()
            self.watch(self.random.uniform(0.0, 20.0))
            if self.random.random() < 0.5:
                self._revive()
            else:
                self.world.join(self._anyone())
            self.watch(self.random.uniform(0.0, 20.0))

    # What happens in them ---------------------------------------------------------------------------------------------

    def _anyone(self) -> Node:
        """A node that others can call."""
        return self.random.choice([node for node in self.world.living if node.graph.addresses] or self.world.living)

    def _ready(self) -> Node:
        return self.random.choice([node for node in self.world.living if node.graph.synchronized])

    def _say(self, node: Node | None = None, size: int = 100) -> None:
        node = node or self._ready()
        if node.graph.synchronized:
            self.made[node.add_record(self.random.randbytes(self.random.randint(0, size)))] = node

    def _change(self) -> None:
        """Update or delete a record somewhere. Two never change the same one."""
        node = self._ready()
        mine = [record for record, maker in self.made.items() if maker is node and record not in self.deleted]
        if mine:
            record = self.random.choice(mine)
            if self.random.random() < 0.3:
                node.delete_record(record)
                self.deleted.add(record)
            else:
                node.update_record(record, self.random.randbytes(50))

    def _kill(self, node: Node) -> None:
        node.crash()
        self.dead.append(node)

    def _revive(self) -> None:
        if self.dead:
            dead = self.dead.pop()
            node = self.world.restart(dead, self._anyone())
            self.made.update({record: node for record, maker in self.made.items() if maker is dead})

    # Looking on -------------------------------------------------------------------------------------------------------

    def watch(self, seconds: float) -> None:
        """Let time pass, looking at the graph every ten seconds."""
        end = self.world.now + seconds
        while self.world.now < end:
            self.world.run(min(end - self.world.now, max(0.0, self._sampled + 10.0 - self.world.now)))
            self._sample()

    def until(self, done: Callable[[], bool], limit: float, every: float = 1.0) -> float | None:
        start = self.world.now
        while not done():
            if self.world.now - start >= limit:
                return None
            self.world.run(every)
            self._sample()
        return self.world.now - start

    def _sample(self) -> None:
        world = self.world
        if world.now >= self._sampled + 10.0:
            self._sampled = world.now
            mean = sum(len(node.graph.neighbors) for node in world.living) / len(world.living)
            self.report.samples.append(Sample(world.now, len(world.living), len(world.components()), mean))

    def picture(self, title: str) -> None:
        edges = {node.name: [other.name for other in others] for node, others in self.world.edges().items()}
        self.report.shapes.append(Shape(self.world.now, title, edges))

    # Questions --------------------------------------------------------------------------------------------------------

    def fail(self, what: str) -> None:
        self.report.failures.append(what)

    def _ask(self) -> None:
        world, report = self.world, self.report
        report.equal = world.databases_equal()
        report.components = len(world.components())
        report.neighbors = Counter(len(node.graph.neighbors) for node in world.living)
        report.most_neighbors = max(node.most_neighbors for node in world.nodes)
        report.diameter = world.diameter()
        report.records = len(world.living[0].payloads())
        if not report.equal:
            self.fail(f"{len(world.differing())} databases differ")
        if report.components != 1:
            self.fail(f"{report.components} components")
        limits = world.living[0].graph.limits
        if report.most_neighbors > limits.maximum:
            self.fail(f"a node had {report.most_neighbors} neighbors")
        few = [node for node in world.living if len(node.graph.neighbors) < min(limits.minimum, len(world.living) - 1)]
        if len(few) > len(world.living) // 4:
            self.fail(f"{len(few)} nodes have too few neighbors")
        self._ask_about_records()
        for node in world.living:
            if node.graph.flooding.invalid:
                self.fail(f"{node.name} got {node.graph.flooding.invalid} invalid records")

    def _ask_about_records(self) -> None:
        world = self.world
        held = world.living[0].payloads()
        lost = [record for record, maker in self.made.items() if maker.alive and record not in held]
        lost = [record for record in lost if record not in self.deleted]
        if lost:
            self.fail(f"{len(lost)} records are gone although who added them is there")
        risen = [record for record in self.deleted if record in held and self.made[record].alive]
        if risen:
            self.fail(f"{len(risen)} deleted records are back")
        restarted = {node.name for node in world.nodes if not node.alive}
        for node in world.living:
            often = [record for record in held if node.seen[record] > 1]
            never = [record for record in held if node.seen[record] == 0 and node.name not in restarted]
            if often or never:
                self.fail(f"{node.name} was told of {len(often)} records twice and of {len(never)} never")


def run(nodes: int, seed: int, *, folder: Path | None = None, trouble: tuple[str, ...] | None = None) -> Report:
    return Scenario(nodes, seed, folder=folder, trouble=trouble).run()
