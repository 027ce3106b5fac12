"""Homes and their routers on virtual time: TCP at the level of SYNs, so far that it matters who lets whom in.

Kinds of homes are those of the lab (``tests/support/homes.py``), as routers behave there: all but PUBLIC let in only
what belongs to a connection that has gone out; CONE keeps the port of its host, SYMMETRIC and CARRIER draw one for each
connection, MAPPED lets one port in, CLOSED has IPv6 without translation.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from peerapi.address import IPV4_MAPPED, Address
from tests.support.homes import Kind

SYN_AGAIN, GIVE_UP = 1.0, 3.0
"Seconds until a SYN is repeated, once, and until a dialing is over."
LISTENING_PORT = 4001


class Internet:
    """Everything that happens, in order."""

    def __init__(self, chance: random.Random, delay: float = 0.02, *, refuses: bool = False) -> None:
        """``delay``: seconds from any host to any other; ``refuses``: routers answer what they do not let in."""
        self.chance, self.delay, self.refuses = chance, delay, refuses
        self.now = 0.0
        self.syns: Counter[Address] = Counter()
        "How often somebody has been called, by address."
        self.drops = 0
        "So many SYNs are lost from now on, behind the router of who has sent them."
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._owners: dict[bytes, Host] = {}
        self._count = 0

    def at(self, pause: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._events, (self.now + pause, next(self._order), action))

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._events and self._events[0][0] <= end:
            self.now, _, action = heapq.heappop(self._events)
            action()
        self.now = end

    def host(self, kind: Kind) -> Host:
        self._count += 1
        number = self._count.to_bytes(2, "big")
        public = IPV4_MAPPED + b"\x14\x00" + number
        own = public if kind is Kind.PUBLIC else IPV4_MAPPED + b"\xc0\xa8\x01" + number[1:]
        ipv6 = b"\x2a\x0f\x00\x10" + bytes(10) + number if kind is Kind.CLOSED else None
        host = Host(self, kind, own, public, ipv6)
        self._owners[public] = host
        if ipv6 is not None:
            self._owners[ipv6] = host
        return host

    def owner(self, ip: bytes) -> Host | None:
        return self._owners.get(ip)


class Stream:
    """One end of a connection."""

    def __init__(self, internet: Internet, remote: Address) -> None:
        self.remote = remote
        self.other: Stream | None = None
        self.closed = False
        self.heard: Callable[[bytes], object] = lambda data: None
        self.ended: Callable[[], object] = lambda: None
        self._internet = internet

    def send(self, data: bytes) -> None:
        other = self.other
        if not self.closed and other is not None:
            self._internet.at(self._internet.delay, lambda: None if other.closed else other.heard(data))

    def close(self) -> None:
        other = self.other
        if not self.closed and other is not None:
            self.closed = True
            self._internet.at(self._internet.delay, lambda: None if other.closed else other.ended())


@dataclass(eq=False)
class Dialing:
    host: Host
    port: int
    there: Address
    connected: Callable[[Stream], object]
    lost: Callable[[], object]
    over: bool = False


@dataclass(eq=False)
class Host:
    """One host with what is between it and the world."""

    internet: Internet
    kind: Kind
    own: bytes
    public: bytes
    ipv6: bytes | None
    listening: dict[int, Callable[[Stream], object]] = field(default_factory=dict)
    dialings: dict[tuple[int, Address], Dialing] = field(default_factory=dict)
    _drawn: dict[tuple[int, Address], int] = field(default_factory=dict)
    _let_out: dict[tuple[int, Address], int] = field(default_factory=dict)
    _next_port: int = 40000

    @property
    def addresses(self) -> list[Address]:
        """What its interfaces have, port 0."""
        return [Address(one, 0) for one in (self.ipv6, self.own) if one is not None]

    @property
    def told(self) -> list[Address]:
        """Where it listens, as its graph knows."""
        inside = [one._replace(port=LISTENING_PORT) for one in self.addresses]
        return [Address(self.public, LISTENING_PORT), *inside] if self.kind is Kind.MAPPED else inside

    def free_port(self) -> int:
        self._next_port += 1
        return self._next_port

    def leaves(self, port: int, there: Address) -> Address:
        """Where something comes from that goes out."""
        if not there.is_ipv4 and self.ipv6 is not None:
            self._let_out[port, there] = port
            return Address(self.ipv6, port)
        outside = port
        if self.kind in (Kind.SYMMETRIC, Kind.CARRIER, Kind.CLOSED):
            outside = self._drawn.setdefault((port, there), self.internet.chance.randrange(1024, 65536))
        self._let_out[outside, there] = port
        return Address(self.public, outside)

    def enters(self, port: int, source: Address) -> int | None:
        """To which port something comes; None: it does not."""
        if self.kind is Kind.PUBLIC or (self.kind is Kind.MAPPED and port == LISTENING_PORT):
            return port
        return self._let_out.get((port, source))

    def dial(
        self, port: int, there: Address, connected: Callable[[Stream], object], lost: Callable[[], object]
    ) -> Dialing:
        dialing = Dialing(self, port, there, connected, lost)
        if (port, there) in self.dialings:
            self.internet.at(0, lambda: _lose(dialing))
            return dialing
        self.dialings[port, there] = dialing
        self._syn(dialing)
        self.internet.at(SYN_AGAIN, lambda: self._syn(dialing))
        self.internet.at(GIVE_UP, lambda: _lose(dialing))
        return dialing

    def _syn(self, dialing: Dialing) -> None:
        if not dialing.over:
            source = self.leaves(dialing.port, dialing.there)
            self.internet.syns[dialing.there] += 1
            if self.internet.drops:
                self.internet.drops -= 1
                return
            self.internet.at(self.internet.delay, lambda: self._arrive(dialing, source))

    def _arrive(self, dialing: Dialing, source: Address) -> None:
        internet = self.internet
        host = internet.owner(dialing.there.ip)
        if dialing.over or host is None:
            return
        port = host.enters(dialing.there.port, source)
        if port is None:
            if internet.refuses:
                internet.at(internet.delay, lambda: _lose(dialing))
            return
        other = host.dialings.get((port, source))
        if other is not None and not other.over:
            _join(internet, dialing, other.connected, other)
        elif port in host.listening:
            _join(internet, dialing, host.listening[port])
        else:
            internet.at(internet.delay, lambda: _lose(dialing))


def _join(
    internet: Internet, dialing: Dialing, accept: Callable[[Stream], object], other: Dialing | None = None
) -> None:
    here = Stream(internet, dialing.there)
    there = Stream(internet, dialing.host.leaves(dialing.port, dialing.there))
    here.other, there.other = there, here
    for one in (dialing, other):
        if one is not None:
            one.over = True
    internet.at(internet.delay, lambda: dialing.connected(here))
    internet.at(0, lambda: accept(there))


def _lose(dialing: Dialing) -> None:
    if not dialing.over:
        dialing.over = True
        dialing.host.dialings.pop((dialing.port, dialing.there), None)
        dialing.lost()
