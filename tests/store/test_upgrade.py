"""A file that an earlier version wrote is opened, and nothing in it is lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from peerapi.errors import InvalidDatabase
from peerapi.store import journal, upgrade
from peerapi.store.damage import fact_checksum, row_checksum
from peerapi.store.database import Database, Row
from peerapi.store.opening import foreign
from peerapi.store.schema import low_half
from tests.store.support import copy_files

TYPE = b"t" * 16
ROWS = 40
LATE = 7
"Of these, had no entry in the old table of what makes records findable."


def row(n: int) -> Row:
    return Row(n.to_bytes(8, "big") * 2, TYPE, 1, 2 if n == 3 else 0, 1000 + n, 5000 + n, b"record %d " % n * 20)


def old_file(path: Path) -> Path:
    """What schema 2 looked like on the disk of a process that was killed."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in (*upgrade.TABLES, *upgrade.INDEXES):
            connection.execute(statement)
        for seq in range(1, ROWS + 1):
            each = row(seq)
            connection.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (seq, *each, row_checksum(seq, *each))
            )
            if seq <= ROWS - LATE:
                entry = (seq, low_half(each.id), each.id, each.type, each.flags, each.expiration)
                connection.execute("INSERT INTO lookup VALUES (?, ?, ?, ?, ?, ?)", entry)
                connection.execute("INSERT INTO attributes VALUES (?, 'n', 'int', ?)", (seq, seq))
        connection.execute("INSERT INTO facts VALUES ('name', 'value', ?)", (fact_checksum("name", "value"),))
        connection.execute(f"PRAGMA user_version = {upgrade.MARK}")
    return path


def describe(rows: Sequence[tuple[int, Row]]) -> list[tuple[int, str, str, str | int]]:
    return [(seq, "n", "int", each.modification - 1000) for seq, each in rows]


def whole(database: Database) -> None:
    database.describe = describe
    assert [each for _, each in database.changed(0, 1 << 60, 1 << 20, 1 << 30)[0]] == [
        row(n) for n in range(1, ROWS + 1)
    ]
    assert database.count() == ROWS
    assert database.fact("name") == "value"
    assert database.last_seq >= ROWS
    for n in (1, ROWS - LATE, ROWS - LATE + 1, ROWS):
        found = database.search("seq IN (SELECT record FROM attributes WHERE name = 'n' AND value = ?)", (n,), None)
        assert list(found) == [row(n)]
        assert database.get(row(n).id) == row(n)
    assert [each.id for each in database.refreshing(1 << 60)] == [row(3).id]


def test_everything_is_there(tmp_path: Path) -> None:
    path = old_file(tmp_path / "a.peergraph")
    for _ in range(2):
        database = Database.open(path)
        assert not database.created
        whole(database)
        database.close()


def test_everything_is_there_when_the_process_is_killed_after_it(tmp_path: Path) -> None:
    path = old_file(tmp_path / "a.peergraph")
    database = Database.open(path)
    copy = tmp_path / "killed.peergraph"
    copy_files(path, copy)
    database.close()
    again = Database.open(copy)
    whole(again)
    again.close()


def test_everything_is_there_when_it_was_stopped_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal has been written, SQLite has not committed."""
    path = old_file(tmp_path / "a.peergraph")
    monkeypatch.setattr(journal, "write_marked", lambda *_: (_ for _ in ()).throw(OSError(28, "no room")))
    with pytest.raises(Exception, match="no room"):
        Database.open(path)
    monkeypatch.undo()
    Path(f"{path}-log").write_bytes(b"what is left of a journal")
    database = Database.open(path)
    whole(database)
    database.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records SET wire = 'another ' || wire WHERE seq = 7",
        "UPDATE records SET id = x'00' WHERE seq = 7",
        "UPDATE records SET version = 9 WHERE seq = 38",
        "UPDATE facts SET value = 'other'",
    ],
)
def test_a_damaged_one_is_kept_as_it_was(tmp_path: Path, statement: str) -> None:
    path = old_file(tmp_path / "a.peergraph")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(path)
    with contextlib.closing(sqlite3.connect(f"{path}.damaged-1")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (upgrade.MARK,)
        assert connection.execute("SELECT count(*) FROM lookup").fetchone() == (ROWS - LATE,)


def test_an_old_export_can_be_imported(tmp_path: Path) -> None:
    facts, rows = foreign(str(old_file(tmp_path / "exported")))
    assert facts == {"name": "value"}
    assert list(rows) == [(row(n).flags, row(n).wire) for n in range(1, ROWS + 1)]


def test_a_damaged_old_export_is_refused(tmp_path: Path) -> None:
    path = old_file(tmp_path / "exported")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET flags = 1 WHERE seq = 9")
    _, rows = foreign(str(path))
    with pytest.raises(InvalidDatabase):
        list(rows)
