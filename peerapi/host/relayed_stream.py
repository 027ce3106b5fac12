"""A connection that was made by a call through a relay, as a stream: its bytes go through the layers of the call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import socket

import trio

import peerapi.process as process
from peerapi.engine.network import Layer

_PIECE = 1 << 16


class RelayedStream(trio.abc.Stream):
    """Both ends of the layers are used by one task each, on one thread. ``sock`` is one that ``process`` owns."""

    def __init__(self, sock: socket, layers: Sequence[Layer], first: bytes, give_back: Callable[[], object]) -> None:
        """``layers``: the innermost first; ``first``: what has come through them already; ``give_back`` is called when
        the stream is closed."""
        sock.setblocking(False)
        self._raw = sock
        self._stream = trio.SocketStream(trio.socket.from_stdlib_socket(sock))
        self._layers = layers
        self._first = first
        self._give_back = give_back
        self._closed = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if self._first:
            data, self._first = self._first, b""
            await trio.lowlevel.checkpoint()
            return data
        while data := bytes(await self._stream.receive_some(max_bytes or _PIECE)):
            try:
                for layer in reversed(self._layers):
                    data = layer.decrypt(data)
            except Exception as error:  # each layer has its own
                raise trio.BrokenResourceError(str(error)) from error
            if data:
                return data
        return b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        said = bytes(data)
        try:
            for layer in self._layers:
                said = layer.encrypt(said)
        except OSError as error:
            raise trio.BrokenResourceError(str(error)) from error
        await self._stream.send_all(said)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            try:
                await self._stream.aclose()
            finally:
                process.disown(self._raw)
                self._give_back()
