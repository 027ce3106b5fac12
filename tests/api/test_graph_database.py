"""PeerGraphExportDatabase and PeerGraphImportDatabase."""

import contextlib
import os
import threading

import pytest

from tests.api.exports import everything, exported, folder, fresh, try_export, try_import
from tests.api.searches import attributes, clause, query, search
from tests.support.native import expect
from tests.support.peer_values import CHAT, SECOND, now, wait_past
from tests.support.peers import HAS_CONNECTIONS, OTHER, RECORD_CHANGED, STATUS_CHANGED, SYNCHRONIZED, Peer, Peers
from tests.support.scenario import scenario
from tests.wire import client as wire
from tests.wire.client import Listener
from tests.wire.host import HOST_NODE, accepted, hosted, next_solicit
from tests.wire.wire_records import new_record

# what comes back


@scenario
def test_an_export_brings_everything_back(peers: Peers) -> None:
    alice = peers.create(pwzFriendlyName="name", pwzComment="comment", dwMaxRecordSize=50_000)
    kept = alice.add(b"kept", attributes=attributes(("a", "int", 1)))
    changed, deleted = alice.add(b"first"), alice.add(b"deleted", type=OTHER)
    alice.update(changed, b"second")
    alice.delete(deleted)
    before, properties = alice.sorted_records(), alice.properties()
    path = exported(peers, alice)
    alice = fresh(peers, alice)
    assert alice.status() == 0
    expect(try_import(alice, path), "S_OK")
    assert alice.status() == SYNCHRONIZED
    assert alice.sorted_records() == before
    assert alice.properties() == properties
    assert not alice.has(deleted)
    assert search(alice, query(clause("a", "int", "1"))) == [kept]
    alice.update(kept, b"goes on")
    assert alice.get(kept).version == 2


@scenario
def test_what_was_imported_is_there_after_reopening(peers: Peers) -> None:
    alice = peers.create()
    alice.add(b"one")
    before, path = alice.sorted_records(), exported(peers, alice)
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    path.unlink()
    alice.close()
    alice = peers.reopen(alice)
    assert everything(alice)[:2] == (SYNCHRONIZED, before)


@scenario
def test_an_import_adds_to_what_is_there_and_the_newer_version_stays(peers: Peers) -> None:
    alice = peers.create()
    both, gone, later = alice.add(b"old"), alice.add(b"deleted later"), alice.add(b"updated first")
    alice.update(later, b"in the export")
    path = exported(peers, alice)
    alice.update(both, b"new")
    alice.delete(gone)
    only_here = alice.add(b"only here")
    alice.close()
    alice = peers.reopen(alice)
    expect(try_import(alice, path), "S_OK")
    assert {record.id: record.data for record in alice.records()} == {
        both: b"new",
        later: b"in the export",
        only_here: b"only here",
    }


@scenario
def test_records_that_have_expired_meanwhile_are_left_out(peers: Peers) -> None:
    alice = peers.create()
    (short, expires), long = alice.add_short(), alice.add(b"long")
    path = exported(peers, alice)
    wait_past(expires)
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert [record.id for record in alice.records()] == [long]
    assert not alice.has(short)


@scenario
def test_records_to_be_renewed_are_still_renewed_after_an_import(peers: Peers) -> None:
    from tests.support.native import ENUMS
    from tests.support.peer_values import record_struct

    alice = peers.create()
    struct = record_struct(b"renew me")
    struct.dwFlags = ENUMS["PEER_RECORD_FLAG_AUTOREFRESH"]
    expect(alice.try_add(struct), "S_OK")
    before = alice.records()
    path = exported(peers, alice)
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert alice.records() == before
    assert before[0].flags == ENUMS["PEER_RECORD_FLAG_AUTOREFRESH"]


