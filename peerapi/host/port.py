"""The host's end of the connection to one program."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import trio

from peerapi.collab import local
from peerapi.collab.fields import Malformed
from peerapi.log import Log

MOST_BEHIND = 16 << 20
"Bytes that wait for a program to read them. One that is that far behind has stopped, and is let go."
_PIECE = 1 << 16
log = Log("host")


class Port:
    """One program. ``take`` is called with each of its frames; ``send`` never waits."""

    def __init__(self, sock: trio.socket.SocketType, process: int) -> None:
        self.process = process
        "Its process ID."
        self.greeted = False
        self.listens = False
        self.attends = False
        "Whether it asks the user about invitations."
        self._sock = sock
        self._behind = bytearray()
        self._more = trio.Event()
        self._ended = False

    def send(self, data: bytes) -> None:
        """Bytes for the program, in order; at once if it takes them."""
        if self._ended:
            return
        sent = 0
        if not self._behind:
            raw = socket.socket(fileno=self._sock.fileno())
            try:
                sent = raw.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.end()
                return
            finally:
                raw.detach()
        if sent < len(data):
            self._behind += data[sent:]
            if len(self._behind) > MOST_BEHIND:
                log.warning("process %d reads nothing; it is let go", self.process)
                self.end()
            self._more.set()

    def tell(self, kind: int, value: Any) -> None:
        """Something that nobody has asked for."""
        self.send(local.told(kind, value))

    def end(self) -> None:
        """Close the connection; ``serve`` returns."""
        self._ended = True
        self._more.set()
        self._sock.close()

    async def serve(self, take: Callable[[Port, local.Frame], None]) -> None:
        """Until the program or the host ends it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write)
            frames = local.Frames()
            try:
                while not self._ended:
                    data = await self._sock.recv(_PIECE)
                    if not data:
                        break
                    for frame in frames.feed(data):
                        take(self, frame)
            except (OSError, Malformed, trio.ClosedResourceError) as error:
                if not self._ended:
                    log.info("process %d: %s", self.process, error)
            self.end()
            nursery.cancel_scope.cancel()

    async def _write(self) -> None:
        while not self._ended:
            await self._more.wait()
            self._more = trio.Event()
            while self._behind and not self._ended:
                try:
                    sent = await self._sock.send(bytes(self._behind[:_PIECE]), socket.MSG_NOSIGNAL)
                except (OSError, trio.ClosedResourceError):
                    return
                del self._behind[:sent]
