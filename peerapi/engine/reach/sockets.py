"""Reading and sending on sockets that are not transports of a graph yet. Engine thread."""

from __future__ import annotations

import socket

READ = 16 << 10


async def read(sock: socket.socket) -> bytes:
    """What has come; empty at the end. Raises OSError."""
    import trio

    while True:
        try:
            return sock.recv(READ)
        except BlockingIOError:
            await trio.lowlevel.wait_readable(sock)


async def send(sock: socket.socket, data: bytes) -> None:
    """Send it all. Raises OSError."""
    import trio

    view = memoryview(data)
    while view:
        try:
            view = view[sock.send(view, socket.MSG_NOSIGNAL) :]
        except BlockingIOError:
            await trio.lowlevel.wait_writable(sock)
