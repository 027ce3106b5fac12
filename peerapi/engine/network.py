"""TCP over IPv6 and IPv4 as the drivers use it (MS-PPGRH 2.1): dialing, listening, and transports that any thread may
write to."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import peerapi.process as process
from peerapi.address import LOOPBACK, LOOPBACK_IPV4, UNSPECIFIED, Address, widest_first
from peerapi.engine.addresses import interface_addresses as interface_addresses
from peerapi.engine.socket_families import tcp_socket
from peerapi.errors import InvalidArgument, Ipv6NotInstalled, PeerError, UnableToListen, os_failure, os_sentence
from peerapi.graphing.codec.long_messages import LongMessage
from peerapi.log import Log
from peerapi.path_kind import PathKind
from peerapi.reach.layer import Layer as Layer

if TYPE_CHECKING:
    import trio

log = Log("engine")
READ_SIZE = 256 << 10
SEND_SIZE = 256 << 10
FAREWELL = 2.0
"Seconds that a closing connection gets to take what is still to be sent."
AT_ONCE = 8
"How often SEND_SIZE is sent before others have their turn."
LOW_WATER = 256 << 10
SILENCE = 30
"""Seconds after which a connection whose other side is silent is broken: it answers no probe, acknowledges nothing of
what was sent, or takes nothing in although something waits for it. Without this a cable that is pulled goes unnoticed
for hours when nothing is sent, and for a quarter of an hour when something is. A node that comes back connects again
and asks for what it missed."""
PROBE_AFTER, PROBE_EVERY, PROBES = 15, 5, 3
"Seconds of idleness before the first keepalive probe, between probes, and how many go unanswered: together SILENCE."

SCOPE_ANY, SCOPE_GLOBAL, SCOPE_SITE, SCOPE_LINK, SCOPE_LOOPBACK = range(5)
"PEER_GRAPH_SCOPE."


_TCP_INFO = struct.Struct("=2xB21xI")
"tcpi_retransmits and tcpi_unacked of struct tcp_info (linux/tcp.h)."

Seal = Callable[[bytes], bytes]
"""Makes frames those that travel; raises OSError when the connection is over."""


class Transport:
    """One TCP connection.

    ``queue`` puts bytes in line, ``flush`` sends what the kernel takes at once; both may be called from any thread, so
    that a caller's record leaves on the caller's own thread, without a hop to the engine. What does not fit is sent by
    ``writer``, a task of the engine.
    """

    def __init__(
        self, sock: socket.socket, wake: Callable[[Callable[[], object]], None], layers: Sequence[Layer] = ()
    ) -> None:
        """``layers``: the innermost first; readers and senders take turns with them."""
        import trio

        sock.setblocking(False)
        notice_silence(sock)
        process.own(sock)
        self._sock = sock
        self._wake = wake
        self._outbox: deque[bytes | LongMessage | Seal] = deque()
        self._long: Iterator[bytes] | None = None
        "What is left of a long message that is being sent."
        self._rest = b""
        self._seal: Seal | None = None
        self._layers = tuple(layers)
        self._layering = threading.Lock()
        self._sending = threading.Lock()
        self._stalled = False
        self._writable: trio.Event | None = None
        self.kind = PathKind.DIRECT
        self.pending = 0
        "Bytes that wait to be sent; read by the machine as the backlog."
        self.flushed = 0.0
        "When the driver last had it flushed by a caller, on the elapsed clock."
        self.broken = False
        self.finishing = False
        self.ended = trio.Event()
        "The other side has ended its half, or the connection broke."
        self.drained: Callable[[], bool] | None = None
        "Called on the engine thread when little waits to be sent after much did."

    def backlog(self) -> int:
        return self.pending

    def queue(self, data: bytes | LongMessage) -> None:
        """Put bytes in line; callers are serialized by the graph's lock."""
        self.pending += len(data)
        self._outbox.append(data)

    def seal_with(self, seal: Seal) -> None:
        """From here on what is queued is protected, as much at once as is sent at once."""
        self._outbox.append(seal)

    def flush(self) -> None:
        """Send what can be sent without waiting; of much a part only, since the caller may have other things to do."""
        for _ in range(AT_ONCE):
            if not (self._outbox or self._long) or self._stalled or self.broken:
                return
            if not self._sending.acquire(blocking=False):
                return  # whoever sends looks at the outbox again afterwards
            try:
                self._send_some()
            finally:
                self._sending.release()
        self._stall()

    def _stall(self) -> None:
        """Leave the rest to ``writer``."""
        if not self._stalled:
            self._stalled = True
            self._wake(self._unstall)

    def _send_some(self) -> None:
        outbox, rest = self._outbox, self._rest
        pieces: list[bytes] = []
        plain: list[bytes] = []
        size = len(rest)
        while size < SEND_SIZE:
            if self._long is not None:
                piece = next(self._long, b"")
                if not piece:
                    self._long = None
                    continue
            elif not outbox:
                break
            else:
                queued = outbox.popleft()
                if not isinstance(queued, bytes):
                    if isinstance(queued, LongMessage):
                        self._long = queued.pieces()
                    else:
                        self._seal = queued
                    continue
                piece = queued
            (pieces if self._seal is None else plain).append(piece)
            size += len(piece)
        try:
            if plain and self._seal is not None:
                pieces.append(self._sealed(self._seal, b"".join(plain)))
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            if data and self._layers:
                data = self._sealed(self._through_layers, data)
            if rest:
                data = rest + data
            self._rest = b""
            if not data:
                return
            sent = self._sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.broken = True
            self.pending = 0
            outbox.clear()
            self._long = None
            return
        self.pending -= sent
        if sent < len(data):
            self._rest = data[sent:]
            self._stall()

    def _sealed(self, seal: Seal, plain: bytes) -> bytes:
        data = seal(plain)
        self.pending += len(data) - len(plain)
        return data

    def _through_layers(self, data: bytes) -> bytes:
        with self._layering:
            for layer in self._layers:
                data = layer.encrypt(data)
        return data

    def _opened(self, data: bytes) -> bytes | None:
        """What has come, through all layers; None: a layer says that the connection is over."""
        try:
            with self._layering:
                for layer in reversed(self._layers):
                    data = layer.decrypt(data)
        except Exception as error:  # whatever it is, somebody has changed or ended it
            log.warning("a connection through a relay is over: %s", error)
            self.broken = True
            return None
        return data

    def _unstall(self) -> None:
        if self._writable is not None:
            self._writable.set()

    async def writer(self) -> None:
        """Engine task: finish what ``flush`` could not send."""
        import trio

        while not self.broken:
            self._writable = trio.Event()
            if not self._stalled:
                await self._writable.wait()
            while self._stalled and not self.broken:
                with contextlib.suppress(OSError, trio.ClosedResourceError):
                    await trio.lowlevel.wait_writable(self._sock.fileno())
                with self._sending:
                    self._send_some()
                    if not self._rest:
                        self._stalled = False
            self.flush()
            # What waits for room is made now, piece by piece: nobody else would say that there is some again.
            while self.pending < LOW_WATER and not self.broken and self.drained is not None and self.drained():
                await trio.lowlevel.checkpoint()

    async def read(self) -> bytes:
        """What has arrived; empty at the end of the connection. Others get their turn, also when there is always
        more."""
        import trio

        waited = False
        while True:
            try:
                data = self._sock.recv(READ_SIZE)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._sock.fileno())
                waited = True
            except OSError:
                return b""
            else:
                if not waited:
                    await trio.lowlevel.checkpoint()
                if self._layers and data:
                    opened = self._opened(data)
                    if opened == b"":
                        waited = False
                        continue
                    data = opened or b""
                return data

    async def finish(self) -> None:
        """Send the rest, end our half, wait until the reader has seen the end of the other, close. Bounded by
        FAREWELL."""
        import trio

        self.finishing = True
        with trio.move_on_after(FAREWELL):
            while self.pending and not self.broken:
                self.flush()
                if self.pending:
                    await trio.sleep(0.01)
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_WR)
            await self.ended.wait()
        self.close()

    @property
    def own_address(self) -> Address:
        """The address of this machine that the connection goes through; OSError when it is over."""
        return Address.parse(*self._sock.getsockname()[:2])

    @property
    def in_vain(self) -> int:
        """How often what waits for an acknowledgement has been sent again without one; OSError when the connection is
        over. Whether the program at the other side reads makes no difference: its machine acknowledges."""
        info = self._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
        again, unacknowledged = _TCP_INFO.unpack(info)
        return int(again) if unacknowledged else 0

    def shut(self) -> None:
        """End both directions: whoever reads comes to the end, and closes."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close at once. Engine thread only."""
        import trio

        self.broken = True
        if self._sock.fileno() >= 0:
            trio.lowlevel.notify_closing(self._sock.fileno())
            process.disown(self._sock)
        self._unstall()


