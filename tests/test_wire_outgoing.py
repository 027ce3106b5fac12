"""MS-PPGRH from the other side: a real node connects to a raw socket that plays the graph."""

import struct
import time
import uuid

import pytest

from tests import wire_client as wire
from tests.native import code, expect
from tests.peers import (
    CHAT,
    CONNECTED,
    CONNECTION_FAILED,
    DISCONNECTED,
    HAS_CONNECTIONS,
    NEIGHBOR_CONNECTION,
    OTHER,
    SECOND,
    SYNCHRONIZED,
    Peer,
    Peers,
    free_port,
    now,
    record_struct,
)
from tests.scenario import scenario
from tests.wire_client import (
    ACK,
    AUTH_INFO,
    CONNECT,
    DISCONNECT,
    FLOOD,
    GRAPH_INFO,
    PRESENCE,
    PT2PT,
    SIGNATURE,
    SOLICIT_HASH,
    SOLICIT_NEW,
    SOLICIT_TIME,
    Link,
    Listener,
    WireRecord,
    graph_info,
    new_record,
    sync_end,
)

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
        link.expect(ACK, lambda raw: wire.parse_ack(raw).get(wire.GRAPH_INFO_ID, False))
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


# failures


@scenario
def test_a_busy_host_without_referrals_is_a_refusal(peers: Peers) -> None:
    with Listener() as listener:
        bob = peers.open()
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            connection = bob.connect(listener.port)
            link, _ = accepted(listener, bob)
            link.send(wire.refuse(wire.BUSY))
            event = queue.wait(lambda event: True)
            assert (event.status, event.connection) == (CONNECTION_FAILED, connection)
            assert event.reason == code("PEER_E_CONNECTION_REFUSED")
            assert event.next_connection == 0
            link.expect_end()
        assert bob.status() == 0


@scenario
def test_a_busy_host_refers_to_another_node(peers: Peers) -> None:
    """A failed event that announces the next try, then the connection (peer events overview)."""
    alice = peers.create("alice")
    port = alice.listen()
    with Listener() as listener:
        bob = peers.open()
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            bob.connect(listener.port)
            link, _ = accepted(listener, bob)
            link.send(wire.refuse(wire.BUSY, [port]))
            failed = queue.wait(lambda event: event.status == CONNECTION_FAILED)
            assert failed.reason == code("PEER_E_CONNECTION_REFUSED")
            assert failed.next_connection != 0
            queue.wait(lambda event: event.status == CONNECTED)
            link.expect_end()
        bob.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
        (found,) = bob.connections()
        assert (found.peer, found.port) == ("alice", port)


@scenario
def test_referrals_that_lead_nowhere_end(peers: Peers) -> None:
    """Each failure announces the next try by its connection ID, the last one announces none."""
    with Listener() as listener:
        bob = peers.open()
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            bob.connect(listener.port)
            link, _ = accepted(listener, bob)
            link.send(wire.refuse(wire.BUSY, [free_port(), free_port()]))
            queue.wait(lambda event: event.status == CONNECTION_FAILED and event.next_connection == 0)
            seen = queue.seen
            assert len(seen) in (2, 3), "a referral is tried at least, and none is tried twice"
            assert [event.status for event in seen] == [CONNECTION_FAILED] * len(seen)
            assert [event.next_connection for event in seen[:-1]] == [event.connection for event in seen[1:]]
        assert bob.status() == 0


@scenario
def test_a_host_that_hangs_up_after_auth_info_did_not_authenticate(peers: Peers) -> None:
    with Listener() as listener:
        bob = peers.open()
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            bob.connect(listener.port)
            link = listener.accept()
            link.expect(AUTH_INFO)
            link.socket.close()
            event = queue.wait(lambda event: True)
            assert event.status == CONNECTION_FAILED
            assert event.reason in (code("PEER_E_CONNECTION_NOT_AUTHENTICATED"), code("PEER_E_CONNECTION_FAILED"))


ANSWERS = {
    "garbage": b"\xff" * 50,
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "frame size 0": b"\0\0",
    "SYNC_END": wire.framed(sync_end(), 5),
    "FLOOD": wire.framed(wire.flood(b"\0" * 100)),
    "AUTH_INFO": wire.framed(wire.auth_info("g", "x")),
    "REFUSE code 0": wire.framed(wire.refuse(0)),
    "REFUSE code 5": wire.framed(wire.refuse(5)),
    "REFUSE with addresses beyond its end": wire.framed(wire.message(wire.REFUSE, b"\1\x09\0\x0c")),
    "WELCOME of 31 bytes": wire.framed(wire.message(wire.WELCOME, b"\0" * 23)),
    "WELCOME without a Peer ID": wire.framed(wire.message(wire.WELCOME, b"\0" * 18 + b"\0\x20\0\x20\0\x20")),
    "WELCOME with addresses beyond its end": wire.framed(
        wire.message(wire.WELCOME, b"\0" * 16 + b"\x09\0\0\x20\0\x20\0\x21" + b"x\0")
    ),
    "WELCOME with offsets beyond its end": wire.framed(
        wire.message(wire.WELCOME, b"\0" * 18 + b"\0\0\xff\x00\xff\xf0" + b"x\0")
    ),
}


