"""Finding others and keeping the graph one (MS-PPGRH 3.1.6.3-3.1.6.6, 3.1.6.9, 3.1.7.4-3.1.7.6, 3.1.7.10-3.1.7.17)."""

import pytest

from peerapi.graphing.codec.internal_records import ContactPayload
from peerapi.graphing.codec.messages import (
    Disconnect,
    DisconnectReason,
    Flood,
    Refuse,
    RefuseCode,
    SyncEnd,
    Welcome,
)
from peerapi.graphing.codec.records import CONTACT, encode_record
from peerapi.graphing.events import ConnectionRequired
from peerapi.graphing.graph import Limits
from peerapi.graphing.link import Link
from peerapi.graphing.machine.connections import SHORT
from peerapi.graphing.machine.referrals import AGAIN, MAX_REFERRAL_LIST
from peerapi.graphing.machine.topology import LOOK_AROUND
from tests.graphing.machines import EPOCH, Machine, Stranger, address
from tests.graphing.nodes import alone, contact_of, presence_of
from tests.graphing.pair import Net

# ---- Partition detection and repair (3.1.7.13, 3.1.6.5) --------------------------------------------------------------


def test_a_contact_that_sees_another_signature_is_called(net: Net) -> None:
    alice = alone(net, node_id=5)
    net.advance(1)
    stranger = net.neighbor(alice, addresses=(address(50),))
    contact_of(stranger, signature=77, node_id=100, port=60)
    alice.do(alice.graph.topology.maintain)
    delay = alice.timer("partition")
    assert delay is not None
    assert 5 <= delay <= 30
    net.holding = True
    net.advance(31)
    assert alice.dials[-1] == address(60)


def test_a_contact_that_came_to_agree_meanwhile_is_left_alone(net: Net) -> None:
    alice = alone(net, node_id=5)
    net.advance(1)
    stranger = net.neighbor(alice, addresses=(address(50),))
    net.holding = True
    alice.graph.limits = Limits(0, 0, 7)
    record_id = contact_of(stranger, signature=77, node_id=100)
    alice.do(alice.graph.topology.maintain)
    agreed = stranger.record(
        creator="contact 100",
        type=CONTACT,
        id=record_id,
        payload=ContactPayload(5, 100, (address(60),)).encode(),
        version=2,
        modified_by="contact 100",
        creation=EPOCH,
    )
    stranger.send(Flood(encode_record(agreed)))
    net.advance(31)
    assert alice.dials == []


def test_a_running_partition_timer_is_left_running(net: Net) -> None:  # reading A41
    alice = alone(net, node_id=5)
    net.advance(1)
    stranger = net.neighbor(alice)
    contact_of(stranger, signature=77, node_id=100)
    alice.do(alice.graph.topology.maintain)
    before = alice.graph.timers.at("partition")
    net.elapsed += 1
    alice.do(alice.graph.topology.maintain)
    assert alice.graph.timers.at("partition") == before


def test_two_halves_of_a_graph_find_each_other_again(net: Net) -> None:
    """Cut in two for ten minutes, then mended: contacts of the other half lead back."""
    machines = [alone(net)]
    for n in range(5):
        machines.append(net.join(f"peer {n}", machines[n]))
        machines[-1].listen()
    net.advance(600)
    halves = machines[:3], machines[3:]
    for one in halves[0]:
        for other in halves[1]:
            net.sever(one, other)
    net.advance(600)
    ours, theirs = halves[0][0].add(b"ours"), halves[1][0].add(b"theirs")
    assert theirs not in halves[0][0].records()
    net.mend()
    net.advance(900)
    assert all({ours, theirs} <= set(machine.records()) for machine in machines)
    assert len({machine.graph.topology.signature for machine in machines}) == 1


def test_a_contact_asks_its_application_for_another_way_now_and_then(net: Net) -> None:  # 3.1.7.15
    alice = alone(net)
    net.advance(1000)
    assert len(alice.heard(ConnectionRequired)) >= 2
    bob = net.join("bob", alice)
    bob.graph.limits = Limits(0, 0, 7)
    net.advance(1000)
    assert bob.heard(ConnectionRequired) == [], "bob is no contact"


# ---- Connection maintenance (3.1.7.14) -------------------------------------------------------------------------------


def with_neighbors(net: Net, count: int, *, limits: Limits | None = None) -> tuple[Machine, list[Stranger]]:
    alice = alone(net, limits=limits or Limits())
    strangers = [
        net.neighbor(alice, name=f"neighbor {n}", node_id=n + 1, addresses=(address(50 + n),)) for n in range(count)
    ]
    net.holding = True
    return alice, strangers


