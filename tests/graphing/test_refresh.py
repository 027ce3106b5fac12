"""Records that are renewed, and those that the node itself publishes (MS-PPGRH 3.1.7.22, 3.1.7.4 to 3.1.7.7)."""

import pytest

from peerapi.graphing.codec.records import CONTACT, GRAPH_INFO, GRAPH_INFO_ID, SIGNATURE_ID, decode_record
from peerapi.graphing.machine.publication import REFRESH_EARLY
from peerapi.moment import SECOND
from tests.graphing.machines import EPOCH, Machine
from tests.graphing.pair import Net
from tests.graphing.published import AUTOREFRESHED, stored


@pytest.fixture
def alice(net: Net) -> Machine:
    return net.create()


# ---- Auto-refresh (3.1.7.22, 3.1.6.8) --------------------------------------------------------------------------------


def test_a_record_marked_for_it_is_renewed_twenty_seconds_before_it_expires(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    record = alice.add(b"kept", lifetime=100, flags=AUTOREFRESHED)
    net.advance(79.5)
    assert stored(alice, record).version == 1
    net.advance(1)
    renewed = stored(bob, record)
    assert (renewed.version, renewed.payload) == (2, b"kept")
    assert renewed.expiration == EPOCH + 180 * SECOND, "peer time plus the old lifetime"
    assert REFRESH_EARLY == 20 * SECOND


def test_a_renewed_record_is_renewed_again_and_again(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100, flags=AUTOREFRESHED)
    net.advance(1000)
    assert stored(alice, record).version == 13  # one at 80, then one every 80 s
    assert stored(alice, record).expiration > EPOCH + 1000 * SECOND


def test_a_short_lived_record_is_renewed_every_four_seconds_at_most(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=10, flags=AUTOREFRESHED)
    net.advance(60)
    assert 10 <= stored(alice, record).version <= 16


def test_a_record_that_is_not_marked_expires(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100)
    net.advance(120)
    assert alice.record(record) is None


def test_a_deleted_record_is_not_renewed(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100, flags=AUTOREFRESHED)
    alice.delete(record)
    net.advance(200)
    assert alice.record(record) is None


def test_the_mark_does_not_travel(net: Net, alice: Machine) -> None:  # reading A13
    bob = net.join("bob", alice)
    record = alice.add(lifetime=100, flags=AUTOREFRESHED)
    net.deliver_all()
    row = bob.graph.database.get(record)
    assert row is not None
    assert row.flags == 0
    net.crash(alice)
    net.advance(200)
    assert bob.record(record) is None


def test_an_update_may_set_the_mark_and_keeps_it(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100)
    alice.update(record, flags=AUTOREFRESHED)
    alice.update(record, data=b"changed")
    net.advance(300)
    assert stored(alice, record).payload == b"changed"


def test_the_mark_survives_a_restart(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=100, flags=AUTOREFRESHED)
    net.advance(60)
    net.crash(alice)
    alice.graph.database.created = False  # as an opening from disk finds it
    again = net.open("alice", database=alice.graph.database)
    net.advance(300)
    assert stored(again, record).version > 2


# ---- What the node itself publishes (3.1.7.4-3.1.7.7) ----------------------------------------------------------------


def test_the_graph_info_record_lives_five_minutes_and_keeps_its_id(net: Net, alice: Machine) -> None:
    record = stored(alice, GRAPH_INFO_ID)
    assert (record.type, record.expiration - record.modification) == (GRAPH_INFO, 300 * SECOND)
    assert alice.graph.info is not None
    alice.do(alice.graph.set_properties, alice.graph.info)
    assert stored(alice, GRAPH_INFO_ID).version == 2
    assert stored(alice, GRAPH_INFO_ID).creation == record.creation


def test_the_signature_record_keeps_its_id_whoever_publishes_it(net: Net) -> None:  # 3.1.7.6
    alice = net.create(node_id=9)
    bob = net.join("bob", alice, node_id=5)
    alice.listen()
    net.advance(40)
    first = stored(alice, SIGNATURE_ID)
    assert first.expiration - first.modification == 300 * SECOND
    bob.listen()
    net.advance(1)
    second = stored(alice, SIGNATURE_ID)
    assert (second.version, second.modified_by) == (first.version + 1, "bob")


def test_a_contact_record_lives_fifteen_minutes_and_is_renewed(net: Net, alice: Machine) -> None:  # 3.1.7.5
    alice.listen()
    net.advance(200)
    (wire,) = alice.records(CONTACT).values()
    record = decode_record(wire)
    assert record.expiration - record.modification == 900 * SECOND
    net.advance(2000)
    (wire,) = alice.records(CONTACT).values()
    assert decode_record(wire).id == record.id
    assert decode_record(wire).version > record.version
