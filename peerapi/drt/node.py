"""One node of one table: the machine that joins what it shares with PNRP (``ring``) with providers, searches, events.

Sans-IO like ``pnrp.cloud``: inputs are method calls, behind ``at`` with the time; what shall happen outside waits for
``take_outputs``. Questions to the security provider are outputs too (``asking.Ask``), and come back as ``answered``.
"""

from __future__ import annotations

import random

from peerapi.address import Address
from peerapi.drt import buffer, messages
from peerapi.drt.asking import Asking
from peerapi.drt.bootstrapping import Bootstrapping
from peerapi.drt.border import End, LeafSetChange, LeafSetEvent, Query, Settings, Status
from peerapi.drt.hearing import Hearing
from peerapi.drt.leaf_sets import LeafSets
from peerapi.drt.messages import Piece, Received
from peerapi.drt.outputs import Happened, Publish
from peerapi.drt.proofs import Proofs
from peerapi.drt.publisher import Publisher
from peerapi.drt.sealing import Sealing
from peerapi.drt.searches import Searches
from peerapi.drt.state import Registration, TableState
from peerapi.errors import Faulted
from peerapi.ring.announcing import Announcer
from peerapi.ring.answering import Answering
from peerapi.ring.authority import Answer, Reassembly
from peerapi.ring.exchange import Exchange, PendingList
from peerapi.ring.intake import Intake
from peerapi.ring.known_endpoints import KnownEndpoints
from peerapi.ring.maintenance import Maintenance
from peerapi.ring.message_values import (
    Ack,
    Advertise,
    Authority,
    Flood,
    Inquire,
    Lookup,
    Message,
    Request,
    Solicit,
)
from peerapi.ring.node import RingNode
from peerapi.ring.outputs import Failure
from peerapi.ring.probes import Probes
from peerapi.ring.refusal import Refusal
from peerapi.ring.registrations import Registrations
from peerapi.ring.replies import Replies
from peerapi.ring.resolver import Resolver
from peerapi.ring.route_entry import RouteEntry
from peerapi.ring.scope import Scope
from peerapi.ring.synchronization import Synchronization
from peerapi.ring.wire import MalformedMessage

LOOK_AGAIN = 0.25
"Seconds after which it is seen again whether searches that wait for a first key need to wait any longer."


