"""Programs of one person that share a group: starting them, killing who holds the group, and what all of them know."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups.groups import DATABASE
from peerapi.store.data_folder import data_folder
from peerapi.store.ownership import announced, owner
from peerapi.whiteboard.marks import CHAT_LINE
from peerapi.whiteboard.saved_boards import GROUP, SavedBoard, SavedBoards
from tests.sharing.boards import Board

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "c" / "group_sharer.c"
SHARER = Path(__file__).parent / "sharer.py"
PATIENCE = 120.0
"Seconds for anything that has to come."
TITLE = "club"
KINDS = ("board", "c", "trio", "asyncio")
"In the order in which they are started: the first is the first holder."

FOUND = """
import sys, trio, peerapi

async def main():
    async with peerapi.create_group("club", cloud="Loopback_") as group:
        print(group.name, group.identity)

trio.run(main)
"""


class Sharing(Protocol):
    """One program that shares the group: it adds records until it is told to stop."""

    kind: str

    @property
    def process(self) -> subprocess.Popen[str]: ...
    def started(self) -> None:
        """Wait until it has the group open."""

    def stop_adding(self) -> None: ...
    def stopped(self) -> None:
        """Wait until it adds nothing more."""

    def known(self, count: int) -> int:
        """How many records it knows of, when it knows of all: ``count``. It ends."""

    def close(self) -> None:
        """It has ended, somehow."""


class Sharer:
    """A program in C, or in Python under one of the loops."""

    def __init__(self, kind: str, command: list[str], env: dict[str, str]) -> None:
        self.kind = kind
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True
        )

    def _said(self, beginning: str) -> str:
        """The rest of the next line, which has to begin so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith(beginning):
            self.process.kill()
            raise AssertionError(f"{self.kind}: {line!r} {self.process.communicate()[1]}")
        return line.removeprefix(beginning).strip()

    def _tell(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("go on\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            assert self.process.stdout is not None and self.process.stderr is not None
            said = self.process.stdout.read(), self.process.stderr.read(), self.process.wait(PATIENCE)
            raise AssertionError(f"{self.kind} has ended: {said}") from None

    def started(self) -> None:
        """See Sharing."""
        self._said("started")

    def stop_adding(self) -> None:
        """See Sharing."""
        self._tell()

    def stopped(self) -> None:
        """See Sharing."""
        self._said("stopped")

    def known(self, count: int) -> int:
        """See Sharing: it counts them itself."""
        self._tell()
        count = int(self._said("knows"))
        assert self.process.wait(PATIENCE) == 0, self.process.communicate()[1]
        self.close()
        return count

    def close(self) -> None:
        """See Sharing."""
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):  # what was told last was not read
                stream.close()


class Person:
    """A home folder with a group, and the programs that share it."""

    def __init__(self, home: Path, compile_c: Callable[..., Path], pnrp_port: int, pause: int = 20) -> None:
        """``pause``: milliseconds between two records of a program."""
        self.home = home
        self.acked = home / "acked"
        self.env = {**os.environ, "PEERAPI_HOME": str(home), "PEERAPI_PNRP_PORT": str(pnrp_port)}
        self._pause = pause
        program = compile_c(SOURCE.read_text(encoding="utf-8"), "-Wextra", "-Werror")
        made = subprocess.run([sys.executable, "-c", FOUND], env=self.env, capture_output=True, text=True, check=True)
        self.group, self.identity = made.stdout.split()
        told = [self.group, str(pause), str(self.acked)]
        self._commands = {"c": [str(program), *told]}
        for loop in ("trio", "asyncio"):
            self._commands[loop] = [sys.executable, str(SHARER), loop, *told]
        boards = SavedBoards(home / "whiteboards")
        boards.save(SavedBoard(GROUP, self.group, TITLE, self.identity, "Ann", True, True, founder=self.identity))
        self.database = home / database_path(self.group, self.identity, DATABASE).relative_to(data_folder())
        self.sharers: list[Sharing] = []

    def start(self, kind: str) -> Sharing:
        made: Sharing
        if kind == "board":
            made = Board(self.home, TITLE, self.env, self.acked, self._pause / 1000)
        else:
            made = Sharer(kind, self._commands[kind], self.env)
        self.sharers.append(made)
        return made

    def holder(self) -> Sharing | None:
        """The program that has the group open and serves the others; None while there is none."""
        if announced(self.database) is None:
            return None
        number = owner(self.database)
        return next((one for one in self.sharers if one.process.pid == number), None)

    def wait_for_holder(self) -> Sharing:
        end = time.monotonic() + PATIENCE
        while (found := self.holder()) is None:
            assert time.monotonic() < end, "nobody takes the group over"
            time.sleep(0.002)
        return found

    def kill_holder(self) -> tuple[str, float]:
        """kill -9; which kind of program it was, and the seconds until another has the group open."""
        gone = self.wait_for_holder()
        begun = time.monotonic()
        gone.process.send_signal(signal.SIGKILL)
        self.sharers.remove(gone)
        gone.process.wait(PATIENCE)
        self.wait_for_holder()
        seconds = time.monotonic() - begun
        gone.close()
        return gone.kind, seconds

    def end(self) -> int:
        """Have all of them stop and compare; nothing that was acknowledged is missing anywhere. How much that was."""
        for one in self.sharers:
            one.stop_adding()
        for one in self.sharers:
            one.stopped()
        found = self.records()
        counts = {one.kind: one.known(len(found)) for one in self.sharers}
        assert set(counts.values()) == {len(found)}, counts
        acked = self.acked.read_text(encoding="utf-8").splitlines()
        assert {*acked} <= {*found, *found.values()}
        self.sharers.clear()
        return len(acked)

    def records(self) -> dict[str, str]:
        """ID -> text of all records, as a program of its own finds them."""
        code = (
            "import sys, trio, peerapi\nfrom uuid import UUID\n"
            "async def main():\n"
            "    async with peerapi.open_group(sys.argv[1]) as group:\n"
            "        async for one in group.records(UUID(sys.argv[2])):\n"
            "            print(one.id.hex, one.data.decode('utf-16-le'))\n"
            "trio.run(main)\n"
        )
        command = [sys.executable, "-c", code, self.group, str(CHAT_LINE)]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        return dict(line.split(" ", 1) for line in done.stdout.splitlines())

    def abandon(self) -> None:
        for one in self.sharers:
            one.process.kill()
            one.process.wait()
            one.close()


def killed_at_random(person: Person, kills: int, pauses: random.Random) -> list[tuple[str, float]]:
    """Kill the holder so many times under load, at random moments; which kind of program that was, and the seconds
    until another had the group open. Who was killed is started again."""
    for kind in KINDS:
        person.start(kind).started()
    taken = []
    for _ in range(kills):
        time.sleep(pauses.uniform(0.05, 0.5))  # this is the random moment, and waits for nothing
        kind, seconds = person.kill_holder()
        taken.append((kind, seconds))
        person.start(kind).started()
    return taken
