"""PKCS #7 version 1.5 SignedData that signs nothing and carries certificates (RFC 2315 section 9.1, MS-PNRP
2.2.3.5)."""

from __future__ import annotations

from collections.abc import Iterable

from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader

MAX_CERTIFICATES = 25
"MS-PNRP 2.2.3.5"
_DATA = "1.2.840.113549.1.7.1"
_SIGNED_DATA = "1.2.840.113549.1.7.2"


def encode(certificates: Iterable[bytes]) -> bytes:
    """Certificates (DER), in their order."""
    signed = der.sequence(
        der.integer(1),
        der.tlv(der.SET),
        der.sequence(der.oid(_DATA)),
        der.tlv(der.context(0), *certificates),
        der.tlv(der.SET),
    )
    return der.sequence(der.oid(_SIGNED_DATA), der.tlv(der.context(0), signed))


def decode(data: bytes) -> list[bytes]:
    """The certificates in it, 1 to 25, each DER and not looked into. Raises Malformed."""
    outer = Reader(data)
    content = outer.inside(der.SEQUENCE)
    outer.finish()
    if content.oid() != _SIGNED_DATA:
        raise Malformed("not PKCS #7 SignedData")
    wrapped = content.inside(der.context(0))
    content.finish()
    signed = wrapped.inside(der.SEQUENCE)
    wrapped.finish()
    if signed.integer() != 1:
        raise Malformed("not version 1 of SignedData")
    signed.take(der.SET)
    signed.take(der.SEQUENCE)
    inner = signed.inside(der.context(0))
    if signed.peek() == der.context(1):  # revocation lists mean nothing here
        signed.whole()
    signed.take(der.SET)
    signed.finish()
    certificates = []
    while inner:
        certificates.append(inner.whole(der.SEQUENCE))
    if not 1 <= len(certificates) <= MAX_CERTIFICATES:
        raise Malformed("no certificates, or more than 25")
    return certificates
