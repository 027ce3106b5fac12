"""Accepting connections: one listening socket may serve several graphs of this process (PeerGraphListen, MS-PPGRH
3.1.5.1.1).

A caller says in its first message, AUTH_INFO, which graph and which peer it wants. Until then it is a stranger: it
gets little memory and little time. It has one of the listener's places until it is connected (``admission``).
"""

from __future__ import annotations

import math
import random
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import peerapi.process as process
from peerapi.address import Address, widest_first
from peerapi.engine import network, port_mapping
from peerapi.engine.admission import Admission, PendingConnection
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.links import STRAIGHT, Way
from peerapi.engine.port_mapping import PortMapping
from peerapi.engine.runtime import Engine
from peerapi.errors import PeerError
from peerapi.graphing.codec.framing import Deframer
from peerapi.graphing.codec.messages import AuthInfo, decode
from peerapi.graphing.codec.wire import MalformedMessage

if TYPE_CHECKING:
    import trio

STRANGER_MESSAGE = 8 << 10
"Bytes that a first message may have: two peer IDs and a graph ID in UTF-8 fit."
READ = 16 << 10
CALLED_BACK = b"\xf0"
"How a connection begins that belongs to a call through a relay: as no frame does (``reach.greeting``)."
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 3.0
"Seconds until a connection that could not be accepted is tried again: about twice as many each time."


class Listener:
    """One listening socket and the graphs that are reached through it."""

    def __init__(
        self,
        engine: Engine,
        sock: socket.socket,
        addresses: tuple[Address, ...],
        reach: Callable[[], list[Address]] | None = None,
        *,
        mapped: bool = False,
    ) -> None:
        """``reach``: the addresses (port 0) at which others come here now; None where they do not change. ``mapped``:
        the routers are asked for the port, too."""
        self.addresses = addresses
        self._reach = reach
        self.port: int = sock.getsockname()[1]
        self.mapping = PortMapping(self.port, self._announce) if mapped else None
        self.drivers: list[Driver] = []
        self._engine = engine
        process.own(sock)
        self._sock = sock
        self.admission = Admission()
        self._scope: trio.CancelScope | None = None

    def start(self) -> None:
        """Accept from now on. Raises why that cannot be, and then the port is free."""
        try:
            self._engine.call(self._start)
        except PeerError:
            process.disown(self._sock)
            raise
        except BaseException:  # the caller was interrupted, and the loop may have begun
            self._engine.post(self._close)
            raise

    def _start(self) -> None:
        assert self._engine.nursery is not None
        if self._sock.fileno() >= 0:
            self._engine.nursery.start_soon(self._accept)
            if self._reach is not None:
                self._engine.network_watch.follow(self)
            if self.mapping is not None:
                self._engine.nursery.start_soon(self.mapping.run)

    def close(self) -> None:
        """Stop listening; the port is free when this returns. Not on the engine thread."""
        self._engine.call(self._close)

    def _close(self) -> None:
        if self._sock.fileno() >= 0:
            import trio

            trio.lowlevel.notify_closing(self._sock.fileno())
            process.disown(self._sock)
        self._engine.network_watch.leave(self)
        if self.mapping is not None:
            self.mapping.close()

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """Tell the graphs, and they their neighbors (3.1.7.23), when the machine has other addresses than before."""
        if not here or self._reach is None:
            return  # unplugged: nobody is reached meanwhile, and mostly the same addresses come back
        for driver in list(self.drivers):
            driver.links.network_changed(here, slept)
            if driver.addresses is not None:
                driver.addresses.network_changed(here, slept)
        if self.mapping is not None:
            self.mapping.network_changed()
        self._announce()

    def _announce(self) -> None:
        """Tell the graphs where they are reached, if that is elsewhere now."""
        if self._reach is None or self._sock.fileno() < 0:
            return
        own = [Address(one.ip, self.port, 0, one.scope) for one in self._reach()]
        public = [] if self.mapping is None else self.mapping.public
        now = tuple(dict.fromkeys(widest_first([*own, *public])))
        if now == self.addresses:
            return
        self.addresses = now
        for driver in list(self.drivers):
            try:
                if driver.addresses is None:
                    driver.input(driver.graph.listening, now)
                else:
                    driver.addresses.changed(now)
            except PeerError as error:  # closed meanwhile, or its store failed; the others are told
                self._engine.report(error)

    async def _accept(self) -> None:
        import trio

        pause = SHORTEST_PAUSE
        while self._sock.fileno() >= 0:
            try:
                sock, where = self._sock.accept()
            except BlockingIOError:
                try:
                    await trio.lowlevel.wait_readable(self._sock.fileno())
                except trio.ClosedResourceError:
                    return
                continue
            except OSError as error:
                if self._sock.fileno() < 0:
                    return
                self._engine.report(error)  # out of descriptors, most likely: those who are in must not suffer
                await trio.sleep(pause * random.uniform(0.75, 1.25))
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            pause = SHORTEST_PAUSE
            assert self._engine.nursery is not None
            sock.setblocking(False)
            remote = Address.parse(where[0], where[1], *where[3:])
            patience = 20.0 + 280.0 * math.exp(-len(self.admission) / 10)
            scope = trio.CancelScope(deadline=trio.current_time() + patience)
            pending = self.admission.enter(remote, scope.cancel)
            self._engine.nursery.start_soon(self._meet, sock, remote, pending, scope)
            await trio.lowlevel.checkpoint()  # others have their turn, also while there is always one more who calls

    async def _meet(
        self, sock: socket.socket, remote: Address, pending: PendingConnection, scope: trio.CancelScope
    ) -> None:
        with scope:
            await meet(self._engine, self.drivers, Stranger(sock, remote, pending))


