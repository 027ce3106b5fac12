"""Records of neighbors that a security provider of the application validates, refuses or defers."""

import threading
import time
import uuid
from collections.abc import Callable

import pytest

from tests.api.guarded import guarded_pair
from tests.support.native import ENUMS, GUID, code, expect
from tests.support.peer_values import CHAT
from tests.support.peers import (
    ADDED,
    DELETED,
    HAS_CONNECTIONS,
    NEIGHBOR_CONNECTION,
    OTHER,
    RECORD_CHANGED,
    SYNCHRONIZED,
    UPDATED,
    Peer,
    Peers,
)
from tests.support.provider import Asked, Provider, create, open_
from tests.support.scenario import scenario
from tests.wire.wire_records import GRAPH_INFO

INVALID = code("PEER_E_INVALID_RECORD")
DEFERRED = code("PEER_E_DEFERRED_VALIDATION")


def for_applications(answer: int) -> Callable[[Asked], int]:
    """A validate function that passes the graph's own records."""
    return lambda asked: 0 if asked.internal else answer


def guarded_hub(peers: Peers) -> tuple[Peer, Provider, Peer, Peer]:
    """Bob with a provider; Alice and Carol know him, but do not listen and so cannot know each other."""
    provider = Provider()
    bob = create(peers, provider, "bob")
    bob.listen()
    alice, carol = peers.join(bob, "alice"), peers.join(bob, "carol")
    return alice, provider, bob, carol


def deferred_again(peer: Peer, *ids: uuid.UUID) -> int:
    array = (GUID * len(ids))(*map(GUID.of, ids)) if ids else None
    return int(peer.library.PeerGraphValidateDeferredRecords(peer.handle, len(ids), array))


# validate


