"""Names made known and questions answered (MS-PNRP 3.2.4, 3.2.5)."""

from __future__ import annotations

from dataclasses import replace

from peerapi.address import Address
from peerapi.errors import InvalidArgument, NotFound
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.authority import AuthorityBuffer, fragments
from peerapi.pnrp.cache import Entry, closer
from peerapi.pnrp.cpa import AppEndpoint, decode_cpa
from peerapi.pnrp.discovery import Discovery
from peerapi.pnrp.exchange import PendingList
from peerapi.pnrp.intake import Intake
from peerapi.pnrp.messages import MOST_ENDPOINTS, Ack, Criteria, Flood, Inquire, Lookup, Reason, encode
from peerapi.pnrp.proofs import Proofs
from peerapi.pnrp.rate_limit import RateLimit
from peerapi.pnrp.refusal import Refusal, Refused
from peerapi.pnrp.registration import Registration
from peerapi.pnrp.replies import Replies
from peerapi.pnrp.resolver import Resolver
from peerapi.pnrp.route_entry import RouteEntry
from peerapi.pnrp.state import CloudState
from peerapi.pnrp.wire import MalformedMessage

CANDIDATES = 3
"Among so many of the closest entries the answer to a LOOKUP is drawn."
LOOKUPS_PER_SECOND = 500
"Above it a LOOKUP is answered with the B flag."
SIGNATURES_PER_SECOND = 200
"INQUIREs above it that ask for signed answers get none; who asks asks again."
REVOCATIONS_PER_SECOND = 50


