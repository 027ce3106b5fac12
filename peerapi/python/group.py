"""A group that this process has open, for Python programs."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from peerapi.abi.handles import GROUPS
from peerapi.address import Address
from peerapi.api import group as api
from peerapi.api import group_members as members_api
from peerapi.api.group_family import GROUP
from peerapi.api.group_structs import GroupPropertiesValue
from peerapi.engine.runtime import moment
from peerapi.errors import ConnectionNotAuthenticated, InvalidGroup
from peerapi.graphing.draft import Draft as EngineDraft
from peerapi.grouping.events import group_status
from peerapi.grouping.roles import Role
from peerapi.moment import SECOND
from peerapi.python import arguments, group_values, hosts, node_addresses, values
from peerapi.python.events import GROUP_TYPES, ConnectFailed, GroupEvent, NeighborChange, PasswordRefused, StatusChange
from peerapi.python.graph import KEEP, handle_number
from peerapi.python.graph_base import GraphBase
from peerapi.python.group_values import GroupProperties, Member
from peerapi.python.streams import Stream
from peerapi.python.values import Draft, Node, Status

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_group import OpenGroup as EngineGroup

_handing_out = threading.Lock()


class Group(GraphBase[GroupEvent]):
    """An open group: a graph with members. Besides what GraphBase says: InvalidGroup once it is closed, GroupNotReady
    before the records of the others have come."""

    KINDS = GROUP_TYPES
    CODES = GROUP.codes

    def __init__(self, group: EngineGroup, close: Any = None, handle: int = 0) -> None:
        """``create_group``, ``open_group``, ``join_group`` and ``from_handle`` make these."""
        super().__init__(group.driver, close)
        self._group = group
        self._handle = handle

    def __repr__(self) -> str:
        state = "closed" if self.closed else self.status.name or "alone"
        return f"<Group {self.friendly_name!r} of {self.identity}, {state}>"

    @property
    def name(self) -> str:
        """The group's peer name."""
        return str(self._group.name)

    @property
    def friendly_name(self) -> str:
        """What people call it."""
        return self._group.friendly_name

    @property
    def identity(self) -> str:
        """The peer name of this node's user in the group."""
        return str(self._group.identity)

    @property
    def status(self) -> Status:
        """LISTENING, HAS_CONNECTIONS; the latter when the records of the others are here."""
        return Status(group_status(int(self._driver.graph.status)))

    async def properties(self) -> GroupProperties:
        await hosts.current().checkpoint()
        return group_values.properties(self._do(partial(api.PeerGroupGetProperties, self._group)))

    async def set_properties(
        self, *, friendly_name: str | None = KEEP, comment: str | None = KEEP, password: str = KEEP
    ) -> None:
        """Change what is named, for all members; only the group's creator may. Raises NotAuthorized,
        InvalidGroupProperties, PasswordDoesNotMeetPolicy."""

        for name, value in (("friendly_name", friendly_name), ("comment", comment)):
            if value is not KEEP:
                arguments.optional_text(name, value)
        if password is not KEEP:
            arguments.text("password", password)

        def change() -> None:
            found: GroupPropertiesValue = api.PeerGroupGetProperties(self._group)
            changed = found._replace(
                friendly_name=found.friendly_name if friendly_name is KEEP else friendly_name,
                comment=found.comment if comment is KEEP else comment,
                password=None if password is KEEP else password,
            )
            api.PeerGroupSetProperties(self._group, changed)

        await self._in_thread(change)

    # Handles ----------------------------------------------------------------------------------------------------------

    @property
    def handle(self) -> int:
        """The HGROUP of this group, for C functions in this process. It is live until the group is closed."""
        if self.closed:
            raise InvalidGroup
        with _handing_out:
            if not self._handle:
                self._handle = GROUPS.insert(self._group, GROUP)
            return self._handle

    def shared(self) -> EngineGroup:
        """The engine's group, which now has a handle by which others can name it. Raises InvalidGroup."""
        assert self.handle
        return self._group

    def take_handle(self) -> bool:
        """Before closing: no C function finds it any longer. False when C code has closed it already."""
        return not self._handle or GROUPS.take(self._handle) is not None

    @classmethod
    def from_handle(cls, handle: Any) -> Group:
        """The group behind an HGROUP of this process: a number, or what ctypes or cffi make of one.

        It stays the property of whoever has opened it: to close this object leaves the group open. Raises InvalidGroup.
        """
        number = handle_number(handle)
        group = GROUPS.get(number)
        if group is None:
            raise InvalidGroup
        return cls(group, handle=number)

    # Coming together --------------------------------------------------------------------------------------------------

    def prefer_port(self, port: int) -> None:
        """Listen there from the next ``connect`` on, or elsewhere if it is taken: so that others find this node again
        by an address that they have kept."""
        self._group.prefer_port(arguments.whole("port", port, 0, arguments.PORTS))

    async def connect(
        self, place: str | Address | Iterable[Address] | None = None, port: int | None = None
    ) -> tuple[Address, ...]:
        """Go online: find other members and connect, listen, and be found; where this node listens.

        Without a place members are found by the group's name, through PNRP; who has been here before is online even
        when nobody else is. Returns as soon as the records of the others are here, or nobody is missed. Raises
        ConnectionFailed, NotFound (nobody found), ConnectionNotAuthenticated (the password was refused; connect again
        with ``try_password``). After NotFound the node stays online and goes on looking; ``wait_ready`` waits for that.
        """
        known: tuple[Address, ...] = ()
        if isinstance(place, str | Address):
            known = tuple(await node_addresses.find(place, port, hosts.current()))
        elif place is not None:
            known = node_addresses.checked(place)
        with self.events(StatusChange, ConnectFailed, PasswordRefused) as news:
            if place is None:
                await self._in_thread(partial(api.PeerGroupConnect, self._group))
            else:
                await self._in_thread(partial(api.PeerGroupConnectByAddress, self._group, known))
            return await self._online(news, alone=place is None)

    async def _online(self, news: Stream[Any], *, alone: bool) -> tuple[Address, ...]:
        enough = Status.HAS_CONNECTIONS | (Status.LISTENING if alone else Status(0))
        refused = False
        while not self.status & enough:
            event = await anext(news, None)
            if isinstance(event, PasswordRefused):
                refused = True  # the end of this attempt is still to come
            elif isinstance(event, ConnectFailed):
                raise ConnectionNotAuthenticated("The password was not accepted.") if refused else event.error
            elif event is None:
                raise InvalidGroup("The group has been closed.")
        return self.addresses

    async def try_password(self, password: str) -> None:
        """Another password for ``connect``, of who is to become a member by it."""
        arguments.text("password", password)
        await hosts.current().checkpoint()
        self._group.try_password(password)

    async def wait_ready(self) -> None:
        """Until the records of the others are here: records can be read and written then."""
        with self.events(StatusChange, NeighborChange) as news:
            while not self._driver.graph.synchronized:
                if await anext(news, None) is None:
                    raise InvalidGroup("The group has been closed.")
        await hosts.current().checkpoint()

    # Members ----------------------------------------------------------------------------------------------------------

    def members(self, *, present: bool = False) -> list[Member]:
        """Everybody who belongs to the group, this node's user first; ``present``: who is here."""
        found = self._do(self._group.members)
        return [group_values.member(one) for one in found if one.present or not present]

    def member(self, name: str) -> Member | None:
        """One member, by peer name; None when there is none of that name."""
        found = self._do(partial(self._group.members, arguments.text("name", name)))
        return group_values.member(found[0]) if found else None

    async def invite(
        self,
        identity_info: str,
        *,
        roles: Collection[Role] = (Role.MEMBER,),
        expires: datetime | timedelta | None = None,
    ) -> str:
        """An invitation for one identity, from what ``identity_info`` has given its user. Raises NotAuthorized,
        GroupNotReady, InvalidArgument."""
        arguments.text("identity_info", identity_info)
        if isinstance(roles, str) or not isinstance(roles, Iterable):
            raise TypeError(f"roles is some of peerapi.Role, not {roles!r}")
        roles = [arguments.a(Role, "a role", "a peerapi.Role", role) for role in roles]
        until = None
        if expires is not None:
            until = values.expiration(expires, moment().utc, 0)
        roles_wanted = group_values.role_ids(frozenset(roles))
        work = partial(members_api.PeerGroupCreateInvitation, self._group, identity_info, until, roles_wanted)
        return await self._in_thread(work)

    async def invite_by_password(self) -> str:
        """An invitation for whoever knows the password. Raises NotAuthorized, InvalidArgument (there is none)."""
        return await self._in_thread(partial(members_api.PeerGroupCreatePasswordInvitation, self._group))

    async def revoke(self, member: str | Member, reason: str = "") -> None:
        """Take a membership away, and those that come from it. Who knows the password can come again under another
        name, so change that as well. Raises NotFound, NotAuthorized."""
        name = member.name if isinstance(member, Member) else arguments.text("member", member)
        arguments.text("reason", reason)
        await self._in_thread(partial(members_api.PeerxGroupRevokeMember, self._group, name, reason or None))

    async def export_config(self, password: str) -> str:
        """The membership for another machine of the same user, together with the exported identity."""
        arguments.text("password", password)
        return await self._in_thread(partial(api.PeerGroupExportConfig, self._group, password))

    def refusals(self) -> str:
        """How many connections and records were refused and why, for people: a line for each reason."""
        return self._group.refusals()

    def node(self) -> Node:
        """The node of this process."""
        graph = self._driver.graph
        return Node(graph.node_id, graph.peer_id, graph.addresses, graph.topology.attributes)

    # Records ----------------------------------------------------------------------------------------------------------

    def _add(self, draft: EngineDraft) -> bytes:
        return self._group.add_record(draft)

    def _add_many(self, drafts: list[EngineDraft]) -> list[bytes]:
        return self._group.add_records(drafts)

    def _update(self, draft: EngineDraft) -> None:
        self._group.update_record(draft)

    def _drafted(self, draft: Draft) -> EngineDraft:
        """What says nothing of its end ends with the membership at the latest."""
        found = super()._drafted(draft)
        chain = self._group.chain
        if draft.expires is None and chain is not None:
            last = chain.not_after - max(0, self._driver.graph.clock.delta) - SECOND
            found = found._replace(expiration=min(found.expiration, last))
        return found
