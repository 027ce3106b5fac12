"""Certificates of any kind in files: several with their keys in a PFX (RFC 7292), several in PKCS #7 (RFC 2315).

Unlike ``certificates``, nothing is asked of them but that they are X.509: programs bring what their own authority has
made. Their keys are those of the library ``cryptography``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader

MOST_CERTIFICATES = 100
"In one file: a chain has 25 at most."
LARGEST_FILE = 1 << 20


class WrongPassword(ValueError):
    """The password is not the one with which the file was made."""


class Parts(NamedTuple):
    """The fields of a certificate, DER where they are structures (RFC 5280 4.1)."""

    version: int
    serial: bytes
    "Most significant byte first, as DER has it."
    algorithm: bytes
    issuer: bytes
    not_before: int
    not_after: int
    subject: bytes
    public_key: bytes
    extensions: tuple[tuple[str, bool, bytes], ...]


def whole(data: bytes) -> bytes:
    """One DER value at the beginning of ``data``: buffers are often larger than what is in them. Raises Malformed."""
    return Reader(data).whole(der.SEQUENCE)


def parts(encoded: bytes) -> Parts:
    """The fields of a certificate. Raises Malformed."""
    outer = Reader(encoded)
    signed = outer.inside(der.SEQUENCE).inside(der.SEQUENCE)
    outer.finish()
    version = 0
    if signed.peek() == der.context(0):
        version = signed.inside(der.context(0)).integer()
    serial, algorithm, issuer = signed.take(der.INTEGER), signed.whole(der.SEQUENCE), signed.whole(der.SEQUENCE)
    validity = signed.inside(der.SEQUENCE)
    not_before, not_after = validity.time(), validity.time()
    subject, public_key = signed.whole(der.SEQUENCE), signed.whole(der.SEQUENCE)
    found = []
    while signed:
        if signed.peek() != der.context(3):
            signed.whole()
            continue
        inside = signed.inside(der.context(3)).inside(der.SEQUENCE)
        while inside:
            one = inside.inside(der.SEQUENCE)
            found.append((one.oid(), one.boolean() if one.peek() == der.BOOLEAN else False, one.take(der.OCTET_STRING)))
    return Parts(version, serial, algorithm, issuer, not_before, not_after, subject, public_key, tuple(found))


def public_key_parts(spki: bytes) -> tuple[str, bytes, bytes]:
    """Algorithm, its parameters (DER, empty without) and the key itself of a SubjectPublicKeyInfo. Raises Malformed."""
    outer = Reader(spki).inside(der.SEQUENCE)
    algorithm = outer.inside(der.SEQUENCE)
    oid = algorithm.oid()
    return oid, algorithm.whole() if algorithm else b"", outer.bits()


def public_key_of(oid: str, parameters: bytes, key: bytes) -> bytes:
    """SubjectPublicKeyInfo of these."""
    return der.sequence(der.sequence(der.oid(oid), parameters), der.bits(key))


def read_pfx(data: bytes, password: str | None) -> list[tuple[bytes, Any]]:
    """Certificates (DER) with the private keys that are in the file, None where there is none: first the one with a
    key. Raises Malformed, WrongPassword."""
    from cryptography.exceptions import InternalError, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

    from peerapi.identity import export

    if len(data) > LARGEST_FILE:
        raise Malformed("too long for a PFX")
    export.check_rounds(Reader(data))
    tried = [password.encode()] if password else [None, b""]
    failure: Exception | None = None
    for one in tried:
        try:
            held = pkcs12.load_pkcs12(data, one)
        except (ValueError, TypeError) as error:
            failure = error
            continue
        except (UnsupportedAlgorithm, InternalError) as error:
            raise Malformed(str(error)) from error
        break
    else:
        raise WrongPassword(str(failure))
    first = [(held.cert.certificate, held.key)] if held.cert is not None else []
    others = [(one.certificate, None) for one in held.additional_certs[:MOST_CERTIFICATES]]
    return [(certificate.public_bytes(Encoding.DER), key) for certificate, key in (*first, *others)]


def write_pfx(certificates: list[tuple[bytes, Any]], password: str | None) -> bytes:
    """A PFX of these: the key of the first that has one is in it, since a PFX of this library holds one key."""
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, pkcs12
    from cryptography.x509 import load_der_x509_certificate

    own = next((one for one in certificates if one[1] is not None), None)
    others = [load_der_x509_certificate(one[0]) for one in certificates if one is not own]
    encryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        None,
        None if own is None else own[1],
        None if own is None else load_der_x509_certificate(own[0]),
        others,
        encryption,
    )


def is_key_of(private: Any, encoded: bytes) -> bool:
    """Whether a private key belongs to a certificate. Raises Malformed."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    spki: bytes = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return spki == parts(encoded).public_key
