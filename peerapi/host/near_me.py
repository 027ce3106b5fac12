"""People near by over sockets: a ``collab.nearby`` for the machine itself, and one for each link that the user names.

The hosts of one machine share sixteen UDP ports at ::1 (127.0.0.1 where IPv6 is switched off); each binds the first
that is free and speaks to all of them.
On a link they speak to the group of WS-Discovery (ff02::c, port 3702). What is sent there does not come back to this
machine, so nobody is heard twice.
"""

from __future__ import annotations

import os
import random
import socket
from typing import Protocol

import trio

from peerapi.address import Address
from peerapi.collab.discovery import MAX_DATAGRAM
from peerapi.collab.local import MAX_PEOPLE
from peerapi.collab.nearby import Nearby
from peerapi.collab.values import Person
from peerapi.engine.multicast import Multicast
from peerapi.engine.network import loopback
from peerapi.engine.runtime import SystemRandom
from peerapi.engine.socket_families import udp_socket
from peerapi.environment import variable
from peerapi.errors import InvalidArgument, ServiceNotAvailable
from peerapi.host.desk import Desk
from peerapi.log import Log

FIRST_PORT = 36704
PORTS = 16
VARIABLE = "PEERAPI_COLLAB_PORT"
GROUP = Address.parse("ff02::c", 3702)
"Of WS-Discovery (section 2.4), on the link only."
log = Log("host")


def first_port() -> int:
    """Of the sixteen. Raises InvalidArgument."""
    text = variable(VARIABLE, str(FIRST_PORT))
    if not text.isdecimal() or not 1024 <= int(text) <= 0x10000 - PORTS:
        raise InvalidArgument(f"{VARIABLE} is a number from 1024 to {0x10000 - PORTS}.")
    return int(text)


class Carrier(Protocol):
    """What carries datagrams."""

    sockets: tuple[socket.socket, ...]
    "Where they come in."

    def send(self, data: bytes, target: Address | None) -> None:
        """Never waits. ``target`` None: to all. Raises OSError."""

    def is_other(self, source: Address) -> bool:
        """Whether a datagram came from where somebody else of this scope can be."""

    def close(self) -> None: ...


class Machine:
    """The hosts of this machine. Raises InvalidArgument, ServiceNotAvailable, Ipv6NotInstalled; a Carrier."""

    def __init__(self) -> None:
        first = first_port()
        self._ports = range(first, first + PORTS)
        (self._here,) = loopback()
        self._sock = _bound(self._here, self._ports)
        self._host = self._here.ipv6_host if self._sock.family == socket.AF_INET6 else self._here.host
        self._own: int = self._sock.getsockname()[1]
        self.sockets: tuple[socket.socket, ...] = (self._sock,)

    def send(self, data: bytes, target: Address | None) -> None:
        """See Carrier."""
        for port in self._ports if target is None else (target.port,):
            if port != self._own:
                self._sock.sendto(data, socket.MSG_DONTWAIT, (self._host, port))

    def is_other(self, source: Address) -> bool:
        """See Carrier."""
        return source.ip == self._here.ip and source.port in self._ports and source.port != self._own

    def close(self) -> None:
        """See Carrier."""
        self._sock.close()


class Link:
    """The hosts of a link, at which this machine has the address ``own``. Raises OSError; a Carrier."""

    def __init__(self, own: Address) -> None:
        self._own = own
        self._multicast = Multicast(own._replace(port=0), own.scope, GROUP, to_ourselves=False)
        self.sockets: tuple[socket.socket, ...] = (self._multicast.own, self._multicast.group)

    def send(self, data: bytes, target: Address | None) -> None:
        """See Carrier."""
        self._multicast.send(data, target)

    def is_other(self, source: Address) -> bool:
        """See Carrier. An address of the link cannot be that of a packet that a router has passed on."""
        return source.has_zone and source.scope == self._own.scope and source.ip != self._own.ip

    def close(self) -> None:
        """See Carrier."""
        self._multicast.close()


