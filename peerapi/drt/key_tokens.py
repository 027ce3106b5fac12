"""Key tokens (MC-DRT 2.2.3.1.2): data for the owner of one public key.

*published*, RSA: one random AES-256 key and initialization vector for all buffers of a message, CBC with the padding of
PKCS #7; the token wraps both by RSAES-OAEP with SHA-1 (with SHA-256 a key of 1024 bits has room for 62 bytes, and the
token has 68). *modern*, P-256: a fresh key pair's agreement with the recipient's key, HKDF, and AES-256-GCM, in which a
buffer's place is its nonce, for the key is never used again.
"""

from __future__ import annotations

import os
from typing import Any

from peerapi.errors import CapabilityMismatch, InvalidMessage

BLOCK = 16
BLOB_HEADER = bytes.fromhex("4b44424d0100000020000000")
"What stands before an AES-256 key in the token."
_LABEL = b"peerapi drt key token 1"
_POINT = 65
_HEAD = BLOCK.to_bytes(2, "little") + bytes(6)

Encrypted = tuple[bytes, tuple[bytes, ...]]


def encrypt(public: Any, buffers: tuple[bytes, ...]) -> Encrypted:
    """Key token and encrypted buffers. CapabilityMismatch: a key that can only sign."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(public, rsa.RSAPublicKey):
        return _published(public, buffers)
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _modern(public, buffers)
    raise CapabilityMismatch("The other's key can only sign.")


def decrypt(private: Any, key_token: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The buffers as they were. Raises InvalidMessage."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        if isinstance(private, rsa.RSAPrivateKey):
            return _open_published(private, key_token, buffers)
        if isinstance(private, ec.EllipticCurvePrivateKey):
            return _open_modern(private, key_token, buffers)
    except (ValueError, InvalidTag) as error:
        raise InvalidMessage("It is encrypted for somebody else, or damaged.") from error
    raise CapabilityMismatch("The certificate's key can only sign.")


# ---- Published -------------------------------------------------------------------------------------------------------


def _wrapping() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)


def _cipher(key: bytes, vector: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES256(key), modes.CBC(vector))


def _published(public: Any, buffers: tuple[bytes, ...]) -> Encrypted:
    key, vector = os.urandom(32), os.urandom(BLOCK)
    token: bytes = public.encrypt(_HEAD + vector + BLOB_HEADER + key, _wrapping())
    sealed = []
    for data in buffers:
        lacking = BLOCK - len(data) % BLOCK
        encryptor = _cipher(key, vector).encryptor()
        sealed.append(encryptor.update(data + bytes((lacking,)) * lacking) + encryptor.finalize())
    return token, tuple(sealed)


def _open_published(private: Any, key_token: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
    plain = private.decrypt(key_token, _wrapping())
    vector, header, key = plain[8 : 8 + BLOCK], plain[8 + BLOCK : 20 + BLOCK], plain[20 + BLOCK :]
    if plain[:2] != _HEAD[:2] or header != BLOB_HEADER or len(key) != 32:
        raise InvalidMessage("A key token of another form.")
    opened = []
    for data in buffers:
        if not data or len(data) % BLOCK:
            raise InvalidMessage("Encrypted data have whole blocks.")
        decryptor = _cipher(key, vector).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        extra = padded[-1]
        if not 1 <= extra <= BLOCK or padded[-extra:] != bytes((extra,)) * extra:
            raise InvalidMessage("It is encrypted for somebody else, or damaged.")
        opened.append(padded[:-extra])
    return tuple(opened)


# ---- Modern ----------------------------------------------------------------------------------------------------------


def _point(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point: bytes = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return point


def _gcm(private: Any, other: Any, fresh: bytes, recipient: bytes) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    shared = private.exchange(ec.ECDH(), other)
    return AESGCM(HKDF(hashes.SHA256(), 32, None, _LABEL + fresh + recipient).derive(shared))


def _modern(public: Any, buffers: tuple[bytes, ...]) -> Encrypted:
    from cryptography.hazmat.primitives.asymmetric import ec

    fresh = ec.generate_private_key(ec.SECP256R1())
    token = _point(fresh.public_key())
    gcm = _gcm(fresh, public, token, _point(public))
    return token, tuple(gcm.encrypt(at.to_bytes(12, "big"), data, None) for at, data in enumerate(buffers))


def _open_modern(private: Any, key_token: bytes, buffers: tuple[bytes, ...]) -> tuple[bytes, ...]:
    from cryptography.hazmat.primitives.asymmetric import ec

    if len(key_token) != _POINT:
        raise InvalidMessage("A key token of another form.")
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key_token)
    gcm = _gcm(private, other, key_token, _point(private.public_key()))
    return tuple(gcm.decrypt(at.to_bytes(12, "big"), data, None) for at, data in enumerate(buffers))
