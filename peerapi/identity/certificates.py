"""P2P certificates: X.509 version 3 with the extensions of MS-PPSEC 2.2.5.

``Certificate`` is what the bytes say; ``identity_certificate`` gives one that has been proved to be an identity's
(IDC), or raises. Times are FILETIME units; nothing here reads a clock.
"""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass

from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader
from peerapi.identity.extensions import (
    CLIENT_AUTHENTICATION,
    PEER_AUTHENTICATION,
    SERVER_AUTHENTICATION,
    CertificateType,
    Extensions,
)
from peerapi.identity.keys import (
    SIGNATURE_ALGORITHMS,
    Algorithm,
    KeyPair,
    Profile,
    PublicKey,
    UnsuitableKey,
    canonical,
)
from peerapi.identity.names import MAX_FRIENDLY_NAME, PeerName, is_text, proves
from peerapi.moment import SECOND

MAX_CERTIFICATE = 16384
"Bytes of one certificate; the texts have no limit. An RSA key of 8192 bits and 64 classifiers fit."
FOREVER = 2650467743990000000
"9999-12-31 23:59:59: no end is set (RFC 5280 4.1.2.5)."
CLOCK_SKEW = 24 * 3600 * SECOND
"A certificate is valid this much earlier than it was made, for machines whose clocks are slow."
SERIAL_BYTES = 16
"MS-PNRP 2.2.3.5"
_COMMON_NAME = "2.5.4.3"


class InvalidCertificate(ValueError):
    """A certificate that is well-formed and yet does not prove what it should; the text says why."""


@dataclass(frozen=True)
class Certificate:
    """One certificate as it was read. Nothing has been verified."""

    encoded: bytes
    "The certificate, DER, with its signature in the one encoding (``keys``)"
    signed: bytes
    "The part that the signature covers"
    signature_algorithm: bytes
    signature: bytes
    serial: bytes
    issuer: str
    "Friendly name of who signed"
    subject: str
    "Friendly name of the holder"
    not_before: int
    not_after: int
    public_key: PublicKey
    extensions: Extensions

    def signed_by(self, key: PublicKey) -> bool:
        """Whether the holder of ``key`` signed it, in the way of the key's profile."""
        return self.signature_algorithm == SIGNATURE_ALGORITHMS[key.algorithm] and key.verify(
            self.signature, self.signed
        )

    def valid_at(self, now: int) -> bool:
        return self.not_before <= now <= self.not_after


# ---- making ----


def issue(
    signer: KeyPair,
    public_key: PublicKey,
    extensions: Extensions,
    *,
    subject: str,
    issuer: str,
    not_before: int,
    not_after: int,
) -> Certificate:
    """A certificate over ``public_key``, signed by ``signer``. The serial number is random."""
    if not (is_text(subject, MAX_FRIENDLY_NAME) and is_text(issuer, MAX_FRIENDLY_NAME) and subject and issuer):
        raise ValueError("friendly names have 1 to 255 characters")
    algorithm = SIGNATURE_ALGORITHMS[signer.algorithm]
    serial = bytearray(secrets.token_bytes(SERIAL_BYTES))
    serial[0] = serial[0] & 0x7F | 0x40  # positive, and 16 bytes in DER
    signed = der.sequence(
        der.tlv(der.context(0), der.integer(2)),
        der.tlv(der.INTEGER, bytes(serial)),
        algorithm,
        _name(issuer),
        der.sequence(der.time(not_before), der.time(not_after)),
        _name(subject),
        public_key.spki,
        der.tlv(der.context(3), extensions.encode()),
    )
    return decode(der.sequence(signed, algorithm, der.bits(signer.sign(signed))))


def issue_identity(key: KeyPair, name: PeerName, friendly_name: str, now: int) -> Certificate:
    """The self-signed certificate of an identity (IDC), valid from a day ago on, without an end."""
    if not proves(key.public.spki, name):
        raise ValueError("the name belongs to another key")
    # TLS stacks want the usage of the side on which a certificate is shown; the published profile names the server's
    # only.
    more = () if key.profile is Profile.MS_PPSEC else (CLIENT_AUTHENTICATION,)
    return issue(
        key,
        key.public,
        Extensions(
            CertificateType.IDENTITY,
            subject_name=name,
            issuer_name=name,
            usages=(PEER_AUTHENTICATION, SERVER_AUTHENTICATION, *more),
            identity_flags=0,
        ),
        subject=friendly_name,
        issuer=friendly_name,
        not_before=now - CLOCK_SKEW,
        not_after=FOREVER,
    )


