"""Two or more peers in one process that talk over ::1: Connect, EnumConnections, flooding, synchronization."""

import ctypes
import functools
import threading

import pytest

from tests.api.neighbors import equal
from tests.support.native import code, expect, wide
from tests.support.peer_values import CHAT, address
from tests.support.peers import (
    CONNECTED,
    CONNECTION_FAILED,
    DIRECT,
    DISCONNECTED,
    HAS_CONNECTIONS,
    NEIGHBOR,
    NEIGHBOR_CONNECTION,
    OTHER,
    RECORD_CHANGED,
    SYNCHRONIZED,
    SYNCHRONIZED_EVENT,
    Peer,
    Peers,
)
from tests.support.ports import free_port
from tests.support.scenario import scenario

# joining


@scenario
def test_a_joiner_gets_records_and_properties(peers: Peers) -> None:
    alice = peers.create(pwzFriendlyName="card", pwzComment="for Bob", dwMaxRecordSize=8192, ulPresenceLifetime=400)
    ids = {alice.add(str(index).encode()) for index in range(30)}
    deleted = alice.add(b"deleted")
    alice.delete(deleted)
    bob = peers.join(alice)
    assert {record.id for record in bob.records()} == ids
    assert equal(alice, bob)
    assert bob.properties() == alice.properties()
    assert not bob.has(deleted)


@scenario
def test_a_joiner_may_listen_after_synchronizing(peers: Peers) -> None:
    alice, bob = peers.pair()
    bob.listen()
    carol = peers.join(bob, "carol")
    id = alice.add(b"to all")
    for peer in (bob, carol):  # carol may be alice's neighbor by now, and hear of it before bob does
        peer.until(functools.partial(peer.has, id))
    assert carol.get(id) == alice.get(id) == bob.get(id)


