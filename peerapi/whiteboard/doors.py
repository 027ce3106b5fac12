"""Ways into a board: what is opened, under which name, and what an invitation to it says."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from peerapi import Address, Graph, Scope, create_graph, open_graph
from peerapi.whiteboard.invitation import Invitation


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

    async def open(self) -> Graph: ...
    def invitation(self, addresses: Iterable[Address]) -> str: ...


@dataclass
class GraphDoor:
    """A plain graph: whoever has its ID and an address comes in."""

    graph_id: str
    title: str
    peer: str
    made_here: bool
    addresses: Sequence[Address] = field(default=())

    @property
    def name(self) -> str:
        return self.peer

    async def open(self) -> Graph:
        if self.made_here:
            return await create_graph(
                self.graph_id,
                self.peer,
                database=DATABASE,
                friendly_name=self.title,
                scope=Scope.GLOBAL,
                defer_expiration=True,
                exist_ok=True,
            )
        return await open_graph(self.graph_id, self.peer, database=DATABASE)

    def invitation(self, addresses: Iterable[Address]) -> str:
        return str(Invitation(self.graph_id, self.title, tuple(addresses)))


DATABASE = "whiteboard"


def new_graph(title: str, peer: str) -> GraphDoor:
    """A graph whose ID nobody guesses."""
    return GraphDoor(f"board-{secrets.token_hex(16)}", title, peer, made_here=True)


def invited(invitation: Invitation, peer: str) -> GraphDoor:
    return GraphDoor(invitation.graph_id, invitation.title, peer, made_here=False, addresses=invitation.addresses)
