"""A large file is not looked through whole by each opening: what is damaged in it is noticed all the same."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from peerapi.errors import InvalidDatabase
from peerapi.store import opening
from peerapi.store.database import Database
from tests.store.damaged import EVERYTHING, ROWS, TYPE, aside, closed, commit_to_sqlite, content, row, sql
from tests.store.support import copy_files

CHANGED = sql("UPDATE records SET wire = 'another ' || wire WHERE seq = 8")


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The closed database, taken for a large one."""
    monkeypatch.setattr(opening, "SMALL", 0)
    return closed(tmp_path / "a.peergraph")


def test_a_page_damaged_after_a_clean_close_is_noticed_when_it_is_read(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANGED(large)
    with monkeypatch.context() as patch:  # without the look at each row that is read it would go on to the application
        patch.setattr("peerapi.store.lookup.row_checksum", lambda seq, *_: _kept(large, seq))
        database = Database.open(large)
        assert database.get(row(7).id) != row(7)
        database.close()
    database = Database.open(large)
    assert database.get(row(8).id) == row(8)
    readers: list[Callable[[], object]] = [
        lambda: database.get(row(7).id),
        lambda: database.changed(0, EVERYTHING, 1000, 1 << 30),
        lambda: database.of_type(TYPE),
        lambda: database.expired(10_000),
        lambda: list(database.search("1", (), None)),
    ]
    for read in readers:
        with pytest.raises(InvalidDatabase, match="Record 8"):
            read()
    database.close()
    left = large.read_bytes()
    with pytest.raises(InvalidDatabase, match="damaged-1"):  # the next opening looks at everything
        Database.open(large)
    assert aside(large).read_bytes() == left


def _kept(path: Path, seq: int) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        checksum: int = connection.execute("SELECT checksum FROM records WHERE seq = ?", (seq,)).fetchone()[0]
        return checksum


def test_a_page_damaged_after_a_clean_close_is_noticed_by_who_looks_at_everything(large: Path) -> None:
    CHANGED(large)
    Database.open(large).close()
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(large, thoroughly=True)


def test_what_was_written_since_the_last_clean_close_is_looked_through(large: Path) -> None:
    database = Database.open(large)
    for n in range(ROWS, ROWS + 50):
        commit_to_sqlite(database, row(n))
    copy = large.with_name("killed.peergraph")
    copy_files(large, copy)
    database.close()
    good = Database.open(copy)
    assert len(content(good)) == ROWS + 50
    copy_files(copy, large)  # of a process that is killed again
    good.close()
    sql(f"UPDATE records SET version = 2 WHERE seq = {ROWS + 8}")(large)
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(large)


@pytest.mark.parametrize("size", [4096, 8192, -4096, -1])
def test_a_large_file_that_was_cut_is_told_of(large: Path, size: int) -> None:
    os.truncate(large, size if size > 0 else large.stat().st_size + size)
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(large)


@pytest.mark.parametrize(
    "damage",
    [
        sql("DELETE FROM runs"),
        sql("UPDATE runs SET data = zeroblob(length(data))"),
        sql("UPDATE facts SET value = 'closed 999999' WHERE name = 'closed'"),
        sql("UPDATE facts SET value = 'other' WHERE name = 'name'"),
        sql("DROP INDEX records_by_type"),
    ],
    ids=lambda damage: damage.__name__,
)
def test_what_each_opening_looks_at(large: Path, damage: Callable[[Path], None]) -> None:
    damage(large)
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(large)


def test_a_structure_that_turns_out_to_be_damaged_is_looked_through_next_time(large: Path) -> None:
    with large.open("r+b") as file:
        file.seek(0, 2)
        pages = file.tell() // 4096
        for page in range(pages // 2, pages):
            file.seek(4096 * page)
            file.write(b"\xff" * 16)
    told = 0
    try:
        database = Database.open(large)
    except InvalidDatabase:
        return
    for n in range(ROWS):
        try:
            assert database.get(row(n).id) == row(n)
        except InvalidDatabase:
            told += 1
    assert told
    database.close()
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(large)
