"""Where records are, by their IDs: what is not named is not there, in memory, on disk, and after whatever happens."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi.store import _id_index, id_runs
from peerapi.store._id_index import ENTRY, IdIndex
from peerapi.store.database import MEMTABLE_ROWS, Database, Row
from peerapi.store.id_runs import RUN, IdRuns
from tests.store.support import copy_files
from tests.support.leaks import leaked


def row(number: int, size: int = 10) -> Row:
    id_ = random.Random(number).randbytes(16)
    return Row(id_, b"t" * 16, 1, 0, number, 1 << 60, number.to_bytes(4, "big") * size)


class Plain:
    """The same as ``IdIndex``, with all of each ID."""

    def __init__(self) -> None:
        self.entries: set[tuple[bytes, int]] = set()

    def find(self, record_id: bytes) -> set[int]:
        return {number for id_, number in self.entries if id_ == record_id}


IDS = [row(number).id for number in range(12)] + [bytes(16), b"\xff" * 16]
STEPS = st.lists(st.tuples(st.sampled_from(IDS), st.integers(1, (1 << 40) - 1) | st.integers(1, 9), st.booleans()))


@given(STEPS, STEPS)
def test_an_index_finds_what_a_set_finds(
    committed: list[tuple[bytes, int, bool]], late: list[tuple[bytes, int, bool]]
) -> None:
    """Added, removed, taken back, and read again from its runs."""
    plain, index, runs = Plain(), IdIndex(), list[bytes]()

    def change(steps: list[tuple[bytes, int, bool]]) -> list[bytes]:
        made = []
        for id_, number, goes in steps:
            if not goes and (id_, number) not in plain.entries:
                made.append(index.add([(number, row(0)._replace(id=id_))]))
                plain.entries.add((id_, number))
            elif goes and (id_, number) in plain.entries:
                made.append(index.remove(id_, number))
                plain.entries.discard((id_, number))
            elif goes:
                with pytest.raises(KeyError):
                    index.remove(id_, number)
        return made

    def same(index: IdIndex) -> None:
        assert len(index) == len(plain.entries)
        for id_ in IDS:
            assert set(index.find(id_) or ()) == plain.find(id_)

    runs += change(committed)
    same(index)
    kept = set(plain.entries)
    index.take_back(b"".join(change(late)))
    plain.entries = kept
    same(index)
    again = IdIndex()
    for run in runs:
        again.load(run)
    same(again)
    current = index.current(b"".join(runs))
    shorter = IdIndex()
    shorter.load(current)
    same(shorter)
    assert len(current) >= ENTRY * len(kept)


def test_an_index_of_many_grows_and_shrinks() -> None:
    index, source = IdIndex(), random.Random(7)
    rows = [(number, row(0)._replace(id=source.randbytes(16))) for number in range(1, 30_000)]
    assert len(index.add(rows)) == ENTRY * len(rows)
    assert all(number in (index.find(each.id) or ()) for number, each in rows)
    assert sum(index.find(source.randbytes(16)) is not None for _ in range(30_000)) < 3
    for number, each in rows[::2]:
        index.remove(each.id, number)
    assert all(number in (index.find(each.id) or ()) for number, each in rows[1::2])
    assert len(index) == len(rows[1::2])


def refused() -> None:
    index = IdIndex()
    for attempt in (
        lambda: index.find(b"short"),
        lambda: index.find("x" * 16),  # type: ignore[arg-type]
        lambda: index.add([(0, row(1))]),
        lambda: index.add([(1 << 40, row(1))]),
        lambda: index.add([(1, row(1)._replace(id=b"short"))]),
        lambda: index.add([None]),  # type: ignore[list-item]
        lambda: index.add([(1, ())]),  # type: ignore[list-item]
        lambda: index.add(((1, row(1)),)),  # type: ignore[arg-type]
        lambda: index.remove(row(1).id, 1),
        lambda: index.remove(row(1).id, -1),
        lambda: index.load(bytes(ENTRY)),
        lambda: index.load(bytes(ENTRY - 1)),
        lambda: index.take_back(b"x"),
        lambda: index.current(None),  # type: ignore[arg-type]
    ):
        with pytest.raises((TypeError, ValueError, KeyError, OverflowError)):
            attempt()
    assert len(index) == 0


def test_what_is_no_id_no_number_and_no_run_is_refused() -> None:
    refused()


def exercise() -> None:
    """Everything once, good and bad."""
    index = IdIndex()
    run = index.add([(number, row(number)) for number in range(1, 200)])
    for number in range(1, 200, 3):
        run += index.remove(row(number).id, number)
    index.find(row(2).id)
    index.current(run)
    IdIndex().load(run)
    index.take_back(run)
    refused()


def test_nothing_leaks() -> None:
    assert leaked(exercise) < 15


MODULES = (_id_index,)


# ---- with a database -------------------------------------------------------------------------------------------------


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
    again = Database.open(tmp_path / "file")
    assert [again.get(each.id) for each in rows] == rows
    assert again.get(row(10**6).id) is None
    again.close()


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
    for _ in range(2):
        assert database.get(rows[0].id) == rows[0]._replace(version=2)
        assert database.get(rows[1].id) is None
        assert database.standing(rows[1].id) is None
        assert database.standing(rows[0].id) == (2, 1 << 60)
        database.close()
        database = Database.open(tmp_path / "file")
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


def test_a_folding_that_is_taken_back_leaves_all_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(300)]
    database.add_many(rows)
    assert database.count() == len(rows)
    for each in rows[:100]:
        database.remove(each.id)
    database.add_many([row(number) for number in range(1000, 1100)])

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    for failing, name in (database, "_insert"), (IdRuns, "write"):
        with monkeypatch.context() as patch:
            patch.setattr(failing, name, fail)
            database._fold_alone()
        assert len(database._ids) == 300
    for each in rows[:100]:  # SQLite has them, whatever the memtable says
        assert database._ids.find(each.id) is not None
    assert [database.get(each.id) for each in rows[:100]] == [None] * 100
    assert database.count() == 300
    database.close()
    again = Database.open(tmp_path / "file")
    assert [again.get(each.id) for each in rows[100:]] == rows[100:]
    again.close()


def test_an_application_that_asks_waits_for_one_row(tmp_path: Path) -> None:
    """A table of IDs that was read when it was first needed cost each of fifty questions 2,048 IDs."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(3 * MEMTABLE_ROWS)]
    for at in range(0, len(rows), 100):
        database.begin()
        database.add_many(rows[at : at + 100])
        database.commit()
    database.count()
    database._row_cache.clear()
    asked: list[str] = []
    database._connection.set_trace_callback(asked.append)
    assert [database.get(each.id) for each in rows] == rows
    assert database.get(row(10**7).id) is None
    database._connection.set_trace_callback(None)
    assert len(asked) == len(rows)
    database.close()


