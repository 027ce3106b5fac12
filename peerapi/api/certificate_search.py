"""What CertFindCertificateInStore looks for: one function for each kind of search, which says whether a certificate
fits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from peerapi.abi import layout, library
from peerapi.abi.layout import TEXT_LIMIT
from peerapi.api.certificate_structs import BITS, BLOB, CertificateInfo
from peerapi.errors import InvalidArgument
from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader

Wanted = Callable[[bytes, CertificateInfo, bool], bool]
"Certificate, its fields, whether a key is bound to it."
Other = Callable[[int], bytes]
"The certificate of another context."
ANY, HASH = 0, 0x00010000
SUBJECT_NAME, ISSUER_NAME = 0x00020007, 0x00020004
PUBLIC_KEY = 0x00060000
SUBJECT_STR_A, SUBJECT_STR_W, ISSUER_STR_A, ISSUER_STR_W = 0x00070007, 0x00080007, 0x00070004, 0x00080004
SUBJECT_CERT, ISSUER_OF, EXISTING, HAS_PRIVATE_KEY = 0x000B0000, 0x000C0000, 0x000D0000, 0x00150000
_TEXT_BYTES = 1024
_PUBLIC_KEY_BITS = 24
"Offset of PublicKey in CERT_PUBLIC_KEY_INFO."
_SERIAL, _ISSUER = 8, 48
"Offsets in CERT_INFO."


def wanted(kind: int, what: int, other: Other) -> Wanted:
    """The search of a dwFindType and its pvFindPara. InvalidArgument: no such search, or nothing is
    looked for."""
    if kind == ANY:
        return lambda encoded, info, keyed: True
    if kind == HAS_PRIVATE_KEY:
        return lambda encoded, info, keyed: keyed
    make = _SEARCHES.get(kind)
    if make is None:
        raise InvalidArgument(f"Searches of kind {kind:#x} are not known here.")
    if not what:
        raise InvalidArgument("pvFindPara says what is looked for.")
    return make(what, other)


def name_text(name: bytes) -> str:
    """The values in a Name, as people read them, with commas between."""
    found = []
    try:
        parts = Reader(name).inside(der.SEQUENCE)
        while parts:
            part = parts.inside(der.SET)
            while part:
                attribute = part.inside(der.SEQUENCE)
                attribute.oid()
                found.append(attribute.text())
    except Malformed:
        return ""
    return ", ".join(found)


def _hash(what: int, other: Other) -> Wanted:
    digest: bytes = layout.read(BLOB, what)
    return lambda encoded, info, keyed: hashlib.sha1(encoded).digest() == digest


def _subject(what: int, other: Other) -> Wanted:
    name: bytes = layout.read(BLOB, what)
    return lambda encoded, info, keyed: info.subject == name


def _issuer(what: int, other: Other) -> Wanted:
    name: bytes = layout.read(BLOB, what)
    return lambda encoded, info, keyed: info.issuer == name


def _public_key(what: int, other: Other) -> Wanted:
    key: bytes = layout.read(BITS, what + _PUBLIC_KEY_BITS)
    return lambda encoded, info, keyed: info.public_key.key == key


def _same(what: int, other: Other) -> Wanted:
    there = other(what)
    return lambda encoded, info, keyed: encoded == there


def _issuer_of(what: int, other: Other) -> Wanted:
    issuer = CertificateInfo.of(other(what)).issuer
    return lambda encoded, info, keyed: info.subject == issuer


def _issuer_and_serial(what: int, other: Other) -> Wanted:
    serial, issuer = layout.read(BLOB, what + _SERIAL), layout.read(BLOB, what + _ISSUER)
    return lambda encoded, info, keyed: (info.serial, info.issuer) == (serial, issuer)


def _bytes_text(address: int) -> str:
    native = library.native()
    found = bytearray()
    while len(found) < _TEXT_BYTES and (byte := native.read(address + len(found), 1)) != b"\0":
        found += byte
    return found.decode("utf-8", "replace").lower()


def _wide_text(address: int) -> str:
    return library.native().text(address, TEXT_LIMIT).lower()


def _in(field: str, text: Callable[[int], str]) -> Callable[[int, Other], Wanted]:
    def make(what: int, other: Other) -> Wanted:
        part = text(what)
        return lambda encoded, info, keyed: part in name_text(getattr(info, field)).lower()

    return make


_SEARCHES: dict[int, Callable[[int, Other], Wanted]] = {
    HASH: _hash,
    SUBJECT_NAME: _subject,
    ISSUER_NAME: _issuer,
    PUBLIC_KEY: _public_key,
    EXISTING: _same,
    ISSUER_OF: _issuer_of,
    SUBJECT_CERT: _issuer_and_serial,
    SUBJECT_STR_A: _in("subject", _bytes_text),
    SUBJECT_STR_W: _in("subject", _wide_text),
    ISSUER_STR_A: _in("issuer", _bytes_text),
    ISSUER_STR_W: _in("issuer", _wide_text),
}
