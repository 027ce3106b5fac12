"""A connection until it stands: AUTH_INFO, CONNECT, WELCOME and their timers (MS-PPGRH 3.1.5, 3.1.6)."""

import math

import pytest

from peerapi.address import Address
from peerapi.graphing.codec.messages import AuthInfo, Connect, ConnectionType, PointToPoint, Refuse, RefuseCode, Welcome
from peerapi.graphing.codec.records import PING
from peerapi.graphing.events import ConnectionChanged, Status, StatusChanged
from peerapi.graphing.graph import Limits
from tests.graphing.callers import CONNECTED, FAILED, caller
from tests.graphing.machines import EPOCH, GRAPH, address
from tests.graphing.pair import Net

# ---- AUTH_INFO and the authentication timer (3.1.2, 3.1.5.1.1, 3.1.6.1) ----------------------------------------------


def test_a_caller_introduces_itself_and_connects(net: Net) -> None:  # 3.1.7.24, 3.1.5.1.2
    bob = net.open("bob")
    with net.hold():
        bob.do(bob.graph.connect, address(99), "alice")
        stranger = net.answer(bob)
    assert stranger.messages == [
        AuthInfo(ConnectionType.NEIGHBOR, GRAPH, "bob", "alice"),
        Connect(bob.graph.node_id, neighbor_list=True),
    ]


def test_a_caller_that_listens_says_where(net: Net) -> None:  # 3.1.5.1.2
    bob = net.create("bob")
    bob.listen(address(1), address(2))
    stranger = caller(net, bob)
    (connect,) = stranger.take(Connect)
    assert connect.addresses == (address(1), address(2))


def test_a_direct_call_says_so_twice(net: Net) -> None:  # 2.2.2.1, 2.2.2.2
    bob = net.open("bob")
    with net.hold():
        bob.do(bob.graph.connect, address(99), None, direct=True)
        stranger = net.answer(bob)
    auth, connect = stranger.messages
    assert isinstance(auth, AuthInfo)
    assert isinstance(connect, Connect)
    assert auth.connection_type is ConnectionType.DIRECT
    assert (connect.direct, connect.neighbor_list) == (True, False)


@pytest.mark.parametrize("others", [0, 1, 9, 60])
def test_the_authentication_timer_shrinks_with_the_number_of_connections(net: Net, others: int) -> None:  # 3.1.2
    bob = net.open("bob")
    with net.hold():
        for n in range(others + 1):
            bob.do(bob.graph.connect, Address(address(99).ip, 2000 + n), None)
    last = bob.timer(("authentication", others + 1))
    assert last is not None
    assert last == pytest.approx(20 + 280 * math.exp(-(others + 1) / 10))
    assert 20 <= last <= 300


def test_a_call_that_is_not_answered_is_given_up_by_the_authentication_timer(net: Net) -> None:  # 3.1.6.1
    bob = net.open("bob")
    with net.hold():
        bob.do(bob.graph.connect, address(99), None)
        timer = bob.timer(("authentication", 1))
        assert timer is not None
        net.advance(timer - 0.1)
        assert bob.events == []
        net.advance(0.2)
    assert bob.connections() == [(FAILED, 1)]
    assert bob.graph.links == {}


def test_authentication_stops_its_timer_and_starts_the_connect_timer(net: Net) -> None:
    bob = net.open("bob")
    caller(net, bob)
    assert bob.timer(("authentication", 1)) is None
    assert bob.timer(("connect", 1)) == 60.0


# ---- The connect timer (3.1.6.2) -------------------------------------------------------------------------------------


