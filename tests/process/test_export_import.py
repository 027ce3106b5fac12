"""What is written and read by a path of the application's is no database that is open (engine/graphs/transfer.py)."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi.engine.graphs import transfer
from peerapi.engine.graphs.driver import Driver
from peerapi.engine.graphs.node import Node, database_path
from peerapi.engine.runtime import Engine
from peerapi.errors import WrappedWin32Error
from peerapi.store.ownership import is_owned
from tests.engine.support import GRAPH, draft, info

SHARING_VIOLATION, ACCESS_DENIED = 0x80070020, 0x80070005


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Node:
    monkeypatch.setenv("PEERAPI_HOME", str(tmp_path / "home"))
    return Node(Engine())


@pytest.fixture
def driver(node: Node) -> Iterator[Driver]:
    made = node.create(info(), "db")
    made.add_record(draft())
    yield made
    node.close(made)


@pytest.fixture
def path() -> Path:
    return database_path(GRAPH, "alice", "db")


def names(path: Path, folder: Path) -> dict[str, Path]:
    """The same file under other names."""
    folder.mkdir()
    (folder / "link").symlink_to(path)
    (folder / "link to a link").symlink_to("link")
    os.link(path, folder / "hard link")
    (folder / "folder").symlink_to(path.parent)
    return {
        "its own": path,
        "link": folder / "link",
        "link to a link": folder / "link to a link",
        "hard link": folder / "hard link",
        "through a folder": folder / "folder" / path.name,
        "with dots": path.parent / ".." / path.parent.name / path.name,
        "the journal": Path(f"{path}-log"),
        "SQLite's log": Path(f"{path}-wal"),
    }


NAMES = (
    "its own",
    "link",
    "link to a link",
    "hard link",
    "through a folder",
    "with dots",
    "the journal",
    "SQLite's log",
)


@pytest.mark.parametrize("name", NAMES)
def test_an_open_database_is_neither_replaced_nor_imported_under_any_name(
    driver: Driver, path: Path, tmp_path: Path, name: str
) -> None:
    wanted = names(path, tmp_path / "other")[name]
    before = path.stat().st_ino
    for work in (driver.export, driver.import_file):
        with pytest.raises(WrappedWin32Error) as caught:
            work(str(wanted))
        assert caught.value.hresult == SHARING_VIOLATION
        assert "belongs to a graph that is open" in str(caught.value)
    assert path.stat().st_ino == before
    assert list(path.parent.glob("*.part")) == []


def test_without_the_checks_the_database_is_lost(
    node: Node, driver: Driver, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "_check_unused", lambda driver, path: None)
    monkeypatch.setattr(transfer, "_own_folders", list)
    driver.export(str(path))
    driver.add_record(draft())
    open_files = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            open_files.add(os.readlink(link))
    assert f"{path} (deleted)" in open_files, "SQLite goes on in a file that has no name any more"


@pytest.mark.parametrize("folder", ["graphs", "identities", "groups"])
def test_nothing_is_exported_among_what_the_library_keeps(driver: Driver, tmp_path: Path, folder: str) -> None:
    place = tmp_path / "home" / folder
    place.mkdir(exist_ok=True)
    (tmp_path / "way").symlink_to(place)
    for target in (place / "copy", place / "00000001-abc.identity", tmp_path / "way" / "copy"):
        with pytest.raises(WrappedWin32Error) as caught:
            driver.export(str(target))
        assert caught.value.hresult == ACCESS_DENIED
        assert not target.exists()


def test_a_database_that_another_process_has_open_is_left_alone_too(driver: Driver, tmp_path: Path) -> None:
    code = (
        "import sys; from peerapi.store.database import Database; database = Database.open(sys.argv[1])\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    theirs = tmp_path / "theirs.peergraph"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(theirs)], stdin=pipe, stdout=pipe) as process:
        assert process.stdin
        assert process.stdout
        try:
            assert process.stdout.readline() == b"open\n"
            for work in (driver.export, driver.import_file):
                with pytest.raises(WrappedWin32Error) as caught:
                    work(str(theirs))
                assert caught.value.hresult == SHARING_VIOLATION
        finally:
            process.stdin.close()
    assert not is_owned(theirs)
    driver.export(str(theirs))


def test_an_export_goes_where_it_always_went(driver: Driver, node: Node, tmp_path: Path) -> None:
    """Into the home folder itself, over an earlier copy, and over a link, which it replaces."""
    for target in (tmp_path / "copy", tmp_path / "home" / "copy"):
        driver.export(str(target))
        driver.export(str(target))
    (tmp_path / "link").symlink_to("copy")
    driver.export(str(tmp_path / "link"))
    assert not (tmp_path / "link").is_symlink()
