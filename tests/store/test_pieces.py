"""Long records lie in pieces: they are what they were, whatever happens between, and leave nothing behind."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peerapi.errors import InvalidDatabase
from peerapi.store import pieces, upgrade
from peerapi.store._rows import row_checksum
from peerapi.store.damage import fact_checksum
from peerapi.store.database import PIECE, Database, Long, Row
from peerapi.store.opening import foreign
from peerapi.store.schema import FOLDED, IN_PIECES, LONG, low_half
from tests.store.support import commit, copy_files, left_behind

TYPE = b"t" * 16
SIZE = 3 * PIECE + 17


def row(n: int, size: int = SIZE, version: int = 1) -> Row:
    """A record whose bytes are not those of any other."""
    wire = (b"%d, %d; " % (n, version) * (size // 6 + 1))[:size]
    return Row(n.to_bytes(8, "big") * 2, TYPE, version, 0, 1000 + version, 5000 + n, wire)


def numbers(path: Path) -> list[int]:
    """The pieces in a file that is not open."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM pieces ORDER BY number")]


def needed(path: Path) -> list[int]:
    """Those that a row needs."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return sorted(number for place in pieces.places(connection) for number in place.numbers)


def read(database: Database, record: Long) -> bytes:
    """All of a long record, a piece at a time."""
    found = b""
    while len(found) < record.size:
        piece = database.piece(record, len(found) // PIECE)
        assert piece is not None and 0 < len(piece) <= PIECE
        found += piece
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.peergraph"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database.open(path)
    yield database
    database.close()


@pytest.mark.parametrize("size", [LONG + 1, PIECE + 1, 2 * PIECE, SIZE])
def test_a_long_record_is_what_it_was(path: Path, size: int) -> None:
    database = Database.open(path)
    usage = database.count_usage()
    commit(database, row(1, 100), row(2, size), row(3, 100))
    for _ in range(2):
        assert database.get(row(2).id) == row(2, size)
        assert database.wire(row(2).id) == row(2, size).wire
        outline = database.outline(row(2).id)
        assert isinstance(outline, Long) and outline[:6] == row(2)[:6] and outline.size == size
        assert read(database, outline) == row(2, size).wire
        assert [each for _, each in database.changed(0, 9, 9, 1 << 30)[0]] == [row(1, 100), row(2, size), row(3, 100)]
        found, more = database.outlines(0, 9, 9, size)
        assert [each for _, each in found] == [row(1, 100), outline] and more
        assert list(database.search("1", (), None)) == [row(1, 100), row(2, size), row(3, 100)]
        assert database.of_type(TYPE) == [row(1, 100), row(2, size), row(3, 100)]
        assert usage.of(row(2).id[:8]).size == size
        database.close()
        database = Database.open(path)
        usage = database.count_usage()
    database.close()


def test_a_short_record_is_its_own_outline(database: Database) -> None:
    commit(database, row(1, LONG))
    assert database.outline(row(1).id) == row(1, LONG)


def test_a_piece_of_what_is_no_longer_there_is_none(database: Database) -> None:
    commit(database, row(1))
    outline = database.outline(row(1).id)
    assert isinstance(outline, Long) and database.piece(outline, 2) == row(1).wire[2 * PIECE : 3 * PIECE]
    commit(database, row(1, version=2))
    assert database.piece(outline, 2) is None
    newer = database.outline(row(1).id)
    assert isinstance(newer, Long) and read(database, newer) == row(1, version=2).wire
    database.remove(row(1).id)
    assert database.piece(newer, 0) is None and database.get(row(1).id) is None


def test_what_is_replaced_or_removed_is_swept(path: Path, database: Database) -> None:
    commit(database, row(1), row(2), row(3))
    commit(database, row(1, version=2))
    database.remove(row(2).id)
    assert database.litter
    while database.litter:
        database.begin()
        database.sweep()
        database.commit()
    copy = left_behind(path)
    assert numbers(copy) == needed(copy) and len(numbers(copy)) == 2 * 4
    assert database.get(row(1).id) == row(1, version=2) and database.get(row(3).id) == row(3)


def test_what_nobody_has_swept_goes_at_the_next_opening(path: Path) -> None:
    database = Database.open(path)
    commit(database, row(1), row(2))
    database.remove(row(1).id)
    database.close()
    assert len(numbers(path)) == 2 * 4
    database = Database.open(path)
    assert database.get(row(2).id) == row(2)
    database.close()
    assert numbers(path) == needed(path) and len(numbers(path)) == 4


def test_a_full_disk_keeps_nobody_from_opening(path: Path) -> None:
    database = Database.open(path)
    commit(database, row(1), row(2))
    database.remove(row(1).id)
    database.close()

    class Full(sqlite3.Connection):
        def execute(self, statement: str, *args: Any) -> sqlite3.Cursor:
            if statement.startswith("DELETE"):
                raise sqlite3.OperationalError("database or disk is full")
            return super().execute(statement, *args)

    with contextlib.closing(sqlite3.connect(path, factory=Full)) as connection:
        swept_later = pieces.Pieces(connection)
        assert swept_later.litter
        with pytest.raises(sqlite3.OperationalError):
            swept_later.sweep()
        assert swept_later.litter
    assert len(numbers(path)) == 2 * 4


def test_a_record_is_written_ahead_and_then_added(path: Path, database: Database) -> None:
    each = row(1)
    wire = each.wire
    turns = 1
    while database.write_ahead(wire):
        database.commit()
        assert database.outline(each.id) is None
        turns += 1
    assert turns == 4
    assert len(numbers(left_behind(path))) in (3, 4)
    commit(database, each)
    database.forget_ahead(wire)
    assert not database.litter and database.get(each.id) == each
    copy = left_behind(path)
    assert numbers(copy) == needed(copy) and len(numbers(copy)) == 4


@pytest.mark.parametrize("killed", [False, True])
def test_what_was_written_ahead_of_nothing_leaves_nothing(path: Path, killed: bool) -> None:
    database = Database.open(path)
    commit(database, row(2))
    database.write_ahead(row(1).wire)
    wire = bytes(SIZE)
    database.write_ahead(wire)
    database.write_ahead(wire)
    database.commit()
    copy = left_behind(path)
    if not killed:
        database.forget_ahead(wire)
        while database.litter:
            database.sweep()
            database.commit()
    database.close()
    if killed:
        copy_files(copy, path)
        assert len(numbers(path)) == 4 + 3
    database = Database.open(path)
    assert database.get(row(2).id) == row(2)
    database.close()
    assert numbers(path) == needed(path)


def test_a_transaction_that_is_taken_back_changes_nothing(path: Path, database: Database) -> None:
    commit(database, row(1), row(2))
    database.begin()
    database.put(row(1, version=2))
    database.remove(row(2).id)
    database.add(row(3))
    database.rollback()
    while database.litter:
        database.sweep()
        database.commit()
    assert database.get(row(1).id) == row(1) and database.get(row(2).id) == row(2) and database.get(row(3).id) is None
    copy = left_behind(path)
    assert numbers(copy) == needed(copy) and len(numbers(copy)) == 2 * 4


def test_an_export_has_it_and_is_imported(tmp_path: Path, database: Database) -> None:
    commit(database, row(1), row(2, 100))
    database.set_fact("name", "value")
    database.export(str(tmp_path / "exported"))
    facts, rows = foreign(str(tmp_path / "exported"))
    assert facts["name"] == "value"
    assert list(rows) == [(0, row(1).wire), (0, row(2, 100).wire)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pieces SET data = x'00' || substr(data, 2) WHERE number = 2",
        "UPDATE pieces SET data = 'text' WHERE number = 2",
        "DELETE FROM pieces WHERE number = 2",
        "UPDATE pieces SET number = 9 WHERE number = 2",
    ],
)
def test_a_damaged_piece_is_noticed(tmp_path: Path, path: Path, statement: str) -> None:
    database = Database.open(path)
    commit(database, row(1))
    database.close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    exported = tmp_path / "exported"
    exported.write_bytes(path.read_bytes())
    if not statement.startswith("UPDATE pieces SET data = x"):  # a checksum that is of a piece alone is not asked for
        with pytest.raises(InvalidDatabase):
            list(foreign(str(exported))[1])
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(path)


def third_file(path: Path, *rows: Row) -> Path:
    """A file as schema 3 had it: all of a record in its row."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        for statement in sorted(upgrade.TABLES_OF_THIRD, key=lambda one: "INDEX" in one):
            connection.execute(statement)
        for seq, each in enumerate(rows, 1):
            values = (seq, low_half(each.id), *each[:6], row_checksum(seq, *each), each.wire)
            connection.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        for name, value in ("name", "value"), (FOLDED, f"77 {len(rows)}"):
            connection.execute("INSERT INTO facts VALUES (?, ?, ?)", (name, value, fact_checksum(name, value)))
        connection.execute(f"PRAGMA user_version = {upgrade.THIRD}")
    return path


