"""Records that expire (MS-PPGRH 3.1.6.7, 3.1.7.10, 3.1.7.18-3.1.7.21, reading A20)."""

import pytest

from peerapi.errors import RecordNotFound
from peerapi.graphing.codec.internal_records import ContactPayload, PresencePayload, SignaturePayload
from peerapi.graphing.codec.messages import Flood
from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO_ID, PRESENCE, SIGNATURE, SIGNATURE_ID, encode_record
from peerapi.graphing.events import NodeChange, NodeChanged, RecordChange, RecordChanged
from peerapi.graphing.machine.expiration import MAX_EXPIRATION_DELAY, MIN_EXPIRATION_DELAY
from peerapi.moment import SECOND
from tests.graphing.machines import CHAT, EPOCH, Machine, address
from tests.graphing.pair import Net


@pytest.fixture
def alice(net: Net) -> Machine:
    return net.create()


def expired(machine: Machine) -> list[bytes]:
    return [event.record_id for event in machine.heard(RecordChanged) if event.change is RecordChange.EXPIRED]


def test_an_expired_record_is_gone_for_the_application_at_once(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100)
    net.elapsed += 99.9
    alice.graph.now = alice.moment
    assert alice.graph.live_record(record)
    net.elapsed += 0.2
    alice.graph.now = alice.moment
    with pytest.raises(RecordNotFound):
        alice.graph.live_record(record)


def test_an_expired_record_is_removed_and_told(net: Net, alice: Machine) -> None:
    record, kept = alice.add(lifetime=100), alice.add()
    net.advance(115)
    assert alice.record(record) is None
    assert alice.record(kept) is not None
    assert expired(alice) == [record]
    assert alice.changes(record)[-1].record_type == CHAT


