"""What MS-PPSEC 2.2.5 and MS-PNRP 2.2.3.5.1 put into certificates beyond X.509, as values.

The published text leaves the form of some of them open; docs/identity.md says what is written. Strings of PNRP are
UniversalString with a zero at the end: only so does SIZE (1..150) allow for the empty classifier that the text uses.
They are read with and without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from peerapi.errors import InvalidPeerName
from peerapi.identity import der
from peerapi.identity.der import Malformed, Reader
from peerapi.identity.names import MAX_CLASSIFIER, PeerName, is_text, parse

_PEERNET = "1.3.6.1.4.1.311.44"
CERTIFICATE_TYPE = f"{_PEERNET}.0.1"
PEER_NAME = f"{_PEERNET}.0.2"
"type-id of an otherName that is a peer name"
CLASSIFIER = f"{_PEERNET}.0.3"
"type-id of an otherName that is a classifier"
CERTIFICATE_VERSION = f"{_PEERNET}.0.4"
IDENTITY_FLAGS = f"{_PEERNET}.2.2"
GROUP_PEER_NAME = f"{_PEERNET}.3.1"
GROUPING_FLAGS = f"{_PEERNET}.3.2"
ROLES = f"{_PEERNET}.3.3"
PEER_AUTHENTICATION = f"{_PEERNET}.3.4"
CLASSIFIERS = f"{_PEERNET}.3.5"
SUBJECT_ALT_NAME = "2.5.29.17"
ISSUER_ALT_NAME = "2.5.29.18"
OLD_SUBJECT_ALT_NAME = "2.5.29.7"
OLD_ISSUER_ALT_NAME = "2.5.29.8"
"The texts name no identifiers for the alternative names; these are what wincrypt.h calls by the names that they use."
EXTENDED_KEY_USAGE = "2.5.29.37"
SERVER_AUTHENTICATION = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTHENTICATION = "1.3.6.1.5.5.7.3.2"

_CRITICAL = {CERTIFICATE_TYPE, CERTIFICATE_VERSION, GROUP_PEER_NAME, ROLES, CLASSIFIERS}
_VERSION = bytes.fromhex("01000200")
"1.2, the four bytes as MS-PNRP 2.2.3.5.1.2 prints them."
MAX_ROLES = MAX_CLASSIFIERS = 64
"Roles and classifiers of one certificate, at most; the texts have no limit."
T = TypeVar("T")


class CertificateType(IntEnum):
    """What a certificate is for (MS-PPSEC 2.2.5)."""

    MEMBER = 1
    "GMC, group membership"
    ROOT = 2
    "GRC, group root"
    IDENTITY = 3
    "IDC"


@dataclass(frozen=True)
class Extensions:
    """The extensions of one certificate; None where it has none of a kind."""

    type: CertificateType
    subject_name: PeerName | None = None
    "SubjectAltName: the peer name of the holder"
    issuer_name: PeerName | None = None
    "IssuerAltName"
    usages: tuple[str, ...] = (PEER_AUTHENTICATION, SERVER_AUTHENTICATION)
    "Extended key usage, OIDs"
    identity_flags: int | None = None
    grouping_flags: int | None = None
    group: PeerName | None = None
    "The group's peer name"
    roles: tuple[bytes, ...] | None = None
    "Role GUIDs in network order"
    classifiers: tuple[str, ...] | None = None
    "An empty tuple allows every classifier"

    def encode(self) -> bytes:
        """SEQUENCE OF Extension."""
        found: list[tuple[str, bytes | None]] = [
            (CERTIFICATE_TYPE, _dword(self.type)),
            (CERTIFICATE_VERSION, der.octets(_VERSION)),
            (SUBJECT_ALT_NAME, _map(self.subject_name, _peer_name)),
            (ISSUER_ALT_NAME, _map(self.issuer_name, _peer_name)),
            (EXTENDED_KEY_USAGE, der.sequence(*map(der.oid, self.usages))),
            (IDENTITY_FLAGS, _map(self.identity_flags, _dword)),
            (GROUP_PEER_NAME, _map(self.group, _peer_name)),
            (GROUPING_FLAGS, _map(self.grouping_flags, _dword)),
            (ROLES, _map(self.roles, lambda roles: der.sequence(*map(der.octets, roles)))),
            (CLASSIFIERS, _map(self.classifiers, lambda all: _names(CLASSIFIER, all))),
        ]
        return der.sequence(*[_extension(oid, value) for oid, value in found if value is not None])

    @classmethod
    def decode(cls, reader: Reader) -> Extensions:
        """Reads ``encode``'s content. Raises Malformed, also for a critical extension that is not understood."""
        values: dict[str, Reader] = {}
        while reader:
            one = reader.inside(der.SEQUENCE)
            oid = one.oid()
            critical = one.boolean() if one.peek() == der.BOOLEAN else False
            if oid in values:
                raise Malformed(f"extension {oid} twice")
            if critical and oid not in _DECODERS:
                raise Malformed(f"critical extension {oid}")
            values[oid] = one.inside(der.OCTET_STRING)
            one.finish()
        if CERTIFICATE_TYPE not in values or CERTIFICATE_VERSION not in values:
            raise Malformed("certificate type and version are missing")
        fields: dict[str, object] = {}
        for oid, value in values.items():
            if oid in _DECODERS:
                name, decode = _DECODERS[oid]
                if name in fields:
                    raise Malformed(f"{name} in two extensions")
                fields[name] = decode(value)
                value.finish()
        if fields.pop("version") != _VERSION:
            raise Malformed("another certificate version")
        fields.setdefault("usages", ())
        return cls(**fields)  # type: ignore[arg-type]


