"""Programs with windows, run without any: built against the shim of this folder, and used by lines of a script."""

from __future__ import annotations

import os
import queue
import re
import shlex
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from peerapi.cli import config

HERE = Path(__file__).parent
SHIM = tuple(HERE / name for name in ("controls.c", "user32.c", "script.c", "turns.c"))
TURNS = ("-Wl,--wrap=RegisterWaitForSingleObject", "-Wl,--wrap=UnregisterWaitEx")
SAMPLES = "PEERAPI_WINDOWS_SAMPLES"
"Names the folder of the SDK's samples about peers: ``graphchat``, ``groupchat``, ``pnrp``, each with its generations."
PAGES = "PEERAPI_WINDOWS_PAGES"
"Names the folder of the P2PSdk pages, Markdown files with code between fences."
PATIENCE = 120.0
"Seconds that anything may take that a user waits for; a failing test takes as long."


def samples() -> Path | None:
    """Where the samples are, if somebody has fetched them."""
    return Path(os.environ[SAMPLES]) if SAMPLES in os.environ else None


def missing() -> str:
    """Why the samples cannot be run here; empty when they can."""
    folder = samples()
    if folder is None:
        return f"{SAMPLES} is not set"
    return "" if (folder / "graphchat").is_dir() else f"{SAMPLES} names no folder with graphchat in it"


def pages() -> Path | None:
    """Where the pages are, if somebody has fetched them."""
    return Path(os.environ[PAGES]) if PAGES in os.environ else None


def missing_pages() -> str:
    """Why the code of the pages cannot be run here; empty when it can."""
    folder = pages()
    if folder is None:
        return f"{PAGES} is not set"
    return "" if (folder / "direct-connections.md").is_file() else f"{PAGES} names no folder with the pages"


def compile_sources(
    program: Path, *sources: Path, flags: Sequence[str] = (), compiler: str = "gcc", unicode: bool = True
) -> Path:
    """Compiles unmodified sources with the flags of ``peerapi config``, wide unless they choose themselves, and answers
    ``program``; the compiler's complaints are its output when it fails."""
    answers = config.answers()
    others = sorted({source.parent for source in sources if HERE.parent not in source.parents})
    before = [answers["--cflags"], answers["--unicode"] if unicode else "", answers["--lenient"]]
    before += [shlex.join([f"-I{config.forwarding_folder(folder)}"]) for folder in others]
    command = [compiler, "-std=gnu11", "-g", "-w", *shlex.split(" ".join(before)), *flags, *map(str, sources)]
    subprocess.run([*command, "-pthread", "-o", str(program), *shlex.split(answers["--libs"])], check=True, timeout=300)
    return program


def build(program: Path, *sources: Path, flags: Sequence[str] = (), compiler: str = "gcc") -> Path:
    """The same for a program with windows, with the shim."""
    return compile_sources(program, *sources, *SHIM, flags=(*flags, *TURNS), compiler=compiler)


def numbers(header: Path) -> dict[str, int]:
    """What a ``resource.h`` calls its menus, dialogs and controls, and the names that every program knows."""
    found = re.findall(r"^#define\s+(\w+)\s+(-?\d+)\s*$", header.read_text(encoding="latin-1"), re.MULTILINE)
    return {"IDOK": 1, "IDCANCEL": 2} | {name: int(number) for name, number in found}


Step = tuple[str, str | int] | tuple[str, str | int, str]


class Person:
    """One process of a program with windows, and who sits before it: ``names`` are the numbers of its controls.

    ``seen`` is all that the person has seen so far, a line each: a kind, a number and a text, as the README of this
    folder lists them.
    """

    def __init__(self, program: Path, names: Mapping[str, int], environment: Mapping[str, str], folder: Path) -> None:
        pipe = subprocess.PIPE
        self._names = names
        self.folder = folder
        self._process = subprocess.Popen(
            [program], env=environment, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True, errors="replace"
        )
        self._arriving: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._unasked: list[str] = []
        self.seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.seen.append(line.rstrip("\n"))
            self._arriving.put(self.seen[-1])

    def _number(self, name: str | int) -> int:
        return name if isinstance(name, int) else self._names[name]

    def does(self, word: str, name: str | int, text: str = "") -> None:
        """One line of the script."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word} {self._number(name)} {text}".rstrip() + "\n")
        self._process.stdin.flush()

    def _first(self, begins: Sequence[str], text: str) -> tuple[int, str]:
        """Waits for the first line that begins so: which beginning it has, and what follows."""
        deadline = time.monotonic() + PATIENCE
        while True:
            for at, line in enumerate(self._unasked):
                for which, begin in enumerate(begins):
                    if line.startswith(begin) and text in line:
                        return which, self._unasked.pop(at)[len(begin) :]
            try:
                self._unasked.append(self._arriving.get(timeout=max(0.0, deadline - time.monotonic())))
            except queue.Empty:
                raise AssertionError(f"nothing like {begins} {text!r}; seen: {self.seen}") from None

    def sees(self, kind: str, name: str | int, text: str = "") -> str:
        """Waits for a line with this text and answers its text; each line is the answer to one question only."""
        return self._first([f"{kind} {self._number(name)} "], text)[1]

    def sees_either(self, *lines: tuple[str, str | int]) -> str:
        """Waits for the first of several: its kind."""
        return lines[self._first([f"{kind} {self._number(name)} " for kind, name in lines], "")[0]][0]

    def forgets(self) -> None:
        """What has come until now answers no question any more."""
        while not self._arriving.empty():
            self._arriving.get()
        self._unasked.clear()

    def answers(self, menu: str, dialog: str, *steps: Step) -> None:
        """Opens a dialog by its menu, takes the steps and confirms; it has gone when this returns."""
        self.does("click", menu)
        self.sees("dialog", dialog)
        for step in (*steps, ("click", "IDOK")):
            self.does(*step)
        self.sees("closed", dialog)

    def complaints(self) -> list[str]:
        """The texts of all message boxes."""
        return [line.split(" ", 2)[2] for line in self.seen if line.startswith("box ")]

    def leaves(self) -> tuple[int, str]:
        """Closes standard input, which ends the program's loop: its exit code and what it wrote to standard error."""
        assert self._process.stdin is not None and self._process.stderr is not None
        self._process.stdin.close()
        return self._process.wait(PATIENCE), self._process.stderr.read()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
