"""What may be in the database: a no is certain."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.store import known_ids
from peerapi.store.database import MEMTABLE_ROWS, Database, Row
from peerapi.store.known_ids import SLICE, SPARSE, Growth, KnownIds
from peerapi.store.schema import low_half

LOWS = st.integers(-(1 << 63), (1 << 63) - 1)


@given(st.sets(LOWS, max_size=300), st.sets(LOWS, max_size=300))
def test_what_was_added_is_never_denied(early: set[int], late: set[int]) -> None:
    known = KnownIds(early, len(early))
    for low in late:
        known.add(low)
    assert all(low in known for low in early | late)


def test_a_table_that_is_not_full_is_seldom_wrong() -> None:
    source = random.Random(5)
    known = KnownIds((source.getrandbits(64) for _ in range(5_000)), 5_000)
    assert not known.full
    wrong = sum(source.getrandbits(64) in known for _ in range(5_000))
    assert wrong < 2 * 5_000 / SPARSE


def test_a_table_that_has_grown_too_dense_says_so() -> None:
    known = KnownIds((), 0)
    low = 0
    while not known.full:
        known.add(low)
        low += 1
    assert KnownIds(range(low), low).full is False


def row(number: int, size: int = 10) -> Row:
    id_ = random.Random(number).randbytes(16)
    return Row(id_, b"t" * 16, 1, 0, number, 1 << 60, number.to_bytes(4, "big") * size)


def test_every_row_is_found_wherever_it_is_by_now(tmp_path: Path) -> None:
    """In the memtable, among those folded last, and in the file alone; none of the others is."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(2 * MEMTABLE_ROWS + 50)]
    for at in range(0, len(rows), 500):
        database.begin()
        database.add_many(rows[at : at + 500])
        database.commit()
        assert database.get(row(10**6 + at).id) is None
    assert [database.get(each.id) for each in rows] == rows
    database.close()


def test_a_row_removed_after_it_was_folded_is_gone(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(MEMTABLE_ROWS + 1)]
    database.begin()
    database.add_many(rows)
    database.commit()
    database.begin()
    database.put(rows[0]._replace(version=2))
    database.remove(rows[1].id)
    database.commit()
    assert database.get(rows[0].id) == rows[0]._replace(version=2)
    assert database.get(rows[1].id) is None
    database.close()


def test_what_a_failed_transaction_wrote_is_not_found(tmp_path: Path) -> None:
    """Also when the transaction was so large that it was folded."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(MEMTABLE_ROWS + 1)]
    database.begin()
    database.add_many(rows)
    assert database.count() == len(rows)
    assert database.get(rows[0].id) == rows[0]
    database.rollback()
    assert database.get(rows[0].id) is None
    database.close()


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, list[Row]]:
    """A closed database whose IDs take several slices to read."""
    rows = [row(number) for number in range(3 * SLICE + 10)]
    database = Database.open(tmp_path / "file")
    database.add_many(rows)
    database.close()
    return tmp_path / "file", rows


def slices(database: Database, asked: list[int]) -> None:
    """Note how many IDs each question of a growing table gets."""
    execute = database._execute

    def noted(query: str, *values: object) -> object:
        if not query.startswith("SELECT low FROM"):
            return execute(query, *values)
        found = execute(query, *values).fetchall()
        asked.append(len(found))
        return found

    database._execute = noted  # type: ignore[assignment]


def test_the_ids_of_a_database_are_read_in_slices_one_for_each_transaction(large: tuple[Path, list[Row]]) -> None:
    path, rows = large
    database, asked = Database.open(path), list[int]()
    slices(database, asked)
    database.begin()
    assert [database.get(each.id) for each in rows[:50]] == rows[:50]
    assert asked == [SLICE]
    database.commit()
    late = [row(10**6 + number) for number in range(MEMTABLE_ROWS + 1)]
    database.add_many(late)  # is folded while the table is on its way
    while database._known_ids.full:
        database.begin()
        assert database.get(row(10**7).id) is None
        database.commit()
    assert max(asked) == SLICE
    assert sum(asked) >= len(rows)
    assert [database.get(each.id) for each in rows + late] == rows + late
    database.close()


def test_an_application_that_asks_does_not_wait_for_the_table(tmp_path: Path) -> None:
    """Who has only added records has a table that is too small when the first question comes; 100,000 of them cost each
    of the first fifty questions 2,048 more IDs to read."""
    database, asked = Database.open(tmp_path / "file"), list[int]()
    slices(database, asked)
    rows = [row(number) for number in range(3 * MEMTABLE_ROWS)]
    for at in range(0, len(rows), 100):
        database.begin()
        database.add_many(rows[at : at + 100])
        database.commit()
    folded = len(asked)
    assert folded > 0  # the foldings have read for it
    database._known_ids = KnownIds.not_read()
    assert [database.get(each.id) for each in rows] == rows
    assert database.standing(rows[0].id) == (1, 1 << 60)
    assert len(asked) == folded
    database.close()


def test_a_removal_that_is_taken_back_while_the_ids_are_read(
    large: tuple[Path, list[Row]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slices behind it do not see the row, which comes back."""
    path, rows = large
    database = Database.open(path)
    rows = sorted(rows, key=lambda one: low_half(one.id))
    gone = rows[-200:]
    for each in gone:
        database.begin()
        database._grown = True  # so that the table is read while they are folded
        database.remove(each.id)
        database.commit()
    database._growth, database._grown = Growth(len(rows)), True
    monkeypatch.setattr(known_ids, "SLICE", 2 * len(rows))
    with monkeypatch.context() as patch:

        def fail(values: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        patch.setattr(database, "_insert", fail)
        database.add(row(10**6))
        database._fold_alone()
    assert not database._known_ids.full
    for each in gone:  # SQLite has them, whatever the memtable says
        assert low_half(each.id) in database._known_ids
    database.close()
