"""Where a board comes from: the graph or group that is opened, as whom, and what an invitation to it says."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import peerapi
from peerapi import Address, Graph, Group, Identity, PeerError, Role, Scope
from peerapi.whiteboard.graphs import AnyGraph
from peerapi.whiteboard.invitation import GraphInvitation, GroupInvitation, Invitation, NotAnInvitation
from peerapi.whiteboard.links import GraphLinks, GroupLinks, Links
from peerapi.whiteboard.saved_boards import GRAPH, GROUP, SavedBoard

DATABASE = "whiteboard"
HERE_ONLY = "Loopback_"
"The cloud of groups on this machine."


@dataclass(frozen=True)
class Reach:
    """How this node is reached by others."""

    here: bool = False
    "Whether this node is reached from this machine only."
    port: int | None = None
    "The TCP port; None: the usual one, or another when that is taken."


class BoardSource(Protocol):
    """A board that can be opened, as often as one likes."""

    saved: SavedBoard
    "What is kept of it, to find it again."

    @property
    def title(self) -> str: ...
    @property
    def peer(self) -> str:
        """The author of the records that are made here."""

    @property
    def name(self) -> str:
        """What people call them."""

    async def open(self) -> AnyGraph: ...
    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links: ...
    def invitation(self, addresses: Iterable[Address]) -> str: ...
    async def remove(self) -> None:
        """Delete what this machine has of it: records and membership. Raises PeerError."""


class _Saved:
    """What both sources have in common."""

    def __init__(self, saved: SavedBoard, reach: Reach) -> None:
        self.saved = saved
        self._reach = reach

    @property
    def title(self) -> str:
        return self.saved.title

    @property
    def peer(self) -> str:
        return self.saved.peer

    @property
    def name(self) -> str:
        return self.saved.name


class GraphSource(_Saved):
    """A plain graph: whoever has its ID and an address comes in."""

    async def open(self) -> Graph:
        one = self.saved
        if one.began_here:
            return await peerapi.create_graph(
                one.id,
                one.peer,
                database=DATABASE,
                friendly_name=one.title,
                scope=Scope.GLOBAL,
                defer_expiration=True,
                exist_ok=True,
            )
        return await peerapi.open_graph(one.id, one.peer, database=DATABASE)

    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links:
        assert isinstance(graph, Graph)
        return GraphLinks(graph, known, Scope.LOOPBACK if self._reach.here else Scope.GLOBAL, self._reach.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        return str(GraphInvitation(self.title, tuple(addresses), self.saved.id))

    async def remove(self) -> None:
        await peerapi.delete_graph(self.saved.id, self.peer, database=DATABASE)


class GroupSource(_Saved):
    """A group: who comes in proves that they know the password of the invitation, and becomes a member."""

    async def open(self) -> Group:
        one = self.saved
        if one.id in dict(await peerapi.groups_of(one.peer)):
            group = await peerapi.open_group(one.id, identity=one.peer)
            if one.password:
                await group.try_password(one.password)  # of who did not get as far as becoming a member
            return group
        return await peerapi.join_group(one.document, identity=one.peer, password=one.password or None)

    def links(self, graph: AnyGraph, known: Iterable[Address]) -> Links:
        assert isinstance(graph, Group)
        return GroupLinks(graph, known, self._reach.port)

    def invitation(self, addresses: Iterable[Address]) -> str:
        """The text of an invitation; empty for who was invited alone, and cannot invite others."""
        if not self.saved.password:
            return ""
        return str(GroupInvitation(self.title, tuple(addresses), self.saved.document, self.saved.password))

    async def remove(self) -> None:
        await peerapi.delete_group(self.saved.id, identity=self.peer)


def source_of(saved: SavedBoard, port: int | None = None) -> BoardSource:
    """A board that this user has opened before; ``port``: see Reach."""
    reach = Reach(saved.here, port)
    return GraphSource(saved, reach) if saved.kind == GRAPH else GroupSource(saved, reach)


def new_graph(title: str, name: str, reach: Reach) -> GraphSource:
    """A graph whose ID nobody guesses."""
    graph_id = f"board-{secrets.token_hex(16)}"
    saved = SavedBoard(GRAPH, graph_id, title, name, name, began_here=True, here=reach.here, founder=name)
    return GraphSource(saved, reach)


async def new_group(title: str, name: str, reach: Reach) -> GroupSource:
    """A group that is founded here, with a password that only its invitations know. Who comes in by it may let others
    in: the founder need not be there."""
    password = secrets.token_urlsafe(18)
    identity = (await _identity(name)).name
    made = peerapi.create_group(
        title,
        identity=identity,
        cloud=HERE_ONLY if reach.here else None,
        password=password,
        password_role=Role.INVITING_MEMBER,
        defer_expiration=True,
    )
    async with made as group:
        document = await group.invite_by_password()
        saved = SavedBoard(
            GROUP, group.name, title, identity, name, True, reach.here, document, password, founder=identity
        )
        return GroupSource(saved, reach)


def boards_of(invitation: Invitation, name: str | None, before: Iterable[SavedBoard]) -> list[SavedBoard]:
    """How this user has opened the board of an invitation before: under ``name``, or under any. Raises PeerError."""
    if isinstance(invitation, GraphInvitation):
        kind, board, member = GRAPH, invitation.graph_id, None
    else:
        said = peerapi.parse_invitation(invitation.document)
        kind, board, member = GROUP, said.group, said.member
    return [
        one
        for one in before
        if (one.kind, one.id) == (kind, board)
        and (one.peer == member if member is not None else name in (None, one.name))
    ]


async def invited(
    invitation: Invitation, name: str | None, usual: str, reach: Reach, before: Iterable[SavedBoard] = ()
) -> BoardSource:
    """Through an invitation. ``name``: what the person wants to be called; None: as before at this board, and ``usual``
    when it is new here. ``before``: the boards that this user has opened, those opened last first."""
    saved = next(iter(boards_of(invitation, name, before)), None)
    if isinstance(invitation, GraphInvitation):
        own = name or usual
        saved = saved or SavedBoard(GRAPH, invitation.graph_id, invitation.title, own, own, False, reach.here)
    else:
        saved = await _saved_group(invitation, saved, name, usual, reach)
    saved.here = reach.here
    saved.meet("", invitation.addresses)
    return source_of(saved, reach.port)


async def _saved_group(
    invitation: GroupInvitation, saved: SavedBoard | None, name: str | None, usual: str, reach: Reach
) -> SavedBoard:
    said = peerapi.parse_invitation(invitation.document)
    if said.member is not None:
        identity: Identity | None = await _invited_identity(said.member)
    else:
        identity = next((one for one in await peerapi.identities() if saved and one.name == saved.peer), None)
    identity = identity or await _member(said.group, name) or await _identity(name or usual)
    if saved is None or saved.peer != identity.name:
        title = invitation.title or said.friendly_name
        saved = SavedBoard(GROUP, said.group, title, identity.name, identity.friendly_name, False, reach.here)
    if not saved.document or invitation.password:  # what was issued for one identity takes nothing away
        saved.document, saved.password = invitation.document, invitation.password
    saved.name = identity.friendly_name
    return saved


async def _member(group: str, name: str | None) -> Identity | None:
    """Who of this user's identities is a member of the group already, under that name if one is wanted."""
    for one in await peerapi.identities():
        if name in (None, one.friendly_name):
            with contextlib.suppress(PeerError):
                if group in dict(await peerapi.groups_of(one.name)):
                    return one
    return None


async def _identity(name: str) -> Identity:
    """This user's identity of that name, which is made when there is none."""
    for one in await peerapi.identities():
        if one.friendly_name == name:
            return one
    return await peerapi.create_identity(name)


async def _invited_identity(member: str) -> Identity:
    """The identity that an invitation is for. Raises NotAnInvitation."""
    for one in await peerapi.identities():
        if one.name == member:
            return one
    raise NotAnInvitation("the invitation is for somebody else: this user has no such identity")
