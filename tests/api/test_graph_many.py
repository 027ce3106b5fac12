"""PeerxGraphAddRecords (peerapi.h): many records in one transaction, all or none."""

import ctypes
import os
import signal
import subprocess
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import native
from tests.support.native import GUID, expect
from tests.support.peer_values import CHAT, Record, record_struct
from tests.support.peers import RECORD_CHANGED, Peer, Peers
from tests.support.scenario import scenario

SOURCE = Path(__file__).parents[1] / "c" / "many_records.c"


def function(peer: Peer) -> Any:
    made = peer.library.loaded.PeerxGraphAddRecords
    made.restype = ctypes.c_uint32
    made.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p]
    return made


def add_many(peer: Peer, structs: Sequence[Any]) -> tuple[int, list[uuid.UUID]]:
    """HRESULT, and what stands in the array of IDs afterwards (zeros before)."""
    ids = (GUID * max(len(structs), 1))()
    array = (ctypes.c_void_p * max(len(structs), 1))(*map(ctypes.addressof, structs))
    result = function(peer)(peer.handle, len(structs), array, ids)
    return int(result), [id.value() for id in ids[: len(structs)]]


def refused(peer: Peer, structs: Sequence[Any], *expected: str) -> None:
    before = peer.sorted_records()
    with peer.queue(RECORD_CHANGED) as queue:
        result, ids = add_many(peer, structs)
        expect(result, *expected)
        assert queue.drain() == []
    assert set(ids) <= {uuid.UUID(int=0)}, "the IDs were touched"
    assert peer.sorted_records() == before


@scenario
def test_ids_come_in_the_order_of_the_records(peers: Peers) -> None:
    alice = peers.create()
    xml = '<attributes><attribute name="n" type="int">5</attribute></attributes>'
    result, ids = add_many(alice, [record_struct(b"%d" % number, attributes=xml) for number in range(100)])
    expect(result, "S_OK")
    assert len(set(ids)) == 100
    assert [alice.get(id).data for id in ids] == [b"%d" % number for number in range(100)]
    record = alice.get(ids[5])
    assert (record.type, record.version, record.creator, record.attributes) == (CHAT, 1, "alice", xml)


@scenario
def test_each_record_has_its_event(peers: Peers) -> None:
    alice = peers.create()
    with alice.queue(RECORD_CHANGED) as queue:
        _, ids = add_many(alice, [record_struct() for _ in range(10)])
        assert [event.record for event in queue.drain()] == ids


@scenario
def test_ten_thousand_records_of_one_call_arrive_at_a_neighbor(peers: Peers) -> None:
    alice, bob = peers.pair()
    structs = [record_struct(b"%d" % number) for number in range(10_000)]
    with bob.queue(RECORD_CHANGED) as queue:
        result, ids = add_many(alice, structs)
        expect(result, "S_OK")
        bob.until_count(10_000)
        assert len({event.record for event in queue.drain()}) == 10_000
    assert {record.id for record in bob.records(chunk=1000)} == set(ids)
    by_id: dict[uuid.UUID, Record] = {record.id: record for record in bob.records(chunk=1000)}
    assert [by_id[id].data for id in ids[::997]] == [b"%d" % number for number in range(0, 10_000, 997)]


def wrong_size() -> Any:
    struct = record_struct()
    struct.dwSize = 5
    return struct


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "attributes": (lambda: record_struct(attributes="<wrong/>"), "PEER_E_INVALID_ATTRIBUTES"),
    "size": (lambda: record_struct(b"x" * 2000), "PEER_E_MAX_RECORD_SIZE_EXCEEDED"),
    "expired": (lambda: record_struct(lifetime=-10), "E_INVALIDARG"),
    "reserved type": (lambda: record_struct(type=uuid.UUID("00000400-0000-0000-0000-000000000000")), "E_INVALIDARG"),
    "struct size": (wrong_size, "E_INVALIDARG"),
}


@pytest.mark.parametrize("at", [0, 7, 19])
@pytest.mark.parametrize("kind", BAD)
@scenario
def test_one_bad_record_among_many_refuses_all(peers: Peers, kind: str, at: int) -> None:
    alice = peers.create(dwMaxRecordSize=1024)
    alice.add(b"was there")
    make, expected = BAD[kind]
    structs = [record_struct(b"good") for _ in range(20)]
    structs[at] = make()
    refused(alice, structs, expected)
    expect(add_many(alice, [record_struct(b"good") for _ in range(20)])[0], "S_OK")
    assert len(alice.records()) == 21


