"""Certificates of any kind, made and signed (RFC 5280 4.1) with keys of the library ``cryptography``.

That library makes no certificates signed with SHA-1, which programs of the published profile of tables want
(MC-DRT 2.2.3.1.4.1), so the bytes are put together here.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from peerapi.identity import der

SIGNATURES = {
    "1.2.840.113549.1.1.5": "SHA1",
    "1.2.840.113549.1.1.11": "SHA256",
    "1.2.840.113549.1.1.12": "SHA384",
    "1.2.840.113549.1.1.13": "SHA512",
}
"Algorithms of RSA signatures, and their hashes."
SHA256_RSA = "1.2.840.113549.1.1.11"
LARGEST_SERIAL = 20
"Bytes (RFC 5280 4.1.2.2)."


class ToBeSigned(NamedTuple):
    """What a certificate says."""

    version: int
    "As it is encoded: 2 means version 3."
    serial: bytes
    "Most significant byte first."
    issuer: bytes
    not_before: int
    "FILETIME, as the next one."
    not_after: int
    subject: bytes
    public_key: bytes
    "SubjectPublicKeyInfo."
    extensions: Sequence[tuple[str, bool, bytes]] = ()


def serial_number(given: bytes) -> int:
    """A positive number, which every reader of certificates wants: a program may have left the bytes as they were. Zero
    and nothing become a random one."""
    number = int.from_bytes(given[-LARGEST_SERIAL:], "big") & ((1 << (8 * LARGEST_SERIAL - 1)) - 1)
    return number or secrets.randbits(8 * LARGEST_SERIAL - 2) | 1


def signed(said: ToBeSigned, algorithm: str, key: Any) -> bytes:
    """The certificate, signed with an RSA key. KeyError: ``algorithm`` is none of ``SIGNATURES``."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    digest = getattr(hashes, SIGNATURES[algorithm])()
    identifier = der.sequence(der.oid(algorithm), der.null())
    fields = [
        der.integer(serial_number(said.serial)),
        identifier,
        said.issuer,
        der.sequence(der.time(said.not_before), der.time(said.not_after)),
        said.subject,
        said.public_key,
    ]
    if said.version:
        fields.insert(0, der.tlv(der.context(0), der.integer(said.version)))
    if said.extensions:
        listed = (_extension(*one) for one in said.extensions)
        fields.append(der.tlv(der.context(3), der.sequence(*listed)))
    body = der.sequence(*fields)
    return der.sequence(body, identifier, der.bits(key.sign(body, padding.PKCS1v15(), digest)))


def _extension(oid: str, critical: bool, value: bytes) -> bytes:
    flag = der.tlv(der.BOOLEAN, b"\xff") if critical else b""
    return der.sequence(der.oid(oid), flag, der.octets(value))


def basic_constraints(authority: bool, path_length: int | None) -> bytes:
    """BasicConstraints (4.2.1.9): whether the subject may sign certificates, and how many may stand below."""
    fields = [der.tlv(der.BOOLEAN, b"\xff")] if authority else []
    if authority and path_length is not None:
        fields.append(der.integer(path_length))
    return der.sequence(*fields)


def spki(private: Any) -> bytes:
    """SubjectPublicKeyInfo of a private key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded
