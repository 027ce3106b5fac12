"""A real node connects to a raw socket that refuses it, hangs up, or answers wrongly."""

import pytest

from tests.support.native import code, expect
from tests.support.peer_values import now, record_struct
from tests.support.peers import (
    CONNECTED,
    CONNECTION_FAILED,
    DISCONNECTED,
    HAS_CONNECTIONS,
    NEIGHBOR_CONNECTION,
    SYNCHRONIZED,
    Peer,
    Peers,
)
from tests.support.ports import free_port
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import AUTH_INFO, DISCONNECT, Listener, sync_end
from tests.wire.host import HOST, HOST_NODE, accepted, hosted, next_solicit, serve_sync_all, types_of
from tests.wire.wire_records import GRAPH_INFO, graph_info


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
        with bob.queue(NEIGHBOR_CONNECTION) as queue:
            bob.connect(listener.port)
            for _ in range(20):
                alice.add()
            assert queue.drain() == [], "they have come back before the connection was made or given up"
        bob.close()
        listener.accept().expect_end()
