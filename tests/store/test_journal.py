"""The journal of a database: what was committed outlives the process, and damage is told from what was cut off."""

from __future__ import annotations

import errno
import os
import resource
import shutil
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peerapi._process import mark, write_marked
from peerapi.errors import DatabaseAccessDenied, DatabaseInitializationFailed, DiskFull, InvalidDatabase, PeerError
from peerapi.store import journal
from peerapi.store.database import MEMTABLE_ROWS, Database, Row
from peerapi.store.schema import SUFFIXES
from peerapi.store.transactions import LARGE, MANY, MEMTABLE_BYTES
from tests.store.support import commit, copy_files, left_behind

TYPE = bytes(15) + b"\x01"
ROWS = 20


def row(n: int, size: int = 20) -> Row:
    return Row(n.to_bytes(8, "big") * 2, TYPE, 1, 0, 1000 + n, 5000 + n, b"record %03d " % n * size)


def log_of(path: Path) -> Path:
    return Path(f"{path}-log")


@pytest.fixture
def killed(database: Database, path: Path) -> Path:
    """What a process leaves after 20 commits of one row."""
    for n in range(ROWS):
        commit(database, row(n))
    return left_behind(path)


def ids(database: Database) -> list[int]:
    found = database.ids(type=None, creator_key=None, now=None)
    return [int.from_bytes(found[at : at + 8], "big") for at in range(0, len(found), 16)]


def entry_size(log: Path) -> int:
    return log.stat().st_size // ROWS


# ---- Where things are ------------------------------------------------------------------------------------------------


def test_one_commit_is_one_entry(database: Database, path: Path) -> None:
    sizes = [log_of(path).stat().st_size]
    for n in range(3):
        commit(database, row(n), row(n + 10))
        sizes.append(log_of(path).stat().st_size)
    assert len({after - before for before, after in pairwise(sizes)}) == 1
    assert sizes[0] == 0


def test_a_question_brings_all_to_sqlite_and_the_journal_begins_anew(database: Database, path: Path) -> None:
    commit(database, row(1))
    assert log_of(path).stat().st_size > 0
    assert database.count() == 1
    assert log_of(path).stat().st_size == 0
    commit(database, row(2))
    assert log_of(path).stat().st_size > 0


def test_what_is_wanted_by_its_number_is_not_brought_to_sqlite(database: Database, path: Path) -> None:
    commit(database, row(1))
    assert database.count() == 1
    commit(database, row(2))
    found, more = database.changed(0, 9, 9, 1 << 20)
    assert [(seq, each.id) for seq, each in found] == [(1, row(1).id), (2, row(2).id)]
    assert not more
    assert log_of(path).stat().st_size > 0


def test_the_journal_is_bounded_in_records(database: Database, path: Path) -> None:
    for n in range(0, MEMTABLE_ROWS + 1, 64):
        database.begin()
        database.add_many([row(k) for k in range(n, n + 64)])
        database.commit()
    assert log_of(path).stat().st_size == 0


