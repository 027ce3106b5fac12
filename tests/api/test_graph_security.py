"""PEER_SECURITY_INTERFACE: an application's own validate, secure and free functions, and ValidateDeferredRecords."""

import ctypes
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunC
from tests.support import native
from tests.support.native import ENUMS, GUID, code, expect
from tests.support.peers import (
    ADDED,
    CHAT,
    CONNECTED,
    DELETED,
    HAS_CONNECTIONS,
    NEIGHBOR_CONNECTION,
    OTHER,
    RECORD_CHANGED,
    SECOND,
    SYNCHRONIZED,
    UPDATED,
    Peer,
    Peers,
    now,
    properties_struct,
    record_struct,
)
from tests.support.provider import Asked, Provider, create, open_, set_text, try_create, try_open
from tests.support.scenario import scenario
from tests.wire.client import GRAPH_INFO, PRESENCE

INVALID = code("PEER_E_INVALID_RECORD")
DEFERRED = code("PEER_E_DEFERRED_VALIDATION")
UNAUTHORIZED = code("PEER_E_NOT_AUTHORIZED")
SOURCES = Path(__file__).parents[1] / "c"


def for_applications(answer: int) -> Callable[[Asked], int]:
    """A validate function that passes the graph's own records."""
    return lambda asked: 0 if asked.internal else answer


def guarded_pair(peers: Peers, **fields: Any) -> tuple[Peer, Provider, Peer, Provider]:
    """Alice and Bob, each with a provider of their own, connected."""
    hers, his = Provider(), Provider()
    alice = create(peers, hers, **fields)
    bob = open_(peers, his)
    bob.connect(alice.listen())
    bob.until_status(HAS_CONNECTIONS | SYNCHRONIZED)
    alice.until_status(HAS_CONNECTIONS)
    return alice, hers, bob, his


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


# the structure


@pytest.mark.parametrize("missing", ["pfnValidateRecord", "pfnSecureRecord"])
@scenario
def test_one_function_of_the_two_is_refused(peers: Peers, missing: str) -> None:
    provider = Provider()
    setattr(provider.interface, missing, None)
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    expect(try_open(peers, provider)[0], "E_INVALIDARG")
    create(peers, None)  # nothing was left behind


@scenario
def test_without_both_functions_there_is_no_provider(peers: Peers) -> None:
    provider = Provider()
    provider.interface.pfnValidateRecord = provider.interface.pfnSecureRecord = None
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == b""
    assert provider.freed == []


@pytest.mark.parametrize("size", [0, 79, 81, 0xFFFFFFFF])
@scenario
def test_an_interface_of_a_wrong_struct_size_is_refused(peers: Peers, size: int) -> None:
    provider = Provider()
    provider.interface.dwSize = size
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    expect(try_open(peers, provider)[0], "E_INVALIDARG")


@pytest.mark.parametrize("field", ["pwzSspFilename", "pwzPackageName"])
@scenario
def test_a_windows_security_package_is_refused(peers: Peers, field: str) -> None:
    """It cannot be loaded; going on without it would leave open what was to be protected."""
    provider = Provider()
    set_text(provider.interface, field, "secur32.dll")
    expect(try_create(peers, provider)[0], "E_INVALIDARG")
    provider.interface.pfnValidateRecord = provider.interface.pfnSecureRecord = None
    expect(try_open(peers, provider)[0], "E_INVALIDARG")


@scenario
def test_security_info_without_a_pointer_is_refused(peers: Peers) -> None:
    provider = Provider()
    provider.interface.cbSecurityInfo = 5
    expect(try_create(peers, provider)[0], "E_INVALIDARG")


@scenario
def test_a_provider_without_a_free_function_works(peers: Peers) -> None:
    provider = Provider()
    provider.interface.pfnFreeSecurityData = None
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == b"secured"


# secure


