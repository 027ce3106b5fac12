"""Yggdrasil, an overlay network, between two homes behind symmetric routers: nothing is set, and no relay is known.

Where Yggdrasil is not installed, or homes cannot be made, the test is not collected, and the header of the test run
says why. ``make test`` does not install it by itself: the package begins a daemon of its own, which looks for others.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from peerapi.address import Address
from peerapi.reach.netcheck import overlay
from tests.relay.test_netcheck import netcheck
from tests.support import homes
from tests.support.homes import House, Kind, internet
from tests.test_addresses import CALLER, FOUNDER, line, running

PORT = 9001
INTERFACE = "overlay"
PATIENCE = 120.0


def missing() -> str:
    """Why it cannot be tried."""
    if shutil.which("yggdrasil") is None:
        return "yggdrasil is not installed"
    return homes.missing(Kind.PUBLIC, Kind.SYMMETRIC)


@contextmanager
def yggdrasil(house: House, *peers: str, listens: bool = False) -> Iterator[str]:
    """The daemon in a house; the address that it gives the host."""
    switch = "for one in all default lo; do echo 0 > /proc/sys/net/ipv6/conf/$one/disable_ipv6; done"
    subprocess.run([*house.before, "sh", "-c", switch], check=True, timeout=120)
    made = subprocess.run(["yggdrasil", "-genconf", "-json"], check=True, capture_output=True, text=True, timeout=120)
    settings = json.loads(made.stdout) | {
        "Peers": list(peers),
        "Listen": [f"tcp://0.0.0.0:{PORT}"] if listens else [],
        "AdminListen": "none",
        "MulticastInterfaces": [],
        "IfName": INTERFACE,
    }
    daemon = subprocess.Popen(
        [*house.before, "yggdrasil", "-useconf"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        assert daemon.stdin is not None
        daemon.stdin.write(json.dumps(settings))
        daemon.stdin.close()
        command = ["ip", "-n", house.host, "-json", "address", "show", "dev", INTERFACE]
        end = time.monotonic() + PATIENCE
        while True:
            assert daemon.poll() is None
            assert time.monotonic() < end
            shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False).stdout
            found = [two["local"] for one in json.loads(shown or "[]") for two in one.get("addr_info", ())]
            wide = [one for one in found if overlay(Address.parse(one, 0)) == "Yggdrasil"]
            if wide:
                yield wide[0]
                return
    finally:
        daemon.kill()
        daemon.wait(PATIENCE)


if not missing():

    def test_two_homes_meet_over_yggdrasil(tmp_path: Path) -> None:
        kinds = (Kind.PUBLIC, Kind.SYMMETRIC, Kind.SYMMETRIC)
        with internet("overlay", *kinds) as (middle, here, there), ExitStack() as stack:
            stack.enter_context(yggdrasil(middle, listens=True))
            own = [
                stack.enter_context(yggdrasil(house, f"tcp://{middle.public_address}:{PORT}"))
                for house in (here, there)
            ]
            founder = stack.enter_context(running(here, FOUNDER, tmp_path / "a"))
            first = line(founder).split()[0]
            assert first.startswith(f"[{own[0]}]:"), "the overlay's address comes first: it works from elsewhere"
            caller = stack.enter_context(running(there, CALLER, tmp_path / "b", first))
            assert line(caller, "synchronized")
            _, found = netcheck("", tmp_path / "c", there.before, "--no-routers")
            assert found["overlays"] == ["Yggdrasil"]
