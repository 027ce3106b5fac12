"""Records on their way: FLOOD, ACK and connection utility.

MS-PPGRH 3.1.5.2.10, 3.1.5.2.12, 3.1.7.10.1, 3.1.7.27, 3.1.7.32, 3.1.7.33.
"""

from dataclasses import replace
from typing import Any

import pytest

from peerapi.graphing.codec.messages import Ack, Flood
from peerapi.graphing.codec.records import Record, decode_record, encode_record
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.flooding import ACK_DELAY, ACKS_AT_ONCE, HIGH_WATER
from peerapi.graphing.security import Validity
from peerapi.store.database import AUTOREFRESH
from tests.graphing.machines import CHAT, EPOCH, HOUR, Machine, Stranger
from tests.graphing.pair import Net


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


@pytest.fixture
def stranger(net: Net, alice: Machine) -> Stranger:
    return net.neighbor(alice)


def flood(stranger: Stranger, *records: Record) -> None:
    stranger.send(*(Flood(encode_record(record)) for record in records))


def later(record: Record, **changes: Any) -> Record:
    """The next version, made by somebody else."""
    values = {"version": record.version + 1, "modification": record.modification + 1, "modified_by": "mallory"}
    return replace(record, **{**values, **changes})


def acks(net: Net, stranger: Stranger) -> list[tuple[bytes, bool]]:
    net.advance(ACK_DELAY)
    return [ack for message in stranger.take(Ack) for ack in message.acks]


# ---- New, present, old (3.1.5.2.10) ----------------------------------------------------------------------------------


