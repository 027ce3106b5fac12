"""An authority of an application, which signs the certificates of its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


def rsa_key(bits: int = 1024) -> Any:
    return rsa.generate_private_key(65537, bits)


def p256_key() -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def ed25519_key() -> Any:
    return ed25519.Ed25519PrivateKey.generate()


class Issued:
    """A certificate with its key; what it signs."""

    def __init__(
        self,
        name: str,
        key: Any,
        issuer: Issued | None = None,
        *,
        authority: bool = True,
        begin: datetime = NOW - YEAR,
        end: datetime = NOW + YEAR,
    ) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = key
        signer = issuer or self
        builder = x509.CertificateBuilder(
            signer.name, self.name, key.public_key(), x509.random_serial_number(), begin, end
        ).add_extension(x509.BasicConstraints(authority, None), critical=True)
        digest = None if isinstance(signer.key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
        self.certificate = builder.sign(signer.key, digest)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def member(self, name: str, key: Any, **more: Any) -> Issued:
        """A certificate for a node."""
        return Issued(name, key, self, authority=False, **more)

    def pfx(self, password: str, beside: Sequence[Issued] = ()) -> bytes:
        """A PFX of it, with others beside."""
        encryption = BestAvailableEncryption(password.encode())
        others = [one.certificate for one in beside]
        return pkcs12.serialize_key_and_certificates(None, self.key, self.certificate, others, encryption)
