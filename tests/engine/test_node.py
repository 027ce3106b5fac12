"""What is open in a process: graphs, their files, the ports they share."""

import shutil
import socket
from pathlib import Path

import pytest

from peerapi.engine.graphs.node import Node, database_path
from peerapi.errors import (
    AccessDenied,
    AlreadyListening,
    DatabaseAccessDenied,
    DatabaseNameChanged,
    DuplicateGraph,
    GraphNotReady,
    InvalidArgument,
    InvalidDatabase,
    UnableToListen,
    WrappedWin32Error,
)
from peerapi.store.data_folder import data_folder
from tests.engine.support import GRAPH, LOOPBACK, Caller, draft, info


def test_the_home_is_chosen_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.delenv("PEERAPI_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert data_folder() == Path("/somewhere/peerapi")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_folder() == Path.home() / ".local" / "share" / "peerapi"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a:b", "a*", "a?", 'a"', "a<", "a|", "a\n", "x" * 201])
def test_a_database_name_has_to_be_a_plain_file_name(node: Node, name: str) -> None:
    with pytest.raises(InvalidArgument):
        node.create(info(), name)
    with pytest.raises(InvalidArgument):
        node.open(GRAPH, "alice", name, ())


def test_graphs_peers_and_names_have_files_of_their_own(node: Node) -> None:
    paths = {
        database_path(GRAPH, "alice", "one"),
        database_path(GRAPH, "alice", "two"),
        database_path(GRAPH, "bob", "one"),
        database_path("other", "alice", "one"),
    }
    assert len(paths) == 4


def test_only_the_owner_can_read_the_folder_of_a_graph(node: Node) -> None:
    node.create(info(), "database")
    folder = database_path(GRAPH, "alice", "database").parent
    assert folder.stat().st_mode & 0o077 == 0


# ---- Creating and opening --------------------------------------------------------------------------------------------


def test_a_graph_is_created_once(node: Node) -> None:
    driver = node.create(info(), "database")
    with pytest.raises(DuplicateGraph):
        node.create(info(), "database")
    with pytest.raises(DuplicateGraph):
        node.create(info(), "another name")
    node.close(driver)
    with pytest.raises(DuplicateGraph):
        node.create(info(), "database")


def test_a_failed_creation_leaves_no_file(node: Node) -> None:
    with pytest.raises(ValueError, match="Scope"):
        node.create(info(scope=9), "database")
    assert not database_path(GRAPH, "alice", "database").exists()
    node.create(info(), "database")


def test_opening_tells_whether_there_was_anything(node: Node) -> None:
    driver = node.open(GRAPH, "bob", "database", ())
    assert driver.graph.database.created
    node.close(driver)
    again = node.open(GRAPH, "bob", "database", ())
    assert not again.graph.database.created


def test_a_graph_is_open_once(node: Node) -> None:
    node.open(GRAPH, "bob", "database", ())
    with pytest.raises(DuplicateGraph):
        node.open(GRAPH, "bob", "database", ())
    with pytest.raises(DatabaseNameChanged):
        node.open(GRAPH, "bob", "another name", ())
    node.open(GRAPH, "carol", "database", ())


def test_a_graph_that_another_process_has_open_is_refused(node: Node, second: Node) -> None:
    driver = node.create(info(), "database")
    with pytest.raises(DatabaseAccessDenied):
        second.open(GRAPH, "alice", "database", ())
    node.close(driver)
    second.open(GRAPH, "alice", "database", ())


def test_a_reopened_graph_has_its_records_and_properties(node: Node) -> None:
    driver = node.create(info(comment="kept"), "database")
    added = driver.input(driver.graph.add_record, draft(b"kept"))
    before = driver.record(added)
    node.close(driver)
    again = node.open(GRAPH, "alice", "database", ())
    assert again.record(added) == before
    assert again.info().comment == "kept"


def test_the_file_of_another_graph_is_refused(node: Node) -> None:
    node.close(node.create(info(), "database"))
    there, here = database_path(GRAPH, "alice", "database"), database_path("other", "alice", "database")
    here.parent.mkdir(parents=True)
    shutil.copyfile(there, here)
    with pytest.raises(InvalidDatabase):
        node.open("other", "alice", "database", ())


