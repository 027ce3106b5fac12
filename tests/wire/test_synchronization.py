"""What a node answers to SOLICIT_NEW, SOLICIT_TIME, SOLICIT_HASH and REQUEST."""

import hashlib
import struct
import uuid

from tests.support.peer_values import CHAT, now
from tests.support.peers import OTHER, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire import wire_records
from tests.wire.client import ADVERTISE, FLOOD, PRESENCE, SYNC_END, solicit_new
from tests.wire.support import joined, node, on_the_wire
from tests.wire.wire_records import GRAPH_INFO, GRAPH_INFO_ID, WireRecord

# SOLICIT_*


@scenario
def test_the_graph_info_record_is_given_first_thing(peers: Peers) -> None:
    """2.2.3.1."""
    alice = node(peers, pwzFriendlyName="card", pwzComment="for Bob", dwMaxRecordSize=2048, ulPresenceLifetime=333)
    alice.add(b"not asked for")
    with joined(alice) as link:
        (record,) = link.collect(solicit_new([GRAPH_INFO]))
    assert (record.type, record.id, record.creator) == (GRAPH_INFO, GRAPH_INFO_ID, "alice")
    assert record.expires > now()
    body = wire_records.Cursor(record.payload)
    assert body.number(4) == len(record.payload), "A8: the size counts itself"
    assert body.number(4) == 0
    assert body.number(4) in (1, 2, 3, 4)
    assert [body.counted() for _ in range(4)] == [alice.graph, "alice", "card", "for Bob"]
    assert [body.number(4) for _ in range(3)] == [333, 0, 2048]
    assert body.at == len(record.payload)


@scenario
def test_solicit_new_for_everything_gives_everything(peers: Peers) -> None:
    alice = node(peers)
    ids = {alice.add(str(index).encode()) for index in range(25)} | {alice.add(type=OTHER)}
    deleted = alice.add()
    alice.delete(deleted)
    with joined(alice) as link:
        records = link.collect(solicit_new())
    found = {record.id: record for record in records}
    assert len(found) == len(records), "no record twice"
    assert ids <= set(found)
    assert GRAPH_INFO_ID in found
    if deleted in found:
        assert found[deleted].flags == 0x02
    for id in ids:
        assert found[id] == on_the_wire(alice.get(id), alice.graph)


@scenario
def test_solicit_new_may_name_one_type(peers: Peers) -> None:
    alice = node(peers)
    chat, other = alice.add(), alice.add(type=OTHER)
    with joined(alice) as link:
        assert [record.id for record in link.collect(solicit_new([CHAT]))] == [chat]
        assert [record.id for record in link.collect(solicit_new([OTHER]))] == [other]
        assert link.collect(solicit_new([uuid.uuid4()])) == []


@scenario
def test_solicit_new_may_exclude_types(peers: Peers) -> None:
    """A14: SYNC_END without F may come in between; the final one comes once."""
    alice = node(peers)
    chat, other = alice.add(), alice.add(type=OTHER)
    with joined(alice) as link:
        records = link.collect(solicit_new(exclude=[GRAPH_INFO, PRESENCE, CHAT]))
        assert other in [record.id for record in records]
        assert not {GRAPH_INFO, PRESENCE, CHAT} & {record.type for record in records}
        # A second final SYNC_END would be taken for the end of the next solicitation.
        assert [record.id for record in link.collect(solicit_new([CHAT]))] == [chat]


@scenario
def test_solicit_time_gives_what_changed_since(peers: Peers) -> None:
    """3.1.5.2.6: Last Modification Time no less than the time given; A32: no lists, all types."""
    alice = node(peers)
    alice.add(b"before")
    updated = alice.add(b"updated")
    since = alice.get(updated).modified + 1
    alice.update(updated, b"new")
    added = alice.add(b"added")
    exact = alice.get(added).modified
    with joined(alice) as link:
        found = {record.id for record in link.collect(wire.solicit_time(since, [CHAT]))}
        assert found == {updated, added}
        assert {record.id for record in link.collect(wire.solicit_time(exact, [CHAT]))} == {added}
        assert link.collect(wire.solicit_time(exact + 1, [CHAT])) == []
        assert {updated, added} <= {record.id for record in link.collect(wire.solicit_time(since))}
        rest = link.collect(wire.solicit_time(since, exclude=[GRAPH_INFO, OTHER]))
        assert {record.id for record in rest if record.type == CHAT} == {updated, added}


