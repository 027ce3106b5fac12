"""Invitations (MS-PPSEC 2.2.6.1): the XML by which somebody learns of a group, and may bring a membership along.

::

    <PEERINVITATION VERSION="..."> CLOUDNAME SCOPE CLOUDFLAGS GMC </PEERINVITATION>
    <PEERINVITATION VERSION="..."> CLOUDNAME SCOPE CLOUDFLAGS GROUPPEERNAME GROUPFRIENDLYNAME </PEERINVITATION>

VERSION is 1.0 or 1.1 in the published profile. The modern one writes 2.0 or 2.1 and the element PROFILE behind the
others, so that who knows the published form only, or 2.0 only, says which version it lacks. Nothing signs the elements
around the certificates; but a group's peer name is a hash of its key, and the key decides the profile, so an invitation
whose profile was changed leads nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from peerapi.errors import (
    InvalidPeerName,
    InvalidTimePeriod,
    InvitationNotTrusted,
    PeerError,
    UnsupportedVersion,
)
from peerapi.grouping.membership import MembershipChain
from peerapi.grouping.profile import MODERN, PUBLISHED, GroupProfile
from peerapi.grouping.properties import (
    SCOPE_GLOBAL,
    SCOPE_LINK_LOCAL,
    SCOPE_SITE_LOCAL,
    GroupProperties,
    scope_of,
)
from peerapi.identity import fragments
from peerapi.identity.der import Malformed
from peerapi.identity.keys import PublicKey
from peerapi.identity.names import MAX_FRIENDLY_NAME, PeerName, is_text, parse

ROOT = "PEERINVITATION"
SCOPES = {SCOPE_GLOBAL: "GLOBAL", SCOPE_SITE_LOCAL: "SITELOCAL", SCOPE_LINK_LOCAL: "LINKLOCAL"}
PUBLIC_CLOUD, PRIVATE_CLOUD = 0, 1
"PNRP_CLOUD_FLAGS"
MAX_DOCUMENT = 1 << 20
"Characters of a text in an invitation, at most."
_PLACE = ["CLOUDNAME", "SCOPE", "CLOUDFLAGS"]
_BY_PASSWORD = [*_PLACE, "GROUPPEERNAME", "GROUPFRIENDLYNAME"]
_BY_CERTIFICATE = [*_PLACE, "GMC"]
_PROFILE = ("PROFILE", MODERN.kind.value)
_VERSIONS = {".".join(map(str, version)): profile for profile in (PUBLISHED, MODERN) for version in profile.versions}
_VERSION = re.compile(rf"""(<{ROOT}\b[^<>]*?\sVERSION\s*=\s*)(["'])([^"'<>]*)\2""")


@dataclass(frozen=True)
class Invitation:
    """What an invitation says. With a ``chain`` it is for one identity, without for whoever knows the password."""

    profile: GroupProfile
    cloud: str
    scope: int
    "PNRP_SCOPE"
    cloud_flags: int
    group: PeerName
    group_friendly_name: str
    chain: MembershipChain | None = None


def invite_member(chain: MembershipChain, properties: GroupProperties) -> str:
    """The invitation that brings a new member its membership. Raises InvitationNotTrusted for another group's."""
    if chain.group != properties.group:
        raise InvitationNotTrusted("A membership of another group.")
    return _write(properties, [*_place(properties), ("GMC", chain.encode())])


def invite_by_password(properties: GroupProperties) -> str:
    """The invitation for whoever knows the password. It does not hold it."""
    names: list[fragments.Child] = [
        ("GROUPPEERNAME", str(properties.group)),
        ("GROUPFRIENDLYNAME", properties.friendly_name),
    ]
    return _write(properties, [*_place(properties), *names])


def parse_invitation(document: str, now: int) -> Invitation:
    """Raises UnsupportedVersion, InvitationNotTrusted (malformed, changed, or expired)."""
    found = _read(document)
    try:
        if found.chain is not None:
            found.chain.require_valid(now)
    except InvalidTimePeriod as error:
        raise InvitationNotTrusted(str(error)) from error
    return found


def accept_invitation(document: str, key: PublicKey, name: PeerName, now: int) -> Invitation:
    """An invitation by which the identity ``name`` wants to join.

    Raises UnsupportedVersion, InvitationNotTrusted (malformed, changed, of another profile or for somebody else),
    InvalidTimePeriod (not valid now).
    """
    found = _read(document)
    if key.profile is not found.profile.kind:
        raise InvitationNotTrusted("The identity has a key of the other profile.")
    if found.chain is not None:
        if found.chain.public_key != key or found.chain.name != name:
            raise InvitationNotTrusted("It is for somebody else.")
        found.chain.require_valid(now)
    return found


# ---- XML -------------------------------------------------------------------------------------------------------------


def _place(properties: GroupProperties) -> list[fragments.Child]:
    cloud = properties.cloud
    return [("CLOUDNAME", cloud), ("SCOPE", SCOPES[scope_of(cloud)]), ("CLOUDFLAGS", str(cloud_flags(cloud)))]


def cloud_flags(cloud: str) -> int:
    """Whether a cloud's name means something on its own machine only (2.2.1.1.3)."""
    rest = cloud.partition("_")[2]
    return PRIVATE_CLOUD if rest.startswith(("{", "%")) else PUBLIC_CLOUD


def _write(properties: GroupProperties, children: list[fragments.Child]) -> str:
    if properties.modern:
        children = [*children, _PROFILE]
    version = ".".join(map(str, properties.version))
    document = fragments.write(ROOT, children)
    return document.replace(f'VERSION="{fragments.VERSION}"', f'VERSION="{version}"', 1)


def _read(document: str) -> Invitation:
    try:
        version = _VERSION.search(document)
        if len(document) > MAX_DOCUMENT or version is None:
            raise Malformed("not an invitation")
        children = fragments.read(_VERSION.sub(rf"\g<1>\g<2>{fragments.VERSION}\g<2>", document, count=1), ROOT)
        if version[3] not in _VERSIONS:
            raise UnsupportedVersion(f"An invitation of version {version[3]}.")
        return _interpret(version[3], children)
    except (Malformed, InvalidPeerName) as error:
        raise InvitationNotTrusted(str(error)) from error


def _interpret(version: str, children: list[fragments.Child]) -> Invitation:
    profile = _VERSIONS[version]
    if profile is MODERN and (not children or children.pop() != _PROFILE):
        raise Malformed("no profile")
    tags, values = [tag for tag, _ in children], dict(children)
    texts = {tag: value for tag, value in children if isinstance(value, str)}
    scope = next((number for number, text in SCOPES.items() if text == texts.get("SCOPE")), 0)
    flags = texts.get("CLOUDFLAGS")
    if not scope or flags not in ("0", "1"):
        raise Malformed("no scope, or no flags")
    cloud = texts.get("CLOUDNAME", "")
    if scope_of(cloud) != scope:
        raise Malformed("the scope is not that of the cloud")
    gmc = values.get("GMC")
    if tags == _BY_CERTIFICATE and isinstance(gmc, bytes):
        try:
            chain = MembershipChain.read(gmc, None)
        except PeerError as error:
            raise InvitationNotTrusted(f"{error.name}: {error}") from error
        if chain.profile is not profile:
            raise Malformed("a membership of the other profile")
        return Invitation(profile, cloud, scope, int(flags), chain.group, chain.root.subject, chain)
    if tags != _BY_PASSWORD or len(texts) != len(tags) or version == "1.0":
        raise Malformed("other elements than an invitation has")
    group = parse(texts["GROUPPEERNAME"])
    friendly_name = texts["GROUPFRIENDLYNAME"]
    if not group.secure or not is_text(friendly_name, MAX_FRIENDLY_NAME):
        raise Malformed("not the name of a group")
    return Invitation(profile, cloud, scope, int(flags), group, friendly_name)
