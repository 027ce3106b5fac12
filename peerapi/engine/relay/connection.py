"""One connection to a relay, and the glue between two of them.

What a session brings is read into one buffer that all share, and sent at once; only what the other side does not take
is kept, and nothing more is read meanwhile, so that the sender's kernel waits as well. A relay of ten thousand sessions
holds no more than what is just on its way.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable

import trio

from peerapi.engine import network

BUFFER = 64 << 10
"Bytes that are read at once, and most that is held for one direction of a session."
FRAMES = 16 << 10
"Bytes that are read at once of who does not have a session."
MOST_WAITING = 64 << 10
"Bytes of frames that may wait to be sent to who takes nothing."
FAREWELL = 5.0
"Seconds that a connection which is to be closed has to take what waits."
HALF_OVER = 30.0
"Seconds that one direction of a session may outlive the other."
_ESTABLISHED = 1
"TCP_ESTABLISHED, as tcpi_state of struct tcp_info has it (linux/tcp.h)."
_TLS = b"\x16"
_PLAIN = b"G"
_BLOCKED = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_shared = memoryview(bytearray(BUFFER))


def has_given_up(sock: socket.socket) -> bool:
    """Whether the other side has ended a connection while it waited to be let in. A handshake with somebody who is gone
    would only keep those waiting who are behind him, until they are gone as well."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != _ESTABLISHED


class Connection:
    """A non-blocking socket, deciphered where its other side speaks TLS."""

    def __init__(self, number: int, sock: socket.socket) -> None:
        network.notice_silence(sock)
        sock.setblocking(False)
        self.number = number
        self._read_all = False
        "What has come was read, as far as the last reading knows."
        self.other: Connection | None = None
        "The connection at the other end of its session, to which its bytes go; None without a session."
        self.scope = trio.CancelScope()
        self._sock = sock
        self._waiting = bytearray()
        self._drained: trio.Event | None = None
        self._ended = trio.Event()
        "Set when the other side sends nothing more."

    # Beginning and end ------------------------------------------------------------------------------------------------

    async def begin(self, context: ssl.SSLContext) -> bool:
        """Find out whether the other side speaks TLS, and do; False: it speaks neither that nor HTTP."""
        first = b""
        while not first:
            await trio.lowlevel.wait_readable(self._sock)
            try:
                first = self._sock.recv(1, socket.MSG_PEEK)
            except BlockingIOError:
                continue
            except OSError:
                return False
            if not first:
                return False
        if first == _PLAIN:
            return True
        if first != _TLS:
            return False
        secured = context.wrap_socket(self._sock, server_side=True, do_handshake_on_connect=False)
        self._sock = secured
        while True:
            try:
                secured.do_handshake()
                return True
            except ssl.SSLWantReadError:
                await trio.lowlevel.wait_readable(secured)
            except ssl.SSLWantWriteError:
                await trio.lowlevel.wait_writable(secured)
            except OSError:  # ssl.SSLError is one
                return False

    def close(self) -> None:
        """Close at once."""
        self._ended.set()
        if self._sock.fileno() >= 0:
            trio.lowlevel.notify_closing(self._sock)
            self._sock.close()

    async def finish(self) -> None:
        """Close when what waits has left, in time."""
        with trio.move_on_after(FAREWELL):
            while self._drained is not None:
                await self._drained.wait()
        self.scope.cancel()

    # Frames -----------------------------------------------------------------------------------------------------------

    async def read(self) -> bytes | None:
        """What has come of who has no session; empty at the end. None: it has one now, see ``glue``."""
        wait = self._read_all
        while True:
            if wait:
                await trio.lowlevel.wait_readable(self._sock)
            if self.other is not None:
                return None
            try:
                data = self._sock.recv(FRAMES)
            except _BLOCKED:
                wait = True
            except OSError:
                return b""
            else:
                # OpenSSL holds nothing back of a record that was read whole: epoll says when the next one is there.
                self._read_all = not isinstance(self._sock, ssl.SSLSocket) or not self._sock.pending()
                return data

    def queue(self, data: bytes) -> None:
        """Put frames in line."""
        if self._sock.fileno() >= 0:
            self._waiting += data

    def flush(self, nursery: trio.Nursery) -> bool:
        """Send what is in line; False: too much waits already."""
        if self._drained is None and self._waiting:
            self._send_waiting()
            if self._waiting:
                self._drained = trio.Event()
                nursery.start_soon(self._drain)
        return len(self._waiting) <= MOST_WAITING

    def _send_waiting(self) -> None:
        try:
            del self._waiting[: self._sock.send(self._waiting)]
        except _BLOCKED:
            return
        except OSError:
            self._waiting.clear()

    async def _drain(self) -> None:
        """Task: send what waits."""
        with contextlib.suppress(trio.ClosedResourceError, OSError):
            while self._waiting and self._sock.fileno() >= 0:
                await trio.lowlevel.wait_writable(self._sock)
                self._send_waiting()
        drained, self._drained = self._drained, None
        assert drained is not None
        drained.set()

    # Sessions ---------------------------------------------------------------------------------------------------------

    async def glue(self, spent: Callable[[int, int], float]) -> None:
        """Carry all that comes to the other connection of the session, until both have ended. ``spent``: (number,
        bytes) -> seconds to wait."""
        other = self.other
        assert other is not None
        while other._drained is not None:
            await other._drained.wait()  # MET comes first
        while True:
            size = await self._fill()
            if not size:
                break
            pause = spent(self.number, size)
            await other._take(_shared[:size])
            if pause:
                await trio.sleep(pause)
        self._ended.set()
        other._end_half()
        with trio.move_on_after(HALF_OVER):
            await other._ended.wait()

    async def _fill(self) -> int:
        """Read into the shared buffer what is there; how much. Nobody else runs until it is sent or kept."""
        await trio.lowlevel.checkpoint()
        size = 0
        while size < BUFFER:
            try:
                count = self._sock.recv_into(_shared[size:])
            except _BLOCKED:
                if size:
                    break
                await trio.lowlevel.wait_readable(self._sock)
                continue
            except OSError:
                count = 0
            if not count:
                break
            size += count
            if not isinstance(self._sock, ssl.SSLSocket):
                break  # a plain one has given all that was there, a TLS record has at most a quarter of the buffer
        return size

    async def _take(self, view: memoryview) -> None:
        """Send it all. What does not go at once is kept here, before others use the buffer."""
        kept = view
        while True:
            try:
                kept = kept[self._sock.send(kept) :]
            except _BLOCKED:
                pass
            except OSError:
                self._ended.set()
                return
            if not kept:
                return
            if kept.obj is _shared.obj:
                kept = memoryview(bytes(kept))
            await trio.lowlevel.wait_writable(self._sock)

    def _end_half(self) -> None:
        with contextlib.suppress(OSError):  # of the TCP connection: TLS has no halves that end
            socket.socket.shutdown(self._sock, socket.SHUT_WR)