def digest(records: list[WireRecord]) -> bytes:
    return hashlib.md5(b"".join(wire.abstract(record.id, record.version) for record in records)).digest()


def advertised(raw: bytes) -> tuple[list[tuple[int, int]], dict[uuid.UUID, int]]:
    """Counts and upper times of the boundaries, and the abstracts of an ADVERTISE (2.2.2.9)."""
    boundaries, abstracts, at, zero, at_abstracts = struct.unpack_from(">IIHHI", raw, 8)
    assert zero == 0
    assert boundaries * 52 + at <= at_abstracts
    assert at_abstracts + abstracts * 20 <= len(raw)
    ranges = []
    for index in range(boundaries):
        upper, count = struct.unpack_from(">Q16xI", raw, at + 52 * index + 24)
        ranges.append((upper, count))
    found = {}
    for index in range(abstracts):
        entry = raw[at_abstracts + 20 * index : at_abstracts + 20 * index + 20]
        found[uuid.UUID(bytes=entry[:16])] = int.from_bytes(entry[16:], "big")
    assert sum(count for _, count in ranges) == abstracts
    return ranges, found


@scenario
def test_a_hash_that_matches_is_not_advertised(peers: Peers) -> None:
    """3.1.7.31, A16, A17: MD5 over (ID, version) in the order of (modification time, ID)."""
    alice = node(peers)
    for index in range(25):
        alice.add(str(index).encode())
    with joined(alice) as link:
        records = sorted(link.collect(solicit_new()), key=lambda record: (record.modified, record.id.bytes))
        pieces = [records[at : at + 10] for at in range(0, len(records), 10)]
        entries = [(digest(piece), piece[-1].modified, piece[-1].id) for piece in pieces]
        link.send(wire.solicit_hash(entries))
        assert advertised(link.expect(ADVERTISE)) == ([], {})
        link.send(wire.request([]))
        link.expect(SYNC_END, wire.is_final)
        link.alive()


@scenario
def test_a_hash_that_differs_is_advertised_and_requested(peers: Peers) -> None:
    alice = node(peers)
    ids = [alice.add(str(index).encode()) for index in range(25)]
    alice.update(ids[24], b"newest")
    with joined(alice) as link:
        records = sorted(link.collect(solicit_new()), key=lambda record: (record.modified, record.id.bytes))
        pieces = [records[at : at + 10] for at in range(0, len(records), 10)]
        entries = [(digest(piece), piece[-1].modified, piece[-1].id) for piece in pieces]
        entries[1] = (b"\0" * 16, *entries[1][1:])
        link.send(wire.solicit_hash(entries))
        ranges, abstracts = advertised(link.expect(ADVERTISE))
        assert abstracts == {record.id: record.version for record in pieces[1]}
        assert [count for _, count in ranges] == [10]
        wanted = pieces[1][3]
        before = len(link.waiting)
        link.send(wire.request([(wanted.id, wanted.version)]))
        link.expect(SYNC_END, wire.is_final)
        floods = [wire.parse_flood(raw) for raw in link.waiting[before:] if wire.kind_of(raw) == FLOOD]
        assert floods == [wanted]
        link.alive()


@scenario
def test_requesting_what_is_not_there_gives_only_the_end(peers: Peers) -> None:
    alice = node(peers)
    alice.add()
    with joined(alice) as link:
        link.send(wire.solicit_hash([(b"\0" * 16, 2**63 - 1, uuid.UUID(int=2**128 - 1))]))
        link.expect(ADVERTISE)
        link.send(wire.request([(uuid.uuid4(), 1)]))
        link.expect(SYNC_END, wire.is_final)
        link.alive()
