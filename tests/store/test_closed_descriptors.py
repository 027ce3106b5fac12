"""A program closes descriptors that are not its own (closefrom, a second close of a number), and opens files, which get
the numbers. Nothing acknowledged is lost by that, and its files are not written to. The attacks are first shown to work
without the check.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from peerapi._process import keep_in_child
from peerapi.errors import DatabaseAccessDenied
from peerapi.store import journal, ownership
from peerapi.store.database import Database, Row
from peerapi.store.ownership import Ownership
from tests.store.support import commit, left_behind

TYPE = bytes(15) + b"\x01"
CONTENT = b"the program's own\n" * 100


def row(n: int) -> Row:
    return Row(n.to_bytes(8, "big") * 2, TYPE, 1, 0, 1000 + n, 5000 + n, b"record %03d " % n * 20)


def kept(path: Path) -> int:
    """How many records a process finds after this one was killed."""
    database = Database.open(left_behind(path))
    try:
        return len(database.ids(type=None, creator_key=None, now=None)) // 16
    finally:
        database.close()


def number_of(path: Path) -> int:
    """The descriptor of this process that has a file open."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.path.samefile(f"/proc/self/fd/{name}", path):
                return int(name)
        except OSError:
            continue
    raise AssertionError(f"{path} is not open")


class Program:
    """Closes a descriptor of the library, and opens a file of its own under the number."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "its own"
        self._file.write_bytes(CONTENT)
        self.number = -1

    def take(self, path: Path) -> None:
        self.number = number_of(path)
        os.close(self.number)
        spare = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        if spare != self.number:
            os.dup2(spare, self.number, inheritable=False)
            os.close(spare)

    def unharmed(self) -> bool:
        """Its file is as it was, and its descriptor still open."""
        return self._file.read_bytes() == CONTENT and os.path.samefile(f"/proc/self/fd/{self.number}", self._file)

    def end(self) -> None:
        if self.number >= 0 and os.path.exists(f"/proc/self/fd/{self.number}"):
            os.close(self.number)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    program.end()


def always(number: int, device: int, inode: int) -> bool:
    return True


def test_attack_the_journal_s_number_is_another_file_s(
    path: Path, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "is_file", always)
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    commit(database, row(1))
    assert not program.unharmed(), "harmless even without the check"
    assert kept(path) < 2
    database.close()


def test_what_is_committed_goes_to_the_journal_whose_number_was_closed(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    for n in range(1, 10):
        commit(database, row(n))
        assert kept(path) == n + 1
    database.close()
    assert program.unharmed()
    assert kept_by_owner(path) == 10


def kept_by_owner(path: Path) -> int:
    database = Database.open(path)
    try:
        return len(database.ids(type=None, creator_key=None, now=None)) // 16
    finally:
        database.close()


def test_closing_right_after_that_touches_nothing_of_the_program(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    database.close()
    assert program.unharmed()
    assert kept_by_owner(path) == 1


def test_a_journal_that_is_gone_besides_is_an_error_and_nothing_is_acknowledged(path: Path, program: Program) -> None:
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-log"))
    Path(f"{path}-log").unlink()
    with pytest.raises(Exception, match="log"):
        commit(database, row(1))
    assert program.unharmed()
    database.close()


@pytest.mark.parametrize("checked", [False, True], ids=["without the check", "with it"])
def test_who_has_lost_its_lock_writes_nothing(
    path: Path, program: Program, monkeypatch: pytest.MonkeyPatch, checked: bool
) -> None:
    """Somebody else has the database, and would write the same journal."""
    if not checked:
        monkeypatch.setattr(ownership, "is_file", always)
    database = Database.open(path)
    commit(database, row(0))
    program.take(Path(f"{path}-lock"))
    successor = Ownership(path)  # of another process, with SQLite's lock lost in the same way
    before = Path(f"{path}-log").read_bytes()
    if checked:
        with pytest.raises(DatabaseAccessDenied, match="has closed the lock"):
            commit(database, row(1))
    else:
        commit(database, row(1))
    assert (Path(f"{path}-log").read_bytes() == before) is checked
    if checked:
        database.close()
        assert Path(f"{path}-log").read_bytes() == before
        assert Path(f"{path}-lock").exists(), "it is the successor's"
        assert program.unharmed()
    else:
        database._files.journal.close()
        database._connection.close()
        keep_in_child(program.number)
    successor.close()
