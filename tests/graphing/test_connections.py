"""Connections that are refused, end, carry data, or are direct (MS-PPGRH 3.1.5.2)."""

import pytest

from peerapi.errors import AlreadyExists, ConnectionNotFound, ConnectionRefused, ConnectSelf, InvalidArgument
from peerapi.graphing.codec.messages import Disconnect, DisconnectReason, PointToPoint, Refuse, RefuseCode, Welcome
from peerapi.graphing.codec.records import PING
from peerapi.graphing.events import ConnectionChanged, IncomingData, Status
from peerapi.graphing.graph import Limits
from tests.graphing.callers import CONNECTED, DISCONNECTED, FAILED, caller
from tests.graphing.machines import CHAT, Machine, address
from tests.graphing.pair import Net

# ---- REFUSE (3.1.5.2.3) ----------------------------------------------------------------------------------------------


def test_a_refused_caller_tries_a_referral(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    net.holding = True
    stranger.send(Refuse(RefuseCode.BUSY, (address(60),)))
    assert stranger.hung_up
    assert bob.dials[1:] == [address(60)]


def test_a_refusal_names_the_connection_that_follows(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    net.holding = True
    stranger.send(Refuse(RefuseCode.BUSY, (address(60),)))
    (following,) = bob.tries()
    assert bob.heard(ConnectionChanged) == [
        ConnectionChanged(False, FAILED, 1, 0, following.id, ConnectionRefused.hresult)
    ]


def test_each_step_of_a_chain_of_refusals_is_told(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    with net.hold():
        stranger.send(Refuse(RefuseCode.BUSY, (address(60),)))
        following = net.answer(bob, name="second")
        following.send(Refuse(RefuseCode.BUSY))
    assert bob.connections() == [(FAILED, 1), (FAILED, 2)]
    assert [event.next_connection_id for event in bob.heard(ConnectionChanged)] == [2, 0]


def test_a_referral_is_tried_once(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    with net.hold():
        stranger.send(Refuse(RefuseCode.BUSY, (address(60),)))
        net.answer(bob, name="second").send(Refuse(RefuseCode.BUSY, (address(60),)))
    assert bob.dials[1:] == [address(60)]


def test_a_duplicate_leads_nowhere_else(net: Net) -> None:
    bob = net.open("bob")
    stranger = caller(net, bob)
    with net.hold():
        stranger.send(Refuse(RefuseCode.DUPLICATE_CONNECTION, (address(60),)))
        assert bob.dials[1:] == []


def test_a_full_graph_takes_a_joiner_in_by_referral(net: Net) -> None:
    alice = net.create(limits=Limits(2, 2, 2))
    bob, carol = net.join("bob", alice), net.join("carol", alice)
    bob.listen()
    net.deliver_all()
    dave = net.open("dave")
    net.connect(dave, alice)
    assert [link.node_id for link in dave.graph.neighbors] == [bob.graph.node_id]
    assert carol.graph.node_id not in [link.node_id for link in dave.graph.neighbors]
    assert dave.graph.synchronized


# ---- DISCONNECT (3.1.5.2.4, 3.1.7.25) --------------------------------------------------------------------------------


def test_a_disconnect_names_the_neighbors_in_the_order_they_came(net: Net) -> None:
    alice = net.create()
    alice.listen()
    strangers = [net.neighbor(alice, name=f"n{n}", node_id=n + 1, addresses=(address(50 + n),)) for n in range(3)]
    link = alice.graph.neighbors[1]
    alice.do(alice.graph.connections.disconnect, link, DisconnectReason.LEAST_USEFUL)
    net.deliver_all()
    assert strangers[1].take(Disconnect) == [Disconnect(DisconnectReason.LEAST_USEFUL, (address(50), address(52)))]
    assert strangers[1].hung_up


def test_the_last_neighbor_gets_a_disconnect_without_addresses(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice, addresses=(address(50),))
    alice.do(alice.graph.connections.disconnect, alice.graph.neighbors[0], DisconnectReason.LEAST_USEFUL)
    net.deliver_all()
    assert stranger.take(Disconnect) == [Disconnect(DisconnectReason.LEAST_USEFUL)]


def test_a_disconnected_node_goes_on_to_a_referral(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    net.holding = True
    stranger.send(Disconnect(DisconnectReason.LEAVING, (address(60),)))
    assert stranger.hung_up
    assert alice.dials == [address(60)]
    assert alice.connections() == [(CONNECTED, 1), (DISCONNECTED, 1)]


def test_a_broken_connection_is_maintained_like_an_ended_one(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    alice.do(alice.graph.referrals.add, (address(60),))
    net.holding = True
    stranger.close()
    assert alice.dials == [address(60)]


# ---- The application connects (3.1.4.9) ------------------------------------------------------------------------------


def test_a_node_does_not_connect_to_itself(net: Net) -> None:
    alice = net.create()
    alice.listen()
    with pytest.raises(ConnectSelf):
        alice.do(alice.graph.connect, alice.address, None)


def test_a_node_does_not_connect_to_a_neighbor_again(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    with pytest.raises(AlreadyExists):
        bob.do(bob.graph.connect, alice.address, None)
    assert len(bob.graph.links) == 1


def test_connection_ids_are_never_used_twice(net: Net) -> None:
    bob = net.open("bob")
    ids = [bob.do(bob.graph.connect, address(90 + n), None) for n in range(3)]
    assert ids == [1, 2, 3]
    assert 0 not in ids


# ---- Data between nodes (3.1.5.2.13, 2.2.4.1) ------------------------------------------------------------------------


def test_data_travels_over_a_neighbor_connection(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    bob.do(bob.graph.send_data, bob.link(alice).id, CHAT, b"hello")
    net.deliver_all()
    assert alice.heard(IncomingData) == [IncomingData(alice.link(bob).id, CHAT, b"hello")]


def test_a_ping_is_not_passed_to_the_application(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    stranger.send(PointToPoint(PING, b"whatever"))
    assert not stranger.hung_up
    assert alice.heard(IncomingData) == []


def test_an_application_cannot_send_pings(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    with pytest.raises(InvalidArgument):
        bob.do(bob.graph.send_data, bob.link(alice).id, PING, b"")


def test_data_for_a_connection_that_does_not_stand_is_refused(net: Net) -> None:
    bob = net.open("bob")
    with pytest.raises(ConnectionNotFound):
        bob.do(bob.graph.send_data, 1, CHAT, b"")
    caller(net, bob)
    with pytest.raises(ConnectionNotFound):
        bob.do(bob.graph.send_data, 1, CHAT, b"")


# ---- Direct connections (1.3.3, 3.1.4.7, 3.1.5.2.1) ------------------------------------------------------------------


def direct(net: Net, *, accepted: bool = True) -> tuple[Machine, Machine]:
    alice, bob = net.create(), net.create("bob")
    alice.graph.accepts_direct = accepted
    net.connect(bob, alice, direct=True)
    return alice, bob


def test_a_direct_connection_is_refused_unless_the_application_expects_it(net: Net) -> None:
    alice, bob = direct(net, accepted=False)
    assert net.sent(Refuse) == [Refuse(RefuseCode.DIRECT_CONNECTION_DISALLOWED)]
    assert bob.heard(ConnectionChanged) == [ConnectionChanged(True, FAILED, 1, reason=ConnectionRefused.hresult)]
    assert alice.heard(ConnectionChanged) == []


def test_a_direct_connection_is_no_neighbor(net: Net) -> None:
    alice, bob = direct(net)
    assert alice.graph.neighbors == bob.graph.neighbors == []
    assert alice.connections() == bob.connections() == [(CONNECTED, 1)]
    assert all(event.direct for event in alice.heard(ConnectionChanged) + bob.heard(ConnectionChanged))
    assert not bob.graph.status & Status.HAS_CONNECTIONS
    assert net.sent(Welcome)[0].addresses == ()
    assert bob.graph.clock.delta == 0


def test_records_do_not_travel_over_a_direct_connection(net: Net) -> None:
    alice, bob = direct(net)
    added = alice.add()
    net.deliver_all()
    assert bob.record(added) is None


def test_data_travels_over_a_direct_connection_both_ways(net: Net) -> None:
    alice, bob = direct(net)
    bob.do(bob.graph.send_data, 1, CHAT, b"hello")
    alice.do(alice.graph.send_data, 1, CHAT, b"world")
    net.deliver_all()
    assert alice.heard(IncomingData) == [IncomingData(1, CHAT, b"hello")]
    assert bob.heard(IncomingData) == [IncomingData(1, CHAT, b"world")]


def test_closing_a_direct_connection_says_why(net: Net) -> None:
    alice, bob = direct(net)
    bob.do(bob.graph.close_direct, 1)
    net.deliver_all()
    assert net.sent(Disconnect) == [Disconnect(DisconnectReason.APP_DISCONNECT)]
    assert alice.connections() == bob.connections() == [(CONNECTED, 1), (DISCONNECTED, 1)]


def test_a_neighbor_connection_is_not_closed_as_a_direct_one(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    with pytest.raises(ConnectionNotFound):
        bob.do(bob.graph.close_direct, bob.link(alice).id)
    with pytest.raises(ConnectionNotFound):
        bob.do(bob.graph.close_direct, 77)


def test_a_direct_connection_may_stand_beside_a_neighbor_connection(net: Net) -> None:
    alice = net.create()
    alice.graph.accepts_direct = True
    bob = net.join("bob", alice)
    net.connect(bob, alice, direct=True)
    assert len(bob.graph.links) == 2
    assert len(bob.graph.neighbors) == 1
