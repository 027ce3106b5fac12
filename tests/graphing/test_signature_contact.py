"""Signature and contact records (MS-PPGRH 3.1.7.11, 3.1.7.12)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.graphing.codec.internal_records import ContactPayload, SignaturePayload
from peerapi.graphing.codec.messages import (
    Flood,
)
from peerapi.graphing.codec.records import CONTACT, SIGNATURE, SIGNATURE_ID, encode_record
from peerapi.graphing.machine.topology import contact_minimum, signature_delay
from tests.graphing.machines import EPOCH, Stranger, address
from tests.graphing.nodes import alone, contact_of
from tests.graphing.pair import Net

u64 = st.integers(0, (1 << 64) - 1)


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