@scenario
def test_an_import_tells_of_the_status_and_not_of_every_record(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    path = exported(peers, alice)
    alice = fresh(peers, alice)
    with alice.queue(STATUS_CHANGED, RECORD_CHANGED) as queue:
        expect(try_import(alice, path), "S_OK")
        assert [(event.type, event.status) for event in queue.drain()] == [(STATUS_CHANGED, SYNCHRONIZED)]


@scenario
def test_importing_twice_changes_nothing_more(peers: Peers) -> None:
    alice = peers.create()
    alice.add()
    path = exported(peers, alice)
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    before = everything(alice)
    expect(try_import(alice, path), "S_OK")
    assert everything(alice) == before


@scenario
def test_data_that_was_never_synchronized_can_be_exported(peers: Peers) -> None:
    bob = peers.open()
    path = exported(peers, bob)
    expect(try_import(bob, path), "S_OK")
    assert bob.status() == 0


@scenario
def test_export_while_others_add_listen_and_are_connected(peers: Peers) -> None:
    """Each copy holds what had been added before the call."""
    alice, bob = peers.pair()
    stop, added = threading.Event(), [alice.add(b"0")]

    def work() -> None:
        while not stop.is_set():
            added.append(alice.add(b"more"))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        sure = []
        for number in range(3):
            sure.append(list(added))
            exported(peers, alice, f"copy{number}")
    finally:
        stop.set()
        thread.join()
    bob.until_count(len(added))
    for number, ids in enumerate(sure):
        alice = fresh(peers, alice)
        expect(try_import(alice, folder(peers) / f"copy{number}"), "S_OK")
        assert set(ids) <= {record.id for record in alice.records()}


@scenario
def test_an_export_replaces_a_file_and_leaves_nothing_else(peers: Peers) -> None:
    alice = peers.create()
    path = folder(peers) / "copy"
    path.write_bytes(b"something older" * 10_000)
    alice.add()
    expect(try_export(alice, path), "S_OK")
    expect(try_export(alice, path), "S_OK")
    assert os.listdir(path.parent) == ["copy"]
    before = alice.sorted_records()
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert alice.sorted_records() == before


@pytest.mark.parametrize(
    "name", ["with space", "ünï \U0001f382", "100%25?mode=memory#x", "'; DROP TABLE records; --", "a\\b:c"]
)
@scenario
def test_files_of_any_name(peers: Peers, name: str) -> None:
    alice = peers.create()
    alice.add()
    before = alice.sorted_records()
    path = exported(peers, alice, name)
    assert os.listdir(path.parent) == [name]
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert alice.sorted_records() == before


@scenario
def test_paths_may_be_relative(peers: Peers) -> None:
    alice = peers.create()
    with contextlib.chdir(folder(peers)):
        expect(try_export(alice, "relative"), "S_OK")
        assert os.listdir() == ["relative"]
        alice = fresh(peers, alice)
        expect(try_import(alice, "relative"), "S_OK")


# which graph, and when


@scenario
def test_the_copy_of_another_peer_is_refused(peers: Peers) -> None:
    alice = peers.create()
    path = exported(peers, alice)
    bob = peers.open()
    expect(try_import(bob, path), "PEER_E_INVALID_DATABASE")
    assert bob.status() == 0


@scenario
def test_the_copy_of_another_graph_is_refused(peers: Peers) -> None:
    path = exported(peers, peers.create("alice", name="one"))
    other = peers.open("alice", name="two")
    expect(try_import(other, path), "PEER_E_INVALID_DATABASE")
    assert other.status() == 0


@scenario
def test_a_graph_that_was_created_is_in_use(peers: Peers) -> None:
    alice = peers.create()
    path = exported(peers, alice)
    expect(try_import(alice, path), "PEER_E_GRAPH_IN_USE")
    alice.close()
    expect(try_import(peers.reopen(alice), path), "S_OK")


@scenario
def test_a_listening_graph_is_in_use(peers: Peers) -> None:
    alice = peers.create()
    path = exported(peers, alice)
    alice.close()
    alice = peers.reopen(alice)
    alice.listen()
    before = everything(alice)
    expect(try_import(alice, path), "PEER_E_GRAPH_IN_USE")
    assert everything(alice) == before


@scenario
def test_a_connected_graph_is_in_use(peers: Peers) -> None:
    _, bob = peers.pair()
    path = exported(peers, bob)
    before = everything(bob)
    expect(try_import(bob, path), "PEER_E_GRAPH_IN_USE")
    assert everything(bob) == before


@scenario
def test_a_graph_that_is_connecting_is_in_use(peers: Peers) -> None:
    _, bob = peers.pair()
    path = exported(peers, bob)
    bob.close()
    bob = peers.reopen(bob)
    with Listener() as silent:
        bob.connect(silent.port)
        expect(try_import(bob, path), "PEER_E_GRAPH_IN_USE")
        with silent.accept():
            expect(try_import(bob, path), "PEER_E_GRAPH_IN_USE")


# what is synchronized afterwards


def first_solicits(listener: Listener, bob: Peer) -> tuple[int, int]:
    """Kind and time of what bob asks first on a new connection."""
    bob.connect(listener.port)
    link, _ = accepted(listener, bob)
    with link:
        link.send(wire.welcome(HOST_NODE, now(), "wire host"))
        raw = next_solicit(link)
        kind = wire.kind_of(raw)
        return kind, int.from_bytes(raw[12:20], "big") if kind == wire.SOLICIT_TIME else 0


@scenario
def test_an_imported_node_asks_for_what_it_missed_only(peers: Peers) -> None:
    """The export was made while it was connected: since then it may have missed something, not before."""
    with Listener() as listener:
        graph = peers.graph_id()
        bob, link = hosted(peers, listener, [new_record(graph, "wire host", CHAT, now())])
        before = now()
        path = exported(peers, bob)
        after = now()
        bob = fresh(peers, bob)
        link.socket.close()
        expect(try_import(bob, path), "S_OK")
        assert len(bob.records()) == 1
        kind, since = first_solicits(listener, bob)
    assert kind == wire.SOLICIT_TIME
    assert before - SECOND <= since <= after + SECOND


@scenario
def test_an_imported_node_catches_up_with_the_others(peers: Peers) -> None:
    alice, bob = peers.pair()
    old = alice.add(b"old")
    bob.until(lambda: bob.has(old))
    own = bob.add(b"bob's own")
    path = exported(peers, bob)
    bob.close()
    alice.until(lambda: not alice.status() & HAS_CONNECTIONS)
    alice.update(old, b"changed")
    alice.add(b"new")
    bob = fresh(peers, bob)
    expect(try_import(bob, path), "S_OK")
    assert {record.data for record in bob.records()} == {b"old", b"bob's own"}
    alice.delete(own)
    bob.connect(alice.port)
    bob.until(lambda: bob.sorted_records() == alice.sorted_records(), what="equal databases")
    assert {record.data for record in bob.records()} == {b"changed", b"new"}


@scenario
def test_records_only_an_import_has_reach_the_others(peers: Peers) -> None:
    """Alice has lost everything but the graph; bob brings it back."""
    alice, bob = peers.pair()
    ids = {alice.add(b"%d" % number) for number in range(20)}
    bob.until_count(20)
    path = exported(peers, bob)
    for id in ids:
        expect(alice.try_delete(id, local=True), "S_OK")
    bob = fresh(peers, bob)
    expect(try_import(bob, path), "S_OK")
    bob.connect(alice.port)
    alice.until_count(20)
    assert {record.id for record in alice.records()} == ids