def test_the_least_useful_connection_goes_when_there_are_more_than_ideal(net: Net) -> None:
    alice, strangers = with_neighbors(net, 5)
    for link, utility in zip(alice.graph.neighbors, (9.0, 5.0, 1.0, 7.0, 3.0), strict=True):
        link.utility = utility
    alice.do(alice.graph.topology.maintain, by_timer=True)
    net.deliver_all()
    assert [stranger.hung_up for stranger in strangers] == [False, False, True, False, False]
    (disconnect,) = strangers[2].take(Disconnect)
    assert disconnect.reason is DisconnectReason.LEAST_USEFUL


def test_connections_are_dropped_by_the_timer_only(net: Net) -> None:
    alice, strangers = with_neighbors(net, 5)
    alice.do(alice.graph.topology.maintain)
    net.deliver_all()
    assert not any(stranger.hung_up for stranger in strangers)
    net.advance(600)
    assert sum(stranger.hung_up for stranger in strangers) == 2, "one each time until the ideal three are left"
    net.advance(3000)
    assert len(alice.graph.neighbors) == 3


def test_below_the_minimum_another_node_is_called_at_once(net: Net) -> None:
    alice, _ = with_neighbors(net, 1)
    alice.do(alice.graph.referrals.add, (address(60), address(61), address(62)))
    alice.do(alice.graph.topology.maintain)
    assert len(alice.dials) == 1
    assert alice.dials[0] in (address(60), address(61), address(62))


def test_between_minimum_and_ideal_another_node_is_called_by_the_timer(net: Net) -> None:
    alice, _ = with_neighbors(net, 2)
    alice.do(alice.graph.referrals.add, (address(60),))
    alice.do(alice.graph.topology.maintain)
    assert alice.dials == []
    net.advance(300)
    assert alice.dials == [address(60)]


def test_at_the_ideal_nobody_is_called(net: Net) -> None:
    alice, _ = with_neighbors(net, 3)
    alice.do(alice.graph.referrals.add, (address(60),))
    net.advance(1000)
    assert alice.dials == []


def test_candidates_come_from_presence_contacts_and_referrals(net: Net) -> None:
    alice, (stranger,) = with_neighbors(net, 1)
    presence_of(stranger, 100, port=60)
    contact_of(stranger, signature=5, node_id=101, port=61)
    alice.do(alice.graph.referrals.add, (address(62),))
    alice.do(alice.graph.topology.maintain)
    for _ in range(10):
        for link in alice.tries():
            alice.do(alice.graph.lost, link)
    assert set(alice.dials) == {address(60), address(61), address(62)}
    assert len(alice.dials) == 3, "each is left alone for a while after it failed"


@pytest.mark.parametrize("reason", DisconnectReason)
def test_a_disconnect_that_names_an_address_has_it_called_at_once_although_it_has_just_failed(
    net: Net, reason: DisconnectReason
) -> None:
    """3.1.5.2.4, 3.1.7.14: the referral is in the list, and maintenance follows."""
    alice = net.create()
    alice.listen()
    alice.do(alice.graph.referrals.add, (address(60),))
    alice.do(alice.graph.topology.maintain)
    assert alice.dials == [address(60)]
    stranger = net.neighbor(alice)
    net.advance(SHORT + 0.1)
    assert alice.dials.count(address(60)) == 1
    net.holding = True
    stranger.send(Disconnect(reason, (address(60),)))
    assert alice.dials.count(address(60)) == 2


def test_who_has_just_ended_a_connection_is_not_called_at_once_because_somebody_names_it(net: Net) -> None:
    """Two nodes without room for a third would otherwise send it back and forth without a pause."""
    alice = net.create()
    alice.listen()
    first = net.neighbor(alice, addresses=(address(60),))
    first.send(Disconnect(DisconnectReason.LEAST_USEFUL, ()))
    second = net.neighbor(alice, node_id=9, addresses=(address(61),))
    before = alice.dials.count(address(60))
    second.send(Disconnect(DisconnectReason.LEAST_USEFUL, (address(60),)))
    assert alice.dials.count(address(60)) == before


def test_an_address_that_failed_is_left_alone_for_a_quarter_of_a_minute_and_then_tried_again(net: Net) -> None:
    alice = alone(net)
    stranger = net.neighbor(alice)
    presence_of(stranger, 100, port=60)
    stranger.close()
    net.advance(14)
    assert alice.dials == [address(60)]
    net.advance(46)
    assert alice.dials == [address(60)] * len(alice.dials)
    assert 2 <= len(alice.dials) <= 5, "every 15 to 30 seconds"


def test_a_node_calls_neither_itself_nor_its_neighbors(net: Net) -> None:
    alice, (stranger,) = with_neighbors(net, 1)
    presence_of(stranger, 1, port=50)
    presence_of(stranger, alice.graph.node_id, port=70)
    alice.do(alice.graph.referrals.add, (alice.address, address(50)))
    net.advance(1000)
    assert alice.dials == []


