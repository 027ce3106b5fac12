"""MS-PPGRH from the other side: a real node connects to a raw socket that plays the graph."""

import struct
import uuid

import pytest

from tests.support.peer_values import CHAT, SECOND, now
from tests.support.peers import HAS_CONNECTIONS, OTHER, SYNCHRONIZED, Peer, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire import wire_records
from tests.wire.client import (
    ACK,
    CONNECT,
    DISCONNECT,
    FLOOD,
    PRESENCE,
    PT2PT,
    SIGNATURE,
    SOLICIT_HASH,
    SOLICIT_TIME,
    Link,
    Listener,
    sync_end,
)
from tests.wire.host import HOST, HOST_NODE, accepted, hosted, next_solicit, serve_sync_all, types_of
from tests.wire.wire_records import GRAPH_INFO, graph_info, new_record


@scenario
def test_the_first_messages_of_a_connection(peers: Peers) -> None:
    """AUTH_INFO without a destination, then CONNECT without addresses, neither update nor direct."""
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link = listener.accept()
        authentication = wire.AuthInfo.parse(link.receive())
        assert authentication == wire.AuthInfo(wire.NEIGHBOR_TYPE, bob.graph, "bob", None)
        first = wire.Connect.parse(link.expect(CONNECT))
        assert first.flags & (wire.UPDATE | wire.DIRECT) == 0
        assert first.addresses == []
        assert first.node != 0
        assert bob.status() == 0, "connected only after WELCOME"
        link.socket.close()


@scenario
def test_the_peer_that_was_named_is_the_destination(peers: Peers) -> None:
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port, "ünïcode host")
        link = listener.accept()
        assert wire.AuthInfo.parse(link.receive()).destination == "ünïcode host"
        link.socket.close()


@scenario
def test_a_listening_node_says_where_it_listens(peers: Peers) -> None:
    alice = peers.create("alice")
    port = alice.listen()
    with Listener() as listener:
        alice.connect(listener.port)
        link, first = accepted(listener, alice)
        assert ("::1", port) in first.addresses
        link.socket.close()


@scenario
def test_listening_later_is_told_with_update(peers: Peers) -> None:
    """3.1.4.8: CONNECT with the update bit, to each neighbor."""
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        port = bob.listen()
        update = wire.Connect.parse(link.expect(CONNECT))
        assert update.flags == wire.UPDATE
        assert ("::1", port) in update.addresses
        link.socket.close()


@scenario
def test_a_new_node_asks_for_everything_in_the_documented_order(peers: Peers) -> None:
    """3.1.7.29, 3.1.5.2.11, A33: graph info (once or twice), presence, precedence, the rest; and a ping (A44)."""
    with Listener() as listener:
        bob = peers.open(precedence=[OTHER, CHAT])
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        records = [
            graph_info(bob.graph, HOST, now(), "card", "a comment"),
            new_record(bob.graph, HOST, CHAT, now(), b"chat"),
            new_record(bob.graph, HOST, OTHER, now(), b"other"),
        ]
        asked = serve_sync_all(link, records)
        single = [inside for inside, outside in asked[:-1]]
        assert [outside for _, outside in asked[:-1]] == [[]] * len(single)
        assert [types for types in single if types != [GRAPH_INFO]] == [[PRESENCE], [OTHER], [CHAT]]
        assert single[0] == [GRAPH_INFO]
        assert set(asked[-1][1]) == {GRAPH_INFO, PRESENCE, OTHER, CHAT}
        bob.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
        pings = [raw for raw in link.waiting if wire.kind_of(raw) == PT2PT]
        assert [uuid.UUID(bytes=raw[12:28]) for raw in pings] == [wire.PING]
        assert len(pings[0]) == 28
        assert bob.properties()["pwzFriendlyName"] == "card"
        assert bob.properties()["pwzComment"] == "a comment"
        assert [record.data for record in bob.records()] == [b"chat"]
        link.socket.close()


