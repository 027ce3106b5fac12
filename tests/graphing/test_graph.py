"""The machine as a whole: creating and opening, the handshake, ending, data between nodes.

MS-PPGRH 3.1.4, 3.1.5.1 to 3.1.5.2.4, 3.1.5.2.13.
"""

import itertools
import math

import pytest

from peerapi.address import Address
from peerapi.errors import (
    AlreadyExists,
    ConnectionNotFound,
    ConnectionRefused,
    ConnectSelf,
    GraphNotReady,
    InvalidArgument,
)
from peerapi.graphing.codec.framing import frame
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.graphing.codec.messages import (
    AuthInfo,
    Connect,
    ConnectionType,
    Disconnect,
    DisconnectReason,
    Flood,
    PointToPoint,
    Refuse,
    RefuseCode,
    Welcome,
    encode,
)
from peerapi.graphing.codec.records import (
    CONTACT,
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PING,
    PRESENCE,
    SIGNATURE,
    SIGNATURE_ID,
    decode_record,
    encode_record,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import (
    ConnectionChanged,
    ConnectionStatus,
    IncomingData,
    PropertyChanged,
    Status,
    StatusChanged,
    Synchronized,
)
from peerapi.graphing.graph import Limits
from tests.graphing.pair import CHAT, EPOCH, GRAPH, OTHER, Machine, Net, Stranger, address, info

CONNECTED, DISCONNECTED, FAILED = ConnectionStatus.CONNECTED, ConnectionStatus.DISCONNECTED, ConnectionStatus.FAILED


@pytest.fixture
def net() -> Net:
    return Net()


def caller(net: Net, machine: Machine, port: int = 5000, **fields: object) -> Stranger:
    """The far end of a call that ``machine`` makes now."""
    with net.hold():
        machine.do(machine.graph.connect, Address(address(99).ip, port), None)
        return net.answer(machine, **fields)


def reopened(net: Net, machine: Machine) -> Machine:
    """The same peer in a later run, over the database that it left."""
    net.machines.remove(machine)
    machine.graph.database.created = False  # as an opening from disk finds it
    return net.open(machine.name, database=machine.graph.database)


# ---- Creating (3.1.4.1) ----------------------------------------------------------------------------------------------


def test_a_creator_publishes_the_graph_info_record(net: Net) -> None:
    alice = net.create(properties={"comment": "for a test", "max_record_size": 2048})
    record = alice.record(GRAPH_INFO_ID)
    assert record is not None
    assert (record.type, record.creator_id, record.version) == (GRAPH_INFO, "alice", 1)
    assert GraphInfo.decode(record.payload) == info(comment="for a test", max_record_size=2048)


def test_a_creator_may_add_records_at_once(net: Net) -> None:
    alice = net.create()
    assert alice.graph.status == Status.SYNCHRONIZED
    assert alice.record(alice.add()) is not None


def test_a_creator_starts_with_the_time_of_its_host(net: Net) -> None:
    alice = net.create(skew=12.0)
    assert alice.graph.clock.delta == 0


def test_a_node_id_is_a_random_64_bit_number(net: Net) -> None:
    ids = {net.create(f"peer {n}").graph.node_id for n in range(20)}
    assert len(ids) == 20
    assert max(ids) >= 1 << 60
    assert min(ids) > 0


def test_the_autorefresh_timer_starts_at_four_seconds(net: Net) -> None:
    assert net.create().timer("refresh") == 4.0
    assert net.open("bob").timer("refresh") == 4.0


@pytest.mark.parametrize("deferred", [False, True])
def test_the_expiration_timer_starts_at_once_unless_expiration_is_deferred(net: Net, deferred: bool) -> None:
    alice = net.create(properties={"defer_expiration": deferred})
    alice.graph.timers.cancel("expiration")
    again = reopened(net, alice)
    assert again.timer("expiration") == (None if deferred else 0.0)


# ---- Opening (3.1.4.2) -----------------------------------------------------------------------------------------------


def test_a_node_that_never_synchronized_refuses_record_calls(net: Net) -> None:
    bob = net.open("bob")
    with pytest.raises(GraphNotReady):
        bob.add()
    with pytest.raises(GraphNotReady):
        bob.update(bytes(16))
    with pytest.raises(GraphNotReady):
        bob.delete(bytes(16))
    assert bob.graph.status == Status(0)


def test_a_persisted_database_is_loaded_without_presence_signature_and_contact_records(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF})
    alice.listen()
    kept = alice.add(lifetime=1e6)
    net.advance(200)
    assert all(alice.records(kind) for kind in (PRESENCE, SIGNATURE, CONTACT))
    net.crash(alice)
    net.machines.append(alice)
    again = reopened(net, alice)
    assert not any(again.records(kind) for kind in (PRESENCE, SIGNATURE, CONTACT))
    assert again.record(kept) is not None
    assert again.record(GRAPH_INFO_ID) is not None


def test_an_opened_graph_knows_its_properties_and_is_synchronized(net: Net) -> None:
    alice = net.create(properties={"max_record_size": 4096})
    again = reopened(net, alice)
    assert again.graph.info == info(max_record_size=4096)
    assert again.graph.max_record_size == 4096
    assert again.graph.synchronized


def test_a_new_run_has_a_new_node_id(net: Net) -> None:
    alice = net.create()
    assert reopened(net, alice).graph.node_id != alice.graph.node_id


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


# ---- Status and properties -------------------------------------------------------------------------------------------


