"""What the bridge for Wine adds to a call: one program, compiled for this system and for Windows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

from benchmarks.bench import SOURCES, Bench, BenchmarkFailed, NotHere, Row
from tests.support import wine as windows

MOST = 2.0
"Microseconds that the bridge may add."
CALLS = {
    "count": "trivial call (PeerGraphGetItemCount)",
    "get": "GetRecord and FreeData",
    "add": "AddRecord (200 B), no neighbor",
}


def bridge(bench: Bench) -> Iterator[Row]:
    """The best of many rounds, here and under Wine in turn."""
    why = windows.missing()
    if why:
        raise NotHere(why)
    windows.build()
    shim = bench.folder / "shim"
    shim.mkdir()
    windows.make_shim(shim)
    wine = windows.Wine(bench.folder / "wine", shim)
    program = wine.compile(SOURCES / "call_cost.c", "-O2")
    rounds = str(bench.count(400))
    here = bench.run("call_cost", rounds, home="cost")
    home = {"PEERAPI_HOME": str(bench.folder / "cost-wine")}
    done = subprocess.run(
        wine.command(program, rounds),
        env={**wine.environment, **home},
        cwd=bench.folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise BenchmarkFailed(f"call_cost under Wine ended with exit code {done.returncode}: {done.stderr.strip()}")
    there = json.loads(done.stdout)
    for name, what in CALLS.items():
        met = there[name] - here[name] < MOST
        yield Row(f"under Wine: {what}", there[name], "us", here[name], "native", f"< {MOST:g} us more", met)
