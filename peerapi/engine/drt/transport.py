"""Where a node of a table listens: one socket of UDP, bound when it is made, of one node at a time (drt.h).

Nothing goes to a network unless somebody has said so: the global and the site-local scope are ::1 until
``PEERAPI_DRT_GLOBAL`` is 1, and a link is used only when ``PEERAPI_PNRP_LINKS`` names its interface.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import threading

import peerapi.process as process
from peerapi.address import LOOPBACK, Address
from peerapi.drt.border import TransportScope
from peerapi.engine import network
from peerapi.engine.clouds.network import links
from peerapi.environment import variable
from peerapi.errors import InvalidPort, TransportInUse, TransportStillBound, WrappedWin32Error, os_failure
from peerapi.ring.scope import Scope

LOWEST_PORT = 1024
WSAEADDRINUSE = 10048
ISATAP = 0xFFFFFFFF
"Scope ID that means the ISATAP interface, of which Linux has none."


class Transport:
    """DrtCreateIpv6UdpTransport. A port of 0 takes any; a taken one is a wrapped WSAEADDRINUSE."""

    def __init__(self, scope: TransportScope, scope_id: int, locality_threshold: int, port: int) -> None:
        """InvalidPort: below 1024, and not 0."""
        if port and not LOWEST_PORT <= port <= 0xFFFF:
            raise InvalidPort
        self.locality_threshold = locality_threshold
        self._lock = threading.Lock()
        self._user: object | None = None
        self.scope, self.scope_id = self._place(scope, scope_id)
        self.socket = _bound(self.scope, self.scope_id, port)
        self.port: int = self.socket.getsockname()[1]

    def _place(self, scope: TransportScope, scope_id: int) -> tuple[Scope, int]:
        if scope is TransportScope.LINK_LOCAL:
            return Scope.LINK_LOCAL, scope_id
        if variable("PEERAPI_DRT_GLOBAL", "") != "1":
            return Scope.LOOPBACK, 0
        return (Scope.GLOBAL if scope is TransportScope.GLOBAL else Scope.SITE_LOCAL), 0

    def addresses(self, most: int) -> tuple[Address, ...]:
        """Where a node is found here, at most so many; none: there is no network for it now."""
        if self.scope is Scope.LOOPBACK:
            return (Address(LOOPBACK, self.port),)
        if self.scope is Scope.LINK_LOCAL and (
            self.scope_id == ISATAP or self.scope_id not in set(links(variable("PEERAPI_PNRP_LINKS", "")))
        ):
            return ()
        found = [
            Address(address.ip, self.port)
            for address, index in network.interface_addresses()
            if self.scope.fits(address.ip) and self.scope_id in (0, index)
        ]
        return tuple(found[:most])

    def hears(self, source: Address) -> bool:
        """Whether a datagram from there is for this table: what comes over another link is not."""
        return self.scope is not Scope.LINK_LOCAL or source.scope == self.scope_id

    @property
    def instance(self) -> object | None:
        """The node that uses it."""
        return self._user

    def attach(self, user: object) -> None:
        """TransportInUse."""
        with self._lock:
            if self._user is not None:
                raise TransportInUse
            self._user = user

    def detach(self) -> None:
        with self._lock:
            self._user = None

    def send(self, address: Address, data: bytes) -> None:
        """Never waits. A datagram may get lost at any time, here too; the machine asks again."""
        with contextlib.suppress(OSError):
            self.socket.sendto(data, address.sockaddr)

    def close(self) -> None:
        """DrtDeleteIpv6UdpTransport. TransportStillBound: a node uses it."""
        with self._lock:
            if self._user is not None:
                raise TransportStillBound
        process.disown(self.socket)


class LoopbackTransport(Transport):
    """A place on this machine, whatever else tables may use."""

    def __init__(self, port: int) -> None:
        super().__init__(TransportScope.GLOBAL, 0, 0, port)

    def _place(self, scope: TransportScope, scope_id: int) -> tuple[Scope, int]:
        return Scope.LOOPBACK, 0


def _bound(scope: Scope, scope_id: int, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    process.own(sock)
    try:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        if scope is Scope.LOOPBACK:
            sock.bind(("::1", port, 0, 0))
        else:
            sock.bind(("::", port, 0, 0))
    except OSError as error:
        process.disown(sock)
        raise _failure(error) from error
    return sock


def _failure(error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return WrappedWin32Error(WSAEADDRINUSE, "The port is taken already.")
    return os_failure(error)
