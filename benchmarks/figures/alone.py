"""What a node costs whose others have gone: nothing is to be done, and it is to do next to nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench, BenchmarkFailed, Row

PROGRAM = Path(__file__).parents[1] / "left_alone.py"
KINDS = ("board", "group", "graph", "cloud")
SECONDS = 120.0
MOST_CPU, MOST_CALLS = 0.5, 30.0


def alone(bench: Bench) -> Iterator[Row]:
    """The four at once, each in a process of its own: all of them wait nearly all of the time."""
    seconds = 1.0 if bench.quick else SECONDS
    running = {}
    for kind in KINDS:
        environment = os.environ | {"PEERAPI_HOME": str(bench.folder / kind)}
        command = [sys.executable, str(PROGRAM), kind, str(seconds)]
        running[kind] = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for kind, process in running.items():
            said, _ = process.communicate(timeout=seconds + 120)
            if process.returncode:
                raise BenchmarkFailed(f"{kind}: exit code {process.returncode}")
            found = json.loads(said)
            cpu, calls = found["cpu_percent"], found["calls_a_minute"]
            aim = f"< {MOST_CPU} %"
            yield Row(f"{kind}, the others gone: of one processor", cpu, "%", aim=aim, met=cpu < MOST_CPU)
            aim = f"< {MOST_CALLS:.0f} /min"
            yield Row(f"{kind}, the others gone: calls", calls, "/min", aim=aim, met=calls < MOST_CALLS)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
