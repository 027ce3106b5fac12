"""TCP over IPv6 as the drivers use it (MS-PPGRH 2.1): dialing, listening, and transports that any thread may write
to."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from peerapi import process
from peerapi.address import LOOPBACK, Address
from peerapi.errors import InvalidArgument, Ipv6NotInstalled, UnableToListen, os_failure
from peerapi.graphing.codec.long_messages import LongMessage

if TYPE_CHECKING:
    import trio

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


Seal = Callable[[bytes], bytes]
"""Makes frames those that travel; raises OSError when the connection is over."""


class Transport:
    """One TCP connection.

    ``queue`` puts bytes in line, ``flush`` sends what the kernel takes at once; both may be called from any thread, so
    that a caller's record leaves on the caller's own thread, without a hop to the engine. What does not fit is sent by
    ``writer``, a task of the engine.
    """

    def __init__(self, sock: socket.socket, wake: Callable[[Callable[[], object]], None]) -> None:
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
        self._sending = threading.Lock()
        self._stalled = False
        self._writable: trio.Event | None = None
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
        outbox = self._outbox
        pieces = [self._rest] if self._rest else []
        plain: list[bytes] = []
        size = len(self._rest)
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
    def own_ip(self) -> bytes:
        """The address of this machine that the connection goes through."""
        return Address.parse(self._sock.getsockname()[0], 0).ip

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


def notice_silence(sock: socket.socket) -> None:
    """Set what every connection of ours has: nothing is held back to be sent with more, and SILENCE is noticed."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_AFTER)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_EVERY)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENCE * 1000)


async def dial(address: Address) -> socket.socket:
    """A connected non-blocking socket, or OSError."""
    import trio

    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.setblocking(False)
        code = sock.connect_ex(address.sockaddr)
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
    ``port`` 0 lets the system choose. The addresses are those of ``reachable``.

    Raises InvalidArgument, Ipv6NotInstalled, UnableToListen (port taken, no such interface), a wrapped failure (too
    many files are open).
    """
    if scope not in (SCOPE_ANY, SCOPE_GLOBAL, SCOPE_SITE, SCOPE_LINK, SCOPE_LOOPBACK):
        raise InvalidArgument("No such scope.")
    if scope in (SCOPE_SITE, SCOPE_LINK) and not scope_id:
        raise InvalidArgument("A site-local or link-local scope needs the number of an interface.")
    if not socket.has_ipv6:
        raise Ipv6NotInstalled
    found = [a for a, index in interface_addresses() if not scope_id or index == scope_id]
    if scope == SCOPE_LINK and any(a.is_loopback for a in found):
        scope = (
            SCOPE_LOOPBACK  # what programs are told of as a link, the loopback cloud of PNRP, can be listened on as one
        )
    local, where = reachable(scope, scope_id), ("::", port, 0, 0)
    if scope == SCOPE_LOOPBACK:
        where = ("::1", port, 0, 0)
    elif scope == SCOPE_LINK:
        if not local:
            raise UnableToListen("The interface has no link-local address.")
        where = (local[0].host, port, 0, scope_id)
    elif local == [Address(LOOPBACK, 0)]:
        require_loopback()
    try:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            raise Ipv6NotInstalled(str(error)) from error
        raise os_failure(error) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(where)
        sock.listen(128)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRNOTAVAIL and scope == SCOPE_LOOPBACK:
            raise Ipv6NotInstalled(str(error)) from error
        raise UnableToListen(str(error)) from error
    chosen = sock.getsockname()[1]
    return sock, tuple(Address(a.ip, chosen, 0, a.scope) for a in local)


def reachable(scope: int, scope_id: int) -> list[Address]:
    """The machine's addresses (port 0) at which others of a scope reach what listens there now.

    Where there is none of a wide scope, those of the links will do: most home networks have no others. A machine
    without either is reachable by itself, at ::1.
    """
    if scope == SCOPE_LOOPBACK:
        return [Address(LOOPBACK, 0)]
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
    return fitting or near or [Address(LOOPBACK, 0)]


def require_loopback() -> None:
    """Raises Ipv6NotInstalled when not even ::1 is there: the kernel has IPv6, and it is switched off."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as trial:
            trial.bind(("::1", 0))
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise Ipv6NotInstalled(f"IPv6 is switched off on this machine ({error.strerror}).") from error


_LOOPBACK_WORDS = "00000000000000000000000001000000"
"::1 in four numbers of the machine's byte order, as /proc writes it."


_NOT_OURS_YET = 0x40
_NOT_OURS = 0x08
_AT_ONCE = 0x04
_LEAVING = 0x20
"""IFA_F_TENTATIVE: the kernel still asks whether somebody else has the address; IFA_F_DADFAILED: somebody has;
IFA_F_OPTIMISTIC: it may be used meanwhile; IFA_F_DEPRECATED: no new connections are to begin with it (RFC 4862)."""


def interface_addresses() -> list[tuple[Address, int]]:
    """The machine's IPv6 addresses (port 0) with their interface indexes, as the kernel lists them. Those that cannot
    be used (yet) are left out; those that are about to go come last."""
    found: list[tuple[bool, Address, int]] = []
    with contextlib.suppress(OSError):
        for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines():
            packed, number, _, _, state, _ = line.split()
            ip, index, flags = bytes.fromhex(packed), int(number, 16), int(state, 16)
            if flags & _NOT_OURS or (flags & _NOT_OURS_YET and not flags & _AT_ONCE):
                continue
            scope = index if Address(ip, 0).is_link_local else 0
            found.append((bool(flags & _LEAVING), Address(ip, 0, 0, scope), index))
    return [(address, index) for _, address, index in sorted(found, key=lambda one: one[0])]


def udp_ports_at_loopback() -> set[int]:
    """UDP ports of this machine that are bound at ::1, as the kernel lists them."""
    found = set()
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/net/udp6").read_text(encoding="ascii").splitlines()[1:]:
            host, _, port = line.split()[1].partition(":")
            if host == _LOOPBACK_WORDS:
                found.add(int(port, 16))
    return found
