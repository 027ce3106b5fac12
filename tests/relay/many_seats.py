"""A relay with very many seats: its memory, what it costs idle, and how soon all are back when it has been killed and
begun anew. ``python -m tests.relay.many_seats --seats 10000`` (make relay-seats).

Nodes are the real control connections (``engine.reach.sitting.Control``), in PROCESSES processes beside the relay's,
each from an address of its own in 127/8. All dial when they like. Nothing is left out but the proof of work of the
seats' addresses, which their owners do once.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import trio

from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.reach import calling
from peerapi.engine.reach.sitting import Control
from peerapi.engine.runtime import SystemRandom
from peerapi.identity.keys import KeyPair
from peerapi.reach import seat, word
from peerapi.reach.seat import RelayEndpoint, Seat
from peerapi.reach.seats import Known, Seats

RELAY = """
import sys
from peerapi.reach import seat
seat.WORK_BITS = 0
from peerapi.cli import main
sys.exit(main(sys.argv[1:]))
"""
IDLE = 110.0
"Seconds over which the idle relay is watched: each node says PING once in 72 to 108."
STARTED_A_SECOND = 250
PROCESSES = 4
LOOK = 0.1
"Seconds between two looks of a process at how many of its nodes have a seat."
BACK, SHARE, MEMORY = 60.0, 0.05, 450e6
"Limits: seconds until all seats are back, of a processor when idle, bytes for 10,000 seats."


class RunningRelay:
    """The relay's process."""

    def __init__(self, home: Path, seats: int, port: int) -> None:
        options = ["relay", "--bind=127.0.0.1", "--address=127.0.0.1:" + str(port), f"--port={port}", "--metrics=0"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", RELAY, *options, f"--seats={seats}"],
            env={**os.environ, "PEERAPI_HOME": str(home)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.word = self._process.stdout.readline().strip()

    @property
    def memory(self) -> int:
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    @property
    def computed(self) -> float:
        """Seconds of processors."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate(timeout=120)


class Nodes:
    """Those of one process who have seats."""

    def __init__(self, relay: Known, first: int, count: int) -> None:
        key, endpoint = KeyPair.generate(), relay.access.endpoint
        self._first = first
        self.controls = [self._control(relay, self._seat(endpoint, key, number)) for number in range(count)]

    @staticmethod
    def _seat(endpoint: RelayEndpoint, key: KeyPair, number: int) -> Seat:
        modifier = number.to_bytes(seat.MODIFIER_SIZE, "big")
        return Seat(seat.address_of(endpoint, modifier, key.public.spki), modifier, key.public.spki, key.sign)

    @staticmethod
    def _control(relay: Known, own: Seat) -> Control:
        machine = Seats((relay,), lambda known: own, SystemRandom())
        return Control(machine, lambda: None, lambda: None, lambda ringing: None)

    async def run(self, tell: Callable[[int], None]) -> None:
        """Task: take the seats, and tell how many there are whenever that has changed."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tell, tell)
            for number, control in enumerate(self.controls):
                nursery.start_soon(control.run)
                if (number + 1) % (STARTED_A_SECOND // PROCESSES) == 0:
                    await trio.sleep(1.0)

    async def _tell(self, tell: Callable[[int], None]) -> None:
        told = -1
        while True:
            seated = sum(one.seats.seated is not None for one in self.controls)
            if seated != told:
                told = seated
                tell(seated)
            await trio.sleep(LOOK)

    def from_many_addresses(self) -> None:
        """Each connection of this process comes from another address of the machine itself."""
        dial, count = network.dial, iter(range(self._first, 1 << 22))

        async def from_elsewhere(address: Address, prepare: object = None) -> socket.socket:
            number = next(count) % (1 << 16)
            own = f"127.{1 + (number >> 8) % 250}.{number & 0xFF}.1"

            def bind(sock: socket.socket) -> None:
                sock.bind((f"::ffff:{own}" if sock.family == socket.AF_INET6 else own, 0))

            return await dial(address, bind)

        calling.network.dial = from_elsewhere


def many_descriptors() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def take_seats(word_of_relay: str, first: int, count: int, told: Connection) -> None:
    """What a process of nodes does until it is ended."""
    many_descriptors()
    seat.WORK_BITS = 0
    nodes = Nodes(word.read(word_of_relay), first, count)
    nodes.from_many_addresses()
    trio.run(nodes.run, told.send)


class ProcessOfNodes:
    """The other side of ``take_seats``."""

    def __init__(self, word_of_relay: str, first: int, count: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._heard, told = context.Pipe(duplex=False)
        self._process: BaseProcess = context.Process(target=take_seats, args=(word_of_relay, first, count, told))
        self._process.start()
        told.close()
        self._seated = 0

    @property
    def seated(self) -> int:
        while self._heard.poll():
            self._seated = self._heard.recv()  # EOFError: it has died
        return self._seated

    def kill(self) -> None:
        self._process.kill()
        self._process.join(120)


class Crowd:
    """All processes of nodes."""

    def __init__(self, word_of_relay: str, count: int) -> None:
        share = -(-count // PROCESSES)
        firsts = range(0, count, share)
        self._processes = [ProcessOfNodes(word_of_relay, first, min(share, count - first)) for first in firsts]

    def until(self, wanted: int) -> float:
        """Wait until so many have a seat. Seconds."""
        began = time.monotonic()
        while sum(one.seated for one in self._processes) != wanted:
            time.sleep(LOOK)
        return time.monotonic() - began

    def kill(self) -> None:
        for one in self._processes:
            one.kill()


def measure(count: int) -> bool:
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        home = Path(folder)
        relay = RunningRelay(home, count, port)
        empty = relay.memory
        crowd = Crowd(relay.word, count)
        try:
            crowd.until(count)
            memory = relay.memory
            each = (memory - empty) / count / 1024
            print(f"memory      {memory / 1e6:.0f} MB with {count:,} seats, {each:.1f} KiB a seat", flush=True)
            before, began = relay.computed, time.monotonic()
            time.sleep(IDLE)
            share = (relay.computed - before) / (time.monotonic() - began)
            print(f"idle        {100 * share:.1f} % of a processor (limit {100 * SHARE:.0f} %)", flush=True)
            relay.kill()
            crowd.until(0)
            relay = RunningRelay(home, count, port)
            back = crowd.until(count)
            used = relay.computed
            print(f"restarted   all back after {back:.1f} s (limit {BACK:.0f} s); the relay has computed {used:.1f} s")
        finally:
            crowd.kill()
            relay.kill()
        return back <= BACK and share <= SHARE and memory <= max(1.0, count / 10_000) * MEMORY


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.relay.many_seats", description=__doc__)
    parser.add_argument("--seats", type=int, default=10_000)
    options = parser.parse_args()
    many_descriptors()
    return int(not measure(options.seats))


if __name__ == "__main__":
    raise SystemExit(main())