def test_the_journal_is_bounded_in_bytes(database: Database, path: Path) -> None:
    size = LARGE // 22
    for n in range(MEMTABLE_BYTES // (11 * size) + 2):
        commit(database, row(n, size))
        assert log_of(path).stat().st_size < MEMTABLE_BYTES + LARGE
    assert log_of(path).stat().st_size < MEMTABLE_BYTES // 2


def test_a_large_transaction_is_written_once(database: Database, path: Path) -> None:
    commit(database, row(1, LARGE // 5))
    assert log_of(path).stat().st_size == 0
    assert database.get(row(1).id) == row(1, LARGE // 5)


@pytest.mark.parametrize(("count", "journaled"), [(MANY - 1, True), (MANY, False)])
def test_many_records_at_once_are_written_once(database: Database, path: Path, count: int, journaled: bool) -> None:
    """With what the journal has by then; a killed process leaves all of it in either case."""
    commit(database, row(0))
    commit(database, *[row(n) for n in range(1, count + 1)])
    assert (log_of(path).stat().st_size > 0) is journaled
    with closing(Database.open(left_behind(path))) as again:
        assert ids(again) == list(range(count + 1))
        assert [again.get(row(n).id) for n in (0, 1, count)] == [row(n) for n in (0, 1, count)]


def test_many_records_that_are_taken_back_leave_nothing(database: Database, path: Path) -> None:
    commit(database, row(0))
    database.begin()
    database.put(row(0)._replace(version=2))
    database.add_many([row(n) for n in range(1, MANY + 1)])
    database.rollback()
    assert ids(database) == [0]
    assert database.get(row(0).id) == row(0)
    database.begin()
    database.add_many([row(n) for n in range(1, 4)])
    database.put(row(2)._replace(version=2))
    database.rollback()
    assert ids(database) == [0]


def test_a_closed_database_has_no_journal(database: Database, path: Path) -> None:
    commit(database, row(1))
    database.close()
    assert not log_of(path).exists()


def test_the_journal_is_the_owners_alone(database: Database, path: Path) -> None:
    assert log_of(path).stat().st_mode & 0o077 == 0


# ---- After a crash ---------------------------------------------------------------------------------------------------


def test_changes_of_every_kind_come_back(database: Database, path: Path) -> None:
    commit(database, *map(row, range(6)))
    assert database.count() == 6  # in SQLite now
    commit(database, row(1)._replace(version=2), row(10))
    database.begin()
    database.remove(row(2).id)
    database.remove(row(10).id)
    database.add(row(11))
    database.commit()
    again = Database.open(left_behind(path))
    assert ids(again) == [0, 3, 4, 5, 1, 11]
    assert again.get(row(1).id) == row(1)._replace(version=2)
    assert again.last_seq == database.last_seq
    again.close()


def test_a_crash_before_the_journal_begins_anew_counts_nothing_twice(database: Database, path: Path) -> None:
    commit(database, row(1), row(2))
    commit(database, row(1)._replace(version=2))
    old = log_of(path).read_bytes()
    assert database.count() == 2
    copy = left_behind(path)
    log_of(copy).write_bytes(old)
    again = Database.open(copy)
    assert ids(again) == [2, 1]
    commit(again, row(3))
    again.close()
    again = Database.open(copy)
    assert ids(again) == [2, 1, 3]
    again.close()


@pytest.mark.parametrize("kept", [0, 1, 19, 20, 100, -1])
def test_an_entry_that_was_cut_off_is_no_damage(killed: Path, kept: int) -> None:
    """Of the last entry so many bytes were written."""
    log = log_of(killed)
    os.truncate(log, log.stat().st_size - entry_size(log) + kept % entry_size(log))
    for _ in range(2):
        database = Database.open(killed)
        assert ids(database) == list(range(ROWS - 1))
        database.close()


def test_what_was_cut_off_does_not_spoil_what_comes_after(killed: Path, tmp_path: Path) -> None:
    log = log_of(killed)
    os.truncate(log, log.stat().st_size - 5)
    database = Database.open(killed)
    commit(database, row(50))
    copy = tmp_path / "again"
    copy_files(killed, copy)
    database.close()
    again = Database.open(copy)
    assert ids(again) == [*range(ROWS - 1), 50]
    again.close()


# ---- Damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [0, 7, ROWS - 1])
@pytest.mark.parametrize("place", [0, 3, 5, 13, 17, 20, 60, 200])
def test_a_flipped_bit_is_told_of_once_and_what_is_before_it_used(killed: Path, entry: int, place: int) -> None:
    log = log_of(killed)
    bad = bytearray(log.read_bytes())
    bad[entry * entry_size(log) + place] ^= 0x10
    log.write_bytes(bad)
    with pytest.raises(InvalidDatabase, match="journal"):
        Database.open(killed)
    aside = killed.with_name(f"{killed.name}.damaged-1")
    assert Path(f"{aside}-log").read_bytes() == bad
    database = Database.open(killed)
    assert not database.created
    assert ids(database) == list(range(entry))
    database.close()


def test_the_journal_of_another_database_is_not_believed(killed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.peergraph"
    database = Database.open(other)
    commit(database, row(100))
    database.close()
    shutil.copyfile(log_of(killed), log_of(other))
    with pytest.raises(InvalidDatabase, match="another database"):
        Database.open(other)
    database = Database.open(other)
    assert ids(database) == [100]
    database.close()


def test_a_new_database_does_not_take_up_an_old_journal(killed: Path) -> None:
    for suffix in SUFFIXES[:2]:
        Path(f"{killed}{suffix}").unlink()
    database = Database.open(killed)
    assert database.created
    assert ids(database) == []
    database.close()


def test_the_journal_goes_aside_with_its_database(killed: Path) -> None:
    left = log_of(killed).read_bytes()
    killed.write_bytes(b"x" * 5000)
    with pytest.raises(InvalidDatabase):
        Database.open(killed)
    assert Path(f"{killed}.damaged-1-log").read_bytes() == left
    assert not log_of(killed).exists()


@given(st.binary(max_size=200), st.integers(0, 1 << 62))
def test_any_bytes_are_read_or_damage(data: bytes, folded: int) -> None:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        found = journal.read(Path(file.name), folded)
    assert found.bodies == []
    assert found.end == 0


@given(st.binary(max_size=200))
def test_any_body_is_changes_or_refused(body: bytes) -> None:
    try:
        found = list(journal.changes(body))
    except ValueError:
        return
    assert b"".join(journal.change(kind, each) for kind, each in found) == body


# ---- Files that cannot be written ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.ENOSPC, DiskFull),
        (errno.EDQUOT, DiskFull),
        (errno.EFBIG, DiskFull),
        (errno.EROFS, DatabaseAccessDenied),
        (errno.EIO, DatabaseInitializationFailed),
    ],
)
def test_a_record_that_cannot_be_written_is_not_there(
    database: Database, path: Path, monkeypatch: pytest.MonkeyPatch, code: int, expected: type[PeerError]
) -> None:
    commit(database, row(1))

    def fails(file: int, mark: int, data: bytes, at: int) -> bool:
        """Half of it, then nothing."""
        os.pwrite(file, data[:100], at)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(journal, "write_marked", fails)
    with pytest.raises(expected):
        commit(database, row(2))
    monkeypatch.undo()
    assert database.get(row(2).id) is None
    commit(database, row(3))
    again = Database.open(left_behind(path))
    assert ids(again) == [1, 3]
    again.close()


def test_what_does_not_fit_is_written_up_to_the_limit_and_told(tmp_path: Path) -> None:
    """A short write is followed by a second try, which says why."""
    file = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    number = mark(file)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
        assert write_marked(file, number, bytes(200), 50)
        with pytest.raises(OSError) as failure:
            write_marked(file, number, bytes(200), 250)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        os.close(file)
    assert failure.value.errno == errno.EFBIG
    assert (tmp_path / "file").stat().st_size == 300


def test_a_journal_that_cannot_be_opened_is_a_documented_failure(killed: Path) -> None:
    log_of(killed).unlink()
    log_of(killed).mkdir()
    with pytest.raises(PeerError):
        Database.open(killed)
