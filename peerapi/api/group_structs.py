"""The structs of the group section of p2p.h, described once."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from peerapi.abi import library
from peerapi.abi.fields import CField, Field, Maker
from peerapi.abi.layout import (
    COUNT_LIMIT,
    FILETIME,
    GUID,
    HRESULT,
    OPTIONAL_WSTR,
    UINT32,
    UINT64,
    WSTR,
    Array,
    CountedBytes,
    Inline,
    Pointer,
    Struct,
    TaggedUnion,
)
from peerapi.address import Address
from peerapi.api.structs import ADDRESS, EVENT_CASES, EventWanted, event_registration
from peerapi.errors import InvalidArgument
from peerapi.grouping.events import GroupEventType

SHORT_PROPERTIES = 64
"Bytes of PEER_GROUP_PROPERTIES in programs built for systems before Vista."
_OID_LIMIT = 256


# ---- kinds of fields ----


class Ascii(Field):
    """LPSTR: the digits and dots of an object identifier. NULL is E_INVALIDARG."""

    types = ("LPSTR",)

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return f"{maker.bind(_read_ascii)}({maker.slot(base + field.offset, 'Q')})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        slot, data = maker.slot(base + field.offset, "Q"), maker.name("d")
        maker.writes += [f"{data} = {value}.encode('ascii') + b'\\0'"]
        maker.writes += maker.aligned_tail(slot, base + field.offset, data)


def _read_ascii(address: int) -> str:
    ffi, _ = library.load()
    if not address:
        raise InvalidArgument("an algorithm without a name")
    try:
        text: str = ffi.string(ffi.cast("char *", address), _OID_LIMIT).decode("ascii")
    except UnicodeDecodeError as error:
        raise InvalidArgument("an algorithm that is no object identifier") from error
    return text


class _Counted(Field):
    """A count, the field that is named in the description, and ``pointer``, the field with an address."""

    def __init__(self, pointer: str) -> None:
        self._pointer = pointer

    def fits(self, field: CField) -> bool:
        return field.is_number and field.size == 4

    def _slots(self, maker: Maker, fields: Mapping[str, CField], field: CField, base: int) -> tuple[str, str, int]:
        offset = base + fields[self._pointer].offset
        return maker.slot(base + field.offset, "I"), maker.slot(offset, "Q"), offset


class Guids(_Counted):
    """An array of GUIDs."""

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        count, pointer, _ = self._slots(maker, struct_fields, field, base)
        return f"{maker.bind(_read_guids)}({pointer}, {count})"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        count, pointer, offset = self._slots(maker, struct_fields, field, base)
        data = maker.name("d")
        maker.writes += [
            f"{count} = len({value})",
            f"{pointer} = 0",
            f"if {count}:",
            f"    {data} = b''.join(map({maker.bind(library.native().swap)}, {value}))",
            *(f"    {line}" for line in maker.aligned_tail(pointer, offset, data)),
        ]


def _read_guids(address: int, count: int) -> tuple[bytes, ...]:
    if count > COUNT_LIMIT or (count and not address):
        raise InvalidArgument("an array of GUIDs")
    return tuple([library.native().guid(address + 16 * at) for at in range(count)])


class Texts(_Counted):
    """An array of strings; only written, since no program hands us an invitation that is taken apart."""

    def read(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int) -> str:
        return "()"

    def write(self, maker: Maker, struct_fields: Mapping[str, CField], field: CField, base: int, value: str) -> None:
        count, pointer, offset = self._slots(maker, struct_fields, field, base)
        maker.writes += [
            f"{count} = len({value})",
            f"{pointer} = 0",
            f"if {count}:",
            f"    pointers.append(at + {offset})",
            f"    {pointer}, end = {maker.bind(_texts_tail)}({value}, tails, end, pointers)",
        ]


def _texts_tail(values: Sequence[str], tails: list[bytes], end: int, pointers: list[int]) -> tuple[int, int]:
    start = end + (-end & 7)
    wide = [library.native().wide(value) for value in values]
    target = start + 8 * len(wide)
    targets = []
    for each in wide:
        targets.append(target)
        target += len(each)
    pointers += range(start, start + 8 * len(wide), 8)
    tails.append(bytes(start - end) + struct.pack(f"<{len(wide)}Q", *targets))
    tails += wide
    return start, target


# ---- values ----


class KeyAlgorithm(NamedTuple):
    oid: str
    parameters: bytes
    "DER"


class KeyInfo(NamedTuple):
    """CERT_PUBLIC_KEY_INFO: SubjectPublicKeyInfo, unpacked."""

    algorithm: KeyAlgorithm
    key: bytes


class GroupPropertiesValue(NamedTuple):
    flags: int
    cloud: str | None
    classifier: str | None
    group: str | None
    creator: str | None
    friendly_name: str | None
    comment: str | None
    member_data_lifetime: int
    presence_lifetime: int
    schemes: int
    password: str | None
    role: bytes


class CredentialValue(NamedTuple):
    flags: int
    friendly_name: str | None
    public_key: KeyInfo | None
    issuer: str | None
    issuer_friendly_name: str | None
    not_before: int
    not_after: int
    roles: tuple[bytes, ...]


class MemberValue(NamedTuple):
    flags: int
    identity: str
    attributes: str | None
    node_id: int
    addresses: tuple[Address, ...]
    credential: CredentialValue | None


class InvitationValue(NamedTuple):
    cloud: str
    scope: int
    cloud_flags: int
    group: str
    issuer: str | None
    subject: str | None
    group_friendly_name: str
    issuer_friendly_name: str | None
    subject_friendly_name: str | None
    not_before: int
    not_after: int
    roles: tuple[bytes, ...]
    classifiers: tuple[str, ...]
    public_key: KeyInfo | None
    scheme: int


class MemberChangeData(NamedTuple):
    change: int
    identity: str


# ---- descriptions ----

_ALGORITHM = Struct(
    "CRYPT_ALGORITHM_IDENTIFIER",
    KeyAlgorithm,
    ("pszObjId", "oid", Ascii()),
    (
        "Parameters",
        "parameters",
        Inline(Struct[bytes]("CRYPT_OBJID_BLOB", None, ("cbData", "", CountedBytes("pbData")))),
    ),
)
KEY_INFO = Struct(
    "CERT_PUBLIC_KEY_INFO",
    KeyInfo,
    ("Algorithm", "algorithm", Inline(_ALGORITHM)),
    ("PublicKey", "key", Inline(Struct[bytes]("CRYPT_BIT_BLOB", None, ("cbData", "", CountedBytes("pbData"))))),
)
GROUP_PROPERTIES = Struct(
    "PEER_GROUP_PROPERTIES",
    GroupPropertiesValue,
    ("dwFlags", "flags", UINT32),
    ("pwzCloud", "cloud", OPTIONAL_WSTR),
    ("pwzClassifier", "classifier", OPTIONAL_WSTR),
    ("pwzGroupPeerName", "group", OPTIONAL_WSTR),
    ("pwzCreatorPeerName", "creator", OPTIONAL_WSTR),
    ("pwzFriendlyName", "friendly_name", OPTIONAL_WSTR),
    ("pwzComment", "comment", OPTIONAL_WSTR),
    ("ulMemberDataLifetime", "member_data_lifetime", UINT32),
    ("ulPresenceLifetime", "presence_lifetime", UINT32),
    ("dwAuthenticationSchemes", "schemes", UINT32),
    ("pwzGroupPassword", "password", OPTIONAL_WSTR),
    ("groupPasswordRole", "role", GUID),
)
CREDENTIAL_INFO = Struct(
    "PEER_CREDENTIAL_INFO",
    CredentialValue,
    ("dwFlags", "flags", UINT32),
    ("pwzFriendlyName", "friendly_name", OPTIONAL_WSTR),
    ("pPublicKey", "public_key", Pointer(KEY_INFO, optional=True)),
    ("pwzIssuerPeerName", "issuer", OPTIONAL_WSTR),
    ("pwzIssuerFriendlyName", "issuer_friendly_name", OPTIONAL_WSTR),
    ("ftValidityStart", "not_before", FILETIME),
    ("ftValidityEnd", "not_after", FILETIME),
    ("cRoles", "roles", Guids("pRoles")),
)
MEMBER = Struct(
    "PEER_MEMBER",
    MemberValue,
    ("dwFlags", "flags", UINT32),
    ("pwzIdentity", "identity", WSTR),
    ("pwzAttributes", "attributes", OPTIONAL_WSTR),
    ("ullNodeId", "node_id", UINT64),
    ("cAddresses", "addresses", Array("pAddresses", ADDRESS)),
    ("pCredentialInfo", "credential", Pointer(CREDENTIAL_INFO, optional=True)),
)
INVITATION_INFO = Struct(
    "PEER_INVITATION_INFO",
    InvitationValue,
    ("pwzCloudName", "cloud", WSTR),
    ("dwScope", "scope", UINT32),
    ("dwCloudFlags", "cloud_flags", UINT32),
    ("pwzGroupPeerName", "group", WSTR),
    ("pwzIssuerPeerName", "issuer", OPTIONAL_WSTR),
    ("pwzSubjectPeerName", "subject", OPTIONAL_WSTR),
    ("pwzGroupFriendlyName", "group_friendly_name", WSTR),
    ("pwzIssuerFriendlyName", "issuer_friendly_name", OPTIONAL_WSTR),
    ("pwzSubjectFriendlyName", "subject_friendly_name", OPTIONAL_WSTR),
    ("ftValidityStart", "not_before", FILETIME),
    ("ftValidityEnd", "not_after", FILETIME),
    ("cRoles", "roles", Guids("pRoles")),
    ("cClassifiers", "classifiers", Texts("ppwzClassifiers")),
    ("pSubjectPublicKey", "public_key", Pointer(KEY_INFO, optional=True)),
    ("authScheme", "scheme", UINT32),
)
GROUP_EVENT_WANTED: Struct[EventWanted] = event_registration("PEER_GROUP_EVENT_REGISTRATION")
GROUP_EVENT_DATA = TaggedUnion(
    "PEER_GROUP_EVENT_DATA",
    "eventType",
    {
        **EVENT_CASES,
        GroupEventType.MEMBER_CHANGED: (
            "memberChangeData",
            Struct(
                "PEER_EVENT_MEMBER_CHANGE_DATA",
                MemberChangeData,
                ("changeType", "change", UINT32),
                ("pwzIdentity", "identity", WSTR),
            ),
        ),
        GroupEventType.CONNECTION_FAILED: ("hrConnectionFailedReason", HRESULT),
    },
)


def read_properties(address: int) -> GroupPropertiesValue:
    """PEER_GROUP_PROPERTIES as it is today, or as it was before Vista, which knew no passwords."""
    native = library.native()
    size = GROUP_PROPERTIES.size
    if int.from_bytes(native.read(address, 4), "little") == SHORT_PROPERTIES:
        rest = native.read(address + 4, SHORT_PROPERTIES - 4)
        data = size.to_bytes(4, "little") + rest + bytes(size - SHORT_PROPERTIES)
    else:
        data = native.sized(address, size)
    return GROUP_PROPERTIES.load(data, 0)


def key_info(spki: bytes) -> KeyInfo:
    """A public key, DER SubjectPublicKeyInfo, unpacked."""
    from peerapi.identity import der

    reader = der.Reader(spki).inside(der.SEQUENCE)
    algorithm = reader.inside(der.SEQUENCE)
    oid = algorithm.oid()
    return KeyInfo(KeyAlgorithm(oid, algorithm.whole() if algorithm else b""), reader.bits())


def spki_of(info: KeyInfo) -> bytes:
    """The other way round. Raises InvalidArgument."""
    from peerapi.identity import der

    try:
        return der.sequence(der.sequence(der.oid(info.algorithm.oid), info.algorithm.parameters), der.bits(info.key))
    except ValueError as error:
        raise InvalidArgument(str(error)) from error