def _name(text: str) -> bytes:
    """Name with one common name; UTF8String, which holds all of Unicode."""
    attribute = der.sequence(der.oid(_COMMON_NAME), der.text(der.UTF8_STRING, text))
    return der.sequence(der.tlv(der.SET, attribute))


# ---- reading ----


def decode(encoded: bytes) -> Certificate:
    """A certificate from DER. Raises Malformed for everything that MS-PNRP 2.2.3.5 does not allow.

    Half of the ECDSA signatures of earlier versions are in the other encoding. They are read as what they are, so two
    encodings of one certificate are equal, and only one is ever kept or shown.
    """
    if len(encoded) > MAX_CERTIFICATE:
        raise Malformed("too long for a certificate")
    outer = Reader(encoded)
    reader = outer.inside(der.SEQUENCE)
    outer.finish()
    signed = reader.whole(der.SEQUENCE)
    algorithm = reader.whole(der.SEQUENCE)
    signature = reader.bits()
    reader.finish()
    if algorithm not in SIGNATURE_ALGORITHMS.values():
        raise Malformed("an unknown signature algorithm")
    if algorithm == SIGNATURE_ALGORITHMS[Algorithm.P256]:
        only = canonical(signature)
        if only != signature:
            signature = only
            encoded = der.sequence(signed, algorithm, der.bits(signature))

    reader = Reader(signed).inside(der.SEQUENCE)
    if reader.inside(der.context(0)).integer() != 2:
        raise Malformed("not an X.509 version 3 certificate")
    serial = reader.take(der.INTEGER)
    if len(serial) != SERIAL_BYTES and (len(serial) != SERIAL_BYTES + 1 or serial[0]):
        raise Malformed("the serial number has not 16 bytes")
    if reader.whole(der.SEQUENCE) != algorithm:
        raise Malformed("two signature algorithms")
    issuer = _read_name(reader.inside(der.SEQUENCE))
    validity = reader.inside(der.SEQUENCE)
    not_before, not_after = validity.time(), validity.time()
    validity.finish()
    subject = _read_name(reader.inside(der.SEQUENCE))
    try:
        public_key = PublicKey(reader.whole(der.SEQUENCE))
    except UnsuitableKey as error:
        raise Malformed(str(error)) from error
    wrapped = reader.inside(der.context(3))
    reader.finish()
    extensions = Extensions.decode(wrapped.inside(der.SEQUENCE))
    wrapped.finish()
    return Certificate(
        encoded,
        signed,
        algorithm,
        signature,
        serial[-SERIAL_BYTES:],
        issuer,
        subject,
        not_before,
        not_after,
        public_key,
        extensions,
    )


def _read_name(name: Reader) -> str:
    """The last common name of a Name, empty when it has none."""
    found = ""
    while name:
        group = name.inside(der.SET)
        while group:
            attribute = group.inside(der.SEQUENCE)
            if attribute.oid() == _COMMON_NAME:
                found = attribute.text().removesuffix("\0")
            else:
                attribute.whole()
            attribute.finish()
    if not is_text(found, MAX_FRIENDLY_NAME):
        raise Malformed("a name longer than 255 characters")
    return found


# ---- proving ----


def identity_certificate(encoded: bytes, now: int) -> Certificate:
    """An IDC that proves its peer name (MS-PPSEC 2.2.5, 2.2.5.1, 2.2.5.2.1).

    It is of that type, names a peer name of its key, is self-signed, may be used between peers, and is valid at
    ``now``. Raises Malformed or InvalidCertificate.
    """
    certificate = _proved_identity(encoded)
    if not certificate.valid_at(now):
        raise InvalidCertificate("not valid now")
    return certificate


@functools.lru_cache(maxsize=1024)
def _proved_identity(encoded: bytes) -> Certificate:
    """All but time, remembered: peers meet again and again."""
    certificate = decode(encoded)
    extensions = certificate.extensions
    name = extensions.subject_name
    if extensions.type is not CertificateType.IDENTITY:
        raise InvalidCertificate("not an identity certificate")
    if extensions.identity_flags:
        raise InvalidCertificate("identity flags that are not 0")
    if not {PEER_AUTHENTICATION, SERVER_AUTHENTICATION}.issubset(extensions.usages):
        raise InvalidCertificate("not made for use between peers")
    if name is None or not proves(certificate.public_key.spki, name):
        raise InvalidCertificate("the peer name belongs to another key")
    if extensions.issuer_name not in (None, name) or certificate.issuer != certificate.subject:
        raise InvalidCertificate("issuer and subject differ")
    if not certificate.signed_by(certificate.public_key):
        raise InvalidCertificate("the signature is not the holder's")
    return certificate
