"""A large file from one person's program to another's while both draw: whole, in bounded memory, and the strokes go on.

    python -m tests.activities.large --size 2G

Two processes on this machine: Ann shares the file and draws, Ben fetches it. What is said at the end: how fast it came,
how long the strokes took from one program to the other meanwhile, and the most memory that each has had.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import trio

from peerapi.activities import opened_files
from peerapi.store.data_folder import data_folder
from peerapi.whiteboard.actions import LIFETIME
from peerapi.whiteboard.marks import STROKE, Stroke, decode
from peerapi.whiteboard.opening import Opening, Wanted

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
EVERY = 0.04
"Seconds between two strokes."
LONGEST = 3600.0
"Seconds for all of it."
_TIME = struct.Struct("<4h")


def size_of(text: str) -> int:
    return int(text.rstrip("KMG")) * UNITS[text.lstrip("0123456789")]


def make_file(path: Path, size: int) -> None:
    """Bytes that no other place of the file has, with holes between them, so that it is made fast and takes little
    room: who receives it has all of it."""
    chance = random.Random(size)
    with path.open("wb") as file:
        file.truncate(size)
        for begin in range(0, size, 1 << 20):
            file.seek(begin + chance.randrange(1 << 17))
            file.write(chance.randbytes(min(64 << 10, max(0, size - file.tell()))))


def stroke_now() -> bytes:
    """A stroke that says when it was made."""
    numbers = _TIME.unpack(struct.pack("<d", time.monotonic()))
    return Stroke(UUID(int=0), "black", 1, ((numbers[0], numbers[1]), (numbers[2], numbers[3]))).encode()


def age(data: bytes) -> float:
    """Seconds since such a stroke was made."""
    found = decode(STROKE, data)
    assert isinstance(found, Stroke)
    (first, second) = found.dots
    return time.monotonic() - float(struct.unpack("<d", _TIME.pack(*first, *second))[0])


def most_memory() -> int:
    """Of this process so far, in MiB."""
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(found.split()[1]) >> 10


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def ann(folder: Path, size: int) -> dict[str, Any]:
    """Shares, and draws until Ben has all of it; what was measured."""
    make_file(folder / "large.bin", size)
    report: dict[str, Any] = {}

    opening = Opening(Wanted(folder / "ann", name="Ann", new="Large", here=True))
    async with opened_files.opened(opening) as opened:
        session, files = opened.session, opened.transfers
        command = [sys.executable, "-m", "tests.activities.large", "--join", session.invitation()]
        environment = {**os.environ, "PEERAPI_HOME": str(folder / "ben")}
        ben = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, env=environment)
        try:
            await files.share(folder / "large.bin")
            graph = await session.graph()
            said = bytearray()
            while not said.endswith(b"\n"):
                with trio.move_on_after(EVERY):
                    assert ben.stdout
                    part = await ben.stdout.receive_some()
                    assert part, "Ben's program has ended"
                    said += part
                    continue
                await graph.add(STROKE, stroke_now(), expires=LIFETIME)
        finally:
            ben.terminate()
            await ben.wait()
        report.update(json.loads(said), ann_mib=most_memory(), ann_cpu_s=round(time.process_time(), 1))

    report["same"] = digest(folder / "large.bin") == report.pop("digest")
    return report


async def ben(word: str) -> None:
    """Fetches what Ann shares, while her strokes come."""

    opening = Opening(Wanted(data_folder(), name="Ben", join=word, here=True))
    async with opened_files.opened(opening) as opened:
        session, files = opened.session, opened.transfers
        ages: list[float] = []
        came = trio.Event()
        graph = await session.graph()
        changes = graph.changes(STROKE)

        async def follow() -> None:
            async for change in changes:
                record = await change.record()
                if record is not None:
                    ages.append(age(record.data))
                    came.set()

        async with trio.open_nursery() as nursery:
            async for _ in opened.changes():
                if files.entries():
                    break
            entries = files.entries()
            nursery.start_soon(follow)
            began = time.monotonic()
            path = await files.fetch(entries[0])
            seconds = time.monotonic() - began
            await came.wait()  # a small file may be here sooner than a stroke
            nursery.cancel_scope.cancel()
        milliseconds = sorted(1000 * one for one in ages) or [0.0]
        report = {
            "bytes": path.stat().st_size,
            "seconds": round(seconds, 2),
            "mib_a_second": round((path.stat().st_size >> 20) / seconds, 1),
            "strokes": len(ages),
            "stroke_p50_ms": round(statistics.median(milliseconds), 1),
            "stroke_p99_ms": round(milliseconds[int(0.99 * len(milliseconds))], 1),
            "stroke_most_ms": round(milliseconds[-1], 1),
            "ben_mib": most_memory(),
            "ben_cpu_s": round(time.process_time(), 1),
            "digest": digest(path),
        }
        print(json.dumps(report), flush=True)
        await trio.sleep_forever()


def measured(size: int, folder: Path) -> dict[str, Any]:
    """Ann is this process: PEERAPI_HOME has to be a folder of hers."""

    async def limited() -> dict[str, Any]:
        with trio.fail_after(LONGEST):
            return await ann(folder, size)

    return trio.run(limited)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.activities.large")
    parser.add_argument("--size", type=size_of, default=2 << 30, help="as 60M or 2G")
    parser.add_argument("--join", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.join:
        trio.run(ben, options.join)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PEERAPI_HOME"] = str(Path(folder) / "ann")
        report = measured(options.size, Path(folder))
    print(json.dumps(report))
    return 0 if report["same"] and report["stroke_p50_ms"] < 100 else 1


if __name__ == "__main__":
    sys.exit(main())
