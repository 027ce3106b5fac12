"""What an activity is; most are rules over the records of a graph, without input and output of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple, Protocol
from uuid import UUID

from peerapi import Graph, Record
from peerapi.pages.requests import Language


class Begun(NamedTuple):
    """An activity that a member of a group has begun."""

    id: UUID
    "Of the record in the group that says so."
    kind: str
    graph_id: str
    by: str
    "The peer who has begun it."


class Table(Protocol):
    """An activity that is open here, for what goes on beside its records."""

    begun: Begun

    @property
    def me(self) -> str:
        """The peer of this node's user."""

    def records(self) -> list[Record]:
        """Those of all members, in the same order everywhere. It is the same list until there is another record."""

    def called(self, peer: str) -> str:
        """What people call a peer."""

    def tell_beside(self) -> None:
        """Have the pages told what goes on beside."""

    async def publish(self, data: bytes, kind: UUID | None = None) -> None:
        """Add a record, of the type of most of them or another one. Raises Refused."""


class Beside(ABC):
    """What goes on beside the records of an activity that is open here, as files that are on their way."""

    answers: ClassVar[frozenset[str]]
    "The requests that are asked of it, and not of the rules."

    @abstractmethod
    async def run(self, graph: Graph) -> None:
        """Until cancelled."""

    @abstractmethod
    def view(self) -> Mapping[str, Any]:
        """What the page shows of it, as JSON."""

    @abstractmethod
    async def ask(self, what: str, fields: Mapping[str, Any]) -> None:
        """What this node's user asks. Raises Refused."""

    def note_records(self) -> None:
        """There are records that were not there before. Most ask when they are asked."""
        return


class Kind(ABC):
    """One kind of activity."""

    kind: ClassVar[str]
    "How records call it, in small letters and dashes."
    title: ClassVar[str]
    record: ClassVar[UUID]
    "The type of its records."
    script: ClassVar[str]
    "The module of the page that draws it: a file of ``static``."
    lifetime: ClassVar[timedelta] = timedelta(days=30)
    "Of what is said of it, and of its records."

    def reserved(self, begun: Begun) -> Mapping[UUID, str]:
        """Types of records -> the one member who makes them, which the group's security asks of each record before it
        is taken in or passed on. Of most there are none."""
        return {}


class Activity(Kind):
    """One that is rules over records. Every node asks the same rules the same questions of the same records, so all see
    the same; what a record may not do is refused by each of them, whoever has let it in."""

    language: ClassVar[Language]
    "What the page may ask."

    @property
    def types(self) -> tuple[UUID, ...]:
        """The types of its records, where ``record`` is not the only one."""
        return (self.record,)

    @abstractmethod
    def view(self, begun: Begun, records: Sequence[Record]) -> Mapping[str, Any]:
        """What the page shows, as JSON. ``records`` are those of all members, in the same order everywhere."""

    @abstractmethod
    def data(self, begun: Begun, records: Sequence[Record], me: str, what: str, fields: Mapping[str, Any]) -> bytes:
        """The record that a request of this node's user makes. Raises Refused."""

    def beside(self, table: Table) -> Beside | None:
        """What goes on beside the records; of most nothing does."""
        return None
