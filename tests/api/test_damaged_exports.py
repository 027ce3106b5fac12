"""Paths and files that an import or export refuses: missing, without rights, damaged, forged."""

import contextlib
import os
import random
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from peerapi.store import damage
from tests.api.exports import everything, exported, folder, fresh, try_export, try_import
from tests.api.searches import attributes
from tests.support.native import expect
from tests.support.peer_values import SECOND, now
from tests.support.peers import SYNCHRONIZED, Peer, Peers
from tests.support.scenario import scenario
from tests.wire import wire_records
from tests.wire.wire_records import WireRecord, graph_info

FILE_NOT_FOUND = "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)"
PATH_NOT_FOUND = "HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)"
ACCESS_DENIED = "E_ACCESSDENIED"


# files that cannot be read or written


@scenario
def test_files_that_are_not_there(peers: Peers) -> None:
    alice = peers.create()
    alice.close()
    alice = peers.reopen(alice)
    expect(try_import(alice, folder(peers) / "none"), FILE_NOT_FOUND)
    expect(try_import(alice, folder(peers) / "none" / "file"), PATH_NOT_FOUND)
    expect(try_export(alice, folder(peers) / "none" / "file"), PATH_NOT_FOUND)
    assert os.listdir(folder(peers)) == []


@scenario
def test_paths_that_lead_through_a_file(peers: Peers) -> None:
    alice = peers.open()
    (folder(peers) / "file").write_bytes(b"")
    expect(try_export(alice, folder(peers) / "file" / "copy"), PATH_NOT_FOUND)
    expect(try_import(alice, folder(peers) / "file" / "copy"), PATH_NOT_FOUND)


@scenario
def test_a_folder_is_no_file(peers: Peers) -> None:
    alice = peers.open()
    expect(try_export(alice, folder(peers)), ACCESS_DENIED)
    expect(try_import(alice, folder(peers)), ACCESS_DENIED)
    expect(try_export(alice, f"{folder(peers)}/"), ACCESS_DENIED)


@scenario
def test_a_pipe_and_a_device_are_no_files(peers: Peers) -> None:
    """Opening a pipe without another end would never return."""
    alice = peers.open()
    os.mkfifo(folder(peers) / "pipe")
    expect(try_import(alice, folder(peers) / "pipe"), ACCESS_DENIED)
    expect(try_import(alice, "/dev/zero"), ACCESS_DENIED)


@scenario
def test_a_name_that_is_too_long(peers: Peers) -> None:
    alice = peers.open()
    expect(try_export(alice, folder(peers) / ("n" * 300)), "HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE)")
    expect(try_import(alice, folder(peers) / ("n" * 300)), "HRESULT_FROM_WIN32(ERROR_FILENAME_EXCED_RANGE)")


@scenario
def test_the_empty_path_is_an_invalid_argument(peers: Peers) -> None:
    alice = peers.open()
    expect(try_export(alice, ""), "E_INVALIDARG")
    expect(try_import(alice, ""), "E_INVALIDARG")


