"""The connections of one driver: dialing, being called, proving who one is, reading until the end (engine thread).

A connection of a graph with security of its own proves itself behind AUTH_INFO, before the machine sees a byte of it.
Handshakes take milliseconds, and with a password a third of a second, so they run on a few threads of their own, with
no lock of a graph held. Afterwards bytes are opened where they are read, and closed where they are sent, many messages
at once.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.admission import PendingConnection
from peerapi.engine.graphs.event_log import log_refused, log_unreached
from peerapi.engine.graphs.ports import GraphRunner
from peerapi.engine.runtime import Engine, moment
from peerapi.engine.workers import in_thread
from peerapi.errors import GraphShuttingDown, PeerError
from peerapi.graphing.codec.messages import AuthInfo
from peerapi.graphing.link import Link
from peerapi.graphing.security import ConnectionSecurity, GraphSecurity
from peerapi.path_kind import PathKind
from peerapi.reach.seat import is_seat

if TYPE_CHECKING:
    import trio

    from peerapi.reach.greeting import Ticket

DIAL_TIMEOUT = 20.0
MOST_ZONES = 4
"Links on which a link-local address is looked for."
HALF_MESSAGE = 60.0
"Seconds without a byte after which a message that has begun will not be waited for."
BETWEEN_RECORDS = 30.0
"Seconds without a byte after which nobody is waited for who has to prove who he is."
DOUBT = 2.0
"Seconds in which the machine of a neighbor acknowledges something that was just sent, if it is still there."
IN_VAIN = 2
"So often it was sent again in vain by then: once is a packet that was lost."
OTHERS = 4.0
"So much longer than a slice of work that nothing hurries it is left alone afterwards."
MOST_FAILURES = 64
"Of calls through relays that are remembered, so that whoever has called can ask why."
HANDSHAKES = 2
"How many steps of handshakes are computed at once in a process; others wait their turn."
_limiter: trio.CapacityLimiter | None = None


class Way(NamedTuple):
    """How a connection goes."""

    kind: PathKind
    layers: tuple[network.Layer, ...] = ()
    "What its bytes go through, the innermost first."
    give_back: Callable[[], object] | None = None
    "To be called when it has ended."
    ticket: Ticket | None = None
    "What both ends alone know of the call that has led to it."


STRAIGHT = Way(PathKind.DIRECT)
"Without relays."


class Wire:
    """The protected bytes of one connection. Reader and senders take turns: the state of TLS is one."""

    def __init__(self, security: ConnectionSecurity) -> None:
        self._security = security
        self._lock = threading.Lock()

    def seal(self, frames: bytes) -> bytes:
        with self._lock:
            return self._security.encrypt(frames)

    def open(self, data: bytes) -> bytes:
        """Raises whatever says that the connection is to be ended."""
        with self._lock:
            return self._security.decrypt(data)


class Links:
    """The transports of one graph's links, and the tasks that read them."""

    def __init__(self, runner: GraphRunner, engine: Engine) -> None:
        self.transports: dict[Link, network.Transport] = {}
        self._runner = runner
        self._engine = engine
        self._failures: dict[int, tuple[int, str]] = {}
        "Why the latest calls through relays have failed, by connection ID."
        self._judged: dict[Link, trio.Event] = {}
        self._doubted: set[network.Transport] = set()

    # Beginnings -------------------------------------------------------------------------------------------------------

    async def dial(self, link: Link, address: Address) -> None:
        """Task: make the TCP connection of a link and serve it."""
        import trio

        runner, graph = self._runner, self._runner.graph
        sock: socket.socket | None = None
        way, first = STRAIGHT, b""
        with trio.move_on_after(DIAL_TIMEOUT):
            if is_seat(address):
                sock, way, first = await self._call(link, address)
            for place in () if is_seat(address) else self._zones(address):
                with contextlib.suppress(OSError):
                    sock = await network.dial(place)
                    break
        if sock is None:
            runner.input(graph.lost, link, self._failures.get(link.id, (0, ""))[0])
            return
        transport = self._attach(link, sock, way)
        try:
            runner.input(graph.dialed, link)
        except BaseException:  # the graph was closed meanwhile, or the store failed
            self.transports.pop(link, None)
            transport.close()
            raise
        await self._serve_way(way, link, transport, first)

    async def _serve_way(
        self,
        way: Way,
        link: Link,
        transport: network.Transport,
        first: bytes,
        pending: PendingConnection | None = None,
    ) -> None:
        """Task: serve a connection, and put away at its end what its way needs."""
        try:
            if way.ticket is not None:
                from peerapi.engine.reach import standing

                standing.stands(way.ticket, transport.shut)
            await self._serve(link, transport, first, pending)
        finally:
            if way.ticket is not None:
                standing.over(way.ticket)
            if way.give_back is not None:
                way.give_back()

    async def _call(self, link: Link, address: Address) -> tuple[socket.socket | None, Way, bytes]:
        """To a node that is called through a relay: the connection, how it goes, what has come already."""
        from peerapi.engine.reach import calling
        from peerapi.engine.reach.failures import failure, sentence
        from peerapi.reach.refusal import Refused

        try:
            path = await calling.call(address, self._runner.graph.addresses)
        except (OSError, Refused) as error:
            log_unreached(self._runner.graph, address, error)
            while len(self._failures) >= MOST_FAILURES:
                del self._failures[next(iter(self._failures))]
            self._failures[link.id] = (failure(error).hresult, sentence(error))
            return None, STRAIGHT, b""
        return path.sock, Way(path.kind, tuple(path.layers), path.give_back, path.ticket), path.first

    def _zones(self, address: Address) -> list[Address]:
        """Where an address may be. A link-local one that another node or an invitation has named says nothing of its
        link: it is looked for on the links that we listen on, on those that lead to neighbors, and on the others of
        this machine."""
        if not address.has_zone or address.scope:
            return [address]
        graph = self._runner.graph
        near = [*graph.addresses, *(link.remote for link in graph.neighbors if link.remote is not None)]
        here = [*near, *(other for other, _ in network.interface_addresses())]
        zones = dict.fromkeys(other.scope for other in here if other.has_zone and other.scope)
        return [address._replace(scope=zone) for zone in zones][:MOST_ZONES] or [address]

    def why(self, connection_id: int) -> str:
        """The sentence for people about a call through a relay that has failed; empty where nothing more is known."""
        return self._failures.get(connection_id, (0, ""))[1]

    def kind(self, link: Link) -> PathKind:
        """By which way a link goes."""
        transport = self.transports.get(link)
        return PathKind.DIRECT if transport is None else transport.kind

    def network_changed(self, here: frozenset[bytes], slept: float) -> None:
        """End at once the connections by which nothing comes any longer: those through addresses that this machine does
        not have now, and after a long sleep all, since the others have given them up meanwhile. Those who could not be
        reached before may be reached now, and are called."""
        if not here:
            return
        runner = self._runner
        with contextlib.suppress(PeerError):
            runner.input(runner.graph.network_changed)
        for transport in list(self.transports.values()):
            with contextlib.suppress(OSError):
                own = transport.own_address
                if not own.is_loopback and (own.ip not in here or slept >= network.SILENCE):
                    transport.shut()

    async def doubt(self, link: Link) -> None:
        """Task: end a connection whose other side does not acknowledge what was just sent there. Somebody has said that
        it has come back from another network."""
        import trio

        transport = self.transports.get(link)
        if transport is None or transport in self._doubted:
            return
        self._doubted.add(transport)
        await trio.sleep(DOUBT)
        self._doubted.discard(transport)
        with contextlib.suppress(OSError):
            if self.transports.get(link) is transport and transport.in_vain >= IN_VAIN:
                transport.shut()

    def accept(
        self,
        auth: AuthInfo,
        sock: socket.socket,
        remote: Address,
        rest: bytes,
        pending: PendingConnection,
        way: Way = STRAIGHT,
    ) -> None:
        """A connection that the listener found to be ours; ``rest`` came behind AUTH_INFO. It has its place among those
        that are not connected yet, until it is."""
        runner = self._runner
        link = runner.input(runner.graph.accepted, auth, remote)
        transport = self._attach(link, sock, way)
        pending.evict = transport.shut
        runner.spawn(self._serve_way, way, link, transport, rest, pending)

    def _attach(self, link: Link, sock: socket.socket, way: Way) -> network.Transport:
        transport = network.Transport(sock, self._engine.post, way.layers)
        transport.kind = way.kind
        link.backlog = transport.backlog
        transport.drained = lambda: self._drained(link)
        self.transports[link] = transport
        return transport

    # Proving who one is -----------------------------------------------------------------------------------------------

    async def _negotiate(
        self, security: GraphSecurity, link: Link, transport: network.Transport, first: bytes
    ) -> tuple[Wire, bytes] | None:
        """Have both sides prove who they are: what the connection goes through from then on, and the frames that have
        come already. None when it is over. The graph's authentication timer bounds it."""
        import trio

        global _limiter
        _limiter = _limiter or trio.CapacityLimiter(HANDSHAKES)
        runner = self._runner
        expected = link.wanted_peer if link.outgoing else link.peer_id
        connection = security.connection(outgoing=link.outgoing, expected=expected)
        try:
            answer = await in_thread(connection.start, limiter=_limiter)
            complete, data = False, first
            while True:
                if answer:
                    transport.queue(answer)
                    transport.flush()
                if complete:
                    break
                if not data:
                    with trio.move_on_after(BETWEEN_RECORDS):
                        data = await transport.read()
                if not data or transport.finishing or runner.closed:
                    runner.handshake_ended(link, connection)
                    return None
                # By this machine's own clock: neighbors move peer time, and must not make a membership last longer.
                answer, complete = await in_thread(connection.receive, data, moment().utc, limiter=_limiter)
                data = b""
            wire = Wire(connection)
            frames = wire.open(b"")
        except Exception as error:  # whatever it is, nobody has proved anything
            self._engine.report(error)
            log_refused(runner.graph, link, error)
            runner.handshake_ended(link, connection)
            return None
        transport.seal_with(wire.seal)
        runner.input(runner.graph.authenticated, link, connection.peer)
        return wire, frames

    # Reading ----------------------------------------------------------------------------------------------------------

    def _drained(self, link: Link) -> bool:
        """Have the machine make the next piece of an answer; whether there was one to make."""
        if not link.answering or self._runner.closed:
            return False
        self._runner.input(self._runner.graph.drained, link)
        return True

    async def _serve(
        self, link: Link, transport: network.Transport, first: bytes, pending: PendingConnection | None = None
    ) -> None:
        """Read until the connection ends. ``first``: what was read already."""
        import trio

        runner = self._runner
        if not runner.closed:
            self._engine.network_watch.follow(self)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(transport.writer)
                try:
                    await self._read(link, transport, first, pending)
                finally:
                    transport.ended.set()
                    nursery.cancel_scope.cancel()
        finally:
            if pending is not None:
                pending.leave()
            if not transport.finishing:
                try:
                    with contextlib.suppress(PeerError):
                        runner.input(runner.graph.lost, link, 0, transport.kind is PathKind.RELAYED)
                finally:
                    self.transports.pop(link, None)
                    transport.close()

    async def _read(
        self, link: Link, transport: network.Transport, data: bytes, pending: PendingConnection | None
    ) -> None:
        import trio

        runner, wire = self._runner, None
        security = runner.graph.security
        if security is not None:
            made = await self._negotiate(security, link, transport, data)
            if made is None:
                return
            wire, data = made
        while True:
            if data and not transport.finishing and not runner.closed:
                if not self._received(link, data):
                    return
                if pending is not None and link.connected:
                    pending.leave()
                    pending = None
                while link.waiting or link.paused:
                    if link.waiting:
                        await self._until_judged(link)
                    else:
                        await runner.keep_up()
                        await self._work_ahead(link)
                        runner.input(runner.graph.resume, link)
                while link.answering and transport.pending < network.LOW_WATER and not transport.broken:
                    patient, begun = link.answering[0].patient, moment().elapsed
                    self._drained(link)
                    if patient:
                        await trio.sleep(OTHERS * (moment().elapsed - begun))
                    else:
                        await trio.lowlevel.checkpoint()
                await runner.keep_up()
            data = await self._next(link, transport)
            if not data:
                return
            if wire is not None:
                try:
                    data = wire.open(data)
                except Exception as error:
                    self._engine.report(error)
                    return

    @staticmethod
    async def _work_ahead(link: Link) -> None:
        """Do what takes long about a long record with no lock held, and let others have their turn."""
        import trio

        intake = link.intake
        if intake is None or intake.ahead is None:
            await trio.lowlevel.checkpoint()
        else:
            work, intake.ahead = intake.ahead, None
            await in_thread(work)

    @staticmethod
    async def _next(link: Link, transport: network.Transport) -> bytes:
        """What arrives next; nothing at the end, and when the rest of a message does not come."""
        if link.deframer.is_idle:
            return await transport.read()
        import trio

        with trio.move_on_after(HALF_MESSAGE):
            return await transport.read()
        return b""

    def _received(self, link: Link, data: bytes) -> bool:
        """Give the machine what has come; False when the connection is to be ended."""
        try:
            self._runner.input(self._runner.graph.received, link, data)
        except GraphShuttingDown:
            raise
        except Exception as error:
            # The store failed. What arrived is not acknowledged; the other side offers it again on the next connection.
            self._engine.report(error)
            return False
        return True

    # Waiting for a foreign provider -----------------------------------------------------------------------------------

    async def _until_judged(self, link: Link) -> None:
        """Read no more of a link while the security provider has its records."""
        import trio

        judged = self._judged[link] = trio.Event()
        if link.waiting:
            await judged.wait()
        self._judged.pop(link, None)

    def resume(self, link: Link | None) -> None:
        """The provider has answered for a link; any thread."""
        if link is not None and not link.waiting:
            self._engine.post(partial(self._go_on, link))

    def _go_on(self, link: Link) -> None:
        event = self._judged.get(link)
        if event is not None:
            event.set()

    def release(self) -> None:
        """The graph is closed; nobody waits for a provider any longer, nor follows the network. Any thread."""
        self._engine.post(partial(self._engine.network_watch.leave, self), hurry=False)
        for event in list(self._judged.values()):
            self._engine.post(event.set, hurry=False)
