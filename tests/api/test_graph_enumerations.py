"""Enumerations of records: filters, snapshots, items and their memory."""

import uuid

import pytest

from tests.support import native
from tests.support.native import expect
from tests.support.peer_values import CHAT, Record
from tests.support.peers import OTHER, Peers
from tests.support.scenario import scenario

# PeerGraphEnumRecords, GetItemCount, GetNextItem, EndEnumeration


@scenario
def test_enumerations_filter_by_type_and_creator(peers: Peers) -> None:
    alice = peers.create()
    chat = {alice.add() for _ in range(3)}
    other = {alice.add(type=OTHER) for _ in range(2)}
    assert {record.id for record in alice.records(CHAT)} == chat
    assert {record.id for record in alice.records(OTHER)} == other
    assert {record.id for record in alice.records(None)} >= chat | other
    assert {record.id for record in alice.records(CHAT, "alice")} == chat
    assert {record.id for record in alice.records(None, "alice")} >= chat | other
    assert alice.records(CHAT, "nobody") == []
    assert alice.records(uuid.uuid4()) == []


@scenario
def test_an_enumeration_is_a_snapshot(peers: Peers) -> None:
    alice = peers.create()
    ids = {alice.add() for _ in range(5)}
    enumeration = alice.enumeration()
    late = alice.add(b"late")
    assert alice.count(enumeration) == 5
    found = {record.id for record in alice.next_records(enumeration, 10)}
    assert found == ids
    assert late not in found
    alice.end(enumeration)


@scenario
def test_items_deleted_after_the_snapshot_do_no_harm(peers: Peers) -> None:
    """The count stays; fetching may yield fewer (PeerGraphGetItemCount)."""
    alice = peers.create()
    ids = [alice.add() for _ in range(5)]
    enumeration = alice.enumeration()
    for id in ids[:2]:
        alice.delete(id)
    assert alice.count(enumeration) == 5
    found = alice.next_records(enumeration, 10)
    while more := alice.next_records(enumeration, 10):
        found += more
    assert {record.id for record in found} >= set(ids[2:])
    alice.end(enumeration)


@pytest.mark.parametrize("chunk", [1, 3, 7, 10, 1000])
@scenario
def test_next_item_gives_at_most_what_was_asked_and_ends_with_zero(peers: Peers, chunk: int) -> None:
    alice = peers.create()
    ids = {alice.add(str(index).encode()) for index in range(10)}
    enumeration = alice.enumeration()
    assert alice.count(enumeration) == 10
    sizes, found = [], set()
    while some := alice.next_records(enumeration, chunk):
        sizes.append(len(some))
        found |= {record.id for record in some}
    assert found == ids
    assert sum(sizes) == 10
    assert max(sizes) <= chunk
    assert alice.next_records(enumeration, chunk) == []
    assert alice.count(enumeration) == 10
    alice.end(enumeration)


@scenario
def test_an_empty_enumeration_is_one(peers: Peers) -> None:
    alice = peers.create()
    enumeration = alice.enumeration()
    assert alice.count(enumeration) == 0
    assert alice.next_records(enumeration, 5) == []
    alice.end(enumeration)


@scenario
def test_items_live_until_they_are_freed(peers: Peers) -> None:
    """Records got before stay readable after the graph moved on."""
    alice = peers.create()
    id = alice.add(b"first")
    enumeration = alice.enumeration()
    with alice.next_items(enumeration, 5) as pointers:
        alice.end(enumeration)
        alice.update(id, b"second")
        alice.delete(id)
        for index in range(50):
            alice.add(str(index).encode() * 100)
        assert Record.copied(native.PEER_RECORD.from_address(pointers[0])).data == b"first"


@scenario
def test_ending_an_enumeration_twice_is_refused(peers: Peers) -> None:
    alice = peers.create()
    enumeration = alice.enumeration()
    alice.end(enumeration)
    expect(peers.library.PeerGraphEndEnumeration(enumeration), "E_INVALIDARG")


@scenario
def test_enumerations_are_independent(peers: Peers) -> None:
    alice = peers.create()
    for _ in range(4):
        alice.add()
    one, two = alice.enumeration(), alice.enumeration()
    assert len(alice.next_records(one, 3)) == 3
    assert len(alice.next_records(two, 4)) == 4
    alice.end(two)
    assert len(alice.next_records(one, 3)) == 1
    alice.end(one)
