"""What the Python API gives and takes of identities, groups and their members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from peerapi.address import Address
from peerapi.api.group import FLAG_DEFER_EXPIRATION, FLAG_DISABLE_PRESENCE, FLAG_MEMBER_DATA_OPTIONAL
from peerapi.api.group_structs import GroupPropertiesValue, InvitationValue
from peerapi.grouping.events import MemberChange as MemberChangeKind
from peerapi.grouping.roles import Role
from peerapi.python.values import moment
from peerapi.store.identities import StoredIdentity

if TYPE_CHECKING:
    from peerapi.engine.groups.group_calls import Member as EngineMember

__all__ = ["GroupProperties", "Identity", "Invitation", "Member", "MemberChangeKind", "Role"]
BY_PASSWORD = 2
"PEER_GROUP_PASSWORD_AUTHENTICATION"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity of this user."""

    name: str
    "Peer name: what it is known by to machines."
    friendly_name: str
    "What people call it."


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to a group."""

    name: str
    friendly_name: str
    roles: frozenset[Role]
    present: bool
    "The member is here at the moment."
    node: int | None
    addresses: tuple[Address, ...]
    attributes: str | None
    "Free text of its application, while it is here."
    issuer: str
    "The peer name of who has made it a member."
    valid_from: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says."""

    group: str
    friendly_name: str
    cloud: str
    needs_password: bool
    issuer: str | None
    issuer_friendly_name: str | None
    member: str | None
    "The member for whom it is; None: for whoever knows the password."
    member_friendly_name: str | None
    roles: frozenset[Role]
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class GroupProperties:
    """What its creator says of a group."""

    name: str
    creator: str
    friendly_name: str | None
    comment: str | None
    cloud: str
    classifier: str | None
    membership_lifetime: timedelta
    presence_lifetime: timedelta
    by_password: bool
    "Whoever knows the password may become a member."
    password_role: Role | None
    presence: bool
    defer_expiration: bool
    silent_members: bool
    "Who publishes nothing need not show its membership."


def identity(found: StoredIdentity) -> Identity:
    return Identity(found.peer_name, found.friendly_name)


def member(found: EngineMember) -> Member:
    chain, node = found.chain, found.node
    return Member(
        name=found.name,
        friendly_name=chain.leaf.subject,
        roles=frozenset(chain.roles),
        present=found.present,
        node=None if node is None else node.node_id,
        addresses=() if node is None else node.addresses,
        attributes=None if node is None else node.attributes,
        issuer=str(chain.issuer_name),
        valid_from=moment(chain.not_before),
        valid_until=moment(chain.not_after),
    )


def invitation(found: InvitationValue) -> Invitation:
    by_password = found.scheme == BY_PASSWORD
    return Invitation(
        group=found.group,
        friendly_name=found.group_friendly_name,
        cloud=found.cloud,
        needs_password=by_password,
        issuer=found.issuer,
        issuer_friendly_name=found.issuer_friendly_name,
        member=found.subject,
        member_friendly_name=found.subject_friendly_name,
        roles=frozenset(map(Role, found.roles)),
        valid_from=None if by_password else moment(found.not_before),
        valid_until=None if by_password else moment(found.not_after),
    )


def properties(found: GroupPropertiesValue) -> GroupProperties:
    by_password = bool(found.schemes & BY_PASSWORD)
    return GroupProperties(
        name=found.group or "",
        creator=found.creator or "",
        friendly_name=found.friendly_name,
        comment=found.comment,
        cloud=found.cloud or "",
        classifier=found.classifier or None,
        membership_lifetime=timedelta(seconds=found.member_data_lifetime),
        presence_lifetime=timedelta(seconds=found.presence_lifetime),
        by_password=by_password,
        password_role=Role(found.role) if by_password and any(found.role) else None,
        presence=not found.flags & FLAG_DISABLE_PRESENCE,
        defer_expiration=bool(found.flags & FLAG_DEFER_EXPIRATION),
        silent_members=bool(found.flags & FLAG_MEMBER_DATA_OPTIONAL),
    )


def role_ids(roles: frozenset[Role]) -> tuple[bytes, ...]:
    return tuple(sorted(role.value for role in roles))