class Node(RingNode[TableState]):
    """It wires the parts, and gives each input to the part that answers it."""

    def __init__(self, settings: Settings, scope: Scope, *, random: random.Random, scope_id: int = 0) -> None:
        """``random`` must be ``random.SystemRandom`` for real tables: Message IDs and nonces rest on it."""
        state = TableState(settings, scope, scope_id, random)
        super().__init__(state)
        self._reassembly = Reassembly()
        self._requests = Reassembly()
        known = self._known = KnownEndpoints()
        asking = self.asking = Asking(state)
        sealing = self.sealing = Sealing(state, asking)
        pending = self.pending = PendingList(state, self._reassembly, sealing)
        sealing.ask_by(pending)
        self.probes = Probes(state.amplification, pending)
        replies = self._replies = Replies(state, self.probes)
        proofs = self.proofs = Proofs(state, asking)
        intake = self.intake = Intake(state, pending, proofs, known, self)
        resolver = self.resolver = Resolver(state, pending, proofs, intake)
        self.synchronization = Synchronization(state, pending, sealing, replies, intake, known)
        bootstrapping = self.bootstrapping = Bootstrapping(state, self.synchronization, known)
        self.answering = Answering(state, pending, sealing, replies, intake)
        announcer = self.announcer = Announcer(state, pending, intake, resolver)
        self.publisher = Publisher(state, asking, replies, proofs, intake, self.answering, announcer)
        self.maintenance = Maintenance(state, pending, intake, resolver, announcer, bootstrapping, known)
        self.searches = Searches(state, resolver)
        self._leaf_sets = LeafSets(state)
        self._hearing = Hearing(state)

    # What the outside looks at ----------------------------------------------------------------------------------------

    @property
    def status(self) -> Status | None:
        """None: whether somebody is there is not known yet."""
        return self._state.status

    @property
    def registrations(self) -> Registrations[Registration]:
        return self._state.registrations

    @property
    def settings(self) -> Settings:
        return self._state.settings

    # Opening and closing ----------------------------------------------------------------------------------------------

    def open(self, endpoints: tuple[Address, ...]) -> None:
        """Begin, listening on ``endpoints``, which share one port."""
        self.maintenance.start()
        self._move(endpoints)

    def close(self) -> None:
        """Withdraw everything; revocations are outputs once the provider has made them: ``is_quiet`` says when."""
        self.searches.end_all(End.NO_MORE)
        self.resolver.cancel_all(Failure.CANCELLED)
        self.bootstrapping.clear()
        if self._state.endpoints:
            self._state.outputs.append(Publish(()))
        for registration in self._state.registrations:
            self.publisher.unregister(registration.handle)
        for key in ("maintenance", "bootstrap", "leaves"):
            self._state.timers.cancel(key)

    @property
    def is_quiet(self) -> bool:
        """Nothing is asked of the security provider."""
        return not len(self.asking)

    def addresses_changed(self, endpoints: tuple[Address, ...]) -> None:
        """Another list of endpoints; registrations are announced at their new place (MC-DRT 3.2.7.2)."""
        if tuple(endpoints) != self._state.endpoints:
            self._move(endpoints)

    def _move(self, endpoints: tuple[Address, ...]) -> None:
        state = self._state
        if state.status is Status.FAULTED:
            return
        before, state.endpoints = state.endpoints, endpoints
        if not endpoints:
            self._fall_silent()
            state.change_status(Status.NO_NETWORK)
            self.searches.begin_deferred()
            return
        state.outputs.append(Publish(endpoints))
        if not before:
            if state.status is Status.NO_NETWORK:
                state.status = None
            self.bootstrapping.start()
        for id in state.registrations.ids:
            self.announcer.make_known(id)
        self._after()

    def _fall_silent(self) -> None:
        """There is no address any longer from which anything could be sent."""
        self.resolver.cancel_all(Failure.NO_ADDRESS)
        self.bootstrapping.clear()
        self.pending.clear()
        self.probes.clear()
        self._state.amplification.give_up_all()
        self.intake.clear()
        self.synchronization.clear()
        self.asking.clear()
        self._hearing.clear()

    def fault(self, hresult: int) -> None:
        """Something has happened after which only closing makes sense: a provider said so, or the socket is gone."""
        state = self._state
        if state.status is Status.FAULTED:
            return
        self.searches.end_all(End.FAULTED)
        self._fall_silent()
        state.timers.cancel_all()
        state.endpoints = ()
        state.fault = hresult
        state.change_status(Status.FAULTED, (), hresult)

    # Input from outside -----------------------------------------------------------------------------------------------

    def received(self, data: bytes, source: Address) -> None:
        """One datagram (MC-DRT 3.1.5.1). Whatever it holds, nothing is raised: what is refused is counted."""
        state = self._state
        state.counters.bytes_received += len(data)
        source = Address(source.ip, source.port)
        if source.port <= state.largest_bad_port:
            state.counters.refuse(Refusal.BAD_PORT)
            return
        if not state.scope.fits(source.ip):
            state.counters.refuse(Refusal.ADDRESS)
            return
        if not state.endpoints or source in state.endpoints:
            return
        state.amplification.heard(source, len(data), state.now.elapsed)
        self._take(data, source)
        self._after()

    def tick(self) -> None:
        """``timers.next`` has come."""
        self._state.timers.fire(self._state.now.elapsed)
        self._after()

    def answered(self, token: int, answer: object) -> None:
        """What the security provider has said to ``asking.Ask``; a ``ProviderFailure`` is an answer, too."""
        self.asking.answered(token, answer)
        self._after()

    def bootstrap_found(self, number: int, addresses: tuple[Address, ...]) -> None:
        """The bootstrap provider has found nodes."""
        self.bootstrapping.found(number, addresses)
        self._after()

    def bootstrap_ended(self, number: int) -> None:
        """It finds no more, or has failed in a way that may pass."""
        self.bootstrapping.ended(number)
        self._after()

    # Messages ---------------------------------------------------------------------------------------------------------

    def _take(self, data: bytes, source: Address) -> None:
        state = self._state
        try:
            received = messages.decode(data, state.version, state.mode)
        except MalformedMessage:
            state.counters.refuse(Refusal.MALFORMED)
            return
        message = received.message
        state.counters.received[type(message).__name__] += 1
        match message:
            case Authority():
                self._on_authority(message, source)
            case Ack():
                self._on_answer(message, source, (Flood, Request))
            case Advertise():
                self._on_answer(message, source, (Solicit,))
            case Piece():
                self._on_piece(message, source)
            case _:
                self._open(received, source, data)

    def _open(self, received: Received, source: Address, data: bytes) -> None:
        """Nothing is verified or decrypted for an address that may be somebody else's."""
        if received.credentials is not None and not self._replies.proved(source, data):
            return
        self.sealing.open(received, source, lambda message: self._opened(message, source, data))

    def _on_piece(self, piece: Piece, source: Address) -> None:
        """A REQUEST in several messages. Its conversation has proved the address."""
        state = self._state
        if not state.amplification.is_proved(source, state.now.elapsed):
            state.counters.refuse(Refusal.CONVERSATION)
            return
        part = Authority(piece.message_id, piece.message_id, piece.size, piece.offset, piece.fragment)
        try:
            raw = self._requests.add(part, source)
            if raw is None:
                return
            received = messages.decode_request_rest(piece.message_id, raw)
        except MalformedMessage:
            state.counters.refuse(Refusal.MALFORMED)
            return
        self.sealing.open(received, source, lambda message: self._opened(message, source, b""))

    def _opened(self, message: Message, source: Address, data: bytes) -> None:
        if not self._state.endpoints:
            return
        match message:
            case Lookup():
                self.answering.on_lookup(message, source, data)
            case Inquire():
                self.publisher.on_inquire(message, source, data)
            case Flood():
                self.publisher.on_flood(message, source, data)
            case Solicit():
                self.synchronization.on_solicit(message, source, data)
            case Request():
                self.synchronization.on_request(message, source, data)

    def _ask_again(self, source: Address) -> None:
        """An address has been proved: what was held for it is taken up."""
        self._hearing.remember(source)
        for question in self._replies.prove(source):
            self._take(question, source)

    def _on_answer(self, message: Ack | Advertise, source: Address, kinds: tuple[type[Message], ...]) -> None:
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, kinds):
            self._state.counters.refuse(Refusal.UNASKED)
            return
        self.pending.finish(exchange)
        self._ask_again(source)
        exchange.answered(message)

    def _on_authority(self, message: Authority, source: Address) -> None:
        state = self._state
        exchange = self.pending.find(message.acked, source)
        if exchange is None or not isinstance(exchange.message, Lookup | Inquire):
            state.counters.refuse(Refusal.UNASKED)
            return
        try:
            raw = self._reassembly.add(message, source)
            if raw is None:
                return
            answer, veil = buffer.decode(raw, state.version, state.mode)
        except MalformedMessage:
            state.counters.refuse(Refusal.MALFORMED)
            return
        self.pending.finish(exchange)
        self._reassembly.forget(message.acked)
        self._ask_again(source)
        self.sealing.open_answer(
            answer,
            veil,
            source,
            exchange.message.validate,
            lambda whole: self._answered(exchange, whole),
            lambda: exchange.failed(),
        )

    def _answered(self, exchange: Exchange, answer: Answer) -> None:
        if self._state.endpoints:
            exchange.answered(answer)

    # The application --------------------------------------------------------------------------------------------------

    def register(self, key: bytes, payload: bytes, context: object) -> int:
        """The handle of a registration. DuplicateKey, Faulted."""
        self._check()
        registration = self.publisher.register(key, payload, context)
        if not len(self._state.cache):
            for address in self._hearing.recent:  # nobody has a key, so they are told by their addresses
                self.announcer.announce(registration.id, RouteEntry(0, address.port, (address.ip,)))
        self._after()
        return registration.handle

    def update(self, handle: int, payload: bytes) -> None:
        """NotFound."""
        self.publisher.update(handle, payload)

    def unregister(self, handle: int) -> None:
        """NotFound. The application gets one DELETED event with the key on both sides."""
        key = self.publisher.unregister(handle).key
        self._state.outputs.append(Happened(LeafSetEvent(LeafSetChange.DELETED, key, key)))
        self._after()

    def search(self, query: Query) -> int:
        """The handle of a search. Faulted."""
        self._check()
        if not len(self._state.cache):
            for address in self._hearing.recent:
                self.synchronization.solicit(address)
        handle = self.searches.start(query, wait=self._is_looking)
        self._after()
        return handle

    @property
    def _is_looking(self) -> bool:
        """No key is known yet, and somebody may be about to tell of one: a search has nowhere to begin."""
        state = self._state
        return state.status is None or (not len(state.cache) and self.synchronization.expects(state.now.elapsed))

    def _check(self) -> None:
        if self._state.status is Status.FAULTED:
            raise Faulted

    # What follows from changes of the cache (intake.CacheListener) ----------------------------------------------------

    def lost_leaf(self) -> None:
        """An entry of a leaf set is gone; maintenance closes the gap."""
        self.maintenance.lost_leaf()

    def entered(self, first: bool) -> None:
        """A route entry has come into the cache. The first one ends our solitude: now keys can be heard of."""
        if first:
            for id in self._state.registrations.ids:
                self.announcer.make_known(id)

    # After each input -------------------------------------------------------------------------------------------------

    def _after(self) -> None:
        """Tell of what has changed: status and leaf sets."""
        state = self._state
        if state.status is Status.FAULTED or not state.endpoints:
            return
        self._leaf_sets.tell()
        if len(state.cache) or self._hearing.is_settled:
            state.change_status(Status.ACTIVE)
        elif self._hearing.is_anybody:
            pass  # as it was, until there is an entry or it is clear that there is none
        elif state.status is Status.ACTIVE:
            state.change_status(Status.ALONE, self.bootstrapping.addresses)
            self.bootstrapping.start()
        elif self.bootstrapping.rounds:
            state.change_status(Status.ALONE, self.bootstrapping.addresses)
        if self.searches.is_waiting:
            if self._is_looking:
                state.timers.set_earlier("looking", state.now.elapsed + LOOK_AGAIN, lambda: None)
            else:
                self.searches.begin_deferred()