@scenario
def test_both_sides_hear_about_the_connection(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    bob = peers.open()
    with alice.queue(NEIGHBOR_CONNECTION) as at_alice, bob.queue(NEIGHBOR_CONNECTION) as at_bob:
        connection = bob.connect(alice.port)
        assert connection != 0
        ours = at_bob.wait(lambda event: event.status == CONNECTED)
        theirs = at_alice.wait(lambda event: event.status == CONNECTED)
    assert ours.connection == connection
    assert ours.node != 0 != theirs.node
    assert ours.node != theirs.node
    assert theirs.connection != 0


@scenario
def test_enumerated_connections_tell_who_is_there(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    bob = peers.open()
    with alice.queue(NEIGHBOR_CONNECTION) as at_alice, bob.queue(NEIGHBOR_CONNECTION) as at_bob:
        connection = bob.connect(alice.port)
        node_of_alice = at_bob.wait(lambda event: event.status == CONNECTED).node
        theirs = at_alice.wait(lambda event: event.status == CONNECTED)
    (found,) = bob.connections(NEIGHBOR)
    assert (found.size, found.flags) == (64, NEIGHBOR)
    assert (found.id, found.node) == (connection, node_of_alice)
    assert found.peer == "alice"
    assert (found.ip, found.port) == ("::1", alice.port)
    (other,) = alice.connections(NEIGHBOR)
    assert (other.id, other.node, other.peer, other.ip) == (theirs.connection, theirs.node, "bob", "::1")
    assert alice.connections(DIRECT) == bob.connections(DIRECT) == []
    assert len(bob.connections(NEIGHBOR | DIRECT)) == 1


@scenario
def test_a_graph_without_connections_enumerates_none(peers: Peers) -> None:
    assert peers.create().connections() == []


@pytest.mark.parametrize("flags", [0, 4, 0xFFFFFFFF])
@scenario
def test_enumerating_connections_needs_valid_flags(peers: Peers, flags: int) -> None:
    alice, handle = peers.create(), ctypes.c_void_p()
    expect(peers.library.PeerGraphEnumConnections(alice.handle, flags, ctypes.byref(handle)), "E_INVALIDARG")


@scenario
def test_a_connection_to_the_named_peer_is_made(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    bob = peers.open()
    bob.connect(alice.port, "alice")
    bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)


@scenario
def test_connecting_to_another_peer_than_the_named_one_fails(peers: Peers) -> None:
    alice = peers.create()
    alice.listen()
    bob = peers.open()
    with bob.queue(NEIGHBOR_CONNECTION) as queue:
        connection = bob.connect(alice.port, "mallory")
        event = queue.wait(lambda event: True)
    assert (event.status, event.connection, event.next_connection) == (CONNECTION_FAILED, connection, 0)
    assert event.reason in (code("PEER_E_CONNECTION_NOT_AUTHENTICATED"), code("PEER_E_CONNECTION_FAILED"))
    assert bob.status() == 0
    assert alice.connections() == []


@scenario
def test_connecting_to_another_graph_fails(peers: Peers) -> None:
    alice = peers.create(name="one")
    alice.listen()
    bob = peers.open(name="two")
    with bob.queue(NEIGHBOR_CONNECTION) as queue:
        bob.connect(alice.port)
        event = queue.wait(lambda event: True)
    assert event.status == CONNECTION_FAILED
    assert event.reason in (code("PEER_E_CONNECTION_NOT_AUTHENTICATED"), code("PEER_E_CONNECTION_FAILED"))


@scenario
def test_connecting_where_nobody_listens_fails(peers: Peers) -> None:
    bob = peers.open()
    with bob.queue(NEIGHBOR_CONNECTION) as queue:
        connection = bob.connect(free_port())
        event = queue.wait(lambda event: True)
    assert event.status == CONNECTION_FAILED
    assert event.connection == connection
    assert event.reason == code("PEER_E_CONNECTION_FAILED")
    assert event.next_connection == 0
    assert bob.status() == 0


@scenario
def test_a_failed_connection_may_be_tried_again(peers: Peers) -> None:
    bob = peers.open()
    with bob.queue(NEIGHBOR_CONNECTION) as queue:
        first = bob.connect(free_port())
        queue.wait(lambda event: event.status == CONNECTION_FAILED)
        alice = peers.create()
        second = bob.connect(alice.listen())
        assert second != first
        queue.wait(lambda event: event.status == CONNECTED and event.connection == second)


@scenario
def test_connecting_to_a_neighbor_again_already_exists(peers: Peers) -> None:
    alice, bob = peers.pair()
    connection = ctypes.c_uint64()
    result = peers.library.PeerGraphConnect(
        bob.handle, None, ctypes.byref(address(alice.port)), ctypes.byref(connection)
    )
    expect(result, "PEER_E_ALREADY_EXISTS")
    assert len(bob.connections()) == 1


@scenario
def test_connecting_to_oneself_is_refused(peers: Peers) -> None:
    """MS-PPGRH 3.1.4.9: an error at once. Which one is not documented."""
    alice = peers.create()
    alice.listen()
    connection = ctypes.c_uint64()
    result = peers.library.PeerGraphConnect(
        alice.handle, None, ctypes.byref(address(alice.port)), ctypes.byref(connection)
    )
    expect(result, "E_INVALIDARG", "PEER_E_CONNECT_SELF")
    assert alice.connections() == []


@pytest.mark.parametrize("what", ["size", "family", "port", "null", "long", "surrogate"])
@scenario
def test_connect_refuses_bad_addresses_and_names(peers: Peers, what: str) -> None:
    alice, bob = peers.create(), peers.open()
    good = address(alice.listen())
    name = None
    if what == "size":
        good.dwSize = 31
    elif what == "family":
        good.sin6.sin6_family = 2
    elif what == "port":
        good.sin6.sin6_port[:] = b"\0\0"
    elif what == "long":
        name = "p" * 256
    elif what == "surrogate":
        name = "alice\ud800"
    connection = ctypes.c_uint64()
    pointer = None if what == "null" else ctypes.byref(good)
    result = peers.library.PeerGraphConnect(bob.handle, wide(name), pointer, ctypes.byref(connection))
    expect(result, "E_INVALIDARG")
    assert bob.status() == 0


@scenario
def test_the_creator_may_connect_too(peers: Peers) -> None:
    """Whoever listens is joined; both databases grow together."""
    alice, bob = peers.pair()
    bob.listen()
    bob_id = bob.add(b"of bob")
    alice.until(lambda: alice.has(bob_id))
    alice.close()
    alice = peers.reopen(alice)
    late = alice.add(b"while alone")
    alice.connect(bob.port)
    alice.until_status(HAS_CONNECTIONS)
    bob.until(lambda: bob.has(late))
    assert equal(alice, bob)


# leaving


@scenario
def test_closing_disconnects_the_other_side(peers: Peers) -> None:
    alice, bob = peers.pair()
    (link,) = alice.connections()
    with alice.queue(NEIGHBOR_CONNECTION) as queue:
        bob.close()
        event = queue.wait(lambda event: event.status == DISCONNECTED)
    assert event.connection == link.id
    assert event.node == link.node
    assert alice.connections() == []


@scenario
def test_a_listener_takes_the_next_peer_after_a_disconnection(peers: Peers) -> None:
    alice, bob = peers.pair()
    bob.close()
    alice.until(lambda: not alice.connections())
    carol = peers.join(alice, "carol")
    id = carol.add()
    alice.until(lambda: alice.has(id))


@scenario
def test_a_peer_catches_up_with_what_it_missed(peers: Peers) -> None:
    alice, bob = peers.pair()
    ids = [alice.add(f"before {index}".encode()) for index in range(10)]
    bob.until_count(10)
    bob.close()
    alice.update(ids[0], b"updated meanwhile")
    alice.delete(ids[1])
    late = [alice.add(f"meanwhile {index}".encode()) for index in range(50)]
    bob = peers.reopen(bob)
    assert len(bob.records()) == 10
    own = bob.add(b"offline")
    bob.connect(alice.port)
    bob.until(lambda: bob.has(late[-1]) and not bob.has(ids[1]) and bob.get(ids[0]).version == 2)
    bob.until_count(60)
    alice.until(lambda: alice.has(own))
    assert equal(alice, bob)


@scenario
def test_what_was_deleted_offline_is_deleted_everywhere(peers: Peers) -> None:
    alice, bob = peers.pair()
    id = alice.add(b"to delete")
    bob.until(lambda: bob.has(id))
    bob.close()
    bob = peers.reopen(bob)
    bob.delete(id)
    bob.connect(alice.port)
    alice.until(lambda: not alice.has(id))
    assert not bob.has(id)


# PEER_GRAPH_EVENT_SYNCHRONIZED


@scenario
def test_types_of_the_precedence_list_are_reported_as_they_are_synchronized(peers: Peers) -> None:
    """The event structure's page: only when PeerGraphOpen was given a precedence."""
    alice = peers.create()
    for _ in range(20):
        alice.add()
        alice.add(type=OTHER)
    alice.listen()
    bob = peers.open(precedence=[OTHER, CHAT])
    with bob.queue(SYNCHRONIZED_EVENT, RECORD_CHANGED) as queue:
        bob.connect(alice.port)
        bob.until_status(SYNCHRONIZED)
        queue.drain()
    reported = [event.record_type for event in queue.seen if event.type == SYNCHRONIZED_EVENT]
    assert [type for type in reported if type in (OTHER, CHAT)] == [OTHER, CHAT]
    arrived = [event.record_type for event in queue.seen if event.type == RECORD_CHANGED]
    application = [type for type in arrived if type in (CHAT, OTHER)]
    assert application == [OTHER] * 20 + [CHAT] * 20


@scenario
def test_without_a_precedence_list_no_type_is_reported(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    alice.listen()
    bob = peers.open()
    with bob.queue(SYNCHRONIZED_EVENT) as queue:
        bob.connect(alice.port)
        bob.until_status(SYNCHRONIZED)
        assert queue.drain() == []


# more than two


@scenario
def test_more_peers_than_one_node_takes_find_places_with_others(peers: Peers) -> None:
    """Seven neighbors at most; who comes later is referred to them (MS-PPGRH 3.1.5.2.1, 3.1.5.2.3)."""
    alice = peers.create()
    alice.listen()
    others = []
    for index in range(10):
        bob = peers.open(f"bob{index}")
        bob.connect(alice.port)
        bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
        bob.listen()
        # The listening addresses travel by CONNECT with the update bit; a record that came back shows they arrived.
        id = bob.add(bob.id.encode())
        alice.until(functools.partial(alice.has, id))
        others.append(bob)
    assert len(alice.connections()) <= 7
    last = alice.add(b"to all")
    for bob in others:
        bob.until_count(11)
        assert bob.has(last)
    assert equal(alice, *others)


@scenario
def test_two_peers_that_connect_to_each_other_at_once_stay_connected(peers: Peers) -> None:
    alice, bob = peers.pair()
    bob.listen()

    def connect(peer: Peer, port: int, results: list[int]) -> None:
        connection = ctypes.c_uint64()
        where = ctypes.byref(address(port))
        results.append(peers.library.PeerGraphConnect(peer.handle, None, where, ctypes.byref(connection)))

    for round in range(5):
        bob.close()
        alice.until(lambda: not alice.connections())
        port, bob = bob.port, peers.reopen(bob)
        bob.listen(port)
        results: list[int] = []
        threads = [
            threading.Thread(target=connect, args=(alice, bob.port, results)),
            threading.Thread(target=connect, args=(bob, alice.port, results)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            expect(result, "S_OK", "PEER_E_ALREADY_EXISTS")
        alice.until_status(HAS_CONNECTIONS)
        bob.until_status(HAS_CONNECTIONS)
        alice.add(f"of alice {round}".encode())
        bob.add(f"of bob {round}".encode())
        alice.until_count(2 * round + 2)
        bob.until_count(2 * round + 2)
        assert equal(alice, bob)


@scenario
def test_names_of_any_script_travel(peers: Peers) -> None:
    alice = peers.create("Zoë \U0001f382 漢字", name="Größe \U0001d11e")
    bob = peers.open("Ἀλέξανδρος", name="Größe \U0001d11e")
    bob.connect(alice.listen(), alice.id)
    bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
    id = bob.add("Ünïcode".encode())
    alice.until(lambda: alice.has(id))
    alice.update(id, b"changed")
    bob.until(lambda: bob.get(id).version == 2)
    assert (bob.get(id).creator, bob.get(id).modified_by) == (bob.id, alice.id)
    assert bob.connections()[0].peer == alice.id
    assert [record.id for record in alice.records(CHAT, bob.id)] == [id]
    assert bob.properties()["pwzGraphId"] == alice.graph


# handles across graphs


@scenario
def test_connections_of_several_graphs_stay_apart(peers: Peers) -> None:
    one, two = peers.create(name="one"), peers.create(name="two")
    bob_one, bob_two = peers.open(name="one"), peers.open(name="two")
    for host, bob in ((one, bob_one), (two, bob_two)):
        bob.connect(host.listen())
        bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
    first, second = one.add(b"one"), two.add(b"two")
    bob_one.until(lambda: bob_one.has(first))
    bob_two.until(lambda: bob_two.has(second))
    assert not bob_one.has(second)
    assert not bob_two.has(first)
    bob_one.close()
    assert bob_two.status() == HAS_CONNECTIONS | SYNCHRONIZED
