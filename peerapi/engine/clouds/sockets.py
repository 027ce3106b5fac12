"""The sockets of one cloud: its datagrams, and on a link the SSDP group by which its nodes find each other.

A link-local cloud is bound to an address of its interface, so nothing of another link reaches it and nothing leaves
through another one. Several processes of a machine are members of the group at once; each gets what comes to it.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterable

import peerapi.process as process
from peerapi.address import Address
from peerapi.errors import ServiceNotAvailable
from peerapi.pnrp import ssdp
from peerapi.pnrp.outputs import MulticastSsdp, SendDatagram, SendSsdp


class CloudSockets:
    """``datagrams`` carries MS-PNRP. ``search`` sends SSDP and gets answers to it, ``group`` hears what others send
    to all; a cloud without multicast has neither."""

    def __init__(self, datagrams: socket.socket, ip: bytes | None = None, interface: int = 0) -> None:
        """``ip``: the address of a link that ``datagrams`` is bound to."""
        self.datagrams = datagrams
        self.ip = ip
        self.interface = interface
        self.port: int = datagrams.getsockname()[1]
        self.search: socket.socket | None = None
        self.group: socket.socket | None = None

    @classmethod
    def bound(cls, host: str, ports: Iterable[int]) -> CloudSockets:
        """A socket on the first of ``ports`` that is free. ServiceNotAvailable: there is no IPv6."""
        return cls(_first_free(host, 0, ports))

    @classmethod
    def on_link(cls, address: Address | None, interface: int, ports: Iterable[int]) -> CloudSockets:
        """The same on one interface, with multicast. ServiceNotAvailable: it has no address, or not yet."""
        if address is None:
            raise ServiceNotAvailable("The interface has no link-local address.")
        sockets = cls(_first_free(address.host, interface, ports), address.ip, interface)
        try:
            sockets._open_multicast(address.host)
        except OSError as error:
            sockets.close()
            raise ServiceNotAvailable(f"No multicast on this interface: {error}") from error
        return sockets

    def _open_multicast(self, host: str) -> None:
        self.search = search = _udp()
        search.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self.interface)
        search.bind((host, 0, 0, self.interface))
        self.group = group = _udp()
        group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Bound to the group itself, it hears this group on this interface and nothing else.
        group.bind((ssdp.GROUP.host, ssdp.GROUP.port, 0, self.interface))
        member = ssdp.GROUP.ip + struct.pack("@I", self.interface)
        group.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)

    @property
    def multicast(self) -> tuple[socket.socket, ...]:
        """The sockets at which SSDP comes in."""
        return tuple(one for one in (self.search, self.group) if one is not None)

    def send(self, output: SendDatagram | MulticastSsdp | SendSsdp) -> None:
        """Never waits. A datagram may get lost at any time, here too; the machine asks again."""
        with contextlib.suppress(OSError):
            if isinstance(output, SendDatagram):
                self.datagrams.sendto(output.data, output.address.sockaddr)
            elif self.search is not None:
                address = ssdp.GROUP if isinstance(output, MulticastSsdp) else output.address
                self.search.sendto(output.data, address._replace(scope=self.interface).sockaddr)

    def is_own(self, source: Address) -> bool:
        """Whether an SSDP datagram is what we sent ourselves."""
        own = self.search.getsockname() if self.search is not None and self.search.fileno() >= 0 else None
        return own is not None and (own[0].partition("%")[0], own[1]) == (source.host, source.port)

    def close(self) -> None:
        for one in (self.datagrams, *self.multicast):
            process.disown(one)


def _udp() -> socket.socket:
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    process.own(sock)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setblocking(False)
    return sock


def _first_free(host: str, interface: int, ports: Iterable[int]) -> socket.socket:
    problem: OSError | None = None
    for port in ports:
        try:
            sock = _udp()
        except OSError as error:
            raise ServiceNotAvailable(str(error)) from error
        try:
            sock.bind((host, port, 0, interface))
            return sock
        except OSError as error:
            process.disown(sock)
            problem = error
    raise ServiceNotAvailable(str(problem))
