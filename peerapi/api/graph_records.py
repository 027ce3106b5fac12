"""PeerGraph: records and the enumerations of records (p2p.h, graphing section)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from peerapi.abi.exports import export
from peerapi.abi.handles import Snapshot
from peerapi.abi.layout import Items
from peerapi.abi.marshal import (
    BoolIn,
    CountWanted,
    EnumClosing,
    EnumHandle,
    EnumOut,
    GuidIn,
    GuidsIn,
    ItemsOut,
    OptionalGuidIn,
    OptionalStringIn,
    RecordIdOut,
    RecordIdsOut,
    StringIn,
    UlongIn,
    UlongOut,
)
from peerapi.api.graph_family import GRAPH, DraftIn, DraftsIn, GraphHandle, RecordOut
from peerapi.api.structs import CONNECTION_INFO, RECORD, ConnectionInfo, RecordValue
from peerapi.errors import GraphShuttingDown, InvalidArgument
from peerapi.graphing.codec.records import summarize
from peerapi.graphing.codec.wire import decode_text
from peerapi.graphing.machine.new_records import application_flags
from peerapi.graphing.machine.publication import FLAG_DELETED
from peerapi.store.database import Row

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

CONNECTION_NEIGHBOR = 1
CONNECTION_DIRECT = 2


@export(needs=GRAPH)
def PeerGraphAddRecord(graph: GraphHandle, record: DraftIn) -> RecordIdOut:
    """Publish a record; it is on disk when this returns. E_INVALIDARG, PEER_E_INVALID_ATTRIBUTES,
    PEER_E_MAX_RECORD_SIZE_EXCEEDED, ..."""
    return graph.add_record(record)


@export(needs=GRAPH)
def PeerGraphUpdateRecord(graph: GraphHandle, record: DraftIn) -> None:
    """Change attributes, data or expiration (never earlier) of a record. PEER_E_RECORD_NOT_FOUND, E_INVALIDARG, ..."""
    graph.update_record(record)


@export(needs=GRAPH)
def PeerGraphDeleteRecord(graph: GraphHandle, record_id: GuidIn, local: BoolIn) -> None:
    """Delete a record everywhere, or only here. PEER_E_RECORD_NOT_FOUND, E_ACCESSDENIED for records of the graph
    itself."""
    graph.delete_record(record_id, local=local)


@export(needs=GRAPH)
def PeerGraphGetRecord(graph: GraphHandle, record_id: GuidIn) -> RecordOut:
    """One record. PEER_E_RECORD_NOT_FOUND, PEER_E_GRAPH_NOT_READY."""
    return record_value(graph.record(record_id))


@export(needs=GRAPH)
def PeerGraphEnumRecords(graph: GraphHandle, record_type: OptionalGuidIn, creator: OptionalStringIn) -> EnumOut:
    """A snapshot of the records of a type (NULL: all application types) and creator (NULL: all)."""
    return RecordEnumeration(graph, graph.record_ids(record_type, creator))


@export(needs=GRAPH)
def PeerGraphSearchRecords(graph: GraphHandle, criteria: StringIn) -> EnumOut:
    """A snapshot of the records that match a search. PEER_E_INVALID_SEARCH, E_INVALIDARG for a bad escape."""
    return RecordEnumeration(graph, graph.search(criteria))


@export(needs=GRAPH)
def PeerGraphValidateDeferredRecords(graph: GraphHandle, record_ids: GuidsIn) -> None:
    """Have the security provider judge deferred records again; a count of 0: all of them."""
    graph.input(graph.graph.validate_deferred, record_ids)


@export(needs=GRAPH)
def PeerxGraphAddRecords(graph: GraphHandle, records: DraftsIn) -> RecordIdsOut:
    """Publish many records in one transaction, all or none; errors as PeerGraphAddRecord."""
    return tuple(graph.add_records(records))


@export(needs=GRAPH)
def PeerGraphEnumConnections(graph: GraphHandle, flags: UlongIn) -> EnumOut:
    """The neighbor and direct connections that stand now."""
    return enumerate_connections(graph, flags)


def enumerate_connections(driver: OpenGraph, flags: int) -> Snapshot:
    """For graphs and groups. Raises InvalidArgument."""
    if not flags or flags & ~(CONNECTION_NEIGHBOR | CONNECTION_DIRECT):
        raise InvalidArgument("dwFlags: PEER_CONNECTION_NEIGHBOR, PEER_CONNECTION_DIRECT, or both.")
    values = []
    for link in driver.connections():
        kind = CONNECTION_DIRECT if link.direct else CONNECTION_NEIGHBOR
        address = link.remote
        if flags & kind and address is not None:
            values.append(ConnectionInfo(kind, link.id, link.node_id, link.peer_id, address))
    return Snapshot(CONNECTION_INFO, values)


@export(needs=GRAPH)
def PeerGraphGetItemCount(enumeration: EnumHandle) -> UlongOut:
    """All items of the enumeration, taken or not."""
    return len(enumeration)


@export(needs=GRAPH)
def PeerGraphGetNextItem(enumeration: EnumHandle, count: CountWanted) -> ItemsOut:
    """The next items, at most ``count``; a count of 0 marks the end. The array and its items are one block."""
    return enumeration.take(count)


@export(needs=GRAPH)
def PeerGraphEndEnumeration(enumeration: EnumClosing) -> None:
    """Closes the handle."""


class RecordEnumeration:
    """Records that were there when it was made, read from the database as they are taken.

    Holding IDs instead of records keeps a snapshot of a large graph small; a record deleted meanwhile is left out.
    """

    def __init__(self, driver: OpenGraph, ids: bytes) -> None:
        self._driver = driver
        self._ids = ids
        self._at = 0

    def __len__(self) -> int:
        return len(self._ids) // 16

    def take(self, count: int) -> Items:
        """The next records; none at the end or when the graph has been closed."""
        values: list[RecordValue] = []
        try:
            while len(values) < count and self._at < len(self._ids):
                piece = self._ids[self._at : self._at + 16 * min(count - len(values), 1024)]
                self._at += len(piece)
                values += map(record_value, self._driver.records(piece))
        except GraphShuttingDown:
            self._at = len(self._ids)
        return Items(RECORD, values)


def record_value(row: Row) -> RecordValue:
    """A stored record in the application's terms; who never modified it is its creator."""
    wire = row.wire
    found = summarize(wire)  # a Record of all of it would take four times as long
    creator = modified_by = _peer_id(found.creator)
    if found.modified_by:
        modified_by = _peer_id(found.modified_by)
    flags = (FLAG_DELETED if found.deleted else 0) | application_flags(row.flags)
    return RecordValue(
        found.type,
        found.id,
        found.version,
        flags,
        creator,
        modified_by,
        decode_text(wire[found.attributes_offset :], "Attributes") if found.attributes_length else None,
        found.creation,
        found.expiration,
        found.modification,
        found.security_data,
        wire[found.payload_offset : found.payload_offset + found.payload_size],
    )


@lru_cache(1024)
def _peer_id(raw: bytes) -> str:
    """The records of a graph are of few peers, and Python has no quick way for this encoding."""
    return raw.decode("utf-16-be")
