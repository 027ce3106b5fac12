"""Keys registered here, proved to those who ask, and withdrawn (MC-DRT 3.2.4, 3.2.5.5, 3.2.5.6)."""

from __future__ import annotations

from peerapi.address import Address
from peerapi.drt.asking import Asking, Pack
from peerapi.drt.border import NO_NONCE, REVOKED, RegistrationEvent, Secured
from peerapi.drt.outputs import Happened
from peerapi.drt.proofs import Proofs
from peerapi.drt.state import Registration, TableState, key_number
from peerapi.errors import DuplicateKey, NotFound
from peerapi.ring.announcing import Announcer
from peerapi.ring.answering import Answering
from peerapi.ring.authority import Answer
from peerapi.ring.intake import Intake
from peerapi.ring.message_values import Flood, Inquire
from peerapi.ring.rate_limit import RateLimit
from peerapi.ring.refusal import Refusal
from peerapi.ring.replies import Replies

PROOFS_PER_SECOND = 400
"INQUIREs above it that want a proof get none; who asks asks again."
REVOCATIONS_PER_SECOND = 50


class Publisher:
    """Registration and revocation, and the answers to INQUIRE and FLOOD."""

    def __init__(
        self,
        state: TableState,
        asking: Asking,
        replies: Replies,
        proofs: Proofs,
        intake: Intake,
        answering: Answering,
        announcer: Announcer,
    ) -> None:
        self._state = state
        self._asking = asking
        self._replies = replies
        self._proofs = proofs
        self._intake = intake
        self._answering = answering
        self._announcer = announcer
        self._proofs_given = RateLimit(PROOFS_PER_SECOND)
        self._revocations = RateLimit(REVOCATIONS_PER_SECOND)

    # The application (3.2.4) ------------------------------------------------------------------------------------------

    def register(self, key: bytes, payload: bytes, context: object) -> Registration:
        """DuplicateKey. Others can find the key as soon as this node knows somebody."""
        state = self._state
        number = key_number(key)
        if state.registrations.holds(number):
            raise DuplicateKey
        registration = Registration(state.new_handle(), number, payload, context)
        state.registrations.add(number, registration)
        self._announcer.centers_changed()
        if state.endpoints:
            self._announcer.make_known(number)
        return registration

    def registration(self, handle: int) -> Registration:
        """NotFound."""
        registration = self._state.registrations.of_handle(handle)
        if registration is None:
            raise NotFound("No key is registered under this handle.")
        return registration

    def update(self, handle: int, payload: bytes) -> None:
        """The next INQUIRE is answered with this; nothing is sent, for route entries do not change. NotFound."""
        self.registration(handle).payload = payload

    def unregister(self, handle: int) -> Registration:
        """3.2.4.2: gone at once, and withdrawn from others when the provider has made the revocation. NotFound."""
        state = self._state
        registration = self.registration(handle)
        farewell = self._announcer.farewell(registration.id)
        state.registrations.remove(registration.id)
        self._announcer.centers_changed()
        if state.endpoints:
            self._asking.ask(
                None,
                Pack(registration.context, state.version, REVOKED, registration.key, None, self._addresses, NO_NONCE),
                lambda secured: farewell(secured.address_payload),
                lambda hresult: None,
            )
        return registration

    @property
    def _addresses(self) -> tuple[Address, ...]:
        return self._state.endpoints[: self._state.settings.most_addresses]

    # INQUIRE (3.2.5.6) ------------------------------------------------------------------------------------------------

    def on_inquire(self, message: Inquire, source: Address, data: bytes) -> None:
        state = self._state
        registration = state.registrations.get(message.validate)
        if registration is None:
            self._answering.answer(Answer(not_found=True), message.message_id, source, data)
            return
        if not (message.cpa or message.payload or message.chain):
            self._answering.answer(Answer(), message.message_id, source, data)
            return
        # Long, and signed: nothing is computed for an address that may be somebody else's.
        if not self._replies.proved(source, data):
            return
        if not self._proofs_given.allows(state.now.elapsed, state.party_of(source)):
            state.counters.refuse(Refusal.BUSY)
            return
        payload = registration.payload if message.payload else None
        nonce = message.nonce or NO_NONCE
        self._asking.ask(
            source,
            Pack(registration.context, state.version, 0, registration.key, payload, self._addresses, nonce),
            lambda secured: self._packed(registration, message, source, data, secured),
            lambda hresult: self._unresolvable(registration, hresult),
        )

    def _packed(
        self, registration: Registration, message: Inquire, source: Address, data: bytes, secured: Secured
    ) -> None:
        registration.unresolvable = False
        state = self._state
        if not state.endpoints or not state.registrations.holds(registration.id):
            return
        classifier = secured.classifier if message.cpa and secured.classifier else None
        answer = Answer(
            chain=secured.chain if message.chain else None,
            classifier=classifier.decode("utf-16-be", "surrogatepass") if classifier is not None else None,
            payload=secured.payload if message.payload else None,
            route=state.own_route(registration.id),
            cpa=secured.address_payload if message.cpa else None,
        )
        self._answering.answer(answer, message.message_id, source, data)

    def _unresolvable(self, registration: Registration, hresult: int) -> None:
        """The provider does not prove the key any longer, as when a certificate has expired: told once."""
        if not registration.unresolvable and self._state.registrations.holds(registration.id):
            registration.unresolvable = True
            self._state.outputs.append(Happened(RegistrationEvent(registration.key, hresult)))

    # FLOOD (3.1.5.4, 3.2.5.5) -----------------------------------------------------------------------------------------

    def on_flood(self, message: Flood, source: Address, data: bytes) -> None:
        self._answering.on_flood(message, source, data)
        if message.revoke is None:
            return
        if not self._revocations.allows(self._state.now.elapsed, self._state.party_of(source)):
            self._state.counters.refuse(Refusal.BUSY)
            return
        self._proofs.revocation(message.revoke, source, lambda id, owner: self._revoked(id, owner, message))

    def _revoked(self, id: int, owner: bytes, message: Flood) -> None:
        entry = self._state.cache.get(id)
        if entry is None:
            return
        if entry.key is None:
            self._intake.recheck(entry)  # whose the key is is not known: ask the node itself
        elif entry.key != owner:
            self._state.counters.refuse(Refusal.KEY)
        else:
            self._announcer.revoked(id, message)
