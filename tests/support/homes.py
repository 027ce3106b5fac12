"""Homes: a router and a host behind it, each a network namespace, around a bridge that is the internet.

Nothing leaves the namespaces, so the addresses can be any that look public; those for documentation do not, to
routers. Needs root, iproute2 and nftables, and for a router that opens ports on request miniupnpd.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from peerapi.path_kind import PathKind
from peerapi.reach.port_control import PORT
from tests.support import namespaces
from tests.support.namespaces import ip

INTERNET = "20.0.0."
HOME = "192.168.1."
CARRIER = "100.64.0."
"Shared by customers of a carrier (RFC 6598)."
INTERNET_IPV6, HOME_IPV6 = "2a0f:10::", "2a0f:10:{number:x}::"
"Routed to each house that has IPv6."
_KEEPS_OUT = """
table inet keeps_out {{
    chain forward {{
        type filter hook forward priority 0; policy drop;
        ct state established,related accept
        iifname "lan" accept
        ct status dnat accept
    }}
    chain input {{
        type filter hook input priority 0; policy accept;
        iifname "wan" ct state new drop
    }}
}}
table ip translates {{
    chain out {{
        type nat hook postrouting priority 100;
        oifname "wan" {how}
    }}
}}
"""
_FOR_MINIUPNPD = """
table inet filter {
    chain miniupnpd {
    }
    chain prerouting {
        type nat hook prerouting priority -100; policy accept;
        jump prerouting_miniupnpd
    }
    chain postrouting {
        type nat hook postrouting priority 99; policy accept;
        jump postrouting_miniupnpd
    }
    chain prerouting_miniupnpd {
    }
    chain postrouting_miniupnpd {
    }
}
"""


class Kind(enum.Enum):
    """What stands between a host and the internet."""

    PUBLIC = "P"
    "Nothing: it has a public address."
    MAPPED = "M"
    "A router that keeps everybody out, and opens ports for whoever asks by PCP or NAT-PMP."
    CONE = "C"
    "A router that keeps everybody out, and keeps the ports of those who go out."
    SYMMETRIC = "S"
    "A router that keeps everybody out, and draws a port for each connection."
    CARRIER = "G"
    "A router behind the carrier's, which keeps everybody out and draws a port for each connection of its customers."
    CLOSED = "V"
    "IPv6 that is routed, and lets only answers in; IPv4 as SYMMETRIC."


_LETS_IN = (Kind.PUBLIC, Kind.MAPPED)


def _path(caller: Kind, callee: Kind) -> PathKind:
    if callee in _LETS_IN:
        return PathKind.DIRECT
    if caller in _LETS_IN:
        return PathKind.REVERSED
    return PathKind.PUNCHED if caller is callee and caller in (Kind.CONE, Kind.CLOSED) else PathKind.RELAYED


PATHS = {(caller, callee): _path(caller, callee) for caller in Kind for callee in Kind}
"By which way a caller comes to who is called."


@functools.cache
def missing(*kinds: Kind) -> str:
    """Why this machine cannot make such homes; empty when it can."""
    if namespaces.missing():
        return namespaces.missing()
    wanted = {"nft": "nftables"} if set(kinds) - {Kind.PUBLIC} else {}
    if Kind.MAPPED in kinds:
        wanted["miniupnpd"] = "miniupnpd-nftables"
    for program, package in wanted.items():
        if shutil.which(program) is None:
            return f"{package} is not installed"
    try:
        with internet("trial", *kinds):
            return ""
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)


@dataclass(frozen=True)
class House:
    """A host, and its router if it has one; ``number`` ends the public address."""

    kind: Kind
    number: int
    host: str
    router: str | None
    carrier: str | None = None
    "The carrier's router, before the one of the house."

    @property
    def before(self) -> tuple[str, ...]:
        """What runs a program on the host."""
        return ("ip", "netns", "exec", self.host)

    @property
    def public_address(self) -> str:
        return f"{INTERNET}{self.number}"

    @property
    def own_address(self) -> str:
        """What the host itself has."""
        return self.public_address if self.router is None else f"{HOME}2"


@contextlib.contextmanager
def internet(tag: str, *kinds: Kind, delay: float = 0.0) -> Iterator[list[House]]:
    """A house of each kind, in that order. Only CLOSED ones have IPv6. ``delay``: seconds from each to the others."""
    houses = [
        House(
            kind,
            number,
            namespaces.name(tag, 10 + number),
            None if kind is Kind.PUBLIC else namespaces.name(tag, 50 + number),
            namespaces.name(tag, 90 + number) if kind is Kind.CARRIER else None,
        )
        for number, kind in enumerate(kinds, 1)
    ]
    bridge = namespaces.name(tag, 0)
    names = [bridge, *(one for house in houses for one in (house.host, house.router, house.carrier) if one)]
    with namespaces.made(*names), contextlib.ExitStack() as stack:
        ip("-n", bridge, "link", "add", "bridge", "type", "bridge", "mcast_snooping", "0")
        ip("-n", bridge, "link", "set", "bridge", "up")
        for house in houses:
            _build(bridge, house)
            if house.kind is Kind.MAPPED:
                stack.enter_context(_port_opener(house))
        _lead_to_each_other([one for one in houses if one.kind is Kind.CLOSED])
        if delay:
            stack.enter_context(_delayed(bridge, houses, delay))
        yield houses


@contextlib.contextmanager
def _delayed(bridge: str, houses: Sequence[House], delay: float) -> Iterator[None]:
    """A forwarder between each house and the bridge."""
    plugs = [f"plug{one.number}" for one in houses]
    for plug in plugs:
        ip("-n", bridge, "link", "set", plug, "nomaster")
    command = ["ip", "netns", "exec", bridge, sys.executable, "-m", "tests.support.delay", str(delay), *plugs]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forwarder:
        try:
            assert forwarder.stdout is not None
            if forwarder.stdout.readline() != "ready\n":
                raise OSError("nothing is forwarded with a delay")
            for plug in plugs:
                ip("-n", bridge, "link", "set", plug.replace("plug", "tap"), "master", "bridge", "up")
            yield
        finally:
            forwarder.kill()


def _build(bridge: str, house: House) -> None:
    has_ipv6 = house.kind is Kind.CLOSED
    for name in filter(None, (house.host, house.router, house.carrier)):
        _alone(name, has_ipv6=has_ipv6)
    if house.router is None:
        _plug_in(bridge, house, house.host, "cable")
        return
    if house.carrier is not None:
        _plug_in(bridge, house, house.carrier, "wan")
        _connect(house.carrier, house.router, "wan", CARRIER)
        _keep_out(house.carrier, "masquerade fully-random")
    else:
        _plug_in(bridge, house, house.router, "wan")
    _connect(house.router, house.host, "cable", HOME)
    drawn = house.kind in (Kind.SYMMETRIC, Kind.CLOSED)
    how = "masquerade fully-random" if drawn else f"snat to {house.public_address}"
    _keep_out(house.router, how if house.kind in (Kind.SYMMETRIC, Kind.CLOSED, Kind.CONE) else "masquerade")
    if house.kind is Kind.MAPPED:
        _run(house.router, ["nft", "-f", "-"], _FOR_MINIUPNPD)
    if has_ipv6:
        ip("-n", house.router, "address", "add", f"{INTERNET_IPV6}{house.number}/64", "dev", "wan", "nodad")
        prefix = HOME_IPV6.format(number=house.number)
        ip("-n", house.router, "address", "add", f"{prefix}1/64", "dev", "lan", "nodad")
        ip("-n", house.host, "address", "add", f"{prefix}2/64", "dev", "cable", "nodad")
        ip("-n", house.host, "-6", "route", "add", "default", "via", f"{prefix}1")


def _lead_to_each_other(houses: Sequence[House]) -> None:
    """Routes of IPv6 from each router to the others."""
    for house in houses:
        for other in houses:
            if other is not house and house.router is not None:
                way = ("via", f"{INTERNET_IPV6}{other.number}")
                ip("-n", house.router, "-6", "route", "add", f"{HOME_IPV6.format(number=other.number)}/64", *way)


def _connect(router: str, inner: str, interface: str, network: str) -> None:
    """Put somebody behind a router."""
    ip("-n", router, "link", "add", "lan", "type", "veth", "peer", "name", interface, "netns", inner)
    _set_up(router, "lan", f"{network}1/24")
    _set_up(inner, interface, f"{network}2/24")
    ip("-n", inner, "route", "add", "default", "via", f"{network}1")
    _run(router, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])


def _keep_out(router: str, how: str) -> None:
    _run(router, ["nft", "-f", "-"], _KEEPS_OUT.format(how=how))


@contextlib.contextmanager
def _port_opener(house: House) -> Iterator[None]:
    """miniupnpd on the router of a house."""
    assert house.router is not None
    settings = Path(f"/run/netns/{house.router}.miniupnpd")
    settings.write_text(
        "ext_ifname=wan\nlistening_ip=lan\nhttp_port=0\nenable_natpmp=yes\nenable_upnp=no\nsecure_mode=yes\n"
        "system_uptime=yes\nuuid=00000000-0000-0000-0000-000000000000\nallow 1024-65535 0.0.0.0/0 1024-65535\n",
        encoding="ascii",
    )
    command = ["ip", "netns", "exec", house.router, "miniupnpd", "-d", "-f", str(settings), "-P", "/dev/null"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
        try:
            sockets = ["ip", "netns", "exec", house.router, "cat", "/proc/net/udp"]
            end = time.monotonic() + 120
            while f":{PORT:04X} " not in subprocess.check_output(sockets, text=True, timeout=120):
                if daemon.poll() is not None or time.monotonic() > end:
                    raise OSError("miniupnpd does not listen")
            yield
        finally:
            daemon.kill()
            settings.unlink()


def _plug_in(bridge: str, house: House, owner: str, interface: str) -> None:
    plug = f"plug{house.number}"
    ip("-n", bridge, "link", "add", plug, "type", "veth", "peer", "name", interface, "netns", owner)
    ip("-n", bridge, "link", "set", plug, "master", "bridge", "up")
    _set_up(owner, interface, f"{house.public_address}/24")


def _set_up(owner: str, interface: str, address: str) -> None:
    ip("-n", owner, "link", "set", interface, "up")
    ip("-n", owner, "address", "add", address, "dev", interface)


def _alone(owner: str, *, has_ipv6: bool) -> None:
    ip("-n", owner, "link", "set", "lo", "up")
    switch = "all/forwarding" if has_ipv6 else "*/disable_ipv6"
    _run(owner, ["sh", "-c", f"for one in /proc/sys/net/ipv6/conf/{switch}; do echo 1 > $one; done"])
    if has_ipv6:
        _run(owner, ["sh", "-c", "for one in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 > $one; done"])


def _run(owner: str, command: Sequence[str], said: str = "") -> None:
    whole = ["ip", "netns", "exec", owner, *command]
    done = subprocess.run(whole, input=said, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
