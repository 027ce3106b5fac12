"""Histories of a process with a graph under load: what processes do, in random order, and kill -9 at last.

Whatever happens, a second owner is refused, and of what was acknowledged nothing is lost. The short form is a test
(``test_histories.py``); PEERAPI_HISTORIES=1000 makes it the long one.
"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.native import code

MEMBER = Path(__file__).with_name("member.py")
PATIENCE = 120.0
"Seconds for one answer, on a machine that is busy with others."
REFUSED = code("PEER_E_DATABASE_ACCESSDENIED")


class History:
    """One of them, chosen by its seed."""

    def __init__(self, program: Path, folder: Path, seed: int) -> None:
        self._program = program
        self._folder = folder
        self._home = folder / "home"
        self._acked = folder / "acked"
        self._random = random.Random(seed)
        self._rounds = 0
        self.process: subprocess.Popen[str]
        self.told: list[str] = []
        "What has been done, for who reads of a failure."

    def run(self) -> None:
        """Raises AssertionError when something was lost, or somebody let in."""
        groups: list[int] = []
        try:
            for _ in range(self._random.randint(1, 2)):
                self.start()
                groups.append(self.process.pid)
                for _ in range(self._random.randint(3, 7)):
                    self._do_something()
                self.process.kill()  # its children live on
                self.process.wait(PATIENCE)
                self.told.append("kill")
                self._check()
        finally:
            for group in groups:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
        self._check()

    def start(self) -> None:
        python = self._random.random() < 0.25
        command = [sys.executable, str(MEMBER)] if python else [str(self._program)]
        command += [str(self._rounds * 300_000 + 1), str(self._acked)]
        self.told.append("Python" if python else "C")
        self._rounds += 1
        self.process = subprocess.Popen(
            command,
            env=self._environment(),
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self._folder / "stderr").open("a"),
            text=True,
            start_new_session=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, self._lines), daemon=True).start()
        assert self.answer() == "open"
        self._wait_for_records(1)  # a note cut short by a limit would shift all that follow it

    def _environment(self) -> dict[str, str]:
        return {"PEERAPI_HOME": str(self._home), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    @staticmethod
    def _read(process: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
        assert process.stdout
        for line in process.stdout:
            lines.put(line.strip())
        lines.put("it has ended")

    def answer(self) -> str:
        try:
            return self._lines.get(timeout=PATIENCE)
        except queue.Empty as error:
            error.add_note(f"it does not answer; its threads: {', '.join(self._threads())}")
            raise

    def _threads(self) -> list[str]:
        """What each thread of the process is called, and what it waits for in the kernel."""
        found = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                name, waits, call = ((task / one).read_text().strip() for one in ("comm", "wchan", "syscall"))
                state = (task / "stat").read_text().rpartition(")")[2].split()
                found.append(f"{name} {state[0]} {waits} after {state[11]} + {state[12]} ticks in {call}")
        return found

    def _do_something(self) -> None:
        database = next(self._home.glob("graphs/*/*.peergraph"))
        command = self._random.choice(
            [
                "fork exit",
                "fork live",
                "fork close",
                "exec vfork",
                "exec fork",
                "dup",
                f"read {self._home}",
                f"chdir {self._random.choice(['/', self._home, self._folder])}",
                "limit descriptors",
                "limit file",
                "alarm interrupting",
                "alarm restarting",
                "reopen",
                f"export {database}",
                f"import {database}",
                "rival",
                "wait",
            ]
        )
        self.told.append(command)
        if command == "rival":
            self._send_rival()
        elif command == "wait":
            self._wait_for_records()
        else:
            assert self.process.stdin
            self.process.stdin.write(f"{command}\n")
            self.process.stdin.flush()
            answer = self.answer()
            assert answer == "done", answer
        if self._random.random() < 0.3:
            self._send_rival()

    def _wait_for_records(self, count: int = 100) -> None:
        """Until so many more have been acknowledged."""
        wanted = self._size() + 8 * count
        end = time.monotonic() + PATIENCE
        while self._size() < wanted:
            assert self.process.poll() is None and time.monotonic() < end
            threading.Event().wait(0.002)

    def _size(self) -> int:
        return self._acked.stat().st_size if self._acked.exists() else 0

    def forge(self) -> None:
        """Say that a record was acknowledged which never was, and look for it. Raises AssertionError."""
        with self._acked.open("ab") as file:
            file.write((299_999).to_bytes(8, sys.byteorder))
        self._check()

    def _ask(self, *words: str) -> str:
        command = [str(self._program), *words]
        done = subprocess.run(
            command, env=self._environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return done.stdout.strip()

    def _send_rival(self) -> None:
        assert self._ask("rival") == f"{REFUSED:08X}", "a second owner"

    def _check(self) -> None:
        found = self._ask("check", str(self._acked))
        wanted = f"0 of {self._acked.stat().st_size // 8} missing"
        assert found == wanted, found
