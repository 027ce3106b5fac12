"""What the parts of a node of a ring share (MS-PNRP 3.1.1, 3.2.1; MC-DRT likewise), whatever part changes it."""

from __future__ import annotations

import random
from typing import Any, Protocol

from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.ring.amplification import PROBES_PER_HOST, AmplificationLimit
from peerapi.ring.cache import RouteCache
from peerapi.ring.outputs import SendDatagram
from peerapi.ring.refusal import Counters
from peerapi.ring.route_entry import LARGEST_BAD_PORT, RouteEntry
from peerapi.ring.scope import Scope
from peerapi.timers import Timers

LOOPBACK_PROBES = 64
"On one machine all nodes share one address, and nobody can pretend to be another host."


class LocalIds(Protocol):
    """The Locally Registered ID List, as far as the ring looks at it."""

    @property
    def ids(self) -> tuple[int, ...]:
        """All of them."""

    def holds(self, id: int) -> bool:
        """Whether ``id`` is registered here."""


class RingState:
    """One node, without anything that reacts. ``now`` is set by the machine before each input."""

    largest_bad_port = LARGEST_BAD_PORT
    "Ports up to this one are never used."

    tries_of_maintenance = 2
    "How often what keeps the cache true is sent (3.1.6.3)."
    tries_when_doubted = 0
    "An entry that did not answer stays until it has been asked so often once more; 0: it is gone at once."
    forget_failure = 60.0
    "Seconds for which a place that did not answer for an ID is not asked again."
    patience: float | None = None
    "Seconds after which an application's resolution asks another node beside one that has not answered; None: never."
    slowest_repair = 1
    "How many times slower than at first leaf sets are repaired that lose entries again and again."
    proves_all = False
    "Every entry has to show its CPA, not only those of leaf sets."

    def __init__(self, scope: Scope, scope_id: int, random: random.Random, local: LocalIds) -> None:
        self.scope = scope
        self._scope_id = scope_id
        self.random = random
        self.now = Moment(0, 0.0)
        self.outputs: list[Any] = []
        self.timers = Timers()
        self.counters = Counters()
        self.endpoints: tuple[Address, ...] = ()
        "Local Endpoint List: all with one port."
        self._last_handle = 0
        self.cache = RouteCache(random.getrandbits(256))
        self.local = local
        self.amplification = AmplificationLimit(LOOPBACK_PROBES if scope is Scope.LOOPBACK else PROBES_PER_HOST)

    def new_handle(self) -> int:
        """A number of a registration or resolution that no other one has had."""
        self._last_handle += 1
        return self._last_handle

    def new_nonce(self) -> bytes:
        return self.random.getrandbits(128).to_bytes(16, "big")

    def own_route(self, id: int) -> RouteEntry:
        return RouteEntry.of(id, self.endpoints)

    def party_of(self, source: Address) -> bytes:
        """Who is behind an address, as far as shares of what is bounded go: a machine has as many ports as it wants,
        and in the global cloud as many addresses of its network. In the loopback cloud all nodes are one machine."""
        if self.scope is Scope.GLOBAL:
            return source.ip[:8]
        return source.ip + source.port.to_bytes(2, "big") if self.scope is Scope.LOOPBACK else source.ip

    def choose(self, route: RouteEntry) -> Address:
        """The address of a route entry to send to: the one with most prefix in common with ours (RFC 3484)."""
        if len(route.addresses) == 1:
            return Address(route.addresses[0], route.port)
        own = int.from_bytes(self.endpoints[0].ip, "big")
        return Address(min(route.addresses, key=lambda ip: int.from_bytes(ip, "big") ^ own), route.port)

    def transmit(self, address: Address, data: bytes, kind: str) -> None:
        """Send a message of this kind, and count it."""
        self.counters.sent[kind] += 1
        self.counters.bytes_sent += len(data)
        if address.has_zone and not address.scope:
            address = address._replace(scope=self._scope_id)
        self.outputs.append(SendDatagram(address, data))
