"""Programs of one person that tests steer, and a group that the first of them has founded and holds."""

from __future__ import annotations

import ast
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_range

STEERED = Path(__file__).parent / "steered.py"
PATIENCE = 120.0
PASSWORD = "open-sesame"


class Program:
    """One running ``steered.py``."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, str(STEERED)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PEERAPI_HOME": str(home), **variables},
        )

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """What the last line was answered; "ok" is left out."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        return line.strip().removeprefix("ok ")

    def ask(self, line: str) -> str:
        self.tell(line)
        return self.answer()

    def value(self, line: str) -> Any:
        """The answer as a value, where that can be written down."""
        return ast.literal_eval(self.ask(line))

    def end(self) -> None:
        """The end of its input: it ends by itself, without having closed anything."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.process.stdin = None

    def stop(self) -> None:
        """It stands still, until ``go_on``."""
        self.process.send_signal(signal.SIGSTOP)
        _, status = os.waitpid(self.process.pid, os.WUNTRACED)  # all its threads do
        assert os.WIFSTOPPED(status)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def abandon(self) -> None:
        self.process.kill()
        self.process.communicate()


Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """``start()``: a program of the one person; ``start("ben")``: of another, with a home folder of their own."""
    made: list[Program] = []
    runtime = tempfile.mkdtemp(prefix="run-", dir="/tmp")  # a short path, as that of a socket has to be
    variables = {"PEERAPI_PNRP_PORT": str(free_range()), "XDG_RUNTIME_DIR": runtime}

    def start(who: str = "ann") -> Program:
        made.append(Program(tmp_path / who, **variables))
        return made[-1]

    yield start
    for one in made:
        one.abandon()
    shutil.rmtree(runtime)


class Club:
    """A group that a program holds, and another program of the same person that has opened it."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.holder = start()
        said = self.holder.ask(
            f"opened('group', peerapi.create_group('club', cloud='Loopback_', password={PASSWORD!r}))"
        )
        assert said == "'group'"
        self.name: str = self.holder.value("group.name")
        self.identity: str = self.holder.value("group.identity")
        self.other = self.opened()

    def opened(self) -> Program:
        """One more program that has opened it."""
        program = self.start()
        assert program.ask(f"opened('group', peerapi.open_group({self.name!r}))") == "'group'"
        return program


@pytest.fixture
def club(start: Start) -> Club:
    return Club(start)
