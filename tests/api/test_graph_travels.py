"""Records on their way between neighbors: changes, conflicts, sizes, expiration."""

import ctypes
import threading
import uuid

import pytest

from tests.api.neighbors import equal
from tests.support import native
from tests.support.native import expect
from tests.support.peer_values import CHAT, record_struct
from tests.support.peers import ADDED, DELETED, OTHER, RECORD_CHANGED, UPDATED, Peer, Peers
from tests.support.scenario import scenario

# flooding


@scenario
def test_changes_reach_the_other_side_with_all_their_fields(peers: Peers) -> None:
    alice, bob = peers.pair()
    attributes = '<attributes><attribute name="Owner" type="string">Bob</attribute></attributes>'
    with bob.queue(RECORD_CHANGED) as at_bob:
        id = alice.add(b"first", attributes=attributes)
        at_bob.wait(lambda event: (event.change, event.record, event.record_type) == (ADDED, id, CHAT))
        assert bob.get(id) == alice.get(id)
        alice.update(id, b"second")
        at_bob.wait(lambda event: (event.change, event.record) == (UPDATED, id))
        assert bob.get(id) == alice.get(id)
        assert bob.get(id).data == b"second"
        alice.delete(id)
        at_bob.wait(lambda event: (event.change, event.record) == (DELETED, id))
        assert not bob.has(id)


@scenario
def test_anyone_may_update_and_delete(peers: Peers) -> None:
    """Without a security provider; the modifier is the peer that did it."""
    alice, bob = peers.pair()
    id = alice.add(b"of alice")
    bob.until(lambda: bob.has(id))
    bob.update(id, b"changed by bob")
    alice.until(lambda: alice.get(id).version == 2)
    record = alice.get(id)
    assert (record.data, record.creator, record.modified_by) == (b"changed by bob", "alice", "bob")
    assert alice.get(id) == bob.get(id)
    bob.delete(id)
    alice.until(lambda: not alice.has(id))


@scenario
def test_a_record_with_a_creator_of_its_own_reaches_the_others_or_is_refused(peers: Peers) -> None:
    """The pages contradict each other on whether pwzCreatorId may be given; what is accepted has to be valid."""
    alice, bob = peers.pair()
    struct, id = record_struct(b"of carol"), native.GUID()
    native.put_text(struct, "pwzCreatorId", "carol")
    result = peers.library.PeerGraphAddRecord(alice.handle, ctypes.byref(struct), ctypes.byref(id))
    expect(result, "S_OK", "E_INVALIDARG", "E_ACCESSDENIED")
    if result == 0:
        assert alice.get(id.value()).creator in ("carol", "alice")
        bob.until(lambda: bob.has(id.value()))
        assert bob.get(id.value()) == alice.get(id.value())


@scenario
def test_record_events_of_others_are_filtered_by_type(peers: Peers) -> None:
    alice, bob = peers.pair()
    with bob.queue((RECORD_CHANGED, OTHER)) as only_other:
        first = alice.add(b"chat")
        second = alice.add(b"other", type=OTHER)
        only_other.wait(lambda event: event.record == second)
        bob.until(lambda: bob.has(first))
        only_other.drain()
        assert {event.record_type for event in only_other.seen} == {OTHER}


@scenario
def test_an_event_per_record_and_none_twice(peers: Peers) -> None:
    alice, bob = peers.pair()
    with bob.queue((RECORD_CHANGED, CHAT)) as queue:
        ids = [alice.add(index.to_bytes(4, "big")) for index in range(500)]
        bob.until_count(500)
        queue.wait(lambda event: len(queue.seen) == 500)
        assert queue.drain() == []
    assert sorted(event.record or uuid.UUID(int=0) for event in queue.seen) == sorted(ids)
    assert equal(alice, bob)


@scenario
def test_records_travel_through_a_peer_in_between(peers: Peers) -> None:
    alice, bob = peers.pair()
    bob.listen()
    carol = peers.join(bob, "carol")
    to, back = alice.add(b"to carol"), carol.add(b"to alice")
    carol.until(lambda: carol.has(to))
    alice.until(lambda: alice.has(back))
    assert carol.get(back).creator == alice.get(back).creator == "carol"
    alice.until_count(2)
    bob.until_count(2)
    carol.until_count(2)
    assert equal(alice, bob, carol)


@scenario
def test_both_may_add_at_once(peers: Peers) -> None:
    alice, bob = peers.pair()

    def add(peer: Peer) -> None:
        for index in range(200):
            peer.add(f"{peer.id} {index}".encode())

    threads = [threading.Thread(target=add, args=(peer,)) for peer in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alice.until_count(400)
    bob.until_count(400)
    assert equal(alice, bob)
    assert len(alice.records(CHAT, "bob")) == len(bob.records(CHAT, "alice")) == 200


@scenario
def test_conflicting_updates_end_equal(peers: Peers) -> None:
    """MS-PPGRH 3.1.7.32 decides alike on both sides: equal versions, then the higher Last Modified By."""
    alice, bob = peers.pair()
    ids = [alice.add(b"start") for _ in range(20)]
    bob.until_count(20)
    alice.close()
    for id in ids:
        bob.update(id, b"by bob")
    alice = peers.reopen(alice)
    for id in ids:
        alice.update(id, b"by alice")
    bob.listen()
    alice.connect(bob.port)
    alice.until(lambda: all(alice.get(id).data == b"by bob" for id in ids))
    assert {bob.get(id).data for id in ids} == {b"by bob"}
    assert equal(alice, bob)


@pytest.mark.parametrize("size", [16_379, 16_380, 70_000, 1_000_000])
@scenario
def test_large_records_travel_in_frames(peers: Peers, size: int) -> None:
    alice, bob = peers.pair()
    data = bytes(range(251)) * (size // 251 + 1)
    id = alice.add(data[:size])
    bob.until(lambda: bob.has(id))
    assert bob.get(id) == alice.get(id)
    assert len(bob.get(id).data) == size


@scenario
def test_a_local_delete_stays_local(peers: Peers) -> None:
    alice, bob = peers.pair()
    id = alice.add(b"record")
    bob.until(lambda: bob.has(id))
    expect(alice.try_delete(id, local=True), "S_OK")
    after = alice.add(b"after")
    bob.until(lambda: bob.has(after))
    assert not alice.has(id)
    assert bob.has(id)


@scenario
def test_the_record_size_limit_holds_for_joiners(peers: Peers) -> None:
    alice = peers.create(dwMaxRecordSize=1024)
    bob = peers.join(alice)
    expect(bob.try_add(record_struct(b"x" * 2000)), "PEER_E_MAX_RECORD_SIZE_EXCEEDED")


@scenario
def test_an_expired_record_is_gone_on_both_sides(peers: Peers) -> None:
    alice, bob = peers.pair()
    for lifetime in (2, 8, 32):
        id = alice.add(b"short", lifetime=lifetime)
        both = bob.until(lambda id=id: bob.has(id) or not alice.has(id)) and bob.has(id)
        alice.until(lambda id=id: not alice.has(id))
        bob.until(lambda id=id: not bob.has(id))
        if both:
            return
    raise AssertionError("a record takes half a minute to the neighbor")
