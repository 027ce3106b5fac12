"""Key pairs of both security profiles.

*modern*: P-256 or Ed25519, signatures with SHA-256 (Ed25519 has its own hash). *ms-ppsec*: RSA, PKCS #1 v1.5 signatures
with SHA-1, as MS-PPSEC 2.2.5 and MS-PNRP 2.2.3.5 publish it. The kind of key decides the profile; there is no key that
signs in both ways.

A signature has one encoding. With (r, s) an ECDSA signature (r, n - s) is good as well, so whoever has seen one could
make a second, and with it another record, proof or name of the same content. Here the smaller s is the signature: it is
what ``KeyPair.sign`` makes and all that ``PublicKey.verify`` takes. Ed25519 and RSA know one encoding only.

cryptography is imported by the functions that need it: a program that makes no identity never pays for it.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
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


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"n, the order of the curve's base point (FIPS 186-4 D.1.2.3)."
LARGEST_S = P256_ORDER // 2
"The s of a signature in its one encoding is not larger."


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
        self.profile = _profile(self.algorithm)
        self.spki = spki
        if _spki(self._key) != spki:  # two encodings of one key would be two names
            raise UnsuitableKey("an unusual encoding of a public key")

    @property
    def authority(self) -> str:
        """The authority of the key's peer names."""
        return secure_authority(self.spki)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` over ``data`` was made with the private half, in the way of the key's profile, and is
        in its one encoding."""
        from cryptography.exceptions import InvalidSignature

        if self.algorithm is Algorithm.P256 and not is_canonical(signature):
            return False
        key: Any = self._key
        try:
            key.verify(signature, data, *_scheme(self.algorithm))
        except InvalidSignature:
            return False
        return True

    def verify_parts(self, signature: bytes, parts: Iterable[bytes | memoryview]) -> bool:
        """The same of data in parts. They are read one after the other where the kind of key allows that, and other
        threads go on meanwhile."""
        if self.algorithm is not Algorithm.P256:
            return self.verify(signature, b"".join(parts))
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        if not is_canonical(signature):
            return False
        hashed = hashlib.sha256()
        for part in parts:
            hashed.update(part)
        key: Any = self._key
        try:
            key.verify(signature, hashed.digest(), ec.ECDSA(utils.Prehashed(hashes.SHA256())))
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
        self.algorithm, self.profile = self.public.algorithm, self.public.profile

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
        if self.algorithm is not Algorithm.P256 or is_canonical(signature):
            return signature
        return _smaller(signature)


def is_canonical(signature: bytes) -> bool:
    """Whether the DER of an ECDSA signature over P-256 is the one encoding of it. Nothing is verified."""
    # What verifies it refuses any DER but the shortest, so s stands at the end, behind its length.
    return len(signature) > 4 and int.from_bytes(signature[6 + signature[3] :], "big") <= LARGEST_S


def canonical(signature: bytes) -> bytes:
    """The one encoding of an ECDSA signature over P-256 that an earlier version may have left in the other; DER.
    What is no such signature stays as it is."""
    if is_canonical(signature):
        return signature
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    try:
        r, s = decode_dss_signature(signature)
    except ValueError:
        return signature
    return encode_dss_signature(r, P256_ORDER - s) if LARGEST_S < s < P256_ORDER else signature


def _smaller(signature: bytes) -> bytes:
    """The encoding with the smaller s of a signature that was made here, so its DER needs no checks."""
    end = 4 + signature[3]  # of r
    s = P256_ORDER - int.from_bytes(signature[end + 2 :], "big")
    tail = s.to_bytes(s.bit_length() // 8 + 1, "big")
    return b"".join((bytes((0x30, end + len(tail))), signature[2:end], bytes((2, len(tail))), tail))


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
