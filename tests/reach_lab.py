"""The lab: a home of each kind that calls and one that is called, on one internet with one relay, and how each pair
comes together. ``python -m tests.reach_lab`` prints the table and draws it."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from peerapi.path_kind import PathKind
from peerapi.reach.direct import WINDOW
from tests.relay.process import RelayProcess
from tests.support.homes import PATHS, House, Kind, internet
from tests.support.reach_pair import PAYLOAD

RELAY_PORT = 4443
SEATS = 4096
"A graph of each pair has one."
SIGNALS = 64 << 10
"Bytes that the relay may have seen of a pair that does not need it: handshakes, and what both have told of themselves."
Pair = tuple[Kind, Kind]


class Outcome(NamedTuple):
    """How a pair has met."""

    pair: Pair
    path: PathKind | None
    "None: it has not."
    connected: float
    "Seconds from the call to the connection"
    exchanged: float
    "... until records have gone both ways"
    relayed: int
    "Bytes that have come to the relay meanwhile"
    why: str = ""

    @property
    def way(self) -> str:
        return "FAILED" if self.path is None else self.path.value

    @property
    def is_right(self) -> bool:
        """The way of the table, and nothing of the records at the relay but where it is needed."""
        through = self.relayed > PAYLOAD
        return (
            self.path is PATHS[self.pair]
            and through == (self.path is PathKind.RELAYED)
            and (through or self.relayed < SIGNALS)
        )


class Home:
    """A program at one house."""

    def __init__(self, house: House, folder: Path, relays: str) -> None:
        self.house = house
        own = {"PEERAPI_HOME": str(folder), "PEERAPI_RELAYS": relays, "PEERAPI_MAP": "1"}
        folder.mkdir(parents=True)
        self.log = folder / "stderr"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [*house.before, sys.executable, "-m", "tests.support.reach_pair"],
                env={**os.environ, **own},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, *words: str) -> list[str]:
        """Have it do something; what it says."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().split()

    def end(self) -> None:
        self._process.communicate(timeout=120)


class Lab:
    """All of them."""

    def __init__(self, callers: dict[Kind, Home], callees: dict[Kind, Home], relay: House) -> None:
        self._callers, self._callees, self._relay = callers, callees, relay
        self._count = 0

    def meet(self, pair: Pair, window: float = WINDOW) -> Outcome:
        """Have a pair meet, in a graph of its own. ``window``: seconds for which a direct connection is waited for."""
        caller, callee = self._callers[pair[0]], self._callees[pair[1]]
        self._count += 1
        graph = f"{pair[0].value}{pair[1].value}{self._count}"
        told = callee.ask("listen", graph)
        if told[:1] != ["addresses"]:
            return Outcome(pair, None, 0.0, 0.0, 0, " ".join(told) or callee.log.read_text())
        before = self._relay_bytes()
        said = caller.ask("call", graph, told[1], str(window))
        relayed = self._relay_bytes() - before
        callee.ask("leave", graph)
        if said[:1] != ["met"]:
            return Outcome(pair, None, 0.0, 0.0, relayed, " ".join(said) or caller.log.read_text())
        return Outcome(pair, PathKind(said[1]), float(said[2]), float(said[3]), relayed)

    def _relay_bytes(self) -> int:
        command = [*self._relay.before, "cat", "/sys/class/net/cable/statistics/rx_bytes"]
        return int(subprocess.check_output(command, text=True, timeout=120))


@contextlib.contextmanager
def lab(tag: str, folder: Path, pairs: Sequence[Pair], delay: float = 0.0) -> Iterator[Lab]:
    """Houses for these pairs. ``delay``: seconds from each house to the others."""
    calling, called = (sorted({pair[side] for pair in pairs}, key=list(Kind).index) for side in (0, 1))
    with (
        internet(tag, Kind.PUBLIC, *calling, *called, delay=delay) as (middle, *houses),
        contextlib.ExitStack() as stack,
    ):
        options = (
            f"--port={RELAY_PORT}",
            f"--address={middle.public_address}:{RELAY_PORT}",
            "--bind=0.0.0.0",
            "--seats=64",
        )
        relay = RelayProcess(folder / "relay", options, middle.before)
        stack.callback(relay.kill)
        homes = []
        for number, house in enumerate(houses):
            knows = relay.word if number >= len(calling) else ""  # who calls needs no setting
            homes.append(Home(house, folder / f"home{number}", knows))
            stack.callback(homes[-1].end)
        first, second = homes[: len(calling)], homes[len(calling) :]
        yield Lab(dict(zip(calling, first, strict=True)), dict(zip(called, second, strict=True)), middle)


