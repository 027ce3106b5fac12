"""Real keys for the algorithms of ``algorithms``; ``cryptography`` is imported when the first one is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peerapi.identity.keys import LARGEST_S, P256_ORDER
from peerapi.pnrp.algorithms import ED25519, P256_SHA256, PUBLISHED, RSA_SHA1, Profile, Signer

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa


class KeySigner:
    """A private key of ``cryptography`` as a ``Signer``."""

    def __init__(self, private_key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> None:
        from cryptography.hazmat.primitives import serialization

        self._key: Any = private_key
        self.public_key_der: bytes = private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for algorithm in (ED25519, P256_SHA256, RSA_SHA1):
            if self.public_key_der.startswith(algorithm.der_prefix):
                self.algorithm = algorithm
                return
        raise ValueError("PNRP signs with RSA-1024, P-256 or Ed25519 keys")

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

        signature: bytes
        if self.algorithm is ED25519:
            signature = self._key.sign(data)
        elif self.algorithm is RSA_SHA1:
            signature = self._key.sign(data, padding.PKCS1v15(), hashes.SHA1())
        else:
            r, s = utils.decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")
        return signature


def generate(profile: Profile) -> KeySigner:
    """A new key of a profile: RSA-1024 for the published one, Ed25519 for the modern one."""
    if profile is PUBLISHED:
        from cryptography.hazmat.primitives.asymmetric import rsa

        return KeySigner(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    from cryptography.hazmat.primitives.asymmetric import ed25519

    return KeySigner(ed25519.Ed25519PrivateKey.generate())


def load(private_key_der: bytes) -> Signer:
    """A signer of a PKCS#8 private key without password. ValueError: not such a key."""
    from cryptography.hazmat.primitives import serialization

    key: Any = serialization.load_der_private_key(private_key_der, None)
    return KeySigner(key)


def verify(algorithm: str, public_key_der: bytes, signature: bytes, data: bytes) -> bool:
    """The ``Verify`` of real clouds."""
    from cryptography.exceptions import InternalError, InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    try:
        key: Any = serialization.load_der_public_key(public_key_der)
        if algorithm == ED25519.name:
            key.verify(signature, data)
        elif algorithm == RSA_SHA1.name:
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA1())
        elif algorithm == P256_SHA256.name and len(signature) == 64:
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            if s > LARGEST_S:  # the second encoding of somebody's signature
                return False
            key.verify(utils.encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except (InvalidSignature, ValueError, UnsupportedAlgorithm, InternalError, AttributeError, TypeError):
        return False  # AttributeError and TypeError: a key of another kind than the algorithm says
    return True
