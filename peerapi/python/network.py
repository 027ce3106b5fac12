"""What kind of network this machine is in, for programs that tell their user."""

from __future__ import annotations

from dataclasses import dataclass

from peerapi.engine.reach.known import relays
from peerapi.engine.reach.netcheck import measured
from peerapi.python import arguments, hosts
from peerapi.reach import netcheck
from peerapi.store.data_folder import data_folder


@dataclass(frozen=True, slots=True)
class NetworkCheck:
    """What was concluded of a network, in words."""

    kind: str
    "What kind of network it is."
    sentence: str
    "What that means for who wants to meet others, and what helps."
    reached_directly: bool
    "Whether others reach this machine without a relay."


async def check_network(*, ask_routers: bool = True) -> NetworkCheck:
    """Look at this machine's network, and ask the relays that the user knows: what ``peerapi netcheck`` says. It takes
    up to ten seconds. ``ask_routers``: also have the routers open a port, which is given back. Raises TypeError."""
    arguments.a(bool, "ask_routers", "a bool", ask_routers)
    seen = await hosts.current().in_thread(lambda: measured(relays(data_folder()), ask_routers=ask_routers))
    home = netcheck.conclude(seen.addresses, seen.mapped, seen.relays)
    direct = home in (netcheck.Home.PUBLIC, netcheck.Home.MAPPED)
    return NetworkCheck(home.value, netcheck.sentence(home, seen.relays), direct)
