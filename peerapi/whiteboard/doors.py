"""Ways into a board: what is opened, under which name, and what an invitation to it says."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import peerapi
from peerapi import Address, Graph, Group, Identity, Scope
from peerapi.whiteboard.invitation import GraphInvitation, GroupInvitation, Invitation, NotAnInvitation
from peerapi.whiteboard.links import GraphLinks, GroupLinks, Links
from peerapi.whiteboard.replicas import Replica

DATABASE = "whiteboard"
HERE_ONLY = "Loopback_"
"The cloud of groups on this machine."


class Door(Protocol):
    """A board that can be opened, as often as one likes."""

    @property
    def title(self) -> str: ...
    @property
    def peer(self) -> str:
        """The author of the records that are made here."""

    @property
    def name(self) -> str:
        """What people call them."""

    @property
    def addresses(self) -> Sequence[Address]:
        """Where other nodes may be."""

    async def open(self) -> Replica: ...
    def links(self, replica: Replica, known: Iterable[Address]) -> Links: ...
    def invitation(self, addresses: Iterable[Address]) -> str: ...


@dataclass(frozen=True)
class Way:
    """How this node is reached by others."""

    here: bool = False
    "From this machine only."
    port: int | None = None
    "None: the usual one, or another when that is taken."


@dataclass
class GraphDoor:
    """A plain graph: whoever has its ID and an address comes in."""

    graph_id: str
    title: str
    peer: str
    made_here: bool
    way: Way
    addresses: Sequence[Address] = field(default=())

    @property
    def name(self) -> str:
        return self.peer

    async def open(self) -> Graph:
        if self.made_here:
            return await peerapi.create_graph(
                self.graph_id,
                self.peer,
                database=DATABASE,
                friendly_name=self.title,
                scope=Scope.GLOBAL,
                defer_expiration=True,
                exist_ok=True,
            )
        return await peerapi.open_graph(self.graph_id, self.peer, database=DATABASE)

    def links(self, replica: Replica, known: Iterable[Address]) -> Links:
        assert isinstance(replica, Graph)
        return GraphLinks(replica, known, Scope.LOOPBACK if self.way.here else Scope.GLOBAL, self.way.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        return str(GraphInvitation(self.title, tuple(addresses), self.graph_id))


@dataclass
class GroupDoor:
    """A group: who comes in proves that they know the password of the invitation, and becomes a member."""

    group: str
    "Its peer name."
    title: str
    peer: str
    "The peer name of the identity."
    name: str
    document: str
    "The group's own invitation, for whoever knows the password."
    password: str
    way: Way
    addresses: Sequence[Address] = field(default=())

    async def open(self) -> Group:
        if self.group in dict(await peerapi.groups_of(self.peer)):
            group = await peerapi.open_group(self.group, identity=self.peer)
            if self.password:
                await group.try_password(self.password)  # of who did not get as far as becoming a member
            return group
        return await peerapi.join_group(self.document, identity=self.peer, password=self.password or None)

    def links(self, replica: Replica, known: Iterable[Address]) -> Links:
        assert isinstance(replica, Group)
        return GroupLinks(replica, known, self.way.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        """Empty for who was invited alone, and cannot invite others."""
        if not self.password:
            return ""
        return str(GroupInvitation(self.title, tuple(addresses), self.document, self.password))


def new_graph(title: str, name: str, way: Way) -> GraphDoor:
    """A graph whose ID nobody guesses."""
    return GraphDoor(f"board-{secrets.token_hex(16)}", title, name, made_here=True, way=way)


async def new_group(title: str, name: str, way: Way) -> GroupDoor:
    """A group that is founded here, with a password that only its invitations know."""
    password = secrets.token_urlsafe(18)
    identity = (await _identity(name)).name
    made = peerapi.create_group(
        title,
        identity=identity,
        cloud=HERE_ONLY if way.here else None,
        password=password,
        defer_expiration=True,
    )
    async with made as group:
        document = await group.invite_by_password()
        return GroupDoor(group.name, title, identity, name, document, password, way)


async def invited(invitation: Invitation, name: str, way: Way) -> Door:
    """Through an invitation."""
    if isinstance(invitation, GraphInvitation):
        return GraphDoor(invitation.graph_id, invitation.title, name, False, way, invitation.addresses)
    said = peerapi.parse_invitation(invitation.document)
    identity = await _identity(name) if said.member is None else await _invited(said.member)
    place = (invitation.document, invitation.password, way, invitation.addresses)
    title = invitation.title or said.friendly_name
    return GroupDoor(said.group, title, identity.name, identity.friendly_name, *place)


async def _identity(name: str) -> Identity:
    """This user's of that name, which is made when there is none."""
    for one in await peerapi.identities():
        if one.friendly_name == name:
            return one
    return await peerapi.create_identity(name)


async def _invited(member: str) -> Identity:
    """The one whom an invitation is for. Raises NotAnInvitation."""
    for one in await peerapi.identities():
        if one.name == member:
            return one
    raise NotAnInvitation("the invitation is for somebody else: this user has no such identity")
