"""One port for several sockets of this user: a router sends on to it what belongs to any connection that has gone out
from there (RFC 5382: endpoint-independent mapping)."""

from __future__ import annotations

import socket
from functools import partial

from peerapi.address import UNSPECIFIED, Address
from peerapi.engine import network
from peerapi.engine.socket_families import tcp_socket

SYN_RETRIES = 1
"How often the kernel repeats a SYN of who is dialed from such a port: a router is not to be pestered."


def share(sock: socket.socket, port: int) -> None:
    """Bind a socket to a port that others of this user's may have, too; 0: any. Raises OSError."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::" if sock.family == socket.AF_INET6 else "0.0.0.0", port))


def listen(port: int) -> socket.socket:
    """A socket that listens there, at all addresses. Raises OSError."""
    sock, _ = tcp_socket(Address(UNSPECIFIED, port))
    try:
        sock.setblocking(False)
        share(sock, port)
        sock.listen(8)
    except BaseException:
        sock.close()
        raise
    return sock


async def dial(address: Address, port: int) -> socket.socket:
    """A connection from there. Raises OSError."""
    return await network.dial(address, partial(_prepare, port))


def _prepare(port: int, sock: socket.socket) -> None:
    share(sock, port)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, SYN_RETRIES)
