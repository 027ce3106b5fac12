"""Sockets of one multicast group of IPv6 on one link: what is sent goes through that interface and no other."""

from __future__ import annotations

import socket
import struct

import peerapi.process as process
from peerapi.address import Address


class Multicast:
    """``own`` sends, to the group and to single members, and gets the answers; ``group`` hears what others send to all.
    Several processes of a machine are members of the group at once; each gets what comes to it."""

    def __init__(self, own: Address, interface: int, group: Address, *, to_ourselves: bool) -> None:
        """``own``: an address of the link, port 0 for any. ``to_ourselves``: whether processes of this machine, this
        one too, hear what is sent to the group. Raises OSError."""
        self._interface = interface
        self._group = group
        self.own = udp()
        self.group = udp()
        try:
            self.own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, interface)
            self.own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, to_ourselves)
            self.own.bind((own.host, own.port, 0, interface))
            self.group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Bound to the group itself, it hears this group on this interface and nothing else.
            self.group.bind((group.host, group.port, 0, interface))
            member = group.ip + struct.pack("@I", interface)
            self.group.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
        except OSError:
            self.close()
            raise

    def send(self, data: bytes, target: Address | None) -> None:
        """Never waits. ``target`` None: to the group. Raises OSError."""
        address = self._group if target is None else target
        self.own.sendto(data, socket.MSG_DONTWAIT, address._replace(scope=self._interface).sockaddr)

    def close(self) -> None:
        for one in (self.own, self.group):
            process.disown(one)


def udp() -> socket.socket:
    """A socket for datagrams of IPv6. Raises OSError."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    process.own(sock)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    sock.setblocking(False)
    return sock
