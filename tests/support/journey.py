"""Nodes in processes of their own: C programs that are steered over stdin and stdout."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

SOURCES = Path(__file__).parents[1] / "c"
ANSWER = 150.0
"Seconds for one answer."


def program(compile_c: Callable[..., Path], name: str = "journey_node") -> Path:
    """The compiled node: ``journey_node`` of a graph, or ``group_node``. Others may include ``steered.h`` too."""
    source = (SOURCES / f"{name}.c").read_text(encoding="utf-8")
    return compile_c(source, "-std=c11", "-Wextra", "-Werror", f"-I{SOURCES}")


class Node:
    """One running ``journey_node``, or another program that answers so; its home folder outlives it. ``before`` is a
    command that runs it."""

    def __init__(
        self,
        program: Path,
        home: Path,
        name: str,
        before: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.program, self.home, self.name, self.before = program, home, name, before
        self.env = {**(env or {}), "PEERAPI_HOME": str(home)}
        self.port = 0
        self.stderr_at = home / "stderr"
        self.home.mkdir(parents=True, exist_ok=True)
        self.start()

    def start(self) -> None:
        self.errors = self.stderr_at.open("ab")
        self.process = subprocess.Popen(
            [*self.before, str(self.program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=self.env,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(self.process, self.lines), daemon=True)
        self.reader.start()

    @staticmethod
    def _read(process: subprocess.Popen[bytes], lines: queue.Queue[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            if line.endswith(b"\n"):
                lines.put(line.decode().rstrip("\r\n"))

    def tell(self, command: str) -> None:
        """Sends a command without waiting for its answer."""
        assert self.process.stdin
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """The rest of the next answer; a failure is an assertion."""
        try:
            line = self.lines.get(timeout=ANSWER)
        except queue.Empty:
            raise AssertionError(f"{self.name} does not answer; stderr: {self.stderr()}") from None
        assert line.startswith("ok"), f"{self.name}: {line}; stderr: {self.stderr()}"
        return line[2:].strip()

    def ask(self, command: str) -> str:
        self.tell(command)
        return self.answer()

    def stderr(self) -> str:
        return self.stderr_at.read_text(errors="replace")

    def refused(self, command: str) -> str:
        """The answer to a command that fails."""
        self.tell(command)
        line = self.lines.get(timeout=ANSWER)
        assert line.startswith("failed "), line
        return line

    def ids(self, folder: Path | None = None) -> set[str]:
        """All record IDs; ``folder`` is where the node may write them down, its home by itself."""
        path = (folder or self.home) / f"ids-{self.name}"
        self.ask(f"ids {path}")
        return set(path.read_text().split())

    def dump(self, folder: Path | None = None) -> list[str]:
        """Every record with every field, one line each, sorted by ID."""
        path = (folder or self.home) / f"dump-{self.name}"
        self.ask(f"dump {path}")
        return sorted(path.read_text().splitlines())

    def burst_until(self, count: int, size: int, tag: str) -> list[str]:
        """Starts a burst, kills the process once it reported some adds, and gives all the IDs it had reported."""
        self.tell(f"burst {size} {tag}")
        reported: list[str] = []
        while len(reported) < count:
            line = self.lines.get(timeout=ANSWER)
            assert line.startswith("added "), line
            reported.append(line.removeprefix("added "))
        self.kill()
        while not self.lines.empty():
            reported.append(self.lines.get().removeprefix("added "))
        for id in reported:
            uuid.UUID(id)
        return reported

    def kill(self) -> None:
        """kill -9, and everything it had written is read."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        self.errors.close()

    def stop(self) -> None:
        """Closes the graph and lets the process end by itself."""
        self.ask("close")
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(120) == 0
        self.reader.join()
        self.errors.close()
        assert self.stderr() == ""

    def abandon(self) -> None:
        """At the end of a test, whatever came before."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()
