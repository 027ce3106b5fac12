"""Messages signed, encrypted, verified and decrypted by the security provider, as the mode of the table wants it.

Resolve mode seals nothing. Membership mode signs REQUEST, INQUIRE and LOOKUP. Confidential mode encrypts, too, and for
that needs the credential of the one it writes to: out of what came from there, or asked for by an INQUIRE
(reading D13).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from peerapi.address import Address
from peerapi.drt import buffer, messages
from peerapi.drt.asking import Asking, Decrypt, Encrypt, OwnCredential, Sign, ValidateCredential, Verify
from peerapi.drt.border import SecurityMode
from peerapi.drt.fields import NO_VEIL, Credentials, Veil
from peerapi.drt.messages import Received
from peerapi.drt.state import TableState
from peerapi.ring.authority import Answer, pieces
from peerapi.ring.exchange import PendingList
from peerapi.ring.message_values import Flood, Inquire, Lookup, Message, Request, Solicit
from peerapi.ring.rate_limit import RateLimit
from peerapi.ring.refusal import Refusal
from peerapi.ring.wire import MalformedMessage

MOST_CREDENTIALS = 4096
CREDENTIAL_LIFETIME = 600.0
"Seconds for which a credential that was judged good is not judged again, and our own not asked for again."
VERIFICATIONS_PER_SECOND = 400
"Messages above it that want to be verified or decrypted are not heard; who asks asks again."

Then = Callable[[bytes | None], None]


class Sealing:
    """``ring.codec.Codec`` of a table, and the way back."""

    def __init__(self, state: TableState, asking: Asking) -> None:
        self._state = state
        self._asking = asking
        self._pending: PendingList | None = None
        self._own: tuple[bytes, float] | None = None
        self._theirs: OrderedDict[tuple[bytes, int, int], tuple[bytes, float]] = OrderedDict()
        "By address, port and the key it is shown for; 0: what the node says of itself."
        self._verifications = RateLimit(VERIFICATIONS_PER_SECOND)

    def ask_by(self, pending: PendingList) -> None:
        """Where an INQUIRE for a credential waits for its answer. The Pending List seals by us, so it comes later."""
        self._pending = pending

    def clear(self) -> None:
        self._theirs.clear()

    # Out: ring.codec.Codec --------------------------------------------------------------------------------------------

    def seal(self, message: Message, address: Address, sealed: Then) -> None:
        state = self._state
        secret = state.mode is SecurityMode.CONFIDENTIAL
        if secret and isinstance(message, Solicit):
            message = message._replace(route=None)  # nobody's credential is known yet (reading D16)
        fields = messages.hidden(message, state.version) if secret else {}
        if fields:
            validate = message.validate if isinstance(message, Flood | Lookup) else 0
            self._veil(fields, address, validate, lambda veil: self._sign(message, veil, address, sealed))
        else:
            self._sign(message, NO_VEIL, address, sealed)

    def seal_all(self, several: Sequence[Message], address: Address, sealed: Callable[[list[bytes]], None]) -> None:
        done: list[bytes | None] = [None] * len(several)
        left = len(several)

        def one(index: int, data: bytes | None) -> None:
            nonlocal left
            done[index] = data
            left -= 1
            if not left:
                sealed([data for data in done if data is not None])

        for index, message in enumerate(several):
            self.seal(message, address, partial(one, index))

    def seal_answer(
        self, answer: Answer, message_id: int, acked: int, address: Address, sealed: Callable[[list[bytes]], None]
    ) -> None:
        state = self._state
        fields = buffer.hidden(answer, state.version) if state.mode is SecurityMode.CONFIDENTIAL else {}
        if fields:
            self._veil(fields, address, 0, lambda veil: self._answer(answer, veil, message_id, acked, sealed))
        else:
            self._answer(answer, NO_VEIL, message_id, acked, sealed)

    def _answer(
        self, answer: Answer, veil: Veil | None, message_id: int, acked: int, sealed: Callable[[list[bytes]], None]
    ) -> None:
        state = self._state
        if veil is not None:
            data = buffer.encode(answer, state.version, veil)
            sealed([messages.encode(one, state.version, state.mode) for one in pieces(data, message_id, acked)])

    def _sign(self, message: Message, veil: Veil | None, address: Address, sealed: Then) -> None:
        state = self._state
        if veil is None:
            sealed(None)
        elif state.mode is SecurityMode.RESOLVE or not isinstance(message, Request | Inquire | Lookup):
            sealed(messages.encode(message, state.version, state.mode, None, veil))
        elif self._own is not None and state.now.elapsed < self._own[1]:
            own = self._own[0]
            self._asking.ask(
                address,
                Sign((messages.signed_part(message),)),
                lambda signature: self._signed(message, veil, Credentials(own, signature[1], signature[0]), sealed),
                lambda hresult: sealed(None),
            )
        else:
            self._asking.ask(
                address,
                OwnCredential(),
                lambda credential: self._credential(message, veil, credential, address, sealed),
                lambda hresult: sealed(None),
            )

    def _credential(self, message: Message, veil: Veil, credential: bytes, address: Address, sealed: Then) -> None:
        self._own = (credential, self._state.now.elapsed + CREDENTIAL_LIFETIME)
        self._sign(message, veil, address, sealed)

    def _signed(self, message: Message, veil: Veil, credentials: Credentials, sealed: Then) -> None:
        state = self._state
        data = messages.encode(message, state.version, state.mode, credentials, veil)
        sealed(data if len(data) <= messages.LARGEST_MESSAGE else None)

    def _veil(
        self, fields: dict[int, bytes], address: Address, validate: int, then: Callable[[Veil | None], None]
    ) -> None:
        """Encrypt ``fields`` for who holds ``validate`` at ``address``, or for the node there if that is 0: it decrypts
        with the key context of what is named. None is given later, never in the middle of this."""
        credential = self.credential_of(address, validate)
        if credential is not None:
            names = tuple(fields)
            asked = self._asking.ask(
                address,
                Encrypt(credential, tuple(fields.values())),
                lambda result: then(Veil(result[0], dict(zip(names, result[1], strict=True)))),
                lambda hresult: then(None),
            )
            if not asked:
                self._later(lambda: then(None))
        elif validate and self._pending is not None:
            question = Inquire(self._pending.new_id(), validate, cpa=True, chain=True, nonce=self._state.new_nonce())
            exchange = self._pending.send(
                question,
                address,
                lambda answer: self._fetched(answer, address, validate, fields, then),
                lambda: then(None),
            )
            if exchange is None:
                self._later(lambda: then(None))
        else:
            self._later(lambda: then(None))

    def _fetched(
        self,
        answer: Answer,
        address: Address,
        validate: int,
        fields: dict[int, bytes],
        then: Callable[[Veil | None], None],
    ) -> None:
        """Whoever is at ``address`` has shown a credential; ``open_answer`` has had it judged."""

        def encrypt() -> None:
            self._veil(fields, address, validate, then)

        if self.credential_of(address, validate) is not None:
            encrypt()
        elif answer.chain is None and not answer.not_found:
            # A provider without chains: whether an empty credential is good is its own business.
            credential = self.credential_of(address) or b""
            self._judge(credential, address, validate, encrypt, lambda: then(None))
        else:
            then(None)

    def _later(self, work: Callable[[], None]) -> None:
        self._state.timers.set(("later", self._state.new_handle()), self._state.now.elapsed, work)

    # Whose credential is whose ----------------------------------------------------------------------------------------

    def credential_of(self, address: Address, key: int = 0) -> bytes | None:
        """What the node there has shown for ``key``, or for itself (0), and the provider has found good: each key has a
        context of its own, and the credential of one cannot be read with that of another."""
        known = self._theirs.get((address.ip, address.port, key))
        return known[0] if known is not None and self._state.now.elapsed < known[1] else None

    def _judge(
        self, credential: bytes, source: Address, key: int, good: Callable[[], None], bad: Callable[[], None]
    ) -> None:
        if self.credential_of(source, key) == credential:
            good()
            return

        def judged(_: object) -> None:
            self._remember(credential, source, key)
            if self.credential_of(source) is None:  # all that is known of the node itself
                self._remember(credential, source, 0)
            good()

        def refused(_: int) -> None:
            self._state.counters.refuse(Refusal.CREDENTIAL)
            bad()

        self._asking.ask(source, ValidateCredential(credential), judged, refused)

    def _remember(self, credential: bytes, source: Address, key: int) -> None:
        place = (source.ip, source.port, key)
        self._theirs[place] = (credential, self._state.now.elapsed + CREDENTIAL_LIFETIME)
        self._theirs.move_to_end(place)
        if len(self._theirs) > MOST_CREDENTIALS:
            self._theirs.popitem(last=False)

    # In ---------------------------------------------------------------------------------------------------------------

    def open(self, received: Received, source: Address, opened: Callable[[Message], None]) -> None:
        """Verify and decrypt one message; ``opened`` gets it if it is good, at once when there is nothing to do."""
        state = self._state
        message, credentials, veil = received
        assert not isinstance(message, messages.Piece)
        if credentials is None and not veil.fields:
            opened(message)
            return
        if not self._verifications.allows(state.now.elapsed, state.party_of(source)):
            state.counters.refuse(Refusal.BUSY)
            return
        if credentials is None:
            self._decrypt(message, veil, source, opened)
        else:
            self._judge(
                credentials.credential,
                source,
                0,
                lambda: self._verify(message, credentials, veil, source, opened),
                lambda: None,
            )

    def _verify(
        self, message: Message, credentials: Credentials, veil: Veil, source: Address, opened: Callable[[Message], None]
    ) -> None:
        question = Verify(
            (messages.signed_part(message),), credentials.credential, credentials.key_identifier, credentials.signature
        )
        self._asking.ask(
            source,
            question,
            lambda _: self._decrypt(message, veil, source, opened),
            lambda hresult: self._state.counters.refuse(Refusal.CREDENTIAL),
        )

    def _decrypt(self, message: Message, veil: Veil, source: Address, opened: Callable[[Message], None]) -> None:
        if not veil.fields:
            opened(message)
            return
        state = self._state
        validate = message.validate if isinstance(message, Flood | Lookup) else 0

        def decrypted(buffers: tuple[bytes, ...]) -> None:
            try:
                fields = dict(zip(veil.fields, buffers, strict=True))
                whole = messages.revealed(message, fields, state.version)
            except (MalformedMessage, ValueError):
                state.counters.refuse(Refusal.VEIL)
                return
            opened(whole)

        self._asking.ask(
            source,
            Decrypt(veil.key_token, state.context_of(validate), tuple(veil.fields.values())),
            decrypted,
            lambda hresult: state.counters.refuse(Refusal.VEIL),
        )

    def open_answer(
        self,
        answer: Answer,
        veil: Veil,
        source: Address,
        key: int,
        opened: Callable[[Answer], None],
        lost: Callable[[], None],
    ) -> None:
        """Decrypt an answer to our question about ``key``, and remember the credential in it; ``lost``: that fails."""

        def decrypt() -> None:
            self._open_answer(answer, veil, source, opened, lost)

        if self._state.mode is SecurityMode.CONFIDENTIAL and answer.chain is not None:
            self._judge(answer.chain, source, key, decrypt, lost)
        else:
            decrypt()

    def _open_answer(
        self, answer: Answer, veil: Veil, source: Address, opened: Callable[[Answer], None], lost: Callable[[], None]
    ) -> None:
        if not veil.fields:
            opened(answer)
            return
        state = self._state

        def decrypted(buffers: tuple[bytes, ...]) -> None:
            try:
                whole = buffer.revealed(answer, dict(zip(veil.fields, buffers, strict=True)), state.version)
            except (MalformedMessage, ValueError):
                refused(0)
                return
            opened(whole)

        def refused(_: int) -> None:
            state.counters.refuse(Refusal.VEIL)
            lost()

        question = Decrypt(veil.key_token, None, tuple(veil.fields.values()))
        if not self._asking.ask(source, question, decrypted, refused):
            self._later(lost)
