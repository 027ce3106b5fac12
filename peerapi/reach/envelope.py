"""The envelope: TLS 1.3 from node to node, around everything that goes through a relay.

The called node's certificate is its own work: it has the key of the seat, and the seat's modifier as its serial number.
The caller computes the seat address of both, and compares; no authority says more. The caller shows none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.reach import seat
from peerapi.reach.refusal import Refusal, Refused
from peerapi.reach.tls import TlsLayer, client_context, server_context

if TYPE_CHECKING:
    import ssl

    from peerapi.identity.keys import KeyPair

_NAME = "peerapi seat"


def self_signed(key: KeyPair, serial: int, name: str = _NAME) -> bytes:
    """A certificate (DER) that says no more than its key and serial number."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.private.public_key(),
        serial_number=serial,
        not_valid_before=datetime.datetime(2000, 1, 1),
        not_valid_after=datetime.datetime(9999, 12, 31, 23, 59, 59),
    )
    encoded: bytes = builder.sign(key.private, hashes.SHA256()).public_bytes(Encoding.DER)
    return encoded


def callee_context(key: KeyPair, modifier: bytes) -> ssl.SSLContext:
    """With which the owner of a seat answers calls."""
    return server_context(self_signed(key, int.from_bytes(modifier, "big")), key.pkcs8())


def answering(context: ssl.SSLContext) -> TlsLayer:
    """The called node's end of a new envelope."""
    return TlsLayer(context, server=True)


def calling() -> TlsLayer:
    """The caller's end of a new envelope. Whoever is there has to be checked (``check_callee``) when it is ready."""
    return TlsLayer(client_context(by_name=False), server=False)


def check_callee(certificate: bytes, address: Address) -> None:
    """Raises Refused unless the certificate is that of the seat which was called."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        shown = x509.load_der_x509_certificate(certificate)
        spki = shown.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        modifier = shown.serial_number.to_bytes(seat.MODIFIER_SIZE, "big")
    except (ValueError, OverflowError) as error:
        raise Refused(Refusal.CALLEE) from error
    if not seat.proves(address, modifier, spki):
        raise Refused(Refusal.CALLEE)