@scenario
def test_a_node_is_synchronized_only_after_the_last_answer(peers: Peers) -> None:
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        while True:
            inside, _ = types_of(next_solicit(link))
            assert bob.status() & SYNCHRONIZED == 0
            if not inside:
                break
            records = [graph_info(bob.graph, HOST, now())] if inside == [GRAPH_INFO] else []
            link.send(*(wire.flood(record.encode()) for record in records), sync_end())
        link.send(sync_end(final=False))
        link.send(wire.flood(new_record(bob.graph, HOST, CHAT, now()).encode()))
        link.expect(ACK, lambda raw: True)
        assert bob.status() & SYNCHRONIZED == 0, "a SYNC_END without the final bit ends nothing (A14)"
        link.send(sync_end())
        bob.until_status(SYNCHRONIZED)
        link.socket.close()


@scenario
def test_a_node_that_was_here_before_asks_by_time(peers: Peers) -> None:
    """3.1.7.30: SOLICIT_TIME from the peer time at which it left."""
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        before = now()
        bob.close()
        link.expect(DISCONNECT)
        link.expect_end()
        bob = peers.reopen(bob)
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        raw = next_solicit(link)
        assert wire.kind_of(raw) == SOLICIT_TIME
        assert types_of(raw) == ([GRAPH_INFO], [])
        since = int.from_bytes(raw[12:20], "big")
        # "when it left the graph": an earlier time asks for more than needed, a later one would lose records.
        assert since <= before + SECOND
        assert since >= before - 120 * SECOND
        link.socket.close()


def returned(peers: Peers, listener: Listener, bob: Peer) -> tuple[Peer, Link]:
    """Bob closes, comes back to the raw host and has finished his time-based synchronization."""
    bob.close()
    listener.forget_callers()
    bob = peers.reopen(bob)
    bob.connect(listener.port)
    link, _ = accepted(listener, bob)
    link.send(wire.welcome(HOST_NODE, now(), HOST))
    while True:
        raw = next_solicit(link)
        if wire.kind_of(raw) == SOLICIT_HASH:
            link.waiting.append(raw)
            return bob, link
        assert wire.kind_of(raw) == SOLICIT_TIME
        link.send(sync_end())


@scenario
def test_after_the_time_based_comes_the_hash_based_synchronization(peers: Peers) -> None:
    """3.1.7.31, 3.1.5.2.8, 3.1.5.2.11: what differs is requested, and sent after the end."""
    with Listener() as listener:
        theirs = new_record(peers.graph_id(), HOST, CHAT, now() - 100 * SECOND, b"both have it")
        bob, link = hosted(peers, listener, [theirs])
        own = bob.add(b"the host lacks it")
        link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == own)
        link.socket.close()
        bob.until(lambda: not bob.connections())
        bob, link = returned(peers, listener, bob)
        raw = link.waiting[-1]
        inside, outside, _, entries, at = (raw[8], raw[9], *struct.unpack_from(">HIH", raw, 10))
        assert (inside, outside) == (0, 0)
        assert entries >= 1
        assert at + 40 * entries <= len(raw)
        missing = new_record(bob.graph, HOST, CHAT, now() - 50 * SECOND, b"bob lacks it")
        everything = ((0, uuid.UUID(int=0)), (2**63 - 1, uuid.UUID(int=2**128 - 1)), 2)
        link.send(wire.advertise([everything], [(theirs.id, 1), (missing.id, 1)]))
        asked = link.expect(wire.REQUEST)
        count, at = struct.unpack_from(">II", asked, 8)
        assert [asked[at + 20 * index :][:20] for index in range(count)] == [wire.abstract(missing.id, 1)]
        link.send(wire.flood(missing.encode()), sync_end())
        sent = wire.parse_flood(link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == own))
        assert sent.payload == b"the host lacks it"
        bob.until(lambda: bob.has(missing.id))
        came = [wire.parse_flood(raw).id for raw in link.waiting if wire.kind_of(raw) == FLOOD]
        assert theirs.id not in came
        link.socket.close()