def test_every_node_expires_a_record_for_itself(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    record = alice.add(lifetime=100)
    net.deliver_all()
    net.advance(130)
    assert expired(alice) == expired(bob) == [record]


def test_a_tombstone_expires_in_silence(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100)
    alice.delete(record)
    net.advance(130)
    assert alice.record(record) is None
    assert expired(alice) == []


def test_an_update_puts_expiration_off(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100)
    alice.update(record, expiration=EPOCH + 500 * SECOND)
    net.advance(400)
    assert alice.record(record) is not None
    net.advance(130)
    assert expired(alice) == [record]


# ---- The timer -------------------------------------------------------------------------------------------------------


def test_the_timer_waits_for_the_next_record_but_fifteen_seconds_at_least(net: Net, alice: Machine) -> None:
    alice.add(lifetime=100)
    alice.add(lifetime=105)
    net.advance(100)
    assert alice.timer("expiration") == MIN_EXPIRATION_DELAY == 15.0


def test_the_timer_waits_a_day_at_most(net: Net, alice: Machine) -> None:
    alice.add(lifetime=10 * 24 * 3600)
    net.advance(1)
    assert alice.timer("expiration") == pytest.approx(MAX_EXPIRATION_DELAY, abs=1)
    assert MAX_EXPIRATION_DELAY == 24 * 3600


def test_a_record_that_expires_much_earlier_moves_the_timer(net: Net, alice: Machine) -> None:  # 3.1.7.3
    alice.add(lifetime=1000)
    net.advance(1)
    alice.add(lifetime=500)
    assert alice.timer("expiration") == pytest.approx(500)


def test_a_record_that_expires_less_than_fifteen_seconds_earlier_does_not(net: Net, alice: Machine) -> None:
    alice.add(lifetime=1000)
    net.advance(1)
    before = alice.timer("expiration")
    alice.add(lifetime=990)
    assert alice.timer("expiration") == before


def test_a_received_record_moves_the_timer_too(net: Net, alice: Machine) -> None:  # 3.1.7.10
    bob = net.join("bob", alice)
    net.advance(1)
    alice.add(lifetime=60)
    net.deliver_all()
    assert bob.timer("expiration") == pytest.approx(60)


# ---- Deferred expiration ---------------------------------------------------------------------------------------------


@pytest.fixture
def deferring(net: Net) -> Machine:
    return net.create("deferring", properties={"defer_expiration": True})


def test_nothing_expires_while_nobody_is_connected(net: Net, deferring: Machine) -> None:
    record = deferring.add(lifetime=100)
    net.advance(10_000)
    assert deferring.graph.live_record(record)
    assert deferring.graph.record_ids(None, None) == record
    assert expired(deferring) == []


def test_what_was_deferred_expires_with_the_first_connection(net: Net, deferring: Machine) -> None:
    record = deferring.add(lifetime=100)
    net.advance(1000)
    bob = net.join("bob", deferring)
    net.advance(1)
    assert expired(deferring) == [record]
    assert bob.record(record) is None


def test_expiration_stops_again_when_the_last_connection_ends(net: Net, deferring: Machine) -> None:
    bob = net.join("bob", deferring)
    record = deferring.add(lifetime=100)
    net.deliver_all()
    net.crash(bob)
    net.advance(1000)
    assert deferring.graph.live_record(record)


def test_an_expired_record_may_be_changed_while_expiration_is_deferred(net: Net, deferring: Machine) -> None:
    record = deferring.add(lifetime=100)
    net.advance(1000)
    deferring.update(record, expiration=EPOCH + 5000 * SECOND, data=b"again")
    changed = deferring.record(record)
    assert changed is not None
    assert changed.payload == b"again"


# ---- Internal records (3.1.7.19-3.1.7.21) ----------------------------------------------------------------------------


def listening_with_neighbor(net: Net) -> tuple[Machine, object]:
    alice = net.create(node_id=9)
    alice.listen()
    return alice, net.neighbor(alice)


def test_an_expired_presence_is_told_as_a_node_that_left(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    payload = PresencePayload(stranger.node_id, None, (address(50),)).encode()
    presence = stranger.record(type=PRESENCE, payload=payload, expiration=EPOCH + 100 * SECOND)
    stranger.send(Flood(encode_record(presence)))
    assert alice.graph.topology.node(stranger.node_id) is not None
    net.advance(130)
    assert alice.graph.topology.node(stranger.node_id) is None
    assert [event.change for event in alice.heard(NodeChanged)] == [NodeChange.CONNECTED, NodeChange.DISCONNECTED]
    assert expired(alice) == []


def test_an_expired_contact_leaves_the_list(net: Net) -> None:
    alice = net.create()
    alice.listen()
    stranger = net.neighbor(alice)
    payload = ContactPayload(5, stranger.node_id, (address(50),)).encode()
    contact = stranger.record(type=CONTACT, payload=payload, expiration=EPOCH + 100 * SECOND)
    stranger.send(Flood(encode_record(contact)))
    assert contact.id in alice.graph.topology.contacts
    net.advance(130)
    assert contact.id not in alice.graph.topology.contacts


def test_an_expired_signature_starts_a_new_calculation(net: Net) -> None:
    alice = net.create(node_id=9)
    alice.listen()
    stranger = net.neighbor(alice)
    signature = stranger.record(
        type=SIGNATURE, id=SIGNATURE_ID, payload=SignaturePayload(5).encode(), expiration=EPOCH + 100 * SECOND
    )
    stranger.send(Flood(encode_record(signature)))
    assert alice.graph.topology.signature == 5
    net.advance(131)
    assert alice.graph.topology.signature == 9
    record = alice.record(SIGNATURE_ID)
    assert record is not None
    assert SignaturePayload.decode(record.payload).signature == 9


# ---- The graph info record (reading A21) -----------------------------------------------------------------------------


def test_the_creator_renews_the_graph_info_record(net: Net, alice: Machine) -> None:
    alice.listen()
    bob = net.join("bob", alice)
    net.advance(900)
    record = bob.record(GRAPH_INFO_ID)
    assert record is not None
    assert record.modified_by == "alice"
    assert record.expiration > EPOCH + 900 * SECOND


def test_others_renew_the_graph_info_record_when_its_creator_is_gone(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    bob.listen()
    carol = net.join("carol", bob)
    net.crash(alice)
    net.advance(900)
    for machine in (bob, carol):
        record = machine.record(GRAPH_INFO_ID)
        assert record is not None
        assert record.creator_id == "alice"
        assert record.modified_by in ("bob", "carol")
        assert record.expiration > EPOCH + 900 * SECOND
    dave = net.join("dave", bob)
    assert dave.graph.info == alice.graph.info


def test_a_graph_that_nobody_attended_keeps_its_properties(net: Net, alice: Machine) -> None:
    net.advance(3600)
    assert alice.record(GRAPH_INFO_ID) is not None
    assert alice.graph.info is not None
    bob = net.open("bob")
    net.connect(bob, alice)
    net.advance(10)
    assert bob.graph.info == alice.graph.info
