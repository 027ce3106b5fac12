"""Runs a relay's machine: connections come in, its outputs go out, sessions are glued."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import socket
import ssl
from collections.abc import Callable
from functools import partial

import trio

from peerapi.address import IPV4_MAPPED, Address
from peerapi.engine.relay import metrics
from peerapi.engine.relay.connection import Connection, has_given_up
from peerapi.engine.runtime import moment
from peerapi.errors import UnableToListen, os_failure
from peerapi.identity.keys import PublicKey, UnsuitableKey
from peerapi.log import Log
from peerapi.reach.relay import Relay
from peerapi.reach.relay_outputs import Close, Glue, ProbeBack, Send

BACKLOG = 1024
TICK = 1.0
"Seconds between two looks at the machine's timers, none of which is in a hurry."
CROWDED = 0.01
"Seconds between two looks at whether those who are at their beginning have become fewer."
KEEP_EVERY = 60.0
"Seconds between two notes of what was carried."
PROBE_PATIENCE = 5.0
GOODBYE = 1.0
"Seconds that those who have seats get to read that the relay ends."
log = Log("relay")


def verify(spki: bytes, signature: bytes, data: bytes) -> bool:
    """Whether a key has made a signature."""
    try:
        return PublicKey(spki).verify(signature, data)
    except UnsuitableKey:
        return False


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: at an address of either family, or at all of both. Raises UnableToListen."""
    try:
        everywhere = host in ("::", "0.0.0.0")
        family = socket.AF_INET6 if everywhere and socket.has_dualstack_ipv6() else _family(host)
        sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    except OSError as error:
        raise UnableToListen(f"{host}: {error.strerror or error}") from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not everywhere))
            host = "::" if everywhere else host
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        if error.errno == errno.EACCES:
            raise UnableToListen(
                f"port {port} is only for who has the right to it: begin the relay by systemd (docs/reach.md), or "
                "choose another one by --port"
            ) from error
        raise UnableToListen(f"{host} port {port}: {error.strerror or error}") from error
    return sock