@scenario
def test_the_secure_function_sees_the_record_as_it_will_be_published(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    expires = now() + 3600 * SECOND
    xml = '<attributes><attribute name="a" type="string">x</attribute></attributes>'
    id = alice.add(b"payload", attributes=xml, expires=expires)
    (asked,) = provider.of_applications(provider.secured)
    record = alice.get(id)
    assert asked.graph == alice.handle
    assert asked.change == ADDED
    assert asked.record.security == b""
    for field in ("type", "id", "version", "flags", "creator", "attributes", "created", "expires", "modified", "data"):
        assert getattr(asked.record, field) == getattr(record, field), field
    assert (record.id, record.data, record.attributes, record.expires) == (id, b"payload", xml, expires)
    provider.check()


@scenario
def test_updates_and_deletions_are_secured_too(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"first")
    alice.update(id, b"second")
    alice.delete(id)
    added, updated, deleted = provider.of_applications(provider.secured)
    assert [one.change for one in (added, updated, deleted)] == [ADDED, UPDATED, DELETED]
    assert {one.record.id for one in (added, updated, deleted)} == {id}
    assert [one.record.version for one in (added, updated, deleted)] == [1, 2, 3]
    assert [one.record.data for one in (added, updated, deleted)] == [b"first", b"second", b""]
    assert deleted.record.flags & ENUMS["PEER_RECORD_FLAG_DELETED"]
    provider.check()


@scenario
def test_the_graphs_own_records_are_secured(peers: Peers) -> None:
    """PeerGraphCreate has no handle to name yet; the presence record comes later and has one."""
    provider = Provider()
    alice = create(peers, provider, cPresenceMax=0xFFFFFFFF)
    (first,) = provider.secured
    assert (first.record.type, first.change, first.graph) == (GRAPH_INFO, ADDED, 0)
    alice.listen()
    provider.until(lambda: any(asked.record.type == PRESENCE for asked in provider.secured))
    presence = next(asked for asked in provider.secured if asked.record.type == PRESENCE)
    assert (presence.graph, presence.change) == (alice.handle, ADDED)


@scenario
def test_changed_properties_are_secured_on_the_callers_thread(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    properties = properties_struct(None, None, pwzComment="new")
    expect(peers.library.PeerGraphSetProperties(alice.handle, ctypes.byref(properties)), "S_OK")
    assert alice.properties()["pwzComment"] == "new"
    asked = provider.secured[-1]
    assert (asked.record.type, asked.change) == (GRAPH_INFO, UPDATED)
    assert asked.thread == threading.get_ident()


@scenario
def test_properties_that_may_not_be_secured_stay_as_they_are(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider, pwzComment="old")
    provider.on_secure = lambda asked: (code("E_ACCESSDENIED"), None)
    before = alice.properties()
    properties = properties_struct(None, None, pwzComment="new")
    expect(peers.library.PeerGraphSetProperties(alice.handle, ctypes.byref(properties)), "E_ACCESSDENIED")
    assert alice.properties() == before


@scenario
def test_security_data_is_stored_and_outlives_a_close(peers: Peers) -> None:
    provider = Provider()
    provider.on_secure = lambda asked: (0, f"{asked.record.version} {asked.record.data!r}".encode())
    alice = create(peers, provider)
    id = alice.add(b"x")
    assert alice.get(id).security == b"1 b'x'"
    alice.update(id, b"y")
    assert alice.get(id).security == b"2 b'y'"
    alice.close()
    again = open_(peers, provider, "alice", expected="S_OK")
    assert again.get(id).security == b"2 b'y'"
    assert again.records() == [again.get(id)]


@pytest.mark.parametrize("data", [None, b"", b"\0", bytes(range(256)) * 1000], ids=["none", "empty", "zero", "large"])
@scenario
def test_security_data_of_any_size(peers: Peers, data: bytes | None) -> None:
    provider = Provider()
    provider.on_secure = lambda asked: (0, data)
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == (data or b"")
    assert provider.freed == ([] if data is None else [data, data])  # the graph info record and this one
    provider.check()


@scenario
def test_security_data_that_points_nowhere_is_a_failure_and_no_crash(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    provider.pointerless = True
    expect(alice.try_add(record_struct()), "E_INVALIDARG")
    assert alice.records() == []
    provider.check()


@scenario
def test_free_is_called_once_for_every_success_and_not_for_a_failure(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    provider.freed.clear()
    provider.on_secure = lambda asked: (0, asked.record.data)
    for number in range(5):
        alice.add(b"%d" % number)
    assert provider.freed == [b"0", b"1", b"2", b"3", b"4"]
    provider.on_secure = lambda asked: (UNAUTHORIZED, None)
    expect(alice.try_add(record_struct()), "PEER_E_NOT_AUTHORIZED")
    assert len(provider.freed) == 5
    provider.check()


@pytest.mark.parametrize("name", ["PEER_E_NOT_AUTHORIZED", "E_ACCESSDENIED", "E_FAIL", "PEER_E_INVALID_RECORD"])
@scenario
def test_a_refusal_is_handed_to_the_caller_and_nothing_has_changed(peers: Peers, name: str) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"kept")
    before = alice.sorted_records()
    provider.on_secure = lambda asked: (code(name), None)
    with alice.queue(RECORD_CHANGED) as queue:
        expect(alice.try_add(record_struct()), name)
        expect(alice.try_update(id, record_struct(expires=alice.get(id).expires)), name)
        expect(alice.try_delete(id), name)
        assert queue.drain() == []
        assert not queue.signaled()
    assert alice.sorted_records() == before


@pytest.mark.parametrize("answer", [1, 0x00630001, 0x7FFFFFFF])
@scenario
def test_every_success_of_secure_is_a_success(peers: Peers, answer: int) -> None:
    provider = Provider()
    provider.on_secure = lambda asked: (answer, b"fine")
    alice = create(peers, provider)
    assert alice.get(alice.add()).security == b"fine"
    provider.check()


@scenario
def test_a_record_that_is_refused_by_the_rules_is_never_secured(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider, dwMaxRecordSize=1024)
    before = len(provider.secured)
    expect(alice.try_add(record_struct(b"x" * 2000)), "PEER_E_MAX_RECORD_SIZE_EXCEEDED")
    expect(alice.try_add(record_struct(attributes="<no/>")), "PEER_E_INVALID_ATTRIBUTES")
    expect(alice.try_delete(uuid.uuid4()), "PEER_E_RECORD_NOT_FOUND")
    assert len(provider.secured) == before


@scenario
def test_a_provider_that_refuses_the_first_record_leaves_no_graph(peers: Peers) -> None:
    provider = Provider()
    provider.on_secure = lambda asked: (UNAUTHORIZED, None)
    expect(try_create(peers, provider)[0], "PEER_E_NOT_AUTHORIZED")
    provider.on_secure = lambda asked: (0, b"")
    create(peers, provider)


@scenario
def test_a_local_deletion_is_nobody_elses_business(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add()
    before = len(provider.secured)
    expect(alice.try_delete(id, local=True), "S_OK")
    assert len(provider.secured) == before
    assert not alice.has(id)


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


# callbacks that take long, call back, or fail


@scenario
def test_a_blocked_validate_stops_neither_calls_on_the_graph_nor_other_graphs(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    here, there = peers.create("carol", name="other"), peers.open("dave", name="other")
    there.connect(here.listen())
    there.until_status(SYNCHRONIZED | HAS_CONNECTIONS)
    release = threading.Event()
    his.on_validate = lambda asked: 0 if release.wait(60) else 1
    try:
        waiting = alice.add(b"waits")
        his.until(lambda: his.of_applications(his.validated))
        own = bob.add(b"bob's")
        assert [record.id for record in bob.records()] == [own]
        bob.update(own, b"again")
        assert bob.status() == HAS_CONNECTIONS | SYNCHRONIZED
        alice.until(lambda: alice.has(own) and alice.get(own).version == 2)  # what bob sends still goes out
        id = here.add(b"elsewhere")
        there.until(lambda: there.has(id))
        assert not bob.has(waiting)
    finally:
        release.set()
    bob.until(lambda: bob.has(waiting))


@scenario
def test_a_blocked_secure_stops_neither_calls_on_the_graph_nor_what_comes(peers: Peers) -> None:
    alice, hers, bob, _ = guarded_pair(peers)
    release, blocked = threading.Event(), threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        blocked.set()
        return 0 if release.wait(60) else 1, b""

    hers.on_secure = slow
    results: list[int] = []
    adder = threading.Thread(target=lambda: results.append(alice.try_add(record_struct(b"slow"))))
    adder.start()
    try:
        assert blocked.wait(60)
        assert alice.records() == []
        id = bob.add(b"from bob")
        alice.until(lambda: alice.has(id))
    finally:
        release.set()
        adder.join()
    assert results == [0]
    assert {record.data for record in alice.records()} == {b"slow", b"from bob"}


@scenario
def test_validate_may_call_the_api(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    own = bob.add(b"bob's")
    seen: list[Any] = []

    def curious(asked: Asked) -> int:
        if not asked.internal and asked.record.type == CHAT:
            seen.append((bob.get(own).data, len(bob.records()), bob.status(), bob.has(asked.record.id)))
            bob.add(b"answer to " + asked.record.data, type=OTHER)
            bob.update(own, b"asked")
            bob.connections()
            bob.properties()
        return 0

    his.on_validate = curious
    id = alice.add(b"question")
    bob.until(lambda: bob.has(id))
    his.check()
    assert seen == [(b"bob's", 1, HAS_CONNECTIONS | SYNCHRONIZED, False)]
    assert [record.data for record in bob.records(OTHER)] == [b"answer to question"]
    alice.until_count(1, OTHER)


@scenario
def test_secure_may_call_the_api(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    first = alice.add(b"first")
    seen: list[Any] = []

    def curious(asked: Asked) -> tuple[int, bytes | None]:
        if asked.record.type == CHAT and not asked.internal:
            seen.append((alice.get(first).data, len(alice.records()), alice.has(asked.record.id)))
            alice.add(b"log", type=OTHER)
        return 0, b""

    provider.on_secure = curious
    alice.add(b"second")
    assert seen == [(b"first", 1, False)]
    alice.update(first, b"third")
    assert len(alice.records(OTHER)) == 2
    assert alice.get(first).data == b"third"
    provider.check()


@scenario
def test_a_record_that_changes_while_it_is_secured_is_prepared_again(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"first")
    busy = False

    def meddle(asked: Asked) -> tuple[int, bytes | None]:
        nonlocal busy
        if not busy:
            busy = True
            alice.update(id, b"in between")
        return 0, b""

    provider.on_secure = meddle
    alice.update(id, b"last")
    record = alice.get(id)
    assert (record.data, record.version) == (b"last", 3)


@scenario
def test_a_record_that_is_deleted_while_it_is_secured_is_not_found(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    id = alice.add(b"first")

    def meddle(asked: Asked) -> tuple[int, bytes | None]:
        if asked.change == UPDATED:
            alice.delete(id)
        return 0, b""

    provider.on_secure = meddle
    struct = record_struct(expires=alice.get(id).expires)
    expect(alice.try_update(id, struct), "PEER_E_RECORD_NOT_FOUND")
    assert not alice.has(id)


@scenario
def test_closing_while_validate_blocks(peers: Peers) -> None:
    """The close returns, the answer that comes too late changes nothing, and no other question follows."""
    alice, _, bob, his = guarded_pair(peers)
    release, left = threading.Event(), threading.Event()

    def slow(asked: Asked) -> int:
        release.wait(60)
        left.set()
        return 0

    his.on_validate = slow
    for number in range(5):
        alice.add(b"%d" % number)
    his.until(lambda: his.of_applications(his.validated))
    bob.close()
    assert not left.is_set(), "closing waited for the callback"
    count = len(his.validated)
    release.set()
    assert left.wait(60)
    again = open_(peers, None, expected="S_OK")
    assert again.records() == []
    again.connect(alice.port)
    again.until_count(5)
    assert len(his.validated) == count


@scenario
def test_closing_while_secure_blocks(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    release, blocked = threading.Event(), threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        blocked.set()
        release.wait(60)
        return 0, b"late"

    provider.on_secure = slow
    results: list[int] = []
    adder = threading.Thread(target=lambda: results.append(alice.try_add(record_struct())))
    adder.start()
    assert blocked.wait(60)
    alice.close()
    release.set()
    adder.join()
    expect(results[0], "PEER_E_GRAPH_SHUTTING_DOWN", "PEER_E_INVALID_GRAPH")
    provider.check()
    assert open_(peers, None, "alice", expected="S_OK").records() == []


@scenario
def test_validate_may_close_its_own_graph(peers: Peers) -> None:
    alice, _, bob, his = guarded_pair(peers)
    closed = threading.Event()

    def close(asked: Asked) -> int:
        if not asked.internal and not closed.is_set():
            bob.close()
            closed.set()
        return 0

    his.on_validate = close
    alice.add()
    assert closed.wait(60)
    his.check()
    alice.until(lambda: not alice.status() & HAS_CONNECTIONS)
    expect(peers.library.PeerGraphGetStatus(bob.handle, ctypes.byref(ctypes.c_uint32())), "PEER_E_INVALID_GRAPH")


@scenario
def test_secure_at_the_end_of_a_graph_may_wait_for_calls_of_other_threads(peers: Peers) -> None:
    """The presence record is withdrawn when the graph is closed; meanwhile another graph is opened and closed."""
    provider = Provider()
    alice = create(peers, provider, cPresenceMax=0xFFFFFFFF)
    alice.listen()
    alice.until(lambda: any(asked.record.type == PRESENCE for asked in provider.secured))
    alice.until(lambda: alice.records(PRESENCE))

    def elsewhere() -> None:
        other = peers.create("carol", name="other")
        other.listen()
        other.close()

    finished: list[bool] = []

    def waits(asked: Asked) -> tuple[int, bytes | None]:
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(60)
        finished.append(not thread.is_alive())
        return 0, b""

    provider.on_secure = waits
    alice.close()
    assert finished
    assert all(finished)


@scenario(fresh=True)
def test_secure_during_shutdown_may_call_the_api(peers: Peers) -> None:
    """It gets an answer, whichever; what counts is that the call comes back."""
    provider = Provider()
    alice = create(peers, provider, cPresenceMax=0xFFFFFFFF)
    alice.listen()
    alice.until(lambda: alice.records(PRESENCE))
    seen: list[int] = []

    def call(asked: Asked) -> tuple[int, bytes | None]:
        seen.append(peers.library.PeerGraphGetStatus(alice.handle, ctypes.byref(ctypes.c_uint32())))
        seen.append(peers.library.PeerGraphStartup(1, ctypes.byref(native.PEER_VERSION_DATA())))
        seen.append(peers.library.PeerGraphShutdown())
        return 0, b""

    provider.on_secure = call
    expect(peers.shutdown(), "S_OK")
    assert seen
    alice.open = False
    peers.start()


@scenario
def test_one_presence_record_however_fast_it_changes(peers: Peers) -> None:
    """Each change prepares the record anew while an earlier one still waits to be secured."""
    alice, hers, bob, _ = guarded_pair(peers)
    release = threading.Event()

    def slow(asked: Asked) -> tuple[int, bytes | None]:
        if asked.record.type == PRESENCE:
            release.wait(60)
        return 0, b""

    hers.on_secure = slow
    library = peers.library
    expect(library.PeerGraphSetPresence(alice.handle, 1), "S_OK")
    for text in ("one", "two", "three"):
        expect(library.PeerGraphSetNodeAttributes(alice.handle, native.wide(text)), "S_OK")
        expect(library.PeerGraphSetPresence(alice.handle, 1), "S_OK")
    release.set()
    bob.until(lambda: any(b"\0t\0h\0r\0e\0e" in record.data for record in bob.records(PRESENCE)), what="the last text")
    assert len(bob.records(PRESENCE)) == 1
    assert len(alice.records(PRESENCE)) == 1


@scenario
def test_a_peer_with_a_provider_and_one_without_understand_each_other(peers: Peers) -> None:
    provider = Provider()
    alice = create(peers, provider)
    bob = peers.join(alice)
    id, own = alice.add(b"secured"), bob.add(b"plain")
    bob.until(lambda: bob.has(id))
    alice.until(lambda: alice.has(own))
    assert bob.get(id).security == b"secured"
    assert alice.get(own).security == b""


@scenario
def test_many_records_with_a_provider_are_all_or_none(peers: Peers) -> None:
    from tests.api.test_graph_many import add_many

    provider = Provider()
    alice = create(peers, provider)
    provider.on_secure = lambda asked: (
        (UNAUTHORIZED, None) if asked.record.data == b"3" else (0, b"s" + asked.record.data)
    )
    with alice.queue(RECORD_CHANGED) as queue:
        result, _ = add_many(alice, [record_struct(b"%d" % number) for number in range(5)])
        expect(result, "PEER_E_NOT_AUTHORIZED")
        assert queue.drain() == []
        assert alice.records() == []
        result, ids = add_many(alice, [record_struct(b"%d" % number) for number in range(4, 8)])
        expect(result, "S_OK")
        assert [event.record for event in queue.drain()] == ids
    assert [alice.get(id).security for id in ids] == [b"s4", b"s5", b"s6", b"s7"]
    provider.check()


@scenario
def test_a_provider_that_lets_records_through_while_a_link_comes_and_goes(peers: Peers) -> None:
    """Bob hangs up while alice's provider has his records: she serves him as before when he is back."""
    alice, hers, bob, _ = guarded_pair(peers)
    release = threading.Event()
    hers.on_validate = lambda asked: 0 if asked.internal or release.wait(60) else 1
    id = bob.add(b"in flight")
    hers.until(lambda: hers.of_applications(hers.validated))
    bob.close()
    release.set()
    alice.until(lambda: alice.has(id))
    alice.until(lambda: not alice.status() & HAS_CONNECTIONS)
    again = peers.reopen(bob)
    with again.queue(NEIGHBOR_CONNECTION) as queue:
        again.connect(alice.port)
        queue.wait(lambda event: event.status == CONNECTED)
    other = again.add(b"after")
    alice.until(lambda: alice.has(other))


def test_a_c_program_with_its_own_provider(run_c: RunC, tmp_path: Path) -> None:
    """Two graphs in one process, each with functions of the program; it asks and compares by itself."""
    source = (SOURCES / "security_provider.c").read_text()
    result = run_c(source, env={"PEERAPI_HOME": str(tmp_path)}, flags=("-std=c11", "-Wextra", "-Werror"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "ok\n", "")
