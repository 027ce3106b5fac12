"""The sockets of one cloud: its datagrams, and on a link the SSDP group by which its nodes find each other.

A link-local cloud is bound to an address of its interface, so nothing of another link reaches it and nothing leaves
through another one.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine.multicast import Multicast, udp
from peerapi.errors import ServiceNotAvailable, os_sentence
from peerapi.pnrp import ssdp
from peerapi.pnrp.outputs import MulticastSsdp, SendDatagram, SendSsdp


class CloudSockets:
    """``datagrams`` carries MS-PNRP; a cloud without multicast has no sockets for SSDP."""

    def __init__(self, datagrams: socket.socket, ip: bytes | None = None, interface: int = 0) -> None:
        """``ip``: the address of a link that ``datagrams`` is bound to."""
        self.datagrams = datagrams
        self.ip = ip
        self.interface = interface
        self.port: int = datagrams.getsockname()[1]
        self._multicast: Multicast | None = None

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
            sockets._multicast = Multicast(address, interface, ssdp.GROUP, to_ourselves=True)
        except OSError as error:
            sockets.close()
            raise ServiceNotAvailable(f"No multicast on this interface: {error}") from error
        return sockets

    @property
    def multicast(self) -> tuple[socket.socket, ...]:
        """The sockets at which SSDP comes in."""
        return () if self._multicast is None else (self._multicast.own, self._multicast.group)

    def send(self, output: SendDatagram | MulticastSsdp | SendSsdp) -> None:
        """Never waits. A datagram may get lost at any time, here too; the machine asks again."""
        with contextlib.suppress(OSError):
            if isinstance(output, SendDatagram):
                self.datagrams.sendto(output.data, output.address.sockaddr)
            elif self._multicast is not None:
                self._multicast.send(output.data, None if isinstance(output, MulticastSsdp) else output.address)

    def is_own(self, source: Address) -> bool:
        """Whether an SSDP datagram is what we sent ourselves."""
        search = None if self._multicast is None else self._multicast.own
        own = search.getsockname() if search is not None and search.fileno() >= 0 else None
        return own is not None and (own[0].partition("%")[0], own[1]) == (source.host, source.port)

    def close(self) -> None:
        for one in (self.datagrams, *self.multicast):
            process.disown(one)


def _first_free(host: str, interface: int, ports: Iterable[int]) -> socket.socket:
    problem: OSError | None = None
    for port in ports:
        try:
            sock = udp()
        except OSError as error:
            raise ServiceNotAvailable(os_sentence(error)) from error
        try:
            sock.bind((host, port, 0, interface))
            return sock
        except OSError as error:
            process.disown(sock)
            problem = error
    raise ServiceNotAvailable(str(problem))