@contextlib.contextmanager
def powerless() -> Iterator[None]:
    """Without the rights of root, which may do anything with any file."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@scenario
def test_missing_rights_are_an_access_error_and_the_old_file_stays(peers: Peers) -> None:
    alice = peers.open()
    path = exported(peers, alice)
    before = path.read_bytes()
    path.chmod(0)
    path.parent.chmod(0o555)
    try:
        with powerless():
            results = try_export(alice, path), try_import(alice, path)
    finally:
        path.parent.chmod(0o755)
        path.chmod(0o644)
    assert [expect(result, ACCESS_DENIED) for result in results]
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == ["copy"]


# files that are no databases


def refused(peers: Peers, peer: Peer, path: Path) -> None:
    """Neither a new peer nor one with data of its own takes it, and nothing changes."""
    before = everything(peer)
    expect(try_import(peer, path), "PEER_E_INVALID_DATABASE")
    assert everything(peer) == before
    peer.close()
    again = peers.reopen(peer)
    assert everything(again) == before


def closed_copy(peers: Peers, records: int = 50, **fields: Any) -> tuple[Peer, Path]:
    """Alice, opened anew with one record more than the export has."""
    alice = peers.create(pwzComment="true", **fields)
    for number in range(records):
        alice.add(b"%d" % number * 100, attributes=attributes(("n", "int", number)))
    path = exported(peers, alice)
    alice.add(b"later")
    alice.close()
    return peers.reopen(alice), path


def random_bytes(raw: bytes) -> bytes:
    return random.Random(1).randbytes(len(raw))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "zeros": lambda raw: b"\0" * len(raw),
    "random": random_bytes,
    "name only": lambda raw: b"SQLite format 3\0",
    "name and random": lambda raw: raw[:16] + random_bytes(raw)[16:],
    "header only": lambda raw: raw[:100],
    "first page only": lambda raw: raw[:4096],
    "half": lambda raw: raw[: len(raw) // 2],
    "cut": lambda raw: raw[:-5000],
    "pages of ones": lambda raw: raw[:4096] + b"\xff" * (len(raw) - 4096),
    "half zeros": lambda raw: raw[: len(raw) // 2] + bytes(len(raw) - len(raw) // 2),
    "text": lambda raw: b"<xml/>",
}


@pytest.mark.parametrize("damage", DAMAGES)
@scenario
def test_damaged_files_are_refused(peers: Peers, damage: str) -> None:
    alice, path = closed_copy(peers)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    refused(peers, alice, path)


@scenario
def test_a_file_with_a_few_wrong_bytes_is_taken_or_refused_and_never_taken_in_part(peers: Peers) -> None:
    alice, path = closed_copy(peers, 20)
    raw, chance = path.read_bytes(), random.Random(7)
    with_all, seen = 21, set()
    for _ in range(60):
        damaged = bytearray(raw)
        for _ in range(chance.choice((1, 3, 40))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(bytes(damaged))
        seen.add(expect(try_import(alice, path), "S_OK", "PEER_E_INVALID_DATABASE"))
        assert alice.status() == SYNCHRONIZED
        assert len(alice.records()) >= with_all
    assert len(seen) == 2


def rewritten(path: Path, *statements: str | tuple[str, tuple[Any, ...]]) -> None:
    """Changes a file as somebody does who knows the library: rows get the checksums that fit."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(*([statement] if isinstance(statement, str) else statement))
        damage.teach(connection)
        with contextlib.suppress(sqlite3.Error):
            connection.execute(f"UPDATE records SET checksum = {damage.ROW_CHECKSUM}")


@pytest.mark.parametrize(
    "statements",
    [
        ["DROP TABLE facts"],
        ["DROP TABLE records"],
        ["DELETE FROM facts"],
        ["UPDATE facts SET value = 'mallory' WHERE name = 'peer_id'"],
        ["UPDATE facts SET value = 5 WHERE name = 'graph_id'"],
        ["UPDATE facts SET value = x'ff' WHERE name = 'graph_id'"],
        ["PRAGMA user_version = 99"],
        ["UPDATE records SET wire = 'text' WHERE seq = 5"],
        ["UPDATE records SET wire = 17 WHERE seq = 5"],
        ["UPDATE records SET wire = x'' WHERE seq = 5"],
        ["UPDATE records SET wire = zeroblob(1000000) WHERE seq = 5"],
        ["UPDATE records SET wire = wire || x'00' WHERE seq = 5"],
        ["UPDATE records SET wire = substr(wire, 1, length(wire) - 1) WHERE seq = 50"],
        ["UPDATE records SET flags = 'text' WHERE seq = 5"],
        ["UPDATE records SET flags = 1.5 WHERE seq = 5"],
        ["DROP TABLE records", "CREATE TABLE records (seq INTEGER PRIMARY KEY, flags, wire)"],
        [
            "DROP TABLE records",
            "CREATE VIEW records AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
            " SELECT x AS seq, 0 AS flags, x'' AS wire FROM c WHERE x < 0",
        ],
        [
            "DROP TABLE facts",
            "CREATE VIEW facts AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
            " SELECT 'graph_id' AS name, x AS value FROM c WHERE x < 0",
        ],
        [
            "DROP TABLE records",
            "CREATE TABLE records (seq INTEGER PRIMARY KEY, flags INTEGER, wire AS (zeroblob(900000000)))",
            "INSERT INTO records (flags) VALUES (0)",
        ],
    ],
    ids=lambda statements: statements[-1][:40],
)
@scenario
def test_databases_with_other_content_are_refused(peers: Peers, statements: list[str]) -> None:
    """The endless view would keep the caller, and everybody who waits for the graph, for ever."""
    alice, path = closed_copy(peers)
    rewritten(path, *statements)
    refused(peers, alice, path)


