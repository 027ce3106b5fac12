"""One node in one cloud: the machine that joins cache, conversations, resolutions and registrations (MS-PNRP 3).

Sans-IO: inputs are method calls, behind ``at`` with the time; what shall happen outside waits for ``take_outputs``. The
caller gives one input at a time, carries the outputs out in order, and calls ``tick`` when ``timers.next`` has come.
Nothing here reads a clock, opens a socket or keeps a thread; randomness comes from the generator given, which for real
clouds must be ``random.SystemRandom``, since Message IDs and nonces rest on it.
"""

from __future__ import annotations

import random

from peerapi.address import Address
from peerapi.errors import InvalidArgument
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Signer, Verify
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.chain import ChainCheck
from peerapi.pnrp.codec import PlainCodec
from peerapi.pnrp.cpa import MOST_SERVICE_ADDRESSES, AppEndpoint
from peerapi.pnrp.discovery import Discovery
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
from peerapi.pnrp.outputs import Failure, Found, Resolved, State
from peerapi.pnrp.proofs import Proofs
from peerapi.pnrp.publisher import Publisher
from peerapi.pnrp.registration import Registration
from peerapi.pnrp.state import CloudConfig, CloudState
from peerapi.ring.amplification import AmplificationLimit
from peerapi.ring.announcing import Announcer
from peerapi.ring.answering import Answering
from peerapi.ring.authority import Reassembly
from peerapi.ring.exchange import PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.maintenance import Maintenance
from peerapi.ring.node import RingNode
from peerapi.ring.probes import Probes
from peerapi.ring.refusal import Refusal
from peerapi.ring.registrations import Registrations
from peerapi.ring.replies import Replies
from peerapi.ring.resolution import Resolve
from peerapi.ring.resolver import Resolver
from peerapi.ring.route_entry import LARGEST_BAD_PORT
from peerapi.ring.scope import Scope
from peerapi.ring.synchronization import Synchronization
from peerapi.ring.wire import MalformedMessage

RESOLVE_TIMEOUT = 30.0
"Seconds; what PeerPnrpResolve waits."