@scenario
def test_the_first_refused_record_decides_the_code(peers: Peers) -> None:
    alice = peers.create(dwMaxRecordSize=1024)
    bad = [record_struct(b"x" * 2000), record_struct(attributes="<wrong/>")]
    refused(alice, [record_struct(), *bad], "PEER_E_MAX_RECORD_SIZE_EXCEEDED")
    refused(alice, [record_struct(), *bad[::-1]], "PEER_E_INVALID_ATTRIBUTES")


@scenario
def test_a_null_among_the_records_refuses_all(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct()
    array, ids = (ctypes.c_void_p * 3)(ctypes.addressof(struct), None, ctypes.addressof(struct)), (GUID * 3)()
    expect(function(alice)(alice.handle, 3, array, ids), "E_INVALIDARG")
    assert alice.records() == []


@scenario
def test_no_records_are_no_change(peers: Peers) -> None:
    alice, bob = peers.pair()
    with alice.queue(RECORD_CHANGED) as queue:
        expect(function(alice)(alice.handle, 0, None, (GUID * 1)()), "S_OK")
        assert queue.drain() == []
    assert alice.records() == []
    id = alice.add()
    bob.until(lambda: bob.has(id))  # the connection has not been hurt


@scenario
def test_null_for_a_pointer(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct()
    array, ids = (ctypes.c_void_p * 1)(ctypes.addressof(struct)), (GUID * 1)()
    call = function(alice)
    expect(call(alice.handle, 1, None, ids), "E_INVALIDARG")
    assert alice.records() == []
    expect(call(alice.handle, 1, array, None), "S_OK")  # the IDs are not wanted
    assert len(alice.records()) == 1


@scenario
def test_the_same_record_twice_makes_two(peers: Peers) -> None:
    alice = peers.create()
    struct = record_struct(b"twin")
    result, ids = add_many(alice, [struct, struct])
    expect(result, "S_OK")
    assert ids[0] != ids[1]
    assert [record.data for record in alice.records()] == [b"twin", b"twin"]


@pytest.mark.parametrize("handle", [None, 1, 0xDEADBEEF])
@scenario
def test_handles_that_never_existed(peers: Peers, handle: int | None) -> None:
    struct = record_struct()
    array, ids = (ctypes.c_void_p * 1)(ctypes.addressof(struct)), (GUID * 1)()
    expect(function(peers.create())(handle, 1, array, ids), "PEER_E_INVALID_GRAPH")


@scenario
def test_a_graph_that_is_not_ready(peers: Peers) -> None:
    bob = peers.open()
    result, _ = add_many(bob, [record_struct()])
    expect(result, "PEER_E_GRAPH_NOT_READY")


@scenario(started=False)
def test_before_startup(peers: Peers) -> None:
    made = peers.library.loaded.PeerxGraphAddRecords
    made.restype = ctypes.c_uint32
    assert made(None, 0, None, (GUID * 1)()) == native.code("PEER_E_NOT_INITIALIZED")


@scenario
def test_records_may_be_updated_and_deleted_like_any_other(peers: Peers) -> None:
    alice, bob = peers.pair()
    _, ids = add_many(alice, [record_struct(b"%d" % number) for number in range(3)])
    alice.update(ids[0], b"changed")
    alice.delete(ids[1])
    bob.until(lambda: bob.sorted_records() == alice.sorted_records() and len(bob.records()) == 2)
    assert bob.get(ids[0]).data == b"changed"


def test_everything_survives_a_kill_right_after_the_return(compile_c: Callable[..., Path], tmp_path: Path) -> None:
    """The program tells that the call came back, and is killed while it waits."""
    program = compile_c(SOURCE.read_text(), "-std=c11", "-Wextra", "-Werror")
    environment = {"PEERAPI_HOME": str(tmp_path)}
    with subprocess.Popen([str(program), "add", "3000"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"added 3000\n"
        os.kill(process.pid, signal.SIGKILL)
    result = subprocess.run([str(program), "count"], env=environment, capture_output=True, timeout=300, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"count 3000\n", b"")