def test_a_number_that_is_another_records_is_passed_over(tmp_path: Path) -> None:
    """What an index says of one ID in some millions."""
    database = Database.open(tmp_path / "file")
    rows = [row(number) for number in range(3)]
    database.add_many(rows)
    assert database.count() == 3
    database._row_cache.clear()
    database._ids.find = lambda _: (1, 2, 3, 99)
    assert [database.get(each.id) for each in rows] == rows
    assert database.get(row(7).id) is None and database.standing(row(7).id) is None
    database.remove(rows[1].id)
    assert database.count() == 2
    database.close()


def test_the_runs_of_a_database_whose_records_change_stay_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(id_runs, "SPARE", 100)
    path = tmp_path / "file"
    database = Database.open(path)
    rows = [row(number) for number in range(200)]
    database.add_many(rows)
    for version in range(2, 60):
        database.begin()
        for each in rows[: 100 + version % 3]:
            database.put(each._replace(version=version))
        database.commit()
        database.count()  # is a folding
    stored = sum(len(run) for run in id_runs.stored(database._connection))
    assert stored // ENTRY < 2 * 200 + 100 + 2 * (200 + RUN // ENTRY)
    copy = tmp_path / "killed"
    copy_files(path, copy)
    database.close()
    for each in (path, copy):
        again = Database.open(each)
        assert [again.get(one.id) for one in rows[110:]] == rows[110:]
        assert {again.get(one.id) for one in rows[:100]} == {one._replace(version=59) for one in rows[:100]}
        again.close()
