"""Sockets for addresses of either family, also where the kernel knows no IPv6 at all."""

from __future__ import annotations

import errno
import socket

from peerapi.address import UNSPECIFIED, Address

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"As the socket module wants it, of IPv4 or IPv6."


def tcp_socket(address: Address) -> tuple[socket.socket, SocketAddress]:
    """A socket that can be bound at an address or connected to it, and the address as this socket wants it. OSError."""
    return _socket(address, socket.SOCK_STREAM)


def udp_socket(address: Address) -> tuple[socket.socket, SocketAddress]:
    """The same for datagrams."""
    return _socket(address, socket.SOCK_DGRAM)


def _socket(address: Address, sort: int) -> tuple[socket.socket, SocketAddress]:
    """One of IPv6 is for both families; where the kernel knows none at all, one of IPv4 is left."""
    kind = sort | socket.SOCK_CLOEXEC
    try:
        return socket.socket(socket.AF_INET6, kind), address.sockaddr
    except OSError as error:
        if error.errno != errno.EAFNOSUPPORT or not (address.is_ipv4 or address.ip == UNSPECIFIED):
            raise
    return socket.socket(socket.AF_INET, kind), (address.host if address.is_ipv4 else "0.0.0.0", address.port)
