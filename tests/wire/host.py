"""A raw socket that plays the graph to which a real node connects."""

import uuid

from tests.support.peer_values import now
from tests.support.peers import HAS_CONNECTIONS, SYNCHRONIZED, Peer, Peers
from tests.wire import client as wire
from tests.wire.client import AUTH_INFO, CONNECT, SOLICIT_NEW, Link, Listener, sync_end
from tests.wire.wire_records import WireRecord, graph_info

HOST = "wire host"
HOST_NODE = 0x1122334455667788
SOLICITS = (wire.SOLICIT_NEW, wire.SOLICIT_TIME, wire.SOLICIT_HASH)


def accepted(listener: Listener, bob: Peer) -> tuple[Link, wire.Connect]:
    """A connection of bob's, after his AUTH_INFO and CONNECT.

    A node that lost its neighbor calls again by itself; such a call may arrive when the graph has been closed under
    way, and ends without a word.
    """
    while True:
        link = listener.accept()
        try:
            raw = link.expect(AUTH_INFO)
            break
        except AssertionError as error:
            if "the connection ended" not in str(error):
                raise
    authentication = wire.AuthInfo.parse(raw)
    assert (authentication.graph, authentication.source) == (bob.graph, bob.id)
    return link, wire.Connect.parse(link.expect(CONNECT))


def next_solicit(link: Link) -> bytes:
    """The next SOLICIT_* of the node; whatever else comes is kept."""
    while True:
        raw = link.receive()
        if wire.kind_of(raw) in SOLICITS:
            return raw
        link.waiting.append(raw)


def types_of(raw: bytes) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """Inclusion and exclusion lists of a SOLICIT_NEW or SOLICIT_TIME."""
    inside, outside, at = raw[8], raw[9], int.from_bytes(raw[10:12], "big")
    guids = [uuid.UUID(bytes=raw[at + 16 * index : at + 16 * index + 16]) for index in range(inside + outside)]
    return guids[:inside], guids[inside:]


def serve_sync_all(link: Link, records: list[WireRecord]) -> list[tuple[list[uuid.UUID], list[uuid.UUID]]]:
    """Answers SOLICIT_NEW messages until the one for all the rest; gives their lists."""
    asked = []
    while True:
        raw = next_solicit(link)
        assert wire.kind_of(raw) == SOLICIT_NEW
        inside, outside = types_of(raw)
        asked.append((inside, outside))
        chosen = [one for one in records if (one.type in inside if inside else one.type not in outside)]
        link.send(*(wire.flood(record.encode()) for record in chosen), sync_end())
        if not inside:
            return asked


def hosted(peers: Peers, listener: Listener, records: list[WireRecord] | None = None) -> tuple[Peer, Link]:
    """Bob, connected to and synchronized with the raw host."""
    bob = peers.open()
    bob.connect(listener.port)
    link, _ = accepted(listener, bob)
    link.send(wire.welcome(HOST_NODE, now(), HOST))
    serve_sync_all(link, [graph_info(bob.graph, HOST, now()), *(records or [])])
    bob.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
    return bob, link
