"""PeerGroup: starting, creating, joining, opening, connecting, closing, properties, times (p2p.h, group section)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from peerapi.abi import handles
from peerapi.abi.exports import export, success
from peerapi.abi.marshal import (
    BoolIn,
    FileTimeIn,
    FileTimeOut,
    OptionalStringIn,
    OptionalStringOut,
    StringIn,
    StringOut,
    UlongOut,
    WordIn,
)
from peerapi.api.graph import checked_time
from peerapi.api.graph_family import VersionOut
from peerapi.api.group_family import (
    GROUP,
    STARTUPS,
    AddressesIn,
    GroupClosing,
    GroupHandle,
    GroupOut,
    GroupPropertiesIn,
    GroupPropertiesOut,
    groups,
    start_up,
)
from peerapi.api.group_structs import GroupPropertiesValue
from peerapi.api.structs import VersionData
from peerapi.errors import (
    PEER_S_ALREADY_A_MEMBER,
    InvalidArgument,
    InvalidGroupProperties,
    InvalidPeerName,
    NotAuthorized,
    NotFound,
    UnsupportedVersion,
)
from peerapi.identity import names

if TYPE_CHECKING:
    from peerapi.engine.groups.new_group import NewGroup
    from peerapi.engine.sharing.shared_group import OpenGroup as Group
    from peerapi.grouping.properties import GroupProperties, Options
    from peerapi.grouping.roles import Role

VERSION = 0x0101
"PEER_GROUP_VERSION, MAKEWORD(1, 1): the low byte is the major version."
FLAG_MEMBER_DATA_OPTIONAL = 1
FLAG_DISABLE_PRESENCE = 2
FLAG_DEFER_EXPIRATION = 4
FLAG_MS_PPSEC = 0x40000000
"PEERX_GROUP_MS_PPSEC"
FLAGS = FLAG_MEMBER_DATA_OPTIONAL | FLAG_DISABLE_PRESENCE | FLAG_DEFER_EXPIRATION
SCHEMES = range(4)


@export
def PeerGroupStartup(version: WordIn) -> VersionOut:
    """Must come before every other PeerGroup call; counted. PEER_E_UNSUPPORTED_VERSION unless the major version is 1;
    PEER_E_IPV6_NOT_INSTALLED."""
    if version & 0xFF != VERSION & 0xFF:
        raise UnsupportedVersion
    start_up()
    return VersionData(VERSION, VERSION)


@export(needs=GROUP)
def PeerGroupShutdown() -> None:
    """The last one closes every group, enumeration and event registration."""
    STARTUPS.shutdown()


@export(needs=GROUP)
def PeerGroupCreate(properties: GroupPropertiesIn) -> GroupOut:
    """A new group of an identity of this user. PEER_E_INVALID_GROUP_PROPERTIES, PEER_E_INVALID_CLASSIFIER,
    PEER_E_INVALID_PEER_NAME, PEER_E_NO_CLOUD, PEER_E_PASSWORD_DOES_NOT_MEET_POLICY, ERROR_DELETE_PENDING (wrapped)."""
    return groups().create(_new_group(properties))


@export(needs=GROUP)
def PeerGroupOpen(identity: OptionalStringIn, group: StringIn, cloud: OptionalStringIn) -> GroupOut:
    """A group that was created or joined. PEER_E_NOT_FOUND, PEER_E_NO_CLOUD."""
    return groups().open(identity, _spelled(group), cloud)


@export(needs=GROUP)
def PeerGroupJoin(identity: OptionalStringIn, invitation: StringIn, cloud: OptionalStringIn) -> GroupOut:
    """Become a member by an invitation. PEER_E_INVITATION_NOT_TRUSTED, PEER_E_INVALID_TIME_PERIOD,
    PEER_E_UNSUPPORTED_VERSION, PEER_E_NO_CLOUD, PEER_E_GROUP_IN_USE, PEER_E_NOT_FOUND (the identity)."""
    return groups().join(identity, invitation, cloud)


@export(needs=GROUP)
def PeerGroupPasswordJoin(
    identity: OptionalStringIn, invitation: StringIn, password: StringIn, cloud: OptionalStringIn
) -> GroupOut:
    """Get ready to become a member by the password, which is proved when the group is connected.
    PEER_S_ALREADY_A_MEMBER; errors as PeerGroupJoin."""
    group, member = groups().join_by_password(identity, invitation, password, cloud)
    return success(PEER_S_ALREADY_A_MEMBER, group) if member else group


@export(needs=GROUP)
def PeerGroupConnect(group: GroupHandle) -> None:
    """Find members through PNRP and connect; listen as soon as the database is complete. STATUS_CHANGED or
    CONNECTION_FAILED tells how it ended."""
    group.connect()


@export(needs=GROUP)
def PeerGroupConnectByAddress(group: GroupHandle, addresses: AddressesIn) -> None:
    """The same with members at known addresses. E_INVALIDARG without any."""
    if not addresses or not all(one.port and any(one.ip) for one in addresses):
        raise InvalidArgument("No address, one without a port, or the unspecified one.")
    group.connect_to(addresses)


@export(needs=GROUP)
def PeerGroupClose(group: GroupClosing) -> None:
    """Invalidate the handle; with the last one of the process the group's connections end."""
    groups().close(group)