def test_a_damaged_file_is_refused_once_and_kept_aside(node: Node) -> None:
    path = database_path(GRAPH, "alice", "database")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damage" * 1000)
    with pytest.raises(InvalidDatabase):
        node.open(GRAPH, "alice", "database", ())
    (aside,) = [file for file in path.parent.iterdir() if "damaged" in file.name]
    assert aside.read_bytes() == b"damage" * 1000
    assert node.open(GRAPH, "alice", "database", ()).graph.database.created


# ---- Deleting --------------------------------------------------------------------------------------------------------


def test_a_closed_graph_is_deleted_with_all_its_files(node: Node) -> None:
    node.close(node.create(info(), "database"))
    folder = database_path(GRAPH, "alice", "database").parent
    assert folder.exists()
    node.delete(GRAPH, "alice", "database")
    assert not folder.exists()


def test_an_open_graph_is_not_deleted(node: Node, second: Node) -> None:
    driver = node.create(info(), "database")
    with pytest.raises(AccessDenied):
        node.delete(GRAPH, "alice", "database")
    with pytest.raises(DatabaseAccessDenied):
        second.delete(GRAPH, "alice", "database")
    assert driver.input(driver.graph.add_record, draft())


def test_a_graph_that_is_not_there_is_not_deleted(node: Node) -> None:
    with pytest.raises(WrappedWin32Error):
        node.delete(GRAPH, "alice", "database")


# ---- Listening -------------------------------------------------------------------------------------------------------


def listens(port: int) -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        return probe.connect_ex(("::1", port)) == 0


def test_a_graph_listens_once(node: Node) -> None:
    driver = node.create(info(), "database")
    node.listen(driver, LOOPBACK, 0, 0)
    with pytest.raises(AlreadyListening):
        node.listen(driver, LOOPBACK, 0, 0)


def test_a_graph_that_never_synchronized_does_not_listen(node: Node) -> None:
    driver = node.open(GRAPH, "bob", "database", ())
    with pytest.raises(GraphNotReady):
        node.listen(driver, LOOPBACK, 0, 0)


def test_a_graph_that_stops_listening_lets_the_port_go(node: Node) -> None:
    driver = node.create(info(), "database")
    node.listen(driver, LOOPBACK, 0, 0)
    port = driver.graph.addresses[0].port
    assert listens(port)
    node.stop_listening(driver)
    assert not listens(port)
    node.listen(driver, LOOPBACK, 0, port)
    assert listens(port)


def test_a_closed_graph_lets_the_port_go(node: Node) -> None:
    driver = node.create(info(), "database")
    node.listen(driver, LOOPBACK, 0, 0)
    port = driver.graph.addresses[0].port
    node.close(driver)
    assert not listens(port)


def test_a_shared_port_stays_until_the_last_graph_lets_go(node: Node) -> None:
    one, other = node.create(info(), "one"), node.create(info(graph_id="other"), "two")
    node.listen(one, LOOPBACK, 0, 0)
    port = one.graph.addresses[0].port
    node.listen(other, LOOPBACK, 0, port)
    assert other.graph.addresses == one.graph.addresses
    node.close(one)
    assert listens(port)
    with Caller(port) as caller:
        caller.introduce()
        assert caller.ended(), "the closed graph is not reached any longer"
    node.close(other)
    assert not listens(port)


def test_a_port_that_somebody_else_has_is_refused_and_another_can_be_tried(node: Node) -> None:
    driver = node.create(info(), "database")
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        with pytest.raises(UnableToListen):
            node.listen(driver, LOOPBACK, 0, taken.getsockname()[1])
    node.listen(driver, LOOPBACK, 0, 0)


def test_the_last_shutdown_closes_everything(node: Node) -> None:
    drivers = [node.create(info(graph_id=f"graph {n}"), "database") for n in range(3)]
    for driver in drivers:
        node.listen(driver, LOOPBACK, 0, 0)
    node.close_all()
    assert all(driver.closed for driver in drivers)
    again = [node.open(f"graph {n}", "alice", "database", ()) for n in range(3)]
    assert not any(driver.graph.database.created for driver in again)
