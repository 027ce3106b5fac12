"""Where a user is called: sockets of TCP at ::1 (127.0.0.1 where IPv6 is switched off), on the links that the user has
named, and for the Internet.

All have the same port, which is what others are told. Only addresses of interfaces that are named in PEERAPI_PNRP_LINKS
are listened at, and those of global scope only where PEERAPI_PNRP_SEEDS leads into a cloud: so nobody else can call.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import trio

from peerapi.address import Address
from peerapi.engine.addresses import interface_addresses
from peerapi.engine.network import loopback
from peerapi.engine.socket_families import tcp_socket
from peerapi.environment import variable
from peerapi.log import Log

BACKLOG = 128
Served = Callable[[trio.SocketStream], Awaitable[None]]
log = Log("host")


def on_links() -> set[Address]:
    """This machine's link-local addresses on the links that the user has named, port 0. Raises InvalidArgument."""
    text = variable("PEERAPI_PNRP_LINKS", "")
    if not text:
        return set()
    from peerapi.engine.clouds.network import links

    named = set(links(text))
    found: dict[int, Address] = {}
    for address, interface in interface_addresses():
        if interface in named and address.has_zone:
            found.setdefault(interface, address)
    return set(found.values())


def on_the_internet() -> set[Address]:
    """This machine's addresses of global scope where it takes part in the cloud of that scope, port 0."""
    if not variable("PEERAPI_PNRP_SEEDS", ""):
        return set()
    return {
        address
        for address, _ in interface_addresses()
        if not (address.is_ipv4 or address.is_loopback or address.is_link_local)
    }


class Listening:
    """The sockets. ``serve`` is run for each call that comes."""

    def __init__(self, nursery: trio.Nursery, serve: Served) -> None:
        """At this machine alone. Raises OSError, Ipv6NotInstalled."""
        self._nursery = nursery
        self._serve = serve
        self._open: dict[Address, trio.socket.SocketType] = {}
        (here,) = loopback()
        self.port = self._listen(here)
        self.here = here._replace(port=self.port)
        "Where programs of this machine call."

    @property
    def addresses(self) -> set[Address]:
        return set(self._open)

    def change(self, wanted: set[Address]) -> None:
        """Listen at these addresses besides ``here``, and at no others. One that cannot be had is left out."""
        wanted = {one._replace(port=self.port) for one in wanted}
        for address in self.addresses - wanted - {self.here}:
            self._open.pop(address).close()
        for address in wanted - self.addresses:
            try:
                self._listen(address)
            except OSError as error:
                log.warning("nobody can call at %s: %s", address, error)

    def end(self) -> None:
        """Nobody is let in from now on, not a moment later either."""
        for sock in self._open.values():
            sock.close()
        self._open.clear()

    def _listen(self, address: Address) -> int:
        """-> the port. Raises OSError."""
        raw, where = tcp_socket(address)
        try:
            if raw.family == socket.AF_INET6:
                raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not address.is_ipv4)
            if address.port:  # a connection that has ended a moment ago at that port is in nobody's way
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            raw.bind(where)
            raw.listen(BACKLOG)
            raw.setblocking(False)
        except OSError:
            raw.close()
            raise
        port: int = raw.getsockname()[1]
        sock = self._open[address._replace(port=port)] = trio.socket.from_stdlib_socket(raw)
        self._nursery.start_soon(self._accept, trio.SocketListener(sock))
        return port

    async def _accept(self, listener: trio.SocketListener) -> None:
        async with listener:
            while True:
                try:
                    stream = await listener.accept()
                except trio.ClosedResourceError:
                    return
                except OSError as error:
                    log.warning("nobody can call: %s", error)
                    await trio.sleep(1)
                    continue
                self._nursery.start_soon(self._serve, stream)
