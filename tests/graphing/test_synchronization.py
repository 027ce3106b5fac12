"""Making databases equal: Sync All, Time-based, Hash-based Sync (MS-PPGRH 3.1.5.2.5-3.1.5.2.11, 3.1.7.29-3.1.7.31)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.errors import GraphNotReady, RecordNotFound
from peerapi.graphing.clock import LAST_TIME
from peerapi.graphing.codec.messages import (
    Advertise,
    Flood,
    HashBoundary,
    HashInfo,
    Request,
    SolicitHash,
    SolicitNew,
    SolicitTime,
    SyncEnd,
    Welcome,
    encode,
)
from peerapi.graphing.codec.records import (
    GRAPH_INFO,
    GRAPH_INFO_ID,
    PRESENCE,
    Record,
    decode_record,
    encode_record,
    is_reserved,
    record_id,
)
from peerapi.graphing.events import RecordChange, RecordChanged, Status, StatusChanged
from peerapi.graphing.machine.comparison import LAST_ID, RANGE
from peerapi.graphing.machine.synchronization import MAX_ANSWERS
from peerapi.moment import SECOND
from peerapi.store.database import Row
from tests.graphing.pair import CHAT, EPOCH, GRAPH, HOUR, OTHER, Machine, Net, Stranger, address, info


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


def taken(stranger: Stranger) -> list[Record]:
    """The records that have come, in order."""
    return [decode_record(message.record) for message in stranger.take(Flood)]


def welcomed(net: Net, machine: Machine, **fields: Any) -> Stranger:
    """The far end of a call that ``machine`` made and that was welcomed; what it asks for has come."""
    with net.hold():
        machine.do(machine.graph.connect, address(99), None)
        stranger = net.answer(machine, **fields)
    stranger.send(Welcome(stranger.node_id, EPOCH + int(net.elapsed * SECOND), peer_id=stranger.name))
    return stranger


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


def fill(machine: Machine, count: int, *, start: int = 0, creator: str = "alice") -> list[bytes]:
    """Records written straight into a database, made one second after the other from EPOCH on."""
    rows, ids = [], []
    for n in range(start, start + count):
        made = EPOCH - HOUR + n * SECOND
        record = Record(
            type=CHAT,
            id=record_id(creator, hashlib.md5(f"{creator} {n}".encode(), usedforsecurity=False).digest()),
            version=1,
            creator_id=creator,
            creation=made,
            expiration=EPOCH + 100 * HOUR,
            modification=made,
            graph_id=GRAPH,
            payload=b"%d" % n,
        )
        wire = encode_record(record)
        rows.append(Row(record.id, CHAT, 1, 0, made, record.expiration, wire))
        ids.append(record.id)
    machine.graph.database.begin()
    machine.graph.database.add_many(rows)
    machine.graph.database.commit()
    return ids


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


# ---- Hash-based Sync: asking (3.1.7.31) ------------------------------------------------------------------------------


def hash_of(*records: tuple[bytes, int]) -> bytes:
    data = b"".join(record_id + version.to_bytes(4, "big") for record_id, version in records)
    return hashlib.md5(data, usedforsecurity=False).digest()


def asked_by_hash(net: Net, machine: Machine, **fields: Any) -> tuple[Stranger, SolicitHash]:
    """A second neighbor of a machine that has one already."""
    net.neighbor(machine, name="first", node_id=1)
    stranger = welcomed(net, machine, **fields)
    (solicit,) = stranger.take(SolicitHash)
    return stranger, solicit


def test_a_second_connection_compares_hashes(net: Net, alice: Machine) -> None:  # reading A34
    _, solicit = asked_by_hash(net, alice)
    assert (solicit.include, solicit.exclude) == ((), ())


def test_ranges_of_ten_cover_the_database_in_order(net: Net, alice: Machine) -> None:
    fill(alice, 34)
    _, solicit = asked_by_hash(net, alice)
    rows = sorted(
        (row.modification, row.id, row.version)
        for kind in (CHAT, GRAPH_INFO)
        for row in alice.graph.database.of_type(kind)
    )
    ranges = [rows[n : n + RANGE] for n in range(0, len(rows), RANGE)]
    assert RANGE == 10
    assert list(solicit.entries[:-1]) == [
        HashInfo(hash_of(*((id_, version) for _, id_, version in part)), part[-1][0], part[-1][1]) for part in ranges
    ]


def test_a_closing_range_reaches_to_the_end_of_time(net: Net, alice: Machine) -> None:  # readings A15, A43
    _, solicit = asked_by_hash(net, alice)
    assert solicit.entries[-1] == HashInfo(hash_of(), LAST_TIME, LAST_ID)


def test_what_is_missing_is_requested_and_what_the_other_lacks_is_sent(net: Net, alice: Machine) -> None:  # 3.1.5.2.8
    ids = fill(alice, 3)
    stranger, _ = asked_by_hash(net, alice)
    unknown = bytes(15) + b"\x01"
    boundary = HashBoundary(0, bytes(16), LAST_TIME, LAST_ID, 3)
    # The first as it is here, the second in a newer version, the third not at all, and one more.
    stranger.send(Advertise((boundary,), ((ids[0], 1), (ids[1], 2), (unknown, 5))))
    assert stranger.take(Request) == [Request(((ids[1], 2), (unknown, 5)))]
    assert taken(stranger) == []
    stranger.send(SyncEnd())
    assert ids[2] in [record.id for record in taken(stranger)]
    assert ids[0] not in [record.id for record in taken(stranger)]
    assert stranger.take(SyncEnd) == [], "these records are not an answer"


def test_a_newer_version_here_is_sent_although_the_other_has_the_record(net: Net, alice: Machine) -> None:
    ids = fill(alice, 2)
    alice.update(ids[0], data=b"newer")
    stranger, _ = asked_by_hash(net, alice)
    bounds = HashBoundary(0, bytes(16), EPOCH - 1, LAST_ID, 2)
    stranger.send(Advertise((bounds,), ((ids[0], 1), (ids[1], 1))))
    stranger.send(SyncEnd())
    assert [(record.id, record.version) for record in taken(stranger)] == [(ids[0], 2)]


def test_records_outside_of_the_advertised_ranges_are_left_alone(net: Net, alice: Machine) -> None:
    ids = fill(alice, 30)
    stranger, solicit = asked_by_hash(net, alice)
    first, second = solicit.entries[0], solicit.entries[1]
    boundary = HashBoundary(first.modification_time, first.record_id, second.modification_time, second.record_id, 0)
    stranger.send(Advertise((boundary,)))
    stranger.send(SyncEnd())
    assert [record.id for record in taken(stranger)] == ids[10:20]


def test_a_lower_bound_that_is_the_first_record_of_the_range_is_understood(net: Net, alice: Machine) -> None:  # A15
    ids = fill(alice, 20)
    stranger, solicit = asked_by_hash(net, alice)
    upper = solicit.entries[1]
    first = alice.graph.database.get(ids[10])
    assert first is not None
    boundary = HashBoundary(first.modification, first.id, upper.modification_time, upper.record_id, 1)
    stranger.send(Advertise((boundary,), ((ids[10], 1),)))
    stranger.send(SyncEnd())
    assert [record.id for record in taken(stranger)] == ids[11:20]


def test_an_empty_advertise_is_answered_with_an_empty_request(net: Net, alice: Machine) -> None:  # reading A18
    stranger, _ = asked_by_hash(net, alice)
    stranger.send(Advertise())
    assert stranger.take(Request) == [Request()]
    stranger.send(SyncEnd())
    assert not stranger.hung_up


def test_a_second_advertise_after_the_end_is_not_expected(net: Net, alice: Machine) -> None:
    stranger, _ = asked_by_hash(net, alice)
    stranger.send(Advertise())
    stranger.send(SyncEnd())
    stranger.send(Advertise())
    assert stranger.hung_up


# ---- Hash-based Sync: answering (3.1.5.2.7, 3.1.5.2.9) ---------------------------------------------------------------


def ranges_of(machine: Machine) -> list[list[tuple[int, bytes, int]]]:
    abstracts = machine.graph.database.abstracts(0, machine.graph.database.last_seq, 1 << 30)
    rows = sorted((each.modification, each.id, each.version) for each in abstracts)
    return [rows[n : n + RANGE] for n in range(0, len(rows), RANGE)]


def entry(part: list[tuple[int, bytes, int]], *, wrong: bool = False) -> HashInfo:
    digest = bytes(16) if wrong else hash_of(*((id_, version) for _, id_, version in part))
    return HashInfo(digest, part[-1][0], part[-1][1])


def test_equal_ranges_are_not_advertised(net: Net, alice: Machine) -> None:
    fill(alice, 50)
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(entries=tuple(map(entry, ranges_of(alice)))))
    assert stranger.take(Advertise) == [Advertise()]


def test_a_range_that_differs_is_advertised_with_its_bounds_and_records(net: Net, alice: Machine) -> None:
    fill(alice, 50)
    parts = ranges_of(alice)
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(entries=tuple(entry(part, wrong=n == 2) for n, part in enumerate(parts))))
    (advertise,) = stranger.take(Advertise)
    lower, upper = parts[1][-1], parts[2][-1]
    assert advertise.boundaries == (HashBoundary(lower[0], lower[1], upper[0], upper[1], 10),)
    assert advertise.abstracts == tuple((id_, version) for _, id_, version in parts[2])


def test_records_above_the_last_bound_belong_to_no_range(net: Net, alice: Machine) -> None:  # reading A15
    fill(alice, 50)
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(entries=tuple(map(entry, ranges_of(alice)[:2]))))
    assert stranger.take(Advertise) == [Advertise()]


def test_no_ranges_at_all_are_accepted(net: Net, alice: Machine) -> None:  # reading A43
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash())
    assert stranger.take(Advertise) == [Advertise()]


def test_bounds_that_go_backwards_do_no_harm(net: Net, alice: Machine) -> None:
    fill(alice, 30)
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(entries=tuple(entry(part) for part in reversed(ranges_of(alice)))))
    (advertise,) = stranger.take(Advertise)
    assert len(advertise.abstracts) <= 31
    assert not stranger.hung_up


@pytest.mark.parametrize("include", [True, False])
def test_only_the_named_types_are_compared(net: Net, alice: Machine, include: bool) -> None:
    chat, other = alice.add(), alice.add(type=OTHER)
    stranger = net.neighbor(alice)
    types: dict[str, Any] = {"include": (OTHER,)} if include else {"exclude": (CHAT, GRAPH_INFO)}
    stranger.send(SolicitHash(**types, entries=(HashInfo(bytes(16), LAST_TIME, LAST_ID),)))
    (advertise,) = stranger.take(Advertise)
    assert [id_ for id_, _ in advertise.abstracts] == [other]
    assert chat not in dict(advertise.abstracts)


def test_requested_records_are_sent_and_ended(net: Net, alice: Machine) -> None:
    ids = fill(alice, 5)
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(), Request(tuple((id_, 1) for id_ in [ids[3], bytes(16), ids[1]])))
    stranger.take(Advertise)
    assert {record.id for record in taken(stranger)} == {ids[1], ids[3]}
    assert stranger.take(SyncEnd) == [SyncEnd(final=True)]


def test_one_request_belongs_to_one_solicit(net: Net, alice: Machine) -> None:
    stranger = net.neighbor(alice)
    stranger.send(SolicitHash(), Request())
    assert not stranger.hung_up
    stranger.send(Request())
    assert stranger.hung_up


# ---- Hash-based Sync of whole machines -------------------------------------------------------------------------------


def compared(net: Net, one: Machine, other: Machine) -> None:
    """Both are in the graph already; a hash comparison over a new link is all that happens."""
    one.graph.never_connected = other.graph.never_connected = False
    if not other.graph.addresses:
        other.listen()
    net.neighbor(one, name="witness", node_id=1)
    net.log.clear()
    net.connect(one, other)
    net.advance(1)


@settings(max_examples=25)
@given(
    mine=st.sets(st.integers(0, 60), max_size=40),
    theirs=st.sets(st.integers(0, 60), max_size=40),
    changed=st.sets(st.integers(0, 60), max_size=10),
)
def test_whatever_two_databases_hold_they_end_up_equal(mine: set[int], theirs: set[int], changed: set[int]) -> None:
    net = Net()
    alice, bob = net.create(), net.create("bob")
    for machine, numbers in ((alice, mine), (bob, theirs)):
        for n in sorted(numbers):
            fill(machine, 1, start=n)
    for machine in (alice, bob):
        for record in list(machine.records()):
            payload = machine.record(record)
            assert payload is not None
            if int(payload.payload) in changed and (int(payload.payload) % 2 == 0) == (machine is alice):
                machine.update(record, data=payload.payload)
    compared(net, alice, bob)
    assert alice.records() == bob.records()
    assert len(alice.records()) == len(mine | theirs)


def test_only_the_ranges_that_differ_travel(net: Net) -> None:
    alice, bob = net.create(), net.create("bob")
    fill(alice, 500)
    fill(bob, 500)
    missing = fill(alice, 1, start=-5000) + fill(alice, 1, start=5000)
    compared(net, alice, bob)
    (advertise,) = net.sent(Advertise, bob, alice)
    assert len(advertise.abstracts) < 50
    # Graph info apart, whose creators differ here.
    flooded = {decode_record(m.record).id for m in net.sent(Flood) if not is_reserved(decode_record(m.record).type)}
    assert flooded == set(missing)
    assert bob.records() == alice.records()


def test_a_hash_comparison_moves_few_bytes(net: Net) -> None:
    """5,000 records of which 20 differ: a small part of what they weigh."""
    alice, bob = net.create(), net.create("bob")
    fill(alice, 4990)
    fill(bob, 4990)
    fill(alice, 10, start=20_000, creator="carol")
    fill(bob, 10, start=30_000, creator="dave")
    full = sum(map(len, alice.records().values()))
    alice.bytes_sent = bob.bytes_sent = 0
    compared(net, alice, bob)
    assert alice.records() == bob.records()
    assert len(alice.records()) == 5010
    assert alice.bytes_sent + bob.bytes_sent < full / 10


def test_the_hashes_of_a_range_weigh_a_tenth_of_its_abstracts() -> None:
    one = len(encode(SolicitHash(entries=(HashInfo(bytes(16), 0, bytes(16)),)))) - len(encode(SolicitHash()))
    ten = len(encode(Advertise(abstracts=((bytes(16), 1),) * RANGE))) - len(encode(Advertise()))
    assert (one, ten) == (40, 200)


def test_a_deletion_on_one_side_wins_after_a_comparison(net: Net) -> None:
    alice, bob = net.create(), net.create("bob")
    ids = fill(alice, 5)
    fill(bob, 5)
    bob.delete(ids[2])
    compared(net, alice, bob)
    record = alice.record(ids[2])
    assert record is not None
    assert record.deleted
    assert [e.change for e in alice.changes(ids[2])] == [RecordChange.DELETED]


def test_expired_records_take_no_part_in_a_comparison(net: Net) -> None:
    alice, bob = net.create(), net.create("bob")
    fill(alice, 5)
    fill(bob, 5)
    alice.add(lifetime=5)
    net.elapsed += 6
    compared(net, alice, bob)
    assert set(bob.records()) == set(alice.records()) - {r for r in alice.records() if r not in bob.records()}
    assert len(bob.records()) == 5


def test_records_found_missing_on_the_other_side_go_on_from_there(net: Net) -> None:
    alice, bob = net.create(), net.create("bob")
    fill(alice, 25)
    bob.listen()
    carol = net.join("carol", bob)
    compared(net, alice, bob)
    assert carol.records() == alice.records()


@pytest.mark.parametrize("first", ["alice", "bob"])
def test_a_version_that_both_sides_made_is_settled_when_their_times_lie_in_different_ranges(
    net: Net, first: str
) -> None:
    """Hashes know IDs and versions only (reading A16), but a range also tells the time of a change."""
    alice, bob = net.create(), net.create("bob")
    ids = fill(alice, 30)
    fill(bob, 30)
    early, late = (alice, bob) if first == "alice" else (bob, alice)
    early.update(ids[0], data=b"early")
    for machine in (alice, bob):
        fill(machine, 30, start=3600)
    net.elapsed += 60
    late.update(ids[0], data=b"late")
    compared(net, alice, bob)
    assert alice.record(ids[0]) == bob.record(ids[0])
    settled = alice.record(ids[0])
    assert settled is not None
    assert settled.modified_by == "bob", "the higher Last Modified By, whoever was later"


def test_ranges_that_overlap_send_each_record_once(net: Net, alice: Machine) -> None:
    ids = fill(alice, 30)
    stranger, _ = asked_by_hash(net, alice)
    everything = HashBoundary(0, bytes(16), EPOCH - 1, LAST_ID, 0)
    stranger.send(Advertise((everything,) * 1000))
    stranger.send(SyncEnd())
    assert [record.id for record in taken(stranger)] == ids


def test_counts_that_do_not_add_up_are_not_relied_on(net: Net, alice: Machine) -> None:
    ids = fill(alice, 3)
    stranger, _ = asked_by_hash(net, alice)
    stranger.send(Advertise((HashBoundary(0, bytes(16), EPOCH - 1, LAST_ID, 77),), ((ids[1], 1),)))
    stranger.send(SyncEnd())
    assert [record.id for record in taken(stranger)] == [ids[0], ids[2]]


def test_what_is_hashed_is_the_id_and_the_version_as_sent() -> None:  # reading A16
    assert hash_of((bytes(range(16)), 0x01020304)) == hashlib.md5(bytes(range(16)) + b"\x01\x02\x03\x04").digest()