def test_an_outgoing_call_does_not_lift_a_node_above_its_maximum(net: Net) -> None:
    """It was below when it called; meanwhile others have come. The least useful of all goes."""
    alice = alone(net)
    with net.hold():
        alice.do(alice.graph.connect, address(99), None)
        late = net.answer(alice, name="late", node_id=99)
    strangers = [net.neighbor(alice, name=f"n{n}", node_id=n + 1, addresses=(address(50 + n),)) for n in range(7)]
    for n, link in enumerate(alice.graph.neighbors):
        link.utility = 10.0 - n
    net.holding = True
    late.send(Welcome(99, EPOCH, peer_id="late"))
    assert len(alice.graph.neighbors) == 7
    assert not late.hung_up
    assert [stranger.hung_up for stranger in strangers] == [False] * 6 + [True]
    assert [m.reason for m in strangers[6].take(Disconnect)] == [DisconnectReason.LEAST_USEFUL]


def test_refused_by_a_full_node_a_joiner_goes_on_along_referrals(net: Net) -> None:
    bob = net.open("bob")
    net.holding = True
    bob.do(bob.graph.connect, address(99), None)
    first = net.answer(bob, name="first")
    net.holding = True
    first.send(Refuse(RefuseCode.BUSY, (address(60), address(61))))
    for n in range(2):
        following = net.answer(bob, name=f"following {n}")
        net.holding = True
        following.send(Refuse(RefuseCode.BUSY))
    assert set(bob.dials[1:]) == {address(60), address(61)}
    assert len(bob.dials) == 3


# ---- The graph maintenance timer (3.1.2, 3.1.6.6) --------------------------------------------------------------------


def test_maintenance_runs_every_five_minutes_with_neighbors_and_every_half_without(net: Net) -> None:
    alice = alone(net)
    assert alice.timer("maintenance") == 30.0
    stranger = net.neighbor(alice)
    net.advance(30)
    assert alice.timer("maintenance") == 300.0
    stranger.close()
    assert alice.timer("maintenance") == 30.0


# ---- The referral list (3.1.1, 3.1.5.2.2-3.1.5.2.4) ------------------------------------------------------------------


def test_the_referral_list_keeps_the_hundred_that_came_last(net: Net) -> None:
    bob = net.open("bob")
    for n in range(150):
        bob.do(bob.graph.referrals.add, (address(100 + n),))
    tried = set()
    net.holding = True
    for _ in range(200):
        link = bob.do(bob.graph.referrals.dial, Link(99, outgoing=True))
        if link is None:
            break
        assert isinstance(link, Link)
        tried.add(link.dialed)
    assert tried == {address(100 + n) for n in range(50, 150)}
    assert MAX_REFERRAL_LIST == 100


def test_welcome_refuse_and_disconnect_all_bring_referrals(net: Net) -> None:
    alice = alone(net)
    with net.hold():
        alice.do(alice.graph.connect, address(99), None)
        stranger = net.answer(alice)
    net.holding = True
    stranger.send(Welcome(stranger.node_id, EPOCH, (address(60),), "stranger"))
    assert alice.dials[1:] == []
    stranger.send(SyncEnd(), SyncEnd(), SyncEnd())
    assert alice.dials[1:] == [address(60)], "synchronized now, and one neighbor is less than the minimum"
    alice.do(alice.graph.lost, alice.tries()[0])
    stranger.send(Disconnect(DisconnectReason.LEAVING, (address(61),)))
    assert address(61) in alice.dials


# ---- Another network -------------------------------------------------------------------------------------------------


def test_who_could_not_be_reached_is_called_at_once_in_another_network(net: Net) -> None:
    alice, bob = alone(net), net.open("bob")
    bob.listen()
    net.connect(alice, bob)
    net.sever(alice, bob)
    net.advance(20)
    assert not alice.graph.neighbors
    net.mend()
    calls = len(alice.dials)
    alice.do(alice.graph.network_changed)
    bob.do(bob.graph.network_changed)
    net.advance(LOOK_AROUND + 0.1)
    assert len(alice.dials) > calls
    assert [link.peer_id for link in alice.graph.neighbors] == ["bob"]


def test_in_another_network_those_who_stay_connected_are_not_called(net: Net) -> None:
    alice, bob = alone(net), net.open("bob")
    bob.listen()
    net.connect(alice, bob)
    calls = len(alice.dials)
    alice.do(alice.graph.network_changed)
    net.advance(LOOK_AROUND + 0.1)
    assert len(alice.dials) == calls


def test_who_is_taken_for_somebody_that_is_there_calls_again_each_time_later(net: Net) -> None:
    """The other side has not noticed yet that the old connection is dead."""
    bob = net.open("bob")
    net.holding = True
    bob.do(bob.graph.connect, address(60), None)
    calls = []
    for _ in range(4):
        before = net.elapsed
        net.answer(bob).send(Refuse(RefuseCode.DUPLICATE_CONNECTION, ()))
        net.holding = True
        while not bob.tries():
            net.advance(0.5)
        calls.append(net.elapsed - before)
    assert calls == [AGAIN, 2 * AGAIN, 4 * AGAIN, 8 * AGAIN]
    assert set(bob.dials) == {address(60)}