ALL = [(caller, callee) for caller in Kind for callee in Kind]


def table(outcomes: Sequence[Outcome]) -> str:
    """What has come of all pairs, for a terminal."""
    found = {one.pair: one for one in outcomes}
    lines = ["caller  " + "".join(f"{callee.value:<17}" for callee in Kind)]
    for caller in Kind:
        cells = []
        for callee in Kind:
            one = found.get((caller, callee))
            cells.append(
                ""
                if one is None
                else f"{one.path.value if one.path else 'FAILED'} {one.connected:.1f} s{'' if one.is_right else ' !'}"
            )
        lines.append(f"{caller.value:<8}" + "".join(f"{cell:<17}" for cell in cells))
    return "\n".join(lines)


COLOURS = {
    PathKind.DIRECT: "#2f855a",
    PathKind.REVERSED: "#2b6cb0",
    PathKind.PUNCHED: "#6b46c1",
    PathKind.RELAYED: "#b7791f",
}
NAMES = {
    Kind.PUBLIC: "public address",
    Kind.MAPPED: "ports on request",
    Kind.CONE: "cone",
    Kind.SYMMETRIC: "symmetric",
    Kind.CARRIER: "carrier's router",
    Kind.CLOSED: "IPv6, closed",
}


def picture(outcomes: Sequence[Outcome]) -> str:
    """The same as SVG."""
    found = {one.pair: one for one in outcomes}
    wide, high, left, top = 118, 44, 150, 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + 6 * wide + 10} {top + 6 * high + 40}"'
        ' font-family="system-ui, sans-serif" font-size="13">',
        "<style>text { fill: #1a202c } .white { fill: #fff; font-weight: 600 } .soft { fill: #4a5568 }"
        " @media (prefers-color-scheme: dark) { text { fill: #e2e8f0 } .soft { fill: #a0aec0 } }</style>",
        f'<text class="soft" x="{left}" y="20">who is called</text>',
        f'<text class="soft" x="10" y="{top - 12}">who calls</text>',
    ]
    for column, callee in enumerate(Kind):
        parts.append(f'<text x="{left + column * wide + 4}" y="{top - 12}">{NAMES[callee]}</text>')
    for row, caller in enumerate(Kind):
        y = top + row * high
        parts.append(f'<text x="10" y="{y + 26}">{NAMES[caller]}</text>')
        for column, callee in enumerate(Kind):
            one = found.get((caller, callee))
            if one is None or one.path is None:
                continue
            x = left + column * wide
            parts.append(
                f'<rect x="{x}" y="{y}" width="{wide - 6}" height="{high - 6}" rx="6" fill="{COLOURS[one.path]}"/>'
            )
            parts.append(f'<text class="white" x="{x + 10}" y="{y + 24}">{one.path.value} {one.connected:.1f} s</text>')
    direct = sum(one.path not in (None, PathKind.RELAYED) for one in outcomes)
    parts.append(
        f'<text class="soft" x="10" y="{top + 6 * high + 24}">{direct} of {len(outcomes)} pairs need no relay for what'
        " they say; seconds until connected, in the lab</text>"
    )
    return "\n".join([*parts, "</svg>\n"])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reach_lab", description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="milliseconds from each home to the others")
    parser.add_argument("--pairs", default="", help="such as CC VV; all if empty")
    parser.add_argument("--runs", type=int, default=1, help="of each pair")
    parser.add_argument("--picture", type=Path, help="an SVG to write")
    given = parser.parse_args()
    pairs = [(Kind(one[0]), Kind(one[1])) for one in given.pairs.split()] or ALL
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder, lab("lab", Path(folder), pairs, given.delay / 1000) as made:
        for pair in pairs:
            for _ in range(given.runs):
                one = made.meet(pair)
                outcomes.append(one)
                mark = "" if one.is_right else f"  expected {PATHS[pair].value}"
                print(
                    f"{pair[0].value} -> {pair[1].value}  {one.way:9} connected in {one.connected:.2f} s, records in"
                    f" {one.exchanged:.2f} s, {one.relayed:,} bytes at the relay{mark}  {one.why}",
                    flush=True,
                )
    wrong = sum(not one.is_right for one in outcomes)
    without = sum(one.path not in (None, PathKind.RELAYED) for one in outcomes)
    print(f"\n{table(outcomes)}\n")
    print(
        f"{len(outcomes) - wrong} of {len(outcomes)} by the way of the table; {without} without a record at the relay"
    )
    if given.picture is not None and not wrong:
        given.picture.write_text(picture(outcomes), encoding="utf-8")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
