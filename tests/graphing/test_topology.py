"""Finding others and keeping the graph one (MS-PPGRH 3.1.6.3-3.1.6.6, 3.1.6.9, 3.1.7.4-3.1.7.6, 3.1.7.10-3.1.7.17)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import (
    Connect,
    Disconnect,
    DisconnectReason,
    Flood,
    Refuse,
    RefuseCode,
    SyncEnd,
    Welcome,
)
from peerapi.graphing.codec.records import CONTACT, PRESENCE, SIGNATURE, SIGNATURE_ID, encode_record
from peerapi.graphing.events import ConnectionRequired, NodeChange, NodeChanged
from peerapi.graphing.graph import Limits
from peerapi.graphing.link import Link
from peerapi.graphing.machine.connections import SHORT
from peerapi.graphing.machine.node_list import NodeEntry
from peerapi.graphing.machine.referrals import AGAIN, MAX_REFERRAL_LIST
from peerapi.graphing.machine.topology import LOCAL_NODE, LOOK_AROUND, PRESENCE_ALL, contact_minimum, signature_delay
from peerapi.moment import SECOND
from tests.graphing.pair import EPOCH, Machine, Net, Stranger, address

u64 = st.integers(0, (1 << 64) - 1)


@pytest.fixture
def net() -> Net:
    return Net()


def alone(net: Net, **options: object) -> Machine:
    """A creator that listens."""
    alice = net.create(**options)
    alice.listen()
    return alice


def contact_of(stranger: Stranger, *, signature: int, node_id: int, port: int = 60) -> bytes:
    """Publish a contact record from outside; returns its ID."""
    payload = ContactPayload(signature, node_id, (address(port),)).encode()
    record = stranger.record(creator=f"contact {node_id}", type=CONTACT, payload=payload)
    stranger.send(Flood(encode_record(record)))
    return record.id


def presence_of(stranger: Stranger, node_id: int, *, port: int = 60) -> bytes:
    payload = PresencePayload(node_id, None, (address(port),)).encode()
    record = stranger.record(creator=f"peer {node_id}", type=PRESENCE, payload=payload)
    stranger.send(Flood(encode_record(record)))
    return record.id


def signature_of(stranger: Stranger, signature: int, version: int = 1) -> None:
    payload = SignaturePayload(signature).encode()
    record = stranger.record(type=SIGNATURE, id=SIGNATURE_ID, payload=payload, version=version)
    stranger.send(Flood(encode_record(record)))


# ---- Signature (3.1.7.11, 3.1.6.4, 3.1.7.6) --------------------------------------------------------------------------


@given(u64)
def test_the_delay_of_a_signature_lies_between_a_tenth_and_thirty_seconds(node_id: int) -> None:
    assert 0.1 <= signature_delay(node_id) <= 30


@given(u64, u64)
def test_lower_node_ids_come_first(one: int, other: int) -> None:
    assert signature_delay(min(one, other)) <= signature_delay(max(one, other))


def test_a_node_alone_publishes_its_id_as_the_signature_after_its_delay(net: Net) -> None:
    alice = alone(net, node_id=3 << 62)
    assert alice.timer("signature") == pytest.approx(signature_delay(3 << 62))
    net.advance(signature_delay(3 << 62) - 0.1)
    assert alice.graph.topology.signature is None
    net.advance(0.2)
    assert alice.graph.topology.signature == 3 << 62


def test_a_node_that_does_not_listen_publishes_no_signature(net: Net) -> None:
    alice = net.create()
    net.advance(100)
    assert alice.record(SIGNATURE_ID) is None


def test_a_lower_node_replaces_the_signature_after_a_tenth_of_a_second(net: Net) -> None:
    alice = alone(net, node_id=50)
    stranger = net.neighbor(alice)
    signature_of(stranger, 77)
    assert alice.timer("signature") == pytest.approx(0.1)
    net.advance(0.2)
    assert alice.graph.topology.signature == 50


def test_a_higher_node_leaves_the_signature_alone(net: Net) -> None:
    alice = alone(net, node_id=90)
    stranger = net.neighbor(alice)
    signature_of(stranger, 77)
    net.advance(60)
    assert alice.graph.topology.signature == 77


def test_the_graph_agrees_on_its_lowest_node(net: Net) -> None:
    machines = [alone(net)]
    for n in range(6):
        machines.append(net.join(f"peer {n}", machines[n]))
        machines[-1].listen()
    net.advance(60)
    lowest = min(machine.graph.node_id for machine in machines)
    assert {machine.graph.topology.signature for machine in machines} == {lowest}


def test_the_next_node_takes_over_when_the_signature_node_closes(net: Net) -> None:
    first, second, third = 5 << 60, 7 << 60, 9 << 60
    alice = alone(net, node_id=first)
    bob, carol = net.join("bob", alice, node_id=second), net.join("carol", alice, node_id=third)
    bob.listen()
    net.connect(carol, bob)
    carol.listen()
    net.advance(60)
    assert bob.graph.topology.signature == first
    alice.do(alice.graph.close)
    net.deliver_all()
    assert bob.graph.topology.signature is None
    net.advance(31)
    assert bob.graph.topology.signature == carol.graph.topology.signature == second


def test_the_next_node_takes_over_when_the_signature_node_dies(net: Net) -> None:
    alice = alone(net, node_id=5)
    bob = net.join("bob", alice, node_id=7)
    bob.listen()
    net.advance(60)
    net.crash(alice)
    net.advance(400)
    assert bob.graph.topology.signature == 7


def test_a_signature_that_does_not_parse_changes_nothing(net: Net) -> None:
    alice = alone(net, node_id=1)
    net.advance(1)
    stranger = net.neighbor(alice)
    bad = stranger.record(type=SIGNATURE, id=SIGNATURE_ID, payload=b"short", version=9)
    stranger.send(Flood(encode_record(bad)))
    assert not stranger.hung_up
    net.advance(30)
    assert alice.graph.topology.signature == 1


# ---- Contacts (3.1.7.12, 3.1.6.3, 3.1.7.5) ---------------------------------------------------------------------------


def test_a_small_graph_has_five_contacts_and_a_large_one_more() -> None:
    assert contact_minimum((1 << 64) - 1) == 5
    assert contact_minimum(1 << 60) == 5
    assert contact_minimum(1 << 55) == 5
    assert contact_minimum(1 << 54) == 6
    assert contact_minimum(1 << 40) == 20
    assert contact_minimum(1) == 60


@given(u64)
def test_the_contact_bounds_are_five_apart(signature: int) -> None:
    minimum = contact_minimum(signature)
    assert 5 <= minimum <= 60
    if 0 < signature < 1 << 55:
        assert abs(minimum - (60 - math.log2(signature))) <= 0.5


def test_with_too_few_contacts_a_node_becomes_one_after_a_random_delay(net: Net) -> None:
    alice = alone(net)
    delay = alice.timer("contact")
    assert delay is not None
    assert 10 <= delay <= 180
    net.advance(delay - 0.1)
    assert alice.graph.topology.own_contact() is None
    net.advance(0.2)
    own = alice.graph.topology.own_contact()
    assert own is not None
    assert (own.node_id, own.addresses) == (alice.graph.node_id, (alice.address,))


def test_a_node_that_does_not_listen_is_no_contact(net: Net) -> None:
    alice = net.create()
    net.advance(400)
    assert alice.records(CONTACT) == {}


def test_enough_contacts_keep_a_node_from_becoming_one(net: Net) -> None:
    alice = alone(net)
    stranger = net.neighbor(alice)
    for n in range(5):
        contact_of(stranger, signature=alice.graph.node_id, node_id=n + 100, port=60 + n)
    assert alice.timer("contact") is None
    net.advance(200)
    assert alice.graph.topology.own_contact() is None


def test_with_too_many_contacts_a_node_ceases_to_be_one(net: Net) -> None:
    alice = alone(net)
    net.advance(200)
    stranger = net.neighbor(alice)
    for n in range(9):
        contact_of(stranger, signature=alice.graph.node_id, node_id=n + 100, port=60 + n)
    assert alice.timer("contact") is None, "ten are not too many"
    contact_of(stranger, signature=alice.graph.node_id, node_id=999)
    delay = alice.timer("contact")
    assert delay is not None
    assert 10 <= delay <= 180
    net.advance(181)
    assert alice.graph.topology.own_contact() is None
    assert len(alice.graph.topology.contacts) == 10


def test_a_contact_says_which_signature_it_sees(net: Net) -> None:  # 1.3.2.2
    alice = alone(net, node_id=50)
    net.advance(200)
    own = alice.graph.topology.own_contact()
    assert own is not None
    assert own.signature == 50
    stranger = net.neighbor(alice)
    signature_of(stranger, 7, version=9)
    own = alice.graph.topology.own_contact()
    assert own is not None
    assert own.signature == 7


def test_a_contact_record_that_changes_replaces_its_entry(net: Net) -> None:  # 3.1.7.10.4
    alice = alone(net)
    stranger = net.neighbor(alice)
    payload = ContactPayload(1, 100, (address(60),)).encode()
    record = stranger.record(type=CONTACT, payload=payload)
    moved = ContactPayload(2, 100, (address(61),)).encode()
    newer = stranger.record(
        type=CONTACT, id=record.id, payload=moved, version=2, modification=EPOCH + 1, modified_by="stranger"
    )
    gone = stranger.record(
        type=CONTACT, id=record.id, payload=b"", deleted=True, version=3, modification=EPOCH + 2, modified_by="stranger"
    )
    stranger.send(Flood(encode_record(record)))
    assert alice.graph.topology.contacts[record.id].addresses == (address(60),)
    stranger.send(Flood(encode_record(newer)))
    entry = alice.graph.topology.contacts[record.id]
    assert (entry.addresses, entry.signature) == ((address(61),), 2)
    stranger.send(Flood(encode_record(gone)))
    assert record.id not in alice.graph.topology.contacts


# ---- Presence (3.1.4.6, 3.1.7.17, 3.1.6.9, 3.1.7.4) ------------------------------------------------------------------


def node_of(machine: Machine, node_id: int) -> NodeEntry:
    """What a machine knows of a node that is present."""
    entry = machine.graph.topology.node(node_id)
    assert entry is not None
    return entry


def present(machine: Machine) -> bool:
    return machine.graph.topology.node(machine.graph.node_id) is not None


def set_presence(machine: Machine, forced: bool) -> None:
    machine.graph.topology.force_presence = forced
    machine.do(machine.graph.topology.maintain_presence)


def test_every_node_that_listens_is_present_when_all_shall_be(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    assert present(alice)
    assert not present(bob)
    bob.listen()
    net.deliver_all()
    assert {alice.graph.node_id, bob.graph.node_id} == {one.node_id for one in alice.graph.topology.presence.values()}
    assert alice.heard(NodeChanged) == [NodeChanged(NodeChange.CONNECTED, bob.graph.node_id, "bob")]


def test_of_itself_a_node_hears_what_has_changed_under_the_id_0(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.topology.set_attributes, "text")
    net.deliver_all()
    assert alice.heard(NodeChanged) == [NodeChanged(NodeChange.UPDATED, LOCAL_NODE, "alice")]
    assert bob.heard(NodeChanged)[-1] == NodeChanged(NodeChange.UPDATED, alice.graph.node_id, "alice")
    alice.do(alice.graph.listening, ())
    net.deliver_all()
    assert len(alice.heard(NodeChanged)) == 1
    assert bob.heard(NodeChanged)[-1].change is NodeChange.DISCONNECTED


def test_nobody_is_present_unasked_when_none_shall_be(net: Net) -> None:
    alice = alone(net)
    net.advance(400)
    assert not present(alice)


def test_the_application_may_force_presence(net: Net) -> None:
    alice = alone(net)
    set_presence(alice, True)
    assert present(alice)


def test_forced_presence_begins_when_the_node_listens(net: Net) -> None:
    alice = net.create()
    set_presence(alice, True)
    assert not present(alice)
    alice.listen()
    assert present(alice)


def test_presence_is_renewed_while_the_node_is_there(net: Net) -> None:
    alice = alone(net)
    bob = net.join("bob", alice)
    set_presence(alice, True)
    net.advance(2000)
    assert bob.graph.topology.node(alice.graph.node_id) is not None
    net.crash(alice)
    net.advance(400)
    assert bob.graph.topology.node(alice.graph.node_id) is None


def test_presence_lives_as_long_as_the_graph_says(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL, "presence_lifetime": 1234})
    record = alice.record(node_of(alice, alice.graph.node_id).record_id)
    assert record is not None
    assert record.expiration - record.modification == 1234 * SECOND


def test_a_few_shall_be_present_so_nodes_offer_after_a_random_delay(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 2})
    delay = alice.timer("presence")
    assert delay is not None
    assert 30 <= delay <= 180
    net.advance(delay + 1)
    assert present(alice)


def test_enough_present_nodes_keep_others_from_offering(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 2})
    stranger = net.neighbor(alice)
    for n in range(2):
        presence_of(stranger, n + 100)
    net.advance(200)
    assert not present(alice)


def test_a_node_offers_again_when_a_present_one_leaves(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 1})
    stranger = net.neighbor(alice)
    record_id = presence_of(stranger, 100)
    net.advance(200)
    assert not present(alice)
    gone = stranger.record(
        creator="peer 100",
        type=PRESENCE,
        id=record_id,
        payload=b"",
        deleted=True,
        version=2,
        creation=EPOCH,
        modified_by="peer 100",
    )
    stranger.send(Flood(encode_record(gone)))
    net.advance(181)
    assert present(alice)


def test_a_node_withdraws_when_too_many_are_present(net: Net) -> None:
    alice = alone(net, properties={"max_presence": 1})
    net.advance(200)
    assert present(alice)
    stranger = net.neighbor(alice)
    for n in range(11):
        presence_of(stranger, n + 100, port=60 + n)
    alice.do(alice.graph.topology.maintain_presence)
    net.advance(181)
    assert not present(alice)
    assert len(alice.graph.topology.presence) == 11


def test_a_node_that_no_longer_listens_withdraws_its_presence(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.listening, ())
    net.deliver_all()
    assert not present(alice)
    assert bob.graph.topology.presence == {}


def test_node_attributes_travel_with_presence(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    alice.do(alice.graph.topology.set_attributes, "free text")
    net.deliver_all()
    assert node_of(bob, alice.graph.node_id).attributes == "free text"
    assert bob.heard(NodeChanged)[-1] == NodeChanged(NodeChange.UPDATED, alice.graph.node_id, "alice")


def test_a_renewed_presence_is_not_told(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    bob = net.join("bob", alice)
    net.advance(1500)
    assert [e.change for e in bob.heard(NodeChanged) if e.node_id == alice.graph.node_id] == [NodeChange.CONNECTED]


# ---- Addresses change (3.1.7.23) -------------------------------------------------------------------------------------


def test_new_addresses_reach_presence_contact_and_neighbors(net: Net) -> None:
    alice = alone(net, properties={"max_presence": PRESENCE_ALL})
    net.advance(200)
    stranger = net.neighbor(alice)
    stranger.messages.clear()
    alice.listen(address(70))
    net.deliver_all()
    assert stranger.take(Connect) == [Connect(alice.graph.node_id, (address(70),), update=True)]
    own = alice.graph.topology.own_contact()
    assert own is not None
    assert own.addresses == (address(70),)
    assert node_of(alice, alice.graph.node_id).addresses == (address(70),)


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
