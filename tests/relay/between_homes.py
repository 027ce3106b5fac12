"""A board between two homes behind symmetric routers, at 50 ms: how long it takes until the first stroke is there, and
until both are live again when one has gone to another network. ``python -m tests.relay.between_homes`` measures."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from peerapi.engine.reach.known_words import VARIABLE
from samples_c.processes import Program
from tests.relay.process import ROOT, RelayProcess
from tests.support.homes import HOME, House, Kind, internet
from tests.support.namespaces import ip
from tests.whiteboard.boards import PEERAPI

DELAY = 0.0125
"Seconds from each home to the bridge: 50 ms there and back between two."
TRIES = 10
PAGE = """
import sys, time
from tests.whiteboard.wire import websocket
seen, pages = set(), []
print("ready", flush=True)
with websocket(sys.stdin.readline().strip()) as page:
    def until(wanted):
        end = time.monotonic() + 120
        while not wanted():
            assert time.monotonic() < end
            news = page.next()
            if news["is"] == "page":
                pages.append(news["id"])
            elif news["is"] == "mark" and news.get("dots"):
                seen.add(news["dots"][0])
    print("open", flush=True)
    for line in sys.stdin:
        word, x = line.split()
        if word == "draw":
            until(lambda: pages)
            dots = [[int(x), 0], [int(x), 100]]
            page.do("stroke", page=pages[-1], live="l" + x, colour="navy", width=3, dots=dots, number=int(x))
        until(lambda: int(x) in seen)
        print(word, x, flush=True)
"""


class Figures(NamedTuple):
    """Seconds."""

    page: float
    "From --join until the address of the page is printed"
    computed: float
    "Of these, the time of processors that who joins has used until the first stroke"
    first_stroke: float
    "From --join to the first stroke at who joins"
    live_again: float
    "From the change of the network until a stroke drawn afterwards is there"


class Page:
    """A page of a board, in the place of a browser that has been open before."""

    def __init__(self, house: House) -> None:
        command = [*house.before, sys.executable, "-c", PAGE]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._heard() == "ready"

    def open(self, url: str) -> None:
        self._say(url)
        assert self._heard() == "open"

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ask(self, word: str, x: int) -> None:
        """Draw a stroke at x, or wait for one."""
        self._say(f"{word} {x}")
        assert self._heard() == f"{word} {x}"

    def end(self) -> None:
        self._process.communicate(timeout=120)


@contextlib.contextmanager
def with_relays(words: str) -> Iterator[None]:
    """What is started meanwhile knows these relays."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = words
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def founded(house: House, folder: Path) -> tuple[Program, dict[str, str]]:
    """A board that is called at a relay, and what it says of itself, in whatever order: lines by their first words. It
    waits three seconds for its seat, which may be little on a busy machine; then it is opened again."""
    for words in (("--new", "Card", "--name", "Anna"), *[("open", "Card")] * TRIES):
        board = Program([*house.before, *PEERAPI, *words], folder)
        board.wait_for("Ctrl-C")
        said = {line.split()[0]: line for line in board.heard if line.startswith("  ")}
        if "reach" in said:
            return board, said
        board.stop()
    raise AssertionError(f"no seat in {TRIES} tries: {said}")


def measure(folder: Path, delay: float = DELAY) -> Figures:
    """Anna founds a board, Ben joins with the pasted word and no settings, and then goes to another network."""
    with contextlib.ExitStack() as stack:
        kinds = (Kind.PUBLIC, Kind.SYMMETRIC, Kind.SYMMETRIC)
        middle, here, there = stack.enter_context(internet("board", *kinds, delay=delay))
        where = f"--address={middle.public_address}:4443"
        relay = RelayProcess(folder / "relay", ("--port=4443", where, "--bind=0.0.0.0"), middle.before)
        stack.callback(relay.kill)
        with with_relays(relay.word):
            anna, said = founded(here, folder / "Anna")
        stack.callback(anna.stop)
        assert f"through the relay {middle.public_address}" in said["reach"]
        url, invitation = (said[what].split()[1] for what in ("page", "invitation"))
        at_anna, at_ben = Page(here), Page(there)
        stack.callback(at_anna.end)
        stack.callback(at_ben.end)
        at_anna.open(url)
        at_anna.ask("draw", 10)
        with with_relays(""):
            began = time.monotonic()
            ben = Program([*there.before, *PEERAPI, "--join", invitation, "--name", "Ben"], folder / "Ben")
        stack.callback(ben.stop)
        at_ben.open(ben.wait_for("  page ").split()[1])
        page = time.monotonic() - began
        at_ben.ask("wait", 10)
        first_stroke = time.monotonic() - began
        computed = processor_time(ben.process.pid)
        at_ben.ask("draw", 20)
        at_anna.ask("wait", 20)
        began = time.monotonic()
        move(there)
        at_ben.ask("draw", 30)
        at_anna.ask("wait", 30)
        return Figures(page, computed, first_stroke, time.monotonic() - began)


def processor_time(pid: int) -> float:
    """What a process and all its threads have used, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def move(house: House) -> None:
    """The host of a house has another address from now on, as in another network."""
    ip("-n", house.host, "address", "delete", f"{HOME}2/24", "dev", "cable")
    ip("-n", house.host, "address", "add", f"{HOME}9/24", "dev", "cable")
    ip("-n", house.host, "route", "replace", "default", "via", f"{HOME}1")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    print(f"page of who joins           {found.page:.1f} s after --join")
    print(f"of processors used by then  {found.computed:.1f} s")
    print(f"first stroke at who joins   {found.first_stroke:.1f} s after --join (limit 5 s)")
    print(f"live in another network     {found.live_again:.1f} s after the change (limit 5 s)")
    return int(max(found.first_stroke, found.live_again) > 5.0)


if __name__ == "__main__":
    raise SystemExit(main())