class Cloud(RingNode[CloudState]):
    """One node in one cloud: it wires the parts, and gives each input to the part that answers it."""

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
        state = CloudState(config, random, signer)
        super().__init__(state)
        self._reassembly = Reassembly()
        known = self._known = KnownEndpoints(config.known)
        codec = PlainCodec()
        pending = self.pending = PendingList(state, self._reassembly, codec)
        self.probes = Probes(state.amplification, pending)
        replies = self._replies = Replies(state, self.probes)
        proofs = self.proofs = Proofs(state, verify, check_chain)
        intake = self.intake = Intake(state, pending, proofs, known, self)
        resolver = self.resolver = Resolver(state, pending, proofs, intake)
        self.synchronization = Synchronization(state, pending, codec, replies, intake, known)
        discovery = self.discovery = Discovery(state, self.synchronization, known, config.seeds)
        self.answering = Answering(state, pending, codec, replies, intake)
        announcer = self.announcer = Announcer(state, pending, intake, resolver)
        self.publisher = Publisher(state, replies, proofs, intake, self.answering, announcer, discovery)
        self.maintenance = Maintenance(state, pending, intake, resolver, announcer, discovery, known)

    # What the outside looks at ----------------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        return self._state.status

    @property
    def registrations(self) -> Registrations[Registration]:
        return self._state.registrations

    @property
    def amplification(self) -> AmplificationLimit:
        return self._state.amplification

    @property
    def scope(self) -> Scope:
        return self._state.scope

    def new_handle(self) -> int:
        """A number of a registration or resolution that no other one has or will have."""
        return self._state.new_handle()

    @property
    def known_endpoints(self) -> tuple[Address, ...]:
        """Endpoints that were of use, most recently used first: worth keeping for the next start."""
        return self._known.addresses

    # Opening and closing (3.1.4.1, 3.1.4.5) ---------------------------------------------------------------------------

    def open(self, endpoints: tuple[Address, ...]) -> None:
        """Begin, listening on ``endpoints``: one port, addresses of the cloud's scope; the first four are used."""
        self._state.endpoints = self._usable(endpoints)
        self._state.change_status(State.SYNCHRONIZING if self._state.endpoints else State.NO_NET)
        if self._state.endpoints:
            self.discovery.start()
        self.maintenance.start()

    def close(self) -> None:
        """Unregister everything and end: revocations are outputs, what was pending is given up."""
        self.resolver.cancel_all(Failure.CANCELLED)
        if self._state.endpoints:
            for registration in self._state.registrations:
                self.publisher.unregister(registration.handle)
        self._fall_silent()
        self._state.change_status(State.VIRTUAL)

    def _fall_silent(self) -> None:
        """There is no address any longer from which anything could be sent."""
        self.pending.clear()
        self.probes.clear()
        self._state.amplification.give_up_all()
        self.intake.clear()
        self.synchronization.clear()
        self._state.timers.cancel_all()
        self._state.endpoints = ()

    def addresses_changed(self, endpoints: tuple[Address, ...]) -> None:
        """3.1.7.1, 3.2.7.2: another list of endpoints; registrations are announced at their new place."""
        before = self._state.endpoints
        chosen = self._usable(endpoints)
        if chosen == before:
            return
        if not chosen:
            self.resolver.cancel_all(Failure.NO_ADDRESS)
            self._fall_silent()
            self.maintenance.start()
            self._state.change_status(State.NO_NET)
            return
        self._state.endpoints = chosen
        if not before:
            self._state.change_status(State.SYNCHRONIZING)
            self.discovery.start()
        for registration in self._state.registrations:
            self.announcer.make_known(registration.pnrp_id)
        self._update_state()

    def _usable(self, endpoints: tuple[Address, ...]) -> tuple[Address, ...]:
        """Those that this node can have. Raises InvalidArgument."""
        chosen = tuple(Address(one.ip, one.port) for one in endpoints if self._state.scope.fits(one.ip))[
            :MOST_SERVICE_ADDRESSES
        ]
        if len({one.port for one in chosen}) > 1 or any(one.port <= LARGEST_BAD_PORT for one in chosen):
            raise InvalidArgument("The endpoints of a cloud share one port above 1024.")
        return chosen

    def join(self, endpoints: tuple[Address, ...]) -> None:
        """Nodes of the cloud have become known some other way: begin conversations with them at once."""
        if self._state.endpoints:
            for endpoint in endpoints:
                self.synchronization.solicit(Address(endpoint.ip, endpoint.port))

    # Input from outside -----------------------------------------------------------------------------------------------

    def received(self, data: bytes, source: Address) -> None:
        """One datagram (3.1.5.2). Whatever it holds, nothing is raised: what is refused is counted."""
        counters = self._state.counters
        counters.bytes_received += len(data)
        source = Address(source.ip, source.port)
        if source.port <= LARGEST_BAD_PORT:
            counters.refuse(Refusal.BAD_PORT)
            return
        if not self._state.scope.fits(source.ip):  # messages never cross a scope (1.3.3)
            counters.refuse(Refusal.ADDRESS)
            return
        if not self._state.endpoints or source in self._state.endpoints:
            return
        self._state.amplification.heard(source, len(data), self._state.now.elapsed)
        self._dispatch(data, source)
        self._update_state()

    def ssdp_received(self, data: bytes, source: Address) -> None:
        """One SSDP datagram, from the group or as an answer to our search."""
        if self._state.multicast and self._state.endpoints:
            self.discovery.on_ssdp(data, source)

    def tick(self) -> None:
        """``timers.next`` has come."""
        self._state.timers.fire(self._state.now.elapsed)
        self._update_state()

    def _dispatch(self, data: bytes, source: Address) -> None:
        try:
            message = decode(data)
        except MalformedMessage:
            self._state.counters.refuse(Refusal.MALFORMED)
            return
        self._state.counters.received[type(message).__name__] += 1
        match message:
            case Lookup():
                self.answering.on_lookup(message, source, data)
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

    def _ask_again(self, source: Address) -> None:
        """An address has been proved: what was held for it is taken up."""
        for question in self._replies.prove(source):
            self._dispatch(question, source)

    def _on_answer(self, message: Ack | Advertise, source: Address, kinds: tuple[type[Message], ...]) -> None:
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, kinds):
            self._state.counters.refuse(Refusal.UNASKED)
            return
        self.pending.finish(exchange)
        self._ask_again(source)
        exchange.answered(message)

    def _on_authority(self, message: Authority, source: Address) -> None:
        """3.1.5.6: fragments of an answer to something pending are collected; a malformed buffer is ignored."""
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, Lookup | Inquire):
            self._state.counters.refuse(Refusal.UNASKED)
            return
        try:
            raw = self._reassembly.add(message, source)
            if raw is None:
                return
            answer = AuthorityBuffer.decode(raw)
        except MalformedMessage:
            self._state.counters.refuse(Refusal.MALFORMED)
            return
        self.pending.finish(exchange)
        self._reassembly.forget(message.acked)
        self._ask_again(source)
        exchange.answered(answer)

    # The application --------------------------------------------------------------------------------------------------

    def resolve(
        self,
        name: PeerName,
        *,
        criteria: Criteria = Criteria.ANY_PEERNAME,
        location_prefix: int | None = None,
        use_local: bool = True,
        most: int = 1,
        timeout: float = RESOLVE_TIMEOUT,
    ) -> int:
        """3.1.4.4: the handle of a resolution; its end comes as ``Resolved``, possibly at once."""
        if not self._state.endpoints:
            handle = self._state.new_handle()
            self._state.outputs.append(Resolved(handle, (), Failure.NO_ADDRESS, ()))
            return handle
        prefix = ids.prefix_of(self._state.endpoints[0].ip) if location_prefix is None else location_prefix
        authority = bytes.fromhex(name.authority) if name.secure else ids.NO_AUTHORITY
        p2p = ids.p2p_id(authority, ids.classifier_hash(name.classifier))
        target = ids.pnrp_id(p2p, ids.service_location(prefix, ids.RESOLVER_SUFFIX))
        return self.resolver.start(
            target,
            criteria,
            Reason.APP_REQUEST,
            most=most,
            local=self._found_here if use_local else None,
            timeout=timeout,
            done=self._resolved,
        )

    def _found_here(self, resolve: Resolve) -> list[Found]:
        """PickBestMatchFromLocalIds (3.2.7.1): a registration of this node needs no network to be found."""
        state = self._state
        local = sorted(state.registrations, key=lambda one: ids.distance(one.pnrp_id, resolve.target))
        fitting = [one for one in local if resolve.is_enough(one.pnrp_id) or resolve.is_adequate(one.pnrp_id)]
        return [one.found(state.services, state.now.utc) for one in fitting[: resolve.most]]

    def _resolved(self, resolve: Resolve) -> None:
        found = tuple(sorted(resolve.found, key=lambda one: ids.distance(one.pnrp_id, resolve.target)))
        failure = None if found else resolve.failure
        self._state.outputs.append(Resolved(resolve.handle, found, failure, tuple(resolve.hops)))

    def cancel(self, handle: int) -> None:
        """End a resolution early; it comes as ``Resolved`` with ``Failure.CANCELLED``."""
        self.resolver.cancel(handle)

    def register(
        self,
        name: PeerName,
        *,
        signer: Signer | None = None,
        endpoints: tuple[AppEndpoint, ...] = (),
        payload: bytes | str | None = None,
        friendly_name: str | None = None,
        location_prefix: int | None = None,
        chain: bytes | None = None,
    ) -> Registration:
        """3.2.4.1. InvalidArgument: no address in the cloud, nothing to publish, or the key is not the name's."""
        if not self._state.endpoints:
            raise InvalidArgument("This node has no address in the cloud.")
        if signer is None:
            if name.secure:
                raise InvalidArgument("A secure name needs its key.")
            signer = self._state.signer
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
        *,
        endpoints: tuple[AppEndpoint, ...],
        payload: bytes | str | None,
        friendly_name: str | None,
    ) -> None:
        """Publish other data under the same registration. NotFound; InvalidArgument, and nothing changes."""
        self.publisher.update(handle, endpoints, payload, friendly_name)

    def unregister(self, handle: int) -> None:
        """3.2.4.2. NotFound: no such registration."""
        self.publisher.unregister(handle)

    # What follows from changes of the cache (intake.CacheListener) ----------------------------------------------------

    def lost_leaf(self) -> None:
        """An entry of a leaf set is gone; maintenance closes the gap."""
        self.maintenance.lost_leaf()

    def entered(self, first: bool) -> None:
        """A route entry has come into the cache. The first one ends our solitude: now registrations can be heard of."""
        if first:
            for registration in self._state.registrations:
                self.announcer.make_known(registration.pnrp_id)

    # State ------------------------------------------------------------------------------------------------------------

    def _update_state(self) -> None:
        if not self._state.endpoints:
            return
        if len(self._state.cache):
            self._state.change_status(State.ACTIVE)
        elif self.discovery.rounds or self._state.status is State.ACTIVE:
            self._state.change_status(State.ALONE)