@pytest.mark.parametrize("what", ["23 bytes", "boundaries", "abstracts", "number", "order", "beyond"])
@scenario
def test_a_bad_advertise_ends_the_link(peers: Peers, what: str) -> None:
    """3.1.5.2.8."""
    bodies = {
        "23 bytes": b"\0" * 15,
        "boundaries": struct.pack(">IIHHI", 5, 0, 24, 0, 24),
        "abstracts": struct.pack(">IIHHI", 0, 5, 24, 0, 24) + b"\0" * 20,
        "number": struct.pack(">IIHHI", 0xFFFFFFFF, 0xFFFFFFFF, 24, 0, 24),
        "order": struct.pack(">IIHHI", 0, 0, 28, 0, 24) + b"\0" * 4,
        "beyond": struct.pack(">IIHHI", 0, 0, 24, 0, 9999),
    }
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        link.socket.close()
        bob.until(lambda: not bob.connections())
        bob, link = returned(peers, listener, bob)
        link.send(wire.message(wire.ADVERTISE, bodies[what]))
        link.expect_end()
        bob.until(lambda: not bob.connections())
        assert bob.status() == SYNCHRONIZED


@scenario
def test_a_new_graph_info_record_changes_the_properties(peers: Peers) -> None:
    """3.1.7.10.2."""
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        first = graph_info(bob.graph, HOST, now(), "new name", "new comment")
        link.send(wire.flood(first.changed(version=2, modified=first.created + 1, modified_by=HOST).encode()))
        link.expect(ACK, lambda raw: wire.parse_ack(raw).get(wire_records.GRAPH_INFO_ID, False))
        bob.until(lambda: bob.properties()["pwzFriendlyName"] == "new name")
        assert bob.properties()["pwzComment"] == "new comment"
        link.socket.close()


@pytest.mark.parametrize("minutes", [-10, 5, 19])
@scenario
def test_the_first_neighbor_sets_the_peer_time(peers: Peers, minutes: int) -> None:
    """3.1.5.2.2: the only neighbor's peer time is taken over when it is less than 20 minutes away."""
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        offset = minutes * 60 * SECOND
        link.send(wire.welcome(HOST_NODE, now() + offset, HOST))
        serve_sync_all(link, [graph_info(bob.graph, HOST, now() + offset)])
        bob.until_status(SYNCHRONIZED)
        record = bob.get(bob.add(lifetime=3600))
        assert abs(record.created - now() - offset) < 10 * SECOND
        link.socket.close()


@pytest.mark.parametrize("minutes", [-25, 25])
@scenario
def test_a_peer_time_too_far_away_is_ignored(peers: Peers, minutes: int) -> None:
    """3.1.5.2.2 and A35: more than 20 minutes, also for the first connection."""
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now() + minutes * 60 * SECOND, HOST))
        serve_sync_all(link, [graph_info(bob.graph, HOST, now())])
        bob.until_status(SYNCHRONIZED)
        record = bob.get(bob.add(lifetime=3600))
        assert abs(record.created - now()) < 10 * SECOND
        link.socket.close()


@pytest.mark.parametrize("peer_time", [0, 2**63, 2**64 - 1])
@scenario
def test_a_peer_time_that_is_no_time_is_ignored(peers: Peers, peer_time: int) -> None:
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(2**64 - 1, peer_time, HOST))
        serve_sync_all(link, [graph_info(bob.graph, HOST, now())])
        bob.until_status(SYNCHRONIZED)
        assert abs(bob.get(bob.add()).created - now()) < 10 * SECOND
        assert bob.connections()[0].node == 2**64 - 1
        link.socket.close()


@scenario
def test_own_records_are_flooded_to_the_host(peers: Peers) -> None:
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        id = bob.add(b"from bob")
        raw = link.expect(FLOOD, lambda raw: wire.parse_flood(raw).id == id)
        record = wire.parse_flood(raw)
        assert (record.creator, record.payload, record.version) == ("bob", b"from bob", 1)
        link.socket.close()


@scenario
def test_internal_records_do_not_end_the_link(peers: Peers) -> None:
    """Signature, with its fixed ID (A7), is taken like any other record."""
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        signature = new_record(
            bob.graph,
            HOST,
            SIGNATURE,
            now(),
            (1).to_bytes(8, "big"),
            id=wire.SIGNATURE_ID,
            expires=now() + 300 * SECOND,
        )
        link.send(wire.flood(signature.encode()))
        raw = link.expect(ACK, lambda raw: signature.id in wire.parse_ack(raw))
        assert signature.id in wire.parse_ack(raw)
        link.socket.close()
