"""What calls cost through the Python API, beside the same calls from C."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.bench import RECORD_SIZE, Bench, Row, free_port

PROGRAM = """
import json, statistics, sys, time, uuid
import peerapi
loop, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

async def measured(call):
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        found = await call()
        times.append(time.perf_counter() - begun)
    return found, statistics.median(times) * 1e6

async def main():
    kind, data = uuid.UUID(int=5), bytes(size)
    async with peerapi.create_graph(f"python {loop}", "a", scope=peerapi.Scope.LOOPBACK) as graph:
        note, add = await measured(lambda: graph.add(kind, data))
        _, get = await measured(lambda: graph.get(note))
        print(json.dumps({"add_us": add, "get_us": get}))

if loop == "trio":
    import trio
    trio.run(main)
else:
    import asyncio
    asyncio.run(main())
"""


def python_calls(bench: Bench) -> Iterator[Row]:
    """Each call is one turn of the program's loop besides its own work."""
    count = bench.count(5_000)
    with bench.node("python_c") as node:
        node.ask("create", "python_c", "a", free_port())
        add = node.ask("add", count, RECORD_SIZE, 0)["p50_us"]
        get = node.ask("get", count)["p50_us"]
    for loop in ("trio", "asyncio"):
        found = _measured(bench, loop, count)
        yield Row(f"Python, {loop}: await graph.add (200 B), median", found["add_us"], "us", add, "AddRecord from C")
        yield Row(f"Python, {loop}: await graph.get, median", found["get_us"], "us", get, "GetRecord from C")


def _measured(bench: Bench, loop: str, count: int) -> dict[str, Any]:
    command = [sys.executable, "-c", PROGRAM, loop, str(count), str(RECORD_SIZE)]
    environment = os.environ | {"PEERAPI_HOME": str(bench.folder / f"python_{loop}")}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
