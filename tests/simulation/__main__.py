"""``python -m tests.simulation --nodes N --seed S``: one graph's life as a report, and its shape as an SVG."""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
from pathlib import Path

from tests.simulation.picture import draw
from tests.simulation.scenario import KINDS, Report, run

FOLDER = Path(__file__).parents[2] / "build" / "simulation"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--nodes", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, from --seed on")
    parser.add_argument("--trouble", nargs="*", choices=KINDS, help="instead of what the seed draws")
    parser.add_argument("--disk", action="store_true", help="keep the databases in files")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the SVG goes (default: %(default)s)")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    if options.nodes < 2:
        parser.error("a graph has two nodes at least")
    profile = cProfile.Profile() if options.profile else None
    failed = 0
    for seed in range(options.seed, options.seed + options.seeds):
        if profile is not None:
            profile.enable()
        report = _run(options, seed)
        if profile is not None:
            profile.disable()
        failed += bool(report.failures)
        print(report)
        options.out.mkdir(parents=True, exist_ok=True)
        picture = options.out / f"{options.nodes}-{seed}.svg"
        picture.write_text(draw(report), encoding="utf-8")
        print(f"the shape over time    {picture}\n")
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(40)
    return 1 if failed else 0


def _run(options: argparse.Namespace, seed: int) -> Report:
    trouble = None if options.trouble is None else tuple(options.trouble)
    if not options.disk:
        return run(options.nodes, seed, trouble=trouble)
    with tempfile.TemporaryDirectory() as folder:
        return run(options.nodes, seed, folder=Path(folder), trouble=trouble)


if __name__ == "__main__":
    sys.exit(main())