@scenario
def test_ones_own_records_are_not_validated(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    alice.delete(alice.add())
    assert provider.validated == []


@scenario
def test_validate_is_asked_about_each_change_of_a_neighbor(peers: Peers) -> None:
    alice, hers, bob, his = guarded_pair(peers)
    hers.on_secure = lambda asked: (0, b"by alice %d" % asked.record.version)
    with bob.queue(RECORD_CHANGED) as queue:
        id = alice.add(b"one", attributes='<attributes><attribute name="n" type="int">7</attribute></attributes>')
        added = alice.get(id)
        queue.wait(lambda event: event.record == id and event.change == ADDED)
        assert bob.get(id) == added
        alice.update(id, b"two")
        updated = alice.get(id)
        queue.wait(lambda event: event.record == id and event.change == UPDATED)
        assert bob.get(id) == updated
        alice.delete(id)
        queue.wait(lambda event: event.record == id and event.change == DELETED)
    asked = his.of_applications(his.validated)
    assert [one.change for one in asked] == [ADDED, UPDATED, DELETED]
    assert asked[0].record == added
    assert asked[1].record == updated
    assert asked[2].record.flags & ENUMS["PEER_RECORD_FLAG_DELETED"]
    assert [one.record.security for one in asked] == [b"by alice 1", b"by alice 2", b"by alice 3"]
    assert {one.graph for one in asked} == {bob.handle}
    assert threading.get_ident() not in {one.thread for one in asked}
    assert hers.of_applications(hers.validated) == []
    hers.check()
    his.check()


@scenario
def test_the_graphs_own_records_are_validated(peers: Peers) -> None:
    _, _, _, his = guarded_pair(peers)
    assert GRAPH_INFO in {asked.record.type for asked in his.validated}


@scenario
def test_records_that_were_there_before_are_validated_and_come_before_the_status(peers: Peers) -> None:
    """A slow provider: SYNCHRONIZED is told when all has been judged."""
    alice = peers.create()
    ids = [alice.add(b"%d" % number) for number in range(20)]
    provider = Provider()
    provider.on_validate = lambda asked: time.sleep(0.01) or 0  # type: ignore[func-returns-value]
    bob = open_(peers, provider)
    bob.connect(alice.listen())
    bob.until_status(SYNCHRONIZED)
    assert {record.id for record in bob.records()} == set(ids)
    assert len(provider.of_applications(provider.validated)) == 20


@pytest.mark.parametrize(
    "answer",
    [INVALID, code("E_INVALIDARG"), code("E_FAIL"), code("E_UNEXPECTED"), 1, 0x00630001, 0x12345, 0xFFFFFFFF],
    ids=hex,
)
@scenario
def test_anything_but_s_ok_and_deferred_is_a_refusal(peers: Peers, answer: int) -> None:
    alice, _, bob, his = guarded_pair(peers)
    his.on_validate = for_applications(answer)
    with bob.queue(RECORD_CHANGED, NEIGHBOR_CONNECTION) as queue:
        refused = alice.add(b"refused")
        his.until(lambda: his.of_applications(his.validated))
        his.on_validate = lambda asked: 0
        accepted = alice.add(b"accepted")
        queue.wait(lambda event: event.record == accepted)
        assert [event.record for event in queue.seen] == [accepted]
    assert not bob.has(refused)
    assert bob.status() & HAS_CONNECTIONS, "the link stays"
    expect(deferred_again(bob), "S_OK")
    assert not bob.has(refused)


@scenario
def test_a_refused_update_and_deletion_leave_the_record(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    with bob.queue(RECORD_CHANGED) as queue:
        id, marker = alice.add(b"first"), alice.add(b"marker")
        queue.wait(lambda event: event.record == marker)
        before = bob.get(id)
        his.on_validate = for_applications(INVALID)
        alice.update(id, b"second")
        alice.delete(id)
        his.until(lambda: len(his.of_applications(his.validated)) >= 4)
        his.on_validate = lambda asked: 0
        marker = alice.add(b"marker")
        queue.wait(lambda event: event.record == marker)
        assert {event.change for event in queue.seen} == {ADDED}
    assert bob.get(id) == before


@scenario
def test_a_refused_record_does_not_go_further(peers: Peers) -> None:
    alice, his, _, carol = guarded_hub(peers)
    his.on_validate = for_applications(INVALID)
    refused = alice.add(b"refused")
    his.until(lambda: his.of_applications(his.validated))
    his.on_validate = lambda asked: 0
    with carol.queue(RECORD_CHANGED) as queue:
        accepted = alice.add(b"accepted")
        queue.wait(lambda event: event.record == accepted)
    assert not carol.has(refused)


@scenario
def test_a_record_that_has_come_before_is_not_judged_again(peers: Peers) -> None:
    """Synchronizing anew shows the provider nothing it knows."""
    alice, _, bob, his = guarded_pair(peers)
    with bob.queue(RECORD_CHANGED) as queue:
        id = alice.add()
        queue.wait(lambda event: event.record == id)
    bob.close()
    again = open_(peers, his, expected="S_OK")
    before = len(his.of_applications(his.validated))
    again.connect(alice.port)
    with again.queue(RECORD_CHANGED) as queue:
        again.until_status(HAS_CONNECTIONS)
        id = alice.add()
        queue.wait(lambda event: event.record == id)
    assert len(his.of_applications(his.validated)) == before + 1


# deferred records


@scenario
def test_deferred_records_come_in_by_their_ids(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    his.on_validate = for_applications(DEFERRED)
    first, second = alice.add(b"first"), alice.add(b"second")
    his.until(lambda: len(his.of_applications(his.validated)) == 2)
    with bob.queue(RECORD_CHANGED) as queue:
        assert not bob.has(first)
        his.on_validate = lambda asked: 0
        marker = alice.add(b"marker")
        queue.wait(lambda event: event.record == marker)  # both are on the list by now
        expect(deferred_again(bob, second), "S_OK")
        queue.wait(lambda event: event.record == second and event.change == ADDED)
        assert bob.get(second) == alice.get(second)
        assert not bob.has(first)
        expect(deferred_again(bob, first), "S_OK")
        queue.wait(lambda event: event.record == first)
    assert bob.sorted_records() == alice.sorted_records()


@scenario
def test_all_deferred_records_come_in_when_none_is_named(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    his.on_validate = for_applications(DEFERRED)
    for number in range(50):
        alice.add(b"%d" % number)
    his.until(lambda: len(his.of_applications(his.validated)) == 50)
    his.on_validate = lambda asked: 0
    marker = alice.add(b"marker")
    bob.until(lambda: bob.has(marker))
    assert len(bob.records()) == 1
    expect(deferred_again(bob), "S_OK")
    bob.until_count(51)
    assert bob.sorted_records() == alice.sorted_records()
    before = len(his.validated)
    expect(deferred_again(bob), "S_OK")
    marker = alice.add(b"marker")
    bob.until(lambda: bob.has(marker))
    assert len(his.validated) == before + 1, "nothing was left on the list"


@scenario
def test_a_record_may_be_deferred_again_and_refused_in_the_end(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)

    def times(id: uuid.UUID) -> int:
        return [asked.record.id for asked in his.validated].count(id)

    def let_it_finish() -> None:
        """What the provider was asked before this has been carried out."""
        marker = alice.add(type=OTHER)
        bob.until(lambda: bob.has(marker))

    his.on_validate = lambda asked: DEFERRED if asked.record.type == CHAT else 0
    id = alice.add()
    for _ in range(2):
        let_it_finish()
        expect(deferred_again(bob, id), "S_OK")
    let_it_finish()
    his.on_validate = lambda asked: INVALID if asked.record.type == CHAT else 0
    expect(deferred_again(bob), "S_OK")
    his.until(lambda: times(id) == 4)
    his.on_validate = lambda asked: 0
    let_it_finish()
    expect(deferred_again(bob), "S_OK")
    let_it_finish()
    assert times(id) == 4
    assert not bob.has(id)


@scenario
def test_ids_that_are_not_deferred_are_passed_over(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add()
    expect(deferred_again(alice, id, uuid.uuid4()), "S_OK")
    assert provider.validated == []
    assert deferred_again(peers.create("bob", name="unguarded")) == 0


@scenario
def test_a_deferred_record_goes_on_to_the_others_when_it_is_valid(peers: Peers) -> None:
    alice, his, bob, carol = guarded_hub(peers)
    his.on_validate = for_applications(DEFERRED)
    id = alice.add(b"late")
    his.until(lambda: his.of_applications(his.validated))
    his.on_validate = lambda asked: 0
    marker = alice.add()
    carol.until(lambda: carol.has(marker))
    assert not carol.has(id)
    expect(deferred_again(bob), "S_OK")
    carol.until(lambda: carol.has(id))
    assert carol.get(id) == alice.get(id)


@scenario
def test_a_deferred_record_survives_the_end_of_its_link(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    his.on_validate = for_applications(DEFERRED)
    id = alice.add(b"late")
    his.until(lambda: his.of_applications(his.validated))
    alice.close()
    bob.until(lambda: not bob.status() & HAS_CONNECTIONS)
    his.on_validate = lambda asked: 0
    expect(deferred_again(bob), "S_OK")
    bob.until(lambda: bob.has(id))
