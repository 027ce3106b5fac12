"""The log of SQLite is brought into the database while others write, and is begun anew only when all is on the disk."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from peerapi.store import checkpoints
from peerapi.store.checkpoints import Checkpoint
from peerapi.store.database import Database, Row
from tests.store.support import left_behind


def row(number: int) -> Row:
    wire = random.Random(number).randbytes(2000)
    return Row(wire[:16], b"t" * 16, 1, 0, number, 1 << 60, wire)


@pytest.fixture
def tended(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database that asks for a checkpoint as soon as there is anything to do."""
    monkeypatch.setattr(checkpoints, "START", 1)
    database.log._next = 1
    database.log.tend()
    return database


def write(database: Database, *numbers: int) -> None:
    """To SQLite, and not to the journal."""
    database.begin()
    database.add_many([row(number) for number in numbers])
    database.set_fact("last", numbers[-1])
    database.commit()


def log_of(path: Path) -> bytes:
    return Path(f"{path}-wal").read_bytes()


def begun(database: Database) -> Checkpoint:
    checkpoint = database.log.begin()
    assert checkpoint is not None
    return checkpoint


def test_a_checkpoint_empties_the_log_and_whatever_moment_the_process_is_killed_nothing_is_lost(
    tended: Database, path: Path
) -> None:
    numbers: list[int] = []

    def all_there() -> None:
        killed = Database.open(left_behind(path))
        assert killed.count() == len(numbers)
        assert all(killed.get(row(number).id) == row(number) for number in numbers)
        killed.close()

    def more() -> None:
        numbers.extend(range(len(numbers), len(numbers) + 30))
        write(tended, *numbers[-30:])
        all_there()

    more()
    checkpoint = begun(tended)
    steps: list[Callable[[], object]] = [checkpoint.pin, more, checkpoint.copy, all_there, more]
    for step in steps:
        step()
    assert not checkpoint.finish(), "more was written meanwhile"
    all_there()
    checkpoint.pin()
    checkpoint.copy()
    all_there()
    assert checkpoint.finish()
    all_there()
    assert not tended.log.due
    assert log_of(path) == b""
    more()
    checkpoint.close()
    more()


def copied(database: Database, checkpoint: Checkpoint) -> bytes:
    """All is in the file, on the disk or not; how the log begins then, and after the next transaction."""
    checkpoint.copy()
    path = checkpoint._log._path
    assert path is not None
    before = log_of(path)
    write(database, 1000)
    return before[: len(log_of(path))] + log_of(path)[: len(before)]


def test_the_log_is_not_begun_anew_before_it_was_cut(
    tended: Database, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power failure may leave the new beginning and the old end of it, which is an older state of the database."""

    def same(halves: bytes) -> bool:
        return halves[: len(halves) // 2] == halves[len(halves) // 2 :]

    write(tended, 1)
    checkpoint = begun(tended)
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "pin", lambda: None)
        checkpoint.pin()
        assert not same(copied(tended, checkpoint)), "without the pin it is"
    tended.remove(row(1000).id)
    write(tended, 2)
    checkpoint.pin()
    assert same(copied(tended, checkpoint))
    assert not checkpoint.finish()
    checkpoint.close()


def test_what_cannot_be_done_beside_the_callers_is_done_among_them(tended: Database, path: Path) -> None:
    write(tended, *range(50))
    assert log_of(path)
    tended.log.put_off()
    assert not tended.log.due
    tended.log.empty()
    assert log_of(path) == b""
    assert tended._execute("PRAGMA synchronous").fetchone() == (0,)


def test_no_other_process_gets_in_meanwhile(tended: Database, path: Path) -> None:
    write(tended, 1)
    checkpoint = begun(tended)
    checkpoint.pin()
    look = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('SELECT * FROM records')"
    done = subprocess.run([sys.executable, "-c", look, str(path)], capture_output=True, text=True, check=False)
    assert "database is locked" in done.stderr
    checkpoint.copy()
    assert checkpoint.finish()
    checkpoint.close()


def test_whoever_closes_waits_for_the_disk_again(tended: Database, path: Path) -> None:
    write(tended, 1)
    tended.log.leave()
    assert tended._execute("PRAGMA synchronous").fetchone() == (1,)
    assert tended._execute("PRAGMA wal_autocheckpoint").fetchone() == (checkpoints.FRAMES,)


def test_in_memory_there_is_nothing_to_do() -> None:
    database = Database.open(":memory:")
    database.log.tend()
    write(database, 1)
    assert not database.log.due
    assert database.log.begin() is None
    database.close()
