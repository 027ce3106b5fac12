"""What the parts of a node in one cloud share (MS-PNRP 3.1.1, 3.2.1), whatever part changes it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from peerapi.address import Address
from peerapi.moment import Moment
from peerapi.pnrp.algorithms import MODERN, Profile, Signer
from peerapi.pnrp.amplification import PROBES_PER_HOST, AmplificationLimit
from peerapi.pnrp.cache import RouteCache
from peerapi.pnrp.outputs import Output, SendDatagram, State, StateChanged
from peerapi.pnrp.refusal import Counters
from peerapi.pnrp.registration import Registrations
from peerapi.pnrp.route_entry import RouteEntry
from peerapi.pnrp.scope import Scope
from peerapi.timers import Timers

LOOPBACK_PROBES = 64
"On one machine all nodes share one address, and nobody can pretend to be another host."


@dataclass(frozen=True, slots=True)
class CloudConfig:
    """What a cloud is, told once."""

    name: str = "Global_"
    scope: Scope = Scope.GLOBAL
    profile: Profile = MODERN
    "Which keys and hashes its nodes use; explicit, never negotiated."
    seeds: tuple[Address, ...] = ()
    "Seed servers."
    known: tuple[Address, ...] = ()
    "Endpoints to try first, most recently used first (LocalOOB)."
    multicast: bool = True
    "Whether SSDP is available; never so for a loopback cloud."
    scope_id: int = 0
    "Interface index of a link-local cloud."


class CloudState:
    """One node in one cloud, without anything that reacts. ``now`` is set by the machine before each input."""

    def __init__(self, config: CloudConfig, random: random.Random, signer: Signer) -> None:
        self.scope = config.scope
        self.profile = config.profile
        self.multicast = config.multicast and config.scope is not Scope.LOOPBACK
        self._scope_id = config.scope_id
        self.random = random
        self.signer = signer
        "The key of names that have none of their own."
        self.now = Moment(0, 0.0)
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.counters = Counters()
        self.endpoints: tuple[Address, ...] = ()
        "Local Endpoint List: up to four, all with one port."
        self.status = State.VIRTUAL
        self._last_handle = 0
        self.cache = RouteCache(random.getrandbits(256))
        self.registrations = Registrations()
        self.amplification = AmplificationLimit(LOOPBACK_PROBES if config.scope is Scope.LOOPBACK else PROBES_PER_HOST)

    @property
    def services(self) -> tuple[Address, ...]:
        """The Service Address List of a CPA."""
        return self.endpoints

    def change_status(self, status: State) -> None:
        if status is not self.status:
            self.status = status
            self.outputs.append(StateChanged(status))

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
