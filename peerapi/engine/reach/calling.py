"""Calls through a relay over real sockets, from either end, until the connection is one of a graph."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine import network, port_mapping
from peerapi.engine.reach import known, proxy, shared_port, standing
from peerapi.engine.reach.direct import Search
from peerapi.engine.reach.failures import failure, sentence
from peerapi.engine.reach.opened_port import OpenedPort
from peerapi.engine.reach.sockets import read, send
from peerapi.engine.runtime import moment
from peerapi.environment import variable
from peerapi.path_kind import PathKind
from peerapi.reach.call import Call
from peerapi.reach.candidates import own_candidates
from peerapi.reach.direct import Offer
from peerapi.reach.frames import Candidate, Met
from peerapi.reach.greeting import Ticket
from peerapi.reach.leg import Layer, RelayAccess
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.seat import RelayEndpoint, relay_of
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    import ssl

RELAY_ONLY = "PEERAPI_RELAY_ONLY"
"1: who calls or is called through a relay stays there, and learns no address."
PATIENCE = 20.0
"Seconds until the other node is there, both have proved what they have to, and no direct connection is awaited."
refused: Counter[Refusal] = Counter()
"Calls of this process that were ended, and why; and what was refused of direct connections."


class Path(NamedTuple):
    """A connection to another node."""

    sock: socket.socket
    layers: Sequence[Layer]
    "What its bytes go through, the innermost first."
    first: bytes
    "Bytes of the graph that have come already."
    caller: Address
    "Where the other node's connection comes from; through a relay, as that says."
    kind: PathKind
    ticket: Ticket | None
    "What both ends alone know of this call."
    give_back: Callable[[], object]
    "To be called when the connection has ended: a port of the router that was open for it is closed."


def is_direct_wanted() -> bool:
    """Whether this user lets nodes tell each other where they are, and look for a connection without the relay."""
    return variable(RELAY_ONLY) != "1"


async def connect(endpoint: RelayEndpoint, *, share: bool = False) -> socket.socket:
    """A TCP connection to a relay, also through the user's proxy; ``share``: from a port that other sockets may have,
    too. Raises OSError."""
    by: proxy.Proxy | None = None
    try:
        by = proxy.of(endpoint.address)
        sock = await (_dial(endpoint, share=share) if by is None else _race(endpoint, by, share=share))
    except proxy.NoProxy as error:
        raise OSError(str(error)) from error
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno or errno.EHOSTUNREACH, f"no connection to the relay {endpoint}: {why}") from error
    process.own(sock)
    network.notice_silence(sock)
    return sock


async def _dial(endpoint: RelayEndpoint, *, share: bool) -> socket.socket:
    return await network.dial(endpoint.address, partial(shared_port.share, port=0) if share else None)


async def _race(endpoint: RelayEndpoint, by: proxy.Proxy, *, share: bool) -> socket.socket:
    """Directly, and by the proxy: who is first."""
    import trio

    made: list[socket.socket] = []
    failures: list[OSError] = []

    async def attempt(dialing: Callable[[], Awaitable[socket.socket]], failed: trio.Event) -> None:
        try:
            made.append(await dialing())
            nursery.cancel_scope.cancel()
        except OSError as error:
            failures.append(error)
            failed.set()

    async with trio.open_nursery() as nursery:
        first = trio.Event()
        nursery.start_soon(attempt, partial(_dial, endpoint, share=share), first)
        with trio.move_on_after(proxy.AFTER):
            await first.wait()
        nursery.start_soon(attempt, partial(proxy.dial, by, endpoint.address), trio.Event())
    for one in made[1:]:
        one.close()
    if not made:
        raise failures[-1]
    return made[0]


async def call(address: Address, listening: Sequence[Address] = ()) -> Path:
    """A connection to the node that has a seat address. ``listening``: where the caller's own graph listens. Raises
    OSError, Refused."""
    endpoint = relay_of(address)
    found = (one.access for one in known.relays(data_folder()) if one.access.endpoint == endpoint)
    access = next(found, None)
    if access is None:
        if not endpoint.is_public:
            refused[Refusal.LEG] += 1
            raise Refused(Refusal.LEG, f"{endpoint} is no place for a relay that others may name")
        access = RelayAccess(endpoint)
    path = await _made(access, partial(Call.to, access, address), listening, address, direct=is_direct_wanted())
    if path.ticket is not None:
        standing.remember(address, path.ticket)
    return path


async def connection(address: Address) -> Path:
    """The same for who is no graph. Raises what an application is told, PEER_E_CONNECTION_FAILED above all."""
    try:
        return await call(address)
    except (OSError, Refused) as error:
        raise failure(error)(f"Nobody is reached at {address} through a relay: {sentence(error)}") from error


async def answer(
    access: RelayAccess, token: bytes, context: ssl.SSLContext, listening: Sequence[Address] = (), *, direct: bool
) -> Path:
    """A connection to who calls. ``context``: of the seat that is called; ``direct``: a connection without the relay is
    looked for, if the caller wants one. Raises OSError, Refused."""
    return await _made(access, partial(Call.answer, access, token, context), listening, None, direct=direct)


async def _made(
    access: RelayAccess,
    make: Callable[[Offer | None], Call],
    listening: Sequence[Address],
    called: Address | None,
    *,
    direct: bool,
) -> Path:
    import trio

    shared: socket.socket | None = None
    sock: socket.socket | None = None
    machine: Call | None = None
    opened: OpenedPort | None = None
    try:
        with trio.fail_after(PATIENCE):
            sock = await connect(access.endpoint, share=direct)
            if direct:
                with contextlib.suppress(OSError):
                    shared = shared_port.listen(sock.getsockname()[1])
                if port_mapping.wanted() and not any(one.is_public and not one.relay for one in listening):
                    opened = OpenedPort(sock.getsockname()[1])
            machine = make(_offer(sock, listening, opened, called) if direct else None)
            await _meet(access, sock, machine)
            if not machine.done:
                search = Search(machine, sock, shared)
                shared = None
                sock = await search.run()
        assert machine.met is not None
        there = machine.met.other if machine.kind is PathKind.RELAYED else _peer(sock)
        give_back: Callable[[], object] = _nothing
        if opened is not None and machine.kind is PathKind.REVERSED:
            give_back, opened = opened.give_back, None
        return Path(sock, machine.layers, machine.rest, there, machine.kind, _ticket(machine), give_back)
    except BaseException as error:
        if sock is not None:
            process.disown(sock)
        if isinstance(error, Refused):
            refused[error.reason] += 1
        if isinstance(error, trio.TooSlowError):
            refused[Refusal.UNANSWERED] += 1
            raise Refused(Refusal.UNANSWERED, f"the relay {access.endpoint} does not answer in time") from error
        raise
    finally:
        if opened is not None:
            opened.give_back()
        if shared is not None:
            process.disown(shared)
        if machine is not None and machine.negotiation is not None:
            refused.update(machine.negotiation.refused)


def _ticket(machine: Call) -> Ticket | None:
    return None if machine.negotiation is None else machine.negotiation.ticket


def _nothing() -> None:
    """Nothing is open."""


async def _meet(access: RelayAccess, sock: socket.socket, machine: Call) -> None:
    """Until the envelope stands."""
    await send(sock, machine.start())
    while not machine.done and machine.negotiation is None:
        data = await read(sock)
        if not data:
            raise Refused(Refusal.LEG, f"the relay {access.endpoint} has ended the connection")
        answer = machine.receive(data, moment().elapsed)
        if answer:
            await send(sock, answer)


def _offer(
    sock: socket.socket, listening: Sequence[Address], opened: OpenedPort | None, called: Address | None
) -> Offer:
    """What a direct connection is looked for with."""
    here = [one for one, _ in network.interface_addresses()]
    port = sock.getsockname()[1]
    before = () if called is None else standing.before(called)
    ips = {one.ip for one in here}

    def candidates(met: Met) -> Sequence[Candidate]:
        return own_candidates(met, [*listening, *(opened.public if opened is not None else ())], here, port)

    return Offer(os.urandom(16), candidates, ips, before)


def _peer(sock: socket.socket) -> Address:
    host, port, *rest = sock.getpeername()
    return Address.parse(host, port, *rest[1:])
