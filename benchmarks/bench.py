"""What the figures are made with: compiled C clients, nodes that obey, and rows of the table."""

from __future__ import annotations

import json
import os
import queue
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samples_c.processes import peerapi_config

SOURCES = Path(__file__).resolve().parent
RECORD_SIZE = 200
"Bytes of data in each record, and of each row or message that it is compared with."
WITHOUT_US = {"pingpong", "redis_stream"}
"Programs in C that have nothing of ours in them."


class BenchmarkFailed(Exception):
    """A client failed, answered something impossible, or did not answer in time."""


class NotHere(Exception):
    """A figure needs something that this machine does not have; the others do not."""


@dataclass(frozen=True)
class Row:
    """One figure. ``limit`` is what the machine can do at best, in the same unit, measured in the same run."""

    figure: str
    value: float
    unit: str
    limit: float | None = None
    limit_name: str = ""
    aim: str = ""
    "What was to be reached, in words."
    met: bool | None = None
    "Whether it was; None for a figure without an aim."

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.limit else None


@dataclass
class Bench:
    """One run: where its files are, and how large its counts."""

    folder: Path
    quick: bool = False
    programs: Path | None = None
    "Where its programs are compiled, which several runs have in common; None: in its folder."

    def count(self, full: int) -> int:
        """``full``, or a small number in a quick run, whose figures mean nothing."""
        return max(20, full // 200) if self.quick else full

    def program(self, name: str) -> Path:
        """``benchmarks/<name>.c``, compiled on first use."""
        target = (self.programs or self.folder) / name
        if not target.exists():
            ours = name not in WITHOUT_US
            flags, libraries = (peerapi_config(option) if ours else () for option in ("--cflags", "--libs"))
            compiler = [os.environ.get("CC") or "gcc", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"]
            command = [*compiler, *flags, str(SOURCES / f"{name}.c"), "-o", str(target), *libraries]
            subprocess.run(command, check=True)
        return target

    def run(self, name: str, *arguments: object, home: str = "home") -> Any:
        """Runs a client to its end; its one line of JSON."""
        command = [str(self.program(name)), *map(str, arguments)]
        environment = os.environ | {"PEERAPI_HOME": str(self.folder / home)}
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=False)
        if done.returncode != 0:
            raise BenchmarkFailed(f"{name} ended with exit code {done.returncode}")
        return json.loads(done.stdout)

    @contextmanager
    def node(self, name: str, program: str = "node", **environment: str) -> Iterator[Node]:
        """A running ``node``, with a home of its own in this run's folder; a second one of that name goes on with its
        data."""
        node = Node(self.program(program), self.folder / name, environment)
        try:
            yield node
            node.leave()
        finally:
            node.stop()


class Node:
    """A process of ``node.c`` or ``group_node.c``. ``send`` and ``answer`` are apart, so that two nodes can be busy at
    once."""

    def __init__(self, program: Path, home: Path, environment: Mapping[str, str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.name = home.name
        self.process = subprocess.Popen(
            [str(program)],
            env=os.environ | environment | {"PEERAPI_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")

    def send(self, *command: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, command)) + "\n")
        self.process.stdin.flush()

    def answer(self, seconds: float = 120) -> Any:
        try:
            line = self.answers.get(timeout=seconds)
        except queue.Empty:
            raise BenchmarkFailed(f"node {self.name} did not answer within {seconds:.0f} s") from None
        if not line:
            raise BenchmarkFailed(f"node {self.name} ended with exit code {self.process.wait()}")
        return json.loads(line)

    def ask(self, *command: object) -> Any:
        self.send(*command)
        return self.answer()

    def memory_mb(self) -> float:
        """Resident memory, in MB of 1,000,000 bytes."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise BenchmarkFailed(f"no memory figure for node {self.name}")

    def leave(self) -> None:
        self.send("quit")
        code = self.process.wait(60)
        if code != 0:
            raise BenchmarkFailed(f"node {self.name} ended with exit code {code}")

    def stop(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def pair(bench: Bench, name: str, a: Node, b: Node) -> None:
    """``a`` creates a graph, ``b`` joins it: they are neighbors afterwards."""
    port = free_port()
    a.ask("create", name, "a", port)
    b.ask("join", name, "b", port)
    if b.ask("neighbors")["count"] != 1:
        raise BenchmarkFailed(f"{name}: b has no neighbor")


def member_pair(bench: Bench, name: str, a: Node, b: Node) -> None:
    """``a`` founds a group and invites ``b``, who enters it: they are neighbors afterwards."""
    theirs, invitation = bench.folder / f"{name}.identity", bench.folder / f"{name}.invitation"
    a.ask("identity", bench.folder / f"{name}.founder")
    b.ask("identity", theirs)
    a.ask("found", name)
    a.ask("invite", theirs, invitation)
    b.ask("enter", invitation)
    if b.ask("neighbors")["count"] != 1:
        raise BenchmarkFailed(f"{name}: b has no neighbor")


def free_port() -> int:
    """A TCP port of ::1 on which nobody listens now."""
    with socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        port: int = probe.getsockname()[1]
        return port
