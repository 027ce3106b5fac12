"""The limits: what the same machine does at the same minute with nothing of ours in between."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.bench import RECORD_SIZE, Bench

INSERT = "INSERT INTO record (key, data) VALUES (?, ?)"
DATA = b"x" * RECORD_SIZE


@dataclass(frozen=True)
class PingPong:
    """A bare TCP connection: there and back, microseconds."""

    p50_us: float
    p99_us: float


def ping_pong(bench: Bench, count: int, interval_us: int) -> PingPong:
    return PingPong(**bench.run("pingpong", count, RECORD_SIZE, interval_us))


def open_sqlite(path: Path) -> sqlite3.Connection:
    """As the library's own store is set up: WAL, synchronous=NORMAL, an integer key. Every statement commits."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("CREATE TABLE record (key INTEGER PRIMARY KEY, data BLOB NOT NULL)")
    return database


@dataclass(frozen=True)
class OneRowCommits:
    """From Python, one row of 200 B in each transaction."""

    rate: float
    "Rows per second."
    p50_us: float
    p99_us: float


def sqlite_one_row_commits(bench: Bench, count: int) -> OneRowCommits:
    path = bench.folder / "one_row.sqlite"
    database = open_sqlite(path)
    moments = [time.perf_counter_ns()]
    for key in range(count):
        database.execute(INSERT, (key, DATA))
        moments.append(time.perf_counter_ns())
    database.close()
    path.unlink()
    times = sorted(after - before for before, after in pairwise(moments))
    rate = count / (moments[-1] - moments[0]) * 1e9
    return OneRowCommits(rate, times[count // 2] / 1000, times[count * 99 // 100] / 1000)


@dataclass(frozen=True)
class Bulk:
    """Seconds for all rows at once."""

    insert: float
    copy: float


def sqlite_bulk(bench: Bench, count: int) -> Bulk:
    """All rows in one transaction; then a copy of that file, by the operating system, without waiting for the disk."""
    path, copied = bench.folder / "bulk.sqlite", bench.folder / "bulk_copy.sqlite"
    database = open_sqlite(path)
    begun = time.perf_counter()
    database.execute("BEGIN")
    database.executemany(INSERT, ((key, DATA) for key in range(count)))
    database.execute("COMMIT")
    inserted = time.perf_counter() - begun
    database.close()
    begun = time.perf_counter()
    shutil.copyfile(path, copied)
    copying = time.perf_counter() - begun
    path.unlink()
    copied.unlink()
    return Bulk(inserted, copying)


def python_process_ms(code: str, times: int) -> float:
    """A whole ``python -c <code>``, from its start to its end; median, milliseconds. It is the Python that runs us."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds) * 1000