class Publisher:
    """Registration, revocation, and the answers to LOOKUP, INQUIRE and FLOOD."""

    def __init__(
        self,
        state: CloudState,
        pending: PendingList,
        replies: Replies,
        proofs: Proofs,
        intake: Intake,
        resolver: Resolver,
        discovery: Discovery,
    ) -> None:
        self._state = state
        self._pending = pending
        self._replies = replies
        self._proofs = proofs
        self._intake = intake
        self._resolver = resolver
        self._discovery = discovery
        self._announced: dict[int, float] = {}
        self._lookups = RateLimit(LOOKUPS_PER_SECOND)
        self._signatures = RateLimit(SIGNATURES_PER_SECOND)
        self._revocations = RateLimit(REVOCATIONS_PER_SECOND)

    # The application (3.2.4) ------------------------------------------------------------------------------------------

    def register(
        self,
        name: PeerName,
        signer: Signer,
        *,
        endpoints: tuple[AppEndpoint, ...],
        payload: bytes | str | None,
        friendly_name: str | None,
        location_prefix: int | None,
        chain: bytes | None,
    ) -> Registration:
        """InvalidArgument: nothing to publish, or what does not fit into the structures of the cloud's profile."""
        state = self._state
        authority = bytes.fromhex(name.authority) if name.secure else None
        if authority is not None and chain is None and ids.authority_hash(signer.public_key_der) != authority:
            raise InvalidArgument("The key is not the one of the peer name.")
        if not endpoints and payload is None:
            raise InvalidArgument("A registration needs an endpoint or a payload.")
        prefix = ids.prefix_of(state.endpoints[0].ip) if location_prefix is None else location_prefix
        p2p = ids.p2p_id(authority or ids.NO_AUTHORITY, ids.classifier_hash(name.classifier))
        while True:
            number = ids.pnrp_id(p2p, ids.service_location(prefix, state.random.getrandbits(64)))
            if not state.registrations.holds(number):
                break
        registration = Registration(
            state.new_handle(), number, authority, name.classifier, signer, endpoints, payload, friendly_name, chain
        )
        self.check(registration)
        state.registrations.add(registration)
        self._centers_changed()
        self.announce(registration)
        if len(state.registrations) == 1:
            self._discovery.publish()
        return registration

    def check(self, registration: Registration) -> None:
        """Encode once, so that a value without room is the caller's error and not a surprise later."""
        state = self._state
        question = Inquire(0, registration.pnrp_id, cpa=True, payload=True, chain=True)
        try:
            registration.answer(question, state.services, state.now.utc, state.profile).encode()
        except ValueError as error:
            raise InvalidArgument(str(error)) from error

    def announce(self, registration: Registration, start: RouteEntry | None = None) -> None:
        """Resolve PNRP ID + 1, so that the nodes around it hear of it (3.2.4.1 step 5)."""
        state = self._state
        self._announced[registration.pnrp_id] = state.now.elapsed
        own = state.own_route(registration.pnrp_id)
        target = (registration.pnrp_id + 1) & ids.MASK
        self._resolver.start(target, Criteria.NONE, Reason.REGISTRATION, best=own, first=start)

    def announced_at(self, registration: Registration) -> float:
        """When a registration was last announced, by the elapsed clock; 0.0: not yet."""
        return self._announced.get(registration.pnrp_id, 0.0)

    def _centers_changed(self) -> None:
        """The Locally Registered PNRP ID List has changed: new leaf sets, whose entries have yet to show a CPA."""
        state = self._state
        state.cache.set_centers(state.registrations.ids)
        if not state.endpoints:
            return
        for entry in state.cache.leaves():
            if entry.key is None:
                self._intake.recheck(entry)

    def update(
        self,
        handle: int,
        endpoints: tuple[AppEndpoint, ...],
        payload: bytes | str | None,
        friendly_name: str | None,
    ) -> None:
        """The next INQUIRE is answered with this; nothing is sent, for route entries do not change."""
        registration = self._registration(handle)
        if not endpoints and payload is None:
            raise InvalidArgument("A registration needs an endpoint or a payload.")
        self.check(replace(registration, endpoints=endpoints, payload=payload, friendly_name=friendly_name))
        registration.endpoints = endpoints
        registration.payload = payload
        registration.friendly_name = friendly_name

    def _registration(self, handle: int) -> Registration:
        registration = self._state.registrations.of_handle(handle)
        if registration is None:
            raise NotFound("Nothing is registered under this handle.")
        return registration

    def unregister(self, handle: int) -> None:
        """NotFound: no such registration."""
        state = self._state
        registration = self._registration(handle)
        self._revoke(registration)
        state.registrations.remove(registration)
        self._announced.pop(registration.pnrp_id, None)
        self._centers_changed()
        if not state.registrations:
            self._discovery.unpublish()

    def _revoke(self, registration: Registration) -> None:
        """3.2.4.2: the two neighbors drop the entry, the far ends of the leaf set learn of each other's side."""
        state = self._state
        below, above = state.cache.leaf_set(registration.pnrp_id)
        if not above or not state.endpoints:
            return
        data = registration.revocation(state.services, state.now.utc, state.profile)
        for neighbor in dict.fromkeys((above[0], below[0])):
            self._flood(neighbor, None, data, ())
        self._flood(below[-1], above[0], None, ())
        self._flood(above[-1], below[0], None, ())

    def _flood(self, to: int, route: int | None, revoke: bytes | None, flooded: tuple[Address, ...]) -> None:
        state = self._state
        entry = state.cache.get(to)
        subject = state.cache.get(route) if route is not None else None
        if entry is None or to == route:
            return
        address = state.choose(entry.route)
        passed = (*flooded, state.endpoints[0], address)
        listed = tuple(dict.fromkeys(Address(one.ip, one.port) for one in passed))[-MOST_ENDPOINTS:]
        message = Flood(self._pending.new_id(), to, subject.route if subject else None, revoke, listed)
        self._intake.flood(message, address)

    # LOOKUP (3.2.5.2) -------------------------------------------------------------------------------------------------

    def on_lookup(self, message: Lookup, source: Address, data: bytes) -> None:
        state = self._state
        if message.route is not None:
            self._intake.offer(message.route, source)
        if not self._lookups.allows(state.now.elapsed, state.party_of(source)):
            state.counters.refuse(Refusal.BUSY)
            self._answer(AuthorityBuffer(busy=True), message.message_id, source, data)
            return
        not_local = message.validate != 0 and not state.registrations.holds(message.validate)
        path = {(address.ip, address.port) for address in message.path}
        path.add((source.ip, source.port))
        limit = None if message.accept_farther or not message.validate else message.validate
        local = self._closest_local(message, path, not_local)
        remote = self._closest_remote(message.target, path, limit)
        suspicious = remote is None and bool(state.cache.leaf_centers(message.target))
        best = local
        if remote is not None and (local is None or closer(remote.route.id, local.id, message.target)):
            best = remote.route
        answer = AuthorityBuffer(not_found=not_local, leaf_set=suspicious, route=best)
        self._answer(answer, message.message_id, source, data)

    def _closest_local(self, message: Lookup, path: set[tuple[bytes, int]], not_local: bool) -> RouteEntry | None:
        state = self._state
        if any((endpoint.ip, endpoint.port) in path for endpoint in state.endpoints):
            return None
        nearest = state.registrations.nearest(message.target)
        if nearest is None:
            return None
        if not not_local and message.validate and not closer(nearest.pnrp_id, message.validate, message.target):
            return None
        return state.own_route(nearest.pnrp_id)

    def _closest_remote(self, target: int, path: set[tuple[bytes, int]], limit: int | None) -> Entry | None:
        """One of the closest, by lot: odds fall as the distance grows, so the holder of the target always wins."""
        found: list[Entry] = []
        gaps: list[int] = []
        farthest = ids.distance(limit, target) if limit is not None else ids.RING
        for entry in self._state.cache.near(target):
            gap = ids.distance(entry.route.id, target)
            if gap >= farthest:
                break
            if any((ip, entry.route.port) in path for ip in entry.route.addresses):
                continue
            found.append(entry)
            gaps.append(gap)
            if len(found) == CANDIDATES:
                break
        if len(found) < 2:
            return found[0] if found else None
        nearest = max(gaps[0], 1)
        weights = [(nearest << 20) // max(gap, 1) for gap in gaps]
        return self._state.random.choices(found, weights)[0]

    def _answer(self, answer: AuthorityBuffer, acked: int, source: Address, question: bytes) -> None:
        self._replies.reply(source, question, fragments(answer.encode(), self._pending.new_id(), acked), "Authority")

    # INQUIRE (3.2.5.6) ------------------------------------------------------------------------------------------------

    def on_inquire(self, message: Inquire, source: Address, data: bytes) -> None:
        state = self._state
        registration = state.registrations.get(message.validate)
        if registration is None:
            self._answer(AuthorityBuffer(not_found=True), message.message_id, source, data)
            return
        if message.cpa or message.payload or message.chain:
            # Long, and signed: nothing is computed for an address that may be somebody else's.
            if not self._replies.proved(source, data):
                return
            if not self._signatures.allows(state.now.elapsed, state.party_of(source)):
                state.counters.refuse(Refusal.BUSY)
                return
            answer = registration.answer(message, state.services, state.now.utc, state.profile)
        else:
            answer = AuthorityBuffer()
        self._answer(answer, message.message_id, source, data)

    # FLOOD (3.1.5.5, 3.2.5.5) -----------------------------------------------------------------------------------------

    def on_flood(self, message: Flood, source: Address, data: bytes) -> None:
        state = self._state
        if not message.no_ack:
            not_found = message.validate != 0 and not state.registrations.holds(message.validate)
            ack = encode(Ack(self._pending.new_id(), message.message_id, not_found))
            self._replies.reply(source, data, [ack], "Ack")
        if message.route is not None:
            self._intake.offer(message.route, source, message)
        if message.revoke is not None:
            self._revoked(message, source)

    def _revoked(self, message: Flood, source: Address) -> None:
        """A valid revocation removes the entry, and travels on through the leaf sets it was in (4.3)."""
        state = self._state
        assert message.revoke is not None
        try:
            entry = state.cache.get(decode_cpa(message.revoke, state.profile).cpa.pnrp_id)
        except MalformedMessage:
            state.counters.refuse(Refusal.SYNTAX)
            return
        if entry is None:
            return  # nothing to remove; not even worth a look at the signature
        if not self._revocations.allows(state.now.elapsed, state.party_of(source)):
            state.counters.refuse(Refusal.BUSY)
            return
        try:
            cpa = self._proofs.revocation(message.revoke)
        except Refused as refused:
            state.counters.refuse(refused.why)
            return
        if entry.key is None:
            if cpa.authority is None:
                self._intake.recheck(entry)  # anybody can sign for an unsecured name: ask the node itself
                return
        elif entry.key != cpa.public_key:
            state.counters.refuse(Refusal.KEY)
            return
        targets = self._onward(cpa.pnrp_id, message.flooded)
        self._intake.drop(cpa.pnrp_id)
        for target in targets:
            self._flood(target, None, message.revoke, message.flooded)

    def _onward(self, revoked: int, flooded: tuple[Address, ...]) -> list[int]:
        """For each leaf set that held the entry, the nearest neighbor on the side away from it."""
        state = self._state
        targets: dict[int, None] = {}
        for center in state.cache.leaf_centers(revoked):
            side = state.cache.below(center) if (revoked - center) & ids.MASK <= ids.HALF else state.cache.above(center)
            for id in side:
                neighbor = state.cache.get(id)
                if id != revoked and neighbor is not None and not set(flooded).intersection(neighbor.route.endpoints):
                    targets[id] = None
                    break
        return list(targets)
