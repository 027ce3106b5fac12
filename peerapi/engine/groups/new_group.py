"""What whoever creates a group asks for, and what becomes of it: its key and its properties."""

from __future__ import annotations

import os
from typing import NamedTuple

from peerapi.errors import InvalidGroupProperties
from peerapi.graphing.codec.internal_records import DEFAULT_PRESENCE_LIFETIME
from peerapi.grouping import password as passwords
from peerapi.grouping.channel import Credential
from peerapi.grouping.messages import SALT_SIZE
from peerapi.grouping.profile import PROFILES
from peerapi.grouping.properties import MEMBERSHIP_LIFETIMES, Authentication, GroupProperties, Options
from peerapi.grouping.roles import Role
from peerapi.identity.keys import Algorithm, KeyPair, Profile
from peerapi.identity.names import MAX_FRIENDLY_NAME, PeerName, is_text

MAX_COMMENT = 255
"UTF-16 units."


class NewGroup(NamedTuple):
    """What whoever creates a group asks for; None and 0: what is usual."""

    creator: str | None
    classifier: str | None = None
    cloud: str | None = None
    friendly_name: str | None = None
    comment: str | None = None
    options: Options = Options(0)
    membership_lifetime: int = 0
    "Seconds; 0: as long as possible."
    presence_lifetime: int = 0
    authentication: Authentication = Authentication(0)
    password: str | None = None
    password_role: Role | None = None
    published: bool = False
    "The ms-ppsec profile, which needs an identity with an RSA key."


def group_key(creator: KeyPair) -> KeyPair:
    """A key for a new group, of the kind that its creator's profile wants."""
    profile = PROFILES[creator.profile]
    bits = creator.private.key_size if profile.algorithm is Algorithm.RSA else 0
    return KeyPair.generate(profile.algorithm, bits)


def properties_of(wanted: NewGroup, group: PeerName, creator: Credential, cloud: str) -> GroupProperties:
    """Raises InvalidGroupProperties, PasswordDoesNotMeetPolicy."""
    published = creator.profile is Profile.MS_PPSEC
    lifetime = wanted.membership_lifetime or MEMBERSHIP_LIFETIMES[1]
    if not MEMBERSHIP_LIFETIMES[0] <= lifetime <= MEMBERSHIP_LIFETIMES[1]:
        raise InvalidGroupProperties("ulMemberDataLifetime: 8 hours to 10 years.")
    if not is_text(wanted.comment or "", MAX_COMMENT) or not is_text(wanted.friendly_name or "", MAX_FRIENDLY_NAME):
        raise InvalidGroupProperties("Comment and friendly name have at most 255 characters.")
    authentication = wanted.authentication or Authentication.MEMBERSHIP
    check = None
    if Authentication.PASSWORD in authentication:
        passwords.check_policy(wanted.password or "")
        check = password_check(wanted.password or "", published=published)
    elif wanted.password:
        raise InvalidGroupProperties("A password, but no joining by password.")
    properties = GroupProperties(
        version=PROFILES[creator.profile].versions[0 if published and check is None else -1],
        group=group,
        creator=creator.name,
        cloud=cloud,
        options=wanted.options,
        membership_lifetime=lifetime,
        presence_lifetime=wanted.presence_lifetime or DEFAULT_PRESENCE_LIFETIME,
        friendly_name=wanted.friendly_name or "",
        comment=wanted.comment or "",
        authentication=authentication,
        password=check,
        password_role=wanted.password_role or Role.MEMBER,
    )
    properties.check()
    return properties


def password_check(password: str, *, published: bool) -> str | passwords.Verifier:
    """What members know of a password. Takes a while."""
    if published:
        return passwords.hash_string(password)
    return passwords.Verifier.of(password, os.urandom(SALT_SIZE))
