"""Names made known and questions answered (MS-PNRP 3.2.4, 3.2.5)."""

from __future__ import annotations

from dataclasses import replace

from peerapi.address import Address
from peerapi.errors import InvalidArgument, NotFound
from peerapi.identity.names import PeerName
from peerapi.pnrp import ids
from peerapi.pnrp.algorithms import Signer
from peerapi.pnrp.authority import AuthorityBuffer
from peerapi.pnrp.cpa import AppEndpoint, decode_cpa
from peerapi.pnrp.discovery import Discovery
from peerapi.pnrp.proofs import Proofs
from peerapi.pnrp.registration import Registration
from peerapi.pnrp.state import CloudState
from peerapi.ring.announcing import Announcer
from peerapi.ring.answering import Answering
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import Flood, Inquire
from peerapi.ring.rate_limit import RateLimit
from peerapi.ring.refusal import Refusal, Refused
from peerapi.ring.replies import Replies
from peerapi.ring.wire import MalformedMessage

SIGNATURES_PER_SECOND = 200
"INQUIREs above it that ask for signed answers get none; who asks asks again."
REVOCATIONS_PER_SECOND = 50


class Publisher:
    """Registration, revocation, and the answers to INQUIRE and FLOOD."""

    def __init__(
        self,
        state: CloudState,
        replies: Replies,
        proofs: Proofs,
        intake: Intake,
        answering: Answering,
        announcer: Announcer,
        discovery: Discovery,
    ) -> None:
        self._state = state
        self._replies = replies
        self._proofs = proofs
        self._intake = intake
        self._answering = answering
        self._announcer = announcer
        self._discovery = discovery
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
        state.registrations.add(registration.pnrp_id, registration)
        self._announcer.centers_changed()
        self._announcer.make_known(registration.pnrp_id)
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
        if state.endpoints:
            data = registration.revocation(state.services, state.now.utc, state.profile)
            self._announcer.farewell(registration.pnrp_id)(data)
        state.registrations.remove(registration.pnrp_id)
        self._announcer.centers_changed()
        if not state.registrations:
            self._discovery.unpublish()

    # INQUIRE (3.2.5.6) ------------------------------------------------------------------------------------------------

    def on_inquire(self, message: Inquire, source: Address, data: bytes) -> None:
        state = self._state
        registration = state.registrations.get(message.validate)
        if registration is None:
            self._answering.answer(AuthorityBuffer(not_found=True), message.message_id, source, data)
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
        self._answering.answer(answer, message.message_id, source, data)

    # FLOOD (3.1.5.5, 3.2.5.5) -----------------------------------------------------------------------------------------

    def on_flood(self, message: Flood, source: Address, data: bytes) -> None:
        self._answering.on_flood(message, source, data)
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
        self._announcer.revoked(cpa.pnrp_id, message)
