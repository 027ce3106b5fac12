"""One real key of every algorithm, made once for all tests."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec

from peerapi.pnrp.algorithms import ED25519, MODERN, P256_SHA256, PUBLISHED, RSA_SHA1, Algorithm, Profile
from peerapi.pnrp.keys import KeySigner, generate

ALL = ((PUBLISHED, RSA_SHA1), (MODERN, ED25519), (MODERN, P256_SHA256))


@cache
def signer(algorithm: Algorithm, number: int = 0) -> KeySigner:
    """``number`` tells several keys of one algorithm apart."""
    if algorithm is P256_SHA256:
        return KeySigner(ec.generate_private_key(ec.SECP256R1()))
    return generate(PUBLISHED if algorithm is RSA_SHA1 else MODERN)


def other_profile(profile: Profile) -> Profile:
    return MODERN if profile is PUBLISHED else PUBLISHED
