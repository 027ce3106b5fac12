"""The Presence List and the Contact List (MS-PPGRH 3.1.1): nodes known from records that somebody has published.

A node ID is what the publisher of a record says, and anybody may say any. So an entry belongs to its record, several
records may name the same node, and none takes the place of another. In groups who published a record is proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from peerapi.address import Address
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload
from peerapi.graphing.codec.records import Record


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node known from a presence or contact record."""

    record_id: bytes
    node_id: int
    peer_id: str
    "Who has published the record."
    addresses: tuple[Address, ...]
    attributes: str | None = None
    signature: int = 0
    "The graph signature that a contact published."


class NodeList(Mapping[bytes, NodeEntry]):
    """Entries by the ID of their record, in the order in which the records came; found by node ID as well."""

    def __init__(self, entries: Iterable[NodeEntry] = ()) -> None:
        self._entries: dict[bytes, NodeEntry] = {}
        self._of_node: dict[int, dict[bytes, NodeEntry]] = {}
        self._of_peer: dict[str, dict[bytes, NodeEntry]] = {}
        for entry in entries:
            self.put(entry)

    def __getitem__(self, record_id: bytes) -> NodeEntry:
        return self._entries[record_id]

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: NodeEntry) -> None:
        """Add an entry, or what a newer version of its record says."""
        before = self._entries.get(entry.record_id)
        if before is not None and (before.node_id, before.peer_id) != (entry.node_id, entry.peer_id):
            self.remove(entry.record_id)
        self._entries[entry.record_id] = entry
        self._of_node.setdefault(entry.node_id, {})[entry.record_id] = entry
        self._of_peer.setdefault(entry.peer_id, {})[entry.record_id] = entry

    def remove(self, record_id: bytes) -> NodeEntry | None:
        """Forget a record that is gone. Gives the entry that was read from it, or None."""
        entry = self._entries.pop(record_id, None)
        if entry is not None:
            _forget(self._of_node, entry.node_id, record_id)
            _forget(self._of_peer, entry.peer_id, record_id)
        return entry

    def of_node(self, node_id: int) -> list[NodeEntry]:
        """All entries that speak of a node ID, the earliest first."""
        return list(self._of_node.get(node_id, {}).values())

    @property
    def publishers(self) -> int:
        """How many peers have published entries: what one of them says many times counts once."""
        return len(self._of_peer)

    def by_publisher(self) -> Iterable[Iterable[NodeEntry]]:
        """The entries, those of one peer together."""
        return [entries.values() for entries in self._of_peer.values()]


K = TypeVar("K", int, str)


def _forget(index: dict[K, dict[bytes, NodeEntry]], key: K, record_id: bytes) -> None:
    found = index[key]
    del found[record_id]
    if not found:
        del index[key]


def contact_entry(record: Record) -> NodeEntry:
    """Raises MalformedMessage."""
    payload = ContactPayload.decode(record.payload)
    return NodeEntry(record.id, payload.node_id, record.creator_id, payload.addresses, signature=payload.signature)


def presence_entry(record: Record) -> NodeEntry:
    """Raises MalformedMessage."""
    payload = PresencePayload.decode(record.payload)
    return NodeEntry(record.id, payload.node_id, record.creator_id, payload.addresses, payload.attributes)


def record_of(entry: NodeEntry | None) -> bytes | None:
    """The ID of the record that an entry was read from."""
    return None if entry is None else entry.record_id
