"""Making, joining, opening and deleting groups, and the identities that belong to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from peerapi.abi.exports import Success
from peerapi.api import group as api
from peerapi.api import group_members as members_api
from peerapi.api import identity as identity_api
from peerapi.api.group_family import STARTUPS, groups, start_up
from peerapi.api.group_structs import GroupPropertiesValue
from peerapi.errors import NotFound
from peerapi.python import arguments, group_values, hosts
from peerapi.python.group import Group
from peerapi.python.group_values import Identity, Invitation, Role
from peerapi.python.opening import Opening

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_group import OpenGroup as EngineGroup


def create_group(
    friendly_name: str,
    *,
    identity: str | None = None,
    comment: str | None = None,
    cloud: str | None = None,
    classifier: str | None = None,
    password: str | None = None,
    password_role: Role = Role.MEMBER,
    membership_lifetime: timedelta | None = None,
    presence: bool = True,
    defer_expiration: bool = False,
    silent_members: bool = False,
) -> Opening[Group]:
    """Found a group: ``async with create_group("Birthday card") as group:``, then ``await group.connect()``.

    ``identity``: which of this user's, the oldest by itself, which is made when there is none. ``cloud``: where the
    group is found by its name: the whole Internet by itself (``Global_``), or ``Loopback_`` and others. With a
    ``password`` whoever knows it may become a member, with the role that is named. Raises InvalidGroupProperties,
    PasswordDoesNotMeetPolicy, NoCloud.
    """
    arguments.text("friendly_name", friendly_name)
    _check(identity=identity, comment=comment, cloud=cloud, classifier=classifier, password=password)
    arguments.a(Role, "password_role", "a peerapi.Role", password_role)
    lifetime = 0 if membership_lifetime is None else arguments.length("membership_lifetime", membership_lifetime)
    flags = (
        (0 if presence else api.FLAG_DISABLE_PRESENCE)
        | (api.FLAG_DEFER_EXPIRATION if defer_expiration else 0)
        | (api.FLAG_MEMBER_DATA_OPTIONAL if silent_members else 0)
    )

    def make() -> EngineGroup:
        return api.PeerGroupCreate(
            GroupPropertiesValue(
                flags=flags,
                cloud=cloud,
                classifier=classifier,
                group=None,
                creator=_identity(identity),
                friendly_name=friendly_name,
                comment=comment,
                member_data_lifetime=lifetime,
                presence_lifetime=0,
                schemes=1 if password is None else 3,
                password=password,
                role=bytes(16) if password is None else password_role.value,
            )
        )

    return Opening(partial(_started, make), Group.close_now)


def open_group(group: str, *, identity: str | None = None, cloud: str | None = None) -> Opening[Group]:
    """Open a group that this user has founded or joined, by its peer name. Raises NotFound, NoCloud,
    DatabaseAccessDenied (open in a program that does not share it)."""
    arguments.text("group", group)
    _check(identity=identity, cloud=cloud)
    return Opening(partial(_started, lambda: api.PeerGroupOpen(_identity(identity), group, cloud)), Group.close_now)


def join_group(
    invitation: str, *, identity: str | None = None, password: str | None = None, cloud: str | None = None
) -> Opening[Group]:
    """Become a member by an invitation, then ``await group.connect()``. A ``password`` is proved when that is done; who
    is a member already needs none. Raises InvitationNotTrusted, InvalidTimePeriod, NoCloud."""

    arguments.text("invitation", invitation)
    _check(identity=identity, password=password, cloud=cloud)

    def join() -> EngineGroup:
        own = _identity(identity)
        if password is None:
            return api.PeerGroupJoin(own, invitation, cloud)
        found: Any = api.PeerGroupPasswordJoin(own, invitation, password, cloud)
        group: EngineGroup = found.value if isinstance(found, Success) else found
        return group

    return Opening(partial(_started, join), Group.close_now)


async def delete_group(group: str, *, identity: str | None = None) -> None:
    """Remove membership and records. Raises NotFound, NotAuthorized (another process has it open)."""
    arguments.text("group", group)
    _check(identity=identity)
    await hosts.current().in_thread(partial(api.PeerGroupDelete, _identity(identity), group))


async def import_group(document: str, password: str, *, overwrite: bool = False) -> tuple[str, str]:
    """Take over what ``Group.export_config`` has written on another machine; (identity, group). Raises InvalidArgument,
    AlreadyExists, IdentityNotFound."""
    arguments.text("document", document)
    arguments.text("password", password)
    work = partial(api.PeerGroupImportConfig, document, password, bool(overwrite))
    return await hosts.current().in_thread(work)


def parse_invitation(invitation: str) -> Invitation:
    """What an invitation says. Raises InvitationNotTrusted, UnsupportedVersion."""
    return group_values.invitation(members_api.PeerGroupParseInvitation(arguments.text("invitation", invitation)))


# ---- identities ----


async def create_identity(friendly_name: str | None = None, *, classifier: str | None = None) -> Identity:
    """A new identity of this user, with a key of its own. Raises InvalidArgument, TooManyIdentities."""
    _check(friendly_name=friendly_name, classifier=classifier)
    make = partial(identity_api.PeerIdentityCreate, classifier, friendly_name, None)
    name = await hosts.current().in_thread(make)
    return group_values.identity(identity_api.IDENTITIES.find(name))


async def identities() -> list[Identity]:
    """The identities of this user, oldest first."""
    return [group_values.identity(one) for one in await hosts.current().in_thread(identity_api.IDENTITIES.all)]


async def identity_info(identity: str | None = None) -> str:
    """What somebody who invites has to know of an identity, the oldest by itself: XML, no secret. Raises
    InvalidHandle for one that is unknown."""
    _check(identity=identity)
    return await hosts.current().in_thread(partial(identity_api.PeerIdentityGetXML, identity))


async def delete_identity(identity: str) -> None:
    """Remove an identity with its key, for good. Raises NotFound, GroupsExist."""
    arguments.text("identity", identity)
    await hosts.current().in_thread(partial(identity_api.PeerIdentityDelete, identity))


async def groups_of(identity: str | None = None) -> list[tuple[str, str]]:
    """The groups of an identity: (peer name, friendly name). Raises NotFound."""

    _check(identity=identity)

    def find() -> list[tuple[str, str]]:
        name = identity_api.IDENTITIES.find(identity).peer_name
        return [(group, shown) for group, shown in identity_api.IDENTITIES.groups_of(name)]

    return await hosts.current().in_thread(find)


# ---- helpers ----


def _check(**texts: str | None) -> None:
    """Raises TypeError, ValueError."""
    for name, value in texts.items():
        arguments.optional_text(name, value)


def _identity(wanted: str | None) -> str:
    """The identity that is meant. The oldest is made when there is none, as PeerIdentityGetXML(NULL) does."""
    if wanted is not None:
        return wanted
    try:
        return identity_api.PeerIdentityGetDefault()
    except NotFound:
        identity_api.PeerIdentityGetXML(None)
        return identity_api.PeerIdentityGetDefault()


def _started(open_it: Callable[[], EngineGroup]) -> Group:
    """A group of Python's counts as one PeerGroupStartup: a PeerGroupShutdown of C code does not close it."""
    start_up()
    try:
        found = open_it()
    except BaseException:
        STARTUPS.shutdown()
        raise
    group = Group(found)
    group._close = partial(_close, group, found)
    return group


def _close(group: Group, found: EngineGroup) -> None:
    try:
        if group.take_handle():
            groups().close(found)
    finally:
        STARTUPS.shutdown()
