"""Where a board comes from: what is opened, under which name, and what an invitation to it says."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import peerapi
from peerapi import Address, Graph, Group, Identity, Scope
from peerapi.whiteboard.graphs import AnyGraph
from peerapi.whiteboard.invitation import GraphInvitation, GroupInvitation, Invitation, NotAnInvitation
from peerapi.whiteboard.links import GraphLinks, GroupLinks, Links

DATABASE = "whiteboard"
HERE_ONLY = "Loopback_"
"The cloud of groups on this machine."


class BoardSource(Protocol):
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

    async def open(self) -> AnyGraph: ...
    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links: ...
    def invitation(self, addresses: Iterable[Address]) -> str: ...


@dataclass(frozen=True)
class Reach:
    """How this node is reached by others."""

    here: bool = False
    "From this machine only."
    port: int | None = None
    "None: the usual one, or another when that is taken."


@dataclass
class GraphSource:
    """A plain graph: whoever has its ID and an address comes in."""

    graph_id: str
    title: str
    peer: str
    made_here: bool
    reach: Reach
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

    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links:
        assert isinstance(graph, Graph)
        return GraphLinks(graph, known, Scope.LOOPBACK if self.reach.here else Scope.GLOBAL, self.reach.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        return str(GraphInvitation(self.title, tuple(addresses), self.graph_id))


@dataclass
class GroupSource:
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
    reach: Reach
    addresses: Sequence[Address] = field(default=())

    async def open(self) -> Group:
        if self.group in dict(await peerapi.groups_of(self.peer)):
            group = await peerapi.open_group(self.group, identity=self.peer)
            if self.password:
                await group.try_password(self.password)  # of who did not get as far as becoming a member
            return group
        return await peerapi.join_group(self.document, identity=self.peer, password=self.password or None)

    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links:
        assert isinstance(graph, Group)
        return GroupLinks(graph, known, self.reach.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        """Empty for who was invited alone, and cannot invite others."""
        if not self.password:
            return ""
        return str(GroupInvitation(self.title, tuple(addresses), self.document, self.password))


def new_graph(title: str, name: str, reach: Reach) -> GraphSource:
    """A graph whose ID nobody guesses."""
    return GraphSource(f"board-{secrets.token_hex(16)}", title, name, made_here=True, reach=reach)


async def new_group(title: str, name: str, reach: Reach) -> GroupSource:
    """A group that is founded here, with a password that only its invitations know."""
    password = secrets.token_urlsafe(18)
    identity = (await _identity(name)).name
    made = peerapi.create_group(
        title,
        identity=identity,
        cloud=HERE_ONLY if reach.here else None,
        password=password,
        defer_expiration=True,
    )
    async with made as group:
        document = await group.invite_by_password()
        return GroupSource(group.name, title, identity, name, document, password, reach)


async def invited(invitation: Invitation, name: str, reach: Reach) -> BoardSource:
    """Through an invitation."""
    if isinstance(invitation, GraphInvitation):
        return GraphSource(invitation.graph_id, invitation.title, name, False, reach, invitation.addresses)
    said = peerapi.parse_invitation(invitation.document)
    identity = await _identity(name) if said.member is None else await _invited(said.member)
    fields = (invitation.document, invitation.password, reach, invitation.addresses)
    title = invitation.title or said.friendly_name
    return GroupSource(said.group, title, identity.name, identity.friendly_name, *fields)


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
