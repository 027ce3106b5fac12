"""A graph among homes on virtual time: most nodes are behind routers, and reached through relays of which one dies.

A node at home is called at its seats; a call finds out the way by the real machines of a search for a direct connection
(``reach.direct``) over the pretended routers of ``internet``. Through a relay that is dead nobody is called, and the
links through it end. How seats are taken is not played here but in time: a seat is back some seconds after its relay.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from peerapi.address import IPV4_MAPPED, SEAT, Address
from peerapi.graphing.link import Link
from peerapi.path_kind import PathKind
from peerapi.reach.candidates import own_candidates
from peerapi.reach.direct import Chosen, Close, Dial, Failed, Negotiation, Offer, Output, Say, Send
from peerapi.reach.frames import CALLEE, CALLER, Frame, Met
from tests.simulation.internet import LISTENING_PORT, Dialing, Host, Internet, Stream
from tests.simulation.node import Node, Wire
from tests.simulation.world import World
from tests.support.homes import Kind

AT_HOME = (Kind.CONE, Kind.SYMMETRIC, Kind.CARRIER, Kind.CLOSED)
RELAY_PORT = 443
BACK = 60.0
"Seconds within which all seats are taken again."


class Relay:
    """One that is there, or not."""

    def __init__(self, number: int) -> None:
        self.address = Address(IPV4_MAPPED + bytes((198, 51, 100, number)), RELAY_PORT)
        self.alive = True
        self.sessions: dict[Wire, None] = {}
        "The glued connections, one end of each."

    def seat(self, node: Node) -> Address:
        return Address(SEAT + self.address.ip[12:] + node.address.ip[8:], RELAY_PORT)


class Envelope:
    """Stands for TLS, which would only cost time here."""

    ready = False
    certificate = b""

    def start(self) -> bytes:
        return b"hello"

    def handshake(self, data: bytes) -> bytes:
        self.ready = True
        return b"" if data == b"there" else b"there"

    def encrypt(self, plain: bytes) -> bytes:
        return plain

    def decrypt(self, data: bytes) -> bytes:
        return data


class End:
    """One end of a search, and its sockets."""

    def __init__(self, search: Search, host: Host, role: int, met: Met, port: int) -> None:
        self.search, self.host, self.port = search, host, port
        self.streams: dict[int, Stream] = {}
        self.chosen: Chosen | None = None
        self._dialings: dict[int, Dialing] = {}
        here = host.addresses
        told = host.told if host.kind in (Kind.PUBLIC, Kind.MAPPED) else []
        offer = Offer(
            host.internet.chance.randbytes(16),
            lambda met: own_candidates(met, told, here, port),
            {one.ip for one in here},
        )
        make: Any = Envelope
        self.machine = Negotiation(role, met, offer, make, lambda shown: None)
        host.listening[port] = self._accepted

    def feed(self, work: Any, *args: object) -> Any:
        """One input of the machine, and what it wants then."""
        internet = self.host.internet
        result = work(*args, internet.now)
        while self.machine.outputs:
            outputs, self.machine.outputs = self.machine.outputs, []
            for output in outputs:
                self._do(output)
        following = self.machine.timers.next
        if following is not None:
            internet.at(max(0.0, following - internet.now), lambda: self.feed(self.machine.tick))
        return result

    def _do(self, output: Output) -> None:
        match output:
            case Say(frame):
                self.search.say(self, frame)
            case Dial(number, address):
                lost = partial(self._lost, number)
                self._dialings[number] = self.host.dial(self.port, address, partial(self._has, number), lost)
            case Send(number, data):
                if number in self.streams:
                    self.streams[number].send(data)
            case Close(number):
                self._drop(number)
            case Chosen(number):
                self.chosen = output
                self.end(but=number)
                self.search.over(self)
            case Failed():
                self.end()
                self.search.over(self)

    def _drop(self, number: int) -> None:
        stream, dialing = self.streams.pop(number, None), self._dialings.pop(number, None)
        if stream is not None:
            stream.close()
        elif dialing is not None:
            dialing.over = True

    def end(self, but: int | None = None) -> None:
        self.host.listening.pop(self.port, None)
        for number in [*self.streams, *self._dialings]:
            if number != but:
                self._drop(number)

    def _has(self, number: int, stream: Stream) -> None:
        self._take(number, stream)
        self.feed(self.machine.connected, number)

    def _take(self, number: int, stream: Stream) -> None:
        self.streams[number] = stream
        stream.heard = partial(self._received, number)
        stream.ended = partial(self._lost, number)

    def _accepted(self, stream: Stream) -> None:
        number = self.feed(self.machine.accepted)
        if number is None:
            stream.close()
        else:
            self._take(number, stream)
            self.feed(lambda now: None)

    def _received(self, number: int, data: bytes) -> None:
        if self.chosen is None:
            self.feed(self.machine.received, number, data)

    def _lost(self, number: int) -> None:
        if self.streams.pop(number, None) is not None or self.chosen is None:
            self.feed(self.machine.lost, number)


class Search:
    """Both ends of a call through a relay, until it is clear by which way it goes."""

    def __init__(self, world: HomesWorld, relay: Relay, caller: Node, callee: Node, done: Any) -> None:
        """``done``: called with the way, or None."""
        self._world, self._relay, self._done = world, relay, done
        hosts = [world.host_of(one) for one in (caller, callee)]
        ports = [one.free_port() for one in hosts]
        seen = [host.leaves(port, relay.address) for host, port in zip(hosts, ports, strict=True)]
        self._caller = End(self, hosts[0], CALLER, Met(CALLER, seen[0], seen[1], 0), ports[0])
        self._callee = End(self, hosts[1], CALLEE, Met(CALLEE, seen[1], seen[0], 0), ports[1])
        self._callee.feed(self._callee.machine.begin)
        self._caller.feed(self._caller.machine.begin)

    def say(self, end: End, frame: Frame) -> None:
        other = self._callee if end is self._caller else self._caller

        def arrive() -> None:
            if self._relay.alive:
                other.feed(other.machine.take, frame)

        self._world.at(self._world.now + 2 * self._world.internet.delay, arrive)

    def over(self, end: End) -> None:
        if end is self._caller:
            self._done(None if end.chosen is None else end.chosen.kind)


class Homes(Internet):
    """Routers on the clock of a world."""

    def __init__(self, world: HomesWorld, delay: float) -> None:
        self._world = world
        super().__init__(world.random, delay)

    @property
    def now(self) -> float:  # type: ignore[override]
        return self._world.now

    @now.setter
    def now(self, value: float) -> None:
        """The world's clock is another one's affair."""

    def at(self, pause: float, action: Any) -> None:
        self._world.at(self._world.now + pause, action)


class HomesWorld(World):
    """Nodes of which ``at_home`` (a part) are behind routers, and relays."""

    def __init__(self, seed: int, *, relays: int = 3, at_home: float = 0.7, delay: float = 0.04, **others: Any) -> None:
        super().__init__(seed, **others)
        self.internet = Homes(self, delay)
        self.relays = [Relay(number) for number in range(1, relays + 1)]
        self.paths: Counter[PathKind] = Counter()
        "How many calls through relays have come to go which way."
        self._at_home = at_home
        self._hosts_of: dict[str, Host] = {}
        self._seats: dict[Address, Node] = {}
        self._seated_from: dict[tuple[Relay, str], float] = {}

    def host_of(self, node: Node) -> Host:
        """The machine of a node; it stays the same over its lives."""
        host = self._hosts_of.get(node.name)
        if host is None:
            first = not self._hosts_of
            home = not first and self.random.random() < self._at_home
            host = self.internet.host(self.random.choice(AT_HOME) if home else Kind.PUBLIC)
            self._hosts_of[node.name] = host
        return host

    def _node(self, *args: Any) -> Node:
        node = super()._node(*args)
        host = self.host_of(node)
        if host.kind is Kind.PUBLIC:
            node.address = Address(host.public, LISTENING_PORT)
        else:
            first = self.random.randrange(len(self.relays))
            two = [self.relays[(first + further) % len(self.relays)] for further in range(min(2, len(self.relays)))]
            node.address, *node.others = [relay.seat(node) for relay in two]
        return node

    def seen(self, node: Node) -> Address:
        host = self.host_of(node)
        return Address(host.ipv6 or host.public, LISTENING_PORT)

    def _appear(self, node: Node) -> None:
        super()._appear(node)
        for seat in (node.address, *node.others):
            if seat.relay:
                self._seats[seat] = node

    def gone(self, node: Node) -> None:
        super().gone(node)
        for seat in (node.address, *node.others):
            self._seats.pop(seat, None)

    def dial(self, node: Node, link: Link, address: Address) -> None:
        if not address.relay:
            super().dial(node, link, address)
            return
        relay = next(one for one in self.relays if one.address.ip[12:] == address.ip[4:8])
        target = self._seats.get(address)
        lost = self.random.random() < self._dial_loss
        reached = target is not None and bool(target.graph.addresses) and self._reach(node, target)
        if not relay.alive or lost or not reached or target is None or self._is_standing_up(relay, target):
            self.at(self.now + self._delay(), lambda: node.do(node.graph.lost, link))
            return

        def done(way: PathKind | None) -> None:
            if way is PathKind.RELAYED and not relay.alive:
                way = None
            if way is None or not node.alive or link.over or not target.alive:
                node.do(node.graph.lost, link)
                return
            self.paths[way] += 1
            near, far = Wire(node, link), Wire(target)
            near.other, far.other = far, near
            if way is PathKind.RELAYED:
                near.relayed = far.relayed = True
                relay.sessions[near] = None
            self._attach(near)
            node.do(node.graph.dialed, link)

        # CALL and RING, JOIN and MET, the envelope: eight ways to the relay.
        self.at(self.now + 8 * self.internet.delay, lambda: Search(self, relay, node, target, done))

    def _is_standing_up(self, relay: Relay, node: Node) -> bool:
        return self._seated_from.get((relay, node.name), 0.0) > self.now

    def kill(self, relay: Relay) -> None:
        """A relay dies: links through it end, and nobody is called there."""
        relay.alive = False
        for wire in relay.sessions:
            if wire.open:
                self.cut(wire)
        relay.sessions.clear()

    def revive(self, relay: Relay) -> None:
        """It is back, and its nodes come back one after the other."""
        relay.alive = True
        for name in self._hosts_of:
            self._seated_from[relay, name] = self.now + self.random.uniform(0.0, BACK)
