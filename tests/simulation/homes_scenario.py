"""A life of a graph among homes: it grows, a relay dies while all talk and nodes come and go, and the relay is back.
``python -m tests.simulation.homes_scenario --nodes 300 --seed 1`` plays one."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.simulation.homes_world import HomesWorld
from tests.simulation.scenario import SILENCE, Report, Scenario


class HomesScenario(Scenario):
    """As ``Scenario``, where most nodes are behind routers."""

    def __init__(self, nodes: int, seed: int, *, folder: Path | None = None) -> None:
        super().__init__(nodes, seed, folder=folder, trouble=("relay dies", "churn", "relay returns", "churn"))
        self.homes = HomesWorld(
            seed, skew=120.0, dial_loss=0.05, silence=SILENCE, remembered_events=50, max_presence=min(nodes, 20)
        )
        self.world = self.homes
        self.random = self.world.random

    def _relay_dies(self) -> None:
        self.homes.kill(self.homes.relays[0])
        for _ in range(12):
            self._say()
            self._change()
            self.watch(10.0)

    def _relay_returns(self) -> None:
        self.homes.revive(self.homes.relays[0])
        self.watch(60.0)


def run(nodes: int, seed: int) -> tuple[Report, HomesWorld]:
    scenario = HomesScenario(nodes, seed)
    return scenario.run(), scenario.homes


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation.homes_scenario", description=__doc__)
    parser.add_argument("--nodes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    report, homes = run(options.nodes, options.seed)
    print(report)
    print("calls through relays   " + ", ".join(f"{count} {kind.value}" for kind, count in homes.paths.items()))
    return int(bool(report.failures))


if __name__ == "__main__":
    raise SystemExit(main())
