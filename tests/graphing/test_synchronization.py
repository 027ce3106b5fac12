"""Making databases equal: Sync All, Time-based, Hash-based Sync (MS-PPGRH 3.1.5.2.5-3.1.5.2.11, 3.1.7.29-3.1.7.31)."""

import pytest

from peerapi.errors import GraphNotReady, RecordNotFound
from peerapi.graphing.codec.messages import Flood, SolicitHash, SolicitNew, SolicitTime, SyncEnd
from peerapi.graphing.codec.records import GRAPH_INFO, GRAPH_INFO_ID, PRESENCE, encode_record
from peerapi.graphing.events import RecordChange, RecordChanged, Status, StatusChanged
from peerapi.graphing.machine.synchronization import MAX_ANSWERS
from tests.graphing.machines import CHAT, Machine
from tests.graphing.pair import OTHER, Net, info
from tests.graphing.synchronizing import fill, taken, welcomed


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


def test_what_events_tell_of_can_be_read_during_the_first_synchronization(net: Net) -> None:
    bob = net.open("bob")
    stranger = welcomed(net, bob)
    told = stranger.record(type=CHAT)
    with pytest.raises(GraphNotReady):
        bob.graph.live_record(told.id)
    assert not bob.heard(StatusChanged)  # neighbors are told of when the properties can be read
    stranger.send(Flood(encode_record(stranger.record(type=GRAPH_INFO, id=GRAPH_INFO_ID, payload=info().encode()))))
    assert bob.heard(StatusChanged) == [StatusChanged(Status.HAS_CONNECTIONS)]
    stranger.send(Flood(encode_record(told)))
    assert not bob.graph.synchronized
    assert bob.changes(told.id)
    assert bob.graph.live_record(told.id).id == told.id
    for unknown in (bytes(16), GRAPH_INFO_ID):
        with pytest.raises(GraphNotReady):
            bob.graph.live_record(unknown)
    bob.graph.watched = False  # nobody is told of anything
    with pytest.raises(GraphNotReady):
        bob.graph.live_record(told.id)
    stranger.send(Flood(encode_record(stranger.record(type=CHAT, id=told.id, version=2, deleted=True, payload=b""))))
    bob.graph.watched = True
    with pytest.raises(RecordNotFound):
        bob.graph.live_record(told.id)


def reopened(net: Net, machine: Machine) -> Machine:
    net.machines.remove(machine)
    machine.graph.database.created = False  # as an opening from disk finds it
    return net.open(machine.name, database=machine.graph.database)


# ---- Sync All: asking (3.1.7.29, 3.1.5.2.11) -------------------------------------------------------------------------


def test_a_newcomer_asks_for_graph_info_presence_its_types_and_the_rest(net: Net) -> None:
    bob = net.open("bob", precedence=(OTHER, CHAT))
    stranger = welcomed(net, bob)
    asked = []
    while solicits := stranger.take(SolicitNew):
        asked += solicits
        stranger.send(SyncEnd(final=True))
    assert asked == [
        SolicitNew(include=(GRAPH_INFO,)),
        SolicitNew(include=(PRESENCE,)),
        SolicitNew(include=(OTHER,)),
        SolicitNew(include=(CHAT,)),
        SolicitNew(exclude=(GRAPH_INFO, PRESENCE, OTHER, CHAT)),
    ]
    assert bob.graph.synchronized


def test_the_next_type_is_asked_for_when_the_last_is_complete(net: Net) -> None:
    bob = net.open("bob")
    stranger = welcomed(net, bob)
    stranger.take(SolicitNew)
    stranger.send(Flood(encode_record(stranger.record())))
    assert stranger.take(SolicitNew) == []
    stranger.send(SyncEnd(final=False))  # reading A14
    assert stranger.take(SolicitNew) == []
    stranger.send(SyncEnd(final=True))
    assert stranger.take(SolicitNew) == [SolicitNew(include=(PRESENCE,))]


def test_a_newcomer_is_synchronized_when_the_rest_has_come_and_not_before(net: Net) -> None:
    bob = net.open("bob")
    stranger = welcomed(net, bob)
    for _ in range(2):
        stranger.send(SyncEnd())
        assert not bob.graph.status & Status.SYNCHRONIZED
    stranger.send(SyncEnd())
    assert bob.graph.status & Status.SYNCHRONIZED


