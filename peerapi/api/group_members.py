"""PeerGroup: invitations, members, credentials (p2p.h, group section), and the PeerxGroup functions of peerapi.h."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from peerapi.abi import handles
from peerapi.abi.callbacks import SECURITY_INTERFACE, SecurityInterface
from peerapi.abi.exports import export
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import (
    EnumOut,
    GuidsIn,
    OptionalFileTimeIn,
    OptionalStringIn,
    OptionalStringOut,
    RecordIdOut,
    StringIn,
    StringOut,
    UlongIn,
)
from peerapi.abi.struct_kinds import Out
from peerapi.api.group_family import GROUP, CredentialIn, GroupHandle, InvitationOut
from peerapi.api.group_structs import (
    MEMBER,
    CredentialValue,
    InvitationValue,
    MemberValue,
    key_info,
    spki_of,
)
from peerapi.api.security import GROUP_PACKAGE
from peerapi.engine.runtime import moment
from peerapi.errors import InvalidArgument, InvalidPeerName, InvalidTimePeriod

if TYPE_CHECKING:
    from peerapi.engine.groups.group_calls import CredentialInfo, Member
    from peerapi.grouping.invitation import Invitation
    from peerapi.grouping.membership import MembershipChain
    from peerapi.grouping.roles import Role

MEMBER_PRESENT = 1
STORE_CREDENTIALS = 1
SCHEME_MEMBERSHIP, SCHEME_PASSWORD = 1, 2
MAX_REASON = 255
"UTF-16 units."
SecurityOut = Annotated[SecurityInterface, Out(SECURITY_INTERFACE)]


# ---- invitations ----


@export(needs=GROUP)
def PeerGroupCreateInvitation(
    group: GroupHandle, identity_info: StringIn, expiration: OptionalFileTimeIn, roles: GuidsIn
) -> StringOut:
    """An invitation for one identity, with its membership. E_INVALIDARG, PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED,
    PEER_E_CHAIN_TOO_LONG."""
    from peerapi.identity.certificates import InvalidCertificate
    from peerapi.identity.der import Malformed
    from peerapi.identity.xml import read_identity_info

    try:
        invitee = read_identity_info(identity_info, moment().utc)
        return group.invite(invitee, _roles(roles), expiration)
    except (Malformed, InvalidCertificate, InvalidTimePeriod) as error:
        raise InvalidArgument(str(error)) from error


@export(needs=GROUP)
def PeerGroupCreatePasswordInvitation(group: GroupHandle) -> StringOut:
    """An invitation for whoever knows the password. PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED, E_INVALIDARG for a
    group without one."""
    return group.invite_by_password()


@export(needs=GROUP)
def PeerGroupParseInvitation(document: StringIn) -> InvitationOut:
    """What an invitation says. PEER_E_INVITATION_NOT_TRUSTED, PEER_E_UNSUPPORTED_VERSION."""
    from peerapi.grouping.invitation import parse_invitation

    return _shown(parse_invitation(document, moment().utc))


# ---- members ----


@export(needs=GROUP)
def PeerGroupEnumMembers(group: GroupHandle, flags: UlongIn, identity: OptionalStringIn) -> EnumOut:
    """A snapshot of the members, this identity first; PEER_MEMBER_PRESENT: those who are here."""
    if flags & ~MEMBER_PRESENT:
        raise InvalidArgument("dwFlags: PEER_MEMBER_PRESENT or 0.")
    members = group.members(identity)
    return Snapshot(MEMBER, [_member(one) for one in members if one.present or not flags])


@export(needs=GROUP)
def PeerGroupIssueCredentials(
    group: GroupHandle, subject: StringIn, info: CredentialIn, flags: UlongIn
) -> OptionalStringOut:
    """A new membership, as an invitation, and with PEER_GROUP_STORE_CREDENTIALS published for the member to pick up.
    E_INVALIDARG, PEER_E_IDENTITY_NOT_FOUND, PEER_E_NOT_AUTHORIZED."""
    if flags & ~STORE_CREDENTIALS:
        raise InvalidArgument("dwFlags: PEER_GROUP_STORE_CREDENTIALS or 0.")
    try:
        return group.issue(subject, _credential_info(info), publish=bool(flags & STORE_CREDENTIALS))
    except (InvalidPeerName, InvalidTimePeriod) as error:
        raise InvalidArgument(str(error)) from error


# ---- beyond p2p.h ----


@export(needs=GROUP)
def PeerxGroupRevokeMember(group: GroupHandle, identity: StringIn, reason: OptionalStringIn) -> RecordIdOut:
    """Take a membership away; the ID of the record that tells everybody. PEER_E_NOT_FOUND, PEER_E_NOT_AUTHORIZED,
    PEER_E_GROUP_NOT_READY, E_INVALIDARG."""
    try:
        return group.revoke(identity, reason or "")
    except InvalidPeerName as error:
        raise InvalidArgument(str(error)) from error


@export(needs=GROUP)
def PeerxGroupGetSecurityInterface(group: GroupHandle) -> SecurityOut:
    """What puts a graph under this group's security, for PeerGraphCreate and PeerGraphOpen, while the group is open."""
    return SecurityInterface(None, GROUP_PACKAGE, b"", handles.GROUPS.handle_of(group), 0, 0, 0, 0)


