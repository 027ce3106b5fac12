"""Programs of one person that share a group: starting them, killing who holds the group, and what all of them know."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from peerapi.engine.graphs.node import database_path
from peerapi.engine.groups.groups import DATABASE
from peerapi.store.ownership import announced, owner

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "tests" / "c" / "group_sharer.c"
SHARER = Path(__file__).parent / "sharer.py"
PATIENCE = 120.0
"Seconds for anything that has to come."

FOUND = """
import sys, trio, peerapi

async def main():
    async with peerapi.create_group("club", cloud="Loopback_") as group:
        print(group.name, group.identity)

trio.run(main)
"""


class Sharer:
    """One program."""

    def __init__(self, command: list[str], group: str, acked: Path, env: dict[str, str], pause: int) -> None:
        self.process = subprocess.Popen(
            [*command, group, str(pause), str(acked)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            text=True,
        )
        self.name = command[-1]

    def said(self, beginning: str) -> str:
        """The rest of the next line, which has to begin so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith(beginning):
            self.process.kill()
            raise AssertionError(f"{self.name}: {line!r} {self.process.communicate()[1]}")
        return line.removeprefix(beginning).strip()

    def tell(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go on\n")
        self.process.stdin.flush()


class Person:
    """A home folder with a group, and the programs that share it."""

    def __init__(self, home: Path, compile_c: Callable[..., Path], pnrp_port: int, pause: int = 2) -> None:
        self.home = home
        self.acked = home / "acked"
        self.env = {**os.environ, "PEERAPI_HOME": str(home), "PEERAPI_PNRP_PORT": str(pnrp_port)}
        self._pause = pause
        program = compile_c(SOURCE.read_text(encoding="utf-8"), "-Wextra", "-Werror")
        self.commands = [[str(program)], *([sys.executable, str(SHARER), loop] for loop in ("trio", "asyncio"))]
        made = subprocess.run([sys.executable, "-c", FOUND], env=self.env, capture_output=True, text=True, check=True)
        self.group, self.identity = made.stdout.split()
        key = database_path(self.group, self.identity, DATABASE).relative_to(peerapi_home())
        self.database = home / key
        self.sharers: list[Sharer] = []

    def start(self, kind: int) -> Sharer:
        made = Sharer(self.commands[kind], self.group, self.acked, self.env, self._pause)
        self.sharers.append(made)
        return made

    def holder(self) -> Sharer | None:
        """The program that has the group open and serves the others; None while there is none."""
        if announced(self.database) is None:
            return None
        number = owner(self.database)
        return next((one for one in self.sharers if one.process.pid == number), None)

    def wait_for_holder(self) -> Sharer:
        end = time.monotonic() + PATIENCE
        while (found := self.holder()) is None:
            assert time.monotonic() < end, "nobody takes the group over"
            time.sleep(0.002)
        return found

    def kill_holder(self) -> tuple[int, float]:
        """kill -9; which kind of program it was, and the seconds until another has the group open."""
        gone = self.wait_for_holder()
        begun = time.monotonic()
        gone.process.send_signal(signal.SIGKILL)
        self.sharers.remove(gone)
        gone.process.wait(PATIENCE)
        self.wait_for_holder()
        for stream in (gone.process.stdin, gone.process.stdout, gone.process.stderr):
            assert stream is not None
            stream.close()
        return next(at for at, command in enumerate(self.commands) if command[-1] == gone.name), (
            time.monotonic() - begun
        )

    def end(self) -> None:
        """Have all of them stop and compare; nothing that was acknowledged is missing anywhere."""
        for one in self.sharers:
            one.tell()
        for one in self.sharers:
            one.said("stopped")
        for one in self.sharers:
            one.tell()
        counts = {one.name: one.said("knows") for one in self.sharers}
        for one in self.sharers:
            assert one.process.wait(PATIENCE) == 0, one.process.communicate()[1]
        assert len(set(counts.values())) == 1, counts
        assert set(self.acked.read_text(encoding="ascii").split()) <= self.records()

    def records(self) -> set[str]:
        """The IDs of all records, as a program of its own finds them."""
        code = (
            "import sys, trio, peerapi\nfrom uuid import UUID\n"
            "async def main():\n"
            "    async with peerapi.open_group(sys.argv[1]) as group:\n"
            "        print(*[one.id.hex async for one in group.records()])\n"
            "trio.run(main)\n"
        )
        command = [sys.executable, "-c", code, self.group]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True)
        return set(done.stdout.split())

    def abandon(self) -> None:
        for one in self.sharers:
            one.process.kill()
            one.process.communicate()


def peerapi_home() -> Path:
    from peerapi.store.data_folder import data_folder

    return data_folder()


def killed_at_random(person: Person, kills: int, pauses: random.Random) -> list[float]:
    """Kill the holder so many times under load, at random moments; the seconds until another had the group open. Who
    was killed is started again."""
    for kind in range(len(person.commands)):
        person.start(kind).said("started")
    taken = []
    for _ in range(kills):
        time.sleep(pauses.uniform(0.05, 0.5))  # this is the random moment, and waits for nothing
        kind, seconds = person.kill_holder()
        taken.append(seconds)
        person.start(kind).said("started")
    person.end()
    return taken