def _map(value: T | None, encode: Callable[[T], bytes]) -> bytes | None:
    return None if value is None else encode(value)


def _extension(oid: str, value: bytes) -> bytes:
    critical = der.tlv(der.BOOLEAN, b"\xff") if oid in _CRITICAL else b""
    return der.sequence(der.oid(oid), critical, der.octets(value))


# ---- numbers ----


def _dword(value: int) -> bytes:
    return der.octets(value.to_bytes(4, "little"))


def _read_dword(reader: Reader) -> int:
    content = reader.take(der.OCTET_STRING)
    if len(content) != 4:
        raise Malformed("not four bytes")
    return int.from_bytes(content, "little")


def _read_type(reader: Reader) -> CertificateType:
    try:
        return CertificateType(_read_dword(reader))
    except ValueError as error:
        raise Malformed("an unknown certificate type") from error


def _read_version(reader: Reader) -> bytes:
    return reader.take(der.OCTET_STRING)


# ---- names ----


def _names(kind: str, values: Iterable[str]) -> bytes:
    """GeneralNames, each an otherName of the type ``kind``."""
    texts = [der.text(der.UNIVERSAL_STRING, value + "\0") for value in values]
    return der.sequence(*[der.tlv(der.context(0), der.oid(kind), der.tlv(der.context(0), text)) for text in texts])


def _read_names(reader: Reader, kind: str) -> list[str]:
    found = []
    names = reader.inside(der.SEQUENCE)
    while names:
        other = names.inside(der.context(0))
        if other.oid() != kind:
            raise Malformed("a name of another type")
        value = other.inside(der.context(0))
        found.append(value.text(der.UNIVERSAL_STRING, der.BMP_STRING, der.UTF8_STRING).removesuffix("\0"))
        value.finish()
        other.finish()
    return found


def _peer_name(name: PeerName) -> bytes:
    return _names(PEER_NAME, [str(name)])


def _read_peer_name(reader: Reader) -> PeerName:
    texts = _read_names(reader, PEER_NAME)
    try:
        (text,) = texts
        return parse(text)
    except (ValueError, InvalidPeerName) as error:
        raise Malformed("not one peer name") from error


# ---- lists ----


def _read_roles(reader: Reader) -> tuple[bytes, ...]:
    inner = reader.inside(der.SEQUENCE)
    roles = []
    while inner:
        roles.append(inner.take(der.OCTET_STRING))
    if not 1 <= len(roles) <= MAX_ROLES or any(len(role) != 16 for role in roles):
        raise Malformed("not a list of roles")
    return tuple(roles)


def _read_classifiers(reader: Reader) -> tuple[str, ...]:
    found = _read_names(reader, CLASSIFIER)
    if len(found) > MAX_CLASSIFIERS or not all(is_text(text, MAX_CLASSIFIER) for text in found):
        raise Malformed("not a list of classifiers")
    return tuple(found)


def _read_usages(reader: Reader) -> tuple[str, ...]:
    inner = reader.inside(der.SEQUENCE)
    usages = []
    while inner:
        usages.append(inner.oid())
    return tuple(usages)


_DECODERS: dict[str, tuple[str, Callable[[Reader], object]]] = {
    CERTIFICATE_TYPE: ("type", _read_type),
    CERTIFICATE_VERSION: ("version", _read_version),
    SUBJECT_ALT_NAME: ("subject_name", _read_peer_name),
    ISSUER_ALT_NAME: ("issuer_name", _read_peer_name),
    OLD_SUBJECT_ALT_NAME: ("subject_name", _read_peer_name),
    OLD_ISSUER_ALT_NAME: ("issuer_name", _read_peer_name),
    EXTENDED_KEY_USAGE: ("usages", _read_usages),
    IDENTITY_FLAGS: ("identity_flags", _read_dword),
    GROUPING_FLAGS: ("grouping_flags", _read_dword),
    GROUP_PEER_NAME: ("group", _read_peer_name),
    ROLES: ("roles", _read_roles),
    CLASSIFIERS: ("classifiers", _read_classifiers),
}
