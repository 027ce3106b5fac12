"""Calls through a relay over real sockets, from either end, until the connection is one of a graph."""

from __future__ import annotations

import os
import socket
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.reach import known
from peerapi.reach.call import Call
from peerapi.reach.leg import Layer, RelayAccess
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.seat import RelayEndpoint, relay_of
from peerapi.store.data_folder import data_folder

if TYPE_CHECKING:
    import ssl

READ = 16 << 10
PATIENCE = 20.0
"Seconds until the other node is there and both have proved what they have to."
refused: Counter[Refusal] = Counter()
"Calls of this process that were ended, and why."


class Path(NamedTuple):
    """A connection to another node."""

    sock: socket.socket
    layers: Sequence[Layer]
    "What its bytes go through, the innermost first."
    first: bytes
    "Bytes of the graph that have come already."
    caller: Address
    "Where the other node's connection to the relay comes from, as the relay says."


async def connect(endpoint: RelayEndpoint) -> socket.socket:
    """A TCP connection to a relay. Raises OSError."""
    try:
        sock = await network.dial(endpoint.address)
    except OSError as error:
        raise OSError(error.errno, f"no connection to the relay {endpoint}: {os.strerror(error.errno or 0)}") from error
    process.own(sock)
    network.notice_silence(sock)
    return sock


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


async def call(address: Address) -> Path:
    """A connection to the node that has a seat address. Raises OSError, Refused."""
    endpoint = relay_of(address)
    found = (one.access for one in known.relays(data_folder()) if one.access.endpoint == endpoint)
    access = next(found, None)
    if access is None:
        if not endpoint.is_public:
            refused[Refusal.LEG] += 1
            raise Refused(Refusal.LEG, f"{endpoint} is no place for a relay that others may name")
        access = RelayAccess(endpoint)
    return await _made(access, Call.to(access, address))


async def answer(access: RelayAccess, token: bytes, context: ssl.SSLContext) -> Path:
    """A connection to who calls. ``context``: of the seat that is called. Raises OSError, Refused."""
    return await _made(access, Call.answer(access, token, context))


async def _made(access: RelayAccess, machine: Call) -> Path:
    import trio

    sock = None
    try:
        with trio.fail_after(PATIENCE):
            sock = await connect(access.endpoint)
            await send(sock, machine.start())
            while not machine.done:
                data = await read(sock)
                if not data:
                    raise Refused(Refusal.LEG, f"the relay {access.endpoint} has ended the connection")
                answer = machine.receive(data)
                if answer:
                    await send(sock, answer)
    except BaseException as error:
        if sock is not None:
            process.disown(sock)
        if isinstance(error, Refused):
            refused[error.reason] += 1
        if isinstance(error, trio.TooSlowError):
            refused[Refusal.UNANSWERED] += 1
            raise Refused(Refusal.UNANSWERED, f"the relay {access.endpoint} does not answer in time") from error
        raise
    assert machine.met is not None
    return Path(sock, machine.layers, machine.rest, machine.met.other)