@pytest.mark.parametrize("what", sorted(set(ANSWERS) - {"SYNC_END"}))
@scenario
def test_a_wrong_answer_to_connect_is_a_failure(peers: Peers, what: str) -> None:
    """3.1.5.2.2, 3.1.5.2.3: the connection is terminated."""
    with Listener() as listener:
        bob = peers.open()
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            bob.connect(listener.port)
            link, _ = accepted(listener, bob)
            link.raw(ANSWERS[what])
            link.expect_end()
            event = queue.wait(lambda event: event.status == CONNECTION_FAILED)
            assert event.next_connection == 0
            assert event.reason != 0
        assert bob.status() == 0
        bob.connect(listener.port)
        again, _ = accepted(listener, bob)
        again.socket.close()


@scenario
def test_a_sync_end_before_welcome_is_ignored(peers: Peers) -> None:
    """3.1.5.2.11."""
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.raw(ANSWERS["SYNC_END"])
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        assert types_of(next_solicit(link)) == ([GRAPH_INFO], [])
        link.socket.close()


@scenario
def test_a_second_welcome_ends_the_link(peers: Peers) -> None:
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        link.expect_end()
        bob.until(lambda: not bob.connections())


@scenario
def test_a_disconnect_of_the_host_is_a_disconnection(peers: Peers) -> None:
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            link.send(wire.disconnect())
            event = queue.wait(lambda event: event.status == DISCONNECTED)
            assert event.node == HOST_NODE
            link.expect_end()
        assert bob.status() == SYNCHRONIZED
        assert bob.has(bob.add(b"alone"))


@scenario
def test_a_host_that_hangs_up_during_the_synchronization_leaves_the_graph_not_ready(peers: Peers) -> None:
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        next_solicit(link)
        bob.until_status(HAS_CONNECTIONS)
        link.socket.close()
        bob.until(lambda: bob.status() == 0)
        # The next host completes it.
        with bob.queue(NEIGHBOR_CONNECTION):
            bob.connect(listener.port)
            link, _ = accepted(listener, bob)
            link.send(wire.welcome(HOST_NODE + 1, now(), HOST))
            serve_sync_all(link, [graph_info(bob.graph, HOST, now())])
            bob.until_status(SYNCHRONIZED)
        link.socket.close()


@scenario
def test_a_synchronization_that_was_cut_off_is_not_taken_for_a_whole_one_later(peers: Peers) -> None:
    """Whichever success PeerGraphOpen gives (its page can be read both ways), the graph is not ready."""
    with Listener() as listener:
        bob = peers.open()
        bob.connect(listener.port)
        link, _ = accepted(listener, bob)
        link.send(wire.welcome(HOST_NODE, now(), HOST))
        next_solicit(link)
        link.send(wire.flood(graph_info(bob.graph, HOST, now()).encode()), sync_end())
        next_solicit(link)
        link.socket.close()
        bob.until(lambda: bob.status() == 0)
        bob.close()
        result, handle = peers.try_open(bob.graph, bob.id, bob.database)
        expect(result, "PEER_S_GRAPH_DATA_CREATED", "S_OK")
        again = Peer(peers.library, handle, bob.graph, bob.id, bob.database)
        peers.made.append(again)
        assert again.status() == 0
        expect(again.try_add(record_struct()), "PEER_E_GRAPH_NOT_READY")


@scenario
def test_closing_says_goodbye(peers: Peers) -> None:
    with Listener() as listener:
        bob, link = hosted(peers, listener)
        bob.close()
        reason, _ = wire.parse_refuse(link.expect(DISCONNECT))
        assert reason == wire.LEAVING
        link.expect_end()


@scenario
def test_a_slow_host_does_not_hold_up_other_calls(peers: Peers) -> None:
    """Connect is asynchronous; the library answers while nobody accepts."""
    with Listener() as listener:
        alice, bob = peers.create("alice"), peers.open(name="other")
        begun = time.monotonic()
        bob.connect(listener.port)
        for _ in range(20):
            alice.add()
        bob.close()
        assert time.monotonic() - begun < 10
