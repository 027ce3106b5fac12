"""A node that listens, and a link to it."""

from typing import Any

from tests.support.peer_values import Record
from tests.support.peers import Peer, Peers
from tests.wire import client as wire
from tests.wire.client import Link
from tests.wire.wire_records import WireRecord

ME = "wire client"


def node(peers: Peers, **fields: Any) -> Peer:
    """A graph of alice's that listens."""
    alice = peers.create("alice", **fields)
    alice.listen()
    return alice


def joined(alice: Peer, number: int = 1, **fields: Any) -> Link:
    """A link in the CONNECTED state."""
    link = Link.to(alice.port)
    link.join(alice.graph, f"{ME} {number}", number, **fields)
    return link


def still_serves(alice: Peer) -> None:
    """The node takes another neighbor and answers it."""
    with Link.to(alice.port) as link:
        link.join(alice.graph, "another", 0xFEED)
        link.alive()
        link.send(wire.disconnect())
        link.expect_end()


def on_the_wire(record: Record, graph: str) -> WireRecord:
    """What a record of the API has to look like in a FLOOD."""
    return WireRecord(
        type=record.type,
        graph=graph,
        creator=record.creator or "",
        created=record.created,
        expires=record.expires,
        id=record.id,
        version=record.version,
        modified_by=None if record.version == 1 else record.modified_by,
        modified=record.modified,
        payload=record.data,
        attributes=record.attributes,
    )