def notice_silence(sock: socket.socket | trio.socket.SocketType) -> None:
    """Set what every connection of ours has: nothing is held back to be sent with more, and SILENCE is noticed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_AFTER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_EVERY)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE * 1000)


async def dial(address: Address, prepare: Callable[[socket.socket], object] | None = None) -> socket.socket:
    """A connected non-blocking socket, or OSError. ``prepare`` is given it first, to bind it."""
    import trio

    sock, where = tcp_socket(address)
    try:
        sock.setblocking(False)
        if prepare is not None:
            prepare(sock)
        code = sock.connect_ex(where)
        if code == errno.EINPROGRESS:
            await trio.lowlevel.wait_writable(sock.fileno())
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "connect")
    except BaseException:
        sock.close()
        raise
    return sock


def bind(scope: int, scope_id: int, port: int) -> tuple[socket.socket, tuple[Address, ...]]:
    """A listening socket for a scope, and the addresses at which others reach it.

    ``scope`` is a PEER_GRAPH_SCOPE, ``scope_id`` an interface index (0: all; not allowed for site- and link-local),
    ``port`` 0 lets the system choose. The addresses are those of ``reachable``. A wide scope listens for IPv6 and IPv4;
    when another program has the port for IPv4, for IPv6 alone.

    Raises InvalidArgument, Ipv6NotInstalled, UnableToListen (port taken, no such interface), a wrapped failure (too
    many files are open).
    """
    if scope not in (SCOPE_ANY, SCOPE_GLOBAL, SCOPE_SITE, SCOPE_LINK, SCOPE_LOOPBACK):
        raise InvalidArgument("No such scope.")
    if scope in (SCOPE_SITE, SCOPE_LINK) and not scope_id:
        raise InvalidArgument("A site-local or link-local scope needs the number of an interface.")
    if scope == SCOPE_LINK and any(a.is_loopback for a, index in interface_addresses() if index == scope_id):
        scope = (
            SCOPE_LOOPBACK  # what programs are told of as a link, the loopback cloud of PNRP, can be listened on as one
        )
    local, where = reachable(scope, scope_id), Address(UNSPECIFIED, port)
    if scope in (SCOPE_LOOPBACK, SCOPE_LINK):
        if not local:
            raise UnableToListen("The interface has no link-local address.")
        where = local[0]._replace(port=port)
    try:
        sock = _listening(where, only_ipv6=False)
    except OSError as error:
        ipv6 = [one for one in local if not one.is_ipv4]
        if error.errno != errno.EADDRINUSE or where.ip != UNSPECIFIED or not port or not ipv6:
            raise _not_bound(error, port) from error
        try:
            sock, local = _listening(where, only_ipv6=True), ipv6
        except OSError as second:
            raise _not_bound(second, port) from second
    chosen = sock.getsockname()[1]
    return sock, tuple(Address(a.ip, chosen, 0, a.scope) for a in local)


def _listening(where: Address, *, only_ipv6: bool) -> socket.socket:
    """A socket that listens there. OSError."""
    sock, sockaddr = tcp_socket(where)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_ipv6)
        sock.setblocking(False)
        sock.bind(sockaddr)
        sock.listen(128)
    except BaseException:
        sock.close()
        raise
    return sock


_NOTHING_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"What a socket cannot be had for that has nothing to do with its address."


def _not_bound(error: OSError, port: int) -> PeerError:
    """What it means that a socket cannot be had: too many files are open, or nobody can listen there."""
    said = f"Port {port}: {os_sentence(error)}" if port else os_sentence(error)
    return os_failure(error) if error.errno in _NOTHING_LEFT else UnableToListen(said)


def reachable(scope: int, scope_id: int) -> list[Address]:
    """The machine's addresses (port 0) at which others of a scope reach what listens there now, what works from
    anywhere first.

    Where there is none of a wide scope, those of the links will do: some home networks have no others. A machine
    without either is reachable by itself, at ::1, or at 127.0.0.1 where IPv6 is switched off. Raises Ipv6NotInstalled
    when it has not even that.
    """
    if scope == SCOPE_LOOPBACK:
        return loopback()
    others = [a for a, index in interface_addresses() if not a.is_loopback and (not scope_id or index == scope_id)]
    near = [a for a in others if a.is_link_local]
    if scope == SCOPE_LINK:
        return near
    if scope == SCOPE_SITE:
        fitting = [a for a in others if a.is_site_local]
    elif scope == SCOPE_GLOBAL:
        fitting = [a for a in others if not a.is_link_local]
    else:
        fitting = others
    return widest_first(fitting or near) or loopback()


def loopback() -> list[Address]:
    """Where this machine reaches itself, port 0. Raises Ipv6NotInstalled when it does not even do that: neither ::1 nor
    127.0.0.1 is there; a wrapped failure when too many files are open to see."""
    for ip in (LOOPBACK, LOOPBACK_IPV4):
        try:
            sock, where = tcp_socket(Address(ip, 0))
            with sock:
                sock.bind(where)
            return [Address(ip, 0)]
        except OSError as error:
            if error.errno in _NOTHING_LEFT:
                raise os_failure(error) from error
    raise Ipv6NotInstalled("This machine has neither IPv6 nor IPv4: not even ::1 or 127.0.0.1.")


_LOOPBACK_WORDS = "00000000000000000000000001000000"
"::1 in four numbers of the machine's byte order, as /proc writes it."


def udp_ports_at_loopback() -> set[int]:
    """UDP ports of this machine that are bound at ::1, as the kernel lists them."""
    found = set()
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/net/udp6").read_text(encoding="ascii").splitlines()[1:]:
            host, _, port = line.split()[1].partition(":")
            if host == _LOOPBACK_WORDS:
                found.add(int(port, 16))
    return found
