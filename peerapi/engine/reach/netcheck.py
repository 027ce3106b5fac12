"""What kind of network this machine is in, and which way leads in and out: asks the routers and the relays that the
user knows, and nobody else."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import peerapi.process as process
from peerapi.address import Address
from peerapi.engine import network
from peerapi.engine.port_mapping import PortMapping, routers_in_between
from peerapi.engine.reach import calling, shared_port
from peerapi.engine.reach.failures import sentence
from peerapi.engine.reach.sockets import read, send
from peerapi.engine.runtime import moment
from peerapi.reach.frames import Decoder, Hello, MalformedFrame, No, Probe, Probed, Welcome, encode
from peerapi.reach.leg import Leg
from peerapi.reach.netcheck import RelaySeen
from peerapi.reach.refusal import REASONS, Refusal, Refused
from peerapi.reach.seats import Known

PATIENCE = 10.0
"Seconds that a relay may take for all of it, with its own call back."
ROUTER_PATIENCE = 4.0


class Measured(NamedTuple):
    """What was seen, before anything is concluded."""

    addresses: tuple[Address, ...]
    "Of this machine, without loopback ones, port 0"
    routers: tuple[Address, ...]
    mapped: tuple[Address, ...]
    "Where routers have opened a port on request"
    relays: tuple[RelaySeen, ...]


def measured(relays: Sequence[Known], *, ask_routers: bool) -> Measured:
    """``measure`` to its end, for a thread that runs no loop."""
    import trio

    return trio.run(partial(measure, relays, ask_routers=ask_routers))


async def measure(relays: Sequence[Known], *, ask_routers: bool) -> Measured:
    """Task: ask everybody at once."""
    import trio

    addresses = tuple(one for one, _ in network.interface_addresses() if not one.is_loopback)
    routers = tuple(Address(one, 0) for one in routers_in_between())
    seen: dict[int, RelaySeen] = {}
    mapped: list[Address] = []

    async def look(number: int, known: Known) -> None:
        seen[number] = await _relay(known)

    async with trio.open_nursery() as nursery:
        if ask_routers:
            nursery.start_soon(_ask_routers, mapped)
        for number, known in enumerate(relays):
            nursery.start_soon(look, number, known)
    return Measured(addresses, routers, tuple(mapped), tuple(seen[number] for number in range(len(relays))))


async def _ask_routers(found: list[Address]) -> None:
    """Have them open a port, and give it back."""
    import trio

    with shared_port.listen(0) as sock:
        mapping = PortMapping(sock.getsockname()[1], lambda: None)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(mapping.run)
            with trio.move_on_after(ROUTER_PATIENCE):
                while not mapping.answered.is_set():
                    await trio.sleep(0.01)
            found += mapping.public
            mapping.close()


async def _relay(known: Known) -> RelaySeen:
    """Two connections to a relay, from two ports, and its call back to one of them."""
    import trio

    endpoint = str(known.access.endpoint)
    began = moment().elapsed
    with trio.move_on_after(PATIENCE):
        try:
            first = await _greeted(known, shared=True)
            second = await _greeted(known, shared=False)
        except (OSError, Refused, MalformedFrame) as error:
            return RelaySeen(endpoint, sentence(error))
        return RelaySeen(
            endpoint,
            "",
            round_trip=first.round_trip,
            own=first.own,
            observed=first.observed,
            keeps_ports=all(one.own.port == one.observed.port for one in (first, second)),
            lets_in=first.lets_in,
            left=first.left,
            seats=first.seats,
        )
    return RelaySeen(endpoint, f"does not answer within {moment().elapsed - began:.0f} s")


class _Greeting(NamedTuple):
    round_trip: float
    own: Address
    observed: Address
    left: int
    seats: int
    lets_in: bool | None


async def _greeted(known: Known, *, shared: bool) -> _Greeting:
    """Say HELLO; and where ``shared``, have the relay call back at the same port. Raises OSError, Refused,
    MalformedFrame."""
    began = moment().elapsed
    sock = await calling.connect(known.access.endpoint, share=shared)
    round_trip = moment().elapsed - began
    listening: socket.socket | None = None
    try:
        host, port, *_ = sock.getsockname()
        leg, decoder = Leg(known.access), Decoder()
        await send(sock, leg.start())
        asked = False
        welcome: Welcome | None = None
        while True:
            data = await read(sock)
            if not data:
                raise Refused(Refusal.LEG, f"the relay {known.access.endpoint} has ended the connection")
            said, plain = leg.receive(data)
            if said:
                await send(sock, said)
            if leg.open and not asked:
                asked = True
                await send(sock, leg.encrypt(encode(Hello(known.granted))))
            decoder.feed(plain)
            while (frame := decoder.next()) is not None:
                match frame:
                    case Welcome():
                        welcome = frame
                        if not shared:
                            return _result(round_trip, host, port, welcome, None)
                        listening = shared_port.listen(port)
                        await send(sock, leg.encrypt(encode(Probe(port))))
                    case Probed(reached) if welcome is not None:
                        return _result(round_trip, host, port, welcome, reached)
                    case No(code, _, text) if welcome is not None:  # it has been asked to call back too often
                        return _result(round_trip, host, port, welcome, None)
                    case No(code, _, text):
                        raise Refused(REASONS.get(code, Refusal.LEG), "".join(filter(str.isprintable, text)))
    finally:
        for one in (sock, listening):
            if one is not None:
                process.disown(one)


def _result(round_trip: float, host: str, port: int, welcome: Welcome, lets_in: bool | None) -> _Greeting:
    own = Address.parse(host, port)
    return _Greeting(round_trip, own, welcome.observed, welcome.left, welcome.seats, lets_in)
