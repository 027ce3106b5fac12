"""Which PNRP clouds this process takes part in (MS-PNRP 1.3.3, 2.1).

With nothing configured there is one: the *loopback cloud*, of all processes of this machine. Each binds the first free
port of a small range at ::1, so everybody knows where the others can be, and no seed is needed. ``Global_`` comes on
top of it as soon as a seed is named, and a link-local cloud for each interface that is named: nothing leaves the
machine unless somebody has said so.

Environment: ``PEERAPI_PNRP_PORT``, first port of the range; ``PEERAPI_PNRP_SEEDS``, ``[address]:port`` of nodes of
``Global_``, separated by commas, addresses only; ``PEERAPI_PNRP_LINKS``, names of interfaces, separated by commas, or
``all``; ``PEERAPI_PNRP_PROFILE``, ``modern`` or ``published``.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from peerapi.address import LOOPBACK, Address
from peerapi.engine import network
from peerapi.engine.clouds.sockets import CloudSockets
from peerapi.environment import variable
from peerapi.errors import InvalidArgument
from peerapi.pnrp.algorithms import MODERN, PUBLISHED, Profile
from peerapi.ring.scope import Scope

LOOPBACK_CLOUD = "Loopback_"
GLOBAL_CLOUD = "Global_"
LINK_CLOUD = "LinkLocal_ff00::%{}/8"
"The name of a link's cloud, with the index of its interface."
ALL_LINKS = "all"
FIRST_PORT = 3540
PORTS = 32
"Ports of the range. A process that finds none free listens elsewhere, and looks for the others just as well."
LOWEST_PORT = 1025
PROFILES = {"modern": MODERN, "published": PUBLISHED}
SCOPE_NUMBERS = {Scope.GLOBAL: 1, Scope.SITE_LOCAL: 2, Scope.LINK_LOCAL: 3, Scope.LOOPBACK: 3}
"PNRP_SCOPE. It has no word for loopback: to a program that is a link like others, with the index of ``lo``."


@dataclass(frozen=True, slots=True)
class Plan:
    """A cloud that this process can take part in."""

    name: str
    scope: Scope
    scope_id: int
    "Index of its interface; 0 for the global cloud."
    profile: Profile
    first_port: int
    seeds: tuple[Address, ...] = ()

    @property
    def range(self) -> tuple[Address, ...]:
        """Where nodes of the loopback cloud are looked for; empty in other clouds."""
        if self.scope is not Scope.LOOPBACK:
            return ()
        return tuple(Address(LOOPBACK, port) for port in range(self.first_port, self.first_port + PORTS))

    @property
    def is_link(self) -> bool:
        return self.scope is Scope.LINK_LOCAL

    def addresses(self) -> list[Address]:
        """Addresses of this machine, port 0, that a node of the cloud can have."""
        if self.scope is Scope.LOOPBACK:
            return [Address(LOOPBACK, 0)]
        found = [
            address
            for address, index in network.interface_addresses()
            if self.scope.fits(address.ip) and self.scope_id in (0, index)
        ]
        return [address._replace(scope=0) for address in found]

    def bind(self) -> CloudSockets:
        """Sockets on the first free port. ServiceNotAvailable: there is no IPv6, or the link has no address yet."""
        ports = (*range(self.first_port, self.first_port + PORTS), 0)
        if not self.is_link:
            return CloudSockets.bound("::1" if self.scope is Scope.LOOPBACK else "::", ports)
        address = next(iter(self.addresses()), None)
        return CloudSockets.on_link(address, self.scope_id, ports)


def plans() -> tuple[Plan, ...]:
    """The clouds there are, as the environment has them, the widest first. InvalidArgument: it cannot be
    understood."""
    profile = PROFILES.get(variable("PEERAPI_PNRP_PROFILE", "modern"))
    if profile is None:
        raise InvalidArgument("PEERAPI_PNRP_PROFILE is modern or published.")
    text = variable("PEERAPI_PNRP_PORT", str(FIRST_PORT))
    if not text.isdecimal() or not LOWEST_PORT <= int(text) <= 0x10000 - PORTS:
        raise InvalidArgument(f"PEERAPI_PNRP_PORT is a number from {LOWEST_PORT} to {0x10000 - PORTS}.")
    port = int(text)
    found = []
    seeds = parse_seeds(variable("PEERAPI_PNRP_SEEDS", ""))
    if seeds:
        found.append(Plan(GLOBAL_CLOUD, Scope.GLOBAL, 0, profile, port, seeds))
    for index in links(variable("PEERAPI_PNRP_LINKS", "")):
        found.append(Plan(LINK_CLOUD.format(index), Scope.LINK_LOCAL, index, profile, port))
    found.append(Plan(LOOPBACK_CLOUD, Scope.LOOPBACK, _loopback_index(), profile, port))
    return tuple(found)


def links(text: str) -> Iterator[int]:
    """The interfaces that ``text`` names, as indexes: those there are, and for ``all`` those with a link-local
    address. InvalidArgument: the loopback interface is no link."""
    wanted = {part.strip() for part in text.split(",")} - {""}
    if not wanted:
        return
    addressed = {index for address, index in network.interface_addresses() if address.has_zone}
    loopback = _loopback_index()
    for index, name in socket.if_nameindex():
        if index == loopback:
            if name in wanted:
                raise InvalidArgument(f"PEERAPI_PNRP_LINKS: {name} is no link; {LOOPBACK_CLOUD} is there anyway.")
        elif name in wanted or (ALL_LINKS in wanted and index in addressed):
            yield index


def parse_seeds(text: str) -> tuple[Address, ...]:
    """``[address]:port,...``; brackets may be left out. InvalidArgument."""
    found = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        host, _, port = item.rpartition(":")
        try:
            address = Address.parse(host.removeprefix("[").removesuffix("]"), int(port))
        except ValueError as error:
            raise InvalidArgument(f"PEERAPI_PNRP_SEEDS: {item} is no [IPv6 address]:port.") from error
        if address.is_ipv4:
            raise InvalidArgument(f"PEERAPI_PNRP_SEEDS: {item} is of IPv4, and clouds of peer names speak IPv6 only.")
        if not LOWEST_PORT <= address.port <= 0xFFFF:
            raise InvalidArgument(f"PEERAPI_PNRP_SEEDS: {item} has no port above 1024.")
        found.append(address)
    return tuple(found)


def _loopback_index() -> int:
    return next((index for index, name in socket.if_nameindex() if name == "lo"), 1)