def test_a_newcomer_whose_link_broke_asks_for_everything_again(net: Net) -> None:
    bob = net.open("bob")
    stranger = welcomed(net, bob)
    stranger.send(SyncEnd())
    stranger.close()
    again = welcomed(net, bob, name="second", node_id=2)
    assert again.take(SolicitNew) == [SolicitNew(include=(GRAPH_INFO,))]
    assert again.take(SolicitTime) == []


# ---- Sync All: answering (3.1.5.2.5) ---------------------------------------------------------------------------------


def test_one_type_is_sent_and_ended(net: Net, alice: Machine) -> None:
    chat, other = alice.add(), alice.add(type=OTHER)
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(include=(OTHER,)))
    assert [record.id for record in taken(stranger)] == [other]
    assert stranger.take(SyncEnd) == [SyncEnd(final=True)]
    stranger.send(SolicitNew(include=(CHAT,)))
    assert [record.id for record in taken(stranger)] == [chat]


def test_all_but_the_excluded_types_are_sent(net: Net, alice: Machine) -> None:
    alice.add()
    other = alice.add(type=OTHER)
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(exclude=(CHAT, GRAPH_INFO)))
    assert [record.id for record in taken(stranger)] == [other]
    assert stranger.take(SyncEnd) == [SyncEnd(final=True)]


def test_everything_is_sent_when_no_type_is_named(net: Net, alice: Machine) -> None:
    alice.add()
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew())
    assert {record.type for record in taken(stranger)} == {CHAT, GRAPH_INFO}


def test_tombstones_are_sent_and_expired_records_are_not(net: Net, alice: Machine) -> None:  # reading A20
    deleted, expired = alice.add(), alice.add(lifetime=5)
    alice.delete(deleted)
    net.advance(6)
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(include=(CHAT,)))
    assert [(record.id, record.deleted) for record in taken(stranger)] == [(deleted, True)]
    assert expired not in alice.records() or alice.graph.has_expired(alice.graph.database.get(expired).expiration)  # type: ignore[union-attr]


def test_an_answer_ends_with_one_sync_end_however_long_it_is(net: Net, alice: Machine) -> None:
    fill(alice, 1000)
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(include=(CHAT,)))
    assert len(taken(stranger)) == 1000
    assert stranger.take(SyncEnd) == [SyncEnd(final=True)]


def test_answers_to_several_questions_keep_their_order(net: Net, alice: Machine) -> None:
    fill(alice, 500)
    alice.add(type=OTHER)
    stranger = net.neighbor(alice)
    stranger.send(SolicitNew(include=(CHAT,)), SolicitNew(include=(OTHER,)))
    kinds = [type(message) for message in stranger.messages]
    assert kinds == [Flood] * 500 + [SyncEnd, Flood, SyncEnd]


def test_an_answer_waits_for_a_reader_that_is_slow(net: Net, alice: Machine) -> None:
    for n in range(40):
        alice.add(bytes([n]) * 100_000)
    stranger = net.neighbor(alice)
    stranger.end.stalled = True
    stranger.send(SolicitNew(include=(CHAT,)))
    (link,) = alice.graph.neighbors
    assert link.backlog() < 1_000_000
    stranger.end.stalled = False
    net.deliver_all()
    assert len(taken(stranger)) == 40


def test_who_asks_again_and_again_without_reading_is_cut_off(net: Net, alice: Machine) -> None:
    for n in range(10):
        alice.add(bytes([n]) * 100_000)
    stranger = net.neighbor(alice)
    stranger.end.stalled = True
    stranger.send(*[SolicitNew(include=(CHAT,))] * (MAX_ANSWERS + 10))
    assert stranger.hung_up
    assert alice.graph.neighbors == []


def test_a_record_added_during_an_answer_reaches_the_asker_once(net: Net, alice: Machine) -> None:
    for n in range(40):
        alice.add(bytes([n]) * 100_000)
    stranger = net.neighbor(alice)
    stranger.end.stalled = True
    stranger.send(SolicitNew(include=(CHAT,)))
    late = alice.add(b"late")
    stranger.end.stalled = False
    net.deliver_all()
    assert [record.id for record in taken(stranger)].count(late) == 1


