"""Signature algorithms, and the two sets of them a cloud may run: which one is explicit, nothing is negotiated.

*published* is exactly MS-PNRP: RSA with 1024 bits, SHA-1 (2.2.3.1.4, 2.2.3.2). *modern* uses the same structures with
P-256 or Ed25519 keys and SHA-256. A node of one profile refuses what nodes of the other sign.

Pure data: keys themselves are in ``keys``, which is imported only where real ones are wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from peerapi.ring.wire import MalformedMessage


class Algorithm(NamedTuple):
    """How one kind of key looks inside the CPA Public Key and SIGNATURE structures."""

    name: str
    oid: str
    "Algorithm ObjId."
    alg_id: int
    "ALG_ID of SIGNATURE."
    key_size: int
    "Bytes of PublicKey Data."
    signature_size: int
    der_prefix: bytes
    "What stands before PublicKey Data in the key's SubjectPublicKeyInfo."


RSA_SHA1 = Algorithm(
    "rsa-sha1",
    "1.2.840.113549.1.1.1",
    0x00008004,
    0x8C,
    0x80,
    bytes.fromhex("30819f300d06092a864886f70d010101050003818d00"),
)
"RSASSA-PKCS1-v1_5; the data is RSAPublicKey of 1024 bits with exponent 65537, which is 140 bytes."

P256_SHA256 = Algorithm(
    "p256-sha256",
    "1.2.840.10045.3.1.7",
    0x0000800C,
    65,
    64,
    bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
)
"ECDSA; the data is the uncompressed point, the signature r and s with 32 bytes each. ALG_ID is the number of SHA-256."

ED25519 = Algorithm("ed25519", "1.3.101.112", 0x0000ED19, 32, 64, bytes.fromhex("302a300506032b6570032100"))
"Ed25519; ALG_ID is a number of ours, for none is published."


class Profile(NamedTuple):
    """The algorithms of a cloud."""

    name: str
    algorithms: tuple[Algorithm, ...]

    def of_key(self, public_key_der: bytes) -> Algorithm:
        """ValueError: a key that this profile does not know."""
        for algorithm in self.algorithms:
            prefix = algorithm.der_prefix
            if len(public_key_der) == len(prefix) + algorithm.key_size and public_key_der.startswith(prefix):
                return algorithm
        raise ValueError(f"no key of the {self.name} profile")

    def of_oid(self, oid: bytes) -> Algorithm:
        for algorithm in self.algorithms:
            if algorithm.oid.encode("ascii") == oid:
                return algorithm
        raise MalformedMessage(f"key algorithm {oid[:40]!r} is not of the {self.name} profile")


PUBLISHED = Profile("published", (RSA_SHA1,))
MODERN = Profile("modern", (ED25519, P256_SHA256))


class Signer(Protocol):
    """A private key. ``public_key_der`` is its SubjectPublicKeyInfo."""

    @property
    def public_key_der(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


Verify = Callable[[str, bytes, bytes, bytes], bool]
"``verify(algorithm name, public_key_der, signature, data)``; False for anything that is not a good signature."