@export(needs=GROUP)
def PeerGroupDelete(identity: OptionalStringIn, group: StringIn) -> None:
    """Remove membership and records; all handles of the group are dead. PEER_E_NOT_FOUND."""
    name = _spelled(group)
    for known in groups().opened(identity, name):
        handles.GROUPS.drop(known)
    groups().delete(identity, name)


@export(needs=GROUP)
def PeerGroupGetStatus(group: GroupHandle) -> UlongOut:
    """PEER_GROUP_STATUS."""
    return group.status()


@export(needs=GROUP)
def PeerGroupGetProperties(group: GroupHandle) -> GroupPropertiesOut:
    """What the creator says of the group, without the password. PEER_E_GROUP_NOT_READY."""
    return _shown(group.properties())


@export(needs=GROUP)
def PeerGroupSetProperties(group: GroupHandle, properties: GroupPropertiesIn) -> None:
    """Change flags, friendly name, comment, password and its role. PEER_E_GROUP_NOT_READY, PEER_E_NOT_AUTHORIZED,
    PEER_E_INVALID_GROUP_PROPERTIES, PEER_E_PASSWORD_DOES_NOT_MEET_POLICY."""
    group.set_properties(_changed(group, properties))


@export(needs=GROUP)
def PeerGroupExportDatabase(group: GroupHandle, path: StringIn) -> None:
    """Write a copy of the database to a file. Wrapped file errors."""
    if not path:
        raise InvalidArgument("The path of the file is empty.")
    group.driver.export(path)


@export(needs=GROUP)
def PeerGroupImportDatabase(group: GroupHandle, path: StringIn) -> None:
    """Take in an exported database. PEER_E_GROUP_IN_USE, PEER_E_INVALID_DATABASE, wrapped file errors."""
    if not path:
        raise InvalidArgument("The path of the file is empty.")
    group.driver.import_file(path)


@export(needs=GROUP)
def PeerGroupExportConfig(group: GroupHandle, password: StringIn) -> StringOut:
    """The membership for another machine. E_INVALIDARG for an empty password, PEER_E_NOT_AUTHORIZED for who is no
    member yet."""
    return group.export_config(password)


@export(needs=GROUP)
def PeerGroupImportConfig(
    document: StringIn, password: StringIn, overwrite: BoolIn
) -> tuple[OptionalStringOut, OptionalStringOut]:
    """Take over such a document: identity and group. E_INVALIDARG, PEER_E_ALREADY_EXISTS, PEER_E_IDENTITY_NOT_FOUND,
    PEER_E_GROUP_IN_USE."""
    return groups().import_config(document, password, overwrite=overwrite)


@export(needs=GROUP)
def PeerGroupPeerTimeToUniversalTime(group: GroupHandle, peer_time: FileTimeIn) -> FileTimeOut:
    """Peer time as UTC of this machine. PEER_E_GROUP_NOT_READY."""
    return checked_time(group.utc(peer_time))


@export(needs=GROUP)
def PeerGroupUniversalTimeToPeerTime(group: GroupHandle, universal: FileTimeIn) -> FileTimeOut:
    """UTC of this machine as peer time. PEER_E_GROUP_NOT_READY."""
    return checked_time(group.peer_time(universal))


# ---- properties ----


