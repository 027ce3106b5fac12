"""The databases of a user as they lie there (store/catalog.py)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from peerapi.engine.graphs.node import Node, database_path
from peerapi.engine.runtime import Engine
from peerapi.errors import AccessDenied, DatabaseAccessDenied, InvalidDatabase
from peerapi.graphing.codec.internal_records import GraphInfo
from peerapi.store import catalog, ownership
from peerapi.store.database import DELETED, Database, Row
from tests.store.support import copy_files
from tests.store.test_upgrade import ROWS, old_file

GRAPH, PEER = "gärten/\n1", "ann:e"


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    """A node with one graph that has been closed."""
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    node = Node(Engine())
    node.close(node.create(GraphInfo(4, False, GRAPH, PEER), "db"))
    return node


def path() -> Path:
    return database_path(GRAPH, PEER, "db")


def test_a_database_is_found_with_its_owner() -> None:
    (entry,) = catalog.entries()
    assert entry[:4] == (path(), "db", GRAPH, PEER)
    assert entry.size >= path().stat().st_size
    assert catalog.look(path()).records == 0
    assert ownership.owner(path()) is None


def test_without_a_label_the_database_is_asked() -> None:
    (path().parent / catalog.LABEL).unlink()
    assert [(entry.graph_id, entry.peer_id) for entry in catalog.entries()] == [(GRAPH, PEER)]


@pytest.mark.parametrize("label", ["", "one line", "a\nb\nc\n", "\xff"])
def test_a_label_that_says_nothing_is_as_good_as_none(label: str) -> None:
    (path().parent / catalog.LABEL).write_text(label, encoding="latin-1")
    assert [(entry.graph_id, entry.peer_id) for entry in catalog.entries()] == [(GRAPH, PEER)]


def test_the_label_goes_with_the_last_database(node: Node) -> None:
    node.close(node.open(GRAPH, PEER, "other", ()))
    node.delete(GRAPH, PEER, "db")
    assert [entry.database for entry in catalog.entries()] == ["other"]
    node.delete(GRAPH, PEER, "other")
    assert catalog.entries() == []
    assert not path().parent.exists()


def test_a_database_that_another_process_has_open_can_be_neither_looked_into_nor_copied(tmp_path: Path) -> None:
    code = (
        "import sys; from peerapi.store.database import Database; database = Database.open(sys.argv[1])\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(path())], stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == b"open\n"
            with pytest.raises(DatabaseAccessDenied):
                catalog.look(path())
            with pytest.raises(DatabaseAccessDenied):
                catalog.copy(path(), tmp_path / "copy")
            assert ownership.owner(path()) == process.pid
        finally:
            process.stdin.close()


def test_a_copy_has_everything_and_tells_how_far_it_has_come(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    catalog.copy(path(), tmp_path / "copy", lambda done, all: told.append((done, all)))
    assert catalog.look(tmp_path / "copy") == catalog.look(path())
    assert told[-1][0] == told[-1][1] > 0


def test_what_is_no_database_is_invalid() -> None:
    path().write_bytes(b"not a database, however long it may be" * 100)
    with pytest.raises(InvalidDatabase):
        catalog.look(path())
    path().write_bytes(b"")
    with pytest.raises(InvalidDatabase):
        catalog.look(path())


def test_records_of_a_killed_process_are_counted(tmp_path: Path) -> None:
    """Those that are only in its journal, too."""
    path = tmp_path / "a.peergraph"
    database = Database.open(path)
    rows = [Row(n.to_bytes(8, "big") * 2, b"t" * 16, 1, 0, n, 1 << 60, b"record") for n in range(6)]
    database.add_many(rows[:4])
    assert database.count() == 4
    database.add_many(rows[4:])
    database.put(rows[0]._replace(flags=DELETED))
    database.remove(rows[1].id)
    copy = tmp_path / "killed.peergraph"
    copy_files(path, copy)
    database.close()
    assert catalog.look(copy) == catalog.Look({}, 4)
    catalog.copy(copy, tmp_path / "copy")
    again = Database.open(tmp_path / "copy")
    assert again.count() == 5
    again.close()


def test_a_file_of_an_earlier_version_can_be_looked_into(tmp_path: Path) -> None:
    path = old_file(tmp_path / "a.peergraph")
    assert catalog.look(path) == catalog.Look({"name": "value"}, ROWS)


def test_looking_lays_nothing_beside_a_database() -> None:
    before = {file.name for file in path().parent.iterdir()}
    assert catalog.look(path()).facts["graph_id"] == GRAPH
    assert {file.name for file in path().parent.iterdir()} == before


def test_a_database_that_somebody_opens_while_it_is_read_is_said_to_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read without a lock, so what has been read may be of two minds."""

    def facts_of(found: dict[bytes, bool]) -> catalog.Look:
        def meanwhile(*_: object) -> dict[bytes, bool]:
            Database.open(path()).close()
            path().touch()
            return found

        monkeypatch.setattr(catalog, "_unfolded", meanwhile)
        return catalog.look(path())

    with pytest.raises(DatabaseAccessDenied):
        facts_of({})
    monkeypatch.setattr(catalog, "_state", lambda _: None)  # without the check nobody notices
    assert facts_of({}).records == 0


def test_what_may_not_be_read_is_said_to_be_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(AccessDenied, match="may not be read"):
        catalog.look(path())
