"""Hash-based Sync, asking and answering (MS-PPGRH 3.1.7.31, 3.1.5.2.7 to 3.1.5.2.9)."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peerapi.graphing.codec.messages import (
    Advertise,
    Flood,
    HashBoundary,
    HashInfo,
    Request,
    SolicitHash,
    SyncEnd,
    encode,
)
from peerapi.graphing.codec.records import GRAPH_INFO, decode_record, is_reserved
from peerapi.graphing.events import RecordChange
from peerapi.graphing.machine.comparison import LAST_ID, RANGE
from peerapi.moment import LAST_TIME
from tests.graphing.machines import CHAT, EPOCH, Machine, Stranger
from tests.graphing.pair import OTHER, Net
from tests.graphing.synchronizing import fill, taken, welcomed


@pytest.fixture
def alice(net: Net) -> Machine:
    alice = net.create()
    alice.listen()
    return alice


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