def test_the_status_follows_listening_connecting_and_synchronizing(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    bob.listen()
    net.cut(alice, bob)
    bob.listen()
    bob.do(bob.graph.listening, ())
    listening, connections, synchronized = Status.LISTENING, Status.HAS_CONNECTIONS, Status.SYNCHRONIZED
    seen = [event.status for event in bob.heard(StatusChanged)]
    assert seen[:3] == [connections, connections | synchronized, connections | synchronized | listening]
    assert seen[-1] & listening == 0
    assert all(one != other for one, other in itertools.pairwise(seen))


def test_synchronization_is_told_for_each_prioritized_type(net: Net) -> None:  # 3.1.7.29
    alice = net.create()
    bob = net.join("bob", alice, precedence=(CHAT, OTHER))
    assert [event.record_type for event in bob.heard(Synchronized)] == [CHAT, OTHER]


def test_new_properties_reach_everyone_and_are_told(net: Net) -> None:  # 3.1.7.7, 3.1.7.10.2
    alice = net.create()
    bob = net.join("bob", alice)
    changed = info(comment="changed", max_record_size=2048, presence_lifetime=400, max_presence=3)
    alice.do(alice.graph.set_properties, changed)
    net.deliver_all()
    assert bob.graph.info == changed
    assert bob.graph.max_record_size == 2048
    assert len(bob.heard(PropertyChanged)) == len(alice.heard(PropertyChanged)) == 1


def test_renewed_properties_that_say_the_same_are_not_told(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    alice.do(alice.graph.set_properties, info())
    net.deliver_all()
    assert bob.heard(PropertyChanged) == []


# ---- Damage (3.1.5.2, reading A5) ------------------------------------------------------------------------------------


def test_what_was_whole_before_the_damage_is_processed(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    whole = stranger.record()
    stranger.send_bytes(frame(encode(Flood(encode_record(whole)))) + b"\0\0")
    assert alice.record(whole.id) == whole
    assert stranger.hung_up
    assert alice.graph.neighbors == []


def test_a_damaged_message_ends_the_link_and_those_before_it_count(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    whole, late = stranger.record(), stranger.record()
    unknown = b"\0\0\0\x08\x10\x00\0\0"  # reading A24
    frames = [encode(Flood(encode_record(whole))), unknown, encode(Flood(encode_record(late)))]
    stranger.send_bytes(b"".join(map(frame, frames)))
    assert alice.record(whole.id) == whole
    assert alice.record(late.id) is None
    assert stranger.hung_up


def test_damage_on_one_link_leaves_the_others_alone(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    stranger = net.neighbor(alice)
    stranger.send_bytes(b"\xff" * 100)
    added = alice.add()
    net.deliver_all()
    assert stranger.hung_up
    assert bob.record(added) is not None


# ---- Closing (3.1.4.12) ----------------------------------------------------------------------------------------------


def test_closing_withdraws_what_described_the_node(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF}, node_id=5)
    bob = net.join("bob", alice, node_id=9)
    net.advance(250)
    assert alice.graph.topology.own_contact() is not None
    published = [*alice.records(PRESENCE), *alice.records(CONTACT), SIGNATURE_ID]
    assert len(published) >= 3
    alice.do(alice.graph.close)
    net.deliver_all()
    for record_id in published:
        record = bob.record(record_id)
        assert record is not None
        assert record.deleted
    present = [entry.node_id for entry in bob.graph.topology.presence.values()]
    assert present == [bob.graph.node_id] * bool(bob.graph.addresses)
    assert bob.graph.topology.contacts == {}


def test_closing_says_goodbye_on_every_connection(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    waiting = net.stranger(alice)
    alice.do(alice.graph.close)
    net.deliver_all()
    assert net.sent(Disconnect, alice, bob) == [Disconnect(DisconnectReason.LEAVING)]
    assert waiting.hung_up
    assert alice.graph.links == bob.graph.links == {}
    assert alice.graph.timers.next is None


def test_a_node_that_closes_calls_nobody(net: Net) -> None:
    alice = net.create()
    alice.listen()
    net.neighbor(alice, name="one", node_id=1, addresses=(address(50),))
    alice.do(alice.graph.referrals.add, (address(60),))
    alice.do(alice.graph.close)
    assert alice.dials == []


def test_closing_remembers_until_when_the_node_was_there(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    net.advance(100)
    bob.do(bob.graph.close)
    left = bob.peer_time
    again = reopened(net, bob)
    assert again.graph.left_at == left
    assert not again.graph.never_connected


# ---- A store that fails ----------------------------------------------------------------------------------------------


def test_an_input_that_failed_leaves_no_outputs_behind(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    graph = alice.graph

    def fail() -> None:
        graph.add_record(Draft(type=CHAT, expiration=EPOCH + 10**12))
        raise MemoryError

    with pytest.raises(MemoryError):
        alice.do(fail)
    assert graph.outputs == []
    assert stranger.messages == []
    assert alice.records() == {}


def test_lists_follow_the_database_when_an_input_was_taken_back(net: Net) -> None:
    alice = net.create(properties={"max_presence": 0xFFFFFFFF})
    alice.listen()
    stranger = net.neighbor(alice)
    published = dict(alice.graph.topology.presence)
    assert [entry.node_id for entry in published.values()] == [alice.graph.node_id]

    def withdraw_and_fail() -> None:
        alice.graph.topology.withdraw()
        raise MemoryError

    with pytest.raises(MemoryError):
        alice.do(withdraw_and_fail)
    assert alice.graph.topology.presence == published
    assert decode_record(alice.graph.database.of_type(PRESENCE)[0].wire).deleted is False
    assert not stranger.hung_up
