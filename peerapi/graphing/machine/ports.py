"""What parts below ask of parts above them. ``graph.Graph`` implements all of it by handing it on."""

from __future__ import annotations

from typing import Protocol

from peerapi.address import Address
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.records import Record
from peerapi.graphing.link import Link
from peerapi.graphing.machine.bounds import Bound
from peerapi.graphing.machine.node_list import NodeEntry, NodeList
from peerapi.store.database import Long, Row


class LinkEnds(Protocol):
    """Ends links (``Connections``)."""

    def abort(self, link: Link) -> None:
        """Terminate the connection, as section 3.1.5 says it of bad input."""

    def exceeded(self, link: Link, bound: Bound) -> None:
        """End a connection whose other side wants more than a link gets."""


class InternalRecords(Protocol):
    """Follows the graph's own records: its properties, signature, contacts and presence (``Topology``)."""

    def internal_record(self, record: Record, *, own: bool) -> None:
        """An internal record was published here (``own``) or came from a neighbor, and is in the database now."""

    def internal_record_expired(self, row: Row | Long) -> None:
        """An internal record has expired and was removed (3.1.7.19-3.1.7.21)."""


class SynchronizationEnds(Protocol):
    """Hears when something has been synchronized."""

    def on_synchronized(self, record_type: bytes | None) -> None:
        """Records of a type (zeros: the rest; None: the hash comparison) have arrived completely."""


class Maintenance(Protocol):
    """Keeps the node connected (``Topology``)."""

    def maintain(self) -> None:
        """3.1.7.16."""

    def neighbor_lost(self, link: Link) -> None:
        """3.1.5.2.4, 3.1.7.25: maintain after a connection has ended."""

    def try_another(self) -> None:
        """A try to connect has failed: while too few neighbors are there, go on with the next node that is known."""


class Calls(Protocol):
    """Calls other nodes (``Connections``)."""

    def dial(
        self, address: Address, peer_id: str | None = None, *, direct: bool = False, requested: bool = False
    ) -> Link:
        """3.1.7.24."""


class ListedNodes(Protocol):
    """Knows the nodes of presence and contact records (``Topology``)."""

    @property
    def presence(self) -> NodeList:
        """Presence List."""

    @property
    def contacts(self) -> NodeList:
        """Contact List."""

    def linked(self, entry: NodeEntry) -> bool:
        """Whether there is a link to the node of an entry."""


class GraphInfoRecord(Protocol):
    """Publishes the graph's properties, and notes until when this node has held everything."""

    def publish_info(self, info: GraphInfo) -> None:
        """3.1.7.7."""

    def note_presence_in_graph(self) -> None:
        """Remember the peer time for the Time-based Sync of the next run."""
