"""Building the samples and talking to them: each is a process with lines going in and lines coming out."""

from __future__ import annotations

import functools
import os
import queue
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

SAMPLES = Path(__file__).resolve().parent


class DemoFailed(Exception):
    """Something did not happen in time, or not as it should."""


@functools.cache
def peerapi_config(option: str) -> tuple[str, ...]:
    """What ``peerapi config`` says, as arguments for a compiler. The command lies beside the Python that runs us."""
    beside = Path(sys.executable).with_name("peerapi")
    command = [str(beside)] if beside.exists() else [sys.executable, "-m", "peerapi"]
    said = subprocess.run([*command, "config", option], check=True, stdout=subprocess.PIPE, text=True).stdout
    return tuple(shlex.split(said))


def build(sample: str, folder: Path) -> Path:
    """Compiles ``samples_c/<sample>.c`` the way the README tells a person to. Returns the program."""
    program = folder / sample
    compiler = os.environ.get("CC") or "gcc"
    if shutil.which(compiler) is None:
        raise DemoFailed(f"no C compiler: {compiler} is not there (Debian, Ubuntu: apt install gcc)")
    strict = ["-std=c11", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(
        [
            compiler,
            *strict,
            *peerapi_config("--cflags"),
            str(SAMPLES / f"{sample}.c"),
            "-o",
            str(program),
            *peerapi_config("--libs"),
        ],
        check=True,
    )
    return program


def free_ports(count: int) -> list[int]:
    """TCP ports of ::1 on which nobody listens now. All are held at once, so that they differ."""
    sockets = [socket.socket(socket.AF_INET6) for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("::1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Program:
    """One running sample. ``heard`` is all that it has printed; ``on_line`` is called for each line, on a thread."""

    def __init__(
        self, arguments: Sequence[str | Path], home: Path, on_line: Callable[[str], None] = lambda line: None
    ) -> None:
        self.heard: list[str] = []
        self.name = f"{Path(arguments[0]).name} of {home.name}"
        self.on_line = on_line
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        home.mkdir(parents=True, exist_ok=True)
        self.errors = (home / f"{Path(arguments[0]).name}.stderr").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [str(argument) for argument in arguments],
            env=os.environ | {"PEERAPI_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            encoding="utf-8",
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            line = line.rstrip("\n")
            self.on_line(line)
            self.lines.put(line)
        self.lines.put(None)

    def tell(self, *lines: str) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write("".join(line + "\n" for line in lines))
            self.process.stdin.flush()
        except BrokenPipeError:
            raise DemoFailed(f"{self.name} is gone. {self.complaints()}") from None

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 120) -> str:
        """The first line, from the ones not yet waited for, that is ``wanted`` (or begins with it)."""
        test = wanted if callable(wanted) else lambda line: line.startswith(wanted)
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                said = "\n    ".join(self.heard[-5:])
                raise DemoFailed(
                    f"{self.name}: waited {seconds:.0f} s in vain for {wanted!r}. It said last:\n    {said}\n"
                    f"{self.complaints()}"
                ) from None
            if line is None:
                self.lines.put(None)
                raise DemoFailed(f"{self.name} ended while we waited for {wanted!r}. {self.complaints()}")
            self.heard.append(line)
            if test(line):
                return line

    def leave(self, farewell: str, seconds: float = 120) -> None:
        """Asks it to end, and expects exit code 0 and an empty stderr."""
        self.tell(farewell)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise DemoFailed(f"{self.name} did not end within {seconds:.0f} s of {farewell!r}") from None
        self.reader.join(seconds)
        if code != 0 or self.complaints():
            raise DemoFailed(f"{self.name} ended with exit code {code}. {self.complaints()}")

    def complaints(self) -> str:
        self.errors.seek(0)
        return self.errors.read().strip()

    def stop(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(3)
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
