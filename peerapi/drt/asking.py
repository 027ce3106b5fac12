"""Questions to the security provider, which may take its time: each is an output, its answer an input.

A question belongs to one peer, or to nobody; whoever carries questions out asks those of one peer one after the other,
in their order. There is a bound for all and for each peer, and a question that nobody answers is given up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from peerapi.address import Address
from peerapi.drt.border import ProviderFailure, Secured, SecurityProvider, Unpacked
from peerapi.errors import PeerError
from peerapi.ring.refusal import Refusal
from peerapi.ring.state import RingState

MOST_QUESTIONS = 1024
PER_PEER = 32
LONGEST_QUESTION = 30.0
"Seconds."
UNANSWERED = 0x80621001
"DRT_E_TIMEOUT: what stands for the answer of a provider that gives none."

Peer = tuple[bytes, int] | None


class Pack(NamedTuple):
    """SecureAndPackPayload."""

    context: object
    version: tuple[int, int]
    flags: int
    key: bytes
    payload: bytes | None
    addresses: tuple[Address, ...]
    nonce: bytes

    def ask(self, provider: SecurityProvider) -> Secured:
        return provider.secure_and_pack(*self)


class Unpack(NamedTuple):
    """ValidateAndUnpackPayload."""

    secured: Secured
    nonce: bytes

    def ask(self, provider: SecurityProvider) -> Unpacked:
        return provider.validate_and_unpack(*self)


class Encrypt(NamedTuple):
    """EncryptData."""

    credential: bytes
    buffers: tuple[bytes, ...]

    def ask(self, provider: SecurityProvider) -> tuple[bytes, tuple[bytes, ...]]:
        return provider.encrypt(*self)


class Decrypt(NamedTuple):
    """DecryptData."""

    key_token: bytes
    context: object
    buffers: tuple[bytes, ...]

    def ask(self, provider: SecurityProvider) -> tuple[bytes, ...]:
        return provider.decrypt(*self)


class OwnCredential(NamedTuple):
    """GetSerializedCredential."""

    def ask(self, provider: SecurityProvider) -> bytes:
        return provider.serialized_credential()


class ValidateCredential(NamedTuple):
    """ValidateRemoteCredential."""

    credential: bytes

    def ask(self, provider: SecurityProvider) -> None:
        provider.validate_credential(*self)


class Sign(NamedTuple):
    """SignData."""

    buffers: tuple[bytes, ...]

    def ask(self, provider: SecurityProvider) -> tuple[bytes, bytes]:
        return provider.sign(*self)


class Verify(NamedTuple):
    """VerifyData."""

    buffers: tuple[bytes, ...]
    credential: bytes
    key_identifier: bytes
    signature: bytes

    def ask(self, provider: SecurityProvider) -> None:
        provider.verify(*self)


Question = Pack | Unpack | Encrypt | Decrypt | OwnCredential | ValidateCredential | Sign | Verify


class Ask(NamedTuple):
    """An output: ask the provider, and give what it answers or raises to ``Node.answered``."""

    token: int
    peer: Peer
    question: Question

    def carry_out(self, provider: SecurityProvider) -> object:
        """What the provider answers; its failure is an answer, too."""
        try:
            return self.question.ask(provider)
        except ProviderFailure as failure:
            return failure
        except PeerError as failure:  # our own providers say it in the words of the API
            return ProviderFailure(failure.hresult)


class Asking:
    """The questions under way."""

    def __init__(self, state: RingState) -> None:
        self._state = state
        self._waiting: dict[int, tuple[Peer, Callable[[Any], None], Callable[[int], None]]] = {}
        self._per_peer: Counter[Peer] = Counter()
        self._last = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def ask(
        self,
        peer: Address | None,
        question: Question,
        answered: Callable[[Any], None],
        failed: Callable[[int], None],
    ) -> bool:
        """Put a question out. False, and neither function is called: there are too many."""
        state = self._state
        key = (peer.ip, peer.port) if peer is not None else None
        if len(self._waiting) >= MOST_QUESTIONS or (key is not None and self._per_peer[key] >= PER_PEER):
            state.counters.refuse(Refusal.BUSY)
            return False
        self._last += 1
        token = self._last
        self._waiting[token] = (key, answered, failed)
        self._per_peer[key] += 1
        state.timers.set(("ask", token), state.now.elapsed + LONGEST_QUESTION, lambda: self.answered(token, None))
        state.outputs.append(Ask(token, key, question))
        return True

    def answered(self, token: int, answer: object) -> None:
        """What the provider said; ``None`` for a question that gives a result: nothing. Late answers are void."""
        waiting = self._waiting.pop(token, None)
        if waiting is None:
            return
        key, answered, failed = waiting
        self._per_peer[key] -= 1
        if self._per_peer[key] <= 0:
            del self._per_peer[key]
        expired = self._state.timers.at(("ask", token)) is None
        self._state.timers.cancel(("ask", token))
        if isinstance(answer, ProviderFailure):
            failed(answer.hresult)
        elif expired:
            failed(UNANSWERED)
        else:
            answered(answer)

    def clear(self) -> None:
        """Nobody waits for an answer any longer."""
        for token in self._waiting:
            self._state.timers.cancel(("ask", token))
        self._waiting.clear()
        self._per_peer.clear()
