"""Records that a security provider of the application secures: what it sees, what its answers do."""

import ctypes
import threading
import uuid

import pytest

from tests.api.guarded import UNAUTHORIZED
from tests.support.native import ENUMS, code, expect
from tests.support.peer_values import SECOND, now, properties_struct, record_struct
from tests.support.peers import ADDED, DELETED, RECORD_CHANGED, UPDATED, Peers
from tests.support.provider import Provider, create, open_, try_create
from tests.support.scenario import scenario
from tests.wire.client import PRESENCE
from tests.wire.wire_records import GRAPH_INFO

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