def test_a_file_of_schema_3_is_opened_and_nothing_in_it_is_lost(path: Path) -> None:
    rows = [row(1, 100), row(2), row(3, LONG), row(4, LONG + 1)]
    third_file(path, *rows)
    for _ in range(2):
        database = Database.open(path)
        assert not database.created and database.fact("name") == "value" and database.last_seq == 4
        assert [each for _, each in database.changed(0, 9, 9, 1 << 30)[0]] == rows
        assert [isinstance(database.outline(each.id), Long) for each in rows] == [False, True, False, True]
        database.close()
    assert numbers(path) == needed(path)


def test_a_damaged_file_of_schema_3_is_kept_as_it_was(path: Path) -> None:
    third_file(path, row(1, 100), row(2))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE records SET version = 9 WHERE seq = 1")
    with pytest.raises(InvalidDatabase, match="damaged-1"):
        Database.open(path)
    with contextlib.closing(sqlite3.connect(f"{path}.damaged-1")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (upgrade.THIRD,)
        assert connection.execute("SELECT sum(length(wire)) FROM records").fetchone() == (100 + SIZE,)


def test_an_export_of_schema_3_is_imported(path: Path) -> None:
    _, rows = foreign(str(third_file(path, row(1, 100), row(2))))
    assert list(rows) == [(0, row(1, 100).wire), (0, row(2).wire)]


def test_a_row_that_only_says_that_it_is_in_pieces_is_damage(path: Path) -> None:
    each = row(1, 100)._replace(flags=IN_PIECES)
    third_file(path, each)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(next(statement for statement in upgrade.TABLES_OF_FOURTH if "TABLE pieces" in statement))
        connection.execute(f"PRAGMA user_version = {4 * 0x10001}")
    with pytest.raises(InvalidDatabase):
        Database.open(path)


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "ahead", "remove", "forget", "sweep", "rollback", "commit", "reopen", "kill"]),
        st.integers(1, 3),
        st.integers(1, 70),
    ),
    max_size=30,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_STEPS)