def _family(host: str) -> int:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def many_descriptors() -> None:
    """Have as many open connections as the system lets this process have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Server:
    """One relay that runs."""

    def __init__(
        self,
        relay: Relay,
        sock: socket.socket,
        context: ssl.SSLContext,
        *,
        keep: Callable[[dict[str, object]], None] | None = None,
    ) -> None:
        """``context``: with which legs are deciphered; ``keep``: takes what has been carried, from time to time."""
        self.relay = relay
        self.port: int = sock.getsockname()[1]
        self._sock = sock
        self._context = context
        self._keep = keep
        self._connections: dict[int, Connection] = {}
        self._last = 0
        self._nursery: trio.Nursery | None = None

    async def run(self, stop: trio.Event, metrics_socket: socket.socket | None = None) -> None:
        """Serve until ``stop``; then tell who has a seat, and end."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._accept)
            nursery.start_soon(self._tick)
            if metrics_socket is not None:
                listener = trio.SocketListener(trio.socket.from_stdlib_socket(metrics_socket))
                nursery.start_soon(trio.serve_listeners, partial(metrics.answer, self.relay), [listener])
            if self._keep is not None:
                nursery.start_soon(self._note_volume)
            await stop.wait()
            trio.lowlevel.notify_closing(self._sock)
            self._sock.close()
            self.relay.stop()
            self._carry()
            await trio.sleep(GOODBYE)
            self.note_volume()
            nursery.cancel_scope.cancel()

    def note_volume(self) -> None:
        """Write down what was carried."""
        if self._keep is not None:
            try:
                self._keep(self.relay.volume.kept())
            except OSError as error:
                log.warning("what was carried cannot be kept: %s", error)

    async def _note_volume(self) -> None:
        while True:
            await trio.sleep(KEEP_EVERY)
            self.note_volume()

    async def _tick(self) -> None:
        while True:
            await trio.sleep(TICK)
            self.relay.tick(moment())
            self._carry()

    async def _accept(self) -> None:
        assert self._nursery is not None
        while True:
            while self.relay.is_crowded(moment()):  # the others wait in the kernel
                await trio.sleep(CROWDED)
            try:
                sock, where = self._sock.accept()
            except BlockingIOError:
                try:
                    await trio.lowlevel.wait_readable(self._sock)
                except trio.ClosedResourceError:
                    return
                continue
            except OSError as error:
                if self._sock.fileno() < 0:
                    return
                log.warning("nobody can be let in: %s", error)  # out of descriptors, most likely
                await trio.sleep(0.1)
                continue
            if has_given_up(sock):
                sock.close()
                await trio.lowlevel.checkpoint()
                continue
            self._last += 1
            connection = self._connections[self._last] = Connection(self._last, sock)
            self.relay.opened(self._last, _address(where[0], where[1]), moment())
            self._nursery.start_soon(self._serve, connection)
            self._carry()
            await trio.lowlevel.checkpoint()

    async def _serve(self, connection: Connection) -> None:
        """Task of one connection."""
        number, relay = connection.number, self.relay
        try:
            with connection.scope:
                if not await connection.begin(self._context):
                    return
                while data := await connection.read():
                    relay.received(number, data, moment())
                    self._carry()
                if data is None:
                    await connection.glue(self._spent)
        except trio.ClosedResourceError:
            pass
        finally:
            connection.close()
            self._connections.pop(number, None)
            other = connection.other
            relay.closed(number, moment())
            if other is not None:
                other.scope.cancel()
            self._carry()

    def _spent(self, number: int, size: int) -> float:
        pause = self.relay.spent(number, size, moment())
        if self.relay.outputs:
            self._carry()
        return pause

    def _carry(self) -> None:
        """Do what the machine wants."""
        relay, nursery = self.relay, self._nursery
        assert nursery is not None
        while relay.outputs:
            outputs, relay.outputs = relay.outputs, []
            touched: dict[int, Connection] = {}
            for output in outputs:
                connection = self._connections.get(output.caller if isinstance(output, Glue) else output.number)
                if connection is None:
                    continue
                match output:
                    case Send(number, data):
                        connection.queue(data)
                        touched[number] = connection
                    case Close():
                        nursery.start_soon(connection.finish)
                    case Glue(_, callee):
                        other = self._connections.get(callee)
                        if other is None:
                            connection.scope.cancel()
                        else:
                            connection.other, other.other = other, connection
                    case ProbeBack(_, address):
                        nursery.start_soon(self._probe, connection, address)
            for number, connection in touched.items():
                if not connection.flush(nursery):
                    relay.stalled(number, moment())
                    connection.scope.cancel()

    async def _probe(self, connection: Connection, address: Address) -> None:
        """Task: whether somebody answers there, who has asked for it."""
        reached = False
        with trio.move_on_after(PROBE_PATIENCE), contextlib.suppress(OSError):
            stream = await trio.open_tcp_stream(address.host, address.port)
            await stream.aclose()
            reached = True
        self.relay.probed(connection.number, reached=reached)
        self._carry()


def _address(host: str, port: int) -> Address:
    host = host.partition("%")[0]
    if ":" in host:
        return Address(socket.inet_pton(socket.AF_INET6, host), port)
    return Address(IPV4_MAPPED + socket.inet_pton(socket.AF_INET, host), port)


def outgoing_ipv4() -> bytes | None:
    """The IPv4 address from which this machine reaches others. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
            return socket.inet_aton(sock.getsockname()[0])
    except OSError:
        return None


def metrics_listener(port: int) -> socket.socket:
    """A socket at this machine itself for the counters. Raises OSError."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", port))
        sock.listen(16)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise os_failure(error) from error
    return sock


def random_bytes(size: int) -> bytes:
    """Random bytes from the system's generator."""
    return os.urandom(size)