class _Around:
    """Who is near by on one scope."""

    def __init__(self, desk: Desk, carrier: Carrier, random_: random.Random) -> None:
        self.nearby = Nearby(random_)
        self._desk = desk
        self._carrier = carrier
        self._scope = trio.CancelScope()
        self._changed = trio.Event()

    def sign_in(self, nursery: trio.Nursery, port: int) -> None:
        self.nearby.sign_in(self._desk.nickname(), one_line(self._desk.own.name), port, trio.current_time())
        nursery.start_soon(self._run)
        self._carry_out()

    def sign_out(self) -> None:
        self.nearby.sign_out()
        self._end()

    def cut_off(self) -> None:
        self.nearby.cut_off()
        self._end()

    def renamed(self) -> None:
        self.nearby.change(self._desk.nickname(), one_line(self._desk.own.name), trio.current_time())
        self._carry_out()

    def greet(self) -> None:
        self.nearby.greet(trio.current_time())
        self._carry_out()

    def unreachable(self, address: Address) -> None:
        self.nearby.unreachable(address)
        self._carry_out()

    def _end(self) -> None:
        self._carry_out()
        self._scope.cancel()

    async def _run(self) -> None:
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    for sock in self._carrier.sockets:
                        nursery.start_soon(self._hear, sock)
                    await self._keep_time()
        finally:
            self._carrier.close()

    async def _hear(self, sock: socket.socket) -> None:
        while True:
            await trio.lowlevel.wait_readable(sock)
            try:
                data, (host, port, *rest) = sock.recvfrom(MAX_DATAGRAM + 1)
            except OSError:  # it was for somebody else after all, or the link has just gone
                await trio.sleep(0)
                continue
            source = Address.parse(host.partition("%")[0], port, *rest[1:])
            if self._carrier.is_other(source):
                self.nearby.received(data, source, trio.current_time())
                self._carry_out()

    async def _keep_time(self) -> None:
        while True:
            due = self.nearby.next_tick()
            changed = self._changed
            with trio.move_on_at(due if due is not None else float("inf")):
                await changed.wait()
                continue
            self.nearby.tick(trio.current_time())
            self._carry_out()

    def _carry_out(self) -> None:
        outputs, self.nearby.outputs = self.nearby.outputs, []
        events, self.nearby.events = self.nearby.events, []
        for data, target in outputs:
            try:
                self._carrier.send(data, target)
            except OSError as error:
                log.debug("near by: %s", os.strerror(error.errno or 0))
        self._changed.set()
        self._changed = trio.Event()
        self._desk.tell(events)


class NearMe:
    """See the module's text."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._random: random.Random = SystemRandom()
        self._machine: _Around | None = None
        self._links: dict[Address, _Around] = {}

    def sign_in(self, nursery: trio.Nursery, port: int) -> None:
        """Be near by: ``port`` is where one is called. Raises InvalidArgument, ServiceNotAvailable."""
        self._machine = _Around(self._desk, Machine(), self._random)
        self._machine.sign_in(nursery, port)

    def on_links(self, nursery: trio.Nursery, own: set[Address], *, anew: bool) -> None:
        """Be near by on the links at which this user is called at ``own``, and on no others, if signed in. ``anew``:
        a link may have come to another network meanwhile."""
        if self._machine is None:
            return
        for address in own & self._links.keys() if anew else ():
            self._links[address].greet()
        for address in self._links.keys() - own:
            self._links.pop(address).cut_off()
        for address in own - self._links.keys():
            try:
                around = _Around(self._desk, Link(address), self._random)
            except OSError as error:
                log.warning("nobody is near by on the link of %s: %s", address, error)
                continue
            self._links[address] = around
            around.sign_in(nursery, address.port)

    def sign_out(self) -> None:
        for around in self._everywhere():
            around.sign_out()
        self._machine = None
        self._links.clear()

    def renamed(self) -> None:
        """Me or the endpoint may be called otherwise."""
        for around in self._everywhere():
            around.renamed()

    def unreachable(self, address: Address) -> None:
        """Nobody is at an address."""
        for around in self._everywhere():
            around.unreachable(address)

    def people(self) -> list[Person]:
        return [person for around in self._everywhere() for person in around.nearby.people()][:MAX_PEOPLE]

    def _everywhere(self) -> list[_Around]:
        return [] if self._machine is None else [self._machine, *self._links.values()]


def _bound(here: Address, ports: range) -> socket.socket:
    for port in ports:
        sock, where = udp_socket(here._replace(port=port))
        try:
            sock.bind(where)
        except OSError:
            sock.close()
            continue
        sock.setblocking(False)
        return sock
    raise ServiceNotAvailable(f"None of the UDP ports {ports.start} to {ports.stop - 1} at {here.host} can be had.")


def one_line(text: str) -> str:
    """As it is announced."""
    return " ".join(text.split())
