"""Key pairs of both security profiles.

*modern*: P-256 or Ed25519, signatures with SHA-256 (Ed25519 has its own hash). *ms-ppsec*: RSA, PKCS #1 v1.5 signatures
with SHA-1, as MS-PPSEC 2.2.5 and MS-PNRP 2.2.3.5 publish it. The kind of key decides the profile; there is no key that
signs in both ways.

cryptography is imported by the functions that need it: a program that makes no identity never pays for it.
"""

from __future__ import annotations

import functools
from enum import Enum, IntEnum
from typing import Any

from peerapi.identity import der
from peerapi.identity.names import secure_authority

SMALLEST_RSA = 1024
DEFAULT_RSA = 2048
LARGEST_RSA = 8192
"Larger keys would make one signature take seconds."


class Profile(Enum):
    """How certificates and signatures look."""

    MODERN = "modern"
    MS_PPSEC = "ms-ppsec"


class Algorithm(IntEnum):
    """Kinds of keys; the numbers are those of PEERX_KEY_ALGORITHM in peerapi.h."""

    P256 = 1
    ED25519 = 2
    RSA = 3


DEFAULT = Algorithm.P256
"Known to every TLS stack and to the PFX import of Windows, which Ed25519 is not."

SIGNATURE_ALGORITHMS = {
    Algorithm.P256: der.sequence(der.oid("1.2.840.10045.4.3.2")),
    Algorithm.ED25519: der.sequence(der.oid("1.3.101.112")),
    Algorithm.RSA: der.sequence(der.oid("1.2.840.113549.1.1.5"), der.null()),
}
"AlgorithmIdentifier of the signatures that each kind of key makes, DER."


class UnsuitableKey(ValueError):
    """Not a key that peers can use: damaged, of another kind, or too short."""


class PublicKey:
    """A public key that has been checked. Two are equal when their bytes are."""

    def __init__(self, spki: bytes) -> None:
        """``spki``: DER SubjectPublicKeyInfo. Raises UnsuitableKey, also for an encoding that is not the usual one."""
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        try:
            self._key = load_der_public_key(spki)
        except (ValueError, UnsupportedAlgorithm, InternalError) as error:
            raise UnsuitableKey("not a public key") from error
        self.algorithm = _algorithm(self._key)
        self.spki = spki
        if _spki(self._key) != spki:  # two encodings of one key would be two names
            raise UnsuitableKey("an unusual encoding of a public key")

    @property
    def profile(self) -> Profile:
        return _profile(self.algorithm)

    @property
    def authority(self) -> str:
        """The authority of the key's peer names."""
        return secure_authority(self.spki)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` over ``data`` was made with the private half, in the way of the key's profile."""
        from cryptography.exceptions import InvalidSignature

        key: Any = self._key
        try:
            key.verify(signature, data, *_scheme(self.algorithm))
        except InvalidSignature:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.spki == other.spki

    def __hash__(self) -> int:
        return hash(self.spki)


class KeyPair:
    """A private key with its public half."""

    def __init__(self, private: Any) -> None:
        """``private``: a private key of cryptography. Raises UnsuitableKey."""
        _algorithm(private)
        self._private = private
        self.public = PublicKey(_spki(private.public_key()))

    @classmethod
    def generate(cls, algorithm: Algorithm = DEFAULT, bits: int = 0) -> KeyPair:
        """A new pair. ``bits`` is for RSA: 0 is 2048. Raises UnsuitableKey for a size there is not."""
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if algorithm is Algorithm.RSA:
            bits = bits or DEFAULT_RSA
            if not SMALLEST_RSA <= bits <= LARGEST_RSA or bits % 8:
                raise UnsuitableKey(f"{bits} bits")
            return cls(rsa.generate_private_key(65537, bits))
        if bits:
            raise UnsuitableKey("only RSA keys come in sizes")
        if algorithm is Algorithm.ED25519:
            return cls(ed25519.Ed25519PrivateKey.generate())
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def load(cls, pkcs8: bytes) -> KeyPair:
        """A pair from DER PrivateKeyInfo without encryption. Raises UnsuitableKey."""
        from cryptography.exceptions import InternalError, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_der_private_key

        try:
            return cls(load_der_private_key(pkcs8, None))
        # TypeError: a password would be needed. InternalError: what OpenSSL says to an Ed25519 key of another size.
        except (ValueError, TypeError, UnsupportedAlgorithm, InternalError) as error:
            raise UnsuitableKey(f"not a private key: {error}") from error

    @property
    def algorithm(self) -> Algorithm:
        return self.public.algorithm

    @property
    def profile(self) -> Profile:
        return self.public.profile

    @property
    def private(self) -> Any:
        """The private key as cryptography knows it."""
        return self._private

    def pkcs8(self) -> bytes:
        """DER PrivateKeyInfo, not encrypted."""
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        data: bytes = self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return data

    def sign(self, data: bytes) -> bytes:
        """A signature in the way of the key's profile; SIGNATURE_ALGORITHMS names it."""
        signature: bytes = self._private.sign(data, *_scheme(self.algorithm))
        return signature


def _profile(algorithm: Algorithm) -> Profile:
    return Profile.MS_PPSEC if algorithm is Algorithm.RSA else Profile.MODERN


def _algorithm(key: Any) -> Algorithm:
    """The kind of a public or private key. Raises UnsuitableKey."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, (ed25519.Ed25519PublicKey, ed25519.Ed25519PrivateKey)):
        return Algorithm.ED25519
    if isinstance(key, (ec.EllipticCurvePublicKey, ec.EllipticCurvePrivateKey)) and key.curve.name == "secp256r1":
        return Algorithm.P256
    if isinstance(key, (rsa.RSAPublicKey, rsa.RSAPrivateKey)) and SMALLEST_RSA <= key.key_size <= LARGEST_RSA:
        return Algorithm.RSA
    raise UnsuitableKey("neither P-256, Ed25519 nor RSA of 1024 to 8192 bits")


@functools.cache
def _scheme(algorithm: Algorithm) -> tuple[Any, ...]:
    """What cryptography's sign and verify want to know besides the data."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if algorithm is Algorithm.RSA:
        return padding.PKCS1v15(), hashes.SHA1()
    return (ec.ECDSA(hashes.SHA256()),) if algorithm is Algorithm.P256 else ()


def _spki(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    data: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return data
