"""Keys that are the same each time, hence worth nothing but repeatable. They sign one way only."""

from __future__ import annotations

from peerapi.identity.keys import KeyPair

_P = int(
    "FADBDA798654CCF7D8DB69D89359536F6B7AB314B3D141297BF7E26946A81898"
    "9DB9B4357E27F5F1FB81E266122D18C19BBECD621E7027CCAB7742A085D3C7B9",
    16,
)
_Q = int(
    "D718777B679108E55BBA5BD69790258314C79726E85269C893372BB4027171D2"
    "3B84CDC7BFD75E2A3197A1B1A130F33A3388B750DDE9E3B19D9DADF03FDE3C17",
    16,
)


def ed25519(who: str) -> KeyPair:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return KeyPair(Ed25519PrivateKey.from_private_bytes(who.encode().ljust(32, b"\0")))


def rsa(number: int) -> KeyPair:
    """The same primes for everybody, and another exponent."""
    from cryptography.hazmat.primitives.asymmetric.rsa import (
        RSAPrivateNumbers,
        RSAPublicNumbers,
        rsa_crt_dmp1,
        rsa_crt_dmq1,
        rsa_crt_iqmp,
    )

    e = (65537, 65539, 65543, 65551, 65557, 65563)[number]
    d = pow(e, -1, (_P - 1) * (_Q - 1))
    crt = (rsa_crt_dmp1(d, _P), rsa_crt_dmq1(d, _Q), rsa_crt_iqmp(_P, _Q))
    return KeyPair(RSAPrivateNumbers(_P, _Q, d, *crt, RSAPublicNumbers(e, _P * _Q)).private_key())
