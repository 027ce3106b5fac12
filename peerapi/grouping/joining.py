"""Joining by password in the modern profile: the challenge of who issues, the proof of who joins, and the membership
that answers it (``password`` says what they are worth).

Earlier versions sent the signature as it is, which anybody who had named the salt could try passwords on. A node still
takes such a proof, which is a matter of who sends it, and sends none.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from peerapi.grouping import cpace
from peerapi.grouping.messages import Challenge, OldChallenge, OldProof, Proof
from peerapi.grouping.password import Verifier, private_half, transcript
from peerapi.identity.names import PeerName

_EXCHANGE = b"peerapi group password 2\0"
_ONCE = bytes(12)
"Nonce of a key that seals one thing."
_PROOF, _MEMBERSHIP = b"proof", b"membership"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt to join, as both sides see it."""

    group: PeerName
    joining: bytes
    "The certificate (DER) of who joins, as TLS has proved it."
    issuing: bytes
    "The certificate (DER) of who issues, as TLS has proved it."
    cost: int
    salt: bytes
    nonce: bytes
    "The nonce of who issues, new each time."

    def share(self, verifier: bytes, scalar: bytes) -> bytes:
        """What the side sends that has drawn ``scalar``; ``verifier``: the public half (32 bytes)."""
        return cpace.share(scalar, cpace.generator(verifier, self.context(), self.nonce))

    def context(self) -> bytes:
        parts = (str(self.group).encode(), self.joining, self.issuing)
        return b"".join(hashlib.sha256(part).digest() for part in parts) + bytes((self.cost,)) + self.salt

    def signed(self, issuing_share: bytes, joining_share: bytes) -> bytes:
        return _EXCHANGE + self.context() + self.nonce + issuing_share + joining_share


class Joining:
    """The side of who joins: the proof, and the membership that it is answered with."""

    def __init__(self, exchange: Exchange, issuing_share: bytes, password: str, scalar: bytes) -> None:
        """Takes a while. Raises OutOfMemory, cpace.NoSecret."""
        half = private_half(password, exchange.salt, exchange.cost)
        share = exchange.share(half.public_key().public_bytes_raw(), scalar)
        self._agreed = cpace.key(scalar, issuing_share, exchange.nonce, issuing_share, share)
        signed = exchange.signed(issuing_share, share)
        self.proof = Proof(share, _seal(self._agreed, _PROOF).encrypt(_ONCE, half.sign(signed), signed))

    def open(self, data: bytes) -> bytes:
        """The chain in a YourGMC. ValueError: it comes from somebody who does not have the verifier."""
        from cryptography.exceptions import InvalidTag

        try:
            chain: bytes = _seal(self._agreed, _MEMBERSHIP).decrypt(_ONCE, data, None)
        except InvalidTag as error:
            raise ValueError("sealed with another key") from error
        return chain


class Issuing:
    """The side of who issues: one challenge, and what its proof is worth."""

    def __init__(self, exchange: Exchange, verifier: Verifier, scalar: bytes) -> None:
        """``exchange`` is new, and ``scalar`` 32 random bytes."""
        self.verifier = verifier
        self._exchange = exchange
        self._scalar = scalar
        self._old = False
        self._agreed = b""

    def challenge(self, *, old: bool) -> Challenge | OldChallenge:
        """``old``: in the way of earlier versions."""
        self._old = old
        one = self._exchange
        if old:
            return OldChallenge(one.cost, one.salt, one.nonce)
        return Challenge(one.cost, one.salt, one.nonce, one.share(self.verifier.public_key, self._scalar))

    def accepts(self, proof: Proof | OldProof) -> bool:
        """Whether who joins knows the password, and has proved it in the way that it was asked for."""
        one = self._exchange
        if isinstance(proof, Proof):
            return not self._old and self._accepts(proof)
        signed = transcript(one.group, one.joining, one.issuing, one.nonce, proof.nonce)
        return self._old and self.verifier.accepts(signed, proof.signature)

    def _accepts(self, proof: Proof) -> bool:
        from cryptography.exceptions import InvalidTag

        one, share = self._exchange, self._exchange.share(self.verifier.public_key, self._scalar)
        signed = one.signed(share, proof.share)
        try:
            self._agreed = cpace.key(self._scalar, proof.share, one.nonce, share, proof.share)
            signature = _seal(self._agreed, _PROOF).decrypt(_ONCE, proof.sealed, signed)
        except (cpace.NoSecret, InvalidTag):
            return False
        return self.verifier.accepts(signed, signature)

    def seal(self, chain: bytes) -> bytes:
        """What a YourGMC holds for whom ``accepts`` has accepted."""
        return chain if self._old else bytes(_seal(self._agreed, _MEMBERSHIP).encrypt(_ONCE, chain, None))


def _seal(agreed: bytes, purpose: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(hashlib.sha256(_EXCHANGE + purpose + agreed).digest())
