"""Payloads of the group's own records: security properties and membership (MS-PPSEC 2.2.3), and what the properties
mean for the graph underneath (3.1.4.1).

Numbers and strings are little-endian here, each string with its length in bytes and a terminating zero. The modern
profile writes the same layout with version 2.0 or 2.1 and another block for the password::

    | Authentication Flags (4) | Number of Passwords (4): 0 or 1 | cost (1) | salt (16) | key (32) | role (16) |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from enum import IntFlag

from peerapi.errors import InvalidGroupProperties, InvalidPeerName
from peerapi.graphing.codec.internal_records import DEFAULT_PRESENCE_LIFETIME, PUBLISH_FOR_ALL, GraphInfo
from peerapi.graphing.codec.wire import MalformedMessage
from peerapi.grouping.messages import SALT_SIZE
from peerapi.grouping.password import COSTS, Verifier, is_hash_string
from peerapi.grouping.profile import MODERN, PUBLISHED, Version
from peerapi.grouping.roles import Role
from peerapi.identity.names import PeerName, is_text, parse

GLOBAL_CLOUD = "Global_"
SCOPE_GLOBAL, SCOPE_SITE_LOCAL, SCOPE_LINK_LOCAL = 1, 2, 3
"PEER_GRAPH_SCOPE, PNRP_SCOPE."
MEMBERSHIP_LIFETIMES = (28800, 315_360_000)
"Seconds, 8 hours to 10 years (the properties page; the protocol's text seems to have dropped digits)."
DEFAULT_MEMBERSHIP_LIFETIME = 2_419_200
"Seconds: 28 days."

_LITTLE = struct.Struct("<I")
_GUID = struct.Struct("<IHH8s")
_GUID_DIGITS = struct.Struct(">IHH8s")
_LIFETIMES = 2
_PUBLISHED_LIMITS = {
    "comment": 1024,
    "cloud": 254,
    "classifier": 300,
    "group": 360,
    "creator": 382,
    "friendly_name": 254,
}
_MODERN_LIMITS = {"comment": 1024, "cloud": 512, "classifier": 300, "group": 382, "creator": 382, "friendly_name": 512}
"Bytes with the terminator."
_MAX_HASH = 2 * 128
_MODERN: tuple[Version, ...] = MODERN.versions


class Options(IntFlag):
    """Option Flags, as the drawing in 2.2.3.1 has them; the numbers of the API are others."""

    DEFER_EXPIRATION = 0x01
    DISABLE_PRESENCE = 0x02
    MEMBER_DATA_OPTIONAL = 0x04


NO_OPTIONS = Options(0)


class Authentication(IntFlag):
    """Authentication Flags, PEER_GROUP_AUTHENTICATION_SCHEME."""

    MEMBERSHIP = 0x01
    PASSWORD = 0x02


@dataclass(frozen=True, slots=True)
class GroupProperties:
    """What the group's key says of the group."""

    version: Version
    group: PeerName
    creator: PeerName
    cloud: str = GLOBAL_CLOUD
    options: Options = NO_OPTIONS
    membership_lifetime: int = DEFAULT_MEMBERSHIP_LIFETIME
    "Seconds that a membership record lives until it has to be renewed."
    presence_lifetime: int = DEFAULT_PRESENCE_LIFETIME
    friendly_name: str = ""
    comment: str = ""
    authentication: Authentication = Authentication.MEMBERSHIP
    password: str | Verifier | None = None
    "Password Hash String (published), or a Verifier (modern)."
    password_role: Role = Role.MEMBER

    @property
    def modern(self) -> bool:
        return self.version in _MODERN

    def check(self) -> None:
        """Raises InvalidGroupProperties when there can be no such group."""
        complaint = self._complaint()
        if complaint:
            raise InvalidGroupProperties(complaint)

    def check_change(self, changed: GroupProperties) -> None:
        """Raises InvalidGroupProperties when ``changed`` differs in what is fixed at creation (2.2.3.1)."""
        fixed = ("version", "group", "creator", "cloud", "membership_lifetime", "presence_lifetime", "authentication")
        for name in fixed:
            if getattr(self, name) != getattr(changed, name):
                raise InvalidGroupProperties(f"{name} cannot change")

    def graph_info(self) -> GraphInfo:
        """The properties of the group's graph (3.1.4.1).

        Presence is published by every node unless it is disabled; the text says the opposite of what 2.2.3.1 says.
        """
        return GraphInfo(
            scope=scope_of(self.cloud),
            defer_expiration=Options.DEFER_EXPIRATION in self.options,
            graph_id=str(self.group),
            creator_id=str(self.creator),
            friendly_name=self.friendly_name or None,
            comment=self.comment or None,
            presence_lifetime=self.presence_lifetime,
            max_presence=0 if Options.DISABLE_PRESENCE in self.options else PUBLISH_FOR_ALL,
        )

    # Bytes ------------------------------------------------------------------------------------------------------------

    def encode(self) -> bytes:
        """Raises InvalidGroupProperties."""
        self.check()
        parts = [
            bytes(self.version),
            _LITTLE.pack(self.options),
            _LITTLE.pack(_LIFETIMES),
            _LITTLE.pack(self.membership_lifetime),
            _LITTLE.pack(self.presence_lifetime),
            *map(_text, (self.comment, self.cloud, self.group.classifier)),
            *map(_text, (str(self.group), str(self.creator), self.friendly_name)),
        ]
        if self.version >= (1, 1):
            role = _GUID.pack(*_GUID_DIGITS.unpack(self.password_role.value))
            parts += (_LITTLE.pack(self.authentication), _LITTLE.pack(0 if self.password is None else 1))
            if isinstance(self.password, Verifier):
                parts += (bytes((self.password.cost,)), self.password.salt, self.password.public_key, role)
            elif self.password is not None:
                parts += (_text(self.password), role)
        return b"".join(parts)

    @classmethod
    def decode(cls, data: bytes) -> GroupProperties:
        """Raises MalformedMessage for everything that 2.2.3.1 and 3.1.7.2 do not allow."""
        reader = _Reader(data)
        version = (reader.byte(), reader.byte())
        if version not in PUBLISHED.versions + _MODERN:
            raise MalformedMessage(f"Group Security version {version}")
        limits = _MODERN_LIMITS if version in _MODERN else _PUBLISHED_LIMITS
        options = reader.number()
        if reader.number() != _LIFETIMES:
            raise MalformedMessage("not two lifetimes")
        membership_lifetime, presence_lifetime = reader.number(), reader.number()
        texts = {name: reader.text(limit) for name, limit in limits.items()}
        group, creator = _name(texts["group"]), _name(texts["creator"])
        if texts["classifier"] != group.classifier:
            raise MalformedMessage("the classifier is not that of the group's name")
        found = cls(
            version,
            group,
            creator,
            texts["cloud"],
            Options(options & 0x07),
            membership_lifetime,
            presence_lifetime,
            texts["friendly_name"],
            texts["comment"],
        )
        if version >= (1, 1):
            authentication, password, role = _read_password(reader, version)
            found = replace(found, authentication=authentication, password=password, password_role=role)
        reader.end()
        complaint = found._complaint()
        if complaint:
            raise MalformedMessage(complaint)
        return found

    def _complaint(self) -> str | None:
        limits = _MODERN_LIMITS if self.modern else _PUBLISHED_LIMITS
        texts = {"comment": self.comment, "cloud": self.cloud, "friendly_name": self.friendly_name}
        for name, text in texts.items():
            if not is_text(text, limits[name] // 2 - 1):
                return f"{name}: more than {limits[name] // 2 - 1} characters"
        for name, peer in (("group", self.group), ("creator", self.creator)):
            if not peer.secure or len(_text(str(peer))) - 4 > limits[name]:
                return f"{name}: no secure peer name of at most {limits[name] // 2 - 1} characters"
        if not is_text(self.group.classifier, limits["classifier"] // 2 - 1):
            return "classifier: too long"
        if self.presence_lifetime < DEFAULT_PRESENCE_LIFETIME or not self.membership_lifetime:
            return "lifetimes"
        if not scope_of(self.cloud):
            return f"no cloud: {self.cloud}"
        return self._password_complaint()

    def _password_complaint(self) -> str | None:
        wanted = Authentication.PASSWORD in self.authentication
        if wanted != (self.password is not None) or not self.authentication:
            return "a password and joining by password belong together"
        if self.version == (1, 0):
            return "a password in a group of version 1.0" if wanted else None
        if not self.modern and (not isinstance(self.password, str) or self.authentication != Authentication(3)):
            return "version 1.1 is for groups with a password, which members may also join without"
        if self.modern and not isinstance(self.password, (Verifier, type(None))):
            return "a password hash that is too cheap"
        if isinstance(self.password, str) and not is_hash_string(self.password):
            return "not a password hash"
        return None


def _read_password(reader: _Reader, version: Version) -> tuple[Authentication, str | Verifier | None, Role]:
    try:
        authentication = Authentication(reader.number() & 0x03)
        count = reader.number()
        if count > 1 or (count == 0 and version not in _MODERN):
            raise MalformedMessage(f"{count} passwords")
        if not count:
            return authentication, None, Role.MEMBER
        password: str | Verifier
        if version in _MODERN:
            cost = reader.byte()
            if cost not in COSTS:
                raise MalformedMessage("a password hash that is too cheap, or too dear")
            password = Verifier(cost, reader.take(SALT_SIZE), reader.take(32))
        else:
            password = reader.text(_MAX_HASH)
        role = Role(_GUID_DIGITS.pack(*_GUID.unpack(reader.take(16))))
    except ValueError as error:
        raise MalformedMessage("an unknown role") from error
    return authentication, password, role


_SCOPES = {
    "Global": SCOPE_GLOBAL,
    "SiteLocal": SCOPE_SITE_LOCAL,
    "LinkLocal": SCOPE_LINK_LOCAL,
    "Loopback": SCOPE_LINK_LOCAL,  # of one machine; there is no narrower word
}


def scope_of(cloud: str) -> int:
    """The scope in a cloud's name (2.2.1.1), 0 when there is none."""
    start = cloud.partition("_")[0]
    return _SCOPES.get(start, 0)


# ---- Membership records ----------------------------------------------------------------------------------------------


def encode_membership(version: Version, chain: bytes) -> bytes:
    """Payload of a Membership record (2.2.3.2); the minor version comes first there. ``chain``: PKCS #7."""
    major, minor = version
    return bytes((minor, major)) + _LITTLE.pack(len(chain)) + chain


def decode_membership(payload: bytes) -> tuple[Version, bytes]:
    """Version and chain. Raises MalformedMessage."""
    reader = _Reader(payload)
    minor, major = reader.byte(), reader.byte()
    chain = reader.take(reader.number())
    reader.end()
    return (major, minor), chain


# ---- Reading ---------------------------------------------------------------------------------------------------------


def _text(text: str) -> bytes:
    if not text:
        return _LITTLE.pack(0)
    raw = text.encode("utf-16-le") + b"\0\0"
    return _LITTLE.pack(len(raw)) + raw


def _name(text: str) -> PeerName:
    try:
        name = parse(text)
    except InvalidPeerName as error:
        raise MalformedMessage(str(error)) from error
    if not name.secure or str(name) != text:
        raise MalformedMessage("not a secure peer name")
    return name


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size: int) -> bytes:
        start = self._position
        if size > len(self._data) - start:
            raise MalformedMessage(f"{size} bytes expected at {start} of {len(self._data)}")
        self._position = start + size
        return self._data[start : self._position]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        return int(_LITTLE.unpack(self.take(4))[0])

    def text(self, limit: int) -> str:
        """A string of at most ``limit`` bytes; empty when it is not there."""
        size = self.number()
        if size > limit or size % 2:
            raise MalformedMessage(f"a string of {size} bytes")
        raw = self.take(size)
        if not raw:
            return ""
        try:
            text = raw.decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise MalformedMessage("not UTF-16") from error
        if not text.endswith("\0") or "\0" in text[:-1]:
            raise MalformedMessage("a string that does not end where it should")
        return text[:-1]

    def end(self) -> None:
        if self._position != len(self._data):
            raise MalformedMessage("bytes are left over")