@export(needs=GROUP)
def PeerxGroupGetRefusals(group: GroupHandle) -> StringOut:
    """How many connections and records were refused and why, for people: a line for each reason."""
    return group.refusals()


# ---- values ----


def _roles(guids: tuple[bytes, ...]) -> list[Role]:
    """None given: a member like others. Raises InvalidArgument."""
    from peerapi.grouping.roles import Role

    try:
        return list(map(Role, guids)) or [Role.MEMBER]
    except ValueError as error:
        raise InvalidArgument("There is no such role.") from error


def _credential_info(value: CredentialValue | None) -> CredentialInfo | None:
    """Raises InvalidArgument."""
    if value is None:
        return None
    from peerapi.engine.groups.group_calls import CredentialInfo
    from peerapi.identity.keys import PublicKey, UnsuitableKey

    _roles(value.roles)
    try:
        key = None if value.public_key is None else PublicKey(spki_of(value.public_key))
    except UnsuitableKey as error:
        raise InvalidArgument(str(error)) from error
    return CredentialInfo(value.friendly_name, key, value.not_before, value.not_after, value.roles)


def _role_guids(chain: MembershipChain) -> tuple[bytes, ...]:
    return tuple(sorted(role.value for role in chain.roles))


def _credential(chain: MembershipChain) -> CredentialValue:
    return CredentialValue(
        0,
        chain.leaf.subject,
        key_info(chain.public_key.spki),
        str(chain.issuer_name),
        chain.issuer.subject,
        chain.not_before,
        chain.not_after,
        _role_guids(chain),
    )


def _member(member: Member) -> MemberValue:
    node = member.node
    return MemberValue(
        MEMBER_PRESENT if member.present else 0,
        member.name,
        None if node is None else node.attributes,
        0 if node is None else node.node_id,
        () if node is None else node.addresses,
        _credential(member.chain),
    )


def _shown(found: Invitation) -> InvitationValue:
    chain = found.chain
    place = (found.cloud, found.scope, found.cloud_flags, str(found.group))
    if chain is None:
        name = found.group_friendly_name
        return InvitationValue(*place, None, None, name, None, None, 0, 0, (), (), None, SCHEME_PASSWORD)
    return InvitationValue(
        *place,
        str(chain.issuer_name),
        str(chain.name),
        found.group_friendly_name,
        chain.issuer.subject,
        chain.leaf.subject,
        chain.not_before,
        chain.not_after,
        _role_guids(chain),
        tuple(chain.leaf.extensions.classifiers or ()),
        key_info(chain.public_key.spki),
        SCHEME_MEMBERSHIP,
    )
