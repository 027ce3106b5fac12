"""A large picture from one board to another while both people draw: whole, in bounded memory, and the strokes go on.

    python -m tests.whiteboard.large_picture --size 60M

Two processes on this machine: Ann puts a picture on the board and draws, Ben's program looks at it when it is whole.
What is said at the end: how fast it came, how long the strokes took from one program to the other meanwhile, and the
most memory that each has had.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import trio

from peerapi.store.data_folder import data_folder
from peerapi.whiteboard.marks import IMAGE, LIFETIME, STROKE, Image
from peerapi.whiteboard.opening import Opening, Wanted
from tests.activities.large import EVERY, LONGEST, age, most_memory, size_of, stroke_now
from tests.whiteboard.pictures import large


async def ann(folder: Path, size: int) -> dict[str, Any]:
    """Adds the picture, and draws until Ben has all of it; what was measured."""
    opening = Opening(Wanted(folder / "ann", name="Ann", new="Large", here=True))
    async with opening.opened(lambda why: None) as session:
        opening.keep(session.source.saved)
        graph = await session.graph()
        command = [sys.executable, "-m", "tests.whiteboard.large_picture", "--join", session.invitation()]
        environment = {**os.environ, "PEERAPI_HOME": str(folder / "ben")}
        ben = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, env=environment)
        assert ben.stdout
        try:
            assert await ben.stdout.receive_some() == b"ready\n"
            file = await session.images.add(large(size))
            await graph.add(IMAGE, Image(UUID(int=0), (0, 0), (100, 100), file, "").encode(), expires=LIFETIME)
            said = bytearray()
            while not said.endswith(b"\n"):
                with trio.move_on_after(EVERY):
                    part = await ben.stdout.receive_some()
                    assert part, "Ben's program has ended"
                    said += part
                    continue
                await graph.add(STROKE, stroke_now(), expires=LIFETIME)
        finally:
            ben.terminate()
            await ben.wait()
        return {**json.loads(said), "ann_mib": most_memory(), "ann_cpu_s": round(time.process_time(), 1)}


async def ben(word: str) -> None:
    """Waits for the picture, while Ann's strokes come."""
    opening = Opening(Wanted(data_folder(), name="Ben", join=word, here=True))
    async with opening.opened(lambda why: None) as session, trio.open_nursery() as nursery:
        opening.keep(session.source.saved)
        graph = await session.graph()
        while not session.board.entries:
            await trio.sleep(0.05)
        ages: list[float] = []

        async def follow() -> None:
            async for change in graph.changes(STROKE):
                record = await change.record()
                if record is not None:
                    ages.append(age(record.data))

        nursery.start_soon(follow)
        print("ready", flush=True)
        began, done = 0.0, None
        while done is None:
            await trio.sleep(0.05)
            for file in session.board.files:
                began = began or time.monotonic()
                view = session.images._view(file)
                done = view if view["kind"] or view["why"] else None
        seconds = time.monotonic() - began
        milliseconds = sorted(1000 * one for one in ages) or [0.0]
        report = {
            "bytes": done["of"],
            "kind": done["kind"],
            "seconds": round(seconds, 2),
            "strokes": len(ages),
            "stroke_p50_ms": round(statistics.median(milliseconds), 1),
            "stroke_p99_ms": round(milliseconds[int(0.99 * len(milliseconds))], 1),
            "stroke_most_ms": round(milliseconds[-1], 1),
            "ben_mib": most_memory(),
            "ben_cpu_s": round(time.process_time(), 1),
        }
        print(json.dumps(report), flush=True)
        await trio.sleep_forever()


def measured(size: int, folder: Path) -> dict[str, Any]:
    async def limited() -> dict[str, Any]:
        with trio.fail_after(LONGEST):
            return await ann(folder, size)

    return trio.run(limited)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.whiteboard.large_picture")
    parser.add_argument("--size", type=size_of, default=60 << 20, help="as 1M or 60M")
    parser.add_argument("--join", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.join:
        trio.run(ben, options.join)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PEERAPI_HOME"] = str(Path(folder) / "ann")
        report = measured(options.size, Path(folder))
    print(json.dumps(report))
    return 0 if report["kind"] and report["stroke_p50_ms"] < 100 else 1


if __name__ == "__main__":
    sys.exit(main())
