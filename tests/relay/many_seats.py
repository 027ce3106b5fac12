"""A relay with very many seats: its memory, what it costs idle, and how soon all are back when it has been killed and
begun anew. ``python -m tests.relay.many_seats --seats 10000`` (make relay-seats).

Nodes are the real control connections (``engine.reach.sitting.Control``), all in one process, each from an address of
its own in 127/8. Nothing is left out but the proof of work of the seats' addresses, which their owners do once. Each
stands for a machine that answers the relay at once; since they have one processor here, AT_ONCE of them are at their
beginning and the others wait to dial, as they would in the kernel of a relay that does not let them in yet.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
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
AT_ONCE, EVERY = 128, 0.02
"Nodes that are at their beginning, and seconds between two looks at whether others may begin."
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
        self.known = word.read(self._process.stdout.readline().strip())

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
        self._process.communicate(timeout=60)


class Node(Control):
    """One who has a seat."""

    @property
    def is_dialed(self) -> bool:
        return self._current is not None and self._current.sock is not None


class Nodes:
    """Those who have seats."""

    def __init__(self, relay: Known, count: int) -> None:
        key, endpoint = KeyPair.generate(), relay.access.endpoint
        self.controls = [self._control(relay, self._seat(endpoint, key, number)) for number in range(count)]
        self.count = count

    @staticmethod
    def _seat(endpoint: RelayEndpoint, key: KeyPair, number: int) -> Seat:
        modifier = number.to_bytes(seat.MODIFIER_SIZE, "big")
        return Seat(seat.address_of(endpoint, modifier, key.public.spki), modifier, key.public.spki, key.sign)

    @staticmethod
    def _control(relay: Known, own: Seat) -> Node:
        machine = Seats((relay,), lambda known: own, SystemRandom())
        return Node(machine, lambda: None, lambda: None, lambda ringing: None)

    @property
    def beginning(self) -> int:
        """How many have dialed and have no seat yet."""
        return sum(one.seats.seated is None and one.is_dialed for one in self.controls)

    @property
    def seated(self) -> int:
        return sum(one.seats.seated is not None for one in self.controls)

    async def until(self, wanted: Callable[[int], bool]) -> float:
        """Seconds."""
        began = time.monotonic()
        while not wanted(self.seated):
            await trio.sleep(0.05)
        return time.monotonic() - began


def from_many_addresses(door: trio.lowlevel.ParkingLot) -> None:
    """Each connection of this process comes from another address of the machine itself, and waits at the door first."""
    dial, count = network.dial, iter(range(1 << 22))

    async def from_elsewhere(address: Address, prepare: object = None) -> socket.socket:
        await door.park()
        number = next(count) % (1 << 16)
        own = f"127.{1 + (number >> 8) % 250}.{number & 0xFF}.1"

        def bind(sock: socket.socket) -> None:
            sock.bind((f"::ffff:{own}" if sock.family == socket.AF_INET6 else own, 0))

        return await dial(address, bind)

    calling.network.dial = from_elsewhere


async def open_door(door: trio.lowlevel.ParkingLot, nodes: Nodes) -> None:
    """Task: let nodes begin."""
    while True:
        room = AT_ONCE - nodes.beginning
        if room > 0:
            door.unpark(count=room)
        await trio.sleep(EVERY)


async def measure(count: int) -> bool:
    door = trio.lowlevel.ParkingLot()
    from_many_addresses(door)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        home = Path(folder)
        relay = RunningRelay(home, count, port)
        empty = relay.memory
        nodes = Nodes(relay.known, count)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(open_door, door, nodes)
                for number, control in enumerate(nodes.controls):
                    nursery.start_soon(control.run)
                    if number % STARTED_A_SECOND == STARTED_A_SECOND - 1:
                        await trio.sleep(1.0)
                await nodes.until(lambda seated: seated == count)
                memory = relay.memory
                each = (memory - empty) / count / 1024
                print(f"memory      {memory / 1e6:.0f} MB with {count:,} seats, {each:.1f} KiB a seat", flush=True)
                before, began = relay.computed, time.monotonic()
                await trio.sleep(IDLE)
                share = (relay.computed - before) / (time.monotonic() - began)
                print(f"idle        {100 * share:.1f} % of a processor (limit {100 * SHARE:.0f} %)", flush=True)
                relay.kill()
                await nodes.until(lambda seated: seated == 0)
                relay = RunningRelay(home, count, port)
                back = await nodes.until(lambda seated: seated == count)
                used = relay.computed
                print(
                    f"restarted   all back after {back:.1f} s (limit {BACK:.0f} s); the relay has computed {used:.1f} s"
                )
                nursery.cancel_scope.cancel()
        finally:
            relay.kill()
        return back <= BACK and share <= SHARE and memory <= max(1.0, count / 10_000) * MEMORY


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.relay.many_seats", description=__doc__)
    parser.add_argument("--seats", type=int, default=10_000)
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seat.WORK_BITS = 0
    return int(not trio.run(measure, options.seats))


if __name__ == "__main__":
    raise SystemExit(main())