# ---- Whole machines --------------------------------------------------------------------------------------------------


def test_a_newcomer_gets_everything_there_is(net: Net, alice: Machine) -> None:
    for n in range(300):
        alice.add(b"%d" % n)
    bob = net.join("bob", alice)
    assert bob.records() == alice.records()
    assert sum(e.change is RecordChange.ADDED for e in bob.heard(RecordChanged)) == 300
    assert bob.graph.info == alice.graph.info


def test_prioritized_types_come_first(net: Net, alice: Machine) -> None:
    for n in range(50):
        alice.add(b"%d" % n)
        alice.add(b"%d" % n, type=OTHER)
    bob = net.join("bob", alice, precedence=(OTHER,))
    order = [event.record_type for event in bob.heard(RecordChanged)]
    assert order == [OTHER] * 50 + [CHAT] * 50


def test_a_creator_that_was_alone_brings_its_records_along(net: Net) -> None:
    """Both have created or opened before they meet, and the one that calls has records that nobody else has."""
    alice = net.create()
    bob = net.join("bob", alice)
    net.cut(alice, bob)
    bob.listen()
    net.crash(alice)
    net.machines.append(alice)
    alice = reopened(net, alice)
    only_alices = alice.add(b"made in solitude")
    net.connect(alice, bob)
    net.advance(5)
    assert bob.record(only_alices) == alice.record(only_alices)
    assert bob.record(only_alices) is not None


def test_a_creator_that_calls_before_anybody_called_it_is_heard_of(net: Net) -> None:
    alice, bob = net.create(), net.create("bob")  # both of one graph, as after an import of its properties
    mine, his = alice.add(b"alice's"), bob.add(b"bob's")
    net.connect(alice, bob)
    assert set(alice.records()) == set(bob.records()) == {mine, his}


# ---- Time-based Sync (3.1.7.30, 3.1.5.2.6) ---------------------------------------------------------------------------


def test_who_returns_asks_for_what_it_missed(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice, precedence=(CHAT,))
    net.advance(50)
    bob.do(bob.graph.close)
    left = bob.peer_time
    again = reopened(net, bob)
    again.graph.precedence = (CHAT,)
    net.advance(1000)
    stranger = welcomed(net, again)
    asked = []
    while solicits := stranger.take(SolicitTime):
        asked += solicits
        stranger.send(SyncEnd())
    assert asked == [
        SolicitTime(left, include=(GRAPH_INFO,)),
        SolicitTime(left, include=(PRESENCE,)),
        SolicitTime(left, include=(CHAT,)),
        SolicitTime(left, exclude=(GRAPH_INFO, PRESENCE, CHAT)),
    ]
    assert len(stranger.take(SolicitHash)) == 1, "always followed by a Hash-based Sync (1.3.5.4)"


def test_only_records_modified_since_are_sent(net: Net, alice: Machine) -> None:
    alice.add(b"old")
    changed = alice.add(b"to be changed")
    net.advance(10)
    now = alice.peer_time
    new = alice.add(b"new")
    alice.update(changed, data=b"changed")
    stranger = net.neighbor(alice)
    stranger.send(SolicitTime(now, include=(CHAT,)))
    assert {record.id for record in taken(stranger)} == {changed, new}, "a time that is equal counts"
    stranger.send(SolicitTime(now + 1, exclude=(GRAPH_INFO,)))
    assert taken(stranger) == []
    assert len(stranger.take(SyncEnd)) == 2


def test_who_returns_gets_what_changed_and_brings_what_it_changed(net: Net, alice: Machine) -> None:
    bob = net.join("bob", alice)
    kept = alice.add(b"kept")
    changed, deleted = alice.add(b"to be changed"), alice.add(b"to be deleted")
    net.deliver_all()
    bob.do(bob.graph.close)
    net.deliver_all()
    again = reopened(net, bob)
    net.advance(60)
    alice.update(changed, data=b"changed")
    alice.delete(deleted)
    alone = again.add(b"made offline")
    net.connect(again, alice)
    net.advance(5)
    assert again.records() == alice.records()
    assert set(again.records()) == {kept, changed, deleted, alone}
