"""Records that a node makes, changes and deletes (MS-PPGRH 3.1.4.3-3.1.4.5, 3.1.7.2-3.1.7.9, 3.1.7.22)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.errors import AccessDenied, InvalidArgument, InvalidAttributes, RecordNotFound, RecordTooBig
from peerapi.graphing.codec.messages import Flood
from peerapi.graphing.codec.records import (
    GRAPH_INFO,
    GRAPH_INFO_ID,
    GRAPH_TYPES,
    LAST_VERSION,
    encode_record,
    graph_id_wire,
    validate_received,
)
from peerapi.graphing.draft import Draft
from peerapi.graphing.events import RecordChange, RecordChanged
from peerapi.moment import LAST_TIME, SECOND
from peerapi.store.database import AUTOREFRESH, DELETED, INTERNAL
from tests.graphing.machines import CHAT, EPOCH, GRAPH, HOUR, Machine
from tests.graphing.pair import OTHER, Net
from tests.graphing.published import AUTOREFRESHED, stored

DELETED_FLAG = 2

ATTRIBUTES = '<attributes><attribute name="a" type="string">b</attribute></attributes>'


@pytest.fixture
def alice(net: Net) -> Machine:
    return net.create()


# ---- Creating (3.1.4.3, 3.1.7.2) -------------------------------------------------------------------------------------


def test_a_new_record_has_the_fields_of_its_maker(net: Net, alice: Machine) -> None:
    net.elapsed += 100
    record = stored(alice, alice.add(b"payload", attributes=ATTRIBUTES))
    now = EPOCH + 100 * SECOND
    assert (record.type, record.version, record.creator_id, record.graph_id) == (CHAT, 1, "alice", GRAPH)
    assert (record.creation, record.modification, record.expiration) == (now, now, now + HOUR)
    assert (record.payload, record.attributes) == (b"payload", ATTRIBUTES)
    assert record.modified_by is None, "empty on creation (reading A37)"
    assert not record.deleted


def test_times_are_peer_time(net: Net, alice: Machine) -> None:
    alice.graph.clock.delta = 500 * SECOND
    record = stored(alice, alice.add())
    assert record.creation == EPOCH - 500 * SECOND


def test_the_first_half_of_an_id_comes_from_the_creator(alice: Machine) -> None:  # reading A4
    digest = hashlib.md5("alice".encode("utf-16-be"), usedforsecurity=False).digest()
    key = bytes(a ^ b for a, b in zip(digest[:8], digest[8:], strict=True))
    ids = {alice.add() for _ in range(50)}
    assert len(ids) == 50
    assert {record_id[:8] for record_id in ids} == {key}


def test_another_creator_may_be_named(alice: Machine) -> None:
    record = stored(alice, alice.add(creator_id="somebody else"))
    assert record.creator_id == "somebody else"
    assert record.id[:8] != stored(alice, alice.add()).id[:8]


def test_what_this_node_makes_any_other_accepts(net: Net, alice: Machine) -> None:  # 3.1.7.27
    record = alice.add(b"payload", attributes=ATTRIBUTES, creator_id="x" * 255)
    alice.update(record, data=b"changed", modified_by="y" * 255)
    alice.delete(record)
    wire = alice.graph.database.wire(record)
    assert wire is not None
    assert validate_received(wire, graph_id_wire(GRAPH), 0).id == record


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
def test_any_payload_arrives_as_it_was_given(data: bytes, creator: str) -> None:
    net = Net()
    alice = net.create()
    bob = net.join("bob", alice)
    record = alice.add(data, creator_id=creator or None)
    net.deliver_all()
    assert stored(bob, record).payload == data
    assert stored(bob, record).creator_id == (creator or "alice")


@pytest.mark.parametrize(
    "draft",
    [
        {"expiration": EPOCH},
        {"expiration": EPOCH - 1},
        {"expiration": 0},
        {"expiration": LAST_TIME + 1},
        {"flags": DELETED_FLAG},
        {"flags": 4},
        {"creator_id": ""},
        {"creator_id": "x" * 256},
        *({"type": kind} for kind in sorted(GRAPH_TYPES)),
    ],
    ids=str,
)
def test_a_record_that_breaks_a_rule_is_refused_and_nothing_happens(net: Net, draft: dict[str, Any]) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    before, events = alice.graph.database.count(), len(alice.events)
    with pytest.raises(InvalidArgument):
        alice.do(alice.graph.add_record, Draft(**{"type": CHAT, "expiration": EPOCH + HOUR, **draft}))
    net.log.clear()
    net.deliver_all()
    assert alice.graph.database.count() == bob.graph.database.count() == before
    assert len(alice.events) == events
    assert net.sent(Flood) == []


def test_an_expiration_one_tick_ahead_is_late_enough(alice: Machine) -> None:
    assert alice.do(alice.graph.add_record, Draft(type=CHAT, expiration=EPOCH + 1))


def test_attributes_have_to_follow_the_syntax(alice: Machine) -> None:  # 2.2.3.5
    with pytest.raises(InvalidAttributes):
        alice.add(attributes="<nonsense/>")
    with pytest.raises(InvalidAttributes):
        alice.update(alice.add(), attributes="<nonsense/>")


def test_the_size_counts_payload_and_attributes_with_terminator(net: Net) -> None:  # reading A36
    alice = net.create(properties={"max_record_size": 1024})
    room = 1024 - 2 * (len(ATTRIBUTES) + 1)
    assert alice.add(bytes(room), attributes=ATTRIBUTES)
    with pytest.raises(RecordTooBig):
        alice.add(bytes(room + 1), attributes=ATTRIBUTES)
    assert alice.add(bytes(1024))
    with pytest.raises(RecordTooBig):
        alice.add(bytes(1025))


def test_an_update_is_held_to_the_same_size(net: Net) -> None:
    alice = net.create(properties={"max_record_size": 1024})
    record = alice.add(bytes(1000))
    with pytest.raises(RecordTooBig):
        alice.update(record, data=bytes(1025))
    with pytest.raises(RecordTooBig):
        alice.update(record, attributes=ATTRIBUTES)


# ---- Publishing (3.1.7.3) --------------------------------------------------------------------------------------------


def test_a_new_record_goes_to_every_neighbor_and_to_the_application(net: Net, alice: Machine) -> None:
    alice.listen()
    strangers = [net.neighbor(alice, name=f"n{n}", node_id=n + 1) for n in range(3)]
    record = alice.add()
    net.deliver_all()
    wire = alice.graph.database.wire(record)
    assert wire is not None
    assert all(stranger.take(Flood) == [Flood(wire)] for stranger in strangers)
    assert alice.changes(record) == [RecordChanged(RecordChange.ADDED, record, CHAT)]


def test_internal_records_are_not_told_as_record_changes(net: Net, alice: Machine) -> None:  # 3.1.7.10.1
    alice.listen()
    net.advance(400)
    assert alice.graph.database.count() > 1
    assert alice.heard(RecordChanged) == []


# ---- Updating (3.1.4.4, 3.1.7.8) -------------------------------------------------------------------------------------


def test_an_update_is_the_next_version(net: Net, alice: Machine) -> None:
    record = alice.add(b"first", attributes=ATTRIBUTES)
    before = stored(alice, record)
    net.elapsed += 10
    alice.update(record, data=b"second")
    after = stored(alice, record)
    assert (after.version, after.payload, after.attributes) == (2, b"second", ATTRIBUTES)
    assert (after.creation, after.expiration, after.creator_id) == (before.creation, before.expiration, "alice")
    assert after.modification == before.modification + 10 * SECOND
    assert after.modified_by == "alice"
    assert [e.change for e in alice.changes(record)] == [RecordChange.ADDED, RecordChange.UPDATED]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"data": b""}, "payload", b""),
        ({"data": b"new"}, "payload", b"new"),
        ({"attributes": "<attributes/>"}, "attributes", "<attributes/>"),
        ({"expiration": EPOCH + 2 * HOUR}, "expiration", EPOCH + 2 * HOUR),
        ({"modified_by": "somebody"}, "modified_by", "somebody"),
    ],
    ids=str,
)
def test_an_update_changes_what_is_given(alice: Machine, change: dict[str, Any], field: str, value: object) -> None:
    record = alice.add(b"first", attributes=ATTRIBUTES)
    before = stored(alice, record)
    alice.update(record, **change)
    after = stored(alice, record)
    assert getattr(after, field) == value
    kept = {"payload", "attributes", "expiration"} - {field}
    assert all(getattr(after, name) == getattr(before, name) for name in kept)


def test_the_modification_time_never_stands_still(alice: Machine) -> None:
    record = alice.add()
    times = []
    for _ in range(3):
        alice.update(record, data=b"x")
        times.append(stored(alice, record).modification)
    assert times == sorted(set(times))
    assert times[0] > stored(alice, record).creation


def test_another_node_may_update_a_record(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    record = alice.add()
    net.deliver_all()
    bob.update(record, data=b"by bob")
    net.deliver_all()
    after = stored(alice, record)
    assert (after.payload, after.modified_by, after.creator_id) == (b"by bob", "bob", "alice")
    assert [e.change for e in alice.changes(record)] == [RecordChange.ADDED, RecordChange.UPDATED]


def test_an_update_cannot_shorten_a_life(alice: Machine) -> None:
    record = alice.add()
    with pytest.raises(InvalidArgument):
        alice.update(record, expiration=EPOCH + HOUR - 1)
    alice.update(record, expiration=EPOCH + HOUR)


@pytest.mark.parametrize("change", [{"flags": DELETED_FLAG}, {"modified_by": ""}, {"modified_by": "x" * 256}], ids=str)
def test_an_update_that_breaks_a_rule_changes_nothing(alice: Machine, change: dict[str, Any]) -> None:
    record = alice.add()
    with pytest.raises(InvalidArgument):
        alice.update(record, **change)
    assert stored(alice, record).version == 1


def test_what_is_not_there_cannot_be_updated_or_deleted(alice: Machine) -> None:
    deleted = alice.add()
    alice.delete(deleted)
    for record in (bytes(16), deleted):
        with pytest.raises(RecordNotFound):
            alice.update(record)
        with pytest.raises(RecordNotFound):
            alice.delete(record)
        with pytest.raises(RecordNotFound):
            alice.delete(record, local=True)


def test_an_expired_record_cannot_be_updated(net: Net, alice: Machine) -> None:
    record = alice.add(lifetime=5)
    net.elapsed += 5
    with pytest.raises(RecordNotFound):
        alice.update(record)


def test_internal_records_belong_to_the_graph(alice: Machine) -> None:
    with pytest.raises(InvalidArgument):
        alice.update(GRAPH_INFO_ID, data=b"")
    with pytest.raises(AccessDenied):
        alice.delete(GRAPH_INFO_ID)
    with pytest.raises(AccessDenied):
        alice.delete(GRAPH_INFO_ID, local=True)
    assert alice.graph.info is not None


def test_the_last_version_can_still_be_changed(net: Net, alice: Machine) -> None:
    alice.listen()
    stranger = net.neighbor(alice)
    old = stranger.record(version=LAST_VERSION)
    stranger.send(Flood(encode_record(old)))
    net.elapsed += 1
    alice.update(old.id, data=b"changed")
    assert stored(alice, old.id).payload == b"changed"
    assert stored(alice, old.id).version == LAST_VERSION


# ---- Deleting (3.1.4.5, 3.1.7.9) -------------------------------------------------------------------------------------


def test_a_deleted_record_leaves_a_tombstone_everywhere(net: Net, alice: Machine) -> None:  # reading A19
    bob = net.join("bob", alice)
    record = alice.add(b"payload", attributes=ATTRIBUTES)
    before = stored(alice, record)
    net.elapsed += 1
    alice.delete(record)
    net.deliver_all()
    after = stored(bob, record)
    assert (after.deleted, after.payload, after.attributes) == (True, b"", None)
    assert (after.version, after.modified_by, after.modification > before.modification) == (2, "alice", True)
    assert (after.type, after.creator_id, after.creation, after.expiration) == (
        before.type,
        before.creator_id,
        before.creation,
        before.expiration,
    )
    assert [e.change for e in bob.changes(record)] == [RecordChange.ADDED, RecordChange.DELETED]
    with pytest.raises(RecordNotFound):
        bob.graph.live_record(record)


def test_a_local_deletion_stays_here(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    record = alice.add()
    net.deliver_all()
    alice.delete(record, local=True)
    net.deliver_all()
    assert alice.record(record) is None
    assert stored(bob, record).deleted is False
    assert [e.change for e in alice.changes(record)] == [RecordChange.ADDED, RecordChange.DELETED]


# ---- Finding ---------------------------------------------------------------------------------------------------------


def test_ids_are_listed_by_type_and_creator_without_what_is_gone(net: Net, alice: Machine) -> None:
    chat, other = alice.add(), alice.add(type=OTHER)
    his = alice.add(creator_id="bob")
    deleted, expired = alice.add(), alice.add(lifetime=5)
    alice.delete(deleted)
    net.elapsed += 5
    alice.graph.now = alice.moment
    assert alice.graph.record_ids(None, None) == chat + other + his
    assert alice.graph.record_ids(OTHER, None) == other
    assert alice.graph.record_ids(None, "bob") == his
    assert alice.graph.record_ids(CHAT, "alice") == chat
    assert expired not in alice.graph.record_ids(None, None)
    assert alice.graph.record_ids(GRAPH_INFO, None) == GRAPH_INFO_ID


# ---- Flags of the store ----------------------------------------------------------------------------------------------


def test_a_row_says_what_kind_of_record_it_holds(alice: Machine) -> None:
    plain, refreshed, deleted = alice.add(), alice.add(flags=AUTOREFRESHED), alice.add()
    alice.delete(deleted)
    flags = []
    for record in (plain, refreshed, deleted, GRAPH_INFO_ID):
        row = alice.graph.database.get(record)
        assert row is not None
        flags.append(row.flags)
    assert flags == [0, AUTOREFRESH, DELETED, INTERNAL]
