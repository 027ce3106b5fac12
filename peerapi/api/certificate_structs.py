"""The structures of wincrypt.h as Python values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from peerapi.abi.blueprint import CField, Maker, array_tail
from peerapi.abi.layout import (
    ADDRESS,
    BOOL,
    FILETIME,
    UINT32,
    Array,
    CountedBytes,
    Field,
    Inline,
    Struct,
)
from peerapi.identity import certificate_files
from peerapi.identity.der import SEQUENCE, Reader

X509_ASN_ENCODING = 1
OID_LIMIT = 200
"Bytes of an object identifier as text."


class Ascii(Field):
    """LPSTR that is written: bytes with a zero at their end. What a program has written is left an address."""

    types = ("LPSTR",)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return maker.slot(base + field.offset, "Q")

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, data = maker.slot(base + field.offset, "Q"), maker.name("d")
        maker.writes += [f"{data} = {value}.encode() + bytes(1)"]
        maker.writes += maker.aligned_tail(slot, base + field.offset, data)


ASCII = Ascii()
BYTES = CountedBytes("pbData")
BLOB: Struct[bytes] = Struct("CRYPT_DATA_BLOB", None, ("cbData", "", BYTES))
BITS: Struct[bytes] = Struct("CRYPT_BIT_BLOB", None, ("cbData", "", BYTES))


class AlgorithmIdentifier(NamedTuple):
    """CRYPT_ALGORITHM_IDENTIFIER."""

    oid: str
    parameters: bytes


class PublicKeyInfo(NamedTuple):
    """CERT_PUBLIC_KEY_INFO."""

    algorithm: AlgorithmIdentifier
    key: bytes

    @classmethod
    def of(cls, spki: bytes) -> PublicKeyInfo:
        """From SubjectPublicKeyInfo. Raises Malformed."""
        oid, parameters, key = certificate_files.public_key_parts(spki)
        return cls(AlgorithmIdentifier(oid, parameters), key)


class Extension(NamedTuple):
    """CERT_EXTENSION."""

    oid: str
    critical: bool
    value: bytes


class CertificateInfo(NamedTuple):
    """CERT_INFO."""

    version: int
    serial: bytes
    "Least significant byte first."
    algorithm: AlgorithmIdentifier
    issuer: bytes
    not_before: int
    not_after: int
    subject: bytes
    public_key: PublicKeyInfo
    extensions: tuple[Extension, ...]

    @classmethod
    def of(cls, encoded: bytes) -> CertificateInfo:
        """From a certificate. Raises Malformed."""
        parts = certificate_files.parts(encoded)
        algorithm = Reader(parts.algorithm).inside(SEQUENCE)
        identifier = AlgorithmIdentifier(algorithm.oid(), algorithm.whole() if algorithm else b"")
        return cls(
            parts.version,
            parts.serial[::-1],
            identifier,
            parts.issuer,
            parts.not_before,
            parts.not_after,
            parts.subject,
            PublicKeyInfo.of(parts.public_key),
            tuple(Extension(*one) for one in parts.extensions),
        )


class CertificateContext(NamedTuple):
    """CERT_CONTEXT."""

    encoding: int
    encoded: bytes
    info: CertificateInfo
    store: int


ALGORITHM = Struct(
    "CRYPT_ALGORITHM_IDENTIFIER",
    AlgorithmIdentifier,
    ("pszObjId", "oid", ASCII),
    ("Parameters", "parameters", Inline(BLOB)),
)
PUBLIC_KEY = Struct(
    "CERT_PUBLIC_KEY_INFO",
    PublicKeyInfo,
    ("Algorithm", "algorithm", Inline(ALGORITHM)),
    ("PublicKey", "key", Inline(BITS)),
)
EXTENSION = Struct(
    "CERT_EXTENSION",
    Extension,
    ("pszObjId", "oid", ASCII),
    ("fCritical", "critical", BOOL),
    ("Value", "value", Inline(BLOB)),
)
INFO = Struct(
    "CERT_INFO",
    CertificateInfo,
    ("dwVersion", "version", UINT32),
    ("SerialNumber", "serial", Inline(BLOB)),
    ("SignatureAlgorithm", "algorithm", Inline(ALGORITHM)),
    ("Issuer", "issuer", Inline(BLOB)),
    ("NotBefore", "not_before", FILETIME),
    ("NotAfter", "not_after", FILETIME),
    ("Subject", "subject", Inline(BLOB)),
    ("SubjectPublicKeyInfo", "public_key", Inline(PUBLIC_KEY)),
    ("cExtension", "extensions", Array("rgExtension", EXTENSION)),
)


class InfoPointer(Field):
    """PCERT_INFO that is written. What a program has written is left an address."""

    types = ("PCERT_INFO",)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return maker.slot(base + field.offset, "Q")

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot = maker.slot(base + field.offset, "Q")
        maker.writes += [
            f"pointers.append(at + {base + field.offset})",
            f"{slot}, end = {maker.bind(array_tail)}({maker.bind(INFO)}, ({value},), tails, end, pointers)",
        ]


CONTEXT = Struct(
    "CERT_CONTEXT",
    CertificateContext,
    ("dwCertEncodingType", "encoding", UINT32),
    ("cbCertEncoded", "encoded", CountedBytes("pbCertEncoded")),
    ("pCertInfo", "info", InfoPointer()),
    ("hCertStore", "store", ADDRESS),
)
