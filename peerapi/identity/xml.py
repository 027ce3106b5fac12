"""PEERIDENTITYINFO: the public part of an identity, for whoever invites it (MS-PPSEC 2.2.6.2, PeerIdentityGetXML)."""

from __future__ import annotations

from peerapi.identity import fragments, pkcs7
from peerapi.identity.certificates import Certificate, identity_certificate
from peerapi.identity.der import Malformed

ROOT = "PEERIDENTITYINFO"
CERTIFICATE = "IDC"


def identity_info(certificate: bytes) -> str:
    """The document for an IDC (DER): the protocol's text wants it inside PKCS #7."""
    return fragments.write(ROOT, [(CERTIFICATE, pkcs7.encode([certificate]))])


def read_identity_info(document: str, now: int) -> Certificate:
    """The proved IDC of a document. Raises Malformed or InvalidCertificate.

    The API's page speaks of a certificate where the protocol wants PKCS #7; a bare one is taken too.
    """
    children = fragments.read(document, ROOT)
    if len(children) != 1:
        raise Malformed("not one certificate")
    tag, data = children[0]
    if tag != CERTIFICATE or not isinstance(data, bytes):
        raise Malformed("not one certificate")
    try:
        certificates = pkcs7.decode(data)
    except Malformed:
        certificates = [data]
    if len(certificates) != 1:
        raise Malformed("not one certificate")
    return identity_certificate(certificates[0], now)
