"""CPace with X25519 and SHA-512 (draft-irtf-cfrg-cpace-13): two sides that know the same secret agree on a key.

Each side sends one share. A share says nothing about the secret, and whoever does not know the secret learns from a
whole exchange whether one guess was right, and no more: there is nothing that could be tried against a list of words
afterwards. This is what keeps a secret of few bits from a partner who may not have it.

Multiplication is OpenSSL's. The generator is made of the secret here, with Python's integers; the time that this takes
says nothing that is worth more than one guess, since the secret that goes in is made by scrypt and hashed with what is
new in every exchange.
"""

from __future__ import annotations

import hashlib

SHARE_SIZE = 32
SCALAR_SIZE = 32
_DOMAIN = b"CPace255"
_BLOCK = 128
"Bytes that SHA-512 takes at a time."
_P = 2**255 - 19
_A = 486662
_NONSQUARE = 2


class NoSecret(ValueError):
    """The other side's share is of a kind that makes the key no secret."""


def generator(secret: bytes, context: bytes, session: bytes) -> bytes:
    """The point that both sides multiply: of the secret, who they are, and what is new in this exchange."""
    head = _sized(_DOMAIN) + _sized(secret)
    padding = _sized(bytes(max(0, _BLOCK - 1 - len(head))))
    digest = hashlib.sha512(head + padding + _sized(context) + _sized(session)).digest()[:32]
    return _map_to_curve(int.from_bytes(digest, "little") & ((1 << 255) - 1)).to_bytes(32, "little")


def share(scalar: bytes, point: bytes) -> bytes:
    """What a side sends: the generator, multiplied by its ``scalar`` of 32 random bytes."""
    return _multiply(scalar, point)


def key(scalar: bytes, received: bytes, session: bytes, first: bytes, second: bytes) -> bytes:
    """The key, 64 bytes, from one's own scalar and the share that was received; ``first`` and ``second`` are both
    shares in the order in which they were sent. Raises NoSecret."""
    point = _multiply(scalar, received)
    labels = _sized(_DOMAIN + b"_ISK") + _sized(session) + _sized(point)
    return hashlib.sha512(labels + _sized(first) + _sized(b"") + _sized(second) + _sized(b"")).digest()


def _multiply(scalar: bytes, point: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

    try:
        return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(point))
    except ValueError as error:  # the neutral element came out
        raise NoSecret("a share of small order") from error


def _map_to_curve(u: int) -> int:
    """Elligator 2 (RFC 9380 6.7.1), the first coordinate only."""
    v = -_A * pow(1 + _NONSQUARE * u * u, -1, _P) % _P
    square = (v * v * v + _A * v * v + v) % _P
    return v if pow(square, (_P - 1) // 2, _P) in (0, 1) else (-v - _A) % _P


def _sized(data: bytes) -> bytes:
    """With its length in front, in the way of the draft (LEB128)."""
    size, length = len(data), bytearray()
    while size >= 0x80:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    length.append(size)
    return bytes(length) + data
