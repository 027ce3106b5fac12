"""What others do with the same records: a redis stream, which a program would use instead of peers, and pyzmq.

`make bench-peers` sets them up; a figure that finds none of them has no row beside it.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench import RECORD_SIZE, Bench, BenchmarkFailed, Row, free_port

PATIENCE = 30.0
"Seconds in which the server has to answer."


@dataclass(frozen=True)
class Measured:
    """Records from one program to another."""

    rate: float
    "A second, from the first record's beginning until the last reader has the last."
    p50_us: float
    "How long one takes."
    p99_us: float


@contextmanager
def _redis(folder: Path, program: str) -> Iterator[int]:
    """A server of its own with a log that it appends to, as durable as ours: the system has it when a call returns."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    options = {"bind": "127.0.0.1", "port": port, "dir": folder, "appendonly": "yes", "appendfsync": "everysec"}
    options |= {"save": "", "protected-mode": "yes", "logfile": folder / "log"}
    command = [program, *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield port
        finally:
            server.terminate()
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError as error:
            if time.monotonic() > end or server.poll() is not None:
                raise BenchmarkFailed(f"redis-server does not answer: {error}") from error
            time.sleep(0.02)


def redis_stream(
    bench: Bench, count: int, *, interval_us: int = 0, batch: int = 1, writers: int = 1, readers: int = 1
) -> Measured | None:
    """Records of 200 B by XADD, ``batch`` in one send, to every reader by XREAD; all of them programs in C. None when
    there is no redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        return None
    with _redis(bench.folder / "redis", program) as port:
        done = bench.run("redis_stream", port, count, RECORD_SIZE, interval_us, batch, writers, readers)
    return Measured(done["count"] / done["seconds"], done["p50_us"], done["p99_us"])


def zmq_pair(count: int, *, interval_us: int = 0) -> Measured | None:
    """Messages of 200 B from one Python process to another, kept nowhere. None without pyzmq."""
    if importlib.util.find_spec("zmq") is None:
        return None
    script = Path(__file__).with_name("zmq_pair.py")
    command = [sys.executable, str(script), str(count), str(RECORD_SIZE), str(interval_us)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
    if ran.returncode != 0:
        raise BenchmarkFailed(f"zmq_pair.py ended with exit code {ran.returncode}")
    done = json.loads(ran.stdout)
    return Measured(count / done["seconds"], done["p50_us"], done["p99_us"])


def rates_beside(
    figure: str, value: float, least: float, redis: Measured | None, zmq: Measured | None
) -> Iterator[Row]:
    """Rows for a figure in records a second: at least ``least`` times those of the stream is the aim."""
    if redis is not None:
        met = value >= least * redis.rate
        yield Row(f"{figure}: beside redis", value, "/s", redis.rate, "a redis stream", f">= {least:g} x", met)
    if zmq is not None:
        yield Row(f"{figure}: beside pyzmq", value, "/s", zmq.rate, "pyzmq, PUSH and PULL, kept nowhere")


def times_beside(figure: str, value: float, most: float, redis: Measured | None, zmq: Measured | None) -> Iterator[Row]:
    """Rows for a figure in microseconds a record: at most ``most`` times that of the stream is the aim."""
    if redis is not None:
        met = value <= most * redis.p50_us
        yield Row(f"{figure}: beside redis", value, "us", redis.p50_us, "a redis stream, p50", f"<= {most:g} x", met)
    if zmq is not None:
        yield Row(f"{figure}: beside pyzmq", value, "us", zmq.p50_us, "pyzmq, p50, kept nowhere")
