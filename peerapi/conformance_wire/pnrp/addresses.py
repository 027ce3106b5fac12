"""The Encoded CPA (2.2.3.1), its signature and the extended payload (2.2.3.3), read by hand; mostly little-endian."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from peerapi.conformance_wire.bench import Deviation, expect
from peerapi.conformance_wire.reader import Reader

RSA_OID = b"1.2.840.113549.1.1.1"
SIGNATURE_SIZE = 0x88
HAS_PAYLOAD, HAS_FRIENDLY, HAS_CLASSIFIER, HAS_AUTHORITY, IS_UTF8, IS_REVOKED = 0x20, 0x10, 0x08, 0x04, 0x02, 0x01


@dataclass(frozen=True)
class Signature:
    """2.2.3.2."""

    field_length: int
    length: int
    algorithm: int
    data: bytes

    @classmethod
    def read(cls, raw: bytes) -> Signature:
        reader = Reader(raw)
        return cls(reader.number(2), length := reader.number(2), reader.number(4), reader.take(length))


@dataclass(frozen=True)
class Address:
    """An Encoded CPA, field by field."""

    raw: bytes
    length: int
    versions: tuple[int, int, int, int]
    flags: int
    reserved: int
    not_after: int
    location: bytes
    nonce: bytes
    authority: bytes
    "As it travels: least significant byte first."
    classifier_hash: bytes
    friendly: bytes
    services: list[tuple[int, bytes]]
    service_size: int
    payload_count: int
    payload_size: int
    payload: bytes
    key_length: int
    oid_length: int
    key_reserved: int
    key_unused: int
    oid: bytes
    key: bytes
    signed: bytes
    signature: Signature

    @classmethod
    def read(cls, raw: bytes) -> Address:
        """Raises Deviation: it does not end where it should."""
        reader = Reader(raw)
        length = reader.number(2)
        low, high, pnrp_low, pnrp_high = reader.take(4)
        flags, reserved = reader.take(2)
        not_after, location, nonce = reader.number(8), reader.take(16), reader.take(16)
        authority = reader.take(20) if flags & HAS_AUTHORITY else b""
        classifier = reader.take(20) if flags & HAS_CLASSIFIER else b""
        friendly = reader.take(reader.number(2)) if flags & HAS_FRIENDLY else b""
        number, each = reader.number(2), reader.number(2)
        services = []
        for _ in range(number):
            place = reader.take(each)
            services.append((int.from_bytes(place[:2], "big"), place[2:]))
        count, size = reader.number(2), reader.number(2)
        payload = reader.take(size - 4)
        key_length, oid_length, key_reserved, key_size = (reader.number(2) for _ in range(4))
        unused, oid, key = reader.number(1), reader.take(oid_length), reader.take(key_size)
        signed = raw[: reader.at]
        signature = Signature.read(raw[reader.at :])
        return cls(
            raw,
            length,
            (low, high, pnrp_low, pnrp_high),
            flags,
            reserved,
            not_after,
            location,
            nonce,
            authority,
            classifier,
            friendly,
            services,
            each,
            count,
            size,
            payload,
            key_length,
            oid_length,
            key_reserved,
            unused,
            oid,
            key,
            signed,
            signature,
        )

    @property
    def public(self) -> rsa.RSAPublicKey:
        """The key by which it is signed; Deviation: it is none of RSA."""
        try:
            found = load_der_public_key(spki(self.key))
        except ValueError as problem:
            raise Deviation(f"PublicKey Data is no key: {problem}") from problem
        expect(isinstance(found, rsa.RSAPublicKey), "another kind of key")
        assert isinstance(found, rsa.RSAPublicKey)
        return found


def spki(key: bytes) -> bytes:
    """SubjectPublicKeyInfo around an ASN.1 RSA key (RFC 8017 A.1.1)."""
    body = bytes.fromhex("300d06092a864886f70d010101050003") + _length(len(key) + 1) + b"\0" + key
    return b"\x30" + _length(len(body)) + body


def _length(size: int) -> bytes:
    return (
        bytes((size,))
        if size < 0x80
        else b"\x81" + bytes((size,))
        if size < 0x100
        else b"\x82" + struct.pack(">H", size)
    )


def verifies(key: rsa.RSAPublicKey, signature: bytes, data: bytes) -> bool:
    """RSASSA-PKCS1-v1_5 with SHA-1 (3.2.5.9)."""
    try:
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA1())
    except InvalidSignature:
        return False
    return True


def der_of(key: rsa.RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
