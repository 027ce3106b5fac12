"""What an application asks of an open graph: its records, and questions about it.

Each call is one input of the graph's machine or one question to it. ``Driver`` is this with all that brings inputs and
carries outputs out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from peerapi.address import Address
from peerapi.engine.graphs.provider_worker import ProviderWorker
from peerapi.engine.graphs.reading import Readable, Reading
from peerapi.errors import ConnectionNotFound, GraphNotReady
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.draft import Draft
from peerapi.graphing.graph import Graph
from peerapi.graphing.link import Link
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.store.database import Row

T = TypeVar("T")


class ApplicationCalls(ABC):
    """The calls; whoever has them says how the machine is asked."""

    graph: Graph
    closed: bool
    reading: Reading
    provider_worker: ProviderWorker | None

    @abstractmethod
    def input(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Give the machine one input."""

    @abstractmethod
    def read(self, work: Callable[[Graph], T]) -> T:
        """Ask the machine something that changes nothing."""

    @abstractmethod
    def ready(self) -> None:
        """Wait until connections can be made. Raises why they cannot."""

    @property
    def waits(self) -> bool:
        """Whether a call may take long, since somebody else has to be asked."""
        return self.provider_worker is not None

    def begin_reading(self, make: Callable[[], Readable]) -> object:
        """What C reads of the records without Python, made at the first time."""
        return self.read(lambda _: self.reading.begin(make))

    def add_record(self, draft: Draft, seed: bytes = b"") -> bytes:
        """PeerGraphAddRecord; returns the ID. ``seed``: see ``Publication.add``."""
        if self.provider_worker is None:
            return self.input(self.graph.add_record, draft, seed)
        return self.provider_worker.publish(lambda: self.input(self.graph.prepare_add, draft)).id

    def add_records(self, drafts: Iterable[Draft], seeds: Sequence[bytes] = ()) -> list[bytes]:
        """Many records, all or none."""
        if self.provider_worker is None:
            return self.input(self.graph.add_records, drafts, seeds)
        return self.provider_worker.publish_all(lambda: self.input(self.graph.prepare_adds, drafts))

    def update_record(self, draft: Draft) -> None:
        """PeerGraphUpdateRecord."""
        if self.provider_worker is None:
            self.input(self.graph.update_record, draft)
        else:
            self.provider_worker.publish(lambda: self.input(self.graph.prepare_update, draft))

    def delete_record(self, record_id: bytes, *, local: bool) -> None:
        """PeerGraphDeleteRecord. Dropping what is here alone concerns nobody else, so no provider is asked."""
        if self.provider_worker is None or local or self.read(lambda graph: graph.is_local(record_id)):
            self.input(self.graph.delete_record, record_id, local=local)
        else:
            self.provider_worker.publish(lambda: self.input(self.graph.prepare_delete, record_id))

    def search(self, xml: str) -> bytes:
        """The IDs of the records that match, 16 bytes each."""
        return self.read(lambda graph: graph.search(xml))

    # Questions --------------------------------------------------------------------------------------------------------

    def record(self, record_id: bytes) -> Row:
        """A live record. Raises RecordNotFound, GraphNotReady."""
        return self.read(lambda graph: self.reading.keep(graph.live_record(record_id)))

    def records(self, ids: bytes) -> list[Row]:
        """Those of the records (16 bytes each) that still live."""
        return self.read(lambda graph: graph.live_records(ids))

    def record_ids(self, record_type: bytes | None, creator: str | None) -> bytes:
        """The IDs of live records of a type and creator, 16 bytes each."""
        return self.read(lambda graph: graph.record_ids(record_type, creator))

    def info(self) -> GraphInfo:
        """The graph's properties. Raises GraphNotReady until they have come."""

        def find(graph: Graph) -> GraphInfo:
            if graph.info is None:
                raise GraphNotReady
            return graph.info

        return self.read(find)

    def change_info(self, **changes: Any) -> None:
        """Publish the properties with some of them changed."""

        def change(work: Callable[[GraphInfo], T]) -> T:
            self.graph.require_ready()
            if self.graph.info is None:
                raise GraphNotReady
            return work(replace(self.graph.info, **changes))

        if self.provider_worker is None:
            self.input(change, self.graph.set_properties)
        else:
            self.provider_worker.publish(lambda: self.input(change, self.graph.prepare_properties))

    def connections(self) -> list[Link]:
        """The links that stand."""
        return self.read(lambda graph: [link for link in graph.links.values() if link.connected])

    def open_direct(self, peer_id: str, address: Address) -> int:
        """Begin a direct connection; its number. Raises ConnectSelf, and why there can be none at all."""
        self.ready()
        return self.input(self.graph.connect, address, peer_id, direct=True)

    def close_direct(self, connection_id: int) -> None:
        """Raises ConnectionNotFound."""
        self.input(self.graph.close_direct, connection_id)

    def send_data(self, connection_id: int, data_type: bytes, data: bytes) -> None:
        """Raises ConnectionNotFound."""
        self.input(self.graph.send_data, connection_id, data_type, data)

    def unsent(self, connection_id: int) -> int:
        """Bytes of a connection that wait to be sent. Raises ConnectionNotFound."""

        def find(graph: Graph) -> int:
            link = graph.links.get(connection_id)
            if link is None or not link.connected:
                raise ConnectionNotFound
            return link.backlog()

        return self.read(find)

    def nodes(self) -> list[NodeEntry]:
        """The nodes known from presence records. Raises GraphNotReady before the first synchronization, until one is
        known."""

        def find(graph: Graph) -> list[NodeEntry]:
            if not graph.topology.presence:
                graph.require_ready()
            return list(graph.topology.presence.values())

        return self.read(find)

    def node(self, node_id: int) -> NodeEntry | None:
        """One node known from its presence, or because there is a connection to it."""

        def find(graph: Graph) -> NodeEntry | None:
            known = graph.topology.node(node_id)
            links = (link for link in graph.links.values() if link.connected and link.node_id == node_id)
            return known or next((NodeEntry(b"", node_id, link.peer_id, link.addresses) for link in links), None)

        return self.read(find)

    def set_presence(self, present: bool) -> None:
        """3.1.4.6."""

        def change() -> None:
            self.graph.topology.force_presence = present
            self.graph.topology.maintain_presence()

        self.input(change)

    def set_attributes(self, attributes: str | None) -> None:
        """The text that this node's presence carries."""
        self.input(self.graph.topology.set_attributes, attributes)