def test_a_new_record_is_stored_told_and_acknowledged_as_useful(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    flood(stranger, record)
    assert alice.record(record.id) == record
    assert [(e.change, e.record_type) for e in alice.changes(record.id)] == [(RecordChange.ADDED, CHAT)]
    assert acks(net, stranger) == [(record.id, True)]


def test_a_record_that_is_present_is_acknowledged_as_useless(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    flood(stranger, record)
    flood(stranger, record)
    assert len(alice.changes(record.id)) == 1
    assert acks(net, stranger) == [(record.id, True), (record.id, False)]
    assert stranger.take(Flood) == []


def test_a_record_twice_in_one_piece_is_new_once(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    flood(stranger, record, record)
    assert len(alice.changes(record.id)) == 1
    assert acks(net, stranger) == [(record.id, True), (record.id, False)]


def test_a_record_twice_in_one_piece_is_judged_once(net: Net, alice: Machine, stranger: Stranger) -> None:
    """By a foreign provider, which answers later."""
    record = stranger.record()
    alice.graph.guarded = True
    flood(stranger, record, record)
    (judge,) = alice.to_validate
    assert [received.summary.id for received, _ in judge.records] == [record.id]
    alice.do(alice.graph.judged, judge.link, [(received, Validity.VALID) for received, _ in judge.records])
    assert alice.record(record.id) == record
    assert len(alice.changes(record.id)) == 1


def test_a_newer_record_replaces_the_stored_one(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    newer = later(record, payload=b"changed")
    flood(stranger, record)
    flood(stranger, newer)
    assert alice.record(record.id) == newer
    assert [e.change for e in alice.changes(record.id)] == [RecordChange.ADDED, RecordChange.UPDATED]
    assert acks(net, stranger) == [(record.id, True), (record.id, True)]


def test_two_versions_in_one_piece_leave_the_later(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    newer = later(record)
    flood(stranger, newer, record)
    assert alice.record(record.id) == newer
    assert acks(net, stranger) == [(record.id, True), (record.id, False)]


def test_an_old_record_is_answered_with_the_newer_one(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    newer = later(record)
    flood(stranger, newer)
    flood(stranger, record)
    assert alice.record(record.id) == newer
    assert stranger.take(Flood) == [Flood(encode_record(newer))]
    assert acks(net, stranger) == [(record.id, True), (record.id, False)]


def test_a_deleted_record_stays_as_a_tombstone(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    flood(stranger, record)
    flood(stranger, later(record, deleted=True, payload=b""))
    stored = alice.record(record.id)
    assert stored is not None
    assert stored.deleted
    assert [e.change for e in alice.changes(record.id)] == [RecordChange.ADDED, RecordChange.DELETED]


def test_a_tombstone_of_an_unknown_record_is_kept_in_silence(net: Net, alice: Machine, stranger: Stranger) -> None:
    record = stranger.record()
    flood(stranger, later(record, deleted=True, payload=b""))
    flood(stranger, record)
    assert alice.changes(record.id) == []
    stored = alice.record(record.id)
    assert stored is not None
    assert stored.deleted, "the tombstone is newer than the record"


def test_an_expired_record_is_not_stored(net: Net, alice: Machine, stranger: Stranger) -> None:  # reading A20
    expired = stranger.record(creation=EPOCH - HOUR, modification=EPOCH - HOUR, expiration=EPOCH)
    living = stranger.record(creation=EPOCH - HOUR, modification=EPOCH - HOUR, expiration=EPOCH + 1)
    flood(stranger, expired, living)
    assert alice.record(expired.id) is None
    assert alice.record(living.id) == living
    assert (expired.id, False) in acks(net, stranger)


# ---- Records that are not valid (3.1.7.27, readings A11, A40) --------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        {"graph_id": "another graph"},
        {"id": bytes(16)},  # not one of its creator's
        {"expiration": EPOCH},  # not after the modification
        {"modification": EPOCH - 1},  # before the creation
        {"modified_by": "mallory"},  # although never modified
        {"payload": bytes(2000)},  # above Max Record Size
        {"attributes": "<nonsense/>"},
        {"expiration": 1 << 63},
    ],
    ids=lambda damage: next(iter(damage)),
)
def test_an_invalid_record_is_dropped_without_a_word(net: Net, damage: dict[str, Any]) -> None:
    alice = net.create(properties={"max_record_size": 1024})
    alice.listen()
    stranger = net.neighbor(alice)
    invalid, valid = stranger.record(**damage), stranger.record()
    flood(stranger, invalid, valid)
    assert alice.record(invalid.id) is None
    assert alice.record(valid.id) == valid
    assert acks(net, stranger) == [(valid.id, True)]
    assert not stranger.hung_up


def test_bytes_that_are_no_record_are_dropped_without_a_word(net: Net, alice: Machine, stranger: Stranger) -> None:
    stranger.send(Flood(b"\xff" * 200))
    assert acks(net, stranger) == []
    assert not stranger.hung_up
    assert alice.graph.flooding.invalid == 1


def test_a_record_of_exactly_the_largest_size_is_taken(net: Net) -> None:  # reading A36
    alice = net.create(properties={"max_record_size": 1024})
    alice.listen()
    stranger = net.neighbor(alice)
    largest = stranger.record(payload=bytes(1024))
    flood(stranger, largest)
    assert alice.record(largest.id) == largest


# ---- Forwarding ------------------------------------------------------------------------------------------------------


def test_a_new_record_goes_on_to_every_other_neighbor(net: Net, alice: Machine, stranger: Stranger) -> None:
    others = [net.neighbor(alice, name=f"other {n}", node_id=n + 1) for n in range(3)]
    record = stranger.record()
    flood(stranger, record)
    assert all(other.take(Flood) == [Flood(encode_record(record))] for other in others)
    assert stranger.take(Flood) == []


def test_what_is_not_new_goes_nowhere(net: Net, alice: Machine, stranger: Stranger) -> None:
    other = net.neighbor(alice, name="other", node_id=1)
    record = stranger.record()
    newer = later(record)
    flood(stranger, newer)
    other.take(Flood)
    flood(stranger, newer)
    flood(stranger, record)
    stranger.send(Flood(b"\xff" * 200))
    assert other.take(Flood) == []


def test_a_record_travels_the_length_of_a_chain(net: Net) -> None:
    machines = [net.create()]
    for n in range(5):
        machines.append(net.join(f"peer {n}", machines[-1]))
    added = machines[0].add(b"from one end")
    net.deliver_all()
    assert all(machine.record(added) == machines[0].record(added) for machine in machines)
    assert all([e.change for e in machine.changes(added)] == [RecordChange.ADDED] for machine in machines)


def test_a_record_stops_where_it_was_already(net: Net) -> None:
    machines = [net.create()]
    for n in range(4):
        machines.append(net.join(f"peer {n}", machines[-1]))
    links = sum(len(machine.graph.neighbors) for machine in machines)
    assert links > 2 * (len(machines) - 1), "there are circles"
    net.log.clear()
    added = machines[2].add()
    net.deliver_all()
    assert all(len(machine.changes(added)) == 1 for machine in machines)
    assert len(net.sent(Flood)) <= links - (len(machines) - 1), "nobody sends it back to where it came from"


def test_bytes_are_forwarded_as_they_came_but_for_those_that_are_reserved(
    net: Net, alice: Machine, stranger: Stranger
) -> None:
    """2.2.1.9: Reserved is ignored by who receives it and zero when it is sent."""
    other = net.neighbor(alice, name="other", node_id=1)
    wire = encode_record(stranger.record())
    stranger.send(Flood(wire[:36] + b"\x01\x02\x03" + wire[39:]))
    assert other.take(Flood) == [Flood(wire)]
    assert alice.graph.database.wire(decode_record(wire).id) == wire


# ---- ACK and connection utility (3.1.5.2.12, 3.1.7.33) ---------------------------------------------------------------


def test_acknowledgements_wait_for_each_other(net: Net, alice: Machine, stranger: Stranger) -> None:
    flood(stranger, stranger.record())
    flood(stranger, stranger.record())
    assert stranger.take(Ack) == []
    net.advance(ACK_DELAY)
    (ack,) = stranger.take(Ack)
    assert len(ack.acks) == 2


def test_many_acknowledgements_do_not_wait(net: Net, alice: Machine, stranger: Stranger) -> None:
    flood(stranger, *(stranger.record() for _ in range(ACKS_AT_ONCE)))
    assert sum(len(ack.acks) for ack in stranger.take(Ack)) == ACKS_AT_ONCE


def test_utility_grows_with_what_is_new_and_fades_with_what_is_not(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    (link,) = alice.graph.neighbors
    expected = 0.0
    record = stranger.record()
    for useful in (True, False, False):
        flood(stranger, record)
        expected = expected * 31 / 32 + 128 * useful
        assert link.utility == pytest.approx(expected)


def test_both_ends_come_to_the_same_utility(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    for _ in range(5):
        alice.add()
        bob.add()
        net.advance(1)
    assert alice.link(bob).utility == pytest.approx(bob.link(alice).utility)
    assert alice.link(bob).utility > 128


def test_an_ack_moves_the_utility_of_its_link_only(net: Net, alice: Machine, stranger: Stranger) -> None:
    other = net.neighbor(alice, name="other", node_id=1)
    added = alice.add()
    net.deliver_all()
    other.send(Ack(((added, True), (added, False))))
    mine, others = alice.graph.neighbors
    assert mine.utility == 0.0
    assert others.utility == pytest.approx(128 * 31 / 32)


# ---- Conflicts on real machines (3.1.7.32) ---------------------------------------------------------------------------


def test_the_same_record_changed_on_both_sides_of_a_cut_ends_up_the_same(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    bob.listen()
    record = alice.add(b"first")
    net.deliver_all()
    net.cut(alice, bob)
    alice.update(record, data=b"by alice")
    bob.update(record, data=b"by bob")
    net.connect(bob, alice)
    net.advance(1)
    assert alice.record(record) == bob.record(record)
    settled = alice.record(record)
    assert settled is not None
    assert settled.payload == b"by bob", "the same version: the higher Last Modified By wins"


def test_more_changes_win_over_fewer(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    bob.listen()
    record = alice.add(b"first")
    net.deliver_all()
    net.cut(alice, bob)
    alice.update(record, data=b"one")
    alice.update(record, data=b"two")
    bob.update(record, data=b"by bob")
    net.connect(bob, alice)
    net.advance(1)
    for machine in (alice, bob):
        settled = machine.record(record)
        assert settled is not None
        assert (settled.payload, settled.version) == (b"two", 3)


def test_changes_that_cross_on_the_way_end_up_the_same(net: Net) -> None:
    alice = net.create()
    bob, carol = net.join("bob", alice), net.join("carol", alice)
    record = alice.add(b"first")
    net.deliver_all()
    for machine in (alice, bob, carol):
        machine.update(record, data=machine.name.encode())
    net.deliver_all()
    assert {machine.name for machine in (alice, bob, carol) if machine.record(record) != carol.record(record)} == set()


def test_a_deletion_and_a_change_that_cross_end_up_the_same(net: Net) -> None:
    alice = net.create()
    bob = net.join("bob", alice)
    record = alice.add()
    net.deliver_all()
    alice.delete(record)
    bob.update(record, data=b"kept")
    net.deliver_all()
    assert alice.record(record) == bob.record(record)


def test_a_record_that_another_changed_is_still_renewed_by_who_asked_for_it(net: Net) -> None:  # reading A13
    alice = net.create()
    bob = net.join("bob", alice)
    record = alice.add(lifetime=120, flags=1)
    net.deliver_all()
    bob.update(record, data=b"changed")
    net.deliver_all()
    row = alice.graph.database.get(record)
    assert row is not None
    assert row.flags & AUTOREFRESH
    net.advance(600)
    kept = bob.record(record)
    assert kept is not None
    assert kept.payload == b"changed"


# ---- A neighbor that does not read -----------------------------------------------------------------------------------


def stalled(net: Net) -> tuple[Machine, Machine]:
    """Alice, and bob who is a neighbor of hers and has stopped reading."""
    alice = net.create()
    bob = net.join("bob", alice)
    bob.ends[bob.link(alice)].stalled = True
    return alice, bob


def test_the_backlog_of_a_slow_neighbor_is_bounded(net: Net) -> None:
    alice, bob = stalled(net)
    for n in range(40):
        alice.add(bytes([n]) * 500_000)
    link = alice.link(bob)
    assert link.lagging
    assert link.backlog() <= HIGH_WATER + 1_000_000


def test_a_slow_neighbor_gets_everything_from_the_database_when_it_reads(net: Net) -> None:
    alice, bob = stalled(net)
    added = [alice.add(bytes([n]) * 500_000) for n in range(40)]
    bob.ends[bob.link(alice)].stalled = False
    net.deliver_all()
    assert bob.records() == alice.records()
    assert not alice.link(bob).lagging
    assert all([e.change for e in bob.changes(record)] == [RecordChange.ADDED] for record in added)


def test_a_slow_neighbor_gets_floods_again_after_it_caught_up(net: Net) -> None:
    alice, bob = stalled(net)
    for n in range(20):
        alice.add(bytes([n]) * 500_000)
    bob.ends[bob.link(alice)].stalled = False
    net.deliver_all()
    late = alice.add(b"late")
    net.deliver_all()
    assert bob.record(late) is not None


def test_a_record_that_changed_meanwhile_reaches_a_slow_neighbor_in_its_last_version(net: Net) -> None:
    alice, bob = stalled(net)
    first = alice.add(b"first")
    for n in range(20):
        alice.add(bytes([n]) * 500_000)
    alice.update(first, data=b"second")
    bob.ends[bob.link(alice)].stalled = False
    net.deliver_all()
    assert bob.record(first) == alice.record(first)


def test_a_slow_neighbor_does_not_hold_up_the_others(net: Net) -> None:
    alice, bob = stalled(net)
    carol = net.join("carol", alice)
    for n in range(20):
        alice.add(bytes([n]) * 500_000)
    net.deliver_all()
    assert carol.records() == alice.records()
    assert alice.link(bob).lagging