def _spelled(group: str) -> str:
    """The one spelling of a group's name. Raises NotFound."""
    try:
        return str(names.parse(group))
    except InvalidPeerName as error:
        raise NotFound(str(error)) from error


def _options(flags: int) -> Options:
    """Raises InvalidGroupProperties."""
    from peerapi.grouping.properties import Options

    if flags & ~(FLAGS | FLAG_MS_PPSEC):
        raise InvalidGroupProperties("dwFlags")
    pairs = (
        (FLAG_MEMBER_DATA_OPTIONAL, Options.MEMBER_DATA_OPTIONAL),
        (FLAG_DISABLE_PRESENCE, Options.DISABLE_PRESENCE),
        (FLAG_DEFER_EXPIRATION, Options.DEFER_EXPIRATION),
    )
    return Options(sum(option for flag, option in pairs if flags & flag))


def _role(guid: bytes) -> Role | None:
    from peerapi.grouping.roles import Role

    if not any(guid):
        return None
    try:
        return Role(guid)
    except ValueError as error:
        raise InvalidGroupProperties("groupPasswordRole") from error


def _new_group(value: GroupPropertiesValue) -> NewGroup:
    from peerapi.engine.groups.new_group import NewGroup
    from peerapi.grouping.properties import Authentication

    if value.group:
        raise InvalidPeerName("The name of a new group comes from its key.")
    if value.creator is not None:
        names.parse(value.creator)
    if value.schemes not in SCHEMES:
        raise InvalidGroupProperties("dwAuthenticationSchemes")
    return NewGroup(
        creator=value.creator,
        classifier=value.classifier,
        cloud=value.cloud,
        friendly_name=value.friendly_name,
        comment=value.comment,
        options=_options(value.flags),
        membership_lifetime=value.member_data_lifetime,
        presence_lifetime=value.presence_lifetime,
        authentication=Authentication(value.schemes),
        password=value.password,
        password_role=_role(value.role),
        published=bool(value.flags & FLAG_MS_PPSEC),
    )


def _shown(properties: GroupProperties) -> GroupPropertiesValue:
    from peerapi.grouping.properties import Options

    options = properties.options
    flags = (
        FLAG_MEMBER_DATA_OPTIONAL * (Options.MEMBER_DATA_OPTIONAL in options)
        | FLAG_DISABLE_PRESENCE * (Options.DISABLE_PRESENCE in options)
        | FLAG_DEFER_EXPIRATION * (Options.DEFER_EXPIRATION in options)
        | FLAG_MS_PPSEC * (not properties.modern)
    )
    return GroupPropertiesValue(
        flags,
        properties.cloud,
        properties.group.classifier,
        str(properties.group),
        str(properties.creator),
        properties.friendly_name or None,
        properties.comment or None,
        properties.membership_lifetime,
        properties.presence_lifetime,
        int(properties.authentication),
        None,
        properties.password_role.value if properties.password is not None else bytes(16),
    )


def _changed(group: Group, value: GroupPropertiesValue) -> GroupProperties:
    """The group's properties with what ``value`` says. Raises what PeerGroupSetProperties does."""
    from peerapi.engine.groups.new_group import MAX_COMMENT, password_check
    from peerapi.grouping.password import check_policy

    before = group.properties()
    if not group.owned:
        raise NotAuthorized("Only the group's creator changes its properties.")
    shown = _shown(before)
    fixed = ("cloud", "classifier", "group", "creator", "member_data_lifetime", "presence_lifetime", "schemes")
    for name in fixed:
        wanted = getattr(value, name)
        if wanted and wanted != getattr(shown, name):
            raise InvalidGroupProperties(f"{name} cannot change")
    if (value.flags ^ shown.flags) & FLAG_MS_PPSEC:
        raise InvalidGroupProperties("The profile cannot change.")
    if not names.is_text(value.comment or "", MAX_COMMENT):
        raise InvalidGroupProperties("pwzComment")
    changed = replace(
        before, options=_options(value.flags), friendly_name=value.friendly_name or "", comment=value.comment or ""
    )
    role = _role(value.role)
    if before.password is not None and role is not None:
        changed = replace(changed, password_role=role)
    if value.password is not None:
        if before.password is None:
            raise InvalidGroupProperties("The group was made without a password.")
        check_policy(value.password)
        changed = replace(changed, password=password_check(value.password, published=not before.modern))
    changed.check()
    return changed