def test_any_sequence_leaves_what_was_committed_and_no_piece_more(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in "pieces", "database", "lookup":
            patch.setattr(f"peerapi.store.{module}.PIECE", 8, raising=False)
        patch.setattr("peerapi.store.database.LONG", 16)
        path = tmp_path_factory.mktemp("steps") / "a.peergraph"
        database = Database.open(path)
        committed: dict[bytes, Row] = {}
        rows: dict[bytes, Row] = {}
        ahead: dict[int, bytes] = {}
        for version, (step, n, size) in enumerate(steps, 1):
            each = row(n, size, version)
            if step in ("put", "remove"):
                database.begin()
            if step == "put":
                if n in ahead:
                    each = each._replace(wire=ahead[n])
                database.put(each)
                rows[each.id] = each
            elif step == "ahead" and n not in ahead:
                ahead[n] = each.wire
                database.write_ahead(ahead[n])
            elif step == "ahead":
                database.write_ahead(ahead[n])
            elif step == "remove":
                database.remove(each.id)
                rows.pop(each.id, None)
            elif step == "forget" and n in ahead:
                database.forget_ahead(ahead.pop(n))
            elif step == "sweep":
                database.sweep()
            elif step == "rollback":
                database.rollback()
                rows = dict(committed)
            elif step == "commit":
                database.commit()
                committed = dict(rows)
            elif step in ("reopen", "kill"):
                copy = left_behind(path)
                database.close()
                if step == "kill":
                    copy_files(copy, path)
                database = Database.open(path)
                rows, ahead = dict(committed), {}
                connection = database._connection
                held = {number for (number,) in connection.execute("SELECT number FROM pieces")}
                assert held == {number for place in pieces.places(connection) for number in place.numbers}
            for known in range(1, 4):
                id_ = row(known).id
                assert database.get(id_) == rows.get(id_)
        database.close()
