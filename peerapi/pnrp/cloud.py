"""One node in one cloud: the machine that joins cache, conversations, resolutions and registrations (MS-PNRP 3).

Sans-IO: inputs are method calls that carry ``now``; what shall happen outside collects in ``outputs``. The caller
gives one input at a time, carries the outputs out in order, and calls ``tick`` when ``timers.next`` has come. Nothing
here reads a clock, opens a socket or keeps a thread; randomness comes from the generator given, which for real clouds
must be ``random.SystemRandom``, since Message IDs and nonces rest on it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from peerapi.address import Address
from peerapi.errors import InvalidArgument
from peerapi.identity.names import PeerName
from peerapi.moment import Moment
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import MODERN, Profile, Signer, Verify
from peerapi.pnrp.authority import AuthorityBuffer, Reassembly
from peerapi.pnrp.cache import Entry, RouteCache
from peerapi.pnrp.chain import ChainCheck
from peerapi.pnrp.cpa import MOST_SERVICE_ADDRESSES, AppEndpoint
from peerapi.pnrp.discovery import Discovery
from peerapi.pnrp.exchange import PendingList
from peerapi.pnrp.guard import PROBES_PER_HOST, Guard
from peerapi.pnrp.intake import Intake
from peerapi.pnrp.maintenance import Maintenance
from peerapi.pnrp.messages import (
    Ack,
    Advertise,
    Authority,
    Criteria,
    Flood,
    Inquire,
    Lookup,
    Message,
    Reason,
    Request,
    Solicit,
    decode,
)
from peerapi.pnrp.outputs import Failure, Output, Resolved, SendDatagram, State, StateChanged
from peerapi.pnrp.probes import Probes
from peerapi.pnrp.proofs import Proofs
from peerapi.pnrp.publisher import Publisher
from peerapi.pnrp.refusal import Counters, Refusal
from peerapi.pnrp.registration import Registration, Registrations
from peerapi.pnrp.resolver import Resolver
from peerapi.pnrp.route_entry import LARGEST_BAD_PORT, RouteEntry
from peerapi.pnrp.scope import Scope
from peerapi.pnrp.synchronization import Synchronization
from peerapi.pnrp.wire import MalformedMessage
from peerapi.timers import Timers

LOOPBACK_PROBES = 64
"On one machine all nodes share one address, and nobody can pretend to be another host."
RESOLVE_TIMEOUT = 30.0
"Seconds; what PeerPnrpResolve waits."


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


class Cloud:
    """The state of one node in one cloud (3.1.1, 3.2.1) and its reactions."""

    def __init__(
        self,
        config: CloudConfig,
        *,
        random: random.Random,
        signer: Signer,
        verify: Verify,
        check_chain: ChainCheck | None = None,
    ) -> None:
        """``signer`` is the key of names that have none of their own; ``check_chain`` None refuses delegated names."""
        self.config = config
        self.scope = config.scope
        self.profile = config.profile
        self.multicast = config.multicast and config.scope is not Scope.LOOPBACK
        self.random = random
        self.signer = signer
        self.now = Moment(0, 0.0)
        self.outputs: list[Output] = []
        self.timers = Timers()
        self.counters = Counters()
        self.endpoints: tuple[Address, ...] = ()
        "Local Endpoint List: up to four, all with one port."
        self.state = State.VIRTUAL
        self.proofs = Proofs(self, verify, check_chain)
        self._last_handle = 0
        self.cache = RouteCache(random.getrandbits(256))
        self.registrations = Registrations()
        self.pending = PendingList(self)
        self.reassembly = Reassembly()
        self.guard = Guard(LOOPBACK_PROBES if config.scope is Scope.LOOPBACK else PROBES_PER_HOST)
        self.probes = Probes(self)
        self.intake = Intake(self)
        self.resolver = Resolver(self)
        self.publisher = Publisher(self)
        self.synchronization = Synchronization(self)
        self.discovery = Discovery(self, config.seeds, config.known)
        self.maintenance = Maintenance(self)

    def party_of(self, source: Address) -> bytes:
        """Who is behind an address, as far as shares of what is bounded go: a machine has as many ports as it wants,
        and in the global cloud as many addresses of its network. In the loopback cloud all nodes are one machine."""
        if self.scope is Scope.GLOBAL:
            return source.ip[:8]
        return source.ip + source.port.to_bytes(2, "big") if self.scope is Scope.LOOPBACK else source.ip

    # Opening and closing (3.1.4.1, 3.1.4.5) ---------------------------------------------------------------------------

    def open(self, endpoints: tuple[Address, ...], now: Moment) -> None:
        """Begin, listening on ``endpoints``: one port, addresses of the cloud's scope; the first four are used."""
        self.now = now
        self.endpoints = self._usable(endpoints)
        self._change_state(State.SYNCHRONIZING if self.endpoints else State.NO_NET)
        if self.endpoints:
            self.discovery.start()
        self.maintenance.start()

    def close(self, now: Moment) -> None:
        """Unregister everything and end: revocations are outputs, what was pending is given up."""
        self.now = now
        self.resolver.cancel_all(Failure.CANCELLED)
        if self.endpoints:
            for registration in self.registrations:
                self.publisher.unregister(registration.handle)
        self._fall_silent()
        self._change_state(State.VIRTUAL)

    def _fall_silent(self) -> None:
        """There is no address any longer from which anything could be sent."""
        self.pending.clear()
        self.probes.clear()
        self.guard.give_up_all()
        self.intake.clear()
        self.synchronization.clear()
        self.timers.cancel_all()
        self.endpoints = ()

    def addresses_changed(self, endpoints: tuple[Address, ...], now: Moment) -> None:
        """3.1.7.1, 3.2.7.2: another list of endpoints; registrations are announced at their new place."""
        self.now = now
        before = self.endpoints
        chosen = self._usable(endpoints)
        if chosen == before:
            return
        if not chosen:
            self.resolver.cancel_all(Failure.NO_ADDRESS)
            self._fall_silent()
            self.maintenance.start()
            self._change_state(State.NO_NET)
            return
        self.endpoints = chosen
        if not before:
            self._change_state(State.SYNCHRONIZING)
            self.discovery.start()
        for registration in self.registrations:
            self.publisher.announce(registration)
        self._update_state()

    def _usable(self, endpoints: tuple[Address, ...]) -> tuple[Address, ...]:
        """Those that this node can have. Raises InvalidArgument."""
        chosen = tuple(Address(one.ip, one.port) for one in endpoints if self.scope.fits(one.ip))[
            :MOST_SERVICE_ADDRESSES
        ]
        if len({one.port for one in chosen}) > 1 or any(one.port <= LARGEST_BAD_PORT for one in chosen):
            raise InvalidArgument("The endpoints of a cloud share one port above 1024.")
        return chosen

    def join(self, endpoints: tuple[Address, ...], now: Moment) -> None:
        """Nodes of the cloud have become known some other way: begin conversations with them at once."""
        self.now = now
        if self.endpoints:
            for endpoint in endpoints:
                self.synchronization.solicit(Address(endpoint.ip, endpoint.port))

    # Input from outside -----------------------------------------------------------------------------------------------

    def received(self, data: bytes, source: Address, now: Moment) -> None:
        """One datagram (3.1.5.2). Whatever it holds, nothing is raised: what is refused is counted."""
        self.now = now
        counters = self.counters
        counters.bytes_received += len(data)
        source = Address(source.ip, source.port)
        if source.port <= LARGEST_BAD_PORT:
            counters.refuse(Refusal.BAD_PORT)
            return
        if not self.scope.fits(source.ip):  # messages never cross a scope (1.3.3)
            counters.refuse(Refusal.ADDRESS)
            return
        if not self.endpoints or source in self.endpoints:
            return
        self.guard.heard(source, len(data), now.elapsed)
        self._dispatch(data, source)
        self._update_state()

    def ssdp_received(self, data: bytes, source: Address, now: Moment) -> None:
        """One SSDP datagram, from the group or as an answer to our search."""
        self.now = now
        if self.multicast and self.endpoints:
            self.discovery.on_ssdp(data, source)

    def tick(self, now: Moment) -> None:
        """``timers.next`` has come."""
        self.now = now
        self.timers.fire(now.elapsed)
        self._update_state()

    def _dispatch(self, data: bytes, source: Address) -> None:
        try:
            message = decode(data)
        except MalformedMessage:
            self.counters.refuse(Refusal.MALFORMED)
            return
        self.counters.received[type(message).__name__] += 1
        match message:
            case Lookup():
                self.publisher.on_lookup(message, source, data)
            case Authority():
                self._on_authority(message, source)
            case Inquire():
                self.publisher.on_inquire(message, source, data)
            case Flood():
                self.publisher.on_flood(message, source, data)
            case Ack():
                self._on_answer(message, source, (Flood, Request))
            case Solicit():
                self.synchronization.on_solicit(message, source, data)
            case Advertise():
                self._on_answer(message, source, (Solicit,))
            case Request():
                self.synchronization.on_request(message, source, data)

    def _on_answer(self, message: Ack | Advertise, source: Address, kinds: tuple[type[Message], ...]) -> None:
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, kinds):
            self.counters.refuse(Refusal.UNASKED)
            return
        self.pending.finish(exchange)
        self._prove(source)
        exchange.answered(message)

    def _on_authority(self, message: Authority, source: Address) -> None:
        """3.1.5.6: fragments of an answer to something pending are collected; a malformed buffer is ignored."""
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, Lookup | Inquire):
            self.counters.refuse(Refusal.UNASKED)
            return
        try:
            raw = self.reassembly.add(message, source)
            if raw is None:
                return
            answer = AuthorityBuffer.decode(raw)
        except MalformedMessage:
            self.counters.refuse(Refusal.MALFORMED)
            return
        self.pending.finish(exchange)
        self.reassembly.forget(message.acked)
        self._prove(source)
        exchange.answered(answer)

    # The application --------------------------------------------------------------------------------------------------

    def resolve(
        self,
        name: PeerName,
        now: Moment,
        *,
        criteria: Criteria = Criteria.ANY_PEERNAME,
        location_prefix: int | None = None,
        use_local: bool = True,
        most: int = 1,
        timeout: float = RESOLVE_TIMEOUT,
    ) -> int:
        """3.1.4.4: the handle of a resolution; its end comes as ``Resolved``, possibly at once."""
        self.now = now
        if not self.endpoints:
            handle = self.new_handle()
            self.outputs.append(Resolved(handle, (), Failure.NO_ADDRESS, ()))
            return handle
        prefix = ids.prefix_of(self.endpoints[0].ip) if location_prefix is None else location_prefix
        authority = bytes.fromhex(name.authority) if name.secure else ids.NO_AUTHORITY
        p2p = ids.p2p_id(authority, ids.classifier_hash(name.classifier))
        target = ids.pnrp_id(p2p, ids.service_location(prefix, ids.RESOLVER_SUFFIX))
        return self.resolver.start(
            target, criteria, Reason.APP_REQUEST, most=most, use_local=use_local, timeout=timeout
        )

    def cancel(self, handle: int, now: Moment) -> None:
        """End a resolution early; it comes as ``Resolved`` with ``Failure.CANCELLED``."""
        self.now = now
        self.resolver.cancel(handle)

    def register(
        self,
        name: PeerName,
        now: Moment,
        *,
        signer: Signer | None = None,
        endpoints: tuple[AppEndpoint, ...] = (),
        payload: bytes | str | None = None,
        friendly_name: str | None = None,
        location_prefix: int | None = None,
        chain: bytes | None = None,
    ) -> Registration:
        """3.2.4.1. InvalidArgument: no address in the cloud, nothing to publish, or the key is not the name's."""
        self.now = now
        if not self.endpoints:
            raise InvalidArgument("This node has no address in the cloud.")
        if signer is None:
            if name.secure:
                raise InvalidArgument("A secure name needs its key.")
            signer = self.signer
        return self.publisher.register(
            name,
            signer,
            endpoints=endpoints,
            payload=payload,
            friendly_name=friendly_name,
            location_prefix=location_prefix,
            chain=chain,
        )

    def update(
        self,
        handle: int,
        now: Moment,
        *,
        endpoints: tuple[AppEndpoint, ...],
        payload: bytes | str | None,
        friendly_name: str | None,
    ) -> None:
        """Publish other data under the same registration. NotFound; InvalidArgument, and nothing changes."""
        self.now = now
        self.publisher.update(handle, endpoints, payload, friendly_name)

    def unregister(self, handle: int, now: Moment) -> None:
        """3.2.4.2. NotFound: no such registration."""
        self.now = now
        self.publisher.unregister(handle)

    # What the parts use -----------------------------------------------------------------------------------------------

    @property
    def services(self) -> tuple[Address, ...]:
        """The Service Address List of a CPA."""
        return self.endpoints

    def new_handle(self) -> int:
        self._last_handle += 1
        return self._last_handle

    def new_nonce(self) -> bytes:
        return self.random.getrandbits(128).to_bytes(16, "big")

    def own_route(self, id: int) -> RouteEntry:
        return RouteEntry.of(id, self.endpoints)

    def choose(self, route: RouteEntry) -> Address:
        """The address of a route entry to send to: the one with most prefix in common with ours (RFC 3484)."""
        if len(route.addresses) == 1:
            return Address(route.addresses[0], route.port)
        own = int.from_bytes(self.endpoints[0].ip, "big")
        return Address(min(route.addresses, key=lambda ip: int.from_bytes(ip, "big") ^ own), route.port)

    def transmit(self, address: Address, data: bytes, kind: str) -> None:
        self.counters.sent[kind] += 1
        self.counters.bytes_sent += len(data)
        if address.is_link_local and not address.scope:
            address = address._replace(scope=self.config.scope_id)
        self.outputs.append(SendDatagram(address, data))

    def reply(self, source: Address, question: bytes, answers: list[bytes], kind: str) -> None:
        """Answer, unless that is more than an unproved source may get: then the question waits for the proof."""
        if self.guard.allows(source, sum(map(len, answers)), self.now.elapsed):
            for answer in answers:
                self.transmit(source, answer, kind)
        else:
            self._probe(source, question)

    def proved(self, source: Address, question: bytes) -> bool:
        """Whether ``source`` is where it says; if not known, that is found out and ``question`` comes again."""
        if self.guard.is_proved(source, self.now.elapsed):
            return True
        self._probe(source, question)
        return False

    def _probe(self, source: Address, question: bytes) -> None:
        self.counters.refuse(Refusal.AMPLIFICATION)
        if self.guard.hold(source, question):
            self.probes.send(source)

    def _prove(self, source: Address) -> None:
        for question in self.guard.prove(source, self.now.elapsed):
            self._dispatch(question, source)

    def remember(self, address: Address) -> None:
        self.discovery.remember(address)

    def drop(self, id: int) -> None:
        """A route entry is no longer true."""
        was_leaf = bool(self.cache.leaf_centers(id)) and id in self.cache
        if self.cache.remove(id) is not None and was_leaf:
            self.maintenance.lost_leaf()

    def entered(self, entry: Entry) -> None:
        """A route entry has come into the cache. The first one ends our solitude: now registrations can be heard of."""
        if len(self.cache) == 1:
            for registration in self.registrations:
                self.publisher.announce(registration)

    def centers_changed(self) -> None:
        """The Locally Registered PNRP ID List has changed: new leaf sets, whose entries have yet to show a CPA."""
        self.cache.set_centers(self.registrations.ids)
        if not self.endpoints:
            return
        for entry in self.cache.leaves():
            if entry.key is None:
                self.intake.recheck(entry)

    # State ------------------------------------------------------------------------------------------------------------

    def _update_state(self) -> None:
        if not self.endpoints:
            return
        if len(self.cache):
            self._change_state(State.ACTIVE)
        elif self.discovery.rounds or self.state is State.ACTIVE:
            self._change_state(State.ALONE)

    def _change_state(self, state: State) -> None:
        if state is not self.state:
            self.state = state
            self.outputs.append(StateChanged(state))