class Stranger(NamedTuple):
    """A connection from outside of which nothing is known yet."""

    sock: socket.socket
    remote: Address
    pending: PendingConnection
    first: bytes = b""
    "Bytes that have come already."
    way: Way = STRAIGHT


async def meet(engine: Engine, drivers: Sequence[Driver], stranger: Stranger) -> None:
    """Read the first message, and hand the connection to the one of the graphs that it names, or close it."""
    kept = False
    try:
        deframer = Deframer(max_message=STRANGER_MESSAGE, singly=True)
        first = deframer.feed(stranger.first) if stranger.first else []
        while not first:
            data = await _read(stranger)
            if data.startswith(CALLED_BACK) and deframer.is_idle and not stranger.way.layers:
                kept = await _hand_over(stranger, data)
                return
            if not data:
                return
            first = deframer.feed(data)
        auth = decode(first[0])
        if not isinstance(auth, AuthInfo):
            return
        driver = _wanted(drivers, auth)
        if driver is not None:
            driver.links.accept(auth, stranger.sock, stranger.remote, deframer.rest(), stranger.pending, stranger.way)
            kept = True
    except (MalformedMessage, OSError):
        pass
    except Exception as error:
        engine.report(error)
    finally:
        if not kept:
            stranger.pending.leave()
            process.disown(stranger.sock)


async def _hand_over(stranger: Stranger, data: bytes) -> bool:
    """Give a direct connection of a call through a relay to that call; False: it is of none."""
    from peerapi.engine.reach.expected import hand_over
    from peerapi.reach.greeting import SIZE

    while len(data) < SIZE:
        more = await _read(stranger)
        if not more:
            return False
        data += more
    if not hand_over(stranger.sock, data):
        return False
    stranger.pending.leave()
    return True


def _wanted(drivers: Sequence[Driver], auth: AuthInfo) -> Driver | None:
    for driver in drivers:
        graph = driver.graph
        if driver.closed or graph.graph_id != auth.graph_id or graph.peer_id == auth.source_peer_id:
            continue
        if auth.destination_peer_id is None or auth.destination_peer_id == graph.peer_id:
            return driver
    return None


async def _read(stranger: Stranger) -> bytes:
    """What has come; empty at the end. Raises OSError, and what a layer raises."""
    import trio

    sock, layers = stranger.sock, stranger.way.layers
    while True:
        try:
            data = sock.recv(READ)
        except BlockingIOError:
            await trio.lowlevel.wait_readable(sock.fileno())
            continue
        if not data:
            return b""
        for layer in reversed(layers):
            data = layer.decrypt(data)
        if data:
            return data


def listen(engine: Engine, scope: int, scope_id: int, port: int) -> Listener:
    """Bind and start accepting. Errors as ``network.bind`` and ``Engine.call``."""
    sock, addresses = network.bind(scope, scope_id, port)
    fixed = scope in (network.SCOPE_LOOPBACK, network.SCOPE_LINK)
    reach = None if fixed else partial(network.reachable, scope, scope_id)
    mapped = not fixed and scope != network.SCOPE_SITE and port_mapping.wanted()
    listener = Listener(engine, sock, addresses, reach, mapped=mapped)
    listener.start()
    if listener.mapping is not None:
        listener.mapping.answered.wait(port_mapping.FIRST_ANSWER)
    return listener
