"""PeerGraph: nodes, presence, direct connections and data (p2p.h, graphing section)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from peerapi.abi.exports import export
from peerapi.abi.handles import Snapshot
from peerapi.abi.marshal import (
    BlobIn,
    BoolIn,
    ConnectionIdOut,
    EnumOut,
    GuidIn,
    OptionalStringIn,
    StringIn,
    UlonglongIn,
)
from peerapi.address import Address
from peerapi.api.graph_family import GRAPH, AddressIn, GraphHandle, NodeInfoOut
from peerapi.api.structs import NODE_INFO, NodeInfo
from peerapi.errors import InvalidArgument, NodeNotFound
from peerapi.graphing.codec.records import text_units
from peerapi.graphing.machine.node_list import NodeEntry

if TYPE_CHECKING:
    from peerapi.engine.sharing.shared_driver import OpenGraph

MAX_ATTRIBUTES = 1 << 15
"Longest node attributes in UTF-16 units; the pages name no limit, and a presence record goes to every node."


@export(needs=GRAPH)
def PeerGraphEnumNodes(graph: GraphHandle, peer_id: OptionalStringIn) -> EnumOut:
    """The nodes that publish presence, of one peer or of all. PEER_E_GRAPH_NOT_READY before the first
    synchronization."""
    nodes = [_node_info(entry) for entry in graph.nodes() if peer_id in (None, entry.peer_id)]
    return Snapshot(NODE_INFO, nodes)


@export(needs=GRAPH)
def PeerGraphGetNodeInfo(graph: GraphHandle, node_id: UlonglongIn) -> NodeInfoOut:
    """One node; 0 is the local one, whose listening addresses are always known. PEER_E_NODE_NOT_FOUND."""
    machine = graph.graph
    if node_id in (0, machine.node_id):
        return NodeInfo(machine.node_id, machine.peer_id, machine.addresses, machine.topology.attributes)
    found = graph.node(node_id)
    if found is None:
        raise NodeNotFound
    return _node_info(found)


def _node_info(entry: NodeEntry) -> NodeInfo:
    return NodeInfo(entry.node_id, entry.peer_id, entry.addresses, entry.attributes)


@export(needs=GRAPH)
def PeerGraphSetPresence(graph: GraphHandle, present: BoolIn) -> None:
    """Publish presence whatever the graph's policy says, or go back to the policy."""
    graph.set_presence(present)


@export(needs=GRAPH)
def PeerGraphSetNodeAttributes(graph: GraphHandle, attributes: OptionalStringIn) -> None:
    """Free text that the presence of this node carries; NULL removes it."""
    if attributes is not None and text_units(attributes) > MAX_ATTRIBUTES:
        raise InvalidArgument(f"The attributes of a node have at most {MAX_ATTRIBUTES} characters.")
    graph.set_attributes(attributes or None)


@export(needs=GRAPH)
def PeerGraphOpenDirectConnection(graph: GraphHandle, peer_id: StringIn, address: AddressIn) -> ConnectionIdOut:
    """Begin a direct connection; the outcome is a DIRECT_CONNECTION event. PEER_E_CONNECT_SELF for one of our own
    addresses."""
    return open_direct(graph, peer_id, address)


def open_direct(driver: OpenGraph, peer_id: str, address: Address) -> int:
    """For graphs and groups. Raises InvalidArgument, ConnectSelf."""
    if not peer_id or not address.port:
        raise InvalidArgument("A direct connection needs a peer ID that is not empty, and a port that is not 0.")
    return driver.open_direct(peer_id, address)


@export(needs=GRAPH)
def PeerGraphSendData(graph: GraphHandle, connection_id: UlonglongIn, data_type: GuidIn, data: BlobIn) -> None:
    """Hand data to a neighbor or direct connection. PEER_E_CONNECTION_NOT_FOUND."""
    graph.send_data(connection_id, data_type, data)


@export(needs=GRAPH)
def PeerGraphCloseDirectConnection(graph: GraphHandle, connection_id: UlonglongIn) -> None:
    """End a direct connection. PEER_E_CONNECTION_NOT_FOUND."""
    graph.close_direct(connection_id)