def test_a_connect_without_an_answer_is_given_up_after_a_minute(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    net.advance(59.9)
    assert not stranger.hung_up
    net.advance(0.2)
    assert stranger.hung_up
    assert bob.connections() == [(FAILED, 1)]


def test_a_caller_that_never_sends_connect_does_not_stay(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.stranger(alice)
    net.advance(61)
    assert stranger.hung_up
    assert alice.graph.links == {}
    assert alice.connections() == []


def test_a_standing_link_has_no_connect_timer(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    net.advance(200)
    assert not stranger.hung_up


# ---- CONNECT (3.1.5.2.1) ---------------------------------------------------------------------------------------------


def test_a_caller_is_welcomed_and_becomes_a_neighbor(net: Net) -> None:
    alice = net.create()
    alice.graph.friendly_name = "Alice"
    alice.listen()
    stranger = net.stranger(alice)
    stranger.connect(addresses=(address(50),))
    assert stranger.take(Welcome) == [
        Welcome(alice.graph.node_id, EPOCH, peer_id="alice", friendly_name="Alice"),
    ]
    (link,) = alice.graph.neighbors
    assert (link.node_id, link.peer_id, link.addresses) == (stranger.node_id, "stranger", (address(50),))
    assert link.utility == 0.0
    assert alice.heard(ConnectionChanged) == [ConnectionChanged(False, CONNECTED, link.id, stranger.node_id)]
    assert alice.heard(StatusChanged)[-1].status & Status.HAS_CONNECTIONS


def test_a_welcome_names_neighbors_only_to_who_asks(net: Net) -> None:
    alice = net.create()
    alice.listen()
    net.neighbor(alice, name="first", node_id=1, addresses=(address(50),))
    quiet = net.stranger(alice, name="quiet", node_id=2)
    quiet.connect()
    asking = net.stranger(alice, name="asking", node_id=3)
    asking.connect(neighbor_list=True)
    assert quiet.take(Welcome)[0].addresses == ()
    assert asking.take(Welcome)[0].addresses == (address(50),)


def test_referrals_leave_out_who_asks(net: Net) -> None:  # reading A38
    alice = net.create()
    alice.listen()
    net.neighbor(alice, name="first", node_id=1, addresses=(address(50),))
    asking = net.stranger(alice, name="asking", node_id=3)
    asking.connect(neighbor_list=True, addresses=(address(50),))
    assert asking.take(Welcome)[0].addresses == ()


def test_a_full_node_refuses_with_the_addresses_of_its_neighbors(net: Net) -> None:
    alice = net.create()
    alice.listen()
    for n in range(7):
        net.neighbor(alice, name=f"neighbor {n}", node_id=n + 1, addresses=(address(50 + n),))
    late = net.stranger(alice, name="late", node_id=99)
    late.connect()
    assert late.messages == [Refuse(RefuseCode.BUSY, tuple(address(50 + n) for n in range(7)))]
    assert late.hung_up
    assert len(alice.graph.neighbors) == 7


def test_a_refusal_names_ten_addresses_at_most(net: Net) -> None:
    alice = net.create(limits=Limits(maximum=12))
    alice.listen()
    for n in range(12):
        net.neighbor(alice, name=f"neighbor {n}", node_id=n + 1, addresses=(address(50 + n),))
    late = net.stranger(alice, name="late", node_id=99)
    late.connect()
    (refuse,) = late.take(Refuse)
    assert refuse.addresses == tuple(address(50 + n) for n in range(10)), "least recently added first"


def test_the_node_of_a_neighbor_is_refused_on_another_connection(net: Net) -> None:
    alice = net.create()
    alice.listen()
    first = net.neighbor(alice, node_id=1)
    second = net.stranger(alice, node_id=1)
    second.connect()
    assert second.messages == [Refuse(RefuseCode.DUPLICATE_CONNECTION)]
    assert second.hung_up
    assert not first.hung_up


def test_a_node_does_not_become_its_own_neighbor(net: Net) -> None:
    alice = net.create()
    alice.listen()
    mirror = net.stranger(alice, node_id=alice.graph.node_id)
    mirror.connect()
    assert mirror.messages == [Refuse(RefuseCode.DUPLICATE_CONNECTION)]


def test_an_update_replaces_the_addresses_of_a_neighbor(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    stranger.connect(update=True, addresses=(address(60), address(61)))
    (link,) = alice.graph.neighbors
    assert link.addresses == (address(60), address(61))
    assert stranger.messages == []
    assert not stranger.hung_up


def test_the_responder_may_update_its_addresses_too(net: Net) -> None:  # 3.1.7.23
    bob = net.open("bob")
    stranger = caller(net, bob)
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    stranger.connect(update=True, addresses=(address(60),))
    (link,) = bob.graph.neighbors
    assert link.addresses == (address(60),)
    assert not stranger.hung_up


def test_a_node_that_begins_to_listen_tells_its_neighbors(net: Net) -> None:  # 3.1.4.8
    alice = net.create()
    stranger = caller(net, alice)
    stranger.send(Welcome(stranger.node_id, EPOCH, peer_id="stranger"))
    stranger.messages.clear()
    alice.listen(address(1))
    net.deliver_all()
    assert stranger.take(Connect) == [Connect(alice.graph.node_id, (address(1),), update=True)]


def test_deferred_expiration_runs_when_the_first_neighbor_comes(net: Net) -> None:
    alice = net.create(properties={"defer_expiration": True})
    alice.listen()
    old = alice.add(lifetime=10)
    net.advance(3600)
    assert alice.graph.live_record(old)
    net.neighbor(alice)
    assert alice.timer("expiration") == 0.0
    net.advance(0)
    assert alice.record(old) is None


# ---- WELCOME (3.1.5.2.2) ---------------------------------------------------------------------------------------------


def test_a_welcome_is_answered_with_a_ping_to_every_neighbor(net: Net) -> None:  # reading A44
    alice = net.create()
    alice.listen()
    first = net.neighbor(alice, name="first", node_id=1)
    second = caller(net, alice, name="second", node_id=2)
    second.send(Welcome(2, EPOCH, peer_id="second"))
    assert first.take(PointToPoint) == [PointToPoint(PING)]
    assert second.take(PointToPoint) == [PointToPoint(PING)]


def test_an_address_that_leads_to_the_node_itself_is_not_tried_again(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = caller(net, alice, node_id=alice.graph.node_id)
    stranger.send(Welcome(alice.graph.node_id, EPOCH, peer_id="alice"))
    assert stranger.hung_up
    alice.do(alice.graph.referrals.add, (Address(address(99).ip, 5000),))
    net.advance(1000)
    assert alice.dials == [Address(address(99).ip, 5000)]


@pytest.mark.parametrize("lower", ["alice", "bob"])
def test_two_nodes_that_call_each_other_keep_the_call_of_the_lower_node_id(net: Net, lower: str) -> None:
    alice, bob = net.create(node_id=1 if lower == "alice" else 9), net.create("bob", node_id=5)
    alice.listen()
    bob.listen()
    net.holding = True
    alice.do(alice.graph.connect, bob.address, None)
    bob.do(bob.graph.connect, alice.address, None)
    net.release()
    net.deliver_all()
    assert len(alice.graph.neighbors) == len(bob.graph.neighbors) == 1
    kept, called = (alice, bob) if lower == "alice" else (bob, alice)
    assert kept.graph.neighbors[0].outgoing
    assert not called.graph.neighbors[0].outgoing
    assert kept.link(called).connected