FORGED: dict[str, Callable[[WireRecord], WireRecord]] = {
    "another graph": lambda record: record.changed(graph="another"),
    "another creator": lambda record: record.changed(creator="mallory"),
    "another id": lambda record: record.changed(id=uuid.uuid4()),
    "unknown flags": lambda record: record.changed(flags=0x80),
    "expires before it was made": lambda record: record.changed(expires=record.created - 1),
    "expires at the end of time": lambda record: record.changed(expires=2**64 - 1),
    "all times at the end of time": lambda record: record.changed(
        created=2**64 - 2, modified=2**64 - 2, expires=2**64 - 1
    ),
    "made before it was made": lambda record: record.changed(modified=record.created - 1),
    "deleted with data": lambda record: record.changed(flags=2, payload=b"data"),
    "too large": lambda record: record.changed(payload=b"x" * 60_000),
    "bad attributes": lambda record: record.changed(attributes="<wrong/>"),
    "hostile attributes": lambda record: record.changed(
        attributes='<!DOCTYPE a [<!ENTITY e "x">]>' + attributes(("a", "string", "x")).replace(">x<", ">&e;<")
    ),
    "graph info with any payload": lambda record: record.changed(
        type=wire_records.GRAPH_INFO, id=wire_records.GRAPH_INFO_ID, payload=b"x"
    ),
    "application record with a fixed id": lambda record: record.changed(id=wire_records.GRAPH_INFO_ID),
}


@pytest.mark.parametrize("kind", FORGED)
@scenario
def test_one_forged_record_refuses_the_whole_file(peers: Peers, kind: str) -> None:
    alice, path = closed_copy(peers, 20, dwMaxRecordSize=50_000)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        seq, raw = connection.execute("SELECT seq, wire FROM records ORDER BY seq DESC LIMIT 1").fetchone()
    forged = FORGED[kind](WireRecord.decode(raw)).encode()
    rewritten(path, ("UPDATE records SET wire = ? WHERE seq = ?", (forged, seq)))
    refused(peers, alice, path)


@scenario
def test_forged_properties_that_come_with_a_bad_record_do_not_stay(peers: Peers) -> None:
    """Nothing of a refused file may be believed, not even until the next call."""
    alice, path = closed_copy(peers)
    raw = graph_info(alice.graph, alice.id, now() + SECOND, comment="forged").changed(version=99).encode()
    rewritten(
        path,
        ("UPDATE records SET wire = ? WHERE id = ?", (raw, wire_records.GRAPH_INFO_ID.bytes)),
        "UPDATE records SET wire = x'00' WHERE seq = (SELECT max(seq) FROM records)",
    )
    refused(peers, alice, path)
    assert peers.made[-1].properties()["pwzComment"] == "true"


@pytest.mark.parametrize("value", ["9223372036854775807", "-5", "'text'", "x'00'", "1e300", "NULL"])
@pytest.mark.parametrize("fact", ["left_at", "synchronized", "connected", "peer_time_delta"])
@scenario
def test_strange_facts_do_no_harm(peers: Peers, fact: str, value: str) -> None:
    """A time of departure that lies in the future would make the node believe that it has missed nothing."""
    alice, bob = peers.pair()
    id = alice.add(b"one")
    bob.until(lambda: bob.has(id))
    path = exported(peers, bob)
    rewritten(path, f"INSERT OR REPLACE INTO facts VALUES ('{fact}', {value}, 0)")
    bob.close()
    missed = alice.add(b"missed")
    bob = fresh(peers, bob)
    expect(try_import(bob, path), "S_OK")
    bob.close()
    _, handle = peers.try_open(bob.graph, bob.id, bob.database)
    bob = Peer(peers.library, handle, bob.graph, bob.id, bob.database)
    peers.made.append(bob)
    bob.connect(alice.port)
    bob.until(lambda: bob.status() & SYNCHRONIZED and bob.has(missed))
    assert bob.sorted_records() == alice.sorted_records()


@scenario
def test_flags_of_a_row_cannot_make_a_record_internal_or_deleted(peers: Peers) -> None:
    """What a record is stands in the record; only whether we renew it does not."""
    alice = peers.create()
    alice.add(b"one")
    before = alice.sorted_records()
    path = exported(peers, alice)
    rewritten(path, "UPDATE records SET flags = 0x7fffffffffffff05")
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert alice.sorted_records() == before


@scenario
def test_the_same_record_in_several_rows_is_one(peers: Peers) -> None:
    alice = peers.create()
    alice.add(b"one")
    before = alice.sorted_records()
    path = exported(peers, alice)
    rewritten(
        path,
        "INSERT INTO records"
        " SELECT seq + 1000, low, id, type, version, flags, modification, expiration, checksum, wire FROM records",
    )
    alice = fresh(peers, alice)
    expect(try_import(alice, path), "S_OK")
    assert alice.sorted_records() == before
